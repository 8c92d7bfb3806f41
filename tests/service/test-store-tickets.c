/* SPDX-License-Identifier: MIT */
#include "store-fixture.h"

#include <string.h>

/* Tickets made and changed by hand, their signed codes, and the feed that tells the doors. */

static void
test_keys (StoreFixture *fixture)
{
  g_auto (SmallEvent) event = { "" };
  g_autoptr (GPtrArray) keys = NULL;
  g_autoptr (GPtrArray) again = NULL;
  g_autoptr (GError) error = NULL;
  BitketDoorKey door_key, same_key;

  store_test_begin (fixture->db);
  small_event_make (&event, fixture->db);
  keys = bitket_store_event_keys (fixture->db, event.event, &error);
  g_assert_no_error (error);
  again = bitket_store_event_keys (fixture->db, event.event, &error);
  g_assert_cmpuint (keys->len, ==, 1);
  g_assert_cmpuint (again->len, ==, 1);
  g_assert_cmpmem (keys->pdata[0], sizeof (BitketEventKey), again->pdata[0],
                   sizeof (BitketEventKey));

  g_assert_true (bitket_store_door_key (fixture->db, event.event, &door_key, &error));
  g_assert_true (bitket_store_door_key (fixture->db, event.event, &same_key, &error));
  g_assert_cmpmem (&door_key, sizeof door_key, &same_key, sizeof same_key);
  store_test_commit (fixture->db);

  store_test_begin (fixture->db);
  g_assert_null (bitket_store_event_keys (fixture->db, "no-event", &error));
  g_assert_error (error, BITKET_DB_ERROR, BITKET_DB_ERROR_CONSTRAINT);
  bitket_db_rollback (fixture->db);
}

/* A newer key signs, the older one goes on verifying. */
static void
test_two_keys (StoreFixture *fixture)
{
  g_auto (SmallEvent) event = { "" };
  g_autoptr (GPtrArray) keys = NULL;
  g_autoptr (BitketStatement) insert = NULL;
  g_autoptr (GError) error = NULL;
  const guint8 seed[32] = { 7 };
  char ownership[BITKET_ID_SIZE];
  BitketTicketCode code;

  store_test_begin (fixture->db);
  small_event_make (&event, fixture->db);
  small_event_add_ticket (&event, fixture->db, ownership);
  insert = bitket_db_prepare (fixture->db,
                              "INSERT INTO event_keys (id, event, sign_seed, verify_key, created)"
                              " VALUES ('newer', $1, $2, $2, 9000000000000000)",
                              &error);
  g_assert_no_error (error);
  bitket_statement_bind_text (insert, 1, event.event);
  bitket_statement_bind_blob (insert, 2, seed, sizeof seed);
  g_assert_true (bitket_statement_run (insert, &error));
  keys = bitket_store_event_keys (fixture->db, event.event, &error);
  g_assert_cmpuint (keys->len, ==, 2);
  g_assert_cmpmem (((BitketEventKey *) keys->pdata[0])->sign_key, 32, seed, 32);
  g_assert_true (bitket_store_ticket_code (fixture->db, ownership, &code, &error));
  g_assert_true (bitket_ticket_code_verify (&code, event.event, event.dinner,
                                            ((BitketEventKey *) keys->pdata[0])->verify_key));
  g_assert_false (bitket_ticket_code_verify (&code, event.event, event.dinner,
                                             ((BitketEventKey *) keys->pdata[1])->verify_key));
  store_test_commit (fixture->db);
}

static void
test_add_ticket (StoreFixture *fixture)
{
  g_auto (SmallEvent) event = { "" };
  g_autoptr (BitketRecord) ownership = NULL;
  g_autoptr (BitketRecord) ticket = NULL;
  g_autoptr (GPtrArray) keys = NULL;
  g_autoptr (GError) error = NULL;
  char id[BITKET_ID_SIZE];
  BitketTicketCode code;

  store_test_begin (fixture->db);
  small_event_make (&event, fixture->db);
  small_event_add_ticket (&event, fixture->db, id);
  store_test_commit (fixture->db);

  ownership = bitket_store_get (fixture->db, &bitket_ticket_ownership_schema, id, &error);
  g_assert_no_error (error);
  g_assert_true (bitket_ticket_code_is_code (bitket_record_get_text (ownership, "code")));
  g_assert_cmpstr (bitket_record_get_text (ownership, "user"), ==, event.user);
  g_assert_cmpstr (bitket_record_get_references (ownership, "modifiers")[0], ==, event.modifier);
  g_assert_true (bitket_record_is_null (ownership, "superseded"));
  ticket = bitket_store_get (fixture->db, &bitket_ticket_schema,
                             bitket_record_get_text (ownership, "ticket"), &error);
  g_assert_cmpuint (
      g_strv_length ((char **) bitket_record_get_references (ticket, "variation_choices")), ==, 2);

  g_assert_true (bitket_store_ticket_code (fixture->db, id, &code, &error));
  keys = bitket_store_event_keys (fixture->db, event.event, &error);
  g_assert_cmpstr (code.ownership, ==, id);
  g_assert_true (code.has_signature);
  g_assert_true (bitket_ticket_code_verify (&code, event.event, event.dinner,
                                            ((BitketEventKey *) keys->pdata[0])->verify_key));
  g_assert_false (bitket_ticket_code_verify (&code, event.event, event.party,
                                             ((BitketEventKey *) keys->pdata[0])->verify_key));
}

static void
test_reissue (StoreFixture *fixture)
{
  g_auto (SmallEvent) event = { "" };
  g_autoptr (GError) error = NULL;
  char id[BITKET_ID_SIZE];
  BitketTicketCode before, after;

  store_test_begin (fixture->db);
  small_event_make (&event, fixture->db);
  small_event_add_ticket (&event, fixture->db, id);
  g_assert_true (bitket_store_ticket_code (fixture->db, id, &before, &error));
  g_assert_true (bitket_store_reissue (fixture->db, id, &error));
  g_assert_no_error (error);
  g_assert_true (bitket_store_ticket_code (fixture->db, id, &after, &error));
  g_assert_cmpstr (before.code, !=, after.code);
  g_assert_cmpint (store_test_get_int (fixture->db, "SELECT seq FROM feed"), ==, 2);
  g_assert_false (bitket_store_reissue (fixture->db, "nothing", &error));
  g_assert_error (error, BITKET_STORE_ERROR, BITKET_STORE_ERROR_NOT_FOUND);
  store_test_commit (fixture->db);
}

static void
test_transfer (StoreFixture *fixture)
{
  g_auto (SmallEvent) event = { "" };
  g_autoptr (BitketRecord) old = NULL;
  g_autoptr (BitketRecord) new = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *buyer = NULL;
  char id[BITKET_ID_SIZE], new_id[BITKET_ID_SIZE];

  store_test_begin (fixture->db);
  small_event_make (&event, fixture->db);
  small_event_add_ticket (&event, fixture->db, id);
  buyer = bitket_store_add_user (fixture->db, "bo@example.com", "Bo", NULL, &error);
  /* A clock that goes wrong must not make the old one the latest. */
  g_assert_true (bitket_store_transfer (fixture->db, id, buyer, 5, new_id, &error));
  g_assert_no_error (error);
  old = bitket_store_get (fixture->db, &bitket_ticket_ownership_schema, id, &error);
  new = bitket_store_get (fixture->db, &bitket_ticket_ownership_schema, new_id, &error);
  g_assert_cmpint (bitket_record_get_int64 (old, "superseded"), ==, 5);
  g_assert_true (bitket_record_is_null (new, "superseded"));
  g_assert_cmpstr (bitket_record_get_text (new, "user"), ==, buyer);
  g_assert_cmpstr (bitket_record_get_text (new, "ticket"), ==,
                   bitket_record_get_text (old, "ticket"));
  g_assert_cmpstr (bitket_record_get_references (new, "modifiers")[0], ==, event.modifier);
  g_assert_cmpint (bitket_record_get_int64 (new, "created"), >,
                   bitket_record_get_int64 (old, "created"));
  /* Both stand in the feed anew. */
  g_assert_cmpint (store_test_get_int (fixture->db, "SELECT min(seq) FROM feed"), ==, 2);
  g_assert_cmpint (store_test_get_int (fixture->db, "SELECT max(seq) FROM feed"), ==, 3);

  g_assert_false (bitket_store_transfer (fixture->db, id, buyer, 6, new_id, &error));
  g_assert_error (error, BITKET_STORE_ERROR, BITKET_STORE_ERROR_NOT_CURRENT);
  g_clear_error (&error);
  g_assert_false (bitket_store_reissue (fixture->db, id, &error));
  g_assert_error (error, BITKET_STORE_ERROR, BITKET_STORE_ERROR_NOT_CURRENT);
  store_test_commit (fixture->db);
}

static void
test_refund (StoreFixture *fixture)
{
  g_auto (SmallEvent) event = { "" };
  g_autoptr (GError) error = NULL;
  char id[BITKET_ID_SIZE], new_id[BITKET_ID_SIZE];

  store_test_begin (fixture->db);
  small_event_make (&event, fixture->db);
  small_event_add_ticket (&event, fixture->db, id);
  g_assert_true (bitket_store_refund (fixture->db, id, 77, &error));
  g_assert_cmpint (store_test_get_int (fixture->db, "SELECT refunded FROM tickets"), ==, 77);
  g_assert_cmpint (store_test_get_int (fixture->db, "SELECT seq FROM feed"), ==, 2);
  g_assert_false (bitket_store_refund (fixture->db, id, 78, &error));
  g_assert_error (error, BITKET_STORE_ERROR, BITKET_STORE_ERROR_REFUNDED);
  g_clear_error (&error);
  g_assert_false (bitket_store_transfer (fixture->db, id, event.user, 79, new_id, &error));
  g_assert_error (error, BITKET_STORE_ERROR, BITKET_STORE_ERROR_REFUNDED);
  g_assert_cmpint (store_test_get_int (fixture->db, "SELECT refunded FROM tickets"), ==, 77);
  store_test_commit (fixture->db);
}

static void
test_feed (StoreFixture *fixture)
{
  g_auto (SmallEvent) event = { "" };
  g_autoptr (GError) error = NULL;
  g_autofree char *last = NULL;
  char ids[3][BITKET_ID_SIZE];

  store_test_begin (fixture->db);
  small_event_make (&event, fixture->db);
  for (int i = 0; i < 3; i++)
    small_event_add_ticket (&event, fixture->db, ids[i]);
  g_assert_cmpint (store_test_get_int (fixture->db, "SELECT count(*) FROM feed"), ==, 3);
  g_assert_cmpint (store_test_get_int (fixture->db, "SELECT seq FROM feed_counters"), ==, 3);
  g_assert_true (bitket_store_touch_ownership (fixture->db, ids[0], &error));
  store_test_commit (fixture->db);
  g_assert_cmpint (store_test_get_int (fixture->db, "SELECT count(*) FROM feed"), ==, 3);
  last = store_test_dup_text (fixture->db, "SELECT ownership FROM feed ORDER BY seq DESC LIMIT 1");
  g_assert_cmpstr (last, ==, ids[0]);

  /* What is rolled back leaves no gap. */
  store_test_begin (fixture->db);
  g_assert_true (bitket_store_touch_ownership (fixture->db, ids[1], &error));
  bitket_db_rollback (fixture->db);
  store_test_begin (fixture->db);
  g_assert_true (bitket_store_touch_ownership (fixture->db, ids[2], &error));
  store_test_commit (fixture->db);
  g_assert_cmpint (store_test_get_int (fixture->db, "SELECT max(seq) FROM feed"), ==, 5);

  g_assert_false (bitket_store_touch_ownership (fixture->db, "nothing", &error));
  g_assert_error (error, BITKET_STORE_ERROR, BITKET_STORE_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_false (bitket_store_touch_ticket (fixture->db, "nothing", &error));
  g_assert_error (error, BITKET_STORE_ERROR, BITKET_STORE_ERROR_NOT_FOUND);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  store_test_add ("/tickets/keys", test_keys);
  store_test_add ("/tickets/two-keys", test_two_keys);
  store_test_add ("/tickets/add", test_add_ticket);
  store_test_add ("/tickets/reissue", test_reissue);
  store_test_add ("/tickets/transfer", test_transfer);
  store_test_add ("/tickets/refund", test_refund);
  store_test_add ("/tickets/feed", test_feed);
  return g_test_run ();
}
