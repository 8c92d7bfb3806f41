/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket"

#include "bitket-pair-dialog.h"

#include "bitket-app-resources.h"
#include "bitket-door-opener.h"
#include "bitket-error-text.h"

struct _BitketPairDialog
{
  AdwWindow parent_instance;
  GtkStack *stack;
  AdwEntryRow *name_row;
  BitketSession *session;     /* (owned) (nullable) */
  BitketEventItem *item;      /* (owned) (nullable) */
  GCancellable *cancellable;  /* (owned) */
  char *code;                 /* (owned) (nullable) works once, so it is no lasting secret */
  char *link;                 /* (owned) (nullable) */
  const char *error_sentence; /* (unowned) static, (nullable) */
};

enum
{
  PROP_0,
  PROP_SERVER,
  PROP_CODE,
  PROP_ERROR_SENTENCE,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (BitketPairDialog, bitket_pair_dialog, ADW_TYPE_WINDOW)

static void
set_error (BitketPairDialog *self, const GError *error)
{
  if (error != NULL)
    g_message ("could not pair a door: %s", error->message);
  self->error_sentence =
      error ? bitket_error_text_find (BITKET_TRIED_NEW_DOOR, error).sentence : NULL;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ERROR_SENTENCE]);
}

static void
code_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BitketPairDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *code = NULL;
  g_autofree char *link = NULL;

  bitket_door_opener_make_code_finish (result, &code, &link, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "dialog.make-code", TRUE);
  set_error (self, error);
  if (error != NULL)
    return;
  g_free (self->code);
  g_free (self->link);
  self->code = g_steal_pointer (&code);
  self->link = g_steal_pointer (&link);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CODE]);
  gtk_stack_set_visible_child_name (self->stack, "code");
}

static void
make_code_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  BitketPairDialog *self = BITKET_PAIR_DIALOG (widget);
  const char *door_name = gtk_editable_get_text (GTK_EDITABLE (self->name_row));

  if (self->session == NULL || *door_name == '\0')
    return;
  set_error (self, NULL);
  gtk_widget_action_set_enabled (widget, "dialog.make-code", FALSE);
  bitket_door_opener_make_code_async (self->session, bitket_event_item_get_id (self->item),
                                      door_name, self->cancellable, code_cb, g_object_ref (self));
}

static void
copy_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  BitketPairDialog *self = BITKET_PAIR_DIALOG (widget);

  if (self->link != NULL)
    gdk_clipboard_set_text (gtk_widget_get_clipboard (widget), self->link);
}

static void
activated_cb (BitketPairDialog *self)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "dialog.make-code", NULL);
}

static void
bitket_pair_dialog_dispose (GObject *object)
{
  BitketPairDialog *self = BITKET_PAIR_DIALOG (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->session);
  g_clear_object (&self->item);
  G_OBJECT_CLASS (bitket_pair_dialog_parent_class)->dispose (object);
}

static void
bitket_pair_dialog_finalize (GObject *object)
{
  BitketPairDialog *self = BITKET_PAIR_DIALOG (object);

  g_object_unref (self->cancellable);
  g_free (self->code);
  g_free (self->link);
  G_OBJECT_CLASS (bitket_pair_dialog_parent_class)->finalize (object);
}

static void
bitket_pair_dialog_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  BitketPairDialog *self = BITKET_PAIR_DIALOG (object);

  switch (prop_id)
    {
    case PROP_SERVER:
      g_value_set_string (value, self->session ? bitket_session_get_base_url (self->session) : "");
      break;
    case PROP_CODE:
      g_value_set_string (value, self->code);
      break;
    case PROP_ERROR_SENTENCE:
      g_value_set_string (value, self->error_sentence);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
bitket_pair_dialog_class_init (BitketPairDialogClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->dispose = bitket_pair_dialog_dispose;
  object_class->finalize = bitket_pair_dialog_finalize;
  object_class->get_property = bitket_pair_dialog_get_property;
  properties[PROP_SERVER] = g_param_spec_string ("server", NULL, NULL, NULL, flags);
  properties[PROP_CODE] = g_param_spec_string ("code", NULL, NULL, NULL, flags);
  properties[PROP_ERROR_SENTENCE] = g_param_spec_string ("error-sentence", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               BITKET_RESOURCE_BASE "/ui/bitket-pair-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, BitketPairDialog, stack);
  gtk_widget_class_bind_template_child (widget_class, BitketPairDialog, name_row);
  gtk_widget_class_bind_template_callback (widget_class, activated_cb);
  gtk_widget_class_install_action (widget_class, "dialog.make-code", NULL, make_code_action);
  gtk_widget_class_install_action (widget_class, "dialog.copy", NULL, copy_action);
}

static void
bitket_pair_dialog_init (BitketPairDialog *self)
{
  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}

BitketPairDialog *
bitket_pair_dialog_new (GtkWindow *parent, BitketSession *session, BitketEventItem *item)
{
  BitketPairDialog *self = g_object_new (BITKET_TYPE_PAIR_DIALOG, "transient-for", parent, NULL);

  self->session = g_object_ref (session);
  self->item = g_object_ref (item);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SERVER]);
  return self;
}
