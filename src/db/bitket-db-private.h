/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-db.h"

G_BEGIN_DECLS

/* What a driver gives. bitket-db.c and bitket-statement.c keep the rules that both share (states,
 * transactions, the cache); a driver only talks to its store. */

typedef enum
{
  BITKET_DB_STEP_NONE,
  BITKET_DB_STEP_ROW,
  BITKET_DB_STEP_DONE,
  BITKET_DB_STEP_ERROR,
} BitketDbStep;

typedef enum
{
  BITKET_STATEMENT_NEW,  /* nothing run since the last reset: values may be bound */
  BITKET_STATEMENT_ROW,  /* stands on a row */
  BITKET_STATEMENT_DONE, /* at the end, or failed */
} BitketStatementState;

typedef struct
{
  BitketDbDialect dialect;
  const char *begin_read; /* the SQL that starts each kind of transaction */
  const char *begin_write;

  /* Returns: (transfer full): starts with a BitketDb, whose driver field is set by the caller */
  BitketDb *(*open) (const char *address, BitketDbOpenFlags flags, GError **error);
  /* Every statement is gone by then. Frees @db too. */
  void (*close) (BitketDb *db);
  gboolean (*ping) (BitketDb *db, GError **error);
  gboolean (*execute) (BitketDb *db, const char *sql, GError **error);
  gboolean (*commit) (BitketDb *db, GError **error);
  /* Ends the transaction in the store if it has one open. */
  void (*rollback) (BitketDb *db);
  /* Whether the store itself has a transaction open. */
  gboolean (*is_in_transaction) (BitketDb *db);
  /* (nullable): there are no other processes */
  gboolean (*listen) (BitketDb *db, const char *channel, GError **error);
  int (*get_fd) (BitketDb *db);
  char *(*take_notification) (BitketDb *db, GError **error);
  gboolean (*backup) (BitketDb *db, const char *path, GError **error);

  /* Returns: (transfer full): starts with a BitketStatement, whose fields the caller sets */
  BitketStatement *(*prepare) (BitketDb *db, const char *sql, GError **error);
  /* Lets go of what belongs to the store; the struct itself is freed by the caller. */
  void (*release) (BitketStatement *statement);
  void (*clear_bindings) (BitketStatement *statement);
  /* These return %FALSE when there is no such parameter. */
  gboolean (*bind_int64) (BitketStatement *statement, int parameter, gint64 value);
  gboolean (*bind_text) (BitketStatement *statement, int parameter, const char *value);
  gboolean (*bind_blob) (BitketStatement *statement, int parameter, gconstpointer data, gsize len);
  gboolean (*bind_null) (BitketStatement *statement, int parameter);
  /* Sets n_changed when it returns DONE. */
  BitketDbStep (*step) (BitketStatement *statement, GError **error);
  void (*reset) (BitketStatement *statement);

  int (*get_n_columns) (BitketStatement *statement);
  const char *(*get_name) (BitketStatement *statement, int column);
  /* Only on a row, only of a column that there is; the last three never of NULL. */
  gboolean (*is_null) (BitketStatement *statement, int column);
  gint64 (*get_int64) (BitketStatement *statement, int column);
  const char *(*get_text) (BitketStatement *statement, int column);
  gconstpointer (*get_blob) (BitketStatement *statement, int column, gsize *len);
} BitketDbDriver;

struct _BitketDb
{
  const BitketDbDriver *driver;
  BitketDbOpenFlags flags;
  BitketDbTransaction transaction;
  gboolean is_failed; /* an error came up in the transaction: only a rollback is left */

  GQueue in_use;      /* of BitketStatement, by their link: handed out */
  GQueue idle;        /* the same, ready to be handed out, the last used first */
  GHashTable *by_sql; /* (owned): SQL → idle BitketStatement, keys borrowed from it */
};

struct _BitketStatement
{
  BitketDb *db; /* (nullable): NULL once the connection was closed */
  char *sql;    /* (owned) */
  GList link;
  BitketStatementState state;
  gint64 n_changed;
  int bad_parameter; /* the first one whose text is not UTF-8; 0 without */
};

extern const BitketDbDriver bitket_db_sqlite_driver;
extern const BitketDbDriver bitket_db_postgresql_driver;

/* In bitket-statement.c. */
gboolean bitket_db_check_usable (BitketDb *db, const char *sql, GError **error);
void bitket_db_note_error (BitketDb *db);
void bitket_db_clear_statements (BitketDb *db);
/* Returns: (transfer full): the beginning of @sql on one line, for an error text */
char *bitket_db_abbreviate (const char *sql);

G_END_DECLS
