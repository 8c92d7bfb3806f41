/* SPDX-License-Identifier: MIT */
/* screenshots-entry DIRECTORY [PREFIX]: pictures of entry mode, one of each verdict and state, as
 * the screen's size gives them. The camera shows a drawn phone. */
#define G_LOG_DOMAIN "screenshots"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <locale.h>

#include "bitket-build.h"
#include "bitket-entry-window-private.h"
#include "bitket-test-support.h"
#include "bitket-test-wait.h"
#include "phone-picture.h"
#include "sample-outcomes.h"

#define WAIT_S 30

typedef struct
{
  BitketEntryWindow *window;
  BitketEntryModel *model;
  const char *directory;
  const char *prefix;
} Studio;

static gboolean
has_picture (gpointer data)
{
  GdkPaintable *paintable = data;

  return gdk_paintable_get_intrinsic_width (paintable) > 0;
}

static GdkTexture *
render (GtkWindow *window)
{
  g_autoptr (GdkPaintable) paintable = gtk_widget_paintable_new (GTK_WIDGET (window));
  int width = gtk_widget_get_width (GTK_WIDGET (window));
  int height = gtk_widget_get_height (GTK_WIDGET (window));
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  g_autoptr (GskRenderNode) node = NULL;

  gdk_paintable_snapshot (paintable, snapshot, width, height);
  node = gtk_snapshot_free_to_node (snapshot);
  if (node == NULL)
    return NULL;
  return gsk_renderer_render_texture (gtk_native_get_renderer (GTK_NATIVE (window)), node,
                                      &GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height));
}

static void
take (Studio *studio, GtkWindow *window, const char *name)
{
  g_autofree char *file = g_strdup_printf ("%s%s.png", studio->prefix, name);
  g_autofree char *path = g_build_filename (studio->directory, file, NULL);
  g_autoptr (GdkTexture) texture = NULL;

  for (int i = 0; i < 3; i++)
    {
      gtk_widget_queue_draw (GTK_WIDGET (window));
      gtk_test_widget_wait_for_draw (GTK_WIDGET (window));
    }
  while (texture == NULL)
    {
      gtk_test_widget_wait_for_draw (GTK_WIDGET (window));
      texture = render (window);
    }
  if (!gdk_texture_save_to_png (texture, path))
    g_printerr ("could not write \"%s\"\n", path);
}

static void
take_verdicts (Studio *studio)
{
  for (int reason = BITKET_REASON_VALID; reason <= BITKET_REASON_FAULT; reason++)
    {
      g_autoptr (BitketOutcome) outcome = NULL;
      g_autofree char *name = NULL;

      if (reason == BITKET_REASON_SAME_SCAN)
        continue;
      outcome = sample_outcome_new ((BitketReason) reason);
      name = g_strdelimit (g_strdup (bitket_reason_to_string ((BitketReason) reason)), "_", '-');
      bitket_entry_model_show_outcome (studio->model, outcome);
      take (studio, GTK_WINDOW (studio->window), name);
    }
}

static void
take_long_names (Studio *studio)
{
  static const char *const choices[] = { "Alkoholfritt alternativ", "Laktosfri", "Glutenfri",
                                         "Vegetarian", NULL };
  const BitketOutcomeFacts facts = {
    .verdict = BITKET_VERDICT_ADMIT,
    .reason = BITKET_REASON_VALID,
    .name = "Wilhelmina Björnstjerna-Öhrnberg af Östergötland",
    .ticket_type = "Banquet with three courses and admission to the party afterwards",
    .choices = choices,
    .at_us = sample_now_us (),
  };
  g_autoptr (BitketOutcome) outcome = bitket_outcome_new (&facts);

  bitket_entry_model_show_outcome (studio->model, outcome);
  take (studio, GTK_WINDOW (studio->window), "long-name");
}

static BitketDoorHit *
new_hit (const char *name, const char *type, BitketTicketState state)
{
  BitketDoorHit *hit = g_new0 (BitketDoorHit, 1);
  g_autofree char *id = g_strdup_printf ("id-of-%s", name);

  hit->ownership = g_strdup (id);
  hit->name = g_strdup (name);
  hit->ticket_type = g_strdup (type);
  hit->state = state;
  return hit;
}

static GPtrArray *
make_hits (void)
{
  GPtrArray *hits = g_ptr_array_new_with_free_func ((GDestroyNotify) bitket_door_hit_free);
  BitketDoorHit *hit;

  hit = new_hit ("Astrid Lindqvist", "Banquet + party", BITKET_TICKET_STATE_VALID);
  hit->choices = g_strsplit ("Cider,Vegetarian", ",", -1);
  g_ptr_array_add (hits, hit);
  hit = new_hit ("Måns Lindqvist", "Party", BITKET_TICKET_STATE_UTILIZED);
  hit->utilized_us = sample_local_us (20, 15);
  hit->utilized_by_door = g_strdup ("Main door");
  g_ptr_array_add (hits, hit);
  g_ptr_array_add (hits, new_hit ("Sixten Lindberg", "Party", BITKET_TICKET_STATE_PENDING));
  g_ptr_array_add (hits, new_hit ("Ebba Lindgren", "Party", BITKET_TICKET_STATE_SUPERSEDED));
  return hits;
}

static void
take_search (Studio *studio)
{
  g_autoptr (GPtrArray) hits = make_hits ();
  g_autoptr (GPtrArray) none = g_ptr_array_new ();
  GtkWindow *dialog;
  GList *windows;

  bitket_entry_model_clear (studio->model);
  gtk_editable_set_text (GTK_EDITABLE (studio->window->search_entry), "lind");
  bitket_hit_list_show (studio->window->hit_list, "lind", hits, sample_now_us ());
  studio->window->hits = g_ptr_array_ref (hits);
  gtk_stack_set_visible_child_name (studio->window->left_stack, "hits");
  take (studio, GTK_WINDOW (studio->window), "search");

  bitket_entry_window_ask_force (studio->window, "id-of-Måns Lindqvist");
  windows = gtk_window_list_toplevels ();
  dialog = NULL;
  for (GList *link = windows; link != NULL; link = link->next)
    if (link->data != studio->window && gtk_window_get_transient_for (link->data) != NULL)
      dialog = link->data;
  g_list_free (windows);
  g_assert (dialog != NULL);
  take (studio, dialog, "let-in-anyway");
  gtk_window_destroy (dialog);

  gtk_editable_set_text (GTK_EDITABLE (studio->window->search_entry), "xyzzy");
  bitket_hit_list_show (studio->window->hit_list, "xyzzy", none, sample_now_us ());
  gtk_stack_set_visible_child_name (studio->window->left_stack, "hits");
  take (studio, GTK_WINDOW (studio->window), "search-none");
  bitket_entry_window_clear_search (studio->window);
}

static void
take_states (Studio *studio)
{
  const BitketEntryReach offline = { FALSE, sample_local_us (21, 30), 14 };
  const BitketEntryReach online = { TRUE, 0, 0 };
  g_autoptr (BitketOutcome) outcome = sample_outcome_new (BITKET_REASON_VALID);

  bitket_entry_model_clear (studio->model);
  take (studio, GTK_WINDOW (studio->window), "ready");
  bitket_entry_model_show_preview (studio->model, outcome);
  take (studio, GTK_WINDOW (studio->window), "asking");
  bitket_entry_model_set_reach (studio->model, &offline);
  bitket_entry_model_show_outcome (studio->model, outcome);
  take (studio, GTK_WINDOW (studio->window), "offline");
  bitket_entry_model_set_reach (studio->model, &online);
  bitket_entry_model_clear (studio->model);
  bitket_entry_model_set_notice (
      studio->model, _ ("An organizer has revoked this door. Ask for a new pairing code."));
  take (studio, GTK_WINDOW (studio->window), "revoked");
  bitket_entry_model_set_notice (studio->model, NULL);
  g_object_set (studio->window, "camera", NULL, NULL);
  take (studio, GTK_WINDOW (studio->window), "no-camera");
}

static GListModel *
make_recent (void)
{
  static const struct
  {
    const char *name; /* NULL: refused */
    BitketReason reason;
    int minute;
  } rows[] = {
    { "Astrid Lindqvist", BITKET_REASON_VALID, 47 }, { NULL, BITKET_REASON_ALREADY_ADMITTED, 46 },
    { "Viktor Åkesson", BITKET_REASON_VALID, 46 },   { "Maja Holm", BITKET_REASON_VALID, 45 },
    { NULL, BITKET_REASON_SIGNATURE_ONLY, 45 },      { "Otto Öberg", BITKET_REASON_VALID, 44 },
    { NULL, BITKET_REASON_WRONG_EVENT, 43 },         { "Selma Ek", BITKET_REASON_VALID, 43 },
    { "Ludvig Strömberg", BITKET_REASON_VALID, 42 },
  };
  GListStore *recent = g_list_store_new (BITKET_TYPE_OUTCOME);

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (BitketOutcome) outcome =
          rows[i].name != NULL ? sample_outcome_new_admitted (rows[i].name, NULL,
                                                              sample_local_us (21, rows[i].minute))
                               : sample_outcome_new (rows[i].reason);

      g_list_store_append (recent, outcome);
    }
  return G_LIST_MODEL (recent);
}

static BitketEntryModel *
make_model (void)
{
  static BitketDoorCount banquet = { (char *) "Banquet", 48, 60 };
  static BitketDoorCount party = { (char *) "Party", 72, 440 };
  const BitketEntryReach online = { TRUE, 0, 0 };
  g_autoptr (BitketClock) clock = bitket_clock_new_fixed (sample_now_us ());
  BitketEntryModel *model = bitket_entry_model_new (clock);
  g_autoptr (GListModel) recent = make_recent ();
  g_autoptr (GPtrArray) counts = g_ptr_array_new ();
  g_autofree char *text = NULL;

  g_ptr_array_add (counts, &banquet);
  g_ptr_array_add (counts, &party);
  text = bitket_entry_model_format_counts (120, counts);
  bitket_entry_model_set_names (model, "Luciafesten 2026", "Main door");
  bitket_entry_model_set_reach (model, &online);
  bitket_entry_model_set_counts_text (model, text);
  bitket_entry_model_set_recent (model, recent);
  return model;
}

static void
start_camera (const char *picture)
{
  g_autofree char *source = g_strdup_printf (
      "filesrc location=%s ! pngdec ! imagefreeze num-buffers=4 ! video/x-raw,framerate=10/1",
      picture);

  g_setenv ("BITKET_CAMERA", source, TRUE);
  g_setenv ("BITKET_SOUND", "fakesink", TRUE);
}

int
main (int argc, char **argv)
{
  g_autoptr (BitketEntryModel) model = NULL;
  g_autofree char *picture = NULL;
  const char *locale_dir = g_getenv ("BITKET_LOCALEDIR");
  Studio studio = { 0 };

  if (argc < 2)
    {
      g_printerr ("screenshots-entry DIRECTORY [PREFIX]\n");
      return 2;
    }
  setlocale (LC_ALL, "");
  bindtextdomain (BITKET_GETTEXT_PACKAGE, locale_dir ? locale_dir : BITKET_LOCALEDIR);
  bind_textdomain_codeset (BITKET_GETTEXT_PACKAGE, "UTF-8");
  textdomain (BITKET_GETTEXT_PACKAGE);
  adw_init ();
  picture = g_build_filename (argv[1], "phone.png", NULL);
  g_mkdir_with_parents (argv[1], 0755);
  if (!phone_picture_write (picture, "{\"a sample ticket\": \"6f0c5a2e-8a43-4b8e-9d3c\"}"))
    return 1;
  start_camera (picture);
  model = make_model ();
  studio.model = model;
  studio.window = bitket_entry_window_new_with_model (NULL, NULL, model);
  studio.directory = argv[1];
  studio.prefix = argc > 2 ? argv[2] : "entry-";
  gtk_window_present (GTK_WINDOW (studio.window));
  bitket_test_wait_until (has_picture,
                          bitket_camera_pane_get_paintable (studio.window->camera_pane), WAIT_S);
  take_verdicts (&studio);
  take_long_names (&studio);
  take_search (&studio);
  take_states (&studio);
  bitket_entry_window_leave (studio.window);
  g_remove (picture);
  return 0;
}
