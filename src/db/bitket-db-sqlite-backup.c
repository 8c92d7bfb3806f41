/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-db"

#include "bitket-db-sqlite-private.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

static void
set_errno_error (GError **error, const char *path, int errsv)
{
  g_set_error (error, BITKET_DB_ERROR,
               errsv == ENOSPC || errsv == EDQUOT ? BITKET_DB_ERROR_FULL : BITKET_DB_ERROR_IO,
               "could not write the backup “%s”: %s", path, g_strerror (errsv));
}

static gboolean
is_same_file (const char *a, const char *b)
{
  struct stat a_info, b_info;

  return g_stat (a, &a_info) == 0 && g_stat (b, &b_info) == 0 && a_info.st_dev == b_info.st_dev &&
         a_info.st_ino == b_info.st_ino;
}

/* Makes the empty file that the copy goes into. Returns: (transfer full) (nullable): its name */
static char *
create_part (const char *path, GError **error)
{
  g_autofree char *part = g_strconcat (path, ".XXXXXX", NULL);
  int fd = g_mkstemp_full (part, O_RDWR | O_CLOEXEC, 0600);

  if (fd < 0)
    {
      set_errno_error (error, path, errno);
      return NULL;
    }
  close (fd);
  return g_steal_pointer (&part);
}

/* Copies all pages in one go: that is one read transaction, which in WAL mode keeps no writer
 * waiting, where copying in portions would begin anew with every write of somebody else. */
static int
copy_pages (sqlite3 *source, sqlite3 *target)
{
  sqlite3_backup *backup = sqlite3_backup_init (target, "main", source, "main");

  if (backup == NULL)
    return sqlite3_errcode (target);
  sqlite3_backup_step (backup, -1);
  return sqlite3_backup_finish (backup);
}

static gboolean
copy_into (sqlite3 *source, const char *part, const char *path, GError **error)
{
  sqlite3 *target = NULL;
  int result = sqlite3_open_v2 (part, &target, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);

  if (result == SQLITE_OK)
    result = copy_pages (source, target);
  /* One file that can be carried away and read anywhere, without a log beside it. */
  if (result == SQLITE_OK)
    result = sqlite3_exec (target, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
  if (result != SQLITE_OK)
    g_set_error (error, BITKET_DB_ERROR, (int) bitket_sqlite_get_code (result),
                 "could not write the backup “%s”: %s", path, sqlite3_errstr (result));
  sqlite3_close (target);
  return result == SQLITE_OK;
}

static gboolean
sync_path (const char *path, int flags)
{
  int fd = g_open (path, flags | O_CLOEXEC, 0);
  gboolean is_done = fd >= 0 && fsync (fd) == 0;
  int errsv = errno;

  if (fd >= 0)
    close (fd);
  errno = errsv;
  return is_done;
}

/* Brings the whole copy to the disk and under its name. */
static gboolean
put_in_place (const char *part, const char *path, GError **error)
{
  g_autofree char *directory = g_path_get_dirname (path);

  if (sync_path (part, O_RDONLY) && g_rename (part, path) == 0 &&
      sync_path (directory, O_RDONLY | O_DIRECTORY))
    return TRUE;
  set_errno_error (error, path, errno);
  return FALSE;
}

gboolean
bitket_sqlite_backup (BitketDb *db, const char *path, GError **error)
{
  BitketSqliteDb *self = (BitketSqliteDb *) db;
  g_autofree char *target = g_canonicalize_filename (path, NULL);
  g_autofree char *part = NULL;

  if (self->path != NULL && is_same_file (self->path, target))
    {
      g_set_error (error, BITKET_DB_ERROR, BITKET_DB_ERROR_FAILED,
                   "cannot write the backup “%s”: that is the database itself", path);
      return FALSE;
    }
  part = create_part (target, error);
  if (part == NULL)
    return FALSE;
  if (copy_into (self->handle, part, target, error) && put_in_place (part, target, error))
    return TRUE;
  g_unlink (part);
  return FALSE;
}
