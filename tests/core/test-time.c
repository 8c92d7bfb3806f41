/* SPDX-License-Identifier: MIT */
#include "bitket-core-error.h"
#include "bitket-time.h"

#define FIRST_US G_GINT64_CONSTANT (-62135596800000000)
#define LAST_US  G_GINT64_CONSTANT (253402300799999999)

/* date -u -d TEXT +%s */
static const struct
{
  const char *text;
  gint64 time_us;
} good_cases[] = {
  { "1970-01-01T00:00:00Z", 0 },
  { "1970-01-01t00:00:00z", 0 },
  { "1970-01-01 00:00:00Z", 0 },
  { "1970-01-01T00:00:00-00:00", 0 },
  { "1970-01-01T00:00:00.000001Z", 1 },
  { "1970-01-01T00:00:00.1Z", 100000 },
  { "1970-01-01T00:00:00.123456789Z", 123456 },
  { "1970-01-01T00:00:00.9999999999999999999999999999Z", 999999 },
  { "1969-12-31T23:59:59.999999Z", -1 },
  { "2017-12-09T19:30:00Z", G_GINT64_CONSTANT (1512847800000000) },
  { "2017-12-09T20:30:00.123456+01:00", G_GINT64_CONSTANT (1512847800123456) },
  { "2017-12-09T07:30:00-12:00", G_GINT64_CONSTANT (1512847800000000) },
  { "2017-12-10T19:29:00+23:59", G_GINT64_CONSTANT (1512847800000000) },
  { "2000-02-29T00:00:00Z", G_GINT64_CONSTANT (951782400000000) },
  { "1900-03-01T00:00:00Z", G_GINT64_CONSTANT (-2203891200000000) },
  { "2016-12-31T23:59:60Z", G_GINT64_CONSTANT (1483228799000000) },
  { "2016-12-31T23:59:60.5Z", G_GINT64_CONSTANT (1483228799500000) },
  { "2017-01-01T00:59:60+01:00", G_GINT64_CONSTANT (1483228799000000) },
  { "0001-01-01T00:00:00Z", FIRST_US },
  { "9999-12-31T23:59:59.999999Z", LAST_US },
};

static const struct
{
  const char *text;
  int code;
} bad_cases[] = {
  { "", BITKET_CORE_ERROR_SYNTAX },
  { "2017", BITKET_CORE_ERROR_SYNTAX },
  { "2017-12-09", BITKET_CORE_ERROR_SYNTAX },
  { "2017-12-09T19:30Z", BITKET_CORE_ERROR_SYNTAX },
  { "2017-12-09T19:30:00", BITKET_CORE_ERROR_SYNTAX },
  { "2017-12-09T19:30:00.Z", BITKET_CORE_ERROR_SYNTAX },
  { "2017-12-09T19:30:00,5Z", BITKET_CORE_ERROR_SYNTAX },
  { "2017-12-09T19:30:00Zz", BITKET_CORE_ERROR_SYNTAX },
  { "2017-12-09T19:30:00Z ", BITKET_CORE_ERROR_SYNTAX },
  { " 2017-12-09T19:30:00Z", BITKET_CORE_ERROR_SYNTAX },
  { "2017-12-09T19:30:00+0100", BITKET_CORE_ERROR_SYNTAX },
  { "2017-12-09T19:30:00+01", BITKET_CORE_ERROR_SYNTAX },
  { "2017-12-09T19:30:00+24:00", BITKET_CORE_ERROR_SYNTAX },
  { "2017-12-09T19:30:00+01:60", BITKET_CORE_ERROR_SYNTAX },
  { "2017-12-09T24:00:00Z", BITKET_CORE_ERROR_SYNTAX },
  { "2017-12-09T19:60:00Z", BITKET_CORE_ERROR_SYNTAX },
  { "2017-12-09T19:30:61Z", BITKET_CORE_ERROR_SYNTAX },
  { "2017-12-09T19:30:60Z", BITKET_CORE_ERROR_SYNTAX }, /* no leap second at that time */
  { "2016-12-31T23:59:60+01:00", BITKET_CORE_ERROR_SYNTAX },
  { "2017-02-29T00:00:00Z", BITKET_CORE_ERROR_SYNTAX },
  { "1900-02-29T00:00:00Z", BITKET_CORE_ERROR_SYNTAX },
  { "2017-04-31T00:00:00Z", BITKET_CORE_ERROR_SYNTAX },
  { "2017-13-01T00:00:00Z", BITKET_CORE_ERROR_SYNTAX },
  { "2017-00-01T00:00:00Z", BITKET_CORE_ERROR_SYNTAX },
  { "2017-01-00T00:00:00Z", BITKET_CORE_ERROR_SYNTAX },
  { "0000-01-01T00:00:00Z", BITKET_CORE_ERROR_SYNTAX },
  { "-017-01-01T00:00:00Z", BITKET_CORE_ERROR_SYNTAX },
  { "12017-01-01T00:00:00Z", BITKET_CORE_ERROR_SYNTAX },
  { "2017/12/09T19:30:00Z", BITKET_CORE_ERROR_SYNTAX },
  { "2017-W49-6T19:30:00Z", BITKET_CORE_ERROR_SYNTAX },
  { "2017-12-09T19:30:00\xe2\x88\x92"
    "01:00",
    BITKET_CORE_ERROR_SYNTAX },
  { "0001-01-01T00:00:00+00:01", BITKET_CORE_ERROR_LIMIT },
  { "9999-12-31T23:59:59-00:01", BITKET_CORE_ERROR_LIMIT },
};

static void
test_parse_good (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (good_cases); i++)
    {
      g_autoptr (GError) error = NULL;
      gint64 time_us = 77;

      g_test_message ("%s", good_cases[i].text);
      bitket_time_parse (good_cases[i].text, &time_us, &error);
      g_assert_no_error (error);
      g_assert_cmpint (time_us, ==, good_cases[i].time_us);
    }
}

static void
test_parse_bad (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_cases); i++)
    {
      g_autoptr (GError) error = NULL;
      gint64 time_us = 77;

      g_test_message ("%s", bad_cases[i].text);
      g_assert_false (bitket_time_parse (bad_cases[i].text, &time_us, &error));
      g_assert_error (error, BITKET_CORE_ERROR, bad_cases[i].code);
      g_assert_cmpint (time_us, ==, 77);
    }
}

static void
test_format (void)
{
  static const struct
  {
    gint64 time_us;
    const char *text;
  } cases[] = {
    { 0, "1970-01-01T00:00:00Z" },
    { -1, "1969-12-31T23:59:59.999999Z" },
    { 1, "1970-01-01T00:00:00.000001Z" },
    { G_GINT64_CONSTANT (1512847800123456), "2017-12-09T19:30:00.123456Z" },
    { G_GINT64_CONSTANT (1512847800000000), "2017-12-09T19:30:00Z" },
    { G_GINT64_CONSTANT (1512847800100000), "2017-12-09T19:30:00.100000Z" },
    { FIRST_US, "0001-01-01T00:00:00Z" },
    { LAST_US, "9999-12-31T23:59:59.999999Z" },
    { G_MININT64, "0001-01-01T00:00:00Z" },
    { G_MAXINT64, "9999-12-31T23:59:59.999999Z" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = bitket_time_format (cases[i].time_us);

      g_assert_cmpstr (text, ==, cases[i].text);
    }
}

/* The calendar is also GLib's, which has another one inside. */
static void
test_same_as_glib (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (2);

  for (int i = 0; i < 10000; i++)
    {
      gint64 second = (gint64) g_rand_double_range (rand, FIRST_US / 1e6, LAST_US / 1e6);
      g_autoptr (GDateTime) date = g_date_time_new_from_unix_utc (second);
      g_autofree char *expected = g_date_time_format (date, "%Y-%m-%dT%H:%M:%SZ");
      g_autofree char *text = bitket_time_format (second * BITKET_TIME_SECOND_US);

      /* GLib does not fill the years before 1000 with zeros on every system. */
      if (g_date_time_get_year (date) >= 1000)
        g_assert_cmpstr (text, ==, expected);
    }
}

static void
test_round_trip (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (3);

  for (int i = 0; i < 10000; i++)
    {
      gint64 time_us = (gint64) g_rand_double_range (rand, FIRST_US, LAST_US);
      g_autofree char *text = bitket_time_format (time_us);
      g_autoptr (GError) error = NULL;
      gint64 again = 0;

      bitket_time_parse (text, &again, &error);
      g_assert_no_error (error);
      g_assert_cmpint (again, ==, time_us);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/time/parse-good", test_parse_good);
  g_test_add_func ("/core/time/parse-bad", test_parse_bad);
  g_test_add_func ("/core/time/format", test_format);
  g_test_add_func ("/core/time/same-as-glib", test_same_as_glib);
  g_test_add_func ("/core/time/round-trip", test_round_trip);
  return g_test_run ();
}
