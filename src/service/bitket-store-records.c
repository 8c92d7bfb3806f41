/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-store"

#include "bitket-store-private.h"

#include "bitket-records.h"

/* SELECT, INSERT and the statements of link tables, spelled out of a schema once and kept. Every
 * name in them comes from a table of the program. */

typedef struct
{
  const BitketField *field;
  char *select_prefix; /* (owned) up to the SELECT list of ids, whose tail follows, and ")" … */
  char *insert;        /* (owned) */
  char *clear;         /* (owned) */
} LinkSql;

typedef struct
{
  char *select;     /* (owned) "SELECT … FROM … t" */
  char *select_ids; /* (owned) "SELECT t.id FROM … t" */
  char *insert;     /* (owned) */
  LinkSql *links;   /* (owned) */
  guint n_links;
} SchemaSql;

static void
make_link_sql (const BitketSchema *schema, const BitketField *field, LinkSql *link)
{
  g_autofree char *table = bitket_field_dup_link_table (schema, field);

  link->field = field;
  link->select_prefix =
      g_strdup_printf ("SELECT l.\"%s\", l.target FROM \"%s\" l WHERE l.\"%s\" IN (", schema->name,
                       table, schema->name);
  link->insert =
      g_strdup_printf ("INSERT INTO \"%s\" (\"%s\", target) VALUES ($1, $2)", table, schema->name);
  link->clear = g_strdup_printf ("DELETE FROM \"%s\" WHERE \"%s\" = $1", table, schema->name);
}

static SchemaSql *
make_schema_sql (const BitketSchema *schema)
{
  SchemaSql *sql = g_new0 (SchemaSql, 1);
  g_autoptr (GString) names = g_string_new (NULL);
  g_autoptr (GString) columns = g_string_new (NULL);
  g_autoptr (GString) values = g_string_new (NULL);
  int n_columns = 0;

  sql->links = g_new0 (LinkSql, schema->n_fields);
  for (guint i = 0; i < schema->n_fields; i++)
    {
      const BitketField *field = &schema->fields[i];

      if (field->kind == BITKET_KIND_REFERENCES)
        make_link_sql (schema, field, &sql->links[sql->n_links++]);
      if (!bitket_field_is_column (field))
        continue;
      g_string_append_printf (names, "%s\"%s\"", n_columns > 0 ? ", " : "", field->name);
      g_string_append_printf (columns, "%st.\"%s\"", n_columns > 0 ? ", " : "", field->name);
      g_string_append_printf (values, "%s$%d", n_columns > 0 ? ", " : "", n_columns + 1);
      n_columns++;
    }
  sql->select = g_strdup_printf ("SELECT %s FROM \"%s\" t", columns->str, schema->table);
  sql->select_ids = g_strdup_printf ("SELECT t.id FROM \"%s\" t", schema->table);
  sql->insert = g_strdup_printf ("INSERT INTO \"%s\" (%s) VALUES (%s)", schema->table, names->str,
                                 values->str);
  return sql;
}

/* Kept for the life of the process: a few strings a schema, and any thread may ask. */
static const SchemaSql *
get_sql (const BitketSchema *schema)
{
  static GMutex mutex;
  static GHashTable *cache; /* (mutex mutex) BitketSchema → SchemaSql */
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&mutex);
  SchemaSql *sql;

  if (cache == NULL)
    cache = g_hash_table_new (NULL, NULL);
  sql = g_hash_table_lookup (cache, schema);
  if (sql == NULL)
    {
      sql = make_schema_sql (schema);
      g_hash_table_insert (cache, (gpointer) schema, sql);
    }
  return sql;
}

static void
bind_field (BitketStatement *statement,
            int parameter,
            BitketRecord *record,
            const BitketField *field)
{
  if (bitket_record_is_null (record, field->name))
    {
      bitket_statement_bind_null (statement, parameter);
      return;
    }
  switch (field->kind)
    {
    case BITKET_KIND_ID:
    case BITKET_KIND_TEXT:
    case BITKET_KIND_EMAIL:
    case BITKET_KIND_SLUG:
    case BITKET_KIND_NIN:
    case BITKET_KIND_CHOICE:
    case BITKET_KIND_REFERENCE:
      bitket_statement_bind_text (statement, parameter,
                                  bitket_record_get_text (record, field->name));
      break;
    case BITKET_KIND_BOOLEAN:
      bitket_statement_bind_int64 (statement, parameter,
                                   bitket_record_get_boolean (record, field->name) ? 1 : 0);
      break;
    case BITKET_KIND_INTEGER:
    case BITKET_KIND_MONEY:
    case BITKET_KIND_TIME:
      bitket_statement_bind_int64 (statement, parameter,
                                   bitket_record_get_int64 (record, field->name));
      break;
    case BITKET_KIND_NONE:
    case BITKET_KIND_REFERENCES:
    case BITKET_KIND_COMPUTED:
      g_assert_not_reached ();
    }
}

static void
read_field (BitketStatement *statement, int column, BitketRecord *record, const BitketField *field)
{
  if (bitket_statement_is_null (statement, column))
    {
      bitket_record_set_null (record, field->name);
      return;
    }
  switch (field->kind)
    {
    case BITKET_KIND_ID:
    case BITKET_KIND_TEXT:
    case BITKET_KIND_EMAIL:
    case BITKET_KIND_SLUG:
    case BITKET_KIND_NIN:
    case BITKET_KIND_CHOICE:
    case BITKET_KIND_REFERENCE:
      bitket_record_set_text (record, field->name, bitket_statement_get_text (statement, column));
      break;
    case BITKET_KIND_BOOLEAN:
      bitket_record_set_boolean (record, field->name,
                                 bitket_statement_get_int64 (statement, column) != 0);
      break;
    case BITKET_KIND_INTEGER:
    case BITKET_KIND_MONEY:
    case BITKET_KIND_TIME:
      bitket_record_set_int64 (record, field->name, bitket_statement_get_int64 (statement, column));
      break;
    case BITKET_KIND_NONE:
    case BITKET_KIND_REFERENCES:
    case BITKET_KIND_COMPUTED:
      g_assert_not_reached ();
    }
}

static BitketRecord *
read_row (BitketStatement *statement, const BitketSchema *schema)
{
  BitketRecord *record = bitket_record_new (schema);
  int column = 0;

  for (guint i = 0; i < schema->n_fields; i++)
    if (bitket_field_is_column (&schema->fields[i]))
      read_field (statement, column++, record, &schema->fields[i]);
  return record;
}

/* Gives the record of id @source what was gathered for it, and empties the array. */
static void
flush_targets (GHashTable *by_id, const char *source, GPtrArray *targets, const char *field)
{
  BitketRecord *record = source != NULL ? g_hash_table_lookup (by_id, source) : NULL;

  g_ptr_array_add (targets, NULL);
  if (record != NULL)
    bitket_record_set_references (record, field, (const char *const *) targets->pdata);
  g_ptr_array_set_size (targets, 0);
}

static gboolean
read_links (BitketDb *db,
            const SchemaSql *sql,
            const LinkSql *link,
            const char *tail,
            const char *const *parameters,
            GHashTable *by_id,
            GError **error)
{
  g_autofree char *query = g_strconcat (link->select_prefix, sql->select_ids, " ",
                                        tail != NULL ? tail : "", ") ORDER BY 1, 2", NULL);
  g_autoptr (BitketStatement) statement = bitket_store_prepare_texts (db, query, parameters, error);
  g_autoptr (GPtrArray) targets = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) local_error = NULL;
  g_autofree char *source = NULL;

  if (statement == NULL)
    return FALSE;
  while (bitket_statement_step (statement, &local_error))
    {
      const char *id = bitket_statement_get_text (statement, 0);

      if (g_strcmp0 (id, source) != 0)
        {
          flush_targets (by_id, source, targets, link->field->name);
          g_free (source);
          source = g_strdup (id);
        }
      g_ptr_array_add (targets, g_strdup (bitket_statement_get_text (statement, 1)));
    }
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  flush_targets (by_id, source, targets, link->field->name);
  return TRUE;
}

static gboolean
read_all_links (BitketDb *db,
                const BitketSchema *schema,
                const char *tail,
                const char *const *parameters,
                GPtrArray *records,
                GError **error)
{
  const SchemaSql *sql = get_sql (schema);
  g_autoptr (GHashTable) by_id = g_hash_table_new (g_str_hash, g_str_equal);

  if (sql->n_links == 0 || records->len == 0)
    return TRUE;
  for (guint i = 0; i < records->len; i++)
    g_hash_table_insert (by_id, (gpointer) bitket_record_get_id (records->pdata[i]),
                         records->pdata[i]);
  for (guint i = 0; i < sql->n_links; i++)
    if (!read_links (db, sql, &sql->links[i], tail, parameters, by_id, error))
      return FALSE;
  return TRUE;
}

static GPtrArray *
read_records (BitketDb *db,
              const BitketSchema *schema,
              const char *tail,
              const char *const *parameters,
              GError **error)
{
  g_autofree char *query =
      g_strconcat (get_sql (schema)->select, " ", tail != NULL ? tail : "", NULL);
  g_autoptr (BitketStatement) statement = bitket_store_prepare_texts (db, query, parameters, error);
  g_autoptr (GPtrArray) records = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GError) local_error = NULL;

  if (statement == NULL)
    return NULL;
  while (bitket_statement_step (statement, &local_error))
    g_ptr_array_add (records, read_row (statement, schema));
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return NULL;
    }
  if (!read_all_links (db, schema, tail, parameters, records, error))
    return NULL;
  for (guint i = 0; i < records->len; i++)
    bitket_record_mark_clean (records->pdata[i]);
  return g_steal_pointer (&records);
}

BitketRecord *
bitket_store_get (BitketDb *db, const BitketSchema *schema, const char *id, GError **error)
{
  g_autoptr (GPtrArray) records = NULL;

  g_return_val_if_fail (db != NULL && schema != NULL && id != NULL, NULL);

  records = bitket_store_list (db, schema, "WHERE t.id = $1", (const char *[]) { id, NULL }, error);
  if (records == NULL || records->len == 0)
    return NULL;
  return g_object_ref (records->pdata[0]);
}

GPtrArray *
bitket_store_list (BitketDb *db,
                   const BitketSchema *schema,
                   const char *tail,
                   const char *const *parameters,
                   GError **error)
{
  GPtrArray *records;

  g_return_val_if_fail (db != NULL && schema != NULL, NULL);

  records = read_records (db, schema, tail, parameters, error);
  if (records == NULL)
    g_prefix_error (error, "could not read %s: ", schema->collection);
  return records;
}

gboolean
bitket_store_read_ids (BitketDb *db, const BitketSchema *schema, GHashTable *ids, GError **error)
{
  g_autoptr (BitketStatement) statement =
      bitket_db_prepare (db, get_sql (schema)->select_ids, error);
  g_autoptr (GError) local_error = NULL;

  if (statement == NULL)
    return FALSE;
  while (bitket_statement_step (statement, &local_error))
    g_hash_table_add (ids, g_strdup (bitket_statement_get_text (statement, 0)));
  if (local_error == NULL)
    return TRUE;
  g_propagate_prefixed_error (error, g_steal_pointer (&local_error),
                              "could not read %s: ", schema->collection);
  return FALSE;
}

static gboolean
insert_links (BitketDb *db, const LinkSql *link, BitketRecord *record, GError **error)
{
  const char *const *targets = bitket_record_get_references (record, link->field->name);
  g_autoptr (BitketStatement) statement = NULL;

  if (targets[0] == NULL)
    return TRUE;
  statement = bitket_db_prepare (db, link->insert, error);
  if (statement == NULL)
    return FALSE;
  for (guint i = 0; targets[i] != NULL; i++)
    {
      bitket_statement_reset (statement);
      bitket_statement_bind_text (statement, 1, bitket_record_get_id (record));
      bitket_statement_bind_text (statement, 2, targets[i]);
      if (!bitket_statement_run (statement, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
insert_row (BitketDb *db, const SchemaSql *sql, BitketRecord *record, GError **error)
{
  const BitketSchema *schema = bitket_record_get_schema (record);
  g_autoptr (BitketStatement) statement = bitket_db_prepare (db, sql->insert, error);
  int parameter = 1;

  if (statement == NULL)
    return FALSE;
  for (guint i = 0; i < schema->n_fields; i++)
    if (bitket_field_is_column (&schema->fields[i]))
      bind_field (statement, parameter++, record, &schema->fields[i]);
  return bitket_statement_run (statement, error);
}

gboolean
bitket_store_insert (BitketDb *db, BitketRecord *record, GError **error)
{
  const BitketSchema *schema;
  const SchemaSql *sql;
  gboolean success;

  g_return_val_if_fail (db != NULL && BITKET_IS_RECORD (record), FALSE);

  schema = bitket_record_get_schema (record);
  sql = get_sql (schema);
  if (bitket_record_get_id (record) == NULL)
    {
      g_autofree char *id = g_uuid_string_random ();

      bitket_record_set_text (record, "id", id);
    }
  success = insert_row (db, sql, record, error);
  for (guint i = 0; success && i < sql->n_links; i++)
    success = insert_links (db, &sql->links[i], record, error);
  if (success && schema == &bitket_user_schema)
    success = bitket_store_index_user (db, bitket_record_get_id (record), error);
  if (!success)
    {
      g_prefix_error (error, "could not add %s “%s”: ", schema->name,
                      bitket_record_get_id (record));
      return FALSE;
    }
  bitket_record_mark_clean (record);
  return TRUE;
}

static gboolean
replace_links (BitketDb *db, const LinkSql *link, BitketRecord *record, GError **error)
{
  g_autoptr (BitketStatement) statement = bitket_store_prepare_texts (
      db, link->clear, (const char *[]) { bitket_record_get_id (record), NULL }, error);

  return statement != NULL && bitket_statement_run (statement, error) &&
         insert_links (db, link, record, error);
}

static gboolean
field_is_written (BitketRecord *record, const BitketField *field)
{
  return bitket_field_is_column (field) && field->kind != BITKET_KIND_ID &&
         bitket_record_is_changed (record, field->name);
}

/* %FALSE without @error: nothing has that id. */
static gboolean
update_row (BitketDb *db, BitketRecord *record, GError **error)
{
  const BitketSchema *schema = bitket_record_get_schema (record);
  g_autoptr (GString) sql = g_string_new (NULL);
  g_autoptr (BitketStatement) statement = NULL;
  int parameter = 1;

  g_string_append_printf (sql, "UPDATE \"%s\" SET ", schema->table);
  for (guint i = 0; i < schema->n_fields; i++)
    if (field_is_written (record, &schema->fields[i]))
      {
        parameter++;
        g_string_append_printf (sql, "%s\"%s\" = $%d", parameter > 2 ? ", " : "",
                                schema->fields[i].name, parameter);
      }
  /* Nothing to write but links: the row must be there all the same. */
  if (parameter == 1)
    g_string_append (sql, "id = id");
  g_string_append (sql, " WHERE id = $1");

  statement = bitket_db_prepare (db, sql->str, error);
  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_text (statement, 1, bitket_record_get_id (record));
  parameter = 2;
  for (guint i = 0; i < schema->n_fields; i++)
    if (field_is_written (record, &schema->fields[i]))
      bind_field (statement, parameter++, record, &schema->fields[i]);
  return bitket_statement_run (statement, error) && bitket_statement_get_n_changed (statement) == 1;
}

static gboolean
has_changes (BitketRecord *record, const SchemaSql *sql)
{
  const BitketSchema *schema = bitket_record_get_schema (record);

  for (guint i = 0; i < schema->n_fields; i++)
    if (field_is_written (record, &schema->fields[i]) ||
        (schema->fields[i].kind == BITKET_KIND_REFERENCES &&
         bitket_record_is_changed (record, schema->fields[i].name)))
      return TRUE;
  return FALSE;
}

gboolean
bitket_store_update (BitketDb *db, BitketRecord *record, GError **error)
{
  const BitketSchema *schema;
  const SchemaSql *sql;
  const char *id;
  g_autoptr (GError) local_error = NULL;
  gboolean success;

  g_return_val_if_fail (db != NULL && BITKET_IS_RECORD (record), FALSE);
  id = bitket_record_get_id (record);
  g_return_val_if_fail (id != NULL, FALSE);

  schema = bitket_record_get_schema (record);
  sql = get_sql (schema);
  if (!has_changes (record, sql))
    return TRUE;
  success = update_row (db, record, &local_error);
  if (!success && local_error == NULL)
    g_set_error (&local_error, BITKET_STORE_ERROR, BITKET_STORE_ERROR_NOT_FOUND,
                 "there is none of that id");
  for (guint i = 0; success && i < sql->n_links; i++)
    if (bitket_record_is_changed (record, sql->links[i].field->name))
      success = replace_links (db, &sql->links[i], record, &local_error);
  if (success && schema == &bitket_user_schema)
    success = bitket_store_index_user (db, id, &local_error);
  if (!success)
    {
      g_propagate_prefixed_error (error, g_steal_pointer (&local_error),
                                  "could not change %s “%s”: ", schema->name, id);
      return FALSE;
    }
  bitket_record_mark_clean (record);
  return TRUE;
}
