/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

/* Doors: made, paired, and what they may do, against a real bitketd on both databases. */

#include <string.h>

#include "bitketd-fixture.h"

#define ENTRIES "/api/events/" WORLD_EVENT "/entries/"
#define FEED    "/api/events/" WORLD_EVENT "/entry-feed/"

static char *
make_body (const char *event, const char *name)
{
  return g_strdup_printf ("{\"event\":\"%s\",\"name\":\"%s\"}", event, name);
}

static void
test_pairing (Bitketd *bitketd)
{
  g_autofree char *body = make_body (WORLD_EVENT, "North");
  g_autoptr (Answer) made = bitketd_ask (bitketd, "POST", "/api/doors/", WORLD_STAFF, body);
  const char *pairing = answer_get_text (made, "pairing");
  g_autofree char *event = g_strdup_printf ("%s/api/events/" WORLD_EVENT "/", bitketd->url);
  g_autofree char *typed = g_ascii_strdown (pairing, -1);
  g_autofree char *ask = NULL;
  g_autoptr (Answer) paired = NULL;
  g_autoptr (Answer) again = NULL;
  g_autoptr (Answer) list = NULL;

  g_assert_cmpuint (made->status, ==, 201);
  g_assert_true (
      g_regex_match_simple ("^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$", pairing, 0, 0));
  g_assert_true (g_str_has_prefix (answer_get_text (made, "pairing_qr"), "bitket://pair?server="));
  g_assert_true (g_str_has_suffix (answer_get_text (made, "pairing_qr"), pairing));
  g_assert_cmpstr (answer_get_text (made, "event"), ==, event);
  g_assert_cmpstr (answer_get_text (made, "name"), ==, "North");

  /* As people type it. */
  g_strdelimit (typed, "-", ' ');
  ask = g_strdup_printf ("{\"pairing\":\" %s\"}", typed);
  paired = bitketd_ask (bitketd, "POST", "/api/doors/pair/", NULL, ask);
  g_assert_cmpuint (paired->status, ==, 200);
  g_assert_cmpstr (answer_get_text (paired, "event"), ==, event);
  g_assert_cmpuint (strlen (answer_get_text (paired, "door_key")), ==, 64);
  again = bitketd_ask (bitketd, "POST", "/api/doors/pair/", NULL, ask);
  g_assert_cmpuint (again->status, ==, 400);
  g_assert_cmpstr (again->text, ==, "{\"pairing\":[\"This pairing code is not valid.\"]}");

  list = bitketd_ask (bitketd, "GET", "/api/doors/?event=" WORLD_EVENT, WORLD_STAFF, NULL);
  g_assert_cmpuint (list->status, ==, 200);
  g_assert_cmpstr (json_object_get_string_member (answer_get_element (list, 0), "name"), ==,
                   "North");
  g_assert_false (json_object_get_null_member (answer_get_element (list, 0), "paired"));
}

static void
test_bad_doors (Bitketd *bitketd)
{
  static const BodyCase cases[] = {
    { "{}", 400, "{\"event\":[\"This field is required.\"]}" },
    { "[]", 400,
      "{\"non_field_errors\":[\"Invalid data. Expected a dictionary, but got list.\"]}" },
    { "{\"event\":\"x\"}", 400, "{\"event\":[\"Invalid hyperlink - No URL match.\"]}" },
    { "{\"event\":\"" WORLD_EVENT "\"}", 400, "{\"name\":[\"This field is required.\"]}" },
    { "{\"event\":\"" WORLD_EVENT "\",\"name\":\" \"}", 400,
      "{\"name\":[\"This field may not be blank.\"]}" },
    { "{\"event\":\"00000000-0000-4000-8000-000000000000\",\"name\":\"x\"}", 404,
      "{\"detail\":\"Not found.\"}" },
  };
  g_autofree char *alice = bitketd_jwt (bitketd, "alice@example.com");
  g_autoptr (Answer) anonymous = bitketd_ask (bitketd, "POST", "/api/doors/", NULL, "{}");
  g_autoptr (Answer) ordinary = bitketd_ask (bitketd, "POST", "/api/doors/", alice, "{}");

  g_assert_cmpuint (anonymous->status, ==, 401);
  g_assert_cmpuint (ordinary->status, ==, 403);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Answer) answer =
          bitketd_ask (bitketd, "POST", "/api/doors/", WORLD_STAFF, cases[i].body);

      g_assert_cmpstr (answer->text, ==, cases[i].answer);
      g_assert_cmpuint (answer->status, ==, cases[i].status);
    }
}

/* A door reads its feed and sends entries, of its own event, and nothing else. */
static void
test_door_rights (Bitketd *bitketd)
{
  static const char *const forbidden[] = {
    "/api/events/" WORLD_CONCERT "/entry-feed/",
    "/api/events/" WORLD_CONCERT "/conflicts/",
    "/api/events/" WORLD_EVENT "/sales/",
    "/api/events/",
    "/api/users/",
    "/api/ticket-ownerships/",
    "/api/ticket-ownerships/search/?query=a",
    "/api/doors/",
  };
  g_auto (TestDoor) door = { 0 };
  g_autoptr (Answer) wrong = NULL;
  g_autoptr (Answer) entries = NULL;

  bitketd_pair (bitketd, WORLD_EVENT, "North", &door);
  for (gsize i = 0; i < G_N_ELEMENTS (forbidden); i++)
    {
      g_autoptr (Answer) answer =
          bitketd_ask (bitketd, "GET", forbidden[i], door.authorization, NULL);

      if (answer->status != 403)
        g_test_message ("%s", forbidden[i]);
      g_assert_cmpuint (answer->status, ==, 403);
    }
  entries = bitketd_ask (bitketd, "POST", "/api/events/" WORLD_CONCERT "/entries/",
                         door.authorization, "[]");
  g_assert_cmpuint (entries->status, ==, 403);
  wrong = bitketd_ask (bitketd, "GET", FEED, "Door nonsense", NULL);
  g_assert_cmpuint (wrong->status, ==, 401);
  g_assert_cmpstr (wrong->text, ==, "{\"detail\":\"Invalid token.\"}");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  bitketd_test_add ("service/doors/pairing", test_pairing);
  bitketd_test_add ("service/doors/bad", test_bad_doors);
  bitketd_test_add ("service/doors/rights", test_door_rights);
  return g_test_run ();
}
