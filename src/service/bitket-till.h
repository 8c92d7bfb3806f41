/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

#include "bitket-config.h"
#include "bitket-http.h"

G_BEGIN_DECLS

/* Card payments, through Stripe or the sandbox. Any thread; callbacks in the caller's
 * thread-default context. No state of its own that would be missed after a crash. */
typedef struct _BitketTill BitketTill;

typedef struct
{
  const char
      *purchase; /* our id: the idempotency key is made of it, and it stands in the metadata */
  const char *account; /* (nullable) the connected account the money goes to */
  const char *payload; /* "tok_…" or "pm_…" */
  gint64 amount_ore;
  const char *currency;      /* "SEK" */
  const char *receipt_email; /* (nullable) */
  const char *ownerships;    /* "id,id": the original's metadata bitket_ticket_ownerships */
} BitketCharge;

typedef enum
{
  BITKET_CHARGE_NONE,
  BITKET_CHARGE_SUCCEEDED,
  BITKET_CHARGE_DECLINED, /* by the card's side: certainly not charged */
  BITKET_CHARGE_REFUSED,  /* by the provider, for our own fault (wrong key, bad account): certainly
                             not charged */
  BITKET_CHARGE_UNKNOWN,  /* no answer that could be understood: ask again with the same purchase */
  BITKET_CHARGE_ABSENT,   /* of bitket_till_find_async(): there is no payment for the purchase */
} BitketChargeOutcome;

typedef struct
{
  BitketChargeOutcome outcome;
  char *stripe_id; /* (owned) (nullable) "pi_…", "sandbox_…" */
  char *message;   /* (owned) (nullable) what the buyer reads when it was declined */
} BitketChargeResult;

BitketTill *bitket_till_new (BitketConfig *config, BitketHttp *http);
void bitket_till_free (BitketTill *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BitketTill, bitket_till_free)

/** bitket_charge_result_new: @stripe_id, @message: (nullable). Returns: (transfer full) */
BitketChargeResult *
bitket_charge_result_new (BitketChargeOutcome outcome, const char *stripe_id, const char *message);
void bitket_charge_result_free (BitketChargeResult *result);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BitketChargeResult, bitket_charge_result_free)

/**
 * bitket_till_charge_async:
 * @charge: copied
 *
 * Asked again with the same @charge it answers the same: one charge at most, for a day, after which
 * Stripe forgets what was asked; an older one is to be looked for with bitket_till_find_async().
 * REFUSED and DECLINED speak of this call: when an earlier one ended UNKNOWN, REFUSED may only mean
 * that the key was withdrawn meanwhile, so look for the payment before giving the places away.
 * Fails only with CANCELLED; what went wrong is an outcome.
 */
void bitket_till_charge_async (BitketTill *self,
                               const BitketCharge *charge,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data);
BitketChargeResult *bitket_till_charge_finish (GAsyncResult *result, GError **error);

/** bitket_till_find_async: what became of the payment of @purchase, asked for at @since_us or
 * later: SUCCEEDED, DECLINED, ABSENT or UNKNOWN. Take it with bitket_till_charge_finish(). */
void bitket_till_find_async (BitketTill *self,
                             const char *account,
                             const char *purchase,
                             gint64 since_us,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data);

/** bitket_till_refund: gives @amount_ore of @stripe_id back; waits. @key: the same key again is the
 * same refund. Outcomes as above; stripe_id is the refund's "re_…". On a worker that may wait. */
BitketChargeResult *bitket_till_refund (BitketTill *self,
                                        const char *account,
                                        const char *stripe_id,
                                        gint64 amount_ore,
                                        const char *key,
                                        GError **error);
/** bitket_till_find_refund: what became of the refund @key of @stripe_id: SUCCEEDED, DECLINED,
 * ABSENT or UNKNOWN; waits. For refunds that were asked for more than a day ago. */
BitketChargeResult *bitket_till_find_refund (BitketTill *self,
                                             const char *account,
                                             const char *stripe_id,
                                             const char *key,
                                             GError **error);
/** bitket_till_can_refund: whether payments like @stripe_id can be given back by this service: the
 * sandbox gives back what it made up, Stripe what it has heard of */
gboolean bitket_till_can_refund (BitketTill *self, const char *stripe_id);
/** bitket_till_is_sandbox: whether no real money moves */
gboolean bitket_till_is_sandbox (BitketTill *self);

G_END_DECLS
