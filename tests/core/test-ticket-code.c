/* SPDX-License-Identifier: MIT */
#include <sodium.h>
#include <string.h>

#include "bitket-core-error.h"
#include "bitket-ticket-code.h"

#define ID    "88a87ad6-32b5-5458-a4a5-f8cd227b10de"
#define EVENT "643ab7d6-1200-5ad3-8aa7-403fb35ead99"
#define TYPE  "04f6f349-8821-58a1-a44c-917fa1b7e1c1"
#define PLAIN "{\"id\": \"" ID "\", \"code\": \"a1b2c3\"}"

/* Made with the Python package cryptography: Ed25519PrivateKey.from_private_bytes (bytes (range
 * (32))).sign ("bitket1:" EVENT ":" ID ":a1b2c3:" TYPE). */
#define VERIFY_KEY "A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg"
#define SIGNATURE                                                                                  \
  "3-79kYt-GumQiQf8lHpIM-wT0vzL5-Lh9CpG755BSR51RN8HxdEF0Gge9hBZLEy8IyTdeHFmavp0EIysnTtxCQ"
#define SIGNED "{\"id\": \"" ID "\", \"code\": \"a1b2c3\", \"sig\": \"" SIGNATURE "\"}"

static void
make_keys (guint8 verify_key[BITKET_VERIFY_KEY_LEN], guint8 sign_key[BITKET_SIGN_KEY_LEN])
{
  guint8 seed[crypto_sign_SEEDBYTES];

  for (guint i = 0; i < sizeof seed; i++)
    seed[i] = (guint8) i;
  crypto_sign_seed_keypair (verify_key, sign_key, seed);
}

static void
test_parse_good (void)
{
  static const char *const texts[] = {
    PLAIN,
    "{\"id\":\"" ID "\",\"code\":\"a1b2c3\"}",
    " \n{\t\"code\" : \"A1B2C3\" ,\r\n \"id\" : \"88A87AD6-32B5-5458-A4A5-F8CD227B10DE\" } \n",
    "{\"id\": \"88a87ad632b55458a4a5f8cd227b10de\", \"code\": \"a1b2c3\"}",
    "{\"v\": 2, \"id\": \"" ID "\", \"x\": {\"id\": 5}, \"code\": \"a1b2c3\", \"y\": null}",
    "{\"\\u0069d\": \"" ID "\", \"code\": \"\\u00611b2c3\"}",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;
      BitketTicketCode code;
      g_autofree char *text = NULL;

      bitket_ticket_code_parse (texts[i], -1, &code, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (code.ownership, ==, ID);
      g_assert_cmpstr (code.code, ==, "a1b2c3");
      g_assert_false (code.has_signature);
      text = bitket_ticket_code_format (&code);
      g_assert_cmpstr (text, ==, PLAIN);
      g_assert_cmpuint (strlen (text), ==, 64);
    }
}

static const struct
{
  const char *text;
  int code;
} bad_cases[] = {
  { "", BITKET_CORE_ERROR_SYNTAX },
  { " ", BITKET_CORE_ERROR_SYNTAX },
  { "a1b2c3", BITKET_CORE_ERROR_SYNTAX },
  { "https://bitket.example/tickets/" ID "/", BITKET_CORE_ERROR_SYNTAX },
  { "\xf0\x9f\x8e\x9f", BITKET_CORE_ERROR_SYNTAX },
  { "\xff\xfe", BITKET_CORE_ERROR_SYNTAX },
  { "{", BITKET_CORE_ERROR_SYNTAX },
  { "{\"id\": \"" ID "\", \"code\": \"a1b2c3\"", BITKET_CORE_ERROR_SYNTAX },
  { "{\"id\": \"" ID "\", \"code\": \"a1b2c3\",}", BITKET_CORE_ERROR_SYNTAX },
  { "{'id': '" ID "', 'code': 'a1b2c3'}", BITKET_CORE_ERROR_SYNTAX },
  { PLAIN PLAIN, BITKET_CORE_ERROR_SYNTAX },
  { PLAIN " x", BITKET_CORE_ERROR_SYNTAX },
  { "{\"id\": \"" ID "\", \"code\": \"a1b2c3\", \"code\": \"a1b2c4\"}", BITKET_CORE_ERROR_SYNTAX },
  { "{\"id\": \"" ID "\", \"id\": \"" ID "\", \"code\": \"a1b2c3\"}", BITKET_CORE_ERROR_SYNTAX },
  { "{\"id\": \"" ID "\", \"code\": \"a1b2c3\\u0000\"}", BITKET_CORE_ERROR_SYNTAX },
  { "[" PLAIN "]", BITKET_CORE_ERROR_KIND },
  { "\"a1b2c3\"", BITKET_CORE_ERROR_KIND },
  { "null", BITKET_CORE_ERROR_KIND },
  { "{}", BITKET_CORE_ERROR_MISSING },
  { "{\"id\": \"" ID "\"}", BITKET_CORE_ERROR_MISSING },
  { "{\"code\": \"a1b2c3\"}", BITKET_CORE_ERROR_MISSING },
  { "{\"ID\": \"" ID "\", \"CODE\": \"a1b2c3\"}", BITKET_CORE_ERROR_MISSING },
  { "{\"id\": null, \"code\": \"a1b2c3\"}", BITKET_CORE_ERROR_NULL },
  { "{\"id\": \"" ID "\", \"code\": null}", BITKET_CORE_ERROR_NULL },
  { "{\"id\": 5, \"code\": \"a1b2c3\"}", BITKET_CORE_ERROR_KIND },
  { "{\"id\": \"" ID "\", \"code\": 123456}", BITKET_CORE_ERROR_KIND },
  { "{\"id\": \"" ID "\", \"code\": [\"a1b2c3\"]}", BITKET_CORE_ERROR_KIND },
  { "{\"id\": \"5\", \"code\": \"a1b2c3\"}", BITKET_CORE_ERROR_SYNTAX },
  { "{\"id\": \"" ID "\", \"code\": \"\"}", BITKET_CORE_ERROR_SYNTAX },
  { "{\"id\": \"" ID "\", \"code\": \"a1b2c\"}", BITKET_CORE_ERROR_SYNTAX },
  { "{\"id\": \"" ID "\", \"code\": \"a1b2c34\"}", BITKET_CORE_ERROR_SYNTAX },
  { "{\"id\": \"" ID "\", \"code\": \"a1b2cg\"}", BITKET_CORE_ERROR_SYNTAX },
  { "{\"id\": \"" ID "\", \"code\": \" a1b2c\"}", BITKET_CORE_ERROR_SYNTAX },
};

static void
test_parse_bad (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_cases); i++)
    {
      g_autoptr (GError) error = NULL;
      BitketTicketCode code = { .ownership = "untouched" };

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      g_assert_false (bitket_ticket_code_parse (bad_cases[i].text, -1, &code, &error));
      g_assert_error (error, BITKET_CORE_ERROR, bad_cases[i].code);
      g_assert_cmpstr (code.ownership, ==, "untouched");
      /* The code is a secret of its owner. */
      g_assert_null (strstr (error->message, "a1b2c"));
    }
}

static void
test_parse_bombs (void)
{
  BitketTicketCode code;
  g_autoptr (GError) error = NULL;
  g_autofree char *deep = g_strnfill (2000, '[');
  g_autofree char *deeper = g_strnfill (4096, '{');
  g_autofree char *blanks = g_strdup_printf ("%*s" PLAIN, BITKET_TICKET_CODE_MAX_LEN - 64, "");
  g_autofree char *long_blanks = g_strdup_printf (" %s", blanks);

  g_assert_false (bitket_ticket_code_parse (deep, -1, &code, &error));
  g_assert_error (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_LIMIT);
  g_clear_error (&error);
  g_assert_false (bitket_ticket_code_parse (deeper, -1, &code, &error));
  g_assert_error (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_LIMIT);
  g_clear_error (&error);
  g_assert_true (bitket_ticket_code_parse (blanks, -1, &code, &error));
  g_assert_false (bitket_ticket_code_parse (long_blanks, -1, &code, &error));
  g_assert_error (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_LIMIT);
  g_clear_error (&error);
  g_assert_false (bitket_ticket_code_parse (PLAIN "\0", 65, &code, &error));
  g_assert_error (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_SYNTAX);
}

/* Every beginning of a right code, and every code with one byte changed, is dealt with: whatever
 * is still taken has a right shape. */
static void
test_parse_damaged (void)
{
  gsize len = strlen (SIGNED);

  for (gsize i = 0; i < len; i++)
    {
      g_autofree char *start = g_memdup2 (SIGNED, i + 1);
      BitketTicketCode code;

      if (i + 1 < len)
        g_assert_false (bitket_ticket_code_parse (start, (gssize) i + 1, &code, NULL));
      for (guint byte = 0; byte < 256; byte++)
        {
          g_autofree char *damaged = g_memdup2 (SIGNED, len);

          damaged[i] = (char) byte;
          if (bitket_ticket_code_parse (damaged, (gssize) len, &code, NULL))
            {
              g_assert_true (bitket_id_is_valid (code.ownership));
              g_assert_true (bitket_ticket_code_is_code (code.code));
            }
        }
    }
}

static void
test_bad_signature_is_not_unsigned (void)
{
  static const char *const signatures[] = {
    "null",
    "5",
    "\"\"",
    "[]",
    "\"abc\"",
    "\"" SIGNATURE "=\"",
    "\"" SIGNATURE "==\"",
    "\"" SIGNATURE "AA\"",
    "\"!-79\"",
  };
  guint8 verify_key[BITKET_VERIFY_KEY_LEN], sign_key[BITKET_SIGN_KEY_LEN];

  make_keys (verify_key, sign_key);
  for (gsize i = 0; i < G_N_ELEMENTS (signatures); i++)
    {
      g_autofree char *text = g_strdup_printf (
          "{\"id\": \"" ID "\", \"code\": \"a1b2c3\", \"sig\": %s}", signatures[i]);
      g_autoptr (GError) error = NULL;
      BitketTicketCode code;

      bitket_ticket_code_parse (text, -1, &code, &error);
      g_assert_no_error (error);
      g_assert_true (code.has_signature);
      g_assert_true (sodium_is_zero (code.signature, sizeof code.signature));
      g_assert_false (bitket_ticket_code_verify (&code, EVENT, TYPE, verify_key));
    }
}

static void
test_verify_vector (void)
{
  guint8 verify_key[BITKET_VERIFY_KEY_LEN], other_key[BITKET_VERIFY_KEY_LEN] = { 1 };
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  BitketTicketCode code;

  bitket_verify_key_parse (VERIFY_KEY, verify_key, &error);
  g_assert_no_error (error);
  bitket_ticket_code_parse (SIGNED, -1, &code, &error);
  g_assert_no_error (error);
  g_assert_true (bitket_ticket_code_verify (&code, EVENT, TYPE, verify_key));
  g_assert_false (bitket_ticket_code_verify (&code, TYPE, EVENT, verify_key));
  g_assert_false (bitket_ticket_code_verify (&code, EVENT, EVENT, verify_key));
  g_assert_false (bitket_ticket_code_verify (&code, EVENT, TYPE, other_key));
  text = bitket_ticket_code_format (&code);
  g_assert_cmpstr (text, ==, SIGNED);

  code.code[0] = 'b';
  g_assert_false (bitket_ticket_code_verify (&code, EVENT, TYPE, verify_key));
  code.code[0] = 'a';
  g_assert_true (bitket_ticket_code_verify (&code, EVENT, TYPE, verify_key));
  code.ownership[0] = '9';
  g_assert_false (bitket_ticket_code_verify (&code, EVENT, TYPE, verify_key));
  code.ownership[0] = '8';
  code.has_signature = FALSE;
  g_assert_false (bitket_ticket_code_verify (&code, EVENT, TYPE, verify_key));
}

static void
test_sign_vector (void)
{
  guint8 verify_key[BITKET_VERIFY_KEY_LEN], sign_key[BITKET_SIGN_KEY_LEN];
  BitketTicketCode code = { .ownership = ID, .code = "a1b2c3" };
  g_autofree char *text = NULL;
  g_autofree char *key_text = NULL;

  make_keys (verify_key, sign_key);
  bitket_ticket_code_sign (&code, EVENT, TYPE, sign_key);
  text = bitket_ticket_code_format (&code);
  g_assert_cmpstr (text, ==, SIGNED);
  g_assert_cmpuint (strlen (text), <=, 256);
  key_text = bitket_verify_key_format (verify_key);
  g_assert_cmpstr (key_text, ==, VERIFY_KEY);
}

/* One bit anywhere in the signature counts. */
static void
test_signature_bits (void)
{
  guint8 verify_key[BITKET_VERIFY_KEY_LEN], sign_key[BITKET_SIGN_KEY_LEN];
  BitketTicketCode code = { .ownership = ID, .code = "a1b2c3" };

  make_keys (verify_key, sign_key);
  bitket_ticket_code_sign (&code, EVENT, TYPE, sign_key);
  for (guint bit = 0; bit < 8 * BITKET_SIGNATURE_LEN; bit++)
    {
      code.signature[bit / 8] ^= (guint8) (1 << bit % 8);
      g_assert_false (bitket_ticket_code_verify (&code, EVENT, TYPE, verify_key));
      code.signature[bit / 8] ^= (guint8) (1 << bit % 8);
    }
  g_assert_true (bitket_ticket_code_verify (&code, EVENT, TYPE, verify_key));
}

static void
test_verify_key_bad (void)
{
  static const char *const texts[] = { "",
                                       "A",
                                       VERIFY_KEY "=",
                                       VERIFY_KEY "A",
                                       "*" VERIFY_KEY,
                                       "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc866412",
                                       "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg",
                                       "A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbh" };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      guint8 key[BITKET_VERIFY_KEY_LEN] = { 77 };
      g_autoptr (GError) error = NULL;

      g_assert_false (bitket_verify_key_parse (texts[i], key, &error));
      g_assert_error (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_SYNTAX);
      g_assert_cmpuint (key[0], ==, 77);
    }
}

static void
test_is_code (void)
{
  g_assert_true (bitket_ticket_code_is_code ("a1b2c3"));
  g_assert_true (bitket_ticket_code_is_code ("A1B2C3"));
  g_assert_true (bitket_ticket_code_is_code ("000000"));
  g_assert_false (bitket_ticket_code_is_code (""));
  g_assert_false (bitket_ticket_code_is_code ("a1b2c"));
  g_assert_false (bitket_ticket_code_is_code ("a1b2c3d"));
  g_assert_false (bitket_ticket_code_is_code ("g1b2c3"));
}

static void
test_round_trip (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (6);

  for (int i = 0; i < 2000; i++)
    {
      BitketTicketCode code = { .has_signature = g_rand_boolean (rand) };
      g_autofree char *text = NULL;
      g_autoptr (GError) error = NULL;
      BitketTicketCode again;

      g_snprintf (code.ownership, sizeof code.ownership, "%08x-%04x-4%03x-8%03x-%04x%08x",
                  g_rand_int (rand), g_rand_int (rand) & 0xffff, g_rand_int (rand) & 0xfff,
                  g_rand_int (rand) & 0xfff, g_rand_int (rand) & 0xffff, g_rand_int (rand));
      g_snprintf (code.code, sizeof code.code, "%06x", g_rand_int (rand) & 0xffffff);
      for (gsize j = 0; code.has_signature && j < sizeof code.signature; j++)
        code.signature[j] = (guint8) g_rand_int (rand);
      text = bitket_ticket_code_format (&code);
      bitket_ticket_code_parse (text, -1, &again, &error);
      g_assert_no_error (error);
      g_assert_cmpmem (&again, sizeof again, &code, sizeof code);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/ticket-code/parse-good", test_parse_good);
  g_test_add_func ("/core/ticket-code/parse-bad", test_parse_bad);
  g_test_add_func ("/core/ticket-code/parse-bombs", test_parse_bombs);
  g_test_add_func ("/core/ticket-code/parse-damaged", test_parse_damaged);
  g_test_add_func ("/core/ticket-code/bad-signature-is-not-unsigned",
                   test_bad_signature_is_not_unsigned);
  g_test_add_func ("/core/ticket-code/verify-vector", test_verify_vector);
  g_test_add_func ("/core/ticket-code/sign-vector", test_sign_vector);
  g_test_add_func ("/core/ticket-code/signature-bits", test_signature_bits);
  g_test_add_func ("/core/ticket-code/verify-key-bad", test_verify_key_bad);
  g_test_add_func ("/core/ticket-code/is-code", test_is_code);
  g_test_add_func ("/core/ticket-code/round-trip", test_round_trip);
  return g_test_run ();
}
