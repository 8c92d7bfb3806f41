/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-camera.h"

G_BEGIN_DECLS

/** bitket_camera_source_new_camera: Returns: (transfer full): the camera that BITKET_CAMERA names
 * (a device or a GStreamer source description), else the first one of this computer; with previews
 */
BitketCamera *bitket_camera_source_new_camera (void);

G_END_DECLS
