/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define BITKET_STORE_ERROR (bitket_store_error_quark ())

/**
 * BitketStoreError:
 * @BITKET_STORE_ERROR_NOT_FOUND: nothing has that id, address or name
 * @BITKET_STORE_ERROR_NOT_CURRENT: the ticket belongs to somebody else by now
 * @BITKET_STORE_ERROR_REFUNDED: the money was given back, the ticket is void
 * @BITKET_STORE_ERROR_EXISTS: there is one already
 * @BITKET_STORE_ERROR_INPUT: what was given does not fit: a field, a file's row, a picture's text
 * @BITKET_STORE_ERROR_LIBRARY: a library refused to hash or draw, for want of memory
 *
 * What a database says stands in #BitketDbError. Codes are stable.
 */
typedef enum
{
  BITKET_STORE_ERROR_NONE,
  BITKET_STORE_ERROR_NOT_FOUND,
  BITKET_STORE_ERROR_NOT_CURRENT,
  BITKET_STORE_ERROR_REFUNDED,
  BITKET_STORE_ERROR_EXISTS,
  BITKET_STORE_ERROR_INPUT,
  BITKET_STORE_ERROR_LIBRARY,
} BitketStoreError;

GQuark bitket_store_error_quark (void);

G_END_DECLS
