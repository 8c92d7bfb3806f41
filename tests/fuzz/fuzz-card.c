/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "bitket-card.h"
#include "bitket-core-error.h"
#include "fuzz.h"

static void
check_uid (const guint8 *data, gsize len)
{
  g_autoptr (GError) error = NULL;
  BitketCard card, again;

  if (!bitket_card_from_uid (data, len, &card, &error))
    {
      g_assert_true (error->domain == BITKET_CORE_ERROR);
      return;
    }
  g_assert_true (len == 4 || len == 7);
  g_assert_true ((card.reversed[0] != '\0') == (len == 4));
  if (strlen (card.number) >= 5)
    {
      g_assert_true (bitket_card_parse (card.number, -1, &again, NULL));
      g_assert_cmpstr (again.number, ==, card.number);
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize len)
{
  g_autoptr (GError) error = NULL;
  BitketCard card, again;

  check_uid (data, len);
  if (!bitket_card_parse ((const char *) data, (gssize) len, &card, &error))
    {
      g_assert_true (error->domain == BITKET_CORE_ERROR);
      return 0;
    }
  bitket_card_parse (card.number, -1, &again, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (again.number, ==, card.number);
  g_assert_cmpstr (again.reversed, ==, card.reversed);
  return 0;
}
