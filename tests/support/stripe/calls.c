/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "stand-in-private.h"

#define SEK_MIN   300
#define MONEY_MAX 99999999

void
stripe_reply_clear (StripeReply *reply)
{
  g_clear_pointer (&reply->json, json_object_unref);
  g_clear_pointer (&reply->location, g_free);
}

static void
set_error (StripeReply *reply,
           guint status,
           const char *type,
           const char *code,
           const char *param,
           const char *message)
{
  JsonObject *error = json_object_new ();

  if (code != NULL)
    {
      g_autofree char *doc = g_strconcat ("https://stripe.com/docs/error-codes/", code, NULL);

      json_object_set_string_member (error, "code", code);
      json_object_set_string_member (error, "doc_url", doc);
    }
  json_object_set_string_member (error, "message", message);
  if (param != NULL)
    json_object_set_string_member (error, "param", param);
  json_object_set_string_member (error, "type", type);
  stripe_reply_clear (reply);
  reply->status = status;
  reply->json = json_object_new ();
  json_object_set_object_member (reply->json, "error", error);
}

void
reply_error (StripeReply *reply,
             guint status,
             const char *type,
             const char *code,
             const char *param,
             const char *message_format,
             ...)
{
  g_autofree char *message = NULL;
  va_list arguments;

  va_start (arguments, message_format);
  message = g_strdup_vprintf (message_format, arguments);
  va_end (arguments);
  set_error (reply, status, type, code, param, message);
}

void
reply_invalid (StripeReply *reply, const char *code, const char *param, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list arguments;

  va_start (arguments, format);
  message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  set_error (reply, 400, "invalid_request_error", code, param, message);
}

static void
reply_object (StripeReply *reply, JsonObject *object)
{
  reply->status = 200;
  reply->json = object;
}

static void
reply_missing (StripeReply *reply,
               guint status,
               const char *what,
               const char *param,
               const char *id)
{
  reply_error (reply, status, "invalid_request_error", "resource_missing", param,
               "No such %s: '%s'", what, id);
}

/* Returns: (nullable): %NULL with an answer when there is none in the caller's account. */
static Intent *
find_intent (StandIn *self, const StripeCall *call, const char *id, StripeReply *reply)
{
  gboolean is_charge = !g_str_has_prefix (id, "pi_");
  Intent *intent =
      g_hash_table_lookup (is_charge ? self->intents_by_charge : self->intents_by_id, id);

  if (intent != NULL && strcmp (intent->account, call->account) == 0)
    return intent;
  reply_missing (reply, 404, is_charge ? "charge" : "payment_intent",
                 is_charge ? "charge" : "intent", id);
  return NULL;
}

/* Whether there is exactly one way to pay, and the card is a test card. */
static const Card *
read_card (const StripeCall *call, StripeReply *reply)
{
  const char *method = form_get (call->form, "payment_method");
  const char *token = form_get (call->form, "payment_method_data[card][token]");
  const char *type = form_get (call->form, "payment_method_data[type]");
  const Card *card;

  if (method != NULL && (token != NULL || type != NULL))
    reply_invalid (reply, NULL, "payment_method",
                   "You may only specify one of these parameters: payment_method, "
                   "payment_method_data.");
  else if (method == NULL && token == NULL)
    reply_invalid (reply, "payment_intent_unexpected_state", NULL,
                   "You cannot confirm this PaymentIntent because it's missing a payment method.");
  else if (method == NULL && g_strcmp0 (type, "card") != 0)
    reply_invalid (reply, "parameter_missing", "payment_method_data[type]",
                   "Missing required param: payment_method_data[type].");
  else if ((card = card_find (method != NULL ? method : token)) == NULL ||
           (method != NULL && !g_str_has_prefix (method, "pm_")) ||
           (token != NULL && !g_str_has_prefix (token, "tok_")))
    reply_missing (reply, 400, method != NULL ? "PaymentMethod" : "token",
                   method != NULL ? "payment_method" : "payment_method_data[card][token]",
                   method != NULL ? method : token);
  else
    return card;
  return NULL;
}

static gboolean
check_intent (const StripeCall *call, StripeReply *reply)
{
  static const char *const allowed[] = {
    "amount",
    "currency",
    "confirm",
    "error_on_requires_action",
    "payment_method_types[]",
    "payment_method_data[type]",
    "payment_method_data[card][token]",
    "payment_method",
    "receipt_email",
    "metadata[]",
    "description",
    "statement_descriptor_suffix",
    NULL,
  };
  static const char *const needed[] = { "amount", "currency", NULL };
  const char *types = form_get (call->form, "payment_method_types[]");
  const char *email = form_get (call->form, "receipt_email");
  gint64 amount;

  if (!check_names (call->form, allowed, reply) || !check_needed (call->form, needed, reply) ||
      !read_integer (call->form, "amount", 1, MONEY_MAX, 0, &amount, reply))
    return FALSE;
  if (strcmp (form_get (call->form, "currency"), "sek") != 0)
    reply_invalid (reply, NULL, "currency",
                   "Invalid currency: %s. Stripe currently supports these "
                   "currencies: sek",
                   form_get (call->form, "currency"));
  else if (amount < SEK_MIN)
    reply_invalid (reply, "amount_too_small", "amount", "Amount must be at least kr3.00 sek");
  else if (g_strcmp0 (form_get (call->form, "confirm"), "true") != 0)
    reply_invalid (reply, NULL, "confirm", "This stand-in takes confirm=true only.");
  else if (types != NULL && strcmp (types, "card") != 0)
    reply_invalid (reply, NULL, "payment_method_types",
                   "The payment method type \"%s\" is invalid.", types);
  else if (email != NULL && strchr (email, '@') == NULL)
    reply_invalid (reply, "email_invalid", "receipt_email", "Invalid email address: %s", email);
  else
    return TRUE;
  return FALSE;
}

static const Card *
draw_card (StandIn *self, const Card *card)
{
  if (card->code == NULL && self->faults.decline_percent > 0 &&
      (guint) g_rand_int_range (self->chance, 0, 100) < self->faults.decline_percent)
    return card_find ("tok_chargeDeclined");
  return card;
}

static void
create_intent (StandIn *self, const StripeCall *call, StripeReply *reply)
{
  const Card *card;
  Intent *intent;

  if (!check_intent (call, reply) || (card = read_card (call, reply)) == NULL)
    return;
  card = draw_card (self, card);
  intent = ledger_add_intent (self, call->form, call->account, card);
  reply->is_saved = TRUE;
  if (card->code == NULL)
    {
      ledger_settle (self, intent, "succeeded");
      reply->moved_money = TRUE;
      reply_object (reply, ledger_describe_intent (intent));
    }
  else if (strcmp (card->code, "authentication_required") == 0 &&
           g_strcmp0 (form_get (call->form, "error_on_requires_action"), "true") != 0)
    {
      ledger_settle (self, intent, "requires_action");
      reply_object (reply, ledger_describe_intent (intent));
    }
  else
    {
      ledger_settle (self, intent, "requires_payment_method");
      reply->status = 402;
      reply->json = ledger_describe_error (intent);
    }
}

static void
cancel_intent (StandIn *self, const StripeCall *call, Intent *intent, StripeReply *reply)
{
  static const char *const allowed[] = { "cancellation_reason", NULL };

  if (!check_names (call->form, allowed, reply))
    return;
  if (strcmp (intent->status, "succeeded") == 0 || strcmp (intent->status, "canceled") == 0)
    {
      reply_invalid (reply, "payment_intent_unexpected_state", NULL,
                     "You cannot cancel this PaymentIntent because it has a status of %s.",
                     intent->status);
      return;
    }
  reply->is_saved = TRUE;
  ledger_settle (self, intent, "canceled");
  reply_object (reply, ledger_describe_intent (intent));
}

static Intent *
read_payment (StandIn *self, const StripeCall *call, StripeReply *reply)
{
  const char *charge = form_get (call->form, "charge");
  const char *intent = form_get (call->form, "payment_intent");

  if ((charge == NULL) == (intent == NULL))
    {
      reply_invalid (reply, "parameter_missing", NULL,
                     "One of the following params should be provided for this request: "
                     "payment_intent or charge.");
      return NULL;
    }
  if (charge != NULL && g_str_has_prefix (charge, "pi_"))
    {
      reply_missing (reply, 404, "charge", "charge", charge);
      return NULL;
    }
  return find_intent (self, call, charge != NULL ? charge : intent, reply);
}

static void
create_refund (StandIn *self, const StripeCall *call, StripeReply *reply)
{
  static const char *const allowed[] = { "charge", "payment_intent", "amount",
                                         "reason", "metadata[]",     NULL };
  Intent *intent;
  gint64 amount, left;

  if (!check_names (call->form, allowed, reply) ||
      (intent = read_payment (self, call, reply)) == NULL)
    return;
  left = intent->amount - intent->amount_refunded;
  if (!read_integer (call->form, "amount", 1, MONEY_MAX, left, &amount, reply))
    return;
  if (strcmp (intent->status, "succeeded") != 0)
    reply_invalid (reply, NULL, NULL,
                   "This PaymentIntent (%s) does not have a successful charge to refund.",
                   intent->id);
  else if (left == 0)
    reply_invalid (reply, "charge_already_refunded", NULL, "Charge %s has already been refunded.",
                   intent->charge);
  else if (amount > left)
    reply_invalid (reply, NULL, "amount",
                   "Refund amount (kr%" G_GINT64_FORMAT ".%02d) is greater than unrefunded amount "
                   "on charge (kr%" G_GINT64_FORMAT ".%02d)",
                   amount / 100, (int) (amount % 100), left / 100, (int) (left % 100));
  else
    {
      reply->is_saved = TRUE;
      reply->moved_money = TRUE;
      reply_object (reply,
                    ledger_describe_refund (ledger_add_refund (self, intent, amount, call->form)));
    }
}

/* A page, newest first. */
typedef struct
{
  gint64 limit;
  gint64 since;
  gint64 until;
  const char *after; /* (nullable) */
} Range;

static gboolean
read_range (const StripeCall *call, Range *range, StripeReply *reply)
{
  range->after = form_get (call->form, "starting_after");
  return read_integer (call->form, "limit", 1, 100, 10, &range->limit, reply) &&
         read_integer (call->form, "created[gte]", 0, G_MAXINT64, 0, &range->since, reply) &&
         read_integer (call->form, "created[lte]", 0, G_MAXINT64, G_MAXINT64, &range->until, reply);
}

static void
reply_list (StripeReply *reply, JsonArray *data, gboolean has_more, const char *url)
{
  JsonObject *list = json_object_new ();

  json_object_set_string_member (list, "object", "list");
  json_object_set_array_member (list, "data", data);
  json_object_set_boolean_member (list, "has_more", has_more);
  json_object_set_string_member (list, "url", url);
  reply_object (reply, list);
}

static void
list_intents (StandIn *self, const StripeCall *call, StripeReply *reply)
{
  static const char *const allowed[] = { "limit", "starting_after", "created[gte]", "created[lte]",
                                         NULL };
  guint i = self->intents->len;
  gboolean has_more = FALSE;
  Intent *after;
  JsonArray *data;
  Range range;

  if (!check_names (call->form, allowed, reply) || !read_range (call, &range, reply))
    return;
  if (range.after != NULL)
    {
      after = find_intent (self, call, range.after, reply);
      if (after == NULL)
        return;
      i = after->index;
    }
  data = json_array_new ();
  for (; i > 0 && !has_more; i--)
    {
      const Intent *intent = self->intents->pdata[i - 1];

      if (strcmp (intent->account, call->account) != 0 || intent->created < range.since ||
          intent->created > range.until)
        continue;
      has_more = json_array_get_length (data) == (guint) range.limit;
      if (!has_more)
        json_array_add_object_element (data, ledger_describe_intent (intent));
    }
  reply_list (reply, data, has_more, "/v1/payment_intents");
}

static void
list_refunds (StandIn *self, const StripeCall *call, StripeReply *reply)
{
  static const char *const allowed[] = {
    "limit", "starting_after", "created[gte]", "created[lte]", "charge", "payment_intent", NULL
  };
  const Intent *only;
  gboolean has_more = FALSE, is_after;
  JsonArray *data;
  Range range;

  if (!check_names (call->form, allowed, reply) || !read_range (call, &range, reply) ||
      (only = read_payment (self, call, reply)) == NULL)
    return;
  is_after = range.after == NULL;
  data = json_array_new ();
  for (guint i = self->refunds->len; i > 0 && !has_more; i--)
    {
      const Refund *refund = self->refunds->pdata[i - 1];

      if (refund->intent == only && is_after)
        {
          has_more = json_array_get_length (data) == (guint) range.limit;
          if (!has_more)
            json_array_add_object_element (data, ledger_describe_refund (refund));
        }
      is_after = is_after || strcmp (refund->id, range.after) == 0;
    }
  reply_list (reply, data, has_more, "/v1/refunds");
}

static void
run_intent (StandIn *self, const StripeCall *call, const char *rest, StripeReply *reply)
{
  static const char *const nothing[] = { NULL };
  g_auto (GStrv) parts = g_strsplit (rest, "/", -1);
  gboolean is_get = strcmp (call->method, "GET") == 0;
  Intent *intent = find_intent (self, call, parts[0], reply);

  if (intent == NULL)
    return;
  if (is_get && parts[1] == NULL && check_names (call->form, nothing, reply))
    reply_object (reply, ledger_describe_intent (intent));
  else if (!is_get && g_strcmp0 (parts[1], "cancel") == 0)
    cancel_intent (self, call, intent, reply);
}

static void
run_charge (StandIn *self, const StripeCall *call, const char *id, StripeReply *reply)
{
  Intent *intent = find_intent (self, call, id, reply);

  if (intent != NULL)
    reply_object (reply, ledger_describe_charge (intent));
}

void
calls_run (StandIn *self, const StripeCall *call, StripeReply *reply)
{
  gboolean is_get = strcmp (call->method, "GET") == 0;
  gboolean is_post = strcmp (call->method, "POST") == 0;

  if (is_post && strcmp (call->path, "/v1/payment_intents") == 0)
    create_intent (self, call, reply);
  else if (is_get && strcmp (call->path, "/v1/payment_intents") == 0)
    list_intents (self, call, reply);
  else if (is_post && strcmp (call->path, "/v1/refunds") == 0)
    create_refund (self, call, reply);
  else if (is_get && strcmp (call->path, "/v1/refunds") == 0)
    list_refunds (self, call, reply);
  else if (g_str_has_prefix (call->path, "/v1/payment_intents/"))
    run_intent (self, call, call->path + strlen ("/v1/payment_intents/"), reply);
  else if (is_get && g_str_has_prefix (call->path, "/v1/charges/"))
    run_charge (self, call, call->path + strlen ("/v1/charges/"), reply);
  if (reply->status == 0)
    reply_error (reply, 404, "invalid_request_error", NULL, NULL,
                 "Unrecognized request URL (%s: %s). Please see https://stripe.com/docs or we can "
                 "help at https://support.stripe.com/.",
                 call->method, call->path);
}
