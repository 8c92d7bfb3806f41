/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

/* The rows of the door's scenario list that need no service, by their ids. */

#include <string.h>

#include "bitket-test-support.h"
#include "bitket-time.h"
#include "door-fixture.h"

static Fixture *
open_with (BitketTicketState state, FixtureTicket **ticket)
{
  Fixture *fixture = fixture_new ();

  *ticket = fixture_add (fixture, state, "Åsa Öberg");
  (*ticket)->choice = "Vegetarian";
  fixture_feed (fixture);
  fixture_open (fixture, NULL, BITKET_DOOR_DEFAULT);
  return fixture;
}

static void
test_d01_first_entry (void)
{
  FixtureTicket *ticket;
  g_autoptr (Fixture) fixture = open_with (BITKET_TICKET_STATE_VALID, &ticket);
  g_autofree char *qr = fixture_qr (fixture, ticket, QR_SIGNED);
  g_autoptr (BitketOutcome) outcome = fixture_scan (fixture, qr);
  const BitketOutcomeFacts *facts = bitket_outcome_get_facts (outcome);

  assert_outcome (outcome, BITKET_VERDICT_ADMIT, BITKET_REASON_VALID);
  g_assert_cmpint (facts->authority, ==, BITKET_AUTHORITY_CACHE);
  g_assert_cmpstr (facts->ownership, ==, ticket->ownership);
  g_assert_cmpstr (facts->name, ==, "Åsa Öberg");
  g_assert_cmpstr (facts->ticket_type, ==, "Member");
  g_assert_cmpstr (facts->choices[0], ==, "Vegetarian");
  g_assert_cmpstr (facts->door, ==, FIXTURE_DOOR);
  g_assert_cmpint (facts->utilized_us, ==, fixture->now_us);
  g_assert_cmpuint (fixture_get_uint (fixture, "n-waiting"), ==, 1);
  g_assert_cmpuint (fixture_get_uint (fixture, "n-inside"), ==, 1);
  g_assert_cmpuint (fixture_get_uint (fixture, "n-tickets"), ==, 1);
  fixture_close (fixture);
  g_assert_cmpint (fixture_sql (fixture, "SELECT count(*) FROM scans WHERE sent = 1"), ==, 1);
  g_assert_cmpint (fixture_sql (fixture, "SELECT state FROM tickets"), ==,
                   BITKET_TICKET_STATE_UTILIZED);
}

static void
test_d02_again_later (void)
{
  FixtureTicket *ticket;
  g_autoptr (Fixture) fixture = open_with (BITKET_TICKET_STATE_VALID, &ticket);
  g_autofree char *qr = fixture_qr (fixture, ticket, QR_SIGNED);
  g_autoptr (BitketOutcome) first = fixture_scan (fixture, qr);
  g_autoptr (BitketOutcome) second = NULL;
  gint64 entered_us = fixture->now_us;

  assert_outcome (first, BITKET_VERDICT_ADMIT, BITKET_REASON_VALID);
  fixture_move_clock (fixture, 10);
  second = fixture_scan (fixture, qr);
  assert_outcome (second, BITKET_VERDICT_REFUSE, BITKET_REASON_ALREADY_ADMITTED);
  g_assert_cmpstr (bitket_outcome_get_facts (second)->door, ==, FIXTURE_DOOR);
  g_assert_cmpint (bitket_outcome_get_facts (second)->utilized_us, ==, entered_us);
  g_assert_cmpuint (fixture_get_uint (fixture, "n-waiting"), ==, 2);
  g_assert_cmpuint (fixture_get_uint (fixture, "n-inside"), ==, 1);
}

static void
test_d03_same_scan (void)
{
  FixtureTicket *ticket;
  g_autoptr (Fixture) fixture = open_with (BITKET_TICKET_STATE_VALID, &ticket);
  g_autofree char *qr = fixture_qr (fixture, ticket, QR_SIGNED);
  g_autofree char *forged = fixture_qr (fixture, ticket, QR_BROKEN);
  g_autoptr (BitketOutcome) first = fixture_scan (fixture, qr);
  g_autoptr (BitketOutcome) second = NULL;
  g_autoptr (BitketOutcome) other = NULL;
  g_autoptr (BitketOutcome) late = NULL;

  fixture_move_clock (fixture, 2);
  second = fixture_scan (fixture, qr);
  assert_outcome (second, BITKET_VERDICT_ADMIT, BITKET_REASON_SAME_SCAN);
  g_assert_cmpstr (bitket_outcome_get_facts (second)->name, ==, "Åsa Öberg");
  g_assert_cmpuint (fixture_get_uint (fixture, "n-waiting"), ==, 1);
  g_assert_cmpuint (g_list_model_get_n_items (bitket_door_get_recent (fixture->door)), ==, 1);
  /* Another code for the same ticket is another scan. */
  other = fixture_scan (fixture, forged);
  assert_outcome (other, BITKET_VERDICT_REFUSE, BITKET_REASON_BAD_SIGNATURE);
  /* Five seconds after the scan itself, not after its last repetition. */
  fixture_move_clock (fixture, 3);
  late = fixture_scan (fixture, qr);
  assert_outcome (late, BITKET_VERDICT_REFUSE, BITKET_REASON_ALREADY_ADMITTED);
}

static void
test_d04_entered_elsewhere (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  FixtureTicket *ticket = fixture_add (fixture, BITKET_TICKET_STATE_UTILIZED, "Bo");
  g_autofree char *qr = fixture_qr (fixture, ticket, QR_SIGNED);
  g_autoptr (BitketOutcome) outcome = NULL;

  ticket->utilized_us = fixture->now_us - 60 * BITKET_TIME_SECOND_US;
  ticket->utilized_by = "South door";
  fixture_feed (fixture);
  fixture_open (fixture, NULL, BITKET_DOOR_DEFAULT);
  outcome = fixture_scan (fixture, qr);
  assert_outcome (outcome, BITKET_VERDICT_REFUSE, BITKET_REASON_ALREADY_ADMITTED);
  g_assert_cmpstr (bitket_outcome_get_facts (outcome)->door, ==, "South door");
  g_assert_cmpint (bitket_outcome_get_facts (outcome)->utilized_us, ==, ticket->utilized_us);
}

static void
test_d05_d35_unknown_but_signed (void)
{
  FixtureTicket *known;
  g_autoptr (Fixture) fixture = open_with (BITKET_TICKET_STATE_VALID, &known);
  FixtureTicket ticket = fixture_make (fixture, "Nobody knows");
  g_autofree char *qr = NULL;
  g_autoptr (BitketOutcome) first = NULL;
  g_autoptr (BitketOutcome) second = NULL;

  ticket.type = 1;
  qr = fixture_qr (fixture, &ticket, QR_SIGNED);
  first = fixture_scan (fixture, qr);
  assert_outcome (first, BITKET_VERDICT_ATTENTION, BITKET_REASON_SIGNATURE_ONLY);
  g_assert_cmpint (bitket_outcome_get_facts (first)->authority, ==, BITKET_AUTHORITY_SIGNATURE);
  g_assert_cmpstr (bitket_outcome_get_facts (first)->ticket_type, ==, "Guest");
  g_assert_cmpuint (fixture_get_uint (fixture, "n-waiting"), ==, 1);
  g_assert_cmpuint (fixture_get_uint (fixture, "n-inside"), ==, 1);
  fixture_move_clock (fixture, 30);
  second = fixture_scan (fixture, qr);
  assert_outcome (second, BITKET_VERDICT_REFUSE, BITKET_REASON_ALREADY_ADMITTED);
}

/* What one scan of one ticket says. */
typedef struct
{
  const char *path;
  BitketTicketState state;
  QrKind qr;
  gboolean is_unknown;
  gboolean has_old_code;
  gint64 opens_in_s, ends_in_s; /* 0: not said */
  BitketReason reason;
  gboolean shows_name;
} Case;

static const Case cases[] = {
  { "/door/scenarios/D06-unknown-unsigned", BITKET_TICKET_STATE_VALID, QR_UNSIGNED, TRUE, FALSE, 0,
    0, BITKET_REASON_UNKNOWN_TICKET, FALSE },
  { "/door/scenarios/D01-unsigned", BITKET_TICKET_STATE_VALID, QR_UNSIGNED, FALSE, FALSE, 0, 0,
    BITKET_REASON_VALID, TRUE },
  { "/door/scenarios/D07-wrong-code", BITKET_TICKET_STATE_VALID, QR_UNSIGNED, FALSE, TRUE, 0, 0,
    BITKET_REASON_CODE_REPLACED, TRUE },
  { "/door/scenarios/D08-broken-signature", BITKET_TICKET_STATE_VALID, QR_BROKEN, FALSE, FALSE, 0,
    0, BITKET_REASON_BAD_SIGNATURE, FALSE },
  { "/door/scenarios/D08-broken-and-unknown", BITKET_TICKET_STATE_VALID, QR_BROKEN, TRUE, FALSE, 0,
    0, BITKET_REASON_BAD_SIGNATURE, FALSE },
  { "/door/scenarios/D09-foreign-key", BITKET_TICKET_STATE_VALID, QR_FOREIGN, TRUE, FALSE, 0, 0,
    BITKET_REASON_BAD_SIGNATURE, FALSE },
  { "/door/scenarios/D10-reissued", BITKET_TICKET_STATE_VALID, QR_SIGNED, FALSE, TRUE, 0, 0,
    BITKET_REASON_CODE_REPLACED, TRUE },
  { "/door/scenarios/D11-resold", BITKET_TICKET_STATE_SUPERSEDED, QR_SIGNED, FALSE, FALSE, 0, 0,
    BITKET_REASON_SUPERSEDED, TRUE },
  { "/door/scenarios/D12-refunded", BITKET_TICKET_STATE_REFUNDED, QR_SIGNED, FALSE, FALSE, 0, 0,
    BITKET_REASON_REFUNDED, TRUE },
  { "/door/scenarios/D13-pending", BITKET_TICKET_STATE_PENDING, QR_SIGNED, FALSE, FALSE, 0, 0,
    BITKET_REASON_PENDING, TRUE },
  { "/door/scenarios/D14-other-event", BITKET_TICKET_STATE_VALID, QR_OTHER_EVENT, TRUE, FALSE, 0, 0,
    BITKET_REASON_WRONG_EVENT, FALSE },
  { "/door/scenarios/D15-not-yet", BITKET_TICKET_STATE_VALID, QR_SIGNED, FALSE, FALSE, 600, 0,
    BITKET_REASON_NOT_YET, TRUE },
  { "/door/scenarios/D16-over", BITKET_TICKET_STATE_VALID, QR_SIGNED, FALSE, FALSE, 0, -60,
    BITKET_REASON_OVER, TRUE },
};

static void
check_case (const Case *row, const BitketOutcomeFacts *facts, Fixture *fixture)
{
  g_assert_cmpint (facts->verdict, ==, bitket_reason_get_verdict (row->reason));
  if (row->reason == BITKET_REASON_WRONG_EVENT)
    g_assert_cmpstr (facts->event_name, ==, "Vårbalen");
  if (row->reason == BITKET_REASON_NOT_YET)
    g_assert_cmpint (facts->entry_opens_us, ==, fixture->event->entry_opens_us);
  if (row->reason == BITKET_REASON_OVER)
    g_assert_cmpint (facts->ends_us, ==, fixture->event->ends_us);
  g_assert_cmpint (facts->name != NULL, ==, row->shows_name);
}

static void
test_case (gconstpointer data)
{
  const Case *row = data;
  g_autoptr (Fixture) fixture = fixture_new ();
  FixtureTicket *ticket = fixture_add (fixture, row->state, "Cecilia");
  FixtureTicket shown = *ticket;
  g_autofree char *qr = NULL;
  g_autoptr (BitketOutcome) outcome = NULL;
  gboolean admits = bitket_reason_admits (row->reason);

  if (row->is_unknown)
    shown = fixture_make (fixture, NULL);
  if (row->has_old_code)
    g_strlcpy (shown.code, "0ddba1", sizeof shown.code);
  if (row->opens_in_s != 0)
    fixture->event->entry_opens_us = fixture->now_us + row->opens_in_s * BITKET_TIME_SECOND_US;
  if (row->ends_in_s != 0)
    fixture->event->ends_us = fixture->now_us + row->ends_in_s * BITKET_TIME_SECOND_US;
  fixture_feed (fixture);
  qr = fixture_qr (fixture, &shown, row->qr);
  fixture_open (fixture, NULL, BITKET_DOOR_DEFAULT);
  outcome = fixture_scan (fixture, qr);
  g_assert_cmpstr (bitket_reason_to_string (bitket_outcome_get_reason (outcome)), ==,
                   bitket_reason_to_string (row->reason));
  check_case (row, bitket_outcome_get_facts (outcome), fixture);
  /* Denials wait to be told as well. */
  g_assert_cmpuint (fixture_get_uint (fixture, "n-waiting"), ==, 1);
  g_assert_cmpuint (fixture_get_uint (fixture, "n-inside"), ==, admits ? 1 : 0);
}

static void
test_d17_d18_unreadable (void)
{
  static const struct
  {
    const char *bytes;
    gsize len;
    BitketScanSource source;
  } rows[] = {
    { "https://example.org/", 20, BITKET_SCAN_SOURCE_CAMERA },
    { "https://example.org/", 20, BITKET_SCAN_SOURCE_LINE },
    { "", 0, BITKET_SCAN_SOURCE_CAMERA },
    { "\0\0\0", 3, BITKET_SCAN_SOURCE_CAMERA },
    { "{\"id\":\0\"\"}", 10, BITKET_SCAN_SOURCE_CAMERA },
    { "\xf0\x9f\x8e\x9f", 4, BITKET_SCAN_SOURCE_CAMERA },
    { "\xff\xfe", 2, BITKET_SCAN_SOURCE_LINE },
    { "[[[[[[[[[[[[[[[[", 16, BITKET_SCAN_SOURCE_CAMERA },
    { "{\"id\":{\"id\":{\"id\":1}}}", 22, BITKET_SCAN_SOURCE_LINE },
    { "a surname", 9, BITKET_SCAN_SOURCE_CAMERA },
  };
  FixtureTicket *ticket;
  g_autoptr (Fixture) fixture = open_with (BITKET_TICKET_STATE_VALID, &ticket);
  g_autofree char *long_text = g_strnfill (4096, '{');
  g_autoptr (BitketOutcome) last = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (BitketOutcome) outcome =
          fixture_scan_bytes (fixture, rows[i].bytes, rows[i].len, rows[i].source);

      g_test_message ("row %u", i);
      assert_outcome (outcome, BITKET_VERDICT_REFUSE, BITKET_REASON_UNREADABLE);
      fixture_move_clock (fixture, 10);
    }
  last = fixture_scan_bytes (fixture, long_text, 4096, BITKET_SCAN_SOURCE_CAMERA);
  assert_outcome (last, BITKET_VERDICT_REFUSE, BITKET_REASON_UNREADABLE);
  g_assert_cmpuint (fixture_get_uint (fixture, "n-waiting"), ==, G_N_ELEMENTS (rows) + 1);
}

static void
test_d19_other_spelling (void)
{
  FixtureTicket *ticket;
  g_autoptr (Fixture) fixture = open_with (BITKET_TICKET_STATE_VALID, &ticket);
  g_autofree char *id = g_ascii_strup (ticket->ownership, -1);
  g_autofree char *qr = g_strdup_printf (
      " { \"extra\" : [1, {}] ,\n \"code\":\"%s\", \"id\":\"%s\" } ", ticket->code, id);
  g_autoptr (BitketOutcome) outcome = fixture_scan (fixture, qr);

  assert_outcome (outcome, BITKET_VERDICT_ADMIT, BITKET_REASON_VALID);
}

static void
test_d20_typed_code (void)
{
  FixtureTicket *ticket;
  g_autoptr (Fixture) fixture = open_with (BITKET_TICKET_STATE_VALID, &ticket);
  g_autofree char *code = g_ascii_strup (ticket->code, -1);
  g_autoptr (BitketOutcome) outcome = fixture_scan (fixture, code);
  g_autoptr (BitketOutcome) unknown = fixture_scan (fixture, "f00baa");

  assert_outcome (outcome, BITKET_VERDICT_ADMIT, BITKET_REASON_VALID);
  g_assert_cmpint (bitket_outcome_get_facts (outcome)->kind, ==, BITKET_SCAN_KIND_CODE);
  assert_outcome (unknown, BITKET_VERDICT_REFUSE, BITKET_REASON_UNKNOWN_TICKET);
}

static void
test_d21_surname (void)
{
  FixtureTicket *ticket;
  g_autoptr (Fixture) fixture = open_with (BITKET_TICKET_STATE_VALID, &ticket);
  g_autoptr (BitketOutcome) outcome = fixture_scan (fixture, "oberg");
  g_autoptr (GPtrArray) hits = fixture_search (fixture, "oberg");

  assert_outcome (outcome, BITKET_VERDICT_NONE, BITKET_REASON_NONE);
  g_assert_cmpint (bitket_outcome_get_facts (outcome)->kind, ==, BITKET_SCAN_KIND_TEXT);
  g_assert_cmpuint (fixture_get_uint (fixture, "n-waiting"), ==, 0);
  g_assert_cmpuint (hits->len, ==, 1);
  g_assert_cmpstr (((BitketDoorHit *) hits->pdata[0])->ownership, ==, ticket->ownership);
}

/* Cards, as a reader types them. */

#define CARD "2864434397"

static void
test_d22_d26_card (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (BitketOutcome) outcome = NULL;
  g_autoptr (BitketOutcome) again = NULL;

  fixture_add (fixture, BITKET_TICKET_STATE_VALID, "Disa")->card = CARD;
  fixture_feed (fixture);
  fixture_open (fixture, NULL, BITKET_DOOR_DEFAULT);
  outcome = fixture_scan (fixture, "000" CARD);
  assert_outcome (outcome, BITKET_VERDICT_ADMIT, BITKET_REASON_VALID);
  g_assert_cmpstr (bitket_outcome_get_facts (outcome)->name, ==, "Disa");
  fixture_move_clock (fixture, 10);
  again = fixture_scan_bytes (fixture, CARD, strlen (CARD), BITKET_SCAN_SOURCE_CARD);
  assert_outcome (again, BITKET_VERDICT_REFUSE, BITKET_REASON_ALREADY_ADMITTED);
}

static void
test_d23_two_tickets (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (BitketOutcome) outcome = NULL;
  g_autoptr (BitketOutcome) picked = NULL;
  char ownership[BITKET_ID_SIZE];

  fixture_add (fixture, BITKET_TICKET_STATE_VALID, "Disa")->card = CARD;
  fixture_add (fixture, BITKET_TICKET_STATE_VALID, "Disa")->card = CARD;
  g_strlcpy (ownership, g_array_index (fixture->tickets, FixtureTicket, 1).ownership,
             sizeof ownership);
  fixture_feed (fixture);
  fixture_open (fixture, NULL, BITKET_DOOR_DEFAULT);
  outcome = fixture_scan (fixture, CARD);
  assert_outcome (outcome, BITKET_VERDICT_ATTENTION, BITKET_REASON_CHOOSE_TICKET);
  g_assert_cmpuint (fixture_get_uint (fixture, "n-inside"), ==, 0);
  g_assert_cmpuint (fixture_get_uint (fixture, "n-waiting"), ==, 0);
  picked = fixture_admit (fixture, ownership, NULL, NULL);
  assert_outcome (picked, BITKET_VERDICT_ADMIT, BITKET_REASON_VALID);
  g_assert_cmpuint (fixture_get_uint (fixture, "n-inside"), ==, 1);
}

static void
test_d24_one_used (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (BitketOutcome) outcome = NULL;

  fixture_add (fixture, BITKET_TICKET_STATE_UTILIZED, "Disa")->card = CARD;
  fixture_add (fixture, BITKET_TICKET_STATE_VALID, "Disa")->card = CARD;
  fixture_feed (fixture);
  fixture_open (fixture, NULL, BITKET_DOOR_DEFAULT);
  outcome = fixture_scan (fixture, CARD);
  assert_outcome (outcome, BITKET_VERDICT_ADMIT, BITKET_REASON_VALID);
  g_assert_cmpstr (bitket_outcome_get_facts (outcome)->ownership, ==,
                   g_array_index (fixture->tickets, FixtureTicket, 1).ownership);
}

static void
test_d25_unknown_card (void)
{
  FixtureTicket *ticket;
  g_autoptr (Fixture) fixture = open_with (BITKET_TICKET_STATE_VALID, &ticket);
  g_autoptr (BitketOutcome) outcome = fixture_scan (fixture, CARD);

  assert_outcome (outcome, BITKET_VERDICT_REFUSE, BITKET_REASON_CARD_UNKNOWN);
}

static void
test_d25_no_ticket (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (BitketOutcome) outcome = NULL;

  fixture_add (fixture, BITKET_TICKET_STATE_REFUNDED, "Disa")->card = CARD;
  fixture_feed (fixture);
  fixture_open (fixture, NULL, BITKET_DOOR_DEFAULT);
  outcome = fixture_scan (fixture, CARD);
  assert_outcome (outcome, BITKET_VERDICT_REFUSE, BITKET_REASON_NO_TICKET);
  g_assert_cmpstr (bitket_outcome_get_facts (outcome)->name, ==, "Disa");
}

/* AA BB CC DD one way round is DD CC BB AA the other. */
static void
test_d27_byte_order (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (BitketOutcome) outcome = NULL;

  fixture_add (fixture, BITKET_TICKET_STATE_VALID, "Disa")->card = "3721182122";
  fixture_feed (fixture);
  fixture_open (fixture, NULL, BITKET_DOOR_DEFAULT);
  outcome = fixture_scan (fixture, CARD);
  assert_outcome (outcome, BITKET_VERDICT_ADMIT, BITKET_REASON_VALID);
}

static void
test_d28_long_card (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (BitketOutcome) outcome = NULL;

  fixture_add (fixture, BITKET_TICKET_STATE_VALID, "Disa")->card = "1234567890123456";
  fixture_feed (fixture);
  fixture_open (fixture, NULL, BITKET_DOOR_DEFAULT);
  outcome = fixture_scan (fixture, "1234567890123456");
  assert_outcome (outcome, BITKET_VERDICT_ADMIT, BITKET_REASON_VALID);
}

static void
test_d30_undo (void)
{
  FixtureTicket *ticket;
  g_autoptr (Fixture) fixture = open_with (BITKET_TICKET_STATE_VALID, &ticket);
  g_autofree char *qr = fixture_qr (fixture, ticket, QR_SIGNED);
  g_autoptr (BitketOutcome) first = fixture_scan (fixture, qr);
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketOutcome) undone = fixture_undo (fixture, NULL, &error);
  g_autoptr (BitketOutcome) second = NULL;

  g_assert_no_error (error);
  g_assert_cmpstr (bitket_outcome_get_facts (undone)->scan_id, ==,
                   bitket_outcome_get_facts (first)->scan_id);
  g_assert_cmpstr (bitket_outcome_get_facts (undone)->name, ==, "Åsa Öberg");
  g_assert_cmpuint (fixture_get_uint (fixture, "n-inside"), ==, 0);
  /* At once, and within the time of the same scan. */
  second = fixture_scan (fixture, qr);
  assert_outcome (second, BITKET_VERDICT_ADMIT, BITKET_REASON_VALID);
  g_assert_cmpuint (fixture_get_uint (fixture, "n-waiting"), ==, 3);
  fixture_close (fixture);
  g_assert_cmpint (fixture_sql (fixture, "SELECT count(*) FROM scans WHERE annulled_by <> ''"), ==,
                   1);
  g_assert_cmpint (fixture_sql (fixture, "SELECT count(*) FROM scans WHERE annuls <> ''"), ==, 1);
}

static void
test_undo_nothing (void)
{
  FixtureTicket *ticket;
  g_autoptr (Fixture) fixture = open_with (BITKET_TICKET_STATE_VALID, &ticket);
  g_autofree char *qr = fixture_qr (fixture, ticket, QR_BROKEN);
  g_autoptr (BitketOutcome) denied = fixture_scan (fixture, qr);
  g_autoptr (GError) error = NULL;

  g_assert_null (fixture_undo (fixture, NULL, &error));
  g_assert_error (error, BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_NOTHING);
  g_clear_error (&error);
  g_assert_null (fixture_undo (fixture, bitket_outcome_get_facts (denied)->scan_id, &error));
  g_assert_error (error, BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_NOTHING);
}

static void
test_d36_restart (void)
{
  FixtureTicket *ticket;
  g_autoptr (Fixture) fixture = open_with (BITKET_TICKET_STATE_VALID, &ticket);
  g_autofree char *qr = fixture_qr (fixture, ticket, QR_SIGNED);
  g_autoptr (BitketOutcome) first = fixture_scan (fixture, qr);
  g_autoptr (BitketOutcome) second = NULL;

  fixture_close (fixture);
  fixture_open (fixture, NULL, BITKET_DOOR_DEFAULT);
  g_assert_cmpuint (fixture_get_uint (fixture, "n-waiting"), ==, 1);
  g_assert_cmpuint (fixture_get_uint (fixture, "n-inside"), ==, 1);
  second = fixture_scan (fixture, qr);
  assert_outcome (second, BITKET_VERDICT_REFUSE, BITKET_REASON_ALREADY_ADMITTED);
}

static void
test_forced (void)
{
  FixtureTicket *ticket;
  g_autoptr (Fixture) fixture = open_with (BITKET_TICKET_STATE_REFUNDED, &ticket);
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketOutcome) refused = fixture_admit (fixture, ticket->ownership, NULL, &error);
  g_autoptr (BitketOutcome) forced =
      fixture_admit (fixture, ticket->ownership, "the organizer said so", &error);

  g_assert_no_error (error);
  assert_outcome (refused, BITKET_VERDICT_REFUSE, BITKET_REASON_REFUNDED);
  assert_outcome (forced, BITKET_VERDICT_ADMIT, BITKET_REASON_REFUNDED);
  g_assert_cmpuint (fixture_get_uint (fixture, "n-inside"), ==, 1);
  g_assert_null (fixture_admit (fixture, "9b2f7a52-54f3-4d0a-8e5c-1f0c2a3b4d5e", NULL, &error));
  g_assert_error (error, BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_NOT_FOUND);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/door/scenarios/D01-first-entry", test_d01_first_entry);
  g_test_add_func ("/door/scenarios/D02-again-later", test_d02_again_later);
  g_test_add_func ("/door/scenarios/D03-same-scan", test_d03_same_scan);
  g_test_add_func ("/door/scenarios/D04-entered-elsewhere", test_d04_entered_elsewhere);
  g_test_add_func ("/door/scenarios/D05-D35-unknown-but-signed", test_d05_d35_unknown_but_signed);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add_data_func (cases[i].path, &cases[i], test_case);
  g_test_add_func ("/door/scenarios/D17-D18-unreadable", test_d17_d18_unreadable);
  g_test_add_func ("/door/scenarios/D19-other-spelling", test_d19_other_spelling);
  g_test_add_func ("/door/scenarios/D20-typed-code", test_d20_typed_code);
  g_test_add_func ("/door/scenarios/D21-surname", test_d21_surname);
  g_test_add_func ("/door/scenarios/D22-D26-card", test_d22_d26_card);
  g_test_add_func ("/door/scenarios/D23-two-tickets", test_d23_two_tickets);
  g_test_add_func ("/door/scenarios/D24-one-used", test_d24_one_used);
  g_test_add_func ("/door/scenarios/D25-unknown-card", test_d25_unknown_card);
  g_test_add_func ("/door/scenarios/D25-no-ticket", test_d25_no_ticket);
  g_test_add_func ("/door/scenarios/D27-byte-order", test_d27_byte_order);
  g_test_add_func ("/door/scenarios/D28-long-card", test_d28_long_card);
  g_test_add_func ("/door/scenarios/D30-undo", test_d30_undo);
  g_test_add_func ("/door/scenarios/undo-nothing", test_undo_nothing);
  g_test_add_func ("/door/scenarios/D36-restart", test_d36_restart);
  g_test_add_func ("/door/scenarios/forced", test_forced);
  return g_test_run ();
}
