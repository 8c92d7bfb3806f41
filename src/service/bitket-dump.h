/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-store.h"

G_BEGIN_DECLS

/* A whole installation as one JSON document: what the original's "manage.py dumpdata" writes, an
 * array of {"model", "pk", "fields"} in any order. What the original has not, stands in further
 * fields and in models of our own ("bitketd.membership", …). What is exported and imported again is
 * the same. Holds everything, secrets too. */

typedef struct
{
  char *model; /* (owned) */
  guint n_read;
  guint n_added;
  guint n_existing; /* were there already, and stay as they are */
} BitketImportCount;

typedef struct
{
  GPtrArray *counts;  /* (owned) (element-type BitketImportCount) of what is kept */
  GPtrArray *skipped; /* (owned) (element-type BitketImportCount) of what means nothing here */
  GPtrArray *notes;   /* (owned) (element-type utf8) what somebody should look at */
} BitketImportReport;

void bitket_import_report_free (BitketImportReport *report);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BitketImportReport, bitket_import_report_free)

/**
 * bitket_import_file:
 *
 * Expects an open WRITE transaction, to be rolled back on an error. INPUT errors name the row, its
 * line and the field. Rows whose key is there already are left as they are, so that importing a
 * file again changes nothing.
 *
 * Returns: (transfer full)
 */
BitketImportReport *bitket_import_file (BitketDb *db, const char *path, GError **error);

/**
 * bitket_export_file:
 * @path: (nullable): written anew with mode 0600 through a temporary file; %NULL: standard output
 *
 * Expects an open transaction (READ sees one state). @n_rows: (out) (optional)
 */
gboolean bitket_export_file (BitketDb *db, const char *path, guint *n_rows, GError **error);

G_END_DECLS
