/* SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>

#include "bitket-door.h"

G_BEGIN_DECLS

/* One ticket that was searched for: who, what, its state, and "Let In" if it may. */
#define BITKET_TYPE_HIT_ROW (bitket_hit_row_get_type ())
G_DECLARE_FINAL_TYPE (BitketHitRow, bitket_hit_row, BITKET, HIT_ROW, GtkListBoxRow)

/** bitket_hit_row_new: @now_us: for "12 minutes ago" */
GtkWidget *bitket_hit_row_new (const BitketDoorHit *hit, gint64 now_us);

G_END_DECLS
