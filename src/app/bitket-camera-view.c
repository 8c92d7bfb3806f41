/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket"

#include "bitket-camera-view.h"

struct _BitketCameraView
{
  GtkWidget parent_instance;
  BitketCamera *camera; /* (owned) (nullable) */
  GdkTexture *texture;  /* (owned) (nullable) the newest picture */
  gboolean is_mirrored;
};

enum
{
  PROP_0,
  PROP_MIRRORED,
  PROP_HAS_PICTURE,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (BitketCameraView, bitket_camera_view, GTK_TYPE_WIDGET)

static void
preview_cb (BitketCamera *camera, GBytes *pixels, int width, int height, int stride, gpointer data)
{
  g_autoptr (GdkTexture) texture = gdk_memory_texture_new (
      width, height, GDK_MEMORY_B8G8R8A8_PREMULTIPLIED, pixels, (gsize) stride);

  bitket_camera_view_set_texture (data, texture);
}

/* Scaled so that it fills the widget; what stands out at the sides is cut. */
static void
bitket_camera_view_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  BitketCameraView *self = BITKET_CAMERA_VIEW (widget);
  float width = (float) gtk_widget_get_width (widget);
  float height = (float) gtk_widget_get_height (widget);
  float texture_width;
  float texture_height;
  float scale;

  if (self->texture == NULL || width <= 0 || height <= 0)
    return;
  texture_width = (float) gdk_texture_get_width (self->texture);
  texture_height = (float) gdk_texture_get_height (self->texture);
  scale = MAX (width / texture_width, height / texture_height);
  gtk_snapshot_push_clip (snapshot, &GRAPHENE_RECT_INIT (0, 0, width, height));
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (width / 2, height / 2));
  gtk_snapshot_scale (snapshot, self->is_mirrored ? -scale : scale, scale);
  gtk_snapshot_append_texture (
      snapshot, self->texture,
      &GRAPHENE_RECT_INIT (-texture_width / 2, -texture_height / 2, texture_width, texture_height));
  gtk_snapshot_pop (snapshot);
}

static void
bitket_camera_view_dispose (GObject *object)
{
  BitketCameraView *self = BITKET_CAMERA_VIEW (object);

  if (self->camera != NULL)
    g_signal_handlers_disconnect_by_data (self->camera, self);
  g_clear_object (&self->camera);
  g_clear_object (&self->texture);
  G_OBJECT_CLASS (bitket_camera_view_parent_class)->dispose (object);
}

static void
bitket_camera_view_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  BitketCameraView *self = BITKET_CAMERA_VIEW (object);

  switch (prop_id)
    {
    case PROP_MIRRORED:
      g_value_set_boolean (value, self->is_mirrored);
      break;
    case PROP_HAS_PICTURE:
      g_value_set_boolean (value, self->texture != NULL);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
bitket_camera_view_set_property (GObject *object,
                                 guint prop_id,
                                 const GValue *value,
                                 GParamSpec *pspec)
{
  BitketCameraView *self = BITKET_CAMERA_VIEW (object);

  switch (prop_id)
    {
    case PROP_MIRRORED:
      self->is_mirrored = g_value_get_boolean (value);
      gtk_widget_queue_draw (GTK_WIDGET (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
bitket_camera_view_class_init (BitketCameraViewClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = bitket_camera_view_dispose;
  object_class->get_property = bitket_camera_view_get_property;
  object_class->set_property = bitket_camera_view_set_property;
  widget_class->snapshot = bitket_camera_view_snapshot;
  properties[PROP_MIRRORED] = g_param_spec_boolean ("mirrored", NULL, NULL, TRUE,
                                                    G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  properties[PROP_HAS_PICTURE] = g_param_spec_boolean ("has-picture", NULL, NULL, FALSE,
                                                       G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  gtk_widget_class_set_css_name (widget_class, "cameraview");
}

static void
bitket_camera_view_init (BitketCameraView *self)
{
  self->is_mirrored = TRUE;
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
}

void
bitket_camera_view_set_camera (BitketCameraView *self, BitketCamera *camera)
{
  g_return_if_fail (BITKET_IS_CAMERA_VIEW (self));

  if (self->camera == camera)
    return;
  if (self->camera != NULL)
    g_signal_handlers_disconnect_by_data (self->camera, self);
  g_set_object (&self->camera, camera);
  if (camera != NULL)
    g_signal_connect_object (camera, "preview", G_CALLBACK (preview_cb), self, 0);
  bitket_camera_view_set_texture (self, NULL);
}

void
bitket_camera_view_set_texture (BitketCameraView *self, GdkTexture *texture)
{
  gboolean had_picture;

  g_return_if_fail (BITKET_IS_CAMERA_VIEW (self));

  had_picture = self->texture != NULL;
  g_set_object (&self->texture, texture);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  if (had_picture != (texture != NULL))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_HAS_PICTURE]);
}
