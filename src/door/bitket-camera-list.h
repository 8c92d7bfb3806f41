/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The cameras of this machine, as they come and go: a GListModel of BitketCameraItem. */
#define BITKET_TYPE_CAMERA_LIST (bitket_camera_list_get_type ())
G_DECLARE_FINAL_TYPE (BitketCameraList, bitket_camera_list, BITKET, CAMERA_LIST, GObject)

/** bitket_camera_list_new: without GStreamer's device plugins the list stays empty */
BitketCameraList *bitket_camera_list_new (void);

#define BITKET_TYPE_CAMERA_ITEM (bitket_camera_item_get_type ())
G_DECLARE_FINAL_TYPE (BitketCameraItem, bitket_camera_item, BITKET, CAMERA_ITEM, GObject)

/** bitket_camera_item_get_name: for people: "Integrated Camera" */
const char *bitket_camera_item_get_name (BitketCameraItem *self);
/** bitket_camera_item_get_source: for bitket_camera_new() */
const char *bitket_camera_item_get_source (BitketCameraItem *self);

G_END_DECLS
