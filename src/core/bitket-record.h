/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

#include "bitket-schema.h"

G_BEGIN_DECLS

/* A resource as an object, made from its schema: the schema's fields are its GObject properties
 * (with '-' for '_'), and it knows which are null and which were changed. Threads: the one that
 * made it, until it is handed over. */
#define BITKET_TYPE_RECORD (bitket_record_get_type ())
G_DECLARE_DERIVABLE_TYPE (BitketRecord, bitket_record, BITKET, RECORD, GObject)

struct _BitketRecordClass
{
  GObjectClass parent_class;
  const BitketSchema *schema;
};

/* For BITKET_DEFINE_RECORD only. */
void bitket_record_class_install (BitketRecordClass *klass, const BitketSchema *schema);

#define BITKET_DECLARE_RECORD(TypeName, type_name, MODULE_OBJ_NAME)                                \
  struct _##TypeName                                                                               \
  {                                                                                                \
    BitketRecord parent_instance;                                                                  \
  };                                                                                               \
  G_DECLARE_FINAL_TYPE (TypeName, type_name, BITKET, MODULE_OBJ_NAME, BitketRecord)

#define BITKET_DEFINE_RECORD(TypeName, type_name)                                                  \
  G_DEFINE_FINAL_TYPE (TypeName, type_name, BITKET_TYPE_RECORD)                                    \
  static void type_name##_class_init (TypeName##Class *klass)                                      \
  {                                                                                                \
    bitket_record_class_install (BITKET_RECORD_CLASS (klass), &type_name##_schema);                \
  }                                                                                                \
  static void type_name##_init (TypeName *self)                                                    \
  {                                                                                                \
  }

const BitketSchema *bitket_record_get_schema (BitketRecord *self);
/** bitket_record_new: Returns: (transfer full): an empty record of @schema, defaults set */
BitketRecord *bitket_record_new (const BitketSchema *schema);
/** bitket_record_type: the GType that goes with a schema */
GType bitket_record_type_for_schema (const BitketSchema *schema);

/* By name; the name must be a field of the schema and of that kind. Strings are borrowed, %NULL
 * when null. */
const char *bitket_record_get_id (BitketRecord *self);
const char *bitket_record_get_text (BitketRecord *self, const char *field);
gboolean bitket_record_get_boolean (BitketRecord *self, const char *field);
gint64 bitket_record_get_int64 (BitketRecord *self,
                                const char *field); /* integer, money, time; 0 when null */
const char *const *bitket_record_get_references (BitketRecord *self,
                                                 const char *field);          /* never NULL */
JsonNode *bitket_record_get_computed (BitketRecord *self, const char *field); /* nullable */
gboolean bitket_record_is_null (BitketRecord *self, const char *field);

void bitket_record_set_text (BitketRecord *self, const char *field, const char *value);
void bitket_record_set_boolean (BitketRecord *self, const char *field, gboolean value);
void bitket_record_set_int64 (BitketRecord *self, const char *field, gint64 value);
void bitket_record_set_references (BitketRecord *self, const char *field, const char *const *ids);
void bitket_record_set_computed (BitketRecord *self,
                                 const char *field,
                                 JsonNode *value /* transfer none */);
void bitket_record_set_null (BitketRecord *self, const char *field);

/* What was set since the record was made or last marked clean. */
gboolean bitket_record_is_changed (BitketRecord *self, const char *field);
void bitket_record_mark_clean (BitketRecord *self);

typedef enum
{
  BITKET_RECORD_READ_DEFAULT = 0,
  BITKET_RECORD_READ_PARTIAL = 1 << 0, /* missing members stay as they are: a PATCH, or an answer */
  BITKET_RECORD_READ_TOLERANT =
      1 << 1, /* unknown members and "url" are passed over: an answer of a newer server */
  BITKET_RECORD_READ_WRITABLE =
      1 << 2, /* a READ_ONLY, SECRET or COMPUTED member is an error: a request */
} BitketRecordReadFlags;

/**
 * bitket_record_read_json:
 * Sets the fields from a JSON object, all or none: on an error nothing was changed. Errors name the
 * path and kind.
 */
gboolean bitket_record_read_json (BitketRecord *self,
                                  JsonNode *node,
                                  BitketRecordReadFlags flags,
                                  GError **error);

/**
 * bitket_record_check_json:
 * The same checks, all of them at once: what a request is answered. Fields in the schema's order,
 * after them what it does not know.
 * Returns: (transfer full) (nullable): {"field": ["text"], …} as it goes on the wire, %NULL when
 * @object fits
 */
JsonObject *bitket_record_check_json (const BitketSchema *schema,
                                      JsonObject *object,
                                      BitketRecordReadFlags flags);

typedef enum
{
  BITKET_VIEW_NONE,
  BITKET_VIEW_ORIGINAL, /* exactly the original's members, in its order, "url" first */
  BITKET_VIEW_STAFF,    /* and after them what staff sees */
  BITKET_VIEW_CHANGED,  /* only what was changed, without url: the body of a PATCH */
} BitketView;

/**
 * bitket_record_to_json:
 * @base: "https://host", for hyperlinks; (nullable): ids stand bare then, and there is no "url"
 * Returns: (transfer full): a JSON object
 */
JsonNode *bitket_record_to_json (BitketRecord *self, const char *base, BitketView view);

G_END_DECLS
