/* SPDX-License-Identifier: MIT */
#pragma once

#include <libsoup/soup.h>

#include "bitket-connections.h"

G_BEGIN_DECLS

/* The live streams: who listens to which event, and telling them. A listener that does not keep up
 * is closed: it comes back and reads the feed, which loses nothing. One thread: the streams'. */
typedef struct _BitketHub BitketHub;

/** BitketHubCountsFunc: find out the counts of @event, then bitket_hub_publish() them */
typedef void (*BitketHubCountsFunc) (const char *event, gpointer user_data);
/** BitketHubChangedFunc: a stream came or went */
typedef void (*BitketHubChangedFunc) (gpointer user_data);

/* Bytes that may wait for one listener, in the kernel; after that it is closed. */
#define BITKET_HUB_QUEUE_LEN (192 * 1024)
/* Counts are told at most twice a second. */
#define BITKET_HUB_COUNTS_MS 500

BitketHub *
bitket_hub_new (BitketHubCountsFunc counts, BitketHubChangedFunc changed, gpointer user_data);
void bitket_hub_free (BitketHub *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BitketHub, bitket_hub_free)

/** bitket_hub_add: @caller: the id of the door or user, for bitket_hub_close_caller(); @transport:
 * (nullable): what the stream runs over; leaves its set with the stream */
void bitket_hub_add (BitketHub *self,
                     const char *event,
                     const char *caller,
                     SoupWebsocketConnection *stream,
                     BitketConnection *transport);
void bitket_hub_publish (BitketHub *self, const char *event, const char *message);
/** bitket_hub_counts_changed: the counts are asked for and told soon */
void bitket_hub_counts_changed (BitketHub *self, const char *event);
void bitket_hub_close_caller (BitketHub *self, const char *caller);
void bitket_hub_close_all (BitketHub *self);
guint bitket_hub_get_n_streams (BitketHub *self);

G_END_DECLS
