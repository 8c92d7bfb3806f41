/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-config.h"

#include "bitket-secret.h"
#include "bitket-time.h"

#define KEY(group, key, kind, field)                                                               \
  {                                                                                                \
    group, key, BITKET_CONFIG_##kind, G_STRUCT_OFFSET (BitketConfig, field), NULL                  \
  }
#define SECRET(group, key, field, variable)                                                        \
  {                                                                                                \
    group, key, BITKET_CONFIG_SECRET, G_STRUCT_OFFSET (BitketConfig, field), variable              \
  }
#define PROVIDER(group, field, variable)                                                           \
  KEY (group, "client-id", TEXT, field.client_id),                                                 \
      SECRET (group, "client-secret-file", field.client_secret, variable),                         \
      KEY (group, "authorize-url", URL, field.authorize_url),                                      \
      KEY (group, "token-url", URL, field.token_url),                                              \
      KEY (group, "profile-url", URL, field.profile_url)

/* Also what is freed: a field that stands in no row leaks. */
static const BitketConfigKey keys[] = {
  KEY ("server", "database", DATABASE, database),
  KEY ("server", "listen", TEXT, listen),
  KEY ("server", "certificate", FILE, certificate),
  KEY ("server", "key", FILE, key),
  SECRET ("server", "secret-key-file", secret_key, "BITKET_SECRET_KEY"),
  KEY ("server", "log-level", LOG_LEVEL, log_level),

  KEY ("payments", "provider", PAYMENTS, payments),
  SECRET ("payments", "stripe-key-file", stripe_key, "BITKET_STRIPE_KEY"),
  KEY ("payments", "stripe-public-key", TEXT, stripe_public_key),
  SECRET ("payments",
          "stripe-webhook-secret-file",
          stripe_webhook_secret,
          "BITKET_STRIPE_WEBHOOK_SECRET"),
  KEY ("payments", "stripe-client-id", TEXT, stripe_client_id),
  KEY ("payments", "stripe-api-url", URL, stripe_api_url),
  KEY ("payments", "stripe-connect-url", URL, stripe_connect_url),

  PROVIDER ("sign-in liu", liu, "BITKET_LIU_CLIENT_SECRET"),
  KEY ("sign-in liu", "resource", TEXT, liu.resource),
  KEY ("sign-in liu", "issuer", TEXT, liu.issuer),
  KEY ("sign-in liu", "jwks-url", URL, liu.jwks_url),
  KEY ("sign-in liu", "certificate", FILE, liu.certificate),
  PROVIDER ("sign-in google", google, "BITKET_GOOGLE_CLIENT_SECRET"),
  PROVIDER ("sign-in facebook", facebook, "BITKET_FACEBOOK_CLIENT_SECRET"),

  KEY ("directory", "sesam-url", URL, sesam_url),
  KEY ("directory", "sesam-user", TEXT, sesam_user),
  SECRET ("directory", "sesam-password-file", sesam_password, "BITKET_SESAM_PASSWORD"),
  KEY ("directory", "kobra-url", URL, kobra_url),
  KEY ("directory", "kobra-user", TEXT, kobra_user),
  SECRET ("directory", "kobra-key-file", kobra_key, "BITKET_KOBRA_KEY"),

  KEY ("mail", "smtp-url", MAIL_URL, smtp_url),
  KEY ("mail", "smtp-user", TEXT, smtp_user),
  SECRET ("mail", "smtp-password-file", smtp_password, "BITKET_SMTP_PASSWORD"),
  KEY ("mail", "from", MAIL, mail_from),
  KEY ("mail", "public-url", URL, public_url),

  KEY ("http", "cors-origins", ORIGINS, cors_origins),
  KEY ("http", "ca-file", FILE, ca_file),
  KEY ("http", "web-root", DIRECTORY, web_root),
  KEY ("http", "max-connections", COUNT, max_connections),
  KEY ("http", "header-timeout", SECONDS, header_timeout_us),
  KEY ("http", "slow-timeout", SECONDS, slow_timeout_us),
  KEY ("http", "min-rate", COUNT, min_rate),
  KEY ("http", "ping-interval", SECONDS, ping_interval_us),

  KEY ("queue", "max-wait", SECONDS, max_wait_us),
  KEY ("queue", "pay-deadline", SECONDS, pay_deadline_us),
  KEY ("queue", "dead-after", SECONDS, dead_after_us),
};

const BitketConfigKey *
bitket_config_get_keys (gsize *n_keys)
{
  g_return_val_if_fail (n_keys != NULL, NULL);

  *n_keys = G_N_ELEMENTS (keys);
  return keys;
}

static void
set_provider (BitketProviderConfig *provider,
              const char *authorize_url,
              const char *token_url,
              const char *profile_url)
{
  provider->authorize_url = g_strdup (authorize_url);
  provider->token_url = g_strdup (token_url);
  provider->profile_url = g_strdup (profile_url);
}

BitketConfig *
bitket_config_new (void)
{
  BitketConfig *self = g_new0 (BitketConfig, 1);

  self->n_references = 1;
  self->listen = g_strdup ("127.0.0.1:8000");
  self->log_level = g_strdup ("message");
  self->stripe_api_url = g_strdup ("https://api.stripe.com");
  self->stripe_connect_url = g_strdup ("https://connect.stripe.com");
  set_provider (&self->liu, "https://fs.liu.se/adfs/oauth2/authorize",
                "https://fs.liu.se/adfs/oauth2/token", NULL);
  set_provider (&self->google, "https://accounts.google.com/o/oauth2/v2/auth",
                "https://oauth2.googleapis.com/token",
                "https://openidconnect.googleapis.com/v1/userinfo");
  set_provider (&self->facebook, "https://www.facebook.com/v19.0/dialog/oauth",
                "https://graph.facebook.com/v19.0/oauth/access_token",
                "https://graph.facebook.com/v19.0/me");
  self->max_connections = 8192;
  self->header_timeout_us = 15 * G_USEC_PER_SEC;
  self->slow_timeout_us = 20 * G_USEC_PER_SEC;
  self->min_rate = 512;
  self->ping_interval_us = 20 * G_USEC_PER_SEC;
  self->max_wait_us = 2 * BITKET_TIME_MINUTE_US;
  self->pay_deadline_us = BITKET_TIME_MINUTE_US;
  self->dead_after_us = 15 * BITKET_TIME_SECOND_US;
  return self;
}

BitketConfig *
bitket_config_ref (BitketConfig *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_int_inc (&self->n_references);
  return self;
}

static void
clear_field (BitketConfig *self, const BitketConfigKey *key)
{
  gpointer field = G_STRUCT_MEMBER_P (self, key->offset);

  switch (key->kind)
    {
    case BITKET_CONFIG_PAYMENTS:
    case BITKET_CONFIG_SECONDS:
    case BITKET_CONFIG_COUNT:
      break;
    case BITKET_CONFIG_ORIGINS:
      g_clear_pointer ((char ***) field, g_strfreev);
      break;
    case BITKET_CONFIG_SECRET:
      g_clear_pointer ((char **) field, bitket_secret_free);
      break;
    case BITKET_CONFIG_TEXT:
    case BITKET_CONFIG_DATABASE:
    case BITKET_CONFIG_LOG_LEVEL:
    case BITKET_CONFIG_URL:
    case BITKET_CONFIG_MAIL_URL:
    case BITKET_CONFIG_MAIL:
    case BITKET_CONFIG_FILE:
    case BITKET_CONFIG_DIRECTORY:
      g_clear_pointer ((char **) field, g_free);
      break;
    }
}

void
bitket_config_unref (BitketConfig *self)
{
  g_return_if_fail (self != NULL);

  if (!g_atomic_int_dec_and_test (&self->n_references))
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    clear_field (self, &keys[i]);
  g_free (self);
}
