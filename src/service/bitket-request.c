/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-request.h"

#include <libsoup/soup.h>
#include <string.h>

#include "bitket-core-error.h"
#include "bitket-json-reader.h"
#include "bitket-secret.h"
#include "bitket-service-error.h"

void
bitket_caller_clear (BitketCaller *caller)
{
  g_clear_pointer (&caller->name, g_free);
  g_clear_pointer (&caller->email, g_free);
  g_clear_pointer (&caller->nin, bitket_secret_free);
  g_clear_pointer (&caller->liu_id, g_free);
  g_clear_pointer (&caller->student_union, g_free);
  g_clear_pointer (&caller->roles, g_hash_table_unref);
  memset (caller, 0, sizeof *caller);
}

BitketRoles
bitket_caller_get_roles (const BitketCaller *caller, const char *organization)
{
  g_return_val_if_fail (caller != NULL && organization != NULL, BITKET_ROLE_NONE);

  if (caller->kind != BITKET_CALLER_USER)
    return BITKET_ROLE_NONE;
  if (caller->is_staff)
    return BITKET_ROLE_CREW | BITKET_ROLE_TREASURER | BITKET_ROLE_ORGANIZER;
  if (caller->roles == NULL)
    return BITKET_ROLE_NONE;
  return GPOINTER_TO_UINT (g_hash_table_lookup (caller->roles, organization));
}

gboolean
bitket_caller_is_staff_of_any (const BitketCaller *caller)
{
  g_return_val_if_fail (caller != NULL, FALSE);

  return caller->kind == BITKET_CALLER_USER &&
         (caller->is_staff || (caller->roles != NULL && g_hash_table_size (caller->roles) > 0));
}

static void
free_notice (BitketNotice *notice)
{
  g_free (notice->message);
  g_free (notice);
}

BitketRequest *
bitket_request_new (const BitketShared *shared)
{
  BitketRequest *request = g_new0 (BitketRequest, 1);

  request->shared = shared;
  request->now_us = bitket_clock_get_now_us (shared->clock);
  request->notices = g_ptr_array_new_with_free_func ((GDestroyNotify) free_notice);
  return request;
}

void
bitket_request_free (BitketRequest *request)
{
  g_free (request->name);
  g_free (request->accept_language);
  g_free (request->method_name);
  g_free (request->path);
  g_free (request->base);
  g_free (request->remote);
  g_clear_pointer (&request->query, g_hash_table_unref);
  g_free (request->raw_query);
  bitket_secret_free (request->authorization);
  g_free (request->accept);
  g_free (request->content_type);
  g_free (request->if_none_match);
  g_free (request->if_match);
  g_free (request->prefer);
  g_free (request->idempotency_key);
  g_free (request->stripe_signature);
  g_clear_pointer (&request->body, g_bytes_unref);
  g_free (request->word);
  bitket_caller_clear (&request->caller);
  g_clear_pointer (&request->order, bitket_order_free);
  g_free (request->purchase);
  g_ptr_array_unref (request->notices);
  g_free (request);
}

const char *
bitket_request_get_query (const BitketRequest *request, const char *name)
{
  g_return_val_if_fail (request != NULL && name != NULL, NULL);

  return request->query == NULL ? NULL : g_hash_table_lookup (request->query, name);
}

static JsonNode *
read_form (const char *text, gsize len)
{
  g_autofree char *form = g_strndup (text, len);
  g_autoptr (GHashTable) fields = soup_form_decode (form);
  JsonObject *object = json_object_new ();
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);
  GHashTableIter iter;
  gpointer name, value;

  g_hash_table_iter_init (&iter, fields);
  while (g_hash_table_iter_next (&iter, &name, &value))
    if (g_utf8_validate (name, -1, NULL) && g_utf8_validate (value, -1, NULL))
      json_object_set_string_member (object, name, value);
  json_node_take_object (node, object);
  return node;
}

/* A part that is a file is nothing that any route takes. */
static void
take_part (JsonObject *object, SoupMessageHeaders *headers, GBytes *body)
{
  g_autofree char *disposition = NULL;
  g_autoptr (GHashTable) params = NULL;
  const char *name;
  gsize len;
  const char *text = g_bytes_get_data (body, &len);
  g_autofree char *value = g_strndup (text != NULL ? text : "", len);

  if (!soup_message_headers_get_content_disposition (headers, &disposition, &params))
    return;
  name = g_hash_table_lookup (params, "name");
  if (name != NULL && !g_hash_table_contains (params, "filename") &&
      g_utf8_validate (name, -1, NULL) && g_utf8_validate (value, -1, NULL))
    json_object_set_string_member (object, name, value);
}

static JsonNode *
read_multipart (const BitketRequest *request, GError **error)
{
  g_autoptr (SoupMessageHeaders) headers =
      soup_message_headers_new (SOUP_MESSAGE_HEADERS_MULTIPART);
  g_autoptr (SoupMultipart) parts = NULL;
  JsonObject *object;
  JsonNode *node;

  soup_message_headers_replace (headers, "Content-Type", request->content_type);
  if (request->body != NULL)
    parts = soup_multipart_new_from_message (headers, request->body);
  if (parts == NULL)
    {
      g_set_error_literal (error, BITKET_SERVICE_ERROR, BITKET_SERVICE_ERROR_INVALID,
                           "Multipart form parse error - Invalid boundary in multipart: None");
      return NULL;
    }
  object = json_object_new ();
  for (int i = 0; i < soup_multipart_get_length (parts); i++)
    {
      SoupMessageHeaders *part_headers;
      GBytes *body;

      if (soup_multipart_get_part (parts, i, &part_headers, &body))
        take_part (object, part_headers, body);
    }
  node = json_node_new (JSON_NODE_OBJECT);
  json_node_take_object (node, object);
  return node;
}

static JsonNode *
read_json (const char *text, gsize len, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  JsonNode *node = bitket_json_parse (text, (gssize) len, &local_error);

  if (node == NULL)
    g_set_error (error, BITKET_SERVICE_ERROR, BITKET_SERVICE_ERROR_INVALID, "JSON parse error - %s",
                 local_error->message);
  return node;
}

JsonNode *
bitket_request_read_body (const BitketRequest *request, GError **error)
{
  g_autofree char *type = NULL;
  const char *text;
  gsize len = 0;

  g_return_val_if_fail (request != NULL, NULL);

  text = request->body == NULL ? NULL : g_bytes_get_data (request->body, &len);
  if (len == 0)
    {
      text = "{}";
      len = 2;
    }
  if (request->content_type == NULL)
    return read_json (text, len, error);

  type = g_ascii_strdown (request->content_type, (gssize) strcspn (request->content_type, ";"));
  g_strstrip (type);
  if (strcmp (type, "application/json") == 0 || type[0] == '\0')
    return read_json (text, len, error);
  if (strcmp (type, "application/x-www-form-urlencoded") == 0)
    return read_form (text, len);
  if (strcmp (type, "multipart/form-data") == 0)
    return read_multipart (request, error);
  g_set_error (error, BITKET_SERVICE_ERROR, BITKET_SERVICE_ERROR_MEDIA_TYPE,
               "Unsupported media type \"%s\" in request.", request->content_type);
  return NULL;
}

JsonNode *
bitket_request_read_object (const BitketRequest *request, BitketReply **reply, GError **error)
{
  g_autoptr (JsonNode) node = NULL;
  g_autofree char *text = NULL;

  g_return_val_if_fail (reply != NULL, NULL);

  node = bitket_request_read_body (request, error);
  if (node == NULL || JSON_NODE_HOLDS_OBJECT (node))
    return g_steal_pointer (&node);
  text = g_strdup_printf ("Invalid data. Expected a dictionary, but got %s.",
                          bitket_value_type_name (node));
  *reply = bitket_reply_new_field_error ("non_field_errors", text);
  return NULL;
}

gboolean
bitket_request_read_filter (const BitketRequest *request,
                            const BitketSchema *schema,
                            char id[BITKET_ID_SIZE],
                            BitketReply **reply)
{
  const char *text;
  g_autoptr (GError) error = NULL;

  g_return_val_if_fail (request != NULL && schema != NULL && reply != NULL, FALSE);

  text = bitket_request_get_query (request, schema->name);
  id[0] = '\0';
  if (text == NULL || *text == '\0' ||
      bitket_hyperlink_parse (text, schema->collection, id, &error))
    return TRUE;
  *reply = bitket_reply_new_field_error (schema->name, error->message);
  return FALSE;
}

char *
bitket_request_link (const BitketRequest *request, const char *collection, const char *id)
{
  g_return_val_if_fail (request != NULL, NULL);

  return bitket_hyperlink_format (request->base, collection, id);
}

void
bitket_request_notify (BitketRequest *request, const char *event, char *message)
{
  BitketNotice *notice;

  g_return_if_fail (request != NULL && event != NULL);

  notice = g_new0 (BitketNotice, 1);
  g_strlcpy (notice->event, event, sizeof notice->event);
  notice->message = message;
  g_ptr_array_add (request->notices, notice);
}

void
bitket_request_notify_revoked (BitketRequest *request, const char *event, const char *door)
{
  BitketNotice *notice;

  bitket_request_notify (request, event, g_strdup (door));
  notice = request->notices->pdata[request->notices->len - 1];
  notice->closes_caller = TRUE;
}

void
bitket_request_forget_notices (BitketRequest *request)
{
  g_return_if_fail (request != NULL);

  g_ptr_array_set_size (request->notices, 0);
}
