/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

/* The feed and entries, against a real bitketd on both databases. */

#include <string.h>

#include "bitket-feed-rows.h"
#include "bitket-json-reader.h"
#include "bitket-key-hash.h"
#include "bitket-time.h"
#include "bitketd-fixture.h"

#define ENTRIES "/api/events/" WORLD_EVENT "/entries/"
#define FEED    "/api/events/" WORLD_EVENT "/entry-feed/"
#define HOUR_US (3600 * G_TIME_SPAN_SECOND)

/* What an item may say; members that are NULL are left out. */
typedef struct
{
  const char *id; /* NULL: a new one */
  const char *ownership;
  const char *code;
  const char *sig;
  const char *verdict;
  const char *reason;
  const char *forced;
  const char *annuls;
  gint64 at_us; /* 0: now */
} Item;

static void
append_text (GString *out, const char *name, const char *value)
{
  if (value != NULL)
    g_string_append_printf (out, ",\"%s\":\"%s\"", name, value);
}

static char *
format_item (const Item *item)
{
  GString *out = g_string_new ("{");
  g_autofree char *random = g_uuid_string_random ();
  g_autofree char *at = bitket_time_format (item->at_us != 0 ? item->at_us : g_get_real_time ());

  g_string_append_printf (out, "\"id\":\"%s\",\"at\":\"%s\",\"source\":\"camera\"",
                          item->id != NULL ? item->id : random, at);
  append_text (out, "ownership", item->ownership);
  append_text (out, "code", item->code);
  append_text (out, "sig", item->sig);
  append_text (out, "verdict", item->verdict);
  append_text (out, "reason", item->reason);
  append_text (out, "forced", item->forced);
  append_text (out, "annuls", item->annuls);
  g_string_append (out, item->verdict != NULL ? ",\"offline\":true}" : "}");
  return g_string_free (out, FALSE);
}

/* Sends one item and checks its result. Returns: (transfer full) */
static Answer *
send_item (Bitketd *bitketd, const TestDoor *door, const Item *item, const char *expected)
{
  g_autofree char *text = format_item (item);
  g_autofree char *body = g_strdup_printf ("[%s]", text);
  Answer *answer = bitketd_ask (bitketd, "POST", ENTRIES, door->authorization, body);
  const char *result;

  if (answer->status != 200)
    g_test_message ("%u %s", answer->status, answer->text);
  g_assert_cmpuint (answer->status, ==, 200);
  result = json_object_get_string_member (answer_get_element (answer, 0), "result");
  if (g_strcmp0 (result, expected) != 0)
    g_test_message ("%s → %s", body, answer->text);
  g_assert_cmpstr (result, ==, expected);
  return answer;
}

static void
check_item (Bitketd *bitketd, const TestDoor *door, const Item *item, const char *expected)
{
  g_autoptr (Answer) answer = send_item (bitketd, door, item, expected);
}

static const char *
get_member (Answer *answer, const char *name)
{
  return json_object_get_string_member_with_default (answer_get_element (answer, 0), name, NULL);
}

static JsonObject *
find_row (Answer *feed, const char *ownership)
{
  JsonArray *tickets = json_object_get_array_member (json_node_get_object (feed->json), "tickets");

  for (guint i = 0; i < json_array_get_length (tickets); i++)
    {
      JsonObject *row = json_array_get_object_element (tickets, i);

      if (strcmp (json_object_get_string_member (row, "ownership"), ownership) == 0)
        return row;
    }
  return NULL;
}

static void
check_state (Answer *feed, const char *ownership, const char *state)
{
  JsonObject *row = find_row (feed, ownership);

  g_assert_nonnull (row);
  g_assert_cmpstr (json_object_get_string_member (row, "state"), ==, state);
}

static void
test_feed_rows (Bitketd *bitketd)
{
  g_auto (TestDoor) door = { 0 };
  g_autoptr (Answer) feed = NULL;
  g_autoptr (GError) error = NULL;
  BitketDoorKey key;
  char hash[BITKET_KEY_HASH_SIZE];
  JsonObject *event;

  bitketd_pair (bitketd, WORLD_EVENT, "North", &door);
  feed = bitketd_ask (bitketd, "GET", FEED, door.authorization, NULL);
  g_assert_cmpuint (feed->status, ==, 200);
  check_state (feed, WORLD_OWNERSHIP, "valid");
  check_state (feed, WORLD_RESOLD, "superseded");
  check_state (feed, WORLD_USED, "utilized");
  bitket_door_key_from_hex (door.key, &key, &error);
  g_assert_no_error (error);
  bitket_key_hash_code (&key, WORLD_OWNERSHIP, WORLD_CODE, hash);
  g_assert_cmpstr (json_object_get_string_member (find_row (feed, WORLD_OWNERSHIP), "code_hash"),
                   ==, hash);
  /* No code, no personal number and no ticket of another event. */
  g_assert_null (strstr (feed->text, WORLD_CODE));
  g_assert_null (strstr (feed->text, "199011290799"));
  g_assert_null (strstr (feed->text, "5ea700"));
  event = json_object_get_object_member (json_node_get_object (feed->json), "event");
  g_assert_cmpstr (json_object_get_string_member (event, "name"), ==, "Luciafesten 2017");
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (event, "verify_keys")), ==,
                    1);
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (event, "ticket_types")),
                    ==, 9);
}

/* The page that is written as text is what the shared writer would have written. */
static void
test_feed_text (Bitketd *bitketd)
{
  g_auto (TestDoor) door = { 0 };
  g_autoptr (BitketDb) db = NULL;
  g_autoptr (GString) page = g_string_new (NULL);
  g_autoptr (JsonNode) rows = NULL;
  g_autoptr (GError) error = NULL;
  gboolean has_more;
  gint64 last;

  bitketd_pair (bitketd, WORLD_EVENT, "North", &door);
  db = bitketd_open_db (bitketd);
  /* A name with everything that JSON escapes. */
  bitket_db_execute (db,
                     "UPDATE users SET name = 'a\"b\\c"
                     "\n\t\r\b\f\x01\x7f/ö€😀' WHERE email ="
                     " 'alice@example.com'",
                     &error);
  g_assert_no_error (error);
  bitket_feed_append_page (db, WORLD_EVENT, 0, 100, page, &last, &has_more, &error);
  g_assert_no_error (error);
  rows = bitket_json_parse (page->str, (gssize) page->len, &error);
  g_assert_no_error (error);
  g_string_assign (page, page->str);
  for (guint i = 0; i < json_array_get_length (json_node_get_array (rows)); i++)
    {
      JsonObject *row = json_array_get_object_element (json_node_get_array (rows), i);
      g_autoptr (JsonNode) node = bitket_feed_row (
          db, WORLD_EVENT, json_object_get_string_member (row, "ownership"), &error);
      g_autofree char *text = NULL;

      g_assert_no_error (error);
      g_assert_nonnull (node);
      text = bitket_json_to_string (node);
      if (strstr (page->str, text) == NULL)
        g_test_message ("%s is not in %s", text, page->str);
      g_assert_nonnull (strstr (page->str, text));
    }
}

/* Page by page, everything once; then only what changed. */
static void
test_feed_pages (Bitketd *bitketd)
{
  g_auto (TestDoor) door = { 0 };
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *cursor = g_strdup ("");
  gboolean has_more = TRUE;
  guint n_pages = 0;
  g_autofree char *path = NULL;
  g_autoptr (Answer) changed = NULL;

  bitketd_pair (bitketd, WORLD_EVENT, "North", &door);
  while (has_more)
    {
      g_autofree char *page_path = g_strdup_printf (FEED "?limit=4&cursor=%s", cursor);
      g_autoptr (Answer) page = bitketd_ask (bitketd, "GET", page_path, door.authorization, NULL);
      JsonObject *object = json_node_get_object (page->json);
      JsonArray *tickets = json_object_get_array_member (object, "tickets");

      for (guint i = 0; i < json_array_get_length (tickets); i++)
        g_assert_true (
            g_hash_table_add (seen, g_strdup (json_object_get_string_member (
                                        json_array_get_object_element (tickets, i), "ownership"))));
      has_more = json_object_get_boolean_member (object, "has_more");
      g_free (cursor);
      cursor = g_strdup (json_object_get_string_member (object, "cursor"));
      n_pages++;
    }
  g_assert_cmpuint (n_pages, ==, 3);
  g_assert_cmpuint (g_hash_table_size (seen), ==, 9);

  check_item (bitketd, &door, &(Item) { .ownership = WORLD_OWNERSHIP, .code = WORLD_CODE },
              "admitted");
  path = g_strdup_printf (FEED "?cursor=%s", cursor);
  changed = bitketd_ask (bitketd, "GET", path, door.authorization, NULL);
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (
                        json_node_get_object (changed->json), "tickets")),
                    ==, 1);
  check_state (changed, WORLD_OWNERSHIP, "utilized");
}

static void
test_feed_refused (Bitketd *bitketd)
{
  static const BodyCase cases[] = {
    { FEED "?cursor=x", 400, "{\"cursor\":[\"Invalid cursor.\"]}" },
    { FEED "?cursor=c1--1", 400, "{\"cursor\":[\"Invalid cursor.\"]}" },
    { FEED "?limit=0", 400, "{\"limit\":[\"A valid integer from 1 to 5000 is required.\"]}" },
    { FEED "?limit=5001", 400, "{\"limit\":[\"A valid integer from 1 to 5000 is required.\"]}" },
    { FEED "?limit=x", 400, "{\"limit\":[\"A valid integer from 1 to 5000 is required.\"]}" },
  };
  g_auto (TestDoor) door = { 0 };
  g_autoptr (Answer) future = NULL;
  g_autoptr (Answer) anonymous = bitketd_ask (bitketd, "GET", FEED, NULL, NULL);

  g_assert_cmpuint (anonymous->status, ==, 401);
  bitketd_pair (bitketd, WORLD_EVENT, "North", &door);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Answer) answer =
          bitketd_ask (bitketd, "GET", cases[i].body, door.authorization, NULL);

      g_assert_cmpstr (answer->text, ==, cases[i].answer);
      g_assert_cmpuint (answer->status, ==, cases[i].status);
    }
  /* Of a database that was put back: from the beginning again. */
  future = bitketd_ask (bitketd, "GET", FEED "?cursor=c1-999999", door.authorization, NULL);
  g_assert_nonnull (find_row (future, WORLD_OWNERSHIP));
}

static void
test_asked (Bitketd *bitketd)
{
  static const struct
  {
    Item item;
    const char *result;
  } cases[] = {
    { { .ownership = WORLD_OWNERSHIP, .code = "A1B2C3" }, "admitted" },
    { { .ownership = WORLD_OWNERSHIP, .code = WORLD_CODE }, "already_admitted" },
    { { .ownership = WORLD_OWNERSHIP, .code = "000000" }, "code_replaced" },
    { { .ownership = WORLD_RESOLD, .code = "c0ffee" }, "superseded" },
    { { .ownership = WORLD_USED, .code = "0ddba1" }, "already_admitted" },
    { { .ownership = "00000000-0000-4000-8000-000000000000", .code = "000000" }, "unknown_ticket" },
    { { .ownership = WORLD_OWNERSHIP, .code = WORLD_CODE, .sig = "AAAA" }, "bad_signature" },
  };
  g_auto (TestDoor) door = { 0 };

  bitketd_pair (bitketd, WORLD_EVENT, "North", &door);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    check_item (bitketd, &door, &cases[i].item, cases[i].result);
}

/* A ticket of another event is refused with that event's name. */
static void
test_wrong_event (Bitketd *bitketd)
{
  g_auto (TestDoor) door = { 0 };
  g_autoptr (Answer) answer = NULL;

  bitketd_pair (bitketd, WORLD_CONCERT, "Stage", &door);
  {
    g_autofree char *item =
        format_item (&(Item) { .ownership = WORLD_OWNERSHIP, .code = WORLD_CODE });
    g_autofree char *body = g_strdup_printf ("[%s]", item);

    answer = bitketd_ask (bitketd, "POST", "/api/events/" WORLD_CONCERT "/entries/",
                          door.authorization, body);
  }
  g_assert_cmpstr (get_member (answer, "result"), ==, "wrong_event");
  g_assert_cmpstr (get_member (answer, "event_name"), ==, "Luciafesten 2017");
  g_assert_false (json_object_has_member (answer_get_element (answer, 0), "ticket"));
}

/* A signed code: right, by hand changed, and of a ticket that nobody knows. */
static void
test_signed (Bitketd *bitketd)
{
  g_auto (TestDoor) door = { 0 };
  g_autoptr (BitketDb) db = NULL;
  g_autoptr (GPtrArray) keys = NULL;
  g_autoptr (GError) error = NULL;
  BitketTicketCode code = { .ownership = WORLD_OWNERSHIP, .code = WORLD_CODE };
  BitketTicketCode unknown = { .ownership = "00000000-0000-4000-8000-000000000000",
                               .code = "123456" };
  const BitketEventKey *key;
  g_autofree char *sig = NULL;
  g_autofree char *unknown_sig = NULL;

  bitketd_pair (bitketd, WORLD_EVENT, "North", &door);
  db = bitketd_open_db (bitketd);
  keys = bitket_store_event_keys (db, WORLD_EVENT, &error);
  g_assert_no_error (error);
  key = keys->pdata[0];
  bitket_ticket_code_sign (&code, WORLD_EVENT, WORLD_PARTY, key->sign_key);
  bitket_ticket_code_sign (&unknown, WORLD_EVENT, WORLD_PARTY, key->sign_key);
  sig = g_base64_encode (code.signature, sizeof code.signature);
  unknown_sig = g_base64_encode (unknown.signature, sizeof unknown.signature);
  for (char *p = sig; *p != '\0'; p++)
    *p = *p == '+' ? '-' : *p == '/' ? '_' : *p;
  for (char *p = unknown_sig; *p != '\0'; p++)
    *p = *p == '+' ? '-' : *p == '/' ? '_' : *p;
  g_strdelimit (sig, "=", '\0');
  g_strdelimit (unknown_sig, "=", '\0');

  check_item (bitketd, &door,
              &(Item) { .ownership = unknown.ownership, .code = unknown.code, .sig = unknown_sig },
              "unknown_ticket");
  check_item (bitketd, &door,
              &(Item) { .ownership = WORLD_OWNERSHIP, .code = WORLD_CODE, .sig = unknown_sig },
              "bad_signature");
  check_item (bitketd, &door,
              &(Item) { .ownership = WORLD_OWNERSHIP, .code = WORLD_CODE, .sig = sig }, "admitted");
}

/* The ticket's type was changed after its code was signed: the code is right all the same, as at
 * the door. */
static void
test_signed_for_former_type (Bitketd *bitketd)
{
  g_auto (TestDoor) door = { 0 };
  g_autoptr (BitketDb) db = NULL;
  g_autoptr (GPtrArray) keys = NULL;
  g_autoptr (BitketStatement) types = NULL;
  g_autofree char *sig = NULL;
  BitketTicketCode code = { .ownership = WORLD_OWNERSHIP, .code = WORLD_CODE };

  bitketd_pair (bitketd, WORLD_EVENT, "North", &door);
  db = bitketd_open_db (bitketd);
  keys = bitket_store_event_keys (db, WORLD_EVENT, NULL);
  types = bitket_db_prepare (db,
                             "SELECT id FROM ticket_types WHERE event = '" WORLD_EVENT
                             "' AND id <> '" WORLD_PARTY "' LIMIT 1",
                             NULL);
  g_assert_true (bitket_statement_step (types, NULL));
  bitket_ticket_code_sign (&code, WORLD_EVENT, bitket_statement_get_text (types, 0),
                           ((const BitketEventKey *) keys->pdata[0])->sign_key);
  g_clear_pointer (&types, bitket_statement_free);
  sig = g_base64_encode (code.signature, sizeof code.signature);
  for (char *p = sig; *p != '\0'; p++)
    *p = *p == '+' ? '-' : *p == '/' ? '_' : *p == '=' ? '\0' : *p;
  check_item (bitketd, &door,
              &(Item) { .ownership = WORLD_OWNERSHIP, .code = WORLD_CODE, .sig = sig }, "admitted");
}

/* The same id again: the same result, one row, whatever happened since. */
static void
test_replay (Bitketd *bitketd)
{
  const Item item = { .id = "11111111-1111-4111-8111-111111111111",
                      .ownership = WORLD_OWNERSHIP,
                      .code = WORLD_CODE,
                      .at_us = 1512847800000000 };
  g_auto (TestDoor) door = { 0 };
  g_autoptr (BitketDb) db = NULL;
  g_autoptr (BitketStatement) statement = NULL;
  g_autoptr (Answer) first = NULL;

  bitketd_pair (bitketd, WORLD_EVENT, "North", &door);
  first = send_item (bitketd, &door, &item, "admitted");
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (Answer) again = send_item (bitketd, &door, &item, "admitted");

      g_assert_cmpstr (again->text, ==, first->text);
    }
  g_assert_cmpstr (get_member (first, "utilized"), ==, "2017-12-09T19:30:00Z");
  g_assert_cmpstr (get_member (first, "utilized_by_door"), ==, "North");
  db = bitketd_open_db (bitketd);
  statement = bitket_db_prepare (db, "SELECT COUNT (*) FROM entries", NULL);
  g_assert_true (bitket_statement_step (statement, NULL));
  g_assert_cmpint (bitket_statement_get_int64 (statement, 0), ==, 1);
}

static JsonObject *
get_conflict (Answer *conflicts)
{
  g_assert_cmpuint (json_array_get_length (json_node_get_array (conflicts->json)), ==, 1);
  return answer_get_element (conflicts, 0);
}

/* Two doors that were apart let the same ticket in: the earlier is the entry, whoever tells first.
 */
static void
tell_both (Bitketd *bitketd, guint n_of_earlier)
{
  const gint64 early_us = g_get_real_time () - 2 * HOUR_US;
  const gint64 times[] = { early_us, early_us + HOUR_US };
  g_auto (TestDoor) north = { 0 };
  g_auto (TestDoor) south = { 0 };
  g_autofree char *early_text = bitket_time_format (early_us);
  g_autoptr (Answer) second = NULL;
  g_autoptr (Answer) conflicts = NULL;
  g_autoptr (Answer) feed = NULL;
  JsonArray *entries;

  bitketd_pair (bitketd, WORLD_EVENT, "North", &north);
  bitketd_pair (bitketd, WORLD_EVENT, "South", &south);
  check_item (bitketd, &north,
              &(Item) { .ownership = WORLD_OWNERSHIP,
                        .code = WORLD_CODE,
                        .verdict = "admit",
                        .reason = "valid",
                        .at_us = times[n_of_earlier == 0 ? 0 : 1] },
              "admitted");
  second = send_item (bitketd, &south,
                      &(Item) { .ownership = WORLD_OWNERSHIP,
                                .code = WORLD_CODE,
                                .verdict = "admit",
                                .reason = "valid",
                                .at_us = times[n_of_earlier == 0 ? 1 : 0] },
                      n_of_earlier == 0 ? "already_admitted" : "admitted");
  g_assert_cmpstr (get_member (second, "utilized"), ==, early_text);
  g_assert_cmpstr (get_member (second, "utilized_by_door"), ==,
                   n_of_earlier == 0 ? "North" : "South");
  g_assert_true (json_object_get_boolean_member_with_default (
                     answer_get_element (second, 0), "conflict", FALSE) == (n_of_earlier == 0));

  conflicts = bitketd_ask (bitketd, "GET", "/api/events/" WORLD_EVENT "/conflicts/",
                           south.authorization, NULL);
  entries = json_object_get_array_member (get_conflict (conflicts), "entries");
  g_assert_cmpuint (json_array_get_length (entries), ==, 2);
  g_assert_cmpstr (json_object_get_string_member (json_array_get_object_element (entries, 0), "at"),
                   ==, early_text);
  g_assert_false (
      json_object_get_boolean_member (json_array_get_object_element (entries, 0), "conflict"));
  g_assert_true (
      json_object_get_boolean_member (json_array_get_object_element (entries, 1), "conflict"));
  feed = bitketd_ask (bitketd, "GET", FEED, north.authorization, NULL);
  g_assert_cmpstr (json_object_get_string_member (find_row (feed, WORLD_OWNERSHIP), "utilized"), ==,
                   early_text);
}

static void
test_conflict_in_order (Bitketd *bitketd)
{
  tell_both (bitketd, 0);
}

static void
test_conflict_out_of_order (Bitketd *bitketd)
{
  tell_both (bitketd, 1);
}

static void
check_utilized (Bitketd *bitketd, const TestDoor *door, const char *door_name)
{
  g_autoptr (Answer) feed = bitketd_ask (bitketd, "GET", FEED, door->authorization, NULL);
  JsonObject *row = find_row (feed, WORLD_OWNERSHIP);

  g_assert_cmpstr (json_object_get_string_member_with_default (row, "utilized_by_door", NULL), ==,
                   door_name);
  g_assert_true (json_object_get_null_member (row, "utilized") == (door_name == NULL));
}

/* Undo, then the same ticket again; both rows stay. */
static void
test_annul (Bitketd *bitketd)
{
  const char *first = "11111111-1111-4111-8111-111111111111";
  const char *undo = "22222222-2222-4222-8222-222222222222";
  g_auto (TestDoor) door = { 0 };

  bitketd_pair (bitketd, WORLD_EVENT, "North", &door);
  check_item (bitketd, &door,
              &(Item) { .id = first, .ownership = WORLD_OWNERSHIP, .code = WORLD_CODE },
              "admitted");
  check_item (bitketd, &door, &(Item) { .id = undo, .ownership = WORLD_OWNERSHIP, .annuls = first },
              "annulled");
  check_utilized (bitketd, &door, NULL);
  check_item (bitketd, &door, &(Item) { .id = undo, .ownership = WORLD_OWNERSHIP, .annuls = first },
              "annulled");
  check_item (bitketd, &door, &(Item) { .ownership = WORLD_OWNERSHIP, .annuls = first },
              "annulled");
  check_item (
      bitketd, &door,
      &(Item) { .ownership = WORLD_OWNERSHIP, .annuls = "33333333-3333-4333-8333-333333333333" },
      "unknown_ticket");
  check_item (bitketd, &door, &(Item) { .ownership = WORLD_OWNERSHIP, .code = WORLD_CODE },
              "admitted");
  check_utilized (bitketd, &door, "North");
}

/* Taking back one of two entries leaves the other, and no conflict. */
static void
test_annul_conflict (Bitketd *bitketd)
{
  const char *early = "11111111-1111-4111-8111-111111111111";
  const char *late = "22222222-2222-4222-8222-222222222222";
  const gint64 early_us = g_get_real_time () - HOUR_US;
  g_auto (TestDoor) north = { 0 };
  g_auto (TestDoor) south = { 0 };
  g_autoptr (Answer) conflicts = NULL;

  bitketd_pair (bitketd, WORLD_EVENT, "North", &north);
  bitketd_pair (bitketd, WORLD_EVENT, "South", &south);
  check_item (bitketd, &north,
              &(Item) { .id = early,
                        .ownership = WORLD_OWNERSHIP,
                        .code = WORLD_CODE,
                        .verdict = "admit",
                        .reason = "valid",
                        .at_us = early_us },
              "admitted");
  check_item (bitketd, &south,
              &(Item) { .id = late,
                        .ownership = WORLD_OWNERSHIP,
                        .code = WORLD_CODE,
                        .verdict = "admit",
                        .reason = "valid" },
              "already_admitted");
  check_item (bitketd, &north, &(Item) { .ownership = WORLD_OWNERSHIP, .annuls = early },
              "annulled");
  check_utilized (bitketd, &north, "South");
  conflicts =
      bitketd_ask (bitketd, "GET", "/api/events/" WORLD_EVENT "/conflicts/", WORLD_STAFF, NULL);
  g_assert_cmpstr (conflicts->text, ==, "[]");
  check_item (bitketd, &south, &(Item) { .ownership = WORLD_OWNERSHIP, .annuls = late },
              "annulled");
  check_utilized (bitketd, &north, NULL);
}

/* A question that was refused, whose answer got lost: the door let the visitor in by itself, and
 * tells so under the same id. */
static void
test_lost_refusal (Bitketd *bitketd)
{
  const char *id = "22222222-2222-4222-8222-222222222222";
  const Item told = { .id = id,
                      .ownership = WORLD_OWNERSHIP,
                      .code = WORLD_CODE,
                      .verdict = "admit",
                      .reason = "valid" };
  g_auto (TestDoor) north = { 0 };
  g_auto (TestDoor) south = { 0 };
  g_autoptr (Answer) conflicts = NULL;

  bitketd_pair (bitketd, WORLD_EVENT, "North", &north);
  bitketd_pair (bitketd, WORLD_EVENT, "South", &south);
  check_item (bitketd, &north, &(Item) { .ownership = WORLD_OWNERSHIP, .code = WORLD_CODE },
              "admitted");
  check_item (bitketd, &south,
              &(Item) { .id = id, .ownership = WORLD_OWNERSHIP, .code = WORLD_CODE },
              "already_admitted");
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (Answer) answer = send_item (bitketd, &south, &told, "already_admitted");

      g_assert_true (json_object_get_boolean_member_with_default (answer_get_element (answer, 0),
                                                                  "conflict", FALSE));
    }
  conflicts =
      bitketd_ask (bitketd, "GET", "/api/events/" WORLD_EVENT "/conflicts/", WORLD_STAFF, NULL);
  g_assert_cmpuint (
      json_array_get_length (json_object_get_array_member (get_conflict (conflicts), "entries")),
      ==, 2);
  check_utilized (bitketd, &north, "North");
}

/* An annulment that comes before its entry can be sent again behind it. */
static void
test_early_annulment (Bitketd *bitketd)
{
  const char *first = "11111111-1111-4111-8111-111111111111";
  const Item undo = { .id = "22222222-2222-4222-8222-222222222222",
                      .ownership = WORLD_OWNERSHIP,
                      .annuls = first };
  g_auto (TestDoor) door = { 0 };

  bitketd_pair (bitketd, WORLD_EVENT, "North", &door);
  check_item (bitketd, &door, &undo, "unknown_ticket");
  check_item (bitketd, &door,
              &(Item) { .id = first, .ownership = WORLD_OWNERSHIP, .code = WORLD_CODE },
              "admitted");
  check_item (bitketd, &door, &undo, "annulled");
  check_utilized (bitketd, &door, NULL);
}

static void
test_told (Bitketd *bitketd)
{
  static const struct
  {
    Item item;
    const char *result;
  } cases[] = {
    /* A denial is noted, and is no entry. */
    { { .ownership = WORLD_OWNERSHIP, .verdict = "refuse", .reason = "code_replaced" }, "logged" },
    { { .verdict = "refuse", .reason = "unreadable" }, "logged" },
    /* The former owner was let in by a door that had not heard of the sale. */
    { { .ownership = WORLD_RESOLD, .verdict = "admit", .reason = "valid" }, "superseded" },
    /* A ticket that nobody knows, by its signature. */
    { { .ownership = "00000000-0000-4000-8000-000000000000",
        .verdict = "attention",
        .reason = "signature_only" },
      "unknown_ticket" },
    /* A crew that decided otherwise. */
    { { .ownership = WORLD_OWNERSHIP,
        .code = "000000",
        .verdict = "refuse",
        .reason = "code_replaced",
        .forced = "known to me" },
      "admitted" },
    { { .ownership = WORLD_OWNERSHIP,
        .verdict = "refuse",
        .reason = "already_admitted",
        .forced = "said so" },
      "already_admitted" },
  };
  g_auto (TestDoor) door = { 0 };
  g_autoptr (Answer) conflicts = NULL;

  bitketd_pair (bitketd, WORLD_EVENT, "North", &door);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    check_item (bitketd, &door, &cases[i].item, cases[i].result);
  conflicts =
      bitketd_ask (bitketd, "GET", "/api/events/" WORLD_EVENT "/conflicts/", WORLD_STAFF, NULL);
  /* All three that should not have been let in. */
  g_assert_cmpuint (json_array_get_length (json_node_get_array (conflicts->json)), ==, 3);
}

/* Hours count for who asks, not for who is inside already. */
static void
test_hours (Bitketd *bitketd)
{
  g_auto (TestDoor) door = { 0 };
  g_autoptr (BitketDb) db = bitketd_open_db (bitketd);

  bitketd_pair (bitketd, WORLD_EVENT, "North", &door);
  g_assert_true (bitket_db_execute (
      db, "UPDATE events SET entry_opens = 9000000000000000 WHERE id = '" WORLD_EVENT "'", NULL));
  check_item (bitketd, &door, &(Item) { .ownership = WORLD_OWNERSHIP, .code = WORLD_CODE },
              "not_yet");
  g_assert_true (bitket_db_execute (
      db, "UPDATE events SET entry_opens = 1, ends = 1000 WHERE id = '" WORLD_EVENT "'", NULL));
  check_item (bitketd, &door, &(Item) { .ownership = WORLD_OWNERSHIP, .code = WORLD_CODE }, "over");
  check_item (
      bitketd, &door,
      &(Item) {
          .ownership = WORLD_OWNERSHIP, .code = WORLD_CODE, .verdict = "admit", .reason = "valid" },
      "admitted");
}

static void
test_revoked (Bitketd *bitketd)
{
  static const char revoked[] = "{\"detail\":\"This door was revoked.\",\"code\":\"door_revoked\"}";
  const Item told = {
    .ownership = WORLD_OWNERSHIP, .code = WORLD_CODE, .verdict = "admit", .reason = "valid"
  };
  g_auto (TestDoor) door = { 0 };
  g_autofree char *path = NULL;
  g_autofree char *alice = bitketd_jwt (bitketd, "alice@example.com");
  g_autofree char *item = format_item (&(Item) { .ownership = WORLD_OWNERSHIP });
  g_autofree char *asking = g_strdup_printf ("[%s]", item);
  g_autoptr (Answer) ordinary = NULL;
  g_autoptr (Answer) gone = NULL;
  g_autoptr (Answer) feed = NULL;
  g_autoptr (Answer) asked = NULL;
  g_autoptr (Answer) conflicts = NULL;

  bitketd_pair (bitketd, WORLD_EVENT, "North", &door);
  path = g_strdup_printf ("/api/doors/%s/", door.id);
  ordinary = bitketd_ask (bitketd, "DELETE", path, alice, NULL);
  g_assert_cmpuint (ordinary->status, ==, 403);
  gone = bitketd_ask (bitketd, "DELETE", path, WORLD_STAFF, NULL);
  g_assert_cmpuint (gone->status, ==, 204);
  feed = bitketd_ask (bitketd, "GET", FEED, door.authorization, NULL);
  g_assert_cmpuint (feed->status, ==, 401);
  g_assert_cmpstr (feed->text, ==, revoked);
  asked = bitketd_ask (bitketd, "POST", ENTRIES, door.authorization, asking);
  g_assert_cmpuint (asked->status, ==, 401);
  g_assert_cmpstr (asked->text, ==, revoked);
  /* What it did before it knew is taken, and said to be late. */
  check_item (bitketd, &door, &told, "admitted");
  check_item (bitketd, &door, &told, "already_admitted");
  conflicts =
      bitketd_ask (bitketd, "GET", "/api/events/" WORLD_EVENT "/conflicts/", WORLD_STAFF, NULL);
  g_assert_true (json_object_get_boolean_member (
      json_array_get_object_element (
          json_object_get_array_member (get_conflict (conflicts), "entries"), 0),
      "late"));
}

static void
test_bad_batches (Bitketd *bitketd)
{
  static const BodyCase cases[] = {
    { "", 400, NULL },
    { "{}", 400, "{\"detail\":\"Expected a list of at most 500 entries.\"}" },
    { "null", 400, NULL },
    { "[", 400, NULL },
    { "[1]", 400, NULL },
    { "[{}]", 400, NULL },
    { "[{\"id\":\"x\"}]", 400, NULL },
    { "[[[[[[]]]]]]", 400, NULL },
    { "[{\"id\":\"11111111-1111-4111-8111-111111111111\"},]", 400, NULL },
    { "\xff\xfe", 400, NULL },
    { "[]", 200, "[]" },
  };
  g_auto (TestDoor) door = { 0 };
  g_autoptr (GString) many = g_string_new ("[{}");
  g_autoptr (Answer) too_many = NULL;

  bitketd_pair (bitketd, WORLD_EVENT, "North", &door);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Answer) answer =
          bitketd_ask (bitketd, "POST", ENTRIES, door.authorization, cases[i].body);

      if (answer->status != cases[i].status)
        g_test_message ("%s: %s", cases[i].body, answer->text);
      g_assert_cmpuint (answer->status, ==, cases[i].status);
      if (cases[i].answer != NULL)
        g_assert_cmpstr (answer->text, ==, cases[i].answer);
      g_assert_nonnull (answer->json);
    }
  for (guint i = 0; i < 500; i++)
    g_string_append (many, ",{}");
  g_string_append_c (many, ']');
  too_many = bitketd_ask (bitketd, "POST", ENTRIES, door.authorization, many->str);
  g_assert_cmpstr (too_many->text, ==, cases[1].answer);
}

/* A bad row of a batch is answered for itself; the others are not harmed. */
static void
test_bad_rows (Bitketd *bitketd)
{
  static const char id[] = "\"id\":\"11111111-1111-4111-8111-11111111111%u\"";
  static const char *const bad[] = {
    "",
    ",\"at\":5",
    ",\"at\":\"2017-12-09T19:30:00Z\"",
    ",\"at\":\"2017-12-09T19:30:00Z\",\"source\":\"telepathy\",\"ownership\":\"" WORLD_OWNERSHIP
    "\"",
    ",\"at\":\"2017-12-09T19:30:00Z\",\"source\":\"camera\",\"ownership\":\"x\"",
    ",\"at\":\"2017-12-09T19:30:00Z\",\"source\":\"camera\",\"ownership\":\"" WORLD_OWNERSHIP
    "\",\"code\":\"no\"",
    ",\"at\":\"2017-12-09T19:30:00Z\",\"source\":\"camera\",\"ownership\":\"" WORLD_OWNERSHIP
    "\",\"verdict\":\"maybe\"",
  };
  g_auto (TestDoor) door = { 0 };
  g_autoptr (GString) body = g_string_new ("[");
  g_autofree char *good =
      format_item (&(Item) { .ownership = WORLD_OWNERSHIP, .code = WORLD_CODE });
  g_autoptr (Answer) answer = NULL;

  bitketd_pair (bitketd, WORLD_EVENT, "North", &door);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autofree char *this_id = g_strdup_printf (id, i);

      g_string_append_printf (body, "{%s%s},", this_id, bad[i]);
    }
  g_string_append_printf (body, "%s]", good);
  answer = bitketd_ask (bitketd, "POST", ENTRIES, door.authorization, body->str);
  g_assert_cmpuint (answer->status, ==, 200);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_assert_cmpstr (json_object_get_string_member (answer_get_element (answer, i), "result"), ==,
                       "fault");
      g_assert_true (json_object_has_member (answer_get_element (answer, i), "detail"));
    }
  g_assert_cmpstr (
      json_object_get_string_member (answer_get_element (answer, G_N_ELEMENTS (bad)), "result"), ==,
      "admitted");
}

/* Crew of an organization let in at its events, and at no others. */
static void
test_crew (Bitketd *bitketd)
{
  g_autoptr (BitketDb) db = bitketd_open_db (bitketd);
  g_autofree char *dave = bitketd_jwt (bitketd, "dave@example.com");
  g_autofree char *body = g_strdup ("{\"event\":\"" WORLD_EVENT "\",\"name\":\"North\"}");
  g_autoptr (Answer) before = bitketd_ask (
      bitketd, "POST", "/api/ticket-ownerships/" WORLD_OWNERSHIP "/utilize/", dave, "");
  g_autoptr (Answer) utilized = NULL;
  g_autoptr (Answer) feed = NULL;
  g_autoptr (Answer) other = NULL;
  g_autoptr (Answer) door = NULL;
  g_autoptr (Answer) sales = NULL;
  g_autoptr (Answer) found = NULL;
  g_autoptr (Answer) hidden = NULL;

  g_assert_cmpuint (before->status, ==, 403);
  g_assert_true (bitket_db_execute (db,
                                    "INSERT INTO memberships (id, organization, email, role) VALUES"
                                    " ('22222222-2222-4222-8222-222222222222', '" WORLD_ORG
                                    "', 'dave@example.com', 'crew')",
                                    NULL));
  utilized = bitketd_ask (bitketd, "POST", "/api/ticket-ownerships/" WORLD_OWNERSHIP "/utilize/",
                          dave, "");
  g_assert_cmpuint (utilized->status, ==, 200);
  feed = bitketd_ask (bitketd, "GET", FEED, dave, NULL);
  g_assert_cmpuint (feed->status, ==, 200);
  other = bitketd_ask (bitketd, "GET", "/api/events/" WORLD_CONCERT "/entry-feed/", dave, NULL);
  g_assert_cmpuint (other->status, ==, 403);
  door = bitketd_ask (bitketd, "POST", "/api/doors/", dave, body);
  g_assert_cmpuint (door->status, ==, 403);
  sales = bitketd_ask (bitketd, "GET", "/api/events/" WORLD_EVENT "/sales/", dave, NULL);
  g_assert_cmpuint (sales->status, ==, 403);
  /* The seat at the other organization's concert is not found; unpublished events are seen. */
  found = bitketd_ask (bitketd, "GET", "/api/ticket-ownerships/search/?query=5ea700", dave, NULL);
  g_assert_cmpstr (found->text, ==, "[]");
  hidden = bitketd_ask (bitketd, "GET", "/api/events/", dave, NULL);
  g_assert_cmpuint (json_array_get_length (json_node_get_array (hidden->json)), ==, 3);
  g_assert_false (json_object_has_member (answer_get_element (hidden, 0), "published"));
  g_assert_true (json_object_has_member (answer_get_element (hidden, 1), "published"));
}

static void
test_sales (Bitketd *bitketd)
{
  g_autoptr (Answer) by_type =
      bitketd_ask (bitketd, "GET", "/api/events/" WORLD_EVENT "/sales/", WORLD_STAFF, NULL);
  g_autoptr (Answer) by_day = bitketd_ask (
      bitketd, "GET", "/api/events/" WORLD_EVENT "/sales/?group_by=day", WORLD_STAFF, NULL);
  g_autoptr (Answer) other = bitketd_ask (
      bitketd, "GET", "/api/events/" WORLD_EVENT "/sales/?group_by=x", WORLD_STAFF, NULL);
  JsonObject *sales = json_node_get_object (by_type->json);
  JsonArray *groups = json_object_get_array_member (sales, "groups");

  g_assert_cmpint (json_object_get_int_member (sales, "sold"), ==, 6);
  g_assert_cmpint (json_object_get_int_member (sales, "pending"), ==, 2);
  g_assert_cmpint (json_object_get_int_member (sales, "utilized"), ==, 1);
  /* 100.00 + 325.50 + 25.50 + 25.50 + 50.00 + 80.00 */
  g_assert_cmpstr (json_object_get_string_member (sales, "revenue"), ==, "606.50");
  g_assert_true (json_object_get_null_member (sales, "remaining"));
  g_assert_cmpuint (json_array_get_length (groups), ==, 9);
  g_assert_cmpstr (by_day->text, ==,
                   "{\"sold\":6,\"pending\":2,\"refunded\":0,\"utilized\":1,\"remaining\":null,"
                   "\"revenue\":\"606.50\",\"groups\":[{\"key\":\"2017-11-01\","
                   "\"label\":\"2017-11-01\",\"count\":6,\"amount\":\"606.50\"}]}");
  g_assert_cmpuint (other->status, ==, 400);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  bitketd_test_add ("service/entry/feed-rows", test_feed_rows);
  bitketd_test_add ("service/entry/feed-text", test_feed_text);
  bitketd_test_add ("service/entry/feed-pages", test_feed_pages);
  bitketd_test_add ("service/entry/feed-refused", test_feed_refused);
  bitketd_test_add ("service/entry/asked", test_asked);
  bitketd_test_add ("service/entry/wrong-event", test_wrong_event);
  bitketd_test_add ("service/entry/signed", test_signed);
  bitketd_test_add ("service/entry/signed-for-former-type", test_signed_for_former_type);
  bitketd_test_add ("service/entry/replay", test_replay);
  bitketd_test_add ("service/entry/conflict-in-order", test_conflict_in_order);
  bitketd_test_add ("service/entry/conflict-out-of-order", test_conflict_out_of_order);
  bitketd_test_add ("service/entry/annul", test_annul);
  bitketd_test_add ("service/entry/annul-conflict", test_annul_conflict);
  bitketd_test_add ("service/entry/lost-refusal", test_lost_refusal);
  bitketd_test_add ("service/entry/early-annulment", test_early_annulment);
  bitketd_test_add ("service/entry/told", test_told);
  bitketd_test_add ("service/entry/hours", test_hours);
  bitketd_test_add ("service/entry/revoked", test_revoked);
  bitketd_test_add ("service/entry/bad-batches", test_bad_batches);
  bitketd_test_add ("service/entry/bad-rows", test_bad_rows);
  bitketd_test_add ("service/entry/crew", test_crew);
  bitketd_test_add ("service/entry/sales", test_sales);
  return g_test_run ();
}
