/* SPDX-License-Identifier: MIT */
#define ZX_USE_UTF8

#include <ZXing/ReadBarcode.h>
#include <cstdio>
#include <png.h>
#include <vector>

/* ZXing as it comes, as a program: reads a PNG file, prints the text of the first code. The peer
 * that our reader is measured against; Debian has ZXing's library, not its reader. */
int
main (int argc, char *argv[])
{
  png_image image = {};
  image.version = PNG_IMAGE_VERSION;
  if (argc != 2 || png_image_begin_read_from_file (&image, argv[1]) == 0)
    return 2;
  image.format = PNG_FORMAT_GRAY;

  std::vector<unsigned char> pixels (PNG_IMAGE_SIZE (image));
  if (png_image_finish_read (&image, nullptr, pixels.data (), 0, nullptr) == 0)
    return 2;

  const ZXing::ImageView view (pixels.data (), static_cast<int> (image.width),
                               static_cast<int> (image.height), ZXing::ImageFormat::Lum);
  const ZXing::Result result = ZXing::ReadBarcode (view);
  if (!result.isValid ())
    return 1;
  std::puts (result.text ().c_str ());
  return 0;
}
