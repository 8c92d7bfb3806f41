/* SPDX-License-Identifier: MIT */
#include "db-fixture.h"

#include <string.h>

#include "bitket-test-support.h"

#define N_STREAMED 100000

/* n from 1 to $1. Written so in both dialects. */
#define COUNT_TO                                                                                   \
  "WITH RECURSIVE c (n) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT n + 1 FROM c WHERE n < $1) "

static BitketStatement *
prepare (BitketDb *db, const char *sql)
{
  g_autoptr (GError) error = NULL;
  BitketStatement *statement = bitket_db_prepare (db, sql, &error);

  g_assert_no_error (error);
  g_assert_nonnull (statement);
  return statement;
}

static void
run (BitketStatement *statement)
{
  g_autoptr (GError) error = NULL;

  bitket_statement_run (statement, &error);
  g_assert_no_error (error);
}

static void
step (BitketStatement *statement)
{
  g_autoptr (GError) error = NULL;
  gboolean has_row = bitket_statement_step (statement, &error);

  g_assert_no_error (error);
  g_assert_true (has_row);
}

static void
test_values (DbFixture *fixture)
{
  static const struct
  {
    gint64 number;
    const char *text;
    const char *data;
    gsize len;
  } cases[] = {
    { 0, "", "", 0 },
    { 1, "a", "a", 1 },
    { -1, "åäö Åsa Öberg", "\0", 1 },
    { G_MAXINT64, "零🎫", "\0\1\2\xff", 4 },
    { G_MININT64, "it's \"quoted\" \\ $1 ; -- x", "\\x00", 4 },
    { 1750000000000000, " \t\n", "'\"\\", 3 },
    { 42, "\\x41", "\xc3\x28", 2 },
  };

  db_execute (fixture->db, "CREATE TABLE t (i BIGINT, n BIGINT, s TEXT, b BYTEA)");
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (BitketStatement) insert =
          prepare (fixture->db, "INSERT INTO t (i, n, s, b) VALUES ($1, $2, $3, $4)");

      bitket_statement_bind_int64 (insert, 1, (gint64) i);
      bitket_statement_bind_int64 (insert, 2, cases[i].number);
      bitket_statement_bind_text (insert, 3, cases[i].text);
      bitket_statement_bind_blob (insert, 4, cases[i].data, cases[i].len);
      run (insert);
      g_assert_cmpint (bitket_statement_get_n_changed (insert), ==, 1);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (BitketStatement) select =
          prepare (fixture->db, "SELECT n, s, b FROM t WHERE i = $1 AND n = $2 AND s = $3"
                                " AND b = $4");
      gconstpointer data;
      gsize len = 99;

      bitket_statement_bind_int64 (select, 1, (gint64) i);
      bitket_statement_bind_int64 (select, 2, cases[i].number);
      bitket_statement_bind_text (select, 3, cases[i].text);
      bitket_statement_bind_blob (select, 4, cases[i].data, cases[i].len);
      step (select);
      g_assert_cmpint (bitket_statement_get_int64 (select, 0), ==, cases[i].number);
      g_assert_cmpstr (bitket_statement_get_text (select, 1), ==, cases[i].text);
      data = bitket_statement_get_blob (select, 2, &len);
      g_assert_nonnull (data);
      g_assert_cmpmem (data, len, cases[i].data, cases[i].len);
      g_assert_true (bitket_statement_get_blob (select, 2, NULL) == data);
      for (int column = 0; column < 3; column++)
        g_assert_false (bitket_statement_is_null (select, column));
    }
}

static void
test_big_values (DbFixture *fixture)
{
  const gsize len = 1000 * 1000;
  g_autofree char *text = g_strnfill (len, 'x');
  g_autofree guint8 *data = g_malloc (len);
  g_autoptr (BitketStatement) insert = NULL;
  g_autoptr (BitketStatement) select = NULL;
  gconstpointer read;
  gsize read_len;

  for (gsize i = 0; i < len; i++)
    data[i] = (guint8) (i * 7);
  db_execute (fixture->db, "CREATE TABLE t (s TEXT, b BYTEA)");
  insert = prepare (fixture->db, "INSERT INTO t (s, b) VALUES ($1, $2)");
  bitket_statement_bind_text (insert, 1, text);
  bitket_statement_bind_blob (insert, 2, data, len);
  run (insert);
  select = prepare (fixture->db, "SELECT s, b FROM t");
  step (select);
  g_assert_cmpstr (bitket_statement_get_text (select, 0), ==, text);
  read = bitket_statement_get_blob (select, 1, &read_len);
  g_assert_cmpmem (read, read_len, data, len);
}

static void
test_null (DbFixture *fixture)
{
  g_autoptr (BitketStatement) insert = NULL;
  g_autoptr (BitketStatement) select = NULL;
  gsize len = 99;

  db_execute (fixture->db, "CREATE TABLE t (i BIGINT, n BIGINT, s TEXT, b BYTEA)");
  insert = prepare (fixture->db, "INSERT INTO t (i, n, s, b) VALUES ($1, $2, $3, $4)");
  bitket_statement_bind_int64 (insert, 1, 1);
  bitket_statement_bind_null (insert, 2);
  bitket_statement_bind_text (insert, 3, NULL);
  run (insert); /* $4 is not bound at all */

  select = prepare (fixture->db, "SELECT n, s, b FROM t");
  step (select);
  for (int column = 0; column < 3; column++)
    g_assert_true (bitket_statement_is_null (select, column));
  g_assert_cmpint (bitket_statement_get_int64 (select, 0), ==, 0);
  g_assert_null (bitket_statement_get_text (select, 1));
  g_assert_null (bitket_statement_get_blob (select, 2, &len));
  g_assert_cmpuint (len, ==, 0);
}

/* A statement out of the cache must not remember what was bound before. */
static void
test_bindings_do_not_stay (DbFixture *fixture)
{
  const char *sql = "INSERT INTO t (s) VALUES ($1)";
  BitketStatement *insert;

  db_execute (fixture->db, "CREATE TABLE t (s TEXT)");
  insert = prepare (fixture->db, sql);
  bitket_statement_bind_text (insert, 1, "once");
  run (insert);
  bitket_statement_free (insert);
  insert = prepare (fixture->db, sql);
  run (insert);
  bitket_statement_free (insert);
  g_assert_cmpint (db_query_int64 (fixture->db, "SELECT count(*) FROM t WHERE s IS NULL"), ==, 1);
}

static void
test_parameters (DbFixture *fixture)
{
  g_autoptr (BitketStatement) statement = NULL;
  g_autoptr (GString) sql = g_string_new ("SELECT CAST($2 AS TEXT), CAST($1 AS TEXT),"
                                          " CAST($2 AS TEXT)");

  statement = prepare (fixture->db, sql->str);
  bitket_statement_bind_text (statement, 1, "one");
  bitket_statement_bind_text (statement, 2, "two");
  step (statement);
  g_assert_cmpstr (bitket_statement_get_text (statement, 0), ==, "two");
  g_assert_cmpstr (bitket_statement_get_text (statement, 1), ==, "one");
  g_assert_cmpstr (bitket_statement_get_text (statement, 2), ==, "two");
  g_clear_pointer (&statement, bitket_statement_free);

  g_string_assign (sql, "SELECT CAST($1 AS BIGINT)");
  for (int i = 2; i <= 60; i++)
    g_string_append_printf (sql, ", CAST($%d AS BIGINT)", i);
  statement = prepare (fixture->db, sql->str);
  for (int i = 60; i >= 1; i--)
    bitket_statement_bind_int64 (statement, i, i * 100);
  step (statement);
  g_assert_cmpint (bitket_statement_get_n_columns (statement), ==, 60);
  for (int i = 0; i < 60; i++)
    g_assert_cmpint (bitket_statement_get_int64 (statement, i), ==, (i + 1) * 100);
}

static void
test_no_such_parameter (DbFixture *fixture)
{
  g_autoptr (BitketStatement) statement = prepare (fixture->db, "SELECT CAST($1 AS BIGINT)");

  for (int parameter = 0; parameter <= 2; parameter += 2)
    {
      g_test_expect_message ("bitket-db", G_LOG_LEVEL_CRITICAL, "no parameter $* in “SELECT*");
      bitket_statement_bind_int64 (statement, parameter, 1);
      g_test_assert_expected_messages ();
    }
  step (statement);
  g_assert_true (bitket_statement_is_null (statement, 0));
}

static void
test_bad_text (DbFixture *fixture)
{
  g_autoptr (BitketStatement) statement = prepare (fixture->db, "SELECT CAST($1 AS TEXT)");
  g_autoptr (GError) error = NULL;

  bitket_statement_bind_text (statement, 1, "Ln\xe4sman");
  g_assert_false (bitket_statement_step (statement, &error));
  g_assert_error (error, BITKET_DB_ERROR, BITKET_DB_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, "$1"));
  g_assert_null (strstr (error->message, "sman"));

  bitket_statement_bind_text (statement, 1, "Länsman");
  step (statement);
  g_assert_cmpstr (bitket_statement_get_text (statement, 0), ==, "Länsman");
}

static void
test_columns (DbFixture *fixture)
{
  g_autoptr (BitketStatement) statement = NULL;

  db_execute (fixture->db, "CREATE TABLE t (n BIGINT, s TEXT);"
                           "INSERT INTO t (n, s) VALUES (5, '42'), (6, 'x')");
  statement = prepare (fixture->db, "SELECT n AS number, s, n = 5 AS is_five, n = 6,"
                                    " (SELECT count(*) FROM t), (SELECT sum(n) FROM t)"
                                    " FROM t ORDER BY n");
  g_assert_cmpint (bitket_statement_get_n_columns (statement), ==, 6);
  g_assert_cmpstr (bitket_statement_get_name (statement, 0), ==, "number");
  g_assert_cmpstr (bitket_statement_get_name (statement, 2), ==, "is_five");
  step (statement);
  g_assert_cmpstr (bitket_statement_get_text (statement, 0), ==, "5");
  g_assert_cmpint (bitket_statement_get_int64 (statement, 1), ==, 42);
  g_assert_cmpint (bitket_statement_get_int64 (statement, 2), ==, 1);
  g_assert_cmpstr (bitket_statement_get_text (statement, 2), ==, "1");
  g_assert_cmpint (bitket_statement_get_int64 (statement, 3), ==, 0);
  g_assert_cmpstr (bitket_statement_get_text (statement, 3), ==, "0");
  g_assert_cmpint (bitket_statement_get_int64 (statement, 4), ==, 2);
  g_assert_cmpint (bitket_statement_get_int64 (statement, 5), ==, 11);
}

static void
test_end_and_reset (DbFixture *fixture)
{
  g_autoptr (BitketStatement) statement = prepare (fixture->db, COUNT_TO "SELECT n FROM c");
  g_autoptr (GError) error = NULL;

  bitket_statement_bind_int64 (statement, 1, 3);
  for (int round = 0; round < 3; round++)
    {
      for (int n = 1; n <= 3; n++)
        {
          step (statement);
          g_assert_cmpint (bitket_statement_get_int64 (statement, 0), ==, n);
        }
      for (int i = 0; i < 3; i++)
        {
          g_assert_false (bitket_statement_step (statement, &error));
          g_assert_no_error (error);
        }
      bitket_statement_reset (statement);
    }
  step (statement);
  bitket_statement_reset (statement); /* in the middle */
  bitket_statement_bind_int64 (statement, 1, 1);
  step (statement);
  g_assert_false (bitket_statement_step (statement, &error));
  g_assert_no_error (error);
}

static void
test_run_again (DbFixture *fixture)
{
  g_autoptr (BitketStatement) insert = NULL;

  db_execute (fixture->db, "CREATE TABLE t (n BIGINT)");
  insert = prepare (fixture->db, "INSERT INTO t (n) VALUES ($1)");
  for (int i = 1; i <= 10; i++)
    {
      bitket_statement_bind_int64 (insert, 1, i);
      run (insert);
    }
  run (insert); /* the same value once more */
  g_assert_cmpint (db_query_int64 (fixture->db, "SELECT sum(n) FROM t"), ==, 65);
}

static void
test_n_changed (DbFixture *fixture)
{
  static const struct
  {
    const char *sql;
    gint64 n_changed;
  } cases[] = {
    { "INSERT INTO t (n) VALUES (1)", 1 },
    { "INSERT INTO t (n) VALUES (2), (3), (4)", 3 },
    { "INSERT INTO t (n) VALUES (4) ON CONFLICT (n) DO NOTHING", 0 },
    { "INSERT INTO t (n) VALUES (4) ON CONFLICT (n) DO UPDATE SET s = 'x'", 1 },
    { "UPDATE t SET s = 'y' WHERE n > 100", 0 },
    { "UPDATE t SET s = 'y' WHERE n > 2", 2 },
    { "SELECT n FROM t", 0 },
    { "CREATE TABLE u (n BIGINT)", 0 },
    { "DELETE FROM t WHERE n <= 2 RETURNING n", 2 },
    { "DELETE FROM t WHERE n <= 2 RETURNING n", 0 },
    { "DELETE FROM t", 2 },
  };

  db_execute (fixture->db, "CREATE TABLE t (n BIGINT PRIMARY KEY, s TEXT)");
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (BitketStatement) statement = prepare (fixture->db, cases[i].sql);

      run (statement);
      g_assert_cmpint (bitket_statement_get_n_changed (statement), ==, cases[i].n_changed);
    }
}

/* A statement that writes is done at its first step, however little is read of what it returns. */
static void
test_returning (DbFixture *fixture)
{
  g_autoptr (BitketStatement) insert = NULL;
  g_autoptr (BitketDb) other = db_fixture_connect (fixture);

  db_execute (fixture->db, "CREATE TABLE t (n BIGINT, s TEXT, b BYTEA)");
  insert = prepare (fixture->db, "INSERT INTO t (n, s) VALUES (1, 'a'), (2, NULL), (3, 'c')"
                                 " RETURNING n, s, b");
  step (insert);
  g_assert_cmpint (db_query_int64 (other, "SELECT count(*) FROM t"), ==, 3);
  g_assert_cmpint (bitket_statement_get_int64 (insert, 0), ==, 1);
  g_assert_cmpstr (bitket_statement_get_text (insert, 1), ==, "a");
  g_assert_null (bitket_statement_get_blob (insert, 2, NULL));
  step (insert);
  g_assert_cmpint (bitket_statement_get_int64 (insert, 0), ==, 2);
  g_assert_true (bitket_statement_is_null (insert, 1));
  bitket_statement_reset (insert);
  run (insert);
  g_assert_cmpint (bitket_statement_get_n_changed (insert), ==, 3);
  g_assert_cmpint (db_query_int64 (other, "SELECT count(*) FROM t"), ==, 6);
}

static void
test_errors (DbFixture *fixture)
{
  static const struct
  {
    const char *sql;
    BitketDbError code;
  } cases[] = {
    { "INSERT INTO t (id, n) VALUES ('a', 2)", BITKET_DB_ERROR_UNIQUE },
    { "INSERT INTO t (id, n) VALUES ('b', 1)", BITKET_DB_ERROR_UNIQUE },
    { "INSERT INTO t (id) VALUES (NULL)", BITKET_DB_ERROR_CONSTRAINT },
    { "INSERT INTO t (id, n) VALUES ('c', -1)", BITKET_DB_ERROR_CONSTRAINT },
    { "INSERT INTO u (t) VALUES ('nobody')", BITKET_DB_ERROR_CONSTRAINT },
    { "DELETE FROM t", BITKET_DB_ERROR_CONSTRAINT },
    { "SELEKT 1", BITKET_DB_ERROR_FAILED },
    { "SELECT nothing FROM t", BITKET_DB_ERROR_FAILED },
    { "SELECT id FROM nowhere", BITKET_DB_ERROR_FAILED },
    { "SELECT \"nothing\" FROM t", BITKET_DB_ERROR_FAILED },
    { "CREATE TABLE t (n BIGINT)", BITKET_DB_ERROR_FAILED },
  };

  db_execute (fixture->db,
              "CREATE TABLE t (id TEXT NOT NULL PRIMARY KEY, n BIGINT UNIQUE CHECK (n > 0));"
              "CREATE TABLE u (t TEXT REFERENCES t (id));"
              "INSERT INTO t (id, n) VALUES ('a', 1);"
              "INSERT INTO u (t) VALUES ('a')");
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (BitketStatement) statement = NULL;

      db_assert_fails (fixture->db, cases[i].sql, cases[i].code);
      statement = bitket_db_prepare (fixture->db, cases[i].sql, &error);
      if (statement != NULL)
        bitket_statement_run (statement, &error);
      g_assert_error (error, BITKET_DB_ERROR, (int) cases[i].code);
      g_assert_nonnull (strstr (error->message, cases[i].sql));
    }
  g_assert_cmpint (db_query_int64 (fixture->db, "SELECT count(*) FROM t"), ==, 1);
}

/* Errors end up in logs: they must not say whose row it was. */
static void
test_error_hides_values (DbFixture *fixture)
{
  g_autoptr (BitketStatement) insert = NULL;
  g_autoptr (GError) error = NULL;

  db_execute (fixture->db, "CREATE TABLE t (name TEXT UNIQUE)");
  insert = prepare (fixture->db, "INSERT INTO t (name) VALUES ($1)");
  bitket_statement_bind_text (insert, 1, "Åsa Öberg");
  run (insert);
  g_assert_false (bitket_statement_run (insert, &error));
  g_assert_error (error, BITKET_DB_ERROR, BITKET_DB_ERROR_UNIQUE);
  g_assert_null (strstr (error->message, "berg"));
}

static void
test_prepare_one_statement (DbFixture *fixture)
{
  static const char *const bad[] = { "", " ", ";", "SELECT 1; SELECT 2",
                                     "SELECT 1; DROP TABLE t; --" };
  static const char *const good[] = { "SELECT 1;", "SELECT 1 -- the end", "SELECT 1 ; ",
                                      "/* why */ SELECT 1;\n" };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (bitket_db_prepare (fixture->db, bad[i], &error));
      g_assert_error (error, BITKET_DB_ERROR, BITKET_DB_ERROR_FAILED);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    g_assert_cmpint (db_query_int64 (fixture->db, good[i]), ==, 1);
}

static void
test_execute (DbFixture *fixture)
{
  db_execute (fixture->db, "");
  db_execute (fixture->db, " -- nothing\n");
  db_execute (fixture->db, "CREATE TABLE t (n BIGINT); INSERT INTO t (n) VALUES (1);\n"
                           "/* one more */ INSERT INTO t (n) VALUES (2);\n SELECT n FROM t;\n");
  g_assert_cmpint (db_query_int64 (fixture->db, "SELECT count(*) FROM t"), ==, 2);
  db_assert_fails (fixture->db, "DELETE FROM t; DELETE FROM nowhere; DELETE FROM t",
                   BITKET_DB_ERROR_FAILED);
}

/* The same SQL in use many times at once: every use is its own, and reads its own rows. */
static void
test_nested_same_sql (DbFixture *fixture)
{
  const char *sql = COUNT_TO "SELECT n FROM c";
  g_autoptr (BitketStatement) outer = prepare (fixture->db, sql);
  gint64 sum = 0;

  bitket_statement_bind_int64 (outer, 1, 200);
  while (bitket_statement_step (outer, NULL))
    {
      g_autoptr (BitketStatement) inner = prepare (fixture->db, sql);
      gint64 n = bitket_statement_get_int64 (outer, 0);

      bitket_statement_bind_int64 (inner, 1, n);
      while (bitket_statement_step (inner, NULL))
        sum++;
      g_assert_cmpint (bitket_statement_get_int64 (outer, 0), ==, n);
    }
  g_assert_cmpint (sum, ==, 200 * 201 / 2);
}

static void
test_write_while_reading (DbFixture *fixture)
{
  g_autoptr (BitketStatement) select = NULL;
  g_autofree char *text = NULL;
  int n_rows = 0;

  db_execute (fixture->db, "CREATE TABLE t (n BIGINT, s TEXT); CREATE TABLE u (n BIGINT);"
                           "INSERT INTO t (n, s) VALUES (1, 'a'), (2, NULL), (3, 'c')");
  select = prepare (fixture->db, "SELECT n, s FROM t ORDER BY n");
  while (bitket_statement_step (select, NULL))
    {
      g_autoptr (BitketStatement) insert =
          prepare (fixture->db, "INSERT INTO u (n) VALUES ($1) RETURNING n");

      n_rows++;
      bitket_statement_bind_int64 (insert, 1, bitket_statement_get_int64 (select, 0) * 10);
      step (insert);
      g_assert_true (bitket_db_ping (fixture->db, NULL));
      g_assert_cmpint (bitket_statement_is_null (select, 1), ==, n_rows == 2);
    }
  g_assert_cmpint (n_rows, ==, 3);
  text = db_query_text (fixture->db, "SELECT sum(n) FROM u");
  g_assert_cmpstr (text, ==, "60");
}

static void
test_cache_is_bounded (DbFixture *fixture)
{
  g_autoptr (BitketStatement) first = prepare (fixture->db, "SELECT 0");

  for (int round = 0; round < 2; round++)
    for (int i = 0; i < 400; i++)
      {
        g_autofree char *sql = g_strdup_printf ("SELECT %d", i);

        g_assert_cmpint (db_query_int64 (fixture->db, sql), ==, i);
      }
  step (first);
  g_assert_cmpint (bitket_statement_get_int64 (first, 0), ==, 0);
  if (bitket_db_get_dialect (fixture->db) == BITKET_DB_DIALECT_POSTGRESQL)
    g_assert_cmpint (db_query_int64 (fixture->db, "SELECT count(*) FROM pg_prepared_statements"), <,
                     300);
}

/* A statement that outlives its connection is an empty shell, not a crash. */
static void
test_statement_after_close (DbFixture *fixture)
{
  BitketDb *db = db_fixture_connect (fixture);
  g_autoptr (BitketStatement) reading = prepare (db, COUNT_TO "SELECT n FROM c");
  g_autoptr (BitketStatement) fresh = prepare (db, "SELECT 2");
  g_autoptr (GError) error = NULL;

  bitket_statement_bind_int64 (reading, 1, 100);
  step (reading);
  bitket_db_close (db);
  g_assert_false (bitket_statement_step (reading, &error));
  g_assert_error (error, BITKET_DB_ERROR, BITKET_DB_ERROR_CONNECTION);
  g_clear_error (&error);
  g_assert_false (bitket_statement_run (fresh, &error));
  g_assert_error (error, BITKET_DB_ERROR, BITKET_DB_ERROR_CONNECTION);
  bitket_statement_reset (fresh);
  g_assert_cmpint (bitket_statement_get_n_columns (fresh), ==, 0);
  bitket_db_close (NULL);
  bitket_statement_free (NULL);
}

static gint64
get_resident_kib (void)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) fields = NULL;

  g_assert_true (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL));
  fields = g_strsplit (text, " ", 3);
  return g_ascii_strtoll (fields[1], NULL, 10) * 4;
}

/* 100,000 rows of 1 kB come through without being held in memory. */
static void
test_stream (DbFixture *fixture)
{
  g_autofree char *filling = g_strnfill (1000, 'x');
  g_autoptr (BitketStatement) statement =
      prepare (fixture->db, COUNT_TO "SELECT n, CAST($2 AS TEXT) FROM c");
  gint64 before_kib = get_resident_kib ();
  gint64 n = 0;

  bitket_statement_bind_int64 (statement, 1, N_STREAMED);
  bitket_statement_bind_text (statement, 2, filling);
  while (bitket_statement_step (statement, NULL))
    g_assert_cmpint (bitket_statement_get_int64 (statement, 0), ==, ++n);
  g_assert_cmpint (n, ==, N_STREAMED);
#ifndef __SANITIZE_ADDRESS__ /* which keeps what was freed for a while */
  g_assert_cmpint (get_resident_kib () - before_kib, <, 20 * 1024);
#else
  g_assert_cmpint (before_kib, >, 0);
#endif
}

static void
test_stream_abandoned (DbFixture *fixture)
{
  for (int round = 0; round < 3; round++)
    {
      g_autoptr (BitketStatement) statement = prepare (fixture->db, COUNT_TO "SELECT n FROM c");

      bitket_statement_bind_int64 (statement, 1, 20000);
      step (statement);
      if (round == 1)
        g_assert_cmpint (db_query_int64 (fixture->db, "SELECT 7"), ==, 7);
      step (statement);
      g_assert_cmpint (bitket_statement_get_int64 (statement, 0), ==, 2);
    }
  g_assert_cmpint (db_query_int64 (fixture->db, "SELECT 8"), ==, 8);
}

/* An error far down the rows comes where it belongs, also when another statement came between. */
static void
test_stream_breaks (DbFixture *fixture)
{
  for (int round = 0; round < 2; round++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (BitketStatement) statement = prepare (
          fixture->db, COUNT_TO "SELECT abs(CASE WHEN n = 500 THEN -9223372036854775807 - 1"
                                " ELSE n END) FROM c");
      int n = 0;

      bitket_statement_bind_int64 (statement, 1, 1000);
      while (bitket_statement_step (statement, &error))
        {
          n++;
          if (round == 1 && n == 3)
            g_assert_cmpint (db_query_int64 (fixture->db, "SELECT 7"), ==, 7);
        }
      g_assert_error (error, BITKET_DB_ERROR, BITKET_DB_ERROR_FAILED);
      g_assert_cmpint (n, ==, 499);
      g_assert_false (bitket_statement_step (statement, NULL));
      g_assert_cmpint (db_query_int64 (fixture->db, "SELECT 8"), ==, 8);
    }
}

static void
test_same_order_and_case (DbFixture *fixture)
{
  g_autoptr (BitketStatement) select = NULL;
  g_autoptr (GString) order = g_string_new (NULL);

  db_execute (fixture->db, "CREATE TABLE t (s TEXT);"
                           "INSERT INTO t (s) VALUES ('b'), ('B'), ('å'), ('z'), ('a')");
  select = prepare (fixture->db, "SELECT s FROM t ORDER BY s COLLATE \"C\"");
  while (bitket_statement_step (select, NULL))
    g_string_append (order, bitket_statement_get_text (select, 0));
  g_assert_cmpstr (order->str, ==, "Babzå");
  g_assert_cmpint (db_query_int64 (fixture->db, "SELECT count(*) FROM t WHERE s LIKE 'b%'"), ==, 1);
}

static void
test_bad_uris (void)
{
  static const char *const uris[] = {
    "",
    "/tmp/x.db",
    "mysql://u:geheim@host/db",
    "sqlite:",
    "SQLITE:x.db",
    "postgresql://user:geheim@localhost/db",
    "postgresql://localhost/db?password=geheim",
    "postgres://user:geheim@localhost/db",
    "postgresql:host=/nowhere password=geheim",
    "postgresql:host=/nowhere sslpassword=geheim",
    "postgresql:host=/nowhere geheim",
    "postgresql://user:geheim@[::1/db",
    "postgresql://user:geheim%zz@localhost/db",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (uris); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (bitket_db_open (uris[i], BITKET_DB_OPEN_DEFAULT, &error));
      g_assert_error (error, BITKET_DB_ERROR, BITKET_DB_ERROR_URI);
      g_assert_null (strstr (error->message, "geheim"));
    }
}

int
main (int argc, char **argv)
{
  static const DbCase cases[] = {
    { "values", test_values },
    { "big-values", test_big_values },
    { "null", test_null },
    { "bindings-do-not-stay", test_bindings_do_not_stay },
    { "parameters", test_parameters },
    { "no-such-parameter", test_no_such_parameter },
    { "bad-text", test_bad_text },
    { "columns", test_columns },
    { "end-and-reset", test_end_and_reset },
    { "run-again", test_run_again },
    { "n-changed", test_n_changed },
    { "returning", test_returning },
    { "errors", test_errors },
    { "error-hides-values", test_error_hides_values },
    { "prepare-one-statement", test_prepare_one_statement },
    { "execute", test_execute },
    { "nested-same-sql", test_nested_same_sql },
    { "write-while-reading", test_write_while_reading },
    { "cache-is-bounded", test_cache_is_bounded },
    { "statement-after-close", test_statement_after_close },
    { "stream", test_stream },
    { "stream-abandoned", test_stream_abandoned },
    { "stream-breaks", test_stream_breaks },
    { "same-order-and-case", test_same_order_and_case },
  };

  g_test_init (&argc, &argv, NULL);
  db_fixture_add ("statement", cases, G_N_ELEMENTS (cases));
  g_test_add_func ("/db/bad-uris", test_bad_uris);
  return db_fixture_run ();
}
