/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitketd"

#include "bitketd-commands.h"

#include "bitket-secret.h"

#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define PASSWORD_MIN_CHARS 8
#define PASSWORD_MAX_BYTES 1024

/* Terminals get what people typed back, so nothing that could move their cursor. */
static void
print_error (const char *text)
{
  g_autofree char *line = g_strdup (text);

  for (char *c = line; *c != '\0'; c++)
    if ((guchar) *c < 0x20 || *c == 0x7f)
      *c = ' ';
  fprintf (stderr, "bitketd: %s\n", line);
}

int
bitketd_fail (const GError *error)
{
  print_error (error != NULL ? error->message : "failed for an unknown reason");
  return BITKETD_EXIT_FAILED;
}

int
bitketd_usage_error (const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  print_error (text);
  return BITKETD_EXIT_USAGE;
}

gboolean
bitketd_parse (int argc,
               char **argv,
               const char *usage,
               const char *summary,
               const GOptionEntry *entries,
               guint n_arguments,
               GStrv *arguments)
{
  g_auto (GStrv) words = NULL;
  const GOptionEntry remaining[] = {
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &words, NULL, NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (usage);
  g_autoptr (GError) error = NULL;
  gboolean is_optional;
  guint n_words;

  g_option_context_set_summary (context, summary);
  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_main_entries (context, remaining, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      bitketd_usage_error ("%s; \"%s --help\" tells the options", error->message, g_get_prgname ());
      return FALSE;
    }
  n_words = words != NULL ? g_strv_length (words) : 0;
  is_optional = usage != NULL && usage[0] == '[';
  if (n_words > n_arguments || (n_words < n_arguments && !is_optional))
    {
      bitketd_usage_error ("%s “%s”; \"%s --help\" tells the usage",
                           n_words > n_arguments ? "did not expect" : "missing",
                           n_words > n_arguments ? words[n_arguments] : usage, g_get_prgname ());
      return FALSE;
    }
  *arguments = words != NULL ? g_steal_pointer (&words) : g_new0 (char *, 1);
  return TRUE;
}

BitketDb *
bitketd_open (const char *uri, BitketDbOpenFlags flags, GError **error)
{
  if (uri == NULL)
    uri = g_getenv ("BITKET_DATABASE");
  if (uri == NULL || uri[0] == '\0')
    {
      g_set_error (error, BITKET_DB_ERROR, BITKET_DB_ERROR_URI,
                   "no database: give --database sqlite:PATH or --database postgresql:…");
      return NULL;
    }
  return bitket_store_open (uri, flags, error);
}

char *
bitketd_dup_given_secret_key (const char *file, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (BitketSecretString) key = bitket_secret_load (file, "BITKET_SECRET_KEY", &local_error);

  if (local_error != NULL)
    {
      g_propagate_prefixed_error (error, g_steal_pointer (&local_error),
                                  "could not read the secret key: ");
      return NULL;
    }
  if (key != NULL && key[0] == '\0')
    {
      g_set_error (error, BITKET_STORE_ERROR, BITKET_STORE_ERROR_INPUT, "the secret key is empty");
      return NULL;
    }
  return g_steal_pointer (&key);
}

char *
bitketd_dup_secret_key (BitketDb *db, const char *file, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  char *key = bitketd_dup_given_secret_key (file, &local_error);

  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return NULL;
    }
  return key != NULL ? key : bitket_store_ensure_secret_key (db, error);
}

/* Returns: (transfer full) (nullable): %NULL at the end of the input */
static char *
read_line (FILE *stream)
{
  char buffer[PASSWORD_MAX_BYTES + 2];
  char *line = NULL;

  if (fgets (buffer, sizeof buffer, stream) != NULL)
    {
      buffer[strcspn (buffer, "\r\n")] = '\0';
      line = g_strdup (buffer);
    }
  bitket_secret_wipe (buffer, sizeof buffer);
  return line;
}

static char *
ask_without_echo (FILE *terminal, const char *question)
{
  struct termios old, silent;
  char *answer;

  fputs (question, terminal);
  fflush (terminal);
  if (tcgetattr (fileno (terminal), &old) != 0)
    return NULL;
  silent = old;
  silent.c_lflag &= ~(tcflag_t) ECHO;
  tcsetattr (fileno (terminal), TCSAFLUSH, &silent);
  answer = read_line (terminal);
  tcsetattr (fileno (terminal), TCSAFLUSH, &old);
  fputc ('\n', terminal);
  return answer;
}

static char *
ask_password (GError **error)
{
  FILE *terminal = isatty (STDIN_FILENO) ? fopen ("/dev/tty", "r+") : NULL;
  g_autoptr (BitketSecretString) first = NULL;
  g_autoptr (BitketSecretString) second = NULL;

  if (terminal == NULL)
    {
      g_set_error (error, BITKET_STORE_ERROR, BITKET_STORE_ERROR_INPUT,
                   "no password: give --password-file FILE, or BITKET_PASSWORD in the environment,"
                   " or run it on a terminal");
      return NULL;
    }
  first = ask_without_echo (terminal, "Password: ");
  second = first != NULL ? ask_without_echo (terminal, "Password again: ") : NULL;
  fclose (terminal);
  if (first == NULL || second == NULL || strcmp (first, second) != 0)
    {
      g_set_error (error, BITKET_STORE_ERROR, BITKET_STORE_ERROR_INPUT,
                   "the two passwords are not the same");
      return NULL;
    }
  return g_steal_pointer (&first);
}

char *
bitketd_dup_password (const char *file, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (BitketSecretString) password =
      bitket_secret_load (file, "BITKET_PASSWORD", &local_error);

  if (password == NULL && local_error == NULL)
    password = ask_password (&local_error);
  if (password == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return NULL;
    }
  if (!g_utf8_validate (password, -1, NULL) || strlen (password) > PASSWORD_MAX_BYTES ||
      g_utf8_strlen (password, -1) < PASSWORD_MIN_CHARS)
    {
      g_set_error (error, BITKET_STORE_ERROR, BITKET_STORE_ERROR_INPUT,
                   "the password must be UTF-8 and have %d characters to %d bytes",
                   PASSWORD_MIN_CHARS, PASSWORD_MAX_BYTES);
      return NULL;
    }
  return g_steal_pointer (&password);
}

gboolean
bitketd_write (BitketDb *db, BitketdWriteFunc func, gpointer data, GError **error)
{
  if (!bitket_db_begin (db, BITKET_DB_TRANSACTION_WRITE, error))
    return FALSE;
  if (func (db, data, error) && bitket_db_commit (db, error))
    return TRUE;
  bitket_db_rollback (db);
  return FALSE;
}
