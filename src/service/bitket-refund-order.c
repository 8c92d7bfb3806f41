/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

/* Reading what a treasurer orders. */

#include <string.h>

#include "bitket-idempotency.h"
#include "bitket-json-reader.h"
#include "bitket-refund-private.h"
#include "bitket-schema.h"

#define REASON_MAX_CHARS 1000
#define OWNERSHIPS_MAX   500

void
bitket_refund_order_clear (BitketRefundOrder *order)
{
  g_clear_pointer (&order->ownerships, g_ptr_array_unref);
  g_clear_pointer (&order->reason, g_free);
  g_clear_pointer (&order->request_hash, g_free);
}

gboolean
bitket_refund_refuse_field (BitketReply **reply, const char *field, const char *text)
{
  *reply = bitket_reply_new_field_error (field, text);
  return FALSE;
}

gboolean
bitket_refund_refuse (BitketReply **reply, guint status, const char *text)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "detail", text);
  *reply = bitket_reply_new_object (status, object);
  return FALSE;
}

static gboolean
read_amount (BitketJsonReader *reader, BitketRefundOrder *order, BitketReply **reply)
{
  g_autoptr (GError) error = NULL;

  if (!bitket_json_reader_has (reader, MEMBER_AMOUNT))
    return TRUE;
  if (!bitket_json_read_money (reader, MEMBER_AMOUNT, &order->amount_ore, &error))
    return bitket_refund_refuse_field (reply, MEMBER_AMOUNT, "A valid number is required.");
  return order->amount_ore > 0 ||
         bitket_refund_refuse_field (reply, MEMBER_AMOUNT,
                                     "Ensure this value is greater than or equal to 0.01.");
}

gboolean
bitket_refund_order_names (const BitketRefundOrder *order, const char *id)
{
  return g_ptr_array_find_with_equal_func (order->ownerships, id, g_str_equal, NULL);
}

static gboolean
read_ownerships (BitketJsonReader *reader, BitketRefundOrder *order, BitketReply **reply)
{
  JsonArray *array = NULL;

  if (!bitket_json_reader_has (reader, MEMBER_OWNERSHIPS))
    return TRUE;
  if (!bitket_json_read_array (reader, MEMBER_OWNERSHIPS, &array, NULL) ||
      json_array_get_length (array) == 0 || json_array_get_length (array) > OWNERSHIPS_MAX)
    return bitket_refund_refuse_field (
        reply, MEMBER_OWNERSHIPS,
        "Expected a list of 1 to " G_STRINGIFY (OWNERSHIPS_MAX) " tickets.");
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      const char *text;
      char id[BITKET_ID_SIZE];

      if (!bitket_json_read_string_element (reader, MEMBER_OWNERSHIPS, array, i, &text, NULL) ||
          !bitket_hyperlink_parse (text, bitket_ticket_ownership_schema.collection, id, NULL))
        return bitket_refund_refuse_field (reply, MEMBER_OWNERSHIPS,
                                           "Invalid hyperlink - No URL match.");
      if (!bitket_refund_order_names (order, id))
        g_ptr_array_add (order->ownerships, g_strdup (id));
    }
  return TRUE;
}

static gboolean
read_reason (BitketJsonReader *reader, BitketRefundOrder *order, BitketReply **reply)
{
  const char *reason;

  if (!bitket_json_reader_has (reader, MEMBER_REASON))
    return bitket_refund_refuse_field (reply, MEMBER_REASON, "This field is required.");
  if (!bitket_json_read_string (reader, MEMBER_REASON, &reason, NULL))
    return bitket_refund_refuse_field (reply, MEMBER_REASON, "Not a valid string.");
  order->reason = g_strstrip (g_strdup (reason));
  if (*order->reason == '\0')
    return bitket_refund_refuse_field (reply, MEMBER_REASON, "This field may not be blank.");
  return g_utf8_strlen (order->reason, -1) <= REASON_MAX_CHARS ||
         bitket_refund_refuse_field (
             reply, MEMBER_REASON,
             "Ensure this field has no more than " G_STRINGIFY (REASON_MAX_CHARS) " characters.");
}

static gboolean
read_voids (BitketJsonReader *reader, BitketRefundOrder *order, BitketReply **reply)
{
  gboolean voids;

  if (!bitket_json_reader_has (reader, MEMBER_VOIDS))
    return TRUE;
  if (!bitket_json_read_boolean (reader, MEMBER_VOIDS, &voids, NULL))
    return bitket_refund_refuse_field (reply, MEMBER_VOIDS, "Not a valid boolean.");
  order->voids = voids ? BITKET_VOID_YES : BITKET_VOID_NO;
  return TRUE;
}

static gboolean
check_members (JsonObject *object, BitketReply **reply)
{
  static const char *const known[] = { MEMBER_AMOUNT, MEMBER_OWNERSHIPS, MEMBER_REASON,
                                       MEMBER_VOIDS, NULL };
  g_autoptr (GList) members = json_object_get_members (object);

  for (GList *member = members; member != NULL; member = member->next)
    if (!g_strv_contains (known, member->data))
      return bitket_refund_refuse_field (reply, member->data, "Unknown field.");
  return TRUE;
}

/* The same key goes with the same charge and the same body only. */
static char *
hash_request (const BitketRequest *request)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);

  g_checksum_update (checksum, (const guchar *) request->id, (gssize) strlen (request->id));
  if (request->body != NULL)
    g_checksum_update (checksum, g_bytes_get_data (request->body, NULL),
                       (gssize) g_bytes_get_size (request->body));
  return g_strdup (g_checksum_get_string (checksum));
}

gboolean
bitket_refund_read_order (const BitketRequest *request,
                          BitketRefundOrder *order,
                          BitketReply **reply,
                          GError **error)
{
  g_autoptr (JsonNode) node = bitket_request_read_object (request, reply, error);
  g_auto (BitketJsonReader) reader = { NULL, NULL };
  gsize key_len = request->idempotency_key == NULL ? 1 : strlen (request->idempotency_key);

  if (node == NULL || !bitket_json_reader_init (&reader, node, NULL, error))
    return FALSE;
  if (key_len == 0 || key_len > BITKET_IDEMPOTENCY_KEY_MAX_LEN)
    return bitket_refund_refuse (
        reply, 400,
        "An Idempotency-Key has 1 to " G_STRINGIFY (BITKET_IDEMPOTENCY_KEY_MAX_LEN) " bytes.");
  order->ownerships = g_ptr_array_new_with_free_func (g_free);
  order->request_hash = hash_request (request);
  return check_members (reader.object, reply) && read_reason (&reader, order, reply) &&
         read_amount (&reader, order, reply) && read_ownerships (&reader, order, reply) &&
         read_voids (&reader, order, reply);
}
