/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-store"

#include "bitket-secret.h"
#include "bitket-store-private.h"

#include <sodium.h>
#include <string.h>

G_STATIC_ASSERT (BITKET_SIGN_KEY_LEN == crypto_sign_SECRETKEYBYTES);
G_STATIC_ASSERT (BITKET_VERIFY_KEY_LEN == crypto_sign_PUBLICKEYBYTES);

static void
event_key_free (gpointer data)
{
  bitket_secret_wipe (data, sizeof (BitketEventKey));
  g_free (data);
}

static gboolean
insert_event_key (BitketDb *db, const char *event, GError **error)
{
  guint8 seed[crypto_sign_SEEDBYTES];
  guint8 sign_key[crypto_sign_SECRETKEYBYTES];
  guint8 verify_key[crypto_sign_PUBLICKEYBYTES];
  g_autofree char *id = g_uuid_string_random ();
  g_autoptr (BitketStatement) statement = NULL;
  gboolean success;

  statement = bitket_store_prepare_texts (
      db,
      "INSERT INTO event_keys (id, event, sign_seed, verify_key, created)"
      " VALUES ($1, $2, $3, $4, $5)",
      (const char *[]) { id, event, NULL }, error);
  if (statement == NULL)
    return FALSE;
  randombytes_buf (seed, sizeof seed);
  crypto_sign_seed_keypair (verify_key, sign_key, seed);
  bitket_statement_bind_blob (statement, 3, seed, sizeof seed);
  bitket_statement_bind_blob (statement, 4, verify_key, sizeof verify_key);
  bitket_statement_bind_int64 (statement, 5, g_get_real_time ());
  success = bitket_statement_run (statement, error);
  bitket_secret_wipe (seed, sizeof seed);
  bitket_secret_wipe (sign_key, sizeof sign_key);
  return success;
}

static BitketEventKey *
read_event_key (BitketStatement *statement, const char *event, GError **error)
{
  BitketEventKey *key;
  gsize len = 0;
  const guint8 *seed = bitket_statement_get_blob (statement, 0, &len);

  if (seed == NULL || len != crypto_sign_SEEDBYTES)
    {
      g_set_error (error, BITKET_STORE_ERROR, BITKET_STORE_ERROR_INPUT,
                   "signing key of event “%s” has %" G_GSIZE_FORMAT " bytes instead of %u", event,
                   len, (guint) crypto_sign_SEEDBYTES);
      return NULL;
    }
  key = g_new0 (BitketEventKey, 1);
  crypto_sign_seed_keypair (key->verify_key, key->sign_key, seed);
  return key;
}

static GPtrArray *
list_event_keys (BitketDb *db, const char *event, GError **error)
{
  g_autoptr (GPtrArray) keys = g_ptr_array_new_with_free_func (event_key_free);
  g_autoptr (BitketStatement) statement = bitket_store_prepare_texts (
      db, "SELECT sign_seed FROM event_keys WHERE event = $1 ORDER BY created DESC, id",
      (const char *[]) { event, NULL }, error);
  g_autoptr (GError) local_error = NULL;

  if (statement == NULL)
    return NULL;
  while (bitket_statement_step (statement, &local_error))
    {
      BitketEventKey *key = read_event_key (statement, event, error);

      if (key == NULL)
        return NULL;
      g_ptr_array_add (keys, key);
    }
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return NULL;
    }
  return g_steal_pointer (&keys);
}

GPtrArray *
bitket_store_event_keys (BitketDb *db, const char *event, GError **error)
{
  g_autoptr (GPtrArray) keys = NULL;

  g_return_val_if_fail (db != NULL && event != NULL, NULL);

  keys = list_event_keys (db, event, error);
  if (keys != NULL && keys->len == 0)
    {
      g_clear_pointer (&keys, g_ptr_array_unref);
      if (insert_event_key (db, event, error))
        keys = list_event_keys (db, event, error);
    }
  if (keys == NULL)
    g_prefix_error (error, "could not get the signing keys of event “%s”: ", event);
  return g_steal_pointer (&keys);
}

/* %TRUE with *@found telling whether there was one. */
static gboolean
read_door_key (BitketDb *db, const char *event, BitketDoorKey *key, gboolean *found, GError **error)
{
  g_autoptr (BitketStatement) statement =
      bitket_store_prepare_texts (db, "SELECT door_key FROM event_door_keys WHERE event = $1",
                                  (const char *[]) { event, NULL }, error);
  g_autoptr (GError) local_error = NULL;
  const guint8 *bytes;
  gsize len = 0;

  if (statement == NULL)
    return FALSE;
  *found = bitket_statement_step (statement, &local_error);
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  if (!*found)
    return TRUE;
  bytes = bitket_statement_get_blob (statement, 0, &len);
  if (bytes == NULL || len != BITKET_DOOR_KEY_LEN)
    {
      g_set_error (error, BITKET_STORE_ERROR, BITKET_STORE_ERROR_INPUT,
                   "it has %" G_GSIZE_FORMAT " bytes instead of %d", len, BITKET_DOOR_KEY_LEN);
      return FALSE;
    }
  memcpy (key->key, bytes, BITKET_DOOR_KEY_LEN);
  return TRUE;
}

static gboolean
insert_door_key (BitketDb *db, const char *event, GError **error)
{
  guint8 bytes[BITKET_DOOR_KEY_LEN];
  g_autoptr (BitketStatement) statement =
      bitket_store_prepare_texts (db,
                                  "INSERT INTO event_door_keys (event, door_key) VALUES ($1, $2)"
                                  " ON CONFLICT (event) DO NOTHING",
                                  (const char *[]) { event, NULL }, error);
  gboolean success;

  if (statement == NULL)
    return FALSE;
  randombytes_buf (bytes, sizeof bytes);
  bitket_statement_bind_blob (statement, 2, bytes, sizeof bytes);
  success = bitket_statement_run (statement, error);
  bitket_secret_wipe (bytes, sizeof bytes);
  return success;
}

gboolean
bitket_store_door_key (BitketDb *db, const char *event, BitketDoorKey *key, GError **error)
{
  gboolean found = FALSE;

  g_return_val_if_fail (db != NULL && event != NULL && key != NULL, FALSE);

  if (read_door_key (db, event, key, &found, error) &&
      (found ||
       (insert_door_key (db, event, error) && read_door_key (db, event, key, &found, error))))
    return TRUE;
  g_prefix_error (error, "could not get the door key of event “%s”: ", event);
  return FALSE;
}
