/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-request.h"

G_BEGIN_DECLS

/**
 * BitketHandler:
 * Runs on a worker, inside the transaction its route asks for (which is committed when the answer's
 * status is below 400). May be run again when the database was busy.
 * Returns: (transfer full): the answer, or %NULL with @error
 */
typedef BitketReply *(*BitketHandler) (BitketRequest *request, BitketDb *db, GError **error);

/* Who may ask at all; what they then see is the handler's affair. */
typedef enum
{
  BITKET_NEEDS_NONE,
  BITKET_NEEDS_ANYONE, /* also anonymous; not doors */
  BITKET_NEEDS_USER,
  BITKET_NEEDS_STAFF, /* of the platform or of an organization */
  BITKET_NEEDS_DOOR,  /* a door that is not revoked, or staff */
  BITKET_NEEDS_DOOR_EVEN_REVOKED,
} BitketNeeds;

typedef enum
{
  BITKET_ROUTE_DEFAULT = 0,
  BITKET_ROUTE_SLOW = 1 << 0,      /* hashes passwords: on a worker of its own, no transaction */
  BITKET_ROUTE_NO_CACHE = 1 << 1,  /* Cache-Control as the original's auth-token */
  BITKET_ROUTE_WEBSOCKET = 1 << 2, /* a good answer becomes a stream */
  BITKET_ROUTE_PLAIN = 1 << 3,     /* nobody's API: no negotiation, no authentication */
  BITKET_ROUTE_NETWORK =
      1 << 4, /* asks others over the network and waits for them: on workers of
                 their own; no transaction, the handler begins and ends its own */
  BITKET_ROUTE_IDEMPOTENT = 1 << 5, /* takes Idempotency-Key; its transaction is a writing one */
  BITKET_ROUTE_HIDDEN = 1 << 6,     /* a method that the original's path did not take: only for who
                                     * is staff of something. To others it is not there: 405 */
  BITKET_ROUTE_PURCHASE = 1 << 7,   /* its stream tells of the purchase {id} */
} BitketRouteFlags;

typedef struct _BitketRoute
{
  BitketMethod method;
  const char *pattern; /* "/api/events/{id}/": {id} is a UUID in any spelling, {word} any segment */
  BitketNeeds needs;
  BitketDbTransaction transaction;
  BitketRouteFlags flags;
  BitketHandler handler;
  const char *name; /* for OPTIONS, as the original names its views */
  /* (nullable) of a route that is SLOW and NETWORK: which of the two this request is, or DEFAULT.
   * On the thread that read it; must not take long. */
  BitketRouteFlags (*choose) (const BitketRequest *request);
} BitketRoute;

/* The tables; each ends with a row without pattern. */
extern const BitketRoute bitket_routes_collections[];
extern const BitketRoute bitket_routes_search[];
extern const BitketRoute bitket_routes_ownerships[];
extern const BitketRoute bitket_routes_imports[];
extern const BitketRoute bitket_routes_tickets[];
extern const BitketRoute bitket_routes_utilize[];
extern const BitketRoute bitket_routes_auth[];
extern const BitketRoute bitket_routes_doors[];
extern const BitketRoute bitket_routes_entry[];
extern const BitketRoute bitket_routes_purchases[];
extern const BitketRoute bitket_routes_sales[];
extern const BitketRoute bitket_routes_money[];
extern const BitketRoute bitket_routes_stripe[];
extern const BitketRoute bitket_routes_health[];
extern const BitketRoute bitket_routes_openapi[];
extern const BitketRoute bitket_routes_writing[];
extern const BitketRoute bitket_routes_audit[];

typedef struct
{
  const BitketRoute
      *route;           /* (nullable) the one of the method; else any of the path, for the rest */
  gboolean is_allowed;  /* whether @route is of the method */
  BitketMethod methods; /* what the path takes */
  const BitketRoute *open_route; /* (nullable) as @route, without those that are HIDDEN */
  BitketMethod open_methods;     /* what it takes of everybody */
  char id[BITKET_ID_SIZE];
  char *word; /* (owned) (nullable) */
} BitketMatch;

void bitket_match_clear (BitketMatch *match);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BitketMatch, bitket_match_clear)

/** bitket_router_find: @match (out). Returns: %FALSE when the path is none of ours */
gboolean bitket_router_find (BitketMethod method, const char *path, BitketMatch *match);
/** bitket_router_match_pattern: whether @path fits; @id and @word (out) as in #BitketMatch */
gboolean bitket_router_match_pattern (const char *pattern,
                                      const char *path,
                                      char id[BITKET_ID_SIZE],
                                      char **word);
/** BitketRouteFunc: @route is static */
typedef void (*BitketRouteFunc) (const BitketRoute *route, gpointer user_data);
/** bitket_router_foreach: every route of the tables, in their order */
void bitket_router_foreach (BitketRouteFunc func, gpointer user_data);
/** bitket_methods_format: Returns: (transfer full): "GET, HEAD, OPTIONS", in the original's order
 */
char *bitket_methods_format (BitketMethod methods);
BitketMethod bitket_method_from_string (const char *name);

G_END_DECLS
