/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

/* What an organizer changes about a ticket that is sold, against a real bitketd on both databases.
 */

#include <string.h>

#include "bitket-outbox.h"
#include "bitketd-fixture.h"

#define OWNERSHIP_PATH "/api/ticket-ownerships/" WORLD_OWNERSHIP "/"
#define UNKNOWN        "00000000-0000-4000-8000-000000000000"
#define ALICE          "alice@example.com"
#define BOB            "bob@example.com"

/* Bob's, for the banquet: a beverage at -50.00 and a food at 75.50. */
#define BOBS          "b87768fa-98cf-58f5-aa24-ebb0e76c0c04"
#define BOBS_TICKET   "55264b66-cde0-5ee8-a050-16f5f0f2abb5"
#define NON_ALCOHOLIC "a1bf7afb-f823-5bd2-9050-8d50a6d7ef83"
#define WINE          "70690784-7c41-5c86-9836-d360ea8551cf"
#define DELUXE        "e09a696a-1741-52ac-bcc2-2ebb78bf7e41"
#define MEAT          "e500a180-b4b5-5a23-940c-c0f3cab8f5d6"
#define FIRST_ROW     "bc26d25d-4ad1-565a-a018-35f81a3fca38"
#define BEVERAGE      "e3862c45-afdd-5441-a97a-ffafea004d1a"
/* Made by the test: another beverage at the price of the non-alcoholic one. */
#define JUICE "70690784-7c41-4c86-9836-d360ea8551aa"

static void
run_sql (Bitketd *bitketd, const char *sql)
{
  g_autoptr (BitketDb) db = bitketd_open_db (bitketd);
  g_autoptr (GError) error = NULL;

  bitket_db_execute (db, sql, &error);
  g_assert_no_error (error);
}

static gint64
get_int (Bitketd *bitketd, const char *sql)
{
  g_autoptr (BitketDb) db = bitketd_open_db (bitketd);
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketStatement) statement = bitket_db_prepare (db, sql, &error);

  g_assert_no_error (error);
  g_assert_true (bitket_statement_step (statement, &error));
  return bitket_statement_get_int64 (statement, 0);
}

static Answer *
post (Bitketd *bitketd, const char *ownership, const char *action, const char *body)
{
  g_autofree char *path = g_strdup_printf ("/api/ticket-ownerships/%s/%s/", ownership, action);

  return bitketd_ask (bitketd, "POST", path, WORLD_STAFF, body);
}

static void
assert_answer (Answer *answer, guint status, const char *text)
{
  g_assert_cmpstr (answer->text, ==, text);
  g_assert_cmpuint (answer->status, ==, status);
}

/* The feed's rows after @cursor; *@next is where it goes on. */
static JsonArray *
read_feed (Bitketd *bitketd, TestDoor *door, const char *cursor, Answer **answer, char **next)
{
  g_autofree char *path =
      g_strdup_printf ("/api/events/" WORLD_EVENT "/entry-feed/?cursor=%s", cursor);

  *answer = bitketd_ask (bitketd, "GET", path, door->authorization, NULL);
  g_assert_cmpuint ((*answer)->status, ==, 200);
  *next = g_strdup (answer_get_text (*answer, "cursor"));
  return json_object_get_array_member (json_node_get_object ((*answer)->json), "tickets");
}

/* The old code lets nobody in any more, the new one does, and the doors hear of it. */
static void
test_reissue (Bitketd *bitketd)
{
  g_auto (TestDoor) door = { 0 };
  g_autoptr (Answer) before = NULL;
  g_autoptr (Answer) after = NULL;
  g_autoptr (Answer) made = NULL;
  g_autoptr (Answer) old = NULL;
  g_autofree char *cursor = NULL;
  g_autofree char *last = NULL;
  g_autofree char *entry = NULL;
  JsonArray *tickets;

  bitketd_pair (bitketd, WORLD_EVENT, "North", &door);
  read_feed (bitketd, &door, "", &before, &cursor);
  made = post (bitketd, WORLD_OWNERSHIP, "reissue", "");
  g_assert_cmpuint (made->status, ==, 200);
  g_assert_cmpstr (answer_get_text (made, "id"), ==, WORLD_OWNERSHIP);
  g_assert_cmpstr (answer_get_text (made, "code"), !=, WORLD_CODE);
  g_assert_true (g_str_has_prefix (answer_get_text (made, "qr"), "data:image/png;base64,"));
  tickets = read_feed (bitketd, &door, cursor, &after, &last);
  g_assert_cmpuint (json_array_get_length (tickets), ==, 1);
  g_assert_cmpstr (
      json_object_get_string_member (json_array_get_object_element (tickets, 0), "ownership"), ==,
      WORLD_OWNERSHIP);
  entry = g_strdup_printf ("[{\"id\":\"" UNKNOWN "\",\"ownership\":\"" WORLD_OWNERSHIP
                           "\",\"code\":\"" WORLD_CODE "\",\"at\":\"2026-01-01T00:00:00Z\","
                           "\"source\":\"camera\"}]");
  old = bitketd_ask (bitketd, "POST", "/api/events/" WORLD_EVENT "/entries/", door.authorization,
                     entry);
  g_assert_cmpstr (json_object_get_string_member (answer_get_element (old, 0), "result"), !=,
                   "admitted");
}

static void
test_transfer_to_somebody (Bitketd *bitketd)
{
  g_autoptr (Answer) made = post (bitketd, BOBS, "transfer", "{\"email\":\"ALICE@example.com\"}");
  g_autofree char *alice = bitketd_jwt (bitketd, ALICE);
  g_autofree char *bob = bitketd_jwt (bitketd, BOB);
  g_autofree char *path = NULL;
  g_autoptr (Answer) hers = NULL;
  g_autoptr (Answer) his = NULL;
  g_autoptr (Answer) again = NULL;

  g_assert_cmpuint (made->status, ==, 200);
  g_assert_cmpstr (answer_get_text (made, "id"), !=, BOBS);
  g_assert_true (g_str_has_suffix (answer_get_text (made, "ticket"), BOBS_TICKET "/"));
  path = g_strdup_printf ("/api/ticket-ownerships/%s/", answer_get_text (made, "id"));
  hers = bitketd_ask (bitketd, "GET", path, alice, NULL);
  g_assert_cmpuint (hers->status, ==, 200);
  g_assert_true (json_object_get_boolean_member (json_node_get_object (hers->json), "is_current"));
  his = bitketd_ask (bitketd, "GET", "/api/ticket-ownerships/" BOBS "/", bob, NULL);
  g_assert_false (json_object_get_boolean_member (json_node_get_object (his->json), "is_current"));
  g_assert_null (answer_get_text (his, "qr"));
  /* At the same price. */
  g_assert_cmpstr (answer_get_text (hers, "price"), ==, answer_get_text (his, "price"));
  again = post (bitketd, BOBS, "transfer", "{\"email\":\"" ALICE "\"}");
  assert_answer (again, 409, "{\"detail\":\"This ticket ownership is not the current one.\"}");
}

static void
test_transfer_to_nobody_yet (Bitketd *bitketd)
{
  static const BodyCase cases[] = {
    { "", 400, "{\"email\":[\"This field is required.\"]}" },
    { "[]", 400,
      "{\"non_field_errors\":[\"Invalid data. Expected a dictionary, but got list.\"]}" },
    { "{\"email\":null}", 400, "{\"email\":[\"This field may not be null.\"]}" },
    { "{\"email\":\"nobody\"}", 400, "{\"email\":[\"Enter a valid email address.\"]}" },
    { "{\"email\":\"eva@example.com\"}", 400, "{\"name\":[\"This field is required.\"]}" },
    { "{\"email\":\"eva@example.com\",\"name\":\"\"}", 400,
      "{\"name\":[\"This field may not be blank.\"]}" },
    { "{\"email\":\"" ALICE "\",\"phone\":\"1\"}", 400, "{\"phone\":[\"Unknown field.\"]}" },
    { "{\"email\":\"" ALICE "\"}", 409, "{\"detail\":\"This ticket is theirs already.\"}" },
  };
  g_autoptr (Answer) made = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Answer) answer = post (bitketd, WORLD_OWNERSHIP, "transfer", cases[i].body);

      assert_answer (answer, cases[i].status, cases[i].answer);
    }
  g_assert_cmpint (get_int (bitketd, "SELECT COUNT (*) FROM users WHERE email = 'eva@example.com'"),
                   ==, 0);
  made = post (bitketd, WORLD_OWNERSHIP, "transfer",
               "{\"email\":\"Eva@Example.com\",\"name\":\"Eva Ek\"}");
  g_assert_cmpuint (made->status, ==, 200);
  g_assert_cmpint (get_int (bitketd, "SELECT COUNT (*) FROM users"
                                     " WHERE email = 'eva@example.com' AND name = 'Eva Ek'"),
                   ==, 1);
}

/* Without a way to send mail nothing waits to be sent. */
static void
test_resend (Bitketd *bitketd)
{
  g_autoptr (Answer) closed = post (bitketd, WORLD_OWNERSHIP, "resend", "");
  g_autoptr (BitketDb) db = bitketd_open_db (bitketd);
  g_autoptr (Answer) made = NULL;
  g_autoptr (Answer) again = NULL;
  g_autoptr (GError) error = NULL;

  assert_answer (closed, 409, "{\"detail\":\"This service is not set up to send mail.\"}");
  g_assert_cmpint (get_int (bitketd, "SELECT COUNT (*) FROM mails"), ==, 0);
  g_assert_true (bitket_outbox_set_state (db, BITKET_OUTBOX_OPEN, &error));
  made = post (bitketd, WORLD_OWNERSHIP, "resend", "");
  again = post (bitketd, WORLD_OWNERSHIP, "resend", "");
  g_assert_cmpuint (made->status, ==, 200);
  g_assert_cmpuint (again->status, ==, 200);
  g_assert_cmpstr (answer_get_text (made, "code"), ==, WORLD_CODE);
  g_assert_cmpint (
      get_int (bitketd, "SELECT COUNT (*) FROM mails WHERE ownership = '" WORLD_OWNERSHIP "'"), ==,
      1);
}

/* What is over is not changed any more. */
static void
test_over (Bitketd *bitketd)
{
  static const struct
  {
    const char *ownership;
    guint status;
    const char *text;
  } cases[] = {
    { WORLD_RESOLD, 409, "{\"detail\":\"This ticket ownership is not the current one.\"}" },
    { WORLD_USED, 409, "{\"detail\":\"This ticket ownership is already utilized.\"}" },
    { WORLD_OWNERSHIP, 409, "{\"detail\":\"This ticket is refunded.\"}" },
    { "31f77690-4f9d-56a4-9b4b-18e8cba9f281", 409,
      "{\"detail\":\"This ticket is not paid for.\"}" },
    { UNKNOWN, 404, "{\"detail\":\"Not found.\"}" },
  };
  static const char *const actions[] = { "reissue", "transfer", "resend" };

  run_sql (bitketd, "UPDATE tickets SET refunded = 1 WHERE id = '" WORLD_TICKET "'");
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/api/ticket-ownerships/%s/", cases[i].ownership);
      g_autoptr (Answer) patched =
          bitketd_ask (bitketd, "PATCH", path, WORLD_STAFF, "{\"variation_choices\":[]}");

      assert_answer (patched, cases[i].status, cases[i].text);
      for (gsize k = 0; k < G_N_ELEMENTS (actions); k++)
        {
          g_autoptr (Answer) answer =
              post (bitketd, cases[i].ownership, actions[k], "{\"email\":\"" BOB "\"}");

          assert_answer (answer, cases[i].status, cases[i].text);
        }
    }
}

#define BOBS_PATH           "/api/ticket-ownerships/" BOBS "/"
#define CHOICES(one, other) "{\"variation_choices\":[\"" one "\",\"" other "\"]}"

static Answer *
patch (Bitketd *bitketd, const char *body)
{
  return bitketd_ask (bitketd, "PATCH", BOBS_PATH, WORLD_STAFF, body);
}

static void
add_juice (Bitketd *bitketd)
{
  run_sql (bitketd,
           "INSERT INTO variation_choices (id, variation, name, delta, \"index\","
           " max_total_quantity) VALUES ('" JUICE "', '" BEVERAGE "', 'Juice', -5000, 4, 1)");
}

static void
test_bad_choices (Bitketd *bitketd)
{
  static const BodyCase cases[] = {
    { "{}", 400, "{\"variation_choices\":[\"This field is required.\"]}" },
    { "{\"code\":\"123456\"}", 400, "{\"code\":[\"Unknown field.\"]}" },
    { "{\"variation_choices\":null}", 400,
      "{\"variation_choices\":[\"This field may not be null.\"]}" },
    { "{\"variation_choices\":[]}", 400,
      "{\"variation_choices\":[\"Invalid variation choices.\"]}" },
    { "{\"variation_choices\":[\"" DELUXE "\"]}", 400,
      "{\"variation_choices\":[\"Invalid variation choices.\"]}" },
    { CHOICES (DELUXE, DELUXE), 400, "{\"variation_choices\":[\"Invalid variation choices.\"]}" },
    { CHOICES (DELUXE, MEAT), 400, "{\"variation_choices\":[\"Invalid variation choices.\"]}" },
    { CHOICES (DELUXE, FIRST_ROW), 400,
      "{\"variation_choices\":[\"Invalid variation choices.\"]}" },
    { CHOICES (DELUXE, UNKNOWN), 400, "{\"variation_choices\":[\"Invalid variation choices.\"]}" },
    { CHOICES (DELUXE, WINE), 400,
      "{\"variation_choices\":[\"The price would change by 50.00.\"]}" },
    { CHOICES (MEAT, NON_ALCOHOLIC), 400,
      "{\"variation_choices\":[\"The price would change by -75.50.\"]}" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Answer) answer = patch (bitketd, cases[i].body);

      assert_answer (answer, cases[i].status, cases[i].answer);
    }
}

static gint64
count_sold (Bitketd *bitketd, const char *choice)
{
  g_autofree char *sql = g_strdup_printf (
      "SELECT COALESCE (SUM (sold), 0) FROM choice_stock WHERE choice = '%s'", choice);

  return get_int (bitketd, sql);
}

static void
test_choices (Bitketd *bitketd)
{
  g_autoptr (Answer) same = NULL;
  g_autoptr (Answer) made = NULL;
  g_autoptr (Answer) full = NULL;
  g_autoptr (Answer) ticket = NULL;
  g_autofree char *bob = bitketd_jwt (bitketd, BOB);
  gint64 n_before;

  add_juice (bitketd);
  n_before = count_sold (bitketd, NON_ALCOHOLIC);
  same = patch (bitketd, CHOICES (NON_ALCOHOLIC, DELUXE));
  g_assert_cmpuint (same->status, ==, 200);
  made = patch (bitketd, CHOICES ("http://elsewhere/api/variation-choices/" JUICE "/", DELUXE));
  g_assert_cmpuint (made->status, ==, 200);
  g_assert_cmpstr (answer_get_text (made, "price"), ==, answer_get_text (same, "price"));
  g_assert_cmpint (count_sold (bitketd, NON_ALCOHOLIC), ==, n_before - 1);
  g_assert_cmpint (count_sold (bitketd, JUICE), ==, 1);
  ticket = bitketd_ask (bitketd, "GET", "/api/tickets/" BOBS_TICKET "/", bob, NULL);
  g_assert_nonnull (strstr (ticket->text, JUICE));
  g_assert_null (strstr (ticket->text, NON_ALCOHOLIC));

  /* One is reserved by a purchase, so there is none left to change to. */
  run_sql (bitketd, "UPDATE choice_stock SET reserved = 1 WHERE choice = '" NON_ALCOHOLIC "';"
                    "UPDATE variation_choices SET max_total_quantity = 1"
                    " WHERE id = '" NON_ALCOHOLIC "'");
  full = patch (bitketd, CHOICES (NON_ALCOHOLIC, DELUXE));
  assert_answer (full, 409,
                 "{\"detail\":\"There are no places of the choice 'Non-alcoholic' left.\"}");
  g_assert_cmpint (count_sold (bitketd, JUICE), ==, 1);
}

/* Who has seen another state is told what it is now; who did what is written down. */
static void
test_if_match (Bitketd *bitketd)
{
  g_autoptr (Answer) seen = bitketd_ask (bitketd, "GET", OWNERSHIP_PATH, WORLD_STAFF, NULL);
  const char *tag = answer_get_header (seen, "ETag");
  g_autoptr (Answer) first = bitketd_ask_with (bitketd, "POST", OWNERSHIP_PATH "reissue/",
                                               WORLD_STAFF, "", "If-Match", tag);
  g_autoptr (Answer) second = bitketd_ask_with (bitketd, "POST", OWNERSHIP_PATH "reissue/",
                                                WORLD_STAFF, "", "If-Match", tag);

  g_assert_cmpuint (first->status, ==, 200);
  g_assert_cmpuint (second->status, ==, 412);
  g_assert_cmpstr (
      json_object_get_string_member (
          json_object_get_object_member (json_node_get_object (second->json), "current"), "code"),
      ==, answer_get_text (first, "code"));
  g_assert_cmpint (get_int (bitketd, "SELECT COUNT (*) FROM audit WHERE action = 'reissue'"
                                     " AND resource_id = '" WORLD_OWNERSHIP "'"),
                   ==, 1);
}

/* The same again is answered as it was, and done once. */
static void
test_same_key (Bitketd *bitketd)
{
  g_autoptr (Answer) first = bitketd_ask_with (bitketd, "POST", OWNERSHIP_PATH "reissue/",
                                               WORLD_STAFF, "", "Idempotency-Key", "one");
  g_autoptr (Answer) again = bitketd_ask_with (bitketd, "POST", OWNERSHIP_PATH "reissue/",
                                               WORLD_STAFF, "", "Idempotency-Key", "one");

  g_assert_cmpuint (first->status, ==, 200);
  g_assert_cmpstr (again->text, ==, first->text);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  bitketd_test_add ("service/tickets/reissue", test_reissue);
  bitketd_test_add ("service/tickets/transfer", test_transfer_to_somebody);
  bitketd_test_add ("service/tickets/transfer-new", test_transfer_to_nobody_yet);
  bitketd_test_add ("service/tickets/resend", test_resend);
  bitketd_test_add ("service/tickets/over", test_over);
  bitketd_test_add ("service/tickets/if-match", test_if_match);
  bitketd_test_add ("service/tickets/same-key", test_same_key);
  bitketd_test_add ("service/tickets/bad-choices", test_bad_choices);
  bitketd_test_add ("service/tickets/choices", test_choices);
  return g_test_run ();
}
