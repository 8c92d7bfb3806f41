/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitketd"

#include "bitketd-commands.h"

#include "bitket-build.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>

typedef struct
{
  const char *words[2]; /* the second is NULL for most */
  int (*run) (int argc, char **argv);
  const char *summary;
} Command;

static const Command commands[] = {
  { { "serve" }, bitketd_serve, "answer the REST API" },
  { { "check-config" }, bitketd_check_config, "read a configuration and say what it means" },
  { { "sample" }, bitketd_sample, "make an organization with events and tickets to try things on" },
  { { "import" }, bitketd_import, "read the dump of another installation" },
  { { "export" }, bitketd_export, "write everything as such a dump" },
  { { "issue" }, bitketd_issue, "make a ticket by hand" },
  { { "user", "add" }, bitketd_user_add, "add a user" },
  { { "token", "add" }, bitketd_token_add, "make or show a user's token for programs" },
  { { "backup" }, bitketd_backup, "copy the database while it is in use" },
};

static void
print_usage (FILE *stream)
{
  fputs ("Usage: bitketd COMMAND [OPTION…]\n\n"
         "The ticket platform's service.\n\nCommands:\n",
         stream);
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      g_autofree char *name = g_strjoin (" ", commands[i].words[0], commands[i].words[1], NULL);

      fprintf (stream, "  %-12s  %s\n", name, commands[i].summary);
    }
  fputs ("\n\"bitketd COMMAND --help\" tells a command's options. Exit status: 0 done, 1 failed,\n"
         "2 the command line was not understood.\n",
         stream);
}

/* How many words of @argv name @command: 0, 1 or 2. */
static int
match_command (const Command *command, int argc, char **argv)
{
  if (argc < 2 || strcmp (argv[1], command->words[0]) != 0)
    return 0;
  if (command->words[1] == NULL)
    return 1;
  return argc > 2 && strcmp (argv[2], command->words[1]) == 0 ? 2 : 0;
}

/* The command sees itself as argv[0], so that its help says "bitketd user add". */
static int
run_command (const Command *command, int n_words, int argc, char **argv)
{
  g_autofree char *name = g_strjoin (" ", "bitketd", command->words[0], command->words[1], NULL);

  g_set_prgname (name);
  argv[n_words] = name;
  return command->run (argc - n_words, argv + n_words);
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      int n_words = match_command (&commands[i], argc, argv);

      if (n_words > 0)
        return run_command (&commands[i], n_words, argc, argv);
    }
  if (argc == 2 && (strcmp (argv[1], "--help") == 0 || strcmp (argv[1], "help") == 0))
    {
      print_usage (stdout);
      return BITKETD_EXIT_OK;
    }
  if (argc == 2 && strcmp (argv[1], "--version") == 0)
    {
      g_print ("bitketd %s\n", BITKET_VERSION);
      return BITKETD_EXIT_OK;
    }
  if (argc < 2)
    {
      print_usage (stderr);
      return BITKETD_EXIT_USAGE;
    }
  return bitketd_usage_error ("there is no command “%s”; \"bitketd --help\" lists them", argv[1]);
}
