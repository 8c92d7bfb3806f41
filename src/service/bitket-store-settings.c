/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-store"

#include "bitket-secret.h"
#include "bitket-store-private.h"

#include <sodium.h>

#define SECRET_KEY_SETTING "secret_key"
#define SECRET_KEY_BYTES   32

char *
bitket_store_dup_setting (BitketDb *db, const char *name, GError **error)
{
  g_autoptr (BitketStatement) statement = NULL;
  g_autoptr (GError) local_error = NULL;

  g_return_val_if_fail (db != NULL && name != NULL, NULL);

  statement = bitket_store_prepare_texts (db, "SELECT value FROM settings WHERE name = $1",
                                          (const char *[]) { name, NULL }, error);
  if (statement == NULL)
    return NULL;
  if (bitket_statement_step (statement, &local_error))
    return g_strdup (bitket_statement_get_text (statement, 0));
  if (local_error != NULL)
    g_propagate_prefixed_error (error, g_steal_pointer (&local_error),
                                "could not read setting “%s”: ", name);
  return NULL;
}

gboolean
bitket_store_set_setting (BitketDb *db, const char *name, const char *value, GError **error)
{
  g_autoptr (BitketStatement) statement = NULL;

  g_return_val_if_fail (db != NULL && name != NULL && value != NULL, FALSE);

  statement =
      bitket_store_prepare_texts (db,
                                  "INSERT INTO settings (name, value) VALUES ($1, $2)"
                                  " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                                  (const char *[]) { name, value, NULL }, error);
  if (statement == NULL || !bitket_statement_run (statement, error))
    {
      g_prefix_error (error, "could not write setting “%s”: ", name);
      return FALSE;
    }
  return TRUE;
}

/* Two that start at once must end up with one key: the first INSERT wins, both read. */
static gboolean
make_secret_key (BitketDb *db, GError **error)
{
  guint8 bytes[SECRET_KEY_BYTES];
  char hex[2 * SECRET_KEY_BYTES + 1];
  g_autoptr (BitketStatement) statement = NULL;
  gboolean success;

  randombytes_buf (bytes, sizeof bytes);
  sodium_bin2hex (hex, sizeof hex, bytes, sizeof bytes);
  statement =
      bitket_store_prepare_texts (db,
                                  "INSERT INTO settings (name, value) VALUES ($1, $2)"
                                  " ON CONFLICT (name) DO NOTHING",
                                  (const char *[]) { SECRET_KEY_SETTING, hex, NULL }, error);
  success = statement != NULL && bitket_statement_run (statement, error);
  bitket_secret_wipe (bytes, sizeof bytes);
  bitket_secret_wipe (hex, sizeof hex);
  return success;
}

char *
bitket_store_ensure_secret_key (BitketDb *db, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  char *key;

  g_return_val_if_fail (db != NULL, NULL);

  key = bitket_store_dup_setting (db, SECRET_KEY_SETTING, &local_error);
  if (key == NULL && local_error == NULL && make_secret_key (db, &local_error))
    key = bitket_store_dup_setting (db, SECRET_KEY_SETTING, &local_error);
  if (key == NULL)
    g_propagate_prefixed_error (error, g_steal_pointer (&local_error),
                                "could not make the secret key: ");
  return key;
}

gboolean
bitket_store_set_secret_key (BitketDb *db, const char *key, GError **error)
{
  return bitket_store_set_setting (db, SECRET_KEY_SETTING, key, error);
}
