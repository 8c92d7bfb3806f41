/* SPDX-License-Identifier: MIT */
#include "store-fixture.h"

#include "bitket-json-reader.h"
#include "bitket-nin.h"
#include "bitket-sample.h"
#include "bitket-time.h"

#include <glib/gstdio.h>
#include <string.h>

#define NOW      G_GINT64_CONSTANT (1797012000000000) /* 2026-12-11T18:00:00Z */
#define NEW_YEAR G_GINT64_CONSTANT (1798761540000000) /* 2026-12-31T23:59:00Z */

static BitketSample *
make (BitketDb *db, guint32 seed, gint64 now_us, guint n_tickets)
{
  const BitketSampleOptions options = { seed, now_us, n_tickets };
  g_autoptr (GError) error = NULL;
  BitketSample *sample;

  store_test_begin (db);
  sample = bitket_sample_make (db, &options, &error);
  g_assert_no_error (error);
  store_test_commit (db);
  return sample;
}

static void
test_counts (StoreFixture *fixture)
{
  g_autoptr (BitketSample) sample = make (fixture->db, 1, NOW, 500);
  const struct
  {
    const char *sql;
    gint64 min, max;
  } cases[] = {
    { "SELECT count(*) FROM tickets", 500, 500 },
    { "SELECT count(*) FROM ticket_ownerships", 501, 501 },
    { "SELECT count(*) FROM ticket_ownerships WHERE superseded IS NOT NULL", 1, 1 },
    { "SELECT count(*) FROM tickets WHERE refunded IS NOT NULL", 1, 1 },
    { "SELECT count(*) FROM tickets WHERE pending = 1", 1, 1 },
    { "SELECT count(*) FROM feed", 501, 501 },
    { "SELECT count(*) FROM events WHERE published = 1", 3, 3 },
    { "SELECT count(*) FROM tickets k JOIN ticket_types t ON t.id = k.ticket_type"
      " JOIN events e ON e.id = t.event WHERE e.slug = 'luciafesten-2026'",
      350, 350 },
    { "SELECT count(*) FROM tickets k JOIN ticket_types t ON t.id = k.ticket_type"
      " JOIN events e ON e.id = t.event WHERE e.slug = 'luciafesten-2026'"
      " AND k.utilized IS NOT NULL",
      5, 40 },
    { "SELECT count(DISTINCT student_union) FROM users", 3, 3 },
    { "SELECT count(*) FROM ticket_ownerships_modifiers", 100, 400 },
    { "SELECT count(*) FROM memberships", 3, 3 },
    { "SELECT count(*) FROM access_codes", 2, 2 },
    { "SELECT count(*) FROM tickets WHERE access_code IS NOT NULL", 10, 100 },
    /* A dinner has two choices, each of another variation. */
    { "SELECT count(*) FROM tickets k JOIN ticket_types t ON t.id = k.ticket_type"
      " WHERE t.name = 'Sittning och fest' AND 2 <> (SELECT count(DISTINCT c.variation)"
      " FROM tickets_variation_choices l JOIN variation_choices c ON c.id = l.target"
      " WHERE l.ticket = k.id)",
      0, 0 },
    /* What was charged is what it costs: price, discounts and choices of all its tickets. */
    { "SELECT count(*) FROM transactions x WHERE kind = 'charge' AND amount <>"
      " (SELECT sum (t.price"
      "   + coalesce ((SELECT sum (m.delta) FROM ticket_ownerships_modifiers lm"
      "      JOIN modifiers m ON m.id = lm.target WHERE lm.ticket_ownership = o.id), 0)"
      "   + coalesce ((SELECT sum (c.delta) FROM tickets_variation_choices lc"
      "      JOIN variation_choices c ON c.id = lc.target WHERE lc.ticket = k.id), 0))"
      "  FROM transactions_ticket_ownerships l JOIN ticket_ownerships o ON o.id = l.target"
      "  JOIN tickets k ON k.id = o.ticket JOIN ticket_types t ON t.id = k.ticket_type"
      "  WHERE l.\"transaction\" = x.id)",
      0, 0 },
    { "SELECT count(*) FROM tickets k JOIN ticket_types t ON t.id = k.ticket_type"
      " WHERE (SELECT count(*) FROM tickets s WHERE s.ticket_type = t.id) > t.max_total_quantity",
      0, 0 },
    /* Nothing was sold or used later than now, or before the sales began. */
    { "SELECT count(*) FROM tickets WHERE created > 1797012000000000", 0, 0 },
    { "SELECT count(*) FROM tickets WHERE utilized > 1797012000000000", 0, 0 },
    { "SELECT count(*) FROM events WHERE entry_opens <= 1797012000000000"
      " AND ends > 1797012000000000",
      1, 1 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      gint64 n = store_test_get_int (fixture->db, cases[i].sql);

      g_test_message ("%s: %" G_GINT64_FORMAT, cases[i].sql, n);
      g_assert_cmpint (n, >=, cases[i].min);
      g_assert_cmpint (n, <=, cases[i].max);
    }
}

static void
test_people (StoreFixture *fixture)
{
  g_autoptr (BitketSample) sample = make (fixture->db, 1, NOW, 500);
  g_autoptr (GPtrArray) users =
      bitket_store_list (fixture->db, &bitket_user_schema, NULL, NULL, NULL);
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);
  guint n_swedish = 0;

  for (guint i = 0; i < users->len; i++)
    {
      const char *nin = bitket_record_get_text (users->pdata[i], "nin");
      const char *name = bitket_record_get_text (users->pdata[i], "name");
      char parsed[BITKET_NIN_SIZE];
      BitketNinKind kind;

      g_hash_table_add (names, (gpointer) name);
      n_swedish +=
          strstr (name, "å") != NULL || strstr (name, "ä") != NULL || strstr (name, "ö") != NULL;
      if (nin == NULL)
        continue;
      g_assert_true (bitket_nin_parse (nin, NOW, parsed, &kind, NULL));
      g_assert_cmpint (kind, ==, BITKET_NIN_KIND_PERSONAL);
      /* The series that nobody is given. */
      g_assert_cmpmem (nin + 8, 2, "98", 2);
    }
  g_assert_cmpuint (g_hash_table_size (names), >, users->len * 8 / 10);
  g_assert_cmpuint (n_swedish, >, users->len / 4);
}

static gint64
count_kind (const BitketSample *sample, const char *kind)
{
  gint64 n = 0;

  for (guint i = 0; i < sample->codes->len; i++)
    n += strcmp (((BitketSampleCode *) sample->codes->pdata[i])->kind, kind) == 0;
  return n;
}

/* Each picture must be what its name says: checked with the keys and rows of the database. */
static void
assert_code (BitketDb *db, const BitketSampleCode *sample_code)
{
  BitketTicketCode said, now;
  g_autoptr (GPtrArray) keys = NULL;
  g_autoptr (BitketRecord) ownership = NULL;
  g_autoptr (BitketRecord) ticket = NULL;
  gboolean same_code, same_signature;

  if (strcmp (sample_code->kind, "not-a-ticket") == 0)
    {
      g_assert_false (bitket_ticket_code_parse (sample_code->text, -1, &said, NULL));
      return;
    }
  g_assert_true (bitket_ticket_code_parse (sample_code->text, -1, &said, NULL));
  ownership = bitket_store_get (db, &bitket_ticket_ownership_schema, said.ownership, NULL);
  if (strcmp (sample_code->kind, "unknown") == 0)
    {
      g_assert_null (ownership);
      return;
    }
  ticket = bitket_store_get (db, &bitket_ticket_schema,
                             bitket_record_get_text (ownership, "ticket"), NULL);
  g_assert_true (bitket_store_ticket_code (db, said.ownership, &now, NULL));
  same_code = strcmp (said.code, now.code) == 0;
  same_signature = said.has_signature && memcmp (said.signature, now.signature, 64) == 0;
  g_assert_cmpstr (sample_code->ownership, ==, said.ownership);
  g_assert_cmpint (same_code, ==, strcmp (sample_code->kind, "replaced") != 0);
  g_assert_cmpint (said.has_signature, ==, strcmp (sample_code->kind, "unsigned") != 0);
  g_assert_cmpint (same_signature, ==,
                   strcmp (sample_code->kind, "replaced") != 0 &&
                       strcmp (sample_code->kind, "bad-signature") != 0 &&
                       strcmp (sample_code->kind, "unsigned") != 0);
  g_assert_cmpint (bitket_record_is_null (ownership, "superseded"), ==,
                   strcmp (sample_code->kind, "resold") != 0);
  g_assert_cmpint (bitket_record_is_null (ticket, "refunded"), ==,
                   strcmp (sample_code->kind, "refunded") != 0);
  g_assert_cmpint (bitket_record_get_boolean (ticket, "pending"), ==,
                   strcmp (sample_code->kind, "pending") == 0);
  if (strcmp (sample_code->kind, "valid") == 0 || strcmp (sample_code->kind, "unsigned") == 0)
    g_assert_true (bitket_record_is_null (ticket, "utilized"));
  if (strcmp (sample_code->kind, "utilized") == 0)
    g_assert_false (bitket_record_is_null (ticket, "utilized"));
}

static void
test_codes (StoreFixture *fixture)
{
  const char *kinds[] = { "utilized", "replaced", "resold",  "refunded", "pending",
                          "not-yet",  "over",     "unknown", "unsigned", "bad-signature" };
  g_autoptr (BitketSample) sample = make (fixture->db, 7, NOW, 500);

  for (guint i = 0; i < sample->codes->len; i++)
    assert_code (fixture->db, sample->codes->pdata[i]);
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    g_assert_cmpint (count_kind (sample, kinds[i]), ==, 1);
  g_assert_cmpint (count_kind (sample, "valid"), ==, 42);
  g_assert_cmpint (count_kind (sample, "wrong-event"), ==, 2);
  g_assert_cmpint (count_kind (sample, "not-a-ticket"), ==, 2);
}

/* Few tickets, other seeds, the last minute of a year: all cases are there all the same. */
static void
test_small (StoreFixture *fixture)
{
  for (guint32 seed = 0; seed < 10; seed++)
    {
      g_autofree char *uri = bitket_test_sqlite_uri (fixture->dir);
      g_autoptr (BitketDb) db = bitket_store_open (uri, BITKET_DB_OPEN_DEFAULT, NULL);
      g_autoptr (BitketSample) sample = make (db, seed, NEW_YEAR, BITKET_SAMPLE_MIN_TICKETS);

      g_assert_cmpint (store_test_get_int (db, "SELECT count(*) FROM tickets"), ==,
                       BITKET_SAMPLE_MIN_TICKETS);
      g_assert_cmpint (count_kind (sample, "valid"), >=, 3);
      for (guint i = 0; i < sample->codes->len; i++)
        assert_code (db, sample->codes->pdata[i]);
      g_assert_cmpstr (((BitketSampleEvent *) sample->events->pdata[1])->slug, ==, "sof-2027");
    }
}

static char *
dup_rows (BitketDb *db)
{
  const char *queries[] = {
    "SELECT id || name || email || coalesce (nin, '') || coalesce (liu_id, '') FROM users"
    " ORDER BY id",
    "SELECT id || ticket_type || created FROM tickets ORDER BY id",
    "SELECT id || amount || stripe_id FROM transactions ORDER BY id",
    "SELECT ticket || target FROM tickets_variation_choices ORDER BY 1",
    /* Codes that were made anew, and the ownership of who bought at second hand, are random. */
    "SELECT ticket || \"user\" FROM ticket_ownerships ORDER BY 1",
  };
  g_autoptr (GString) rows = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (queries); i++)
    {
      g_autoptr (BitketStatement) statement = bitket_db_prepare (db, queries[i], NULL);

      while (bitket_statement_step (statement, NULL))
        g_string_append_printf (rows, "%s\n", bitket_statement_get_text (statement, 0));
    }
  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, rows->str, (gssize) rows->len);
}

static void
test_deterministic (StoreFixture *fixture)
{
  g_autofree char *uri = bitket_test_sqlite_uri (fixture->dir);
  g_autofree char *other_uri = bitket_test_sqlite_uri (fixture->dir);
  g_autoptr (BitketDb) same = bitket_store_open (uri, BITKET_DB_OPEN_DEFAULT, NULL);
  g_autoptr (BitketDb) other = bitket_store_open (other_uri, BITKET_DB_OPEN_DEFAULT, NULL);
  g_autoptr (BitketSample) first = make (fixture->db, 3, NOW, 60);
  g_autoptr (BitketSample) second = make (same, 3, NOW, 60);
  g_autoptr (BitketSample) third = make (other, 4, NOW, 60);
  g_autofree char *first_rows = dup_rows (fixture->db);
  g_autofree char *second_rows = dup_rows (same);
  g_autofree char *third_rows = dup_rows (other);

  g_assert_cmpstr (first_rows, ==, second_rows);
  g_assert_cmpuint (first->codes->len, ==, second->codes->len);
  g_assert_cmpstr (((BitketSampleCode *) first->codes->pdata[0])->ownership, ==,
                   ((BitketSampleCode *) second->codes->pdata[0])->ownership);
  g_assert_cmpstr (second_rows, !=, third_rows);
  /* But nobody can guess their way in. */
  g_assert_cmpstr (first->password, !=, second->password);
  g_assert_cmpstr (first->token, !=, second->token);
}

static void
test_sign_in (StoreFixture *fixture)
{
  g_autoptr (BitketSample) sample = make (fixture->db, 1, NOW, 40);
  g_autofree char *id = bitket_store_find_user (fixture->db, sample->email, NULL);
  g_autoptr (BitketRecord) user = bitket_store_get (fixture->db, &bitket_user_schema, id, NULL);
  g_autofree char *token = bitket_store_ensure_token (fixture->db, id, NULL);

  g_assert_true (
      bitket_password_verify (bitket_record_get_text (user, "password"), sample->password));
  g_assert_cmpstr (token, ==, sample->token);
}

static void
test_refused (StoreFixture *fixture)
{
  g_autoptr (BitketSample) sample = make (fixture->db, 1, NOW, 40);
  const struct
  {
    guint n_tickets;
    BitketStoreError code;
  } cases[] = {
    { 40, BITKET_STORE_ERROR_EXISTS },
    { 0, BITKET_STORE_ERROR_INPUT },
    { BITKET_SAMPLE_MIN_TICKETS - 1, BITKET_STORE_ERROR_INPUT },
    { BITKET_SAMPLE_MAX_TICKETS + 1, BITKET_STORE_ERROR_INPUT },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const BitketSampleOptions options = { 1, NOW, cases[i].n_tickets };
      g_autoptr (GError) error = NULL;

      store_test_begin (fixture->db);
      g_assert_null (bitket_sample_make (fixture->db, &options, &error));
      bitket_db_rollback (fixture->db);
      g_assert_error (error, BITKET_STORE_ERROR, (int) cases[i].code);
    }
}

static void
assert_index (const char *dir, guint n_codes)
{
  g_autofree char *path = g_build_filename (dir, "index.tsv", NULL);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  lines = g_strsplit (text, "\n", -1);
  g_assert_cmpstr (lines[0], ==, "file\tcase\tevent\townership\tname\tticket_type");
  g_assert_cmpuint (g_strv_length (lines), ==, n_codes + 2);
  for (guint i = 1; i <= n_codes; i++)
    {
      g_auto (GStrv) cells = g_strsplit (lines[i], "\t", -1);
      g_autofree char *picture = g_build_filename (dir, cells[0], NULL);

      g_assert_cmpuint (g_strv_length (cells), ==, 6);
      g_assert_true (g_str_is_ascii (cells[0]));
      g_assert_true (g_file_test (picture, G_FILE_TEST_IS_REGULAR));
    }
}

static void
test_files (StoreFixture *fixture)
{
  g_autoptr (BitketSample) sample = make (fixture->db, 1, NOW, 60);
  g_autofree char *codes = g_build_filename (fixture->dir, "a", "b", NULL);
  g_autofree char *credentials = g_build_filename (fixture->dir, "credentials.json", NULL);
  g_autofree char *text = NULL;
  g_autoptr (JsonNode) document = NULL;
  g_auto (BitketJsonReader) reader = { NULL };
  g_autoptr (GError) error = NULL;
  GStatBuf info;
  const char *password;

  g_assert_true (bitket_sample_write_codes (sample, codes, &error));
  g_assert_no_error (error);
  assert_index (codes, sample->codes->len);
  g_assert_true (bitket_sample_write_credentials (sample, credentials, &error));
  g_assert_cmpint (g_stat (credentials, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 07777, ==, 0600);
  g_assert_true (g_file_get_contents (credentials, &text, NULL, NULL));
  document = bitket_json_parse (text, -1, &error);
  g_assert_no_error (error);
  g_assert_true (bitket_json_reader_init (&reader, document, NULL, NULL));
  g_assert_true (bitket_json_read_string (&reader, "password", &password, NULL));
  g_assert_cmpstr (password, ==, sample->password);

  g_assert_false (bitket_sample_write_codes (sample, "/proc/nothing", &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  g_assert_false (bitket_sample_write_credentials (sample, "/proc/nothing", &error));
  g_assert_nonnull (error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  store_test_add ("/sample/counts", test_counts);
  store_test_add ("/sample/people", test_people);
  store_test_add ("/sample/codes", test_codes);
  store_test_add ("/sample/small", test_small);
  store_test_add ("/sample/deterministic", test_deterministic);
  store_test_add ("/sample/sign-in", test_sign_in);
  store_test_add ("/sample/refused", test_refused);
  store_test_add ("/sample/files", test_files);
  return g_test_run ();
}
