/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

/* Buying tickets. The handlers here check what was asked for; the purchase queue does it. */

#include <string.h>

#include "bitket-idempotency.h"
#include "bitket-order-reader.h"
#include "bitket-purchase-present.h"
#include "bitket-router.h"
#include "bitket-service-error.h"

/* RFC 7240, section 4.1. */
static gboolean
prefers_async (const char *prefer)
{
  g_auto (GStrv) preferences = NULL;

  if (prefer == NULL)
    return FALSE;
  preferences = g_strsplit_set (prefer, ",;", -1);
  for (guint i = 0; preferences[i] != NULL; i++)
    if (g_ascii_strcasecmp (g_strstrip (preferences[i]), "respond-async") == 0)
      return TRUE;
  return FALSE;
}

#define KEY_SQL                                                                                    \
  "SELECT id, request_hash FROM purchases WHERE \"user\" = $1 AND idempotency_key = $2"

/* Whether the same purchase was asked for before: then that one is answered. */
static gboolean
find_earlier (BitketRequest *request, BitketDb *db, GError **error)
{
  g_autofree char *hash = NULL;
  g_autoptr (BitketStatement) statement = NULL;
  g_autoptr (GError) local_error = NULL;

  if (request->idempotency_key == NULL)
    return TRUE;
  if (!bitket_idempotency_check_key (request, error))
    return FALSE;
  statement = bitket_db_prepare (db, KEY_SQL, error);
  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_text (statement, 1, request->caller.id);
  bitket_statement_bind_text (statement, 2, request->idempotency_key);
  if (!bitket_statement_step (statement, &local_error))
    {
      if (local_error == NULL)
        return TRUE;
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  hash = bitket_idempotency_hash (request);
  if (g_strcmp0 (bitket_statement_get_text (statement, 1), hash) != 0)
    {
      bitket_service_error_set (error, BITKET_SERVICE_ERROR_KEY_REUSED);
      return FALSE;
    }
  request->purchase = g_strdup (bitket_statement_get_text (statement, 0));
  return TRUE;
}

static BitketReply *
post_purchase (BitketRequest *request, BitketDb *db, GError **error)
{
  g_autoptr (BitketOrder) order = NULL;
  BitketReply *reply = NULL;

  g_clear_pointer (&request->order, bitket_order_free);
  g_clear_pointer (&request->purchase, g_free);
  request->responds_async = prefers_async (request->prefer);
  /* Before the order is read: what was right then may be refused now. */
  if (!find_earlier (request, db, error))
    return NULL;
  if (request->purchase != NULL)
    return bitket_reply_new (202);
  order = bitket_order_read (request, db, &reply, error);
  if (order == NULL)
    return reply;
  order->idempotency_key = g_strdup (request->idempotency_key);
  if (order->idempotency_key != NULL)
    order->request_hash = bitket_idempotency_hash (request);
  order->is_kept = request->responds_async || order->idempotency_key != NULL;
  order->wait_us = request->shared->config->max_wait_us;
  request->order = g_steal_pointer (&order);
  return bitket_reply_new (202);
}

static BitketReply *
get_purchase (BitketRequest *request, BitketDb *db, GError **error)
{
  JsonObject *purchase = bitket_purchase_describe (request, db, request->id, error);

  return purchase != NULL ? bitket_reply_new_object (200, purchase) : NULL;
}

const BitketRoute bitket_routes_purchases[] = {
  { BITKET_METHOD_POST, "/api/purchases/", BITKET_NEEDS_USER, BITKET_DB_TRANSACTION_READ,
    BITKET_ROUTE_DEFAULT, post_purchase, "Purchase List" },
  { BITKET_METHOD_GET, "/api/purchases/{id}/", BITKET_NEEDS_USER, BITKET_DB_TRANSACTION_READ,
    BITKET_ROUTE_DEFAULT, get_purchase, "Purchase Instance" },
  { BITKET_METHOD_GET, "/api/purchases/{id}/stream/", BITKET_NEEDS_USER, BITKET_DB_TRANSACTION_READ,
    BITKET_ROUTE_WEBSOCKET | BITKET_ROUTE_PURCHASE, get_purchase, "Purchase Stream" },
  { 0 },
};
