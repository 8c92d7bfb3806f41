/* SPDX-License-Identifier: MIT */
#include <locale.h>
#include <string.h>

#include "bitket-stream-private.h"
#include "client-fixture.h"

typedef struct
{
  ClientFixture client;
  BitketStream *stream;   /* (owned) */
  GPtrArray *connections; /* (owned) of SoupWebsocketConnection: all there have been */
  GPtrArray *messages;    /* (owned) of char *: "type" of what the stream told */
  guint n_connected;
  guint n_disconnected;
  guint n_wanted;
} StreamFixture;

static void
websocket_cb (SoupServer *server,
              SoupServerMessage *message,
              const char *path,
              SoupWebsocketConnection *connection,
              gpointer user_data)
{
  StreamFixture *fixture = user_data;

  g_ptr_array_add (fixture->connections, g_object_ref (connection));
}

static void
message_cb (BitketStream *stream, JsonNode *node, gpointer user_data)
{
  StreamFixture *fixture = user_data;
  JsonObject *object = json_node_get_object (node);

  g_ptr_array_add (fixture->messages, g_strdup (json_object_get_string_member (object, "type")));
}

static void
connected_cb (BitketStream *stream, GParamSpec *pspec, gpointer user_data)
{
  StreamFixture *fixture = user_data;

  if (bitket_stream_is_connected (stream))
    fixture->n_connected++;
  else
    fixture->n_disconnected++;
}

static void
set_up (StreamFixture *fixture, gconstpointer data)
{
  client_fixture_set_up (&fixture->client, NULL);
  fixture->connections = g_ptr_array_new_with_free_func (g_object_unref);
  fixture->messages = g_ptr_array_new_with_free_func (g_free);
  soup_server_add_websocket_handler (fixture->client.server, "/stream", NULL, NULL, websocket_cb,
                                     fixture, NULL);
  bitket_session_set_credential (fixture->client.session, BITKET_CREDENTIAL_DOOR, "secret");
  fixture->stream = bitket_stream_new (fixture->client.session, "/stream");
  bitket_stream_set_timing (fixture->stream, 20000, 20, 100);
  g_signal_connect (fixture->stream, "message", G_CALLBACK (message_cb), fixture);
  g_signal_connect (fixture->stream, "notify::connected", G_CALLBACK (connected_cb), fixture);
}

static gboolean
is_alone (gpointer data)
{
  StreamFixture *fixture = data;

  return G_OBJECT (fixture->stream)->ref_count == 1;
}

static void
tear_down (StreamFixture *fixture, gconstpointer data)
{
  bitket_stream_stop (fixture->stream);
  client_await_true (is_alone, fixture);
  g_assert_finalize_object (g_steal_pointer (&fixture->stream));
  g_clear_pointer (&fixture->connections, g_ptr_array_unref);
  g_clear_pointer (&fixture->messages, g_ptr_array_unref);
  client_fixture_tear_down (&fixture->client, NULL);
}

static gboolean
has_connected (gpointer data)
{
  StreamFixture *fixture = data;

  return fixture->n_connected >= fixture->n_wanted &&
         fixture->connections->len >= fixture->n_wanted;
}

static SoupWebsocketConnection *
await_connection (StreamFixture *fixture, guint n_wanted)
{
  fixture->n_wanted = n_wanted;
  client_await_true (has_connected, fixture);
  return g_ptr_array_index (fixture->connections, fixture->connections->len - 1);
}

static gboolean
has_messages (gpointer data)
{
  StreamFixture *fixture = data;

  return fixture->messages->len >= fixture->n_wanted;
}

static void
test_messages (StreamFixture *fixture, gconstpointer data)
{
  static const char *const texts[] = {
    "no json", "[]", "7", "{\"type\":\"entry\"", "{\"type\":\"entry\"}", "", "{\"type\":\"counts\"}"
  };
  SoupWebsocketConnection *connection;

  bitket_stream_start (fixture->stream);
  bitket_stream_start (fixture->stream);
  connection = await_connection (fixture, 1);
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    soup_websocket_connection_send_text (connection, texts[i]);
  soup_websocket_connection_send_binary (connection, "{}", 2);
  fixture->n_wanted = 2;
  client_await_true (has_messages, fixture);
  g_assert_cmpstr (g_ptr_array_index (fixture->messages, 0), ==, "entry");
  g_assert_cmpstr (g_ptr_array_index (fixture->messages, 1), ==, "counts");
  g_assert_cmpuint (fixture->connections->len, ==, 1);
}

/* The server closes it, three times over: it is back each time, and tells so. */
static void
test_comes_back (StreamFixture *fixture, gconstpointer data)
{
  bitket_stream_start (fixture->stream);
  for (guint i = 1; i <= 3; i++)
    {
      SoupWebsocketConnection *connection = await_connection (fixture, i);

      g_assert_cmpuint (fixture->n_disconnected, ==, i - 1);
      soup_websocket_connection_close (connection, SOUP_WEBSOCKET_CLOSE_GOING_AWAY, NULL);
    }
  await_connection (fixture, 4);
  g_assert_true (bitket_stream_is_connected (fixture->stream));
}

/* Cut below the WebSocket, without a goodbye. */
static void
test_cut (StreamFixture *fixture, gconstpointer data)
{
  SoupWebsocketConnection *connection;

  bitket_stream_start (fixture->stream);
  connection = await_connection (fixture, 1);
  g_io_stream_close (soup_websocket_connection_get_io_stream (connection), NULL, NULL);
  await_connection (fixture, 2);
}

/* Nothing is heard, nothing is closed: it counts as gone. */
static void
test_silence (StreamFixture *fixture, gconstpointer data)
{
  bitket_stream_set_timing (fixture->stream, 200, 20, 100);
  bitket_stream_start (fixture->stream);
  await_connection (fixture, 2);
  g_assert_cmpuint (fixture->n_disconnected, >=, 1);
}

static void
drop_cb (StreamFixture *fixture)
{
  SoupWebsocketConnection *connection = await_connection (fixture, 1);

  soup_websocket_connection_close (connection, SOUP_WEBSOCKET_CLOSE_GOING_AWAY, NULL);
}

static gboolean
is_disconnected (gpointer data)
{
  StreamFixture *fixture = data;

  return fixture->n_disconnected > 0;
}

/* With a wait of ten minutes before the next try, only retry_now() brings it back. */
static void
test_retry_now (StreamFixture *fixture, gconstpointer data)
{
  bitket_stream_set_timing (fixture->stream, 20000, 600000, 600000);
  bitket_stream_start (fixture->stream);
  drop_cb (fixture);
  client_await_true (is_disconnected, fixture);
  g_assert_false (bitket_stream_is_connected (fixture->stream));
  bitket_stream_retry_now (fixture->stream);
  await_connection (fixture, 2);
  bitket_stream_retry_now (fixture->stream);
  g_assert_true (bitket_stream_is_connected (fixture->stream));
}

static void
test_stop (StreamFixture *fixture, gconstpointer data)
{
  bitket_stream_start (fixture->stream);
  await_connection (fixture, 1);
  bitket_stream_stop (fixture->stream);
  g_assert_false (bitket_stream_is_connected (fixture->stream));
  bitket_stream_stop (fixture->stream);
  /* While the attempt is under way. */
  bitket_stream_start (fixture->stream);
  bitket_stream_stop (fixture->stream);
  client_await_true (is_alone, fixture);
  g_assert_cmpuint (fixture->n_connected, ==, 1);
  bitket_stream_start (fixture->stream);
  await_connection (fixture, 2);
}

#define ADD(path, func) g_test_add (path, StreamFixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  g_test_init (&argc, &argv, NULL);
  ADD ("/client/stream/messages", test_messages);
  ADD ("/client/stream/comes-back", test_comes_back);
  ADD ("/client/stream/cut", test_cut);
  ADD ("/client/stream/silence", test_silence);
  ADD ("/client/stream/retry-now", test_retry_now);
  ADD ("/client/stream/stop", test_stop);
  return g_test_run ();
}
