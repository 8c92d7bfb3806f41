/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-store"

#include "bitket-secret.h"
#include "bitket-store.h"

#include <gnutls/crypto.h>
#include <sodium.h>
#include <string.h>

/* What the original's Django 1.11 wrote, and what later ones did. Without a limit, a forged dump
 * could keep the service busy for days. */
#define PBKDF2_MAX_ITERATIONS 10000000
#define PBKDF2_HASH_LEN       32

char *
bitket_password_hash (const char *password)
{
  char hash[crypto_pwhash_STRBYTES];

  g_return_val_if_fail (password != NULL, NULL);

  if (sodium_init () < 0 ||
      crypto_pwhash_str_alg (hash, password, strlen (password), crypto_pwhash_OPSLIMIT_INTERACTIVE,
                             crypto_pwhash_MEMLIMIT_INTERACTIVE, crypto_pwhash_ALG_ARGON2ID13) != 0)
    return NULL;
  return g_strdup (hash);
}

static gboolean
derive_pbkdf2 (const char *password,
               const char *salt,
               guint iterations,
               guint8 derived[PBKDF2_HASH_LEN])
{
  const gnutls_datum_t key = { (guchar *) password, (guint) strlen (password) };
  const gnutls_datum_t salt_datum = { (guchar *) salt, (guint) strlen (salt) };

  return gnutls_pbkdf2 (GNUTLS_MAC_SHA256, &key, &salt_datum, iterations, derived,
                        PBKDF2_HASH_LEN) == GNUTLS_E_SUCCESS;
}

/* "pbkdf2_sha256$iterations$salt$base64" */
static gboolean
verify_pbkdf2 (const char *hash, const char *password)
{
  g_auto (GStrv) parts = g_strsplit (hash, "$", 5);
  g_autofree guint8 *expected = NULL;
  guint8 derived[PBKDF2_HASH_LEN];
  gsize expected_len = 0;
  guint64 iterations;
  gboolean is_same;

  if (g_strv_length (parts) != 4 ||
      !g_ascii_string_to_unsigned (parts[1], 10, 1, PBKDF2_MAX_ITERATIONS, &iterations, NULL) ||
      parts[3][0] == '\0')
    return FALSE;
  expected = g_base64_decode (parts[3], &expected_len);
  if (expected_len != PBKDF2_HASH_LEN ||
      !derive_pbkdf2 (password, parts[2], (guint) iterations, derived))
    return FALSE;
  is_same = sodium_memcmp (expected, derived, sizeof derived) == 0;
  bitket_secret_wipe (derived, sizeof derived);
  return is_same;
}

gboolean
bitket_password_verify (const char *hash, const char *password)
{
  g_return_val_if_fail (hash != NULL && password != NULL, FALSE);

  if (g_str_has_prefix (hash, "$argon2id$"))
    return sodium_init () >= 0 && strlen (hash) < crypto_pwhash_STRBYTES &&
           crypto_pwhash_str_verify (hash, password, strlen (password)) == 0;
  if (g_str_has_prefix (hash, "pbkdf2_sha256$"))
    return verify_pbkdf2 (hash, password);
  return FALSE;
}
