/* SPDX-License-Identifier: MIT */

/* The events and one of them, from a real service: found, shown, kept up to date, and what is said
 * when it is not there. */

#include <libsoup/soup.h>
#include <string.h>

#include "app-fixture.h"
#include "app-sample.h"
#include "bitket-browse-page.h"
#include "bitket-event-row.h"
#include "bitket-type-row.h"

typedef struct
{
  BitketSampleService *sample; /* (owned) */
  BitketSession *session;      /* (owned) */
  GtkWidget *window;
  BitketBrowsePage *page;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autofree char *directory = g_build_filename (app_fixture_get_home (), "sample", NULL);

  fixture->sample = bitket_sample_service_new (directory);
  fixture->session = app_sample_start (fixture->sample);
  fixture->window = gtk_window_new ();
  fixture->page = g_object_new (BITKET_TYPE_BROWSE_PAGE, NULL);
  g_object_ref_sink (fixture->page);
  gtk_window_set_default_size (GTK_WINDOW (fixture->window), 1080, 720);
  gtk_window_set_child (GTK_WINDOW (fixture->window), GTK_WIDGET (fixture->page));
  gtk_window_present (GTK_WINDOW (fixture->window));
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  gtk_window_destroy (GTK_WINDOW (fixture->window));
  app_assert_gone (g_steal_pointer (&fixture->page));
  bitket_sample_service_stop (fixture->sample);
  g_clear_object (&fixture->session);
  g_clear_object (&fixture->sample);
}

static gboolean
is_overview_ready (gpointer data)
{
  BitketOverview *overview = bitket_browse_page_get_overview (data);

  return overview != NULL && g_str_equal (bitket_overview_get_state (overview), "ready");
}

static void
show_events (Fixture *fixture)
{
  bitket_browse_page_set_session (fixture->page, fixture->session);
  g_assert_true (bitket_test_wait_until (is_overview_ready, fixture->page, 60));
}

static gboolean
is_row_of (GtkWidget *widget, gpointer data)
{
  BitketEventItem *item = bitket_event_row_get_item (BITKET_EVENT_ROW (widget));

  return g_str_has_prefix (bitket_event_item_get_name (item), data);
}

static void
choose_event (Fixture *fixture, const char *name)
{
  GtkWidget *row =
      app_find (GTK_WIDGET (fixture->page), BITKET_TYPE_EVENT_ROW, is_row_of, (gpointer) name);

  g_assert_nonnull (row);
  g_signal_emit_by_name (gtk_widget_get_parent (row), "row-activated", row);
}

static void
test_figures (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = app_sample_find_event (fixture->session, "Luciafesten");
  g_autofree char *path = g_strdup_printf ("/api/events/%s/sales/", id);
  g_autoptr (JsonNode) sales = app_sample_request (fixture->session, "GET", path);
  JsonObject *object = json_node_get_object (sales);
  BitketOverview *overview;
  gint64 sold;
  gint64 inside;
  g_autofree char *inside_text = NULL;

  show_events (fixture);
  overview = bitket_browse_page_get_overview (fixture->page);
  g_object_get (overview, "sold", &sold, "inside", &inside, NULL);
  g_assert_cmpint (sold, ==, json_object_get_int_member (object, "sold"));
  g_assert_cmpint (inside, ==, json_object_get_int_member (object, "utilized"));
  g_assert_cmpint (sold, >, 100);
  inside_text = g_strdup_printf ("%" G_GINT64_FORMAT, inside);
  app_wait_for_text (fixture->window, "Luciafesten 2026");
  app_wait_for_text (fixture->window, inside_text);
  app_wait_for_text (fixture->window, "Published");
  g_assert_nonnull (app_find (GTK_WIDGET (fixture->page), BITKET_TYPE_TYPE_ROW, NULL, NULL));
  app_assert_all_named (fixture->window);
}

static gboolean
has_one_more (gpointer data)
{
  gint64 *wait = ((gpointer *) data)[1];
  gint64 inside;

  g_object_get (((gpointer *) data)[0], "inside", &inside, NULL);
  return inside == *wait;
}

/* Another door lets somebody in: the figure changes by itself. */
static void
test_live (Fixture *fixture, gconstpointer data)
{
  BitketOverview *overview;
  gint64 inside;
  gpointer wait[2];
  g_autofree char *id = app_sample_find_event (fixture->session, "Luciafesten");

  show_events (fixture);
  overview = bitket_browse_page_get_overview (fixture->page);
  app_wait_for_text (fixture->window, "live");
  g_object_get (overview, "inside", &inside, NULL);
  inside++;
  wait[0] = overview;
  wait[1] = &inside;
  app_sample_utilize_one (fixture->session, id);
  g_assert_true (bitket_test_wait_until (has_one_more, wait, 30));
}

static void
test_search (Fixture *fixture, gconstpointer data)
{
  BitketEventList *events;

  show_events (fixture);
  events = bitket_browse_page_get_events (fixture->page);
  g_assert_cmpuint (g_list_model_get_n_items (bitket_event_list_get_events (events)), ==, 3);
  bitket_event_list_set_search (events, "kravall");
  g_assert_cmpuint (g_list_model_get_n_items (bitket_event_list_get_events (events)), ==, 1);
  app_wait_for_text (fixture->window, "Past");
  bitket_event_list_set_search (events, "zzz");
  app_wait_for_text (fixture->window, "No Event Found");
  bitket_event_list_set_search (events, "");
  app_wait_for_text (fixture->window, "Upcoming");
}

static void
test_other_event (Fixture *fixture, gconstpointer data)
{
  show_events (fixture);
  choose_event (fixture, "Kravall");
  g_assert_true (bitket_test_wait_until (is_overview_ready, fixture->page, 60));
  app_wait_for_text (fixture->window, "Over");
}

/* Chosen one after the other without waiting: only the last one counts. */
static void
test_quick_choices (Fixture *fixture, gconstpointer data)
{
  show_events (fixture);
  for (guint i = 0; i < 5; i++)
    {
      choose_event (fixture, "Kravall");
      choose_event (fixture, "SOF");
    }
  g_assert_true (bitket_test_wait_until (is_overview_ready, fixture->page, 60));
  app_wait_for_text (fixture->window, "SOF 2027");
}

/* A service that is stopped ends what it began: the first answers may still be good ones. */
static gboolean
has_failed (gpointer data)
{
  BitketOverview *overview = bitket_browse_page_get_overview (data);

  app_sample_reload_now_and_then (overview);
  return g_str_equal (bitket_overview_get_state (overview), "error");
}

static void
test_service_gone (Fixture *fixture, gconstpointer data)
{
  show_events (fixture);
  bitket_sample_service_stop (fixture->sample);
  g_assert_true (bitket_test_wait_until (has_failed, fixture->page, 60));
  app_wait_for_text (fixture->window, "Figures Not Available");
  app_wait_for_text (fixture->window, "Try Again");
  /* It is there again, on the same page: trying again brings the figures back. */
  bitket_browse_page_set_session (fixture->page, NULL);
  app_wait_for_text (fixture->window, "Choose an Event");
}

static void
answer_cb (SoupServer *server,
           SoupServerMessage *message,
           const char *path,
           GHashTable *query,
           gpointer user_data)
{
  const guint *status = user_data;
  const char *body = *status == 200 ? "[]" : "{\"detail\":\"raw text\"}";

  soup_server_message_set_status (message, *status, NULL);
  soup_server_message_set_response (message, "application/json", SOUP_MEMORY_STATIC, body,
                                    strlen (body));
}

/* A service that has nothing, refuses, and has nothing again. */
static void
test_lists_without_events (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    guint status;
    const char *text;
  } cases[] = {
    { 200, "No Events" },
    { 401, "You have been signed out. Sign in again." },
    { 403, "Your account may not do this. Ask an organizer." },
    { 200, "No Events" },
  };
  guint status;
  g_autoptr (SoupServer) server = soup_server_new (NULL, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketSession) session = NULL;
  g_autofree char *url = NULL;
  GSList *uris;

  soup_server_add_handler (server, NULL, answer_cb, &status, NULL);
  soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (server);
  url = g_strdup_printf ("http://127.0.0.1:%d", g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  session = bitket_session_new (url, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      status = cases[i].status;
      if (i == 0)
        bitket_browse_page_set_session (fixture->page, session);
      else
        gtk_widget_activate_action (GTK_WIDGET (fixture->page), "browse.reload", NULL);
      app_wait_for_text (fixture->window, cases[i].text);
      g_assert_null (app_find_text (fixture->window, "raw text"));
      if (cases[i].status != 200)
        app_wait_for_text (fixture->window, "Sign In");
    }
}

#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  app_fixture_init (&argc, &argv);
  ADD ("/app/overview/figures", test_figures);
  ADD ("/app/overview/live", test_live);
  ADD ("/app/overview/search", test_search);
  ADD ("/app/overview/other-event", test_other_event);
  ADD ("/app/overview/quick-choices", test_quick_choices);
  ADD ("/app/overview/service-gone", test_service_gone);
  ADD ("/app/overview/without-events", test_lists_without_events);
  return g_test_run ();
}
