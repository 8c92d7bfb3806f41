/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-request.h"

G_BEGIN_DECLS

/* Purchases as they are answered. */

/** bitket_purchase_reply: to who bought and waited: 207, or why there is nothing; 503 with the
 * purchase's address when the payment is not confirmed yet */
BitketReply *
bitket_purchase_reply (BitketRequest *request, BitketDb *db, const char *id, GError **error);
/** bitket_purchase_reply_accepted: to who does not wait: 202 with the purchase's address */
BitketReply *bitket_purchase_reply_accepted (BitketRequest *request,
                                             BitketDb *db,
                                             const char *id,
                                             GError **error);
/** bitket_purchase_describe: "url", "id", "state", "position", and once it is over "status" and
 * what the answer held. Returns: (transfer full) (nullable): %NULL without @error when the caller
 * has no such purchase */
JsonObject *
bitket_purchase_describe (BitketRequest *request, BitketDb *db, const char *id, GError **error);
/** bitket_purchase_state_message: @state (out). Returns: (transfer full) (nullable):
 * {"type":"purchase", …} for streams; %NULL without @error when there is none */
char *bitket_purchase_state_message (BitketDb *db,
                                     const char *id,
                                     BitketPurchaseState *state,
                                     GError **error);

G_END_DECLS
