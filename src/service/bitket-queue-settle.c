/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-store"

#include "bitket-queue-private.h"

#include <string.h>

#include "bitket-money.h"
#include "bitket-outbox.h"
#include "bitket-store.h"

/* How a purchase ends, and what is done to its items then. */

typedef struct
{
  char ticket_type[BITKET_ID_SIZE];
  char ticket[BITKET_ID_SIZE];
  char ownership[BITKET_ID_SIZE];
  char access_code[BITKET_ID_SIZE];
  char *choices;   /* (owned) */
  char *modifiers; /* (owned) */
} Item;

static void
free_item (Item *item)
{
  g_free (item->choices);
  g_free (item->modifiers);
  g_free (item);
}

#define RESERVED_SQL                                                                               \
  "SELECT ticket_type, ticket, ownership, access_code, choices, modifiers FROM purchase_items"     \
  " WHERE purchase = $1 AND state = 'reserved' ORDER BY position"

static GPtrArray *
list_reserved (BitketTurn *self, const char *purchase, GError **error)
{
  g_autoptr (BitketStatement) statement =
      bitket_queue_prepare (self->db, error, RESERVED_SQL, "s", purchase);
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func ((GDestroyNotify) free_item);
  g_autoptr (GError) local_error = NULL;

  if (statement == NULL)
    return NULL;
  while (bitket_statement_step (statement, &local_error))
    {
      Item *item = g_new0 (Item, 1);

      g_strlcpy (item->ticket_type, bitket_statement_get_text (statement, 0), BITKET_ID_SIZE);
      g_strlcpy (item->ticket, bitket_statement_get_text (statement, 1), BITKET_ID_SIZE);
      g_strlcpy (item->ownership, bitket_statement_get_text (statement, 2), BITKET_ID_SIZE);
      if (!bitket_statement_is_null (statement, 3))
        g_strlcpy (item->access_code, bitket_statement_get_text (statement, 3), BITKET_ID_SIZE);
      item->choices = g_strdup (bitket_statement_get_text (statement, 4));
      item->modifiers = g_strdup (bitket_statement_get_text (statement, 5));
      g_ptr_array_add (items, item);
    }
  if (local_error == NULL)
    return g_steal_pointer (&items);
  g_propagate_error (error, g_steal_pointer (&local_error));
  return NULL;
}

static gboolean
set_reserved_items (BitketTurn *self, const char *purchase, const char *state, GError **error)
{
  return bitket_queue_run (self->db, error,
                           "UPDATE purchase_items SET state = $1"
                           " WHERE purchase = $2 AND state = 'reserved'",
                           "ss", state, purchase);
}

static gboolean
make_ticket (BitketTurn *self, const Item *item, const char *user, GError **error)
{
  g_auto (GStrv) choices = g_strsplit (item->choices, " ", -1);
  g_auto (GStrv) modifiers = g_strsplit (item->modifiers, " ", -1);
  TypeState *type = bitket_turn_get_type (self, item->ticket_type, error);
  char ownership[BITKET_ID_SIZE];
  BitketNewTicket ticket = {
    .ticket_type = item->ticket_type,
    .user = user,
    .choices = (const char *const *) choices,
    .modifiers = (const char *const *) modifiers,
    .access_code = item->access_code[0] != '\0' ? item->access_code : NULL,
    .created_us = self->now_us,
    .id = item->ticket,
    .ownership = item->ownership,
  };

  if (type == NULL)
    return FALSE;
  ticket.event = type->event;
  if (!bitket_store_make_ticket (self->db, &ticket, ownership, error) ||
      !bitket_mail_enqueue (self->db, ownership, self->now_us, error))
    return FALSE;
  bitket_turn_reserve (type, item->choices, -1);
  bitket_turn_note_sold (type, item->choices);
  type->is_dirty = TRUE; /* who waits may have waited in vain */
  return TRUE;
}

#define BUYER_SQL "SELECT \"user\", nin FROM purchases WHERE id = $1"

gboolean
bitket_turn_sell (BitketTurn *self, const char *purchase, GError **error)
{
  g_autoptr (GPtrArray) items = list_reserved (self, purchase, error);
  g_autoptr (BitketStatement) statement = NULL;
  g_autofree char *user = NULL;
  g_autofree char *nin = NULL;
  gboolean has_row = FALSE;

  if (items == NULL)
    return FALSE;
  statement = bitket_queue_prepare (self->db, error, BUYER_SQL, "s", purchase);
  if (!bitket_queue_has_row (statement, &has_row, error))
    return FALSE;
  g_assert (has_row);
  user = g_strdup (bitket_statement_get_text (statement, 0));
  nin = g_strdup (bitket_statement_get_text (statement, 1));
  for (guint i = 0; i < items->len; i++)
    if (!make_ticket (self, items->pdata[i], user, error))
      return FALSE;
  if (nin != NULL && !bitket_queue_run (self->db, error, "UPDATE users SET nin = $1 WHERE id = $2",
                                        "ss", nin, user))
    return FALSE;
  return set_reserved_items (self, purchase, "sold", error);
}

gboolean
bitket_turn_release (BitketTurn *self, const char *purchase, GError **error)
{
  g_autoptr (GPtrArray) items = list_reserved (self, purchase, error);

  if (items == NULL)
    return FALSE;
  for (guint i = 0; i < items->len; i++)
    {
      const Item *item = items->pdata[i];
      TypeState *type = bitket_turn_get_type (self, item->ticket_type, error);

      if (type == NULL)
        return FALSE;
      bitket_turn_reserve (type, item->choices, -1);
      type->is_dirty = TRUE;
    }
  return set_reserved_items (self, purchase, "released", error);
}

/* @statement: changes the state of @purchase and returns its worker */
static gboolean
run_change (BitketTurn *self,
            const char *purchase,
            BitketPurchaseState state,
            BitketStatement *statement,
            GError **error)
{
  BitketPurchaseChange change = { .state = state };
  gboolean has_row = FALSE;

  if (!bitket_queue_has_row (statement, &has_row, error))
    return FALSE;
  g_assert (has_row);
  g_strlcpy (change.id, purchase, sizeof change.id);
  g_strlcpy (change.worker, bitket_statement_get_text (statement, 0), sizeof change.worker);
  g_array_append_val (self->changes, change);
  return TRUE;
}

/* The card's token is of no more use. */
#define END_SQL                                                                                    \
  "UPDATE purchases SET state = $1, status = $2, stripe_id = $3, detail = $4, finished = $5,"      \
  " payload = '' WHERE id = $6 RETURNING worker"

gboolean
bitket_turn_end (BitketTurn *self,
                 const char *purchase,
                 BitketPurchaseState state,
                 gint64 status,
                 const char *stripe_id,
                 const char *detail,
                 GError **error)
{
  g_autoptr (BitketStatement) statement = bitket_queue_prepare (
      self->db, error, END_SQL, "sissis", bitket_purchase_state_to_string (state), status,
      stripe_id, detail, self->now_us, purchase);

  return run_change (self, purchase, state, statement, error);
}

#define SUMS_SQL                                                                                   \
  "SELECT COUNT (CASE WHEN i.state = 'waiting' THEN 1 END),"                                       \
  " COUNT (CASE WHEN i.state = 'reserved' THEN 1 END),"                                            \
  " SUM (CASE WHEN i.state = 'reserved' THEN i.price ELSE 0 END), p.max_amount, p.state"           \
  " FROM purchases p JOIN purchase_items i ON i.purchase = p.id WHERE p.id = $1"                   \
  " GROUP BY p.id, p.max_amount, p.state"

#define PAY_SQL                                                                                    \
  "UPDATE purchases SET state = 'paying', amount = $1, charged_from = $2 WHERE id = $3"            \
  " RETURNING worker"

static gboolean
begin_payment (BitketTurn *self, const char *purchase, gint64 amount_ore, GError **error)
{
  g_autoptr (BitketStatement) statement =
      bitket_queue_prepare (self->db, error, PAY_SQL, "iis", amount_ore, self->now_us, purchase);

  return run_change (self, purchase, BITKET_PURCHASE_PAYING, statement, error);
}

/* Charging more than the buyer agreed to is out of the question. */
static gboolean
refuse_price (BitketTurn *self, const char *purchase, gint64 amount_ore, GError **error)
{
  g_autofree char *price = bitket_money_format (amount_ore);

  return bitket_turn_release (self, purchase, error) &&
         bitket_turn_end (self, purchase, BITKET_PURCHASE_FAILED, 400, NULL, price, error);
}

/* Goes on with a purchase none of whose items waits any more. */
gboolean
bitket_turn_decide (BitketTurn *self, const char *purchase, GError **error)
{
  g_autoptr (BitketStatement) statement =
      bitket_queue_prepare (self->db, error, SUMS_SQL, "s", purchase);
  gint64 n_waiting, n_reserved, amount_ore, max_amount_ore;
  gboolean has_row = FALSE, is_queued;

  if (!bitket_queue_has_row (statement, &has_row, error))
    return FALSE;
  g_assert (has_row);
  n_waiting = bitket_statement_get_int64 (statement, 0);
  n_reserved = bitket_statement_get_int64 (statement, 1);
  amount_ore = bitket_statement_get_int64 (statement, 2);
  max_amount_ore = bitket_statement_get_int64 (statement, 3);
  is_queued = strcmp (bitket_statement_get_text (statement, 4), "queued") == 0;
  g_clear_pointer (&statement, bitket_statement_free);
  if (n_waiting > 0 || !is_queued)
    return TRUE;
  if (n_reserved == 0)
    return bitket_turn_end (self, purchase, BITKET_PURCHASE_DONE, 207, NULL, NULL, error);
  if (amount_ore > max_amount_ore)
    return refuse_price (self, purchase, amount_ore, error);
  if (amount_ore > 0)
    return begin_payment (self, purchase, amount_ore, error);
  return bitket_turn_sell (self, purchase, error) &&
         bitket_turn_end (self, purchase, BITKET_PURCHASE_DONE, 207, NULL, NULL, error);
}

/* The charge as it stands in the books: whom it was for follows from the ownerships. */
static gboolean
write_transaction (BitketTurn *self, const char *purchase, const char *stripe_id, GError **error)
{
  g_autoptr (BitketStatement) statement = NULL;
  g_autofree char *id = g_uuid_string_random ();

  statement = bitket_queue_prepare (
      self->db, error,
      "INSERT INTO transactions (id, kind, amount, currency, created, stripe_id)"
      " SELECT $1, 'charge', amount, 'SEK', $2, $3 FROM purchases WHERE id = $4",
      "siss", id, self->now_us, stripe_id, purchase);
  return statement != NULL && bitket_statement_run (statement, error) &&
         bitket_queue_run (self->db, error,
                           "INSERT INTO transactions_ticket_ownerships (\"transaction\", target)"
                           " SELECT $1, ownership FROM purchase_items"
                           " WHERE purchase = $2 AND state = 'sold'",
                           "ss", id, purchase);
}

static gboolean
is_paying (BitketTurn *self, const char *purchase, gboolean *is_paying, GError **error)
{
  g_autoptr (BitketStatement) statement = bitket_queue_prepare (
      self->db, error, "SELECT 1 FROM purchases WHERE id = $1 AND state = 'paying'", "s", purchase);

  return bitket_queue_has_row (statement, is_paying, error);
}

/* Money for which nothing was sold: somebody has to give it back. */
static gboolean
warn_of_stray_payment (BitketTurn *self,
                       const char *purchase,
                       const char *stripe_id,
                       GError **error)
{
  g_autoptr (BitketStatement) statement = bitket_queue_prepare (
      self->db, error,
      "SELECT 1 FROM purchases WHERE id = $1 AND state = 'done' AND stripe_id = $2", "ss", purchase,
      stripe_id);
  gboolean is_sold = FALSE;

  if (!bitket_queue_has_row (statement, &is_sold, error))
    return FALSE;
  if (!is_sold)
    g_message ("purchase %s was paid after it had ended without that payment", purchase);
  return TRUE;
}

gboolean
bitket_turn_settle (BitketTurn *self,
                    const char *purchase,
                    BitketSettlement settlement,
                    const char *stripe_id,
                    const char *detail,
                    GError **error)
{
  gboolean is_open = FALSE;

  g_return_val_if_fail (self != NULL && purchase != NULL, FALSE);
  g_return_val_if_fail (settlement != BITKET_SETTLE_NONE, FALSE);

  if (!is_paying (self, purchase, &is_open, error))
    return FALSE;
  if (!is_open)
    return settlement != BITKET_SETTLE_PAID ||
           warn_of_stray_payment (self, purchase, stripe_id, error);
  if (settlement == BITKET_SETTLE_PAID)
    return bitket_turn_sell (self, purchase, error) &&
           write_transaction (self, purchase, stripe_id, error) &&
           bitket_turn_end (self, purchase, BITKET_PURCHASE_DONE, 207, stripe_id, NULL, error);
  return bitket_turn_release (self, purchase, error) &&
         bitket_turn_end (self, purchase, BITKET_PURCHASE_FAILED,
                          settlement == BITKET_SETTLE_DECLINED ? 402 : 503, stripe_id, detail,
                          error);
}
