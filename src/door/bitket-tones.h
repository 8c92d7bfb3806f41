/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* The sounds of the door: short, told apart without looking, and never in the way. A machine
 * without sound is no error: the first failure is logged, and that is all.
 *
 * Property: muted (boolean). Threads: the main context's. */
#define BITKET_TYPE_TONES (bitket_tones_get_type ())
G_DECLARE_FINAL_TYPE (BitketTones, bitket_tones, BITKET, TONES, GObject)

typedef enum
{
  BITKET_TONE_NONE,
  BITKET_TONE_HIGH, /* in */
  BITKET_TONE_LOW,  /* not in */
  BITKET_TONE_TWO,  /* look here */
} BitketTone;

/**
 * bitket_tones_new:
 * @sink: (nullable): a GStreamer description of what takes the sound; %NULL: the machine's
 * loudspeaker
 */
BitketTones *bitket_tones_new (const char *sink);
/** bitket_tones_play: a tone that is still sounding is cut off. Signal "played" (int tone) tells
 * that one has ended, or could not be played. */
void bitket_tones_play (BitketTones *self, BitketTone tone);
gboolean bitket_tones_is_muted (BitketTones *self);

/** bitket_tones_make_samples: Returns: (transfer full): signed 16 bit, one channel, 48 kHz; %NULL
 * for NONE */
GBytes *bitket_tones_make_samples (BitketTone tone);

G_END_DECLS
