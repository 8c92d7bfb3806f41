/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

/* What the route tables do not know of the routes that are of no collection. A route without a row
 * is not in the document, and fails a test. */

#include "bitket-openapi-private.h"

#include <string.h>

#include "bitket-connect.h"

#define PAGED     "limit cursor"
#define OWNERSHIP "/api/ticket-ownerships/{id}/"

/* clang-format off */
static const BitketOpenapiRoute routes[] = {
  { "GET /api/", "The collections", NULL, NULL, "200:Root", 0 },
  { "GET /api/openapi.json", "This document", NULL, NULL, "200:object", 0 },
  { "GET /healthz", "Whether the service is alive", NULL, NULL, "200:Health", 0 },
  { "GET /readyz", "Whether the store answers", NULL, NULL, "200:Health 503:Health", 0 },
  { "GET /metrics", "Figures for Prometheus", NULL, NULL, "200:text/plain", 0 },

  { "GET /api/access-codes/{id}/", "Read one of access-codes; by its token: what it opens", NULL, NULL, "200:AccessCode|AccessCodeToken", BITKET_OPENAPI_WORD_TOO },
  { "GET /api/access-codes/{word}/", "", NULL, NULL, "", BITKET_OPENAPI_ELSEWHERE },
  { "POST /api/access-codes/", "Add one to access-codes, or \"count\"", NULL, "AccessCodeNew", "201:AccessCode|[AccessCode] 403", 0 },
  { "DELETE /api/access-codes/{id}/", "Revoke an access code", "If-Match", NULL, "204 412", 0 },

  { "POST /api/auth-token/", "Sign in, with a password or a provider's code", NULL, "SignIn", "200:SessionToken 404 503", 0 },
  { "POST /api/auth-token/refresh/", "A token for a token", NULL, "SessionToken", "200:SessionToken", 0 },
  { "GET /api/auth/providers/", "The ways to sign in", NULL, NULL, "200:[Provider]", 0 },

  { "POST /api/purchases/", "Buy: enters the queue and waits for the outcome", "Idempotency-Key Prefer", "Order", "207:PurchaseOutcome 202:Purchase 402 409 422 429 503", 0 },
  { "GET /api/purchases/{id}/", "How a purchase stands", NULL, NULL, "200:Purchase", 0 },
  { "GET /api/purchases/{id}/stream/", "WebSocket: how a purchase stands, as it changes", NULL, NULL, "101", 0 },

  { "GET /api/ticket-ownerships/", "List one's tickets", PAGED " expand fields", NULL, "200:[TicketOwnership]", 0 },
  { "GET " OWNERSHIP, "Read a ticket, one's own or by its code", "code expand fields", NULL, "200:TicketOwnership 400", 0 },
  { "GET /api/ticket-ownerships/search/", "Find what was scanned or typed", "query event expand fields", NULL, "200:[TicketOwnership]", 0 },
  { "POST " OWNERSHIP "utilize/", "Let somebody in", NULL, NULL, "200:TicketOwnership 400:UtilizeRefused", 0 },
  { "POST " OWNERSHIP "unutilize/", "Take an entry back", NULL, NULL, "200:TicketOwnership 400:UtilizeRefused", 0 },
  { "PATCH " OWNERSHIP, "Choose anew", "If-Match", "ChoicesChange", "200:TicketOwnership 409 412", 0 },
  { "POST " OWNERSHIP "reissue/", "A new code; the old one is dead", "If-Match", NULL, "200:TicketOwnership 409 412", 0 },
  { "POST " OWNERSHIP "transfer/", "To somebody else", "If-Match", "Transfer", "200:TicketOwnership 409 412", 0 },
  { "POST " OWNERSHIP "resend/", "Its mail once more", "If-Match", NULL, "200:TicketOwnership 409 412", 0 },

  { "POST /api/events/{id}/duplicate/", "Make an event once more, unpublished", "If-Match", "EventAgain", "201:Event 412", 0 },
  { "POST /api/events/{id}/imports/", "Tickets for a table of people", "dry_run skip_bad columns delimiter ticket_type mail", "text/csv", "200:ImportReport 400:ImportReport|Problem|FieldErrors", 0 },
  { "GET /api/events/{id}/sales/", "What was sold", "group_by", NULL, "200:Sales", 0 },
  { "GET /api/events/{id}/entry-feed/", "What a door must know of the tickets", PAGED, NULL, "200:Feed", 0 },
  { "POST /api/events/{id}/entries/", "Entries, asked for or told", NULL, "[Entry]", "200:[EntryResult]", 0 },
  { "GET /api/events/{id}/conflicts/", "Tickets that let in one too many", NULL, NULL, "200:[Conflict]", 0 },
  { "GET /api/events/{id}/stream/", "WebSocket: counts, entries and tickets as they change", NULL, NULL, "101", 0 },

  { "POST /api/doors/pair/", "Take the code that an organizer shows", NULL, "Pairing", "200:PairedDoor 429", 0 },
  { "GET /api/doors/", "List doors", "event", NULL, "200:[Door]", 0 },
  { "POST /api/doors/", "Make a door, and the code to pair it with", NULL, "DoorNew", "201:DoorPairing", 0 },
  { "GET /api/doors/{id}/", "Read one of doors", NULL, NULL, "200:Door", 0 },
  { "DELETE /api/doors/{id}/", "Revoke a door", NULL, NULL, "204", 0 },

  { "GET /api/transactions/", "The ledger", PAGED " event kind from to", NULL, "200:[Transaction]", 0 },
  { "POST /api/transactions/{id}/refund/", "Give money back", "Idempotency-Key", "RefundOrder", "201:Refund 202:Refund 402 409 422 503", 0 },
  { "GET /api/audit/", "Who changed what, newest first", PAGED " event organization resource user from to", NULL, "200:[AuditRow]", 0 },
  { "GET /api/audit/{id}/", "Read one of the audit", NULL, NULL, "200:AuditRow", 0 },

  { "POST /api/organizations/{id}/stripe/connect/", "Where to go to connect a Stripe account", NULL, NULL, "200:Link 409", 0 },
  { "DELETE /api/organizations/{id}/stripe/connect/", "Give the Stripe account up", NULL, NULL, "204 409 503", 0 },
  { "GET " BITKET_CONNECT_CALLBACK, "Where Stripe sends back to", "state code", NULL, "200:text/html 400:text/html 403:text/html 409:text/html 503:text/html", 0 },
  { "POST /api/stripe/webhook/", "What Stripe tells", "Stripe-Signature", "object", "200:Nothing 400", 0 },
};
/* clang-format on */

static const struct
{
  const char *collection;
  const char *parameters;
} filters[] = {
  { "ticket-types", "event" },
  { "memberships", "organization" },
  { "conditions", "organization" },
  { "modifiers", "event organization ticket_type" },
  { "access-codes", "event organization ticket_type" },
};

const BitketOpenapiRoute *
bitket_openapi_find_route (const BitketRoute *route)
{
  g_autofree char *methods = bitket_methods_format (route->method);
  g_autofree char *name = g_strdup_printf ("%s %s", methods, route->pattern);

  for (gsize i = 0; i < G_N_ELEMENTS (routes); i++)
    if (strcmp (routes[i].route, name) == 0)
      return &routes[i];
  return NULL;
}

const char *
bitket_openapi_find_filters (const char *collection)
{
  for (gsize i = 0; i < G_N_ELEMENTS (filters); i++)
    if (strcmp (filters[i].collection, collection) == 0)
      return filters[i].parameters;
  return NULL;
}
