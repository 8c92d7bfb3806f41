/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-camera-view.h"
#include "bitket-entry-window.h"
#include "bitket-error-text.h"
#include "bitket-tones.h"
#include "bitket-verdict-card.h"

G_BEGIN_DECLS

struct _BitketEntryWindow
{
  AdwApplicationWindow parent_instance;
  AdwToastOverlay *toasts;
  GtkBox *halves;
  GtkWidget *online_chip;
  GtkStack *left_stack;
  BitketCameraView *camera_view;
  BitketVerdictCard *verdict_card;
  GtkSearchEntry *search_entry;
  GtkListBox *hits_list_box;
  GtkListBox *recent_list_box;

  BitketDoor *door;             /* (owned) (nullable) */
  BitketEntryState *state;      /* (owned) */
  BitketTones *tones;           /* (owned) */
  BitketCamera *camera;         /* (owned) (nullable) */
  GListStore *recent;           /* (owned) of BitketOutcome, newest first; without a door only */
  GCancellable *cancellable;    /* (owned) of everything that is asked of the door */
  GCancellable *searching;      /* (owned) (nullable) of the newest search */
  char *clock;                  /* (owned) (nullable) */
  const char *trouble;          /* (unowned) static, (nullable) */
  BitketErrorText camera_error; /* empty strings while there is none */
  gboolean is_muted;
  gboolean is_started;
  guint n_scanning;     /* scans that wait for their outcome */
  guint clock_source;   /* 0: none */
  guint fade_source;    /* 0: none; back to ready */
  guint trouble_source; /* 0: none; the trouble is old news */
  guint camera_source;  /* 0: none; the next try with the camera */
  guint leave_source;   /* 0: none; Esc is held */
  guint inhibit_cookie; /* 0: none */
};

void bitket_entry_window_set_trouble (BitketEntryWindow *self, const char *trouble);
void
bitket_entry_window_tell_error (BitketEntryWindow *self, BitketTried tried, const GError *error);
void bitket_entry_window_set_camera_error (BitketEntryWindow *self, const GError *error);

/* bitket-entry-window-input.c */
void bitket_entry_window_install_input (BitketEntryWindow *self);
void bitket_entry_window_scan (BitketEntryWindow *self, GBytes *bytes, BitketScanSource source);
void bitket_entry_window_search (BitketEntryWindow *self, const char *query);
void bitket_entry_window_admit (BitketEntryWindow *self, const char *ownership);
void bitket_entry_window_undo (BitketEntryWindow *self);

/* bitket-entry-window-camera.c */
void bitket_entry_window_start_camera (BitketEntryWindow *self);
void bitket_entry_window_stop_camera (BitketEntryWindow *self);

G_END_DECLS
