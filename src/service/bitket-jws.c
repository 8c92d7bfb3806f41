/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-jws.h"

#include <gnutls/abstract.h>
#include <gnutls/x509.h>
#include <string.h>

#include "bitket-base64url.h"
#include "bitket-json-reader.h"
#include "bitket-service-error.h"
#include "bitket-time.h"

#define TOKEN_MAX_LEN 16384
#define MAX_KEYS      32
#define MIN_KEY_BITS  2048
#define LEEWAY_S      60

typedef struct
{
  char *kid;           /* (owned) (nullable) */
  char *x5t;           /* (owned) (nullable) */
  gnutls_pubkey_t key; /* (owned) */
} Key;

struct _BitketKeySet
{
  gint n_references; /* (atomic) */
  GPtrArray *keys;   /* (owned) (element-type Key) at least one */
};

static void
free_key (Key *key)
{
  g_free (key->kid);
  g_free (key->x5t);
  gnutls_pubkey_deinit (key->key);
  g_free (key);
}

static gboolean
refuse (GError **error, BitketServiceError code, const char *text)
{
  g_set_error_literal (error, BITKET_SERVICE_ERROR, (gint) code, text);
  return FALSE;
}

static gboolean
is_strong_enough (gnutls_pubkey_t key)
{
  unsigned int bits = 0;

  return gnutls_pubkey_get_pk_algorithm (key, &bits) == GNUTLS_PK_RSA && bits >= MIN_KEY_BITS;
}

/* An RSA key from its modulus and exponent. Returns: (nullable) */
static gnutls_pubkey_t
make_rsa_key (const char *modulus, const char *exponent)
{
  gnutls_pubkey_t key = NULL;
  gsize n_len = 0, e_len = 0;
  g_autofree guint8 *n = bitket_base64url_read (modulus, strlen (modulus), &n_len);
  g_autofree guint8 *e = bitket_base64url_read (exponent, strlen (exponent), &e_len);
  gnutls_datum_t n_datum = { n, (unsigned int) n_len };
  gnutls_datum_t e_datum = { e, (unsigned int) e_len };

  if (n == NULL || e == NULL || n_len == 0 || e_len == 0 || gnutls_pubkey_init (&key) < 0)
    return NULL;
  if (gnutls_pubkey_import_rsa_raw (key, &n_datum, &e_datum) >= 0 && is_strong_enough (key))
    return key;
  gnutls_pubkey_deinit (key);
  return NULL;
}

static BitketKeySet *
new_key_set (void)
{
  BitketKeySet *self = g_new0 (BitketKeySet, 1);

  self->n_references = 1;
  self->keys = g_ptr_array_new_with_free_func ((GDestroyNotify) free_key);
  return self;
}

static void
add_key (BitketKeySet *self, const char *kid, const char *x5t, gnutls_pubkey_t pubkey)
{
  Key *key = g_new0 (Key, 1);

  *key = (Key) { g_strdup (kid), g_strdup (x5t), pubkey };
  g_ptr_array_add (self->keys, key);
}

/* What is no RSA key for signatures is none of ours, and no error. */
static void
read_key (BitketKeySet *self, BitketJsonReader *reader)
{
  const char *type, *use, *algorithm, *kid, *x5t, *modulus, *exponent;
  gnutls_pubkey_t pubkey;

  if (!bitket_json_read_string (reader, "kty", &type, NULL) || strcmp (type, "RSA") != 0 ||
      !bitket_json_read_string_or (reader, "use", "sig", &use, NULL) || strcmp (use, "sig") != 0 ||
      !bitket_json_read_string_or (reader, "alg", "RS256", &algorithm, NULL) ||
      strcmp (algorithm, "RS256") != 0 ||
      !bitket_json_read_string_or (reader, "kid", NULL, &kid, NULL) ||
      !bitket_json_read_string_or (reader, "x5t", NULL, &x5t, NULL) ||
      !bitket_json_read_string (reader, "n", &modulus, NULL) ||
      !bitket_json_read_string (reader, "e", &exponent, NULL))
    return;
  pubkey = make_rsa_key (modulus, exponent);
  if (pubkey != NULL)
    add_key (self, kid, x5t, pubkey);
}

BitketKeySet *
bitket_key_set_new_from_jwks (const char *json, gsize len, GError **error)
{
  g_autoptr (BitketKeySet) self = new_key_set ();
  g_autoptr (JsonNode) node = NULL;
  g_auto (BitketJsonReader) reader = { 0 };
  JsonArray *array = NULL;

  g_return_val_if_fail (json != NULL, NULL);

  node = bitket_json_parse (json, (gssize) len, NULL);
  if (node == NULL || !bitket_json_reader_init (&reader, node, NULL, NULL) ||
      !bitket_json_read_array (&reader, "keys", &array, NULL))
    {
      refuse (error, BITKET_SERVICE_ERROR_UNAVAILABLE, "the keys are no JSON Web Key Set");
      return NULL;
    }
  for (guint i = 0; i < json_array_get_length (array) && i < MAX_KEYS; i++)
    {
      g_auto (BitketJsonReader) key = { 0 };

      if (bitket_json_read_element (&reader, "keys", array, i, &key, NULL))
        read_key (self, &key);
    }
  if (self->keys->len > 0)
    return g_steal_pointer (&self);
  refuse (error, BITKET_SERVICE_ERROR_UNAVAILABLE, "the key set has no RSA key for signatures");
  return NULL;
}

/* Returns: (nullable) */
static gnutls_pubkey_t
read_certificate_key (const gnutls_datum_t *pem)
{
  gnutls_x509_crt_t certificate = NULL;
  gnutls_pubkey_t key = NULL;
  gboolean is_good;

  if (gnutls_x509_crt_init (&certificate) < 0)
    return NULL;
  is_good = gnutls_x509_crt_import (certificate, pem, GNUTLS_X509_FMT_PEM) >= 0 &&
            gnutls_pubkey_init (&key) >= 0 &&
            gnutls_pubkey_import_x509 (key, certificate, 0) >= 0 && is_strong_enough (key);
  gnutls_x509_crt_deinit (certificate);
  if (is_good)
    return key;
  if (key != NULL)
    gnutls_pubkey_deinit (key);
  return NULL;
}

BitketKeySet *
bitket_key_set_new_from_certificate (const char *pem, gsize len, GError **error)
{
  g_autoptr (BitketKeySet) self = NULL;
  gnutls_datum_t datum = { (unsigned char *) pem, (unsigned int) len };
  gnutls_pubkey_t key;

  g_return_val_if_fail (pem != NULL, NULL);

  key = len <= G_MAXUINT ? read_certificate_key (&datum) : NULL;
  if (key == NULL)
    {
      refuse (error, BITKET_SERVICE_ERROR_UNAVAILABLE,
              "the signing certificate is no PEM certificate with an RSA key of 2048 bits");
      return NULL;
    }
  self = new_key_set ();
  add_key (self, NULL, NULL, key);
  return g_steal_pointer (&self);
}

BitketKeySet *
bitket_key_set_ref (BitketKeySet *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_int_inc (&self->n_references);
  return self;
}

void
bitket_key_set_unref (BitketKeySet *self)
{
  if (self == NULL || !g_atomic_int_dec_and_test (&self->n_references))
    return;
  g_ptr_array_unref (self->keys);
  g_free (self);
}

static gboolean
key_fits (const BitketKeySet *self, const Key *key, const BitketJws *jws)
{
  if (key->kid == NULL && key->x5t == NULL)
    return self->keys->len == 1;
  if (jws->kid != NULL && key->kid != NULL)
    return strcmp (jws->kid, key->kid) == 0;
  if (jws->x5t != NULL && key->x5t != NULL)
    return strcmp (jws->x5t, key->x5t) == 0;
  return jws->kid == NULL && jws->x5t == NULL && self->keys->len == 1;
}

gboolean
bitket_key_set_knows (BitketKeySet *self, const BitketJws *jws)
{
  g_return_val_if_fail (self != NULL && jws != NULL, FALSE);

  for (guint i = 0; i < self->keys->len; i++)
    if (key_fits (self, self->keys->pdata[i], jws))
      return TRUE;
  return FALSE;
}

gboolean
bitket_key_set_verify (BitketKeySet *self, const BitketJws *jws, GError **error)
{
  gnutls_datum_t data, signature;

  g_return_val_if_fail (self != NULL && jws != NULL && jws->signed_part != NULL, FALSE);

  data = (gnutls_datum_t) { (unsigned char *) jws->signed_part,
                            (unsigned int) strlen (jws->signed_part) };
  signature = (gnutls_datum_t) { jws->signature, (unsigned int) jws->signature_len };
  for (guint i = 0; i < self->keys->len; i++)
    {
      const Key *key = self->keys->pdata[i];

      if (key_fits (self, key, jws) &&
          gnutls_pubkey_verify_data2 (key->key, GNUTLS_SIGN_RSA_SHA256, 0, &data, &signature) >= 0)
        return TRUE;
    }
  return refuse (error, BITKET_SERVICE_ERROR_CREDENTIALS,
                 bitket_key_set_knows (self, jws) ? "the token's signature does not verify"
                                                  : "the token is signed with an unknown key");
}

void
bitket_jws_clear (BitketJws *jws)
{
  g_clear_pointer (&jws->signed_part, g_free);
  g_clear_pointer (&jws->signature, g_free);
  g_clear_pointer (&jws->kid, g_free);
  g_clear_pointer (&jws->x5t, g_free);
  g_clear_pointer (&jws->claims, json_node_unref);
}

/* Returns: (nullable): the object that a part of the token is */
static JsonNode *
read_part (const char *text, gsize len)
{
  gsize json_len;
  g_autofree guint8 *json = bitket_base64url_read (text, len, &json_len);
  g_autoptr (JsonNode) node =
      json == NULL ? NULL : bitket_json_parse ((const char *) json, (gssize) json_len, NULL);

  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? g_steal_pointer (&node) : NULL;
}

/* "crit" names what a reader must understand; we understand none of it. */
static gboolean
read_header (JsonNode *header, BitketJws *jws)
{
  g_auto (BitketJsonReader) reader = { 0 };
  const char *algorithm, *kid, *x5t;

  if (!bitket_json_reader_init (&reader, header, NULL, NULL) ||
      !bitket_json_read_string (&reader, "alg", &algorithm, NULL) ||
      strcmp (algorithm, "RS256") != 0 || json_object_has_member (reader.object, "crit") ||
      !bitket_json_read_string_or (&reader, "kid", NULL, &kid, NULL) ||
      !bitket_json_read_string_or (&reader, "x5t", NULL, &x5t, NULL))
    return FALSE;
  jws->kid = g_strdup (kid);
  jws->x5t = g_strdup (x5t);
  return TRUE;
}

gboolean
bitket_jws_parse (const char *token, BitketJws *jws, GError **error)
{
  g_auto (BitketJws) parsed = { 0 };
  g_autoptr (JsonNode) header = NULL;
  const char *dot, *signature;

  g_return_val_if_fail (token != NULL && jws != NULL, FALSE);

  dot = strchr (token, '.');
  signature = dot == NULL ? NULL : strchr (dot + 1, '.');
  if (signature == NULL || strlen (token) > TOKEN_MAX_LEN)
    return refuse (error, BITKET_SERVICE_ERROR_CREDENTIALS, "the token is no JSON Web Token");
  header = read_part (token, (gsize) (dot - token));
  if (header == NULL || !read_header (header, &parsed))
    return refuse (error, BITKET_SERVICE_ERROR_CREDENTIALS, "the token is not signed with RS256");
  parsed.claims = read_part (dot + 1, (gsize) (signature - dot - 1));
  parsed.signature =
      bitket_base64url_read (signature + 1, strlen (signature + 1), &parsed.signature_len);
  if (parsed.claims == NULL || parsed.signature == NULL)
    return refuse (error, BITKET_SERVICE_ERROR_CREDENTIALS, "the token is no JSON Web Token");
  parsed.signed_part = g_strndup (token, (gsize) (signature - token));
  *jws = parsed;
  parsed = (BitketJws) { 0 };
  return TRUE;
}

static gboolean
has_audience (JsonObject *claims, const char *audience)
{
  JsonNode *node = json_object_get_member (claims, "aud");
  JsonArray *array;

  if (node != NULL && JSON_NODE_HOLDS_VALUE (node))
    return g_strcmp0 (json_node_get_string (node), audience) == 0;
  if (node == NULL || !JSON_NODE_HOLDS_ARRAY (node))
    return FALSE;
  array = json_node_get_array (node);
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonNode *element = json_array_get_element (array, i);

      if (JSON_NODE_HOLDS_VALUE (element) &&
          g_strcmp0 (json_node_get_string (element), audience) == 0)
        return TRUE;
    }
  return FALSE;
}

gboolean
bitket_jws_check_claims (const BitketJws *jws,
                         const char *issuer,
                         const char *audience,
                         gint64 now_us,
                         GError **error)
{
  g_auto (BitketJsonReader) reader = { 0 };
  gint64 now_s = now_us / BITKET_TIME_SECOND_US;
  gint64 expires_s, begins_s;
  const char *text;

  g_return_val_if_fail (jws != NULL && jws->claims != NULL, FALSE);

  if (!bitket_json_reader_init (&reader, jws->claims, NULL, NULL) ||
      !bitket_json_read_int (&reader, "exp", 0, G_MAXINT32 * G_GINT64_CONSTANT (1000), &expires_s,
                             NULL) ||
      !bitket_json_read_int_or (&reader, "nbf", 0, G_MAXINT32 * G_GINT64_CONSTANT (1000), 0,
                                &begins_s, NULL))
    return refuse (error, BITKET_SERVICE_ERROR_CREDENTIALS,
                   "the token does not say how long it "
                   "is in force");
  if (expires_s + LEEWAY_S <= now_s)
    return refuse (error, BITKET_SERVICE_ERROR_CREDENTIALS, "the token has expired");
  if (begins_s - LEEWAY_S > now_s)
    return refuse (error, BITKET_SERVICE_ERROR_CREDENTIALS, "the token is not in force yet");
  if (issuer != NULL &&
      (!bitket_json_read_string (&reader, "iss", &text, NULL) || strcmp (text, issuer) != 0))
    return refuse (error, BITKET_SERVICE_ERROR_CREDENTIALS, "the token is of another issuer");
  if (audience != NULL && !has_audience (reader.object, audience))
    return refuse (error, BITKET_SERVICE_ERROR_CREDENTIALS, "the token is for somebody else");
  return TRUE;
}
