/* SPDX-License-Identifier: MIT */
#include "bitket-core-error.h"
#include "bitket-nin.h"
#include "fuzz.h"

#define TODAY_US G_GINT64_CONSTANT (1512847800000000) /* 2017-12-09 */

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize len)
{
  g_autofree char *text = g_strndup ((const char *) data, len);
  g_autoptr (GError) error = NULL;
  BitketNinKind kind = BITKET_NIN_KIND_NONE, kind_again = BITKET_NIN_KIND_NONE;
  char nin[BITKET_NIN_SIZE], again[BITKET_NIN_SIZE];

  if (!bitket_nin_parse (text, TODAY_US, nin, &kind, &error))
    {
      g_assert_true (error->domain == BITKET_CORE_ERROR);
      return 0;
    }
  bitket_nin_parse (nin, TODAY_US, again, &kind_again, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (again, ==, nin);
  g_assert_cmpint (kind_again, ==, kind);
  g_assert_cmpint (kind, !=, BITKET_NIN_KIND_NONE);
  return 0;
}
