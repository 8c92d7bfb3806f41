/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-store"

#include "bitket-import-private.h"

#include "bitket-liu-id.h"
#include "bitket-records.h"
#include "bitket-time.h"

#include <string.h>

/* A row of a dump becomes a record. */

gboolean
bitket_import_fail (const BitketDumpRow *row, GError **error, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error_literal (error, BITKET_STORE_ERROR, BITKET_STORE_ERROR_INPUT, text);
  bitket_dump_row_prefix (row, error);
  return FALSE;
}

const char *
bitket_import_peek_string (JsonNode *node)
{
  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node) ||
      json_node_get_value_type (node) != G_TYPE_STRING)
    return NULL;
  return json_node_get_string (node);
}

void
bitket_import_derive_id (const char *text, char id[BITKET_ID_SIZE])
{
  g_autofree char *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA1, text, -1);

  g_snprintf (id, BITKET_ID_SIZE, "%.8s-%.4s-5%.3s-a%.3s-%.12s", hash, hash + 8, hash + 13,
              hash + 17, hash + 20);
}

/* A transaction of the original has a number only. Two installations both have a number 1, so that
 * when and how much go into the id as well. */
static gboolean
read_transaction_id (const BitketDumpRow *row, char id[BITKET_ID_SIZE], GError **error)
{
  const char *created = bitket_import_peek_string (json_object_get_member (row->fields, "created"));
  g_autofree char *name = NULL;
  gint64 created_us = 0;

  if (created == NULL || !bitket_time_parse (created, &created_us, NULL))
    return bitket_import_fail (row, error, "created: expected a time");
  name = g_strdup_printf ("bitket:transaction:%" G_GINT64_FORMAT ":%" G_GINT64_FORMAT,
                          json_node_get_int (row->pk), created_us);
  bitket_import_derive_id (name, id);
  return TRUE;
}

gboolean
bitket_import_read_id (const BitketSchema *schema,
                       const BitketDumpRow *row,
                       char id[BITKET_ID_SIZE],
                       GError **error)
{
  GError *local_error = NULL;
  const char *text = bitket_import_peek_string (row->pk);

  if (schema == &bitket_transaction_schema && row->pk != NULL && JSON_NODE_HOLDS_VALUE (row->pk) &&
      json_node_get_value_type (row->pk) == G_TYPE_INT64)
    return read_transaction_id (row, id, error);
  if (text == NULL)
    return bitket_import_fail (row, error, "pk: expected a UUID, found %s",
                               row->pk != NULL ? bitket_json_kind_name (row->pk) : "nothing");
  if (!bitket_id_parse (text, -1, id, &local_error))
    return bitket_dump_row_fail (row, local_error, error);
  return TRUE;
}

static gboolean
field_is_late (const BitketSchema *schema, const BitketField *field)
{
  return field->kind == BITKET_KIND_REFERENCES && strcmp (field->target, schema->name) == 0;
}

gboolean
bitket_import_check_target (BitketImporter *self,
                            const BitketDumpRow *row,
                            const BitketField *field,
                            const char *id,
                            GError **error)
{
  const BitketSchema *target = bitket_schema_find (field->target);

  if (g_hash_table_contains (g_hash_table_lookup (self->known, target), id))
    return TRUE;
  return bitket_import_fail (row, error, "%s: there is no %s “%s”", field->name, target->name, id);
}

static gboolean
check_targets (BitketImporter *self, const BitketDumpRow *row, BitketRecord *record, GError **error)
{
  const BitketSchema *schema = bitket_record_get_schema (record);

  for (guint i = 0; i < schema->n_fields; i++)
    {
      const BitketField *field = &schema->fields[i];
      const char *const *targets;

      if (field->kind == BITKET_KIND_REFERENCE && !bitket_record_is_null (record, field->name) &&
          !bitket_import_check_target (self, row, field,
                                       bitket_record_get_text (record, field->name), error))
        return FALSE;
      if (field->kind != BITKET_KIND_REFERENCES)
        continue;
      targets = bitket_record_get_references (record, field->name);
      for (guint j = 0; targets[j] != NULL; j++)
        if (!bitket_import_check_target (self, row, field, targets[j], error))
          return FALSE;
    }
  return TRUE;
}

/* Links to rows of the same kind wait until all of them are there. */
static void
put_off_links (BitketImporter *self, const BitketDumpRow *row, BitketRecord *record)
{
  const BitketSchema *schema = bitket_record_get_schema (record);

  for (guint i = 0; i < schema->n_fields; i++)
    {
      const BitketField *field = &schema->fields[i];
      const char *const *targets;
      BitketLateLinks *late;

      if (!field_is_late (schema, field))
        continue;
      targets = bitket_record_get_references (record, field->name);
      if (targets[0] == NULL)
        continue;
      late = g_new0 (BitketLateLinks, 1);
      late->schema = schema;
      late->field = field;
      late->row = *row;
      late->row.model = bitket_dump_model (schema);
      late->row.pk = NULL;
      late->row.document = NULL;
      late->id = g_strdup (bitket_record_get_id (record));
      late->targets = g_strdupv ((char **) targets);
      g_ptr_array_add (self->late, late);
      bitket_record_set_references (record, field->name, (const char *[]) { NULL });
    }
}

static gboolean
kind_is_text (BitketKind kind)
{
  return kind == BITKET_KIND_TEXT || kind == BITKET_KIND_EMAIL || kind == BITKET_KIND_SLUG ||
         kind == BITKET_KIND_NIN;
}

/* The original's rows are older than our limits: empty texts are kept as they are where a person
 * would have to fill them in today, and what is null there is empty here. Returns: %TRUE when
 * @record has the field now */
static gboolean
set_lenient (BitketRecord *record, const BitketField *field, JsonNode *node)
{
  const char *text = bitket_import_peek_string (node);

  if (!kind_is_text (field->kind))
    return FALSE;
  if (field->kind == BITKET_KIND_NIN && text != NULL && text[0] == '\0')
    bitket_record_set_null (record, field->name);
  else if ((text != NULL && text[0] == '\0') ||
           (JSON_NODE_HOLDS_NULL (node) && (field->flags & BITKET_FIELD_NULLABLE) == 0 &&
            (field->flags & BITKET_FIELD_BLANK) != 0))
    bitket_record_set_text (record, field->name, "");
  else
    return FALSE;
  return TRUE;
}

static JsonNode *
find_member (const BitketSchema *schema, const BitketField *field, JsonObject *fields)
{
  JsonNode *node = json_object_get_member (fields, bitket_dump_member (schema, field));

  return node != NULL ? node : json_object_get_member (fields, field->name);
}

static gboolean
read_fields (const BitketSchema *schema,
             const BitketDumpRow *row,
             BitketRecord *record,
             GError **error)
{
  g_autoptr (JsonObject) object = json_object_new ();
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  GError *local_error = NULL;

  for (guint i = 1; i < schema->n_fields; i++)
    {
      const BitketField *field = &schema->fields[i];
      JsonNode *member = find_member (schema, field, row->fields);

      if (member != NULL && field->kind != BITKET_KIND_COMPUTED &&
          !set_lenient (record, field, member))
        json_object_set_member (object, field->name, json_node_ref (member));
    }
  json_node_set_object (node, object);
  if (!bitket_record_read_json (record, node, BITKET_RECORD_READ_PARTIAL, &local_error))
    return bitket_dump_row_fail (row, local_error, error);
  return TRUE;
}

static gboolean
check_complete (const BitketSchema *schema,
                const BitketDumpRow *row,
                BitketRecord *record,
                GError **error)
{
  for (guint i = 0; i < schema->n_fields; i++)
    if (bitket_field_is_column (&schema->fields[i]) &&
        (schema->fields[i].flags & BITKET_FIELD_NULLABLE) == 0 &&
        bitket_record_is_null (record, schema->fields[i].name))
      return bitket_import_fail (row, error, "%s: it is missing",
                                 bitket_dump_member (schema, &schema->fields[i]));
  return TRUE;
}

/* The original's kind of condition is the subclass that has a row of the same key. */
static void
complete_condition (BitketImporter *self, const BitketDumpRow *row, BitketRecord *record)
{
  const char *student_union = g_hash_table_lookup (self->unions, bitket_record_get_id (record));

  if (!bitket_record_is_null (record, "type"))
    return;
  if (student_union != NULL)
    {
      bitket_record_set_text (record, "type", "student_union_member");
      bitket_record_set_text (record, "student_union", student_union);
      return;
    }
  bitket_record_set_text (record, "type", "any_of");
  bitket_import_report_note (self->report,
                             "row %u: the condition “%s” says nothing, so that nobody meets it",
                             row->number, bitket_record_get_id (record));
}

static void
complete_user (BitketRecord *record)
{
  const char *email = bitket_record_get_text (record, "email");
  char liu_id[BITKET_LIU_ID_SIZE];

  if (email != NULL && bitket_record_is_null (record, "liu_id") &&
      bitket_liu_id_from_email (email, liu_id))
    bitket_record_set_text (record, "liu_id", liu_id);
}

char *
bitket_import_dup_pk (JsonNode *pk)
{
  return bitket_import_peek_string (pk) != NULL ? g_strdup (bitket_import_peek_string (pk))
                                                : bitket_json_to_string (pk);
}

static void
complete_transaction (BitketImporter *self, const BitketDumpRow *row, BitketRecord *record)
{
  g_autofree char *pk = bitket_import_dup_pk (row->pk);
  GPtrArray *ownerships = g_hash_table_lookup (self->paid, pk);

  if (bitket_import_peek_string (row->pk) == NULL)
    bitket_record_set_int64 (record, "number", json_node_get_int (row->pk));
  if (ownerships != NULL)
    bitket_record_set_references (record, "ticket_ownerships",
                                  (const char *const *) ownerships->pdata);
}

BitketRecord *
bitket_import_make_record (BitketImporter *self,
                           const BitketSchema *schema,
                           const BitketDumpRow *row,
                           const char *id,
                           GError **error)
{
  g_autoptr (BitketRecord) record = bitket_record_new (schema);

  bitket_record_set_text (record, "id", id);
  if (!read_fields (schema, row, record, error))
    return NULL;
  if (schema == &bitket_condition_schema)
    complete_condition (self, row, record);
  else if (schema == &bitket_user_schema)
    complete_user (record);
  else if (schema == &bitket_transaction_schema)
    complete_transaction (self, row, record);
  if (!check_complete (schema, row, record, error))
    return NULL;
  put_off_links (self, row, record);
  return check_targets (self, row, record, error) ? g_steal_pointer (&record) : NULL;
}
