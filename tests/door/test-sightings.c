/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "test-sightings"

#include <string.h>

#include "bitket-gray.h"
#include "bitket-sightings.h"

/* Each row is one frame: its time, the codes in it as letters, and those that are told. */
typedef struct
{
  int ms;
  const char *seen;
  const char *told;
} Frame;

typedef struct
{
  const char *name;
  Frame frames[12];
} Film;

static const Film films[] = {
  { "held-still", { { 0, "a", "a" }, { 33, "a", "" }, { 1500, "a", "" }, { 9000, "a", "" } } },
  { "missed-in-a-frame",
    { { 0, "a", "a" }, { 300, "", "" }, { 600, "a", "" }, { 1500, "", "" }, { 1599, "a", "" } } },
  { "gone-for-a-second",
    { { 0, "a", "a" }, { 100, "", "" }, { 1000, "a", "a" }, { 1100, "a", "" } } },
  { "gone-for-almost-a-second", { { 0, "a", "a" }, { 100, "", "" }, { 999, "a", "" } } },
  { "slow-frames", { { 0, "a", "a" }, { 5000, "a", "" }, { 10000, "", "" }, { 15000, "a", "a" } } },
  { "one-after-the-other",
    { { 0, "a", "a" }, { 100, "b", "b" }, { 200, "a", "" }, { 300, "b", "" }, { 1300, "b", "" } } },
  { "back-after-another",
    { { 0, "a", "a" }, { 100, "b", "b" }, { 1000, "ab", "a" }, { 1100, "ab", "" } } },
  { "several", { { 0, "abc", "abc" }, { 50, "cab", "" }, { 100, "abcd", "d" } } },
  { "twice-in-a-frame", { { 0, "aa", "a" }, { 50, "aa", "" } } },
  { "time-starts-again",
    { { 90000, "a", "a" },
      { 90100, "", "" },
      { 0, "", "" },
      { 500, "a", "" },
      { 600, "", "" },
      { 1500, "a", "a" } } },
  { "time-stands-still", { { 7, "a", "a" }, { 7, "", "" }, { 7, "a", "" }, { 7, "b", "b" } } },
  { "negative-time", { { -5000, "a", "a" }, { -4900, "", "" }, { -3900, "a", "a" } } },
};

static GPtrArray *
make_found (const char *seen)
{
  static const float nowhere[8] = { 0 };
  GPtrArray *found = g_ptr_array_new_with_free_func ((GDestroyNotify) bitket_decoded_free);

  for (; *seen != '\0'; seen++)
    g_ptr_array_add (found, bitket_decoded_new (seen, 1, nowhere));
  return found;
}

static char *
join (GPtrArray *texts)
{
  GString *joined = g_string_new (NULL);

  for (guint i = 0; i < texts->len; i++)
    {
      gsize len;
      const char *bytes = g_bytes_get_data (g_ptr_array_index (texts, i), &len);

      g_string_append_len (joined, bytes, len);
    }
  return g_string_free (joined, FALSE);
}

static void
test_film (gconstpointer data)
{
  const Film *film = data;
  g_autoptr (BitketSightings) sightings = bitket_sightings_new ();

  for (const Frame *frame = film->frames; frame->seen != NULL; frame++)
    {
      g_autoptr (GPtrArray) found = make_found (frame->seen);
      g_autoptr (GPtrArray) arrived =
          bitket_sightings_add_frame (sightings, found, frame->ms * G_GINT64_CONSTANT (1000));
      g_autofree char *told = join (arrived);

      g_test_message ("%d ms", frame->ms);
      g_assert_cmpstr (told, ==, frame->told);
    }
}

/* Texts are told apart by all their bytes. */
static void
test_binary (void)
{
  static const float nowhere[8] = { 0 };
  static const struct
  {
    const char *bytes;
    gsize len;
  } texts[] = { { "a\0b", 3 }, { "a\0c", 3 }, { "a", 1 }, { "a\0", 2 } };
  g_autoptr (BitketSightings) sightings = bitket_sightings_new ();
  g_autoptr (GPtrArray) found =
      g_ptr_array_new_with_free_func ((GDestroyNotify) bitket_decoded_free);
  g_autoptr (GPtrArray) arrived = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    g_ptr_array_add (found, bitket_decoded_new (texts[i].bytes, texts[i].len, nowhere));
  arrived = bitket_sightings_add_frame (sightings, found, 0);
  g_assert_cmpuint (arrived->len, ==, G_N_ELEMENTS (texts));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (films); i++)
    {
      g_autofree char *path = g_strdup_printf ("/sightings/%s", films[i].name);

      g_test_add_data_func (path, &films[i], test_film);
    }
  g_test_add_func ("/sightings/binary", test_binary);
  return g_test_run ();
}
