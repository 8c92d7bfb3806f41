/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-request.h"

G_BEGIN_DECLS

/* JSON Web Tokens as the original made them (its wire contract, section 2): HS512, header and
 * payload in a fixed order of members, non-ASCII escaped. Written here because a library that sorts
 * the members would sign something else. */

#define BITKET_JWT_LIFETIME_S 3600
#define BITKET_JWT_REFRESH_S  (7 * 24 * 3600)

/* What is read from a token whose signature verified. */
typedef struct
{
  char *username;    /* (owned) (nullable): the e-mail address */
  gint64 orig_iat_s; /* 0: it has none */
} BitketJwtClaims;

void bitket_jwt_claims_clear (BitketJwtClaims *claims);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BitketJwtClaims, bitket_jwt_claims_clear)

/** bitket_jwt_encode: @orig_iat_s: when the chain of refreshed tokens began, in seconds. Returns:
 * (transfer full) */
char *bitket_jwt_encode (const BitketCaller *user,
                         const char *secret_key,
                         gint64 orig_iat_s,
                         gint64 now_us);
/** bitket_jwt_decode: CREDENTIALS with the original's texts */
gboolean bitket_jwt_decode (const char *token,
                            const char *secret_key,
                            gint64 now_us,
                            BitketJwtClaims *claims,
                            GError **error);

G_END_DECLS
