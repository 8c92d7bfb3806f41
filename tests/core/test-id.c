/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "bitket-core-error.h"
#include "bitket-id.h"

#define ID  "88a87ad6-32b5-5458-a4a5-f8cd227b10de"
#define HEX "88a87ad632b55458a4a5f8cd227b10de"

static void
test_parse_good (void)
{
  static const struct
  {
    const char *text;
    gssize len;
  } cases[] = {
    { ID, -1 },
    { HEX, -1 },
    { "88A87AD6-32B5-5458-A4A5-F8CD227B10DE", -1 },
    { "88A87AD632B55458A4A5F8CD227B10DE", -1 },
    { ID "/", 36 },
    { HEX "0", 32 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      char id[BITKET_ID_SIZE];

      bitket_id_parse (cases[i].text, cases[i].len, id, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (id, ==, ID);
    }
}

static const char *bad_ids[] = {
  "",
  "88a87ad6",
  "88a87ad6-32b5-5458-a4a5-f8cd227b10d",
  "88a87ad6-32b5-5458-a4a5-f8cd227b10dee",
  "88a87ad6-32b5-5458-a4a5-f8cd227b10dg",
  "88a87ad6-32b55-458-a4a5-f8cd227b10de",
  "88a87ad6_32b5_5458_a4a5_f8cd227b10de",
  "88a87ad6-32b5-5458-a4a5f8cd227b10de",
  "88a87ad632b5-5458-a4a5-f8cd227b10dee",
  "{88a87ad6-32b5-5458-a4a5-f8cd227b10de}",
  "urn:uuid:88a87ad6-32b5-5458-a4a5-f8cd227b10de",
  " 88a87ad6-32b5-5458-a4a5-f8cd227b10de",
  "88a87ad6-32b5-5458-a4a5-f8cd227b10d\n",
  "--------------------------------",
  "88a87ad6-32b5-5458-a4a5-f8cd227b1\xc3\xa5"
  "e",
  "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
  "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
};

static void
test_parse_bad (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_ids); i++)
    {
      g_autoptr (GError) error = NULL;
      char id[BITKET_ID_SIZE] = "untouched";

      g_assert_false (bitket_id_parse (bad_ids[i], -1, id, &error));
      g_assert_error (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_SYNTAX);
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
      g_assert_cmpstr (id, ==, "untouched");
      g_assert_false (bitket_id_is_valid (bad_ids[i]));
    }
}

static void
test_parse_nul_inside (void)
{
  g_autoptr (GError) error = NULL;
  char text[36];
  char id[BITKET_ID_SIZE];

  memcpy (text, ID, 36);
  text[20] = '\0';
  g_assert_false (bitket_id_parse (text, 36, id, &error));
  g_assert_error (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_SYNTAX);
}

static void
test_is_valid (void)
{
  g_assert_true (bitket_id_is_valid (ID));
  g_assert_false (bitket_id_is_valid (HEX));
  g_assert_false (bitket_id_is_valid ("88A87AD6-32b5-5458-a4a5-f8cd227b10de"));
}

static void
test_to_hex (void)
{
  char hex[33];

  bitket_id_to_hex (ID, hex);
  g_assert_cmpstr (hex, ==, HEX);
}

static void
test_round_trip (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (4);

  for (int i = 0; i < 1000; i++)
    {
      g_autofree char *text = g_strdup_printf (
          "%08x-%04x-%04x-%04x-%04x%08x", g_rand_int (rand), g_rand_int (rand) & 0xffff,
          g_rand_int (rand) & 0xffff, g_rand_int (rand) & 0xffff, g_rand_int (rand) & 0xffff,
          g_rand_int (rand));
      g_autoptr (GError) error = NULL;
      char id[BITKET_ID_SIZE], hex[33], again[BITKET_ID_SIZE];

      g_assert_true (bitket_id_is_valid (text));
      bitket_id_parse (text, -1, id, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (id, ==, text);
      bitket_id_to_hex (id, hex);
      bitket_id_parse (hex, -1, again, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (again, ==, text);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/id/parse-good", test_parse_good);
  g_test_add_func ("/core/id/parse-bad", test_parse_bad);
  g_test_add_func ("/core/id/parse-nul-inside", test_parse_nul_inside);
  g_test_add_func ("/core/id/is-valid", test_is_valid);
  g_test_add_func ("/core/id/to-hex", test_to_hex);
  g_test_add_func ("/core/id/round-trip", test_round_trip);
  return g_test_run ();
}
