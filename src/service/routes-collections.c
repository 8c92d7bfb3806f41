/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

/* The collections that anybody may read, and those of which everybody sees his own: one handler for
 * lists and one for single resources. */

#include <string.h>

#include "bitket-collections.h"
#include "bitket-router.h"
#include "bitket-service-error.h"
#include "bitket-signing.h"

static BitketReply *
list_collection (BitketRequest *request, BitketDb *db, GError **error)
{
  const BitketSchema *schema = bitket_collections_find (request->path);
  g_auto (BitketPage) page = { 0 };
  BitketFilter filter = { 0 };
  g_autofree char *next = NULL;
  JsonArray *array;
  BitketReply *reply = NULL;

  if (!bitket_page_read (&page, request, bitket_collections_get_keys (schema), &reply) ||
      !bitket_request_read_filter (request, &bitket_event_schema, filter.event, &reply) ||
      !bitket_request_read_filter (request, &bitket_organization_schema, filter.organization,
                                   &reply) ||
      !bitket_request_read_filter (request, &bitket_ticket_type_schema, filter.ticket_type, &reply))
    return reply;
  array = bitket_collections_list (request, db, schema, &page, &filter, &next, error);
  if (array == NULL)
    return NULL;
  reply = bitket_reply_new_array (array);
  if (next != NULL)
    bitket_reply_add_header (reply, "Link", next);
  return reply;
}

static BitketReply *
get_resource (BitketRequest *request, BitketDb *db, GError **error)
{
  const BitketSchema *schema = bitket_collections_find (request->path);
  g_autoptr (GError) local_error = NULL;
  JsonNode *resource = bitket_collections_get (request, db, schema, request->id, &local_error);
  BitketReply *reply;

  if (resource == NULL)
    {
      if (local_error != NULL)
        g_propagate_error (error, g_steal_pointer (&local_error));
      else
        bitket_service_error_set (error, BITKET_SERVICE_ERROR_NOT_FOUND);
      return NULL;
    }
  reply = bitket_reply_new_json (200, resource);
  reply->state = bitket_collections_dup_state (schema, resource);
  return reply;
}

/* The original's list and order; what has no list of its own there is not named. */
static BitketReply *
get_root (BitketRequest *request, BitketDb *db, GError **error)
{
  static const char *const names[] = {
    "events",       "organizations", "tickets",    "ticket-ownerships",
    "ticket-types", "users",         "variations", "variation-choices",
  };
  JsonObject *root = json_object_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *link = g_strdup_printf ("%s/api/%s/", request->base, names[i]);

      json_object_set_string_member (root, names[i], link);
    }
  return bitket_reply_new_object (200, root);
}

/* As often as its quantity may tickets be had through a code; pending ones count. */
static const char access_code_sql[] =
    "SELECT a.ticket_type FROM access_codes a WHERE a.id = $1 AND a.revoked IS NULL"
    " AND (a.expires IS NULL OR a.expires > $2)"
    " AND a.quantity > (SELECT COUNT (*) FROM tickets t WHERE t.access_code = a.id)";

static BitketReply *
get_access_code (BitketRequest *request, BitketDb *db, GError **error)
{
  g_autoptr (BitketStatement) statement = NULL;
  g_autoptr (GError) local_error = NULL;
  g_autofree char *link = NULL;
  JsonObject *object;
  char id[BITKET_ID_SIZE];

  if (!bitket_access_token_load (request->word, request->shared->secret_key, id, NULL))
    {
      bitket_service_error_set (error, BITKET_SERVICE_ERROR_NOT_FOUND);
      return NULL;
    }
  statement = bitket_db_prepare (db, access_code_sql, error);
  if (statement == NULL)
    return NULL;
  bitket_statement_bind_text (statement, 1, id);
  bitket_statement_bind_int64 (statement, 2, request->now_us);
  if (!bitket_statement_step (statement, &local_error))
    {
      if (local_error != NULL)
        g_propagate_error (error, g_steal_pointer (&local_error));
      else
        bitket_service_error_set (error, BITKET_SERVICE_ERROR_NOT_FOUND);
      return NULL;
    }
  link = bitket_request_link (request, "ticket-types", bitket_statement_get_text (statement, 0));
  object = json_object_new ();
  json_object_set_string_member (object, "token", request->word);
  json_object_set_string_member (object, "ticket_type", link);
  return bitket_reply_new_object (200, object);
}

#define READ_ROUTE(pattern, handler, name)                                                         \
  {                                                                                                \
    BITKET_METHOD_GET, pattern, BITKET_NEEDS_ANYONE, BITKET_DB_TRANSACTION_READ,                   \
        BITKET_ROUTE_DEFAULT, handler, name                                                        \
  }
#define STAFF_ROUTE(pattern, handler, name)                                                        \
  {                                                                                                \
    BITKET_METHOD_GET, pattern, BITKET_NEEDS_STAFF, BITKET_DB_TRANSACTION_READ,                    \
        BITKET_ROUTE_DEFAULT, handler, name                                                        \
  }
#define STAFF_COLLECTION(name, label)                                                              \
  STAFF_ROUTE ("/api/" name "/", list_collection, label " List"),                                  \
      STAFF_ROUTE ("/api/" name "/{id}/", get_resource, label " Instance")
#define COLLECTION(name, label)                                                                    \
  READ_ROUTE ("/api/" name "/", list_collection, label " List"),                                   \
      READ_ROUTE ("/api/" name "/{id}/", get_resource, label " Instance")

const BitketRoute bitket_routes_collections[] = {
  READ_ROUTE ("/api/", get_root, "Api Root"),
  COLLECTION ("events", "Event"),
  COLLECTION ("organizations", "Organization"),
  COLLECTION ("ticket-types", "Ticket Type"),
  COLLECTION ("variations", "Variation"),
  COLLECTION ("variation-choices", "Variation Choice"),
  COLLECTION ("student-unions", "Student Union"),
  COLLECTION ("users", "User"),
  COLLECTION ("tickets", "Ticket"),
  STAFF_COLLECTION ("memberships", "Membership"),
  STAFF_COLLECTION ("conditions", "Condition"),
  STAFF_COLLECTION ("modifiers", "Modifier"),
  /* Access codes let in who knows them: nobody on the way is to keep them. */
  { BITKET_METHOD_GET, "/api/access-codes/", BITKET_NEEDS_STAFF, BITKET_DB_TRANSACTION_READ,
    BITKET_ROUTE_NO_CACHE, list_collection, "Access Code List" },
  { BITKET_METHOD_GET, "/api/access-codes/{id}/", BITKET_NEEDS_STAFF, BITKET_DB_TRANSACTION_READ,
    BITKET_ROUTE_NO_CACHE, get_resource, "Access Code Instance" },
  { BITKET_METHOD_GET, "/api/access-codes/{word}/", BITKET_NEEDS_ANYONE, BITKET_DB_TRANSACTION_READ,
    BITKET_ROUTE_NO_CACHE, get_access_code, "Access Code Instance" },
  { 0 },
};
