/* SPDX-License-Identifier: MIT */

/* Every template is built, shown and destroyed, and nothing of it is left. Warnings are fatal, so a
 * child, handler or property that does not exist fails here. */

#include "app-fixture.h"
#include "bitket-browse-page.h"
#include "bitket-day-chart.h"
#include "bitket-entry-window.h"
#include "bitket-event-row.h"
#include "bitket-figure-card.h"
#include "bitket-main-window.h"
#include "bitket-overview-page.h"
#include "bitket-pair-page.h"
#include "bitket-sign-in-page.h"
#include "bitket-type-row.h"
#include "bitket-welcome-page.h"

static void
test_widget (gconstpointer data)
{
  GType (*const *get_type) (void) = data;
  GtkWidget *window = gtk_window_new ();
  GtkWidget *widget = g_object_new ((*get_type) (), NULL);

  g_object_ref_sink (widget);
  if (GTK_IS_LIST_BOX_ROW (widget))
    {
      GtkWidget *list_box = gtk_list_box_new ();

      gtk_list_box_append (GTK_LIST_BOX (list_box), widget);
      gtk_window_set_child (GTK_WINDOW (window), list_box);
    }
  else
    gtk_window_set_child (GTK_WINDOW (window), widget);
  gtk_window_present (GTK_WINDOW (window));
  app_wait_for_frames (window);
  app_assert_all_named (window);
  gtk_window_destroy (GTK_WINDOW (window));
  app_assert_gone (widget);
}

static void
test_main_window (void)
{
  static const struct
  {
    const char *action;
    const char *page;
  } steps[] = {
    { "win.show-sign-in", "sign-in" }, { "win.show-welcome", "welcome" },
    { "win.show-pair", "pair" },       { "win.show-welcome", "welcome" },
    { "win.open-door", "welcome" },    { "win.retry", "welcome" },
    { "win.show-details", "welcome" }, { "win.sign-out", "welcome" },
  };
  BitketMainWindow *window =
      bitket_main_window_new (GTK_APPLICATION (app_fixture_get_application ()));

  g_object_ref (window);
  gtk_window_present (GTK_WINDOW (window));
  app_wait_for_frames (GTK_WIDGET (window));
  g_assert_cmpstr (bitket_main_window_get_page (window), ==, "welcome");
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      gtk_widget_activate_action (GTK_WIDGET (window), steps[i].action, NULL);
      g_assert_cmpstr (bitket_main_window_get_page (window), ==, steps[i].page);
      app_wait_for_frames (GTK_WIDGET (window));
      app_assert_all_named (GTK_WIDGET (window));
    }
  gtk_window_destroy (GTK_WINDOW (window));
  app_assert_gone (window);
}

static void
test_help_overlay (void)
{
  g_autoptr (GtkBuilder) builder =
      gtk_builder_new_from_resource ("/se/bitket/Bitket/gtk/help-overlay.ui");
  GtkWindow *window = GTK_WINDOW (gtk_builder_get_object (builder, "help_overlay"));

  gtk_window_present (window);
  app_wait_for_frames (GTK_WIDGET (window));
  gtk_window_destroy (window);
}

static void
test_entry_window (void)
{
  BitketEntryWindow *window =
      bitket_entry_window_new (GTK_APPLICATION (app_fixture_get_application ()), NULL);

  g_object_ref (window);
  gtk_window_present (GTK_WINDOW (window));
  app_wait_for_frames (GTK_WIDGET (window));
  app_assert_all_named (GTK_WIDGET (window));
  gtk_window_destroy (GTK_WINDOW (window));
  app_assert_gone (window);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    GType (*get_type) (void);
  } widgets[] = {
    { "welcome-page", bitket_welcome_page_get_type },
    { "sign-in-page", bitket_sign_in_page_get_type },
    { "pair-page", bitket_pair_page_get_type },
    { "browse-page", bitket_browse_page_get_type },
    { "overview-page", bitket_overview_page_get_type },
    { "figure-card", bitket_figure_card_get_type },
    { "day-chart", bitket_day_chart_get_type },
    { "type-row", bitket_type_row_get_type },
    { "event-row", bitket_event_row_get_type },
  };

  app_fixture_init (&argc, &argv);
  for (guint i = 0; i < G_N_ELEMENTS (widgets); i++)
    {
      g_autofree char *path = g_strconcat ("/app/templates/", widgets[i].name, NULL);

      g_test_add_data_func (path, &widgets[i].get_type, test_widget);
    }
  g_test_add_func ("/app/templates/main-window", test_main_window);
  g_test_add_func ("/app/templates/entry-window", test_entry_window);
  g_test_add_func ("/app/templates/help-overlay", test_help_overlay);
  return g_test_run ();
}
