/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-door"

#include "bitket-tones.h"

#include <gst/app/app.h>
#include <gst/gst.h>
#include <math.h>

#define RATE_HZ 48000
/* Rising and falling this fast is not heard as a click. */
#define EDGE_MS 6
#define VOLUME  0.6

struct _BitketTones
{
  GObject parent_instance;
  char *sink;           /* (owned) */
  GstElement *pipeline; /* (owned) (nullable): while a tone sounds */
  guint watch_id;
  BitketTone tone;
  gboolean is_muted;
  gboolean has_failed; /* said once */
};

enum
{
  PROP_0,
  PROP_MUTED,
  N_PROPS
};

static GParamSpec *props[N_PROPS];
static guint played_signal;

G_DEFINE_FINAL_TYPE (BitketTones, bitket_tones, G_TYPE_OBJECT)

/* Notes one after the other; the frequency 0 is silence. */
typedef struct
{
  double frequency_hz;
  guint duration_ms;
} Note;

static const Note high_notes[] = { { 1175, 70 }, { 1760, 130 } };
static const Note low_notes[] = { { 196, 420 } };
static const Note two_notes[] = { { 740, 140 }, { 0, 70 }, { 740, 140 } };

static const Note *
find_notes (BitketTone tone, guint *n_notes)
{
  switch (tone)
    {
    case BITKET_TONE_HIGH:
      *n_notes = G_N_ELEMENTS (high_notes);
      return high_notes;
    case BITKET_TONE_LOW:
      *n_notes = G_N_ELEMENTS (low_notes);
      return low_notes;
    case BITKET_TONE_TWO:
      *n_notes = G_N_ELEMENTS (two_notes);
      return two_notes;
    case BITKET_TONE_NONE:
      break;
    }
  *n_notes = 0;
  return NULL;
}

static void
append_note (GArray *samples, const Note *note)
{
  guint n_samples = note->duration_ms * RATE_HZ / 1000;
  guint n_edge = EDGE_MS * RATE_HZ / 1000;

  for (guint i = 0; i < n_samples; i++)
    {
      double angle = 2 * G_PI * note->frequency_hz * i / RATE_HZ;
      /* Two overtones: small loudspeakers hardly carry the low tone by itself. */
      double wave = sin (angle) + 0.35 * sin (2 * angle) + 0.2 * sin (3 * angle);
      double edge = MIN (1.0, (double) MIN (i, n_samples - 1 - i) / n_edge);
      gint16 sample = (gint16) (wave / 1.55 * edge * VOLUME * G_MAXINT16);

      g_array_append_val (samples, sample);
    }
}

GBytes *
bitket_tones_make_samples (BitketTone tone)
{
  guint n_notes;
  const Note *notes = find_notes (tone, &n_notes);
  GArray *samples;
  gsize len;

  if (notes == NULL)
    return NULL;
  samples = g_array_new (FALSE, FALSE, sizeof (gint16));
  for (guint i = 0; i < n_notes; i++)
    append_note (samples, &notes[i]);
  len = samples->len * sizeof (gint16);
  return g_bytes_new_take (g_array_free (samples, FALSE), len);
}

static void
stop (BitketTones *self)
{
  g_clear_handle_id (&self->watch_id, g_source_remove);
  if (self->pipeline != NULL)
    gst_element_set_state (self->pipeline, GST_STATE_NULL);
  g_clear_object (&self->pipeline);
}

static void
tell_failure (BitketTones *self, const char *why)
{
  if (!self->has_failed)
    g_message ("there is no sound: %s", why);
  self->has_failed = TRUE;
}

static void
end_tone (BitketTones *self)
{
  BitketTone tone = self->tone;

  stop (self);
  self->tone = BITKET_TONE_NONE;
  g_signal_emit (self, played_signal, 0, (int) tone);
}

static gboolean
bus_cb (GstBus *bus, GstMessage *message, gpointer user_data)
{
  BitketTones *self = user_data;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    {
      g_autoptr (GError) error = NULL;

      gst_message_parse_error (message, &error, NULL);
      tell_failure (self, error->message);
    }
  else if (GST_MESSAGE_TYPE (message) != GST_MESSAGE_EOS)
    return G_SOURCE_CONTINUE;
  self->watch_id = 0;
  end_tone (self);
  return G_SOURCE_REMOVE;
}

static GstElement *
make_pipeline (BitketTones *self, GError **error)
{
  g_autofree char *description = g_strdup_printf (
      "appsrc name=source format=time caps=audio/x-raw,format=S16LE,layout=interleaved,"
      "rate=%d,channels=1 ! audioconvert ! audioresample ! %s",
      RATE_HZ, self->sink);

  if (!gst_init_check (NULL, NULL, error))
    return NULL;
  return gst_parse_launch_full (description, NULL, GST_PARSE_FLAG_FATAL_ERRORS, error);
}

static void
push_samples (GstElement *pipeline, BitketTone tone)
{
  g_autoptr (GstElement) source = gst_bin_get_by_name (GST_BIN (pipeline), "source");
  g_autoptr (GBytes) samples = bitket_tones_make_samples (tone);
  GstBuffer *buffer = gst_buffer_new_wrapped_bytes (samples);

  GST_BUFFER_PTS (buffer) = 0;
  GST_BUFFER_DURATION (buffer) =
      g_bytes_get_size (samples) / sizeof (gint16) * GST_SECOND / RATE_HZ;
  gst_app_src_push_buffer (GST_APP_SRC (source), buffer);
  gst_app_src_end_of_stream (GST_APP_SRC (source));
}

static void
bitket_tones_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  g_value_set_boolean (value, BITKET_TONES (object)->is_muted);
}

static void
bitket_tones_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  BitketTones *self = BITKET_TONES (object);

  if (self->is_muted == g_value_get_boolean (value))
    return;
  self->is_muted = g_value_get_boolean (value);
  if (self->is_muted)
    stop (self);
  g_object_notify_by_pspec (object, pspec);
}

static void
bitket_tones_dispose (GObject *object)
{
  stop (BITKET_TONES (object));
  G_OBJECT_CLASS (bitket_tones_parent_class)->dispose (object);
}

static void
bitket_tones_finalize (GObject *object)
{
  g_free (BITKET_TONES (object)->sink);
  G_OBJECT_CLASS (bitket_tones_parent_class)->finalize (object);
}

static void
bitket_tones_class_init (BitketTonesClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = bitket_tones_get_property;
  object_class->set_property = bitket_tones_set_property;
  object_class->dispose = bitket_tones_dispose;
  object_class->finalize = bitket_tones_finalize;
  props[PROP_MUTED] =
      g_param_spec_boolean ("muted", NULL, NULL, FALSE,
                            G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);
  played_signal = g_signal_new ("played", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                NULL, NULL, G_TYPE_NONE, 1, G_TYPE_INT);
}

static void
bitket_tones_init (BitketTones *self)
{
}

BitketTones *
bitket_tones_new (const char *sink)
{
  BitketTones *self = g_object_new (BITKET_TYPE_TONES, NULL);

  self->sink = g_strdup (sink ? sink : "autoaudiosink");
  return self;
}

void
bitket_tones_play (BitketTones *self, BitketTone tone)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GstBus) bus = NULL;

  g_return_if_fail (BITKET_IS_TONES (self));

  if (self->is_muted || tone == BITKET_TONE_NONE)
    return;
  stop (self);
  self->tone = tone;
  self->pipeline = make_pipeline (self, &error);
  if (self->pipeline == NULL)
    {
      tell_failure (self, error->message);
      end_tone (self);
      return;
    }
  bus = gst_element_get_bus (self->pipeline);
  self->watch_id = gst_bus_add_watch (bus, bus_cb, self);
  push_samples (self->pipeline, tone);
  /* What goes wrong here comes as a message, too. */
  gst_element_set_state (self->pipeline, GST_STATE_PLAYING);
}

gboolean
bitket_tones_is_muted (BitketTones *self)
{
  g_return_val_if_fail (BITKET_IS_TONES (self), FALSE);

  return self->is_muted;
}
