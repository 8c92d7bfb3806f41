/* SPDX-License-Identifier: MIT */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* What a thing is, said once. From these tables come the SQL columns, the JSON on the wire, its
 * validation and error texts, and the GObject properties that widgets bind to. */

typedef enum
{
  BITKET_KIND_NONE,
  BITKET_KIND_ID,         /* property: string */
  BITKET_KIND_TEXT,       /* string; limits count characters */
  BITKET_KIND_EMAIL,      /* string */
  BITKET_KIND_SLUG,       /* string */
  BITKET_KIND_NIN,        /* string of 12 digits */
  BITKET_KIND_CHOICE,     /* string; one of target, "a|b|c" */
  BITKET_KIND_REFERENCE,  /* string: the id; on the wire a hyperlink; target: the schema's name */
  BITKET_KIND_BOOLEAN,    /* boolean */
  BITKET_KIND_INTEGER,    /* int64 */
  BITKET_KIND_MONEY,      /* int64 öre */
  BITKET_KIND_TIME,       /* int64 µs UTC */
  BITKET_KIND_REFERENCES, /* GStrv of ids; kept in a table of its own; on the wire an array of
                             hyperlinks */
  BITKET_KIND_COMPUTED,   /* a JsonNode that the service works out; no column, never written */
} BitketKind;

typedef enum
{
  BITKET_FIELD_DEFAULT = 0,
  BITKET_FIELD_ORIGINAL = 1 << 0, /* part of the original's representation */
  BITKET_FIELD_STAFF = 1 << 1,    /* shown to staff of the organization only */
  BITKET_FIELD_SECRET = 1 << 2,   /* a column, never on the wire */
  BITKET_FIELD_NULLABLE = 1 << 3,
  BITKET_FIELD_OPTIONAL = 1 << 4,  /* may be missing when created: default_json then */
  BITKET_FIELD_BLANK = 1 << 5,     /* text may be "" */
  BITKET_FIELD_READ_ONLY = 1 << 6, /* never written through the API */
} BitketFieldFlags;

typedef enum
{
  BITKET_ROLE_NONE = 0,
  BITKET_ROLE_ANYONE = 1 << 0,
  BITKET_ROLE_SELF = 1 << 1,
  BITKET_ROLE_CREW = 1 << 2,
  BITKET_ROLE_TREASURER = 1 << 3,
  BITKET_ROLE_ORGANIZER = 1 << 4,
} BitketRoles;

typedef struct
{
  const char *name; /* the member on the wire and the column; the property's with '-' for '_' */
  BitketKind kind;
  BitketFieldFlags flags;
  gint64 min;               /* of a number or of the length of a text */
  gint64 max;               /* 0 and min 0: no limit */
  const char *default_json; /* (nullable) JSON text */
  const char *target;       /* (nullable) see the kinds */
  BitketRoles writers;
} BitketField;

typedef struct
{
  const char *name;          /* "ticket_type" */
  const char *collection;    /* "ticket-types" */
  const char *table;         /* "ticket_types" */
  const char *model;         /* (nullable) the original's model in a dump, "bitket.tickettype" */
  const BitketField *fields; /* the first is always "id" */
  guint n_fields;
} BitketSchema;

extern const BitketSchema bitket_organization_schema;
extern const BitketSchema bitket_membership_schema;
extern const BitketSchema bitket_event_schema;
extern const BitketSchema bitket_ticket_type_schema;
extern const BitketSchema bitket_variation_schema;
extern const BitketSchema bitket_variation_choice_schema;
extern const BitketSchema bitket_student_union_schema;
extern const BitketSchema bitket_condition_schema;
extern const BitketSchema bitket_modifier_schema;
extern const BitketSchema bitket_access_code_schema;
extern const BitketSchema bitket_user_schema;
extern const BitketSchema bitket_ticket_schema;
extern const BitketSchema bitket_ticket_ownership_schema;
extern const BitketSchema bitket_transaction_schema;

/** bitket_schemas_get: Returns: (transfer none): all of them, in an order in which references point
 * back */
const BitketSchema *const *bitket_schemas_get (guint *n_schemas);
/** bitket_schema_find: by name ("event"); %NULL when there is none */
const BitketSchema *bitket_schema_find (const char *name);
const BitketSchema *bitket_schema_find_collection (const char *collection);
const BitketSchema *bitket_schema_find_model (const char *model);
/** bitket_schema_get_field: %NULL when the schema has none of that name */
const BitketField *bitket_schema_get_field (const BitketSchema *schema, const char *name);
/** bitket_field_is_column: whether it stands in the resource's own table (not REFERENCES, not
 * COMPUTED) */
gboolean bitket_field_is_column (const BitketField *field);

/* The names of the link tables of REFERENCES fields: "ticket_types_conflicts_with" with the columns
 * "ticket_type" and "target". */
char *bitket_field_dup_link_table (const BitketSchema *schema, const BitketField *field);

/**
 * bitket_field_check:
 * @value: what came in for the field
 *
 * The validation that the wire and the forms share. The message is the wire's text ("This field may
 * not be null.", "Ensure this field has no more than 100 characters."), the code a
 * #BitketCoreError.
 */
gboolean bitket_field_check (const BitketField *field, JsonNode *value, GError **error);

/** bitket_value_type_name: the wire's word for what was found, as the original's framework names
 * Python's types: "dict", "list", "str" … */
const char *bitket_value_type_name (JsonNode *value);

/** bitket_hyperlink_format: Returns: (transfer full): "BASE/api/events/ID/" */
char *bitket_hyperlink_format (const char *base, const char *collection, const char *id);
/**
 * bitket_hyperlink_parse:
 * @text: a hyperlink (only its path counts, so any host or a relative one) or a bare id
 * @collection: what it must point at
 *
 * Errors with the original's texts: SYNTAX "Invalid hyperlink - No URL match.", CHOICE "Invalid
 * hyperlink - Incorrect URL match."
 */
gboolean
bitket_hyperlink_parse (const char *text, const char *collection, char id[37], GError **error);

G_END_DECLS
