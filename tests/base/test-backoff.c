/* SPDX-License-Identifier: MIT */
#include "bitket-backoff.h"

#define N_ROUNDS 500

/* Every wait stays within 20 % of the doubled time, and both halves of that range come up. */
static void
test_doubles_with_spread (void)
{
  static const guint expected_ms[] = { 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000 };
  guint n_below = 0;
  guint n_above = 0;

  for (guint round = 0; round < N_ROUNDS; round++)
    {
      BitketBackoff backoff = BITKET_BACKOFF_INIT (1000, 30000);

      for (guint i = 0; i < G_N_ELEMENTS (expected_ms); i++)
        {
          guint wait_ms = bitket_backoff_fail (&backoff);

          g_assert_cmpuint (backoff.n_failures, ==, i + 1);
          g_assert_cmpuint (wait_ms, >=, expected_ms[i] * 8 / 10);
          g_assert_cmpuint (wait_ms, <=, expected_ms[i] * 12 / 10);
          n_below += wait_ms < expected_ms[i];
          n_above += wait_ms > expected_ms[i];
        }
    }
  g_assert_cmpuint (n_below, >, N_ROUNDS);
  g_assert_cmpuint (n_above, >, N_ROUNDS);
}

static void
test_reset (void)
{
  BitketBackoff backoff = BITKET_BACKOFF_INIT (100, 10000);

  for (int i = 0; i < 20; i++)
    bitket_backoff_fail (&backoff);
  bitket_backoff_reset (&backoff);
  g_assert_cmpuint (backoff.n_failures, ==, 0);
  g_assert_cmpuint (bitket_backoff_fail (&backoff), <=, 120);
}

static void
test_extremes (void)
{
  static const struct
  {
    guint first_ms;
    guint max_ms;
    guint n_failures;
    guint lowest_ms;
    guint highest_ms;
  } cases[] = {
    { 0, 0, 0, 0, 0 },
    { 0, 1000, 40, 0, 0 },
    { 1, 1, 5, 1, 1 },
    { 5000, 100, 0, 80, 120 },
    { 1, 1000, G_MAXUINT, 800, 1200 },
    { 1, G_MAXUINT, 31, 1717986918u, 2576980378u },
    { G_MAXUINT, G_MAXUINT, 3, 3435973836u, G_MAXUINT },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      BitketBackoff backoff = { cases[i].first_ms, cases[i].max_ms, cases[i].n_failures };

      for (guint round = 0; round < N_ROUNDS; round++)
        {
          guint wait_ms = bitket_backoff_fail (&backoff);

          g_assert_cmpuint (wait_ms, >=, cases[i].lowest_ms);
          g_assert_cmpuint (wait_ms, <=, cases[i].highest_ms);
          g_assert_cmpuint (backoff.n_failures, >=, cases[i].n_failures);
          backoff.n_failures = cases[i].n_failures;
        }
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/backoff/doubles-with-spread", test_doubles_with_spread);
  g_test_add_func ("/base/backoff/reset", test_reset);
  g_test_add_func ("/base/backoff/extremes", test_extremes);
  return g_test_run ();
}
