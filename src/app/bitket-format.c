/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket"

#include "bitket-format.h"

#include <glib/gi18n.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>

#define MINUTE_US (60 * G_USEC_PER_SEC)
#define HOUR_US   (60 * G_GINT64_CONSTANT (60000000))
#define DAY_US    (24 * HOUR_US)

char *
bitket_format_number (gint64 number)
{
  return g_strdup_printf ("%'" G_GINT64_FORMAT, number);
}

char *
bitket_format_money (gint64 ore)
{
  const char *sign = ore < 0 ? "−" : "";
  guint64 amount = ore < 0 ? -(guint64) ore : (guint64) ore;
  g_autofree char *kronor = bitket_format_number ((gint64) (amount / 100));
  g_autofree char *text = NULL;

  if (amount % 100 != 0)
    text = g_strdup_printf ("%s%s%s%02u", sign, kronor, nl_langinfo (RADIXCHAR),
                            (guint) (amount % 100));
  else
    text = g_strconcat (sign, kronor, NULL);
  /* Translators: an amount of money in Swedish kronor; the blank is one that does not break */
  return g_strdup_printf (_ ("%s kr"), text);
}

static char *
format_local (gint64 time_us, const char *format)
{
  g_autoptr (GDateTime) utc = NULL;
  g_autoptr (GDateTime) local = NULL;

  if (time_us == 0)
    return g_strdup ("");
  utc = g_date_time_new_from_unix_utc (time_us / G_USEC_PER_SEC);
  local = g_date_time_to_local (utc);
  return g_date_time_format (local, format);
}

char *
bitket_format_clock (gint64 time_us)
{
  /* Translators: the time of day, see g_date_time_format() */
  return format_local (time_us, _ ("%H:%M"));
}

char *
bitket_format_day (gint64 time_us, gint64 now_us)
{
  g_autofree char *year = format_local (time_us, "%Y");
  g_autofree char *this_year = format_local (now_us, "%Y");

  if (g_str_equal (year, this_year))
    /* Translators: a day of this year, see g_date_time_format() */
    return format_local (time_us, _ ("%-e %B"));
  /* Translators: a day of another year, see g_date_time_format() */
  return format_local (time_us, _ ("%-e %B %Y"));
}

char *
bitket_format_date_time (gint64 time_us)
{
  /* Translators: day and time of an event, see g_date_time_format() */
  return format_local (time_us, _ ("%a %-e %b %Y, %H:%M"));
}

char *
bitket_format_moment (gint64 time_us, gint64 now_us)
{
  g_autofree char *day = format_local (time_us, "%F");
  g_autofree char *today = format_local (now_us, "%F");

  if (g_str_equal (day, today))
    return bitket_format_clock (time_us);
  /* Translators: day and time without the year, see g_date_time_format() */
  return format_local (time_us, _ ("%-e %B, %H:%M"));
}

char *
bitket_format_duration (gint64 duration_us)
{
  if (duration_us < MINUTE_US)
    return g_strdup (_ ("less than a minute"));
  if (duration_us < HOUR_US)
    {
      gulong n = (gulong) (duration_us / MINUTE_US);

      return g_strdup_printf (ngettext ("%lu minute", "%lu minutes", n), n);
    }
  if (duration_us < 2 * DAY_US)
    {
      gulong n = (gulong) (duration_us / HOUR_US);

      return g_strdup_printf (ngettext ("%lu hour", "%lu hours", n), n);
    }
  return g_strdup_printf (ngettext ("%lu day", "%lu days", (gulong) (duration_us / DAY_US)),
                          (gulong) (duration_us / DAY_US));
}
