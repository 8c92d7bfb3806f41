/* SPDX-License-Identifier: MIT */
#include <gio/gio.h>
#include <locale.h>
#include <string.h>

#include "bitket-client-error.h"
#include "bitket-door.h"
#include "bitket-error-text.h"
#include "bitket-format.h"

#define MINUTE_US (G_GINT64_CONSTANT (60) * G_USEC_PER_SEC)
#define HOUR_US   (60 * MINUTE_US)
#define DAY_US    (24 * HOUR_US)

/* 2026-12-12T17:30:00Z, which is 18:30 in Stockholm */
#define LUCIA_US (G_GINT64_CONSTANT (1797096600) * G_USEC_PER_SEC)

static void
test_money (void)
{
  static const struct
  {
    gint64 ore;
    const char *text;
  } cases[] = {
    { 0, "0 kr" },
    { 1, "0.01 kr" },
    { 99, "0.99 kr" },
    { 100, "1 kr" },
    { 12050, "120.50 kr" },
    { 8314000, "83140 kr" },
    { -5000, "−50 kr" },
    { -5, "−0.05 kr" },
    { G_MAXINT64, "92233720368547758.07 kr" },
    { G_MININT64, "−92233720368547758.08 kr" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = bitket_format_money (cases[i].ore);

      g_assert_cmpstr (text, ==, cases[i].text);
    }
}

static void
test_times (void)
{
  g_autofree char *clock = bitket_format_clock (LUCIA_US);
  g_autofree char *none = bitket_format_clock (0);
  g_autofree char *day = bitket_format_day (LUCIA_US, LUCIA_US - 30 * DAY_US);
  g_autofree char *other_year = bitket_format_day (LUCIA_US, LUCIA_US + 30 * DAY_US);
  g_autofree char *date_time = bitket_format_date_time (LUCIA_US);
  g_autofree char *today = bitket_format_moment (LUCIA_US, LUCIA_US + HOUR_US);
  g_autofree char *tomorrow = bitket_format_moment (LUCIA_US, LUCIA_US + DAY_US);
  g_autofree char *midnight = bitket_format_moment (LUCIA_US, LUCIA_US + 6 * HOUR_US);

  g_assert_cmpstr (clock, ==, "18:30");
  g_assert_cmpstr (none, ==, "");
  g_assert_cmpstr (day, ==, "12 December");
  g_assert_cmpstr (other_year, ==, "12 December 2026");
  g_assert_cmpstr (date_time, ==, "Sat 12 Dec 2026, 18:30");
  g_assert_cmpstr (today, ==, "18:30");
  g_assert_cmpstr (tomorrow, ==, "12 December, 18:30");
  g_assert_cmpstr (midnight, ==, "12 December, 18:30");
}

static void
test_durations (void)
{
  static const struct
  {
    gint64 duration_us;
    const char *text;
  } cases[] = {
    { -HOUR_US, "less than a minute" },
    { 0, "less than a minute" },
    { MINUTE_US - 1, "less than a minute" },
    { MINUTE_US, "1 minute" },
    { 59 * MINUTE_US, "59 minutes" },
    { HOUR_US, "1 hour" },
    { 47 * HOUR_US, "47 hours" },
    { 2 * DAY_US, "2 days" },
    { 400 * DAY_US, "400 days" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = bitket_format_duration (cases[i].duration_us);

      g_assert_cmpstr (text, ==, cases[i].text);
    }
}

/* Whatever was tried and whatever went wrong, people read a sentence that is not the program's. */
static void
test_every_error_has_a_sentence (void)
{
  static const char *const secret = "bpftool: 0x7f errno";

  for (guint tried = BITKET_TRIED_SAMPLE; tried <= BITKET_TRIED_CAMERA; tried++)
    for (guint domain = 0; domain < 3; domain++)
      for (gint code = 1; code <= 20; code++)
        {
          GQuark quarks[] = { BITKET_CLIENT_ERROR, BITKET_DOOR_ERROR, G_IO_ERROR };
          g_autoptr (GError) error = g_error_new_literal (quarks[domain], code, secret);
          BitketErrorText text = bitket_error_text_find (tried, error);

          g_assert_cmpuint (strlen (text.title), >, 5);
          g_assert_cmpuint (strlen (text.sentence), >, 10);
          g_assert_true (g_str_has_suffix (text.sentence, "."));
          g_assert_null (strstr (text.sentence, secret));
        }
}

static void
test_errors_told_apart (void)
{
  static const struct
  {
    BitketTried tried;
    gint code;
    BitketRemedy remedy;
    const char *part;
  } cases[] = {
    { BITKET_TRIED_SIGN_IN, BITKET_CLIENT_ERROR_UNAUTHORIZED, BITKET_REMEDY_CORRECT, "password" },
    { BITKET_TRIED_SIGN_IN, BITKET_CLIENT_ERROR_INVALID, BITKET_REMEDY_CORRECT, "password" },
    { BITKET_TRIED_SIGN_IN, BITKET_CLIENT_ERROR_ADDRESS, BITKET_REMEDY_CORRECT, "https://" },
    { BITKET_TRIED_SIGN_IN, BITKET_CLIENT_ERROR_BUSY, BITKET_REMEDY_RETRY, "Wait" },
    { BITKET_TRIED_EVENTS, BITKET_CLIENT_ERROR_UNAUTHORIZED, BITKET_REMEDY_SIGN_IN, "Sign in" },
    { BITKET_TRIED_EVENTS, BITKET_CLIENT_ERROR_NOT_BITKET, BITKET_REMEDY_RETRY, "wireless" },
    { BITKET_TRIED_EVENTS, BITKET_CLIENT_ERROR_TLS, BITKET_REMEDY_RETRY, "prove" },
    { BITKET_TRIED_PAIR, BITKET_CLIENT_ERROR_INVALID, BITKET_REMEDY_CORRECT, "pairing code" },
    { BITKET_TRIED_PAIR, BITKET_CLIENT_ERROR_NOT_FOUND, BITKET_REMEDY_CORRECT, "pairing code" },
    { BITKET_TRIED_PAIR, BITKET_CLIENT_ERROR_UNREACHABLE, BITKET_REMEDY_RETRY, "network" },
    { BITKET_TRIED_DOOR, BITKET_CLIENT_ERROR_REVOKED, BITKET_REMEDY_NONE, "revoked" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = g_error_new_literal (BITKET_CLIENT_ERROR, cases[i].code, "x");
      BitketErrorText text = bitket_error_text_find (cases[i].tried, error);

      g_test_message ("case %u: %s", i, text.sentence);
      g_assert_cmpint (text.remedy, ==, cases[i].remedy);
      g_assert_nonnull (strstr (text.sentence, cases[i].part));
    }
}

int
main (int argc, char **argv)
{
  g_setenv ("TZ", "Europe/Stockholm", TRUE);
  setlocale (LC_ALL, "");
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/app/format/money", test_money);
  g_test_add_func ("/app/format/times", test_times);
  g_test_add_func ("/app/format/durations", test_durations);
  g_test_add_func ("/app/error-text/every-error", test_every_error_has_a_sentence);
  g_test_add_func ("/app/error-text/told-apart", test_errors_told_apart);
  return g_test_run ();
}
