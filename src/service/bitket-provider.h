/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-config.h"
#include "bitket-http.h"

G_BEGIN_DECLS

/* Those who say who somebody is: LiU (ADFS), Google, Facebook. All of them speak OAuth 2's
 * authorization code flow (RFC 6749); a client comes with the code. See docs/sign-in.md. */

typedef enum
{
  BITKET_PROVIDER_NONE,
  BITKET_PROVIDER_LIU,
  BITKET_PROVIDER_GOOGLE,
  BITKET_PROVIDER_FACEBOOK,
} BitketProvider;

/** bitket_provider_from_name: by the original's names: "liu", "google-oauth2", "facebook"; NONE */
BitketProvider bitket_provider_from_name (const char *name);
/** bitket_provider_get_name: (nullable): of NONE */
const char *bitket_provider_get_name (BitketProvider provider);

/* Asks them, and keeps LiU's keys. Any thread. */
typedef struct _BitketProviders BitketProviders;

/** bitket_providers_new: @config: ref'd; @http: (unowned): outlives it */
BitketProviders *bitket_providers_new (BitketConfig *config, BitketHttp *http);
/** bitket_providers_free: (nullable) */
void bitket_providers_free (BitketProviders *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BitketProviders, bitket_providers_free)

/* What a client needs to send somebody there. */
typedef struct
{
  const char *name;
  const char *client_id;
  const char *authorize_url;
  const char *scope;    /* static (nullable) */
  const char *resource; /* (nullable) of ADFS */
} BitketProviderOffer;

/** bitket_providers_describe: @offer (out), borrowed. Returns: %FALSE when the way is closed: it
 * lacks its client id, its secret (Google, Facebook) or the keys of its tokens (LiU) */
gboolean bitket_providers_describe (BitketProviders *self,
                                    BitketProvider provider,
                                    BitketProviderOffer *offer);

/* What a client brings back. */
typedef struct
{
  const char *code;
  const char *redirect_uri;  /* the one the code was asked for with */
  const char *code_verifier; /* (nullable) PKCE (RFC 7636) */
} BitketProviderCode;

/* Who a provider says that it is. */
typedef struct
{
  BitketProvider provider;
  char *uid;    /* (owned) never changes */
  char *email;  /* (owned) (nullable) only an address that the provider vouches for */
  char *name;   /* (owned) (nullable) */
  char *liu_id; /* (owned) (nullable) of LiU */
  char *lin;    /* (owned) (nullable) of LiU: norEduPersonLIN, by which directories know people */
} BitketProfile;
void bitket_profile_free (BitketProfile *profile);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BitketProfile, bitket_profile_free)

/**
 * bitket_providers_exchange:
 * @provider: an open one
 *
 * Waits for the provider, ten seconds at most a request. A code can be exchanged once.
 * Errors: BITKET_SERVICE_ERROR: CREDENTIALS: the provider refused the code, or what it answered is
 * not to be believed; UNAVAILABLE: it could not be asked or understood. The texts are for the log.
 */
BitketProfile *bitket_providers_exchange (BitketProviders *self,
                                          BitketProvider provider,
                                          const BitketProviderCode *code,
                                          gint64 now_us,
                                          GError **error);

G_END_DECLS
