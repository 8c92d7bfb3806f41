/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-backoff.h"
#include "bitket-sales.h"

G_BEGIN_DECLS

#define BITKET_SALES_CHANNEL "bitket_purchases"

/* Somebody wants to enter, or asks for the outcome. */
typedef struct
{
  BitketOrder *order; /* (owned) (nullable): only a question */
  char id[BITKET_ID_SIZE];
  BitketSalesUntil until;
  GTask *task; /* (owned) */
} Arrival;

/* A payment came to an end. */
typedef struct
{
  char id[BITKET_ID_SIZE];
  char organization[BITKET_ID_SIZE];
  BitketSettlement settlement;
  char *stripe_id; /* (owned) (nullable) */
  char *detail;    /* (owned) (nullable) */
} Settlement;

/* A payment under way. */
typedef struct
{
  BitketSales *sales;       /* (unowned) */
  BitketPurchase *purchase; /* (owned) */
  BitketBackoff backoff;
  gint64 charged_us;    /* when it was last asked for; 0: not by this process */
  gboolean finds;       /* the next question is what became of it */
  gboolean is_doubtful; /* something may have been charged */
  gboolean is_refused;  /* the provider does not take it; whether it did before is not known yet */
  GSource *again;       /* (owned) (nullable) */
} Payment;

/* All of it belongs to the queue's thread, but for the inbox and what says otherwise. */
struct _BitketSales
{
  BitketConfig *config;   /* (owned) */
  BitketTill *till;       /* (unowned) */
  BitketClock *clock;     /* (owned) */
  BitketMetrics *metrics; /* (unowned) */
  BitketSalesFunc changed;
  gpointer user_data;
  char *database; /* (owned) */
  char worker[BITKET_ID_SIZE];

  GThread *thread;           /* (owned) (nullable) */
  GMainContext *context;     /* (owned) */
  GMainLoop *loop;           /* (owned) */
  GAsyncQueue *inbox;        /* (owned) (element-type Arrival) any thread */
  gint is_turn_due;          /* (atomic) */
  gboolean is_draining;      /* nobody waits for places any more */
  GMutex mutex;              /* of watched */
  GHashTable *watched;       /* (owned) (mutex mutex) ids */
  GCancellable *cancellable; /* (owned) */

  BitketDb *db;             /* (owned) (nullable) */
  BitketDb *listener;       /* (owned) (nullable) hears what other processes tell */
  GSource *listener_source; /* (owned) (nullable) */
  GSource *tick;            /* (owned) */
  guint n_ticks;
  gint64 seen_us;            /* when this process last said that it lives */
  gboolean is_astray;        /* something may have happened unseen: all that is open is looked at */
  GHashTable *waiters;       /* (owned) id → GPtrArray of GTask */
  GHashTable *payments;      /* (owned) id → Payment */
  GPtrArray *settlements;    /* (owned) (element-type Settlement) not written yet */
  GHashTable *abandoned;     /* (owned) set of purchases that are to leave the queue */
  GHashTable *news;          /* (owned) set of purchases that others decided */
  gboolean looks_at_waiting; /* the next turn gives up on those whose time is over */
};

/* Any thread: a turn begins as soon as the queue's thread is free. */
void bitket_sales_wake (BitketSales *self);

/* In bitket-sales-thread.c. */
/* Starts the thread and waits until it is set up. */
gboolean bitket_sales_start (BitketSales *self, GError **error);
gboolean bitket_sales_tick_cb (gpointer user_data);
/* Who waits for a place leaves the queue; whose purchase is being paid stays. */
void bitket_sales_send_waiters_away (BitketSales *self);

/* In bitket-sales-turn.c. */
void bitket_sales_take_turn (BitketSales *self);
/* Takes over what dead processes left; says that this one lives. */
gboolean bitket_sales_adopt (BitketSales *self, GError **error);
/* Looks at everything that this process looks after or that somebody waits for here, as if others
 * had told of it. */
void bitket_sales_look_around (BitketSales *self);
/* How long nothing is to be heard of a process until it counts as dead. */
gint64 bitket_sales_get_dead_after_us (BitketSales *self);
void bitket_sales_free_arrival (Arrival *arrival);
void bitket_sales_free_settlement (Settlement *settlement);
/* Those who wait for @id get their answer. */
void bitket_sales_release_waiters (BitketSales *self, const char *id);
/* Tells those who watch @id how it stands. */
void bitket_sales_tell_state (BitketSales *self, const char *id);
/* Tells everybody who watches where they stand. */
void bitket_sales_tell_positions (BitketSales *self);

/* In bitket-sales-pay.c. */
/* @purchase: (transfer full). Of one that is being paid already it does nothing. */
void bitket_sales_pay (BitketSales *self, BitketPurchase *purchase);
/* The same for one that another process may have asked for. */
void bitket_sales_resume_payment (BitketSales *self, BitketPurchase *purchase);
void bitket_sales_free_payment (Payment *payment);

G_END_DECLS
