/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-door"

/* Upload and download: two chains that know nothing of each other, so that neither stops the
 * other. */

#include "bitket-door.h"

#include "bitket-door-private.h"

#define PAGE_LIMIT          2000
#define PAGE_TIMEOUT_MS     60000
#define UPLOAD_TIMEOUT_MS   30000
#define CLOCK_TIMEOUT_MS    10000
#define FIRST_RETRY_MS      2000
#define MAX_RETRY_MS        60000
#define KEPT_AFTER_EVENT_US (14 * G_TIME_SPAN_DAY)

/* One call of bitket_door_sync_async(): waits for both chains. */
typedef struct
{
  GTask *task; /* (owned) */
  guint n_left;
  BitketDoorSyncReport report;
  GError *error; /* (owned) (nullable) the first */
} SyncWait;

static void run_upload (BitketDoor *self);
static void run_download (BitketDoor *self);

/* Wiping. */

static gpointer
wipe_job (gpointer data, GCancellable *cancellable, GError **error)
{
  bitket_door_store_wipe (data, error);
  return NULL;
}

static void
wiped_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BitketDoor *self = user_data;
  g_autoptr (GError) error = NULL;

  bitket_door_finish_job (self, result, &error);
  if (error != NULL)
    bitket_door_emit_trouble (self, error);
  bitket_door_release (self);
}

static void
wipe (BitketDoor *self)
{
  bitket_door_hold (self);
  bitket_door_run_job (self, wipe_job, self->store, NULL, NULL, wiped_cb, self);
}

/* Chains. */

static void
note_done (SyncWait *wait, BitketDoor *self)
{
  wait->n_left--;
  if (wait->n_left > 0)
    return;
  wait->report.n_waiting = self->snapshot->n_waiting;
  if (wait->error != NULL)
    g_task_return_error (wait->task, wait->error);
  else
    g_task_return_pointer (wait->task, g_memdup2 (&wait->report, sizeof wait->report), g_free);
  g_object_unref (wait->task);
  g_free (wait);
}

static void
start_chain (BitketDoor *self, BitketDoorChain *chain)
{
  GPtrArray *swap = chain->waiters;

  g_assert (swap->len == 0);
  chain->waiters = chain->later;
  chain->later = swap;
  chain->is_running = TRUE;
  chain->is_wanted = FALSE;
  g_clear_handle_id (&chain->retry_source, g_source_remove);
  bitket_door_hold (self);
  self->upload_after_seq = chain == &self->upload ? 0 : self->upload_after_seq;
  if (chain == &self->upload)
    run_upload (self);
  else
    run_download (self);
}

static void
want_chain (BitketDoor *self, BitketDoorChain *chain)
{
  if (chain->is_running)
    chain->is_wanted = TRUE;
  else
    start_chain (self, chain);
}

/* @error: (nullable): why it ended early */
static void
end_chain (BitketDoor *self, BitketDoorChain *chain, const GError *error)
{
  g_autoptr (GPtrArray) done = chain->waiters;
  gboolean may_go_on = self->close_task == NULL && !self->is_closed;

  chain->waiters = g_ptr_array_new ();
  chain->is_running = FALSE;
  if (error == NULL)
    bitket_backoff_reset (&chain->backoff);
  for (guint i = 0; i < done->len; i++)
    {
      SyncWait *wait = g_ptr_array_index (done, i);

      if (error != NULL && wait->error == NULL)
        wait->error = g_error_copy (error);
      note_done (wait, self);
    }
  /* Answers bring tickets with them. */
  if (self->is_revoked && chain == &self->upload)
    wipe (self);
  if (chain->later->len > 0 || (chain->is_wanted && error == NULL && may_go_on))
    start_chain (self, chain);
  bitket_door_release (self);
}

static gboolean
retry_upload_cb (gpointer user_data)
{
  BitketDoor *self = user_data;

  self->upload.retry_source = 0;
  want_chain (self, &self->upload);
  return G_SOURCE_REMOVE;
}

static gboolean
retry_download_cb (gpointer user_data)
{
  BitketDoor *self = user_data;

  self->download.retry_source = 0;
  want_chain (self, &self->download);
  return G_SOURCE_REMOVE;
}

static gboolean
may_retry (BitketDoor *self, const BitketDoorChain *chain)
{
  return chain->retry_source == 0 && !self->is_revoked && self->close_task == NULL &&
         !(self->flags & BITKET_DOOR_NO_SYNC);
}

/* A service that says when to come back is taken at its word. */
static guint
get_wait_ms (BitketDoor *self, BitketDoorChain *chain, gboolean is_busy)
{
  guint busy_ms = is_busy ? bitket_session_get_busy_ms (self->session) : 0;

  return busy_ms > 0 ? busy_ms : bitket_backoff_fail (&chain->backoff);
}

/* A chain that failed. Being away is the link's matter, which starts the chains again; anything
 * else is told, and tried again later. A service that is there but fails at just this is both: the
 * link will find it again at once, so the chain waits for itself. */
static void
fail_chain (BitketDoor *self, BitketDoorChain *chain, const GError *error)
{
  gboolean is_known = bitket_door_note_error (self, error);
  gboolean is_busy = g_error_matches (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_BUSY);
  gboolean is_there = g_error_matches (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_SERVER);

  if (!is_known && !is_busy)
    bitket_door_emit_trouble (self, error);
  if ((!is_known || is_there) && may_retry (self, chain))
    chain->retry_source =
        g_timeout_add (get_wait_ms (self, chain, is_busy),
                       chain == &self->upload ? retry_upload_cb : retry_download_cb, self);
  end_chain (self, chain, error);
}

/* For errors of the store, and what the service says that cannot be. */
static void
fail_chain_take (BitketDoor *self, BitketDoorChain *chain, GError *error)
{
  fail_chain (self, chain, error);
  g_error_free (error);
}

/* Upload. */

/* One batch, from the outbox to its answer. */
typedef struct
{
  BitketDoor *door; /* (unowned): held by the chain */
  BitketDoorJudge *judge;
  gint64 after_seq, last_seq;
  guint limit, n_rows;
  char first_id[BITKET_ID_SIZE];
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
      if (batch->n_rows == 0)
        g_strlcpy (batch->first_id, row->entry.id, sizeof batch->first_id);
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

  return bitket_door_put_answers (batch->judge, batch->answer, error);
}

static void
answers_put_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BitketDoor *self = user_data;
  GError *error = NULL;
  g_autoptr (BitketDoorVerdicts) verdicts = bitket_door_finish_job (self, result, &error);

  if (verdicts == NULL)
    {
      fail_chain_take (self, &self->upload, error);
      return;
    }
  for (guint i = 0; i < self->upload.waiters->len; i++)
    {
      SyncWait *wait = g_ptr_array_index (self->upload.waiters, i);

      wait->report.n_uploaded += verdicts->n_accepted;
      wait->report.n_refused += verdicts->n_refused;
    }
  for (guint i = 0; i < verdicts->conflicts->len; i++)
    bitket_door_emit_conflict (self, g_ptr_array_index (verdicts->conflicts, i));
  run_upload (self);
}

static gpointer
refusal_job (gpointer data, GCancellable *cancellable, GError **error)
{
  Batch *batch = data;

  bitket_door_put_refusal (batch->judge, batch->first_id, error);
  return NULL;
}

static void
refusal_put_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BitketDoor *self = user_data;
  GError *error = NULL;

  bitket_door_finish_job (self, result, &error);
  if (error != NULL)
    {
      fail_chain_take (self, &self->upload, error);
      return;
    }
  for (guint i = 0; i < self->upload.waiters->len; i++)
    ((SyncWait *) g_ptr_array_index (self->upload.waiters, i))->report.n_refused++;
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
 * alone, and that one is marked. (transfer full) @batch */
static void
narrow_batch (BitketDoor *self, Batch *batch)
{
  if (batch->n_rows > 1)
    {
      self->batch_limit = MAX (batch->n_rows / 2, 1);
      free_batch (batch);
      run_upload (self);
      return;
    }
  self->upload_after_seq = batch->last_seq;
  self->batch_limit = BITKET_ENTRIES_MAX;
  bitket_door_run_job (self, refusal_job, batch, free_batch, NULL, refusal_put_cb, self);
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
      self->upload_after_seq = batch->last_seq;
      batch->answer = json_node_ref (bitket_response_get_json (response));
      bitket_door_run_job (self, answers_job, batch, free_batch, free_verdicts, answers_put_cb,
                           self);
      return;
    }
  if (is_bad_batch (error))
    {
      narrow_batch (self, batch);
      return;
    }
  free_batch (batch);
  fail_chain (self, &self->upload, error);
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
    fail_chain_take (self, &self->upload, error);
  else
    end_chain (self, &self->upload, NULL);
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
      fail_chain (self, &self->upload, error);
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

/* Download. */

typedef struct
{
  BitketDoor *door; /* (unowned): held by the chain */
  BitketDoorJudge *judge;
  char *cursor; /* (owned) (nullable) */
  gint64 asked_us;
  GBytes *bytes; /* (owned) (nullable) */
  guint n_tickets;
  gboolean has_more;
} Page;

static void
free_page (Page *page)
{
  g_free (page->cursor);
  g_clear_pointer (&page->bytes, g_bytes_unref);
  g_free (page);
}

static gpointer
cursor_job (gpointer data, GCancellable *cancellable, GError **error)
{
  Page *page = data;
  BitketDoorStore *store = bitket_door_judge_get_store (page->judge);

  page->cursor = g_strdup (bitket_door_store_get_cursor (store));
  page->asked_us = g_get_monotonic_time ();
  return NULL;
}

static gpointer
page_job (gpointer data, GCancellable *cancellable, GError **error)
{
  Page *page = data;

  bitket_door_put_page (page->judge, page->bytes, page->asked_us, &page->n_tickets, &page->has_more,
                        error);
  return NULL;
}

/* Two weeks after the event nobody needs to know any more who was there. */
static gboolean
is_long_over (BitketDoor *self)
{
  return self->snapshot->ends_us != 0 && self->snapshot->n_waiting == 0 &&
         bitket_door_get_moment (self).at_us > self->snapshot->ends_us + KEPT_AFTER_EVENT_US;
}

static void
end_download (BitketDoor *self)
{
  g_autoptr (GError) error = NULL;

  end_chain (self, &self->download, NULL);
  if (!is_long_over (self) || self->close_task != NULL)
    return;
  self->is_over = TRUE;
  error = g_error_new_literal (BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_EVENT,
                               "the event is long over, what this door knew of it was wiped");
  wipe (self);
  bitket_door_emit_trouble (self, error);
}

static void
page_put_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Page *page = user_data;
  BitketDoor *self = page->door;
  guint n_tickets = page->n_tickets;
  gboolean has_more = page->has_more;
  GError *error = NULL;

  free_page (page);
  bitket_door_finish_job (self, result, &error);
  if (error != NULL)
    {
      fail_chain_take (self, &self->download, error);
      return;
    }
  for (guint i = 0; i < self->download.waiters->len; i++)
    ((SyncWait *) g_ptr_array_index (self->download.waiters, i))->report.n_downloaded += n_tickets;
  if (has_more && self->close_task == NULL)
    run_download (self);
  else
    end_download (self);
}

static void
downloaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Page *page = user_data;
  BitketDoor *self = page->door;
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketResponse) response =
      bitket_session_request_finish (BITKET_SESSION (source), result, &error);

  if (response == NULL)
    {
      free_page (page);
      fail_chain (self, &self->download, error);
      return;
    }
  bitket_door_note_answer (self, response);
  page->bytes = g_bytes_ref (bitket_response_get_bytes (response));
  bitket_door_run_job (self, page_job, page, NULL, NULL, page_put_cb, page);
}

static void
cursor_read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Page *page = user_data;
  BitketDoor *self = page->door;
  g_autofree char *cursor = NULL;
  g_autofree char *path = NULL;
  GError *error = NULL;

  bitket_door_finish_job (self, result, &error);
  if (error != NULL)
    {
      free_page (page);
      fail_chain_take (self, &self->download, error);
      return;
    }
  cursor = g_uri_escape_string (page->cursor == NULL ? "" : page->cursor, NULL, FALSE);
  path = g_strdup_printf ("/api/events/%s/entry-feed/?%s%s%slimit=%d", self->event_id,
                          *cursor == '\0' ? "" : "cursor=", cursor, *cursor == '\0' ? "" : "&",
                          PAGE_LIMIT);
  bitket_session_request_async (self->session, "GET", path, NULL, NULL, BITKET_REQUEST_RAW,
                                PAGE_TIMEOUT_MS, self->background, downloaded_cb, page);
}

static void
run_download (BitketDoor *self)
{
  Page *page;

  if (self->is_revoked || self->is_over)
    {
      end_chain (self, &self->download, NULL);
      return;
    }
  page = g_new0 (Page, 1);
  page->door = self;
  page->judge = self->judge;
  bitket_door_run_job (self, cursor_job, page, NULL, NULL, cursor_read_cb, page);
}

/* Starting. */

static gboolean
may_sync (BitketDoor *self)
{
  return self->session != NULL && self->store != NULL && self->close_task == NULL &&
         !self->is_closed;
}

void
bitket_door_kick_upload (BitketDoor *self)
{
  if (!may_sync (self) || (self->flags & BITKET_DOOR_NO_SYNC) || self->is_revoked ||
      self->reach == BITKET_REACH_OFFLINE)
    return;
  if (self->snapshot->n_waiting > 0 && self->upload.retry_source == 0)
    want_chain (self, &self->upload);
}

void
bitket_door_kick_download (BitketDoor *self)
{
  if (!may_sync (self) || (self->flags & BITKET_DOOR_NO_SYNC) || self->is_revoked ||
      self->reach == BITKET_REACH_OFFLINE)
    return;
  if (self->download.retry_source == 0)
    want_chain (self, &self->download);
}

/* A revoked door keeps what it has not handed over, sealed; the rest goes at once. */
void
bitket_door_revoke (BitketDoor *self)
{
  g_autoptr (GError) error = NULL;

  if (self->is_revoked)
    return;
  bitket_door_set_revoked (self);
  bitket_door_link_stop (self);
  error = g_error_new (BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_REVOKED,
                       "this door was revoked; %u rows are kept sealed", self->snapshot->n_waiting);
  /* The service may still take what happened before. */
  if (self->snapshot->n_waiting > 0 && !self->upload.is_running)
    want_chain (self, &self->upload);
  wipe (self);
  bitket_door_emit_trouble (self, error);
}

static void
init_chain (BitketDoorChain *chain)
{
  chain->waiters = g_ptr_array_new ();
  chain->later = g_ptr_array_new ();
  chain->backoff = (BitketBackoff) BITKET_BACKOFF_INIT (FIRST_RETRY_MS, MAX_RETRY_MS);
}

void
bitket_door_sync_init (BitketDoor *self)
{
  init_chain (&self->upload);
  init_chain (&self->download);
  self->batch_limit = BITKET_ENTRIES_MAX;
}

/** bitket_door_sync_stop: no more runs by themselves; may be called twice */
void
bitket_door_sync_stop (BitketDoor *self)
{
  g_clear_handle_id (&self->upload.retry_source, g_source_remove);
  g_clear_handle_id (&self->download.retry_source, g_source_remove);
}

void
bitket_door_sync_clear (BitketDoor *self)
{
  g_clear_pointer (&self->upload.waiters, g_ptr_array_unref);
  g_clear_pointer (&self->upload.later, g_ptr_array_unref);
  g_clear_pointer (&self->download.waiters, g_ptr_array_unref);
  g_clear_pointer (&self->download.later, g_ptr_array_unref);
}

static void
wait_for_chain (BitketDoor *self, BitketDoorChain *chain, SyncWait *wait)
{
  g_ptr_array_add (chain->later, wait);
  want_chain (self, chain);
}

void
bitket_door_sync_async (BitketDoor *self,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  GTask *task;
  SyncWait *wait;

  g_return_if_fail (BITKET_IS_DOOR (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, bitket_door_sync_async);
  if (!may_sync (self) || self->is_revoked)
    {
      if (self->is_revoked)
        g_task_return_new_error (task, BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_REVOKED,
                                 "this door was revoked");
      else if (self->session == NULL)
        g_task_return_new_error (task, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_UNREACHABLE,
                                 "this door was opened to stay offline");
      else
        g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CLOSED, "the door is closed");
      g_object_unref (task);
      return;
    }
  wait = g_new0 (SyncWait, 1);
  wait->task = task;
  wait->n_left = 2;
  wait_for_chain (self, &self->upload, wait);
  wait_for_chain (self, &self->download, wait);
}

/**
 * bitket_door_sync_finish:
 * @report: (out) (optional)
 *
 * Errors: those of the client, when one of the two directions could not be finished; what the other
 * did stands all the same.
 */
gboolean
bitket_door_sync_finish (BitketDoor *self,
                         GAsyncResult *result,
                         BitketDoorSyncReport *report,
                         GError **error)
{
  g_autofree BitketDoorSyncReport *found = NULL;

  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  found = g_task_propagate_pointer (G_TASK (result), error);
  if (found == NULL)
    return FALSE;
  if (report != NULL)
    *report = *found;
  return TRUE;
}
