/* SPDX-License-Identifier: MIT */
#include <locale.h>
#include <string.h>

#include "client-fixture.h"

/* A token with "exp" in @seconds from now, as JSON's base64url; nobody checks its signature here.
 */
static char *
make_jwt (gint64 seconds)
{
  gint64 exp = g_get_real_time () / G_USEC_PER_SEC + seconds;
  g_autofree char *payload =
      g_strdup_printf ("{\"exp\":%" G_GINT64_FORMAT ",\"name\":\"~~>>~~?\"}", exp);
  g_autofree char *text = g_base64_encode ((const guchar *) payload, strlen (payload));

  for (char *c = text; *c != '\0'; c++)
    *c = *c == '+' ? '-' : *c == '/' ? '_' : *c;
  text[strcspn (text, "=")] = '\0';
  return g_strdup_printf ("eyJhbGciOiJIUzUxMiJ9.%s.c2ln", text);
}

static gboolean
sign_in (ClientFixture *fixture, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  bitket_session_sign_in_async (fixture->session, "astrid@example.org", "räk\"smörgås\\\n", NULL,
                                client_result_cb, &result);
  return bitket_session_sign_in_finish (fixture->session, client_await (&result), error);
}

static void
count_cb (GObject *object, GParamSpec *pspec, gpointer user_data)
{
  guint *n = user_data;

  (*n)++;
}

static void
test_sign_in (ClientFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketResponse) response = NULL;
  g_autofree char *jwt = make_jwt (3600);
  g_autofree char *body = g_strdup_printf ("{\"token\":\"%s\"}", jwt);
  g_autofree char *header = g_strdup_printf ("JWT %s", jwt);
  guint n_notified = 0;

  g_signal_connect (fixture->session, "notify::signed-in", G_CALLBACK (count_cb), &n_notified);
  fixture->body = body;
  g_assert_true (sign_in (fixture, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (fixture->request_body, ==,
                   "{\"provider\":\"password\",\"email\":\"astrid@example.org\","
                   "\"password\":\"räk\\\"smörgås\\\\\\u000a\"}");
  g_assert_null (fixture->authorization);
  g_assert_true (bitket_session_is_signed_in (fixture->session));
  response = client_request (fixture->session, "/api/", BITKET_REQUEST_DEFAULT, 0, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (fixture->authorization, ==, header);
  bitket_session_sign_out (fixture->session);
  g_assert_false (bitket_session_is_signed_in (fixture->session));
  g_assert_cmpuint (n_notified, ==, 2);
}

static void
test_sign_in_refused (ClientFixture *fixture, gconstpointer data)
{
  static const struct
  {
    guint status;
    const char *body;
    BitketClientError code;
  } cases[] = {
    { 400, NULL, BITKET_CLIENT_ERROR_NOT_BITKET },
    { 400, "{\"non_field_errors\":[\"wrong\"]}", BITKET_CLIENT_ERROR_INVALID },
    { 401, "{\"detail\":\"x\"}", BITKET_CLIENT_ERROR_UNAUTHORIZED },
    { 429, "{\"detail\":\"x\"}", BITKET_CLIENT_ERROR_BUSY },
    { 200, "{}", BITKET_CLIENT_ERROR_ANSWER },
    { 200, "{\"token\":7}", BITKET_CLIENT_ERROR_ANSWER },
    { 200, "[]", BITKET_CLIENT_ERROR_ANSWER },
    { 200, NULL, BITKET_CLIENT_ERROR_ANSWER },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_test_message ("case %u", i);
      fixture->status = cases[i].status;
      fixture->body = cases[i].body;
      g_assert_false (sign_in (fixture, &error));
      g_assert_error (error, BITKET_CLIENT_ERROR, (gint) cases[i].code);
      g_assert_false (bitket_session_is_signed_in (fixture->session));
      g_assert_null (strstr (error->message, "räk"));
    }
}

static void
test_sign_in_cancelled (ClientFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  bitket_session_sign_in_async (fixture->session, "a@example.org", "b", cancellable,
                                client_result_cb, &result);
  g_cancellable_cancel (cancellable);
  g_assert_false (bitket_session_sign_in_finish (fixture->session, client_await (&result), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* A service of its own kind: counts refreshes, answers everything else with {}. */
typedef struct
{
  guint n_refreshes;
  guint n_others;
  guint status;
  char *token; /* (owned) */
} RefreshServer;

static void
refresh_server_cb (SoupServer *server,
                   SoupServerMessage *message,
                   const char *path,
                   GHashTable *query,
                   gpointer user_data)
{
  RefreshServer *state = user_data;
  g_autofree char *body = NULL;

  if (g_str_equal (path, "/api/auth-token/refresh/"))
    {
      state->n_refreshes++;
      soup_server_message_set_status (message, state->status, NULL);
      body = state->status == 200 ? g_strdup_printf ("{\"token\":\"%s\"}", state->token)
                                  : g_strdup ("{\"non_field_errors\":[\"Refresh has expired.\"]}");
    }
  else
    {
      state->n_others++;
      soup_server_message_set_status (message, 200, NULL);
      body = g_strdup ("{}");
    }
  soup_server_message_set_response (message, "application/json", SOUP_MEMORY_COPY, body,
                                    strlen (body));
}

static void
start_refresh_server (ClientFixture *fixture, RefreshServer *state, guint status)
{
  g_autofree char *old_token = make_jwt (60);

  state->status = status;
  state->token = make_jwt (3600);
  soup_server_add_handler (fixture->server, "/api", refresh_server_cb, state, NULL);
  bitket_session_set_credential (fixture->session, BITKET_CREDENTIAL_JWT, old_token);
}

/* Five requests at once with a token that ends in a minute: one refresh, and all of them go. */
static void
test_refresh_once (ClientFixture *fixture, gconstpointer data)
{
  RefreshServer state = { 0 };
  GAsyncResult *results[5] = { NULL };

  start_refresh_server (fixture, &state, 200);
  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    bitket_session_request_async (fixture->session, "GET", "/api/events/", NULL, NULL,
                                  BITKET_REQUEST_DEFAULT, 0, NULL, client_result_cb, &results[i]);
  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GAsyncResult) result = client_await (&results[i]);
      g_autoptr (BitketResponse) response =
          bitket_session_request_finish (fixture->session, result, &error);

      g_assert_no_error (error);
    }
  g_assert_cmpuint (state.n_refreshes, ==, 1);
  g_assert_cmpuint (state.n_others, ==, 5);
  g_free (state.token);
}

static void
test_refresh_refused (ClientFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  RefreshServer state = { 0 };

  start_refresh_server (fixture, &state, 400);
  g_assert_null (client_request (fixture->session, "/api/", BITKET_REQUEST_DEFAULT, 0, &error));
  g_assert_error (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_UNAUTHORIZED);
  g_assert_false (bitket_session_is_signed_in (fixture->session));
  g_assert_cmpuint (state.n_others, ==, 0);
  g_free (state.token);
}

/* The refresh fails for another reason: the old token is still good, so the request goes. */
static void
test_refresh_broken (ClientFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketResponse) response = NULL;
  RefreshServer state = { 0 };

  start_refresh_server (fixture, &state, 500);
  response = client_request (fixture->session, "/api/", BITKET_REQUEST_DEFAULT, 0, &error);
  g_assert_no_error (error);
  g_assert_true (bitket_session_is_signed_in (fixture->session));
  g_assert_cmpuint (state.n_others, ==, 1);
  g_free (state.token);
}

static void
test_refresh_cancelled (ClientFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) cancelled = NULL;
  g_autoptr (GAsyncResult) other = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (BitketResponse) response = NULL;
  RefreshServer state = { 0 };

  start_refresh_server (fixture, &state, 200);
  bitket_session_request_async (fixture->session, "GET", "/api/", NULL, NULL,
                                BITKET_REQUEST_DEFAULT, 0, cancellable, client_result_cb,
                                &cancelled);
  bitket_session_request_async (fixture->session, "GET", "/api/", NULL, NULL,
                                BITKET_REQUEST_DEFAULT, 0, NULL, client_result_cb, &other);
  g_cancellable_cancel (cancellable);
  g_assert_null (
      bitket_session_request_finish (fixture->session, client_await (&cancelled), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  response = bitket_session_request_finish (fixture->session, client_await (&other), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (state.n_refreshes, ==, 1);
  g_assert_cmpuint (state.n_others, ==, 1);
  g_free (state.token);
}

#define ADD(path, func)                                                                            \
  g_test_add (path, ClientFixture, NULL, client_fixture_set_up, func, client_fixture_tear_down)

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  g_test_init (&argc, &argv, NULL);
  ADD ("/client/auth/sign-in", test_sign_in);
  ADD ("/client/auth/sign-in-refused", test_sign_in_refused);
  ADD ("/client/auth/sign-in-cancelled", test_sign_in_cancelled);
  ADD ("/client/auth/refresh-once", test_refresh_once);
  ADD ("/client/auth/refresh-refused", test_refresh_refused);
  ADD ("/client/auth/refresh-broken", test_refresh_broken);
  ADD ("/client/auth/refresh-cancelled", test_refresh_cancelled);
  return g_test_run ();
}
