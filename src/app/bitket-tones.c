/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket"

#include "bitket-tones.h"

#include <gst/gst.h>

/* Volume and length are chosen for a noisy room: above the music's bass, too short to annoy. */
#define PIPELINE                                                                                   \
  "audiotestsrc name=source wave=sine volume=0.5 samplesperbuffer=2205 ! "                         \
  "audio/x-raw,rate=44100 ! audioconvert ! audioresample ! autoaudiosink"

typedef struct
{
  guint frequency_hz;
  gint n_buffers; /* of 50 ms */
} Note;

/* In each row, a frequency of 0 ends the tone. */
static const Note tones[][3] = {
  [BITKET_TONE_NONE] = { { 0, 0 } },
  [BITKET_TONE_HIGH] = { { 1318, 4 }, { 0, 0 } },
  [BITKET_TONE_LOW] = { { 262, 10 }, { 0, 0 } },
  [BITKET_TONE_TWO] = { { 659, 4 }, { 988, 4 }, { 0, 0 } },
};

struct _BitketTones
{
  GObject parent_instance;
  GstElement *pipeline; /* (owned) (nullable) */
  guint watch;          /* 0: none */
  const Note *note;     /* (unowned) (nullable) what sounds */
};

G_DEFINE_FINAL_TYPE (BitketTones, bitket_tones, G_TYPE_OBJECT)

static void
stop (BitketTones *self)
{
  g_clear_handle_id (&self->watch, g_source_remove);
  if (self->pipeline != NULL)
    gst_element_set_state (self->pipeline, GST_STATE_NULL);
  g_clear_object (&self->pipeline);
  self->note = NULL;
}

static void play_note (BitketTones *self, const Note *note);

static gboolean
bus_cb (GstBus *bus, GstMessage *message, gpointer user_data)
{
  BitketTones *self = user_data;
  const Note *next = self->note + 1;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    {
      g_debug ("no sound");
      stop (self);
    }
  else if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS)
    {
      stop (self);
      play_note (self, next);
    }
  return self->watch != 0;
}

static void
play_note (BitketTones *self, const Note *note)
{
  g_autoptr (GstElement) source = NULL;
  g_autoptr (GstBus) bus = NULL;

  if (note->frequency_hz == 0)
    return;
  self->pipeline = gst_parse_launch (PIPELINE, NULL);
  if (self->pipeline == NULL)
    return;
  g_object_ref_sink (self->pipeline);
  self->note = note;
  source = gst_bin_get_by_name (GST_BIN (self->pipeline), "source");
  g_object_set (source, "freq", (double) note->frequency_hz, "num-buffers", note->n_buffers, NULL);
  bus = gst_element_get_bus (self->pipeline);
  self->watch = gst_bus_add_watch (bus, bus_cb, self);
  gst_element_set_state (self->pipeline, GST_STATE_PLAYING);
}

static void
bitket_tones_dispose (GObject *object)
{
  stop (BITKET_TONES (object));
  G_OBJECT_CLASS (bitket_tones_parent_class)->dispose (object);
}

static void
bitket_tones_class_init (BitketTonesClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = bitket_tones_dispose;
}

static void
bitket_tones_init (BitketTones *self)
{
  gst_init (NULL, NULL);
}

BitketTones *
bitket_tones_new (void)
{
  return g_object_new (BITKET_TYPE_TONES, NULL);
}

void
bitket_tones_play (BitketTones *self, BitketTone tone)
{
  g_return_if_fail (BITKET_IS_TONES (self));
  g_return_if_fail ((guint) tone < G_N_ELEMENTS (tones));

  stop (self);
  play_note (self, tones[tone]);
}
