/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-db.h"
#include "bitket-entry.h"

G_BEGIN_DECLS

/** bitket_feed_event_load: the feed's event member: hours, keys, ticket types, and the other events
 * of its organization with theirs. Returns: (transfer full) */
BitketFeedEvent *
bitket_feed_event_load (BitketDb *db, const char *event, const char *organization, GError **error);

G_END_DECLS
