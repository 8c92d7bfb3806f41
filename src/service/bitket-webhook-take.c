/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-refund.h"
#include "bitket-store-private.h"
#include "bitket-time.h"
#include "bitket-webhook.h"

/* Stripe sends an event again for three days. */
#define REMEMBER_US (30 * BITKET_TIME_DAY_US)

static gboolean
forget_old (BitketDb *db, gint64 now_us, GError **error)
{
  g_autoptr (BitketStatement) statement =
      bitket_db_prepare (db, "DELETE FROM stripe_events WHERE received < $1", error);

  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_int64 (statement, 1, now_us - REMEMBER_US);
  return bitket_statement_run (statement, error);
}

/* @is_new: (out): whether it is heard of for the first time */
static gboolean
remember (BitketDb *db,
          const BitketWebhookEvent *event,
          gint64 now_us,
          gboolean *is_new,
          GError **error)
{
  g_autoptr (BitketStatement) statement =
      bitket_db_prepare (db,
                         "INSERT INTO stripe_events (id, type, received) VALUES ($1, $2, $3)"
                         " ON CONFLICT (id) DO NOTHING",
                         error);

  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_text (statement, 1, event->id);
  bitket_statement_bind_text (statement, 2, event->type);
  bitket_statement_bind_int64 (statement, 3, now_us);
  if (!bitket_statement_run (statement, error))
    return FALSE;
  *is_new = bitket_statement_get_n_changed (statement) == 1;
  return TRUE;
}

/* A payment was decided at Stripe. The purchase queue asks for that by itself and decides alone
 * what it means for the tickets, so that there is one place where that happens; here it is only
 * noted. Were the queue to be told sooner than it asks, this is where. */
static gboolean
note_payment (BitketDb *db, const BitketWebhookEvent *event, GError **error)
{
  g_info ("Stripe says %s of %s, purchase %s", event->type, event->object,
          event->purchase != NULL ? event->purchase : "unknown");
  return TRUE;
}

/* Returns: (transfer full) (nullable): our charge, %NULL without @error when it is not ours */
static char *
find_charge (BitketDb *db, const BitketWebhookEvent *event, GError **error)
{
  g_autoptr (BitketStatement) row = bitket_store_prepare_texts (
      db, "SELECT id FROM transactions WHERE kind = 'charge' AND stripe_id IN ($1, $2) LIMIT 1",
      (const char *[]) {
          event->object,
          event->payment_intent != NULL ? event->payment_intent : event->object,
          NULL,
      },
      error);

  return row != NULL && bitket_statement_step (row, error)
             ? g_strdup (bitket_statement_get_text (row, 0))
             : NULL;
}

static gboolean
load_amount (BitketDb *db, const char *charge, gint64 *amount_ore, GError **error)
{
  g_autoptr (BitketStatement) row =
      bitket_store_prepare_texts (db, "SELECT amount FROM transactions WHERE id = $1",
                                  (const char *[]) { charge, NULL }, error);

  if (row == NULL || !bitket_store_step_one (row, "transaction", charge, error))
    return FALSE;
  *amount_ore = bitket_statement_get_int64 (row, 0);
  return TRUE;
}

/* Stripe tells the sum of all that went back; what we did not do ourselves was done at its
 * dashboard. So it does not matter in which order events come, or how often. */
static gboolean
take_refund (BitketDb *db, const BitketWebhookEvent *event, gint64 now_us, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autofree char *charge = find_charge (db, event, &local_error);
  BitketForeignRefund refund = { 0 };
  gint64 amount_ore, left_ore;

  if (charge == NULL)
    {
      if (local_error == NULL)
        return TRUE;
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  if (!bitket_refund_lock_charge (db, charge, error) ||
      !bitket_refund_get_left (db, charge, &left_ore, error) ||
      !load_amount (db, charge, &amount_ore, error))
    return FALSE;
  refund.charge = charge;
  refund.account = event->account;
  refund.stripe_id = event->id;
  refund.amount_ore = event->refunded_ore - (amount_ore - left_ore);
  refund.reason = "Given back at the payment provider's dashboard.";
  return refund.amount_ore <= 0 || bitket_refund_note_foreign (db, &refund, now_us, error);
}

/* An event of before the account was connected again means nothing any more. */
static gboolean
take_deauthorization (BitketDb *db, const BitketWebhookEvent *event, GError **error)
{
  g_autoptr (BitketStatement) statement = bitket_db_prepare (
      db,
      "UPDATE organizations SET stripe_account_id = '', stripe_public_key = '',"
      " stripe_refresh_token = '', stripe_secret_key = '', stripe_authorized = NULL"
      " WHERE stripe_account_id = $1 AND $2 <> ''"
      " AND (stripe_authorized IS NULL OR stripe_authorized <= $3)",
      error);

  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_text (statement, 1, event->account);
  bitket_statement_bind_text (statement, 2, event->account);
  /* Stripe tells whole seconds. */
  bitket_statement_bind_int64 (statement, 3, event->created_us + BITKET_TIME_SECOND_US);
  return bitket_statement_run (statement, error);
}

gboolean
bitket_webhook_take (BitketDb *db, const BitketWebhookEvent *event, gint64 now_us, GError **error)
{
  gboolean is_new = FALSE;

  g_return_val_if_fail (event != NULL && bitket_db_in_transaction (db), FALSE);

  if (!forget_old (db, now_us, error) || !remember (db, event, now_us, &is_new, error))
    return FALSE;
  if (!is_new)
    return TRUE;
  switch (event->kind)
    {
    case BITKET_WEBHOOK_PAYMENT_SUCCEEDED:
    case BITKET_WEBHOOK_PAYMENT_FAILED:
      return note_payment (db, event, error);
    case BITKET_WEBHOOK_CHARGE_REFUNDED:
      return take_refund (db, event, now_us, error);
    case BITKET_WEBHOOK_DEAUTHORIZED:
      return take_deauthorization (db, event, error);
    case BITKET_WEBHOOK_OTHER:
      return TRUE;
    }
  g_assert_not_reached ();
}
