/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-door.h"

G_BEGIN_DECLS

/* What entry mode's bars show of a door. It follows the door it is given; without one everything
 * can be set by hand, as tests and pictures do.
 *
 * Properties: event-name, door-name (strings), online (boolean), offline-since (int64 µs),
 * n-waiting, n-inside (uint), counts-text (string). */
#define BITKET_TYPE_ENTRY_STATE (bitket_entry_state_get_type ())
G_DECLARE_FINAL_TYPE (BitketEntryState, bitket_entry_state, BITKET, ENTRY_STATE, GObject)

BitketEntryState *bitket_entry_state_new (void);
/** bitket_entry_state_follow: @door: kept as long as this object */
void bitket_entry_state_follow (BitketEntryState *self, BitketDoor *door);

G_END_DECLS
