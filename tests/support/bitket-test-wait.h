/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef gboolean (*BitketTestPredicate) (gpointer data);

/**
 * bitket_test_wait_until:
 * @predicate: looked at again after everything that happens in the main context, and at least every
 * 10 ms for what happens in another thread or process
 * @timeout_s: a guard against waiting for ever, not a measure: be generous
 *
 * Runs the thread-default main context until @predicate is true.
 *
 * Returns: %FALSE when the time ran out
 */
gboolean bitket_test_wait_until (BitketTestPredicate predicate, gpointer data, guint timeout_s);
/** bitket_test_wait_for_flag: until *@flag is true; aborts the test after 30 s */
void bitket_test_wait_for_flag (const gboolean *flag);
/** bitket_test_wait_for_pointer: until *@pointer is not %NULL; aborts the test after 30 s */
void bitket_test_wait_for_pointer (const gpointer *pointer);
/** bitket_test_run_pending: everything that is ready in the main context now, without waiting */
void bitket_test_run_pending (void);

/**
 * bitket_test_keep_result:
 * @destination: a `GAsyncResult **`
 *
 * A GAsyncReadyCallback that stores a reference to the result in *@destination: together with
 * bitket_test_wait_for_pointer() it makes an asynchronous call a plain one.
 */
void bitket_test_keep_result (gpointer source, gpointer result, gpointer destination);

G_END_DECLS
