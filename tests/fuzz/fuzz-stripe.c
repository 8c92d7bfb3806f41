/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "bitket-connect.h"
#include "bitket-stripe-answer.h"
#include "fuzz.h"

/* What Stripe answers: nothing is taken for paid that does not say so with an id. */

static void
check_result (BitketChargeResult *result, guint status, const char *prefix)
{
  g_assert_cmpint (result->outcome, !=, BITKET_CHARGE_NONE);
  g_assert_cmpint (result->outcome, !=, BITKET_CHARGE_ABSENT);
  g_assert_true ((result->outcome == BITKET_CHARGE_SUCCEEDED) == (result->stripe_id != NULL));
  if (result->outcome == BITKET_CHARGE_SUCCEEDED)
    {
      g_assert_cmpuint (status, ==, 200);
      g_assert_true (g_str_has_prefix (result->stripe_id, prefix));
      g_assert_cmpuint (strlen (result->stripe_id), <=, 64);
    }
  if (result->outcome == BITKET_CHARGE_DECLINED)
    g_assert_nonnull (result->message);
  bitket_charge_result_free (result);
}

static void
check_page (BitketStripeList list, GBytes *body)
{
  g_auto (BitketStripePage) page = { NULL, NULL, FALSE };

  if (!bitket_stripe_read_page (list, 200, body, "p1", &page))
    {
      g_assert_null (page.found);
      return;
    }
  g_assert_true (!page.has_more || page.last_id != NULL);
  if (page.found != NULL)
    check_result (g_steal_pointer (&page.found), 200,
                  list == BITKET_STRIPE_LIST_INTENTS ? "pi_" : "re_");
}

static void
check_account (GBytes *body)
{
  g_auto (BitketConnectAccount) account = { NULL, NULL, FALSE, FALSE };

  if (bitket_connect_read_account (200, body, &account))
    {
      g_assert_true (g_str_has_prefix (account.id, "acct_"));
      g_assert_cmpuint (strlen (account.id), <=, 64);
      g_assert_cmpuint (strlen (account.public_key), <=, 128);
    }
  else
    g_assert_null (account.id);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize len)
{
  static const guint statuses[] = { 200, 302, 400, 402, 404, 409, 429, 500 };
  g_autoptr (GBytes) body = g_bytes_new (data, len);

  for (gsize i = 0; i < G_N_ELEMENTS (statuses); i++)
    {
      check_result (bitket_stripe_read_intent (statuses[i], body), statuses[i], "pi_");
      check_result (bitket_stripe_read_refund (statuses[i], body), statuses[i], "re_");
    }
  check_page (BITKET_STRIPE_LIST_INTENTS, body);
  check_page (BITKET_STRIPE_LIST_REFUNDS, body);
  check_account (body);
  return 0;
}
