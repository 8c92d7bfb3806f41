/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-db.h"
#include "bitket-door-store.h"

G_BEGIN_DECLS

/* A ticket type's figures; as a delta, what the open transaction changes. */
typedef struct
{
  gint64 n_total, n_inside;
} TypeCount;

typedef struct _BitketDoorIndex BitketDoorIndex; /* bitket-door-store-counts.c */
TypeCount *bitket_door_store_ensure_count (GHashTable *counts, const char *ticket_type);
void bitket_door_store_count (BitketDoorStore *store,
                              const char *ticket_type,
                              BitketTicketState state,
                              gint64 sign);
/* What the open transaction changes: into its tables, into the memory once it is committed, or
 * forgotten. */
gboolean bitket_door_store_write_deltas (BitketDoorStore *store, GError **error);
void bitket_door_store_apply_deltas (BitketDoorStore *store);
void bitket_door_store_forget_deltas (BitketDoorStore *store);
void bitket_door_store_publish (BitketDoorStore *store);

/* bitket-door-store-search.c */
void bitket_door_index_free (BitketDoorIndex *index);

struct _BitketDoorStore
{
  GThread *owner; /* (unowned): only compared */
  int lock_fd;    /* holds the exclusive lock of the state directory */
  BitketDb *db;   /* (owned) */
  BitketSealKey key;
  char *boot; /* (owned) names this run of the machine */

  BitketFeedEvent *event; /* (owned) (nullable) */
  char *event_id;         /* (owned) (nullable): also before the event itself is known */
  char *event_text;       /* (owned) (nullable): as it lies sealed */
  char *cursor;           /* (owned) (nullable) */
  gboolean is_synced;
  BitketDoorRetirement retirement;
  gboolean is_changed; /* event, cursor or all of it, by the open transaction */

  GHashTable *counts;   /* (owned) ticket type → TypeCount, as committed */
  GHashTable *deltas;   /* (owned) ticket type → TypeCount, of the open transaction */
  gint64 n_waiting;     /* as committed */
  gint64 waiting_delta; /* of the open transaction */
  GHashTable *touched;  /* (owned) ownership → gint64 monotonic µs */

  BitketDoorIndex *index; /* (owned) (nullable) */
  gint64 index_next;      /* the rowid behind which the building goes on */
  gboolean is_index_whole;

  GMutex snapshot_mutex;
  BitketDoorSnapshot *snapshot; /* (owned) (mutex snapshot_mutex) */
};

#define ASSERT_OWNER(store) g_assert ((store)->owner == g_thread_self ())

/* bitket-door-store.c */
GBytes *bitket_door_store_seal_text (BitketDoorStore *store, const char *text);
char *bitket_door_store_unseal_text (BitketDoorStore *store,
                                     BitketStatement *statement,
                                     int column,
                                     GError **error);
void bitket_door_store_bind_sealed (BitketDoorStore *store,
                                    BitketStatement *statement,
                                    int parameter,
                                    const char *text);

/* bitket-door-store-counts.c */
TypeCount *bitket_door_store_ensure_count (GHashTable *counts, const char *ticket_type);
void bitket_door_store_count (BitketDoorStore *store,
                              const char *ticket_type,
                              BitketTicketState state,
                              gint64 sign);
/* What the open transaction changes: into its tables, into the memory once it is committed, or
 * forgotten. */
gboolean bitket_door_store_write_deltas (BitketDoorStore *store, GError **error);
void bitket_door_store_apply_deltas (BitketDoorStore *store);
void bitket_door_store_forget_deltas (BitketDoorStore *store);
void bitket_door_store_publish (BitketDoorStore *store);

/* bitket-door-store-search.c */
void bitket_door_store_index_ticket (BitketDoorStore *store, const BitketDoorTicket *ticket);

/* bitket-door-store-tickets.c: columns of TICKET_COLUMNS in @statement's row */
#define N_TICKET_COLUMNS 9
#define TICKET_COLUMNS                                                                             \
  "ownership, ticket, ticket_type, code_hash, state, utilized_us, utilized_by, person, nin_hash"
BitketDoorTicket *
bitket_door_store_read_ticket (BitketDoorStore *store, BitketStatement *statement, GError **error);

/* bitket-door-store-schema.c */
extern const BitketMigration bitket_door_migrations[];
extern const gsize bitket_door_n_migrations;

G_END_DECLS
