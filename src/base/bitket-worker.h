/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A named thread with a queue: one job after the other, in the order given. What takes three or
 * more steps is written as plain synchronous code and run here, with a thin async pair on top. A
 * worker owns what only it may touch (a database); those functions assert
 * bitket_worker_is_current(). */
#define BITKET_TYPE_WORKER (bitket_worker_get_type ())
G_DECLARE_FINAL_TYPE (BitketWorker, bitket_worker, BITKET, WORKER, GObject)

/**
 * BitketWorkerFunc:
 * @data: what was given with the job
 * @cancellable: (nullable): check it where waiting is possible
 *
 * Runs on the worker's thread. Returns: (transfer full) (nullable): the result, or %NULL with
 * @error set, or %NULL without error for jobs that have nothing to say
 */
typedef gpointer (*BitketWorkerFunc) (gpointer data, GCancellable *cancellable, GError **error);

/** bitket_worker_new: starts the thread. @name: at most 15 bytes, shows in ps and gdb */
BitketWorker *bitket_worker_new (const char *name);
/**
 * bitket_worker_run_async:
 * @data: (transfer full): freed with @data_free once the job is over, on the worker's thread
 * @result_free: (nullable): frees the result when nobody takes it
 *
 * A job that is cancelled before its turn is not run: G_IO_ERROR_CANCELLED. After
 * bitket_worker_stop(): G_IO_ERROR_CLOSED. @callback runs once, later, in the caller's
 * thread-default context.
 */
void bitket_worker_run_async (BitketWorker *self,
                              BitketWorkerFunc func,
                              gpointer data,
                              GDestroyNotify data_free,
                              GDestroyNotify result_free,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
gpointer bitket_worker_run_finish (BitketWorker *self, GAsyncResult *result, GError **error);
/** bitket_worker_run: the same, waiting for the result. Never from the worker itself. */
gpointer
bitket_worker_run (BitketWorker *self, BitketWorkerFunc func, gpointer data, GError **error);
gboolean bitket_worker_is_current (BitketWorker *self);
guint bitket_worker_get_n_waiting (BitketWorker *self);
/** bitket_worker_stop: takes no more jobs, runs those that wait, joins the thread. May be called
 * twice. */
void bitket_worker_stop (BitketWorker *self);

G_END_DECLS
