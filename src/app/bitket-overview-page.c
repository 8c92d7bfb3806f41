/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket"

#include "bitket-overview-page.h"

#include <glib/gi18n.h>

#include "bitket-day-chart.h"
#include "bitket-figure-card.h"
#include "bitket-format.h"
#include "bitket-type-row.h"

struct _BitketOverviewPage
{
  AdwBin parent_instance;
  BitketOverview *overview; /* (owned) (nullable) */
  GtkListBox *types_list_box;
};

enum
{
  PROP_0,
  PROP_OVERVIEW,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (BitketOverviewPage, bitket_overview_page, ADW_TYPE_BIN)

static char *
format_state (gpointer self, const char *state)
{
  return g_strdup (state ? state : "loading");
}

static char *
format_where_and_when (gpointer self, BitketEventItem *item)
{
  g_autofree char *when = NULL;
  const char *parts[4] = { NULL };
  guint n = 0;

  if (item == NULL)
    return g_strdup ("");
  when = bitket_format_date_time (bitket_event_item_get_starts_us (item));
  parts[n++] = bitket_event_item_get_organization_name (item);
  if (*when != '\0')
    parts[n++] = when;
  parts[n] = bitket_record_get_text (bitket_event_item_get_event (item), "venue");
  if (parts[n] != NULL && *parts[n] == '\0')
    parts[n] = NULL;
  return g_strjoinv (" · ", (char **) parts);
}

static char *
format_status (gpointer self, BitketEventItem *item)
{
  if (item == NULL)
    return g_strdup ("");
  if (bitket_event_item_is_past (item))
    /* Translators: the status of an event */
    return g_strdup (_ ("Over"));
  if (!bitket_record_get_boolean (bitket_event_item_get_event (item), "published"))
    /* Translators: the status of an event */
    return g_strdup (_ ("Draft"));
  /* Translators: the status of an event */
  return g_strdup (_ ("Published"));
}

static char *
format_sold (gpointer self, gint64 sold, gint64 capacity)
{
  g_autofree char *n_sold = bitket_format_number (sold);
  g_autofree char *n_capacity = bitket_format_number (capacity);

  return capacity < 0 ? g_steal_pointer (&n_sold) : g_strdup_printf ("%s / %s", n_sold, n_capacity);
}

static char *
format_left (gpointer self, gint64 sold, gint64 capacity)
{
  gint64 left = MAX (capacity - sold, 0);
  g_autofree char *number = NULL;

  if (capacity < 0)
    /* Translators: there is no limit to how many tickets may be sold */
    return g_strdup (_ ("no limit"));
  if (left == 0)
    return g_strdup (_ ("sold out"));
  number = bitket_format_number (left);
  /* Translators: a number of tickets that can still be sold */
  return g_strdup_printf (ngettext ("%s left", "%s left", (gulong) left), number);
}

static char *
format_revenue (gpointer self, gint64 ore)
{
  return bitket_format_money (ore);
}

static char *
format_pending (gpointer self, gint64 n_pending)
{
  g_autofree char *number = NULL;

  if (n_pending == 0)
    return g_strdup (_ ("all paid"));
  number = bitket_format_number (n_pending);
  /* Translators: a number of tickets */
  return g_strdup_printf (
      ngettext ("%s ticket not paid yet", "%s tickets not paid yet", (gulong) n_pending), number);
}

static char *
format_count (gpointer self, gint64 count)
{
  return bitket_format_number (count);
}

static char *
format_live (gpointer self, gboolean is_live)
{
  /* Translators: whether the figure changes by itself as people are let in */
  return g_strdup (is_live ? _ ("live") : _ ("not live"));
}

static GtkWidget *
make_type_row_cb (gpointer item, gpointer user_data)
{
  return bitket_type_row_new (item);
}

static void
bitket_overview_page_dispose (GObject *object)
{
  BitketOverviewPage *self = BITKET_OVERVIEW_PAGE (object);

  bitket_overview_page_set_overview (self, NULL);
  G_OBJECT_CLASS (bitket_overview_page_parent_class)->dispose (object);
}

static void
bitket_overview_page_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  g_value_set_object (value, BITKET_OVERVIEW_PAGE (object)->overview);
}

static void
bitket_overview_page_set_property (GObject *object,
                                   guint prop_id,
                                   const GValue *value,
                                   GParamSpec *pspec)
{
  bitket_overview_page_set_overview (BITKET_OVERVIEW_PAGE (object), g_value_get_object (value));
}

static void
bitket_overview_page_class_init (BitketOverviewPageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (BITKET_TYPE_DAY_CHART);
  g_type_ensure (BITKET_TYPE_FIGURE_CARD);
  g_type_ensure (BITKET_TYPE_OVERVIEW);
  object_class->dispose = bitket_overview_page_dispose;
  object_class->get_property = bitket_overview_page_get_property;
  object_class->set_property = bitket_overview_page_set_property;
  properties[PROP_OVERVIEW] =
      g_param_spec_object ("overview", NULL, NULL, BITKET_TYPE_OVERVIEW,
                           G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/se/bitket/Bitket/ui/bitket-overview-page.ui");
  gtk_widget_class_bind_template_child (widget_class, BitketOverviewPage, types_list_box);
  gtk_widget_class_bind_template_callback (widget_class, format_state);
  gtk_widget_class_bind_template_callback (widget_class, format_where_and_when);
  gtk_widget_class_bind_template_callback (widget_class, format_status);
  gtk_widget_class_bind_template_callback (widget_class, format_sold);
  gtk_widget_class_bind_template_callback (widget_class, format_left);
  gtk_widget_class_bind_template_callback (widget_class, format_revenue);
  gtk_widget_class_bind_template_callback (widget_class, format_pending);
  gtk_widget_class_bind_template_callback (widget_class, format_count);
  gtk_widget_class_bind_template_callback (widget_class, format_live);
}

static void
bitket_overview_page_init (BitketOverviewPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
bitket_overview_page_set_overview (BitketOverviewPage *self, BitketOverview *overview)
{
  g_autoptr (GListModel) types = NULL;

  g_return_if_fail (BITKET_IS_OVERVIEW_PAGE (self));

  if (!g_set_object (&self->overview, overview))
    return;
  if (overview != NULL)
    g_object_get (overview, "types", &types, NULL);
  if (self->types_list_box != NULL)
    gtk_list_box_bind_model (self->types_list_box, types, make_type_row_cb, NULL, NULL);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_OVERVIEW]);
}
