/* SPDX-License-Identifier: MIT */
#pragma once

#include <json-glib/json-glib.h>
#include <libsoup/soup.h>

#include "bitket-test-process.h"

G_BEGIN_DECLS

/* Those who say who somebody is, as a process of its own: see tests/support/provider/. */
typedef struct
{
  BitketTestProcess *process; /* (owned) */
  char *url;                  /* (owned) "http://127.0.0.1:…" */
  SoupSession *session;       /* (owned) */
} BitketTestProvider;

/** bitket_test_provider_start: the program that PROVIDER_STAND_IN in the environment names */
BitketTestProvider *bitket_test_provider_start (void);
/** bitket_test_provider_stop: (nullable) */
void bitket_test_provider_stop (BitketTestProvider *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BitketTestProvider, bitket_test_provider_stop)

/**
 * bitket_test_provider_make_config:
 * @dir: where the secrets are written
 * @more: (nullable): what follows it
 *
 * Every way to sign in through the stand-in. Returns: (transfer full): the text of a configuration
 */
char *
bitket_test_provider_make_config (BitketTestProvider *self, const char *dir, const char *more);
/** bitket_test_provider_directory_config: Returns: (transfer full): a [directory] group with Sesam
 * and Kobra, for @more */
char *bitket_test_provider_directory_config (BitketTestProvider *self, const char *dir);

/**
 * bitket_test_provider_control:
 * @settings: a JSON object of: liu, google, facebook (who signs in next: the claims, userinfo, me);
 * students (an array of {lin, liu_id, card, email, union}); rotate (LiU's key); certificate (a file
 * to write LiU's to); delay (a path's beginning) and delay_ms; and the faults
 *
 * fault: 500, garbage, no-token, expired-code, and of LiU's tokens: wrong-signature, unknown-kid,
 * alg-none, alg-hs256, alg-rs512, expired, not-yet, no-expiry, wrong-audience, wrong-issuer;
 * jwks_fault: 500, garbage; sesam_fault, kobra_fault: 500, garbage, dtd, fault. "" is none.
 */
void bitket_test_provider_control (BitketTestProvider *self, const char *settings);
/** bitket_test_provider_count: how often "tokens", "jwks", "sesam" or "kobra" was asked */
gint64 bitket_test_provider_count (BitketTestProvider *self, const char *what);

#define BITKET_TEST_REDIRECT_URI "http://127.0.0.1:3000/log-in/"

/**
 * bitket_test_provider_get_code:
 * @provider: "liu", "google" or "facebook"
 * @challenge: (nullable): PKCE
 *
 * Goes to the authorize address as a browser would. Returns: (transfer full): the code
 */
char *bitket_test_provider_get_code (BitketTestProvider *self,
                                     const char *provider,
                                     const char *challenge);

G_END_DECLS
