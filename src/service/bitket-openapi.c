/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-openapi.h"

#include "bitket-openapi-private.h"

static const char about[] =
    "The ticket platform. Lists are arrays, errors are {\"detail\": \"…\"} or {\"field\": [\"…\"]},"
    " money is a text with two decimals, times are in UTC. In requests a relation is a link or an"
    " id. What is said to be for staff is missing for others.";

static JsonObject *
make_info (const char *version)
{
  JsonObject *info = json_object_new ();
  JsonObject *license = json_object_new ();

  json_object_set_string_member (info, "title", "Bitket");
  json_object_set_string_member (info, "description", about);
  json_object_set_string_member (info, "version", version);
  json_object_set_string_member (license, "name", "MIT");
  json_object_set_object_member (info, "license", license);
  return info;
}

static JsonArray *
make_servers (const char *base)
{
  JsonArray *servers = json_array_new ();
  JsonObject *server = json_object_new ();

  json_object_set_string_member (server, "url", base);
  json_array_add_object_element (servers, server);
  return servers;
}

/* A path of the document has an object with a member for each method. */
static void
add_route_cb (const BitketRoute *route, gpointer user_data)
{
  JsonObject *paths = user_data;
  JsonObject *operation = bitket_openapi_make_operation (route);
  g_autofree char *methods = bitket_methods_format (route->method);
  g_autofree char *method = g_ascii_strdown (methods, -1);

  if (operation == NULL)
    return;
  if (!json_object_has_member (paths, route->pattern))
    json_object_set_object_member (paths, route->pattern, json_object_new ());
  json_object_set_object_member (json_object_get_object_member (paths, route->pattern), method,
                                 operation);
}

static const struct
{
  const char *name;
  const char *description;
} schemes[] = {
  { "JWT", "A person who signed in: \"JWT <token>\". See POST /api/auth-token/." },
  { "Token", "A program, with a person's rights: \"Token <token>\"." },
  { "Door", "A paired door: \"Door <token>\". See POST /api/doors/pair/." },
};

static JsonObject *
make_security_schemes (void)
{
  JsonObject *object = json_object_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (schemes); i++)
    {
      JsonObject *scheme = json_object_new ();

      json_object_set_string_member (scheme, "type", "apiKey");
      json_object_set_string_member (scheme, "in", "header");
      json_object_set_string_member (scheme, "name", "Authorization");
      json_object_set_string_member (scheme, "description", schemes[i].description);
      json_object_set_object_member (object, schemes[i].name, scheme);
    }
  return object;
}

static JsonObject *
make_components (void)
{
  JsonObject *components = json_object_new ();
  JsonObject *parts[] = { json_object_new (), json_object_new (), json_object_new () };

  bitket_openapi_add_resources (parts[0]);
  bitket_openapi_add_shapes (parts[0]);
  bitket_openapi_add_parameters (parts[1]);
  bitket_openapi_add_errors (parts[2]);
  json_object_set_object_member (components, "schemas", parts[0]);
  json_object_set_object_member (components, "parameters", parts[1]);
  json_object_set_object_member (components, "responses", parts[2]);
  json_object_set_object_member (components, "securitySchemes", make_security_schemes ());
  return components;
}

JsonObject *
bitket_openapi_describe (const char *base, const char *version)
{
  JsonObject *document, *paths;

  g_return_val_if_fail (base != NULL && version != NULL, NULL);

  document = json_object_new ();
  paths = json_object_new ();
  bitket_router_foreach (add_route_cb, paths);
  json_object_set_string_member (document, "openapi", "3.0.3");
  json_object_set_object_member (document, "info", make_info (version));
  json_object_set_array_member (document, "servers", make_servers (base));
  json_object_set_object_member (document, "paths", paths);
  json_object_set_object_member (document, "components", make_components ());
  return document;
}
