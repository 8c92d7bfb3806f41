/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

#include "bitket-door.h"

G_BEGIN_DECLS

/* What the commands of bitket-door share: the options, the door that is open, and the one main loop
 * that main() runs. A command starts, goes on in callbacks, and ends by bitket_console_end(). */

typedef enum
{
  BITKET_FORMAT_TEXT,
  BITKET_FORMAT_JSON,
} BitketFormat;

typedef struct
{
  char *service, *token, *token_file, *event, *door_name, *state_dir, *key_file; /* (owned)
                                                                                    (nullable) */
  char *camera, *reader, *reason; /* (owned) (nullable) */
  gboolean is_offline;
  BitketFormat format;
  char **arguments; /* (owned) what stands behind the command's name */
} BitketConsoleOptions;

void bitket_console_options_clear (BitketConsoleOptions *options);

typedef struct _BitketConsole BitketConsole;

struct _BitketConsole
{
  BitketConsoleOptions options;
  GMainLoop *loop;
  BitketDoor *door; /* (owned) (nullable) */
  int status;
  gboolean is_looking; /* another program has the door open */
  gboolean is_ending;
  GCancellable *cancellable; /* (owned) of what the command waits for; cancelled by signals */
  gpointer command_data;     /* (owned) (nullable) of the command under way */
  GDestroyNotify command_free;
};

/** bitket_console_end: closes the door and leaves the loop with @status; the first call counts */
void bitket_console_end (BitketConsole *console, int status);
/** bitket_console_fail: says what went wrong on the standard error, and ends with status 1 */
void bitket_console_fail (BitketConsole *console, const GError *error);

/* The commands. Each gets the console with the door open, but for decode and pair, which have
 * none. */
void bitket_console_pair (BitketConsole *console);
void bitket_console_sync (BitketConsole *console);
void bitket_console_scan (BitketConsole *console);
void bitket_console_search (BitketConsole *console);
void bitket_console_status (BitketConsole *console);
void bitket_console_undo (BitketConsole *console);
void bitket_console_admit (BitketConsole *console);
int bitket_console_decode (const char *const *paths);

G_END_DECLS
