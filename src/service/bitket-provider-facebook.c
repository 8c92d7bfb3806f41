/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-provider-private.h"

#include <string.h>

#include "bitket-secret.h"

/* Facebook gives out an address only when its owner has confirmed it. */
BitketProfile *
bitket_provider_read_facebook (JsonNode *me, GError **error)
{
  g_auto (BitketJsonReader) reader = { 0 };
  g_autoptr (BitketProfile) profile = g_new0 (BitketProfile, 1);
  const char *uid, *email, *name;

  g_return_val_if_fail (me != NULL, NULL);

  if (!bitket_json_reader_init (&reader, me, NULL, NULL) ||
      !bitket_json_read_string (&reader, "id", &uid, NULL) || *uid == '\0')
    return bitket_provider_refuse (error, "Facebook's answer names nobody");
  if (!bitket_json_read_string_or (&reader, "email", NULL, &email, NULL) ||
      !bitket_json_read_string_or (&reader, "name", NULL, &name, NULL))
    return bitket_provider_refuse (error,
                                   "Facebook's answer has an address or name that is no text");
  profile->provider = BITKET_PROVIDER_FACEBOOK;
  profile->uid = g_strdup (uid);
  profile->email = g_strdup (email);
  profile->name = g_strdup (name);
  return g_steal_pointer (&profile);
}

/* appsecret_proof shows that the token is used by the application it was made for: HMAC-SHA256 of
 * the token under the application's secret. */
static char *
make_profile_url (const BitketProviderConfig *config, const char *token)
{
  g_autofree char *proof =
      g_compute_hmac_for_string (G_CHECKSUM_SHA256, (const guchar *) config->client_secret,
                                 strlen (config->client_secret), token, -1);

  return g_strdup_printf ("%s%sfields=id,name,email&locale=en_US&appsecret_proof=%s",
                          config->profile_url, strchr (config->profile_url, '?') ? "&" : "?",
                          proof);
}

BitketProfile *
bitket_provider_exchange_facebook (BitketProviders *self,
                                   const BitketProviderCode *code,
                                   GError **error)
{
  const BitketProviderConfig *config = &self->config->facebook;
  g_autoptr (BitketSecretString) token = bitket_provider_request_token (self, config, code, error);
  g_autofree char *url = token == NULL ? NULL : make_profile_url (config, token);
  g_autoptr (JsonNode) me = token == NULL ? NULL : bitket_provider_get (self, url, token, error);

  return me == NULL ? NULL : bitket_provider_read_facebook (me, error);
}
