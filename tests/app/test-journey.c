/* SPDX-License-Identifier: MIT */

/* The whole application as somebody uses it: from the first start over the sample event to a
 * visitor at the door, read by the camera from the picture of a real code. */

#include <glib/gstdio.h>
#include <time.h>
#include <utime.h>

#include "app-fixture.h"
#include "app-sample.h"
#include "bitket-entry-window.h"
#include "bitket-main-window.h"
#include "bitket-pair-dialog.h"

static BitketMainWindow *
open_window (void)
{
  BitketMainWindow *window =
      bitket_main_window_new (GTK_APPLICATION (app_fixture_get_application ()));

  gtk_window_present (GTK_WINDOW (window));
  app_wait_for_text (GTK_WIDGET (window), "Welcome to Bitket");
  return window;
}

static gboolean
is_browsing (gpointer data)
{
  return g_str_equal (bitket_main_window_get_page (data), "browse");
}

static gboolean
is_overview_ready (gpointer data)
{
  BitketOverview *overview = bitket_browse_page_get_overview (data);

  return overview != NULL && g_str_equal (bitket_overview_get_state (overview), "ready");
}

/* The first code of the sample: a ticket that is valid, its visitor not inside. */
static void
hold_code_before_camera (void)
{
  g_autofree char *codes =
      g_build_filename (g_get_user_data_dir (), "bitket", "sample", "codes", NULL);
  g_autoptr (GDir) directory = g_dir_open (codes, 0, NULL);
  const char *name;

  g_assert_nonnull (directory);
  while ((name = g_dir_read_name (directory)) != NULL)
    if (g_str_has_prefix (name, "01-valid"))
      {
        g_autofree char *source = g_strdup_printf (
            "filesrc location=\"%s/%s\" ! pngdec ! imagefreeze ! video/x-raw,framerate=10/1 ! "
            "identity sync=true",
            codes, name);

        g_setenv ("BITKET_CAMERA", source, TRUE);
        return;
      }
  g_assert_not_reached ();
}

static gboolean
has_entry_window (gpointer data)
{
  for (GList *l = gtk_application_get_windows (data); l != NULL; l = l->next)
    if (BITKET_IS_ENTRY_WINDOW (l->data))
      return TRUE;
  return FALSE;
}

static GtkWidget *
wait_for_entry_window (void)
{
  GtkApplication *application = GTK_APPLICATION (app_fixture_get_application ());

  g_assert_true (bitket_test_wait_until (has_entry_window, application, 60));
  for (GList *l = gtk_application_get_windows (application); l != NULL; l = l->next)
    if (BITKET_IS_ENTRY_WINDOW (l->data))
      return l->data;
  g_assert_not_reached ();
}

static gboolean
is_gone (gpointer data)
{
  return *(gpointer *) data == NULL;
}

static void
close_and_wait (GtkWidget *window)
{
  gpointer watched = window;

  g_object_add_weak_pointer (G_OBJECT (window), &watched);
  if (BITKET_IS_ENTRY_WINDOW (window))
    bitket_entry_window_leave (BITKET_ENTRY_WINDOW (window));
  else
    gtk_window_close (GTK_WINDOW (window));
  g_assert_true (bitket_test_wait_until (is_gone, &watched, 30));
}

/* On a slow machine the camera reads the code before the door has heard of any ticket, and the
 * service takes longer than the door waits: the visitor is let in on the signature then. */
static gboolean
has_let_in (gpointer data)
{
  return app_find_text (data, "Welcome") != NULL || app_find_text (data, "Let In") != NULL;
}

static void
test_sample_to_door (void)
{
  BitketMainWindow *window = open_window ();
  GtkWidget *entry;

  gtk_widget_activate_action (GTK_WIDGET (window), "win.start-sample", NULL);
  g_assert_cmpstr (bitket_main_window_get_page (window), ==, "busy");
  g_assert_true (bitket_test_wait_until (is_browsing, window, 120));
  g_assert_true (
      bitket_test_wait_until (is_overview_ready, bitket_main_window_get_browse_page (window), 60));
  app_wait_for_text (GTK_WIDGET (window), "Luciafesten 2026");

  hold_code_before_camera ();
  gtk_widget_activate_action (GTK_WIDGET (window), "win.open-door", NULL);
  entry = wait_for_entry_window ();
  g_assert_true (bitket_test_wait_until (has_let_in, entry, 60));
  gtk_widget_activate_action (entry, "entry.undo", NULL);
  app_wait_for_text (entry, "Ready to Scan");
  close_and_wait (entry);
  close_and_wait (GTK_WIDGET (window));
}

static GtkWidget *
find_pair_dialog (void)
{
  GListModel *windows = gtk_window_get_toplevels ();

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr (GtkWidget) window = g_list_model_get_item (windows, i);

      if (BITKET_IS_PAIR_DIALOG (window))
        return window;
    }
  g_assert_not_reached ();
}

/* The organizer makes a code for another computer. */
static void
pair_another_door (BitketMainWindow *window)
{
  GtkWidget *dialog;
  g_autofree char *code = NULL;

  g_assert_true (
      bitket_test_wait_until (is_overview_ready, bitket_main_window_get_browse_page (window), 60));
  gtk_widget_activate_action (GTK_WIDGET (window), "win.pair-door", NULL);
  dialog = find_pair_dialog ();
  app_assert_all_named (dialog);
  gtk_widget_activate_action (dialog, "dialog.make-code", NULL);
  app_wait_for_text (dialog, "Copy as a Link");
  g_object_get (dialog, "code", &code, NULL);
  g_assert_nonnull (code);
  app_wait_for_text (dialog, code);
  gtk_widget_activate_action (dialog, "dialog.copy", NULL);
  close_and_wait (dialog);
}

/* The second start goes straight on, with what the first one made. */
static void
test_second_start (void)
{
  BitketMainWindow *window =
      bitket_main_window_new (GTK_APPLICATION (app_fixture_get_application ()));

  gtk_window_present (GTK_WINDOW (window));
  bitket_main_window_begin (window, BITKET_START_USUAL);
  g_assert_true (bitket_test_wait_until (is_browsing, window, 120));
  app_wait_for_text (GTK_WIDGET (window), "Luciafesten 2026");
  pair_another_door (window);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.sign-out", NULL);
  app_wait_for_text (GTK_WIDGET (window), "Welcome to Bitket");
  close_and_wait (GTK_WIDGET (window));
}

static void
test_cancelled_start (void)
{
  BitketMainWindow *window = open_window ();

  gtk_widget_activate_action (GTK_WIDGET (window), "win.start-sample", NULL);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.cancel", NULL);
  app_wait_for_text (GTK_WIDGET (window), "Welcome to Bitket");
  close_and_wait (GTK_WIDGET (window));
}

/* There is no such program: a sentence, the details on request, and the way back. */
static void
test_failed_start (void)
{
  g_autofree char *old = g_strdup (g_getenv ("BITKET_BINDIR"));
  g_autofree char *program = g_build_filename (app_fixture_get_home (), "bitketd", NULL);
  BitketMainWindow *window = open_window ();

  g_assert_true (g_file_set_contents (program, "#!/bin/sh\nexit 3\n", -1, NULL));
  g_assert_cmpint (g_chmod (program, 0700), ==, 0);
  g_setenv ("BITKET_BINDIR", app_fixture_get_home (), TRUE);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.start-sample", NULL);
  app_wait_for_text (GTK_WIDGET (window), "The Sample Event Did Not Start");
  app_assert_all_named (GTK_WIDGET (window));
  g_setenv ("BITKET_BINDIR", old, TRUE);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.retry", NULL);
  g_assert_true (bitket_test_wait_until (is_browsing, window, 120));
  gtk_widget_activate_action (GTK_WIDGET (window), "win.sign-out", NULL);
  close_and_wait (GTK_WIDGET (window));
}

/* A sample of yesterday is made anew, with all that doors kept of it; one of today is not. */
static void
test_stale_sample (void)
{
  g_autofree char *directory = g_build_filename (app_fixture_get_home (), "stale", NULL);
  g_autofree char *credentials = g_build_filename (directory, "credentials.json", NULL);
  g_autofree char *doors = g_build_filename (directory, "doors", NULL);
  g_autofree char *kept = g_build_filename (doors, "cache", NULL);
  g_autoptr (BitketSampleService) sample = bitket_sample_service_new (directory);
  struct utimbuf yesterday = { 0 };

  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (BitketSession) session = app_sample_start (sample);

      g_assert_true (bitket_session_is_signed_in (session));
      g_assert_cmpint (g_file_test (kept, G_FILE_TEST_EXISTS), ==, i == 1);
      bitket_sample_service_stop (sample);
      g_mkdir_with_parents (doors, 0700);
      g_assert_true (g_file_set_contents (kept, "x", -1, NULL));
      if (i == 0)
        continue;
      yesterday.actime = time (NULL) - 24 * 3600;
      yesterday.modtime = yesterday.actime;
      g_assert_cmpint (g_utime (credentials, &yesterday), ==, 0);
    }
}

int
main (int argc, char **argv)
{
  app_fixture_init (&argc, &argv);
  g_test_add_func ("/app/journey/sample-to-door", test_sample_to_door);
  g_test_add_func ("/app/journey/second-start", test_second_start);
  g_test_add_func ("/app/journey/stale-sample", test_stale_sample);
  g_test_add_func ("/app/journey/cancelled-start", test_cancelled_start);
  g_test_add_func ("/app/journey/failed-start", test_failed_start);
  return g_test_run ();
}
