/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

/* Pages of other hosts, and the headers that browsers act on. */

#include <string.h>

#include "bitketd-fixture.h"

#define ONE      "https://shop.example"
#define OTHER    "https://box.example:8443"
#define FOREIGN  "https://evil.example"
#define TWO_ONLY "[http]\ncors-origins = " ONE ";" OTHER "\n"
#define ANY      "[http]\ncors-origins = *\n"

/* As a browser: with Origin, and for a preflight with what it is about to ask. */
static Answer *
ask_from (Bitketd *bitketd, const char *method, const char *path, const char *origin)
{
  g_autofree char *url = g_strconcat (bitketd->url, path, NULL);
  g_autoptr (SoupMessage) message = soup_message_new (method, url);
  SoupMessageHeaders *headers = soup_message_get_request_headers (message);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;
  Answer *answer = g_new0 (Answer, 1);

  if (origin != NULL)
    soup_message_headers_replace (headers, "Origin", origin);
  if (strcmp (method, "OPTIONS") == 0)
    {
      soup_message_headers_replace (headers, "Access-Control-Request-Method", "POST");
      soup_message_headers_replace (headers, "Access-Control-Request-Headers", "authorization");
    }
  bytes = soup_session_send_and_read (bitketd->session, message, NULL, &error);
  g_assert_no_error (error);
  answer->status = soup_message_get_status (message);
  answer->text = g_strndup (g_bytes_get_size (bytes) > 0 ? g_bytes_get_data (bytes, NULL) : "",
                            g_bytes_get_size (bytes));
  answer->headers = soup_message_headers_ref (soup_message_get_response_headers (message));
  return answer;
}

static void
check_no_header (const char *name, const char *value, gpointer user_data)
{
  g_assert_false (g_ascii_strncasecmp (name, "Access-Control-", 15) == 0);
}

static gboolean
names (const char *list, const char *word)
{
  g_auto (GStrv) words = list != NULL ? g_strsplit (list, ", ", -1) : NULL;

  return words != NULL && g_strv_contains ((const char *const *) words, word);
}

static void
test_off (Bitketd *bitketd)
{
  g_autoptr (Answer) got = ask_from (bitketd, "GET", "/api/events/", ONE);
  g_autoptr (Answer) preflight = ask_from (bitketd, "OPTIONS", "/api/purchases/", ONE);
  g_autoptr (Answer) options = bitketd_ask (bitketd, "OPTIONS", "/api/events/", NULL, NULL);

  g_assert_cmpuint (got->status, ==, 200);
  soup_message_headers_foreach (got->headers, check_no_header, NULL);
  g_assert_false (names (answer_get_header (got, "Vary"), "Origin"));
  g_assert_cmpuint (preflight->status, ==, 200);
  g_assert_cmpstr (preflight->text, ==, "");
  g_assert_true (g_str_has_prefix (answer_get_header (preflight, "Content-Type"), "text/html"));
  soup_message_headers_foreach (preflight->headers, check_no_header, NULL);
  /* What is no preflight describes the route, as ever. */
  g_assert_cmpstr (answer_get_text (options, "name"), ==, "Event List");
}

static void
check_allowed (Bitketd *bitketd, const char *path, guint status, const char *allowed)
{
  static const char *const exposed[] = { "Link", "ETag", "Location", "X-Request-Id",
                                         "Idempotent-Replayed" };
  g_autoptr (Answer) answer = ask_from (bitketd, "GET", path, OTHER);
  const char *list = answer_get_header (answer, "Access-Control-Expose-Headers");

  g_assert_cmpuint (answer->status, ==, status);
  g_assert_cmpstr (answer_get_header (answer, "Access-Control-Allow-Origin"), ==, allowed);
  g_assert_null (answer_get_header (answer, "Access-Control-Allow-Credentials"));
  g_assert_true (names (answer_get_header (answer, "Vary"), "Origin"));
  g_assert_true (names (answer_get_header (answer, "Vary"), "Accept"));
  for (gsize i = 0; i < G_N_ELEMENTS (exposed); i++)
    g_assert_true (names (list, exposed[i]));
}

static void
check_preflight (Bitketd *bitketd, const char *path, const char *origin, const char *allowed)
{
  static const char *const methods[] = { "GET", "HEAD", "POST", "PATCH", "DELETE" };
  static const char *const headers[] = { "authorization", "content-type",    "if-match",
                                         "if-none-match", "idempotency-key", "prefer" };
  g_autoptr (Answer) answer = ask_from (bitketd, "OPTIONS", path, origin);
  const char *max_age = answer_get_header (answer, "Access-Control-Max-Age");

  g_assert_cmpuint (answer->status, ==, 200);
  g_assert_cmpstr (answer->text, ==, "");
  g_assert_cmpstr (answer_get_header (answer, "Access-Control-Allow-Origin"), ==, allowed);
  g_assert_true (names (answer_get_header (answer, "Vary"), "Origin"));
  if (allowed == NULL)
    {
      soup_message_headers_foreach (answer->headers, check_no_header, NULL);
      return;
    }
  g_assert_true (g_ascii_string_to_unsigned (max_age, 10, 1, 86400, NULL, NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (methods); i++)
    g_assert_true (names (answer_get_header (answer, "Access-Control-Allow-Methods"), methods[i]));
  for (gsize i = 0; i < G_N_ELEMENTS (headers); i++)
    g_assert_true (names (answer_get_header (answer, "Access-Control-Allow-Headers"), headers[i]));
}

static void
test_origins (Bitketd *bitketd)
{
  static const char *const others[] = { FOREIGN,
                                        NULL,
                                        "null",
                                        "https://shop.example.evil.example",
                                        "https://shop.example:443",
                                        "http://shop.example",
                                        "*" };

  bitketd_configure (bitketd, TWO_ONLY);
  check_allowed (bitketd, "/api/events/", 200, OTHER);
  check_allowed (bitketd, "/api/tickets/nonsense/", 404, OTHER);
  check_allowed (bitketd, "/api/nothing/", 404, OTHER);
  check_allowed (bitketd, "/api/memberships/", 401, OTHER);
  check_allowed (bitketd, "/api/auth-token/", 405, OTHER);
  check_preflight (bitketd, "/api/purchases/", ONE, ONE);
  check_preflight (bitketd, "/api/events/" WORLD_EVENT "/", OTHER, OTHER);
  check_preflight (bitketd, "/api/nothing/", OTHER, OTHER);
  for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
    {
      g_autoptr (Answer) answer = ask_from (bitketd, "GET", "/api/events/", others[i]);

      check_preflight (bitketd, "/api/events/", others[i], NULL);
      g_assert_cmpuint (answer->status, ==, 200);
      soup_message_headers_foreach (answer->headers, check_no_header, NULL);
      g_assert_true (names (answer_get_header (answer, "Vary"), "Origin"));
    }
}

static void
test_any (Bitketd *bitketd)
{
  bitketd_configure (bitketd, ANY);
  check_allowed (bitketd, "/api/events/", 200, "*");
  check_allowed (bitketd, "/api/nothing/", 404, "*");
  check_preflight (bitketd, "/api/purchases/", FOREIGN, "*");
}

static void
test_https_only (Bitketd *bitketd)
{
  g_autoptr (Answer) plain = bitketd_ask (bitketd, "GET", "/api/", NULL, NULL);
  g_autoptr (Answer) secure =
      bitketd_ask_with (bitketd, "GET", "/api/", NULL, NULL, "X-Forwarded-Proto", "https");
  g_autoptr (Answer) other =
      bitketd_ask_with (bitketd, "GET", "/api/", NULL, NULL, "X-Forwarded-Proto", "http");

  g_assert_null (answer_get_header (plain, "Strict-Transport-Security"));
  g_assert_null (answer_get_header (other, "Strict-Transport-Security"));
  g_assert_cmpstr (answer_get_header (secure, "Strict-Transport-Security"), ==, "max-age=31536000");
}

/* What lets somebody in is not kept on the way. */
static void
test_secrets (Bitketd *bitketd)
{
  static const struct
  {
    const char *method, *path, *body;
    gboolean is_secret;
  } cases[] = {
    { "POST", "/api/auth-token/", "{}", TRUE },
    { "POST", "/api/doors/pair/", "{\"pairing\":\"00000000\"}", TRUE },
    { "POST", "/api/doors/", "{\"event\":\"" WORLD_EVENT "\",\"name\":\"North\"}", TRUE },
    { "GET", "/api/access-codes/", NULL, TRUE },
    { "GET", "/api/access-codes/" WORLD_EVENT "/", NULL, TRUE },
    { "GET", "/api/access-codes/nonsense/", NULL, TRUE },
    { "POST", "/api/access-codes/", "{}", TRUE },
    { "GET", "/api/events/", NULL, FALSE },
    { "GET", "/api/doors/", NULL, FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Answer) answer =
          bitketd_ask (bitketd, cases[i].method, cases[i].path, WORLD_STAFF, cases[i].body);

      g_test_message ("%s %s", cases[i].method, cases[i].path);
      g_assert_cmpint (names (answer_get_header (answer, "Cache-Control"), "no-store"), ==,
                       cases[i].is_secret);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  bitketd_test_add ("service/cors/off", test_off);
  bitketd_test_add ("service/cors/origins", test_origins);
  bitketd_test_add ("service/cors/any", test_any);
  bitketd_test_add ("service/cors/https-only", test_https_only);
  bitketd_test_add ("service/cors/secrets", test_secrets);
  return g_test_run ();
}
