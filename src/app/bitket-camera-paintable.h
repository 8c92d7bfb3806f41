/* SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* The newest picture of a camera, as a mirror shows it unless told otherwise. Property: mirrored
 * (boolean, TRUE). */
#define BITKET_TYPE_CAMERA_PAINTABLE (bitket_camera_paintable_get_type ())
G_DECLARE_FINAL_TYPE (BitketCameraPaintable,
                      bitket_camera_paintable,
                      BITKET,
                      CAMERA_PAINTABLE,
                      GObject)

BitketCameraPaintable *bitket_camera_paintable_new (void);

typedef struct
{
  GBytes *pixels; /* (unowned): BGRA; shared, not copied */
  int width;
  int height;
  int stride; /* bytes from row to row */
} BitketCameraFrame;

/** bitket_camera_paintable_set_frame: only the newest is kept, so at most one waits to be drawn;
 * %NULL: no picture */
void bitket_camera_paintable_set_frame (BitketCameraPaintable *self,
                                        const BitketCameraFrame *frame);

G_END_DECLS
