/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-application.h"
#include "bitket-test-support.h"

G_BEGIN_DECLS

/* What the tests of the application share: the application without its main loop, so that styles
 * and icons are there, and looking into windows as a person or a screen reader does. */

/** app_fixture_init: in main(), before any test; sets a private home */
void app_fixture_init (int *argc, char ***argv);
/** app_fixture_start: the same for a program that is no test */
void app_fixture_start (void);
/** app_fixture_get_application: registered, never run */
BitketApplication *app_fixture_get_application (void);
/** app_fixture_get_home: where XDG's directories lie in this test program */
const char *app_fixture_get_home (void);

/** app_find: the first widget under @root of @type that @matches (nullable: any). Visible or not.
 * Returns: (transfer none) (nullable) */
GtkWidget *app_find (GtkWidget *root,
                     GType type,
                     gboolean (*matches) (GtkWidget *widget, gpointer data),
                     gpointer data);
/** app_find_text: the first mapped label that says exactly @text; @root: a window on the screen */
GtkWidget *app_find_text (GtkWidget *root, const char *text);
/** app_wait_for_text: until app_find_text() finds it; aborts the test after 60 s */
void app_wait_for_text (GtkWidget *root, const char *text);
/** app_assert_all_named: every interactive widget that can be seen has a name for screen readers */
void app_assert_all_named (GtkWidget *root);
/** app_assert_gone: runs what is pending until @object is finalized; aborts the test after 30 s.
 * Takes over the reference. */
void app_assert_gone (gpointer object);
/** app_wait_for_frames: until @window was drawn at its newest */
void app_wait_for_frames (GtkWidget *window);

G_END_DECLS
