/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

#include "bitket-seal.h"

G_BEGIN_DECLS

/* What a door must keep secret: the key that seals its cache, and what pairing gave it. It lies in
 * the Secret Service (schema se.bitket.Door, one item a state directory), or in a key file for
 * machines without one. All calls block: they belong on a worker. */

typedef struct
{
  BitketSealKey seal_key;
  gboolean has_seal_key;
  char *service;    /* (owned) (nullable) "https://…" */
  char *token;      /* (owned) (nullable) */
  char *door_key;   /* (owned) (nullable) hex */
  char *event;      /* (owned) (nullable) its id */
  char *name;       /* (owned) (nullable) the door's */
  char *slug;       /* (owned) (nullable) what the event was called when the door was made */
  char *event_name; /* (owned) (nullable) not kept: only told when pairing */
} BitketDoorSecrets;

void bitket_door_secrets_free (BitketDoorSecrets *secrets);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BitketDoorSecrets, bitket_door_secrets_free)

/**
 * bitket_door_secrets_load:
 * @key_file: (nullable): in place of the Secret Service
 *
 * Errors: KEYRING when the Secret Service is missing or locked, KEY when what is kept is no key.
 *
 * Returns: (transfer full): without a seal key when nothing is kept yet; %NULL with @error
 */
BitketDoorSecrets *bitket_door_secrets_load (const char *state_dir,
                                             const char *key_file,
                                             GCancellable *cancellable,
                                             GError **error);
gboolean bitket_door_secrets_store (const BitketDoorSecrets *secrets,
                                    const char *state_dir,
                                    const char *key_file,
                                    GCancellable *cancellable,
                                    GError **error);

G_END_DECLS
