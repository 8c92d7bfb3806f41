/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib-object.h>

#include "bitket-db-error.h"

G_BEGIN_DECLS

/* One connection to a database. SQL is the common dialect of SQLite and PostgreSQL: parameters $1 …
 * $n in both, RETURNING, ON CONFLICT; types TEXT, BIGINT, BYTEA; booleans are BIGINT 0 and 1; times
 * BIGINT µs; money BIGINT öre; ids TEXT. Not thread-safe: one thread at a time, and that one owns
 * it.
 *
 * A connection remembers its prepared statements by the address-independent text of their SQL. */

typedef struct _BitketDb BitketDb;
typedef struct _BitketStatement BitketStatement;

typedef enum
{
  BITKET_DB_OPEN_DEFAULT = 0,
  BITKET_DB_OPEN_EXISTING = 1 << 0, /* SQLite: do not make the file */
  BITKET_DB_OPEN_READ_ONLY = 1 << 1,
  BITKET_DB_OPEN_DURABLE =
      1 << 2, /* SQLite: synchronous=FULL, a commit is on the disk when it returns (WAL) */
} BitketDbOpenFlags;

typedef enum
{
  BITKET_DB_DIALECT_NONE,
  BITKET_DB_DIALECT_SQLITE,
  BITKET_DB_DIALECT_POSTGRESQL,
} BitketDbDialect;

/**
 * bitket_db_open:
 * @uri: "sqlite:PATH", "sqlite::memory:", "postgresql://…" or "postgresql:key=value key=value"
 * (libpq's own syntaxes; a password comes from PGPASSWORD or a pass file, and a password in @uri is
 * refused)
 *
 * SQLite: WAL, foreign keys on, busy timeout 5 s, cache 64 MB at most. PostgreSQL: UTF-8, READ
 * COMMITTED.
 */
BitketDb *bitket_db_open (const char *uri, BitketDbOpenFlags flags, GError **error);
/** bitket_db_close: (nullable): finalizes statements, rolls back what is open */
void bitket_db_close (BitketDb *db);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BitketDb, bitket_db_close)

BitketDbDialect bitket_db_get_dialect (BitketDb *db);
/** bitket_db_ping: whether the store answers; reconnects to a PostgreSQL that came back */
gboolean bitket_db_ping (BitketDb *db, GError **error);

/** bitket_db_execute: runs @sql, which may be several statements without parameters or rows */
gboolean bitket_db_execute (BitketDb *db, const char *sql, GError **error);

/* Words between processes, in PostgreSQL only: what is told in a transaction is heard once it is
 * committed. SQLite has one process: there telling does nothing and listening fails. */
/** bitket_db_notify: @payload: at most 7,999 bytes */
gboolean bitket_db_notify (BitketDb *db, const char *channel, const char *payload, GError **error);
/** bitket_db_listen: @channel: a constant of the program. Use the connection for nothing else. */
gboolean bitket_db_listen (BitketDb *db, const char *channel, GError **error);
/** bitket_db_get_fd: readable when there may be something to hear; -1 when there never is */
int bitket_db_get_fd (BitketDb *db);
/** bitket_db_take_notification: Returns: (transfer full) (nullable): the next payload; %NULL
 * without @error when there is none yet; CONNECTION when the connection is lost: open another */
char *bitket_db_take_notification (BitketDb *db, GError **error);

/* Transactions. Nesting is an error of the program. On BUSY the whole transaction is to be tried
 * again. */
typedef enum
{
  BITKET_DB_TRANSACTION_NONE,
  BITKET_DB_TRANSACTION_READ,  /* sees one state of the database */
  BITKET_DB_TRANSACTION_WRITE, /* SQLite: BEGIN IMMEDIATE */
} BitketDbTransaction;
gboolean bitket_db_begin (BitketDb *db, BitketDbTransaction mode, GError **error);
gboolean bitket_db_commit (BitketDb *db, GError **error);
/** bitket_db_rollback: does nothing when no transaction is open; never fails */
void bitket_db_rollback (BitketDb *db);
gboolean bitket_db_in_transaction (BitketDb *db);

/* Statements. Usage:
 *   g_autoptr (BitketStatement) s = bitket_db_prepare (db, "SELECT name FROM events WHERE id = $1",
 * error); if (s == NULL) return FALSE; bitket_statement_bind_text (s, 1, id); while
 * (bitket_statement_step (s, &local_error)) … bitket_statement_get_text (s, 0) … if (local_error) …
 * Freeing hands a statement back to its connection's cache. */
BitketStatement *bitket_db_prepare (BitketDb *db, const char *sql, GError **error);
/** bitket_statement_free: (nullable) */
void bitket_statement_free (BitketStatement *statement);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BitketStatement, bitket_statement_free)

/* Parameters count from 1, as in the SQL. What is not bound is NULL. Values are copied. */
void bitket_statement_bind_int64 (BitketStatement *statement, int parameter, gint64 value);
void bitket_statement_bind_text (BitketStatement *statement,
                                 int parameter,
                                 const char *value /* nullable: NULL */);
void bitket_statement_bind_blob (BitketStatement *statement,
                                 int parameter,
                                 gconstpointer data,
                                 gsize len);
void bitket_statement_bind_null (BitketStatement *statement, int parameter);

/** bitket_statement_step: Returns: %TRUE with the next row; %FALSE at the end, or with @error set
 */
gboolean bitket_statement_step (BitketStatement *statement, GError **error);
/** bitket_statement_run: to the end, rows ignored. Returns: %FALSE with @error */
gboolean bitket_statement_run (BitketStatement *statement, GError **error);
/** bitket_statement_reset: to run it again; parameters stay */
void bitket_statement_reset (BitketStatement *statement);
/** bitket_statement_get_n_changed: rows that the last run inserted, updated or deleted */
gint64 bitket_statement_get_n_changed (BitketStatement *statement);

/* Columns count from 0. Borrowed until the next step. NULL reads as 0, %NULL, 0 bytes. */
int bitket_statement_get_n_columns (BitketStatement *statement);
const char *bitket_statement_get_name (BitketStatement *statement, int column);
gboolean bitket_statement_is_null (BitketStatement *statement, int column);
gint64 bitket_statement_get_int64 (BitketStatement *statement, int column);
const char *bitket_statement_get_text (BitketStatement *statement, int column);
gconstpointer bitket_statement_get_blob (BitketStatement *statement, int column, gsize *len);

/* Migrations: numbered from 1 without a gap, each in one transaction, recorded in
 * schema_migrations. */
typedef struct
{
  int version;
  const char *name;
  const char *sql;            /* for both */
  const char *sqlite_sql;     /* (nullable) after it, SQLite only (indexes, pragmas) */
  const char *postgresql_sql; /* (nullable) after it, PostgreSQL only */
} BitketMigration;

/**
 * bitket_db_migrate:
 * Brings the database to the last of @migrations. VERSION when it is newer than that,
 * NOT_A_DATABASE when the file is something else or belongs to another program (@application names
 * ours in the migrations table).
 */
gboolean bitket_db_migrate (BitketDb *db,
                            const char *application,
                            const BitketMigration *migrations,
                            gsize n_migrations,
                            GError **error);
/** bitket_db_backup: a consistent copy while others write; SQLite's online backup; PostgreSQL:
 * FAILED, says to use pg_dump */
gboolean bitket_db_backup (BitketDb *db, const char *path, GError **error);

G_END_DECLS
