/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

#include "bitket-test-wait.h"

#include <gio/gio.h>

#define GUARD_S 30
#define TICK_MS 10

static gboolean
wake_up_cb (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

gboolean
bitket_test_wait_until (BitketTestPredicate predicate, gpointer data, guint timeout_s)
{
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();
  g_autoptr (GSource) tick = g_timeout_source_new (TICK_MS);
  gint64 end_us = g_get_monotonic_time () + timeout_s * G_TIME_SPAN_SECOND;
  gboolean reached;

  g_source_set_callback (tick, wake_up_cb, NULL, NULL);
  g_source_attach (tick, context);
  while (!(reached = predicate (data)) && g_get_monotonic_time () < end_us)
    g_main_context_iteration (context, TRUE);
  g_source_destroy (tick);
  return reached;
}

static gboolean
is_set (gpointer data)
{
  return *(const gboolean *) data;
}

void
bitket_test_wait_for_flag (const gboolean *flag)
{
  g_assert_true (bitket_test_wait_until (is_set, (gpointer) flag, GUARD_S));
}

static gboolean
is_there (gpointer data)
{
  return *(const gpointer *) data != NULL;
}

void
bitket_test_wait_for_pointer (const gpointer *pointer)
{
  g_assert_true (bitket_test_wait_until (is_there, (gpointer) pointer, GUARD_S));
}

void
bitket_test_run_pending (void)
{
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();

  while (g_main_context_iteration (context, FALSE))
    continue;
}

void
bitket_test_keep_result (gpointer source, gpointer result, gpointer destination)
{
  GAsyncResult **kept = destination;

  g_assert_null (*kept);
  *kept = g_object_ref (result);
}
