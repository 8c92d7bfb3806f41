/* SPDX-License-Identifier: MIT */

/* screenshots DIRECTORY: pictures of every page and state, light and dark. The main window shows
 * the sample event of a real service; run it in scripts/ui-session. */

#include "screenshots.h"

#include <glib/gstdio.h>

#include "app-fixture.h"
#include "app-sample.h"
#include "bitket-event-row.h"
#include "bitket-main-window-private.h"

void
screenshots_save (GtkWidget *window, const char *directory, const char *name)
{
  g_autofree char *file_name = g_strconcat (name, ".png", NULL);
  g_autofree char *path = g_build_filename (directory, file_name, NULL);
  g_autoptr (GdkPaintable) paintable = NULL;
  g_autoptr (GskRenderNode) node = NULL;
  g_autoptr (GdkTexture) texture = NULL;
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  int width;
  int height;

  app_wait_for_frames (window);
  paintable = gtk_widget_paintable_new (window);
  width = gdk_paintable_get_intrinsic_width (paintable);
  height = gdk_paintable_get_intrinsic_height (paintable);
  gdk_paintable_snapshot (paintable, snapshot, width, height);
  node = gtk_snapshot_free_to_node (snapshot);
  g_assert_nonnull (node);
  texture = gsk_renderer_render_texture (gtk_native_get_renderer (GTK_NATIVE (window)), node,
                                         &GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height));
  g_assert_true (gdk_texture_save_to_png (texture, path));
  g_print ("%s\n", path);
}

static gboolean
is_page_shown (gpointer data)
{
  return g_str_equal (bitket_main_window_get_page (data), "browse");
}

static gboolean
is_overview_ready (gpointer data)
{
  BitketOverview *overview = bitket_browse_page_get_overview (data);

  return overview != NULL && g_str_equal (bitket_overview_get_state (overview), "ready");
}

static void
fail_to_start (BitketMainWindow *window)
{
  g_autoptr (GError) error =
      g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "cannot find the program \"bitketd\"");

  bitket_main_window_show_failure (window, BITKET_TRIED_SAMPLE, error,
                                   bitket_main_window_start_sample);
}

static void
save_both (GtkWidget *window, const char *directory, const char *name)
{
  AdwStyleManager *style = adw_style_manager_get_default ();
  g_autofree char *dark_name = g_strconcat (name, "-dark", NULL);

  adw_style_manager_set_color_scheme (style, ADW_COLOR_SCHEME_FORCE_LIGHT);
  screenshots_save (window, directory, name);
  adw_style_manager_set_color_scheme (style, ADW_COLOR_SCHEME_FORCE_DARK);
  screenshots_save (window, directory, dark_name);
  adw_style_manager_set_color_scheme (style, ADW_COLOR_SCHEME_DEFAULT);
}

static void
take_pages (GtkWidget *window, const char *directory)
{
  static const struct
  {
    const char *action;
    const char *name;
  } pages[] = {
    { NULL, "welcome" },
    { "win.show-sign-in", "sign-in" },
    { "win.show-pair", "pair" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (pages); i++)
    {
      if (pages[i].action != NULL)
        gtk_widget_activate_action (window, pages[i].action, NULL);
      save_both (window, directory, pages[i].name);
    }
  gtk_widget_activate_action (window, "win.show-welcome", NULL);
  bitket_main_window_show_busy (BITKET_MAIN_WINDOW (window),
                                "Making three events with 500 tickets…");
  save_both (window, directory, "starting");
  fail_to_start (BITKET_MAIN_WINDOW (window));
  save_both (window, directory, "failed");
}

static void
take_overview (GtkWidget *window, const char *directory)
{
  BitketBrowsePage *browse = bitket_main_window_get_browse_page (BITKET_MAIN_WINDOW (window));

  bitket_main_window_start_sample (BITKET_MAIN_WINDOW (window));
  g_assert_true (bitket_test_wait_until (is_page_shown, window, 120));
  screenshots_save (window, directory, "loading");
  g_assert_true (bitket_test_wait_until (is_overview_ready, browse, 60));
  save_both (window, directory, "overview");
  bitket_event_list_set_search (bitket_browse_page_get_events (browse), "zzz");
  screenshots_save (window, directory, "nothing-found");
  bitket_event_list_set_search (bitket_browse_page_get_events (browse), "");
}

static gboolean
is_narrow (gpointer data)
{
  return gtk_widget_get_width (data) <= 400;
}

static void
take_narrow (GtkWidget *window, const char *directory)
{
  GtkWidget *row;
  BitketBrowsePage *browse = bitket_main_window_get_browse_page (BITKET_MAIN_WINDOW (window));

  gtk_window_set_default_size (GTK_WINDOW (window), 360, 640);
  g_assert_true (bitket_test_wait_until (is_narrow, window, 30));
  screenshots_save (window, directory, "narrow-events");
  row = app_find (GTK_WIDGET (browse), BITKET_TYPE_EVENT_ROW, NULL, NULL);
  g_signal_emit_by_name (gtk_widget_get_parent (row), "row-activated", row);
  screenshots_save (window, directory, "narrow-overview");
}

/* The service is stopped behind the window's back. It ends what it began, so that the first answers
 * may still be good ones. */
static gboolean
has_failed (gpointer data)
{
  BitketOverview *overview = bitket_browse_page_get_overview (data);

  app_sample_reload_now_and_then (overview);
  return g_str_equal (bitket_overview_get_state (overview), "error");
}

static void
take_offline (GtkWidget *window, const char *directory)
{
  BitketMainWindow *self = BITKET_MAIN_WINDOW (window);

  gtk_window_set_default_size (GTK_WINDOW (window), 1080, 720);
  bitket_sample_service_stop (self->sample);
  g_assert_true (bitket_test_wait_until (has_failed, self->browse_page, 60));
  save_both (window, directory, "offline");
}

int
main (int argc, char **argv)
{
  GtkWidget *window;

  if (argc != 2)
    {
      g_printerr ("usage: screenshots DIRECTORY\n");
      return 2;
    }
  app_fixture_start ();
  g_mkdir_with_parents (argv[1], 0755);
  window = GTK_WIDGET (bitket_main_window_new (GTK_APPLICATION (app_fixture_get_application ())));
  gtk_window_present (GTK_WINDOW (window));
  take_pages (window, argv[1]);
  take_overview (window, argv[1]);
  take_narrow (window, argv[1]);
  take_offline (window, argv[1]);
  gtk_window_destroy (GTK_WINDOW (window));
  return 0;
}
