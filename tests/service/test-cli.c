/* SPDX-License-Identifier: MIT */
#include "store-fixture.h"

#include <glib/gstdio.h>
#include <string.h>

/* The program as people run it: what it prints, where, and its exit status. serve is tested beside
 * the routes. */

typedef struct
{
  int status;
  char *output; /* (owned) */
  char *errors; /* (owned) */
} Run;

static void
run_clear (Run *run)
{
  g_free (run->output);
  g_free (run->errors);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Run, run_clear)

static char *
find_program (void)
{
  return g_test_build_filename (G_TEST_BUILT, "..", "src", "service", "bitketd", NULL);
}

/* Runs bitketd with @words; @environment as of bitket_test_run() */
static void
run_with (Run *run, const char *const *words, const char *const *environment)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new_null_terminated (8, NULL, TRUE);
  g_autofree char *program = find_program ();

  run_clear (run);
  g_ptr_array_add (argv, program);
  for (gsize i = 0; words[i] != NULL; i++)
    g_ptr_array_add (argv, (gpointer) words[i]);
  run->status = bitket_test_run ((const char *const *) argv->pdata, environment, NULL, &run->output,
                                 &run->errors);
}

#define RUN(run, ...) run_with (run, (const char *[]) { __VA_ARGS__, NULL }, NULL)

static void
test_usage (void)
{
  const struct
  {
    const char *words[8];
    int status;
    const char *said; /* on the standard output when the status is 0, otherwise on the other */
  } cases[] = {
    { { NULL }, 2, "Usage: bitketd COMMAND" },
    { { "--help" }, 0, "user add" },
    { { "help" }, 0, "sample" },
    { { "--version" }, 0, "bitketd 0" },
    { { "dance" }, 2, "there is no command “dance”" },
    { { "user" }, 2, "there is no command “user”" },
    { { "user", "remove" }, 2, "there is no command “user”" },
    { { "user", "add", "--help" }, 0, "bitketd user add" },
    { { "token", "add", "--help" }, 0, "EMAIL" },
    { { "sample", "--help" }, 0, "--codes" },
    { { "import", "--help" }, 0, "--secret-key-file" },
    { { "export", "--help" }, 0, "[FILE]" },
    { { "issue", "--help" }, 0, "--choice" },
    { { "backup", "--help" }, 0, "pg_dump" },
    { { "user", "add" }, 2, "missing “EMAIL”" },
    { { "user", "add", "a@example.com", "b@example.com" }, 2, "did not expect “b@example.com”" },
    { { "user", "add", "--dance" }, 2, "--dance" },
    { { "user", "add", "a@example.com", "--role", "crew" }, 2, "go together" },
    { { "user", "add", "a@example.com", "--organization", "x", "--role", "boss" }, 2, "“boss”" },
    { { "import" }, 2, "missing “FILE”" },
    { { "backup" }, 2, "missing “FILE”" },
    { { "export", "a", "b" }, 2, "did not expect “b”" },
    { { "sample", "--tickets", "3" }, 2, "--tickets" },
    { { "sample", "--tickets", "many" }, 2, "many" },
    { { "sample", "--seed", "-1" }, 2, "--seed" },
    { { "sample", "--now", "noon" }, 2, "--now “noon”" },
    { { "issue", "--event", "x" }, 2, "--ticket-type" },
    { { "token", "add", "a@example.com" }, 1, "no database" },
    { { "sample", "--database", "mysql:x" }, 1, "its address" },
    { { "export", "--database", "sqlite:/nonexistent/x.db" }, 1, "/nonexistent/x.db" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (Run) run = { 0 };

      run_with (&run, cases[i].words, (const char *[]) { "BITKET_DATABASE", NULL });
      g_test_message ("%zu: %s%s", i, run.output, run.errors);
      g_assert_cmpint (run.status, ==, cases[i].status);
      g_assert_nonnull (strstr (run.status == 0 ? run.output : run.errors, cases[i].said));
      g_assert_cmpstr (run.status == 0 ? run.errors : run.output, ==, "");
    }
}

static void
test_user_and_token (StoreFixture *fixture)
{
  g_auto (Run) run = { 0 };
  g_auto (Run) again = { 0 };
  g_autofree char *file = bitket_test_write_file (fixture->dir, "password", "hemligt ord\n");
  g_autofree char *hash = NULL;
  const char *short_one[] = { "BITKET_PASSWORD=kort", NULL };
  const char *from_environment[] = { "BITKET_PASSWORD=hemligt ord", NULL };

  g_assert_cmpint (g_chmod (file, 0600), ==, 0);
  RUN (&run, "user", "add", "Asa@Example.com", "--database", fixture->uri, "--name", "Åsa",
       "--password-file", file, "--staff");
  g_assert_cmpstr (run.errors, ==, "");
  g_assert_cmpint (run.status, ==, 0);
  hash = store_test_dup_text (fixture->db, "SELECT password FROM users WHERE email ="
                                           " 'asa@example.com' AND name = 'Åsa' AND is_staff = 1");
  g_assert_true (bitket_password_verify (hash, "hemligt ord"));

  RUN (&run, "token", "add", "asa@example.com", "--database", fixture->uri);
  RUN (&again, "token", "add", "ASA@example.com", "--database", fixture->uri);
  g_assert_cmpint (run.status, ==, 0);
  g_assert_cmpuint (strlen (run.output), ==, 41);
  g_assert_cmpstr (run.output, ==, again.output);

  RUN (&run, "user", "add", "asa@example.com", "--database", fixture->uri, "--no-password");
  g_assert_cmpint (run.status, ==, 1);
  g_assert_nonnull (strstr (run.errors, "there is one with that address"));
  RUN (&run, "token", "add", "nobody@example.com", "--database", fixture->uri);
  g_assert_cmpint (run.status, ==, 1);
  g_assert_nonnull (strstr (run.errors, "there is no user “nobody@example.com”"));

  /* A password that anybody may read is none; nor is one of four letters, or no terminal to ask. */
  g_assert_cmpint (g_chmod (file, 0644), ==, 0);
  RUN (&run, "user", "add", "b@example.com", "--database", fixture->uri, "--password-file", file);
  g_assert_cmpint (run.status, ==, 1);
  g_assert_nonnull (strstr (run.errors, "0644"));
  run_with (&run,
            (const char *[]) { "user", "add", "b@example.com", "--database", fixture->uri, NULL },
            short_one);
  g_assert_cmpint (run.status, ==, 1);
  g_assert_null (strstr (run.errors, "kort"));
  RUN (&run, "user", "add", "b@example.com", "--database", fixture->uri);
  g_assert_cmpint (run.status, ==, 1);
  g_assert_nonnull (strstr (run.errors, "no password"));
  /* Nothing of all that was kept. */
  g_assert_cmpint (store_test_get_int (fixture->db, "SELECT count(*) FROM users"), ==, 1);
  run_with (&run,
            (const char *[]) { "user", "add", "b@example.com", "--database", fixture->uri, NULL },
            from_environment);
  g_assert_cmpint (run.status, ==, 0);
}

static void
test_sample_and_issue (StoreFixture *fixture)
{
  g_auto (Run) run = { 0 };
  g_autofree char *codes = g_build_filename (fixture->dir, "codes", NULL);
  g_autofree char *credentials = g_build_filename (fixture->dir, "credentials", NULL);
  g_autofree char *index = g_build_filename (codes, "index.tsv", NULL);
  g_autofree char *role = NULL;

  RUN (&run, "sample", "--database", fixture->uri, "--codes", codes, "--credentials", credentials,
       "--tickets", "60", "--now", "2026-12-11T18:00:00Z");
  g_assert_cmpstr (run.errors, ==, "");
  g_assert_cmpint (run.status, ==, 0);
  g_assert_nonnull (strstr (run.output, "Luciafesten 2026"));
  g_assert_true (g_file_test (index, G_FILE_TEST_IS_REGULAR));
  g_assert_true (g_file_test (credentials, G_FILE_TEST_IS_REGULAR));
  RUN (&run, "sample", "--database", fixture->uri);
  g_assert_cmpint (run.status, ==, 1);
  g_assert_nonnull (strstr (run.errors, "there already"));

  RUN (&run, "issue", "--database", fixture->uri, "--event", "luciafesten-2026", "--ticket-type",
       "Sittning och fest", "--name", "Åsa Gäst", "--email", "gast@example.com", "--choice", "Öl",
       "--choice", "Fisk", "--codes", codes);
  g_assert_cmpstr (run.errors, ==, "");
  g_assert_true (g_str_has_prefix (run.output, "ownership "));
  g_assert_nonnull (strstr (run.output, "asa-gast-"));
  RUN (&run, "issue", "--database", fixture->uri, "--event", "luciafesten-2026", "--ticket-type",
       "Gästlista", "--name", "Åsa Gäst", "--email", "gast@example.com");
  g_assert_nonnull (strstr (run.output, "\"sig\""));
  g_assert_cmpint (store_test_get_int (fixture->db, "SELECT count(*) FROM tickets k JOIN"
                                                    " ticket_ownerships o ON o.ticket = k.id JOIN"
                                                    " users u ON u.id = o.\"user\" JOIN feed f ON"
                                                    " f.ownership = o.id WHERE u.email ="
                                                    " 'gast@example.com'"),
                   ==, 2);

  RUN (&run, "user", "add", "crew@example.com", "--database", fixture->uri, "--no-password",
       "--organization", "luciakommitten", "--role", "crew");
  g_assert_cmpint (run.status, ==, 0);
  role = store_test_dup_text (fixture->db,
                              "SELECT role FROM memberships WHERE email = 'crew@example.com'");
  g_assert_cmpstr (role, ==, "crew");
}

static void
test_issue_refused (StoreFixture *fixture)
{
  g_auto (Run) run = { 0 };
  gint64 n_before;
  const struct
  {
    const char *event, *type, *email, *choice, *said;
  } cases[] = {
    { "nothing", "Fest", "a@example.com", "Öl", "there is no event “nothing”" },
    { "luciafesten-2026", "Nothing", "a@example.com", "Öl", "there is no ticket type “Nothing”" },
    { "luciafesten-2026", "Fest", "a@example.com", "Öl", "has 0 things to choose, not 1" },
    { "luciafesten-2026", "Sittning och fest", "a@example.com", "Öl", "choose a “Mat”" },
    { "luciafesten-2026", "Sittning och fest", "a@example.com", "Mjölk", "choose a “Dryck”" },
    { "kravall-2025", "Entré", "no address", NULL, "email" },
  };

  RUN (&run, "sample", "--database", fixture->uri, "--tickets", "40", "--now",
       "2026-12-11T18:00:00Z");
  g_assert_cmpint (run.status, ==, 0);
  n_before = store_test_get_int (fixture->db, "SELECT count(*) FROM users");
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      RUN (&run, "issue", "--database", fixture->uri, "--event", cases[i].event, "--ticket-type",
           cases[i].type, "--name", "A", "--email", cases[i].email,
           cases[i].choice != NULL ? "--choice" : NULL, cases[i].choice);
      g_test_message ("%s", run.errors);
      g_assert_cmpint (run.status, ==, 1);
      g_assert_nonnull (strstr (run.errors, cases[i].said));
    }
  g_assert_cmpint (store_test_get_int (fixture->db, "SELECT count(*) FROM tickets"), ==, 40);
  g_assert_cmpint (store_test_get_int (fixture->db, "SELECT count(*) FROM users"), ==, n_before);
}

static void
test_import_and_export (StoreFixture *fixture)
{
  g_auto (Run) run = { 0 };
  g_autofree char *dump =
      g_test_build_filename (G_TEST_DIST, "service", "data", "original-dump.json", NULL);
  g_autofree char *exported = g_build_filename (fixture->dir, "exported.json", NULL);
  g_autofree char *key_file = bitket_test_write_file (fixture->dir, "key", "theirs");
  g_autofree char *bad = bitket_test_write_file (fixture->dir, "bad.json", "[{}]");
  g_autofree char *key = NULL;
  g_autofree char *text = NULL;
  GStatBuf info;

  g_assert_cmpint (g_chmod (key_file, 0400), ==, 0);
  RUN (&run, "import", bad, "--database", fixture->uri, "--secret-key-file", key_file);
  g_assert_cmpint (run.status, ==, 1);
  g_assert_nonnull (strstr (run.errors, "row 1 (line 1)"));
  /* All or nothing: not the key either. */
  g_assert_cmpint (
      store_test_get_int (fixture->db, "SELECT count(*) FROM settings WHERE name = 'secret_key'"),
      ==, 0);

  RUN (&run, "import", dump, "--database", fixture->uri, "--secret-key-file", key_file);
  g_assert_cmpint (run.status, ==, 0);
  g_assert_nonnull (strstr (run.output, "skipped 1 of sessions.session"));
  g_assert_nonnull (strstr (run.output, "0 were there already"));
  g_assert_nonnull (strstr (run.errors, "nobody meets it"));
  key = bitket_store_ensure_secret_key (fixture->db, NULL);
  g_assert_cmpstr (key, ==, "theirs");
  RUN (&run, "import", dump, "--database", fixture->uri);
  g_assert_nonnull (strstr (run.output, "0 rows added"));

  RUN (&run, "export", exported, "--database", fixture->uri);
  g_assert_cmpint (run.status, ==, 0);
  g_assert_cmpint (g_stat (exported, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 07777, ==, 0600);
  g_assert_true (g_file_get_contents (exported, &text, NULL, NULL));
  RUN (&run, "export", "--database", fixture->uri);
  g_assert_cmpstr (run.output, ==, text);
  RUN (&run, "export", "/proc/nothing", "--database", fixture->uri);
  g_assert_cmpint (run.status, ==, 1);
  g_assert_nonnull (strstr (run.errors, "/proc/nothing"));
}

static void
test_backup (StoreFixture *fixture)
{
  g_auto (Run) run = { 0 };
  g_autofree char *path = g_build_filename (fixture->dir, "copy.db", NULL);
  g_autofree char *uri = g_strconcat ("sqlite:", path, NULL);
  g_autoptr (BitketDb) copy = NULL;

  g_assert_true (bitket_store_set_setting (fixture->db, "colour", "röd", NULL));
  RUN (&run, "backup", path, "--database", fixture->uri);
  if (bitket_db_get_dialect (fixture->db) == BITKET_DB_DIALECT_POSTGRESQL)
    {
      g_assert_cmpint (run.status, ==, 1);
      g_assert_nonnull (strstr (run.errors, "pg_dump"));
      return;
    }
  g_assert_cmpint (run.status, ==, 0);
  copy = bitket_store_open (uri, BITKET_DB_OPEN_EXISTING, NULL);
  g_assert_nonnull (copy);
  g_assert_cmpint (store_test_get_int (copy, "SELECT count(*) FROM settings WHERE name = 'colour'"),
                   ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cli/usage", test_usage);
  store_test_add ("/cli/user-and-token", test_user_and_token);
  store_test_add ("/cli/sample-and-issue", test_sample_and_issue);
  store_test_add ("/cli/issue-refused", test_issue_refused);
  store_test_add ("/cli/import-and-export", test_import_and_export);
  store_test_add ("/cli/backup", test_backup);
  return g_test_run ();
}
