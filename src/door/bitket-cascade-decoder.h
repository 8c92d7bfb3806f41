/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-decoder.h"

G_BEGIN_DECLS

/* The cascade: cheap decoders first, stop at the first code, look at the clock before each stage.
 * What each stage is and why stands in docs/scanning.md. */
#define BITKET_TYPE_CASCADE_DECODER (bitket_cascade_decoder_get_type ())
G_DECLARE_FINAL_TYPE (BitketCascadeDecoder,
                      bitket_cascade_decoder,
                      BITKET,
                      CASCADE_DECODER,
                      GObject)

BitketDecoder *bitket_cascade_decoder_new (void);

G_END_DECLS
