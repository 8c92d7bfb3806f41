/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "bitket-scan.h"
#include "fuzz.h"

static void
check_scan (const BitketScan *scan, BitketScanSource source)
{
  switch (scan->kind)
    {
    case BITKET_SCAN_KIND_TICKET:
      g_assert_true (source != BITKET_SCAN_SOURCE_CARD);
      g_assert_true (bitket_id_is_valid (scan->ticket.ownership));
      g_assert_true (bitket_ticket_code_is_code (scan->ticket.code));
      g_assert_cmpstr (scan->card.number, ==, "");
      break;
    case BITKET_SCAN_KIND_CODE:
      g_assert_true (source == BITKET_SCAN_SOURCE_LINE);
      g_assert_true (bitket_ticket_code_is_code (scan->ticket.code));
      g_assert_cmpstr (scan->ticket.ownership, ==, "");
      break;
    case BITKET_SCAN_KIND_CARD:
      g_assert_true (source != BITKET_SCAN_SOURCE_CAMERA);
      g_assert_cmpuint (strlen (scan->card.number), >=, 5);
      g_assert_true (scan->card.number[0] != '0');
      g_assert_cmpstr (scan->ticket.code, ==, "");
      break;
    case BITKET_SCAN_KIND_TEXT:
      g_assert_true (source == BITKET_SCAN_SOURCE_LINE);
      g_assert_cmpstr (scan->card.number, ==, "");
      break;
    case BITKET_SCAN_KIND_UNREADABLE:
      g_assert_cmpstr (scan->ticket.ownership, ==, "");
      g_assert_cmpstr (scan->ticket.code, ==, "");
      g_assert_cmpstr (scan->card.number, ==, "");
      break;
    case BITKET_SCAN_KIND_NONE:
      g_assert_not_reached ();
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize len)
{
  static const BitketScanSource sources[] = { BITKET_SCAN_SOURCE_CAMERA, BITKET_SCAN_SOURCE_LINE,
                                              BITKET_SCAN_SOURCE_CARD };

  for (gsize i = 0; i < G_N_ELEMENTS (sources); i++)
    {
      BitketScan scan;

      memset (&scan, 0xa5, sizeof scan);
      bitket_scan_parse ((const char *) data, len, sources[i], &scan);
      check_scan (&scan, sources[i]);
    }
  return 0;
}
