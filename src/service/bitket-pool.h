/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-db.h"
#include "bitket-worker.h"

G_BEGIN_DECLS

/* The workers that own the service's database connections: two on SQLite, four on PostgreSQL, one
 * more for what is slow on purpose (hashing passwords) and some for what waits for other servers,
 * so that it holds up nobody. Any thread. */
typedef struct _BitketPool BitketPool;

typedef enum
{
  BITKET_LANE_NONE,
  BITKET_LANE_FAST,
  BITKET_LANE_SLOW,
  BITKET_LANE_NETWORK,
} BitketLane;

/** BitketPoolFunc: as #BitketWorkerFunc, with the connection of the worker it runs on */
typedef gpointer (*BitketPoolFunc) (gpointer data, BitketDb *db, GError **error);

/** bitket_pool_new: opens every connection; the first migrates */
BitketPool *bitket_pool_new (const char *uri, GError **error);
/** bitket_pool_free: stops first */
void bitket_pool_free (BitketPool *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BitketPool, bitket_pool_free)

/** bitket_pool_run_async: on the lane's worker with the fewest jobs waiting. Ownership and callback
 * as bitket_worker_run_async(); take the result with bitket_pool_run_finish() */
void bitket_pool_run_async (BitketPool *self,
                            BitketLane lane,
                            BitketPoolFunc func,
                            gpointer data,
                            GDestroyNotify data_free,
                            GDestroyNotify result_free,
                            GAsyncReadyCallback callback,
                            gpointer user_data);
gpointer bitket_pool_run_finish (GAsyncResult *result, GError **error);
/** bitket_pool_run: the same, waiting: before and after the main loop only */
gpointer bitket_pool_run (BitketPool *self, BitketPoolFunc func, gpointer data, GError **error);
guint bitket_pool_get_n_waiting (BitketPool *self, BitketLane lane);
/** bitket_pool_stop: what waits is done first; closes the connections */
void bitket_pool_stop (BitketPool *self);

G_END_DECLS
