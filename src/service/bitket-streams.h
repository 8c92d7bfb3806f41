/* SPDX-License-Identifier: MIT */
#pragma once

#include <libsoup/soup.h>

#include "bitket-config.h"
#include "bitket-connections.h"
#include "bitket-metrics.h"
#include "bitket-pool.h"

G_BEGIN_DECLS

/* All live streams, on a thread of their own: thousands of them that wait there slow no request
 * down. Threads: any. */
typedef struct _BitketStreams BitketStreams;

BitketStreams *bitket_streams_new (BitketConfig *config, BitketPool *pool, BitketMetrics *metrics);
/** bitket_streams_free: (nullable): closes what is open, joins. Not from the streams' thread */
void bitket_streams_free (BitketStreams *self);

/**
 * bitket_streams_add:
 * @io: (transfer full): what the upgrade to a WebSocket was answered on
 * @topic: the id of what it tells of
 * @caller: the id of the door or user
 * @connection: (nullable): that its set has let go
 */
void bitket_streams_add (BitketStreams *self,
                         GIOStream *io,
                         GUri *uri,
                         const char *topic,
                         const char *caller,
                         BitketConnection *connection);
/** bitket_streams_publish: @message to everybody who listens to @topic; %NULL: that its counts
 * changed, which are then asked for and told */
void bitket_streams_publish (BitketStreams *self, const char *topic, const char *message);
/** bitket_streams_close_caller: ends those of a door */
void bitket_streams_close_caller (BitketStreams *self, const char *caller);
/** bitket_streams_stop: closes them; @done (@data) is called on the streams' thread when the last
 * has gone. Once. */
void bitket_streams_stop (BitketStreams *self, void (*done) (gpointer data), gpointer data);
/** bitket_streams_cut: ends them at once */
void bitket_streams_cut (BitketStreams *self);
guint bitket_streams_get_n (BitketStreams *self);

G_END_DECLS
