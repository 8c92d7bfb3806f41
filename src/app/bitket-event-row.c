/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket"

#include "bitket-event-row.h"

#include <glib/gi18n.h>

#include "bitket-format.h"

struct _BitketEventRow
{
  GtkListBoxRow parent_instance;
  BitketEventItem *item; /* (owned) */
};

enum
{
  PROP_0,
  PROP_ITEM,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (BitketEventRow, bitket_event_row, GTK_TYPE_LIST_BOX_ROW)

static char *
format_subtitle (gpointer self, BitketEventItem *item)
{
  g_autofree char *day = NULL;

  if (item == NULL)
    return g_strdup ("");
  day = bitket_format_day (bitket_event_item_get_starts_us (item), g_get_real_time ());
  if (*day == '\0')
    return g_strdup (bitket_event_item_get_organization_name (item));
  /* Translators: the day of an event and who arranges it */
  return g_strdup_printf (_ ("%s · %s"), day, bitket_event_item_get_organization_name (item));
}

static void
bitket_event_row_dispose (GObject *object)
{
  g_clear_object (&BITKET_EVENT_ROW (object)->item);
  G_OBJECT_CLASS (bitket_event_row_parent_class)->dispose (object);
}

static void
bitket_event_row_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  g_value_set_object (value, BITKET_EVENT_ROW (object)->item);
}

static void
bitket_event_row_set_property (GObject *object,
                               guint prop_id,
                               const GValue *value,
                               GParamSpec *pspec)
{
  g_set_object (&BITKET_EVENT_ROW (object)->item, g_value_get_object (value));
}

static void
bitket_event_row_class_init (BitketEventRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = bitket_event_row_dispose;
  object_class->get_property = bitket_event_row_get_property;
  object_class->set_property = bitket_event_row_set_property;
  properties[PROP_ITEM] =
      g_param_spec_object ("item", NULL, NULL, BITKET_TYPE_EVENT_ITEM,
                           G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/se/bitket/Bitket/ui/bitket-event-row.ui");
  gtk_widget_class_bind_template_callback (widget_class, format_subtitle);
}

static void
bitket_event_row_init (BitketEventRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
bitket_event_row_new (BitketEventItem *item)
{
  return g_object_new (BITKET_TYPE_EVENT_ROW, "item", item, NULL);
}

BitketEventItem *
bitket_event_row_get_item (BitketEventRow *self)
{
  return self->item;
}
