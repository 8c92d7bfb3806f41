/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitketd"

#include "bitketd-commands.h"

#include <glib-unix.h>
#include <stdio.h>
#include <string.h>

#include "bitket-secret.h"
#include "bitket-server.h"

#define DEFAULT_LISTEN "127.0.0.1:8000"

typedef struct
{
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

/* One line on standard error, with the priority that the journal reads from its beginning. */
static GLogWriterOutput
write_log (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  GLogLevelFlags only = level & G_LOG_LEVEL_MASK;
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
      fprintf (stderr, "<%d>%s\n", priority, text);
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

/* Returns: %FALSE after a message; *@status says how it ends. */
static gboolean
load_certificate (const Options *options, GTlsCertificate **certificate, int *status)
{
  g_autoptr (GError) error = NULL;

  if (options->certificate == NULL && options->key == NULL)
    return TRUE;
  if (options->certificate == NULL || options->key == NULL)
    {
      *status = bitketd_usage_error ("--certificate and --key belong together");
      return FALSE;
    }
  *certificate = g_tls_certificate_new_from_files (options->certificate, options->key, &error);
  if (*certificate != NULL)
    return TRUE;
  g_prefix_error (&error, "could not read the certificate “%s”: ", options->certificate);
  *status = bitketd_fail (error);
  return FALSE;
}

int
bitketd_serve (int argc, char **argv)
{
  g_auto (Options) options = { 0 };
  const GOptionEntry entries[] = {
    { "database", 0, 0, G_OPTION_ARG_STRING, &options.database,
      "sqlite:PATH or postgresql:… (else BITKET_DATABASE)", "URI" },
    { "listen", 0, 0, G_OPTION_ARG_STRING, &options.listen,
      "address and port, port 0 for any; " DEFAULT_LISTEN " otherwise", "ADDRESS:PORT" },
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
  g_autoptr (BitketSecretString) secret_key = NULL;
  g_autoptr (GTlsCertificate) certificate = NULL;
  BitketServerOptions server = { 0 };
  int status = BITKETD_EXIT_OK;

  if (!bitketd_parse (argc, argv, NULL, "Answers the REST API until SIGTERM.", entries, 0, &words))
    return BITKETD_EXIT_USAGE;
  if (!set_log_level (options.log_level))
    return bitketd_usage_error ("there is no log level “%s”", options.log_level);
  g_log_set_writer_func (write_log, NULL, NULL);
  secret_key = bitketd_dup_given_secret_key (options.secret_key_file, &error);
  if (error != NULL)
    return bitketd_fail (error);
  if (!load_certificate (&options, &certificate, &status))
    return status;
  server.database = options.database != NULL ? options.database : g_getenv ("BITKET_DATABASE");
  if (server.database == NULL)
    return bitketd_usage_error ("no database: give --database sqlite:PATH or postgresql:…");
  server.listen = options.listen != NULL ? options.listen : DEFAULT_LISTEN;
  server.certificate = certificate;
  server.secret_key = secret_key;
  return run_server (&server);
}
