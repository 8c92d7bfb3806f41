/* SPDX-License-Identifier: MIT */
#include <locale.h>

#include "client-fixture.h"

#define TIMEOUT_MS 300

static GError *
provoke (ClientFixture *fixture, ClientRawFault fault)
{
  GError *error = NULL;
  g_autoptr (BitketSession) session = NULL;

  client_fixture_start_raw (fixture, fault);
  session = bitket_session_new (fixture->raw_url, &error);
  g_assert_no_error (error);
  g_assert_null (client_request (session, "/api/", BITKET_REQUEST_DEFAULT, TIMEOUT_MS, &error));
  g_assert_true (bitket_client_error_is_offline (error));
  return error;
}

static void
test_hang (ClientFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = provoke (fixture, CLIENT_RAW_HANG);

  g_assert_error (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_TIMEOUT);
}

/* Every byte would begin an idle time-out anew: the whole exchange has one. */
static void
test_trickle (ClientFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = provoke (fixture, CLIENT_RAW_TRICKLE);

  g_assert_error (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_TIMEOUT);
}

static void
test_reset (ClientFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = provoke (fixture, CLIENT_RAW_RESET);

  g_assert_error (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_UNREACHABLE);
}

static void
test_cut (ClientFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = provoke (fixture, CLIENT_RAW_CUT);

  g_assert_error (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_UNREACHABLE);
}

static void
test_not_http (ClientFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = provoke (fixture, CLIENT_RAW_NOT_HTTP);

  g_assert_error (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_NOT_BITKET);
}

static void
test_refused (ClientFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  /* The port was free a moment ago; nobody listens there any more. */
  soup_server_disconnect (fixture->server);
  g_assert_null (client_request (fixture->session, "/api/", BITKET_REQUEST_DEFAULT, 0, &error));
  g_assert_error (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_UNREACHABLE);
}

static void
test_unknown_host (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketSession) session = bitket_session_new ("https://bitket.invalid", &error);

  g_assert_no_error (error);
  g_assert_null (client_request (session, "/api/", BITKET_REQUEST_DEFAULT, 20000, &error));
  g_assert_true (bitket_client_error_is_offline (error));
}

static void
test_untrusted_certificate (ClientFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "client", "self-signed.pem", NULL);
  g_autoptr (GTlsCertificate) certificate = g_tls_certificate_new_from_file (path, &error);
  /* Stays until the program ends: libsoup 3.6 stumbles over a server that goes away while a failed
   * handshake is still being told to it. */
  static SoupServer *server;
  g_autoptr (BitketSession) session = NULL;
  g_autofree char *url = NULL;
  GSList *uris;

  g_assert_no_error (error);
  server = soup_server_new ("tls-certificate", certificate, NULL);
  soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_HTTPS | SOUP_SERVER_LISTEN_IPV4_ONLY,
                            &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (server);
  url = g_strdup_printf ("https://127.0.0.1:%d", g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  session = bitket_session_new (url, &error);
  g_assert_no_error (error);
  g_assert_null (client_request (session, "/api/", BITKET_REQUEST_DEFAULT, 0, &error));
  g_assert_error (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_TLS);
  g_assert_true (bitket_client_error_is_offline (error));
}

/* Cancelled before it began, and in the middle. */
static void
test_cancel (ClientFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketSession) session = NULL;

  client_fixture_start_raw (fixture, CLIENT_RAW_HANG);
  session = bitket_session_new (fixture->raw_url, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      g_autoptr (GAsyncResult) result = NULL;

      if (i == 0)
        g_cancellable_cancel (cancellable);
      bitket_session_request_async (session, "GET", "/api/", NULL, NULL, BITKET_REQUEST_RETRY, 0,
                                    cancellable, client_result_cb, &result);
      g_assert_null (result);
      while (i == 1 && fixture->n_requests == 0)
        g_main_context_iteration (NULL, TRUE);
      g_cancellable_cancel (cancellable);
      g_assert_null (bitket_session_request_finish (session, client_await (&result), &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      g_clear_error (&error);
    }
}

#define ADD(path, func)                                                                            \
  g_test_add (path, ClientFixture, NULL, client_fixture_set_up, func, client_fixture_tear_down)

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  g_test_init (&argc, &argv, NULL);
  ADD ("/client/faults/hang", test_hang);
  ADD ("/client/faults/trickle", test_trickle);
  ADD ("/client/faults/reset", test_reset);
  ADD ("/client/faults/cut", test_cut);
  ADD ("/client/faults/not-http", test_not_http);
  ADD ("/client/faults/refused", test_refused);
  ADD ("/client/faults/untrusted-certificate", test_untrusted_certificate);
  ADD ("/client/faults/cancel", test_cancel);
  g_test_add_func ("/client/faults/unknown-host", test_unknown_host);
  return g_test_run ();
}
