/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket"

#include "bitket-camera-pane.h"

#include <glib/gi18n.h>

#include "bitket-camera-list.h"
#include "bitket-camera-paintable.h"
#include "bitket-camera.h"
#include "bitket-cascade-decoder.h"

struct _BitketCameraPane
{
  AdwBin parent_instance;
  BitketCameraPaintable *paintable; /* (owned) */
  BitketCameraList *cameras;        /* (owned) */
  BitketCamera *camera;             /* (owned) (nullable): while it runs */
  char *source;                     /* (owned) (nullable) */
  gboolean takes_first;             /* nobody has chosen one yet */
  GtkStack *stack;
  GtkPicture *picture;
  AdwStatusPage *status_page;
  GtkWidget *choose_button;
};

enum
{
  PROP_0,
  PROP_SOURCE,
  PROP_MIRRORED,
  N_PROPS
};

static GParamSpec *props[N_PROPS];
static guint scanned_signal;

G_DEFINE_FINAL_TYPE (BitketCameraPane, bitket_camera_pane, ADW_TYPE_BIN)

static void
show_nothing (BitketCameraPane *self)
{
  gboolean has_choice = g_list_model_get_n_items (G_LIST_MODEL (self->cameras)) > 0;
  const char *sentence;

  if (self->source != NULL)
    sentence = _ ("The camera gives no picture. Is it plugged in, and not in use elsewhere?");
  else if (has_choice)
    sentence = _ ("Choose one to read codes from tickets.");
  else
    sentence = _ ("Connect a camera to read tickets. Readers and the search work without one.");
  adw_status_page_set_title (self->status_page, self->source ? _ ("No Picture") : _ ("No Camera"));
  adw_status_page_set_description (self->status_page, sentence);
  gtk_widget_set_visible (self->choose_button, has_choice);
  gtk_stack_set_visible_child_name (self->stack, "none");
  bitket_camera_paintable_set_frame (self->paintable, NULL);
}

static void
scanned_cb (BitketCameraPane *self, GBytes *text)
{
  g_signal_emit (self, scanned_signal, 0, text);
}

static void
preview_cb (BitketCameraPane *self, GBytes *pixels, int width, int height, int stride)
{
  BitketCameraFrame frame = { pixels, width, height, stride };

  bitket_camera_paintable_set_frame (self->paintable, &frame);
  gtk_stack_set_visible_child_name (self->stack, "picture");
}

static void
stop (BitketCameraPane *self)
{
  if (self->camera == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->camera, self);
  bitket_camera_stop (self->camera);
  g_clear_object (&self->camera);
}

/* It comes back by itself when it is plugged in again. */
static void
failed_cb (BitketCameraPane *self, const GError *error)
{
  g_message ("no camera picture: %s", error->message);
  stop (self);
  show_nothing (self);
}

static void
start (BitketCameraPane *self)
{
  g_autoptr (BitketDecoder) decoder = bitket_cascade_decoder_new ();
  g_autoptr (GError) error = NULL;

  self->camera = bitket_camera_new (self->source, BITKET_CAMERA_PREVIEW, decoder);
  g_signal_connect_swapped (self->camera, "scanned", G_CALLBACK (scanned_cb), self);
  g_signal_connect_swapped (self->camera, "preview", G_CALLBACK (preview_cb), self);
  g_signal_connect_swapped (self->camera, "failed", G_CALLBACK (failed_cb), self);
  if (!bitket_camera_start (self->camera, &error))
    failed_cb (self, error);
}

static void
set_source (BitketCameraPane *self, const char *source)
{
  stop (self);
  g_free (self->source);
  self->source = source && *source ? g_strdup (source) : NULL;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_SOURCE]);
  show_nothing (self);
  if (self->source != NULL)
    start (self);
}

/* A camera was plugged in: the one that was lost, or the first of all. */
static void
cameras_changed_cb (BitketCameraPane *self, guint position, guint removed, guint added)
{
  for (guint i = position; self->camera == NULL && i < position + added; i++)
    {
      g_autoptr (BitketCameraItem) item = g_list_model_get_item (G_LIST_MODEL (self->cameras), i);
      const char *source = bitket_camera_item_get_source (item);

      if (self->takes_first || g_strcmp0 (source, self->source) == 0)
        {
          self->takes_first = FALSE;
          set_source (self, source);
        }
    }
  if (self->camera == NULL)
    show_nothing (self);
}

static void
bitket_camera_pane_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  BitketCameraPane *self = BITKET_CAMERA_PANE (object);

  switch (prop_id)
    {
    case PROP_SOURCE:
      g_value_set_string (value, self->source);
      break;
    case PROP_MIRRORED:
      g_object_get_property (G_OBJECT (self->paintable), "mirrored", value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
bitket_camera_pane_set_property (GObject *object,
                                 guint prop_id,
                                 const GValue *value,
                                 GParamSpec *pspec)
{
  BitketCameraPane *self = BITKET_CAMERA_PANE (object);

  switch (prop_id)
    {
    case PROP_SOURCE:
      self->takes_first = FALSE;
      set_source (self, g_value_get_string (value));
      break;
    case PROP_MIRRORED:
      g_object_set_property (G_OBJECT (self->paintable), "mirrored", value);
      g_object_notify_by_pspec (object, pspec);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
bitket_camera_pane_dispose (GObject *object)
{
  BitketCameraPane *self = BITKET_CAMERA_PANE (object);

  stop (self);
  if (self->cameras != NULL)
    g_signal_handlers_disconnect_by_data (self->cameras, self);
  G_OBJECT_CLASS (bitket_camera_pane_parent_class)->dispose (object);
}

static void
bitket_camera_pane_finalize (GObject *object)
{
  BitketCameraPane *self = BITKET_CAMERA_PANE (object);

  g_clear_object (&self->cameras);
  g_clear_object (&self->paintable);
  g_free (self->source);
  G_OBJECT_CLASS (bitket_camera_pane_parent_class)->finalize (object);
}

static void
bitket_camera_pane_class_init (BitketCameraPaneClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->get_property = bitket_camera_pane_get_property;
  object_class->set_property = bitket_camera_pane_set_property;
  object_class->dispose = bitket_camera_pane_dispose;
  object_class->finalize = bitket_camera_pane_finalize;
  props[PROP_SOURCE] = g_param_spec_string ("source", NULL, NULL, NULL, flags);
  props[PROP_MIRRORED] = g_param_spec_boolean ("mirrored", NULL, NULL, TRUE, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
  scanned_signal = g_signal_new ("scanned", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 1, G_TYPE_BYTES);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/se/bitket/Bitket/ui/bitket-camera-pane.ui");
  gtk_widget_class_bind_template_child (widget_class, BitketCameraPane, stack);
  gtk_widget_class_bind_template_child (widget_class, BitketCameraPane, picture);
  gtk_widget_class_bind_template_child (widget_class, BitketCameraPane, status_page);
  gtk_widget_class_bind_template_child (widget_class, BitketCameraPane, choose_button);
}

static void
bitket_camera_pane_init (BitketCameraPane *self)
{
  self->paintable = bitket_camera_paintable_new ();
  self->cameras = bitket_camera_list_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_picture_set_paintable (self->picture, GDK_PAINTABLE (self->paintable));
  g_signal_connect_swapped (self->cameras, "items-changed", G_CALLBACK (cameras_changed_cb), self);
  show_nothing (self);
}

GListModel *
bitket_camera_pane_get_cameras (BitketCameraPane *self)
{
  g_return_val_if_fail (BITKET_IS_CAMERA_PANE (self), NULL);

  return G_LIST_MODEL (self->cameras);
}

GdkPaintable *
bitket_camera_pane_get_paintable (BitketCameraPane *self)
{
  g_return_val_if_fail (BITKET_IS_CAMERA_PANE (self), NULL);

  return GDK_PAINTABLE (self->paintable);
}

void
bitket_camera_pane_choose_first (BitketCameraPane *self)
{
  const char *source = g_getenv ("BITKET_CAMERA");
  guint n_cameras;

  g_return_if_fail (BITKET_IS_CAMERA_PANE (self));

  n_cameras = g_list_model_get_n_items (G_LIST_MODEL (self->cameras));
  self->takes_first = TRUE;
  if (source != NULL && *source != '\0')
    {
      self->takes_first = FALSE;
      set_source (self, source);
    }
  else
    cameras_changed_cb (self, 0, 0, n_cameras);
}
