/* SPDX-License-Identifier: MIT */
#include "bitket-core-error.h"
#include "bitket-csv.h"

#include <string.h>

/* Rows are shown as "a|b/c|d": cells with bars between, rows with slashes. */
static char *
show (GPtrArray *rows)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < rows->len; i++)
    {
      g_autofree char *row = g_strjoinv ("|", rows->pdata[i]);

      g_string_append_printf (text, "%s%s", i > 0 ? "/" : "", row);
    }
  return g_string_free (text, FALSE);
}

static void
test_parse (void)
{
  static const struct
  {
    const char *text;
    char delimiter;
    const char *rows; /* (nullable): SYNTAX, with this message */
    const char *error;
  } cases[] = {
    { "", ',', "", NULL },
    { "a", ',', "a", NULL },
    { "a,b\r\nc,d\r\n", ',', "a|b/c|d", NULL },
    { "a,b\nc,d", ',', "a|b/c|d", NULL },
    { "a,b\rc,d\r", ',', "a|b/c|d", NULL },
    { "a;b\n", ',', "a;b", NULL },
    { "a\tb,c\n", '\t', "a|b,c", NULL },
    { ",\n", ',', "|", NULL },
    { ",", ',', "|", NULL },
    { "a,\nb", ',', "a|/b", NULL },
    { "\n\na", ',', "//a", NULL },
    { "\"a,b\",c", ',', "a,b|c", NULL },
    { "\"a\nb\",c", ',', "a\nb|c", NULL },
    { "\"a\r\nb\"\r\nc", ',', "a\r\nb/c", NULL },
    { "\"say \"\"hi\"\"\"", ',', "say \"hi\"", NULL },
    { "\"\"", ',', "", NULL },
    { "\"\",\"\"", ',', "|", NULL },
    { "\"\"\"\"", ',', "\"", NULL },
    { "5\" pipe,b", ',', "5\" pipe|b", NULL },
    { " \"a\",b", ',', " \"a\"|b", NULL },
    { "å;ö\n", ';', "å|ö", NULL },
    { "a,b,c\nd\n", ',', "a|b|c/d", NULL },
    { "\"a", ',', NULL, "Row 1, column 1: the quotes are not closed." },
    { "a\nb,\"c\n", ',', NULL, "Row 2, column 2: the quotes are not closed." },
    { "\"a\"b,c", ',', NULL, "Row 1, column 1: something stands behind the quotes." },
    { "\"a\" ,c", ',', NULL, "Row 1, column 1: something stands behind the quotes." },
    { "\"", ',', NULL, "Row 1, column 1: the quotes are not closed." },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GPtrArray) rows = bitket_csv_parse (cases[i].text, cases[i].delimiter, 10, &error);
      g_autofree char *shown = rows != NULL ? show (rows) : NULL;

      g_assert_cmpstr (shown, ==, cases[i].rows);
      if (cases[i].error != NULL)
        {
          g_assert_error (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_SYNTAX);
          g_assert_cmpstr (error->message, ==, cases[i].error);
        }
    }
}

static void
test_limit (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) rows = bitket_csv_parse ("a\nb\nc\n", ',', 3, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (rows->len, ==, 3);
  g_assert_null (bitket_csv_parse ("a\nb\nc\nd", ',', 3, &error));
  g_assert_error (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_LIMIT);
}

static void
test_delimiter (void)
{
  static const struct
  {
    const char *text;
    char delimiter;
  } cases[] = {
    { "", ',' },           { "a", ',' },       { "a,b", ',' },         { "a;b", ';' },
    { "a\tb", '\t' },      { "a,b;c;d", ';' }, { "\"a;b;c\",d", ',' }, { "a\nb;c;d", ',' },
    { "\"a\n;\";b", ';' }, { "a;b,c", ',' },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpint (bitket_csv_guess_delimiter (cases[i].text), ==, cases[i].delimiter);
}

static void
test_decode (void)
{
  static const struct
  {
    const char *bytes;
    gsize len;
    const char *text; /* (nullable): refused */
  } cases[] = {
    { "", 0, "" },
    { "a", 1, "a" },
    { "\xef\xbb\xbf", 3, "" },
    { "\xef\xbb\xbf\xc3\xa5", 5, "å" },
    { "\xc3\xa5", 2, "å" },
    { "\xff\xfe\xe5\x00;\x00", 6, "å;" },
    { "\xfe\xff\x00\xe5\x00;", 6, "å;" },
    { "\xff\xfe\x3d\xd8\x00\xde", 6, "😀" },
    { "\xff\xfe", 2, "" },
    /* Latin-1, half a unit, half a pair, NUL. */
    { "\xe5", 1, NULL },
    { "R\xe4ka", 4, NULL },
    { "\xff\xfe\xe5", 3, NULL },
    { "\xff\xfe\x3d\xd8", 4, NULL },
    { "\xff\xfe\x00\x00", 4, NULL },
    { "a\0b", 3, NULL },
    { "\xef\xbb", 2, NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *text = bitket_csv_decode (cases[i].bytes, cases[i].len, &error);

      g_assert_cmpstr (text, ==, cases[i].text);
      if (cases[i].text == NULL)
        g_assert_error (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_SYNTAX);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/csv/parse", test_parse);
  g_test_add_func ("/core/csv/limit", test_limit);
  g_test_add_func ("/core/csv/delimiter", test_delimiter);
  g_test_add_func ("/core/csv/decode", test_decode);
  return g_test_run ();
}
