/* SPDX-License-Identifier: MIT */
#include <locale.h>

#include "client-fixture.h"

static void
test_address (void)
{
  static const struct
  {
    const char *url;
    const char *base; /* NULL: refused */
  } cases[] = {
    { "https://bitket.example.org", "https://bitket.example.org" },
    { "https://bitket.example.org/", "https://bitket.example.org" },
    { "HTTPS://Bitket.example.org:8443", "https://bitket.example.org:8443" },
    { "http://127.0.0.1:8000", "http://127.0.0.1:8000" },
    { "http://localhost:8000", "http://localhost:8000" },
    { "http://[::1]:8000", "http://[::1]:8000" },
    { "http://bitket.example.org", NULL },
    { "http://10.0.0.1", NULL },
    { "http://127.0.0.1.example.org", NULL },
    { "ftp://bitket.example.org", NULL },
    { "https://", NULL },
    { "https://me:secret@bitket.example.org", NULL },
    { "https://bitket.example.org/app", NULL },
    { "https://bitket.example.org/?a=b", NULL },
    { "https://bitket.example.org/#x", NULL },
    { "bitket.example.org", NULL },
    { "https://host:99999", NULL },
    { "", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (BitketSession) session = bitket_session_new (cases[i].url, &error);

      g_test_message ("address \"%s\"", cases[i].url);
      if (cases[i].base == NULL)
        {
          g_assert_error (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_ADDRESS);
          g_assert_null (session);
          continue;
        }
      g_assert_no_error (error);
      g_assert_true (g_ascii_strcasecmp (bitket_session_get_base_url (session), cases[i].base) ==
                     0);
    }
}

static void
test_answer (ClientFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketResponse) response = NULL;
  gint64 now_us = g_get_real_time ();

  fixture->body = "[{\"name\":\"Luciafesten\"}]";
  fixture->header_name = "ETag";
  fixture->header_value = "\"7\"";
  response = client_request (fixture->session, "/api/events/", BITKET_REQUEST_DEFAULT, 0, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (bitket_response_get_status (response), ==, 200);
  g_assert_true (JSON_NODE_HOLDS_ARRAY (bitket_response_get_json (response)));
  g_assert_cmpstr (bitket_response_get_etag (response), ==, "\"7\"");
  g_assert_null (bitket_response_get_next_link (response));
  g_assert_cmpint (ABS (bitket_response_get_server_time_us (response) - now_us), <,
                   60 * G_USEC_PER_SEC);
  g_assert_null (fixture->authorization);
}

static void
test_raw (ClientFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketResponse) response = NULL;

  fixture->body = "not parsed";
  response = client_request (fixture->session, "/api/feed/", BITKET_REQUEST_RAW, 0, &error);
  g_assert_no_error (error);
  g_assert_null (bitket_response_get_json (response));
  g_assert_cmpmem (g_bytes_get_data (bitket_response_get_bytes (response), NULL),
                   g_bytes_get_size (bitket_response_get_bytes (response)), "not parsed", 10);
}

static void
test_credentials (ClientFixture *fixture, gconstpointer data)
{
  static const struct
  {
    BitketCredential kind;
    const char *secret;
    const char *header; /* (nullable) */
  } cases[] = {
    { BITKET_CREDENTIAL_TOKEN, "abc", "Token abc" },
    { BITKET_CREDENTIAL_DOOR, "def", "Door def" },
    { BITKET_CREDENTIAL_JWT, "no.expiry.here", "JWT no.expiry.here" },
    { BITKET_CREDENTIAL_NONE, NULL, NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (BitketResponse) response = NULL;

      bitket_session_set_credential (fixture->session, cases[i].kind, cases[i].secret);
      g_assert_cmpint (bitket_session_is_signed_in (fixture->session), ==,
                       cases[i].kind != BITKET_CREDENTIAL_NONE);
      response = client_request (fixture->session, "/api/", BITKET_REQUEST_DEFAULT, 0, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (fixture->authorization, ==, cases[i].header);
    }
}

static void
test_write (ClientFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (BitketResponse) response = NULL;
  g_autoptr (JsonNode) body =
      json_from_string ("{\"price\":\"90.00\",\"name\":\"Sångövning\"}", NULL);

  bitket_session_request_async (fixture->session, "PATCH", "/api/ticket-types/1/", body, "\"3\"",
                                BITKET_REQUEST_DEFAULT, 0, NULL, client_result_cb, &result);
  response = bitket_session_request_finish (fixture->session, client_await (&result), &error);
  g_assert_no_error (error);
  g_assert_cmpstr (fixture->request_body, ==, "{\"price\":\"90.00\",\"name\":\"Sångövning\"}");
  g_assert_cmpstr (fixture->if_match, ==, "\"3\"");
}

static void
test_statuses (ClientFixture *fixture, gconstpointer data)
{
  static const struct
  {
    guint status;
    const char *header;
    const char *value;
    const char *type;
    const char *body;
    BitketClientError code;
    const char *message; /* (nullable) */
  } cases[] = {
    { 400, NULL, NULL, "application/json", "{\"detail\":\"no\"}", BITKET_CLIENT_ERROR_INVALID,
      "no" },
    { 400, NULL, NULL, "application/json", "{\"name\":[\"too long\"]}", BITKET_CLIENT_ERROR_INVALID,
      "too long" },
    { 400, NULL, NULL, "application/json", "{\"a\":{\"b\":[{},{\"c\":[\"deep\"]}]}}",
      BITKET_CLIENT_ERROR_INVALID, "deep" },
    { 400, NULL, NULL, "application/json", "{\"a\":[\"field\"],\"detail\":\"first\"}",
      BITKET_CLIENT_ERROR_INVALID, "first" },
    { 400, NULL, NULL, "application/json", "not json", BITKET_CLIENT_ERROR_NOT_BITKET, NULL },
    { 400, NULL, NULL, NULL, NULL, BITKET_CLIENT_ERROR_NOT_BITKET, NULL },
    { 422, NULL, NULL, "application/json", "{}", BITKET_CLIENT_ERROR_INVALID, NULL },
    { 401, NULL, NULL, "application/json", "{\"detail\":\"who?\"}",
      BITKET_CLIENT_ERROR_UNAUTHORIZED, "who?" },
    { 401, NULL, NULL, "application/json", "{\"detail\":\"gone\",\"code\":\"door_revoked\"}",
      BITKET_CLIENT_ERROR_REVOKED, "gone" },
    { 401, NULL, NULL, "application/json", "{\"detail\":\"x\",\"code\":7}",
      BITKET_CLIENT_ERROR_UNAUTHORIZED, "x" },
    { 403, NULL, NULL, "application/json", "{\"detail\":\"x\"}", BITKET_CLIENT_ERROR_FORBIDDEN,
      "x" },
    { 404, NULL, NULL, "application/json", "{\"detail\":\"x\"}", BITKET_CLIENT_ERROR_NOT_FOUND,
      "x" },
    { 400, NULL, NULL, "text/plain", "no such backend", BITKET_CLIENT_ERROR_NOT_BITKET, NULL },
    { 413, NULL, NULL, "text/plain", "too large", BITKET_CLIENT_ERROR_TOO_LARGE, NULL },
    { 429, NULL, NULL, NULL, NULL, BITKET_CLIENT_ERROR_BUSY, NULL },
    { 404, NULL, NULL, "text/html", "<html>Sign in to the WLAN", BITKET_CLIENT_ERROR_NOT_BITKET,
      NULL },
    { 405, NULL, NULL, "application/json", "{\"detail\":\"x\"}", BITKET_CLIENT_ERROR_REFUSED, "x" },
    { 409, NULL, NULL, "application/json", "{\"detail\":\"x\"}", BITKET_CLIENT_ERROR_CONFLICT,
      "x" },
    { 412, NULL, NULL, "application/json", "{\"detail\":\"x\"}", BITKET_CLIENT_ERROR_CONFLICT,
      "x" },
    { 413, NULL, NULL, "application/json", "{\"detail\":\"x\"}", BITKET_CLIENT_ERROR_TOO_LARGE,
      "x" },
    { 429, "Retry-After", "3", "application/json", "{\"detail\":\"x\"}", BITKET_CLIENT_ERROR_BUSY,
      "x" },
    { 503, "Retry-After", "3", "text/html", "<html>", BITKET_CLIENT_ERROR_BUSY, NULL },
    { 503, NULL, NULL, "text/html", "<html>", BITKET_CLIENT_ERROR_SERVER, NULL },
    { 502, NULL, NULL, "text/html", "<html>Bad Gateway", BITKET_CLIENT_ERROR_SERVER, NULL },
    { 500, NULL, NULL, "application/json", "{\"detail\":\"x\"}", BITKET_CLIENT_ERROR_SERVER, "x" },
    { 304, NULL, NULL, NULL, NULL, BITKET_CLIENT_ERROR_NOT_BITKET, NULL },
    { 200, NULL, NULL, "text/html", "<html>Sign in to the WLAN", BITKET_CLIENT_ERROR_NOT_BITKET,
      NULL },
    { 200, NULL, NULL, "text/plain", "hello", BITKET_CLIENT_ERROR_NOT_BITKET, NULL },
    { 200, NULL, NULL, "application/json", "{\"a\":", BITKET_CLIENT_ERROR_NOT_BITKET, NULL },
    { 200, NULL, NULL, "application/json", "{\"a\":1}{", BITKET_CLIENT_ERROR_NOT_BITKET, NULL },
    { 200, NULL, NULL, "application/json", "\xff\xfe", BITKET_CLIENT_ERROR_NOT_BITKET, NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (BitketResponse) response = NULL;

      g_test_message ("case %u: %u", i, cases[i].status);
      fixture->status = cases[i].status;
      fixture->header_name = cases[i].header;
      fixture->header_value = cases[i].value;
      fixture->content_type = cases[i].type;
      fixture->body = cases[i].body;
      response = client_request (fixture->session, "/api/", BITKET_REQUEST_DEFAULT, 0, &error);
      g_assert_null (response);
      g_assert_error (error, BITKET_CLIENT_ERROR, (gint) cases[i].code);
      if (cases[i].message != NULL)
        g_assert_cmpstr (error->message, ==, cases[i].message);
    }
}

static void
test_raw_refuses_pages (ClientFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fixture->content_type = "text/html";
  fixture->body = "<html>Sign in to the WLAN";
  g_assert_null (client_request (fixture->session, "/", BITKET_REQUEST_RAW, 0, &error));
  g_assert_error (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_NOT_BITKET);
}

static void
test_redirects (ClientFixture *fixture, gconstpointer data)
{
  g_autofree char *loop = g_strconcat (fixture->base_url, "/again/", NULL);
  const struct
  {
    guint status;
    const char *location;
    guint n_requests;
  } cases[] = {
    { 302, "http://127.0.0.1:9/", 1 },
    { 301, "https://portal.example.org/login", 1 },
    { 307, "//portal.example.org/", 1 },
    { 302, NULL, 1 },
    { 302, loop, 4 },
    { 308, "/relative/", 4 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_test_message ("case %u: %s", i, cases[i].location);
      fixture->n_requests = 0;
      fixture->status = cases[i].status;
      fixture->header_name = cases[i].location ? "Location" : NULL;
      fixture->header_value = cases[i].location;
      g_assert_null (client_request (fixture->session, "/api/", BITKET_REQUEST_DEFAULT, 0, &error));
      g_assert_error (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_NOT_BITKET);
      g_assert_cmpuint (fixture->n_requests, ==, cases[i].n_requests);
    }
}

static void
test_other_host (ClientFixture *fixture, gconstpointer data)
{
  static const char *const paths[] = { "https://evil.example.org/api/", "//evil.example.org/",
                                       "http://127.0.0.1:1/api/", "ftp:/x" };

  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (
          client_request (fixture->session, paths[i], BITKET_REQUEST_DEFAULT, 0, &error));
      g_assert_error (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_ADDRESS);
    }
  g_assert_cmpuint (fixture->n_requests, ==, 0);
}

static void
test_gzip (ClientFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketResponse) response = NULL;
  g_autoptr (GString) body = g_string_new ("[0");

  for (guint i = 0; i < 50000; i++)
    g_string_append (body, ",12345");
  g_string_append_c (body, ']');
  fixture->body = body->str;
  fixture->is_gzipped = TRUE;
  response = client_request (fixture->session, "/api/", BITKET_REQUEST_DEFAULT, 0, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_bytes_get_size (bitket_response_get_bytes (response)), ==, body->len);
}

/* 70 MB of zeros are 70 kB on the wire. */
static void
test_too_large (ClientFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *body = g_strnfill (70 * 1000 * 1000, '0');

  fixture->body = body;
  fixture->is_gzipped = TRUE;
  g_assert_null (client_request (fixture->session, "/api/", BITKET_REQUEST_RAW, 0, &error));
  g_assert_error (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_ANSWER);
}

static void
test_retry (ClientFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketResponse) response = NULL;

  fixture->n_failures = 2;
  response = client_request (fixture->session, "/api/", BITKET_REQUEST_RETRY, 0, &error);
  g_assert_no_error (error);
  g_assert_nonnull (response);
  g_assert_cmpuint (fixture->n_requests, ==, 3);
}

static void
test_retry_gives_up (ClientFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fixture->n_failures = 100;
  g_assert_null (client_request (fixture->session, "/api/", BITKET_REQUEST_RETRY, 0, &error));
  g_assert_error (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_SERVER);
  g_assert_cmpuint (fixture->n_requests, ==, 4);
}

static void
test_no_retry_unasked (ClientFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fixture->n_failures = 1;
  g_assert_null (client_request (fixture->session, "/api/", BITKET_REQUEST_DEFAULT, 0, &error));
  g_assert_error (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_SERVER);
  g_assert_cmpuint (fixture->n_requests, ==, 1);
}

static void
test_retry_after (ClientFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  /* The server asks for a minute: the wait must not be over before it, but it can be cancelled. */
  fixture->status = 429;
  fixture->header_name = "Retry-After";
  fixture->header_value = "60";
  bitket_session_request_async (fixture->session, "GET", "/api/", NULL, NULL, BITKET_REQUEST_RETRY,
                                0, cancellable, client_result_cb, &result);
  g_timeout_add_once (1500, (GSourceOnceFunc) g_cancellable_cancel, cancellable);
  g_assert_null (bitket_session_request_finish (fixture->session, client_await (&result), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint (fixture->n_requests, ==, 1);
}

static void
test_is_offline (void)
{
  static const struct
  {
    BitketClientError code;
    gboolean is_offline;
  } cases[] = {
    { BITKET_CLIENT_ERROR_UNREACHABLE, TRUE }, { BITKET_CLIENT_ERROR_TIMEOUT, TRUE },
    { BITKET_CLIENT_ERROR_TLS, TRUE },         { BITKET_CLIENT_ERROR_NOT_BITKET, TRUE },
    { BITKET_CLIENT_ERROR_SERVER, TRUE },      { BITKET_CLIENT_ERROR_BUSY, FALSE },
    { BITKET_CLIENT_ERROR_REVOKED, FALSE },    { BITKET_CLIENT_ERROR_INVALID, FALSE },
    { BITKET_CLIENT_ERROR_ANSWER, FALSE },     { BITKET_CLIENT_ERROR_ADDRESS, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error =
          g_error_new_literal (BITKET_CLIENT_ERROR, (gint) cases[i].code, "x");

      g_assert_cmpint (bitket_client_error_is_offline (error), ==, cases[i].is_offline);
    }
  g_assert_false (bitket_client_error_is_offline (NULL));
}

#define ADD(path, func)                                                                            \
  g_test_add (path, ClientFixture, NULL, client_fixture_set_up, func, client_fixture_tear_down)

/* Cancels after every possible number of steps of the main context, so in every state of a
 * request. */
static void
test_cancelled_at_every_step (ClientFixture *fixture, gconstpointer data)
{
  guint n_answered = 0, n_cancelled = 0;

  fixture->body = "[]";
  for (guint n_steps = 0; n_steps < 120; n_steps++)
    {
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      g_autoptr (GAsyncResult) result = NULL;
      g_autoptr (BitketResponse) response = NULL;
      g_autoptr (GError) error = NULL;

      bitket_session_request_async (fixture->session, "GET", "/api/events/", NULL, NULL,
                                    BITKET_REQUEST_DEFAULT, 0, cancellable, client_result_cb,
                                    &result);
      for (guint i = 0; i < n_steps && result == NULL; i++)
        g_main_context_iteration (NULL, TRUE);
      if (result == NULL)
        g_cancellable_cancel (cancellable);
      client_await (&result);
      response = bitket_session_request_finish (fixture->session, result, &error);
      if (response != NULL)
        n_answered++;
      else
        {
          g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
          n_cancelled++;
        }
    }
  g_assert_cmpuint (n_answered, >, 0);
  g_assert_cmpuint (n_cancelled, >, 0);
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/client/session/address", test_address);
  g_test_add_func ("/client/session/is-offline", test_is_offline);
  ADD ("/client/session/answer", test_answer);
  ADD ("/client/session/raw", test_raw);
  ADD ("/client/session/credentials", test_credentials);
  ADD ("/client/session/write", test_write);
  ADD ("/client/session/statuses", test_statuses);
  ADD ("/client/session/raw-refuses-pages", test_raw_refuses_pages);
  ADD ("/client/session/redirects", test_redirects);
  ADD ("/client/session/other-host", test_other_host);
  ADD ("/client/session/gzip", test_gzip);
  ADD ("/client/session/too-large", test_too_large);
  ADD ("/client/session/retry", test_retry);
  ADD ("/client/session/retry-gives-up", test_retry_gives_up);
  ADD ("/client/session/no-retry-unasked", test_no_retry_unasked);
  ADD ("/client/session/retry-after", test_retry_after);
  g_test_add ("/client/session/cancelled-at-every-step", ClientFixture, NULL, client_fixture_set_up,
              test_cancelled_at_every_step, client_fixture_tear_down);
  return g_test_run ();
}
