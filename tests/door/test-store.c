/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE  /* memmem */
#define G_LOG_DOMAIN "bitket-test"

/* The cache file: what it keeps, what it hides, and what it does when it is damaged or full. */

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include "bitket-db.h"
#include "bitket-test-support.h"
#include "bitket-time.h"
#include "door-fixture.h"

static BitketDoorStore *
open_store (Fixture *fixture, GError **error)
{
  return bitket_door_store_open (fixture->state_dir, &fixture->seal_key, BITKET_DOOR_STORE_DEFAULT,
                                 error);
}

static char *
get_cache_path (Fixture *fixture)
{
  return g_build_filename (fixture->state_dir, "door.db", NULL);
}

/* All that lies in the state directory, as bytes. */
static GString *
read_state_dir (Fixture *fixture)
{
  GString *all = g_string_new (NULL);
  g_autoptr (GDir) dir = g_dir_open (fixture->state_dir, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (fixture->state_dir, name, NULL);
      g_autofree char *content = NULL;
      gsize len;

      if (g_file_get_contents (path, &content, &len, NULL))
        g_string_append_len (all, content, len);
    }
  return all;
}

static gboolean
holds (const GString *all, const char *text)
{
  return memmem (all->str, all->len, text, strlen (text)) != NULL;
}

/* D45: whoever finds the laptop learns nobody's name. */
static void
test_d45_nothing_readable (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  FixtureTicket *ticket = fixture_add (fixture, BITKET_TICKET_STATE_VALID, "Gudrun Hemlig");
  g_autofree char *qr = fixture_qr (fixture, ticket, QR_SIGNED);
  g_autofree char *code = g_strdup (ticket->code);
  g_autofree char *door_key = bitket_door_key_to_hex (&fixture->door_key);
  g_autofree char *signature = NULL;
  g_autoptr (BitketOutcome) scanned = NULL;
  g_autoptr (BitketOutcome) forced = NULL;
  g_autoptr (GString) open_all = NULL;
  g_autoptr (GString) closed_all = NULL;
  const char *secrets[] = {
    "Gudrun",     "Hemlig",   "gudrun@example.org", "gudhe123",          "Glutenfri", "2864434397",
    FIXTURE_DOOR, "a reason", "Luciafesten",        "token-of-the-door", "North",
  };

  ticket->email = "gudrun@example.org";
  ticket->liu_id = "gudhe123";
  ticket->card = "2864434397";
  ticket->choice = "Glutenfri";
  fixture_feed (fixture);
  fixture_open (fixture, NULL, BITKET_DOOR_DEFAULT);
  scanned = fixture_scan (fixture, qr);
  assert_outcome (scanned, BITKET_VERDICT_ADMIT, BITKET_REASON_VALID);
  forced = fixture_admit (fixture, ticket->ownership, "a reason", NULL);
  assert_outcome (forced, BITKET_VERDICT_ADMIT, BITKET_REASON_ALREADY_ADMITTED);
  open_all = read_state_dir (fixture);
  fixture_close (fixture);
  closed_all = read_state_dir (fixture);
  g_assert_true (holds (closed_all, ticket->ownership));
  for (guint i = 0; i < G_N_ELEMENTS (secrets); i++)
    {
      g_assert_false (holds (open_all, secrets[i]));
      g_assert_false (holds (closed_all, secrets[i]));
    }
  g_assert_false (holds (closed_all, door_key));
  g_assert_false (holds (closed_all, qr));
  signature = g_strndup (strstr (qr, "sig") + 7, 30);
  g_assert_false (holds (closed_all, signature));
  /* Six hex digits stand in any file by chance; not beside the ticket, as the QR has them. */
  g_assert_cmpint (
      fixture_sql (fixture, "SELECT count(*) FROM scans WHERE instr (secret, 'Hemlig') > 0"), ==,
      0);
}

static void
test_permissions (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autofree char *path = get_cache_path (fixture);
  GStatBuf info;

  fixture_feed (fixture);
  g_assert_cmpint (g_stat (fixture->state_dir, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0700);
  g_assert_cmpint (g_stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
}

static void
test_wrong_key (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (GError) error = NULL;
  BitketSealKey other;

  fixture_add (fixture, BITKET_TICKET_STATE_VALID, "Bo");
  fixture_feed (fixture);
  bitket_seal_key_generate (&other);
  g_assert_null (
      bitket_door_store_open (fixture->state_dir, &other, BITKET_DOOR_STORE_DEFAULT, &error));
  g_assert_error (error, BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_KEY);
  /* Nothing was lost by trying. */
  g_assert_cmpint (fixture_sql (fixture, "SELECT count(*) FROM tickets"), ==, 1);
}

static void
test_busy (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (BitketDoorStore) first = open_store (fixture, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_nonnull (first);
  g_assert_null (open_store (fixture, &error));
  g_assert_error (error, BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_BUSY);
}

/* Who only looks is let in beside the one that works, sees the same, and changes nothing. */
static void
test_look (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (BitketDoorStore) first = open_store (fixture, NULL);
  g_autoptr (BitketDoorStore) second = NULL;
  g_autoptr (GError) error = NULL;

  second = bitket_door_store_open (fixture->state_dir, &fixture->seal_key, BITKET_DOOR_STORE_LOOK,
                                   &error);
  g_assert_no_error (error);
  g_assert_nonnull (second);
  g_assert_false (
      bitket_door_store_adopt_event (second, "643ab7d6-1200-5ad3-8aa7-403fb35ead99", &error));
  g_assert_nonnull (error);
  bitket_door_store_close (g_steal_pointer (&first));
  g_clear_pointer (&second, bitket_door_store_close);
  second = open_store (fixture, NULL);
  g_assert_nonnull (second);
}

static void
run_sql (Fixture *fixture, const char *sql)
{
  g_autofree char *uri = g_strdup_printf ("sqlite:%s/door.db", fixture->state_dir);
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketDb) db = bitket_db_open (uri, BITKET_DB_OPEN_EXISTING, &error);

  g_assert_no_error (error);
  g_assert_true (bitket_db_execute (db, sql, &error));
}

static void
test_newer_version (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (GError) error = NULL;

  fixture_add (fixture, BITKET_TICKET_STATE_VALID, "Bo");
  fixture_feed (fixture);
  run_sql (fixture, "INSERT INTO schema_migrations (application, version, name, applied_us) "
                    "VALUES ('bitket-door', 2, 'from the future', 0)");
  g_assert_null (open_store (fixture, &error));
  g_assert_error (error, BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_VERSION);
  g_assert_cmpint (fixture_sql (fixture, "SELECT count(*) FROM tickets"), ==, 1);
}

static void
test_not_a_cache (void)
{
  static const char *const contents[] = { "This is a letter, not a database.", "SQLite format 3" };

  for (guint i = 0; i < G_N_ELEMENTS (contents); i++)
    {
      g_autoptr (Fixture) fixture = fixture_new ();
      g_autofree char *path = get_cache_path (fixture);
      g_autofree char *after = NULL;
      g_autoptr (GError) error = NULL;

      g_assert_cmpint (g_mkdir (fixture->state_dir, 0700), ==, 0);
      g_assert_true (g_file_set_contents (path, contents[i], -1, NULL));
      g_assert_null (open_store (fixture, &error));
      g_assert_error (error, BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_STORE);
      g_assert_true (g_file_get_contents (path, &after, NULL, NULL));
      g_assert_cmpstr (after, ==, contents[i]);
    }
}

static void
test_another_program (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (GError) error = NULL;

  fixture_feed (fixture);
  run_sql (fixture, "DROP TABLE scans; ALTER TABLE meta RENAME TO other;"
                    "UPDATE schema_migrations SET application = 'another'");
  g_assert_null (open_store (fixture, &error));
  g_assert_error (error, BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_STORE);
}

/* Half of the file overwritten: an error, no crash, and no admission. */
static void
test_damaged (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autofree char *path = get_cache_path (fixture);
  g_autofree char *content = NULL;
  g_autofree char *qr = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketOutcome) outcome = NULL;
  gsize len;

  for (guint i = 0; i < 200; i++)
    fixture_add (fixture, BITKET_TICKET_STATE_VALID, "Bo");
  fixture_feed (fixture);
  qr = fixture_qr (fixture, &g_array_index (fixture->tickets, FixtureTicket, 7), QR_SIGNED);
  g_assert_true (g_file_get_contents (path, &content, &len, NULL));
  memset (content + 3 * 4096, 0xa5, len - 3 * 4096);
  g_assert_true (g_file_set_contents (path, content, len, NULL));
  {
    g_autoptr (BitketDoorStore) store = open_store (fixture, &error);

    if (store == NULL)
      {
        g_assert_true (error->domain == BITKET_DOOR_ERROR);
        return;
      }
  }
  fixture_open (fixture, NULL, BITKET_DOOR_DEFAULT);
  outcome = fixture_scan (fixture, qr);
  assert_outcome (outcome, BITKET_VERDICT_REFUSE, BITKET_REASON_FAULT);
  g_assert_nonnull (bitket_outcome_get_facts (outcome)->detail);
}

/* D38: no file may grow any more. In a process of its own, because the limit stays. */
static void
test_d38_disk_full (void)
{
  g_autoptr (Fixture) fixture = NULL;
  struct rlimit limit = { 64 * 1024, RLIM_INFINITY };
  guint n_faults = 0, n_admitted = 0;

  if (!g_test_subprocess ())
    {
      g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
      g_test_trap_assert_passed ();
      return;
    }
  fixture = fixture_new ();
  for (guint i = 0; i < 60; i++)
    fixture_add (fixture, BITKET_TICKET_STATE_VALID, "Bo");
  fixture_feed (fixture);
  fixture_open (fixture, NULL, BITKET_DOOR_DEFAULT);
  /* A write past the limit is then an error, not the end. */
  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  /* Each failure is told in the log as well. */
  g_log_set_always_fatal (G_LOG_FATAL_MASK);
  for (guint i = 0; i < fixture->tickets->len; i++)
    {
      const FixtureTicket *ticket = &g_array_index (fixture->tickets, FixtureTicket, i);
      g_autofree char *qr = fixture_qr (fixture, ticket, QR_SIGNED);
      g_autoptr (BitketOutcome) outcome = fixture_scan (fixture, qr);

      if (bitket_outcome_get_reason (outcome) == BITKET_REASON_FAULT)
        {
          assert_outcome (outcome, BITKET_VERDICT_REFUSE, BITKET_REASON_FAULT);
          n_faults++;
        }
      else
        {
          assert_outcome (outcome, BITKET_VERDICT_ADMIT, BITKET_REASON_VALID);
          n_admitted++;
        }
    }
  g_assert_cmpuint (n_faults, >, 0);
  g_assert_cmpuint (fixture_get_uint (fixture, "n-inside"), ==, n_admitted);
  g_assert_cmpuint (fixture_get_uint (fixture, "n-waiting"), ==, n_admitted);
  /* Room again: it goes on by itself. */
  limit.rlim_cur = RLIM_INFINITY;
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  {
    const FixtureTicket *last =
        &g_array_index (fixture->tickets, FixtureTicket, fixture->tickets->len - 1);
    g_autofree char *qr = fixture_qr (fixture, last, QR_SIGNED);
    g_autoptr (BitketOutcome) outcome = fixture_scan (fixture, qr);

    assert_outcome (outcome, BITKET_VERDICT_ADMIT, BITKET_REASON_VALID);
  }
}

/* Searching: parts of names, no diacritics, mail, LiU ID, the order of the hits. */
static void
test_search (void)
{
  static const struct
  {
    const char *query;
    guint n_hits;
    const char *first;
  } rows[] = {
    { "asa", 1, "Åsa Öberg" },
    { "OBERG", 2, "Öberg Kalle" },
    { "kalle oberg", 1, "Öberg Kalle" },
    { "berg", 2, NULL },
    { "liuid42", 1, "Åsa Öberg" },
    { "nobody", 0, NULL },
    { "", 0, NULL },
    { "example.org", 1, "Åsa Öberg" },
  };
  g_autoptr (Fixture) fixture = fixture_new ();
  FixtureTicket *asa = fixture_add (fixture, BITKET_TICKET_STATE_VALID, "Åsa Öberg");

  asa->email = "asa@example.org";
  asa->liu_id = "liuid42";
  fixture_add (fixture, BITKET_TICKET_STATE_VALID, "Öberg Kalle");
  fixture_add (fixture, BITKET_TICKET_STATE_REFUNDED, "Zlatan");
  fixture_feed (fixture);
  fixture_open (fixture, NULL, BITKET_DOOR_DEFAULT);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GPtrArray) hits = fixture_search (fixture, rows[i].query);

      g_test_message ("\"%s\"", rows[i].query);
      g_assert_cmpuint (hits->len, ==, rows[i].n_hits);
      if (rows[i].first != NULL)
        g_assert_cmpstr (((BitketDoorHit *) hits->pdata[0])->name, ==, rows[i].first);
    }
}

static void
test_search_by_code (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  FixtureTicket *ticket = fixture_add (fixture, BITKET_TICKET_STATE_VALID, "Bo");
  g_autoptr (GPtrArray) hits = NULL;

  fixture_feed (fixture);
  fixture_open (fixture, NULL, BITKET_DOOR_DEFAULT);
  hits = fixture_search (fixture, ticket->code);
  g_assert_cmpuint (hits->len, ==, 1);
  g_assert_cmpstr (((BitketDoorHit *) hits->pdata[0])->ticket_type, ==, "Member");
}

/* An event that is over goes, one with rows to send does not. */
static void
test_another_event (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  FixtureTicket *ticket = fixture_add (fixture, BITKET_TICKET_STATE_VALID, "Bo");
  g_autofree char *qr = fixture_qr (fixture, ticket, QR_SIGNED);
  g_autoptr (BitketOutcome) outcome = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketDoorStore) store = NULL;

  fixture_feed (fixture);
  fixture_open (fixture, NULL, BITKET_DOOR_DEFAULT);
  outcome = fixture_scan (fixture, qr);
  fixture_close (fixture);
  store = open_store (fixture, NULL);
  g_assert_false (bitket_door_store_adopt_event (store, fixture->other->id, &error));
  g_assert_error (error, BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_EVENT);
  g_clear_error (&error);
  g_clear_pointer (&store, bitket_door_store_close);
  run_sql (fixture, "UPDATE scans SET sent = 2");
  store = open_store (fixture, NULL);
  g_assert_true (bitket_door_store_adopt_event (store, fixture->other->id, &error));
  g_assert_no_error (error);
  g_clear_pointer (&store, bitket_door_store_close);
  g_assert_cmpint (fixture_sql (fixture, "SELECT count(*) FROM tickets"), ==, 0);
  g_assert_cmpint (fixture_sql (fixture, "SELECT count(*) FROM scans"), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/door/store/D45-nothing-readable", test_d45_nothing_readable);
  g_test_add_func ("/door/store/permissions", test_permissions);
  g_test_add_func ("/door/store/wrong-key", test_wrong_key);
  g_test_add_func ("/door/store/busy", test_busy);
  g_test_add_func ("/door/store/look", test_look);
  g_test_add_func ("/door/store/newer-version", test_newer_version);
  g_test_add_func ("/door/store/not-a-cache", test_not_a_cache);
  g_test_add_func ("/door/store/another-program", test_another_program);
  g_test_add_func ("/door/store/damaged", test_damaged);
  g_test_add_func ("/door/store/D38-disk-full", test_d38_disk_full);
  g_test_add_func ("/door/store/search", test_search);
  g_test_add_func ("/door/store/search-by-code", test_search_by_code);
  g_test_add_func ("/door/store/another-event", test_another_event);
  return g_test_run ();
}
