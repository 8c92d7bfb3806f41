/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-outcome.h"

G_BEGIN_DECLS

/* One outcome of each kind, as a door would tell it, for tests and pictures of entry mode. */

/** sample_now_us: the moment at which all of them were scanned: 21:47 local time */
gint64 sample_now_us (void);
/** sample_local_us: @hour:@minute of the same day, local time */
gint64 sample_local_us (int hour, int minute);
/** sample_outcome_new: @reason: with SAME_SCAN as an admission's repetition */
BitketOutcome *sample_outcome_new (BitketReason reason);
/** sample_outcome_new_admitted: somebody let in at @at_us */
BitketOutcome *sample_outcome_new_admitted (const char *name, const char *ownership, gint64 at_us);

G_END_DECLS
