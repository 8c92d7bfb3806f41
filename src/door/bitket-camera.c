/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-door"

#include "bitket-camera.h"

#include "bitket-camera-private.h"
#include "bitket-picture.h"

/* A picture file of more pixels than this a side is also tried at a half and at a quarter: close-up
 * codes whose modules are dozens of pixels wide are read better small. */
#define LARGE_SIDE 900

enum
{
  SIGNAL_SCANNED,
  SIGNAL_FAILED,
  SIGNAL_ENDED,
  SIGNAL_PREVIEW,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (BitketCamera, bitket_camera, G_TYPE_OBJECT)

static void
event_free (BitketCameraEvent *event)
{
  g_clear_pointer (&event->bytes, g_bytes_unref);
  g_clear_error (&event->error);
  g_clear_object (&event->camera);
  g_free (event);
}

/* Runs in the owner's context. What was posted before a stop is let go. */
static gboolean
deliver_cb (gpointer user_data)
{
  BitketCameraEvent *event = user_data;
  BitketCamera *self = event->camera;

  if (self->pipeline == NULL || event->run != self->run)
    return G_SOURCE_REMOVE;
  switch (event->kind)
    {
    case BITKET_CAMERA_EVENT_NONE:
      break;
    case BITKET_CAMERA_EVENT_SCANNED:
      g_signal_emit (self, signals[SIGNAL_SCANNED], 0, event->bytes);
      break;
    case BITKET_CAMERA_EVENT_FAILED:
      bitket_camera_stop (self);
      g_signal_emit (self, signals[SIGNAL_FAILED], 0, event->error);
      break;
    case BITKET_CAMERA_EVENT_ENDED:
      g_signal_emit (self, signals[SIGNAL_ENDED], 0);
      break;
    case BITKET_CAMERA_EVENT_PREVIEW:
      g_signal_emit (self, signals[SIGNAL_PREVIEW], 0, event->bytes, event->width, event->height,
                     event->stride);
      g_atomic_int_set (&self->is_preview_pending, 0);
      break;
    }
  return G_SOURCE_REMOVE;
}

void
bitket_camera_post_event (BitketCamera *self, BitketCameraEvent *event)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  event->camera = g_object_ref (self);
  event->run = self->run;
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, deliver_cb, event, (GDestroyNotify) event_free);
  g_source_set_static_name (source, "bitket-camera");
  g_source_attach (source, self->context);
}

void
bitket_camera_post (BitketCamera *self, BitketCameraEventKind kind, GBytes *bytes, GError *error)
{
  BitketCameraEvent *event = g_new0 (BitketCameraEvent, 1);

  event->kind = kind;
  event->bytes = bytes;
  event->error = error;
  bitket_camera_post_event (self, event);
}

static GstFlowReturn
new_frame_cb (GstAppSink *sink, gpointer user_data)
{
  BitketCamera *self = user_data;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  self->has_frame = TRUE;
  g_cond_signal (&self->changed);
  return GST_FLOW_OK;
}

static void
end_cb (GstAppSink *sink, gpointer user_data)
{
  BitketCamera *self = user_data;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  self->is_at_end = TRUE;
  g_cond_signal (&self->changed);
}

/* Runs on whichever thread of GStreamer says something. The decode thread passes the error on, once
 * it is through with the frames that came before it. */
static GstBusSyncReply
bus_cb (GstBus *bus, GstMessage *message, gpointer user_data)
{
  BitketCamera *self = user_data;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    {
      g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

      if (self->error == NULL)
        self->error = bitket_camera_pipeline_error (message, self->stage);
      g_cond_signal (&self->changed);
    }
  gst_message_unref (message);
  return GST_BUS_DROP;
}

static void
watch_pipeline (BitketCamera *self)
{
  GstAppSinkCallbacks callbacks = { .new_sample = new_frame_cb, .eos = end_cb };
  g_autoptr (GstBus) bus = gst_element_get_bus (self->pipeline);

  self->frames =
      GST_APP_SINK (gst_bin_get_by_name (GST_BIN (self->pipeline), BITKET_CAMERA_FRAMES));
  gst_app_sink_set_callbacks (self->frames, &callbacks, self, NULL);
  gst_bus_set_sync_handler (bus, bus_cb, self, NULL);
  if (self->flags & BITKET_CAMERA_PREVIEW)
    bitket_camera_watch_preview (self);
}

static void
forget_run (BitketCamera *self)
{
  g_clear_object (&self->frames);
  g_clear_object (&self->pipeline);
  g_clear_pointer (&self->sightings, bitket_sightings_free);
  g_clear_pointer (&self->last_found, g_ptr_array_unref);
  g_clear_error (&self->error);
}

static void
prepare_run (BitketCamera *self)
{
  self->run++;
  self->sightings = bitket_sightings_new ();
  self->has_frame = FALSE;
  self->is_at_end = FALSE;
  self->is_stopping = FALSE;
  self->stage = BITKET_CAMERA_STAGE_START;
  self->pace = BITKET_CAMERA_PACE_EVERY;
}

/* A source that is live says so by giving no first picture before it plays. */
static gboolean
start_pipeline (BitketCamera *self, GError **error)
{
  GstStateChangeReturn change = gst_element_set_state (self->pipeline, GST_STATE_PAUSED);

  if (change == GST_STATE_CHANGE_NO_PREROLL)
    {
      self->pace = BITKET_CAMERA_PACE_NEWEST;
      bitket_camera_pipeline_set_pace (self->pipeline, self->pace);
    }
  if (change != GST_STATE_CHANGE_FAILURE)
    {
      self->thread = g_thread_new ("bitket-camera", bitket_camera_decode_thread, self);
      change = gst_element_set_state (self->pipeline, GST_STATE_PLAYING);
    }
  if (change != GST_STATE_CHANGE_FAILURE)
    return TRUE;
  g_mutex_lock (&self->lock);
  if (self->error != NULL)
    g_propagate_error (error, g_steal_pointer (&self->error));
  else
    g_set_error (error, BITKET_CAMERA_ERROR, BITKET_CAMERA_ERROR_FAILED,
                 "could not start the camera \"%s\"", self->source);
  g_mutex_unlock (&self->lock);
  return FALSE;
}

static void
bitket_camera_dispose (GObject *object)
{
  BitketCamera *self = BITKET_CAMERA (object);

  bitket_camera_stop (self);
  g_clear_object (&self->decoder);
  G_OBJECT_CLASS (bitket_camera_parent_class)->dispose (object);
}

static void
bitket_camera_finalize (GObject *object)
{
  BitketCamera *self = BITKET_CAMERA (object);

  g_clear_pointer (&self->source, g_free);
  g_clear_pointer (&self->context, g_main_context_unref);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  G_OBJECT_CLASS (bitket_camera_parent_class)->finalize (object);
}

static void
bitket_camera_class_init (BitketCameraClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GType type = G_TYPE_FROM_CLASS (klass);

  object_class->dispose = bitket_camera_dispose;
  object_class->finalize = bitket_camera_finalize;

  signals[SIGNAL_SCANNED] = g_signal_new ("scanned", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                          G_TYPE_NONE, 1, G_TYPE_BYTES);
  signals[SIGNAL_FAILED] = g_signal_new ("failed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                         G_TYPE_NONE, 1, G_TYPE_ERROR);
  signals[SIGNAL_ENDED] =
      g_signal_new ("ended", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_PREVIEW] =
      g_signal_new ("preview", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 4,
                    G_TYPE_BYTES, G_TYPE_INT, G_TYPE_INT, G_TYPE_INT);
}

static void
bitket_camera_init (BitketCamera *self)
{
  self->context = g_main_context_ref_thread_default ();
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
}

BitketCamera *
bitket_camera_new (const char *source, BitketCameraFlags flags, BitketDecoder *decoder)
{
  BitketCamera *self;

  g_return_val_if_fail (source != NULL, NULL);
  g_return_val_if_fail (BITKET_IS_DECODER (decoder), NULL);

  self = g_object_new (BITKET_TYPE_CAMERA, NULL);
  self->source = g_strdup (source);
  self->flags = flags;
  self->decoder = g_object_ref (decoder);
  return self;
}

gboolean
bitket_camera_start (BitketCamera *self, GError **error)
{
  g_return_val_if_fail (BITKET_IS_CAMERA (self), FALSE);
  g_return_val_if_fail (self->pipeline == NULL, FALSE);

  self->pipeline = bitket_camera_pipeline_new (self->source, self->flags, error);
  if (self->pipeline == NULL)
    return FALSE;
  prepare_run (self);
  watch_pipeline (self);
  if (start_pipeline (self, error))
    return TRUE;
  bitket_camera_stop (self);
  return FALSE;
}

void
bitket_camera_stop (BitketCamera *self)
{
  g_return_if_fail (BITKET_IS_CAMERA (self));

  if (self->pipeline == NULL)
    return;
  g_mutex_lock (&self->lock);
  self->is_stopping = TRUE;
  g_cond_signal (&self->changed);
  g_mutex_unlock (&self->lock);
  gst_element_set_state (self->pipeline, GST_STATE_NULL);
  g_clear_pointer (&self->thread, g_thread_join);
  forget_run (self);
}

/* Corners found in a smaller picture, as they lie in the whole one. */
static void
scale_corners (GPtrArray *found, int factor)
{
  for (guint i = 0; i < found->len; i++)
    {
      BitketDecoded *decoded = g_ptr_array_index (found, i);

      for (int k = 0; k < 8; k++)
        decoded->corners[k] *= factor;
    }
}

GPtrArray *
bitket_camera_decode_file (const char *path, BitketDecoder *decoder, GError **error)
{
  g_auto (BitketGrayBuffer) picture = { 0 };
  g_auto (BitketGrayBuffer) smaller = { 0 };
  g_autoptr (GPtrArray) found = NULL;
  BitketGrayImage image;

  g_return_val_if_fail (path != NULL, NULL);
  g_return_val_if_fail (BITKET_IS_DECODER (decoder), NULL);

  if (!bitket_picture_load (path, &picture, error))
    return NULL;
  image = bitket_gray_buffer_view (&picture);
  found = bitket_decoder_decode (decoder, &image, G_MAXINT64);
  for (int factor = 2; factor <= 4 && found->len == 0; factor *= 2)
    {
      BitketGrayImage view;

      if (MAX (picture.width, picture.height) / factor < LARGE_SIDE / 2)
        break;
      bitket_gray_shrink (&image, picture.width / factor, picture.height / factor, &smaller);
      view = bitket_gray_buffer_view (&smaller);
      g_clear_pointer (&found, g_ptr_array_unref);
      found = bitket_decoder_decode (decoder, &view, G_MAXINT64);
      scale_corners (found, factor);
    }
  return g_steal_pointer (&found);
}
