/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

#include "bitket-store.h"

G_BEGIN_DECLS

/* The commands of bitketd, and what they share. A command is given its own words ("bitketd user
 * add", …), parses its options and returns the exit status. */

typedef enum
{
  BITKETD_EXIT_OK = 0,
  BITKETD_EXIT_FAILED = 1,
  BITKETD_EXIT_USAGE = 2, /* the command line was not understood */
} BitketdExit;

int bitketd_serve (int argc, char **argv);
int bitketd_check_config (int argc, char **argv);
int bitketd_sample (int argc, char **argv);
int bitketd_import (int argc, char **argv);
int bitketd_export (int argc, char **argv);
int bitketd_issue (int argc, char **argv);
int bitketd_user_add (int argc, char **argv);
int bitketd_token_add (int argc, char **argv);
int bitketd_backup (int argc, char **argv);

/**
 * bitketd_parse:
 * @usage: (nullable): what follows the command's name in its help, "FILE"; "[FILE]" may be left out
 * @summary: a sentence or more on what it does
 * @entries: its options
 * @n_arguments: how many words there must be besides the options
 * @arguments: (out) (transfer full): those words
 *
 * Returns: %TRUE to go on; %FALSE after a message to standard error: BITKETD_EXIT_USAGE
 */
gboolean bitketd_parse (int argc,
                        char **argv,
                        const char *usage,
                        const char *summary,
                        const GOptionEntry *entries,
                        guint n_arguments,
                        GStrv *arguments);
/** bitketd_fail: "bitketd: MESSAGE" to standard error. Returns: BITKETD_EXIT_FAILED */
int bitketd_fail (const GError *error);
/** bitketd_usage_error: the same with a text of the program. Returns: BITKETD_EXIT_USAGE */
int bitketd_usage_error (const char *format, ...) G_GNUC_PRINTF (1, 2);

/** bitketd_load_certificate: a chain and its key, PEM */
GTlsCertificate *
bitketd_load_certificate (const char *certificate, const char *key, GError **error);

/** bitketd_open: the database of --database, or else of the environment's BITKET_DATABASE */
BitketDb *bitketd_open (const char *uri, BitketDbOpenFlags flags, GError **error);

/**
 * bitketd_dup_given_secret_key:
 * @file: (nullable): of --secret-key-file; otherwise the environment's BITKET_SECRET_KEY, which is
 * unset
 *
 * Returns: (transfer full) (nullable): %NULL without @error when neither is given; free with
 * bitket_secret_free()
 */
char *bitketd_dup_given_secret_key (const char *file, GError **error);
/** bitketd_dup_secret_key: the given one, or else the one kept in the database, made when there is
 * none. Needs no transaction. */
char *bitketd_dup_secret_key (BitketDb *db, const char *file, GError **error);

/** bitketd_dup_password: from @file, or else from BITKET_PASSWORD, or else asked for twice on the
 * terminal, without echo. Free with bitket_secret_free() */
char *bitketd_dup_password (const char *file, GError **error);

/** BitketdWriteFunc: what a command does inside its transaction */
typedef gboolean (*BitketdWriteFunc) (BitketDb *db, gpointer data, GError **error);
/** bitketd_write: runs @func in a WRITE transaction: all of it or nothing */
gboolean bitketd_write (BitketDb *db, BitketdWriteFunc func, gpointer data, GError **error);

G_END_DECLS
