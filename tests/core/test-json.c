/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "bitket-core-error.h"
#include "bitket-json-reader.h"

/* The messages are those that Python 3.11's json.loads () gives for the same text, where it refuses
 * it at all. */
static const struct
{
  const char *text;
  int code;
  const char *message;
} bad_cases[] = {
  { "", BITKET_CORE_ERROR_SYNTAX, "Expecting value: line 1 column 1 (char 0)" },
  { " ", BITKET_CORE_ERROR_SYNTAX, "Expecting value: line 1 column 2 (char 1)" },
  { "[", BITKET_CORE_ERROR_SYNTAX, "Expecting value: line 1 column 2 (char 1)" },
  { "[1", BITKET_CORE_ERROR_SYNTAX, "Expecting ',' delimiter: line 1 column 3 (char 2)" },
  { "[1,]", BITKET_CORE_ERROR_SYNTAX, "Expecting value: line 1 column 4 (char 3)" },
  { "[,", BITKET_CORE_ERROR_SYNTAX, "Expecting value: line 1 column 2 (char 1)" },
  { "[1 2]", BITKET_CORE_ERROR_SYNTAX, "Expecting ',' delimiter: line 1 column 4 (char 3)" },
  { "[1}", BITKET_CORE_ERROR_SYNTAX, "Expecting ',' delimiter: line 1 column 3 (char 2)" },
  { "]", BITKET_CORE_ERROR_SYNTAX, "Expecting value: line 1 column 1 (char 0)" },
  { "{", BITKET_CORE_ERROR_SYNTAX,
    "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)" },
  { "{,", BITKET_CORE_ERROR_SYNTAX,
    "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)" },
  { "{1:2}", BITKET_CORE_ERROR_SYNTAX,
    "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)" },
  { "{'a':2}", BITKET_CORE_ERROR_SYNTAX,
    "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)" },
  { "{\"a\"", BITKET_CORE_ERROR_SYNTAX, "Expecting ':' delimiter: line 1 column 5 (char 4)" },
  { "{\"a\" 1}", BITKET_CORE_ERROR_SYNTAX, "Expecting ':' delimiter: line 1 column 6 (char 5)" },
  { "{\"a\":", BITKET_CORE_ERROR_SYNTAX, "Expecting value: line 1 column 6 (char 5)" },
  { "{\"a\":1", BITKET_CORE_ERROR_SYNTAX, "Expecting ',' delimiter: line 1 column 7 (char 6)" },
  { "{\"a\":1,", BITKET_CORE_ERROR_SYNTAX,
    "Expecting property name enclosed in double quotes: line 1 column 8 (char 7)" },
  { "{\"a\":1,}", BITKET_CORE_ERROR_SYNTAX,
    "Expecting property name enclosed in double quotes: line 1 column 8 (char 7)" },
  { "\"abc", BITKET_CORE_ERROR_SYNTAX,
    "Unterminated string starting at: line 1 column 1 (char 0)" },
  { "\"a\\", BITKET_CORE_ERROR_SYNTAX,
    "Unterminated string starting at: line 1 column 1 (char 0)" },
  { "'a'", BITKET_CORE_ERROR_SYNTAX, "Expecting value: line 1 column 1 (char 0)" },
  { "\"a\\x\"", BITKET_CORE_ERROR_SYNTAX, "Invalid \\escape: line 1 column 3 (char 2)" },
  { "\"\xc3\xa9\\q\"", BITKET_CORE_ERROR_SYNTAX, "Invalid \\escape: line 1 column 3 (char 2)" },
  { "\"\\u12\"", BITKET_CORE_ERROR_SYNTAX, "Invalid \\uXXXX escape: line 1 column 3 (char 2)" },
  { "\"\\u12zz\"", BITKET_CORE_ERROR_SYNTAX, "Invalid \\uXXXX escape: line 1 column 3 (char 2)" },
  { "\"a\\u1", BITKET_CORE_ERROR_SYNTAX, "Invalid \\uXXXX escape: line 1 column 4 (char 3)" },
  { "\"a\nb\"", BITKET_CORE_ERROR_SYNTAX,
    "Invalid control character at: line 1 column 3 (char 2)" },
  { "\"a\tb\"", BITKET_CORE_ERROR_SYNTAX,
    "Invalid control character at: line 1 column 3 (char 2)" },
  { "01", BITKET_CORE_ERROR_SYNTAX, "Extra data: line 1 column 2 (char 1)" },
  { "1.", BITKET_CORE_ERROR_SYNTAX, "Extra data: line 1 column 2 (char 1)" },
  { "1.e3", BITKET_CORE_ERROR_SYNTAX, "Extra data: line 1 column 2 (char 1)" },
  { "1e", BITKET_CORE_ERROR_SYNTAX, "Extra data: line 1 column 2 (char 1)" },
  { "0x10", BITKET_CORE_ERROR_SYNTAX, "Extra data: line 1 column 2 (char 1)" },
  { "1 2", BITKET_CORE_ERROR_SYNTAX, "Extra data: line 1 column 3 (char 2)" },
  { "{}{}", BITKET_CORE_ERROR_SYNTAX, "Extra data: line 1 column 3 (char 2)" },
  { "-", BITKET_CORE_ERROR_SYNTAX, "Expecting value: line 1 column 1 (char 0)" },
  { "+1", BITKET_CORE_ERROR_SYNTAX, "Expecting value: line 1 column 1 (char 0)" },
  { ".5", BITKET_CORE_ERROR_SYNTAX, "Expecting value: line 1 column 1 (char 0)" },
  { "nul", BITKET_CORE_ERROR_SYNTAX, "Expecting value: line 1 column 1 (char 0)" },
  { "True", BITKET_CORE_ERROR_SYNTAX, "Expecting value: line 1 column 1 (char 0)" },
  { "nulll", BITKET_CORE_ERROR_SYNTAX, "Extra data: line 1 column 5 (char 4)" },
  { "// a\n1", BITKET_CORE_ERROR_SYNTAX, "Expecting value: line 1 column 1 (char 0)" },
  { "[1] /* a */", BITKET_CORE_ERROR_SYNTAX, "Extra data: line 1 column 5 (char 4)" },
  { "[\"\xc3\xa5\",\n x]", BITKET_CORE_ERROR_SYNTAX, "Expecting value: line 2 column 2 (char 7)" },
  { "{\n\"a\": [\n1,\n\n]}", BITKET_CORE_ERROR_SYNTAX,
    "Expecting value: line 5 column 1 (char 13)" },

  /* Python takes the rest. */
  { "NaN", BITKET_CORE_ERROR_SYNTAX, "Expecting value: line 1 column 1 (char 0)" },
  { "-Infinity", BITKET_CORE_ERROR_SYNTAX, "Expecting value: line 1 column 1 (char 0)" },
  { "{\"a\":1,\"a\":1}", BITKET_CORE_ERROR_SYNTAX, "Duplicate member: line 1 column 8 (char 7)" },
  { "{\"a\":1,\"\\u0061\":1}", BITKET_CORE_ERROR_SYNTAX,
    "Duplicate member: line 1 column 8 (char 7)" },
  { "\"\\ud800\"", BITKET_CORE_ERROR_SYNTAX, "Unpaired surrogate: line 1 column 3 (char 2)" },
  { "\"\\udc00\"", BITKET_CORE_ERROR_SYNTAX, "Unpaired surrogate: line 1 column 3 (char 2)" },
  { "\"\\ud800\\n\"", BITKET_CORE_ERROR_SYNTAX, "Unpaired surrogate: line 1 column 3 (char 2)" },
  { "\"\\ud800\\ud800\"", BITKET_CORE_ERROR_SYNTAX,
    "Unpaired surrogate: line 1 column 3 (char 2)" },
  { "\"\\u0000\"", BITKET_CORE_ERROR_SYNTAX, "NUL character: line 1 column 3 (char 2)" },
  { "\"\xc3\xa5\xff\"", BITKET_CORE_ERROR_SYNTAX, "Invalid UTF-8: line 1 column 3 (char 2)" },
  { "\"\xc0\x80\"", BITKET_CORE_ERROR_SYNTAX, "Invalid UTF-8: line 1 column 2 (char 1)" },
  { "\"\xed\xa0\x80\"", BITKET_CORE_ERROR_SYNTAX, "Invalid UTF-8: line 1 column 2 (char 1)" },
  { "\"\xc3", BITKET_CORE_ERROR_SYNTAX, "Invalid UTF-8: line 1 column 2 (char 1)" },
  { "\xef\xbb\xbf{}", BITKET_CORE_ERROR_SYNTAX, "Expecting value: line 1 column 1 (char 0)" },
  { "1e999", BITKET_CORE_ERROR_LIMIT, "Number too large: line 1 column 1 (char 0)" },
  { "[-1e999]", BITKET_CORE_ERROR_LIMIT, "Number too large: line 1 column 2 (char 1)" },
};

static void
test_parse_bad (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (JsonNode) node = bitket_json_parse (bad_cases[i].text, -1, &error);

      g_test_message ("%s", bad_cases[i].message);
      g_assert_null (node);
      g_assert_error (error, BITKET_CORE_ERROR, bad_cases[i].code);
      g_assert_cmpstr (error->message, ==, bad_cases[i].message);
    }
}

static void
test_parse_nul (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (bitket_json_parse ("[1\0]", 4, &error));
  g_assert_error (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_SYNTAX);
  g_assert_cmpstr (error->message, ==, "NUL character: line 1 column 3 (char 2)");
}

static void
test_parse_good (void)
{
  static const struct
  {
    const char *text;
    const char *compact;
  } cases[] = {
    { "{}", "{}" },
    { "[]", "[]" },
    { "null", "null" },
    { "true", "true" },
    { "false", "false" },
    { "\"\"", "\"\"" },
    { "0", "0" },
    { "-0", "0" },
    { "9223372036854775807", "9223372036854775807" },
    { "-9223372036854775808", "-9223372036854775808" },
    { " \t\r\n[ 1 , 2.5 , -3e2 ] \n", "[1,2.5,-300.0]" },
    { "{ \"b\" : 1 , \"a\" : { \"c\" : [ ] } }", "{\"b\":1,\"a\":{\"c\":[]}}" },
    { "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\\"\\\\/\\b\\f\\n\\r\\t\"" },
    { "\"\\u00e5\\u00c5\\uD83D\\uDE00\"", "\"\xc3\xa5\xc3\x85\xf0\x9f\x98\x80\"" },
    { "\"\xc3\xa5\xf0\x9f\x98\x80\"", "\"\xc3\xa5\xf0\x9f\x98\x80\"" },
    { "\"\x7f\"", "\"\x7f\"" },
    { "\"\\u0001\\u001F\\u2028\\u2029\"", "\"\\u0001\\u001f\\u2028\\u2029\"" },
    { "[0.1,1.0,-0.0,1e21,-3e21,1e-7,0.30000000000000004,1.7976931348623157e308]",
      "[0.1,1.0,-0.0,1e+21,-3e+21,1e-07,0.30000000000000004,1.7976931348623157e+308]" },
    { "[9007199254740993.0,18446744073709551616]", "[9007199254740992.0,1.8446744073709552e+19]" },
    { "{\"\":1}", "{\"\":1}" },
    { "{\"a\":1,\"A\":2}", "{\"a\":1,\"A\":2}" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (JsonNode) node = bitket_json_parse (cases[i].text, -1, &error);
      g_autofree char *compact = NULL;

      g_assert_no_error (error);
      compact = bitket_json_to_string (node);
      g_assert_cmpstr (compact, ==, cases[i].compact);
    }
}

/* What lies behind @len is not looked at, and need not be there. */
static void
test_parse_len (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *exact = g_memdup2 ("[12", 3);
  g_autoptr (JsonNode) node = bitket_json_parse ("[1]2", 3, &error);

  g_assert_no_error (error);
  g_assert_nonnull (node);
  g_assert_null (bitket_json_parse (exact, 3, NULL));
}

static char *
dup_nested (guint depth, char opening, char closing)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < depth; i++)
    g_string_append_c (text, opening);
  for (guint i = 0; closing != '\0' && i < depth; i++)
    g_string_append_c (text, closing);
  return g_string_free (text, FALSE);
}

static void
test_parse_depth (void)
{
  g_autofree char *deepest = dup_nested (BITKET_JSON_MAX_DEPTH, '[', ']');
  g_autofree char *too_deep = dup_nested (BITKET_JSON_MAX_DEPTH + 1, '[', ']');
  g_autofree char *bomb = dup_nested (1000000, '[', '\0');
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = bitket_json_parse (deepest, -1, &error);

  g_assert_no_error (error);
  g_assert_nonnull (node);
  g_assert_null (bitket_json_parse (too_deep, -1, &error));
  g_assert_error (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_LIMIT);
  g_assert_cmpstr (error->message, ==, "Nested more than 64 deep: line 1 column 65 (char 64)");
  g_clear_error (&error);
  g_assert_null (bitket_json_parse (bomb, -1, &error));
  g_assert_error (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_LIMIT);
}

static void
test_kind_name (void)
{
  static const char *kinds[] = {
    "string", "number", "number", "boolean", "null", "array", "object"
  };
  g_autoptr (JsonNode) node = bitket_json_parse ("[\"a\", 1, 1.5, true, null, [], {}]", -1, NULL);
  JsonArray *array = json_node_get_array (node);

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    g_assert_cmpstr (bitket_json_kind_name (json_array_get_element (array, i)), ==, kinds[i]);
}

/* One document for all the readers: what each member is to each reader stands in the tables. */
static const char document[] =
    "{\"text\": \"abc\", \"empty\": \"\", \"null\": null, \"yes\": true, \"no\": false, \"int\": 42,"
    " \"negative\": -7, \"whole\": 300.0, \"half\": 0.5, \"huge\": 18446744073709551616,"
    " \"max\": 9223372036854775807, \"id\": \"88A87AD632B55458A4A5F8CD227B10DE\","
    " \"time\": \"1970-01-01T01:00:01+01:00\", \"price\": \"120.50\", \"exact\": 1234567.89,"
    " \"third\": 0.333, \"noise\": 0.30000000000000004, \"tiny\": 1e-7, \"million\": 1e6,"
    " \"tickets\": [{\"utilized\": 5}, \"x\", null], \"event\": {\"name\": \"Lucia\", \"venue\": {}}}";

typedef struct
{
  JsonNode *root;
  BitketJsonReader reader;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fixture->root = bitket_json_parse (document, -1, &error);
  g_assert_no_error (error);
  bitket_json_reader_init (&fixture->reader, fixture->root, NULL, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  bitket_json_reader_clear (&fixture->reader);
  json_node_unref (fixture->root);
}

static void
assert_error (GError *error, int code, const char *message)
{
  g_assert_error (error, BITKET_CORE_ERROR, code);
  g_assert_cmpstr (error->message, ==, message);
}

static void
test_read_string (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *member;
    int code;
    const char *message;
  } cases[] = {
    { "absent", BITKET_CORE_ERROR_MISSING, "absent: missing" },
    { "null", BITKET_CORE_ERROR_NULL, "null: may not be null" },
    { "int", BITKET_CORE_ERROR_KIND, "int: expected a string, found number" },
    { "yes", BITKET_CORE_ERROR_KIND, "yes: expected a string, found boolean" },
    { "tickets", BITKET_CORE_ERROR_KIND, "tickets: expected a string, found array" },
    { "event", BITKET_CORE_ERROR_KIND, "event: expected a string, found object" },
  };
  const char *value = NULL;
  g_autoptr (GError) none = NULL;

  bitket_json_read_string (&fixture->reader, "text", &value, &none);
  g_assert_no_error (none);
  g_assert_cmpstr (value, ==, "abc");
  bitket_json_read_string (&fixture->reader, "empty", &value, &none);
  g_assert_no_error (none);
  g_assert_cmpstr (value, ==, "");
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (bitket_json_read_string (&fixture->reader, cases[i].member, &value, &error));
      assert_error (error, cases[i].code, cases[i].message);
    }
  g_assert_cmpstr (value, ==, "");
}

static void
test_read_or (Fixture *fixture, gconstpointer data)
{
  static const char *const left_out[] = { "absent", "null" };
  const char *text = NULL;
  gint64 number = 0;
  gboolean flag = FALSE;
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (left_out); i++)
    {
      g_assert_true (
          bitket_json_read_string_or (&fixture->reader, left_out[i], "else", &text, &error));
      g_assert_cmpstr (text, ==, "else");
      g_assert_true (
          bitket_json_read_int_or (&fixture->reader, left_out[i], 0, 9, -1, &number, &error));
      g_assert_cmpint (number, ==, -1);
      g_assert_true (
          bitket_json_read_boolean_or (&fixture->reader, left_out[i], TRUE, &flag, &error));
      g_assert_true (flag);
      g_assert_true (bitket_json_read_time_or (&fixture->reader, left_out[i], 5, &number, &error));
      g_assert_cmpint (number, ==, 5);
      g_assert_false (bitket_json_reader_has (&fixture->reader, left_out[i]));
    }
  g_assert_true (bitket_json_read_string_or (&fixture->reader, "text", NULL, &text, &error));
  g_assert_cmpstr (text, ==, "abc");
  g_assert_true (bitket_json_read_int_or (&fixture->reader, "int", 0, 99, -1, &number, &error));
  g_assert_cmpint (number, ==, 42);
  g_assert_true (bitket_json_read_boolean_or (&fixture->reader, "no", TRUE, &flag, &error));
  g_assert_false (flag);
  g_assert_true (bitket_json_read_time_or (&fixture->reader, "time", 5, &number, &error));
  g_assert_cmpint (number, ==, 1000000);
  g_assert_false (bitket_json_read_string_or (&fixture->reader, "int", "else", &text, &error));
  assert_error (error, BITKET_CORE_ERROR_KIND, "int: expected a string, found number");
}

static void
test_read_int (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *member;
    gint64 min, max;
    int code; /* 0: good */
    const char *message;
    gint64 value;
  } cases[] = {
    { "int", 0, 42, 0, NULL, 42 },
    { "negative", -7, 0, 0, NULL, -7 },
    { "whole", 0, 1000, 0, NULL, 300 },
    { "max", G_MININT64, G_MAXINT64, 0, NULL, G_MAXINT64 },
    { "int", 0, 41, BITKET_CORE_ERROR_LIMIT, "int: must be at most 41", 0 },
    { "negative", 0, 9, BITKET_CORE_ERROR_LIMIT, "negative: must be at least 0", 0 },
    { "half", 0, 9, BITKET_CORE_ERROR_KIND, "half: expected a whole number, found a fraction", 0 },
    { "huge", 0, G_MAXINT64, BITKET_CORE_ERROR_LIMIT, "huge: too large for a whole number", 0 },
    { "text", 0, 9, BITKET_CORE_ERROR_KIND, "text: expected a number, found string", 0 },
    { "yes", 0, 9, BITKET_CORE_ERROR_KIND, "yes: expected a number, found boolean", 0 },
    { "null", 0, 9, BITKET_CORE_ERROR_NULL, "null: may not be null", 0 },
    { "absent", 0, 9, BITKET_CORE_ERROR_MISSING, "absent: missing", 0 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      gint64 value = 77;
      gboolean is_good = bitket_json_read_int (&fixture->reader, cases[i].member, cases[i].min,
                                               cases[i].max, &value, &error);

      g_assert_cmpint (is_good, ==, cases[i].code == 0);
      if (is_good)
        g_assert_cmpint (value, ==, cases[i].value);
      else
        {
          assert_error (error, cases[i].code, cases[i].message);
          g_assert_cmpint (value, ==, 77);
        }
    }
}

static void
test_read_boolean (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  gboolean value = FALSE;

  g_assert_true (bitket_json_read_boolean (&fixture->reader, "yes", &value, &error));
  g_assert_true (value);
  g_assert_false (bitket_json_read_boolean (&fixture->reader, "int", &value, &error));
  assert_error (error, BITKET_CORE_ERROR_KIND, "int: expected a boolean, found number");
  g_assert_true (value);
}

static void
test_read_money (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *member;
    int code; /* 0: good */
    gint64 ore;
  } cases[] = {
    { "price", 0, 12050 },
    { "int", 0, 4200 },
    { "negative", 0, -700 },
    { "half", 0, 50 },
    { "exact", 0, 123456789 },
    { "million", 0, 100000000 },
    { "third", BITKET_CORE_ERROR_LIMIT, 0 },
    { "noise", BITKET_CORE_ERROR_LIMIT, 0 },
    { "tiny", BITKET_CORE_ERROR_LIMIT, 0 },
    { "huge", BITKET_CORE_ERROR_LIMIT, 0 },
    { "max", BITKET_CORE_ERROR_LIMIT, 0 },
    { "text", BITKET_CORE_ERROR_SYNTAX, 0 },
    { "yes", BITKET_CORE_ERROR_KIND, 0 },
    { "event", BITKET_CORE_ERROR_KIND, 0 },
    { "null", BITKET_CORE_ERROR_NULL, 0 },
    { "absent", BITKET_CORE_ERROR_MISSING, 0 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      gint64 ore = 77;

      g_test_message ("%s", cases[i].member);
      if (bitket_json_read_money (&fixture->reader, cases[i].member, &ore, &error))
        g_assert_cmpint (cases[i].code, ==, 0);
      else
        {
          g_assert_error (error, BITKET_CORE_ERROR, cases[i].code);
          g_assert_true (g_str_has_prefix (error->message, cases[i].member));
        }
      g_assert_cmpint (ore, ==, cases[i].code == 0 ? cases[i].ore : 77);
    }
}

/* Every amount that money can hold survives being a number in JSON. */
static void
test_money_numbers (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (5);

  for (int i = 0; i < 5000; i++)
    {
      gint64 wanted = g_rand_int_range (rand, -999999999, 1000000000);
      g_autofree char *text =
          g_strdup_printf ("{\"a\": %s%" G_GINT64_FORMAT ".%02d}", wanted < 0 ? "-" : "",
                           ABS (wanted) / 100, (int) (ABS (wanted) % 100));
      g_autoptr (JsonNode) root = bitket_json_parse (text, -1, NULL);
      g_auto (BitketJsonReader) reader = { NULL, NULL };
      g_autoptr (GError) error = NULL;
      gint64 ore = 0;

      g_assert_true (bitket_json_reader_init (&reader, root, "", &error));
      bitket_json_read_money (&reader, "a", &ore, &error);
      g_assert_no_error (error);
      g_assert_cmpint (ore, ==, wanted);
    }
}

static void
test_read_id_and_time (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  char id[37] = "";
  gint64 time_us = 0;

  g_assert_true (bitket_json_read_id (&fixture->reader, "id", id, &error));
  g_assert_cmpstr (id, ==, "88a87ad6-32b5-5458-a4a5-f8cd227b10de");
  g_assert_false (bitket_json_read_id (&fixture->reader, "text", id, &error));
  assert_error (error, BITKET_CORE_ERROR_SYNTAX, "text: \"abc\" is not a valid id");
  g_clear_error (&error);
  g_assert_true (bitket_json_read_time (&fixture->reader, "time", &time_us, &error));
  g_assert_cmpint (time_us, ==, 1000000);
  g_assert_false (bitket_json_read_time (&fixture->reader, "text", &time_us, &error));
  assert_error (error, BITKET_CORE_ERROR_SYNTAX,
                "text: \"abc\" is not a time such as 2017-12-09T19:30:00Z");
}

static void
test_read_nested (Fixture *fixture, gconstpointer data)
{
  g_auto (BitketJsonReader) event = { NULL, NULL };
  g_auto (BitketJsonReader) venue = { NULL, NULL };
  g_auto (BitketJsonReader) ticket = { NULL, NULL };
  g_autoptr (GError) error = NULL;
  JsonArray *array = NULL;
  const char *text;

  g_assert_true (bitket_json_read_object (&fixture->reader, "event", &event, &error));
  g_assert_true (bitket_json_read_string (&event, "name", &text, &error));
  g_assert_cmpstr (text, ==, "Lucia");
  g_assert_true (bitket_json_read_object (&event, "venue", &venue, &error));
  g_assert_false (bitket_json_read_string (&venue, "street", &text, &error));
  assert_error (error, BITKET_CORE_ERROR_MISSING, "event.venue.street: missing");
  g_clear_error (&error);

  g_assert_true (bitket_json_read_array (&fixture->reader, "tickets", &array, &error));
  g_assert_cmpuint (json_array_get_length (array), ==, 3);
  g_assert_true (bitket_json_read_element (&fixture->reader, "tickets", array, 0, &ticket, &error));
  g_assert_false (bitket_json_read_string (&ticket, "utilized", &text, &error));
  assert_error (error, BITKET_CORE_ERROR_KIND,
                "tickets[0].utilized: expected a string, found number");
}

static void
test_read_nested_bad (Fixture *fixture, gconstpointer data)
{
  g_auto (BitketJsonReader) child = { NULL, NULL };
  g_autoptr (GError) error = NULL;
  JsonArray *array = NULL;
  const char *text = NULL;

  g_assert_true (bitket_json_read_array (&fixture->reader, "tickets", &array, &error));
  g_assert_false (bitket_json_read_element (&fixture->reader, "tickets", array, 1, &child, &error));
  assert_error (error, BITKET_CORE_ERROR_KIND, "tickets[1]: expected an object, found string");
  g_clear_error (&error);
  g_assert_true (
      bitket_json_read_string_element (&fixture->reader, "tickets", array, 1, &text, &error));
  g_assert_cmpstr (text, ==, "x");
  g_assert_false (
      bitket_json_read_string_element (&fixture->reader, "tickets", array, 2, &text, &error));
  assert_error (error, BITKET_CORE_ERROR_KIND, "tickets[2]: expected a string, found null");
  g_clear_error (&error);
  g_assert_false (bitket_json_read_array (&fixture->reader, "event", &array, &error));
  assert_error (error, BITKET_CORE_ERROR_KIND, "event: expected an array, found object");
  g_clear_error (&error);
  g_assert_false (bitket_json_read_object (&fixture->reader, "text", &child, &error));
  assert_error (error, BITKET_CORE_ERROR_KIND, "text: expected an object, found string");
}

static void
test_reader_root (void)
{
  g_autoptr (JsonNode) root = bitket_json_parse ("[]", -1, NULL);
  g_auto (BitketJsonReader) reader = { NULL, NULL };
  g_autoptr (GError) error = NULL;

  g_assert_false (bitket_json_reader_init (&reader, root, NULL, &error));
  assert_error (error, BITKET_CORE_ERROR_KIND, "expected an object, found array");
  g_clear_error (&error);
  g_assert_false (bitket_json_reader_init (&reader, root, "event", &error));
  assert_error (error, BITKET_CORE_ERROR_KIND, "event: expected an object, found array");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/json/parse-bad", test_parse_bad);
  g_test_add_func ("/core/json/parse-nul", test_parse_nul);
  g_test_add_func ("/core/json/parse-good", test_parse_good);
  g_test_add_func ("/core/json/parse-len", test_parse_len);
  g_test_add_func ("/core/json/parse-depth", test_parse_depth);
  g_test_add_func ("/core/json/kind-name", test_kind_name);
  g_test_add_func ("/core/json/money-numbers", test_money_numbers);
  g_test_add_func ("/core/json/reader-root", test_reader_root);
#define ADD(name, func) g_test_add (name, Fixture, NULL, set_up, func, tear_down)
  ADD ("/core/json/read-string", test_read_string);
  ADD ("/core/json/read-or", test_read_or);
  ADD ("/core/json/read-int", test_read_int);
  ADD ("/core/json/read-boolean", test_read_boolean);
  ADD ("/core/json/read-money", test_read_money);
  ADD ("/core/json/read-id-and-time", test_read_id_and_time);
  ADD ("/core/json/read-nested", test_read_nested);
  ADD ("/core/json/read-nested-bad", test_read_nested_bad);
#undef ADD
  return g_test_run ();
}
