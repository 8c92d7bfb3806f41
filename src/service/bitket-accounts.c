/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-accounts.h"

#include <string.h>

#include "bitket-record.h"
#include "bitket-records.h"
#include "bitket-service-error.h"
#include "bitket-store.h"

#define MAX_ATTEMPTS 5

/* Returns: (transfer full) (nullable): the first column of the first row; %NULL without @error when
 * there is none */
static char *
look_up (BitketDb *db, const char *sql, const char *const *parameters, GError **error)
{
  g_autoptr (BitketStatement) statement = bitket_db_prepare (db, sql, error);

  if (statement == NULL)
    return NULL;
  for (int i = 0; parameters[i] != NULL; i++)
    bitket_statement_bind_text (statement, i + 1, parameters[i]);
  if (!bitket_statement_step (statement, error))
    return NULL;
  return g_strdup (bitket_statement_get_text (statement, 0));
}

static gpointer
refuse (GError **error, const char *text)
{
  g_set_error_literal (error, BITKET_SERVICE_ERROR, BITKET_SERVICE_ERROR_CREDENTIALS, text);
  return NULL;
}

static gboolean
fits_user (const char *field_name, const char *value)
{
  const BitketField *field = bitket_schema_get_field (&bitket_user_schema, field_name);
  g_autoptr (JsonNode) node = json_node_init_string (json_node_alloc (), value);

  return bitket_field_check (field, node, NULL);
}

/* Returns: (transfer full): a name that the account may have */
static char *
choose_name (const BitketProfile *profile)
{
  if (profile->name != NULL && fits_user ("name", profile->name))
    return g_strdup (profile->name);
  return g_strndup (profile->email, strcspn (profile->email, "@"));
}

static gboolean
insert_identity (BitketDb *db,
                 const BitketProfile *profile,
                 const char *user,
                 gint64 now_us,
                 GError **error)
{
  g_autoptr (BitketStatement) statement =
      bitket_db_prepare (db,
                         "INSERT INTO identities (provider, uid, \"user\", created)"
                         " VALUES ($1, $2, $3, $4)",
                         error);

  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_text (statement, 1, bitket_provider_get_name (profile->provider));
  bitket_statement_bind_text (statement, 2, profile->uid);
  bitket_statement_bind_text (statement, 3, user);
  bitket_statement_bind_int64 (statement, 4, now_us);
  return bitket_statement_run (statement, error);
}

/* The account with the address, unless the provider knows its owner by another id: then the address
 * has changed hands. Returns: (transfer full): its id */
static char *
match_address (BitketDb *db, const BitketProfile *profile, gint64 now_us, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autofree char *name = NULL;
  g_autofree char *other = NULL;
  g_autofree char *user = NULL;

  if (profile->email == NULL || !fits_user ("email", profile->email))
    return refuse (error, "the provider vouches for no address");
  user = bitket_store_find_user (db, profile->email, &local_error);
  if (user != NULL)
    other = look_up (db, "SELECT uid FROM identities WHERE \"user\" = $1 AND provider = $2",
                     (const char *[]) { user, bitket_provider_get_name (profile->provider), NULL },
                     &local_error);
  else if (local_error == NULL)
    {
      name = choose_name (profile);
      user = bitket_store_add_user (db, profile->email, name, NULL, &local_error);
    }
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return NULL;
    }
  /* Signed in a moment ago, beside us. */
  if (g_strcmp0 (other, profile->uid) == 0)
    return g_steal_pointer (&user);
  if (other != NULL)
    return refuse (error, "the address belongs to somebody else there");
  return insert_identity (db, profile, user, now_us, error) ? g_steal_pointer (&user) : NULL;
}

/* What a door shows has changed. */
static gboolean
tell_doors (BitketDb *db, const char *user, GError **error)
{
  g_autoptr (GPtrArray) ownerships = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) local_error = NULL;
  g_autoptr (BitketStatement) statement = bitket_db_prepare (
      db, "SELECT id FROM ticket_ownerships WHERE \"user\" = $1 ORDER BY id", error);
  gboolean success = TRUE;

  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_text (statement, 1, user);
  while (bitket_statement_step (statement, &local_error))
    g_ptr_array_add (ownerships, g_strdup (bitket_statement_get_text (statement, 0)));
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  for (guint i = 0; success && i < ownerships->len; i++)
    success = bitket_store_touch_ownership (db, ownerships->pdata[i], error);
  return success;
}

/* The directory's union by its name, made when nobody has heard of it. Returns: (transfer full) */
static char *
find_union (BitketDb *db, const char *name, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autofree char *id = g_uuid_string_random ();
  g_autofree char *made = look_up (db,
                                   "INSERT INTO student_unions (id, name) VALUES ($1, $2)"
                                   " ON CONFLICT (name) DO NOTHING RETURNING id",
                                   (const char *[]) { id, name, NULL }, &local_error);

  if (made != NULL)
    return g_steal_pointer (&made);
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return NULL;
    }
  return look_up (db, "SELECT id FROM student_unions WHERE name = $1",
                  (const char *[]) { name, NULL }, error);
}

static gboolean
set_union (BitketDb *db, BitketRecord *user, const BitketUnionNews *news, GError **error)
{
  g_autofree char *id = NULL;

  if (news->change == BITKET_UNION_KEEP)
    return TRUE;
  if (news->name != NULL)
    {
      id = find_union (db, news->name, error);
      if (id == NULL)
        return FALSE;
    }
  if (g_strcmp0 (id, bitket_record_get_text (user, "student_union")) != 0)
    bitket_record_set_text (user, "student_union", id);
  return TRUE;
}

/* Returns: whether the field was changed: @value is new and fits */
static gboolean
take_text (BitketRecord *user, const char *field, const char *value)
{
  if (value == NULL || !fits_user (field, value) ||
      g_strcmp0 (bitket_record_get_text (user, field), value) == 0)
    return FALSE;
  bitket_record_set_text (user, field, value);
  return TRUE;
}

static gboolean
update_user (BitketDb *db,
             BitketRecord *user,
             const BitketProfile *profile,
             const BitketUnionNews *news,
             gint64 now_us,
             GError **error)
{
  gboolean is_shown = FALSE;

  if (profile->provider == BITKET_PROVIDER_LIU)
    {
      is_shown = take_text (user, "name", profile->name);
      is_shown = take_text (user, "liu_id", profile->liu_id) || is_shown;
    }
  bitket_record_set_int64 (user, "last_login", now_us);
  return set_union (db, user, news, error) && bitket_store_update (db, user, error) &&
         (!is_shown || tell_doors (db, bitket_record_get_id (user), error));
}

static char *
find_account (BitketDb *db,
              const BitketProfile *profile,
              const BitketUnionNews *news,
              gint64 now_us,
              GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (BitketRecord) user = NULL;
  g_autofree char *id = look_up (
      db, "SELECT \"user\" FROM identities WHERE provider = $1 AND uid = $2",
      (const char *[]) { bitket_provider_get_name (profile->provider), profile->uid, NULL },
      &local_error);

  if (id == NULL && local_error == NULL)
    id = match_address (db, profile, now_us, &local_error);
  if (id != NULL && local_error == NULL)
    user = bitket_store_get (db, &bitket_user_schema, id, &local_error);
  if (user != NULL && bitket_record_get_boolean (user, "is_active"))
    update_user (db, user, profile, news, now_us, &local_error);
  if (local_error == NULL && user != NULL)
    return g_strdup (bitket_record_get_text (user, "email"));
  if (local_error != NULL)
    g_propagate_error (error, g_steal_pointer (&local_error));
  else
    bitket_service_error_set (error, BITKET_SERVICE_ERROR_UNAVAILABLE);
  return NULL;
}

/* Somebody signed in for the first time twice at once, or the database was busy. */
static gboolean
is_worth_another (const GError *error)
{
  return g_error_matches (error, BITKET_DB_ERROR, BITKET_DB_ERROR_BUSY) ||
         g_error_matches (error, BITKET_DB_ERROR, BITKET_DB_ERROR_UNIQUE) ||
         g_error_matches (error, BITKET_STORE_ERROR, BITKET_STORE_ERROR_EXISTS);
}

/* A busy database must not reach who would ask again: the code is used up. The store's own texts
 * quote addresses, and stay out of the log. */
static void
set_last_error (GError **error, GError *last)
{
  if (last->domain == BITKET_SERVICE_ERROR)
    {
      g_propagate_error (error, last);
      return;
    }
  g_set_error (error, BITKET_SERVICE_ERROR, BITKET_SERVICE_ERROR_UNAVAILABLE,
               "could not look up the account: %s",
               last->domain == BITKET_DB_ERROR ? last->message : "others were in the way");
  g_error_free (last);
}

char *
bitket_accounts_find (BitketDb *db,
                      const BitketProfile *profile,
                      const BitketUnionNews *news,
                      gint64 now_us,
                      GError **error)
{
  g_autoptr (GError) local_error = NULL;

  g_return_val_if_fail (db != NULL && profile != NULL && news != NULL, NULL);

  for (guint i = 0; i < MAX_ATTEMPTS; i++)
    {
      g_autofree char *email = NULL;

      g_clear_error (&local_error);
      if (bitket_db_begin (db, BITKET_DB_TRANSACTION_WRITE, &local_error))
        email = find_account (db, profile, news, now_us, &local_error);
      if (email != NULL && bitket_db_commit (db, &local_error))
        return g_steal_pointer (&email);
      bitket_db_rollback (db);
      if (!is_worth_another (local_error))
        break;
    }
  set_last_error (error, g_steal_pointer (&local_error));
  return NULL;
}
