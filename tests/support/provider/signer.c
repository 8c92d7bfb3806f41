/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

#include "stand-in.h"

#include <gnutls/x509.h>
#include <string.h>
#include <time.h>

#define KEY_BITS 2048

static gnutls_privkey_t
make_key (void)
{
  gnutls_privkey_t key;

  g_assert_cmpint (gnutls_privkey_init (&key), >=, 0);
  g_assert_cmpint (gnutls_privkey_generate (key, GNUTLS_PK_RSA, KEY_BITS, 0), >=, 0);
  return key;
}

void
signer_init (Signer *signer)
{
  signer->kid = g_uuid_string_random ();
  signer->key = make_key ();
  signer->fake = make_key ();
}

void
signer_clear (Signer *signer)
{
  g_clear_pointer (&signer->kid, g_free);
  gnutls_privkey_deinit (signer->key);
  gnutls_privkey_deinit (signer->fake);
}

void
signer_rotate (Signer *signer)
{
  g_free (signer->kid);
  gnutls_privkey_deinit (signer->key);
  signer->kid = g_uuid_string_random ();
  signer->key = make_key ();
}

static void
append_base64url (GString *out, gconstpointer data, gsize len)
{
  g_autofree char *text = g_base64_encode (data, len);

  for (char *p = text; *p != '\0' && *p != '='; p++)
    g_string_append_c (out, *p == '+' ? '-' : *p == '/' ? '_' : *p);
}

static void
set_number (JsonObject *object, const char *name, gnutls_datum_t *number)
{
  g_autoptr (GString) text = g_string_new (NULL);

  append_base64url (text, number->data, number->size);
  json_object_set_string_member (object, name, text->str);
  gnutls_free (number->data);
}

JsonObject *
signer_dup_jwks (const Signer *signer)
{
  JsonObject *key = json_object_new ();
  JsonObject *set = json_object_new ();
  JsonArray *keys = json_array_new ();
  gnutls_datum_t n, e;

  g_assert_cmpint (gnutls_privkey_export_rsa_raw2 (signer->key, &n, &e, NULL, NULL, NULL, NULL,
                                                   NULL, NULL, GNUTLS_EXPORT_FLAG_NO_LZ),
                   >=, 0);
  json_object_set_string_member (key, "kty", "RSA");
  json_object_set_string_member (key, "use", "sig");
  json_object_set_string_member (key, "alg", "RS256");
  json_object_set_string_member (key, "kid", signer->kid);
  json_object_set_string_member (key, "x5t", signer->kid);
  set_number (key, "n", &n);
  set_number (key, "e", &e);
  json_array_add_object_element (keys, key);
  json_object_set_array_member (set, "keys", keys);
  return set;
}

gboolean
signer_write_certificate (const Signer *signer, const char *path)
{
  static const char name[] = "signing.example";
  guint8 serial = 1;
  gnutls_x509_crt_t certificate;
  gnutls_x509_privkey_t key;
  gnutls_pubkey_t public_key;
  gnutls_datum_t pem = { 0 };
  gboolean success;

  g_assert_cmpint (gnutls_x509_crt_init (&certificate), >=, 0);
  g_assert_cmpint (gnutls_pubkey_init (&public_key), >=, 0);
  g_assert_cmpint (gnutls_privkey_export_x509 (signer->key, &key), >=, 0);
  success = gnutls_pubkey_import_privkey (public_key, signer->key, 0, 0) >= 0 &&
            gnutls_x509_crt_set_pubkey (certificate, public_key) >= 0 &&
            gnutls_x509_crt_set_version (certificate, 3) >= 0 &&
            gnutls_x509_crt_set_serial (certificate, &serial, 1) >= 0 &&
            gnutls_x509_crt_set_activation_time (certificate, time (NULL) - 60) >= 0 &&
            gnutls_x509_crt_set_expiration_time (certificate, time (NULL) + 3600) >= 0 &&
            gnutls_x509_crt_set_dn_by_oid (certificate, GNUTLS_OID_X520_COMMON_NAME, 0, name,
                                           sizeof name - 1) >= 0 &&
            gnutls_x509_crt_sign2 (certificate, certificate, key, GNUTLS_DIG_SHA256, 0) >= 0 &&
            gnutls_x509_crt_export2 (certificate, GNUTLS_X509_FMT_PEM, &pem) >= 0 &&
            g_file_set_contents (path, (const char *) pem.data, pem.size, NULL);
  gnutls_free (pem.data);
  gnutls_x509_privkey_deinit (key);
  gnutls_pubkey_deinit (public_key);
  gnutls_x509_crt_deinit (certificate);
  return success;
}

static void
append_json (GString *out, JsonObject *object)
{
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), object);
  g_autofree char *text = json_to_string (node, FALSE);

  append_base64url (out, text, strlen (text));
}

static JsonObject *
make_header (const Signer *signer, const char *fault)
{
  JsonObject *header = json_object_new ();
  gboolean is_unknown = g_strcmp0 (fault, "unknown-kid") == 0;

  json_object_set_string_member (header, "typ", "JWT");
  json_object_set_string_member (header, "alg",
                                 g_strcmp0 (fault, "alg-none") == 0    ? "none"
                                 : g_strcmp0 (fault, "alg-hs256") == 0 ? "HS256"
                                 : g_strcmp0 (fault, "alg-rs512") == 0 ? "RS512"
                                                                       : "RS256");
  json_object_set_string_member (header, "kid", is_unknown ? "nobody" : signer->kid);
  json_object_set_string_member (header, "x5t", is_unknown ? "nobody" : signer->kid);
  return header;
}

/* The attack on verifiers that take the algorithm from the token: HMAC under the public key. */
static void
append_hmac (GString *token, const Signer *signer)
{
  g_autoptr (JsonObject) jwks = signer_dup_jwks (signer);
  JsonObject *key = json_array_get_object_element (json_object_get_array_member (jwks, "keys"), 0);
  const char *modulus = json_object_get_string_member (key, "n");
  g_autoptr (GHmac) hmac =
      g_hmac_new (G_CHECKSUM_SHA256, (const guchar *) modulus, strlen (modulus));
  guint8 digest[32];
  gsize len = sizeof digest;

  g_hmac_update (hmac, (const guchar *) token->str, (gssize) token->len);
  g_hmac_get_digest (hmac, digest, &len);
  g_string_append_c (token, '.');
  append_base64url (token, digest, len);
}

static void
append_signature (GString *token, gnutls_privkey_t key, gnutls_sign_algorithm_t algorithm)
{
  gnutls_datum_t data = { (unsigned char *) token->str, (unsigned int) token->len };
  gnutls_datum_t signature;

  g_assert_cmpint (gnutls_privkey_sign_data2 (key, algorithm, 0, &data, &signature), >=, 0);
  g_string_append_c (token, '.');
  append_base64url (token, signature.data, signature.size);
  gnutls_free (signature.data);
}

char *
signer_sign (const Signer *signer, JsonObject *claims, const char *fault)
{
  g_autoptr (JsonObject) header = make_header (signer, fault);
  GString *token = g_string_new (NULL);

  append_json (token, header);
  g_string_append_c (token, '.');
  append_json (token, claims);
  if (g_strcmp0 (fault, "alg-none") == 0)
    g_string_append_c (token, '.');
  else if (g_strcmp0 (fault, "alg-hs256") == 0)
    append_hmac (token, signer);
  else if (g_strcmp0 (fault, "alg-rs512") == 0)
    append_signature (token, signer->key, GNUTLS_SIGN_RSA_SHA512);
  else
    append_signature (token, g_strcmp0 (fault, "wrong-signature") == 0 ? signer->fake : signer->key,
                      GNUTLS_SIGN_RSA_SHA256);
  return g_string_free (token, FALSE);
}
