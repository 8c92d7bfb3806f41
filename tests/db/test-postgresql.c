/* SPDX-License-Identifier: MIT */
#include "db-fixture.h"

#include <string.h>
#include <unistd.h>

#include "bitket-test-support.h"

static BitketStatement *
prepare (BitketDb *db, const char *sql)
{
  g_autoptr (GError) error = NULL;
  BitketStatement *statement = bitket_db_prepare (db, sql, &error);

  g_assert_no_error (error);
  return statement;
}

static void
assert_run_fails (BitketStatement *statement, BitketDbError code)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (bitket_statement_run (statement, &error));
  g_assert_error (error, BITKET_DB_ERROR, (int) code);
}

static void
assert_ping_fails (BitketDb *db)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (bitket_db_ping (db, &error));
  g_assert_error (error, BITKET_DB_ERROR, BITKET_DB_ERROR_CONNECTION);
}

static void
assert_ping (BitketDb *db)
{
  g_autoptr (GError) error = NULL;

  bitket_db_ping (db, &error);
  g_assert_no_error (error);
}

/* Has the server end every other connection, and waits until they are gone. */
static void
cut_others (DbFixture *fixture)
{
  g_autoptr (BitketStatement) statement =
      prepare (fixture->db, "SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity"
                            " WHERE datname = current_database() AND pid <> pg_backend_pid()");

  g_assert_true (bitket_statement_run (statement, NULL));
}

static void
test_connection_cut (DbFixture *fixture)
{
  g_autoptr (BitketDb) db = db_fixture_connect (fixture);
  g_autoptr (BitketStatement) statement = prepare (db, "SELECT CAST($1 AS BIGINT)");
  g_autofree char *timeout = NULL;
  int process_id = (int) db_query_int64 (db, "SELECT pg_backend_pid()");

  bitket_statement_bind_int64 (statement, 1, 5);
  g_assert_true (bitket_statement_run (statement, NULL));
  cut_others (fixture);
  bitket_statement_reset (statement);
  assert_run_fails (statement, BITKET_DB_ERROR_CONNECTION);
  bitket_statement_reset (statement);
  assert_run_fails (statement, BITKET_DB_ERROR_CONNECTION);

  assert_ping (db);
  g_assert_cmpint (db_query_int64 (db, "SELECT pg_backend_pid()"), !=, process_id);
  bitket_statement_reset (statement);
  g_assert_true (bitket_statement_step (statement, NULL));
  g_assert_cmpint (bitket_statement_get_int64 (statement, 0), ==, 5);
  timeout = db_query_text (db, "SHOW lock_timeout"); /* set up anew, too */
  g_assert_cmpstr (timeout, ==, "5s");
}

static void
test_cut_in_transaction (DbFixture *fixture)
{
  g_autoptr (BitketDb) db = db_fixture_connect (fixture);
  g_autoptr (GError) error = NULL;

  db_execute (db, "CREATE TABLE t (n BIGINT)");
  g_assert_true (bitket_db_begin (db, BITKET_DB_TRANSACTION_WRITE, NULL));
  db_execute (db, "INSERT INTO t (n) VALUES (1)");
  cut_others (fixture);
  assert_ping_fails (db);
  g_assert_true (bitket_db_in_transaction (db));
  g_assert_false (bitket_db_commit (db, &error));
  g_assert_error (error, BITKET_DB_ERROR, BITKET_DB_ERROR_FAILED);
  g_assert_false (bitket_db_in_transaction (db));

  assert_ping (db);
  g_assert_cmpint (db_query_int64 (db, "SELECT count(*) FROM t"), ==, 0);
}

static void
test_cut_at_commit (DbFixture *fixture)
{
  g_autoptr (BitketDb) db = db_fixture_connect (fixture);
  g_autoptr (GError) error = NULL;

  g_assert_true (bitket_db_begin (db, BITKET_DB_TRANSACTION_WRITE, NULL));
  cut_others (fixture);
  g_assert_false (bitket_db_commit (db, &error));
  g_assert_error (error, BITKET_DB_ERROR, BITKET_DB_ERROR_CONNECTION);
  g_assert_false (bitket_db_in_transaction (db));
  assert_ping (db);
}

static void
test_cut_while_streaming (DbFixture *fixture)
{
  g_autoptr (BitketDb) db = db_fixture_connect (fixture);
  g_autoptr (BitketStatement) statement =
      prepare (db, "SELECT repeat('x', 1000) FROM generate_series(1, 200000)");
  g_autoptr (GError) error = NULL;
  int n_rows = 1;

  g_assert_true (bitket_statement_step (statement, NULL));
  cut_others (fixture);
  while (bitket_statement_step (statement, &error))
    n_rows++;
  g_assert_error (error, BITKET_DB_ERROR, BITKET_DB_ERROR_CONNECTION);
  g_assert_cmpint (n_rows, <, 200000);
  bitket_statement_reset (statement);
  assert_ping (db);
  g_assert_true (bitket_statement_step (statement, NULL));
}

/* A private server that this test may stop and start; its owner is not always who runs the test. */
static void
control_server (const char *dir, const char *action)
{
  g_autofree char *bin = NULL;
  g_autofree char *command = NULL;

  g_assert_cmpint (bitket_test_run ((const char *[]) { "sh", "-c",
                                                       "ls -d /usr/lib/postgresql/*/bin/pg_ctl"
                                                       " 2>/dev/null | tail -n 1 | grep . ||"
                                                       " command -v pg_ctl",
                                                       NULL },
                                    NULL, NULL, &bin, NULL),
                   ==, 0);
  g_strchomp (bin);
  command = g_strdup_printf ("cd / && %s %s -D %s/data -m immediate -w %s",
                             getuid () == 0 ? "runuser -u postgres --" : "", bin, dir, action);
  g_assert_cmpint (
      bitket_test_run ((const char *[]) { "sh", "-c", command, NULL }, NULL, NULL, NULL, NULL), ==,
      0);
}

static void
test_server_restarted (void)
{
  g_autofree char *script =
      g_test_build_filename (G_TEST_DIST, "..", "scripts", "with-postgresql", NULL);
  const char *argv[] = { script, "sh", "-c", "echo \"host $PGHOST\"; exec cat", NULL };
  const char *environment[] = { "BITKET_TEST_PGHOST", NULL };
  g_autoptr (BitketTestProcess) server = bitket_test_process_spawn (argv, environment);
  g_autofree char *host = bitket_test_process_wait_for_line (server, "host ", 60);
  g_autofree char *uri = g_strdup_printf ("postgresql:host=%s user=bitket dbname=postgres", host);
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketDb) db = bitket_db_open (uri, BITKET_DB_OPEN_DEFAULT, &error);
  g_autoptr (BitketStatement) statement = NULL;

  g_assert_no_error (error);
  db_execute (db, "CREATE TABLE t (n BIGINT); INSERT INTO t (n) VALUES (5)");
  statement = prepare (db, "SELECT n FROM t");
  g_assert_true (bitket_statement_run (statement, NULL));

  control_server (host, "stop");
  assert_run_fails (statement, BITKET_DB_ERROR_CONNECTION);
  assert_ping_fails (db);
  assert_ping_fails (db);
  control_server (host, "restart -l /dev/null"); /* with the options it had */
  assert_ping (db);
  g_assert_cmpint (db_query_int64 (db, "SELECT n FROM t"), ==, 5);
  bitket_statement_reset (statement);
  g_assert_true (bitket_statement_step (statement, NULL));

  g_clear_pointer (&statement, bitket_statement_free);
  g_clear_pointer (&db, bitket_db_close);
  g_assert_cmpint (bitket_test_process_wait (server, 60), ==, 0);
}

static void
test_cannot_open (DbFixture *fixture)
{
  g_autoptr (BitketTestDir) dir = bitket_test_new_dir ();
  g_autofree char *no_server = g_strdup_printf ("postgresql:host=%s dbname=x", dir);
  g_autofree char *no_database = g_strconcat (fixture->uri, "_nowhere", NULL);
  g_autofree char *no_user = g_strconcat (fixture->uri, " user=nobody", NULL);
  const char *const uris[] = { no_server, no_database, no_user };

  for (gsize i = 0; i < G_N_ELEMENTS (uris); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (bitket_db_open (uris[i], BITKET_DB_OPEN_DEFAULT, &error));
      g_assert_error (error, BITKET_DB_ERROR, BITKET_DB_ERROR_OPEN);
      g_assert_null (strchr (error->message, '\n'));
    }
}

/* Every code that the server can send, sent by the server. */
static void
test_codes (DbFixture *fixture)
{
  static const struct
  {
    const char *sqlstate;
    BitketDbError code;
  } cases[] = {
    { "23505", BITKET_DB_ERROR_UNIQUE },     { "23502", BITKET_DB_ERROR_CONSTRAINT },
    { "23503", BITKET_DB_ERROR_CONSTRAINT }, { "23514", BITKET_DB_ERROR_CONSTRAINT },
    { "23P01", BITKET_DB_ERROR_CONSTRAINT }, { "40001", BITKET_DB_ERROR_BUSY },
    { "40P01", BITKET_DB_ERROR_BUSY },       { "55P03", BITKET_DB_ERROR_BUSY },
    { "53100", BITKET_DB_ERROR_FULL },       { "58030", BITKET_DB_ERROR_IO },
    { "25006", BITKET_DB_ERROR_IO },         { "XX001", BITKET_DB_ERROR_CORRUPT },
    { "08006", BITKET_DB_ERROR_CONNECTION }, { "57P01", BITKET_DB_ERROR_CONNECTION },
    { "42601", BITKET_DB_ERROR_FAILED },     { "P0001", BITKET_DB_ERROR_FAILED },
    { "XX000", BITKET_DB_ERROR_FAILED },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *sql = g_strdup_printf (
          "DO $$ BEGIN RAISE EXCEPTION 'no luck' USING ERRCODE = '%s'; END $$", cases[i].sqlstate);

      db_assert_fails (fixture->db, sql, cases[i].code);
    }
}

static void
test_deadlock (DbFixture *fixture)
{
  g_autoptr (BitketDb) other = db_fixture_connect (fixture);
  g_autoptr (BitketStatement) waiting = NULL;

  db_execute (fixture->db, "CREATE TABLE t (n BIGINT PRIMARY KEY, s TEXT);"
                           "INSERT INTO t (n) VALUES (1), (2)");
  db_execute (other, "SET lock_timeout = 1");
  g_assert_true (bitket_db_begin (fixture->db, BITKET_DB_TRANSACTION_WRITE, NULL));
  g_assert_true (bitket_db_begin (other, BITKET_DB_TRANSACTION_WRITE, NULL));
  db_execute (fixture->db, "UPDATE t SET s = 'x' WHERE n = 1");
  db_execute (other, "UPDATE t SET s = 'x' WHERE n = 2");
  db_assert_fails (other, "UPDATE t SET s = 'x' WHERE n = 1", BITKET_DB_ERROR_BUSY);
  bitket_db_rollback (other);
  db_execute (fixture->db, "UPDATE t SET s = 'x' WHERE n = 2");
  g_assert_true (bitket_db_commit (fixture->db, NULL));
}

static void
test_serialization (DbFixture *fixture)
{
  g_autoptr (BitketDb) other = db_fixture_connect (fixture);

  db_execute (fixture->db, "CREATE TABLE t (n BIGINT); INSERT INTO t (n) VALUES (1)");
  g_assert_true (bitket_db_begin (other, BITKET_DB_TRANSACTION_WRITE, NULL));
  db_execute (other, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
  g_assert_cmpint (db_query_int64 (other, "SELECT n FROM t"), ==, 1);
  db_execute (fixture->db, "UPDATE t SET n = 2");
  db_assert_fails (other, "UPDATE t SET n = 3", BITKET_DB_ERROR_BUSY);
  bitket_db_rollback (other);
}

/* Somebody alters a table under a prepared statement: the next try works. */
static void
test_altered_table (DbFixture *fixture)
{
  g_autoptr (BitketStatement) statement = NULL;

  db_execute (fixture->db, "CREATE TABLE t (n BIGINT); INSERT INTO t (n) VALUES (7)");
  statement = prepare (fixture->db, "SELECT * FROM t");
  g_assert_true (bitket_statement_run (statement, NULL));
  db_execute (fixture->db, "ALTER TABLE t ADD COLUMN s TEXT DEFAULT 'new'");
  assert_run_fails (statement, BITKET_DB_ERROR_BUSY);
  bitket_statement_reset (statement);
  g_assert_true (bitket_statement_step (statement, NULL));
  g_assert_cmpint (bitket_statement_get_n_columns (statement), ==, 2);
  g_assert_cmpstr (bitket_statement_get_text (statement, 1), ==, "new");
}

static void
test_hides_bad_values (DbFixture *fixture)
{
  g_autoptr (BitketStatement) statement = prepare (fixture->db, "SELECT CAST($1 AS BIGINT)");
  g_autoptr (GError) error = NULL;

  bitket_statement_bind_text (statement, 1, "Öberg");
  g_assert_false (bitket_statement_run (statement, &error));
  g_assert_error (error, BITKET_DB_ERROR, BITKET_DB_ERROR_FAILED);
  g_assert_null (strstr (error->message, "berg"));
  g_assert_nonnull (strstr (error->message, "22P02"));
}

/* What the server or its administrator set up otherwise does not come through. */
static void
test_settings (DbFixture *fixture)
{
  static const struct
  {
    const char *name;
    const char *value;
  } cases[] = {
    { "client_encoding", "UTF8" }, { "bytea_output", "hex" },
    { "TimeZone", "UTC" },         { "default_transaction_isolation", "read committed" },
    { "lock_timeout", "5s" },      { "application_name", "bitket" },
  };
  g_autoptr (BitketDb) db = NULL;

  db_execute (fixture->db,
              "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET bytea_output = escape',"
              " current_database()); EXECUTE format('ALTER DATABASE %I SET"
              " default_transaction_isolation = serializable', current_database()); END $$");
  g_setenv ("PGCLIENTENCODING", "LATIN1", TRUE);
  db = db_fixture_connect (fixture);
  g_unsetenv ("PGCLIENTENCODING");
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *sql = g_strdup_printf ("SHOW %s", cases[i].name);
      g_autofree char *value = db_query_text (db, sql);

      g_assert_cmpstr (value, ==, cases[i].value);
    }
  g_assert_cmpint (bitket_db_get_dialect (db), ==, BITKET_DB_DIALECT_POSTGRESQL);
}

static void
test_no_backup (DbFixture *fixture)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (bitket_db_backup (fixture->db, "/nowhere/copy", &error));
  g_assert_error (error, BITKET_DB_ERROR, BITKET_DB_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, "pg_dump"));
}

/* Tables in another schema do not make a database somebody else's. */
static void
test_migrate_beside_others (DbFixture *fixture)
{
  static const BitketMigration migrations[] = { { 1, "one", "CREATE TABLE t (n BIGINT)" } };
  g_autoptr (GError) error = NULL;

  db_execute (fixture->db, "CREATE SCHEMA other; CREATE TABLE other.theirs (n BIGINT)");
  bitket_db_migrate (fixture->db, "bitket-test", migrations, 1, &error);
  g_assert_no_error (error);
  db_execute (fixture->db, "DROP SCHEMA other CASCADE");
}

int
main (int argc, char **argv)
{
  static const DbCase cases[] = {
    { "connection-cut", test_connection_cut },
    { "cut-in-transaction", test_cut_in_transaction },
    { "cut-at-commit", test_cut_at_commit },
    { "cut-while-streaming", test_cut_while_streaming },
    { "cannot-open", test_cannot_open },
    { "codes", test_codes },
    { "deadlock", test_deadlock },
    { "serialization", test_serialization },
    { "altered-table", test_altered_table },
    { "hides-bad-values", test_hides_bad_values },
    { "settings", test_settings },
    { "no-backup", test_no_backup },
    { "migrate-beside-others", test_migrate_beside_others },
  };

  g_test_init (&argc, &argv, NULL);
  db_fixture_add_postgresql ("server", cases, G_N_ELEMENTS (cases));
  g_test_add_func ("/db/postgresql/server/restarted", test_server_restarted);
  return db_fixture_run ();
}
