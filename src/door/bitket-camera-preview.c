/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-door"

#include "bitket-camera-private.h"

/* A frame goes to the screen without a copy: the bytes are its mapped buffer. */
typedef struct
{
  GstVideoFrame frame;
} MappedFrame;

static void
mapped_frame_free (gpointer data)
{
  MappedFrame *mapped = data;

  gst_video_frame_unmap (&mapped->frame);
  g_free (mapped);
}

static void
post_frame (BitketCamera *self, GstSample *sample)
{
  g_autofree MappedFrame *mapped = g_new0 (MappedFrame, 1);
  BitketCameraEvent *event;
  GstVideoInfo info;
  gpointer pixels;
  gsize len;

  if (!gst_video_info_from_caps (&info, gst_sample_get_caps (sample)) ||
      !gst_video_frame_map (&mapped->frame, &info, gst_sample_get_buffer (sample), GST_MAP_READ))
    {
      g_atomic_int_set (&self->is_preview_pending, 0);
      return;
    }
  event = g_new0 (BitketCameraEvent, 1);
  event->kind = BITKET_CAMERA_EVENT_PREVIEW;
  event->width = GST_VIDEO_FRAME_WIDTH (&mapped->frame);
  event->height = GST_VIDEO_FRAME_HEIGHT (&mapped->frame);
  event->stride = GST_VIDEO_FRAME_PLANE_STRIDE (&mapped->frame, 0);
  pixels = GST_VIDEO_FRAME_PLANE_DATA (&mapped->frame, 0);
  len = (gsize) event->stride * event->height;
  event->bytes =
      g_bytes_new_with_free_func (pixels, len, mapped_frame_free, g_steal_pointer (&mapped));
  bitket_camera_post_event (self, event);
}

static GstFlowReturn
new_preview_cb (GstAppSink *sink, gpointer user_data)
{
  BitketCamera *self = user_data;
  g_autoptr (GstSample) sample = gst_app_sink_try_pull_sample (sink, 0);

  if (sample != NULL && g_atomic_int_compare_and_exchange (&self->is_preview_pending, 0, 1))
    post_frame (self, sample);
  return GST_FLOW_OK;
}

/* While a picture is on its way to the screen, the next ones are not even converted. */
static GstPadProbeReturn
drop_pending_cb (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  BitketCamera *self = user_data;

  return g_atomic_int_get (&self->is_preview_pending) ? GST_PAD_PROBE_DROP : GST_PAD_PROBE_OK;
}

void
bitket_camera_watch_preview (BitketCamera *self)
{
  GstAppSinkCallbacks callbacks = { .new_sample = new_preview_cb };
  g_autoptr (GstElement) sink =
      gst_bin_get_by_name (GST_BIN (self->pipeline), BITKET_CAMERA_PREVIEW_SINK);
  g_autoptr (GstElement) queue =
      gst_bin_get_by_name (GST_BIN (self->pipeline), BITKET_CAMERA_PREVIEW_QUEUE);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (queue, "src");

  g_atomic_int_set (&self->is_preview_pending, 0);
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, drop_pending_cb, self, NULL);
  gst_app_sink_set_callbacks (GST_APP_SINK (sink), &callbacks, self, NULL);
}
