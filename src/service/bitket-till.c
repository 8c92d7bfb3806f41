/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-till.h"

#include <string.h>

#include "bitket-stripe-answer.h"
#include "bitket-stripe.h"
#include "bitket-time.h"

/* How far our clock and Stripe's may be apart when a payment is looked for by its time. */
#define CLOCK_SLACK_US (10 * BITKET_TIME_MINUTE_US)
#define PAGE_LEN       "100"

struct _BitketTill
{
  BitketConfig *config; /* (owned) */
  BitketHttp *http;     /* (unowned) outlives the till */
};

BitketTill *
bitket_till_new (BitketConfig *config, BitketHttp *http)
{
  BitketTill *self;

  g_return_val_if_fail (config != NULL && http != NULL, NULL);

  self = g_new0 (BitketTill, 1);
  self->config = bitket_config_ref (config);
  self->http = http;
  return self;
}

void
bitket_till_free (BitketTill *self)
{
  g_return_if_fail (self != NULL);

  bitket_config_unref (self->config);
  g_free (self);
}

BitketChargeResult *
bitket_charge_result_new (BitketChargeOutcome outcome, const char *stripe_id, const char *message)
{
  BitketChargeResult *result = g_new0 (BitketChargeResult, 1);

  result->outcome = outcome;
  result->stripe_id = g_strdup (stripe_id);
  result->message = g_strdup (message);
  return result;
}

void
bitket_charge_result_free (BitketChargeResult *result)
{
  g_return_if_fail (result != NULL);

  g_free (result->stripe_id);
  g_free (result->message);
  g_free (result);
}

gboolean
bitket_till_is_sandbox (BitketTill *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->config->payments == BITKET_PAYMENTS_SANDBOX;
}

static gboolean
uses_stripe (BitketTill *self)
{
  return self->config->payments == BITKET_PAYMENTS_STRIPE;
}

gboolean
bitket_till_can_refund (BitketTill *self, const char *stripe_id)
{
  g_return_val_if_fail (self != NULL && stripe_id != NULL, FALSE);

  if (bitket_till_is_sandbox (self))
    return g_str_has_prefix (stripe_id, "sandbox_");
  /* What the sample made up looks like a charge. */
  return uses_stripe (self) && !g_str_has_prefix (stripe_id, "ch_sample_") &&
         (g_str_has_prefix (stripe_id, "pi_") || g_str_has_prefix (stripe_id, "ch_") ||
          g_str_has_prefix (stripe_id, "py_"));
}

/* The sandbox decides by the payload alone, so that asking again gives the same answer. Its cards
 * are Stripe's test cards. */
static BitketChargeResult *
charge_in_sandbox (const BitketCharge *charge)
{
  g_autofree char *id = g_strconcat ("sandbox_", charge->purchase, NULL);

  if (strcmp (charge->payload, "tok_chargeDeclined") == 0 ||
      strcmp (charge->payload, "pm_card_chargeDeclined") == 0 ||
      strcmp (charge->payload, "pm_card_visa_chargeDeclined") == 0)
    return bitket_charge_result_new (BITKET_CHARGE_DECLINED, NULL, "Your card was declined.");
  if (!g_str_has_prefix (charge->payload, "tok_") && !g_str_has_prefix (charge->payload, "pm_"))
    return bitket_charge_result_new (BITKET_CHARGE_DECLINED, NULL,
                                     "The sandbox knows no such card.");
  return bitket_charge_result_new (BITKET_CHARGE_SUCCEEDED, id, NULL);
}

static BitketChargeResult *
refuse_without_provider (void)
{
  return bitket_charge_result_new (BITKET_CHARGE_REFUSED, NULL, "Card payments are not set up.");
}

static void
return_result (GTask *task, BitketChargeResult *result)
{
  g_task_return_pointer (task, result, (GDestroyNotify) bitket_charge_result_free);
}

/* Takes an exchange that failed: cancelled is an error, all else an outcome nobody knows. */
static void
return_failure (GTask *task, GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_task_return_error (task, g_error_copy (error));
      return;
    }
  g_info ("Stripe could not be reached: %s", error->message);
  return_result (task, bitket_charge_result_new (BITKET_CHARGE_UNKNOWN, NULL, NULL));
}

static BitketStripeCall *
make_charge_call (BitketTill *self, const BitketCharge *charge)
{
  g_autoptr (GString) form = g_string_new (NULL);
  g_autofree char *key = g_strconcat ("bitket-purchase-", charge->purchase, NULL);
  g_autofree char *url = bitket_stripe_url (self->config, "/v1/payment_intents");
  g_autofree char *currency = g_ascii_strdown (charge->currency, -1);

  bitket_stripe_form_add_int64 (form, "amount", charge->amount_ore);
  bitket_stripe_form_add (form, "currency", currency);
  bitket_stripe_form_add (form, "confirm", "true");
  /* Nobody is there to answer a bank's question when the queue's turn comes. */
  bitket_stripe_form_add (form, "error_on_requires_action", "true");
  bitket_stripe_form_add (form, "payment_method_types[]", "card");
  if (g_str_has_prefix (charge->payload, "tok_"))
    {
      bitket_stripe_form_add (form, "payment_method_data[type]", "card");
      bitket_stripe_form_add (form, "payment_method_data[card][token]", charge->payload);
    }
  else
    {
      bitket_stripe_form_add (form, "payment_method", charge->payload);
    }
  bitket_stripe_form_add (form, "receipt_email", charge->receipt_email);
  bitket_stripe_form_add (form, "metadata[bitket_purchase]", charge->purchase);
  bitket_stripe_form_add (form, "metadata[bitket_ticket_ownerships]", charge->ownerships);
  return bitket_stripe_call_new (self->config, "POST", url, form, charge->account, key);
}

static void
charged_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketHttpResponse) response = bitket_http_send_finish (result, &error);

  if (response == NULL)
    return_failure (task, error);
  else
    return_result (task, bitket_stripe_read_intent (response->status, response->body));
}

void
bitket_till_charge_async (BitketTill *self,
                          const BitketCharge *charge,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  BitketStripeCall *call;

  g_return_if_fail (self != NULL && charge != NULL);
  g_return_if_fail (charge->purchase != NULL && charge->payload != NULL);
  g_return_if_fail (charge->currency != NULL);

  g_task_set_source_tag (task, bitket_till_charge_async);
  if (!uses_stripe (self))
    {
      return_result (task, bitket_till_is_sandbox (self) ? charge_in_sandbox (charge)
                                                         : refuse_without_provider ());
      return;
    }
  call = make_charge_call (self, charge);
  g_task_set_task_data (task, call, (GDestroyNotify) bitket_stripe_call_free);
  bitket_http_send_async (self->http, &call->request, cancellable, charged_cb,
                          g_steal_pointer (&task));
}

BitketChargeResult *
bitket_till_charge_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/* A search through a list of Stripe's, page by page. */
typedef struct
{
  BitketTill *till; /* (unowned) outlives what it does */
  BitketStripeList list;
  char *account;   /* (owned) (nullable) */
  char *wanted;    /* (owned) */
  char *parameter; /* (owned) what narrows the list */
  char *value;     /* (owned) */
  char *last_id;   /* (owned) (nullable) */
} Search;

static void
free_search (Search *search)
{
  g_free (search->account);
  g_free (search->wanted);
  g_free (search->parameter);
  g_free (search->value);
  g_free (search->last_id);
  g_free (search);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Search, free_search)

static BitketStripeCall *
make_search_call (const Search *search)
{
  g_autoptr (GString) form = g_string_new (NULL);
  g_autofree char *url = bitket_stripe_url (
      search->till->config,
      search->list == BITKET_STRIPE_LIST_INTENTS ? "/v1/payment_intents" : "/v1/refunds");

  bitket_stripe_form_add (form, search->parameter, search->value);
  bitket_stripe_form_add (form, "limit", PAGE_LEN);
  bitket_stripe_form_add (form, "starting_after", search->last_id);
  return bitket_stripe_call_new (search->till->config, "GET", url, form, search->account, NULL);
}

/* Returns: (transfer full) (nullable): the result, or %NULL when the next page is to be asked for.
 */
static BitketChargeResult *
take_page (Search *search, const BitketHttpResponse *response)
{
  g_auto (BitketStripePage) page = { NULL, NULL, FALSE };

  if (!bitket_stripe_read_page (search->list, response->status, response->body, search->wanted,
                                &page))
    return bitket_charge_result_new (BITKET_CHARGE_UNKNOWN, NULL, NULL);
  if (page.found != NULL)
    return g_steal_pointer (&page.found);
  if (!page.has_more)
    return bitket_charge_result_new (BITKET_CHARGE_ABSENT, NULL, NULL);
  g_free (search->last_id);
  search->last_id = g_steal_pointer (&page.last_id);
  return NULL;
}

static void searched_cb (GObject *source, GAsyncResult *result, gpointer user_data);

static void
ask_page (GTask *task)
{
  Search *search = g_task_get_task_data (task);
  g_autoptr (BitketStripeCall) call = make_search_call (search);

  bitket_http_send_async (search->till->http, &call->request, g_task_get_cancellable (task),
                          searched_cb, task);
}

static void
searched_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketHttpResponse) response = bitket_http_send_finish (result, &error);
  BitketChargeResult *found;

  if (response == NULL)
    {
      return_failure (task, error);
      return;
    }
  found = take_page (g_task_get_task_data (task), response);
  if (found != NULL)
    return_result (task, found);
  else
    ask_page (g_steal_pointer (&task));
}

static Search *
new_search (BitketTill *self, BitketStripeList list, const char *account, const char *wanted)
{
  Search *search = g_new0 (Search, 1);

  search->till = self;
  search->list = list;
  search->account = g_strdup (account);
  search->wanted = g_strdup (wanted);
  return search;
}

void
bitket_till_find_async (BitketTill *self,
                        const char *account,
                        const char *purchase,
                        gint64 since_us,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Search *search;

  g_return_if_fail (self != NULL && purchase != NULL);

  g_task_set_source_tag (task, bitket_till_find_async);
  if (!uses_stripe (self))
    {
      /* The sandbox moves no money, so there is never any to find. */
      return_result (task, bitket_charge_result_new (BITKET_CHARGE_ABSENT, NULL, NULL));
      return;
    }
  search = new_search (self, BITKET_STRIPE_LIST_INTENTS, account, purchase);
  search->parameter = g_strdup ("created[gte]");
  search->value = g_strdup_printf ("%" G_GINT64_FORMAT,
                                   MAX (0, since_us - CLOCK_SLACK_US) / BITKET_TIME_SECOND_US);
  g_task_set_task_data (task, search, (GDestroyNotify) free_search);
  ask_page (g_steal_pointer (&task));
}

/* What stands for the payment in calls about refunds: the original's charges, our intents. */
static const char *
name_payment (const char *stripe_id)
{
  return g_str_has_prefix (stripe_id, "pi_") ? "payment_intent" : "charge";
}

static BitketStripeCall *
make_refund_call (BitketTill *self,
                  const char *account,
                  const char *stripe_id,
                  gint64 amount_ore,
                  const char *key)
{
  g_autoptr (GString) form = g_string_new (NULL);
  g_autofree char *full_key = g_strconcat ("bitket-refund-", key, NULL);
  g_autofree char *url = bitket_stripe_url (self->config, "/v1/refunds");

  bitket_stripe_form_add (form, name_payment (stripe_id), stripe_id);
  bitket_stripe_form_add_int64 (form, "amount", amount_ore);
  bitket_stripe_form_add (form, "metadata[bitket_refund]", key);
  return bitket_stripe_call_new (self->config, "POST", url, form, account, full_key);
}

/* Returns: (transfer full) (nullable): %NULL with CANCELLED in @error, or with @failure. */
static BitketHttpResponse *
send_call (BitketTill *self, BitketStripeCall *call, BitketChargeResult **failure, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  BitketHttpResponse *response = bitket_http_send (self->http, &call->request, NULL, &local_error);

  if (response != NULL)
    return response;
  if (g_error_matches (local_error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return NULL;
    }
  g_info ("Stripe could not be reached: %s", local_error->message);
  *failure = bitket_charge_result_new (BITKET_CHARGE_UNKNOWN, NULL, NULL);
  return NULL;
}

BitketChargeResult *
bitket_till_refund (BitketTill *self,
                    const char *account,
                    const char *stripe_id,
                    gint64 amount_ore,
                    const char *key,
                    GError **error)
{
  g_autoptr (BitketStripeCall) call = NULL;
  g_autoptr (BitketHttpResponse) response = NULL;
  BitketChargeResult *failure = NULL;

  g_return_val_if_fail (self != NULL && stripe_id != NULL && key != NULL, NULL);

  if (!bitket_till_can_refund (self, stripe_id))
    return bitket_charge_result_new (BITKET_CHARGE_REFUSED, NULL,
                                     "This payment cannot be given back by card.");
  if (bitket_till_is_sandbox (self))
    {
      g_autofree char *id = g_strconcat ("sandbox_", key, NULL);

      return bitket_charge_result_new (BITKET_CHARGE_SUCCEEDED, id, NULL);
    }
  call = make_refund_call (self, account, stripe_id, amount_ore, key);
  response = send_call (self, call, &failure, error);
  return response != NULL ? bitket_stripe_read_refund (response->status, response->body) : failure;
}

BitketChargeResult *
bitket_till_find_refund (BitketTill *self,
                         const char *account,
                         const char *stripe_id,
                         const char *key,
                         GError **error)
{
  g_autoptr (Search) search = NULL;
  BitketChargeResult *found = NULL;

  g_return_val_if_fail (self != NULL && stripe_id != NULL && key != NULL, NULL);

  if (!uses_stripe (self) || !bitket_till_can_refund (self, stripe_id))
    return bitket_charge_result_new (BITKET_CHARGE_ABSENT, NULL, NULL);
  search = new_search (self, BITKET_STRIPE_LIST_REFUNDS, account, key);
  search->parameter = g_strdup (name_payment (stripe_id));
  search->value = g_strdup (stripe_id);
  while (found == NULL)
    {
      g_autoptr (BitketStripeCall) call = make_search_call (search);
      g_autoptr (BitketHttpResponse) response = send_call (self, call, &found, error);

      if (response == NULL)
        return found;
      found = take_page (search, response);
    }
  return found;
}
