/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-jwt.h"

#include <sodium.h>
#include <string.h>

#include "bitket-base64url.h"
#include "bitket-json-reader.h"
#include "bitket-service-error.h"
#include "bitket-time.h"

#define HMAC_LEN      64
#define TOKEN_MAX_LEN 8192

static const char header_json[] = "{\"typ\":\"JWT\",\"alg\":\"HS512\"}";

void
bitket_jwt_claims_clear (BitketJwtClaims *claims)
{
  g_clear_pointer (&claims->username, g_free);
}

/* As Python's json.dumps with ensure_ascii. */
static void
append_escaped (GString *out, const char *text)
{
  g_string_append_c (out, '"');
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (c == '"' || c == '\\')
        g_string_append_printf (out, "\\%c", (char) c);
      else if (c == '\n')
        g_string_append (out, "\\n");
      else if (c == '\r')
        g_string_append (out, "\\r");
      else if (c == '\t')
        g_string_append (out, "\\t");
      else if (c == '\b')
        g_string_append (out, "\\b");
      else if (c == '\f')
        g_string_append (out, "\\f");
      else if (c >= 0x20 && c < 0x7f)
        g_string_append_c (out, (char) c);
      else if (c < 0x10000)
        g_string_append_printf (out, "\\u%04x", c);
      else
        g_string_append_printf (out, "\\u%04x\\u%04x", 0xd800 + ((c - 0x10000) >> 10),
                                0xdc00 + ((c - 0x10000) & 0x3ff));
    }
  g_string_append_c (out, '"');
}

static void
append_text_member (GString *out, const char *name, const char *value)
{
  g_string_append_printf (out, ",\"%s\":", name);
  if (value == NULL)
    g_string_append (out, "null");
  else
    append_escaped (out, value);
}

static char *
format_payload (const BitketCaller *user, gint64 orig_iat_s, gint64 now_s)
{
  GString *out = g_string_new ("{\"user_id\":");

  append_escaped (out, user->id);
  append_text_member (out, "username", user->email);
  g_string_append_printf (out, ",\"exp\":%" G_GINT64_FORMAT, now_s + BITKET_JWT_LIFETIME_S);
  append_text_member (out, "email", user->email);
  g_string_append_printf (out, ",\"orig_iat\":%" G_GINT64_FORMAT, orig_iat_s);
  append_text_member (out, "name", user->name);
  append_text_member (out, "nin", user->nin);
  g_string_append_c (out, '}');
  return g_string_free (out, FALSE);
}

static void
compute_hmac (const char *text, gsize len, const char *secret_key, guint8 hmac[HMAC_LEN])
{
  g_autoptr (GHmac) state =
      g_hmac_new (G_CHECKSUM_SHA512, (const guchar *) secret_key, strlen (secret_key));
  gsize hmac_len = HMAC_LEN;

  g_hmac_update (state, (const guchar *) text, (gssize) len);
  g_hmac_get_digest (state, hmac, &hmac_len);
}

char *
bitket_jwt_encode (const BitketCaller *user,
                   const char *secret_key,
                   gint64 orig_iat_s,
                   gint64 now_us)
{
  g_autofree char *payload = NULL;
  guint8 hmac[HMAC_LEN];
  GString *token;

  g_return_val_if_fail (user != NULL && secret_key != NULL, NULL);

  token = g_string_new (NULL);
  payload = format_payload (user, orig_iat_s, now_us / BITKET_TIME_SECOND_US);
  bitket_base64url_append (token, header_json, sizeof header_json - 1);
  g_string_append_c (token, '.');
  bitket_base64url_append (token, payload, strlen (payload));
  compute_hmac (token->str, token->len, secret_key, hmac);
  g_string_append_c (token, '.');
  bitket_base64url_append (token, hmac, sizeof hmac);
  return g_string_free (token, FALSE);
}

static gboolean
set_error (GError **error, const char *text)
{
  g_set_error_literal (error, BITKET_SERVICE_ERROR, BITKET_SERVICE_ERROR_CREDENTIALS, text);
  return FALSE;
}

/* Only the one algorithm: a token must not choose how it is verified. */
static gboolean
is_our_header (const char *text, gsize text_len)
{
  g_auto (BitketJsonReader) reader = { 0 };
  g_autoptr (JsonNode) node = NULL;
  g_autofree guint8 *json = NULL;
  const char *algorithm;
  gsize len;

  json = bitket_base64url_read (text, text_len, &len);
  if (json == NULL)
    return FALSE;
  node = bitket_json_parse ((const char *) json, (gssize) len, NULL);
  return node != NULL && bitket_json_reader_init (&reader, node, NULL, NULL) &&
         bitket_json_read_string (&reader, "alg", &algorithm, NULL) &&
         strcmp (algorithm, "HS512") == 0;
}

static gboolean
verify_signature (const char *token, const char *signature, const char *secret_key)
{
  g_autofree guint8 *given = NULL;
  guint8 hmac[HMAC_LEN];
  gsize len;

  given = bitket_base64url_read (signature + 1, strlen (signature + 1), &len);
  if (given == NULL || len != HMAC_LEN)
    return FALSE;
  compute_hmac (token, (gsize) (signature - token), secret_key, hmac);
  return sodium_memcmp (given, hmac, HMAC_LEN) == 0;
}

static gboolean
read_claims (JsonNode *node, gint64 now_us, BitketJwtClaims *claims, GError **error)
{
  g_auto (BitketJsonReader) reader = { 0 };
  const char *username;
  gint64 exp_s, orig_iat_s;

  if (!bitket_json_reader_init (&reader, node, NULL, NULL) ||
      !bitket_json_read_int_or (&reader, "exp", 0, G_MAXINT64, G_MAXINT64, &exp_s, NULL) ||
      !bitket_json_read_int_or (&reader, "orig_iat", 0, G_MAXINT64, 0, &orig_iat_s, NULL) ||
      !bitket_json_read_string_or (&reader, "username", NULL, &username, NULL))
    return set_error (error, "Error decoding signature.");
  if (exp_s < now_us / BITKET_TIME_SECOND_US)
    return set_error (error, "Signature has expired.");
  claims->username = g_strdup (username);
  claims->orig_iat_s = orig_iat_s;
  return TRUE;
}

gboolean
bitket_jwt_decode (const char *token,
                   const char *secret_key,
                   gint64 now_us,
                   BitketJwtClaims *claims,
                   GError **error)
{
  g_autoptr (JsonNode) node = NULL;
  g_autofree guint8 *payload = NULL;
  const char *dot, *signature;
  gsize len;

  g_return_val_if_fail (token != NULL && secret_key != NULL && claims != NULL, FALSE);

  dot = strchr (token, '.');
  signature = dot == NULL ? NULL : strchr (dot + 1, '.');
  if (signature == NULL || strlen (token) > TOKEN_MAX_LEN ||
      !is_our_header (token, (gsize) (dot - token)) ||
      !verify_signature (token, signature, secret_key))
    return set_error (error, "Error decoding signature.");

  payload = bitket_base64url_read (dot + 1, (gsize) (signature - dot - 1), &len);
  node = payload == NULL ? NULL : bitket_json_parse ((const char *) payload, (gssize) len, NULL);
  if (node == NULL)
    return set_error (error, "Error decoding signature.");
  return read_claims (node, now_us, claims, error);
}
