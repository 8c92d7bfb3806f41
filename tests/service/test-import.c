/* SPDX-License-Identifier: MIT */
#include "store-fixture.h"

#include "bitket-dump.h"

#include <string.h>

/* Moving in from the original, and from one of ours to another. */

#define ORGANIZATION "f9f9859c-b89b-518f-9609-e91945a2fa8a"
#define ASA          "253487d0-1a33-543c-9257-558e8dc10bfd"
#define BO           "946afa8c-fb37-5f6d-b478-28998eba8d43"
#define TERMINAL     "643b4fd7-1917-58ea-89c5-11c59832dd1c"
#define PARTY        "357ad327-6789-5038-8f0a-330e170ef632"
#define DINNER       "02c8665a-e732-5a5b-8254-f6aae3a7043d"
#define O_NEW        "49cfe459-9c8e-5459-8e6a-1e668f9cb1ae"
#define O_OLD        "c17a61f3-b523-5890-ae3d-277f7e7a1cfe"
#define O_DINNER     "45a462c5-3a41-5720-b2fe-d914fb012439"
#define C_LINTEK     "f79653d6-e4db-5690-91fa-7930452b6086"
#define C_BARE       "b85e62fe-cc6a-533a-b851-7b611b0a0047"

static char *
find_fixture (void)
{
  return g_test_build_filename (G_TEST_DIST, "service", "data", "original-dump.json", NULL);
}

static BitketImportReport *
import_file (BitketDb *db, const char *path)
{
  g_autoptr (GError) error = NULL;
  BitketImportReport *report;

  store_test_begin (db);
  report = bitket_import_file (db, path, &error);
  g_assert_no_error (error);
  store_test_commit (db);
  return report;
}

/* Imports @json, which must fail, and leave nothing behind. */
static GError *
import_bad (StoreFixture *fixture, const char *json, gssize len)
{
  g_autofree char *path = g_build_filename (fixture->dir, "bad.json", NULL);
  GError *error = NULL;

  g_assert_true (g_file_set_contents (path, json, len, NULL));
  store_test_begin (fixture->db);
  g_assert_null (bitket_import_file (fixture->db, path, &error));
  bitket_db_rollback (fixture->db);
  g_assert_nonnull (error);
  return error;
}

static const BitketImportCount *
find_count (GPtrArray *counts, const char *model)
{
  for (guint i = 0; i < counts->len; i++)
    if (strcmp (((BitketImportCount *) counts->pdata[i])->model, model) == 0)
      return counts->pdata[i];
  g_assert_not_reached ();
}

static BitketRecord *
get (StoreFixture *fixture, const BitketSchema *schema, const char *id)
{
  g_autoptr (GError) error = NULL;
  BitketRecord *record = bitket_store_get (fixture->db, schema, id, &error);

  g_assert_no_error (error);
  g_assert_nonnull (record);
  return record;
}

static void
test_original (StoreFixture *fixture)
{
  g_autofree char *path = find_fixture ();
  g_autoptr (BitketImportReport) report = import_file (fixture->db, path);
  g_autoptr (BitketRecord) asa = get (fixture, &bitket_user_schema, ASA);
  g_autoptr (BitketRecord) bo = get (fixture, &bitket_user_schema, BO);
  g_autoptr (BitketRecord) dinner = get (fixture, &bitket_ticket_type_schema, DINNER);
  g_autoptr (BitketRecord) organization = get (fixture, &bitket_organization_schema, ORGANIZATION);
  g_autofree char *token = NULL;

  g_assert_cmpuint (find_count (report->counts, "bitket.ticketownership")->n_added, ==, 4);
  g_assert_cmpuint (find_count (report->counts, "bitket.transaction")->n_added, ==, 2);
  g_assert_cmpuint (report->skipped->len, ==, 4);
  g_assert_cmpuint (find_count (report->skipped, "admin.logentry")->n_read, ==, 1);

  g_assert_cmpstr (bitket_record_get_text (asa, "name"), ==, "Åsa Ö'Brien");
  g_assert_cmpstr (bitket_record_get_text (asa, "nin"), ==, "199011290799");
  g_assert_cmpstr (bitket_record_get_text (asa, "liu_id"), ==, "asaob123");
  g_assert_cmpint (bitket_record_get_int64 (asa, "last_login"), ==,
                   G_GINT64_CONSTANT (1510167600000000));
  g_assert_true (bitket_password_verify (bitket_record_get_text (asa, "password"), "Pässword ☃"));
  g_assert_cmpstr (bitket_record_get_text (bo, "name"), ==, "");
  g_assert_cmpstr (bitket_record_get_text (bo, "email"), ==, "Bo.Big@Example.com");
  g_assert_true (bitket_record_is_null (bo, "nin"));
  g_assert_false (bitket_record_get_boolean (bo, "is_active"));
  g_assert_cmpint (bitket_record_get_int64 (dinner, "price"), ==, 35000);
  g_assert_cmpint (bitket_record_get_int64 (dinner, "max_total_quantity"), ==, 100);
  g_assert_cmpstr (bitket_record_get_references (dinner, "conflicts_with")[0], ==, PARTY);
  g_assert_cmpstr (bitket_record_get_text (organization, "stripe_secret_key"), ==, "sk_fixture");
  token = bitket_store_ensure_token (fixture->db, TERMINAL, NULL);
  g_assert_cmpstr (token, ==, "00112233445566778899aabbccddeeff00112233");
}

/* What the original keeps in another shape than we do. */
static void
test_reshaped (StoreFixture *fixture)
{
  g_autofree char *path = find_fixture ();
  g_autoptr (BitketImportReport) report = import_file (fixture->db, path);
  g_autoptr (BitketRecord) lintek = get (fixture, &bitket_condition_schema, C_LINTEK);
  g_autoptr (BitketRecord) bare = get (fixture, &bitket_condition_schema, C_BARE);
  g_autoptr (BitketRecord) old = get (fixture, &bitket_ticket_ownership_schema, O_OLD);
  g_autoptr (BitketRecord) new = get (fixture, &bitket_ticket_ownership_schema, O_NEW);
  g_autoptr (BitketRecord) other = get (fixture, &bitket_ticket_ownership_schema, O_DINNER);
  g_autoptr (GPtrArray) payments = NULL;
  g_autoptr (GPtrArray) organizers = NULL;

  /* The condition and its subclass are one. */
  g_assert_cmpstr (bitket_record_get_text (lintek, "type"), ==, "student_union_member");
  g_assert_false (bitket_record_is_null (lintek, "student_union"));
  g_assert_cmpstr (bitket_record_get_text (bare, "type"), ==, "any_of");
  g_assert_cmpuint (report->notes->len, ==, 1);
  g_assert_nonnull (strstr (report->notes->pdata[0], C_BARE));

  /* The latest ownership of a ticket is the current one. */
  g_assert_true (bitket_record_is_null (new, "superseded"));
  g_assert_true (bitket_record_is_null (other, "superseded"));
  g_assert_cmpint (bitket_record_get_int64 (old, "superseded"), ==,
                   bitket_record_get_int64 (new, "created"));

  /* A number becomes an id, and the payment knows what it paid for. */
  payments =
      bitket_store_list (fixture->db, &bitket_transaction_schema, "ORDER BY t.number", NULL, NULL);
  g_assert_cmpuint (payments->len, ==, 2);
  g_assert_cmpint (bitket_record_get_int64 (payments->pdata[0], "number"), ==, 3);
  g_assert_cmpint (bitket_record_get_int64 (payments->pdata[0], "amount"), ==, 42550);
  g_assert_cmpstr (bitket_record_get_text (payments->pdata[0], "kind"), ==, "charge");
  g_assert_cmpstr (bitket_record_get_text (payments->pdata[0], "stripe_id"), ==, "ch_fixture_3");
  g_assert_cmpuint (g_strv_length ((char **) bitket_record_get_references (payments->pdata[0],
                                                                           "ticket_ownerships")),
                    ==, 2);

  organizers = bitket_store_list (fixture->db, &bitket_membership_schema, NULL, NULL, NULL);
  g_assert_cmpuint (organizers->len, ==, 1);
  g_assert_cmpstr (bitket_record_get_text (organizers->pdata[0], "email"), ==,
                   "asaob123@student.liu.se");
  g_assert_cmpstr (bitket_record_get_text (organizers->pdata[0], "role"), ==, "organizer");

  /* The doors hear of every ticket, oldest first. */
  g_assert_cmpint (store_test_get_int (fixture->db, "SELECT count(*) FROM feed"), ==, 4);
  g_assert_cmpint (store_test_get_int (fixture->db, "SELECT max(seq) FROM feed"), ==, 4);
}

static void
test_again (StoreFixture *fixture)
{
  g_autofree char *path = find_fixture ();
  g_autoptr (BitketImportReport) first = import_file (fixture->db, path);
  g_autoptr (BitketImportReport) second = NULL;
  g_autoptr (BitketRecord) asa = get (fixture, &bitket_user_schema, ASA);
  g_autoptr (BitketRecord) after = NULL;

  /* What happened here since then stays. */
  store_test_begin (fixture->db);
  bitket_record_set_text (asa, "name", "Åsa Nygift");
  g_assert_true (bitket_store_update (fixture->db, asa, NULL));
  store_test_commit (fixture->db);
  second = import_file (fixture->db, path);
  for (guint i = 0; i < second->counts->len; i++)
    {
      const BitketImportCount *count = second->counts->pdata[i];

      g_assert_cmpuint (count->n_added, ==, 0);
      if (strcmp (count->model, "bitket.studentunionmembercondition") != 0)
        g_assert_cmpuint (count->n_existing, ==, count->n_read);
    }
  after = get (fixture, &bitket_user_schema, ASA);
  g_assert_cmpstr (bitket_record_get_text (after, "name"), ==, "Åsa Nygift");
  g_assert_cmpint (store_test_get_int (fixture->db, "SELECT max(seq) FROM feed"), ==, 4);
  g_assert_cmpint (store_test_get_int (fixture->db, "SELECT count(*) FROM memberships"), ==, 1);
}

static char *
export_to (BitketDb *db, const char *dir, const char *name)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);
  g_autoptr (GError) error = NULL;

  bitket_db_begin (db, BITKET_DB_TRANSACTION_READ, &error);
  g_assert_no_error (error);
  bitket_export_file (db, path, NULL, &error);
  g_assert_no_error (error);
  bitket_db_rollback (db);
  return g_steal_pointer (&path);
}

/* A door, an entry, a card: what only we have. */
static void
add_our_rows (BitketDb *db)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *sql = g_strdup_printf (
      "INSERT INTO doors (id, event, name, token_hash, created, created_by, last_seen)"
      " SELECT 'd-1', id, 'Norra \"dörren\"', 'hash', 1, '%s', 5 FROM events"
      " WHERE published = 1;"
      "INSERT INTO entries (id, event, door, door_name, source, at, received, is_offline,"
      " shown_verdict, shown_reason, result, reason, is_conflict)"
      " SELECT 'e-1', id, 'd-1', 'Norra', 'camera', -1, 2, 1, 'a', 'b', 'c', 'd', 0 FROM events"
      " WHERE published = 1;"
      "INSERT INTO cards (event, card_hash, \"user\") SELECT id, 'h1', '%s' FROM events;"
      "INSERT INTO settings (name, value) VALUES ('secret_key', 'hemlig');",
      ASA, BO);
  g_autoptr (GPtrArray) events =
      bitket_store_list (db, &bitket_event_schema, "ORDER BY t.id", NULL, NULL);
  BitketDoorKey key;

  store_test_begin (db);
  bitket_db_execute (db, sql, &error);
  g_assert_no_error (error);
  g_ptr_array_unref (bitket_store_event_keys (db, bitket_record_get_id (events->pdata[0]), &error));
  g_assert_true (bitket_store_door_key (db, bitket_record_get_id (events->pdata[0]), &key, &error));
  store_test_commit (db);
}

static void
test_there_and_back (StoreFixture *fixture)
{
  g_autofree char *path = find_fixture ();
  g_autoptr (BitketImportReport) first = import_file (fixture->db, path);
  g_autoptr (BitketImportReport) second = NULL;
  g_autofree char *uri = bitket_test_sqlite_uri (fixture->dir);
  g_autoptr (BitketDb) other = bitket_store_open (uri, BITKET_DB_OPEN_DEFAULT, NULL);
  g_autofree char *exported = NULL;
  g_autofree char *again = NULL;
  g_autofree char *left = NULL;
  g_autofree char *right = NULL;

  add_our_rows (fixture->db);
  exported = export_to (fixture->db, fixture->dir, "first.json");
  second = import_file (other, exported);
  g_assert_cmpuint (second->notes->len, ==, 0);
  g_assert_cmpuint (second->skipped->len, ==, 0);
  again = export_to (other, fixture->dir, "second.json");
  g_assert_true (g_file_get_contents (exported, &left, NULL, NULL));
  g_assert_true (g_file_get_contents (again, &right, NULL, NULL));
  g_assert_cmpstr (left, ==, right);
}

/* A secret key that is here already stays, and somebody is told. */
static void
test_other_key (StoreFixture *fixture)
{
  const char *json = "[{\"model\": \"bitketd.setting\", \"pk\": \"secret_key\","
                     " \"fields\": {\"value\": \"theirs\"}}]";
  g_autofree char *path = bitket_test_write_file (fixture->dir, "key.json", json);
  g_autoptr (BitketImportReport) report = NULL;
  g_autofree char *key = NULL;

  g_assert_true (bitket_store_set_secret_key (fixture->db, "ours", NULL));
  report = import_file (fixture->db, path);
  key = bitket_store_ensure_secret_key (fixture->db, NULL);
  g_assert_cmpstr (key, ==, "ours");
  g_assert_cmpuint (report->notes->len, ==, 1);
}

#define UNION(pk, name)                                                                            \
  "{\"model\": \"bitket.studentunion\", \"pk\": " pk ", \"fields\": {\"name\": " name "}}"
#define UUID_1 "\"00000000-0000-4000-8000-000000000001\""
#define UUID_2 "\"00000000-0000-4000-8000-000000000002\""
#define ROW(model, pk, fields)                                                                     \
  "{\"model\": \"" model "\", \"pk\": " pk ", \"fields\": {" fields "}}"
#define TYPE_FIELDS "\"event\": " UUID_1 ", \"name\": \"x\", \"price\": \"1.00\""
#define ORGANIZATION_ROW                                                                           \
  ROW ("bitket.organization", UUID_1,                                                              \
       "\"name\": \"x\", \"email\": \"x@example.com\", \"slug\": \"x\"")

static const struct
{
  const char *json;
  const char *message; /* part of it */
} bad_dumps[] = {
  { "", "must begin with" },
  { "hello", "line 1: this is no dump" },
  { "\n\n{}", "line 3: this is no dump" },
  { "[", "ends before" },
  { "[ ]]", "something follows" },
  { "[1]", "expected a row" },
  { "[null]", "expected a row" },
  { "[[]]", "expected a row" },
  { "[{}]", "row 1 (line 1): model" },
  { "[{]", "ends in the middle" },
  { "[{\"model\": \"x", "ends in the middle" },
  { "[" UNION (UUID_1, "\"A\"") "", "ends before" },
  { "[" UNION (UUID_1, "\"A\"") ",", "ends before" },
  { "[" UNION (UUID_1, "\"A\"") ",]", "expected a row" },
  { "[" UNION (UUID_1, "\"A\"") " " UNION (UUID_2, "\"B\"") "]", "expected \",\"" },
  { "[" UNION (UUID_1, "\"A\"") "] x", "something follows" },
  { "[{\"model\": 7, \"pk\": 1, \"fields\": {}}]", "model" },
  { "[{\"model\": \"bitket.event\", \"pk\": 1}]", "fields" },
  { "[{\"model\": \"bitket.event\", \"pk\": 1, \"fields\": []}]", "fields" },
  { "[{\"model\": \"x\", \"model\": \"y\", \"fields\": {}}]", "Duplicate member" },
  { "[{'model': 'x', 'fields': {}}]", "row 1 (line 1)" },
  { "[\n\n" UNION (UUID_1, "\"A\\u0000B\"") "]", "row 1 (line 3)" },
  { "[" UNION (UUID_1, "\"A\nB\"") "]", "row 1 (line 1)" },
  { "[" UNION (UUID_1, "\"\xff\xfe\"") "]", "row 1 (line 1)" },
  { "[" UNION ("7", "\"A\"") "]", "pk: expected a UUID, found number" },
  { "[" UNION ("null", "\"A\"") "]", "pk: expected a UUID, found null" },
  { "[" UNION ("\"no uuid\"", "\"A\"") "]", "bitket.studentunion \"no uuid\"" },
  { "[{\"model\": \"bitket.studentunion\", \"fields\": {\"name\": \"A\"}}]", "found nothing" },
  { "[" UNION (UUID_1, "null") "]", "name: " },
  { "[" UNION (UUID_1, "7") "]", "name: " },
  { "[" UNION (UUID_1, "[\"A\"]") "]", "name: " },
  { "[" ROW ("bitket.studentunion", UUID_1, "") "]", "name: it is missing" },
  { "[" UNION (UUID_1, "\"A\"") ",\n" UNION (UUID_1, "\"B\"") "]", "row 2 (line 2" },
  { "[" UNION (UUID_1, "\"A\"") ",\n" UNION (UUID_2, "\"A\"") "]", "row 2 (line 2" },
  { "[" ROW ("bitket.event",
             UUID_1,
             "\"name\": \"x\", \"slug\": \"x\", \"organization\": " UUID_2) "]",
    "organization: there is no organization" },
  { "[" ROW ("bitket.event",
             UUID_1,
             "\"name\": \"x\", \"slug\": \"x y\", \"organization\": " UUID_2) "]",
    "slug: " },
  { "[" ORGANIZATION_ROW "," ROW ("bitket.event",
                                  UUID_1,
                                  "\"name\": \"x\", \"slug\": \"x\", \"organization\": " UUID_1
                                  ", \"published\": \"yes\"") "]",
    "published: " },
  { "[" ROW ("bitket.tickettype", UUID_1, TYPE_FIELDS) "]", "event: there is no event" },
  { "[" ROW ("bitket.tickettype", UUID_1, "\"price\": \"1.001\"") "]", "price: " },
  { "[" ROW ("bitket.tickettype", UUID_1, "\"price\": \"1,00\"") "]", "price: " },
  { "[" ROW ("bitket.tickettype", UUID_1, "\"price\": \"99999999999.00\"") "]", "price: " },
  { "[" ROW ("bitket.tickettype", UUID_1, "\"conflicts_with\": 7") "]", "conflicts_with: " },
  { "[" ROW ("bitket.tickettype", UUID_1, "\"conflicts_with\": [7]") "]", "conflicts_with: " },
  { "[" ROW ("bitket.tickettype", UUID_1, "\"index\": 1.5") "]", "index: " },
  { "[" ROW ("bitket.ticket", UUID_1, "\"created\": \"yesterday\"") "]", "created: " },
  { "[" ROW ("bitket.ticket", UUID_1, "\"created\": \"2017-13-01T00:00:00Z\"") "]", "created: " },
  { "[" ROW ("bitket.ticket", UUID_1, "\"created\": \"2017-11-01T12:00:00\"") "]", "created: " },
  { "[" ROW ("bitket.ticketownership", UUID_1, "\"code\": \"abc\"") "]", "code: " },
  { "[" ROW ("bitket.ticketownership", UUID_1, "\"transactions\": {}") "]",
    "transactions: expected an array" },
  { "[" ROW ("bitket.ticketownership", UUID_1, "\"transactions\": [[]]") "]",
    "transactions: expected keys" },
  { "[" ROW ("bitket.transaction", "1", "\"amount\": \"1.00\"") "]", "created: expected" },
  { "[" ROW ("bitket.transaction", "1.5", "\"amount\": \"1.00\"") "]", "pk: expected" },
  { "[" ROW ("bitket.studentunionmembercondition", UUID_1, "\"student_union\": " UUID_2) "]",
    "there is no bitket.condition" },
  { "[" ROW ("bitket.studentunionmembercondition", UUID_1, "") "]",
    "student_union: it is missing" },
  { "[" ROW ("bitket.condition", UUID_1, "") "," ROW ("bitket.studentunionmembercondition",
                                                      UUID_1,
                                                      "\"student_union\": " UUID_2) "]",
    "student_union: there is no student_union" },
  { "[" ROW ("bitket.organization",
             UUID_1,
             "\"name\": \"x\", \"email\": \"x@example.com\", \"slug\": \"x\","
             " \"admins\": [" UUID_2 "]") "]",
    "admins: there is no user" },
  { "[" ROW ("bitket.organization",
             UUID_1,
             "\"name\": \"x\", \"email\": \"x\", \"slug\": \"x\"") "]",
    "email: " },
  { "[" ROW ("authtoken.token", "\"s3cr3t\"", "\"user\": " UUID_1 ", \"created\": 7") "]",
    "created: expected a string" },
  { "[" ROW ("authtoken.token",
             "\"s3cr3t\"",
             "\"user\": " UUID_1 ", \"created\": \"2017-11-01T12:00:00Z\"") "]",
    "row 1 (line 1, authtoken.token): " },
  { "[" ROW ("bitketd.eventdoorkey", UUID_1, "\"door_key\": \"xyz\"") "]",
    "door_key: expected bytes" },
  { "[" ROW ("bitketd.feedcounter", UUID_1, "\"seq\": \"1\"") "]", "seq: expected a whole" },
};

static void
test_bad (StoreFixture *fixture)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_dumps); i++)
    {
      g_autoptr (GError) error = import_bad (fixture, bad_dumps[i].json, -1);

      g_test_message ("%s: %s", bad_dumps[i].json, error->message);
      g_assert_error (error, BITKET_STORE_ERROR, BITKET_STORE_ERROR_INPUT);
      g_assert_nonnull (strstr (error->message, bad_dumps[i].message));
      g_assert_nonnull (strstr (error->message, "bad.json"));
      g_assert_null (strstr (error->message, "s3cr3t"));
    }
  g_assert_cmpint (store_test_get_int (fixture->db, "SELECT count(*) FROM student_unions"), ==, 0);
  g_assert_cmpint (store_test_get_int (fixture->db, "SELECT count(*) FROM organizations"), ==, 0);
}

static void
test_bad_bytes (StoreFixture *fixture)
{
  static const char with_nul[] = "[" UNION (UUID_1, "\"A\0B\"") "]";
  g_autofree char *deep = g_strnfill (100000, '{');
  g_autofree char *deep_dump = g_strconcat ("[", deep, NULL);
  g_autoptr (GError) error = import_bad (fixture, with_nul, sizeof with_nul - 1);
  g_autoptr (GError) deep_error = import_bad (fixture, deep_dump, -1);
  g_autoptr (GError) missing = NULL;

  g_assert_error (error, BITKET_STORE_ERROR, BITKET_STORE_ERROR_INPUT);
  g_assert_error (deep_error, BITKET_STORE_ERROR, BITKET_STORE_ERROR_INPUT);
  store_test_begin (fixture->db);
  g_assert_null (bitket_import_file (fixture->db, "/nonexistent/dump.json", &missing));
  g_assert_error (missing, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  bitket_db_rollback (fixture->db);
}

/* An address that somebody else has here already: the file's row is named, nothing is taken. */
static void
test_clash (StoreFixture *fixture)
{
  g_autofree char *path = find_fixture ();
  g_autoptr (GError) error = NULL;
  g_autofree char *id = NULL;

  id = bitket_store_add_user (fixture->db, "entre@example.com", "Någon annan", NULL, &error);
  g_assert_no_error (error);
  store_test_begin (fixture->db);
  g_assert_null (bitket_import_file (fixture->db, path, &error));
  bitket_db_rollback (fixture->db);
  g_assert_error (error, BITKET_STORE_ERROR, BITKET_STORE_ERROR_INPUT);
  g_assert_nonnull (strstr (error->message, "bitket.user \"" TERMINAL "\""));
  g_assert_cmpint (store_test_get_int (fixture->db, "SELECT count(*) FROM users"), ==, 1);
  g_assert_cmpint (store_test_get_int (fixture->db, "SELECT count(*) FROM organizations"), ==, 0);
}

#define N_MANY 20000

/* Rows by the ten thousand, none of them held as a tree. */
static void
test_many (StoreFixture *fixture)
{
  g_autofree char *path = g_build_filename (fixture->dir, "many.json", NULL);
  g_autoptr (GString) json = g_string_new ("[");
  g_autoptr (BitketImportReport) report = NULL;

  for (guint i = 0; i < N_MANY; i++)
    g_string_append_printf (json, "%s\n" UNION ("\"%08x-0000-4000-8000-000000000000\"", "\"U%u\""),
                            i > 0 ? "," : "", i, i);
  g_string_append (json, "\n]\n");
  g_assert_true (g_file_set_contents (path, json->str, (gssize) json->len, NULL));
  report = import_file (fixture->db, path);
  g_assert_cmpuint (find_count (report->counts, "bitket.studentunion")->n_added, ==, N_MANY);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  store_test_add ("/import/original", test_original);
  store_test_add ("/import/reshaped", test_reshaped);
  store_test_add ("/import/again", test_again);
  store_test_add ("/import/there-and-back", test_there_and_back);
  store_test_add ("/import/other-key", test_other_key);
  store_test_add ("/import/bad", test_bad);
  store_test_add ("/import/bad-bytes", test_bad_bytes);
  store_test_add ("/import/clash", test_clash);
  store_test_add ("/import/many", test_many);
  return g_test_run ();
}
