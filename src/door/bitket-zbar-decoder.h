/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-decoder.h"

G_BEGIN_DECLS

/* zbar, QR codes only, bytes as they are. */
#define BITKET_TYPE_ZBAR_DECODER (bitket_zbar_decoder_get_type ())
G_DECLARE_FINAL_TYPE (BitketZbarDecoder, bitket_zbar_decoder, BITKET, ZBAR_DECODER, GObject)

BitketDecoder *bitket_zbar_decoder_new (void);

G_END_DECLS
