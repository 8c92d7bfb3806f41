/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Which codes are in front of the camera: a code is told once when it comes into view, and again
 * only after it was out of sight for a second. A code that the decoder misses in a few frames has
 * not left, nor has one that was there before and after a long pause between two frames. Not
 * thread-safe. */
typedef struct _BitketSightings BitketSightings;

/* How long a code must be gone to count as a new scan. */
#define BITKET_SIGHTINGS_PAUSE_US G_USEC_PER_SEC

BitketSightings *bitket_sightings_new (void);
void bitket_sightings_free (BitketSightings *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BitketSightings, bitket_sightings_free)

/**
 * bitket_sightings_add_frame:
 * @found: (element-type BitketDecoded): what was read in the frame
 * @now_us: time of the frame, on any clock; when it jumps back it goes on from there
 *
 * Returns: (transfer full) (element-type GBytes): the texts that came into view
 */
GPtrArray *
bitket_sightings_add_frame (BitketSightings *self, const GPtrArray *found, gint64 now_us);

G_END_DECLS
