/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "stand-in-private.h"

/* Connect, as OAuth 2.0 with Stripe's own member names. */

static void
refuse (StripeReply *reply, guint status, const char *error, const char *description)
{
  reply->status = status;
  reply->json = json_object_new ();
  json_object_set_string_member (reply->json, "error", error);
  json_object_set_string_member (reply->json, "error_description", description);
}

/* Whoever comes here with a browser agrees at once, with an account that is made for it. */
static void
authorize (StandIn *self, const StripeCall *call, StripeReply *reply)
{
  const char *redirect = form_get (call->form, "redirect_uri");
  const char *state = form_get (call->form, "state");
  g_autofree char *escaped = NULL;
  char *code, *account;

  if (g_strcmp0 (form_get (call->form, "client_id"), self->client_id) != 0 ||
      g_strcmp0 (form_get (call->form, "response_type"), "code") != 0 || redirect == NULL)
    {
      refuse (reply, 400, "invalid_request", "No such application, or no such response type.");
      return;
    }
  code = stand_in_new_id (self, "ac");
  account = stand_in_new_id (self, "acct");
  g_hash_table_add (self->accounts, g_strdup (account));
  escaped = g_uri_escape_string (state != NULL ? state : "", NULL, FALSE);
  reply->status = 302;
  reply->location = g_strdup_printf ("%s%sscope=read_write&state=%s&code=%s", redirect,
                                     strchr (redirect, '?') != NULL ? "&" : "?", escaped, code);
  g_hash_table_insert (self->codes, code, account);
}

static void
exchange (StandIn *self, const StripeCall *call, StripeReply *reply)
{
  const char *code = form_get (call->form, "code");
  const char *account = code == NULL ? NULL : g_hash_table_lookup (self->codes, code);

  if (g_strcmp0 (form_get (call->form, "grant_type"), "authorization_code") != 0)
    refuse (reply, 400, "unsupported_grant_type", "Only authorization_code is supported.");
  else if (account == NULL)
    refuse (reply, 400, "invalid_grant", "Authorization code does not exist.");
  else if (*account == '\0')
    refuse (reply, 400, "invalid_grant",
            "This authorization code has already been used. All tokens issued with this code have "
            "been revoked.");
  else
    {
      reply->status = 200;
      reply->json = json_object_new ();
      json_object_set_string_member (reply->json, "access_token", "sk_test_of_the_account");
      json_object_set_boolean_member (reply->json, "livemode", FALSE);
      json_object_set_string_member (reply->json, "refresh_token", "rt_of_the_account");
      json_object_set_string_member (reply->json, "token_type", "bearer");
      json_object_set_string_member (reply->json, "stripe_publishable_key",
                                     "pk_test_of_the_account");
      json_object_set_string_member (reply->json, "stripe_user_id", account);
      json_object_set_string_member (reply->json, "scope", "read_write");
      g_hash_table_insert (self->codes, g_strdup (code), g_strdup (""));
    }
}

static void
deauthorize (StandIn *self, const StripeCall *call, StripeReply *reply)
{
  const char *account = form_get (call->form, "stripe_user_id");
  JsonObject *application;

  if (g_strcmp0 (form_get (call->form, "client_id"), self->client_id) != 0 || account == NULL ||
      !g_hash_table_contains (self->accounts, account))
    {
      refuse (reply, 401, "invalid_client",
              "This application is not connected to that stripe account, or it does not exist.");
      return;
    }
  reply->status = 200;
  reply->json = json_object_new ();
  json_object_set_string_member (reply->json, "stripe_user_id", account);
  application = json_object_new ();
  json_object_set_string_member (application, "id", self->client_id);
  json_object_set_string_member (application, "object", "application");
  webhook_send (self, "account.application.deauthorized", account, application);
  g_hash_table_remove (self->accounts, account);
}

void
oauth_run (StandIn *self, const StripeCall *call, gboolean has_key, StripeReply *reply)
{
  gboolean is_post = strcmp (call->method, "POST") == 0;

  has_key = has_key || g_strcmp0 (form_get (call->form, "client_secret"), self->key) == 0;
  if (!is_post && strcmp (call->path, "/oauth/authorize") == 0)
    authorize (self, call, reply);
  else if (!is_post)
    refuse (reply, 404, "invalid_request", "There is no such page.");
  else if (!has_key)
    refuse (reply, 401, "invalid_client", "No such API key, or none was given.");
  else if (strcmp (call->path, "/oauth/token") == 0)
    exchange (self, call, reply);
  else if (strcmp (call->path, "/oauth/deauthorize") == 0)
    deauthorize (self, call, reply);
  else
    refuse (reply, 404, "invalid_request", "There is no such call.");
}
