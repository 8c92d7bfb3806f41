/* SPDX-License-Identifier: MIT */
#pragma once

#include <libsoup/soup.h>

#include "bitket-session.h"

G_BEGIN_DECLS

/**
 * bitket_response_new:
 * @message: an exchange that is over
 * @body: what came with it
 *
 * Judges an answer. Returns: (transfer full): the response, or %NULL with @error as
 * bitket_session_request_async() documents it
 */
BitketResponse *
bitket_response_new (SoupMessage *message, GBytes *body, BitketRequestFlags flags, GError **error);
/** bitket_response_read_date: the Date header in µs UTC, 0 when there is none */
gint64 bitket_response_read_date (SoupMessage *message);
/** bitket_response_read_retry_after: ms, 0 when the header is missing or unreadable */
guint bitket_response_read_retry_after (SoupMessage *message);

G_END_DECLS
