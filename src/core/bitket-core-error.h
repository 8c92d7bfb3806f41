/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define BITKET_CORE_ERROR (bitket_core_error_quark ())

/**
 * BitketCoreError:
 * @BITKET_CORE_ERROR_SYNTAX: the text is not in the format at all (JSON, number, time, id)
 * @BITKET_CORE_ERROR_MISSING: a member that must be there is not
 * @BITKET_CORE_ERROR_KIND: a value of another kind than the field's
 * @BITKET_CORE_ERROR_NULL: null where the field may not be null
 * @BITKET_CORE_ERROR_LIMIT: too long, too large, too small, too deep
 * @BITKET_CORE_ERROR_CHOICE: not one of the values allowed
 * @BITKET_CORE_ERROR_CHECKSUM: a check digit does not fit
 * @BITKET_CORE_ERROR_UNKNOWN_FIELD: a member that the schema does not have
 * @BITKET_CORE_ERROR_READ_ONLY: a member that may not be written
 * @BITKET_CORE_ERROR_SIGNATURE: a signature that does not verify
 *
 * Codes are stable: they are mapped to wire texts (see #BitketFieldError) and to sentences for
 * people.
 */
typedef enum
{
  BITKET_CORE_ERROR_NONE,
  BITKET_CORE_ERROR_SYNTAX,
  BITKET_CORE_ERROR_MISSING,
  BITKET_CORE_ERROR_KIND,
  BITKET_CORE_ERROR_NULL,
  BITKET_CORE_ERROR_LIMIT,
  BITKET_CORE_ERROR_CHOICE,
  BITKET_CORE_ERROR_CHECKSUM,
  BITKET_CORE_ERROR_UNKNOWN_FIELD,
  BITKET_CORE_ERROR_READ_ONLY,
  BITKET_CORE_ERROR_SIGNATURE,
} BitketCoreError;

GQuark bitket_core_error_quark (void);

G_END_DECLS
