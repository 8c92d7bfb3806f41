/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "fuzz"

#include "fuzz.h"

#include "bitket-cascade-decoder.h"

/* The first five bytes say how the others lie as a picture: width, height, gap after a row, pixel
 * stride, nothing. Whatever comes, nothing beyond the bytes is read, and each text has bytes. */
#define HEAD_LEN 5

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize len)
{
  static BitketDecoder *decoder;
  g_autoptr (GPtrArray) found = NULL;
  BitketGrayImage image;

  if (len < HEAD_LEN)
    return -1;
  image.width = data[0];
  image.pixel_stride = data[3] % 4;
  image.row_stride = image.width * image.pixel_stride + data[2] % 16;
  image.data = data + HEAD_LEN;
  if (image.row_stride == 0)
    return -1;
  image.height = MIN ((gsize) data[1], (len - HEAD_LEN) / image.row_stride);
  /* Scratch buffers alone are kept from call to call; what is read does not depend on them. */
  if (decoder == NULL)
    decoder = bitket_cascade_decoder_new ();
  found = bitket_decoder_decode (decoder, &image, G_MAXINT64);
  for (guint i = 0; i < found->len; i++)
    {
      const BitketDecoded *decoded = g_ptr_array_index (found, i);

      g_assert_cmpuint (g_bytes_get_size (decoded->bytes), >, 0);
    }
  return 0;
}
