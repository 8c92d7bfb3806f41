/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-console"

#include <glib-unix.h>
#include <glib/gi18n.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "bitket-build.h"
#include "bitket-console-print.h"
#include "bitket-console.h"
#include "bitket-secret.h"

#define TOKEN_VARIABLE "BITKET_TOKEN"

typedef struct
{
  const char *name;
  guint min_arguments, max_arguments;
  const char *usage;
  void (*run) (BitketConsole *console);
  gboolean needs_door;
  gboolean can_look; /* also while another program has the door open */
  BitketDoorFlags flags;
} Command;

static const Command commands[] = {
  { "pair", 1, 1, "pair CODE --service URL", bitket_console_pair, FALSE, FALSE,
    BITKET_DOOR_DEFAULT },
  { "sync", 0, 0, "sync", bitket_console_sync, TRUE, FALSE, BITKET_DOOR_NO_SYNC },
  { "scan", 0, 0, "scan [--camera DEVICE|PIPELINE|none] [--reader NAME|all|none]",
    bitket_console_scan, TRUE, FALSE, BITKET_DOOR_DEFAULT },
  { "search", 1, 1, "search TEXT", bitket_console_search, TRUE, TRUE, BITKET_DOOR_NO_SYNC },
  { "status", 0, 0, "status", bitket_console_status, TRUE, TRUE, BITKET_DOOR_NO_SYNC },
  { "undo", 0, 1, "undo [SCAN]", bitket_console_undo, TRUE, FALSE, BITKET_DOOR_NO_SYNC },
  { "admit", 1, 1, "admit OWNERSHIP [--reason TEXT]", bitket_console_admit, TRUE, FALSE,
    BITKET_DOOR_NO_SYNC },
  { "decode", 1, G_MAXUINT, "decode IMAGE…", NULL, FALSE, FALSE, BITKET_DOOR_DEFAULT },
};

void
bitket_console_options_clear (BitketConsoleOptions *options)
{
  bitket_secret_free (options->token);
  g_free (options->token_file);
  g_free (options->service);
  g_free (options->event);
  g_free (options->door_name);
  g_free (options->state_dir);
  g_free (options->key_file);
  g_free (options->camera);
  g_free (options->reader);
  g_free (options->reason);
  g_strfreev (options->arguments);
}

/* The loop and its end. */

static void
closed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BitketConsole *console = user_data;

  bitket_door_close_finish (BITKET_DOOR (source), result, NULL);
  g_main_loop_quit (console->loop);
}

void
bitket_console_end (BitketConsole *console, int status)
{
  if (console->is_ending)
    return;
  console->is_ending = TRUE;
  console->status = MAX (console->status, status);
  g_cancellable_cancel (console->cancellable);
  if (console->door != NULL)
    bitket_door_close_async (console->door, closed_cb, console);
  else
    g_main_loop_quit (console->loop);
}

void
bitket_console_fail (BitketConsole *console, const GError *error)
{
  g_autofree char *sentence = NULL;

  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      sentence = bitket_console_explain (error);
      bitket_console_print_warning ("%s", sentence);
    }
  bitket_console_end (console, 1);
}

static gboolean
signal_cb (gpointer user_data)
{
  bitket_console_end (user_data, 0);
  return G_SOURCE_CONTINUE;
}

typedef struct
{
  BitketConsole *console;
  const Command *command;
} Start;

static void open_door (Start *start);

static void
opened_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Start *start = user_data;
  BitketConsole *console = start->console;
  g_autoptr (GError) error = NULL;

  console->door = bitket_door_open_finish (result, &error);
  if (g_error_matches (error, BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_BUSY) &&
      start->command->can_look && !console->is_looking)
    {
      console->is_looking = TRUE;
      open_door (start);
    }
  else if (console->door == NULL)
    bitket_console_fail (console, error);
  else if (console->is_ending)
    bitket_door_close_async (console->door, closed_cb, console);
  else
    start->command->run (console);
}

static void
open_door (Start *start)
{
  const BitketConsoleOptions *options = &start->console->options;
  const BitketDoorConfig config = {
    .service_url = options->service,
    .token = options->token,
    .event = options->event,
    .door_name = options->door_name,
    .state_dir = options->state_dir,
    .key_file = options->key_file,
    .flags = start->command->flags | (options->is_offline ? BITKET_DOOR_OFFLINE : 0) |
             (start->console->is_looking ? BITKET_DOOR_LOOK : 0),
  };

  bitket_door_open_async (&config, start->console->cancellable, opened_cb, start);
}

static int
run_command (BitketConsole *console, const Command *command)
{
  Start start = { console, command };

  console->loop = g_main_loop_new (NULL, FALSE);
  console->cancellable = g_cancellable_new ();
  g_unix_signal_add (SIGINT, signal_cb, console);
  g_unix_signal_add (SIGTERM, signal_cb, console);
  if (command->needs_door)
    open_door (&start);
  else
    command->run (console);
  g_main_loop_run (console->loop);
  /* What was cancelled still has its callbacks to run. */
  while (g_main_context_iteration (NULL, FALSE))
    ;
  if (console->command_free != NULL)
    console->command_free (console->command_data);
  g_clear_object (&console->door);
  g_clear_object (&console->cancellable);
  g_main_loop_unref (console->loop);
  return console->status;
}

/* The command line. */

static gboolean
parse_format (const char *name, const char *value, gpointer data, GError **error)
{
  BitketConsoleOptions *options = data;

  if (strcmp (value, "text") == 0)
    options->format = BITKET_FORMAT_TEXT;
  else if (strcmp (value, "json") == 0)
    options->format = BITKET_FORMAT_JSON;
  else
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   _ ("There is no format “%s”: it is text or json."), value);
      return FALSE;
    }
  return TRUE;
}

/* Everybody on this machine can read a program's arguments: the token's bytes are overwritten as
 * soon as they are known. */
static void
hide_token (int argc, char **argv)
{
  for (int i = 1; i < argc; i++)
    {
      if (strcmp (argv[i], "--token") == 0 && i + 1 < argc)
        memset (argv[i + 1], 'x', strlen (argv[i + 1]));
      else if (g_str_has_prefix (argv[i], "--token="))
        memset (argv[i] + strlen ("--token="), 'x', strlen (argv[i]) - strlen ("--token="));
    }
}

static char *
make_summary (void)
{
  GString *text = g_string_new (_ ("Commands:"));

  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    g_string_append_printf (text, "\n  %s", commands[i].usage);
  return g_string_free (text, FALSE);
}

static GOptionContext *
make_context (BitketConsoleOptions *options, gboolean *show_version)
{
  const GOptionEntry entries[] = {
    { "service", 0, 0, G_OPTION_ARG_STRING, &options->service, N_ ("Address of the service"),
      "URL" },
    { "token", 0, 0, G_OPTION_ARG_STRING, &options->token,
      N_ ("Service token; better in BITKET_TOKEN or --token-file"), "TOKEN" },
    { "token-file", 0, 0, G_OPTION_ARG_FILENAME, &options->token_file,
      N_ ("File with the service token"), "FILE" },
    { "event", 0, 0, G_OPTION_ARG_STRING, &options->event, N_ ("Which event"), "SLUG|ID" },
    { "door", 0, 0, G_OPTION_ARG_STRING, &options->door_name, N_ ("What this door is called"),
      "NAME" },
    { "state-dir", 0, 0, G_OPTION_ARG_FILENAME, &options->state_dir,
      N_ ("Where cache and outbox lie"), "DIR" },
    { "key-file", 0, 0, G_OPTION_ARG_FILENAME, &options->key_file,
      N_ ("Keep the keys in a file instead of the keyring"), "FILE" },
    { "offline", 0, 0, G_OPTION_ARG_NONE, &options->is_offline, N_ ("Never use the network"),
      NULL },
    { "format", 0, 0, G_OPTION_ARG_CALLBACK, parse_format, N_ ("How to print"), "text|json" },
    { "camera", 0, 0, G_OPTION_ARG_STRING, &options->camera,
      N_ ("Camera device or GStreamer source"), "DEVICE|PIPELINE|none" },
    { "reader", 0, 0, G_OPTION_ARG_STRING, &options->reader, N_ ("Card reader"), "NAME|all|none" },
    { "reason", 0, 0, G_OPTION_ARG_STRING, &options->reason,
      N_ ("Why somebody is let in against the rule"), "TEXT" },
    { "version", 0, 0, G_OPTION_ARG_NONE, show_version, N_ ("Print the version"), NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &options->arguments, NULL,
      "COMMAND [ARGUMENT…]" },
    { NULL },
  };
  GOptionContext *context = g_option_context_new (NULL);
  GOptionGroup *group = g_option_group_new ("door", NULL, NULL, options, NULL);
  g_autofree char *summary = make_summary ();

  g_option_group_add_entries (group, entries);
  g_option_group_set_translation_domain (group, BITKET_GETTEXT_PACKAGE);
  g_option_context_set_main_group (context, group);
  g_option_context_set_summary (context, summary);
  return context;
}

static const Command *
find_command (BitketConsoleOptions *options)
{
  const char *name = options->arguments == NULL ? NULL : options->arguments[0];
  guint n_arguments;

  if (name == NULL)
    {
      bitket_console_print_warning ("%s", _ ("Which command? See “bitket-door --help”."));
      return NULL;
    }
  n_arguments = g_strv_length (options->arguments) - 1;
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      if (strcmp (commands[i].name, name) != 0)
        continue;
      if (n_arguments >= commands[i].min_arguments && n_arguments <= commands[i].max_arguments)
        return &commands[i];
      /* Translators: %s is a command with its arguments. */
      bitket_console_print_warning (_ ("Use it as “bitket-door %s”."), commands[i].usage);
      return NULL;
    }
  /* Translators: %s is what was typed as a command. */
  bitket_console_print_warning (_ ("There is no command “%s”."), name);
  return NULL;
}

/* What stands behind the command's name. */
static void
drop_command_name (BitketConsoleOptions *options)
{
  char **rest = g_strdupv (options->arguments + 1);

  g_strfreev (options->arguments);
  options->arguments = rest;
}

static gboolean
complete_options (BitketConsoleOptions *options, gboolean had_token, GError **error)
{
  if (had_token)
    bitket_console_print_warning (
        "%s", _ ("A token on the command line can be read by others on this machine; use "
                 "BITKET_TOKEN or --token-file."));
  else
    {
      g_autoptr (GError) local_error = NULL;

      options->token = bitket_secret_load (options->token_file, TOKEN_VARIABLE, &local_error);
      if (local_error != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&local_error));
          return FALSE;
        }
    }
  if (options->state_dir == NULL)
    options->state_dir = g_build_filename (g_get_user_state_dir (), "bitket", "door", NULL);
  if (options->reader == NULL || strcmp (options->reader, "none") == 0)
    return TRUE;
  g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                       _ ("Card readers come with the next version; “--reader none” is all that "
                          "there is now. A reader that types works on the standard input."));
  return FALSE;
}

static int
run (int argc, char **argv, BitketConsole *console)
{
  BitketConsoleOptions *options = &console->options;
  gboolean show_version = FALSE;
  g_autoptr (GOptionContext) context = make_context (options, &show_version);
  g_auto (GStrv) copy = NULL;
  g_autoptr (GError) error = NULL;
  const Command *command;

  copy = g_strdupv (argv);
  hide_token (argc, argv);
  if (!g_option_context_parse_strv (context, &copy, &error))
    {
      bitket_console_print_warning ("%s", error->message);
      return 2;
    }
  if (show_version)
    {
      bitket_console_print_line ("bitket-door " BITKET_VERSION);
      return 0;
    }
  command = find_command (options);
  if (command == NULL)
    return 2;
  drop_command_name (options);
  if (command->run == NULL)
    return bitket_console_decode ((const char *const *) options->arguments);
  if (!complete_options (options, options->token != NULL, &error))
    {
      bitket_console_print_warning ("%s", error->message);
      return 2;
    }
  return run_command (console, command);
}

int
main (int argc, char **argv)
{
  BitketConsole console = { 0 };
  int status;

  setlocale (LC_ALL, "");
  bindtextdomain (BITKET_GETTEXT_PACKAGE, BITKET_LOCALEDIR);
  bind_textdomain_codeset (BITKET_GETTEXT_PACKAGE, "UTF-8");
  textdomain (BITKET_GETTEXT_PACKAGE);
  status = run (argc, argv, &console);
  bitket_console_options_clear (&console.options);
  return status;
}
