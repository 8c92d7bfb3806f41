/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

#include <glib/gstdio.h>
#include <string.h>

#include "bitket-config.h"
#include "bitket-store-error.h"
#include "bitket-test-support.h"

typedef struct
{
  const char *text;
  const char *error; /* (nullable): it is right */
} Case;

static const Case cases[] = {
  { "", NULL },
  { "# nothing\n\n[server]\n", NULL },
  { "[server]\nlisten = 0.0.0.0:80\ndatabase=sqlite:/x y.db\nlog-level = debug\n", NULL },
  { "[payments]\r\nprovider = sandbox\r\n", NULL },
  { "[payments]\nprovider = stripe\nstripe-key-file = /k\nstripe-public-key = pk_1\n", NULL },
  { "[payments]\nprovider = stripe\n", "[payments] provider: stripe needs stripe-key-file" },
  { "[payments]\nprovider = swish\n", "[payments] provider: must be none, stripe or sandbox" },
  { "[payments]\nstripe-client-id = ca_1\n", "[payments] stripe-client-id: needs stripe-key-file" },
  { "[payments]\nstripe-key = sk_live_1\n", "[payments] stripe-key: there is no such key" },
  { "[payment]\nprovider = none\n", "[payment]: there is no such group" },
  { "[server]\nListen = x:1\n", "[server] Listen: there is no such key" },
  { "[server]\nlisten =\n", "[server] listen: is empty" },
  { "[server]\nlisten = a\\nb\n", "[server] listen: has a control character" },
  { "[server]\nlisten = a\\qb\n", "[server] listen: has a \\ that means nothing" },
  { "[server]\ndatabase = mysql:x\n", "[server] database: must begin with sqlite:" },
  { "[server]\nlog-level = loud\n", "[server] log-level: must be error, warning" },
  { "[server]\ncertificate = /c\n", "[server] certificate: needs key, which is missing" },
  { "[server]\nkey = /k\n", "[server] key: needs certificate" },
  { "[server]\ncertificate = /c\nkey = /k\n", NULL },
  { "[server]\nlisten[sv] = x\n", "[server] listen[sv]: there is no such key" },
  { "[server]\nsk_live_secret\n", "line 2 is no [group]" },
  { "sk_live_secret = 1\n[server]\n", "line 1 is no [group]" },
  { "[server]\n\n= 5\n", "line 3 is no [group]" },
  { "[server\n", "line 1 is no [group]" },
  { "[http]\nweb-root = \xff\n", "is not UTF-8" },
  { "[sign-in liu]\nclient-id = a\nclient-secret-file = /s\nissuer = http://fs.liu.se/x\n", NULL },
  { "[sign-in liu]\nclient-id = a\n", "[sign-in liu] client-id: needs client-secret-file" },
  { "[sign-in google]\nclient-secret-file = /a\n", "[sign-in google] client-secret-file: needs" },
  { "[sign-in facebook]\nresource = a\n", "[sign-in facebook] resource: there is no such key" },
  { "[sign-in github]\nclient-id = a\n", "[sign-in github]: there is no such group" },
  { "[sign-in liu]\ntoken-url = fs.liu.se\n", "[sign-in liu] token-url: is not a URL" },
  { "[sign-in liu]\ntoken-url = http://fs.liu.se/t\n", "token-url: must begin with https://" },
  { "[sign-in liu]\ntoken-url = http://127.0.0.1.example/\n", "must begin with https://" },
  { "[sign-in liu]\ntoken-url = http://127.0.0.1:1/t\n", NULL },
  { "[sign-in liu]\ntoken-url = http://[::1]:1/t\n", NULL },
  { "[sign-in liu]\ntoken-url = ftp://localhost/\n", "must begin with https://" },
  { "[sign-in liu]\ntoken-url = https://a:b@fs.liu.se/\n", "has a name or a password in it" },
  { "[directory]\nsesam-url = https://sesam.example/\n",
    "[directory] sesam-url: needs sesam-user" },
  { "[directory]\nkobra-url = https://k.example/\n", "needs kobra-key-file" },
  { "[mail]\nsmtp-url = smtp://mail.example:587\n", "[mail] smtp-url: needs from" },
  { "[mail]\nsmtp-url = smtp://mail.example:587\nfrom = Bitket <a@example.com>\n", NULL },
  { "[mail]\nsmtp-url = https://mail.example\n", "[mail] smtp-url: must begin with smtp://" },
  { "[mail]\nsmtp-url = smtp://u:p@mail.example\n", "has a name or a password in it" },
  { "[mail]\nfrom = nobody\n", "[mail] from: is not a mail address" },
  { "[mail]\nsmtp-user = a\n", "[mail] smtp-user: needs smtp-password-file" },
  { "[http]\ncors-origins = https://a.example; http://localhost:3000\n", NULL },
  { "[http]\ncors-origins = *\n", NULL },
  { "[http]\ncors-origins = https://[::1]:3000\n", NULL },
  { "[http]\ncors-origins = https://a.example/\n", "[http] cors-origins: has something in it" },
  { "[http]\ncors-origins = https://a.example/x\n", "cors-origins: has something in it" },
  { "[http]\ncors-origins = a.example\n", "cors-origins: has something in it" },
  { "[http]\ncors-origins = null\n", "cors-origins: has something in it" },
  { "[http]\nmin-rate = 0\n", "[http] min-rate: must be 1 to 1000000" },
  { "[http]\nmax-connections = 1000001\n", "[http] max-connections: must be 1 to 1000000" },
  { "[http]\nmax-connections = 1000000\nheader-timeout = 1\n", NULL },
  { "[queue]\nmax-wait = 30\npay-deadline = 3600\ndead-after = 2\n", NULL },
  { "[queue]\nmax-wait = 0\n", "[queue] max-wait: must be 1 to 3600 seconds" },
  { "[queue]\nmax-wait = 3601\n", "must be 1 to 3600 seconds" },
  { "[queue]\nmax-wait = 2 min\n", "must be 1 to 3600 seconds" },
  { "[queue]\nmax-wait = 1.5\n", "must be 1 to 3600 seconds" },
  { "[queue]\nmax-wait = 99999999999999999999\n", "must be 1 to 3600 seconds" },
};

static void
test_table (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (BitketConfig) config = bitket_config_parse (
          cases[i].text, strlen (cases[i].text), "a file", BITKET_CONFIG_READ_NOTHING, &error);

      g_test_message ("%zu: %s", i, error != NULL ? error->message : "right");
      if (cases[i].error == NULL)
        {
          g_assert_no_error (error);
          g_assert_nonnull (config);
          continue;
        }
      g_assert_error (error, BITKET_STORE_ERROR, BITKET_STORE_ERROR_INPUT);
      g_assert_nonnull (strstr (error->message, cases[i].error));
      g_assert_nonnull (strstr (error->message, "a file"));
      /* What was pasted into the wrong place is not repeated. */
      g_assert_null (strstr (error->message, "sk_live"));
    }
}

static void
test_defaults (void)
{
  g_autoptr (BitketConfig) config = bitket_config_new ();

  g_assert_cmpstr (config->listen, ==, "127.0.0.1:8000");
  g_assert_cmpstr (config->log_level, ==, "message");
  g_assert_cmpint (config->payments, ==, BITKET_PAYMENTS_NONE);
  g_assert_null (config->database);
  g_assert_null (config->cors_origins);
  g_assert_cmpint (config->max_wait_us, ==, 120 * G_USEC_PER_SEC);
}

/* Every key there is reaches a field of its own. */
static void
test_every_key (void)
{
  g_autofree char *dir = bitket_test_new_dir ();
  g_autofree char *file = bitket_test_write_file (dir, "file", "secret text\n");
  gsize n_keys;
  const BitketConfigKey *keys = bitket_config_get_keys (&n_keys);
  static const char *const values[] = {
    [BITKET_CONFIG_TEXT] = "some text",
    [BITKET_CONFIG_DATABASE] = "sqlite:x",
    [BITKET_CONFIG_LOG_LEVEL] = "info",
    [BITKET_CONFIG_PAYMENTS] = "sandbox",
    [BITKET_CONFIG_URL] = "https://a.example",
    [BITKET_CONFIG_MAIL_URL] = "smtps://a.example",
    [BITKET_CONFIG_MAIL] = "a@example.com",
    [BITKET_CONFIG_ORIGINS] = "https://a.example",
    [BITKET_CONFIG_SECONDS] = "7",
    [BITKET_CONFIG_COUNT] = "9",
  };
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketConfig) config = NULL;

  g_assert_cmpint (g_chmod (file, 0600), ==, 0);
  for (gsize i = 0; i < n_keys; i++)
    {
      const char *value =
          keys[i].kind == BITKET_CONFIG_DIRECTORY ? dir
          : keys[i].kind == BITKET_CONFIG_FILE || keys[i].kind == BITKET_CONFIG_SECRET
              ? file
              : values[keys[i].kind];

      g_assert_nonnull (value);
      g_string_append_printf (text, "[%s]\n%s = %s\n", keys[i].group, keys[i].key, value);
      for (gsize j = 0; j < i; j++)
        g_assert_cmpuint (keys[i].offset, !=, keys[j].offset);
    }
  config = bitket_config_parse (text->str, text->len, "x", BITKET_CONFIG_READ_FILES, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (config->stripe_key, ==, "secret text");
  g_assert_cmpstr (config->facebook.client_secret, ==, "secret text");
  g_assert_cmpstr (config->liu.certificate, ==, file);
  g_assert_cmpstr (config->web_root, ==, dir);
  g_assert_cmpstr (config->cors_origins[0], ==, "https://a.example");
  g_assert_cmpint (config->payments, ==, BITKET_PAYMENTS_SANDBOX);
  g_assert_cmpint (config->pay_deadline_us, ==, 7 * G_USEC_PER_SEC);
  for (gsize i = 0; i < n_keys; i++)
    if (keys[i].kind == BITKET_CONFIG_SECRET)
      g_assert_cmpstr (G_STRUCT_MEMBER (char *, config, keys[i].offset), ==, "secret text");
    else if (values[keys[i].kind] != NULL && keys[i].kind < BITKET_CONFIG_PAYMENTS)
      g_assert_cmpstr (G_STRUCT_MEMBER (char *, config, keys[i].offset), ==, values[keys[i].kind]);
  bitket_test_remove_dir (dir);
}

static BitketConfig *
load (const char *dir, const char *text, GError **error)
{
  g_autofree char *path = bitket_test_write_file (dir, "bitketd.conf", text);

  return bitket_config_load (path, error);
}

static void
test_files (void)
{
  g_autofree char *dir = bitket_test_new_dir ();
  g_autofree char *secret = bitket_test_write_file (dir, "secret", "sk_live_abc\n");
  g_autofree char *text = g_strdup_printf ("[payments]\nstripe-key-file = %s\n", secret);
  static const struct
  {
    const char *text, *error;
  } missing[] = {
    { "[http]\nweb-root = /nonexistent\n", "[http] web-root: there is no such directory" },
    { "[http]\nweb-root = /dev/null\n", "[http] web-root: there is no such directory" },
    { "[http]\nca-file = /nonexistent\n", "[http] ca-file: there is no such file" },
    { "[payments]\nstripe-key-file = /nonexistent\n",
      "[payments] stripe-key-file: could not open" },
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketConfig) config = NULL;

  g_assert_cmpint (g_chmod (secret, 0644), ==, 0);
  g_assert_null (load (dir, text, &error));
  g_assert_error (error, BITKET_STORE_ERROR, BITKET_STORE_ERROR_INPUT);
  g_assert_nonnull (strstr (error->message, "[payments] stripe-key-file: refused to read"));
  g_assert_nonnull (strstr (error->message, "0644"));
  g_assert_null (strstr (error->message, "sk_live"));
  g_clear_error (&error);

  g_assert_cmpint (g_chmod (secret, 0600), ==, 0);
  config = load (dir, text, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (config->stripe_key, ==, "sk_live_abc");

  for (gsize i = 0; i < G_N_ELEMENTS (missing); i++)
    {
      g_assert_null (load (dir, missing[i].text, &error));
      g_test_message ("%s", error->message);
      g_assert_nonnull (strstr (error->message, missing[i].error));
      g_clear_error (&error);
    }
  g_assert_null (bitket_config_load ("/nonexistent/bitketd.conf", &error));
  g_assert_error (error, BITKET_STORE_ERROR, BITKET_STORE_ERROR_INPUT);
  bitket_test_remove_dir (dir);
}

/* A file goes before the environment, which forgets what was taken. */
static void
test_environment (void)
{
  g_autofree char *dir = bitket_test_new_dir ();
  g_autofree char *secret = bitket_test_write_file (dir, "secret", "of the file");
  g_autofree char *text = g_strdup_printf ("[payments]\nstripe-key-file = %s\n", secret);
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketConfig) config = NULL;

  g_assert_cmpint (g_chmod (secret, 0600), ==, 0);
  g_setenv ("BITKET_STRIPE_KEY", "of the environment", TRUE);
  g_setenv ("BITKET_SMTP_PASSWORD", "", TRUE);
  config = load (dir, text, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (config->stripe_key, ==, "of the file");
  g_assert_null (config->smtp_password);
  g_clear_pointer (&config, bitket_config_unref);

  config = load (dir, "[payments]\nprovider = stripe\n", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (config->stripe_key, ==, "of the environment");
  g_assert_null (g_getenv ("BITKET_STRIPE_KEY"));
  bitket_test_remove_dir (dir);
}

static char *
read_page (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "..", "docs", "operating.md", NULL);
  g_autoptr (GError) error = NULL;
  char *text = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

/* docs/operating.md has a table under "### `[group]`" with a row "| `key` | …" for every key. */
static void
test_documented (void)
{
  g_autofree char *page = read_page ();
  g_auto (GStrv) lines = g_strsplit (page, "\n", -1);
  g_autofree char *group = NULL;
  g_autoptr (GHashTable) documented = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  gsize n_keys;
  const BitketConfigKey *keys = bitket_config_get_keys (&n_keys);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      if (g_str_has_prefix (lines[i], "#"))
        g_clear_pointer (&group, g_free);
      if (g_str_has_prefix (lines[i], "### `["))
        group = g_strndup (lines[i] + 6, strcspn (lines[i] + 6, "]"));
      if (group != NULL && g_str_has_prefix (lines[i], "| `"))
        g_hash_table_add (
            documented,
            g_strdup_printf ("[%s] %.*s", group, (int) strcspn (lines[i] + 3, "`"), lines[i] + 3));
    }
  for (gsize i = 0; i < n_keys; i++)
    {
      g_autofree char *name = g_strdup_printf ("[%s] %s", keys[i].group, keys[i].key);

      g_test_message ("%s", name);
      g_assert_true (g_hash_table_remove (documented, name));
      if (keys[i].variable != NULL)
        g_assert_nonnull (strstr (page, keys[i].variable));
    }
  g_assert_cmpuint (g_hash_table_size (documented), ==, 0);
}

static void
test_program (void)
{
  g_autofree char *dir = bitket_test_new_dir ();
  g_autofree char *good = bitket_test_write_file (dir, "good", "[payments]\nprovider = sandbox\n");
  g_autofree char *bad = bitket_test_write_file (dir, "bad", "[server]\ndance = 1\n");
  g_autofree char *program =
      g_test_build_filename (G_TEST_BUILT, "..", "src", "service", "bitketd", NULL);
  g_autofree char *output = NULL;
  g_autofree char *errors = NULL;

  g_assert_cmpint (bitket_test_run ((const char *[]) { program, "check-config", good, NULL }, NULL,
                                    NULL, &output, &errors),
                   ==, 0);
  g_assert_nonnull (strstr (output, "payments: the sandbox: no real money moves"));
  g_assert_cmpstr (errors, ==, "");
  g_clear_pointer (&output, g_free);
  g_clear_pointer (&errors, g_free);
  g_assert_cmpint (bitket_test_run ((const char *[]) { program, "check-config", bad, NULL }, NULL,
                                    NULL, &output, &errors),
                   ==, 1);
  g_assert_nonnull (strstr (errors, "[server] dance: there is no such key"));
  g_clear_pointer (&output, g_free);
  g_clear_pointer (&errors, g_free);
  g_assert_cmpint (bitket_test_run ((const char *[]) { program, "serve", "--config", bad, NULL },
                                    NULL, NULL, &output, &errors),
                   ==, 1);
  g_assert_nonnull (strstr (errors, "[server] dance: there is no such key"));
  bitket_test_remove_dir (dir);
}

/* The file says where the database is; the command line says where to listen, and goes first. */
static void
test_command_line_first (void)
{
  g_autofree char *dir = bitket_test_new_dir ();
  g_autofree char *text = g_strdup_printf (
      "[server]\nlisten = 192.0.2.1:80\ndatabase = sqlite:%s/x.db\nlog-level = error\n", dir);
  g_autofree char *path = bitket_test_write_file (dir, "conf", text);
  g_autofree char *program =
      g_test_build_filename (G_TEST_BUILT, "..", "src", "service", "bitketd", NULL);
  const char *argv[] = { program,   "serve",       "--config", path, "--listen",
                         "[::1]:0", "--log-level", "message",  NULL };
  g_autoptr (BitketTestProcess) process = bitket_test_process_spawn (argv, NULL);
  g_autofree char *url = bitket_test_process_wait_for_line (process, "listening on ", 60);

  g_assert_true (g_str_has_prefix (url, "http://[::1]:"));
  g_assert_cmpint (bitket_test_process_stop (process), ==, 0);
  g_assert_nonnull (strstr (bitket_test_process_get_errors (process), "<5>stopped"));
  bitket_test_remove_dir (dir);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/config/table", test_table);
  g_test_add_func ("/config/defaults", test_defaults);
  g_test_add_func ("/config/every-key", test_every_key);
  g_test_add_func ("/config/files", test_files);
  g_test_add_func ("/config/environment", test_environment);
  g_test_add_func ("/config/documented", test_documented);
  g_test_add_func ("/config/program", test_program);
  g_test_add_func ("/config/command-line-first", test_command_line_first);
  return g_test_run ();
}
