/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

/* "Like last year": an event copied, against a real bitketd on both databases. */

#include <string.h>

#include "bitketd-fixture.h"

#define PATH     "/api/events/" WORLD_EVENT "/"
#define BANQUET  "Christmas banquet + Party ticket"
#define PARTY    "Party ticket"
#define REQUIRED "[\"This field is required.\"]"

/* Returns: (transfer none): the element of that name; fails without. */
static JsonObject *
find (Answer *list, const char *name)
{
  JsonArray *array = json_node_get_array (list->json);

  for (guint i = 0; i < json_array_get_length (array); i++)
    if (strcmp (json_object_get_string_member (json_array_get_object_element (array, i), "name"),
                name) == 0)
      return json_array_get_object_element (array, i);
  g_assert_not_reached ();
}

static guint
count_of (Answer *list, const char *member, const char *url)
{
  JsonArray *array = json_node_get_array (list->json);
  guint n = 0;

  for (guint i = 0; i < json_array_get_length (array); i++)
    if (strcmp (json_object_get_string_member (json_array_get_object_element (array, i), member),
                url) == 0)
      n++;
  return n;
}

static Answer *
list_types (Bitketd *bitketd, const char *event)
{
  g_autofree char *path = g_strdup_printf ("/api/ticket-types/?event=%s", event);

  return bitketd_expect (bitketd, "GET", path, WORLD_STAFF, NULL, 200);
}

static void
test_all (Bitketd *bitketd)
{
  g_autoptr (Answer) dated =
      bitketd_expect (bitketd, "PATCH", PATH, WORLD_STAFF,
                      "{\"starts\":\"2017-12-09T18:00:00Z\",\"ends\":\"2017-12-10T02:00:00Z\","
                      "\"venue\":\"Kårhuset\"}",
                      200);
  g_autoptr (Answer) opened =
      bitketd_expect (bitketd, "PATCH", "/api/ticket-types/" WORLD_PARTY "/", WORLD_STAFF,
                      "{\"sales_open\":\"2017-11-01T12:00:00Z\"}", 200);
  g_autoptr (Answer) made = bitketd_expect (bitketd, "POST", PATH "duplicate/", WORLD_STAFF,
                                            "{\"slug\":\"lucia-2018\",\"name\":\"Lucia 2018\","
                                            "\"starts\":\"2018-12-09T19:00:00Z\"}",
                                            201);
  const char *id = answer_get_text (made, "id");
  g_autoptr (Answer) old_types = list_types (bitketd, WORLD_EVENT);
  g_autoptr (Answer) types = list_types (bitketd, id);
  g_autoptr (Answer) variations =
      bitketd_expect (bitketd, "GET", "/api/variations/", WORLD_STAFF, NULL, 200);
  g_autoptr (Answer) choices =
      bitketd_expect (bitketd, "GET", "/api/variation-choices/", WORLD_STAFF, NULL, 200);
  g_autofree char *modifiers_path = g_strdup_printf ("/api/modifiers/?event=%s", id);
  g_autoptr (Answer) modifiers =
      bitketd_expect (bitketd, "GET", modifiers_path, WORLD_STAFF, NULL, 200);
  g_autofree char *codes_path = g_strdup_printf ("/api/access-codes/?event=%s", id);
  g_autoptr (Answer) codes = bitketd_expect (bitketd, "GET", codes_path, WORLD_STAFF, NULL, 200);
  JsonObject *party = find (types, PARTY);
  JsonObject *banquet = find (types, BANQUET);
  JsonArray *conflicts = json_object_get_array_member (party, "conflicts_with");

  g_assert_cmpstr (answer_get_text (made, "name"), ==, "Lucia 2018");
  g_assert_cmpstr (answer_get_text (made, "venue"), ==, "Kårhuset");
  g_assert_cmpstr (answer_get_text (made, "ends"), ==, "2018-12-10T03:00:00Z");
  g_assert_false (json_object_get_boolean_member (json_node_get_object (made->json), "published"));

  g_assert_cmpuint (json_array_get_length (json_node_get_array (types->json)), ==,
                    json_array_get_length (json_node_get_array (old_types->json)));
  g_assert_cmpstr (json_object_get_string_member (party, "price"), ==, "100.00");
  g_assert_cmpstr (json_object_get_string_member (party, "sales_open"), ==, "2018-11-01T13:00:00Z");
  g_assert_cmpint (
      json_object_get_int_member (json_object_get_object_member (party, "quantity"), "sold"), ==,
      0);
  /* Its conflicts are with the new types, and the old ones' with the old. */
  g_assert_cmpuint (json_array_get_length (conflicts), ==, 1);
  g_assert_cmpstr (json_array_get_string_element (conflicts, 0), ==,
                   json_object_get_string_member (banquet, "url"));
  conflicts = json_object_get_array_member (find (old_types, PARTY), "conflicts_with");
  g_assert_cmpuint (json_array_get_length (conflicts), ==, 1);

  g_assert_cmpuint (
      count_of (variations, "ticket_type", json_object_get_string_member (banquet, "url")), ==, 2);
  /* Four choices of the old one and four of the new, and one of the concert. */
  g_assert_cmpuint (json_array_get_length (json_node_get_array (choices->json)), ==, 9);
  g_assert_cmpuint (json_array_get_length (json_node_get_array (modifiers->json)), ==, 4);
  g_assert_cmpuint (json_array_get_length (json_node_get_array (codes->json)), ==, 0);
}

/* Without a date everything is where it was. */
static void
test_undated (Bitketd *bitketd)
{
  g_autoptr (Answer) made =
      bitketd_expect (bitketd, "POST", PATH "duplicate/", WORLD_STAFF, "{\"slug\":\"again\"}", 201);

  g_assert_cmpstr (answer_get_text (made, "name"), ==, "Luciafesten 2017");
  g_assert_true (json_object_get_null_member (json_node_get_object (made->json), "starts"));
}

static void
test_bad (Bitketd *bitketd)
{
  static const RequestCase cases[] = {
    { "POST", PATH "duplicate/", "{}", 400, "{\"slug\":" REQUIRED "}" },
    { "POST", PATH "duplicate/", "[]", 400,
      "{\"non_field_errors\":[\"Invalid data. Expected a dictionary, but got list.\"]}" },
    { "POST", PATH "duplicate/", "{\"slug\":\"luciafesten-2017\"}", 400,
      "{\"slug\":[\"Another event of the organization has this slug.\"]}" },
    { "POST", PATH "duplicate/", "{\"slug\":\"x\",\"venue\":\"y\",\"z\":1}", 400,
      "{\"z\":[\"Unknown field.\"],\"venue\":[\"This field cannot be given here.\"]}" },
    { "POST", PATH "duplicate/", "{\"slug\":\"x\",\"starts\":\"soon\"}", 400, NULL },
    { "POST", "/api/events/00000000-0000-4000-8000-000000000000/duplicate/", "{\"slug\":\"x\"}",
      404, NULL },
  };
  g_autoptr (Answer) list = NULL;

  bitketd_run_cases (bitketd, WORLD_STAFF, cases, G_N_ELEMENTS (cases));
  list = bitketd_expect (bitketd, "GET", "/api/events/", WORLD_STAFF, NULL, 200);
  g_assert_cmpuint (json_array_get_length (json_node_get_array (list->json)), ==, 3);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  bitketd_test_add ("service/duplicate/all", test_all);
  bitketd_test_add ("service/duplicate/undated", test_undated);
  bitketd_test_add ("service/duplicate/bad", test_bad);
  return g_test_run ();
}
