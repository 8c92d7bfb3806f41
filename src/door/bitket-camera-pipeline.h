/* SPDX-License-Identifier: MIT */
#pragma once

#include <gst/gst.h>

#include "bitket-camera.h"

G_BEGIN_DECLS

/* Building GStreamer pipelines for the camera, and turning GStreamer's errors into ours. */

/* Names of what the camera takes hold of in a pipeline. */
#define BITKET_CAMERA_FRAMES        "bitket-frames"        /* appsink: luma for the decoder */
#define BITKET_CAMERA_FRAMES_QUEUE  "bitket-frames-queue"  /* the queue before it */
#define BITKET_CAMERA_PREVIEW_SINK  "bitket-preview"       /* appsink: BGRA for the screen */
#define BITKET_CAMERA_PREVIEW_QUEUE "bitket-preview-queue" /* the queue before it */

/* Formats whose first component is a luma plane that can be read in place. What else a source gives
 * is converted; for these the converter passes buffers through untouched. */
#define BITKET_CAMERA_LUMA_FORMATS "GRAY8,I420,YV12,NV12,NV21,Y42B,Y444,YUY2,UYVY"

/* When an error came: what cannot be opened while starting is missing, later it was lost. */
typedef enum
{
  BITKET_CAMERA_STAGE_NONE,
  BITKET_CAMERA_STAGE_START,
  BITKET_CAMERA_STAGE_RUNNING,
} BitketCameraStage;

/* Which frames the decoder gets. */
typedef enum
{
  BITKET_CAMERA_PACE_EVERY,  /* each, in its time: a film or a still, which can wait */
  BITKET_CAMERA_PACE_NEWEST, /* the newest only: a live source, which cannot */
} BitketCameraPace;

/** bitket_camera_pipeline_parse: Returns: (transfer full): %NULL with MISSING, SOURCE or FAILED */
GstElement *bitket_camera_pipeline_parse (const char *description, GError **error);
/**
 * bitket_camera_pipeline_new:
 * @source: a device below /dev, or a source description
 *
 * Returns: (transfer full): a pipeline in state NULL, at the pace of every frame
 */
GstElement *
bitket_camera_pipeline_new (const char *source, BitketCameraFlags flags, GError **error);
/** bitket_camera_pipeline_set_pace: to be called before frames flow */
void bitket_camera_pipeline_set_pace (GstElement *pipeline, BitketCameraPace pace);
/** bitket_camera_pipeline_error: Returns: (transfer full): ours for a GST_MESSAGE_ERROR */
GError *bitket_camera_pipeline_error (GstMessage *message, BitketCameraStage stage);

G_END_DECLS
