/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

/* Writing through the API: what holds between conditions, modifiers, prices, access codes and
 * memberships, against a real bitketd on both databases. */

#include <string.h>

#include "bitketd-fixture.h"

#define OTHER_ORG  "dd72de5a-58f4-5bf4-8b78-bf87b4845ac3"
#define PRERELEASE "1f913689-0031-5395-b089-d09b3206c5f6"
#define LINTEK     "9244ba9b-e6c2-5af1-85b3-de39698aa3c6"
#define IS_LINTEK  "1f81e5b4-b4b8-5301-b96f-1b16c2bd7054"
#define USED_CODE  "711e6c1e-0fa8-575f-8257-5c5e31c95ffa"
#define NOBODY     "00000000-0000-4000-8000-000000000000"
#define NO_OBJECT  "[\"Invalid hyperlink - Object does not exist.\"]"
#define REQUIRED   "[\"This field is required.\"]"

static guint
count_list (Bitketd *bitketd, const char *path, const char *who)
{
  g_autoptr (Answer) list = bitketd_expect (bitketd, "GET", path, who, NULL, 200);

  return json_array_get_length (json_node_get_array (list->json));
}

/* Every type has its parameter and no other; circles and towers are refused. */
static void
test_conditions (Bitketd *bitketd)
{
  static const RequestCase cases[] = {
    { "POST", "/api/conditions/", "{\"organization\":\"" WORLD_ORG "\",\"type\":\"liu_student\"}",
      201, NULL },
    { "POST", "/api/conditions/",
      "{\"organization\":\"" WORLD_ORG "\",\"type\":\"liu_student\",\"domain\":\"liu.se\"}", 400,
      "{\"domain\":[\"A condition of this type has no such parameter.\"]}" },
    { "POST", "/api/conditions/", "{\"organization\":\"" WORLD_ORG "\",\"type\":\"email_domain\"}",
      400, "{\"domain\":" REQUIRED "}" },
    { "POST", "/api/conditions/",
      "{\"organization\":\"" WORLD_ORG "\",\"type\":\"before\",\"student_union\":\"" LINTEK "\"}",
      400,
      "{\"student_union\":[\"A condition of this type has no such parameter.\"],\"until\":" REQUIRED
      "}" },
    { "POST", "/api/conditions/",
      "{\"organization\":\"" WORLD_ORG
      "\",\"type\":\"student_union_member\",\"student_union\":\"" NOBODY "\"}",
      400, "{\"student_union\":" NO_OBJECT "}" },
    { "POST", "/api/conditions/",
      "{\"organization\":\"" WORLD_ORG "\",\"type\":\"any_of\",\"conditions\":[]}", 400,
      "{\"conditions\":" REQUIRED "}" },
    { "POST", "/api/conditions/",
      "{\"organization\":\"" WORLD_ORG "\",\"type\":\"any_of\",\"conditions\":[\"" IS_LINTEK
      "\",5]}",
      400, "{\"conditions\":[\"Incorrect type. Expected URL string, received int.\"]}" },
    { "DELETE", "/api/conditions/" IS_LINTEK "/", NULL, 409,
      "{\"detail\":\"Modifiers depend on this condition. Make it inactive instead.\"}" },
    { "PATCH", "/api/conditions/" IS_LINTEK "/", "{\"active\":false}", 200, NULL },
  };
  g_autofree char *who = NULL;
  g_autofree char *other = NULL;
  g_autofree char *inner = NULL;
  g_autofree char *body = NULL;
  g_autofree char *outer = NULL;
  g_autofree char *circle = NULL;
  g_autofree char *foreign = NULL;
  g_autoptr (Answer) refused = NULL;
  g_autoptr (Answer) abroad = NULL;
  g_autoptr (Answer) used = NULL;

  bitketd_run_cases (bitketd, WORLD_STAFF, cases, G_N_ELEMENTS (cases));
  who = bitketd_enlist (bitketd, "alice@example.com", WORLD_ORG, "organizer");
  other = bitketd_enlist (bitketd, "dave@example.com", OTHER_ORG, "organizer");
  inner =
      bitketd_make (bitketd, "conditions", who,
                    "{\"organization\":\"" WORLD_ORG
                    "\",\"type\":\"any_of\",\"conditions\":[\"" IS_LINTEK "\",\"" IS_LINTEK "\"]}");
  body = g_strdup_printf (
      "{\"organization\":\"" WORLD_ORG "\",\"type\":\"all_of\",\"conditions\":[\"%s\"]}", inner);
  outer = bitketd_make (bitketd, "conditions", who, body);
  circle = g_strdup_printf ("{\"conditions\":[\"%s\"]}", outer);
  refused = bitketd_expect (bitketd, "PATCH", inner, who, circle, 400);
  g_assert_cmpstr (refused->text, ==,
                   "{\"conditions\":[\"A condition cannot be part of itself.\"]}");
  used = bitketd_expect (bitketd, "DELETE", inner, who, NULL, 409);

  /* One organization's conditions are nothing to another. */
  g_assert_cmpuint (count_list (bitketd, "/api/conditions/?organization=" WORLD_ORG, who), ==, 3);
  g_assert_cmpuint (count_list (bitketd, "/api/conditions/?organization=" WORLD_ORG, other), ==, 0);
  foreign = g_strdup_printf (
      "{\"organization\":\"" OTHER_ORG "\",\"type\":\"any_of\",\"conditions\":[\"%s\"]}", inner);
  abroad = bitketd_expect (bitketd, "POST", "/api/conditions/", other, foreign, 400);
  g_assert_cmpstr (abroad->text, ==, "{\"conditions\":" NO_OBJECT "}");
}

/* Discounts add up; what was bought with one stays. */
static void
test_modifiers (Bitketd *bitketd)
{
  g_autofree char *who = bitketd_enlist (bitketd, "alice@example.com", WORLD_ORG, "organizer");
  g_autofree char *other = bitketd_enlist (bitketd, "dave@example.com", OTHER_ORG, "organizer");
  g_autofree char *first = bitketd_make (
      bitketd, "modifiers", who,
      "{\"ticket_type\":\"" PRERELEASE "\",\"condition\":\"" IS_LINTEK "\",\"delta\":\"-50.00\"}");
  g_autoptr (Answer) too_much = bitketd_expect (
      bitketd, "POST", "/api/modifiers/", who,
      "{\"ticket_type\":\"" PRERELEASE "\",\"condition\":\"" IS_LINTEK "\",\"delta\":\"-30.01\"}",
      400);
  g_autofree char *second = bitketd_make (
      bitketd, "modifiers", who,
      "{\"ticket_type\":\"" PRERELEASE "\",\"condition\":\"" IS_LINTEK "\",\"delta\":\"-30.00\"}");
  g_autoptr (Answer) still =
      bitketd_expect (bitketd, "PATCH", first, who, "{\"delta\":\"-50.01\"}", 400);
  g_autoptr (Answer) less =
      bitketd_expect (bitketd, "PATCH", first, who, "{\"delta\":\"-40.00\"}", 200);
  g_autoptr (Answer) foreign = bitketd_expect (
      bitketd, "POST", "/api/modifiers/", other,
      "{\"ticket_type\":\"" PRERELEASE "\",\"condition\":\"" IS_LINTEK "\",\"delta\":\"-1.00\"}",
      403);
  g_autoptr (Answer) deleted = NULL;

  g_assert_cmpuint (count_list (bitketd, "/api/modifiers/?ticket_type=" PRERELEASE, who), ==, 2);
  g_assert_cmpuint (count_list (bitketd, "/api/modifiers/?event=" WORLD_EVENT, other), ==, 0);
  g_assert_cmpuint (count_list (bitketd, "/api/modifiers/?event=" WORLD_CONCERT, who), ==, 0);
  deleted = bitketd_expect (bitketd, "DELETE", second, who, NULL, 204);
}

/* A price that a type was sold at stays, others may change as long as nobody is paid for coming. */
static void
test_prices (Bitketd *bitketd)
{
  g_autofree char *who = bitketd_enlist (bitketd, "alice@example.com", WORLD_ORG, "organizer");
  g_autofree char *type =
      bitketd_make (bitketd, "ticket-types", who,
                    "{\"event\":\"" WORLD_EVENT "\",\"name\":\"X\",\"price\":\"100.00\"}");
  g_autofree char *variation_body =
      g_strdup_printf ("{\"ticket_type\":\"%s\",\"name\":\"Food\"}", type);
  g_autofree char *variation = bitketd_make (bitketd, "variations", who, variation_body);
  g_autofree char *cheap_body =
      g_strdup_printf ("{\"variation\":\"%s\",\"name\":\"None\",\"delta\":\"-60.00\"}", variation);
  g_autofree char *cheap = bitketd_make (bitketd, "variation-choices", who, cheap_body);
  g_autofree char *dear_body =
      g_strdup_printf ("{\"variation\":\"%s\",\"name\":\"Meat\",\"delta\":\"40.00\"}", variation);
  g_autofree char *dear = bitketd_make (bitketd, "variation-choices", who, dear_body);
  g_autoptr (Answer) too_low =
      bitketd_expect (bitketd, "PATCH", type, who, "{\"price\":\"59.99\"}", 400);
  g_autoptr (Answer) just = bitketd_expect (bitketd, "PATCH", type, who, "{\"price\":60}", 200);
  g_autoptr (Answer) without = bitketd_expect (bitketd, "DELETE", cheap, who, NULL, 204);
  g_autoptr (Answer) lower = NULL;
  g_autoptr (Answer) needed = NULL;
  g_autoptr (Answer) modifier = NULL;
  g_autofree char *modifier_body = g_strdup_printf (
      "{\"ticket_type\":\"%s\",\"condition\":\"" IS_LINTEK "\",\"delta\":\"-90.00\"}", type);

  g_assert_cmpstr (
      too_low->text, ==,
      "{\"price\":[\"With every discount and the cheapest choices, a ticket would cost "
      "-0.01.\"]}");
  /* 60 + 40 - 90: without the choice nobody may be left below nothing. */
  modifier = bitketd_expect (bitketd, "POST", "/api/modifiers/", who, modifier_body, 201);
  lower = bitketd_expect (bitketd, "DELETE", dear, who, NULL, 409);
  needed = bitketd_expect (bitketd, "DELETE", variation, who, NULL, 409);
}

static char *
dup_member (Answer *answer, const char *name)
{
  return g_strdup (answer_get_text (answer, name));
}

/* Links for some: made many at once, spent, run out, revoked. */
static void
test_access_codes (Bitketd *bitketd)
{
  g_autofree char *who = bitketd_enlist (bitketd, "alice@example.com", WORLD_ORG, "organizer");
  g_autofree char *crew = bitketd_enlist (bitketd, "carol@example.com", WORLD_ORG, "crew");
  g_autoptr (Answer) many =
      bitketd_expect (bitketd, "POST", "/api/access-codes/", who,
                      "{\"ticket_type\":\"" PRERELEASE "\",\"count\":25,\"label\":\"Band\"}", 201);
  g_autoptr (Answer) one =
      bitketd_expect (bitketd, "POST", "/api/access-codes/", who,
                      "{\"ticket_type\":\"" PRERELEASE "\",\"quantity\":3}", 201);
  g_autofree char *path = g_strdup (answer_get_text (one, "url") + strlen (bitketd->url));
  g_autofree char *token = dup_member (one, "token");
  g_autofree char *by_token = g_strdup_printf ("/api/access-codes/%s/", token);
  g_autofree char *end = g_strdup_printf ("/luciafesten-2017/?access_code=%s", token);
  g_autoptr (Answer) open = bitketd_expect (bitketd, "GET", by_token, NULL, NULL, 200);
  g_autoptr (Answer) again = bitketd_expect (bitketd, "GET", path, who, NULL, 200);
  g_autoptr (Answer) expired =
      bitketd_expect (bitketd, "PATCH", path, who, "{\"expires\":\"2017-01-01T00:00:00Z\"}", 200);
  g_autoptr (Answer) closed = bitketd_expect (bitketd, "GET", by_token, NULL, NULL, 404);
  g_autoptr (Answer) renewed =
      bitketd_expect (bitketd, "PATCH", path, who, "{\"expires\":null}", 200);
  g_autoptr (Answer) open_again = bitketd_expect (bitketd, "GET", by_token, NULL, NULL, 200);
  g_autoptr (Answer) revoked = bitketd_expect (bitketd, "DELETE", path, who, NULL, 204);
  g_autoptr (Answer) revoked_twice = bitketd_expect (bitketd, "DELETE", path, who, NULL, 204);
  g_autoptr (Answer) gone = bitketd_expect (bitketd, "GET", by_token, NULL, NULL, 404);
  g_autoptr (Answer) kept = bitketd_expect (bitketd, "GET", path, who, NULL, 200);
  g_autoptr (Answer) hidden = bitketd_expect (bitketd, "GET", path, crew, NULL, 404);
  g_autoptr (Answer) used =
      bitketd_expect (bitketd, "GET", "/api/access-codes/" USED_CODE "/", who, NULL, 200);

  g_assert_cmpuint (json_array_get_length (json_node_get_array (many->json)), ==, 25);
  g_assert_cmpstr (json_object_get_string_member (answer_get_element (many, 24), "label"), ==,
                   "Band");
  g_assert_cmpstr (answer_get_text (open, "token"), ==, token);
  g_assert_true (g_str_has_suffix (answer_get_text (one, "link"), end));
  /* The same link each time it is shown. */
  g_assert_cmpstr (answer_get_text (again, "token"), ==, token);
  g_assert_cmpstr (answer_get_header (again, "ETag"), ==, answer_get_header (one, "ETag"));
  g_assert_false (json_object_get_null_member (json_node_get_object (kept->json), "revoked"));
  g_assert_cmpint (json_object_get_int_member (json_node_get_object (used->json), "used"), ==, 1);
  g_assert_cmpuint (count_list (bitketd, "/api/access-codes/?event=" WORLD_EVENT, who), ==, 28);
  g_assert_cmpuint (count_list (bitketd, "/api/access-codes/?limit=10", who), ==, 10);
  g_assert_cmpuint (count_list (bitketd, "/api/access-codes/", crew), ==, 0);
}

/* A code is never good for fewer than were bought with it. */
static void
test_access_code_quantity (Bitketd *bitketd)
{
  const char *path = "/api/access-codes/" USED_CODE "/";
  g_autoptr (Answer) more =
      bitketd_expect (bitketd, "PATCH", path, WORLD_STAFF, "{\"quantity\":5}", 200);
  g_autoptr (BitketDb) db = bitketd_open_db (bitketd);
  g_autoptr (GError) error = NULL;
  g_autoptr (Answer) fewer = NULL;

  bitket_db_execute (db,
                     "UPDATE tickets SET access_code = '" USED_CODE "' WHERE id IN ('" WORLD_TICKET
                     "', '55264b66-cde0-5ee8-a050-16f5f0f2abb5')",
                     &error);
  g_assert_no_error (error);
  fewer = bitketd_expect (bitketd, "PATCH", path, WORLD_STAFF, "{\"quantity\":2}", 400);
  g_assert_cmpstr (fewer->text, ==,
                   "{\"quantity\":[\"3 tickets were bought with this code already.\"]}");
}

/* Who is in an organization, and that it is never without an organizer. */
static void
test_memberships (Bitketd *bitketd)
{
  g_autofree char *who = bitketd_enlist (bitketd, "alice@example.com", WORLD_ORG, "organizer");
  g_autofree char *crew = bitketd_enlist (bitketd, "Carol@Example.com", WORLD_ORG, "crew");
  g_autoptr (Answer) own = bitketd_expect (bitketd, "GET", "/api/memberships/", who, NULL, 200);
  const char *url = json_object_get_string_member (answer_get_element (own, 0), "url");
  g_autofree char *path = g_strdup (url + strlen (bitketd->url));
  g_autofree char *carol = bitketd_jwt (bitketd, "carol@example.com");
  g_autoptr (Answer) last = bitketd_expect (bitketd, "DELETE", path, who, NULL, 409);
  g_autoptr (Answer) demoted =
      bitketd_expect (bitketd, "PATCH", path, who, "{\"role\":\"crew\"}", 409);
  g_autoptr (Answer) twice = bitketd_expect (
      bitketd, "POST", "/api/memberships/", who,
      "{\"organization\":\"" WORLD_ORG "\",\"email\":\"CAROL@example.com\",\"role\":\"crew\"}",
      400);
  g_autofree char *second = NULL;
  g_autoptr (Answer) gone = NULL;
  g_autoptr (Answer) powerless = NULL;

  g_assert_cmpuint (json_array_get_length (json_node_get_array (own->json)), ==, 2);
  g_assert_cmpuint (count_list (bitketd, "/api/memberships/", carol), ==, 1);
  g_assert_cmpstr (last->text, ==,
                   "{\"detail\":\"An organization needs at least one organizer.\"}");
  g_assert_cmpstr (twice->text, ==, "{\"email\":[\"This address has that role already.\"]}");
  second = bitketd_make (bitketd, "memberships", who,
                         "{\"organization\":\"" WORLD_ORG
                         "\",\"email\":\"bob@example.com\",\"role\":\"organizer\"}");
  gone = bitketd_expect (bitketd, "DELETE", path, who, NULL, 204);
  powerless = bitketd_expect (bitketd, "DELETE", second, who, NULL, 403);
}

/* Two organizers, each taking the other's role away: one of them stays. */
static void
test_last_organizers (Bitketd *bitketd)
{
  g_autofree char *alice = bitketd_enlist (bitketd, "alice@example.com", WORLD_ORG, "organizer");
  g_autofree char *bob = bitketd_enlist (bitketd, "bob@example.com", WORLD_ORG, "organizer");
  g_autoptr (Answer) list =
      bitketd_expect (bitketd, "GET", "/api/memberships/", WORLD_STAFF, NULL, 200);
  Question questions[2];
  g_autoptr (GPtrArray) answers = NULL;

  for (guint i = 0; i < 2; i++)
    questions[i] = (Question) {
      .method = "DELETE",
      .path = json_object_get_string_member (answer_get_element (list, i), "url") +
              strlen (bitketd->url),
      .authorization = WORLD_STAFF,
    };
  answers = bitketd_ask_at_once (bitketd, questions, 2);
  g_assert_cmpuint (answers_count (answers, 204), ==, 1);
  g_assert_cmpuint (answers_count (answers, 409), ==, 1);
}

/* The platform's own: organizations and student unions. */
static void
test_platform (Bitketd *bitketd)
{
  g_autofree char *path = bitketd_make (bitketd, "organizations", WORLD_STAFF,
                                        "{\"name\":\"New\",\"slug\":\"new\",\"email\":\"a@b.se\"}");
  g_autofree char *id = g_path_get_basename (path);
  g_autofree char *who = bitketd_enlist (bitketd, "alice@example.com", id, "organizer");
  g_autoptr (Answer) changed =
      bitketd_expect (bitketd, "PATCH", path, who, "{\"vat_rate\":25}", 200);
  g_autoptr (Answer) not_his = bitketd_expect (bitketd, "DELETE", path, who, NULL, 403);
  g_autoptr (Answer) public = bitketd_expect (bitketd, "GET", path, NULL, NULL, 200);
  g_autoptr (Answer) deleted = bitketd_expect (bitketd, "DELETE", path, WORLD_STAFF, NULL, 204);
  JsonObject *object = json_node_get_object (changed->json);

  g_assert_cmpint (json_object_get_int_member (object, "vat_rate"), ==, 25);
  g_assert_false (json_object_get_boolean_member (object, "stripe_connected"));
  g_assert_false (json_object_has_member (json_node_get_object (public->json), "vat_rate"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  bitketd_test_add ("service/writing-rules/conditions", test_conditions);
  bitketd_test_add ("service/writing-rules/modifiers", test_modifiers);
  bitketd_test_add ("service/writing-rules/prices", test_prices);
  bitketd_test_add ("service/writing-rules/access-codes", test_access_codes);
  bitketd_test_add ("service/writing-rules/access-code-quantity", test_access_code_quantity);
  bitketd_test_add ("service/writing-rules/memberships", test_memberships);
  bitketd_test_add ("service/writing-rules/last-organizers", test_last_organizers);
  bitketd_test_add ("service/writing-rules/platform", test_platform);
  return g_test_run ();
}
