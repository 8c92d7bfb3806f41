/* SPDX-License-Identifier: MIT */
#pragma once

#include <json-glib/json-glib.h>
#include <libsoup/soup.h>

#include "bitket-test-process.h"

G_BEGIN_DECLS

/* Stripe's stand-in as a process of its own: see tests/support/stripe/. */
typedef struct
{
  BitketTestProcess *process; /* (owned) */
  char *url;                  /* (owned) "http://127.0.0.1:…": both the API and Connect */
  SoupSession *session;       /* (owned) */
} BitketTestStripe;

#define BITKET_TEST_STRIPE_KEY       "sk_test_standin"
#define BITKET_TEST_STRIPE_CLIENT_ID "ca_standin"
#define BITKET_TEST_STRIPE_ACCOUNT   "acct_standin"

/**
 * bitket_test_stripe_start:
 * @log: (nullable): a file for its ledger, a JSON object a line: type ("charge", "decline",
 * "refund"), id, payment_intent, purchase, ticket_ownerships, account, amount (öre), at_us
 *
 * Starts the program that STRIPE_STAND_IN in the environment names; %BITKET_TEST_STRIPE_ACCOUNT is
 * connected.
 */
BitketTestStripe *bitket_test_stripe_start (const char *log);
/** bitket_test_stripe_stop: (nullable) */
void bitket_test_stripe_stop (BitketTestStripe *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BitketTestStripe, bitket_test_stripe_stop)

/**
 * bitket_test_stripe_control:
 * @settings: a JSON object of: delay_ms; in percent fail_rate (500, nothing done), decline_rate;
 * how many of the next: drop_after_charge (done, connection cut), answer_500 (done, 500 now and
 * again), answer_garbage (done, a page of HTML), rate_limit, lock_timeout; seed; webhook_url,
 * webhook_secret; account (is connected)
 */
void bitket_test_stripe_control (BitketTestStripe *self, const char *settings);
/** bitket_test_stripe_refund: somebody gives money back at the dashboard */
void bitket_test_stripe_refund (BitketTestStripe *self, const char *intent, gint64 amount_ore);

typedef struct
{
  gint64 n_charges;
  gint64 charged_ore;
  gint64 n_declined;
  gint64 n_refunds;
  gint64 refunded_ore;
  gint64 n_double; /* purchases that were paid more than once */
} BitketTestStripeSums;
void bitket_test_stripe_get_sums (BitketTestStripe *self, BitketTestStripeSums *sums);

/**
 * bitket_test_stripe_ask:
 * @form: (nullable): the body
 * @header, @value: (nullable): one more
 * @status: (out)
 *
 * One call with the right key. Returns: (transfer full): the answer, an object
 */
JsonNode *bitket_test_stripe_ask (BitketTestStripe *self,
                                  const char *method,
                                  const char *path,
                                  const char *form,
                                  const char *header,
                                  const char *value,
                                  guint *status);

G_END_DECLS
