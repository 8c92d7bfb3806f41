/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-db.h"

G_BEGIN_DECLS

/* Runs the same test functions against both stores, each with an empty database of its own. */
typedef struct
{
  char *uri;    /* (owned) */
  BitketDb *db; /* (owned): a connection to it */
  char *dir;    /* (owned) (nullable): SQLite: where the file is */
} DbFixture;

typedef struct
{
  const char *name;
  void (*func) (DbFixture *fixture);
} DbCase;

/** db_fixture_add: registers each case as /db/sqlite/ROOM/NAME and /db/postgresql/ROOM/NAME */
void db_fixture_add (const char *room, const DbCase *cases, gsize n_cases);
/** db_fixture_add_postgresql: registers them for PostgreSQL only */
void db_fixture_add_postgresql (const char *room, const DbCase *cases, gsize n_cases);
/** db_fixture_run: g_test_run(), and drops what was made */
int db_fixture_run (void);

/** db_fixture_connect: a further connection to the same database */
BitketDb *db_fixture_connect (DbFixture *fixture);
/** db_execute: must succeed */
void db_execute (BitketDb *db, const char *sql);
/** db_assert_fails: running @sql must fail so, and say so */
void db_assert_fails (BitketDb *db, const char *sql, BitketDbError code);
/** db_query_int64: the number in the first row of @sql; it must succeed */
gint64 db_query_int64 (BitketDb *db, const char *sql);
/** db_query_text: the same for text. Returns: (transfer full) (nullable) */
char *db_query_text (BitketDb *db, const char *sql);
/** db_do_not_wait: a lock that is taken is BUSY at once instead of after five seconds */
void db_do_not_wait (BitketDb *db);

G_END_DECLS
