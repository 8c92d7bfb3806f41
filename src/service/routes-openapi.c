/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

/* What the API is, for programs. */

#include "bitket-build.h"
#include "bitket-openapi.h"
#include "bitket-router.h"

/* Made anew each time: a few milliseconds, and who has it already is answered 304. */
static BitketReply *
get_openapi (BitketRequest *request, BitketDb *db, GError **error)
{
  return bitket_reply_new_object (200, bitket_openapi_describe (request->base, BITKET_VERSION));
}

const BitketRoute bitket_routes_openapi[] = {
  { BITKET_METHOD_GET, "/api/openapi.json", BITKET_NEEDS_ANYONE, BITKET_DB_TRANSACTION_READ,
    BITKET_ROUTE_DEFAULT, get_openapi, "OpenAPI" },
  { 0 },
};
