/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-outcome.h"
#include "bitket-tones.h"

G_BEGIN_DECLS

/* What the entrance crew is told about a scan: a sign, a word, a sentence with the facts, and what
 * to do next. One table for all of it. */

/* Strings are (transfer none), static and translated. */
/** bitket_reason_text_get_word: the one read from afar: "Welcome", "Stop" */
const char *bitket_reason_text_get_word (BitketOutcome *outcome);
/** bitket_reason_text_get_icon: the name of a symbolic icon; its shape alone tells the verdict */
const char *bitket_reason_text_get_icon (BitketOutcome *outcome);
/** bitket_reason_text_get_style: the CSS class: "admit", "refuse", "attention" or
 * "ready" */
const char *bitket_reason_text_get_style (BitketOutcome *outcome);
BitketTone bitket_reason_text_get_tone (BitketOutcome *outcome);
/** bitket_reason_text_get_step: (nullable): what the crew does now */
const char *bitket_reason_text_get_step (BitketOutcome *outcome);
/** bitket_reason_text_dup_sentence: Returns: (transfer full): the exact reason with its facts */
char *bitket_reason_text_dup_sentence (BitketOutcome *outcome, gint64 now_us);
/** bitket_reason_text_dup_short: Returns: (transfer full): for the list of recent scans */
char *bitket_reason_text_dup_short (BitketOutcome *outcome);
/** bitket_reason_text_dup_announcement: Returns: (transfer full): all of it in one line, to be read
 * aloud */
char *bitket_reason_text_dup_announcement (BitketOutcome *outcome);

G_END_DECLS
