/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-core"

#include "bitket-csv.h"

#include <string.h>

#include "bitket-core-error.h"

/* Where the marks of UTF-16 stand for themselves, they are what tells it from other encodings. */
static char *
decode_utf16 (const guint8 *data, gsize len, gboolean is_big, GError **error)
{
  g_autofree gunichar2 *units = g_new (gunichar2, len / 2 + 1);
  g_autofree char *text = NULL;
  glong n_read = 0;

  for (gsize i = 0; i + 1 < len; i += 2)
    units[i / 2] = (gunichar2) (is_big ? data[i] << 8 | data[i + 1] : data[i + 1] << 8 | data[i]);
  text = g_utf16_to_utf8 (units, (glong) (len / 2), &n_read, NULL, NULL);
  if (text != NULL && len % 2 == 0 && n_read == (glong) (len / 2))
    return g_steal_pointer (&text);
  g_set_error_literal (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_SYNTAX,
                       "The file begins as UTF-16 and is none.");
  return NULL;
}

char *
bitket_csv_decode (gconstpointer data, gsize len, GError **error)
{
  const guint8 *bytes = data;

  g_return_val_if_fail (data != NULL || len == 0, NULL);

  if (len >= 2 &&
      ((bytes[0] == 0xff && bytes[1] == 0xfe) || (bytes[0] == 0xfe && bytes[1] == 0xff)))
    return decode_utf16 (bytes + 2, len - 2, bytes[0] == 0xfe, error);
  if (len >= 3 && memcmp (bytes, "\xef\xbb\xbf", 3) == 0)
    {
      bytes += 3;
      len -= 3;
    }
  if (len == 0)
    return g_strdup ("");
  if (g_utf8_validate_len ((const char *) bytes, len, NULL))
    return g_strndup ((const char *) bytes, len);
  g_set_error_literal (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_SYNTAX,
                       "The file is not UTF-8. Save it as “CSV UTF-8” or as “Unicode text”.");
  return NULL;
}

char
bitket_csv_guess_delimiter (const char *text)
{
  static const char delimiters[] = "\t;,";
  guint counts[sizeof delimiters] = { 0 };
  gboolean is_quoted = FALSE;
  gsize best = strlen (",;");

  g_return_val_if_fail (text != NULL, ',');

  for (const char *p = text; *p != '\0' && (is_quoted || (*p != '\n' && *p != '\r')); p++)
    {
      const char *found = strchr (delimiters, *p);

      if (*p == '"')
        is_quoted = !is_quoted;
      else if (!is_quoted && found != NULL)
        counts[found - delimiters]++;
    }
  for (gsize i = 0; i < strlen (delimiters); i++)
    if (counts[i] > counts[best])
      best = i;
  return delimiters[best];
}

/* Where the parser stands. */
typedef struct
{
  const char *p;
  char delimiter;
  GPtrArray *rows;  /* (owned) (element-type GStrv) */
  GPtrArray *cells; /* (owned) (element-type utf8) of the row under way */
} Parser;

static gboolean
is_end (const Parser *self)
{
  return *self->p == '\0' || *self->p == '\n' || *self->p == '\r' || *self->p == self->delimiter;
}

static gboolean
fail (const Parser *self, const char *what, GError **error)
{
  g_set_error (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_SYNTAX, "Row %u, column %u: %s",
               self->rows->len + 1, self->cells->len + 1, what);
  return FALSE;
}

static gboolean
read_quoted (Parser *self, GString *cell, GError **error)
{
  for (self->p++; *self->p != '\0'; self->p++)
    {
      if (*self->p != '"')
        {
          g_string_append_c (cell, *self->p);
          continue;
        }
      self->p++;
      if (*self->p != '"')
        return is_end (self) ? TRUE : fail (self, "something stands behind the quotes.", error);
      g_string_append_c (cell, '"');
    }
  return fail (self, "the quotes are not closed.", error);
}

static gboolean
read_cell (Parser *self, GError **error)
{
  g_autoptr (GString) cell = g_string_new (NULL);

  if (*self->p == '"')
    {
      if (!read_quoted (self, cell, error))
        return FALSE;
    }
  else
    {
      for (; !is_end (self); self->p++)
        g_string_append_c (cell, *self->p);
    }
  g_ptr_array_add (self->cells, g_strdup (cell->str));
  return TRUE;
}

static void
end_row (Parser *self)
{
  g_ptr_array_add (self->cells, NULL);
  g_ptr_array_add (self->rows, g_ptr_array_free (self->cells, FALSE));
  self->cells = g_ptr_array_new_with_free_func (g_free);
  if (self->p[0] == '\r' && self->p[1] == '\n')
    self->p++;
  if (*self->p != '\0')
    self->p++;
}

static gboolean
read_rows (Parser *self, guint max_rows, GError **error)
{
  while (*self->p != '\0' || self->cells->len > 0)
    {
      if (self->rows->len == max_rows)
        {
          g_set_error (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_LIMIT,
                       "The file has more than %u rows.", max_rows);
          return FALSE;
        }
      if (!read_cell (self, error))
        return FALSE;
      if (*self->p == self->delimiter && *self->p != '\0')
        {
          self->p++;
          /* A delimiter at the very end: one more cell, empty. */
          if (*self->p == '\0')
            g_ptr_array_add (self->cells, g_strdup (""));
          else
            continue;
        }
      end_row (self);
    }
  return TRUE;
}

GPtrArray *
bitket_csv_parse (const char *text, char delimiter, guint max_rows, GError **error)
{
  Parser parser = { .p = text, .delimiter = delimiter };
  gboolean success;

  g_return_val_if_fail (text != NULL, NULL);
  g_return_val_if_fail (delimiter == ',' || delimiter == ';' || delimiter == '\t', NULL);

  parser.rows = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
  parser.cells = g_ptr_array_new_with_free_func (g_free);
  success = read_rows (&parser, max_rows, error);
  g_ptr_array_unref (parser.cells);
  if (success)
    return parser.rows;
  g_ptr_array_unref (parser.rows);
  return NULL;
}
