/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket"

#include "bitket-entry-window-private.h"

#include <glib/gi18n.h>
#include <string.h>

#define MAX_HITS      30
#define LEAVE_HOLD_MS 1000

/* Whether there is still somebody to tell: a window that was closed has cancelled everything. */
static gboolean
is_alive (BitketEntryWindow *self, const GError *error)
{
  return self->search_entry != NULL && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* A person typed something to search for: the hits stay. Everything else was a scan, and what
 * stands in the entry is of no use any more. */
static void
line_scanned_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BitketEntryWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketOutcome) outcome =
      bitket_door_scan_finish (BITKET_DOOR (source), result, &error);

  self->n_scanning--;
  if (!is_alive (self, error))
    return;
  if (outcome == NULL)
    bitket_entry_window_tell_error (self, BITKET_TRIED_ADMIT, error);
  else if (bitket_outcome_get_facts (outcome)->kind != BITKET_SCAN_KIND_TEXT)
    gtk_editable_set_text (GTK_EDITABLE (self->search_entry), "");
  else
    bitket_entry_window_search (self, gtk_editable_get_text (GTK_EDITABLE (self->search_entry)));
}

static void
scanned_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BitketEntryWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketOutcome) outcome =
      bitket_door_scan_finish (BITKET_DOOR (source), result, &error);

  self->n_scanning--;
  if (outcome == NULL && is_alive (self, error))
    bitket_entry_window_tell_error (self, BITKET_TRIED_ADMIT, error);
}

/* What the cache knows, at once; the verdict follows. It may also have come first. */
static void
previewed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BitketEntryWindow) self = user_data;
  g_autoptr (BitketOutcome) outcome = bitket_door_scan_finish (BITKET_DOOR (source), result, NULL);

  if (outcome != NULL && self->n_scanning > 0 && self->verdict_card != NULL &&
      bitket_outcome_get_facts (outcome)->name != NULL)
    bitket_verdict_card_set_preview (self->verdict_card, outcome);
}

void
bitket_entry_window_scan (BitketEntryWindow *self, GBytes *bytes, BitketScanSource source)
{
  if (self->door == NULL)
    return;
  self->n_scanning++;
  bitket_door_preview_async (self->door, bytes, source, self->cancellable, previewed_cb,
                             g_object_ref (self));
  bitket_door_scan_async (self->door, bytes, source, self->cancellable,
                          source == BITKET_SCAN_SOURCE_LINE ? line_scanned_cb : scanned_cb,
                          g_object_ref (self));
}

static void
admitted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BitketEntryWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketOutcome) outcome =
      bitket_door_admit_finish (BITKET_DOOR (source), result, &error);

  if (!is_alive (self, error))
    return;
  if (outcome == NULL)
    bitket_entry_window_tell_error (self, BITKET_TRIED_ADMIT, error);
  else
    gtk_editable_set_text (GTK_EDITABLE (self->search_entry), "");
}

void
bitket_entry_window_admit (BitketEntryWindow *self, const char *ownership)
{
  if (self->door != NULL)
    bitket_door_admit_async (self->door, ownership, NULL, self->cancellable, admitted_cb,
                             g_object_ref (self));
}

static void
undone_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BitketEntryWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketOutcome) outcome =
      bitket_door_undo_finish (BITKET_DOOR (source), result, &error);
  const char *name;
  g_autofree char *text = NULL;
  g_autofree char *escaped = NULL;

  if (!is_alive (self, error))
    return;
  if (outcome == NULL)
    {
      bitket_entry_window_tell_error (self, BITKET_TRIED_UNDO, error);
      return;
    }
  bitket_entry_window_show_outcome (self, NULL);
  name = bitket_outcome_get_facts (outcome)->name;
  escaped = g_markup_escape_text (name ? name : "", -1);
  /* Translators: a visitor's name */
  text = name ? g_strdup_printf (_ ("The entry of %s was taken back"), escaped)
              : g_strdup (_ ("The last entry was taken back"));
  adw_toast_overlay_add_toast (self->toasts, adw_toast_new (text));
}

void
bitket_entry_window_undo (BitketEntryWindow *self)
{
  if (self->door != NULL)
    bitket_door_undo_async (self->door, NULL, self->cancellable, undone_cb, g_object_ref (self));
}

static void
hits_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BitketEntryWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) hits = bitket_door_search_finish (BITKET_DOOR (source), result, &error);

  if (!is_alive (self, error))
    return;
  if (hits == NULL)
    bitket_entry_window_tell_error (self, BITKET_TRIED_SEARCH, error);
  else
    bitket_entry_window_show_hits (self, hits);
}

/* A new search replaces the one before. The first letters of a ticket's JSON are no search. */
void
bitket_entry_window_search (BitketEntryWindow *self, const char *query)
{
  if (self->searching != NULL)
    g_cancellable_cancel (self->searching);
  g_clear_object (&self->searching);
  if (g_utf8_strlen (query, -1) < 2 || *query == '{')
    {
      gtk_stack_set_visible_child_name (self->left_stack, "camera");
      return;
    }
  if (self->door == NULL)
    return;
  self->searching = g_cancellable_new ();
  bitket_door_search_async (self->door, query, MAX_HITS, self->searching, hits_cb,
                            g_object_ref (self));
}

static gboolean
leave_cb (gpointer user_data)
{
  BitketEntryWindow *self = user_data;

  self->leave_source = 0;
  gtk_window_close (GTK_WINDOW (self));
  return G_SOURCE_REMOVE;
}

static gboolean
is_in_search (BitketEntryWindow *self)
{
  GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (self));

  return focus != NULL && gtk_widget_is_ancestor (focus, GTK_WIDGET (self->search_entry));
}

static void
focus_search (BitketEntryWindow *self)
{
  GtkEditable *text = gtk_editable_get_delegate (GTK_EDITABLE (self->search_entry));

  gtk_text_grab_focus_without_selecting (GTK_TEXT (text));
}

static gboolean
is_printable (guint keyval, GdkModifierType state)
{
  gunichar character = gdk_keyval_to_unicode (keyval);

  return character > ' ' && g_unichar_isprint (character) &&
         (state & (GDK_CONTROL_MASK | GDK_ALT_MASK | GDK_SUPER_MASK)) == 0;
}

/* Before any widget sees a key: a reader that types is heard wherever the focus is. */
static gboolean
key_pressed_cb (GtkEventControllerKey *controller,
                guint keyval,
                guint keycode,
                GdkModifierType state,
                gpointer user_data)
{
  BitketEntryWindow *self = user_data;

  if (keyval == GDK_KEY_Escape)
    {
      if (self->leave_source == 0)
        self->leave_source = g_timeout_add (LEAVE_HOLD_MS, leave_cb, self);
      return TRUE;
    }
  if ((state & GDK_CONTROL_MASK) && (keyval == GDK_KEY_z || keyval == GDK_KEY_Z))
    {
      bitket_entry_window_undo (self);
      return TRUE;
    }
  if (is_in_search (self) || !is_printable (keyval, state))
    return FALSE;
  focus_search (self);
  if (keyval == GDK_KEY_slash)
    return TRUE;
  gtk_event_controller_key_forward (
      controller, GTK_WIDGET (gtk_editable_get_delegate (GTK_EDITABLE (self->search_entry))));
  return TRUE;
}

/* Let go within a second: it only clears. */
static void
key_released_cb (GtkEventControllerKey *controller,
                 guint keyval,
                 guint keycode,
                 GdkModifierType state,
                 gpointer user_data)
{
  BitketEntryWindow *self = user_data;

  if (keyval != GDK_KEY_Escape || self->leave_source == 0)
    return;
  g_clear_handle_id (&self->leave_source, g_source_remove);
  gtk_editable_set_text (GTK_EDITABLE (self->search_entry), "");
  bitket_entry_window_show_outcome (self, NULL);
}

static void
line_cb (GtkSearchEntry *entry, gpointer user_data)
{
  BitketEntryWindow *self = user_data;
  g_autofree char *line =
      g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->search_entry))));
  g_autoptr (GBytes) bytes = NULL;

  if (*line == '\0')
    return;
  bytes = g_bytes_new (line, strlen (line));
  bitket_entry_window_scan (self, bytes, BITKET_SCAN_SOURCE_LINE);
}

static void
search_changed_cb (GtkSearchEntry *entry, gpointer user_data)
{
  bitket_entry_window_search (user_data, gtk_editable_get_text (GTK_EDITABLE (entry)));
}

void
bitket_entry_window_install_input (BitketEntryWindow *self)
{
  GtkEventController *keys = gtk_event_controller_key_new ();

  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (key_pressed_cb), self);
  g_signal_connect (keys, "key-released", G_CALLBACK (key_released_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
  g_signal_connect (self->search_entry, "activate", G_CALLBACK (line_cb), self);
  g_signal_connect (self->search_entry, "search-changed", G_CALLBACK (search_changed_cb), self);
}
