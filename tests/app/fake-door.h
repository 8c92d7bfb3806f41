/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-door.h"

G_BEGIN_DECLS

/* A door without cache, service or thread, in place of the library's: a test says what it answers,
 * and reads what it was asked. */

BitketDoor *fake_door_new (void);
/** fake_door_set_outcome: what the scans from now on come to */
void fake_door_set_outcome (BitketDoor *self, BitketOutcome *outcome);
/** fake_door_set_error: (nullable) what undo and admit fail with */
void fake_door_set_error (BitketDoor *self, const GError *error);
/** fake_door_add_hit: (transfer full): every search finds it */
void fake_door_add_hit (BitketDoor *self, BitketDoorHit *hit);
/** fake_door_hold: scans have no outcome until fake_door_answer() */
void fake_door_hold (BitketDoor *self);
void fake_door_answer (BitketDoor *self);
/** fake_door_set_reach: @offline_since_us: 0: online */
void fake_door_set_reach (BitketDoor *self, gint64 offline_since_us, guint n_waiting);
/** fake_door_get_calls: "scan TEXT;search TEXT;admit ID REASON;undo;close;": what it was asked */
const char *fake_door_get_calls (BitketDoor *self);

G_END_DECLS
