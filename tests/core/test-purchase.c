/* SPDX-License-Identifier: MIT */
#include "bitket-purchase.h"

/* Which tickets can be had, and what the buyer is told about the others. */

#define NOW G_GINT64_CONSTANT (1000)

typedef enum
{
  PUBLISHED = 1 << 0,
  EVENT = 1 << 1,
  GENERAL = 1 << 2,
  LINK = 1 << 3,
  SPENT_LINK = 1 << 4,
  CONFLICT = 1 << 5,
  ON_SALE = PUBLISHED | EVENT | GENERAL,
} Facts;

static void
test_check (void)
{
  const struct
  {
    const char *name;
    Facts facts;
    gint64 open_us, close_us;
    gint64 max_total, n_sold;
    gint64 max_personal, n_personal;
    BitketRefusal refusal;
  } cases[] = {
    { "on sale", ON_SALE, 0, 0, -1, 0, -1, 0, BITKET_REFUSAL_NONE },
    { "hidden event", PUBLISHED | GENERAL, 0, 0, -1, 0, -1, 0, BITKET_REFUSAL_UNAVAILABLE },
    { "hidden type", EVENT | GENERAL, 0, 0, -1, 0, -1, 0, BITKET_REFUSAL_UNAVAILABLE },
    { "not yet", ON_SALE, NOW + 1, 0, -1, 0, -1, 0, BITKET_REFUSAL_UNAVAILABLE },
    { "just opened", ON_SALE, NOW, 0, -1, 0, -1, 0, BITKET_REFUSAL_NONE },
    { "last moment", ON_SALE, 0, NOW + 1, -1, 0, -1, 0, BITKET_REFUSAL_NONE },
    { "just closed", ON_SALE, 0, NOW, -1, 0, -1, 0, BITKET_REFUSAL_UNAVAILABLE },
    { "no link", PUBLISHED | EVENT, 0, 0, -1, 0, -1, 0, BITKET_REFUSAL_UNAVAILABLE },
    { "link", PUBLISHED | EVENT | LINK, 0, 0, -1, 0, -1, 0, BITKET_REFUSAL_NONE },
    { "link, too late", PUBLISHED | EVENT | LINK, 0, NOW, -1, 0, -1, 0,
      BITKET_REFUSAL_UNAVAILABLE },
    { "spent link", PUBLISHED | EVENT | SPENT_LINK, 0, 0, -1, 0, -1, 0,
      BITKET_REFUSAL_ACCESS_CODE_UTILIZED },
    { "spent link, hidden", EVENT | SPENT_LINK, 0, 0, -1, 0, -1, 0, BITKET_REFUSAL_UNAVAILABLE },
    { "spent link, on sale", ON_SALE | SPENT_LINK, 0, 0, -1, 0, -1, 0, BITKET_REFUSAL_NONE },
    { "conflict", ON_SALE | CONFLICT, 0, 0, -1, 0, -1, 0, BITKET_REFUSAL_CONFLICTING },
    { "none for anybody", ON_SALE, 0, 0, 0, 0, -1, 0, BITKET_REFUSAL_SOLD_OUT },
    { "one left", ON_SALE, 0, 0, 3, 2, -1, 0, BITKET_REFUSAL_NONE },
    { "sold out", ON_SALE, 0, 0, 3, 3, -1, 0, BITKET_REFUSAL_SOLD_OUT },
    { "oversold", ON_SALE, 0, 0, 3, 4, -1, 0, BITKET_REFUSAL_SOLD_OUT },
    { "no limit", ON_SALE, 0, 0, -1, G_MAXINT64, -1, 0, BITKET_REFUSAL_NONE },
    { "one more each", ON_SALE, 0, 0, -1, 0, 2, 1, BITKET_REFUSAL_NONE },
    { "enough each", ON_SALE, 0, 0, -1, 0, 2, 2, BITKET_REFUSAL_PERSONAL_LIMIT },
    { "none each", ON_SALE, 0, 0, -1, 0, 0, 0, BITKET_REFUSAL_PERSONAL_LIMIT },
    { "no limit each", ON_SALE, 0, 0, -1, 0, -1, G_MAXINT64, BITKET_REFUSAL_NONE },
    /* The order of the original: each is told before the next. */
    { "closed first", PUBLISHED | EVENT | CONFLICT, 0, 0, 0, 0, 0, 0, BITKET_REFUSAL_UNAVAILABLE },
    { "link before conflict", PUBLISHED | EVENT | SPENT_LINK | CONFLICT, 0, 0, 0, 0, 0, 0,
      BITKET_REFUSAL_ACCESS_CODE_UTILIZED },
    { "conflict before sold out", ON_SALE | CONFLICT, 0, 0, 0, 0, 0, 0,
      BITKET_REFUSAL_CONFLICTING },
    { "sold out before each", ON_SALE, 0, 0, 0, 0, 0, 0, BITKET_REFUSAL_SOLD_OUT },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const BitketPurchaseFacts facts = {
        .availability = {
          .is_event_published = (cases[i].facts & EVENT) != 0,
          .is_published = (cases[i].facts & PUBLISHED) != 0,
          .is_generally_available = (cases[i].facts & GENERAL) != 0,
          .has_access_code = (cases[i].facts & LINK) != 0,
          .sales_open_us = cases[i].open_us,
          .sales_close_us = cases[i].close_us,
          .max_total = -1,
        },
        .has_spent_access_code = (cases[i].facts & SPENT_LINK) != 0,
        .has_conflict = (cases[i].facts & CONFLICT) != 0,
        .max_total = cases[i].max_total,
        .n_sold = cases[i].n_sold,
        .max_personal = cases[i].max_personal,
        .n_personal = cases[i].n_personal,
      };

      g_test_message ("%s", cases[i].name);
      g_assert_cmpint (bitket_purchase_check (&facts, NOW), ==, cases[i].refusal);
    }
}

/* Letter by letter what the original says; the last two codes of ours stand beside it. */
static void
test_texts (void)
{
  const struct
  {
    BitketRefusal refusal;
    const char *code;
    const char *text;
  } cases[] = {
    { BITKET_REFUSAL_UNAVAILABLE, "ticket_type_unavailable",
      "The ticket type 'A 'b' %s' is not available for purchase." },
    { BITKET_REFUSAL_ACCESS_CODE_UTILIZED, "access_code_utilized",
      "The access code is already utilized." },
    { BITKET_REFUSAL_CONFLICTING, "ticket_type_conflicting",
      "The ticket type conflicts with another ticket of yours." },
    { BITKET_REFUSAL_SOLD_OUT, "ticket_type_max_total_quantity_exceeded",
      "There are no tickets of the type 'A 'b' %s' left." },
    { BITKET_REFUSAL_PERSONAL_LIMIT, "ticket_type_max_personal_quantity_exceeded",
      "You have reached your personal limit for the ticket type 'A 'b' %s'." },
    { BITKET_REFUSAL_CHOICE_SOLD_OUT, "variation_choice_max_total_quantity_exceeded",
      "There are no tickets with the choice 'A 'b' %s' left." },
    { BITKET_REFUSAL_QUEUE_POSITION, "bad_queue_position",
      "You didn't get a good enough queue position to get the ticket 'A 'b' %s'." },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = bitket_refusal_format (cases[i].refusal, "A 'b' %s");

      g_assert_cmpstr (text, ==, cases[i].text);
      g_assert_cmpstr (bitket_refusal_to_code (cases[i].refusal), ==, cases[i].code);
      g_assert_cmpint (bitket_refusal_from_code (cases[i].code), ==, cases[i].refusal);
    }
  g_assert_null (bitket_refusal_to_code (BITKET_REFUSAL_NONE));
  g_assert_cmpint (bitket_refusal_from_code (NULL), ==, BITKET_REFUSAL_NONE);
  g_assert_cmpint (bitket_refusal_from_code (""), ==, BITKET_REFUSAL_NONE);
  g_assert_cmpint (bitket_refusal_from_code ("Ticket_type_unavailable"), ==, BITKET_REFUSAL_NONE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/purchase/check", test_check);
  g_test_add_func ("/core/purchase/texts", test_texts);
  return g_test_run ();
}
