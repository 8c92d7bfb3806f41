/* SPDX-License-Identifier: MIT */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* The camera's picture with the frame to aim at; or what to do when there is none. Reads codes for
 * as long as it has a source.
 *
 * Properties: source (string, nullable: what bitket_camera_new() takes), mirrored (boolean).
 * Signal: scanned (GBytes *text). */
#define BITKET_TYPE_CAMERA_PANE (bitket_camera_pane_get_type ())
G_DECLARE_FINAL_TYPE (BitketCameraPane, bitket_camera_pane, BITKET, CAMERA_PANE, AdwBin)

/** bitket_camera_pane_get_cameras: Returns: (transfer none): what there is to choose from, a
 * GListModel of BitketCameraItem */
GListModel *bitket_camera_pane_get_cameras (BitketCameraPane *self);
/** bitket_camera_pane_choose_first: BITKET_CAMERA from the environment, else the first camera, as
 * soon as there is one */
void bitket_camera_pane_choose_first (BitketCameraPane *self);
/** bitket_camera_pane_get_paintable: Returns: (transfer none): the picture; empty until there is
 * one */
GdkPaintable *bitket_camera_pane_get_paintable (BitketCameraPane *self);

G_END_DECLS
