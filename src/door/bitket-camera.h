/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

#include "bitket-decoder.h"

G_BEGIN_DECLS

/* A camera that reads codes: GStreamer source → tee → luma → decoder on a thread of its own, newest
 * frame only; and, when asked for, pictures for a preview.
 *
 * Signals (all in the context in which the camera was made):
 *
 * - scanned (GBytes *text): a code came into view; the same text again only after one second out of
 *   sight, by the time stamps of the frames. A code that is held still is told once.
 * - failed (GError *error): unplugged, refused, a picture that cannot be decoded; the camera is
 *   stopped then, and may be started again.
 * - ended (): a source that is not live came to its end, and its last frame has been decoded.
 * - preview (GBytes *pixels, int width, int height, int stride): BGRA, at most 1280×720, at most
 *   one under way. The bytes may be kept.
 *
 * A live source gives its newest frame only, and a frame has 33 ms. A film or a picture waits: each
 * frame is read, without a limit, at the pace of its time stamps.
 */
#define BITKET_TYPE_CAMERA (bitket_camera_get_type ())
G_DECLARE_FINAL_TYPE (BitketCamera, bitket_camera, BITKET, CAMERA, GObject)

typedef enum
{
  BITKET_CAMERA_DEFAULT = 0,
  BITKET_CAMERA_PREVIEW = 1 << 0, /* emit preview */
} BitketCameraFlags;

#define BITKET_CAMERA_ERROR (bitket_camera_error_quark ())
GQuark bitket_camera_error_quark (void);
typedef enum
{
  BITKET_CAMERA_ERROR_NONE,
  BITKET_CAMERA_ERROR_FAILED,
  BITKET_CAMERA_ERROR_MISSING, /* no such camera, or an element of GStreamer is not installed */
  BITKET_CAMERA_ERROR_LOST,    /* it was there and went away */
  BITKET_CAMERA_ERROR_SOURCE,  /* a source description that is none */
} BitketCameraError;

/**
 * bitket_camera_new:
 * @source: a device ("/dev/video0"), or a GStreamer source description ("filesrc location=x.png !
 * decodebin")
 * @decoder: (transfer none): used on the camera's thread only, from start to stop
 */
BitketCamera *
bitket_camera_new (const char *source, BitketCameraFlags flags, BitketDecoder *decoder);
gboolean bitket_camera_start (BitketCamera *self, GError **error);
/** bitket_camera_stop: joins the thread; no signal after it. May be called twice. */
void bitket_camera_stop (BitketCamera *self);

/**
 * bitket_camera_decode_file:
 * Reads one picture file (whatever GStreamer decodes) through the same path as a camera's frame.
 * Returns: (transfer full) (element-type BitketDecoded): the codes in it, or %NULL with @error
 */
GPtrArray *bitket_camera_decode_file (const char *path, BitketDecoder *decoder, GError **error);

G_END_DECLS
