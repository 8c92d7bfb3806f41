/* SPDX-License-Identifier: MIT */
#pragma once

#include <adwaita.h>

#include "bitket-door.h"
#include "bitket-entry-model.h"

G_BEGIN_DECLS

/* Entry mode: a window of its own that fills the screen. Every input works at once: the camera, a
 * reader that types, a person who types. It closes the door when it is left.
 *
 * Properties: door (BitketDoor, nullable), model (BitketEntryModel), muted, mirrored (booleans),
 * camera (string, "" for none). Actions: entry.undo, entry.search, entry.clear-search, entry.admit
 * (s), entry.force (s), entry.muted, entry.mirrored, entry.camera (s), entry.choose-camera,
 * entry.fullscreen. */
#define BITKET_TYPE_ENTRY_WINDOW (bitket_entry_window_get_type ())
G_DECLARE_FINAL_TYPE (BitketEntryWindow,
                      bitket_entry_window,
                      BITKET,
                      ENTRY_WINDOW,
                      AdwApplicationWindow)

/**
 * bitket_entry_window_new:
 * @application: (nullable): only in tests
 * @door: (nullable): only in tests, which tell the model by hand
 *
 * Opens with the first camera, or the one of BITKET_CAMERA. Present it with gtk_window_present().
 */
BitketEntryWindow *bitket_entry_window_new (GtkApplication *application, BitketDoor *door);
/** bitket_entry_window_new_with_model: @model: tells the time as well, so that a test can set it */
BitketEntryWindow *bitket_entry_window_new_with_model (GtkApplication *application,
                                                       BitketDoor *door,
                                                       BitketEntryModel *model);
BitketEntryModel *bitket_entry_window_get_model (BitketEntryWindow *self);
/** bitket_entry_window_leave: closes window and door, without asking */
void bitket_entry_window_leave (BitketEntryWindow *self);

G_END_DECLS
