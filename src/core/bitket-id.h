/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* An id is a UUID in lowercase with dashes: 36 characters. core draws no randomness; new ids come
 * from g_uuid_string_random () outside. */
#define BITKET_ID_LEN  36
#define BITKET_ID_SIZE (BITKET_ID_LEN + 1)

/**
 * bitket_id_parse:
 * @text: (not nullable): dashed or undashed (32 hex digits), upper or lower case
 * @len: its length, or -1
 * @id: (out): the canonical spelling
 */
gboolean bitket_id_parse (const char *text, gssize len, char id[BITKET_ID_SIZE], GError **error);
/** bitket_id_is_valid: whether @text is an id in its canonical spelling */
gboolean bitket_id_is_valid (const char *text);
/** bitket_id_to_hex: @id without its dashes, as the original signs it */
void bitket_id_to_hex (const char *id, char hex[33]);

G_END_DECLS
