/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

#include "bitket-record.h"

G_BEGIN_DECLS

/* An event together with its organization's name, as the sidebar and the overview show it.
 * Properties (read-only): event (BitketEvent), id, name, organization-name (strings), starts
 * (int64 µs), past (boolean). */
#define BITKET_TYPE_EVENT_ITEM (bitket_event_item_get_type ())
G_DECLARE_FINAL_TYPE (BitketEventItem, bitket_event_item, BITKET, EVENT_ITEM, GObject)

/** bitket_event_item_new: @organization_name: (nullable); @now_us: decides what is past */
BitketEventItem *
bitket_event_item_new (BitketRecord *event, const char *organization_name, gint64 now_us);
BitketRecord *bitket_event_item_get_event (BitketEventItem *self);
const char *bitket_event_item_get_id (BitketEventItem *self);
const char *bitket_event_item_get_name (BitketEventItem *self);
const char *bitket_event_item_get_organization_name (BitketEventItem *self);
gint64 bitket_event_item_get_starts_us (BitketEventItem *self);
gboolean bitket_event_item_is_past (BitketEventItem *self);
/** bitket_event_item_matches: @folded: by bitket_text_fold(); "" matches everything */
gboolean bitket_event_item_matches (BitketEventItem *self, const char *folded);
/** bitket_event_item_compare: upcoming before past; the upcoming soonest first and those without a
 * date after them; the past latest first */
int bitket_event_item_compare (BitketEventItem *a, BitketEventItem *b);

G_END_DECLS
