/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Counts failures by key and says when there were too many: sign-in attempts. Threads: any. */
typedef struct _BitketLimiter BitketLimiter;

/** bitket_limiter_new: at most @max_failures of a key within @window_us */
BitketLimiter *bitket_limiter_new (guint max_failures, gint64 window_us);
void bitket_limiter_free (BitketLimiter *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BitketLimiter, bitket_limiter_free)

/** bitket_limiter_get_wait_us: Returns: 0 when another attempt is free, else how long to wait */
gint64 bitket_limiter_get_wait_us (BitketLimiter *self, const char *key, gint64 now_us);
void bitket_limiter_fail (BitketLimiter *self, const char *key, gint64 now_us);
/** bitket_limiter_forgive: what was counted at @at_us was no failure */
void bitket_limiter_forgive (BitketLimiter *self, const char *key, gint64 at_us);
/** bitket_limiter_forget: the key's owner proved to be who he is */
void bitket_limiter_forget (BitketLimiter *self, const char *key);
guint bitket_limiter_get_n_keys (BitketLimiter *self);

G_END_DECLS
