/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib-object.h>

#include "bitket-admission.h"
#include "bitket-scan.h"

G_BEGIN_DECLS

/* What came of one scan, as the crew is shown it. Immutable; every field is a read-only property of
 * the same name (verdict, reason, authority as their enums' numbers), so that templates can bind to
 * it. Threads: any. */
#define BITKET_TYPE_OUTCOME (bitket_outcome_get_type ())
G_DECLARE_FINAL_TYPE (BitketOutcome, bitket_outcome, BITKET, OUTCOME, GObject)

/* For making one: copied by bitket_outcome_new(). */
typedef struct
{
  BitketVerdict verdict;
  BitketReason reason;
  BitketAuthority authority;
  BitketScanSource source;
  BitketScanKind kind;
  const char *scan_id;     /* (nullable) the door's UUID of this scan; NULL: nothing was written */
  const char *ownership;   /* (nullable) */
  const char *ticket_type; /* (nullable) its name */
  const char *name;        /* (nullable) the holder's */
  const char *const *choices; /* (nullable) their names */
  const char *door;           /* (nullable) where it was let in before (already_admitted) */
  gint64 utilized_us;         /* 0: not; when it was let in */
  const char *event_name;     /* (nullable) which event the ticket is for (wrong_event) */
  gint64 entry_opens_us;      /* for not_yet */
  gint64 ends_us;             /* for over */
  gint64 at_us;               /* when it was scanned */
  double elapsed_ms;          /* from the scan to this outcome */
  const char *detail;         /* (nullable) for fault: what could not be done */
} BitketOutcomeFacts;

BitketOutcome *bitket_outcome_new (const BitketOutcomeFacts *facts);
/** bitket_outcome_get_facts: borrowed, lives as long as the outcome */
const BitketOutcomeFacts *bitket_outcome_get_facts (BitketOutcome *self);
BitketVerdict bitket_outcome_get_verdict (BitketOutcome *self);
BitketReason bitket_outcome_get_reason (BitketOutcome *self);
/** bitket_outcome_to_json_line: Returns: (transfer full): the line of --format json, without a
 * newline */
char *bitket_outcome_to_json_line (BitketOutcome *self);

G_END_DECLS
