/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What is personal lies sealed in the cache: libsodium's secretbox (XSalsa20-Poly1305), each value
 * with a random nonce in front. The key is in the Secret Service, never beside the file. */

#define BITKET_SEAL_KEY_LEN  32
#define BITKET_SEAL_OVERHEAD 40 /* nonce and tag, in bytes */

typedef struct
{
  guint8 bytes[BITKET_SEAL_KEY_LEN];
} BitketSealKey;

void bitket_seal_key_generate (BitketSealKey *key);
void bitket_seal_key_clear (BitketSealKey *key);
gboolean bitket_seal_key_from_hex (const char *hex, BitketSealKey *key, GError **error);
char *bitket_seal_key_to_hex (const BitketSealKey *key);

GBytes *bitket_seal_close (const BitketSealKey *key, gconstpointer data, gsize len);
GBytes *
bitket_seal_open (const BitketSealKey *key, gconstpointer sealed, gsize len, GError **error);

G_END_DECLS
