/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-service-error.h"

#include "bitket-core-error.h"
#include "bitket-db-error.h"

/* Not G_DEFINE_QUARK: formatting would put blanks around its dashes, and so into the name. */
GQuark
bitket_service_error_quark (void)
{
  return g_quark_from_static_string ("bitket-service-error-quark");
}

typedef struct
{
  guint status;
  const char *text;
  const char *name; /* (nullable) */
} Wire;

#define INTERNAL_TEXT    "The server could not do this."
#define UNAVAILABLE_TEXT "The server cannot do this now. Try again later."

/* The texts are those of the original's framework where it had them. */
static const Wire wires[] = {
  [BITKET_SERVICE_ERROR_NONE] = { 500, INTERNAL_TEXT, NULL },
  [BITKET_SERVICE_ERROR_INVALID] = { 400, "Invalid input.", NULL },
  [BITKET_SERVICE_ERROR_UNAUTHENTICATED] = { 401, "Authentication credentials were not provided.",
                                             NULL },
  [BITKET_SERVICE_ERROR_CREDENTIALS] = { 401, "Incorrect authentication credentials.", NULL },
  [BITKET_SERVICE_ERROR_DOOR_REVOKED] = { 401, "This door was revoked.", "door_revoked" },
  [BITKET_SERVICE_ERROR_FORBIDDEN] = { 403, "You do not have permission to perform this action.",
                                       NULL },
  [BITKET_SERVICE_ERROR_NOT_FOUND] = { 404, "Not found.", NULL },
  [BITKET_SERVICE_ERROR_METHOD] = { 405, "Method not allowed.", NULL },
  [BITKET_SERVICE_ERROR_NOT_ACCEPTABLE] = { 406, "Could not satisfy the request Accept header.",
                                            NULL },
  [BITKET_SERVICE_ERROR_CONFLICT] = { 409, "This cannot be done any more.", NULL },
  [BITKET_SERVICE_ERROR_PRECONDITION] = { 412, "Somebody else has changed this meanwhile.", NULL },
  [BITKET_SERVICE_ERROR_TOO_LARGE] = { 413, "The request is larger than 1 MiB.", NULL },
  [BITKET_SERVICE_ERROR_MEDIA_TYPE] = { 415, "Unsupported media type in request.", NULL },
  [BITKET_SERVICE_ERROR_KEY_REUSED] = { 422, "This Idempotency-Key was used for another request.",
                                        NULL },
  [BITKET_SERVICE_ERROR_THROTTLED] = { 429, "Request was throttled.", NULL },
  [BITKET_SERVICE_ERROR_INTERNAL] = { 500, INTERNAL_TEXT, NULL },
  [BITKET_SERVICE_ERROR_UNAVAILABLE] = { 503, UNAVAILABLE_TEXT, NULL },
  [BITKET_SERVICE_ERROR_NEEDS_WRITE] = { 500, INTERNAL_TEXT, NULL },
};

static const Wire *
find_wire (const GError *error)
{
  if (error->domain == BITKET_SERVICE_ERROR && (guint) error->code < G_N_ELEMENTS (wires))
    return &wires[error->code];
  /* What was read did not fit; all that the service reads that way comes from requests. */
  if (error->domain == BITKET_CORE_ERROR)
    return &wires[BITKET_SERVICE_ERROR_INVALID];
  if (g_error_matches (error, BITKET_DB_ERROR, BITKET_DB_ERROR_BUSY) ||
      g_error_matches (error, BITKET_DB_ERROR, BITKET_DB_ERROR_CONNECTION) ||
      g_error_matches (error, BITKET_DB_ERROR, BITKET_DB_ERROR_FULL))
    return &wires[BITKET_SERVICE_ERROR_UNAVAILABLE];
  return &wires[BITKET_SERVICE_ERROR_INTERNAL];
}

guint
bitket_service_error_get_status (const GError *error)
{
  g_return_val_if_fail (error != NULL, 500);

  return find_wire (error)->status;
}

const char *
bitket_service_error_get_text (const GError *error)
{
  const Wire *wire;

  g_return_val_if_fail (error != NULL, INTERNAL_TEXT);

  wire = find_wire (error);
  /* What a server error says inside is for its log. */
  if (wire->status < 500)
    return error->message;
  return wire->text;
}

const char *
bitket_service_error_get_name (const GError *error)
{
  g_return_val_if_fail (error != NULL, NULL);

  return find_wire (error)->name;
}

void
bitket_service_error_set (GError **error, BitketServiceError code)
{
  g_return_if_fail ((guint) code < G_N_ELEMENTS (wires));

  g_set_error_literal (error, BITKET_SERVICE_ERROR, code, wires[code].text);
}
