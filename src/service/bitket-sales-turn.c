/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-sales-private.h"

#include <string.h>

#include "bitket-purchase-present.h"
#include "bitket-service-error.h"
#include "bitket-time.h"

/* One turn of the queue's thread: what has come is sorted by organization, done in a transaction
 * each, and told once it is committed. */

#define MAX_ATTEMPTS 10
/* So many enter in one turn at most: those before them get their answer meanwhile. */
#define MAX_ARRIVALS 256

void
bitket_sales_free_arrival (Arrival *arrival)
{
  g_clear_pointer (&arrival->order, bitket_order_free);
  g_clear_object (&arrival->task);
  g_free (arrival);
}

void
bitket_sales_free_settlement (Settlement *settlement)
{
  g_free (settlement->stripe_id);
  g_free (settlement->detail);
  g_free (settlement);
}

/* What one transaction is to do, and what came of it. */
typedef struct
{
  const char *organization;
  GPtrArray *arrivals;    /* (owned) (element-type Arrival) (unowned) */
  GPtrArray *settlements; /* (owned) (element-type Settlement) (unowned) */
  GPtrArray *abandoned;   /* (owned) (element-type utf8) (unowned) */
  gboolean looks_at_waiting;
  gboolean is_again;   /* an attempt before may have been committed */
  GArray *changes;     /* (owned) BitketPurchaseChange */
  GPtrArray *payments; /* (owned) (element-type BitketPurchase) to be begun */
} Batch;

static void
free_batch (Batch *batch)
{
  g_ptr_array_unref (batch->arrivals);
  g_ptr_array_unref (batch->settlements);
  g_ptr_array_unref (batch->abandoned);
  g_array_unref (batch->changes);
  g_ptr_array_unref (batch->payments);
  g_free (batch);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Batch, free_batch)

static Batch *
new_batch (const char *organization)
{
  Batch *batch = g_new0 (Batch, 1);

  batch->organization = organization;
  batch->arrivals = g_ptr_array_new ();
  batch->settlements = g_ptr_array_new ();
  batch->abandoned = g_ptr_array_new ();
  batch->changes = g_array_new (FALSE, FALSE, sizeof (BitketPurchaseChange));
  batch->payments = g_ptr_array_new_with_free_func ((GDestroyNotify) bitket_purchase_free);
  return batch;
}

static Batch *
get_batch (GHashTable *batches, const char *organization)
{
  Batch *batch = g_hash_table_lookup (batches, organization);

  if (batch == NULL)
    {
      batch = new_batch (organization);
      g_hash_table_insert (batches, (gpointer) organization, batch);
    }
  return batch;
}

/* Takes an order in. When the connection was lost during the commit, it may be there already. */
static gboolean
enter (BitketSales *self, Batch *batch, BitketTurn *turn, Arrival *arrival, GError **error)
{
  char existing[BITKET_ID_SIZE] = "";
  g_autoptr (BitketPurchase) purchase = NULL;
  g_autoptr (GError) local_error = NULL;

  if (batch->is_again)
    purchase = bitket_purchase_load (self->db, arrival->order->id, &local_error);
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  if (purchase == NULL && !bitket_turn_enter (turn, arrival->order, self->worker, existing, error))
    return FALSE;
  memcpy (arrival->id, *existing != '\0' ? existing : arrival->order->id, BITKET_ID_SIZE);
  return TRUE;
}

static gboolean
do_steps (BitketSales *self, Batch *batch, BitketTurn *turn, GError **error)
{
  for (guint i = 0; i < batch->settlements->len; i++)
    {
      const Settlement *settlement = batch->settlements->pdata[i];

      if (!bitket_turn_settle (turn, settlement->id, settlement->settlement, settlement->stripe_id,
                               settlement->detail, error))
        return FALSE;
    }
  for (guint i = 0; i < batch->abandoned->len; i++)
    if (!bitket_turn_abandon (turn, batch->abandoned->pdata[i], error))
      return FALSE;
  for (guint i = 0; i < batch->arrivals->len; i++)
    if (!enter (self, batch, turn, batch->arrivals->pdata[i], error))
      return FALSE;
  return !batch->looks_at_waiting ||
         (bitket_turn_expire (turn, error) && bitket_turn_look_at_waiting (turn, error));
}

/* What another process looks after is told to it once this is committed. */
static gboolean
tell_others (BitketSales *self, const BitketPurchaseChange *change, GError **error)
{
  return strcmp (change->worker, self->worker) == 0 ||
         bitket_db_get_dialect (self->db) != BITKET_DB_DIALECT_POSTGRESQL ||
         bitket_db_notify (self->db, BITKET_SALES_CHANNEL, change->id, error);
}

static gboolean
prepare_payments (BitketSales *self, Batch *batch, GError **error)
{
  for (guint i = 0; i < batch->changes->len; i++)
    {
      const BitketPurchaseChange *change = &g_array_index (batch->changes, BitketPurchaseChange, i);
      BitketPurchase *purchase;

      if (!tell_others (self, change, error))
        return FALSE;
      if (change->state != BITKET_PURCHASE_PAYING || strcmp (change->worker, self->worker) != 0)
        continue;
      purchase = bitket_purchase_load (self->db, change->id, error);
      if (purchase == NULL)
        return FALSE;
      g_ptr_array_add (batch->payments, purchase);
    }
  return TRUE;
}

static gboolean
attempt (BitketSales *self, Batch *batch, GError **error)
{
  g_autoptr (BitketTurn) turn = NULL;
  GArray *changes;

  g_array_set_size (batch->changes, 0);
  g_ptr_array_set_size (batch->payments, 0);
  if (!bitket_db_begin (self->db, BITKET_DB_TRANSACTION_WRITE, error))
    return FALSE;
  turn =
      bitket_turn_new (self->db, batch->organization, bitket_clock_get_now_us (self->clock), error);
  changes =
      turn != NULL && do_steps (self, batch, turn, error) ? bitket_turn_finish (turn, error) : NULL;
  if (changes != NULL)
    {
      g_array_append_vals (batch->changes, changes->data, changes->len);
      if (prepare_payments (self, batch, error) && bitket_db_commit (self->db, error))
        return TRUE;
    }
  bitket_db_rollback (self->db);
  return FALSE;
}

static gboolean
may_try_again (BitketSales *self, const GError *error)
{
  if (g_error_matches (error, BITKET_DB_ERROR, BITKET_DB_ERROR_BUSY))
    return TRUE;
  return g_error_matches (error, BITKET_DB_ERROR, BITKET_DB_ERROR_CONNECTION) &&
         bitket_db_ping (self->db, NULL);
}

static gboolean
run_batch (BitketSales *self, Batch *batch, GError **error)
{
  g_autoptr (GError) local_error = NULL;

  for (guint i = 0; i < MAX_ATTEMPTS; i++)
    {
      g_clear_error (&local_error);
      if (attempt (self, batch, &local_error))
        return TRUE;
      if (g_error_matches (local_error, BITKET_DB_ERROR, BITKET_DB_ERROR_CONNECTION))
        self->is_astray = batch->is_again = TRUE;
      if (!may_try_again (self, local_error))
        break;
      bitket_metrics_count (self->metrics, BITKET_COUNTER_RETRIES);
    }
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

void
bitket_sales_release_waiters (BitketSales *self, const char *id)
{
  GPtrArray *tasks = g_hash_table_lookup (self->waiters, id);

  if (tasks == NULL)
    return;
  for (guint i = 0; i < tasks->len; i++)
    g_task_return_pointer (tasks->pdata[i], g_strdup (id), g_free);
  g_hash_table_remove (self->waiters, id);
}

static void
add_waiter (BitketSales *self, const char *id, GTask *task)
{
  GPtrArray *tasks = g_hash_table_lookup (self->waiters, id);

  if (tasks == NULL)
    {
      tasks = g_ptr_array_new_with_free_func (g_object_unref);
      g_hash_table_insert (self->waiters, g_strdup (id), tasks);
    }
  g_ptr_array_add (tasks, g_object_ref (task));
}

/* Once it is over there is nothing more to tell. */
static void
forget_watched (BitketSales *self, const char *id)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  g_hash_table_remove (self->watched, id);
}

static gboolean
is_watched (BitketSales *self, const char *id)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  return g_hash_table_contains (self->watched, id);
}

void
bitket_sales_tell_state (BitketSales *self, const char *id)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *message = NULL;
  BitketPurchaseState state = BITKET_PURCHASE_NONE;

  if (!is_watched (self, id))
    return;
  message = bitket_purchase_state_message (self->db, id, &state, &error);
  if (message != NULL)
    self->changed (id, message, self->user_data);
  else if (error != NULL)
    g_warning ("could not tell how purchase %s stands: %s", id, error->message);
  if (bitket_purchase_state_is_final (state))
    forget_watched (self, id);
}

void
bitket_sales_tell_positions (BitketSales *self)
{
  g_auto (GStrv) ids = NULL;

  g_mutex_lock (&self->mutex);
  ids = (char **) g_hash_table_get_keys_as_array (self->watched, NULL);
  for (guint i = 0; ids[i] != NULL; i++)
    ids[i] = g_strdup (ids[i]);
  g_mutex_unlock (&self->mutex);
  for (guint i = 0; ids[i] != NULL; i++)
    bitket_sales_tell_state (self, ids[i]);
}

static void
take_change (BitketSales *self, const BitketPurchaseChange *change)
{
  bitket_sales_tell_state (self, change->id);
  if (!bitket_purchase_state_is_final (change->state))
    return;
  bitket_metrics_count (self->metrics, change->state == BITKET_PURCHASE_DONE
                                           ? BITKET_COUNTER_PURCHASES_DONE
                                           : BITKET_COUNTER_PURCHASES_FAILED);
  bitket_sales_release_waiters (self, change->id);
}

/* Who came with a key that had come before asks for the outcome of that purchase. */
static gboolean
answer_question (BitketSales *self, const Arrival *arrival, GError **error)
{
  g_autoptr (BitketPurchase) purchase = bitket_purchase_load (self->db, arrival->id, error);

  if (purchase == NULL)
    return FALSE;
  if (bitket_purchase_state_is_final (purchase->state))
    bitket_sales_release_waiters (self, arrival->id);
  else if (strcmp (purchase->worker, self->worker) != 0)
    /* Who looks after it does not know that somebody waits for it here. */
    self->is_astray = TRUE;
  return TRUE;
}

static void
take_arrival (BitketSales *self, Arrival *arrival)
{
  g_autoptr (GError) error = NULL;

  if (arrival->until == BITKET_SALES_ACCEPTED)
    {
      g_task_return_pointer (arrival->task, g_strdup (arrival->id), g_free);
      return;
    }
  add_waiter (self, arrival->id, arrival->task);
  if (arrival->order != NULL && strcmp (arrival->order->id, arrival->id) == 0)
    return;
  if (!answer_question (self, arrival, &error))
    bitket_sales_release_waiters (self, arrival->id);
}

/* After the commit: nothing of it may be told before. */
static void
tell_batch (BitketSales *self, Batch *batch)
{
  for (guint i = 0; i < batch->arrivals->len; i++)
    take_arrival (self, batch->arrivals->pdata[i]);
  for (guint i = 0; i < batch->settlements->len; i++)
    {
      const char *id = ((Settlement *) batch->settlements->pdata[i])->id;

      /* Also when it was settled before: by whoever had taken it over. */
      g_hash_table_remove (self->payments, id);
      bitket_sales_tell_state (self, id);
      bitket_sales_release_waiters (self, id);
    }
  for (guint i = 0; i < batch->abandoned->len; i++)
    g_hash_table_remove (self->abandoned, batch->abandoned->pdata[i]);
  for (guint i = 0; i < batch->changes->len; i++)
    take_change (self, &g_array_index (batch->changes, BitketPurchaseChange, i));
  for (guint i = 0; i < batch->payments->len; i++)
    bitket_sales_pay (self, g_steal_pointer (&batch->payments->pdata[i]));
  g_ptr_array_set_free_func (batch->payments, NULL);
}

static void
fail_arrival (Arrival *arrival, const GError *error)
{
  g_task_return_error (arrival->task, g_error_copy (error));
}

static gboolean
is_alone (const Batch *batch)
{
  return batch->arrivals->len + batch->settlements->len + batch->abandoned->len <= 1;
}

static void run_and_tell (BitketSales *self, Batch *batch, GPtrArray *again);

/* One that cannot be done must not keep the others from it: each gets a transaction of its own. */
static void
run_one_by_one (BitketSales *self, Batch *batch, GPtrArray *again)
{
  guint n_settlements = batch->settlements->len, n_abandoned = batch->abandoned->len;

  for (guint i = 0; i < n_settlements + n_abandoned + batch->arrivals->len; i++)
    {
      g_autoptr (Batch) one = new_batch (batch->organization);

      one->is_again = batch->is_again;
      if (i < n_settlements)
        g_ptr_array_add (one->settlements, batch->settlements->pdata[i]);
      else if (i < n_settlements + n_abandoned)
        g_ptr_array_add (one->abandoned, batch->abandoned->pdata[i - n_settlements]);
      else
        g_ptr_array_add (one->arrivals, batch->arrivals->pdata[i - n_settlements - n_abandoned]);
      run_and_tell (self, one, again);
    }
}

/* @again: settlements that could not be written: money has moved, so they are kept until they
 * are. */
static void
run_and_tell (BitketSales *self, Batch *batch, GPtrArray *again)
{
  g_autoptr (GError) error = NULL;

  if (run_batch (self, batch, &error))
    {
      tell_batch (self, batch);
      return;
    }
  if (!is_alone (batch))
    {
      run_one_by_one (self, batch, again);
      return;
    }
  g_warning ("a turn of the purchase queue failed: %s", error->message);
  for (guint i = 0; i < batch->arrivals->len; i++)
    fail_arrival (batch->arrivals->pdata[i], error);
  for (guint i = 0; i < batch->settlements->len; i++)
    g_ptr_array_add (again, batch->settlements->pdata[i]);
}

/* What another process decided for a purchase of ours, or has left to us. */
static void
look_at_news (BitketSales *self, const char *id)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketPurchase) purchase = bitket_purchase_load (self->db, id, &error);

  if (purchase == NULL)
    {
      /* It is looked at again: nobody else would. */
      if (error != NULL)
        g_hash_table_add (self->news, g_strdup (id));
      return;
    }
  bitket_sales_tell_state (self, id);
  if (bitket_purchase_state_is_final (purchase->state))
    bitket_sales_release_waiters (self, id);
  else if (strcmp (purchase->worker, self->worker) != 0)
    /* Its new owner does not know that somebody waits for it here. */
    self->is_astray |= g_hash_table_contains (self->waiters, id);
  else if (purchase->state == BITKET_PURCHASE_PAYING)
    bitket_sales_resume_payment (self, g_steal_pointer (&purchase));
  else if (!purchase->is_kept && !g_hash_table_contains (self->waiters, id))
    /* Whose buyer was waiting on the line that broke has nobody to tell. */
    g_hash_table_add (self->abandoned, g_strdup (id));
}

static void
look_at_all_news (BitketSales *self)
{
  g_autoptr (GHashTable) news = g_steal_pointer (&self->news);
  GHashTableIter iter;
  gpointer id;

  self->news = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_hash_table_iter_init (&iter, news);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    look_at_news (self, id);
}

/* Questions need no transaction. Returns: (transfer full): the arrivals that do. */
static GPtrArray *
take_arrivals (BitketSales *self)
{
  GPtrArray *arrivals = g_ptr_array_new_with_free_func ((GDestroyNotify) bitket_sales_free_arrival);
  Arrival *arrival;

  while (arrivals->len < MAX_ARRIVALS && (arrival = g_async_queue_try_pop (self->inbox)) != NULL)
    if (arrival->order != NULL)
      {
        g_ptr_array_add (arrivals, arrival);
      }
    else
      {
        take_arrival (self, arrival);
        bitket_sales_free_arrival (arrival);
      }
  return arrivals;
}

/* Organizations whose queue is to be gone through for those who have waited long enough. */
static void
add_waiting (BitketSales *self, GHashTable *batches, GPtrArray *organizations)
{
  for (guint i = 0; i < organizations->len; i++)
    get_batch (batches, organizations->pdata[i])->looks_at_waiting = TRUE;
}

/* Who cannot be looked up now is tried again. */
static void
add_abandoned (BitketSales *self, GHashTable *batches, GPtrArray *kept)
{
  GHashTableIter iter;
  gpointer id;

  g_hash_table_iter_init (&iter, self->abandoned);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (BitketPurchase) purchase = bitket_purchase_load (self->db, id, &error);

      if (error != NULL)
        continue;
      /* A buyer who can ask again is just not answered any longer. */
      if (purchase != NULL && purchase->state == BITKET_PURCHASE_QUEUED && purchase->is_kept)
        bitket_sales_release_waiters (self, id);
      else if (purchase != NULL && purchase->state == BITKET_PURCHASE_QUEUED)
        {
          g_ptr_array_add (get_batch (batches, purchase->organization)->abandoned, id);
          g_ptr_array_add (kept, g_steal_pointer (&purchase));
          continue;
        }
      g_hash_table_iter_remove (&iter);
    }
}

/* They are tried again at the next tick. */
static void
keep_settlements (BitketSales *self, GPtrArray *settlements, GPtrArray *again)
{
  guint index;

  for (guint i = 0; i < again->len; i++)
    if (g_ptr_array_find (settlements, again->pdata[i], &index))
      g_ptr_array_add (self->settlements, g_ptr_array_steal_index_fast (settlements, index));
}

void
bitket_sales_take_turn (BitketSales *self)
{
  g_autoptr (GHashTable) batches =
      g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) free_batch);
  g_autoptr (GPtrArray) arrivals = take_arrivals (self);
  g_autoptr (GPtrArray) settlements = g_steal_pointer (&self->settlements);
  g_autoptr (GPtrArray) again = g_ptr_array_new ();
  g_autoptr (GPtrArray) waiting = NULL;
  g_autoptr (GPtrArray) purchases =
      g_ptr_array_new_with_free_func ((GDestroyNotify) bitket_purchase_free);
  GHashTableIter iter;
  gpointer batch;

  self->settlements =
      g_ptr_array_new_with_free_func ((GDestroyNotify) bitket_sales_free_settlement);
  for (guint i = 0; i < arrivals->len; i++)
    {
      Arrival *arrival = arrivals->pdata[i];

      g_ptr_array_add (get_batch (batches, arrival->order->organization)->arrivals, arrival);
    }
  for (guint i = 0; i < settlements->len; i++)
    {
      Settlement *settlement = settlements->pdata[i];

      g_ptr_array_add (get_batch (batches, settlement->organization)->settlements, settlement);
    }
  add_abandoned (self, batches, purchases);
  if (self->looks_at_waiting)
    {
      waiting = bitket_queue_list_waiting (self->db, NULL);
      if (waiting != NULL)
        add_waiting (self, batches, waiting);
      self->looks_at_waiting = FALSE;
    }
  g_hash_table_iter_init (&iter, batches);
  while (g_hash_table_iter_next (&iter, NULL, &batch))
    run_and_tell (self, batch, again);
  look_at_all_news (self);
  keep_settlements (self, settlements, again);
  if (g_async_queue_length (self->inbox) > 0)
    bitket_sales_wake (self);
}

gint64
bitket_sales_get_dead_after_us (BitketSales *self)
{
  return self->config->dead_after_us;
}

static gboolean
adopt (BitketSales *self, GPtrArray **adopted, GError **error)
{
  gint64 now_us = bitket_clock_get_now_us (self->clock);
  /* SQLite has one process only, and that is this one. */
  gint64 dead_before_us = bitket_db_get_dialect (self->db) == BITKET_DB_DIALECT_SQLITE
                              ? G_MAXINT64
                              : now_us - bitket_sales_get_dead_after_us (self);
  g_autoptr (GPtrArray) ids = NULL;

  if (!bitket_db_begin (self->db, BITKET_DB_TRANSACTION_WRITE, error))
    return FALSE;
  if (bitket_queue_beat (self->db, self->worker, now_us, error) &&
      (ids = bitket_queue_adopt (self->db, self->worker, dead_before_us, error)) != NULL &&
      bitket_db_commit (self->db, error))
    {
      self->seen_us = now_us;
      *adopted = g_steal_pointer (&ids);
      return TRUE;
    }
  bitket_db_rollback (self->db);
  return FALSE;
}

/* Others that take over at the same time, or end a turn, may stand in the way. */
static gboolean
adopt_at_last (BitketSales *self, GPtrArray **adopted, GError **error)
{
  g_autoptr (GError) local_error = NULL;

  for (guint i = 0; i < MAX_ATTEMPTS; i++)
    {
      g_clear_error (&local_error);
      if (adopt (self, adopted, &local_error))
        return TRUE;
      if (g_error_matches (local_error, BITKET_DB_ERROR, BITKET_DB_ERROR_CONNECTION))
        self->is_astray = TRUE; /* it may have been committed */
      if (!may_try_again (self, local_error))
        break;
    }
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

gboolean
bitket_sales_adopt (BitketSales *self, GError **error)
{
  g_autoptr (GPtrArray) adopted = NULL;

  if (!adopt_at_last (self, &adopted, error))
    return FALSE;
  for (guint i = 0; i < adopted->len; i++)
    g_hash_table_add (self->news, g_strdup (adopted->pdata[i]));
  if (adopted->len > 0)
    {
      g_message ("took over %u purchases of a process that is gone", adopted->len);
      bitket_sales_wake (self);
    }
  return TRUE;
}

#define OWN_SQL "SELECT id FROM purchases WHERE worker = $1 AND state IN ('queued', 'paying')"

void
bitket_sales_look_around (BitketSales *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketStatement) statement = bitket_db_prepare (self->db, OWN_SQL, &error);
  GHashTableIter iter;
  gpointer id;

  if (statement != NULL)
    {
      bitket_statement_bind_text (statement, 1, self->worker);
      while (bitket_statement_step (statement, &error))
        g_hash_table_add (self->news, g_strdup (bitket_statement_get_text (statement, 0)));
    }
  if (error != NULL)
    return;
  self->is_astray = FALSE;
  g_hash_table_iter_init (&iter, self->waiters);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    g_hash_table_add (self->news, g_strdup (id));
}
