/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

/* Doors and a real bitketd, on the codes of its sample event as the camera path reads them. */

#include <string.h>

#include "bitket-camera.h"
#include "bitket-cascade-decoder.h"
#include "bitket-door.h"
#include "bitket-json-reader.h"
#include "bitket-test-support.h"
#include "bitket-time.h"

#define KEEP ((GAsyncReadyCallback) (void (*) (void)) bitket_test_keep_result)

/* A service on the sample event, and its pictures by their case. */
typedef struct
{
  char *dir, *uri, *url, *token, *listen;
  BitketTestProcess *process; /* (nullable) */
  GHashTable *pictures;       /* case → GPtrArray of paths */
  BitketDecoder *decoder;
} World;

static const char *
find_program (void)
{
  const char *program = g_getenv ("BITKETD");

  g_assert_nonnull (program);
  return program;
}

static void
start_service (World *world)
{
  const char *argv[] = { find_program (), "serve",       "--database", world->uri,
                         "--listen",      world->listen, NULL };

  world->process = bitket_test_process_spawn (argv, NULL);
  g_free (world->url);
  world->url = bitket_test_process_wait_for_line (world->process, "listening on ", 60);
  /* It comes back where it was. */
  g_free (world->listen);
  world->listen = g_strdup (world->url + strlen ("http://"));
}

static void
stop_service (World *world)
{
  g_assert_cmpint (bitket_test_process_stop (world->process), ==, 0);
  g_clear_pointer (&world->process, bitket_test_process_free);
}

static void
read_index (World *world, const char *codes)
{
  g_autofree char *path = g_build_filename (codes, "index.tsv", NULL);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 1; lines[i] != NULL && *lines[i] != '\0'; i++)
    {
      g_auto (GStrv) fields = g_strsplit (lines[i], "\t", -1);
      GPtrArray *paths = g_hash_table_lookup (world->pictures, fields[1]);

      if (paths == NULL)
        {
          paths = g_ptr_array_new_with_free_func (g_free);
          g_hash_table_insert (world->pictures, g_strdup (fields[1]), paths);
        }
      g_ptr_array_add (paths, g_build_filename (codes, fields[0], NULL));
    }
}

static void
read_token (World *world, const char *path)
{
  g_autofree char *text = NULL;
  g_autoptr (JsonNode) node = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  node = bitket_json_parse (text, -1, NULL);
  world->token = g_strdup (json_object_get_string_member (json_node_get_object (node), "token"));
}

static World *
world_new (void)
{
  World *world = g_new0 (World, 1);
  g_autofree char *codes = NULL;
  g_autofree char *credentials = NULL;

  world->dir = bitket_test_new_dir ();
  world->uri = bitket_test_sqlite_uri (world->dir);
  world->listen = g_strdup ("127.0.0.1:0");
  codes = g_build_filename (world->dir, "codes", NULL);
  credentials = g_build_filename (world->dir, "credentials.json", NULL);
  {
    const char *argv[] = { find_program (), "sample",        "--database", world->uri, "--codes",
                           codes,           "--credentials", credentials,  NULL };

    g_assert_cmpint (bitket_test_run (argv, NULL, NULL, NULL, NULL), ==, 0);
  }
  world->pictures =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
  world->decoder = bitket_cascade_decoder_new ();
  read_index (world, codes);
  read_token (world, credentials);
  start_service (world);
  return world;
}

static void
world_free (World *world)
{
  if (world->process != NULL)
    stop_service (world);
  bitket_test_dir_free (world->dir);
  g_hash_table_unref (world->pictures);
  g_object_unref (world->decoder);
  g_free (world->uri);
  g_free (world->url);
  g_free (world->token);
  g_free (world->listen);
  g_free (world);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (World, world_free)

/* What picture number @index of @name says. */
static char *
read_picture (World *world, const char *name, guint index)
{
  GPtrArray *paths = g_hash_table_lookup (world->pictures, name);
  g_autoptr (GPtrArray) found = NULL;
  g_autoptr (GError) error = NULL;
  GBytes *bytes;

  g_assert_nonnull (paths);
  g_assert_cmpuint (index, <, paths->len);
  found = bitket_camera_decode_file (g_ptr_array_index (paths, index), world->decoder, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (found->len, ==, 1);
  bytes = ((BitketDecoded *) g_ptr_array_index (found, 0))->bytes;
  return g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}

static BitketDoor *
open_door (World *world, const char *name, BitketDoorFlags flags)
{
  g_autofree char *state_dir = g_build_filename (world->dir, name, NULL);
  g_autofree char *key_file = g_strconcat (state_dir, ".key", NULL);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  const BitketDoorConfig config = {
    .service_url = world->url,
    .token = world->token,
    .event = "luciafesten-2026",
    .door_name = name,
    .state_dir = state_dir,
    .key_file = key_file,
    .flags = flags,
    .deadline_ms = 5000, /* a guard against a loaded machine, not a measure */
  };
  BitketDoor *door;

  bitket_door_open_async (&config, NULL, KEEP, &result);
  bitket_test_wait_for_pointer ((gpointer *) &result);
  door = bitket_door_open_finish (result, &error);
  g_assert_no_error (error);
  return door;
}

static void
close_door (BitketDoor *door)
{
  g_autoptr (GAsyncResult) result = NULL;

  bitket_door_close_async (door, KEEP, &result);
  bitket_test_wait_for_pointer ((gpointer *) &result);
  g_assert_true (bitket_door_close_finish (door, result, NULL));
  g_clear_object (&result);
  g_assert_finalize_object (door);
}

static BitketOutcome *
scan (BitketDoor *door, const char *text)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  BitketOutcome *outcome;

  bitket_door_scan_async (door, bytes, BITKET_SCAN_SOURCE_CAMERA, NULL, KEEP, &result);
  bitket_test_wait_for_pointer ((gpointer *) &result);
  outcome = bitket_door_scan_finish (door, result, &error);
  g_assert_no_error (error);
  return outcome;
}

static void
sync_door (BitketDoor *door, BitketDoorSyncReport *report)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  bitket_door_sync_async (door, NULL, KEEP, &result);
  bitket_test_wait_for_pointer ((gpointer *) &result);
  bitket_door_sync_finish (door, result, report, &error);
  g_assert_no_error (error);
}

static guint
get_uint (BitketDoor *door, const char *property)
{
  guint value;

  g_object_get (door, property, &value, NULL);
  return value;
}

/* What each of the sample's codes says, asked of the service and then of the cache alone. */
static const struct
{
  const char *name;
  BitketReason online, offline;
} cases[] = {
  { "valid", BITKET_REASON_VALID, BITKET_REASON_VALID },
  { "utilized", BITKET_REASON_ALREADY_ADMITTED, BITKET_REASON_ALREADY_ADMITTED },
  { "replaced", BITKET_REASON_CODE_REPLACED, BITKET_REASON_CODE_REPLACED },
  { "resold", BITKET_REASON_SUPERSEDED, BITKET_REASON_SUPERSEDED },
  { "refunded", BITKET_REASON_REFUNDED, BITKET_REASON_REFUNDED },
  { "pending", BITKET_REASON_PENDING, BITKET_REASON_PENDING },
  { "wrong-event", BITKET_REASON_WRONG_EVENT, BITKET_REASON_WRONG_EVENT },
  { "unknown", BITKET_REASON_UNKNOWN_TICKET, BITKET_REASON_UNKNOWN_TICKET },
  { "bad-signature", BITKET_REASON_BAD_SIGNATURE, BITKET_REASON_BAD_SIGNATURE },
  { "unsigned", BITKET_REASON_VALID, BITKET_REASON_VALID },
  { "not-a-ticket", BITKET_REASON_UNREADABLE, BITKET_REASON_UNREADABLE },
};

static void
test_sample (gconstpointer data)
{
  g_autoptr (World) world = world_new ();
  gboolean is_offline = GPOINTER_TO_INT (data);
  BitketDoor *door = open_door (world, "North", BITKET_DOOR_NO_SYNC);

  sync_door (door, NULL);
  if (is_offline)
    {
      close_door (door);
      stop_service (world);
      door = open_door (world, "North", BITKET_DOOR_NO_SYNC);
    }
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = read_picture (world, cases[i].name, 0);
      g_autoptr (BitketOutcome) outcome = scan (door, text);
      const BitketOutcomeFacts *facts = bitket_outcome_get_facts (outcome);
      BitketReason wanted = is_offline ? cases[i].offline : cases[i].online;

      g_test_message ("%s: %s", cases[i].name, bitket_reason_to_string (facts->reason));
      g_assert_cmpint (facts->reason, ==, wanted);
      g_assert_cmpint (facts->verdict, ==, bitket_reason_get_verdict (wanted));
      if (wanted != BITKET_REASON_UNREADABLE)
        g_assert_cmpint (facts->authority, ==,
                         is_offline ? BITKET_AUTHORITY_CACHE : BITKET_AUTHORITY_SERVICE);
      if (wanted == BITKET_REASON_WRONG_EVENT)
        g_assert_nonnull (facts->event_name);
    }
  close_door (door);
}

/* Two doors online: what one lets in, the other hears by the stream. */
typedef struct
{
  BitketDoor *door;
  guint n_inside;
} Inside;

static gboolean
has_inside (gpointer data)
{
  const Inside *inside = data;

  return get_uint (inside->door, "n-inside") == inside->n_inside;
}

static gboolean
is_synced (gpointer door)
{
  gboolean synced;

  g_object_get (door, "synced", &synced, NULL);
  return synced && bitket_door_is_online (door);
}

static void
test_two_doors (void)
{
  g_autoptr (World) world = world_new ();
  BitketDoor *north = open_door (world, "North", BITKET_DOOR_DEFAULT);
  BitketDoor *south = open_door (world, "South", BITKET_DOOR_DEFAULT);
  g_autofree char *text = read_picture (world, "valid", 0);
  g_autoptr (BitketOutcome) first = NULL;
  g_autoptr (BitketOutcome) second = NULL;
  Inside inside;

  g_assert_true (bitket_test_wait_until (is_synced, north, 30));
  g_assert_true (bitket_test_wait_until (is_synced, south, 30));
  inside = (Inside) { south, get_uint (south, "n-inside") + 1 };
  first = scan (north, text);
  g_assert_cmpint (bitket_outcome_get_reason (first), ==, BITKET_REASON_VALID);
  g_assert_true (bitket_test_wait_until (has_inside, &inside, 20));
  /* Now also when the service is gone. */
  stop_service (world);
  second = scan (south, text);
  g_assert_cmpint (bitket_outcome_get_reason (second), ==, BITKET_REASON_ALREADY_ADMITTED);
  g_assert_cmpstr (bitket_outcome_get_facts (second)->door, ==, "North");
  g_assert_cmpint (bitket_outcome_get_facts (second)->authority, ==, BITKET_AUTHORITY_CACHE);
  close_door (north);
  close_door (south);
}

/* D41 with everything real: two doors apart, one ticket, both let it in, both hear of it. */
static void
count_conflict_cb (BitketDoor *door, BitketOutcome *outcome, gpointer user_data)
{
  guint *n_conflicts = user_data;

  (*n_conflicts)++;
}

static gboolean
is_told (gpointer data)
{
  const guint *n_conflicts = data;

  return n_conflicts[0] > 0 && n_conflicts[1] > 0;
}

static gboolean
is_all_sent (gpointer door)
{
  return get_uint (door, "n-waiting") == 0 && bitket_door_is_online (door);
}

static void
test_d41_doors_apart (void)
{
  g_autoptr (World) world = world_new ();
  BitketDoor *doors[2];
  g_autofree char *text = read_picture (world, "valid", 1);
  guint n_conflicts[2] = { 0, 0 };
  guint n_inside;

  doors[0] = open_door (world, "North", BITKET_DOOR_DEFAULT);
  doors[1] = open_door (world, "South", BITKET_DOOR_DEFAULT);
  for (guint i = 0; i < 2; i++)
    {
      g_assert_true (bitket_test_wait_until (is_synced, doors[i], 30));
      g_signal_connect (doors[i], "conflict", G_CALLBACK (count_conflict_cb), &n_conflicts[i]);
    }
  n_inside = get_uint (doors[0], "n-inside");
  stop_service (world);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (BitketOutcome) outcome = scan (doors[i], text);

      g_assert_cmpint (bitket_outcome_get_reason (outcome), ==, BITKET_REASON_VALID);
      g_assert_cmpint (bitket_outcome_get_facts (outcome)->authority, ==, BITKET_AUTHORITY_CACHE);
    }
  start_service (world);
  /* D43: back by themselves. */
  for (guint i = 0; i < 2; i++)
    g_assert_true (bitket_test_wait_until (is_all_sent, doors[i], 30));
  g_assert_true (bitket_test_wait_until (is_told, n_conflicts, 30));
  g_assert_cmpuint (n_conflicts[0], ==, 1);
  g_assert_cmpuint (n_conflicts[1], ==, 1);
  for (guint i = 0; i < 2; i++)
    {
      g_assert_cmpuint (get_uint (doors[i], "n-inside"), ==, n_inside + 1);
      close_door (doors[i]);
    }
}

/* Undo at one door, in again at the other. */
static void
test_d30_undo (void)
{
  g_autoptr (World) world = world_new ();
  BitketDoor *north = open_door (world, "North", BITKET_DOOR_NO_SYNC);
  BitketDoor *south = open_door (world, "South", BITKET_DOOR_NO_SYNC);
  g_autofree char *text = read_picture (world, "valid", 2);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (BitketOutcome) first = NULL;
  g_autoptr (BitketOutcome) undone = NULL;
  g_autoptr (BitketOutcome) second = NULL;
  BitketDoorSyncReport report;

  sync_door (north, NULL);
  sync_door (south, NULL);
  first = scan (north, text);
  g_assert_cmpint (bitket_outcome_get_reason (first), ==, BITKET_REASON_VALID);
  bitket_door_undo_async (north, NULL, NULL, KEEP, &result);
  bitket_test_wait_for_pointer ((gpointer *) &result);
  undone = bitket_door_undo_finish (north, result, NULL);
  g_assert_nonnull (undone);
  g_clear_object (&result);
  sync_door (north, &report);
  g_assert_cmpuint (report.n_uploaded, ==, 1);
  g_assert_cmpuint (report.n_waiting, ==, 0);
  second = scan (south, text);
  g_assert_cmpint (bitket_outcome_get_reason (second), ==, BITKET_REASON_VALID);
  close_door (north);
  close_door (south);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/door/service/sample-online", GINT_TO_POINTER (FALSE), test_sample);
  g_test_add_data_func ("/door/service/sample-offline", GINT_TO_POINTER (TRUE), test_sample);
  g_test_add_func ("/door/service/two-doors", test_two_doors);
  g_test_add_func ("/door/service/D41-D43-doors-apart", test_d41_doors_apart);
  g_test_add_func ("/door/service/D30-undo", test_d30_undo);
  return g_test_run ();
}
