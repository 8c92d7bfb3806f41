/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* A count with a name: a ticket type's sale, a day's sale. Immutable.
 * Properties (read-only): label (string), sold, capacity (int64; capacity -1: no limit), revenue
 * (int64 öre). */
#define BITKET_TYPE_FIGURE (bitket_figure_get_type ())
G_DECLARE_FINAL_TYPE (BitketFigure, bitket_figure, BITKET, FIGURE, GObject)

BitketFigure *
bitket_figure_new (const char *label, gint64 sold, gint64 capacity, gint64 revenue_ore);
const char *bitket_figure_get_label (BitketFigure *self);
gint64 bitket_figure_get_sold (BitketFigure *self);
gint64 bitket_figure_get_capacity (BitketFigure *self);
gint64 bitket_figure_get_revenue_ore (BitketFigure *self);

G_END_DECLS
