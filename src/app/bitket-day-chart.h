/* SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Bars, one a day. Property: days (GListModel of BitketFigure, whose label is an ISO date). Screen
 * readers are told the span, the sum and the best day. */
#define BITKET_TYPE_DAY_CHART (bitket_day_chart_get_type ())
G_DECLARE_FINAL_TYPE (BitketDayChart, bitket_day_chart, BITKET, DAY_CHART, GtkWidget)

/** bitket_day_chart_dup_description: Returns: (transfer full): what screen readers are told */
char *bitket_day_chart_dup_description (GListModel *days);

G_END_DECLS
