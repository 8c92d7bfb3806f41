/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-core"

#include "bitket-money.h"

#include <string.h>

#include "bitket-core-error.h"
#include "bitket-core-private.h"

#define MAX_DIGITS   9
#define MAX_DECIMALS 2

static gboolean
set_money_error (BitketCoreError code, const char *text, const char *why, GError **error)
{
  g_autofree char *quoted = bitket_core_quote (text, -1);

  g_set_error (error, BITKET_CORE_ERROR, code, "%s %s", quoted, why);
  return FALSE;
}

/* The limits are judged in the original's order: digits in total, decimals, then whole digits, of
 * which there may be seven because two places are always kept for the decimals. */
static gboolean
check_digits (const char *text, gsize n_whole, gsize n_decimals, GError **error)
{
  if (n_whole + n_decimals > MAX_DIGITS)
    return set_money_error (BITKET_CORE_ERROR_LIMIT, text, "has more than nine digits", error);
  if (n_decimals > MAX_DECIMALS)
    return set_money_error (BITKET_CORE_ERROR_LIMIT, text, "has more than two decimals", error);
  if (n_whole > MAX_DIGITS - MAX_DECIMALS)
    return set_money_error (BITKET_CORE_ERROR_LIMIT, text,
                            "has more than seven digits before the decimal point", error);
  return TRUE;
}

gboolean
bitket_money_parse (const char *text, gint64 *ore, GError **error)
{
  const char *whole, *decimals;
  gsize n_whole, n_decimals = 0;
  gint64 amount = 0;

  g_return_val_if_fail (text != NULL, FALSE);
  g_return_val_if_fail (ore != NULL, FALSE);

  whole = text[0] == '-' ? text + 1 : text;
  n_whole = strspn (whole, "0123456789");
  decimals = whole + n_whole;
  if (*decimals == '.')
    n_decimals = strspn (++decimals, "0123456789");
  if (n_whole == 0 || decimals[n_decimals] != '\0' || (n_decimals == 0 && decimals[-1] == '.'))
    return set_money_error (BITKET_CORE_ERROR_SYNTAX, text, "is not a valid number", error);

  for (; n_whole > 0 && *whole == '0'; n_whole--)
    whole++;
  if (!check_digits (text, n_whole, n_decimals, error))
    return FALSE;

  for (gsize i = 0; i < n_whole; i++)
    amount = amount * 10 + (whole[i] - '0');
  for (gsize i = 0; i < MAX_DECIMALS; i++)
    amount = amount * 10 + (i < n_decimals ? decimals[i] - '0' : 0);
  *ore = text[0] == '-' ? -amount : amount;
  return TRUE;
}

char *
bitket_money_format (gint64 ore)
{
  guint64 size = ore < 0 ? -(guint64) ore : (guint64) ore;

  return g_strdup_printf ("%s%" G_GUINT64_FORMAT ".%02u", ore < 0 ? "-" : "", size / 100,
                          (guint) (size % 100));
}
