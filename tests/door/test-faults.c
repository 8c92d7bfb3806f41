/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

/* Faults that were found and mended: each by the name of what went wrong. */

#include <string.h>

#include "bitket-client-error.h"
#include "bitket-test-support.h"
#include "fault-service.h"

/* A door with some tickets in its cache, and a service that knows them too. */
typedef struct
{
  Fixture *fixture;
  FaultService *service;
  GPtrArray *conflicts; /* (element-type BitketOutcome) */
  GPtrArray *troubles;  /* (element-type GError) */
} World;

static World *
world_new (guint n_tickets)
{
  World *world = g_new0 (World, 1);

  world->fixture = fixture_new ();
  world->fixture->now_us = g_get_real_time ();
  bitket_clock_set (world->fixture->clock, world->fixture->now_us);
  for (guint i = 0; i < n_tickets; i++)
    fixture_add (world->fixture, BITKET_TICKET_STATE_VALID, "Åsa Öberg");
  world->service = fault_service_new (world->fixture);
  world->conflicts = g_ptr_array_new_with_free_func (g_object_unref);
  world->troubles = g_ptr_array_new_with_free_func ((GDestroyNotify) g_error_free);
  return world;
}

static void
world_free (World *world)
{
  fixture_close (world->fixture);
  fault_service_free (world->service);
  g_ptr_array_unref (world->conflicts);
  g_ptr_array_unref (world->troubles);
  fixture_free (world->fixture);
  g_free (world);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (World, world_free)

static FixtureTicket *
get_ticket (World *world, guint i)
{
  return &g_array_index (world->fixture->tickets, FixtureTicket, i);
}

static void
conflict_cb (BitketDoor *door, BitketOutcome *outcome, gpointer user_data)
{
  g_ptr_array_add (((World *) user_data)->conflicts, g_object_ref (outcome));
}

static void
trouble_cb (BitketDoor *door, GError *error, gpointer user_data)
{
  g_ptr_array_add (((World *) user_data)->troubles, g_error_copy (error));
}

static void
open_online (World *world, BitketDoorFlags flags)
{
  fixture_open (world->fixture, world->service->url, flags);
  g_signal_connect (world->fixture->door, "conflict", G_CALLBACK (conflict_cb), world);
  g_signal_connect (world->fixture->door, "trouble", G_CALLBACK (trouble_cb), world);
}

static void
open_offline (World *world)
{
  fixture_open (world->fixture, NULL, BITKET_DOOR_DEFAULT);
}

static void
sync_now (World *world, BitketDoorSyncReport *report)
{
  g_autoptr (GError) error = NULL;

  fixture_sync (world->fixture, report, &error);
  g_assert_no_error (error);
}

/* Scans @ticket's QR, signed, and checks what comes of it. */
static void
check_scan (World *world, const FixtureTicket *ticket, BitketVerdict verdict, BitketReason reason)
{
  g_autofree char *qr = fixture_qr (world->fixture, ticket, QR_SIGNED);
  g_autoptr (BitketOutcome) outcome = fixture_scan (world->fixture, qr);

  assert_outcome (outcome, verdict, reason);
}

static void
check_admit (World *world, const FixtureTicket *ticket, const char *forced, BitketReason reason)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketOutcome) outcome =
      fixture_admit (world->fixture, ticket->ownership, forced, &error);

  g_assert_no_error (error);
  assert_outcome (outcome, BITKET_VERDICT_ADMIT, reason);
}

static void
undo (World *world)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketOutcome) outcome = fixture_undo (world->fixture, NULL, &error);

  g_assert_no_error (error);
}

static guint
count_waiting (World *world)
{
  return fixture_get_uint (world->fixture, "n-waiting");
}

/* Questions and this door's own rows. */

/* An entry that the service has not heard of yet; then the service is there again. */
static void
test_question_overtakes_entry (void)
{
  g_autoptr (World) world = world_new (3);

  fixture_feed (world->fixture);
  open_offline (world);
  check_scan (world, get_ticket (world, 0), BITKET_VERDICT_ADMIT, BITKET_REASON_VALID);
  fixture_close (world->fixture);
  fixture_move_clock (world->fixture, 60);
  open_online (world, BITKET_DOOR_NO_SYNC);
  check_scan (world, get_ticket (world, 0), BITKET_VERDICT_REFUSE, BITKET_REASON_ALREADY_ADMITTED);
  sync_now (world, NULL);
  g_assert_cmpuint (fault_service_get_admissions (world->service, get_ticket (world, 0)->ownership),
                    ==, 1);
}

/* D30 online: the annulment is not sent yet when the same QR is read again. */
static void
test_d30_question_overtakes_annulment (void)
{
  g_autoptr (World) world = world_new (3);

  fixture_feed (world->fixture);
  open_online (world, BITKET_DOOR_NO_SYNC);
  check_scan (world, get_ticket (world, 0), BITKET_VERDICT_ADMIT, BITKET_REASON_VALID);
  undo (world);
  fixture_move_clock (world->fixture, 10);
  check_scan (world, get_ticket (world, 0), BITKET_VERDICT_ADMIT, BITKET_REASON_VALID);
  sync_now (world, NULL);
  g_assert_cmpuint (count_waiting (world), ==, 0);
  g_assert_cmpuint (fault_service_get_admissions (world->service, get_ticket (world, 0)->ownership),
                    ==, 1);
  g_assert_cmpuint (world->service->items->len, ==, 3);
}

/* Taking back restores what was. */

static void
force_and_undo (World *world)
{
  fixture_feed (world->fixture);
  open_offline (world);
  check_admit (world, get_ticket (world, 0), "it is the band", BITKET_REASON_REFUNDED);
  undo (world);
  fixture_move_clock (world->fixture, 10);
}

static void
test_undo_of_forced_refunded (void)
{
  g_autoptr (World) world = world_new (1);

  get_ticket (world, 0)->state = BITKET_TICKET_STATE_REFUNDED;
  force_and_undo (world);
  check_scan (world, get_ticket (world, 0), BITKET_VERDICT_REFUSE, BITKET_REASON_REFUNDED);
}

static void
test_undo_of_forced_used_elsewhere (void)
{
  g_autoptr (World) world = world_new (1);
  FixtureTicket *ticket = get_ticket (world, 0);
  g_autofree char *qr = fixture_qr (world->fixture, ticket, QR_SIGNED);
  g_autoptr (BitketOutcome) outcome = NULL;

  ticket->state = BITKET_TICKET_STATE_UTILIZED;
  ticket->utilized_us = world->fixture->now_us - G_TIME_SPAN_HOUR;
  ticket->utilized_by = "South door";
  fixture_feed (world->fixture);
  open_offline (world);
  check_admit (world, ticket, "went out to smoke", BITKET_REASON_ALREADY_ADMITTED);
  undo (world);
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
  open_offline (world);
  check_scan (world, get_ticket (world, 0), BITKET_VERDICT_ADMIT, BITKET_REASON_VALID);
  fixture_close (world->fixture);
  get_ticket (world, 0)->state = BITKET_TICKET_STATE_REFUNDED;
  world->service->refused_row = 1;
  open_online (world, BITKET_DOOR_NO_SYNC);
  sync_now (world, NULL);
  fixture_close (world->fixture);
  open_offline (world);
  fixture_move_clock (world->fixture, 10);
  check_scan (world, get_ticket (world, 0), BITKET_VERDICT_REFUSE, BITKET_REASON_REFUNDED);
  undo (world);
  fixture_move_clock (world->fixture, 10);
  check_scan (world, get_ticket (world, 0), BITKET_VERDICT_REFUSE, BITKET_REASON_REFUNDED);
}

/* The service knows better. */

/* It says that it does not know a signed ticket: nor is it let in when nobody can be asked. */
static void
test_refused_stub_stays_refused (void)
{
  g_autoptr (World) world = world_new (1);
  FixtureTicket ticket = fixture_make (world->fixture, NULL);

  fixture_feed (world->fixture);
  open_online (world, BITKET_DOOR_NO_SYNC);
  check_scan (world, &ticket, BITKET_VERDICT_REFUSE, BITKET_REASON_UNKNOWN_TICKET);
  fixture_close (world->fixture);
  fixture_move_clock (world->fixture, 60);
  open_offline (world);
  check_scan (world, &ticket, BITKET_VERDICT_REFUSE, BITKET_REASON_UNKNOWN_TICKET);
  g_assert_cmpuint (fixture_get_uint (world->fixture, "n-tickets"), ==, 1);
}

/* Its refusal got lost, green was shown: both crews hear of it. */
static void
test_d41_lost_refusal_is_told (void)
{
  g_autoptr (World) world = world_new (1);
  FixtureTicket *ticket = get_ticket (world, 0);
  const BitketOutcomeFacts *facts;

  fixture_feed (world->fixture);
  ticket->state = BITKET_TICKET_STATE_UTILIZED;
  ticket->utilized_us = world->fixture->now_us - 60 * G_USEC_PER_SEC;
  ticket->utilized_by = "South door";
  world->service->entries = FAULT_LOST_ANSWER;
  world->service->n_lost = 1;
  open_online (world, BITKET_DOOR_NO_SYNC);
  check_scan (world, ticket, BITKET_VERDICT_ADMIT, BITKET_REASON_VALID);
  sync_now (world, NULL);
  g_assert_cmpuint (count_waiting (world), ==, 0);
  g_assert_cmpuint (world->conflicts->len, ==, 1);
  facts = bitket_outcome_get_facts (g_ptr_array_index (world->conflicts, 0));
  g_assert_cmpint (facts->reason, ==, BITKET_REASON_ALREADY_ADMITTED);
  g_assert_cmpstr (facts->door, ==, "South door");
  sync_now (world, NULL);
  g_assert_cmpuint (world->conflicts->len, ==, 1);
}

/* The same scan again. */

static void
test_card_left_on_the_reader (void)
{
  g_autoptr (World) world = world_new (2);
  const char *number = "2765432101";
  g_autoptr (BitketOutcome) first = NULL;
  g_autoptr (BitketOutcome) again = NULL;

  get_ticket (world, 0)->card = get_ticket (world, 1)->card = number;
  fixture_feed (world->fixture);
  open_offline (world);
  first = fixture_scan_bytes (world->fixture, number, strlen (number), BITKET_SCAN_SOURCE_CARD);
  assert_outcome (first, BITKET_VERDICT_ATTENTION, BITKET_REASON_CHOOSE_TICKET);
  check_admit (world, get_ticket (world, 1), NULL, BITKET_REASON_VALID);
  fixture_move_clock (world->fixture, 1);
  again = fixture_scan_bytes (world->fixture, number, strlen (number), BITKET_SCAN_SOURCE_CARD);
  assert_outcome (again, BITKET_VERDICT_ADMIT, BITKET_REASON_SAME_SCAN);
  g_assert_cmpuint (fixture_get_uint (world->fixture, "n-inside"), ==, 1);
  g_assert_cmpuint (count_waiting (world), ==, 1);
}

static void
test_forced_then_read_again (void)
{
  g_autoptr (World) world = world_new (1);

  get_ticket (world, 0)->state = BITKET_TICKET_STATE_REFUNDED;
  fixture_feed (world->fixture);
  open_offline (world);
  check_scan (world, get_ticket (world, 0), BITKET_VERDICT_REFUSE, BITKET_REASON_REFUNDED);
  fixture_move_clock (world->fixture, 1);
  check_admit (world, get_ticket (world, 0), "it is the band", BITKET_REASON_REFUNDED);
  fixture_move_clock (world->fixture, 1);
  check_scan (world, get_ticket (world, 0), BITKET_VERDICT_ADMIT, BITKET_REASON_SAME_SCAN);
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
  open_offline (world);
  qr = fixture_qr (world->fixture, get_ticket (world, 0), QR_BROKEN);
  first = fixture_scan (world->fixture, qr);
  assert_outcome (first, BITKET_VERDICT_REFUSE, BITKET_REASON_BAD_SIGNATURE);
  check_admit (world, get_ticket (world, 0), NULL, BITKET_REASON_VALID);
  fixture_move_clock (world->fixture, 1);
  again = fixture_scan (world->fixture, qr);
  g_assert_cmpint (bitket_outcome_get_verdict (again), ==, BITKET_VERDICT_REFUSE);
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
  return g_test_run ();
}
