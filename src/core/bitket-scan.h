/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include "bitket-card.h"
#include "bitket-ticket-code.h"

G_BEGIN_DECLS

/* Where a scan came from, and what it turned out to be. */

typedef enum
{
  BITKET_SCAN_SOURCE_NONE,
  BITKET_SCAN_SOURCE_CAMERA,
  BITKET_SCAN_SOURCE_LINE, /* a reader that types, or standard input */
  BITKET_SCAN_SOURCE_CARD, /* a card reader */
  BITKET_SCAN_SOURCE_HAND, /* somebody chose the ticket from a list */
} BitketScanSource;

typedef enum
{
  BITKET_SCAN_KIND_NONE,
  BITKET_SCAN_KIND_TICKET,     /* the QR's JSON */
  BITKET_SCAN_KIND_CODE,       /* six hex digits */
  BITKET_SCAN_KIND_CARD,       /* a card's number */
  BITKET_SCAN_KIND_TEXT,       /* a person typed something to search for: never admits */
  BITKET_SCAN_KIND_UNREADABLE, /* not ours */
} BitketScanKind;

typedef struct
{
  BitketScanKind kind;
  BitketTicketCode ticket; /* TICKET; for CODE only .code */
  BitketCard card;         /* CARD, and CODE when all six are digits (then .number is not "") */
} BitketScan;

/**
 * bitket_scan_parse:
 * @bytes: what was read, not trusted in any way
 * @source: a camera's text that is no ticket is UNREADABLE; a line's is TEXT unless it begins with
 * '{' or '[' (a damaged ticket), holds control characters, is not UTF-8, holds no letter or digit,
 * is longer than 256 bytes, or is a URL; a card reader's is a CARD or UNREADABLE
 *
 * Blanks and line ends around do not count. Digits that could be a card's number and a personal
 * number alike (ten of them, up to 4294967295) are a CARD.
 *
 * Never fails: what cannot be understood is UNREADABLE.
 */
void bitket_scan_parse (const char *bytes, gsize len, BitketScanSource source, BitketScan *scan);

const char *bitket_scan_source_to_string (BitketScanSource source);
BitketScanSource bitket_scan_source_from_string (const char *text);

G_END_DECLS
