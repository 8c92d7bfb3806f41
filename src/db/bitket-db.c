/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-db"

#include "bitket-db-private.h"

#include <string.h>

/* What an address begins with, and which part of it a driver gets. */
static const struct
{
  const char *prefix;
  const BitketDbDriver *driver;
  gsize n_cut;
} schemes[] = {
  { "sqlite:", &bitket_db_sqlite_driver, sizeof "sqlite:" - 1 },
  { "postgresql://", &bitket_db_postgresql_driver, 0 },
  { "postgres://", &bitket_db_postgresql_driver, 0 },
  { "postgresql:", &bitket_db_postgresql_driver, sizeof "postgresql:" - 1 },
};

/* Opens the store that @uri names. Errors: URI, OPEN, NOT_A_DATABASE, CORRUPT, BUSY, FULL, IO;
 * their texts name a file's path, and never hold a password. Blocks: for PostgreSQL up to 10 s
 * unless the address says otherwise (connect_timeout). */
BitketDb *
bitket_db_open (const char *uri, BitketDbOpenFlags flags, GError **error)
{
  g_return_val_if_fail (uri != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (schemes); i++)
    {
      BitketDb *db;

      if (!g_str_has_prefix (uri, schemes[i].prefix))
        continue;
      db = schemes[i].driver->open (uri + schemes[i].n_cut, flags, error);
      if (db == NULL)
        return NULL;
      db->driver = schemes[i].driver;
      db->flags = flags;
      db->by_sql = g_hash_table_new (g_str_hash, g_str_equal);
      return db;
    }
  /* The address is not repeated: it may hold a password. */
  g_set_error_literal (error, BITKET_DB_ERROR, BITKET_DB_ERROR_URI,
                       "cannot open the database: its address begins with none of “sqlite:”, "
                       "“postgresql:” and “postgresql://”");
  return NULL;
}

void
bitket_db_close (BitketDb *db)
{
  if (db == NULL)
    return;
  bitket_db_clear_statements (db);
  bitket_db_rollback (db);
  g_hash_table_unref (db->by_sql);
  db->driver->close (db);
}

BitketDbDialect
bitket_db_get_dialect (BitketDb *db)
{
  g_return_val_if_fail (db != NULL, BITKET_DB_DIALECT_NONE);

  return db->driver->dialect;
}

gboolean
bitket_db_ping (BitketDb *db, GError **error)
{
  g_return_val_if_fail (db != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  if (!bitket_db_check_usable (db, "", error))
    return FALSE;
  if (db->driver->ping (db, error))
    return TRUE;
  bitket_db_note_error (db);
  return FALSE;
}

/* Outside a transaction the statements before a failing one stay done in SQLite, and are undone in
 * PostgreSQL: put what belongs together into a transaction. */
gboolean
bitket_db_execute (BitketDb *db, const char *sql, GError **error)
{
  g_return_val_if_fail (db != NULL, FALSE);
  g_return_val_if_fail (sql != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  if (!bitket_db_check_usable (db, sql, error))
    return FALSE;
  if (db->driver->execute (db, sql, error))
    return TRUE;
  bitket_db_note_error (db);
  return FALSE;
}

gboolean
bitket_db_begin (BitketDb *db, BitketDbTransaction mode, GError **error)
{
  const char *sql = NULL;

  g_return_val_if_fail (db != NULL, FALSE);
  g_return_val_if_fail (db->transaction == BITKET_DB_TRANSACTION_NONE, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  switch (mode)
    {
    case BITKET_DB_TRANSACTION_READ:
      sql = db->driver->begin_read;
      break;
    case BITKET_DB_TRANSACTION_WRITE:
      sql = db->driver->begin_write;
      break;
    case BITKET_DB_TRANSACTION_NONE:
      break;
    }
  g_return_val_if_fail (sql != NULL, FALSE);

  if (!db->driver->execute (db, sql, error))
    return FALSE;
  db->transaction = mode;
  db->is_failed = FALSE;
  return TRUE;
}

/* However it ends, the transaction is over: what could not be committed is rolled back. */
gboolean
bitket_db_commit (BitketDb *db, GError **error)
{
  g_return_val_if_fail (db != NULL, FALSE);
  g_return_val_if_fail (db->transaction != BITKET_DB_TRANSACTION_NONE, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  if (!bitket_db_check_usable (db, "COMMIT", error) || !db->driver->commit (db, error))
    {
      bitket_db_rollback (db);
      return FALSE;
    }
  db->transaction = BITKET_DB_TRANSACTION_NONE;
  return TRUE;
}

void
bitket_db_rollback (BitketDb *db)
{
  g_return_if_fail (db != NULL);

  db->driver->rollback (db);
  db->transaction = BITKET_DB_TRANSACTION_NONE;
  db->is_failed = FALSE;
}

gboolean
bitket_db_in_transaction (BitketDb *db)
{
  g_return_val_if_fail (db != NULL, FALSE);

  return db->transaction != BITKET_DB_TRANSACTION_NONE;
}

gboolean
bitket_db_notify (BitketDb *db, const char *channel, const char *payload, GError **error)
{
  g_autoptr (BitketStatement) statement = NULL;

  g_return_val_if_fail (db != NULL, FALSE);
  g_return_val_if_fail (channel != NULL && payload != NULL, FALSE);

  if (db->driver->dialect != BITKET_DB_DIALECT_POSTGRESQL)
    return TRUE;
  statement = bitket_db_prepare (db, "SELECT pg_notify ($1, $2)", error);
  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_text (statement, 1, channel);
  bitket_statement_bind_text (statement, 2, payload);
  return bitket_statement_run (statement, error);
}

gboolean
bitket_db_listen (BitketDb *db, const char *channel, GError **error)
{
  g_return_val_if_fail (db != NULL && channel != NULL, FALSE);

  if (db->driver->listen != NULL)
    return db->driver->listen (db, channel, error);
  g_set_error_literal (error, BITKET_DB_ERROR, BITKET_DB_ERROR_FAILED,
                       "cannot listen: this database has no other processes");
  return FALSE;
}

int
bitket_db_get_fd (BitketDb *db)
{
  g_return_val_if_fail (db != NULL, -1);

  return db->driver->get_fd != NULL ? db->driver->get_fd (db) : -1;
}

char *
bitket_db_take_notification (BitketDb *db, GError **error)
{
  g_return_val_if_fail (db != NULL, NULL);

  return db->driver->take_notification != NULL ? db->driver->take_notification (db, error) : NULL;
}

/* The copy comes under its name only once it is whole; an older file of that name is replaced. */
gboolean
bitket_db_backup (BitketDb *db, const char *path, GError **error)
{
  g_return_val_if_fail (db != NULL, FALSE);
  g_return_val_if_fail (path != NULL && *path != '\0', FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return db->driver->backup (db, path, error);
}
