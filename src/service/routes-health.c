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
  /* What is open stands in an index of its own, so that it costs nothing to count. */
  g_autoptr (BitketStatement) row = bitket_db_prepare (
      db,
      "SELECT (SELECT COUNT (*) FROM doors WHERE paired IS NOT NULL AND revoked IS NULL),"
      " (SELECT COUNT (*) FROM purchases WHERE state IN ('queued', 'paying')"
      " AND state = 'queued'),"
      " (SELECT COUNT (*) FROM purchases WHERE state IN ('queued', 'paying')"
      " AND state = 'paying'),"
      " (SELECT COUNT (*) FROM mails WHERE given_up IS NULL)",
      error);
  const BitketShared *shared = request->shared;
  BitketMetricsLevels levels = { 0 };

  if (row == NULL || !bitket_statement_step (row, error))
    return NULL;
  levels.n_doors = bitket_statement_get_int64 (row, 0);
  levels.n_purchases_waiting = bitket_statement_get_int64 (row, 1);
  levels.n_payments = bitket_statement_get_int64 (row, 2);
  levels.n_mails = bitket_statement_get_int64 (row, 3);
  levels.n_fast_jobs = bitket_pool_get_n_waiting (shared->pool, BITKET_LANE_FAST);
  levels.n_slow_jobs = bitket_pool_get_n_waiting (shared->pool, BITKET_LANE_SLOW);
  levels.n_network_jobs = bitket_pool_get_n_waiting (shared->pool, BITKET_LANE_NETWORK);
  return bitket_reply_new_text (200, "text/plain; version=0.0.4; charset=utf-8",
                                bitket_metrics_format (shared->metrics, &levels));
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
