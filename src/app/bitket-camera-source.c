/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket"

#include "bitket-camera-source.h"

#include "bitket-cascade-decoder.h"

#define FIRST_CAMERA "/dev/video0"

BitketCamera *
bitket_camera_source_new_camera (void)
{
  const char *source = g_getenv ("BITKET_CAMERA");
  g_autoptr (BitketDecoder) decoder = bitket_cascade_decoder_new ();

  return bitket_camera_new (source && *source ? source : FIRST_CAMERA, BITKET_CAMERA_PREVIEW,
                            decoder);
}
