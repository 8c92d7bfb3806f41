/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

/* What those who run the service look at. */

#include "bitket-router.h"
#include "bitket-service-error.h"

static BitketReply *
make_status (guint status, const char *text)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "status", text);
  return bitket_reply_new_object (status, object);
}

/* Alive: a worker answers. */
static BitketReply *
get_healthz (BitketRequest *request, BitketDb *db, GError **error)
{
  return make_status (200, "ok");
}

/* Ready: the store answers. */
static BitketReply *
get_readyz (BitketRequest *request, BitketDb *db, GError **error)
{
  g_autoptr (GError) local_error = NULL;

  if (bitket_db_ping (db, &local_error))
    return make_status (200, "ok");
  g_warning ("the store does not answer: %s", local_error->message);
  return make_status (503, "the store does not answer");
}

static BitketReply *
get_metrics (BitketRequest *request, BitketDb *db, GError **error)
{
  g_autoptr (BitketStatement) statement = bitket_db_prepare (
      db, "SELECT COUNT (*) FROM doors WHERE paired IS NOT NULL AND revoked IS NULL", error);

  if (statement == NULL || !bitket_statement_step (statement, error))
    return NULL;
  return bitket_reply_new_text (
      200, "text/plain; version=0.0.4; charset=utf-8",
      bitket_metrics_format (request->shared->metrics, bitket_statement_get_int64 (statement, 0)));
}

#define HEALTH_ROUTE(pattern, transaction, handler)                                                \
  {                                                                                                \
    BITKET_METHOD_GET, pattern, BITKET_NEEDS_ANYONE, transaction, BITKET_ROUTE_PLAIN, handler,     \
        NULL                                                                                       \
  }

const BitketRoute bitket_routes_health[] = {
  HEALTH_ROUTE ("/healthz", BITKET_DB_TRANSACTION_NONE, get_healthz),
  HEALTH_ROUTE ("/readyz", BITKET_DB_TRANSACTION_NONE, get_readyz),
  HEALTH_ROUTE ("/metrics", BITKET_DB_TRANSACTION_READ, get_metrics),
  { 0 },
};
