/* SPDX-License-Identifier: MIT */
#pragma once

#include <sqlite3.h>

#include "bitket-db-private.h"

G_BEGIN_DECLS

typedef struct
{
  BitketDb base;
  sqlite3 *handle; /* (owned) */
  char *path;      /* (owned) (nullable): absolute; NULL in memory */
} BitketSqliteDb;

/* In bitket-db-sqlite.c. */
BitketDbError bitket_sqlite_get_code (int result);
/* Sets the error that @handle reports: "could not @what: why". */
void bitket_sqlite_set_error (GError **error, sqlite3 *handle, const char *what);
/* The same for @sql. */
void bitket_sqlite_set_sql_error (GError **error, sqlite3 *handle, const char *sql);
/* Refuses what writes inside a READ transaction. */
gboolean bitket_sqlite_check_may_run (BitketDb *db, sqlite3_stmt *native, GError **error);

/* In bitket-db-sqlite-statement.c. */
BitketStatement *bitket_sqlite_prepare (BitketDb *db, const char *sql, GError **error);
void bitket_sqlite_release (BitketStatement *statement);
void bitket_sqlite_clear_bindings (BitketStatement *statement);
gboolean bitket_sqlite_bind_int64 (BitketStatement *statement, int parameter, gint64 value);
gboolean bitket_sqlite_bind_text (BitketStatement *statement, int parameter, const char *value);
gboolean
bitket_sqlite_bind_blob (BitketStatement *statement, int parameter, gconstpointer data, gsize len);
gboolean bitket_sqlite_bind_null (BitketStatement *statement, int parameter);
BitketDbStep bitket_sqlite_step (BitketStatement *statement, GError **error);
void bitket_sqlite_reset (BitketStatement *statement);
int bitket_sqlite_get_n_columns (BitketStatement *statement);
const char *bitket_sqlite_get_name (BitketStatement *statement, int column);
gboolean bitket_sqlite_is_null (BitketStatement *statement, int column);
gint64 bitket_sqlite_get_int64 (BitketStatement *statement, int column);
const char *bitket_sqlite_get_text (BitketStatement *statement, int column);
gconstpointer bitket_sqlite_get_blob (BitketStatement *statement, int column, gsize *len);

/* In bitket-db-sqlite-backup.c. */
gboolean bitket_sqlite_backup (BitketDb *db, const char *path, GError **error);

G_END_DECLS
