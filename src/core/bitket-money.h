/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Money is gint64 öre. On the wire it is a decimal string with two places, "-50.00". */

/* Nine digits in total, two of them decimals, as the original's DecimalField has it. */
#define BITKET_MONEY_MAX_ORE G_GINT64_CONSTANT (999999999)

/**
 * bitket_money_parse:
 * @text: "120", "120.5", "-50.00"; no blanks, no exponent, no thousands separators, never the
 * locale's comma
 * @ore: (out): the amount
 *
 * Returns: %FALSE with SYNTAX ("A valid number is required.") or LIMIT (more than two decimals,
 * more than nine digits) in @error
 */
gboolean bitket_money_parse (const char *text, gint64 *ore, GError **error);
/** bitket_money_format: Returns: (transfer full): "120.00"; always two places */
char *bitket_money_format (gint64 ore);

G_END_DECLS
