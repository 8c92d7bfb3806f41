/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-door"

#include "bitket-picture.h"

#include <glib/gstdio.h>
#include <gst/app/app.h>
#include <gst/video/video.h>
#include <string.h>

#include "bitket-camera-pipeline.h"

/* A picture that takes longer than this to decode is no picture. */
#define LOAD_TIMEOUT_NS (30 * GST_SECOND)

/* What is read without a conversion; anything else becomes one of these. */
#define PICTURE_FORMATS                                                                            \
  BITKET_CAMERA_LUMA_FORMATS ",RGB,BGR,RGBx,BGRx,xRGB,xBGR,RGBA,BGRA,ARGB,ABGR"

/* The two formats that nearly every picture has are told by their first bytes: asking all of
 * GStreamer's plug-ins takes longer than reading the picture. */
static const char *
choose_decoder (const char *path)
{
  guint8 head[4] = { 0 };
  FILE *file = g_fopen (path, "rb");
  gsize n = 0;

  if (file != NULL)
    {
      n = fread (head, 1, sizeof head, file);
      fclose (file);
    }
  if (n == sizeof head && memcmp (head, "\x89PNG", sizeof head) == 0)
    return "pngdec";
  if (n == sizeof head && memcmp (head, "\xff\xd8\xff", 3) == 0)
    return "jpegdec";
  return "decodebin";
}

static GstElement *
make_pipeline (const char *path, GError **error)
{
  g_autofree char *description =
      g_strdup_printf ("filesrc name=bitket-file ! %s ! video/x-raw ! "
                       "videoconvert ! video/x-raw,format={" PICTURE_FORMATS "} ! "
                       "appsink name=" BITKET_CAMERA_FRAMES " sync=false",
                       choose_decoder (path));
  g_autoptr (GstElement) pipeline = bitket_camera_pipeline_parse (description, error);
  g_autoptr (GstElement) source = NULL;

  if (pipeline == NULL)
    return NULL;
  source = gst_bin_get_by_name (GST_BIN (pipeline), "bitket-file");
  g_object_set (source, "location", path, NULL);
  return g_steal_pointer (&pipeline);
}

/* Waits for the first picture; only then, or with an error, does the pipeline say something. */
static GstSample *
wait_for_sample (GstElement *pipeline, const char *path, GError **error)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstElement) sink = gst_bin_get_by_name (GST_BIN (pipeline), BITKET_CAMERA_FRAMES);
  g_autoptr (GstMessage) message = NULL;
  GstSample *sample = NULL;

  gst_element_set_state (pipeline, GST_STATE_PAUSED);
  message = gst_bus_timed_pop_filtered (
      bus, LOAD_TIMEOUT_NS, GST_MESSAGE_ERROR | GST_MESSAGE_ASYNC_DONE | GST_MESSAGE_EOS);
  if (message != NULL && GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    {
      g_autoptr (GError) cause = bitket_camera_pipeline_error (message, BITKET_CAMERA_STAGE_START);

      g_set_error (error, BITKET_CAMERA_ERROR, cause->code, "cannot read the picture \"%s\": %s",
                   path, cause->message);
      return NULL;
    }
  sample = gst_app_sink_try_pull_preroll (GST_APP_SINK (sink), 0);
  if (sample == NULL)
    g_set_error (error, BITKET_CAMERA_ERROR, BITKET_CAMERA_ERROR_FAILED,
                 "cannot read the picture \"%s\": no picture in it", path);
  return sample;
}

/* Luma of BT.601 over white paper. */
static void
flatten_row (const GstVideoFrame *frame, int y, guint8 *to)
{
  const guint8 *rgba[GST_VIDEO_MAX_COMPONENTS] = { NULL };
  int step = GST_VIDEO_FRAME_COMP_PSTRIDE (frame, 0);

  for (guint i = 0; i < GST_VIDEO_FRAME_N_COMPONENTS (frame); i++)
    rgba[i] = (const guint8 *) GST_VIDEO_FRAME_COMP_DATA (frame, i) +
              (gsize) y * GST_VIDEO_FRAME_COMP_STRIDE (frame, i);
  for (int x = 0; x < GST_VIDEO_FRAME_WIDTH (frame); x++)
    {
      gsize i = (gsize) x * step;
      guint luma = (306 * rgba[0][i] + 601 * rgba[1][i] + 117 * rgba[2][i] + 512) / 1024;
      guint alpha = rgba[3] != NULL ? rgba[3][i] : 255;

      to[x] = (luma * alpha + 255 * (255 - alpha) + 127) / 255;
    }
}

static gboolean
copy_sample (GstSample *sample, BitketGrayBuffer *out)
{
  GstVideoInfo info;
  GstVideoFrame frame;

  if (!gst_video_info_from_caps (&info, gst_sample_get_caps (sample)) ||
      !gst_video_frame_map (&frame, &info, gst_sample_get_buffer (sample), GST_MAP_READ))
    return FALSE;
  if (GST_VIDEO_FORMAT_INFO_IS_RGB (info.finfo))
    {
      bitket_gray_buffer_resize (out, info.width, info.height);
      for (int y = 0; y < info.height; y++)
        flatten_row (&frame, y, out->data + (gsize) y * info.width);
    }
  else
    {
      BitketGrayImage image = { .data = GST_VIDEO_FRAME_COMP_DATA (&frame, 0),
                                .width = info.width,
                                .height = info.height,
                                .row_stride = GST_VIDEO_FRAME_COMP_STRIDE (&frame, 0),
                                .pixel_stride = GST_VIDEO_FRAME_COMP_PSTRIDE (&frame, 0) };

      bitket_gray_pack (&image, out);
    }
  gst_video_frame_unmap (&frame);
  return TRUE;
}

gboolean
bitket_picture_load (const char *path, BitketGrayBuffer *out, GError **error)
{
  g_autoptr (GstElement) pipeline = NULL;
  g_autoptr (GstSample) sample = NULL;
  gboolean is_copied = FALSE;

  g_return_val_if_fail (path != NULL, FALSE);
  g_return_val_if_fail (out != NULL, FALSE);

  pipeline = make_pipeline (path, error);
  if (pipeline == NULL)
    return FALSE;
  sample = wait_for_sample (pipeline, path, error);
  if (sample != NULL)
    {
      is_copied = copy_sample (sample, out);
      if (!is_copied)
        g_set_error (error, BITKET_CAMERA_ERROR, BITKET_CAMERA_ERROR_FAILED,
                     "cannot read the picture \"%s\": its pixels cannot be mapped", path);
    }
  gst_element_set_state (pipeline, GST_STATE_NULL);
  return is_copied;
}
