/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-db"

#include "bitket-db-private.h"

/* The two stores describe themselves differently; these give the same two numbers: how many tables
 * of anybody's there are, and how many columns of our own table. */
#define SQLITE_SURVEY                                                                              \
  "SELECT (SELECT count(*) FROM sqlite_schema"                                                     \
  "         WHERE type = 'table' AND substr(name, 1, 7) <> 'sqlite_'),"                            \
  "       (SELECT count(*) FROM pragma_table_info('schema_migrations')"                            \
  "         WHERE name IN ('application', 'version', 'name', 'applied_us'))"
/* Tables that came with an extension do not count: they are nobody's data. */
#define POSTGRESQL_SURVEY                                                                          \
  "SELECT (SELECT count(*) FROM pg_catalog.pg_class c"                                             \
  "          JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"                             \
  "         WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p')"                        \
  "           AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d"                                \
  "                            WHERE d.classid = 'pg_catalog.pg_class'::regclass"                  \
  "                              AND d.objid = c.oid AND d.deptype = 'e')),"                       \
  "       (SELECT count(*) FROM information_schema.columns"                                        \
  "         WHERE table_schema = current_schema() AND table_name = 'schema_migrations'"            \
  "           AND column_name IN ('application', 'version', 'name', 'applied_us'))"
#define N_COLUMNS 4

#define CREATE_TABLE                                                                               \
  "CREATE TABLE schema_migrations ("                                                               \
  "  application TEXT NOT NULL,"                                                                   \
  "  version BIGINT NOT NULL PRIMARY KEY,"                                                         \
  "  name TEXT NOT NULL,"                                                                          \
  "  applied_us BIGINT NOT NULL)"

/* One migrates at a time; whoever waits does so however long it takes. The number is an arbitrary
 * one of ours. SQLite's BEGIN IMMEDIATE is such a lock already. */
#define POSTGRESQL_LOCK                                                                            \
  "SET LOCAL lock_timeout = 0; SELECT pg_catalog.pg_advisory_xact_lock(4801316245)"

typedef struct
{
  const char *application;
  const BitketMigration *migrations;
  int n_migrations;
} Plan;

/* What stands in the database. */
typedef struct
{
  gboolean has_table;
  int version; /* 0: nothing applied */
} State;

static gboolean
survey (BitketDb *db, gint64 *n_tables, gint64 *n_columns, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (BitketStatement) statement = bitket_db_prepare (
      db,
      bitket_db_get_dialect (db) == BITKET_DB_DIALECT_SQLITE ? SQLITE_SURVEY : POSTGRESQL_SURVEY,
      error);

  if (statement == NULL)
    return FALSE;
  if (!bitket_statement_step (statement, &local_error))
    {
      g_assert (local_error != NULL); /* such a query has exactly one row */
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  *n_tables = bitket_statement_get_int64 (statement, 0);
  *n_columns = bitket_statement_get_int64 (statement, 1);
  return TRUE;
}

static gboolean
check_row (BitketStatement *statement, const Plan *plan, int version, GError **error)
{
  const char *application = bitket_statement_get_text (statement, 0);

  if (g_strcmp0 (application, plan->application) != 0)
    {
      g_set_error (error, BITKET_DB_ERROR, BITKET_DB_ERROR_NOT_A_DATABASE,
                   "cannot use the database: it belongs to “%s”, not to “%s”", application,
                   plan->application);
      return FALSE;
    }
  if (bitket_statement_get_int64 (statement, 1) != version)
    {
      g_set_error (error, BITKET_DB_ERROR, BITKET_DB_ERROR_CORRUPT,
                   "cannot use the database: migration %d is missing from its list", version);
      return FALSE;
    }
  return TRUE;
}

static gboolean
read_version (BitketDb *db, const Plan *plan, int *out_version, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (BitketStatement) statement = bitket_db_prepare (
      db, "SELECT application, version FROM schema_migrations ORDER BY version", error);
  int version = 0;

  if (statement == NULL)
    return FALSE;
  while (bitket_statement_step (statement, &local_error))
    if (!check_row (statement, plan, ++version, error))
      return FALSE;
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  *out_version = version;
  return TRUE;
}

/* Finds out what the database is, and refuses what is not ours or too new. */
static gboolean
read_state (BitketDb *db, const Plan *plan, State *state, GError **error)
{
  gint64 n_tables, n_columns;
  int version = 0;

  if (!survey (db, &n_tables, &n_columns, error))
    return FALSE;
  if (n_tables > 0 && n_columns != N_COLUMNS)
    {
      g_set_error (error, BITKET_DB_ERROR, BITKET_DB_ERROR_NOT_A_DATABASE,
                   "cannot use the database: it holds tables that are not those of “%s”",
                   plan->application);
      return FALSE;
    }
  if (n_tables > 0 && !read_version (db, plan, &version, error))
    return FALSE;
  if (version > plan->n_migrations)
    {
      g_set_error (error, BITKET_DB_ERROR, BITKET_DB_ERROR_VERSION,
                   "cannot use the database: a newer program made it (version %d, this one knows "
                   "%d)",
                   version, plan->n_migrations);
      return FALSE;
    }
  *state = (State) { n_tables > 0, version };
  return TRUE;
}

static gboolean
record (BitketDb *db, const Plan *plan, const BitketMigration *migration, GError **error)
{
  g_autoptr (BitketStatement) statement =
      bitket_db_prepare (db,
                         "INSERT INTO schema_migrations (application, version, name, applied_us) "
                         "VALUES ($1, $2, $3, $4)",
                         error);

  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_text (statement, 1, plan->application);
  bitket_statement_bind_int64 (statement, 2, migration->version);
  bitket_statement_bind_text (statement, 3, migration->name);
  bitket_statement_bind_int64 (statement, 4, g_get_real_time ());
  return bitket_statement_run (statement, error);
}

static gboolean
run_sql (BitketDb *db, const char *sql, GError **error)
{
  if (sql == NULL || !bitket_db_execute (db, sql, error))
    return sql == NULL;
  if (db->driver->is_in_transaction (db))
    return TRUE;
  g_set_error_literal (error, BITKET_DB_ERROR, BITKET_DB_ERROR_FAILED,
                       "its SQL ends the transaction it runs in");
  bitket_db_note_error (db);
  return FALSE;
}

static gboolean
apply (BitketDb *db, const Plan *plan, const BitketMigration *migration, GError **error)
{
  BitketDbDialect dialect = bitket_db_get_dialect (db);

  if (run_sql (db, migration->sql, error) &&
      (dialect != BITKET_DB_DIALECT_SQLITE || run_sql (db, migration->sqlite_sql, error)) &&
      (dialect != BITKET_DB_DIALECT_POSTGRESQL || run_sql (db, migration->postgresql_sql, error)) &&
      record (db, plan, migration, error))
    return TRUE;
  g_prefix_error (error,
                  "could not migrate the database to version %d (“%s”): ", migration->version,
                  migration->name);
  return FALSE;
}

/* Inside the transaction: what somebody else did while this one waited for the lock counts. */
static gboolean
apply_next (BitketDb *db, const Plan *plan, int *version, GError **error)
{
  State state;

  if (bitket_db_get_dialect (db) == BITKET_DB_DIALECT_POSTGRESQL &&
      !bitket_db_execute (db, POSTGRESQL_LOCK, error))
    return FALSE;
  if (!read_state (db, plan, &state, error))
    return FALSE;
  if (!state.has_table && !bitket_db_execute (db, CREATE_TABLE, error))
    return FALSE;
  if (state.version < plan->n_migrations)
    {
      if (!apply (db, plan, &plan->migrations[state.version], error))
        return FALSE;
      state.version++;
    }
  *version = state.version;
  return TRUE;
}

static gboolean
read_state_at_once (BitketDb *db, const Plan *plan, State *state, GError **error)
{
  gboolean is_read;

  if (!bitket_db_begin (db, BITKET_DB_TRANSACTION_READ, error))
    return FALSE;
  is_read = read_state (db, plan, state, error);
  bitket_db_rollback (db);
  return is_read;
}

static gboolean
run_plan (BitketDb *db, const Plan *plan, GError **error)
{
  State state = { FALSE, 0 };

  /* Nothing to do is the common case: it needs no lock, and works on what is read-only. */
  if (!read_state_at_once (db, plan, &state, error))
    return FALSE;
  while (state.version < plan->n_migrations)
    {
      if (!bitket_db_begin (db, BITKET_DB_TRANSACTION_WRITE, error))
        return FALSE;
      if (!apply_next (db, plan, &state.version, error))
        {
          bitket_db_rollback (db);
          return FALSE;
        }
      if (!bitket_db_commit (db, error))
        return FALSE;
    }
  return TRUE;
}

/* A migration that fails is undone whole, and those before it stay. Several programs may do this
 * at the same moment: each migration is applied once. Errors besides: CORRUPT when the list of
 * migrations in the database has a gap; BUSY and what the SQL itself brings up. */
gboolean
bitket_db_migrate (BitketDb *db,
                   const char *application,
                   const BitketMigration *migrations,
                   gsize n_migrations,
                   GError **error)
{
  g_return_val_if_fail (db != NULL, FALSE);
  g_return_val_if_fail (!bitket_db_in_transaction (db), FALSE);
  g_return_val_if_fail (application != NULL, FALSE);
  g_return_val_if_fail (migrations != NULL || n_migrations == 0, FALSE);
  g_return_val_if_fail (n_migrations <= G_MAXINT16, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  for (gsize i = 0; i < n_migrations; i++)
    {
      g_return_val_if_fail (migrations[i].version == (int) i + 1, FALSE);
      g_return_val_if_fail (migrations[i].name != NULL, FALSE);
    }
  return run_plan (db, &(Plan) { application, migrations, (int) n_migrations }, error);
}
