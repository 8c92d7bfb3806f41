/* SPDX-License-Identifier: MIT */
#include "store-fixture.h"

static void
fixture_open (StoreFixture *fixture)
{
  g_autoptr (GError) error = NULL;

  fixture->db = bitket_store_open (fixture->uri, BITKET_DB_OPEN_DEFAULT, &error);
  g_assert_no_error (error);
}

static void
run_sqlite (gconstpointer data)
{
  g_autoptr (BitketTestDir) dir = bitket_test_new_dir ();
  g_autofree char *uri = bitket_test_sqlite_uri (dir);
  StoreFixture fixture = { NULL, uri, dir };

  fixture_open (&fixture);
  (*(StoreTest *) data) (&fixture);
  bitket_db_close (fixture.db);
}

static void
run_postgresql (gconstpointer data)
{
  g_autoptr (BitketTestDir) dir = bitket_test_new_dir ();
  g_autofree char *uri = bitket_test_postgresql_uri ();
  StoreFixture fixture = { NULL, uri, dir };

  fixture_open (&fixture);
  (*(StoreTest *) data) (&fixture);
  bitket_db_close (fixture.db);
  bitket_test_drop_postgresql (uri);
}

void
store_test_add (const char *path, StoreTest test)
{
  const struct
  {
    const char *name;
    GTestDataFunc run;
  } databases[] = { { "sqlite", run_sqlite }, { "postgresql", run_postgresql } };

  for (gsize i = 0; i < G_N_ELEMENTS (databases); i++)
    {
      g_autofree char *full_path = g_strconcat ("/", databases[i].name, path, NULL);
      StoreTest *data = g_new (StoreTest, 1);

      *data = test;
      g_test_add_data_func_full (full_path, data, databases[i].run, g_free);
    }
}

void
store_test_begin (BitketDb *db)
{
  g_autoptr (GError) error = NULL;

  bitket_db_begin (db, BITKET_DB_TRANSACTION_WRITE, &error);
  g_assert_no_error (error);
}

void
store_test_commit (BitketDb *db)
{
  g_autoptr (GError) error = NULL;

  bitket_db_commit (db, &error);
  g_assert_no_error (error);
}

gint64
store_test_get_int (BitketDb *db, const char *sql)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketStatement) statement = bitket_db_prepare (db, sql, &error);

  g_assert_no_error (error);
  g_assert_true (bitket_statement_step (statement, &error));
  g_assert_no_error (error);
  return bitket_statement_get_int64 (statement, 0);
}

char *
store_test_dup_text (BitketDb *db, const char *sql)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketStatement) statement = bitket_db_prepare (db, sql, &error);
  char *text = NULL;

  g_assert_no_error (error);
  if (bitket_statement_step (statement, &error))
    text = g_strdup (bitket_statement_get_text (statement, 0));
  g_assert_no_error (error);
  return text;
}

/* Inserts @record, takes its id, and frees it. */
static void
insert (BitketDb *db, BitketRecord *record, char id[BITKET_ID_SIZE])
{
  g_autoptr (GError) error = NULL;

  bitket_store_insert (db, record, &error);
  g_assert_no_error (error);
  g_strlcpy (id, bitket_record_get_id (record), BITKET_ID_SIZE);
  g_object_unref (record);
}

static void
make_type (SmallEvent *self, BitketDb *db, const char *name, gint64 price_ore, char *id)
{
  BitketRecord *type = bitket_record_new (&bitket_ticket_type_schema);

  bitket_record_set_text (type, "event", self->event);
  bitket_record_set_text (type, "name", name);
  bitket_record_set_int64 (type, "price", price_ore);
  insert (db, type, id);
}

static void
make_choices (SmallEvent *self, BitketDb *db)
{
  BitketRecord *variation = bitket_record_new (&bitket_variation_schema);
  char variation_id[BITKET_ID_SIZE];

  bitket_record_set_text (variation, "ticket_type", self->dinner);
  bitket_record_set_text (variation, "name", "Dryck");
  insert (db, variation, variation_id);
  for (int i = 0; i < 2; i++)
    {
      BitketRecord *choice = bitket_record_new (&bitket_variation_choice_schema);

      bitket_record_set_text (choice, "variation", variation_id);
      bitket_record_set_text (choice, "name", i == 0 ? "Öl" : "Alkoholfritt");
      bitket_record_set_int64 (choice, "delta", i == 0 ? 0 : -5000);
      insert (db, choice, self->choices[i]);
    }
}

static void
make_discount (SmallEvent *self, BitketDb *db)
{
  BitketRecord *condition = bitket_record_new (&bitket_condition_schema);
  BitketRecord *modifier = bitket_record_new (&bitket_modifier_schema);

  bitket_record_set_text (condition, "type", "liu_student");
  insert (db, condition, self->condition);
  bitket_record_set_text (modifier, "condition", self->condition);
  bitket_record_set_text (modifier, "ticket_type", self->dinner);
  bitket_record_set_int64 (modifier, "delta", -5000);
  insert (db, modifier, self->modifier);
}

void
small_event_make (SmallEvent *self, BitketDb *db)
{
  g_autoptr (GError) error = NULL;
  BitketRecord *organization = bitket_record_new (&bitket_organization_schema);
  BitketRecord *event = bitket_record_new (&bitket_event_schema);

  bitket_record_set_text (organization, "name", "Provkåren");
  bitket_record_set_text (organization, "email", "info@provkaren.example");
  bitket_record_set_text (organization, "slug", "provkaren");
  insert (db, organization, self->organization);
  bitket_record_set_text (event, "slug", "provfesten");
  bitket_record_set_text (event, "name", "Provfesten");
  bitket_record_set_text (event, "organization", self->organization);
  insert (db, event, self->event);
  make_type (self, db, "Fest", 10000, self->party);
  make_type (self, db, "Sittning", 35000, self->dinner);
  make_choices (self, db);
  make_discount (self, db);
  self->user = bitket_store_add_user (db, "asali123@student.liu.se", "Åsa Lindberg", NULL, &error);
  g_assert_no_error (error);
}

void
small_event_clear (SmallEvent *self)
{
  g_clear_pointer (&self->user, g_free);
}

void
small_event_add_ticket (const SmallEvent *self, BitketDb *db, char ownership[BITKET_ID_SIZE])
{
  const char *choices[] = { self->choices[0], self->choices[1], NULL };
  const char *modifiers[] = { self->modifier, NULL };
  const BitketNewTicket ticket = {
    .ticket_type = self->dinner,
    .user = self->user,
    .choices = choices,
    .modifiers = modifiers,
    .created_us = G_GINT64_CONSTANT (1790000000000000),
  };
  BitketTicketCode code;
  g_autoptr (GError) error = NULL;

  bitket_store_add_ticket (db, &ticket, ownership, &code, &error);
  g_assert_no_error (error);
}
