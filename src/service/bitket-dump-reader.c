/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-store"

#include "bitket-dump-private.h"

#include <string.h>

/* A dump of a large installation has hundreds of megabytes as a tree of nodes, so that only one row
 * is ever parsed at a time. The array around them is taken apart here; each row goes through the
 * strict parser. */

typedef struct
{
  gsize offset;
  gsize len;
  guint line;
  guint model; /* index into models */
} RowPlace;

struct _BitketDump
{
  char *text; /* (owned) */
  gsize len;
  GArray *rows;      /* (owned) (element-type RowPlace) */
  GPtrArray *models; /* (owned) (element-type utf8) each once */
};

/* Where the search for rows stands. */
typedef struct
{
  const char *text;
  gsize len;
  gsize at;
  guint line;
} Cursor;

void
bitket_dump_free (BitketDump *dump)
{
  if (dump == NULL)
    return;
  g_free (dump->text);
  g_array_unref (dump->rows);
  g_ptr_array_unref (dump->models);
  g_free (dump);
}

static gboolean
fail_at (const Cursor *cursor, const char *what, GError **error)
{
  g_set_error (error, BITKET_STORE_ERROR, BITKET_STORE_ERROR_INPUT, "line %u: %s", cursor->line,
               what);
  return FALSE;
}

static char
skip_blanks (Cursor *cursor)
{
  while (cursor->at < cursor->len)
    {
      char c = cursor->text[cursor->at];

      if (c != ' ' && c != '\t' && c != '\n' && c != '\r')
        return c;
      if (c == '\n')
        cursor->line++;
      cursor->at++;
    }
  return '\0';
}

/* Steps over the string whose quote the cursor stands on. */
static void
skip_string (Cursor *cursor)
{
  for (cursor->at++; cursor->at < cursor->len; cursor->at++)
    {
      char c = cursor->text[cursor->at];

      if (c == '"')
        return;
      if (c == '\\')
        cursor->at++;
      else if (c == '\n')
        cursor->line++;
    }
}

/* Steps behind the object that the cursor stands on; %FALSE when the text ends inside. */
static gboolean
skip_object (Cursor *cursor)
{
  guint depth = 0;

  for (; cursor->at < cursor->len; cursor->at++)
    {
      char c = cursor->text[cursor->at];

      if (c == '"')
        skip_string (cursor);
      else if (c == '\n')
        cursor->line++;
      else if (c == '{')
        depth++;
      else if (c == '}' && --depth == 0)
        {
          cursor->at++;
          return TRUE;
        }
    }
  return FALSE;
}

static guint
find_model (BitketDump *dump, const char *model)
{
  for (guint i = 0; i < dump->models->len; i++)
    if (strcmp (dump->models->pdata[i], model) == 0)
      return i;
  g_ptr_array_add (dump->models, g_strdup (model));
  return dump->models->len - 1;
}

static gboolean
parse_row (BitketDump *dump,
           const RowPlace *place,
           guint number,
           BitketDumpRow *row,
           GError **error)
{
  g_auto (BitketJsonReader) reader = { NULL };
  g_auto (BitketJsonReader) fields = { NULL };
  g_autoptr (GError) local_error = NULL;
  JsonNode *document =
      bitket_json_parse (dump->text + place->offset, (gssize) place->len, &local_error);

  if (document == NULL || !bitket_json_reader_init (&reader, document, NULL, &local_error) ||
      !bitket_json_read_string (&reader, "model", &row->model, &local_error) ||
      !bitket_json_read_object (&reader, "fields", &fields, &local_error))
    {
      g_set_error (error, BITKET_STORE_ERROR, BITKET_STORE_ERROR_INPUT, "row %u (line %u): %s",
                   number, place->line, local_error->message);
      g_clear_pointer (&document, json_node_unref);
      return FALSE;
    }
  row->number = number;
  row->line = place->line;
  row->pk = json_object_get_member (reader.object, "pk");
  row->fields = fields.object;
  row->document = document;
  return TRUE;
}

static gboolean
add_row (BitketDump *dump, Cursor *cursor, GError **error)
{
  RowPlace place = { .offset = cursor->at, .line = cursor->line };
  g_auto (BitketDumpRow) row = { 0 };

  if (cursor->text[cursor->at] != '{')
    return fail_at (cursor, "expected a row, {\"model\": …}", error);
  if (!skip_object (cursor))
    return fail_at (cursor, "the file ends in the middle of a row", error);
  place.len = cursor->at - place.offset;
  if (!parse_row (dump, &place, dump->rows->len + 1, &row, error))
    return FALSE;
  place.model = find_model (dump, row.model);
  g_array_append_val (dump->rows, place);
  return TRUE;
}

static gboolean
find_rows (BitketDump *dump, GError **error)
{
  Cursor cursor = { dump->text, dump->len, 0, 1 };

  if (skip_blanks (&cursor) != '[')
    return fail_at (&cursor, "this is no dump: it must begin with \"[\"", error);
  cursor.at++;
  if (skip_blanks (&cursor) == ']')
    cursor.at++;
  else
    while (TRUE)
      {
        char c = skip_blanks (&cursor);

        if (cursor.at >= cursor.len)
          return fail_at (&cursor, "the file ends before the \"]\" of the array", error);
        if (!add_row (dump, &cursor, error))
          return FALSE;
        c = skip_blanks (&cursor);
        if (cursor.at >= cursor.len)
          return fail_at (&cursor, "the file ends before the \"]\" of the array", error);
        if (c != ',' && c != ']')
          return fail_at (&cursor, "expected \",\" or \"]\" after a row", error);
        cursor.at++;
        if (c == ']')
          break;
      }
  skip_blanks (&cursor);
  return cursor.at == cursor.len ||
         fail_at (&cursor, "something follows the \"]\" of the array", error);
}

BitketDump *
bitket_dump_load (const char *path, GError **error)
{
  g_autoptr (BitketDump) dump = g_new0 (BitketDump, 1);

  g_return_val_if_fail (path != NULL, NULL);

  dump->rows = g_array_new (FALSE, FALSE, sizeof (RowPlace));
  dump->models = g_ptr_array_new_with_free_func (g_free);
  if (!g_file_get_contents (path, &dump->text, &dump->len, error))
    return NULL;
  if (!find_rows (dump, error))
    {
      g_prefix_error (error, "cannot import “%s”: ", path);
      return NULL;
    }
  return g_steal_pointer (&dump);
}

guint
bitket_dump_get_n_rows (BitketDump *dump)
{
  return dump->rows->len;
}

const char *
bitket_dump_get_model (BitketDump *dump, guint index)
{
  return dump->models->pdata[g_array_index (dump->rows, RowPlace, index).model];
}

gboolean
bitket_dump_read_row (BitketDump *dump, guint index, BitketDumpRow *row, GError **error)
{
  return parse_row (dump, &g_array_index (dump->rows, RowPlace, index), index + 1, row, error);
}

void
bitket_dump_row_clear (BitketDumpRow *row)
{
  g_clear_pointer (&row->document, json_node_unref);
}

/* The key of a token is the token: it has no business in a message. */
void
bitket_dump_row_prefix (const BitketDumpRow *row, GError **error)
{
  gboolean is_secret = strcmp (row->model, "authtoken.token") == 0;
  g_autofree char *pk = row->pk != NULL && !is_secret ? bitket_json_to_string (row->pk) : NULL;

  g_prefix_error (error, "row %u (line %u, %s%s%s): ", row->number, row->line, row->model,
                  pk != NULL ? " " : "", pk != NULL ? pk : "");
}

gboolean
bitket_dump_row_fail (const BitketDumpRow *row, GError *cause, GError **error)
{
  gboolean is_ours = cause->domain != BITKET_DB_ERROR || cause->code == BITKET_DB_ERROR_UNIQUE ||
                     cause->code == BITKET_DB_ERROR_CONSTRAINT;

  if (is_ours)
    g_set_error_literal (error, BITKET_STORE_ERROR, BITKET_STORE_ERROR_INPUT, cause->message);
  else
    g_set_error_literal (error, cause->domain, cause->code, cause->message);
  g_error_free (cause);
  bitket_dump_row_prefix (row, error);
  return FALSE;
}
