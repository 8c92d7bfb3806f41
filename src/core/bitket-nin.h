/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Swedish personal identity numbers, 12 digits "YYYYMMDDXXXX" inside.
 * Sources: Skatteverket SKV 704 (personnummer), SKV 707 (samordningsnummer: day + 60). Interim
 * numbers (T, R, S, U, W, X, J, K, L, M, N in place of the first digit of the last four; LiU and
 * Ladok give them to exchange students) have no check digit that all offices agree on, so only
 * their shape is checked. */

typedef enum
{
  BITKET_NIN_KIND_NONE,
  BITKET_NIN_KIND_PERSONAL,
  BITKET_NIN_KIND_COORDINATION,
  BITKET_NIN_KIND_INTERIM,
} BitketNinKind;

#define BITKET_NIN_LEN  12
#define BITKET_NIN_SIZE (BITKET_NIN_LEN + 1)

/**
 * bitket_nin_parse:
 * @text: YYYYMMDD-XXXX, YYYYMMDDXXXX, YYMMDD-XXXX, YYMMDDXXXX, YYMMDD+XXXX (+: over 100 years)
 * @today_us: what the century of a ten-digit number is counted from
 * @nin: (out): 12 characters
 * @kind: (out) (optional): what kind of number it is
 *
 * Errors: LIMIT (more than 13 characters), SYNTAX (shape or date), CHECKSUM.
 */
gboolean bitket_nin_parse (const char *text,
                           gint64 today_us,
                           char nin[BITKET_NIN_SIZE],
                           BitketNinKind *kind,
                           GError **error);

G_END_DECLS
