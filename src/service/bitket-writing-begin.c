/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

/* The first half of a write: who may, whose turn it is, and whether what is there is what the
 * caller has read. */

#include <string.h>

#include "bitket-collections.h"
#include "bitket-service-error.h"
#include "bitket-store.h"
#include "bitket-writing.h"

static gboolean
refuse (GError **error, BitketServiceError code)
{
  bitket_service_error_set (error, code);
  return FALSE;
}

/* Whether the caller may write what belongs to @write's organization. */
static gboolean
is_allowed (const BitketWrite *write)
{
  const BitketCaller *caller = &write->request->caller;
  BitketRoles writers = BITKET_ROLE_ORGANIZER;

  if (caller->kind == BITKET_CALLER_USER && caller->is_staff)
    return TRUE;
  if (write->writable->by == BITKET_WRITABLE_BY_PLATFORM || *write->organization == '\0')
    return FALSE;
  if (write->writable->by == BITKET_WRITABLE_MADE_BY_PLATFORM &&
      write->request->method != BITKET_METHOD_PATCH)
    return FALSE;
  return (bitket_caller_get_roles (caller, write->organization) & writers) != 0;
}

/* The organization's writers take turns, and purchases wait for a moment: prices, choices and what
 * they refer to stand still until the transaction ends. */
static gboolean
lock_organization (const BitketWrite *write, GError **error)
{
  static const char *const statements[] = {
    "UPDATE organizations SET id = id WHERE id = $1",
    "UPDATE queues SET seq = seq WHERE organization = $1",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (statements) && *write->organization != '\0'; i++)
    {
      g_autoptr (BitketStatement) statement = bitket_db_prepare (write->db, statements[i], error);

      if (statement == NULL)
        return FALSE;
      bitket_statement_bind_text (statement, 1, write->organization);
      if (!bitket_statement_run (statement, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
begin (BitketWrite *write, BitketRequest *request, BitketDb *db, const BitketSchema *schema)
{
  write->request = request;
  write->db = db;
  write->writable = bitket_writable_find (schema);
  g_return_val_if_fail (write->writable != NULL, FALSE);
  return TRUE;
}

/* @id (out): what the body names as its parent, "" without */
static void
read_parent (const BitketWrite *write, JsonObject *body, char id[BITKET_ID_SIZE])
{
  const BitketField *field =
      bitket_schema_get_field (write->writable->schema, write->writable->parent);
  JsonNode *node = json_object_get_member (body, field->name);

  id[0] = '\0';
  if (node != NULL && !JSON_NODE_HOLDS_NULL (node) && bitket_field_check (field, node, NULL))
    bitket_hyperlink_parse (json_node_get_string (node),
                            bitket_schema_find (field->target)->collection, id, NULL);
}

static gboolean
find_parent (BitketWrite *write, JsonObject *body, BitketReply **reply, GError **error)
{
  const BitketWritable *writable = write->writable;
  const BitketField *field = bitket_schema_get_field (writable->schema, writable->parent);
  g_autoptr (GError) local_error = NULL;
  char id[BITKET_ID_SIZE];

  read_parent (write, body, id);
  if (*id == '\0' && ((field->flags & BITKET_FIELD_OPTIONAL) == 0 || !is_allowed (write)))
    {
      write->errors =
          bitket_record_check_json (writable->schema, body, BITKET_RECORD_READ_WRITABLE);
      if (write->errors == NULL || !json_object_has_member (write->errors, field->name))
        bitket_write_refuse (write, field->name, "This field is required.");
      *reply = bitket_reply_new_object (400, json_object_ref (write->errors));
      return FALSE;
    }
  if (*id == '\0' ||
      bitket_writable_load_scope (bitket_writable_find (bitket_schema_find (field->target)),
                                  write->db, id, write->organization, write->event, &local_error))
    return TRUE;
  if (local_error != NULL)
    g_propagate_error (error, g_steal_pointer (&local_error));
  else
    *reply = bitket_reply_new_field_error (field->name, BITKET_WRITE_NO_OBJECT);
  return FALSE;
}

gboolean
bitket_writing_begin_new (BitketWrite *write,
                          BitketRequest *request,
                          BitketDb *db,
                          const BitketSchema *schema,
                          JsonObject *body,
                          BitketReply **reply,
                          GError **error)
{
  if (!begin (write, request, db, schema))
    return FALSE;
  if (write->writable->parent != NULL && !find_parent (write, body, reply, error))
    return FALSE;
  if (!is_allowed (write))
    return refuse (error, BITKET_SERVICE_ERROR_FORBIDDEN);
  return lock_organization (write, error);
}

BitketReply *
bitket_writing_answer_stale (JsonNode *current, const char *state)
{
  JsonObject *object = json_object_new ();
  g_autoptr (GError) error = NULL;
  BitketReply *reply;

  g_return_val_if_fail (current != NULL && state != NULL, NULL);

  bitket_service_error_set (&error, BITKET_SERVICE_ERROR_PRECONDITION);
  json_object_set_string_member (object, "detail", error->message);
  json_object_set_member (object, "current", json_node_ref (current));
  reply = bitket_reply_new_object (412, object);
  reply->state = g_strdup (state);
  return reply;
}

/* Returns: %FALSE with @error: FORBIDDEN to who may read it, NOT_FOUND to others. */
static gboolean
check_allowed (const BitketWrite *write, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (JsonNode) visible = NULL;

  if (is_allowed (write))
    return TRUE;
  visible = bitket_collections_get (write->request, write->db, write->writable->schema,
                                    write->request->id, &local_error);
  if (local_error == NULL)
    return refuse (error, visible != NULL ? BITKET_SERVICE_ERROR_FORBIDDEN
                                          : BITKET_SERVICE_ERROR_NOT_FOUND);
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

/* The row stays as it is until the transaction ends. Returns: %FALSE with @error, NOT_FOUND when it
 * has gone. */
static gboolean
lock_row (const BitketWrite *write, GError **error)
{
  g_autofree char *sql =
      g_strdup_printf ("UPDATE \"%s\" SET id = id WHERE id = $1", write->writable->schema->table);
  g_autoptr (BitketStatement) statement = bitket_db_prepare (write->db, sql, error);

  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_text (statement, 1, write->request->id);
  if (!bitket_statement_run (statement, error))
    return FALSE;
  return bitket_statement_get_n_changed (statement) > 0 ||
         refuse (error, BITKET_SERVICE_ERROR_NOT_FOUND);
}

static gboolean
check_if_match (const BitketWrite *write, BitketReply **reply, GError **error)
{
  const BitketSchema *schema = write->writable->schema;
  g_autoptr (GError) local_error = NULL;
  g_autoptr (JsonNode) current = NULL;
  g_autofree char *state = NULL;

  if (write->request->if_match == NULL)
    return TRUE;
  current =
      bitket_collections_get (write->request, write->db, schema, write->request->id, &local_error);
  if (current == NULL)
    {
      if (local_error == NULL)
        return refuse (error, BITKET_SERVICE_ERROR_NOT_FOUND);
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  state = bitket_collections_dup_state (schema, current);
  if (bitket_state_is_matched (write->request->if_match, state))
    return TRUE;
  *reply = bitket_writing_answer_stale (current, state);
  return FALSE;
}

gboolean
bitket_writing_begin (BitketWrite *write,
                      BitketRequest *request,
                      BitketDb *db,
                      const BitketSchema *schema,
                      BitketReply **reply,
                      GError **error)
{
  g_autoptr (GError) local_error = NULL;

  if (!begin (write, request, db, schema))
    return FALSE;
  if (!bitket_writable_load_scope (write->writable, db, request->id, write->organization,
                                   write->event, &local_error))
    {
      if (local_error == NULL)
        return refuse (error, BITKET_SERVICE_ERROR_NOT_FOUND);
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  if (!check_allowed (write, error) || !lock_organization (write, error) ||
      !lock_row (write, error) || !check_if_match (write, reply, error))
    return FALSE;
  write->before = bitket_store_get (db, schema, request->id, error);
  return write->before != NULL;
}
