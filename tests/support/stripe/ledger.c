/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "stand-in-private.h"

/* Stripe's test cards; see https://docs.stripe.com/testing. */
static const Card cards[] = {
  { "visa", NULL, NULL, NULL },
  { "visa_debit", NULL, NULL, NULL },
  { "mastercard", NULL, NULL, NULL },
  { "mastercard_debit", NULL, NULL, NULL },
  { "amex", NULL, NULL, NULL },
  { "se", NULL, NULL, NULL },
  { "chargeDeclined", "card_declined", "generic_decline", "Your card was declined." },
  { "chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds",
    "Your card has insufficient funds." },
  { "chargeDeclinedLostCard", "card_declined", "lost_card", "Your card was declined." },
  { "chargeDeclinedStolenCard", "card_declined", "stolen_card", "Your card was declined." },
  { "chargeDeclinedFraudulent", "card_declined", "fraudulent", "Your card was declined." },
  { "chargeDeclinedExpiredCard", "expired_card", NULL, "Your card has expired." },
  { "chargeDeclinedIncorrectCvc", "incorrect_cvc", NULL,
    "Your card's security code is incorrect." },
  { "chargeDeclinedProcessingError", "processing_error", NULL,
    "An error occurred while processing your card. Try again in a little bit." },
  { "authenticationRequired", "authentication_required", "authentication_required",
    "Your card was declined. This transaction requires authentication." },
};

const Card *
card_find (const char *payload)
{
  const char *name = payload;

  if (g_str_has_prefix (name, "tok_"))
    name += strlen ("tok_");
  else if (g_str_has_prefix (name, "pm_card_"))
    name += strlen ("pm_card_");
  else
    return NULL;
  if (g_str_has_prefix (name, "visa_chargeDeclined"))
    name += strlen ("visa_");
  for (gsize i = 0; i < G_N_ELEMENTS (cards); i++)
    if (strcmp (cards[i].name, name) == 0)
      return &cards[i];
  return NULL;
}

static void
free_intent (Intent *intent)
{
  g_free (intent->id);
  g_free (intent->charge);
  g_free (intent->account);
  g_free (intent->currency);
  g_free (intent->receipt_email);
  json_object_unref (intent->metadata);
  g_free (intent);
}

static void
free_refund (Refund *refund)
{
  g_free (refund->id);
  json_object_unref (refund->metadata);
  g_free (refund);
}

StandIn *
stand_in_new (const char *key)
{
  StandIn *self = g_new0 (StandIn, 1);

  self->key = g_strdup (key);
  self->client_id = g_strdup ("ca_standin");
  self->intents = g_ptr_array_new_with_free_func ((GDestroyNotify) free_intent);
  self->intents_by_id = g_hash_table_new (g_str_hash, g_str_equal);
  self->intents_by_charge = g_hash_table_new (g_str_hash, g_str_equal);
  self->intents_by_purchase = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->refunds = g_ptr_array_new_with_free_func ((GDestroyNotify) free_refund);
  self->accounts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->codes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->chance = g_rand_new_with_seed (1);
  return self;
}

void
stand_in_free (StandIn *self)
{
  if (self->log != NULL)
    fclose (self->log);
  g_clear_object ((GObject **) &self->session);
  g_hash_table_unref (self->intents_by_id);
  g_hash_table_unref (self->intents_by_charge);
  g_hash_table_unref (self->intents_by_purchase);
  g_clear_pointer (&self->keys, g_hash_table_unref);
  g_ptr_array_unref (self->refunds);
  g_ptr_array_unref (self->intents);
  g_hash_table_unref (self->accounts);
  g_hash_table_unref (self->codes);
  g_rand_free (self->chance);
  g_free (self->webhook_url);
  g_free (self->webhook_secret);
  g_free (self->client_id);
  g_free (self->key);
  g_free (self);
}

char *
stand_in_new_id (StandIn *self, const char *prefix)
{
  return g_strdup_printf ("%s_3standin%016" G_GINT64_MODIFIER "x", prefix, ++self->n_ids);
}

static JsonObject *
read_metadata (const Form *form)
{
  JsonObject *metadata = json_object_new ();

  for (guint i = 0; form != NULL && i < form->names->len; i++)
    {
      const char *name = form->names->pdata[i];

      if (g_str_has_prefix (name, "metadata["))
        {
          g_autofree char *member = g_strdup (name + strlen ("metadata["));

          member[strlen (member) - 1] = '\0';
          json_object_set_string_member (metadata, member, form->values->pdata[i]);
        }
    }
  return metadata;
}

static gint64
get_now_s (void)
{
  return g_get_real_time () / G_USEC_PER_SEC;
}

Intent *
ledger_add_intent (StandIn *self, const Form *form, const char *account, const Card *card)
{
  Intent *intent = g_new0 (Intent, 1);

  intent->id = stand_in_new_id (self, "pi");
  intent->charge = stand_in_new_id (self, "ch");
  intent->index = self->intents->len;
  intent->account = g_strdup (account);
  intent->amount = g_ascii_strtoll (form_get (form, "amount"), NULL, 10);
  intent->currency = g_strdup (form_get (form, "currency"));
  intent->receipt_email = g_strdup (form_get (form, "receipt_email"));
  intent->card = card;
  intent->metadata = read_metadata (form);
  intent->created = get_now_s ();
  intent->status = "requires_confirmation";
  g_ptr_array_add (self->intents, intent);
  g_hash_table_insert (self->intents_by_id, intent->id, intent);
  g_hash_table_insert (self->intents_by_charge, intent->charge, intent);
  return intent;
}

static const char *
get_text (JsonObject *object, const char *name)
{
  return json_object_has_member (object, name) ? json_object_get_string_member (object, name) : "";
}

static void
write_log (StandIn *self, const char *type, const Intent *intent, const char *id, gint64 amount)
{
  g_autoptr (JsonObject) line = json_object_new ();
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  g_autofree char *text = NULL;

  if (self->log == NULL)
    return;
  json_object_set_string_member (line, "type", type);
  json_object_set_string_member (line, "id", id);
  json_object_set_string_member (line, "payment_intent", intent->id);
  json_object_set_string_member (line, "purchase", get_text (intent->metadata, "bitket_purchase"));
  json_object_set_string_member (line, "ticket_ownerships",
                                 get_text (intent->metadata, "bitket_ticket_ownerships"));
  json_object_set_string_member (line, "account", intent->account);
  json_object_set_int_member (line, "amount", amount);
  json_object_set_int_member (line, "at_us", g_get_real_time ());
  json_node_set_object (node, line);
  text = json_to_string (node, FALSE);
  fprintf (self->log, "%s\n", text);
  fflush (self->log);
}

static void
count_purchase (StandIn *self, const Intent *intent)
{
  const char *purchase = get_text (intent->metadata, "bitket_purchase");
  guint n;

  if (*purchase == '\0')
    return;
  n = GPOINTER_TO_UINT (g_hash_table_lookup (self->intents_by_purchase, purchase)) + 1;
  g_hash_table_insert (self->intents_by_purchase, g_strdup (purchase), GUINT_TO_POINTER (n));
  if (n == 2)
    self->n_double++;
}

void
ledger_settle (StandIn *self, Intent *intent, const char *status)
{
  intent->status = status;
  if (strcmp (status, "succeeded") == 0)
    {
      self->n_succeeded++;
      self->charged += intent->amount;
      count_purchase (self, intent);
      write_log (self, "charge", intent, intent->charge, intent->amount);
      webhook_send (self, "payment_intent.succeeded", intent->account,
                    ledger_describe_intent (intent));
    }
  else if (strcmp (status, "requires_payment_method") == 0)
    {
      self->n_declined++;
      write_log (self, "decline", intent, intent->charge, intent->amount);
      webhook_send (self, "payment_intent.payment_failed", intent->account,
                    ledger_describe_intent (intent));
    }
}

Refund *
ledger_add_refund (StandIn *self, Intent *intent, gint64 amount, const Form *form)
{
  Refund *refund = g_new0 (Refund, 1);

  refund->id = stand_in_new_id (self, "re");
  refund->intent = intent;
  refund->amount = amount;
  refund->metadata = read_metadata (form);
  refund->created = get_now_s ();
  intent->amount_refunded += amount;
  self->refunded += amount;
  g_ptr_array_add (self->refunds, refund);
  write_log (self, "refund", intent, refund->id, amount);
  webhook_send (self, "charge.refunded", intent->account, ledger_describe_charge (intent));
  return refund;
}

static void
set_optional (JsonObject *object, const char *name, const char *value)
{
  if (value != NULL)
    json_object_set_string_member (object, name, value);
  else
    json_object_set_null_member (object, name);
}

static JsonObject *
describe_failure (const Intent *intent)
{
  JsonObject *failure = json_object_new ();
  g_autofree char *doc =
      g_strconcat ("https://stripe.com/docs/error-codes/", intent->card->code, NULL);

  json_object_set_string_member (failure, "charge", intent->charge);
  json_object_set_string_member (failure, "code", intent->card->code);
  if (intent->card->decline_code != NULL)
    json_object_set_string_member (failure, "decline_code", intent->card->decline_code);
  json_object_set_string_member (failure, "doc_url", doc);
  json_object_set_string_member (failure, "message", intent->card->message);
  json_object_set_string_member (failure, "type", "card_error");
  return failure;
}

static gboolean
is_paid (const Intent *intent)
{
  return strcmp (intent->status, "succeeded") == 0;
}

JsonObject *
ledger_describe_intent (const Intent *intent)
{
  JsonObject *object = json_object_new ();
  JsonArray *types = json_array_new ();
  gboolean failed = strcmp (intent->status, "requires_payment_method") == 0;

  json_object_set_string_member (object, "id", intent->id);
  json_object_set_string_member (object, "object", "payment_intent");
  json_object_set_int_member (object, "amount", intent->amount);
  json_object_set_int_member (object, "amount_received", is_paid (intent) ? intent->amount : 0);
  json_object_set_string_member (object, "capture_method", "automatic_async");
  json_object_set_int_member (object, "created", intent->created);
  json_object_set_string_member (object, "currency", intent->currency);
  set_optional (object, "latest_charge", is_paid (intent) || failed ? intent->charge : NULL);
  if (failed)
    json_object_set_object_member (object, "last_payment_error", describe_failure (intent));
  else
    json_object_set_null_member (object, "last_payment_error");
  json_object_set_boolean_member (object, "livemode", FALSE);
  json_object_set_object_member (object, "metadata", json_object_ref (intent->metadata));
  json_object_set_null_member (object, "next_action");
  json_array_add_string_element (types, "card");
  json_object_set_array_member (object, "payment_method_types", types);
  set_optional (object, "receipt_email", intent->receipt_email);
  json_object_set_string_member (object, "status", intent->status);
  return object;
}

JsonObject *
ledger_describe_charge (const Intent *intent)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "id", intent->charge);
  json_object_set_string_member (object, "object", "charge");
  json_object_set_int_member (object, "amount", intent->amount);
  json_object_set_int_member (object, "amount_captured", is_paid (intent) ? intent->amount : 0);
  json_object_set_int_member (object, "amount_refunded", intent->amount_refunded);
  json_object_set_boolean_member (object, "captured", is_paid (intent));
  json_object_set_int_member (object, "created", intent->created);
  json_object_set_string_member (object, "currency", intent->currency);
  json_object_set_boolean_member (object, "livemode", FALSE);
  json_object_set_object_member (object, "metadata", json_object_ref (intent->metadata));
  json_object_set_boolean_member (object, "paid", is_paid (intent));
  json_object_set_string_member (object, "payment_intent", intent->id);
  json_object_set_boolean_member (object, "refunded",
                                  is_paid (intent) && intent->amount_refunded == intent->amount);
  json_object_set_string_member (object, "status", is_paid (intent) ? "succeeded" : "failed");
  return object;
}

JsonObject *
ledger_describe_refund (const Refund *refund)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "id", refund->id);
  json_object_set_string_member (object, "object", "refund");
  json_object_set_int_member (object, "amount", refund->amount);
  json_object_set_string_member (object, "charge", refund->intent->charge);
  json_object_set_int_member (object, "created", refund->created);
  json_object_set_string_member (object, "currency", refund->intent->currency);
  json_object_set_object_member (object, "metadata", json_object_ref (refund->metadata));
  json_object_set_string_member (object, "payment_intent", refund->intent->id);
  json_object_set_null_member (object, "reason");
  json_object_set_string_member (object, "status", "succeeded");
  return object;
}

JsonObject *
ledger_describe_error (const Intent *intent)
{
  JsonObject *object = json_object_new ();
  JsonObject *failure = describe_failure (intent);

  json_object_set_object_member (failure, "payment_intent", ledger_describe_intent (intent));
  json_object_set_object_member (object, "error", failure);
  return object;
}

JsonObject *
ledger_sums (StandIn *self)
{
  JsonObject *sums = json_object_new ();

  json_object_set_int_member (sums, "n_charges", self->n_succeeded);
  json_object_set_int_member (sums, "charged", self->charged);
  json_object_set_int_member (sums, "n_declined", self->n_declined);
  json_object_set_int_member (sums, "n_refunds", self->refunds->len);
  json_object_set_int_member (sums, "refunded", self->refunded);
  json_object_set_int_member (sums, "n_double", self->n_double);
  return sums;
}
