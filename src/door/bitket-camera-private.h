/* SPDX-License-Identifier: MIT */
#pragma once

#include <gst/app/app.h>
#include <gst/gst.h>
#include <gst/video/video.h>

#include "bitket-camera-pipeline.h"
#include "bitket-camera.h"
#include "bitket-sightings.h"

G_BEGIN_DECLS

/* What the threads of a running camera tell the context of its owner. */
typedef enum
{
  BITKET_CAMERA_EVENT_NONE,
  BITKET_CAMERA_EVENT_SCANNED,
  BITKET_CAMERA_EVENT_FAILED,
  BITKET_CAMERA_EVENT_ENDED,
  BITKET_CAMERA_EVENT_PREVIEW,
} BitketCameraEventKind;

typedef struct
{
  BitketCameraEventKind kind;
  BitketCamera *camera; /* (owned) */
  guint run;            /* which start of the camera it belongs to */
  GBytes *bytes;        /* (owned) (nullable): text or pixels */
  GError *error;        /* (owned) (nullable) */
  int width;
  int height;
  int stride;
} BitketCameraEvent;

/* Threads: fields without a mark are written by the owner's thread while no other thread runs, and
 * only read otherwise. */
struct _BitketCamera
{
  GObject parent_instance;
  char *source; /* (owned) */
  BitketCameraFlags flags;
  BitketDecoder *decoder; /* (owned): the decode thread's, from start to stop */
  GMainContext *context;  /* (owned): where signals are emitted */

  GstElement *pipeline; /* (owned) (nullable): while started */
  GstAppSink *frames;   /* (owned) (nullable) */
  GThread *thread;      /* (owned) (nullable) */
  guint run;
  BitketCameraPace pace;

  /* The decode thread's alone. */
  BitketSightings *sightings; /* (owned) */
  GPtrArray *last_found;      /* (owned) (nullable): what the last frame showed */
  guint64 last_checksum;
  gboolean is_last_complete; /* every stage had its turn on the last frame */

  GMutex lock;
  GCond changed;
  gboolean has_frame;      /* (mutex lock) */
  gboolean is_at_end;      /* (mutex lock) */
  gboolean is_stopping;    /* (mutex lock) */
  BitketCameraStage stage; /* (mutex lock) */
  GError *error;           /* (owned) (nullable) (mutex lock): the first one */

  int is_preview_pending; /* (atomic) */
};

/** bitket_camera_post: any thread. @bytes, @error: (transfer full) (nullable) */
void
bitket_camera_post (BitketCamera *self, BitketCameraEventKind kind, GBytes *bytes, GError *error);
/** bitket_camera_post_event: any thread. @event: (transfer full), with everything but its camera */
void bitket_camera_post_event (BitketCamera *self, BitketCameraEvent *event);

/** bitket_camera_decode_thread: #GThreadFunc; pulls frames until told to stop */
gpointer bitket_camera_decode_thread (gpointer camera);
/** bitket_camera_watch_preview: prepares the preview branch of a pipeline that does not run yet */
void bitket_camera_watch_preview (BitketCamera *self);

G_END_DECLS
