/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket"

/* Keys, wherever the focus is: what is typed goes to the search, and Esc leaves when it is held. */

#include "bitket-entry-window.h"

#include "bitket-entry-window-private.h"

#define HOLD_US       G_USEC_PER_SEC
#define HOLD_SHOWN_US (G_USEC_PER_SEC / 7)
#define HOLD_FRAME_MS 33

static gboolean
has_search_focus (BitketEntryWindow *self)
{
  GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (self));

  return focus != NULL && gtk_widget_is_ancestor (focus, GTK_WIDGET (self->search_entry));
}

/* A menu has keys of its own. */
static gboolean
has_menu_focus (BitketEntryWindow *self)
{
  GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (self));

  return focus != NULL && gtk_widget_get_ancestor (focus, GTK_TYPE_POPOVER) != NULL;
}

/* Leaving. */

void
bitket_entry_window_release_hold (BitketEntryWindow *self)
{
  g_clear_handle_id (&self->hold_id, g_source_remove);
  self->held_since_us = 0;
  if (self->hold_box != NULL)
    gtk_widget_set_visible (self->hold_box, FALSE);
}

static gboolean
hold_cb (gpointer user_data)
{
  BitketEntryWindow *self = user_data;
  BitketClock *clock = bitket_entry_model_get_clock (self->model);
  gint64 held_us = bitket_clock_get_monotonic_us (clock) - self->held_since_us;

  gtk_progress_bar_set_fraction (self->hold_bar, MIN (1.0, (double) held_us / HOLD_US));
  gtk_widget_set_visible (self->hold_box, held_us >= HOLD_SHOWN_US);
  if (held_us < HOLD_US)
    return G_SOURCE_CONTINUE;
  self->hold_id = 0;
  bitket_entry_window_leave (self);
  return G_SOURCE_REMOVE;
}

/* The keyboard repeats a key that is held; only the first press counts. */
static void
press_escape (BitketEntryWindow *self)
{
  if (self->hold_id != 0 || self->is_leaving)
    return;
  bitket_entry_window_clear_search (self);
  self->held_since_us = bitket_clock_get_monotonic_us (bitket_entry_model_get_clock (self->model));
  self->hold_id = g_timeout_add (HOLD_FRAME_MS, hold_cb, self);
}

/* Ahead of the search entry, which has an undo of its own. */
static gboolean
run_shortcut (BitketEntryWindow *self, guint keyval, GdkModifierType state)
{
  static const struct
  {
    guint keyval;
    GdkModifierType state;
    const char *action;
  } rows[] = {
    { GDK_KEY_z, GDK_CONTROL_MASK, "entry.undo" },
    { GDK_KEY_m, GDK_CONTROL_MASK, "entry.muted" },
    { GDK_KEY_m, GDK_CONTROL_MASK | GDK_SHIFT_MASK, "entry.mirrored" },
    { GDK_KEY_F11, 0, "entry.fullscreen" },
    { GDK_KEY_F10, 0, "entry.menu" },
  };

  state &= GDK_CONTROL_MASK | GDK_SHIFT_MASK | GDK_ALT_MASK | GDK_SUPER_MASK;
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (rows[i].keyval == gdk_keyval_to_lower (keyval) && rows[i].state == state)
      return gtk_widget_activate_action (GTK_WIDGET (self), rows[i].action, NULL);
  return FALSE;
}

/* The blank is left to the button that has the focus. */
static gboolean
is_text (guint keyval, GdkModifierType state)
{
  gunichar character = gdk_keyval_to_unicode (keyval);

  return (state & (GDK_CONTROL_MASK | GDK_ALT_MASK | GDK_SUPER_MASK)) == 0 && character > ' ' &&
         g_unichar_isprint (character);
}

/* Focus selects what stands there, so that a new text takes its place. */
static gboolean
type_into_search (BitketEntryWindow *self, GtkEventControllerKey *controller)
{
  GtkWidget *text;

  gtk_widget_grab_focus (GTK_WIDGET (self->search_entry));
  text = gtk_window_get_focus (GTK_WINDOW (self));
  gtk_editable_select_region (GTK_EDITABLE (self->search_entry), 0, -1);
  return text != NULL && gtk_event_controller_key_forward (controller, text);
}

static gboolean
key_pressed_cb (GtkEventControllerKey *controller,
                guint keyval,
                guint keycode,
                GdkModifierType state,
                gpointer user_data)
{
  BitketEntryWindow *self = user_data;

  if (has_menu_focus (self))
    return FALSE;
  if (keyval == GDK_KEY_Escape)
    {
      press_escape (self);
      return TRUE;
    }
  if (run_shortcut (self, keyval, state))
    return TRUE;
  if (has_search_focus (self))
    return (keyval == GDK_KEY_Down || keyval == GDK_KEY_KP_Down) &&
           gtk_widget_child_focus (GTK_WIDGET (self->hit_list), GTK_DIR_TAB_FORWARD);
  if (keyval == GDK_KEY_slash)
    return gtk_widget_activate_action (GTK_WIDGET (self), "entry.search", NULL);
  return is_text (keyval, state) && type_into_search (self, controller);
}

static void
key_released_cb (GtkEventControllerKey *controller,
                 guint keyval,
                 guint keycode,
                 GdkModifierType state,
                 gpointer user_data)
{
  if (keyval == GDK_KEY_Escape)
    bitket_entry_window_release_hold (user_data);
}

/* Whoever looks at another window has let go of this one's keys. */
static void
active_changed_cb (BitketEntryWindow *self)
{
  if (!gtk_window_is_active (GTK_WINDOW (self)))
    bitket_entry_window_release_hold (self);
}

void
bitket_entry_window_add_keys (BitketEntryWindow *self)
{
  GtkEventController *controller = gtk_event_controller_key_new ();

  gtk_event_controller_set_name (controller, "entry-keys");
  gtk_event_controller_set_propagation_phase (controller, GTK_PHASE_CAPTURE);
  g_signal_connect (controller, "key-pressed", G_CALLBACK (key_pressed_cb), self);
  g_signal_connect (controller, "key-released", G_CALLBACK (key_released_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), controller);
  g_signal_connect (self, "notify::is-active", G_CALLBACK (active_changed_cb), NULL);
}
