/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

/* Ticket ownerships: one's own, all of them for staff of the platform, and one by its code. */

#include "bitket-collections.h"
#include "bitket-ownerships.h"
#include "bitket-paging.h"
#include "bitket-router.h"
#include "bitket-service-error.h"

/* $1: "1" for staff of the platform, $2: the caller, $3 and $4: the cursor, $5: the limit. */
static const char list_sql[] =
    "SELECT o.id FROM ticket_ownerships o WHERE ($1 = '1' OR o.\"user\" = $2)"
    " AND (o.created, o.id) > ($3, $4) ORDER BY o.created, o.id LIMIT $5";

/* $1, $2: as above, $3: the ownership, $4: its code, which opens it to whoever knows both. */
static const char one_sql[] = "SELECT o.id FROM ticket_ownerships o WHERE o.id = $3"
                              " AND ($1 = '1' OR o.\"user\" = $2 OR o.code = $4)";

static const BitketPageKey by_created[] = { { "created", "-1" }, { "id", "" }, { NULL, NULL } };

static BitketReply *
list_ownerships (BitketRequest *request, BitketDb *db, GError **error)
{
  g_auto (BitketOwnershipForm) form = { 0 };
  g_auto (BitketPage) page = { 0 };
  g_autofree char *next = NULL;
  BitketReply *reply = NULL;
  JsonArray *array;

  if (!bitket_ownership_form_read (request, &form, error))
    return NULL;
  if (request->caller.kind != BITKET_CALLER_USER)
    return bitket_reply_new_array (json_array_new ());
  if (!bitket_page_read (&page, request, by_created, &reply))
    return reply;
  array = bitket_ownerships_present (request, db, list_sql,
                                     (const char *const[]) { request->caller.is_staff ? "1" : "0",
                                                             request->caller.id, page.after[0],
                                                             page.after[1], page.limit_text, NULL },
                                     &form, &page, &next, error);
  if (array == NULL)
    return NULL;
  reply = bitket_reply_new_array (array);
  if (next != NULL)
    bitket_reply_add_header (reply, "Link", next);
  return reply;
}

static BitketReply *
get_ownership (BitketRequest *request, BitketDb *db, GError **error)
{
  g_auto (BitketOwnershipForm) form = { 0 };
  g_autoptr (JsonArray) array = NULL;
  const char *code = bitket_request_get_query (request, "code");
  BitketReply *reply;

  if (!bitket_ownership_form_read (request, &form, error))
    return NULL;
  if (request->caller.kind == BITKET_CALLER_USER)
    {
      array = bitket_ownerships_present (
          request, db, one_sql,
          (const char *const[]) { request->caller.is_staff ? "1" : "0", request->caller.id,
                                  request->id, code != NULL ? code : "", NULL },
          &form, NULL, NULL, error);
      if (array == NULL)
        return NULL;
    }
  if (array == NULL || json_array_get_length (array) == 0)
    {
      bitket_service_error_set (error, BITKET_SERVICE_ERROR_NOT_FOUND);
      return NULL;
    }
  reply = bitket_reply_new_json (200, json_array_dup_element (array, 0));
  /* With parts of other resources inside it is no state of this one. */
  if (!form.expands_ticket && !form.expands_user && form.fields == NULL)
    reply->state = bitket_collections_dup_state (&bitket_ticket_ownership_schema, reply->json);
  return reply;
}

const BitketRoute bitket_routes_ownerships[] = {
  { BITKET_METHOD_GET, "/api/ticket-ownerships/", BITKET_NEEDS_ANYONE, BITKET_DB_TRANSACTION_READ,
    BITKET_ROUTE_DEFAULT, list_ownerships, "Ticket Ownership List" },
  { BITKET_METHOD_GET, "/api/ticket-ownerships/{id}/", BITKET_NEEDS_ANYONE,
    BITKET_DB_TRANSACTION_READ, BITKET_ROUTE_DEFAULT, get_ownership, "Ticket Ownership Instance" },
  { 0 },
};
