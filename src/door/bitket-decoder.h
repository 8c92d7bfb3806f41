/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* A grey picture, borrowed. */
typedef struct
{
  const guint8 *data; /* (unowned) luma, one byte a pixel when pixel_stride is 1 */
  int width;
  int height;
  int row_stride;   /* bytes from row to row */
  int pixel_stride; /* bytes from pixel to pixel: 2 reads the luma of YUY2 in place */
} BitketGrayImage;

typedef struct
{
  GBytes *bytes;    /* (owned) the text as it was written, which need not be UTF-8 */
  float corners[8]; /* x, y of the four corners in the picture, or zeros when not known */
} BitketDecoded;

void bitket_decoded_free (BitketDecoded *decoded);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BitketDecoded, bitket_decoded_free)

/* One way to read QR codes from a grey picture: zbar, ZXing, or a cascade of them. Not thread-safe:
 * one thread at a time. Never reports another symbology, never a text that was not there. */
#define BITKET_TYPE_DECODER (bitket_decoder_get_type ())
G_DECLARE_INTERFACE (BitketDecoder, bitket_decoder, BITKET, DECODER, GObject)

struct _BitketDecoderInterface
{
  GTypeInterface parent_iface;
  void (*decode) (BitketDecoder *self,
                  const BitketGrayImage *image,
                  gint64 deadline_us,
                  GPtrArray *found);
};

/**
 * bitket_decoder_decode:
 * @image: the picture
 * @deadline_us: monotonic time at which a decoder of several stages begins no further one;
 * G_MAXINT64: no limit
 *
 * Returns: (transfer full) (element-type BitketDecoded): what was read; empty when nothing was
 */
GPtrArray *
bitket_decoder_decode (BitketDecoder *self, const BitketGrayImage *image, gint64 deadline_us);

G_END_DECLS
