/* SPDX-License-Identifier: MIT */
#pragma once

#include <adwaita.h>

#include "bitket-door.h"

G_BEGIN_DECLS

/* What a search found. */
#define BITKET_TYPE_HIT_LIST (bitket_hit_list_get_type ())
G_DECLARE_FINAL_TYPE (BitketHitList, bitket_hit_list, BITKET, HIT_LIST, AdwBin)

/** bitket_hit_list_show: @hits: (element-type BitketDoorHit): read, not kept */
void bitket_hit_list_show (BitketHitList *self, const char *query, GPtrArray *hits, gint64 now_us);
guint bitket_hit_list_get_n_hits (BitketHitList *self);

G_END_DECLS
