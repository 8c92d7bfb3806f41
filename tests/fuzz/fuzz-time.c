/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "bitket-core-error.h"
#include "bitket-time.h"
#include "fuzz.h"

/* Any number gives a text that is a time. */
static void
check_number (const guint8 *data, gsize len)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  gint64 time_us = 0;

  if (len < sizeof time_us)
    return;
  memcpy (&time_us, data, sizeof time_us);
  text = bitket_time_format (time_us);
  bitket_time_parse (text, &time_us, &error);
  g_assert_no_error (error);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize len)
{
  g_autofree char *text = g_strndup ((const char *) data, len);
  g_autofree char *formatted = NULL;
  g_autoptr (GError) error = NULL;
  gint64 time_us = 0, again = 0;

  check_number (data, len);
  if (!bitket_time_parse (text, &time_us, &error))
    {
      g_assert_true (g_error_matches (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_SYNTAX) ||
                     g_error_matches (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_LIMIT));
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
      return 0;
    }
  formatted = bitket_time_format (time_us);
  bitket_time_parse (formatted, &again, &error);
  g_assert_no_error (error);
  g_assert_cmpint (again, ==, time_us);
  return 0;
}
