/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "bitket-scan.h"

#define ID    "88a87ad6-32b5-5458-a4a5-f8cd227b10de"
#define PLAIN "{\"id\": \"" ID "\", \"code\": \"a1b2c3\"}"

#define TICKET     BITKET_SCAN_KIND_TICKET
#define CODE       BITKET_SCAN_KIND_CODE
#define CARD       BITKET_SCAN_KIND_CARD
#define TEXT       BITKET_SCAN_KIND_TEXT
#define UNREADABLE BITKET_SCAN_KIND_UNREADABLE

/* The same bytes from a camera, from a line, from a card reader. */
static const struct
{
  const char *text;
  BitketScanKind camera, line, card;
} cases[] = {
  /* tickets */
  { PLAIN, TICKET, TICKET, UNREADABLE },
  { "  " PLAIN "\r\n", TICKET, TICKET, UNREADABLE },
  { "{\"code\":\"A1B2C3\",\"x\":[1],\"id\":\"88A87AD6-32B5-5458-A4A5-F8CD227B10DE\"}", TICKET,
    TICKET, UNREADABLE },
  { "{\"id\": \"" ID "\", \"code\": \"a1b2c3\", \"sig\": \"x\"}", TICKET, TICKET, UNREADABLE },

  /* damaged tickets */
  { "{", UNREADABLE, UNREADABLE, UNREADABLE },
  { "{}", UNREADABLE, UNREADABLE, UNREADABLE },
  { "{\"id\": \"" ID "\", \"code\": \"a1b2c\"}", UNREADABLE, UNREADABLE, UNREADABLE },
  { PLAIN PLAIN, UNREADABLE, UNREADABLE, UNREADABLE },
  { "[" PLAIN "]", UNREADABLE, UNREADABLE, UNREADABLE },

  /* ticket codes */
  { "a1b2c3", UNREADABLE, CODE, UNREADABLE },
  { "A1B2C3\n", UNREADABLE, CODE, UNREADABLE },
  { "\ta1b2c3 ", UNREADABLE, CODE, UNREADABLE },
  { "123456", UNREADABLE, CODE, CARD },
  { "000123", UNREADABLE, CODE, UNREADABLE },

  /* cards */
  { "12345", UNREADABLE, CARD, CARD },
  { "1234567", UNREADABLE, CARD, CARD },
  { "0016909060", UNREADABLE, CARD, CARD },
  { "1303689068602870\r", UNREADABLE, CARD, CARD },
  { "72057594037927935", UNREADABLE, CARD, CARD },
  { "123456789012", UNREADABLE, CARD, CARD },

  /* a right personal number that could be a card's number, and one that no card can have */
  { "1212121212", UNREADABLE, CARD, CARD },
  { "0101010106", UNREADABLE, CARD, CARD },
  { "9011290799", UNREADABLE, TEXT, CARD },
  { "199011290799", UNREADABLE, TEXT, CARD },

  /* what a person types */
  { "901129-0799", UNREADABLE, TEXT, UNREADABLE },
  { "19901129-0799", UNREADABLE, TEXT, UNREADABLE },
  { "astli042", UNREADABLE, TEXT, UNREADABLE },
  { "Bostr\xc3\xb6m", UNREADABLE, TEXT, UNREADABLE },
  { "bo", UNREADABLE, TEXT, UNREADABLE },
  { "1234", UNREADABLE, TEXT, UNREADABLE },
  { "a1b2c", UNREADABLE, TEXT, UNREADABLE },
  { "a1b2c3d", UNREADABLE, TEXT, UNREADABLE },
  { "a1b 2c3", UNREADABLE, TEXT, UNREADABLE },
  { "bobbo123@student.liu.se", UNREADABLE, TEXT, UNREADABLE },
  { "Andersson, Alice", UNREADABLE, TEXT, UNREADABLE },
  { "rad: 5", UNREADABLE, TEXT, UNREADABLE },
  { "73786976294838206464", UNREADABLE, TEXT, UNREADABLE },

  /* not ours */
  { "", UNREADABLE, UNREADABLE, UNREADABLE },
  { " \r\n", UNREADABLE, UNREADABLE, UNREADABLE },
  { "https://bitket.example/tickets/" ID "/", UNREADABLE, UNREADABLE, UNREADABLE },
  { "HTTP://EXAMPLE.COM", UNREADABLE, UNREADABLE, UNREADABLE },
  { "www.liu.se", UNREADABLE, UNREADABLE, UNREADABLE },
  { "WIFI:T:WPA;S:x;P:y;;", UNREADABLE, UNREADABLE, UNREADABLE },
  { "mailto:a@example.com", UNREADABLE, UNREADABLE, UNREADABLE },
  { "BEGIN:VCARD\nFN:A\nEND:VCARD", UNREADABLE, UNREADABLE, UNREADABLE },
  { "a\tb", UNREADABLE, UNREADABLE, UNREADABLE },
  { "a\x1b[2J", UNREADABLE, UNREADABLE, UNREADABLE },
  { "a\x7f", UNREADABLE, UNREADABLE, UNREADABLE },
  { "a\xc2\x9b", UNREADABLE, UNREADABLE, UNREADABLE },
  { "a\xff", UNREADABLE, UNREADABLE, UNREADABLE },
  { "a\xc3", UNREADABLE, UNREADABLE, UNREADABLE },
  { "\xf0\x9f\x8e\x9f\xf0\x9f\x98\x80", UNREADABLE, UNREADABLE, UNREADABLE },
  { "-- ?!", UNREADABLE, UNREADABLE, UNREADABLE },
};

static BitketScanKind
parse_kind (const char *bytes, gsize len, BitketScanSource source)
{
  BitketScan scan;

  bitket_scan_parse (bytes, len, source, &scan);
  return scan.kind;
}

static void
test_kinds (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const char *text = cases[i].text;
      gsize len = strlen (text);

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      g_assert_cmpint (parse_kind (text, len, BITKET_SCAN_SOURCE_CAMERA), ==, cases[i].camera);
      g_assert_cmpint (parse_kind (text, len, BITKET_SCAN_SOURCE_LINE), ==, cases[i].line);
      g_assert_cmpint (parse_kind (text, len, BITKET_SCAN_SOURCE_HAND), ==, cases[i].line);
      g_assert_cmpint (parse_kind (text, len, BITKET_SCAN_SOURCE_CARD), ==, cases[i].card);
    }
}

static void
test_contents (void)
{
  BitketScan scan;

  bitket_scan_parse (PLAIN, strlen (PLAIN), BITKET_SCAN_SOURCE_CAMERA, &scan);
  g_assert_cmpstr (scan.ticket.ownership, ==, ID);
  g_assert_cmpstr (scan.ticket.code, ==, "a1b2c3");
  g_assert_cmpstr (scan.card.number, ==, "");

  bitket_scan_parse ("A1B2C3", 6, BITKET_SCAN_SOURCE_LINE, &scan);
  g_assert_cmpstr (scan.ticket.ownership, ==, "");
  g_assert_cmpstr (scan.ticket.code, ==, "a1b2c3");
  g_assert_cmpstr (scan.card.number, ==, "");

  bitket_scan_parse ("123456", 6, BITKET_SCAN_SOURCE_LINE, &scan);
  g_assert_cmpstr (scan.ticket.code, ==, "123456");
  g_assert_cmpstr (scan.card.number, ==, "123456");
  g_assert_cmpstr (scan.card.reversed, ==, "1088553216");

  bitket_scan_parse ("000123", 6, BITKET_SCAN_SOURCE_LINE, &scan);
  g_assert_cmpstr (scan.ticket.code, ==, "000123");
  g_assert_cmpstr (scan.card.number, ==, "");

  bitket_scan_parse ("0016909060\r\n", 12, BITKET_SCAN_SOURCE_LINE, &scan);
  g_assert_cmpstr (scan.ticket.code, ==, "");
  g_assert_cmpstr (scan.card.number, ==, "16909060");
  g_assert_cmpstr (scan.card.reversed, ==, "67305985");
}

/* Nothing of a damaged scan is left for somebody to take for an answer. */
static void
test_unreadable_is_empty (void)
{
  static const BitketScan empty = { .kind = BITKET_SCAN_KIND_UNREADABLE };
  static const char text[] = "{\"id\": \"" ID "\", \"code\": \"a1b2c3\", \"code\": 1}";
  BitketScan scan;

  bitket_scan_parse (text, strlen (text), BITKET_SCAN_SOURCE_CAMERA, &scan);
  g_assert_cmpmem (&scan, sizeof scan, &empty, sizeof empty);
}

static void
test_long_and_nul (void)
{
  g_autofree char *longest = g_strnfill (256, 'a');
  g_autofree char *too_long = g_strnfill (257, 'a');
  g_autofree char *four_kib = g_strnfill (4096, '{');
  g_autofree char *digits = g_strnfill (4096, '7');
  char nul_ticket[] = PLAIN;

  g_assert_cmpint (parse_kind (longest, 256, BITKET_SCAN_SOURCE_LINE), ==, TEXT);
  g_assert_cmpint (parse_kind (too_long, 257, BITKET_SCAN_SOURCE_LINE), ==, UNREADABLE);
  g_assert_cmpint (parse_kind (four_kib, 4096, BITKET_SCAN_SOURCE_LINE), ==, UNREADABLE);
  g_assert_cmpint (parse_kind (digits, 4096, BITKET_SCAN_SOURCE_CARD), ==, UNREADABLE);
  g_assert_cmpint (parse_kind ("\0", 1, BITKET_SCAN_SOURCE_LINE), ==, UNREADABLE);
  g_assert_cmpint (parse_kind ("a\0b", 3, BITKET_SCAN_SOURCE_LINE), ==, UNREADABLE);
  g_assert_cmpint (parse_kind ("12345\0", 6, BITKET_SCAN_SOURCE_LINE), ==, UNREADABLE);
  g_assert_cmpint (parse_kind ("12345\0", 6, BITKET_SCAN_SOURCE_CARD), ==, UNREADABLE);
  g_assert_cmpint (parse_kind (NULL, 0, BITKET_SCAN_SOURCE_LINE), ==, UNREADABLE);
  nul_ticket[30] = '\0';
  g_assert_cmpint (parse_kind (nul_ticket, 64, BITKET_SCAN_SOURCE_CAMERA), ==, UNREADABLE);
}

static void
test_source_names (void)
{
  static const char *const names[] = { "none", "camera", "line", "card", "hand" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_assert_cmpstr (bitket_scan_source_to_string ((BitketScanSource) i), ==, names[i]);
      g_assert_cmpint (bitket_scan_source_from_string (names[i]), ==, i);
    }
  g_assert_cmpint (bitket_scan_source_from_string ("Camera"), ==, BITKET_SCAN_SOURCE_NONE);
  g_assert_cmpint (bitket_scan_source_from_string (""), ==, BITKET_SCAN_SOURCE_NONE);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/scan/kinds", test_kinds);
  g_test_add_func ("/core/scan/contents", test_contents);
  g_test_add_func ("/core/scan/unreadable-is-empty", test_unreadable_is_empty);
  g_test_add_func ("/core/scan/long-and-nul", test_long_and_nul);
  g_test_add_func ("/core/scan/source-names", test_source_names);
  return g_test_run ();
}
