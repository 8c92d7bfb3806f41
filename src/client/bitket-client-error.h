/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define BITKET_CLIENT_ERROR (bitket_client_error_quark ())

typedef enum
{
  BITKET_CLIENT_ERROR_NONE,
  /* The service could not be reached, or what answered was not the service. All of these mean
     "offline". */
  BITKET_CLIENT_ERROR_UNREACHABLE, /* DNS, refused, reset, no network */
  BITKET_CLIENT_ERROR_TIMEOUT,
  BITKET_CLIENT_ERROR_TLS,        /* a certificate that cannot be trusted */
  BITKET_CLIENT_ERROR_NOT_BITKET, /* HTML of a captive portal, a redirect elsewhere, no JSON */
  BITKET_CLIENT_ERROR_SERVER,     /* 5xx */
  /* The service answered. */
  BITKET_CLIENT_ERROR_BUSY,         /* 429 or 503 with Retry-After */
  BITKET_CLIENT_ERROR_UNAUTHORIZED, /* 401 */
  BITKET_CLIENT_ERROR_REVOKED,      /* 401 because the door was revoked */
  BITKET_CLIENT_ERROR_FORBIDDEN,    /* 403 */
  BITKET_CLIENT_ERROR_NOT_FOUND,    /* 404 */
  BITKET_CLIENT_ERROR_INVALID,      /* 400, 422 */
  BITKET_CLIENT_ERROR_CONFLICT,     /* 409, 412 */
  BITKET_CLIENT_ERROR_TOO_LARGE,    /* 413 */
  BITKET_CLIENT_ERROR_REFUSED,      /* any other 4xx */
  BITKET_CLIENT_ERROR_ANSWER,       /* 2xx with a body that does not fit the contract */
  BITKET_CLIENT_ERROR_ADDRESS,      /* a server address that is none, or http to another machine */
} BitketClientError;

GQuark bitket_client_error_quark (void);
/** bitket_client_error_is_offline: whether @error means that the service could not be reached */
gboolean bitket_client_error_is_offline (const GError *error);

G_END_DECLS
