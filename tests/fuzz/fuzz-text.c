/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "bitket-text.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize len)
{
  g_autofree char *text = g_strndup ((const char *) data, len);
  g_autofree char *folded = bitket_text_fold (text);
  g_autofree char *again = bitket_text_fold (folded);
  gsize folded_len = strlen (folded);

  g_assert_true (g_utf8_validate (folded, -1, NULL));
  g_assert_cmpstr (again, ==, folded);
  g_assert_true (bitket_text_matches (folded, folded));
  g_assert_null (strstr (folded, "  "));
  g_assert_true (folded_len == 0 || (folded[0] != ' ' && folded[folded_len - 1] != ' '));
  return 0;
}
