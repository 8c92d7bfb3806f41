/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-audit.h"

#include "bitket-json-reader.h"

static void
bind_text_or_null (BitketStatement *statement, int parameter, const char *text)
{
  if (text != NULL && *text != '\0')
    bitket_statement_bind_text (statement, parameter, text);
}

static void
bind_json (BitketStatement *statement, int parameter, JsonNode *node)
{
  g_autofree char *text = node == NULL ? NULL : bitket_json_to_string (node);

  bind_text_or_null (statement, parameter, text);
}

gboolean
bitket_audit_write (const BitketRequest *request,
                    BitketDb *db,
                    const BitketAuditEntry *entry,
                    GError **error)
{
  const BitketCaller *caller;
  g_autofree char *id = g_uuid_string_random ();
  g_autoptr (BitketStatement) statement = NULL;

  g_return_val_if_fail (request != NULL && db != NULL && entry != NULL, FALSE);

  statement = bitket_db_prepare (
      db,
      "INSERT INTO audit (id, at, \"user\", door, action, resource, resource_id, organization,"
      " event, before, after) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
      error);
  if (statement == NULL)
    return FALSE;
  caller = &request->caller;
  bitket_statement_bind_text (statement, 1, id);
  bitket_statement_bind_int64 (statement, 2, request->now_us);
  bind_text_or_null (statement, 3, caller->kind == BITKET_CALLER_USER ? caller->id : NULL);
  bind_text_or_null (statement, 4, caller->kind == BITKET_CALLER_DOOR ? caller->id : NULL);
  bitket_statement_bind_text (statement, 5, entry->action);
  bitket_statement_bind_text (statement, 6, entry->resource);
  bitket_statement_bind_text (statement, 7, entry->resource_id);
  bind_text_or_null (statement, 8, entry->organization);
  bind_text_or_null (statement, 9, entry->event);
  bind_json (statement, 10, entry->before);
  bind_json (statement, 11, entry->after);
  return bitket_statement_run (statement, error);
}

gboolean
bitket_audit_write_event (const BitketRequest *request,
                          BitketDb *db,
                          const char *event,
                          const char *action,
                          const char *resource,
                          const char *resource_id,
                          JsonNode *after,
                          GError **error)
{
  g_autoptr (BitketStatement) statement = NULL;
  g_autoptr (GError) local_error = NULL;
  g_autofree char *organization = NULL;
  BitketAuditEntry entry = { .action = action,
                             .resource = resource,
                             .resource_id = resource_id,
                             .event = event,
                             .after = after };

  g_return_val_if_fail (request != NULL && db != NULL && event != NULL, FALSE);

  statement = bitket_db_prepare (db, "SELECT organization FROM events WHERE id = $1", error);
  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_text (statement, 1, event);
  if (bitket_statement_step (statement, &local_error))
    organization = g_strdup (bitket_statement_get_text (statement, 0));
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  entry.organization = organization;
  return bitket_audit_write (request, db, &entry, error);
}
