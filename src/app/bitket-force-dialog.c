/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket"

#include "bitket-force-dialog.h"

#include <glib/gi18n.h>

struct _BitketForceDialog
{
  AdwWindow parent_instance;
  char *ownership; /* (owned) */
  GtkLabel *title_label;
  GtkLabel *why_not_label;
  GtkEditable *reason_row;
};

static guint confirmed_signal;

G_DEFINE_FINAL_TYPE (BitketForceDialog, bitket_force_dialog, ADW_TYPE_WINDOW)

static char *
dup_reason (BitketForceDialog *self)
{
  return g_strstrip (g_strdup (gtk_editable_get_text (self->reason_row)));
}

static void
confirm (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  BitketForceDialog *self = BITKET_FORCE_DIALOG (widget);
  g_autofree char *reason = dup_reason (self);

  if (*reason == '\0')
    return;
  g_signal_emit (self, confirmed_signal, 0, self->ownership, reason);
  gtk_window_close (GTK_WINDOW (self));
}

/* The usual reasons are a click away. The target is the button's text before its translation. */
static void
suggest (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  BitketForceDialog *self = BITKET_FORCE_DIALOG (widget);

  gtk_editable_set_text (self->reason_row, _ (g_variant_get_string (parameter, NULL)));
}

static void
reason_changed_cb (BitketForceDialog *self)
{
  g_autofree char *reason = dup_reason (self);

  gtk_widget_action_set_enabled (GTK_WIDGET (self), "force.confirm", *reason != '\0');
}

static void
reason_activated_cb (BitketForceDialog *self)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "force.confirm", NULL);
}

static void
bitket_force_dialog_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), BITKET_TYPE_FORCE_DIALOG);
  G_OBJECT_CLASS (bitket_force_dialog_parent_class)->dispose (object);
}

static void
bitket_force_dialog_finalize (GObject *object)
{
  g_free (BITKET_FORCE_DIALOG (object)->ownership);
  G_OBJECT_CLASS (bitket_force_dialog_parent_class)->finalize (object);
}

static void
bitket_force_dialog_class_init (BitketForceDialogClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = bitket_force_dialog_dispose;
  object_class->finalize = bitket_force_dialog_finalize;
  confirmed_signal = g_signal_new ("confirmed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                   NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_STRING);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/se/bitket/Bitket/ui/bitket-force-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, BitketForceDialog, title_label);
  gtk_widget_class_bind_template_child (widget_class, BitketForceDialog, why_not_label);
  gtk_widget_class_bind_template_child (widget_class, BitketForceDialog, reason_row);
  gtk_widget_class_bind_template_callback (widget_class, reason_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, reason_activated_cb);
  gtk_widget_class_install_action (widget_class, "force.confirm", NULL, confirm);
  gtk_widget_class_install_action (widget_class, "force.suggest", "s", suggest);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
bitket_force_dialog_init (BitketForceDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "force.confirm", FALSE);
}

BitketForceDialog *
bitket_force_dialog_new (GtkWindow *parent,
                         const char *ownership,
                         const char *name,
                         const char *why_not)
{
  BitketForceDialog *self =
      g_object_new (BITKET_TYPE_FORCE_DIALOG, "transient-for", parent, "modal", TRUE, NULL);
  /* Translators: the name of a visitor whom the rules say no to */
  g_autofree char *title = name && *name ? g_strdup_printf (_ ("Let In %s Anyway?"), name) : NULL;

  self->ownership = g_strdup (ownership);
  gtk_label_set_label (self->title_label, title ? title : _ ("Let In Anyway?"));
  gtk_label_set_label (self->why_not_label, why_not ? why_not : "");
  gtk_widget_set_visible (GTK_WIDGET (self->why_not_label), why_not != NULL);
  return self;
}
