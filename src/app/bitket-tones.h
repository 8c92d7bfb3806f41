/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib-object.h>

#include "bitket-reason-text.h"

G_BEGIN_DECLS

/* Short tones, made on the spot. A computer without sound stays silent. */
#define BITKET_TYPE_TONES (bitket_tones_get_type ())
G_DECLARE_FINAL_TYPE (BitketTones, bitket_tones, BITKET, TONES, GObject)

BitketTones *bitket_tones_new (void);
/** bitket_tones_play: cuts off what is still sounding */
void bitket_tones_play (BitketTones *self, BitketTone tone);

G_END_DECLS
