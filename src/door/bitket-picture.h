/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

#include "bitket-gray.h"

G_BEGIN_DECLS

/**
 * bitket_picture_load:
 * Reads the first picture of a file, whatever format GStreamer decodes, as grey; what is
 * transparent counts as white paper. Blocks. Sets a #BitketCameraError: MISSING when there is no
 * such file or no plug-in for its format, FAILED when it is not a picture.
 */
gboolean bitket_picture_load (const char *path, BitketGrayBuffer *out, GError **error);

G_END_DECLS
