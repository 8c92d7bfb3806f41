/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-sales-private.h"

#include "bitket-time.h"

/* Asking for the money, until there is an answer. Asking again asks with the same idempotency key,
 * so that there is one charge at most. An answer that says nothing (the connection was cut, the
 * provider failed) may come again and again with that key, so the next question is what became of
 * the payment; only when there is none is it asked for once more. */

/* The provider may have forgotten the key after a day; long before that nobody expects to be
 * charged any more. From then on it is only asked what became of the payment. */
#define FIND_ONLY_AFTER_US (10 * BITKET_TIME_MINUTE_US)
/* No question is under way for so long: what cannot be found then was never paid. */
#define SURE_AFTER_US BITKET_TIME_MINUTE_US
#define FIRST_MS      250
#define LAST_MS       10000

#define REFUSED_TEXT     "Card payments do not work right now. You were not charged."
#define INTERRUPTED_TEXT "The purchase was interrupted. You were not charged."
#define DECLINED_TEXT    "The payment failed."

void
bitket_sales_free_payment (Payment *payment)
{
  if (payment->again != NULL)
    g_source_destroy (payment->again);
  g_clear_pointer (&payment->again, g_source_unref);
  bitket_purchase_free (payment->purchase);
  g_free (payment);
}

static void ask (Payment *payment);

static gint64
get_age_us (const Payment *payment)
{
  return bitket_clock_get_now_us (payment->sales->clock) - payment->purchase->charged_from_us;
}

static gboolean
again_cb (gpointer user_data)
{
  Payment *payment = user_data;

  g_clear_pointer (&payment->again, g_source_unref);
  ask (payment);
  return G_SOURCE_REMOVE;
}

/* Whoever waits for the answer is told after a while that there is none yet; the place stays. */
static void
ask_again_later (Payment *payment)
{
  BitketSales *self = payment->sales;

  if (get_age_us (payment) >= self->config->pay_deadline_us)
    bitket_sales_release_waiters (self, payment->purchase->id);
  payment->again = g_timeout_source_new (bitket_backoff_fail (&payment->backoff));
  g_source_set_callback (payment->again, again_cb, payment, NULL);
  g_source_attach (payment->again, self->context);
}

static void
settle (Payment *payment, BitketSettlement settlement, const char *stripe_id, const char *detail)
{
  BitketSales *self = payment->sales;
  Settlement *result = g_new0 (Settlement, 1);

  g_strlcpy (result->id, payment->purchase->id, BITKET_ID_SIZE);
  g_strlcpy (result->organization, payment->purchase->organization, BITKET_ID_SIZE);
  result->settlement = settlement;
  result->stripe_id = g_strdup (stripe_id);
  result->detail = g_strdup (detail);
  g_ptr_array_add (self->settlements, result);
  bitket_sales_wake (self);
}

/* There is no such payment at the provider. */
static void
take_absence (Payment *payment)
{
  gint64 now_us = bitket_clock_get_now_us (payment->sales->clock);
  gboolean is_sure = now_us - payment->charged_us >= SURE_AFTER_US;

  if (payment->is_refused)
    settle (payment, BITKET_SETTLE_REFUSED, NULL, REFUSED_TEXT);
  else if (get_age_us (payment) > FIND_ONLY_AFTER_US && is_sure)
    settle (payment, BITKET_SETTLE_INTERRUPTED, NULL, INTERRUPTED_TEXT);
  else
    ask_again_later (payment);
}

static void
take_refusal (Payment *payment)
{
  g_warning ("the provider refused the payment of purchase %s", payment->purchase->id);
  payment->is_refused = TRUE;
  /* What was asked for before may have been taken. */
  if (payment->is_doubtful)
    ask_again_later (payment);
  else
    settle (payment, BITKET_SETTLE_REFUSED, NULL, REFUSED_TEXT);
}

static void
answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Payment *payment = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketChargeResult) charge = bitket_till_charge_finish (result, &error);

  /* Only stopping cancels: the payment is taken up at the next start. */
  if (charge == NULL)
    {
      g_hash_table_remove (payment->sales->payments, payment->purchase->id);
      return;
    }
  switch (charge->outcome)
    {
    case BITKET_CHARGE_SUCCEEDED:
      settle (payment, BITKET_SETTLE_PAID, charge->stripe_id, NULL);
      return;
    case BITKET_CHARGE_DECLINED:
      settle (payment, BITKET_SETTLE_DECLINED, charge->stripe_id,
              charge->message != NULL ? charge->message : DECLINED_TEXT);
      return;
    case BITKET_CHARGE_REFUSED:
      take_refusal (payment);
      return;
    case BITKET_CHARGE_ABSENT:
      payment->finds = FALSE;
      take_absence (payment);
      return;
    case BITKET_CHARGE_UNKNOWN:
    case BITKET_CHARGE_NONE:
      break;
    }
  payment->is_doubtful = payment->finds = TRUE;
  ask_again_later (payment);
}

static void
find (Payment *payment)
{
  const BitketPurchase *purchase = payment->purchase;

  bitket_till_find_async (payment->sales->till, purchase->account, purchase->id,
                          purchase->charged_from_us, payment->sales->cancellable, answered_cb,
                          payment);
}

static void
charge (Payment *payment)
{
  const BitketPurchase *purchase = payment->purchase;
  const BitketCharge order = {
    .purchase = purchase->id,
    .account = purchase->account,
    .payload = purchase->payload,
    .amount_ore = purchase->amount_ore,
    .currency = "SEK",
    .receipt_email = purchase->email,
    .ownerships = purchase->ownerships,
  };

  payment->charged_us = bitket_clock_get_now_us (payment->sales->clock);
  bitket_till_charge_async (payment->sales->till, &order, payment->sales->cancellable, answered_cb,
                            payment);
}

static void
ask (Payment *payment)
{
  if (payment->finds || payment->is_refused || get_age_us (payment) > FIND_ONLY_AFTER_US)
    find (payment);
  else
    charge (payment);
}

static void
begin (BitketSales *self, BitketPurchase *purchase, gboolean is_doubtful)
{
  Payment *payment;

  /* What is stopping leaves it to the next start. */
  if (g_cancellable_is_cancelled (self->cancellable) ||
      g_hash_table_contains (self->payments, purchase->id))
    {
      bitket_purchase_free (purchase);
      return;
    }
  payment = g_new0 (Payment, 1);
  payment->sales = self;
  payment->purchase = purchase;
  payment->is_doubtful = is_doubtful;
  payment->backoff = (BitketBackoff) BITKET_BACKOFF_INIT (FIRST_MS, LAST_MS);
  g_hash_table_insert (self->payments, purchase->id, payment);
  ask (payment);
}

void
bitket_sales_pay (BitketSales *self, BitketPurchase *purchase)
{
  begin (self, purchase, FALSE);
}

void
bitket_sales_resume_payment (BitketSales *self, BitketPurchase *purchase)
{
  begin (self, purchase, TRUE);
}
