/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-store"

#include "bitket-liu-id.h"
#include "bitket-records.h"
#include "bitket-store-private.h"

#include <sodium.h>

#define TOKEN_BYTES 20

static gboolean
check_field (const char *field_name, const char *value, GError **error)
{
  const BitketField *field = bitket_schema_get_field (&bitket_user_schema, field_name);
  g_autoptr (JsonNode) node = json_node_init_string (json_node_alloc (), value);
  g_autoptr (GError) local_error = NULL;

  if (bitket_field_check (field, node, &local_error))
    return TRUE;
  g_set_error (error, BITKET_STORE_ERROR, BITKET_STORE_ERROR_INPUT,
               "cannot add user “%s”: %s does not fit: %s", value, field_name,
               local_error->message);
  return FALSE;
}

static gboolean
set_password (BitketRecord *user, const char *password, GError **error)
{
  g_autofree char *hash = NULL;

  if (password == NULL)
    {
      bitket_record_set_text (user, "password", "!");
      return TRUE;
    }
  hash = bitket_password_hash (password);
  if (hash == NULL)
    {
      g_set_error (error, BITKET_STORE_ERROR, BITKET_STORE_ERROR_LIBRARY,
                   "could not hash the password: not enough memory");
      return FALSE;
    }
  bitket_record_set_text (user, "password", hash);
  return TRUE;
}

/* The address is looked up first, because a failed INSERT spoils a transaction in PostgreSQL. What
 * slips in between is found by the unique constraint. */
static gboolean
insert_user (BitketDb *db, BitketRecord *user, GError **error)
{
  const char *email = bitket_record_get_text (user, "email");
  g_autoptr (GError) local_error = NULL;
  g_autofree char *existing = bitket_store_find_user (db, email, &local_error);

  if (local_error == NULL && existing == NULL && bitket_store_insert (db, user, &local_error))
    return TRUE;
  if (existing != NULL || g_error_matches (local_error, BITKET_DB_ERROR, BITKET_DB_ERROR_UNIQUE))
    g_set_error (error, BITKET_STORE_ERROR, BITKET_STORE_ERROR_EXISTS,
                 "cannot add user “%s”: there is one with that address", email);
  else
    g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

char *
bitket_store_add_user (BitketDb *db,
                       const char *email,
                       const char *name,
                       const char *password,
                       GError **error)
{
  g_autoptr (BitketRecord) user = NULL;
  g_autofree char *address = NULL;
  char liu_id[BITKET_LIU_ID_SIZE];

  g_return_val_if_fail (db != NULL && email != NULL && name != NULL, NULL);

  if (!check_field ("email", email, error) || !check_field ("name", name, error))
    return NULL;
  address = g_utf8_strdown (email, -1);
  user = bitket_record_new (&bitket_user_schema);
  bitket_record_set_text (user, "email", address);
  bitket_record_set_text (user, "name", name);
  bitket_record_set_boolean (user, "is_active", TRUE);
  if (bitket_liu_id_from_email (address, liu_id))
    bitket_record_set_text (user, "liu_id", liu_id);
  if (!set_password (user, password, error) || !insert_user (db, user, error))
    return NULL;
  return g_strdup (bitket_record_get_id (user));
}

/* The original keeps addresses as people typed them; an index over lower (email) finds them. Where
 * two differ in case only, the one spelled as asked for comes first. */
char *
bitket_store_find_user (BitketDb *db, const char *email, GError **error)
{
  g_autoptr (BitketStatement) statement = NULL;
  g_autoptr (GError) local_error = NULL;

  g_return_val_if_fail (db != NULL && email != NULL, NULL);

  statement = bitket_store_prepare_texts (db,
                                          "SELECT id FROM users WHERE lower (email) = lower ($1)"
                                          " ORDER BY CASE WHEN email = $1 THEN 0 ELSE 1 END, id",
                                          (const char *[]) { email, NULL }, error);
  if (statement == NULL)
    return NULL;
  if (bitket_statement_step (statement, &local_error))
    return g_strdup (bitket_statement_get_text (statement, 0));
  if (local_error != NULL)
    g_propagate_prefixed_error (error, g_steal_pointer (&local_error),
                                "could not look up a user: ");
  return NULL;
}

char *
bitket_store_ensure_user (BitketDb *db, const char *email, const char *name, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autofree char *user = NULL;

  g_return_val_if_fail (db != NULL && email != NULL && name != NULL, NULL);

  user = bitket_store_find_user (db, email, &local_error);
  if (user == NULL && local_error == NULL)
    user = bitket_store_add_user (db, email, name, NULL, &local_error);
  if (user != NULL)
    return g_steal_pointer (&user);
  /* Somebody else was faster; the next attempt finds what they made. */
  if (g_error_matches (local_error, BITKET_STORE_ERROR, BITKET_STORE_ERROR_EXISTS))
    g_set_error (error, BITKET_DB_ERROR, BITKET_DB_ERROR_BUSY, "%s", local_error->message);
  else
    g_propagate_error (error, g_steal_pointer (&local_error));
  return NULL;
}

/* *@token stays %NULL when there is none. */
static gboolean
read_token (BitketDb *db, const char *user, char **token, GError **error)
{
  g_autoptr (BitketStatement) statement = bitket_store_prepare_texts (
      db, "SELECT key FROM tokens WHERE \"user\" = $1", (const char *[]) { user, NULL }, error);
  g_autoptr (GError) local_error = NULL;

  if (statement == NULL)
    return FALSE;
  if (bitket_statement_step (statement, &local_error))
    *token = g_strdup (bitket_statement_get_text (statement, 0));
  if (local_error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

static gboolean
insert_token (BitketDb *db, const char *user, GError **error)
{
  guint8 bytes[TOKEN_BYTES];
  char key[2 * TOKEN_BYTES + 1];
  g_autoptr (BitketStatement) statement = NULL;

  randombytes_buf (bytes, sizeof bytes);
  sodium_bin2hex (key, sizeof key, bytes, sizeof bytes);
  statement = bitket_store_prepare_texts (db,
                                          "INSERT INTO tokens (key, \"user\", created)"
                                          " VALUES ($1, $2, $3) ON CONFLICT (\"user\") DO NOTHING",
                                          (const char *[]) { key, user, NULL }, error);
  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_int64 (statement, 3, g_get_real_time ());
  return bitket_statement_run (statement, error);
}

char *
bitket_store_ensure_token (BitketDb *db, const char *user, GError **error)
{
  char *token = NULL;

  g_return_val_if_fail (db != NULL && user != NULL, NULL);

  if (!read_token (db, user, &token, error) ||
      (token == NULL && (!insert_token (db, user, error) || !read_token (db, user, &token, error))))
    {
      g_prefix_error (error, "could not get the token of user “%s”: ", user);
      return NULL;
    }
  return token;
}
