/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-console"

/* The commands that do one thing and end. */

#include <glib/gi18n.h>
#include <json-glib/json-glib.h>

#include "bitket-client-error.h"
#include "bitket-console-print.h"
#include "bitket-console.h"
#include "bitket-json-reader.h"

#define SEARCH_LIMIT    50
#define REACH_TIMEOUT_S 5

static void
print_object (JsonObject *object)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  g_autofree char *line = NULL;

  json_node_take_object (node, object);
  line = bitket_json_to_string (node);
  bitket_console_print_line (line);
}

static const char *
get_argument (BitketConsole *console)
{
  return console->options.arguments[0];
}

/* pair */

static void
paired_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BitketConsole *console = user_data;
  g_autofree char *event = NULL;
  g_autofree char *door = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *line = NULL;
  JsonObject *object;

  if (!bitket_door_pair_finish (result, &event, &door, &error))
    {
      bitket_console_fail (console, error);
      return;
    }
  if (console->options.format == BITKET_FORMAT_JSON)
    {
      object = json_object_new ();
      json_object_set_string_member (object, "paired", door);
      if (event != NULL)
        json_object_set_string_member (object, "event", event);
      print_object (object);
    }
  else
    {
      /* Translators: %s is a door's name. */
      line = event == NULL ? g_strdup_printf (_ ("Paired as “%s”."), door)
                           /* Translators: a door's name, an event's name. */
                           : g_strdup_printf (_ ("Paired as “%s” of %s."), door, event);
      bitket_console_print_line (line);
    }
  bitket_console_end (console, 0);
}

void
bitket_console_pair (BitketConsole *console)
{
  const BitketConsoleOptions *options = &console->options;

  bitket_door_pair_async (options->service, get_argument (console), options->state_dir,
                          options->key_file, console->cancellable, paired_cb, console);
}

/* sync */

static void
synced_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BitketConsole *console = user_data;
  BitketDoorSyncReport report;
  g_autoptr (GError) error = NULL;
  g_autofree char *line = NULL;
  JsonObject *object;

  if (!bitket_door_sync_finish (BITKET_DOOR (source), result, &report, &error))
    {
      bitket_console_fail (console, error);
      return;
    }
  if (console->options.format == BITKET_FORMAT_JSON)
    {
      object = json_object_new ();
      json_object_set_int_member (object, "downloaded", report.n_downloaded);
      json_object_set_int_member (object, "uploaded", report.n_uploaded);
      json_object_set_int_member (object, "refused", report.n_refused);
      json_object_set_int_member (object, "waiting", report.n_waiting);
      print_object (object);
    }
  else
    {
      line = g_strdup_printf (
          _ ("Downloaded: %u · uploaded: %u · refused by the service: %u · waiting: %u"),
          report.n_downloaded, report.n_uploaded, report.n_refused, report.n_waiting);
      bitket_console_print_line (line);
    }
  bitket_console_end (console, 0);
}

void
bitket_console_sync (BitketConsole *console)
{
  bitket_door_sync_async (console->door, console->cancellable, synced_cb, console);
}

/* search */

static void
searched_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BitketConsole *console = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) hits = bitket_door_search_finish (BITKET_DOOR (source), result, &error);

  if (hits == NULL)
    {
      bitket_console_fail (console, error);
      return;
    }
  bitket_console_print_hits (console, get_argument (console), hits);
  bitket_console_end (console, hits->len > 0 ? 0 : 1);
}

static void
search_now (BitketConsole *console)
{
  bitket_door_search_async (console->door, get_argument (console), SEARCH_LIMIT,
                            console->cancellable, searched_cb, console);
}

static void
synced_for_search_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BitketConsole *console = user_data;
  g_autoptr (GError) error = NULL;

  if (bitket_door_sync_finish (BITKET_DOOR (source), result, NULL, &error))
    search_now (console);
  else
    bitket_console_fail (console, error);
}

/* A cache that was never filled is filled first. */
void
bitket_console_search (BitketConsole *console)
{
  gboolean is_synced;

  g_object_get (console->door, "synced", &is_synced, NULL);
  if (is_synced || console->options.is_offline || console->is_looking)
    search_now (console);
  else
    bitket_door_sync_async (console->door, console->cancellable, synced_for_search_cb, console);
}

/* status */

static void
print_counts_text (GPtrArray *counts)
{
  for (guint i = 0; i < counts->len; i++)
    {
      const BitketDoorCount *count = g_ptr_array_index (counts, i);
      g_autofree char *line =
          g_strdup_printf ("  %s: %u / %u", count->name, count->n_inside, count->n_total);

      bitket_console_print_line (line);
    }
}

static JsonArray *
make_counts_json (GPtrArray *counts)
{
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < counts->len; i++)
    {
      const BitketDoorCount *count = g_ptr_array_index (counts, i);
      JsonObject *object = json_object_new ();

      json_object_set_string_member (object, "name", count->name);
      json_object_set_int_member (object, "inside", count->n_inside);
      json_object_set_int_member (object, "total", count->n_total);
      json_array_add_object_element (array, object);
    }
  return array;
}

static void
print_status (BitketConsole *console)
{
  g_autofree char *event = NULL;
  g_autofree char *door = NULL;
  g_autofree char *line = NULL;
  guint n_waiting, n_inside, n_tickets;
  gboolean is_online, is_synced, is_revoked;
  JsonObject *object;

  g_object_get (console->door, "event-name", &event, "door-name", &door, "n-waiting", &n_waiting,
                "n-inside", &n_inside, "n-tickets", &n_tickets, "online", &is_online, "synced",
                &is_synced, "revoked", &is_revoked, NULL);
  if (console->options.format == BITKET_FORMAT_JSON)
    {
      object = json_object_new ();
      json_object_set_string_member (object, "event", event == NULL ? "" : event);
      json_object_set_string_member (object, "door", door);
      /* Whether the program that has the door open is online, only that one knows. */
      if (console->is_looking)
        json_object_set_null_member (object, "online");
      else
        json_object_set_boolean_member (object, "online", is_online);
      json_object_set_boolean_member (object, "synced", is_synced);
      json_object_set_boolean_member (object, "revoked", is_revoked);
      json_object_set_int_member (object, "waiting", n_waiting);
      json_object_set_int_member (object, "inside", n_inside);
      json_object_set_int_member (object, "tickets", n_tickets);
      json_object_set_array_member (object, "types",
                                    make_counts_json (bitket_door_get_counts (console->door)));
      print_object (object);
      return;
    }
  line = g_strdup_printf (
      /* Translators: event, door, "online" or "offline", and three counts. */
      _ ("%s · %s · %s · inside: %u of %u · waiting to be sent: %u"),
      event == NULL ? _ ("not downloaded yet") : event, door,
      console->is_looking ? _ ("open in another program")
      : is_online         ? _ ("online")
                          : _ ("offline"),
      n_inside, n_tickets, n_waiting);
  bitket_console_print_line (line);
  print_counts_text (bitket_door_get_counts (console->door));
}

typedef struct
{
  BitketConsole *console;
  gulong handler;
  guint timeout;
} ReachWait;

static void
end_reach_wait (ReachWait *wait)
{
  BitketConsole *console = wait->console;

  g_clear_signal_handler (&wait->handler, console->door);
  g_clear_handle_id (&wait->timeout, g_source_remove);
  g_free (wait);
  print_status (console);
  bitket_console_end (console, 0);
}

static void
reach_cb (BitketDoor *door, GParamSpec *pspec, gpointer user_data)
{
  end_reach_wait (user_data);
}

static gboolean
reach_timeout_cb (gpointer user_data)
{
  ReachWait *wait = user_data;

  wait->timeout = 0;
  end_reach_wait (wait);
  return G_SOURCE_REMOVE;
}

/* The door has just begun to look for the service: whatever it finds is told by its property. */
void
bitket_console_status (BitketConsole *console)
{
  ReachWait *wait;

  if (console->options.is_offline || console->is_looking)
    {
      print_status (console);
      bitket_console_end (console, 0);
      return;
    }
  wait = g_new0 (ReachWait, 1);
  wait->console = console;
  wait->handler =
      g_signal_connect (console->door, "notify::offline-since", G_CALLBACK (reach_cb), wait);
  wait->timeout = g_timeout_add_seconds (REACH_TIMEOUT_S, reach_timeout_cb, wait);
}

/* undo and admit: done here first, then told to the service if it can be reached. */

static void
told_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BitketConsole *console = user_data;
  g_autoptr (GError) error = NULL;

  if (!bitket_door_sync_finish (BITKET_DOOR (source), result, NULL, &error))
    {
      g_autofree char *sentence = bitket_console_explain (error);

      bitket_console_print_warning ("%s %s", _ ("The service will be told later."), sentence);
    }
  bitket_console_end (console, console->status);
}

static void
tell_service (BitketConsole *console, int status)
{
  guint n_waiting;

  console->status = status;
  g_object_get (console->door, "n-waiting", &n_waiting, NULL);
  if (console->options.is_offline || n_waiting == 0)
    bitket_console_end (console, status);
  else
    bitket_door_sync_async (console->door, console->cancellable, told_cb, console);
}

static void
undone_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BitketConsole *console = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketOutcome) outcome =
      bitket_door_undo_finish (BITKET_DOOR (source), result, &error);
  g_autofree char *inner = NULL;
  g_autofree char *line = NULL;

  if (outcome == NULL)
    {
      bitket_console_fail (console, error);
      return;
    }
  if (console->options.format == BITKET_FORMAT_JSON)
    {
      inner = bitket_outcome_to_json_line (outcome);
      line = g_strdup_printf ("{\"undone\":%s}", inner);
    }
  else
    {
      const char *name = bitket_outcome_get_facts (outcome)->name;

      /* Translators: %s is a person's name. */
      line = g_strdup_printf (_ ("Taken back: %s."), name == NULL ? _ ("somebody") : name);
    }
  bitket_console_print_line (line);
  tell_service (console, 0);
}

void
bitket_console_undo (BitketConsole *console)
{
  bitket_door_undo_async (console->door, get_argument (console), console->cancellable, undone_cb,
                          console);
}

static void
admitted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BitketConsole *console = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketOutcome) outcome =
      bitket_door_admit_finish (BITKET_DOOR (source), result, &error);

  if (outcome == NULL)
    {
      bitket_console_fail (console, error);
      return;
    }
  bitket_console_print_outcome (console, outcome);
  tell_service (console, bitket_outcome_get_verdict (outcome) == BITKET_VERDICT_REFUSE ? 1 : 0);
}

void
bitket_console_admit (BitketConsole *console)
{
  bitket_door_admit_async (console->door, get_argument (console), console->options.reason,
                           console->cancellable, admitted_cb, console);
}
