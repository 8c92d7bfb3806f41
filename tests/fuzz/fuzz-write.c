/* SPDX-License-Identifier: MIT */
#include "bitket-json-reader.h"
#include "bitket-record.h"
#include "fuzz.h"

/* The body of a request that writes, as every resource: what is found without errors can be read,
 * what is not cannot, and each error stands at a member of the body or at a field that is due. */
static void
check_body (const BitketSchema *schema, JsonNode *node, BitketRecordReadFlags flags)
{
  g_autoptr (BitketRecord) record = bitket_record_new (schema);
  JsonObject *object = json_node_get_object (node);
  g_autoptr (JsonObject) errors = bitket_record_check_json (schema, object, flags);
  g_autoptr (JsonNode) changed = NULL;
  JsonObjectIter iter;
  const char *name;

  g_assert_true (bitket_record_read_json (record, node, flags, NULL) == (errors == NULL));
  if (errors == NULL)
    {
      changed = bitket_record_to_json (record, NULL, BITKET_VIEW_CHANGED);
      g_assert_null (
          bitket_record_check_json (schema, json_node_get_object (changed),
                                    BITKET_RECORD_READ_WRITABLE | BITKET_RECORD_READ_PARTIAL));
      return;
    }
  json_object_iter_init (&iter, errors);
  while (json_object_iter_next (&iter, &name, NULL))
    g_assert_true (json_object_has_member (object, name) ||
                   bitket_schema_get_field (schema, name) != NULL);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize len)
{
  g_autoptr (JsonNode) node = bitket_json_parse ((const char *) data, (gssize) len, NULL);
  guint n;
  const BitketSchema *const *schemas = bitket_schemas_get (&n);

  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node))
    return -1;
  for (guint i = 0; i < n; i++)
    {
      check_body (schemas[i], node, BITKET_RECORD_READ_WRITABLE);
      check_body (schemas[i], node, BITKET_RECORD_READ_WRITABLE | BITKET_RECORD_READ_PARTIAL);
    }
  return 0;
}
