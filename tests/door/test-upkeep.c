/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

/* Faults of what goes on behind the verdicts, found and mended: feed, clock, outbox, wiping, keys.
 */

#include <string.h>

#include "bitket-client-error.h"
#include "bitket-door-keys.h"
#include "bitket-test-support.h"
#include "world.h"

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
  world_open_online (world, BITKET_DOOR_DEFAULT);
  g_assert_true (bitket_test_wait_until (world_is_hanging, world->service, 30));
  world_check_scan (world, world_get_ticket (world, 0), BITKET_VERDICT_ADMIT, BITKET_REASON_VALID);
  world_undo (world);
  g_assert_true (bitket_test_wait_until (world_is_all_sent, world, 30));
  /* Refunded after all that, and before the page was made. */
  world_get_ticket (world, 0)->state = BITKET_TICKET_STATE_REFUNDED;
  world->service->feed = FAULT_NONE;
  world_answer_hanging (world);
  g_assert_true (bitket_test_wait_until (has_two_tickets, world, 30));
  fixture_close (world->fixture);
  fixture_move_clock (world->fixture, 10);
  world_open_offline (world);
  world_check_scan (world, world_get_ticket (world, 0), BITKET_VERDICT_REFUSE,
                    BITKET_REASON_REFUNDED);
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
      world_open_online (world, BITKET_DOOR_NO_SYNC);
      for (guint i = 0; i < n_steps; i++)
        g_main_context_iteration (NULL, FALSE);
      world_check_scan (world, world_get_ticket (world, 0), BITKET_VERDICT_ADMIT,
                        BITKET_REASON_VALID);
      world_sync_now (world, NULL);
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
  world_open_offline (world);
  world_check_scan (world, world_get_ticket (world, 0), BITKET_VERDICT_ADMIT, BITKET_REASON_VALID);
  fixture_close (world->fixture);
  bitket_clock_set (world->fixture->clock, now_us);
  world_open_online (world, BITKET_DOOR_NO_SYNC);
  world_sync_now (world, NULL);
  item = g_ptr_array_index (world->service->items, 0);
  g_assert_cmpint (ABS (item->at_us - now_us), <, G_TIME_SPAN_MINUTE);
  fixture_close (world->fixture);
  g_assert_cmpint (fixture_sql (world->fixture, "SELECT at_us FROM scans"), ==, item->at_us);
}

/* Rows that the service does not take. */

/* An answer that names no row takes none from the outbox, however often it comes. */
static void
test_nameless_refusal_keeps_rows (void)
{
  g_autoptr (World) world = world_new (20);

  fixture_feed (world->fixture);
  world_enter_offline (world, 20);
  world->service->entries = FAULT_BAD_REQUEST;
  world_open_online (world, BITKET_DOOR_NO_SYNC);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (fixture_sync (world->fixture, NULL, &error));
      g_assert_error (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_INVALID);
    }
  g_assert_cmpuint (world_count_waiting (world), ==, 20);
  world->service->entries = FAULT_NONE;
  world_sync_now (world, NULL);
  g_assert_cmpuint (world_count_waiting (world), ==, 0);
  g_assert_cmpuint (world->service->items->len, ==, 20);
}

/* A row that the service could not take is sent again by itself, and told once. */
static void
test_faulty_row_is_sent_again (void)
{
  g_autoptr (World) world = world_new (3);

  fixture_feed (world->fixture);
  world_enter_offline (world, 3);
  world->service->n_faulty = 2;
  world_open_online (world, BITKET_DOOR_DEFAULT);
  g_assert_true (bitket_test_wait_until (world_is_all_sent, world, 30));
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
  world_open_offline (world);
  world_check_scan (world, world_get_ticket (world, 0), BITKET_VERDICT_ADMIT, BITKET_REASON_VALID);
  world_undo (world);
  fixture_close (world->fixture);
  world->service->n_faulty = 1;
  world_open_online (world, BITKET_DOOR_NO_SYNC);
  world_sync_now (world, NULL);
  g_assert_cmpuint (world_count_waiting (world), ==, 2);
  world_sync_now (world, NULL);
  g_assert_cmpuint (world_count_waiting (world), ==, 0);
  g_assert_cmpuint (
      fault_service_get_admissions (world->service, world_get_ticket (world, 0)->ownership), ==, 0);
}

static void
test_reason_of_forced (void)
{
  g_autoptr (World) world = world_new (1);
  g_autofree char *longest = g_strnfill (BITKET_FORCED_MAX + 1, 'x');
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketOutcome) blank = NULL;

  world_get_ticket (world, 0)->state = BITKET_TICKET_STATE_REFUNDED;
  fixture_feed (world->fixture);
  world_open_offline (world);
  g_assert_null (
      fixture_admit (world->fixture, world_get_ticket (world, 0)->ownership, longest, &error));
  g_assert_error (error, BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_FAILED);
  g_clear_error (&error);
  g_assert_cmpuint (world_count_waiting (world), ==, 0);
  blank = fixture_admit (world->fixture, world_get_ticket (world, 0)->ownership, " ", &error);
  g_assert_no_error (error);
  assert_outcome (blank, BITKET_VERDICT_REFUSE, BITKET_REASON_REFUNDED);
  longest[BITKET_FORCED_MAX] = '\0';
  world_check_admit (world, world_get_ticket (world, 0), longest, BITKET_REASON_REFUNDED);
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
  world_open_online (world, BITKET_DOOR_NO_SYNC);
  bitket_door_sync_async (world->fixture->door, NULL, KEEP, &result);
  g_assert_true (bitket_test_wait_until (world_is_hanging, world->service, 30));
  world->service->entries = FAULT_REVOKED;
  qr = fixture_qr (world->fixture, world_get_ticket (world, 1), QR_SIGNED);
  outcome = fixture_scan (world->fixture, qr);
  world_answer_hanging (world);
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
  world_enter_offline (world, 1);
  fixture_move_clock (world->fixture, 15 * 24 * 3600);
  world_open_offline (world);
  fixture_close (world->fixture);
  g_assert_cmpint (fixture_sql (world->fixture, "SELECT count(*) FROM tickets"), ==, 0);
  g_assert_cmpint (fixture_sql (world->fixture, "SELECT count(*) FROM scans WHERE sent = 1"), ==,
                   1);
  world_open_online (world, BITKET_DOOR_NO_SYNC);
  world_sync_now (world, NULL);
  g_assert_cmpuint (world_count_waiting (world), ==, 0);
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
  world_open_online (world, BITKET_DOOR_DEFAULT);
  g_assert_true (bitket_test_wait_until (world_is_hanging, world->service, 30));
  world->service->feed = FAULT_NONE;
  door = world->fixture->door;
  g_object_add_weak_pointer (door, &door);
  g_signal_handlers_disconnect_by_data (door, world);
  g_clear_object (&world->fixture->door);
  g_assert_nonnull (door);
  world_answer_hanging (world);
  g_assert_true (bitket_test_wait_until (world_is_gone, &door, 30));
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
  world_open_online (world, BITKET_DOOR_NO_SYNC);
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
  world_enter_offline (world, 1);
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
  world_open_online (world, BITKET_DOOR_NO_SYNC);
  world_sync_now (world, NULL);
  g_assert_cmpuint (world_count_waiting (world), ==, 0);
  /* Nor is a code used up while another program has the cache. */
  g_clear_pointer (&world->service->pairing, g_free);
  bitket_door_pair_async (world->service->url, "ABCD", world->fixture->state_dir,
                          world->fixture->key_file, NULL, KEEP, &result);
  bitket_test_wait_for_pointer ((gpointer *) &result);
  g_assert_false (bitket_door_pair_finish (result, NULL, NULL, &error));
  g_assert_error (error, BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_BUSY);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/door/upkeep/nameless-refusal-keeps-rows", test_nameless_refusal_keeps_rows);
  g_test_add_func ("/door/upkeep/faulty-row-is-sent-again", test_faulty_row_is_sent_again);
  g_test_add_func ("/door/upkeep/annulment-before-its-entry", test_annulment_before_its_entry);
  g_test_add_func ("/door/upkeep/reason-of-forced", test_reason_of_forced);
  g_test_add_func ("/door/upkeep/D44-page-after-the-wipe", test_d44_page_after_the_wipe);
  g_test_add_func ("/door/upkeep/wiped-two-weeks-after", test_wiped_two_weeks_after);
  g_test_add_func ("/door/upkeep/dropped-while-downloading", test_dropped_while_downloading);
  g_test_add_func ("/door/upkeep/pairing-refused", test_pairing_refused);
  g_test_add_func ("/door/upkeep/protected-row-comes-again", test_protected_row_comes_again);
  g_test_add_func ("/door/upkeep/D42-question-says-true-time", test_d42_question_says_true_time);
  g_test_add_func ("/door/upkeep/token-of-another-server", test_token_of_another_server);
  g_test_add_func ("/door/upkeep/pairing-while-rows-wait", test_pairing_while_rows_wait);
  g_test_add_func ("/door/upkeep/D42-clock-set-meanwhile", test_d42_clock_set_meanwhile);
  return g_test_run ();
}
