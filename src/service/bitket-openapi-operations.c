/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

/* A route as an operation: from its row in bitket-openapi-routes.c, or from its collection. */

#include "bitket-openapi-private.h"

#include <string.h>

#define READS (BITKET_METHOD_GET | BITKET_METHOD_HEAD)

/* Everything that is to be said of a route. */
typedef struct
{
  const BitketRoute *route;
  const BitketOpenapiRoute *row; /* (nullable) */
  char *summary;                 /* (owned) */
  char *parameters;              /* (owned) names, with blanks */
  char *body;                    /* (owned) (nullable) a type */
  char *answers;                 /* (owned) */
} Plan;

static void
clear_plan (Plan *plan)
{
  g_free (plan->summary);
  g_free (plan->parameters);
  g_free (plan->body);
  g_free (plan->answers);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Plan, clear_plan)

JsonObject *
bitket_openapi_make_reference (const char *part, const char *name)
{
  g_autofree char *target = g_strdup_printf ("#/components/%s/%s", part, name);
  JsonObject *reference = json_object_new ();

  json_object_set_string_member (reference, "$ref", target);
  return reference;
}

static gboolean
has_id (const BitketRoute *route)
{
  return strstr (route->pattern, "{id}") != NULL;
}

static gboolean
is_plain (const BitketRoute *route)
{
  return (route->flags & BITKET_ROUTE_PLAIN) != 0;
}

/* Returns: (nullable): the schema, when the path is that of a collection or of one of its resources
 */
static const BitketSchema *
find_schema (const BitketRoute *route, gboolean *is_list)
{
  g_auto (GStrv) parts = g_strsplit (route->pattern, "/", -1);
  const guint n = g_strv_length (parts);

  /* "", "api", collection, [ "{id}", ] "" */
  if (n < 4 || n > 5 || (n == 5 && strcmp (parts[3], "{id}") != 0))
    return NULL;
  *is_list = n == 4;
  return bitket_schema_find_collection (parts[2]);
}

static void
plan_read (Plan *plan, const BitketSchema *schema, gboolean is_list)
{
  const char *filters = bitket_openapi_find_filters (schema->collection);
  g_autofree char *name = bitket_openapi_dup_name (schema, "");

  plan->summary = g_strdup_printf (is_list ? "List %s" : "Read one of %s", schema->collection);
  plan->parameters = g_strconcat (is_list ? "limit cursor " : "", is_list ? filters : NULL, NULL);
  plan->answers = g_strdup_printf (is_list ? "200:[%s]" : "200:%s", name);
}

static void
plan_write (Plan *plan, const BitketSchema *schema, gboolean is_list)
{
  const BitketMethod method = plan->route->method;
  g_autofree char *name = bitket_openapi_dup_name (schema, "");

  plan->summary = g_strdup_printf (method == BITKET_METHOD_POST    ? "Add to %s"
                                   : method == BITKET_METHOD_PATCH ? "Change one of %s"
                                                                   : "Delete one of %s",
                                   schema->collection);
  plan->parameters = g_strdup (is_list ? "" : "If-Match");
  if (method != BITKET_METHOD_DELETE)
    plan->body = bitket_openapi_dup_name (schema, is_list ? "New" : "Change");
  plan->answers = method == BITKET_METHOD_DELETE
                      ? g_strdup ("204 409 412")
                      : g_strdup_printf (is_list ? "201:%s" : "200:%s 409 412", name);
}

/* Returns: %FALSE when nothing is known of the route. */
static gboolean
make_plan (Plan *plan, const BitketRoute *route)
{
  const BitketSchema *schema;
  gboolean is_list;

  plan->route = route;
  plan->row = bitket_openapi_find_route (route);
  if (plan->row != NULL)
    {
      plan->summary = g_strdup (plan->row->summary);
      plan->parameters = g_strdup (plan->row->parameters != NULL ? plan->row->parameters : "");
      plan->body = g_strdup (plan->row->body);
      plan->answers = g_strdup (plan->row->answers);
      return (plan->row->flags & BITKET_OPENAPI_ELSEWHERE) == 0;
    }
  schema = find_schema (route, &is_list);
  if (schema == NULL)
    return FALSE;
  if ((route->method & READS) != 0)
    plan_read (plan, schema, is_list);
  else
    plan_write (plan, schema, is_list);
  return TRUE;
}

/* "get_events_id_sales" */
static char *
make_operation_id (const BitketRoute *route)
{
  g_autofree char *methods = bitket_methods_format (route->method);
  g_auto (GStrv) parts = g_strsplit_set (route->pattern, "/-.{}", -1);
  GString *id = g_string_new (NULL);
  g_autofree char *method = g_ascii_strdown (methods, -1);

  g_string_append (id, method);
  for (guint i = 0; parts[i] != NULL; i++)
    if (*parts[i] != '\0' && (i != 1 || strcmp (parts[i], "api") != 0))
      g_string_append_printf (id, "_%s", parts[i]);
  return g_string_free (id, FALSE);
}

static JsonArray *
make_tags (const BitketRoute *route)
{
  g_auto (GStrv) parts = g_strsplit (route->pattern, "/", -1);
  JsonArray *tags = json_array_new ();
  const gboolean is_api = strcmp (parts[1], "api") == 0;

  json_array_add_string_element (tags, is_api && *parts[2] != '\0' ? parts[2] : parts[1]);
  return tags;
}

static JsonObject *
make_path_parameter (const Plan *plan)
{
  const gboolean is_any = plan->row != NULL && (plan->row->flags & BITKET_OPENAPI_WORD_TOO) != 0;
  JsonObject *parameter = json_object_new ();

  json_object_set_string_member (parameter, "name", "id");
  json_object_set_string_member (parameter, "in", "path");
  json_object_set_boolean_member (parameter, "required", TRUE);
  json_object_set_object_member (parameter, "schema",
                                 bitket_openapi_make_type (is_any ? "text" : "id"));
  return parameter;
}

static JsonArray *
make_parameters (const Plan *plan)
{
  g_auto (GStrv) names = g_strsplit (plan->parameters, " ", -1);
  JsonArray *parameters = json_array_new ();

  if (has_id (plan->route))
    json_array_add_object_element (parameters, make_path_parameter (plan));
  for (guint i = 0; names[i] != NULL; i++)
    if (*names[i] != '\0')
      json_array_add_object_element (parameters,
                                     bitket_openapi_make_reference ("parameters", names[i]));
  if ((plan->route->flags & BITKET_ROUTE_IDEMPOTENT) != 0)
    json_array_add_object_element (parameters,
                                   bitket_openapi_make_reference ("parameters", "Idempotency-Key"));
  return parameters;
}

static void
add_scheme (JsonArray *security, const char *name)
{
  JsonObject *scheme = json_object_new ();

  if (name != NULL)
    json_object_set_array_member (scheme, name, json_array_new ());
  json_array_add_object_element (security, scheme);
}

/* Any of these; an empty one is nobody in particular. */
static JsonArray *
make_security (const Plan *plan)
{
  const BitketNeeds needs = plan->route->needs;
  JsonArray *security = json_array_new ();

  if (is_plain (plan->route))
    return security;
  if (needs == BITKET_NEEDS_ANYONE ||
      (plan->row != NULL && (plan->row->flags & BITKET_OPENAPI_WORD_TOO) != 0))
    add_scheme (security, NULL);
  add_scheme (security, "JWT");
  add_scheme (security, "Token");
  if (needs == BITKET_NEEDS_DOOR || needs == BITKET_NEEDS_DOOR_EVEN_REVOKED)
    add_scheme (security, "Door");
  return security;
}

static const char *
get_needs_text (const BitketRoute *route)
{
  switch (route->needs)
    {
    case BITKET_NEEDS_ANYONE:
      return "For anybody.";
    case BITKET_NEEDS_USER:
      return "For who is signed in.";
    case BITKET_NEEDS_STAFF:
      return "For staff of the platform or of an organization.";
    case BITKET_NEEDS_DOOR:
      return "For doors and staff.";
    case BITKET_NEEDS_DOOR_EVEN_REVOKED:
      return "For doors, also revoked ones, and staff.";
    case BITKET_NEEDS_NONE:
      break;
    }
  return "";
}

static void
add_error (JsonObject *responses, guint status)
{
  g_autofree char *text = g_strdup_printf ("%u", status);
  g_autofree char *name = g_strdup_printf ("Error%u", status);

  if (!json_object_has_member (responses, text))
    json_object_set_object_member (responses, text,
                                   bitket_openapi_make_reference ("responses", name));
}

/* What is said of the route alone: "200:Event 404". */
static void
add_answers (JsonObject *responses, const char *answers)
{
  g_auto (GStrv) words = g_strsplit (answers, " ", -1);

  for (guint i = 0; words[i] != NULL; i++)
    {
      g_auto (GStrv) parts = g_strsplit (words[i], ":", 2);
      const guint status = (guint) g_ascii_strtoull (parts[0], NULL, 10);

      if (parts[1] == NULL && status >= 400)
        add_error (responses, status);
      else
        json_object_set_object_member (responses, parts[0],
                                       bitket_openapi_make_answer (status, parts[1]));
    }
}

static JsonObject *
make_responses (const Plan *plan)
{
  const BitketRoute *route = plan->route;
  JsonObject *responses = json_object_new ();
  const gboolean is_read = (route->method & READS) != 0;

  add_answers (responses, plan->answers);
  if (is_read && !is_plain (route) && (route->flags & BITKET_ROUTE_WEBSOCKET) == 0)
    json_object_set_object_member (responses, "304", bitket_openapi_make_answer (304, NULL));
  if (*plan->parameters != '\0' || (!is_read && route->method != BITKET_METHOD_DELETE))
    add_error (responses, 400);
  if (has_id (route))
    add_error (responses, 404);
  if (!is_plain (route))
    {
      add_error (responses, 401);
      add_error (responses, 403);
    }
  if (plan->body != NULL)
    {
      add_error (responses, 413);
      add_error (responses, 415);
    }
  if ((route->flags & BITKET_ROUTE_HIDDEN) != 0)
    add_error (responses, 405);
  if ((route->flags & BITKET_ROUTE_IDEMPOTENT) != 0)
    add_error (responses, 422);
  if ((route->flags & BITKET_ROUTE_SLOW) != 0)
    add_error (responses, 429);
  json_object_set_object_member (responses, "default",
                                 bitket_openapi_make_reference ("responses", "Error"));
  return responses;
}

JsonObject *
bitket_openapi_make_operation (const BitketRoute *route)
{
  g_auto (Plan) plan = { 0 };
  g_autofree char *id = make_operation_id (route);
  JsonObject *operation;

  if (!make_plan (&plan, route))
    return NULL;
  operation = json_object_new ();
  json_object_set_string_member (operation, "operationId", id);
  json_object_set_array_member (operation, "tags", make_tags (route));
  json_object_set_string_member (operation, "summary", plan.summary);
  json_object_set_string_member (operation, "description", get_needs_text (route));
  json_object_set_array_member (operation, "security", make_security (&plan));
  json_object_set_array_member (operation, "parameters", make_parameters (&plan));
  if (plan.body != NULL)
    {
      JsonObject *body = json_object_new ();

      json_object_set_boolean_member (body, "required", TRUE);
      bitket_openapi_set_content (body, plan.body);
      json_object_set_object_member (operation, "requestBody", body);
    }
  json_object_set_object_member (operation, "responses", make_responses (&plan));
  return operation;
}
