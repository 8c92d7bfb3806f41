/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-store"

#include "bitket-store-private.h"

#include "bitket-text.h"

#include <string.h>

/* Which rules the rows were folded by: a new number folds them all anew. */
#define FOLD_SETTING "search-fold"
#define FOLD_VERSION "1"
#define N_AT_ONCE    1000

static gboolean
write_row (BitketDb *db, const char *user, const char *name, const char *email, GError **error)
{
  g_autofree char *folded_name = bitket_text_fold (name);
  g_autofree char *folded_email = g_utf8_strdown (email, -1);
  g_autoptr (BitketStatement) statement = bitket_store_prepare_texts (
      db,
      "INSERT INTO user_search (\"user\", name, email) VALUES ($1, $2, $3)"
      " ON CONFLICT (\"user\") DO UPDATE SET name = excluded.name, email = excluded.email",
      (const char *const[]) { user, folded_name, folded_email, NULL }, error);

  return statement != NULL && bitket_statement_run (statement, error);
}

gboolean
bitket_store_index_user (BitketDb *db, const char *user, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autofree char *name = NULL;
  g_autofree char *email = NULL;
  g_autoptr (BitketStatement) statement =
      bitket_store_prepare_texts (db, "SELECT name, email FROM users WHERE id = $1",
                                  (const char *const[]) { user, NULL }, error);

  if (statement == NULL)
    return FALSE;
  if (bitket_statement_step (statement, &local_error))
    {
      name = g_strdup (bitket_statement_get_text (statement, 0));
      email = g_strdup (bitket_statement_get_text (statement, 1));
    }
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  return name == NULL || write_row (db, user, name, email, error);
}

/* The next users after @last, in @texts: id, name, email, id … */
static gboolean
read_users (BitketDb *db, const char *last, GPtrArray *texts, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (BitketStatement) statement =
      bitket_store_prepare_texts (db,
                                  "SELECT id, name, email FROM users WHERE id > $1"
                                  " ORDER BY id LIMIT " G_STRINGIFY (N_AT_ONCE),
                                  (const char *const[]) { last, NULL }, error);

  if (statement == NULL)
    return FALSE;
  while (bitket_statement_step (statement, &local_error))
    for (int i = 0; i < 3; i++)
      g_ptr_array_add (texts, g_strdup (bitket_statement_get_text (statement, i)));
  if (local_error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

static gboolean
index_everybody (BitketDb *db, GError **error)
{
  g_autofree char *last = g_strdup ("");
  gboolean has_more = TRUE;

  while (has_more)
    {
      g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);

      if (!read_users (db, last, texts, error))
        return FALSE;
      for (guint i = 0; i < texts->len; i += 3)
        if (!write_row (db, texts->pdata[i], texts->pdata[i + 1], texts->pdata[i + 2], error))
          return FALSE;
      has_more = texts->len == 3 * N_AT_ONCE;
      if (has_more)
        {
          g_free (last);
          last = g_strdup (texts->pdata[texts->len - 3]);
        }
    }
  return bitket_store_set_setting (db, FOLD_SETTING, FOLD_VERSION, error);
}

/* @is_current (out) */
static gboolean
check_version (BitketDb *db, gboolean *is_current, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autofree char *version = bitket_store_dup_setting (db, FOLD_SETTING, &local_error);

  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  *is_current = g_strcmp0 (version, FOLD_VERSION) == 0;
  return TRUE;
}

gboolean
bitket_store_ensure_search (BitketDb *db, GError **error)
{
  gboolean is_current = FALSE;

  if (!check_version (db, &is_current, error))
    return FALSE;
  if (is_current)
    return TRUE;
  if (!bitket_db_begin (db, BITKET_DB_TRANSACTION_WRITE, error))
    return FALSE;
  /* Somebody else may have been faster. */
  if (check_version (db, &is_current, error) && (is_current || index_everybody (db, error)) &&
      bitket_db_commit (db, error))
    return TRUE;
  bitket_db_rollback (db);
  return FALSE;
}
