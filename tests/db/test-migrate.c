/* SPDX-License-Identifier: MIT */
#include "db-fixture.h"

#include <string.h>

#define N_THREADS 4

static const BitketMigration good[] = {
  { 1, "make events", "CREATE TABLE events (id TEXT PRIMARY KEY, name TEXT)" },
  { 2, "add doors",
    "CREATE TABLE doors (id TEXT PRIMARY KEY, event TEXT REFERENCES events (id));"
    "INSERT INTO events (id, name) VALUES ('e', 'first')",
    "INSERT INTO doors (id) VALUES ('by sqlite')",
    "INSERT INTO doors (id) VALUES ('by postgresql')" },
  { 3, "count visits", "ALTER TABLE doors ADD COLUMN n_visits BIGINT NOT NULL DEFAULT 7" },
};

static void
migrate (BitketDb *db, gsize n_migrations)
{
  g_autoptr (GError) error = NULL;

  bitket_db_migrate (db, "bitket-test", good, n_migrations, &error);
  g_assert_no_error (error);
  g_assert_false (bitket_db_in_transaction (db));
}

static void
assert_refused (BitketDb *db,
                const BitketMigration *migrations,
                gsize n_migrations,
                BitketDbError code,
                const char *word)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (bitket_db_migrate (db, "bitket-test", migrations, n_migrations, &error));
  g_assert_error (error, BITKET_DB_ERROR, (int) code);
  g_assert_nonnull (strstr (error->message, word));
  g_assert_false (bitket_db_in_transaction (db));
}

static gint64
get_version (BitketDb *db)
{
  return db_query_int64 (db, "SELECT coalesce(max(version), 0) FROM schema_migrations");
}

static void
test_fresh (DbFixture *fixture)
{
  gint64 before_us = g_get_real_time ();
  g_autofree char *by = NULL;
  g_autofree char *name = NULL;
  gint64 applied_us;

  migrate (fixture->db, 3);
  migrate (fixture->db, 3);
  g_assert_cmpint (get_version (fixture->db), ==, 3);
  g_assert_cmpint (db_query_int64 (fixture->db, "SELECT n_visits FROM doors"), ==, 7);
  by = db_query_text (fixture->db, "SELECT id FROM doors");
  g_assert_cmpstr (by, ==,
                   bitket_db_get_dialect (fixture->db) == BITKET_DB_DIALECT_SQLITE
                       ? "by sqlite"
                       : "by postgresql");
  name = db_query_text (fixture->db, "SELECT name FROM schema_migrations WHERE version = 2"
                                     " AND application = 'bitket-test'");
  g_assert_cmpstr (name, ==, "add doors");
  applied_us = db_query_int64 (fixture->db, "SELECT min(applied_us) FROM schema_migrations");
  g_assert_cmpint (applied_us, >=, before_us);
  g_assert_cmpint (applied_us, <=, g_get_real_time ());
}

static void
test_step_by_step (DbFixture *fixture)
{
  for (gsize n = 0; n <= 3; n++)
    {
      migrate (fixture->db, n);
      if (n > 0)
        g_assert_cmpint (get_version (fixture->db), ==, (gint64) n);
    }
}

static void
test_newer (DbFixture *fixture)
{
  migrate (fixture->db, 3);
  assert_refused (fixture->db, good, 2, BITKET_DB_ERROR_VERSION, "version 3");
  assert_refused (fixture->db, good, 0, BITKET_DB_ERROR_VERSION, "newer");
  g_assert_cmpint (get_version (fixture->db), ==, 3);
}

/* What fails is undone whole, what came before it stays, and a mended program goes on from there.
 */
static void
test_failing (DbFixture *fixture)
{
  static const struct
  {
    const char *sql;
    BitketDbError code;
  } cases[] = {
    { "CREATE TABLE half (n BIGINT); SELECT nothing FROM half", BITKET_DB_ERROR_FAILED },
    { "CREATE TABLE half (n BIGINT); INSERT INTO events (id) VALUES ('a'), ('a')",
      BITKET_DB_ERROR_UNIQUE },
    { "CREATE TABLE half (n BIGINT); INSERT INTO doors (id, event) VALUES ('d', 'nowhere')",
      BITKET_DB_ERROR_CONSTRAINT },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const BitketMigration bad[] = { good[0], good[1], { 3, "go wrong", cases[i].sql } };

      assert_refused (fixture->db, bad, 3, cases[i].code, "version 3 (“go wrong”)");
      g_assert_cmpint (get_version (fixture->db), ==, 2);
      db_assert_fails (fixture->db, "SELECT n FROM half", BITKET_DB_ERROR_FAILED);
    }
  migrate (fixture->db, 3);
}

static void
test_first_fails (DbFixture *fixture)
{
  static const BitketMigration bad[] = { { 1, "go wrong", "CREATE TABLE x (n BIGINT); nonsense" } };

  assert_refused (fixture->db, bad, 1, BITKET_DB_ERROR_FAILED, "go wrong");
  db_assert_fails (fixture->db, "SELECT version FROM schema_migrations", BITKET_DB_ERROR_FAILED);
  migrate (fixture->db, 3);
}

static void
test_ends_its_transaction (DbFixture *fixture)
{
  static const BitketMigration bad[] = { { 1, "commit", "CREATE TABLE x (n BIGINT); COMMIT" } };

  assert_refused (fixture->db, bad, 1, BITKET_DB_ERROR_FAILED, "ends the transaction");
}

static void
test_not_ours (DbFixture *fixture)
{
  static const struct
  {
    const char *make;
    const char *drop;
  } cases[] = {
    { "CREATE TABLE auth_user (id BIGINT)", "DROP TABLE auth_user" },
    { "CREATE TABLE schema_migrations (version TEXT)", "DROP TABLE schema_migrations" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      db_execute (fixture->db, cases[i].make);
      assert_refused (fixture->db, good, 3, BITKET_DB_ERROR_NOT_A_DATABASE, "bitket-test");
      db_execute (fixture->db, cases[i].drop);
    }
  migrate (fixture->db, 3);
  db_execute (fixture->db, "UPDATE schema_migrations SET application = 'bitket-other'");
  assert_refused (fixture->db, good, 3, BITKET_DB_ERROR_NOT_A_DATABASE, "bitket-other");
}

static void
test_gap (DbFixture *fixture)
{
  migrate (fixture->db, 3);
  db_execute (fixture->db, "DELETE FROM schema_migrations WHERE version = 2");
  assert_refused (fixture->db, good, 3, BITKET_DB_ERROR_CORRUPT, "migration 2");
}

static void
test_bad_list (DbFixture *fixture)
{
  static const BitketMigration bad[] = { { 1, "one", "" }, { 3, "three", "" } };

  g_test_expect_message ("bitket-db", G_LOG_LEVEL_CRITICAL, "*version*");
  g_assert_false (bitket_db_migrate (fixture->db, "bitket-test", bad, 2, NULL));
  g_test_assert_expected_messages ();
}

static void
test_read_only (DbFixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketDb) reader = NULL;

  migrate (fixture->db, 2);
  reader = bitket_db_open (fixture->uri, BITKET_DB_OPEN_READ_ONLY, &error);
  g_assert_no_error (error);
  migrate (reader, 2);
  assert_refused (reader, good, 3, BITKET_DB_ERROR_IO, "could not");
  g_assert_cmpint (get_version (fixture->db), ==, 2);
}

static gpointer
run_migrate (gpointer data)
{
  g_autoptr (BitketDb) db = db_fixture_connect (data);

  migrate (db, 3);
  return NULL;
}

/* Several programs start on the same empty database: each migration is applied once. */
static void
test_at_the_same_time (DbFixture *fixture)
{
  for (int round = 0; round < 5; round++)
    {
      GThread *threads[N_THREADS];

      for (int i = 0; i < N_THREADS; i++)
        threads[i] = g_thread_new ("migrate", run_migrate, fixture);
      for (int i = 0; i < N_THREADS; i++)
        g_thread_join (threads[i]);
      g_assert_cmpint (db_query_int64 (fixture->db, "SELECT count(*) FROM schema_migrations"), ==,
                       3);
      g_assert_cmpint (db_query_int64 (fixture->db, "SELECT count(*) FROM doors"), ==, 1);
      db_execute (fixture->db, "DROP TABLE doors; DROP TABLE events; DROP TABLE schema_migrations");
    }
}

int
main (int argc, char **argv)
{
  static const DbCase cases[] = {
    { "fresh", test_fresh },
    { "step-by-step", test_step_by_step },
    { "newer", test_newer },
    { "failing", test_failing },
    { "first-fails", test_first_fails },
    { "ends-its-transaction", test_ends_its_transaction },
    { "not-ours", test_not_ours },
    { "gap", test_gap },
    { "bad-list", test_bad_list },
    { "read-only", test_read_only },
    { "at-the-same-time", test_at_the_same_time },
  };

  g_test_init (&argc, &argv, NULL);
  db_fixture_add ("migrate", cases, G_N_ELEMENTS (cases));
  return db_fixture_run ();
}
