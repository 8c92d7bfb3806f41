/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-db"

#include "bitket-db-sqlite-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#define BUSY_TIMEOUT_MS 5000
#define HEADER_LEN      100

/* Extended codes that mean something else than their primary code, which is their low byte. */
static const struct
{
  int result;
  BitketDbError code;
} codes[] = {
  { SQLITE_CONSTRAINT_UNIQUE, BITKET_DB_ERROR_UNIQUE },
  { SQLITE_CONSTRAINT_PRIMARYKEY, BITKET_DB_ERROR_UNIQUE },
  { SQLITE_CONSTRAINT_ROWID, BITKET_DB_ERROR_UNIQUE },
  { SQLITE_IOERR_CORRUPTFS, BITKET_DB_ERROR_CORRUPT },
  { SQLITE_CONSTRAINT, BITKET_DB_ERROR_CONSTRAINT },
  { SQLITE_BUSY, BITKET_DB_ERROR_BUSY },
  { SQLITE_LOCKED, BITKET_DB_ERROR_BUSY },
  { SQLITE_PROTOCOL, BITKET_DB_ERROR_BUSY },
  { SQLITE_FULL, BITKET_DB_ERROR_FULL },
  { SQLITE_IOERR, BITKET_DB_ERROR_IO },
  { SQLITE_READONLY, BITKET_DB_ERROR_IO },
  { SQLITE_CORRUPT, BITKET_DB_ERROR_CORRUPT },
  { SQLITE_NOTADB, BITKET_DB_ERROR_NOT_A_DATABASE },
  { SQLITE_CANTOPEN, BITKET_DB_ERROR_OPEN },
  { SQLITE_PERM, BITKET_DB_ERROR_OPEN },
  { SQLITE_AUTH, BITKET_DB_ERROR_OPEN },
};

BitketDbError
bitket_sqlite_get_code (int result)
{
  for (gsize i = 0; i < G_N_ELEMENTS (codes); i++)
    if (codes[i].result == result)
      return codes[i].code;
  for (gsize i = 0; i < G_N_ELEMENTS (codes); i++)
    if (codes[i].result == (result & 0xff))
      return codes[i].code;
  return BITKET_DB_ERROR_FAILED;
}

static gboolean
means_full (int errsv)
{
  return errsv == ENOSPC || errsv == EDQUOT || errsv == EFBIG;
}

/* A disk that is full can also show as a failed write (a quota, a limit on the size of files). The
 * reason is with the file that was written to: the database's, or that of its log. */
static gboolean
was_stopped_by_full_disk (sqlite3 *handle)
{
  sqlite3_file *log = NULL;
  int errsv = 0;

  sqlite3_file_control (handle, "main", SQLITE_FCNTL_LAST_ERRNO, &errsv);
  if (means_full (errsv))
    return TRUE;
  sqlite3_file_control (handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
  if (log != NULL && log->pMethods != NULL)
    log->pMethods->xFileControl (log, SQLITE_FCNTL_LAST_ERRNO, &errsv);
  return means_full (errsv);
}

static BitketDbError
get_code_of (sqlite3 *handle)
{
  int result = sqlite3_extended_errcode (handle);

  if ((result & 0xff) == SQLITE_IOERR && was_stopped_by_full_disk (handle))
    return BITKET_DB_ERROR_FULL;
  return bitket_sqlite_get_code (result);
}

void
bitket_sqlite_set_error (GError **error, sqlite3 *handle, const char *what)
{
  g_set_error (error, BITKET_DB_ERROR, (int) get_code_of (handle), "could not %s: %s", what,
               sqlite3_errmsg (handle));
}

void
bitket_sqlite_set_sql_error (GError **error, sqlite3 *handle, const char *sql)
{
  g_autofree char *text = bitket_db_abbreviate (sql);
  g_autofree char *what = g_strdup_printf ("run “%s”", text);

  bitket_sqlite_set_error (error, handle, what);
}

gboolean
bitket_sqlite_check_may_run (BitketDb *db, sqlite3_stmt *native, GError **error)
{
  g_autofree char *text = NULL;

  if (db->transaction != BITKET_DB_TRANSACTION_READ || sqlite3_stmt_readonly (native))
    return TRUE;
  text = bitket_db_abbreviate (sqlite3_sql (native));
  g_set_error (error, BITKET_DB_ERROR, BITKET_DB_ERROR_IO,
               "cannot run “%s”: it writes, in a transaction that only reads", text);
  return FALSE;
}

/* ORDER BY … COLLATE "C" is PostgreSQL's name for the order of the bytes. */
static int
compare_bytes (void *data, int a_len, const void *a, int b_len, const void *b)
{
  int order = memcmp (a, b, (gsize) MIN (a_len, b_len));

  return order != 0 ? order : a_len - b_len;
}

/* Why the file at @path could not be opened, which SQLite does not tell. */
static char *
explain_failed_open (const char *path, BitketDbOpenFlags flags, int errsv)
{
  g_autofree char *parent = g_path_get_dirname (path);

  if (g_file_test (path, G_FILE_TEST_IS_DIR))
    return g_strdup ("it is a directory");
  if (!g_file_test (parent, G_FILE_TEST_EXISTS))
    return g_strdup_printf ("there is no directory “%s”", parent);
  if (!g_file_test (parent, G_FILE_TEST_IS_DIR))
    return g_strdup_printf ("“%s” is not a directory", parent);
  return g_strdup (errsv != 0 ? g_strerror (errsv) : "no reason given");
}

static void
set_open_error (GError **error, const char *path, BitketDbError code, const char *why)
{
  g_set_error (error, BITKET_DB_ERROR, (int) code, "could not open the database “%s”: %s", path,
               why);
}

/* SQLite takes a file of one byte for an empty one and writes over it. */
static gboolean
check_existing (const char *path, const GStatBuf *info, BitketDbOpenFlags flags, GError **error)
{
  const gboolean is_written = (flags & BITKET_DB_OPEN_READ_ONLY) == 0;
  g_autofree char *why = NULL;

  if (S_ISREG (info->st_mode) && info->st_size > 0 && info->st_size < HEADER_LEN)
    {
      set_open_error (error, path, BITKET_DB_ERROR_NOT_A_DATABASE, "file is not a database");
      return FALSE;
    }
  if (!S_ISDIR (info->st_mode) && g_access (path, is_written ? R_OK | W_OK : R_OK) == 0)
    return TRUE;
  if (!S_ISDIR (info->st_mode) && is_written && g_access (path, R_OK) == 0)
    {
      set_open_error (error, path, BITKET_DB_ERROR_IO, "it may be read but not be written to");
      return FALSE;
    }
  why = explain_failed_open (path, flags, errno);
  set_open_error (error, path, BITKET_DB_ERROR_OPEN, why);
  return FALSE;
}

/* Looks at the file, and makes it when there is none: readable by its owner only before SQLite
 * makes it readable by everybody, as it will hold people's names. The files beside it (-wal, -shm)
 * take over its mode.
 *
 * A file that is there is never opened here: closing it would drop every POSIX lock that other
 * connections of this process hold on it, and another process could then take the log away from
 * under them. */
static gboolean
prepare_file (const char *path, BitketDbOpenFlags flags, GError **error)
{
  g_autofree char *why = NULL;
  GStatBuf info;
  int fd = -1, errsv;

  if (g_stat (path, &info) == 0)
    return check_existing (path, &info, flags, error);
  errsv = errno;
  if (errsv == ENOENT && (flags & (BITKET_DB_OPEN_EXISTING | BITKET_DB_OPEN_READ_ONLY)) == 0)
    {
      fd = g_open (path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
      errsv = errno;
    }
  if (fd >= 0)
    close (fd);
  if (fd >= 0 || errsv == EEXIST)
    return TRUE;
  why = explain_failed_open (path, flags, errsv);
  set_open_error (error, path,
                  errsv == ENOSPC  ? BITKET_DB_ERROR_FULL
                  : errsv == EROFS ? BITKET_DB_ERROR_IO
                                   : BITKET_DB_ERROR_OPEN,
                  why);
  return FALSE;
}

/* Runs each statement of @sql. */
static gboolean
execute_all (BitketDb *db, sqlite3 *handle, const char *sql, GError **error)
{
  while (*sql != '\0')
    {
      sqlite3_stmt *native = NULL;
      const char *statement = sql;
      int result = sqlite3_prepare_v2 (handle, sql, -1, &native, &sql);

      if (result != SQLITE_OK)
        {
          bitket_sqlite_set_sql_error (error, handle, statement);
          return FALSE;
        }
      if (native == NULL)
        continue; /* a comment, or an empty statement */
      if (!bitket_sqlite_check_may_run (db, native, error))
        {
          sqlite3_finalize (native);
          return FALSE;
        }
      while ((result = sqlite3_step (native)) == SQLITE_ROW)
        continue;
      if (result != SQLITE_DONE)
        bitket_sqlite_set_sql_error (error, handle, sqlite3_sql (native));
      sqlite3_finalize (native);
      if (result != SQLITE_DONE)
        return FALSE;
    }
  return TRUE;
}

/* Runs the pragma @sql, which gives one value. Returns: (transfer full) (nullable) */
static char *
query_pragma (sqlite3 *handle, const char *sql)
{
  sqlite3_stmt *native = NULL;
  char *value = NULL;

  if (sqlite3_prepare_v2 (handle, sql, -1, &native, NULL) != SQLITE_OK)
    return NULL;
  if (sqlite3_step (native) == SQLITE_ROW)
    value = g_strdup ((const char *) sqlite3_column_text (native, 0));
  return sqlite3_finalize (native) == SQLITE_OK ? value : (g_free (value), NULL);
}

/* The first touch of the file, which finds out whether it is a database at all. Two processes that
 * turn a fresh file to WAL at the same moment can meet in a way that SQLite calls a deadlock and
 * does not wait out; the loser asks again, and by then there is nothing left to turn. */
static gboolean
set_journal (BitketSqliteDb *self, BitketDbOpenFlags flags, GError **error)
{
  gboolean is_writer = self->path != NULL && (flags & BITKET_DB_OPEN_READ_ONLY) == 0;
  const char *sql = is_writer ? "PRAGMA journal_mode = WAL" : "PRAGMA schema_version";
  gint64 deadline_us = g_get_monotonic_time () + BUSY_TIMEOUT_MS * G_TIME_SPAN_MILLISECOND;
  g_autofree char *mode = query_pragma (self->handle, sql);

  while (mode == NULL && (sqlite3_errcode (self->handle) & 0xff) == SQLITE_BUSY &&
         g_get_monotonic_time () < deadline_us)
    {
      sqlite3_sleep (10);
      mode = query_pragma (self->handle, sql);
    }
  if (mode == NULL)
    {
      bitket_sqlite_set_error (error, self->handle, "read it");
      return FALSE;
    }
  if (is_writer && !g_str_equal (mode, "wal"))
    g_warning ("the file system of “%s” does not allow WAL: writers will block readers",
               self->path);
  return TRUE;
}

static gboolean
set_up_connection (BitketSqliteDb *self, BitketDbOpenFlags flags, GError **error)
{
  const char *synchronous = (flags & BITKET_DB_OPEN_DURABLE) != 0 ? "PRAGMA synchronous = FULL"
                                                                  : "PRAGMA synchronous = NORMAL";

  sqlite3_extended_result_codes (self->handle, 1);
  sqlite3_busy_timeout (self->handle, BUSY_TIMEOUT_MS);
  /* What PostgreSQL does not take for a string is not one here either. */
  sqlite3_db_config (self->handle, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
  sqlite3_db_config (self->handle, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
  sqlite3_create_collation_v2 (self->handle, "C", SQLITE_UTF8, NULL, compare_bytes, NULL);

  return set_journal (self, flags, error) &&
         execute_all (&self->base, self->handle, synchronous, error) &&
         execute_all (&self->base, self->handle,
                      "PRAGMA foreign_keys = ON;"
                      "PRAGMA cache_size = -64000;"
                      "PRAGMA case_sensitive_like = ON;"
                      "PRAGMA trusted_schema = OFF;",
                      error);
}

static void
close_sqlite (BitketDb *db)
{
  BitketSqliteDb *self = (BitketSqliteDb *) db;

  if (sqlite3_close (self->handle) != SQLITE_OK)
    g_critical ("could not close “%s”: %s", self->path, sqlite3_errmsg (self->handle));
  g_free (self->path);
  g_free (self);
}

static gboolean
open_handle (BitketSqliteDb *self, BitketDbOpenFlags flags, GError **error)
{
  int access = (flags & BITKET_DB_OPEN_READ_ONLY) != 0 && self->path != NULL
                   ? SQLITE_OPEN_READONLY
                   : SQLITE_OPEN_READWRITE;
  const char *name = self->path != NULL ? self->path : ":memory:";

  if (sqlite3_open_v2 (name, &self->handle, access | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK)
    return TRUE;
  set_open_error (error, name, BITKET_DB_ERROR_OPEN,
                  self->handle != NULL ? sqlite3_errmsg (self->handle) : "out of memory");
  return FALSE;
}

static BitketDb *
open_sqlite (const char *address, BitketDbOpenFlags flags, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  BitketSqliteDb *self;

  if (*address == '\0')
    {
      g_set_error_literal (error, BITKET_DB_ERROR, BITKET_DB_ERROR_URI,
                           "cannot open the database: no path follows “sqlite:”");
      return NULL;
    }
  self = g_new0 (BitketSqliteDb, 1);
  /* An absolute path never looks like one of SQLite's own "file:" addresses. */
  if (!g_str_equal (address, ":memory:"))
    self->path = g_canonicalize_filename (address, NULL);

  if ((self->path != NULL && !prepare_file (self->path, flags, error)) ||
      !open_handle (self, flags, error))
    {
      close_sqlite (&self->base);
      return NULL;
    }
  if (!set_up_connection (self, flags, &local_error))
    {
      set_open_error (error, self->path, local_error->code, local_error->message);
      close_sqlite (&self->base);
      return NULL;
    }
  return &self->base;
}

/* Also finds out that the file was moved or deleted under a running program: SQLite would go on
 * writing into what nobody can open any more. */
static gboolean
ping_sqlite (BitketDb *db, GError **error)
{
  BitketSqliteDb *self = (BitketSqliteDb *) db;
  g_autofree char *version = NULL;
  int is_moved = 0;

  if (self->path != NULL)
    sqlite3_file_control (self->handle, "main", SQLITE_FCNTL_HAS_MOVED, &is_moved);
  if (is_moved)
    {
      g_set_error (error, BITKET_DB_ERROR, BITKET_DB_ERROR_IO,
                   "the database “%s” was moved or deleted", self->path);
      return FALSE;
    }
  version = query_pragma (self->handle, "PRAGMA schema_version");
  if (version != NULL)
    return TRUE;
  bitket_sqlite_set_error (error, self->handle, "read the database");
  return FALSE;
}

static gboolean
execute_sqlite (BitketDb *db, const char *sql, GError **error)
{
  return execute_all (db, ((BitketSqliteDb *) db)->handle, sql, error);
}

static gboolean
is_in_sqlite_transaction (BitketDb *db)
{
  return !sqlite3_get_autocommit (((BitketSqliteDb *) db)->handle);
}

static gboolean
commit_sqlite (BitketDb *db, GError **error)
{
  BitketSqliteDb *self = (BitketSqliteDb *) db;

  if (sqlite3_exec (self->handle, "COMMIT", NULL, NULL, NULL) == SQLITE_OK)
    return TRUE;
  bitket_sqlite_set_error (error, self->handle, "commit");
  return FALSE;
}

static void
rollback_sqlite (BitketDb *db)
{
  BitketSqliteDb *self = (BitketSqliteDb *) db;

  /* After some errors SQLite has rolled back by itself. */
  if (is_in_sqlite_transaction (db) &&
      sqlite3_exec (self->handle, "ROLLBACK", NULL, NULL, NULL) != SQLITE_OK)
    g_warning ("could not roll back: %s", sqlite3_errmsg (self->handle));
}

const BitketDbDriver bitket_db_sqlite_driver = {
  .dialect = BITKET_DB_DIALECT_SQLITE,
  .begin_read = "BEGIN",
  .begin_write = "BEGIN IMMEDIATE",
  .open = open_sqlite,
  .close = close_sqlite,
  .ping = ping_sqlite,
  .execute = execute_sqlite,
  .commit = commit_sqlite,
  .rollback = rollback_sqlite,
  .is_in_transaction = is_in_sqlite_transaction,
  .backup = bitket_sqlite_backup,
  .prepare = bitket_sqlite_prepare,
  .release = bitket_sqlite_release,
  .clear_bindings = bitket_sqlite_clear_bindings,
  .bind_int64 = bitket_sqlite_bind_int64,
  .bind_text = bitket_sqlite_bind_text,
  .bind_blob = bitket_sqlite_bind_blob,
  .bind_null = bitket_sqlite_bind_null,
  .step = bitket_sqlite_step,
  .reset = bitket_sqlite_reset,
  .get_n_columns = bitket_sqlite_get_n_columns,
  .get_name = bitket_sqlite_get_name,
  .is_null = bitket_sqlite_is_null,
  .get_int64 = bitket_sqlite_get_int64,
  .get_text = bitket_sqlite_get_text,
  .get_blob = bitket_sqlite_get_blob,
};
