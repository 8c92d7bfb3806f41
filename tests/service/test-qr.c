/* SPDX-License-Identifier: MIT */
#include "bitket-store.h"

#include <png.h>
#include <qrencode.h>
#include <string.h>

/* The pictures are read back by libpng and compared with the matrix, module by module; that
 * decoders read them is tested at the door. */

#define ORIGINAL_TEXT "{\"id\": \"88a87ad6-32b5-5458-a4a5-f8cd227b10de\", \"code\": \"a1b2c3\"}"

typedef struct
{
  guint width, height;
  guint8 *gray; /* (owned) one byte a pixel */
} Picture;

static void
picture_clear (Picture *picture)
{
  g_clear_pointer (&picture->gray, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Picture, picture_clear)

static void
picture_read (Picture *picture, GBytes *png)
{
  png_image image = { .version = PNG_IMAGE_VERSION };

  g_assert_true (png_image_begin_read_from_memory (&image, g_bytes_get_data (png, NULL),
                                                   g_bytes_get_size (png)));
  image.format = PNG_FORMAT_GRAY;
  picture->width = image.width;
  picture->height = image.height;
  picture->gray = g_malloc (PNG_IMAGE_SIZE (image));
  g_assert_true (png_image_finish_read (&image, NULL, picture->gray, 0, NULL));
}

/* Bit depth and colour type stand in the header: 1 bit, grey. */
static void
assert_header (GBytes *png)
{
  const guint8 *bytes = g_bytes_get_data (png, NULL);

  g_assert_cmpuint (g_bytes_get_size (png), >, 33);
  g_assert_cmpmem (bytes, 8, "\x89PNG\r\n\x1a\n", 8);
  g_assert_cmpuint (bytes[24], ==, 1);
  g_assert_cmpuint (bytes[25], ==, PNG_COLOR_TYPE_GRAY);
}

static void
assert_modules (const char *text, QRecLevel level, GBytes *png)
{
  g_auto (Picture) picture = { 0 };
  QRcode *qr = QRcode_encodeString (text, 0, level, QR_MODE_8, 1);
  guint size = (guint) (qr->width + 8) * 6;

  picture_read (&picture, png);
  g_assert_cmpuint (picture.width, ==, size);
  g_assert_cmpuint (picture.height, ==, size);
  for (guint y = 0; y < size; y++)
    for (guint x = 0; x < size; x++)
      {
        int module_x = (int) x / 6 - 4, module_y = (int) y / 6 - 4;
        gboolean inside =
            module_x >= 0 && module_y >= 0 && module_x < qr->width && module_y < qr->width;
        gboolean is_black = inside && (qr->data[module_y * qr->width + module_x] & 1) != 0;

        g_assert_cmpuint (picture.gray[y * size + x], ==, is_black ? 0 : 255);
      }
  QRcode_free (qr);
}

static void
test_original (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) png = bitket_qr_png (ORIGINAL_TEXT, BITKET_QR_ORIGINAL, &error);
  g_auto (Picture) picture = { 0 };

  g_assert_no_error (error);
  assert_header (png);
  assert_modules (ORIGINAL_TEXT, QR_ECLEVEL_H, png);
  /* The original's two sizes: version 8 or 7, by the digits of the id. */
  picture_read (&picture, png);
  g_assert_true (picture.width == 342 || picture.width == 318);
  g_assert_cmpuint (g_bytes_get_size (png), <, 1500);
}

static void
fill_code (BitketTicketCode *code)
{
  memset (code, 0, sizeof *code);
  g_strlcpy (code->ownership, "88a87ad6-32b5-5458-a4a5-f8cd227b10de", sizeof code->ownership);
  g_strlcpy (code->code, "a1b2c3", sizeof code->code);
}

static void
test_signed (void)
{
  BitketTicketCode code;
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) png = NULL;
  g_autoptr (GBytes) high = NULL;
  g_auto (Picture) picture = { 0 };
  g_auto (Picture) high_picture = { 0 };

  fill_code (&code);
  code.has_signature = TRUE;
  for (guint i = 0; i < sizeof code.signature; i++)
    code.signature[i] = (guint8) (i * 37);
  text = bitket_ticket_code_format (&code);
  png = bitket_qr_png (text, BITKET_QR_SIGNED, &error);
  g_assert_no_error (error);
  assert_header (png);
  assert_modules (text, QR_ECLEVEL_M, png);
  /* What the level buys: on a screen of one width the modules are larger by a quarter. */
  high = bitket_qr_png (text, BITKET_QR_ORIGINAL, &error);
  picture_read (&picture, png);
  picture_read (&high_picture, high);
  g_assert_cmpuint (picture.width, <=, 366);
  g_assert_cmpuint (picture.width * 5, <, high_picture.width * 4);
}

static void
test_data_uri (void)
{
  BitketTicketCode code;
  g_autoptr (GError) error = NULL;
  g_autofree char *plain = NULL;
  g_autofree char *with_signature = NULL;
  g_autofree guint8 *decoded = NULL;
  g_autoptr (GBytes) png = bitket_qr_png (ORIGINAL_TEXT, BITKET_QR_ORIGINAL, NULL);
  gsize len;

  fill_code (&code);
  plain = bitket_qr_data_uri (&code, &error);
  g_assert_no_error (error);
  g_assert_true (g_str_has_prefix (plain, "data:image/png;base64,"));
  decoded = g_base64_decode (plain + strlen ("data:image/png;base64,"), &len);
  g_assert_cmpmem (decoded, len, g_bytes_get_data (png, NULL), g_bytes_get_size (png));
  code.has_signature = TRUE;
  with_signature = bitket_qr_data_uri (&code, &error);
  g_assert_cmpstr (with_signature, !=, plain);
}

static void
test_limits (void)
{
  g_autofree char *longest = g_strnfill (1273, 'x');
  g_autofree char *too_long = g_strnfill (1274, 'x');
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) png = bitket_qr_png (longest, BITKET_QR_ORIGINAL, &error);

  g_assert_no_error (error);
  assert_modules (longest, QR_ECLEVEL_H, png);
  g_assert_null (bitket_qr_png (too_long, BITKET_QR_ORIGINAL, &error));
  g_assert_error (error, BITKET_STORE_ERROR, BITKET_STORE_ERROR_INPUT);
  g_clear_error (&error);
  g_assert_null (bitket_qr_png ("", BITKET_QR_SIGNED, &error));
  g_assert_error (error, BITKET_STORE_ERROR, BITKET_STORE_ERROR_INPUT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/qr/original", test_original);
  g_test_add_func ("/qr/signed", test_signed);
  g_test_add_func ("/qr/data-uri", test_data_uri);
  g_test_add_func ("/qr/limits", test_limits);
  return g_test_run ();
}
