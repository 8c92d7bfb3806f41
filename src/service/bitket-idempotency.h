/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-router.h"

G_BEGIN_DECLS

/**
 * bitket_idempotency_run:
 * Runs @handler at most once for each Idempotency-Key of a caller, in the open WRITE transaction.
 * The same request again gets the first answer again, with "Idempotent-Replayed: true", for
 * %BITKET_IDEMPOTENCY_LIFE_US; another one with the same key is KEY_REUSED. Answers that changed
 * nothing (400 and above) are not kept. Two at once: the second waits for the first.
 * Returns: (transfer full): as @handler
 */
BitketReply *bitket_idempotency_run (BitketRequest *request,
                                     BitketDb *db,
                                     BitketHandler handler,
                                     GError **error);

/* For who keeps such keys himself: */
/** bitket_idempotency_check_key: INVALID when it is too long or no text */
gboolean bitket_idempotency_check_key (const BitketRequest *request, GError **error);
/** bitket_idempotency_hash: Returns: (transfer full): of what was asked: route and body */
char *bitket_idempotency_hash (const BitketRequest *request);

#define BITKET_IDEMPOTENCY_LIFE_US     G_GINT64_CONSTANT (86400000000)
#define BITKET_IDEMPOTENCY_KEY_MAX_LEN 255

G_END_DECLS
