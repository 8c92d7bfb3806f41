/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-provider-private.h"

#include <string.h>

#include "bitket-service-error.h"

static const struct
{
  const char *name;
  const char *scope; /* (nullable) */
} ways[] = {
  [BITKET_PROVIDER_NONE] = { NULL, NULL },
  [BITKET_PROVIDER_LIU] = { "liu", NULL },
  [BITKET_PROVIDER_GOOGLE] = { "google-oauth2", "openid email profile" },
  [BITKET_PROVIDER_FACEBOOK] = { "facebook", "public_profile,email" },
};

BitketProvider
bitket_provider_from_name (const char *name)
{
  g_return_val_if_fail (name != NULL, BITKET_PROVIDER_NONE);

  for (guint i = BITKET_PROVIDER_LIU; i < G_N_ELEMENTS (ways); i++)
    if (strcmp (ways[i].name, name) == 0)
      return (BitketProvider) i;
  return BITKET_PROVIDER_NONE;
}

const char *
bitket_provider_get_name (BitketProvider provider)
{
  return ways[provider].name;
}

BitketProviders *
bitket_providers_new (BitketConfig *config, BitketHttp *http)
{
  BitketProviders *self;

  g_return_val_if_fail (config != NULL && http != NULL, NULL);

  self = g_new0 (BitketProviders, 1);
  self->config = bitket_config_ref (config);
  self->http = http;
  g_mutex_init (&self->fetch_mutex);
  g_mutex_init (&self->mutex);
  return self;
}

void
bitket_providers_free (BitketProviders *self)
{
  if (self == NULL)
    return;
  bitket_key_set_unref (self->keys);
  bitket_config_unref (self->config);
  g_mutex_clear (&self->mutex);
  g_mutex_clear (&self->fetch_mutex);
  g_free (self);
}

static const BitketProviderConfig *
get_config (const BitketProviders *self, BitketProvider provider)
{
  switch (provider)
    {
    case BITKET_PROVIDER_LIU:
      return &self->config->liu;
    case BITKET_PROVIDER_GOOGLE:
      return &self->config->google;
    case BITKET_PROVIDER_FACEBOOK:
      return &self->config->facebook;
    case BITKET_PROVIDER_NONE:
      break;
    }
  return NULL;
}

/* ADFS may know a client by its redirect address alone; the other two always have a secret. */
static gboolean
is_complete (BitketProvider provider, const BitketProviderConfig *config)
{
  if (config == NULL || config->client_id == NULL || config->token_url == NULL ||
      config->authorize_url == NULL)
    return FALSE;
  if (provider == BITKET_PROVIDER_LIU)
    return config->certificate != NULL || config->jwks_url != NULL;
  return config->client_secret != NULL && config->profile_url != NULL;
}

gboolean
bitket_providers_describe (BitketProviders *self,
                           BitketProvider provider,
                           BitketProviderOffer *offer)
{
  const BitketProviderConfig *config;

  g_return_val_if_fail (self != NULL && offer != NULL, FALSE);

  config = get_config (self, provider);
  if (!is_complete (provider, config))
    return FALSE;
  *offer = (BitketProviderOffer) { ways[provider].name, config->client_id, config->authorize_url,
                                   ways[provider].scope, config->resource };
  return TRUE;
}

void
bitket_profile_free (BitketProfile *profile)
{
  g_return_if_fail (profile != NULL);

  g_free (profile->uid);
  g_free (profile->email);
  g_free (profile->name);
  g_free (profile->liu_id);
  g_free (profile->lin);
  g_free (profile);
}

gpointer
bitket_provider_refuse (GError **error, const char *text)
{
  g_set_error_literal (error, BITKET_SERVICE_ERROR, BITKET_SERVICE_ERROR_CREDENTIALS, text);
  return NULL;
}

BitketProfile *
bitket_providers_exchange (BitketProviders *self,
                           BitketProvider provider,
                           const BitketProviderCode *code,
                           gint64 now_us,
                           GError **error)
{
  g_return_val_if_fail (self != NULL && code != NULL, NULL);
  g_return_val_if_fail (code->code != NULL && code->redirect_uri != NULL, NULL);

  switch (provider)
    {
    case BITKET_PROVIDER_LIU:
      return bitket_provider_exchange_liu (self, code, now_us, error);
    case BITKET_PROVIDER_GOOGLE:
      return bitket_provider_exchange_google (self, code, error);
    case BITKET_PROVIDER_FACEBOOK:
      return bitket_provider_exchange_facebook (self, code, error);
    case BITKET_PROVIDER_NONE:
      break;
    }
  return bitket_provider_refuse (error, "there is no such provider");
}
