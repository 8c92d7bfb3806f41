/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket"

#include "bitket-entry-window.h"

#include <glib/gi18n.h>

#include "bitket-app-resources.h"
#include "bitket-entry-window-private.h"
#include "bitket-format.h"
#include "bitket-recent-strip.h"
#include "bitket-verdict-view.h"

#define ICONS_PATH BITKET_RESOURCE_BASE "/icons"
#define STYLE_PATH BITKET_RESOURCE_BASE "/ui/entry.css"

/* Narrower than this, everything is set smaller; wider, larger. */
#define COMPACT_WIDTH 1000
#define LARGE_WIDTH   1600

enum
{
  PROP_0,
  PROP_DOOR,
  PROP_MODEL,
  PROP_MUTED,
  PROP_MIRRORED,
  PROP_CAMERA,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (BitketEntryWindow, bitket_entry_window, ADW_TYPE_APPLICATION_WINDOW)

/* Closures of the template. */

static char *
format_title (gpointer self, const char *event_name, const char *door_name)
{
  if (event_name == NULL || door_name == NULL)
    return g_strdup (event_name ? event_name : door_name);
  return g_strdup_printf ("%s · %s", event_name, door_name);
}

static char *
format_reach (gpointer self, gboolean is_online, gint64 since_us, guint n_waiting)
{
  g_autofree char *clock = bitket_format_clock (since_us);

  if (is_online)
    return g_strdup (_ ("Online"));
  if (since_us == 0)
    /* Translators: how many entries wait to be sent */
    return g_strdup_printf (ngettext ("Offline · %u waiting", "Offline · %u waiting", n_waiting),
                            n_waiting);
  /* Translators: a time, and how many entries wait to be sent */
  return g_strdup_printf (
      ngettext ("Offline since %s · %u waiting", "Offline since %s · %u waiting", n_waiting), clock,
      n_waiting);
}

static char *
format_reach_icon (gpointer self, gboolean is_online)
{
  return g_strdup (is_online ? "bitket-online-symbolic" : "bitket-offline-symbolic");
}

static char **
format_reach_classes (gpointer self, gboolean is_online)
{
  const char *classes[] = { "chip", is_online ? "online" : "offline", NULL };

  return g_strdupv ((char **) classes);
}

static char *
format_waiting (gpointer self, guint n_waiting)
{
  /* Translators: how many entries wait to be sent */
  return g_strdup_printf (ngettext ("%u waiting", "%u waiting", n_waiting), n_waiting);
}

static char *
format_sound_icon (gpointer self, gboolean is_muted)
{
  return g_strdup (is_muted ? "bitket-sound-off-symbolic" : "bitket-sound-on-symbolic");
}

static gboolean
has_text (gpointer self, const char *text)
{
  return text != NULL && *text != '\0';
}

/* Inputs. */

static void
camera_scanned_cb (BitketEntryWindow *self, GBytes *text)
{
  bitket_entry_window_scan (self, text, BITKET_SCAN_SOURCE_CAMERA);
}

static void
search_activated_cb (BitketEntryWindow *self)
{
  bitket_entry_window_submit (self);
}

static void
search_changed_cb (BitketEntryWindow *self)
{
  bitket_entry_window_search_typed (self);
}

static void
camera_source_cb (BitketEntryWindow *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_CAMERA]);
}

/* The window itself. */

static void
surface_layout_cb (BitketEntryWindow *self, int width, int height)
{
  GtkWidget *widget = GTK_WIDGET (self);

  if (width < COMPACT_WIDTH)
    gtk_widget_add_css_class (widget, "compact");
  else
    gtk_widget_remove_css_class (widget, "compact");
  if (width >= LARGE_WIDTH)
    gtk_widget_add_css_class (widget, "large");
  else
    gtk_widget_remove_css_class (widget, "large");
}

static void
bitket_entry_window_realize (GtkWidget *widget)
{
  BitketEntryWindow *self = BITKET_ENTRY_WINDOW (widget);

  GTK_WIDGET_CLASS (bitket_entry_window_parent_class)->realize (widget);
  self->surface = gtk_native_get_surface (GTK_NATIVE (widget));
  self->layout_id =
      g_signal_connect_swapped (self->surface, "layout", G_CALLBACK (surface_layout_cb), self);
}

static void
bitket_entry_window_unrealize (GtkWidget *widget)
{
  BitketEntryWindow *self = BITKET_ENTRY_WINDOW (widget);

  g_clear_signal_handler (&self->layout_id, self->surface);
  self->surface = NULL;
  GTK_WIDGET_CLASS (bitket_entry_window_parent_class)->unrealize (widget);
}

/* A door is dark, and so is this window, whatever the desktop's colours are. */
static void
bitket_entry_window_map (GtkWidget *widget)
{
  BitketEntryWindow *self = BITKET_ENTRY_WINDOW (widget);
  GtkApplication *application = gtk_window_get_application (GTK_WINDOW (widget));

  adw_style_manager_set_color_scheme (adw_style_manager_get_default (),
                                      ADW_COLOR_SCHEME_FORCE_DARK);
  if (application != NULL && self->inhibit_cookie == 0)
    self->inhibit_cookie =
        gtk_application_inhibit (application, GTK_WINDOW (widget), GTK_APPLICATION_INHIBIT_IDLE,
                                 _ ("Visitors are being let in"));
  GTK_WIDGET_CLASS (bitket_entry_window_parent_class)->map (widget);
}

static void
bitket_entry_window_unmap (GtkWidget *widget)
{
  BitketEntryWindow *self = BITKET_ENTRY_WINDOW (widget);
  GtkApplication *application = gtk_window_get_application (GTK_WINDOW (widget));

  GTK_WIDGET_CLASS (bitket_entry_window_parent_class)->unmap (widget);
  bitket_entry_window_release_hold (self);
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), ADW_COLOR_SCHEME_DEFAULT);
  if (application != NULL && self->inhibit_cookie != 0)
    gtk_application_uninhibit (application, self->inhibit_cookie);
  self->inhibit_cookie = 0;
}

/* A visitor who gets at the keyboard for a moment does not close the door. */
static gboolean
bitket_entry_window_close_request (GtkWindow *window)
{
  BitketEntryWindow *self = BITKET_ENTRY_WINDOW (window);

  if (self->is_leaving)
    return GTK_WINDOW_CLASS (bitket_entry_window_parent_class)->close_request (window);
  bitket_entry_window_tell (self, _ ("Hold Esc for a second to leave."),
                            BITKET_ENTRY_TOAST_PASSING);
  return TRUE;
}

static void
bitket_entry_window_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  BitketEntryWindow *self = BITKET_ENTRY_WINDOW (object);

  /* The actions look at their properties before there is a template. */
  switch (prop_id)
    {
    case PROP_DOOR:
      g_value_set_object (value, self->door);
      break;
    case PROP_MODEL:
      g_value_set_object (value, self->model);
      break;
    case PROP_MUTED:
      g_value_set_boolean (value, self->tones != NULL && bitket_tones_is_muted (self->tones));
      break;
    case PROP_MIRRORED:
      if (self->camera_pane != NULL)
        g_object_get_property (G_OBJECT (self->camera_pane), "mirrored", value);
      break;
    case PROP_CAMERA:
      if (self->camera_pane != NULL)
        g_object_get_property (G_OBJECT (self->camera_pane), "source", value);
      if (g_value_get_string (value) == NULL)
        g_value_set_static_string (value, "");
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
bitket_entry_window_set_property (GObject *object,
                                  guint prop_id,
                                  const GValue *value,
                                  GParamSpec *pspec)
{
  BitketEntryWindow *self = BITKET_ENTRY_WINDOW (object);

  switch (prop_id)
    {
    case PROP_DOOR:
      self->door = g_value_dup_object (value);
      break;
    case PROP_MODEL:
      self->model = g_value_dup_object (value);
      break;
    case PROP_MUTED:
      g_object_set_property (G_OBJECT (self->tones), "muted", value);
      g_object_notify_by_pspec (object, pspec);
      break;
    case PROP_MIRRORED:
      g_object_set_property (G_OBJECT (self->camera_pane), "mirrored", value);
      g_object_notify_by_pspec (object, pspec);
      break;
    case PROP_CAMERA:
      g_object_set_property (G_OBJECT (self->camera_pane), "source", value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
bitket_entry_window_constructed (GObject *object)
{
  BitketEntryWindow *self = BITKET_ENTRY_WINDOW (object);

  G_OBJECT_CLASS (bitket_entry_window_parent_class)->constructed (object);
  if (self->model == NULL)
    {
      self->model = bitket_entry_model_new (NULL);
      g_object_notify_by_pspec (object, props[PROP_MODEL]);
    }
  bitket_entry_model_follow (self->model, self->door);
  bitket_entry_window_follow_news (self);
  gtk_window_fullscreen (GTK_WINDOW (self));
}

static void
bitket_entry_window_dispose (GObject *object)
{
  BitketEntryWindow *self = BITKET_ENTRY_WINDOW (object);

  self->is_leaving = TRUE;
  g_cancellable_cancel (self->cancellable);
  g_cancellable_cancel (self->searching);
  g_clear_object (&self->searching);
  bitket_entry_window_release_hold (self);
  bitket_entry_window_stop_scans (self);
  if (self->model != NULL)
    bitket_entry_model_follow (self->model, NULL);
  if (self->door != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->door, self);
      bitket_door_close_async (self->door, NULL, NULL);
    }
  g_clear_object (&self->door);
  self->hold_box = NULL;
  gtk_widget_dispose_template (GTK_WIDGET (object), BITKET_TYPE_ENTRY_WINDOW);
  G_OBJECT_CLASS (bitket_entry_window_parent_class)->dispose (object);
}

static void
bitket_entry_window_finalize (GObject *object)
{
  BitketEntryWindow *self = BITKET_ENTRY_WINDOW (object);

  g_clear_object (&self->model);
  g_clear_object (&self->tones);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->hits, g_ptr_array_unref);
  g_free (self->last_trouble);
  G_OBJECT_CLASS (bitket_entry_window_parent_class)->finalize (object);
}

/* Once: templates, icons and style come from the program itself. */
static void
load_resources (void)
{
  static gsize is_loaded = 0;
  g_autoptr (GtkCssProvider) style = NULL;

  if (!g_once_init_enter (&is_loaded))
    return;
  bitket_app_resources_load ();
  gtk_icon_theme_add_resource_path (gtk_icon_theme_get_for_display (gdk_display_get_default ()),
                                    ICONS_PATH);
  style = gtk_css_provider_new ();
  gtk_css_provider_load_from_resource (style, STYLE_PATH);
  gtk_style_context_add_provider_for_display (gdk_display_get_default (),
                                              GTK_STYLE_PROVIDER (style),
                                              GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
  g_once_init_leave (&is_loaded, 1);
}

static void
bind_template (GtkWidgetClass *widget_class)
{
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/se/bitket/Bitket/ui/bitket-entry-window.ui");
  gtk_widget_class_bind_template_child (widget_class, BitketEntryWindow, toast_overlay);
  gtk_widget_class_bind_template_child (widget_class, BitketEntryWindow, left_stack);
  gtk_widget_class_bind_template_child (widget_class, BitketEntryWindow, camera_pane);
  gtk_widget_class_bind_template_child (widget_class, BitketEntryWindow, hit_list);
  gtk_widget_class_bind_template_child (widget_class, BitketEntryWindow, search_entry);
  gtk_widget_class_bind_template_child (widget_class, BitketEntryWindow, menu_button);
  gtk_widget_class_bind_template_child (widget_class, BitketEntryWindow, camera_menu);
  gtk_widget_class_bind_template_child (widget_class, BitketEntryWindow, hold_box);
  gtk_widget_class_bind_template_child (widget_class, BitketEntryWindow, hold_bar);
  gtk_widget_class_bind_template_callback (widget_class, format_title);
  gtk_widget_class_bind_template_callback (widget_class, format_reach);
  gtk_widget_class_bind_template_callback (widget_class, format_reach_icon);
  gtk_widget_class_bind_template_callback (widget_class, format_reach_classes);
  gtk_widget_class_bind_template_callback (widget_class, format_waiting);
  gtk_widget_class_bind_template_callback (widget_class, format_sound_icon);
  gtk_widget_class_bind_template_callback (widget_class, has_text);
  gtk_widget_class_bind_template_callback (widget_class, camera_scanned_cb);
  gtk_widget_class_bind_template_callback (widget_class, camera_source_cb);
  gtk_widget_class_bind_template_callback (widget_class, search_activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, search_changed_cb);
}

static void
install_properties (GObjectClass *object_class)
{
  const GParamFlags construct = G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;
  const GParamFlags settable = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  props[PROP_DOOR] = g_param_spec_object ("door", NULL, NULL, BITKET_TYPE_DOOR, construct);
  props[PROP_MODEL] = g_param_spec_object ("model", NULL, NULL, BITKET_TYPE_ENTRY_MODEL, construct);
  props[PROP_MUTED] = g_param_spec_boolean ("muted", NULL, NULL, FALSE, settable);
  props[PROP_MIRRORED] = g_param_spec_boolean ("mirrored", NULL, NULL, TRUE, settable);
  props[PROP_CAMERA] = g_param_spec_string ("camera", NULL, NULL, NULL, settable);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
bitket_entry_window_class_init (BitketEntryWindowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = bitket_entry_window_get_property;
  object_class->set_property = bitket_entry_window_set_property;
  object_class->constructed = bitket_entry_window_constructed;
  object_class->dispose = bitket_entry_window_dispose;
  object_class->finalize = bitket_entry_window_finalize;
  widget_class->realize = bitket_entry_window_realize;
  widget_class->unrealize = bitket_entry_window_unrealize;
  widget_class->map = bitket_entry_window_map;
  widget_class->unmap = bitket_entry_window_unmap;
  GTK_WINDOW_CLASS (klass)->close_request = bitket_entry_window_close_request;

  load_resources ();
  g_type_ensure (BITKET_TYPE_CAMERA_PANE);
  g_type_ensure (BITKET_TYPE_HIT_LIST);
  g_type_ensure (BITKET_TYPE_RECENT_STRIP);
  g_type_ensure (BITKET_TYPE_VERDICT_VIEW);
  install_properties (object_class);
  bitket_entry_window_install_actions (widget_class);
  bind_template (widget_class);
}

static void
bitket_entry_window_init (BitketEntryWindow *self)
{
  self->cancellable = g_cancellable_new ();
  self->tones = bitket_tones_new (g_getenv ("BITKET_SOUND"));
  gtk_widget_init_template (GTK_WIDGET (self));
  bitket_entry_window_add_keys (self);
  bitket_entry_window_fill_menu (self);
}

BitketEntryWindow *
bitket_entry_window_new_with_model (GtkApplication *application,
                                    BitketDoor *door,
                                    BitketEntryModel *model)
{
  BitketEntryWindow *self = g_object_new (BITKET_TYPE_ENTRY_WINDOW, "application", application,
                                          "door", door, "model", model, NULL);

  bitket_camera_pane_choose_first (self->camera_pane);
  return self;
}

BitketEntryWindow *
bitket_entry_window_new (GtkApplication *application, BitketDoor *door)
{
  return bitket_entry_window_new_with_model (application, door, NULL);
}

BitketEntryModel *
bitket_entry_window_get_model (BitketEntryWindow *self)
{
  g_return_val_if_fail (BITKET_IS_ENTRY_WINDOW (self), NULL);

  return self->model;
}

void
bitket_entry_window_leave (BitketEntryWindow *self)
{
  g_return_if_fail (BITKET_IS_ENTRY_WINDOW (self));

  self->is_leaving = TRUE;
  bitket_entry_window_release_hold (self);
  gtk_window_destroy (GTK_WINDOW (self));
}
