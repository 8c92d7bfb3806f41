/* SPDX-License-Identifier: MIT */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Tokens that others sign: JSON Web Tokens (RFC 7519) with RS256, and the keys they are signed with
 * (RFC 7517). No other algorithm is ever taken: a token must not choose how it is verified. Errors
 * are BITKET_SERVICE_ERROR: CREDENTIALS of a token, UNAVAILABLE of keys; their texts are for the
 * log, and quote nothing of a token. */

/* Immutable, counted atomically. */
typedef struct _BitketKeySet BitketKeySet;

/** bitket_key_set_new_from_jwks: a JSON Web Key Set; keys of other kinds and uses, and RSA keys of
 * less than 2048 bits, are passed over, and there must be one left */
BitketKeySet *bitket_key_set_new_from_jwks (const char *json, gsize len, GError **error);
/** bitket_key_set_new_from_certificate: @pem: the certificate that tokens are signed with */
BitketKeySet *bitket_key_set_new_from_certificate (const char *pem, gsize len, GError **error);
BitketKeySet *bitket_key_set_ref (BitketKeySet *self);
/** bitket_key_set_unref: (nullable) */
void bitket_key_set_unref (BitketKeySet *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BitketKeySet, bitket_key_set_unref)

/* A token, taken apart and not yet believed. */
typedef struct
{
  char *signed_part;   /* (owned) header "." payload, as it came */
  guint8 *signature;   /* (owned) */
  gsize signature_len; /* */
  char *kid;           /* (owned) (nullable) */
  char *x5t;           /* (owned) (nullable) */
  JsonNode *claims;    /* (owned) an object */
} BitketJws;

/** bitket_jws_parse: @jws (out). CREDENTIALS unless it is a token with RS256 of at most 16 KiB */
gboolean bitket_jws_parse (const char *token, BitketJws *jws, GError **error);
void bitket_jws_clear (BitketJws *jws);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BitketJws, bitket_jws_clear)

/** bitket_key_set_knows: whether the key that @jws names is there. A token that names none fits a
 * set of one key; so does any token when that key has no name of its own (a certificate's). */
gboolean bitket_key_set_knows (BitketKeySet *self, const BitketJws *jws);
/** bitket_key_set_verify: whether one of the keys signed it: CREDENTIALS */
gboolean bitket_key_set_verify (BitketKeySet *self, const BitketJws *jws, GError **error);

/** bitket_jws_check_claims: that it is in force at @now_us (exp must be there; a minute's leeway),
 * and, when given (nullable), that iss is @issuer and aud is or holds @audience: CREDENTIALS */
gboolean bitket_jws_check_claims (const BitketJws *jws,
                                  const char *issuer,
                                  const char *audience,
                                  gint64 now_us,
                                  GError **error);

G_END_DECLS
