/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* HMAC-SHA-256 under an event's door key, in lowercase hex: 64 characters. */
#define BITKET_DOOR_KEY_LEN  32
#define BITKET_KEY_HASH_LEN  64
#define BITKET_KEY_HASH_SIZE (BITKET_KEY_HASH_LEN + 1)

/* An event's door key. Whoever holds one wipes it with _clear when done. */
typedef struct
{
  guint8 key[BITKET_DOOR_KEY_LEN];
} BitketDoorKey;

/** bitket_door_key_from_hex: 64 hexadecimal digits in either case; SYNTAX otherwise */
gboolean bitket_door_key_from_hex (const char *hex, BitketDoorKey *key, GError **error);
/** bitket_door_key_to_hex: Returns: (transfer full): lowercase; the caller wipes it */
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
