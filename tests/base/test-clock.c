/* SPDX-License-Identifier: MIT */
#include "bitket-clock.h"

#define NOON_US G_GINT64_CONSTANT (1750000000000000)

static void
test_real (void)
{
  g_autoptr (BitketClock) clock = bitket_clock_new ();
  gint64 before_us = g_get_real_time ();
  gint64 now_us = bitket_clock_get_now_us (clock);
  gint64 monotonic_us = bitket_clock_get_monotonic_us (clock);

  g_assert_cmpint (now_us, >=, before_us);
  g_assert_cmpint (now_us, <=, g_get_real_time ());
  g_assert_cmpint (monotonic_us, <=, g_get_monotonic_time ());
  g_assert_cmpint (bitket_clock_get_monotonic_us (clock), >=, monotonic_us);
}

static void
test_offset (void)
{
  g_autoptr (BitketClock) clock = bitket_clock_new ();
  gint64 before_us = g_get_real_time ();

  bitket_clock_set_offset (clock, -G_TIME_SPAN_DAY);
  g_assert_cmpint (bitket_clock_get_now_us (clock), >=, before_us - G_TIME_SPAN_DAY);
  g_assert_cmpint (bitket_clock_get_now_us (clock), <=, g_get_real_time () - G_TIME_SPAN_DAY);
  g_assert_cmpint (bitket_clock_get_monotonic_us (clock), <=, g_get_monotonic_time ());

  bitket_clock_set_offset (clock, 0);
  g_assert_cmpint (bitket_clock_get_now_us (clock), >=, before_us);
}

static void
test_fixed (void)
{
  g_autoptr (BitketClock) clock = bitket_clock_new_fixed (NOON_US);
  gint64 monotonic_us = bitket_clock_get_monotonic_us (clock);

  g_assert_cmpint (bitket_clock_get_now_us (clock), ==, NOON_US);
  g_assert_cmpint (bitket_clock_get_now_us (clock), ==, NOON_US);
  g_assert_cmpint (monotonic_us, >, G_TIME_SPAN_MINUTE);

  bitket_clock_set (clock, NOON_US + 5);
  g_assert_cmpint (bitket_clock_get_now_us (clock), ==, NOON_US + 5);
  g_assert_cmpint (bitket_clock_get_monotonic_us (clock), ==, monotonic_us + 5);

  bitket_clock_set_offset (clock, 1000);
  g_assert_cmpint (bitket_clock_get_now_us (clock), ==, NOON_US + 1005);
  g_assert_cmpint (bitket_clock_get_monotonic_us (clock), ==, monotonic_us + 5);
}

/* Somebody sets the laptop's clock back: the time of day follows, the monotonic time does not. */
static void
test_fixed_goes_back (void)
{
  g_autoptr (BitketClock) clock = bitket_clock_new_fixed (NOON_US);
  gint64 monotonic_us = bitket_clock_get_monotonic_us (clock);

  bitket_clock_set (clock, NOON_US - G_TIME_SPAN_HOUR);
  g_assert_cmpint (bitket_clock_get_now_us (clock), ==, NOON_US - G_TIME_SPAN_HOUR);
  g_assert_cmpint (bitket_clock_get_monotonic_us (clock), ==, monotonic_us);

  bitket_clock_set (clock, NOON_US);
  g_assert_cmpint (bitket_clock_get_monotonic_us (clock), ==, monotonic_us + G_TIME_SPAN_HOUR);
}

static void
test_real_cannot_be_set (void)
{
  if (g_test_subprocess ())
    {
      g_autoptr (BitketClock) clock = bitket_clock_new ();

      bitket_clock_set (clock, NOON_US);
      return;
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*self->is_fixed*");
}

static gpointer
move_clock (gpointer data)
{
  BitketClock *clock = data;

  for (int i = 1; i <= 20000; i++)
    bitket_clock_set (clock, NOON_US + i);
  return NULL;
}

static void
test_threads (void)
{
  g_autoptr (BitketClock) clock = bitket_clock_new_fixed (NOON_US);
  GThread *thread = g_thread_new ("mover", move_clock, clock);
  gint64 last_us = 0;

  for (int i = 0; i < 20000; i++)
    {
      gint64 now_us = bitket_clock_get_now_us (clock);

      g_assert_cmpint (now_us, >=, last_us);
      last_us = now_us;
    }
  g_thread_join (thread);
  g_assert_cmpint (bitket_clock_get_now_us (clock), ==, NOON_US + 20000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/clock/real", test_real);
  g_test_add_func ("/base/clock/offset", test_offset);
  g_test_add_func ("/base/clock/fixed", test_fixed);
  g_test_add_func ("/base/clock/fixed-goes-back", test_fixed_goes_back);
  g_test_add_func ("/base/clock/real-cannot-be-set", test_real_cannot_be_set);
  g_test_add_func ("/base/clock/threads", test_threads);
  return g_test_run ();
}
