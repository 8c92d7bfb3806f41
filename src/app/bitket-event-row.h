/* SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>

#include "bitket-event-item.h"

G_BEGIN_DECLS

/* An event in the sidebar. Property: item (BitketEventItem, construct-only). */
#define BITKET_TYPE_EVENT_ROW (bitket_event_row_get_type ())
G_DECLARE_FINAL_TYPE (BitketEventRow, bitket_event_row, BITKET, EVENT_ROW, GtkListBoxRow)

GtkWidget *bitket_event_row_new (BitketEventItem *item);
BitketEventItem *bitket_event_row_get_item (BitketEventRow *self);

G_END_DECLS
