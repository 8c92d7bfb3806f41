/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Listens and hands over what connects. Main context. */
#define BITKET_TYPE_LISTENER (bitket_listener_get_type ())
G_DECLARE_FINAL_TYPE (BitketListener, bitket_listener, BITKET, LISTENER, GObject)

/** BitketListenerFunc: somebody connected */
typedef void (*BitketListenerFunc) (GSocket *socket, gpointer user_data);

/**
 * bitket_listener_new:
 * @address: "127.0.0.1:8000", "[::1]:0"; port 0 takes any
 * @scheme: of its URL
 */
BitketListener *bitket_listener_new (const char *address,
                                     const char *scheme,
                                     BitketListenerFunc func,
                                     gpointer user_data,
                                     GError **error);
/** bitket_listener_dup_url: "http://127.0.0.1:40123" */
char *bitket_listener_dup_url (BitketListener *self);
/** bitket_listener_stop: takes what already knocked, then no more */
void bitket_listener_stop (BitketListener *self);

G_END_DECLS
