/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-exchange.h"

#include <string.h>

#include "bitket-runner.h"
#include "bitket-service-error.h"

/* A client that goes on sending after that much too much is cut off. */
#define BODY_CUT_LEN (16 * BITKET_BODY_MAX_LEN)
#define LEN_KEY      "bitket-body-len"

static gboolean
accepts_gzip (const char *header)
{
  g_auto (GStrv) codings = NULL;

  if (header == NULL)
    return FALSE;
  codings = g_strsplit (header, ",", 32);
  for (guint i = 0; codings[i] != NULL; i++)
    {
      g_auto (GStrv) parts = g_strsplit (codings[i], ";", 2);

      if (parts[0] == NULL || g_ascii_strcasecmp (g_strstrip (parts[0]), "gzip") != 0)
        continue;
      /* "gzip;q=0" means: anything but that. */
      return parts[1] == NULL ||
             g_ascii_strtod (strchr (parts[1], '=') == NULL ? "1" : strchr (parts[1], '=') + 1,
                             NULL) > 0;
    }
  return FALSE;
}

static char *
dup_header (SoupMessageHeaders *headers, const char *name)
{
  return g_strdup (soup_message_headers_get_one (headers, name));
}

static char *
make_base (SoupServerMessage *message, const char *scheme)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  const char *host = soup_message_headers_get_one (headers, "Host");
  const char *forwarded = soup_message_headers_get_one (headers, "X-Forwarded-Proto");
  GUri *uri = soup_server_message_get_uri (message);

  if (forwarded != NULL && g_ascii_strcasecmp (forwarded, "https") == 0)
    scheme = "https";
  if (host != NULL && *host != '\0' && g_utf8_validate (host, -1, NULL))
    return g_strdup_printf ("%s://%s", scheme, host);
  return g_strdup_printf ("%s://%s:%d", scheme, g_uri_get_host (uri), g_uri_get_port (uri));
}

static GHashTable *
read_query (const char *query)
{
  GHashTable *fields;
  GHashTableIter iter;
  gpointer name, value;

  if (query == NULL)
    return NULL;
  fields = soup_form_decode (query);
  g_hash_table_iter_init (&iter, fields);
  while (g_hash_table_iter_next (&iter, &name, &value))
    if (!g_utf8_validate (name, -1, NULL) || !g_utf8_validate (value, -1, NULL))
      g_hash_table_iter_remove (&iter);
  return fields;
}

static char *
read_remote (SoupServerMessage *message)
{
  const char *host = soup_server_message_get_remote_host (message);

  return g_strdup (host != NULL ? host : "");
}

BitketRequest *
bitket_exchange_read (SoupServerMessage *message, const BitketShared *shared, const char *scheme)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  GUri *uri = soup_server_message_get_uri (message);
  BitketRequest *request = bitket_request_new (shared);

  request->method_name = g_strdup (soup_server_message_get_method (message));
  request->method = bitket_method_from_string (request->method_name);
  request->path = g_strdup (g_uri_get_path (uri));
  request->raw_query = g_strdup (g_uri_get_query (uri));
  request->query = read_query (request->raw_query);
  request->base = make_base (message, scheme);
  request->remote = read_remote (message);
  request->authorization = dup_header (headers, "Authorization");
  request->accept = g_strdup (soup_message_headers_get_list (headers, "Accept"));
  request->content_type = dup_header (headers, "Content-Type");
  request->if_none_match = g_strdup (soup_message_headers_get_list (headers, "If-None-Match"));
  request->if_match = g_strdup (soup_message_headers_get_list (headers, "If-Match"));
  request->prefer = g_strdup (soup_message_headers_get_list (headers, "Prefer"));
  request->idempotency_key = dup_header (headers, "Idempotency-Key");
  request->stripe_signature = dup_header (headers, "Stripe-Signature");
  request->accepts_gzip = accepts_gzip (soup_message_headers_get_list (headers, "Accept-Encoding"));
  request->body = soup_message_body_flatten (soup_server_message_get_request_body (message));
  return request;
}

void
bitket_exchange_send (SoupServerMessage *message, BitketReply *reply)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);
  SoupMessageBody *body = soup_server_message_get_response_body (message);

  soup_server_message_set_status (message, reply->status, NULL);
  for (guint i = 0; i < reply->headers->len; i += 2)
    soup_message_headers_replace (headers, reply->headers->pdata[i], reply->headers->pdata[i + 1]);
  if (reply->content_type != NULL)
    soup_message_headers_replace (headers, "Content-Type", reply->content_type);
  if (reply->body != NULL)
    soup_message_body_append_bytes (body, reply->body);
  soup_message_body_complete (body);
}

static void
refuse_body (SoupServerMessage *message)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketReply) reply = NULL;
  BitketRequest request = { 0 };

  bitket_service_error_set (&error, BITKET_SERVICE_ERROR_TOO_LARGE);
  reply = bitket_reply_new_error (error);
  bitket_runner_finish (&request, reply);
  bitket_exchange_send (message, reply);
  soup_message_headers_replace (soup_server_message_get_response_headers (message), "Connection",
                                "close");
  soup_message_body_set_accumulate (soup_server_message_get_request_body (message), FALSE);
}

static void
got_chunk_cb (SoupServerMessage *message, GBytes *chunk, gpointer user_data)
{
  gsize *len = user_data;
  BitketConnection *connection;

  *len += g_bytes_get_size (chunk);
  if (*len > BITKET_BODY_MAX_LEN && soup_server_message_get_status (message) == 0)
    refuse_body (message);
  if (*len <= BODY_CUT_LEN)
    return;
  connection = bitket_connection_find (soup_server_message_get_remote_address (message));
  if (connection != NULL)
    bitket_connection_cut (connection);
}

void
bitket_exchange_limit_body (SoupServerMessage *message)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  gsize *len = g_new0 (gsize, 1);

  if (soup_message_headers_get_encoding (headers) == SOUP_ENCODING_CONTENT_LENGTH &&
      soup_message_headers_get_content_length (headers) > BITKET_BODY_MAX_LEN)
    refuse_body (message);
  g_object_set_data_full (G_OBJECT (message), LEN_KEY, len, g_free);
  g_signal_connect (message, "got-chunk", G_CALLBACK (got_chunk_cb), len);
}
