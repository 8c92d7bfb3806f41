/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

/* Idempotency-Key: the same request once, whatever becomes of its answers. */

#include <string.h>

#include "bitketd-fixture.h"

#define TYPES      "/api/ticket-types/"
#define HEADER     "Idempotency-Key"
#define BODY(name) "{\"event\":\"" WORLD_EVENT "\",\"name\":\"" name "\",\"price\":\"10.00\"}"

static Answer *
post (Bitketd *bitketd, const char *path, const char *body, const char *key)
{
  return bitketd_ask_with (bitketd, "POST", path, WORLD_STAFF, body, HEADER, key);
}

static guint
count_types (Bitketd *bitketd, const char *name)
{
  g_autoptr (Answer) list = bitketd_ask (bitketd, "GET", TYPES, WORLD_STAFF, NULL);
  guint n = 0;

  for (guint i = 0; i < json_array_get_length (json_node_get_array (list->json)); i++)
    if (strcmp (json_object_get_string_member (answer_get_element (list, i), "name"), name) == 0)
      n++;
  return n;
}

static void
test_again (Bitketd *bitketd)
{
  g_autoptr (Answer) first = post (bitketd, TYPES, BODY ("A"), "k1");
  g_autoptr (Answer) again = post (bitketd, TYPES, BODY ("A"), "k1");
  g_autoptr (Answer) other = post (bitketd, TYPES, BODY ("B"), "k1");
  g_autoptr (Answer) elsewhere = post (bitketd, "/api/events/", BODY ("A"), "k1");
  g_autoptr (Answer) another_key = post (bitketd, TYPES, BODY ("A"), "k2");
  g_autoptr (Answer) none = bitketd_ask (bitketd, "POST", TYPES, WORLD_STAFF, BODY ("A"));

  g_assert_cmpuint (first->status, ==, 201);
  g_assert_null (answer_get_header (first, "Idempotent-Replayed"));
  g_assert_cmpuint (again->status, ==, 201);
  g_assert_cmpstr (answer_get_header (again, "Idempotent-Replayed"), ==, "true");
  g_assert_cmpstr (again->text, ==, first->text);
  g_assert_cmpstr (answer_get_header (again, "Location"), ==,
                   answer_get_header (first, "Location"));
  g_assert_cmpuint (other->status, ==, 422);
  g_assert_cmpstr (other->text, ==,
                   "{\"detail\":\"This Idempotency-Key was used for another request.\"}");
  g_assert_cmpuint (elsewhere->status, ==, 422);
  g_assert_cmpuint (another_key->status, ==, 201);
  g_assert_cmpuint (none->status, ==, 201);
  g_assert_cmpuint (count_types (bitketd, "A"), ==, 3);
  g_assert_cmpuint (count_types (bitketd, "B"), ==, 0);
}

/* What changed nothing is asked anew. */
static void
test_refused (Bitketd *bitketd)
{
  g_autoptr (Answer) bad = post (bitketd, TYPES, "{}", "k");
  g_autoptr (Answer) good = post (bitketd, TYPES, BODY ("A"), "k");

  g_assert_cmpuint (bad->status, ==, 400);
  g_assert_cmpuint (good->status, ==, 201);
}

static void
test_keys (Bitketd *bitketd)
{
  g_autofree char *long_key = g_strnfill (255, 'k');
  g_autofree char *too_long = g_strnfill (256, 'k');
  g_autoptr (Answer) just = post (bitketd, TYPES, BODY ("A"), long_key);
  g_autoptr (Answer) refused = post (bitketd, TYPES, BODY ("B"), too_long);
  g_autoptr (Answer) empty = post (bitketd, TYPES, BODY ("B"), "");

  g_assert_cmpuint (just->status, ==, 201);
  g_assert_cmpuint (refused->status, ==, 400);
  g_assert_cmpstr (refused->text, ==,
                   "{\"detail\":\"An Idempotency-Key is 1 to 255 bytes of text.\"}");
  g_assert_cmpuint (empty->status, ==, 400);
  g_assert_cmpuint (count_types (bitketd, "B"), ==, 0);
}

/* One's key is nothing to another. */
static void
test_callers (Bitketd *bitketd)
{
  g_autofree char *alice = bitketd_jwt (bitketd, "alice@example.com");
  g_autoptr (Answer) member =
      bitketd_ask (bitketd, "POST", "/api/memberships/", WORLD_STAFF,
                   "{\"organization\":\"" WORLD_ORG
                   "\",\"email\":\"alice@example.com\",\"role\":\"organizer\"}");
  g_autoptr (Answer) staff = post (bitketd, TYPES, BODY ("A"), "k");
  g_autoptr (Answer) organizer =
      bitketd_ask_with (bitketd, "POST", TYPES, alice, BODY ("A"), HEADER, "k");

  g_assert_cmpuint (member->status, ==, 201);
  g_assert_cmpuint (staff->status, ==, 201);
  g_assert_cmpuint (organizer->status, ==, 201);
  g_assert_cmpstr (answer_get_text (staff, "id"), !=, answer_get_text (organizer, "id"));
}

#define N_AT_ONCE 12

static void
test_at_once (Bitketd *bitketd)
{
  Question questions[N_AT_ONCE];
  g_autoptr (GPtrArray) answers = NULL;

  for (guint i = 0; i < N_AT_ONCE; i++)
    questions[i] = (Question) { "POST", TYPES, WORLD_STAFF, BODY ("A"), HEADER, "k" };
  answers = bitketd_ask_at_once (bitketd, questions, N_AT_ONCE);
  g_assert_cmpuint (answers_count (answers, 201), ==, N_AT_ONCE);
  for (guint i = 1; i < N_AT_ONCE; i++)
    g_assert_cmpstr (((Answer *) answers->pdata[i])->text, ==,
                     ((Answer *) answers->pdata[0])->text);
  g_assert_cmpuint (count_types (bitketd, "A"), ==, 1);
}

static void
set_age (Bitketd *bitketd, gint64 age_us)
{
  g_autoptr (BitketDb) db = bitketd_open_db (bitketd);
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketStatement) statement =
      bitket_db_prepare (db, "UPDATE idempotency_keys SET created = $1", &error);

  g_assert_no_error (error);
  bitket_statement_bind_int64 (statement, 1, g_get_real_time () - age_us);
  bitket_statement_run (statement, &error);
  g_assert_no_error (error);
}

/* A key is good for a day. */
static void
test_old (Bitketd *bitketd)
{
  const gint64 hour_us = G_GINT64_CONSTANT (3600000000);
  g_autoptr (Answer) first = post (bitketd, TYPES, BODY ("A"), "k");
  g_autoptr (Answer) same_day = NULL;
  g_autoptr (Answer) next_day = NULL;

  set_age (bitketd, 23 * hour_us);
  same_day = post (bitketd, TYPES, BODY ("A"), "k");
  set_age (bitketd, 25 * hour_us);
  next_day = post (bitketd, TYPES, BODY ("A"), "k");
  g_assert_cmpstr (answer_get_text (same_day, "id"), ==, answer_get_text (first, "id"));
  g_assert_cmpstr (answer_get_text (next_day, "id"), !=, answer_get_text (first, "id"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  bitketd_test_add ("service/idempotency/again", test_again);
  bitketd_test_add ("service/idempotency/refused", test_refused);
  bitketd_test_add ("service/idempotency/keys", test_keys);
  bitketd_test_add ("service/idempotency/callers", test_callers);
  bitketd_test_add ("service/idempotency/at-once", test_at_once);
  bitketd_test_add ("service/idempotency/old", test_old);
  return g_test_run ();
}
