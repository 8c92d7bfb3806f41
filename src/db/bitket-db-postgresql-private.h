/* SPDX-License-Identifier: MIT */
#pragma once

#include <libpq-fe.h>

#include "bitket-db-private.h"

G_BEGIN_DECLS

typedef struct _PostgresqlStatement PostgresqlStatement;

typedef struct
{
  BitketDb base;
  PGconn *connection;           /* (owned) */
  guint n_prepared;             /* names of prepared statements count on, over reconnections too */
  guint n_connections;          /* how often this was connected: older ones' statements are gone */
  PostgresqlStatement *current; /* (nullable): the statement whose rows are still coming in */
} BitketPostgresqlDb;

/* In bitket-db-postgresql.c. */
/* Sets the error that @result (nullable: the connection) reports for @sql. */
void bitket_postgresql_set_error (GError **error,
                                  PGconn *connection,
                                  const PGresult *result,
                                  const char *sql);

/* In bitket-db-postgresql-statement.c. */
/* Takes in what still comes in for another statement, so that the connection can be used. */
void bitket_postgresql_make_free (BitketPostgresqlDb *db);
BitketStatement *bitket_postgresql_prepare (BitketDb *db, const char *sql, GError **error);
void bitket_postgresql_release (BitketStatement *statement);
void bitket_postgresql_clear_bindings (BitketStatement *statement);
gboolean bitket_postgresql_bind_int64 (BitketStatement *statement, int parameter, gint64 value);
gboolean bitket_postgresql_bind_text (BitketStatement *statement, int parameter, const char *value);
gboolean bitket_postgresql_bind_blob (BitketStatement *statement,
                                      int parameter,
                                      gconstpointer data,
                                      gsize len);
gboolean bitket_postgresql_bind_null (BitketStatement *statement, int parameter);
BitketDbStep bitket_postgresql_step (BitketStatement *statement, GError **error);
void bitket_postgresql_reset (BitketStatement *statement);
int bitket_postgresql_get_n_columns (BitketStatement *statement);
const char *bitket_postgresql_get_name (BitketStatement *statement, int column);
gboolean bitket_postgresql_is_null (BitketStatement *statement, int column);
gint64 bitket_postgresql_get_int64 (BitketStatement *statement, int column);
const char *bitket_postgresql_get_text (BitketStatement *statement, int column);
gconstpointer bitket_postgresql_get_blob (BitketStatement *statement, int column, gsize *len);

G_END_DECLS
