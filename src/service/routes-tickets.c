/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

/* What an organizer changes about a ticket that is sold: a new code, a new holder, other choices,
 * and its mail once more. */

#include <string.h>

#include "bitket-access.h"
#include "bitket-audit.h"
#include "bitket-collections.h"
#include "bitket-event-keys.h"
#include "bitket-json-reader.h"
#include "bitket-outbox.h"
#include "bitket-ownerships.h"
#include "bitket-records.h"
#include "bitket-router.h"
#include "bitket-service-error.h"
#include "bitket-store.h"
#include "bitket-ticket-choices.h"
#include "bitket-ticket-facts.h"
#include "bitket-ticket-notice.h"
#include "bitket-writing.h"

static const char required_text[] = "This field is required.";

static BitketReply *
refuse (const char *text)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "detail", text);
  return bitket_reply_new_object (409, object);
}

/* Why a ticket is not to be changed any more; %NULL when it may be. */
static const char *
get_obstacle (const BitketTicketFacts *facts)
{
  switch (facts->state)
    {
    case BITKET_TICKET_STATE_REFUNDED:
      return "This ticket is refunded.";
    case BITKET_TICKET_STATE_SUPERSEDED:
      return "This ticket ownership is not the current one.";
    case BITKET_TICKET_STATE_PENDING:
      return "This ticket is not paid for.";
    case BITKET_TICKET_STATE_UTILIZED:
      return "This ticket ownership is already utilized.";
    case BITKET_TICKET_STATE_VALID:
      return NULL;
    case BITKET_TICKET_STATE_NONE:
      break;
    }
  return "This ticket cannot be changed.";
}

/* Returns: %FALSE with @error, or with @reply when the caller has seen another state of it. */
static gboolean
check_if_match (BitketRequest *request, BitketDb *db, BitketReply **reply, GError **error)
{
  g_autoptr (JsonNode) current = NULL;
  g_autofree char *state = NULL;

  if (request->if_match == NULL)
    return TRUE;
  current = bitket_ownerships_present_one (request, db, request->id, error);
  if (current == NULL)
    return FALSE;
  state = bitket_collections_dup_state (&bitket_ticket_ownership_schema, current);
  if (bitket_state_is_matched (request->if_match, state))
    return TRUE;
  *reply = bitket_writing_answer_stale (current, state);
  return FALSE;
}

/* The ticket of an organizer's event, held until the transaction ends. Returns: %FALSE with @error,
 * or with @reply when it may not be changed. */
static gboolean
find_ticket (BitketRequest *request,
             BitketDb *db,
             BitketTicketFacts *facts,
             BitketReply **reply,
             GError **error)
{
  BitketRoles roles;
  const char *obstacle;

  if (!bitket_ticket_facts_lock (db, request->id, facts, error))
    return FALSE;
  roles = facts->is_known ? bitket_caller_get_roles (&request->caller, facts->organization)
                          : BITKET_ROLE_NONE;
  if ((roles & BITKET_ROLE_ORGANIZER) == 0)
    {
      bitket_service_error_set (error, (roles & BITKET_ROLES_ANY_STAFF) == 0
                                           ? BITKET_SERVICE_ERROR_NOT_FOUND
                                           : BITKET_SERVICE_ERROR_FORBIDDEN);
      return FALSE;
    }
  if (!check_if_match (request, db, reply, error))
    return FALSE;
  obstacle = get_obstacle (facts);
  if (obstacle == NULL)
    return bitket_event_keys_ensure (request, db, facts->event, error);
  *reply = refuse (obstacle);
  return FALSE;
}

/* Writes down who did what, and answers what @ownership is now. @after: (transfer full) */
static BitketReply *
finish (BitketRequest *request,
        BitketDb *db,
        const char *event,
        const char *action,
        const char *ownership,
        JsonObject *after,
        GError **error)
{
  g_autoptr (JsonNode) after_node = json_node_init_object (json_node_alloc (), after);
  BitketReply *reply;
  JsonNode *node;

  json_object_unref (after);
  if (!bitket_audit_write_event (request, db, event, action, "ticket_ownership", request->id,
                                 after_node, error))
    return NULL;
  node = bitket_ownerships_present_one (request, db, ownership, error);
  if (node == NULL)
    return NULL;
  reply = bitket_reply_new_json (200, node);
  reply->state = bitket_collections_dup_state (&bitket_ticket_ownership_schema, node);
  return reply;
}

static BitketReply *
reissue (BitketRequest *request, BitketDb *db, GError **error)
{
  g_auto (BitketTicketFacts) facts = { 0 };
  BitketReply *reply = NULL;

  if (!find_ticket (request, db, &facts, &reply, error))
    return reply;
  if (!bitket_store_reissue (db, request->id, error) ||
      !bitket_mail_enqueue (db, request->id, request->now_us, error) ||
      !bitket_ticket_notice_add (request, db, facts.event, request->id, error))
    return NULL;
  return finish (request, db, facts.event, "reissue", request->id, json_object_new (), error);
}

static BitketReply *
resend (BitketRequest *request, BitketDb *db, GError **error)
{
  g_auto (BitketTicketFacts) facts = { 0 };
  g_autoptr (GError) local_error = NULL;
  BitketReply *reply = NULL;

  if (!find_ticket (request, db, &facts, &reply, error))
    return reply;
  switch (bitket_outbox_get_state (db, &local_error))
    {
    case BITKET_OUTBOX_OPEN:
      break;
    case BITKET_OUTBOX_CLOSED:
      return refuse ("This service is not set up to send mail.");
    case BITKET_OUTBOX_UNKNOWN:
      g_propagate_error (error, g_steal_pointer (&local_error));
      return NULL;
    }
  if (!bitket_mail_enqueue (db, request->id, request->now_us, error))
    return NULL;
  return finish (request, db, facts.event, "resend", request->id, json_object_new (), error);
}

/* Reads a text that fits the field of a user. Returns: %FALSE with @reply set. */
static gboolean
read_user_field (BitketJsonReader *reader,
                 const char *name,
                 const char **value,
                 BitketReply **reply)
{
  JsonNode *node = json_object_get_member (reader->object, name);
  g_autoptr (GError) error = NULL;

  if (node == NULL)
    {
      *reply = bitket_reply_new_field_error (name, required_text);
      return FALSE;
    }
  if (!bitket_field_check (bitket_schema_get_field (&bitket_user_schema, name), node, &error))
    {
      *reply = bitket_reply_new_field_error (name, error->message);
      return FALSE;
    }
  *value = json_node_get_string (node);
  return TRUE;
}

/* Returns: %FALSE with @reply set when @object has a member that is none of @names. */
static gboolean
check_members (JsonObject *object, const char *const *names, BitketReply **reply)
{
  g_autoptr (GList) members = json_object_get_members (object);

  for (GList *member = members; member != NULL; member = member->next)
    if (!g_strv_contains (names, member->data))
      {
        *reply = bitket_reply_new_field_error (member->data, "Unknown field.");
        return FALSE;
      }
  return TRUE;
}

/* Who is to have it: whoever has the address, else somebody new by that name. Returns: (transfer
 * full) (nullable): the id; %NULL with @reply or @error */
static char *
find_new_holder (BitketRequest *request, BitketDb *db, BitketReply **reply, GError **error)
{
  static const char *const names[] = { "email", "name", NULL };
  g_autoptr (JsonNode) body = bitket_request_read_object (request, reply, error);
  g_auto (BitketJsonReader) reader = { 0 };
  g_autoptr (GError) local_error = NULL;
  g_autofree char *user = NULL;
  const char *email, *name;

  if (body == NULL || !bitket_json_reader_init (&reader, body, NULL, error) ||
      !check_members (reader.object, names, reply) ||
      !read_user_field (&reader, "email", &email, reply))
    return NULL;
  user = bitket_store_find_user (db, email, &local_error);
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return NULL;
    }
  if (user != NULL)
    return g_steal_pointer (&user);
  if (!read_user_field (&reader, "name", &name, reply))
    return NULL;
  return bitket_store_ensure_user (db, email, name, error);
}

static gboolean
owns (BitketDb *db, const char *ownership, const char *user, gboolean *is_owner, GError **error)
{
  g_autoptr (BitketRecord) record =
      bitket_store_get (db, &bitket_ticket_ownership_schema, ownership, error);

  if (record == NULL)
    return FALSE;
  *is_owner = strcmp (bitket_record_get_text (record, "user"), user) == 0;
  return TRUE;
}

static BitketReply *
transfer (BitketRequest *request, BitketDb *db, GError **error)
{
  g_auto (BitketTicketFacts) facts = { 0 };
  g_autofree char *user = NULL;
  char ownership[BITKET_ID_SIZE];
  gboolean is_owner;
  JsonObject *after;
  BitketReply *reply = NULL;

  if (!find_ticket (request, db, &facts, &reply, error))
    return reply;
  user = find_new_holder (request, db, &reply, error);
  if (user == NULL)
    return reply;
  if (!owns (db, request->id, user, &is_owner, error))
    return NULL;
  if (is_owner)
    return refuse ("This ticket is theirs already.");
  if (!bitket_store_transfer (db, request->id, user, request->now_us, ownership, error) ||
      !bitket_mail_enqueue (db, ownership, request->now_us, error) ||
      !bitket_ticket_notice_add (request, db, facts.event, request->id, error) ||
      !bitket_ticket_notice_add (request, db, facts.event, ownership, error))
    return NULL;
  after = json_object_new ();
  json_object_set_string_member (after, "ticket_ownership", ownership);
  json_object_set_string_member (after, "user", user);
  return finish (request, db, facts.event, "transfer", ownership, after, error);
}

/* The choices as ids. Returns: (transfer full) (nullable) */
static char **
read_choices (BitketRequest *request, BitketReply **reply, GError **error)
{
  static const char *const names[] = { "variation_choices", NULL };
  g_autoptr (JsonNode) body = bitket_request_read_object (request, reply, error);
  g_autoptr (BitketRecord) ticket = bitket_record_new (&bitket_ticket_schema);
  g_autoptr (GError) local_error = NULL;
  JsonObject *object;
  JsonNode *node;

  if (body == NULL)
    return NULL;
  object = json_node_get_object (body);
  if (!check_members (object, names, reply))
    return NULL;
  node = json_object_get_member (object, names[0]);
  if (node == NULL)
    *reply = bitket_reply_new_field_error (names[0], required_text);
  else if (!bitket_field_check (bitket_schema_get_field (&bitket_ticket_schema, names[0]), node,
                                &local_error) ||
           !bitket_record_read_json (ticket, body, BITKET_RECORD_READ_PARTIAL, &local_error))
    *reply = bitket_reply_new_field_error (names[0], local_error->message);
  else
    return g_strdupv ((char **) bitket_record_get_references (ticket, names[0]));
  return NULL;
}

static JsonArray *
make_array (char **texts)
{
  JsonArray *array = json_array_new ();

  for (guint i = 0; texts[i] != NULL; i++)
    json_array_add_string_element (array, texts[i]);
  return array;
}

static BitketReply *
change_choices (BitketRequest *request, BitketDb *db, GError **error)
{
  g_auto (BitketTicketFacts) facts = { 0 };
  g_auto (GStrv) choices = NULL;
  g_autofree char *text = NULL;
  JsonObject *after;
  BitketReply *reply = NULL;

  if (!find_ticket (request, db, &facts, &reply, error))
    return reply;
  choices = read_choices (request, &reply, error);
  if (choices == NULL)
    return reply;
  switch (bitket_ticket_choices_change (db, facts.ticket, facts.ticket_type,
                                        (const char *const *) choices, &text, error))
    {
    case BITKET_CHOICES_FAILED:
      return NULL;
    case BITKET_CHOICES_WRONG:
      return bitket_reply_new_field_error ("variation_choices", text);
    case BITKET_CHOICES_TAKEN:
      return refuse (text);
    case BITKET_CHOICES_CHANGED:
      if (!bitket_store_touch_ticket (db, facts.ticket, error) ||
          !bitket_ticket_notice_add (request, db, facts.event, request->id, error))
        return NULL;
      break;
    case BITKET_CHOICES_SAME:
      break;
    }
  after = json_object_new ();
  json_object_set_array_member (after, "variation_choices", make_array (choices));
  return finish (request, db, facts.event, "change", request->id, after, error);
}

#define TICKET_ROUTE(method, action, flags, handler, name)                                         \
  {                                                                                                \
    method, "/api/ticket-ownerships/{id}/" action, BITKET_NEEDS_STAFF,                             \
        BITKET_DB_TRANSACTION_WRITE, flags, handler, name                                          \
  }

const BitketRoute bitket_routes_tickets[] = {
  TICKET_ROUTE (BITKET_METHOD_PATCH,
                "",
                BITKET_ROUTE_HIDDEN,
                change_choices,
                "Ticket Ownership Instance"),
  TICKET_ROUTE (BITKET_METHOD_POST,
                "reissue/",
                BITKET_ROUTE_IDEMPOTENT,
                reissue,
                "Ticket Ownership Reissue"),
  TICKET_ROUTE (BITKET_METHOD_POST,
                "transfer/",
                BITKET_ROUTE_IDEMPOTENT,
                transfer,
                "Ticket Ownership Transfer"),
  TICKET_ROUTE (BITKET_METHOD_POST,
                "resend/",
                BITKET_ROUTE_IDEMPOTENT,
                resend,
                "Ticket Ownership Resend"),
  { 0 },
};
