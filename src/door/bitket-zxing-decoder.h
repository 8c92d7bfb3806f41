/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-decoder.h"

G_BEGIN_DECLS

typedef enum
{
  BITKET_ZXING_FAST = 0,
  BITKET_ZXING_HARDER = 1 << 0, /* harder, rotated, downscaled */
  BITKET_ZXING_HISTOGRAM =
      1 << 1, /* one threshold for the whole picture in place of local averages */
} BitketZxingMode;

/* ZXing-C++, QR codes only. */
#define BITKET_TYPE_ZXING_DECODER (bitket_zxing_decoder_get_type ())
G_DECLARE_FINAL_TYPE (BitketZxingDecoder, bitket_zxing_decoder, BITKET, ZXING_DECODER, GObject)

BitketDecoder *bitket_zxing_decoder_new (BitketZxingMode mode);

G_END_DECLS
