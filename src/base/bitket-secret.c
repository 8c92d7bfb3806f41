/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-base"

#include "bitket-secret.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

/* Far above any key or password; a bigger file is not a secret but a mistake in a setting. */
#define MAX_SECRET_LEN ((gsize) 64 * 1024)

static void
set_errno_error (GError **error, const char *what, const char *file, int errsv)
{
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errsv), "could not %s “%s”: %s", what,
               file, g_strerror (errsv));
}

/* Where systemd puts the credentials of a service; nobody else can write there. */
static const char *
get_credentials_dir (void)
{
  const char *dir = g_getenv ("CREDENTIALS_DIRECTORY");

  return dir != NULL && g_path_is_absolute (dir) ? dir : NULL;
}

/* Returns: (transfer full): the credential of that name if there is one, otherwise @file itself */
static char *
find_file (const char *file)
{
  const char *dir = get_credentials_dir ();
  g_autofree char *credential = NULL;

  if (dir == NULL || strchr (file, G_DIR_SEPARATOR) != NULL)
    return g_strdup (file);
  credential = g_build_filename (dir, file, NULL);
  return g_file_test (credential, G_FILE_TEST_EXISTS) ? g_steal_pointer (&credential)
                                                      : g_strdup (file);
}

/* A credential is root's, and the service reads it through an access control list: the list's mask
 * then stands where the group's bits are, and the group has no right of its own. */
static gboolean
is_credential (const struct stat *info, const char *file)
{
  g_autofree char *dir = g_path_get_dirname (file);

  return g_strcmp0 (dir, get_credentials_dir ()) == 0 &&
         (info->st_uid == 0 || info->st_uid == geteuid ()) &&
         (info->st_mode & 07777) == (S_IRUSR | S_IRGRP);
}

/* Looks at what was opened rather than at the path, so that nothing can be swapped in between. */
static gboolean
check_owner_only (int fd, const char *file, GError **error)
{
  struct stat info;

  if (fstat (fd, &info) != 0)
    {
      set_errno_error (error, "look at the secret file", file, errno);
      return FALSE;
    }
  if (!S_ISREG (info.st_mode))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE,
                   "cannot take a secret from “%s”: it is not a regular file", file);
      return FALSE;
    }
  if ((info.st_mode & 07777 & ~S_IWUSR) != S_IRUSR && !is_credential (&info, file))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                   "refused to read a secret from “%s”: its mode is %04o, it must be 0600 or 0400",
                   file, (guint) (info.st_mode & 07777));
      return FALSE;
    }
  return TRUE;
}

/* Fills @buffer up to @size. Returns the bytes read, or -1 with errno. */
static gssize
read_fully (int fd, char *buffer, gsize size)
{
  gsize len = 0;

  while (len < size)
    {
      gssize n = read (fd, buffer + len, size - len);

      if (n == 0)
        break;
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return -1;
      len += (gsize) n;
    }
  return (gssize) len;
}

static gsize
cut_newline (const char *text, gsize len)
{
  if (len > 0 && text[len - 1] == '\n')
    len--;
  else
    return len;
  if (len > 0 && text[len - 1] == '\r')
    len--;
  return len;
}

/* Takes the first @len bytes of @buffer as the secret, if they can be one. */
static char *
check_content (const char *buffer, gsize len, const char *file, GError **error)
{
  const char *why = NULL;
  gsize text_len = cut_newline (buffer, len);
  char *secret;

  if (len > MAX_SECRET_LEN)
    why = "it is too long";
  else if (text_len == 0)
    why = "it is empty";
  else if (memchr (buffer, '\0', text_len) != NULL)
    why = "it is not text";
  if (why != NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "cannot take a secret from “%s”: %s",
                   file, why);
      return NULL;
    }
  secret = g_malloc (text_len + 1);
  memcpy (secret, buffer, text_len);
  secret[text_len] = '\0';
  return secret;
}

static char *
load_from_file (const char *file, GError **error)
{
  g_autofree char *buffer = NULL;
  char *secret = NULL;
  gssize len;
  int fd = g_open (file, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0);

  if (fd < 0)
    {
      set_errno_error (error, "open the secret file", file, errno);
      return NULL;
    }
  if (!check_owner_only (fd, file, error))
    {
      close (fd);
      return NULL;
    }

  buffer = g_malloc (MAX_SECRET_LEN + 1);
  len = read_fully (fd, buffer, MAX_SECRET_LEN + 1);
  if (len < 0)
    set_errno_error (error, "read the secret file", file, errno);
  else
    secret = check_content (buffer, (gsize) len, file, error);
  bitket_secret_wipe (buffer, MAX_SECRET_LEN + 1);
  close (fd);
  return secret;
}

static char *
take_from_environment (const char *variable)
{
  /* The environment is this process's own memory, shown to others in /proc/PID/environ: unsetting
   * only hides the value, so it is wiped where it stands. */
  char *value = (char *) g_getenv (variable);
  char *secret;

  if (value == NULL)
    return NULL;
  secret = *value != '\0' ? g_strdup (value) : NULL;
  bitket_secret_wipe (value, strlen (value));
  g_unsetenv (variable);
  return secret;
}

/* An empty variable counts as none: that is what a cleared setting looks like. An empty file is an
 * error. Not for programs that already run several threads when @variable is used. */
char *
bitket_secret_load (const char *file, const char *variable, GError **error)
{
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  if (file != NULL)
    {
      g_autofree char *found = find_file (file);

      return load_from_file (found, error);
    }
  if (variable != NULL)
    return take_from_environment (variable);
  return NULL;
}

/* A rename is only on the disk once its directory is. */
static gboolean
sync_directory_of (const char *file, GError **error)
{
  g_autofree char *directory = g_path_get_dirname (file);
  int fd = g_open (directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  gboolean is_done = fd >= 0 && fsync (fd) == 0;

  if (!is_done)
    set_errno_error (error, "write to the disk the directory", directory, errno);
  if (fd >= 0)
    close (fd);
  return is_done;
}

gboolean
bitket_secret_store (const char *file, const char *secret, GError **error)
{
  g_autoptr (GError) local_error = NULL;

  g_return_val_if_fail (file != NULL, FALSE);
  g_return_val_if_fail (secret != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  /* GLib 2.84 gives the new file the mode of the one that it replaces: an open one is closed first.
   * That there is none yet is the usual case. */
  if (g_chmod (file, 0600) < 0 && errno != ENOENT)
    {
      int saved_errno = errno;

      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved_errno),
                   "could not close the secret file “%s” to others: %s", file,
                   g_strerror (saved_errno));
      return FALSE;
    }
  if (!g_file_set_contents_full (file, secret, -1,
                                 G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600,
                                 &local_error))
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_file_error (local_error->code),
                   "could not write the secret file “%s”: %s", file, local_error->message);
      return FALSE;
    }
  return sync_directory_of (file, error);
}

void
bitket_secret_wipe (gpointer data, gsize len)
{
  if (data != NULL && len > 0)
    explicit_bzero (data, len);
}

void
bitket_secret_free (char *secret)
{
  if (secret == NULL)
    return;
  bitket_secret_wipe (secret, strlen (secret));
  g_free (secret);
}
