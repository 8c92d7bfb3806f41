/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-core"

#include "bitket-json-reader.h"

#include <math.h>
#include <string.h>

#include "bitket-core-error.h"
#include "bitket-id.h"
#include "bitket-money.h"
#include "bitket-time.h"

/* Whole numbers up to here are exact in a double. */
#define MAX_EXACT_DOUBLE 9007199254740992.0

const char *
bitket_json_kind_name (JsonNode *node)
{
  g_return_val_if_fail (node != NULL, NULL);

  switch (json_node_get_node_type (node))
    {
    case JSON_NODE_OBJECT:
      return "object";
    case JSON_NODE_ARRAY:
      return "array";
    case JSON_NODE_NULL:
      return "null";
    case JSON_NODE_VALUE:
      break;
    }
  if (json_node_get_value_type (node) == G_TYPE_STRING)
    return "string";
  return json_node_get_value_type (node) == G_TYPE_BOOLEAN ? "boolean" : "number";
}

static const char *
get_path (BitketJsonReader *reader)
{
  return reader->path != NULL ? reader->path : "";
}

static char *
dup_member_path (BitketJsonReader *reader, const char *member)
{
  const char *path = get_path (reader);

  return g_strconcat (path, *path != '\0' ? "." : "", member, NULL);
}

G_GNUC_PRINTF (5, 6)
static gboolean
set_member_error (BitketJsonReader *reader,
                  const char *member,
                  BitketCoreError code,
                  GError **error,
                  const char *format,
                  ...)
{
  g_autofree char *path = dup_member_path (reader, member);
  g_autofree char *why = NULL;
  va_list args;

  va_start (args, format);
  why = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, BITKET_CORE_ERROR, code, "%s: %s", path, why);
  return FALSE;
}

static gboolean
set_kind_error (BitketJsonReader *reader,
                const char *member,
                const char *wanted,
                JsonNode *found,
                GError **error)
{
  return set_member_error (reader, member, BITKET_CORE_ERROR_KIND, error, "expected %s, found %s",
                           wanted, bitket_json_kind_name (found));
}

/* Puts the way to the member before what a parser said about its value. */
static gboolean
propagate_member_error (BitketJsonReader *reader, const char *member, GError *why, GError **error)
{
  g_autofree char *path = dup_member_path (reader, member);

  g_propagate_prefixed_error (error, why, "%s: ", path);
  return FALSE;
}

/* The member's value, which is neither missing nor null. */
static JsonNode *
find_value (BitketJsonReader *reader, const char *member, GError **error)
{
  JsonNode *node = json_object_get_member (reader->object, member);

  if (node == NULL)
    set_member_error (reader, member, BITKET_CORE_ERROR_MISSING, error, "missing");
  else if (JSON_NODE_HOLDS_NULL (node))
    {
      set_member_error (reader, member, BITKET_CORE_ERROR_NULL, error, "may not be null");
      node = NULL;
    }
  return node;
}

gboolean
bitket_json_reader_init (BitketJsonReader *reader, JsonNode *node, const char *path, GError **error)
{
  const char *prefix = path != NULL ? path : "";

  g_return_val_if_fail (reader != NULL, FALSE);
  g_return_val_if_fail (node != NULL, FALSE);

  if (!JSON_NODE_HOLDS_OBJECT (node))
    {
      g_set_error (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_KIND,
                   "%s%sexpected an object, found %s", prefix, *prefix != '\0' ? ": " : "",
                   bitket_json_kind_name (node));
      return FALSE;
    }
  reader->object = json_node_get_object (node);
  reader->path = g_strdup (prefix);
  return TRUE;
}

void
bitket_json_reader_clear (BitketJsonReader *reader)
{
  g_return_if_fail (reader != NULL);

  reader->object = NULL;
  g_clear_pointer (&reader->path, g_free);
}

gboolean
bitket_json_reader_has (BitketJsonReader *reader, const char *member)
{
  JsonNode *node;

  g_return_val_if_fail (reader != NULL && reader->object != NULL, FALSE);
  g_return_val_if_fail (member != NULL, FALSE);

  node = json_object_get_member (reader->object, member);
  return node != NULL && !JSON_NODE_HOLDS_NULL (node);
}

gboolean
bitket_json_read_string (BitketJsonReader *reader,
                         const char *member,
                         const char **value,
                         GError **error)
{
  JsonNode *node;

  g_return_val_if_fail (reader != NULL && reader->object != NULL, FALSE);
  g_return_val_if_fail (value != NULL, FALSE);

  node = find_value (reader, member, error);
  if (node == NULL)
    return FALSE;
  if (json_node_get_value_type (node) != G_TYPE_STRING)
    return set_kind_error (reader, member, "a string", node, error);
  *value = json_node_get_string (node);
  return TRUE;
}

gboolean
bitket_json_read_string_or (BitketJsonReader *reader,
                            const char *member,
                            const char *fallback,
                            const char **value,
                            GError **error)
{
  g_return_val_if_fail (value != NULL, FALSE);

  if (bitket_json_reader_has (reader, member))
    return bitket_json_read_string (reader, member, value, error);
  *value = fallback;
  return TRUE;
}

gboolean
bitket_json_read_id (BitketJsonReader *reader, const char *member, char id[37], GError **error)
{
  const char *text;
  GError *why = NULL;

  if (!bitket_json_read_string (reader, member, &text, error))
    return FALSE;
  if (!bitket_id_parse (text, -1, id, &why))
    return propagate_member_error (reader, member, why, error);
  return TRUE;
}

/* 3.0 and 3e2 are whole numbers too: JSON knows only one kind. */
static gboolean
read_whole_double (BitketJsonReader *reader,
                   const char *member,
                   double number,
                   gint64 *value,
                   GError **error)
{
  if (fabs (number) > MAX_EXACT_DOUBLE)
    return set_member_error (reader, member, BITKET_CORE_ERROR_LIMIT, error,
                             "too large for a whole number");
  if (trunc (number) != number)
    return set_member_error (reader, member, BITKET_CORE_ERROR_KIND, error,
                             "expected a whole number, found a fraction");
  *value = (gint64) number;
  return TRUE;
}

gboolean
bitket_json_read_int (BitketJsonReader *reader,
                      const char *member,
                      gint64 min,
                      gint64 max,
                      gint64 *value,
                      GError **error)
{
  JsonNode *node;
  gint64 number = 0;

  g_return_val_if_fail (reader != NULL && reader->object != NULL, FALSE);
  g_return_val_if_fail (value != NULL, FALSE);

  node = find_value (reader, member, error);
  if (node == NULL)
    return FALSE;
  if (json_node_get_value_type (node) == G_TYPE_INT64)
    number = json_node_get_int (node);
  else if (json_node_get_value_type (node) != G_TYPE_DOUBLE)
    return set_kind_error (reader, member, "a number", node, error);
  else if (!read_whole_double (reader, member, json_node_get_double (node), &number, error))
    return FALSE;
  if (number < min)
    return set_member_error (reader, member, BITKET_CORE_ERROR_LIMIT, error,
                             "must be at least %" G_GINT64_FORMAT, min);
  if (number > max)
    return set_member_error (reader, member, BITKET_CORE_ERROR_LIMIT, error,
                             "must be at most %" G_GINT64_FORMAT, max);
  *value = number;
  return TRUE;
}

gboolean
bitket_json_read_int_or (BitketJsonReader *reader,
                         const char *member,
                         gint64 min,
                         gint64 max,
                         gint64 fallback,
                         gint64 *value,
                         GError **error)
{
  g_return_val_if_fail (value != NULL, FALSE);

  if (bitket_json_reader_has (reader, member))
    return bitket_json_read_int (reader, member, min, max, value, error);
  *value = fallback;
  return TRUE;
}

gboolean
bitket_json_read_boolean (BitketJsonReader *reader,
                          const char *member,
                          gboolean *value,
                          GError **error)
{
  JsonNode *node;

  g_return_val_if_fail (reader != NULL && reader->object != NULL, FALSE);
  g_return_val_if_fail (value != NULL, FALSE);

  node = find_value (reader, member, error);
  if (node == NULL)
    return FALSE;
  if (json_node_get_value_type (node) != G_TYPE_BOOLEAN)
    return set_kind_error (reader, member, "a boolean", node, error);
  *value = json_node_get_boolean (node);
  return TRUE;
}

gboolean
bitket_json_read_boolean_or (BitketJsonReader *reader,
                             const char *member,
                             gboolean fallback,
                             gboolean *value,
                             GError **error)
{
  g_return_val_if_fail (value != NULL, FALSE);

  if (bitket_json_reader_has (reader, member))
    return bitket_json_read_boolean (reader, member, value, error);
  *value = fallback;
  return TRUE;
}

/* Fifteen digits are what a double keeps of a decimal number; if they do not give it back, it had
 * more of them than money has. */
static gboolean
parse_money_double (double number, gint64 *ore, GError **error)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd (text, sizeof text, "%.15g", number);
  if (strchr (text, 'e') != NULL || g_ascii_strtod (text, NULL) != number)
    {
      g_set_error (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_LIMIT,
                   "%s has more than nine digits or two decimals", text);
      return FALSE;
    }
  return bitket_money_parse (text, ore, error);
}

gboolean
bitket_json_read_money (BitketJsonReader *reader, const char *member, gint64 *ore, GError **error)
{
  JsonNode *node;
  GType type;
  GError *why = NULL;
  gboolean is_good;

  g_return_val_if_fail (reader != NULL && reader->object != NULL, FALSE);
  g_return_val_if_fail (ore != NULL, FALSE);

  node = find_value (reader, member, error);
  if (node == NULL)
    return FALSE;
  type = json_node_get_value_type (node);
  if (type == G_TYPE_STRING)
    is_good = bitket_money_parse (json_node_get_string (node), ore, &why);
  else if (type == G_TYPE_DOUBLE)
    is_good = parse_money_double (json_node_get_double (node), ore, &why);
  else if (type == G_TYPE_INT64)
    {
      char text[32];

      g_snprintf (text, sizeof text, "%" G_GINT64_FORMAT, json_node_get_int (node));
      is_good = bitket_money_parse (text, ore, &why);
    }
  else
    return set_kind_error (reader, member, "an amount", node, error);
  return is_good || propagate_member_error (reader, member, why, error);
}

gboolean
bitket_json_read_time (BitketJsonReader *reader,
                       const char *member,
                       gint64 *time_us,
                       GError **error)
{
  const char *text;
  GError *why = NULL;

  if (!bitket_json_read_string (reader, member, &text, error))
    return FALSE;
  if (!bitket_time_parse (text, time_us, &why))
    return propagate_member_error (reader, member, why, error);
  return TRUE;
}

gboolean
bitket_json_read_time_or (BitketJsonReader *reader,
                          const char *member,
                          gint64 fallback_us,
                          gint64 *time_us,
                          GError **error)
{
  g_return_val_if_fail (time_us != NULL, FALSE);

  if (bitket_json_reader_has (reader, member))
    return bitket_json_read_time (reader, member, time_us, error);
  *time_us = fallback_us;
  return TRUE;
}

gboolean
bitket_json_read_array (BitketJsonReader *reader,
                        const char *member,
                        JsonArray **array,
                        GError **error)
{
  JsonNode *node;

  g_return_val_if_fail (reader != NULL && reader->object != NULL, FALSE);
  g_return_val_if_fail (array != NULL, FALSE);

  node = find_value (reader, member, error);
  if (node == NULL)
    return FALSE;
  if (!JSON_NODE_HOLDS_ARRAY (node))
    return set_kind_error (reader, member, "an array", node, error);
  *array = json_node_get_array (node);
  return TRUE;
}

gboolean
bitket_json_read_object (BitketJsonReader *reader,
                         const char *member,
                         BitketJsonReader *child,
                         GError **error)
{
  g_autofree char *path = NULL;
  JsonNode *node;

  g_return_val_if_fail (reader != NULL && reader->object != NULL, FALSE);
  g_return_val_if_fail (child != NULL, FALSE);

  node = find_value (reader, member, error);
  if (node == NULL)
    return FALSE;
  path = dup_member_path (reader, member);
  return bitket_json_reader_init (child, node, path, error);
}

static char *
dup_element_path (BitketJsonReader *reader, const char *member, guint index)
{
  g_autofree char *path = dup_member_path (reader, member);

  return g_strdup_printf ("%s[%u]", path, index);
}

gboolean
bitket_json_read_element (BitketJsonReader *reader,
                          const char *member,
                          JsonArray *array,
                          guint index,
                          BitketJsonReader *child,
                          GError **error)
{
  g_autofree char *path = NULL;

  g_return_val_if_fail (reader != NULL, FALSE);
  g_return_val_if_fail (array != NULL && index < json_array_get_length (array), FALSE);
  g_return_val_if_fail (child != NULL, FALSE);

  path = dup_element_path (reader, member, index);
  return bitket_json_reader_init (child, json_array_get_element (array, index), path, error);
}

gboolean
bitket_json_read_string_element (BitketJsonReader *reader,
                                 const char *member,
                                 JsonArray *array,
                                 guint index,
                                 const char **value,
                                 GError **error)
{
  g_autofree char *path = NULL;
  JsonNode *node;

  g_return_val_if_fail (reader != NULL, FALSE);
  g_return_val_if_fail (array != NULL && index < json_array_get_length (array), FALSE);
  g_return_val_if_fail (value != NULL, FALSE);

  node = json_array_get_element (array, index);
  if (json_node_get_value_type (node) != G_TYPE_STRING)
    {
      path = dup_element_path (reader, member, index);
      g_set_error (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_KIND,
                   "%s: expected a string, found %s", path, bitket_json_kind_name (node));
      return FALSE;
    }
  *value = json_node_get_string (node);
  return TRUE;
}
