/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-door"

#include "bitket-camera-private.h"

#include "bitket-gray.h"

/* One frame of a camera at 30 frames a second. */
#define FRAME_BUDGET_US (33 * 1000)
/* How long the frames that came before a fault may take to arrive. A source that fails mostly says
 * that this was its end; one that does not must not be waited for. */
#define LAST_FRAMES_US (G_USEC_PER_SEC / 2)

static gboolean
is_stopping (BitketCamera *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->is_stopping;
}

/* With the lock held. */
static gboolean
has_news (BitketCamera *self)
{
  if (self->has_frame || self->is_at_end || self->is_stopping)
    return TRUE;
  return self->error != NULL && self->pace == BITKET_CAMERA_PACE_NEWEST;
}

/* Returns: whether frames may be waiting; %FALSE when nothing more will come */
static gboolean
wait_for_frames (BitketCamera *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  gint64 give_up_us = 0;

  while (!has_news (self))
    {
      if (self->error != NULL && give_up_us == 0)
        give_up_us = g_get_monotonic_time () + LAST_FRAMES_US;
      if (give_up_us == 0)
        g_cond_wait (&self->changed, &self->lock);
      else if (!g_cond_wait_until (&self->changed, &self->lock, give_up_us))
        return FALSE;
    }
  if (self->is_stopping || !self->has_frame)
    return FALSE;
  self->has_frame = FALSE;
  self->stage = BITKET_CAMERA_STAGE_RUNNING;
  return TRUE;
}

/* The time of a frame on the film's own clock, so that a film is read the same however fast it
 * runs; the clock of the machine for a source that stamps no times. */
static gint64
frame_time_us (GstSample *sample)
{
  GstBuffer *buffer = gst_sample_get_buffer (sample);
  GstSegment *segment = gst_sample_get_segment (sample);
  guint64 time_ns = GST_CLOCK_TIME_NONE;

  if (GST_BUFFER_PTS_IS_VALID (buffer) && segment->format == GST_FORMAT_TIME)
    time_ns = gst_segment_to_running_time (segment, GST_FORMAT_TIME, GST_BUFFER_PTS (buffer));
  if (!GST_CLOCK_TIME_IS_VALID (time_ns))
    return g_get_monotonic_time ();
  return time_ns / GST_USECOND;
}

/* A live source has a budget a frame. A film waits for us; and when a live picture stands still
 * although its time was too short, there is nothing better to do than to finish it. */
static void
decode_image (BitketCamera *self, const BitketGrayImage *image)
{
  guint64 checksum = bitket_gray_checksum (image);
  gboolean is_same = self->last_found != NULL && checksum == self->last_checksum;
  gint64 deadline_us = G_MAXINT64;

  if (is_same && self->is_last_complete)
    return;
  if (self->pace == BITKET_CAMERA_PACE_NEWEST && !is_same)
    deadline_us = g_get_monotonic_time () + FRAME_BUDGET_US;
  g_clear_pointer (&self->last_found, g_ptr_array_unref);
  self->last_found = bitket_decoder_decode (self->decoder, image, deadline_us);
  self->last_checksum = checksum;
  self->is_last_complete = self->last_found->len > 0 || g_get_monotonic_time () < deadline_us;
}

static void
decode_sample (BitketCamera *self, GstSample *sample)
{
  g_autoptr (GPtrArray) arrived = NULL;
  BitketGrayImage image;
  GstVideoFrame frame;
  GstVideoInfo info;

  if (!gst_video_info_from_caps (&info, gst_sample_get_caps (sample)) ||
      !gst_video_frame_map (&frame, &info, gst_sample_get_buffer (sample), GST_MAP_READ))
    return;
  image = (BitketGrayImage) { .data = GST_VIDEO_FRAME_COMP_DATA (&frame, 0),
                              .width = GST_VIDEO_FRAME_COMP_WIDTH (&frame, 0),
                              .height = GST_VIDEO_FRAME_COMP_HEIGHT (&frame, 0),
                              .row_stride = GST_VIDEO_FRAME_COMP_STRIDE (&frame, 0),
                              .pixel_stride = GST_VIDEO_FRAME_COMP_PSTRIDE (&frame, 0) };
  decode_image (self, &image);
  gst_video_frame_unmap (&frame);
  arrived = bitket_sightings_add_frame (self->sightings, self->last_found, frame_time_us (sample));
  for (guint i = 0; i < arrived->len; i++)
    bitket_camera_post (self, BITKET_CAMERA_EVENT_SCANNED,
                        g_bytes_ref (g_ptr_array_index (arrived, i)), NULL);
}

/* With the lock held. Returns: (transfer full) (nullable): why the frames stopped coming; %NULL at
 * the end of a film */
static GError *
make_end_error (BitketCamera *self)
{
  if (self->error != NULL)
    return g_error_copy (self->error);
  if (self->stage == BITKET_CAMERA_STAGE_START)
    return g_error_new (BITKET_CAMERA_ERROR, BITKET_CAMERA_ERROR_FAILED,
                        "cannot read \"%s\": no picture came from it", self->source);
  if (self->pace == BITKET_CAMERA_PACE_NEWEST)
    return g_error_new (BITKET_CAMERA_ERROR, BITKET_CAMERA_ERROR_LOST,
                        "could not read \"%s\" any longer: it sends no more pictures",
                        self->source);
  return NULL;
}

/* All that was seen has been posted by now, so the end is the last thing the owner hears. */
static void
post_end (BitketCamera *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  GError *error;

  if (self->is_stopping)
    return;
  error = make_end_error (self);
  bitket_camera_post (self, error != NULL ? BITKET_CAMERA_EVENT_FAILED : BITKET_CAMERA_EVENT_ENDED,
                      NULL, error);
}

gpointer
bitket_camera_decode_thread (gpointer camera)
{
  BitketCamera *self = camera;

  while (wait_for_frames (self))
    {
      GstSample *sample;

      while (!is_stopping (self) && (sample = gst_app_sink_try_pull_sample (self->frames, 0)))
        {
          decode_sample (self, sample);
          gst_sample_unref (sample);
        }
    }
  post_end (self);
  return NULL;
}
