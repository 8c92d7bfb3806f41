/* SPDX-License-Identifier: MIT */
#include "bitket-core-error.h"
#include "bitket-id.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize len)
{
  g_autofree char *text = g_strndup ((const char *) data, len);
  g_autoptr (GError) error = NULL;
  char id[BITKET_ID_SIZE], hex[33], again[BITKET_ID_SIZE];

  if (!bitket_id_parse ((const char *) data, (gssize) len, id, &error))
    {
      g_assert_error (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_SYNTAX);
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
      g_assert_false (bitket_id_is_valid (text) && len == BITKET_ID_LEN);
      return 0;
    }
  g_assert_true (bitket_id_is_valid (id));
  bitket_id_to_hex (id, hex);
  bitket_id_parse (hex, -1, again, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (again, ==, id);
  return 0;
}
