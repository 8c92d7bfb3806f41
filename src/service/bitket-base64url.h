/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* base64url without padding (RFC 4648, 5), as tokens have it. */

/** bitket_base64url_append: writes @data behind @out */
void bitket_base64url_append (GString *out, gconstpointer data, gsize len);
/**
 * bitket_base64url_read:
 * @len: (out)
 * Returns: (transfer full) (nullable): the bytes, with a NUL behind them that does not count; %NULL
 * when @text is anything else
 */
guint8 *bitket_base64url_read (const char *text, gsize text_len, gsize *len);

G_END_DECLS
