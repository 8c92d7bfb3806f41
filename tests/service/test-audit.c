/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

/* The audit trail: every write leaves its row, in the same transaction, for those who may read it.
 */

#include <string.h>

#include "bitketd-fixture.h"

#define EVENT_PATH "/api/events/" WORLD_EVENT "/"

static void
write_ok (Bitketd *bitketd, const char *method, const char *path, const char *who, const char *body)
{
  g_autoptr (Answer) answer = bitketd_ask (bitketd, method, path, who, body);

  if (answer->status >= 300)
    g_test_message ("%s %s: %s", method, path, answer->text);
  g_assert_cmpuint (answer->status, <, 300);
}

static guint
count_rows (Bitketd *bitketd, const char *who, const char *query)
{
  g_autofree char *path = g_strconcat ("/api/audit/", query, NULL);
  g_autoptr (Answer) list = bitketd_ask (bitketd, "GET", path, who, NULL);

  if (list->status != 200)
    g_test_message ("%s: %s", path, list->text);
  g_assert_cmpuint (list->status, ==, 200);
  return json_array_get_length (json_node_get_array (list->json));
}

static const char *
get_text (JsonObject *row, const char *name)
{
  return json_object_get_string_member (row, name);
}

/* What a row says, newest first. */
static void
test_rows (Bitketd *bitketd)
{
  g_autofree char *who = bitketd_enlist (bitketd, "alice@example.com", WORLD_ORG, "organizer");
  g_autoptr (Answer) list = NULL;
  g_autoptr (Answer) single = NULL;
  g_autofree char *made = NULL;
  JsonObject *row, *before, *after;

  write_ok (bitketd, "PATCH", EVENT_PATH, who, "{\"venue\":\"Kårhuset\",\"name\":\"Lucia\"}");
  /* What changes nothing, and what is refused, leaves nothing. */
  write_ok (bitketd, "PATCH", EVENT_PATH, who, "{\"venue\":\"Kårhuset\"}");
  g_clear_pointer (&list, answer_free);
  list = bitketd_ask (bitketd, "PATCH", EVENT_PATH, who, "{\"venue\":\"B\",\"slug\":\"hidden\"}");
  g_assert_cmpuint (list->status, ==, 400);
  g_clear_pointer (&list, answer_free);

  list = bitketd_ask (bitketd, "GET", "/api/audit/?event=" WORLD_EVENT, who, NULL);
  g_assert_cmpuint (json_array_get_length (json_node_get_array (list->json)), ==, 1);
  row = answer_get_element (list, 0);
  g_assert_cmpstr (get_text (row, "action"), ==, "change");
  g_assert_cmpstr (get_text (row, "resource"), ==, "event");
  g_assert_cmpstr (get_text (row, "resource_id"), ==, WORLD_EVENT);
  g_assert_cmpstr (get_text (row, "by"), ==, "Alice Andersson");
  g_assert_true (json_object_get_null_member (row, "door"));
  before = json_object_get_object_member (row, "before");
  after = json_object_get_object_member (row, "after");
  g_assert_cmpuint (json_object_get_size (before), ==, 2);
  g_assert_cmpuint (json_object_get_size (after), ==, 2);
  g_assert_cmpstr (get_text (before, "name"), ==, "Luciafesten 2017");
  g_assert_cmpstr (get_text (before, "venue"), ==, "");
  g_assert_cmpstr (get_text (after, "venue"), ==, "Kårhuset");
  made = g_strdup (get_text (row, "url") + strlen (bitketd->url));
  single = bitketd_ask (bitketd, "GET", made, who, NULL);
  g_assert_cmpuint (single->status, ==, 200);
  g_assert_cmpstr (answer_get_text (single, "resource_id"), ==, WORLD_EVENT);
}

static void
test_makes_and_deletes (Bitketd *bitketd)
{
  g_autoptr (Answer) made = bitketd_ask (bitketd, "POST", "/api/student-unions/", WORLD_STAFF,
                                         "{\"name\":\"Consensus\"}");
  g_autofree char *path = g_strdup_printf ("/api/student-unions/%s/", answer_get_text (made, "id"));
  g_autoptr (Answer) list = NULL;

  write_ok (bitketd, "DELETE", path, WORLD_STAFF, NULL);
  list = bitketd_ask (bitketd, "GET", "/api/audit/?resource=student_union", WORLD_STAFF, NULL);
  g_assert_cmpuint (json_array_get_length (json_node_get_array (list->json)), ==, 2);
  g_assert_cmpstr (get_text (answer_get_element (list, 0), "action"), ==, "delete");
  g_assert_true (json_object_get_null_member (answer_get_element (list, 0), "after"));
  g_assert_cmpstr (
      get_text (json_object_get_object_member (answer_get_element (list, 0), "before"), "name"), ==,
      "Consensus");
  g_assert_cmpstr (get_text (answer_get_element (list, 1), "action"), ==, "create");
  g_assert_true (json_object_get_null_member (answer_get_element (list, 1), "before"));
}

/* Doors, entries by hand, and those a crew forced. */
static void
test_entrance (Bitketd *bitketd)
{
  static const char *const actions[] = { "force", "unutilize", "utilize", "pair", "create" };
  g_auto (TestDoor) door = { 0 };
  g_autofree char *revoke = NULL;
  g_autoptr (Answer) list = NULL;

  bitketd_pair (bitketd, WORLD_EVENT, "North", &door);
  write_ok (bitketd, "POST", "/api/ticket-ownerships/" WORLD_OWNERSHIP "/utilize/", WORLD_STAFF,
            NULL);
  write_ok (bitketd, "POST", "/api/ticket-ownerships/" WORLD_OWNERSHIP "/unutilize/", WORLD_STAFF,
            NULL);
  write_ok (bitketd, "POST", EVENT_PATH "entries/", door.authorization,
            "[{\"id\":\"c0000000-0000-4000-8000-000000000001\",\"ownership\":\"" WORLD_OWNERSHIP
            "\",\"at\":\"2026-01-01T00:00:00Z\",\"source\":\"camera\",\"offline\":true,"
            "\"verdict\":\"admit\",\"reason\":\"valid\",\"forced\":\"knows him\"}]");
  list = bitketd_ask (bitketd, "GET", "/api/audit/?event=" WORLD_EVENT, WORLD_STAFF, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    g_assert_cmpstr (get_text (answer_get_element (list, i), "action"), ==, actions[i]);
  g_assert_true (g_str_has_suffix (get_text (answer_get_element (list, 0), "door"), "/"));
  g_assert_cmpstr (get_text (answer_get_element (list, 0), "by"), ==, "North");
  g_assert_null (strstr (list->text, "pairing"));
  g_assert_null (strstr (list->text, "token"));

  revoke = g_strdup_printf ("/api/doors/%s/", door.id);
  write_ok (bitketd, "DELETE", revoke, WORLD_STAFF, NULL);
  write_ok (bitketd, "DELETE", revoke, WORLD_STAFF, NULL);
  g_assert_cmpuint (count_rows (bitketd, WORLD_STAFF, "?resource=door"), ==, 3);
}

static void
test_readers_and_filters (Bitketd *bitketd)
{
  g_autofree char *organizer =
      bitketd_enlist (bitketd, "alice@example.com", WORLD_ORG, "organizer");
  g_autofree char *treasurer = bitketd_enlist (bitketd, "bob@example.com", WORLD_ORG, "treasurer");
  g_autofree char *crew = bitketd_enlist (bitketd, "carol@example.com", WORLD_ORG, "crew");
  g_autofree char *other = bitketd_enlist (bitketd, "dave@example.com",
                                           "dd72de5a-58f4-5bf4-8b78-bf87b4845ac3", "organizer");

  write_ok (bitketd, "PATCH", EVENT_PATH, organizer, "{\"venue\":\"A\"}");
  write_ok (bitketd, "PATCH", EVENT_PATH, WORLD_STAFF, "{\"venue\":\"B\"}");
  g_assert_cmpuint (count_rows (bitketd, WORLD_STAFF, ""), ==, 6);
  g_assert_cmpuint (count_rows (bitketd, organizer, ""), ==, 5);
  g_assert_cmpuint (count_rows (bitketd, treasurer, ""), ==, 5);
  g_assert_cmpuint (count_rows (bitketd, crew, ""), ==, 0);
  g_assert_cmpuint (count_rows (bitketd, other, ""), ==, 1);
  g_assert_cmpuint (count_rows (bitketd, other, "?organization=" WORLD_ORG), ==, 0);
  g_assert_cmpuint (count_rows (bitketd, organizer, "?event=" WORLD_EVENT), ==, 2);
  g_assert_cmpuint (count_rows (bitketd, organizer, "?resource=membership"), ==, 3);
  g_assert_cmpuint (count_rows (bitketd, organizer, "?user=6f432980-5496-577a-960c-219fadd51ea9"),
                    ==, 1);
  g_assert_cmpuint (count_rows (bitketd, organizer, "?from=2100-01-01T00:00:00Z"), ==, 0);
  g_assert_cmpuint (count_rows (bitketd, organizer, "?to=2001-01-01T00:00:00Z"), ==, 0);
  g_assert_cmpuint (
      count_rows (bitketd, organizer, "?from=2001-01-01T00:00:00Z&to=2100-01-01T00:00:00Z"), ==, 5);
}

static void
test_bad_filters (Bitketd *bitketd)
{
  static const BodyCase cases[] = {
    { "?event=x", 400, "{\"event\":[\"Invalid hyperlink - No URL match.\"]}" },
    { "?from=yesterday", 400, "{\"from\":[\"Enter a time as in 2026-11-22T18:00:00Z.\"]}" },
    { "?to=2", 400, "{\"to\":[\"Enter a time as in 2026-11-22T18:00:00Z.\"]}" },
    { "?limit=0", 400, "{\"limit\":[\"A valid integer from 1 to 5000 is required.\"]}" },
    { "?limit=2&cursor=x", 400, "{\"cursor\":[\"Invalid cursor.\"]}" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/api/audit/", cases[i].body, NULL);
      g_autoptr (Answer) answer = bitketd_ask (bitketd, "GET", path, WORLD_STAFF, NULL);

      g_assert_cmpstr (answer->text, ==, cases[i].answer);
      g_assert_cmpuint (answer->status, ==, cases[i].status);
    }
}

/* Page by page, each row once, newest first. */
static void
test_pages (Bitketd *bitketd)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *path = g_strdup ("/api/audit/?limit=3&event=" WORLD_EVENT);
  g_autofree char *last_at = g_strdup ("9");

  for (guint i = 0; i < 10; i++)
    {
      g_autofree char *body = g_strdup_printf ("{\"venue\":\"%u\"}", i);

      write_ok (bitketd, "PATCH", EVENT_PATH, WORLD_STAFF, body);
    }
  while (path != NULL)
    {
      g_autoptr (Answer) page = bitketd_ask (bitketd, "GET", path, WORLD_STAFF, NULL);
      const char *link = answer_get_header (page, "Link");

      for (guint i = 0; i < json_array_get_length (json_node_get_array (page->json)); i++)
        {
          JsonObject *row = answer_get_element (page, i);

          g_assert_true (g_hash_table_add (seen, g_strdup (get_text (row, "id"))));
          g_assert_cmpstr (get_text (row, "at"), <=, last_at);
          g_free (last_at);
          last_at = g_strdup (get_text (row, "at"));
        }
      g_free (path);
      path = link == NULL ? NULL
                          : g_strndup (link + 1 + strlen (bitketd->url),
                                       strcspn (link, ">") - 1 - strlen (bitketd->url));
    }
  g_assert_cmpuint (g_hash_table_size (seen), ==, 10);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  bitketd_test_add ("service/audit/rows", test_rows);
  bitketd_test_add ("service/audit/makes-and-deletes", test_makes_and_deletes);
  bitketd_test_add ("service/audit/entrance", test_entrance);
  bitketd_test_add ("service/audit/readers-and-filters", test_readers_and_filters);
  bitketd_test_add ("service/audit/bad-filters", test_bad_filters);
  bitketd_test_add ("service/audit/pages", test_pages);
  return g_test_run ();
}
