/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-sales-private.h"

#define TICK_S 1

static gboolean
turn_cb (gpointer user_data)
{
  BitketSales *self = user_data;

  g_atomic_int_set (&self->is_turn_due, 0);
  bitket_sales_take_turn (self);
  return G_SOURCE_REMOVE;
}

/* Later than what has come already: answers of the provider are gathered first. */
void
bitket_sales_wake (BitketSales *self)
{
  g_autoptr (GSource) source = NULL;

  if (!g_atomic_int_compare_and_exchange (&self->is_turn_due, 0, 1))
    return;
  source = g_idle_source_new ();
  g_source_set_callback (source, turn_cb, self, NULL);
  g_source_attach (source, self->context);
}

static BitketSales *
make_sales (const BitketSalesOptions *options)
{
  BitketSales *self = g_new0 (BitketSales, 1);
  g_autofree char *worker = g_uuid_string_random ();

  self->config = bitket_config_ref (options->config);
  self->till = options->till;
  self->clock = g_object_ref (options->clock);
  self->metrics = options->metrics;
  self->changed = options->changed;
  self->user_data = options->user_data;
  self->database = g_strdup (options->database);
  g_strlcpy (self->worker, worker, sizeof self->worker);
  self->context = g_main_context_new ();
  self->loop = g_main_loop_new (self->context, FALSE);
  self->inbox = g_async_queue_new_full ((GDestroyNotify) bitket_sales_free_arrival);
  g_mutex_init (&self->mutex);
  self->watched = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->cancellable = g_cancellable_new ();
  self->tick = g_timeout_source_new_seconds (TICK_S);
  g_source_set_callback (self->tick, bitket_sales_tick_cb, self, NULL);
  self->waiters =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
  self->payments = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
                                          (GDestroyNotify) bitket_sales_free_payment);
  self->settlements =
      g_ptr_array_new_with_free_func ((GDestroyNotify) bitket_sales_free_settlement);
  self->abandoned = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->news = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return self;
}

BitketSales *
bitket_sales_new (const BitketSalesOptions *options, GError **error)
{
  g_autoptr (BitketSales) self = NULL;

  g_return_val_if_fail (options != NULL && options->database != NULL, NULL);
  g_return_val_if_fail (options->config != NULL && options->till != NULL, NULL);
  g_return_val_if_fail (options->changed != NULL, NULL);

  self = make_sales (options);
  return bitket_sales_start (self, error) ? g_steal_pointer (&self) : NULL;
}

/* Runs @func on the queue's thread, once its loop runs. */
static void
post (BitketSales *self, GSourceFunc func, gpointer data, GDestroyNotify data_free)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_callback (source, func, data, data_free);
  g_source_attach (source, self->context);
}

static gboolean
quit_cb (gpointer user_data)
{
  BitketSales *self = user_data;

  g_main_loop_quit (self->loop);
  return G_SOURCE_REMOVE;
}

void
bitket_sales_stop (BitketSales *self)
{
  g_return_if_fail (self != NULL);

  if (self->thread == NULL)
    return;
  post (self, quit_cb, self, NULL);
  g_thread_join (g_steal_pointer (&self->thread));
}

void
bitket_sales_free (BitketSales *self)
{
  if (self == NULL)
    return;
  bitket_sales_stop (self);
  g_hash_table_unref (self->waiters);
  g_hash_table_unref (self->payments);
  g_hash_table_unref (self->abandoned);
  g_hash_table_unref (self->news);
  g_hash_table_unref (self->watched);
  g_ptr_array_unref (self->settlements);
  g_async_queue_unref (self->inbox);
  g_source_unref (self->tick);
  g_main_loop_unref (self->loop);
  g_main_context_unref (self->context);
  g_mutex_clear (&self->mutex);
  g_object_unref (self->cancellable);
  g_object_unref (self->clock);
  bitket_config_unref (self->config);
  g_free (self->database);
  g_free (self);
}

static void
push_arrival (BitketSales *self, Arrival *arrival)
{
  g_async_queue_push (self->inbox, arrival);
  bitket_sales_wake (self);
}

void
bitket_sales_submit_async (BitketSales *self,
                           BitketOrder *order,
                           BitketSalesUntil until,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  Arrival *arrival;

  g_return_if_fail (self != NULL && order != NULL);
  g_return_if_fail (until != BITKET_SALES_NONE);

  arrival = g_new0 (Arrival, 1);
  arrival->order = order;
  arrival->until = until;
  arrival->task = g_task_new (NULL, NULL, callback, user_data);
  g_task_set_source_tag (arrival->task, bitket_sales_submit_async);
  push_arrival (self, arrival);
}

void
bitket_sales_wait_async (BitketSales *self,
                         const char *id,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  Arrival *arrival;

  g_return_if_fail (self != NULL && id != NULL);

  arrival = g_new0 (Arrival, 1);
  g_strlcpy (arrival->id, id, sizeof arrival->id);
  arrival->until = BITKET_SALES_FINISHED;
  arrival->task = g_task_new (NULL, NULL, callback, user_data);
  g_task_set_source_tag (arrival->task, bitket_sales_wait_async);
  push_arrival (self, arrival);
}

char *
bitket_sales_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

typedef struct
{
  BitketSales *sales;
  char id[BITKET_ID_SIZE];
} Look;

static gboolean
look_cb (gpointer user_data)
{
  Look *look = user_data;

  bitket_sales_tell_state (look->sales, look->id);
  return G_SOURCE_REMOVE;
}

void
bitket_sales_watch (BitketSales *self, const char *purchase)
{
  Look *look;

  g_return_if_fail (self != NULL && purchase != NULL);

  g_mutex_lock (&self->mutex);
  g_hash_table_add (self->watched, g_strdup (purchase));
  g_mutex_unlock (&self->mutex);
  look = g_new0 (Look, 1);
  look->sales = self;
  g_strlcpy (look->id, purchase, sizeof look->id);
  post (self, look_cb, look, g_free);
}

static gboolean
drain_cb (gpointer user_data)
{
  BitketSales *self = user_data;

  self->is_draining = TRUE;
  bitket_sales_send_waiters_away (self);
  bitket_sales_wake (self);
  return G_SOURCE_REMOVE;
}

void
bitket_sales_drain (BitketSales *self)
{
  g_return_if_fail (self != NULL);

  post (self, drain_cb, self, NULL);
}
