/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-door.h"
#include "bitket-entry.h"
#include "bitket-seal.h"

G_BEGIN_DECLS

/* The cache and the outbox: one SQLite file, owned by one thread. Every function here runs on the
 * thread that opened the store, but for the snapshot's. What is personal is sealed; ids, states,
 * times and keyed hashes stand readable.
 *
 * Errors are BITKET_DOOR_ERROR, or those of the database room; bitket_door_error_convert() turns
 * the latter into ours. */

typedef struct _BitketDoorStore BitketDoorStore;

/** bitket_door_error_convert: (transfer full) in and out: a database error becomes a
 * #BitketDoorError, any other stays */
GError *bitket_door_error_convert (GError *error);

typedef enum
{
  BITKET_DOOR_STORE_DEFAULT = 0,
  BITKET_DOOR_STORE_LOOK = 1 << 0, /* take no lock and write nothing: another program may have it */
} BitketDoorStoreFlags;

BitketDoorStore *bitket_door_store_open (const char *state_dir,
                                         const BitketSealKey *key,
                                         BitketDoorStoreFlags flags,
                                         GError **error);
void bitket_door_store_close (BitketDoorStore *store);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BitketDoorStore, bitket_door_store_close)

/** bitket_door_store_exists: whether @state_dir holds a cache. Threads: any. */
gboolean bitket_door_store_exists (const char *state_dir);

/* Several changes at once: all or none. A commit is on the disk when it returns. */
gboolean bitket_door_store_begin (BitketDoorStore *store, GError **error);
gboolean bitket_door_store_commit (BitketDoorStore *store, GError **error);
void bitket_door_store_rollback (BitketDoorStore *store);

/* Why a store takes no tickets any more. */
typedef enum
{
  BITKET_DOOR_RETIRED_NOT,
  BITKET_DOOR_RETIRED_REVOKED, /* until it is opened again: then the service says so again */
  BITKET_DOOR_RETIRED_OVER,    /* for this event for good */
} BitketDoorRetirement;

/* What stands on screen about the store as a whole. Immutable, atomically counted. */
typedef struct
{
  gatomicrefcount n_refs;
  char *event_id;   /* (owned) (nullable) */
  char *event_name; /* (owned) (nullable) */
  gint64 ends_us;   /* 0: not said */
  gboolean is_synced;
  BitketDoorRetirement retirement;
  guint n_waiting, n_inside, n_tickets;
  GPtrArray *counts; /* (owned) (element-type BitketDoorCount) */
} BitketDoorSnapshot;

void bitket_door_snapshot_unref (BitketDoorSnapshot *snapshot);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BitketDoorSnapshot, bitket_door_snapshot_unref)
/** bitket_door_store_ref_snapshot: Returns: (transfer full): as of the last commit. Threads: any,
 * while the store is open. */
BitketDoorSnapshot *bitket_door_store_ref_snapshot (BitketDoorStore *store);

/* The event. */
const BitketFeedEvent *bitket_door_store_get_event (BitketDoorStore *store); /* (nullable) */
gboolean bitket_door_store_set_event (BitketDoorStore *store, JsonNode *event, GError **error);
/** bitket_door_store_get_type_name: (nullable) */
const char *bitket_door_store_get_type_name (BitketDoorStore *store, const char *ticket_type);
/** bitket_door_store_adopt_event: makes the store one of @event_id. What it has of another event is
 * wiped; EVENT when entries of that one still wait to be sent. */
gboolean
bitket_door_store_adopt_event (BitketDoorStore *store, const char *event_id, GError **error);
/** bitket_door_store_wipe: everything but rows that wait to be sent */
gboolean bitket_door_store_wipe (BitketDoorStore *store, GError **error);
/** bitket_door_store_retire: wipes it, and from now on takes neither event nor tickets nor cursor:
 * what is still under way from the service is dropped without a word */
gboolean
bitket_door_store_retire (BitketDoorStore *store, BitketDoorRetirement retirement, GError **error);

/** bitket_door_store_get_cursor: (nullable): borrowed */
const char *bitket_door_store_get_cursor (BitketDoorStore *store);
gboolean bitket_door_store_set_cursor (BitketDoorStore *store,
                                       const char *cursor,
                                       gboolean has_more,
                                       GError **error);

/* A ticket as the cache has it. */
typedef struct
{
  char ownership[BITKET_ID_SIZE];
  char ticket[BITKET_ID_SIZE];
  char ticket_type[BITKET_ID_SIZE];
  char code_hash[BITKET_KEY_HASH_SIZE];
  BitketTicketState state;
  gint64 utilized_us;          /* 0: not */
  char *utilized_by;           /* (owned) (nullable) a door's name */
  char *name, *email, *liu_id; /* (owned) (nullable) */
  char **choices;              /* (owned) (nullable) */
  char *nin_hash;              /* (owned) (nullable) */
} BitketDoorTicket;

void bitket_door_ticket_free (BitketDoorTicket *ticket);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BitketDoorTicket, bitket_door_ticket_free)

/** bitket_door_store_lookup_ticket: Returns: (transfer full) (nullable): %NULL without @error when
 * there is none */
BitketDoorTicket *
bitket_door_store_lookup_ticket (BitketDoorStore *store, const char *ownership, GError **error);
/** bitket_door_store_lookup_card: Returns: (transfer full) (element-type BitketDoorTicket): those
 * of the card's holder, in the order of their ids */
GPtrArray *
bitket_door_store_lookup_card (BitketDoorStore *store, const char *card_hash, GError **error);
/** bitket_door_store_lookup_code: the tickets that have @code: a walk over all of them.
 * Returns: (transfer full) (element-type BitketDoorTicket) */
GPtrArray *bitket_door_store_lookup_code (BitketDoorStore *store,
                                          const BitketDoorKey *key,
                                          const char *code,
                                          GError **error);
/** bitket_door_store_put_ticket: adds or replaces one */
gboolean bitket_door_store_put_ticket (BitketDoorStore *store,
                                       const BitketDoorTicket *ticket,
                                       JsonArray *card_hashes, /* (nullable) */
                                       GError **error);
/** bitket_door_store_set_state: what the door itself learnt: protects the ticket from older rows of
 * the feed */
gboolean bitket_door_store_set_state (BitketDoorStore *store,
                                      const char *ownership,
                                      BitketTicketState state,
                                      gint64 utilized_us,
                                      const char *utilized_by,
                                      GError **error);

/* Which rows of the service may be older than what the door knows. */
/** bitket_door_store_was_touched: whether the door itself changed @ownership since @monotonic_us */
gboolean
bitket_door_store_was_touched (BitketDoorStore *store, const char *ownership, gint64 monotonic_us);

/* Scans, and the outbox among them. */
typedef enum
{
  BITKET_DOOR_SENT_NONE,
  BITKET_DOOR_SENT_QUEUED,
  BITKET_DOOR_SENT_ACKNOWLEDGED,
  BITKET_DOOR_SENT_REFUSED, /* the service named it and said no: kept, with the reason */
} BitketDoorSent;

typedef struct
{
  gint64 seq;
  BitketEntry entry; /* at_us: this door's clock with the offset that was known */
  BitketAuthority authority;
  BitketDoorSent sent;
  BitketReason answer; /* the service's, when it refused */
  char annulled_by[BITKET_ID_SIZE];
  gboolean is_conflict;
  gboolean is_clock_known;        /* the offset in at_us was checked against the service */
  BitketTicketState state_before; /* the ticket's, before this entry; NONE: it was not known */
  gint64 utilized_before_us;      /* 0: not */
  char *utilized_before_by;       /* (owned) (nullable) */
} BitketDoorScan;

void bitket_door_scan_row_free (BitketDoorScan *scan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BitketDoorScan, bitket_door_scan_row_free)

/** bitket_door_scan_row_admits: whether somebody went in on it */
gboolean bitket_door_scan_row_admits (const BitketDoorScan *scan);

gboolean
bitket_door_store_insert_scan (BitketDoorStore *store, const BitketDoorScan *scan, GError **error);
/** bitket_door_store_update_scan: writes all of it but the seq */
gboolean
bitket_door_store_update_scan (BitketDoorStore *store, const BitketDoorScan *scan, GError **error);
/** bitket_door_store_lookup_scan: Returns: (transfer full) (nullable): %NULL without @error when
 * there is none */
BitketDoorScan *
bitket_door_store_lookup_scan (BitketDoorStore *store, const char *id, GError **error);
/** bitket_door_store_lookup_last_entry: the last row that let somebody in and was not taken back */
BitketDoorScan *bitket_door_store_lookup_last_entry (BitketDoorStore *store, GError **error);
/** bitket_door_store_list_queued: Returns: (transfer full) (element-type BitketDoorScan): the
 * oldest @limit */
GPtrArray *bitket_door_store_list_queued (BitketDoorStore *store,
                                          gint64 after_seq,
                                          guint limit,
                                          GError **error);
/** bitket_door_store_list_moving: Returns: (transfer full): the set of ownerships whose state
 * depends on rows that the service has not seen */
GHashTable *bitket_door_store_list_moving (BitketDoorStore *store, GError **error);
/** bitket_door_store_is_moving: whether @ownership is in that set; %FALSE with @error too */
gboolean
bitket_door_store_is_moving (BitketDoorStore *store, const char *ownership, GError **error);
/** bitket_door_store_shift_clock: what was written before the clock's offset was known */
gboolean bitket_door_store_shift_clock (BitketDoorStore *store,
                                        gint64 offset_us,
                                        gint64 true_us,
                                        GError **error);

/* Search: an index of folded texts in memory, made on the first search, in steps so that scans are
 * not held up. */
/** bitket_door_store_index_more: decrypts up to @n_rows more. @is_complete: (out) */
gboolean bitket_door_store_index_more (BitketDoorStore *store,
                                       guint n_rows,
                                       gboolean *is_complete,
                                       GError **error);
/** bitket_door_store_search: Returns: (transfer full) (element-type BitketDoorHit) */
GPtrArray *bitket_door_store_search (BitketDoorStore *store,
                                     const BitketDoorKey *key, /* (nullable) */
                                     const char *query,
                                     guint limit,
                                     GError **error);

G_END_DECLS
