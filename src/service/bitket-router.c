/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-router.h"

#include <string.h>

/* A line each, so that one is added without touching the others. */
/* clang-format off */
static const BitketRoute *const tables[] = {
  bitket_routes_collections,
  bitket_routes_imports,
  bitket_routes_search,
  bitket_routes_ownerships,
  bitket_routes_tickets,
  bitket_routes_utilize,
  bitket_routes_auth,
  bitket_routes_doors,
  bitket_routes_entry,
  bitket_routes_purchases,
  bitket_routes_sales,
  bitket_routes_health,
  bitket_routes_openapi,
  bitket_routes_writing,
  bitket_routes_audit,
  bitket_routes_money,
  bitket_routes_stripe,
};
/* clang-format on */

/* In the order in which the original's Allow header has them. */
static const struct
{
  BitketMethod method;
  const char *name;
} method_names[] = {
  { BITKET_METHOD_GET, "GET" },     { BITKET_METHOD_POST, "POST" },
  { BITKET_METHOD_PATCH, "PATCH" }, { BITKET_METHOD_DELETE, "DELETE" },
  { BITKET_METHOD_HEAD, "HEAD" },   { BITKET_METHOD_OPTIONS, "OPTIONS" },
};

void
bitket_match_clear (BitketMatch *match)
{
  g_clear_pointer (&match->word, g_free);
}

BitketMethod
bitket_method_from_string (const char *name)
{
  g_return_val_if_fail (name != NULL, BITKET_METHOD_NONE);

  for (gsize i = 0; i < G_N_ELEMENTS (method_names); i++)
    if (strcmp (method_names[i].name, name) == 0)
      return method_names[i].method;
  return BITKET_METHOD_OTHER;
}

char *
bitket_methods_format (BitketMethod methods)
{
  GString *text = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (method_names); i++)
    {
      if ((methods & method_names[i].method) == 0)
        continue;
      if (text->len > 0)
        g_string_append (text, ", ");
      g_string_append (text, method_names[i].name);
    }
  return g_string_free (text, FALSE);
}

static gboolean
take_variable (const char *pattern,
               gsize pattern_len,
               const char *segment,
               gsize len,
               char id[BITKET_ID_SIZE],
               char **word)
{
  if (len == 0)
    return FALSE;
  if (strncmp (pattern, "{id}", pattern_len) == 0)
    return bitket_id_parse (segment, (gssize) len, id, NULL);
  g_free (*word);
  *word = g_strndup (segment, len);
  return TRUE;
}

gboolean
bitket_router_match_pattern (const char *pattern,
                             const char *path,
                             char id[BITKET_ID_SIZE],
                             char **word)
{
  g_return_val_if_fail (pattern != NULL && path != NULL && word != NULL, FALSE);

  for (;;)
    {
      gsize pattern_len = strcspn (pattern, "/");
      gsize len = strcspn (path, "/");

      if (pattern[0] == '{')
        {
          if (!take_variable (pattern, pattern_len, path, len, id, word))
            return FALSE;
        }
      else if (pattern_len != len || strncmp (pattern, path, len) != 0)
        {
          return FALSE;
        }
      pattern += pattern_len;
      path += len;
      if (*pattern != *path)
        return FALSE;
      if (*pattern == '\0')
        return TRUE;
      pattern++;
      path++;
    }
}

static void
take_route (const BitketRoute *route, BitketMethod wanted, BitketMatch *match)
{
  BitketMethod taken = route->method;

  if (taken == BITKET_METHOD_GET)
    taken |= BITKET_METHOD_HEAD;
  match->methods |= taken | BITKET_METHOD_OPTIONS;
  if ((route->flags & BITKET_ROUTE_HIDDEN) == 0)
    {
      match->open_methods |= taken | BITKET_METHOD_OPTIONS;
      if (match->open_route == NULL || (taken & wanted) != 0)
        match->open_route = route;
    }
  if ((taken & wanted) != 0)
    {
      match->route = route;
      match->is_allowed = TRUE;
    }
  else if (match->route == NULL)
    {
      match->route = route;
    }
}

/* A path is that of the first pattern that fits; constant segments stand before {id} in the
 * tables. */
gboolean
bitket_router_find (BitketMethod method, const char *path, BitketMatch *match)
{
  const char *pattern = NULL;

  g_return_val_if_fail (path != NULL && match != NULL, FALSE);

  memset (match, 0, sizeof *match);
  for (gsize i = 0; i < G_N_ELEMENTS (tables); i++)
    for (const BitketRoute *route = tables[i]; route->pattern != NULL; route++)
      {
        if (pattern != NULL
                ? strcmp (pattern, route->pattern) != 0
                : !bitket_router_match_pattern (route->pattern, path, match->id, &match->word))
          continue;
        pattern = route->pattern;
        take_route (route, method, match);
      }
  return pattern != NULL;
}

void
bitket_router_foreach (BitketRouteFunc func, gpointer user_data)
{
  g_return_if_fail (func != NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (tables); i++)
    for (const BitketRoute *route = tables[i]; route->pattern != NULL; route++)
      func (route, user_data);
}
