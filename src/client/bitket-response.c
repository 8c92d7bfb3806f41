/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-client"

#include "bitket-response-private.h"

#include "bitket-json-reader.h"

#include <string.h>

/* Longer texts of a service are not shown to anybody. */
#define DETAIL_MAX_CHARS 300

struct _BitketResponse
{
  gatomicrefcount n_refs;
  guint status;
  GBytes *bytes;         /* (owned) */
  JsonNode *json;        /* (owned) (nullable) */
  char *etag;            /* (owned) (nullable) */
  char *next_link;       /* (owned) (nullable) */
  gint64 server_time_us; /* 0: none */
};

BitketResponse *
bitket_response_ref (BitketResponse *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_ref_count_inc (&self->n_refs);
  return self;
}

void
bitket_response_unref (BitketResponse *self)
{
  g_return_if_fail (self != NULL);

  if (!g_atomic_ref_count_dec (&self->n_refs))
    return;
  g_bytes_unref (self->bytes);
  g_clear_pointer (&self->json, json_node_unref);
  g_free (self->etag);
  g_free (self->next_link);
  g_free (self);
}

gint64
bitket_response_read_date (SoupMessage *message)
{
  const char *text =
      soup_message_headers_get_one (soup_message_get_response_headers (message), "Date");
  g_autoptr (GDateTime) date = text ? soup_date_time_new_from_http_string (text) : NULL;

  return date ? g_date_time_to_unix (date) * G_USEC_PER_SEC : 0;
}

/* RFC 9110, section 10.2.3: seconds, or a date, which is taken relative to the answer's own. */
guint
bitket_response_read_retry_after (SoupMessage *message)
{
  const char *text =
      soup_message_headers_get_one (soup_message_get_response_headers (message), "Retry-After");
  guint64 seconds;
  g_autoptr (GDateTime) date = NULL;
  gint64 wait_us;

  if (text == NULL)
    return 0;
  if (g_ascii_string_to_unsigned (text, 10, 0, 3600, &seconds, NULL))
    return (guint) seconds * 1000;
  date = soup_date_time_new_from_http_string (text);
  if (date == NULL)
    return 0;
  wait_us = g_date_time_to_unix (date) * G_USEC_PER_SEC - bitket_response_read_date (message);
  return (guint) (CLAMP (wait_us, 0, G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC) / 1000);
}

/* The target of rel="next" (RFC 8288). */
static char *
find_next_link (SoupMessageHeaders *headers)
{
  const char *text = soup_message_headers_get_list (headers, "Link");
  g_auto (GStrv) links = text ? g_strsplit (text, "<", -1) : NULL;

  for (guint i = 0; links != NULL && links[i] != NULL; i++)
    {
      const char *end = strchr (links[i], '>');

      if (end != NULL && (strstr (end, "rel=\"next\"") != NULL || strstr (end, "rel=next") != NULL))
        return g_strndup (links[i], (gsize) (end - links[i]));
    }
  return NULL;
}

/* The first text found: "detail" before all, then depth first through fields and lists. */
static const char *
find_text (JsonNode *node, guint depth)
{
  if (node == NULL || depth > 8)
    return NULL;
  if (JSON_NODE_HOLDS_VALUE (node))
    return json_node_get_value_type (node) == G_TYPE_STRING ? json_node_get_string (node) : NULL;
  if (JSON_NODE_HOLDS_ARRAY (node))
    {
      JsonArray *array = json_node_get_array (node);

      for (guint i = 0; i < json_array_get_length (array); i++)
        {
          const char *text = find_text (json_array_get_element (array, i), depth + 1);

          if (text != NULL)
            return text;
        }
    }
  if (JSON_NODE_HOLDS_OBJECT (node))
    {
      JsonObject *object = json_node_get_object (node);
      const char *text = find_text (json_object_get_member (object, "detail"), depth + 1);
      g_autoptr (GList) members = json_object_get_members (object);

      for (GList *l = members; text == NULL && l != NULL; l = l->next)
        text = find_text (json_object_get_member (object, l->data), depth + 1);
      return text;
    }
  return NULL;
}

static gboolean
is_door_revoked (JsonNode *json)
{
  JsonNode *code;

  if (json == NULL || !JSON_NODE_HOLDS_OBJECT (json))
    return FALSE;
  code = json_object_get_member (json_node_get_object (json), "code");
  return code != NULL && JSON_NODE_HOLDS_VALUE (code) &&
         g_strcmp0 (json_node_get_string (code), "door_revoked") == 0;
}

static BitketClientError
code_for_status (guint status, JsonNode *json, gboolean has_retry_after)
{
  switch (status)
    {
    case 400:
    case 422:
      return BITKET_CLIENT_ERROR_INVALID;
    case 401:
      return is_door_revoked (json) ? BITKET_CLIENT_ERROR_REVOKED
                                    : BITKET_CLIENT_ERROR_UNAUTHORIZED;
    case 403:
      return BITKET_CLIENT_ERROR_FORBIDDEN;
    case 404:
      return BITKET_CLIENT_ERROR_NOT_FOUND;
    case 409:
    case 412:
      return BITKET_CLIENT_ERROR_CONFLICT;
    case 413:
      return BITKET_CLIENT_ERROR_TOO_LARGE;
    case 429:
      return BITKET_CLIENT_ERROR_BUSY;
    case 503:
      return has_retry_after ? BITKET_CLIENT_ERROR_BUSY : BITKET_CLIENT_ERROR_SERVER;
    default:
      if (status >= 500)
        return BITKET_CLIENT_ERROR_SERVER;
      return status >= 400 ? BITKET_CLIENT_ERROR_REFUSED : BITKET_CLIENT_ERROR_NOT_BITKET;
    }
}

static gboolean
is_json_type (const char *content_type)
{
  return g_strcmp0 (content_type, "application/json") == 0 ||
         (content_type != NULL && g_str_has_suffix (content_type, "+json"));
}

static gboolean
is_html_type (const char *content_type)
{
  return g_strcmp0 (content_type, "text/html") == 0 ||
         g_strcmp0 (content_type, "application/xhtml+xml") == 0;
}

static void
set_status_error (GError **error, SoupMessage *message, JsonNode *json)
{
  guint status = (guint) soup_message_get_status (message);
  SoupMessageHeaders *headers = soup_message_get_response_headers (message);
  gboolean has_retry_after = soup_message_headers_get_one (headers, "Retry-After") != NULL;
  BitketClientError code = code_for_status (status, json, has_retry_after);
  const char *text = find_text (json, 0);
  g_autofree char *detail =
      text ? g_utf8_substring (text, 0, MIN (g_utf8_strlen (text, -1), DETAIL_MAX_CHARS)) : NULL;

  if (detail != NULL)
    g_set_error_literal (error, BITKET_CLIENT_ERROR, (gint) code, detail);
  else
    g_set_error (error, BITKET_CLIENT_ERROR, (gint) code, "\"%s\" answered with status %u",
                 g_uri_get_host (soup_message_get_uri (message)), status);
}

/* A successful answer must be JSON, or bytes when that was asked for; a captive portal's page is
 * neither. */
static gboolean
parse_success (SoupMessage *message,
               GBytes *body,
               const char *content_type,
               BitketRequestFlags flags,
               JsonNode **json,
               GError **error)
{
  const char *host = g_uri_get_host (soup_message_get_uri (message));
  g_autoptr (GError) local_error = NULL;

  if (g_bytes_get_size (body) == 0)
    return TRUE;
  if (is_html_type (content_type) ||
      ((flags & BITKET_REQUEST_RAW) == 0 && !is_json_type (content_type)))
    {
      g_set_error (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_NOT_BITKET,
                   "\"%s\" answered with \"%s\" where JSON is due", host,
                   content_type ? content_type : "");
      return FALSE;
    }
  if (flags & BITKET_REQUEST_RAW)
    return TRUE;
  *json = bitket_json_parse (g_bytes_get_data (body, NULL), (gssize) g_bytes_get_size (body),
                             &local_error);
  if (*json == NULL)
    g_set_error (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_NOT_BITKET,
                 "\"%s\" answered with what is no JSON: %s", host, local_error->message);
  return *json != NULL;
}

BitketResponse *
bitket_response_new (SoupMessage *message, GBytes *body, BitketRequestFlags flags, GError **error)
{
  guint status = (guint) soup_message_get_status (message);
  SoupMessageHeaders *headers = soup_message_get_response_headers (message);
  const char *content_type = soup_message_headers_get_content_type (headers, NULL);
  g_autoptr (JsonNode) json = NULL;
  BitketResponse *self;

  if (status >= 400 && is_json_type (content_type))
    json =
        bitket_json_parse (g_bytes_get_data (body, NULL), (gssize) g_bytes_get_size (body), NULL);
  /* The service says in JSON what it does not want. Who says so otherwise stands in between; but
   * "too much" and "too often" are meant for us whoever says them. */
  if (status >= 400 && status < 500 && json == NULL &&
      (is_html_type (content_type) || (status != 413 && status != 429)))
    {
      g_set_error (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_NOT_BITKET,
                   "\"%s\" answered with status %u and no JSON",
                   g_uri_get_host (soup_message_get_uri (message)), status);
      return NULL;
    }
  if (status < 200 || status >= 300)
    {
      set_status_error (error, message, json);
      return NULL;
    }
  if (!parse_success (message, body, content_type, flags, &json, error))
    return NULL;

  self = g_new0 (BitketResponse, 1);
  g_atomic_ref_count_init (&self->n_refs);
  self->status = status;
  self->bytes = g_bytes_ref (body);
  self->json = g_steal_pointer (&json);
  self->etag = g_strdup (soup_message_headers_get_one (headers, "ETag"));
  self->next_link = find_next_link (headers);
  self->server_time_us = bitket_response_read_date (message);
  if (self->json != NULL)
    json_node_seal (self->json);
  return self;
}

guint
bitket_response_get_status (BitketResponse *self)
{
  return self->status;
}

GBytes *
bitket_response_get_bytes (BitketResponse *self)
{
  return self->bytes;
}

JsonNode *
bitket_response_get_json (BitketResponse *self)
{
  return self->json;
}

const char *
bitket_response_get_etag (BitketResponse *self)
{
  return self->etag;
}

const char *
bitket_response_get_next_link (BitketResponse *self)
{
  return self->next_link;
}

gint64
bitket_response_get_server_time_us (BitketResponse *self)
{
  return self->server_time_us;
}
