/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-reply.h"

#include <gio/gio.h>
#include <string.h>

#include "bitket-json-reader.h"
#include "bitket-service-error.h"

#define GZIP_MIN_LEN 1024
/* Above this the time of a feed's page counts more than its last few percent. */
#define GZIP_FAST_LEN (64 * 1024)
#define ETAG_LEN      32
#define GZIP_TAG      "-gzip"
#define STATE_END     '.'
#define JSON_TYPE     "application/json"

BitketReply *
bitket_reply_new (guint status)
{
  BitketReply *reply = g_new0 (BitketReply, 1);

  reply->status = status;
  reply->headers = g_ptr_array_new_with_free_func (g_free);
  return reply;
}

BitketReply *
bitket_reply_new_json (guint status, JsonNode *json)
{
  BitketReply *reply;

  g_return_val_if_fail (json != NULL, NULL);

  reply = bitket_reply_new (status);
  reply->json = json;
  reply->content_type = JSON_TYPE;
  return reply;
}

BitketReply *
bitket_reply_new_object (guint status, JsonObject *object)
{
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);

  json_node_take_object (node, object);
  return bitket_reply_new_json (status, node);
}

BitketReply *
bitket_reply_new_array (JsonArray *array)
{
  JsonNode *node = json_node_new (JSON_NODE_ARRAY);

  json_node_take_array (node, array);
  return bitket_reply_new_json (200, node);
}

BitketReply *
bitket_reply_new_text (guint status, const char *content_type, char *text)
{
  BitketReply *reply = bitket_reply_new (status);

  reply->body = g_bytes_new_take (text, strlen (text));
  reply->content_type = content_type;
  return reply;
}

BitketReply *
bitket_reply_new_field_error (const char *field, const char *text)
{
  JsonObject *object = json_object_new ();
  JsonArray *texts = json_array_new ();

  json_array_add_string_element (texts, text);
  json_object_set_array_member (object, field, texts);
  return bitket_reply_new_object (400, object);
}

BitketReply *
bitket_reply_new_error (const GError *error)
{
  JsonObject *object;
  const char *name;
  guint status;
  BitketReply *reply;

  g_return_val_if_fail (error != NULL, NULL);

  status = bitket_service_error_get_status (error);
  name = bitket_service_error_get_name (error);
  object = json_object_new ();
  json_object_set_string_member (object, "detail", bitket_service_error_get_text (error));
  if (name != NULL)
    json_object_set_string_member (object, "code", name);
  reply = bitket_reply_new_object (status, object);
  if (status == 401)
    bitket_reply_add_header (reply, "WWW-Authenticate", "JWT realm=\"api\"");
  if (status == 503)
    bitket_reply_add_header (reply, "Retry-After", "1");
  return reply;
}

void
bitket_reply_free (BitketReply *reply)
{
  g_clear_pointer (&reply->json, json_node_unref);
  g_clear_pointer (&reply->body, g_bytes_unref);
  g_clear_pointer (&reply->headers, g_ptr_array_unref);
  g_free (reply->state);
  g_free (reply);
}

static gint
find_header (const BitketReply *reply, const char *name)
{
  for (guint i = 0; i < reply->headers->len; i += 2)
    if (g_ascii_strcasecmp (reply->headers->pdata[i], name) == 0)
      return (gint) i;
  return -1;
}

void
bitket_reply_add_header (BitketReply *reply, const char *name, const char *value)
{
  gint at;

  g_return_if_fail (reply != NULL && name != NULL && value != NULL);

  at = find_header (reply, name);
  if (at >= 0)
    {
      g_free (reply->headers->pdata[at + 1]);
      reply->headers->pdata[at + 1] = g_strdup (value);
      return;
    }
  g_ptr_array_add (reply->headers, g_strdup (name));
  g_ptr_array_add (reply->headers, g_strdup (value));
}

const char *
bitket_reply_get_header (const BitketReply *reply, const char *name)
{
  gint at;

  g_return_val_if_fail (reply != NULL && name != NULL, NULL);

  at = find_header (reply, name);
  return at < 0 ? NULL : reply->headers->pdata[at + 1];
}

void
bitket_reply_set_text (JsonObject *object, const char *name, const char *text)
{
  g_return_if_fail (object != NULL && name != NULL);

  if (text != NULL)
    json_object_set_string_member (object, name, text);
  else
    json_object_set_null_member (object, name);
}

/* Every hyperlink of the answer carries the format that was asked for by name, as in the
 * original. */
static void
suffix_links (JsonNode *node, const char *base, const char *suffix)
{
  if (JSON_NODE_HOLDS_OBJECT (node))
    {
      JsonObject *object = json_node_get_object (node);
      g_autoptr (GList) members = json_object_get_members (object);

      for (GList *l = members; l != NULL; l = l->next)
        suffix_links (json_object_get_member (object, l->data), base, suffix);
    }
  else if (JSON_NODE_HOLDS_ARRAY (node))
    {
      JsonArray *array = json_node_get_array (node);

      for (guint i = 0; i < json_array_get_length (array); i++)
        suffix_links (json_array_get_element (array, i), base, suffix);
    }
  else if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING)
    {
      const char *text = json_node_get_string (node);

      if (g_str_has_prefix (text, base) && g_str_has_suffix (text, "/"))
        {
          g_autofree char *link = g_strconcat (text, suffix, NULL);

          json_node_set_string (node, link);
        }
    }
}

static void
render_json (BitketReply *reply, const BitketReplyForm *form)
{
  char *text;

  if (reply->json == NULL)
    return;
  if (form->link_base != NULL && form->link_suffix != NULL)
    suffix_links (reply->json, form->link_base, form->link_suffix);
  text = bitket_json_to_string (reply->json);
  g_clear_pointer (&reply->json, json_node_unref);
  g_clear_pointer (&reply->body, g_bytes_unref);
  reply->body = g_bytes_new_take (text, strlen (text));
}

/* Whether the client has it: the tag in either encoding, or "*". */
static gboolean
is_matched (const char *if_none_match, const char *tag)
{
  g_auto (GStrv) candidates = g_strsplit (if_none_match, ",", 64);
  gsize len = strlen (tag);

  for (guint i = 0; candidates[i] != NULL; i++)
    {
      const char *candidate = g_strstrip (candidates[i]);

      if (g_str_has_prefix (candidate, "W/"))
        candidate += 2;
      if (strcmp (candidate, "*") == 0)
        return TRUE;
      if (candidate[0] == '"' && strncmp (candidate + 1, tag, len) == 0 &&
          (strcmp (candidate + 1 + len, "\"") == 0 ||
           strcmp (candidate + 1 + len, GZIP_TAG "\"") == 0))
        return TRUE;
    }
  return FALSE;
}

gboolean
bitket_state_is_matched (const char *if_match, const char *state)
{
  g_auto (GStrv) candidates = NULL;
  gsize len;

  g_return_val_if_fail (if_match != NULL && state != NULL, FALSE);

  candidates = g_strsplit (if_match, ",", 64);
  len = strlen (state);
  for (guint i = 0; candidates[i] != NULL; i++)
    {
      const char *candidate = g_strstrip (candidates[i]);

      if (strcmp (candidate, "*") == 0)
        return TRUE;
      if (candidate[0] == '"' && strncmp (candidate + 1, state, len) == 0 &&
          candidate[1 + len] == STATE_END && g_str_has_suffix (candidate + 1 + len, "\""))
        return TRUE;
    }
  return FALSE;
}

static GBytes *
compress (GBytes *body)
{
  gsize len = g_bytes_get_size (body);
  g_autoptr (GZlibCompressor) compressor =
      g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, len > GZIP_FAST_LEN ? 1 : 6);
  g_autoptr (GInputStream) plain = g_memory_input_stream_new_from_bytes (body);
  g_autoptr (GInputStream) packed = g_converter_input_stream_new (plain, G_CONVERTER (compressor));
  g_autoptr (GOutputStream) memory = g_memory_output_stream_new_resizable ();

  if (g_output_stream_splice (memory, packed, G_OUTPUT_STREAM_SPLICE_CLOSE_TARGET, NULL, NULL) < 0)
    return NULL;
  return g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (memory));
}

static void
add_vary (BitketReply *reply, const char *field)
{
  const char *vary = bitket_reply_get_header (reply, "Vary");
  g_autofree char *both = vary == NULL ? g_strdup (field) : g_strconcat (vary, ", ", field, NULL);

  bitket_reply_add_header (reply, "Vary", both);
}

/* A strong tag names one sequence of bytes, so the compressed form has one of its own. */
static void
add_etag (BitketReply *reply, const char *tag, gboolean is_packed)
{
  g_autofree char *etag = g_strdup_printf ("\"%s%s\"", tag, is_packed ? GZIP_TAG : "");

  bitket_reply_add_header (reply, "ETag", etag);
}

static void
pack_body (BitketReply *reply, const BitketReplyForm *form, gboolean *is_packed)
{
  g_autoptr (GBytes) packed = NULL;

  if (reply->body == NULL || g_bytes_get_size (reply->body) <= GZIP_MIN_LEN)
    return;
  add_vary (reply, "Accept-Encoding");
  if (!form->accepts_gzip)
    return;
  packed = compress (reply->body);
  if (packed == NULL)
    return;
  g_bytes_unref (reply->body);
  reply->body = g_steal_pointer (&packed);
  bitket_reply_add_header (reply, "Content-Encoding", "gzip");
  *is_packed = TRUE;
}

/* A resource's tag has two halves: what is stored of it, which a write is held against, and the
 * bytes, figures and all. */
static char *
make_tag (const BitketReply *reply)
{
  g_autofree char *digest = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, reply->body);

  digest[ETAG_LEN] = '\0';
  if (reply->state == NULL)
    return g_steal_pointer (&digest);
  return g_strdup_printf ("%s%c%s", reply->state, STATE_END, digest);
}

/* What was written has its new tag as well, for the next write. */
static gboolean
has_tag (const BitketReply *reply, const BitketReplyForm *form)
{
  return reply->body != NULL && (reply->state != NULL || (form->is_read && reply->status == 200));
}

void
bitket_reply_render (BitketReply *reply, const BitketReplyForm *form)
{
  g_autofree char *digest = NULL;
  gboolean is_packed = FALSE;

  g_return_if_fail (reply != NULL && form != NULL);

  render_json (reply, form);
  if (!has_tag (reply, form))
    {
      pack_body (reply, form, &is_packed);
      return;
    }

  digest = make_tag (reply);
  if (form->is_read && form->if_none_match != NULL && is_matched (form->if_none_match, digest))
    {
      add_etag (reply, digest, form->accepts_gzip && g_bytes_get_size (reply->body) > GZIP_MIN_LEN);
      g_clear_pointer (&reply->body, g_bytes_unref);
      reply->content_type = NULL;
      reply->status = 304;
      return;
    }
  pack_body (reply, form, &is_packed);
  add_etag (reply, digest, is_packed);
}
