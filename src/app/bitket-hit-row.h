/* SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>

#include "bitket-hit.h"

G_BEGIN_DECLS

/* A search result with its "Let In". Property: hit (BitketHit, construct-only). */
#define BITKET_TYPE_HIT_ROW (bitket_hit_row_get_type ())
G_DECLARE_FINAL_TYPE (BitketHitRow, bitket_hit_row, BITKET, HIT_ROW, GtkListBoxRow)

GtkWidget *bitket_hit_row_new (BitketHit *hit);

G_END_DECLS
