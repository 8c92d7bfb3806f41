/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-base"

#include "bitket-backoff.h"

#define SPREAD_PERCENT 20

/* @first_ms doubled @n_doublings times, at most @max_ms, without running over. */
static guint64
double_up_to (guint first_ms, guint max_ms, guint n_doublings)
{
  guint64 wait_ms = first_ms;

  for (guint i = 0; i < n_doublings && wait_ms > 0 && wait_ms < max_ms; i++)
    wait_ms *= 2;
  return MIN (wait_ms, max_ms);
}

guint
bitket_backoff_fail (BitketBackoff *backoff)
{
  guint64 wait_ms;
  guint64 spread_ms;

  g_return_val_if_fail (backoff != NULL, 0);

  wait_ms = double_up_to (backoff->first_ms, backoff->max_ms, backoff->n_failures);
  if (backoff->n_failures < G_MAXUINT)
    backoff->n_failures++;

  spread_ms = wait_ms * 2 * SPREAD_PERCENT / 100;
  wait_ms -= wait_ms * SPREAD_PERCENT / 100;
  /* A double has room for every guint, where g_random_int_range() stops at half of them. */
  wait_ms += (guint64) g_random_double_range (0, (double) spread_ms + 1);
  return (guint) MIN (wait_ms, G_MAXUINT);
}

void
bitket_backoff_reset (BitketBackoff *backoff)
{
  g_return_if_fail (backoff != NULL);

  backoff->n_failures = 0;
}
