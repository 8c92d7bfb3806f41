/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-door-judge.h"
#include "bitket-door.h"

G_BEGIN_DECLS

/* A door in a directory of its own: an event with two ticket types and its keys, another event of
 * the same organization, tickets put into the cache as a page of the feed, a key file, and a clock
 * that stands still until it is moved. */

#define FIXTURE_DOOR "North door"

typedef struct
{
  char ownership[BITKET_ID_SIZE];
  char code[BITKET_CODE_SIZE];
  guint type; /* 0 or 1 */
  BitketTicketState state;
  gint64 utilized_us;
  const char *utilized_by;
  const char *name;
  const char *email;
  const char *liu_id;
  const char *card; /* (nullable) decimal */
  const char *choice;
} FixtureTicket;

typedef struct
{
  char *dir, *state_dir, *key_file;
  BitketFeedEvent *event;
  BitketFeedEvent *other; /* (unowned) of event->other_events */
  guint8 sign_key[BITKET_SIGN_KEY_LEN];
  guint8 other_sign_key[BITKET_SIGN_KEY_LEN];
  guint8 foreign_sign_key[BITKET_SIGN_KEY_LEN]; /* of nobody's event */
  BitketDoorKey door_key;
  BitketSealKey seal_key;
  BitketClock *clock;
  gint64 now_us;
  GArray *tickets; /* of FixtureTicket */
  guint n_cursors;
  BitketDoor *door; /* (nullable) */
} Fixture;

Fixture *fixture_new (void);
void fixture_free (Fixture *fixture);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Fixture, fixture_free)

/** fixture_add: one more ticket of the event, borrowed strings; the result stays put until the next
 * call. */
FixtureTicket *fixture_add (Fixture *fixture, BitketTicketState state, const char *name);
/** fixture_make: a ticket that is in no feed */
FixtureTicket fixture_make (Fixture *fixture, const char *name);

typedef enum
{
  QR_SIGNED,
  QR_UNSIGNED,
  QR_OTHER_EVENT, /* signed for the other event, with its key */
  QR_FOREIGN,     /* signed with a key that nobody knows */
  QR_BROKEN,      /* one byte of the signature changed */
} QrKind;
/** fixture_qr: Returns: (transfer full): the text of the ticket's QR */
char *fixture_qr (Fixture *fixture, const FixtureTicket *ticket, QrKind kind);

/** fixture_page: Returns: (transfer full): the feed's page with @tickets, of the whole event's */
GBytes *fixture_page (Fixture *fixture, const FixtureTicket *tickets, guint n_tickets);
JsonNode *fixture_ticket_json (Fixture *fixture, const FixtureTicket *ticket);
/** fixture_feed: puts all tickets into the cache, which no door has open */
void fixture_feed (Fixture *fixture);

/** fixture_open: opens the door; @service_url: (nullable): OFFLINE then */
void fixture_open (Fixture *fixture, const char *service_url, BitketDoorFlags flags);
void fixture_close (Fixture *fixture);

/** fixture_scan: Returns: (transfer full): the outcome of a line that was read */
BitketOutcome *fixture_scan (Fixture *fixture, const char *text);
BitketOutcome *
fixture_scan_bytes (Fixture *fixture, gconstpointer data, gsize len, BitketScanSource source);
/** fixture_undo: (nullable), with @error */
BitketOutcome *fixture_undo (Fixture *fixture, const char *scan_id, GError **error);
BitketOutcome *
fixture_admit (Fixture *fixture, const char *ownership, const char *forced, GError **error);
GPtrArray *fixture_search (Fixture *fixture, const char *query);
gboolean fixture_sync (Fixture *fixture, BitketDoorSyncReport *report, GError **error);
void fixture_move_clock (Fixture *fixture, gint64 seconds);
guint fixture_get_uint (Fixture *fixture, const char *property);

/** fixture_sql: Returns: the first column of @sql's first row, of the cache file as it lies there
 */
gint64 fixture_sql (Fixture *fixture, const char *sql);

/* Says what was wanted when it is not so. */
#define assert_outcome(outcome, wanted_verdict, wanted_reason)                                     \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_assert_cmpstr (bitket_reason_to_string (bitket_outcome_get_reason (outcome)), ==,            \
                     bitket_reason_to_string (wanted_reason));                                     \
    g_assert_cmpstr (bitket_verdict_to_string (bitket_outcome_get_verdict (outcome)), ==,          \
                     bitket_verdict_to_string (wanted_verdict));                                   \
  }                                                                                                \
  G_STMT_END

G_END_DECLS
