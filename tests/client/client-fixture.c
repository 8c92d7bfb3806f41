/* SPDX-License-Identifier: MIT */
#include "client-fixture.h"

#include <string.h>

#define GUARD_S 30

static gboolean
guard_cb (gpointer user_data)
{
  g_test_message ("nothing happened within %d s", GUARD_S);
  g_assert_not_reached ();
  return G_SOURCE_REMOVE;
}

GAsyncResult *
client_await (GAsyncResult **result)
{
  guint guard = g_timeout_add_seconds (GUARD_S, guard_cb, NULL);

  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (guard);
  return *result;
}

void
client_await_true (gboolean (*condition) (gpointer data), gpointer data)
{
  guint guard = g_timeout_add_seconds (GUARD_S, guard_cb, NULL);

  while (!condition (data))
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (guard);
}

void
client_result_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GAsyncResult **kept = user_data;

  g_assert_null (*kept);
  *kept = g_object_ref (result);
}

BitketResponse *
client_request (BitketSession *session,
                const char *path,
                BitketRequestFlags flags,
                guint timeout_ms,
                GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  bitket_session_request_async (session, "GET", path, NULL, NULL, flags, timeout_ms, NULL,
                                client_result_cb, &result);
  return bitket_session_request_finish (session, client_await (&result), error);
}

static void
keep_header (SoupServerMessage *message, const char *name, char **value)
{
  g_free (*value);
  *value = g_strdup (
      soup_message_headers_get_one (soup_server_message_get_request_headers (message), name));
}

static void
answer_gzipped (SoupServerMessage *message, ClientFixture *fixture)
{
  g_autoptr (GConverter) packer =
      G_CONVERTER (g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, 6));
  g_autoptr (GOutputStream) memory = g_memory_output_stream_new_resizable ();
  g_autoptr (GOutputStream) output = g_converter_output_stream_new (memory, packer);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = NULL;

  g_output_stream_write_all (output, fixture->body, strlen (fixture->body), NULL, NULL, &error);
  g_assert_no_error (error);
  g_output_stream_close (output, NULL, &error);
  g_assert_no_error (error);
  bytes = g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (memory));
  soup_message_headers_replace (soup_server_message_get_response_headers (message),
                                "Content-Encoding", "gzip");
  soup_server_message_set_response (message, fixture->content_type, SOUP_MEMORY_COPY,
                                    g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}

static void
answer_cb (SoupServer *server,
           SoupServerMessage *message,
           const char *path,
           GHashTable *query,
           gpointer user_data)
{
  ClientFixture *fixture = user_data;
  SoupMessageBody *body = soup_server_message_get_request_body (message);
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);

  fixture->n_requests++;
  keep_header (message, "Authorization", &fixture->authorization);
  keep_header (message, "If-Match", &fixture->if_match);
  g_free (fixture->request_body);
  fixture->request_body = g_strndup (body->data ? body->data : "", (gsize) body->length);
  if (fixture->n_failures > 0)
    {
      fixture->n_failures--;
      soup_server_message_set_status (message, 502, NULL);
      return;
    }
  soup_server_message_set_status (message, fixture->status, NULL);
  if (fixture->header_name != NULL)
    soup_message_headers_replace (headers, fixture->header_name, fixture->header_value);
  if (fixture->is_gzipped)
    answer_gzipped (message, fixture);
  else if (fixture->body != NULL)
    soup_server_message_set_response (message, fixture->content_type, SOUP_MEMORY_COPY,
                                      fixture->body, strlen (fixture->body));
}

void
client_fixture_set_up (ClientFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoslist (GUri) uris = NULL;

  fixture->kept = g_ptr_array_new_with_free_func (g_object_unref);
  fixture->server = soup_server_new (NULL, NULL);
  soup_server_add_handler (fixture->server, NULL, answer_cb, fixture, NULL);
  soup_server_listen_local (fixture->server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (fixture->server);
  fixture->base_url = g_strdup_printf ("http://127.0.0.1:%d", g_uri_get_port (uris->data));
  fixture->session = bitket_session_new (fixture->base_url, &error);
  g_assert_no_error (error);
  fixture->status = 200;
  fixture->content_type = "application/json";
  fixture->body = "{}";
}

void
client_fixture_tear_down (ClientFixture *fixture, gconstpointer data)
{
  g_assert_finalize_object (g_steal_pointer (&fixture->session));
  if (fixture->raw != NULL)
    g_socket_service_stop (fixture->raw);
  g_clear_object (&fixture->raw);
  g_clear_pointer (&fixture->kept, g_ptr_array_unref);
  soup_server_disconnect (fixture->server);
  g_clear_object (&fixture->server);
  g_clear_pointer (&fixture->base_url, g_free);
  g_clear_pointer (&fixture->raw_url, g_free);
  g_clear_pointer (&fixture->authorization, g_free);
  g_clear_pointer (&fixture->if_match, g_free);
  g_clear_pointer (&fixture->request_body, g_free);
}

static gboolean
trickle_cb (gpointer user_data)
{
  GSocketConnection *connection = user_data;
  GOutputStream *output = g_io_stream_get_output_stream (G_IO_STREAM (connection));

  return g_output_stream_write (output, " ", 1, NULL, NULL) == 1;
}

static void
write_text (GSocketConnection *connection, const char *text)
{
  GOutputStream *output = g_io_stream_get_output_stream (G_IO_STREAM (connection));

  g_assert_true (g_output_stream_write_all (output, text, strlen (text), NULL, NULL, NULL));
}

static gboolean
incoming_cb (GSocketService *service,
             GSocketConnection *connection,
             GObject *source_object,
             gpointer user_data)
{
  ClientRawFault fault = GPOINTER_TO_INT (user_data);
  ClientFixture *fixture = g_object_get_data (G_OBJECT (service), "fixture");
  static const char *const head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                                  "Content-Length: 1000000\r\n\r\n{";

  fixture->n_requests++;
  switch (fault)
    {
    case CLIENT_RAW_HANG:
      g_ptr_array_add (fixture->kept, g_object_ref (connection));
      break;
    case CLIENT_RAW_RESET:
      g_io_stream_close (G_IO_STREAM (connection), NULL, NULL);
      break;
    case CLIENT_RAW_CUT:
      write_text (connection, head);
      g_socket_shutdown (g_socket_connection_get_socket (connection), FALSE, TRUE, NULL);
      g_ptr_array_add (fixture->kept, g_object_ref (connection));
      break;
    case CLIENT_RAW_TRICKLE:
      write_text (connection, head);
      g_timeout_add_full (G_PRIORITY_DEFAULT, 20, trickle_cb, g_object_ref (connection),
                          g_object_unref);
      break;
    case CLIENT_RAW_NOT_HTTP:
      write_text (connection, "220 mail.example.org ESMTP\r\n");
      g_socket_shutdown (g_socket_connection_get_socket (connection), FALSE, TRUE, NULL);
      g_ptr_array_add (fixture->kept, g_object_ref (connection));
      break;
    }
  return TRUE;
}

void
client_fixture_start_raw (ClientFixture *fixture, ClientRawFault fault)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr (GSocketAddress) bound = NULL;

  fixture->raw = g_socket_service_new ();
  g_socket_listener_add_address (G_SOCKET_LISTENER (fixture->raw), address, G_SOCKET_TYPE_STREAM,
                                 G_SOCKET_PROTOCOL_TCP, NULL, &bound, &error);
  g_assert_no_error (error);
  g_object_set_data (G_OBJECT (fixture->raw), "fixture", fixture);
  g_signal_connect (fixture->raw, "incoming", G_CALLBACK (incoming_cb), GINT_TO_POINTER (fault));
  fixture->raw_url = g_strdup_printf (
      "http://127.0.0.1:%u", g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound)));
}
