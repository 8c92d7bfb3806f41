/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** bitket_sodium_ensure: makes libsodium ready; cheap after the first time, from any thread.
 * Programs do it themselves at their start; this is for who calls core without one. */
void bitket_sodium_ensure (void);

/** bitket_base64url_encode: without padding. Returns: (transfer full) */
char *bitket_base64url_encode (const guint8 *bytes, gsize bytes_len);

/** bitket_base64url_decode: whether @text is base64url without padding of exactly @bytes_len bytes.
 * @bytes is written only then. */
gboolean bitket_base64url_decode (const char *text, gsize text_len, guint8 *bytes, gsize bytes_len);

G_END_DECLS
