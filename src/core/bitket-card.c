/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-core"

#include "bitket-card.h"

#include <string.h>

#include "bitket-core-error.h"

#define SHORT_UID_LEN 4
#define LONG_UID_LEN  7

/* ISO 14443-3: the first byte of a 4-byte UID that is drawn anew each time. */
#define RANDOM_UID_MARK 0x08

/* Shorter numbers are table numbers, years, slips of the finger. */
#define MIN_DIGITS 5
#define MAX_VALUE  ((G_GUINT64_CONSTANT (1) << (8 * LONG_UID_LEN)) - 1)

/* Card numbers are personal: no error of this file quotes one. */

static void
fill_card (BitketCard *card, guint64 value, gboolean has_reversed)
{
  g_snprintf (card->number, sizeof card->number, "%" G_GUINT64_FORMAT, value);
  if (has_reversed)
    g_snprintf (card->reversed, sizeof card->reversed, "%" G_GUINT32_FORMAT,
                GUINT32_SWAP_LE_BE ((guint32) value));
  else
    card->reversed[0] = '\0';
}

gboolean
bitket_card_from_uid (const guint8 *uid, gsize uid_len, BitketCard *card, GError **error)
{
  guint64 value = 0;

  g_return_val_if_fail (uid != NULL || uid_len == 0, FALSE);
  g_return_val_if_fail (card != NULL, FALSE);

  if (uid_len != SHORT_UID_LEN && uid_len != LONG_UID_LEN)
    {
      g_set_error (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_LIMIT,
                   "a card's UID has 4 or 7 bytes, not %" G_GSIZE_FORMAT, uid_len);
      return FALSE;
    }
  if (uid_len == SHORT_UID_LEN && uid[0] == RANDOM_UID_MARK)
    {
      g_set_error_literal (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_CHOICE,
                           "the card's UID is random and identifies nobody");
      return FALSE;
    }
  for (gsize i = 0; i < uid_len; i++)
    value = value << 8 | uid[i];
  fill_card (card, value, uid_len == SHORT_UID_LEN);
  return TRUE;
}

gboolean
bitket_card_parse (const char *text, gssize len, BitketCard *card, GError **error)
{
  gsize text_len, n_digits;
  guint64 value = 0;

  g_return_val_if_fail (text != NULL, FALSE);
  g_return_val_if_fail (card != NULL, FALSE);

  text_len = len < 0 ? strlen (text) : (gsize) len;
  for (; text_len > 0 && *text == '0'; text_len--)
    text++;
  for (n_digits = 0; n_digits < text_len; n_digits++)
    {
      if (!g_ascii_isdigit (text[n_digits]))
        {
          g_set_error_literal (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_SYNTAX,
                               "a card number has only decimal digits");
          return FALSE;
        }
      if (value <= MAX_VALUE)
        value = value * 10 + (guint64) (text[n_digits] - '0');
    }
  if (n_digits < MIN_DIGITS || value > MAX_VALUE)
    {
      g_set_error (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_LIMIT,
                   n_digits < MIN_DIGITS ? "a card number has at least %d digits"
                                         : "a card number has at most %d bytes",
                   n_digits < MIN_DIGITS ? MIN_DIGITS : LONG_UID_LEN);
      return FALSE;
    }
  fill_card (card, value, value <= G_MAXUINT32);
  return TRUE;
}
