/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

/* The till against Stripe's stand-in, over real HTTP: every outcome, and what goes wrong between.
 */

#include <string.h>

#include "bitket-test-stripe.h"
#include "bitket-test-support.h"
#include "bitket-till.h"

typedef struct
{
  BitketTestStripe *stripe; /* (owned) */
  BitketConfig *config;     /* (owned) */
  BitketHttp *http;         /* (owned) */
  BitketTill *till;         /* (owned) */
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  self->stripe = bitket_test_stripe_start (NULL);
  self->config = bitket_config_new ();
  self->config->payments = BITKET_PAYMENTS_STRIPE;
  self->config->stripe_key = g_strdup (BITKET_TEST_STRIPE_KEY);
  g_free (self->config->stripe_api_url);
  self->config->stripe_api_url = g_strdup (self->stripe->url);
  self->http = bitket_http_new (NULL);
  self->till = bitket_till_new (self->config, self->http);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  bitket_till_free (self->till);
  bitket_http_free (self->http);
  bitket_config_unref (self->config);
  bitket_test_stripe_stop (self->stripe);
}

static BitketCharge
make_charge (const char *purchase, const char *payload)
{
  return (BitketCharge) {
    .purchase = purchase,
    .payload = payload,
    .amount_ore = 10000,
    .currency = "SEK",
    .receipt_email = "åsa+kö@example.com",
    .ownerships = "o1,o2",
  };
}

static BitketChargeResult *
take_result (GAsyncResult **kept)
{
  g_autoptr (GError) error = NULL;
  BitketChargeResult *result;

  bitket_test_wait_for_pointer ((const gpointer *) kept);
  result = bitket_till_charge_finish (*kept, &error);
  g_assert_no_error (error);
  g_clear_object (kept);
  return result;
}

static BitketChargeResult *
charge (Fixture *self, const BitketCharge *charge)
{
  GAsyncResult *kept = NULL;

  bitket_till_charge_async (self->till, charge, NULL, (GAsyncReadyCallback) bitket_test_keep_result,
                            &kept);
  return take_result (&kept);
}

static BitketChargeResult *
charge_card (Fixture *self, const char *purchase, const char *payload)
{
  BitketCharge wanted = make_charge (purchase, payload);

  return charge (self, &wanted);
}

static BitketChargeResult *
find (Fixture *self, const char *account, const char *purchase)
{
  GAsyncResult *kept = NULL;

  bitket_till_find_async (self->till, account, purchase, g_get_real_time (), NULL,
                          (GAsyncReadyCallback) bitket_test_keep_result, &kept);
  return take_result (&kept);
}

static void
assert_outcome (BitketChargeResult *result, BitketChargeOutcome outcome, const char *message)
{
  g_assert_cmpint (result->outcome, ==, outcome);
  g_assert_cmpstr (result->message, ==, message);
  g_assert_true ((result->stripe_id != NULL) == (outcome == BITKET_CHARGE_SUCCEEDED));
}

static void
assert_sums (Fixture *self, gint64 n_charges, gint64 n_refunds)
{
  BitketTestStripeSums sums;

  bitket_test_stripe_get_sums (self->stripe, &sums);
  g_assert_cmpint (sums.n_charges, ==, n_charges);
  g_assert_cmpint (sums.n_refunds, ==, n_refunds);
  g_assert_cmpint (sums.n_double, ==, 0);
}

typedef struct
{
  const char *payload;
  BitketChargeOutcome outcome;
  const char *message;
} CardCase;

static const CardCase card_cases[] = {
  { "tok_visa", BITKET_CHARGE_SUCCEEDED, NULL },
  { "pm_card_visa", BITKET_CHARGE_SUCCEEDED, NULL },
  { "tok_mastercard", BITKET_CHARGE_SUCCEEDED, NULL },
  { "tok_chargeDeclined", BITKET_CHARGE_DECLINED, "Your card was declined." },
  { "pm_card_visa_chargeDeclined", BITKET_CHARGE_DECLINED, "Your card was declined." },
  { "tok_chargeDeclinedInsufficientFunds", BITKET_CHARGE_DECLINED,
    "Your card has insufficient funds." },
  { "tok_chargeDeclinedExpiredCard", BITKET_CHARGE_DECLINED, "Your card has expired." },
  { "pm_card_authenticationRequired", BITKET_CHARGE_DECLINED,
    "Your card was declined. This transaction requires authentication." },
  { "tok_nonsense", BITKET_CHARGE_REFUSED, NULL },
  { "pm_&amount=1\r\nX: y", BITKET_CHARGE_REFUSED, NULL },
  { "", BITKET_CHARGE_REFUSED, NULL },
};

static void
test_cards (Fixture *self, gconstpointer data)
{
  for (gsize i = 0; i < G_N_ELEMENTS (card_cases); i++)
    {
      const CardCase *c = &card_cases[i];
      g_autofree char *purchase = g_strdup_printf ("p%" G_GSIZE_FORMAT, i);
      g_autoptr (BitketChargeResult) first = charge_card (self, purchase, c->payload);
      g_autoptr (BitketChargeResult) again = charge_card (self, purchase, c->payload);
      g_autoptr (BitketChargeResult) found = find (self, NULL, purchase);

      g_test_message ("%s", c->payload);
      assert_outcome (first, c->outcome, c->message);
      assert_outcome (again, c->outcome, c->message);
      g_assert_cmpstr (first->stripe_id, ==, again->stripe_id);
      assert_outcome (found,
                      c->outcome == BITKET_CHARGE_REFUSED ? BITKET_CHARGE_ABSENT : c->outcome,
                      c->message);
      g_assert_cmpstr (first->stripe_id, ==, found->stripe_id);
    }
  assert_sums (self, 3, 0);
}

/* What goes wrong on the way; asked again, all is well, and nothing was paid twice. */
typedef struct
{
  const char *fault;
  gboolean charges; /* money moved in spite of it */
} FaultCase;

static const FaultCase fault_cases[] = {
  { "{\"drop_after_charge\":1}", TRUE },
  /* curl asks once more by itself when a connection that it kept breaks. */
  { "{\"drop_after_charge\":2}", TRUE },
  { "{\"answer_garbage\":1}", TRUE },
  { "{\"rate_limit\":1}", FALSE },
  { "{\"lock_timeout\":1}", FALSE },
};

static void
test_faults (Fixture *self, gconstpointer data)
{
  for (gsize i = 0; i < G_N_ELEMENTS (fault_cases); i++)
    {
      g_autofree char *purchase = g_strdup_printf ("p%" G_GSIZE_FORMAT, i);
      g_autoptr (BitketChargeResult) result = NULL;
      g_autoptr (BitketChargeResult) again = NULL;

      bitket_test_stripe_control (self->stripe, fault_cases[i].fault);
      result = charge_card (self, purchase, "tok_visa");
      if (strstr (fault_cases[i].fault, "drop") == NULL)
        {
          g_autoptr (BitketChargeResult) found = find (self, NULL, purchase);

          assert_outcome (result, BITKET_CHARGE_UNKNOWN, NULL);
          g_assert_cmpint (found->outcome, ==,
                           fault_cases[i].charges ? BITKET_CHARGE_SUCCEEDED : BITKET_CHARGE_ABSENT);
        }
      bitket_test_stripe_control (self->stripe, "{\"drop_after_charge\":0}");
      again = charge_card (self, purchase, "tok_visa");
      assert_outcome (again, BITKET_CHARGE_SUCCEEDED, NULL);
      assert_sums (self, (gint64) i + 1, 0);
    }
}

/* Stripe answers 500 for a charge that it made, and does so again with the same key: only the list
 * tells the truth. */
static void
test_answer_500 (Fixture *self, gconstpointer data)
{
  g_autoptr (BitketChargeResult) first = NULL;
  g_autoptr (BitketChargeResult) again = NULL;
  g_autoptr (BitketChargeResult) found = NULL;

  bitket_test_stripe_control (self->stripe, "{\"answer_500\":1}");
  first = charge_card (self, "p", "tok_visa");
  again = charge_card (self, "p", "tok_visa");
  found = find (self, NULL, "p");
  assert_outcome (first, BITKET_CHARGE_UNKNOWN, NULL);
  assert_outcome (again, BITKET_CHARGE_UNKNOWN, NULL);
  assert_outcome (found, BITKET_CHARGE_SUCCEEDED, NULL);
  assert_sums (self, 1, 0);
}

/* Two at once with the same purchase: one is paid, the other is told to ask again. */
static void
test_same_key_at_once (Fixture *self, gconstpointer data)
{
  BitketCharge wanted = make_charge ("p", "tok_visa");
  GAsyncResult *kept[2] = { NULL, NULL };
  g_autoptr (BitketChargeResult) a = NULL;
  g_autoptr (BitketChargeResult) b = NULL;

  bitket_test_stripe_control (self->stripe, "{\"delay_ms\":300}");
  for (guint i = 0; i < 2; i++)
    bitket_till_charge_async (self->till, &wanted, NULL,
                              (GAsyncReadyCallback) bitket_test_keep_result, &kept[i]);
  a = take_result (&kept[0]);
  b = take_result (&kept[1]);
  g_assert_cmpint (MIN (a->outcome, b->outcome), ==, BITKET_CHARGE_SUCCEEDED);
  g_assert_cmpint (MAX (a->outcome, b->outcome), ==, BITKET_CHARGE_UNKNOWN);
  assert_sums (self, 1, 0);
}

/* The same purchase, but something else is asked for: it may have been paid, so nobody knows. */
static void
test_other_parameters (Fixture *self, gconstpointer data)
{
  BitketCharge other = make_charge ("p", "tok_visa");
  g_autoptr (BitketChargeResult) first = charge (self, &other);
  g_autoptr (BitketChargeResult) second = NULL;

  other.amount_ore++;
  second = charge (self, &other);
  assert_outcome (first, BITKET_CHARGE_SUCCEEDED, NULL);
  assert_outcome (second, BITKET_CHARGE_UNKNOWN, NULL);
  assert_sums (self, 1, 0);
}

static void
test_accounts (Fixture *self, gconstpointer data)
{
  BitketCharge wanted = make_charge ("p", "tok_visa");
  g_autoptr (BitketChargeResult) unknown = NULL;
  g_autoptr (BitketChargeResult) connected = NULL;
  g_autoptr (BitketChargeResult) found = NULL;
  g_autoptr (BitketChargeResult) elsewhere = NULL;

  wanted.account = "acct_unknown";
  unknown = charge (self, &wanted);
  wanted.account = BITKET_TEST_STRIPE_ACCOUNT;
  connected = charge (self, &wanted);
  found = find (self, BITKET_TEST_STRIPE_ACCOUNT, "p");
  elsewhere = find (self, NULL, "p");
  assert_outcome (unknown, BITKET_CHARGE_REFUSED, NULL);
  assert_outcome (connected, BITKET_CHARGE_SUCCEEDED, NULL);
  g_assert_cmpstr (found->stripe_id, ==, connected->stripe_id);
  assert_outcome (elsewhere, BITKET_CHARGE_ABSENT, NULL);
}

static void
test_wrong_key (Fixture *self, gconstpointer data)
{
  g_autoptr (BitketChargeResult) result = NULL;
  g_autoptr (BitketChargeResult) found = NULL;

  g_free (self->config->stripe_key);
  self->config->stripe_key = g_strdup ("sk_test_wrong");
  result = charge_card (self, "p", "tok_visa");
  found = find (self, NULL, "p");
  assert_outcome (result, BITKET_CHARGE_REFUSED, NULL);
  assert_outcome (found, BITKET_CHARGE_UNKNOWN, NULL);
}

static void
test_nobody_there (Fixture *self, gconstpointer data)
{
  g_autoptr (BitketChargeResult) result = NULL;
  g_autoptr (BitketChargeResult) refund = NULL;
  g_autoptr (GError) error = NULL;

  g_free (self->config->stripe_api_url);
  self->config->stripe_api_url = g_strdup ("http://127.0.0.1:1");
  result = charge_card (self, "p", "tok_visa");
  refund = bitket_till_refund (self->till, NULL, "pi_1", 100, "k", &error);
  g_assert_no_error (error);
  assert_outcome (result, BITKET_CHARGE_UNKNOWN, NULL);
  assert_outcome (refund, BITKET_CHARGE_UNKNOWN, NULL);
}

static void
test_cancel (Fixture *self, gconstpointer data)
{
  BitketCharge wanted = make_charge ("p", "tok_visa");
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) kept = NULL;
  BitketChargeResult *result;

  bitket_test_stripe_control (self->stripe, "{\"delay_ms\":60000}");
  bitket_till_charge_async (self->till, &wanted, cancellable,
                            (GAsyncReadyCallback) bitket_test_keep_result, &kept);
  g_cancellable_cancel (cancellable);
  bitket_test_wait_for_pointer ((const gpointer *) &kept);
  result = bitket_till_charge_finish (kept, &error);
  g_assert_null (result);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* The payment looked for is the oldest of more than a page. */
static void
test_find_far_back (Fixture *self, gconstpointer data)
{
  g_autoptr (BitketChargeResult) found = NULL;
  g_autoptr (BitketChargeResult) absent = NULL;

  for (guint i = 0; i < 205; i++)
    {
      g_autofree char *purchase = g_strdup_printf ("p%u", i);
      g_autoptr (BitketChargeResult) result = charge_card (self, purchase, "tok_visa");

      assert_outcome (result, BITKET_CHARGE_SUCCEEDED, NULL);
    }
  found = find (self, NULL, "p0");
  absent = find (self, NULL, "p205");
  assert_outcome (found, BITKET_CHARGE_SUCCEEDED, NULL);
  assert_outcome (absent, BITKET_CHARGE_ABSENT, NULL);
}

static BitketChargeResult *
refund (Fixture *self, const char *id, gint64 amount_ore, const char *key)
{
  g_autoptr (GError) error = NULL;
  BitketChargeResult *result = bitket_till_refund (self->till, NULL, id, amount_ore, key, &error);

  g_assert_no_error (error);
  return result;
}

static void
assert_refund_found (Fixture *self, const char *id, const char *key, BitketChargeOutcome outcome)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketChargeResult) found =
      bitket_till_find_refund (self->till, NULL, id, key, &error);

  g_assert_no_error (error);
  g_assert_cmpint (found->outcome, ==, outcome);
}

static void
test_refunds (Fixture *self, gconstpointer data)
{
  g_autoptr (BitketChargeResult) paid = charge_card (self, "p", "tok_visa");
  g_autoptr (BitketChargeResult) part = refund (self, paid->stripe_id, 4000, "a");
  g_autoptr (BitketChargeResult) again = refund (self, paid->stripe_id, 4000, "a");
  g_autoptr (BitketChargeResult) too_much = refund (self, paid->stripe_id, 6001, "b");
  g_autoptr (BitketChargeResult) rest = refund (self, paid->stripe_id, 6000, "c");
  g_autoptr (BitketChargeResult) more = refund (self, paid->stripe_id, 1, "d");
  g_autoptr (BitketChargeResult) unknown = refund (self, "pi_unknown", 1, "e");
  g_autoptr (BitketChargeResult) original = refund (self, "ch_unknown", 1, "f");
  g_autoptr (BitketChargeResult) sandbox = refund (self, "sandbox_p", 1, "g");

  assert_outcome (part, BITKET_CHARGE_SUCCEEDED, NULL);
  g_assert_true (g_str_has_prefix (part->stripe_id, "re_"));
  g_assert_cmpstr (part->stripe_id, ==, again->stripe_id);
  g_assert_cmpint (too_much->outcome, ==, BITKET_CHARGE_REFUSED);
  g_assert_nonnull (too_much->message);
  assert_outcome (rest, BITKET_CHARGE_SUCCEEDED, NULL);
  g_assert_cmpint (more->outcome, ==, BITKET_CHARGE_REFUSED);
  g_assert_nonnull (strstr (more->message, "already been refunded"));
  assert_outcome (unknown, BITKET_CHARGE_REFUSED, "No such payment_intent: 'pi_unknown'");
  assert_outcome (original, BITKET_CHARGE_REFUSED, "No such charge: 'ch_unknown'");
  assert_outcome (sandbox, BITKET_CHARGE_REFUSED, "This payment cannot be given back by card.");
  assert_refund_found (self, paid->stripe_id, "a", BITKET_CHARGE_SUCCEEDED);
  assert_refund_found (self, paid->stripe_id, "b", BITKET_CHARGE_ABSENT);
  assert_refund_found (self, "pi_unknown", "a", BITKET_CHARGE_UNKNOWN);
  assert_sums (self, 1, 2);
}

/* The connection breaks after the money went back: asked again, it went back once. */
static void
test_refund_cut (Fixture *self, gconstpointer data)
{
  g_autoptr (BitketChargeResult) paid = charge_card (self, "p", "tok_visa");
  g_autoptr (BitketChargeResult) cut = NULL;
  g_autoptr (BitketChargeResult) again = NULL;

  bitket_test_stripe_control (self->stripe, "{\"drop_after_charge\":1}");
  cut = refund (self, paid->stripe_id, 4000, "a");
  g_assert_cmpint (cut->outcome, !=, BITKET_CHARGE_REFUSED);
  assert_refund_found (self, paid->stripe_id, "a", BITKET_CHARGE_SUCCEEDED);
  again = refund (self, paid->stripe_id, 4000, "a");
  assert_outcome (again, BITKET_CHARGE_SUCCEEDED, NULL);
  assert_sums (self, 1, 1);
}

static void
test_sandbox (Fixture *self, gconstpointer data)
{
  g_autoptr (BitketChargeResult) good = NULL;
  g_autoptr (BitketChargeResult) bad = NULL;
  g_autoptr (BitketChargeResult) back = NULL;
  g_autoptr (BitketChargeResult) real = NULL;

  self->config->payments = BITKET_PAYMENTS_SANDBOX;
  g_assert_true (bitket_till_is_sandbox (self->till));
  good = charge_card (self, "p", "tok_visa");
  bad = charge_card (self, "q", "tok_chargeDeclined");
  back = refund (self, good->stripe_id, 100, "k");
  real = refund (self, "pi_1", 100, "k");
  g_assert_cmpstr (good->stripe_id, ==, "sandbox_p");
  assert_outcome (bad, BITKET_CHARGE_DECLINED, "Your card was declined.");
  g_assert_cmpstr (back->stripe_id, ==, "sandbox_k");
  g_assert_cmpint (real->outcome, ==, BITKET_CHARGE_REFUSED);
  assert_sums (self, 0, 0);
}

static void
test_not_set_up (Fixture *self, gconstpointer data)
{
  g_autoptr (BitketChargeResult) result = NULL;

  self->config->payments = BITKET_PAYMENTS_NONE;
  result = charge_card (self, "p", "tok_visa");
  assert_outcome (result, BITKET_CHARGE_REFUSED, "Card payments are not set up.");
  g_assert_false (bitket_till_can_refund (self->till, "pi_1"));
  assert_sums (self, 0, 0);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*run) (Fixture *self, gconstpointer data);
  } tests[] = {
    { "/till/cards", test_cards },
    { "/till/faults", test_faults },
    { "/till/answer-500", test_answer_500 },
    { "/till/same-key-at-once", test_same_key_at_once },
    { "/till/other-parameters", test_other_parameters },
    { "/till/accounts", test_accounts },
    { "/till/wrong-key", test_wrong_key },
    { "/till/nobody-there", test_nobody_there },
    { "/till/cancel", test_cancel },
    { "/till/find-far-back", test_find_far_back },
    { "/till/refunds", test_refunds },
    { "/till/refund-cut", test_refund_cut },
    { "/till/sandbox", test_sandbox },
    { "/till/not-set-up", test_not_set_up },
  };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, set_up, tests[i].run, tear_down);
  return g_test_run ();
}
