/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-sales-private.h"

#include "bitket-time.h"

/* Asking for the money, until there is an answer. Asking again asks with the same idempotency key,
 * so that there is one charge at most; when the provider may have forgotten the key, it is asked
 * what became of the payment instead. */

/* Stripe keeps keys for a day at least; long before that nobody expects to be charged any more. */
#define FIND_AFTER_US (10 * BITKET_TIME_MINUTE_US)
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
  gint64 age_us = bitket_clock_get_now_us (self->clock) - payment->purchase->charged_from_us;

  if (age_us >= self->config->pay_deadline_us)
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

static void
charged_cb (GObject *source, GAsyncResult *result, gpointer user_data)
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
      g_warning ("the payment of purchase %s was refused by the provider", payment->purchase->id);
      settle (payment, BITKET_SETTLE_REFUSED, NULL, REFUSED_TEXT);
      return;
    case BITKET_CHARGE_ABSENT:
      settle (payment, BITKET_SETTLE_INTERRUPTED, NULL, INTERRUPTED_TEXT);
      return;
    case BITKET_CHARGE_UNKNOWN:
    case BITKET_CHARGE_NONE:
      break;
    }
  ask_again_later (payment);
}

static void
ask (Payment *payment)
{
  BitketSales *self = payment->sales;
  const BitketPurchase *purchase = payment->purchase;
  const BitketCharge charge = {
    .purchase = purchase->id,
    .account = purchase->account,
    .payload = purchase->payload,
    .amount_ore = purchase->amount_ore,
    .currency = "SEK",
    .receipt_email = purchase->email,
    .ownerships = purchase->ownerships,
  };

  if (bitket_clock_get_now_us (self->clock) - purchase->charged_from_us > FIND_AFTER_US)
    bitket_till_find_async (self->till, purchase->account, purchase->id, purchase->charged_from_us,
                            self->cancellable, charged_cb, payment);
  else
    bitket_till_charge_async (self->till, &charge, self->cancellable, charged_cb, payment);
}

void
bitket_sales_pay (BitketSales *self, BitketPurchase *purchase)
{
  Payment *payment;

  if (g_hash_table_contains (self->payments, purchase->id))
    {
      bitket_purchase_free (purchase);
      return;
    }
  payment = g_new0 (Payment, 1);
  payment->sales = self;
  payment->purchase = purchase;
  payment->backoff = (BitketBackoff) BITKET_BACKOFF_INIT (FIRST_MS, LAST_MS);
  g_hash_table_insert (self->payments, purchase->id, payment);
  ask (payment);
}
