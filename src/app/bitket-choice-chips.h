/* SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* What somebody chose with a ticket, each on a chip of its own. Property: choices (GStrv,
 * nullable); hidden when there are none. */
#define BITKET_TYPE_CHOICE_CHIPS (bitket_choice_chips_get_type ())
G_DECLARE_FINAL_TYPE (BitketChoiceChips, bitket_choice_chips, BITKET, CHOICE_CHIPS, GtkWidget)

G_END_DECLS
