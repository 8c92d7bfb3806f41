/* SPDX-License-Identifier: MIT */
#pragma once

#include <libsoup/soup.h>

#include "bitket-connections.h"
#include "bitket-router.h"

G_BEGIN_DECLS

/* Between libsoup's messages and our requests and replies. The front's thread. */

#define BITKET_BODY_MAX_LEN (1024 * 1024)

/** bitket_exchange_read: Returns: (transfer full): the request of a message whose body has come;
 * its route is not found yet */
BitketRequest *
bitket_exchange_read (SoupServerMessage *message, const BitketShared *shared, const char *scheme);
/** bitket_exchange_send: puts a rendered reply into the message */
void bitket_exchange_send (SoupServerMessage *message, BitketReply *reply);
/**
 * bitket_exchange_begin:
 * Called when the headers are there: gives the request its id, and the answer what every answer
 * carries. A body that says to be larger than 1 MiB, or turns out to be, is answered 413 and never
 * kept in memory.
 */
void
bitket_exchange_begin (SoupServerMessage *message, const BitketShared *shared, const char *scheme);
/** bitket_exchange_get_name: of a message that has begun: the id of its request */
const char *bitket_exchange_get_name (SoupServerMessage *message);

G_END_DECLS
