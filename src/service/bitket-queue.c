/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-store"

#include "bitket-queue-private.h"

#include <string.h>

/* Arriving in the queue, and what a turn ends with. */

static const char *const state_names[] = {
  [BITKET_PURCHASE_NONE] = "none",     [BITKET_PURCHASE_QUEUED] = "queued",
  [BITKET_PURCHASE_PAYING] = "paying", [BITKET_PURCHASE_DONE] = "done",
  [BITKET_PURCHASE_FAILED] = "failed",
};

const char *
bitket_purchase_state_to_string (BitketPurchaseState state)
{
  g_return_val_if_fail ((gsize) state < G_N_ELEMENTS (state_names), "none");

  return state_names[state];
}

BitketPurchaseState
bitket_purchase_state_from_string (const char *text)
{
  for (gsize i = 0; i < G_N_ELEMENTS (state_names); i++)
    if (g_strcmp0 (state_names[i], text) == 0)
      return (BitketPurchaseState) i;
  return BITKET_PURCHASE_NONE;
}

static void
clear_item (BitketOrderItem *item)
{
  g_free (item->choices);
  g_free (item->modifiers);
}

BitketOrder *
bitket_order_new (void)
{
  BitketOrder *order = g_new0 (BitketOrder, 1);
  g_autofree char *id = g_uuid_string_random ();

  g_strlcpy (order->id, id, sizeof order->id);
  order->items = g_array_new (FALSE, FALSE, sizeof (BitketOrderItem));
  g_array_set_clear_func (order->items, (GDestroyNotify) clear_item);
  return order;
}

void
bitket_order_free (BitketOrder *order)
{
  g_return_if_fail (order != NULL);

  g_array_unref (order->items);
  g_free (order->payload);
  g_free (order->nin);
  g_free (order->idempotency_key);
  g_free (order->request_hash);
  g_free (order);
}

void
bitket_order_add_item (BitketOrder *order, const BitketOrderItem *item)
{
  g_return_if_fail (order != NULL && item != NULL);
  g_return_if_fail (item->choices != NULL && item->modifiers != NULL);

  g_array_append_vals (order->items, item, 1);
}

void
bitket_turn_touch (BitketTurn *self, const char *purchase)
{
  if (!g_hash_table_contains (self->touched, purchase))
    g_hash_table_add (self->touched, g_strdup (purchase));
}

/* What the buyer has, and is about to have, of each ticket type. */
#define HELD_SQL                                                                                   \
  "SELECT k.ticket_type, COUNT (*) FROM ticket_ownerships o JOIN tickets k ON k.id = o.ticket"     \
  " WHERE o.\"user\" = $1 AND o.superseded IS NULL AND k.refunded IS NULL AND k.pending = 0"       \
  " GROUP BY k.ticket_type"                                                                        \
  " UNION ALL SELECT i.ticket_type, COUNT (*) FROM purchases p"                                    \
  " JOIN purchase_items i ON i.purchase = p.id WHERE p.\"user\" = $1"                              \
  " AND p.state IN ('queued', 'paying') AND i.state IN ('waiting', 'reserved')"                    \
  " GROUP BY i.ticket_type"

static GHashTable *
load_held (BitketTurn *self, const char *user, GError **error)
{
  g_autoptr (BitketStatement) statement =
      bitket_queue_prepare (self->db, error, HELD_SQL, "s", user);
  g_autoptr (GHashTable) held = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GError) local_error = NULL;

  if (statement == NULL)
    return NULL;
  while (bitket_statement_step (statement, &local_error))
    {
      const char *type = bitket_statement_get_text (statement, 0);
      int n = GPOINTER_TO_INT (g_hash_table_lookup (held, type));

      g_hash_table_replace (held, g_strdup (type),
                            GINT_TO_POINTER (n + (int) bitket_statement_get_int64 (statement, 1)));
    }
  if (local_error == NULL)
    return g_steal_pointer (&held);
  g_propagate_error (error, g_steal_pointer (&local_error));
  return NULL;
}

static gint64
count_held (GHashTable *held, const char *type)
{
  return GPOINTER_TO_INT (g_hash_table_lookup (held, type));
}

/* Those who wait or pay with the link count as much as those who have paid. */
#define CODE_SQL                                                                                   \
  "SELECT a.quantity - (SELECT COUNT (*) FROM tickets t WHERE t.access_code = a.id"                \
  " AND t.refunded IS NULL) - (SELECT COUNT (*) FROM purchase_items i"                             \
  " WHERE i.access_code = a.id AND i.state IN ('waiting', 'reserved'))"                            \
  " FROM access_codes a WHERE a.id = $1 AND a.revoked IS NULL"                                     \
  " AND (a.expires IS NULL OR a.expires > $2)"

static gboolean
is_code_spent (BitketTurn *self, const char *code, gboolean *is_spent, GError **error)
{
  g_autoptr (BitketStatement) statement = NULL;
  gboolean has_row = FALSE;

  *is_spent = FALSE;
  if (*code == '\0')
    return TRUE;
  statement = bitket_queue_prepare (self->db, error, CODE_SQL, "si", code, self->now_us);
  if (!bitket_queue_has_row (statement, &has_row, error))
    return FALSE;
  *is_spent = !has_row || bitket_statement_get_int64 (statement, 0) <= 0;
  return TRUE;
}

static gboolean
has_conflict (const TypeState *type, GHashTable *held)
{
  for (guint i = 0; type->conflicts[i] != NULL; i++)
    if (count_held (held, type->conflicts[i]) > 0)
      return TRUE;
  return FALSE;
}

#define INSERT_ITEM_SQL                                                                            \
  "INSERT INTO purchase_items (purchase, position, seq, ticket_type, access_code, choices,"        \
  " modifiers, price, state, message, choice, ticket, ownership)"                                  \
  " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"

static gboolean
insert_item (BitketTurn *self,
             const char *purchase,
             guint position,
             const BitketOrderItem *item,
             const char *access_code,
             BitketRefusal refusal,
             const char *choice,
             GError **error)
{
  g_autofree char *ticket = g_uuid_string_random ();
  g_autofree char *ownership = g_uuid_string_random ();

  return bitket_queue_run (self->db, error, INSERT_ITEM_SQL, "siissssisssss", purchase,
                           (gint64) position, self->seq, item->ticket_type, access_code,
                           item->choices, item->modifiers, item->price_ore,
                           refusal == BITKET_REFUSAL_NONE ? "waiting" : "lost",
                           bitket_refusal_to_code (refusal), choice, ticket, ownership);
}

static gboolean
enter_item (BitketTurn *self,
            const char *purchase,
            guint position,
            const BitketOrderItem *item,
            GHashTable *held,
            GError **error)
{
  TypeState *type = bitket_turn_get_type (self, item->ticket_type, error);
  g_auto (GStrv) choices = g_strsplit (item->choices, " ", -1);
  BitketPurchaseFacts facts = { 0 };
  const char *access_code = *item->access_code != '\0' ? item->access_code : NULL;
  const char *sold_choice = NULL;
  BitketRefusal refusal;

  if (type == NULL || !is_code_spent (self, item->access_code, &facts.has_spent_access_code, error))
    return FALSE;
  facts.availability = type->availability;
  facts.availability.has_access_code = access_code != NULL && !facts.has_spent_access_code;
  facts.has_conflict = has_conflict (type, held);
  facts.max_total = type->max_total;
  facts.n_sold = type->sold;
  facts.max_personal = type->max_personal;
  facts.n_personal = count_held (held, type->id);
  refusal = bitket_purchase_check (&facts, self->now_us);
  if (refusal == BITKET_REFUSAL_NONE)
    sold_choice = bitket_turn_find_sold_choice (type, choices);
  if (sold_choice != NULL)
    refusal = BITKET_REFUSAL_CHOICE_SOLD_OUT;
  if (refusal == BITKET_REFUSAL_NONE)
    {
      g_hash_table_replace (held, g_strdup (type->id),
                            GINT_TO_POINTER ((int) facts.n_personal + 1));
      type->is_dirty = TRUE;
    }
  return insert_item (self, purchase, position, item,
                      facts.has_spent_access_code ? NULL : access_code, refusal, sold_choice,
                      error);
}

static gboolean
find_by_key (BitketTurn *self, const BitketOrder *order, char id[BITKET_ID_SIZE], GError **error)
{
  g_autoptr (BitketStatement) statement = NULL;
  gboolean has_row = FALSE;

  id[0] = '\0';
  if (order->idempotency_key == NULL)
    return TRUE;
  statement = bitket_queue_prepare (
      self->db, error, "SELECT id FROM purchases WHERE \"user\" = $1 AND idempotency_key = $2",
      "ss", order->user, order->idempotency_key);
  if (!bitket_queue_has_row (statement, &has_row, error))
    return FALSE;
  if (has_row)
    g_strlcpy (id, bitket_statement_get_text (statement, 0), BITKET_ID_SIZE);
  return TRUE;
}

#define INSERT_SQL                                                                                 \
  "INSERT INTO purchases (id, organization, seq, \"user\", worker, state, is_kept, created,"       \
  " wait_until, max_amount, amount, payload, nin, idempotency_key, request_hash)"                  \
  " VALUES ($1, $2, $3, $4, $5, 'queued', $6, $7, $8, $9, 0, $10, $11, $12, $13)"

gboolean
bitket_turn_enter (BitketTurn *self,
                   const BitketOrder *order,
                   const char *worker,
                   char existing[BITKET_ID_SIZE],
                   GError **error)
{
  g_autoptr (GHashTable) held = NULL;

  g_return_val_if_fail (self != NULL && order != NULL && worker != NULL, FALSE);
  g_return_val_if_fail (order->items->len > 0 && order->payload != NULL, FALSE);
  g_return_val_if_fail (strcmp (order->organization, self->organization) == 0, FALSE);

  if (!find_by_key (self, order, existing, error))
    return FALSE;
  if (*existing != '\0')
    return TRUE;
  held = load_held (self, order->user, error);
  if (held == NULL)
    return FALSE;
  self->seq++;
  self->has_arrivals = TRUE;
  if (!bitket_queue_run (self->db, error, INSERT_SQL, "ssissiiiissss", order->id,
                         order->organization, self->seq, order->user, worker,
                         (gint64) (order->is_kept ? 1 : 0), self->now_us,
                         self->now_us + order->wait_us, order->max_amount_ore, order->payload,
                         order->nin, order->idempotency_key, order->request_hash))
    return FALSE;
  for (guint i = 0; i < order->items->len; i++)
    if (!enter_item (self, order->id, i, &g_array_index (order->items, BitketOrderItem, i), held,
                     error))
      return FALSE;
  bitket_turn_touch (self, order->id);
  return TRUE;
}

/* Returns: (transfer full): the texts of the first column. */
static GPtrArray *
read_texts (BitketStatement *statement, GError **error)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) local_error = NULL;

  if (statement == NULL)
    return NULL;
  while (bitket_statement_step (statement, &local_error))
    g_ptr_array_add (texts, g_strdup (bitket_statement_get_text (statement, 0)));
  if (local_error == NULL)
    return g_steal_pointer (&texts);
  g_propagate_error (error, g_steal_pointer (&local_error));
  return NULL;
}

/* @has_news: all who wait are to be looked at, not just those for whom there may be places. */
static gboolean
mark_types (BitketTurn *self, GPtrArray *types, gboolean has_news, GError **error)
{
  for (guint i = 0; i < types->len; i++)
    {
      TypeState *type = bitket_turn_get_type (self, types->pdata[i], error);

      if (type == NULL)
        return FALSE;
      type->is_dirty = TRUE;
      type->has_news |= has_news;
    }
  return TRUE;
}

#define GIVE_UP_SQL                                                                                \
  "UPDATE purchase_items SET state = 'lost', message = $1"                                         \
  " WHERE purchase = $2 AND state = 'waiting' RETURNING ticket_type"

/* The types of which nothing is held back any more for who stops waiting have to be looked at. */
static gboolean
give_up_waiting (BitketTurn *self, const char *purchase, GError **error)
{
  g_autoptr (BitketStatement) statement =
      bitket_queue_prepare (self->db, error, GIVE_UP_SQL, "ss",
                            bitket_refusal_to_code (BITKET_REFUSAL_QUEUE_POSITION), purchase);
  g_autoptr (GPtrArray) types = read_texts (statement, error);

  bitket_turn_touch (self, purchase);
  return types != NULL && mark_types (self, types, FALSE, error);
}

#define EXPIRED_SQL                                                                                \
  "SELECT id FROM purchases WHERE state = 'queued' AND organization = $2 AND wait_until <= $1"     \
  " ORDER BY seq"

gboolean
bitket_turn_expire (BitketTurn *self, GError **error)
{
  g_autoptr (BitketStatement) statement = NULL;
  g_autoptr (GPtrArray) expired = NULL;

  g_return_val_if_fail (self != NULL, FALSE);

  statement =
      bitket_queue_prepare (self->db, error, EXPIRED_SQL, "is", self->now_us, self->organization);
  expired = read_texts (statement, error);
  for (guint i = 0; expired != NULL && i < expired->len; i++)
    if (!give_up_waiting (self, expired->pdata[i], error))
      return FALSE;
  return expired != NULL;
}

gboolean
bitket_turn_abandon (BitketTurn *self, const char *purchase, GError **error)
{
  g_autoptr (BitketStatement) statement = NULL;
  gboolean is_queued = FALSE;

  g_return_val_if_fail (self != NULL && purchase != NULL, FALSE);

  statement = bitket_queue_prepare (
      self->db, error, "SELECT 1 FROM purchases WHERE id = $1 AND state = 'queued'", "s", purchase);
  if (!bitket_queue_has_row (statement, &is_queued, error))
    return FALSE;
  g_clear_pointer (&statement, bitket_statement_free);
  return !is_queued ||
         (give_up_waiting (self, purchase, error) && bitket_turn_release (self, purchase, error) &&
          bitket_turn_end (self, purchase, BITKET_PURCHASE_FAILED, 503, NULL, NULL, error));
}

#define WAITING_TYPES_SQL                                                                          \
  "SELECT DISTINCT i.ticket_type FROM purchase_items i JOIN purchases p ON p.id = i.purchase"      \
  " WHERE i.state = 'waiting' AND p.state = 'queued' AND p.organization = $1 ORDER BY 1"

gboolean
bitket_turn_look_at_waiting (BitketTurn *self, GError **error)
{
  g_autoptr (BitketStatement) statement = NULL;
  g_autoptr (GPtrArray) types = NULL;

  g_return_val_if_fail (self != NULL, FALSE);

  statement = bitket_queue_prepare (self->db, error, WAITING_TYPES_SQL, "s", self->organization);
  types = read_texts (statement, error);
  return types != NULL && mark_types (self, types, TRUE, error);
}

/* Returns: (nullable) (transfer none): a type that needs a pass. */
static TypeState *
find_dirty (BitketTurn *self)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->types);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (((TypeState *) value)->is_dirty)
      return value;
  return NULL;
}

static gboolean
decide_touched (BitketTurn *self, GError **error)
{
  g_autoptr (GHashTable) touched = g_steal_pointer (&self->touched);
  GHashTableIter iter;
  gpointer purchase;

  self->touched = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_hash_table_iter_init (&iter, touched);
  while (g_hash_table_iter_next (&iter, &purchase, NULL))
    if (!bitket_turn_decide (self, purchase, error))
      return FALSE;
  return TRUE;
}

/* Deciding may give places back (the price was too high), and then there is more to give. */
GArray *
bitket_turn_finish (BitketTurn *self, GError **error)
{
  TypeState *type;

  g_return_val_if_fail (self != NULL, NULL);

  do
    {
      while ((type = find_dirty (self)) != NULL)
        if (!bitket_turn_pass (self, type, error))
          return NULL;
      if (!decide_touched (self, error))
        return NULL;
    }
  while (find_dirty (self) != NULL || g_hash_table_size (self->touched) > 0);
  if (!bitket_turn_write_stock (self, error))
    return NULL;
  if (self->has_arrivals &&
      !bitket_queue_run (self->db, error, "UPDATE queues SET seq = $1 WHERE organization = $2",
                         "is", self->seq, self->organization))
    return NULL;
  return self->changes;
}

gboolean
bitket_queue_beat (BitketDb *db, const char *worker, gint64 now_us, GError **error)
{
  g_return_val_if_fail (db != NULL && worker != NULL, FALSE);

  return bitket_queue_run (db, error,
                           "INSERT INTO queue_workers (id, seen) VALUES ($1, $2)"
                           " ON CONFLICT (id) DO UPDATE SET seen = excluded.seen",
                           "si", worker, now_us);
}

#define ADOPT_SQL                                                                                  \
  "UPDATE purchases SET worker = $1 WHERE state IN ('queued', 'paying')"                           \
  " AND worker <> $1 AND worker NOT IN (SELECT w.id FROM queue_workers w WHERE w.seen >= $2)"      \
  " RETURNING id"

#define FORGET_SQL                                                                                 \
  "DELETE FROM queue_workers WHERE id IN (SELECT w.id FROM queue_workers w"                        \
  " WHERE w.id <> $1 AND w.seen < $2 AND NOT EXISTS (SELECT 1 FROM purchases p"                    \
  " WHERE p.worker = w.id AND p.state IN ('queued', 'paying'))"

/* A process that was stopped while it said that it lives holds its row: nobody waits for that. */
static gboolean
forget_dead (BitketDb *db, const char *worker, gint64 dead_before_us, GError **error)
{
  gboolean has_locks = bitket_db_get_dialect (db) == BITKET_DB_DIALECT_POSTGRESQL;

  return bitket_queue_run (db, error,
                           has_locks ? FORGET_SQL " FOR UPDATE OF w SKIP LOCKED)" : FORGET_SQL ")",
                           "si", worker, dead_before_us);
}

GPtrArray *
bitket_queue_adopt (BitketDb *db, const char *worker, gint64 dead_before_us, GError **error)
{
  g_autoptr (BitketStatement) statement = NULL;
  g_autoptr (GPtrArray) adopted = NULL;

  g_return_val_if_fail (db != NULL && worker != NULL, NULL);

  statement = bitket_queue_prepare (db, error, ADOPT_SQL, "si", worker, dead_before_us);
  adopted = read_texts (statement, error);
  g_clear_pointer (&statement, bitket_statement_free);
  if (adopted == NULL || !forget_dead (db, worker, dead_before_us, error))
    return NULL;
  return g_steal_pointer (&adopted);
}

GPtrArray *
bitket_queue_list_waiting (BitketDb *db, GError **error)
{
  g_autoptr (BitketStatement) statement = NULL;

  g_return_val_if_fail (db != NULL, NULL);

  statement = bitket_queue_prepare (
      db, error, "SELECT DISTINCT organization FROM purchases WHERE state = 'queued' ORDER BY 1",
      "");
  return read_texts (statement, error);
}

#define LOAD_SQL                                                                                   \
  "SELECT p.organization, p.worker, p.state, p.is_kept, p.charged_from, p.amount, p.payload,"      \
  " u.email, o.stripe_account_id FROM purchases p JOIN users u ON u.id = p.\"user\""               \
  " JOIN organizations o ON o.id = p.organization WHERE p.id = $1"

static BitketPurchase *
read_purchase (BitketStatement *statement, const char *id)
{
  BitketPurchase *purchase = g_new0 (BitketPurchase, 1);
  const char *account = bitket_statement_get_text (statement, 8);

  g_strlcpy (purchase->id, id, BITKET_ID_SIZE);
  g_strlcpy (purchase->organization, bitket_statement_get_text (statement, 0), BITKET_ID_SIZE);
  g_strlcpy (purchase->worker, bitket_statement_get_text (statement, 1), BITKET_ID_SIZE);
  purchase->state = bitket_purchase_state_from_string (bitket_statement_get_text (statement, 2));
  purchase->is_kept = bitket_statement_get_int64 (statement, 3) != 0;
  purchase->charged_from_us = bitket_statement_get_int64 (statement, 4);
  purchase->amount_ore = bitket_statement_get_int64 (statement, 5);
  purchase->payload = g_strdup (bitket_statement_get_text (statement, 6));
  purchase->email = g_strdup (bitket_statement_get_text (statement, 7));
  purchase->account = *account != '\0' ? g_strdup (account) : NULL;
  return purchase;
}

BitketPurchase *
bitket_purchase_load (BitketDb *db, const char *id, GError **error)
{
  g_autoptr (BitketStatement) statement = NULL;
  g_autoptr (BitketStatement) items = NULL;
  g_autoptr (BitketPurchase) purchase = NULL;
  g_autoptr (GPtrArray) ownerships = NULL;
  gboolean has_row = FALSE;

  g_return_val_if_fail (db != NULL && id != NULL, NULL);

  statement = bitket_queue_prepare (db, error, LOAD_SQL, "s", id);
  if (!bitket_queue_has_row (statement, &has_row, error) || !has_row)
    return NULL;
  purchase = read_purchase (statement, id);
  g_clear_pointer (&statement, bitket_statement_free);
  items = bitket_queue_prepare (db, error,
                                "SELECT ownership FROM purchase_items WHERE purchase = $1"
                                " AND state IN ('reserved', 'sold') ORDER BY position",
                                "s", id);
  ownerships = read_texts (items, error);
  if (ownerships == NULL)
    return NULL;
  g_ptr_array_add (ownerships, NULL);
  purchase->ownerships = g_strjoinv (",", (char **) ownerships->pdata);
  return g_steal_pointer (&purchase);
}

void
bitket_purchase_free (BitketPurchase *purchase)
{
  g_return_if_fail (purchase != NULL);

  g_free (purchase->account);
  g_free (purchase->payload);
  g_free (purchase->email);
  g_free (purchase->ownerships);
  g_free (purchase);
}
