/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

/* Signing in, and keeping signed in. */

#include <string.h>

#include "bitket-json-reader.h"
#include "bitket-jwt.h"
#include "bitket-service-error.h"
#include "bitket-sign-in.h"
#include "bitket-store.h"
#include "bitket-time.h"

/* A sign-in is small; what is larger is not read to find out which worker it needs. */
#define BODY_MAX_LEN (32 * 1024)

/* Returns: (transfer full): what the password is held against; of nobody, one that nothing fits, so
 * that an unknown address takes as long as a wrong password. */
static char *
load_password_hash (BitketDb *db, const char *email, GError **error)
{
  static char *nobodys; /* made once, on the one worker that hashes */
  g_autoptr (GError) local_error = NULL;
  g_autoptr (BitketStatement) statement =
      bitket_db_prepare (db, "SELECT password FROM users WHERE email = $1", error);

  if (statement == NULL)
    return NULL;
  bitket_statement_bind_text (statement, 1, email);
  if (bitket_statement_step (statement, &local_error))
    return g_strdup (bitket_statement_get_text (statement, 0));
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return NULL;
    }
  if (nobodys == NULL)
    {
      g_autofree char *random = g_uuid_string_random ();

      nobodys = bitket_password_hash (random);
    }
  return g_strdup (nobodys);
}

static gboolean
note_login (BitketDb *db, const char *user, gint64 now_us, GError **error)
{
  g_autoptr (BitketStatement) statement =
      bitket_db_prepare (db, "UPDATE users SET last_login = $1 WHERE id = $2", error);

  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_int64 (statement, 1, now_us);
  bitket_statement_bind_text (statement, 2, user);
  return bitket_statement_run (statement, error);
}

/* Addresses are kept as they were first written; people write them in any case. */
static char *
find_address (BitketDb *db, const char *email, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (BitketStatement) statement =
      bitket_db_prepare (db,
                         "SELECT email FROM users WHERE email = $1 OR lower (email) = lower ($1)"
                         " ORDER BY CASE WHEN email = $1 THEN 0 ELSE 1 END LIMIT 1",
                         error);

  if (statement == NULL)
    return NULL;
  bitket_statement_bind_text (statement, 1, email);
  if (bitket_statement_step (statement, &local_error))
    return g_strdup (bitket_statement_get_text (statement, 0));
  if (local_error == NULL)
    return g_strdup (email);
  g_propagate_error (error, g_steal_pointer (&local_error));
  return NULL;
}

static BitketReply *
sign_in (BitketRequest *request,
         BitketDb *db,
         const char *given_email,
         const char *password,
         const char *limit_key,
         GError **error)
{
  g_autofree char *email = find_address (db, given_email, error);
  g_autofree char *hash = email == NULL ? NULL : load_password_hash (db, email, error);
  g_autoptr (GError) local_error = NULL;
  BitketCaller user = { 0 };
  BitketReply *reply = NULL;
  gboolean is_active = FALSE;

  if (hash == NULL)
    return NULL;
  /* No transaction is open while this takes its time. */
  if (!bitket_password_verify (hash, password) ||
      !bitket_auth_load_user (db, email, &user, &is_active, &local_error) || !is_active)
    {
      bitket_caller_clear (&user);
      if (local_error != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&local_error));
          return NULL;
        }
      bitket_limiter_fail (request->shared->limiter, limit_key, request->now_us);
      return bitket_sign_in_refuse ("Unable to log in with provided credentials.");
    }
  bitket_limiter_forget (request->shared->limiter, limit_key);
  if (note_login (db, user.id, request->now_us, error))
    reply = bitket_sign_in_answer (request, &user, request->now_us / BITKET_TIME_SECOND_US);
  bitket_caller_clear (&user);
  return reply;
}

static BitketReply *
post_password (BitketRequest *request, BitketDb *db, BitketJsonReader *reader, GError **error)
{
  g_autofree char *limit_key = NULL;
  g_autofree char *folded = NULL;
  const char *email, *password;
  BitketReply *reply;
  gint64 wait_us;

  if (!bitket_json_read_string (reader, "email", &email, NULL))
    return bitket_reply_new_field_error ("email", BITKET_REQUIRED_TEXT);
  if (!bitket_json_read_string (reader, "password", &password, NULL))
    return bitket_reply_new_field_error ("password", BITKET_REQUIRED_TEXT);
  folded = g_utf8_casefold (email, -1);
  limit_key = g_strconcat (request->remote, "|", folded, NULL);
  wait_us = bitket_limiter_get_wait_us (request->shared->limiter, limit_key, request->now_us);
  reply = bitket_sign_in_throttle (wait_us);
  return reply != NULL ? reply : sign_in (request, db, email, password, limit_key, error);
}

static BitketReply *
post_auth_token (BitketRequest *request, BitketDb *db, GError **error)
{
  BitketReply *reply = NULL;
  g_autoptr (JsonNode) body = bitket_request_read_object (request, &reply, error);
  g_auto (BitketJsonReader) reader = { 0 };
  const char *provider;

  if (body == NULL)
    return reply;
  if (request->body != NULL && g_bytes_get_size (request->body) > BODY_MAX_LEN)
    {
      bitket_service_error_set (error, BITKET_SERVICE_ERROR_TOO_LARGE);
      return NULL;
    }
  if (!bitket_json_reader_init (&reader, body, NULL, error))
    return NULL;
  /* The original's answer has neither body nor type. */
  if (!bitket_json_read_string (&reader, "provider", &provider, NULL))
    return bitket_reply_new (400);
  if (strcmp (provider, "password") == 0)
    return post_password (request, db, &reader, error);
  return bitket_sign_in_with_code (request, db, provider, reader.object, error);
}

static BitketReply *
refresh (BitketRequest *request, BitketDb *db, const BitketJwtClaims *claims, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  BitketCaller user = { 0 };
  gboolean is_active = FALSE;
  BitketReply *reply;

  if (claims->username == NULL)
    return bitket_sign_in_refuse ("Invalid payload.");
  if (!bitket_auth_load_user (db, claims->username, &user, &is_active, &local_error))
    {
      bitket_caller_clear (&user);
      if (local_error == NULL)
        return bitket_sign_in_refuse ("User doesn't exist.");
      g_propagate_error (error, g_steal_pointer (&local_error));
      return NULL;
    }
  if (!is_active)
    reply = bitket_sign_in_refuse ("User account is disabled.");
  else if (claims->orig_iat_s == 0)
    reply = bitket_sign_in_refuse ("orig_iat field is required.");
  else if (request->now_us / BITKET_TIME_SECOND_US > claims->orig_iat_s + BITKET_JWT_REFRESH_S)
    reply = bitket_sign_in_refuse ("Refresh has expired.");
  else
    reply = bitket_sign_in_answer (request, &user, claims->orig_iat_s);
  bitket_caller_clear (&user);
  return reply;
}

static BitketReply *
post_refresh (BitketRequest *request, BitketDb *db, GError **error)
{
  BitketReply *reply = NULL;
  g_autoptr (JsonNode) body = bitket_request_read_object (request, &reply, error);
  g_auto (BitketJwtClaims) claims = { 0 };
  g_autoptr (GError) local_error = NULL;
  const char *problem;

  if (body == NULL)
    return reply;
  problem = bitket_sign_in_check_text (json_node_get_object (body), "token");
  if (problem != NULL)
    return bitket_reply_new_field_error ("token", problem);
  if (!bitket_jwt_decode (json_object_get_string_member (json_node_get_object (body), "token"),
                          request->shared->secret_key, request->now_us, &claims, &local_error))
    return bitket_sign_in_refuse (local_error->message);
  return refresh (request, db, &claims, error);
}

static BitketReply *
get_providers (BitketRequest *request, BitketDb *db, GError **error)
{
  return bitket_reply_new_array (bitket_sign_in_describe (request->shared));
}

/* Passwords are hashed, one at a time; codes are sent on, and waited for. What is neither is
 * answered at once, on either. */
static BitketRouteFlags
choose_worker (const BitketRequest *request)
{
  BitketReply *reply = NULL;
  g_autoptr (JsonNode) body = NULL;
  g_auto (BitketJsonReader) reader = { 0 };
  const char *provider;

  if (request->body != NULL && g_bytes_get_size (request->body) > BODY_MAX_LEN)
    return BITKET_ROUTE_NETWORK;
  body = bitket_request_read_object (request, &reply, NULL);
  g_clear_pointer (&reply, bitket_reply_free);
  if (body != NULL && bitket_json_reader_init (&reader, body, NULL, NULL) &&
      bitket_json_read_string (&reader, "provider", &provider, NULL) &&
      strcmp (provider, "password") == 0)
    return BITKET_ROUTE_SLOW;
  return BITKET_ROUTE_NETWORK;
}

const BitketRoute bitket_routes_auth[] = {
  { BITKET_METHOD_POST, "/api/auth-token/", BITKET_NEEDS_ANYONE, BITKET_DB_TRANSACTION_NONE,
    BITKET_ROUTE_SLOW | BITKET_ROUTE_NETWORK | BITKET_ROUTE_NO_CACHE, post_auth_token,
    "Social Auth Token", choose_worker },
  { BITKET_METHOD_POST, "/api/auth-token/refresh/", BITKET_NEEDS_ANYONE, BITKET_DB_TRANSACTION_READ,
    BITKET_ROUTE_NO_CACHE, post_refresh, "Refresh JSON Web Token" },
  { BITKET_METHOD_GET, "/api/auth/providers/", BITKET_NEEDS_ANYONE, BITKET_DB_TRANSACTION_READ,
    BITKET_ROUTE_DEFAULT, get_providers, "Auth Providers" },
  { 0 },
};
