/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "bitket-core-error.h"
#include "bitket-json-reader.h"
#include "fuzz.h"

/* Every reader on every member: a value or an error, never both and never neither. */
static void
read_member (BitketJsonReader *reader, const char *member)
{
  for (int i = 0; i < 6; i++)
    {
      g_autoptr (GError) error = NULL;
      g_auto (BitketJsonReader) child = { NULL, NULL };
      const char *text = NULL;
      JsonArray *array = NULL;
      gint64 number = 0;
      gboolean flag = FALSE;
      char id[37];
      gboolean is_good = i == 0 ? bitket_json_read_string (reader, member, &text, &error)
                         : i == 1
                             ? bitket_json_read_int (reader, member, -1000, 1000, &number, &error)
                         : i == 2 ? bitket_json_read_money (reader, member, &number, &error)
                         : i == 3 ? bitket_json_read_array (reader, member, &array, &error)
                         : i == 4 ? bitket_json_read_object (reader, member, &child, &error)
                                  : bitket_json_read_boolean (reader, member, &flag, &error);

      g_assert_true (is_good == (error == NULL));
      g_assert_true (error == NULL || g_utf8_validate (error->message, -1, NULL));
      g_assert_true (i != 1 || !is_good || ABS (number) <= 1000);
      bitket_json_read_id (reader, member, id, NULL);
      bitket_json_read_time (reader, member, &number, NULL);
    }
}

static void
read_members (JsonNode *root)
{
  g_auto (BitketJsonReader) reader = { NULL, NULL };
  JsonObjectIter iter;
  const char *member;
  JsonNode *node;

  if (!bitket_json_reader_init (&reader, root, "root", NULL))
    return;
  json_object_iter_init (&iter, reader.object);
  while (json_object_iter_next (&iter, &member, &node))
    read_member (&reader, member);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize len)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = bitket_json_parse ((const char *) data, (gssize) len, &error);
  g_autoptr (JsonNode) again = NULL;
  g_autofree char *text = NULL;

  if (node == NULL)
    {
      g_assert_true (g_error_matches (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_SYNTAX) ||
                     g_error_matches (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_LIMIT));
      g_assert_nonnull (strstr (error->message, ": line "));
      return 0;
    }
  text = bitket_json_to_string (node);
  again = bitket_json_parse (text, -1, &error);
  g_assert_no_error (error);
  g_assert_true (json_node_equal (node, again));
  read_members (node);
  return 0;
}
