/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-router.h"

G_BEGIN_DECLS

/**
 * bitket_auth_identify:
 * Finds out who asks, from the Authorization header: JWT, Token, Door; another scheme is as none.
 * A broken credential is CREDENTIALS, on every route. Reads the database.
 */
gboolean bitket_auth_identify (BitketRequest *request, BitketDb *db, GError **error);
/** bitket_auth_check: whether the caller may use the route at all: UNAUTHENTICATED, FORBIDDEN,
 * DOOR_REVOKED */
gboolean bitket_auth_check (const BitketRequest *request, GError **error);
/**
 * bitket_auth_load_user:
 * @email: exactly as stored
 * @is_active: (out)
 * Returns: %FALSE with @error, or without when there is none
 */
gboolean bitket_auth_load_user (BitketDb *db,
                                const char *email,
                                BitketCaller *caller,
                                gboolean *is_active,
                                GError **error);
/** bitket_auth_hash_token: what is kept of a door's token or pairing code. Returns: (transfer
 * full): SHA-256 in hex */
char *bitket_auth_hash_token (const char *token);

G_END_DECLS
