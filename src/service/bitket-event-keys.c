/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-event-keys.h"

#include "bitket-service-error.h"
#include "bitket-store.h"

/* Returns: 1 when both are there, 0 when not, -1 with @error. */
static int
has_keys (BitketDb *db, const char *event, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (BitketStatement) statement =
      bitket_db_prepare (db,
                         "SELECT 1 FROM event_keys k JOIN event_door_keys d ON d.event = k.event"
                         " WHERE k.event = $1 LIMIT 1",
                         error);

  if (statement == NULL)
    return -1;
  bitket_statement_bind_text (statement, 1, event);
  if (bitket_statement_step (statement, &local_error))
    return 1;
  if (local_error == NULL)
    return 0;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return -1;
}

gboolean
bitket_event_keys_ensure (const BitketRequest *request,
                          BitketDb *db,
                          const char *event,
                          GError **error)
{
  g_autoptr (GPtrArray) keys = NULL;
  BitketDoorKey door_key;
  gboolean is_made;
  int has;

  g_return_val_if_fail (request != NULL && db != NULL && event != NULL, FALSE);

  has = has_keys (db, event, error);
  if (has != 0)
    return has > 0;
  if (!request->may_write)
    {
      bitket_service_error_set (error, BITKET_SERVICE_ERROR_NEEDS_WRITE);
      return FALSE;
    }
  keys = bitket_store_event_keys (db, event, error);
  is_made = keys != NULL && bitket_store_door_key (db, event, &door_key, error);
  if (is_made)
    bitket_door_key_clear (&door_key);
  return is_made;
}
