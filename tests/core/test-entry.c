/* SPDX-License-Identifier: MIT */
#include "bitket-core-error.h"
#include "bitket-entry.h"

#define EVENT_ID       "643ab7d6-1200-5ad3-8aa7-403fb35ead99"
#define OTHER_EVENT_ID "a9b689fa-d4be-508b-b3ff-2ec1ccfe31c0"
#define OWNERSHIP_ID   "88a87ad6-32b5-5458-a4a5-f8cd227b10de"
#define TICKET_ID      "59de0324-0b9a-5e83-be84-4ae8fbe2e341"
#define TYPE_ID        "04f6f349-8821-58a1-a44c-917fa1b7e1c1"
#define SCAN_ID        "6c0c9f5e-5f0c-4c2e-9b51-0a7b7a8f0c11"
#define HASH           "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static JsonNode *
parse (const char *json)
{
  g_autoptr (GError) error = NULL;
  JsonNode *node = bitket_json_parse (json, -1, &error);

  g_assert_no_error (error);
  return node;
}

static void
test_event (void)
{
  g_autoptr (BitketFeedEvent) event = bitket_feed_event_new ();
  g_autoptr (BitketFeedEvent) again = NULL;
  BitketFeedEvent *other = bitket_feed_event_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = NULL, node_again = NULL;
  g_auto (BitketJsonReader) reader = { NULL, NULL };
  guint8 key[BITKET_VERIFY_KEY_LEN];

  for (gsize i = 0; i < sizeof key; i++)
    key[i] = (guint8) i;
  g_strlcpy (event->id, EVENT_ID, sizeof event->id);
  event->name = g_strdup ("Luciafesten 2026 å");
  event->ends_us = G_GINT64_CONSTANT (1512847800123456);
  g_ptr_array_add (event->verify_keys, g_bytes_new (key, sizeof key));
  bitket_feed_event_add_type (event, TYPE_ID, "Banquet");
  g_strlcpy (other->id, OTHER_EVENT_ID, sizeof other->id);
  other->name = g_strdup ("SOF");
  event->other_events = g_ptr_array_new_with_free_func ((GDestroyNotify) bitket_feed_event_free);
  g_ptr_array_add (event->other_events, other);

  node = bitket_feed_event_to_json (event);
  g_assert_true (bitket_json_reader_init (&reader, node, NULL, &error));
  again = bitket_feed_event_from_reader (&reader, &error);
  g_assert_no_error (error);
  node_again = bitket_feed_event_to_json (again);
  g_assert_true (json_node_equal (node, node_again));
  g_assert_cmpint (again->ends_us, ==, event->ends_us);
  g_assert_cmpint (again->starts_us, ==, 0);
  g_assert_cmpmem (g_bytes_get_data (again->verify_keys->pdata[0], NULL), sizeof key, key,
                   sizeof key);
  g_assert_cmpuint (again->other_events->len, ==, 1);
}

static const char ticket_json[] =
    "{\"ownership\":\"" OWNERSHIP_ID "\",\"ticket\":\"" TICKET_ID "\",\"ticket_type\":\"" TYPE_ID
    "\",\"code_hash\":\"" HASH "\",\"state\":\"utilized\","
    "\"utilized\":\"2017-12-09T19:30:00Z\",\"utilized_by_door\":\"Main door\","
    "\"holder\":{\"name\":\"Åsa\",\"email\":\"a@b.se\",\"nin_hash\":null,\"liu_id\":\"asaas123\"},"
    "\"card_hashes\":[\"" HASH "\"],\"choices\":[\"Cider\",\"Veg\"]}";

static void
test_ticket (void)
{
  g_autoptr (JsonNode) node = parse (ticket_json);
  g_autoptr (JsonNode) again = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (BitketJsonReader) reader = { NULL, NULL };
  g_autofree char *json = NULL;
  BitketFeedTicket ticket;

  g_assert_true (bitket_json_reader_init (&reader, node, NULL, &error));
  g_assert_true (bitket_feed_ticket_from_reader (&reader, &ticket, &error));
  g_assert_no_error (error);
  g_assert_cmpint (ticket.state, ==, BITKET_TICKET_STATE_UTILIZED);
  g_assert_cmpstr (ticket.name, ==, "Åsa");
  g_assert_null (ticket.nin_hash);
  again = bitket_feed_ticket_to_json (&ticket);
  json = bitket_json_to_string (again);
  g_assert_cmpstr (json, ==, ticket_json);
}

static void
test_entry (void)
{
  g_auto (BitketEntry) entry = { 0 }, again = { 0 };
  g_auto (BitketJsonReader) reader = { NULL, NULL };
  g_autoptr (JsonNode) node = NULL, node_again = NULL;
  g_autoptr (GError) error = NULL;

  g_strlcpy (entry.id, SCAN_ID, sizeof entry.id);
  g_strlcpy (entry.ownership, OWNERSHIP_ID, sizeof entry.ownership);
  g_strlcpy (entry.code, "a1b2c3", sizeof entry.code);
  entry.has_signature = TRUE;
  for (gsize i = 0; i < sizeof entry.signature; i++)
    entry.signature[i] = (guint8) (255 - i);
  entry.at_us = G_GINT64_CONSTANT (1512847800000001);
  entry.source = BITKET_SCAN_SOURCE_CAMERA;
  entry.is_offline = TRUE;
  entry.verdict = BITKET_VERDICT_ADMIT;
  entry.reason = BITKET_REASON_VALID;
  entry.forced = g_strdup ("the singer");
  node = bitket_entry_to_json (&entry);
  g_assert_true (bitket_json_reader_init (&reader, node, NULL, &error));
  g_assert_true (bitket_entry_from_reader (&reader, &again, &error));
  g_assert_no_error (error);
  g_assert_cmpmem (again.signature, sizeof again.signature, entry.signature,
                   sizeof entry.signature);
  node_again = bitket_entry_to_json (&again);
  g_assert_true (json_node_equal (node, node_again));
}

static void
test_bad_entries (void)
{
#define BASE  "\"id\":\"" SCAN_ID "\",\"at\":\"2017-12-09T19:30:00Z\",\"source\":\"camera\""
#define OWNER ",\"ownership\":\"" OWNERSHIP_ID "\""
  static const struct
  {
    const char *json;
    int code; /* 0: accepted */
  } cases[] = {
    { "{" BASE OWNER "}", 0 },
    { "{" BASE OWNER ",\"code\":\"A1B2C3\"}", 0 },
    { "{" BASE OWNER ",\"code\":null,\"forced\":null,\"more\":[1]}", 0 },
    { "{" BASE ",\"verdict\":\"refuse\",\"reason\":\"unreadable\"}", 0 },
    { "{" BASE "}", BITKET_CORE_ERROR_MISSING },
    { "{" BASE ",\"verdict\":\"admit\",\"reason\":\"valid\"}", BITKET_CORE_ERROR_MISSING },
    { "{" BASE OWNER ",\"code\":\"a1b2c\"}", BITKET_CORE_ERROR_SYNTAX },
    { "{" BASE OWNER ",\"code\":123456}", BITKET_CORE_ERROR_KIND },
    { "{" BASE OWNER ",\"offline\":\"yes\"}", BITKET_CORE_ERROR_KIND },
    { "{" BASE OWNER ",\"verdict\":\"admit\"}", BITKET_CORE_ERROR_MISSING },
    { "{" BASE OWNER ",\"verdict\":\"maybe\",\"reason\":\"valid\"}", BITKET_CORE_ERROR_CHOICE },
    { "{" BASE OWNER ",\"verdict\":\"admit\",\"reason\":\"x\"}", BITKET_CORE_ERROR_CHOICE },
    { "{" BASE OWNER ",\"annuls\":\"x\"}", BITKET_CORE_ERROR_SYNTAX },
    { "{\"at\":\"2017-12-09T19:30:00Z\",\"source\":\"camera\"" OWNER "}",
      BITKET_CORE_ERROR_MISSING },
    { "{\"id\":\"" SCAN_ID "\",\"source\":\"camera\"" OWNER "}", BITKET_CORE_ERROR_MISSING },
    { "{\"id\":\"" SCAN_ID "\",\"at\":\"1970-01-01T00:00:00Z\",\"source\":\"camera\"" OWNER "}",
      BITKET_CORE_ERROR_LIMIT },
    { "{\"id\":\"" SCAN_ID "\",\"at\":5,\"source\":\"camera\"" OWNER "}", BITKET_CORE_ERROR_KIND },
    { "{\"id\":\"" SCAN_ID "\",\"at\":\"2017-12-09T19:30:00Z\",\"source\":\"nose\"" OWNER "}",
      BITKET_CORE_ERROR_CHOICE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (JsonNode) node = parse (cases[i].json);
      g_auto (BitketJsonReader) reader = { NULL, NULL };
      g_auto (BitketEntry) entry = { 0 };
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", cases[i].json);
      g_assert_true (bitket_json_reader_init (&reader, node, "entries[7]", &error));
      if (bitket_entry_from_reader (&reader, &entry, &error))
        g_assert_cmpint (cases[i].code, ==, 0);
      else
        {
          g_assert_error (error, BITKET_CORE_ERROR, cases[i].code);
          g_assert_true (g_str_has_prefix (error->message, "entries[7]."));
        }
    }
}

static void
test_results (void)
{
  static const struct
  {
    const char *result;
    BitketEntryResultKind kind; /* NONE: refused as a document */
    BitketReason reason;
  } cases[] = {
    { "admitted", BITKET_ENTRY_RESULT_ADMITTED, BITKET_REASON_VALID },
    { "annulled", BITKET_ENTRY_RESULT_ANNULLED, BITKET_REASON_NONE },
    { "logged", BITKET_ENTRY_RESULT_LOGGED, BITKET_REASON_NONE },
    { "already_admitted", BITKET_ENTRY_RESULT_REFUSED, BITKET_REASON_ALREADY_ADMITTED },
    { "wrong_event", BITKET_ENTRY_RESULT_REFUSED, BITKET_REASON_WRONG_EVENT },
    { "valid", BITKET_ENTRY_RESULT_NONE, BITKET_REASON_NONE },
    { "none", BITKET_ENTRY_RESULT_NONE, BITKET_REASON_NONE },
    { "same_scan", BITKET_ENTRY_RESULT_NONE, BITKET_REASON_NONE },
    { "", BITKET_ENTRY_RESULT_NONE, BITKET_REASON_NONE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *json = g_strdup_printf (
          "{\"id\":\"" SCAN_ID "\",\"result\":\"%s\",\"utilized\":null,\"utilized_by_door\":null}",
          cases[i].result);
      g_autoptr (JsonNode) node = parse (json);
      g_autoptr (JsonNode) again = NULL;
      g_auto (BitketJsonReader) reader = { NULL, NULL };
      g_auto (BitketEntryResult) result = { 0 };
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", cases[i].result);
      g_assert_true (bitket_json_reader_init (&reader, node, NULL, &error));
      if (!bitket_entry_result_from_reader (&reader, &result, &error))
        {
          g_assert_cmpint (cases[i].kind, ==, BITKET_ENTRY_RESULT_NONE);
          g_assert_error (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_CHOICE);
          continue;
        }
      g_assert_cmpint (result.kind, ==, cases[i].kind);
      g_assert_cmpint (result.reason, ==, cases[i].reason);
      again = bitket_entry_result_to_json (&result);
      g_assert_true (json_node_equal (node, again));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/feed/event", test_event);
  g_test_add_func ("/core/feed/ticket", test_ticket);
  g_test_add_func ("/core/entry/round-trip", test_entry);
  g_test_add_func ("/core/entry/bad", test_bad_entries);
  g_test_add_func ("/core/entry/results", test_results);
  return g_test_run ();
}
