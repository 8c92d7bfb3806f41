/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-core"

#include "bitket-schema.h"

#include <string.h>

#include "bitket-core-error.h"
#include "bitket-id.h"
#include "bitket-money.h"
#include "bitket-time.h"

const BitketSchema *
bitket_schema_find (const char *name)
{
  guint n;
  const BitketSchema *const *schemas = bitket_schemas_get (&n);

  for (guint i = 0; i < n; i++)
    if (g_strcmp0 (schemas[i]->name, name) == 0)
      return schemas[i];
  return NULL;
}

const BitketSchema *
bitket_schema_find_collection (const char *collection)
{
  guint n;
  const BitketSchema *const *schemas = bitket_schemas_get (&n);

  for (guint i = 0; i < n; i++)
    if (g_strcmp0 (schemas[i]->collection, collection) == 0)
      return schemas[i];
  return NULL;
}

const BitketSchema *
bitket_schema_find_model (const char *model)
{
  guint n;
  const BitketSchema *const *schemas = bitket_schemas_get (&n);

  for (guint i = 0; i < n; i++)
    if (schemas[i]->model != NULL && g_strcmp0 (schemas[i]->model, model) == 0)
      return schemas[i];
  return NULL;
}

const BitketField *
bitket_schema_get_field (const BitketSchema *schema, const char *name)
{
  g_return_val_if_fail (schema != NULL, NULL);

  for (guint i = 0; i < schema->n_fields; i++)
    if (g_strcmp0 (schema->fields[i].name, name) == 0)
      return &schema->fields[i];
  return NULL;
}

gboolean
bitket_field_is_column (const BitketField *field)
{
  return field->kind != BITKET_KIND_REFERENCES && field->kind != BITKET_KIND_COMPUTED;
}

char *
bitket_field_dup_link_table (const BitketSchema *schema, const BitketField *field)
{
  g_return_val_if_fail (field->kind == BITKET_KIND_REFERENCES, NULL);

  return g_strdup_printf ("%s_%s", schema->table, field->name);
}

const char *
bitket_value_type_name (JsonNode *value)
{
  g_return_val_if_fail (value != NULL, "NoneType");

  switch (json_node_get_node_type (value))
    {
    case JSON_NODE_OBJECT:
      return "dict";
    case JSON_NODE_ARRAY:
      return "list";
    case JSON_NODE_NULL:
      return "NoneType";
    case JSON_NODE_VALUE:
      break;
    }
  switch (json_node_get_value_type (value))
    {
    case G_TYPE_STRING:
      return "str";
    case G_TYPE_BOOLEAN:
      return "bool";
    case G_TYPE_INT64:
      return "int";
    default:
      return "float";
    }
}

static gboolean
fail (GError **error, BitketCoreError code, const char *text)
{
  g_set_error_literal (error, BITKET_CORE_ERROR, code, text);
  return FALSE;
}

static const char *
peek_string (JsonNode *value)
{
  if (JSON_NODE_HOLDS_VALUE (value) && json_node_get_value_type (value) == G_TYPE_STRING)
    return json_node_get_string (value);
  return NULL;
}

static gboolean
check_text (const BitketField *field, JsonNode *value, GError **error)
{
  const char *text = peek_string (value);
  glong len;

  if (text == NULL)
    return fail (error, BITKET_CORE_ERROR_KIND, "Not a valid string.");
  len = g_utf8_strlen (text, -1);
  if (len == 0 && (field->flags & BITKET_FIELD_BLANK) == 0)
    return fail (error, BITKET_CORE_ERROR_LIMIT, "This field may not be blank.");
  if (field->max > 0 && len > field->max)
    {
      g_set_error (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_LIMIT,
                   "Ensure this field has no more than %" G_GINT64_FORMAT " characters.",
                   field->max);
      return FALSE;
    }
  if (len < field->min)
    {
      g_set_error (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_LIMIT,
                   "Ensure this field has at least %" G_GINT64_FORMAT " characters.", field->min);
      return FALSE;
    }
  return TRUE;
}

/* One '@', something on both sides, a dot in the domain, no blanks or controls: enough to catch
 * slips; whether the address works is found out by writing to it. */
static gboolean
check_email (const BitketField *field, JsonNode *value, GError **error)
{
  const char *text, *at;

  if (!check_text (field, value, error))
    return FALSE;
  text = json_node_get_string (value);
  at = strchr (text, '@');
  if (at == NULL || at == text || strchr (at + 1, '@') != NULL || strchr (at + 1, '.') == NULL ||
      at[1] == '.' || g_str_has_suffix (text, ".") || strpbrk (text, " \t\r\n<>,;") != NULL)
    return fail (error, BITKET_CORE_ERROR_SYNTAX, "Enter a valid email address.");
  return TRUE;
}

static gboolean
check_slug (const BitketField *field, JsonNode *value, GError **error)
{
  if (!check_text (field, value, error))
    return FALSE;
  for (const char *p = json_node_get_string (value); *p != '\0'; p++)
    if (!g_ascii_isalnum (*p) && *p != '-' && *p != '_')
      return fail (
          error, BITKET_CORE_ERROR_SYNTAX,
          "Enter a valid \"slug\" consisting of letters, numbers, underscores or hyphens.");
  return TRUE;
}

static gboolean
check_choice (const BitketField *field, JsonNode *value, GError **error)
{
  const char *text = peek_string (value);
  g_auto (GStrv) choices = g_strsplit (field->target, "|", -1);
  g_autofree char *number = NULL;

  if (text != NULL && g_strv_contains ((const char *const *) choices, text))
    return TRUE;
  if (JSON_NODE_HOLDS_VALUE (value) && json_node_get_value_type (value) == G_TYPE_INT64)
    text = number = g_strdup_printf ("%" G_GINT64_FORMAT, json_node_get_int (value));
  g_set_error (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_CHOICE, "\"%s\" is not a valid choice.",
               text != NULL ? text : bitket_value_type_name (value));
  return FALSE;
}

static gboolean
check_range (const BitketField *field, gint64 number, GError **error)
{
  if (field->min == 0 && field->max == 0)
    return TRUE;
  if (number >= field->min && number <= field->max)
    return TRUE;
  g_set_error (
      error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_LIMIT,
      number < field->min ? "Ensure this value is greater than or equal to %" G_GINT64_FORMAT "."
                          : "Ensure this value is less than or equal to %" G_GINT64_FORMAT ".",
      field->kind == BITKET_KIND_MONEY ? (number < field->min ? field->min : field->max) / 100
                                       : (number < field->min ? field->min : field->max));
  return FALSE;
}

/* What is too long about the amount @text: the original's order of looking. */
static const char *
explain_money_limit (const char *text)
{
  const char *whole = text + strspn (text, " +-0");
  gsize n_whole = strspn (whole, "0123456789");
  gsize n_decimals = whole[n_whole] == '.' ? strspn (whole + n_whole + 1, "0123456789") : 0;

  if (n_whole + n_decimals > 9)
    return "Ensure that there are no more than 9 digits in total.";
  if (n_decimals > 2)
    return "Ensure that there are no more than 2 decimal places.";
  return "Ensure that there are no more than 7 digits before the decimal point.";
}

static gboolean
check_money (const BitketField *field, JsonNode *value, GError **error)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) local_error = NULL;
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];
  gint64 ore;

  if (peek_string (value) != NULL)
    text = g_strdup (peek_string (value));
  else if (JSON_NODE_HOLDS_VALUE (value) && json_node_get_value_type (value) == G_TYPE_INT64)
    text = g_strdup_printf ("%" G_GINT64_FORMAT, json_node_get_int (value));
  else if (JSON_NODE_HOLDS_VALUE (value) && json_node_get_value_type (value) == G_TYPE_DOUBLE)
    text =
        g_strdup (g_ascii_formatd (buffer, sizeof buffer, "%.15g", json_node_get_double (value)));
  else
    return fail (error, BITKET_CORE_ERROR_KIND, "A valid number is required.");
  if (bitket_money_parse (text, &ore, &local_error))
    return check_range (field, ore, error);
  if (!g_error_matches (local_error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_LIMIT))
    return fail (error, BITKET_CORE_ERROR_SYNTAX, "A valid number is required.");
  return fail (error, BITKET_CORE_ERROR_LIMIT, explain_money_limit (text));
}

static gboolean
check_reference (const BitketField *field, JsonNode *value, GError **error)
{
  const char *text = peek_string (value);
  const BitketSchema *target = bitket_schema_find (field->target);
  char id[BITKET_ID_SIZE];

  if (text == NULL)
    {
      g_set_error (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_KIND,
                   "Incorrect type. Expected URL string, received %s.",
                   bitket_value_type_name (value));
      return FALSE;
    }
  return bitket_hyperlink_parse (text, target->collection, id, error);
}

static gboolean
check_references (const BitketField *field, JsonNode *value, GError **error)
{
  JsonArray *array;

  if (!JSON_NODE_HOLDS_ARRAY (value))
    {
      g_set_error (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_KIND,
                   "Expected a list of items but got type \"%s\".", bitket_value_type_name (value));
      return FALSE;
    }
  array = json_node_get_array (value);
  for (guint i = 0; i < json_array_get_length (array); i++)
    if (!check_reference (field, json_array_get_element (array, i), error))
      return FALSE;
  return TRUE;
}

static gboolean
check_time (JsonNode *value, GError **error)
{
  gint64 time_us;

  if (peek_string (value) != NULL && bitket_time_parse (peek_string (value), &time_us, NULL))
    return TRUE;
  return fail (error, BITKET_CORE_ERROR_SYNTAX,
               "Datetime has wrong format. Use one of these formats instead: "
               "YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z].");
}

static gboolean
check_id (JsonNode *value, GError **error)
{
  char id[BITKET_ID_SIZE];

  if (peek_string (value) != NULL && bitket_id_parse (peek_string (value), -1, id, NULL))
    return TRUE;
  return fail (error, BITKET_CORE_ERROR_SYNTAX, "Must be a valid UUID.");
}

gboolean
bitket_field_check (const BitketField *field, JsonNode *value, GError **error)
{
  g_return_val_if_fail (field != NULL && value != NULL, FALSE);

  /* What the service works out may be unknown, or not for everybody's eyes. */
  if (JSON_NODE_HOLDS_NULL (value))
    return (field->flags & BITKET_FIELD_NULLABLE) != 0 || field->kind == BITKET_KIND_COMPUTED ||
           fail (error, BITKET_CORE_ERROR_NULL, "This field may not be null.");

  switch (field->kind)
    {
    case BITKET_KIND_TEXT:
    case BITKET_KIND_NIN:
      return check_text (field, value, error);
    case BITKET_KIND_EMAIL:
      return check_email (field, value, error);
    case BITKET_KIND_SLUG:
      return check_slug (field, value, error);
    case BITKET_KIND_CHOICE:
      return check_choice (field, value, error);
    case BITKET_KIND_ID:
      return check_id (value, error);
    case BITKET_KIND_REFERENCE:
      return check_reference (field, value, error);
    case BITKET_KIND_REFERENCES:
      return check_references (field, value, error);
    case BITKET_KIND_BOOLEAN:
      if (JSON_NODE_HOLDS_VALUE (value) && json_node_get_value_type (value) == G_TYPE_BOOLEAN)
        return TRUE;
      return fail (error, BITKET_CORE_ERROR_KIND, "Must be a valid boolean.");
    case BITKET_KIND_INTEGER:
      if (!JSON_NODE_HOLDS_VALUE (value) || json_node_get_value_type (value) != G_TYPE_INT64)
        return fail (error, BITKET_CORE_ERROR_KIND, "A valid integer is required.");
      return check_range (field, json_node_get_int (value), error);
    case BITKET_KIND_MONEY:
      return check_money (field, value, error);
    case BITKET_KIND_TIME:
      return check_time (value, error);
    case BITKET_KIND_COMPUTED:
      return TRUE;
    case BITKET_KIND_NONE:
      break;
    }
  g_return_val_if_reached (FALSE);
}

char *
bitket_hyperlink_format (const char *base, const char *collection, const char *id)
{
  return g_strdup_printf ("%s/api/%s/%s/", base, collection, id);
}

/* The path of a link: what stands after scheme and host, or all of it. */
static const char *
skip_origin (const char *text)
{
  const char *scheme = strstr (text, "://");

  if (scheme == NULL || strcspn (text, "/?#") < (gsize) (scheme - text))
    return text;
  return scheme + 3 + strcspn (scheme + 3, "/?#");
}

gboolean
bitket_hyperlink_parse (const char *text,
                        const char *collection,
                        char id[BITKET_ID_SIZE],
                        GError **error)
{
  g_auto (GStrv) parts = NULL;
  char parsed[BITKET_ID_SIZE];

  g_return_val_if_fail (text != NULL && collection != NULL && id != NULL, FALSE);

  if (bitket_id_parse (text, -1, id, NULL))
    return TRUE;
  parts = g_strsplit (skip_origin (text), "/", 7);
  /* "", "api", collection, id, "" */
  if (g_strv_length (parts) != 5 || *parts[0] != '\0' || strcmp (parts[1], "api") != 0 ||
      *parts[4] != '\0' || bitket_schema_find_collection (parts[2]) == NULL ||
      !bitket_id_parse (parts[3], -1, parsed, NULL))
    return fail (error, BITKET_CORE_ERROR_SYNTAX, "Invalid hyperlink - No URL match.");
  if (strcmp (parts[2], collection) != 0)
    return fail (error, BITKET_CORE_ERROR_CHOICE, "Invalid hyperlink - Incorrect URL match.");
  memcpy (id, parsed, BITKET_ID_SIZE);
  return TRUE;
}
