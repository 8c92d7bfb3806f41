/* SPDX-License-Identifier: MIT */
#include "bitket-entry.h"
#include "fuzz.h"

/* The feed as a door takes it: whatever is accepted is written again as it was understood. */

static void
check_event (JsonNode *node)
{
  g_auto (BitketJsonReader) reader = { NULL, NULL };
  g_autoptr (BitketFeedEvent) event = NULL;
  g_autoptr (GError) error = NULL;

  if (!bitket_json_reader_init (&reader, node, NULL, NULL))
    return;
  event = bitket_feed_event_from_reader (&reader, &error);
  if (event != NULL)
    {
      g_autoptr (JsonNode) written = bitket_feed_event_to_json (event);
      g_auto (BitketJsonReader) again = { NULL, NULL };
      g_autoptr (BitketFeedEvent) read_again = NULL;

      g_assert_true (bitket_json_reader_init (&again, written, NULL, NULL));
      read_again = bitket_feed_event_from_reader (&again, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (read_again->id, ==, event->id);
    }
  else
    g_assert_nonnull (error);
}

static void
check_ticket (JsonNode *node)
{
  g_auto (BitketJsonReader) reader = { NULL, NULL }, again = { NULL, NULL };
  g_autoptr (JsonNode) written = NULL;
  g_autoptr (GError) error = NULL;
  BitketFeedTicket ticket, read_again;

  if (!bitket_json_reader_init (&reader, node, NULL, NULL))
    return;
  if (!bitket_feed_ticket_from_reader (&reader, &ticket, &error))
    {
      g_assert_nonnull (error);
      return;
    }
  written = bitket_feed_ticket_to_json (&ticket);
  g_assert_true (bitket_json_reader_init (&again, written, NULL, NULL));
  bitket_feed_ticket_from_reader (&again, &read_again, &error);
  g_assert_no_error (error);
  g_assert_cmpint (read_again.state, ==, ticket.state);
  g_assert_cmpint (read_again.utilized_us, ==, ticket.utilized_us);
  g_assert_cmpstr (read_again.name, ==, ticket.name);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize len)
{
  g_autoptr (JsonNode) node = bitket_json_parse ((const char *) data, (gssize) len, NULL);

  if (node == NULL)
    return -1;
  check_event (node);
  check_ticket (node);
  return 0;
}
