/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-base64url.h"

#include <sodium.h>

void
bitket_base64url_append (GString *out, gconstpointer data, gsize len)
{
  g_autofree char *text = NULL;

  g_return_if_fail (out != NULL && (data != NULL || len == 0));

  text = g_base64_encode (data, len);
  for (char *p = text; *p != '\0' && *p != '='; p++)
    g_string_append_c (out, *p == '+' ? '-' : *p == '/' ? '_' : *p);
}

guint8 *
bitket_base64url_read (const char *text, gsize text_len, gsize *len)
{
  g_autofree guint8 *bytes = NULL;
  gsize n_bytes = 0;

  g_return_val_if_fail (text != NULL && len != NULL, NULL);

  bytes = g_malloc (text_len + 1);
  if (sodium_base642bin (bytes, text_len, text, text_len, NULL, &n_bytes, NULL,
                         sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
    return NULL;
  bytes[n_bytes] = '\0';
  *len = n_bytes;
  return g_steal_pointer (&bytes);
}
