/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

/* What Sesam and Kobra add: unions at sign-in, and cards in the search at the entrance; and that
 * search itself. A real bitketd on both databases against the stand-in. */

#include "sign-in-fixture.h"

/* To which union somebody belongs; a directory that fails, or knows nobody, leaves none. */
static void
test_unions (Bitketd *bitketd)
{
  static const struct
  {
    const char *settings;
    const char *name;
    gint64 n_sesam; /* asked until now */
    gint64 n_kobra;
  } steps[] = {
    { STUDENT ("\"LinTek\""), "LinTek", 1, 0 },
    { STUDENT ("\"Ny kår & co\""), "Ny kår & co", 2, 0 },
    { STUDENT ("null"), NULL, 3, 0 },
    { STUDENT ("\"LinTek\""), "LinTek", 4, 0 },
    { "{\"students\":[]}", NULL, 5, 1 },
    { STUDENT ("\"LinTek\""), "LinTek", 6, 1 },
    { "{\"sesam_fault\":\"500\",\"kobra_fault\":\"500\"}", NULL, 7, 2 },
    { "{\"kobra_fault\":\"\"}", "LinTek", 8, 3 },
    { "{\"sesam_fault\":\"garbage\",\"kobra_fault\":\"garbage\"}", NULL, 9, 4 },
    { "{\"sesam_fault\":\"\"}", "LinTek", 10, 4 },
    { "{\"sesam_fault\":\"dtd\"}", NULL, 11, 5 },
    { "{\"sesam_fault\":\"\"}", "LinTek", 12, 5 },
    { "{\"sesam_fault\":\"fault\"}", NULL, 13, 6 },
  };
  g_autoptr (BitketTestProvider) provider = sign_in_begin (bitketd, SIGN_IN_WITH_DIRECTORY);
  gint64 n_unions = sign_in_count (bitketd, "SELECT COUNT (*) FROM student_unions");

  bitket_test_provider_control (provider, LIU_BO);
  for (gsize i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      g_autoptr (Answer) answer = NULL;

      g_test_message ("%s", steps[i].settings);
      bitket_test_provider_control (provider, steps[i].settings);
      answer = sign_in (bitketd, provider, "liu");
      g_assert_cmpuint (answer->status, ==, 200);
      sign_in_assert_union (bitketd, steps[i].name);
      g_assert_cmpint (bitket_test_provider_count (provider, "sesam"), ==, steps[i].n_sesam);
      g_assert_cmpint (bitket_test_provider_count (provider, "kobra"), ==, steps[i].n_kobra);
    }
  g_assert_cmpint (sign_in_count (bitketd, "SELECT COUNT (*) FROM student_unions"), ==,
                   n_unions + 1);
}

/* Only who comes through LiU is looked up; who comes otherwise keeps what he has. */
static void
test_unions_kept (Bitketd *bitketd)
{
  g_autoptr (BitketTestProvider) provider = sign_in_begin (bitketd, SIGN_IN_WITH_DIRECTORY);
  g_autofree char *before =
      sign_in_look_up (bitketd, "SELECT student_union FROM users WHERE email = 'bob@example.com'");
  g_autofree char *after = NULL;
  g_autoptr (Answer) answer = NULL;

  g_assert_nonnull (before);
  bitket_test_provider_control (provider, "{\"google\":{\"sub\":\"4\",\"email_verified\":true,"
                                          "\"email\":\"bob@example.com\"}}");
  answer = sign_in (bitketd, provider, "google");
  g_assert_cmpuint (answer->status, ==, 200);
  after =
      sign_in_look_up (bitketd, "SELECT student_union FROM users WHERE email = 'bob@example.com'");
  g_assert_cmpstr (after, ==, before);
  g_assert_cmpint (bitket_test_provider_count (provider, "sesam"), ==, 0);
}

static void
assert_found (Bitketd *bitketd, const char *query, guint n)
{
  g_autofree char *path = g_strconcat (
      "/api/ticket-ownerships/search/?fields=id&event=" WORLD_EVENT "&query=", query, NULL);
  g_autoptr (Answer) answer = bitketd_ask (bitketd, "GET", path, WORLD_STAFF, NULL);

  g_test_message ("%s", query);
  g_assert_cmpuint (answer->status, ==, 200);
  g_assert_true (JSON_NODE_HOLDS_ARRAY (answer->json));
  g_assert_cmpuint (json_array_get_length (json_node_get_array (answer->json)), ==, n);
  if (n == 1)
    g_assert_cmpstr (json_object_get_string_member (answer_get_element (answer, 0), "id"), ==,
                     WORLD_OWNERSHIP);
}

#define CARD(email, liu_id)                                                                        \
  "{\"students\":[{\"lin\":\"x\",\"liu_id\":\"" liu_id "\",\"email\":\"" email "\","               \
  "\"card\":\"2043261358\",\"union\":null}]}"

/* A card's number finds its holder's tickets, by address or LiU ID, in either order of its bytes.
 * Directories that fail take nothing away from the rest of the search. */
static void
test_cards (Bitketd *bitketd)
{
  static const char only_this[] = "UPDATE ticket_ownerships SET \"user\" ="
                                  " (SELECT id FROM users WHERE email = 'bob@example.com')"
                                  " WHERE \"user\" = (SELECT id FROM users WHERE email ="
                                  " 'alice@example.com') AND id <> '" WORLD_OWNERSHIP "'";
  g_autoptr (BitketTestProvider) provider = NULL;

  sign_in_execute (bitketd, only_this);
  assert_found (bitketd, "2043261358", 0);
  provider = sign_in_begin (bitketd, SIGN_IN_WITH_DIRECTORY);
  bitket_test_provider_control (provider, CARD ("ALICE@example.com", "alian042"));
  assert_found (bitketd, "2043261358", 1);
  assert_found (bitketd, "%202043261358%20", 1);
  assert_found (bitketd, "0002043261358", 1);
  assert_found (bitketd, "2930887033", 1); /* the same four bytes, turned round */
  assert_found (bitketd, "2043261359", 0);
  bitket_test_provider_control (provider, "{\"sesam_fault\":\"500\"}");
  assert_found (bitketd, "2043261358", 1);
  bitket_test_provider_control (provider, "{\"kobra_fault\":\"garbage\"}");
  assert_found (bitketd, "2043261358", 0);
  assert_found (bitketd, WORLD_CODE, 1);
  bitket_test_provider_control (provider, "{\"sesam_fault\":\"\",\"kobra_fault\":\"\"}");
  bitket_test_provider_control (provider, CARD ("other@example.com", "alian042"));
  assert_found (bitketd, "2043261358", 0);
  sign_in_execute (bitketd,
                   "UPDATE users SET liu_id = 'alian042' WHERE email = 'alice@example.com'");
  assert_found (bitketd, "2043261358", 1);
}

/* A directory that does not answer is waited for no longer than three seconds, and by nobody who
 * searches for anything but a card. */
static void
test_slow_cards (Bitketd *bitketd)
{
  g_autoptr (BitketTestProvider) provider = sign_in_begin (bitketd, SIGN_IN_WITH_DIRECTORY);
  gint64 began_us;

  bitket_test_provider_control (provider, "{\"delay\":\"/\",\"delay_ms\":20000}");
  began_us = g_get_monotonic_time ();
  assert_found (bitketd, "2043261358", 0);
  g_assert_cmpint (g_get_monotonic_time () - began_us, >=, 2900 * G_TIME_SPAN_MILLISECOND);
  g_assert_cmpint (g_get_monotonic_time () - began_us, <, 15 * G_TIME_SPAN_SECOND);
  assert_found (bitketd, WORLD_CODE, 1);
  g_assert_cmpint (bitket_test_provider_count (provider, "sesam"), ==, 1);
}

/* A database from before has nobody folded, or by older rules: opening it mends that. */
static void
test_fold_anew (Bitketd *bitketd)
{
  sign_in_execute (bitketd, "UPDATE users SET name = 'Zoë Øström-Åkesson' WHERE email ="
                            " 'alice@example.com'; DELETE FROM user_search;"
                            " DELETE FROM settings WHERE name = 'search-fold'");
  assert_found (bitketd, "zoe%20akesson", 0);
  bitketd_stop (bitketd);
  bitketd_start (bitketd);
  g_assert_cmpint (sign_in_count (bitketd, "SELECT COUNT (*) FROM user_search"), ==,
                   sign_in_count (bitketd, "SELECT COUNT (*) FROM users"));
  assert_found (bitketd, "ZOE%20akesson%20ostrom", 1);
  assert_found (bitketd, "zo%C3%AB", 1);
  assert_found (bitketd, "ALICE%40exam", 1);
  assert_found (bitketd, "zoe%25", 1);
  assert_found (bitketd, "zoe%20nilsson", 0);
  assert_found (bitketd, "%25", 0);
  assert_found (bitketd, "_", 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  bitketd_test_add ("directory/unions", test_unions);
  bitketd_test_add ("directory/unions-kept", test_unions_kept);
  bitketd_test_add ("directory/cards", test_cards);
  bitketd_test_add ("directory/slow-cards", test_slow_cards);
  bitketd_test_add ("search/fold-anew", test_fold_anew);
  return g_test_run ();
}
