/* SPDX-License-Identifier: MIT */
#include "bitket-core-error.h"
#include "bitket-id.h"
#include "bitket-schema.h"

#define ID "88a87ad6-32b5-5458-a4a5-f8cd227b10de"

typedef struct
{
  const char *schema;
  const char *field;
  const char *json;
  int code; /* 0: accepted */
  const char *text;
} CheckCase;

/* The texts are the wire's: clients of the original show them. */
static const CheckCase check_cases[] = {
  { "event", "name", "\"Luciafesten\"", 0, NULL },
  { "event", "name", "\"\"", BITKET_CORE_ERROR_LIMIT, "This field may not be blank." },
  { "event", "name", "null", BITKET_CORE_ERROR_NULL, "This field may not be null." },
  { "event", "name", "5", BITKET_CORE_ERROR_KIND, "Not a valid string." },
  { "event", "name", "[\"a\"]", BITKET_CORE_ERROR_KIND, "Not a valid string." },
  { "event", "description", "\"\"", 0, NULL },
  { "event", "slug", "\"lucia-2026_x\"", 0, NULL },
  { "event", "slug", "\"lucia 2026\"", BITKET_CORE_ERROR_SYNTAX,
    "Enter a valid \"slug\" consisting of letters, numbers, underscores or hyphens." },
  { "event", "slug", "\"lycka-ö\"", BITKET_CORE_ERROR_SYNTAX, NULL },
  { "event", "published", "true", 0, NULL },
  { "event", "published", "1", BITKET_CORE_ERROR_KIND, "Must be a valid boolean." },
  { "event", "starts", "\"2026-12-12T18:00:00+01:00\"", 0, NULL },
  { "event", "starts", "null", 0, NULL },
  { "event", "starts", "\"tomorrow\"", BITKET_CORE_ERROR_SYNTAX, NULL },
  { "event", "starts", "1795000000", BITKET_CORE_ERROR_SYNTAX, NULL },
  { "event", "organization", "\"" ID "\"", 0, NULL },
  { "event", "organization", "\"http://x/api/organizations/" ID "/\"", 0, NULL },
  { "event", "organization", "\"http://x/api/events/" ID "/\"", BITKET_CORE_ERROR_CHOICE,
    "Invalid hyperlink - Incorrect URL match." },
  { "event", "organization", "\"http://x/somewhere/\"", BITKET_CORE_ERROR_SYNTAX,
    "Invalid hyperlink - No URL match." },
  { "event", "organization", "5", BITKET_CORE_ERROR_KIND,
    "Incorrect type. Expected URL string, received int." },
  { "event", "organization", "{}", BITKET_CORE_ERROR_KIND,
    "Incorrect type. Expected URL string, received dict." },
  { "ticket_type", "price", "\"350.00\"", 0, NULL },
  { "ticket_type", "price", "350", 0, NULL },
  { "ticket_type", "price", "350.5", 0, NULL },
  { "ticket_type", "price", "true", BITKET_CORE_ERROR_KIND, "A valid number is required." },
  { "ticket_type", "price", "\"a\"", BITKET_CORE_ERROR_SYNTAX, "A valid number is required." },
  { "ticket_type", "price", "\"-1.00\"", BITKET_CORE_ERROR_LIMIT,
    "Ensure this value is greater than or equal to 0." },
  { "ticket_type", "price", "\"1.005\"", BITKET_CORE_ERROR_LIMIT,
    "Ensure that there are no more than 2 decimal places." },
  { "ticket_type", "price", "\"12345678.00\"", BITKET_CORE_ERROR_LIMIT,
    "Ensure that there are no more than 9 digits in total." },
  { "ticket_type", "price", "\"12345678\"", BITKET_CORE_ERROR_LIMIT,
    "Ensure that there are no more than 7 digits before the decimal point." },
  { "ticket_type", "price", "\"00012345678\"", BITKET_CORE_ERROR_LIMIT,
    "Ensure that there are no more than 7 digits before the decimal point." },
  { "ticket_type", "price", "\"1.2345678901\"", BITKET_CORE_ERROR_LIMIT,
    "Ensure that there are no more than 9 digits in total." },
  { "modifier", "delta", "\"-50.00\"", 0, NULL },
  { "ticket_type", "max_total_quantity", "0", 0, NULL },
  { "ticket_type", "max_total_quantity", "null", 0, NULL },
  { "ticket_type", "max_total_quantity", "-1", BITKET_CORE_ERROR_LIMIT,
    "Ensure this value is greater than or equal to 0." },
  { "ticket_type", "max_total_quantity", "1.5", BITKET_CORE_ERROR_KIND, NULL },
  { "ticket_type", "max_total_quantity", "\"5\"", BITKET_CORE_ERROR_KIND, NULL },
  { "ticket_type", "conflicts_with", "[]", 0, NULL },
  { "ticket_type", "conflicts_with", "[\"/api/ticket-types/" ID "/\"]", 0, NULL },
  { "ticket_type", "conflicts_with", "[5]", BITKET_CORE_ERROR_KIND, NULL },
  { "ticket_type", "conflicts_with", "\"x\"", BITKET_CORE_ERROR_KIND,
    "Expected a list of items but got type \"str\"." },
  { "membership", "role", "\"treasurer\"", 0, NULL },
  { "membership", "role", "\"king\"", BITKET_CORE_ERROR_CHOICE, "\"king\" is not a valid choice." },
  { "membership", "role", "5", BITKET_CORE_ERROR_CHOICE, "\"5\" is not a valid choice." },
  { "membership", "role", "\"organizer|treasurer\"", BITKET_CORE_ERROR_CHOICE, NULL },
  { "membership", "email", "\"a@b.se\"", 0, NULL },
  { "membership", "email", "\"a@b\"", BITKET_CORE_ERROR_SYNTAX, "Enter a valid email address." },
  { "membership", "email", "\"@b.se\"", BITKET_CORE_ERROR_SYNTAX, NULL },
  { "membership", "email", "\"a b@c.se\"", BITKET_CORE_ERROR_SYNTAX, NULL },
  { "membership", "email", "\"a@b@c.se\"", BITKET_CORE_ERROR_SYNTAX, NULL },
};

static void
test_check (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (check_cases); i++)
    {
      const CheckCase *c = &check_cases[i];
      const BitketField *field = bitket_schema_get_field (bitket_schema_find (c->schema), c->field);
      g_autoptr (JsonNode) node = json_from_string (c->json, NULL);
      g_autoptr (GError) error = NULL;
      gboolean ok;

      g_assert_nonnull (field);
      g_test_message ("%s.%s = %s", c->schema, c->field, c->json);
      ok = bitket_field_check (field, node, &error);
      g_assert_cmpint (ok, ==, c->code == 0);
      if (c->code == 0)
        g_assert_no_error (error);
      else
        g_assert_error (error, BITKET_CORE_ERROR, c->code);
      if (c->text != NULL)
        g_assert_cmpstr (error->message, ==, c->text);
    }
}

/* Lengths count characters, not bytes. */
static void
test_length (void)
{
  const BitketField *field = bitket_schema_get_field (&bitket_event_schema, "name");
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_VALUE);
  g_autoptr (GError) error = NULL;

  for (int i = 0; i < 256; i++)
    g_string_append (text, "ö");
  json_node_set_string (node, text->str);
  g_assert_true (bitket_field_check (field, node, &error));
  g_assert_no_error (error);
  g_string_append_c (text, 'x');
  json_node_set_string (node, text->str);
  g_assert_false (bitket_field_check (field, node, &error));
  g_assert_error (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_LIMIT);
  g_assert_cmpstr (error->message, ==, "Ensure this field has no more than 256 characters.");
}

static const struct
{
  const char *text;
  int code;
} hyperlinks[] = {
  { "http://localhost:8000/api/events/" ID "/", 0 },
  { "https://other.example/api/events/" ID "/", 0 },
  { "/api/events/" ID "/", 0 },
  { ID, 0 },
  { "88A87AD632B55458A4A5F8CD227B10DE", 0 },
  { "/api/events/88a87ad632b55458a4a5f8cd227b10de/", 0 },
  { "/api/events/" ID, BITKET_CORE_ERROR_SYNTAX },
  { "/api/events/" ID "/x/", BITKET_CORE_ERROR_SYNTAX },
  { "/api/nothing/" ID "/", BITKET_CORE_ERROR_SYNTAX },
  { "/api/users/" ID "/", BITKET_CORE_ERROR_CHOICE },
  { "/api/events/7/", BITKET_CORE_ERROR_SYNTAX },
  { "", BITKET_CORE_ERROR_SYNTAX },
  { "http://", BITKET_CORE_ERROR_SYNTAX },
  { "http:///////", BITKET_CORE_ERROR_SYNTAX },
  { "/api/events/" ID "/?x=http://y/api/events/" ID "/", BITKET_CORE_ERROR_SYNTAX },
};

static void
test_hyperlink (void)
{
  g_autofree char *link = bitket_hyperlink_format ("https://x", "events", ID);

  g_assert_cmpstr (link, ==, "https://x/api/events/" ID "/");
  for (gsize i = 0; i < G_N_ELEMENTS (hyperlinks); i++)
    {
      g_autoptr (GError) error = NULL;
      char id[BITKET_ID_SIZE] = "untouched";
      gboolean ok = bitket_hyperlink_parse (hyperlinks[i].text, "events", id, &error);

      g_test_message ("%s", hyperlinks[i].text);
      g_assert_cmpint (ok, ==, hyperlinks[i].code == 0);
      if (ok)
        g_assert_cmpstr (id, ==, ID);
      else
        {
          g_assert_error (error, BITKET_CORE_ERROR, hyperlinks[i].code);
          g_assert_cmpstr (id, ==, "untouched");
        }
    }
}

/* What the tables themselves must keep: the rest of the program relies on it. */
static void
test_tables (void)
{
  guint n;
  const BitketSchema *const *schemas = bitket_schemas_get (&n);

  g_assert_cmpuint (n, ==, 14);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);

      g_assert_cmpstr (schemas[i]->fields[0].name, ==, "id");
      g_assert_true (bitket_schema_find (schemas[i]->name) == schemas[i]);
      g_assert_true (bitket_schema_find_collection (schemas[i]->collection) == schemas[i]);
      for (guint f = 0; f < schemas[i]->n_fields; f++)
        {
          const BitketField *field = &schemas[i]->fields[f];

          g_test_message ("%s.%s", schemas[i]->name, field->name);
          g_assert_true (g_hash_table_add (names, (gpointer) field->name));
          if (field->kind == BITKET_KIND_REFERENCE || field->kind == BITKET_KIND_REFERENCES)
            g_assert_nonnull (bitket_schema_find (field->target));
          if (field->default_json != NULL)
            {
              g_autoptr (JsonNode) node = json_from_string (field->default_json, NULL);

              g_assert_nonnull (node);
              g_assert_true (bitket_field_check (field, node, NULL));
            }
        }
    }
  g_assert_null (bitket_schema_find ("nothing"));
  g_assert_null (bitket_schema_find_model ("auth.group"));
  g_assert_true (bitket_schema_find_model ("bitket.tickettype") == &bitket_ticket_type_schema);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/schema/check", test_check);
  g_test_add_func ("/core/schema/length", test_length);
  g_test_add_func ("/core/schema/hyperlink", test_hyperlink);
  g_test_add_func ("/core/schema/tables", test_tables);
  return g_test_run ();
}
