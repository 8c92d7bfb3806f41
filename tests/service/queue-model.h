/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-purchase.h"
#include "bitket-queue.h"

G_BEGIN_DECLS

/* The rules of the purchase queue once more, as plain as can be: everything is counted anew each
 * time, nothing is remembered beside what happened, and there is no database. Only the names of
 * states and refusals are the queue's. What it decides is what the queue has to decide.
 *
 * A model is a plain value: a copy of it is a point to come back to. */

#define MODEL_N_ORGANIZATIONS 2
#define MODEL_N_TYPES         6
#define MODEL_N_CHOICES       6
#define MODEL_N_LINKS         3
#define MODEL_N_USERS         4
#define MODEL_N_WORKERS       3
#define MODEL_MAX_ITEMS       4
#define MODEL_MAX_PURCHASES   64
#define MODEL_MAX_TICKETS     256
#define MODEL_NONE            (-1)

typedef struct
{
  int organization;
  gint64 price_ore;
  guint choices;   /* set of those it has */
  guint conflicts; /* set of types */
  gboolean is_published;
  gboolean is_general;
  gint64 max_total;    /* MODEL_NONE: no limit */
  gint64 max_personal; /* MODEL_NONE: no limit */
} ModelType;

typedef struct
{
  int type;
  gint64 quantity;
  gboolean is_revoked;
} ModelLink;

typedef struct
{
  int type;
  int choices[2]; /* MODEL_NONE: none */
  int link;
  gint64 price_ore;
  const char *state; /* as in the table */
  BitketRefusal refusal;
  int sold_choice;
} ModelItem;

typedef struct
{
  int organization;
  int user;
  int key; /* MODEL_NONE: none */
  int worker;
  gint64 wait_until_us;
  gint64 max_amount_ore;
  ModelItem items[MODEL_MAX_ITEMS];
  guint n_items;
  BitketPurchaseState state; /* NONE: has not come yet */
  int status;
  gint64 amount_ore;
} ModelPurchase;

typedef struct
{
  int type;
  int choices[2];
  int user;
  int link;
  int purchase; /* MODEL_NONE: made beside the queue; item is its number then */
  int item;
  gboolean is_refunded;
} ModelTicket;

typedef struct
{
  ModelType types[MODEL_N_TYPES];
  gint64 choice_max[MODEL_N_CHOICES];
  ModelLink links[MODEL_N_LINKS];
  ModelPurchase purchases[MODEL_MAX_PURCHASES];
  int line[MODEL_MAX_PURCHASES]; /* in order of arrival */
  guint n_line;
  ModelTicket tickets[MODEL_MAX_TICKETS];
  guint n_tickets;
  guint looked_at; /* set of types that the turn under way has to look at */
  guint news;      /* set of types all of whose waiters it has to look at */
} Model;

/* The steps of a turn. */
void model_enter (Model *self, int purchase, const ModelPurchase *order);
void model_settle (Model *self, int purchase, BitketSettlement settlement);
void model_expire (Model *self, int organization, gint64 now_us);
void model_abandon (Model *self, int purchase);
void model_look (Model *self, int organization);
/* Returns: the set of types that were looked at */
guint model_finish (Model *self);

/* What is so at this moment. */
gint64 model_count_sold (const Model *self, int type);
gint64 model_count_reserved (const Model *self, int type);
gint64 model_count_sold_choice (const Model *self, int choice);
gint64 model_count_reserved_choice (const Model *self, int choice);
/** model_find_fault: what holds for every state that a turn leaves, whatever the steps were.
 * @looked_at: what model_finish() returned. Returns: (transfer full) (nullable): what is wrong */
char *model_find_fault (const Model *self, guint looked_at);
/** model_describe: Returns: (transfer full): the state, a line a thing, as world_describe() has it
 */
char *model_describe (const Model *self);

G_END_DECLS
