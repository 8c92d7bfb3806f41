/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-refund-keeper.h"

#include "bitket-refund.h"

#define INTERVAL_S 60

struct _BitketRefundKeeper
{
  BitketPool *pool;   /* (unowned) */
  BitketTill *till;   /* (unowned) */
  BitketClock *clock; /* (unowned) */
  GSource *timer;     /* (owned) */
};

/* One round, on a worker. The keeper may be gone by then. */
typedef struct
{
  BitketTill *till; /* (unowned) outlives the pool */
  gint64 now_us;
} Round;

static gpointer
run_round (gpointer data, BitketDb *db, GError **error)
{
  const Round *round = data;

  bitket_refunds_resume (round->till, db, round->now_us, error);
  return NULL;
}

static void
round_over_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  bitket_pool_run_finish (result, &error);
  if (error != NULL)
    g_info ("pending refunds have to wait: %s", error->message);
}

static gboolean
begin_round_cb (gpointer user_data)
{
  BitketRefundKeeper *self = user_data;
  Round *round = g_new0 (Round, 1);

  round->till = self->till;
  round->now_us = bitket_clock_get_now_us (self->clock);
  bitket_pool_run_async (self->pool, BITKET_LANE_NETWORK, run_round, round, g_free, NULL,
                         round_over_cb, NULL);
  return G_SOURCE_CONTINUE;
}

BitketRefundKeeper *
bitket_refund_keeper_new (BitketPool *pool, BitketTill *till, BitketClock *clock)
{
  BitketRefundKeeper *self = g_new0 (BitketRefundKeeper, 1);

  self->pool = pool;
  self->till = till;
  self->clock = clock;
  self->timer = g_timeout_source_new_seconds (INTERVAL_S);
  g_source_set_callback (self->timer, begin_round_cb, self, NULL);
  g_source_attach (self->timer, g_main_context_get_thread_default ());
  begin_round_cb (self);
  return self;
}

void
bitket_refund_keeper_free (BitketRefundKeeper *self)
{
  if (self == NULL)
    return;
  g_source_destroy (self->timer);
  g_source_unref (self->timer);
  g_free (self);
}
