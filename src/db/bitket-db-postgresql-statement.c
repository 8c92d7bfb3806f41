/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-db"

#include "bitket-db-postgresql-private.h"

#include <string.h>

/* Types by their fixed numbers (pg_type.dat): libpq has no names for them. */
#define TYPE_BOOL  16
#define TYPE_BYTEA 17

typedef struct
{
  unsigned char *data; /* (owned by libpq) (nullable) */
  gsize len;
} Blob;

struct _PostgresqlStatement
{
  BitketStatement base;
  char name[16];
  guint n_connection; /* the connection it was prepared on */
  gboolean is_stale;  /* prepared against tables that were altered since */
  gboolean is_query;  /* only reads: its rows may be taken one by one */

  int n_parameters;
  char **values; /* (owned) of n_parameters: (owned) (nullable) */
  int *lens;     /* (owned) */
  int *formats;  /* (owned): 0 text, 1 as it is (bytes) */

  PGresult *shape;  /* (owned): columns, without rows */
  PGresult *result; /* (owned) (nullable): where the current row is */
  int row;
  GQueue later; /* of PGresult: taken in before their turn */
  Blob *blobs;  /* (owned) of n columns: the current row's, decoded */
};

static BitketPostgresqlDb *
get_db (PostgresqlStatement *self)
{
  return (BitketPostgresqlDb *) self->base.db;
}

/* Puts the one row of @result behind those of @rows: a result of its own takes some 2 kB. */
static gboolean
append_row (PGresult *rows, const PGresult *result)
{
  int row = PQntuples (rows);

  for (int i = 0; i < PQnfields (result); i++)
    {
      gboolean is_null = PQgetisnull (result, 0, i);

      if (!PQsetvalue (rows, row, i, is_null ? NULL : PQgetvalue (result, 0, i),
                       is_null ? -1 : PQgetlength (result, 0, i)))
        return FALSE;
    }
  return TRUE;
}

static void
keep_for_later (PostgresqlStatement *self, PGresult *result)
{
  PGresult *last = g_queue_peek_tail (&self->later);

  if (PQresultStatus (result) == PGRES_SINGLE_TUPLE && last != NULL && PQnfields (result) > 0 &&
      append_row (last, result))
    PQclear (result);
  else
    g_queue_push_tail (&self->later, result);
}

void
bitket_postgresql_make_free (BitketPostgresqlDb *db)
{
  PostgresqlStatement *statement = g_steal_pointer (&db->current);
  PGresult *result;

  while (statement != NULL && (result = PQgetResult (db->connection)) != NULL)
    keep_for_later (statement, result);
}

/* Throws away what still comes in for @self. */
static void
drain (PostgresqlStatement *self)
{
  BitketPostgresqlDb *db = get_db (self);
  PGresult *result;

  while ((result = g_queue_pop_head (&self->later)) != NULL)
    PQclear (result);
  if (db->current != self)
    return;
  db->current = NULL;
  while ((result = PQgetResult (db->connection)) != NULL)
    PQclear (result);
}

/* Only what surely does not write is read row by row: a statement that writes is done when its
 * first step returns, with any error that its end brings up. A WITH may have a writing part. */
static gboolean
is_query (const char *sql)
{
  static const char *const writing[] = { "INSERT", "UPDATE", "DELETE", "MERGE" };

  sql += strspn (sql, " \t\r\n(");
  if (g_ascii_strncasecmp (sql, "SELECT", 6) == 0 || g_ascii_strncasecmp (sql, "VALUES", 6) == 0)
    return TRUE;
  if (g_ascii_strncasecmp (sql, "WITH", 4) != 0)
    return FALSE;
  for (const char *p = sql; *p != '\0'; p++)
    for (gsize i = 0; i < G_N_ELEMENTS (writing); i++)
      if (g_ascii_strncasecmp (p, writing[i], strlen (writing[i])) == 0)
        return FALSE;
  return TRUE;
}

/* Asks the server for parameters and columns. Returns: (transfer full) (nullable) */
static PGresult *
prepare_on_server (BitketPostgresqlDb *db, const char *name, const char *sql, GError **error)
{
  PGresult *result;

  bitket_postgresql_make_free (db);
  result = PQprepare (db->connection, name, sql, 0, NULL);
  if (PQresultStatus (result) == PGRES_COMMAND_OK)
    {
      PQclear (result);
      result = PQdescribePrepared (db->connection, name);
    }
  if (PQresultStatus (result) == PGRES_COMMAND_OK)
    return result;
  bitket_postgresql_set_error (error, db->connection, result, sql);
  PQclear (result);
  return NULL;
}

static gboolean
is_blank (const char *sql)
{
  return sql[strspn (sql, " \t\r\n;")] == '\0';
}

BitketStatement *
bitket_postgresql_prepare (BitketDb *db, const char *sql, GError **error)
{
  BitketPostgresqlDb *postgresql = (BitketPostgresqlDb *) db;
  PostgresqlStatement *self = g_new0 (PostgresqlStatement, 1);

  if (is_blank (sql))
    {
      g_set_error_literal (error, BITKET_DB_ERROR, BITKET_DB_ERROR_FAILED,
                           "cannot prepare “”: it is empty");
      g_free (self);
      return NULL;
    }
  g_snprintf (self->name, sizeof self->name, "b%u", ++postgresql->n_prepared);
  self->shape = prepare_on_server (postgresql, self->name, sql, error);
  if (self->shape == NULL)
    {
      g_free (self);
      return NULL;
    }
  self->n_connection = postgresql->n_connections;
  self->is_query = is_query (sql);
  self->n_parameters = PQnparams (self->shape);
  self->values = g_new0 (char *, self->n_parameters + 1);
  self->lens = g_new0 (int, self->n_parameters + 1);
  self->formats = g_new0 (int, self->n_parameters + 1);
  self->blobs = g_new0 (Blob, PQnfields (self->shape) + 1);
  g_queue_init (&self->later);
  return &self->base;
}

static void
clear_blobs (PostgresqlStatement *self)
{
  for (int i = 0; i < PQnfields (self->shape); i++)
    g_clear_pointer (&self->blobs[i].data, PQfreemem);
}

static void
clear_row (PostgresqlStatement *self)
{
  clear_blobs (self);
  g_clear_pointer (&self->result, PQclear);
  self->row = 0;
}

/* Takes the statement off the server, where that can be done without harm to a transaction. */
static void
deallocate (PostgresqlStatement *self)
{
  BitketPostgresqlDb *db = get_db (self);
  PGTransactionStatusType status;
  char sql[32];

  if (self->n_connection != db->n_connections)
    return;
  bitket_postgresql_make_free (db);
  status = PQtransactionStatus (db->connection);
  if (status != PQTRANS_IDLE && status != PQTRANS_INTRANS)
    return;
  g_snprintf (sql, sizeof sql, "DEALLOCATE %s", self->name);
  PQclear (PQexec (db->connection, sql));
}

void
bitket_postgresql_release (BitketStatement *statement)
{
  PostgresqlStatement *self = (PostgresqlStatement *) statement;

  drain (self);
  deallocate (self);
  clear_row (self);
  bitket_postgresql_clear_bindings (statement);
  g_clear_pointer (&self->values, g_free);
  g_clear_pointer (&self->lens, g_free);
  g_clear_pointer (&self->formats, g_free);
  g_clear_pointer (&self->blobs, g_free);
  g_clear_pointer (&self->shape, PQclear);
}

void
bitket_postgresql_clear_bindings (BitketStatement *statement)
{
  PostgresqlStatement *self = (PostgresqlStatement *) statement;

  for (int i = 0; i < self->n_parameters; i++)
    g_clear_pointer (&self->values[i], g_free);
}

static gboolean
set_value (BitketStatement *statement, int parameter, char *value, gsize len, int format)
{
  PostgresqlStatement *self = (PostgresqlStatement *) statement;

  if (parameter < 1 || parameter > self->n_parameters)
    {
      g_free (value);
      return FALSE;
    }
  g_free (self->values[parameter - 1]);
  self->values[parameter - 1] = value;
  self->lens[parameter - 1] = (int) len;
  self->formats[parameter - 1] = format;
  return TRUE;
}

/* As text, because the server infers the parameter's type, and its own form of a number would have
 * to be of exactly that type's size. */
gboolean
bitket_postgresql_bind_int64 (BitketStatement *statement, int parameter, gint64 value)
{
  return set_value (statement, parameter, g_strdup_printf ("%" G_GINT64_FORMAT, value), 0, 0);
}

gboolean
bitket_postgresql_bind_text (BitketStatement *statement, int parameter, const char *value)
{
  return set_value (statement, parameter, g_strdup (value), 0, 0);
}

gboolean
bitket_postgresql_bind_blob (BitketStatement *statement,
                             int parameter,
                             gconstpointer data,
                             gsize len)
{
  char *copy = g_malloc (len + 1);

  memcpy (copy, data, len);
  return set_value (statement, parameter, copy, len, 1);
}

gboolean
bitket_postgresql_bind_null (BitketStatement *statement, int parameter)
{
  return set_value (statement, parameter, NULL, 0, 0);
}

/* Prepares again what an older connection knew, or what was prepared against older tables. */
static gboolean
prepare_again (PostgresqlStatement *self, GError **error)
{
  BitketPostgresqlDb *db = get_db (self);
  PGresult *shape;

  if (self->n_connection == db->n_connections && !self->is_stale)
    return TRUE;
  deallocate (self);
  shape = prepare_on_server (db, self->name, self->base.sql, error);
  if (shape == NULL)
    return FALSE;

  clear_blobs (self);
  g_free (self->blobs);
  self->blobs = g_new0 (Blob, PQnfields (shape) + 1);
  PQclear (self->shape);
  self->shape = shape;
  self->n_connection = db->n_connections;
  self->is_stale = FALSE;
  return TRUE;
}

static gboolean
send (PostgresqlStatement *self, GError **error)
{
  BitketPostgresqlDb *db = get_db (self);

  bitket_postgresql_make_free (db);
  if (!prepare_again (self, error))
    return FALSE;
  if (!PQsendQueryPrepared (db->connection, self->name, self->n_parameters,
                            (const char *const *) self->values, self->lens, self->formats, 0))
    {
      bitket_postgresql_set_error (error, db->connection, NULL, self->base.sql);
      return FALSE;
    }
  db->current = self;
  if (self->is_query)
    PQsetSingleRowMode (db->connection);
  else
    bitket_postgresql_make_free (db);
  return TRUE;
}

/* Returns: (transfer full) (nullable): what the server says next */
static PGresult *
get_next_result (PostgresqlStatement *self)
{
  BitketPostgresqlDb *db = get_db (self);
  PGresult *result = g_queue_pop_head (&self->later);

  if (result != NULL || db->current != self)
    return result;
  result = PQgetResult (db->connection);
  if (result == NULL)
    db->current = NULL;
  return result;
}

/* A table was altered after the statement was prepared. Trying again prepares it anew; that is what
 * BUSY says. The function's name is what tells this from other "not supported" (as in pgjdbc). */
static gboolean
is_of_older_tables (const PGresult *result)
{
  return g_strcmp0 (PQresultErrorField (result, PG_DIAG_SQLSTATE), "0A000") == 0 &&
         g_strcmp0 (PQresultErrorField (result, PG_DIAG_SOURCE_FUNCTION),
                    "RevalidateCachedQuery") == 0;
}

static BitketDbStep
fail_step (PostgresqlStatement *self, PGresult *result, GError **error)
{
  /* First, because libpq knows that the connection is lost only once it has tried to go on. */
  drain (self);
  if (is_of_older_tables (result))
    {
      self->is_stale = TRUE;
      g_set_error_literal (error, BITKET_DB_ERROR, BITKET_DB_ERROR_BUSY,
                           "could not run a statement: its tables were altered just now");
    }
  else
    {
      bitket_postgresql_set_error (error, get_db (self)->connection, result, self->base.sql);
    }
  PQclear (result);
  return BITKET_DB_STEP_ERROR;
}

/* The end: nothing may follow but the connection's being free again. */
static BitketDbStep
finish_step (PostgresqlStatement *self, PGresult *result)
{
  const char *n_changed = PQcmdTuples (result);
  gboolean is_select = g_str_has_prefix (PQcmdStatus (result), "SELECT");

  self->base.n_changed = is_select ? 0 : g_ascii_strtoll (n_changed, NULL, 10);
  PQclear (result);
  drain (self);
  return BITKET_DB_STEP_DONE;
}

/* Goes to the next row among those that have come in, or that come in. */
static BitketDbStep
step_results (PostgresqlStatement *self, GError **error)
{
  PGresult *result;
  ExecStatusType status;

  clear_blobs (self);
  if (self->result != NULL && self->row + 1 < PQntuples (self->result))
    {
      self->row++;
      return BITKET_DB_STEP_ROW;
    }
  if (self->result != NULL && PQresultStatus (self->result) == PGRES_TUPLES_OK)
    return finish_step (self, g_steal_pointer (&self->result));
  clear_row (self);

  result = get_next_result (self);
  status = PQresultStatus (result);
  if (status == PGRES_COMMAND_OK || (status == PGRES_TUPLES_OK && PQntuples (result) == 0))
    return finish_step (self, result);
  if (status != PGRES_SINGLE_TUPLE && status != PGRES_TUPLES_OK)
    return fail_step (self, result, error);
  self->result = result;
  return BITKET_DB_STEP_ROW;
}

BitketDbStep
bitket_postgresql_step (BitketStatement *statement, GError **error)
{
  PostgresqlStatement *self = (PostgresqlStatement *) statement;

  if (statement->state == BITKET_STATEMENT_NEW)
    {
      statement->n_changed = 0;
      if (!send (self, error))
        return BITKET_DB_STEP_ERROR;
    }
  return step_results (self, error);
}

void
bitket_postgresql_reset (BitketStatement *statement)
{
  PostgresqlStatement *self = (PostgresqlStatement *) statement;

  drain (self);
  clear_row (self);
}

int
bitket_postgresql_get_n_columns (BitketStatement *statement)
{
  return PQnfields (((PostgresqlStatement *) statement)->shape);
}

const char *
bitket_postgresql_get_name (BitketStatement *statement, int column)
{
  return PQfname (((PostgresqlStatement *) statement)->shape, column);
}

gboolean
bitket_postgresql_is_null (BitketStatement *statement, int column)
{
  PostgresqlStatement *self = (PostgresqlStatement *) statement;

  return PQgetisnull (self->result, self->row, column);
}

static gboolean
is_of_type (PostgresqlStatement *self, int column, Oid type)
{
  return PQftype (self->result, column) == type;
}

/* A comparison is a boolean here and a number in SQLite: it reads as 0 or 1 in both. */
gint64
bitket_postgresql_get_int64 (BitketStatement *statement, int column)
{
  PostgresqlStatement *self = (PostgresqlStatement *) statement;
  const char *text = PQgetvalue (self->result, self->row, column);

  return is_of_type (self, column, TYPE_BOOL) ? *text == 't' : g_ascii_strtoll (text, NULL, 10);
}

/* Bytes come as hexadecimal digits; what is not bytes is its text. */
gconstpointer
bitket_postgresql_get_blob (BitketStatement *statement, int column, gsize *len)
{
  PostgresqlStatement *self = (PostgresqlStatement *) statement;
  const char *text = PQgetvalue (self->result, self->row, column);
  Blob *blob = &self->blobs[column];

  if (!is_of_type (self, column, TYPE_BYTEA))
    {
      *len = (gsize) PQgetlength (self->result, self->row, column);
      return text;
    }
  if (blob->data == NULL)
    blob->data = PQunescapeBytea ((const unsigned char *) text, &blob->len);
  *len = blob->len;
  return blob->data;
}

const char *
bitket_postgresql_get_text (BitketStatement *statement, int column)
{
  PostgresqlStatement *self = (PostgresqlStatement *) statement;
  gsize len;

  if (is_of_type (self, column, TYPE_BOOL))
    return *PQgetvalue (self->result, self->row, column) == 't' ? "1" : "0";
  if (is_of_type (self, column, TYPE_BYTEA))
    return bitket_postgresql_get_blob (statement, column, &len);
  return PQgetvalue (self->result, self->row, column);
}
