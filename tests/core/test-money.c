/* SPDX-License-Identifier: MIT */
#include "bitket-core-error.h"
#include "bitket-money.h"

static const struct
{
  const char *text;
  gint64 ore;
} good_cases[] = {
  { "0", 0 },
  { "-0", 0 },
  { "0.00", 0 },
  { "-0.00", 0 },
  { "120", 12000 },
  { "120.5", 12050 },
  { "120.50", 12050 },
  { "-50.00", -5000 },
  { "0.01", 1 },
  { "-0.01", -1 },
  { "0.10", 10 },
  { "007", 700 },
  { "00000000000000000120.00", 12000 },
  { "9999999.99", BITKET_MONEY_MAX_ORE },
  { "-9999999.99", -BITKET_MONEY_MAX_ORE },
  { "9999999", 999999900 },
};

static const struct
{
  const char *text;
  int code;
} bad_cases[] = {
  { "", BITKET_CORE_ERROR_SYNTAX },
  { "-", BITKET_CORE_ERROR_SYNTAX },
  { ".", BITKET_CORE_ERROR_SYNTAX },
  { "-.", BITKET_CORE_ERROR_SYNTAX },
  { ".5", BITKET_CORE_ERROR_SYNTAX },
  { "5.", BITKET_CORE_ERROR_SYNTAX },
  { "+5", BITKET_CORE_ERROR_SYNTAX },
  { "--5", BITKET_CORE_ERROR_SYNTAX },
  { "5-", BITKET_CORE_ERROR_SYNTAX },
  { " 5", BITKET_CORE_ERROR_SYNTAX },
  { "5 ", BITKET_CORE_ERROR_SYNTAX },
  { "5\n", BITKET_CORE_ERROR_SYNTAX },
  { "1,50", BITKET_CORE_ERROR_SYNTAX },
  { "1 000", BITKET_CORE_ERROR_SYNTAX },
  { "1.2.3", BITKET_CORE_ERROR_SYNTAX },
  { "1e3", BITKET_CORE_ERROR_SYNTAX },
  { "0x10", BITKET_CORE_ERROR_SYNTAX },
  { "NaN", BITKET_CORE_ERROR_SYNTAX },
  { "Infinity", BITKET_CORE_ERROR_SYNTAX },
  { "kr 5", BITKET_CORE_ERROR_SYNTAX },
  { "\xd9\xa1\xd9\xa2", BITKET_CORE_ERROR_SYNTAX }, /* Arabic digits */
  { "\xff", BITKET_CORE_ERROR_SYNTAX },
  { "1.234", BITKET_CORE_ERROR_LIMIT },
  { "1.000", BITKET_CORE_ERROR_LIMIT },
  { "10000000", BITKET_CORE_ERROR_LIMIT },
  { "10000000.00", BITKET_CORE_ERROR_LIMIT },
  { "-10000000.00", BITKET_CORE_ERROR_LIMIT },
  { "99999999999999999999999999", BITKET_CORE_ERROR_LIMIT },
  { "0.0000000000000000000000001", BITKET_CORE_ERROR_LIMIT },
};

static void
test_parse_good (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (good_cases); i++)
    {
      g_autoptr (GError) error = NULL;
      gint64 ore = 77;

      bitket_money_parse (good_cases[i].text, &ore, &error);
      g_assert_no_error (error);
      g_assert_cmpint (ore, ==, good_cases[i].ore);
    }
}

static void
test_parse_bad (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_cases); i++)
    {
      g_autoptr (GError) error = NULL;
      gint64 ore = 77;

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      g_assert_false (bitket_money_parse (bad_cases[i].text, &ore, &error));
      g_assert_error (error, BITKET_CORE_ERROR, bad_cases[i].code);
      g_assert_cmpint (ore, ==, 77);
    }
}

static void
test_error_text (void)
{
  g_autoptr (GError) error = NULL;
  gint64 ore;

  g_assert_false (bitket_money_parse ("1.234", &ore, &error));
  g_assert_cmpstr (error->message, ==, "\"1.234\" has more than two decimals");
  g_clear_error (&error);
  g_assert_false (bitket_money_parse ("1,50", &ore, &error));
  g_assert_cmpstr (error->message, ==, "\"1,50\" is not a valid number");
}

static void
test_format (void)
{
  static const struct
  {
    gint64 ore;
    const char *text;
  } cases[] = {
    { 0, "0.00" },
    { 1, "0.01" },
    { -1, "-0.01" },
    { 10, "0.10" },
    { 12000, "120.00" },
    { -5000, "-50.00" },
    { G_MAXINT64, "92233720368547758.07" },
    { G_MININT64, "-92233720368547758.08" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = bitket_money_format (cases[i].ore);

      g_assert_cmpstr (text, ==, cases[i].text);
    }
}

static void
test_round_trip (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);

  for (int i = 0; i < 10000; i++)
    {
      gint64 ore = (gint64) g_rand_int_range (rand, 0, BITKET_MONEY_MAX_ORE) *
                   (g_rand_boolean (rand) ? 1 : -1);
      g_autofree char *text = bitket_money_format (ore);
      g_autoptr (GError) error = NULL;
      gint64 again = -1;

      bitket_money_parse (text, &again, &error);
      g_assert_no_error (error);
      g_assert_cmpint (again, ==, ore);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/money/parse-good", test_parse_good);
  g_test_add_func ("/core/money/parse-bad", test_parse_bad);
  g_test_add_func ("/core/money/error-text", test_error_text);
  g_test_add_func ("/core/money/format", test_format);
  g_test_add_func ("/core/money/round-trip", test_round_trip);
  return g_test_run ();
}
