/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-event-item.h"
#include "bitket-session.h"

G_BEGIN_DECLS

/* The key figures of one event, kept up to date by its live stream.
 *
 * Properties (read-only): item (BitketEventItem), state (string: "loading", "error" or "ready"),
 * error-title, error-sentence (strings), sold, pending, refunded, inside (int64), capacity (int64;
 * -1: some type has no limit), revenue (int64 öre), days and types (GListModel of BitketFigure),
 * live (boolean). */
#define BITKET_TYPE_OVERVIEW (bitket_overview_get_type ())
G_DECLARE_FINAL_TYPE (BitketOverview, bitket_overview, BITKET, OVERVIEW, GObject)

BitketOverview *bitket_overview_new (BitketSession *session, BitketEventItem *item);
void bitket_overview_reload (BitketOverview *self);
/** bitket_overview_stop: no request and no stream from here on */
void bitket_overview_stop (BitketOverview *self);
BitketEventItem *bitket_overview_get_item (BitketOverview *self);
const char *bitket_overview_get_state (BitketOverview *self);

G_END_DECLS
