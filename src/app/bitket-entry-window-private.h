/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-camera-pane.h"
#include "bitket-entry-window.h"
#include "bitket-hit-list.h"
#include "bitket-tones.h"

G_BEGIN_DECLS

struct _BitketEntryWindow
{
  AdwApplicationWindow parent_instance;
  BitketDoor *door;          /* (owned) (nullable) */
  BitketEntryModel *model;   /* (owned) */
  BitketTones *tones;        /* (owned) */
  GCancellable *cancellable; /* (owned): everything under way, until the window goes */

  AdwToastOverlay *toast_overlay;
  GtkStack *left_stack;
  BitketCameraPane *camera_pane;
  BitketHitList *hit_list;
  GtkSearchEntry *search_entry;
  GtkMenuButton *menu_button;
  GMenu *camera_menu;
  GtkWidget *hold_box;
  GtkProgressBar *hold_bar;
  GdkSurface *surface; /* (unowned) (nullable): while realized */
  gulong layout_id;

  gint64 held_since_us; /* monotonic; 0: Esc is not held */
  guint hold_id;
  gboolean is_leaving;
  guint inhibit_cookie;

  guint64 n_scans;        /* numbers them */
  gboolean is_scanning;   /* the newest has no outcome yet */
  BitketOutcome *preview; /* (owned) (nullable): of the newest */
  guint preview_id;

  GCancellable *searching; /* (owned) (nullable) */
  GPtrArray *hits;         /* (owned) (nullable) (element-type BitketDoorHit) */
  char *last_trouble;      /* (owned) (nullable) */
};

typedef enum
{
  BITKET_ENTRY_TOAST_NONE,
  BITKET_ENTRY_TOAST_PASSING, /* goes by itself */
  BITKET_ENTRY_TOAST_STAYING, /* until it was read */
} BitketEntryToast;

/* bitket-entry-window-news.c */
void bitket_entry_window_tell (BitketEntryWindow *self, const char *text, BitketEntryToast toast);
void bitket_entry_window_follow_news (BitketEntryWindow *self);

/* bitket-entry-window-actions.c */
void bitket_entry_window_install_actions (GtkWidgetClass *widget_class);
void bitket_entry_window_fill_menu (BitketEntryWindow *self);

/* bitket-entry-window-keys.c */
void bitket_entry_window_add_keys (BitketEntryWindow *self);
void bitket_entry_window_release_hold (BitketEntryWindow *self);

/* bitket-entry-window-scan.c */
void bitket_entry_window_scan (BitketEntryWindow *self, GBytes *bytes, BitketScanSource source);
void bitket_entry_window_submit (BitketEntryWindow *self);
void bitket_entry_window_undo (BitketEntryWindow *self);
void bitket_entry_window_stop_scans (BitketEntryWindow *self);

/* bitket-entry-window-search.c */
void bitket_entry_window_search (BitketEntryWindow *self, const char *query);
void bitket_entry_window_search_typed (BitketEntryWindow *self);
void bitket_entry_window_clear_search (BitketEntryWindow *self);
void bitket_entry_window_admit (BitketEntryWindow *self, const char *ownership, const char *forced);
void bitket_entry_window_ask_force (BitketEntryWindow *self, const char *ownership);

G_END_DECLS
