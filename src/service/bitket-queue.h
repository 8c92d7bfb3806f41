/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-db.h"
#include "bitket-id.h"

G_BEGIN_DECLS

/* The purchase queue as steps over the database: arriving, giving places in order of arrival,
 * settling payments, running out of time. Every step is part of a turn, and a turn is one WRITE
 * transaction for one organization, during which nobody else has a turn of that organization. The
 * network is never asked within. A process that dies leaves nothing half done: what is written is
 * all there is. See docs/queue.md. */

/* One ticket that is asked for. */
typedef struct
{
  char ticket_type[BITKET_ID_SIZE];
  char access_code[BITKET_ID_SIZE]; /* "" without */
  char *choices;                    /* (owned) ids with blanks between */
  char *modifiers;                  /* (owned) ids with blanks between: those the buyer meets */
  gint64 price_ore;
} BitketOrderItem;

/* A purchase that was checked for form and price and wants to enter the queue. */
typedef struct
{
  char id[BITKET_ID_SIZE];
  char organization[BITKET_ID_SIZE];
  char user[BITKET_ID_SIZE];
  GArray *items;         /* (owned) BitketOrderItem, at least one */
  gint64 max_amount_ore; /* what the buyer agreed to pay at most */
  char *payload;         /* (owned) the card's token */
  char *nin;             /* (owned) (nullable) */
  gboolean is_kept;      /* the buyer can ask for the outcome later: it survives a crash while it
                            waits */
  gint64 wait_us;        /* how long it may wait for places */
  char *idempotency_key; /* (owned) (nullable) */
  char *request_hash;    /* (owned) (nullable) */
} BitketOrder;

BitketOrder *bitket_order_new (void);
void bitket_order_free (BitketOrder *order);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BitketOrder, bitket_order_free)
/** bitket_order_add_item: @item: its texts are taken over */
void bitket_order_add_item (BitketOrder *order, const BitketOrderItem *item);

typedef enum
{
  BITKET_PURCHASE_NONE,
  BITKET_PURCHASE_QUEUED, /* waits for places that others are paying for */
  BITKET_PURCHASE_PAYING, /* has its places; the provider is asked for the money */
  BITKET_PURCHASE_DONE,   /* answered with 207 */
  BITKET_PURCHASE_FAILED, /* answered with an error; nothing is held, nothing was charged */
} BitketPurchaseState;

const char *bitket_purchase_state_to_string (BitketPurchaseState state);
BitketPurchaseState bitket_purchase_state_from_string (const char *text);
static inline gboolean
bitket_purchase_state_is_final (BitketPurchaseState state)
{
  return state == BITKET_PURCHASE_DONE || state == BITKET_PURCHASE_FAILED;
}

/* What a turn did to a purchase. */
typedef struct
{
  char id[BITKET_ID_SIZE];
  char worker[BITKET_ID_SIZE]; /* the process that looks after it */
  BitketPurchaseState state;
} BitketPurchaseChange;

typedef struct _BitketTurn BitketTurn;

/** bitket_turn_new: begins a turn inside an open WRITE transaction; waits for that of another
 * process */
BitketTurn *bitket_turn_new (BitketDb *db, const char *organization, gint64 now_us, GError **error);
/** bitket_turn_free: (nullable): without bitket_turn_finish() the transaction is to be rolled back
 */
void bitket_turn_free (BitketTurn *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BitketTurn, bitket_turn_free)

/**
 * bitket_turn_enter:
 * @worker: who looks after it
 * @existing: (out): the purchase that has come with the same idempotency key before, "" without:
 * then nothing was written
 *
 * Takes the next place in the order of arrival. What can never be had is refused at once.
 */
gboolean bitket_turn_enter (BitketTurn *self,
                            const BitketOrder *order,
                            const char *worker,
                            char existing[BITKET_ID_SIZE],
                            GError **error);

typedef enum
{
  BITKET_SETTLE_NONE,
  BITKET_SETTLE_PAID,
  BITKET_SETTLE_DECLINED,    /* 402 with @detail */
  BITKET_SETTLE_REFUSED,     /* 503: the provider does not take our payments */
  BITKET_SETTLE_INTERRUPTED, /* 503: there is no payment, and nobody waits any more */
} BitketSettlement;
/**
 * bitket_turn_settle:
 * @stripe_id: (nullable): of the payment; @detail: (nullable): what the buyer reads
 *
 * Ends a payment: the tickets are the buyer's, or their places are given back. A purchase that is
 * not paying (any more) is left as it is, so that settling twice is settling once.
 */
gboolean bitket_turn_settle (BitketTurn *self,
                             const char *purchase,
                             BitketSettlement settlement,
                             const char *stripe_id,
                             const char *detail,
                             GError **error);
/** bitket_turn_expire: those who have waited as long as they may go on with the places they have */
gboolean bitket_turn_expire (BitketTurn *self, GError **error);
/** bitket_turn_abandon: a purchase that waits, and whose buyer is gone, leaves the queue */
gboolean bitket_turn_abandon (BitketTurn *self, const char *purchase, GError **error);
/** bitket_turn_look_at_waiting: somebody else may have freed places (a refund, a higher limit) */
gboolean bitket_turn_look_at_waiting (BitketTurn *self, GError **error);
/** bitket_turn_finish: gives what is free in order of arrival and decides what can be decided.
 * Returns: (transfer none) (nullable) (element-type BitketPurchaseChange): lives as long as the
 * turn */
GArray *bitket_turn_finish (BitketTurn *self, GError **error);

/* Beside turns. */

/** bitket_queue_beat: @worker is alive. WRITE transaction. */
gboolean bitket_queue_beat (BitketDb *db, const char *worker, gint64 now_us, GError **error);
/**
 * bitket_queue_adopt:
 * Takes over every purchase whose worker was not heard of since @dead_before_us, and forgets such
 * workers. WRITE transaction.
 * Returns: (transfer full) (element-type utf8): their ids
 */
GPtrArray *
bitket_queue_adopt (BitketDb *db, const char *worker, gint64 dead_before_us, GError **error);
/** bitket_queue_list_waiting: Returns: (transfer full) (element-type utf8): the organizations in
 * whose queue somebody waits */
GPtrArray *bitket_queue_list_waiting (BitketDb *db, GError **error);

/* A purchase as its payment needs it. */
typedef struct
{
  char id[BITKET_ID_SIZE];
  char organization[BITKET_ID_SIZE];
  char worker[BITKET_ID_SIZE];
  BitketPurchaseState state;
  gboolean is_kept;
  gint64 charged_from_us; /* when the payment was first to be asked for */
  gint64 amount_ore;
  char *account;    /* (owned) (nullable) the organization's at Stripe */
  char *payload;    /* (owned) */
  char *email;      /* (owned) */
  char *ownerships; /* (owned) "id,id" */
} BitketPurchase;

/** bitket_purchase_load: %NULL without @error when there is none */
BitketPurchase *bitket_purchase_load (BitketDb *db, const char *id, GError **error);
void bitket_purchase_free (BitketPurchase *purchase);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BitketPurchase, bitket_purchase_free)

G_END_DECLS
