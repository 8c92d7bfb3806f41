/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket"

#include "bitket-browse-page.h"

#include <glib/gi18n.h>

#include "bitket-event-row.h"
#include "bitket-overview-page.h"

struct _BitketBrowsePage
{
  AdwBin parent_instance;
  AdwLeaflet *leaflet;
  GtkSearchEntry *search_entry;
  GtkListBox *event_list_box;
  BitketSession *session;   /* (owned) (nullable) */
  BitketEventList *events;  /* (owned) (nullable) */
  BitketOverview *overview; /* (owned) (nullable) */
};

enum
{
  PROP_0,
  PROP_SESSION,
  PROP_EVENTS,
  PROP_OVERVIEW,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (BitketBrowsePage, bitket_browse_page, ADW_TYPE_BIN)

static char *
format_events_state (gpointer self, const char *state)
{
  return g_strdup (state ? state : "loading");
}

static char *
format_event_state (gpointer self, BitketOverview *overview)
{
  return g_strdup (overview ? "event" : "none");
}

static char *
format_remedy (gpointer self, gboolean is_sign_in_needed)
{
  return g_strdup (is_sign_in_needed ? _ ("Sign In") : _ ("Try Again"));
}

static char *
format_remedy_action (gpointer self, gboolean is_sign_in_needed)
{
  return g_strdup (is_sign_in_needed ? "win.show-sign-in" : "browse.reload");
}

static GtkWidget *
make_row_cb (gpointer item, gpointer user_data)
{
  return bitket_event_row_new (item);
}

/* "Upcoming" and "Past" above the first row of each. */
static void
header_cb (GtkListBoxRow *row, GtkListBoxRow *before, gpointer user_data)
{
  gboolean is_past = bitket_event_item_is_past (bitket_event_row_get_item (BITKET_EVENT_ROW (row)));
  GtkWidget *label;

  if (before != NULL &&
      bitket_event_item_is_past (bitket_event_row_get_item (BITKET_EVENT_ROW (before))) == is_past)
    {
      gtk_list_box_row_set_header (row, NULL);
      return;
    }
  label = gtk_label_new (is_past ? _ ("Past") : _ ("Upcoming"));
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_add_css_class (label, "caption-heading");
  gtk_widget_add_css_class (label, "dim-label");
  gtk_widget_add_css_class (label, "list-heading");
  gtk_list_box_row_set_header (row, label);
}

static void
row_activated_cb (BitketBrowsePage *self, GtkListBoxRow *row)
{
  bitket_browse_page_show_event (self, bitket_event_row_get_item (BITKET_EVENT_ROW (row)));
  adw_leaflet_navigate (self->leaflet, ADW_NAVIGATION_DIRECTION_FORWARD);
}

static void
search_changed_cb (BitketBrowsePage *self)
{
  if (self->events != NULL)
    bitket_event_list_set_search (self->events,
                                  gtk_editable_get_text (GTK_EDITABLE (self->search_entry)));
}

/* On a wide window something is always shown: the next event, once the list is there. */
static void
state_cb (BitketEventList *events, GParamSpec *pspec, gpointer user_data)
{
  BitketBrowsePage *self = user_data;
  g_autoptr (BitketEventItem) item = NULL;

  if (self->overview != NULL || g_strcmp0 (bitket_event_list_get_state (events), "ready") != 0)
    return;
  item = g_list_model_get_item (bitket_event_list_get_events (events), 0);
  bitket_browse_page_show_event (self, item);
  gtk_list_box_select_row (self->event_list_box,
                           gtk_list_box_get_row_at_index (self->event_list_box, 0));
}

static void
reload_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  BitketBrowsePage *self = BITKET_BROWSE_PAGE (widget);

  if (self->events != NULL)
    bitket_event_list_reload (self->events);
  if (self->overview != NULL)
    bitket_overview_reload (self->overview);
}

static void
show_events_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  adw_leaflet_navigate (BITKET_BROWSE_PAGE (widget)->leaflet, ADW_NAVIGATION_DIRECTION_BACK);
}

static void
search_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  BitketBrowsePage *self = BITKET_BROWSE_PAGE (widget);

  adw_leaflet_navigate (self->leaflet, ADW_NAVIGATION_DIRECTION_BACK);
  gtk_widget_grab_focus (GTK_WIDGET (self->search_entry));
}

static void
bitket_browse_page_dispose (GObject *object)
{
  bitket_browse_page_set_session (BITKET_BROWSE_PAGE (object), NULL);
  G_OBJECT_CLASS (bitket_browse_page_parent_class)->dispose (object);
}

static void
bitket_browse_page_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  BitketBrowsePage *self = BITKET_BROWSE_PAGE (object);

  switch (prop_id)
    {
    case PROP_SESSION:
      g_value_set_object (value, self->session);
      break;
    case PROP_EVENTS:
      g_value_set_object (value, self->events);
      break;
    case PROP_OVERVIEW:
      g_value_set_object (value, self->overview);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
bitket_browse_page_set_property (GObject *object,
                                 guint prop_id,
                                 const GValue *value,
                                 GParamSpec *pspec)
{
  switch (prop_id)
    {
    case PROP_SESSION:
      bitket_browse_page_set_session (BITKET_BROWSE_PAGE (object), g_value_get_object (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
bitket_browse_page_class_init (BitketBrowsePageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  g_type_ensure (BITKET_TYPE_EVENT_LIST);
  g_type_ensure (BITKET_TYPE_OVERVIEW_PAGE);
  object_class->dispose = bitket_browse_page_dispose;
  object_class->get_property = bitket_browse_page_get_property;
  object_class->set_property = bitket_browse_page_set_property;
  properties[PROP_SESSION] =
      g_param_spec_object ("session", NULL, NULL, BITKET_TYPE_SESSION,
                           flags | G_PARAM_WRITABLE | G_PARAM_EXPLICIT_NOTIFY);
  properties[PROP_EVENTS] =
      g_param_spec_object ("events", NULL, NULL, BITKET_TYPE_EVENT_LIST, flags);
  properties[PROP_OVERVIEW] =
      g_param_spec_object ("overview", NULL, NULL, BITKET_TYPE_OVERVIEW, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/se/bitket/Bitket/ui/bitket-browse-page.ui");
  gtk_widget_class_bind_template_child (widget_class, BitketBrowsePage, leaflet);
  gtk_widget_class_bind_template_child (widget_class, BitketBrowsePage, search_entry);
  gtk_widget_class_bind_template_child (widget_class, BitketBrowsePage, event_list_box);
  gtk_widget_class_bind_template_callback (widget_class, format_events_state);
  gtk_widget_class_bind_template_callback (widget_class, format_event_state);
  gtk_widget_class_bind_template_callback (widget_class, format_remedy);
  gtk_widget_class_bind_template_callback (widget_class, format_remedy_action);
  gtk_widget_class_bind_template_callback (widget_class, row_activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, search_changed_cb);
  gtk_widget_class_install_action (widget_class, "browse.reload", NULL, reload_action);
  gtk_widget_class_install_action (widget_class, "browse.show-events", NULL, show_events_action);
  gtk_widget_class_install_action (widget_class, "browse.search", NULL, search_action);
}

static void
bitket_browse_page_init (BitketBrowsePage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_list_box_set_header_func (self->event_list_box, header_cb, NULL, NULL);
}

void
bitket_browse_page_set_session (BitketBrowsePage *self, BitketSession *session)
{
  g_return_if_fail (BITKET_IS_BROWSE_PAGE (self));

  if (!g_set_object (&self->session, session))
    return;
  bitket_browse_page_show_event (self, NULL);
  if (self->events != NULL)
    g_signal_handlers_disconnect_by_data (self->events, self);
  g_clear_object (&self->events);
  if (session != NULL)
    {
      self->events = bitket_event_list_new (session);
      g_signal_connect_object (self->events, "notify::state", G_CALLBACK (state_cb), self, 0);
    }
  if (self->event_list_box != NULL)
    gtk_list_box_bind_model (self->event_list_box,
                             self->events ? bitket_event_list_get_events (self->events) : NULL,
                             make_row_cb, NULL, NULL);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SESSION]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_EVENTS]);
}

BitketEventList *
bitket_browse_page_get_events (BitketBrowsePage *self)
{
  return self->events;
}

BitketOverview *
bitket_browse_page_get_overview (BitketBrowsePage *self)
{
  return self->overview;
}

void
bitket_browse_page_show_event (BitketBrowsePage *self, BitketEventItem *item)
{
  g_return_if_fail (BITKET_IS_BROWSE_PAGE (self));

  if (self->overview != NULL && bitket_overview_get_item (self->overview) == item)
    return;
  if (self->overview != NULL)
    bitket_overview_stop (self->overview);
  g_clear_object (&self->overview);
  if (item != NULL)
    self->overview = bitket_overview_new (self->session, item);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_OVERVIEW]);
}
