/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-request.h"

G_BEGIN_DECLS

/* Prepaid visitors out of a table. First what the columns mean, then row by row who gets which
 * ticket. */

/* What an event sells. */
typedef struct
{
  char *id;     /* (owned) */
  char *name;   /* (owned) */
  char *folded; /* (owned) the name, as bitket_text_fold() has it */
} BitketVisitorChoice;

typedef struct
{
  char *name;         /* (owned) */
  char *folded;       /* (owned) */
  GPtrArray *choices; /* (owned) (element-type BitketVisitorChoice) */
} BitketVisitorVariation;

typedef struct
{
  char *id;              /* (owned) */
  char *name;            /* (owned) */
  char *folded;          /* (owned) */
  GPtrArray *variations; /* (owned) (element-type BitketVisitorVariation) in their order */
} BitketVisitorType;

/** bitket_visitor_types_load: Returns: (transfer full) (element-type BitketVisitorType) */
GPtrArray *bitket_visitor_types_load (BitketDb *db, const char *event, GError **error);
/** bitket_visitor_types_find: by id, hyperlink or name. Returns: (nullable) (unowned) */
const BitketVisitorType *bitket_visitor_types_find (GPtrArray *types, const char *text);
/** bitket_visitor_variation_find: a choice by id, hyperlink or name. Returns: (nullable) (unowned)
 */
const BitketVisitorChoice *bitket_visitor_variation_find (const BitketVisitorVariation *variation,
                                                          const char *text);

typedef enum
{
  BITKET_VISITOR_COLUMN_NONE, /* not read */
  BITKET_VISITOR_COLUMN_EMAIL,
  BITKET_VISITOR_COLUMN_LIU_ID,
  BITKET_VISITOR_COLUMN_NAME,
  BITKET_VISITOR_COLUMN_NIN,
  BITKET_VISITOR_COLUMN_TICKET_TYPE,
  BITKET_VISITOR_COLUMN_CHOICE, /* of the variations with that name */
} BitketVisitorColumnKind;

typedef struct
{
  BitketVisitorColumnKind kind;
  char *header; /* (owned) as it stands in the table */
  char *folded; /* (owned) for CHOICE: the variation's name */
} BitketVisitorColumn;

/**
 * bitket_visitor_columns_read:
 * @header: the first row
 * @wanted: (nullable): "email,name,-,ticket_type,Food": what the columns mean, in their order,
 * instead of what the header says; "-" is not read
 *
 * Errors: BITKET_CORE_ERROR: no column tells who it is; two are the same; a name in @wanted is
 * none. Returns: (transfer full) (element-type BitketVisitorColumn)
 */
GPtrArray *bitket_visitor_columns_read (const char *const *header,
                                        const char *wanted,
                                        GPtrArray *types,
                                        GError **error);
/** bitket_visitor_column_get_name: "email", … as in @wanted and in answers; (nullable): not read */
const char *bitket_visitor_column_get_name (const BitketVisitorColumn *column);

/* What became of a row. */
typedef enum
{
  BITKET_VISITOR_UNKNOWN,
  BITKET_VISITOR_MADE,
  BITKET_VISITOR_EXISTS, /* they have a ticket of that type */
  BITKET_VISITOR_BAD,
} BitketVisitorOutcome;

typedef struct
{
  BitketVisitorOutcome outcome;
  char *email;                    /* (owned) (nullable) */
  const BitketVisitorType *type;  /* (unowned) (nullable) */
  char ownership[BITKET_ID_SIZE]; /* of MADE and EXISTS */
  const char *column;             /* (unowned) (nullable) the header of what is wrong */
  char *text;                     /* (owned) (nullable) what is wrong */
} BitketVisitorResult;
void bitket_visitor_result_clear (BitketVisitorResult *result);

typedef struct
{
  GPtrArray *types;                      /* (unowned) */
  GPtrArray *columns;                    /* (unowned) */
  const BitketVisitorType *default_type; /* (unowned) (nullable) where no column says it */
  gint64 now_us;
  gboolean is_mailed;
} BitketVisitorTask;

/** bitket_visitor_add: one row, in the open WRITE transaction. @result: (out) zeroed. Returns:
 * %FALSE with the database's error; a row that cannot be is a result */
gboolean bitket_visitor_add (const BitketVisitorTask *task,
                             BitketDb *db,
                             const char *const *row,
                             BitketVisitorResult *result,
                             GError **error);

G_END_DECLS
