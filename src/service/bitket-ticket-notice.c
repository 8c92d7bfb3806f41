/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-ticket-notice.h"

#include "bitket-feed-rows.h"
#include "bitket-json-reader.h"

/* The feed's row, with the type in front. */
static char *
make_message (JsonNode *row)
{
  JsonObject *object = json_node_get_object (row);
  g_autoptr (GList) names = json_object_get_members (object);
  JsonObject *message = json_object_new ();
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), message);

  json_object_unref (message);
  json_object_set_string_member (message, "type", "ticket");
  for (GList *l = names; l != NULL; l = l->next)
    json_object_set_member (message, l->data, json_object_dup_member (object, l->data));
  return bitket_json_to_string (node);
}

gboolean
bitket_ticket_notice_add (BitketRequest *request,
                          BitketDb *db,
                          const char *event,
                          const char *ownership,
                          GError **error)
{
  g_autoptr (JsonNode) row = NULL;
  g_autoptr (GError) local_error = NULL;

  g_return_val_if_fail (request != NULL && db != NULL, FALSE);
  g_return_val_if_fail (event != NULL && ownership != NULL, FALSE);

  row = bitket_feed_row (db, event, ownership, &local_error);
  if (row != NULL)
    bitket_request_notify (request, event, make_message (row));
  if (local_error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}
