/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-core"

/* The parser of every document from outside. It goes over the text once and builds the tree of
 * json-glib itself: json-glib's own scanner takes what is no JSON, and takes 2^64 for -1.
 * The error texts and positions are those of Python's json, which the original answered with. */

#include "bitket-json-reader.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "bitket-core-error.h"

typedef struct
{
  const char *text;
  const char *end;
  const char *p;
  guint depth;
  GString *scratch; /* (owned) the string read last */
  GError **error;
} Parser;

static JsonNode *parse_value (Parser *parser);

/* Line and column count characters, not bytes, from 1; "char" counts from 0. The text up to @at is
 * known to be UTF-8. */
static gboolean
set_error_at (Parser *parser, BitketCoreError code, const char *what, const char *at)
{
  const char *line_start = parser->text;
  guint line = 1;

  for (const char *p = parser->text; p < at; p++)
    if (*p == '\n')
      {
        line++;
        line_start = p + 1;
      }
  g_set_error (parser->error, BITKET_CORE_ERROR, code, "%s: line %u column %ld (char %ld)", what,
               line, g_utf8_strlen (line_start, at - line_start) + 1,
               g_utf8_strlen (parser->text, at - parser->text));
  return FALSE;
}

static gboolean
set_syntax_error (Parser *parser, const char *what, const char *at)
{
  return set_error_at (parser, BITKET_CORE_ERROR_SYNTAX, what, at);
}

static void
skip_blanks (Parser *parser)
{
  while (parser->p < parser->end &&
         (*parser->p == ' ' || *parser->p == '\t' || *parser->p == '\n' || *parser->p == '\r'))
    parser->p++;
}

/* What stands here, or NUL at the end: there is no NUL inside the text. */
static char
peek (Parser *parser)
{
  return parser->p < parser->end ? *parser->p : '\0';
}

static gboolean
read_hex4 (Parser *parser, guint *value)
{
  const char *at = parser->p - 1;
  guint sum = 0;

  if (parser->end - parser->p < 4)
    return set_syntax_error (parser, "Invalid \\uXXXX escape", at);
  for (guint i = 0; i < 4; i++)
    {
      int digit = g_ascii_xdigit_value (parser->p[i]);

      if (digit < 0)
        return set_syntax_error (parser, "Invalid \\uXXXX escape", at);
      sum = sum * 16 + (guint) digit;
    }
  parser->p += 4;
  *value = sum;
  return TRUE;
}

/* Behind "\u". A half of a surrogate pair alone is no character, and a NUL would cut the string
 * short for everybody who reads it as C does. */
static gboolean
read_unicode_escape (Parser *parser)
{
  const char *at = parser->p - 1;
  guint high, low;

  if (!read_hex4 (parser, &high))
    return FALSE;
  if (high >= 0xd800 && high <= 0xdbff)
    {
      if (parser->end - parser->p < 2 || parser->p[0] != '\\' || parser->p[1] != 'u')
        return set_syntax_error (parser, "Unpaired surrogate", at);
      parser->p += 2;
      if (!read_hex4 (parser, &low))
        return FALSE;
      if (low < 0xdc00 || low > 0xdfff)
        return set_syntax_error (parser, "Unpaired surrogate", at);
      high = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
    }
  else if (high >= 0xdc00 && high <= 0xdfff)
    return set_syntax_error (parser, "Unpaired surrogate", at);
  if (high == 0)
    return set_syntax_error (parser, "NUL character", at);
  g_string_append_unichar (parser->scratch, high);
  return TRUE;
}

/* On the backslash. */
static gboolean
read_escape (Parser *parser, const char *opening)
{
  static const char names[] = "\"\\/bfnrt";
  static const char meanings[] = "\"\\/\b\f\n\r\t";
  const char *backslash = parser->p++;
  const char *name;

  if (parser->p == parser->end)
    return set_syntax_error (parser, "Unterminated string starting at", opening);
  if (*parser->p == 'u')
    {
      parser->p++;
      return read_unicode_escape (parser);
    }
  name = strchr (names, *parser->p);
  if (name == NULL)
    return set_syntax_error (parser, "Invalid \\escape", backslash);
  g_string_append_c (parser->scratch, meanings[name - names]);
  parser->p++;
  return TRUE;
}

/* On the opening quote; the text goes to the scratch string. */
static gboolean
read_string (Parser *parser)
{
  const char *opening = parser->p++;

  g_string_truncate (parser->scratch, 0);
  while (parser->p < parser->end)
    {
      const char *run = parser->p;

      while (parser->p < parser->end && *parser->p != '"' && *parser->p != '\\' &&
             (guchar) *parser->p >= 0x20)
        parser->p++;
      g_string_append_len (parser->scratch, run, parser->p - run);
      if (parser->p == parser->end)
        break;
      if (*parser->p == '"')
        {
          parser->p++;
          return TRUE;
        }
      if (*parser->p != '\\')
        return set_syntax_error (parser, "Invalid control character at", parser->p);
      if (!read_escape (parser, opening))
        return FALSE;
    }
  return set_syntax_error (parser, "Unterminated string starting at", opening);
}

static const char *
skip_digits (Parser *parser, const char *p)
{
  while (p < parser->end && g_ascii_isdigit (*p))
    p++;
  return p;
}

/* The longest number that begins here: what follows it is judged by who called. */
static const char *
find_number_end (Parser *parser, gboolean *is_integer)
{
  const char *p = parser->p;
  const char *more;

  *is_integer = TRUE;
  if (p < parser->end && *p == '-')
    p++;
  if (p == parser->end || !g_ascii_isdigit (*p))
    return NULL;
  p = *p == '0' ? p + 1 : skip_digits (parser, p);
  if (p < parser->end && *p == '.' && skip_digits (parser, p + 1) > p + 1)
    {
      p = skip_digits (parser, p + 1);
      *is_integer = FALSE;
    }
  if (p < parser->end && (*p == 'e' || *p == 'E'))
    {
      more = p + 1;
      if (more < parser->end && (*more == '+' || *more == '-'))
        more++;
      if (skip_digits (parser, more) > more)
        {
          p = skip_digits (parser, more);
          *is_integer = FALSE;
        }
    }
  return p;
}

/* A whole number of 64 bits stays one; everything else is a double. */
static JsonNode *
parse_number (Parser *parser)
{
  gboolean is_integer;
  const char *start = parser->p;
  const char *end = find_number_end (parser, &is_integer);
  g_autofree char *digits = NULL;
  double value;

  if (end == NULL)
    {
      set_syntax_error (parser, "Expecting value", start);
      return NULL;
    }
  digits = g_strndup (start, end - start);
  parser->p = end;
  if (is_integer)
    {
      gint64 integer;

      errno = 0;
      integer = g_ascii_strtoll (digits, NULL, 10);
      if (errno == 0)
        return json_node_init_int (json_node_alloc (), integer);
    }
  value = g_ascii_strtod (digits, NULL);
  if (!isfinite (value))
    {
      set_error_at (parser, BITKET_CORE_ERROR_LIMIT, "Number too large", start);
      return NULL;
    }
  return json_node_init_double (json_node_alloc (), value);
}

static gboolean
read_word (Parser *parser, const char *word)
{
  gsize len = strlen (word);

  if ((gsize) (parser->end - parser->p) < len || memcmp (parser->p, word, len) != 0)
    return FALSE;
  parser->p += len;
  return TRUE;
}

/* One member from its name on; behind it stands what follows its value. */
static gboolean
read_member (Parser *parser, JsonObject *object)
{
  const char *opening = parser->p;
  g_autofree char *name = NULL;
  JsonNode *value;

  if (peek (parser) != '"')
    return set_syntax_error (parser, "Expecting property name enclosed in double quotes", opening);
  if (!read_string (parser))
    return FALSE;
  if (json_object_has_member (object, parser->scratch->str))
    return set_syntax_error (parser, "Duplicate member", opening);
  name = g_strndup (parser->scratch->str, parser->scratch->len);
  skip_blanks (parser);
  if (peek (parser) != ':')
    return set_syntax_error (parser, "Expecting ':' delimiter", parser->p);
  parser->p++;
  skip_blanks (parser);
  value = parse_value (parser);
  if (value == NULL)
    return FALSE;
  json_object_set_member (object, name, value);
  skip_blanks (parser);
  return TRUE;
}

static JsonNode *
parse_object (Parser *parser)
{
  g_autoptr (JsonObject) object = json_object_new ();

  parser->p++;
  skip_blanks (parser);
  if (peek (parser) != '}')
    for (;;)
      {
        if (!read_member (parser, object))
          return NULL;
        if (peek (parser) != ',')
          break;
        parser->p++;
        skip_blanks (parser);
      }
  if (peek (parser) != '}')
    {
      set_syntax_error (parser, "Expecting ',' delimiter", parser->p);
      return NULL;
    }
  parser->p++;
  return json_node_init_object (json_node_alloc (), object);
}

static JsonNode *
parse_array (Parser *parser)
{
  g_autoptr (JsonArray) array = json_array_new ();

  parser->p++;
  skip_blanks (parser);
  if (peek (parser) != ']')
    for (;;)
      {
        JsonNode *element = parse_value (parser);

        if (element == NULL)
          return NULL;
        json_array_add_element (array, element);
        skip_blanks (parser);
        if (peek (parser) != ',')
          break;
        parser->p++;
        skip_blanks (parser);
      }
  if (peek (parser) != ']')
    {
      set_syntax_error (parser, "Expecting ',' delimiter", parser->p);
      return NULL;
    }
  parser->p++;
  return json_node_init_array (json_node_alloc (), array);
}

static JsonNode *
parse_container (Parser *parser)
{
  JsonNode *node;

  if (parser->depth == BITKET_JSON_MAX_DEPTH)
    {
      set_error_at (parser, BITKET_CORE_ERROR_LIMIT,
                    "Nested more than " G_STRINGIFY (BITKET_JSON_MAX_DEPTH) " deep", parser->p);
      return NULL;
    }
  parser->depth++;
  node = *parser->p == '{' ? parse_object (parser) : parse_array (parser);
  parser->depth--;
  return node;
}

static JsonNode *
parse_value (Parser *parser)
{
  switch (peek (parser))
    {
    case '{':
    case '[':
      return parse_container (parser);
    case '"':
      return read_string (parser) ? json_node_init_string (json_node_alloc (), parser->scratch->str)
                                  : NULL;
    case 't':
      if (read_word (parser, "true"))
        return json_node_init_boolean (json_node_alloc (), TRUE);
      break;
    case 'f':
      if (read_word (parser, "false"))
        return json_node_init_boolean (json_node_alloc (), FALSE);
      break;
    case 'n':
      if (read_word (parser, "null"))
        return json_node_init_null (json_node_alloc ());
      break;
    default:
      return parse_number (parser);
    }
  set_syntax_error (parser, "Expecting value", parser->p);
  return NULL;
}

JsonNode *
bitket_json_parse (const char *text, gssize len, GError **error)
{
  Parser parser = { .text = text, .p = text, .error = error };
  g_autoptr (GString) scratch = NULL;
  g_autoptr (JsonNode) root = NULL;
  const char *bad;

  g_return_val_if_fail (text != NULL, NULL);

  parser.end = text + (len < 0 ? strlen (text) : (gsize) len);
  if (!g_utf8_validate_len (text, parser.end - text, &bad))
    {
      set_syntax_error (&parser, *bad == '\0' ? "NUL character" : "Invalid UTF-8", bad);
      return NULL;
    }
  scratch = g_string_sized_new (128);
  parser.scratch = scratch;
  skip_blanks (&parser);
  root = parse_value (&parser);
  if (root == NULL)
    return NULL;
  skip_blanks (&parser);
  if (parser.p < parser.end)
    {
      set_syntax_error (&parser, "Extra data", parser.p);
      return NULL;
    }
  return g_steal_pointer (&root);
}
