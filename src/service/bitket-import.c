/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-store"

#include "bitket-dump-private.h"

#include "bitket-store-private.h"

#include <string.h>

static void
count_free (gpointer data)
{
  BitketImportCount *count = data;

  g_free (count->model);
  g_free (count);
}

void
bitket_import_report_free (BitketImportReport *report)
{
  if (report == NULL)
    return;
  g_ptr_array_unref (report->counts);
  g_ptr_array_unref (report->skipped);
  g_ptr_array_unref (report->notes);
  g_free (report);
}

static BitketImportReport *
report_new (void)
{
  BitketImportReport *report = g_new0 (BitketImportReport, 1);

  report->counts = g_ptr_array_new_with_free_func (count_free);
  report->skipped = g_ptr_array_new_with_free_func (count_free);
  report->notes = g_ptr_array_new_with_free_func (g_free);
  return report;
}

BitketImportCount *
bitket_import_report_count (GPtrArray *counts, const char *model)
{
  BitketImportCount *count;

  for (guint i = 0; i < counts->len; i++)
    if (strcmp (((BitketImportCount *) counts->pdata[i])->model, model) == 0)
      return counts->pdata[i];
  count = g_new0 (BitketImportCount, 1);
  count->model = g_strdup (model);
  g_ptr_array_add (counts, count);
  return count;
}

/* The same note once is enough. */
void
bitket_import_report_note (BitketImportReport *report, const char *format, ...)
{
  va_list arguments;
  char *note;

  va_start (arguments, format);
  note = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  if (g_ptr_array_find_with_equal_func (report->notes, note, g_str_equal, NULL))
    g_free (note);
  else
    g_ptr_array_add (report->notes, note);
}

static gboolean
is_known (const char *model)
{
  guint n_schemas, n_tables;
  const BitketSchema *const *schemas = bitket_schemas_get (&n_schemas);
  const BitketDumpTable *tables = bitket_dump_tables (&n_tables);

  for (guint i = 0; i < n_schemas; i++)
    if (strcmp (bitket_dump_model (schemas[i]), model) == 0)
      return TRUE;
  for (guint i = 0; i < n_tables; i++)
    if (strcmp (tables[i].model, model) == 0)
      return TRUE;
  return strcmp (model, BITKET_DUMP_UNION_CONDITION) == 0;
}

static void
count_skipped (BitketDump *dump, BitketImportReport *report)
{
  for (guint i = 0; i < bitket_dump_get_n_rows (dump); i++)
    {
      const char *model = bitket_dump_get_model (dump, i);

      if (!is_known (model))
        bitket_import_report_count (report->skipped, model)->n_read++;
    }
}

/* The original takes the ownership with the latest time for the ticket's current one. Whatever came
 * with its own word on that agrees with it, so this touches the original's rows only. */
#define SUPERSEDE                                                                                  \
  "UPDATE ticket_ownerships SET superseded = (SELECT min (n.created) FROM ticket_ownerships n"     \
  " WHERE n.ticket = ticket_ownerships.ticket AND (n.created > ticket_ownerships.created OR"       \
  " (n.created = ticket_ownerships.created AND n.id > ticket_ownerships.id)))"                     \
  " WHERE superseded IS NULL AND EXISTS (SELECT 1 FROM ticket_ownerships n"                        \
  " WHERE n.ticket = ticket_ownerships.ticket AND (n.created > ticket_ownerships.created OR"       \
  " (n.created = ticket_ownerships.created AND n.id > ticket_ownerships.id)))"

BitketImportReport *
bitket_import_file (BitketDb *db, const char *path, GError **error)
{
  g_autoptr (BitketDump) dump = NULL;
  g_autoptr (BitketImportReport) report = NULL;

  g_return_val_if_fail (db != NULL && path != NULL, NULL);

  dump = bitket_dump_load (path, error);
  if (dump == NULL)
    return NULL;
  report = report_new ();
  count_skipped (dump, report);
  if (!bitket_import_records (db, dump, report, error) ||
      !bitket_import_tables (db, dump, report, error))
    {
      g_prefix_error (error, "cannot import “%s”: ", path);
      return NULL;
    }
  if (!bitket_db_execute (db, SUPERSEDE, error) || !bitket_store_touch_new (db, error))
    {
      g_prefix_error (error, "could not import “%s”: ", path);
      return NULL;
    }
  return g_steal_pointer (&report);
}
