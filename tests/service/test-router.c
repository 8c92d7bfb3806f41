/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

#include <string.h>

#include "bitket-router.h"

#define ID "643ab7d6-1200-5ad3-8aa7-403fb35ead99"

static void
test_patterns (void)
{
  static const struct
  {
    const char *pattern;
    const char *path;
    gboolean fits;
    const char *id;
    const char *word;
  } cases[] = {
    { "/api/", "/api/", TRUE, "", NULL },
    { "/api/", "/api", FALSE, "", NULL },
    { "/api/", "/api//", FALSE, "", NULL },
    { "/api/events/", "/api/events/", TRUE, "", NULL },
    { "/api/events/", "/api/eventsx/", FALSE, "", NULL },
    { "/api/events/", "/api/event/", FALSE, "", NULL },
    { "/api/events/{id}/", "/api/events/" ID "/", TRUE, ID, NULL },
    { "/api/events/{id}/", "/api/events/643ab7d612005ad38aa7403fb35ead99/", TRUE, ID, NULL },
    { "/api/events/{id}/", "/api/events/643AB7D6-1200-5AD3-8AA7-403FB35EAD99/", TRUE, ID, NULL },
    { "/api/events/{id}/", "/api/events/" ID, FALSE, "", NULL },
    { "/api/events/{id}/", "/api/events/" ID "0/", FALSE, "", NULL },
    { "/api/events/{id}/", "/api/events//", FALSE, "", NULL },
    { "/api/events/{id}/stream/", "/api/events/" ID "/stream/", TRUE, ID, NULL },
    { "/api/access-codes/{word}/", "/api/access-codes/a.b.c/", TRUE, "", "a.b.c" },
    { "/api/access-codes/{word}/", "/api/access-codes//", FALSE, "", NULL },
    { "/api/access-codes/{word}/", "/api/access-codes/a/b/", FALSE, "", NULL },
    { "/healthz", "/healthz", TRUE, "", NULL },
    { "/healthz", "/healthz/", FALSE, "", NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *word = NULL;
      char id[BITKET_ID_SIZE] = "";
      gboolean fits = bitket_router_match_pattern (cases[i].pattern, cases[i].path, id, &word);

      if (fits != cases[i].fits)
        g_test_message ("%s %s", cases[i].pattern, cases[i].path);
      g_assert_true (fits == cases[i].fits);
      if (!fits)
        continue;
      g_assert_cmpstr (id, ==, cases[i].id);
      g_assert_cmpstr (word, ==, cases[i].word);
    }
}

static void
test_find (void)
{
  static const struct
  {
    const char *method;
    const char *path;
    const char *pattern; /* NULL: none of ours */
    gboolean is_allowed;
    const char *allow;
  } cases[] = {
    { "GET", "/api/", "/api/", TRUE, "GET, HEAD, OPTIONS" },
    { "HEAD", "/api/events/", "/api/events/", TRUE, "GET, POST, HEAD, OPTIONS" },
    { "OPTIONS", "/api/events/", "/api/events/", FALSE, "GET, POST, HEAD, OPTIONS" },
    { "PATCH", "/api/events/", "/api/events/", FALSE, "GET, POST, HEAD, OPTIONS" },
    { "GET", "/api/ticket-ownerships/search/", "/api/ticket-ownerships/search/", TRUE,
      "GET, HEAD, OPTIONS" },
    { "POST", "/api/ticket-ownerships/" ID "/utilize/", "/api/ticket-ownerships/{id}/utilize/",
      TRUE, "POST, OPTIONS" },
    { "GET", "/api/ticket-ownerships/" ID "/utilize/", "/api/ticket-ownerships/{id}/utilize/",
      FALSE, "POST, OPTIONS" },
    { "POST", "/api/doors/", "/api/doors/", TRUE, "GET, POST, HEAD, OPTIONS" },
    { "POST", "/api/doors/pair/", "/api/doors/pair/", TRUE, "POST, OPTIONS" },
    { "DELETE", "/api/doors/" ID "/", "/api/doors/{id}/", TRUE, "GET, DELETE, HEAD, OPTIONS" },
    { "GET", "/api/events/" ID "/entry-feed/", "/api/events/{id}/entry-feed/", TRUE,
      "GET, HEAD, OPTIONS" },
    { "GET", "/api/events/search/", NULL, FALSE, NULL },
    { "GET", "/api", NULL, FALSE, NULL },
    { "GET", "/", NULL, FALSE, NULL },
    { "GET", "", NULL, FALSE, NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (BitketMatch) match = { 0 };
      g_autofree char *allow = NULL;
      gboolean found =
          bitket_router_find (bitket_method_from_string (cases[i].method), cases[i].path, &match);

      if (found != (cases[i].pattern != NULL))
        g_test_message ("%s", cases[i].path);
      g_assert_true (found == (cases[i].pattern != NULL));
      if (!found)
        continue;
      g_assert_cmpstr (match.route->pattern, ==, cases[i].pattern);
      g_assert_true (match.is_allowed == cases[i].is_allowed);
      allow = bitket_methods_format (match.methods);
      g_assert_cmpstr (allow, ==, cases[i].allow);
    }
}

/* Every route says what it needs; those that write say so; names are there for OPTIONS. */
static void
test_tables (void)
{
  static const BitketRoute *const tables[] = {
    bitket_routes_collections, bitket_routes_ownerships, bitket_routes_search,
    bitket_routes_utilize,     bitket_routes_auth,       bitket_routes_doors,
    bitket_routes_entry,       bitket_routes_sales,      bitket_routes_health,
    bitket_routes_writing,     bitket_routes_audit,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (tables); i++)
    for (const BitketRoute *route = tables[i]; route->pattern != NULL; route++)
      {
        gboolean is_plain = (route->flags & BITKET_ROUTE_PLAIN) != 0;

        g_assert_nonnull (route->handler);
        g_assert_cmpint (route->needs, !=, BITKET_NEEDS_NONE);
        g_assert_true (is_plain || route->name != NULL);
        g_assert_true (is_plain == !g_str_has_prefix (route->pattern, "/api/"));
        if (route->method == BITKET_METHOD_GET)
          g_assert_cmpint (route->transaction, !=, BITKET_DB_TRANSACTION_WRITE);
        g_assert_true (is_plain || g_str_has_suffix (route->pattern, "/"));
        /* A key is kept in the transaction of what it stands for. */
        if ((route->flags & BITKET_ROUTE_IDEMPOTENT) != 0)
          g_assert_cmpint (route->transaction, ==, BITKET_DB_TRANSACTION_WRITE);
      }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/service/router/patterns", test_patterns);
  g_test_add_func ("/service/router/find", test_find);
  g_test_add_func ("/service/router/tables", test_tables);
  return g_test_run ();
}
