/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* pthread_getname_np() */

#include "bitket-worker.h"

#include <pthread.h>

/* A door that jobs wait before, so that a test decides what happens in which order. */
typedef struct
{
  GMutex mutex;
  GCond changed;
  gboolean is_open;
  gboolean is_reached;
} Gate;

typedef struct
{
  GMainContext *context; /* where the callback must come */
  guint n_callbacks;
  gpointer result;
  GError *error;
} Answer;

static guint n_frees;
static GString *order;

static void
set_gate (Gate *gate, gboolean *flag)
{
  g_mutex_lock (&gate->mutex);
  *flag = TRUE;
  g_cond_broadcast (&gate->changed);
  g_mutex_unlock (&gate->mutex);
}

static void
wait_gate (Gate *gate, gboolean *flag)
{
  g_mutex_lock (&gate->mutex);
  while (!*flag)
    g_cond_wait (&gate->changed, &gate->mutex);
  g_mutex_unlock (&gate->mutex);
}

static gpointer
pass_gate (gpointer data, GCancellable *cancellable, GError **error)
{
  Gate *gate = data;

  set_gate (gate, &gate->is_reached);
  wait_gate (gate, &gate->is_open);
  return NULL;
}

static gpointer
double_number (gpointer data, GCancellable *cancellable, GError **error)
{
  return GINT_TO_POINTER (GPOINTER_TO_INT (data) * 2);
}

static gpointer
append_letter (gpointer data, GCancellable *cancellable, GError **error)
{
  g_string_append_c (order, (char) GPOINTER_TO_INT (data));
  return NULL;
}

static gpointer
fail (gpointer data, GCancellable *cancellable, GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE, "could not");
  return NULL;
}

static gpointer
return_text (gpointer data, GCancellable *cancellable, GError **error)
{
  return g_strdup ("text");
}

static gpointer
cancel_itself (gpointer data, GCancellable *cancellable, GError **error)
{
  g_cancellable_cancel (cancellable);
  return g_strdup ("done all the same");
}

static gpointer
get_thread_name (gpointer data, GCancellable *cancellable, GError **error)
{
  char name[16] = { 0 };

  g_assert_true (bitket_worker_is_current (data));
  g_assert_cmpint (pthread_getname_np (pthread_self (), name, sizeof name), ==, 0);
  return g_strdup (name);
}

static void
count_free (gpointer data)
{
  g_atomic_int_inc (&n_frees);
}

static void
count_and_free (gpointer data)
{
  g_atomic_int_inc (&n_frees);
  g_free (data);
}

static void
answer_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Answer *answer = user_data;

  g_assert_true (g_main_context_is_owner (answer->context));
  answer->n_callbacks++;
  answer->result = bitket_worker_run_finish (BITKET_WORKER (source), result, &answer->error);
}

static gboolean
fail_timeout_cb (gpointer data)
{
  g_assert_not_reached ();
}

static void
wait_answer (Answer *answer)
{
  GSource *guard = g_timeout_source_new_seconds (60);

  g_source_set_callback (guard, fail_timeout_cb, NULL, NULL);
  g_source_attach (guard, answer->context);
  while (answer->n_callbacks == 0)
    g_main_context_iteration (answer->context, TRUE);
  g_source_destroy (guard);
  g_source_unref (guard);
}

static void
test_run (void)
{
  g_autoptr (BitketWorker) worker = bitket_worker_new ("test");
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (
      GPOINTER_TO_INT (bitket_worker_run (worker, double_number, GINT_TO_POINTER (21), &error)), ==,
      42);
  g_assert_no_error (error);
  g_assert_null (bitket_worker_run (worker, fail, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
  /* Nobody asks for the error: it is dropped. */
  g_assert_null (bitket_worker_run (worker, fail, NULL, NULL));
}

static void
test_thread (void)
{
  g_autoptr (BitketWorker) worker = bitket_worker_new ("fifteen-letters");
  g_autoptr (BitketWorker) other = bitket_worker_new ("other");
  g_autofree char *name = bitket_worker_run (worker, get_thread_name, worker, NULL);

  g_assert_cmpstr (name, ==, "fifteen-letters");
  g_assert_false (bitket_worker_is_current (worker));
  g_assert_false (bitket_worker_is_current (other));
}

static void
test_async (void)
{
  g_autoptr (BitketWorker) worker = bitket_worker_new ("test");
  Answer good = { g_main_context_default () };
  Answer bad = { g_main_context_default () };

  n_frees = 0;
  bitket_worker_run_async (worker, return_text, NULL, count_free, g_free, NULL, answer_cb, &good);
  g_assert_cmpuint (good.n_callbacks, ==, 0);
  wait_answer (&good);
  g_assert_cmpstr (good.result, ==, "text");
  g_assert_no_error (good.error);
  g_assert_cmpuint (n_frees, ==, 1);
  g_free (good.result);

  bitket_worker_run_async (worker, fail, NULL, count_free, g_free, NULL, answer_cb, &bad);
  wait_answer (&bad);
  g_assert_null (bad.result);
  g_assert_error (bad.error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
  g_assert_cmpuint (n_frees, ==, 2);
  g_clear_error (&bad.error);
}

static void
test_order (void)
{
  g_autoptr (BitketWorker) worker = bitket_worker_new ("test");
  g_autofree char *letters = NULL;
  Gate gate = { 0 };

  order = g_string_new (NULL);
  bitket_worker_run_async (worker, pass_gate, &gate, NULL, NULL, NULL, NULL, NULL);
  wait_gate (&gate, &gate.is_reached);
  for (char letter = 'a'; letter <= 'z'; letter++)
    bitket_worker_run_async (worker, append_letter, GINT_TO_POINTER (letter), NULL, NULL, NULL,
                             NULL, NULL);
  g_assert_cmpuint (bitket_worker_get_n_waiting (worker), ==, 26);
  set_gate (&gate, &gate.is_open);

  /* Stopping runs what waits. */
  bitket_worker_stop (worker);
  g_assert_cmpuint (bitket_worker_get_n_waiting (worker), ==, 0);
  letters = g_string_free (order, FALSE);
  g_assert_cmpstr (letters, ==, "abcdefghijklmnopqrstuvwxyz");
}

static void
test_cancelled_before_its_turn (void)
{
  g_autoptr (BitketWorker) worker = bitket_worker_new ("test");
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Answer answer = { g_main_context_default () };
  Gate gate = { 0 };

  n_frees = 0;
  order = g_string_new (NULL);
  bitket_worker_run_async (worker, pass_gate, &gate, NULL, NULL, NULL, NULL, NULL);
  bitket_worker_run_async (worker, append_letter, GINT_TO_POINTER ('x'), count_free, NULL,
                           cancellable, answer_cb, &answer);
  g_cancellable_cancel (cancellable);
  set_gate (&gate, &gate.is_open);
  wait_answer (&answer);
  g_assert_error (answer.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint (order->len, ==, 0);
  g_assert_cmpuint (n_frees, ==, 1);
  g_clear_error (&answer.error);
  g_string_free (order, TRUE);
}

/* A job that came to its end has its result reported, whatever the cancellable says by then. */
static void
test_cancelled_too_late (void)
{
  g_autoptr (BitketWorker) worker = bitket_worker_new ("test");
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Answer answer = { g_main_context_default () };

  bitket_worker_run_async (worker, cancel_itself, NULL, NULL, g_free, cancellable, answer_cb,
                           &answer);
  wait_answer (&answer);
  g_assert_no_error (answer.error);
  g_assert_cmpstr (answer.result, ==, "done all the same");
  g_free (answer.result);
}

static void
test_stopped (void)
{
  g_autoptr (BitketWorker) worker = bitket_worker_new ("test");
  g_autoptr (GError) error = NULL;
  Answer answer = { g_main_context_default () };

  n_frees = 0;
  bitket_worker_stop (worker);
  bitket_worker_stop (worker);
  g_assert_null (bitket_worker_run (worker, double_number, GINT_TO_POINTER (1), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);

  bitket_worker_run_async (worker, return_text, NULL, count_free, g_free, NULL, answer_cb, &answer);
  g_assert_cmpuint (answer.n_callbacks, ==, 0); /* later, also when it fails early */
  wait_answer (&answer);
  g_assert_error (answer.error, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_assert_cmpuint (n_frees, ==, 1);
  g_clear_error (&answer.error);
}

/* Jobs asked for without a callback: their results are freed all the same. */
static void
test_unwanted_result (void)
{
  g_autoptr (BitketWorker) worker = bitket_worker_new ("test");

  n_frees = 0;
  for (int i = 0; i < 100; i++)
    bitket_worker_run_async (worker, return_text, NULL, NULL, count_and_free, NULL, NULL, NULL);
  bitket_worker_stop (worker);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_assert_cmpuint (n_frees, ==, 100);
}

static gpointer
run_in_own_context (gpointer data)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  Answer answer = { context };

  g_main_context_push_thread_default (context);
  bitket_worker_run_async (data, return_text, NULL, NULL, g_free, NULL, answer_cb, &answer);
  wait_answer (&answer);
  g_assert_cmpstr (answer.result, ==, "text");
  g_free (answer.result);
  g_main_context_pop_thread_default (context);
  return NULL;
}

static void
test_callers_context (void)
{
  g_autoptr (BitketWorker) worker = bitket_worker_new ("test");
  GThread *threads[4];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("caller", run_in_own_context, worker);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
}

static gpointer
stop_worker (gpointer data)
{
  bitket_worker_stop (data);
  return NULL;
}

static void
test_stopped_by_two (void)
{
  for (int round = 0; round < 50; round++)
    {
      g_autoptr (BitketWorker) worker = bitket_worker_new ("test");
      GThread *thread = g_thread_new ("stopper", stop_worker, worker);

      bitket_worker_stop (worker);
      g_thread_join (thread);
    }
}

/* The last reference may fall on the worker's own thread, which must not join itself. */
static void
test_dropped_by_its_job (void)
{
  for (int round = 0; round < 50; round++)
    {
      BitketWorker *worker = bitket_worker_new ("test");
      Answer answer = { g_main_context_default () };
      Gate gate = { .is_open = TRUE };

      bitket_worker_run_async (worker, pass_gate, &gate, NULL, NULL, NULL, answer_cb, &answer);
      bitket_worker_run_async (worker, double_number, worker, g_object_unref, NULL, NULL, NULL,
                               NULL);
      wait_answer (&answer);
      while (g_main_context_iteration (NULL, FALSE))
        continue;
    }
}

static gpointer
run_on_itself (gpointer data, GCancellable *cancellable, GError **error)
{
  return bitket_worker_run (data, double_number, NULL, error);
}

static gpointer
stop_itself (gpointer data, GCancellable *cancellable, GError **error)
{
  bitket_worker_stop (data);
  return NULL;
}

static void
test_asserts (void)
{
  const char *only = g_getenv ("BITKET_TEST_JOB");

  if (g_test_subprocess ())
    {
      g_autoptr (BitketWorker) worker = bitket_worker_new ("test");

      bitket_worker_run (worker, g_str_equal (only, "run") ? run_on_itself : stop_itself, worker,
                         NULL);
      return;
    }
  g_setenv ("BITKET_TEST_JOB", "run", TRUE);
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*bitket_worker_is_current*");
  g_setenv ("BITKET_TEST_JOB", "stop", TRUE);
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*bitket_worker_is_current*");
  g_unsetenv ("BITKET_TEST_JOB");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/worker/run", test_run);
  g_test_add_func ("/base/worker/thread", test_thread);
  g_test_add_func ("/base/worker/async", test_async);
  g_test_add_func ("/base/worker/order", test_order);
  g_test_add_func ("/base/worker/cancelled-before-its-turn", test_cancelled_before_its_turn);
  g_test_add_func ("/base/worker/cancelled-too-late", test_cancelled_too_late);
  g_test_add_func ("/base/worker/stopped", test_stopped);
  g_test_add_func ("/base/worker/unwanted-result", test_unwanted_result);
  g_test_add_func ("/base/worker/callers-context", test_callers_context);
  g_test_add_func ("/base/worker/stopped-by-two", test_stopped_by_two);
  g_test_add_func ("/base/worker/dropped-by-its-job", test_dropped_by_its_job);
  g_test_add_func ("/base/worker/asserts", test_asserts);
  return g_test_run ();
}
