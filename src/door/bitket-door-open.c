/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-door"

/* Opening, pairing and closing. */

#include "bitket-door.h"

#include "bitket-door-keys.h"
#include "bitket-door-pair.h"
#include "bitket-door-private.h"
#include "bitket-secret.h"

#define DEFAULT_DEADLINE_MS 400
#define DEFAULT_NAME        "Door"

/* What opening needs on its way. The store is made, used and closed on the worker. */
typedef struct
{
  char *service_url, *token, *door_key, *event, *door_name, *state_dir, *key_file; /* (owned)
                                                                                      (nullable) */
  BitketDoorFlags flags;
  guint deadline_ms;
  BitketClock *clock;     /* (owned) */
  BitketWorker *worker;   /* (owned) */
  BitketSession *session; /* (owned) (nullable) */
  gboolean is_pair_only;  /* store the secrets and be done */
  gboolean has_new_secrets;
  BitketDoorSecrets *secrets; /* (owned) (nullable) */
  BitketDoorStore *store;     /* (owned) (nullable) */
  BitketDoorJudge *judge;     /* (owned) (nullable) */
} Opening;

static gpointer
close_job (gpointer data, GCancellable *cancellable, GError **error)
{
  Opening *opening = data;

  g_clear_pointer (&opening->judge, bitket_door_judge_free);
  g_clear_pointer (&opening->store, bitket_door_store_close);
  return NULL;
}

static void
free_opening (gpointer data)
{
  Opening *opening = data;

  if (opening->store != NULL)
    bitket_worker_run (opening->worker, close_job, opening, NULL);
  if (opening->worker != NULL)
    bitket_worker_stop (opening->worker);
  g_clear_object (&opening->worker);
  g_clear_object (&opening->session);
  g_clear_object (&opening->clock);
  bitket_door_secrets_free (opening->secrets);
  bitket_secret_free (opening->token);
  bitket_secret_free (opening->door_key);
  g_free (opening->service_url);
  g_free (opening->event);
  g_free (opening->door_name);
  g_free (opening->state_dir);
  g_free (opening->key_file);
  g_free (opening);
}

/* What one server gave is shown to no other. */
static gboolean
is_other_server (const Opening *opening)
{
  const char *paired_with = opening->secrets->service;

  return opening->session != NULL && paired_with != NULL &&
         g_strcmp0 (bitket_session_get_base_url (opening->session), paired_with) != 0;
}

/* Whether the secrets at hand are enough to be a door of the event that was asked for. */
static gboolean
is_paired (const Opening *opening)
{
  const BitketDoorSecrets *secrets = opening->secrets;
  char id[BITKET_ID_SIZE];

  if (secrets->token == NULL || secrets->door_key == NULL || secrets->event == NULL ||
      is_other_server (opening))
    return FALSE;
  if (opening->event == NULL || g_strcmp0 (opening->event, secrets->slug) == 0)
    return TRUE;
  return bitket_id_parse (opening->event, -1, id, NULL) && g_strcmp0 (id, secrets->event) == 0;
}

/* Token and key from the caller count more than what is kept. */
static gboolean
take_given_secrets (Opening *opening, GError **error)
{
  BitketDoorSecrets *secrets = opening->secrets;
  char id[BITKET_ID_SIZE];

  if (opening->token == NULL || opening->door_key == NULL)
    return TRUE;
  if (opening->event == NULL || !bitket_id_parse (opening->event, -1, id, NULL))
    {
      g_set_error_literal (error, BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_EVENT,
                           "a door's token and key need the id of their event");
      return FALSE;
    }
  bitket_secret_free (secrets->token);
  bitket_secret_free (secrets->door_key);
  g_free (secrets->event);
  g_clear_pointer (&secrets->service, g_free);
  secrets->token = g_strdup (opening->token);
  secrets->door_key = g_strdup (opening->door_key);
  secrets->event = g_strdup (id);
  return TRUE;
}

/* A pairing code is used up by redeeming it: a cache that cannot be taken over is found out before.
 */
static gboolean
try_store (Opening *opening, GError **error)
{
  g_autoptr (BitketDoorStore) store = NULL;

  if (!opening->is_pair_only || !bitket_door_store_exists (opening->state_dir))
    return TRUE;
  store = bitket_door_store_open (opening->state_dir, &opening->secrets->seal_key,
                                  BITKET_DOOR_STORE_DEFAULT, error);
  return store != NULL;
}

/* First job: the keys. */
static gpointer
load_job (gpointer data, GCancellable *cancellable, GError **error)
{
  Opening *opening = data;

  opening->secrets =
      bitket_door_secrets_load (opening->state_dir, opening->key_file, cancellable, error);
  if (opening->secrets == NULL)
    return NULL;
  if (!opening->secrets->has_seal_key && bitket_door_store_exists (opening->state_dir))
    {
      g_set_error (error, BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_KEY,
                   "there is a cache in \"%s\", but no key for it", opening->state_dir);
      return NULL;
    }
  if (try_store (opening, error))
    take_given_secrets (opening, error);
  return NULL;
}

static gboolean
is_look (const Opening *opening)
{
  return (opening->flags & BITKET_DOOR_LOOK) != 0;
}

static gboolean
keep_secrets (Opening *opening, GCancellable *cancellable, GError **error)
{
  BitketDoorSecrets *secrets = opening->secrets;

  if (secrets->has_seal_key && !opening->has_new_secrets)
    return TRUE;
  if (!secrets->has_seal_key)
    bitket_seal_key_generate (&secrets->seal_key);
  secrets->has_seal_key = TRUE;
  if (g_mkdir_with_parents (opening->state_dir, 0700) != 0)
    g_info ("the state directory could not be made yet");
  return bitket_door_secrets_store (secrets, opening->state_dir, opening->key_file, cancellable,
                                    error);
}

static gboolean
open_store_for_event (Opening *opening, GError **error)
{
  BitketDoorSecrets *secrets = opening->secrets;

  opening->store = bitket_door_store_open (
      opening->state_dir, &secrets->seal_key,
      is_look (opening) ? BITKET_DOOR_STORE_LOOK : BITKET_DOOR_STORE_DEFAULT, error);
  return opening->store != NULL &&
         (is_look (opening) ||
          bitket_door_store_adopt_event (opening->store, secrets->event, error));
}

/* Second job: the store, once the secrets are whole. A cache that is there already is asked first:
 * while entries of another event wait in it, the token that they are sent with must not be
 * replaced. */
static gpointer
open_job (gpointer data, GCancellable *cancellable, GError **error)
{
  Opening *opening = data;
  BitketDoorSecrets *secrets = opening->secrets;
  gboolean is_there = secrets->has_seal_key && bitket_door_store_exists (opening->state_dir);
  BitketDoorKey key;

  if (!bitket_door_key_from_hex (secrets->door_key, &key, error))
    return NULL;
  if ((!is_there || open_store_for_event (opening, error)) &&
      (is_look (opening) || keep_secrets (opening, cancellable, error)) && !opening->is_pair_only &&
      (opening->store != NULL || open_store_for_event (opening, error)))
    opening->judge = bitket_door_judge_new (opening->store, &key,
                                            secrets->name != NULL ? secrets->name : DEFAULT_NAME);
  /* Whoever paired may open the door at once. */
  if (opening->is_pair_only)
    g_clear_pointer (&opening->store, bitket_door_store_close);
  bitket_door_key_clear (&key);
  return NULL;
}

static BitketDoor *
make_door (Opening *opening)
{
  BitketDoor *self = g_object_new (BITKET_TYPE_DOOR, NULL);

  self->clock = g_object_ref (opening->clock);
  self->worker = g_steal_pointer (&opening->worker);
  self->store = g_steal_pointer (&opening->store);
  self->judge = g_steal_pointer (&opening->judge);
  self->session = g_steal_pointer (&opening->session);
  self->event_id = g_strdup (opening->secrets->event);
  self->door_name = g_strdup (bitket_door_judge_get_door_name (self->judge));
  self->flags = opening->flags;
  self->deadline_ms = opening->deadline_ms;
  if (self->session != NULL)
    bitket_session_set_credential (self->session, BITKET_CREDENTIAL_DOOR, opening->secrets->token);
  bitket_door_refresh (self);
  self->is_over = self->snapshot->retirement == BITKET_DOOR_RETIRED_OVER;
  bitket_door_link_start (self);
  bitket_door_check_over (self);
  return self;
}

static void
opened_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Opening *opening = g_task_get_task_data (task);
  GError *error = NULL;

  bitket_worker_run_finish (opening->worker, result, &error);
  if (error != NULL)
    g_task_return_error (task, bitket_door_error_convert (error));
  else if (opening->is_pair_only)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_pointer (task, make_door (opening), g_object_unref);
}

static void
open_store (GTask *task)
{
  Opening *opening = g_task_get_task_data (task);

  bitket_worker_run_async (opening->worker, open_job, opening, NULL, NULL,
                           g_task_get_cancellable (task), opened_cb, task);
}

/* What the service gave, with the key that seals. */
static void
take_new_secrets (Opening *opening, BitketDoorSecrets *given)
{
  given->seal_key = opening->secrets->seal_key;
  given->has_seal_key = opening->secrets->has_seal_key;
  given->service = g_strdup (bitket_session_get_base_url (opening->session));
  given->slug = g_strdup (opening->event);
  bitket_door_secrets_free (opening->secrets);
  opening->secrets = given;
  opening->has_new_secrets = TRUE;
}

static void
enrolled_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Opening *opening = g_task_get_task_data (task);
  GError *error = NULL;
  BitketDoorSecrets *given = bitket_door_enrol_finish (BITKET_SESSION (source), result, &error);

  if (given == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  take_new_secrets (opening, given);
  open_store (g_steal_pointer (&task));
}

/* A session for whoever may use the network. Returns FALSE with @error. */
static gboolean
make_session (Opening *opening, GError **error)
{
  const char *url = opening->service_url;

  if (opening->flags & (BITKET_DOOR_OFFLINE | BITKET_DOOR_LOOK))
    return TRUE;
  if (url == NULL)
    url = opening->secrets->service;
  if (url == NULL)
    {
      g_set_error_literal (error, BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_NOT_PAIRED,
                           "this door does not know its server");
      return FALSE;
    }
  opening->session = bitket_session_new (url, error);
  return opening->session != NULL;
}

/* (transfer full) @task */
static void
enrol (GTask *task)
{
  Opening *opening = g_task_get_task_data (task);

  if (opening->token == NULL || opening->session == NULL)
    g_task_return_new_error (task, BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_NOT_PAIRED,
                             "this machine is not paired as a door%s",
                             opening->event == NULL ? "" : " of that event");
  else if (opening->event == NULL)
    g_task_return_new_error (task, BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_EVENT,
                             "a service token alone does not say which event");
  else
    {
      bitket_session_set_credential (opening->session, BITKET_CREDENTIAL_TOKEN, opening->token);
      bitket_door_enrol_async (opening->session, opening->event,
                               opening->door_name == NULL ? DEFAULT_NAME : opening->door_name,
                               g_task_get_cancellable (task), enrolled_cb, task);
      return;
    }
  g_object_unref (task);
}

static void
loaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Opening *opening = g_task_get_task_data (task);
  GError *error = NULL;

  bitket_worker_run_finish (opening->worker, result, &error);
  if (error != NULL || !make_session (opening, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  if (is_paired (opening))
    open_store (g_steal_pointer (&task));
  else
    enrol (g_steal_pointer (&task));
}

void
bitket_door_open_async (const BitketDoorConfig *config,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  GTask *task;
  Opening *opening;

  g_return_if_fail (config != NULL && config->state_dir != NULL);

  task = g_task_new (NULL, cancellable, callback, user_data);
  g_task_set_source_tag (task, bitket_door_open_async);
  opening = g_new0 (Opening, 1);
  opening->service_url = g_strdup (config->service_url);
  opening->token = g_strdup (config->token);
  opening->door_key = g_strdup (config->door_key);
  opening->event = g_strdup (config->event);
  opening->door_name = g_strdup (config->door_name);
  opening->state_dir = g_canonicalize_filename (config->state_dir, NULL);
  opening->key_file = g_strdup (config->key_file);
  opening->flags = config->flags;
  opening->deadline_ms = config->deadline_ms == 0 ? DEFAULT_DEADLINE_MS : config->deadline_ms;
  opening->clock = config->clock != NULL ? g_object_ref (config->clock) : bitket_clock_new ();
  opening->worker = bitket_worker_new ("bitket-door");
  g_task_set_task_data (task, opening, free_opening);
  bitket_worker_run_async (opening->worker, load_job, opening, NULL, NULL, cancellable, loaded_cb,
                           task);
}

BitketDoor *
bitket_door_open_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/* Pairing. */

static void
redeemed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Opening *opening = g_task_get_task_data (task);
  GError *error = NULL;
  BitketDoorSecrets *given = bitket_door_redeem_finish (BITKET_SESSION (source), result, &error);

  if (given == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  take_new_secrets (opening, given);
  open_store (g_steal_pointer (&task));
}

/* The code is used up by redeeming it, so what can fail here is tried before. */
static void
pair_loaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Opening *opening = g_task_get_task_data (task);
  GError *error = NULL;

  bitket_worker_run_finish (opening->worker, result, &error);
  if (error != NULL || !make_session (opening, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  bitket_door_redeem_async (opening->session, opening->token, g_task_get_cancellable (task),
                            redeemed_cb, g_object_ref (task));
}

void
bitket_door_pair_async (const char *service_url,
                        const char *code,
                        const char *state_dir,
                        const char *key_file,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  GTask *task;
  Opening *opening;
  GError *error = NULL;

  g_return_if_fail (code != NULL && state_dir != NULL);

  task = g_task_new (NULL, cancellable, callback, user_data);
  g_task_set_source_tag (task, bitket_door_pair_async);
  opening = g_new0 (Opening, 1);
  g_task_set_task_data (task, opening, free_opening);
  opening->is_pair_only = TRUE;
  opening->state_dir = g_canonicalize_filename (state_dir, NULL);
  opening->key_file = g_strdup (key_file);
  opening->clock = bitket_clock_new ();
  if (!bitket_door_pair_code_parse (code, &opening->service_url, &opening->token, &error))
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  if (service_url != NULL)
    {
      g_free (opening->service_url);
      opening->service_url = g_strdup (service_url);
    }
  opening->worker = bitket_worker_new ("bitket-door");
  bitket_worker_run_async (opening->worker, load_job, opening, NULL, NULL, cancellable,
                           pair_loaded_cb, task);
}

gboolean
bitket_door_pair_finish (GAsyncResult *result, char **event_name, char **door_name, GError **error)
{
  Opening *opening;

  g_return_val_if_fail (g_task_is_valid (result, NULL), FALSE);

  if (!g_task_propagate_boolean (G_TASK (result), error))
    return FALSE;
  opening = g_task_get_task_data (G_TASK (result));
  if (event_name != NULL)
    *event_name = g_strdup (opening->secrets->event_name);
  if (door_name != NULL)
    *door_name = g_strdup (opening->secrets->name);
  return TRUE;
}

/* Closing. */

static gpointer
close_store_job (gpointer data, GCancellable *cancellable, GError **error)
{
  BitketDoor *self = data;

  bitket_door_judge_free (g_steal_pointer (&self->judge));
  bitket_door_store_close (g_steal_pointer (&self->store));
  return NULL;
}

static void
closed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BitketDoor) self = user_data;
  g_autoptr (GTask) task = g_steal_pointer (&self->close_task);

  bitket_worker_run_finish (BITKET_WORKER (source), result, NULL);
  bitket_worker_stop (self->worker);
  self->is_closed = TRUE;
  g_task_return_boolean (task, TRUE);
}

/* Called once nothing is under way any more. */
void
bitket_door_begin_close (BitketDoor *self)
{
  bitket_worker_run_async (self->worker, close_store_job, self, NULL, NULL, NULL, closed_cb,
                           g_object_ref (self));
}

void
bitket_door_close_async (BitketDoor *self, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task;

  g_return_if_fail (BITKET_IS_DOOR (self));

  task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (task, bitket_door_close_async);
  if (self->is_closed || self->close_task != NULL)
    {
      g_task_return_boolean (task, TRUE);
      g_object_unref (task);
      return;
    }
  self->close_task = task;
  bitket_door_link_stop (self);
  bitket_door_sync_stop (self);
  bitket_door_drop_turns (self);
  g_cancellable_cancel (self->background);
  if (self->n_held == 0)
    bitket_door_begin_close (self);
}

gboolean
bitket_door_close_finish (BitketDoor *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
