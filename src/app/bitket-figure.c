/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket"

#include "bitket-figure.h"

struct _BitketFigure
{
  GObject parent_instance;
  char *label; /* (owned) */
  gint64 sold;
  gint64 capacity; /* -1: no limit */
  gint64 revenue_ore;
};

enum
{
  PROP_0,
  PROP_LABEL,
  PROP_SOLD,
  PROP_CAPACITY,
  PROP_REVENUE,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (BitketFigure, bitket_figure, G_TYPE_OBJECT)

static void
bitket_figure_finalize (GObject *object)
{
  g_free (BITKET_FIGURE (object)->label);
  G_OBJECT_CLASS (bitket_figure_parent_class)->finalize (object);
}

static void
bitket_figure_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  BitketFigure *self = BITKET_FIGURE (object);

  switch (prop_id)
    {
    case PROP_LABEL:
      g_value_set_string (value, self->label);
      break;
    case PROP_SOLD:
      g_value_set_int64 (value, self->sold);
      break;
    case PROP_CAPACITY:
      g_value_set_int64 (value, self->capacity);
      break;
    case PROP_REVENUE:
      g_value_set_int64 (value, self->revenue_ore);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
bitket_figure_class_init (BitketFigureClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->finalize = bitket_figure_finalize;
  object_class->get_property = bitket_figure_get_property;
  properties[PROP_LABEL] = g_param_spec_string ("label", NULL, NULL, NULL, flags);
  properties[PROP_SOLD] = g_param_spec_int64 ("sold", NULL, NULL, 0, G_MAXINT64, 0, flags);
  properties[PROP_CAPACITY] =
      g_param_spec_int64 ("capacity", NULL, NULL, -1, G_MAXINT64, -1, flags);
  properties[PROP_REVENUE] =
      g_param_spec_int64 ("revenue", NULL, NULL, G_MININT64, G_MAXINT64, 0, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
bitket_figure_init (BitketFigure *self)
{
}

BitketFigure *
bitket_figure_new (const char *label, gint64 sold, gint64 capacity, gint64 revenue_ore)
{
  BitketFigure *self = g_object_new (BITKET_TYPE_FIGURE, NULL);

  self->label = g_strdup (label);
  self->sold = sold;
  self->capacity = capacity;
  self->revenue_ore = revenue_ore;
  return self;
}

const char *
bitket_figure_get_label (BitketFigure *self)
{
  return self->label;
}

gint64
bitket_figure_get_sold (BitketFigure *self)
{
  return self->sold;
}

gint64
bitket_figure_get_capacity (BitketFigure *self)
{
  return self->capacity;
}

gint64
bitket_figure_get_revenue_ore (BitketFigure *self)
{
  return self->revenue_ore;
}
