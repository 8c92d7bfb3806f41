/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include "bitket-decoder.h"
#include "bitket-zxing-decoder.h"

G_BEGIN_DECLS

/* ZXing-C++ has no C interface; this is the little of it that we need. No exception leaves it. */

/** BitketZxingFunc: called for each code; everything is borrowed for the call */
typedef void (*BitketZxingFunc) (const void *bytes,
                                 gsize len,
                                 const float corners[8],
                                 gpointer user_data);

/**
 * bitket_zxing_read:
 * @func: must not unwind: it is called from C++
 *
 * Returns: whether the library came to an end; %FALSE when it ran out of memory or threw, in which
 * case nothing more is reported
 */
gboolean bitket_zxing_read (const BitketGrayImage *image,
                            BitketZxingMode mode,
                            BitketZxingFunc func,
                            gpointer user_data);

G_END_DECLS
