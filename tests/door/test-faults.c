/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

/* Faults that were found and mended: each by the name of what went wrong. */

#include <string.h>

#include "bitket-client-error.h"
#include "bitket-door-keys.h"
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

static gboolean
is_hanging (gpointer service)
{
  return ((FaultService *) service)->hanging->len > 0;
}

static gboolean
is_all_sent (gpointer world)
{
  return count_waiting (world) == 0;
}

static gboolean
is_gone (gpointer weak)
{
  return *(gpointer *) weak == NULL;
}

/* The page that the service was asked for first, as the tickets stand now. */
static void
answer_hanging (World *world)
{
  g_autoptr (GBytes) page =
      fixture_page (world->fixture, get_ticket (world, 0), world->fixture->tickets->len);
  SoupServerMessage *message = g_ptr_array_index (world->service->hanging, 0);

  soup_server_message_set_status (message, 200, NULL);
  soup_server_message_set_response (message, "application/json", SOUP_MEMORY_COPY,
                                    g_bytes_get_data (page, NULL), g_bytes_get_size (page));
  soup_server_message_unpause (message);
}

#define KEEP ((GAsyncReadyCallback) (void (*) (void)) bitket_test_keep_result)

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
  FixtureTicket *ticket = get_ticket (world, 0);
  const BitketEntry *item;
  const BitketOutcomeFacts *facts;

  fixture_feed (world->fixture);
  open_online (world, BITKET_DOOR_NO_SYNC);
  check_scan (world, ticket, BITKET_VERDICT_ADMIT, BITKET_REASON_VALID);
  item = g_ptr_array_index (world->service->items, 0);
  fixture_close (world->fixture);
  world->service->conflicts = g_strdup_printf (
      "[{\"ownership\":\"%s\",\"entries\":["
      "{\"id\":\"%s\",\"at\":\"2026-12-12T19:00:00Z\",\"door\":\"North\",\"conflict\":false},"
      "{\"id\":\"11111111-1111-4111-8111-111111111111\",\"at\":\"2026-12-12T19:05:00Z\","
      "\"door\":\"South door\",\"conflict\":true}]},{},7]",
      ticket->ownership, item->id);
  open_online (world, BITKET_DOOR_NO_SYNC);
  sync_now (world, NULL);
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

/* The feed and what this door does meanwhile. */

static gboolean
has_two_tickets (gpointer world)
{
  return fixture_get_uint (((World *) world)->fixture, "n-tickets") == 2;
}

/* A row of a page that this door's own changes overtook is not lost: it comes with the same page
 * again. */
static void
test_protected_row_comes_again (void)
{
  g_autoptr (World) world = world_new (3);

  fixture_feed (world->fixture);
  world->service->feed = FAULT_HANG;
  open_online (world, BITKET_DOOR_DEFAULT);
  g_assert_true (bitket_test_wait_until (is_hanging, world->service, 30));
  check_scan (world, get_ticket (world, 0), BITKET_VERDICT_ADMIT, BITKET_REASON_VALID);
  undo (world);
  g_assert_true (bitket_test_wait_until (is_all_sent, world, 30));
  /* Refunded after all that, and before the page was made. */
  get_ticket (world, 0)->state = BITKET_TICKET_STATE_REFUNDED;
  world->service->feed = FAULT_NONE;
  answer_hanging (world);
  g_assert_true (bitket_test_wait_until (has_two_tickets, world, 30));
  fixture_close (world->fixture);
  fixture_move_clock (world->fixture, 10);
  open_offline (world);
  check_scan (world, get_ticket (world, 0), BITKET_VERDICT_REFUSE, BITKET_REASON_REFUNDED);
}

/* D42: the clock is found out while the scan is decided. The question says the true time, whoever
 * found it. */
static void
test_d42_question_says_true_time (void)
{
  for (guint n_steps = 0; n_steps < 12; n_steps++)
    {
      g_autoptr (World) world = world_new (1);
      const BitketEntry *item;

      fixture_feed (world->fixture);
      world->service->date_shift_us = 2 * G_TIME_SPAN_HOUR;
      open_online (world, BITKET_DOOR_NO_SYNC);
      for (guint i = 0; i < n_steps; i++)
        g_main_context_iteration (NULL, FALSE);
      check_scan (world, get_ticket (world, 0), BITKET_VERDICT_ADMIT, BITKET_REASON_VALID);
      sync_now (world, NULL);
      g_assert_cmpuint (world->service->items->len, ==, 1);
      item = g_ptr_array_index (world->service->items, 0);
      g_assert_cmpint (ABS (item->at_us - world->fixture->now_us - world->service->date_shift_us),
                       <, G_TIME_SPAN_MINUTE);
    }
}

/* D42: the clock was set right between the entry and the first contact. Then it is not off any
 * more, but the row's time is. */
static void
test_d42_clock_set_meanwhile (void)
{
  g_autoptr (World) world = world_new (1);
  gint64 now_us = world->fixture->now_us;
  const BitketEntry *item;

  fixture_feed (world->fixture);
  bitket_clock_set (world->fixture->clock, now_us - 2 * G_TIME_SPAN_HOUR);
  open_offline (world);
  check_scan (world, get_ticket (world, 0), BITKET_VERDICT_ADMIT, BITKET_REASON_VALID);
  fixture_close (world->fixture);
  bitket_clock_set (world->fixture->clock, now_us);
  open_online (world, BITKET_DOOR_NO_SYNC);
  sync_now (world, NULL);
  item = g_ptr_array_index (world->service->items, 0);
  g_assert_cmpint (ABS (item->at_us - now_us), <, G_TIME_SPAN_MINUTE);
  fixture_close (world->fixture);
  g_assert_cmpint (fixture_sql (world->fixture, "SELECT at_us FROM scans"), ==, item->at_us);
}

/* Rows that the service does not take. */

static void
enter_offline (World *world, guint n)
{
  open_offline (world);
  for (guint i = 0; i < n; i++)
    check_scan (world, get_ticket (world, i), BITKET_VERDICT_ADMIT, BITKET_REASON_VALID);
  fixture_close (world->fixture);
}

/* An answer that names no row takes none from the outbox, however often it comes. */
static void
test_nameless_refusal_keeps_rows (void)
{
  g_autoptr (World) world = world_new (20);

  fixture_feed (world->fixture);
  enter_offline (world, 20);
  world->service->entries = FAULT_BAD_REQUEST;
  open_online (world, BITKET_DOOR_NO_SYNC);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (fixture_sync (world->fixture, NULL, &error));
      g_assert_error (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_INVALID);
    }
  g_assert_cmpuint (count_waiting (world), ==, 20);
  world->service->entries = FAULT_NONE;
  sync_now (world, NULL);
  g_assert_cmpuint (count_waiting (world), ==, 0);
  g_assert_cmpuint (world->service->items->len, ==, 20);
}

/* A row that the service could not take is sent again by itself, and told once. */
static void
test_faulty_row_is_sent_again (void)
{
  g_autoptr (World) world = world_new (3);

  fixture_feed (world->fixture);
  enter_offline (world, 3);
  world->service->n_faulty = 2;
  open_online (world, BITKET_DOOR_DEFAULT);
  g_assert_true (bitket_test_wait_until (is_all_sent, world, 30));
  g_assert_cmpuint (world->service->items->len, ==, 3);
  g_assert_cmpuint (world->troubles->len, ==, 1);
  g_assert_error ((GError *) g_ptr_array_index (world->troubles, 0), BITKET_DOOR_ERROR,
                  BITKET_DOOR_ERROR_FAILED);
}

/* An annulment whose entry the service could not take yet is not given up. */
static void
test_annulment_before_its_entry (void)
{
  g_autoptr (World) world = world_new (1);

  fixture_feed (world->fixture);
  open_offline (world);
  check_scan (world, get_ticket (world, 0), BITKET_VERDICT_ADMIT, BITKET_REASON_VALID);
  undo (world);
  fixture_close (world->fixture);
  world->service->n_faulty = 1;
  open_online (world, BITKET_DOOR_NO_SYNC);
  sync_now (world, NULL);
  g_assert_cmpuint (count_waiting (world), ==, 2);
  sync_now (world, NULL);
  g_assert_cmpuint (count_waiting (world), ==, 0);
  g_assert_cmpuint (fault_service_get_admissions (world->service, get_ticket (world, 0)->ownership),
                    ==, 0);
}

static void
test_reason_of_forced (void)
{
  g_autoptr (World) world = world_new (1);
  g_autofree char *longest = g_strnfill (BITKET_FORCED_MAX + 1, 'x');
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketOutcome) blank = NULL;

  get_ticket (world, 0)->state = BITKET_TICKET_STATE_REFUNDED;
  fixture_feed (world->fixture);
  open_offline (world);
  g_assert_null (fixture_admit (world->fixture, get_ticket (world, 0)->ownership, longest, &error));
  g_assert_error (error, BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_FAILED);
  g_clear_error (&error);
  g_assert_cmpuint (count_waiting (world), ==, 0);
  blank = fixture_admit (world->fixture, get_ticket (world, 0)->ownership, " ", &error);
  g_assert_no_error (error);
  assert_outcome (blank, BITKET_VERDICT_REFUSE, BITKET_REASON_REFUNDED);
  longest[BITKET_FORCED_MAX] = '\0';
  check_admit (world, get_ticket (world, 0), longest, BITKET_REASON_REFUNDED);
}

/* What was wiped stays away. */

/* D44: the page was under way when the door was revoked. */
static void
test_d44_page_after_the_wipe (void)
{
  g_autoptr (World) world = world_new (2);
  g_autoptr (GAsyncResult) result = NULL;
  g_autofree char *qr = NULL;
  g_autoptr (BitketOutcome) outcome = NULL;

  fixture_feed (world->fixture);
  world->service->feed = FAULT_HANG;
  open_online (world, BITKET_DOOR_NO_SYNC);
  bitket_door_sync_async (world->fixture->door, NULL, KEEP, &result);
  g_assert_true (bitket_test_wait_until (is_hanging, world->service, 30));
  world->service->entries = FAULT_REVOKED;
  qr = fixture_qr (world->fixture, get_ticket (world, 1), QR_SIGNED);
  outcome = fixture_scan (world->fixture, qr);
  answer_hanging (world);
  bitket_test_wait_for_pointer ((gpointer *) &result);
  g_clear_object (&result);
  fixture_close (world->fixture);
  g_assert_cmpint (fixture_sql (world->fixture, "SELECT count(*) FROM tickets"), ==, 0);
  g_assert_cmpint (
      fixture_sql (world->fixture, "SELECT count(*) FROM meta WHERE name IN ('event', 'cursor')"),
      ==, 0);
}

/* Two weeks after the event, also when no service was there since, and for good. */
static void
test_wiped_two_weeks_after (void)
{
  g_autoptr (World) world = world_new (2);

  world->fixture->event->ends_us = world->fixture->now_us + G_TIME_SPAN_HOUR;
  fixture_feed (world->fixture);
  enter_offline (world, 1);
  fixture_move_clock (world->fixture, 15 * 24 * 3600);
  open_offline (world);
  fixture_close (world->fixture);
  g_assert_cmpint (fixture_sql (world->fixture, "SELECT count(*) FROM tickets"), ==, 0);
  g_assert_cmpint (fixture_sql (world->fixture, "SELECT count(*) FROM scans WHERE sent = 1"), ==,
                   1);
  open_online (world, BITKET_DOOR_NO_SYNC);
  sync_now (world, NULL);
  g_assert_cmpuint (count_waiting (world), ==, 0);
  g_assert_cmpuint (fixture_get_uint (world->fixture, "n-tickets"), ==, 0);
  fixture_close (world->fixture);
  g_assert_cmpint (fixture_sql (world->fixture, "SELECT count(*) FROM tickets"), ==, 0);
  g_assert_cmpint (fixture_sql (world->fixture, "SELECT count(*) FROM scans"), ==, 0);
}

/* Lifetimes. */

/* Whoever drops the door while a page is under way does not drop it under the page's feet. */
static void
test_dropped_while_downloading (void)
{
  g_autoptr (World) world = world_new (1);
  gpointer door;

  fixture_feed (world->fixture);
  world->service->feed = FAULT_HANG;
  open_online (world, BITKET_DOOR_DEFAULT);
  g_assert_true (bitket_test_wait_until (is_hanging, world->service, 30));
  world->service->feed = FAULT_NONE;
  door = world->fixture->door;
  g_object_add_weak_pointer (door, &door);
  g_signal_handlers_disconnect_by_data (door, world);
  g_clear_object (&world->fixture->door);
  g_assert_nonnull (door);
  answer_hanging (world);
  g_assert_true (bitket_test_wait_until (is_gone, &door, 30));
}

/* A code that the service does not know fails as such, also with a cancellable. */
static void
test_pairing_refused (void)
{
  g_autoptr (World) world = world_new (1);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  bitket_door_pair_async (world->service->url, "ABCD", world->fixture->state_dir,
                          world->fixture->key_file, cancellable, KEEP, &result);
  bitket_test_wait_for_pointer ((gpointer *) &result);
  g_assert_false (bitket_door_pair_finish (result, NULL, NULL, &error));
  g_assert_error (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_NOT_FOUND);
}

/* Secrets and servers. */

static void
change_service (World *world, const char *url)
{
  Fixture *fixture = world->fixture;
  g_autoptr (GError) error = NULL;
  BitketDoorSecrets *secrets =
      bitket_door_secrets_load (fixture->state_dir, fixture->key_file, NULL, &error);

  g_assert_no_error (error);
  g_free (secrets->service);
  secrets->service = g_strdup (url);
  bitket_door_secrets_store (secrets, fixture->state_dir, fixture->key_file, NULL, &error);
  g_assert_no_error (error);
  bitket_door_secrets_free (secrets);
}

/* What one server gave is sent to no other. */
static void
test_token_of_another_server (void)
{
  g_autoptr (World) world = world_new (1);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  const BitketDoorConfig config = {
    .service_url = world->service->url,
    .state_dir = world->fixture->state_dir,
    .key_file = world->fixture->key_file,
    .clock = world->fixture->clock,
  };

  change_service (world, "https://tickets.example");
  bitket_door_open_async (&config, NULL, KEEP, &result);
  bitket_test_wait_for_pointer ((gpointer *) &result);
  g_assert_null (bitket_door_open_finish (result, &error));
  g_assert_error (error, BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_NOT_PAIRED);
  change_service (world, world->service->url);
  open_online (world, BITKET_DOOR_NO_SYNC);
}

/* While entries wait, the token that they are sent with is not given up for another event's. */
static void
test_pairing_while_rows_wait (void)
{
  g_autoptr (World) world = world_new (1);
  g_autofree char *door_key = bitket_door_key_to_hex (&world->fixture->door_key);
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  fixture_feed (world->fixture);
  enter_offline (world, 1);
  g_assert_true (g_file_get_contents (world->fixture->key_file, &before, NULL, NULL));
  world->service->pairing =
      g_strdup_printf ("{\"token\":\"new\",\"door_key\":\"%s\",\"event\":\"%s\","
                       "\"name\":\"North\",\"event_name\":\"Other\"}",
                       door_key, world->fixture->other->id);
  bitket_door_pair_async (world->service->url, "ABCD", world->fixture->state_dir,
                          world->fixture->key_file, NULL, KEEP, &result);
  bitket_test_wait_for_pointer ((gpointer *) &result);
  g_assert_false (bitket_door_pair_finish (result, NULL, NULL, &error));
  g_assert_error (error, BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_EVENT);
  g_assert_true (g_file_get_contents (world->fixture->key_file, &after, NULL, NULL));
  g_assert_cmpstr (before, ==, after);
  g_clear_object (&result);
  g_clear_error (&error);
  open_online (world, BITKET_DOOR_NO_SYNC);
  sync_now (world, NULL);
  g_assert_cmpuint (count_waiting (world), ==, 0);
  /* Nor is a code used up while another program has the cache. */
  g_clear_pointer (&world->service->pairing, g_free);
  bitket_door_pair_async (world->service->url, "ABCD", world->fixture->state_dir,
                          world->fixture->key_file, NULL, KEEP, &result);
  bitket_test_wait_for_pointer ((gpointer *) &result);
  g_assert_false (bitket_door_pair_finish (result, NULL, NULL, &error));
  g_assert_error (error, BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_BUSY);
}

/* Rows of the scenario list. */

static void
test_d20_code_of_refunded_ticket (void)
{
  g_autoptr (World) world = world_new (1);
  g_autofree char *code = g_ascii_strup (get_ticket (world, 0)->code, -1);
  g_autoptr (BitketOutcome) outcome = NULL;

  get_ticket (world, 0)->state = BITKET_TICKET_STATE_REFUNDED;
  fixture_feed (world->fixture);
  open_offline (world);
  outcome = fixture_scan (world->fixture, code);
  assert_outcome (outcome, BITKET_VERDICT_REFUSE, BITKET_REASON_REFUNDED);
  g_assert_cmpstr (bitket_outcome_get_facts (outcome)->ownership, ==,
                   get_ticket (world, 0)->ownership);
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

      get_ticket (world, 0)->card = cases[i].card;
      fixture_feed (world->fixture);
      open_offline (world);
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
  g_test_add_func ("/door/faults/nameless-refusal-keeps-rows", test_nameless_refusal_keeps_rows);
  g_test_add_func ("/door/faults/faulty-row-is-sent-again", test_faulty_row_is_sent_again);
  g_test_add_func ("/door/faults/annulment-before-its-entry", test_annulment_before_its_entry);
  g_test_add_func ("/door/faults/reason-of-forced", test_reason_of_forced);
  g_test_add_func ("/door/faults/D44-page-after-the-wipe", test_d44_page_after_the_wipe);
  g_test_add_func ("/door/faults/wiped-two-weeks-after", test_wiped_two_weeks_after);
  g_test_add_func ("/door/faults/dropped-while-downloading", test_dropped_while_downloading);
  g_test_add_func ("/door/faults/pairing-refused", test_pairing_refused);
  g_test_add_func ("/door/faults/protected-row-comes-again", test_protected_row_comes_again);
  g_test_add_func ("/door/faults/D42-question-says-true-time", test_d42_question_says_true_time);
  g_test_add_func ("/door/faults/token-of-another-server", test_token_of_another_server);
  g_test_add_func ("/door/faults/pairing-while-rows-wait", test_pairing_while_rows_wait);
  g_test_add_func ("/door/faults/D20-code-of-refunded-ticket", test_d20_code_of_refunded_ticket);
  g_test_add_func ("/door/faults/D22-D26-typed-cards", test_d22_d26_typed_cards);
  g_test_add_func ("/door/faults/D42-clock-set-meanwhile", test_d42_clock_set_meanwhile);
  g_test_add_func ("/door/faults/D41-conflict-while-away", test_d41_conflict_while_away);
  return g_test_run ();
}
