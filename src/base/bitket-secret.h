/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Secrets come from a file or from the environment, never from the command line, and are wiped
 * after use. */

/**
 * bitket_secret_load:
 * @file: (nullable): path of a file that only its owner may read (mode 0600 or 0400; others are
 * refused with G_IO_ERROR_PERMISSION_DENIED); one trailing newline is cut. A name without a slash
 * is the credential of that name in $CREDENTIALS_DIRECTORY, if there is one; files there may have
 * mode 0440, as systemd makes them
 * @variable: (nullable): name of an environment variable, used when @file is %NULL; it is unset
 * once read
 *
 * Returns: (transfer full) (nullable): the secret, free with bitket_secret_free(); %NULL without
 * @error when neither is given
 */
char *bitket_secret_load (const char *file, const char *variable, GError **error);
/** bitket_secret_store: writes @file anew with mode 0600, through a temporary file and fsync */
gboolean bitket_secret_store (const char *file, const char *secret, GError **error);
/** bitket_secret_wipe: zeroes @len bytes so that the compiler cannot drop it */
void bitket_secret_wipe (gpointer data, gsize len);
/** bitket_secret_free: (nullable): wipes the string and frees it */
void bitket_secret_free (char *secret);
typedef char BitketSecretString;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BitketSecretString, bitket_secret_free)

G_END_DECLS
