/* SPDX-License-Identifier: MIT */
#include "screenshots.h"

#include <cairo.h>

#include "app-fixture.h"
#include "bitket-entry-window.h"

#define MINUTE_US (G_GINT64_CONSTANT (60) * G_USEC_PER_SEC)

/* A hand's-breadth of a camera's picture: something dark with a lit telephone in it. */
static GdkTexture *
draw_still (void)
{
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, 640, 480);
  cairo_t *cr = cairo_create (surface);
  g_autoptr (GBytes) bytes = NULL;

  cairo_set_source_rgb (cr, 0.12, 0.11, 0.14);
  cairo_paint (cr);
  cairo_set_source_rgb (cr, 0.05, 0.05, 0.06);
  cairo_rectangle (cr, 215, 50, 210, 380);
  cairo_fill (cr);
  cairo_set_source_rgb (cr, 0.95, 0.95, 0.93);
  cairo_rectangle (cr, 227, 90, 186, 300);
  cairo_fill (cr);
  cairo_set_source_rgb (cr, 0.05, 0.05, 0.05);
  for (int y = 0; y < 21; y++)
    for (int x = 0; x < 21; x++)
      if ((x * 7 + y * 13 + x * y) % 5 < 2)
        cairo_rectangle (cr, 247 + x * 7, 150 + y * 7, 7, 7);
  cairo_fill (cr);
  cairo_destroy (cr);
  cairo_surface_flush (surface);
  bytes = g_bytes_new (cairo_image_surface_get_data (surface),
                       (gsize) cairo_image_surface_get_stride (surface) * 480);
  cairo_surface_destroy (surface);
  return gdk_memory_texture_new (640, 480, GDK_MEMORY_B8G8R8A8_PREMULTIPLIED, bytes, 640 * 4);
}

static void
save_verdicts (BitketEntryWindow *window, const char *directory, gint64 now_us)
{
  static const char *const choices[] = { "Cider", "Vegetarian", NULL };
  const struct
  {
    const char *name;
    BitketOutcomeFacts facts;
  } cases[] = {
    { "entry-admit",
      { .verdict = BITKET_VERDICT_ADMIT,
        .reason = BITKET_REASON_VALID,
        .name = "Astrid Lindqvist",
        .ticket_type = "Banquet + party",
        .choices = choices } },
    { "entry-refuse-used",
      { .verdict = BITKET_VERDICT_REFUSE,
        .reason = BITKET_REASON_ALREADY_ADMITTED,
        .name = "Elin Öberg",
        .ticket_type = "Party",
        .door = "Main door",
        .utilized_us = now_us - 92 * MINUTE_US } },
    { "entry-refuse-event",
      { .verdict = BITKET_VERDICT_REFUSE,
        .reason = BITKET_REASON_WRONG_EVENT,
        .event_name = "SOF 2027" } },
    { "entry-attention",
      { .verdict = BITKET_VERDICT_ATTENTION,
        .reason = BITKET_REASON_SIGNATURE_ONLY,
        .ticket_type = "Party" } },
    { "entry-fault", { .verdict = BITKET_VERDICT_REFUSE, .reason = BITKET_REASON_FAULT } },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      BitketOutcomeFacts facts = cases[i].facts;
      g_autoptr (BitketOutcome) outcome = NULL;

      facts.at_us = now_us;
      outcome = bitket_outcome_new (&facts);
      bitket_entry_window_show_outcome (window, outcome);
      screenshots_save (GTK_WIDGET (window), directory, cases[i].name);
    }
}

static void
save_search (BitketEntryWindow *window, const char *directory, gint64 now_us)
{
  char *choices[] = { (char *) "Cider", NULL };
  BitketDoorHit hits[] = {
    { .ownership = (char *) "1",
      .name = (char *) "Astrid Lindqvist",
      .ticket_type = (char *) "Banquet + party",
      .choices = choices,
      .email = (char *) "astli123@student.liu.se",
      .state = BITKET_TICKET_STATE_VALID },
    { .ownership = (char *) "2",
      .name = (char *) "Linda Lindqvist",
      .ticket_type = (char *) "Party",
      .state = BITKET_TICKET_STATE_UTILIZED,
      .utilized_us = now_us - 30 * MINUTE_US,
      .utilized_by_door = (char *) "Back door" },
    { .ownership = (char *) "3",
      .name = (char *) "Olle Lindkvist",
      .ticket_type = (char *) "Party",
      .state = BITKET_TICKET_STATE_REFUNDED },
  };
  g_autoptr (GPtrArray) array = g_ptr_array_new ();

  for (guint i = 0; i < G_N_ELEMENTS (hits); i++)
    g_ptr_array_add (array, &hits[i]);
  bitket_entry_window_show_outcome (window, NULL);
  bitket_entry_window_show_hits (window, array);
  screenshots_save (GTK_WIDGET (window), directory, "entry-search");
}

static gboolean
is_large (gpointer data)
{
  return gtk_widget_get_width (data) >= 1200;
}

void
screenshots_of_entry (const char *directory)
{
  BitketEntryWindow *window =
      bitket_entry_window_new (GTK_APPLICATION (app_fixture_get_application ()), NULL);
  g_autoptr (GdkTexture) still = draw_still ();
  gint64 now_us = g_get_real_time ();

  adw_style_manager_set_color_scheme (adw_style_manager_get_default (),
                                      ADW_COLOR_SCHEME_FORCE_DARK);
  g_object_set (bitket_entry_window_get_state (window), "event-name", "Luciafesten 2026",
                "door-name", "Main door", "online", TRUE, "counts-text",
                "120 inside · Banquet 48/60 · Party 72/440", NULL);
  gtk_widget_activate_action (GTK_WIDGET (window), "entry.mute", NULL);
  bitket_entry_window_set_still (window, still);
  gtk_window_fullscreen (GTK_WINDOW (window));
  gtk_window_present (GTK_WINDOW (window));
  g_assert_true (bitket_test_wait_until (is_large, window, 30));
  screenshots_save (GTK_WIDGET (window), directory, "entry-ready");
  save_verdicts (window, directory, now_us);
  save_search (window, directory, now_us);
  g_object_set (bitket_entry_window_get_state (window), "online", FALSE, "offline-since",
                now_us - 17 * MINUTE_US, "n-waiting", 14, NULL);
  screenshots_save (GTK_WIDGET (window), directory, "entry-offline");
  gtk_window_destroy (GTK_WINDOW (window));
}
