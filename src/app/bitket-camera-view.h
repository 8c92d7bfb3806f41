/* SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>

#include "bitket-camera.h"

G_BEGIN_DECLS

/* What a camera sees, filling the widget. Properties: mirrored (boolean, as in a mirror: TRUE from
 * the start), has-picture (boolean, read-only). */
#define BITKET_TYPE_CAMERA_VIEW (bitket_camera_view_get_type ())
G_DECLARE_FINAL_TYPE (BitketCameraView, bitket_camera_view, BITKET, CAMERA_VIEW, GtkWidget)

/** bitket_camera_view_set_camera: (nullable): one that emits previews; %NULL clears the picture */
void bitket_camera_view_set_camera (BitketCameraView *self, BitketCamera *camera);
/** bitket_camera_view_set_texture: (nullable): shows a still */
void bitket_camera_view_set_texture (BitketCameraView *self, GdkTexture *texture);

G_END_DECLS
