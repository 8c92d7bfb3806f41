/* SPDX-License-Identifier: MIT */
#include "db-fixture.h"

#include <string.h>

#define N_THREADS    4
#define N_INCREMENTS 50

static void
begin (BitketDb *db, BitketDbTransaction mode)
{
  g_autoptr (GError) error = NULL;

  bitket_db_begin (db, mode, &error);
  g_assert_no_error (error);
  g_assert_true (bitket_db_in_transaction (db));
}

static void
commit (BitketDb *db)
{
  g_autoptr (GError) error = NULL;

  bitket_db_commit (db, &error);
  g_assert_no_error (error);
  g_assert_false (bitket_db_in_transaction (db));
}

static void
create_table (DbFixture *fixture)
{
  db_execute (fixture->db, "CREATE TABLE t (n BIGINT PRIMARY KEY, s TEXT);"
                           "INSERT INTO t (n, s) VALUES (1, 'a'), (2, 'b')");
}

static gint64
count (BitketDb *db)
{
  return db_query_int64 (db, "SELECT count(*) FROM t");
}

static void
test_commit_and_rollback (DbFixture *fixture)
{
  g_autoptr (BitketDb) other = db_fixture_connect (fixture);

  create_table (fixture);
  g_assert_false (bitket_db_in_transaction (fixture->db));
  begin (fixture->db, BITKET_DB_TRANSACTION_WRITE);
  db_execute (fixture->db, "INSERT INTO t (n) VALUES (3)");
  g_assert_cmpint (count (fixture->db), ==, 3);
  g_assert_cmpint (count (other), ==, 2);
  commit (fixture->db);
  g_assert_cmpint (count (other), ==, 3);

  begin (fixture->db, BITKET_DB_TRANSACTION_WRITE);
  db_execute (fixture->db, "DELETE FROM t; CREATE TABLE u (n BIGINT)");
  bitket_db_rollback (fixture->db);
  g_assert_false (bitket_db_in_transaction (fixture->db));
  g_assert_cmpint (count (fixture->db), ==, 3);
  db_assert_fails (fixture->db, "SELECT n FROM u", BITKET_DB_ERROR_FAILED);
  bitket_db_rollback (fixture->db); /* nothing is open: nothing happens */
}

static void
test_no_nesting (DbFixture *fixture)
{
  begin (fixture->db, BITKET_DB_TRANSACTION_WRITE);
  g_test_expect_message ("bitket-db", G_LOG_LEVEL_CRITICAL, "*TRANSACTION_NONE*");
  g_assert_false (bitket_db_begin (fixture->db, BITKET_DB_TRANSACTION_WRITE, NULL));
  g_test_assert_expected_messages ();
  commit (fixture->db);
  g_test_expect_message ("bitket-db", G_LOG_LEVEL_CRITICAL, "*TRANSACTION_NONE*");
  g_assert_false (bitket_db_commit (fixture->db, NULL));
  g_test_assert_expected_messages ();
}

/* After an error only the rollback is left, in both: nothing that follows may stand alone. */
static void
test_error_aborts (DbFixture *fixture)
{
  g_autoptr (BitketStatement) before = NULL;
  g_autoptr (GError) error = NULL;

  create_table (fixture);
  before = bitket_db_prepare (fixture->db, "INSERT INTO t (n) VALUES (9)", NULL);
  begin (fixture->db, BITKET_DB_TRANSACTION_WRITE);
  db_execute (fixture->db, "INSERT INTO t (n) VALUES (3)");
  db_assert_fails (fixture->db, "INSERT INTO t (n) VALUES (1)", BITKET_DB_ERROR_UNIQUE);
  g_assert_true (bitket_db_in_transaction (fixture->db));

  db_assert_fails (fixture->db, "INSERT INTO t (n) VALUES (4)", BITKET_DB_ERROR_FAILED);
  g_assert_null (bitket_db_prepare (fixture->db, "SELECT n FROM t", &error));
  g_assert_error (error, BITKET_DB_ERROR, BITKET_DB_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, "rolled back"));
  g_clear_error (&error);
  g_assert_false (bitket_statement_run (before, &error));
  g_assert_error (error, BITKET_DB_ERROR, BITKET_DB_ERROR_FAILED);
  g_clear_error (&error);
  g_assert_false (bitket_db_ping (fixture->db, &error));
  g_assert_error (error, BITKET_DB_ERROR, BITKET_DB_ERROR_FAILED);
  g_clear_error (&error);
  g_assert_false (bitket_db_commit (fixture->db, &error));
  g_assert_error (error, BITKET_DB_ERROR, BITKET_DB_ERROR_FAILED);
  g_assert_false (bitket_db_in_transaction (fixture->db));

  g_assert_cmpint (count (fixture->db), ==, 2);
  g_assert_true (bitket_statement_run (before, NULL));
  g_assert_cmpint (count (fixture->db), ==, 3);
}

static void
test_error_in_prepare_aborts (DbFixture *fixture)
{
  create_table (fixture);
  begin (fixture->db, BITKET_DB_TRANSACTION_WRITE);
  db_execute (fixture->db, "INSERT INTO t (n) VALUES (3)");
  g_assert_null (bitket_db_prepare (fixture->db, "SELECT nothing FROM t", NULL));
  g_assert_false (bitket_db_commit (fixture->db, NULL));
  g_assert_cmpint (count (fixture->db), ==, 2);
}

/* Rows that nobody reads to the end can still fail, on the server's side. */
static void
test_error_in_abandoned_rows (DbFixture *fixture)
{
  create_table (fixture);
  begin (fixture->db, BITKET_DB_TRANSACTION_WRITE);
  db_execute (fixture->db, "INSERT INTO t (n) VALUES (-9223372036854775807 - 1)");
  {
    g_autoptr (BitketStatement) statement =
        bitket_db_prepare (fixture->db, "SELECT abs(n) FROM t ORDER BY n DESC", NULL);

    g_assert_true (bitket_statement_step (statement, NULL));
  }
  /* SQLite never computes those rows and commits; PostgreSQL says that it could not. */
  if (bitket_db_commit (fixture->db, NULL))
    g_assert_cmpint (count (fixture->db), ==, 3);
  else
    g_assert_cmpint (count (fixture->db), ==, 2);
  g_assert_false (bitket_db_in_transaction (fixture->db));
}

static void
test_read_does_not_write (DbFixture *fixture)
{
  static const char *const writes[] = { "INSERT INTO t (n) VALUES (3)", "DELETE FROM t",
                                        "CREATE TABLE u (n BIGINT)",
                                        "UPDATE t SET s = 'x' RETURNING n" };

  create_table (fixture);
  for (gsize i = 0; i < G_N_ELEMENTS (writes); i++)
    {
      g_autoptr (BitketStatement) statement = bitket_db_prepare (fixture->db, writes[i], NULL);
      g_autoptr (GError) error = NULL;

      begin (fixture->db, BITKET_DB_TRANSACTION_READ);
      g_assert_cmpint (count (fixture->db), ==, 2);
      db_assert_fails (fixture->db, writes[i], BITKET_DB_ERROR_IO);
      bitket_db_rollback (fixture->db);

      begin (fixture->db, BITKET_DB_TRANSACTION_READ);
      g_assert_false (bitket_statement_run (statement, &error));
      g_assert_error (error, BITKET_DB_ERROR, BITKET_DB_ERROR_IO);
      bitket_db_rollback (fixture->db);
    }
  g_assert_cmpint (count (fixture->db), ==, 2);
}

static void
test_read_sees_one_state (DbFixture *fixture)
{
  g_autoptr (BitketDb) other = db_fixture_connect (fixture);

  create_table (fixture);
  begin (other, BITKET_DB_TRANSACTION_READ);
  g_assert_cmpint (count (other), ==, 2);
  db_execute (fixture->db, "INSERT INTO t (n) VALUES (3)");
  g_assert_cmpint (count (other), ==, 2);
  commit (other);
  g_assert_cmpint (count (other), ==, 3);
}

/* Somebody else holds what this one wants to write. */
static void
test_busy (DbFixture *fixture)
{
  g_autoptr (BitketDb) other = db_fixture_connect (fixture);
  g_autoptr (GError) error = NULL;

  create_table (fixture);
  db_do_not_wait (other);
  begin (fixture->db, BITKET_DB_TRANSACTION_WRITE);
  db_execute (fixture->db, "UPDATE t SET s = 'mine' WHERE n = 1");
  if (bitket_db_begin (other, BITKET_DB_TRANSACTION_WRITE, &error))
    bitket_db_execute (other, "UPDATE t SET s = 'theirs' WHERE n = 1", &error);
  g_assert_error (error, BITKET_DB_ERROR, BITKET_DB_ERROR_BUSY);
  bitket_db_rollback (other);
  commit (fixture->db);

  begin (other, BITKET_DB_TRANSACTION_WRITE);
  db_execute (other, "UPDATE t SET s = 'theirs' WHERE n = 1");
  commit (other);
}

static void
test_close_rolls_back (DbFixture *fixture)
{
  BitketDb *db = db_fixture_connect (fixture);

  create_table (fixture);
  begin (db, BITKET_DB_TRANSACTION_WRITE);
  db_execute (db, "DELETE FROM t");
  bitket_db_close (db);
  g_assert_cmpint (count (fixture->db), ==, 2);
}

static void
test_read_while_ended (DbFixture *fixture)
{
  g_autoptr (BitketStatement) select = NULL;

  create_table (fixture);
  begin (fixture->db, BITKET_DB_TRANSACTION_WRITE);
  select = bitket_db_prepare (fixture->db, "SELECT n FROM t ORDER BY n", NULL);
  g_assert_true (bitket_statement_step (select, NULL));
  commit (fixture->db);
  g_assert_true (bitket_statement_step (select, NULL));
  g_assert_cmpint (bitket_statement_get_int64 (select, 0), ==, 2);
  g_assert_false (bitket_statement_step (select, NULL));
}

/* Adds one to the counter, as often as it takes. */
static void
increment (BitketDb *db)
{
  for (;;)
    {
      g_autoptr (GError) error = NULL;

      if (bitket_db_begin (db, BITKET_DB_TRANSACTION_WRITE, &error) &&
          bitket_db_execute (db, "UPDATE t SET n = n + 1", &error) && bitket_db_commit (db, &error))
        return;
      bitket_db_rollback (db);
      g_assert_error (error, BITKET_DB_ERROR, BITKET_DB_ERROR_BUSY);
    }
}

static gpointer
run_increments (gpointer data)
{
  g_autoptr (BitketDb) db = db_fixture_connect (data);

  for (int i = 0; i < N_INCREMENTS; i++)
    increment (db);
  return NULL;
}

static void
test_writers (DbFixture *fixture)
{
  GThread *threads[N_THREADS];

  db_execute (fixture->db, "CREATE TABLE t (n BIGINT); INSERT INTO t (n) VALUES (0)");
  for (int i = 0; i < N_THREADS; i++)
    threads[i] = g_thread_new ("writer", run_increments, fixture);
  for (int i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);
  g_assert_cmpint (db_query_int64 (fixture->db, "SELECT n FROM t"), ==, N_THREADS * N_INCREMENTS);
}

int
main (int argc, char **argv)
{
  static const DbCase cases[] = {
    { "commit-and-rollback", test_commit_and_rollback },
    { "no-nesting", test_no_nesting },
    { "error-aborts", test_error_aborts },
    { "error-in-prepare-aborts", test_error_in_prepare_aborts },
    { "error-in-abandoned-rows", test_error_in_abandoned_rows },
    { "read-does-not-write", test_read_does_not_write },
    { "read-sees-one-state", test_read_sees_one_state },
    { "busy", test_busy },
    { "close-rolls-back", test_close_rolls_back },
    { "read-while-ended", test_read_while_ended },
    { "writers", test_writers },
  };

  g_test_init (&argc, &argv, NULL);
  db_fixture_add ("transaction", cases, G_N_ELEMENTS (cases));
  return db_fixture_run ();
}
