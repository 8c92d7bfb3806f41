/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

/* bitket-door is killed at random moments while it scans and syncs through bad weather. Whatever it
 * had shown must still hold, and at the end the service must agree: no shown entry lost, none
 * doubled. */

#include <signal.h>
#include <string.h>

#include "bitket-json-reader.h"
#include "bitket-test-support.h"
#include "fault-service.h"

#define N_ROUNDS  200
#define N_TICKETS 400
#define N_LINES   12
#define MIN_MS    20
#define MAX_MS    350

static const char *program;

typedef struct
{
  Fixture *fixture;
  FaultService *service;
  GHashTable *shown; /* ownership → scan id: who was let in before somebody's eyes */
  guint n_verdicts, n_cut;
} Trial;

/* One whole line of the child's output. */
static void
note_line (Trial *trial, const char *line)
{
  g_autoptr (JsonNode) node = bitket_json_parse (line, -1, NULL);
  JsonObject *object;
  const char *reason, *ownership;

  g_assert_nonnull (node);
  object = json_node_get_object (node);
  /* There is but one door: nobody can have been faster. */
  g_assert_false (json_object_has_member (object, "conflict"));
  trial->n_verdicts++;
  reason = json_object_get_string_member (object, "reason");
  if (!bitket_reason_admits (bitket_reason_from_string (reason)))
    return;
  ownership = json_object_get_string_member (object, "ownership");
  if (g_hash_table_contains (trial->shown, ownership))
    g_test_message ("let in again: %s", line);
  g_assert_false (g_hash_table_contains (trial->shown, ownership));
  g_hash_table_insert (trial->shown, g_strdup (ownership),
                       g_strdup (json_object_get_string_member (object, "scan")));
}

/* What a kill cut off in the middle of a line was not shown. */
static void
note_output (Trial *trial, const char *output)
{
  g_auto (GStrv) lines = g_strsplit (output, "\n", -1);
  guint n_lines = g_strv_length (lines);

  for (guint i = 0; i + 1 < n_lines; i++)
    note_line (trial, lines[i]);
  if (n_lines > 0 && *lines[n_lines - 1] != '\0')
    trial->n_cut++;
}

static BitketTestProcess *
spawn_door (Trial *trial, const char *command)
{
  const char *argv[] = {
    program,
    "--service",
    trial->service->url,
    "--state-dir",
    trial->fixture->state_dir,
    "--key-file",
    trial->fixture->key_file,
    "--camera",
    "none",
    "--format",
    "json",
    command,
    NULL,
  };

  return bitket_test_process_spawn (argv, NULL);
}

static gboolean
is_time (gpointer data)
{
  return g_get_monotonic_time () >= *(gint64 *) data;
}

static void
run_round (Trial *trial)
{
  g_autoptr (BitketTestProcess) process = spawn_door (trial, "scan");
  gint64 end_us = g_get_monotonic_time () + 1000 * g_test_rand_int_range (MIN_MS, MAX_MS);

  for (guint i = 0; i < N_LINES; i++)
    {
      const FixtureTicket *ticket = &g_array_index (trial->fixture->tickets, FixtureTicket,
                                                    g_test_rand_int_range (0, N_TICKETS));
      g_autofree char *qr = fixture_qr (trial->fixture, ticket, QR_SIGNED);

      bitket_test_process_send_line (process, qr);
    }
  g_assert_true (bitket_test_wait_until (is_time, &end_us, 30));
  g_assert_cmpint (bitket_test_process_kill (process), ==, 128 + SIGKILL);
  note_output (trial, bitket_test_process_get_output (process));
}

/* In the file or at the service: where it is shown, it is. */
static void
check_shown (Trial *trial)
{
  GHashTableIter iter;
  gpointer ownership, scan;

  g_hash_table_iter_init (&iter, trial->shown);
  while (g_hash_table_iter_next (&iter, &ownership, &scan))
    {
      g_autofree char *sql = g_strdup_printf (
          "SELECT count(*) FROM scans WHERE id = '%s' AND moves = 1", (const char *) scan);

      g_assert_cmpint (fixture_sql (trial->fixture, sql), ==, 1);
      g_assert_cmpuint (fault_service_get_admissions (trial->service, ownership), ==, 1);
    }
}

static void
settle (Trial *trial)
{
  g_autoptr (BitketTestProcess) process = NULL;

  trial->service->is_chaotic = FALSE;
  trial->service->duplicates = FALSE;
  fault_service_set_all (trial->service, FAULT_NONE);
  process = spawn_door (trial, "sync");
  g_assert_cmpint (bitket_test_process_wait (process, 60), ==, 0);
  g_assert_nonnull (strstr (bitket_test_process_get_output (process), "\"waiting\":0"));
}

static void
test_kill (void)
{
  Trial trial = { 0 };
  guint n_admitted = 0;

  trial.fixture = fixture_new ();
  trial.shown = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  for (guint i = 0; i < N_TICKETS; i++)
    fixture_add (trial.fixture, BITKET_TICKET_STATE_VALID, "Åsa Öberg");
  fixture_feed (trial.fixture);
  trial.service = fault_service_new (trial.fixture);
  trial.service->is_chaotic = TRUE;
  for (guint i = 0; i < N_ROUNDS; i++)
    run_round (&trial);
  settle (&trial);
  check_shown (&trial);
  for (guint i = 0; i < N_TICKETS; i++)
    {
      guint n = fault_service_get_admissions (
          trial.service, g_array_index (trial.fixture->tickets, FixtureTicket, i).ownership);

      g_assert_cmpuint (n, <=, 1);
      n_admitted += n;
    }
  g_test_message ("%u verdicts shown, %u let in before eyes, %u in all, %u lines cut",
                  trial.n_verdicts, g_hash_table_size (trial.shown), n_admitted, trial.n_cut);
  /* It must have been a trial: some were shown, and not all that were written. */
  g_assert_cmpuint (g_hash_table_size (trial.shown), >, 20);
  fault_service_free (trial.service);
  fixture_free (trial.fixture);
  g_hash_table_unref (trial.shown);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  program = g_getenv ("BITKET_DOOR");
  g_assert_nonnull (program);
  g_test_add_func ("/console/kill/D36-D37-200-times", test_kill);
  return g_test_run ();
}
