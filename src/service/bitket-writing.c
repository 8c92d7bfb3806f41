/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

/* The second half of a write: what it says, and writing it. */

#include "bitket-writing.h"

#include <string.h>

#include "bitket-audit.h"
#include "bitket-collections.h"
#include "bitket-db-error.h"
#include "bitket-json-reader.h"
#include "bitket-store.h"

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
        bitket_write_refuse (write, field->name, BITKET_WRITE_NO_OBJECT);
      return TRUE;
    }
  if (local_error == NULL)
    bitket_write_refuse (write, field->name, BITKET_WRITE_NO_OBJECT);
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
bitket_writing_store_record (BitketWrite *write, BitketReply **reply, GError **error)
{
  if (!check (write, error))
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

gboolean
bitket_writing_store (BitketWrite *write, JsonObject *body, BitketReply **reply, GError **error)
{
  if (!read_record (write, body, error))
    return FALSE;
  if (write->errors == NULL)
    return bitket_writing_store_record (write, reply, error);
  *reply = answer_errors (write->errors);
  return FALSE;
}

/* CONFLICT when something refers to it that was not looked for. */
static gboolean
run_for_id (BitketDb *db, const char *sql, const char *id, GError **error)
{
  g_autoptr (BitketStatement) statement = bitket_db_prepare (db, sql, error);
  g_autoptr (GError) local_error = NULL;

  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_text (statement, 1, id);
  if (bitket_statement_run (statement, &local_error))
    return TRUE;
  if (g_error_matches (local_error, BITKET_DB_ERROR, BITKET_DB_ERROR_CONSTRAINT))
    return bitket_write_conflict (error, "This is in use.");
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
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
