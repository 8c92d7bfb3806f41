/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

/* The description of the API: that it is valid OpenAPI, that every route stands in it, and that
 * what a real bitketd answers is what it says. */

#include <string.h>

#include "bitket-json-reader.h"
#include "bitket-router.h"
#include "bitketd-fixture.h"

#define DOCUMENT "/api/openapi.json"

static Answer *
read_document (Bitketd *bitketd)
{
  return bitketd_expect (bitketd, "GET", DOCUMENT, NULL, NULL, 200);
}

static void
check_route_cb (const BitketRoute *route, gpointer user_data)
{
  JsonObject *paths = user_data;
  g_autofree char *methods = bitket_methods_format (route->method);
  g_autofree char *method = g_ascii_strdown (methods, -1);
  const char *path = route->pattern;

  /* The same path to whoever reads the document: told of as what {id} may also be. */
  if (strcmp (path, "/api/access-codes/{word}/") == 0)
    path = "/api/access-codes/{id}/";
  g_test_message ("%s %s", method, route->pattern);
  g_assert_true (json_object_has_member (paths, path));
  g_assert_true (json_object_has_member (json_object_get_object_member (paths, path), method));
}

static void
count_route_cb (const BitketRoute *route, gpointer user_data)
{
  (*(guint *) user_data)++;
}

/* Every route of the tables, and nothing else. */
static void
test_routes (Bitketd *bitketd)
{
  g_autoptr (Answer) answer = read_document (bitketd);
  JsonObject *paths = json_object_get_object_member (json_node_get_object (answer->json), "paths");
  g_autoptr (GList) items = json_object_get_values (paths);
  guint n_routes = 0, n_operations = 0;

  bitket_router_foreach (check_route_cb, paths);
  bitket_router_foreach (count_route_cb, &n_routes);
  for (GList *l = items; l != NULL; l = l->next)
    n_operations += json_object_get_size (json_node_get_object (l->data));
  g_assert_cmpuint (n_operations, ==, n_routes - 1);
}

static void
test_head (Bitketd *bitketd)
{
  g_autoptr (Answer) answer = read_document (bitketd);
  g_autoptr (Answer) again = NULL;
  JsonObject *document = json_node_get_object (answer->json);
  JsonArray *servers = json_object_get_array_member (document, "servers");

  g_assert_cmpstr (json_object_get_string_member (document, "openapi"), ==, "3.0.3");
  g_assert_cmpstr (
      json_object_get_string_member (json_array_get_object_element (servers, 0), "url"), ==,
      bitketd->url);
  again = bitketd_ask_with (bitketd, "GET", DOCUMENT, NULL, NULL, "If-None-Match",
                            answer_get_header (answer, "ETag"));
  g_assert_cmpuint (again->status, ==, 304);
}

#define FREE     "c488ca12-0c0c-5c8c-a141-bffbcc61586c"
#define ALICE    "6f432980-5496-577a-960c-219fadd51ea9"
#define PURCHASE "b0000000-0000-4000-8000-000000000001"

/* What no request of this test makes: a purchase of long ago, and a charge. */
static const char *const made[] = {
  "INSERT INTO purchases (id, organization, seq, \"user\", worker, state, is_kept, created,"
  " wait_until, max_amount, amount, payload, status) VALUES ('" PURCHASE "', '" WORLD_ORG
  "', -1, '" ALICE "', '', 'done', 0, 0, 0, 0, 10000, '', 207)",
  "INSERT INTO transactions (id, kind, amount, currency, created, stripe_id)"
  " VALUES ('c0000000-0000-4000-8000-000000000001', 'charge', 10000, 'SEK', 0, 'ch_1')",
};

typedef struct
{
  const char *route;
  const char *path; /* (nullable): the route's own */
  const char *body; /* (nullable) */
} Row;

/* What there is, as anybody, as an organizer, and as staff of the platform sees it. */
static const Row readings[] = {
  { "GET /api/", NULL, NULL },
  { "GET /healthz", NULL, NULL },
  { "GET /readyz", NULL, NULL },
  { "GET /api/events/", NULL, NULL },
  { "GET /api/events/{id}/", "/api/events/" WORLD_EVENT "/", NULL },
  { "GET /api/events/{id}/", "/api/events/00000000-0000-4000-8000-000000000000/", NULL },
  { "GET /api/organizations/", NULL, NULL },
  { "GET /api/organizations/{id}/", "/api/organizations/" WORLD_ORG "/", NULL },
  { "GET /api/ticket-types/", NULL, NULL },
  { "GET /api/ticket-types/", "/api/ticket-types/?limit=0", NULL },
  { "GET /api/ticket-types/{id}/", "/api/ticket-types/" WORLD_PARTY "/", NULL },
  { "GET /api/variations/", NULL, NULL },
  { "GET /api/variation-choices/", NULL, NULL },
  { "GET /api/student-unions/", NULL, NULL },
  { "GET /api/users/", NULL, NULL },
  { "GET /api/tickets/", NULL, NULL },
  { "GET /api/ticket-ownerships/", NULL, NULL },
  { "GET /api/ticket-ownerships/", "/api/ticket-ownerships/?expand=ticket,user", NULL },
  { "GET /api/ticket-ownerships/", "/api/ticket-ownerships/?fields=id,qr", NULL },
  { "GET /api/ticket-ownerships/{id}/", "/api/ticket-ownerships/" WORLD_OWNERSHIP "/", NULL },
  { "GET /api/ticket-ownerships/search/", "/api/ticket-ownerships/search/?query=a", NULL },
  { "GET /api/ticket-ownerships/search/", "/api/ticket-ownerships/search/", NULL },
  { "GET /api/memberships/", NULL, NULL },
  { "GET /api/conditions/", NULL, NULL },
  { "GET /api/modifiers/", NULL, NULL },
  { "GET /api/access-codes/", NULL, NULL },
  { "GET /api/access-codes/{id}/", "/api/access-codes/nonsense/", NULL },
  { "GET /api/doors/", NULL, NULL },
  { "GET /api/transactions/", NULL, NULL },
  { "GET /api/audit/", NULL, NULL },
  { "GET /api/auth/providers/", NULL, NULL },
  { "GET /api/events/{id}/sales/", "/api/events/" WORLD_EVENT "/sales/", NULL },
  { "GET /api/events/{id}/sales/", "/api/events/" WORLD_EVENT "/sales/?group_by=day", NULL },
  { "GET /api/events/{id}/entry-feed/", "/api/events/" WORLD_EVENT "/entry-feed/", NULL },
  { "GET /api/events/{id}/conflicts/", "/api/events/" WORLD_EVENT "/conflicts/", NULL },
  { "GET /api/purchases/{id}/", "/api/purchases/" WORLD_EVENT "/", NULL },
  { "GET /api/purchases/{id}/", "/api/purchases/" PURCHASE "/", NULL },
};

#define OWNERSHIP_PATH "/api/ticket-ownerships/" WORLD_OWNERSHIP "/"

/* Writes, of the organizer unless he may not; what they leave is read once more afterwards. */
static const Row writings[] = {
  { "POST /api/doors/", NULL, "{\"event\":\"" WORLD_EVENT "\",\"name\":\"North\"}" },
  { "POST /api/doors/", NULL, "{\"name\":\"North\"}" },
  { "POST /api/doors/pair/", NULL, "{\"pairing\":\"ABCD-EFGH\"}" },
  { "POST /api/access-codes/", NULL, "{\"ticket_type\":\"" WORLD_PARTY "\"}" },
  { "POST /api/access-codes/", NULL, "{\"ticket_type\":\"" WORLD_PARTY "\",\"count\":2}" },
  { "POST /api/conditions/", NULL,
    "{\"organization\":\"" WORLD_ORG "\",\"type\":\"email_domain\",\"domain\":\"liu.se\"}" },
  { "POST /api/memberships/", NULL,
    "{\"organization\":\"" WORLD_ORG "\",\"email\":\"new@example.com\",\"role\":\"crew\"}" },
  { "POST /api/events/", NULL,
    "{\"organization\":\"" WORLD_ORG "\",\"slug\":\"new\",\"name\":\"New\"}" },
  { "POST /api/events/", NULL, "{\"nonsense\":1}" },
  { "POST /api/events/", NULL, "[]" },
  { "PATCH /api/events/{id}/", "/api/events/" WORLD_EVENT "/", "{\"venue\":\"Here\"}" },
  { "DELETE /api/events/{id}/", "/api/events/" WORLD_EVENT "/", NULL },
  { "POST /api/events/{id}/duplicate/", "/api/events/" WORLD_EVENT "/duplicate/",
    "{\"slug\":\"again\"}" },
  { "POST /api/events/{id}/imports/", "/api/events/" WORLD_EVENT "/imports/?dry_run=true",
    "mail,type\nnew@example.com,Merch\n" },
  { "POST /api/ticket-ownerships/{id}/utilize/", OWNERSHIP_PATH "utilize/", "" },
  { "POST /api/ticket-ownerships/{id}/utilize/", OWNERSHIP_PATH "utilize/", "" },
  { "POST /api/ticket-ownerships/{id}/unutilize/", OWNERSHIP_PATH "unutilize/", "" },
  { "POST /api/ticket-ownerships/{id}/reissue/", OWNERSHIP_PATH "reissue/", "" },
  { "POST /api/events/{id}/entries/", "/api/events/" WORLD_EVENT "/entries/",
    "[{\"id\":\"c0000000-0000-4000-8000-000000000009\",\"ownership\":\"" WORLD_OWNERSHIP
    "\",\"at\":\"2026-11-22T18:00:00Z\",\"source\":\"hand\"},"
    "{\"id\":\"c0000000-0000-4000-8000-000000000007\",\"ownership\":\"" WORLD_OWNERSHIP
    "\",\"at\":\"2026-11-22T18:05:00Z\",\"source\":\"hand\",\"offline\":true,"
    "\"verdict\":\"admit\",\"reason\":\"valid\"},"
    "{\"id\":\"c0000000-0000-4000-8000-000000000008\"}]" },
  { "POST /api/purchases/", NULL,
    "{\"tickets\":[{\"ticket_type\":\"" FREE "\",\"variation_choices\":[]}],\"access_codes\":[],"
    "\"payment\":{\"type\":\"stripe\",\"payload\":\"tok_visa\",\"amount\":\"0.00\"},"
    "\"user\":{}}" },
  { "POST /api/purchases/", NULL, "{\"tickets\":[{}],\"payment\":{}}" },
  { "POST /api/auth-token/", NULL,
    "{\"provider\":\"password\",\"email\":\"a@b.se\",\"password\":\"1\"}" },
  { "POST /api/auth-token/refresh/", NULL, "{\"token\":\"1\"}" },
};

static void
ask (Bitketd *bitketd, const Row *row, const char *who, JsonArray *answers)
{
  g_auto (GStrv) parts = g_strsplit (row->route, " ", 2);
  g_autoptr (Answer) answer =
      bitketd_ask (bitketd, parts[0], row->path != NULL ? row->path : parts[1], who, row->body);
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "route", row->route);
  json_object_set_int_member (object, "status", answer->status);
  if (answer->json != NULL)
    json_object_set_member (object, "body", json_node_copy (answer->json));
  else
    json_object_set_null_member (object, "body");
  json_array_add_object_element (answers, object);
}

static void
ask_all (Bitketd *bitketd, const Row *rows, gsize n, const char *who, JsonArray *answers)
{
  for (gsize i = 0; i < n; i++)
    ask (bitketd, &rows[i], who, answers);
}

static void
run_checker (JsonNode *input)
{
  g_autofree char *program =
      g_test_build_filename (G_TEST_DIST, "service", "check-openapi.py", NULL);
  g_autofree char *text = bitket_json_to_string (input);
  g_autofree char *said = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) checker = g_subprocess_new (
      G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, program, NULL);

  g_assert_no_error (error);
  g_subprocess_communicate_utf8 (checker, text, NULL, &said, NULL, &error);
  g_assert_no_error (error);
  if (!g_subprocess_get_successful (checker))
    g_test_message ("%s", said);
  g_assert_true (g_subprocess_get_successful (checker));
}

static void
add_made (Bitketd *bitketd)
{
  BitketDb *db = bitketd_open_db (bitketd);
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (made); i++)
    {
      bitket_db_execute (db, made[i], &error);
      g_assert_no_error (error);
    }
  bitket_db_close (db);
}

/* By its token, a code says what it opens. */
static void
ask_code (Bitketd *bitketd, const char *who, JsonArray *answers)
{
  g_autoptr (Answer) codes = bitketd_expect (bitketd, "GET", "/api/access-codes/", who, NULL, 200);
  g_autofree char *path =
      g_strdup_printf ("/api/access-codes/%s/",
                       json_object_get_string_member (answer_get_element (codes, 0), "token"));
  const Row row = { "GET /api/access-codes/{id}/", path, NULL };

  ask (bitketd, &row, NULL, answers);
}

/* The official schema, the document's own ends, and real answers. */
static void
test_answers (Bitketd *bitketd)
{
  g_autofree char *organizer =
      bitketd_enlist (bitketd, "alice@example.com", WORLD_ORG, "organizer");
  const char *const people[] = { NULL, organizer, WORLD_STAFF };
  g_autoptr (Answer) document = read_document (bitketd);
  g_autoptr (JsonNode) input = json_node_new (JSON_NODE_OBJECT);
  JsonObject *object = json_object_new ();
  JsonArray *answers = json_array_new ();

  add_made (bitketd);
  ask_all (bitketd, writings, G_N_ELEMENTS (writings), organizer, answers);
  ask_code (bitketd, organizer, answers);
  for (gsize i = 0; i < G_N_ELEMENTS (people); i++)
    ask_all (bitketd, readings, G_N_ELEMENTS (readings), people[i], answers);
  ask_all (bitketd, writings, G_N_ELEMENTS (writings), NULL, answers);
  json_object_set_member (object, "document", json_node_copy (document->json));
  json_object_set_array_member (object, "answers", answers);
  json_node_take_object (input, object);
  run_checker (input);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  bitketd_test_add ("service/openapi/routes", test_routes);
  bitketd_test_add ("service/openapi/head", test_head);
  bitketd_test_add ("service/openapi/answers", test_answers);

  return g_test_run ();
}
