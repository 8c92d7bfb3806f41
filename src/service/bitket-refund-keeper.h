/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-clock.h"
#include "bitket-pool.h"
#include "bitket-till.h"

G_BEGIN_DECLS

/* Carries out refunds that are still pending: at once when it is made, then every minute. Main
 * context; the work is done on the pool's workers that may wait. */
typedef struct _BitketRefundKeeper BitketRefundKeeper;

/** bitket_refund_keeper_new: all of it outlives the keeper */
BitketRefundKeeper *
bitket_refund_keeper_new (BitketPool *pool, BitketTill *till, BitketClock *clock);
/** bitket_refund_keeper_free: (nullable): what runs is finished by the pool's stop */
void bitket_refund_keeper_free (BitketRefundKeeper *self);

G_END_DECLS
