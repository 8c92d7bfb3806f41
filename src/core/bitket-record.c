/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-core"

#include "bitket-record-private.h"

#include <string.h>

#include "bitket-id.h"
#include "bitket-money.h"
#include "bitket-records.h"
#include "bitket-time.h"

/* One field's value. Which member counts follows from the field's kind. */
typedef struct
{
  union
  {
    char *text;         /* (owned) */
    char **references;  /* (owned) */
    JsonNode *computed; /* (owned) */
    gint64 number;      /* integer, money, time, boolean */
  };
  gboolean is_null;
  gboolean is_changed;
} Value;

typedef struct
{
  Value *values; /* (owned) one a field of the schema */
} BitketRecordPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (BitketRecord, bitket_record, G_TYPE_OBJECT)

typedef enum
{
  STORAGE_TEXT,
  STORAGE_NUMBER,
  STORAGE_REFERENCES,
  STORAGE_COMPUTED,
} Storage;

static Storage
get_storage (BitketKind kind)
{
  switch (kind)
    {
    case BITKET_KIND_BOOLEAN:
    case BITKET_KIND_INTEGER:
    case BITKET_KIND_MONEY:
    case BITKET_KIND_TIME:
      return STORAGE_NUMBER;
    case BITKET_KIND_REFERENCES:
      return STORAGE_REFERENCES;
    case BITKET_KIND_COMPUTED:
      return STORAGE_COMPUTED;
    case BITKET_KIND_ID:
    case BITKET_KIND_TEXT:
    case BITKET_KIND_EMAIL:
    case BITKET_KIND_SLUG:
    case BITKET_KIND_NIN:
    case BITKET_KIND_CHOICE:
    case BITKET_KIND_REFERENCE:
    case BITKET_KIND_NONE:
      break;
    }
  return STORAGE_TEXT;
}

static const BitketSchema *
get_schema (BitketRecord *self)
{
  return BITKET_RECORD_GET_CLASS (self)->schema;
}

static void
clear_value (const BitketField *field, Value *value)
{
  switch (get_storage (field->kind))
    {
    case STORAGE_TEXT:
      g_clear_pointer (&value->text, g_free);
      break;
    case STORAGE_REFERENCES:
      g_clear_pointer (&value->references, g_strfreev);
      break;
    case STORAGE_COMPUTED:
      g_clear_pointer (&value->computed, json_node_unref);
      break;
    case STORAGE_NUMBER:
      value->number = 0;
      break;
    }
  value->is_null = TRUE;
}

/* Whether two values of a field are the same, so that setting what already stands changes nothing.
 */
static gboolean
values_equal (const BitketField *field, const Value *a, const Value *b)
{
  static const char *const nothing[] = { NULL };
  const char *const *left, *const *right;

  if (a->is_null || b->is_null)
    return a->is_null && b->is_null;
  switch (get_storage (field->kind))
    {
    case STORAGE_TEXT:
      return g_strcmp0 (a->text, b->text) == 0;
    case STORAGE_NUMBER:
      return a->number == b->number;
    case STORAGE_REFERENCES:
      left = a->references != NULL ? (const char *const *) a->references : nothing;
      right = b->references != NULL ? (const char *const *) b->references : nothing;
      return g_strv_equal (left, right);
    case STORAGE_COMPUTED:
      return json_node_equal (a->computed, b->computed);
    }
  return FALSE;
}

/* Puts @value (whose content is taken) in the place of field @index, and tells who listens. */
static void
take_value (BitketRecord *self, guint index, Value *value)
{
  BitketRecordPrivate *priv = bitket_record_get_instance_private (self);
  const BitketField *field = &get_schema (self)->fields[index];
  Value *place = &priv->values[index];
  g_autofree char *property = NULL;

  if (values_equal (field, place, value))
    {
      clear_value (field, value);
      return;
    }
  clear_value (field, place);
  *place = *value;
  place->is_changed = TRUE;
  memset (value, 0, sizeof *value);
  property = g_strdelimit (g_strdup (field->name), "_", '-');
  g_object_notify (G_OBJECT (self), property);
}

static gboolean
find_field (BitketRecord *self, const char *name, guint *index)
{
  const BitketSchema *schema = get_schema (self);

  for (guint i = 0; i < schema->n_fields; i++)
    if (strcmp (schema->fields[i].name, name) == 0)
      {
        *index = i;
        return TRUE;
      }
  return FALSE;
}

static Value *
get_value (BitketRecord *self, const char *name, Storage storage)
{
  BitketRecordPrivate *priv = bitket_record_get_instance_private (self);
  guint index;

  if (!find_field (self, name, &index) ||
      get_storage (get_schema (self)->fields[index].kind) != storage)
    {
      g_critical ("%s has no such field of that kind: %s", G_OBJECT_TYPE_NAME (self), name);
      return NULL;
    }
  return &priv->values[index];
}

static void
bitket_record_get_property (GObject *object, guint property_id, GValue *out, GParamSpec *pspec)
{
  BitketRecord *self = BITKET_RECORD (object);
  BitketRecordPrivate *priv = bitket_record_get_instance_private (self);
  const BitketField *field = &get_schema (self)->fields[property_id - 1];
  const Value *value = &priv->values[property_id - 1];

  switch (get_storage (field->kind))
    {
    case STORAGE_TEXT:
      g_value_set_string (out, value->text);
      break;
    case STORAGE_NUMBER:
      if (field->kind == BITKET_KIND_BOOLEAN)
        g_value_set_boolean (out, value->number != 0);
      else
        g_value_set_int64 (out, value->number);
      break;
    case STORAGE_REFERENCES:
      g_value_set_boxed (out, value->references);
      break;
    case STORAGE_COMPUTED:
      g_value_set_boxed (out, value->computed);
      break;
    }
}

static void
bitket_record_set_property (GObject *object, guint property_id, const GValue *in, GParamSpec *pspec)
{
  BitketRecord *self = BITKET_RECORD (object);
  const BitketField *field = &get_schema (self)->fields[property_id - 1];
  Value value = { 0 };

  switch (get_storage (field->kind))
    {
    case STORAGE_TEXT:
      value.text = g_value_dup_string (in);
      value.is_null = value.text == NULL;
      break;
    case STORAGE_NUMBER:
      value.number =
          field->kind == BITKET_KIND_BOOLEAN ? g_value_get_boolean (in) : g_value_get_int64 (in);
      break;
    case STORAGE_REFERENCES:
      value.references = g_value_dup_boxed (in);
      break;
    case STORAGE_COMPUTED:
      value.computed = g_value_dup_boxed (in);
      value.is_null = value.computed == NULL;
      break;
    }
  take_value (self, property_id - 1, &value);
}

static GParamSpec *
make_property (const BitketField *field, const char *name)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  switch (get_storage (field->kind))
    {
    case STORAGE_NUMBER:
      if (field->kind == BITKET_KIND_BOOLEAN)
        return g_param_spec_boolean (name, NULL, NULL, FALSE, flags);
      return g_param_spec_int64 (name, NULL, NULL, G_MININT64, G_MAXINT64, 0, flags);
    case STORAGE_REFERENCES:
      return g_param_spec_boxed (name, NULL, NULL, G_TYPE_STRV, flags);
    case STORAGE_COMPUTED:
      return g_param_spec_boxed (name, NULL, NULL, JSON_TYPE_NODE, flags);
    case STORAGE_TEXT:
      break;
    }
  return g_param_spec_string (name, NULL, NULL, NULL, flags);
}

void
bitket_record_class_install (BitketRecordClass *klass, const BitketSchema *schema)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  /* GObject clears these in every subclass. */
  object_class->get_property = bitket_record_get_property;
  object_class->set_property = bitket_record_set_property;
  klass->schema = schema;
  for (guint i = 0; i < schema->n_fields; i++)
    {
      g_autofree char *name = g_strdelimit (g_strdup (schema->fields[i].name), "_", '-');

      g_object_class_install_property (object_class, i + 1,
                                       make_property (&schema->fields[i], g_intern_string (name)));
    }
}

static gint64
decode_money (JsonNode *node)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];
  g_autofree char *text = NULL;
  gint64 ore = 0;

  if (json_node_get_value_type (node) == G_TYPE_STRING)
    text = json_node_dup_string (node);
  else
    text = g_strdup (g_ascii_formatd (buffer, sizeof buffer, "%.15g", json_node_get_double (node)));
  bitket_money_parse (text, &ore, NULL);
  return ore;
}

static gint64
decode_number (const BitketField *field, JsonNode *node)
{
  gint64 time_us = 0;

  if (field->kind == BITKET_KIND_BOOLEAN)
    return json_node_get_boolean (node);
  if (field->kind == BITKET_KIND_INTEGER)
    return json_node_get_int (node);
  if (field->kind == BITKET_KIND_MONEY)
    return decode_money (node);
  bitket_time_parse (json_node_get_string (node), &time_us, NULL);
  return time_us;
}

/* An id, from a hyperlink or bare; kept as it stands when the field names no other schema. */
static char *
decode_reference (const BitketField *field, const char *text)
{
  char id[BITKET_ID_SIZE];

  if (field->target != NULL &&
      bitket_hyperlink_parse (text, bitket_schema_find (field->target)->collection, id, NULL))
    return g_strdup (id);
  if (bitket_id_parse (text, -1, id, NULL))
    return g_strdup (id);
  return g_strdup (text);
}

static char **
decode_references (const BitketField *field, JsonArray *array)
{
  g_autoptr (GStrvBuilder) ids = g_strv_builder_new ();

  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      g_autofree char *id = decode_reference (field, json_array_get_string_element (array, i));

      g_strv_builder_add (ids, id);
    }
  return g_strv_builder_end (ids);
}

/* Turns JSON that bitket_field_check() passed into the value inside. */
static void
decode_value (const BitketField *field, JsonNode *node, Value *value)
{
  memset (value, 0, sizeof *value);
  if (JSON_NODE_HOLDS_NULL (node))
    {
      value->is_null = TRUE;
      return;
    }
  switch (get_storage (field->kind))
    {
    case STORAGE_TEXT:
      if (field->kind == BITKET_KIND_REFERENCE || field->kind == BITKET_KIND_ID)
        value->text = decode_reference (field, json_node_get_string (node));
      else
        value->text = json_node_dup_string (node);
      break;
    case STORAGE_NUMBER:
      value->number = decode_number (field, node);
      break;
    case STORAGE_REFERENCES:
      value->references = decode_references (field, json_node_get_array (node));
      break;
    case STORAGE_COMPUTED:
      value->computed = json_node_ref (node);
      break;
    }
}

static void
set_default (const BitketField *field, Value *value)
{
  g_autoptr (JsonNode) node = json_from_string (field->default_json, NULL);

  g_assert (node != NULL);
  decode_value (field, node, value);
}

static void
bitket_record_constructed (GObject *object)
{
  BitketRecord *self = BITKET_RECORD (object);
  BitketRecordPrivate *priv = bitket_record_get_instance_private (self);
  const BitketSchema *schema = get_schema (self);

  /* Runs before any property is set: none of them is a construction property. */
  priv->values = g_new0 (Value, schema->n_fields);
  for (guint i = 0; i < schema->n_fields; i++)
    {
      priv->values[i].is_null = TRUE;
      if (schema->fields[i].default_json != NULL)
        set_default (&schema->fields[i], &priv->values[i]);
    }
  G_OBJECT_CLASS (bitket_record_parent_class)->constructed (object);
}

static void
bitket_record_finalize (GObject *object)
{
  BitketRecord *self = BITKET_RECORD (object);
  BitketRecordPrivate *priv = bitket_record_get_instance_private (self);
  const BitketSchema *schema = get_schema (self);

  for (guint i = 0; i < schema->n_fields; i++)
    clear_value (&schema->fields[i], &priv->values[i]);
  g_free (priv->values);
  G_OBJECT_CLASS (bitket_record_parent_class)->finalize (object);
}

static void
bitket_record_class_init (BitketRecordClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->constructed = bitket_record_constructed;
  object_class->finalize = bitket_record_finalize;
}

static void
bitket_record_init (BitketRecord *self)
{
  /* The schema is known once the instance has its own class: see constructed. */
}

const BitketSchema *
bitket_record_get_schema (BitketRecord *self)
{
  g_return_val_if_fail (BITKET_IS_RECORD (self), NULL);

  return get_schema (self);
}

#define RECORD_TYPES(X)                                                                            \
  X (organization)                                                                                 \
  X (membership)                                                                                   \
  X (event)                                                                                        \
  X (ticket_type)                                                                                  \
  X (variation)                                                                                    \
  X (variation_choice)                                                                             \
  X (student_union)                                                                                \
  X (condition)                                                                                    \
  X (modifier)                                                                                     \
  X (access_code)                                                                                  \
  X (user)                                                                                         \
  X (ticket)                                                                                       \
  X (ticket_ownership)                                                                             \
  X (transaction)

GType
bitket_record_type_for_schema (const BitketSchema *schema)
{
#define TYPE_OF(stem)                                                                              \
  if (schema == &bitket_##stem##_schema)                                                           \
    return bitket_##stem##_get_type ();
  RECORD_TYPES (TYPE_OF)
#undef TYPE_OF
  g_return_val_if_reached (G_TYPE_INVALID);
}

BitketRecord *
bitket_record_new (const BitketSchema *schema)
{
  return g_object_new (bitket_record_type_for_schema (schema), NULL);
}

const char *
bitket_record_get_id (BitketRecord *self)
{
  return bitket_record_get_text (self, "id");
}

const char *
bitket_record_get_text (BitketRecord *self, const char *field)
{
  const Value *value = get_value (self, field, STORAGE_TEXT);

  return value != NULL ? value->text : NULL;
}

gboolean
bitket_record_get_boolean (BitketRecord *self, const char *field)
{
  return bitket_record_get_int64 (self, field) != 0;
}

gint64
bitket_record_get_int64 (BitketRecord *self, const char *field)
{
  const Value *value = get_value (self, field, STORAGE_NUMBER);

  return value != NULL ? value->number : 0;
}

const char *const *
bitket_record_get_references (BitketRecord *self, const char *field)
{
  static const char *const nothing[] = { NULL };
  const Value *value = get_value (self, field, STORAGE_REFERENCES);

  return value != NULL && value->references != NULL ? (const char *const *) value->references
                                                    : nothing;
}

JsonNode *
bitket_record_get_computed (BitketRecord *self, const char *field)
{
  const Value *value = get_value (self, field, STORAGE_COMPUTED);

  return value != NULL ? value->computed : NULL;
}

gboolean
bitket_record_is_null (BitketRecord *self, const char *field)
{
  BitketRecordPrivate *priv = bitket_record_get_instance_private (self);
  guint index;

  g_return_val_if_fail (find_field (self, field, &index), TRUE);

  return priv->values[index].is_null;
}

/* Sets field @name, which must be of @storage, to @value, whose content is taken. */
static void
set_value (BitketRecord *self, const char *name, Storage storage, Value *value)
{
  BitketRecordPrivate *priv = bitket_record_get_instance_private (self);
  Value *place = get_value (self, name, storage);

  g_return_if_fail (place != NULL);

  take_value (self, (guint) (place - priv->values), value);
}

void
bitket_record_set_text (BitketRecord *self, const char *field, const char *text)
{
  Value value = { .text = g_strdup (text), .is_null = text == NULL };

  set_value (self, field, STORAGE_TEXT, &value);
}

void
bitket_record_set_boolean (BitketRecord *self, const char *field, gboolean boolean)
{
  bitket_record_set_int64 (self, field, boolean ? 1 : 0);
}

void
bitket_record_set_int64 (BitketRecord *self, const char *field, gint64 number)
{
  Value value = { .number = number };

  set_value (self, field, STORAGE_NUMBER, &value);
}

void
bitket_record_set_references (BitketRecord *self, const char *field, const char *const *ids)
{
  Value value = { .references = g_strdupv ((char **) ids) };

  set_value (self, field, STORAGE_REFERENCES, &value);
}

void
bitket_record_set_computed (BitketRecord *self, const char *field, JsonNode *node)
{
  Value value = { .is_null = node == NULL };

  value.computed = node != NULL ? json_node_ref (node) : NULL;
  set_value (self, field, STORAGE_COMPUTED, &value);
}

void
bitket_record_set_null (BitketRecord *self, const char *field)
{
  Value value = { .is_null = TRUE };
  guint index;

  g_return_if_fail (find_field (self, field, &index));

  take_value (self, index, &value);
}

gboolean
bitket_record_is_changed (BitketRecord *self, const char *field)
{
  BitketRecordPrivate *priv = bitket_record_get_instance_private (self);
  guint index;

  g_return_val_if_fail (find_field (self, field, &index), FALSE);

  return priv->values[index].is_changed;
}

void
bitket_record_mark_clean (BitketRecord *self)
{
  BitketRecordPrivate *priv = bitket_record_get_instance_private (self);

  for (guint i = 0; i < get_schema (self)->n_fields; i++)
    priv->values[i].is_changed = FALSE;
}

/* What bitket-record-json.c needs of the inside. */
void
bitket_record_take_json (BitketRecord *self, guint index, JsonNode *node)
{
  Value value;

  decode_value (&get_schema (self)->fields[index], node, &value);
  take_value (self, index, &value);
}
