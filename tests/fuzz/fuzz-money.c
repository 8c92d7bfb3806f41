/* SPDX-License-Identifier: MIT */
#include "bitket-core-error.h"
#include "bitket-money.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize len)
{
  g_autofree char *text = g_strndup ((const char *) data, len);
  g_autofree char *formatted = NULL;
  g_autoptr (GError) error = NULL;
  gint64 ore = 0, again = 0;

  if (!bitket_money_parse (text, &ore, &error))
    {
      g_assert_true (g_error_matches (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_SYNTAX) ||
                     g_error_matches (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_LIMIT));
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
      return 0;
    }
  g_assert_cmpint (ABS (ore), <=, BITKET_MONEY_MAX_ORE);
  formatted = bitket_money_format (ore);
  bitket_money_parse (formatted, &again, &error);
  g_assert_no_error (error);
  g_assert_cmpint (again, ==, ore);
  return 0;
}
