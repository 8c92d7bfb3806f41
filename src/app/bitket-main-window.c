/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket"

#include "bitket-main-window-private.h"

#include <glib/gi18n.h>

#include "bitket-app-resources.h"
#include "bitket-pair-dialog.h"
#include "bitket-welcome-page.h"

enum
{
  PROP_0,
  PROP_PROGRESS,
  PROP_ERROR_TITLE,
  PROP_ERROR_SENTENCE,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (BitketMainWindow, bitket_main_window, ADW_TYPE_APPLICATION_WINDOW)

void
bitket_main_window_show_page (BitketMainWindow *self, const char *name)
{
  gtk_stack_set_visible_child_name (self->stack, name);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.open-door", g_str_equal (name, "browse"));
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.pair-door", g_str_equal (name, "browse"));
}

void
bitket_main_window_set_progress (BitketMainWindow *self, const char *progress)
{
  g_free (self->progress);
  self->progress = g_strdup (progress);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PROGRESS]);
}

static void
cancel (BitketMainWindow *self)
{
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
}

GCancellable *
bitket_main_window_show_busy (BitketMainWindow *self, const char *progress)
{
  cancel (self);
  self->cancellable = g_cancellable_new ();
  bitket_main_window_set_progress (self, progress);
  bitket_main_window_show_page (self, "busy");
  return self->cancellable;
}

void
bitket_main_window_show_failure (BitketMainWindow *self,
                                 BitketTried tried,
                                 const GError *error,
                                 void (*retry) (BitketMainWindow *self))
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_message ("failed: %s", error->message);
  g_clear_error (&self->error);
  self->error = g_error_copy (error);
  self->error_text = bitket_error_text_find (tried, error);
  self->retry = retry;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ERROR_TITLE]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ERROR_SENTENCE]);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.retry", retry != NULL);
  bitket_main_window_show_page (self, "failed");
}

static void
signed_in_cb (BitketMainWindow *self, BitketSession *session, const char *email)
{
  bitket_settings_clear (&self->settings);
  self->settings.way = BITKET_WAY_SERVER;
  self->settings.server = g_strdup (bitket_session_get_base_url (session));
  self->settings.email = g_strdup (email);
  bitket_settings_save (&self->settings);
  bitket_main_window_set_session (self, session);
}

static void
paired_cb (BitketMainWindow *self, const char *server)
{
  bitket_settings_clear (&self->settings);
  self->settings.way = BITKET_WAY_DOOR;
  self->settings.server = g_strdup (server);
  bitket_settings_save (&self->settings);
  bitket_main_window_open_paired_door (self);
}

static void
start_sample_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  bitket_main_window_start_sample (BITKET_MAIN_WINDOW (widget));
}

static void
show_welcome_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  BitketMainWindow *self = BITKET_MAIN_WINDOW (widget);

  cancel (self);
  bitket_sign_in_page_cancel (self->sign_in_page);
  bitket_pair_page_cancel (self->pair_page);
  bitket_main_window_show_page (self, self->session ? "browse" : "welcome");
}

static void
show_sign_in_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  BitketMainWindow *self = BITKET_MAIN_WINDOW (widget);

  bitket_main_window_show_page (self, "sign-in");
  bitket_sign_in_page_prefill (self->sign_in_page, self->settings.server, self->settings.email);
}

static void
show_pair_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  BitketMainWindow *self = BITKET_MAIN_WINDOW (widget);
  g_autofree char *state_dir = bitket_door_opener_dup_paired_dir ();

  bitket_main_window_show_page (self, "pair");
  bitket_pair_page_begin (self->pair_page, state_dir, self->settings.server);
}

static void
retry_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  BitketMainWindow *self = BITKET_MAIN_WINDOW (widget);

  if (self->retry != NULL)
    self->retry (self);
}

static void
show_details_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  BitketMainWindow *self = BITKET_MAIN_WINDOW (widget);
  GtkWidget *dialog;

  if (self->error == NULL)
    return;
  dialog = adw_message_dialog_new (GTK_WINDOW (self), _ ("Details"), self->error->message);
  adw_message_dialog_add_response (ADW_MESSAGE_DIALOG (dialog), "close", _ ("_Close"));
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
sign_out_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  BitketMainWindow *self = BITKET_MAIN_WINDOW (widget);

  self->settings.way = BITKET_WAY_NONE;
  bitket_settings_save (&self->settings);
  bitket_main_window_set_session (self, NULL);
  if (self->sample != NULL)
    bitket_sample_service_stop (self->sample);
}

static void
open_door_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  bitket_main_window_open_door (BITKET_MAIN_WINDOW (widget));
}

static void
pair_door_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  BitketMainWindow *self = BITKET_MAIN_WINDOW (widget);
  BitketOverview *overview = bitket_browse_page_get_overview (self->browse_page);

  if (self->session != NULL && overview != NULL)
    gtk_window_present (GTK_WINDOW (bitket_pair_dialog_new (GTK_WINDOW (self), self->session,
                                                            bitket_overview_get_item (overview))));
}

static void
bitket_main_window_dispose (GObject *object)
{
  BitketMainWindow *self = BITKET_MAIN_WINDOW (object);

  cancel (self);
  if (self->sample != NULL)
    bitket_sample_service_stop (self->sample);
  g_clear_object (&self->sample);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (bitket_main_window_parent_class)->dispose (object);
}

static void
bitket_main_window_finalize (GObject *object)
{
  BitketMainWindow *self = BITKET_MAIN_WINDOW (object);

  bitket_settings_clear (&self->settings);
  g_free (self->progress);
  g_clear_error (&self->error);
  G_OBJECT_CLASS (bitket_main_window_parent_class)->finalize (object);
}

static void
bitket_main_window_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  BitketMainWindow *self = BITKET_MAIN_WINDOW (object);

  switch (prop_id)
    {
    case PROP_PROGRESS:
      g_value_set_string (value, self->progress);
      break;
    case PROP_ERROR_TITLE:
      g_value_set_string (value, self->error_text.title);
      break;
    case PROP_ERROR_SENTENCE:
      g_value_set_string (value, self->error_text.sentence);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
install_actions (GtkWidgetClass *widget_class)
{
  static const struct
  {
    const char *name;
    GtkWidgetActionActivateFunc func;
  } actions[] = {
    { "win.start-sample", start_sample_action }, { "win.show-welcome", show_welcome_action },
    { "win.show-sign-in", show_sign_in_action }, { "win.show-pair", show_pair_action },
    { "win.cancel", show_welcome_action },       { "win.retry", retry_action },
    { "win.show-details", show_details_action }, { "win.sign-out", sign_out_action },
    { "win.open-door", open_door_action },       { "win.pair-door", pair_door_action },
  };

  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    gtk_widget_class_install_action (widget_class, actions[i].name, NULL, actions[i].func);
}

static void
bitket_main_window_class_init (BitketMainWindowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  g_type_ensure (BITKET_TYPE_WELCOME_PAGE);
  g_type_ensure (BITKET_TYPE_SIGN_IN_PAGE);
  g_type_ensure (BITKET_TYPE_PAIR_PAGE);
  g_type_ensure (BITKET_TYPE_BROWSE_PAGE);
  object_class->dispose = bitket_main_window_dispose;
  object_class->finalize = bitket_main_window_finalize;
  object_class->get_property = bitket_main_window_get_property;
  properties[PROP_PROGRESS] = g_param_spec_string ("progress", NULL, NULL, NULL, flags);
  properties[PROP_ERROR_TITLE] = g_param_spec_string ("error-title", NULL, NULL, NULL, flags);
  properties[PROP_ERROR_SENTENCE] = g_param_spec_string ("error-sentence", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               BITKET_RESOURCE_BASE "/ui/bitket-main-window.ui");
  gtk_widget_class_bind_template_child (widget_class, BitketMainWindow, toasts);
  gtk_widget_class_bind_template_child (widget_class, BitketMainWindow, stack);
  gtk_widget_class_bind_template_child (widget_class, BitketMainWindow, sign_in_page);
  gtk_widget_class_bind_template_child (widget_class, BitketMainWindow, pair_page);
  gtk_widget_class_bind_template_child (widget_class, BitketMainWindow, browse_page);
  gtk_widget_class_bind_template_callback (widget_class, signed_in_cb);
  gtk_widget_class_bind_template_callback (widget_class, paired_cb);
  install_actions (widget_class);
}

static void
bitket_main_window_init (BitketMainWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->error_text = (BitketErrorText) { "", "", BITKET_REMEDY_NONE };
  bitket_settings_load (&self->settings);
  bitket_main_window_show_page (self, "welcome");
}

BitketMainWindow *
bitket_main_window_new (GtkApplication *application)
{
  return g_object_new (BITKET_TYPE_MAIN_WINDOW, "application", application, NULL);
}

void
bitket_main_window_begin (BitketMainWindow *self, BitketStart start)
{
  g_return_if_fail (BITKET_IS_MAIN_WINDOW (self));

  self->start = start;
  if (start != BITKET_START_USUAL || self->settings.way == BITKET_WAY_SAMPLE)
    bitket_main_window_start_sample (self);
  else if (self->settings.way == BITKET_WAY_SERVER)
    gtk_widget_activate_action (GTK_WIDGET (self), "win.show-sign-in", NULL);
  else if (self->settings.way == BITKET_WAY_DOOR)
    bitket_main_window_open_paired_door (self);
}

/* The service does not take the account any more: the sign-in page says so. */
static void
signed_in_changed_cb (BitketSession *session, GParamSpec *pspec, gpointer user_data)
{
  BitketMainWindow *self = user_data;

  if (bitket_session_is_signed_in (session))
    return;
  bitket_main_window_set_session (self, NULL);
  gtk_widget_activate_action (GTK_WIDGET (self), "win.show-sign-in", NULL);
  bitket_sign_in_page_tell_signed_out (self->sign_in_page);
}

void
bitket_main_window_set_session (BitketMainWindow *self, BitketSession *session)
{
  g_return_if_fail (BITKET_IS_MAIN_WINDOW (self));

  if (self->session != NULL)
    g_signal_handlers_disconnect_by_data (self->session, self);
  if (session != NULL)
    g_signal_connect_object (session, "notify::signed-in", G_CALLBACK (signed_in_changed_cb), self,
                             0);
  g_set_object (&self->session, session);
  bitket_browse_page_set_session (self->browse_page, session);
  bitket_main_window_show_page (self, session ? "browse" : "welcome");
}

BitketBrowsePage *
bitket_main_window_get_browse_page (BitketMainWindow *self)
{
  return self->browse_page;
}

const char *
bitket_main_window_get_page (BitketMainWindow *self)
{
  return gtk_stack_get_visible_child_name (self->stack);
}
