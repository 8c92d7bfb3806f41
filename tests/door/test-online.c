/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

/* Asking, uploading, downloading, and every way in which that fails. */

#include <string.h>

#include "bitket-client-error.h"
#include "bitket-db.h"
#include "bitket-test-support.h"
#include "bitket-time.h"
#include "fault-service.h"

/* A door with one ticket in its cache, a service, and what the door told. */
typedef struct
{
  Fixture *fixture;
  FaultService *service;
  FixtureTicket *ticket;
  char *qr;
  guint n_conflicts;
  GPtrArray *troubles; /* of GError */
} Online;

static void
conflict_cb (BitketDoor *door, BitketOutcome *outcome, gpointer user_data)
{
  Online *online = user_data;

  online->n_conflicts++;
}

static void
trouble_cb (BitketDoor *door, GError *error, gpointer user_data)
{
  Online *online = user_data;

  g_ptr_array_add (online->troubles, g_error_copy (error));
}

static gboolean
has_trouble (Online *online, GQuark domain, int code)
{
  for (guint i = 0; i < online->troubles->len; i++)
    if (g_error_matches (g_ptr_array_index (online->troubles, i), domain, code))
      return TRUE;
  return FALSE;
}

static void
use_real_time (Fixture *fixture)
{
  fixture->now_us = g_get_real_time ();
  bitket_clock_set (fixture->clock, fixture->now_us);
}

static Online *
online_new (void)
{
  Online *online = g_new0 (Online, 1);

  online->fixture = fixture_new ();
  use_real_time (online->fixture);
  /* Room for more without moving. */
  for (guint i = 0; i < 12; i++)
    fixture_add (online->fixture, BITKET_TICKET_STATE_VALID, "Åsa Öberg");
  online->ticket = &g_array_index (online->fixture->tickets, FixtureTicket, 0);
  online->qr = fixture_qr (online->fixture, online->ticket, QR_SIGNED);
  online->service = fault_service_new (online->fixture);
  online->troubles = g_ptr_array_new_with_free_func ((GDestroyNotify) g_error_free);
  fixture_feed (online->fixture);
  return online;
}

static void
online_free (Online *online)
{
  fixture_close (online->fixture);
  fault_service_free (online->service);
  g_ptr_array_unref (online->troubles);
  g_free (online->qr);
  fixture_free (online->fixture);
  g_free (online);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Online, online_free)

static void
open_door (Online *online, BitketDoorFlags flags)
{
  fixture_open (online->fixture, online->service->url, flags);
  g_signal_connect (online->fixture->door, "conflict", G_CALLBACK (conflict_cb), online);
  g_signal_connect (online->fixture->door, "trouble", G_CALLBACK (trouble_cb), online);
}

static BitketOutcome *
scan (Online *online)
{
  return fixture_scan (online->fixture, online->qr);
}

static void
sync_now (Online *online, BitketDoorSyncReport *report)
{
  g_autoptr (GError) error = NULL;

  fixture_sync (online->fixture, report, &error);
  g_assert_no_error (error);
}

static gboolean
is_online (gpointer door)
{
  return bitket_door_is_online (door);
}

static gboolean
is_all_sent (gpointer data)
{
  return fixture_get_uint (data, "n-waiting") == 0;
}

static void
test_asked (void)
{
  g_autoptr (Online) online = online_new ();
  g_autoptr (BitketOutcome) outcome = NULL;
  const BitketEntry *item;

  open_door (online, BITKET_DOOR_NO_SYNC);
  outcome = scan (online);
  assert_outcome (outcome, BITKET_VERDICT_ADMIT, BITKET_REASON_VALID);
  g_assert_cmpint (bitket_outcome_get_facts (outcome)->authority, ==, BITKET_AUTHORITY_SERVICE);
  g_assert_cmpuint (fixture_get_uint (online->fixture, "n-waiting"), ==, 0);
  g_assert_cmpuint (online->service->items->len, ==, 1);
  item = g_ptr_array_index (online->service->items, 0);
  g_assert_cmpint (item->verdict, ==, BITKET_VERDICT_NONE);
  g_assert_cmpstr (item->code, ==, online->ticket->code);
  g_assert_true (item->has_signature);
  g_assert_false (item->is_offline);
  g_assert_true (bitket_door_is_online (online->fixture->door));
}

/* Another door was faster, and the cache has not heard of it. */
static void
test_service_knows_better (void)
{
  g_autoptr (Online) online = online_new ();
  g_autoptr (BitketOutcome) outcome = NULL;

  online->ticket->state = BITKET_TICKET_STATE_UTILIZED;
  online->ticket->utilized_us = online->fixture->now_us - 7 * BITKET_TIME_SECOND_US;
  online->ticket->utilized_by = "South door";
  open_door (online, BITKET_DOOR_NO_SYNC);
  outcome = scan (online);
  assert_outcome (outcome, BITKET_VERDICT_REFUSE, BITKET_REASON_ALREADY_ADMITTED);
  g_assert_cmpstr (bitket_outcome_get_facts (outcome)->door, ==, "South door");
  g_assert_cmpuint (fixture_get_uint (online->fixture, "n-inside"), ==, 1);
  fixture_close (online->fixture);
  g_assert_cmpint (fixture_sql (online->fixture, "SELECT verdict FROM scans"), ==,
                   BITKET_VERDICT_REFUSE);
}

/* D05 online, D06 online, D13 online: the cache would refuse or doubt, the service knows. */
static void
test_d05_d06_service_knows (void)
{
  g_autoptr (Online) online = online_new ();
  g_autoptr (BitketOutcome) fresh = NULL;
  g_autoptr (BitketOutcome) nobody = NULL;
  FixtureTicket *sold = fixture_add (online->fixture, BITKET_TICKET_STATE_VALID, "Sold just now");
  FixtureTicket ticket = *sold, unknown = fixture_make (online->fixture, NULL);
  g_autofree char *sold_qr = fixture_qr (online->fixture, &ticket, QR_UNSIGNED);
  g_autofree char *unknown_qr = fixture_qr (online->fixture, &unknown, QR_UNSIGNED);

  online->ticket = &g_array_index (online->fixture->tickets, FixtureTicket, 0);
  open_door (online, BITKET_DOOR_NO_SYNC);
  fresh = fixture_scan (online->fixture, sold_qr);
  assert_outcome (fresh, BITKET_VERDICT_ADMIT, BITKET_REASON_VALID);
  g_assert_cmpstr (bitket_outcome_get_facts (fresh)->name, ==, "Sold just now");
  g_assert_cmpuint (fixture_get_uint (online->fixture, "n-inside"), ==, 1);
  nobody = fixture_scan (online->fixture, unknown_qr);
  assert_outcome (nobody, BITKET_VERDICT_REFUSE, BITKET_REASON_UNKNOWN_TICKET);
  g_assert_cmpint (bitket_outcome_get_facts (nobody)->authority, ==, BITKET_AUTHORITY_SERVICE);
}

/* D33: every failure is the same to the crew. */
typedef struct
{
  const char *path;
  Fault fault;
  const char *url; /* (nullable) in place of the service's */
} Failure;

static const Failure failures[] = {
  { "/door/online/D33-hang", FAULT_HANG, NULL },
  { "/door/online/D33-reset", FAULT_RESET, NULL },
  { "/door/online/D33-502-html", FAULT_HTML_502, NULL },
  { "/door/online/D33-captive-portal", FAULT_PORTAL, NULL },
  { "/door/online/D33-no-json", FAULT_NO_JSON, NULL },
  { "/door/online/D33-500", FAULT_SERVER, NULL },
  { "/door/online/D33-dns", FAULT_NONE, "https://no-such-host.invalid" },
  { "/door/online/D33-refused", FAULT_NONE, "http://127.0.0.1:1" },
  { "/door/online/D33-tls", FAULT_NONE, "https" },
};

static void
test_d33_failure (gconstpointer data)
{
  const Failure *row = data;
  g_autoptr (Online) online = online_new ();
  g_autoptr (BitketOutcome) outcome = NULL;
  g_autoptr (BitketOutcome) second = NULL;
  g_autofree char *other_qr = fixture_qr (
      online->fixture, &g_array_index (online->fixture->tickets, FixtureTicket, 1), QR_SIGNED);
  gint64 offline_since;

  fault_service_set_all (online->service, row->fault);
  if (row->url != NULL)
    {
      char *plain = g_steal_pointer (&online->service->url);

      /* Plain HTTP where TLS is due, or what the row says. */
      online->service->url = strcmp (row->url, "https") == 0
                                 ? g_strconcat ("https", plain + strlen ("http"), NULL)
                                 : g_strdup (row->url);
      g_free (plain);
    }
  open_door (online, BITKET_DOOR_NO_SYNC);
  outcome = scan (online);
  assert_outcome (outcome, BITKET_VERDICT_ADMIT, BITKET_REASON_VALID);
  g_assert_cmpint (bitket_outcome_get_facts (outcome)->authority, ==, BITKET_AUTHORITY_CACHE);
  g_assert_false (bitket_door_is_online (online->fixture->door));
  g_object_get (online->fixture->door, "offline-since", &offline_since, NULL);
  g_assert_cmpint (offline_since, >, 0);
  g_assert_cmpuint (fixture_get_uint (online->fixture, "n-waiting"), ==, 1);
  /* From now on nobody waits for it. */
  online->service->n_entry_requests = 0;
  second = fixture_scan (online->fixture, other_qr);
  assert_outcome (second, BITKET_VERDICT_ADMIT, BITKET_REASON_VALID);
  g_assert_cmpuint (online->service->n_entry_requests, ==, 0);
}

/* D43, and D33's end. */
static void
test_d43_back_again (void)
{
  g_autoptr (Online) online = online_new ();
  g_autoptr (BitketOutcome) outcome = NULL;

  fault_service_set_all (online->service, FAULT_RESET);
  open_door (online, BITKET_DOOR_DEFAULT);
  outcome = scan (online);
  g_assert_false (bitket_door_is_online (online->fixture->door));
  fault_service_set_all (online->service, FAULT_NONE);
  g_assert_true (bitket_test_wait_until (is_online, online->fixture->door, 10));
  g_assert_true (bitket_test_wait_until (is_all_sent, online->fixture, 10));
  g_assert_cmpuint (fault_service_get_admissions (online->service, online->ticket->ownership), ==,
                    1);
}

static void
test_d32_lost_answer (void)
{
  g_autoptr (Online) online = online_new ();
  g_autoptr (BitketOutcome) outcome = NULL;
  BitketDoorSyncReport report;

  online->service->entries = FAULT_LOST_ANSWER;
  online->service->n_lost = 1;
  open_door (online, BITKET_DOOR_NO_SYNC);
  outcome = scan (online);
  assert_outcome (outcome, BITKET_VERDICT_ADMIT, BITKET_REASON_VALID);
  g_assert_cmpint (bitket_outcome_get_facts (outcome)->authority, ==, BITKET_AUTHORITY_CACHE);
  g_assert_cmpuint (fixture_get_uint (online->fixture, "n-waiting"), ==, 1);
  sync_now (online, &report);
  g_assert_cmpuint (report.n_uploaded, ==, 1);
  g_assert_cmpuint (report.n_waiting, ==, 0);
  g_assert_cmpuint (online->service->items->len, ==, 1);
  g_assert_cmpuint (online->n_conflicts, ==, 0);
}

/* The service let somebody in, but the crew was shown a refusal: what was shown holds. */
static void
test_lost_admission_is_taken_back (void)
{
  g_autoptr (Online) online = online_new ();
  g_autoptr (BitketOutcome) outcome = NULL;
  g_autofree char *qr = NULL;
  FixtureTicket *sold = fixture_add (online->fixture, BITKET_TICKET_STATE_VALID, "Sold just now");
  FixtureTicket ticket = *sold;

  qr = fixture_qr (online->fixture, &ticket, QR_UNSIGNED);
  online->service->entries = FAULT_LOST_ANSWER;
  online->service->n_lost = 1;
  open_door (online, BITKET_DOOR_NO_SYNC);
  outcome = fixture_scan (online->fixture, qr);
  assert_outcome (outcome, BITKET_VERDICT_REFUSE, BITKET_REASON_UNKNOWN_TICKET);
  g_assert_cmpuint (fault_service_get_admissions (online->service, ticket.ownership), ==, 1);
  sync_now (online, NULL);
  sync_now (online, NULL);
  g_assert_cmpuint (fixture_get_uint (online->fixture, "n-waiting"), ==, 0);
  g_assert_cmpuint (fault_service_get_admissions (online->service, ticket.ownership), ==, 0);
  g_assert_cmpuint (fixture_get_uint (online->fixture, "n-inside"), ==, 0);
}

/* Ten entries made offline, then the door opens with a service. */
static void
enter_ten (Online *online)
{
  fixture_open (online->fixture, NULL, BITKET_DOOR_DEFAULT);
  for (guint i = 0; i < 10; i++)
    {
      g_autofree char *qr = fixture_qr (
          online->fixture, &g_array_index (online->fixture->tickets, FixtureTicket, i), QR_SIGNED);
      g_autoptr (BitketOutcome) outcome = fixture_scan (online->fixture, qr);

      assert_outcome (outcome, BITKET_VERDICT_ADMIT, BITKET_REASON_VALID);
    }
  fixture_close (online->fixture);
}

static void
test_d39_one_refused (void)
{
  g_autoptr (Online) online = online_new ();
  BitketDoorSyncReport report;

  enter_ten (online);
  online->service->refused_row = 3;
  online->service->duplicates = TRUE;
  open_door (online, BITKET_DOOR_NO_SYNC);
  sync_now (online, &report);
  g_assert_cmpuint (report.n_uploaded, ==, 9);
  g_assert_cmpuint (report.n_refused, ==, 1);
  g_assert_cmpuint (report.n_waiting, ==, 0);
  g_assert_cmpuint (report.n_downloaded, ==, 12);
  fixture_close (online->fixture);
  g_assert_cmpint (fixture_sql (online->fixture, "SELECT count(*) FROM scans WHERE sent = 2"), ==,
                   9);
  g_assert_cmpint (fixture_sql (online->fixture, "SELECT answer FROM scans WHERE sent = 3"), ==,
                   BITKET_REASON_UNKNOWN_TICKET);
}

/* One row that the service chokes on does not hold up the nine others. */
static void
test_poisoned_batch (void)
{
  g_autoptr (Online) online = online_new ();
  g_autofree char *uri = NULL;
  g_autoptr (BitketDb) db = NULL;
  g_autoptr (BitketStatement) statement = NULL;
  BitketDoorSyncReport report;

  enter_ten (online);
  uri = g_strdup_printf ("sqlite:%s/door.db", online->fixture->state_dir);
  db = bitket_db_open (uri, BITKET_DB_OPEN_EXISTING, NULL);
  statement = bitket_db_prepare (db, "SELECT id FROM scans ORDER BY seq LIMIT 1 OFFSET 6", NULL);
  g_assert_true (bitket_statement_step (statement, NULL));
  online->service->poison = g_strdup (bitket_statement_get_text (statement, 0));
  g_clear_pointer (&statement, bitket_statement_free);
  g_clear_pointer (&db, bitket_db_close);
  open_door (online, BITKET_DOOR_NO_SYNC);
  sync_now (online, &report);
  g_assert_cmpuint (report.n_uploaded, ==, 9);
  g_assert_cmpuint (report.n_refused, ==, 0);
  g_assert_cmpuint (report.n_waiting, ==, 1);
  g_assert_true (has_trouble (online, BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_FAILED));
  /* It was not given up: nobody named it. */
  g_clear_pointer (&online->service->poison, g_free);
  sync_now (online, &report);
  g_assert_cmpuint (report.n_uploaded, ==, 1);
  g_assert_cmpuint (report.n_waiting, ==, 0);
}

static void
test_d40_busy (void)
{
  g_autoptr (Online) online = online_new ();
  g_autoptr (GError) error = NULL;

  enter_ten (online);
  online->service->entries = FAULT_BUSY;
  open_door (online, BITKET_DOOR_DEFAULT);
  g_assert_false (fixture_sync (online->fixture, NULL, &error));
  g_assert_error (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_BUSY);
  g_assert_cmpuint (fixture_get_uint (online->fixture, "n-waiting"), ==, 10);
  g_assert_true (bitket_door_is_online (online->fixture->door));
  online->service->entries = FAULT_NONE;
  g_assert_true (bitket_test_wait_until (is_all_sent, online->fixture, 30));
  g_assert_cmpuint (online->service->items->len, ==, 10);
}

/* One direction fails, the other runs. */
static void
test_independent_chains (void)
{
  g_autoptr (Online) online = online_new ();
  g_autoptr (GError) error = NULL;

  enter_ten (online);
  g_array_index (online->fixture->tickets, FixtureTicket, 11).state = BITKET_TICKET_STATE_REFUNDED;
  online->service->entries = FAULT_WRONG_SHAPE;
  open_door (online, BITKET_DOOR_NO_SYNC);
  g_assert_false (fixture_sync (online->fixture, NULL, &error));
  g_assert_error (error, BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_FAILED);
  g_clear_error (&error);
  g_assert_cmpuint (fixture_get_uint (online->fixture, "n-tickets"), ==, 11);
  g_assert_cmpuint (fixture_get_uint (online->fixture, "n-waiting"), ==, 10);
  online->service->entries = FAULT_NONE;
  online->service->feed = FAULT_WRONG_SHAPE;
  g_assert_false (fixture_sync (online->fixture, NULL, &error));
  g_assert_nonnull (error);
  g_assert_cmpuint (fixture_get_uint (online->fixture, "n-waiting"), ==, 0);
}

/* A page that cannot be read changes nothing: no ticket, no cursor. */
static void
test_bad_pages (void)
{
  static const Fault faults[] = { FAULT_NO_JSON, FAULT_WRONG_SHAPE, FAULT_PORTAL };
  g_autoptr (Online) online = online_new ();

  open_door (online, BITKET_DOOR_NO_SYNC);
  for (guint i = 0; i < G_N_ELEMENTS (faults); i++)
    {
      g_autoptr (GError) error = NULL;

      online->service->feed = faults[i];
      g_assert_false (fixture_sync (online->fixture, NULL, &error));
      g_assert_nonnull (error);
      g_assert_cmpuint (fixture_get_uint (online->fixture, "n-tickets"), ==, 12);
    }
  fixture_close (online->fixture);
  g_assert_cmpint (
      fixture_sql (online->fixture, "SELECT text = 'cursor-1' FROM meta WHERE name = 'cursor'"), ==,
      1);
}

static void
test_d41_conflict (void)
{
  g_autoptr (Online) online = online_new ();
  g_autoptr (BitketOutcome) outcome = NULL;
  BitketDoorSyncReport report;

  fixture_open (online->fixture, NULL, BITKET_DOOR_DEFAULT);
  outcome = scan (online);
  assert_outcome (outcome, BITKET_VERDICT_ADMIT, BITKET_REASON_VALID);
  fixture_close (online->fixture);
  /* Meanwhile, at another door. */
  online->ticket->state = BITKET_TICKET_STATE_UTILIZED;
  online->ticket->utilized_us = online->fixture->now_us - 60 * BITKET_TIME_SECOND_US;
  online->ticket->utilized_by = "South door";
  open_door (online, BITKET_DOOR_NO_SYNC);
  sync_now (online, &report);
  g_assert_cmpuint (report.n_waiting, ==, 0);
  g_assert_cmpuint (online->n_conflicts, ==, 1);
  g_assert_cmpuint (fixture_get_uint (online->fixture, "n-inside"), ==, 1);
  sync_now (online, NULL);
  g_assert_cmpuint (online->n_conflicts, ==, 1);
}

static void
test_d42_clock (void)
{
  g_autoptr (Online) online = online_new ();
  g_autoptr (BitketOutcome) first = NULL;
  g_autoptr (BitketOutcome) second = NULL;
  const gint64 shift_us = 2 * G_TIME_SPAN_HOUR;
  g_autofree char *other_qr = fixture_qr (
      online->fixture, &g_array_index (online->fixture->tickets, FixtureTicket, 1), QR_SIGNED);

  /* Once before the service was ever reached, once after. */
  online->service->date_shift_us = shift_us;
  fixture_open (online->fixture, NULL, BITKET_DOOR_DEFAULT);
  first = scan (online);
  fixture_close (online->fixture);
  open_door (online, BITKET_DOOR_NO_SYNC);
  sync_now (online, NULL);
  second = fixture_scan (online->fixture, other_qr);
  assert_outcome (second, BITKET_VERDICT_ADMIT, BITKET_REASON_VALID);
  g_assert_true (has_trouble (online, BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_CLOCK));
  g_assert_cmpuint (online->service->items->len, ==, 2);
  for (guint i = 0; i < 2; i++)
    {
      const BitketEntry *item = g_ptr_array_index (online->service->items, i);

      g_assert_cmpint (ABS (item->at_us - online->fixture->now_us - shift_us), <,
                       G_TIME_SPAN_MINUTE);
    }
}

static void
test_d44_revoked (void)
{
  g_autoptr (Online) online = online_new ();
  g_autoptr (GError) error = NULL;
  gboolean is_revoked;

  enter_ten (online);
  fault_service_set_all (online->service, FAULT_REVOKED);
  online->service->health = FAULT_NONE;
  open_door (online, BITKET_DOOR_NO_SYNC);
  g_assert_false (fixture_sync (online->fixture, NULL, &error));
  g_assert_error (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_REVOKED);
  g_object_get (online->fixture->door, "revoked", &is_revoked, NULL);
  g_assert_true (is_revoked);
  g_assert_true (has_trouble (online, BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_REVOKED));
  fixture_close (online->fixture);
  g_assert_cmpint (fixture_sql (online->fixture, "SELECT count(*) FROM tickets"), ==, 0);
  g_assert_cmpint (fixture_sql (online->fixture, "SELECT count(*) FROM scans WHERE sent = 1"), ==,
                   10);
}

/* The service takes what happened before. */
static void
test_d44_revoked_but_late_rows (void)
{
  g_autoptr (Online) online = online_new ();

  enter_ten (online);
  online->service->feed = FAULT_REVOKED;
  open_door (online, BITKET_DOOR_NO_SYNC);
  g_assert_false (fixture_sync (online->fixture, NULL, NULL));
  g_assert_true (bitket_test_wait_until (is_all_sent, online->fixture, 10));
  g_assert_cmpuint (online->service->items->len, ==, 10);
  fixture_close (online->fixture);
  g_assert_cmpint (fixture_sql (online->fixture, "SELECT count(*) FROM tickets"), ==, 0);
}

static void
test_d31_undo_of_uploaded (void)
{
  g_autoptr (Online) online = online_new ();
  g_autoptr (BitketOutcome) outcome = NULL;
  g_autoptr (BitketOutcome) undone = NULL;
  g_autoptr (BitketOutcome) again = NULL;
  g_autoptr (GError) error = NULL;

  open_door (online, BITKET_DOOR_NO_SYNC);
  outcome = scan (online);
  g_assert_cmpuint (fixture_get_uint (online->fixture, "n-waiting"), ==, 0);
  fixture_close (online->fixture);
  fixture_open (online->fixture, NULL, BITKET_DOOR_DEFAULT);
  undone = fixture_undo (online->fixture, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (fixture_get_uint (online->fixture, "n-waiting"), ==, 1);
  fixture_close (online->fixture);
  open_door (online, BITKET_DOOR_NO_SYNC);
  sync_now (online, NULL);
  g_assert_cmpuint (fault_service_get_admissions (online->service, online->ticket->ownership), ==,
                    0);
  again = scan (online);
  assert_outcome (again, BITKET_VERDICT_ADMIT, BITKET_REASON_VALID);
}

/* D34: a page that was made before an entry does not undo it when it arrives after. */
static gboolean
is_hanging (gpointer data)
{
  return ((FaultService *) data)->hanging->len > 0;
}

static void
test_d34_older_page (void)
{
  g_autoptr (Online) online = online_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (BitketOutcome) first = NULL;
  g_autoptr (BitketOutcome) second = NULL;
  g_autoptr (GBytes) page = NULL;
  SoupServerMessage *message;

  open_door (online, BITKET_DOOR_NO_SYNC);
  online->service->feed = FAULT_HANG;
  bitket_door_sync_async (online->fixture->door, NULL,
                          (GAsyncReadyCallback) (void (*) (void)) bitket_test_keep_result, &result);
  g_assert_true (bitket_test_wait_until (is_hanging, online->service, 30));
  page = fixture_page (online->fixture, online->ticket, 1);
  first = scan (online);
  assert_outcome (first, BITKET_VERDICT_ADMIT, BITKET_REASON_VALID);
  /* A page that came too early for the ticket is asked for again. */
  online->service->feed = FAULT_NONE;
  message = g_ptr_array_index (online->service->hanging, 0);
  soup_server_message_set_status (message, 200, NULL);
  soup_server_message_set_response (message, "application/json", SOUP_MEMORY_COPY,
                                    g_bytes_get_data (page, NULL), g_bytes_get_size (page));
  soup_server_message_unpause (message);
  bitket_test_wait_for_pointer ((gpointer *) &result);
  g_assert_true (bitket_door_sync_finish (online->fixture->door, result, NULL, NULL));
  g_assert_cmpuint (fixture_get_uint (online->fixture, "n-inside"), ==, 1);
  fixture_move_clock (online->fixture, 10);
  online->service->entries = FAULT_RESET;
  second = scan (online);
  assert_outcome (second, BITKET_VERDICT_REFUSE, BITKET_REASON_ALREADY_ADMITTED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/door/online/D01-asked", test_asked);
  g_test_add_func ("/door/online/D04-service-knows-better", test_service_knows_better);
  g_test_add_func ("/door/online/D05-D06-service-knows", test_d05_d06_service_knows);
  for (guint i = 0; i < G_N_ELEMENTS (failures); i++)
    g_test_add_data_func (failures[i].path, &failures[i], test_d33_failure);
  g_test_add_func ("/door/online/D43-back-again", test_d43_back_again);
  g_test_add_func ("/door/online/D32-lost-answer", test_d32_lost_answer);
  g_test_add_func ("/door/online/lost-admission-is-taken-back", test_lost_admission_is_taken_back);
  g_test_add_func ("/door/online/D39-one-refused", test_d39_one_refused);
  g_test_add_func ("/door/online/poisoned-batch", test_poisoned_batch);
  g_test_add_func ("/door/online/D40-busy", test_d40_busy);
  g_test_add_func ("/door/online/independent-chains", test_independent_chains);
  g_test_add_func ("/door/online/bad-pages", test_bad_pages);
  g_test_add_func ("/door/online/D41-conflict", test_d41_conflict);
  g_test_add_func ("/door/online/D42-clock", test_d42_clock);
  g_test_add_func ("/door/online/D44-revoked", test_d44_revoked);
  g_test_add_func ("/door/online/D44-late-rows", test_d44_revoked_but_late_rows);
  g_test_add_func ("/door/online/D31-undo-of-uploaded", test_d31_undo_of_uploaded);
  g_test_add_func ("/door/online/D34-older-page", test_d34_older_page);
  return g_test_run ();
}
