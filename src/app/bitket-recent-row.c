/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket"

#include "bitket-recent-row.h"

#include "bitket-format.h"
#include "bitket-reason-text.h"

struct _BitketRecentRow
{
  AdwBin parent_instance;
  BitketOutcome *outcome; /* (owned) (nullable) */
};

enum
{
  PROP_0,
  PROP_OUTCOME,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (BitketRecentRow, bitket_recent_row, ADW_TYPE_BIN)

char *
bitket_recent_row_dup_short_name (const char *name)
{
  g_auto (GStrv) parts = g_strsplit (name, " ", -1);
  guint n_parts = g_strv_length (parts);
  const char *last = n_parts > 1 ? parts[n_parts - 1] : "";
  char initial[8] = "";

  if (*last == '\0')
    return g_strdup (name);
  g_utf8_strncpy (initial, last, 1);
  return g_strdup_printf ("%s %s", parts[0], initial);
}

static char *
format_time (gpointer self, gint64 at_us)
{
  return bitket_format_clock (at_us);
}

static char *
format_icon (gpointer self, BitketOutcome *outcome)
{
  return g_strdup (outcome ? bitket_reason_text_get_icon (outcome) : "");
}

/* Who went in, but why somebody did not. */
static char *
format_text (gpointer self, BitketOutcome *outcome)
{
  const BitketOutcomeFacts *facts = outcome ? bitket_outcome_get_facts (outcome) : NULL;

  if (facts == NULL)
    return g_strdup ("");
  if (facts->verdict == BITKET_VERDICT_ADMIT && facts->name != NULL)
    return bitket_recent_row_dup_short_name (facts->name);
  return bitket_reason_text_dup_short (outcome);
}

static char **
format_classes (gpointer self, BitketOutcome *outcome)
{
  const char *style = outcome ? bitket_reason_text_get_style (outcome) : "ready";

  return g_strdupv ((char *[]) { (char *) "sign", (char *) style, NULL });
}

static void
bitket_recent_row_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  g_value_set_object (value, BITKET_RECENT_ROW (object)->outcome);
}

static void
bitket_recent_row_set_property (GObject *object,
                                guint prop_id,
                                const GValue *value,
                                GParamSpec *pspec)
{
  if (g_set_object (&BITKET_RECENT_ROW (object)->outcome, g_value_get_object (value)))
    g_object_notify_by_pspec (object, pspec);
}

static void
bitket_recent_row_dispose (GObject *object)
{
  g_clear_object (&BITKET_RECENT_ROW (object)->outcome);
  gtk_widget_dispose_template (GTK_WIDGET (object), BITKET_TYPE_RECENT_ROW);
  G_OBJECT_CLASS (bitket_recent_row_parent_class)->dispose (object);
}

static void
bitket_recent_row_class_init (BitketRecentRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = bitket_recent_row_get_property;
  object_class->set_property = bitket_recent_row_set_property;
  object_class->dispose = bitket_recent_row_dispose;
  props[PROP_OUTCOME] =
      g_param_spec_object ("outcome", NULL, NULL, BITKET_TYPE_OUTCOME,
                           G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/se/bitket/Bitket/ui/bitket-recent-row.ui");
  gtk_widget_class_bind_template_callback (widget_class, format_time);
  gtk_widget_class_bind_template_callback (widget_class, format_icon);
  gtk_widget_class_bind_template_callback (widget_class, format_text);
  gtk_widget_class_bind_template_callback (widget_class, format_classes);
}

static void
bitket_recent_row_init (BitketRecentRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
bitket_recent_row_new (BitketOutcome *outcome)
{
  return g_object_new (BITKET_TYPE_RECENT_ROW, "outcome", outcome, NULL);
}
