/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

/* RFC 6749 (codes), RFC 7636 (PKCE), and what each provider makes of them. */

#include "stand-in.h"

#include <string.h>

#define CODE_LIFETIME_US (10 * 60 * G_TIME_SPAN_SECOND)
#define TOKEN_LIFETIME_S 3600

typedef struct
{
  const char *provider; /* static */
  char *redirect_uri;   /* (owned) */
  char *challenge;      /* (owned) (nullable) */
  JsonNode *person;     /* (owned) */
  gint64 expires_us;
} Code;

/* Who may ask. ADFS may know a client by its redirect address alone. */
static const struct
{
  const char *provider;
  const char *client_id;
  const char *secret;
  gboolean is_secret_optional;
} clients[] = {
  { "liu", "client-of-liu", "secret-of-liu", TRUE },
  { "google", "client-of-google", "secret-of-google", FALSE },
  { "facebook", "client-of-facebook", "secret-of-facebook", FALSE },
};

static gsize
find_client (const char *provider)
{
  for (gsize i = 0; i < G_N_ELEMENTS (clients); i++)
    if (strcmp (clients[i].provider, provider) == 0)
      return i;
  g_assert_not_reached ();
}

void
code_free (gpointer data)
{
  Code *code = data;

  g_free (code->redirect_uri);
  g_free (code->challenge);
  json_node_unref (code->person);
  g_free (code);
}

/* Facebook's errors have a form of their own. */
static void
say_error (Said *said, const char *provider, guint status, const char *code)
{
  JsonObject *object, *error;

  if (strcmp (provider, "facebook") != 0)
    {
      say_oauth_error (said, status, code);
      return;
    }
  object = json_object_new ();
  error = json_object_new ();
  json_object_set_string_member (error, "message", code);
  json_object_set_string_member (error, "type", "OAuthException");
  json_object_set_int_member (error, "code", 100);
  json_object_set_object_member (object, "error", error);
  say_json (said, 400, object);
}

static gboolean
asks_rightly (const char *provider, GHashTable *query)
{
  const char *scope = get_form (query, "scope");
  const char *method = get_form (query, "code_challenge_method");

  if (g_strcmp0 (get_form (query, "response_type"), "code") != 0 ||
      g_strcmp0 (get_form (query, "client_id"), clients[find_client (provider)].client_id) != 0 ||
      get_form (query, "redirect_uri") == NULL ||
      (get_form (query, "code_challenge") != NULL && g_strcmp0 (method, "S256") != 0))
    return FALSE;
  if (strcmp (provider, "liu") == 0)
    return g_strcmp0 (get_form (query, "resource"), "urn:bitket") == 0;
  return scope != NULL && strstr (scope, "email") != NULL;
}

void
oauth_authorize (StandIn *self, const char *provider, GHashTable *query, Said *said)
{
  JsonNode *person = json_object_get_member (self->settings, provider);
  const char *redirect_uri = get_form (query, "redirect_uri");
  const char *state = get_form (query, "state");
  g_autofree char *name = NULL;
  g_autofree char *escaped_name = NULL;
  g_autofree char *escaped = g_uri_escape_string (state != NULL ? state : "", NULL, FALSE);
  Code *code;

  if (person == NULL || !asks_rightly (provider, query))
    {
      say_error (said, provider, 400, "invalid_request");
      return;
    }
  code = g_new0 (Code, 1);
  code->provider = clients[find_client (provider)].provider;
  code->redirect_uri = g_strdup (redirect_uri);
  code->challenge = g_strdup (get_form (query, "code_challenge"));
  code->person = json_node_copy (person);
  code->expires_us = g_get_monotonic_time () + CODE_LIFETIME_US;
  if (has_fault (self, "fault", "expired-code"))
    code->expires_us = 0;
  name = g_strdup_printf ("code/%s=%u", provider, ++self->n_codes);
  escaped_name = g_uri_escape_string (name, NULL, FALSE);
  g_hash_table_insert (self->codes, g_strdup (name), code);
  said->status = 302;
  said->location = g_strdup_printf ("%s%scode=%s%s%s", redirect_uri,
                                    strchr (redirect_uri, '?') != NULL ? "&" : "?", escaped_name,
                                    state != NULL ? "&state=" : "", escaped);
}

static gboolean
client_is_good (const char *provider, GHashTable *form)
{
  gsize i = find_client (provider);
  const char *secret = get_form (form, "client_secret");

  return g_strcmp0 (get_form (form, "client_id"), clients[i].client_id) == 0 &&
         (secret == NULL ? clients[i].is_secret_optional : strcmp (secret, clients[i].secret) == 0);
}

static gboolean
verifier_is_good (const Code *code, const char *verifier)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree char *text = NULL;
  guint8 digest[32];
  gsize len = sizeof digest;

  if (code->challenge == NULL)
    return verifier == NULL;
  if (verifier == NULL || strlen (verifier) < 43 || strlen (verifier) > 128)
    return FALSE;
  g_checksum_update (checksum, (const guchar *) verifier, -1);
  g_checksum_get_digest (checksum, digest, &len);
  text = g_base64_encode (digest, len);
  g_strdelimit (text, "+", '-');
  g_strdelimit (text, "/", '_');
  text[strcspn (text, "=")] = '\0';
  return strcmp (text, code->challenge) == 0;
}

static gint64
get_now_s (void)
{
  return g_get_real_time () / G_USEC_PER_SEC;
}

/* The person's claims, with what every token has. */
static char *
make_liu_token (StandIn *self, const Code *code)
{
  g_autofree char *text = json_to_string (code->person, FALSE);
  g_autoptr (JsonNode) copy = json_from_string (text, NULL); /* json_node_copy() shares members */
  JsonObject *claims = json_node_get_object (copy);
  const char *fault = get_setting (self, "fault");
  gint64 now_s = get_now_s ();
  gint64 shift_s = g_strcmp0 (fault, "expired") == 0   ? -2 * TOKEN_LIFETIME_S
                   : g_strcmp0 (fault, "not-yet") == 0 ? 600
                                                       : 0;

  json_object_set_string_member (
      claims, "aud", g_strcmp0 (fault, "wrong-audience") == 0 ? "urn:others" : "urn:bitket");
  json_object_set_string_member (claims, "iss",
                                 g_strcmp0 (fault, "wrong-issuer") == 0
                                     ? "http://evil.example/adfs/services/trust"
                                     : "http://fs.example/adfs/services/trust");
  json_object_set_int_member (claims, "iat", now_s + shift_s);
  json_object_set_int_member (claims, "nbf", now_s + shift_s);
  if (g_strcmp0 (fault, "no-expiry") != 0)
    json_object_set_int_member (claims, "exp", now_s + shift_s + TOKEN_LIFETIME_S);
  return signer_sign (&self->signer, claims, fault);
}

static char *
make_token (StandIn *self, const Code *code)
{
  char *token;

  if (strcmp (code->provider, "liu") == 0)
    return make_liu_token (self, code);
  token = g_uuid_string_random ();
  g_hash_table_insert (self->tokens, g_strdup (token), json_node_copy (code->person));
  return token;
}

static void
say_token (StandIn *self, const Code *code, Said *said)
{
  g_autofree char *token = make_token (self, code);
  JsonObject *object = json_object_new ();

  if (!has_fault (self, "fault", "no-token"))
    json_object_set_string_member (object, "access_token", token);
  json_object_set_string_member (object, "token_type", "bearer");
  json_object_set_int_member (object, "expires_in", TOKEN_LIFETIME_S);
  say_json (said, 200, object);
}

void
oauth_token (StandIn *self, const char *provider, GHashTable *form, Said *said)
{
  const char *name = form == NULL ? NULL : get_form (form, "code");
  gpointer key = NULL, value = NULL;
  Code *code;

  self->n_tokens++;
  if (form == NULL || name == NULL ||
      g_strcmp0 (get_form (form, "grant_type"), "authorization_code") != 0)
    {
      say_error (said, provider, 400, "invalid_request");
      return;
    }
  if (!client_is_good (provider, form))
    {
      say_error (said, provider, 401, "invalid_client");
      return;
    }
  /* A code is gone when it was used, rightly or not. */
  g_hash_table_steal_extended (self->codes, name, &key, &value);
  g_free (key);
  code = value;
  if (code != NULL && strcmp (code->provider, provider) == 0 &&
      code->expires_us > g_get_monotonic_time () &&
      g_strcmp0 (get_form (form, "redirect_uri"), code->redirect_uri) == 0 &&
      verifier_is_good (code, get_form (form, "code_verifier")))
    say_token (self, code, said);
  else
    say_error (said, provider, 400, "invalid_grant");
  g_clear_pointer (&code, code_free);
}

static gboolean
proof_is_good (const char *provider, const char *token, GHashTable *query)
{
  const char *secret = clients[find_client (provider)].secret;
  g_autofree char *proof = NULL;

  if (strcmp (provider, "facebook") != 0)
    return TRUE;
  proof = g_compute_hmac_for_string (G_CHECKSUM_SHA256, (const guchar *) secret, strlen (secret),
                                     token, -1);
  return query != NULL && g_strcmp0 (get_form (query, "appsecret_proof"), proof) == 0 &&
         g_strcmp0 (get_form (query, "fields"), "id,name,email") == 0;
}

void
oauth_profile (StandIn *self,
               const char *provider,
               const char *authorization,
               GHashTable *query,
               Said *said)
{
  const char *token = authorization != NULL && g_str_has_prefix (authorization, "Bearer ")
                          ? authorization + strlen ("Bearer ")
                          : "";
  JsonNode *person = g_hash_table_lookup (self->tokens, token);

  if (person == NULL || !proof_is_good (provider, token, query))
    {
      say_error (said, provider, 401, "invalid_token");
      return;
    }
  say_json (said, 200, json_object_ref (json_node_get_object (person)));
}
