/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

#include "door-fixture.h"

#include <sodium.h>
#include <string.h>

#include "bitket-db.h"
#include "bitket-door-keys.h"
#include "bitket-test-support.h"
#include "bitket-time.h"

#define NOW "2026-12-12T19:00:00Z"

static void
set_id (char id[BITKET_ID_SIZE])
{
  g_autofree char *text = g_uuid_string_random ();

  g_strlcpy (id, text, BITKET_ID_SIZE);
}

static void
make_keys (guint8 sign_key[BITKET_SIGN_KEY_LEN], BitketFeedEvent *event)
{
  guint8 public_key[BITKET_VERIFY_KEY_LEN];

  crypto_sign_keypair (public_key, sign_key);
  if (event != NULL)
    g_ptr_array_add (event->verify_keys, g_bytes_new (public_key, sizeof public_key));
}

static BitketFeedEvent *
make_event (const char *name, guint8 sign_key[BITKET_SIGN_KEY_LEN])
{
  BitketFeedEvent *event = bitket_feed_event_new ();
  char id[BITKET_ID_SIZE];

  set_id (event->id);
  event->name = g_strdup (name);
  make_keys (sign_key, event);
  set_id (id);
  bitket_feed_event_add_type (event, id, "Member");
  set_id (id);
  bitket_feed_event_add_type (event, id, "Guest");
  return event;
}

static void
write_key_file (Fixture *fixture)
{
  g_autofree char *door_key = bitket_door_key_to_hex (&fixture->door_key);
  BitketDoorSecrets secrets = {
    .seal_key = fixture->seal_key,
    .has_seal_key = TRUE,
    .token = (char *) "token-of-the-door",
    .door_key = door_key,
    .event = fixture->event->id,
    .name = (char *) FIXTURE_DOOR,
  };
  g_autoptr (GError) error = NULL;

  bitket_door_secrets_store (&secrets, fixture->state_dir, fixture->key_file, NULL, &error);
  g_assert_no_error (error);
}

Fixture *
fixture_new (void)
{
  Fixture *fixture = g_new0 (Fixture, 1);

  g_assert_cmpint (sodium_init (), >=, 0);
  fixture->dir = bitket_test_new_dir ();
  fixture->state_dir = g_build_filename (fixture->dir, "state", NULL);
  fixture->key_file = g_build_filename (fixture->dir, "keys.json", NULL);
  fixture->event = make_event ("Luciafesten", fixture->sign_key);
  fixture->other = make_event ("Vårbalen", fixture->other_sign_key);
  fixture->event->other_events =
      g_ptr_array_new_with_free_func ((GDestroyNotify) bitket_feed_event_free);
  g_ptr_array_add (fixture->event->other_events, fixture->other);
  make_keys (fixture->foreign_sign_key, NULL);
  randombytes_buf (fixture->door_key.key, sizeof fixture->door_key.key);
  bitket_seal_key_generate (&fixture->seal_key);
  g_assert_true (bitket_time_parse (NOW, &fixture->now_us, NULL));
  fixture->clock = bitket_clock_new_fixed (fixture->now_us);
  fixture->tickets = g_array_new (FALSE, FALSE, sizeof (FixtureTicket));
  write_key_file (fixture);
  return fixture;
}

void
fixture_free (Fixture *fixture)
{
  fixture_close (fixture);
  bitket_test_dir_free (fixture->dir);
  g_free (fixture->state_dir);
  g_free (fixture->key_file);
  bitket_feed_event_free (fixture->event);
  g_object_unref (fixture->clock);
  g_array_unref (fixture->tickets);
  g_free (fixture);
}

FixtureTicket
fixture_make (Fixture *fixture, const char *name)
{
  FixtureTicket ticket = { .name = name, .state = BITKET_TICKET_STATE_VALID };
  guint32 code = g_random_int_range (0, 0x1000000);

  set_id (ticket.ownership);
  g_snprintf (ticket.code, sizeof ticket.code, "%06x", code);
  /* Digits alone would be a card's number as well. */
  ticket.code[0] = "abcdef"[code % 6];
  return ticket;
}

FixtureTicket *
fixture_add (Fixture *fixture, BitketTicketState state, const char *name)
{
  FixtureTicket ticket = fixture_make (fixture, name);

  ticket.state = state;
  g_array_append_val (fixture->tickets, ticket);
  return &g_array_index (fixture->tickets, FixtureTicket, fixture->tickets->len - 1);
}

static const char *
get_type_id (const BitketFeedEvent *event, guint type)
{
  const BitketFeedTicketType *found = g_ptr_array_index (event->ticket_types, type);

  return found->id;
}

char *
fixture_qr (Fixture *fixture, const FixtureTicket *ticket, QrKind kind)
{
  BitketTicketCode code = { 0 };
  const BitketFeedEvent *event = kind == QR_OTHER_EVENT ? fixture->other : fixture->event;
  const guint8 *key = kind == QR_OTHER_EVENT ? fixture->other_sign_key
                      : kind == QR_FOREIGN   ? fixture->foreign_sign_key
                                             : fixture->sign_key;

  g_strlcpy (code.ownership, ticket->ownership, sizeof code.ownership);
  g_strlcpy (code.code, ticket->code, sizeof code.code);
  if (kind != QR_UNSIGNED)
    bitket_ticket_code_sign (&code, event->id, get_type_id (event, ticket->type), key);
  if (kind == QR_BROKEN)
    code.signature[17] ^= 1;
  return bitket_ticket_code_format (&code);
}

static JsonArray *
make_array (const char *element)
{
  JsonArray *array = json_array_new ();

  if (element != NULL)
    json_array_add_string_element (array, element);
  return array;
}

JsonNode *
fixture_ticket_json (Fixture *fixture, const FixtureTicket *ticket)
{
  g_autoptr (JsonArray) cards = NULL;
  g_autoptr (JsonArray) choices = make_array (ticket->choice);
  char card_hash[BITKET_KEY_HASH_SIZE];
  BitketFeedTicket row = {
    .state = ticket->state,
    .utilized_us = ticket->utilized_us,
    .utilized_by_door = ticket->utilized_by,
    .name = ticket->name,
    .email = ticket->email,
    .liu_id = ticket->liu_id,
  };

  g_strlcpy (row.ownership, ticket->ownership, sizeof row.ownership);
  g_strlcpy (row.ticket, ticket->ownership, sizeof row.ticket);
  g_strlcpy (row.ticket_type, get_type_id (fixture->event, ticket->type), sizeof row.ticket_type);
  bitket_key_hash_code (&fixture->door_key, ticket->ownership, ticket->code, row.code_hash);
  if (ticket->card != NULL)
    bitket_key_hash_text (&fixture->door_key, ticket->card, card_hash);
  cards = make_array (ticket->card == NULL ? NULL : card_hash);
  row.card_hashes = cards;
  row.choices = choices;
  return bitket_feed_ticket_to_json (&row);
}

GBytes *
fixture_page (Fixture *fixture, const FixtureTicket *tickets, guint n_tickets)
{
  JsonObject *object = json_object_new ();
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  g_autofree char *cursor = g_strdup_printf ("cursor-%u", ++fixture->n_cursors);
  JsonArray *array = json_array_new ();
  char *text;

  json_node_take_object (node, object);
  json_object_set_string_member (object, "cursor", cursor);
  json_object_set_boolean_member (object, "has_more", FALSE);
  json_object_set_member (object, "event", bitket_feed_event_to_json (fixture->event));
  for (guint i = 0; i < n_tickets; i++)
    json_array_add_element (array, fixture_ticket_json (fixture, &tickets[i]));
  json_object_set_array_member (object, "tickets", array);
  text = bitket_json_to_string (node);
  return g_bytes_new_take (text, strlen (text));
}

void
fixture_feed (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketDoorStore) store = bitket_door_store_open (
      fixture->state_dir, &fixture->seal_key, BITKET_DOOR_STORE_DEFAULT, &error);
  g_autoptr (BitketDoorJudge) judge = NULL;
  g_autoptr (GBytes) page = fixture_page (
      fixture, (FixtureTicket *) (gpointer) fixture->tickets->data, fixture->tickets->len);
  gboolean has_more;
  guint n_tickets;

  g_assert_no_error (error);
  judge = bitket_door_judge_new (store, &fixture->door_key, FIXTURE_DOOR);
  bitket_door_put_page (judge, page, g_get_monotonic_time (), &n_tickets, &has_more, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (n_tickets, ==, fixture->tickets->len);
}

static GAsyncResult *
wait_for (GAsyncResult **result)
{
  bitket_test_wait_for_pointer ((gpointer *) result);
  return *result;
}

#define KEEP ((GAsyncReadyCallback) (void (*) (void)) bitket_test_keep_result)

void
fixture_open (Fixture *fixture, const char *service_url, BitketDoorFlags flags)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  const BitketDoorConfig config = {
    .service_url = service_url,
    .state_dir = fixture->state_dir,
    .key_file = fixture->key_file,
    .flags = service_url == NULL ? BITKET_DOOR_OFFLINE : flags,
    .clock = fixture->clock,
  };

  g_assert_null (fixture->door);
  bitket_door_open_async (&config, NULL, KEEP, &result);
  fixture->door = bitket_door_open_finish (wait_for (&result), &error);
  g_assert_no_error (error);
}

void
fixture_close (Fixture *fixture)
{
  g_autoptr (GAsyncResult) result = NULL;

  if (fixture->door == NULL)
    return;
  bitket_door_close_async (fixture->door, KEEP, &result);
  g_assert_true (bitket_door_close_finish (fixture->door, wait_for (&result), NULL));
  g_clear_object (&result);
  g_assert_finalize_object (g_steal_pointer (&fixture->door));
}

BitketOutcome *
fixture_scan_bytes (Fixture *fixture, gconstpointer data, gsize len, BitketScanSource source)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = g_bytes_new (data, len);
  BitketOutcome *outcome;

  bitket_door_scan_async (fixture->door, bytes, source, NULL, KEEP, &result);
  outcome = bitket_door_scan_finish (fixture->door, wait_for (&result), &error);
  g_assert_no_error (error);
  return outcome;
}

BitketOutcome *
fixture_scan (Fixture *fixture, const char *text)
{
  return fixture_scan_bytes (fixture, text, strlen (text), BITKET_SCAN_SOURCE_LINE);
}

BitketOutcome *
fixture_undo (Fixture *fixture, const char *scan_id, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  bitket_door_undo_async (fixture->door, scan_id, NULL, KEEP, &result);
  return bitket_door_undo_finish (fixture->door, wait_for (&result), error);
}

BitketOutcome *
fixture_admit (Fixture *fixture, const char *ownership, const char *forced, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  bitket_door_admit_async (fixture->door, ownership, forced, NULL, KEEP, &result);
  return bitket_door_admit_finish (fixture->door, wait_for (&result), error);
}

GPtrArray *
fixture_search (Fixture *fixture, const char *query)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  GPtrArray *hits;

  bitket_door_search_async (fixture->door, query, 20, NULL, KEEP, &result);
  hits = bitket_door_search_finish (fixture->door, wait_for (&result), &error);
  g_assert_no_error (error);
  return hits;
}

gboolean
fixture_sync (Fixture *fixture, BitketDoorSyncReport *report, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  bitket_door_sync_async (fixture->door, NULL, KEEP, &result);
  return bitket_door_sync_finish (fixture->door, wait_for (&result), report, error);
}

void
fixture_move_clock (Fixture *fixture, gint64 seconds)
{
  fixture->now_us += seconds * BITKET_TIME_SECOND_US;
  bitket_clock_set (fixture->clock, fixture->now_us);
}

guint
fixture_get_uint (Fixture *fixture, const char *property)
{
  guint value;

  g_object_get (fixture->door, property, &value, NULL);
  return value;
}

gint64
fixture_sql (Fixture *fixture, const char *sql)
{
  g_autofree char *uri = g_strdup_printf ("sqlite:%s/door.db", fixture->state_dir);
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketDb) db = bitket_db_open (uri, BITKET_DB_OPEN_EXISTING, &error);
  g_autoptr (BitketStatement) statement = NULL;

  g_assert_no_error (error);
  statement = bitket_db_prepare (db, sql, &error);
  g_assert_no_error (error);
  g_assert_true (bitket_statement_step (statement, &error));
  return bitket_statement_get_int64 (statement, 0);
}
