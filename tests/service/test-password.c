/* SPDX-License-Identifier: MIT */
#include "bitket-store.h"

static void
test_hash (void)
{
  g_autofree char *hash = bitket_password_hash ("hemligt");
  g_autofree char *again = bitket_password_hash ("hemligt");

  g_assert_true (g_str_has_prefix (hash, "$argon2id$"));
  g_assert_cmpstr (hash, !=, again);
  g_assert_true (bitket_password_verify (hash, "hemligt"));
  g_assert_true (bitket_password_verify (again, "hemligt"));
  g_assert_false (bitket_password_verify (hash, "hemlig"));
  g_assert_false (bitket_password_verify (hash, "hemligt "));
  g_assert_false (bitket_password_verify (hash, ""));
}

/* Made with Python's hashlib.pbkdf2_hmac, as Django does. */
#define DJANGO_HASH "pbkdf2_sha256$36000$abcDEF123456$1dm2gh25M3lWRmtf4pNLcT4hYiTVxWAvTXXd0TlKZK0="
#define SHORT_HASH  "pbkdf2_sha256$1$saltsalt$VyqBOB5K4lhMr087keZlNNUa582mlfqAYYf/wVuIjJQ="

static void
test_imported (void)
{
  g_assert_true (bitket_password_verify (DJANGO_HASH, "hemligt"));
  g_assert_false (bitket_password_verify (DJANGO_HASH, "Hemligt"));
  g_assert_true (bitket_password_verify (SHORT_HASH, "Pässword ☃"));
  g_assert_false (bitket_password_verify (SHORT_HASH, "Pässword"));
}

static void
test_nasty (void)
{
  const char *hashes[] = {
    "",
    "!",
    "!service",
    "hemligt",
    "pbkdf2_sha256",
    "pbkdf2_sha256$",
    "pbkdf2_sha256$$$",
    "pbkdf2_sha256$1$saltsalt$",
    "pbkdf2_sha256$1$saltsalt$====",
    "pbkdf2_sha256$1$saltsalt$VyqB",
    "pbkdf2_sha256$0$saltsalt$VyqBOB5K4lhMr087keZlNNUa582mlfqAYYf/wVuIjJQ=",
    "pbkdf2_sha256$-1$saltsalt$VyqBOB5K4lhMr087keZlNNUa582mlfqAYYf/wVuIjJQ=",
    "pbkdf2_sha256$ 1$saltsalt$VyqBOB5K4lhMr087keZlNNUa582mlfqAYYf/wVuIjJQ=",
    "pbkdf2_sha256$99999999999999999999$saltsalt$VyqBOB5K4lhMr087keZlNNUa582mlfqAYYf/wVuIjJQ=",
    "pbkdf2_sha256$4000000000$saltsalt$VyqBOB5K4lhMr087keZlNNUa582mlfqAYYf/wVuIjJQ=",
    "pbkdf2_sha256$1$saltsalt$VyqBOB5K4lhMr087keZlNNUa582mlfqAYYf/wVuIjJQ=$",
    "pbkdf2_sha1$1$saltsalt$VyqBOB5K4lhMr087keZlNNUa582mlfqAYYf/wVuIjJQ=",
    "PBKDF2_SHA256$1$saltsalt$VyqBOB5K4lhMr087keZlNNUa582mlfqAYYf/wVuIjJQ=",
    "$argon2id$",
    "$argon2id$v=19$m=65536,t=2,p=1$",
    "$argon2id$v=19$m=4294967295,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$AAAA",
    "$2b$12$abcdefghijklmnopqrstuuAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (hashes); i++)
    {
      g_test_message ("%s", hashes[i]);
      g_assert_false (bitket_password_verify (hashes[i], "Pässword ☃"));
      g_assert_false (bitket_password_verify (hashes[i], ""));
      g_assert_false (bitket_password_verify (hashes[i], hashes[i]));
    }
}

static void
test_long (void)
{
  g_autofree char *hash = g_strnfill (100000, '$');
  g_autofree char *password = g_strnfill (100000, 'x');
  g_autofree char *argon = g_strconcat ("$argon2id$", hash, NULL);
  g_autofree char *pbkdf2 = g_strconcat ("pbkdf2_sha256$", hash, NULL);

  g_assert_false (bitket_password_verify (argon, "x"));
  g_assert_false (bitket_password_verify (pbkdf2, "x"));
  g_assert_false (bitket_password_verify (DJANGO_HASH, password));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/password/hash", test_hash);
  g_test_add_func ("/password/imported", test_imported);
  g_test_add_func ("/password/nasty", test_nasty);
  g_test_add_func ("/password/long", test_long);
  return g_test_run ();
}
