/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

/* Writing what the original only edited by hand: one handler a method for every collection. */

#include <string.h>

#include "bitket-collections.h"
#include "bitket-json-reader.h"
#include "bitket-router.h"
#include "bitket-store.h"
#include "bitket-writing.h"

#define COUNT_MAX 1000

/* A new one, out of a body that may serve again. */
static BitketReply *
create (BitketRequest *request,
        BitketDb *db,
        const BitketSchema *schema,
        JsonObject *body,
        GError **error)
{
  g_auto (BitketWrite) write = { 0 };
  BitketReply *reply = NULL;

  if (!bitket_writing_begin_new (&write, request, db, schema, body, &reply, error) ||
      !bitket_writing_store (&write, body, &reply, error))
    return reply;
  return bitket_writing_answer (&write, 201, error);
}

static BitketReply *
post_resource (BitketRequest *request, BitketDb *db, GError **error)
{
  BitketReply *reply = NULL;
  g_autoptr (JsonNode) body = bitket_request_read_object (request, &reply, error);

  if (body == NULL)
    return reply;
  return create (request, db, bitket_collections_find (request->path), json_node_get_object (body),
                 error);
}

static BitketReply *
patch_resource (BitketRequest *request, BitketDb *db, GError **error)
{
  BitketReply *reply = NULL;
  g_autoptr (JsonNode) body = NULL;
  const BitketSchema *schema = bitket_collections_find (request->path);
  g_auto (BitketWrite) write = { 0 };

  if (!bitket_writing_begin (&write, request, db, schema, &reply, error))
    return reply;
  body = bitket_request_read_object (request, &reply, error);
  if (body == NULL || !bitket_writing_store (&write, json_node_get_object (body), &reply, error))
    return reply;
  return bitket_writing_answer (&write, 200, error);
}

static BitketReply *
delete_resource (BitketRequest *request, BitketDb *db, GError **error)
{
  BitketReply *reply = NULL;
  const BitketSchema *schema = bitket_collections_find (request->path);
  g_auto (BitketWrite) write = { 0 };

  if (!bitket_writing_begin (&write, request, db, schema, &reply, error))
    return reply;
  return bitket_writing_delete (&write, error) ? bitket_reply_new (204) : NULL;
}

/* "count": how many at once. Returns: %FALSE with @reply set; 0 in @n: none is said. */
static gboolean
take_count (JsonObject *body, gint64 *n, BitketReply **reply)
{
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), body);
  g_auto (BitketJsonReader) reader = { 0 };

  *n = 0;
  if (!json_object_has_member (body, "count"))
    return TRUE;
  if (!bitket_json_reader_init (&reader, node, NULL, NULL) ||
      !bitket_json_read_int (&reader, "count", 1, COUNT_MAX, n, NULL))
    {
      *reply = bitket_reply_new_field_error (
          "count", "A valid integer from 1 to " G_STRINGIFY (COUNT_MAX) " is required.");
      return FALSE;
    }
  json_object_remove_member (body, "count");
  return TRUE;
}

static BitketReply *
post_access_codes (BitketRequest *request, BitketDb *db, GError **error)
{
  BitketReply *reply = NULL;
  g_autoptr (JsonNode) body = bitket_request_read_object (request, &reply, error);
  g_autoptr (JsonArray) codes = json_array_new ();
  JsonObject *object;
  gint64 n;

  if (body == NULL || !take_count (json_node_get_object (body), &n, &reply))
    return reply;
  object = json_node_get_object (body);
  if (n == 0)
    return create (request, db, &bitket_access_code_schema, object, error);
  for (gint64 i = 0; i < n; i++)
    {
      g_autoptr (BitketReply) code =
          create (request, db, &bitket_access_code_schema, object, error);

      if (code == NULL || code->status != 201)
        return g_steal_pointer (&code);
      json_array_add_element (codes, g_steal_pointer (&code->json));
    }
  reply = bitket_reply_new_array (g_steal_pointer (&codes));
  reply->status = 201;
  return reply;
}

/* The row stays, and the tickets that were bought with it. */
static BitketReply *
revoke_access_code (BitketRequest *request, BitketDb *db, GError **error)
{
  BitketReply *reply = NULL;
  g_auto (BitketWrite) write = { 0 };

  if (!bitket_writing_begin (&write, request, db, &bitket_access_code_schema, &reply, error))
    return reply;
  if (!bitket_record_is_null (write.before, "revoked"))
    return bitket_reply_new (204);
  write.record = bitket_store_get (db, &bitket_access_code_schema, request->id, error);
  if (write.record == NULL)
    return NULL;
  bitket_record_set_int64 (write.record, "revoked", request->now_us);
  write.changed = g_hash_table_new (g_str_hash, g_str_equal);
  g_hash_table_add (write.changed, (gpointer) "revoked");
  if (!bitket_store_update (db, write.record, error) ||
      !bitket_writing_note (&write, "revoke", error))
    return NULL;
  return bitket_reply_new (204);
}

#define WRITE_ROUTE(method, pattern, flags, handler, name)                                         \
  {                                                                                                \
    method, pattern, BITKET_NEEDS_STAFF, BITKET_DB_TRANSACTION_WRITE, flags, handler, name         \
  }
#define WRITTEN(name, label, flags)                                                                \
  WRITE_ROUTE (BITKET_METHOD_POST, "/api/" name "/", flags | BITKET_ROUTE_IDEMPOTENT,              \
               post_resource, label " List"),                                                      \
      WRITE_ROUTE (BITKET_METHOD_PATCH, "/api/" name "/{id}/", flags, patch_resource,              \
                   label " Instance"),                                                             \
      WRITE_ROUTE (BITKET_METHOD_DELETE, "/api/" name "/{id}/", flags, delete_resource,            \
                   label " Instance")

const BitketRoute bitket_routes_writing[] = {
  WRITE_ROUTE (BITKET_METHOD_POST,
               "/api/events/{id}/duplicate/",
               BITKET_ROUTE_IDEMPOTENT,
               bitket_duplicate_event,
               "Event Duplicate"),
  WRITTEN ("events", "Event", BITKET_ROUTE_HIDDEN),
  WRITTEN ("organizations", "Organization", BITKET_ROUTE_HIDDEN),
  WRITTEN ("ticket-types", "Ticket Type", BITKET_ROUTE_HIDDEN),
  WRITTEN ("variations", "Variation", BITKET_ROUTE_HIDDEN),
  WRITTEN ("variation-choices", "Variation Choice", BITKET_ROUTE_HIDDEN),
  WRITTEN ("student-unions", "Student Union", BITKET_ROUTE_DEFAULT),
  WRITTEN ("memberships", "Membership", BITKET_ROUTE_DEFAULT),
  WRITTEN ("conditions", "Condition", BITKET_ROUTE_DEFAULT),
  WRITTEN ("modifiers", "Modifier", BITKET_ROUTE_DEFAULT),
  WRITE_ROUTE (BITKET_METHOD_POST,
               "/api/access-codes/",
               BITKET_ROUTE_IDEMPOTENT | BITKET_ROUTE_NO_CACHE,
               post_access_codes,
               "Access Code List"),
  WRITE_ROUTE (BITKET_METHOD_PATCH,
               "/api/access-codes/{id}/",
               BITKET_ROUTE_NO_CACHE,
               patch_resource,
               "Access Code Instance"),
  WRITE_ROUTE (BITKET_METHOD_DELETE,
               "/api/access-codes/{id}/",
               BITKET_ROUTE_DEFAULT,
               revoke_access_code,
               "Access Code Instance"),
  { 0 },
};
