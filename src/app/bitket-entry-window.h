/* SPDX-License-Identifier: MIT */
#pragma once

#include <adwaita.h>

#include "bitket-door.h"
#include "bitket-entry-state.h"

G_BEGIN_DECLS

/* Entry mode: a fullscreen window of its own. Camera, typing readers and the search work at once;
 * the verdict fills half of it for as long as it matters.
 *
 * Properties (read-only): state (BitketEntryState), clock, trouble, camera-title, camera-sentence
 * (strings).
 * Actions: entry.undo, entry.mute, entry.mirror, entry.search, entry.leave, entry.admit (s: the
 * ticket ownership). */
#define BITKET_TYPE_ENTRY_WINDOW (bitket_entry_window_get_type ())
G_DECLARE_FINAL_TYPE (BitketEntryWindow,
                      bitket_entry_window,
                      BITKET,
                      ENTRY_WINDOW,
                      AdwApplicationWindow)

/** bitket_entry_window_new: @door: (nullable): without one nothing is scanned, for tests and
 * pictures. The window closes the door when it is closed. */
BitketEntryWindow *bitket_entry_window_new (GtkApplication *application, BitketDoor *door);
/** bitket_entry_window_start: camera on, fullscreen, no screen saver */
void bitket_entry_window_start (BitketEntryWindow *self);
/** bitket_entry_window_show_outcome: as the door tells them; (nullable): ready for the next */
void bitket_entry_window_show_outcome (BitketEntryWindow *self, BitketOutcome *outcome);
/** bitket_entry_window_show_hits: (element-type BitketDoorHit): what a search found */
void bitket_entry_window_show_hits (BitketEntryWindow *self, GPtrArray *hits);
/** bitket_entry_window_set_still: (nullable): a picture in place of the camera's */
void bitket_entry_window_set_still (BitketEntryWindow *self, GdkTexture *texture);
BitketEntryState *bitket_entry_window_get_state (BitketEntryWindow *self);

G_END_DECLS
