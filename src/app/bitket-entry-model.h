/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

#include "bitket-clock.h"
#include "bitket-door.h"

G_BEGIN_DECLS

/* What the entry window shows, without any widget: the verdict that is up and for how long, what
 * the door knows of itself, the time. Follows a BitketDoor, or is told by hand (tests, pictures).
 *
 * Properties, all notified: outcome (BitketOutcome, nullable), phase (int: BitketEntryPhase),
 * serial (uint: one more with each new verdict, not when one is shown again), online (boolean),
 * offline-since (int64 µs), n-waiting (uint), event-name, door-name, clock-text, counts-text,
 * notice (strings), recent (GListModel of BitketOutcome, nullable).
 *
 * Signal: announced (BitketOutcome *): a verdict that has its sound.
 */
#define BITKET_TYPE_ENTRY_MODEL (bitket_entry_model_get_type ())
G_DECLARE_FINAL_TYPE (BitketEntryModel, bitket_entry_model, BITKET, ENTRY_MODEL, GObject)

typedef enum
{
  BITKET_ENTRY_PHASE_NONE,
  BITKET_ENTRY_PHASE_READY,
  BITKET_ENTRY_PHASE_ASKING, /* name and choices from the cache, while the service is asked */
  BITKET_ENTRY_PHASE_VERDICT,
} BitketEntryPhase;

/* How long a verdict stands. */
#define BITKET_ENTRY_ADMIT_MS 4000
#define BITKET_ENTRY_OTHER_MS 8000

/** bitket_entry_model_new: @clock: (transfer none) (nullable) */
BitketEntryModel *bitket_entry_model_new (BitketClock *clock);
/** bitket_entry_model_follow: from now on everything comes from @door, (nullable) for nobody */
void bitket_entry_model_follow (BitketEntryModel *self, BitketDoor *door);

/** bitket_entry_model_show_outcome: a search (verdict NONE) changes nothing; SAME_SCAN shows the
 * earlier verdict of that ticket again */
void bitket_entry_model_show_outcome (BitketEntryModel *self, BitketOutcome *outcome);
/** bitket_entry_model_show_preview: who it is, while the sign is not known yet */
void bitket_entry_model_show_preview (BitketEntryModel *self, BitketOutcome *preview);
/** bitket_entry_model_clear: ready for the next */
void bitket_entry_model_clear (BitketEntryModel *self);
/** bitket_entry_model_tick: looks at the clock now: the timer's work, also for tests */
void bitket_entry_model_tick (BitketEntryModel *self);

/** bitket_entry_model_get_clock: Returns: (transfer none) */
BitketClock *bitket_entry_model_get_clock (BitketEntryModel *self);
BitketOutcome *bitket_entry_model_get_outcome (BitketEntryModel *self);
BitketEntryPhase bitket_entry_model_get_phase (BitketEntryModel *self);
guint bitket_entry_model_get_serial (BitketEntryModel *self);

typedef struct
{
  gboolean is_online;
  gint64 offline_since_us; /* 0: never was online */
  guint n_waiting;
} BitketEntryReach;
void bitket_entry_model_set_reach (BitketEntryModel *self, const BitketEntryReach *reach);
void bitket_entry_model_set_names (BitketEntryModel *self,
                                   const char *event_name,
                                   const char *door_name);
void bitket_entry_model_set_counts_text (BitketEntryModel *self, const char *text);
void bitket_entry_model_set_recent (BitketEntryModel *self, GListModel *recent);
/** bitket_entry_model_set_notice: (nullable): a sentence that stays: the door is revoked */
void bitket_entry_model_set_notice (BitketEntryModel *self, const char *notice);

/** bitket_entry_model_format_counts: @counts: (element-type BitketDoorCount) (nullable).
 * Returns: (transfer full): "Inside 120 · Banquet 48/60 · Party 72/440" */
char *bitket_entry_model_format_counts (guint n_inside, GPtrArray *counts);

G_END_DECLS
