/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* Where the time comes from. The real clock, or one that a test or a demonstration sets. Threads:
 * any. */
#define BITKET_TYPE_CLOCK (bitket_clock_get_type ())
G_DECLARE_FINAL_TYPE (BitketClock, bitket_clock, BITKET, CLOCK, GObject)

BitketClock *bitket_clock_new (void);
/** bitket_clock_new_fixed: stands still at @now_us until it is moved; monotonic time moves along */
BitketClock *bitket_clock_new_fixed (gint64 now_us);
/** bitket_clock_set: only on a fixed clock */
void bitket_clock_set (BitketClock *self, gint64 now_us);
/** bitket_clock_set_offset: what is added to the real clock: a wrong clock, found out by a server's
 * Date */
void bitket_clock_set_offset (BitketClock *self, gint64 offset_us);
/** bitket_clock_get_now_us: µs UTC */
gint64 bitket_clock_get_now_us (BitketClock *self);
/** bitket_clock_get_monotonic_us: never goes back, unrelated to the time of day */
gint64 bitket_clock_get_monotonic_us (BitketClock *self);

G_END_DECLS
