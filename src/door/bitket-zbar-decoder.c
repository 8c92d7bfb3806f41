/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-door"

#include "bitket-zbar-decoder.h"

#include <zbar.h>

#include "bitket-gray.h"

struct _BitketZbarDecoder
{
  GObject parent_instance;
  zbar_image_scanner_t *scanner; /* (owned) */
  BitketGrayBuffer packed;       /* zbar knows no stride */
};

static void decoder_iface_init (BitketDecoderInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (BitketZbarDecoder,
                               bitket_zbar_decoder,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (BITKET_TYPE_DECODER, decoder_iface_init))

/* The cache stays off: with it, a code of a structured-append sequence aborts the process. */
static zbar_image_scanner_t *
make_scanner (void)
{
  zbar_image_scanner_t *scanner = zbar_image_scanner_create ();

  zbar_image_scanner_set_config (scanner, ZBAR_NONE, ZBAR_CFG_ENABLE, 0);
  zbar_image_scanner_set_config (scanner, ZBAR_QRCODE, ZBAR_CFG_ENABLE, 1);
  /* Without this zbar guesses at encodings, and spoils åäö. */
  zbar_image_scanner_set_config (scanner, ZBAR_QRCODE, ZBAR_CFG_BINARY, 1);
  return scanner;
}

static void
add_symbol (const zbar_symbol_t *symbol, GPtrArray *found)
{
  guint len = zbar_symbol_get_data_length (symbol);
  float corners[8] = { 0 };

  /* One part of a structured-append sequence comes as ZBAR_PARTIAL: a text cut in two is none. */
  if (zbar_symbol_get_type (symbol) != ZBAR_QRCODE || len == 0)
    return;
  if (zbar_symbol_get_loc_size (symbol) == 4)
    for (guint i = 0; i < 4; i++)
      {
        corners[2 * i] = zbar_symbol_get_loc_x (symbol, i);
        corners[2 * i + 1] = zbar_symbol_get_loc_y (symbol, i);
      }
  g_ptr_array_add (found, bitket_decoded_new (zbar_symbol_get_data (symbol), len, corners));
}

static void
bitket_zbar_decoder_decode (BitketDecoder *decoder,
                            const BitketGrayImage *image,
                            gint64 deadline_us,
                            GPtrArray *found)
{
  BitketZbarDecoder *self = BITKET_ZBAR_DECODER (decoder);
  const guint8 *data = image->data;
  zbar_image_t *frame;

  if (!bitket_gray_image_is_packed (image))
    {
      bitket_gray_pack (image, &self->packed);
      data = self->packed.data;
    }
  frame = zbar_image_create ();
  zbar_image_set_format (frame, zbar_fourcc ('Y', '8', '0', '0'));
  zbar_image_set_size (frame, image->width, image->height);
  zbar_image_set_data (frame, data, (gulong) image->width * image->height, NULL);
  if (zbar_scan_image (self->scanner, frame) > 0)
    {
      for (const zbar_symbol_t *symbol = zbar_image_first_symbol (frame); symbol != NULL;
           symbol = zbar_symbol_next (symbol))
        add_symbol (symbol, found);
    }
  zbar_image_destroy (frame);
  /* The scanner keeps some hundred bytes of every code it has read, so it serves for one hit only.
   */
  if (found->len > 0)
    {
      zbar_image_scanner_destroy (self->scanner);
      self->scanner = make_scanner ();
    }
}

static void
bitket_zbar_decoder_finalize (GObject *object)
{
  BitketZbarDecoder *self = BITKET_ZBAR_DECODER (object);

  g_clear_pointer (&self->scanner, zbar_image_scanner_destroy);
  bitket_gray_buffer_clear (&self->packed);
  G_OBJECT_CLASS (bitket_zbar_decoder_parent_class)->finalize (object);
}

static void
bitket_zbar_decoder_class_init (BitketZbarDecoderClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = bitket_zbar_decoder_finalize;
}

static void
bitket_zbar_decoder_init (BitketZbarDecoder *self)
{
  self->scanner = make_scanner ();
}

static void
decoder_iface_init (BitketDecoderInterface *iface)
{
  iface->decode = bitket_zbar_decoder_decode;
}

BitketDecoder *
bitket_zbar_decoder_new (void)
{
  return g_object_new (BITKET_TYPE_ZBAR_DECODER, NULL);
}
