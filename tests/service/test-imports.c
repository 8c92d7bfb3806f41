/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

/* Prepaid visitors out of a table, against a real bitketd on both databases. */

#include <string.h>

#include "bitketd-fixture.h"

#define IMPORTS "/api/events/" WORLD_EVENT "/imports/"
#define MERCH   "Merch"
#define BANQUET "Christmas banquet + Party ticket"

static gint64
get_int (Bitketd *bitketd, const char *sql)
{
  g_autoptr (BitketDb) db = bitketd_open_db (bitketd);
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketStatement) statement = bitket_db_prepare (db, sql, &error);

  g_assert_no_error (error);
  g_assert_true (bitket_statement_step (statement, &error));
  return bitket_statement_get_int64 (statement, 0);
}

static void
run_sql (Bitketd *bitketd, const char *sql)
{
  g_autoptr (BitketDb) db = bitketd_open_db (bitketd);
  g_autoptr (GError) error = NULL;

  bitket_db_execute (db, sql, &error);
  g_assert_no_error (error);
}

#define N_TICKETS "SELECT COUNT (*) FROM tickets"
#define N_USERS   "SELECT COUNT (*) FROM users"

static Answer *
import (Bitketd *bitketd, const char *query, const char *table)
{
  g_autofree char *path = g_strconcat (IMPORTS, query, NULL);

  return bitketd_ask_with (bitketd, "POST", path, WORLD_STAFF, table, "Content-Type", "text/csv");
}

static gint64
get_count (Answer *answer, const char *name)
{
  if (answer->json == NULL || !json_object_has_member (json_node_get_object (answer->json), name))
    g_test_message ("%u %s", answer->status, answer->text);
  return json_object_get_int_member (json_node_get_object (answer->json), name);
}

static JsonObject *
get_row (Answer *answer, guint index)
{
  return json_array_get_object_element (
      json_object_get_array_member (json_node_get_object (answer->json), "rows"), index);
}

static const char *
get_text (Answer *answer, guint row, const char *name)
{
  return json_object_get_string_member (get_row (answer, row), name);
}

/* A trial says what would be, and leaves nothing behind; the real one makes it, once. */
static void
test_made (Bitketd *bitketd)
{
  static const char table[] = "E-post;Namn;Biljettyp;Personnummer;Beverage;Food;Övrigt\r\n"
                              "Eva@Example.com;Eva \"E\" Ek;" MERCH ";9011290799;;;x\r\n"
                              ";;;;;;\r\n"
                              "bob@example.com;Någon annan;" MERCH ";;;;\r\n"
                              "\"fia@example.com\";\"Fia; Fors\";" BANQUET ";;wine;MEAT;\r\n"
                              "bob@example.com;;" BANQUET ";;wine;meat;\r\n";
  gint64 n_tickets = get_int (bitketd, N_TICKETS);
  gint64 n_users = get_int (bitketd, N_USERS);
  g_autoptr (Answer) trial = import (bitketd, "?dry_run=true", table);
  g_autoptr (Answer) made = NULL;
  g_autoptr (Answer) again = NULL;
  g_autofree char *eva = NULL;
  g_autoptr (Answer) hers = NULL;

  g_assert_cmpint (get_count (trial, "ready"), ==, 3);
  g_assert_cmpuint (trial->status, ==, 200);
  g_assert_cmpstr (get_text (trial, 0, "result"), ==, "ready");
  g_assert_true (json_object_get_null_member (get_row (trial, 0), "ticket_ownership"));
  g_assert_cmpint (get_int (bitketd, N_TICKETS), ==, n_tickets);
  g_assert_cmpint (get_int (bitketd, N_USERS), ==, n_users);
  g_assert_nonnull (strstr (trial->text, "\"Övrigt\":null"));

  made = import (bitketd, "", table);
  g_assert_cmpint (get_count (made, "made"), ==, 3);
  g_assert_cmpint (get_count (made, "exists"), ==, 1);
  g_assert_cmpint (json_object_get_int_member (get_row (made, 1), "row"), ==, 4);
  g_assert_cmpstr (get_text (made, 3, "result"), ==, "exists");
  g_assert_nonnull (
      strstr (get_text (made, 3, "ticket_ownership"), "b87768fa-98cf-58f5-aa24-ebb0e76c0c04"));
  g_assert_cmpint (get_int (bitketd, N_TICKETS), ==, n_tickets + 3);
  g_assert_cmpint (get_int (bitketd, N_USERS), ==, n_users + 2);
  g_assert_cmpint (get_int (bitketd, "SELECT COUNT (*) FROM users WHERE email = 'eva@example.com'"
                                     " AND name = 'Eva \"E\" Ek' AND nin = '199011290799'"),
                   ==, 1);
  g_assert_cmpint (get_int (bitketd, "SELECT COUNT (*) FROM users WHERE name = 'Fia; Fors'"), ==,
                   1);
  again = import (bitketd, "", table);
  g_assert_cmpint (get_count (again, "made"), ==, 0);
  g_assert_cmpint (get_count (again, "exists"), ==, 4);
  g_assert_cmpint (get_int (bitketd, N_TICKETS), ==, n_tickets + 3);

  eva = bitketd_jwt (bitketd, "eva@example.com");
  hers = bitketd_ask (bitketd, "GET", "/api/ticket-ownerships/", eva, NULL);
  g_assert_cmpstr (json_object_get_string_member (answer_get_element (hers, 0), "price"), ==,
                   "25.50");
}

/* What is wrong is told row by row, and then nothing at all is written, unless that is wanted. */
static void
test_bad_rows (Bitketd *bitketd)
{
  static const struct
  {
    const char *row;
    const char *column; /* (nullable) */
    const char *text;
  } cases[] = {
    { "anna;;" MERCH ";;;", "mail", "Enter a valid email address." },
    { ";Anna;" MERCH ";;;", "mail", "Who it is, is missing: an e-mail address or a LiU ID." },
    { ";;" MERCH ";a b;;", "LiU-ID", "This is no LiU ID." },
    { "anna@example.com;;Opera;;;", "type", "The event has no ticket type “Opera”." },
    { "anna@example.com;;;;;", "type", "The ticket type is missing." },
    { "anna@example.com;;Concert seat;;;", "type", "The event has no ticket type “Concert seat”." },
    { "anna@example.com;;" BANQUET ";;;Meat", "Beverage",
      "“” of “Beverage” is none of “Wine”, “Non-alcoholic”." },
    { "anna@example.com;;" BANQUET ";;Wine;Grass", "Food",
      "“Grass” of “Food” is none of “Meat”, “Deluxe”." },
    { "anna@example.com;;" BANQUET ";;Wine", "Food", "“” of “Food” is none of “Meat”, “Deluxe”." },
    { "anna@example.com;;Sold out;;;", NULL, "There are no tickets of the type “Sold out” left." },
  };
  g_autoptr (GString) table = g_string_new ("mail;name;type;LiU-ID;Beverage;Food\n");
  gint64 n_users = get_int (bitketd, N_USERS);
  g_autoptr (Answer) refused = NULL;
  g_autoptr (Answer) made = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_string_append_printf (table, "%s\n", cases[i].row);
  g_string_append (table, ";Good;" MERCH ";good123;;\n");
  refused = import (bitketd, "", table->str);
  g_assert_cmpint (get_count (refused, "bad"), ==, G_N_ELEMENTS (cases));
  g_assert_cmpuint (refused->status, ==, 400);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_assert_cmpstr (get_text (refused, (guint) i, "text"), ==, cases[i].text);
      if (cases[i].column != NULL)
        g_assert_cmpstr (get_text (refused, (guint) i, "column"), ==, cases[i].column);
    }
  g_assert_cmpint (get_count (refused, "ready"), ==, 1);
  g_assert_cmpint (get_int (bitketd, N_USERS), ==, n_users);
  made = import (bitketd, "?skip_bad=true", table->str);
  g_assert_cmpuint (made->status, ==, 200);
  g_assert_cmpint (get_count (made, "made"), ==, 1);
  g_assert_cmpint (get_int (bitketd,
                            "SELECT COUNT (*) FROM users WHERE email = 'good123@student.liu.se'"
                            " AND liu_id = 'good123' AND name = 'Good'"),
                   ==, 1);
}

static void
test_bad_tables (Bitketd *bitketd)
{
  static const struct
  {
    const char *query;
    const char *table;
    const char *text;
  } cases[] = {
    { "", "", "{\"detail\":\"The file is empty.\"}" },
    { "", "namn\nAnna\n", "{\"detail\":\"No column says who it is: “email, liu_id”.\"}" },
    { "", "mail,e-post\na,b\n", "{\"detail\":\"Two columns are the same: “email”.\"}" },
    { "", "mail\n\"a\n", "{\"detail\":\"Row 2, column 1: the quotes are not closed.\"}" },
    { "", "mail\nR\xe4ka\n",
      "{\"detail\":\"The file is not UTF-8. Save it as “CSV UTF-8” or as “Unicode text”.\"}" },
    { "?columns=email,phone", "a,b\n",
      "{\"detail\":\"This is no column and no variation: “phone”.\"}" },
    { "?columns=email,name,-", "a,b\n",
      "{\"detail\":\"The table has fewer columns than that: “email,name,-”.\"}" },
    { "?delimiter=bar", "mail\n", "{\"delimiter\":[\"This is comma, semicolon or tab.\"]}" },
    { "?dry_run=yes", "mail\n", "{\"dry_run\":[\"This is true or false.\"]}" },
    { "?ticket_type=Opera", "mail\n",
      "{\"ticket_type\":[\"The event has no such ticket type.\"]}" },
  };
  g_autoptr (GString) many = g_string_new ("mail\n");
  g_autoptr (Answer) too_many = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Answer) answer = import (bitketd, cases[i].query, cases[i].table);

      g_assert_cmpstr (answer->text, ==, cases[i].text);
      g_assert_cmpuint (answer->status, ==, 400);
    }
  for (guint i = 0; i < 5001; i++)
    g_string_append (many, "a@example.com\n");
  too_many = import (bitketd, "", many->str);
  g_assert_cmpstr (too_many->text, ==, "{\"detail\":\"The file has more than 5001 rows.\"}");
}

/* Columns and types may be told instead of guessed. */
static void
test_told (Bitketd *bitketd)
{
  g_autoptr (Answer) made =
      import (bitketd, "?columns=-,email,name&ticket_type=" MERCH "&delimiter=tab",
              "nr\twer\tcomo\n1\teva@example.com\tEva, Ek\n");

  g_assert_cmpint (get_count (made, "made"), ==, 1);
  g_assert_cmpint (get_int (bitketd, "SELECT COUNT (*) FROM users WHERE name = 'Eva, Ek'"), ==, 1);
}

/* Never more than there are, what purchases have reserved included. */
static void
test_limits (Bitketd *bitketd)
{
  static const char table[] =
      "mail,type\na@example.com," MERCH "\nb@example.com," MERCH "\nc@example.com," MERCH "\n";
  g_autoptr (Answer) made = NULL;

  run_sql (bitketd,
           "UPDATE ticket_types SET max_total_quantity = 2 +"
           " (SELECT sold FROM stock WHERE ticket_type = ticket_types.id) WHERE name = '" MERCH
           "'; UPDATE stock SET reserved = 1 WHERE ticket_type ="
           " (SELECT id FROM ticket_types WHERE name = '" MERCH "')");
  made = import (bitketd, "?skip_bad=true", table);
  g_assert_cmpint (get_count (made, "made"), ==, 1);
  g_assert_cmpint (get_count (made, "bad"), ==, 2);
  g_assert_cmpstr (get_text (made, 2, "text"), ==,
                   "There are no tickets of the type “" MERCH "” left.");
}

static void
test_same_key (Bitketd *bitketd)
{
  g_autofree char *body = g_strdup ("mail,type\na@example.com," MERCH "\n");
  g_autoptr (Answer) first =
      bitketd_ask_with (bitketd, "POST", IMPORTS, WORLD_STAFF, body, "Idempotency-Key", "one");
  g_autoptr (Answer) again =
      bitketd_ask_with (bitketd, "POST", IMPORTS, WORLD_STAFF, body, "Idempotency-Key", "one");

  g_assert_cmpint (get_count (first, "made"), ==, 1);
  g_assert_cmpstr (again->text, ==, first->text);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  bitketd_test_add ("service/imports/made", test_made);
  bitketd_test_add ("service/imports/bad-rows", test_bad_rows);
  bitketd_test_add ("service/imports/bad-tables", test_bad_tables);
  bitketd_test_add ("service/imports/told", test_told);
  bitketd_test_add ("service/imports/limits", test_limits);
  bitketd_test_add ("service/imports/same-key", test_same_key);
  return g_test_run ();
}
