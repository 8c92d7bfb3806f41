/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

/* Faults of the verdicts that were found and mended: each by the name of what went wrong. */

#include <string.h>

#include "bitket-client-error.h"
#include "bitket-door-keys.h"
#include "bitket-test-support.h"
#include "world.h"

/* Questions and this door's own rows. */

/* An entry that the service has not heard of yet; then the service is there again. */
static void
test_question_overtakes_entry (void)
{
  g_autoptr (World) world = world_new (3);

  fixture_feed (world->fixture);
  world_open_offline (world);
  world_check_scan (world, world_get_ticket (world, 0), BITKET_VERDICT_ADMIT, BITKET_REASON_VALID);
  fixture_close (world->fixture);
  fixture_move_clock (world->fixture, 60);
  world_open_online (world, BITKET_DOOR_NO_SYNC);
  world_check_scan (world, world_get_ticket (world, 0), BITKET_VERDICT_REFUSE,
                    BITKET_REASON_ALREADY_ADMITTED);
  world_sync_now (world, NULL);
  g_assert_cmpuint (
      fault_service_get_admissions (world->service, world_get_ticket (world, 0)->ownership), ==, 1);
}

/* D30 online: the annulment is not sent yet when the same QR is read again. */
static void
test_d30_question_overtakes_annulment (void)
{
  g_autoptr (World) world = world_new (3);

  fixture_feed (world->fixture);
  world_open_online (world, BITKET_DOOR_NO_SYNC);
  world_check_scan (world, world_get_ticket (world, 0), BITKET_VERDICT_ADMIT, BITKET_REASON_VALID);
  world_undo (world);
  fixture_move_clock (world->fixture, 10);
  world_check_scan (world, world_get_ticket (world, 0), BITKET_VERDICT_ADMIT, BITKET_REASON_VALID);
  world_sync_now (world, NULL);
  g_assert_cmpuint (world_count_waiting (world), ==, 0);
  g_assert_cmpuint (
      fault_service_get_admissions (world->service, world_get_ticket (world, 0)->ownership), ==, 1);
  g_assert_cmpuint (world->service->items->len, ==, 3);
}

/* Taking back restores what was. */

static void
force_and_undo (World *world)
{
  fixture_feed (world->fixture);
  world_open_offline (world);
  world_check_admit (world, world_get_ticket (world, 0), "it is the band", BITKET_REASON_REFUNDED);
  world_undo (world);
  fixture_move_clock (world->fixture, 10);
}

static void
test_undo_of_forced_refunded (void)
{
  g_autoptr (World) world = world_new (1);

  world_get_ticket (world, 0)->state = BITKET_TICKET_STATE_REFUNDED;
  force_and_undo (world);
  world_check_scan (world, world_get_ticket (world, 0), BITKET_VERDICT_REFUSE,
                    BITKET_REASON_REFUNDED);
}

static void
test_undo_of_forced_used_elsewhere (void)
{
  g_autoptr (World) world = world_new (1);
  FixtureTicket *ticket = world_get_ticket (world, 0);
  g_autofree char *qr = fixture_qr (world->fixture, ticket, QR_SIGNED);
  g_autoptr (BitketOutcome) outcome = NULL;

  ticket->state = BITKET_TICKET_STATE_UTILIZED;
  ticket->utilized_us = world->fixture->now_us - G_TIME_SPAN_HOUR;
  ticket->utilized_by = "South door";
  fixture_feed (world->fixture);
  world_open_offline (world);
  world_check_admit (world, ticket, "went out to smoke", BITKET_REASON_ALREADY_ADMITTED);
  world_undo (world);
  fixture_move_clock (world->fixture, 10);
  outcome = fixture_scan (world->fixture, qr);
  assert_outcome (outcome, BITKET_VERDICT_REFUSE, BITKET_REASON_ALREADY_ADMITTED);
  g_assert_cmpstr (bitket_outcome_get_facts (outcome)->door, ==, "South door");
  g_assert_cmpint (bitket_outcome_get_facts (outcome)->utilized_us, ==, ticket->utilized_us);
}

/* The service refused what was let in offline: taking it back must not make it valid. */
static void
test_undo_of_refused_row (void)
{
  g_autoptr (World) world = world_new (1);

  fixture_feed (world->fixture);
  world_open_offline (world);
  world_check_scan (world, world_get_ticket (world, 0), BITKET_VERDICT_ADMIT, BITKET_REASON_VALID);
  fixture_close (world->fixture);
  world_get_ticket (world, 0)->state = BITKET_TICKET_STATE_REFUNDED;
  world->service->refused_row = 1;
  world_open_online (world, BITKET_DOOR_NO_SYNC);
  world_sync_now (world, NULL);
  fixture_close (world->fixture);
  world_open_offline (world);
  fixture_move_clock (world->fixture, 10);
  world_check_scan (world, world_get_ticket (world, 0), BITKET_VERDICT_REFUSE,
                    BITKET_REASON_REFUNDED);
  world_undo (world);
  fixture_move_clock (world->fixture, 10);
  world_check_scan (world, world_get_ticket (world, 0), BITKET_VERDICT_REFUSE,
                    BITKET_REASON_REFUNDED);
}

/* The service knows better. */

/* It says that it does not know a signed ticket: nor is it let in when nobody can be asked. */
static void
test_refused_stub_stays_refused (void)
{
  g_autoptr (World) world = world_new (1);
  FixtureTicket ticket = fixture_make (world->fixture, NULL);

  fixture_feed (world->fixture);
  world_open_online (world, BITKET_DOOR_NO_SYNC);
  world_check_scan (world, &ticket, BITKET_VERDICT_REFUSE, BITKET_REASON_UNKNOWN_TICKET);
  fixture_close (world->fixture);
  fixture_move_clock (world->fixture, 60);
  world_open_offline (world);
  world_check_scan (world, &ticket, BITKET_VERDICT_REFUSE, BITKET_REASON_UNKNOWN_TICKET);
  g_assert_cmpuint (fixture_get_uint (world->fixture, "n-tickets"), ==, 1);
}

/* Its refusal got lost, green was shown: both crews hear of it. */
static void
test_d41_lost_refusal_is_told (void)
{
  g_autoptr (World) world = world_new (1);
  FixtureTicket *ticket = world_get_ticket (world, 0);
  const BitketOutcomeFacts *facts;

  fixture_feed (world->fixture);
  ticket->state = BITKET_TICKET_STATE_UTILIZED;
  ticket->utilized_us = world->fixture->now_us - 60 * G_USEC_PER_SEC;
  ticket->utilized_by = "South door";
  world->service->entries = FAULT_LOST_ANSWER;
  world->service->n_lost = 1;
  world_open_online (world, BITKET_DOOR_NO_SYNC);
  world_check_scan (world, ticket, BITKET_VERDICT_ADMIT, BITKET_REASON_VALID);
  world_sync_now (world, NULL);
  g_assert_cmpuint (world_count_waiting (world), ==, 0);
  g_assert_cmpuint (world->conflicts->len, ==, 1);
  facts = bitket_outcome_get_facts (g_ptr_array_index (world->conflicts, 0));
  g_assert_cmpint (facts->reason, ==, BITKET_REASON_ALREADY_ADMITTED);
  g_assert_cmpstr (facts->door, ==, "South door");
  world_sync_now (world, NULL);
  g_assert_cmpuint (world->conflicts->len, ==, 1);
}

/* This door was first, another told the same ticket later, and the stream was away: it is found in
 * the service's list, and told once. */
static gboolean
has_conflict (gpointer world)
{
  return ((World *) world)->conflicts->len > 0;
}

static void
test_d41_conflict_while_away (void)
{
  g_autoptr (World) world = world_new (1);
  FixtureTicket *ticket = world_get_ticket (world, 0);
  const BitketEntry *item;
  const BitketOutcomeFacts *facts;

  fixture_feed (world->fixture);
  world_open_online (world, BITKET_DOOR_NO_SYNC);
  world_check_scan (world, ticket, BITKET_VERDICT_ADMIT, BITKET_REASON_VALID);
  item = g_ptr_array_index (world->service->items, 0);
  fixture_close (world->fixture);
  world->service->conflicts = g_strdup_printf (
      "[{\"ownership\":\"%s\",\"entries\":["
      "{\"id\":\"%s\",\"at\":\"2026-12-12T19:00:00Z\",\"door\":\"North\",\"conflict\":false},"
      "{\"id\":\"11111111-1111-4111-8111-111111111111\",\"at\":\"2026-12-12T19:05:00Z\","
      "\"door\":\"South door\",\"conflict\":true}]},{},7]",
      ticket->ownership, item->id);
  world_open_online (world, BITKET_DOOR_NO_SYNC);
  world_sync_now (world, NULL);
  g_assert_true (bitket_test_wait_until (has_conflict, world, 30));
  g_assert_cmpuint (world->conflicts->len, ==, 1);
  facts = bitket_outcome_get_facts (g_ptr_array_index (world->conflicts, 0));
  g_assert_cmpstr (facts->ownership, ==, ticket->ownership);
  g_assert_cmpstr (facts->door, ==, "South door");
  fixture_close (world->fixture);
  g_assert_cmpint (fixture_sql (world->fixture, "SELECT is_conflict FROM scans"), ==, 1);
}

/* The same scan again. */

static void
test_card_left_on_the_reader (void)
{
  g_autoptr (World) world = world_new (2);
  const char *number = "2765432101";
  g_autoptr (BitketOutcome) first = NULL;
  g_autoptr (BitketOutcome) again = NULL;

  world_get_ticket (world, 0)->card = world_get_ticket (world, 1)->card = number;
  fixture_feed (world->fixture);
  world_open_offline (world);
  first = fixture_scan_bytes (world->fixture, number, strlen (number), BITKET_SCAN_SOURCE_CARD);
  assert_outcome (first, BITKET_VERDICT_ATTENTION, BITKET_REASON_CHOOSE_TICKET);
  world_check_admit (world, world_get_ticket (world, 1), NULL, BITKET_REASON_VALID);
  fixture_move_clock (world->fixture, 1);
  again = fixture_scan_bytes (world->fixture, number, strlen (number), BITKET_SCAN_SOURCE_CARD);
  assert_outcome (again, BITKET_VERDICT_ADMIT, BITKET_REASON_SAME_SCAN);
  g_assert_cmpuint (fixture_get_uint (world->fixture, "n-inside"), ==, 1);
  g_assert_cmpuint (world_count_waiting (world), ==, 1);
}

static void
test_forced_then_read_again (void)
{
  g_autoptr (World) world = world_new (1);

  world_get_ticket (world, 0)->state = BITKET_TICKET_STATE_REFUNDED;
  fixture_feed (world->fixture);
  world_open_offline (world);
  world_check_scan (world, world_get_ticket (world, 0), BITKET_VERDICT_REFUSE,
                    BITKET_REASON_REFUNDED);
  fixture_move_clock (world->fixture, 1);
  world_check_admit (world, world_get_ticket (world, 0), "it is the band", BITKET_REASON_REFUNDED);
  fixture_move_clock (world->fixture, 1);
  world_check_scan (world, world_get_ticket (world, 0), BITKET_VERDICT_ADMIT,
                    BITKET_REASON_SAME_SCAN);
}

/* A forged code does not become right because its ticket was let in by hand. */
static void
test_forged_then_picked (void)
{
  g_autoptr (World) world = world_new (1);
  g_autofree char *qr = NULL;
  g_autoptr (BitketOutcome) first = NULL;
  g_autoptr (BitketOutcome) again = NULL;

  fixture_feed (world->fixture);
  world_open_offline (world);
  qr = fixture_qr (world->fixture, world_get_ticket (world, 0), QR_BROKEN);
  first = fixture_scan (world->fixture, qr);
  assert_outcome (first, BITKET_VERDICT_REFUSE, BITKET_REASON_BAD_SIGNATURE);
  world_check_admit (world, world_get_ticket (world, 0), NULL, BITKET_REASON_VALID);
  fixture_move_clock (world->fixture, 1);
  again = fixture_scan (world->fixture, qr);
  g_assert_cmpint (bitket_outcome_get_verdict (again), ==, BITKET_VERDICT_REFUSE);
}

/* Rows of the scenario list. */

static void
test_d20_code_of_refunded_ticket (void)
{
  g_autoptr (World) world = world_new (1);
  g_autofree char *code = g_ascii_strup (world_get_ticket (world, 0)->code, -1);
  g_autoptr (BitketOutcome) outcome = NULL;

  world_get_ticket (world, 0)->state = BITKET_TICKET_STATE_REFUNDED;
  fixture_feed (world->fixture);
  world_open_offline (world);
  outcome = fixture_scan (world->fixture, code);
  assert_outcome (outcome, BITKET_VERDICT_REFUSE, BITKET_REASON_REFUNDED);
  g_assert_cmpstr (bitket_outcome_get_facts (outcome)->ownership, ==,
                   world_get_ticket (world, 0)->ownership);
}

/* D22, D26: a reader that types, with zeros before a number that could be a ticket's code. */
static void
test_d22_d26_typed_cards (void)
{
  static const struct
  {
    const char *card, *typed;
  } cases[] = {
    { "2765432101", "2765432101" }, { "2765432101", "0002765432101" },
    { "123456", "123456" },         { "123456", "0000123456" },
    { "23456", "023456" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (World) world = world_new (1);
      g_autoptr (BitketOutcome) outcome = NULL;

      world_get_ticket (world, 0)->card = cases[i].card;
      fixture_feed (world->fixture);
      world_open_offline (world);
      outcome = fixture_scan (world->fixture, cases[i].typed);
      assert_outcome (outcome, BITKET_VERDICT_ADMIT, BITKET_REASON_VALID);
      g_assert_cmpint (bitket_outcome_get_facts (outcome)->source, ==, BITKET_SCAN_SOURCE_CARD);
      g_assert_cmpint (bitket_outcome_get_facts (outcome)->kind, ==, BITKET_SCAN_KIND_CARD);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/door/faults/question-overtakes-entry", test_question_overtakes_entry);
  g_test_add_func ("/door/faults/D30-question-overtakes-annulment",
                   test_d30_question_overtakes_annulment);
  g_test_add_func ("/door/faults/undo-of-forced-refunded", test_undo_of_forced_refunded);
  g_test_add_func ("/door/faults/undo-of-forced-used-elsewhere",
                   test_undo_of_forced_used_elsewhere);
  g_test_add_func ("/door/faults/undo-of-refused-row", test_undo_of_refused_row);
  g_test_add_func ("/door/faults/refused-stub-stays-refused", test_refused_stub_stays_refused);
  g_test_add_func ("/door/faults/D41-lost-refusal-is-told", test_d41_lost_refusal_is_told);
  g_test_add_func ("/door/faults/card-left-on-the-reader", test_card_left_on_the_reader);
  g_test_add_func ("/door/faults/forced-then-read-again", test_forced_then_read_again);
  g_test_add_func ("/door/faults/forged-then-picked", test_forged_then_picked);
  g_test_add_func ("/door/faults/D20-code-of-refunded-ticket", test_d20_code_of_refunded_ticket);
  g_test_add_func ("/door/faults/D22-D26-typed-cards", test_d22_d26_typed_cards);
  g_test_add_func ("/door/faults/D41-conflict-while-away", test_d41_conflict_while_away);
  return g_test_run ();
}
