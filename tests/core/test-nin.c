/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "bitket-core-error.h"
#include "bitket-nin.h"
#include "bitket-time.h"

#define PERSONAL     BITKET_NIN_KIND_PERSONAL
#define COORDINATION BITKET_NIN_KIND_COORDINATION
#define INTERIM      BITKET_NIN_KIND_INTERIM

static gint64
get_time (const char *text)
{
  gint64 time_us = 0;

  g_assert_true (bitket_time_parse (text, &time_us, NULL));
  return time_us;
}

/* 121212-1212 is the number everybody in Sweden makes examples with; the others are of
 * Skatteverket's list of numbers for tests or have their check digit computed by hand. */
static const struct
{
  const char *text;
  const char *nin;
  BitketNinKind kind;
} good_cases[] = {
  { "9011290799", "199011290799", PERSONAL },
  { "901129-0799", "199011290799", PERSONAL },
  { "199011290799", "199011290799", PERSONAL },
  { "19901129-0799", "199011290799", PERSONAL },
  { "901129+0799", "189011290799", PERSONAL },
  { "121212-1212", "201212121212", PERSONAL },
  { "121212+1212", "191212121212", PERSONAL },
  { "19121212-1212", "191212121212", PERSONAL },
  { "000229-0005", "200002290005", PERSONAL },
  { "901189-0796", "199011890796", COORDINATION },
  { "19901189-0796", "199011890796", COORDINATION },
  { "901129-T079", "19901129T079", INTERIM },
  { "19901129t079", "19901129T079", INTERIM },
  { "901129N123", "19901129N123", INTERIM },
};

static const struct
{
  const char *text;
  int code;
} bad_cases[] = {
  { "", BITKET_CORE_ERROR_SYNTAX },
  { "x", BITKET_CORE_ERROR_SYNTAX },
  { "901129079", BITKET_CORE_ERROR_SYNTAX },
  { "90112907990", BITKET_CORE_ERROR_SYNTAX },
  { "901129 0799", BITKET_CORE_ERROR_SYNTAX },
  { "90112-90799", BITKET_CORE_ERROR_SYNTAX },
  { "-9011290799", BITKET_CORE_ERROR_SYNTAX },
  { "90-1129-0799", BITKET_CORE_ERROR_SYNTAX },
  { "19901129+0799", BITKET_CORE_ERROR_SYNTAX },
  { "901329-0799", BITKET_CORE_ERROR_SYNTAX },
  { "900029-0799", BITKET_CORE_ERROR_SYNTAX },
  { "901100-0799", BITKET_CORE_ERROR_SYNTAX },
  { "901131-0799", BITKET_CORE_ERROR_SYNTAX },
  { "901160-0799", BITKET_CORE_ERROR_SYNTAX }, /* coordination day 0 */
  { "901192-0799", BITKET_CORE_ERROR_SYNTAX }, /* coordination day 32 */
  { "19000229-0005", BITKET_CORE_ERROR_SYNTAX },
  { "000229+0005", BITKET_CORE_ERROR_SYNTAX }, /* 1900 was no leap year */
  { "170011290799", BITKET_CORE_ERROR_SYNTAX },
  { "210011290799", BITKET_CORE_ERROR_SYNTAX },
  { "901129-A079", BITKET_CORE_ERROR_SYNTAX },
  { "901129-0T79", BITKET_CORE_ERROR_SYNTAX },
  { "901129-TT79", BITKET_CORE_ERROR_SYNTAX },
  { "901189-T079", BITKET_CORE_ERROR_SYNTAX },
  { "90112T-0799", BITKET_CORE_ERROR_SYNTAX },
  { "9011\xc3\xa5-0799", BITKET_CORE_ERROR_SYNTAX },
  { "9011290798", BITKET_CORE_ERROR_CHECKSUM },
  { "9011290790", BITKET_CORE_ERROR_CHECKSUM },
  { "9011289079", BITKET_CORE_ERROR_CHECKSUM },
  { "901189-0799", BITKET_CORE_ERROR_CHECKSUM },
  { "19901129--0799", BITKET_CORE_ERROR_LIMIT },
  { "19901129-07990", BITKET_CORE_ERROR_LIMIT },
};

static void
test_parse_good (void)
{
  gint64 today_us = get_time ("2017-12-09T19:30:00Z");

  for (gsize i = 0; i < G_N_ELEMENTS (good_cases); i++)
    {
      g_autoptr (GError) error = NULL;
      BitketNinKind kind = BITKET_NIN_KIND_NONE;
      char nin[BITKET_NIN_SIZE] = "";

      g_test_message ("%s", good_cases[i].text);
      bitket_nin_parse (good_cases[i].text, today_us, nin, &kind, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (nin, ==, good_cases[i].nin);
      g_assert_cmpint (kind, ==, good_cases[i].kind);
    }
}

static void
test_parse_bad (void)
{
  gint64 today_us = get_time ("2017-12-09T19:30:00Z");

  for (gsize i = 0; i < G_N_ELEMENTS (bad_cases); i++)
    {
      g_autoptr (GError) error = NULL;
      BitketNinKind kind = BITKET_NIN_KIND_NONE;
      char nin[BITKET_NIN_SIZE] = "before";

      g_test_message ("%s", bad_cases[i].text);
      g_assert_false (bitket_nin_parse (bad_cases[i].text, today_us, nin, &kind, &error));
      g_assert_error (error, BITKET_CORE_ERROR, bad_cases[i].code);
      g_assert_null (strstr (error->message, "9011"));
      g_assert_cmpstr (nin, ==, "before");
      g_assert_cmpint (kind, ==, BITKET_NIN_KIND_NONE);
    }
}

/* The century turns with the birthday, not with the year. */
static void
test_century (void)
{
  static const struct
  {
    const char *today;
    const char *text;
    const char *nin;
  } cases[] = {
    { "2012-12-11T23:59:59Z", "121212-1212", "191212121212" },
    { "2012-12-12T00:00:00Z", "121212-1212", "201212121212" },
    { "2012-12-11T23:59:59Z", "121212+1212", "181212121212" },
    { "2012-12-12T00:00:00Z", "121212+1212", "191212121212" },
    { "1999-12-31T23:59:59Z", "901129-0799", "199011290799" },
    { "2090-11-28T00:00:00Z", "901129-0799", "199011290799" },
    { "2090-11-29T00:00:00Z", "901129-0799", "209011290799" },
    { "1990-11-28T00:00:00Z", "901189-0796", "189011890796" },
    { "1990-11-29T00:00:00Z", "901189-0796", "199011890796" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      char nin[BITKET_NIN_SIZE] = "";

      g_test_message ("%s on %s", cases[i].text, cases[i].today);
      bitket_nin_parse (cases[i].text, get_time (cases[i].today), nin, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (nin, ==, cases[i].nin);
    }
}

/* Of ten last digits exactly one fits, and what comes out goes in again unchanged. */
static void
test_check_digit (void)
{
  gint64 today_us = get_time ("2017-12-09T19:30:00Z");
  g_autoptr (GRand) rand = g_rand_new_with_seed (11);

  for (int i = 0; i < 1000; i++)
    {
      int n_good = 0;
      g_autofree char *start = g_strdup_printf (
          "19%02d%02d%02d%03d", g_rand_int_range (rand, 0, 100), g_rand_int_range (rand, 1, 13),
          g_rand_int_range (rand, 1, 29), g_rand_int_range (rand, 0, 1000));

      for (int digit = 0; digit < 10; digit++)
        {
          g_autofree char *text = g_strdup_printf ("%s%d", start, digit);
          g_autoptr (GError) error = NULL;
          char nin[BITKET_NIN_SIZE];

          if (bitket_nin_parse (text, today_us, nin, NULL, &error))
            {
              g_assert_cmpstr (nin, ==, text);
              n_good++;
            }
          else
            g_assert_error (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_CHECKSUM);
        }
      g_assert_cmpint (n_good, ==, 1);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/nin/parse-good", test_parse_good);
  g_test_add_func ("/core/nin/parse-bad", test_parse_bad);
  g_test_add_func ("/core/nin/century", test_century);
  g_test_add_func ("/core/nin/check-digit", test_check_digit);
  return g_test_run ();
}
