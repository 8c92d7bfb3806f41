/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-pricing.h"

G_BEGIN_DECLS

/* Whether a ticket that is asked for can be had, and what the buyer is told when it cannot. The
 * order of the checks, the codes and the texts are the original's (its wire contract, section
 * 10.2). */

typedef enum
{
  BITKET_REFUSAL_NONE,
  BITKET_REFUSAL_UNAVAILABLE,
  BITKET_REFUSAL_ACCESS_CODE_UTILIZED,
  BITKET_REFUSAL_CONFLICTING,
  BITKET_REFUSAL_SOLD_OUT,
  BITKET_REFUSAL_PERSONAL_LIMIT,
  BITKET_REFUSAL_CHOICE_SOLD_OUT, /* ours: the original has no limits on choices */
  BITKET_REFUSAL_QUEUE_POSITION,  /* waited, and the places were paid for by those before */
} BitketRefusal;

typedef struct
{
  BitketAvailabilityFacts availability; /* without max_total: -1 */
  gboolean has_spent_access_code;       /* came with a link whose tickets are all taken */
  gboolean has_conflict; /* the buyer has, or is buying, a ticket of a conflicting type */
  gint64 max_total;      /* -1: no limit */
  gint64 n_sold;         /* paid for */
  gint64 max_personal;   /* -1: no limit */
  gint64 n_personal;     /* the buyer has, or is buying */
} BitketPurchaseFacts;

/** bitket_purchase_check: NONE: it can be had as soon as there is a place */
BitketRefusal bitket_purchase_check (const BitketPurchaseFacts *facts, gint64 now_us);

/** bitket_refusal_to_code: the wire's "code"; %NULL for NONE */
const char *bitket_refusal_to_code (BitketRefusal refusal);
/** bitket_refusal_from_code: NONE when there is no such code */
BitketRefusal bitket_refusal_from_code (const char *code);
/** bitket_refusal_format: @name: of the ticket type, or of the choice. Returns: (transfer full):
 * the wire's "text" */
char *bitket_refusal_format (BitketRefusal refusal, const char *name);

G_END_DECLS
