/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-core"

#include "bitket-sodium-private.h"

#include <sodium.h>
#include <string.h>

/* The longest thing that is decoded to a known length: a signature. */
#define MAX_DECODED_LEN 64

void
bitket_sodium_ensure (void)
{
  static gsize is_ready = 0;

  if (g_once_init_enter (&is_ready))
    {
      int result = sodium_init ();

      g_assert (result >= 0);
      g_once_init_leave (&is_ready, 1);
    }
}

char *
bitket_base64url_encode (const guint8 *bytes, gsize bytes_len)
{
  const int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
  gsize size = sodium_base64_encoded_len (bytes_len, variant);
  char *text = g_malloc (size);

  return sodium_bin2base64 (text, size, bytes, bytes_len, variant);
}

gboolean
bitket_base64url_decode (const char *text, gsize text_len, guint8 *bytes, gsize bytes_len)
{
  guint8 decoded[MAX_DECODED_LEN];
  gsize decoded_len;

  g_assert (bytes_len <= sizeof decoded);

  if (sodium_base642bin (decoded, bytes_len, text, text_len, NULL, &decoded_len, NULL,
                         sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
      decoded_len != bytes_len)
    return FALSE;
  memcpy (bytes, decoded, bytes_len);
  return TRUE;
}
