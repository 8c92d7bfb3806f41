/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-admit-private.h"

#include <string.h>

#include "bitket-audit.h"
#include "bitket-event-keys.h"
#include "bitket-json-reader.h"
#include "bitket-store.h"
#include "bitket-ticket-notice.h"
#include "bitket-time.h"

static const char insert_sql[] =
    "INSERT INTO entries (id, event, ownership, ticket, door, door_name, source, at, received,"
    " is_offline, shown_verdict, shown_reason, forced, result, reason, is_conflict, annuls, made_by)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)";

static const char *
null_if_empty (const char *text)
{
  return text == NULL || *text == '\0' ? NULL : text;
}

/* A crew that lets somebody in against the verdict is written down. */
static gboolean
audit_forced (const BitketAdmitter *admitter,
              BitketDb *db,
              const BitketEntry *entry,
              const BitketAdmitRow *row,
              GError **error)
{
  JsonObject *object = json_object_new ();
  g_autoptr (JsonNode) after = json_node_init_object (json_node_alloc (), object);
  g_autofree char *at = bitket_time_format (row->at_us);

  json_object_set_string_member (object, "ownership", entry->ownership);
  json_object_set_string_member (object, "at", at);
  json_object_set_string_member (object, "forced", entry->forced);
  json_object_set_string_member (object, "result", row->result);
  json_object_unref (object);
  return bitket_audit_write_event (admitter->request, db, admitter->event, "force", "entry",
                                   entry->id, after, error);
}

gboolean
bitket_admit_write_row (const BitketAdmitter *admitter,
                        BitketDb *db,
                        const BitketEntry *entry,
                        const BitketTicketFacts *facts,
                        const BitketAdmitRow *row,
                        GError **error)
{
  g_autoptr (BitketStatement) statement = bitket_db_prepare (db, insert_sql, error);
  gboolean is_here = facts->is_known && strcmp (facts->event, admitter->event) == 0;

  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_text (statement, 1, entry->id);
  bitket_statement_bind_text (statement, 2, admitter->event);
  bitket_statement_bind_text (statement, 3, null_if_empty (entry->ownership));
  bitket_statement_bind_text (statement, 4, is_here ? facts->ticket : NULL);
  bitket_statement_bind_text (statement, 5, admitter->door);
  bitket_statement_bind_text (statement, 6, admitter->door_name);
  bitket_statement_bind_text (statement, 7, bitket_scan_source_to_string (entry->source));
  bitket_statement_bind_int64 (statement, 8, row->at_us);
  bitket_statement_bind_int64 (statement, 9, admitter->request->now_us);
  bitket_statement_bind_int64 (statement, 10, entry->is_offline);
  bitket_statement_bind_text (statement, 11, bitket_verdict_to_string (entry->verdict));
  bitket_statement_bind_text (statement, 12, bitket_reason_to_string (entry->reason));
  bitket_statement_bind_text (statement, 13, entry->forced);
  bitket_statement_bind_text (statement, 14, row->result);
  bitket_statement_bind_text (statement, 15, bitket_reason_to_string (row->reason));
  bitket_statement_bind_int64 (statement, 16, row->is_conflict);
  bitket_statement_bind_text (statement, 17, null_if_empty (entry->annuls));
  bitket_statement_bind_text (statement, 18, admitter->user);
  return bitket_statement_run (statement, error) &&
         (entry->forced == NULL || audit_forced (admitter, db, entry, row, error));
}

static char *
to_text (JsonObject *object)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);

  json_node_take_object (node, object);
  return bitket_json_to_string (node);
}

static void
tell_entry (const BitketAdmitter *admitter,
            const char *ownership,
            gint64 utilized_us,
            const char *door_name,
            const char *scan)
{
  g_autofree char *utilized = utilized_us == 0 ? NULL : bitket_time_format (utilized_us);
  JsonObject *message = json_object_new ();

  json_object_set_string_member (message, "type", "entry");
  json_object_set_string_member (message, "ownership", ownership);
  bitket_reply_set_text (message, "utilized", utilized);
  bitket_reply_set_text (message, "door", door_name);
  bitket_reply_set_text (message, "scan", scan);
  bitket_request_notify (admitter->request, admitter->event, to_text (message));
}

gboolean
bitket_admit_set_utilized (const BitketAdmitter *admitter,
                           BitketDb *db,
                           const char *ownership,
                           const char *ticket,
                           gint64 utilized_us,
                           const char *door_name,
                           const char *scan,
                           GError **error)
{
  g_autoptr (BitketStatement) statement = bitket_db_prepare (
      db, "UPDATE tickets SET utilized = $1, utilized_by_door = $2 WHERE id = $3", error);

  if (statement == NULL)
    return FALSE;
  if (utilized_us != 0)
    {
      bitket_statement_bind_int64 (statement, 1, utilized_us);
      bitket_statement_bind_text (statement, 2, door_name);
    }
  bitket_statement_bind_text (statement, 3, ticket);
  if (!bitket_statement_run (statement, error) || !bitket_store_touch_ticket (db, ticket, error) ||
      !bitket_event_keys_ensure (admitter->request, db, admitter->event, error))
    return FALSE;
  tell_entry (admitter, ownership, utilized_us, utilized_us == 0 ? NULL : door_name, scan);
  if (!bitket_ticket_notice_add (admitter->request, db, admitter->event, ownership, error))
    return FALSE;
  bitket_request_notify (admitter->request, admitter->event, NULL);
  return TRUE;
}

void
bitket_admit_tell_conflict (const BitketAdmitter *admitter,
                            const BitketEntry *entry,
                            const BitketTicketFacts *facts,
                            gint64 at_us)
{
  g_autofree char *at = bitket_time_format (at_us);
  g_autofree char *utilized =
      facts->utilized_us == 0 ? NULL : bitket_time_format (facts->utilized_us);
  JsonObject *message = json_object_new ();

  json_object_set_string_member (message, "type", "conflict");
  json_object_set_string_member (message, "ownership", entry->ownership);
  json_object_set_string_member (message, "scan", entry->id);
  json_object_set_string_member (message, "at", at);
  json_object_set_string_member (message, "door", admitter->door_name);
  bitket_reply_set_text (message, "utilized", utilized);
  bitket_reply_set_text (message, "utilized_by_door", facts->utilized_by_door);
  bitket_request_notify (admitter->request, admitter->event, to_text (message));
}
