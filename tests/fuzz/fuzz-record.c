/* SPDX-License-Identifier: MIT */
#include "bitket-json-reader.h"
#include "bitket-record.h"
#include "fuzz.h"

/* Every kind of record, as a request and as an answer: what is accepted is written as valid again,
 * what is refused changes nothing. */
static void
check_record (const BitketSchema *schema, JsonNode *node, BitketRecordReadFlags flags)
{
  g_autoptr (BitketRecord) record = bitket_record_new (schema);
  g_autoptr (BitketRecord) again = bitket_record_new (schema);
  g_autoptr (JsonNode) written = NULL;
  g_autoptr (GError) error = NULL;

  if (!bitket_record_read_json (record, node, flags, &error))
    {
      g_assert_nonnull (error);
      for (guint i = 0; i < schema->n_fields; i++)
        g_assert_false (bitket_record_is_changed (record, schema->fields[i].name));
      return;
    }
  written = bitket_record_to_json (record, "https://b", BITKET_VIEW_STAFF);
  bitket_record_read_json (again, written, BITKET_RECORD_READ_PARTIAL | BITKET_RECORD_READ_TOLERANT,
                           NULL);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize len)
{
  g_autoptr (JsonNode) node = bitket_json_parse ((const char *) data, (gssize) len, NULL);
  guint n;
  const BitketSchema *const *schemas = bitket_schemas_get (&n);

  if (node == NULL)
    return -1;
  for (guint i = 0; i < n; i++)
    {
      check_record (schemas[i], node, BITKET_RECORD_READ_PARTIAL | BITKET_RECORD_READ_WRITABLE);
      check_record (schemas[i], node, BITKET_RECORD_READ_PARTIAL | BITKET_RECORD_READ_TOLERANT);
    }
  return 0;
}
