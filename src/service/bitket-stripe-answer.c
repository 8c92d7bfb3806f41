/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-stripe-answer.h"

#include <string.h>

#include "bitket-json-reader.h"

/* As long as the ledger's column. */
#define MAX_ID_LEN      64
#define DEFAULT_MESSAGE "The payment failed."

static BitketChargeResult *
make_unknown (void)
{
  return bitket_charge_result_new (BITKET_CHARGE_UNKNOWN, NULL, NULL);
}

static JsonNode *
parse_body (GBytes *body)
{
  gsize len = 0;
  const char *text = body == NULL ? NULL : g_bytes_get_data (body, &len);

  return len == 0 ? NULL : bitket_json_parse (text, (gssize) len, NULL);
}

static gboolean
is_id (const char *id, const char *prefix)
{
  gsize len = strlen (id);

  return g_str_has_prefix (id, prefix) && len > strlen (prefix) && len <= MAX_ID_LEN &&
         strspn (id, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_") == len;
}

/* The id of an object of the kind. Returns: %FALSE when it is something else. */
static gboolean
read_identity (BitketJsonReader *reader, const char *object, const char *prefix, const char **id)
{
  const char *kind;

  return bitket_json_read_string (reader, "object", &kind, NULL) && strcmp (kind, object) == 0 &&
         bitket_json_read_string (reader, "id", id, NULL) && is_id (*id, prefix);
}

typedef struct
{
  const char *type;
  const char *code;
  const char *message;
} StripeError;

static BitketChargeOutcome
judge_error (guint status, const StripeError *error)
{
  /* 409: the same key is in work. 429: too many at once, or somebody else holds the object. An
   * idempotency error says that something was asked for with this key before: it may have been
   * paid. After a 5xx nobody knows. */
  if (status == 409 || status == 429 || status >= 500 ||
      strcmp (error->type, "idempotency_error") == 0 || strcmp (error->code, "lock_timeout") == 0)
    return BITKET_CHARGE_UNKNOWN;
  if (status == 402)
    return BITKET_CHARGE_DECLINED;
  return status >= 400 ? BITKET_CHARGE_REFUSED : BITKET_CHARGE_UNKNOWN;
}

/* Returns: (transfer full): UNKNOWN when it is no error of Stripe's, but of something between. */
static BitketChargeResult *
read_error (guint status, BitketJsonReader *answer, gboolean tells_refusal)
{
  g_auto (BitketJsonReader) reader = { NULL, NULL };
  StripeError error = { NULL, NULL, NULL };
  BitketChargeOutcome outcome;

  if (!bitket_json_read_object (answer, "error", &reader, NULL) ||
      !bitket_json_read_string (&reader, "type", &error.type, NULL) ||
      !bitket_json_read_string_or (&reader, "code", "", &error.code, NULL) ||
      !bitket_json_read_string_or (&reader, "message", "", &error.message, NULL))
    return make_unknown ();
  outcome = judge_error (status, &error);
  if (outcome != BITKET_CHARGE_DECLINED)
    g_info ("Stripe answered %u %s %s", status, error.type, error.code);
  if (outcome == BITKET_CHARGE_UNKNOWN || (outcome == BITKET_CHARGE_REFUSED && !tells_refusal))
    return bitket_charge_result_new (outcome, NULL, NULL);
  return bitket_charge_result_new (outcome, NULL,
                                   *error.message != '\0' ? error.message : DEFAULT_MESSAGE);
}

/* A PaymentIntent that was looked up: why did its last attempt fail? */
static BitketChargeResult *
read_failed_intent (BitketJsonReader *intent)
{
  g_auto (BitketJsonReader) reader = { NULL, NULL };
  const char *message = "";

  /* It may be in the middle of its first attempt. */
  if (!bitket_json_reader_has (intent, "last_payment_error") ||
      !bitket_json_read_object (intent, "last_payment_error", &reader, NULL) ||
      !bitket_json_read_string_or (&reader, "message", "", &message, NULL))
    return make_unknown ();
  return bitket_charge_result_new (BITKET_CHARGE_DECLINED, NULL,
                                   *message != '\0' ? message : DEFAULT_MESSAGE);
}

static BitketChargeResult *
read_intent_object (BitketJsonReader *intent)
{
  const char *id, *status;

  if (!read_identity (intent, "payment_intent", "pi_", &id) ||
      !bitket_json_read_string (intent, "status", &status, NULL))
    return make_unknown ();
  if (strcmp (status, "succeeded") == 0)
    return bitket_charge_result_new (BITKET_CHARGE_SUCCEEDED, id, NULL);
  if (strcmp (status, "requires_payment_method") == 0)
    return read_failed_intent (intent);
  if (strcmp (status, "canceled") == 0)
    return bitket_charge_result_new (BITKET_CHARGE_DECLINED, NULL, DEFAULT_MESSAGE);
  return make_unknown ();
}

static BitketChargeResult *
read_refund_object (BitketJsonReader *refund)
{
  const char *id, *status;

  if (!read_identity (refund, "refund", "re_", &id) ||
      !bitket_json_read_string (refund, "status", &status, NULL))
    return make_unknown ();
  /* A pending refund is on its way: Stripe has taken it. */
  if (strcmp (status, "succeeded") == 0 || strcmp (status, "pending") == 0)
    return bitket_charge_result_new (BITKET_CHARGE_SUCCEEDED, id, NULL);
  if (strcmp (status, "failed") == 0 || strcmp (status, "canceled") == 0)
    return bitket_charge_result_new (BITKET_CHARGE_DECLINED, NULL, "The refund failed.");
  return make_unknown ();
}

typedef BitketChargeResult *(*ObjectReader) (BitketJsonReader *reader);

static BitketChargeResult *
read_answer (guint status, GBytes *body, ObjectReader read_object, gboolean tells_refusal)
{
  g_autoptr (JsonNode) node = parse_body (body);
  g_auto (BitketJsonReader) reader = { NULL, NULL };

  if (node == NULL || !bitket_json_reader_init (&reader, node, NULL, NULL))
    return make_unknown ();
  return status == 200 ? read_object (&reader) : read_error (status, &reader, tells_refusal);
}

BitketChargeResult *
bitket_stripe_read_intent (guint status, GBytes *body)
{
  return read_answer (status, body, read_intent_object, FALSE);
}

BitketChargeResult *
bitket_stripe_read_refund (guint status, GBytes *body)
{
  return read_answer (status, body, read_refund_object, TRUE);
}

void
bitket_stripe_page_clear (BitketStripePage *page)
{
  g_clear_pointer (&page->found, bitket_charge_result_free);
  g_clear_pointer (&page->last_id, g_free);
}

/* What differs between the lists. */
static const struct
{
  const char *object;
  const char *prefix;
  const char *member; /* of the metadata */
  ObjectReader read;
} lists[] = {
  [BITKET_STRIPE_LIST_INTENTS] = { "payment_intent", "pi_", "bitket_purchase", read_intent_object },
  [BITKET_STRIPE_LIST_REFUNDS] = { "refund", "re_", "bitket_refund", read_refund_object },
};

/* Returns: %FALSE when the element is none of the list's kind. */
static gboolean
read_element (BitketStripeList list,
              BitketJsonReader *element,
              const char *wanted,
              BitketStripePage *page)
{
  g_auto (BitketJsonReader) metadata = { NULL, NULL };
  const char *id, *value = "";

  if (!read_identity (element, lists[list].object, lists[list].prefix, &id))
    return FALSE;
  g_free (page->last_id);
  page->last_id = g_strdup (id);
  if (page->found != NULL || !bitket_json_reader_has (element, "metadata"))
    return TRUE;
  if (!bitket_json_read_object (element, "metadata", &metadata, NULL) ||
      !bitket_json_read_string_or (&metadata, lists[list].member, "", &value, NULL))
    return FALSE;
  if (strcmp (value, wanted) == 0)
    page->found = lists[list].read (element);
  return TRUE;
}

gboolean
bitket_stripe_read_page (BitketStripeList list,
                         guint status,
                         GBytes *body,
                         const char *wanted,
                         BitketStripePage *page)
{
  g_autoptr (JsonNode) node = parse_body (body);
  g_auto (BitketJsonReader) reader = { NULL, NULL };
  g_auto (BitketStripePage) read = { NULL, NULL, FALSE };
  JsonArray *data = NULL;

  g_return_val_if_fail (list != BITKET_STRIPE_LIST_NONE && wanted != NULL, FALSE);

  if (status != 200 || node == NULL || !bitket_json_reader_init (&reader, node, NULL, NULL) ||
      !bitket_json_read_array (&reader, "data", &data, NULL) ||
      !bitket_json_read_boolean (&reader, "has_more", &read.has_more, NULL))
    return FALSE;
  for (guint i = 0; i < json_array_get_length (data); i++)
    {
      g_auto (BitketJsonReader) element = { NULL, NULL };

      if (!bitket_json_read_element (&reader, "data", data, i, &element, NULL) ||
          !read_element (list, &element, wanted, &read))
        return FALSE;
    }
  /* An empty page that promises more would be asked for without end. */
  if (read.has_more && read.last_id == NULL)
    return FALSE;
  *page = read;
  memset (&read, 0, sizeof read);
  return TRUE;
}
