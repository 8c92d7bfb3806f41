/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Listens and keeps the list of open connections, which SoupServer does not: so that idle ones can
 * be closed, and that the end can wait for those in work. Main context. */
#define BITKET_TYPE_LISTENER (bitket_listener_get_type ())
G_DECLARE_FINAL_TYPE (BitketListener, bitket_listener, BITKET, LISTENER, GObject)

#define BITKET_LISTENER_IDLE_US (75 * G_USEC_PER_SEC)

typedef struct _BitketConnection BitketConnection;

/** BitketListenerFunc: a new connection; @stream is the TLS stream where there is one. @remote
 * leads back to the connection: bitket_connection_find() */
typedef void (*BitketListenerFunc) (GIOStream *stream,
                                    GSocketAddress *local,
                                    GSocketAddress *remote,
                                    gpointer user_data);

/**
 * bitket_listener_new:
 * @address: "127.0.0.1:8000", "[::1]:0"; port 0 takes any
 * @certificate: (nullable): for TLS
 */
BitketListener *bitket_listener_new (const char *address,
                                     GTlsCertificate *certificate,
                                     BitketListenerFunc func,
                                     gpointer user_data,
                                     GError **error);
/** bitket_listener_dup_url: "http://127.0.0.1:40123" */
char *bitket_listener_dup_url (BitketListener *self);
/** bitket_listener_stop: takes what already knocked, then no more; open connections stay */
void bitket_listener_stop (BitketListener *self);
/** bitket_listener_close_idle: closes connections that have no request in work since @idle_us or
 * longer; done by itself every few seconds with %BITKET_LISTENER_IDLE_US */
void bitket_listener_close_idle (BitketListener *self, gint64 idle_us);
/** bitket_listener_has_unread: whether somebody has sent what was not read yet: a request on its
 * way
 */
gboolean bitket_listener_has_unread (BitketListener *self);
/** bitket_listener_close_all: cuts everything off */
void bitket_listener_close_all (BitketListener *self);
guint bitket_listener_get_n_connections (BitketListener *self);

/** bitket_connection_find: (nullable) */
BitketConnection *bitket_connection_find (GSocketAddress *remote);
/** bitket_connection_begin: a request is in work on it, until as many _end() */
void bitket_connection_begin (BitketConnection *self);
void bitket_connection_end (BitketConnection *self);
/** bitket_connection_cut: ends it at once, whatever waits to be sent */
void bitket_connection_cut (BitketConnection *self);
/** bitket_connection_get_n_unsent: bytes that the other side has not taken yet */
gsize bitket_connection_get_n_unsent (BitketConnection *self);

G_END_DECLS
