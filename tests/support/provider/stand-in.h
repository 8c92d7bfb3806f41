/* SPDX-License-Identifier: MIT */
#pragma once

#include <gnutls/abstract.h>
#include <json-glib/json-glib.h>
#include <libsoup/soup.h>

G_BEGIN_DECLS

/* The stand-in of those whom the service asks who somebody is: LiU's ADFS, Google, Facebook, and
 * the directories Sesam and Kobra. As strict as they are. POST /control sets what they say and
 * which faults they have, GET /control tells how often each was asked; see
 * bitket-test-provider.h. */

typedef struct
{
  char *kid;             /* (owned) */
  gnutls_privkey_t key;  /* (owned) */
  gnutls_privkey_t fake; /* (owned) one that nobody is told of */
} Signer;

typedef struct
{
  char *url;            /* (owned) "http://127.0.0.1:…" */
  JsonObject *settings; /* (owned) what /control was given, member by member */
  GHashTable *codes;    /* (owned) (element-type utf8 Code) */
  GHashTable *tokens;   /* (owned) (element-type utf8 JsonNode) who a token is of */
  Signer signer;
  guint n_codes; /* made until now; part of their names */
  guint n_tokens;
  guint n_jwks;
  guint n_sesam;
  guint n_kobra;
} StandIn;

/* An answer in the making. */
typedef struct
{
  guint status;
  const char *type; /* static */
  char *body;       /* (owned) */
  char *location;   /* (owned) (nullable) */
} Said;

/** say_json: @object: (transfer full) */
void say_json (Said *said, guint status, JsonObject *object);
/** say_oauth_error: as RFC 6749, 5.2 */
void say_oauth_error (Said *said, guint status, const char *code);
/** get_setting: (nullable): a text that /control was given; "" counts as none */
const char *get_setting (StandIn *self, const char *name);
gboolean has_fault (StandIn *self, const char *setting, const char *fault);
/** get_form: @form: a field's value; (nullable) */
const char *get_form (GHashTable *form, const char *name);

void signer_init (Signer *signer);
void signer_clear (Signer *signer);
/** signer_rotate: another key under another name */
void signer_rotate (Signer *signer);
/** signer_dup_jwks: what is published */
JsonObject *signer_dup_jwks (const Signer *signer);
/** signer_write_certificate: of the key, signed by itself, PEM */
gboolean signer_write_certificate (const Signer *signer, const char *path);
/** signer_sign: @fault: (nullable): how the token is to be wrong. Returns: (transfer full) */
char *signer_sign (const Signer *signer, JsonObject *claims, const char *fault);

/** code_free: an element of codes */
void code_free (gpointer code);
/** oauth_authorize: @provider: "liu", "google", "facebook". Sends whoever the settings say back to
 * redirect_uri with a code. */
void oauth_authorize (StandIn *self, const char *provider, GHashTable *query, Said *said);
void oauth_token (StandIn *self, const char *provider, GHashTable *form, Said *said);
void oauth_profile (StandIn *self,
                    const char *provider,
                    const char *authorization,
                    GHashTable *query,
                    Said *said);

void sesam_answer (StandIn *self, SoupMessageHeaders *headers, GBytes *body, Said *said);
void kobra_answer (StandIn *self,
                   SoupMessageHeaders *headers,
                   const char *id,
                   GHashTable *query,
                   Said *said);

G_END_DECLS
