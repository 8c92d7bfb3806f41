/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* How long to wait before the next try: doubles from first_ms to max_ms, each with ±20 % of chance,
 * so that forty doors do not come back at the same instant. A plain value. */
typedef struct
{
  guint first_ms;
  guint max_ms;
  guint n_failures;
} BitketBackoff;

#define BITKET_BACKOFF_INIT(first, max)                                                            \
  {                                                                                                \
    (first), (max), 0                                                                              \
  }

/** bitket_backoff_fail: counts a failure. Returns: ms to wait */
guint bitket_backoff_fail (BitketBackoff *backoff);
void bitket_backoff_reset (BitketBackoff *backoff);

G_END_DECLS
