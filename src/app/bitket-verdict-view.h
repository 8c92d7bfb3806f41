/* SPDX-License-Identifier: MIT */
#pragma once

#include <adwaita.h>

#include "bitket-entry-model.h"

G_BEGIN_DECLS

/* The half of the screen that is read from two metres: ready, or the sign, word, colour, name,
 * choices, reason and next step of one verdict. Property: model (BitketEntryModel). */
#define BITKET_TYPE_VERDICT_VIEW (bitket_verdict_view_get_type ())
G_DECLARE_FINAL_TYPE (BitketVerdictView, bitket_verdict_view, BITKET, VERDICT_VIEW, AdwBin)

GtkWidget *bitket_verdict_view_new (BitketEntryModel *model);

G_END_DECLS
