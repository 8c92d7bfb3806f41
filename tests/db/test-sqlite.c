/* SPDX-License-Identifier: MIT */
#include "db-fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "bitket-test-support.h"

#define NOBODY 65534

typedef struct
{
  char *dir;  /* (owned) */
  char *path; /* (owned): of a file that is not there yet */
  char *uri;  /* (owned): of it */
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->dir = bitket_test_new_dir ();
  fixture->path = g_build_filename (fixture->dir, "test.db", NULL);
  fixture->uri = g_strconcat ("sqlite:", fixture->path, NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_clear_pointer (&fixture->uri, g_free);
  g_clear_pointer (&fixture->path, g_free);
  g_clear_pointer (&fixture->dir, bitket_test_dir_free);
}

static BitketDb *
open_db (Fixture *fixture, BitketDbOpenFlags flags)
{
  g_autoptr (GError) error = NULL;
  BitketDb *db = bitket_db_open (fixture->uri, flags, &error);

  g_assert_no_error (error);
  return db;
}

/* A table of @n rows of some 1 kB each. */
static void
fill (BitketDb *db, int n)
{
  g_autofree char *sql = g_strdup_printf (
      "CREATE TABLE IF NOT EXISTS t (n BIGINT PRIMARY KEY, s TEXT);"
      "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < %d)"
      " INSERT INTO t (n, s) SELECT n, printf('%%01000d', n) FROM c",
      n);

  db_execute (db, sql);
}

static gint64
count (BitketDb *db)
{
  return db_query_int64 (db, "SELECT count(*) FROM t");
}

static void
assert_whole (BitketDb *db)
{
  g_autofree char *verdict = db_query_text (db, "PRAGMA integrity_check");

  g_assert_cmpstr (verdict, ==, "ok");
}

static void
assert_open_fails (const char *path, BitketDbOpenFlags flags, BitketDbError code, const char *word)
{
  g_autofree char *uri = g_strconcat ("sqlite:", path, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (bitket_db_open (uri, flags, &error));
  g_assert_error (error, BITKET_DB_ERROR, (int) code);
  g_assert_nonnull (strstr (error->message, path));
  g_assert_nonnull (strstr (error->message, word));
}

static void
test_cannot_open (Fixture *fixture, gconstpointer data)
{
  g_autofree char *nowhere = g_build_filename (fixture->dir, "no", "where.db", NULL);
  g_autofree char *under_file = NULL;
  g_autofree char *file = NULL;

  assert_open_fails (fixture->dir, BITKET_DB_OPEN_DEFAULT, BITKET_DB_ERROR_OPEN, "a directory");
  assert_open_fails (nowhere, BITKET_DB_OPEN_DEFAULT, BITKET_DB_ERROR_OPEN, "no directory");
  assert_open_fails (fixture->path, BITKET_DB_OPEN_EXISTING, BITKET_DB_ERROR_OPEN, "No such file");
  assert_open_fails (fixture->path, BITKET_DB_OPEN_READ_ONLY, BITKET_DB_ERROR_OPEN, "No such file");
  g_assert_false (g_file_test (fixture->path, G_FILE_TEST_EXISTS));

  file = bitket_test_write_file (fixture->dir, "file", "x");
  under_file = g_build_filename (file, "x.db", NULL);
  assert_open_fails (under_file, BITKET_DB_OPEN_DEFAULT, BITKET_DB_ERROR_OPEN, "not a directory");
}

static void
test_not_a_database (Fixture *fixture, gconstpointer data)
{
  g_autofree char *big = g_strnfill (10000, 'x');
  const char *const contents[] = { "x", "SQLite format 2", "id,name\n1,Åsa\n", big };

  for (gsize i = 0; i < G_N_ELEMENTS (contents); i++)
    {
      g_autofree char *path = bitket_test_write_file (fixture->dir, "test.db", contents[i]);
      g_autofree char *after = NULL;

      assert_open_fails (path, BITKET_DB_OPEN_DEFAULT, BITKET_DB_ERROR_NOT_A_DATABASE,
                         "not a database");
      assert_open_fails (path, BITKET_DB_OPEN_READ_ONLY, BITKET_DB_ERROR_NOT_A_DATABASE,
                         "not a database");
      g_assert_true (g_file_get_contents (path, &after, NULL, NULL));
      g_assert_cmpstr (after, ==, contents[i]);
    }
}

static void
test_empty_file (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = bitket_test_write_file (fixture->dir, "test.db", "");
  g_autoptr (BitketDb) db = open_db (fixture, BITKET_DB_OPEN_EXISTING);

  g_assert_cmpstr (path, ==, fixture->path);
  fill (db, 1);
}

static void
test_settings (Fixture *fixture, gconstpointer data)
{
  g_autoptr (BitketDb) db = open_db (fixture, BITKET_DB_OPEN_DEFAULT);
  g_autoptr (BitketDb) durable = open_db (fixture, BITKET_DB_OPEN_DURABLE);
  g_autofree char *mode = db_query_text (db, "PRAGMA journal_mode");
  struct stat info;

  g_assert_cmpstr (mode, ==, "wal");
  g_assert_cmpint (db_query_int64 (db, "PRAGMA foreign_keys"), ==, 1);
  g_assert_cmpint (db_query_int64 (db, "PRAGMA busy_timeout"), ==, 5000);
  g_assert_cmpint (db_query_int64 (db, "PRAGMA cache_size"), ==, -64000);
  g_assert_cmpint (db_query_int64 (db, "PRAGMA synchronous"), ==, 1);
  g_assert_cmpint (db_query_int64 (durable, "PRAGMA synchronous"), ==, 2);
  g_assert_cmpint (bitket_db_get_dialect (db), ==, BITKET_DB_DIALECT_SQLITE);
  /* It will hold people's names. */
  g_assert_cmpint (g_stat (fixture->path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 07777, ==, 0600);
}

static void
test_memory (void)
{
  g_autoptr (BitketDb) db = bitket_db_open ("sqlite::memory:", BITKET_DB_OPEN_DEFAULT, NULL);
  g_autoptr (BitketDb) other = bitket_db_open ("sqlite::memory:", BITKET_DB_OPEN_DEFAULT, NULL);

  fill (db, 10);
  g_assert_true (bitket_db_ping (db, NULL));
  g_assert_cmpint (count (db), ==, 10);
  db_assert_fails (other, "SELECT n FROM t", BITKET_DB_ERROR_FAILED);
  g_assert_false (g_file_test (":memory:", G_FILE_TEST_EXISTS));
}

/* A path that looks like an address of SQLite's own is a path. */
static void
test_odd_paths (Fixture *fixture, gconstpointer data)
{
  static const char *const names[] = { "file:x?mode=memory", "åäö 零.db", "a%20b#c", "'quoted'" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (fixture->dir, names[i], NULL);
      g_autofree char *uri = g_strconcat ("sqlite:", path, NULL);
      g_autoptr (BitketDb) db = bitket_db_open (uri, BITKET_DB_OPEN_DEFAULT, NULL);

      g_assert_nonnull (db);
      fill (db, 1);
      g_assert_true (g_file_test (path, G_FILE_TEST_IS_REGULAR));
    }
}

static void
test_read_only (Fixture *fixture, gconstpointer data)
{
  g_autoptr (BitketDb) db = open_db (fixture, BITKET_DB_OPEN_DEFAULT);
  g_autoptr (BitketDb) reader = NULL;

  fill (db, 10);
  reader = open_db (fixture, BITKET_DB_OPEN_READ_ONLY);
  g_assert_cmpint (count (reader), ==, 10);
  db_assert_fails (reader, "DELETE FROM t", BITKET_DB_ERROR_IO);
  g_assert_cmpint (count (reader), ==, 10);
}

/* The owner of all files may write to any: what others see is looked at as somebody else. */
static void
test_read_only_file (Fixture *fixture, gconstpointer data)
{
  if (g_test_subprocess ())
    {
      const char *path = g_getenv ("BITKET_TEST_PATH");

      if (getuid () == 0)
        g_assert_cmpint (setuid (NOBODY), ==, 0);
      assert_open_fails (path, BITKET_DB_OPEN_DEFAULT, BITKET_DB_ERROR_IO, "not be written to");
      return;
    }
  bitket_db_close (open_db (fixture, BITKET_DB_OPEN_DEFAULT));
  g_assert_cmpint (g_chmod (fixture->path, 0444), ==, 0);
  g_assert_cmpint (g_chmod (fixture->dir, 0755), ==, 0);
  g_setenv ("BITKET_TEST_PATH", fixture->path, TRUE);
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
}

/* Overwrites @len bytes at @offset. */
static void
scribble (const char *path, gint64 offset, gsize len)
{
  g_autofree char *noise = g_strnfill (len, '\x5a');
  int fd = g_open (path, O_WRONLY | O_CLOEXEC, 0);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (pwrite (fd, noise, len, offset), ==, (gssize) len);
  close (fd);
}

static void
test_corrupt (Fixture *fixture, gconstpointer data)
{
  g_autoptr (BitketDb) db = open_db (fixture, BITKET_DB_OPEN_DEFAULT);
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketStatement) statement = NULL;

  fill (db, 1000);
  g_clear_pointer (&db, bitket_db_close);
  scribble (fixture->path, 4096, 50 * 4096);

  db = bitket_db_open (fixture->uri, BITKET_DB_OPEN_DEFAULT, &error);
  if (db != NULL)
    statement = bitket_db_prepare (db, "SELECT sum(length(s)) FROM t", &error);
  if (statement != NULL)
    bitket_statement_run (statement, &error);
  g_assert_error (error, BITKET_DB_ERROR, BITKET_DB_ERROR_CORRUPT);
}

/* The header says that a newer SQLite has to read it: bytes 18 and 19 are the format's versions. */
static void
test_newer_format (Fixture *fixture, gconstpointer data)
{
  bitket_db_close (open_db (fixture, BITKET_DB_OPEN_DEFAULT));
  scribble (fixture->path, 18, 2);
  assert_open_fails (fixture->path, BITKET_DB_OPEN_DEFAULT, BITKET_DB_ERROR_NOT_A_DATABASE,
                     "not a database");
}

static void
test_full (Fixture *fixture, gconstpointer data)
{
  g_autoptr (BitketDb) db = open_db (fixture, BITKET_DB_OPEN_DEFAULT);
  g_autoptr (GError) error = NULL;

  fill (db, 10);
  db_execute (db, "PRAGMA max_page_count = 20");
  g_assert_true (bitket_db_begin (db, BITKET_DB_TRANSACTION_WRITE, NULL));
  db_execute (db, "INSERT INTO t (n, s) VALUES (100, 'x')");
  db_assert_fails (db,
                   "WITH RECURSIVE c (n) AS (SELECT 1000 UNION ALL SELECT n + 1 FROM c WHERE"
                   " n < 2000) INSERT INTO t (n, s) SELECT n, printf('%01000d', n) FROM c",
                   BITKET_DB_ERROR_FULL);
  /* SQLite may have rolled back by itself: this must not be written alone. */
  db_assert_fails (db, "DELETE FROM t WHERE n = 1", BITKET_DB_ERROR_FAILED);
  g_assert_false (bitket_db_commit (db, &error));
  g_assert_cmpint (count (db), ==, 10);
  assert_whole (db);

  db_execute (db, "PRAGMA max_page_count = 1000000; DELETE FROM t WHERE n = 1");
  g_assert_cmpint (count (db), ==, 9);
}

/* The file system refuses to take more, in the middle of a transaction or at its end. */
static void
test_full_file_system (Fixture *fixture, gconstpointer data)
{
  g_autoptr (BitketDb) db = NULL;

  if (g_test_subprocess ())
    {
      struct rlimit limit = { 200 * 1024, 200 * 1024 };
      g_autoptr (GError) error = NULL;
      int n;

      db = bitket_db_open (g_getenv ("BITKET_TEST_URI"), BITKET_DB_OPEN_DEFAULT, NULL);
      signal (SIGXFSZ, SIG_IGN);
      g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
      for (n = 0; n < 2000 && error == NULL; n++)
        bitket_db_execute (
            db, "INSERT INTO t (n, s) SELECT max(n) + 1, printf('%01000d', 1) FROM t", &error);
      g_assert_error (error, BITKET_DB_ERROR, BITKET_DB_ERROR_FULL);
      g_assert_cmpint (n, >, 10);
      g_assert_cmpint (count (db), ==, 10 + n - 1); /* what was said to be written is there */
      return;
    }
  db = open_db (fixture, BITKET_DB_OPEN_DEFAULT);
  fill (db, 10);
  g_setenv ("BITKET_TEST_URI", fixture->uri, TRUE);
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
  g_assert_cmpint (count (db), >, 10);
  assert_whole (db);
}

static void
test_busy (Fixture *fixture, gconstpointer data)
{
  g_autoptr (BitketDb) db = open_db (fixture, BITKET_DB_OPEN_DEFAULT);
  g_autoptr (BitketDb) other = open_db (fixture, BITKET_DB_OPEN_DEFAULT);
  g_autoptr (GError) error = NULL;

  fill (db, 10);
  db_do_not_wait (other);
  g_assert_true (bitket_db_begin (db, BITKET_DB_TRANSACTION_WRITE, NULL));
  g_assert_false (bitket_db_begin (other, BITKET_DB_TRANSACTION_WRITE, &error));
  g_assert_error (error, BITKET_DB_ERROR, BITKET_DB_ERROR_BUSY);
  g_assert_false (bitket_db_in_transaction (other));
  db_assert_fails (other, "DELETE FROM t", BITKET_DB_ERROR_BUSY);
  g_assert_cmpint (count (other), ==, 10); /* readers are not kept waiting */
  g_assert_true (bitket_db_commit (db, NULL));
  db_execute (other, "DELETE FROM t");
}

static gpointer
open_and_write (gpointer data)
{
  g_autoptr (BitketDb) db = open_db (data, BITKET_DB_OPEN_DEFAULT);

  db_execute (db, "CREATE TABLE IF NOT EXISTS t (n BIGINT); INSERT INTO t (n) VALUES (1)");
  return NULL;
}

/* Several open a fresh file at once, and all of them want to turn it to WAL. */
static void
test_opened_at_once (Fixture *fixture, gconstpointer data)
{
  GThread *threads[6];
  g_autoptr (BitketDb) db = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("open", open_and_write, fixture);
  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  db = open_db (fixture, BITKET_DB_OPEN_EXISTING);
  g_assert_cmpint (count (db), ==, G_N_ELEMENTS (threads));
}

/* In the child: writes committed rows, then @n_open more that are not, says so, and waits. */
static void
write_and_wait (const char *uri, int n_open, int fd)
{
  BitketDb *db = bitket_db_open (uri, BITKET_DB_OPEN_DURABLE, NULL);
  gboolean is_ready = db != NULL;

  /* So little cache that the open transaction is in the log already. */
  is_ready = is_ready && bitket_db_execute (db, "PRAGMA cache_size = 5", NULL) &&
             bitket_db_execute (db, "INSERT INTO t (n, s) VALUES (101, 'committed')", NULL) &&
             bitket_db_begin (db, BITKET_DB_TRANSACTION_WRITE, NULL);
  for (int i = 0; is_ready && i < n_open; i++)
    is_ready = bitket_db_execute (
        db, "INSERT INTO t (n, s) SELECT max(n) + 1, printf('%01000d', 1) FROM t", NULL);
  if (!is_ready || write (fd, "r", 1) != 1)
    _exit (1);
  for (;;)
    pause ();
}

static void
test_killed (Fixture *fixture, gconstpointer data)
{
  static const int n_open[] = { 0, 1, 2000 };

  for (gsize i = 0; i < G_N_ELEMENTS (n_open); i++)
    {
      g_autoptr (BitketDb) db = open_db (fixture, BITKET_DB_OPEN_DEFAULT);
      int fds[2];
      char byte;
      pid_t pid;

      db_execute (db, "DROP TABLE IF EXISTS t");
      fill (db, 100);
      g_clear_pointer (&db, bitket_db_close);
      g_assert_cmpint (pipe (fds), ==, 0);
      pid = fork ();
      if (pid == 0)
        write_and_wait (fixture->uri, n_open[i], fds[1]);
      g_assert_cmpint (pid, >, 0);
      close (fds[1]);
      g_assert_cmpint (read (fds[0], &byte, 1), ==, 1);
      close (fds[0]);
      g_assert_cmpint (kill (pid, SIGKILL), ==, 0);
      g_assert_cmpint (waitpid (pid, NULL, 0), ==, pid);

      db = open_db (fixture, BITKET_DB_OPEN_EXISTING);
      g_assert_cmpint (count (db), ==, 101);
      g_assert_cmpint (db_query_int64 (db, "SELECT count(*) FROM t WHERE s = 'committed'"), ==, 1);
      assert_whole (db);
      db_execute (db, "INSERT INTO t (n, s) VALUES (102, 'afterwards')");
    }
}

/* A program of its own that opens the database, reads and closes it as soon as a byte comes. */
static void
visit (const char *uri, int fd)
{
  g_autoptr (BitketDb) db = NULL;
  char byte;

  if (read (fd, &byte, 1) != 1)
    _exit (1);
  db = bitket_db_open (uri, BITKET_DB_OPEN_EXISTING, NULL);
  if (db == NULL || count (db) != 101)
    _exit (1);
  g_clear_pointer (&db, bitket_db_close);
  _exit (0);
}

/* Opening a second connection must not drop the locks of the first (closing any descriptor of a
 * file drops all POSIX locks that the process has on it): the visitor would take itself for the
 * last one and remove the log from under both. */
static void
test_visitor (Fixture *fixture, gconstpointer data)
{
  g_autofree char *log = g_strconcat (fixture->path, "-wal", NULL);
  g_autoptr (BitketDb) first = NULL;
  g_autoptr (BitketDb) second = NULL;
  int fds[2], status;
  pid_t pid;

  g_assert_cmpint (pipe (fds), ==, 0);
  pid = fork ();
  if (pid == 0)
    visit (fixture->uri, fds[0]);
  g_assert_cmpint (pid, >, 0);
  first = open_db (fixture, BITKET_DB_OPEN_DEFAULT);
  fill (first, 101);
  second = open_db (fixture, BITKET_DB_OPEN_DEFAULT);
  g_assert_cmpint (write (fds[1], "r", 1), ==, 1);
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_true (WIFEXITED (status) && WEXITSTATUS (status) == 0);
  close (fds[0]);
  close (fds[1]);

  g_assert_true (g_file_test (log, G_FILE_TEST_EXISTS));
  db_execute (first, "INSERT INTO t (n, s) VALUES (102, 'first')");
  db_execute (second, "INSERT INTO t (n, s) VALUES (103, 'second')");
  g_assert_cmpint (count (first), ==, 103);
  assert_whole (first);
}

static void
test_moved (Fixture *fixture, gconstpointer data)
{
  g_autoptr (BitketDb) db = open_db (fixture, BITKET_DB_OPEN_DEFAULT);
  g_autoptr (GError) error = NULL;

  g_assert_true (bitket_db_ping (db, &error));
  g_assert_cmpint (g_unlink (fixture->path), ==, 0);
  g_assert_false (bitket_db_ping (db, &error));
  g_assert_error (error, BITKET_DB_ERROR, BITKET_DB_ERROR_IO);
  g_assert_nonnull (strstr (error->message, fixture->path));
}

static void
backup (BitketDb *db, const char *path)
{
  g_autoptr (GError) error = NULL;

  bitket_db_backup (db, path, &error);
  g_assert_no_error (error);
}

static void
assert_backup (const char *path, gint64 n_rows)
{
  g_autofree char *uri = g_strconcat ("sqlite:", path, NULL);
  g_autofree char *log = g_strconcat (path, "-wal", NULL);
  g_autoptr (BitketDb) copy = NULL;
  struct stat info;

  g_assert_false (g_file_test (log, G_FILE_TEST_EXISTS));
  g_assert_cmpint (g_stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 07777, ==, 0600);
  copy = bitket_db_open (uri, BITKET_DB_OPEN_READ_ONLY, NULL);
  g_assert_nonnull (copy);
  g_assert_cmpint (count (copy), ==, n_rows);
  assert_whole (copy);
}

static void
test_backup (Fixture *fixture, gconstpointer data)
{
  g_autoptr (BitketDb) db = open_db (fixture, BITKET_DB_OPEN_DEFAULT);
  g_autoptr (BitketDb) other = open_db (fixture, BITKET_DB_OPEN_DEFAULT);
  g_autofree char *path = g_build_filename (fixture->dir, "copy.db", NULL);

  fill (db, 1000);
  backup (db, path);
  assert_backup (path, 1000);

  /* While somebody else is in the middle of writing, over an older copy. */
  g_assert_true (bitket_db_begin (other, BITKET_DB_TRANSACTION_WRITE, NULL));
  db_execute (other, "DELETE FROM t WHERE n > 500");
  backup (db, path);
  assert_backup (path, 1000);
  g_assert_true (bitket_db_commit (other, NULL));
  backup (db, path);
  assert_backup (path, 500);
}

static void
test_backup_fails (Fixture *fixture, gconstpointer data)
{
  g_autoptr (BitketDb) db = open_db (fixture, BITKET_DB_OPEN_DEFAULT);
  g_autofree char *nowhere = g_build_filename (fixture->dir, "no", "where.db", NULL);
  g_autofree char *link_path = g_build_filename (fixture->dir, "link.db", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = NULL;
  const char *name;

  fill (db, 10);
  g_assert_false (bitket_db_backup (db, fixture->path, &error));
  g_assert_error (error, BITKET_DB_ERROR, BITKET_DB_ERROR_FAILED);
  g_clear_error (&error);
  g_assert_cmpint (link (fixture->path, link_path), ==, 0);
  g_assert_false (bitket_db_backup (db, link_path, &error));
  g_assert_error (error, BITKET_DB_ERROR, BITKET_DB_ERROR_FAILED);
  g_clear_error (&error);
  g_assert_false (bitket_db_backup (db, nowhere, &error));
  g_assert_error (error, BITKET_DB_ERROR, BITKET_DB_ERROR_IO);
  g_assert_nonnull (strstr (error->message, nowhere));
  g_clear_error (&error);
  g_assert_false (bitket_db_backup (db, fixture->dir, &error));
  g_assert_error (error, BITKET_DB_ERROR, BITKET_DB_ERROR_IO);

  /* Nothing half is left lying about. */
  dir = g_dir_open (fixture->dir, 0, NULL);
  while ((name = g_dir_read_name (dir)) != NULL)
    g_assert_true (g_str_has_prefix (name, "test.db") || g_str_equal (name, "link.db"));
  g_assert_cmpint (count (db), ==, 10);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*func) (Fixture *fixture, gconstpointer data);
  } cases[] = {
    { "/db/sqlite/cannot-open", test_cannot_open },
    { "/db/sqlite/not-a-database", test_not_a_database },
    { "/db/sqlite/empty-file", test_empty_file },
    { "/db/sqlite/settings", test_settings },
    { "/db/sqlite/odd-paths", test_odd_paths },
    { "/db/sqlite/read-only", test_read_only },
    { "/db/sqlite/read-only-file", test_read_only_file },
    { "/db/sqlite/corrupt", test_corrupt },
    { "/db/sqlite/newer-format", test_newer_format },
    { "/db/sqlite/full", test_full },
    { "/db/sqlite/full-file-system", test_full_file_system },
    { "/db/sqlite/busy", test_busy },
    { "/db/sqlite/opened-at-once", test_opened_at_once },
    { "/db/sqlite/killed", test_killed },
    { "/db/sqlite/visitor", test_visitor },
    { "/db/sqlite/moved", test_moved },
    { "/db/sqlite/backup", test_backup },
    { "/db/sqlite/backup-fails", test_backup_fails },
  };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add (cases[i].path, Fixture, NULL, set_up, cases[i].func, tear_down);
  g_test_add_func ("/db/sqlite/memory", test_memory);
  return g_test_run ();
}
