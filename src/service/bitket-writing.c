/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-writing.h"

#include <string.h>

#include "bitket-audit.h"
#include "bitket-collections.h"
#include "bitket-db-error.h"
#include "bitket-json-reader.h"
#include "bitket-service-error.h"
#include "bitket-store.h"

static const char no_object_text[] = "Invalid hyperlink - Object does not exist.";

static gboolean
refuse (GError **error, BitketServiceError code)
{
  bitket_service_error_set (error, code);
  return FALSE;
}

static BitketReply *
answer_errors (JsonObject *errors)
{
  return bitket_reply_new_object (400, json_object_ref (errors));
}

/* As the original's framework does with every text. */
static void
trim_texts (JsonObject *body)
{
  g_autoptr (GList) names = json_object_get_members (body);

  for (GList *l = names; l != NULL; l = l->next)
    {
      JsonNode *node = json_object_get_member (body, l->data);
      g_autofree char *text = NULL;

      if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING)
        continue;
      text = g_strstrip (json_node_dup_string (node));
      json_object_set_string_member (body, l->data, text);
    }
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

/* Returns: the id that the body names as its parent, "" without. */
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
      *reply = answer_errors (write->errors);
      return FALSE;
    }
  if (*id == '\0' ||
      bitket_writable_load_scope (bitket_writable_find (bitket_schema_find (field->target)),
                                  write->db, id, write->organization, write->event, &local_error))
    return TRUE;
  if (local_error != NULL)
    g_propagate_error (error, g_steal_pointer (&local_error));
  else
    *reply = bitket_reply_new_field_error (field->name, no_object_text);
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
  trim_texts (body);
  if (write->writable->parent != NULL && !find_parent (write, body, reply, error))
    return FALSE;
  if (!is_allowed (write))
    return refuse (error, BITKET_SERVICE_ERROR_FORBIDDEN);
  return lock_organization (write, error);
}

/* Somebody was faster: he is told what is there now. */
static BitketReply *
answer_stale (JsonNode *current, const char *state)
{
  JsonObject *object = json_object_new ();
  g_autoptr (GError) error = NULL;
  BitketReply *reply;

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
  g_autoptr (JsonNode) current = NULL;
  g_autofree char *state = NULL;

  if (write->request->if_match == NULL)
    return TRUE;
  current = bitket_collections_get (write->request, write->db, schema, write->request->id, error);
  if (current == NULL)
    return (error != NULL && *error != NULL) ? FALSE
                                             : refuse (error, BITKET_SERVICE_ERROR_NOT_FOUND);
  state = bitket_collections_dup_state (schema, current);
  if (bitket_state_is_matched (write->request->if_match, state))
    return TRUE;
  *reply = answer_stale (current, state);
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

/* The target is there, and of the same organization or of none. */
static gboolean
check_target (BitketWrite *write, const BitketField *field, const char *id, GError **error)
{
  const BitketWritable *target = bitket_writable_find (bitket_schema_find (field->target));
  g_autoptr (GError) local_error = NULL;
  char organization[BITKET_ID_SIZE];
  char event[BITKET_ID_SIZE];

  if (id == NULL)
    return TRUE;
  if (bitket_writable_load_scope (target, write->db, id, organization, event, &local_error))
    {
      if (*organization != '\0' && strcmp (organization, write->organization) != 0)
        bitket_write_refuse (write, field->name, no_object_text);
      return TRUE;
    }
  if (local_error == NULL)
    bitket_write_refuse (write, field->name, no_object_text);
  else
    g_propagate_error (error, g_steal_pointer (&local_error));
  return local_error == NULL;
}

static int
compare_ids (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* Each target once, in the order in which they are kept. */
static void
put_in_order (BitketRecord *record, const char *field)
{
  const char *const *ids = bitket_record_get_references (record, field);
  g_autoptr (GPtrArray) sorted = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; ids[i] != NULL; i++)
    if (!g_ptr_array_find_with_equal_func (sorted, ids[i], g_str_equal, NULL))
      g_ptr_array_add (sorted, g_strdup (ids[i]));
  g_ptr_array_sort (sorted, compare_ids);
  g_ptr_array_add (sorted, NULL);
  bitket_record_set_references (record, field, (const char *const *) sorted->pdata);
}

static gboolean
check_references (BitketWrite *write, GError **error)
{
  const BitketSchema *schema = write->writable->schema;

  for (guint i = 0; i < schema->n_fields; i++)
    {
      const BitketField *field = &schema->fields[i];
      const char *const *ids;

      if (!bitket_write_has_changed (write, field->name))
        continue;
      if (field->kind == BITKET_KIND_REFERENCE &&
          !check_target (write, field, bitket_record_get_text (write->record, field->name), error))
        return FALSE;
      if (field->kind != BITKET_KIND_REFERENCES)
        continue;
      ids = bitket_record_get_references (write->record, field->name);
      for (guint k = 0; ids[k] != NULL; k++)
        if (!check_target (write, field, ids[k], error))
          return FALSE;
    }
  return TRUE;
}

static void
check_fixed (BitketWrite *write)
{
  const char *const *fixed = write->writable->fixed;

  for (guint i = 0; write->before != NULL && fixed[i] != NULL; i++)
    if (bitket_write_has_changed (write, fixed[i]))
      bitket_write_refuse (write, fixed[i], "This field cannot be changed.");
}

static gboolean
read_record (BitketWrite *write, JsonObject *body, GError **error)
{
  const BitketSchema *schema = write->writable->schema;
  const BitketRecordReadFlags flags =
      BITKET_RECORD_READ_WRITABLE |
      (write->before != NULL ? BITKET_RECORD_READ_PARTIAL : BITKET_RECORD_READ_DEFAULT);
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), body);

  trim_texts (body);
  write->errors = bitket_record_check_json (schema, body, flags);
  if (write->errors != NULL)
    return TRUE;
  write->record = write->before != NULL
                      ? bitket_store_get (write->db, schema, write->request->id, error)
                      : bitket_record_new (schema);
  if (write->record == NULL || !bitket_record_read_json (write->record, node, flags, error))
    return FALSE;
  for (guint i = 0; i < schema->n_fields; i++)
    if (schema->fields[i].kind == BITKET_KIND_REFERENCES &&
        json_object_has_member (body, schema->fields[i].name))
      put_in_order (write->record, schema->fields[i].name);
  return TRUE;
}

static gboolean
check (BitketWrite *write, GError **error)
{
  check_fixed (write);
  if (!check_references (write, error))
    return FALSE;
  return write->errors != NULL || write->writable->check == NULL ||
         write->writable->check (write, error);
}

static void
remember_changes (BitketWrite *write)
{
  const BitketSchema *schema = write->writable->schema;
  GHashTable *changed = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < schema->n_fields; i++)
    if (bitket_write_has_changed (write, schema->fields[i].name))
      g_hash_table_add (changed, (gpointer) schema->fields[i].name);
  write->changed = changed;
}

/* Returns: %FALSE with @reply when another has it already. */
static gboolean
write_record (BitketWrite *write, BitketReply **reply, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  gboolean success = write->before == NULL
                         ? bitket_store_insert (write->db, write->record, &local_error)
                         : bitket_store_update (write->db, write->record, &local_error);

  if (success)
    return TRUE;
  if (write->writable->unique != NULL &&
      g_error_matches (local_error, BITKET_DB_ERROR, BITKET_DB_ERROR_UNIQUE))
    *reply = bitket_reply_new_field_error (write->writable->unique, write->writable->unique_text);
  else
    g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

gboolean
bitket_writing_store (BitketWrite *write, JsonObject *body, BitketReply **reply, GError **error)
{
  if (!read_record (write, body, error) || (write->errors == NULL && !check (write, error)))
    return FALSE;
  if (write->errors == NULL)
    {
      remember_changes (write);
      if (!write_record (write, reply, error) ||
          (write->writable->settle != NULL && !write->writable->settle (write, error)))
        return FALSE;
    }
  if (write->errors != NULL)
    {
      *reply = answer_errors (write->errors);
      return FALSE;
    }
  if (g_hash_table_size (write->changed) == 0)
    return TRUE;
  return bitket_writing_note (write, write->before == NULL ? "create" : "change", error);
}

static gboolean
run_for_id (BitketDb *db, const char *sql, const char *id, GError **error)
{
  g_autoptr (BitketStatement) statement = bitket_db_prepare (db, sql, error);

  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_text (statement, 1, id);
  return bitket_statement_run (statement, error);
}

gboolean
bitket_writing_delete (BitketWrite *write, GError **error)
{
  const BitketWritable *writable = write->writable;
  const char *id = write->request->id;
  g_autofree char *sql =
      g_strdup_printf ("DELETE FROM \"%s\" WHERE id = $1", writable->schema->table);

  for (guint i = 0; writable->obstacles[i].sql != NULL; i++)
    {
      gboolean is_there = FALSE;

      if (!bitket_write_exists (write->db, writable->obstacles[i].sql, id, &is_there, error))
        return FALSE;
      if (is_there)
        return bitket_write_conflict (error, writable->obstacles[i].text);
    }
  for (guint i = 0; writable->clean_up[i] != NULL; i++)
    if (!run_for_id (write->db, writable->clean_up[i], id, error))
      return FALSE;
  if (!run_for_id (write->db, sql, id, error))
    return FALSE;
  if (writable->settle != NULL && !writable->settle (write, error))
    return FALSE;
  return bitket_writing_note (write, "delete", error);
}

/* The members that were changed, of the record before or after. */
static JsonNode *
make_difference (const BitketWrite *write, BitketRecord *record)
{
  const BitketSchema *schema = write->writable->schema;
  JsonNode *node;
  JsonObject *object;

  if (record == NULL)
    return NULL;
  node = bitket_record_to_json (record, NULL, BITKET_VIEW_STAFF);
  object = json_node_get_object (node);
  for (guint i = 0; i < schema->n_fields; i++)
    {
      const BitketField *field = &schema->fields[i];

      if (json_object_has_member (object, field->name) &&
          (field->kind == BITKET_KIND_COMPUTED || field->kind == BITKET_KIND_ID ||
           (write->before != NULL && write->record != NULL &&
            !bitket_write_has_changed (write, field->name))))
        json_object_remove_member (object, field->name);
    }
  return node;
}

static void
tell_streams (const BitketWrite *write, const char *id, const char *action)
{
  JsonObject *object;
  g_autoptr (JsonNode) node = NULL;

  if (*write->event == '\0' || write->writable->schema == &bitket_access_code_schema)
    return;
  object = json_object_new ();
  json_object_set_string_member (object, "type", "event");
  json_object_set_string_member (object, "action", action);
  json_object_set_string_member (object, "resource", write->writable->schema->name);
  json_object_set_string_member (object, "id", id);
  node = json_node_init_object (json_node_alloc (), object);
  json_object_unref (object);
  bitket_request_notify (write->request, write->event, bitket_json_to_string (node));
  bitket_request_notify (write->request, write->event, NULL);
}

gboolean
bitket_writing_note (BitketWrite *write, const char *action, GError **error)
{
  BitketRecord *record = write->record != NULL ? write->record : write->before;
  const char *id = bitket_record_get_id (record);
  g_autoptr (JsonNode) before = make_difference (write, write->before);
  g_autoptr (JsonNode) after = make_difference (write, write->record);
  BitketAuditEntry entry = {
    .action = action,
    .resource = write->writable->schema->name,
    .resource_id = id,
    .organization = write->organization,
    .event = write->event,
    .before = before,
    .after = after,
  };

  /* What was just made is where it belongs from now on. */
  if (write->writable->schema == &bitket_organization_schema)
    entry.organization = id;
  if (write->writable->schema == &bitket_event_schema)
    {
      g_strlcpy (write->event, id, sizeof write->event);
      entry.event = id;
    }
  if (!bitket_audit_write (write->request, write->db, &entry, error))
    return FALSE;
  tell_streams (write, id, action);
  return TRUE;
}

BitketReply *
bitket_writing_answer (const BitketWrite *write, guint status, GError **error)
{
  const BitketSchema *schema = write->writable->schema;
  const char *id = bitket_record_get_id (write->record);
  JsonNode *resource = bitket_collections_get (write->request, write->db, schema, id, error);
  BitketReply *reply;

  if (resource == NULL)
    return NULL;
  reply = bitket_reply_new_json (status, resource);
  reply->state = bitket_collections_dup_state (schema, resource);
  if (status == 201)
    {
      g_autofree char *link = bitket_request_link (write->request, schema->collection, id);

      bitket_reply_add_header (reply, "Location", link);
    }
  return reply;
}
