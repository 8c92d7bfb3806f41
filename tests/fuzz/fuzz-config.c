/* SPDX-License-Identifier: MIT */
#include "bitket-config.h"
#include "bitket-store-error.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize len)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketConfig) config =
      bitket_config_parse ((const char *) data, len, "x", BITKET_CONFIG_READ_NOTHING, &error);

  if (config == NULL)
    {
      g_assert_error (error, BITKET_STORE_ERROR, BITKET_STORE_ERROR_INPUT);
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
      return 0;
    }
  g_assert_no_error (error);
  g_assert_nonnull (config->listen);
  g_assert_nonnull (config->stripe_api_url);
  g_assert_cmpint (config->max_wait_us, >=, G_USEC_PER_SEC);
  g_assert_cmpint (config->max_wait_us, <=, G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC);
  g_assert_true ((config->certificate == NULL) == (config->key == NULL));
  return 0;
}
