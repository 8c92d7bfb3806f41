/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Time is gint64 microseconds since 1970-01-01T00:00:00Z. On the wire it is RFC 3339 in UTC with Z.
 */

#define BITKET_TIME_SECOND_US G_GINT64_CONSTANT (1000000)
#define BITKET_TIME_MINUTE_US (60 * BITKET_TIME_SECOND_US)
#define BITKET_TIME_HOUR_US   (60 * BITKET_TIME_MINUTE_US)
#define BITKET_TIME_DAY_US    (24 * BITKET_TIME_HOUR_US)

/**
 * bitket_time_parse:
 * @text: RFC 3339 with any offset, "2017-12-09T20:30:00.123456+01:00"; a leap second counts as the
 *   second before; digits past the microsecond are cut
 * @time_us: (out): µs UTC
 *
 * Errors: SYNTAX; LIMIT when the time in UTC lies outside the years 1 to 9999.
 */
gboolean bitket_time_parse (const char *text, gint64 *time_us, GError **error);
/** bitket_time_format: Returns: (transfer full): "2017-12-09T19:30:00.123456Z"; the microseconds
 * only when not zero. What lies outside the years 1 to 9999, as no parsed time does, gives the
 * nearest time inside. */
char *bitket_time_format (gint64 time_us);

G_END_DECLS
