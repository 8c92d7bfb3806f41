/* SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* A card with a title, a big figure and a note. Properties: title, figure, note (strings). Screen
 * readers hear all three as one. */
#define BITKET_TYPE_FIGURE_CARD (bitket_figure_card_get_type ())
G_DECLARE_FINAL_TYPE (BitketFigureCard, bitket_figure_card, BITKET, FIGURE_CARD, GtkWidget)

G_END_DECLS
