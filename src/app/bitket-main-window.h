/* SPDX-License-Identifier: MIT */
#pragma once

#include <adwaita.h>

#include "bitket-browse-page.h"
#include "bitket-session.h"

G_BEGIN_DECLS

/* The main window: the first start's three ways, what they lead to, and what is shown while they
 * are on their way or when they fail.
 *
 * Properties (read-only): progress, error-title, error-sentence (strings).
 * Actions: win.start-sample, win.show-sign-in, win.show-pair, win.show-welcome, win.cancel,
 * win.retry, win.show-details, win.sign-out, win.open-door, win.pair-door. */
#define BITKET_TYPE_MAIN_WINDOW (bitket_main_window_get_type ())
G_DECLARE_FINAL_TYPE (BitketMainWindow,
                      bitket_main_window,
                      BITKET,
                      MAIN_WINDOW,
                      AdwApplicationWindow)

typedef enum
{
  BITKET_START_USUAL = 0,   /* as the settings remember it; the first time: the three ways */
  BITKET_START_SAMPLE,      /* the sample event */
  BITKET_START_SAMPLE_DOOR, /* and its entry mode */
} BitketStart;

BitketMainWindow *bitket_main_window_new (GtkApplication *application);
void bitket_main_window_begin (BitketMainWindow *self, BitketStart start);
/** bitket_main_window_set_session: shows the events of an account; (nullable): the three ways */
void bitket_main_window_set_session (BitketMainWindow *self, BitketSession *session);
BitketBrowsePage *bitket_main_window_get_browse_page (BitketMainWindow *self);
/** bitket_main_window_get_page: the name of what is shown: "welcome", "sign-in", "pair", "busy",
 * "failed" or "browse" */
const char *bitket_main_window_get_page (BitketMainWindow *self);

G_END_DECLS
