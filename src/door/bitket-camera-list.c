/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-door"

#include "bitket-camera-list.h"

#include <gst/gst.h>

struct _BitketCameraItem
{
  GObject parent_instance;
  GstDevice *device; /* (owned) */
  char *name;        /* (owned) */
  char *source;      /* (owned) */
};

G_DEFINE_FINAL_TYPE (BitketCameraItem, bitket_camera_item, G_TYPE_OBJECT)

struct _BitketCameraList
{
  GObject parent_instance;
  GListStore *items;         /* (owned) */
  GstDeviceMonitor *monitor; /* (owned) (nullable) */
  guint watch_id;
};

static void bitket_camera_list_iface_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (BitketCameraList,
                               bitket_camera_list,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL,
                                                      bitket_camera_list_iface_init))

static void
bitket_camera_item_finalize (GObject *object)
{
  BitketCameraItem *self = BITKET_CAMERA_ITEM (object);

  g_clear_object (&self->device);
  g_free (self->name);
  g_free (self->source);
  G_OBJECT_CLASS (bitket_camera_item_parent_class)->finalize (object);
}

static void
bitket_camera_item_class_init (BitketCameraItemClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = bitket_camera_item_finalize;
}

static void
bitket_camera_item_init (BitketCameraItem *self)
{
}

/* A device file when there is one; a camera of PipeWire is named by the serial of its object. */
static char *
dup_source (GstDevice *device)
{
  g_autoptr (GstStructure) properties = gst_device_get_properties (device);
  static const char *const path_keys[] = { "device.path", "api.v4l2.path" };
  const char *serial;

  if (properties == NULL)
    return NULL;
  for (guint i = 0; i < G_N_ELEMENTS (path_keys); i++)
    if (gst_structure_get_string (properties, path_keys[i]) != NULL)
      return g_strdup (gst_structure_get_string (properties, path_keys[i]));
  serial = gst_structure_get_string (properties, "object.serial");
  return serial ? g_strdup_printf ("pipewiresrc target-object=%s", serial) : NULL;
}

static BitketCameraItem *
make_item (GstDevice *device)
{
  g_autofree char *source = dup_source (device);
  BitketCameraItem *item;

  if (source == NULL)
    return NULL;
  item = g_object_new (BITKET_TYPE_CAMERA_ITEM, NULL);
  item->device = g_object_ref (device);
  item->name = gst_device_get_display_name (device);
  item->source = g_steal_pointer (&source);
  return item;
}

/* Two providers may tell of the same camera. */
static gboolean
has_source (BitketCameraList *self, const char *source)
{
  guint n_items = g_list_model_get_n_items (G_LIST_MODEL (self->items));

  for (guint i = 0; i < n_items; i++)
    {
      g_autoptr (BitketCameraItem) item = g_list_model_get_item (G_LIST_MODEL (self->items), i);

      if (g_str_equal (item->source, source))
        return TRUE;
    }
  return FALSE;
}

static void
add_device (BitketCameraList *self, GstDevice *device)
{
  g_autoptr (BitketCameraItem) item = make_item (device);

  if (item != NULL && !has_source (self, item->source))
    g_list_store_append (self->items, item);
}

static void
remove_device (BitketCameraList *self, GstDevice *device)
{
  guint n_items = g_list_model_get_n_items (G_LIST_MODEL (self->items));

  for (guint i = n_items; i > 0; i--)
    {
      g_autoptr (BitketCameraItem) item = g_list_model_get_item (G_LIST_MODEL (self->items), i - 1);

      if (item->device == device)
        g_list_store_remove (self->items, i - 1);
    }
}

static gboolean
bus_cb (GstBus *bus, GstMessage *message, gpointer user_data)
{
  g_autoptr (GstDevice) device = NULL;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_DEVICE_ADDED)
    {
      gst_message_parse_device_added (message, &device);
      add_device (user_data, device);
    }
  else if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_DEVICE_REMOVED)
    {
      gst_message_parse_device_removed (message, &device);
      remove_device (user_data, device);
    }
  return G_SOURCE_CONTINUE;
}

static void
start_monitor (BitketCameraList *self)
{
  g_autoptr (GstBus) bus = NULL;
  GList *devices;

  if (!gst_init_check (NULL, NULL, NULL))
    return;
  self->monitor = gst_device_monitor_new ();
  gst_device_monitor_add_filter (self->monitor, "Video/Source", NULL);
  bus = gst_device_monitor_get_bus (self->monitor);
  self->watch_id = gst_bus_add_watch (bus, bus_cb, self);
  if (!gst_device_monitor_start (self->monitor))
    {
      g_message ("cameras that are plugged in later will not be noticed");
      return;
    }
  devices = gst_device_monitor_get_devices (self->monitor);
  for (GList *link = devices; link != NULL; link = link->next)
    add_device (self, link->data);
  g_list_free_full (devices, g_object_unref);
}

static void
items_changed_cb (GListModel *items, guint position, guint removed, guint added, gpointer user_data)
{
  g_list_model_items_changed (user_data, position, removed, added);
}

static void
bitket_camera_list_dispose (GObject *object)
{
  BitketCameraList *self = BITKET_CAMERA_LIST (object);

  g_clear_handle_id (&self->watch_id, g_source_remove);
  if (self->monitor != NULL)
    gst_device_monitor_stop (self->monitor);
  g_clear_object (&self->monitor);
  G_OBJECT_CLASS (bitket_camera_list_parent_class)->dispose (object);
}

static void
bitket_camera_list_finalize (GObject *object)
{
  g_clear_object (&BITKET_CAMERA_LIST (object)->items);
  G_OBJECT_CLASS (bitket_camera_list_parent_class)->finalize (object);
}

static GType
get_item_type (GListModel *list)
{
  return BITKET_TYPE_CAMERA_ITEM;
}

static guint
get_n_items (GListModel *list)
{
  return g_list_model_get_n_items (G_LIST_MODEL (BITKET_CAMERA_LIST (list)->items));
}

static gpointer
get_item (GListModel *list, guint position)
{
  return g_list_model_get_item (G_LIST_MODEL (BITKET_CAMERA_LIST (list)->items), position);
}

static void
bitket_camera_list_iface_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

static void
bitket_camera_list_class_init (BitketCameraListClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = bitket_camera_list_dispose;
  object_class->finalize = bitket_camera_list_finalize;
}

static void
bitket_camera_list_init (BitketCameraList *self)
{
  self->items = g_list_store_new (BITKET_TYPE_CAMERA_ITEM);
  g_signal_connect_object (self->items, "items-changed", G_CALLBACK (items_changed_cb), self, 0);
  start_monitor (self);
}

BitketCameraList *
bitket_camera_list_new (void)
{
  return g_object_new (BITKET_TYPE_CAMERA_LIST, NULL);
}

const char *
bitket_camera_item_get_name (BitketCameraItem *self)
{
  g_return_val_if_fail (BITKET_IS_CAMERA_ITEM (self), NULL);

  return self->name;
}

const char *
bitket_camera_item_get_source (BitketCameraItem *self)
{
  g_return_val_if_fail (BITKET_IS_CAMERA_ITEM (self), NULL);

  return self->source;
}
