/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-door"

#include "bitket-camera-pipeline.h"

/* A camera gives 720p at 30 frames a second only as MJPEG over USB 2; what it has otherwise is
 * second best. */
#define DEVICE_SOURCE                                                                              \
  "v4l2src name=bitket-device ! capsfilter caps=\""                                                \
  "image/jpeg,width=1280,height=720,framerate=30/1;"                                               \
  "video/x-raw,width=[1,1280],height=[1,720];image/jpeg;video/x-raw\" ! decodebin"

#define FRAMES_BRANCH                                                                              \
  "queue name=" BITKET_CAMERA_FRAMES_QUEUE                                                         \
  " max-size-buffers=1 max-size-bytes=0 max-size-time=0 ! videoconvert ! "                         \
  "video/x-raw,format={" BITKET_CAMERA_LUMA_FORMATS "} ! "                                         \
  "appsink name=" BITKET_CAMERA_FRAMES " max-buffers=1 drop=false sync=true"

/* The preview never holds up the decoder: it lets frames go, and takes no part in the preroll. */
#define PREVIEW_BRANCH                                                                             \
  "queue name=" BITKET_CAMERA_PREVIEW_QUEUE                                                        \
  " leaky=downstream max-size-buffers=1 max-size-bytes=0 max-size-time=0 ! "                       \
  "videoscale ! videoconvert ! "                                                                   \
  "video/x-raw,format=BGRA,width=[1,1280],height=[1,720],pixel-aspect-ratio=1/1 ! "                \
  "appsink name=" BITKET_CAMERA_PREVIEW_SINK " max-buffers=1 drop=true sync=false async=false"

GQuark
bitket_camera_error_quark (void)
{
  return g_quark_from_static_string ("bitket-camera-error-quark");
}

static gboolean
ensure_gstreamer (GError **error)
{
  g_autoptr (GError) cause = NULL;

  if (gst_is_initialized () || gst_init_check (NULL, NULL, &cause))
    return TRUE;
  g_set_error (error, BITKET_CAMERA_ERROR, BITKET_CAMERA_ERROR_FAILED, "cannot start GStreamer: %s",
               cause->message);
  return FALSE;
}

GstElement *
bitket_camera_pipeline_parse (const char *description, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autoptr (GstElement) pipeline = NULL;
  BitketCameraError code = BITKET_CAMERA_ERROR_SOURCE;

  if (!ensure_gstreamer (error))
    return NULL;
  pipeline = gst_parse_launch_full (description, NULL, GST_PARSE_FLAG_FATAL_ERRORS, &cause);
  if (pipeline != NULL)
    return gst_object_ref_sink (g_steal_pointer (&pipeline));
  if (g_error_matches (cause, GST_PARSE_ERROR, GST_PARSE_ERROR_NO_SUCH_ELEMENT))
    code = BITKET_CAMERA_ERROR_MISSING;
  g_set_error (error, BITKET_CAMERA_ERROR, code, "cannot build the camera pipeline: %s",
               cause->message);
  return NULL;
}

static char *
describe (const char *source, BitketCameraFlags flags)
{
  const char *head = g_str_has_prefix (source, "/dev/") ? DEVICE_SOURCE : source;

  if (flags & BITKET_CAMERA_PREVIEW)
    return g_strdup_printf (
        "%s ! capsfilter caps=video/x-raw ! tee name=bitket-tee bitket-tee. ! " FRAMES_BRANCH
        " bitket-tee. ! " PREVIEW_BRANCH,
        head);
  return g_strdup_printf ("%s ! capsfilter caps=video/x-raw ! " FRAMES_BRANCH, head);
}

GstElement *
bitket_camera_pipeline_new (const char *source, BitketCameraFlags flags, GError **error)
{
  g_autofree char *description = describe (source, flags);
  g_autoptr (GstElement) pipeline = NULL;

  if (g_str_has_prefix (source, "/dev/") && !g_file_test (source, G_FILE_TEST_EXISTS))
    {
      g_set_error (error, BITKET_CAMERA_ERROR, BITKET_CAMERA_ERROR_MISSING,
                   "cannot open the camera \"%s\": no such device", source);
      return NULL;
    }
  pipeline = bitket_camera_pipeline_parse (description, error);
  if (pipeline == NULL)
    return NULL;
  if (g_str_has_prefix (source, "/dev/"))
    {
      g_autoptr (GstElement) device = gst_bin_get_by_name (GST_BIN (pipeline), "bitket-device");

      g_object_set (device, "device", source, NULL);
    }
  return g_steal_pointer (&pipeline);
}

void
bitket_camera_pipeline_set_pace (GstElement *pipeline, BitketCameraPace pace)
{
  g_autoptr (GstElement) sink = gst_bin_get_by_name (GST_BIN (pipeline), BITKET_CAMERA_FRAMES);
  g_autoptr (GstElement) queue =
      gst_bin_get_by_name (GST_BIN (pipeline), BITKET_CAMERA_FRAMES_QUEUE);
  gboolean is_newest = pace == BITKET_CAMERA_PACE_NEWEST;

  g_object_set (sink, "drop", is_newest, "sync", !is_newest, NULL);
  gst_util_set_object_arg (G_OBJECT (queue), "leaky", is_newest ? "downstream" : "no");
}

static BitketCameraError
classify (const GError *cause, BitketCameraStage stage)
{
  if (g_error_matches (cause, GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN) ||
      g_error_matches (cause, GST_STREAM_ERROR, GST_STREAM_ERROR_CODEC_NOT_FOUND))
    return BITKET_CAMERA_ERROR_MISSING;
  if (cause->domain != GST_RESOURCE_ERROR ||
      g_error_matches (cause, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_BUSY) ||
      g_error_matches (cause, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_AUTHORIZED))
    return BITKET_CAMERA_ERROR_FAILED;
  return stage == BITKET_CAMERA_STAGE_RUNNING ? BITKET_CAMERA_ERROR_LOST
                                              : BITKET_CAMERA_ERROR_MISSING;
}

GError *
bitket_camera_pipeline_error (GstMessage *message, BitketCameraStage stage)
{
  g_autoptr (GError) cause = NULL;
  g_autofree char *debug = NULL;

  gst_message_parse_error (message, &cause, &debug);
  g_debug ("camera: %s: %s: %s", GST_OBJECT_NAME (GST_MESSAGE_SRC (message)), cause->message,
           debug != NULL ? debug : "no details");
  return g_error_new (BITKET_CAMERA_ERROR, classify (cause, stage), "%s", cause->message);
}
