/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

/* What buying is besides the original's answer: not waiting, asking again, waiting for a place,
 * many at once; through a real bitketd on both databases, with Stripe's stand-in behind it. */

#include <glib/gstdio.h>
#include <string.h>

#include "bitket-test-stripe.h"
#include "bitketd-fixture.h"

#define PATH      "/api/purchases/"
#define MERCH     "882aebf7-23fc-5283-b207-5975af855690"
#define LAST_ONE  "7dfc68aa-b908-5913-ba39-cf714c80f332"
#define FREE      "c488ca12-0c0c-5c8c-a141-bffbcc61586c"
#define LINTEK    "9244ba9b-e6c2-5af1-85b3-de39698aa3c6"
#define N_AT_ONCE 20

typedef struct
{
  Bitketd *bitketd;
  BitketTestStripe *stripe; /* (owned) */
  char *alice;              /* (owned) */
  char *bob;                /* (owned) */
} World;

static void
configure (World *world, const char *provider, const char *more)
{
  Bitketd *bitketd = world->bitketd;
  g_autofree char *key =
      bitket_test_write_file (bitketd->dir, "stripe-key", BITKET_TEST_STRIPE_KEY "\n");
  g_autofree char *config = NULL;

  g_assert_cmpint (g_chmod (key, 0600), ==, 0);
  config =
      g_strdup_printf ("[payments]\nprovider = %s\nstripe-key-file = %s\nstripe-api-url = %s\n%s",
                       provider, key, world->stripe->url, more);
  bitketd_configure (bitketd, config);
}

static void
world_init (World *world, Bitketd *bitketd)
{
  world->bitketd = bitketd;
  world->stripe = bitket_test_stripe_start (NULL);
  configure (world, "stripe", "");
  world->alice = bitketd_jwt (bitketd, "alice@example.com");
  world->bob = bitketd_jwt (bitketd, "bob@example.com");
}

static void
world_clear (World *world)
{
  bitket_test_stripe_stop (world->stripe);
  g_free (world->alice);
  g_free (world->bob);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (World, world_clear)

static char *
make_order (const char *type, const char *amount, const char *payload)
{
  return g_strdup_printf ("{\"access_codes\":[],\"tickets\":[{\"ticket_type\":\"%s\","
                          "\"variation_choices\":[]}],\"payment\":{\"type\":\"stripe\","
                          "\"payload\":\"%s\",\"amount\":\"%s\"},\"user\":{}}",
                          type, payload, amount);
}

static gint64
count_charges (World *world)
{
  BitketTestStripeSums sums;

  bitket_test_stripe_get_sums (world->stripe, &sums);
  g_assert_cmpint (sums.n_double, ==, 0);
  return sums.n_charges;
}

static guint
count_tickets (Answer *answer)
{
  g_assert_cmpuint (answer->status, ==, 207);
  return json_array_get_length (
      json_object_get_array_member (json_node_get_object (answer->json), "tickets"));
}

/* Asks without waiting. Returns: (transfer full): the purchase's path */
static char *
submit (World *world, const char *who, const char *order)
{
  g_autoptr (Answer) answer =
      bitketd_ask_with (world->bitketd, "POST", PATH, who, order, "Prefer", "respond-async");
  const char *url = answer_get_header (answer, "Location");

  g_assert_cmpuint (answer->status, ==, 202);
  g_assert_cmpstr (answer_get_header (answer, "Preference-Applied"), ==, "respond-async");
  g_assert_cmpstr (answer_get_text (answer, "url"), ==, url);
  return g_strdup (url + strlen (world->bitketd->url));
}

typedef struct
{
  World *world;
  const char *who;
  const char *path;
  const char *state;
  Answer *answer; /* (owned) (nullable) */
} Poll;

static gboolean
is_in_state (gpointer data)
{
  Poll *poll = data;

  g_clear_pointer (&poll->answer, answer_free);
  poll->answer = bitketd_expect (poll->world->bitketd, "GET", poll->path, poll->who, NULL, 200);
  return strcmp (answer_get_text (poll->answer, "state"), poll->state) == 0;
}

/* Asks for the purchase until it is in @state. */
static Answer *
wait_for (World *world, const char *who, const char *path, const char *state)
{
  Poll poll = { world, who, path, state, NULL };

  g_assert_true (bitket_test_wait_until (is_in_state, &poll, 60));
  return poll.answer;
}

static void
test_async (Bitketd *bitketd)
{
  g_auto (World) world = { 0 };
  g_autofree char *order = make_order (MERCH, "25.50", "tok_visa");
  g_autofree char *path = NULL;
  g_autoptr (Answer) done = NULL;
  g_autoptr (Answer) stranger = NULL;
  g_autoptr (Answer) anonymous = NULL;

  world_init (&world, bitketd);
  path = submit (&world, world.alice, order);
  done = wait_for (&world, world.alice, path, "done");
  g_assert_cmpint (json_object_get_int_member (json_node_get_object (done->json), "status"), ==,
                   207);
  g_assert_cmpint (count_charges (&world), ==, 1);
  stranger = bitketd_expect (bitketd, "GET", path, world.bob, NULL, 404);
  anonymous = bitketd_expect (bitketd, "GET", path, NULL, NULL, 401);
}

/* The last ticket is being paid for: the next one waits, is told where it stands, and gets the
 * ticket when that card is declined. */
static void
test_waits_for_place (Bitketd *bitketd)
{
  g_auto (World) world = { 0 };
  g_autofree char *declined = make_order (LAST_ONE, "10.00", "tok_chargeDeclined");
  g_autofree char *good = make_order (LAST_ONE, "10.00", "tok_visa");
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;
  g_autoptr (Answer) paying = NULL;
  g_autoptr (Answer) waiting = NULL;
  g_autoptr (Answer) failed = NULL;
  g_autoptr (Answer) done = NULL;

  world_init (&world, bitketd);
  bitket_test_stripe_control (world.stripe, "{\"delay_ms\":1500}");
  first = submit (&world, world.alice, declined);
  paying = wait_for (&world, world.alice, first, "paying");
  second = submit (&world, world.bob, good);
  waiting = bitketd_expect (bitketd, "GET", second, world.bob, NULL, 200);
  g_assert_cmpstr (answer_get_text (waiting, "state"), ==, "queued");
  g_assert_cmpint (json_object_get_int_member (json_node_get_object (waiting->json), "position"),
                   ==, 1);
  failed = wait_for (&world, world.alice, first, "failed");
  g_assert_cmpstr (answer_get_text (failed, "detail"), ==, "Your card was declined.");
  done = wait_for (&world, world.bob, second, "done");
  g_assert_cmpint (count_charges (&world), ==, 1);
}

static void
test_key (Bitketd *bitketd)
{
  g_auto (World) world = { 0 };
  g_autofree char *order = make_order (MERCH, "25.50", "tok_visa");
  g_autofree char *other = make_order (MERCH, "30.00", "tok_visa");
  Question questions[N_AT_ONCE];
  g_autoptr (GPtrArray) answers = NULL;
  g_autoptr (Answer) again = NULL;
  g_autoptr (Answer) changed = NULL;
  g_autoptr (Answer) bobs = NULL;
  const char *text;

  world_init (&world, bitketd);
  /* So that most come while the first is still paying. */
  bitket_test_stripe_control (world.stripe, "{\"delay_ms\":300}");
  for (guint i = 0; i < N_AT_ONCE; i++)
    questions[i] = (Question) { "POST", PATH, world.alice, order, "Idempotency-Key", "once" };
  answers = bitketd_ask_at_once (bitketd, questions, N_AT_ONCE);
  g_assert_cmpuint (answers_count (answers, 207), ==, N_AT_ONCE);
  text = ((Answer *) answers->pdata[0])->text;
  g_assert_cmpuint (count_tickets (answers->pdata[0]), ==, 1);
  for (guint i = 1; i < N_AT_ONCE; i++)
    g_assert_cmpstr (((Answer *) answers->pdata[i])->text, ==, text);
  g_assert_cmpint (count_charges (&world), ==, 1);
  again = bitketd_ask_with (bitketd, "POST", PATH, world.alice, order, "Idempotency-Key", "once");
  g_assert_cmpstr (again->text, ==, text);
  changed = bitketd_ask_with (bitketd, "POST", PATH, world.alice, other, "Idempotency-Key", "once");
  g_assert_cmpuint (changed->status, ==, 422);
  g_assert_cmpint (count_charges (&world), ==, 1);
  bobs = bitketd_ask_with (bitketd, "POST", PATH, world.bob, order, "Idempotency-Key", "once");
  g_assert_cmpuint (count_tickets (bobs), ==, 1);
  g_assert_cmpint (count_charges (&world), ==, 2);
}

/* Everybody asks @n times at once; how many tickets there are in all. */
static guint
buy_at_once (World *world, const char *type, const char *amount, const char *second)
{
  g_autofree char *order = make_order (type, amount, "tok_visa");
  Question questions[N_AT_ONCE];
  g_autoptr (GPtrArray) answers = NULL;
  guint n = 0;

  for (guint i = 0; i < N_AT_ONCE; i++)
    questions[i] =
        (Question) { "POST", PATH, i % 2 == 0 ? world->alice : second, order, NULL, NULL };
  answers = bitketd_ask_at_once (world->bitketd, questions, N_AT_ONCE);
  for (guint i = 0; i < N_AT_ONCE; i++)
    n += count_tickets (answers->pdata[i]);
  return n;
}

static void
test_limits (Bitketd *bitketd)
{
  g_auto (World) world = { 0 };

  world_init (&world, bitketd);
  /* Alice may have two, and has one. */
  g_assert_cmpuint (buy_at_once (&world, WORLD_PARTY, "100.00", world.alice), ==, 1);
  g_assert_cmpint (count_charges (&world), ==, 1);
  g_assert_cmpuint (buy_at_once (&world, LAST_ONE, "10.00", world.bob), ==, 1);
  g_assert_cmpint (count_charges (&world), ==, 2);
  g_assert_cmpuint (buy_at_once (&world, FREE, "0.00", world.bob), ==, N_AT_ONCE);
  g_assert_cmpint (count_charges (&world), ==, 2);
}

static void
test_sandbox (Bitketd *bitketd)
{
  g_auto (World) world = { 0 };
  g_autofree char *order = make_order (MERCH, "25.50", "tok_visa");
  g_autofree char *declined = make_order (MERCH, "25.50", "tok_chargeDeclined");
  g_autoptr (Answer) bought = NULL;
  g_autoptr (Answer) refused = NULL;

  world_init (&world, bitketd);
  configure (&world, "sandbox", "");
  bought = bitketd_expect (bitketd, "POST", PATH, world.alice, order, 207);
  g_assert_cmpuint (count_tickets (bought), ==, 1);
  refused = bitketd_expect (bitketd, "POST", PATH, world.alice, declined, 402);
  g_assert_cmpstr (refused->text, ==, "{\"detail\":\"Your card was declined.\"}");
  g_assert_cmpint (count_charges (&world), ==, 0);
}

static void
assert_price (World *world, const char *who, const char *price)
{
  g_autofree char *order = make_order (MERCH, "0.00", "tok_visa");
  g_autofree char *expected =
      g_strdup_printf ("{\"payment\":{\"amount\":[\"The price is now %s.\"]}}", price);
  g_autoptr (Answer) answer = bitketd_expect (world->bitketd, "POST", PATH, who, order, 400);

  g_assert_cmpstr (answer->text, ==, expected);
}

/* Every kind of condition, as the price that its buyer is told. */
static void
test_discounts (Bitketd *bitketd)
{
  static const struct
  {
    const char *condition;
    const char *alice;
    const char *bob;
  } cases[] = {
    { "\"type\":\"email_domain\",\"domain\":\"example.com\"", "24.50", "24.50" },
    { "\"type\":\"email_domain\",\"domain\":\"example.org\"", "25.50", "25.50" },
    { "\"type\":\"student_union_member\",\"student_union\":\"" LINTEK "\"", "25.50", "24.50" },
    { "\"type\":\"before\",\"until\":\"2100-01-01T00:00:00Z\"", "24.50", "24.50" },
    { "\"type\":\"before\",\"until\":\"2017-01-01T00:00:00Z\"", "25.50", "25.50" },
    { "\"type\":\"liu_student\"", "25.50", "25.50" },
  };
  g_auto (World) world = { 0 };

  world_init (&world, bitketd);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *body =
          g_strdup_printf ("{\"organization\":\"" WORLD_ORG "\",%s}", cases[i].condition);
      g_autofree char *condition = bitketd_make (bitketd, "conditions", WORLD_STAFF, body);
      g_autofree char *discount =
          g_strdup_printf ("{\"condition\":\"%s\",\"ticket_type\":\"" MERCH "\","
                           "\"delta\":\"-1.00\"}",
                           condition);
      g_autofree char *modifier = bitketd_make (bitketd, "modifiers", WORLD_STAFF, discount);
      g_autoptr (Answer) deleted = NULL;

      assert_price (&world, world.alice, cases[i].alice);
      assert_price (&world, world.bob, cases[i].bob);
      deleted = bitketd_expect (bitketd, "DELETE", modifier, WORLD_STAFF, NULL, 204);
    }
}

/* What is told of a purchase to who watches it. */
typedef struct
{
  SoupWebsocketConnection *connection; /* (owned) (nullable) */
  gboolean is_connected;
  gint64 position; /* the last that was told; 0: none yet */
  gboolean is_done;
} Watcher;

static void
told_cb (SoupWebsocketConnection *connection, int type, GBytes *bytes, gpointer user_data)
{
  Watcher *watcher = user_data;
  g_autofree char *text = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  g_autoptr (JsonNode) node = json_from_string (text, NULL);
  JsonObject *message = json_node_get_object (node);

  /* Types that one does not know are passed over. */
  if (strcmp (json_object_get_string_member (message, "type"), "purchase") != 0)
    return;
  if (!json_object_get_null_member (message, "position"))
    watcher->position = json_object_get_int_member (message, "position");
  if (strcmp (json_object_get_string_member (message, "state"), "done") == 0)
    {
      g_assert_cmpint (json_object_get_int_member (message, "status"), ==, 207);
      watcher->is_done = TRUE;
    }
}

static void
connected_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Watcher *watcher = user_data;
  g_autoptr (GError) error = NULL;

  watcher->connection =
      soup_session_websocket_connect_finish (SOUP_SESSION (source), result, &error);
  g_assert_no_error (error);
  g_signal_connect (watcher->connection, "message", G_CALLBACK (told_cb), watcher);
  watcher->is_connected = TRUE;
}

static gboolean
has_position (gpointer data)
{
  return ((Watcher *) data)->position > 0;
}

static void
watch (World *world, const char *who, const char *path, Watcher *watcher)
{
  g_autofree char *url =
      g_strconcat ("ws", world->bitketd->url + strlen ("http"), path, "stream/", NULL);
  g_autoptr (SoupMessage) message = soup_message_new ("GET", url);

  soup_message_headers_replace (soup_message_get_request_headers (message), "Authorization", who);
  soup_session_websocket_connect_async (world->bitketd->session, message, NULL, NULL,
                                        G_PRIORITY_DEFAULT, NULL, connected_cb, watcher);
  bitket_test_wait_for_flag (&watcher->is_connected);
}

/* Where it stands in the line, then that it is done. */
static void
test_stream (Bitketd *bitketd)
{
  g_auto (World) world = { 0 };
  g_autofree char *declined = make_order (LAST_ONE, "10.00", "tok_chargeDeclined");
  g_autofree char *good = make_order (LAST_ONE, "10.00", "tok_visa");
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;
  g_autoptr (Answer) paying = NULL;
  Watcher watcher = { 0 };

  world_init (&world, bitketd);
  bitket_test_stripe_control (world.stripe, "{\"delay_ms\":1500}");
  first = submit (&world, world.alice, declined);
  paying = wait_for (&world, world.alice, first, "paying");
  second = submit (&world, world.bob, good);
  watch (&world, world.bob, second, &watcher);
  g_assert_true (bitket_test_wait_until (has_position, &watcher, 30));
  g_assert_cmpint (watcher.position, ==, 1);
  bitket_test_wait_for_flag (&watcher.is_done);
  g_assert_cmpint (count_charges (&world), ==, 1);
  g_clear_object (&watcher.connection);
}

/* Nobody knows whether the card was charged: the buyer is told where to ask, and it is settled as
 * soon as Stripe answers again. */
static void
test_stripe_down (Bitketd *bitketd)
{
  g_auto (World) world = { 0 };
  g_autofree char *order = make_order (MERCH, "25.50", "tok_visa");
  g_autoptr (Answer) undecided = NULL;
  g_autoptr (Answer) done = NULL;
  const char *url;

  world_init (&world, bitketd);
  configure (&world, "stripe", "[queue]\nmax-wait = 1\npay-deadline = 1\n");
  bitket_test_stripe_control (world.stripe, "{\"fail_rate\":100}");
  undecided = bitketd_expect (bitketd, "POST", PATH, world.alice, order, 503);
  url = answer_get_header (undecided, "Location");
  g_assert_nonnull (url);
  g_assert_nonnull (answer_get_header (undecided, "Retry-After"));
  g_assert_true (g_str_has_prefix (url, bitketd->url));
  bitket_test_stripe_control (world.stripe, "{\"fail_rate\":0}");
  done = wait_for (&world, world.alice, url + strlen (bitketd->url), "done");
  g_assert_cmpint (count_charges (&world), ==, 1);
}

/* The service stops while one pays and another, who did not stay for the answer, waits: both are
 * decided when it is back. */
static void
test_stop (Bitketd *bitketd)
{
  g_auto (World) world = { 0 };
  g_autofree char *order = make_order (LAST_ONE, "10.00", "tok_visa");
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;
  g_autoptr (Answer) paying = NULL;
  g_autoptr (Answer) done = NULL;
  g_autoptr (Answer) lost = NULL;

  world_init (&world, bitketd);
  bitket_test_stripe_control (world.stripe, "{\"delay_ms\":1000}");
  first = submit (&world, world.alice, order);
  paying = wait_for (&world, world.alice, first, "paying");
  second = submit (&world, world.bob, order);
  bitketd_stop (bitketd);
  bitketd_start (bitketd);
  done = wait_for (&world, world.alice, first, "done");
  lost = wait_for (&world, world.bob, second, "done");
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (
                        json_node_get_object (lost->json), "tickets")),
                    ==, 0);
  g_assert_cmpint (count_charges (&world), ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  bitketd_test_add ("service/purchases/async", test_async);
  bitketd_test_add ("service/purchases/waits-for-place", test_waits_for_place);
  bitketd_test_add ("service/purchases/key", test_key);
  bitketd_test_add ("service/purchases/limits", test_limits);
  bitketd_test_add ("service/purchases/sandbox", test_sandbox);
  bitketd_test_add ("service/purchases/discounts", test_discounts);
  bitketd_test_add ("service/purchases/stream", test_stream);
  bitketd_test_add ("service/purchases/stripe-down", test_stripe_down);
  bitketd_test_add ("service/purchases/stop", test_stop);
  return g_test_run ();
}
