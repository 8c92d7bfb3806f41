/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-client"

#include "bitket-client-error.h"

G_DEFINE_QUARK (bitket - client - error - quark, bitket_client_error)

gboolean
bitket_client_error_is_offline (const GError *error)
{
  return g_error_matches (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_UNREACHABLE) ||
         g_error_matches (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_TIMEOUT) ||
         g_error_matches (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_TLS) ||
         g_error_matches (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_NOT_BITKET) ||
         g_error_matches (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_SERVER);
}
