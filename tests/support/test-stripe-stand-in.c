/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

/* The stand-in is as strict as Stripe where the service could go wrong. */

#include <string.h>

#include "bitket-test-stripe.h"
#include "bitket-test-support.h"

#define GOOD                                                                                       \
  "amount=10000&currency=sek&confirm=true&error_on_requires_action=true"                           \
  "&payment_method_types[]=card&metadata[bitket_purchase]=p1"

static const char *
get_text (JsonObject *object, const char *name)
{
  return json_object_has_member (object, name) ? json_object_get_string_member (object, name) : "";
}

static JsonObject *
get_error (JsonNode *answer)
{
  JsonObject *object = json_node_get_object (answer);

  g_assert_true (json_object_has_member (object, "error"));
  return json_object_get_object_member (object, "error");
}

typedef struct
{
  const char *form;
  guint status;
  const char *type;
  const char *code;
  const char *detail; /* the parameter, or the decline code */
} IntentCase;

static const IntentCase refusals[] = {
  { "", 400, "invalid_request_error", "parameter_missing", "amount" },
  { "amount=10000", 400, "invalid_request_error", "parameter_missing", "currency" },
  { "amount=ten&currency=sek", 400, "invalid_request_error", "parameter_invalid_integer",
    "amount" },
  { "amount=299&currency=sek&confirm=true", 400, "invalid_request_error", "amount_too_small",
    "amount" },
  { GOOD "&payment_method=pm_card_visa&colour=red", 400, "invalid_request_error",
    "parameter_unknown", "colour" },
  { GOOD "&payment_method=pm_none", 400, "invalid_request_error", "resource_missing",
    "payment_method" },
  { GOOD "&payment_method_data[type]=card&payment_method_data[card][token]=tok_none", 400,
    "invalid_request_error", "resource_missing", "payment_method_data[card][token]" },
  { GOOD, 400, "invalid_request_error", "payment_intent_unexpected_state", "" },
  { GOOD "&payment_method=pm_card_visa_chargeDeclined", 402, "card_error", "card_declined",
    "generic_decline" },
  { GOOD "&payment_method=pm_card_visa_chargeDeclinedInsufficientFunds", 402, "card_error",
    "card_declined", "insufficient_funds" },
  { GOOD "&payment_method=pm_card_chargeDeclinedExpiredCard", 402, "card_error", "expired_card",
    "" },
  { GOOD "&payment_method=pm_card_authenticationRequired", 402, "card_error",
    "authentication_required", "authentication_required" },
};

static void
test_refusals (void)
{
  g_autoptr (BitketTestStripe) stripe = bitket_test_stripe_start (NULL);
  BitketTestStripeSums sums;

  for (gsize i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      const IntentCase *c = &refusals[i];
      guint status;
      g_autoptr (JsonNode) answer = bitket_test_stripe_ask (stripe, "POST", "/v1/payment_intents",
                                                            c->form, NULL, NULL, &status);
      JsonObject *error = get_error (answer);

      g_test_message ("%s", c->form);
      g_assert_cmpuint (status, ==, c->status);
      g_assert_cmpstr (get_text (error, "type"), ==, c->type);
      g_assert_cmpstr (get_text (error, "code"), ==, c->code);
      g_assert_cmpstr (get_text (error, status == 402 ? "decline_code" : "param"), ==, c->detail);
    }
  bitket_test_stripe_get_sums (stripe, &sums);
  g_assert_cmpint (sums.n_charges, ==, 0);
  g_assert_cmpint (sums.n_declined, ==, 4);
}

static char *
charge (BitketTestStripe *stripe, const char *key, guint wanted)
{
  guint status;
  g_autoptr (JsonNode) answer = bitket_test_stripe_ask (
      stripe, "POST", "/v1/payment_intents",
      GOOD "&payment_method_data[type]=card&payment_method_data[card][token]=tok_visa",
      "Idempotency-Key", key, &status);

  g_assert_cmpuint (status, ==, wanted);
  return g_strdup (get_text (json_node_get_object (answer), "id"));
}

static void
test_idempotency (void)
{
  g_autoptr (BitketTestStripe) stripe = bitket_test_stripe_start (NULL);
  g_autofree char *first = charge (stripe, "a", 200);
  g_autofree char *again = charge (stripe, "a", 200);
  g_autofree char *other = charge (stripe, "b", 200);
  guint status;
  g_autoptr (JsonNode) answer =
      bitket_test_stripe_ask (stripe, "POST", "/v1/payment_intents",
                              GOOD "&payment_method=pm_card_visa", "Idempotency-Key", "a", &status);
  BitketTestStripeSums sums;

  g_assert_true (g_str_has_prefix (first, "pi_"));
  g_assert_cmpstr (first, ==, again);
  g_assert_cmpstr (first, !=, other);
  g_assert_cmpuint (status, ==, 400);
  g_assert_cmpstr (get_text (get_error (answer), "type"), ==, "idempotency_error");
  bitket_test_stripe_get_sums (stripe, &sums);
  g_assert_cmpint (sums.n_charges, ==, 2);
  g_assert_cmpint (sums.charged_ore, ==, 20000);
  g_assert_cmpint (sums.n_double, ==, 1);
}

static void
test_refunds (void)
{
  static const struct
  {
    const char *amount;
    guint status;
    const char *code;
  } steps[] = {
    { "&amount=10001", 400, "" },
    { "&amount=4000", 200, "" },
    { "&amount=6001", 400, "" },
    { "", 200, "" },
    { "&amount=1", 400, "charge_already_refunded" },
  };
  g_autofree char *dir = bitket_test_new_dir ();
  g_autofree char *log = g_build_filename (dir, "ledger", NULL);
  BitketTestStripe *stripe = bitket_test_stripe_start (log);
  g_autofree char *intent = charge (stripe, "a", 200);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      g_autofree char *form = g_strconcat ("payment_intent=", intent, steps[i].amount, NULL);
      guint status;
      g_autoptr (JsonNode) answer =
          bitket_test_stripe_ask (stripe, "POST", "/v1/refunds", form, NULL, NULL, &status);

      g_assert_cmpuint (status, ==, steps[i].status);
      if (status == 400)
        g_assert_cmpstr (get_text (get_error (answer), "code"), ==, steps[i].code);
    }
  bitket_test_stripe_stop (stripe);
  g_assert_true (g_file_get_contents (log, &text, NULL, NULL));
  lines = g_strsplit (text, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 4);
  g_assert_nonnull (strstr (lines[0], "\"type\":\"charge\""));
  g_assert_nonnull (strstr (lines[1], "\"amount\":4000"));
  g_assert_nonnull (strstr (lines[2], "\"amount\":6000"));
  bitket_test_remove_dir (dir);
}

static void
test_list (void)
{
  g_autoptr (BitketTestStripe) stripe = bitket_test_stripe_start (NULL);
  g_autoptr (GString) seen = g_string_new (NULL);
  g_autofree char *last = NULL;
  gboolean has_more = TRUE;
  guint n_pages = 0;

  for (guint i = 0; i < 5; i++)
    {
      g_autofree char *key = g_strdup_printf ("%u", i);
      g_autofree char *id = charge (stripe, key, 200);

      g_string_prepend (seen, id);
    }
  for (; has_more; n_pages++)
    {
      g_autofree char *path = g_strconcat ("/v1/payment_intents?limit=2",
                                           last != NULL ? "&starting_after=" : "", last, NULL);
      guint status;
      g_autoptr (JsonNode) answer =
          bitket_test_stripe_ask (stripe, "GET", path, NULL, NULL, NULL, &status);
      JsonArray *data = json_object_get_array_member (json_node_get_object (answer), "data");

      g_assert_cmpuint (status, ==, 200);
      for (guint i = 0; i < json_array_get_length (data); i++)
        {
          g_free (last);
          last = g_strdup (get_text (json_array_get_object_element (data, i), "id"));
          g_assert_true (g_str_has_prefix (seen->str, last));
          g_string_erase (seen, 0, (gssize) strlen (last));
        }
      has_more = json_object_get_boolean_member (json_node_get_object (answer), "has_more");
    }
  g_assert_cmpuint (n_pages, ==, 3);
  g_assert_cmpuint (seen->len, ==, 0);
}

/* Whose key, whose account, and in which form. */
static void
test_doors (void)
{
  static const struct
  {
    const char *header;
    const char *value;
    guint status;
  } cases[] = {
    { "Authorization", "Bearer sk_test_other", 401 },
    { "Authorization", "Basic c2tfdGVzdF9zdGFuZGluOg==", 401 },
    { "Stripe-Account", "acct_unknown", 403 },
    { "Content-Type", "application/json", 400 },
    { "Stripe-Account", BITKET_TEST_STRIPE_ACCOUNT, 200 },
  };
  g_autoptr (BitketTestStripe) stripe = bitket_test_stripe_start (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      guint status;
      g_autoptr (JsonNode) answer = bitket_test_stripe_ask (
          stripe, "POST", "/v1/payment_intents", GOOD "&payment_method=pm_card_visa",
          cases[i].header, cases[i].value, &status);

      g_test_message ("%s: %s", cases[i].header, cases[i].value);
      g_assert_cmpuint (status, ==, cases[i].status);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/stripe-stand-in/refusals", test_refusals);
  g_test_add_func ("/stripe-stand-in/idempotency", test_idempotency);
  g_test_add_func ("/stripe-stand-in/refunds", test_refunds);
  g_test_add_func ("/stripe-stand-in/list", test_list);
  g_test_add_func ("/stripe-stand-in/doors", test_doors);
  return g_test_run ();
}
