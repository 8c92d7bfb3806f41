/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-request-log.h"

#include <string.h>

#define NAME_CHARS                                                                                 \
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"                                 \
  "._-"

static GPrivate current = G_PRIVATE_INIT (NULL);

gboolean
bitket_request_name_is_valid (const char *name)
{
  gsize len;

  g_return_val_if_fail (name != NULL, FALSE);

  len = strlen (name);
  return len > 0 && len <= BITKET_REQUEST_ID_MAX_LEN && strspn (name, NAME_CHARS) == len;
}

char *
bitket_request_name_take (const char *given)
{
  if (given != NULL && bitket_request_name_is_valid (given))
    return g_strdup (given);
  return g_uuid_string_random ();
}

static const char *
get_caller_kind (const BitketCaller *caller)
{
  if (caller == NULL)
    return "unknown";
  switch (caller->kind)
    {
    case BITKET_CALLER_USER:
      return "user";
    case BITKET_CALLER_DOOR:
      return "door";
    case BITKET_CALLER_NONE:
      break;
    }
  return "none";
}

/* Ours by name; any other is "other", as it could be anything. */
static char *
name_method (BitketMethod method)
{
  char *name = bitket_methods_format (method);

  if (*name != '\0')
    return name;
  g_free (name);
  return g_strdup ("other");
}

char *
bitket_request_log_format (const BitketRequestOutcome *outcome)
{
  g_autofree char *method = NULL;
  g_autofree char *caller_id = NULL;

  g_return_val_if_fail (outcome != NULL && outcome->name != NULL && outcome->route != NULL, NULL);

  method = name_method (outcome->method);
  if (outcome->caller != NULL && outcome->caller->id[0] != '\0')
    caller_id = g_strconcat (" caller_id=", outcome->caller->id, NULL);
  return g_strdup_printf ("request=%s method=%s route=%s status=%u ms=%" G_GINT64_FORMAT
                          ".%03" G_GINT64_FORMAT " caller=%s%s bytes=%" G_GINT64_FORMAT,
                          outcome->name, method, outcome->route, outcome->status,
                          outcome->duration_us / 1000, outcome->duration_us % 1000,
                          get_caller_kind (outcome->caller), caller_id != NULL ? caller_id : "",
                          outcome->method == BITKET_METHOD_HEAD ? 0 : outcome->n_bytes);
}

void
bitket_request_log_enter (const char *name)
{
  g_private_set (&current, (gpointer) name);
}

void
bitket_request_log_leave (void)
{
  g_private_set (&current, NULL);
}

const char *
bitket_request_log_get_current (void)
{
  return g_private_get (&current);
}
