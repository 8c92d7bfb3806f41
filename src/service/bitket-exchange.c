/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-exchange.h"

#include <string.h>

#include "bitket-cors.h"
#include "bitket-request-log.h"
#include "bitket-runner.h"
#include "bitket-service-error.h"

/* A client that goes on sending after that much too much is cut off. */
#define BODY_CUT_LEN (16 * BITKET_BODY_MAX_LEN)
#define LEN_KEY      "bitket-body-len"
#define NAME_KEY     "bitket-request-name"
#define SHARED_KEY   "bitket-shared"
/* A year, as browsers want it. */
#define STRICT_TRANSPORT "max-age=31536000"

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

/* By TLS to us, or to a proxy in front of us. */
static gboolean
is_secure (SoupMessageHeaders *headers, const char *scheme)
{
  const char *forwarded = soup_message_headers_get_one (headers, "X-Forwarded-Proto");

  return strcmp (scheme, "https") == 0 ||
         (forwarded != NULL && g_ascii_strcasecmp (forwarded, "https") == 0);
}

static char *
make_base (SoupServerMessage *message, const char *scheme)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  const char *host = soup_message_headers_get_one (headers, "Host");
  GUri *uri = soup_server_message_get_uri (message);

  if (is_secure (headers, scheme))
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

/* A proxy on this machine says whom it speaks for; its word is the last of the list. From anywhere
 * else that header is only somebody's word. */
static char *
read_remote (SoupServerMessage *message)
{
  GSocketAddress *address = soup_server_message_get_remote_address (message);
  const char *host = soup_server_message_get_remote_host (message);
  const char *forwarded = soup_message_headers_get_list (
      soup_server_message_get_request_headers (message), "X-Forwarded-For");
  gboolean is_here = address == NULL || !G_IS_INET_SOCKET_ADDRESS (address) ||
                     g_inet_address_get_is_loopback (
                         g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address)));

  if (is_here && forwarded != NULL)
    {
      const char *last = strrchr (forwarded, ',');
      g_autofree char *text = g_strstrip (g_strdup (last != NULL ? last + 1 : forwarded));
      g_autoptr (GInetAddress) client = g_inet_address_new_from_string (text);

      if (client != NULL)
        return g_inet_address_to_string (client);
    }
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
  request->name = g_strdup (bitket_exchange_get_name (message));
  request->is_preflight = bitket_cors_is_preflight (request->method_name, headers);
  request->path = g_strdup (g_uri_get_path (uri));
  request->raw_query = g_strdup (g_uri_get_query (uri));
  request->query = read_query (request->raw_query);
  request->base = make_base (message, scheme);
  request->remote = read_remote (message);
  request->authorization = dup_header (headers, "Authorization");
  request->accept = g_strdup (soup_message_headers_get_list (headers, "Accept"));
  request->accept_language = g_strdup (soup_message_headers_get_list (headers, "Accept-Language"));
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

  const BitketShared *shared = g_object_get_data (G_OBJECT (message), SHARED_KEY);

  soup_server_message_set_status (message, reply->status, NULL);
  for (guint i = 0; i < reply->headers->len; i += 2)
    soup_message_headers_replace (headers, reply->headers->pdata[i], reply->headers->pdata[i + 1]);
  bitket_cors_vary (shared->config, headers);
  if (reply->content_type != NULL)
    soup_message_headers_replace (headers, "Content-Type", reply->content_type);
  if (reply->body != NULL && g_bytes_get_size (reply->body) > 0)
    soup_message_body_append_bytes (body, reply->body);
  soup_message_body_complete (body);
}

static void
refuse_body (SoupServerMessage *message)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketReply) reply = NULL;
  BitketRequest request = { .shared = g_object_get_data (G_OBJECT (message), SHARED_KEY) };

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

static void
limit_body (SoupServerMessage *message)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  gsize *len = g_new0 (gsize, 1);

  if (soup_message_headers_get_encoding (headers) == SOUP_ENCODING_CONTENT_LENGTH &&
      soup_message_headers_get_content_length (headers) > BITKET_BODY_MAX_LEN)
    refuse_body (message);
  g_object_set_data_full (G_OBJECT (message), LEN_KEY, len, g_free);
  g_signal_connect (message, "got-chunk", G_CALLBACK (got_chunk_cb), len);
}

void
bitket_exchange_begin (SoupServerMessage *message, const BitketShared *shared, const char *scheme)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  SoupMessageHeaders *answer = soup_server_message_get_response_headers (message);
  char *name = bitket_request_name_take (soup_message_headers_get_one (headers, "X-Request-Id"));

  g_return_if_fail (shared != NULL && scheme != NULL);

  g_object_set_data_full (G_OBJECT (message), NAME_KEY, name, g_free);
  g_object_set_data (G_OBJECT (message), SHARED_KEY, (gpointer) shared);
  soup_message_headers_replace (answer, "X-Request-Id", name);
  if (is_secure (headers, scheme))
    soup_message_headers_replace (answer, "Strict-Transport-Security", STRICT_TRANSPORT);
  bitket_cors_answer (shared->config, soup_server_message_get_method (message), headers, answer);
  limit_body (message);
}

const char *
bitket_exchange_get_name (SoupServerMessage *message)
{
  return g_object_get_data (G_OBJECT (message), NAME_KEY);
}
