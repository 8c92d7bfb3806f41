/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-sales-private.h"

#include <glib-unix.h>

#include "bitket-service-error.h"
#include "bitket-store.h"
#include "bitket-time.h"

#define TICK_S 1
/* So many beats in the time after which a process counts as dead. */
#define BEATS 3

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

static gboolean heard_cb (int fd, GIOCondition condition, gpointer user_data);

/* Without PostgreSQL there is nobody to listen to. */
static gboolean
begin_listening (BitketSales *self, GError **error)
{
  if (bitket_db_get_dialect (self->db) != BITKET_DB_DIALECT_POSTGRESQL)
    return TRUE;
  self->listener = bitket_store_open (self->database, BITKET_DB_OPEN_DEFAULT, error);
  if (self->listener == NULL || !bitket_db_listen (self->listener, BITKET_SALES_CHANNEL, error))
    return FALSE;
  self->listener_source =
      g_unix_fd_source_new (bitket_db_get_fd (self->listener), G_IO_IN | G_IO_HUP | G_IO_ERR);
  g_source_set_callback (self->listener_source, G_SOURCE_FUNC (heard_cb), self, NULL);
  g_source_attach (self->listener_source, self->context);
  return TRUE;
}

static void
end_listening (BitketSales *self)
{
  if (self->listener_source != NULL)
    g_source_destroy (self->listener_source);
  g_clear_pointer (&self->listener_source, g_source_unref);
  g_clear_pointer (&self->listener, bitket_db_close);
}

static gboolean
heard_cb (int fd, GIOCondition condition, gpointer user_data)
{
  BitketSales *self = user_data;
  g_autoptr (GError) error = NULL;
  char *id;

  while ((id = bitket_db_take_notification (self->listener, &error)) != NULL)
    g_hash_table_add (self->news, id);
  if (g_hash_table_size (self->news) > 0)
    bitket_sales_wake (self);
  if (error == NULL)
    return G_SOURCE_CONTINUE;
  g_warning ("could not hear of other processes: %s", error->message);
  end_listening (self);
  return G_SOURCE_REMOVE;
}

/* What was told while nobody listened is found by looking around. */
static void
listen_again (BitketSales *self)
{
  g_autoptr (GError) error = NULL;

  end_listening (self);
  if (begin_listening (self, &error))
    {
      self->is_astray = TRUE;
      return;
    }
  g_info ("could not listen to other processes yet: %s", error->message);
  end_listening (self);
}

/* Who waits for a place leaves the queue; whose purchase is being paid stays. */
static void
send_waiters_away (BitketSales *self)
{
  GHashTableIter iter;
  gpointer id;

  g_hash_table_iter_init (&iter, self->waiters);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    g_hash_table_add (self->abandoned, g_strdup (id));
}

/* Says that this process lives. Who was held up so long that others may have taken its purchases
 * over was not told what became of them. */
static void
beat (BitketSales *self)
{
  g_autoptr (GError) error = NULL;
  gint64 silence_us = bitket_clock_get_now_us (self->clock) - self->seen_us;

  if (silence_us > bitket_sales_get_dead_after_us (self))
    self->is_astray = TRUE;
  if (!bitket_sales_adopt (self, &error))
    g_warning ("could not say that this process lives: %s", error->message);
  if (error != NULL && !bitket_db_ping (self->db, NULL))
    return;
  if (self->listener == NULL && bitket_db_get_dialect (self->db) == BITKET_DB_DIALECT_POSTGRESQL)
    listen_again (self);
}

static gboolean
tick_cb (gpointer user_data)
{
  BitketSales *self = user_data;
  guint n_ticks = (guint) (bitket_sales_get_dead_after_us (self) / BITKET_TIME_SECOND_US) / BEATS;

  self->n_ticks++;
  if (self->n_ticks % MAX (n_ticks, 1) == 0)
    beat (self);
  if (self->is_astray)
    bitket_sales_look_around (self);
  if (self->is_draining)
    send_waiters_away (self);
  self->looks_at_waiting = TRUE;
  bitket_sales_wake (self);
  bitket_sales_tell_positions (self);
  return G_SOURCE_CONTINUE;
}

typedef struct
{
  BitketSales *sales;
  GMutex mutex;
  GCond cond;
  gboolean is_over;
  GError *error;
} Start;

static void
end_start (Start *start)
{
  g_mutex_lock (&start->mutex);
  start->is_over = TRUE;
  g_cond_signal (&start->cond);
  g_mutex_unlock (&start->mutex);
}

static gboolean
set_up (BitketSales *self, GError **error)
{
  self->db = bitket_store_open (self->database, BITKET_DB_OPEN_DURABLE, error);
  return self->db != NULL && begin_listening (self, error) && bitket_sales_adopt (self, error);
}

static void
fail_all (GPtrArray *tasks)
{
  for (guint i = 0; i < tasks->len; i++)
    g_task_return_new_error (tasks->pdata[i], BITKET_SERVICE_ERROR,
                             BITKET_SERVICE_ERROR_UNAVAILABLE, "The service is being restarted.");
}

static void
fail_arrivals (BitketSales *self)
{
  Arrival *arrival;

  while ((arrival = g_async_queue_try_pop (self->inbox)) != NULL)
    {
      g_task_return_new_error (arrival->task, BITKET_SERVICE_ERROR,
                               BITKET_SERVICE_ERROR_UNAVAILABLE, "The service is being restarted.");
      bitket_sales_free_arrival (arrival);
    }
}

/* Cancelled payments come back once more. What came of others and cannot be written is asked for
 * again at the next start. */
static void
wind_up (BitketSales *self)
{
  GHashTableIter iter;
  gpointer value;

  fail_arrivals (self);
  g_cancellable_cancel (self->cancellable);
  g_hash_table_iter_init (&iter, self->payments);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (((Payment *) value)->again != NULL)
      g_hash_table_iter_remove (&iter);
  while (g_hash_table_size (self->payments) > self->settlements->len &&
         g_main_context_iteration (self->context, TRUE))
    ;
  if (self->settlements->len > 0)
    bitket_sales_take_turn (self);
  g_hash_table_iter_init (&iter, self->waiters);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    fail_all (value);
  fail_arrivals (self);
  g_source_destroy (self->tick);
  end_listening (self);
  g_clear_pointer (&self->db, bitket_db_close);
}

static gpointer
run_thread (gpointer data)
{
  Start *start = data;
  BitketSales *self = start->sales;
  gboolean is_up;

  g_main_context_push_thread_default (self->context);
  is_up = set_up (self, &start->error);
  if (is_up)
    g_source_attach (self->tick, self->context);
  end_start (start);
  if (is_up)
    g_main_loop_run (self->loop);
  wind_up (self);
  g_main_context_pop_thread_default (self->context);
  return NULL;
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
  g_source_set_callback (self->tick, tick_cb, self, NULL);
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
  Start start = { 0 };

  g_return_val_if_fail (options != NULL && options->database != NULL, NULL);
  g_return_val_if_fail (options->config != NULL && options->till != NULL, NULL);
  g_return_val_if_fail (options->changed != NULL, NULL);

  self = make_sales (options);
  start.sales = self;
  g_mutex_init (&start.mutex);
  g_cond_init (&start.cond);
  self->thread = g_thread_new ("queue", run_thread, &start);
  g_mutex_lock (&start.mutex);
  while (!start.is_over)
    g_cond_wait (&start.cond, &start.mutex);
  g_mutex_unlock (&start.mutex);
  g_mutex_clear (&start.mutex);
  g_cond_clear (&start.cond);
  if (start.error == NULL)
    return g_steal_pointer (&self);
  g_propagate_error (error, start.error);
  return NULL;
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
  send_waiters_away (self);
  bitket_sales_wake (self);
  return G_SOURCE_REMOVE;
}

void
bitket_sales_drain (BitketSales *self)
{
  g_return_if_fail (self != NULL);

  post (self, drain_cb, self, NULL);
}
