/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-door"

#include "bitket-door-pair.h"

#include "bitket-door.h"
#include "bitket-id.h"
#include "bitket-json-reader.h"
#include "bitket-key-hash.h"
#include "bitket-schema.h"

/* "bitket://pair?server=https%3A%2F%2Fhost&code=ABCD-EFGH" */
static gboolean
parse_pair_link (const char *link, char **service, char **code, GError **error)
{
  g_autoptr (GUri) uri = g_uri_parse (link, G_URI_FLAGS_ENCODED_QUERY, NULL);
  g_autoptr (GHashTable) params = NULL;

  if (uri != NULL && g_strcmp0 (g_uri_get_host (uri), "pair") == 0 && g_uri_get_query (uri) != NULL)
    params = g_uri_parse_params (g_uri_get_query (uri), -1, "&", G_URI_PARAMS_NONE, NULL);
  if (params == NULL || g_hash_table_lookup (params, "code") == NULL)
    {
      g_set_error_literal (error, BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_NOT_PAIRED,
                           "the link is none for pairing a door");
      return FALSE;
    }
  *service = g_strdup (g_hash_table_lookup (params, "server"));
  *code = g_strdup (g_hash_table_lookup (params, "code"));
  return TRUE;
}

gboolean
bitket_door_pair_code_parse (const char *text, char **service, char **code, GError **error)
{
  g_autofree char *trimmed = g_strstrip (g_strdup (text));

  if (*trimmed == '\0')
    {
      g_set_error_literal (error, BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_NOT_PAIRED,
                           "the pairing code is empty");
      return FALSE;
    }
  if (g_str_has_prefix (trimmed, "bitket:"))
    return parse_pair_link (trimmed, service, code, error);
  *service = NULL;
  *code = g_steal_pointer (&trimmed);
  return TRUE;
}

/* Redeeming a code. */

static JsonNode *
make_object (const char *first, const char *first_value, const char *second, const char *value)
{
  JsonObject *object = json_object_new ();
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);

  json_node_take_object (node, object);
  json_object_set_string_member (object, first, first_value);
  if (second != NULL)
    json_object_set_string_member (object, second, value);
  return node;
}

/* @json: (nullable): an answer may have no body */
static gboolean
begin_reading (BitketJsonReader *reader, JsonNode *json, GError **error)
{
  if (json != NULL)
    return bitket_json_reader_init (reader, json, NULL, error);
  g_set_error_literal (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_ANSWER,
                       "the service answered with nothing");
  return FALSE;
}

static BitketDoorSecrets *
read_secrets (JsonNode *json, GError **error)
{
  g_autoptr (BitketDoorSecrets) secrets = g_new0 (BitketDoorSecrets, 1);
  g_auto (BitketJsonReader) reader = { 0 };
  const char *token, *event, *name, *door_key;
  char event_id[BITKET_ID_SIZE];
  BitketDoorKey key;

  if (!begin_reading (&reader, json, error) ||
      !bitket_json_read_string (&reader, "token", &token, error) ||
      !bitket_json_read_string (&reader, "event", &event, error) ||
      !bitket_json_read_string (&reader, "name", &name, error) ||
      !bitket_json_read_string (&reader, "door_key", &door_key, error) ||
      !bitket_hyperlink_parse (event, "events", event_id, error) ||
      !bitket_door_key_from_hex (door_key, &key, error))
    return NULL;
  bitket_door_key_clear (&key);
  secrets->token = g_strdup (token);
  secrets->event = g_strdup (event_id);
  secrets->name = g_strdup (name);
  if (bitket_json_read_string_or (&reader, "event_name", NULL, &name, NULL))
    secrets->event_name = g_strdup (name);
  secrets->door_key = g_strdup (door_key);
  return g_steal_pointer (&secrets);
}

static void
redeemed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  g_autoptr (BitketResponse) response =
      bitket_session_request_finish (BITKET_SESSION (source), result, &error);
  BitketDoorSecrets *secrets =
      response == NULL ? NULL : read_secrets (bitket_response_get_json (response), &error);

  if (secrets == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, secrets, (GDestroyNotify) bitket_door_secrets_free);
}

void
bitket_door_redeem_async (BitketSession *session,
                          const char *code,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  GTask *task = g_task_new (session, cancellable, callback, user_data);
  g_autoptr (JsonNode) body = make_object ("pairing", code, NULL, NULL);

  g_task_set_source_tag (task, bitket_door_redeem_async);
  bitket_session_request_async (session, "POST", "/api/doors/pair/", body, NULL,
                                BITKET_REQUEST_DEFAULT, 0, cancellable, redeemed_cb, task);
}

BitketDoorSecrets *
bitket_door_redeem_finish (BitketSession *session, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, session), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/* Enrolling: event by its slug, a door of it, its code. */

typedef struct
{
  char *event;     /* (owned) */
  char *door_name; /* (owned) */
} Enrolment;

static void
free_enrolment (gpointer data)
{
  Enrolment *enrolment = data;

  g_free (enrolment->event);
  g_free (enrolment->door_name);
  g_free (enrolment);
}

static void
enrolled_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  BitketDoorSecrets *secrets = bitket_door_redeem_finish (BITKET_SESSION (source), result, &error);

  if (secrets == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, secrets, (GDestroyNotify) bitket_door_secrets_free);
}

static void
door_made_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  g_autoptr (BitketResponse) response =
      bitket_session_request_finish (BITKET_SESSION (source), result, &error);
  g_auto (BitketJsonReader) reader = { 0 };
  const char *code;

  if (response == NULL || !begin_reading (&reader, bitket_response_get_json (response), &error) ||
      !bitket_json_read_string (&reader, "pairing", &code, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  bitket_door_redeem_async (BITKET_SESSION (source), code, g_task_get_cancellable (task),
                            enrolled_cb, g_object_ref (task));
}

static void
make_door (GTask *task, const char *event_id)
{
  Enrolment *enrolment = g_task_get_task_data (task);
  g_autoptr (JsonNode) body = make_object ("event", event_id, "name", enrolment->door_name);

  bitket_session_request_async (g_task_get_source_object (task), "POST", "/api/doors/", body, NULL,
                                BITKET_REQUEST_DEFAULT, 0, g_task_get_cancellable (task),
                                door_made_cb, task);
}

/* (transfer none): of the events in @json the one with @slug, or %NULL */
static const char *
find_event (JsonNode *json, const char *slug, GError **error)
{
  JsonArray *events;

  if (json == NULL || !JSON_NODE_HOLDS_ARRAY (json))
    {
      g_set_error_literal (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_ANSWER,
                           "the service's list of events is none");
      return NULL;
    }
  events = json_node_get_array (json);
  for (guint i = 0; i < json_array_get_length (events); i++)
    {
      g_auto (BitketJsonReader) reader = { 0 };
      const char *found, *id;

      if (!bitket_json_reader_init (&reader, json_array_get_element (events, i), NULL, error) ||
          !bitket_json_read_string (&reader, "slug", &found, error) ||
          !bitket_json_read_string (&reader, "id", &id, error))
        return NULL;
      if (g_strcmp0 (found, slug) == 0)
        return id;
    }
  g_set_error (error, BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_EVENT, "there is no event \"%s\"", slug);
  return NULL;
}

static void
events_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Enrolment *enrolment = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (BitketResponse) response =
      bitket_session_request_finish (BITKET_SESSION (source), result, &error);
  const char *id = NULL;

  if (response != NULL)
    id = find_event (bitket_response_get_json (response), enrolment->event, &error);
  if (id == NULL)
    g_task_return_error (task, error);
  else
    make_door (g_steal_pointer (&task), id);
}

void
bitket_door_enrol_async (BitketSession *session,
                         const char *event,
                         const char *door_name,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  GTask *task = g_task_new (session, cancellable, callback, user_data);
  Enrolment *enrolment = g_new0 (Enrolment, 1);
  char id[BITKET_ID_SIZE];

  g_task_set_source_tag (task, bitket_door_enrol_async);
  enrolment->event = g_strdup (event);
  enrolment->door_name = g_strdup (door_name);
  g_task_set_task_data (task, enrolment, free_enrolment);
  if (bitket_id_parse (event, -1, id, NULL))
    make_door (task, id);
  else
    bitket_session_request_async (session, "GET", "/api/events/", NULL, NULL,
                                  BITKET_REQUEST_DEFAULT, 0, cancellable, events_cb, task);
}

BitketDoorSecrets *
bitket_door_enrol_finish (BitketSession *session, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, session), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
