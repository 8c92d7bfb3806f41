/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-door"

#include "bitket-door-keys.h"

#include <libsecret/secret.h>

#include "bitket-door.h"
#include "bitket-json-reader.h"
#include "bitket-secret.h"

static const SecretSchema schema = {
  "se.bitket.Door",
  SECRET_SCHEMA_NONE,
  {
      { "state-dir", SECRET_SCHEMA_ATTRIBUTE_STRING },
      { NULL, 0 },
  },
};

void
bitket_door_secrets_free (BitketDoorSecrets *secrets)
{
  if (secrets == NULL)
    return;
  bitket_seal_key_clear (&secrets->seal_key);
  bitket_secret_free (secrets->token);
  bitket_secret_free (secrets->door_key);
  g_free (secrets->service);
  g_free (secrets->event);
  g_free (secrets->name);
  g_free (secrets->slug);
  g_free (secrets->event_name);
  g_free (secrets);
}

/* As text. */

static gboolean
read_member (BitketJsonReader *reader, const char *member, char **value, GError **error)
{
  const char *text;

  if (!bitket_json_read_string_or (reader, member, NULL, &text, error))
    return FALSE;
  *value = g_strdup (text);
  return TRUE;
}

static BitketDoorSecrets *
parse_secrets (const char *text, GError **error)
{
  g_autoptr (BitketDoorSecrets) secrets = g_new0 (BitketDoorSecrets, 1);
  g_autoptr (JsonNode) node = bitket_json_parse (text, -1, error);
  g_auto (BitketJsonReader) reader = { 0 };
  const char *seal_key;

  if (node == NULL || !bitket_json_reader_init (&reader, node, NULL, error) ||
      !bitket_json_read_string_or (&reader, "seal_key", NULL, &seal_key, error))
    return NULL;
  if (seal_key != NULL && !bitket_seal_key_from_hex (seal_key, &secrets->seal_key, error))
    return NULL;
  secrets->has_seal_key = seal_key != NULL;
  if (!read_member (&reader, "service", &secrets->service, error) ||
      !read_member (&reader, "token", &secrets->token, error) ||
      !read_member (&reader, "door_key", &secrets->door_key, error) ||
      !read_member (&reader, "event", &secrets->event, error) ||
      !read_member (&reader, "name", &secrets->name, error) ||
      !read_member (&reader, "slug", &secrets->slug, error))
    return NULL;
  return g_steal_pointer (&secrets);
}

static void
add_member (JsonObject *object, const char *member, const char *value)
{
  if (value != NULL)
    json_object_set_string_member (object, member, value);
}

static char *
format_secrets (const BitketDoorSecrets *secrets)
{
  JsonObject *object = json_object_new ();
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  g_autoptr (BitketSecretString) seal_key = NULL;

  json_node_take_object (node, object);
  if (secrets->has_seal_key)
    seal_key = bitket_seal_key_to_hex (&secrets->seal_key);
  add_member (object, "seal_key", seal_key);
  add_member (object, "service", secrets->service);
  add_member (object, "token", secrets->token);
  add_member (object, "door_key", secrets->door_key);
  add_member (object, "event", secrets->event);
  add_member (object, "name", secrets->name);
  add_member (object, "slug", secrets->slug);
  return bitket_json_to_string (node);
}

/* The key file. */

static char *
load_file (const char *key_file, GError **error)
{
  GError *local_error = NULL;
  char *text;

  if (!g_file_test (key_file, G_FILE_TEST_EXISTS))
    return NULL;
  text = bitket_secret_load (key_file, NULL, &local_error);
  if (text != NULL)
    return text;
  g_set_error (error, BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_KEY, "cannot read the key file: %s",
               local_error == NULL ? "it is empty" : local_error->message);
  g_clear_error (&local_error);
  return NULL;
}

static gboolean
store_file (const char *key_file, const char *text, GError **error)
{
  GError *local_error = NULL;

  if (bitket_secret_store (key_file, text, &local_error))
    return TRUE;
  g_set_error (error, BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_KEY, "cannot write the key file: %s",
               local_error->message);
  g_error_free (local_error);
  return FALSE;
}

/* The Secret Service. */

/* (transfer full) in and out. */
static GError *
convert_keyring_error (GError *error)
{
  GError *converted;

  if (error == NULL || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return error;
  converted = g_error_new (BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_KEYRING,
                           "the keyring (Secret Service) cannot be used: %s", error->message);
  g_error_free (error);
  return converted;
}

/* Whether the keyring that would hold the item is locked. A look-up in a locked one finds nothing
 * and says no more, so it has to be asked for. */
static gboolean
check_unlocked (SecretService *service, GCancellable *cancellable, GError **error)
{
  g_autoptr (SecretCollection) collection = secret_collection_for_alias_sync (
      service, SECRET_COLLECTION_DEFAULT, SECRET_COLLECTION_NONE, cancellable, NULL);

  if (collection == NULL || !secret_collection_get_locked (collection))
    return TRUE;
  g_set_error_literal (error, BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_KEYRING,
                       "the keyring (Secret Service) is locked");
  return FALSE;
}

static SecretService *
connect_service (GCancellable *cancellable, GError **error)
{
  GError *local_error = NULL;
  SecretService *service =
      secret_service_get_sync (SECRET_SERVICE_OPEN_SESSION, cancellable, &local_error);

  if (local_error != NULL)
    g_propagate_error (error, convert_keyring_error (local_error));
  return service;
}

static char *
load_keyring (const char *state_dir, GCancellable *cancellable, GError **error)
{
  g_autoptr (SecretService) service = connect_service (cancellable, error);
  GError *local_error = NULL;
  char *found, *text;

  if (service == NULL || !check_unlocked (service, cancellable, error))
    return NULL;
  found = secret_password_lookup_nonpageable_sync (&schema, cancellable, &local_error, "state-dir",
                                                   state_dir, NULL);
  if (local_error != NULL)
    {
      g_propagate_error (error, convert_keyring_error (local_error));
      return NULL;
    }
  text = g_strdup (found);
  secret_password_free (found);
  return text;
}

static gboolean
store_keyring (const char *state_dir, const char *text, GCancellable *cancellable, GError **error)
{
  g_autoptr (SecretService) service = connect_service (cancellable, error);
  GError *local_error = NULL;

  if (service == NULL || !check_unlocked (service, cancellable, error))
    return FALSE;
  /* One item a state directory: the new one replaces what stood there, whole or not at all. */
  secret_password_store_sync (&schema, SECRET_COLLECTION_DEFAULT, "Bitket door", text, cancellable,
                              &local_error, "state-dir", state_dir, NULL);
  if (local_error == NULL)
    return TRUE;
  g_propagate_error (error, convert_keyring_error (local_error));
  return FALSE;
}

BitketDoorSecrets *
bitket_door_secrets_load (const char *state_dir,
                          const char *key_file,
                          GCancellable *cancellable,
                          GError **error)
{
  g_autoptr (BitketSecretString) text = NULL;
  BitketDoorSecrets *secrets;
  GError *local_error = NULL;

  text = key_file != NULL ? load_file (key_file, &local_error)
                          : load_keyring (state_dir, cancellable, &local_error);
  if (local_error != NULL)
    {
      g_propagate_error (error, local_error);
      return NULL;
    }
  if (text == NULL)
    return g_new0 (BitketDoorSecrets, 1);
  secrets = parse_secrets (text, &local_error);
  if (secrets == NULL)
    {
      /* The old text may quote what it choked on: a secret. */
      g_set_error_literal (error, BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_KEY,
                           key_file != NULL ? "the key file does not hold a door's keys"
                                            : "the keyring's item does not hold a door's keys");
      g_error_free (local_error);
    }
  return secrets;
}

gboolean
bitket_door_secrets_store (const BitketDoorSecrets *secrets,
                           const char *state_dir,
                           const char *key_file,
                           GCancellable *cancellable,
                           GError **error)
{
  g_autoptr (BitketSecretString) text = format_secrets (secrets);

  if (key_file != NULL)
    return store_file (key_file, text, error);
  return store_keyring (state_dir, text, cancellable, error);
}
