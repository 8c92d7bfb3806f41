/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-door"

/* The outbox on its way to the service, batch by batch. */

#include "bitket-door.h"

#include "bitket-door-private.h"

#define UPLOAD_TIMEOUT_MS 30000
#define CLOCK_TIMEOUT_MS  10000
#define FIRST_RETRY_MS    2000
#define MAX_RETRY_MS      60000
/* So many rows in a row, each refused alone and without a name, are no accident. */
#define MAX_PARKED 16

static void run_upload (BitketDoor *self);

/* What the service would not take. */

static gboolean
send_left_cb (gpointer user_data)
{
  BitketDoor *self = user_data;

  self->left_source = 0;
  bitket_door_want_chain (self, &self->upload);
  return G_SOURCE_REMOVE;
}

/* An upload that went through the whole outbox. Rows that the service could not take yet, or would
 * not without naming them, are never given up: they stay, are told once, and are sent again. They
 * do not hold up what comes after them. */
static void
finish_upload (BitketDoor *self)
{
  g_autoptr (GError) error = NULL;

  if (self->n_left == 0)
    {
      bitket_backoff_reset (&self->left_backoff);
      self->n_left_told = 0;
    }
  else if (bitket_door_may_retry (self, &self->upload) && self->left_source == 0)
    self->left_source =
        g_timeout_add (bitket_backoff_fail (&self->left_backoff), send_left_cb, self);
  if (self->n_left > self->n_left_told)
    {
      self->n_left_told = self->n_left;
      error = g_error_new (BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_FAILED,
                           "the service did not take %u rows; they are kept and sent again",
                           self->n_left);
      bitket_door_emit_trouble (self, error);
    }
  bitket_door_end_chain (self, &self->upload, NULL);
}

/* Upload. */

/* One batch, from the outbox to its answer. */
typedef struct
{
  BitketDoor *door; /* (unowned): held by the chain */
  BitketDoorJudge *judge;
  gint64 after_seq, last_seq;
  guint limit, n_rows;
  JsonNode *body;   /* (owned) (nullable) */
  JsonNode *answer; /* (owned) (nullable) */
} Batch;

static void
free_batch (gpointer data)
{
  Batch *batch = data;

  g_clear_pointer (&batch->body, json_node_unref);
  g_clear_pointer (&batch->answer, json_node_unref);
  g_free (batch);
}

static gpointer
batch_job (gpointer data, GCancellable *cancellable, GError **error)
{
  Batch *batch = data;
  g_autoptr (GPtrArray) rows = bitket_door_store_list_queued (
      bitket_door_judge_get_store (batch->judge), batch->after_seq, batch->limit, error);
  JsonArray *array;

  if (rows == NULL)
    return NULL;
  array = json_array_new ();
  batch->body = json_node_new (JSON_NODE_ARRAY);
  json_node_take_array (batch->body, array);
  for (guint i = 0; i < rows->len; i++)
    {
      const BitketDoorScan *row = g_ptr_array_index (rows, i);

      /* What is being asked at this moment is answered there. */
      batch->last_seq = row->seq;
      if (bitket_door_judge_is_asking (batch->judge, row->entry.id))
        continue;
      json_array_add_element (array, bitket_entry_to_json (&row->entry));
      batch->n_rows++;
    }
  return NULL;
}

static void
free_verdicts (gpointer data)
{
  bitket_door_verdicts_free (data);
}

static gpointer
answers_job (gpointer data, GCancellable *cancellable, GError **error)
{
  Batch *batch = data;
  BitketDoorVerdicts *verdicts = bitket_door_put_answers (batch->judge, batch->answer, error);

  if (verdicts != NULL)
    verdicts->n_left =
        batch->n_rows - MIN (batch->n_rows, verdicts->n_accepted + verdicts->n_refused);
  return verdicts;
}

static void
answers_put_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BitketDoor *self = user_data;
  GError *error = NULL;
  g_autoptr (BitketDoorVerdicts) verdicts = bitket_door_finish_job (self, result, &error);

  if (verdicts == NULL)
    {
      bitket_door_fail_chain_take (self, &self->upload, error);
      return;
    }
  bitket_door_note_uploaded (self, verdicts);
  self->n_left += verdicts->n_left;
  for (guint i = 0; i < verdicts->conflicts->len; i++)
    bitket_door_emit_conflict (self, g_ptr_array_index (verdicts->conflicts, i));
  run_upload (self);
}

/* The service will not have the batch at all. */
static gboolean
is_bad_batch (const GError *error)
{
  return g_error_matches (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_INVALID) ||
         g_error_matches (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_TOO_LARGE);
}

/* One bad row must not hold up the others: the batch is made smaller until the bad one stands
 * alone, and that one is passed over in this run. An answer that names no row never takes one from
 * the outbox. When nothing but bad rows is found, it is not the rows: a chain that fails is tried
 * again later. (transfer full) @batch */
static void
narrow_batch (BitketDoor *self, Batch *batch, const GError *error)
{
  guint n_rows = batch->n_rows;
  gint64 last_seq = batch->last_seq;

  free_batch (batch);
  if (n_rows > 1)
    self->batch_limit = MAX (n_rows / 2, 1);
  else
    {
      self->n_left++;
      self->n_parked++;
      self->upload_after_seq = last_seq;
      self->batch_limit = BITKET_ENTRIES_MAX;
    }
  if (self->n_parked < MAX_PARKED)
    run_upload (self);
  else
    bitket_door_fail_chain (self, &self->upload, error);
}

static void
uploaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Batch *batch = user_data;
  BitketDoor *self = batch->door;
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketResponse) response =
      bitket_session_request_finish (BITKET_SESSION (source), result, &error);

  if (response != NULL)
    bitket_door_note_answer (self, response);
  if (response != NULL && bitket_response_get_json (response) == NULL)
    g_set_error_literal (&error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_ANSWER,
                         "the service answered entries with nothing");
  if (error == NULL)
    {
      self->n_parked = 0;
      self->upload_after_seq = batch->last_seq;
      batch->answer = json_node_ref (bitket_response_get_json (response));
      bitket_door_run_job (self, answers_job, batch, free_batch, free_verdicts, answers_put_cb,
                           self);
      return;
    }
  if (is_bad_batch (error))
    {
      narrow_batch (self, batch, error);
      return;
    }
  free_batch (batch);
  bitket_door_fail_chain (self, &self->upload, error);
}

static void
batch_made_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Batch *batch = user_data;
  BitketDoor *self = batch->door;
  g_autofree char *path = g_strdup_printf ("/api/events/%s/entries/", self->event_id);
  GError *error = NULL;

  bitket_door_finish_job (self, result, &error);
  if (error == NULL && batch->n_rows > 0)
    {
      bitket_session_request_async (self->session, "POST", path, batch->body, NULL,
                                    BITKET_REQUEST_DEFAULT, UPLOAD_TIMEOUT_MS, self->background,
                                    uploaded_cb, batch);
      return;
    }
  free_batch (batch);
  if (error != NULL)
    bitket_door_fail_chain_take (self, &self->upload, error);
  else
    finish_upload (self);
}

static void
make_batch (BitketDoor *self)
{
  Batch *batch = g_new0 (Batch, 1);

  batch->door = self;
  batch->judge = self->judge;
  batch->after_seq = self->upload_after_seq;
  batch->limit = self->batch_limit;
  bitket_door_run_job (self, batch_job, batch, NULL, NULL, batch_made_cb, batch);
}

/* Rows are sent with true times, so the clock comes first. */
static void
clock_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BitketDoor *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketResponse) response =
      bitket_session_request_finish (BITKET_SESSION (source), result, &error);

  if (response == NULL)
    {
      bitket_door_fail_chain (self, &self->upload, error);
      return;
    }
  bitket_door_note_answer (self, response);
  make_batch (self);
}

static void
run_upload (BitketDoor *self)
{
  if (self->is_clock_known || self->snapshot->n_waiting == 0)
    make_batch (self);
  else
    bitket_session_request_async (self->session, "GET", "/healthz", NULL, NULL,
                                  BITKET_REQUEST_DEFAULT, CLOCK_TIMEOUT_MS, self->background,
                                  clock_cb, self);
}

/** bitket_door_start_upload: from the oldest row on */
void
bitket_door_start_upload (BitketDoor *self)
{
  g_clear_handle_id (&self->left_source, g_source_remove);
  self->upload_after_seq = 0;
  self->n_left = self->n_parked = 0;
  self->batch_limit = BITKET_ENTRIES_MAX;
  run_upload (self);
}

void
bitket_door_upload_init (BitketDoor *self)
{
  self->left_backoff = (BitketBackoff) BITKET_BACKOFF_INIT (FIRST_RETRY_MS, MAX_RETRY_MS);
  self->batch_limit = BITKET_ENTRIES_MAX;
}
