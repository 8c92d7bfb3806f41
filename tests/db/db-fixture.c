/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

#include "db-fixture.h"

#include "bitket-test-support.h"

/* Making a database takes PostgreSQL a quarter of a second: all tests of a program share one, which
 * is emptied in between. */
static char *postgresql_uri;

static void
set_up_sqlite (DbFixture *fixture, gconstpointer data)
{
  fixture->dir = bitket_test_new_dir ();
  fixture->uri = bitket_test_sqlite_uri (fixture->dir);
  fixture->db = db_fixture_connect (fixture);
}

static void
set_up_postgresql (DbFixture *fixture, gconstpointer data)
{
  if (postgresql_uri == NULL)
    postgresql_uri = bitket_test_postgresql_uri ();
  fixture->uri = g_strdup (postgresql_uri);
  fixture->db = db_fixture_connect (fixture);
  db_execute (fixture->db, "DROP SCHEMA public CASCADE; CREATE SCHEMA public");
}

static void
tear_down (DbFixture *fixture, gconstpointer data)
{
  g_clear_pointer (&fixture->db, bitket_db_close);
  g_clear_pointer (&fixture->uri, g_free);
  g_clear_pointer (&fixture->dir, bitket_test_dir_free);
}

static void
run_case (DbFixture *fixture, gconstpointer data)
{
  const DbCase *test = data;

  test->func (fixture);
}

void
db_fixture_add_postgresql (const char *room, const DbCase *cases, gsize n_cases)
{
  for (gsize i = 0; i < n_cases; i++)
    {
      g_autofree char *path = g_strdup_printf ("/db/postgresql/%s/%s", room, cases[i].name);

      g_test_add (path, DbFixture, &cases[i], set_up_postgresql, run_case, tear_down);
    }
}

void
db_fixture_add (const char *room, const DbCase *cases, gsize n_cases)
{
  for (gsize i = 0; i < n_cases; i++)
    {
      g_autofree char *path = g_strdup_printf ("/db/sqlite/%s/%s", room, cases[i].name);

      g_test_add (path, DbFixture, &cases[i], set_up_sqlite, run_case, tear_down);
    }
  db_fixture_add_postgresql (room, cases, n_cases);
}

int
db_fixture_run (void)
{
  int status = g_test_run ();

  if (postgresql_uri != NULL)
    bitket_test_drop_postgresql (postgresql_uri);
  g_clear_pointer (&postgresql_uri, g_free);
  return status;
}

BitketDb *
db_fixture_connect (DbFixture *fixture)
{
  g_autoptr (GError) error = NULL;
  BitketDb *db = bitket_db_open (fixture->uri, BITKET_DB_OPEN_DEFAULT, &error);

  g_assert_no_error (error);
  return db;
}

void
db_execute (BitketDb *db, const char *sql)
{
  g_autoptr (GError) error = NULL;

  bitket_db_execute (db, sql, &error);
  g_assert_no_error (error);
}

void
db_assert_fails (BitketDb *db, const char *sql, BitketDbError code)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (bitket_db_execute (db, sql, &error));
  g_assert_error (error, BITKET_DB_ERROR, (int) code);
  g_assert_false (g_str_has_suffix (error->message, "."));
  g_assert_false (g_ascii_isupper (*error->message));
}

gint64
db_query_int64 (BitketDb *db, const char *sql)
{
  g_autofree char *text = db_query_text (db, sql);

  g_assert_nonnull (text);
  return g_ascii_strtoll (text, NULL, 10);
}

char *
db_query_text (BitketDb *db, const char *sql)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketStatement) statement = bitket_db_prepare (db, sql, &error);
  char *text;

  g_assert_no_error (error);
  g_assert_true (bitket_statement_step (statement, &error));
  g_assert_no_error (error);
  text = g_strdup (bitket_statement_get_text (statement, 0));
  return text;
}

void
db_do_not_wait (BitketDb *db)
{
  if (bitket_db_get_dialect (db) == BITKET_DB_DIALECT_SQLITE)
    db_execute (db, "PRAGMA busy_timeout = 0");
  else
    db_execute (db, "SET lock_timeout = 1");
}
