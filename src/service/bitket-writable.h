/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-record.h"
#include "bitket-request.h"

G_BEGIN_DECLS

/* What may be written: a row a collection, with where it belongs, who may, what is checked, and
 * what stands in the way of deleting it. */

typedef struct _BitketWritable BitketWritable;

/* What is said of a reference that leads nowhere, or to somebody else's. */
#define BITKET_WRITE_NO_OBJECT "Invalid hyperlink - Object does not exist."

/* One write, from its body to its answer. */
typedef struct
{
  BitketRequest *request;            /* (unowned) */
  BitketDb *db;                      /* (unowned) */
  const BitketWritable *writable;    /* static */
  BitketRecord *record;              /* (owned) (nullable) as it is to be */
  BitketRecord *before;              /* (owned) (nullable) as it was: NULL when it is new */
  char organization[BITKET_ID_SIZE]; /* "": none */
  char event[BITKET_ID_SIZE];        /* "": none */
  GHashTable *changed;               /* (owned) (nullable) the fields, once it is stored */
  JsonObject *errors;                /* (owned) (nullable) {"field": ["text"]} */
} BitketWrite;

void bitket_write_clear (BitketWrite *write);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BitketWrite, bitket_write_clear)
/** bitket_write_refuse: the write is answered 400 with this among its errors */
void bitket_write_refuse (BitketWrite *write, const char *field, const char *text);
/** bitket_write_has_changed: whether the field is new or another than before */
gboolean bitket_write_has_changed (const BitketWrite *write, const char *field);

/** BitketWriteFunc: refuses what it must not let through; %FALSE with @error: CONFLICT, or what
 * went wrong */
typedef gboolean (*BitketWriteFunc) (BitketWrite *write, GError **error);

/* Something that hangs on a resource, whose existence forbids to delete it. $1 is its id. */
typedef struct
{
  const char *sql;
  const char *text;
} BitketObstacle;

typedef enum
{
  BITKET_WRITABLE_BY_ORGANIZERS = 0,
  BITKET_WRITABLE_MADE_BY_PLATFORM, /* its staff make and delete it; organizers change it */
  BITKET_WRITABLE_BY_PLATFORM,
} BitketWritableBy;

struct _BitketWritable
{
  const BitketSchema *schema;
  BitketWritableBy by;
  const char *parent;          /* (nullable) the field that leads to the organization */
  const char *scope_sql;       /* (nullable) organization and event of the resource $1 */
  const char *fixed[3];        /* fields that stay as they were made */
  const char *unique;          /* (nullable) the field that another must not have as well */
  const char *unique_text;     /* what is said then */
  BitketWriteFunc check;       /* (nullable) before it is written */
  BitketWriteFunc settle;      /* (nullable) once it is written, or deleted: record is NULL then */
  BitketObstacle obstacles[5]; /* ends with a row without SQL */
  const char *clean_up[16];    /* statements before it is deleted, $1 is its id */
};

/** bitket_writable_find: %NULL when nobody writes that through the API */
const BitketWritable *bitket_writable_find (const BitketSchema *schema);
/**
 * bitket_writable_load_scope:
 * @organization, @event: (out): where the resource belongs, "" where to none
 * Returns: %FALSE with @error, or without when there is no such resource
 */
gboolean bitket_writable_load_scope (const BitketWritable *writable,
                                     BitketDb *db,
                                     const char *id,
                                     char organization[BITKET_ID_SIZE],
                                     char event[BITKET_ID_SIZE],
                                     GError **error);

/** bitket_write_exists: whether @sql has a row for $1 = @id. Returns: %FALSE with @error */
gboolean bitket_write_exists (BitketDb *db,
                              const char *sql,
                              const char *id,
                              gboolean *exists,
                              GError **error);
/** bitket_write_conflict: sets CONFLICT. Returns: %FALSE */
gboolean bitket_write_conflict (GError **error, const char *text);

/* The checks of the table. */
gboolean bitket_check_event (BitketWrite *write, GError **error);
gboolean bitket_check_ticket_type (BitketWrite *write, GError **error);
gboolean bitket_check_variation (BitketWrite *write, GError **error);
gboolean bitket_check_variation_choice (BitketWrite *write, GError **error);
gboolean bitket_check_membership (BitketWrite *write, GError **error);
gboolean bitket_check_condition (BitketWrite *write, GError **error);
gboolean bitket_check_modifier (BitketWrite *write, GError **error);
gboolean bitket_check_access_code (BitketWrite *write, GError **error);
gboolean bitket_settle_ticket_type (BitketWrite *write, GError **error);
gboolean bitket_settle_price (BitketWrite *write, GError **error);
gboolean bitket_settle_membership (BitketWrite *write, GError **error);
gboolean bitket_settle_condition (BitketWrite *write, GError **error);

G_END_DECLS
