/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

/* Who may do what: every route of the service's own tables, asked by everybody there is, against a
 * real bitketd on both databases. A route without a row here fails the test, and so does a row
 * without a route.
 *
 * To add a route: one row. Its path has real ids, its body would be accepted, and the ten statuses
 * say what each of the people below is answered, in their order; 101 is a WebSocket that opens. A
 * route may have several rows. */

#include <string.h>

#include "bitket-auth.h"
#include "bitket-router.h"
#include "bitket-signing.h"
#include "bitketd-fixture.h"

typedef enum
{
  ANONYMOUS,
  BUYER,     /* Alice, who owns WORLD_OWNERSHIP */
  OTHER,     /* an organizer of the other organization */
  CREW,      /* of WORLD_ORG, as the next two */
  TREASURER, /* */
  ORGANIZER, /* */
  STAFF,     /* of the platform */
  DOOR,      /* of WORLD_EVENT */
  OTHER_DOOR,
  REVOKED_DOOR, /* of WORLD_EVENT, once */
  N_PEOPLE
} Person;

static const char *const people[N_PEOPLE] = {
  "anonymous",    "buyer",     "organizer of another organization",
  "crew",         "treasurer", "organizer",
  "staff",        "door",      "door of another event",
  "revoked door",
};

#define OTHER_ORG "dd72de5a-58f4-5bf4-8b78-bf87b4845ac3"
#define HIDDEN    "f26ada2a-a5b2-51a1-9050-fe1e1e3d2957"
#define ALICE     "6f432980-5496-577a-960c-219fadd51ea9"
#define VARIATION "e3862c45-afdd-5441-a97a-ffafea004d1a"
#define CHOICE    "70690784-7c41-5c86-9836-d360ea8551cf"
#define UNION     "9244ba9b-e6c2-5af1-85b3-de39698aa3c6"

/* Made by set_up(). */
#define DOOR_ID       "d0000000-0000-4000-8000-000000000001"
#define OTHER_DOOR_ID "d0000000-0000-4000-8000-000000000002"
#define REVOKED_ID    "d0000000-0000-4000-8000-000000000003"
#define UNPAIRED_ID   "d0000000-0000-4000-8000-000000000004"

#define CHARGE "c0000000-0000-4000-8000-000000000001"

/* A pairing code, and what is kept of it. */
#define PAIRING      "ABCD-EFGH"
#define PAIRING_HASH "9ac2197d9258257b1ae8463e4214e4cd0a578bc1517f2415928b91be4283fc48"
#define OPEN_PAIRING                                                                               \
  "UPDATE doors SET pairing_hash = '" PAIRING_HASH                                                 \
  "', pairing_expires = 9000000000000000 WHERE id = '" UNPAIRED_ID "'"

/* An access code that nobody has used, as its link has it. */
#define ACCESS_CODE       "9b2da194-cac6-5f0a-869d-11af71ab6895"
#define ACCESS_CODE_PLACE "{token}"

#define FREE            "c488ca12-0c0c-5c8c-a141-bffbcc61586c"
#define BOUGHT_CHOICE   "a1bf7afb-f823-5bd2-9050-8d50a6d7ef83"
#define UNION_CONDITION "1f81e5b4-b4b8-5301-b96f-1b16c2bd7054"
#define OTHER_CODE      "711e6c1e-0fa8-575f-8257-5c5e31c95ffa"
/* Of WORLD_ORG; those of MADE are put back when they were deleted. */
#define MEMBERSHIP "e0000000-0000-4000-8000-000000000001"
#define CONDITION  "e0000000-0000-4000-8000-000000000002"
#define MODIFIER   "e0000000-0000-4000-8000-000000000003"
#define MADE                                                                                       \
  "INSERT INTO memberships (id, organization, email, role) VALUES ('" MEMBERSHIP "', '" WORLD_ORG  \
  "', 'crew@example.com', 'treasurer') ON CONFLICT (id) DO NOTHING;"                               \
  "INSERT INTO conditions (id, organization, type, active, domain) VALUES ('" CONDITION            \
  "', '" WORLD_ORG "', 'liu_student', 1, '') ON CONFLICT (id) DO NOTHING;"                         \
  "INSERT INTO modifiers (id, \"condition\", ticket_type, delta) VALUES ('" MODIFIER               \
  "', '" UNION_CONDITION "', '" WORLD_PARTY "', -100) ON CONFLICT (id) DO NOTHING"

#define AUDIT "e0000000-0000-4000-8000-000000000004"
#define ONE_AUDIT                                                                                  \
  "INSERT INTO audit (id, at, action, resource, resource_id, organization) VALUES ('" AUDIT        \
  "', 1, 'change', 'event', '" WORLD_EVENT "', '" WORLD_ORG "') ON CONFLICT (id) DO NOTHING"

#define UNUSED_TICKET "UPDATE tickets SET utilized = NULL WHERE id = '" WORLD_TICKET "'"

#define OPEN_OUTBOX                                                                                \
  "INSERT INTO settings (name, value) VALUES ('mail', 'open')"                                     \
  " ON CONFLICT (name) DO UPDATE SET value = excluded.value"
/* The ticket's newest ownership is Alice's again; the others stay as they are. */
#define UNDO_TRANSFER                                                                              \
  "UPDATE ticket_ownerships SET superseded = NULL WHERE id = '" WORLD_OWNERSHIP "'"

/* What the rows before added. */
#define NO_VARIATIONS "DELETE FROM variations WHERE ticket_type = '" FREE "'"
#define PURCHASE      "b0000000-0000-4000-8000-000000000001"
/* Alice's, of long ago. */
#define ADD_PURCHASE                                                                               \
  "INSERT INTO purchases (id, organization, seq, \"user\", worker, state, is_kept, created,"       \
  " wait_until, max_amount, amount, payload, status) VALUES ('" PURCHASE "', '" WORLD_ORG          \
  "', -1, '" ALICE "', '', 'done', 0, 0, 0, 0, 0, '', 207) ON CONFLICT (id) DO NOTHING"

typedef struct
{
  const char *route; /* method and pattern, as in the route tables */
  const char *path;  /* (nullable): the route's own */
  const char *body;  /* (nullable) */
  const char *statuses;
  const char *prepare; /* (nullable) SQL before each request: puts back what an allowed one took */
} Row;

/* Reading what anybody may read; doors see nothing but their own. */
#define PUBLIC "200 200 200 200 200 200 200 403 403 401"
/* Answers that do not depend on who asks, by anybody but a door. */
#define NOBODYS "404 404 404 404 404 404 404 403 403 401"

/* The list is for staff, and holds what they may see. */
#define STAFFS "401 403 200 200 200 200 200 403 403 401"

/* clang-format off */
static const Row rows[] = {
  { "GET /api/", NULL, NULL, PUBLIC, NULL },
  { "GET /api/events/", NULL, NULL, PUBLIC, NULL },
  { "GET /api/events/{id}/", "/api/events/" WORLD_EVENT "/", NULL, PUBLIC, NULL },
  { "GET /api/events/{id}/", "/api/events/" HIDDEN "/", NULL, "404 404 404 200 200 200 200 403 403 401", NULL },
  { "GET /api/organizations/", NULL, NULL, PUBLIC, NULL },
  { "GET /api/organizations/{id}/", "/api/organizations/" WORLD_ORG "/", NULL, PUBLIC, NULL },
  { "GET /api/ticket-types/", NULL, NULL, PUBLIC, NULL },
  { "GET /api/ticket-types/{id}/", "/api/ticket-types/" WORLD_PARTY "/", NULL, PUBLIC, NULL },
  { "GET /api/variations/", NULL, NULL, PUBLIC, NULL },
  { "GET /api/variations/{id}/", "/api/variations/" VARIATION "/", NULL, PUBLIC, NULL },
  { "GET /api/variation-choices/", NULL, NULL, PUBLIC, NULL },
  { "GET /api/variation-choices/{id}/", "/api/variation-choices/" CHOICE "/", NULL, PUBLIC, NULL },
  { "GET /api/student-unions/", NULL, NULL, PUBLIC, NULL },
  { "GET /api/student-unions/{id}/", "/api/student-unions/" UNION "/", NULL, PUBLIC, NULL },
  { "GET /api/users/", NULL, NULL, PUBLIC, NULL },
  { "GET /api/users/{id}/", "/api/users/" ALICE "/", NULL, "404 200 404 404 404 404 404 403 403 401", NULL },
  { "GET /api/tickets/", NULL, NULL, PUBLIC, NULL },
  { "GET /api/tickets/{id}/", "/api/tickets/" WORLD_TICKET "/", NULL, "404 200 404 404 404 404 404 403 403 401", NULL },
  { "GET /api/access-codes/{word}/", "/api/access-codes/" ACCESS_CODE_PLACE "/", NULL, PUBLIC, NULL },
  { "GET /api/access-codes/{word}/", "/api/access-codes/nonsense/", NULL, NOBODYS, NULL },

  { "GET /api/ticket-ownerships/", NULL, NULL, PUBLIC, NULL },
  { "GET /api/ticket-ownerships/{id}/", "/api/ticket-ownerships/" WORLD_OWNERSHIP "/", NULL, "404 200 404 404 404 404 200 403 403 401", NULL },
  /* Whoever is signed in and knows the code is shown the ticket, as in the original. */
  { "GET /api/ticket-ownerships/{id}/", "/api/ticket-ownerships/" WORLD_OWNERSHIP "/?code=" WORLD_CODE, NULL, "404 200 200 200 200 200 200 403 403 401", NULL },
  { "GET /api/ticket-ownerships/search/", "/api/ticket-ownerships/search/?query=a", NULL, "401 403 200 200 200 200 200 403 403 401", NULL },
  { "GET /api/ticket-ownerships/search/", "/api/ticket-ownerships/search/?query=a&event=" WORLD_EVENT, NULL, "401 403 200 200 200 200 200 403 403 401", NULL },
  { "POST /api/ticket-ownerships/{id}/utilize/", "/api/ticket-ownerships/" WORLD_OWNERSHIP "/utilize/", "", "401 403 404 200 200 200 200 403 403 401", UNUSED_TICKET },
  { "POST /api/ticket-ownerships/{id}/unutilize/", "/api/ticket-ownerships/" WORLD_OWNERSHIP "/unutilize/", "", "401 403 404 200 200 200 200 403 403 401", NULL },

  { "PATCH /api/ticket-ownerships/{id}/", "/api/ticket-ownerships/" WORLD_OWNERSHIP "/", "{\"variation_choices\":[]}", "405 405 404 403 403 200 200 403 403 401", NULL },
  { "POST /api/events/{id}/imports/", "/api/events/" WORLD_EVENT "/imports/?dry_run=true", "mail,type\nnew@example.com,Merch\n", "401 403 403 403 403 200 200 403 403 401", NULL },
  { "POST /api/ticket-ownerships/{id}/reissue/", "/api/ticket-ownerships/" WORLD_OWNERSHIP "/reissue/", "", "401 403 404 403 403 200 200 403 403 401", NULL },
  { "POST /api/ticket-ownerships/{id}/resend/", "/api/ticket-ownerships/" WORLD_OWNERSHIP "/resend/", "", "401 403 404 403 403 200 200 403 403 401", OPEN_OUTBOX },
  { "POST /api/ticket-ownerships/{id}/transfer/", "/api/ticket-ownerships/" WORLD_OWNERSHIP "/transfer/", "{\"email\":\"bob@example.com\"}", "401 403 404 403 403 200 200 403 403 401", UNDO_TRANSFER },

  { "POST /api/auth-token/", NULL, "{\"provider\":\"nobody\",\"code\":\"1\"}", NOBODYS, NULL },
  { "GET /api/auth/providers/", NULL, NULL, PUBLIC, NULL },
  { "POST /api/auth-token/refresh/", NULL, "{\"token\":\"x\"}", "400 400 400 400 400 400 400 403 403 401", NULL },

  { "POST /api/doors/pair/", NULL, "{\"pairing\":\"" PAIRING "\"}", PUBLIC, OPEN_PAIRING },
  { "GET /api/doors/", NULL, NULL, "401 403 200 200 200 200 200 403 403 401", NULL },
  { "POST /api/doors/", NULL, "{\"event\":\"" WORLD_EVENT "\",\"name\":\"East\"}", "401 403 403 403 403 201 201 403 403 401", NULL },
  { "GET /api/doors/{id}/", "/api/doors/" DOOR_ID "/", NULL, "401 403 404 200 200 200 200 403 403 401", NULL },
  { "DELETE /api/doors/{id}/", "/api/doors/" REVOKED_ID "/", NULL, "401 403 404 403 403 204 204 403 403 401", NULL },

  { "GET /api/events/{id}/entry-feed/", "/api/events/" WORLD_EVENT "/entry-feed/", NULL, "401 403 403 200 200 200 200 200 403 401", NULL },
  { "POST /api/events/{id}/entries/", "/api/events/" WORLD_EVENT "/entries/", "[]", "401 403 403 200 200 200 200 200 403 200", NULL },
  { "GET /api/events/{id}/conflicts/", "/api/events/" WORLD_EVENT "/conflicts/", NULL, "401 403 403 200 200 200 200 200 403 401", NULL },
  { "GET /api/events/{id}/stream/", "/api/events/" WORLD_EVENT "/stream/", NULL, "401 403 403 101 101 101 101 101 403 401", NULL },
  { "GET /api/events/{id}/sales/", "/api/events/" WORLD_EVENT "/sales/?group_by=day", NULL, "401 403 403 403 200 200 200 403 403 401", NULL },

  /* Writing. What the original's paths did not take is not there for who is staff of nothing. */
  { "POST /api/events/", NULL, "{\"organization\":\"" WORLD_ORG "\",\"slug\":\"new\",\"name\":\"New\"}", "405 405 403 403 403 201 201 403 403 401", "DELETE FROM events WHERE slug = 'new'" },
  { "PATCH /api/events/{id}/", "/api/events/" WORLD_EVENT "/", "{\"venue\":\"Here\"}", "405 405 403 403 403 200 200 403 403 401", NULL },
  { "PATCH /api/events/{id}/", "/api/events/" HIDDEN "/", "{\"venue\":\"Here\"}", "405 405 404 403 403 200 200 403 403 401", NULL },
  { "DELETE /api/events/{id}/", "/api/events/" WORLD_EVENT "/", NULL, "405 405 403 403 403 409 409 403 403 401", NULL },
  { "POST /api/events/{id}/duplicate/", "/api/events/" HIDDEN "/duplicate/", "{\"slug\":\"again\"}", "401 403 404 403 403 201 201 403 403 401", "DELETE FROM ticket_types WHERE event IN (SELECT id FROM events WHERE slug = 'again'); DELETE FROM events WHERE slug = 'again'" },
  { "POST /api/organizations/", NULL, "{\"name\":\"New\",\"slug\":\"new\",\"email\":\"a@b.se\"}", "405 405 403 403 403 403 201 403 403 401", "DELETE FROM organizations WHERE slug = 'new'" },
  { "PATCH /api/organizations/{id}/", "/api/organizations/" WORLD_ORG "/", "{\"vat_rate\":6}", "405 405 403 403 403 200 200 403 403 401", NULL },
  { "DELETE /api/organizations/{id}/", "/api/organizations/" WORLD_ORG "/", NULL, "405 405 403 403 403 403 409 403 403 401", NULL },
  { "POST /api/ticket-types/", NULL, "{\"event\":\"" WORLD_EVENT "\",\"name\":\"New\",\"price\":\"1.00\"}", "405 405 403 403 403 201 201 403 403 401", NULL },
  { "PATCH /api/ticket-types/{id}/", "/api/ticket-types/" WORLD_PARTY "/", "{\"index\":3}", "405 405 403 403 403 200 200 403 403 401", NULL },
  { "DELETE /api/ticket-types/{id}/", "/api/ticket-types/" WORLD_PARTY "/", NULL, "405 405 403 403 403 409 409 403 403 401", NULL },
  { "POST /api/variations/", NULL, "{\"ticket_type\":\"" FREE "\",\"name\":\"New\"}", "405 405 403 403 403 201 201 403 403 401", NULL },
  { "PATCH /api/variations/{id}/", "/api/variations/" VARIATION "/", "{\"index\":3}", "405 405 403 403 403 200 200 403 403 401", NULL },
  { "DELETE /api/variations/{id}/", "/api/variations/" VARIATION "/", NULL, "405 405 403 403 403 409 409 403 403 401", NULL },
  { "POST /api/variation-choices/", NULL, "{\"variation\":\"" VARIATION "\",\"name\":\"New\"}", "405 405 403 403 403 201 201 403 403 401", NULL },
  { "PATCH /api/variation-choices/{id}/", "/api/variation-choices/" CHOICE "/", "{\"index\":3}", "405 405 403 403 403 200 200 403 403 401", NULL },
  { "DELETE /api/variation-choices/{id}/", "/api/variation-choices/" BOUGHT_CHOICE "/", NULL, "405 405 403 403 403 409 409 403 403 401", NULL },
  { "POST /api/student-unions/", NULL, "{\"name\":\"New\"}", "401 403 403 403 403 403 201 403 403 401", "DELETE FROM student_unions WHERE name = 'New'" },
  { "PATCH /api/student-unions/{id}/", "/api/student-unions/" UNION "/", "{\"name\":\"LinTek\"}", "401 403 403 403 403 403 200 403 403 401", NULL },
  { "DELETE /api/student-unions/{id}/", "/api/student-unions/" UNION "/", NULL, "401 403 403 403 403 403 409 403 403 401", NULL },
  { "GET /api/memberships/", NULL, NULL, STAFFS, NULL },
  { "GET /api/memberships/{id}/", "/api/memberships/" MEMBERSHIP "/", NULL, "401 403 404 404 404 200 200 403 403 401", MADE },
  { "POST /api/memberships/", NULL, "{\"organization\":\"" WORLD_ORG "\",\"email\":\"new@example.com\",\"role\":\"crew\"}", "401 403 403 403 403 201 201 403 403 401", "DELETE FROM memberships WHERE email = 'new@example.com'" },
  { "PATCH /api/memberships/{id}/", "/api/memberships/" MEMBERSHIP "/", "{\"role\":\"crew\"}", "401 403 404 404 404 200 200 403 403 401", MADE },
  { "DELETE /api/memberships/{id}/", "/api/memberships/" MEMBERSHIP "/", NULL, "401 403 404 404 404 204 204 403 403 401", MADE },
  { "GET /api/conditions/", NULL, NULL, STAFFS, NULL },
  { "GET /api/conditions/{id}/", "/api/conditions/" CONDITION "/", NULL, "401 403 404 200 200 200 200 403 403 401", MADE },
  { "POST /api/conditions/", NULL, "{\"organization\":\"" WORLD_ORG "\",\"type\":\"liu_student\"}", "401 403 403 403 403 201 201 403 403 401", NULL },
  /* One for everybody is the platform's. */
  { "POST /api/conditions/", NULL, "{\"type\":\"liu_student\"}", "401 403 400 400 400 400 201 403 403 401", NULL },
  { "PATCH /api/conditions/{id}/", "/api/conditions/" CONDITION "/", "{\"active\":false}", "401 403 404 403 403 200 200 403 403 401", MADE },
  { "DELETE /api/conditions/{id}/", "/api/conditions/" CONDITION "/", NULL, "401 403 404 403 403 204 204 403 403 401", MADE },
  { "GET /api/modifiers/", NULL, NULL, STAFFS, NULL },
  { "GET /api/modifiers/{id}/", "/api/modifiers/" MODIFIER "/", NULL, "401 403 404 200 200 200 200 403 403 401", MADE },
  { "POST /api/modifiers/", NULL, "{\"ticket_type\":\"" WORLD_PARTY "\",\"condition\":\"" UNION_CONDITION "\",\"delta\":\"-1.00\"}", "401 403 403 403 403 201 201 403 403 401", NULL },
  { "PATCH /api/modifiers/{id}/", "/api/modifiers/" MODIFIER "/", "{}", "401 403 404 403 403 200 200 403 403 401", MADE },
  { "DELETE /api/modifiers/{id}/", "/api/modifiers/" MODIFIER "/", NULL, "401 403 404 403 403 204 204 403 403 401", MADE },
  /* Whoever reads a code can buy with it: organizers only. */
  { "GET /api/access-codes/", NULL, NULL, STAFFS, NULL },
  { "GET /api/access-codes/{id}/", "/api/access-codes/" ACCESS_CODE "/", NULL, "401 403 404 404 404 200 200 403 403 401", NULL },
  { "POST /api/access-codes/", NULL, "{\"ticket_type\":\"" WORLD_PARTY "\"}", "401 403 403 403 403 201 201 403 403 401", NULL },
  { "PATCH /api/access-codes/{id}/", "/api/access-codes/" ACCESS_CODE "/", "{\"label\":\"x\"}", "401 403 404 404 404 200 200 403 403 401", NULL },
  { "DELETE /api/access-codes/{id}/", "/api/access-codes/" OTHER_CODE "/", NULL, "401 403 404 404 404 204 204 403 403 401", NULL },
  { "GET /api/transactions/", NULL, NULL, "401 403 200 403 200 200 200 403 403 401", NULL },
  { "GET /api/transactions/", "/api/transactions/?event=" WORLD_EVENT, NULL, "401 403 403 403 200 200 200 403 403 401", NULL },
  { "GET /api/transactions/{id}/", "/api/transactions/" CHARGE "/", NULL, "401 403 404 403 200 200 200 403 403 401", NULL },
  /* Card payments are not set up; only who may move money is told so: an organizer is a treasurer. */
  { "POST /api/transactions/{id}/refund/", "/api/transactions/" CHARGE "/refund/", "{\"reason\":\"ill\"}", "401 403 404 403 409 403 409 403 403 401", NULL },
  { "POST /api/organizations/{id}/stripe/connect/", "/api/organizations/" WORLD_ORG "/stripe/connect/", "", "401 403 403 403 403 409 409 403 403 401", NULL },
  { "DELETE /api/organizations/{id}/stripe/connect/", "/api/organizations/" WORLD_ORG "/stripe/connect/", NULL, "401 403 403 403 403 204 204 403 403 401", NULL },

  /* For organizers and treasurers; to others of the staff the list is empty. */
  { "GET /api/audit/", NULL, NULL, STAFFS, NULL },
  { "GET /api/audit/{id}/", "/api/audit/" AUDIT "/", NULL, "401 403 404 404 200 200 200 403 403 401", ONE_AUDIT },

  { "POST /api/purchases/", NULL, "{\"access_codes\":[],\"tickets\":[{\"ticket_type\":\"/api/ticket-types/" FREE "/\",\"variation_choices\":[]}],\"payment\":{\"type\":\"stripe\",\"payload\":\"tok_visa\",\"amount\":\"0.00\"},\"user\":{}}", "401 207 207 207 207 207 207 403 403 401", NO_VARIATIONS },
  { "GET /api/purchases/{id}/", "/api/purchases/" PURCHASE "/", NULL, "401 200 404 404 404 404 404 403 403 401", ADD_PURCHASE },
  { "GET /api/purchases/{id}/stream/", "/api/purchases/" PURCHASE "/stream/", NULL, "401 101 404 404 404 404 404 403 403 401", ADD_PURCHASE },

  /* Nobody's API: credentials are not looked at. */
  { "POST /api/stripe/webhook/", NULL, "{}", "403 403 403 403 403 403 403 403 403 403", NULL },
  { "GET /stripe/connect-callback/", NULL, NULL, "409 409 409 409 409 409 409 409 409 409", NULL },
  { "GET /api/openapi.json", NULL, NULL, PUBLIC, NULL },
  { "GET /healthz", NULL, NULL, "200 200 200 200 200 200 200 200 200 200", NULL },
  { "GET /readyz", NULL, NULL, "200 200 200 200 200 200 200 200 200 200", NULL },
  { "GET /metrics", NULL, NULL, "200 200 200 200 200 200 200 200 200 200", NULL },
};
/* clang-format on */

/* What the people say of themselves. */
typedef struct
{
  char *authorizations[N_PEOPLE]; /* (owned) (nullable) */
  char *token;                    /* (owned) of ACCESS_CODE */
  BitketDb *db;                   /* (owned) */
} World;

static void
clear_world (World *world)
{
  for (guint i = 0; i < N_PEOPLE; i++)
    g_free (world->authorizations[i]);
  g_free (world->token);
  g_clear_pointer (&world->db, bitket_db_close);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (World, clear_world)

static void
run_sql (BitketDb *db, const char *sql, const char *const *parameters)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketStatement) statement = bitket_db_prepare (db, sql, &error);

  g_assert_no_error (error);
  for (int i = 0; parameters != NULL && parameters[i] != NULL; i++)
    bitket_statement_bind_text (statement, i + 1, parameters[i]);
  bitket_statement_run (statement, &error);
  g_assert_no_error (error);
}

static void
add_member (Bitketd *bitketd,
            World *world,
            Person person,
            const char *organization,
            const char *email,
            const char *role)
{
  g_autofree char *id = g_uuid_string_random ();
  g_autoptr (GError) error = NULL;
  g_autofree char *user = bitket_store_add_user (world->db, email, people[person], NULL, &error);

  g_assert_no_error (error);
  run_sql (world->db,
           "INSERT INTO memberships (id, organization, email, role) VALUES ($1, $2, $3, $4)",
           (const char *[]) { id, organization, email, role, NULL });
  world->authorizations[person] = bitketd_jwt (bitketd, email);
}

/* @token is what the door says. */
static void
add_door (World *world, Person person, const char *id, const char *event, const char *token)
{
  g_autofree char *hash = bitket_auth_hash_token (token);

  run_sql (
      world->db,
      "INSERT INTO doors (id, event, name, token_hash, created) VALUES ($1, $2, 'North', $3, 0)",
      (const char *[]) { id, event, hash, NULL });
  world->authorizations[person] = g_strconcat ("Door ", token, NULL);
}

static void
set_up (Bitketd *bitketd, World *world)
{
  world->db = bitketd_open_db (bitketd);
  world->authorizations[BUYER] = bitketd_jwt (bitketd, "alice@example.com");
  add_member (bitketd, world, OTHER, OTHER_ORG, "other@other.example", "organizer");
  add_member (bitketd, world, CREW, WORLD_ORG, "crew@lithebla.example", "crew");
  add_member (bitketd, world, TREASURER, WORLD_ORG, "money@lithebla.example", "treasurer");
  add_member (bitketd, world, ORGANIZER, WORLD_ORG, "boss@lithebla.example", "organizer");
  world->authorizations[STAFF] = g_strdup (WORLD_STAFF);
  add_door (world, DOOR, DOOR_ID, WORLD_EVENT, "north");
  add_door (world, OTHER_DOOR, OTHER_DOOR_ID, WORLD_CONCERT, "elsewhere");
  add_door (world, REVOKED_DOOR, REVOKED_ID, WORLD_EVENT, "lost");
  run_sql (world->db,
           "INSERT INTO doors (id, event, name, created)"
           " VALUES ('" UNPAIRED_ID "', '" WORLD_EVENT "', 'South', 0)",
           NULL);
  run_sql (world->db, "UPDATE doors SET revoked = 1 WHERE id = '" REVOKED_ID "'", NULL);
  run_sql (world->db,
           "INSERT INTO transactions (id, kind, amount, currency, created, stripe_id)"
           " VALUES ('" CHARGE "', 'charge', 10000, 'SEK', 0, 'ch_1')",
           NULL);
  run_sql (world->db,
           "INSERT INTO transactions_ticket_ownerships (\"transaction\", target)"
           " VALUES ('" CHARGE "', '" WORLD_OWNERSHIP "')",
           NULL);
  world->token = bitket_access_token_dump (ACCESS_CODE, BITKETD_TEST_SECRET, g_get_real_time ());
}

static char *
make_path (const World *world, const Row *row)
{
  const char *path = row->path != NULL ? row->path : strchr (row->route, ' ') + 1;
  g_auto (GStrv) parts = g_strsplit (path, ACCESS_CODE_PLACE, -1);

  return g_strjoinv (world->token, parts);
}

/* Who is turned away learns nothing but that. */
static gboolean
tells_nothing (Answer *answer)
{
  g_autoptr (GList) members = NULL;

  if (answer->json == NULL || !JSON_NODE_HOLDS_OBJECT (answer->json))
    return FALSE;
  members = json_object_get_members (json_node_get_object (answer->json));
  for (GList *member = members; member != NULL; member = member->next)
    if (strcmp (member->data, "detail") != 0 && strcmp (member->data, "code") != 0)
      return FALSE;
  return TRUE;
}

static void
connected_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (SoupWebsocketConnection) connection =
      soup_session_websocket_connect_finish (SOUP_SESSION (source), result, NULL);

  if (connection != NULL)
    soup_websocket_connection_close (connection, SOUP_WEBSOCKET_CLOSE_NORMAL, NULL);
  *(gboolean *) user_data = TRUE;
}

/* Returns: the status with which a WebSocket is opened or refused; 101 when it stands. */
static guint
ask_stream (Bitketd *bitketd, const char *path, const char *authorization)
{
  g_autofree char *url = g_strconcat ("ws", bitketd->url + strlen ("http"), path, NULL);
  g_autoptr (SoupMessage) message = soup_message_new ("GET", url);
  gboolean is_done = FALSE;

  if (authorization != NULL)
    soup_message_headers_replace (soup_message_get_request_headers (message), "Authorization",
                                  authorization);
  soup_session_websocket_connect_async (bitketd->session, message, NULL, NULL, G_PRIORITY_DEFAULT,
                                        NULL, connected_cb, &is_done);
  bitket_test_wait_for_flag (&is_done);
  return soup_message_get_status (message);
}

static gboolean
is_stream (const char *path)
{
  g_auto (BitketMatch) match = { NULL };
  g_autofree char *only_path = g_strndup (path, strcspn (path, "?"));

  g_assert_true (bitket_router_find (BITKET_METHOD_GET, only_path, &match));
  return (match.route->flags & BITKET_ROUTE_WEBSOCKET) != 0;
}

static gboolean
is_refusal (guint status)
{
  return status == 401 || status == 403 || status == 404;
}

static void
prepare (BitketDb *db, const char *sql)
{
  g_autoptr (GError) error = NULL;

  bitket_db_execute (db, sql, &error);
  g_assert_no_error (error);
}

/* Returns: whether @person is answered as the row says. */
static gboolean
ask (Bitketd *bitketd, World *world, const Row *row, Person person, guint expected)
{
  g_autofree char *method = g_strndup (row->route, strcspn (row->route, " "));
  g_autofree char *path = make_path (world, row);
  const char *authorization = world->authorizations[person];
  g_autoptr (Answer) answer = NULL;
  g_autoptr (Answer) head = NULL;

  if (row->prepare != NULL)
    prepare (world->db, row->prepare);
  if (is_stream (path))
    {
      guint status = ask_stream (bitketd, path, authorization);

      if (status != expected)
        g_test_message ("%s by %s: %u instead of %u", row->route, people[person], status, expected);
      return status == expected;
    }
  answer = bitketd_ask (bitketd, method, path, authorization, row->body);
  if (strcmp (method, "GET") == 0)
    head = bitketd_ask (bitketd, "HEAD", path, authorization, NULL);
  if (answer->status == expected && (head == NULL || head->status == expected) &&
      (!is_refusal (expected) || tells_nothing (answer)))
    return TRUE;
  g_test_message ("%s by %s: %u instead of %u: %.300s", row->route, people[person], answer->status,
                  expected, answer->text);
  return FALSE;
}

static void
test_rows (Bitketd *bitketd)
{
  g_auto (World) world = { { NULL } };
  guint n_wrong = 0;

  set_up (bitketd, &world);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_auto (GStrv) statuses = g_strsplit (rows[i].statuses, " ", -1);

      g_assert_cmpuint (g_strv_length (statuses), ==, N_PEOPLE);
      for (guint person = 0; person < N_PEOPLE; person++)
        n_wrong += !ask (bitketd, &world, &rows[i], (Person) person,
                         (guint) g_ascii_strtoull (statuses[person], NULL, 10));
    }
  g_assert_cmpuint (n_wrong, ==, 0);
}

static void
add_route (const BitketRoute *route, gpointer user_data)
{
  g_autofree char *methods = bitket_methods_format (route->method);

  g_assert_cmpuint (route->needs, !=, BITKET_NEEDS_NONE);
  g_hash_table_add (user_data, g_strconcat (methods, " ", route->pattern, NULL));
}

/* The tables of routes and this one name the same. */
static void
test_complete (void)
{
  g_autoptr (GHashTable) routes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) missing = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GHashTableIter iter;
  gpointer name;

  bitket_router_foreach (add_route, routes);
  bitket_router_foreach (add_route, missing);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      if (!g_hash_table_contains (routes, rows[i].route))
        g_test_message ("there is no route %s", rows[i].route);
      g_assert_true (g_hash_table_contains (routes, rows[i].route));
      g_hash_table_remove (missing, rows[i].route);
    }
  g_hash_table_iter_init (&iter, missing);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    g_test_message ("%s has no row", (const char *) name);
  g_assert_cmpuint (g_hash_table_size (missing), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/service/security/complete", test_complete);
  bitketd_test_add ("service/security/rows", test_rows);
  return g_test_run ();
}
