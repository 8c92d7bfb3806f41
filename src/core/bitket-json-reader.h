/* SPDX-License-Identifier: MIT */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Typed readers over json-glib: every document from outside goes through them. Errors name the path
 * ("tickets[3].utilized"), the kind that was wanted and the one that was found. */

#define BITKET_JSON_MAX_DEPTH 64

/**
 * bitket_json_parse:
 * @text: UTF-8, need not end in NUL
 * @len: its length, or -1
 *
 * Strict: RFC 8259, one value, nothing after it, no duplicate member, at most
 * %BITKET_JSON_MAX_DEPTH deep, valid UTF-8, no NUL. json-glib alone takes comments, single quotes,
 * trailing commas and missing braces, so the syntax is checked before it is handed over.
 *
 * Errors: SYNTAX whose message ends in "line L column C (char N)" as Python's json has it; LIMIT
 * when too deep. Returns: (transfer full): the document, or %NULL
 */
JsonNode *bitket_json_parse (const char *text, gssize len, GError **error);
/** bitket_json_to_string: compact separators, non-ASCII not escaped, members in their order,
 * doubles in the fewest digits that give them back. Returns: (transfer full) */
char *bitket_json_to_string (JsonNode *node);
/** bitket_json_kind_name: "string", "number", "boolean", "null", "array", "object" */
const char *bitket_json_kind_name (JsonNode *node);

/* A reader stands on one object of a document and remembers the way there. It borrows the object.
 */
typedef struct
{
  JsonObject *object; /* (unowned) */
  char *path;         /* (owned) "" at the root, else "tickets[3]" */
} BitketJsonReader;

/** bitket_json_reader_init: KIND unless @node is an object. @path may be %NULL or "" for the root.
 */
gboolean bitket_json_reader_init (BitketJsonReader *reader,
                                  JsonNode *node,
                                  const char *path,
                                  GError **error);
void bitket_json_reader_clear (BitketJsonReader *reader);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BitketJsonReader, bitket_json_reader_clear)

gboolean bitket_json_reader_has (BitketJsonReader *reader,
                                 const char *member); /* there and not null */

/* Each reads one member. MISSING when it is not there, NULL when null, KIND, LIMIT, CHOICE or
 * SYNTAX when it does not fit. The _or forms take null and missing alike and then give the default.
 * Strings are borrowed. */
gboolean bitket_json_read_string (BitketJsonReader *reader,
                                  const char *member,
                                  const char **value,
                                  GError **error);
gboolean bitket_json_read_string_or (BitketJsonReader *reader,
                                     const char *member,
                                     const char *fallback,
                                     const char **value,
                                     GError **error);
gboolean
bitket_json_read_id (BitketJsonReader *reader, const char *member, char id[37], GError **error);
gboolean bitket_json_read_int (BitketJsonReader *reader,
                               const char *member,
                               gint64 min,
                               gint64 max,
                               gint64 *value,
                               GError **error);
gboolean bitket_json_read_int_or (BitketJsonReader *reader,
                                  const char *member,
                                  gint64 min,
                                  gint64 max,
                                  gint64 fallback,
                                  gint64 *value,
                                  GError **error);
gboolean bitket_json_read_boolean (BitketJsonReader *reader,
                                   const char *member,
                                   gboolean *value,
                                   GError **error);
gboolean bitket_json_read_boolean_or (BitketJsonReader *reader,
                                      const char *member,
                                      gboolean fallback,
                                      gboolean *value,
                                      GError **error);
gboolean bitket_json_read_money (BitketJsonReader *reader,
                                 const char *member,
                                 gint64 *ore,
                                 GError **error); /* string or number */
gboolean bitket_json_read_time (BitketJsonReader *reader,
                                const char *member,
                                gint64 *time_us,
                                GError **error);
gboolean bitket_json_read_time_or (BitketJsonReader *reader,
                                   const char *member,
                                   gint64 fallback_us,
                                   gint64 *time_us,
                                   GError **error);
gboolean bitket_json_read_array (BitketJsonReader *reader,
                                 const char *member,
                                 JsonArray **array,
                                 GError **error);
gboolean bitket_json_read_object (BitketJsonReader *reader,
                                  const char *member,
                                  BitketJsonReader *child,
                                  GError **error);
/** bitket_json_read_element: a reader on object @index of @array, which is @member of @reader */
gboolean bitket_json_read_element (BitketJsonReader *reader,
                                   const char *member,
                                   JsonArray *array,
                                   guint index,
                                   BitketJsonReader *child,
                                   GError **error);
/** bitket_json_read_string_element: string @index of @array, which is @member of @reader; borrowed
 */
gboolean bitket_json_read_string_element (BitketJsonReader *reader,
                                          const char *member,
                                          JsonArray *array,
                                          guint index,
                                          const char **value,
                                          GError **error);

G_END_DECLS
