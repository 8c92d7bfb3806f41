/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

#include "bitket-test-support.h"

static void
test_dir (void)
{
  g_autofree char *dir = bitket_test_new_dir ();
  g_autofree char *other = bitket_test_new_dir ();
  g_autofree char *inner = g_build_filename (dir, "a", "b", NULL);
  g_autofree char *file = NULL;

  g_assert_true (g_path_is_absolute (dir));
  g_assert_cmpstr (dir, !=, other);
  g_assert_cmpint (g_mkdir_with_parents (inner, 0700), ==, 0);
  file = bitket_test_write_file (inner, "file", "content");
  g_assert_true (g_file_test (file, G_FILE_TEST_IS_REGULAR));
  g_assert_cmpint (g_chmod (inner, 0500), ==, 0);

  bitket_test_remove_dir (dir);
  g_assert_false (g_file_test (dir, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (other, G_FILE_TEST_IS_DIR));
  bitket_test_remove_dir (dir);
}

static void
test_dir_spares_link_targets (void)
{
  g_autoptr (BitketTestDir) dir = bitket_test_new_dir ();
  g_autoptr (BitketTestDir) target = bitket_test_new_dir ();
  g_autofree char *file = bitket_test_write_file (target, "file", "content");
  g_autofree char *link = g_build_filename (dir, "link", NULL);
  g_autoptr (GFile) link_file = g_file_new_for_path (link);

  g_assert_true (g_file_make_symbolic_link (link_file, target, NULL, NULL));
  bitket_test_remove_dir (dir);
  g_assert_true (g_file_test (file, G_FILE_TEST_EXISTS));
}

static gboolean
set_flag_cb (gpointer flag)
{
  *(gboolean *) flag = TRUE;
  return G_SOURCE_REMOVE;
}

static gboolean
never (gpointer data)
{
  return FALSE;
}

static gpointer
set_flag_thread (gpointer flag)
{
  g_atomic_int_set ((int *) flag, TRUE);
  return NULL;
}

static void
test_wait (void)
{
  gboolean flag = FALSE;
  int from_thread = FALSE;
  g_autoptr (GThread) thread = NULL;

  g_idle_add (set_flag_cb, &flag);
  bitket_test_wait_for_flag (&flag);
  g_assert_true (flag);

  /* Nothing wakes the main context up here. */
  thread = g_thread_new ("flag", set_flag_thread, &from_thread);
  bitket_test_wait_for_flag (&from_thread);
  g_thread_join (g_steal_pointer (&thread));

  g_assert_false (bitket_test_wait_until (never, NULL, 0));
}

static void
test_wait_in_own_context (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GSource) source = g_idle_source_new ();
  gboolean flag = FALSE;

  g_main_context_push_thread_default (context);
  g_source_set_callback (source, set_flag_cb, &flag, NULL);
  g_source_attach (source, context);
  bitket_test_run_pending ();
  g_assert_true (flag);
  g_main_context_pop_thread_default (context);
}

static void
test_result (void)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GTask) task = NULL;

  task = g_task_new (NULL, NULL, (GAsyncReadyCallback) bitket_test_keep_result, &result);
  g_task_return_int (task, 42);
  bitket_test_wait_for_pointer ((gpointer) &result);
  g_assert_true (result == G_ASYNC_RESULT (task));
}

static void
test_process_lines (void)
{
  const char *argv[] = { "sh", "-c",
                         "echo starting; echo listening on $WHERE; echo also listening on b; "
                         "printf 'listening on half'; read x; echo; echo \"read $x\" >&2; exit 3",
                         NULL };
  const char *environment[] = { "WHERE=port 1=2", "HOME", NULL };
  g_autoptr (BitketTestProcess) process = bitket_test_process_spawn (argv, environment);
  g_autofree char *first = bitket_test_process_wait_for_line (process, "listening on ", 30);
  g_autofree char *second = NULL;

  g_assert_cmpstr (first, ==, "port 1=2");
  g_assert_cmpint (bitket_test_process_get_pid (process), >, 1);
  bitket_test_process_send_line (process, "Åsa");
  second = bitket_test_process_wait_for_line (process, "listening on ", 30);
  g_assert_cmpstr (second, ==, "half");
  g_assert_cmpint (bitket_test_process_wait (process, 30), ==, 3);
  g_assert_cmpstr (bitket_test_process_get_errors (process), ==, "read Åsa\n");
  g_assert_true (g_str_has_prefix (bitket_test_process_get_output (process), "starting\n"));
  g_assert_cmpint (bitket_test_process_get_pid (process), ==, 0);
}

static void
test_process_signals (void)
{
  const char *argv[] = { "sh", "-c", "trap 'exit 7' TERM; echo ready; while :; do read x; done",
                         NULL };
  const char *deaf[] = { "sh", "-c", "trap '' TERM; echo ready; exec cat", NULL };
  g_autoptr (BitketTestProcess) polite = bitket_test_process_spawn (argv, NULL);
  g_autoptr (BitketTestProcess) killed = bitket_test_process_spawn (deaf, NULL);
  g_autofree char *ready = bitket_test_process_wait_for_line (polite, "ready", 30);
  g_autofree char *ready_too = bitket_test_process_wait_for_line (killed, "ready", 30);

  g_assert_cmpint (bitket_test_process_stop (polite), ==, 7);
  bitket_test_process_signal (killed, SIGTERM);
  g_assert_cmpint (bitket_test_process_kill (killed), ==, 128 + SIGKILL);
}

static void
test_process_left_running (void)
{
  const char *argv[] = { "sh", "-c", "echo ready; exec cat", NULL };
  g_autoptr (BitketTestProcess) process = bitket_test_process_spawn (argv, NULL);
  g_autofree char *ready = bitket_test_process_wait_for_line (process, "ready", 30);
  pid_t pid = bitket_test_process_get_pid (process);

  g_clear_pointer (&process, bitket_test_process_free);
  g_assert_cmpint (kill (pid, 0), ==, -1);
}

static void
test_process_without_the_line (void)
{
  if (g_test_subprocess ())
    {
      const char *argv[] = { "sh", "-c", "echo other; echo sorry >&2; exit 1", NULL };
      g_autoptr (BitketTestProcess) process = bitket_test_process_spawn (argv, NULL);

      bitket_test_process_wait_for_line (process, "listening", 30);
      return;
    }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*ended without a line*listening*other*");
}

static void
test_run (void)
{
  const char *cat[] = { "cat", NULL };
  const char *fail[] = { "sh", "-c", "echo no >&2; exit 9", NULL };
  g_autofree char *input = g_strnfill (300000, 'x');
  g_autofree char *output = NULL;
  g_autofree char *errors = NULL;

  g_assert_cmpint (bitket_test_run (cat, NULL, input, &output, NULL), ==, 0);
  g_assert_cmpstr (output, ==, input);
  g_assert_cmpint (bitket_test_run (fail, NULL, input, NULL, &errors), ==, 9);
  g_assert_cmpstr (errors, ==, "no\n");
}

static void
test_sqlite_uri (void)
{
  g_autoptr (BitketTestDir) dir = bitket_test_new_dir ();
  g_autofree char *first = bitket_test_sqlite_uri (dir);
  g_autofree char *second = bitket_test_sqlite_uri (dir);

  g_assert_true (g_str_has_prefix (first, "sqlite:/"));
  g_assert_cmpstr (first, !=, second);
  g_assert_false (g_file_test (first + strlen ("sqlite:"), G_FILE_TEST_EXISTS));
}

static void
test_postgresql_uri (void)
{
  g_autofree char *uri = bitket_test_postgresql_uri ();
  g_autofree char *other = bitket_test_postgresql_uri ();
  g_autofree char *output = NULL;
  g_autofree char *errors = NULL;
  const char *argv[] = {
    "psql", "-At", "-c", "show server_encoding", "-d", uri + strlen ("postgresql:"), NULL
  };

  g_assert_cmpstr (uri, !=, other);
  g_assert_cmpint (bitket_test_run (argv, NULL, NULL, &output, &errors), ==, 0);
  g_assert_cmpstr (output, ==, "UTF8\n");

  bitket_test_drop_postgresql (uri);
  bitket_test_drop_postgresql (other);
  g_assert_cmpint (bitket_test_run (argv, NULL, NULL, NULL, NULL), !=, 0);
}

static void
test_postgresql_without_cluster (void)
{
  if (g_test_subprocess ())
    {
      g_unsetenv ("BITKET_TEST_PGHOST");
      g_free (bitket_test_postgresql_uri ());
      return;
    }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*BITKET_TEST_PGHOST*scripts/with-postgresql*");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/support/dir/make-and-remove", test_dir);
  g_test_add_func ("/support/dir/spares-link-targets", test_dir_spares_link_targets);
  g_test_add_func ("/support/wait/flag", test_wait);
  g_test_add_func ("/support/wait/own-context", test_wait_in_own_context);
  g_test_add_func ("/support/wait/result", test_result);
  g_test_add_func ("/support/process/lines", test_process_lines);
  g_test_add_func ("/support/process/signals", test_process_signals);
  g_test_add_func ("/support/process/left-running", test_process_left_running);
  g_test_add_func ("/support/process/without-the-line", test_process_without_the_line);
  g_test_add_func ("/support/process/run", test_run);
  g_test_add_func ("/support/database/sqlite", test_sqlite_uri);
  g_test_add_func ("/support/database/postgresql", test_postgresql_uri);
  g_test_add_func ("/support/database/postgresql-without-cluster", test_postgresql_without_cluster);
  return g_test_run ();
}
