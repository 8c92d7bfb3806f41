/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-queue.h"
#include "bitket-request.h"

G_BEGIN_DECLS

/**
 * bitket_order_read:
 * @reply: (out): what to answer when the order is not in order: the original's texts
 *
 * Reads what the caller wants to buy from the request's body: form, ticket types, choices, links
 * and prices are checked, and the discounts found that the caller gets now. What depends on others
 * (places, limits) is the queue's affair. Reads the database.
 * Returns: (transfer full) (nullable): %NULL with either @reply or @error set
 */
BitketOrder *
bitket_order_read (BitketRequest *request, BitketDb *db, BitketReply **reply, GError **error);

G_END_DECLS
