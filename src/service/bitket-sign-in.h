/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-auth.h"

G_BEGIN_DECLS

/* What the ways to sign in have in common, and those through a provider. */

#define BITKET_REQUIRED_TEXT "This field is required."

/** bitket_sign_in_answer: 200 with a token of the service */
BitketReply *
bitket_sign_in_answer (const BitketRequest *request, const BitketCaller *user, gint64 orig_iat_s);
/** bitket_sign_in_refuse: 400 under "non_field_errors" */
BitketReply *bitket_sign_in_refuse (const char *text);
/** bitket_sign_in_throttle: 429 with Retry-After. Returns: %NULL when @wait_us is 0 */
BitketReply *bitket_sign_in_throttle (gint64 wait_us);
/** bitket_sign_in_check_text: the original framework's texts for a required text field. Returns:
 * (nullable): why not */
const char *bitket_sign_in_check_text (JsonObject *object, const char *name);
/**
 * bitket_sign_in_with_code:
 * @provider: the name of a provider, or of nobody
 * @body: provider, code, redirect_uri (the service's front page without), code_verifier
 * Waits for others: on a network worker, without a transaction.
 */
BitketReply *bitket_sign_in_with_code (BitketRequest *request,
                                       BitketDb *db,
                                       const char *provider,
                                       JsonObject *body,
                                       GError **error);
/** bitket_sign_in_describe: the ways that are open, with what a client needs to begin */
JsonArray *bitket_sign_in_describe (const BitketShared *shared);

G_END_DECLS
