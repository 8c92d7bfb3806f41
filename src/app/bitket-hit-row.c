/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket"

#include "bitket-hit-row.h"

#include <glib/gi18n.h>

#include "bitket-format.h"

struct _BitketHitRow
{
  GtkListBoxRow parent_instance;
  GtkLabel *name_label;
  GtkLabel *ticket_label;
  GtkLabel *state_label;
  GtkImage *state_icon;
  GtkButton *admit_button;
  GtkButton *force_button;
};

G_DEFINE_FINAL_TYPE (BitketHitRow, bitket_hit_row, GTK_TYPE_LIST_BOX_ROW)

static void
bitket_hit_row_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), BITKET_TYPE_HIT_ROW);
  G_OBJECT_CLASS (bitket_hit_row_parent_class)->dispose (object);
}

static void
bitket_hit_row_class_init (BitketHitRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = bitket_hit_row_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/se/bitket/Bitket/ui/bitket-hit-row.ui");
  gtk_widget_class_bind_template_child (widget_class, BitketHitRow, name_label);
  gtk_widget_class_bind_template_child (widget_class, BitketHitRow, ticket_label);
  gtk_widget_class_bind_template_child (widget_class, BitketHitRow, state_label);
  gtk_widget_class_bind_template_child (widget_class, BitketHitRow, state_icon);
  gtk_widget_class_bind_template_child (widget_class, BitketHitRow, admit_button);
  gtk_widget_class_bind_template_child (widget_class, BitketHitRow, force_button);
}

static void
bitket_hit_row_init (BitketHitRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

static char *
dup_ticket (const BitketDoorHit *hit)
{
  g_autofree char *choices = hit->choices ? g_strjoinv (", ", hit->choices) : g_strdup ("");
  const char *type = hit->ticket_type ? hit->ticket_type : "";

  if (*type == '\0' || *choices == '\0')
    return g_strconcat (type, choices, NULL);
  return g_strdup_printf ("%s · %s", type, choices);
}

static char *
dup_inside (const BitketDoorHit *hit, gint64 now_us)
{
  g_autofree char *moment = bitket_format_moment (hit->utilized_us, now_us);

  if (hit->utilized_us == 0)
    return g_strdup (_ ("Already inside"));
  if (hit->utilized_by_door == NULL)
    /* Translators: a time */
    return g_strdup_printf (_ ("Already inside since %s"), moment);
  /* Translators: a time and the name of a door */
  return g_strdup_printf (_ ("Already inside since %s, %s"), moment, hit->utilized_by_door);
}

static char *
dup_state (const BitketDoorHit *hit, gint64 now_us)
{
  switch (hit->state)
    {
    case BITKET_TICKET_STATE_VALID:
      return g_strdup (_ ("Not inside yet"));
    case BITKET_TICKET_STATE_UTILIZED:
      return dup_inside (hit, now_us);
    case BITKET_TICKET_STATE_SUPERSEDED:
      return g_strdup (_ ("Resold or transferred"));
    case BITKET_TICKET_STATE_REFUNDED:
      return g_strdup (_ ("Refunded"));
    case BITKET_TICKET_STATE_PENDING:
      return g_strdup (_ ("Not paid for yet"));
    case BITKET_TICKET_STATE_NONE:
      break;
    }
  return g_strdup (_ ("Not valid"));
}

/* Each button says whom it lets in to those who hear it without seeing the row. */
static void
label_button (GtkButton *button, const BitketDoorHit *hit, const char *name)
{
  g_autofree char *label = g_strdup_printf ("%s, %s", gtk_button_get_label (button), name);

  gtk_actionable_set_action_target (GTK_ACTIONABLE (button), "s", hit->ownership);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                  -1);
}

GtkWidget *
bitket_hit_row_new (const BitketDoorHit *hit, gint64 now_us)
{
  BitketHitRow *self = g_object_new (BITKET_TYPE_HIT_ROW, NULL);
  g_autofree char *ticket = dup_ticket (hit);
  g_autofree char *state = dup_state (hit, now_us);
  /* Translators: in place of a visitor's name that is not known */
  const char *name = hit->name && *hit->name ? hit->name : _ ("No name");
  gboolean is_valid = hit->state == BITKET_TICKET_STATE_VALID;

  gtk_label_set_label (self->name_label, name);
  gtk_label_set_label (self->ticket_label, ticket);
  gtk_widget_set_visible (GTK_WIDGET (self->ticket_label), *ticket != '\0');
  gtk_label_set_label (self->state_label, state);
  gtk_image_set_from_icon_name (self->state_icon,
                                is_valid ? "bitket-door-symbolic" : "bitket-refuse-symbolic");
  gtk_widget_set_visible (GTK_WIDGET (self->admit_button), is_valid);
  gtk_widget_set_visible (GTK_WIDGET (self->force_button), !is_valid);
  gtk_widget_add_css_class (GTK_WIDGET (self), is_valid ? "may-enter" : "refused");
  label_button (self->admit_button, hit, name);
  label_button (self->force_button, hit, name);
  return GTK_WIDGET (self);
}
