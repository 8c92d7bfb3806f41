/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * bitket_text_fold:
 * @text: UTF-8
 *
 * What two texts are compared by when people search: case folded, diacritics dropped (å ä ö é ü → a
 * a o e u; ø → o, æ → ae, ß → ss), runs of blanks and punctuation made one blank, none at the ends.
 *
 * Returns: (transfer full): the folded text
 */
char *bitket_text_fold (const char *text);
/** bitket_text_matches: whether every word of @folded_query begins a word of @folded_text or stands
 * inside it */
gboolean bitket_text_matches (const char *folded_text, const char *folded_query);

G_END_DECLS
