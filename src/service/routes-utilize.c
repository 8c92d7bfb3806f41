/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

/* The original's way to let somebody in, one ticket at a time; decided by the same function as the
 * doors' entries. */

#include <string.h>

#include "bitket-access.h"
#include "bitket-admit.h"
#include "bitket-audit.h"
#include "bitket-ownerships.h"
#include "bitket-router.h"
#include "bitket-service-error.h"
#include "bitket-ticket-facts.h"
#include "bitket-time.h"

static const struct
{
  BitketReason reason;
  const char *text;
} refusals[] = {
  { BITKET_REASON_ALREADY_ADMITTED, "This ticket ownership is already utilized." },
  { BITKET_REASON_SUPERSEDED, "This ticket ownership is not the current one." },
  { BITKET_REASON_PENDING, "This ticket is not paid for." },
  { BITKET_REASON_REFUNDED, "This ticket is refunded." },
  { BITKET_REASON_NOT_YET, "The entrance is not open yet." },
  { BITKET_REASON_OVER, "The event is over." },
};

static BitketReply *
refuse (const BitketEntryResult *result)
{
  JsonObject *object = json_object_new ();
  const char *text = "This ticket cannot be utilized.";

  for (gsize i = 0; i < G_N_ELEMENTS (refusals); i++)
    if (refusals[i].reason == result->reason)
      text = refusals[i].text;
  json_object_set_string_member (object, "detail", text);
  if (result->reason == BITKET_REASON_ALREADY_ADMITTED)
    {
      g_autofree char *utilized = bitket_time_format (result->utilized_us);

      json_object_set_string_member (object, "utilized", utilized);
      if (result->utilized_by_door != NULL)
        json_object_set_string_member (object, "utilized_by_door", result->utilized_by_door);
      else
        json_object_set_null_member (object, "utilized_by_door");
    }
  return bitket_reply_new_object (400, object);
}

/* What both need: an ownership of an event whose staff the caller is. */
static gboolean
find_ownership (BitketRequest *request,
                BitketDb *db,
                const char *action,
                BitketTicketFacts *facts,
                GError **error)
{
  const char *expand = bitket_request_get_query (request, "expand");

  if (expand != NULL && *expand != '\0')
    {
      g_set_error (error, BITKET_SERVICE_ERROR, BITKET_SERVICE_ERROR_INVALID,
                   "Forbidden action for field expansion: %s.", action);
      return FALSE;
    }
  if (!bitket_ticket_facts_load (db, request->id, facts, error))
    return FALSE;
  if (facts->is_known &&
      bitket_access_check_event (request, db, facts->event, BITKET_ROLES_ANY_STAFF, NULL, NULL))
    return TRUE;
  bitket_service_error_set (error, BITKET_SERVICE_ERROR_NOT_FOUND);
  return FALSE;
}

static BitketReply *
answer_ownership (BitketRequest *request, BitketDb *db, GError **error)
{
  JsonNode *node = bitket_ownerships_present_one (request, db, request->id, error);

  return node == NULL ? NULL : bitket_reply_new_json (200, node);
}

static BitketReply *
utilize (BitketRequest *request, BitketDb *db, GError **error)
{
  g_auto (BitketTicketFacts) facts = { 0 };
  g_auto (BitketEntryResult) result = { 0 };
  g_auto (BitketEntry) entry = { 0 };
  g_autofree char *id = g_uuid_string_random ();
  BitketAdmitter admitter = { request, NULL, NULL, request->caller.name, request->caller.id };

  if (!find_ownership (request, db, "utilize", &facts, error))
    return NULL;
  admitter.event = facts.event;
  g_strlcpy (entry.id, id, sizeof entry.id);
  g_strlcpy (entry.ownership, request->id, sizeof entry.ownership);
  entry.at_us = request->now_us;
  entry.source = BITKET_SCAN_SOURCE_HAND;
  if (!bitket_admit_entry (&admitter, db, &entry, &result, error))
    return NULL;
  if (result.kind != BITKET_ENTRY_RESULT_ADMITTED)
    return refuse (&result);
  if (!bitket_audit_write_event (request, db, facts.event, "utilize", "ticket_ownership",
                                 request->id, NULL, error))
    return NULL;
  bitket_metrics_count (request->shared->metrics, BITKET_COUNTER_ENTRIES_ADMITTED);
  return answer_ownership (request, db, error);
}

static BitketReply *
unutilize (BitketRequest *request, BitketDb *db, GError **error)
{
  g_auto (BitketTicketFacts) facts = { 0 };
  BitketAdmitter admitter = { request, NULL, NULL, request->caller.name, request->caller.id };

  if (!find_ownership (request, db, "unutilize", &facts, error))
    return NULL;
  admitter.event = facts.event;
  if (!bitket_admit_take_back (&admitter, db, request->id, error) ||
      !bitket_audit_write_event (request, db, facts.event, "unutilize", "ticket_ownership",
                                 request->id, NULL, error))
    return NULL;
  return answer_ownership (request, db, error);
}

#define UTILIZE_ROUTE(action, handler)                                                             \
  {                                                                                                \
    BITKET_METHOD_POST, "/api/ticket-ownerships/{id}/" action "/", BITKET_NEEDS_STAFF,             \
        BITKET_DB_TRANSACTION_WRITE, BITKET_ROUTE_DEFAULT, handler, "Ticket Ownership"             \
  }

const BitketRoute bitket_routes_utilize[] = {
  UTILIZE_ROUTE ("utilize", utilize),
  UTILIZE_ROUTE ("unutilize", unutilize),
  { 0 },
};
