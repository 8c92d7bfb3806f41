/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-door"
#define ZX_USE_UTF8

#include "bitket-zxing.h"

#include <ZXing/ReadBarcode.h>

/* More codes than this in one picture are a wall of posters, not a ticket. */
static const int max_symbols = 16;

static ZXing::DecodeHints
make_hints (BitketZxingMode mode)
{
  const bool harder = (mode & BITKET_ZXING_HARDER) != 0;
  ZXing::DecodeHints hints;

  hints.setFormats (ZXing::BarcodeFormat::QRCode);
  hints.setTryHarder (harder);
  hints.setTryRotate (harder);
  hints.setTryDownscale (harder);
  hints.setMaxNumberOfSymbols (max_symbols);
  hints.setBinarizer ((mode & BITKET_ZXING_HISTOGRAM) != 0 ? ZXing::Binarizer::GlobalHistogram
                                                           : ZXing::Binarizer::LocalAverage);
  return hints;
}

static void
report (const ZXing::Result &result, BitketZxingFunc func, gpointer user_data)
{
  const ZXing::ByteArray &bytes = result.bytes ();
  float corners[8];

  /* One part of a structured-append sequence is not the text that was written. */
  if (!result.isValid () || result.format () != ZXing::BarcodeFormat::QRCode || bytes.empty () ||
      result.isPartOfSequence ())
    return;
  for (int i = 0; i < 4; i++)
    {
      corners[2 * i] = static_cast<float> (result.position ()[i].x);
      corners[2 * i + 1] = static_cast<float> (result.position ()[i].y);
    }
  func (bytes.data (), bytes.size (), corners, user_data);
}

gboolean
bitket_zxing_read (const BitketGrayImage *image,
                   BitketZxingMode mode,
                   BitketZxingFunc func,
                   gpointer user_data)
{
  try
    {
      const ZXing::ImageView view (image->data, image->width, image->height,
                                   ZXing::ImageFormat::Lum, image->row_stride, image->pixel_stride);

      for (const ZXing::Result &result : ZXing::ReadBarcodes (view, make_hints (mode)))
        report (result, func, user_data);
      return TRUE;
    }
  catch (...)
    {
      return FALSE;
    }
}
