/* SPDX-License-Identifier: MIT */
#pragma once

#include "queue-world.h"

G_BEGIN_DECLS

/* Random steps of the queue, made from a seed, and run in a database and in the model. */

typedef enum
{
  OP_ENTER,
  OP_SETTLE,
  OP_EXPIRE,
  OP_ABANDON,
  OP_LOOK,
} OpKind;

typedef struct
{
  OpKind kind;
  int purchase;
  ModelPurchase order; /* for ENTER */
  gint64 wait_us;
  BitketSettlement settlement; /* for SETTLE */
  int existing;                /* (out) for ENTER: what came with the same key before */
} Op;

typedef enum
{
  CRASH_NONE,
  CRASH_IN_STATEMENT,
  CRASH_BEFORE_FINISH,
  CRASH_BEFORE_COMMIT,
} Crash;

#define MAX_OPS 4

typedef struct
{
  int organization;
  Op ops[MAX_OPS];
  guint n_ops;
  gint64 now_us;
  Crash crash;
  gint64 fuse;                                   /* the statement that fails */
  int number;                                    /* (out): its place in the order of all turns */
  BitketPurchaseState told[MODEL_MAX_PURCHASES]; /* (out): what it said to have changed */
} Turn;

#define MAX_INCARNATIONS 64

typedef struct
{
  guint32 seed;
  GRand *rand; /* (owned) */
  Model model;
  gint64 now_us;
  int n_purchases;
  int n_issued;
  gboolean has_new_limits;
  int workers[MODEL_N_WORKERS]; /* who they are now: a new one after each crash */
  int n_incarnations;
  gint64 seen_us[MAX_INCARNATIONS];               /* MODEL_NONE: never */
  BitketSettlement outcomes[MODEL_MAX_PURCHASES]; /* what the provider did: it does not change */
  gint64 charged_ore[MODEL_MAX_PURCHASES];
  GString *log; /* (owned) */
} Schedule;

void schedule_init (Schedule *self, guint32 seed);
void schedule_clear (Schedule *self);
gboolean schedule_is_full (const Schedule *self);
/** schedule_make_turn: some random steps of somebody */
void schedule_make_turn (Schedule *self, Turn *turn);
/** schedule_make_settling: the payments that are under way in @organization come to their end.
 * Returns: %FALSE when there are none */
gboolean schedule_make_settling (Schedule *self, int organization, Turn *turn);
/** schedule_change_limits: one of them */
void schedule_change_limits (Schedule *self);
/** schedule_restart_worker: the one that was is never heard of again */
void schedule_restart_worker (Schedule *self, int worker);

/**
 * turn_run:
 * @counter: (nullable): numbers the turns in the order in which they got their lock
 *
 * Returns: %TRUE when it was committed, %FALSE without @error when it crashed as it was to
 */
gboolean turn_run (Turn *turn, BitketDb *db, gint *counter, GError **error);
/** turn_run_in_model: Returns: (transfer full) (nullable): what @turn did in the database and
 * should not have */
char *turn_run_in_model (const Turn *turn, Model *model);
/** turn_describe: for the log */
void turn_describe (const Turn *turn, GString *log);

G_END_DECLS
