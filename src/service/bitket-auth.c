/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-auth.h"

#include <string.h>

#include "bitket-jwt.h"
#include "bitket-service-error.h"

#define USER_COLUMNS                                                                               \
  "u.id, u.name, u.email, u.nin, u.liu_id, u.student_union, u.is_active, u.is_staff,"              \
  " u.is_superuser"

static gboolean
set_error (GError **error, const char *text)
{
  g_set_error_literal (error, BITKET_SERVICE_ERROR, BITKET_SERVICE_ERROR_CREDENTIALS, text);
  return FALSE;
}

char *
bitket_auth_hash_token (const char *token)
{
  g_return_val_if_fail (token != NULL, NULL);

  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, token, -1);
}

/* Money moves through treasurers alone; who does both has both memberships. */
static BitketRoles
read_role (const char *role)
{
  if (g_strcmp0 (role, "organizer") == 0)
    return BITKET_ROLE_ORGANIZER | BITKET_ROLE_CREW;
  if (g_strcmp0 (role, "treasurer") == 0)
    return BITKET_ROLE_TREASURER;
  if (g_strcmp0 (role, "crew") == 0)
    return BITKET_ROLE_CREW;
  return BITKET_ROLE_NONE;
}

static gboolean
load_roles (BitketDb *db, BitketCaller *caller, GError **error)
{
  g_autoptr (BitketStatement) statement = NULL;
  g_autoptr (GError) local_error = NULL;
  g_autofree char *lower = g_utf8_strdown (caller->email, -1);

  statement = bitket_db_prepare (
      db, "SELECT organization, role FROM memberships WHERE email = $1 OR email = $2", error);
  if (statement == NULL)
    return FALSE;
  caller->roles = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  bitket_statement_bind_text (statement, 1, caller->email);
  bitket_statement_bind_text (statement, 2, lower);
  while (bitket_statement_step (statement, &local_error))
    {
      const char *organization = bitket_statement_get_text (statement, 0);
      BitketRoles roles = GPOINTER_TO_UINT (g_hash_table_lookup (caller->roles, organization)) |
                          read_role (bitket_statement_get_text (statement, 1));

      if (roles != BITKET_ROLE_NONE)
        g_hash_table_insert (caller->roles, g_strdup (organization), GUINT_TO_POINTER (roles));
    }
  if (local_error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

static void
take_user (BitketStatement *row, BitketCaller *caller, gboolean *is_active)
{
  caller->kind = BITKET_CALLER_USER;
  g_strlcpy (caller->id, bitket_statement_get_text (row, 0), sizeof caller->id);
  caller->name = g_strdup (bitket_statement_get_text (row, 1));
  caller->email = g_strdup (bitket_statement_get_text (row, 2));
  caller->nin = g_strdup (bitket_statement_get_text (row, 3));
  caller->liu_id = g_strdup (bitket_statement_get_text (row, 4));
  caller->student_union = g_strdup (bitket_statement_get_text (row, 5));
  *is_active = bitket_statement_get_int64 (row, 6) != 0;
  caller->is_staff =
      bitket_statement_get_int64 (row, 7) != 0 || bitket_statement_get_int64 (row, 8) != 0;
}

/* Returns: %FALSE with @error, or without when there is no such user. */
static gboolean
load_user (BitketDb *db,
           const char *sql,
           const char *key,
           BitketCaller *caller,
           gboolean *is_active,
           GError **error)
{
  g_autoptr (BitketStatement) statement = bitket_db_prepare (db, sql, error);

  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_text (statement, 1, key);
  if (!bitket_statement_step (statement, error))
    return FALSE;
  take_user (statement, caller, is_active);
  return load_roles (db, caller, error);
}

gboolean
bitket_auth_load_user (BitketDb *db,
                       const char *email,
                       BitketCaller *caller,
                       gboolean *is_active,
                       GError **error)
{
  g_return_val_if_fail (db != NULL && email != NULL && caller != NULL, FALSE);

  return load_user (db, "SELECT " USER_COLUMNS " FROM users u WHERE u.email = $1", email, caller,
                    is_active, error);
}

static gboolean
identify_jwt (BitketRequest *request, BitketDb *db, const char *token, GError **error)
{
  g_auto (BitketJwtClaims) claims = { 0 };
  g_autoptr (GError) local_error = NULL;
  gboolean is_active = FALSE;

  if (!bitket_jwt_decode (token, request->shared->secret_key, request->now_us, &claims, error))
    return FALSE;
  if (claims.username == NULL)
    return set_error (error, "Invalid payload.");
  if (!bitket_auth_load_user (db, claims.username, &request->caller, &is_active, &local_error))
    {
      if (local_error == NULL)
        return set_error (error, "Invalid signature.");
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  return is_active ? TRUE : set_error (error, "User account is disabled.");
}

static gboolean
identify_token (BitketRequest *request, BitketDb *db, const char *token, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  gboolean is_active = FALSE;

  if (!load_user (db,
                  "SELECT " USER_COLUMNS
                  " FROM tokens k JOIN users u ON u.id = k.\"user\" WHERE k.key = $1",
                  token, &request->caller, &is_active, &local_error))
    {
      if (local_error == NULL)
        return set_error (error, "Invalid token.");
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  return is_active ? TRUE : set_error (error, "User inactive or deleted.");
}

static gboolean
identify_door (BitketRequest *request, BitketDb *db, const char *token, GError **error)
{
  g_autoptr (BitketStatement) statement = NULL;
  g_autoptr (GError) local_error = NULL;
  g_autofree char *hash = bitket_auth_hash_token (token);
  BitketCaller *caller = &request->caller;

  statement = bitket_db_prepare (
      db, "SELECT id, event, name, revoked FROM doors WHERE token_hash = $1", error);
  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_text (statement, 1, hash);
  if (!bitket_statement_step (statement, &local_error))
    {
      if (local_error == NULL)
        return set_error (error, "Invalid token.");
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  caller->kind = BITKET_CALLER_DOOR;
  g_strlcpy (caller->id, bitket_statement_get_text (statement, 0), sizeof caller->id);
  g_strlcpy (caller->event, bitket_statement_get_text (statement, 1), sizeof caller->event);
  caller->name = g_strdup (bitket_statement_get_text (statement, 2));
  caller->revoked_us = bitket_statement_get_int64 (statement, 3);
  return TRUE;
}

/* The three schemes, with the texts of the original's classes for what is no credential. */
static const struct
{
  const char *scheme;
  const char *none;
  const char *several;
  gboolean (*identify) (BitketRequest *request, BitketDb *db, const char *token, GError **error);
} schemes[] = {
  { "jwt", "Invalid Authorization header. No credentials provided.",
    "Invalid Authorization header. Credentials string should not contain spaces.", identify_jwt },
  { "token", "Invalid token header. No credentials provided.",
    "Invalid token header. Token string should not contain spaces.", identify_token },
  { "door", "Invalid token header. No credentials provided.",
    "Invalid token header. Token string should not contain spaces.", identify_door },
};

/* Splits as Python's str.split(): runs of blanks are one. */
static GPtrArray *
split_words (char *text)
{
  GPtrArray *words = g_ptr_array_new ();
  char *p = text;

  while (*(p += strspn (p, " \t")) != '\0')
    {
      gsize len = strcspn (p, " \t");

      g_ptr_array_add (words, p);
      p += len;
      if (*p != '\0')
        *p++ = '\0';
    }
  return words;
}

gboolean
bitket_auth_identify (BitketRequest *request, BitketDb *db, GError **error)
{
  g_autofree char *header = NULL;
  g_autoptr (GPtrArray) words = NULL;

  g_return_val_if_fail (request != NULL && db != NULL, FALSE);

  bitket_caller_clear (&request->caller);
  request->authenticated_by_header = FALSE;
  if (request->authorization == NULL)
    return TRUE;
  header = g_strdup (request->authorization);
  words = split_words (header);
  for (gsize i = 0; words->len > 0 && i < G_N_ELEMENTS (schemes); i++)
    {
      if (g_ascii_strcasecmp (words->pdata[0], schemes[i].scheme) != 0)
        continue;
      request->authenticated_by_header = TRUE;
      if (words->len == 1)
        return set_error (error, schemes[i].none);
      if (words->len > 2)
        return set_error (error, schemes[i].several);
      if (!g_utf8_validate (words->pdata[1], -1, NULL))
        return set_error (error, "Invalid token header. Token string should not contain invalid "
                                 "characters.");
      return schemes[i].identify (request, db, words->pdata[1], error);
    }
  return TRUE;
}

static gboolean
refuse (GError **error, BitketServiceError code)
{
  bitket_service_error_set (error, code);
  return FALSE;
}

/* A door may read its feed and send entries, nothing else; a revoked one may only send what it
 * still has. */
static gboolean
check_door (const BitketRequest *request, BitketNeeds needs, GError **error)
{
  if (needs == BITKET_NEEDS_DOOR_EVEN_REVOKED)
    return TRUE;
  if (request->caller.revoked_us != 0)
    return refuse (error, BITKET_SERVICE_ERROR_DOOR_REVOKED);
  return needs == BITKET_NEEDS_DOOR ? TRUE : refuse (error, BITKET_SERVICE_ERROR_FORBIDDEN);
}

gboolean
bitket_auth_check (const BitketRequest *request, GError **error)
{
  BitketNeeds needs;

  g_return_val_if_fail (request != NULL && request->route != NULL, FALSE);

  needs = request->route->needs;
  if (request->caller.kind == BITKET_CALLER_DOOR)
    return check_door (request, needs, error);
  if (needs == BITKET_NEEDS_ANYONE || needs == BITKET_NEEDS_NONE)
    return TRUE;
  if (request->caller.kind == BITKET_CALLER_NONE)
    return refuse (error, BITKET_SERVICE_ERROR_UNAUTHENTICATED);
  if (needs == BITKET_NEEDS_USER || bitket_caller_is_staff_of_any (&request->caller))
    return TRUE;
  return refuse (error, BITKET_SERVICE_ERROR_FORBIDDEN);
}
