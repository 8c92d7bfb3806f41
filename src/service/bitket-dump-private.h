/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-dump.h"
#include "bitket-json-reader.h"

G_BEGIN_DECLS

/* A dump in memory: its text, and where each row stands. */
typedef struct _BitketDump BitketDump;

typedef struct
{
  guint number;       /* from 1 */
  guint line;         /* where it begins */
  const char *model;  /* (unowned) */
  JsonNode *pk;       /* (unowned) of document */
  JsonObject *fields; /* (unowned) of document */
  JsonNode *document; /* (owned) */
} BitketDumpRow;

/** bitket_dump_load: reads @path and checks the syntax of all of it. INPUT when it is no dump. */
BitketDump *bitket_dump_load (const char *path, GError **error);
void bitket_dump_free (BitketDump *dump);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BitketDump, bitket_dump_free)
guint bitket_dump_get_n_rows (BitketDump *dump);
const char *bitket_dump_get_model (BitketDump *dump, guint index);
gboolean bitket_dump_read_row (BitketDump *dump, guint index, BitketDumpRow *row, GError **error);
void bitket_dump_row_clear (BitketDumpRow *row);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BitketDumpRow, bitket_dump_row_clear)
/** bitket_dump_row_prefix: puts "row 3 (line 21, bitket.event …): " in front of *@error */
void bitket_dump_row_prefix (const BitketDumpRow *row, GError **error);

/** bitket_dump_row_fail: hands on @cause (transfer full) with that prefix; what is the file's fault
 * (a value that does not fit, a key that is taken or missing) becomes INPUT. Returns: %FALSE */
gboolean bitket_dump_row_fail (const BitketDumpRow *row, GError *cause, GError **error);

/* Tables that are no resource, told column by column. The first column is the key, or the first two
 * are; a key of one column is the row's pk. */
typedef enum
{
  BITKET_DUMP_KIND_NONE,
  BITKET_DUMP_KIND_TEXT,
  BITKET_DUMP_KIND_NUMBER,
  BITKET_DUMP_KIND_BOOLEAN,
  BITKET_DUMP_KIND_TIME,
  BITKET_DUMP_KIND_BYTES, /* hex */
} BitketDumpKind;

#define BITKET_DUMP_MAX_COLUMNS 20

typedef struct
{
  const char *name;
  BitketDumpKind kind;
} BitketDumpColumn;

typedef struct
{
  const char *model;
  const char *table;
  guint n_keys;
  BitketDumpColumn columns[BITKET_DUMP_MAX_COLUMNS]; /* the last has no name */
} BitketDumpTable;

/** bitket_dump_tables: in an order in which references point back */
const BitketDumpTable *bitket_dump_tables (guint *n_tables);
/** bitket_dump_table_dup_insert: leaves a row alone whose key is there already */
char *bitket_dump_table_dup_insert (const BitketDumpTable *table);
/** bitket_dump_table_dup_select: all columns, ordered by key */
char *bitket_dump_table_dup_select (const BitketDumpTable *table);

/** bitket_dump_model: the model of a schema's rows: the original's, or one of ours */
const char *bitket_dump_model (const BitketSchema *schema);
/** bitket_dump_member: the name of a field in a dump, where the original calls it something else */
const char *bitket_dump_member (const BitketSchema *schema, const BitketField *field);

#define BITKET_DUMP_UNION_CONDITION "bitket.studentunionmembercondition"

/* Counting, for both halves of the import. */
BitketImportCount *bitket_import_report_count (GPtrArray *counts, const char *model);
void bitket_import_report_note (BitketImportReport *report, const char *format, ...)
    G_GNUC_PRINTF (2, 3);

gboolean
bitket_import_records (BitketDb *db, BitketDump *dump, BitketImportReport *report, GError **error);
gboolean
bitket_import_tables (BitketDb *db, BitketDump *dump, BitketImportReport *report, GError **error);

G_END_DECLS
