/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-pool.h"

#include "bitket-store.h"

#define N_FAST_SQLITE     2
#define N_FAST_POSTGRESQL 4
#define N_NETWORK         6

typedef struct
{
  BitketWorker *worker; /* (owned) */
  BitketDb *db;         /* (owned) (nullable) the worker's alone */
  BitketLane lane;
} Slot;

struct _BitketPool
{
  GPtrArray *slots; /* (owned) (element-type Slot) */
  gint next;        /* (atomic) where the search begins, so that equally idle workers take turns */
};

typedef struct
{
  Slot *slot; /* (unowned) */
  BitketPoolFunc func;
  gpointer data;
  GDestroyNotify data_free;
} Job;

static void
free_slot (Slot *slot)
{
  g_clear_object (&slot->worker);
  g_assert (slot->db == NULL);
  g_free (slot);
}

static gpointer
open_db (gpointer data, GCancellable *cancellable, GError **error)
{
  /* An entry that was answered must survive a power cut: the door has forgotten it by then. */
  return bitket_store_open (data, BITKET_DB_OPEN_DURABLE, error);
}

static gpointer
close_db (gpointer data, GCancellable *cancellable, GError **error)
{
  Slot *slot = data;

  g_clear_pointer (&slot->db, bitket_db_close);
  return NULL;
}

static const char *
get_lane_name (BitketLane lane)
{
  switch (lane)
    {
    case BITKET_LANE_SLOW:
      return "hash";
    case BITKET_LANE_NETWORK:
      return "net";
    case BITKET_LANE_FAST:
    case BITKET_LANE_NONE:
      break;
    }
  return "db";
}

static gboolean
add_slot (BitketPool *self, BitketLane lane, const char *uri, GError **error)
{
  g_autofree char *name = g_strdup_printf ("%s-%u", get_lane_name (lane), self->slots->len + 1);
  Slot *slot = g_new0 (Slot, 1);

  slot->lane = lane;
  slot->worker = bitket_worker_new (name);
  g_ptr_array_add (self->slots, slot);
  slot->db = bitket_worker_run (slot->worker, open_db, (gpointer) uri, error);
  return slot->db != NULL;
}

BitketPool *
bitket_pool_new (const char *uri, GError **error)
{
  g_autoptr (BitketPool) self = NULL;
  Slot *first;
  guint n_fast;

  g_return_val_if_fail (uri != NULL, NULL);

  self = g_new0 (BitketPool, 1);
  self->slots = g_ptr_array_new_with_free_func ((GDestroyNotify) free_slot);
  if (!add_slot (self, BITKET_LANE_FAST, uri, error))
    return NULL;
  first = self->slots->pdata[0];
  n_fast = bitket_db_get_dialect (first->db) == BITKET_DB_DIALECT_POSTGRESQL ? N_FAST_POSTGRESQL
                                                                             : N_FAST_SQLITE;
  for (guint i = 1; i < n_fast; i++)
    if (!add_slot (self, BITKET_LANE_FAST, uri, error))
      return NULL;
  if (!add_slot (self, BITKET_LANE_SLOW, uri, error))
    return NULL;
  for (guint i = 0; i < N_NETWORK; i++)
    if (!add_slot (self, BITKET_LANE_NETWORK, uri, error))
      return NULL;
  return g_steal_pointer (&self);
}

void
bitket_pool_stop (BitketPool *self)
{
  g_return_if_fail (self != NULL);

  for (guint i = 0; i < self->slots->len; i++)
    {
      Slot *slot = self->slots->pdata[i];

      if (slot->db != NULL)
        bitket_worker_run (slot->worker, close_db, slot, NULL);
      bitket_worker_stop (slot->worker);
    }
}

void
bitket_pool_free (BitketPool *self)
{
  bitket_pool_stop (self);
  g_ptr_array_unref (self->slots);
  g_free (self);
}

static Slot *
choose_slot (BitketPool *self, BitketLane lane)
{
  Slot *best = NULL;
  guint best_n = G_MAXUINT;
  guint next = (guint) g_atomic_int_add (&self->next, 1);

  for (guint i = 0; i < self->slots->len; i++)
    {
      Slot *slot = self->slots->pdata[(next + i) % self->slots->len];
      guint n_waiting;

      if (slot->lane != lane)
        continue;
      n_waiting = bitket_worker_get_n_waiting (slot->worker);
      if (n_waiting < best_n)
        {
          best = slot;
          best_n = n_waiting;
        }
    }
  g_assert (best != NULL);
  return best;
}

static void
free_job (Job *job)
{
  if (job->data_free != NULL)
    job->data_free (job->data);
  g_free (job);
}

static gpointer
run_job (gpointer data, GCancellable *cancellable, GError **error)
{
  Job *job = data;

  g_assert (bitket_worker_is_current (job->slot->worker));
  return job->func (job->data, job->slot->db, error);
}

void
bitket_pool_run_async (BitketPool *self,
                       BitketLane lane,
                       BitketPoolFunc func,
                       gpointer data,
                       GDestroyNotify data_free,
                       GDestroyNotify result_free,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  Job *job;

  g_return_if_fail (self != NULL && func != NULL);

  job = g_new0 (Job, 1);
  *job = (Job) { choose_slot (self, lane), func, data, data_free };
  bitket_worker_run_async (job->slot->worker, run_job, job, (GDestroyNotify) free_job, result_free,
                           NULL, callback, user_data);
}

gpointer
bitket_pool_run_finish (GAsyncResult *result, GError **error)
{
  g_autoptr (GObject) worker = NULL;

  g_return_val_if_fail (G_IS_ASYNC_RESULT (result), NULL);

  worker = g_async_result_get_source_object (result);
  return bitket_worker_run_finish (BITKET_WORKER (worker), result, error);
}

gpointer
bitket_pool_run (BitketPool *self, BitketPoolFunc func, gpointer data, GError **error)
{
  Job job;

  g_return_val_if_fail (self != NULL && func != NULL, NULL);

  job = (Job) { choose_slot (self, BITKET_LANE_FAST), func, data, NULL };
  return bitket_worker_run (job.slot->worker, run_job, &job, error);
}

guint
bitket_pool_get_n_waiting (BitketPool *self, BitketLane lane)
{
  guint n_waiting = 0;

  g_return_val_if_fail (self != NULL, 0);

  for (guint i = 0; i < self->slots->len; i++)
    {
      Slot *slot = self->slots->pdata[i];

      if (slot->lane == lane)
        n_waiting += bitket_worker_get_n_waiting (slot->worker);
    }
  return n_waiting;
}
