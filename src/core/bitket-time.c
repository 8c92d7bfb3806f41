/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-core"

#include "bitket-time.h"

#include <string.h>

#include "bitket-core-error.h"
#include "bitket-core-private.h"

/* GDate's day number of 1970-01-01; its day 1 is 0001-01-01. */
#define EPOCH_JULIAN 719163

/* 0001-01-01T00:00:00Z and the last microsecond of 9999. */
#define MIN_US ((1 - (gint64) EPOCH_JULIAN) * BITKET_TIME_DAY_US)
#define MAX_US ((G_GINT64_CONSTANT (3652060) - EPOCH_JULIAN) * BITKET_TIME_DAY_US - 1)

/* Reads exactly @n_digits digits and moves on. */
static gboolean
read_digits (const char **p, gsize n_digits, int *value)
{
  int sum = 0;

  for (gsize i = 0; i < n_digits; i++)
    {
      if (!g_ascii_isdigit ((*p)[i]))
        return FALSE;
      sum = sum * 10 + ((*p)[i] - '0');
    }
  *p += n_digits;
  *value = sum;
  return TRUE;
}

static gboolean
read_char (const char **p, const char *allowed)
{
  if (**p == '\0' || strchr (allowed, **p) == NULL)
    return FALSE;
  (*p)++;
  return TRUE;
}

/* Digits past the sixth are cut, not rounded: a rounded time could lie after "now". */
static gboolean
read_fraction (const char **p, gint64 *fraction_us)
{
  gint64 unit_us = BITKET_TIME_SECOND_US / 10;
  gint64 sum_us = 0;

  if (!read_char (p, "."))
    {
      *fraction_us = 0;
      return TRUE;
    }
  if (!g_ascii_isdigit (**p))
    return FALSE;
  for (; g_ascii_isdigit (**p); (*p)++)
    {
      sum_us += (**p - '0') * unit_us;
      unit_us /= 10;
    }
  *fraction_us = sum_us;
  return TRUE;
}

static gboolean
read_offset (const char **p, gint64 *offset_us)
{
  gint64 sign = **p == '-' ? -1 : 1;
  int hours, minutes;

  if (read_char (p, "Zz"))
    {
      *offset_us = 0;
      return TRUE;
    }
  if (!read_char (p, "+-") || !read_digits (p, 2, &hours) || !read_char (p, ":") ||
      !read_digits (p, 2, &minutes) || hours > 23 || minutes > 59)
    return FALSE;
  *offset_us = sign * (hours * BITKET_TIME_HOUR_US + minutes * BITKET_TIME_MINUTE_US);
  return TRUE;
}

static gboolean
read_date (const char **p, gint64 *days)
{
  int year, month, day;
  GDate date;

  if (!read_digits (p, 4, &year) || !read_char (p, "-") || !read_digits (p, 2, &month) ||
      !read_char (p, "-") || !read_digits (p, 2, &day) ||
      !g_date_valid_dmy ((GDateDay) day, (GDateMonth) month, (GDateYear) year))
    return FALSE;
  g_date_clear (&date, 1);
  g_date_set_dmy (&date, (GDateDay) day, (GDateMonth) month, (GDateYear) year);
  *days = (gint64) g_date_get_julian (&date) - EPOCH_JULIAN;
  return TRUE;
}

static gboolean
read_clock (const char **p, gint64 *clock_us, gboolean *is_leap)
{
  int hour, minute, second;
  gint64 fraction_us;

  if (!read_digits (p, 2, &hour) || !read_char (p, ":") || !read_digits (p, 2, &minute) ||
      !read_char (p, ":") || !read_digits (p, 2, &second) || !read_fraction (p, &fraction_us) ||
      hour > 23 || minute > 59 || second > 60)
    return FALSE;
  *is_leap = second == 60;
  *clock_us = hour * BITKET_TIME_HOUR_US + minute * BITKET_TIME_MINUTE_US +
              MIN (second, 59) * BITKET_TIME_SECOND_US + fraction_us;
  return TRUE;
}

/* Leap seconds are only ever put in at the end of a day of UTC. */
static gboolean
is_last_second_of_day (gint64 time_us)
{
  gint64 of_day_us = time_us % BITKET_TIME_DAY_US;

  if (of_day_us < 0)
    of_day_us += BITKET_TIME_DAY_US;
  return of_day_us >= BITKET_TIME_DAY_US - BITKET_TIME_SECOND_US;
}

gboolean
bitket_time_parse (const char *text, gint64 *time_us, GError **error)
{
  const char *p = text;
  gint64 days, clock_us, offset_us, sum_us = 0;
  gboolean is_leap, is_good;

  g_return_val_if_fail (text != NULL, FALSE);
  g_return_val_if_fail (time_us != NULL, FALSE);

  is_good = read_date (&p, &days) && read_char (&p, "Tt ") &&
            read_clock (&p, &clock_us, &is_leap) && read_offset (&p, &offset_us) && *p == '\0';
  if (is_good)
    {
      sum_us = days * BITKET_TIME_DAY_US + clock_us - offset_us;
      is_good = !is_leap || is_last_second_of_day (sum_us);
    }
  if (!is_good || sum_us < MIN_US || sum_us > MAX_US)
    {
      g_autofree char *quoted = bitket_core_quote (text, -1);

      g_set_error (error, BITKET_CORE_ERROR,
                   is_good ? BITKET_CORE_ERROR_LIMIT : BITKET_CORE_ERROR_SYNTAX,
                   is_good ? "time %s is outside the years 1 to 9999"
                           : "%s is not a time such as 2017-12-09T19:30:00Z",
                   quoted);
      return FALSE;
    }
  *time_us = sum_us;
  return TRUE;
}

char *
bitket_time_format (gint64 time_us)
{
  gint64 clamped_us = CLAMP (time_us, MIN_US, MAX_US);
  gint64 since_us = clamped_us - MIN_US;
  guint fraction_us = (guint) (since_us % BITKET_TIME_SECOND_US);
  guint second_of_day = (guint) (since_us % BITKET_TIME_DAY_US / BITKET_TIME_SECOND_US);
  GDate date;
  char clock[16];

  g_date_clear (&date, 1);
  g_date_set_julian (&date, (guint32) (since_us / BITKET_TIME_DAY_US + 1));
  g_snprintf (clock, sizeof clock, "%02u:%02u:%02u", second_of_day / 3600, second_of_day / 60 % 60,
              second_of_day % 60);
  if (fraction_us == 0)
    return g_strdup_printf ("%04u-%02u-%02uT%sZ", g_date_get_year (&date), g_date_get_month (&date),
                            g_date_get_day (&date), clock);
  return g_strdup_printf ("%04u-%02u-%02uT%s.%06uZ", g_date_get_year (&date),
                          g_date_get_month (&date), g_date_get_day (&date), clock, fraction_us);
}
