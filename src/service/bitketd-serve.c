/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitketd"

#include "bitketd-commands.h"

#include <glib-unix.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "bitket-request-log.h"
#include "bitket-secret.h"
#include "bitket-server.h"

typedef struct
{
  char *config;
  gboolean uses_sandbox;
  char *database;
  char *listen;
  char *certificate;
  char *key;
  char *secret_key_file;
  char *log_level;
} Options;

static void
clear_options (Options *options)
{
  g_free (options->config);
  g_free (options->database);
  g_free (options->listen);
  g_free (options->certificate);
  g_free (options->key);
  g_free (options->secret_key_file);
  g_free (options->log_level);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, clear_options)

static const struct
{
  const char *name;
  GLogLevelFlags level;
} levels[] = {
  { "error", G_LOG_LEVEL_CRITICAL },  { "warning", G_LOG_LEVEL_WARNING },
  { "message", G_LOG_LEVEL_MESSAGE }, { "info", G_LOG_LEVEL_INFO },
  { "debug", G_LOG_LEVEL_DEBUG },
};

/* Set before the first thread starts. */
static GLogLevelFlags max_level = G_LOG_LEVEL_MESSAGE;

/* One line on standard error, with the priority that the journal reads from its beginning, and the
 * id of the request that the thread works on. */
static GLogWriterOutput
write_log (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  GLogLevelFlags only = level & G_LOG_LEVEL_MASK;
  const char *request = bitket_request_log_get_current ();
  int priority = only <= G_LOG_LEVEL_CRITICAL  ? 3
                 : only == G_LOG_LEVEL_WARNING ? 4
                 : only == G_LOG_LEVEL_MESSAGE ? 5
                 : only == G_LOG_LEVEL_INFO    ? 6
                                               : 7;

  if (only > max_level)
    return G_LOG_WRITER_HANDLED;
  for (gsize i = 0; i < n_fields; i++)
    {
      g_autofree char *text = NULL;

      if (strcmp (fields[i].key, "MESSAGE") != 0)
        continue;
      text = fields[i].length < 0 ? g_strdup (fields[i].value)
                                  : g_strndup (fields[i].value, (gsize) fields[i].length);
      g_strdelimit (text, "\n\r", ' ');
      fprintf (stderr, "<%d>%s%s%s\n", priority, text, request != NULL ? " request=" : "",
               request != NULL ? request : "");
    }
  return G_LOG_WRITER_HANDLED;
}

static gboolean
set_log_level (const char *name)
{
  for (gsize i = 0; name != NULL && i < G_N_ELEMENTS (levels); i++)
    if (strcmp (levels[i].name, name) == 0)
      {
        max_level = levels[i].level;
        return TRUE;
      }
  return name == NULL;
}

static gboolean
stop_cb (gpointer user_data)
{
  g_message ("stopping");
  bitket_server_stop (user_data);
  return G_SOURCE_CONTINUE;
}

static int
run_server (const BitketServerOptions *options)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketServer) server = bitket_server_new (options, &error);
  g_autofree char *url = NULL;
  guint term_id, int_id;

  if (server == NULL)
    return bitketd_fail (error);
  g_signal_connect_swapped (server, "stopped", G_CALLBACK (g_main_loop_quit), loop);
  term_id = g_unix_signal_add (SIGTERM, stop_cb, server);
  int_id = g_unix_signal_add (SIGINT, stop_cb, server);
  url = bitket_server_dup_url (server);
  g_print ("listening on %s\n", url);
  fflush (stdout);
  g_main_loop_run (loop);
  g_source_remove (term_id);
  g_source_remove (int_id);
  g_message ("stopped");
  return BITKETD_EXIT_OK;
}

/* What stands on the command line beats the file. */
static void
choose (char **setting, const char *option)
{
  if (option == NULL)
    return;
  g_free (*setting);
  *setting = g_strdup (option);
}

/* The configuration with what the command line says on top. */
static BitketConfig *
load_config (const Options *options, GError **error)
{
  g_autoptr (BitketConfig) config = NULL;
  g_autoptr (BitketSecretString) secret_key = NULL;

  if (options->secret_key_file != NULL)
    {
      secret_key = bitketd_dup_given_secret_key (options->secret_key_file, error);
      if (secret_key == NULL)
        return NULL;
    }
  config = bitket_config_load (options->config, error);
  if (config == NULL)
    return NULL;
  choose (&config->database, options->database);
  choose (&config->listen, options->listen);
  choose (&config->certificate, options->certificate);
  choose (&config->key, options->key);
  choose (&config->log_level, options->log_level);
  if (options->uses_sandbox)
    config->payments = BITKET_PAYMENTS_SANDBOX;
  if (config->database == NULL)
    choose (&config->database, g_getenv ("BITKET_DATABASE"));
  if (secret_key != NULL)
    {
      bitket_secret_free (config->secret_key);
      config->secret_key = g_steal_pointer (&secret_key);
    }
  return g_steal_pointer (&config);
}

/* For databases, logs and what the service asks of others. */
#define SPARE_FILES 256

/* Every connection is an open file; systems grant more than they give at first. */
static void
make_room_for_connections (BitketConfig *config)
{
  struct rlimit limit;

  if (getrlimit (RLIMIT_NOFILE, &limit) != 0)
    return;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit (RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY ||
      (guint64) limit.rlim_cur >= (guint64) config->max_connections + SPARE_FILES)
    return;
  config->max_connections = MAX (1, (gint64) limit.rlim_cur - SPARE_FILES);
  g_message ("the system's limit on open files leaves %" G_GINT64_FORMAT " connections",
             config->max_connections);
}

static int
serve (BitketConfig *config)
{
  g_autoptr (GTlsCertificate) certificate = NULL;
  g_autoptr (GError) error = NULL;
  BitketServerOptions server = { 0 };

  if (config->certificate != NULL)
    {
      certificate = bitketd_load_certificate (config->certificate, config->key, &error);
      if (certificate == NULL)
        return bitketd_fail (error);
    }
  make_room_for_connections (config);
  server.database = config->database;
  server.listen = config->listen;
  server.certificate = certificate;
  server.secret_key = config->secret_key;
  server.config = config;
  return run_server (&server);
}

int
bitketd_serve (int argc, char **argv)
{
  g_auto (Options) options = { 0 };
  const GOptionEntry entries[] = {
    { "sandbox", 0, 0, G_OPTION_ARG_NONE, &options.uses_sandbox,
      "pretend that cards are paid; every answer says so", NULL },
    { "config", 0, 0, G_OPTION_ARG_FILENAME, &options.config,
      "everything there is to set; the options below go before it", "FILE" },
    { "database", 0, 0, G_OPTION_ARG_STRING, &options.database,
      "sqlite:PATH or postgresql:… (else BITKET_DATABASE)", "URI" },
    { "listen", 0, 0, G_OPTION_ARG_STRING, &options.listen,
      "address and port, port 0 for any; 127.0.0.1:8000 otherwise", "ADDRESS:PORT" },
    { "certificate", 0, 0, G_OPTION_ARG_FILENAME, &options.certificate,
      "TLS certificate chain, PEM", "FILE" },
    { "key", 0, 0, G_OPTION_ARG_FILENAME, &options.key, "its private key, PEM", "FILE" },
    { "secret-key-file", 0, 0, G_OPTION_ARG_FILENAME, &options.secret_key_file,
      "key for tokens and links, mode 0600 (else BITKET_SECRET_KEY, else the database's own)",
      "FILE" },
    { "log-level", 0, 0, G_OPTION_ARG_STRING, &options.log_level,
      "error, warning, message (default), info or debug", "LEVEL" },
    { NULL },
  };
  g_auto (GStrv) words = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketConfig) config = NULL;

  if (!bitketd_parse (argc, argv, NULL, "Answers the REST API until SIGTERM.", entries, 0, &words))
    return BITKETD_EXIT_USAGE;
  if ((options.certificate == NULL) != (options.key == NULL))
    return bitketd_usage_error ("--certificate and --key belong together");
  if (!set_log_level (options.log_level))
    return bitketd_usage_error ("there is no log level “%s”", options.log_level);
  config = load_config (&options, &error);
  if (config == NULL)
    return bitketd_fail (error);
  if (config->database == NULL)
    return bitketd_usage_error ("no database: give --database sqlite:PATH or postgresql:…, or"
                                " database in the configuration");
  set_log_level (config->log_level);
  g_log_set_writer_func (write_log, NULL, NULL);
  return serve (config);
}
