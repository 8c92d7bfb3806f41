/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

#include "bitket-config.h"

G_BEGIN_DECLS

/* The open connections of one thread, which SoupServer does not list: so that those that are
 * silent, too slow or gone are closed in time, and that the end can wait for those in work.
 * Threads: the one that made the set, where nothing else is said. */
typedef struct _BitketConnections BitketConnections;
typedef struct _BitketConnection BitketConnection;

typedef enum
{
  BITKET_CONNECTION_DEFAULT = 0,
  BITKET_CONNECTION_SURPLUS = 1 << 0, /* above what the service takes: is told so, and closed */
} BitketConnectionFlags;

/** bitket_connections_new: @config: with its limits; sweeps in the thread-default context */
BitketConnections *bitket_connections_new (BitketConfig *config);
void bitket_connections_free (BitketConnections *self);
/** bitket_connections_reserve: any thread: one is on its way and counts from now */
void bitket_connections_reserve (BitketConnections *self);
/** bitket_connections_unreserve: any thread: it did not come */
void bitket_connections_unreserve (BitketConnections *self);
/** bitket_connections_get_n: any thread */
guint bitket_connections_get_n (BitketConnections *self);
/** bitket_connections_open: a reserved one that was just accepted. It is found by @remote:
 * bitket_connection_find(), and gone with it */
BitketConnection *bitket_connections_open (BitketConnections *self,
                                           GSocketConnection *transport,
                                           GSocketAddress *remote,
                                           BitketConnectionFlags flags);
/** bitket_connections_adopt: a reserved one that another set has let go is a stream from now on */
void bitket_connections_adopt (BitketConnections *self, BitketConnection *connection);
/** bitket_connections_close_idle: cuts those without a request in work */
void bitket_connections_close_idle (BitketConnections *self);
/** bitket_connections_has_unread: whether somebody has sent what was not read yet: a request on its
 * way */
gboolean bitket_connections_has_unread (BitketConnections *self);
void bitket_connections_close_all (BitketConnections *self);

/** bitket_connection_find: (nullable) (transfer none) */
BitketConnection *bitket_connection_find (GSocketAddress *remote);
BitketConnection *bitket_connection_ref (BitketConnection *self);
void bitket_connection_unref (BitketConnection *self);
gboolean bitket_connection_is_surplus (BitketConnection *self);

/* A request's way, each told once: */
/** bitket_connection_begin: its headers are there, its body may still come */
void bitket_connection_begin (BitketConnection *self);
/** bitket_connection_work: all of it is there */
void bitket_connection_work (BitketConnection *self);
/** bitket_connection_answer: the answer is being sent */
void bitket_connection_answer (BitketConnection *self);
void bitket_connection_end (BitketConnection *self);
/** bitket_connection_leave: its set forgets it */
void bitket_connection_leave (BitketConnection *self);

/** bitket_connection_cut: ends it at once, whatever waits to be sent */
void bitket_connection_cut (BitketConnection *self);
/** bitket_connection_get_n_unsent: bytes that the other side has not taken yet */
gsize bitket_connection_get_n_unsent (BitketConnection *self);

G_END_DECLS
