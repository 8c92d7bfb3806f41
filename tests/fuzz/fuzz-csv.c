/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "bitket-csv.h"
#include "fuzz.h"

static void
append_cell (GString *text, const char *cell)
{
  g_auto (GStrv) parts = g_strsplit (cell, "\"", -1);
  g_autofree char *doubled = g_strjoinv ("\"\"", parts);

  g_string_append_printf (text, "\"%s\"", doubled);
}

/* What was read, written and read again is the same. */
int
LLVMFuzzerTestOneInput (const guint8 *data, gsize len)
{
  g_autofree char *text = bitket_csv_decode (data, len, NULL);
  g_autoptr (GString) written = g_string_new (NULL);
  g_autoptr (GPtrArray) rows = NULL;
  g_autoptr (GPtrArray) again = NULL;
  char delimiter;

  if (text == NULL)
    return 0;
  g_assert_true (g_utf8_validate (text, -1, NULL));
  delimiter = bitket_csv_guess_delimiter (text);
  rows = bitket_csv_parse (text, delimiter, 1000, NULL);
  if (rows == NULL)
    return 0;
  for (guint i = 0; i < rows->len; i++)
    {
      char **row = rows->pdata[i];

      g_assert_nonnull (row[0]);
      for (guint k = 0; row[k] != NULL; k++)
        {
          if (k > 0)
            g_string_append_c (written, delimiter);
          append_cell (written, row[k]);
        }
      g_string_append (written, "\r\n");
    }
  again = bitket_csv_parse (written->str, delimiter, 1000, NULL);
  g_assert_nonnull (again);
  g_assert_cmpuint (again->len, ==, rows->len);
  for (guint i = 0; i < rows->len; i++)
    g_assert_true (g_strv_equal (rows->pdata[i], again->pdata[i]));
  return 0;
}
