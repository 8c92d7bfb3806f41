/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-door-opener.h"
#include "bitket-error-text.h"
#include "bitket-main-window.h"
#include "bitket-pair-page.h"
#include "bitket-sample-service.h"
#include "bitket-settings.h"
#include "bitket-sign-in-page.h"

G_BEGIN_DECLS

struct _BitketMainWindow
{
  AdwApplicationWindow parent_instance;
  AdwToastOverlay *toasts;
  GtkStack *stack;
  BitketSignInPage *sign_in_page;
  BitketPairPage *pair_page;
  BitketBrowsePage *browse_page;

  BitketSettings settings;
  BitketSampleService *sample; /* (owned) (nullable) */
  BitketSession *session;      /* (owned) (nullable) */
  GCancellable *cancellable;   /* (owned) (nullable) of what "busy" shows */
  BitketStart start;
  char *progress; /* (owned) (nullable) */
  BitketErrorText error_text;
  GError *error;                          /* (owned) (nullable) for the details */
  void (*retry) (BitketMainWindow *self); /* (nullable) what "Try Again" does */
};

void bitket_main_window_show_page (BitketMainWindow *self, const char *name);
/** bitket_main_window_show_busy: Returns: (transfer none): what cancels it */
GCancellable *bitket_main_window_show_busy (BitketMainWindow *self, const char *progress);
void bitket_main_window_set_progress (BitketMainWindow *self, const char *progress);
/** bitket_main_window_show_failure: nothing when it was cancelled */
void bitket_main_window_show_failure (BitketMainWindow *self,
                                      BitketTried tried,
                                      const GError *error,
                                      void (*retry) (BitketMainWindow *self));

/* bitket-main-window-start.c */
void bitket_main_window_start_sample (BitketMainWindow *self);
void bitket_main_window_open_door (BitketMainWindow *self);
void bitket_main_window_open_paired_door (BitketMainWindow *self);

G_END_DECLS
