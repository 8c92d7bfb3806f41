/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket"

#include "bitket-type-row.h"

#include <glib/gi18n.h>

#include "bitket-format.h"

struct _BitketTypeRow
{
  GtkListBoxRow parent_instance;
  BitketFigure *figure; /* (owned) */
};

enum
{
  PROP_0,
  PROP_FIGURE,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (BitketTypeRow, bitket_type_row, GTK_TYPE_LIST_BOX_ROW)

static char *
format_sold (gpointer self, BitketFigure *figure)
{
  g_autofree char *sold = NULL;
  g_autofree char *capacity = NULL;

  if (figure == NULL)
    return g_strdup ("");
  sold = bitket_format_number (bitket_figure_get_sold (figure));
  if (bitket_figure_get_capacity (figure) < 0)
    /* Translators: a number of tickets, of a type without a limit */
    return g_strdup_printf (_ ("%s sold"), sold);
  capacity = bitket_format_number (bitket_figure_get_capacity (figure));
  /* Translators: how many tickets are sold, and of how many */
  return g_strdup_printf (_ ("%s of %s sold"), sold, capacity);
}

static gboolean
is_limited (gpointer self, BitketFigure *figure)
{
  return figure != NULL && bitket_figure_get_capacity (figure) >= 0;
}

static double
format_share (gpointer self, BitketFigure *figure)
{
  gint64 capacity = figure ? bitket_figure_get_capacity (figure) : -1;

  if (capacity <= 0)
    return capacity == 0 ? 1 : 0;
  return CLAMP ((double) bitket_figure_get_sold (figure) / (double) capacity, 0, 1);
}

static void
bitket_type_row_dispose (GObject *object)
{
  g_clear_object (&BITKET_TYPE_ROW (object)->figure);
  G_OBJECT_CLASS (bitket_type_row_parent_class)->dispose (object);
}

static void
bitket_type_row_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  g_value_set_object (value, BITKET_TYPE_ROW (object)->figure);
}

static void
bitket_type_row_set_property (GObject *object,
                              guint prop_id,
                              const GValue *value,
                              GParamSpec *pspec)
{
  g_set_object (&BITKET_TYPE_ROW (object)->figure, g_value_get_object (value));
}

static void
bitket_type_row_class_init (BitketTypeRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = bitket_type_row_dispose;
  object_class->get_property = bitket_type_row_get_property;
  object_class->set_property = bitket_type_row_set_property;
  properties[PROP_FIGURE] =
      g_param_spec_object ("figure", NULL, NULL, BITKET_TYPE_FIGURE,
                           G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/se/bitket/Bitket/ui/bitket-type-row.ui");
  gtk_widget_class_bind_template_callback (widget_class, format_sold);
  gtk_widget_class_bind_template_callback (widget_class, is_limited);
  gtk_widget_class_bind_template_callback (widget_class, format_share);
}

static void
bitket_type_row_init (BitketTypeRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
bitket_type_row_new (BitketFigure *figure)
{
  return g_object_new (BITKET_TYPE_TYPE_ROW, "figure", figure, NULL);
}
