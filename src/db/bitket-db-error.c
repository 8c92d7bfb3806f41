/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-db"

#include "bitket-db-error.h"

/* Not G_DEFINE_QUARK: formatting would put blanks around its dashes, and so into the name. */
GQuark
bitket_db_error_quark (void)
{
  return g_quark_from_static_string ("bitket-db-error-quark");
}
