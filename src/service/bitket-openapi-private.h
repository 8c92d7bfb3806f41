/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-router.h"
#include "bitket-schema.h"

G_BEGIN_DECLS

/* Types in a short notation, which stands for a schema of OpenAPI:
 *
 *   text, int, …           one of the simple types in bitket-openapi-shapes.c
 *   Event                  a schema of the document
 *   (day|ticket_type)      one of these words
 *   link|Ticket            one of these types
 *   [Event]                an array
 *   text?                  or null
 *
 * and the members of an object as "name:type name?:type"; "name?" may be missing. */

/** bitket_openapi_make_type: Returns: (transfer full): the schema that @type stands for */
JsonObject *bitket_openapi_make_type (const char *type);
/** bitket_openapi_add_member: @member: "name:type"; @required may be %NULL: nothing is */
void bitket_openapi_add_member (JsonObject *properties, JsonArray *required, const char *member);
/** bitket_openapi_make_object: Returns: (transfer full); @properties and @required: (transfer full)
 */
JsonObject *bitket_openapi_make_object (JsonObject *properties, JsonArray *required);
/** bitket_openapi_add_shapes: the objects that are no resources */
void bitket_openapi_add_shapes (JsonObject *schemas);

/** bitket_openapi_add_resources: each resource as it is shown, made and changed */
void bitket_openapi_add_resources (JsonObject *schemas);
/** bitket_openapi_dup_name: Returns: (transfer full): "TicketType", and @suffix */
char *bitket_openapi_dup_name (const BitketSchema *schema, const char *suffix);

typedef enum
{
  BITKET_OPENAPI_DEFAULT = 0,
  BITKET_OPENAPI_WORD_TOO = 1 << 0,  /* its {id} may be a {word}, and is for anybody then */
  BITKET_OPENAPI_ELSEWHERE = 1 << 1, /* is that {word}: the row above tells of it */
} BitketOpenapiFlags;

/* What the route tables do not know of a route. */
typedef struct
{
  const char *route;      /* method and pattern */
  const char *summary;    /* */
  const char *parameters; /* (nullable) names of bitket-openapi-parameters.c */
  const char *body;       /* (nullable) a type, or a media type */
  const char *answers;    /* "200:Event 404": a status and a type, or a media type; without: nothing
                           * below 400, a problem above */
  BitketOpenapiFlags flags;
} BitketOpenapiRoute;

/** bitket_openapi_find_route: (nullable): the row of a route that is of no collection */
const BitketOpenapiRoute *bitket_openapi_find_route (const BitketRoute *route);
/** bitket_openapi_find_filters: (nullable): what the list of a collection can be narrowed to */
const char *bitket_openapi_find_filters (const char *collection);

/** bitket_openapi_add_parameters: every parameter of queries and headers */
void bitket_openapi_add_parameters (JsonObject *parameters);
/** bitket_openapi_add_errors: what goes wrong, "Error404" */
void bitket_openapi_add_errors (JsonObject *responses);
/** bitket_openapi_make_answer: Returns: (transfer full): @type: (nullable) a type, or a media type
 */
JsonObject *bitket_openapi_make_answer (guint status, const char *type);
/** bitket_openapi_set_content: of an answer or a request's body */
void bitket_openapi_set_content (JsonObject *object, const char *type);
/** bitket_openapi_make_operation: Returns: (transfer full) (nullable): %NULL when nothing is known
 * of the route, or another operation tells of it */
JsonObject *bitket_openapi_make_operation (const BitketRoute *route);
/** bitket_openapi_make_reference: Returns: (transfer full): {"$ref": "#/components/PART/NAME"} */
JsonObject *bitket_openapi_make_reference (const char *part, const char *name);

G_END_DECLS
