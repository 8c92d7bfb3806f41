/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-access.h"

#include <string.h>

#include "bitket-service-error.h"

static gboolean
refuse (GError **error, BitketServiceError code)
{
  bitket_service_error_set (error, code);
  return FALSE;
}

static gboolean
load_organization (BitketDb *db,
                   const char *event,
                   char organization[BITKET_ID_SIZE],
                   GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (BitketStatement) statement =
      bitket_db_prepare (db, "SELECT organization FROM events WHERE id = $1", error);

  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_text (statement, 1, event);
  if (bitket_statement_step (statement, &local_error))
    {
      g_strlcpy (organization, bitket_statement_get_text (statement, 0), BITKET_ID_SIZE);
      return TRUE;
    }
  if (local_error == NULL)
    return refuse (error, BITKET_SERVICE_ERROR_NOT_FOUND);
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

gboolean
bitket_access_check_event (const BitketRequest *request,
                           BitketDb *db,
                           const char *event,
                           BitketRoles roles,
                           char organization[BITKET_ID_SIZE],
                           GError **error)
{
  const BitketCaller *caller;
  char found[BITKET_ID_SIZE];

  g_return_val_if_fail (request != NULL && db != NULL && event != NULL, FALSE);

  caller = &request->caller;
  if (caller->kind == BITKET_CALLER_DOOR && strcmp (caller->event, event) != 0)
    return refuse (error, BITKET_SERVICE_ERROR_FORBIDDEN);
  if (!load_organization (db, event, found, error))
    return FALSE;
  if (caller->kind != BITKET_CALLER_DOOR && (bitket_caller_get_roles (caller, found) & roles) == 0)
    return refuse (error, BITKET_SERVICE_ERROR_FORBIDDEN);
  if (organization != NULL)
    memcpy (organization, found, BITKET_ID_SIZE);
  return TRUE;
}
