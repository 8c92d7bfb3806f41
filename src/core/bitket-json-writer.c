/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-core"

/* The counterpart of the parser. json-glib's generator writes large doubles as "3e+21.0", which is
 * no JSON, and others with digits that nobody gave it. */

#include "bitket-json-reader.h"

#include <string.h>

static void append_node (GString *text, JsonNode *node);

/* What the original escaped, and nothing else: quotes, backslashes, control characters, and the
 * two line separators that JavaScript once stumbled over. */
static void
append_string (GString *text, const char *string)
{
  static const char names[] = "\b\f\n\r\t\"\\";
  static const char letters[] = "bfnrt\"\\";

  g_string_append_c (text, '"');
  for (const char *p = string; *p != '\0'; p++)
    {
      const char *name = strchr (names, *p);

      if (name != NULL)
        {
          g_string_append_c (text, '\\');
          g_string_append_c (text, letters[name - names]);
        }
      else if ((guchar) *p < 0x20)
        g_string_append_printf (text, "\\u%04x", (guint) *p);
      else if (strncmp (p, "\xe2\x80\xa8", 3) == 0 || strncmp (p, "\xe2\x80\xa9", 3) == 0)
        {
          g_string_append (text, (guchar) p[2] == 0xa8 ? "\\u2028" : "\\u2029");
          p += 2;
        }
      else
        g_string_append_c (text, *p);
    }
  g_string_append_c (text, '"');
}

/* The fewest digits that give the number back; always with a sign that it is no whole number. */
static void
append_double (GString *text, double number)
{
  static const char *const formats[] = { "%.15g", "%.16g", "%.17g" };
  char digits[G_ASCII_DTOSTR_BUF_SIZE];

  for (gsize i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      g_ascii_formatd (digits, sizeof digits, formats[i], number);
      if (g_ascii_strtod (digits, NULL) == number)
        break;
    }
  g_string_append (text, digits);
  if (strpbrk (digits, ".e") == NULL)
    g_string_append (text, ".0");
}

static void
append_value (GString *text, JsonNode *node)
{
  GType type = json_node_get_value_type (node);

  if (type == G_TYPE_STRING)
    append_string (text, json_node_get_string (node));
  else if (type == G_TYPE_BOOLEAN)
    g_string_append (text, json_node_get_boolean (node) ? "true" : "false");
  else if (type == G_TYPE_DOUBLE)
    append_double (text, json_node_get_double (node));
  else
    g_string_append_printf (text, "%" G_GINT64_FORMAT, json_node_get_int (node));
}

static void
append_object (GString *text, JsonObject *object)
{
  JsonObjectIter iter;
  const char *member;
  JsonNode *node;
  const char *separator = "";

  g_string_append_c (text, '{');
  json_object_iter_init_ordered (&iter, object);
  while (json_object_iter_next_ordered (&iter, &member, &node))
    {
      g_string_append (text, separator);
      append_string (text, member);
      g_string_append_c (text, ':');
      append_node (text, node);
      separator = ",";
    }
  g_string_append_c (text, '}');
}

static void
append_array (GString *text, JsonArray *array)
{
  guint n_elements = json_array_get_length (array);

  g_string_append_c (text, '[');
  for (guint i = 0; i < n_elements; i++)
    {
      if (i > 0)
        g_string_append_c (text, ',');
      append_node (text, json_array_get_element (array, i));
    }
  g_string_append_c (text, ']');
}

static void
append_node (GString *text, JsonNode *node)
{
  switch (json_node_get_node_type (node))
    {
    case JSON_NODE_OBJECT:
      append_object (text, json_node_get_object (node));
      break;
    case JSON_NODE_ARRAY:
      append_array (text, json_node_get_array (node));
      break;
    case JSON_NODE_VALUE:
      append_value (text, node);
      break;
    case JSON_NODE_NULL:
      g_string_append (text, "null");
      break;
    }
}

char *
bitket_json_to_string (JsonNode *node)
{
  GString *text;

  g_return_val_if_fail (node != NULL, NULL);

  text = g_string_sized_new (256);
  append_node (text, node);
  return g_string_free (text, FALSE);
}
