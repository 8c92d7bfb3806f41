/* SPDX-License-Identifier: MIT */
#pragma once

#include <adwaita.h>

#include "bitket-outcome.h"

G_BEGIN_DECLS

/* The traffic light: sign, word and colour of a verdict, whom it is about, why, and what to do.
 * Without an outcome it says that the door is ready.
 *
 * Properties: outcome (BitketOutcome, nullable), checking (boolean: only what the cache knows is
 * shown yet, so there is no colour). */
#define BITKET_TYPE_VERDICT_CARD (bitket_verdict_card_get_type ())
G_DECLARE_FINAL_TYPE (BitketVerdictCard, bitket_verdict_card, BITKET, VERDICT_CARD, AdwBin)

void bitket_verdict_card_set_outcome (BitketVerdictCard *self, BitketOutcome *outcome);
/** bitket_verdict_card_set_preview: whom a scan is about, while the service is asked */
void bitket_verdict_card_set_preview (BitketVerdictCard *self, BitketOutcome *outcome);
BitketOutcome *bitket_verdict_card_get_outcome (BitketVerdictCard *self);

G_END_DECLS
