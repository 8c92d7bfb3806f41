/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include <string.h>

#include "bitket-records.h"
#include "bitket-refund.h"
#include "bitket-store-private.h"
#include "bitket-time.h"

#define MAX_ATTEMPTS 5
/* Stripe forgets keys after a day; an older order is looked for first. */
#define KEY_LIFE_US (20 * BITKET_TIME_HOUR_US)

/* An order, as it was written down. */
typedef struct
{
  char *charge;           /* (owned) */
  char *charge_stripe_id; /* (owned) */
  char *currency;         /* (owned) */
  char *account;          /* (owned) */
  char *state;            /* (owned) */
  gint64 amount_ore;
  gint64 created_us;
  gboolean voids;
} Order;

static void
clear_order (Order *order)
{
  g_free (order->charge);
  g_free (order->charge_stripe_id);
  g_free (order->currency);
  g_free (order->account);
  g_free (order->state);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Order, clear_order)

static gboolean
load_order (BitketDb *db, const char *refund, Order *order, GError **error)
{
  g_autoptr (BitketStatement) row = bitket_store_prepare_texts (
      db,
      "SELECT r.charge, t.stripe_id, t.currency, r.account, r.state, r.amount, r.created,"
      " r.voids_tickets FROM refunds r JOIN transactions t ON t.id = r.charge WHERE r.id = $1",
      (const char *[]) { refund, NULL }, error);

  if (row == NULL || !bitket_store_step_one (row, "refund", refund, error))
    return FALSE;
  order->charge = g_strdup (bitket_statement_get_text (row, 0));
  order->charge_stripe_id = g_strdup (bitket_statement_get_text (row, 1));
  order->currency = g_strdup (bitket_statement_get_text (row, 2));
  order->account = g_strdup (bitket_statement_get_text (row, 3));
  order->state = g_strdup (bitket_statement_get_text (row, 4));
  order->amount_ore = bitket_statement_get_int64 (row, 5);
  order->created_us = bitket_statement_get_int64 (row, 6);
  order->voids = bitket_statement_get_int64 (row, 7) != 0;
  return TRUE;
}

/* Returns: (transfer full) (nullable): ids */
static GPtrArray *
list_ids (BitketDb *db, const char *sql, const char *parameter, GError **error)
{
  g_autoptr (BitketStatement) row =
      bitket_store_prepare_texts (db, sql, (const char *[]) { parameter, NULL }, error);
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) local_error = NULL;

  if (row == NULL)
    return NULL;
  while (bitket_statement_step (row, &local_error))
    g_ptr_array_add (ids, g_strdup (bitket_statement_get_text (row, 0)));
  if (local_error == NULL)
    return g_steal_pointer (&ids);
  g_propagate_error (error, g_steal_pointer (&local_error));
  return NULL;
}

static GPtrArray *
list_tickets_of_charge (BitketDb *db, const char *charge, GError **error)
{
  return list_ids (
      db,
      "SELECT target FROM transactions_ticket_ownerships WHERE \"transaction\" = $1 ORDER BY target",
      charge, error);
}

/* Returns: (transfer full) (nullable): the new transaction's id */
static char *
insert_transaction (BitketDb *db,
                    gint64 amount_ore,
                    const char *currency,
                    const char *stripe_id,
                    GPtrArray *ownerships,
                    gint64 now_us,
                    GError **error)
{
  g_autoptr (BitketRecord) record = bitket_record_new (&bitket_transaction_schema);

  g_ptr_array_add (ownerships, NULL);
  bitket_record_set_text (record, "kind", "refund");
  bitket_record_set_int64 (record, "amount", -amount_ore);
  bitket_record_set_text (record, "currency", currency);
  bitket_record_set_int64 (record, "created", now_us);
  bitket_record_set_text (record, "stripe_id", stripe_id);
  bitket_record_set_references (record, "ticket_ownerships",
                                (const char *const *) ownerships->pdata);
  g_ptr_array_set_size (ownerships, (gint) ownerships->len - 1);
  return bitket_store_insert (db, record, error) ? g_strdup (bitket_record_get_id (record)) : NULL;
}

/* The money is on its way back already: a ticket that changed hands meanwhile stays as it is. */
static gboolean
void_tickets (BitketDb *db, GPtrArray *ownerships, gint64 now_us, GError **error)
{
  for (guint i = 0; i < ownerships->len; i++)
    {
      g_autoptr (GError) local_error = NULL;

      if (bitket_store_refund (db, ownerships->pdata[i], now_us, &local_error))
        continue;
      if (local_error->domain != BITKET_STORE_ERROR)
        {
          g_propagate_error (error, g_steal_pointer (&local_error));
          return FALSE;
        }
      g_warning ("could not void a ticket whose money went back: %s", local_error->message);
    }
  return TRUE;
}

static gboolean
write_success (BitketDb *db,
               const char *refund,
               const Order *order,
               const char *stripe_id,
               gint64 now_us,
               GError **error)
{
  g_autoptr (GPtrArray) named = list_ids (
      db, "SELECT target FROM refunds_ticket_ownerships WHERE refund = $1 ORDER BY target", refund,
      error);
  g_autoptr (GPtrArray) all = NULL;
  g_autoptr (BitketStatement) statement = NULL;
  g_autofree char *transaction = NULL;

  if (named == NULL || (all = list_tickets_of_charge (db, order->charge, error)) == NULL)
    return FALSE;
  transaction = insert_transaction (db, order->amount_ore, order->currency, stripe_id,
                                    named->len > 0 ? named : all, now_us, error);
  if (transaction == NULL)
    return FALSE;
  statement =
      bitket_store_prepare_texts (db, "UPDATE refunds SET \"transaction\" = $2 WHERE id = $1",
                                  (const char *[]) { refund, transaction, NULL }, error);
  return statement != NULL && bitket_statement_run (statement, error) &&
         (!order->voids || void_tickets (db, named, now_us, error));
}

/* In a transaction. Whoever is first writes it. */
static gboolean
write_result (BitketDb *db,
              const char *refund,
              const Order *order,
              const BitketChargeResult *result,
              gint64 now_us,
              GError **error)
{
  gboolean is_done = result->outcome == BITKET_CHARGE_SUCCEEDED;
  g_autoptr (BitketStatement) statement =
      bitket_db_prepare (db,
                         "UPDATE refunds SET state = $2, stripe_id = $3, message = $4"
                         " WHERE id = $1 AND state = 'pending'",
                         error);

  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_text (statement, 1, refund);
  bitket_statement_bind_text (statement, 2, is_done ? "done" : "failed");
  bitket_statement_bind_text (statement, 3, result->stripe_id);
  bitket_statement_bind_text (statement, 4, result->message);
  if (!bitket_statement_run (statement, error))
    return FALSE;
  return bitket_statement_get_n_changed (statement) == 0 || !is_done ||
         write_success (db, refund, order, result->stripe_id, now_us, error);
}

static gboolean
settle (BitketDb *db,
        const char *refund,
        const Order *order,
        const BitketChargeResult *result,
        gint64 now_us,
        GError **error)
{
  for (guint i = 0;; i++)
    {
      g_autoptr (GError) local_error = NULL;

      if (bitket_db_begin (db, BITKET_DB_TRANSACTION_WRITE, &local_error) &&
          write_result (db, refund, order, result, now_us, &local_error) &&
          bitket_db_commit (db, &local_error))
        return TRUE;
      bitket_db_rollback (db);
      if (i + 1 < MAX_ATTEMPTS &&
          g_error_matches (local_error, BITKET_DB_ERROR, BITKET_DB_ERROR_BUSY))
        continue;
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
}

/* Returns: (transfer full) (nullable): %NULL with @error */
static BitketChargeResult *
ask (BitketTill *till, const char *refund, const Order *order, gint64 now_us, GError **error)
{
  BitketChargeResult *found;

  if (now_us - order->created_us > KEY_LIFE_US)
    {
      found =
          bitket_till_find_refund (till, order->account, order->charge_stripe_id, refund, error);
      if (found == NULL || found->outcome != BITKET_CHARGE_ABSENT)
        return found;
      bitket_charge_result_free (found);
    }
  return bitket_till_refund (till, order->account, order->charge_stripe_id, order->amount_ore,
                             refund, error);
}

gboolean
bitket_refund_carry_out (BitketTill *till,
                         BitketDb *db,
                         const char *refund,
                         gint64 now_us,
                         GError **error)
{
  g_auto (Order) order = { NULL };
  g_autoptr (BitketChargeResult) result = NULL;

  g_return_val_if_fail (till != NULL && db != NULL && refund != NULL, FALSE);
  g_return_val_if_fail (!bitket_db_in_transaction (db), FALSE);

  if (!load_order (db, refund, &order, error))
    return FALSE;
  if (strcmp (order.state, "pending") != 0)
    return TRUE;
  result = ask (till, refund, &order, now_us, error);
  if (result == NULL)
    return FALSE;
  return result->outcome == BITKET_CHARGE_UNKNOWN ||
         settle (db, refund, &order, result, now_us, error);
}

gboolean
bitket_refunds_resume (BitketTill *till, BitketDb *db, gint64 now_us, GError **error)
{
  g_autoptr (GPtrArray) pending = list_ids (
      db, "SELECT id FROM refunds WHERE state = $1 ORDER BY created, id", "pending", error);

  g_return_val_if_fail (till != NULL, FALSE);

  if (pending == NULL)
    return FALSE;
  for (guint i = 0; i < pending->len; i++)
    if (!bitket_refund_carry_out (till, db, pending->pdata[i], now_us, error))
      return FALSE;
  return TRUE;
}

gboolean
bitket_refund_note_foreign (BitketDb *db,
                            const BitketForeignRefund *refund,
                            gint64 now_us,
                            GError **error)
{
  g_autofree char *id = g_uuid_string_random ();
  g_autofree char *transaction = NULL;
  g_autoptr (GPtrArray) ownerships = NULL;
  g_autoptr (BitketStatement) statement = NULL;

  g_return_val_if_fail (bitket_db_in_transaction (db) && refund != NULL, FALSE);

  ownerships = list_tickets_of_charge (db, refund->charge, error);
  transaction = ownerships == NULL
                    ? NULL
                    : insert_transaction (db, refund->amount_ore, "SEK", refund->stripe_id,
                                          ownerships, now_us, error);
  statement = transaction == NULL
                  ? NULL
                  : bitket_db_prepare (
                        db,
                        "INSERT INTO refunds (id, charge, account, amount, reason, voids_tickets,"
                        " state, stripe_id, request_hash, created, \"transaction\")"
                        " VALUES ($1, $2, $3, $4, $5, 0, 'done', $6, '', $7, $8)",
                        error);
  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_text (statement, 1, id);
  bitket_statement_bind_text (statement, 2, refund->charge);
  bitket_statement_bind_text (statement, 3, refund->account);
  bitket_statement_bind_int64 (statement, 4, refund->amount_ore);
  bitket_statement_bind_text (statement, 5, refund->reason);
  bitket_statement_bind_text (statement, 6, refund->stripe_id);
  bitket_statement_bind_int64 (statement, 7, now_us);
  bitket_statement_bind_text (statement, 8, transaction);
  return bitket_statement_run (statement, error);
}
