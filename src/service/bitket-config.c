/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-config.h"

#include "bitket-secret.h"
#include "bitket-time.h"

BitketConfig *
bitket_config_new (void)
{
  BitketConfig *self = g_new0 (BitketConfig, 1);

  self->n_references = 1;
  self->stripe_api_url = g_strdup ("https://api.stripe.com");
  self->stripe_connect_url = g_strdup ("https://connect.stripe.com");
  self->max_wait_us = 2 * BITKET_TIME_MINUTE_US;
  self->pay_deadline_us = BITKET_TIME_MINUTE_US;
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
clear_provider (BitketProviderConfig *provider)
{
  g_free (provider->client_id);
  bitket_secret_free (provider->client_secret);
  g_free (provider->token_url);
  g_free (provider->authorize_url);
  g_free (provider->profile_url);
  g_free (provider->resource);
  g_free (provider->issuer);
  g_free (provider->jwks_url);
  g_free (provider->certificate);
}

void
bitket_config_unref (BitketConfig *self)
{
  g_return_if_fail (self != NULL);

  if (!g_atomic_int_dec_and_test (&self->n_references))
    return;
  bitket_secret_free (self->stripe_key);
  g_free (self->stripe_public_key);
  bitket_secret_free (self->stripe_webhook_secret);
  g_free (self->stripe_client_id);
  g_free (self->stripe_api_url);
  g_free (self->stripe_connect_url);
  clear_provider (&self->liu);
  clear_provider (&self->google);
  clear_provider (&self->facebook);
  g_free (self->sesam_url);
  g_free (self->sesam_user);
  bitket_secret_free (self->sesam_password);
  g_free (self->kobra_url);
  g_free (self->kobra_user);
  bitket_secret_free (self->kobra_key);
  g_free (self->smtp_url);
  g_free (self->smtp_user);
  bitket_secret_free (self->smtp_password);
  g_free (self->mail_from);
  g_free (self->public_url);
  g_strfreev (self->cors_origins);
  g_free (self->ca_file);
  g_free (self->web_root);
  g_free (self);
}
