/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-client"

#include "bitket-client-error.h"

/* Not G_DEFINE_QUARK: formatting would put blanks around its dashes, and so into the name. */
GQuark
bitket_client_error_quark (void)
{
  return g_quark_from_static_string ("bitket-client-error-quark");
}

gboolean
bitket_client_error_is_offline (const GError *error)
{
  return g_error_matches (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_UNREACHABLE) ||
         g_error_matches (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_TIMEOUT) ||
         g_error_matches (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_TLS) ||
         g_error_matches (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_NOT_BITKET) ||
         g_error_matches (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_SERVER);
}
