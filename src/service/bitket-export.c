/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-store"

#include "bitket-dump-private.h"

#include "bitket-money.h"
#include "bitket-records.h"
#include "bitket-store-private.h"
#include "bitket-time.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <gio/gunixoutputstream.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

typedef struct
{
  BitketDb *db;
  GOutputStream *stream; /* (unowned) */
  guint n_rows;
  GHashTable *payments; /* (owned) ownership → JsonArray of the transactions' pk */
} Exporter;

static gboolean
write_text (Exporter *self, const char *text, GError **error)
{
  return g_output_stream_write_all (self->stream, text, strlen (text), NULL, NULL, error);
}

static gboolean
write_row (Exporter *self, const char *model, JsonNode *pk, JsonObject *fields, GError **error)
{
  g_autoptr (JsonObject) row = json_object_new ();
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  g_autofree char *json = NULL;
  g_autofree char *line = NULL;

  json_object_set_string_member (row, "model", model);
  json_object_set_member (row, "pk", json_node_ref (pk));
  json_object_set_object_member (row, "fields", json_object_ref (fields));
  json_node_set_object (node, row);
  json = bitket_json_to_string (node);
  line = g_strconcat (self->n_rows > 0 ? ",\n" : "", json, NULL);
  self->n_rows++;
  return write_text (self, line, error);
}

static JsonNode *
string_node (const char *text)
{
  JsonNode *node = json_node_new (text != NULL ? JSON_NODE_VALUE : JSON_NODE_NULL);

  if (text != NULL)
    json_node_set_string (node, text);
  return node;
}

static JsonNode *
take_string_node (char *text)
{
  JsonNode *node = string_node (text);

  g_free (text);
  return node;
}

static JsonNode *
int_node (gint64 number)
{
  JsonNode *node = json_node_new (JSON_NODE_VALUE);

  json_node_set_int (node, number);
  return node;
}

static JsonNode *
boolean_node (gboolean value)
{
  JsonNode *node = json_node_new (JSON_NODE_VALUE);

  json_node_set_boolean (node, value);
  return node;
}

static JsonNode *
ids_node (const char *const *ids)
{
  JsonNode *node = json_node_new (JSON_NODE_ARRAY);
  JsonArray *array = json_array_new ();

  for (guint i = 0; ids[i] != NULL; i++)
    json_array_add_string_element (array, ids[i]);
  json_node_take_array (node, array);
  return node;
}

static JsonNode *
encode_field (BitketRecord *record, const BitketField *field)
{
  if (field->kind == BITKET_KIND_REFERENCES)
    return ids_node (bitket_record_get_references (record, field->name));
  if (bitket_record_is_null (record, field->name))
    return json_node_new (JSON_NODE_NULL);
  switch (field->kind)
    {
    case BITKET_KIND_BOOLEAN:
      return boolean_node (bitket_record_get_boolean (record, field->name));
    case BITKET_KIND_INTEGER:
      return int_node (bitket_record_get_int64 (record, field->name));
    case BITKET_KIND_MONEY:
      return take_string_node (bitket_money_format (bitket_record_get_int64 (record, field->name)));
    case BITKET_KIND_TIME:
      return take_string_node (bitket_time_format (bitket_record_get_int64 (record, field->name)));
    case BITKET_KIND_ID:
    case BITKET_KIND_TEXT:
    case BITKET_KIND_EMAIL:
    case BITKET_KIND_SLUG:
    case BITKET_KIND_NIN:
    case BITKET_KIND_CHOICE:
    case BITKET_KIND_REFERENCE:
      return string_node (bitket_record_get_text (record, field->name));
    case BITKET_KIND_NONE:
    case BITKET_KIND_REFERENCES:
    case BITKET_KIND_COMPUTED:
      break;
    }
  g_return_val_if_reached (json_node_new (JSON_NODE_NULL));
}

/* Transactions that came from the original go back under their number. */
static JsonNode *
make_pk (BitketRecord *record)
{
  if (bitket_record_get_schema (record) == &bitket_transaction_schema &&
      !bitket_record_is_null (record, "number"))
    return int_node (bitket_record_get_int64 (record, "number"));
  return string_node (bitket_record_get_id (record));
}

/* What the original keeps elsewhere than we do, in its own shape. */
static void
add_original_members (Exporter *self, BitketRecord *record, JsonObject *fields)
{
  const BitketSchema *schema = bitket_record_get_schema (record);

  if (schema == &bitket_organization_schema)
    json_object_set_array_member (fields, "admins", json_array_new ());
  if (schema == &bitket_user_schema)
    {
      json_object_set_array_member (fields, "groups", json_array_new ());
      json_object_set_array_member (fields, "user_permissions", json_array_new ());
    }
  if (schema == &bitket_ticket_ownership_schema)
    {
      JsonArray *payments = g_hash_table_lookup (self->payments, bitket_record_get_id (record));

      json_object_set_array_member (
          fields, "transactions", payments != NULL ? json_array_ref (payments) : json_array_new ());
    }
}

static gboolean
is_written (const BitketSchema *schema, const BitketField *field)
{
  if (field->kind == BITKET_KIND_COMPUTED || field->kind == BITKET_KIND_ID)
    return FALSE;
  /* Both stand elsewhere in a dump: with the ownerships, and as the key. */
  return schema != &bitket_transaction_schema ||
         (strcmp (field->name, "ticket_ownerships") != 0 && strcmp (field->name, "number") != 0);
}

static gboolean
write_record (Exporter *self, BitketRecord *record, GError **error)
{
  const BitketSchema *schema = bitket_record_get_schema (record);
  g_autoptr (JsonObject) fields = json_object_new ();
  g_autoptr (JsonNode) pk = make_pk (record);

  for (guint i = 0; i < schema->n_fields; i++)
    if (is_written (schema, &schema->fields[i]))
      json_object_set_member (fields, bitket_dump_member (schema, &schema->fields[i]),
                              encode_field (record, &schema->fields[i]));
  add_original_members (self, record, fields);
  return write_row (self, bitket_dump_model (schema), pk, fields, error);
}

/* The original's subclass row, for those who read the dump without knowing of ours. */
static gboolean
write_union_condition (Exporter *self, BitketRecord *condition, GError **error)
{
  g_autoptr (JsonObject) fields = json_object_new ();
  g_autoptr (JsonNode) pk = string_node (bitket_record_get_id (condition));

  if (g_strcmp0 (bitket_record_get_text (condition, "type"), "student_union_member") != 0 ||
      bitket_record_is_null (condition, "student_union"))
    return TRUE;
  json_object_set_string_member (fields, "student_union",
                                 bitket_record_get_text (condition, "student_union"));
  return write_row (self, BITKET_DUMP_UNION_CONDITION, pk, fields, error);
}

static gboolean
write_schema (Exporter *self, const BitketSchema *schema, GError **error)
{
  g_autoptr (GPtrArray) records =
      bitket_store_list (self->db, schema, "ORDER BY t.id", NULL, error);

  if (records == NULL)
    return FALSE;
  for (guint i = 0; i < records->len; i++)
    {
      if (!write_record (self, records->pdata[i], error))
        return FALSE;
      if (schema == &bitket_condition_schema &&
          !write_union_condition (self, records->pdata[i], error))
        return FALSE;
    }
  return TRUE;
}

static char *
format_hex (const guint8 *bytes, gsize len)
{
  GString *hex = g_string_sized_new (2 * len);

  for (gsize i = 0; i < len; i++)
    g_string_append_printf (hex, "%02x", bytes[i]);
  return g_string_free (hex, FALSE);
}

static JsonNode *
encode_column (BitketStatement *statement, int column, BitketDumpKind kind)
{
  const guint8 *bytes;
  gsize len = 0;

  if (bitket_statement_is_null (statement, column))
    return json_node_new (JSON_NODE_NULL);
  switch (kind)
    {
    case BITKET_DUMP_KIND_NUMBER:
      return int_node (bitket_statement_get_int64 (statement, column));
    case BITKET_DUMP_KIND_BOOLEAN:
      return boolean_node (bitket_statement_get_int64 (statement, column) != 0);
    case BITKET_DUMP_KIND_TIME:
      return take_string_node (bitket_time_format (bitket_statement_get_int64 (statement, column)));
    case BITKET_DUMP_KIND_BYTES:
      bytes = bitket_statement_get_blob (statement, column, &len);
      return take_string_node (format_hex (bytes, len));
    case BITKET_DUMP_KIND_TEXT:
      return string_node (bitket_statement_get_text (statement, column));
    case BITKET_DUMP_KIND_NONE:
      break;
    }
  g_return_val_if_reached (json_node_new (JSON_NODE_NULL));
}

static gboolean
write_table_row (Exporter *self,
                 const BitketDumpTable *table,
                 BitketStatement *statement,
                 GError **error)
{
  g_autoptr (JsonObject) fields = json_object_new ();
  g_autoptr (JsonNode) pk = json_node_new (JSON_NODE_NULL);

  for (guint i = 0; table->columns[i].name != NULL; i++)
    {
      JsonNode *node = encode_column (statement, (int) i, table->columns[i].kind);

      if (i == 0 && table->n_keys == 1)
        {
          json_node_unref (pk);
          pk = node;
        }
      else
        json_object_set_member (fields, table->columns[i].name, node);
    }
  return write_row (self, table->model, pk, fields, error);
}

static gboolean
write_table (Exporter *self, const BitketDumpTable *table, GError **error)
{
  g_autofree char *sql = bitket_dump_table_dup_select (table);
  g_autoptr (BitketStatement) statement = bitket_db_prepare (self->db, sql, error);
  g_autoptr (GError) local_error = NULL;

  if (statement == NULL)
    return FALSE;
  while (bitket_statement_step (statement, &local_error))
    if (!write_table_row (self, table, statement, error))
      return FALSE;
  if (local_error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

/* Which transactions paid for an ownership: in a dump it is the ownership that says so. */
static gboolean
read_payments (Exporter *self, GError **error)
{
  g_autoptr (BitketStatement) statement = bitket_db_prepare (
      self->db,
      "SELECT l.target, x.number, x.id FROM transactions_ticket_ownerships l"
      " JOIN transactions x ON x.id = l.\"transaction\" ORDER BY l.target, x.created, x.id",
      error);
  g_autoptr (GError) local_error = NULL;

  if (statement == NULL)
    return FALSE;
  while (bitket_statement_step (statement, &local_error))
    {
      const char *ownership = bitket_statement_get_text (statement, 0);
      JsonArray *array = g_hash_table_lookup (self->payments, ownership);

      if (array == NULL)
        {
          array = json_array_new ();
          g_hash_table_insert (self->payments, g_strdup (ownership), array);
        }
      if (bitket_statement_is_null (statement, 1))
        json_array_add_string_element (array, bitket_statement_get_text (statement, 2));
      else
        json_array_add_int_element (array, bitket_statement_get_int64 (statement, 1));
    }
  if (local_error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

static gboolean
write_all (Exporter *self, GError **error)
{
  guint n_schemas, n_tables;
  const BitketSchema *const *schemas = bitket_schemas_get (&n_schemas);
  const BitketDumpTable *tables = bitket_dump_tables (&n_tables);

  if (!read_payments (self, error) || !write_text (self, "[\n", error))
    return FALSE;
  for (guint i = 0; i < n_schemas; i++)
    if (!write_schema (self, schemas[i], error))
      return FALSE;
  for (guint i = 0; i < n_tables; i++)
    if (!write_table (self, &tables[i], error))
      return FALSE;
  return write_text (self, "\n]\n", error) && g_output_stream_flush (self->stream, NULL, error);
}

static gboolean
export_to_stream (BitketDb *db, GOutputStream *raw, guint *n_rows, GError **error)
{
  g_autoptr (GOutputStream) stream = g_buffered_output_stream_new_sized (raw, 64 * 1024);
  Exporter self = { .db = db, .stream = stream };
  gboolean success;

  g_filter_output_stream_set_close_base_stream (G_FILTER_OUTPUT_STREAM (stream), FALSE);
  self.payments =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) json_array_unref);
  success = write_all (&self, error);
  g_hash_table_unref (self.payments);
  if (success && n_rows != NULL)
    *n_rows = self.n_rows;
  return success;
}

/* Nothing but a whole file ever stands under the name: a temporary one beside it is renamed. */
static gboolean
export_to_file (BitketDb *db, const char *path, guint *n_rows, GError **error)
{
  g_autofree char *temporary = g_strconcat (path, ".XXXXXX", NULL);
  int fd = g_mkstemp_full (temporary, O_RDWR | O_CLOEXEC, 0600);
  g_autoptr (GOutputStream) stream = NULL;
  gboolean success = FALSE;

  if (fd < 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "could not write “%s”: %s",
                   path, g_strerror (errno));
      return FALSE;
    }
  stream = g_unix_output_stream_new (fd, TRUE);
  if (export_to_stream (db, stream, n_rows, error))
    {
      success = fsync (fd) == 0 && g_output_stream_close (stream, NULL, NULL) &&
                g_rename (temporary, path) == 0;
      if (!success)
        g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "could not write “%s”: %s",
                     path, g_strerror (errno));
    }
  if (!success)
    g_unlink (temporary);
  return success;
}

gboolean
bitket_export_file (BitketDb *db, const char *path, guint *n_rows, GError **error)
{
  g_autoptr (GOutputStream) output = NULL;

  g_return_val_if_fail (db != NULL, FALSE);

  if (path != NULL)
    return export_to_file (db, path, n_rows, error);
  output = g_unix_output_stream_new (STDOUT_FILENO, FALSE);
  return export_to_stream (db, output, n_rows, error);
}
