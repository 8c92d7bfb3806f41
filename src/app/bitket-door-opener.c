/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket"

#include "bitket-door-opener.h"

#include <glib/gi18n.h>

#include "bitket-json-reader.h"

typedef struct
{
  BitketSession *session; /* (owned) (nullable): without one nothing is paired */
  char *event_id;         /* (owned) (nullable) */
  char *server;           /* (owned) (nullable) */
  char *state_dir;        /* (owned) */
  char *key_file;         /* (owned) (nullable) */
  gboolean has_paired;
} Opening;

static void
opening_free (Opening *opening)
{
  g_clear_object (&opening->session);
  g_free (opening->event_id);
  g_free (opening->server);
  g_free (opening->state_dir);
  g_free (opening->key_file);
  g_free (opening);
}

static void open_door (GTask *task);

static void
paired_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autofree char *event_name = NULL;
  g_autofree char *door_name = NULL;
  GError *error = NULL;

  if (bitket_door_pair_finish (result, &event_name, &door_name, &error))
    open_door (g_steal_pointer (&task));
  else
    g_task_return_error (task, error);
}

static void
code_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  BitketResponse *response =
      bitket_session_request_finish (BITKET_SESSION (source), result, &error);

  if (response != NULL)
    g_task_return_pointer (task, response, (GDestroyNotify) bitket_response_unref);
  else
    g_task_return_error (task, error);
}

void
bitket_door_opener_make_code_async (BitketSession *session,
                                    const char *event_id,
                                    const char *door_name,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) body = NULL;

  g_task_set_source_tag (task, bitket_door_opener_make_code_async);
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "event");
  json_builder_add_string_value (builder, event_id);
  json_builder_set_member_name (builder, "name");
  json_builder_add_string_value (builder, door_name);
  json_builder_end_object (builder);
  body = json_builder_get_root (builder);
  bitket_session_request_async (session, "POST", "/api/doors/", body, NULL, BITKET_REQUEST_DEFAULT,
                                0, cancellable, code_cb, task);
}

gboolean
bitket_door_opener_make_code_finish (GAsyncResult *result, char **code, char **link, GError **error)
{
  g_autoptr (BitketResponse) response = g_task_propagate_pointer (G_TASK (result), error);
  g_auto (BitketJsonReader) reader = { NULL, NULL };
  const char *code_text;
  const char *link_text;

  if (response == NULL)
    return FALSE;
  if (bitket_response_get_json (response) == NULL ||
      !bitket_json_reader_init (&reader, bitket_response_get_json (response), NULL, NULL) ||
      !bitket_json_read_string (&reader, "pairing", &code_text, NULL) ||
      !bitket_json_read_string (&reader, "pairing_qr", &link_text, NULL))
    {
      g_set_error_literal (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_ANSWER,
                           "the answer to a new door holds no pairing code");
      return FALSE;
    }
  *code = g_strdup (code_text);
  *link = g_strdup (link_text);
  return TRUE;
}

static void
own_code_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Opening *opening = g_task_get_task_data (task);
  g_autofree char *code = NULL;
  g_autofree char *link = NULL;
  GError *error = NULL;

  if (!bitket_door_opener_make_code_finish (result, &code, &link, &error))
    g_task_return_error (task, error);
  else
    bitket_door_pair_async (opening->server, code, opening->state_dir, opening->key_file,
                            g_task_get_cancellable (task), paired_cb, g_object_ref (task));
}

/* An organizer's own account pairs this computer with the event. */
static void
pair_door (GTask *task)
{
  Opening *opening = g_task_get_task_data (task);

  opening->has_paired = TRUE;
  /* Translators: the name of a door that is opened from the main window */
  bitket_door_opener_make_code_async (opening->session, opening->event_id, _ ("Main door"),
                                      g_task_get_cancellable (task), own_code_cb,
                                      g_object_ref (task));
}

/* What was paired before may have been revoked, or belong to a service that was made anew. */
static gboolean
is_pairing_needed (const GError *error)
{
  return g_error_matches (error, BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_NOT_PAIRED) ||
         g_error_matches (error, BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_REVOKED);
}

static void
opened_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Opening *opening = g_task_get_task_data (task);
  GError *error = NULL;
  BitketDoor *door = bitket_door_open_finish (result, &error);

  if (door != NULL)
    g_task_return_pointer (task, door, g_object_unref);
  else if (is_pairing_needed (error) && opening->session != NULL && !opening->has_paired)
    {
      g_clear_error (&error);
      pair_door (task);
    }
  else
    g_task_return_error (task, error);
}

/* Takes over the reference to @task. */
static void
open_door (GTask *task)
{
  Opening *opening = g_task_get_task_data (task);
  BitketDoorConfig config = {
    .service_url = opening->server,
    .state_dir = opening->state_dir,
    .key_file = opening->key_file,
  };

  bitket_door_open_async (&config, g_task_get_cancellable (task), opened_cb, task);
}

void
bitket_door_opener_open_async (BitketSession *session,
                               BitketEventItem *item,
                               const char *sample_directory,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  Opening *opening = g_new0 (Opening, 1);
  g_autofree char *own = g_build_filename (g_get_user_data_dir (), "bitket", NULL);

  g_task_set_source_tag (task, bitket_door_opener_open_async);
  opening->session = g_object_ref (session);
  opening->event_id = g_strdup (bitket_event_item_get_id (item));
  opening->server = g_strdup (bitket_session_get_base_url (session));
  opening->state_dir = g_build_filename (sample_directory ? sample_directory : own, "doors",
                                         opening->event_id, NULL);
  if (sample_directory != NULL)
    opening->key_file = g_build_filename (opening->state_dir, "keys", NULL);
  g_task_set_task_data (task, opening, (GDestroyNotify) opening_free);
  open_door (task);
}

void
bitket_door_opener_open_paired_async (const char *server,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  Opening *opening = g_new0 (Opening, 1);

  g_task_set_source_tag (task, bitket_door_opener_open_paired_async);
  opening->server = g_strdup (server);
  opening->state_dir = bitket_door_opener_dup_paired_dir ();
  g_task_set_task_data (task, opening, (GDestroyNotify) opening_free);
  open_door (task);
}

BitketDoor *
bitket_door_opener_open_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

char *
bitket_door_opener_dup_paired_dir (void)
{
  return g_build_filename (g_get_user_data_dir (), "bitket", "door", NULL);
}
