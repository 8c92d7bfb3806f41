/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket"

#include "bitket-verdict-card.h"

#include <glib/gi18n.h>

#include "bitket-app-resources.h"
#include "bitket-reason-text.h"

struct _BitketVerdictCard
{
  AdwBin parent_instance;
  GtkFlowBox *choices_box;
  BitketOutcome *outcome; /* (owned) (nullable) */
  gboolean is_checking;
  const char *style; /* (unowned) static: the CSS class it has */
};

enum
{
  PROP_0,
  PROP_OUTCOME,
  PROP_CHECKING,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (BitketVerdictCard, bitket_verdict_card, ADW_TYPE_BIN)

static gboolean
is_text (gpointer self, const char *text)
{
  return text != NULL && *text != '\0';
}

static char *
format_icon (gpointer self, BitketOutcome *outcome)
{
  return g_strdup (outcome ? bitket_reason_text_get_icon (outcome) : "bitket-camera-symbolic");
}

static char *
format_word (gpointer self, BitketOutcome *outcome, gboolean is_checking)
{
  if (outcome == NULL)
    return g_strdup (_ ("Ready"));
  return g_strdup (is_checking ? _ ("Checking…") : bitket_reason_text_get_word (outcome));
}

static char *
format_name (gpointer self, BitketOutcome *outcome)
{
  return g_strdup (outcome ? bitket_outcome_get_facts (outcome)->name : NULL);
}

static char *
format_type (gpointer self, BitketOutcome *outcome)
{
  return g_strdup (outcome ? bitket_outcome_get_facts (outcome)->ticket_type : NULL);
}

static char *
format_sentence (gpointer self, BitketOutcome *outcome, gboolean is_checking)
{
  if (outcome == NULL)
    return g_strdup (_ ("Scan the next ticket."));
  return is_checking ? NULL : bitket_reason_text_dup_sentence (outcome, g_get_real_time ());
}

static char *
format_step (gpointer self, BitketOutcome *outcome, gboolean is_checking)
{
  return g_strdup (outcome && !is_checking ? bitket_reason_text_get_step (outcome) : NULL);
}

static void
update_choices (BitketVerdictCard *self)
{
  const char *const *choices =
      self->outcome ? bitket_outcome_get_facts (self->outcome)->choices : NULL;
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->choices_box))) != NULL)
    gtk_flow_box_remove (self->choices_box, child);
  gtk_widget_set_visible (GTK_WIDGET (self->choices_box), choices && choices[0]);
  for (guint i = 0; choices != NULL && choices[i] != NULL; i++)
    {
      GtkWidget *label = gtk_label_new (choices[i]);

      gtk_widget_add_css_class (label, "choice");
      gtk_flow_box_append (self->choices_box, label);
      gtk_widget_set_focusable (gtk_widget_get_parent (label), FALSE);
    }
}

static void
update_style (BitketVerdictCard *self)
{
  const char *style = "ready";

  if (self->outcome != NULL && !self->is_checking)
    style = bitket_reason_text_get_style (self->outcome);
  gtk_widget_remove_css_class (GTK_WIDGET (self), self->style);
  gtk_widget_add_css_class (GTK_WIDGET (self), style);
  self->style = style;
}

/* One sentence for a screen reader: what the eye takes in at a glance. */
static void
update_accessible (BitketVerdictCard *self)
{
  g_autofree char *word = format_word (self, self->outcome, self->is_checking);
  g_autofree char *name = format_name (self, self->outcome);
  g_autofree char *type = format_type (self, self->outcome);
  g_autofree char *sentence = format_sentence (self, self->outcome, self->is_checking);
  g_autofree char *step = format_step (self, self->outcome, self->is_checking);
  const char *const parts[] = { word, name, type, sentence, step };
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    if (is_text (self, parts[i]))
      g_string_append_printf (text, "%s%s", text->len ? ". " : "", parts[i]);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, text->str,
                                  -1);
}

static void
show_outcome (BitketVerdictCard *self, BitketOutcome *outcome, gboolean is_checking)
{
  g_set_object (&self->outcome, outcome);
  self->is_checking = is_checking;
  if (self->choices_box == NULL)
    return;
  update_choices (self);
  update_style (self);
  update_accessible (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CHECKING]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_OUTCOME]);
}

static void
bitket_verdict_card_dispose (GObject *object)
{
  g_clear_object (&BITKET_VERDICT_CARD (object)->outcome);
  G_OBJECT_CLASS (bitket_verdict_card_parent_class)->dispose (object);
}

static void
bitket_verdict_card_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  BitketVerdictCard *self = BITKET_VERDICT_CARD (object);

  switch (prop_id)
    {
    case PROP_OUTCOME:
      g_value_set_object (value, self->outcome);
      break;
    case PROP_CHECKING:
      g_value_set_boolean (value, self->is_checking);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
bitket_verdict_card_class_init (BitketVerdictCardClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->dispose = bitket_verdict_card_dispose;
  object_class->get_property = bitket_verdict_card_get_property;
  properties[PROP_OUTCOME] =
      g_param_spec_object ("outcome", NULL, NULL, BITKET_TYPE_OUTCOME, flags);
  properties[PROP_CHECKING] = g_param_spec_boolean ("checking", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_ALERT);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               BITKET_RESOURCE_BASE "/ui/bitket-verdict-card.ui");
  gtk_widget_class_bind_template_child (widget_class, BitketVerdictCard, choices_box);
  gtk_widget_class_bind_template_callback (widget_class, is_text);
  gtk_widget_class_bind_template_callback (widget_class, format_icon);
  gtk_widget_class_bind_template_callback (widget_class, format_word);
  gtk_widget_class_bind_template_callback (widget_class, format_name);
  gtk_widget_class_bind_template_callback (widget_class, format_type);
  gtk_widget_class_bind_template_callback (widget_class, format_sentence);
  gtk_widget_class_bind_template_callback (widget_class, format_step);
}

static void
bitket_verdict_card_init (BitketVerdictCard *self)
{
  self->style = "ready";
  gtk_widget_init_template (GTK_WIDGET (self));
  update_accessible (self);
}

void
bitket_verdict_card_set_outcome (BitketVerdictCard *self, BitketOutcome *outcome)
{
  g_return_if_fail (BITKET_IS_VERDICT_CARD (self));

  show_outcome (self, outcome, FALSE);
}

void
bitket_verdict_card_set_preview (BitketVerdictCard *self, BitketOutcome *outcome)
{
  g_return_if_fail (BITKET_IS_VERDICT_CARD (self));

  show_outcome (self, outcome, TRUE);
}

BitketOutcome *
bitket_verdict_card_get_outcome (BitketVerdictCard *self)
{
  return self->outcome;
}
