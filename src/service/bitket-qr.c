/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-store"

#include "bitket-store.h"

#include <png.h>
#include <qrencode.h>
#include <setjmp.h>

#define PIXELS_A_MODULE 6
#define BORDER_MODULES  4

/* Only the first bit of an element of QRcode.data says black or white. */
#define MODULE_IS_BLACK 1

static void
append_bytes_cb (png_structp png, png_bytep data, png_size_t len)
{
  g_byte_array_append (png_get_io_ptr (png), data, (guint) len);
}

static void
flush_cb (png_structp png)
{
}

/* One row of pixels, packed eight to a byte, the first in the highest bit; 1 is white. */
static void
draw_row (const QRcode *qr, int module_row, guint8 *row, gsize row_len)
{
  memset (row, 0xff, row_len);
  if (module_row < 0 || module_row >= qr->width)
    return;
  for (int x = 0; x < qr->width; x++)
    {
      int first = (x + BORDER_MODULES) * PIXELS_A_MODULE;

      if ((qr->data[module_row * qr->width + x] & MODULE_IS_BLACK) == 0)
        continue;
      for (int pixel = first; pixel < first + PIXELS_A_MODULE; pixel++)
        row[pixel / 8] &= (guint8) ~(0x80 >> (pixel % 8));
    }
}

/* libpng leaves by longjmp when it fails: nothing in here is owned by a local variable. */
static gboolean
write_png (png_structp png, png_infop info, const QRcode *qr, guint8 *row, gsize row_len, int size)
{
  if (setjmp (png_jmpbuf (png)) != 0)
    return FALSE;
  png_set_compression_level (png, 9);
  png_set_IHDR (png, info, (png_uint_32) size, (png_uint_32) size, 1, PNG_COLOR_TYPE_GRAY,
                PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info (png, info);
  for (int y = 0; y < size; y++)
    {
      draw_row (qr, y / PIXELS_A_MODULE - BORDER_MODULES, row, row_len);
      png_write_row (png, row);
    }
  png_write_end (png, info);
  return TRUE;
}

static GBytes *
encode_png (const QRcode *qr, GError **error)
{
  int size = (qr->width + 2 * BORDER_MODULES) * PIXELS_A_MODULE;
  gsize row_len = ((gsize) size + 7) / 8;
  g_autofree guint8 *row = g_malloc (row_len);
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  png_structp png = png_create_write_struct (PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
  png_infop info = png != NULL ? png_create_info_struct (png) : NULL;
  gboolean success = FALSE;

  if (info != NULL)
    {
      png_set_write_fn (png, bytes, append_bytes_cb, flush_cb);
      success = write_png (png, info, qr, row, row_len, size);
    }
  png_destroy_write_struct (&png, &info);
  if (!success)
    {
      g_set_error (error, BITKET_STORE_ERROR, BITKET_STORE_ERROR_LIBRARY,
                   "could not write the picture of a QR code");
      return NULL;
    }
  return g_byte_array_free_to_bytes (g_steal_pointer (&bytes));
}

static QRecLevel
style_to_level (BitketQrStyle style)
{
  return style == BITKET_QR_SIGNED ? QR_ECLEVEL_M : QR_ECLEVEL_H;
}

GBytes *
bitket_qr_png (const char *text, BitketQrStyle style, GError **error)
{
  QRcode *qr;
  GBytes *png;

  g_return_val_if_fail (text != NULL, NULL);
  g_return_val_if_fail (style != BITKET_QR_NONE, NULL);

  qr = text[0] != '\0' ? QRcode_encodeString (text, 0, style_to_level (style), QR_MODE_8, 1) : NULL;
  if (qr == NULL)
    {
      g_set_error (error, BITKET_STORE_ERROR, BITKET_STORE_ERROR_INPUT,
                   "cannot draw a QR code of %" G_GSIZE_FORMAT " bytes", strlen (text));
      return NULL;
    }
  png = encode_png (qr, error);
  QRcode_free (qr);
  return png;
}

char *
bitket_qr_data_uri (const BitketTicketCode *code, GError **error)
{
  g_autofree char *text = NULL;
  g_autofree char *base64 = NULL;
  g_autoptr (GBytes) png = NULL;

  g_return_val_if_fail (code != NULL, NULL);

  text = bitket_ticket_code_format (code);
  png = bitket_qr_png (text, code->has_signature ? BITKET_QR_SIGNED : BITKET_QR_ORIGINAL, error);
  if (png == NULL)
    return NULL;
  base64 = g_base64_encode (g_bytes_get_data (png, NULL), g_bytes_get_size (png));
  return g_strconcat ("data:image/png;base64,", base64, NULL);
}
