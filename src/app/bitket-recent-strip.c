/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket"

#include "bitket-recent-strip.h"

#include "bitket-line-layout.h"
#include "bitket-recent-row.h"

#define N_LINES 2

struct _BitketRecentStrip
{
  GtkWidget parent_instance;
  GListModel *recent; /* (owned) (nullable) */
};

enum
{
  PROP_0,
  PROP_RECENT,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (BitketRecentStrip, bitket_recent_strip, GTK_TYPE_WIDGET)

static GtkWidget *
get_nth_child (BitketRecentStrip *self, guint n)
{
  GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (self));

  for (guint i = 0; i < n && child != NULL; i++)
    child = gtk_widget_get_next_sibling (child);
  return child;
}

static void
items_changed_cb (BitketRecentStrip *self, guint position, guint removed, guint added)
{
  for (guint i = 0; i < removed; i++)
    gtk_widget_unparent (get_nth_child (self, position));
  for (guint i = 0; i < added; i++)
    {
      g_autoptr (BitketOutcome) outcome = g_list_model_get_item (self->recent, position + i);

      gtk_widget_insert_before (bitket_recent_row_new (outcome), GTK_WIDGET (self),
                                get_nth_child (self, position + i));
    }
}

static void
set_recent (BitketRecentStrip *self, GListModel *recent)
{
  guint n_items;

  if (self->recent != NULL)
    {
      n_items = g_list_model_get_n_items (self->recent);
      g_signal_handlers_disconnect_by_data (self->recent, self);
      items_changed_cb (self, 0, n_items, 0);
    }
  g_set_object (&self->recent, recent);
  if (recent == NULL)
    return;
  g_signal_connect_swapped (recent, "items-changed", G_CALLBACK (items_changed_cb), self);
  items_changed_cb (self, 0, 0, g_list_model_get_n_items (recent));
}

static void
bitket_recent_strip_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  g_value_set_object (value, BITKET_RECENT_STRIP (object)->recent);
}

static void
bitket_recent_strip_set_property (GObject *object,
                                  guint prop_id,
                                  const GValue *value,
                                  GParamSpec *pspec)
{
  BitketRecentStrip *self = BITKET_RECENT_STRIP (object);

  if (self->recent == g_value_get_object (value))
    return;
  set_recent (self, g_value_get_object (value));
  g_object_notify_by_pspec (object, pspec);
}

static void
bitket_recent_strip_dispose (GObject *object)
{
  set_recent (BITKET_RECENT_STRIP (object), NULL);
  G_OBJECT_CLASS (bitket_recent_strip_parent_class)->dispose (object);
}

static void
bitket_recent_strip_class_init (BitketRecentStripClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = bitket_recent_strip_get_property;
  object_class->set_property = bitket_recent_strip_set_property;
  object_class->dispose = bitket_recent_strip_dispose;
  props[PROP_RECENT] =
      g_param_spec_object ("recent", NULL, NULL, G_TYPE_LIST_MODEL,
                           G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);
  gtk_widget_class_set_css_name (widget_class, "recentstrip");
  gtk_widget_class_set_layout_manager_type (widget_class, BITKET_TYPE_LINE_LAYOUT);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_LOG);
}

static void
bitket_recent_strip_init (BitketRecentStrip *self)
{
  /* The place never changes, so that the verdict above does not move when the first scan comes. */
  g_object_set (gtk_widget_get_layout_manager (GTK_WIDGET (self)), "min-lines", N_LINES,
                "max-lines", N_LINES, "column-spacing", 20, "line-spacing", 6, NULL);
}
