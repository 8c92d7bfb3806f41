/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket"

/* Scans, and taking the last one back. What comes of a scan is shown by the model, which hears it
 * from the door; here stands what the window does about it. */

#include "bitket-entry-window.h"

#include <glib/gi18n.h>
#include <string.h>

#include "bitket-entry-window-private.h"
#include "bitket-error-text.h"

/* Most answers come sooner: a name that flashes up before its sign would only be in the way. */
#define PREVIEW_AFTER_MS 80

typedef struct
{
  BitketEntryWindow *window; /* (owned) */
  guint64 number;
} Scan;

static Scan *
new_scan (BitketEntryWindow *self)
{
  Scan *scan = g_new0 (Scan, 1);

  scan->window = g_object_ref (self);
  scan->number = self->n_scans;
  return scan;
}

static void
free_scan (Scan *scan)
{
  g_object_unref (scan->window);
  g_free (scan);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Scan, free_scan)

static gboolean
preview_due_cb (gpointer user_data)
{
  BitketEntryWindow *self = user_data;

  self->preview_id = 0;
  if (self->is_scanning && self->preview != NULL)
    bitket_entry_model_show_preview (self->model, self->preview);
  return G_SOURCE_REMOVE;
}

static void
previewed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Scan) scan = user_data;
  BitketEntryWindow *self = scan->window;
  g_autoptr (BitketOutcome) preview = bitket_door_scan_finish (BITKET_DOOR (source), result, NULL);

  if (preview == NULL || scan->number != self->n_scans || !self->is_scanning)
    return;
  g_set_object (&self->preview, preview);
  if (self->preview_id == 0)
    preview_due_cb (self);
}

void
bitket_entry_window_stop_scans (BitketEntryWindow *self)
{
  g_clear_handle_id (&self->preview_id, g_source_remove);
  g_clear_object (&self->preview);
  self->is_scanning = FALSE;
}

/* Only what was typed can have come from a person. */
static void
follow_outcome (BitketEntryWindow *self, BitketOutcome *outcome)
{
  const BitketOutcomeFacts *facts = bitket_outcome_get_facts (outcome);

  if (facts->reason == BITKET_REASON_CHOOSE_TICKET && facts->name != NULL)
    bitket_entry_window_search (self, facts->name);
  else if (facts->kind == BITKET_SCAN_KIND_TEXT)
    bitket_entry_window_search (self, gtk_editable_get_text (GTK_EDITABLE (self->search_entry)));
}

static void
scanned_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Scan) scan = user_data;
  BitketEntryWindow *self = scan->window;
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketOutcome) outcome =
      bitket_door_scan_finish (BITKET_DOOR (source), result, &error);

  if (scan->number == self->n_scans)
    bitket_entry_window_stop_scans (self);
  if (outcome != NULL && !self->is_leaving)
    follow_outcome (self, outcome);
  else if (error != NULL && bitket_entry_model_get_phase (self->model) == BITKET_ENTRY_PHASE_ASKING)
    bitket_entry_model_clear (self->model);
}

void
bitket_entry_window_scan (BitketEntryWindow *self, GBytes *bytes, BitketScanSource source)
{
  if (self->door == NULL || self->is_leaving)
    return;
  bitket_entry_window_stop_scans (self);
  self->n_scans++;
  self->is_scanning = TRUE;
  self->preview_id = g_timeout_add (PREVIEW_AFTER_MS, preview_due_cb, self);
  bitket_door_preview_async (self->door, bytes, source, self->cancellable, previewed_cb,
                             new_scan (self));
  bitket_door_scan_async (self->door, bytes, source, self->cancellable, scanned_cb,
                          new_scan (self));
}

/* A reader may type while a search stands there: its JSON begins at the brace. */
static const char *
find_begin (const char *text)
{
  const char *brace = strchr (text, '{');

  return brace != NULL && g_str_has_suffix (text, "}") ? brace : text;
}

static gboolean
is_search (const char *text)
{
  BitketScan scan = { 0 };

  bitket_scan_parse (text, strlen (text), BITKET_SCAN_SOURCE_LINE, &scan);
  return scan.kind == BITKET_SCAN_KIND_TEXT;
}

/* What was read makes room for the next; what was typed stays, and gives way to the next. */
void
bitket_entry_window_submit (BitketEntryWindow *self)
{
  GtkEditable *editable = GTK_EDITABLE (self->search_entry);
  g_autofree char *text = g_strstrip (g_strdup (gtk_editable_get_text (editable)));
  const char *begin = find_begin (text);
  g_autoptr (GBytes) bytes = g_bytes_new (begin, strlen (begin));

  if (*begin == '\0')
    return;
  if (is_search (begin))
    gtk_editable_select_region (editable, 0, -1);
  else
    bitket_entry_window_clear_search (self);
  bitket_entry_window_scan (self, bytes, BITKET_SCAN_SOURCE_LINE);
}

/* Undo. */

static void
clear_undone (BitketEntryWindow *self, const BitketOutcomeFacts *undone)
{
  BitketOutcome *shown = bitket_entry_model_get_outcome (self->model);

  if (shown != NULL &&
      g_strcmp0 (bitket_outcome_get_facts (shown)->ownership, undone->ownership) == 0)
    bitket_entry_model_clear (self->model);
}

static void
undone_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BitketEntryWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketOutcome) undone = bitket_door_undo_finish (BITKET_DOOR (source), result, &error);
  g_autofree char *text = NULL;

  if (self->is_leaving || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (undone != NULL)
    {
      const BitketOutcomeFacts *facts = bitket_outcome_get_facts (undone);

      clear_undone (self, facts);
      /* Translators: the name of a visitor */
      text = facts->name ? g_strdup_printf (_ ("Undone. %s may enter again."), facts->name)
                         : g_strdup (_ ("Undone. The ticket may enter again."));
    }
  else
    text = g_strdup (bitket_error_text_find (BITKET_TRIED_UNDO, error).sentence);
  bitket_entry_window_tell (self, text, BITKET_ENTRY_TOAST_PASSING);
}

void
bitket_entry_window_undo (BitketEntryWindow *self)
{
  if (self->door != NULL && !self->is_leaving)
    bitket_door_undo_async (self->door, NULL, self->cancellable, undone_cb, g_object_ref (self));
}
