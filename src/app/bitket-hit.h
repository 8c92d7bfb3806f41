/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib-object.h>

#include "bitket-door.h"

G_BEGIN_DECLS

/* A ticket that a search at the door found. Immutable. Properties (read-only): ownership, name,
 * subtitle, state-text (strings), can-enter (boolean). */
#define BITKET_TYPE_HIT (bitket_hit_get_type ())
G_DECLARE_FINAL_TYPE (BitketHit, bitket_hit, BITKET, HIT, GObject)

/** bitket_hit_new: what is shown of @hit, copied */
BitketHit *bitket_hit_new (const BitketDoorHit *hit);
const char *bitket_hit_get_ownership (BitketHit *self);
gboolean bitket_hit_can_enter (BitketHit *self);

G_END_DECLS
