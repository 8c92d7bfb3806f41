/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-door"

#include "bitket-seal.h"

#include <sodium.h>
#include <string.h>

#include "bitket-door.h"

G_STATIC_ASSERT (BITKET_SEAL_KEY_LEN == crypto_secretbox_KEYBYTES);
G_STATIC_ASSERT (BITKET_SEAL_OVERHEAD == crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES);

/* May be called any number of times, from any thread. It fails only where the machine gives no
 * randomness, and then nothing may be sealed. */
static void
init_sodium (void)
{
  if (sodium_init () < 0)
    g_abort ();
}

/** bitket_seal_key_generate: a new random key */
void
bitket_seal_key_generate (BitketSealKey *key)
{
  init_sodium ();
  crypto_secretbox_keygen (key->bytes);
}

void
bitket_seal_key_clear (BitketSealKey *key)
{
  sodium_memzero (key->bytes, sizeof key->bytes);
}

/** bitket_seal_key_from_hex: 64 hex digits; KEY otherwise. The error does not repeat @hex. */
gboolean
bitket_seal_key_from_hex (const char *hex, BitketSealKey *key, GError **error)
{
  BitketSealKey read;
  gsize len = 0;

  if (sodium_hex2bin (read.bytes, sizeof read.bytes, hex, strlen (hex), NULL, &len, NULL) != 0 ||
      len != sizeof read.bytes || strlen (hex) != 2 * sizeof read.bytes)
    {
      g_set_error_literal (error, BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_KEY,
                           "a sealing key is 64 hexadecimal digits");
      return FALSE;
    }
  *key = read;
  bitket_seal_key_clear (&read);
  return TRUE;
}

/** bitket_seal_key_to_hex: Returns: (transfer full): free with bitket_secret_free() */
char *
bitket_seal_key_to_hex (const BitketSealKey *key)
{
  char *hex = g_malloc (2 * sizeof key->bytes + 1);

  sodium_bin2hex (hex, 2 * sizeof key->bytes + 1, key->bytes, sizeof key->bytes);
  return hex;
}

/** bitket_seal_close: Returns: (transfer full): @data sealed, %BITKET_SEAL_OVERHEAD bytes longer */
GBytes *
bitket_seal_close (const BitketSealKey *key, gconstpointer data, gsize len)
{
  guint8 *sealed = g_malloc (len + BITKET_SEAL_OVERHEAD);

  init_sodium ();
  randombytes_buf (sealed, crypto_secretbox_NONCEBYTES);
  crypto_secretbox_easy (sealed + crypto_secretbox_NONCEBYTES, data, len, sealed, key->bytes);
  return g_bytes_new_take (sealed, len + BITKET_SEAL_OVERHEAD);
}

/**
 * bitket_seal_open:
 *
 * Errors: KEY when @sealed was changed, cut, or sealed with another key: the three cannot be told
 * apart.
 *
 * Returns: (transfer full): what was sealed, or %NULL
 */
GBytes *
bitket_seal_open (const BitketSealKey *key, gconstpointer sealed, gsize len, GError **error)
{
  const guint8 *nonce = sealed;
  g_autofree guint8 *data = NULL;

  init_sodium ();
  if (len >= BITKET_SEAL_OVERHEAD)
    data = g_malloc (len - BITKET_SEAL_OVERHEAD + 1);
  if (data == NULL ||
      crypto_secretbox_open_easy (data, nonce + crypto_secretbox_NONCEBYTES,
                                  len - crypto_secretbox_NONCEBYTES, nonce, key->bytes) != 0)
    {
      g_set_error_literal (error, BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_KEY,
                           "a sealed value does not open with this key");
      return NULL;
    }
  return g_bytes_new_take (g_steal_pointer (&data), len - BITKET_SEAL_OVERHEAD);
}
