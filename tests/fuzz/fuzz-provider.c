/* SPDX-License-Identifier: MIT */
#include "bitket-json-reader.h"
#include "bitket-provider-private.h"
#include "bitket-service-error.h"
#include "fuzz.h"

static void
check (BitketProfile *profile, GError *error)
{
  g_assert_true ((profile == NULL) == (error != NULL));
  if (error != NULL)
    {
      g_assert_true (
          g_error_matches (error, BITKET_SERVICE_ERROR, BITKET_SERVICE_ERROR_CREDENTIALS));
      return;
    }
  /* Whoever it is has an id. */
  g_assert_true (profile->uid != NULL && *profile->uid != '\0');
}

/* What each of the providers may say of somebody: somebody with an id, or an error. */
int
LLVMFuzzerTestOneInput (const guint8 *data, gsize len)
{
  static BitketProfile *(*const readers[]) (JsonNode * node, GError * *error) = {
    bitket_provider_read_liu, bitket_provider_read_google, bitket_provider_read_facebook
  };
  g_autoptr (JsonNode) node = bitket_json_parse ((const char *) data, (gssize) len, NULL);

  if (node == NULL)
    return -1;
  for (gsize i = 0; i < G_N_ELEMENTS (readers); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (BitketProfile) profile = readers[i](node, &error);

      check (profile, error);
    }
  return 0;
}
