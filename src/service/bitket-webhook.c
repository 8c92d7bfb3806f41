/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-webhook.h"

#include <sodium.h>
#include <string.h>

#include "bitket-json-reader.h"

#define MAX_TEXT_LEN   255
#define MAX_SIGNATURES 16
#define HEX_LEN        (2 * crypto_auth_hmacsha256_BYTES)

/* Text after a run of digits that is a number of seconds a clock could show. */
static gboolean
read_time (const char *text, gint64 *time_s)
{
  guint64 value;

  if (!g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT64 / G_USEC_PER_SEC, &value, NULL))
    return FALSE;
  *time_s = (gint64) value;
  return TRUE;
}

static void
compute_mac (const char *time_text, GBytes *body, const char *secret, char hex[HEX_LEN + 1])
{
  crypto_auth_hmacsha256_state state;
  guint8 mac[crypto_auth_hmacsha256_BYTES];
  gsize len;
  const guint8 *data = g_bytes_get_data (body, &len);

  crypto_auth_hmacsha256_init (&state, (const guint8 *) secret, strlen (secret));
  crypto_auth_hmacsha256_update (&state, (const guint8 *) time_text, strlen (time_text));
  crypto_auth_hmacsha256_update (&state, (const guint8 *) ".", 1);
  if (len > 0)
    crypto_auth_hmacsha256_update (&state, data, len);
  crypto_auth_hmacsha256_final (&state, mac);
  sodium_bin2hex (hex, HEX_LEN + 1, mac, sizeof mac);
}

gboolean
bitket_webhook_check_signature (const char *header, GBytes *body, const char *secret, gint64 now_us)
{
  g_auto (GStrv) parts = NULL;
  const char *time_text = NULL;
  gboolean fits = FALSE;
  char wanted[HEX_LEN + 1];
  gint64 time_s;

  g_return_val_if_fail (body != NULL && secret != NULL, FALSE);

  if (header == NULL)
    return FALSE;
  parts = g_strsplit (header, ",", MAX_SIGNATURES + 1);
  for (guint i = 0; parts[i] != NULL && time_text == NULL; i++)
    if (g_str_has_prefix (g_strstrip (parts[i]), "t="))
      time_text = parts[i] + strlen ("t=");
  if (time_text == NULL || !read_time (time_text, &time_s) ||
      ABS (now_us - time_s * G_USEC_PER_SEC) > BITKET_WEBHOOK_TOLERANCE_US)
    return FALSE;
  compute_mac (time_text, body, secret, wanted);
  for (guint i = 0; parts[i] != NULL; i++)
    {
      const char *given = g_strstrip (parts[i]);

      if (g_str_has_prefix (given, "v1=") && strlen (given) == strlen ("v1=") + HEX_LEN &&
          sodium_memcmp (given + strlen ("v1="), wanted, HEX_LEN) == 0)
        fits = TRUE;
    }
  return fits;
}

static const struct
{
  const char *type;
  BitketWebhookKind kind;
} kinds[] = {
  { "payment_intent.succeeded", BITKET_WEBHOOK_PAYMENT_SUCCEEDED },
  { "payment_intent.payment_failed", BITKET_WEBHOOK_PAYMENT_FAILED },
  { "charge.refunded", BITKET_WEBHOOK_CHARGE_REFUNDED },
  { "account.application.deauthorized", BITKET_WEBHOOK_DEAUTHORIZED },
};

static BitketWebhookKind
find_kind (const char *type)
{
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (strcmp (kinds[i].type, type) == 0)
      return kinds[i].kind;
  return BITKET_WEBHOOK_OTHER;
}

static gboolean
read_text (BitketJsonReader *reader, const char *member, char **value)
{
  const char *text;

  if (!bitket_json_read_string (reader, member, &text, NULL) || *text == '\0' ||
      strlen (text) > MAX_TEXT_LEN)
    return FALSE;
  *value = g_strdup (text);
  return TRUE;
}

/* What may be missing, but is a text when it is there. */
static gboolean
read_text_or_none (BitketJsonReader *reader, const char *member, char **value)
{
  return !bitket_json_reader_has (reader, member) || read_text (reader, member, value);
}

static gboolean
read_payment (BitketJsonReader *object, BitketWebhookEvent *event)
{
  g_auto (BitketJsonReader) metadata = { NULL, NULL };

  if (!read_text (object, "id", &event->object))
    return FALSE;
  return !bitket_json_reader_has (object, "metadata") ||
         (bitket_json_read_object (object, "metadata", &metadata, NULL) &&
          read_text_or_none (&metadata, "bitket_purchase", &event->purchase));
}

static gboolean
read_charge (BitketJsonReader *object, BitketWebhookEvent *event)
{
  return read_text (object, "id", &event->object) &&
         read_text_or_none (object, "payment_intent", &event->payment_intent) &&
         bitket_json_read_int (object, "amount_refunded", 0, G_MAXINT64, &event->refunded_ore,
                               NULL);
}

static gboolean
read_object (BitketJsonReader *reader, BitketWebhookEvent *event)
{
  g_auto (BitketJsonReader) data = { NULL, NULL };
  g_auto (BitketJsonReader) object = { NULL, NULL };

  if (!bitket_json_read_object (reader, "data", &data, NULL) ||
      !bitket_json_read_object (&data, "object", &object, NULL))
    return FALSE;
  switch (event->kind)
    {
    case BITKET_WEBHOOK_PAYMENT_SUCCEEDED:
    case BITKET_WEBHOOK_PAYMENT_FAILED:
      return read_payment (&object, event);
    case BITKET_WEBHOOK_CHARGE_REFUNDED:
      return read_charge (&object, event);
    case BITKET_WEBHOOK_DEAUTHORIZED:
    case BITKET_WEBHOOK_OTHER:
      return TRUE;
    }
  return FALSE;
}

BitketWebhookEvent *
bitket_webhook_event_parse (GBytes *body)
{
  g_autoptr (BitketWebhookEvent) event = g_new0 (BitketWebhookEvent, 1);
  g_autoptr (JsonNode) node = NULL;
  g_auto (BitketJsonReader) reader = { NULL, NULL };
  gint64 created_s;
  gsize len = 0;
  const char *text;

  g_return_val_if_fail (body != NULL, NULL);

  text = g_bytes_get_data (body, &len);
  node = len == 0 ? NULL : bitket_json_parse (text, (gssize) len, NULL);
  if (node == NULL || !bitket_json_reader_init (&reader, node, NULL, NULL) ||
      !read_text (&reader, "id", &event->id) || !g_str_has_prefix (event->id, "evt_") ||
      !read_text (&reader, "type", &event->type) ||
      !read_text_or_none (&reader, "account", &event->account) ||
      !bitket_json_read_int (&reader, "created", 0, G_MAXINT64 / G_USEC_PER_SEC, &created_s, NULL))
    return NULL;
  event->kind = find_kind (event->type);
  event->created_us = created_s * G_USEC_PER_SEC;
  if (event->account == NULL)
    event->account = g_strdup ("");
  return read_object (&reader, event) ? g_steal_pointer (&event) : NULL;
}

void
bitket_webhook_event_free (BitketWebhookEvent *event)
{
  g_return_if_fail (event != NULL);

  g_free (event->id);
  g_free (event->type);
  g_free (event->account);
  g_free (event->object);
  g_free (event->payment_intent);
  g_free (event->purchase);
  g_free (event);
}
