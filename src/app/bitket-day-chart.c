/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket"

#include "bitket-day-chart.h"

#include <glib/gi18n.h>

#include "bitket-figure.h"
#include "bitket-format.h"

#define HEIGHT    140
#define PADDING   15
#define LABEL_GAP 6
#define MAX_BAR   40

struct _BitketDayChart
{
  GtkWidget parent_instance;
  GListModel *days; /* (owned) (nullable) */
};

enum
{
  PROP_0,
  PROP_DAYS,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (BitketDayChart, bitket_day_chart, GTK_TYPE_WIDGET)

static gint64
find_highest (GListModel *days, guint *position)
{
  gint64 highest = 0;

  for (guint i = 0; i < g_list_model_get_n_items (days); i++)
    {
      g_autoptr (BitketFigure) day = g_list_model_get_item (days, i);

      if (bitket_figure_get_sold (day) > highest)
        {
          highest = bitket_figure_get_sold (day);
          *position = i;
        }
    }
  return highest;
}

/* "2026-11-03" as "3 November"; what is no date stays as it is. */
static char *
format_day_label (BitketFigure *day)
{
  const char *label = bitket_figure_get_label (day);
  g_autofree char *text = g_strconcat (label, "T12:00:00Z", NULL);
  g_autoptr (GDateTime) date = g_date_time_new_from_iso8601 (text, NULL);

  if (date == NULL)
    return g_strdup (label);
  return bitket_format_day (g_date_time_to_unix (date) * G_USEC_PER_SEC, g_get_real_time ());
}

char *
bitket_day_chart_dup_description (GListModel *days)
{
  guint n = days ? g_list_model_get_n_items (days) : 0;
  guint best = 0;
  gint64 highest;
  g_autoptr (BitketFigure) first = NULL;
  g_autoptr (BitketFigure) last = NULL;
  g_autoptr (BitketFigure) best_day = NULL;
  g_autofree char *from = NULL;
  g_autofree char *to = NULL;
  g_autofree char *when = NULL;
  g_autofree char *most = NULL;

  if (n == 0)
    return g_strdup (_ ("Nothing sold yet"));
  highest = find_highest (days, &best);
  first = g_list_model_get_item (days, 0);
  last = g_list_model_get_item (days, n - 1);
  best_day = g_list_model_get_item (days, best);
  from = format_day_label (first);
  to = format_day_label (last);
  when = format_day_label (best_day);
  most = bitket_format_number (highest);
  /* Translators: first day, last day, the most tickets sold on one day, that day */
  return g_strdup_printf (_ ("Sales from %s to %s, most of them, %s, on %s"), from, to, most, when);
}

static void
draw_text (GtkWidget *widget,
           GtkSnapshot *snapshot,
           const char *text,
           float x,
           float y,
           gboolean end)
{
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (widget, text);
  PangoAttrList *attributes = pango_attr_list_new ();
  GdkRGBA color;
  int width;
  int height;

  pango_attr_list_insert (attributes, pango_attr_scale_new (0.85));
  pango_layout_set_attributes (layout, attributes);
  pango_attr_list_unref (attributes);
  pango_layout_get_pixel_size (layout, &width, &height);
  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &color);
  color.alpha *= 0.6f;
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot,
                          &GRAPHENE_POINT_INIT (end ? x - (float) width : x, y - (float) height));
  gtk_snapshot_append_layout (snapshot, layout, &color);
  gtk_snapshot_restore (snapshot);
}

static void
draw_bar (GtkSnapshot *snapshot, const graphene_rect_t *bounds, const GdkRGBA *color)
{
  GskRoundedRect rounded;

  gsk_rounded_rect_init (&rounded, bounds, &GRAPHENE_SIZE_INIT (3, 3), &GRAPHENE_SIZE_INIT (3, 3),
                         &GRAPHENE_SIZE_INIT (0, 0), &GRAPHENE_SIZE_INIT (0, 0));
  gtk_snapshot_push_rounded_clip (snapshot, &rounded);
  gtk_snapshot_append_color (snapshot, color, bounds);
  gtk_snapshot_pop (snapshot);
}

static void
draw_bars (BitketDayChart *self, GtkSnapshot *snapshot, float width, float floor_y)
{
  GtkStyleContext *context = gtk_widget_get_style_context (GTK_WIDGET (self));
  guint n = g_list_model_get_n_items (self->days);
  guint best = 0;
  gint64 highest = find_highest (self->days, &best);
  float step = MIN ((width - 2 * PADDING) / (float) n, MAX_BAR);
  float gap = step > 6 ? 2 : 0;
  GdkRGBA color = { 0.2f, 0.52f, 0.89f, 1 };

  gtk_style_context_lookup_color (context, "accent_bg_color", &color);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (BitketFigure) day = g_list_model_get_item (self->days, i);
      float share = (float) bitket_figure_get_sold (day) / (float) MAX (highest, 1);
      float height = share > 0 ? MAX (share * (floor_y - PADDING), 2) : 0;

      draw_bar (
          snapshot,
          &GRAPHENE_RECT_INIT (PADDING + (float) i * step, floor_y - height, step - gap, height),
          &color);
    }
}

static void
bitket_day_chart_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  BitketDayChart *self = BITKET_DAY_CHART (widget);
  float width = (float) gtk_widget_get_width (widget);
  float height = (float) gtk_widget_get_height (widget);
  float floor_y = height - PADDING - 22;
  guint n = self->days ? g_list_model_get_n_items (self->days) : 0;
  g_autoptr (BitketFigure) first = NULL;
  g_autoptr (BitketFigure) last = NULL;
  g_autofree char *from = NULL;
  g_autofree char *to = NULL;

  if (n == 0)
    {
      draw_text (widget, snapshot, _ ("Nothing sold yet"), PADDING, height / 2 + 8, FALSE);
      return;
    }
  draw_bars (self, snapshot, width, floor_y);
  first = g_list_model_get_item (self->days, 0);
  last = g_list_model_get_item (self->days, n - 1);
  from = format_day_label (first);
  to = format_day_label (last);
  draw_text (widget, snapshot, from, PADDING, height - PADDING + LABEL_GAP / 2.0f, FALSE);
  if (n > 1)
    draw_text (widget, snapshot, to,
               MIN (width - PADDING, MAX (PADDING + (float) n * MAX_BAR, 260)),
               height - PADDING + LABEL_GAP / 2.0f, TRUE);
}

static void
bitket_day_chart_measure (GtkWidget *widget,
                          GtkOrientation orientation,
                          int for_size,
                          int *minimum,
                          int *natural,
                          int *minimum_baseline,
                          int *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_VERTICAL ? HEIGHT : 120;
  *natural = orientation == GTK_ORIENTATION_VERTICAL ? HEIGHT : 400;
}

static void
items_changed_cb (GListModel *model, guint position, guint n_removed, guint n_added, gpointer data)
{
  BitketDayChart *self = data;
  g_autofree char *description = bitket_day_chart_dup_description (self->days);

  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, description,
                                  -1);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
set_days (BitketDayChart *self, GListModel *days)
{
  if (self->days == days)
    return;
  if (self->days != NULL)
    g_signal_handlers_disconnect_by_data (self->days, self);
  g_set_object (&self->days, days);
  if (days != NULL)
    g_signal_connect_object (days, "items-changed", G_CALLBACK (items_changed_cb), self, 0);
  items_changed_cb (days, 0, 0, 0, self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_DAYS]);
}

static void
bitket_day_chart_dispose (GObject *object)
{
  BitketDayChart *self = BITKET_DAY_CHART (object);

  if (self->days != NULL)
    g_signal_handlers_disconnect_by_data (self->days, self);
  g_clear_object (&self->days);
  G_OBJECT_CLASS (bitket_day_chart_parent_class)->dispose (object);
}

static void
bitket_day_chart_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  g_value_set_object (value, BITKET_DAY_CHART (object)->days);
}

static void
bitket_day_chart_set_property (GObject *object,
                               guint prop_id,
                               const GValue *value,
                               GParamSpec *pspec)
{
  set_days (BITKET_DAY_CHART (object), g_value_get_object (value));
}

static void
bitket_day_chart_class_init (BitketDayChartClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = bitket_day_chart_dispose;
  object_class->get_property = bitket_day_chart_get_property;
  object_class->set_property = bitket_day_chart_set_property;
  widget_class->snapshot = bitket_day_chart_snapshot;
  widget_class->measure = bitket_day_chart_measure;
  properties[PROP_DAYS] =
      g_param_spec_object ("days", NULL, NULL, G_TYPE_LIST_MODEL,
                           G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
bitket_day_chart_init (BitketDayChart *self)
{
}
