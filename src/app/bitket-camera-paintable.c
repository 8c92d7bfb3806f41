/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket"

#include "bitket-camera-paintable.h"

struct _BitketCameraPaintable
{
  GObject parent_instance;
  GdkTexture *texture; /* (owned) (nullable) */
  gboolean is_mirrored;
};

enum
{
  PROP_0,
  PROP_MIRRORED,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

static void bitket_camera_paintable_iface_init (GdkPaintableInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (BitketCameraPaintable,
                               bitket_camera_paintable,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (GDK_TYPE_PAINTABLE,
                                                      bitket_camera_paintable_iface_init))

static void
snapshot (GdkPaintable *paintable, GdkSnapshot *gdk_snapshot, double width, double height)
{
  BitketCameraPaintable *self = BITKET_CAMERA_PAINTABLE (paintable);
  GtkSnapshot *canvas = GTK_SNAPSHOT (gdk_snapshot);

  if (self->texture == NULL)
    return;
  gtk_snapshot_save (canvas);
  if (self->is_mirrored)
    {
      gtk_snapshot_translate (canvas, &GRAPHENE_POINT_INIT ((float) width, 0));
      gtk_snapshot_scale (canvas, -1, 1);
    }
  gtk_snapshot_append_texture (canvas, self->texture,
                               &GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height));
  gtk_snapshot_restore (canvas);
}

static int
get_intrinsic_width (GdkPaintable *paintable)
{
  BitketCameraPaintable *self = BITKET_CAMERA_PAINTABLE (paintable);

  return self->texture ? gdk_texture_get_width (self->texture) : 0;
}

static int
get_intrinsic_height (GdkPaintable *paintable)
{
  BitketCameraPaintable *self = BITKET_CAMERA_PAINTABLE (paintable);

  return self->texture ? gdk_texture_get_height (self->texture) : 0;
}

static void
bitket_camera_paintable_iface_init (GdkPaintableInterface *iface)
{
  iface->snapshot = snapshot;
  iface->get_intrinsic_width = get_intrinsic_width;
  iface->get_intrinsic_height = get_intrinsic_height;
}

static void
bitket_camera_paintable_get_property (GObject *object,
                                      guint prop_id,
                                      GValue *value,
                                      GParamSpec *pspec)
{
  g_value_set_boolean (value, BITKET_CAMERA_PAINTABLE (object)->is_mirrored);
}

static void
bitket_camera_paintable_set_property (GObject *object,
                                      guint prop_id,
                                      const GValue *value,
                                      GParamSpec *pspec)
{
  BitketCameraPaintable *self = BITKET_CAMERA_PAINTABLE (object);

  if (self->is_mirrored == g_value_get_boolean (value))
    return;
  self->is_mirrored = g_value_get_boolean (value);
  gdk_paintable_invalidate_contents (GDK_PAINTABLE (self));
  g_object_notify_by_pspec (object, pspec);
}

static void
bitket_camera_paintable_finalize (GObject *object)
{
  g_clear_object (&BITKET_CAMERA_PAINTABLE (object)->texture);
  G_OBJECT_CLASS (bitket_camera_paintable_parent_class)->finalize (object);
}

static void
bitket_camera_paintable_class_init (BitketCameraPaintableClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = bitket_camera_paintable_get_property;
  object_class->set_property = bitket_camera_paintable_set_property;
  object_class->finalize = bitket_camera_paintable_finalize;
  props[PROP_MIRRORED] =
      g_param_spec_boolean ("mirrored", NULL, NULL, TRUE,
                            G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
bitket_camera_paintable_init (BitketCameraPaintable *self)
{
  self->is_mirrored = TRUE;
}

BitketCameraPaintable *
bitket_camera_paintable_new (void)
{
  return g_object_new (BITKET_TYPE_CAMERA_PAINTABLE, NULL);
}

void
bitket_camera_paintable_set_frame (BitketCameraPaintable *self, const BitketCameraFrame *frame)
{
  int width = get_intrinsic_width (GDK_PAINTABLE (self));
  int height = get_intrinsic_height (GDK_PAINTABLE (self));

  g_return_if_fail (BITKET_IS_CAMERA_PAINTABLE (self));

  g_clear_object (&self->texture);
  if (frame != NULL)
    self->texture =
        gdk_memory_texture_new (frame->width, frame->height, GDK_MEMORY_B8G8R8A8_PREMULTIPLIED,
                                frame->pixels, (gsize) frame->stride);
  if (get_intrinsic_width (GDK_PAINTABLE (self)) != width ||
      get_intrinsic_height (GDK_PAINTABLE (self)) != height)
    gdk_paintable_invalidate_size (GDK_PAINTABLE (self));
  gdk_paintable_invalidate_contents (GDK_PAINTABLE (self));
}
