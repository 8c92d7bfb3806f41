/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

#include "bitket-clock.h"
#include "bitket-config.h"

G_BEGIN_DECLS

/* The REST service: listens, routes, answers. Main context; connections live on the fronts' threads
 * and the streams', databases on workers.
 * Signal: stopped: after bitket_server_stop(), when everything begun is finished. */
#define BITKET_TYPE_SERVER (bitket_server_get_type ())
G_DECLARE_FINAL_TYPE (BitketServer, bitket_server, BITKET, SERVER, GObject)

typedef struct
{
  const char *database;         /* "sqlite:PATH", "postgresql:…" */
  const char *listen;           /* "127.0.0.1:8000"; port 0: any */
  GTlsCertificate *certificate; /* (nullable) with its key */
  const char *secret_key;       /* (nullable): the one kept in the database, made when there is none
                                 */
  BitketClock *clock;           /* (nullable): the real one */
  BitketConfig *config;         /* (nullable): nothing is set up */
} BitketServerOptions;

/** bitket_server_new: opens the database, migrates it, listens; requests are taken once the main
 * loop runs */
BitketServer *bitket_server_new (const BitketServerOptions *options, GError **error);
/** bitket_server_dup_url: where it listens */
char *bitket_server_dup_url (BitketServer *self);
/** bitket_server_stop: takes no more connections, finishes what was begun, closes the streams,
 * stops the workers, then emits "stopped". May be called twice. */
void bitket_server_stop (BitketServer *self);

G_END_DECLS
