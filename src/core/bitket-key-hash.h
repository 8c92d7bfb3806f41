/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* HMAC-SHA-256 under an event's door key, in lowercase hex: 64 characters. */
#define BITKET_DOOR_KEY_LEN  32
#define BITKET_KEY_HASH_LEN  64
#define BITKET_KEY_HASH_SIZE (BITKET_KEY_HASH_LEN + 1)

/* A key made ready once: hashing with it costs two SHA-256 blocks fewer. Wiped by _clear. */
typedef struct
{
  guint8 key[BITKET_DOOR_KEY_LEN];
} BitketDoorKey;

gboolean bitket_door_key_from_hex (const char *hex, BitketDoorKey *key, GError **error);
char *bitket_door_key_to_hex (const BitketDoorKey *key);
void bitket_door_key_clear (BitketDoorKey *key);

/** bitket_key_hash_code: over ownership id || ":" || code */
void bitket_key_hash_code (const BitketDoorKey *key,
                           const char *ownership_id,
                           const char *code,
                           char hash[BITKET_KEY_HASH_SIZE]);
/** bitket_key_hash_text: over a personal number or a card number as it stands */
void
bitket_key_hash_text (const BitketDoorKey *key, const char *text, char hash[BITKET_KEY_HASH_SIZE]);

G_END_DECLS
