/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-core"

#include "bitket-key-hash.h"

#include <sodium.h>
#include <string.h>

#include "bitket-core-error.h"
#include "bitket-sodium-private.h"

G_STATIC_ASSERT (BITKET_DOOR_KEY_LEN == crypto_auth_hmacsha256_KEYBYTES);
G_STATIC_ASSERT (BITKET_KEY_HASH_LEN == 2 * crypto_auth_hmacsha256_BYTES);

gboolean
bitket_door_key_from_hex (const char *hex, BitketDoorKey *key, GError **error)
{
  g_return_val_if_fail (hex != NULL, FALSE);
  g_return_val_if_fail (key != NULL, FALSE);

  if (strlen (hex) != 2 * BITKET_DOOR_KEY_LEN ||
      strspn (hex, "0123456789abcdefABCDEF") != 2 * BITKET_DOOR_KEY_LEN)
    {
      g_set_error (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_SYNTAX,
                   "a door key is %d hexadecimal digits", 2 * BITKET_DOOR_KEY_LEN);
      return FALSE;
    }
  sodium_hex2bin (key->key, sizeof key->key, hex, strlen (hex), NULL, NULL, NULL);
  return TRUE;
}

char *
bitket_door_key_to_hex (const BitketDoorKey *key)
{
  gsize size = 2 * BITKET_DOOR_KEY_LEN + 1;

  g_return_val_if_fail (key != NULL, NULL);

  return sodium_bin2hex (g_malloc (size), size, key->key, sizeof key->key);
}

void
bitket_door_key_clear (BitketDoorKey *key)
{
  g_return_if_fail (key != NULL);

  sodium_memzero (key->key, sizeof key->key);
}

static void
finish_hash (crypto_auth_hmacsha256_state *state, char hash[BITKET_KEY_HASH_SIZE])
{
  guint8 digest[crypto_auth_hmacsha256_BYTES];

  crypto_auth_hmacsha256_final (state, digest);
  sodium_bin2hex (hash, BITKET_KEY_HASH_SIZE, digest, sizeof digest);
  sodium_memzero (state, sizeof *state);
}

static void
update_hash (crypto_auth_hmacsha256_state *state, const char *text)
{
  crypto_auth_hmacsha256_update (state, (const guint8 *) text, strlen (text));
}

void
bitket_key_hash_code (const BitketDoorKey *key,
                      const char *ownership_id,
                      const char *code,
                      char hash[BITKET_KEY_HASH_SIZE])
{
  crypto_auth_hmacsha256_state state;

  g_return_if_fail (key != NULL);
  g_return_if_fail (ownership_id != NULL && code != NULL);
  g_return_if_fail (hash != NULL);

  bitket_sodium_ensure ();
  crypto_auth_hmacsha256_init (&state, key->key, sizeof key->key);
  update_hash (&state, ownership_id);
  update_hash (&state, ":");
  update_hash (&state, code);
  finish_hash (&state, hash);
}

void
bitket_key_hash_text (const BitketDoorKey *key, const char *text, char hash[BITKET_KEY_HASH_SIZE])
{
  crypto_auth_hmacsha256_state state;

  g_return_if_fail (key != NULL);
  g_return_if_fail (text != NULL);
  g_return_if_fail (hash != NULL);

  bitket_sodium_ensure ();
  crypto_auth_hmacsha256_init (&state, key->key, sizeof key->key);
  update_hash (&state, text);
  finish_hash (&state, hash);
}
