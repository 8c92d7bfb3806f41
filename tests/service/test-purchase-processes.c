/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

/* Two processes on one PostgreSQL: they share the queue, tell each other, and take over from each
 * other. */

#include <signal.h>
#include <string.h>

#include "shop.h"

#define SEATS "'5409f000-0000-4000-8000-000000000000'"

#define N_PLACES  100
#define N_COMERS  300
#define N_KEYS    10
#define N_REPEATS 3 /* of a key, at each process */
#define N_CUTS    6

/* Who waits only because nobody told would wait for ever. */
#define TOLD_WITHIN_US (5 * G_USEC_PER_SEC)

/* Nobody is taken for dead who is just slow. */
#define SETTINGS_PATIENT "max-wait = 120\n"
#define SETTINGS_HASTY   "max-wait = 120\ndead-after = 1\n"

/* A question that is asked once, at one process. */
typedef struct
{
  SoupMessage *message; /* (owned) */
  const char *base;     /* (unowned) where the process is */
  gboolean is_over;
  char *text; /* (owned) without that */
} Errand;

static void
free_errand (Errand *errand)
{
  g_assert_true (errand->is_over);
  g_object_unref (errand->message);
  g_free (errand->text);
  g_free (errand);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Errand, free_errand)

static void
errand_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Errand *errand = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes =
      soup_session_send_and_read_finish (SOUP_SESSION (source), result, &error);
  g_autoptr (GString) text = NULL;

  g_assert_no_error (error);
  text = g_string_new_len (g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes));
  g_string_replace (text, errand->base, "", 0);
  errand->text = g_string_free (g_steal_pointer (&text), FALSE);
  errand->is_over = TRUE;
}

/* Somebody buys a seat. @key: (nullable) */
static Errand *
send_order (Shop *shop, guint door, guint user, const char *card, const char *key)
{
  Errand *errand = g_new0 (Errand, 1);
  g_autofree char *url = g_strconcat (shop->doors[door]->url, "/api/purchases/", NULL);
  g_autofree char *order = shop_write_order (SHOP_SEATS, card);
  g_autoptr (GBytes) body = g_bytes_new (order, strlen (order));
  SoupMessageHeaders *headers;

  errand->base = shop->doors[door]->url;
  errand->message = soup_message_new ("POST", url);
  headers = soup_message_get_request_headers (errand->message);
  soup_message_headers_replace (headers, "Authorization", shop->authorizations[user]);
  if (key != NULL)
    soup_message_headers_replace (headers, "Idempotency-Key", key);
  soup_message_set_request_body_from_bytes (errand->message, "application/json", body);
  soup_session_send_and_read_async (shop->session, errand->message, G_PRIORITY_DEFAULT, NULL,
                                    errand_cb, errand);
  return errand;
}

static gboolean
is_errand_over (gpointer data)
{
  return ((Errand *) data)->is_over;
}

static void
expect_answer (Errand *errand, guint status)
{
  g_assert_true (bitket_test_wait_until (is_errand_over, errand, 60));
  if (soup_message_get_status (errand->message) != status)
    g_test_message ("answered: %s", errand->text);
  g_assert_cmpuint (soup_message_get_status (errand->message), ==, status);
}

/* A number in the database that is to be reached. */
typedef struct
{
  Shop *shop;
  const char *sql;
  gint64 n;
} Goal;

static gboolean
is_reached (gpointer data)
{
  const Goal *goal = data;

  return shop_query (goal->shop, goal->sql) >= goal->n;
}

static void
wait_for (Shop *shop, const char *sql, gint64 n)
{
  Goal goal = { shop, sql, n };

  if (!bitket_test_wait_until (is_reached, &goal, 60))
    g_test_message ("%" G_GINT64_FORMAT " were not reached: %s", n, sql);
  g_assert_cmpint (shop_query (shop, sql), >=, n);
}

static void
assert_count (Shop *shop, const char *sql, gint64 n)
{
  if (shop_query (shop, sql) != n)
    g_test_message ("%s", sql);
  g_assert_cmpint (shop_query (shop, sql), ==, n);
}

#define ITEMS_SQL(state)                                                                           \
  "SELECT COUNT (*) FROM purchase_items WHERE ticket_type = " SEATS " AND state = '" state "'"
#define PURCHASES_SQL(state) "SELECT COUNT (*) FROM purchases WHERE state = '" state "'"
#define WORKERS_SQL          "SELECT COUNT (DISTINCT worker) FROM purchases"
/* Refused, though somebody who came later was sold one. */
#define OVERTAKEN_SQL                                                                              \
  "SELECT COUNT (*) FROM purchase_items a WHERE a.state = 'lost' AND EXISTS (SELECT 1"             \
  " FROM purchase_items b WHERE b.ticket_type = a.ticket_type AND b.state = 'sold'"                \
  " AND b.seq > a.seq)"

static void
test_order (Bitketd *bitketd)
{
  g_auto (Shop) shop = { 0 };
  Bitketd second = { 0 };
  gint64 n_declined = N_COMERS / 10;

  shop_open (&shop, bitketd, SETTINGS_PATIENT);
  shop_add_door (&shop, &second);
  shop_raise (&shop, SHOP_SEATS, N_PLACES);
  bitket_test_stripe_control (shop.stripe, "{\"delay_ms\":50}");
  /* The declined are among the first, who get places, and give them back. */
  for (guint i = 0; i < N_COMERS; i++)
    shop_buy (&shop, SHOP_SEATS, i % SHOP_N_USERS, i % 2,
              i % 3 == 0 && i < 3 * n_declined ? "tok_chargeDeclined" : "tok_visa");
  shop_settle (&shop);
  assert_count (&shop, "SELECT COUNT (*) FROM purchases", N_COMERS);
  assert_count (&shop, WORKERS_SQL, 2);
  assert_count (&shop, ITEMS_SQL ("sold"), N_PLACES);
  assert_count (&shop, OVERTAKEN_SQL, 0);
  g_assert_cmpint (shop_query (&shop, ITEMS_SQL ("released")), >, 0);
  shop_check (&shop);
}

/* From the decline at one process to the end of the purchase that waited at the other. */
#define GAP_SQL                                                                                    \
  "SELECT b.finished - a.finished FROM purchases a, purchases b"                                   \
  " WHERE a.state = 'failed' AND b.state = 'done'"

static void
test_notice (Bitketd *bitketd)
{
  g_auto (Shop) shop = { 0 };
  Bitketd second = { 0 };

  shop_open (&shop, bitketd, SETTINGS_PATIENT);
  shop_add_door (&shop, &second);
  shop_raise (&shop, SHOP_SEATS, 1);
  bitket_test_stripe_control (shop.stripe, "{\"delay_ms\":4000}");
  {
    g_autoptr (Errand) first = send_order (&shop, 1, 0, "tok_chargeDeclined", NULL);
    g_autoptr (Errand) next = NULL;
    BitketTestStripeSums sums = { 0 };

    wait_for (&shop, PURCHASES_SQL ("paying"), 1);
    next = send_order (&shop, 0, 1, "tok_visa", NULL);
    wait_for (&shop, PURCHASES_SQL ("queued"), 1);
    bitket_test_stripe_get_sums (shop.stripe, &sums);
    g_assert_cmpint (sums.n_declined, ==, 1);
    bitket_test_stripe_control (shop.stripe, "{\"delay_ms\":0}");
    expect_answer (first, 402);
    expect_answer (next, 207);
  }
  assert_count (&shop, WORKERS_SQL, 2);
  g_assert_cmpint (shop_query (&shop, GAP_SQL), <, TOLD_WITHIN_US);
  shop_settle (&shop);
  shop_check (&shop);
}

static void
test_key (Bitketd *bitketd)
{
  g_auto (Shop) shop = { 0 };
  Bitketd second = { 0 };
  BitketTestStripeSums sums;

  shop_open (&shop, bitketd, SETTINGS_PATIENT);
  shop_add_door (&shop, &second);
  shop_raise (&shop, SHOP_SEATS, 2 * N_KEYS);
  bitket_test_stripe_control (shop.stripe, "{\"delay_ms\":50}");
  for (guint i = 0; i < N_KEYS; i++)
    {
      g_autofree char *key = g_strdup_printf ("same-%u", i);
      g_autoptr (GPtrArray) errands = g_ptr_array_new_with_free_func ((GDestroyNotify) free_errand);

      for (guint j = 0; j < 2 * N_REPEATS; j++)
        g_ptr_array_add (errands, send_order (&shop, (i + j) % 2, i, "tok_visa", key));
      for (guint j = 0; j < errands->len; j++)
        expect_answer (errands->pdata[j], 207);
      for (guint j = 1; j < errands->len; j++)
        g_assert_cmpstr (((Errand *) errands->pdata[j])->text, ==,
                         ((Errand *) errands->pdata[0])->text);
    }
  shop_settle (&shop);
  assert_count (&shop, "SELECT COUNT (*) FROM purchases", N_KEYS);
  assert_count (&shop, ITEMS_SQL ("sold"), N_KEYS);
  bitket_test_stripe_get_sums (shop.stripe, &sums);
  g_assert_cmpint (sums.n_charges, ==, N_KEYS);
  shop_check (&shop);
}

typedef struct
{
  Shop *shop;
  const BitketTestStripeSums *before;
} AskedSince;

static gint64
count_questions (const BitketTestStripeSums *sums)
{
  return sums->n_charges + sums->n_declined;
}

static gboolean
is_asked (gpointer data)
{
  const AskedSince *since = data;
  BitketTestStripeSums now;

  bitket_test_stripe_get_sums (since->shop->stripe, &now);
  return count_questions (&now) > count_questions (since->before);
}

/* The process that asks for the money stands still meanwhile. @status: what its buyer is told */
static void
stop_while_paying (Shop *shop, guint user, const char *card, guint status)
{
  g_autoptr (Errand) errand = NULL;
  g_autoptr (Errand) beside = NULL;
  BitketTestStripeSums before, after;
  AskedSince since = { shop, &before };
  gint64 n_over;

  bitket_test_stripe_get_sums (shop->stripe, &before);
  n_over = shop_query (shop, PURCHASES_SQL ("done")) + shop_query (shop, PURCHASES_SQL ("failed"));
  bitket_test_stripe_control (shop->stripe, "{\"delay_ms\":1500}");
  errand = send_order (shop, 0, user, card, NULL);
  wait_for (shop, PURCHASES_SQL ("paying"), 1);
  g_assert_true (bitket_test_wait_until (is_asked, &since, 60));
  bitket_test_process_signal (shop->doors[0]->process, SIGSTOP);
  bitket_test_stripe_control (shop->stripe, "{\"delay_ms\":0}");
  beside = send_order (shop, 1, user + 1, "tok_visa", NULL);
  wait_for (shop, "SELECT COUNT (*) FROM purchases WHERE state IN ('done', 'failed')", n_over + 2);
  g_assert_false (errand->is_over);
  expect_answer (beside, 207);
  bitket_test_process_signal (shop->doors[0]->process, SIGCONT);
  expect_answer (errand, status);
  shop_settle (shop);
  bitket_test_stripe_get_sums (shop->stripe, &after);
  g_assert_cmpint (count_questions (&after), ==, count_questions (&before) + 2);
  shop_check (shop);
}

static void
test_stop (Bitketd *bitketd)
{
  g_auto (Shop) shop = { 0 };
  Bitketd second = { 0 };

  shop_open (&shop, bitketd, SETTINGS_HASTY);
  shop_add_door (&shop, &second);
  shop_raise (&shop, SHOP_SEATS, 2);
  stop_while_paying (&shop, 0, "tok_visa", 207);
  /* One place: who comes beside gets it when the card is declined. */
  shop_raise (&shop, SHOP_SEATS, 1);
  stop_while_paying (&shop, 2, "tok_chargeDeclined", 402);
  assert_count (&shop, ITEMS_SQL ("sold"), 3);
  shop_sell_out (&shop);
  shop_check (&shop);
}

/* As when PostgreSQL is started anew. */
static void
cut_connections (Shop *shop)
{
  g_assert_cmpint (shop_query (shop,
                               "SELECT COUNT (CASE WHEN pg_terminate_backend (pid) THEN 1 END)"
                               " FROM pg_stat_activity WHERE datname = current_database ()"
                               " AND pid <> pg_backend_pid ()"),
                   >, 1);
}

static void
test_cut (Bitketd *bitketd)
{
  g_auto (Shop) shop = { 0 };
  Bitketd second = { 0 };

  shop_open (&shop, bitketd, SETTINGS_PATIENT);
  shop_add_door (&shop, &second);
  bitket_test_stripe_control (shop.stripe, "{\"delay_ms\":20,\"decline_rate\":10}");
  for (guint i = 0; i < N_CUTS; i++)
    {
      gint64 n_over = shop_query (&shop, PURCHASES_SQL ("done"));

      shop_raise (&shop, SHOP_SEATS, 10);
      shop_raise (&shop, SHOP_MEALS, 6);
      shop_raise (&shop, SHOP_GUESTS, 5);
      shop_let_in (&shop, 30);
      wait_for (&shop, PURCHASES_SQL ("done"), n_over + 1 + 2 * i % 5);
      cut_connections (&shop);
    }
  shop_settle (&shop);
  shop_check (&shop);
  shop_sell_out (&shop);
  shop_check (&shop);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  bitketd_test_add_shared ("service/purchase-processes/order", test_order);
  bitketd_test_add_shared ("service/purchase-processes/notice", test_notice);
  bitketd_test_add_shared ("service/purchase-processes/key", test_key);
  bitketd_test_add_shared ("service/purchase-processes/stop", test_stop);
  bitketd_test_add_shared ("service/purchase-processes/cut", test_cut);
  return g_test_run ();
}
