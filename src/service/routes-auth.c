/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

/* Signing in with a password, and keeping signed in. */

#include <string.h>

#include "bitket-auth.h"
#include "bitket-json-reader.h"
#include "bitket-jwt.h"
#include "bitket-service-error.h"
#include "bitket-store.h"
#include "bitket-time.h"

#define REQUIRED_TEXT "This field is required."

static BitketReply *
answer_token (const BitketRequest *request, const BitketCaller *user, gint64 orig_iat_s)
{
  g_autofree char *token =
      bitket_jwt_encode (user, request->shared->secret_key, orig_iat_s, request->now_us);
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "token", token);
  return bitket_reply_new_object (200, object);
}

static BitketReply *
refuse (const char *text)
{
  return bitket_reply_new_field_error ("non_field_errors", text);
}

static BitketReply *
throttle (gint64 wait_us)
{
  g_autoptr (GError) error = NULL;
  gint64 wait_s = wait_us / BITKET_TIME_SECOND_US + 1;
  g_autofree char *seconds = g_strdup_printf ("%" G_GINT64_FORMAT, wait_s);
  BitketReply *reply;

  g_set_error (&error, BITKET_SERVICE_ERROR, BITKET_SERVICE_ERROR_THROTTLED,
               "Request was throttled. Expected available in %s seconds.", seconds);
  reply = bitket_reply_new_error (error);
  bitket_reply_add_header (reply, "Retry-After", seconds);
  return reply;
}

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
      return refuse ("Unable to log in with provided credentials.");
    }
  bitket_limiter_forget (request->shared->limiter, limit_key);
  if (note_login (db, user.id, request->now_us, error))
    reply = answer_token (request, &user, request->now_us / BITKET_TIME_SECOND_US);
  bitket_caller_clear (&user);
  return reply;
}

static BitketReply *
post_password (BitketRequest *request, BitketDb *db, BitketJsonReader *reader, GError **error)
{
  g_autofree char *limit_key = NULL;
  g_autofree char *folded = NULL;
  const char *email, *password;
  gint64 wait_us;

  if (!bitket_json_read_string (reader, "email", &email, NULL))
    return bitket_reply_new_field_error ("email", REQUIRED_TEXT);
  if (!bitket_json_read_string (reader, "password", &password, NULL))
    return bitket_reply_new_field_error ("password", REQUIRED_TEXT);
  folded = g_utf8_casefold (email, -1);
  limit_key = g_strconcat (request->remote, "|", folded, NULL);
  wait_us = bitket_limiter_get_wait_us (request->shared->limiter, limit_key, request->now_us);
  if (wait_us > 0)
    return throttle (wait_us);
  return sign_in (request, db, email, password, limit_key, error);
}

/* The original's providers are known by name, and not configured. */
static BitketReply *
post_other_provider (const char *provider, BitketJsonReader *reader, GError **error)
{
  static const char *const others[] = { "liu", "facebook", "google-oauth2" };
  const char *code;

  for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
    if (strcmp (provider, others[i]) == 0 && !bitket_json_read_string (reader, "code", &code, NULL))
      return bitket_reply_new_field_error ("code", REQUIRED_TEXT);
  bitket_service_error_set (error, BITKET_SERVICE_ERROR_NOT_FOUND);
  return NULL;
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
  if (!bitket_json_reader_init (&reader, body, NULL, error))
    return NULL;
  /* The original's answer has neither body nor type. */
  if (!bitket_json_read_string (&reader, "provider", &provider, NULL))
    return bitket_reply_new (400);
  if (strcmp (provider, "password") == 0)
    return post_password (request, db, &reader, error);
  return post_other_provider (provider, &reader, error);
}

/* The texts of a required text field in the original's framework. Returns: (nullable): why not. */
static const char *
check_token_field (JsonObject *object)
{
  JsonNode *node = json_object_get_member (object, "token");

  if (node == NULL)
    return REQUIRED_TEXT;
  if (JSON_NODE_HOLDS_NULL (node))
    return "This field may not be null.";
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING)
    return "Not a valid string.";
  return *json_node_get_string (node) == '\0' ? "This field may not be blank." : NULL;
}

static BitketReply *
refresh (BitketRequest *request, BitketDb *db, const BitketJwtClaims *claims, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  BitketCaller user = { 0 };
  gboolean is_active = FALSE;
  BitketReply *reply;

  if (claims->username == NULL)
    return refuse ("Invalid payload.");
  if (!bitket_auth_load_user (db, claims->username, &user, &is_active, &local_error))
    {
      bitket_caller_clear (&user);
      if (local_error == NULL)
        return refuse ("User doesn't exist.");
      g_propagate_error (error, g_steal_pointer (&local_error));
      return NULL;
    }
  if (!is_active)
    reply = refuse ("User account is disabled.");
  else if (claims->orig_iat_s == 0)
    reply = refuse ("orig_iat field is required.");
  else if (request->now_us / BITKET_TIME_SECOND_US > claims->orig_iat_s + BITKET_JWT_REFRESH_S)
    reply = refuse ("Refresh has expired.");
  else
    reply = answer_token (request, &user, claims->orig_iat_s);
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
  problem = check_token_field (json_node_get_object (body));
  if (problem != NULL)
    return bitket_reply_new_field_error ("token", problem);
  if (!bitket_jwt_decode (json_object_get_string_member (json_node_get_object (body), "token"),
                          request->shared->secret_key, request->now_us, &claims, &local_error))
    return refuse (local_error->message);
  return refresh (request, db, &claims, error);
}

const BitketRoute bitket_routes_auth[] = {
  { BITKET_METHOD_POST, "/api/auth-token/", BITKET_NEEDS_ANYONE, BITKET_DB_TRANSACTION_NONE,
    BITKET_ROUTE_SLOW | BITKET_ROUTE_NO_CACHE, post_auth_token, "Social Auth Token" },
  { BITKET_METHOD_POST, "/api/auth-token/refresh/", BITKET_NEEDS_ANYONE, BITKET_DB_TRANSACTION_READ,
    BITKET_ROUTE_NO_CACHE, post_refresh, "Refresh JSON Web Token" },
  { 0 },
};
