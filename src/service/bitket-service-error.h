/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define BITKET_SERVICE_ERROR (bitket_service_error_quark ())

/* Why a request is not answered with what it asked for. The message of such an error is the wire's
 * text: it goes out as "detail" as it stands. One table maps code, status and the usual text. */
typedef enum
{
  BITKET_SERVICE_ERROR_NONE,
  BITKET_SERVICE_ERROR_INVALID,         /* 400 */
  BITKET_SERVICE_ERROR_UNAUTHENTICATED, /* 401 without credentials */
  BITKET_SERVICE_ERROR_CREDENTIALS,     /* 401 with broken ones */
  BITKET_SERVICE_ERROR_DOOR_REVOKED,    /* 401 */
  BITKET_SERVICE_ERROR_FORBIDDEN,       /* 403 */
  BITKET_SERVICE_ERROR_NOT_FOUND,       /* 404 */
  BITKET_SERVICE_ERROR_METHOD,          /* 405 */
  BITKET_SERVICE_ERROR_NOT_ACCEPTABLE,  /* 406 */
  BITKET_SERVICE_ERROR_CONFLICT,        /* 409 */
  BITKET_SERVICE_ERROR_PRECONDITION,    /* 412 */
  BITKET_SERVICE_ERROR_TOO_LARGE,       /* 413 */
  BITKET_SERVICE_ERROR_MEDIA_TYPE,      /* 415 */
  BITKET_SERVICE_ERROR_KEY_REUSED,      /* 422 */
  BITKET_SERVICE_ERROR_THROTTLED,       /* 429 */
  BITKET_SERVICE_ERROR_INTERNAL,        /* 500 */
  BITKET_SERVICE_ERROR_UNAVAILABLE,     /* 503 */
  BITKET_SERVICE_ERROR_NEEDS_WRITE, /* never on the wire: a reading handler found that it must write
                                     * first, and is run again in a writing transaction */
} BitketServiceError;

GQuark bitket_service_error_quark (void);
/** bitket_service_error_get_status: the HTTP status of any error: foreign ones are 503 where trying
 * again may help, 500 otherwise */
guint bitket_service_error_get_status (const GError *error);
/** bitket_service_error_get_text: what the wire says of it; foreign errors tell nothing */
const char *bitket_service_error_get_text (const GError *error);
/** bitket_service_error_get_name: (nullable): the stable "code" member that goes with it */
const char *bitket_service_error_get_name (const GError *error);
/** bitket_service_error_set: with the usual text of @code */
void bitket_service_error_set (GError **error, BitketServiceError code);

G_END_DECLS
