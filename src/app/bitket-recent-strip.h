/* SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* The last scans, newest first, as many as fit into two lines: none is cut off in its middle.
 * Property: recent (GListModel of BitketOutcome, nullable). */
#define BITKET_TYPE_RECENT_STRIP (bitket_recent_strip_get_type ())
G_DECLARE_FINAL_TYPE (BitketRecentStrip, bitket_recent_strip, BITKET, RECENT_STRIP, GtkWidget)

G_END_DECLS
