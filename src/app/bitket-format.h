/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Money, times and counts as people of the locale read them. All are pure; the strings are
 * (transfer full). Times are µs UTC and come out in local time; 0 gives "". */

/** bitket_format_money: "83 140 kr", with öre only where there are any */
char *bitket_format_money (gint64 ore);
/** bitket_format_number: with the locale's grouping */
char *bitket_format_number (gint64 number);
/** bitket_format_clock: "21:47" */
char *bitket_format_clock (gint64 time_us);
/** bitket_format_day: "12 December", with the year when it is not @now_us's */
char *bitket_format_day (gint64 time_us, gint64 now_us);
/** bitket_format_date_time: "Sat 12 Dec 2026, 18:00" */
char *bitket_format_date_time (gint64 time_us);
/** bitket_format_moment: the clock when it is @now_us's day, otherwise day and clock */
char *bitket_format_moment (gint64 time_us, gint64 now_us);
/** bitket_format_duration: "less than a minute", "12 minutes", "3 hours", "2 days" */
char *bitket_format_duration (gint64 duration_us);

G_END_DECLS
