/* SPDX-License-Identifier: MIT */
#include <glib.h>
#include <stdlib.h>

#include "bitket-test-support.h"
#include "bitket-tones.h"

#define RATE_HZ 48000

static void
played_cb (int *last, int tone)
{
  *last = tone;
}

static gboolean
is_played (gpointer data)
{
  return *(int *) data != -1;
}

/* Each at its natural length, into a sink that keeps time. */
static void
test_play (void)
{
  static const BitketTone tones[] = { BITKET_TONE_HIGH, BITKET_TONE_LOW, BITKET_TONE_TWO };
  g_autoptr (BitketTones) player = bitket_tones_new ("fakesink sync=true");

  for (guint i = 0; i < G_N_ELEMENTS (tones); i++)
    {
      int last = -1;
      gulong id = g_signal_connect_swapped (player, "played", G_CALLBACK (played_cb), &last);

      bitket_tones_play (player, tones[i]);
      g_assert_true (bitket_test_wait_until (is_played, &last, 30));
      g_assert_cmpint (last, ==, tones[i]);
      g_signal_handler_disconnect (player, id);
    }
}

static void
test_muted (void)
{
  g_autoptr (BitketTones) player = bitket_tones_new ("fakesink sync=true");
  int last = -1;

  g_signal_connect_swapped (player, "played", G_CALLBACK (played_cb), &last);
  bitket_tones_play (player, BITKET_TONE_NONE);
  bitket_tones_play (player, BITKET_TONE_HIGH);
  g_object_set (player, "muted", TRUE, NULL);
  g_assert_true (bitket_tones_is_muted (player));
  bitket_tones_play (player, BITKET_TONE_LOW);
  bitket_test_run_pending ();
  g_assert_cmpint (last, ==, -1);
  g_object_set (player, "muted", FALSE, NULL);
  bitket_tones_play (player, BITKET_TONE_HIGH);
  g_assert_true (bitket_test_wait_until (is_played, &last, 30));
}

/* No loudspeaker, or no such sink: said once, and the door goes on. */
static void
test_no_sound (void)
{
  static const char *const sinks[] = { "no-such-sink-element", "filesink location=/no/such/dir/a" };

  for (guint i = 0; i < G_N_ELEMENTS (sinks); i++)
    {
      g_autoptr (BitketTones) player = bitket_tones_new (sinks[i]);
      int last = -1;

      g_signal_connect_swapped (player, "played", G_CALLBACK (played_cb), &last);
      g_test_expect_message ("bitket-door", G_LOG_LEVEL_MESSAGE, "there is no sound: *");
      bitket_tones_play (player, BITKET_TONE_HIGH);
      g_assert_true (bitket_test_wait_until (is_played, &last, 30));
      g_test_assert_expected_messages ();
      last = -1;
      bitket_tones_play (player, BITKET_TONE_LOW);
      g_assert_true (bitket_test_wait_until (is_played, &last, 30));
    }
}

/* Dropped in the middle of a tone: nothing is left behind. */
static void
test_drop (void)
{
  BitketTones *player = bitket_tones_new ("fakesink sync=true");

  bitket_tones_play (player, BITKET_TONE_LOW);
  bitket_tones_play (player, BITKET_TONE_HIGH);
  g_object_add_weak_pointer (G_OBJECT (player), (gpointer *) &player);
  g_object_unref (player);
  g_assert_null (player);
}

/* How often the samples change their sign tells how high a tone is; its first and last are silent,
 * so that nothing clicks. */
static guint
count_crossings (GBytes *samples)
{
  gsize len;
  const gint16 *data = g_bytes_get_data (samples, &len);
  guint n = 0;

  len /= sizeof *data;
  g_assert_cmpint (data[0], ==, 0);
  g_assert_cmpint (abs (data[len - 1]), <, 400);
  for (gsize i = 1; i < len; i++)
    n += (data[i - 1] < 0) != (data[i] < 0);
  return n;
}

static void
test_samples (void)
{
  g_autoptr (GBytes) high = bitket_tones_make_samples (BITKET_TONE_HIGH);
  g_autoptr (GBytes) low = bitket_tones_make_samples (BITKET_TONE_LOW);
  g_autoptr (GBytes) two = bitket_tones_make_samples (BITKET_TONE_TWO);
  double high_rate = (double) count_crossings (high) / g_bytes_get_size (high);
  double low_rate = (double) count_crossings (low) / g_bytes_get_size (low);

  g_assert_cmpfloat (high_rate, >, 4 * low_rate);
  g_assert_cmpuint (count_crossings (two), >, 0);
  g_assert_cmpuint (g_bytes_get_size (low), <, RATE_HZ * sizeof (gint16) / 2);
  g_assert_null (bitket_tones_make_samples (BITKET_TONE_NONE));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/door/tones/play", test_play);
  g_test_add_func ("/door/tones/muted", test_muted);
  g_test_add_func ("/door/tones/no-sound", test_no_sound);
  g_test_add_func ("/door/tones/drop", test_drop);
  g_test_add_func ("/door/tones/samples", test_samples);
  return g_test_run ();
}
