/* SPDX-License-Identifier: MIT */
#include <adwaita.h>
#include <glib/gstdio.h>

#include "bitket-entry-window-private.h"
#include "bitket-reason-text.h"
#include "bitket-test-support.h"
#include "fake-door.h"
#include "phone-picture.h"
#include "sample-outcomes.h"

#define WAIT_S 30

typedef struct
{
  BitketClock *clock;
  BitketDoor *door;
  BitketEntryModel *model;
  BitketEntryWindow *window;
} Fixture;

static gboolean
is_active (gpointer data)
{
  return gtk_window_is_active (data);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (BitketOutcome) outcome = sample_outcome_new (BITKET_REASON_VALID);

  fixture->clock = bitket_clock_new_fixed (sample_now_us ());
  fixture->door = fake_door_new ();
  fake_door_set_outcome (fixture->door, outcome);
  fixture->model = bitket_entry_model_new (fixture->clock);
  fixture->window = bitket_entry_window_new_with_model (NULL, fixture->door, fixture->model);
  g_object_add_weak_pointer (G_OBJECT (fixture->window), (gpointer *) &fixture->window);
  gtk_window_present (GTK_WINDOW (fixture->window));
  g_assert_true (bitket_test_wait_until (is_active, fixture->window, WAIT_S));
}

static gboolean
is_null (gpointer data)
{
  return *(gpointer *) data == NULL;
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  if (fixture->window != NULL)
    bitket_entry_window_leave (fixture->window);
  g_assert_true (bitket_test_wait_until (is_null, &fixture->window, WAIT_S));
  g_assert_true (g_str_has_suffix (fake_door_get_calls (fixture->door), "close;"));
  g_object_add_weak_pointer (G_OBJECT (fixture->door), (gpointer *) &fixture->door);
  g_object_unref (fixture->door);
  g_assert_true (bitket_test_wait_until (is_null, &fixture->door, WAIT_S));
  g_object_add_weak_pointer (G_OBJECT (fixture->model), (gpointer *) &fixture->model);
  g_object_unref (fixture->model);
  g_assert_null (fixture->model);
  g_object_unref (fixture->clock);
}

/* The widget of that id in any template, and only if it is on the screen. */
static GtkWidget *
find (GtkWidget *root, const char *id)
{
  const char *own =
      GTK_IS_BUILDABLE (root) ? gtk_buildable_get_buildable_id (GTK_BUILDABLE (root)) : NULL;

  if (g_strcmp0 (own, id) == 0)
    return gtk_widget_get_mapped (root) ? root : NULL;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find (child, id);

      if (found != NULL)
        return found;
    }
  return NULL;
}

static const char *
read_label (Fixture *fixture, const char *id)
{
  GtkWidget *label = find (GTK_WIDGET (fixture->window), id);

  return label ? gtk_label_get_label (GTK_LABEL (label)) : NULL;
}

static void
show (Fixture *fixture, BitketReason reason)
{
  g_autoptr (BitketOutcome) outcome = sample_outcome_new (reason);

  fake_door_set_outcome (fixture->door, outcome);
  g_signal_emit_by_name (fixture->door, "outcome", outcome);
}

static gboolean
has_call (gpointer data)
{
  gpointer *pair = data;

  return strstr (fake_door_get_calls (pair[0]), pair[1]) != NULL;
}

static void
wait_for_call (Fixture *fixture, const char *call)
{
  gpointer pair[2] = { fixture->door, (gpointer) call };

  if (!bitket_test_wait_until (has_call, pair, WAIT_S))
    g_test_fail_printf ("\"%s\" is not among \"%s\"", call, fake_door_get_calls (fixture->door));
}

/* A real keyboard, as far as the window can tell. */
static void
run_xdotool (const char *first, const char *second, const char *third)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process =
      g_subprocess_new (G_SUBPROCESS_FLAGS_NONE, &error, "xdotool", first, second, third, NULL);
  g_autoptr (GAsyncResult) result = NULL;

  g_assert_no_error (error);
  g_subprocess_wait_check_async (process, NULL, (GAsyncReadyCallback) bitket_test_keep_result,
                                 &result);
  bitket_test_wait_for_pointer ((gpointer *) &result);
  g_assert_true (g_subprocess_wait_check_finish (process, result, &error));
}

static void
type (const char *text)
{
  run_xdotool ("type", "--delay=12", text);
}

static void
press (const char *key)
{
  run_xdotool ("key", "--delay=12", key);
}

static const char *
get_typed (Fixture *fixture)
{
  return gtk_editable_get_text (GTK_EDITABLE (fixture->window->search_entry));
}

static void
test_every_reason (Fixture *fixture, gconstpointer data)
{
  for (int reason = BITKET_REASON_VALID; reason <= BITKET_REASON_FAULT; reason++)
    {
      g_autoptr (BitketOutcome) outcome = sample_outcome_new ((BitketReason) reason);
      g_autofree char *sentence = bitket_reason_text_dup_sentence (outcome, sample_now_us ());
      g_autofree char *spoken = bitket_reason_text_dup_announcement (outcome);
      const char *step = bitket_reason_text_get_step (outcome);
      GtkWidget *view = find (GTK_WIDGET (fixture->window), "verdict_view");

      if (reason == BITKET_REASON_SAME_SCAN)
        continue;
      show (fixture, (BitketReason) reason);
      g_assert_true (
          gtk_widget_has_css_class (find (view, "card"), bitket_reason_text_get_style (outcome)));
      g_assert_cmpstr (read_label (fixture, "word_label"), ==,
                       bitket_reason_text_get_word (outcome));
      g_assert_cmpstr (read_label (fixture, "sentence_label"), ==,
                       *sentence != '\0' ? sentence : NULL);
      g_assert_cmpstr (read_label (fixture, "step_label"), ==, step);
      g_assert_cmpstr (read_label (fixture, "name_label"), ==,
                       bitket_outcome_get_facts (outcome)->name);
      gtk_test_accessible_assert_property (view, GTK_ACCESSIBLE_PROPERTY_LABEL, spoken);
      gtk_test_accessible_assert_role (view, GTK_ACCESSIBLE_ROLE_ALERT);
    }
}

static void
test_fade (Fixture *fixture, gconstpointer data)
{
  g_assert_null (read_label (fixture, "word_label"));
  show (fixture, BITKET_REASON_VALID);
  g_assert_cmpstr (read_label (fixture, "word_label"), ==, "Welcome");
  bitket_clock_set (fixture->clock, sample_now_us () + BITKET_ENTRY_ADMIT_MS * 1000);
  bitket_entry_model_tick (fixture->model);
  g_assert_null (read_label (fixture, "word_label"));
}

/* Each new verdict pulses, also when it looks like the one before; the same scan does not. */
static void
test_pulse (Fixture *fixture, gconstpointer data)
{
  GtkWidget *card;
  gboolean was_even;

  show (fixture, BITKET_REASON_VALID);
  card = find (GTK_WIDGET (fixture->window), "card");
  was_even = gtk_widget_has_css_class (card, "pulse-even");
  show (fixture, BITKET_REASON_VALID);
  g_assert_cmpint (gtk_widget_has_css_class (card, "pulse-even"), !=, was_even);
  was_even = gtk_widget_has_css_class (card, "pulse-even");
  show (fixture, BITKET_REASON_SAME_SCAN);
  g_assert_cmpint (gtk_widget_has_css_class (card, "pulse-even"), ==, was_even);
  g_assert_true (gtk_widget_has_css_class (card, "admit"));
}

/* Who it is stands there while the service is asked; no colour yet. */
static gboolean
is_asking (gpointer data)
{
  return bitket_entry_model_get_phase (data) == BITKET_ENTRY_PHASE_ASKING;
}

static void
test_slow_service (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static ("code", 4);

  fake_door_hold (fixture->door);
  bitket_entry_window_scan (fixture->window, bytes, BITKET_SCAN_SOURCE_CAMERA);
  g_assert_true (bitket_test_wait_until (is_asking, fixture->model, WAIT_S));
  g_assert_cmpstr (read_label (fixture, "name_label"), ==, "Astrid Lindqvist");
  g_assert_cmpstr (read_label (fixture, "word_label"), ==, "Checking…");
  g_assert_false (gtk_widget_has_css_class (find (GTK_WIDGET (fixture->window), "card"), "admit"));
  fake_door_answer (fixture->door);
  g_assert_cmpstr (read_label (fixture, "word_label"), ==, "Welcome");
}

/* Wherever the focus is, and even if a search stands there already. */
static void
test_reader_that_types (Fixture *fixture, gconstpointer data)
{
  gtk_widget_grab_focus (find (GTK_WIDGET (fixture->window), "undo_button"));
  type ("4294967001");
  press ("Return");
  wait_for_call (fixture, "scan 4294967001;");
  g_assert_cmpstr (read_label (fixture, "word_label"), ==, "Welcome");
  g_assert_cmpstr (get_typed (fixture), ==, "");

  type ("{\"a\":1}");
  press ("Return");
  wait_for_call (fixture, "scan {\"a\":1};");
  g_assert_cmpstr (get_typed (fixture), ==, "");
}

static BitketDoorHit *
new_hit (const char *ownership, BitketTicketState state)
{
  BitketDoorHit *hit = g_new0 (BitketDoorHit, 1);

  hit->ownership = g_strdup (ownership);
  hit->name = g_strdup ("Astrid Lindqvist");
  hit->ticket_type = g_strdup ("Party");
  hit->state = state;
  return hit;
}

static gboolean
has_hits (gpointer data)
{
  return find (data, "admit_button") != NULL;
}

static gboolean
has_no_hits (gpointer data)
{
  return !has_hits (data);
}

static void
set_text_outcome (Fixture *fixture)
{
  const BitketOutcomeFacts facts = { .kind = BITKET_SCAN_KIND_TEXT };
  g_autoptr (BitketOutcome) outcome = bitket_outcome_new (&facts);

  fake_door_set_outcome (fixture->door, outcome);
}

static void
test_search_and_admit (Fixture *fixture, gconstpointer data)
{
  g_autoptr (BitketOutcome) welcome = sample_outcome_new (BITKET_REASON_VALID);
  GtkWidget *button;

  set_text_outcome (fixture);
  fake_door_add_hit (fixture->door, new_hit ("first", BITKET_TICKET_STATE_VALID));
  press ("slash");
  type ("lind");
  press ("Return");
  wait_for_call (fixture, "scan lind;");
  wait_for_call (fixture, "search lind;");
  g_assert_true (bitket_test_wait_until (has_hits, fixture->window, WAIT_S));
  button = find (GTK_WIDGET (fixture->window), "admit_button");
  gtk_test_accessible_assert_property (button, GTK_ACCESSIBLE_PROPERTY_LABEL,
                                       "Let In, Astrid Lindqvist");
  fake_door_set_outcome (fixture->door, welcome);
  g_signal_emit_by_name (button, "clicked");
  wait_for_call (fixture, "admit first -;");
  g_assert_cmpstr (read_label (fixture, "word_label"), ==, "Welcome");
  g_assert_true (bitket_test_wait_until (has_no_hits, fixture->window, WAIT_S));
  g_assert_cmpstr (get_typed (fixture), ==, "");
}

/* What stands there from before gives way to what is typed next. */
static void
test_search_is_replaced (Fixture *fixture, gconstpointer data)
{
  set_text_outcome (fixture);
  type ("lind");
  press ("Return");
  wait_for_call (fixture, "scan lind;");
  type ("berg");
  press ("Return");
  wait_for_call (fixture, "scan berg;");
}

static GtkWindow *
find_dialog (void)
{
  g_autoptr (GList) windows = gtk_window_list_toplevels ();

  for (GList *link = windows; link != NULL; link = link->next)
    if (gtk_window_get_transient_for (link->data) != NULL)
      return link->data;
  return NULL;
}

static gboolean
is_closed (gpointer data)
{
  return find_dialog () == NULL;
}

/* A refused ticket needs a reason before it is let in. */
static void
test_let_in_anyway (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) hits =
      g_ptr_array_new_with_free_func ((GDestroyNotify) bitket_door_hit_free);
  GtkWidget *dialog;

  g_ptr_array_add (hits, new_hit ("used", BITKET_TICKET_STATE_PENDING));
  bitket_hit_list_show (fixture->window->hit_list, "lind", hits, sample_now_us ());
  gtk_stack_set_visible_child_name (fixture->window->left_stack, "hits");
  g_assert_null (find (GTK_WIDGET (fixture->window), "admit_button"));
  g_signal_emit_by_name (find (GTK_WIDGET (fixture->window), "force_button"), "clicked");
  dialog = GTK_WIDGET (find_dialog ());
  g_assert_nonnull (dialog);
  gtk_widget_activate_action (dialog, "force.confirm", NULL);
  g_assert_cmpstr (fake_door_get_calls (fixture->door), ==, "");
  gtk_widget_activate_action (dialog, "force.suggest", "s", "Identity checked");
  gtk_widget_activate_action (dialog, "force.confirm", NULL);
  g_assert_cmpstr (fake_door_get_calls (fixture->door), ==, "admit used Identity checked;");
  g_assert_true (bitket_test_wait_until (is_closed, NULL, WAIT_S));
}

static gboolean
is_ready (gpointer data)
{
  return bitket_entry_model_get_phase (data) == BITKET_ENTRY_PHASE_READY;
}

static void
test_undo (Fixture *fixture, gconstpointer data)
{
  show (fixture, BITKET_REASON_VALID);
  press ("ctrl+z");
  wait_for_call (fixture, "undo;");
  g_assert_true (bitket_test_wait_until (is_ready, fixture->model, WAIT_S));
}

/* Nothing to undo: told in a toast, and what stands there stays. */
static void
test_undo_nothing (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error =
      g_error_new_literal (BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_NOTHING, "nothing to undo");

  fake_door_set_error (fixture->door, error);
  show (fixture, BITKET_REASON_UNREADABLE);
  gtk_widget_activate_action (GTK_WIDGET (fixture->window), "entry.undo", NULL);
  bitket_test_run_pending ();
  g_assert_cmpstr (read_label (fixture, "word_label"), ==, "Stop");
}

static void
test_reach (Fixture *fixture, gconstpointer data)
{
  GtkWidget *chip = find (GTK_WIDGET (fixture->window), "reach_box");

  g_assert_cmpstr (read_label (fixture, "title_label"), ==, "Luciafesten 2026 · Main door");
  g_assert_cmpstr (read_label (fixture, "reach_label"), ==, "Online");
  g_assert_cmpstr (read_label (fixture, "waiting_label"), ==, "0 waiting");
  g_assert_cmpstr (read_label (fixture, "clock_label"), ==, "21:47");
  fake_door_set_reach (fixture->door, sample_local_us (21, 30), 14);
  g_assert_cmpstr (read_label (fixture, "reach_label"), ==, "Offline since 21:30 · 14 waiting");
  g_assert_true (gtk_widget_has_css_class (chip, "offline"));
  g_assert_null (read_label (fixture, "waiting_label"));
  fake_door_set_reach (fixture->door, 0, 0);
  g_assert_cmpstr (read_label (fixture, "reach_label"), ==, "Online");
  g_assert_true (gtk_widget_has_css_class (chip, "online"));
}

static GtkEventController *
find_keys (Fixture *fixture)
{
  g_autoptr (GListModel) all = gtk_widget_observe_controllers (GTK_WIDGET (fixture->window));

  for (guint i = 0; i < g_list_model_get_n_items (all); i++)
    {
      g_autoptr (GtkEventController) controller = g_list_model_get_item (all, i);

      if (g_strcmp0 (gtk_event_controller_get_name (controller), "entry-keys") == 0)
        return controller;
    }
  g_assert_not_reached ();
}

static void
hold_escape (Fixture *fixture)
{
  gboolean is_handled = FALSE;

  g_signal_emit_by_name (find_keys (fixture), "key-pressed", GDK_KEY_Escape, 9, 0, &is_handled);
  g_assert_true (is_handled);
}

static void
pass_ms (Fixture *fixture, gint64 ms)
{
  bitket_clock_set (fixture->clock, bitket_clock_get_now_us (fixture->clock) + ms * 1000);
}

static gboolean
shows_hold (gpointer data)
{
  return gtk_widget_get_visible (((BitketEntryWindow *) data)->hold_box);
}

static void
test_hold_escape (Fixture *fixture, gconstpointer data)
{
  hold_escape (fixture);
  pass_ms (fixture, 999);
  g_assert_true (bitket_test_wait_until (shows_hold, fixture->window, WAIT_S));
  g_assert_cmpfloat (gtk_progress_bar_get_fraction (fixture->window->hold_bar), >, 0.9);
  hold_escape (fixture); /* the keyboard repeats it: that is no new beginning */
  pass_ms (fixture, 1);
  g_assert_true (bitket_test_wait_until (is_null, &fixture->window, WAIT_S));
}

/* Let go too early, then the window's close button: still here. */
static void
test_escape_is_no_exit (Fixture *fixture, gconstpointer data)
{
  hold_escape (fixture);
  pass_ms (fixture, 500);
  g_assert_true (bitket_test_wait_until (shows_hold, fixture->window, WAIT_S));
  g_signal_emit_by_name (find_keys (fixture), "key-released", GDK_KEY_Escape, 9, 0);
  g_assert_false (shows_hold (fixture->window));
  pass_ms (fixture, 5000);
  gtk_window_close (GTK_WINDOW (fixture->window));
  bitket_test_run_pending ();
  g_assert_nonnull (fixture->window);
  g_assert_true (gtk_widget_get_visible (GTK_WIDGET (fixture->window)));
}

static void
test_switches (Fixture *fixture, gconstpointer data)
{
  gboolean is_muted;
  gboolean is_mirrored;

  press ("ctrl+m");
  press ("ctrl+shift+m");
  g_object_get (fixture->window, "muted", &is_muted, "mirrored", &is_mirrored, NULL);
  g_assert_true (is_muted);
  g_assert_false (is_mirrored);
  gtk_widget_activate_action (GTK_WIDGET (fixture->window), "entry.muted", NULL);
  g_object_get (fixture->window, "muted", &is_muted, NULL);
  g_assert_false (is_muted);
}

static gboolean
has_picture (gpointer data)
{
  return gdk_paintable_get_intrinsic_width (data) == 1280;
}

/* A real camera's way: from a picture of a phone to the verdict. */
static void
test_camera (Fixture *fixture, gconstpointer data)
{
  g_autofree char *directory = g_dir_make_tmp ("bitket-entry-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (directory, "phone.png", NULL);
  g_autofree char *source = g_strdup_printf (
      "filesrc location=%s ! pngdec ! imagefreeze num-buffers=10 ! video/x-raw,framerate=10/1",
      path);
  GdkPaintable *picture = bitket_camera_pane_get_paintable (fixture->window->camera_pane);

  g_assert_true (phone_picture_write (path, "a code"));
  g_object_set (fixture->window, "camera", source, NULL);
  wait_for_call (fixture, "scan a code;");
  g_assert_true (bitket_test_wait_until (has_picture, picture, WAIT_S));
  g_assert_cmpstr (read_label (fixture, "word_label"), ==, "Welcome");
  g_object_set (fixture->window, "camera", "", NULL);
  g_assert_cmpint (gdk_paintable_get_intrinsic_width (picture), ==, 0);
  g_remove (path);
  g_rmdir (directory);
}

/* Told in the place of the picture; everything else goes on. */
static void
test_broken_camera (Fixture *fixture, gconstpointer data)
{
  g_test_expect_message ("bitket", G_LOG_LEVEL_MESSAGE, "no camera picture: *");
  g_object_set (fixture->window, "camera", "no-such-element-at-all", NULL);
  g_test_assert_expected_messages ();
  g_assert_nonnull (find (GTK_WIDGET (fixture->window), "status_page"));
  type ("4294967001");
  press ("Return");
  wait_for_call (fixture, "scan 4294967001;");
}

static void
test_recent (Fixture *fixture, gconstpointer data)
{
  GListStore *recent = G_LIST_STORE (bitket_door_get_recent (fixture->door));
  GtkWidget *strip = find (GTK_WIDGET (fixture->window), "recent_strip");

  for (guint i = 0; i < 20; i++)
    {
      g_autoptr (BitketOutcome) outcome =
          sample_outcome_new_admitted ("Astrid Lindqvist", NULL, sample_now_us ());

      g_list_store_insert (recent, 0, outcome);
    }
  gtk_test_widget_wait_for_draw (strip);
  g_assert_true (gtk_widget_get_child_visible (gtk_widget_get_first_child (strip)));
  g_assert_false (gtk_widget_get_child_visible (gtk_widget_get_last_child (strip)));
  g_list_store_remove_all (recent);
  g_assert_null (gtk_widget_get_first_child (strip));
}

/* Both are told without a dialog, and without an end. */
static void
test_trouble (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error =
      g_error_new_literal (BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_CLOCK, "wrong clock");
  g_autoptr (BitketOutcome) conflict = sample_outcome_new (BITKET_REASON_ALREADY_ADMITTED);

  g_signal_emit_by_name (fixture->door, "trouble", error);
  g_signal_emit_by_name (fixture->door, "trouble", error);
  g_signal_emit_by_name (fixture->door, "conflict", conflict);
  bitket_test_run_pending ();
  g_assert_null (find_dialog ());
  g_assert_cmpstr (fixture->window->last_trouble, ==,
                   "The clock of this computer is wrong. Set it before you let people in.");
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*func) (Fixture *fixture, gconstpointer data);
  } tests[] = {
    { "/app/entry-window/every-reason", test_every_reason },
    { "/app/entry-window/fade", test_fade },
    { "/app/entry-window/pulse", test_pulse },
    { "/app/entry-window/slow-service", test_slow_service },
    { "/app/entry-window/reader-that-types", test_reader_that_types },
    { "/app/entry-window/search-and-admit", test_search_and_admit },
    { "/app/entry-window/search-is-replaced", test_search_is_replaced },
    { "/app/entry-window/let-in-anyway", test_let_in_anyway },
    { "/app/entry-window/undo", test_undo },
    { "/app/entry-window/undo-nothing", test_undo_nothing },
    { "/app/entry-window/reach", test_reach },
    { "/app/entry-window/hold-escape", test_hold_escape },
    { "/app/entry-window/escape-is-no-exit", test_escape_is_no_exit },
    { "/app/entry-window/switches", test_switches },
    { "/app/entry-window/camera", test_camera },
    { "/app/entry-window/broken-camera", test_broken_camera },
    { "/app/entry-window/recent", test_recent },
    { "/app/entry-window/trouble", test_trouble },
  };

  g_setenv ("GTK_A11Y", "test", TRUE);
  g_setenv ("BITKET_SOUND", "fakesink", TRUE);
  g_unsetenv ("BITKET_CAMERA");
  gtk_test_init (&argc, &argv, NULL);
  adw_init ();
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, set_up, tests[i].func, tear_down);
  return g_test_run ();
}
