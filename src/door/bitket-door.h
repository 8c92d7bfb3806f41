/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

#include "bitket-clock.h"
#include "bitket-outcome.h"

G_BEGIN_DECLS

/* The entry engine: scans in, outcomes out. It keeps the cache and the outbox (on a thread of its
 * own), asks the service within a deadline, syncs, follows the live stream, and finds out by itself
 * whether it is online.
 *
 * A main-context object. Properties (all read-only, notified): event-name, event-id, door-name
 * (strings), online (boolean), offline-since (int64 µs, 0 when online), n-waiting (uint: rows in
 * the outbox), n-inside, n-tickets (uint), clock-offset (int64 µs), synced (boolean: the feed was
 * read to its end at least once), revoked (boolean).
 *
 * Signals:
 *   outcome (BitketOutcome *)     every scan's, also those of other callers; once
 *   counts-changed ()             n-inside or the counts per ticket type
 *   conflict (BitketOutcome *)    two doors let the same ticket in while apart
 *   trouble (GError *)            something to tell in the status line: wrong clock, sync refused,
 * revoked …
 */
#define BITKET_TYPE_DOOR (bitket_door_get_type ())
G_DECLARE_FINAL_TYPE (BitketDoor, bitket_door, BITKET, DOOR, GObject)

#define BITKET_DOOR_ERROR (bitket_door_error_quark ())
GQuark bitket_door_error_quark (void);
typedef enum
{
  BITKET_DOOR_ERROR_NONE,
  BITKET_DOOR_ERROR_FAILED,
  BITKET_DOOR_ERROR_NOT_PAIRED, /* neither token nor pairing */
  BITKET_DOOR_ERROR_KEY,        /* no sealing key, or the wrong one for this cache */
  BITKET_DOOR_ERROR_KEYRING,    /* the Secret Service is missing or locked */
  BITKET_DOOR_ERROR_STORE,      /* the cache cannot be opened or written */
  BITKET_DOOR_ERROR_VERSION,    /* the cache was made by a newer version */
  BITKET_DOOR_ERROR_BUSY,       /* another program has this state directory open */
  BITKET_DOOR_ERROR_EVENT,      /* no such event, or not this door's */
  BITKET_DOOR_ERROR_NOTHING,    /* nothing to undo */
  BITKET_DOOR_ERROR_NOT_FOUND,  /* no such ticket */
  BITKET_DOOR_ERROR_CLOCK,      /* this machine's clock is wrong */
  BITKET_DOOR_ERROR_REVOKED,
} BitketDoorError;

typedef enum
{
  BITKET_DOOR_DEFAULT = 0,
  BITKET_DOOR_OFFLINE = 1 << 0, /* never use the network */
  BITKET_DOOR_LOOK = 1 << 2,    /* look only: no lock, no network, nothing written; another program
                                 * may have the door open */
  BITKET_DOOR_NO_SYNC =
      1 << 1, /* ask for single scans, but start no sync and no stream by itself */
} BitketDoorFlags;

/* How to open a door. Strings are borrowed for the call. */
typedef struct
{
  const char *service_url; /* "https://…"; NULL only with OFFLINE and an existing cache */
  const char *token;       /* (nullable) a door's or a service token; NULL: what pairing stored */
  const char
      *door_key; /* (nullable) hex; NULL: what pairing stored, or asked for with a service token */
  const char *event;     /* (nullable) slug or id; needed with a service token */
  const char *door_name; /* (nullable) "Main door" */
  const char *state_dir; /* where cache and outbox lie; made when missing, mode 0700 */
  const char
      *key_file; /* (nullable) sealing key and pairing secrets in place of the Secret Service */
  BitketDoorFlags flags;
  guint deadline_ms;  /* to wait for the service's word; 0: 400 */
  BitketClock *clock; /* (nullable) */
} BitketDoorConfig;

void bitket_door_open_async (const BitketDoorConfig *config,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data);
BitketDoor *bitket_door_open_finish (GAsyncResult *result, GError **error);
/** bitket_door_close_async: stops sync and stream, waits for what is being written, joins the
 * thread */
void bitket_door_close_async (BitketDoor *self, GAsyncReadyCallback callback, gpointer user_data);
gboolean bitket_door_close_finish (BitketDoor *self, GAsyncResult *result, GError **error);

/** bitket_door_pair_async: takes a pairing code (typed, or the QR's text with the server in it),
 * stores token and keys in the Secret Service or @key_file. @service_url may be %NULL when @code
 * holds it. */
void bitket_door_pair_async (const char *service_url,
                             const char *code,
                             const char *state_dir,
                             const char *key_file,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data);
/** Returns: (transfer full): a sentence's worth of facts: "EVENT NAME\nDOOR NAME" is in @event_name
 * and @door_name */
gboolean
bitket_door_pair_finish (GAsyncResult *result, char **event_name, char **door_name, GError **error);

/**
 * bitket_door_scan_async:
 * @bytes: what was read
 * The outcome is durable before it is given: an entry was committed and synced to the disk. Scans
 * may overlap; outcomes come in the order of the scans. Text that is a search gives an outcome of
 * kind TEXT with verdict NONE. Fails only when cancelled or closed: a disk error is an outcome with
 * reason FAULT.
 */
void bitket_door_scan_async (BitketDoor *self,
                             GBytes *bytes,
                             BitketScanSource source,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data);
BitketOutcome *bitket_door_scan_finish (BitketDoor *self, GAsyncResult *result, GError **error);

/** bitket_door_preview: what the cache says at once, without writing or asking: for showing the
 * name while the service is asked. Asynchronous for the same reason as the others; finish with
 * bitket_door_scan_finish(). */
void bitket_door_preview_async (BitketDoor *self,
                                GBytes *bytes,
                                BitketScanSource source,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);

/** bitket_door_admit_async: lets a ticket in that somebody picked; @forced: (nullable) why, when
 * the rule says no: blanks are none, and more than BITKET_FORCED_MAX bytes fail */
void bitket_door_admit_async (BitketDoor *self,
                              const char *ownership,
                              const char *forced,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
BitketOutcome *bitket_door_admit_finish (BitketDoor *self, GAsyncResult *result, GError **error);

/** bitket_door_undo_async: takes the last entry of this door back, or the one of @scan_id. finish
 * gives what was undone. */
void bitket_door_undo_async (BitketDoor *self,
                             const char *scan_id,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data);
BitketOutcome *bitket_door_undo_finish (BitketDoor *self, GAsyncResult *result, GError **error);

/** bitket_door_search_async: name, LiU ID, mail, code, by parts and without diacritics.
 * finish: Returns: (transfer full) (element-type BitketDoorHit) */
void bitket_door_search_async (BitketDoor *self,
                               const char *query,
                               guint limit,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data);
GPtrArray *bitket_door_search_finish (BitketDoor *self, GAsyncResult *result, GError **error);

typedef struct
{
  char *ownership, *name, *email, *ticket_type; /* (owned) (nullable but ownership) */
  char **choices;                               /* (owned) (nullable) */
  BitketTicketState state;
  gint64 utilized_us;
  char *utilized_by_door; /* (owned) (nullable) */
} BitketDoorHit;
void bitket_door_hit_free (BitketDoorHit *hit);

/** bitket_door_sync_async: download and upload once, now */
typedef struct
{
  guint n_downloaded; /* tickets new or changed */
  guint n_uploaded;   /* rows that the service took */
  guint n_refused;    /* rows that it named and refused: kept, marked */
  guint n_waiting;    /* rows left */
} BitketDoorSyncReport;
void bitket_door_sync_async (BitketDoor *self,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data);
gboolean bitket_door_sync_finish (BitketDoor *self,
                                  GAsyncResult *result,
                                  BitketDoorSyncReport *report,
                                  GError **error);

/* Counts per ticket type, for the status bar. */
typedef struct
{
  char *name; /* (owned) */
  guint n_inside, n_total;
} BitketDoorCount;
/** bitket_door_get_counts: Returns: (transfer none) (element-type BitketDoorCount): until the next
 * counts-changed */
GPtrArray *bitket_door_get_counts (BitketDoor *self);

/** bitket_door_get_recent: Returns: (transfer none): the last 20 outcomes, newest first, a
 * GListModel of BitketOutcome */
GListModel *bitket_door_get_recent (BitketDoor *self);

gboolean bitket_door_is_online (BitketDoor *self);

G_END_DECLS
