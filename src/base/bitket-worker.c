/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-base"

#include "bitket-worker.h"

#include <string.h>

/* What the thread and its worker share. Counted, because the thread may outlive the worker: the
 * last reference to the worker can be dropped by a job. */
typedef struct
{
  gatomicrefcount n_refs;
  GMutex mutex;
  GCond changed;
  GQueue jobs;        /* (mutex mutex) of Job */
  gboolean is_closed; /* (mutex mutex) */
} JobQueue;

struct _BitketWorker
{
  GObject parent_instance;

  JobQueue *queue;   /* (owned) */
  GMutex stop_mutex; /* one at a time joins */
  GThread *thread;   /* (owned) (nullable) (mutex stop_mutex): NULL once joined */
};

/* Where bitket_worker_run() waits. */
typedef struct
{
  GMutex mutex;
  GCond changed;
  gboolean is_done; /* (mutex mutex) */
  gpointer result;  /* (mutex mutex) */
  GError *error;    /* (mutex mutex) (owned) (nullable) */
} Waiter;

typedef struct
{
  BitketWorkerFunc func;
  gpointer data;
  GDestroyNotify data_free;   /* (nullable) */
  GDestroyNotify result_free; /* (nullable) */
  GTask *task;                /* (owned) (nullable): who asked and goes on */
  Waiter *waiter;             /* (nullable): who asked and stands waiting */
} Job;

G_DEFINE_FINAL_TYPE (BitketWorker, bitket_worker, G_TYPE_OBJECT)

/* The queue that the current thread serves. */
static GPrivate current_queue;

static JobQueue *
create_queue (void)
{
  JobQueue *queue = g_new0 (JobQueue, 1);

  g_atomic_ref_count_init (&queue->n_refs);
  g_mutex_init (&queue->mutex);
  g_cond_init (&queue->changed);
  g_queue_init (&queue->jobs);
  return queue;
}

static JobQueue *
ref_queue (JobQueue *queue)
{
  g_atomic_ref_count_inc (&queue->n_refs);
  return queue;
}

static void
unref_queue (JobQueue *queue)
{
  if (!g_atomic_ref_count_dec (&queue->n_refs))
    return;
  g_assert (g_queue_is_empty (&queue->jobs));
  g_mutex_clear (&queue->mutex);
  g_cond_clear (&queue->changed);
  g_free (queue);
}

/* Returns %FALSE when the queue takes no more. */
static gboolean
push_job (JobQueue *queue, Job *job)
{
  gboolean is_taken;

  g_mutex_lock (&queue->mutex);
  is_taken = !queue->is_closed;
  if (is_taken)
    {
      g_queue_push_tail (&queue->jobs, job);
      g_cond_signal (&queue->changed);
    }
  g_mutex_unlock (&queue->mutex);
  return is_taken;
}

/* Waits for the next job. Returns %NULL when there will be none. */
static Job *
pop_job (JobQueue *queue)
{
  Job *job;

  g_mutex_lock (&queue->mutex);
  while (g_queue_is_empty (&queue->jobs) && !queue->is_closed)
    g_cond_wait (&queue->changed, &queue->mutex);
  job = g_queue_pop_head (&queue->jobs);
  g_mutex_unlock (&queue->mutex);
  return job;
}

static void
close_queue (JobQueue *queue)
{
  g_mutex_lock (&queue->mutex);
  queue->is_closed = TRUE;
  g_cond_signal (&queue->changed);
  g_mutex_unlock (&queue->mutex);
}

/* The job is freed before its answer is given, so that who gets the answer finds it gone. */
static void
answer_job (Job *job, gpointer result, GError *error)
{
  g_autoptr (GTask) task = g_steal_pointer (&job->task);
  Waiter *waiter = job->waiter;
  GDestroyNotify result_free = job->result_free;

  if (job->data_free != NULL)
    job->data_free (job->data);
  g_free (job);

  if (task != NULL && error != NULL)
    g_task_return_error (task, error);
  else if (task != NULL)
    g_task_return_pointer (task, result, result_free);
  if (waiter == NULL)
    return;

  g_mutex_lock (&waiter->mutex);
  waiter->is_done = TRUE;
  waiter->result = result;
  waiter->error = error;
  g_cond_signal (&waiter->changed);
  g_mutex_unlock (&waiter->mutex);
}

static void
run_job (Job *job)
{
  GCancellable *cancellable = job->task != NULL ? g_task_get_cancellable (job->task) : NULL;
  GError *error = NULL;
  gpointer result = NULL;

  if (!g_cancellable_set_error_if_cancelled (cancellable, &error))
    result = job->func (job->data, cancellable, &error);
  if (error != NULL && result != NULL)
    {
      g_critical ("a job gave both a result and an error: %s", error->message);
      if (job->result_free != NULL)
        job->result_free (result);
      result = NULL;
    }
  answer_job (job, result, error);
}

static gpointer
serve_queue (gpointer data)
{
  JobQueue *queue = data;
  Job *job;

  g_private_set (&current_queue, queue);
  while ((job = pop_job (queue)) != NULL)
    run_job (job);
  unref_queue (queue);
  return NULL;
}

static void
bitket_worker_dispose (GObject *object)
{
  BitketWorker *self = BITKET_WORKER (object);

  if (bitket_worker_is_current (self))
    {
      /* The last reference fell on the worker's own thread, which cannot join itself. It ends by
       * itself after the jobs that wait. */
      close_queue (self->queue);
      g_clear_pointer (&self->thread, g_thread_unref);
    }
  else
    {
      bitket_worker_stop (self);
    }
  G_OBJECT_CLASS (bitket_worker_parent_class)->dispose (object);
}

static void
bitket_worker_finalize (GObject *object)
{
  BitketWorker *self = BITKET_WORKER (object);

  unref_queue (self->queue);
  g_mutex_clear (&self->stop_mutex);
  G_OBJECT_CLASS (bitket_worker_parent_class)->finalize (object);
}

static void
bitket_worker_class_init (BitketWorkerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = bitket_worker_dispose;
  object_class->finalize = bitket_worker_finalize;
}

static void
bitket_worker_init (BitketWorker *self)
{
  self->queue = create_queue ();
  g_mutex_init (&self->stop_mutex);
}

BitketWorker *
bitket_worker_new (const char *name)
{
  BitketWorker *self;

  g_return_val_if_fail (name != NULL && *name != '\0' && strlen (name) <= 15, NULL);

  self = g_object_new (BITKET_TYPE_WORKER, NULL);
  self->thread = g_thread_new (name, serve_queue, ref_queue (self->queue));
  return self;
}

void
bitket_worker_run_async (BitketWorker *self,
                         BitketWorkerFunc func,
                         gpointer data,
                         GDestroyNotify data_free,
                         GDestroyNotify result_free,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  GTask *task;
  Job *job;

  g_return_if_fail (BITKET_IS_WORKER (self));
  g_return_if_fail (func != NULL);
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, bitket_worker_run_async);
  /* What was done is reported as done, also when the cancellation came after it. */
  g_task_set_check_cancellable (task, FALSE);

  job = g_new0 (Job, 1);
  *job = (Job) { func, data, data_free, result_free, task, NULL };
  if (!push_job (self->queue, job))
    answer_job (job, NULL,
                g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CLOSED,
                                     "cannot start the work: its worker has stopped"));
}

gpointer
bitket_worker_run_finish (BitketWorker *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

gpointer
bitket_worker_run (BitketWorker *self, BitketWorkerFunc func, gpointer data, GError **error)
{
  Waiter waiter = { 0 };
  Job *job;

  g_return_val_if_fail (BITKET_IS_WORKER (self), NULL);
  g_return_val_if_fail (func != NULL, NULL);
  /* Waiting for itself would never end. */
  g_assert (!bitket_worker_is_current (self));

  g_mutex_init (&waiter.mutex);
  g_cond_init (&waiter.changed);
  job = g_new0 (Job, 1);
  *job = (Job) { func, data, NULL, NULL, NULL, &waiter };
  if (!push_job (self->queue, job))
    answer_job (job, NULL,
                g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CLOSED,
                                     "cannot start the work: its worker has stopped"));

  g_mutex_lock (&waiter.mutex);
  while (!waiter.is_done)
    g_cond_wait (&waiter.changed, &waiter.mutex);
  g_mutex_unlock (&waiter.mutex);
  g_mutex_clear (&waiter.mutex);
  g_cond_clear (&waiter.changed);

  if (waiter.error != NULL)
    g_propagate_error (error, waiter.error);
  return waiter.result;
}

gboolean
bitket_worker_is_current (BitketWorker *self)
{
  g_return_val_if_fail (BITKET_IS_WORKER (self), FALSE);

  return g_private_get (&current_queue) == self->queue;
}

/* Jobs that wait, without the one that runs. */
guint
bitket_worker_get_n_waiting (BitketWorker *self)
{
  guint n_waiting;

  g_return_val_if_fail (BITKET_IS_WORKER (self), 0);

  g_mutex_lock (&self->queue->mutex);
  n_waiting = self->queue->jobs.length;
  g_mutex_unlock (&self->queue->mutex);
  return n_waiting;
}

void
bitket_worker_stop (BitketWorker *self)
{
  g_return_if_fail (BITKET_IS_WORKER (self));
  /* A thread cannot join itself. */
  g_assert (!bitket_worker_is_current (self));

  close_queue (self->queue);
  g_mutex_lock (&self->stop_mutex);
  g_clear_pointer (&self->thread, g_thread_join);
  g_mutex_unlock (&self->stop_mutex);
}
