/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Django's signing (django.core.signing of 1.11): the links and tokens that the original sent out
 * go on working with the same secret key. value:base62(time):base64url(HMAC-SHA1), key = SHA1(salt
 * + "signer" + secret). Tokens of the original have every ':' replaced by '.'. See the original's
 * wire contract, sections 4 and 7. */

#define BITKET_SIGNING_SALT_ACCESS_CODE "access_code"
#define BITKET_SIGNING_SALT_RESELL      "resell_token"

/** bitket_signing_dump: Returns: (transfer full): the token over the UTF-8 @json, dotted */
char *
bitket_signing_dump (const char *json, const char *salt, const char *secret_key, gint64 now_us);
/**
 * bitket_signing_load:
 * @token: dotted or with colons
 * Returns: (transfer full): the JSON text that was signed, or %NULL with SYNTAX or SIGNATURE;
 * compared in constant time
 */
char *
bitket_signing_load (const char *token, const char *salt, const char *secret_key, GError **error);

/** bitket_access_token_dump: Returns: (transfer full): the token of an access code's id */
char *bitket_access_token_dump (const char *access_code_id, const char *secret_key, gint64 now_us);
gboolean
bitket_access_token_load (const char *token, const char *secret_key, char id[37], GError **error);

G_END_DECLS
