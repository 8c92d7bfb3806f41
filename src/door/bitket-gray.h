/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-decoder.h"

G_BEGIN_DECLS

/* Grey pictures that we own, and what the cascade does to them. Plain values; no function here
 * waits, fails or keeps anything. */

/* A packed grey picture that grows as needed and is used again for the next frame. Starts as {0}.
 */
typedef struct
{
  guint8 *data; /* (owned) */
  gsize allocated;
  int width;
  int height;
} BitketGrayBuffer;

void bitket_gray_buffer_clear (BitketGrayBuffer *buffer);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BitketGrayBuffer, bitket_gray_buffer_clear)
/** bitket_gray_buffer_resize: makes room for @width × @height; the content is undefined */
void bitket_gray_buffer_resize (BitketGrayBuffer *buffer, int width, int height);
/** bitket_gray_buffer_view: Returns: the same picture, borrowed */
BitketGrayImage bitket_gray_buffer_view (const BitketGrayBuffer *buffer);

/**
 * bitket_gray_image_is_readable:
 * Returns: whether the picture is large enough to hold a QR code (21 modules a side), not larger
 * than a decoder's int can address, and its strides fit its size
 */
gboolean bitket_gray_image_is_readable (const BitketGrayImage *image);
/** bitket_gray_image_is_packed: Returns: whether the rows follow each other without a gap */
gboolean bitket_gray_image_is_packed (const BitketGrayImage *image);

/** bitket_gray_pack: copies @image, rows one after the other */
void bitket_gray_pack (const BitketGrayImage *image, BitketGrayBuffer *out);
/**
 * bitket_gray_shrink:
 * Area average: each new pixel is the mean of what it covers, so that modules fade instead of
 * vanishing. Never enlarges: @width and @height are cut to those of @image.
 */
void
bitket_gray_shrink (const BitketGrayImage *image, int width, int height, BitketGrayBuffer *out);
/**
 * bitket_gray_contrast:
 * @image: packed
 * @radius: half the side of the window over which the mean is taken, in pixels
 * @gain: how much a difference to the local mean is stretched
 *
 * Every pixel becomes 128 + gain · (pixel − mean around it), cut to 0…255: shadows, glare and
 * vignetting go, edges grow.
 */
void
bitket_gray_contrast (const BitketGrayImage *image, int radius, int gain, BitketGrayBuffer *out);
/** bitket_gray_soften: every pixel becomes the mean of the three by three around it */
void bitket_gray_soften (const BitketGrayImage *image, BitketGrayBuffer *out);
/** bitket_gray_invert: black ↔ white, in place */
void bitket_gray_invert (BitketGrayBuffer *buffer);
/**
 * bitket_gray_checksum:
 * Covers every pixel and the size; tells one frame from the next, nothing more.
 */
guint64 bitket_gray_checksum (const BitketGrayImage *image);

/** bitket_decoded_new: Returns: (transfer full): a text of @len bytes, copied */
BitketDecoded *bitket_decoded_new (gconstpointer bytes, gsize len, const float corners[8]);

G_END_DECLS
