/* SPDX-License-Identifier: MIT */
#include "bitket-entry.h"
#include "fuzz.h"

/* What doors send and what the service says to it. */

static void
check_entry (JsonNode *node)
{
  g_auto (BitketJsonReader) reader = { NULL, NULL }, again = { NULL, NULL };
  g_auto (BitketEntry) entry = { 0 }, read_again = { 0 };
  g_autoptr (JsonNode) written = NULL;
  g_autoptr (GError) error = NULL;

  if (!bitket_json_reader_init (&reader, node, "entries[0]", NULL))
    return;
  if (!bitket_entry_from_reader (&reader, &entry, &error))
    {
      g_assert_nonnull (error);
      return;
    }
  /* Whoever is let in is named. */
  g_assert_true (*entry.ownership != '\0' || entry.verdict == BITKET_VERDICT_REFUSE ||
                 entry.reason == BITKET_REASON_CHOOSE_TICKET ||
                 !bitket_reason_admits (entry.reason));
  written = bitket_entry_to_json (&entry);
  g_assert_true (bitket_json_reader_init (&again, written, NULL, NULL));
  bitket_entry_from_reader (&again, &read_again, &error);
  g_assert_no_error (error);
  g_assert_cmpint (read_again.at_us, ==, entry.at_us);
  g_assert_cmpstr (read_again.code, ==, entry.code);
  g_assert_cmpmem (&read_again.signature, sizeof read_again.signature, &entry.signature,
                   sizeof entry.signature);
}

static void
check_result (JsonNode *node)
{
  g_auto (BitketJsonReader) reader = { NULL, NULL }, again = { NULL, NULL };
  g_auto (BitketEntryResult) result = { 0 }, read_again = { 0 };
  g_autoptr (JsonNode) written = NULL;
  g_autoptr (GError) error = NULL;

  if (!bitket_json_reader_init (&reader, node, NULL, NULL))
    return;
  if (!bitket_entry_result_from_reader (&reader, &result, &error))
    {
      g_assert_nonnull (error);
      return;
    }
  written = bitket_entry_result_to_json (&result);
  g_assert_true (bitket_json_reader_init (&again, written, NULL, NULL));
  bitket_entry_result_from_reader (&again, &read_again, &error);
  g_assert_no_error (error);
  g_assert_cmpint (read_again.kind, ==, result.kind);
  g_assert_cmpint (read_again.reason, ==, result.reason);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize len)
{
  g_autoptr (JsonNode) node = bitket_json_parse ((const char *) data, (gssize) len, NULL);

  if (node == NULL)
    return -1;
  check_entry (node);
  check_result (node);
  return 0;
}
