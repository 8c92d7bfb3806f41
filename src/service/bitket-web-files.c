/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-web.h"

#include <fcntl.h>
#include <gio/gio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX_LEN (16 * 1024 * 1024)

static const struct
{
  const char *ending;
  const char *content_type;
} types[] = {
  { ".html", "text/html; charset=utf-8" },
  { ".htm", "text/html; charset=utf-8" },
  { ".css", "text/css; charset=utf-8" },
  { ".js", "text/javascript; charset=utf-8" },
  { ".mjs", "text/javascript; charset=utf-8" },
  { ".json", "application/json" },
  { ".map", "application/json" },
  { ".webmanifest", "application/manifest+json" },
  { ".txt", "text/plain; charset=utf-8" },
  { ".xml", "application/xml" },
  { ".svg", "image/svg+xml" },
  { ".png", "image/png" },
  { ".jpg", "image/jpeg" },
  { ".jpeg", "image/jpeg" },
  { ".gif", "image/gif" },
  { ".webp", "image/webp" },
  { ".ico", "image/x-icon" },
  { ".woff", "font/woff" },
  { ".woff2", "font/woff2" },
  { ".ttf", "font/ttf" },
  { ".pdf", "application/pdf" },
  { ".wasm", "application/wasm" },
};

static const char *
find_type (const char *name)
{
  g_autofree char *lower = g_ascii_strdown (name, -1);

  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    if (g_str_has_suffix (lower, types[i].ending))
      return types[i].content_type;
  return "application/octet-stream";
}

/* Returns: (nullable): the names on the way, when each can only be one of a file that is meant to
 * be seen */
static char **
split_path (const char *path)
{
  g_autofree char *plain = g_uri_unescape_string (path, "/");
  g_auto (GStrv) names = NULL;

  if (plain == NULL || plain[0] != '/')
    return NULL;
  names = g_strsplit (plain + 1, "/", 32);
  for (guint i = 0; names[i] != NULL; i++)
    if (names[i][0] == '\0' || names[i][0] == '.' || strchr (names[i], '/') != NULL)
      return NULL;
  return names[0] != NULL ? g_steal_pointer (&names) : NULL;
}

/* From name to name, so that no link is followed wherever it stands. Returns: -1 when there is no
 * such file */
static int
open_below (const char *root, char **names)
{
  int at = open (root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  for (guint i = 0; at >= 0 && names[i] != NULL; i++)
    {
      int flags = names[i + 1] != NULL ? O_DIRECTORY : O_NONBLOCK;
      int next = openat (at, names[i], O_RDONLY | O_NOFOLLOW | O_CLOEXEC | flags);

      close (at);
      at = next;
    }
  return at;
}

static GBytes *
read_regular (int fd)
{
  struct stat status;
  g_autofree char *data = NULL;
  gsize len = 0;

  if (fstat (fd, &status) != 0 || !S_ISREG (status.st_mode) || status.st_size > FILE_MAX_LEN)
    return NULL;
  data = g_malloc ((gsize) status.st_size + 1);
  while (len < (gsize) status.st_size)
    {
      ssize_t n = read (fd, data + len, (gsize) status.st_size - len);

      if (n < 0)
        return NULL;
      if (n == 0)
        break;
      len += (gsize) n;
    }
  return g_bytes_new_take (g_steal_pointer (&data), len);
}

GBytes *
bitket_web_files_read (const char *root, const char *path, const char **content_type)
{
  g_auto (GStrv) names = NULL;
  GBytes *bytes;
  int fd;

  g_return_val_if_fail (root != NULL && path != NULL && content_type != NULL, NULL);

  names = split_path (path);
  if (names == NULL)
    return NULL;
  fd = open_below (root, names);
  if (fd < 0)
    return NULL;
  bytes = read_regular (fd);
  close (fd);
  if (bytes != NULL)
    *content_type = find_type (names[g_strv_length (names) - 1]);
  return bytes;
}

/* Where the head begins; in a page without one, behind its document type. */
static gsize
find_place (const char *page, gsize len)
{
  g_autofree char *lower = g_ascii_strdown (page, (gssize) len);
  const char *at = lower;
  const char *end;

  while ((at = strstr (at, "<head")) != NULL && at[5] != '>' && !g_ascii_isspace (at[5]))
    at += 5;
  if (at == NULL)
    at = strstr (lower, "<!doctype");
  end = at != NULL ? strchr (at, '>') : NULL;
  return end != NULL ? (gsize) (end + 1 - lower) : 0;
}

GBytes *
bitket_web_files_insert (GBytes *page, const char *script)
{
  gsize len;
  const char *data;
  GString *text;
  gsize place;

  g_return_val_if_fail (page != NULL && script != NULL, NULL);

  data = g_bytes_get_data (page, &len);
  place = len > 0 ? find_place (data, len) : 0;
  text = g_string_sized_new (len + strlen (script) + 32);
  g_string_append_len (text, data, (gssize) place);
  g_string_append_printf (text, "<script>%s</script>", script);
  g_string_append_len (text, data + place, (gssize) (len - place));
  return g_string_free_to_bytes (text);
}
