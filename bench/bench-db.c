/* SPDX-License-Identifier: MIT */

/* bench-db: what the store's common layer costs over SQLite's own interface. Both sides do the same
 * work on the same kind of file, taking turns; the ratio of the medians is what counts. */

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#include <glib/gstdio.h>

#include "bitket-db.h"

#define N_ROWS    50000
#define N_LOOKUPS 50000
#define N_ROUNDS  7

#define CREATE "CREATE TABLE t (id TEXT PRIMARY KEY, n BIGINT, s TEXT)"
#define INSERT "INSERT INTO t (id, n, s) VALUES ($1, $2, $3)"
#define SELECT "SELECT n, s FROM t WHERE id = $1"

/* The worst that the layer may cost, by its own goal. */
#define MAX_RATIO 1.5

typedef struct
{
  gint64 insert_us[N_ROUNDS];
  gint64 look_up_us[N_ROUNDS];
} Times;

static char ids[N_ROWS][40];
static gint64 sum; /* so that nothing read is optimized away */

static void
require (gboolean is_fine, const char *what)
{
  if (is_fine)
    return;
  fprintf (stderr, "bench-db: could not %s\n", what);
  exit (1);
}

static int
pick (int i)
{
  return (int) ((guint) i * 7919u % N_ROWS);
}

static void
insert_layer (BitketDb *db)
{
  require (bitket_db_begin (db, BITKET_DB_TRANSACTION_WRITE, NULL), "begin");
  for (int i = 0; i < N_ROWS; i++)
    {
      g_autoptr (BitketStatement) statement = bitket_db_prepare (db, INSERT, NULL);

      bitket_statement_bind_text (statement, 1, ids[i]);
      bitket_statement_bind_int64 (statement, 2, i);
      bitket_statement_bind_text (statement, 3, "Åsa Öberg");
      require (bitket_statement_run (statement, NULL), "insert");
    }
  require (bitket_db_commit (db, NULL), "commit");
}

static void
look_up_layer (BitketDb *db)
{
  for (int i = 0; i < N_LOOKUPS; i++)
    {
      g_autoptr (BitketStatement) statement = bitket_db_prepare (db, SELECT, NULL);

      bitket_statement_bind_text (statement, 1, ids[pick (i)]);
      require (bitket_statement_step (statement, NULL), "look up");
      sum += bitket_statement_get_int64 (statement, 0) + *bitket_statement_get_text (statement, 1);
    }
}

static void
insert_plain (sqlite3 *handle, sqlite3_stmt *statement)
{
  sqlite3_exec (handle, "BEGIN IMMEDIATE", NULL, NULL, NULL);
  for (int i = 0; i < N_ROWS; i++)
    {
      sqlite3_bind_text (statement, 1, ids[i], -1, SQLITE_TRANSIENT);
      sqlite3_bind_int64 (statement, 2, i);
      sqlite3_bind_text (statement, 3, "Åsa Öberg", -1, SQLITE_TRANSIENT);
      require (sqlite3_step (statement) == SQLITE_DONE, "insert");
      sqlite3_reset (statement);
    }
  sqlite3_exec (handle, "COMMIT", NULL, NULL, NULL);
}

static void
look_up_plain (sqlite3_stmt *statement)
{
  for (int i = 0; i < N_LOOKUPS; i++)
    {
      sqlite3_bind_text (statement, 1, ids[pick (i)], -1, SQLITE_TRANSIENT);
      require (sqlite3_step (statement) == SQLITE_ROW, "look up");
      sum += sqlite3_column_int64 (statement, 0) + *sqlite3_column_text (statement, 1);
      sqlite3_reset (statement);
    }
}

static void
measure_layer (const char *path, Times *times, int round)
{
  g_autofree char *uri = g_strconcat ("sqlite:", path, NULL);
  g_autoptr (BitketDb) db = bitket_db_open (uri, BITKET_DB_OPEN_DEFAULT, NULL);
  gint64 start_us;

  require (db != NULL && bitket_db_execute (db, CREATE, NULL), "make a database");
  start_us = g_get_monotonic_time ();
  insert_layer (db);
  times->insert_us[round] = g_get_monotonic_time () - start_us;
  start_us = g_get_monotonic_time ();
  look_up_layer (db);
  times->look_up_us[round] = g_get_monotonic_time () - start_us;
}

static void
measure_plain (const char *path, Times *times, int round)
{
  sqlite3 *handle = NULL;
  sqlite3_stmt *insert = NULL;
  sqlite3_stmt *look_up = NULL;
  gint64 start_us;

  require (sqlite3_open (path, &handle) == SQLITE_OK, "open a database");
  sqlite3_exec (handle,
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
                "PRAGMA cache_size = -64000; PRAGMA foreign_keys = ON;" CREATE,
                NULL, NULL, NULL);
  sqlite3_prepare_v2 (handle, INSERT, -1, &insert, NULL);
  sqlite3_prepare_v2 (handle, SELECT, -1, &look_up, NULL);
  start_us = g_get_monotonic_time ();
  insert_plain (handle, insert);
  times->insert_us[round] = g_get_monotonic_time () - start_us;
  start_us = g_get_monotonic_time ();
  look_up_plain (look_up);
  times->look_up_us[round] = g_get_monotonic_time () - start_us;
  sqlite3_finalize (insert);
  sqlite3_finalize (look_up);
  sqlite3_close (handle);
}

static void
remove_database (const char *path)
{
  static const char *const suffixes[] = { "", "-wal", "-shm" };

  for (gsize i = 0; i < G_N_ELEMENTS (suffixes); i++)
    {
      g_autofree char *name = g_strconcat (path, suffixes[i], NULL);

      g_unlink (name);
    }
}

static int
compare_times (gconstpointer a, gconstpointer b)
{
  const gint64 *a_us = a;
  const gint64 *b_us = b;

  return (*a_us > *b_us) - (*a_us < *b_us);
}

static double
get_median_us (gint64 *times_us, int n_operations)
{
  qsort (times_us, N_ROUNDS, sizeof *times_us, compare_times);
  return (double) times_us[N_ROUNDS / 2] / n_operations;
}

/* Returns: whether the layer keeps to its bound. */
static gboolean
report (const char *what, double layer_us, double plain_us)
{
  double ratio = layer_us / plain_us;

  printf ("%-28s %8.2f %12.2f %8.2f  %s\n", what, layer_us, plain_us, ratio,
          ratio <= MAX_RATIO ? "within" : "over");
  return ratio <= MAX_RATIO;
}

int
main (void)
{
  g_autofree char *dir = g_dir_make_tmp ("bitket-bench-XXXXXX", NULL);
  g_autofree char *path = dir != NULL ? g_build_filename (dir, "bench.db", NULL) : NULL;
  Times layer, plain;
  gboolean is_within;

  require (path != NULL, "make a directory");
  for (int i = 0; i < N_ROWS; i++)
    g_snprintf (ids[i], sizeof ids[i], "%08x-4a1b-4c2d-8e3f-%012x", (guint) i * 2654435761u, i);
  for (int round = 0; round < N_ROUNDS; round++)
    {
      measure_layer (path, &layer, round);
      remove_database (path);
      measure_plain (path, &plain, round);
      remove_database (path);
    }
  g_rmdir (dir);

  printf ("%-28s %8s %12s %8s  at most %.1f\n", "store (us each, medians of 7)", "bitket",
          "sqlite3 alone", "ratio", MAX_RATIO);
  is_within = report ("insert in a transaction", get_median_us (layer.insert_us, N_ROWS),
                      get_median_us (plain.insert_us, N_ROWS));
  is_within &= report ("look up by key", get_median_us (layer.look_up_us, N_LOOKUPS),
                       get_median_us (plain.look_up_us, N_LOOKUPS));
  return is_within && sum != 0 ? 0 : 1;
}
