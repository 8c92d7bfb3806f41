/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

#include <string.h>

#include "bitket-jwt.h"
#include "bitket-service-error.h"

#define SECRET "secret"
#define NOW_US (G_GINT64_CONSTANT (1795346317) * G_USEC_PER_SEC)

static BitketCaller
make_user (const char *name)
{
  BitketCaller user = { .kind = BITKET_CALLER_USER };

  g_strlcpy (user.id, "6f432980-5496-577a-960c-219fadd51ea9", sizeof user.id);
  user.email = (char *) "alice@example.com";
  user.name = (char *) name;
  return user;
}

/* The original's own token, recorded: all but the signature, whose key is not known. */
static void
test_recorded (void)
{
  static const char recorded[] =
      "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzUxMiJ9."
      "eyJ1c2VyX2lkIjoiNmY0MzI5ODAtNTQ5Ni01NzdhLTk2MGMtMjE5ZmFkZDUxZWE5IiwidXNlcm5hbWUiOiJhbGljZUBl"
      "eGFtcGxlLmNvbSIsImV4cCI6MTc5NTM0OTkxNywiZW1haWwiOiJhbGljZUBleGFtcGxlLmNvbSIsIm9yaWdfaWF0Ijox"
      "Nzk1MzQ2MzE3LCJuYW1lIjoiQWxpY2UgQW5kZXJzc29uIiwibmluIjpudWxsfQ.";
  const BitketCaller user = make_user ("Alice Andersson");
  g_autofree char *token = bitket_jwt_encode (&user, SECRET, NOW_US / G_USEC_PER_SEC, NOW_US);

  g_assert_true (g_str_has_prefix (token, recorded));
  g_assert_cmpuint (strlen (token), ==, strlen (recorded) + 86);
}

static char *
dup_payload (const char *token)
{
  const char *dot = strchr (token, '.') + 1;
  g_autofree char *part = g_strndup (dot, strcspn (dot, "."));
  g_autoptr (GString) base64 = g_string_new (part);
  g_autofree guchar *bytes = NULL;
  gsize len;

  g_strdelimit (base64->str, "-", '+');
  g_strdelimit (base64->str, "_", '/');
  while (base64->len % 4 != 0)
    g_string_append_c (base64, '=');
  bytes = g_base64_decode (base64->str, &len);
  return g_strndup ((const char *) bytes, len);
}

/* As Python's json with ensure_ascii: what is not ASCII is escaped, beyond the first plane in two
 * halves. */
static void
test_escapes (void)
{
  static const struct
  {
    const char *name;
    const char *json;
  } cases[] = {
    { "Bob Boström", "\"Bob Bostr\\u00f6m\"" },
    { "a\"b\\c/", "\"a\\\"b\\\\c/\"" },
    { "\b\f\n\r\t\x01\x7f", "\"\\b\\f\\n\\r\\t\\u0001\\u007f\"" },
    { "😀", "\"\\ud83d\\ude00\"" },
    { "", "\"\"" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const BitketCaller user = make_user (cases[i].name);
      g_autofree char *token = bitket_jwt_encode (&user, SECRET, 1, NOW_US);
      g_autofree char *payload = dup_payload (token);
      g_autofree char *member = g_strconcat ("\"name\":", cases[i].json, ",", NULL);

      if (strstr (payload, member) == NULL)
        g_test_message ("%s", payload);
      g_assert_nonnull (strstr (payload, member));
    }
}

static void
test_round_trip (void)
{
  const BitketCaller user = make_user ("Alice");
  g_autofree char *token = bitket_jwt_encode (&user, SECRET, 17, NOW_US);
  g_auto (BitketJwtClaims) claims = { 0 };
  g_autoptr (GError) error = NULL;

  /* To the last second of its hour. */
  bitket_jwt_decode (token, SECRET, NOW_US + 3600 * G_TIME_SPAN_SECOND, &claims, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (claims.username, ==, "alice@example.com");
  g_assert_cmpint (claims.orig_iat_s, ==, 17);
}

static void
test_refused (void)
{
  const BitketCaller user = make_user ("Alice");
  g_autofree char *token = bitket_jwt_encode (&user, SECRET, 17, NOW_US);
  static const char *const texts[] = {
    "",
    ".",
    "..",
    "...",
    "a",
    "a.b",
    "a.b.c",
    "eyJhbGciOiJub25lIn0.e30.",
    "eyJhbGciOiJIUzUxMiJ9.e30.AAAA",
    "eyJhbGciOiJIUzI1NiJ9.e30.AAAA",
    "\xff.\xff.\xff",
  };
  g_auto (BitketJwtClaims) claims = { 0 };
  g_autoptr (GError) error = NULL;
  g_autofree char *longer = g_strconcat (token, "A", NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_assert_false (bitket_jwt_decode (texts[i], SECRET, NOW_US, &claims, &error));
      g_assert_error (error, BITKET_SERVICE_ERROR, BITKET_SERVICE_ERROR_CREDENTIALS);
      g_assert_cmpstr (error->message, ==, "Error decoding signature.");
      g_clear_error (&error);
    }
  g_assert_false (bitket_jwt_decode (longer, SECRET, NOW_US, &claims, &error));
  g_clear_error (&error);
  g_assert_false (bitket_jwt_decode (token, "other", NOW_US, &claims, &error));
  g_assert_cmpstr (error->message, ==, "Error decoding signature.");
  g_clear_error (&error);
  g_assert_false (
      bitket_jwt_decode (token, SECRET, NOW_US + 3601 * G_TIME_SPAN_SECOND, &claims, &error));
  g_assert_cmpstr (error->message, ==, "Signature has expired.");
  g_assert_null (claims.username);
}

/* Any byte changed anywhere: not ours. */
static void
test_changed (void)
{
  const BitketCaller user = make_user ("Alice");
  g_autofree char *token = bitket_jwt_encode (&user, SECRET, 17, NOW_US);
  gsize len = strlen (token);

  /* The last character carries bits that nobody reads. */
  for (gsize i = 0; i + 1 < len; i++)
    {
      g_auto (BitketJwtClaims) claims = { 0 };
      char was = token[i];

      token[i] = was == 'A' ? 'B' : 'A';
      g_assert_false (bitket_jwt_decode (token, SECRET, NOW_US, &claims, NULL));
      token[i] = was;
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/service/jwt/recorded", test_recorded);
  g_test_add_func ("/service/jwt/escapes", test_escapes);
  g_test_add_func ("/service/jwt/round-trip", test_round_trip);
  g_test_add_func ("/service/jwt/refused", test_refused);
  g_test_add_func ("/service/jwt/changed", test_changed);
  return g_test_run ();
}
