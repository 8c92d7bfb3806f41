/* SPDX-License-Identifier: MIT */
#include "store-fixture.h"

/* Records and settings: what goes in comes out, in both databases. */

static void
assert_columns (BitketDb *db, const char *table, GHashTable *expected)
{
  g_autofree char *sql = g_strdup_printf ("SELECT * FROM \"%s\"", table);
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketStatement) statement = bitket_db_prepare (db, sql, &error);

  g_assert_no_error (error);
  g_assert_false (bitket_statement_step (statement, &error));
  g_assert_no_error (error);
  for (int i = 0; i < bitket_statement_get_n_columns (statement); i++)
    {
      const char *name = bitket_statement_get_name (statement, i);

      g_test_message ("%s.%s", table, name);
      g_assert_true (g_hash_table_remove (expected, name));
    }
  g_assert_cmpuint (g_hash_table_size (expected), ==, 0);
}

/* The one place where the migrations and the schemas could drift apart. */
static void
test_columns (StoreFixture *fixture)
{
  guint n;
  const BitketSchema *const *schemas = bitket_schemas_get (&n);

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GHashTable) columns = g_hash_table_new (g_str_hash, g_str_equal);

      for (guint j = 0; j < schemas[i]->n_fields; j++)
        {
          const BitketField *field = &schemas[i]->fields[j];

          if (bitket_field_is_column (field))
            g_hash_table_add (columns, (gpointer) field->name);
          if (field->kind == BITKET_KIND_REFERENCES)
            {
              g_autoptr (GHashTable) link = g_hash_table_new (g_str_hash, g_str_equal);
              g_autofree char *table = bitket_field_dup_link_table (schemas[i], field);

              g_hash_table_add (link, (gpointer) schemas[i]->name);
              g_hash_table_add (link, (gpointer) "target");
              assert_columns (fixture->db, table, link);
            }
        }
      assert_columns (fixture->db, schemas[i]->table, columns);
    }
}

static void
test_round_trip (StoreFixture *fixture)
{
  g_auto (SmallEvent) event = { "" };
  g_autoptr (BitketRecord) changed = NULL;
  g_autoptr (BitketRecord) again = NULL;
  g_autoptr (GError) error = NULL;

  store_test_begin (fixture->db);
  small_event_make (&event, fixture->db);
  store_test_commit (fixture->db);

  changed = bitket_store_get (fixture->db, &bitket_event_schema, event.event, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (bitket_record_get_text (changed, "name"), ==, "Provfesten");
  g_assert_true (bitket_record_is_null (changed, "starts"));
  g_assert_false (bitket_record_is_changed (changed, "name"));
  g_assert_false (bitket_record_get_boolean (changed, "published"));

  /* Quotes, both scripts, an emoji, the largest and the most negative number. */
  bitket_record_set_text (changed, "name", "O'Hara \"fest\" – Åäö ☃ 🎉; DROP TABLE events");
  bitket_record_set_boolean (changed, "published", TRUE);
  bitket_record_set_int64 (changed, "starts", G_MAXINT64);
  bitket_record_set_int64 (changed, "ends", G_MININT64);
  g_assert_true (bitket_store_update (fixture->db, changed, &error));
  g_assert_no_error (error);
  g_assert_false (bitket_record_is_changed (changed, "name"));

  again = bitket_store_get (fixture->db, &bitket_event_schema, event.event, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (bitket_record_get_text (again, "name"), ==,
                   "O'Hara \"fest\" – Åäö ☃ 🎉; DROP TABLE events");
  g_assert_true (bitket_record_get_boolean (again, "published"));
  g_assert_cmpint (bitket_record_get_int64 (again, "starts"), ==, G_MAXINT64);
  g_assert_cmpint (bitket_record_get_int64 (again, "ends"), ==, G_MININT64);
}

/* Only what was changed is written: what somebody else wrote meanwhile stays. */
static void
test_update_writes_changes_only (StoreFixture *fixture)
{
  g_auto (SmallEvent) event = { "" };
  g_autoptr (BitketRecord) mine = NULL;
  g_autoptr (BitketRecord) theirs = NULL;
  g_autoptr (BitketRecord) both = NULL;
  g_autoptr (GError) error = NULL;

  store_test_begin (fixture->db);
  small_event_make (&event, fixture->db);
  mine = bitket_store_get (fixture->db, &bitket_event_schema, event.event, NULL);
  theirs = bitket_store_get (fixture->db, &bitket_event_schema, event.event, NULL);
  bitket_record_set_text (mine, "venue", "Kårallen");
  bitket_record_set_text (theirs, "description", "Välkommen");
  g_assert_true (bitket_store_update (fixture->db, mine, &error));
  g_assert_true (bitket_store_update (fixture->db, theirs, &error));
  /* Nothing changed: nothing to do, and no error. */
  g_assert_true (bitket_store_update (fixture->db, theirs, &error));
  both = bitket_store_get (fixture->db, &bitket_event_schema, event.event, NULL);
  g_assert_cmpstr (bitket_record_get_text (both, "venue"), ==, "Kårallen");
  g_assert_cmpstr (bitket_record_get_text (both, "description"), ==, "Välkommen");
  store_test_commit (fixture->db);
}

static void
test_links (StoreFixture *fixture)
{
  g_auto (SmallEvent) event = { "" };
  g_autoptr (BitketRecord) party = NULL;
  g_autoptr (GPtrArray) types = NULL;
  g_autoptr (GError) error = NULL;
  const char *conflicts[] = { event.dinner, event.party, NULL };

  store_test_begin (fixture->db);
  small_event_make (&event, fixture->db);
  party = bitket_store_get (fixture->db, &bitket_ticket_type_schema, event.party, &error);
  g_assert_nonnull (party);
  g_assert_null (bitket_record_get_references (party, "conflicts_with")[0]);
  bitket_record_set_references (party, "conflicts_with", conflicts);
  g_assert_true (bitket_store_update (fixture->db, party, &error));

  types = bitket_store_list (fixture->db, &bitket_ticket_type_schema,
                             "WHERE t.event = $1 ORDER BY t.name",
                             (const char *[]) { event.event, NULL }, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (types->len, ==, 2);
  g_assert_cmpstr (bitket_record_get_text (types->pdata[0], "name"), ==, "Fest");
  g_assert_cmpuint (
      g_strv_length ((char **) bitket_record_get_references (types->pdata[0], "conflicts_with")),
      ==, 2);
  g_assert_null (bitket_record_get_references (types->pdata[1], "conflicts_with")[0]);

  /* Fewer links, and then none. */
  conflicts[1] = NULL;
  bitket_record_set_references (party, "conflicts_with", conflicts);
  g_assert_true (bitket_store_update (fixture->db, party, &error));
  g_assert_cmpint (
      store_test_get_int (fixture->db, "SELECT count(*) FROM ticket_types_conflicts_with"), ==, 1);
  bitket_record_set_references (party, "conflicts_with", (const char *[]) { NULL });
  g_assert_true (bitket_store_update (fixture->db, party, &error));
  g_assert_cmpint (
      store_test_get_int (fixture->db, "SELECT count(*) FROM ticket_types_conflicts_with"), ==, 0);
  store_test_commit (fixture->db);
}

static void
test_list_tails (StoreFixture *fixture)
{
  g_auto (SmallEvent) event = { "" };
  char ownership[BITKET_ID_SIZE];
  const struct
  {
    const char *tail;
    const char *parameter;
    guint n;
  } cases[] = {
    { NULL, NULL, 1 },
    { "WHERE t.pending = 0", NULL, 1 },
    { "WHERE t.pending = $1", "1", 0 },
    { "WHERE t.created > $1 ORDER BY t.created LIMIT 1", "1789999999999999", 1 },
    { "WHERE t.created > $1", "1790000000000000", 0 },
    { "JOIN ticket_ownerships o ON o.ticket = t.id WHERE o.id = $1 ORDER BY t.id", "", 1 },
    { "JOIN ticket_ownerships o ON o.ticket = t.id WHERE o.id = $1", "x", 0 },
  };

  store_test_begin (fixture->db);
  small_event_make (&event, fixture->db);
  small_event_add_ticket (&event, fixture->db, ownership);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const char *parameter =
          g_strcmp0 (cases[i].parameter, "") == 0 ? ownership : cases[i].parameter;
      g_autoptr (GError) error = NULL;
      g_autoptr (GPtrArray) tickets =
          bitket_store_list (fixture->db, &bitket_ticket_schema, cases[i].tail,
                             (const char *[]) { parameter, NULL }, &error);

      g_assert_no_error (error);
      g_assert_cmpuint (tickets->len, ==, cases[i].n);
      if (cases[i].n == 1)
        g_assert_cmpuint (g_strv_length ((char **) bitket_record_get_references (
                              tickets->pdata[0], "variation_choices")),
                          ==, 2);
    }
  store_test_commit (fixture->db);
}

static void
test_missing (StoreFixture *fixture)
{
  g_autofree char *id = g_uuid_string_random ();
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketRecord) record = NULL;

  g_assert_null (bitket_store_get (fixture->db, &bitket_event_schema, id, &error));
  g_assert_no_error (error);
  /* What is no id at all is not there either. */
  g_assert_null (bitket_store_get (fixture->db, &bitket_event_schema, "'; --", &error));
  g_assert_no_error (error);

  record = bitket_record_new (&bitket_event_schema);
  bitket_record_set_text (record, "id", id);
  bitket_record_set_text (record, "name", "x");
  g_assert_false (bitket_store_update (fixture->db, record, &error));
  g_assert_error (error, BITKET_STORE_ERROR, BITKET_STORE_ERROR_NOT_FOUND);
  g_clear_error (&error);

  g_assert_null (
      bitket_store_list (fixture->db, &bitket_event_schema, "WHERE nonsense", NULL, &error));
  g_assert_error (error, BITKET_DB_ERROR, BITKET_DB_ERROR_FAILED);
}

static void
test_constraints (StoreFixture *fixture)
{
  g_auto (SmallEvent) event = { "" };
  g_autofree char *nobody = g_uuid_string_random ();
  g_autoptr (GError) error = NULL;
  const int codes[] = { BITKET_DB_ERROR_UNIQUE, BITKET_DB_ERROR_CONSTRAINT,
                        BITKET_DB_ERROR_UNIQUE };

  store_test_begin (fixture->db);
  small_event_make (&event, fixture->db);
  store_test_commit (fixture->db);
  for (int i = 0; i < 3; i++)
    {
      g_autoptr (BitketRecord) record = bitket_record_new (&bitket_event_schema);

      bitket_record_set_text (record, "slug", i == 0 ? "provfesten" : "annan");
      bitket_record_set_text (record, "name", "Annan");
      bitket_record_set_text (record, "organization", i == 1 ? nobody : event.organization);
      if (i == 2)
        bitket_record_set_text (record, "id", event.event);
      store_test_begin (fixture->db);
      g_assert_false (bitket_store_insert (fixture->db, record, &error));
      g_assert_error (error, BITKET_DB_ERROR, codes[i]);
      g_clear_error (&error);
      bitket_db_rollback (fixture->db);
    }
  g_assert_cmpint (store_test_get_int (fixture->db, "SELECT count(*) FROM events"), ==, 1);
}

static void
test_settings (StoreFixture *fixture)
{
  g_autofree char *none = NULL;
  g_autofree char *value = NULL;
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;
  g_autofree char *third = NULL;
  g_autoptr (GError) error = NULL;

  none = bitket_store_dup_setting (fixture->db, "colour", &error);
  g_assert_no_error (error);
  g_assert_null (none);
  g_assert_true (bitket_store_set_setting (fixture->db, "colour", "röd", &error));
  g_assert_true (bitket_store_set_setting (fixture->db, "colour", "grön", &error));
  value = bitket_store_dup_setting (fixture->db, "colour", &error);
  g_assert_cmpstr (value, ==, "grön");

  first = bitket_store_ensure_secret_key (fixture->db, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (strlen (first), ==, 64);
  second = bitket_store_ensure_secret_key (fixture->db, &error);
  g_assert_cmpstr (second, ==, first);
  g_assert_true (bitket_store_set_secret_key (fixture->db, "imported", &error));
  third = bitket_store_ensure_secret_key (fixture->db, &error);
  g_assert_cmpstr (third, ==, "imported");
}

static void
test_users (StoreFixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *id = NULL;
  g_autofree char *found = NULL;
  g_autofree char *token = NULL;
  g_autofree char *again = NULL;
  g_autoptr (BitketRecord) user = NULL;
  const struct
  {
    const char *email, *name;
    BitketStoreError code;
  } bad[] = {
    { "ASALI123@student.liu.se", "Åsa", BITKET_STORE_ERROR_EXISTS },
    { "asali123@student.liu.se", "Åsa", BITKET_STORE_ERROR_EXISTS },
    { "no address", "Åsa", BITKET_STORE_ERROR_INPUT },
    { "", "Åsa", BITKET_STORE_ERROR_INPUT },
    { "x@example.com", "", BITKET_STORE_ERROR_INPUT },
  };

  id = bitket_store_add_user (fixture->db, "Asali123@Student.liu.se", "Åsa Lindberg", "hemligt 1",
                              &error);
  g_assert_no_error (error);
  user = bitket_store_get (fixture->db, &bitket_user_schema, id, &error);
  g_assert_cmpstr (bitket_record_get_text (user, "email"), ==, "asali123@student.liu.se");
  g_assert_cmpstr (bitket_record_get_text (user, "liu_id"), ==, "asali123");
  g_assert_true (bitket_password_verify (bitket_record_get_text (user, "password"), "hemligt 1"));
  g_assert_true (bitket_record_get_boolean (user, "is_active"));
  g_assert_false (bitket_record_get_boolean (user, "is_staff"));
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_assert_null (bitket_store_add_user (fixture->db, bad[i].email, bad[i].name, NULL, &error));
      g_assert_error (error, BITKET_STORE_ERROR, (int) bad[i].code);
      g_clear_error (&error);
    }

  found = bitket_store_find_user (fixture->db, "ASALI123@STUDENT.LIU.SE", &error);
  g_assert_cmpstr (found, ==, id);
  g_assert_null (bitket_store_find_user (fixture->db, "nobody@example.com", &error));
  g_assert_no_error (error);

  token = bitket_store_ensure_token (fixture->db, id, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (strlen (token), ==, 40);
  g_assert_cmpuint (strspn (token, "0123456789abcdef"), ==, 40);
  again = bitket_store_ensure_token (fixture->db, id, &error);
  g_assert_cmpstr (again, ==, token);
  g_assert_null (bitket_store_ensure_token (fixture->db, "nobody", &error));
  g_assert_error (error, BITKET_DB_ERROR, BITKET_DB_ERROR_CONSTRAINT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  store_test_add ("/store/columns", test_columns);
  store_test_add ("/store/round-trip", test_round_trip);
  store_test_add ("/store/update-writes-changes-only", test_update_writes_changes_only);
  store_test_add ("/store/links", test_links);
  store_test_add ("/store/list-tails", test_list_tails);
  store_test_add ("/store/missing", test_missing);
  store_test_add ("/store/constraints", test_constraints);
  store_test_add ("/store/settings", test_settings);
  store_test_add ("/store/users", test_users);
  return g_test_run ();
}
