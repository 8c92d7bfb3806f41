/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-session.h"

G_BEGIN_DECLS

/* The live stream of an event: a WebSocket that comes back by itself, with back-off, and at once
 * when the network changes (GNetworkMonitor). Pings every 15 s; silent for 40 s counts as gone.
 *
 * Signals: message (JsonNode *object); Properties: connected (boolean, read-only). */
#define BITKET_TYPE_STREAM (bitket_stream_get_type ())
G_DECLARE_FINAL_TYPE (BitketStream, bitket_stream, BITKET, STREAM, GObject)

BitketStream *bitket_stream_new (BitketSession *session, const char *path);
void bitket_stream_start (BitketStream *self);
void bitket_stream_stop (BitketStream *self);
/** bitket_stream_retry_now: do not wait for the back-off: something else just reached the service
 */
void bitket_stream_retry_now (BitketStream *self);
gboolean bitket_stream_is_connected (BitketStream *self);

G_END_DECLS
