/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-door"

/* Upload and download: two chains that know nothing of each other, so that neither stops the
 * other. */

#include "bitket-door.h"

#include "bitket-door-private.h"

#define PAGE_LIMIT          2000
#define PAGE_TIMEOUT_MS     60000
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

static void run_download (BitketDoor *self);

/* Wiping. */

static gpointer
wipe_job (gpointer data, GCancellable *cancellable, GError **error)
{
  bitket_door_store_retire (data, BITKET_DOOR_RETIRED_REVOKED, error);
  return NULL;
}

static gpointer
wipe_over_job (gpointer data, GCancellable *cancellable, GError **error)
{
  bitket_door_store_retire (data, BITKET_DOOR_RETIRED_OVER, error);
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
wipe (BitketDoor *self, BitketWorkerFunc job)
{
  bitket_door_hold (self);
  bitket_door_run_job (self, job, self->store, NULL, NULL, wiped_cb, self);
}

/* Two weeks after the event nobody needs to know any more who was there. What still waits to be
 * sent is kept sealed. */
void
bitket_door_check_over (BitketDoor *self)
{
  gint64 ends_us = self->snapshot->ends_us;
  g_autoptr (GError) error = NULL;

  if (self->is_over || self->is_revoked || self->close_task != NULL ||
      (self->flags & BITKET_DOOR_LOOK) || ends_us == 0 ||
      bitket_door_get_moment (self).at_us <= ends_us + KEPT_AFTER_EVENT_US)
    return;
  self->is_over = TRUE;
  error = g_error_new_literal (BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_EVENT,
                               "the event is long over, what this door knew of it was wiped");
  wipe (self, wipe_over_job);
  bitket_door_emit_trouble (self, error);
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
  if (chain != &self->upload)
    {
      run_download (self);
      return;
    }
  bitket_door_start_upload (self);
}

void
bitket_door_want_chain (BitketDoor *self, BitketDoorChain *chain)
{
  if (chain->is_running)
    chain->is_wanted = TRUE;
  else
    start_chain (self, chain);
}

/* @error: (nullable): why it ended early */
void
bitket_door_end_chain (BitketDoor *self, BitketDoorChain *chain, const GError *error)
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
  /* Rows that were sent by now are no longer waiting: they go too. */
  if ((self->is_revoked || self->is_over) && chain == &self->upload)
    wipe (self, self->is_revoked ? wipe_job : wipe_over_job);
  if (chain->later->len > 0 || (chain->is_wanted && error == NULL && may_go_on))
    start_chain (self, chain);
  bitket_door_release (self);
}

static gboolean
retry_upload_cb (gpointer user_data)
{
  BitketDoor *self = user_data;

  self->upload.retry_source = 0;
  bitket_door_want_chain (self, &self->upload);
  return G_SOURCE_REMOVE;
}

static gboolean
retry_download_cb (gpointer user_data)
{
  BitketDoor *self = user_data;

  self->download.retry_source = 0;
  bitket_door_want_chain (self, &self->download);
  return G_SOURCE_REMOVE;
}

gboolean
bitket_door_may_retry (BitketDoor *self, const BitketDoorChain *chain)
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
void
bitket_door_fail_chain (BitketDoor *self, BitketDoorChain *chain, const GError *error)
{
  gboolean is_known = bitket_door_note_error (self, error);
  gboolean is_busy = g_error_matches (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_BUSY);
  gboolean is_there = g_error_matches (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_SERVER);

  if (!is_known && !is_busy)
    bitket_door_emit_trouble (self, error);
  chain->is_told = is_busy;
  if ((!is_known || is_there) && bitket_door_may_retry (self, chain))
    chain->retry_source =
        g_timeout_add (get_wait_ms (self, chain, is_busy),
                       chain == &self->upload ? retry_upload_cb : retry_download_cb, self);
  bitket_door_end_chain (self, chain, error);
}

/* For errors of the store, and what the service says that cannot be. */
void
bitket_door_fail_chain_take (BitketDoor *self, BitketDoorChain *chain, GError *error)
{
  bitket_door_fail_chain (self, chain, error);
  g_error_free (error);
}

/** bitket_door_note_uploaded: for the reports of those who wait for the upload */
void
bitket_door_note_uploaded (BitketDoor *self, const BitketDoorVerdicts *verdicts)
{
  for (guint i = 0; i < self->upload.waiters->len; i++)
    {
      SyncWait *wait = g_ptr_array_index (self->upload.waiters, i);

      wait->report.n_uploaded += verdicts->n_accepted;
      wait->report.n_refused += verdicts->n_refused;
    }
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

static void
end_download (BitketDoor *self)
{
  /* The chain's end may let go of a door that nobody else holds. */
  bitket_door_hold (self);
  bitket_door_end_chain (self, &self->download, NULL);
  bitket_door_check_over (self);
  bitket_door_check_conflicts (self);
  bitket_door_release (self);
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
      bitket_door_fail_chain_take (self, &self->download, error);
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
      bitket_door_fail_chain (self, &self->download, error);
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
      bitket_door_fail_chain_take (self, &self->download, error);
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
      bitket_door_end_chain (self, &self->download, NULL);
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
    bitket_door_want_chain (self, &self->upload);
}

void
bitket_door_kick_download (BitketDoor *self)
{
  if (!may_sync (self) || (self->flags & BITKET_DOOR_NO_SYNC) || self->is_revoked ||
      self->reach == BITKET_REACH_OFFLINE)
    return;
  if (self->download.retry_source == 0)
    bitket_door_want_chain (self, &self->download);
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
    bitket_door_want_chain (self, &self->upload);
  wipe (self, wipe_job);
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
  bitket_door_upload_init (self);
  self->wants_conflicts = TRUE;
}

static void
hurry_chain (BitketDoorChain *chain)
{
  if (chain->is_told)
    return;
  g_clear_handle_id (&chain->retry_source, g_source_remove);
  bitket_backoff_reset (&chain->backoff);
}

void
bitket_door_hurry_chains (BitketDoor *self)
{
  hurry_chain (&self->upload);
  hurry_chain (&self->download);
}

/** bitket_door_sync_stop: no more runs by themselves; may be called twice */
void
bitket_door_sync_stop (BitketDoor *self)
{
  g_clear_handle_id (&self->left_source, g_source_remove);
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
  bitket_door_want_chain (self, chain);
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
