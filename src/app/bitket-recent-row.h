/* SPDX-License-Identifier: MIT */
#pragma once

#include <adwaita.h>

#include "bitket-outcome.h"

G_BEGIN_DECLS

/* One scan of a while ago: when, its sign, who or why not. Property: outcome. */
#define BITKET_TYPE_RECENT_ROW (bitket_recent_row_get_type ())
G_DECLARE_FINAL_TYPE (BitketRecentRow, bitket_recent_row, BITKET, RECENT_ROW, AdwBin)

GtkWidget *bitket_recent_row_new (BitketOutcome *outcome);

/** bitket_recent_row_dup_short_name: Returns: (transfer full): "Astrid L" of "Astrid Lindqvist" */
char *bitket_recent_row_dup_short_name (const char *name);

G_END_DECLS
