/* SPDX-License-Identifier: MIT */
#include "bitket-entry-model.h"
#include "bitket-test-support.h"
#include "fake-door.h"
#include "sample-outcomes.h"

typedef struct
{
  BitketClock *clock;
  BitketEntryModel *model;
  guint n_announced;
} Fixture;

static void
announced_cb (Fixture *fixture, BitketOutcome *outcome)
{
  fixture->n_announced++;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->clock = bitket_clock_new_fixed (sample_now_us ());
  fixture->model = bitket_entry_model_new (fixture->clock);
  g_signal_connect_swapped (fixture->model, "announced", G_CALLBACK (announced_cb), fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_object_add_weak_pointer (G_OBJECT (fixture->model), (gpointer *) &fixture->model);
  g_object_unref (fixture->model);
  g_assert_null (fixture->model);
  g_object_unref (fixture->clock);
}

static void
pass_ms (Fixture *fixture, gint64 ms)
{
  bitket_clock_set (fixture->clock, bitket_clock_get_now_us (fixture->clock) + ms * 1000);
  bitket_entry_model_tick (fixture->model);
}

static BitketEntryPhase
show (Fixture *fixture, BitketReason reason)
{
  g_autoptr (BitketOutcome) outcome = sample_outcome_new (reason);

  bitket_entry_model_show_outcome (fixture->model, outcome);
  return bitket_entry_model_get_phase (fixture->model);
}

static void
test_fade (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    BitketReason reason;
    guint stays_ms;
  } rows[] = {
    { BITKET_REASON_VALID, 4000 },
    { BITKET_REASON_ALREADY_ADMITTED, 8000 },
    { BITKET_REASON_SIGNATURE_ONLY, 8000 },
    { BITKET_REASON_FAULT, 8000 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_assert_cmpint (show (fixture, rows[i].reason), ==, BITKET_ENTRY_PHASE_VERDICT);
      pass_ms (fixture, rows[i].stays_ms - 1);
      g_assert_cmpint (bitket_entry_model_get_phase (fixture->model), ==,
                       BITKET_ENTRY_PHASE_VERDICT);
      pass_ms (fixture, 1);
      g_assert_cmpint (bitket_entry_model_get_phase (fixture->model), ==, BITKET_ENTRY_PHASE_READY);
      g_assert_null (bitket_entry_model_get_outcome (fixture->model));
    }
}

/* The next visitor never waits, and has the whole time. */
static void
test_next_scan_during_fade (Fixture *fixture, gconstpointer data)
{
  show (fixture, BITKET_REASON_VALID);
  pass_ms (fixture, 3999);
  show (fixture, BITKET_REASON_UNREADABLE);
  g_assert_cmpint (bitket_outcome_get_reason (bitket_entry_model_get_outcome (fixture->model)), ==,
                   BITKET_REASON_UNREADABLE);
  pass_ms (fixture, 4000);
  g_assert_cmpint (bitket_entry_model_get_phase (fixture->model), ==, BITKET_ENTRY_PHASE_VERDICT);
  pass_ms (fixture, 4000);
  g_assert_cmpint (bitket_entry_model_get_phase (fixture->model), ==, BITKET_ENTRY_PHASE_READY);
  g_assert_cmpuint (fixture->n_announced, ==, 2);
}

/* Neither a second sound nor a second flash; the earlier verdict, with all it said. */
static void
test_same_scan (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GListStore) recent = g_list_store_new (BITKET_TYPE_OUTCOME);
  g_autoptr (BitketOutcome) welcome = sample_outcome_new (BITKET_REASON_VALID);
  g_autoptr (BitketOutcome) refused = sample_outcome_new (BITKET_REASON_WRONG_EVENT);
  guint serial;

  g_list_store_append (recent, refused);
  g_list_store_append (recent, welcome);
  bitket_entry_model_set_recent (fixture->model, G_LIST_MODEL (recent));
  bitket_entry_model_show_outcome (fixture->model, welcome);
  bitket_entry_model_show_outcome (fixture->model, refused);
  serial = bitket_entry_model_get_serial (fixture->model);
  show (fixture, BITKET_REASON_SAME_SCAN);
  g_assert_true (bitket_entry_model_get_outcome (fixture->model) == welcome);
  g_assert_cmpuint (bitket_entry_model_get_serial (fixture->model), ==, serial);
  g_assert_cmpuint (fixture->n_announced, ==, 2);
}

/* A door that was opened anew remembers the code, but the list is empty. */
static void
test_same_scan_unknown (Fixture *fixture, gconstpointer data)
{
  g_assert_cmpint (show (fixture, BITKET_REASON_SAME_SCAN), ==, BITKET_ENTRY_PHASE_VERDICT);
  g_assert_cmpint (bitket_outcome_get_reason (bitket_entry_model_get_outcome (fixture->model)), ==,
                   BITKET_REASON_SAME_SCAN);
  g_assert_cmpuint (fixture->n_announced, ==, 0);
}

static void
test_search_changes_nothing (Fixture *fixture, gconstpointer data)
{
  const BitketOutcomeFacts facts = { .kind = BITKET_SCAN_KIND_TEXT };
  g_autoptr (BitketOutcome) search = bitket_outcome_new (&facts);

  bitket_entry_model_show_outcome (fixture->model, search);
  bitket_entry_model_show_preview (fixture->model, search);
  g_assert_cmpint (bitket_entry_model_get_phase (fixture->model), ==, BITKET_ENTRY_PHASE_READY);
  show (fixture, BITKET_REASON_VALID);
  bitket_entry_model_show_outcome (fixture->model, search);
  g_assert_cmpint (bitket_outcome_get_reason (bitket_entry_model_get_outcome (fixture->model)), ==,
                   BITKET_REASON_VALID);
}

static void
test_preview (Fixture *fixture, gconstpointer data)
{
  g_autoptr (BitketOutcome) preview = sample_outcome_new (BITKET_REASON_VALID);

  bitket_entry_model_show_preview (fixture->model, preview);
  g_assert_cmpint (bitket_entry_model_get_phase (fixture->model), ==, BITKET_ENTRY_PHASE_ASKING);
  g_assert_cmpuint (fixture->n_announced, ==, 0);
  g_assert_cmpint (show (fixture, BITKET_REASON_ALREADY_ADMITTED), ==, BITKET_ENTRY_PHASE_VERDICT);
  g_assert_cmpuint (fixture->n_announced, ==, 1);
}

/* The timer by itself, on the real clock's way: it only looks at the fixed one. */
static gboolean
is_ready (gpointer data)
{
  return bitket_entry_model_get_phase (data) == BITKET_ENTRY_PHASE_READY;
}

static void
test_timer (Fixture *fixture, gconstpointer data)
{
  show (fixture, BITKET_REASON_VALID);
  bitket_clock_set (fixture->clock, sample_now_us () + 60 * G_USEC_PER_SEC);
  g_assert_true (bitket_test_wait_until (is_ready, fixture->model, 30));
}

static void
test_clock (Fixture *fixture, gconstpointer data)
{
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;

  g_object_get (fixture->model, "clock-text", &before, NULL);
  pass_ms (fixture, 60000);
  g_object_get (fixture->model, "clock-text", &after, NULL);
  g_assert_cmpstr (before, ==, "21:47");
  g_assert_cmpstr (after, ==, "21:48");
}

static void
test_counts (void)
{
  BitketDoorCount banquet = { (char *) "banquet", 48, 60 };
  BitketDoorCount party = { (char *) "party", 72, 440 };
  g_autoptr (GPtrArray) counts = g_ptr_array_new ();
  g_autofree char *none = bitket_entry_model_format_counts (0, NULL);
  g_autofree char *two = NULL;

  g_ptr_array_add (counts, &banquet);
  g_ptr_array_add (counts, &party);
  two = bitket_entry_model_format_counts (120, counts);
  g_assert_cmpstr (none, ==, "Inside 0");
  g_assert_cmpstr (two, ==, "Inside 120 · banquet 48/60 · party 72/440");
}

static void
test_follow (Fixture *fixture, gconstpointer data)
{
  g_autoptr (BitketDoor) door = fake_door_new ();
  g_autoptr (BitketOutcome) outcome = sample_outcome_new (BITKET_REASON_VALID);
  g_autofree char *event = NULL;
  g_autofree char *counts = NULL;
  g_autofree char *notice = NULL;
  gboolean is_online;
  gint64 since_us;
  guint n_waiting;

  bitket_entry_model_follow (fixture->model, door);
  g_object_get (fixture->model, "event-name", &event, "counts-text", &counts, "online", &is_online,
                "notice", &notice, NULL);
  g_assert_cmpstr (event, ==, "Luciafesten 2026");
  g_assert_cmpstr (counts, ==, "Inside 48 · Banquet 48/60");
  g_assert_null (notice);
  g_assert_true (is_online);
  fake_door_set_reach (door, sample_local_us (21, 30), 14);
  g_object_get (fixture->model, "online", &is_online, "offline-since", &since_us, "n-waiting",
                &n_waiting, NULL);
  g_assert_false (is_online);
  g_assert_cmpint (since_us, ==, sample_local_us (21, 30));
  g_assert_cmpuint (n_waiting, ==, 14);

  g_signal_emit_by_name (door, "outcome", outcome);
  g_assert_true (bitket_entry_model_get_outcome (fixture->model) == outcome);
  bitket_entry_model_follow (fixture->model, NULL);
  bitket_entry_model_clear (fixture->model);
  g_signal_emit_by_name (door, "outcome", outcome);
  g_assert_null (bitket_entry_model_get_outcome (fixture->model));
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*func) (Fixture *fixture, gconstpointer data);
  } tests[] = {
    { "/app/entry-model/fade", test_fade },
    { "/app/entry-model/next-scan-during-fade", test_next_scan_during_fade },
    { "/app/entry-model/same-scan", test_same_scan },
    { "/app/entry-model/same-scan-unknown", test_same_scan_unknown },
    { "/app/entry-model/search-changes-nothing", test_search_changes_nothing },
    { "/app/entry-model/preview", test_preview },
    { "/app/entry-model/timer", test_timer },
    { "/app/entry-model/clock", test_clock },
    { "/app/entry-model/follow", test_follow },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, set_up, tests[i].func, tear_down);
  g_test_add_func ("/app/entry-model/counts", test_counts);
  return g_test_run ();
}
