/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-store"

#include "bitket-dump-private.h"

#include "bitket-time.h"

#include <string.h>

/* Tables that are no resource: column by column. */

static gboolean
fail_kind (const BitketDumpColumn *column, const char *expected, JsonNode *node, GError **error)
{
  g_set_error (error, BITKET_STORE_ERROR, BITKET_STORE_ERROR_INPUT, "%s: expected %s, found %s",
               column->name, expected, bitket_json_kind_name (node));
  return FALSE;
}

static gboolean
bind_bytes (BitketStatement *statement,
            int parameter,
            const BitketDumpColumn *column,
            const char *hex,
            GError **error)
{
  gsize len = strlen (hex) / 2;
  g_autofree guint8 *bytes = g_malloc (len + 1);

  for (gsize i = 0; i < 2 * len; i += 2)
    {
      int high = g_ascii_xdigit_value (hex[i]), low = g_ascii_xdigit_value (hex[i + 1]);

      if (high < 0 || low < 0)
        {
          len = 0;
          break;
        }
      bytes[i / 2] = (guint8) (high << 4 | low);
    }
  if (len == 0 || hex[2 * len] != '\0')
    {
      g_set_error (error, BITKET_STORE_ERROR, BITKET_STORE_ERROR_INPUT,
                   "%s: expected bytes as hex digits", column->name);
      return FALSE;
    }
  bitket_statement_bind_blob (statement, parameter, bytes, len);
  return TRUE;
}

static gboolean
bind_string (BitketStatement *statement,
             int parameter,
             const BitketDumpColumn *column,
             JsonNode *node,
             GError **error)
{
  const char *text;
  gint64 time_us;

  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING)
    return fail_kind (column, "a string", node, error);
  text = json_node_get_string (node);
  if (column->kind == BITKET_DUMP_KIND_BYTES)
    return bind_bytes (statement, parameter, column, text, error);
  if (column->kind == BITKET_DUMP_KIND_TEXT)
    {
      bitket_statement_bind_text (statement, parameter, text);
      return TRUE;
    }
  if (!bitket_time_parse (text, &time_us, error))
    {
      g_prefix_error (error, "%s: ", column->name);
      return FALSE;
    }
  bitket_statement_bind_int64 (statement, parameter, time_us);
  return TRUE;
}

static gboolean
bind_column (BitketStatement *statement,
             int parameter,
             const BitketDumpColumn *column,
             JsonNode *node,
             GError **error)
{
  GType type;

  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    {
      bitket_statement_bind_null (statement, parameter);
      return TRUE;
    }
  type = JSON_NODE_HOLDS_VALUE (node) ? json_node_get_value_type (node) : G_TYPE_INVALID;
  switch (column->kind)
    {
    case BITKET_DUMP_KIND_NUMBER:
      if (type != G_TYPE_INT64)
        return fail_kind (column, "a whole number", node, error);
      bitket_statement_bind_int64 (statement, parameter, json_node_get_int (node));
      return TRUE;
    case BITKET_DUMP_KIND_BOOLEAN:
      if (type != G_TYPE_BOOLEAN)
        return fail_kind (column, "true or false", node, error);
      bitket_statement_bind_int64 (statement, parameter, json_node_get_boolean (node) ? 1 : 0);
      return TRUE;
    case BITKET_DUMP_KIND_TEXT:
    case BITKET_DUMP_KIND_TIME:
    case BITKET_DUMP_KIND_BYTES:
      return bind_string (statement, parameter, column, node, error);
    case BITKET_DUMP_KIND_NONE:
      break;
    }
  g_return_val_if_reached (FALSE);
}

static gboolean
insert_row (BitketStatement *statement,
            const BitketDumpTable *table,
            const BitketDumpRow *row,
            gboolean *is_new,
            GError **error)
{
  bitket_statement_reset (statement);
  for (guint i = 0; table->columns[i].name != NULL; i++)
    {
      JsonNode *node = i == 0 && table->n_keys == 1
                           ? row->pk
                           : json_object_get_member (row->fields, table->columns[i].name);

      if (!bind_column (statement, (int) i + 1, &table->columns[i], node, error))
        return FALSE;
    }
  if (!bitket_statement_run (statement, error))
    return FALSE;
  *is_new = bitket_statement_get_n_changed (statement) == 1;
  return TRUE;
}

/* A secret key that is not the one kept here: links and sessions of the dump's die. */
static gboolean
look_at_setting (BitketDb *db, const BitketDumpRow *row, BitketImportReport *report, GError **error)
{
  const char *name = json_node_get_string (row->pk);
  const char *value = json_object_get_string_member_with_default (row->fields, "value", NULL);
  g_autoptr (GError) local_error = NULL;
  g_autofree char *kept = bitket_store_dup_setting (db, name, &local_error);

  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  if (g_strcmp0 (kept, value) != 0)
    bitket_import_report_note (
        report, "the setting “%s” is another here than in the file, and stays", name);
  return TRUE;
}

static gboolean
import_row (BitketDb *db,
            BitketStatement *statement,
            const BitketDumpTable *table,
            const BitketDumpRow *row,
            BitketImportReport *report,
            GError **error)
{
  BitketImportCount *count = bitket_import_report_count (report->counts, table->model);
  GError *local_error = NULL;
  gboolean is_new = FALSE;

  count->n_read++;
  if (!insert_row (statement, table, row, &is_new, &local_error))
    return bitket_dump_row_fail (row, local_error, error);
  if (is_new)
    count->n_added++;
  else
    count->n_existing++;
  return is_new || strcmp (table->table, "settings") != 0 ||
         look_at_setting (db, row, report, error);
}

static gboolean
import_table (BitketDb *db,
              BitketDump *dump,
              const BitketDumpTable *table,
              BitketImportReport *report,
              GError **error)
{
  g_autofree char *sql = bitket_dump_table_dup_insert (table);
  g_autoptr (BitketStatement) statement = bitket_db_prepare (db, sql, error);

  if (statement == NULL)
    return FALSE;
  for (guint i = 0; i < bitket_dump_get_n_rows (dump); i++)
    {
      g_auto (BitketDumpRow) row = { 0 };

      if (strcmp (bitket_dump_get_model (dump, i), table->model) != 0)
        continue;
      if (!bitket_dump_read_row (dump, i, &row, error) ||
          !import_row (db, statement, table, &row, report, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
bitket_import_tables (BitketDb *db, BitketDump *dump, BitketImportReport *report, GError **error)
{
  guint n;
  const BitketDumpTable *tables = bitket_dump_tables (&n);

  for (guint i = 0; i < n; i++)
    if (!import_table (db, dump, &tables[i], report, error))
      return FALSE;
  return TRUE;
}
