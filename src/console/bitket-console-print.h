/* SPDX-License-Identifier: MIT */
#pragma once

#include <json-glib/json-glib.h>

#include "bitket-console.h"

G_BEGIN_DECLS

/* What people and programs read on the standard output. Every line is flushed: it may be all that
 * is left of a door that lost its power. */

/** bitket_console_format_reason: Returns: (transfer full): a sentence for the crew */
char *bitket_console_format_reason (const BitketOutcomeFacts *facts);
/** bitket_console_format_outcome: Returns: (transfer full): one line, without newline.
 * @use_color: with the terminal's colours */
typedef enum
{
  BITKET_PRINT_PLAIN,
  BITKET_PRINT_COLOR,
} BitketPrintStyle;
char *bitket_console_format_outcome (BitketOutcome *outcome, BitketPrintStyle style);
char *bitket_console_format_hit (const BitketDoorHit *hit);
JsonNode *bitket_console_hit_to_json (const BitketDoorHit *hit);

void bitket_console_print_line (const char *line);
void bitket_console_print_outcome (BitketConsole *console, BitketOutcome *outcome);
/** bitket_console_print_conflict: somebody was let in at two doors */
void bitket_console_print_conflict (BitketConsole *console, BitketOutcome *outcome);
void bitket_console_print_hits (BitketConsole *console, const char *query, GPtrArray *hits);
/** bitket_console_print_warning: a line on the standard error */
void bitket_console_print_warning (const char *format, ...) G_GNUC_PRINTF (1, 2);
/** bitket_console_explain: Returns: (transfer full): a sentence for @error */
char *bitket_console_explain (const GError *error);

G_END_DECLS
