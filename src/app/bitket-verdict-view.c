/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket"

#include "bitket-verdict-view.h"

#include <glib/gi18n.h>

#include "bitket-choice-chips.h"
#include "bitket-reason-text.h"

/* From these lengths on, in characters, a text is set smaller rather than cut off or broken into
 * three lines: "VÄLKOMMEN" is longer than "WELCOME". */
#define LONG_NAME   22
#define LONG_WORD   9
#define LONGER_WORD 12

struct _BitketVerdictView
{
  AdwBin parent_instance;
  BitketEntryModel *model; /* (owned) (nullable) */
  GSignalGroup *signals;   /* (owned) */
  GtkStack *stack;
  GtkBox *card;
};

enum
{
  PROP_0,
  PROP_MODEL,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (BitketVerdictView, bitket_verdict_view, ADW_TYPE_BIN)

/* Closures of the template. While the service is asked there is a name already, but no verdict. */

static gboolean
is_asking (int phase)
{
  return phase == BITKET_ENTRY_PHASE_ASKING;
}

static char *
format_icon (gpointer self, BitketOutcome *outcome, int phase)
{
  if (outcome == NULL || is_asking (phase))
    return g_strdup ("bitket-scan-symbolic");
  return g_strdup (bitket_reason_text_get_icon (outcome));
}

static char *
format_word (gpointer self, BitketOutcome *outcome, int phase)
{
  if (outcome == NULL)
    return g_strdup ("");
  /* Translators: the service is being asked about a ticket, for half a second at most */
  return g_strdup (is_asking (phase) ? _ ("Checking…") : bitket_reason_text_get_word (outcome));
}

static char *
format_sentence (gpointer self, BitketOutcome *outcome, int phase)
{
  if (outcome == NULL || is_asking (phase))
    return g_strdup ("");
  return bitket_reason_text_dup_sentence (outcome, bitket_outcome_get_facts (outcome)->at_us);
}

static char *
format_step (gpointer self, BitketOutcome *outcome, int phase)
{
  if (outcome == NULL || is_asking (phase))
    return g_strdup ("");
  return g_strdup (bitket_reason_text_get_step (outcome));
}

static gboolean
has_text (gpointer self, const char *text)
{
  return text != NULL && *text != '\0';
}

static char **
format_word_classes (gpointer self, const char *word)
{
  glong length = word ? g_utf8_strlen (word, -1) : 0;
  g_autoptr (GStrvBuilder) classes = g_strv_builder_new ();

  g_strv_builder_add (classes, "word");
  if (length >= LONGER_WORD)
    g_strv_builder_add (classes, "longer");
  else if (length >= LONG_WORD)
    g_strv_builder_add (classes, "long");
  return g_strv_builder_end (classes);
}

static char **
format_name_classes (gpointer self, const char *name)
{
  g_autoptr (GStrvBuilder) classes = g_strv_builder_new ();

  g_strv_builder_add (classes, "name");
  if (name != NULL && g_utf8_strlen (name, -1) > LONG_NAME)
    g_strv_builder_add (classes, "long");
  return g_strv_builder_end (classes);
}

/* Two verdicts in a row may look the same: the pulse tells that there was a second one. It starts
 * anew when the name of its animation changes, so there are two of the same. */
static void
show_style (BitketVerdictView *self, BitketOutcome *outcome, BitketEntryPhase phase)
{
  const char *style = is_asking (phase) ? "asking" : bitket_reason_text_get_style (outcome);
  const char *pulse =
      bitket_entry_model_get_serial (self->model) % 2 == 0 ? "pulse-even" : "pulse-odd";
  const char *classes[] = { "verdict", style, is_asking (phase) ? NULL : pulse, NULL };

  gtk_widget_set_css_classes (GTK_WIDGET (self->card), classes);
}

/* What a screen reader says, at once and by itself: this is an alert. */
static void
announce (BitketVerdictView *self, BitketOutcome *outcome, BitketEntryPhase phase)
{
  g_autofree char *text = NULL;

  if (outcome != NULL && phase == BITKET_ENTRY_PHASE_VERDICT)
    text = bitket_reason_text_dup_announcement (outcome);
  else
    text = g_strdup (_ ("Ready to scan"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
}

static void
update (BitketVerdictView *self)
{
  BitketEntryPhase phase = bitket_entry_model_get_phase (self->model);
  BitketOutcome *outcome = bitket_entry_model_get_outcome (self->model);

  announce (self, outcome, phase);
  if (outcome == NULL || phase == BITKET_ENTRY_PHASE_READY)
    {
      gtk_stack_set_visible_child_full (self->stack, "ready", GTK_STACK_TRANSITION_TYPE_CROSSFADE);
      return;
    }
  show_style (self, outcome, phase);
  gtk_stack_set_visible_child_full (self->stack, "card", GTK_STACK_TRANSITION_TYPE_NONE);
}

static void
bitket_verdict_view_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  g_value_set_object (value, BITKET_VERDICT_VIEW (object)->model);
}

static void
bitket_verdict_view_set_property (GObject *object,
                                  guint prop_id,
                                  const GValue *value,
                                  GParamSpec *pspec)
{
  BitketVerdictView *self = BITKET_VERDICT_VIEW (object);

  if (!g_set_object (&self->model, g_value_get_object (value)))
    return;
  g_signal_group_set_target (self->signals, self->model);
  g_object_notify_by_pspec (object, pspec);
  if (self->model != NULL)
    update (self);
}

static void
bitket_verdict_view_dispose (GObject *object)
{
  BitketVerdictView *self = BITKET_VERDICT_VIEW (object);

  g_clear_object (&self->signals);
  g_clear_object (&self->model);
  gtk_widget_dispose_template (GTK_WIDGET (object), BITKET_TYPE_VERDICT_VIEW);
  G_OBJECT_CLASS (bitket_verdict_view_parent_class)->dispose (object);
}

static void
bitket_verdict_view_class_init (BitketVerdictViewClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = bitket_verdict_view_get_property;
  object_class->set_property = bitket_verdict_view_set_property;
  object_class->dispose = bitket_verdict_view_dispose;
  props[PROP_MODEL] =
      g_param_spec_object ("model", NULL, NULL, BITKET_TYPE_ENTRY_MODEL,
                           G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);

  g_type_ensure (BITKET_TYPE_CHOICE_CHIPS);
  g_type_ensure (BITKET_TYPE_OUTCOME);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/se/bitket/Bitket/ui/bitket-verdict-view.ui");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_ALERT);
  gtk_widget_class_bind_template_child (widget_class, BitketVerdictView, stack);
  gtk_widget_class_bind_template_child (widget_class, BitketVerdictView, card);
  gtk_widget_class_bind_template_callback (widget_class, format_icon);
  gtk_widget_class_bind_template_callback (widget_class, format_word);
  gtk_widget_class_bind_template_callback (widget_class, format_sentence);
  gtk_widget_class_bind_template_callback (widget_class, format_step);
  gtk_widget_class_bind_template_callback (widget_class, format_word_classes);
  gtk_widget_class_bind_template_callback (widget_class, format_name_classes);
  gtk_widget_class_bind_template_callback (widget_class, has_text);
}

static void
bitket_verdict_view_init (BitketVerdictView *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->signals = g_signal_group_new (BITKET_TYPE_ENTRY_MODEL);
  g_signal_group_connect_swapped (self->signals, "notify::outcome", G_CALLBACK (update), self);
  g_signal_group_connect_swapped (self->signals, "notify::phase", G_CALLBACK (update), self);
  g_signal_group_connect_swapped (self->signals, "notify::serial", G_CALLBACK (update), self);
}

GtkWidget *
bitket_verdict_view_new (BitketEntryModel *model)
{
  return g_object_new (BITKET_TYPE_VERDICT_VIEW, "model", model, NULL);
}
