/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

/* Money: the ledger, refunds, Stripe's webhooks and Connect, through a real bitketd on both
 * databases, with Stripe's stand-in behind it. */

#include <glib/gstdio.h>
#include <string.h>

#include "bitket-connect.h"
#include "bitket-test-stripe.h"
#include "bitketd-fixture.h"

#define CHARGE         "c0000000-0000-4000-8000-000000000001"
#define OLD_CHARGE     "c0000000-0000-4000-8000-000000000002"
#define OTHER_ORG      "dd72de5a-58f4-5bf4-8b78-bf87b4845ac3"
#define SECOND         "970f5bc9-fa8a-5b6e-8bb6-eecc0fe3844a"
#define SECOND_TICKET  "706566b8-3e4c-539e-b373-e06cb7bd6f87"
#define WEBHOOK_SECRET "whsec_of_the_tests"
#define REFUND_PATH    "/api/transactions/" CHARGE "/refund/"
#define CONNECT_PATH   "/api/organizations/" WORLD_ORG "/stripe/connect/"

typedef struct
{
  Bitketd *bitketd;
  BitketTestStripe *stripe; /* (owned) */
  BitketDb *db;             /* (owned) */
  char *intent;             /* (owned) of CHARGE: 150.00, Alice's and Dave's tickets */
  char *treasurer;          /* (owned) */
  char *organizer;          /* (owned) */
  char *crew;               /* (owned) */
  char *stranger;           /* (owned) treasurer of the other organization */
} World;

static void
run_sql (BitketDb *db, const char *sql, ...)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketStatement) statement = bitket_db_prepare (db, sql, &error);
  const char *text;
  va_list texts;

  g_assert_no_error (error);
  va_start (texts, sql);
  for (int i = 1; (text = va_arg (texts, const char *)) != NULL; i++)
    bitket_statement_bind_text (statement, i, text);
  va_end (texts);
  bitket_statement_run (statement, &error);
  g_assert_no_error (error);
}

static gint64
get_int (BitketDb *db, const char *sql)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketStatement) statement = bitket_db_prepare (db, sql, &error);

  g_assert_no_error (error);
  g_assert_true (bitket_statement_step (statement, &error));
  return bitket_statement_get_int64 (statement, 0);
}

static char *
add_member (World *world, const char *email, const char *organization, const char *role)
{
  g_autofree char *id = g_uuid_string_random ();
  g_autoptr (GError) error = NULL;
  g_autofree char *user = bitket_store_add_user (world->db, email, "N", NULL, &error);

  g_assert_no_error (error);
  run_sql (world->db,
           "INSERT INTO memberships (id, organization, email, role) VALUES ($1, $2, $3, $4)", id,
           organization, email, role, NULL);
  return bitketd_jwt (world->bitketd, email);
}

static void
add_charge (World *world, const char *id, const char *stripe_id, const char *created)
{
  g_autofree char *sql =
      g_strdup_printf ("INSERT INTO transactions (id, kind, amount, currency, created, stripe_id)"
                       " VALUES ($1, 'charge', 15000, 'SEK', %s, $2)",
                       created);

  run_sql (world->db, sql, id, stripe_id, NULL);
  run_sql (world->db,
           "INSERT INTO transactions_ticket_ownerships (\"transaction\", target)"
           " VALUES ($1, $2), ($3, $4)",
           id, WORLD_OWNERSHIP, id, SECOND, NULL);
}

static char *
write_secret (Bitketd *bitketd, const char *name, const char *text)
{
  char *path = bitket_test_write_file (bitketd->dir, name, text);

  g_assert_cmpint (g_chmod (path, 0600), ==, 0);
  return path;
}

static void
configure (Bitketd *bitketd, const char *provider, const char *stripe_url)
{
  g_autofree char *key = write_secret (bitketd, "stripe-key", BITKET_TEST_STRIPE_KEY "\n");
  g_autofree char *webhook = write_secret (bitketd, "stripe-webhook", WEBHOOK_SECRET "\n");
  g_autofree char *text = g_strdup_printf (
      "[payments]\nprovider = %s\nstripe-key-file = %s\nstripe-webhook-secret-file = %s\n"
      "stripe-client-id = " BITKET_TEST_STRIPE_CLIENT_ID "\n"
      "stripe-api-url = %s\nstripe-connect-url = %s\n",
      provider, key, webhook, stripe_url, stripe_url);

  bitketd_configure (bitketd, text);
}

static char *
pay (World *world)
{
  guint status;
  g_autoptr (JsonNode) answer =
      bitket_test_stripe_ask (world->stripe, "POST", "/v1/payment_intents",
                              "amount=15000&currency=sek&confirm=true&payment_method=pm_card_visa",
                              "Stripe-Account", BITKET_TEST_STRIPE_ACCOUNT, &status);

  g_assert_cmpuint (status, ==, 200);
  return g_strdup (json_object_get_string_member (json_node_get_object (answer), "id"));
}

static void
set_up (World *world, Bitketd *bitketd, const char *provider)
{
  world->bitketd = bitketd;
  world->stripe = bitket_test_stripe_start (NULL);
  world->db = bitketd_open_db (bitketd);
  configure (bitketd, provider, world->stripe->url);
  world->treasurer = add_member (world, "money@lithebla.example", WORLD_ORG, "treasurer");
  world->organizer = add_member (world, "boss@lithebla.example", WORLD_ORG, "organizer");
  world->crew = add_member (world, "crew@lithebla.example", WORLD_ORG, "crew");
  world->stranger = add_member (world, "money@other.example", OTHER_ORG, "treasurer");
  run_sql (world->db, "UPDATE organizations SET stripe_account_id = $1 WHERE id = $2",
           BITKET_TEST_STRIPE_ACCOUNT, WORLD_ORG, NULL);
  world->intent = pay (world);
  add_charge (world, CHARGE, world->intent, "1512844200000000");
}

static void
clear_world (World *world)
{
  bitketd_stop (world->bitketd);
  bitket_db_close (world->db);
  bitket_test_stripe_stop (world->stripe);
  g_free (world->intent);
  g_free (world->treasurer);
  g_free (world->organizer);
  g_free (world->crew);
  g_free (world->stranger);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (World, clear_world)

static Answer *
order (World *world, const char *who, const char *key, const char *body, guint status)
{
  Answer *answer = bitketd_ask_with (world->bitketd, "POST", REFUND_PATH, who, body,
                                     key != NULL ? "Idempotency-Key" : NULL, key);

  if (answer->status != status)
    g_test_message ("%s: %u %s", body, answer->status, answer->text);
  g_assert_cmpuint (answer->status, ==, status);
  return answer;
}

static void
assert_refunded (World *world, gint64 n, gint64 ore)
{
  BitketTestStripeSums sums;

  bitket_test_stripe_get_sums (world->stripe, &sums);
  g_assert_cmpint (sums.n_refunds, ==, n);
  g_assert_cmpint (sums.refunded_ore, ==, ore);
  g_assert_cmpint (get_int (world->db, "SELECT CAST (COALESCE (SUM (amount), 0) AS BIGINT) FROM"
                                       " transactions WHERE kind = 'refund'"),
                   ==, -ore);
}

static gint64
count_void (World *world)
{
  return get_int (world->db, "SELECT COUNT (*) FROM tickets WHERE refunded IS NOT NULL");
}

/* Who sees which transactions, filtered and in pages. */
typedef struct
{
  const char *query;
  guint status;
  guint n;
} LedgerCase;

static const LedgerCase ledger_cases[] = {
  { "", 200, 2 },
  { "?event=" WORLD_EVENT, 200, 2 },
  { "?event=" WORLD_CONCERT, 403, 0 },
  { "?event=nonsense", 400, 0 },
  { "?kind=charge", 200, 2 },
  { "?kind=refund", 200, 0 },
  { "?kind=gift", 400, 0 },
  { "?from=2017-12-09", 200, 1 },
  { "?to=2017-12-09", 200, 1 },
  { "?from=2017-12-09T18:30:00Z&to=2017-12-09T18:30:01Z", 200, 1 },
  { "?from=2017-12-09T18:30:00.000001Z", 200, 0 },
  { "?from=yesterday", 400, 0 },
  { "?limit=1", 200, 1 },
};

static void
test_ledger (Bitketd *bitketd)
{
  g_auto (World) world = { 0 };
  g_autoptr (Answer) one = NULL;
  g_autoptr (Answer) page = NULL;
  g_autoptr (Answer) crew = NULL;
  g_autoptr (Answer) stranger = NULL;
  g_autoptr (Answer) strange = NULL;

  set_up (&world, bitketd, "stripe");
  add_charge (&world, OLD_CHARGE, "ch_old", "1000000");
  for (gsize i = 0; i < G_N_ELEMENTS (ledger_cases); i++)
    {
      const LedgerCase *c = &ledger_cases[i];
      g_autofree char *path = g_strconcat ("/api/transactions/", c->query, NULL);
      g_autoptr (Answer) answer = bitketd_ask (bitketd, "GET", path, world.treasurer, NULL);

      g_test_message ("%s: %s", c->query, answer->text);
      g_assert_cmpuint (answer->status, ==, c->status);
      if (c->status == 200)
        g_assert_cmpuint (json_array_get_length (json_node_get_array (answer->json)), ==, c->n);
    }
  one = bitketd_ask (bitketd, "GET", "/api/transactions/" CHARGE "/", world.organizer, NULL);
  g_assert_cmpstr (answer_get_text (one, "amount"), ==, "150.00");
  g_assert_cmpstr (answer_get_text (one, "created"), ==, "2017-12-09T18:30:00Z");
  g_assert_cmpstr (answer_get_text (one, "stripe_id"), ==, world.intent);
  page = bitketd_ask (bitketd, "GET", "/api/transactions/?limit=1", world.treasurer, NULL);
  g_assert_nonnull (strstr (answer_get_header (page, "Link"), "rel=\"next\""));
  crew = bitketd_ask (bitketd, "GET", "/api/transactions/", world.crew, NULL);
  g_assert_cmpuint (crew->status, ==, 403);
  stranger = bitketd_ask (bitketd, "GET", "/api/transactions/", world.stranger, NULL);
  g_assert_cmpstr (stranger->text, ==, "[]");
  strange = bitketd_ask (bitketd, "GET", "/api/transactions/" CHARGE "/", world.stranger, NULL);
  g_assert_cmpuint (strange->status, ==, 404);
}

/* A ticket's price, then all that is left, then nothing. */
static void
test_refund (Bitketd *bitketd)
{
  g_auto (World) world = { 0 };
  g_autoptr (Answer) first = NULL;
  g_autoptr (Answer) again = NULL;
  g_autoptr (Answer) rest = NULL;
  g_autoptr (Answer) nothing = NULL;
  g_autoptr (Answer) ledger = NULL;

  set_up (&world, bitketd, "stripe");
  first = order (&world, world.treasurer, NULL,
                 "{\"reason\":\"ill\",\"ticket_ownerships\":[\"" WORLD_OWNERSHIP "\"]}", 201);
  g_assert_cmpstr (answer_get_text (first, "amount"), ==, "100.00");
  g_assert_cmpstr (answer_get_text (first, "state"), ==, "done");
  assert_refunded (&world, 1, 10000);
  g_assert_cmpint (count_void (&world), ==, 1);
  g_assert_cmpint (get_int (world.db,
                            "SELECT COUNT (*) FROM audit WHERE action = 'refund'"
                            " AND resource_id = '" CHARGE "' AND event = '" WORLD_EVENT "'"),
                   ==, 1);
  g_assert_cmpint (get_int (world.db, "SELECT COUNT (*) FROM tickets WHERE id = '" WORLD_TICKET
                                      "' AND refunded IS NOT NULL"),
                   ==, 1);
  again = order (&world, world.treasurer, NULL,
                 "{\"reason\":\"ill\",\"ticket_ownerships\":[\"" WORLD_OWNERSHIP "\"]}", 409);
  rest = order (&world, world.treasurer, NULL, "{\"reason\":\"cancelled\"}", 201);
  g_assert_cmpstr (answer_get_text (rest, "amount"), ==, "50.00");
  assert_refunded (&world, 2, 15000);
  g_assert_cmpint (count_void (&world), ==, 2);
  nothing = order (&world, world.treasurer, NULL, "{\"reason\":\"more\"}", 409);
  ledger = bitketd_ask (bitketd, "GET", "/api/transactions/?kind=refund", world.organizer, NULL);
  g_assert_cmpstr (json_object_get_string_member (answer_get_element (ledger, 0), "amount"), ==,
                   "-100.00");
  g_assert_cmpstr (json_object_get_string_member (answer_get_element (ledger, 1), "amount"), ==,
                   "-50.00");
}

typedef struct
{
  const char *body;
  guint status;
  const char *part; /* of the answer */
} OrderCase;

static const OrderCase order_cases[] = {
  { "", 400, "\"reason\"" },
  { "[]", 400, "non_field_errors" },
  { "{\"reason\":\"\"}", 400, "blank" },
  { "{\"reason\":7}", 400, "\"reason\"" },
  { "{\"reason\":\"a\",\"colour\":1}", 400, "\"colour\"" },
  { "{\"reason\":\"a\",\"amount\":\"0\"}", 400, "\"amount\"" },
  { "{\"reason\":\"a\",\"amount\":\"-1\"}", 400, "\"amount\"" },
  { "{\"reason\":\"a\",\"amount\":\"1.005\"}", 400, "\"amount\"" },
  { "{\"reason\":\"a\",\"amount\":\"150.01\"}", 400, "No more than 150.00" },
  { "{\"reason\":\"a\",\"amount\":\"10\",\"void_tickets\":true}", 400, "\"void_tickets\"" },
  { "{\"reason\":\"a\",\"void_tickets\":\"yes\"}", 400, "\"void_tickets\"" },
  { "{\"reason\":\"a\",\"ticket_ownerships\":[]}", 400, "\"ticket_ownerships\"" },
  { "{\"reason\":\"a\",\"ticket_ownerships\":[\"x\"]}", 400, "\"ticket_ownerships\"" },
  { "{\"reason\":\"a\",\"ticket_ownerships\":[\"" WORLD_USED "\"]}", 400, "not paid" },
  { "{\"reason\":\"a\",\"ticket_ownerships\":{}}", 400, "\"ticket_ownerships\"" },
};

static void
test_refused (Bitketd *bitketd)
{
  g_auto (World) world = { 0 };
  g_autoptr (Answer) crew = NULL;
  g_autoptr (Answer) stranger = NULL;
  g_autoptr (Answer) superseded = NULL;
  g_autoptr (Answer) money_only = NULL;

  set_up (&world, bitketd, "stripe");
  for (gsize i = 0; i < G_N_ELEMENTS (order_cases); i++)
    {
      g_autoptr (Answer) answer =
          order (&world, world.treasurer, NULL, order_cases[i].body, order_cases[i].status);

      g_test_message ("%s: %s", order_cases[i].body, answer->text);
      g_assert_nonnull (strstr (answer->text, order_cases[i].part));
    }
  crew = order (&world, world.crew, NULL, "{\"reason\":\"a\"}", 403);
  stranger = order (&world, world.stranger, NULL, "{\"reason\":\"a\"}", 404);
  assert_refunded (&world, 0, 0);
  run_sql (world.db, "UPDATE ticket_ownerships SET superseded = 1 WHERE id = $1", SECOND, NULL);
  superseded = order (&world, world.treasurer, NULL, "{\"reason\":\"a\"}", 409);
  money_only =
      order (&world, world.treasurer, NULL, "{\"reason\":\"a\",\"void_tickets\":false}", 201);
  assert_refunded (&world, 1, 15000);
  g_assert_cmpint (count_void (&world), ==, 0);
  g_assert_cmpint (get_int (world.db, "SELECT COUNT (*) FROM refunds"), ==, 1);
}

static void
test_idempotency (Bitketd *bitketd)
{
  static const char body[] = "{\"reason\":\"a\",\"amount\":\"20.00\"}";
  g_auto (World) world = { 0 };
  g_autoptr (Answer) first = NULL;
  g_autoptr (Answer) again = NULL;
  g_autoptr (Answer) other = NULL;
  g_autoptr (Answer) new_key = NULL;

  set_up (&world, bitketd, "stripe");
  first = order (&world, world.treasurer, "k", body, 201);
  again = order (&world, world.treasurer, "k", body, 201);
  g_assert_cmpstr (first->text, ==, again->text);
  other = order (&world, world.treasurer, "k", "{\"reason\":\"a\",\"amount\":\"21.00\"}", 422);
  assert_refunded (&world, 1, 2000);
  new_key = order (&world, world.treasurer, "l", body, 201);
  assert_refunded (&world, 2, 4000);
  g_assert_cmpint (count_void (&world), ==, 0);
}

static gboolean
nothing_is_pending (gpointer data)
{
  return get_int (data, "SELECT COUNT (*) FROM refunds WHERE state = 'pending'") == 0;
}

static gboolean
one_is_pending (gpointer data)
{
  return get_int (data, "SELECT COUNT (*) FROM refunds WHERE state = 'pending'") == 1;
}

static gboolean
one_is_refunded (gpointer data)
{
  BitketTestStripeSums sums;

  bitket_test_stripe_get_sums (((World *) data)->stripe, &sums);
  return sums.n_refunds == 1;
}

/* Nobody knows what came of it: the order stays, and the same key asks again. */
static void
test_unknown (Bitketd *bitketd)
{
  static const char body[] = "{\"reason\":\"a\"}";
  g_auto (World) world = { 0 };
  g_autoptr (Answer) pending = NULL;
  g_autoptr (Answer) too_much = NULL;
  g_autoptr (Answer) done = NULL;

  set_up (&world, bitketd, "stripe");
  bitket_test_stripe_control (world.stripe, "{\"answer_garbage\":1}");
  pending = order (&world, world.treasurer, "k", body, 202);
  g_assert_cmpstr (answer_get_text (pending, "state"), ==, "pending");
  g_assert_cmpint (count_void (&world), ==, 0);
  too_much = order (&world, world.treasurer, NULL, body, 409);
  done = order (&world, world.treasurer, "k", body, 201);
  assert_refunded (&world, 1, 15000);
  g_assert_cmpint (count_void (&world), ==, 2);
}

/* The service dies between the order and the answer; the next one carries it out, once. */
static void
test_killed (Bitketd *bitketd)
{
  g_auto (World) world = { 0 };
  g_autofree char *url = NULL;
  g_autoptr (SoupMessage) message = NULL;
  g_autoptr (GBytes) body =
      g_bytes_new_static ("{\"reason\":\"a\"}", strlen ("{\"reason\":\"a\"}"));

  set_up (&world, bitketd, "stripe");
  bitket_test_stripe_control (world.stripe, "{\"delay_ms\":60000}");
  url = g_strconcat (bitketd->url, REFUND_PATH, NULL);
  message = soup_message_new ("POST", url);
  soup_message_headers_replace (soup_message_get_request_headers (message), "Authorization",
                                world.treasurer);
  soup_message_set_request_body_from_bytes (message, "application/json", body);
  soup_session_send_and_read_async (bitketd->session, message, G_PRIORITY_DEFAULT, NULL, NULL,
                                    NULL);
  g_assert_true (bitket_test_wait_until (one_is_pending, world.db, 30));
  g_assert_true (bitket_test_wait_until (one_is_refunded, &world, 30));
  bitket_test_process_kill (bitketd->process);
  g_clear_pointer (&bitketd->process, bitket_test_process_free);
  bitket_test_stripe_control (world.stripe, "{\"delay_ms\":0}");
  /* As if a day had gone by: Stripe has forgotten the key, so the refund is looked for. */
  run_sql (world.db, "UPDATE refunds SET created = 0", NULL);
  bitketd_start (bitketd);
  g_assert_true (bitket_test_wait_until (nothing_is_pending, world.db, 30));
  assert_refunded (&world, 1, 15000);
  g_assert_cmpint (count_void (&world), ==, 2);
}

/* Stripe says no: the order has failed, and the money can be asked for again. */
static void
test_provider_refuses (Bitketd *bitketd)
{
  g_auto (World) world = { 0 };
  g_autoptr (Answer) failed = NULL;
  g_autoptr (Answer) again = NULL;

  set_up (&world, bitketd, "stripe");
  run_sql (world.db, "UPDATE transactions SET stripe_id = 'pi_unknown' WHERE id = $1", CHARGE,
           NULL);
  failed = order (&world, world.treasurer, "k", "{\"reason\":\"a\"}", 402);
  g_assert_cmpstr (answer_get_text (failed, "detail"), ==, "No such payment_intent: 'pi_unknown'");
  again = order (&world, world.treasurer, "k", "{\"reason\":\"a\"}", 402);
  run_sql (world.db, "UPDATE transactions SET stripe_id = $1 WHERE id = $2", world.intent, CHARGE,
           NULL);
  g_clear_pointer (&again, answer_free);
  again = order (&world, world.treasurer, "l", "{\"reason\":\"a\"}", 201);
  assert_refunded (&world, 1, 15000);
}

/* What was not paid by card through this service. */
static void
test_not_by_card (Bitketd *bitketd)
{
  static const char *const ids[] = { "", "ch_sample_000001", "sandbox_1", "swish" };
  g_auto (World) world = { 0 };

  set_up (&world, bitketd, "stripe");
  for (gsize i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      g_autoptr (Answer) answer = NULL;

      run_sql (world.db, "UPDATE transactions SET stripe_id = $1 WHERE id = $2", ids[i], CHARGE,
               NULL);
      answer = order (&world, world.treasurer, NULL, "{\"reason\":\"a\"}", 409);
    }
  g_assert_cmpint (get_int (world.db, "SELECT COUNT (*) FROM refunds"), ==, 0);
}

static void
test_sandbox (Bitketd *bitketd)
{
  g_auto (World) world = { 0 };
  g_autoptr (Answer) events = NULL;
  g_autoptr (Answer) real = NULL;
  g_autoptr (Answer) played = NULL;
  g_autoptr (Answer) plain = bitketd_ask (bitketd, "GET", "/api/events/", NULL, NULL);

  g_assert_null (answer_get_header (plain, "Bitket-Sandbox"));
  set_up (&world, bitketd, "sandbox");
  events = bitketd_ask (bitketd, "GET", "/api/events/", NULL, NULL);
  g_assert_cmpstr (answer_get_header (events, "Bitket-Sandbox"), ==, "true");
  real = order (&world, world.treasurer, NULL, "{\"reason\":\"a\"}", 409);
  run_sql (world.db, "UPDATE transactions SET stripe_id = 'sandbox_1' WHERE id = $1", CHARGE, NULL);
  played = order (&world, world.treasurer, NULL, "{\"reason\":\"a\"}", 201);
  g_assert_cmpstr (answer_get_header (played, "Bitket-Sandbox"), ==, "true");
  g_assert_cmpint (get_int (world.db, "SELECT COUNT (*) FROM transactions WHERE kind = 'refund'"
                                      " AND stripe_id LIKE 'sandbox_%'"),
                   ==, 1);
  g_assert_cmpint (count_void (&world), ==, 2);
}

/* "t=…,v1=…" of @body, signed at @offset_s from now. */
static char *
sign (const char *body, const char *secret, gint64 offset_s)
{
  gint64 time_s = g_get_real_time () / G_USEC_PER_SEC + offset_s;
  g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT ".%s", time_s, body);
  g_autofree char *mac = g_compute_hmac_for_string (G_CHECKSUM_SHA256, (const guchar *) secret,
                                                    strlen (secret), text, -1);

  return g_strdup_printf ("t=%" G_GINT64_FORMAT ",v1=%s", time_s, mac);
}

static guint
send_event (World *world, const char *body, const char *signature)
{
  g_autoptr (Answer) answer =
      bitketd_ask_with (world->bitketd, "POST", "/api/stripe/webhook/", NULL, body,
                        signature != NULL ? "Stripe-Signature" : NULL, signature);

  return answer->status;
}

static guint
send_signed (World *world, const char *body)
{
  g_autofree char *signature = sign (body, WEBHOOK_SECRET, 0);

  return send_event (world, body, signature);
}

static void
test_signatures (Bitketd *bitketd)
{
  static const char body[] =
      "{\"id\":\"evt_1\",\"type\":\"ping\",\"created\":1,\"data\":{\"object\":{}}}";
  g_auto (World) world = { 0 };
  g_autofree char *good = sign (body, WEBHOOK_SECRET, 0);
  g_autofree char *wrong = sign (body, "whsec_other", 0);
  g_autofree char *old = sign (body, WEBHOOK_SECRET, -310);
  g_autofree char *early = sign (body, WEBHOOK_SECRET, 310);
  g_autofree char *other_body = sign ("{}", WEBHOOK_SECRET, 0);
  g_autofree char *none = g_strndup (good, strcspn (good, ","));
  g_autofree char *two =
      g_strconcat (none, ", v0=abc,v1=", wrong + strcspn (wrong, ",") + strlen (",v1="), ",",
                   good + strcspn (good, ",") + 1, NULL);
  g_autofree char *scheme = g_strdelimit (g_strdup (good), "v", 'w');
  const struct
  {
    const char *signature;
    guint status;
  } cases[] = {
    { NULL, 400 },
    { "", 400 },
    { "t=,v1=", 400 },
    { "t=1,v1=00", 400 },
    { wrong, 400 },
    { old, 400 },
    { early, 400 },
    { none, 400 },
    { other_body, 400 },
    { scheme, 400 },
    { two, 200 },
    { good, 200 },
    { "t=99999999999999999999,v1=00", 400 },
  };

  set_up (&world, bitketd, "stripe");
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("%s", cases[i].signature != NULL ? cases[i].signature : "none");
      g_assert_cmpuint (send_event (&world, body, cases[i].signature), ==, cases[i].status);
    }
  g_assert_cmpint (get_int (world.db, "SELECT COUNT (*) FROM stripe_events"), ==, 1);
}

/* Well signed, but nothing we know: never our fault. */
static const OrderCase event_cases[] = {
  { "nonsense", 400, NULL },
  { "[]", 400, NULL },
  { "{}", 400, NULL },
  { "{\"id\":\"x\",\"type\":\"y\",\"created\":1,\"data\":{\"object\":{}}}", 400, NULL },
  { "{\"id\":\"evt_a\",\"type\":\"charge.refunded\",\"created\":1,\"data\":{\"object\":{}}}", 400,
    NULL },
  { "{\"id\":\"evt_b\",\"type\":\"charge.refunded\",\"created\":1,\"data\":{\"object\":"
    "{\"id\":\"ch_none\",\"payment_intent\":null,\"amount_refunded\":100}}}",
    200, NULL },
  { "{\"id\":\"evt_c\",\"type\":\"payment_intent.succeeded\",\"created\":1,\"data\":{\"object\":"
    "{\"id\":\"pi_none\",\"metadata\":{\"bitket_purchase\":\"none\"}}}}",
    200, NULL },
  { "{\"id\":\"evt_d\",\"type\":\"payment_intent.payment_failed\",\"created\":1,\"data\":"
    "{\"object\":{\"id\":\"pi_none\"}}}",
    200, NULL },
  { "{\"id\":\"evt_e\",\"type\":\"account.application.deauthorized\",\"account\":\"acct_none\","
    "\"created\":1,\"data\":{\"object\":{}}}",
    200, NULL },
  { "{\"id\":\"evt_f\",\"type\":\"account.application.deauthorized\",\"created\":1,\"data\":"
    "{\"object\":{}}}",
    200, NULL },
};

static void
test_unknown_events (Bitketd *bitketd)
{
  g_auto (World) world = { 0 };

  set_up (&world, bitketd, "stripe");
  for (gsize i = 0; i < G_N_ELEMENTS (event_cases); i++)
    {
      g_test_message ("%s", event_cases[i].body);
      g_assert_cmpuint (send_signed (&world, event_cases[i].body), ==, event_cases[i].status);
    }
  g_assert_cmpint (get_int (world.db, "SELECT COUNT (*) FROM transactions"), ==, 1);
  g_assert_cmpint (
      get_int (world.db, "SELECT COUNT (*) FROM organizations WHERE stripe_account_id <> ''"), ==,
      1);
}

static gboolean
three_events (gpointer data)
{
  return get_int (data, "SELECT COUNT (*) FROM stripe_events") >= 3;
}

/* Stripe itself tells of our refund and of those made at its dashboard; each stands once. */
static void
test_dashboard (Bitketd *bitketd)
{
  g_auto (World) world = { 0 };
  g_autofree char *settings = NULL;
  g_autofree char *event = NULL;
  g_autoptr (Answer) ours = NULL;
  g_autoptr (Answer) rest = NULL;

  set_up (&world, bitketd, "stripe");
  settings = g_strdup_printf (
      "{\"webhook_url\":\"%s/api/stripe/webhook/\",\"webhook_secret\":\"" WEBHOOK_SECRET "\"}",
      bitketd->url);
  bitket_test_stripe_control (world.stripe, settings);
  ours = order (&world, world.treasurer, NULL, "{\"reason\":\"a\",\"amount\":\"20.00\"}", 201);
  bitket_test_stripe_refund (world.stripe, world.intent, 3000);
  bitket_test_stripe_refund (world.stripe, world.intent, 1000);
  g_assert_true (bitket_test_wait_until (three_events, world.db, 30));
  assert_refunded (&world, 3, 6000);
  event = g_strdup_printf (
      "{\"id\":\"evt_late\",\"type\":\"charge.refunded\",\"created\":1,\"data\":{\"object\":"
      "{\"id\":\"ch_x\",\"payment_intent\":\"%s\",\"amount_refunded\":5000}}}",
      world.intent);
  g_assert_cmpuint (send_signed (&world, event), ==, 200);
  assert_refunded (&world, 3, 6000);
  g_assert_cmpint (count_void (&world), ==, 0);
  rest = order (&world, world.treasurer, NULL, "{\"reason\":\"b\"}", 201);
  g_assert_cmpstr (answer_get_text (rest, "amount"), ==, "90.00");
  assert_refunded (&world, 4, 15000);
}

static void
test_replay (Bitketd *bitketd)
{
  g_auto (World) world = { 0 };
  g_autofree char *event = NULL;

  set_up (&world, bitketd, "stripe");
  event = g_strdup_printf (
      "{\"id\":\"evt_1\",\"type\":\"charge.refunded\",\"created\":1,\"data\":{\"object\":"
      "{\"id\":\"%s\",\"amount_refunded\":5000}}}",
      world.intent);
  for (guint i = 0; i < 3; i++)
    g_assert_cmpuint (send_signed (&world, event), ==, 200);
  g_assert_cmpint (get_int (world.db, "SELECT COUNT (*) FROM transactions WHERE kind = 'refund'"
                                      " AND amount = -5000 AND stripe_id = 'evt_1'"),
                   ==, 1);
}

/* Where Stripe sends the browser back to, less our address. */
static char *
agree (World *world, const char *url)
{
  g_autoptr (SoupMessage) message = soup_message_new ("GET", url);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;
  const char *location;

  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT);
  bytes = soup_session_send_and_read (world->bitketd->session, message, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (soup_message_get_status (message), ==, 302);
  location = soup_message_headers_get_one (soup_message_get_response_headers (message), "Location");
  g_assert_true (g_str_has_prefix (location, world->bitketd->url));
  return g_strdup (location + strlen (world->bitketd->url));
}

static void
visit (World *world, const char *path, guint status, const char *title)
{
  g_autoptr (Answer) answer = bitketd_ask (world->bitketd, "GET", path, NULL, NULL);

  g_test_message ("%s: %s", path, answer->text);
  g_assert_cmpuint (answer->status, ==, status);
  g_assert_nonnull (strstr (answer->text, title));
  g_assert_cmpstr (soup_message_headers_get_content_type (answer->headers, NULL), ==, "text/html");
}

static char *
begin_connect (World *world)
{
  g_autoptr (Answer) begun =
      bitketd_ask (world->bitketd, "POST", CONNECT_PATH, world->organizer, "");

  g_assert_cmpuint (begun->status, ==, 200);
  return agree (world, answer_get_text (begun, "url"));
}

static gint64
count_connected (World *world)
{
  return get_int (world->db, "SELECT COUNT (*) FROM organizations WHERE id = '" WORLD_ORG
                             "' AND stripe_account_id LIKE 'acct_3%'"
                             " AND stripe_authorized IS NOT NULL AND stripe_read_only = 0"
                             " AND stripe_public_key = 'pk_test_of_the_account'"
                             " AND stripe_secret_key = ''");
}

static void
test_connect (Bitketd *bitketd)
{
  g_auto (World) world = { 0 };
  g_autofree char *back = NULL;
  g_autofree char *later = NULL;
  g_autoptr (Answer) gone = NULL;
  g_autoptr (Answer) again = NULL;

  set_up (&world, bitketd, "stripe");
  back = begin_connect (&world);
  visit (&world, back, 200, "Connected");
  g_assert_cmpint (count_connected (&world), ==, 1);
  visit (&world, back, 400, "Stripe does not take");
  g_assert_cmpint (count_connected (&world), ==, 1);
  gone = bitketd_ask (bitketd, "DELETE", CONNECT_PATH, world.organizer, NULL);
  g_assert_cmpuint (gone->status, ==, 204);
  g_assert_cmpint (count_connected (&world), ==, 0);
  again = bitketd_ask (bitketd, "DELETE", CONNECT_PATH, world.organizer, NULL);
  g_assert_cmpuint (again->status, ==, 204);
  later = begin_connect (&world);
  run_sql (world.db, "DELETE FROM memberships WHERE email = $1", "boss@lithebla.example", NULL);
  visit (&world, later, 403, "not an organizer");
  g_assert_cmpint (count_connected (&world), ==, 0);
}

/* A link of others, of another time, of another making. */
static void
test_connect_state (Bitketd *bitketd)
{
  g_auto (World) world = { 0 };
  BitketConnectState state = { WORLD_ORG, "a1c1f0c1-d4d0-53bf-8509-1a902abb90c4" };
  gint64 now_us = g_get_real_time ();
  g_autofree char *old = bitket_connect_state_dump (
      &state, BITKETD_TEST_SECRET, now_us - BITKET_CONNECT_LIFE_US - G_USEC_PER_SEC);
  g_autofree char *early = bitket_connect_state_dump (
      &state, BITKETD_TEST_SECRET, now_us + G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC);
  g_autofree char *foreign = bitket_connect_state_dump (&state, "another secret", now_us);
  g_autofree char *good = bitket_connect_state_dump (&state, BITKETD_TEST_SECRET, now_us);
  const char *const states[] = { "", "x", "a.b.c", old, early, foreign };
  g_autofree char *denied =
      g_strconcat ("/stripe/connect-callback/?error=access_denied&state=", good, NULL);
  g_autofree char *no_code =
      g_strconcat ("/stripe/connect-callback/?code=ac_none&state=", good, NULL);

  set_up (&world, bitketd, "stripe");
  for (gsize i = 0; i < G_N_ELEMENTS (states); i++)
    {
      g_autofree char *path =
          g_strconcat ("/stripe/connect-callback/?code=ac_1&state=", states[i], NULL);

      visit (&world, path, 400, "too old, or not one of ours");
    }
  visit (&world, "/stripe/connect-callback/", 400, "not one of ours");
  visit (&world, denied, 400, "not allowed");
  visit (&world, no_code, 400, "Stripe does not take");
}

/* Given up at Stripe: the account goes; what was connected anew meanwhile stays. */
static void
test_deauthorized (Bitketd *bitketd)
{
  static const char event[] =
      "{\"id\":\"evt_%u\",\"type\":\"account.application.deauthorized\","
      "\"account\":\"" BITKET_TEST_STRIPE_ACCOUNT "\",\"created\":%u,\"data\":{\"object\":{}}}";
  g_auto (World) world = { 0 };
  g_autofree char *stale = NULL;
  g_autofree char *fresh = NULL;

  set_up (&world, bitketd, "stripe");
  run_sql (world.db, "UPDATE organizations SET stripe_authorized = 2000000000 WHERE id = $1",
           WORLD_ORG, NULL);
  stale = g_strdup_printf (event, 1u, 1000u);
  fresh = g_strdup_printf (event, 2u, 3000u);
  g_assert_cmpuint (send_signed (&world, stale), ==, 200);
  g_assert_cmpint (
      get_int (world.db, "SELECT COUNT (*) FROM organizations WHERE stripe_account_id <> ''"), ==,
      1);
  g_assert_cmpuint (send_signed (&world, fresh), ==, 200);
  g_assert_cmpint (
      get_int (world.db, "SELECT COUNT (*) FROM organizations WHERE stripe_account_id <> ''"), ==,
      0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  bitketd_test_add ("service/payments/ledger", test_ledger);
  bitketd_test_add ("service/payments/refund", test_refund);
  bitketd_test_add ("service/payments/refused", test_refused);
  bitketd_test_add ("service/payments/idempotency", test_idempotency);
  bitketd_test_add ("service/payments/unknown", test_unknown);
  bitketd_test_add ("service/payments/killed", test_killed);
  bitketd_test_add ("service/payments/provider-refuses", test_provider_refuses);
  bitketd_test_add ("service/payments/not-by-card", test_not_by_card);
  bitketd_test_add ("service/payments/sandbox", test_sandbox);
  bitketd_test_add ("service/payments/signatures", test_signatures);
  bitketd_test_add ("service/payments/unknown-events", test_unknown_events);
  bitketd_test_add ("service/payments/dashboard", test_dashboard);
  bitketd_test_add ("service/payments/replay", test_replay);
  bitketd_test_add ("service/payments/connect", test_connect);
  bitketd_test_add ("service/payments/connect-state", test_connect_state);
  bitketd_test_add ("service/payments/deauthorized", test_deauthorized);
  return g_test_run ();
}
