/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-core"

#include "bitket-record-private.h"

#include <string.h>

#include "bitket-core-error.h"
#include "bitket-json-reader.h"
#include "bitket-money.h"
#include "bitket-time.h"

/* A record on the wire. */

static gboolean
is_writable (const BitketField *field)
{
  return (field->flags & (BITKET_FIELD_READ_ONLY | BITKET_FIELD_SECRET)) == 0 &&
         field->kind != BITKET_KIND_COMPUTED;
}

static gboolean
check_member (const BitketSchema *schema,
              const char *name,
              JsonNode *node,
              BitketRecordReadFlags flags,
              GError **error)
{
  const BitketField *field = bitket_schema_get_field (schema, name);

  if (field == NULL)
    {
      if ((flags & BITKET_RECORD_READ_TOLERANT) != 0)
        return TRUE;
      g_set_error (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_UNKNOWN_FIELD, "unknown field of %s",
                   schema->name);
      return FALSE;
    }
  if ((flags & BITKET_RECORD_READ_WRITABLE) != 0 && !is_writable (field))
    {
      g_set_error_literal (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_READ_ONLY,
                           "this field cannot be written");
      return FALSE;
    }
  return bitket_field_check (field, node, error);
}

static gboolean
check_members (const BitketSchema *schema,
               JsonObject *object,
               BitketRecordReadFlags flags,
               GError **error)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  json_object_iter_init (&iter, object);
  while (json_object_iter_next (&iter, &name, &node))
    if (!check_member (schema, name, node, flags, error))
      {
        g_prefix_error (error, "%s: ", name);
        return FALSE;
      }
  return TRUE;
}

/* What must be there: all that has neither a default nor may be null, and that can be written. */
static gboolean
is_due (const BitketField *field, BitketRecordReadFlags flags)
{
  const gboolean is_asked = (flags & BITKET_RECORD_READ_WRITABLE) != 0
                                ? is_writable (field)
                                : (field->flags & BITKET_FIELD_ORIGINAL) != 0;

  return is_asked && (field->flags & BITKET_FIELD_OPTIONAL) == 0 &&
         (flags & BITKET_RECORD_READ_PARTIAL) == 0;
}

static const char required_text[] = "This field is required.";

static gboolean
check_missing (const BitketSchema *schema,
               JsonObject *object,
               BitketRecordReadFlags flags,
               GError **error)
{
  for (guint i = 0; i < schema->n_fields; i++)
    if (is_due (&schema->fields[i], flags) &&
        !json_object_has_member (object, schema->fields[i].name))
      {
        g_set_error (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_MISSING, "%s: %s",
                     schema->fields[i].name, required_text);
        return FALSE;
      }
  return TRUE;
}

static void
add_text (JsonObject *errors, const char *name, const char *text)
{
  JsonArray *texts = json_array_new ();

  json_array_add_string_element (texts, text);
  json_object_set_array_member (errors, name, texts);
}

/* The words for people who wrote a request. */
static const char *
get_wire_text (const GError *error)
{
  if (g_error_matches (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_UNKNOWN_FIELD))
    return "Unknown field.";
  if (g_error_matches (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_READ_ONLY))
    return "This field is read-only.";
  return error->message;
}

JsonObject *
bitket_record_check_json (const BitketSchema *schema,
                          JsonObject *object,
                          BitketRecordReadFlags flags)
{
  g_autoptr (JsonObject) errors = NULL;
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  g_return_val_if_fail (schema != NULL && object != NULL, NULL);

  errors = json_object_new ();
  for (guint i = 0; i < schema->n_fields; i++)
    {
      const BitketField *field = &schema->fields[i];
      g_autoptr (GError) error = NULL;

      node = json_object_get_member (object, field->name);
      if (node != NULL && !check_member (schema, field->name, node, flags, &error))
        add_text (errors, field->name, get_wire_text (error));
      else if (node == NULL && is_due (field, flags))
        add_text (errors, field->name, required_text);
    }
  json_object_iter_init (&iter, object);
  while (json_object_iter_next (&iter, &name, &node))
    {
      g_autoptr (GError) error = NULL;

      if (bitket_schema_get_field (schema, name) == NULL &&
          !check_member (schema, name, node, flags, &error))
        add_text (errors, name, get_wire_text (error));
    }
  return json_object_get_size (errors) == 0 ? NULL : g_steal_pointer (&errors);
}

gboolean
bitket_record_read_json (BitketRecord *self,
                         JsonNode *node,
                         BitketRecordReadFlags flags,
                         GError **error)
{
  const BitketSchema *schema;
  JsonObject *object;

  g_return_val_if_fail (BITKET_IS_RECORD (self), FALSE);
  g_return_val_if_fail (node != NULL, FALSE);

  schema = bitket_record_get_schema (self);
  if (!JSON_NODE_HOLDS_OBJECT (node))
    {
      g_set_error (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_KIND,
                   "%s: expected an object, found %s", schema->name, bitket_json_kind_name (node));
      return FALSE;
    }
  object = json_node_get_object (node);
  if (!check_members (schema, object, flags, error))
    return FALSE;
  if (!check_missing (schema, object, flags, error))
    return FALSE;
  for (guint i = 0; i < schema->n_fields; i++)
    {
      JsonNode *member = json_object_get_member (object, schema->fields[i].name);

      if (member != NULL)
        bitket_record_take_json (self, i, member);
    }
  return TRUE;
}

static JsonNode *
make_string_node (char *text)
{
  JsonNode *node = json_node_new (JSON_NODE_VALUE);

  json_node_set_string (node, text);
  g_free (text);
  return node;
}

static char *
format_reference (const BitketField *field, const char *id, const char *base)
{
  if (base == NULL)
    return g_strdup (id);
  return bitket_hyperlink_format (base, bitket_schema_find (field->target)->collection, id);
}

static JsonNode *
encode_references (BitketRecord *self, const BitketField *field, const char *base)
{
  const char *const *ids = bitket_record_get_references (self, field->name);
  JsonNode *node = json_node_new (JSON_NODE_ARRAY);
  JsonArray *array = json_array_new ();

  for (guint i = 0; ids[i] != NULL; i++)
    json_array_add_element (array, make_string_node (format_reference (field, ids[i], base)));
  json_node_take_array (node, array);
  return node;
}

static JsonNode *
encode_number (BitketRecord *self, const BitketField *field)
{
  const gint64 number = bitket_record_get_int64 (self, field->name);
  JsonNode *node;

  if (field->kind == BITKET_KIND_MONEY)
    return make_string_node (bitket_money_format (number));
  if (field->kind == BITKET_KIND_TIME)
    return make_string_node (bitket_time_format (number));
  node = json_node_new (JSON_NODE_VALUE);
  if (field->kind == BITKET_KIND_BOOLEAN)
    json_node_set_boolean (node, number != 0);
  else
    json_node_set_int (node, number);
  return node;
}

static JsonNode *
encode_field (BitketRecord *self, const BitketField *field, const char *base)
{
  if (field->kind == BITKET_KIND_REFERENCES)
    return encode_references (self, field, base);
  if (bitket_record_is_null (self, field->name))
    return json_node_new (JSON_NODE_NULL);
  switch (field->kind)
    {
    case BITKET_KIND_BOOLEAN:
    case BITKET_KIND_INTEGER:
    case BITKET_KIND_MONEY:
    case BITKET_KIND_TIME:
      return encode_number (self, field);
    case BITKET_KIND_COMPUTED:
      return json_node_ref (bitket_record_get_computed (self, field->name));
    case BITKET_KIND_REFERENCE:
      return make_string_node (
          format_reference (field, bitket_record_get_text (self, field->name), base));
    case BITKET_KIND_ID:
    case BITKET_KIND_TEXT:
    case BITKET_KIND_EMAIL:
    case BITKET_KIND_SLUG:
    case BITKET_KIND_NIN:
    case BITKET_KIND_CHOICE:
    case BITKET_KIND_REFERENCES:
    case BITKET_KIND_NONE:
      break;
    }
  return make_string_node (g_strdup (bitket_record_get_text (self, field->name)));
}

static gboolean
is_shown (BitketRecord *self, const BitketField *field, BitketView view)
{
  if ((field->flags & BITKET_FIELD_SECRET) != 0)
    return FALSE;
  switch (view)
    {
    case BITKET_VIEW_ORIGINAL:
      return (field->flags & BITKET_FIELD_ORIGINAL) != 0;
    case BITKET_VIEW_STAFF:
      return TRUE;
    case BITKET_VIEW_CHANGED:
      return is_writable (field) && bitket_record_is_changed (self, field->name);
    case BITKET_VIEW_NONE:
      break;
    }
  return FALSE;
}

JsonNode *
bitket_record_to_json (BitketRecord *self, const char *base, BitketView view)
{
  const BitketSchema *schema;
  JsonObject *object;
  JsonNode *node;

  g_return_val_if_fail (BITKET_IS_RECORD (self), NULL);

  schema = bitket_record_get_schema (self);
  object = json_object_new ();
  if (view != BITKET_VIEW_CHANGED && base != NULL)
    json_object_set_member (object, "url",
                            make_string_node (bitket_hyperlink_format (
                                base, schema->collection, bitket_record_get_id (self))));
  for (guint i = 0; i < schema->n_fields; i++)
    if (is_shown (self, &schema->fields[i], view))
      json_object_set_member (object, schema->fields[i].name,
                              encode_field (self, &schema->fields[i], base));
  node = json_node_new (JSON_NODE_OBJECT);
  json_node_take_object (node, object);
  return node;
}
