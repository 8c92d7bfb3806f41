/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "bitket-core-error.h"
#include "bitket-signing.h"
#include "bitket-time.h"

/* Made in Python as Django 1.11 does it:
 *
 *   value = b64 (json) + ":" + base62 (time)
 *   key = hashlib.sha1 ((salt + "signer" + SECRET).encode ()).digest ()
 *   token = value + ":" + b64 (hmac.new (key, value.encode (), hashlib.sha1).digest ())
 *
 * with b64 = base64.urlsafe_b64encode without "=", and every ":" replaced by "." in the end. */
#define SECRET "not-a-secret: åäö 0123456789"
#define NOW_US (G_GINT64_CONSTANT (1512844200) * BITKET_TIME_SECOND_US + 999999)
#define DIGIT_TOKEN                                                                                \
  "IjliMmRhMTk0Y2FjNjVmMGE4NjlkMTFhZjcxYWI2ODk1Ig.1eNjsu.H3_gffiS98ESaZvEqeeZJikhZKs"
#define DIGIT_ID    "9b2da194-cac6-5f0a-869d-11af71ab6895"
#define ZERO_TOKEN  "ImExYjJjM2Q0ZTVmNjA3MTgyOTNhNGI1YzZkN2U4ZjkwIg.0.USEJSkdmhSuKHVNwhw_G5mrBjvc"
#define ZERO_ID     "a1b2c3d4-e5f6-0718-293a-4b5c6d7e8f90"
#define RESELL_JSON "{\"id\":\"88a87ad6-32b5-5458-a4a5-f8cd227b10de\",\"code\":\"a1b2c3\"}"
#define RESELL_TOKEN                                                                               \
  "eyJpZCI6Ijg4YTg3YWQ2LTMyYjUtNTQ1OC1hNGE1LWY4Y2QyMjdiMTBkZSIsImNvZGUiOiJhMWIyYzMifQ.1eNjsu."     \
  "BF0J17eBSaUyGT3Jhcvs62AdDis"

static void
test_access_token (void)
{
  static const struct
  {
    const char *token;
    const char *id;
    gint64 now_us;
  } cases[] = {
    { DIGIT_TOKEN, DIGIT_ID, NOW_US },
    { ZERO_TOKEN, ZERO_ID, 0 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *token = bitket_access_token_dump (cases[i].id, SECRET, cases[i].now_us);
      g_autofree char *colons = g_strdelimit (g_strdup (token), ".", ':');
      char id[37] = "";

      g_assert_cmpstr (token, ==, cases[i].token);
      bitket_access_token_load (token, SECRET, id, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (id, ==, cases[i].id);
      bitket_access_token_load (colons, SECRET, id, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (id, ==, cases[i].id);
    }
}

static void
test_resell_token (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *token =
      bitket_signing_dump (RESELL_JSON, BITKET_SIGNING_SALT_RESELL, SECRET, NOW_US);
  g_autofree char *json = NULL;

  g_assert_cmpstr (token, ==, RESELL_TOKEN);
  json = bitket_signing_load (token, BITKET_SIGNING_SALT_RESELL, SECRET, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (json, ==, RESELL_JSON);
}

/* The value of the original's own example reads right; its secret key is not known, so it is
 * refused by its signature and by nothing before. */
static void
test_original_example (void)
{
  g_autoptr (GError) error = NULL;
  char id[37];

  g_assert_false (bitket_access_token_load (
      "IjliMmRhMTk0Y2FjNjVmMGE4NjlkMTFhZjcxYWI2ODk1Ig.1eHGAS.GL_dxUkRcLr_mbKABXp4S4zYrYs", SECRET,
      id, &error));
  g_assert_error (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_SIGNATURE);
}

static const struct
{
  const char *token;
  int code;
} bad_cases[] = {
  { "", BITKET_CORE_ERROR_SYNTAX },
  { ".", BITKET_CORE_ERROR_SYNTAX },
  { "..", BITKET_CORE_ERROR_SYNTAX },
  { "...", BITKET_CORE_ERROR_SYNTAX },
  { "a.b", BITKET_CORE_ERROR_SYNTAX },
  { "a.b.c", BITKET_CORE_ERROR_SYNTAX },
  { "garbage", BITKET_CORE_ERROR_SYNTAX },
  { "\xff\xfe.\xff.\xff", BITKET_CORE_ERROR_SYNTAX },
  { DIGIT_TOKEN "A", BITKET_CORE_ERROR_SYNTAX },
  { DIGIT_TOKEN "=", BITKET_CORE_ERROR_SYNTAX },
  { DIGIT_TOKEN ".x", BITKET_CORE_ERROR_SYNTAX },
  { "." DIGIT_TOKEN, BITKET_CORE_ERROR_SYNTAX },
  { "IjliMmRhMTk0Y2FjNjVmMGE4NjlkMTFhZjcxYWI2ODk1Ig..H3_gffiS98ESaZvEqeeZJikhZKs",
    BITKET_CORE_ERROR_SYNTAX },
  { "IjliMmRhMTk0Y2FjNjVmMGE4NjlkMTFhZjcxYWI2ODk1Ig.1eNjsv.H3_gffiS98ESaZvEqeeZJikhZKs",
    BITKET_CORE_ERROR_SIGNATURE },
  { "IjliMmRhMTk0Y2FjNjVmMGE4NjlkMTFhZjcxYWI2ODk2Ig.1eNjsu.H3_gffiS98ESaZvEqeeZJikhZKs",
    BITKET_CORE_ERROR_SIGNATURE },
  { "IjliMmRhMTk0Y2FjNjVmMGE4NjlkMTFhZjcxYWI2ODk1Ig.1eNjsu.H3_gffiS98ESaZvEqeeZJikhZKw",
    BITKET_CORE_ERROR_SIGNATURE },
  { RESELL_TOKEN, BITKET_CORE_ERROR_SIGNATURE }, /* signed with another salt */

  /* rightly signed, but no access code inside: 5, "xyz", nope */
  { "NQ.1eNjsu.kht-4HAGWtTvQIEcsree7ABBbTY", BITKET_CORE_ERROR_KIND },
  { "Inh5eiI.1eNjsu.E1TGz9N_0a41SpabK0xc3QZIoMM", BITKET_CORE_ERROR_SYNTAX },
  { "bm9wZQ.1eNjsu.uFNT0ZvJWlHuyywBN-v_8Wm5Cwk", BITKET_CORE_ERROR_SYNTAX },
};

static void
test_load_bad (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_cases); i++)
    {
      g_autoptr (GError) error = NULL;
      char id[37] = "untouched";

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      g_assert_false (bitket_access_token_load (bad_cases[i].token, SECRET, id, &error));
      g_assert_error (error, BITKET_CORE_ERROR, bad_cases[i].code);
      g_assert_null (strstr (error->message, "IjliMm"));
      g_assert_cmpstr (id, ==, "untouched");
    }
}

static void
test_load_long (void)
{
  g_autofree char *long_token = g_strnfill (100000, 'A');
  g_autoptr (GError) error = NULL;
  char id[37];

  g_assert_false (bitket_access_token_load (long_token, SECRET, id, &error));
  g_assert_error (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_SYNTAX);
}

static void
test_other_secret (void)
{
  g_autoptr (GError) error = NULL;
  char id[37];

  g_assert_false (bitket_access_token_load (DIGIT_TOKEN, "another", id, &error));
  g_assert_error (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_SIGNATURE);
}

static void
test_round_trip (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (10);

  for (int i = 0; i < 1000; i++)
    {
      gint64 now_us = (gint64) (g_rand_double (rand) * 4e15);
      g_autofree char *json =
          g_strdup_printf ("{\"n\":%u,\"å\":\"%u\"}", g_rand_int (rand), g_rand_int (rand));
      g_autofree char *token = bitket_signing_dump (json, "salt", SECRET, now_us);
      g_autoptr (GError) error = NULL;
      g_autofree char *again = bitket_signing_load (token, "salt", SECRET, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (again, ==, json);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/signing/access-token", test_access_token);
  g_test_add_func ("/core/signing/resell-token", test_resell_token);
  g_test_add_func ("/core/signing/original-example", test_original_example);
  g_test_add_func ("/core/signing/load-bad", test_load_bad);
  g_test_add_func ("/core/signing/load-long", test_load_long);
  g_test_add_func ("/core/signing/other-secret", test_other_secret);
  g_test_add_func ("/core/signing/round-trip", test_round_trip);
  return g_test_run ();
}
