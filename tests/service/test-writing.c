/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

/* Writing through the API, against a real bitketd on both databases: what is refused and in which
 * words, what belongs together, and who is first when two write at once. */

#include <string.h>

#include "bitketd-fixture.h"

#define OTHER_ORG  "dd72de5a-58f4-5bf4-8b78-bf87b4845ac3"
#define BANQUET    "dbec027f-d98a-50d7-be1a-b7e4278a31ee"
#define PRERELEASE "1f913689-0031-5395-b089-d09b3206c5f6"
#define MERCH      "882aebf7-23fc-5283-b207-5975af855690"
#define FREE       "c488ca12-0c0c-5c8c-a141-bffbcc61586c"
#define SEAT       "c6658635-6b3b-550a-9c94-8e6d564427d4"
#define BEVERAGE   "e3862c45-afdd-5441-a97a-ffafea004d1a"
#define WINE       "70690784-7c41-5c86-9836-d360ea8551cf"
#define WATER      "a1bf7afb-f823-5bd2-9050-8d50a6d7ef83" /* bought */
#define LINTEK     "9244ba9b-e6c2-5af1-85b3-de39698aa3c6"
#define IS_LINTEK  "1f81e5b4-b4b8-5301-b96f-1b16c2bd7054"
#define USED_CODE  "711e6c1e-0fa8-575f-8257-5c5e31c95ffa"
#define NOBODY     "00000000-0000-4000-8000-000000000000"
#define NO_OBJECT  "[\"Invalid hyperlink - Object does not exist.\"]"
#define REQUIRED   "[\"This field is required.\"]"
#define NO_METHOD  "{\"detail\":\"Method \\\"POST\\\" not allowed.\"}"
#define NOT_FOUND  "{\"detail\":\"Not found.\"}"

/* What an event is made of, by somebody who organizes. */
static void
test_make (Bitketd *bitketd)
{
  g_autofree char *who = bitketd_enlist (bitketd, "alice@example.com", WORLD_ORG, "organizer");
  g_autofree char *event = bitketd_make (
      bitketd, "events", who,
      "{\"organization\":\"" WORLD_ORG
      "\",\"slug\":\"valborg\",\"name\":\" Valborg \",\"starts\":\"2027-04-30T18:00:00Z\","
      "\"ends\":\"2027-05-01T02:00:00Z\"}");
  g_autofree char *type_body = g_strdup_printf (
      "{\"event\":\"%s%s\",\"name\":\"Fest\",\"price\":\"100\",\"max_total_quantity\":null,"
      "\"conflicts_with\":[\"" FREE "\",\"" FREE "\"]}",
      bitketd->url, event);
  g_autofree char *type = bitketd_make (bitketd, "ticket-types", who, type_body);
  g_autoptr (Answer) read = bitketd_expect (bitketd, "GET", event, who, NULL, 200);
  g_autoptr (Answer) read_type = bitketd_expect (bitketd, "GET", type, who, NULL, 200);
  g_autoptr (Answer) peer =
      bitketd_expect (bitketd, "GET", "/api/ticket-types/" FREE "/", who, NULL, 200);
  g_autoptr (Answer) hidden = bitketd_expect (bitketd, "GET", event, NULL, NULL, 404);
  g_autoptr (Answer) gone = NULL;
  g_autoptr (Answer) deleted = NULL;
  JsonArray *conflicts;

  g_assert_cmpstr (answer_get_text (read, "name"), ==, "Valborg");
  g_assert_cmpstr (answer_get_text (read, "ends"), ==, "2027-05-01T02:00:00Z");
  g_assert_cmpstr (answer_get_text (read_type, "price"), ==, "100.00");
  /* Conflicts go both ways. */
  conflicts = json_object_get_array_member (json_node_get_object (peer->json), "conflicts_with");
  g_assert_cmpuint (json_array_get_length (conflicts), ==, 1);
  g_assert_cmpstr (json_array_get_string_element (conflicts, 0), ==,
                   answer_get_text (read_type, "url"));

  /* Without tickets it may go, with all that hangs on it. */
  deleted = bitketd_expect (bitketd, "DELETE", event, who, NULL, 204);
  g_assert_cmpstr (deleted->text, ==, "");
  gone = bitketd_expect (bitketd, "GET", type, who, NULL, 404);
  answer_free (g_steal_pointer (&peer));
  peer = bitketd_expect (bitketd, "GET", "/api/ticket-types/" FREE "/", who, NULL, 200);
  conflicts = json_object_get_array_member (json_node_get_object (peer->json), "conflicts_with");
  g_assert_cmpuint (json_array_get_length (conflicts), ==, 0);
}

#define NEW_EVENT "{\"organization\":\"" WORLD_ORG "\",\"slug\":\"x\",\"name\":\"X\""
#define NEW_TYPE  "{\"event\":\"" WORLD_EVENT "\",\"name\":\"X\",\"price\":\"10.00\""

/* What a request may say wrong, in the words of the original's framework. */
static void
test_bad (Bitketd *bitketd)
{
  static const RequestCase cases[] = {
    { "POST", "/api/events/", "{", 400, NULL },
    { "POST", "/api/events/", "[]", 400,
      "{\"non_field_errors\":[\"Invalid data. Expected a dictionary, but got list.\"]}" },
    { "POST", "/api/events/", "{}", 400,
      "{\"slug\":" REQUIRED ",\"name\":" REQUIRED ",\"organization\":" REQUIRED "}" },
    { "POST", "/api/events/", "{\"organization\":\"" NOBODY "\"}", 400,
      "{\"organization\":" NO_OBJECT "}" },
    { "POST", "/api/events/", "{\"organization\":\"/api/events/" WORLD_EVENT "/\"}", 400,
      "{\"slug\":" REQUIRED ",\"name\":" REQUIRED
      ",\"organization\":[\"Invalid hyperlink - Incorrect URL match.\"]}" },
    { "POST", "/api/events/", "{\"organization\":null,\"slug\":\"a\",\"name\":\"a\"}", 400,
      "{\"organization\":[\"This field may not be null.\"]}" },
    { "POST", "/api/events/", NEW_EVENT ",\"nmae\":1,\"id\":\"" NOBODY "\",\"url\":\"x\"}", 400,
      "{\"id\":[\"This field is read-only.\"],\"nmae\":[\"Unknown field.\"],\"url\":[\"Unknown "
      "field.\"]}" },
    { "POST", "/api/events/", NEW_EVENT ",\"name\":\"Y\"}", 400, NULL },
    { "POST", "/api/events/",
      "{\"organization\":\"" WORLD_ORG "\",\"slug\":\"a b\",\"name\":\"  \"}", 400,
      "{\"slug\":[\"Enter a valid \\\"slug\\\" consisting of letters, numbers, underscores or "
      "hyphens.\"],\"name\":[\"This field may not be blank.\"]}" },
    { "POST", "/api/events/",
      "{\"organization\":\"" WORLD_ORG "\",\"slug\":\"luciafesten-2017\",\"name\":\"X\"}", 400,
      "{\"slug\":[\"Another event of the organization has this slug.\"]}" },
    { "POST", "/api/events/",
      NEW_EVENT ",\"starts\":\"2027-01-01T10:00:00Z\",\"ends\":\"2027-01-01T10:00:00Z\"}", 400,
      "{\"ends\":[\"The event must end after it starts.\"]}" },
    { "POST", "/api/events/", NEW_EVENT ",\"published\":\"yes\",\"starts\":\"soon\"}", 400, NULL },
    { "PATCH", "/api/events/" WORLD_EVENT "/", "{\"organization\":\"" OTHER_ORG "\"}", 400,
      "{\"organization\":[\"This field cannot be changed.\"," /* and besides it is another's */
      "\"Invalid hyperlink - Object does not exist.\"]}" },
    { "PATCH", "/api/events/" WORLD_EVENT "/", "{\"slug\":\"hidden\"}", 400,
      "{\"slug\":[\"Another event of the organization has this slug.\"]}" },
    { "PATCH", "/api/events/" NOBODY "/", "{}", 404, NOT_FOUND },
    { "PATCH", "/api/events/", "{}", 405, NULL },
    { "DELETE", "/api/events/" WORLD_EVENT "/", NULL, 409,
      "{\"detail\":\"There are tickets for this event. Unpublish it instead.\"}" },
    { "POST", "/api/ticket-types/", NEW_TYPE ",\"price\":1}", 400, NULL },
    { "POST", "/api/ticket-types/",
      "{\"event\":\"" WORLD_EVENT "\",\"name\":\"X\",\"price\":\"-1\"}", 400,
      "{\"price\":[\"Ensure this value is greater than or equal to 0.\"]}" },
    { "POST", "/api/ticket-types/",
      NEW_TYPE ",\"sales_open\":\"2027-01-02T00:00:00Z\",\"sales_close\":\"2027-01-01T00:00:00Z\"}",
      400, "{\"sales_close\":[\"Sales must close after they open.\"]}" },
    { "POST", "/api/ticket-types/", NEW_TYPE ",\"conflicts_with\":[\"" SEAT "\"]}", 400,
      "{\"conflicts_with\":" NO_OBJECT "}" },
    { "POST", "/api/ticket-types/", NEW_TYPE ",\"quantity\":{},\"max_total_quantity\":-1}", 400,
      "{\"max_total_quantity\":[\"Ensure this value is greater than or equal to 0.\"],"
      "\"quantity\":[\"This field is read-only.\"]}" },
    { "PATCH", "/api/ticket-types/" MERCH "/", "{\"conflicts_with\":[\"" MERCH "\"]}", 400,
      "{\"conflicts_with\":[\"A ticket type cannot conflict with itself.\"]}" },
    { "PATCH", "/api/ticket-types/" MERCH "/", "{\"price\":\"30.00\"}", 409,
      "{\"detail\":\"Tickets were bought at this price. Make a new ticket type for what is "
      "different.\"}" },
    { "DELETE", "/api/ticket-types/" MERCH "/", NULL, 409,
      "{\"detail\":\"There are tickets of this type. Unpublish it instead.\"}" },
    { "POST", "/api/variations/", "{\"ticket_type\":\"" BANQUET "\",\"name\":\"Table\"}", 409,
      NULL },
    { "PATCH", "/api/variations/" BEVERAGE "/", "{\"name\":\"Food\"}", 409, NULL },
    { "PATCH", "/api/variations/" BEVERAGE "/", "{\"ticket_type\":\"" MERCH "\"}", 400,
      "{\"ticket_type\":[\"This field cannot be changed.\"]}" },
    { "DELETE", "/api/variations/" BEVERAGE "/", NULL, 409, NULL },
    { "PATCH", "/api/variation-choices/" WATER "/", "{\"delta\":\"-10.00\"}", 409, NULL },
    { "PATCH", "/api/variation-choices/" WATER "/", "{\"name\":\"Beer\"}", 409, NULL },
    { "PATCH", "/api/variation-choices/" WATER "/", "{\"index\":7}", 200, NULL },
    { "DELETE", "/api/variation-choices/" WATER "/", NULL, 409, NULL },
    { "PATCH", "/api/variation-choices/" WINE "/", "{\"delta\":\"-300.01\"}", 400,
      "{\"delta\":[\"With every discount and the cheapest choices, a ticket would cost "
      "-0.01.\"]}" },
    { "PATCH", "/api/variation-choices/" WINE "/", "{\"delta\":\"-300.00\"}", 200, NULL },
    { "POST", "/api/modifiers/",
      "{\"ticket_type\":\"" FREE "\",\"condition\":\"" IS_LINTEK "\",\"delta\":\"-0.01\"}", 400,
      "{\"delta\":[\"With every discount and the cheapest choices, a ticket would cost "
      "-0.01.\"]}" },
    { "POST", "/api/student-unions/", "{\"name\":\"LinTek\"}", 400,
      "{\"name\":[\"This field must be unique.\"]}" },
    { "DELETE", "/api/student-unions/" LINTEK "/", NULL, 409,
      "{\"detail\":\"This student union has members.\"}" },
    { "DELETE", "/api/organizations/" WORLD_ORG "/", NULL, 409,
      "{\"detail\":\"This organization has events.\"}" },
    { "PATCH", "/api/organizations/" WORLD_ORG "/", "{\"slug\":\"other\"}", 400,
      "{\"slug\":[\"This field must be unique.\"]}" },
    { "PATCH", "/api/organizations/" WORLD_ORG "/", "{\"stripe_secret_key\":\"x\"}", 400,
      "{\"stripe_secret_key\":[\"This field is read-only.\"]}" },
    { "PATCH", "/api/organizations/" WORLD_ORG "/", "{\"email\":\"nonsense\",\"vat_rate\":26}", 400,
      "{\"email\":[\"Enter a valid email address.\"],\"vat_rate\":[\"Ensure this value is less "
      "than or equal to 25.\"]}" },
    { "POST", "/api/memberships/",
      "{\"organization\":\"" WORLD_ORG "\",\"email\":\"a@b.se\",\"role\":\"boss\"}", 400,
      "{\"role\":[\"\\\"boss\\\" is not a valid choice.\"]}" },
    { "POST", "/api/access-codes/", "{\"ticket_type\":\"" PRERELEASE "\",\"count\":0}", 400,
      "{\"count\":[\"A valid integer from 1 to 1000 is required.\"]}" },
    { "POST", "/api/access-codes/", "{\"ticket_type\":\"" PRERELEASE "\",\"count\":1001}", 400,
      "{\"count\":[\"A valid integer from 1 to 1000 is required.\"]}" },
    { "POST", "/api/access-codes/", "{\"count\":3}", 400, "{\"ticket_type\":" REQUIRED "}" },
    { "POST", "/api/access-codes/",
      "{\"ticket_type\":\"" PRERELEASE "\",\"revoked\":\"2027-01-01T00:00:00Z\",\"token\":\"x\"}",
      400,
      "{\"revoked\":[\"This field is read-only.\"],\"token\":[\"This field is read-only.\"]}" },
    { "PATCH", "/api/access-codes/" USED_CODE "/", "{\"quantity\":0}", 400,
      "{\"quantity\":[\"Ensure this value is greater than or equal to 1.\"]}" },
  };

  bitketd_run_cases (bitketd, WORLD_STAFF, cases, G_N_ELEMENTS (cases));
}

#define EVENT_PATH "/api/events/" WORLD_EVENT "/"

static char *
dup_tag (Bitketd *bitketd, const char *path, const char *who)
{
  g_autoptr (Answer) answer = bitketd_expect (bitketd, "GET", path, who, NULL, 200);

  g_assert_nonnull (answer_get_header (answer, "ETag"));
  return g_strdup (answer_get_header (answer, "ETag"));
}

/* Which tags let a write through. */
static void
test_if_match (Bitketd *bitketd)
{
  g_autofree char *tag = dup_tag (bitketd, EVENT_PATH, WORLD_STAFF);
  g_autofree char *weak = g_strconcat ("W/", tag, NULL);
  g_autofree char *list = g_strconcat ("\"nonsense\", ", tag, NULL);
  g_autofree char *bare = g_strndup (tag + 1, strlen (tag) - 2);
  g_autofree char *half = g_strndup (tag, strcspn (tag, "."));
  const struct
  {
    const char *value;
    guint status;
  } cases[] = {
    { weak, 412 }, { "\"\"", 412 }, { "", 412 },   { bare, 412 }, { half, 412 },
    { "x", 412 },  { "*", 200 },    { list, 200 }, { tag, 200 },
  };
  g_autoptr (Answer) changed = NULL;
  g_autoptr (Answer) stale = NULL;
  g_autoptr (Answer) stale_delete = NULL;
  g_autofree char *new_tag = NULL;
  JsonObject *current;

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      /* What is there already changes nothing, so the tag stays. */
      g_autoptr (Answer) answer =
          bitketd_ask_with (bitketd, "PATCH", EVENT_PATH, WORLD_STAFF,
                            "{\"name\":\"Luciafesten 2017\"}", "If-Match", cases[i].value);

      if (answer->status != cases[i].status)
        g_test_message ("%s: %u", cases[i].value, answer->status);
      g_assert_cmpuint (answer->status, ==, cases[i].status);
    }

  changed = bitketd_ask_with (bitketd, "PATCH", EVENT_PATH, WORLD_STAFF, "{\"venue\":\"Kårhuset\"}",
                              "If-Match", tag);
  g_assert_cmpuint (changed->status, ==, 200);
  new_tag = dup_tag (bitketd, EVENT_PATH, WORLD_STAFF);
  g_assert_cmpstr (answer_get_header (changed, "ETag"), ==, new_tag);
  g_assert_cmpstr (new_tag, !=, tag);

  /* Too late: who was slower reads what is there now. */
  stale = bitketd_ask_with (bitketd, "PATCH", EVENT_PATH, WORLD_STAFF, "{\"venue\":\"Herrgår'n\"}",
                            "If-Match", tag);
  g_assert_cmpuint (stale->status, ==, 412);
  g_assert_cmpstr (answer_get_text (stale, "detail"), ==,
                   "Somebody else has changed this meanwhile.");
  current = json_object_get_object_member (json_node_get_object (stale->json), "current");
  g_assert_cmpstr (json_object_get_string_member (current, "venue"), ==, "Kårhuset");
  stale_delete =
      bitketd_ask_with (bitketd, "DELETE", EVENT_PATH, WORLD_STAFF, NULL, "If-Match", tag);
  g_assert_cmpuint (stale_delete->status, ==, 412);
}

/* A ticket that is let in changes what is read of its type, but is in no organizer's way. */
static void
test_if_match_and_sales (Bitketd *bitketd)
{
  const char *path = "/api/ticket-types/" WORLD_PARTY "/";
  g_autofree char *tag = dup_tag (bitketd, path, WORLD_STAFF);
  g_autoptr (Answer) used =
      bitketd_expect (bitketd, "POST", "/api/ticket-ownerships/" WORLD_OWNERSHIP "/utilize/",
                      WORLD_STAFF, NULL, 200);
  g_autofree char *new_tag = dup_tag (bitketd, path, WORLD_STAFF);
  g_autoptr (Answer) read =
      bitketd_ask_with (bitketd, "GET", path, WORLD_STAFF, NULL, "If-None-Match", tag);
  g_autoptr (Answer) same =
      bitketd_ask_with (bitketd, "GET", path, WORLD_STAFF, NULL, "If-None-Match", new_tag);
  g_autoptr (Answer) changed = bitketd_ask_with (bitketd, "PATCH", path, WORLD_STAFF,
                                                 "{\"name\":\"Fest\"}", "If-Match", tag);

  g_assert_cmpstr (new_tag, !=, tag);
  g_assert_cmpuint (read->status, ==, 200);
  g_assert_cmpuint (same->status, ==, 304);
  g_assert_cmpuint (changed->status, ==, 200);
}

#define N_WRITERS 12

/* All have read the same; one of them is first. */
static void
test_race (Bitketd *bitketd)
{
  g_autofree char *tag = dup_tag (bitketd, EVENT_PATH, WORLD_STAFF);
  Question questions[N_WRITERS];
  g_autoptr (GPtrArray) bodies = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) answers = NULL;
  g_autoptr (Answer) now = NULL;

  for (guint i = 0; i < N_WRITERS; i++)
    {
      g_ptr_array_add (bodies, g_strdup_printf ("{\"name\":\"Name %u\"}", i));
      questions[i] =
          (Question) { "PATCH", EVENT_PATH, WORLD_STAFF, bodies->pdata[i], "If-Match", tag };
    }
  answers = bitketd_ask_at_once (bitketd, questions, N_WRITERS);
  g_assert_cmpuint (answers_count (answers, 200), ==, 1);
  g_assert_cmpuint (answers_count (answers, 412), ==, N_WRITERS - 1);
  now = bitketd_expect (bitketd, "GET", EVENT_PATH, WORLD_STAFF, NULL, 200);
  for (guint i = 0; i < N_WRITERS; i++)
    if (((Answer *) answers->pdata[i])->status == 200)
      g_assert_cmpstr (answer_get_text (answers->pdata[i], "name"), ==,
                       answer_get_text (now, "name"));
}

/* To the original's clients its paths are what they were. */
static void
test_hidden (Bitketd *bitketd)
{
  static const char *const paths[] = { "/api/events/", "/api/ticket-types/", "/api/organizations/",
                                       "/api/variations/", "/api/variation-choices/" };
  g_autofree char *alice = bitketd_jwt (bitketd, "alice@example.com");
  g_autofree char *crew = bitketd_enlist (bitketd, "dave@example.com", WORLD_ORG, "crew");

  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autoptr (Answer) anonymous = bitketd_expect (bitketd, "POST", paths[i], NULL, "{}", 405);
      g_autoptr (Answer) ordinary = bitketd_expect (bitketd, "POST", paths[i], alice, "{}", 405);
      g_autoptr (Answer) options = bitketd_expect (bitketd, "OPTIONS", paths[i], crew, NULL, 200);

      g_assert_cmpstr (anonymous->text, ==, NO_METHOD);
      g_assert_cmpstr (ordinary->text, ==, NO_METHOD);
      g_assert_cmpstr (answer_get_header (ordinary, "Allow"), ==, "GET, HEAD, OPTIONS");
      g_assert_cmpstr (answer_get_header (options, "Allow"), ==, "GET, POST, HEAD, OPTIONS");
    }
}

/* What is sold is counted beside the tickets: that goes with its type. */
static void
test_stock (Bitketd *bitketd)
{
  g_autofree char *type =
      bitketd_make (bitketd, "ticket-types", WORLD_STAFF,
                    "{\"event\":\"" WORLD_EVENT "\",\"name\":\"X\",\"price\":\"1.00\"}");
  g_autofree char *id = g_path_get_basename (type);
  g_autofree char *sql =
      g_strdup_printf ("INSERT INTO stock (ticket_type, sold, reserved) VALUES ('%s', 0, 0)", id);
  g_autoptr (BitketDb) db = bitketd_open_db (bitketd);
  g_autoptr (GError) error = NULL;
  g_autoptr (Answer) deleted = NULL;

  bitket_db_execute (db, sql, &error);
  g_assert_no_error (error);
  deleted = bitketd_expect (bitketd, "DELETE", type, WORLD_STAFF, NULL, 204);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  bitketd_test_add ("service/writing/make", test_make);
  bitketd_test_add ("service/writing/bad", test_bad);
  bitketd_test_add ("service/writing/if-match", test_if_match);
  bitketd_test_add ("service/writing/if-match-and-sales", test_if_match_and_sales);
  bitketd_test_add ("service/writing/race", test_race);
  bitketd_test_add ("service/writing/hidden", test_hidden);
  bitketd_test_add ("service/writing/stock", test_stock);
  return g_test_run ();
}
