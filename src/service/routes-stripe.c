/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

/* What Stripe tells by itself, and connecting an organization's account. */

#include <string.h>

#include "bitket-connect.h"
#include "bitket-router.h"
#include "bitket-service-error.h"
#include "bitket-store-private.h"
#include "bitket-webhook.h"

static BitketReply *
refuse (guint status, const char *text)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "detail", text);
  return bitket_reply_new_object (status, object);
}

/* Nothing that is signed is refused for what it speaks of: Stripe would only send it again. */
static BitketReply *
post_webhook (BitketRequest *request, BitketDb *db, GError **error)
{
  const char *secret = request->shared->config->stripe_webhook_secret;
  g_autoptr (BitketWebhookEvent) event = NULL;

  if (secret == NULL)
    return refuse (403, "Webhooks are not set up.");
  if (request->body == NULL ||
      !bitket_webhook_check_signature (request->stripe_signature, request->body, secret,
                                       request->now_us))
    return refuse (400, "The signature does not fit.");
  event = bitket_webhook_event_parse (request->body);
  if (event == NULL)
    return refuse (400, "This is no event.");
  if (!bitket_webhook_take (db, event, request->now_us, error))
    return NULL;
  return bitket_reply_new_object (200, json_object_new ());
}

/* Returns: (transfer full) (nullable): the organization's account, "" without one; %NULL with
 * @error when the caller is none of its organizers. */
static char *
load_account (BitketRequest *request, BitketDb *db, GError **error)
{
  g_autoptr (BitketStatement) row =
      bitket_store_prepare_texts (db, "SELECT stripe_account_id FROM organizations WHERE id = $1",
                                  (const char *[]) { request->id, NULL }, error);
  g_autoptr (GError) local_error = NULL;

  if (row == NULL)
    return NULL;
  if (!bitket_statement_step (row, &local_error))
    {
      if (local_error != NULL)
        g_propagate_error (error, g_steal_pointer (&local_error));
      else
        bitket_service_error_set (error, BITKET_SERVICE_ERROR_NOT_FOUND);
      return NULL;
    }
  if ((bitket_caller_get_roles (&request->caller, request->id) & BITKET_ROLE_ORGANIZER) != 0)
    return g_strdup (bitket_statement_get_text (row, 0));
  bitket_service_error_set (error, BITKET_SERVICE_ERROR_FORBIDDEN);
  return NULL;
}

#define NOT_SET_UP "Card payments through Stripe Connect are not set up on this server."

static BitketReply *
post_connect (BitketRequest *request, BitketDb *db, GError **error)
{
  const BitketConfig *config = request->shared->config;
  g_autofree char *account = load_account (request, db, error);
  g_autofree char *token = NULL;
  g_autofree char *url = NULL;
  BitketConnectState state;
  JsonObject *object;

  if (account == NULL)
    return NULL;
  if (!bitket_connect_is_set_up (config))
    return refuse (409, NOT_SET_UP);
  g_strlcpy (state.organization, request->id, sizeof state.organization);
  g_strlcpy (state.user, request->caller.id, sizeof state.user);
  token = bitket_connect_state_dump (&state, request->shared->secret_key, request->now_us);
  url = bitket_connect_make_url (
      config, config->public_url != NULL ? config->public_url : request->base, token);
  object = json_object_new ();
  json_object_set_string_member (object, "url", url);
  return bitket_reply_new_object (200, object);
}

static gboolean
run_in_transaction (BitketDb *db, BitketStatement *statement, GError **error)
{
  if (bitket_db_begin (db, BITKET_DB_TRANSACTION_WRITE, error) &&
      bitket_statement_run (statement, error) && bitket_db_commit (db, error))
    return TRUE;
  bitket_db_rollback (db);
  return FALSE;
}

/* Stripe is asked first: were it the other way round and Stripe out of reach, nobody could undo it
 * here any more. */
static BitketReply *
delete_connect (BitketRequest *request, BitketDb *db, GError **error)
{
  g_autofree char *account = load_account (request, db, error);
  g_autoptr (GError) local_error = NULL;
  g_autoptr (BitketStatement) statement = NULL;

  if (account == NULL)
    return NULL;
  if (*account == '\0')
    return bitket_reply_new (204);
  if (!bitket_connect_is_set_up (request->shared->config))
    return refuse (409, NOT_SET_UP);
  if (!bitket_connect_deauthorize (request->shared->config, request->shared->http, account,
                                   &local_error))
    {
      g_warning ("could not give up a Stripe account: %s", local_error->message);
      return refuse (503, "Stripe could not be asked. Try again later.");
    }
  statement = bitket_store_prepare_texts (
      db,
      "UPDATE organizations SET stripe_account_id = '', stripe_public_key = '',"
      " stripe_refresh_token = '', stripe_secret_key = '', stripe_authorized = NULL"
      " WHERE id = $1 AND stripe_account_id = $2",
      (const char *[]) { request->id, account, NULL }, error);
  if (statement == NULL || !run_in_transaction (db, statement, error))
    return NULL;
  return bitket_reply_new (204);
}

/* A page for whoever comes back from Stripe; no part of it comes from outside. */
static BitketReply *
show_page (guint status, const char *title, const char *text)
{
  return bitket_reply_new_text (
      status, "text/html; charset=utf-8",
      g_strdup_printf ("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                       "<meta name=\"viewport\" content=\"width=device-width\">"
                       "<title>%s</title></head>\n<body><h1>%s</h1><p>%s</p></body></html>\n",
                       title, title, text));
}

#define TRY_AGAIN "Nothing was changed. Close this window and begin again in Bitket."

/* The user may have lost the role while away at Stripe. */
static gboolean
is_organizer (BitketDb *db, const BitketConnectState *state, gboolean *is, GError **error)
{
  g_autoptr (BitketStatement) row = bitket_store_prepare_texts (
      db,
      "SELECT u.id FROM users u WHERE u.id = $1 AND u.is_active <> 0 AND (u.is_staff <> 0"
      " OR EXISTS (SELECT 1 FROM memberships m WHERE m.organization = $2"
      " AND m.role = 'organizer' AND m.email IN (u.email, lower (u.email))))",
      (const char *[]) { state->user, state->organization, NULL }, error);
  g_autoptr (GError) local_error = NULL;

  if (row == NULL)
    return FALSE;
  *is = bitket_statement_step (row, &local_error);
  if (local_error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

static gboolean
write_account (BitketRequest *request,
               BitketDb *db,
               const BitketConnectState *state,
               const BitketConnectAccount *account,
               GError **error)
{
  g_autoptr (BitketStatement) statement =
      bitket_db_prepare (db,
                         "UPDATE organizations SET stripe_account_id = $2, stripe_public_key = $3,"
                         " stripe_live_mode = $4, stripe_read_only = $5, stripe_authorized = $6,"
                         " stripe_refresh_token = '', stripe_secret_key = '' WHERE id = $1",
                         error);

  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_text (statement, 1, state->organization);
  bitket_statement_bind_text (statement, 2, account->id);
  bitket_statement_bind_text (statement, 3, account->public_key);
  bitket_statement_bind_int64 (statement, 4, account->is_live);
  bitket_statement_bind_int64 (statement, 5, account->is_read_only);
  bitket_statement_bind_int64 (statement, 6, request->now_us);
  return run_in_transaction (db, statement, error);
}

/* The code is good once, so that nothing after it may make the request begin again. */
static BitketReply *
finish_connect (BitketRequest *request,
                BitketDb *db,
                const BitketConnectState *state,
                const char *code)
{
  g_auto (BitketConnectAccount) account = { NULL, NULL, FALSE, FALSE };
  g_autoptr (GError) error = NULL;

  if (!bitket_connect_exchange (request->shared->config, request->shared->http, code, &account,
                                &error))
    {
      g_warning ("could not connect a Stripe account: %s", error->message);
      return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT)
                 ? show_page (400, "Stripe does not take this link any more", TRY_AGAIN)
                 : show_page (503, "Stripe could not be asked", TRY_AGAIN);
    }
  if (account.is_read_only)
    return show_page (400, "The account may only be looked at", TRY_AGAIN);
  if (write_account (request, db, state, &account, &error))
    return show_page (200, "Connected",
                      "The organization can sell tickets. You may close this"
                      " window.");
  g_warning ("could not keep a Stripe account: %s", error->message);
  return show_page (503, "The account could not be kept", TRY_AGAIN);
}

static BitketReply *
get_callback (BitketRequest *request, BitketDb *db, GError **error)
{
  const char *token = bitket_request_get_query (request, "state");
  const char *code = bitket_request_get_query (request, "code");
  BitketConnectState state;
  gboolean is = FALSE;

  if (!bitket_connect_is_set_up (request->shared->config))
    return show_page (409, "Stripe is not set up here", TRY_AGAIN);
  if (token == NULL ||
      !bitket_connect_state_load (token, request->shared->secret_key, request->now_us, &state))
    return show_page (400, "This link is too old, or not one of ours", TRY_AGAIN);
  if (code == NULL || *code == '\0')
    return show_page (400, "Stripe was not allowed to connect", TRY_AGAIN);
  if (!is_organizer (db, &state, &is, error))
    return NULL;
  if (!is)
    return show_page (403, "You are not an organizer any more", TRY_AGAIN);
  return finish_connect (request, db, &state, code);
}

const BitketRoute bitket_routes_stripe[] = {
  { BITKET_METHOD_POST, "/api/stripe/webhook/", BITKET_NEEDS_ANYONE, BITKET_DB_TRANSACTION_WRITE,
    BITKET_ROUTE_PLAIN, post_webhook, NULL },
  { BITKET_METHOD_POST, "/api/organizations/{id}/stripe/connect/", BITKET_NEEDS_STAFF,
    BITKET_DB_TRANSACTION_READ, BITKET_ROUTE_DEFAULT, post_connect, "Stripe Connect" },
  { BITKET_METHOD_DELETE, "/api/organizations/{id}/stripe/connect/", BITKET_NEEDS_STAFF,
    BITKET_DB_TRANSACTION_NONE, BITKET_ROUTE_NETWORK, delete_connect, "Stripe Connect" },
  { BITKET_METHOD_GET, BITKET_CONNECT_CALLBACK, BITKET_NEEDS_ANYONE, BITKET_DB_TRANSACTION_NONE,
    BITKET_ROUTE_PLAIN | BITKET_ROUTE_NETWORK, get_callback, NULL },
  { 0 },
};
