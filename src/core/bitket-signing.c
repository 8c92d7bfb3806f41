/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-core"

#include "bitket-signing.h"

#include <sodium.h>
#include <string.h>

#include "bitket-core-error.h"
#include "bitket-id.h"
#include "bitket-json-reader.h"
#include "bitket-sodium-private.h"
#include "bitket-time.h"

#define DIGEST_LEN    20 /* SHA-1 */
#define MAX_TOKEN_LEN 4096

/* Tokens are as good as passwords: no error of this file quotes one. */

static char *
dup_base62 (guint64 number)
{
  static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  char text[16];
  char *p = text + sizeof text - 1;

  *p = '\0';
  do
    {
      *--p = digits[number % 62];
      number /= 62;
    }
  while (number > 0);
  return g_strdup (p);
}

/* Django's salted_hmac (): the key is SHA-1 of the salt and the secret. */
static void
compute_signature (const char *text,
                   gsize text_len,
                   const char *salt,
                   const char *secret_key,
                   guint8 digest[DIGEST_LEN])
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA1);
  g_autoptr (GHmac) hmac = NULL;
  guint8 key[DIGEST_LEN];
  gsize len = sizeof key;

  g_checksum_update (checksum, (const guchar *) salt, -1);
  g_checksum_update (checksum, (const guchar *) "signer", -1);
  g_checksum_update (checksum, (const guchar *) secret_key, -1);
  g_checksum_get_digest (checksum, key, &len);
  hmac = g_hmac_new (G_CHECKSUM_SHA1, key, sizeof key);
  g_hmac_update (hmac, (const guchar *) text, (gssize) text_len);
  len = DIGEST_LEN;
  g_hmac_get_digest (hmac, digest, &len);
  sodium_memzero (key, sizeof key);
}

char *
bitket_signing_dump (const char *json, const char *salt, const char *secret_key, gint64 now_us)
{
  g_autofree char *value = NULL;
  g_autofree char *stamp = NULL;
  g_autofree char *message = NULL;
  g_autofree char *signature = NULL;
  guint8 digest[DIGEST_LEN];

  g_return_val_if_fail (json != NULL && salt != NULL && secret_key != NULL, NULL);
  g_return_val_if_fail (now_us >= 0, NULL);

  value = bitket_base64url_encode ((const guint8 *) json, strlen (json));
  stamp = dup_base62 ((guint64) (now_us / BITKET_TIME_SECOND_US));
  message = g_strconcat (value, ":", stamp, NULL);
  compute_signature (message, strlen (message), salt, secret_key, digest);
  signature = bitket_base64url_encode (digest, sizeof digest);
  return g_strconcat (value, ".", stamp, ".", signature, NULL);
}

static gboolean
set_shape_error (GError **error)
{
  g_set_error_literal (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_SYNTAX,
                       "the token is not of three parts in base64url");
  return FALSE;
}

/* The signed text, which need not end in NUL where it came from. */
static char *
decode_value (const char *value, GError **error)
{
  gsize value_len = strlen (value);
  gsize text_len;
  g_autofree char *text = g_malloc (value_len + 1);

  if (sodium_base642bin ((guint8 *) text, value_len, value, value_len, NULL, &text_len, NULL,
                         sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
      !g_utf8_validate_len (text, text_len, NULL))
    {
      set_shape_error (error);
      return NULL;
    }
  text[text_len] = '\0';
  return g_steal_pointer (&text);
}

char *
bitket_signing_load (const char *token, const char *salt, const char *secret_key, GError **error)
{
  g_autofree char *colons = NULL;
  g_auto (GStrv) parts = NULL;
  guint8 given[DIGEST_LEN], wanted[DIGEST_LEN];

  g_return_val_if_fail (token != NULL && salt != NULL && secret_key != NULL, NULL);

  colons = g_strdelimit (g_strndup (token, MAX_TOKEN_LEN + 1), ".", ':');
  parts = g_strsplit (colons, ":", 4);
  if (strlen (colons) > MAX_TOKEN_LEN || g_strv_length (parts) != 3 || *parts[1] == '\0' ||
      !bitket_base64url_decode (parts[2], strlen (parts[2]), given, sizeof given))
    {
      set_shape_error (error);
      return NULL;
    }
  compute_signature (colons, strlen (colons) - strlen (parts[2]) - 1, salt, secret_key, wanted);
  if (sodium_memcmp (given, wanted, sizeof given) != 0)
    {
      g_set_error_literal (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_SIGNATURE,
                           "the token's signature does not verify");
      return NULL;
    }
  return decode_value (parts[0], error);
}

char *
bitket_access_token_dump (const char *access_code_id, const char *secret_key, gint64 now_us)
{
  g_autofree char *json = NULL;
  char hex[33];

  g_return_val_if_fail (access_code_id != NULL && bitket_id_is_valid (access_code_id), NULL);

  bitket_id_to_hex (access_code_id, hex);
  json = g_strdup_printf ("\"%s\"", hex);
  return bitket_signing_dump (json, BITKET_SIGNING_SALT_ACCESS_CODE, secret_key, now_us);
}

gboolean
bitket_access_token_load (const char *token, const char *secret_key, char id[37], GError **error)
{
  g_autofree char *json = NULL;
  g_autoptr (JsonNode) root = NULL;

  g_return_val_if_fail (id != NULL, FALSE);

  json = bitket_signing_load (token, BITKET_SIGNING_SALT_ACCESS_CODE, secret_key, error);
  if (json == NULL)
    return FALSE;
  root = bitket_json_parse (json, -1, error);
  if (root == NULL)
    return FALSE;
  if (json_node_get_value_type (root) != G_TYPE_STRING)
    {
      g_set_error (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_KIND,
                   "expected a string in the token, found %s", bitket_json_kind_name (root));
      return FALSE;
    }
  return bitket_id_parse (json_node_get_string (root), -1, id, error);
}
