/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-backoff.h"
#include "bitket-door-judge.h"
#include "bitket-door.h"
#include "bitket-session.h"
#include "bitket-stream.h"
#include "bitket-worker.h"

G_BEGIN_DECLS

/* Whether the service can be reached. Nobody switches it: every request tells. */
typedef enum
{
  BITKET_REACH_UNKNOWN, /* not tried yet: worth asking */
  BITKET_REACH_ONLINE,
  BITKET_REACH_OFFLINE,
} BitketReach;

/* One direction of the sync. A chain runs until it has nothing left to do; what is asked for in
 * between is done in another run. */
typedef struct
{
  gboolean is_running;
  GPtrArray *waiters; /* (owned) (element-type SyncWait) of this run */
  GPtrArray *later;   /* (owned) (element-type SyncWait) of the next */
  gboolean is_wanted; /* another run is wanted */
  guint retry_source; /* 0: none */
  gboolean is_told;   /* the service said how long to wait */
  BitketBackoff backoff;
} BitketDoorChain;

struct _BitketDoor
{
  GObject parent_instance;

  BitketClock *clock;       /* (owned) */
  BitketWorker *worker;     /* (owned) */
  BitketDoorStore *store;   /* (owned) by the worker's thread; NULL once closed */
  BitketDoorJudge *judge;   /* (owned) likewise */
  BitketSession *session;   /* (owned) (nullable) NULL: OFFLINE */
  BitketStream *stream;     /* (owned) (nullable) */
  GCancellable *background; /* (owned) of what nobody asked for; cancelled by close */
  char *door_name;          /* (owned) */
  char *event_id;           /* (owned) */
  BitketDoorFlags flags;
  guint deadline_ms;

  BitketDoorSnapshot *snapshot; /* (owned) as it was last notified */
  GListStore *recent;           /* (owned) of BitketOutcome */
  GHashTable *conflicts;        /* (owned) set of the scans that were told as conflicts */

  BitketReach reach;
  gint64 offline_since_us;
  gint64 clock_offset_us;
  gboolean is_clock_known;
  gboolean is_clock_warned;
  gboolean is_revoked;
  gboolean is_over; /* the cache was wiped because the event is long over */

  GQueue turns; /* (owned) of GTask: what waits for its turn */
  gboolean is_turn_running;

  BitketBackoff probe_backoff;
  guint probe_source; /* 0: none */
  gboolean is_probing;
  guint poll_source;        /* 0: none */
  guint hint_source;        /* 0: none */
  gboolean wants_conflicts; /* some may have been told while nobody listened */
  gboolean was_away;        /* since it was last online, not even a probe was answered */
  gulong network_handler;

  BitketDoorChain upload, download;
  gint64 upload_after_seq;
  guint batch_limit;
  guint n_left;      /* rows that the service did not take in this upload */
  guint n_parked;    /* of those, the last ones in a row that it would not even name */
  guint n_left_told; /* as many were told as trouble */
  guint left_source; /* 0: none */
  BitketBackoff left_backoff;

  guint n_held;      /* what must end before the store can be closed */
  GTask *close_task; /* (owned) (nullable) */
  gboolean is_closed;
};

/* bitket-door.c */
enum
{
  BITKET_DOOR_SIGNAL_OUTCOME,
  BITKET_DOOR_SIGNAL_COUNTS_CHANGED,
  BITKET_DOOR_SIGNAL_CONFLICT,
  BITKET_DOOR_SIGNAL_TROUBLE,
  BITKET_DOOR_N_SIGNALS,
};
void bitket_door_refresh (BitketDoor *self);
void bitket_door_emit_outcome (BitketDoor *self, BitketOutcome *outcome);
void bitket_door_emit_conflict (BitketDoor *self, BitketOutcome *outcome);
void bitket_door_emit_trouble (BitketDoor *self, const GError *error);
void bitket_door_set_reach_quietly (BitketDoor *self, BitketReach reach);
void bitket_door_set_clock_offset (BitketDoor *self, gint64 offset_us);
void bitket_door_set_revoked (BitketDoor *self);
void bitket_door_hold (BitketDoor *self);
void bitket_door_release (BitketDoor *self);
BitketDoorMoment bitket_door_get_moment (BitketDoor *self);

/* Runs @func with @data on the store's thread. */
void bitket_door_run_job (BitketDoor *self,
                          BitketWorkerFunc func,
                          gpointer data,
                          GDestroyNotify data_free,
                          GDestroyNotify result_free,
                          GAsyncReadyCallback callback,
                          gpointer user_data);
gpointer bitket_door_finish_job (BitketDoor *self, GAsyncResult *result, GError **error);

/* bitket-door-open.c */
void bitket_door_begin_close (BitketDoor *self);

/* bitket-door-scan.c */
void bitket_door_drop_turns (BitketDoor *self);

/* bitket-door-link.c: reachability, clock, stream */
void bitket_door_link_start (BitketDoor *self);
void bitket_door_link_stop (BitketDoor *self);
gboolean bitket_door_can_ask (BitketDoor *self);
void bitket_door_note_answer (BitketDoor *self, BitketResponse *response);
/* @error: of a request: may mean offline, or revoked. Returns whether it meant one of the two. */
gboolean bitket_door_note_error (BitketDoor *self, const GError *error);

/* bitket-door-conflicts.c */
/* Tells the conflicts that nobody heard of, when some may have been. */
void bitket_door_check_conflicts (BitketDoor *self);
GPtrArray *bitket_door_read_conflicts (BitketDoorJudge *judge, JsonNode *conflicts);

/* bitket-door-upload.c */
void bitket_door_upload_init (BitketDoor *self);
void bitket_door_start_upload (BitketDoor *self);

/* bitket-door-sync.c */
/* A chain that came to its end, early with @error, or that failed and is tried again. Either may
 * let go of the door. */
void bitket_door_end_chain (BitketDoor *self, BitketDoorChain *chain, const GError *error);
void bitket_door_fail_chain (BitketDoor *self, BitketDoorChain *chain, const GError *error);
/* For errors of the store, and what the service says that cannot be; (transfer full) @error. */
void bitket_door_fail_chain_take (BitketDoor *self, BitketDoorChain *chain, GError *error);
void bitket_door_want_chain (BitketDoor *self, BitketDoorChain *chain);
gboolean bitket_door_may_retry (BitketDoor *self, const BitketDoorChain *chain);
void bitket_door_note_uploaded (BitketDoor *self, const BitketDoorVerdicts *verdicts);
void bitket_door_kick_upload (BitketDoor *self);
void bitket_door_kick_download (BitketDoor *self);
void bitket_door_sync_init (BitketDoor *self);
void bitket_door_sync_stop (BitketDoor *self);
void bitket_door_sync_clear (BitketDoor *self);
void bitket_door_revoke (BitketDoor *self);
/* The service is back: chains that waited for it need not any longer; but those that it told when
 * to come do. */
void bitket_door_hurry_chains (BitketDoor *self);
/* Wipes the cache when the event is long over. */
void bitket_door_check_over (BitketDoor *self);

G_END_DECLS
