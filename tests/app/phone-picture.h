/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** phone_picture_write: a hand in the dark that holds a phone with the code of @text, 1280 × 720,
 * as a PNG file at @path. Returns: whether it could be written */
gboolean phone_picture_write (const char *path, const char *text);

G_END_DECLS
