/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

/* bitket-door as a process: what is piped in, what is printed, with which status it ends. */

#include <signal.h>
#include <string.h>

#include "bitket-json-reader.h"
#include "bitket-test-support.h"
#include "door-fixture.h"

static const char *program;

/* Runs it on the fixture's state, offline. The last argument is %NULL. */
static int
run_door (Fixture *fixture, const char *input, char **output, char **errors, ...)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  const char *argument;
  va_list arguments;

  g_ptr_array_add (argv, (gpointer) program);
  g_ptr_array_add (argv, (gpointer) "--offline");
  g_ptr_array_add (argv, (gpointer) "--state-dir");
  g_ptr_array_add (argv, fixture->state_dir);
  g_ptr_array_add (argv, (gpointer) "--key-file");
  g_ptr_array_add (argv, fixture->key_file);
  va_start (arguments, errors);
  while ((argument = va_arg (arguments, const char *)) != NULL)
    g_ptr_array_add (argv, (gpointer) argument);
  va_end (arguments);
  g_ptr_array_add (argv, NULL);
  return bitket_test_run ((const char *const *) argv->pdata, NULL, input, output, errors);
}

static Fixture *
make_state (FixtureTicket **ticket)
{
  Fixture *fixture = fixture_new ();

  *ticket = fixture_add (fixture, BITKET_TICKET_STATE_VALID, "Åsa Öberg");
  (*ticket)->choice = "Vegetarian";
  fixture_feed (fixture);
  return fixture;
}

static const char *
get_member (JsonNode *node, const char *member)
{
  return json_object_get_string_member_with_default (json_node_get_object (node), member, NULL);
}

static void
test_scan_json (void)
{
  FixtureTicket *ticket;
  g_autoptr (Fixture) fixture = make_state (&ticket);
  g_autofree char *qr = fixture_qr (fixture, ticket, QR_SIGNED);
  g_autofree char *input = g_strdup_printf ("%s\n\nhttp://example.org/\n%s\n", qr, "oberg");
  g_autofree char *output = NULL;
  g_autofree char *errors = NULL;
  g_auto (GStrv) lines = NULL;
  g_autoptr (JsonNode) first = NULL;
  g_autoptr (JsonNode) second = NULL;
  g_autoptr (JsonNode) third = NULL;

  g_assert_cmpint (run_door (fixture, input, &output, &errors, "scan", "--format", "json",
                             "--camera", "none", NULL),
                   ==, 0);
  lines = g_strsplit (output, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 4);
  first = bitket_json_parse (lines[0], -1, NULL);
  g_assert_cmpstr (get_member (first, "verdict"), ==, "admit");
  g_assert_cmpstr (get_member (first, "reason"), ==, "valid");
  g_assert_cmpstr (get_member (first, "authority"), ==, "cache");
  g_assert_cmpstr (get_member (first, "ownership"), ==, ticket->ownership);
  g_assert_cmpstr (get_member (first, "name"), ==, "Åsa Öberg");
  g_assert_cmpstr (get_member (first, "door"), ==, FIXTURE_DOOR);
  second = bitket_json_parse (lines[1], -1, NULL);
  g_assert_cmpstr (get_member (second, "verdict"), ==, "refuse");
  g_assert_cmpstr (get_member (second, "reason"), ==, "unreadable");
  third = bitket_json_parse (lines[2], -1, NULL);
  g_assert_cmpstr (get_member (third, "search"), ==, "oberg");
  g_assert_cmpint (fixture_sql (fixture, "SELECT count(*) FROM scans"), ==, 2);
}

static void
test_scan_text (void)
{
  FixtureTicket *ticket;
  g_autoptr (Fixture) fixture = make_state (&ticket);
  g_autofree char *qr = fixture_qr (fixture, ticket, QR_SIGNED);
  g_autofree char *output = NULL;

  g_assert_cmpint (run_door (fixture, qr, &output, NULL, "scan", "--camera", "none", NULL), ==, 0);
  g_assert_nonnull (strstr (output, "✓ ADMIT"));
  g_assert_nonnull (strstr (output, "Valid ticket."));
  g_assert_nonnull (strstr (output, "Åsa Öberg · Member · Vegetarian"));
  /* No colours but on a terminal. */
  g_assert_null (strchr (output, '\033'));
}

static void
test_search_status_undo_admit (void)
{
  FixtureTicket *ticket;
  g_autoptr (Fixture) fixture = make_state (&ticket);
  g_autofree char *admitted = NULL;
  g_autofree char *again = NULL;
  g_autofree char *found = NULL;
  g_autofree char *status = NULL;
  g_autofree char *undone = NULL;
  g_autofree char *errors = NULL;

  g_assert_cmpint (run_door (fixture, NULL, &admitted, NULL, "admit", ticket->ownership, NULL), ==,
                   0);
  g_assert_nonnull (strstr (admitted, "ADMIT"));
  g_assert_cmpint (run_door (fixture, NULL, &again, NULL, "admit", ticket->ownership, NULL), ==, 1);
  g_assert_nonnull (strstr (again, "Already let in"));
  g_assert_cmpint (run_door (fixture, NULL, &found, NULL, "search", "OBERG", NULL), ==, 0);
  g_assert_nonnull (strstr (found, ticket->ownership));
  g_assert_cmpint (run_door (fixture, NULL, NULL, NULL, "search", "nobody at all", NULL), ==, 1);
  g_assert_cmpint (run_door (fixture, NULL, &status, NULL, "status", "--format", "json", NULL), ==,
                   0);
  g_assert_nonnull (strstr (status, "\"waiting\":2"));
  g_assert_nonnull (strstr (status, "\"inside\":1"));
  g_assert_nonnull (strstr (status, "\"online\":false"));
  g_assert_cmpint (run_door (fixture, NULL, &undone, NULL, "undo", NULL), ==, 0);
  g_assert_nonnull (strstr (undone, "Åsa Öberg"));
  g_assert_cmpint (run_door (fixture, NULL, NULL, &errors, "undo", NULL), ==, 1);
  g_assert_nonnull (strstr (errors, "nothing to take back"));
}

static void
test_wrong_use (void)
{
  static const struct
  {
    const char *arguments[4];
    const char *said;
  } rows[] = {
    { { NULL }, "Which command" },
    { { "dance", NULL }, "no command" },
    { { "search", NULL }, "search TEXT" },
    { { "status", "--format", "xml", NULL }, "text or json" },
    { { "scan", "--reader", "all", NULL }, "next version" },
    { { "status", "--no-such", NULL }, "no-such" },
  };
  FixtureTicket *ticket;
  g_autoptr (Fixture) fixture = make_state (&ticket);

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *errors = NULL;

      g_assert_cmpint (run_door (fixture, NULL, NULL, &errors, rows[i].arguments[0],
                                 rows[i].arguments[1], rows[i].arguments[2], NULL),
                       ==, 2);
      g_assert_nonnull (strstr (errors, rows[i].said));
    }
}

static void
test_token_on_command_line (void)
{
  FixtureTicket *ticket;
  g_autoptr (Fixture) fixture = make_state (&ticket);
  g_autofree char *errors = NULL;

  g_assert_cmpint (
      run_door (fixture, NULL, NULL, &errors, "status", "--token", "very-secret", NULL), ==, 0);
  g_assert_nonnull (strstr (errors, "BITKET_TOKEN"));
  g_assert_null (strstr (errors, "very-secret"));
}

static void
test_busy (void)
{
  FixtureTicket *ticket;
  g_autoptr (Fixture) fixture = make_state (&ticket);
  g_autofree char *errors = NULL;

  fixture_open (fixture, NULL, BITKET_DOOR_DEFAULT);
  g_assert_cmpint (run_door (fixture, NULL, NULL, &errors, "undo", NULL), ==, 1);
  g_assert_nonnull (strstr (errors, "Another program"));
}

/* Signals end it cleanly, with its state closed. */
static void
test_signal (gconstpointer data)
{
  FixtureTicket *ticket;
  g_autoptr (Fixture) fixture = make_state (&ticket);
  g_autofree char *qr = fixture_qr (fixture, ticket, QR_SIGNED);
  const char *argv[] = {
    program,       "--offline",
    "--state-dir", fixture->state_dir,
    "--key-file",  fixture->key_file,
    "--camera",    "none",
    "--format",    "json",
    "scan",        NULL,
  };
  g_autoptr (BitketTestProcess) process = bitket_test_process_spawn (argv, NULL);
  g_autofree char *line = NULL;

  bitket_test_process_send_line (process, qr);
  line = bitket_test_process_wait_for_line (process, "{\"verdict\":\"admit\"", 30);
  bitket_test_process_signal (process, GPOINTER_TO_INT (data));
  g_assert_cmpint (bitket_test_process_wait (process, 30), ==, 0);
  g_assert_cmpint (fixture_sql (fixture, "SELECT count(*) FROM scans WHERE sent = 1"), ==, 1);
}

static void
test_decode (void)
{
  g_autofree char *picture = g_test_build_filename (G_TEST_DIST, "console", "no-code.png", NULL);
  const char *argv[] = { program, "decode", picture, NULL };
  const char *missing[] = { program, "decode", "/nonexistent/picture.png", NULL };
  g_autofree char *output = NULL;

  g_assert_cmpint (bitket_test_run (argv, NULL, NULL, &output, NULL), ==, 1);
  g_assert_cmpstr (output, ==, "");
  g_assert_cmpint (bitket_test_run (missing, NULL, NULL, NULL, NULL), ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  program = g_getenv ("BITKET_DOOR");
  g_assert_nonnull (program);
  g_test_add_func ("/console/door/scan-json", test_scan_json);
  g_test_add_func ("/console/door/scan-text", test_scan_text);
  g_test_add_func ("/console/door/search-status-undo-admit", test_search_status_undo_admit);
  g_test_add_func ("/console/door/wrong-use", test_wrong_use);
  g_test_add_func ("/console/door/token-on-command-line", test_token_on_command_line);
  g_test_add_func ("/console/door/busy", test_busy);
  g_test_add_data_func ("/console/door/SIGTERM", GINT_TO_POINTER (SIGTERM), test_signal);
  g_test_add_data_func ("/console/door/SIGINT", GINT_TO_POINTER (SIGINT), test_signal);
  g_test_add_func ("/console/door/decode", test_decode);
  return g_test_run ();
}
