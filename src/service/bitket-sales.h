/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

#include "bitket-clock.h"
#include "bitket-config.h"
#include "bitket-metrics.h"
#include "bitket-queue.h"
#include "bitket-till.h"

G_BEGIN_DECLS

/* Runs the purchase queue: a thread ("queue") with a connection of its own takes what has come
 * since its last turn, does it in one transaction, and while that is written to the disk the next
 * turn's work gathers: so purchases share commits, and nobody waits for a lock. Payments are asked
 * for side by side on that thread's context, outside of any transaction. Several processes on one
 * PostgreSQL share the queue; what one decides for another's purchase it tells it by NOTIFY. Who is
 * not heard of for a while is dead, and its purchases are taken over. Any thread may call; results
 * come in the caller's thread-default context. */
typedef struct _BitketSales BitketSales;

/** BitketSalesFunc: @message: JSON for those who watch @purchase; on the queue's thread */
typedef void (*BitketSalesFunc) (const char *purchase, const char *message, gpointer user_data);

typedef struct
{
  const char *database;
  BitketConfig *config;
  BitketTill *till;
  BitketClock *clock;
  BitketMetrics *metrics;
  BitketSalesFunc changed;
  gpointer user_data;
} BitketSalesOptions;

/** bitket_sales_new: opens the connection and takes over what a crash left behind. What @options
 * names outlives it. */
BitketSales *bitket_sales_new (const BitketSalesOptions *options, GError **error);
/** bitket_sales_free: (nullable): stops first */
void bitket_sales_free (BitketSales *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BitketSales, bitket_sales_free)

typedef enum
{
  BITKET_SALES_NONE,
  BITKET_SALES_ACCEPTED, /* it stands in the queue, durably */
  BITKET_SALES_FINISHED, /* it is decided, or took longer than a caller can wait */
} BitketSalesUntil;

/** bitket_sales_submit_async: @order: (transfer full) */
void bitket_sales_submit_async (BitketSales *self,
                                BitketOrder *order,
                                BitketSalesUntil until,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
/** bitket_sales_wait_async: until the purchase @id, which is there already, is decided */
void bitket_sales_wait_async (BitketSales *self,
                              const char *id,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
/** bitket_sales_finish: of both. Returns: (transfer full): the purchase's id: that of an earlier
 * one when the idempotency key has come before */
char *bitket_sales_finish (GAsyncResult *result, GError **error);

/** bitket_sales_watch: tells how @purchase stands: now, whenever that changes, and every second
 * where in the line it is, until it is over */
void bitket_sales_watch (BitketSales *self, const char *purchase);

/** bitket_sales_drain: the service is about to stop: who waits for places is sent away, payments
 * under way are waited for */
void bitket_sales_drain (BitketSales *self);
/** bitket_sales_stop: joins the thread; payments still under way are taken up at the next start.
 * May be called twice. */
void bitket_sales_stop (BitketSales *self);

G_END_DECLS
