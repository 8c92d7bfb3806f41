/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * LLVMFuzzerTestOneInput:
 * @data: not terminated by a NUL; a copy of exactly @len bytes, so that one read too far shows
 *
 * What each fuzz target defines. It hands the input to one parser and checks what holds for every
 * input (g_assert). No I/O, no clock, no randomness, no state kept between calls.
 *
 * Returns: 0, or -1 for an input that is not worth keeping
 */
int LLVMFuzzerTestOneInput (const guint8 *data, gsize len);

G_END_DECLS
