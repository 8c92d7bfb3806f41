/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-till.h"

G_BEGIN_DECLS

/* What Stripe's answers mean. Pure functions over the status and the bytes; what cannot be
 * understood is UNKNOWN, never a guess. */

/** bitket_stripe_read_intent: the answer to a PaymentIntent that was created and confirmed in one
 * call. Returns: (transfer full) */
BitketChargeResult *bitket_stripe_read_intent (guint status, GBytes *body);
/** bitket_stripe_read_refund: the answer to a refund; the message is the treasurer's. Returns:
 * (transfer full) */
BitketChargeResult *bitket_stripe_read_refund (guint status, GBytes *body);

/* A page of a list in which one object is looked for. */
typedef struct
{
  BitketChargeResult *found; /* (owned) (nullable) */
  char *last_id;             /* (owned) (nullable) where the next page begins */
  gboolean has_more;
} BitketStripePage;
void bitket_stripe_page_clear (BitketStripePage *page);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BitketStripePage, bitket_stripe_page_clear)

typedef enum
{
  BITKET_STRIPE_LIST_NONE,
  BITKET_STRIPE_LIST_INTENTS, /* looked for by metadata "bitket_purchase" */
  BITKET_STRIPE_LIST_REFUNDS, /* looked for by metadata "bitket_refund" */
} BitketStripeList;

/** bitket_stripe_read_page: @page: (out): set only on success. Returns: %FALSE when the answer is
 * not such a list */
gboolean bitket_stripe_read_page (BitketStripeList list,
                                  guint status,
                                  GBytes *body,
                                  const char *wanted,
                                  BitketStripePage *page);

G_END_DECLS
