/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "bitket-card.h"
#include "bitket-core-error.h"

static const struct
{
  guint8 uid[7];
  gsize uid_len;
  const char *number;
  const char *reversed;
} uid_cases[] = {
  { { 0x01, 0x02, 0x03, 0x04 }, 4, "16909060", "67305985" },
  { { 0xff, 0xff, 0xff, 0xff }, 4, "4294967295", "4294967295" },
  { { 0x12, 0x34, 0x56, 0x08 }, 4, "305419784", "139867154" },
  { { 0x00, 0x00, 0x00, 0x05 }, 4, "5", "83886080" },
  { { 0x00, 0x00, 0x00, 0x00 }, 4, "0", "0" },
  { { 0x04, 0xa1, 0xb2, 0xc3, 0xd4, 0xe5, 0xf6 }, 7, "1303689068602870", "" },
  { { 0x08, 0xa1, 0xb2, 0xc3, 0xd4, 0xe5, 0xf6 }, 7, "2429588975445494", "" },
  { { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, 7, "72057594037927935", "" },
};

static void
test_from_uid (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (uid_cases); i++)
    {
      g_autoptr (GError) error = NULL;
      BitketCard card;

      bitket_card_from_uid (uid_cases[i].uid, uid_cases[i].uid_len, &card, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (card.number, ==, uid_cases[i].number);
      g_assert_cmpstr (card.reversed, ==, uid_cases[i].reversed);
    }
}

static void
test_from_uid_random (void)
{
  static const guint8 uid[4] = { 0x08, 0x11, 0x22, 0x33 };
  g_autoptr (GError) error = NULL;
  BitketCard card = { .number = "untouched" };

  g_assert_false (bitket_card_from_uid (uid, sizeof uid, &card, &error));
  g_assert_error (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_CHOICE);
  g_assert_cmpstr (card.number, ==, "untouched");
}

static void
test_from_uid_length (void)
{
  static const guint8 uid[11] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 };

  for (gsize len = 0; len <= sizeof uid; len++)
    {
      g_autoptr (GError) error = NULL;
      BitketCard card;

      if (len == 4 || len == 7)
        continue;
      g_assert_false (bitket_card_from_uid (uid, len, &card, &error));
      g_assert_error (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_LIMIT);
    }
  g_assert_false (bitket_card_from_uid (NULL, 0, &(BitketCard) { "", "" }, NULL));
}

static const struct
{
  const char *text;
  const char *number;
  const char *reversed;
} good_cases[] = {
  { "16909060", "16909060", "67305985" },
  { "0016909060", "16909060", "67305985" },
  { "00000000000000000000000000016909060", "16909060", "67305985" },
  { "12345", "12345", "959447040" },
  { "4294967295", "4294967295", "4294967295" },
  { "4294967296", "4294967296", "" },
  { "1303689068602870", "1303689068602870", "" },
  { "72057594037927935", "72057594037927935", "" },
};

static void
test_parse_good (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (good_cases); i++)
    {
      g_autoptr (GError) error = NULL;
      BitketCard card;

      bitket_card_parse (good_cases[i].text, -1, &card, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (card.number, ==, good_cases[i].number);
      g_assert_cmpstr (card.reversed, ==, good_cases[i].reversed);
    }
}

static const struct
{
  const char *text;
  int code;
} bad_cases[] = {
  { "", BITKET_CORE_ERROR_LIMIT },
  { "0", BITKET_CORE_ERROR_LIMIT },
  { "0000000000", BITKET_CORE_ERROR_LIMIT },
  { "1234", BITKET_CORE_ERROR_LIMIT },
  { "0000001234", BITKET_CORE_ERROR_LIMIT },
  { "72057594037927936", BITKET_CORE_ERROR_LIMIT },
  { "720575940379279350", BITKET_CORE_ERROR_LIMIT },
  { "18446744073709551616", BITKET_CORE_ERROR_LIMIT },
  { "184467440737095516160000000000000000012345", BITKET_CORE_ERROR_LIMIT },
  { "12345a", BITKET_CORE_ERROR_SYNTAX },
  { "12 345", BITKET_CORE_ERROR_SYNTAX },
  { "-12345", BITKET_CORE_ERROR_SYNTAX },
  { "+12345", BITKET_CORE_ERROR_SYNTAX },
  { "12345\n", BITKET_CORE_ERROR_SYNTAX },
  { "12345.0", BITKET_CORE_ERROR_SYNTAX },
  { "\xd9\xa1\xd9\xa2\xd9\xa3\xd9\xa4\xd9\xa5", BITKET_CORE_ERROR_SYNTAX },
};

static void
test_parse_bad (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_cases); i++)
    {
      g_autoptr (GError) error = NULL;
      BitketCard card = { .number = "untouched" };

      g_test_message ("%s", bad_cases[i].text);
      g_assert_false (bitket_card_parse (bad_cases[i].text, -1, &card, &error));
      g_assert_error (error, BITKET_CORE_ERROR, bad_cases[i].code);
      g_assert_null (strstr (error->message, "12345"));
      g_assert_cmpstr (card.number, ==, "untouched");
    }
}

static void
test_parse_len (void)
{
  g_autoptr (GError) error = NULL;
  BitketCard card;

  bitket_card_parse ("12345678", 5, &card, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (card.number, ==, "12345");
  g_assert_false (bitket_card_parse ("123\0"
                                     "45",
                                     6, &card, &error));
  g_assert_error (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_SYNTAX);
}

/* A reader that types what is printed on the card, in either byte order, finds the card that a
 * card reader reads. */
static void
test_orders_meet (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (8);

  for (int i = 0; i < 5000; i++)
    {
      guint8 uid[4];
      BitketCard read, typed, swapped;

      for (gsize j = 0; j < sizeof uid; j++)
        uid[j] = (guint8) g_rand_int_range (rand, 16, 256);
      g_assert_true (bitket_card_from_uid (uid, sizeof uid, &read, NULL));
      g_assert_true (bitket_card_parse (read.number, -1, &typed, NULL));
      g_assert_true (bitket_card_parse (read.reversed, -1, &swapped, NULL));
      g_assert_cmpstr (typed.number, ==, read.number);
      g_assert_cmpstr (typed.reversed, ==, read.reversed);
      g_assert_cmpstr (swapped.number, ==, read.reversed);
      g_assert_cmpstr (swapped.reversed, ==, read.number);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/card/from-uid", test_from_uid);
  g_test_add_func ("/core/card/from-uid-random", test_from_uid_random);
  g_test_add_func ("/core/card/from-uid-length", test_from_uid_length);
  g_test_add_func ("/core/card/parse-good", test_parse_good);
  g_test_add_func ("/core/card/parse-bad", test_parse_bad);
  g_test_add_func ("/core/card/parse-len", test_parse_len);
  g_test_add_func ("/core/card/orders-meet", test_orders_meet);
  return g_test_run ();
}
