/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-door"

#include "bitket-door-store-private.h"

/* Counts and the snapshot. */

TypeCount *
bitket_door_store_ensure_count (GHashTable *counts, const char *ticket_type)
{
  TypeCount *count = g_hash_table_lookup (counts, ticket_type);

  if (count == NULL)
    {
      count = g_new0 (TypeCount, 1);
      g_hash_table_insert (counts, g_strdup (ticket_type), count);
    }
  return count;
}

/* Notes that the open transaction adds (@sign 1) or takes away (-1) a ticket in @state. Tickets
 * that nobody can enter on are in no count. */
void
bitket_door_store_count (BitketDoorStore *store,
                         const char *ticket_type,
                         BitketTicketState state,
                         gint64 sign)
{
  if (state != BITKET_TICKET_STATE_VALID && state != BITKET_TICKET_STATE_UTILIZED)
    return;
  bitket_door_store_ensure_count (store->deltas, ticket_type)->n_total += sign;
  if (state == BITKET_TICKET_STATE_UTILIZED)
    bitket_door_store_ensure_count (store->deltas, ticket_type)->n_inside += sign;
}

gboolean
bitket_door_store_write_deltas (BitketDoorStore *store, GError **error)
{
  g_autoptr (BitketStatement) statement = NULL;
  GHashTableIter iter;
  gpointer type, value;

  if (g_hash_table_size (store->deltas) == 0)
    return TRUE;
  statement = bitket_db_prepare (
      store->db,
      "INSERT INTO counts (ticket_type, n_total, n_inside) VALUES ($1, $2, $3) "
      "ON CONFLICT (ticket_type) DO UPDATE SET n_total = counts.n_total + excluded.n_total, "
      "n_inside = counts.n_inside + excluded.n_inside",
      error);
  if (statement == NULL)
    return FALSE;
  g_hash_table_iter_init (&iter, store->deltas);
  while (g_hash_table_iter_next (&iter, &type, &value))
    {
      const TypeCount *delta = value;

      bitket_statement_reset (statement);
      bitket_statement_bind_text (statement, 1, type);
      bitket_statement_bind_int64 (statement, 2, delta->n_total);
      bitket_statement_bind_int64 (statement, 3, delta->n_inside);
      if (!bitket_statement_run (statement, error))
        return FALSE;
    }
  return TRUE;
}

void
bitket_door_store_forget_deltas (BitketDoorStore *store)
{
  g_hash_table_remove_all (store->deltas);
  store->waiting_delta = 0;
}

void
bitket_door_store_apply_deltas (BitketDoorStore *store)
{
  GHashTableIter iter;
  gpointer type, value;

  g_hash_table_iter_init (&iter, store->deltas);
  while (g_hash_table_iter_next (&iter, &type, &value))
    {
      const TypeCount *delta = value;
      TypeCount *count = bitket_door_store_ensure_count (store->counts, type);

      count->n_total += delta->n_total;
      count->n_inside += delta->n_inside;
    }
  store->n_waiting += store->waiting_delta;
  bitket_door_store_forget_deltas (store);
}

static void
free_count (gpointer data)
{
  BitketDoorCount *count = data;

  g_free (count->name);
  g_free (count);
}

void
bitket_door_snapshot_unref (BitketDoorSnapshot *snapshot)
{
  if (!g_atomic_ref_count_dec (&snapshot->n_refs))
    return;
  g_free (snapshot->event_id);
  g_free (snapshot->event_name);
  g_ptr_array_unref (snapshot->counts);
  g_free (snapshot);
}

static void
add_count (BitketDoorSnapshot *snapshot, const char *name, const TypeCount *figures)
{
  BitketDoorCount *count = g_new0 (BitketDoorCount, 1);

  count->name = g_strdup (name);
  if (figures != NULL)
    {
      count->n_inside = (guint) MAX (figures->n_inside, 0);
      count->n_total = (guint) MAX (figures->n_total, 0);
    }
  g_ptr_array_add (snapshot->counts, count);
}

void
bitket_door_store_publish (BitketDoorStore *store)
{
  BitketDoorSnapshot *snapshot = g_new0 (BitketDoorSnapshot, 1);
  GHashTableIter iter;
  gpointer value;

  g_atomic_ref_count_init (&snapshot->n_refs);
  snapshot->counts = g_ptr_array_new_with_free_func (free_count);
  snapshot->event_id = g_strdup (store->event_id);
  snapshot->is_synced = store->is_synced;
  snapshot->retirement = store->retirement;
  snapshot->n_waiting = (guint) MAX (store->n_waiting, 0);
  g_hash_table_iter_init (&iter, store->counts);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      snapshot->n_inside += (guint) MAX (((TypeCount *) value)->n_inside, 0);
      snapshot->n_tickets += (guint) MAX (((TypeCount *) value)->n_total, 0);
    }
  if (store->event != NULL)
    {
      snapshot->event_name = g_strdup (store->event->name);
      snapshot->ends_us = store->event->ends_us;
      for (guint i = 0; i < store->event->ticket_types->len; i++)
        {
          const BitketFeedTicketType *type = g_ptr_array_index (store->event->ticket_types, i);

          add_count (snapshot, type->name, g_hash_table_lookup (store->counts, type->id));
        }
    }

  g_mutex_lock (&store->snapshot_mutex);
  g_clear_pointer (&store->snapshot, bitket_door_snapshot_unref);
  store->snapshot = snapshot;
  g_mutex_unlock (&store->snapshot_mutex);
}

BitketDoorSnapshot *
bitket_door_store_ref_snapshot (BitketDoorStore *store)
{
  BitketDoorSnapshot *snapshot;

  g_mutex_lock (&store->snapshot_mutex);
  snapshot = store->snapshot;
  g_atomic_ref_count_inc (&snapshot->n_refs);
  g_mutex_unlock (&store->snapshot_mutex);
  return snapshot;
}
