/* SPDX-License-Identifier: MIT */
#include "bitket-core-error.h"
#include "bitket-json-reader.h"
#include "bitket-records.h"

#define EVENT_ID        "643ab7d6-1200-5ad3-8aa7-403fb35ead99"
#define ORGANIZATION_ID "a9890e3b-2163-5b53-953f-bb37e85dbcb7"
#define TYPE_ID         "dbec027f-d98a-50d7-be1a-b7e4278a31ee"
#define OTHER_TYPE_ID   "04f6f349-8821-58a1-a44c-917fa1b7e1c1"

/* As the original writes an event: the same members in the same order. */
static const char event_json[] =
    "{\"url\":\"https://b/api/events/" EVENT_ID "/\",\"id\":\"" EVENT_ID
    "\",\"slug\":\"luciafesten-2017\",\"name\":\"Luciafesten 2017\","
    "\"description\":\"**Lucia** party\\n\\n* one\\n* two\","
    "\"organization\":\"https://b/api/organizations/" ORGANIZATION_ID "/\"}";

static BitketRecord *
read_record (const BitketSchema *schema, const char *json)
{
  g_autoptr (BitketRecord) record = bitket_record_new (schema);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = bitket_json_parse (json, -1, &error);

  g_assert_no_error (error);
  bitket_record_read_json (record, node, BITKET_RECORD_READ_TOLERANT, &error);
  g_assert_no_error (error);
  return g_steal_pointer (&record);
}

static void
test_round_trip (void)
{
  g_autoptr (BitketRecord) event = read_record (&bitket_event_schema, event_json);
  g_autoptr (JsonNode) node = bitket_record_to_json (event, "https://b", BITKET_VIEW_ORIGINAL);
  g_autofree char *json = bitket_json_to_string (node);

  g_assert_true (BITKET_IS_EVENT (event));
  g_assert_cmpstr (bitket_record_get_text (event, "organization"), ==, ORGANIZATION_ID);
  g_assert_cmpstr (json, ==, event_json);
}

static void
test_kinds (void)
{
  static const char *const ids[] = { OTHER_TYPE_ID, NULL };
  g_autoptr (BitketRecord) type = bitket_record_new (&bitket_ticket_type_schema);
  g_autoptr (JsonNode) node = NULL;
  JsonObject *object;

  bitket_record_set_text (type, "id", TYPE_ID);
  bitket_record_set_text (type, "event", EVENT_ID);
  bitket_record_set_int64 (type, "price", 35000);
  bitket_record_set_references (type, "conflicts_with", ids);
  bitket_record_set_int64 (type, "sales_open", G_GINT64_CONSTANT (1512847800123456));
  g_assert_true (bitket_record_is_null (type, "max_total_quantity"));
  bitket_record_set_int64 (type, "max_total_quantity", 100);
  node = bitket_record_to_json (type, "https://b", BITKET_VIEW_STAFF);
  object = json_node_get_object (node);
  g_assert_cmpstr (json_object_get_string_member (object, "price"), ==, "350.00");
  g_assert_cmpstr (json_object_get_string_member (object, "sales_open"), ==,
                   "2017-12-09T19:30:00.123456Z");
  g_assert_cmpint (json_object_get_int_member (object, "max_total_quantity"), ==, 100);
  g_assert_true (json_object_get_null_member (object, "max_personal_quantity"));
  g_assert_true (json_object_get_null_member (object, "modifiers"));
  g_assert_cmpstr (
      json_array_get_string_element (json_object_get_array_member (object, "conflicts_with"), 0),
      ==, "https://b/api/ticket-types/" OTHER_TYPE_ID "/");
}

static void
count_cb (GObject *object, GParamSpec *pspec, gpointer user_data)
{
  int *n = user_data;

  (*n)++;
}

static void
test_changes (void)
{
  g_autoptr (BitketRecord) event = read_record (&bitket_event_schema, event_json);
  g_autoptr (JsonNode) node = NULL;
  g_autofree char *json = NULL;
  int n_notified = 0;

  bitket_record_mark_clean (event);
  g_signal_connect (event, "notify::name", G_CALLBACK (count_cb), &n_notified);
  bitket_record_set_text (event, "name", "Luciafesten 2017");
  g_assert_cmpint (n_notified, ==, 0);
  g_assert_false (bitket_record_is_changed (event, "name"));
  g_object_set (event, "name", "Luciafesten 2026", "entry-opens", (gint64) 0, NULL);
  g_assert_cmpint (n_notified, ==, 1);
  g_assert_true (bitket_record_is_changed (event, "name"));
  g_assert_false (bitket_record_is_changed (event, "slug"));
  bitket_record_set_null (event, "entry_opens");
  node = bitket_record_to_json (event, NULL, BITKET_VIEW_CHANGED);
  json = bitket_json_to_string (node);
  g_assert_cmpstr (json, ==, "{\"name\":\"Luciafesten 2026\",\"entry_opens\":null}");
}

typedef struct
{
  const BitketSchema *schema;
  const char *json;
  BitketRecordReadFlags flags;
  int code;
  const char *path;
} BadCase;

static void
test_bad (void)
{
  const BadCase cases[] = {
    { &bitket_event_schema, "[]", 0, BITKET_CORE_ERROR_KIND, "event" },
    { &bitket_event_schema, "null", 0, BITKET_CORE_ERROR_KIND, "event" },
    { &bitket_event_schema, "{}", 0, BITKET_CORE_ERROR_MISSING, "id" },
    { &bitket_event_schema, "{}", BITKET_RECORD_READ_WRITABLE, BITKET_CORE_ERROR_MISSING, "slug" },
    { &bitket_event_schema, "{\"name\":5}", BITKET_RECORD_READ_PARTIAL, BITKET_CORE_ERROR_KIND,
      "name" },
    { &bitket_event_schema, "{\"name\":\"ok\",\"nmae\":\"x\"}", BITKET_RECORD_READ_PARTIAL,
      BITKET_CORE_ERROR_UNKNOWN_FIELD, "nmae" },
    { &bitket_event_schema, "{\"name\":\"ok\",\"id\":\"" EVENT_ID "\"}",
      BITKET_RECORD_READ_PARTIAL | BITKET_RECORD_READ_WRITABLE, BITKET_CORE_ERROR_READ_ONLY, "id" },
    { &bitket_user_schema, "{\"is_superuser\":true}",
      BITKET_RECORD_READ_PARTIAL | BITKET_RECORD_READ_WRITABLE, BITKET_CORE_ERROR_READ_ONLY,
      "is_superuser" },
    { &bitket_ticket_type_schema, "{\"quantity\":{\"sold\":0}}",
      BITKET_RECORD_READ_PARTIAL | BITKET_RECORD_READ_WRITABLE, BITKET_CORE_ERROR_READ_ONLY,
      "quantity" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (BitketRecord) record = bitket_record_new (cases[i].schema);
      g_autoptr (JsonNode) node = bitket_json_parse (cases[i].json, -1, NULL);
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", cases[i].json);
      g_assert_false (bitket_record_read_json (record, node, cases[i].flags, &error));
      g_assert_error (error, BITKET_CORE_ERROR, cases[i].code);
      g_assert_true (g_str_has_prefix (error->message, cases[i].path));
      if (bitket_schema_get_field (cases[i].schema, "name") != NULL)
        g_assert_null (bitket_record_get_text (record, "name"));
    }
}

static void
test_defaults (void)
{
  guint n;
  const BitketSchema *const *schemas = bitket_schemas_get (&n);

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (BitketRecord) record = bitket_record_new (schemas[i]);

      g_assert_true (bitket_record_get_schema (record) == schemas[i]);
      for (guint f = 0; f < schemas[i]->n_fields; f++)
        g_assert_false (bitket_record_is_changed (record, schemas[i]->fields[f].name));
    }
}

/* Everything that is wrong with a request, at once, in the words of the wire. */
static void
test_check (void)
{
  static const struct
  {
    const char *json;
    BitketRecordReadFlags flags;
    const char *errors; /* NULL: it fits */
  } cases[] = {
    { "{}", BITKET_RECORD_READ_WRITABLE,
      "{\"organization\":[\"This field is required.\"],\"email\":[\"This field is required.\"],"
      "\"role\":[\"This field is required.\"]}" },
    { "{}", BITKET_RECORD_READ_WRITABLE | BITKET_RECORD_READ_PARTIAL, NULL },
    { "{\"x\":1,\"role\":\"boss\",\"id\":\"" EVENT_ID "\"}",
      BITKET_RECORD_READ_WRITABLE | BITKET_RECORD_READ_PARTIAL,
      "{\"id\":[\"This field is read-only.\"],\"role\":[\"\\\"boss\\\" is not a valid "
      "choice.\"],\"x\":[\"Unknown field.\"]}" },
    { "{\"x\":1,\"role\":\"crew\",\"id\":\"" EVENT_ID "\"}",
      BITKET_RECORD_READ_TOLERANT | BITKET_RECORD_READ_PARTIAL, NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (JsonNode) node = bitket_json_parse (cases[i].json, -1, NULL);
      g_autoptr (JsonObject) errors = bitket_record_check_json (
          &bitket_membership_schema, json_node_get_object (node), cases[i].flags);
      g_autoptr (JsonNode) shown =
          errors == NULL ? NULL : json_node_init_object (json_node_alloc (), errors);
      g_autofree char *text = shown == NULL ? NULL : bitket_json_to_string (shown);

      g_assert_cmpstr (text, ==, cases[i].errors);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/record/round-trip", test_round_trip);
  g_test_add_func ("/core/record/kinds", test_kinds);
  g_test_add_func ("/core/record/changes", test_changes);
  g_test_add_func ("/core/record/bad", test_bad);
  g_test_add_func ("/core/record/check", test_check);
  g_test_add_func ("/core/record/defaults", test_defaults);
  return g_test_run ();
}
