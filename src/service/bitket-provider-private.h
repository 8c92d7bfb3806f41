/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-json-reader.h"
#include "bitket-jws.h"
#include "bitket-provider.h"

G_BEGIN_DECLS

struct _BitketProviders
{
  BitketConfig *config; /* (owned) */
  BitketHttp *http;     /* (unowned) */
  GMutex fetch_mutex;   /* held by the one who fetches LiU's keys */
  GMutex mutex;
  BitketKeySet *keys;  /* (owned) (nullable) (mutex mutex) LiU's */
  gint64 fetched_us;   /* (mutex mutex) when they were fetched */
  gint64 refetched_us; /* (mutex mutex) when a token asked for others; 0: never */
};

/* A field of a form. */
typedef struct
{
  const char *name;
  const char *value; /* (nullable): left out */
} BitketFormField;

/**
 * bitket_provider_post_form:
 * @fields: ends with a row without name
 * Sends the form and reads the JSON object of the answer. Errors as bitket_providers_exchange().
 */
JsonNode *bitket_provider_post_form (BitketProviders *self,
                                     const char *url,
                                     const BitketFormField *fields,
                                     GError **error);
/** bitket_provider_get: the same of what is asked for with an access token; @token: (nullable) */
JsonNode *
bitket_provider_get (BitketProviders *self, const char *url, const char *token, GError **error);
/** bitket_provider_request_token: exchanges the code. Returns: (transfer full): the access token,
 * free with bitket_secret_free() */
char *bitket_provider_request_token (BitketProviders *self,
                                     const BitketProviderConfig *config,
                                     const BitketProviderCode *code,
                                     GError **error);
/** bitket_provider_refuse: CREDENTIALS. Returns: %NULL */
gpointer bitket_provider_refuse (GError **error, const char *text);

BitketProfile *bitket_provider_exchange_liu (BitketProviders *self,
                                             const BitketProviderCode *code,
                                             gint64 now_us,
                                             GError **error);
BitketProfile *bitket_provider_exchange_google (BitketProviders *self,
                                                const BitketProviderCode *code,
                                                GError **error);
BitketProfile *bitket_provider_exchange_facebook (BitketProviders *self,
                                                  const BitketProviderCode *code,
                                                  GError **error);

/* Readers of what they answer; for the tests of strange answers too. Errors: CREDENTIALS. */
BitketProfile *bitket_provider_read_liu (JsonNode *claims, GError **error);
BitketProfile *bitket_provider_read_google (JsonNode *userinfo, GError **error);
BitketProfile *bitket_provider_read_facebook (JsonNode *me, GError **error);

G_END_DECLS
