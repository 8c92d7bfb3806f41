/* SPDX-License-Identifier: MIT */
#include "bitket-core-error.h"
#include "bitket-core-private.h"

static const struct
{
  const char *text;
  gssize len;
  const char *quoted;
} cases[] = {
  { "", -1, "\"\"" },
  { "abc", -1, "\"abc\"" },
  { "abcdef", 3, "\"abc\"" },
  { "a\0b", 3,
    "\"a\xef\xbf\xbd"
    "b\"" },
  { "a\nb\x1b[31m", -1, "\"a?b?[31m\"" },
  { "a\xc2\x85"
    "b",
    -1, "\"a?b\"" },
  { "\xff", -1, "\"\xef\xbf\xbd\"" },
  { "0123456789012345678901234567890123456789", -1,
    "\"0123456789012345678901234567890123456789\"" },
  { "01234567890123456789012345678901234567890", -1,
    "\"0123456789012345678901234567890123456789…\"" },
};

static void
test_quote (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *quoted = bitket_core_quote (cases[i].text, cases[i].len);

      g_assert_cmpstr (quoted, ==, cases[i].quoted);
    }
}

/* The cut falls between bytes, not characters: what is left of one is replaced. */
static void
test_quote_cut_in_character (void)
{
  g_autofree char *quoted =
      bitket_core_quote ("012345678901234567890123456789012345678å and more", -1);

  g_assert_true (g_utf8_validate (quoted, -1, NULL));
  g_assert_true (g_str_has_suffix (quoted, "…\""));
}

/* Stable numbers: they are in logs and in the papers. */
static void
test_codes (void)
{
  g_assert_cmpstr (g_quark_to_string (BITKET_CORE_ERROR), ==, "bitket-core-error-quark");
  g_assert_cmpint (BITKET_CORE_ERROR_SYNTAX, ==, 1);
  g_assert_cmpint (BITKET_CORE_ERROR_SIGNATURE, ==, 10);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/error/quote", test_quote);
  g_test_add_func ("/core/error/quote-cut-in-character", test_quote_cut_in_character);
  g_test_add_func ("/core/error/codes", test_codes);
  return g_test_run ();
}
