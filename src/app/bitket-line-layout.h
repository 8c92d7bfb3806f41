/* SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Children side by side, each as wide as it likes, broken into lines like words. What does not fit
 * into the last line is left out as a whole. Properties: min-lines (their place is kept when there
 * is less), max-lines, column-spacing, line-spacing (ints). */
#define BITKET_TYPE_LINE_LAYOUT (bitket_line_layout_get_type ())
G_DECLARE_FINAL_TYPE (BitketLineLayout, bitket_line_layout, BITKET, LINE_LAYOUT, GtkLayoutManager)

G_END_DECLS
