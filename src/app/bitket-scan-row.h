/* SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>

#include "bitket-outcome.h"

G_BEGIN_DECLS

/* One line of the recent scans. Property: outcome (BitketOutcome, construct-only). */
#define BITKET_TYPE_SCAN_ROW (bitket_scan_row_get_type ())
G_DECLARE_FINAL_TYPE (BitketScanRow, bitket_scan_row, BITKET, SCAN_ROW, GtkListBoxRow)

GtkWidget *bitket_scan_row_new (BitketOutcome *outcome);

G_END_DECLS
