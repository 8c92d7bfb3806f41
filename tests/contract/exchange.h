/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-test-provider.h"
#include "bitket-test-stripe.h"
#include "bitketd-fixture.h"

G_BEGIN_DECLS

/* Exchanges of the original's wire contract, as tests/contract/data/ has them: arrays of objects.
 *
 * "name", "method", "path", "status", "answer"; and where there are such: "auth" ("JWT alice",
 * "JWT forged:alice", "Token …"), "body" (sent as JSON), "header" with its "value", "headers" (what
 * the answer's are), "before" and "after" (SQL), "provider" (settings of the stand-in), "claims"
 * (of the token in the answer). With "rows" (by how many rows tables grow) and "stripe" ("not
 * called", "charged 2550", "refused 2550", with " for <account>"), "stored" has people's numbers.
 *
 * In texts, BASE stands for the service's address, SECURE for the same with https, NOW for the time
 * of an entry, TICKET for a new ticket's id, {jwt alice}, {access-code} and {code liu} for what is
 * made each time, "…" for what differs each time: pictures, resell tokens, new tokens. */

typedef struct
{
  Bitketd *bitketd;
  BitketDb *db;                 /* (owned) */
  GHashTable *codes;            /* (owned) placeholder → access code */
  BitketTestStripe *stripe;     /* (owned) (nullable) */
  char *ledger;                 /* (owned) (nullable) Stripe's */
  BitketTestProvider *provider; /* (owned) (nullable) */
} Scene;

/** scene_init: with @name "purchases" the service takes cards, with "sign-in" it asks providers */
void scene_init (Scene *scene, Bitketd *bitketd, const char *name);
void scene_clear (Scene *scene);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Scene, scene_clear)

/** exchanges_load: data/@name.json. Returns: (transfer full): holds an array */
JsonNode *exchanges_load (const char *name);
void exchange_run (Scene *scene, JsonObject *exchange);

/** exchange_make_jwt: "alice", or with a flaw: "forged:alice". Returns: (transfer full) */
char *exchange_make_jwt (const char *what);

G_END_DECLS
