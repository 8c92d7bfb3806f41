/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-door"

/* Whether the service can be reached, what time it is there, and what it tells by itself. */

#include <gio/gio.h>

#include "bitket-door-private.h"

#define FIRST_PROBE_MS    1000
#define MAX_PROBE_MS      4000 /* with its chance and a request's time still under 10 s */
#define PROBE_TIMEOUT_MS  4000
#define POLL_S            30
#define MAX_CLOCK_SKEW_US (30 * G_TIME_SPAN_SECOND)
/* How long messages of the stream are gathered: other doors hear of an entry within a second. */
#define HINT_MS 200
/* The Date header has whole seconds, and the answer was under way: smaller steps are noise. */
#define CLOCK_STEP_US (5 * G_TIME_SPAN_SECOND)

static void schedule_probe (BitketDoor *self);

/* Asking is worth while unless the service was just found to be away, or asked to be left alone. */
gboolean
bitket_door_can_ask (BitketDoor *self)
{
  return self->session != NULL && self->reach != BITKET_REACH_OFFLINE && !self->is_revoked &&
         self->event_id != NULL && !g_cancellable_is_cancelled (self->background) &&
         bitket_session_get_busy_ms (self->session) == 0;
}

static void
become_online (BitketDoor *self)
{
  if (self->reach == BITKET_REACH_ONLINE)
    return;
  g_clear_handle_id (&self->probe_source, g_source_remove);
  bitket_backoff_reset (&self->probe_backoff);
  bitket_door_set_reach_quietly (self, BITKET_REACH_ONLINE);
  /* A service that was really away is back for the chains as well; one that answered all the time,
   * and fails at just what they ask for, is left alone for a while. */
  if (self->was_away)
    bitket_door_hurry_chains (self);
  self->was_away = FALSE;
  if (self->stream != NULL)
    bitket_stream_retry_now (self->stream);
  bitket_door_kick_upload (self);
  bitket_door_kick_download (self);
}

static void
become_offline (BitketDoor *self)
{
  if (self->reach != BITKET_REACH_OFFLINE)
    bitket_door_set_reach_quietly (self, BITKET_REACH_OFFLINE);
  schedule_probe (self);
}

/* The clock. */

typedef struct
{
  BitketDoorStore *store;
  gint64 offset_us, true_us;
} ClockShift;

static gpointer
shift_job (gpointer data, GCancellable *cancellable, GError **error)
{
  ClockShift *shift = data;

  bitket_door_store_shift_clock (shift->store, shift->offset_us, shift->true_us, error);
  return NULL;
}

static void
shifted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BitketDoor *self = user_data;
  g_autoptr (GError) error = NULL;

  bitket_door_finish_job (self, result, &error);
  if (error != NULL)
    {
      /* The rows still have the wrong time: the next answer tries again. */
      self->is_clock_known = FALSE;
      bitket_door_emit_trouble (self, error);
    }
  bitket_door_release (self);
}

/* What was written before the first contact was written by a clock that nobody had checked. */
static void
correct_written (BitketDoor *self, gint64 offset_us, gint64 true_us)
{
  ClockShift *shift = g_new0 (ClockShift, 1);

  shift->store = self->store;
  shift->offset_us = offset_us;
  shift->true_us = true_us;
  bitket_door_hold (self);
  bitket_door_run_job (self, shift_job, shift, g_free, NULL, shifted_cb, self);
}

static void
note_server_time (BitketDoor *self, gint64 server_us)
{
  gint64 skew_us, offset_us;
  g_autoptr (GError) error = NULL;

  if (server_us == 0)
    return;
  skew_us = server_us - bitket_clock_get_now_us (self->clock);
  offset_us = ABS (skew_us) > MAX_CLOCK_SKEW_US ? skew_us : 0;
  if (self->is_clock_known && ABS (offset_us - self->clock_offset_us) < CLOCK_STEP_US)
    return;
  if (!self->is_clock_known)
    correct_written (self, offset_us - self->clock_offset_us,
                     bitket_clock_get_now_us (self->clock) + offset_us);
  self->is_clock_known = TRUE;
  if (offset_us != self->clock_offset_us)
    bitket_door_set_clock_offset (self, offset_us);
  if (offset_us == 0 || self->is_clock_warned)
    return;
  self->is_clock_warned = TRUE;
  error = g_error_new (BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_CLOCK,
                       "this machine's clock is %" G_GINT64_FORMAT " seconds %s",
                       ABS (offset_us) / G_TIME_SPAN_SECOND, offset_us > 0 ? "slow" : "fast");
  bitket_door_emit_trouble (self, error);
}

/* Every answer. */

void
bitket_door_note_answer (BitketDoor *self, BitketResponse *response)
{
  if (self->store == NULL || g_cancellable_is_cancelled (self->background))
    return;
  note_server_time (self, bitket_response_get_server_time_us (response));
  become_online (self);
}

gboolean
bitket_door_note_error (BitketDoor *self, const GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) ||
      g_cancellable_is_cancelled (self->background))
    return TRUE;
  if (bitket_client_error_is_offline (error))
    {
      become_offline (self);
      return TRUE;
    }
  if (g_error_matches (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_REVOKED))
    {
      bitket_door_revoke (self);
      return TRUE;
    }
  return FALSE;
}

/* Probing. */

static void
probed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BitketDoor *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketResponse) response =
      bitket_session_request_finish (BITKET_SESSION (source), result, &error);

  self->is_probing = FALSE;
  if (response != NULL)
    bitket_door_note_answer (self, response);
  else if (!g_cancellable_is_cancelled (self->background))
    {
      self->was_away = TRUE;
      become_offline (self);
    }
  bitket_door_release (self);
}

static void
probe_now (BitketDoor *self)
{
  if (self->is_probing || self->session == NULL || self->is_revoked)
    return;
  g_clear_handle_id (&self->probe_source, g_source_remove);
  self->is_probing = TRUE;
  bitket_door_hold (self);
  bitket_session_request_async (self->session, "GET", "/healthz", NULL, NULL,
                                BITKET_REQUEST_DEFAULT, PROBE_TIMEOUT_MS, self->background,
                                probed_cb, self);
}

static gboolean
probe_cb (gpointer user_data)
{
  BitketDoor *self = user_data;

  self->probe_source = 0;
  probe_now (self);
  return G_SOURCE_REMOVE;
}

static void
schedule_probe (BitketDoor *self)
{
  if (self->probe_source == 0 && !self->is_probing && self->session != NULL)
    self->probe_source = g_timeout_add (bitket_backoff_fail (&self->probe_backoff), probe_cb, self);
}

static void
network_changed_cb (GNetworkMonitor *monitor, gboolean is_available, gpointer user_data)
{
  /* Gone or back: either is found out at once, also when nobody scans. */
  probe_now (user_data);
}

/* The stream. It tells that something happened, not in which order with the feed and with the
 * answers that are under way: a message is a hint to read the feed, and what comes in a burst is
 * one hint. Only conflicts are told as they come. */

static gboolean
hinted_cb (gpointer user_data)
{
  BitketDoor *self = user_data;

  self->hint_source = 0;
  bitket_door_kick_download (self);
  return G_SOURCE_REMOVE;
}

typedef struct
{
  BitketDoorJudge *judge;
  JsonNode *message; /* (owned) */
} Message;

static void
free_message (gpointer data)
{
  Message *message = data;

  json_node_unref (message->message);
  g_free (message);
}

static gpointer
conflict_job (gpointer data, GCancellable *cancellable, GError **error)
{
  Message *message = data;

  return bitket_door_read_conflict (message->judge, message->message);
}

static void
conflict_read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BitketDoor *self = user_data;
  g_autoptr (BitketOutcome) conflict = bitket_door_finish_job (self, result, NULL);

  if (conflict != NULL)
    bitket_door_emit_conflict (self, conflict);
  bitket_door_release (self);
}

static const char *
get_message_type (JsonNode *node)
{
  if (!JSON_NODE_HOLDS_OBJECT (node))
    return NULL;
  return json_object_get_string_member_with_default (json_node_get_object (node), "type", NULL);
}

static void
message_cb (BitketStream *stream, JsonNode *node, gpointer user_data)
{
  BitketDoor *self = user_data;
  const char *type = get_message_type (node);
  Message *message;

  if (self->store == NULL || self->is_revoked || self->close_task != NULL ||
      g_strcmp0 (type, "counts") == 0)
    return;
  if (g_strcmp0 (type, "conflict") != 0)
    {
      if (self->hint_source == 0)
        self->hint_source = g_timeout_add (HINT_MS, hinted_cb, self);
      return;
    }
  message = g_new0 (Message, 1);
  message->judge = self->judge;
  message->message = json_node_copy (node);
  bitket_door_hold (self);
  bitket_door_run_job (self, conflict_job, message, free_message, g_object_unref, conflict_read_cb,
                       self);
}

/* What happened while it was away was not told. */
static void
connected_cb (BitketStream *stream, GParamSpec *pspec, gpointer user_data)
{
  BitketDoor *self = user_data;

  if (!bitket_stream_is_connected (stream))
    {
      probe_now (self);
      return;
    }
  become_online (self);
  self->wants_conflicts = TRUE;
  bitket_door_kick_download (self);
}

/* While the stream is down the feed is looked at. */
static gboolean
poll_cb (gpointer user_data)
{
  BitketDoor *self = user_data;

  bitket_door_check_over (self);
  if (self->reach == BITKET_REACH_ONLINE &&
      (self->stream == NULL || !bitket_stream_is_connected (self->stream)))
    bitket_door_kick_download (self);
  return G_SOURCE_CONTINUE;
}

static void
start_stream (BitketDoor *self)
{
  g_autofree char *path = g_strdup_printf ("/api/events/%s/stream/", self->event_id);

  self->stream = bitket_stream_new (self->session, path);
  g_signal_connect (self->stream, "message", G_CALLBACK (message_cb), self);
  g_signal_connect (self->stream, "notify::connected", G_CALLBACK (connected_cb), self);
  bitket_stream_start (self->stream);
}

void
bitket_door_link_start (BitketDoor *self)
{
  self->probe_backoff = (BitketBackoff) BITKET_BACKOFF_INIT (FIRST_PROBE_MS, MAX_PROBE_MS);
  if (self->session == NULL)
    {
      bitket_door_set_reach_quietly (self, BITKET_REACH_OFFLINE);
      return;
    }
  self->network_handler = g_signal_connect (g_network_monitor_get_default (), "network-changed",
                                            G_CALLBACK (network_changed_cb), self);
  if (self->flags & BITKET_DOOR_NO_SYNC)
    {
      probe_now (self);
      return;
    }
  start_stream (self);
  self->poll_source = g_timeout_add_seconds (POLL_S, poll_cb, self);
  bitket_door_kick_upload (self);
  bitket_door_kick_download (self);
}

/** bitket_door_link_stop: may be called twice */
void
bitket_door_link_stop (BitketDoor *self)
{
  g_clear_handle_id (&self->probe_source, g_source_remove);
  g_clear_handle_id (&self->poll_source, g_source_remove);
  g_clear_handle_id (&self->hint_source, g_source_remove);
  if (self->network_handler != 0)
    g_clear_signal_handler (&self->network_handler, g_network_monitor_get_default ());
  if (self->stream == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->stream, self);
  bitket_stream_stop (self->stream);
  g_clear_object (&self->stream);
}
