/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A LiU card's number: its MIFARE UID (4 or 7 bytes) as a decimal number, without leading zeros. A
 * 7-byte UID needs up to 17 digits, so it fits a guint64. Readers differ in byte order. */

#define BITKET_CARD_SIZE 21

typedef struct
{
  char number[BITKET_CARD_SIZE];   /* decimal, most significant byte first */
  char reversed[BITKET_CARD_SIZE]; /* the other byte order; "" for 7-byte UIDs and typed numbers
                                      over 32 bits */
} BitketCard;

/** bitket_card_from_uid: @uid_len 4 or 7. A 4-byte UID that begins with 08 is random (ISO 14443-3):
 * CHOICE. */
gboolean bitket_card_from_uid (const guint8 *uid, gsize uid_len, BitketCard *card, GError **error);
/** bitket_card_parse: decimal digits as a typing reader sends them; leading zeros do not count; at
 * least 5 digits must remain and the value must fit 56 bits */
gboolean bitket_card_parse (const char *text, gssize len, BitketCard *card, GError **error);

G_END_DECLS
