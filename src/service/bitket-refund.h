/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-request.h"

G_BEGIN_DECLS

/* Money that goes back. An order is written down as pending in a transaction of its own before the
 * provider is asked, so that a crash in between is made good by asking again with the same key;
 * what comes of it is written once. See docs/payments.md. */

typedef enum
{
  BITKET_VOID_DEFAULT, /* the tickets that are named, or all when all that is left goes back */
  BITKET_VOID_YES,
  BITKET_VOID_NO,
} BitketVoid;

/* What a treasurer orders. */
typedef struct
{
  gint64 amount_ore;     /* 0: what the tickets cost, or all that is left */
  GPtrArray *ownerships; /* (owned) (element-type utf8): none: no tickets were named */
  char *reason;          /* (owned) */
  BitketVoid voids;
  char *request_hash; /* (owned) */
} BitketRefundOrder;

void bitket_refund_order_clear (BitketRefundOrder *order);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BitketRefundOrder, bitket_refund_order_clear)

/** bitket_refund_read_order: the request's body. Returns: %FALSE with @reply or @error set */
gboolean bitket_refund_read_order (const BitketRequest *request,
                                   BitketRefundOrder *order,
                                   BitketReply **reply,
                                   GError **error);

/**
 * bitket_refund_place:
 * @refund: (out): the id, also of an order that was placed with the same idempotency key before
 *
 * Writes the order on the charge request->id as pending, in the open WRITE transaction: never more
 * than was charged less what went back or is on its way. Returns: %FALSE with @reply or @error set
 */
gboolean bitket_refund_place (BitketRequest *request,
                              BitketDb *db,
                              const BitketRefundOrder *order,
                              char refund[BITKET_ID_SIZE],
                              BitketReply **reply,
                              GError **error);

/**
 * bitket_refund_carry_out:
 * Asks the provider for what @refund orders and writes down what came of it: a transaction of kind
 * refund, void tickets. Waits; begins and commits its own transactions. It stays pending when
 * nobody knows what came of it. One that is not pending is left as it is.
 */
gboolean bitket_refund_carry_out (BitketTill *till,
                                  BitketDb *db,
                                  const char *refund,
                                  gint64 now_us,
                                  GError **error);

/** bitket_refunds_resume: carries out every order that is still pending: after a crash, and now and
 * then. On a worker that may wait. */
gboolean bitket_refunds_resume (BitketTill *till, BitketDb *db, gint64 now_us, GError **error);

/** bitket_refund_lock_charge: nobody else orders refunds of @charge until the transaction ends */
gboolean bitket_refund_lock_charge (BitketDb *db, const char *charge, GError **error);
/** bitket_refund_get_left: @left_ore: (out): what was charged less what went back or is on its way
 */
gboolean
bitket_refund_get_left (BitketDb *db, const char *charge, gint64 *left_ore, GError **error);

/* A refund that was made elsewhere: only the ledger hears of it. */
typedef struct
{
  const char *charge; /* ours */
  const char *account;
  const char *stripe_id;
  gint64 amount_ore;
  const char *reason;
} BitketForeignRefund;
/** bitket_refund_note_foreign: in the open WRITE transaction */
gboolean bitket_refund_note_foreign (BitketDb *db,
                                     const BitketForeignRefund *refund,
                                     gint64 now_us,
                                     GError **error);

G_END_DECLS
