/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

/* The queue's own thread: what it begins with, what it does every second, how it ends. */

#include "bitket-sales-private.h"

#include <glib-unix.h>

#include "bitket-service-error.h"
#include "bitket-store.h"
#include "bitket-time.h"

/* So many beats in the time after which a process counts as dead. */
#define BEATS 3

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

void
bitket_sales_send_waiters_away (BitketSales *self)
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

gboolean
bitket_sales_tick_cb (gpointer user_data)
{
  BitketSales *self = user_data;
  guint n_ticks = (guint) (bitket_sales_get_dead_after_us (self) / BITKET_TIME_SECOND_US) / BEATS;

  self->n_ticks++;
  if (self->n_ticks % MAX (n_ticks, 1) == 0)
    beat (self);
  if (self->is_astray)
    bitket_sales_look_around (self);
  if (self->is_draining)
    bitket_sales_send_waiters_away (self);
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

gboolean
bitket_sales_start (BitketSales *self, GError **error)
{
  Start start = { .sales = self };

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
    return TRUE;
  g_propagate_error (error, start.error);
  return FALSE;
}
