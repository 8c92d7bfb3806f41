/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-db"

#include "bitket-db-sqlite-private.h"

typedef struct
{
  BitketStatement base;
  sqlite3_stmt *native; /* (owned) */
  int *indexes;         /* (owned): of parameter $n, at n - 1; 0 where there is none */
  int n_indexes;
  int n_columns;
  gint64 n_total_before; /* changes on the connection before the first step */
  GPtrArray *values; /* (owned) (nullable) of sqlite3_value: the rows of a statement that writes */
  guint n_read;      /* rows taken out of it, the current one counted */
} SqliteStatement;

static sqlite3 *
get_handle (SqliteStatement *self)
{
  return sqlite3_db_handle (self->native);
}

/* To SQLite "$2" is a name like any other, numbered by where it first stands. */
static void
map_parameters (SqliteStatement *self)
{
  int n_names = sqlite3_bind_parameter_count (self->native);

  for (int i = 1; i <= n_names; i++)
    {
      const char *name = sqlite3_bind_parameter_name (self->native, i);
      gint64 number = name != NULL && *name == '$' ? g_ascii_strtoll (name + 1, NULL, 10) : 0;

      if (number < 1 || number > G_MAXINT16)
        continue;
      if (number > self->n_indexes)
        {
          self->indexes = g_renew (int, self->indexes, number);
          while (self->n_indexes < number)
            self->indexes[self->n_indexes++] = 0;
        }
      self->indexes[number - 1] = i;
    }
}

static gboolean
set_sql_problem (GError **error, const char *sql, const char *why)
{
  g_autofree char *text = bitket_db_abbreviate (sql);

  g_set_error (error, BITKET_DB_ERROR, BITKET_DB_ERROR_FAILED, "cannot prepare “%s”: %s", text,
               why);
  return FALSE;
}

/* Whether nothing but blanks and comments follows the statement. */
static gboolean
check_tail (sqlite3 *handle, const char *sql, const char *tail, GError **error)
{
  sqlite3_stmt *next = NULL;
  gboolean has_next;

  while (*tail != '\0')
    {
      has_next = sqlite3_prepare_v2 (handle, tail, -1, &next, &tail) != SQLITE_OK || next != NULL;
      sqlite3_finalize (next);
      if (has_next)
        return set_sql_problem (error, sql, "it is more than one statement");
    }
  return TRUE;
}

BitketStatement *
bitket_sqlite_prepare (BitketDb *db, const char *sql, GError **error)
{
  sqlite3 *handle = ((BitketSqliteDb *) db)->handle;
  sqlite3_stmt *native = NULL;
  SqliteStatement *self;
  const char *tail = NULL;

  if (sqlite3_prepare_v3 (handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &native, &tail) != SQLITE_OK)
    {
      bitket_sqlite_set_sql_error (error, handle, sql);
      return NULL;
    }
  if (native == NULL)
    {
      set_sql_problem (error, sql, "it is empty");
      return NULL;
    }
  if (!check_tail (handle, sql, tail, error))
    {
      sqlite3_finalize (native);
      return NULL;
    }

  self = g_new0 (SqliteStatement, 1);
  self->native = native;
  self->n_columns = sqlite3_column_count (native);
  map_parameters (self);
  return &self->base;
}

static void
clear_rows (SqliteStatement *self)
{
  g_clear_pointer (&self->values, g_ptr_array_unref);
  self->n_read = 0;
}

void
bitket_sqlite_release (BitketStatement *statement)
{
  SqliteStatement *self = (SqliteStatement *) statement;

  clear_rows (self);
  g_clear_pointer (&self->native, sqlite3_finalize);
  g_clear_pointer (&self->indexes, g_free);
}

void
bitket_sqlite_clear_bindings (BitketStatement *statement)
{
  sqlite3_clear_bindings (((SqliteStatement *) statement)->native);
}

static int
get_index (SqliteStatement *self, int parameter)
{
  return parameter >= 1 && parameter <= self->n_indexes ? self->indexes[parameter - 1] : 0;
}

gboolean
bitket_sqlite_bind_int64 (BitketStatement *statement, int parameter, gint64 value)
{
  SqliteStatement *self = (SqliteStatement *) statement;
  int index = get_index (self, parameter);

  return index > 0 && sqlite3_bind_int64 (self->native, index, value) == SQLITE_OK;
}

gboolean
bitket_sqlite_bind_text (BitketStatement *statement, int parameter, const char *value)
{
  SqliteStatement *self = (SqliteStatement *) statement;
  int index = get_index (self, parameter);

  return index > 0 &&
         sqlite3_bind_text (self->native, index, value, -1, SQLITE_TRANSIENT) == SQLITE_OK;
}

gboolean
bitket_sqlite_bind_blob (BitketStatement *statement, int parameter, gconstpointer data, gsize len)
{
  SqliteStatement *self = (SqliteStatement *) statement;
  int index = get_index (self, parameter);

  return index > 0 &&
         sqlite3_bind_blob (self->native, index, data, (int) len, SQLITE_TRANSIENT) == SQLITE_OK;
}

gboolean
bitket_sqlite_bind_null (BitketStatement *statement, int parameter)
{
  SqliteStatement *self = (SqliteStatement *) statement;
  int index = get_index (self, parameter);

  return index > 0 && sqlite3_bind_null (self->native, index) == SQLITE_OK;
}

/* SQLite counts per connection and leaves the count alone where nothing is changed at all. */
static void
note_changes (SqliteStatement *self)
{
  sqlite3 *handle = get_handle (self);

  if (sqlite3_total_changes64 (handle) == self->n_total_before)
    self->base.n_changed = 0;
  else
    self->base.n_changed = sqlite3_changes64 (handle);
}

static void
free_value (gpointer data)
{
  sqlite3_value_free (data);
}

/* Runs a statement that writes and keeps its RETURNING rows. SQLite commits such a statement only
 * at its end; left there half read, it would commit when reset, with nobody to tell of an error. */
static int
run_writer (SqliteStatement *self)
{
  g_autoptr (GPtrArray) values = g_ptr_array_new_with_free_func (free_value);
  int result;

  while ((result = sqlite3_step (self->native)) == SQLITE_ROW)
    for (int i = 0; i < self->n_columns; i++)
      g_ptr_array_add (values, sqlite3_value_dup (sqlite3_column_value (self->native, i)));
  if (result != SQLITE_DONE)
    return result;
  self->values = g_steal_pointer (&values);
  return SQLITE_OK;
}

/* The row after the current one out of those kept. */
static BitketDbStep
step_kept (SqliteStatement *self)
{
  if ((self->n_read + 1) * (guint) self->n_columns > self->values->len)
    return BITKET_DB_STEP_DONE;
  self->n_read++;
  return BITKET_DB_STEP_ROW;
}

static BitketDbStep
fail_step (SqliteStatement *self, GError **error)
{
  bitket_sqlite_set_sql_error (error, get_handle (self), self->base.sql);
  sqlite3_reset (self->native);
  return BITKET_DB_STEP_ERROR;
}

static BitketDbStep
start_writer (SqliteStatement *self, GError **error)
{
  self->n_total_before = sqlite3_total_changes64 (get_handle (self));
  if (run_writer (self) != SQLITE_OK)
    return fail_step (self, error);
  note_changes (self);
  return self->n_columns > 0 ? step_kept (self) : BITKET_DB_STEP_DONE;
}

BitketDbStep
bitket_sqlite_step (BitketStatement *statement, GError **error)
{
  SqliteStatement *self = (SqliteStatement *) statement;

  if (self->values != NULL)
    return step_kept (self);
  if (statement->state == BITKET_STATEMENT_NEW)
    {
      statement->n_changed = 0;
      if (!bitket_sqlite_check_may_run (statement->db, self->native, error))
        return BITKET_DB_STEP_ERROR;
      if (!sqlite3_stmt_readonly (self->native))
        return start_writer (self, error);
    }

  switch (sqlite3_step (self->native))
    {
    case SQLITE_ROW:
      return BITKET_DB_STEP_ROW;
    case SQLITE_DONE:
      /* The end of reading ends the snapshot too, which would hold up checkpoints. */
      sqlite3_reset (self->native);
      return BITKET_DB_STEP_DONE;
    default:
      return fail_step (self, error);
    }
}

void
bitket_sqlite_reset (BitketStatement *statement)
{
  SqliteStatement *self = (SqliteStatement *) statement;

  clear_rows (self);
  sqlite3_reset (self->native);
}

int
bitket_sqlite_get_n_columns (BitketStatement *statement)
{
  return ((SqliteStatement *) statement)->n_columns;
}

const char *
bitket_sqlite_get_name (BitketStatement *statement, int column)
{
  return sqlite3_column_name (((SqliteStatement *) statement)->native, column);
}

/* The kept value of the current row. */
static sqlite3_value *
get_value (SqliteStatement *self, int column)
{
  return self->values->pdata[(self->n_read - 1) * (guint) self->n_columns + (guint) column];
}

gboolean
bitket_sqlite_is_null (BitketStatement *statement, int column)
{
  SqliteStatement *self = (SqliteStatement *) statement;

  if (self->values != NULL)
    return sqlite3_value_type (get_value (self, column)) == SQLITE_NULL;
  return sqlite3_column_type (self->native, column) == SQLITE_NULL;
}

gint64
bitket_sqlite_get_int64 (BitketStatement *statement, int column)
{
  SqliteStatement *self = (SqliteStatement *) statement;

  if (self->values != NULL)
    return sqlite3_value_int64 (get_value (self, column));
  return sqlite3_column_int64 (self->native, column);
}

const char *
bitket_sqlite_get_text (BitketStatement *statement, int column)
{
  SqliteStatement *self = (SqliteStatement *) statement;

  if (self->values != NULL)
    return (const char *) sqlite3_value_text (get_value (self, column));
  return (const char *) sqlite3_column_text (self->native, column);
}

gconstpointer
bitket_sqlite_get_blob (BitketStatement *statement, int column, gsize *len)
{
  SqliteStatement *self = (SqliteStatement *) statement;
  gconstpointer data;

  if (self->values != NULL)
    {
      data = sqlite3_value_blob (get_value (self, column));
      *len = (gsize) sqlite3_value_bytes (get_value (self, column));
    }
  else
    {
      data = sqlite3_column_blob (self->native, column);
      *len = (gsize) sqlite3_column_bytes (self->native, column);
    }
  return data != NULL ? data : ""; /* SQLite has no address for an empty value */
}
