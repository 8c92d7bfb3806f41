/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define BITKET_DB_ERROR (bitket_db_error_quark ())

typedef enum
{
  BITKET_DB_ERROR_NONE,
  BITKET_DB_ERROR_FAILED, /* anything else */
  BITKET_DB_ERROR_URI,    /* an address that names no database */
  BITKET_DB_ERROR_OPEN,   /* no such file, no such server, not allowed in */
  BITKET_DB_ERROR_NOT_A_DATABASE,
  BITKET_DB_ERROR_CORRUPT,
  BITKET_DB_ERROR_VERSION, /* made by a newer version of the program */
  BITKET_DB_ERROR_BUSY,    /* somebody else holds it; or a deadlock, or a serialization failure: try
                              again */
  BITKET_DB_ERROR_FULL,    /* no room left on the disk */
  BITKET_DB_ERROR_IO,      /* disk error, read-only */
  BITKET_DB_ERROR_CONNECTION, /* the server went away */
  BITKET_DB_ERROR_UNIQUE,     /* a unique constraint */
  BITKET_DB_ERROR_CONSTRAINT, /* another constraint */
} BitketDbError;

GQuark bitket_db_error_quark (void);

G_END_DECLS
