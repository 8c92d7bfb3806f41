/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-counts.h"

#include "bitket-json-reader.h"

/* Those that may enter: paid for and not given back. */
static const char counts_sql[] =
    "SELECT tt.id, tt.name,"
    " COUNT (CASE WHEN t.pending = 0 AND t.refunded IS NULL AND t.utilized IS NOT NULL THEN 1 END),"
    " COUNT (CASE WHEN t.pending = 0 AND t.refunded IS NULL THEN 1 END)"
    " FROM ticket_types tt LEFT JOIN tickets t ON t.ticket_type = tt.id"
    " WHERE tt.event = $1 GROUP BY tt.id, tt.name, tt.\"index\""
    " ORDER BY tt.\"index\", tt.name, tt.id";

static JsonObject *
read_type (BitketStatement *row)
{
  JsonObject *type = json_object_new ();

  json_object_set_string_member (type, "ticket_type", bitket_statement_get_text (row, 0));
  json_object_set_string_member (type, "name", bitket_statement_get_text (row, 1));
  json_object_set_int_member (type, "inside", bitket_statement_get_int64 (row, 2));
  json_object_set_int_member (type, "total", bitket_statement_get_int64 (row, 3));
  return type;
}

char *
bitket_counts_message (BitketDb *db, const char *event, GError **error)
{
  g_autoptr (BitketStatement) statement = NULL;
  g_autoptr (JsonArray) by_type = json_array_new ();
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  g_autoptr (GError) local_error = NULL;
  JsonObject *message = json_object_new ();
  gint64 inside = 0, total = 0;

  json_node_take_object (node, message);
  statement = bitket_db_prepare (db, counts_sql, error);
  if (statement == NULL)
    return NULL;
  bitket_statement_bind_text (statement, 1, event);
  while (bitket_statement_step (statement, &local_error))
    {
      inside += bitket_statement_get_int64 (statement, 2);
      total += bitket_statement_get_int64 (statement, 3);
      json_array_add_object_element (by_type, read_type (statement));
    }
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return NULL;
    }
  json_object_set_string_member (message, "type", "counts");
  json_object_set_int_member (message, "inside", inside);
  json_object_set_int_member (message, "total", total);
  json_object_set_array_member (message, "by_type", g_steal_pointer (&by_type));
  return bitket_json_to_string (node);
}
