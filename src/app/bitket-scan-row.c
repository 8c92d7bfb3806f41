/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket"

#include "bitket-scan-row.h"

#include <glib/gi18n.h>

#include "bitket-app-resources.h"
#include "bitket-format.h"
#include "bitket-reason-text.h"

struct _BitketScanRow
{
  GtkListBoxRow parent_instance;
  GtkWidget *sign_image;
  BitketOutcome *outcome; /* (owned) */
};

enum
{
  PROP_0,
  PROP_OUTCOME,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (BitketScanRow, bitket_scan_row, GTK_TYPE_LIST_BOX_ROW)

static char *
format_clock (gpointer self, BitketOutcome *outcome)
{
  return outcome ? bitket_format_clock (bitket_outcome_get_facts (outcome)->at_us) : NULL;
}

static char *
format_icon (gpointer self, BitketOutcome *outcome)
{
  return g_strdup (outcome ? bitket_reason_text_get_icon (outcome) : NULL);
}

static char *
format_text (gpointer self, BitketOutcome *outcome)
{
  g_autofree char *brief = NULL;
  const char *name;

  if (outcome == NULL)
    return NULL;
  brief = bitket_reason_text_dup_short (outcome);
  name = bitket_outcome_get_facts (outcome)->name;
  if (name == NULL)
    return g_steal_pointer (&brief);
  /* Translators: a visitor's name and what came of the scan, "Astrid Lindqvist: used 20:15" */
  return g_strdup_printf (_ ("%s: %s"), name, brief);
}

static void
bitket_scan_row_constructed (GObject *object)
{
  BitketScanRow *self = BITKET_SCAN_ROW (object);

  G_OBJECT_CLASS (bitket_scan_row_parent_class)->constructed (object);
  if (self->outcome != NULL)
    gtk_widget_add_css_class (self->sign_image, bitket_reason_text_get_style (self->outcome));
}

static void
bitket_scan_row_dispose (GObject *object)
{
  g_clear_object (&BITKET_SCAN_ROW (object)->outcome);
  G_OBJECT_CLASS (bitket_scan_row_parent_class)->dispose (object);
}

static void
bitket_scan_row_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  g_value_set_object (value, BITKET_SCAN_ROW (object)->outcome);
}

static void
bitket_scan_row_set_property (GObject *object,
                              guint prop_id,
                              const GValue *value,
                              GParamSpec *pspec)
{
  g_set_object (&BITKET_SCAN_ROW (object)->outcome, g_value_get_object (value));
}

static void
bitket_scan_row_class_init (BitketScanRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->constructed = bitket_scan_row_constructed;
  object_class->dispose = bitket_scan_row_dispose;
  object_class->get_property = bitket_scan_row_get_property;
  object_class->set_property = bitket_scan_row_set_property;
  properties[PROP_OUTCOME] =
      g_param_spec_object ("outcome", NULL, NULL, BITKET_TYPE_OUTCOME,
                           G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               BITKET_RESOURCE_BASE "/ui/bitket-scan-row.ui");
  gtk_widget_class_bind_template_child (widget_class, BitketScanRow, sign_image);
  gtk_widget_class_bind_template_callback (widget_class, format_clock);
  gtk_widget_class_bind_template_callback (widget_class, format_icon);
  gtk_widget_class_bind_template_callback (widget_class, format_text);
}

static void
bitket_scan_row_init (BitketScanRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
bitket_scan_row_new (BitketOutcome *outcome)
{
  return g_object_new (BITKET_TYPE_SCAN_ROW, "outcome", outcome, NULL);
}
