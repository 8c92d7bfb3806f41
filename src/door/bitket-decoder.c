/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-door"

#include "bitket-decoder.h"

#include <string.h>

#include "bitket-gray.h"

G_DEFINE_INTERFACE (BitketDecoder, bitket_decoder, G_TYPE_OBJECT)

static void
bitket_decoder_default_init (BitketDecoderInterface *iface)
{
}

BitketDecoded *
bitket_decoded_new (gconstpointer bytes, gsize len, const float corners[8])
{
  BitketDecoded *decoded = g_new0 (BitketDecoded, 1);

  decoded->bytes = g_bytes_new (bytes, len);
  memcpy (decoded->corners, corners, sizeof decoded->corners);
  return decoded;
}

void
bitket_decoded_free (BitketDecoded *decoded)
{
  if (decoded == NULL)
    return;
  g_bytes_unref (decoded->bytes);
  g_free (decoded);
}

GPtrArray *
bitket_decoder_decode (BitketDecoder *self, const BitketGrayImage *image, gint64 deadline_us)
{
  g_autoptr (GPtrArray) found =
      g_ptr_array_new_with_free_func ((GDestroyNotify) bitket_decoded_free);

  g_return_val_if_fail (BITKET_IS_DECODER (self), NULL);
  g_return_val_if_fail (image != NULL, NULL);

  if (bitket_gray_image_is_readable (image))
    BITKET_DECODER_GET_IFACE (self)->decode (self, image, deadline_us, found);
  return g_steal_pointer (&found);
}
