/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * bitket_core_quote:
 * @text: what somebody gave us, not trusted
 * @len: its length, or -1
 *
 * Makes @text fit to stand in an error: valid UTF-8 without control characters, cut after 40
 * bytes, in double quotes. Not for secrets, personal numbers, codes or card numbers: those never
 * stand in an error.
 *
 * Returns: (transfer full): the quoted text
 */
char *bitket_core_quote (const char *text, gssize len);

G_END_DECLS
