/* SPDX-License-Identifier: MIT */
#pragma once

#include "queue-model.h"
#include "store-fixture.h"

G_BEGIN_DECLS

/* What the model speaks of, in a database: the same things under ids that tell their number. */

typedef enum
{
  WORLD_ORGANIZATION = 1,
  WORLD_EVENT,
  WORLD_TYPE,
  WORLD_VARIATION,
  WORLD_CHOICE,
  WORLD_LINK,
  WORLD_USER,
  WORLD_PURCHASE,
  WORLD_WORKER,
  WORLD_OWNERSHIP,
} WorldKind;

void world_set_id (char id[BITKET_ID_SIZE], WorldKind kind, int number);
/** world_get_number: of the thing that has @id; MODEL_NONE for %NULL */
int world_get_number (const char *id);

/** world_make: organizations, types, choices, links and users, once a database */
void world_make (BitketDb *db);
/** world_reset: nothing is sold, nobody waits, and limits are those of @model */
void world_reset (BitketDb *db, const Model *model);
/** world_write_limits: those of @model, beside all turns */
void world_write_limits (BitketDb *db, const Model *model);
/** world_make_order: Returns: (transfer full) */
BitketOrder *world_make_order (int number, const ModelPurchase *order, gint64 wait_us);
/** world_refund: in the open transaction */
void world_refund (BitketDb *db, const ModelTicket *ticket, gint64 now_us);
/** world_issue: a ticket beside the queue, in the open transaction */
void world_issue (BitketDb *db, const ModelTicket *ticket, gint64 now_us);
/** world_describe: Returns: (transfer full): the state, as model_describe() has it */
char *world_describe (BitketDb *db);

G_END_DECLS
