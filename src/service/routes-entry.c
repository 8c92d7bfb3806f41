/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

/* What doors call: the feed, the entries, the stream; and the list of conflicts. */

#include <string.h>

#include "bitket-access.h"
#include "bitket-admit.h"
#include "bitket-event-keys.h"
#include "bitket-feed-event.h"
#include "bitket-feed-rows.h"
#include "bitket-router.h"
#include "bitket-service-error.h"
#include "bitket-time.h"

#define CURSOR_PREFIX "c1-"

/* Returns: %FALSE when it is none of ours. */
static gboolean
read_cursor (const char *text, gint64 *seq)
{
  *seq = 0;
  if (text == NULL || *text == '\0')
    return TRUE;
  return g_str_has_prefix (text, CURSOR_PREFIX) &&
         g_ascii_string_to_signed (text + strlen (CURSOR_PREFIX), 10, 0, G_MAXINT64, seq, NULL);
}

static gboolean
read_limit (const char *text, guint *limit)
{
  guint64 n = BITKET_FEED_LIMIT_DEFAULT;

  if (text != NULL && !g_ascii_string_to_unsigned (text, 10, 1, BITKET_FEED_LIMIT_MAX, &n, NULL))
    return FALSE;
  *limit = (guint) n;
  return TRUE;
}

/* A cursor from the future is one of a database that was put back from a copy: that door begins
 * anew, for what it missed cannot be known. */
static gboolean
check_future (BitketDb *db, const char *event, gint64 *seq, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (BitketStatement) statement =
      bitket_db_prepare (db, "SELECT seq FROM feed_counters WHERE event = $1", error);
  gint64 newest = 0;

  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_text (statement, 1, event);
  if (bitket_statement_step (statement, &local_error))
    newest = bitket_statement_get_int64 (statement, 0);
  if (*seq > newest)
    *seq = 0;
  if (local_error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

static gboolean
append_feed (BitketRequest *request,
             BitketDb *db,
             const char *organization,
             gint64 after,
             guint limit,
             GString *out,
             GError **error)
{
  g_autoptr (GString) rows = g_string_new (NULL);
  g_autoptr (BitketFeedEvent) event = NULL;
  g_autoptr (JsonNode) event_node = NULL;
  g_autofree char *event_text = NULL;
  gboolean has_more;
  gint64 last;

  if (!bitket_feed_append_page (db, request->id, after, limit, rows, &last, &has_more, error))
    return FALSE;
  event = bitket_feed_event_load (db, request->id, organization, error);
  if (event == NULL)
    return FALSE;
  event_node = bitket_feed_event_to_json (event);
  event_text = bitket_json_to_string (event_node);
  g_string_append_printf (out, "{\"cursor\":\"" CURSOR_PREFIX "%" G_GINT64_FORMAT "\"", last);
  g_string_append_printf (out, ",\"has_more\":%s,\"event\":", has_more ? "true" : "false");
  g_string_append (out, event_text);
  g_string_append (out, ",\"tickets\":");
  g_string_append_len (out, rows->str, (gssize) rows->len);
  g_string_append_c (out, '}');
  return TRUE;
}

static BitketReply *
get_feed (BitketRequest *request, BitketDb *db, GError **error)
{
  g_autoptr (GString) out = g_string_new (NULL);
  char organization[BITKET_ID_SIZE];
  gint64 after;
  guint limit;

  if (!bitket_access_check_event (request, db, request->id, BITKET_ROLES_ANY_STAFF, organization,
                                  error))
    return NULL;
  if (!read_cursor (bitket_request_get_query (request, "cursor"), &after))
    return bitket_reply_new_field_error ("cursor", "Invalid cursor.");
  if (!read_limit (bitket_request_get_query (request, "limit"), &limit))
    return bitket_reply_new_field_error (
        "limit", "A valid integer from 1 to " G_STRINGIFY (BITKET_FEED_LIMIT_MAX) " is required.");
  if (!bitket_event_keys_ensure (request, db, request->id, error) ||
      !check_future (db, request->id, &after, error) ||
      !append_feed (request, db, organization, after, limit, out, error))
    return NULL;
  return bitket_reply_new_text (200, "application/json",
                                g_string_free (g_steal_pointer (&out), FALSE));
}

static void
count_result (const BitketRequest *request, const BitketEntryResult *result)
{
  BitketMetrics *metrics = request->shared->metrics;

  switch (result->kind)
    {
    case BITKET_ENTRY_RESULT_ADMITTED:
      bitket_metrics_count (metrics, BITKET_COUNTER_ENTRIES_ADMITTED);
      break;
    case BITKET_ENTRY_RESULT_ANNULLED:
      bitket_metrics_count (metrics, BITKET_COUNTER_ENTRIES_ANNULLED);
      break;
    case BITKET_ENTRY_RESULT_LOGGED:
      bitket_metrics_count (metrics, BITKET_COUNTER_ENTRIES_LOGGED);
      break;
    case BITKET_ENTRY_RESULT_REFUSED:
      bitket_metrics_count (metrics, BITKET_COUNTER_ENTRIES_REFUSED);
      break;
    case BITKET_ENTRY_RESULT_NONE:
      break;
    }
  if (result->is_conflict)
    bitket_metrics_count (metrics, BITKET_COUNTER_CONFLICTS);
}

/* Whatever goes wrong with one row must not harm the others; only a database that must begin anew
 * ends the whole. */
static gboolean
must_give_up (const GError *error)
{
  return g_error_matches (error, BITKET_DB_ERROR, BITKET_DB_ERROR_BUSY) ||
         g_error_matches (error, BITKET_DB_ERROR, BITKET_DB_ERROR_CONNECTION) ||
         g_error_matches (error, BITKET_DB_ERROR, BITKET_DB_ERROR_FULL) ||
         g_error_matches (error, BITKET_DB_ERROR, BITKET_DB_ERROR_IO);
}

static JsonNode *
make_fault (const char *id, const char *detail)
{
  BitketEntryResult result = { .kind = BITKET_ENTRY_RESULT_REFUSED, .reason = BITKET_REASON_FAULT };
  JsonNode *node;

  g_strlcpy (result.id, id, sizeof result.id);
  node = bitket_entry_result_to_json (&result);
  if (detail != NULL)
    json_object_set_string_member (json_node_get_object (node), "detail", detail);
  return node;
}

static JsonNode *
put_entry (const BitketAdmitter *admitter, BitketDb *db, const BitketEntry *entry, GError **error)
{
  g_auto (BitketEntryResult) result = { 0 };
  g_autoptr (GError) local_error = NULL;
  guint n_notices = admitter->request->notices->len;

  if (!bitket_db_execute (db, "SAVEPOINT item", error))
    return NULL;
  if (bitket_admit_entry (admitter, db, entry, &result, &local_error))
    {
      if (!bitket_db_execute (db, "RELEASE SAVEPOINT item", error))
        return NULL;
      count_result (admitter->request, &result);
      return bitket_entry_result_to_json (&result);
    }
  if (must_give_up (local_error))
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return NULL;
    }
  g_warning ("entry %s failed: %s", entry->id, local_error->message);
  g_ptr_array_set_size (admitter->request->notices, (gint) n_notices);
  if (!bitket_db_execute (db, "ROLLBACK TO SAVEPOINT item", error) ||
      !bitket_db_execute (db, "RELEASE SAVEPOINT item", error))
    return NULL;
  return make_fault (entry->id, NULL);
}

/* The items of a batch as they came; what could not be read of one is answered for that one. */
typedef struct
{
  BitketEntry entry;
  char *problem; /* (owned) (nullable) */
} BatchItem;

static void
clear_batch_item (BatchItem *item)
{
  bitket_entry_clear (&item->entry);
  g_clear_pointer (&item->problem, g_free);
}

static gboolean
read_item (JsonNode *node, guint index, BatchItem *item, GError **error)
{
  g_auto (BitketJsonReader) reader = { 0 };
  g_autofree char *path = g_strdup_printf ("[%u]", index);
  g_autoptr (GError) local_error = NULL;
  char id[BITKET_ID_SIZE];

  if (!bitket_json_reader_init (&reader, node, path, error) ||
      !bitket_json_read_id (&reader, "id", id, error))
    return FALSE;
  if (bitket_entry_from_reader (&reader, &item->entry, &local_error))
    return TRUE;
  g_strlcpy (item->entry.id, id, sizeof item->entry.id);
  item->problem = g_strdup (local_error->message);
  return TRUE;
}

/* Returns: (transfer full): of BatchItem; %NULL with @error: INVALID. */
static GArray *
read_batch (const BitketRequest *request, GError **error)
{
  g_autoptr (JsonNode) node = bitket_request_read_body (request, error);
  g_autoptr (GArray) items = NULL;
  g_autoptr (GError) local_error = NULL;
  JsonArray *array;

  if (node == NULL)
    return NULL;
  if (!JSON_NODE_HOLDS_ARRAY (node) ||
      json_array_get_length (json_node_get_array (node)) > BITKET_ENTRIES_MAX)
    {
      g_set_error_literal (
          error, BITKET_SERVICE_ERROR, BITKET_SERVICE_ERROR_INVALID,
          "Expected a list of at most " G_STRINGIFY (BITKET_ENTRIES_MAX) " entries.");
      return NULL;
    }
  array = json_node_get_array (node);
  items = g_array_new (FALSE, TRUE, sizeof (BatchItem));
  g_array_set_clear_func (items, (GDestroyNotify) clear_batch_item);
  g_array_set_size (items, json_array_get_length (array));
  for (guint i = 0; i < items->len; i++)
    if (!read_item (json_array_get_element (array, i), i, &g_array_index (items, BatchItem, i),
                    &local_error))
      {
        g_set_error_literal (error, BITKET_SERVICE_ERROR, BITKET_SERVICE_ERROR_INVALID,
                             local_error->message);
        return NULL;
      }
  return g_steal_pointer (&items);
}

/* A revoked door tells what it did before it heard of that; it asks for nobody any more. */
static gboolean
check_revoked (const BitketRequest *request, GArray *items, GError **error)
{
  if (request->caller.kind != BITKET_CALLER_DOOR || request->caller.revoked_us == 0)
    return TRUE;
  for (guint i = 0; i < items->len; i++)
    {
      const BatchItem *item = &g_array_index (items, BatchItem, i);

      if (item->problem == NULL && item->entry.verdict == BITKET_VERDICT_NONE &&
          item->entry.annuls[0] == '\0')
        {
          bitket_service_error_set (error, BITKET_SERVICE_ERROR_DOOR_REVOKED);
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
mark_seen (const BitketRequest *request, BitketDb *db, GError **error)
{
  g_autoptr (BitketStatement) statement = NULL;

  if (request->caller.kind != BITKET_CALLER_DOOR)
    return TRUE;
  statement = bitket_db_prepare (db, "UPDATE doors SET last_seen = $1 WHERE id = $2", error);
  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_int64 (statement, 1, request->now_us);
  bitket_statement_bind_text (statement, 2, request->caller.id);
  return bitket_statement_run (statement, error);
}

static BitketReply *
post_entries (BitketRequest *request, BitketDb *db, GError **error)
{
  const BitketCaller *caller = &request->caller;
  gboolean is_door = caller->kind == BITKET_CALLER_DOOR;
  const BitketAdmitter admitter = {
    .request = request,
    .event = request->id,
    .door = is_door ? caller->id : NULL,
    .door_name = caller->name,
    .user = is_door ? NULL : caller->id,
  };
  g_autoptr (GArray) items = NULL;
  g_autoptr (JsonArray) results = json_array_new ();

  if (!bitket_access_check_event (request, db, request->id, BITKET_ROLES_ANY_STAFF, NULL, error))
    return NULL;
  items = read_batch (request, error);
  if (items == NULL || !check_revoked (request, items, error) || !mark_seen (request, db, error))
    return NULL;
  for (guint i = 0; i < items->len; i++)
    {
      const BatchItem *item = &g_array_index (items, BatchItem, i);
      JsonNode *result = item->problem != NULL ? make_fault (item->entry.id, item->problem)
                                               : put_entry (&admitter, db, &item->entry, error);

      if (result == NULL)
        return NULL;
      json_array_add_element (results, result);
    }
  return bitket_reply_new_array (g_steal_pointer (&results));
}

/* Every entry of the tickets for which more than one stands, or one that should not have been. */
static const char conflicts_sql[] =
    "SELECT x.ownership, x.ticket, tt.id, tt.name, u.name, x.id, x.at, x.received, x.door,"
    " x.door_name, x.is_offline, x.result, x.forced, x.is_conflict, d.revoked"
    " FROM entries x LEFT JOIN ticket_ownerships o ON o.id = x.ownership"
    " LEFT JOIN tickets t ON t.id = x.ticket LEFT JOIN ticket_types tt ON tt.id = t.ticket_type"
    " LEFT JOIN users u ON u.id = o.\"user\" LEFT JOIN doors d ON d.id = x.door"
    " WHERE x.event = $1 AND x.annulled_by IS NULL"
    " AND (x.result = 'admitted' OR x.is_conflict <> 0)"
    " AND x.ownership IN (SELECT c.ownership FROM entries c"
    " WHERE c.event = $1 AND c.is_conflict <> 0 AND c.annulled_by IS NULL)"
    " ORDER BY x.ownership, x.at, x.id";

static void
set_column (JsonObject *object, const char *name, BitketStatement *row, int column)
{
  const char *text = bitket_statement_get_text (row, column);

  if (text != NULL)
    json_object_set_string_member (object, name, text);
  else
    json_object_set_null_member (object, name);
}

static void
set_time (JsonObject *object, const char *name, gint64 time_us)
{
  g_autofree char *text = bitket_time_format (time_us);

  json_object_set_string_member (object, name, text);
}

static JsonObject *
read_conflict_entry (BitketStatement *row)
{
  JsonObject *entry = json_object_new ();
  gint64 received_us = bitket_statement_get_int64 (row, 7);

  set_column (entry, "id", row, 5);
  set_time (entry, "at", bitket_statement_get_int64 (row, 6));
  set_time (entry, "received", received_us);
  set_column (entry, "door", row, 9);
  json_object_set_boolean_member (entry, "offline", bitket_statement_get_int64 (row, 10) != 0);
  set_column (entry, "result", row, 11);
  set_column (entry, "forced", row, 12);
  json_object_set_boolean_member (entry, "conflict", bitket_statement_get_int64 (row, 13) != 0);
  /* It came when the door was revoked already. */
  json_object_set_boolean_member (entry, "late",
                                  !bitket_statement_is_null (row, 14) &&
                                      bitket_statement_get_int64 (row, 14) <= received_us);
  return entry;
}

static JsonObject *
begin_conflict (JsonArray *conflicts, BitketStatement *row)
{
  JsonObject *conflict = json_object_new ();

  set_column (conflict, "ownership", row, 0);
  set_column (conflict, "ticket", row, 1);
  set_column (conflict, "ticket_type", row, 2);
  set_column (conflict, "ticket_type_name", row, 3);
  set_column (conflict, "name", row, 4);
  json_object_set_array_member (conflict, "entries", json_array_new ());
  json_array_add_object_element (conflicts, conflict);
  return conflict;
}

static BitketReply *
get_conflicts (BitketRequest *request, BitketDb *db, GError **error)
{
  g_autoptr (BitketStatement) statement = NULL;
  g_autoptr (JsonArray) conflicts = json_array_new ();
  g_autoptr (GError) local_error = NULL;
  JsonObject *conflict = NULL;

  if (!bitket_access_check_event (request, db, request->id, BITKET_ROLES_ANY_STAFF, NULL, error))
    return NULL;
  statement = bitket_db_prepare (db, conflicts_sql, error);
  if (statement == NULL)
    return NULL;
  bitket_statement_bind_text (statement, 1, request->id);
  while (bitket_statement_step (statement, &local_error))
    {
      if (conflict == NULL || strcmp (json_object_get_string_member (conflict, "ownership"),
                                      bitket_statement_get_text (statement, 0)) != 0)
        conflict = begin_conflict (conflicts, statement);
      json_array_add_object_element (json_object_get_array_member (conflict, "entries"),
                                     read_conflict_entry (statement));
    }
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return NULL;
    }
  return bitket_reply_new_array (g_steal_pointer (&conflicts));
}

/* Whether the caller may listen; the server then makes the stream of it. */
static BitketReply *
open_stream (BitketRequest *request, BitketDb *db, GError **error)
{
  if (!bitket_access_check_event (request, db, request->id, BITKET_ROLES_ANY_STAFF, NULL, error))
    return NULL;
  return bitket_reply_new (200);
}

const BitketRoute bitket_routes_entry[] = {
  { BITKET_METHOD_GET, "/api/events/{id}/entry-feed/", BITKET_NEEDS_DOOR,
    BITKET_DB_TRANSACTION_READ, BITKET_ROUTE_DEFAULT, get_feed, "Entry Feed" },
  { BITKET_METHOD_POST, "/api/events/{id}/entries/", BITKET_NEEDS_DOOR_EVEN_REVOKED,
    BITKET_DB_TRANSACTION_WRITE, BITKET_ROUTE_DEFAULT, post_entries, "Entry List" },
  { BITKET_METHOD_GET, "/api/events/{id}/conflicts/", BITKET_NEEDS_DOOR, BITKET_DB_TRANSACTION_READ,
    BITKET_ROUTE_DEFAULT, get_conflicts, "Conflict List" },
  { BITKET_METHOD_GET, "/api/events/{id}/stream/", BITKET_NEEDS_DOOR, BITKET_DB_TRANSACTION_READ,
    BITKET_ROUTE_WEBSOCKET, open_stream, "Event Stream" },
  { 0 },
};
