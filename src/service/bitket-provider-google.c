/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-provider-private.h"

#include <string.h>

#include "bitket-secret.h"

/* OpenID's userinfo has a boolean; Google's older addresses write it as a string. */
static gboolean
is_verified (JsonObject *userinfo)
{
  JsonNode *node = json_object_get_member (userinfo, "email_verified");

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node))
    return FALSE;
  if (json_node_get_value_type (node) == G_TYPE_BOOLEAN)
    return json_node_get_boolean (node);
  return g_strcmp0 (json_node_get_string (node), "true") == 0;
}

BitketProfile *
bitket_provider_read_google (JsonNode *userinfo, GError **error)
{
  g_auto (BitketJsonReader) reader = { 0 };
  g_autoptr (BitketProfile) profile = g_new0 (BitketProfile, 1);
  const char *uid, *email, *name;

  g_return_val_if_fail (userinfo != NULL, NULL);

  if (!bitket_json_reader_init (&reader, userinfo, NULL, NULL) ||
      !bitket_json_read_string (&reader, "sub", &uid, NULL) || *uid == '\0')
    return bitket_provider_refuse (error, "Google's answer names nobody");
  if (!bitket_json_read_string_or (&reader, "email", NULL, &email, NULL) ||
      !bitket_json_read_string_or (&reader, "name", NULL, &name, NULL))
    return bitket_provider_refuse (error, "Google's answer has an address or name that is no text");
  profile->provider = BITKET_PROVIDER_GOOGLE;
  profile->uid = g_strdup (uid);
  profile->email = is_verified (reader.object) ? g_strdup (email) : NULL;
  profile->name = g_strdup (name);
  return g_steal_pointer (&profile);
}

BitketProfile *
bitket_provider_exchange_google (BitketProviders *self,
                                 const BitketProviderCode *code,
                                 GError **error)
{
  const BitketProviderConfig *config = &self->config->google;
  g_autoptr (BitketSecretString) token = bitket_provider_request_token (self, config, code, error);
  g_autoptr (JsonNode) userinfo =
      token == NULL ? NULL : bitket_provider_get (self, config->profile_url, token, error);

  return userinfo == NULL ? NULL : bitket_provider_read_google (userinfo, error);
}
