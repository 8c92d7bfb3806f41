/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-door"

#include "bitket-zxing-decoder.h"

#include "bitket-gray.h"
#include "bitket-zxing.h"

struct _BitketZxingDecoder
{
  GObject parent_instance;
  BitketZxingMode mode;
};

static void decoder_iface_init (BitketDecoderInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (BitketZxingDecoder,
                               bitket_zxing_decoder,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (BITKET_TYPE_DECODER, decoder_iface_init))

static void
add_result_cb (const void *bytes, gsize len, const float corners[8], gpointer user_data)
{
  g_ptr_array_add (user_data, bitket_decoded_new (bytes, len, corners));
}

static void
bitket_zxing_decoder_decode (BitketDecoder *decoder,
                             const BitketGrayImage *image,
                             gint64 deadline_us,
                             GPtrArray *found)
{
  BitketZxingDecoder *self = BITKET_ZXING_DECODER (decoder);

  if (!bitket_zxing_read (image, self->mode, add_result_cb, found))
    g_debug ("ZXing gave up on a picture of %d×%d", image->width, image->height);
}

static void
bitket_zxing_decoder_class_init (BitketZxingDecoderClass *klass)
{
}

static void
bitket_zxing_decoder_init (BitketZxingDecoder *self)
{
}

static void
decoder_iface_init (BitketDecoderInterface *iface)
{
  iface->decode = bitket_zxing_decoder_decode;
}

BitketDecoder *
bitket_zxing_decoder_new (BitketZxingMode mode)
{
  BitketZxingDecoder *self = g_object_new (BITKET_TYPE_ZXING_DECODER, NULL);

  self->mode = mode;
  return BITKET_DECODER (self);
}
