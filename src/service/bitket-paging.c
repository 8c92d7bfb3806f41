/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-paging.h"

#include <string.h>

#include "bitket-json-reader.h"

#define LIMIT_MAX 5000

void
bitket_page_clear (BitketPage *page)
{
  for (guint i = 0; i < BITKET_PAGE_MAX_KEYS; i++)
    g_clear_pointer (&page->after[i], g_free);
}

static gboolean
is_numeric (const BitketPageKey *key)
{
  return key->before_all[0] == '-' || g_ascii_isdigit (key->before_all[0]);
}

static gboolean
read_cursor (BitketPage *page, const char *cursor)
{
  g_autofree char *base64 = g_strdup (cursor);
  g_autoptr (JsonNode) node = NULL;
  g_autofree guchar *text = NULL;
  JsonArray *values;
  gsize len;

  g_strdelimit (base64, "-", '+');
  g_strdelimit (base64, "_", '/');
  text = g_base64_decode (base64, &len);
  node = len == 0 ? NULL : bitket_json_parse ((const char *) text, (gssize) len, NULL);
  if (node == NULL || !JSON_NODE_HOLDS_ARRAY (node))
    return FALSE;
  values = json_node_get_array (node);
  if (json_array_get_length (values) != page->n_keys)
    return FALSE;
  for (guint i = 0; i < page->n_keys; i++)
    {
      JsonNode *value = json_array_get_element (values, i);
      gboolean is_number = is_numeric (&page->keys[i]);

      if (!JSON_NODE_HOLDS_VALUE (value) || json_node_get_value_type (value) != G_TYPE_STRING)
        return FALSE;
      if (is_number && !g_ascii_string_to_signed (json_node_get_string (value), 10, G_MININT64,
                                                  G_MAXINT64, NULL, NULL))
        return FALSE;
      g_free (page->after[i]);
      page->after[i] = json_node_dup_string (value);
    }
  return TRUE;
}

void
bitket_page_init_whole (BitketPage *page, const BitketPageKey *keys)
{
  g_return_if_fail (page != NULL && keys != NULL);

  page->keys = keys;
  for (page->n_keys = 0; keys[page->n_keys].field != NULL; page->n_keys++)
    page->after[page->n_keys] = g_strdup (keys[page->n_keys].before_all);
  page->is_paged = FALSE;
  page->limit = G_MAXINT32;
  g_snprintf (page->limit_text, sizeof page->limit_text, "%u", page->limit);
}

gboolean
bitket_page_read (BitketPage *page,
                  const BitketRequest *request,
                  const BitketPageKey *keys,
                  BitketReply **reply)
{
  const char *limit = bitket_request_get_query (request, "limit");
  const char *cursor = bitket_request_get_query (request, "cursor");
  guint64 n = G_MAXINT32;

  g_return_val_if_fail (page != NULL && keys != NULL && reply != NULL, FALSE);

  bitket_page_init_whole (page, keys);
  page->is_paged = limit != NULL;
  if (limit != NULL && !g_ascii_string_to_unsigned (limit, 10, 1, LIMIT_MAX, &n, NULL))
    {
      *reply = bitket_reply_new_field_error (
          "limit", "A valid integer from 1 to " G_STRINGIFY (LIMIT_MAX) " is required.");
      return FALSE;
    }
  if (limit != NULL && cursor != NULL && *cursor != '\0' && !read_cursor (page, cursor))
    {
      *reply = bitket_reply_new_field_error ("cursor", "Invalid cursor.");
      return FALSE;
    }
  page->limit = (guint) n;
  g_snprintf (page->limit_text, sizeof page->limit_text, "%u", page->limit + 1);
  return TRUE;
}

static char *
make_cursor (const BitketPage *page, const char *const *last)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_ARRAY);
  JsonArray *values = json_array_new ();
  g_autofree char *text = NULL;
  char *base64;

  for (guint i = 0; i < page->n_keys; i++)
    json_array_add_string_element (values, last[i]);
  json_node_take_array (node, values);
  text = bitket_json_to_string (node);
  base64 = g_base64_encode ((const guchar *) text, strlen (text));
  g_strdelimit (base64, "+", '-');
  g_strdelimit (base64, "/", '_');
  return base64;
}

static void
append_other_parameters (GString *link, const BitketRequest *request)
{
  GHashTableIter iter;
  gpointer name, value;

  g_hash_table_iter_init (&iter, request->query);
  while (g_hash_table_iter_next (&iter, &name, &value))
    {
      g_autofree char *escaped = NULL;
      g_autofree char *escaped_name = NULL;

      if (strcmp (name, "limit") == 0 || strcmp (name, "cursor") == 0)
        continue;
      escaped_name = g_uri_escape_string (name, NULL, FALSE);
      escaped = g_uri_escape_string (value, NULL, FALSE);
      g_string_append_printf (link, "&%s=%s", escaped_name, escaped);
    }
}

char *
bitket_page_link_values (const BitketPage *page,
                         const BitketRequest *request,
                         const char *const *values)
{
  g_autofree char *cursor = NULL;
  g_autofree char *escaped = NULL;
  GString *link;

  g_return_val_if_fail (page != NULL && request != NULL && values != NULL, NULL);

  cursor = make_cursor (page, values);
  escaped = g_uri_escape_string (cursor, NULL, FALSE);
  link = g_string_new (NULL);
  g_string_append_printf (link, "<%s%s?limit=%u&cursor=%s", request->base, request->path,
                          page->limit, escaped);
  append_other_parameters (link, request);
  g_string_append (link, ">; rel=\"next\"");
  return g_string_free (link, FALSE);
}

char *
bitket_page_link (const BitketPage *page, const BitketRequest *request, BitketRecord *last)
{
  char *values[BITKET_PAGE_MAX_KEYS] = { NULL };
  char *link;

  g_return_val_if_fail (page != NULL && request != NULL && BITKET_IS_RECORD (last), NULL);

  for (guint i = 0; i < page->n_keys; i++)
    {
      const char *field = page->keys[i].field;

      values[i] = is_numeric (&page->keys[i])
                      ? g_strdup_printf ("%" G_GINT64_FORMAT, bitket_record_get_int64 (last, field))
                      : g_strdup (bitket_record_get_text (last, field));
    }
  link = bitket_page_link_values (page, request, (const char *const *) values);
  for (guint i = 0; i < page->n_keys; i++)
    g_free (values[i]);
  return link;
}

char *
bitket_page_cut (const BitketPage *page, const BitketRequest *request, GPtrArray *records)
{
  g_return_val_if_fail (page != NULL && request != NULL && records != NULL, NULL);

  if (!page->is_paged || records->len <= page->limit)
    return NULL;
  g_ptr_array_set_size (records, (gint) page->limit);
  return bitket_page_link (page, request, records->pdata[records->len - 1]);
}
