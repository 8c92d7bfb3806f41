/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitketd"

#include "bitketd-commands.h"

#include "bitket-dump.h"
#include "bitket-secret.h"

#include <stdio.h>

/* "import" and "export". */

typedef struct
{
  const char *file;
  const char *secret_key;     /* (nullable) */
  BitketImportReport *report; /* (owned) (nullable) */
} ImportJob;

static gboolean
import_dump (BitketDb *db, gpointer data, GError **error)
{
  ImportJob *job = data;

  /* First, so that a key inside the file does not go before the one that was given. */
  if (job->secret_key != NULL && !bitket_store_set_secret_key (db, job->secret_key, error))
    return FALSE;
  job->report = bitket_import_file (db, job->file, error);
  return job->report != NULL;
}

static void
print_report (const BitketImportReport *report)
{
  guint n_added = 0, n_existing = 0;

  g_print ("%-34s %8s %8s %8s\n", "", "read", "added", "there");
  for (guint i = 0; i < report->counts->len; i++)
    {
      const BitketImportCount *count = report->counts->pdata[i];

      g_print ("%-34s %8u %8u %8u\n", count->model, count->n_read, count->n_added,
               count->n_existing);
      n_added += count->n_added;
      n_existing += count->n_existing;
    }
  for (guint i = 0; i < report->skipped->len; i++)
    {
      const BitketImportCount *count = report->skipped->pdata[i];

      g_print ("skipped %u of %s\n", count->n_read, count->model);
    }
  for (guint i = 0; i < report->notes->len; i++)
    fprintf (stderr, "bitketd: %s\n", (char *) report->notes->pdata[i]);
  g_print ("%u rows added, %u were there already\n", n_added, n_existing);
}

int
bitketd_import (int argc, char **argv)
{
  g_autofree char *database = NULL;
  g_autofree char *secret_key_file = NULL;
  const GOptionEntry entries[] = {
    { "database", 0, 0, G_OPTION_ARG_STRING, &database, "Where everything is kept", "URI" },
    { "secret-key-file", 0, 0, G_OPTION_ARG_FILENAME, &secret_key_file,
      "A file of mode 0600 with the other installation's SECRET_KEY", "FILE" },
    { NULL },
  };
  g_auto (GStrv) arguments = NULL;
  g_autoptr (BitketDb) db = NULL;
  g_autoptr (BitketSecretString) secret_key = NULL;
  g_autoptr (BitketImportReport) report = NULL;
  g_autoptr (GError) error = NULL;
  ImportJob job = { NULL };

  if (!bitketd_parse (
          argc, argv, "FILE",
          "Reads what \"manage.py dumpdata\" of the original or \"bitketd export\" wrote: all of it"
          " or, on an\nerror, nothing. With the same SECRET_KEY (--secret-key-file, or"
          " BITKET_SECRET_KEY in the\nenvironment) the links that were sent out go on working; it is"
          " kept in the database.",
          entries, 1, &arguments))
    return BITKETD_EXIT_USAGE;
  secret_key = bitketd_dup_given_secret_key (secret_key_file, &error);
  if (error != NULL)
    return bitketd_fail (error);
  db = bitketd_open (database, BITKET_DB_OPEN_DEFAULT, &error);
  if (db == NULL)
    return bitketd_fail (error);
  job.file = arguments[0];
  job.secret_key = secret_key;
  if (!bitketd_write (db, import_dump, &job, &error))
    {
      bitket_import_report_free (job.report);
      return bitketd_fail (error);
    }
  report = job.report;
  print_report (report);
  return BITKETD_EXIT_OK;
}

static gboolean
export_dump (BitketDb *db, const char *file, guint *n_rows, GError **error)
{
  gboolean success;

  if (!bitket_db_begin (db, BITKET_DB_TRANSACTION_READ, error))
    return FALSE;
  success = bitket_export_file (db, file, n_rows, error);
  bitket_db_rollback (db);
  return success;
}

int
bitketd_export (int argc, char **argv)
{
  g_autofree char *database = NULL;
  const GOptionEntry entries[] = {
    { "database", 0, 0, G_OPTION_ARG_STRING, &database, "Where everything is kept", "URI" },
    { NULL },
  };
  g_auto (GStrv) arguments = NULL;
  g_autoptr (BitketDb) db = NULL;
  g_autoptr (GError) error = NULL;
  const char *file;
  guint n_rows = 0;

  if (!bitketd_parse (
          argc, argv, "[FILE]",
          "Writes everything, to FILE or the standard output, as JSON that \"bitketd import\" reads, keys, tokens and"
          " password hashes too:\nkeep it as a secret.",
          entries, 1, &arguments))
    return BITKETD_EXIT_USAGE;
  file = arguments[0];
  db = bitketd_open (database, BITKET_DB_OPEN_EXISTING, &error);
  if (db == NULL || !export_dump (db, file, &n_rows, &error))
    return bitketd_fail (error);
  if (file != NULL)
    g_print ("%u rows\n", n_rows);
  return BITKETD_EXIT_OK;
}
