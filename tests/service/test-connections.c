/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

/* Connections that are silent, slow, gone or too many, against a real bitketd with short limits. */

#include <string.h>

#include "bitketd-fixture.h"

#define STREAM_PATH "/api/events/" WORLD_EVENT "/stream/"
#define LONG_S      60

/* A client that says what it wants, when it wants. */
typedef struct
{
  GSocketConnection *connection; /* (owned) */
  GString *answer;               /* (owned) */
  gboolean is_closed;
} Raw;

static void
raw_clear (Raw *raw)
{
  g_clear_object (&raw->connection);
  if (raw->answer != NULL)
    g_string_free (raw->answer, TRUE);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Raw, raw_clear)

static void
raw_open (Raw *raw, Bitketd *bitketd)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GError) error = NULL;

  raw->connection =
      g_socket_client_connect_to_host (client, bitketd->url + strlen ("http://"), 80, NULL, &error);
  g_assert_no_error (error);
  g_socket_set_blocking (g_socket_connection_get_socket (raw->connection), FALSE);
  raw->answer = g_string_new (NULL);
}

/* Returns: %FALSE when the other side has closed it */
static gboolean
raw_send (Raw *raw, const char *text)
{
  return g_socket_send (g_socket_connection_get_socket (raw->connection), text, strlen (text), NULL,
                        NULL) == (gssize) strlen (text);
}

/* Reads what there is. */
static gboolean
raw_is_closed (gpointer data)
{
  Raw *raw = data;
  char buffer[4096];
  gssize n;

  while (!raw->is_closed)
    {
      g_autoptr (GError) error = NULL;

      n = g_socket_receive (g_socket_connection_get_socket (raw->connection), buffer, sizeof buffer,
                            NULL, &error);
      if (n > 0)
        g_string_append_len (raw->answer, buffer, n);
      else if (n < 0 && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
        return FALSE;
      else
        raw->is_closed = TRUE;
    }
  return TRUE;
}

static gboolean
is_hung_up (gpointer data)
{
  return (g_socket_condition_check (g_socket_connection_get_socket (((Raw *) data)->connection),
                                    G_IO_HUP) &
          G_IO_HUP) != 0;
}

static gboolean
raw_is_answered (gpointer data)
{
  raw_is_closed (data);
  return strstr (((Raw *) data)->answer->str, "\r\n\r\n") != NULL;
}

static void
start_with (Bitketd *bitketd, const char *http)
{
  g_autofree char *text = g_strconcat ("[http]\n", http, NULL);

  bitketd_configure (bitketd, text);
}

static void
assert_alive (Bitketd *bitketd)
{
  g_autoptr (Answer) alive = bitketd_ask (bitketd, "GET", "/healthz", NULL, NULL);

  g_assert_cmpuint (alive->status, ==, 200);
}

/* Nothing said, half a head said, and half a head of the second request. */
static void
test_heads (Bitketd *bitketd)
{
  static const char *const texts[] = {
    "",
    "G",
    "GET /healthz HTTP/1.1\r\nHost: x\r\n",
  };

  start_with (bitketd, "header-timeout = 1\n");
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_auto (Raw) raw = { 0 };

      raw_open (&raw, bitketd);
      g_assert_true (raw_send (&raw, texts[i]));
      g_assert_true (bitket_test_wait_until (raw_is_closed, &raw, LONG_S));
    }
  assert_alive (bitketd);
}

/* Who is answered is done. */
static void
test_closed (Bitketd *bitketd)
{
  g_auto (Raw) raw = { 0 };

  raw_open (&raw, bitketd);
  g_assert_true (raw_send (&raw, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"));
  g_assert_true (bitket_test_wait_until (raw_is_closed, &raw, LONG_S));
  g_assert_true (g_str_has_prefix (raw.answer->str, "HTTP/1.1 200"));
  g_assert_nonnull (strstr (raw.answer->str, "Connection: close\r\n"));
}

/* A byte now and then keeps nothing open. */
static gboolean
drip (gpointer data)
{
  raw_send (data, "x");
  return raw_is_closed (data);
}

static void
test_slow_body (Bitketd *bitketd)
{
  g_auto (Raw) raw = { 0 };

  start_with (bitketd, "slow-timeout = 1\nmin-rate = 100000\n");
  raw_open (&raw, bitketd);
  g_assert_true (raw_send (&raw, "POST /api/doors/pair/ HTTP/1.1\r\nHost: x\r\n"
                                 "Content-Type: application/json\r\nContent-Length: 900000\r\n\r\n"
                                 "{"));
  g_assert_true (bitket_test_wait_until (drip, &raw, LONG_S));
  assert_alive (bitketd);
}

/* More than the buffers of the kernel hold. */
static void
make_a_long_list (Bitketd *bitketd)
{
  g_autoptr (BitketDb) db = bitketd_open_db (bitketd);
  g_autofree char *address = g_strnfill (20 * 1024 * 1024, 'x');
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketStatement) statement =
      bitket_db_prepare (db, "UPDATE organizations SET address = $1 WHERE id = $2", &error);

  g_assert_no_error (error);
  bitket_statement_bind_text (statement, 1, address);
  bitket_statement_bind_text (statement, 2, WORLD_ORG);
  g_assert_true (bitket_statement_run (statement, &error));
}

/* One who asks for much and takes nothing. */
static void
test_slow_reader (Bitketd *bitketd)
{
  g_auto (Raw) raw = { 0 };

  start_with (bitketd, "slow-timeout = 1\nmin-rate = 100000\n");
  make_a_long_list (bitketd);
  raw_open (&raw, bitketd);
  g_assert_true (raw_send (&raw, "GET /api/organizations/ HTTP/1.1\r\nHost: x\r\n\r\n"));
  /* It is the service that ends it, before anything was read here. */
  g_assert_true (bitket_test_wait_until (is_hung_up, &raw, LONG_S));
  raw_is_closed (&raw);
  g_assert_true (g_str_has_prefix (raw.answer->str, "HTTP/1.1 200"));
  g_assert_null (strstr (raw.answer->str, "}]"));
  assert_alive (bitketd);
}

/* A listener whose program hangs: its kernel still takes everything, but nobody answers pings. */
static void
test_dead_stream (Bitketd *bitketd)
{
  g_auto (Raw) raw = { 0 };

  start_with (bitketd, "ping-interval = 1\nheader-timeout = 3600\n");
  raw_open (&raw, bitketd);
  g_assert_true (raw_send (&raw, "GET " STREAM_PATH " HTTP/1.1\r\nHost: x\r\n"
                                 "Authorization: " WORLD_STAFF "\r\nConnection: Upgrade\r\n"
                                 "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                                 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"));
  g_assert_true (bitket_test_wait_until (raw_is_answered, &raw, LONG_S));
  g_assert_true (g_str_has_prefix (raw.answer->str, "HTTP/1.1 101"));
  g_assert_true (bitket_test_wait_until (raw_is_closed, &raw, LONG_S));
}

static void
stream_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  SoupWebsocketConnection **stream = user_data;

  *stream = soup_session_websocket_connect_finish (SOUP_SESSION (source), result, NULL);
}

/* One whose program lives stays, over more pings than a dead one is given. */
static void
count_cb (SoupWebsocketConnection *stream, GBytes *payload, gpointer user_data)
{
  ++*(guint *) user_data;
}

static gboolean
has_four (gpointer data)
{
  return *(guint *) data >= 4;
}

static void
test_living_stream (Bitketd *bitketd)
{
  g_autoptr (SoupMessage) message = NULL;
  g_autoptr (SoupWebsocketConnection) stream = NULL;
  g_autofree char *url = NULL;
  guint n_pongs = 0;

  start_with (bitketd, "ping-interval = 1\nheader-timeout = 1\n");
  url = g_strconcat ("ws", bitketd->url + strlen ("http"), STREAM_PATH, NULL);
  message = soup_message_new ("GET", url);
  soup_message_headers_replace (soup_message_get_request_headers (message), "Authorization",
                                WORLD_STAFF);
  soup_session_websocket_connect_async (bitketd->session, message, NULL, NULL, G_PRIORITY_DEFAULT,
                                        NULL, stream_cb, &stream);
  bitket_test_wait_for_pointer ((gpointer *) &stream);
  soup_websocket_connection_set_keepalive_interval (stream, 1);
  g_signal_connect (stream, "pong", G_CALLBACK (count_cb), &n_pongs);
  g_assert_true (bitket_test_wait_until (has_four, &n_pongs, LONG_S));
  g_assert_cmpint (soup_websocket_connection_get_state (stream), ==, SOUP_WEBSOCKET_STATE_OPEN);
}

/* Who goes makes room. */
static gboolean
has_room (gpointer data)
{
  g_autoptr (Answer) answer = bitketd_ask (data, "GET", "/healthz", NULL, NULL);

  return answer->status == 200;
}

static void
test_too_many (Bitketd *bitketd)
{
  Raw raws[8] = { 0 };
  g_auto (Raw) late = { 0 };

  start_with (bitketd, "max-connections = 8\n");
  for (gsize i = 0; i < G_N_ELEMENTS (raws); i++)
    {
      raw_open (&raws[i], bitketd);
      g_assert_true (raw_send (&raws[i], "GET"));
    }
  raw_open (&late, bitketd);
  g_assert_true (raw_send (&late, "GET /api/events/ HTTP/1.1\r\nHost: x\r\n\r\n"));
  g_assert_true (bitket_test_wait_until (raw_is_closed, &late, LONG_S));
  g_assert_true (g_str_has_prefix (late.answer->str, "HTTP/1.1 503"));
  g_assert_nonnull (strstr (late.answer->str, "Retry-After: 5\r\n"));
  g_assert_nonnull (strstr (late.answer->str, "{\"detail\":"));
  for (gsize i = 0; i < G_N_ELEMENTS (raws); i++)
    raw_clear (&raws[i]);
  g_assert_true (bitket_test_wait_until (has_room, bitketd, LONG_S));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  bitketd_test_add ("service/connections/heads", test_heads);
  bitketd_test_add ("service/connections/closed", test_closed);
  bitketd_test_add ("service/connections/slow-body", test_slow_body);
  bitketd_test_add ("service/connections/slow-reader", test_slow_reader);
  bitketd_test_add ("service/connections/dead-stream", test_dead_stream);
  bitketd_test_add ("service/connections/living-stream", test_living_stream);
  bitketd_test_add ("service/connections/too-many", test_too_many);
  return g_test_run ();
}
