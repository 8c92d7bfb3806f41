/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-core"

#include "bitket-nin.h"

#include <string.h>

#include "bitket-core-error.h"
#include "bitket-time.h"

#define MAX_TEXT_LEN     13
#define COORDINATION_DAY 60
#define INTERIM_LETTERS  "TRSUWXJKLMN"
#define FIRST_CENTURY    1800
#define LAST_CENTURY     2000

/* Personal numbers are personal: no error of this file quotes one. */

/* What stands in the text: the two digits of the century may be missing, then @century is -1. */
typedef struct
{
  char digits[10 + 1]; /* YYMMDDXXXX, the letter of an interim number in upper case */
  int century;         /* 1800, 1900, 2000 or -1 */
  gboolean has_plus;
  BitketNinKind kind;
} Parts;

static int
read_number (const char *digits, gsize n_digits)
{
  int sum = 0;

  for (gsize i = 0; i < n_digits; i++)
    sum = sum * 10 + (digits[i] - '0');
  return sum;
}

static gboolean
is_digits (const char *text, gsize len)
{
  for (gsize i = 0; i < len; i++)
    if (!g_ascii_isdigit (text[i]))
      return FALSE;
  return TRUE;
}

/* Takes the text apart, without a look at what the digits mean. */
static gboolean
split_text (const char *text, Parts *parts)
{
  gsize len = strlen (text);
  char sign = '\0';
  gsize n_date;

  if (len == 11 || len == 13)
    {
      sign = text[len - 5];
      if (sign != '-' && (sign != '+' || len == 13))
        return FALSE;
      len--;
    }
  if (len != 10 && len != 12)
    return FALSE;
  n_date = len - 4;
  if (!is_digits (text, n_date))
    return FALSE;
  parts->century = len == 12 ? read_number (text, 2) * 100 : -1;
  parts->has_plus = sign == '+';
  memcpy (parts->digits, text + n_date - 6, 6);
  for (gsize i = 0; i < 4; i++)
    parts->digits[6 + i] = g_ascii_toupper (text[n_date + (sign != '\0') + i]);
  parts->digits[10] = '\0';
  return is_digits (parts->digits + 7, 3);
}

/* The kind by the look of the digits alone, and the day in the calendar. */
static gboolean
find_kind (Parts *parts, int *day)
{
  *day = read_number (parts->digits + 4, 2);
  if (!g_ascii_isdigit (parts->digits[6]))
    {
      parts->kind = BITKET_NIN_KIND_INTERIM;
      return strchr (INTERIM_LETTERS, parts->digits[6]) != NULL;
    }
  if (*day > COORDINATION_DAY)
    {
      parts->kind = BITKET_NIN_KIND_COORDINATION;
      *day -= COORDINATION_DAY;
    }
  else
    parts->kind = BITKET_NIN_KIND_PERSONAL;
  return TRUE;
}

/* The year of a number without its century is the last one in which the birthday is not in the
 * future; a plus sign takes a hundred more, as it is written from the year on in which somebody
 * turns 100. The calendar is UTC's, so for one or two hours around midnight a child born today in
 * Sweden would be a hundred years old: nobody buys tickets for one. */
static int
find_year (const Parts *parts, int month, int day, gint64 today_us)
{
  g_autofree char *today = bitket_time_format (today_us);
  int today_number = read_number (today, 4) * 10000 + read_number (today + 5, 2) * 100 +
                     read_number (today + 8, 2);
  int year = read_number (parts->digits, 2);

  if (parts->century >= 0)
    return parts->century + year;
  year += today_number / 1000000 * 100;
  if (year * 10000 + month * 100 + day > today_number)
    year -= 100;
  return parts->has_plus ? year - 100 : year;
}

/* ISO/IEC 7812-1 annex B (Luhn) over YYMMDDXXX and the check digit; SKV 704. */
static gboolean
has_good_check_digit (const char *digits)
{
  int sum = 0;

  for (gsize i = 0; i < 10; i++)
    {
      int weighted = (digits[i] - '0') * (i % 2 == 0 ? 2 : 1);

      sum += weighted / 10 + weighted % 10;
    }
  return sum % 10 == 0;
}

gboolean
bitket_nin_parse (const char *text,
                  gint64 today_us,
                  char nin[BITKET_NIN_SIZE],
                  BitketNinKind *kind,
                  GError **error)
{
  Parts parts = { .kind = BITKET_NIN_KIND_NONE };
  int year = 0, month = 0, day = 0;
  gboolean is_good;

  g_return_val_if_fail (text != NULL, FALSE);
  g_return_val_if_fail (nin != NULL, FALSE);

  if (strlen (text) > MAX_TEXT_LEN)
    {
      g_set_error (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_LIMIT,
                   "a personal number has at most %d characters", MAX_TEXT_LEN);
      return FALSE;
    }
  is_good = split_text (text, &parts) && find_kind (&parts, &day);
  if (is_good)
    {
      month = read_number (parts.digits + 2, 2);
      year = find_year (&parts, month, day, today_us);
      is_good = year >= FIRST_CENTURY && year < LAST_CENTURY + 100 &&
                g_date_valid_dmy ((GDateDay) day, (GDateMonth) month, (GDateYear) year);
    }
  if (!is_good)
    {
      g_set_error_literal (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_SYNTAX,
                           "not a Swedish personal number: its shape or date is wrong");
      return FALSE;
    }
  if (parts.kind != BITKET_NIN_KIND_INTERIM && !has_good_check_digit (parts.digits))
    {
      g_set_error_literal (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_CHECKSUM,
                           "the check digit of the personal number does not fit");
      return FALSE;
    }
  g_snprintf (nin, BITKET_NIN_SIZE, "%02d%s", year / 100, parts.digits);
  if (kind != NULL)
    *kind = parts.kind;
  return TRUE;
}
