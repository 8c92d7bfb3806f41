/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

/* The original's wire contract: a line of exchanges for every row of its tables and every example
 * that was recorded, asked of a real bitketd and compared byte for byte. See exchange.h. */

#include <string.h>

#include "bitket-jwt.h"
#include "exchange.h"

#define N_EXCHANGES_MIN 230

/* Files of exchanges; each is run in order, in a world of its own. */
static const char *const groups[] = { "exchanges", "conventions", "sign-in", "purchases" };

static void
run_group (Bitketd *bitketd, const char *name)
{
  g_auto (Scene) scene = { 0 };
  g_autoptr (JsonNode) document = exchanges_load (name);
  JsonArray *exchanges = json_node_get_array (document);

  scene_init (&scene, bitketd, name);
  for (guint i = 0; i < json_array_get_length (exchanges); i++)
    exchange_run (&scene, json_array_get_object_element (exchanges, i));
}

static void
test_exchanges (Bitketd *bitketd)
{
  run_group (bitketd, "exchanges");
}

static void
test_conventions (Bitketd *bitketd)
{
  run_group (bitketd, "conventions");
}

static void
test_sign_in (Bitketd *bitketd)
{
  run_group (bitketd, "sign-in");
}

static void
test_purchases (Bitketd *bitketd)
{
  run_group (bitketd, "purchases");
}

/* How much of the contract there is, and that no exchange stands there twice. */
static void
test_count (void)
{
  g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  guint n = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (groups); i++)
    {
      g_autoptr (JsonNode) document = exchanges_load (groups[i]);
      JsonArray *exchanges = json_node_get_array (document);

      for (guint j = 0; j < json_array_get_length (exchanges); j++, n++)
        {
          JsonObject *exchange = json_array_get_object_element (exchanges, j);

          if (!g_hash_table_add (names,
                                 g_strdup (json_object_get_string_member (exchange, "name"))))
            g_test_fail_printf ("%s is there twice",
                                json_object_get_string_member (exchange, "name"));
        }
    }
  g_test_message ("%u exchanges of the original's contract", n);
  g_assert_cmpuint (n, >=, N_EXCHANGES_MIN);
}

/* A refreshed token keeps orig_iat and is as good as the first. */
static void
test_refresh (Bitketd *bitketd)
{
  g_autofree char *first = exchange_make_jwt ("bob");
  g_autofree char *body = g_strdup_printf ("{\"token\":\"%s\"}", first);
  g_autoptr (Answer) refreshed =
      bitketd_ask (bitketd, "POST", "/api/auth-token/refresh/", NULL, body);
  g_autofree char *authorization = NULL;
  g_autoptr (Answer) users = NULL;
  g_auto (BitketJwtClaims) claims = { 0 };
  g_auto (BitketJwtClaims) first_claims = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (refreshed->status, ==, 200);
  bitket_jwt_decode (first, BITKETD_TEST_SECRET, g_get_real_time (), &first_claims, &error);
  g_assert_no_error (error);
  bitket_jwt_decode (answer_get_text (refreshed, "token"), BITKETD_TEST_SECRET, g_get_real_time (),
                     &claims, &error);
  g_assert_no_error (error);
  g_assert_cmpint (claims.orig_iat_s, ==, first_claims.orig_iat_s);
  g_assert_cmpstr (claims.username, ==, "bob@example.com");
  authorization = g_strconcat ("JWT ", answer_get_text (refreshed, "token"), NULL);
  users = bitketd_ask (bitketd, "GET", "/api/users/", authorization, NULL);
  g_assert_cmpstr (json_object_get_string_member (answer_get_element (users, 0), "name"), ==,
                   "Bob Boström");
}

/* Staff of the platform sees every ownership; the order is that of their making. */
static void
test_staff_list (Bitketd *bitketd)
{
  g_autoptr (Answer) answer =
      bitketd_ask (bitketd, "GET", "/api/ticket-ownerships/", WORLD_STAFF, NULL);
  g_autoptr (Answer) events = bitketd_ask (bitketd, "GET", "/api/events/", WORLD_STAFF, NULL);
  g_autoptr (GList) members = NULL;

  g_assert_cmpuint (json_array_get_length (json_node_get_array (answer->json)), ==, 10);
  g_assert_cmpstr (json_object_get_string_member (answer_get_element (answer, 0), "id"), ==,
                   WORLD_OWNERSHIP);
  /* The hidden one too, and what is ours stands after the original's members. */
  g_assert_cmpuint (json_array_get_length (json_node_get_array (events->json)), ==, 3);
  members = json_object_get_members (answer_get_element (events, 1));
  g_assert_cmpuint (g_list_length (members), ==, 11);
  g_assert_cmpstr (g_list_nth_data (members, 0), ==, "url");
  g_assert_cmpstr (g_list_nth_data (members, 5), ==, "organization");
  g_assert_cmpstr (g_list_nth_data (members, 6), ==, "published");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/contract/original/count", test_count);
  bitketd_test_add ("contract/original/exchanges", test_exchanges);
  bitketd_test_add ("contract/original/conventions", test_conventions);
  bitketd_test_add ("contract/original/sign-in", test_sign_in);
  bitketd_test_add ("contract/original/purchases", test_purchases);
  bitketd_test_add ("contract/original/refresh", test_refresh);
  bitketd_test_add ("contract/original/staff-list", test_staff_list);
  return g_test_run ();
}
