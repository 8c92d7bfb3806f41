/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket"

#include "bitket-entry-window-private.h"

#include <glib/gi18n.h>

#include "bitket-app-resources.h"
#include "bitket-format.h"
#include "bitket-hit-row.h"
#include "bitket-reason-text.h"
#include "bitket-scan-row.h"

/* For as long as it matters: a green sign is over when the visitor has passed, a red one takes a
 * talk, and somebody has to act on an amber one. */
#define ADMIT_S     6
#define REFUSE_S    15
#define ATTENTION_S 30
#define TROUBLE_S   20
#define MAX_RECENT  20

enum
{
  PROP_0,
  PROP_STATE,
  PROP_CLOCK,
  PROP_TROUBLE,
  PROP_CAMERA_TITLE,
  PROP_CAMERA_SENTENCE,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (BitketEntryWindow, bitket_entry_window, ADW_TYPE_APPLICATION_WINDOW)

static gboolean
is_text (gpointer self, const char *text)
{
  return text != NULL && *text != '\0';
}

static char *
format_title (gpointer self, const char *event_name, const char *door_name)
{
  if (!is_text (self, event_name))
    return g_strdup (_ ("Door"));
  if (!is_text (self, door_name))
    return g_strdup (event_name);
  /* Translators: the name of an event and of a door */
  return g_strdup_printf (_ ("%s · %s"), event_name, door_name);
}

static char *
format_online_icon (gpointer self, gboolean is_online)
{
  return g_strdup (is_online ? "bitket-online-symbolic" : "bitket-offline-symbolic");
}

static char *
format_online (gpointer self, gboolean is_online, gint64 offline_since_us, guint n_waiting)
{
  g_autofree char *waiting = NULL;
  g_autofree char *since = NULL;

  /* Translators: how many entries are still to be sent to the service */
  waiting = g_strdup_printf (ngettext ("%u waiting", "%u waiting", n_waiting), n_waiting);
  if (is_online)
    return n_waiting == 0 ? g_strdup (_ ("Online")) : g_strdup_printf (_ ("Online, %s"), waiting);
  if (offline_since_us == 0)
    return g_strdup_printf (_ ("Offline, %s"), waiting);
  since = bitket_format_moment (offline_since_us, g_get_real_time ());
  /* Translators: a time, and "14 waiting" */
  return g_strdup_printf (_ ("Offline since %s, %s"), since, waiting);
}

static void
notify (BitketEntryWindow *self, guint prop_id)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[prop_id]);
}

void
bitket_entry_window_set_camera_error (BitketEntryWindow *self, const GError *error)
{
  if (error != NULL)
    {
      g_message ("no camera: %s", error->message);
      self->camera_error = bitket_error_text_find (BITKET_TRIED_CAMERA, error);
    }
  else
    self->camera_error = (BitketErrorText) { "", "", BITKET_REMEDY_NONE };
  notify (self, PROP_CAMERA_TITLE);
  notify (self, PROP_CAMERA_SENTENCE);
}

static gboolean
forget_trouble_cb (gpointer user_data)
{
  BitketEntryWindow *self = user_data;

  self->trouble_source = 0;
  self->trouble = NULL;
  notify (self, PROP_TROUBLE);
  return G_SOURCE_REMOVE;
}

void
bitket_entry_window_set_trouble (BitketEntryWindow *self, const char *trouble)
{
  g_clear_handle_id (&self->trouble_source, g_source_remove);
  self->trouble = trouble;
  if (trouble != NULL)
    self->trouble_source = g_timeout_add_seconds (TROUBLE_S, forget_trouble_cb, self);
  notify (self, PROP_TROUBLE);
}

void
bitket_entry_window_tell_error (BitketEntryWindow *self, BitketTried tried, const GError *error)
{
  g_message ("at the door: %s", error->message);
  bitket_entry_window_set_trouble (self, bitket_error_text_find (tried, error).sentence);
}

static gboolean
clock_cb (gpointer user_data)
{
  BitketEntryWindow *self = user_data;
  g_autofree char *clock = bitket_format_clock (g_get_real_time ());

  if (g_strcmp0 (clock, self->clock) != 0)
    {
      g_free (self->clock);
      self->clock = g_steal_pointer (&clock);
      notify (self, PROP_CLOCK);
    }
  return G_SOURCE_CONTINUE;
}

static gboolean
fade_cb (gpointer user_data)
{
  BitketEntryWindow *self = user_data;

  self->fade_source = 0;
  bitket_verdict_card_set_outcome (self->verdict_card, NULL);
  return G_SOURCE_REMOVE;
}

static guint
get_seconds (BitketOutcome *outcome)
{
  switch (bitket_outcome_get_verdict (outcome))
    {
    case BITKET_VERDICT_REFUSE:
      return REFUSE_S;
    case BITKET_VERDICT_ATTENTION:
      return ATTENTION_S;
    case BITKET_VERDICT_ADMIT:
    case BITKET_VERDICT_NONE:
      break;
    }
  return ADMIT_S;
}

void
bitket_entry_window_show_outcome (BitketEntryWindow *self, BitketOutcome *outcome)
{
  g_return_if_fail (BITKET_IS_ENTRY_WINDOW (self));

  g_clear_handle_id (&self->fade_source, g_source_remove);
  bitket_verdict_card_set_outcome (self->verdict_card, outcome);
  if (outcome == NULL)
    return;
  self->fade_source = g_timeout_add_seconds (get_seconds (outcome), fade_cb, self);
  if (!self->is_muted)
    bitket_tones_play (self->tones, bitket_reason_text_get_tone (outcome));
  if (self->recent != NULL)
    {
      g_list_store_insert (self->recent, 0, outcome);
      if (g_list_model_get_n_items (G_LIST_MODEL (self->recent)) > MAX_RECENT)
        g_list_store_remove (self->recent, MAX_RECENT);
    }
}

static void
outcome_cb (BitketDoor *door, BitketOutcome *outcome, gpointer user_data)
{
  BitketEntryWindow *self = user_data;
  const BitketOutcomeFacts *facts = bitket_outcome_get_facts (outcome);

  /* A search was typed: no verdict. */
  if (facts->verdict == BITKET_VERDICT_NONE)
    return;
  bitket_entry_window_show_outcome (self, outcome);
  /* Several tickets: the search lists them, each with its "Let In". */
  if (facts->reason == BITKET_REASON_CHOOSE_TICKET && facts->name != NULL)
    gtk_editable_set_text (GTK_EDITABLE (self->search_entry), facts->name);
}

static void
conflict_cb (BitketDoor *door, BitketOutcome *outcome, gpointer user_data)
{
  bitket_entry_window_set_trouble (
      user_data,
      _ ("While the doors were apart, two of them let the same ticket in. The organizer is told."));
}

static void
trouble_cb (BitketDoor *door, const GError *error, gpointer user_data)
{
  bitket_entry_window_tell_error (user_data, BITKET_TRIED_DOOR, error);
}

static void
online_cb (BitketEntryState *state, GParamSpec *pspec, gpointer user_data)
{
  BitketEntryWindow *self = user_data;
  gboolean is_online;

  g_object_get (state, "online", &is_online, NULL);
  if (is_online)
    gtk_widget_remove_css_class (self->online_chip, "offline");
  else
    gtk_widget_add_css_class (self->online_chip, "offline");
}

static GtkWidget *
make_scan_row_cb (gpointer item, gpointer user_data)
{
  return bitket_scan_row_new (item);
}

static void
undo_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  bitket_entry_window_undo (BITKET_ENTRY_WINDOW (widget));
}

static void
admit_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  bitket_entry_window_admit (BITKET_ENTRY_WINDOW (widget), g_variant_get_string (parameter, NULL));
}

static void
search_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  gtk_widget_grab_focus (GTK_WIDGET (BITKET_ENTRY_WINDOW (widget)->search_entry));
}

static void
leave_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  gtk_window_close (GTK_WINDOW (widget));
}

static gboolean
bitket_entry_window_close_request (GtkWindow *window)
{
  BitketEntryWindow *self = BITKET_ENTRY_WINDOW (window);

  bitket_entry_window_stop_camera (self);
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), ADW_COLOR_SCHEME_DEFAULT);
  return GTK_WINDOW_CLASS (bitket_entry_window_parent_class)->close_request (window);
}

static void
close_door (BitketEntryWindow *self)
{
  g_autoptr (BitketDoor) door = g_steal_pointer (&self->door);

  if (door == NULL)
    return;
  g_signal_handlers_disconnect_by_data (door, self);
  /* It writes what it has to write on its own thread; the reference it keeps ends with that. */
  bitket_door_close_async (door, NULL, NULL);
}

static void
bitket_entry_window_dispose (GObject *object)
{
  BitketEntryWindow *self = BITKET_ENTRY_WINDOW (object);
  guint *sources[] = { &self->clock_source, &self->fade_source, &self->trouble_source,
                       &self->camera_source, &self->leave_source };

  for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
    g_clear_handle_id (sources[i], g_source_remove);
  g_cancellable_cancel (self->cancellable);
  if (self->searching != NULL)
    g_cancellable_cancel (self->searching);
  g_clear_object (&self->searching);
  bitket_entry_window_stop_camera (self);
  close_door (self);
  g_clear_object (&self->state);
  g_clear_object (&self->tones);
  g_clear_object (&self->recent);
  if (self->search_entry != NULL)
    g_signal_handlers_disconnect_by_data (self->search_entry, self);
  self->search_entry = NULL;
  self->verdict_card = NULL;
  self->camera_view = NULL;
  G_OBJECT_CLASS (bitket_entry_window_parent_class)->dispose (object);
}

static void
bitket_entry_window_finalize (GObject *object)
{
  BitketEntryWindow *self = BITKET_ENTRY_WINDOW (object);

  g_clear_object (&self->cancellable);
  g_free (self->clock);
  G_OBJECT_CLASS (bitket_entry_window_parent_class)->finalize (object);
}

static void
bitket_entry_window_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  BitketEntryWindow *self = BITKET_ENTRY_WINDOW (object);

  switch (prop_id)
    {
    case PROP_STATE:
      g_value_set_object (value, self->state);
      break;
    case PROP_CLOCK:
      g_value_set_string (value, self->clock);
      break;
    case PROP_TROUBLE:
      g_value_set_string (value, self->trouble);
      break;
    case PROP_CAMERA_TITLE:
      g_value_set_string (value, self->camera_error.title);
      break;
    case PROP_CAMERA_SENTENCE:
      g_value_set_string (value, self->camera_error.sentence);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
bind_template (GtkWidgetClass *widget_class)
{
  gtk_widget_class_set_template_from_resource (widget_class,
                                               BITKET_RESOURCE_BASE "/ui/bitket-entry-window.ui");
  gtk_widget_class_bind_template_child (widget_class, BitketEntryWindow, toasts);
  gtk_widget_class_bind_template_child (widget_class, BitketEntryWindow, halves);
  gtk_widget_class_bind_template_child (widget_class, BitketEntryWindow, online_chip);
  gtk_widget_class_bind_template_child (widget_class, BitketEntryWindow, left_stack);
  gtk_widget_class_bind_template_child (widget_class, BitketEntryWindow, camera_view);
  gtk_widget_class_bind_template_child (widget_class, BitketEntryWindow, verdict_card);
  gtk_widget_class_bind_template_child (widget_class, BitketEntryWindow, search_entry);
  gtk_widget_class_bind_template_child (widget_class, BitketEntryWindow, hits_list_box);
  gtk_widget_class_bind_template_child (widget_class, BitketEntryWindow, recent_list_box);
  gtk_widget_class_bind_template_callback (widget_class, is_text);
  gtk_widget_class_bind_template_callback (widget_class, format_title);
  gtk_widget_class_bind_template_callback (widget_class, format_online_icon);
  gtk_widget_class_bind_template_callback (widget_class, format_online);
}

static void
bitket_entry_window_class_init (BitketEntryWindowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  g_type_ensure (BITKET_TYPE_CAMERA_VIEW);
  g_type_ensure (BITKET_TYPE_VERDICT_CARD);
  g_type_ensure (BITKET_TYPE_ENTRY_STATE);
  object_class->dispose = bitket_entry_window_dispose;
  object_class->finalize = bitket_entry_window_finalize;
  object_class->get_property = bitket_entry_window_get_property;
  GTK_WINDOW_CLASS (klass)->close_request = bitket_entry_window_close_request;
  properties[PROP_STATE] =
      g_param_spec_object ("state", NULL, NULL, BITKET_TYPE_ENTRY_STATE, flags);
  properties[PROP_CLOCK] = g_param_spec_string ("clock", NULL, NULL, NULL, flags);
  properties[PROP_TROUBLE] = g_param_spec_string ("trouble", NULL, NULL, NULL, flags);
  properties[PROP_CAMERA_TITLE] = g_param_spec_string ("camera-title", NULL, NULL, NULL, flags);
  properties[PROP_CAMERA_SENTENCE] =
      g_param_spec_string ("camera-sentence", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  bind_template (widget_class);
  gtk_widget_class_install_action (widget_class, "entry.undo", NULL, undo_action);
  gtk_widget_class_install_action (widget_class, "entry.admit", "s", admit_action);
  gtk_widget_class_install_action (widget_class, "entry.search", NULL, search_action);
  gtk_widget_class_install_action (widget_class, "entry.leave", NULL, leave_action);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_m, GDK_CONTROL_MASK, "entry.mute",
                                       NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_i, GDK_CONTROL_MASK, "entry.mirror",
                                       NULL);
}

static void
mute_changed_cb (GSimpleAction *action, GVariant *value, gpointer user_data)
{
  BitketEntryWindow *self = user_data;

  self->is_muted = g_variant_get_boolean (value);
  g_simple_action_set_state (action, value);
}

static void
mirror_changed_cb (GSimpleAction *action, GVariant *value, gpointer user_data)
{
  BitketEntryWindow *self = user_data;

  g_object_set (self->camera_view, "mirrored", g_variant_get_boolean (value), NULL);
  g_simple_action_set_state (action, value);
}

static void
install_toggles (BitketEntryWindow *self)
{
  static const GActionEntry entries[] = {
    { .name = "mute", .state = "false", .change_state = mute_changed_cb },
    { .name = "mirror", .state = "true", .change_state = mirror_changed_cb },
  };
  g_autoptr (GSimpleActionGroup) group = g_simple_action_group_new ();

  g_action_map_add_action_entries (G_ACTION_MAP (group), entries, G_N_ELEMENTS (entries), self);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "entry", G_ACTION_GROUP (group));
}

static void
bitket_entry_window_init (BitketEntryWindow *self)
{
  self->camera_error = (BitketErrorText) { "", "", BITKET_REMEDY_NONE };
  self->cancellable = g_cancellable_new ();
  self->state = bitket_entry_state_new ();
  self->tones = bitket_tones_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  install_toggles (self);
  bitket_entry_window_install_input (self);
  g_signal_connect_object (self->state, "notify::online", G_CALLBACK (online_cb), self, 0);
  online_cb (self->state, NULL, self);
  clock_cb (self);
  self->clock_source = g_timeout_add_seconds (1, clock_cb, self);
}

static void
bind_recent (BitketEntryWindow *self, GListModel *recent)
{
  gtk_list_box_bind_model (self->recent_list_box, recent, make_scan_row_cb, NULL, NULL);
}

BitketEntryWindow *
bitket_entry_window_new (GtkApplication *application, BitketDoor *door)
{
  BitketEntryWindow *self =
      g_object_new (BITKET_TYPE_ENTRY_WINDOW, "application", application, NULL);

  if (door == NULL)
    {
      self->recent = g_list_store_new (BITKET_TYPE_OUTCOME);
      bind_recent (self, G_LIST_MODEL (self->recent));
      return self;
    }
  self->door = g_object_ref (door);
  bitket_entry_state_follow (self->state, door);
  bind_recent (self, bitket_door_get_recent (door));
  g_signal_connect_object (door, "outcome", G_CALLBACK (outcome_cb), self, 0);
  g_signal_connect_object (door, "conflict", G_CALLBACK (conflict_cb), self, 0);
  g_signal_connect_object (door, "trouble", G_CALLBACK (trouble_cb), self, 0);
  return self;
}

void
bitket_entry_window_start (BitketEntryWindow *self)
{
  GtkApplication *application;

  g_return_if_fail (BITKET_IS_ENTRY_WINDOW (self));

  if (self->is_started)
    return;
  self->is_started = TRUE;
  application = gtk_window_get_application (GTK_WINDOW (self));
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (),
                                      ADW_COLOR_SCHEME_FORCE_DARK);
  gtk_window_fullscreen (GTK_WINDOW (self));
  gtk_window_present (GTK_WINDOW (self));
  if (application != NULL)
    self->inhibit_cookie = gtk_application_inhibit (
        application, GTK_WINDOW (self), GTK_APPLICATION_INHIBIT_IDLE, _ ("The door is open"));
  bitket_entry_window_start_camera (self);
}

void
bitket_entry_window_show_hits (BitketEntryWindow *self, GPtrArray *hits)
{
  GtkListBoxRow *row;

  g_return_if_fail (BITKET_IS_ENTRY_WINDOW (self));

  while ((row = gtk_list_box_get_row_at_index (self->hits_list_box, 0)) != NULL)
    gtk_list_box_remove (self->hits_list_box, GTK_WIDGET (row));
  for (guint i = 0; i < hits->len; i++)
    {
      g_autoptr (BitketHit) hit = bitket_hit_new (g_ptr_array_index (hits, i));

      gtk_list_box_append (self->hits_list_box, bitket_hit_row_new (hit));
    }
  gtk_stack_set_visible_child_name (self->left_stack, "results");
}

void
bitket_entry_window_set_still (BitketEntryWindow *self, GdkTexture *texture)
{
  g_return_if_fail (BITKET_IS_ENTRY_WINDOW (self));

  bitket_camera_view_set_texture (self->camera_view, texture);
}

BitketEntryState *
bitket_entry_window_get_state (BitketEntryWindow *self)
{
  return self->state;
}
