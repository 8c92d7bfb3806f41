/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-door"

/* Scans, picked tickets and undoing: one after the other, each in its turn. */

#include "bitket-door.h"

#include "bitket-door-private.h"

/* Less than this left of the deadline is not worth a request. */
#define MIN_ASK_MS 20

typedef struct
{
  BitketDoor *door; /* (unowned): the task holds it */
  BitketDoorJudge *judge;
  GBytes *bytes; /* (owned) (nullable) */
  BitketScanSource source;
  char *ownership;   /* (owned) (nullable) */
  char *forced;      /* (owned) (nullable) */
  char *scan_id;     /* (owned) (nullable) */
  gint64 called_us;  /* monotonic, really */
  gint64 started_us; /* likewise: when its turn came */
  BitketDoorMoment moment;
  gboolean may_ask;
  BitketWorkerFunc decide; /* makes the decision; on the store's thread */
  GAsyncReadyCallback decided;
  BitketDoorDecision *decision; /* (owned) (nullable) */
  BitketEntryResult result;     /* the service's, once it came */
} Turn;

static void run_next_turn (BitketDoor *self);

static void
free_turn (gpointer data)
{
  Turn *turn = data;

  g_clear_pointer (&turn->bytes, g_bytes_unref);
  g_free (turn->ownership);
  g_free (turn->forced);
  g_free (turn->scan_id);
  bitket_door_decision_free (turn->decision);
  bitket_entry_result_clear (&turn->result);
  g_free (turn);
}

static Turn *
new_turn (BitketDoor *self, BitketWorkerFunc decide, GAsyncReadyCallback decided)
{
  Turn *turn = g_new0 (Turn, 1);

  turn->door = self;
  turn->judge = self->judge;
  turn->called_us = g_get_monotonic_time ();
  turn->decide = decide;
  turn->decided = decided;
  return turn;
}

static double
get_elapsed_ms (gint64 since_us)
{
  return (double) (g_get_monotonic_time () - since_us) / 1000.0;
}

static void
start_turn (BitketDoor *self, GTask *task)
{
  Turn *turn = g_task_get_task_data (task);

  turn->started_us = g_get_monotonic_time ();
  turn->moment = bitket_door_get_moment (self);
  turn->may_ask = bitket_door_can_ask (self);
  bitket_door_run_job (self, turn->decide, turn, NULL, NULL, turn->decided, task);
}

static void
run_next_turn (BitketDoor *self)
{
  while (!self->is_turn_running && !g_queue_is_empty (&self->turns))
    {
      GTask *task = g_queue_pop_head (&self->turns);

      if (g_task_return_error_if_cancelled (task))
        {
          g_object_unref (task);
          continue;
        }
      self->is_turn_running = TRUE;
      bitket_door_hold (self);
      start_turn (self, task);
    }
}

/* (transfer full) @task */
static void
queue_turn (BitketDoor *self, GTask *task, Turn *turn)
{
  g_task_set_task_data (task, turn, free_turn);
  g_task_set_check_cancellable (task, FALSE);
  if (self->is_closed || self->close_task != NULL)
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CLOSED, "the door is closed");
      g_object_unref (task);
      return;
    }
  g_queue_push_tail (&self->turns, task);
  run_next_turn (self);
}

static void
end_turn (BitketDoor *self)
{
  self->is_turn_running = FALSE;
  run_next_turn (self);
  bitket_door_release (self);
}

void
bitket_door_drop_turns (BitketDoor *self)
{
  GTask *task;

  while ((task = g_queue_pop_head (&self->turns)) != NULL)
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CLOSED, "the door is closed");
      g_object_unref (task);
    }
}

/* The end of a scan: what was decided is shown. */
static void
show_outcome (GTask *task)
{
  Turn *turn = g_task_get_task_data (task);
  BitketDoor *self = turn->door;
  BitketOutcome *outcome =
      bitket_door_decision_to_outcome (turn->decision, get_elapsed_ms (turn->called_us));

  bitket_door_emit_outcome (self, outcome);
  g_task_return_pointer (task, outcome, g_object_unref);
  g_object_unref (task);
  bitket_door_kick_upload (self);
  end_turn (self);
}

static void
fail_turn (GTask *task, GError *error)
{
  Turn *turn = g_task_get_task_data (task);
  BitketDoor *self = turn->door;

  g_task_return_error (task, error);
  g_object_unref (task);
  end_turn (self);
}

/* Asking the service. */

static gpointer
stand_job (gpointer data, GCancellable *cancellable, GError **error)
{
  Turn *turn = data;

  bitket_door_judge_stand (turn->judge, turn->decision);
  return NULL;
}

static gpointer
settle_job (gpointer data, GCancellable *cancellable, GError **error)
{
  Turn *turn = data;

  bitket_door_judge_settle (turn->judge, turn->decision, &turn->result);
  return NULL;
}

static void
shown_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Turn *turn = g_task_get_task_data (task);

  bitket_door_finish_job (turn->door, result, NULL);
  show_outcome (task);
}

/* The answer to one item: an array of one result that names it. */
static gboolean
read_answer (BitketResponse *response, const char *id, BitketEntryResult *entry, GError **error)
{
  JsonNode *json = bitket_response_get_json (response);
  g_auto (BitketJsonReader) reader = { 0 };
  JsonArray *array;

  if (json == NULL || !JSON_NODE_HOLDS_ARRAY (json) ||
      json_array_get_length (json_node_get_array (json)) != 1)
    {
      g_set_error_literal (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_ANSWER,
                           "the service answered one entry with something else than one result");
      return FALSE;
    }
  array = json_node_get_array (json);
  if (!bitket_json_reader_init (&reader, json_array_get_element (array, 0), NULL, error) ||
      !bitket_entry_result_from_reader (&reader, entry, error))
    return FALSE;
  if (g_strcmp0 (entry->id, id) != 0 || entry->kind == BITKET_ENTRY_RESULT_NONE)
    {
      g_set_error_literal (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_ANSWER,
                           "the service answered for another entry");
      return FALSE;
    }
  if (entry->kind == BITKET_ENTRY_RESULT_REFUSED && entry->reason == BITKET_REASON_FAULT)
    {
      g_set_error_literal (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_SERVER,
                           "the service could not decide");
      return FALSE;
    }
  return TRUE;
}

static void
asked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Turn *turn = g_task_get_task_data (task);
  BitketDoor *self = turn->door;
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketResponse) response =
      bitket_session_request_finish (BITKET_SESSION (source), result, &error);

  if (response != NULL)
    bitket_door_note_answer (self, response);
  if (response != NULL && read_answer (response, turn->decision->scan_id, &turn->result, &error))
    {
      bitket_door_run_job (self, settle_job, turn, NULL, NULL, shown_cb, task);
      return;
    }
  if (!bitket_door_note_error (self, error))
    bitket_door_emit_trouble (self, error);
  bitket_door_run_job (self, stand_job, turn, NULL, NULL, shown_cb, task);
}

static JsonNode *
make_question (const BitketDoorDecision *decision)
{
  g_auto (BitketEntry) entry = { 0 };
  JsonArray *array = json_array_new ();
  JsonNode *node = json_node_new (JSON_NODE_ARRAY);

  g_strlcpy (entry.id, decision->scan_id, sizeof entry.id);
  g_strlcpy (entry.ownership, decision->ownership, sizeof entry.ownership);
  g_strlcpy (entry.code, decision->code.code, sizeof entry.code);
  entry.has_signature = decision->code.has_signature;
  memcpy (entry.signature, decision->code.signature, sizeof entry.signature);
  entry.at_us = decision->at_us;
  entry.source = decision->source;
  json_array_add_element (array, bitket_entry_to_json (&entry));
  json_node_take_array (node, array);
  return node;
}

static guint
get_time_left_ms (const Turn *turn)
{
  double left_ms = turn->door->deadline_ms - get_elapsed_ms (turn->started_us);

  return left_ms < MIN_ASK_MS ? 0 : (guint) left_ms;
}

static void
ask (GTask *task, guint timeout_ms)
{
  Turn *turn = g_task_get_task_data (task);
  BitketDoor *self = turn->door;
  g_autofree char *path = g_strdup_printf ("/api/events/%s/entries/", self->event_id);
  g_autoptr (JsonNode) question = NULL;

  /* The clock may have been checked since the scan, by this turn or by anybody else. */
  if (!turn->decision->is_clock_known && self->is_clock_known)
    {
      turn->decision->at_us += self->clock_offset_us;
      turn->decision->is_clock_known = TRUE;
    }
  question = make_question (turn->decision);

  bitket_session_request_async (self->session, "POST", path, question, NULL, BITKET_REQUEST_DEFAULT,
                                timeout_ms, self->background, asked_cb, task);
}

/* Before the first question this machine's clock is compared with the service's, in the same
 * deadline: the question says when the scan was. */
static void
clock_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Turn *turn = g_task_get_task_data (task);
  BitketDoor *self = turn->door;
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketResponse) response =
      bitket_session_request_finish (BITKET_SESSION (source), result, &error);
  guint left_ms = get_time_left_ms (turn);

  if (response != NULL)
    bitket_door_note_answer (self, response);
  if (response != NULL && left_ms > 0)
    {
      ask (task, left_ms);
      return;
    }
  if (error != NULL)
    bitket_door_note_error (self, error);
  bitket_door_run_job (self, stand_job, turn, NULL, NULL, shown_cb, task);
}

static void
recorded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Turn *turn = g_task_get_task_data (task);
  BitketDoor *self = turn->door;
  GError *error = NULL;
  guint left_ms = get_time_left_ms (turn);

  bitket_door_finish_job (self, result, &error);
  if (error != NULL)
    {
      fail_turn (task, error);
      return;
    }
  if (!turn->decision->asks)
    {
      show_outcome (task);
      return;
    }
  if (left_ms == 0)
    bitket_door_run_job (self, stand_job, turn, NULL, NULL, shown_cb, task);
  else if (!self->is_clock_known)
    bitket_session_request_async (self->session, "GET", "/healthz", NULL, NULL,
                                  BITKET_REQUEST_DEFAULT, left_ms, self->background, clock_cb,
                                  task);
  else
    ask (task, left_ms);
}

/* Scanning. */

static gpointer
scan_job (gpointer data, GCancellable *cancellable, GError **error)
{
  Turn *turn = data;

  turn->decision = bitket_door_judge_scan (turn->judge, turn->bytes, turn->source, &turn->moment);
  turn->decision->asks = turn->decision->asks && turn->may_ask;
  bitket_door_judge_record (turn->judge, turn->decision);
  return NULL;
}

static void
begin_scan (BitketDoor *self,
            gpointer tag,
            GBytes *bytes,
            BitketScanSource source,
            BitketWorkerFunc decide,
            GAsyncReadyCallback decided,
            GTask *task)
{
  Turn *turn = new_turn (self, decide, decided);

  g_task_set_source_tag (task, tag);
  turn->bytes = g_bytes_ref (bytes);
  turn->source = source;
  queue_turn (self, task, turn);
}

void
bitket_door_scan_async (BitketDoor *self,
                        GBytes *bytes,
                        BitketScanSource source,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  g_return_if_fail (BITKET_IS_DOOR (self));
  g_return_if_fail (bytes != NULL);

  begin_scan (self, bitket_door_scan_async, bytes, source, scan_job, recorded_cb,
              g_task_new (self, cancellable, callback, user_data));
}

BitketOutcome *
bitket_door_scan_finish (BitketDoor *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/* Looking only. */

static gpointer
preview_job (gpointer data, GCancellable *cancellable, GError **error)
{
  Turn *turn = data;

  turn->decision = bitket_door_judge_scan (turn->judge, turn->bytes, turn->source, &turn->moment);
  return NULL;
}

static void
previewed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Turn *turn = g_task_get_task_data (task);
  BitketDoor *self = turn->door;
  GError *error = NULL;

  bitket_door_finish_job (self, result, &error);
  if (error != NULL)
    {
      fail_turn (task, error);
      return;
    }
  g_task_return_pointer (
      task, bitket_door_decision_to_outcome (turn->decision, get_elapsed_ms (turn->called_us)),
      g_object_unref);
  g_object_unref (task);
  end_turn (self);
}

void
bitket_door_preview_async (BitketDoor *self,
                           GBytes *bytes,
                           BitketScanSource source,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_return_if_fail (BITKET_IS_DOOR (self));
  g_return_if_fail (bytes != NULL);

  begin_scan (self, bitket_door_preview_async, bytes, source, preview_job, previewed_cb,
              g_task_new (self, cancellable, callback, user_data));
}

/* Picking. */

static gpointer
admit_job (gpointer data, GCancellable *cancellable, GError **error)
{
  Turn *turn = data;

  turn->decision =
      bitket_door_judge_pick (turn->judge, turn->ownership, turn->forced, &turn->moment, error);
  if (turn->decision == NULL)
    return NULL;
  turn->decision->asks = turn->decision->asks && turn->may_ask;
  bitket_door_judge_record (turn->judge, turn->decision);
  return NULL;
}

/* A reason of nothing but blanks is none. Returns: (transfer full) (nullable) */
static char *
dup_reason (const char *forced)
{
  g_autofree char *reason = g_strdup (forced == NULL ? "" : forced);

  g_strstrip (reason);
  return *reason == '\0' ? NULL : g_steal_pointer (&reason);
}

void
bitket_door_admit_async (BitketDoor *self,
                         const char *ownership,
                         const char *forced,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  GTask *task;
  Turn *turn;

  g_return_if_fail (BITKET_IS_DOOR (self));
  g_return_if_fail (ownership != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, bitket_door_admit_async);
  if (forced != NULL &&
      (strlen (forced) > BITKET_FORCED_MAX || !g_utf8_validate (forced, -1, NULL)))
    {
      g_task_return_new_error (task, BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_FAILED,
                               "the reason is longer than %d bytes, or not UTF-8",
                               BITKET_FORCED_MAX);
      g_object_unref (task);
      return;
    }
  turn = new_turn (self, admit_job, recorded_cb);
  turn->ownership = g_ascii_strdown (ownership, -1);
  turn->forced = dup_reason (forced);
  turn->source = BITKET_SCAN_SOURCE_HAND;
  queue_turn (self, task, turn);
}

BitketOutcome *
bitket_door_admit_finish (BitketDoor *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/* Taking back. */

static gpointer
undo_job (gpointer data, GCancellable *cancellable, GError **error)
{
  Turn *turn = data;

  turn->decision = bitket_door_judge_undo (turn->judge, turn->scan_id, &turn->moment, error);
  return NULL;
}

static void
undone_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Turn *turn = g_task_get_task_data (task);
  BitketDoor *self = turn->door;
  GError *error = NULL;

  bitket_door_finish_job (self, result, &error);
  if (error != NULL)
    {
      fail_turn (task, error);
      return;
    }
  g_task_return_pointer (
      task, bitket_door_decision_to_outcome (turn->decision, get_elapsed_ms (turn->called_us)),
      g_object_unref);
  g_object_unref (task);
  bitket_door_kick_upload (self);
  end_turn (self);
}

void
bitket_door_undo_async (BitketDoor *self,
                        const char *scan_id,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  GTask *task;
  Turn *turn;

  g_return_if_fail (BITKET_IS_DOOR (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, bitket_door_undo_async);
  turn = new_turn (self, undo_job, undone_cb);
  turn->scan_id = g_strdup (scan_id);
  queue_turn (self, task, turn);
}

BitketOutcome *
bitket_door_undo_finish (BitketDoor *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
