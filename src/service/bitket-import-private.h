/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-dump-private.h"

G_BEGIN_DECLS

/* What the files of the import of records share. */

typedef struct
{
  const BitketSchema *schema;
  const BitketField *field;
  BitketDumpRow row; /* number, line and model only; for the message */
  char *id;          /* (owned) */
  char **targets;    /* (owned) */
} BitketLateLinks;

typedef struct
{
  char *organization; /* (owned) */
  char *user;         /* (owned) */
} BitketAdmin;

typedef struct
{
  BitketDb *db;
  BitketDump *dump;
  BitketImportReport *report;
  GHashTable *known;  /* (owned) schema → set of ids that are there */
  GHashTable *seen;   /* (owned) ids of the file's rows of one schema */
  GHashTable *unions; /* (owned) condition → student union, of the original's subclass rows */
  GHashTable *paid;   /* (owned) transaction's pk as text → GPtrArray of ownerships */
  GHashTable *ledger; /* (owned) the pk of every transaction in the file, as text */
  GPtrArray *late;    /* (owned) (element-type BitketLateLinks) */
  GPtrArray *admins;  /* (owned) (element-type BitketAdmin) */
} BitketImporter;

/** bitket_import_fail: INPUT, with the row in front. Returns: %FALSE */
gboolean bitket_import_fail (const BitketDumpRow *row, GError **error, const char *format, ...)
    G_GNUC_PRINTF (3, 4);
/** bitket_import_peek_string: %NULL unless @node (nullable) is a string */
const char *bitket_import_peek_string (JsonNode *node);
/** bitket_import_dup_pk: a key as text, whether it is one or a number */
char *bitket_import_dup_pk (JsonNode *pk);
/** bitket_import_derive_id: an id made of a text, always the same: as a UUID of version 5 is */
void bitket_import_derive_id (const char *text, char id[BITKET_ID_SIZE]);
gboolean bitket_import_read_id (const BitketSchema *schema,
                                const BitketDumpRow *row,
                                char id[BITKET_ID_SIZE],
                                GError **error);
/** bitket_import_check_target: whether @field may point at @id */
gboolean bitket_import_check_target (BitketImporter *self,
                                     const BitketDumpRow *row,
                                     const BitketField *field,
                                     const char *id,
                                     GError **error);
/** bitket_import_make_record: Returns: (transfer full): what the row says, complete and checked;
 * its links to rows of the same kind are put off */
BitketRecord *bitket_import_make_record (BitketImporter *self,
                                         const BitketSchema *schema,
                                         const BitketDumpRow *row,
                                         const char *id,
                                         GError **error);

G_END_DECLS
