/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket"

/* Looking for somebody by name, and letting in who was picked. */

#include "bitket-entry-window.h"

#include <glib/gi18n.h>
#include <string.h>

#include "bitket-entry-window-private.h"
#include "bitket-error-text.h"
#include "bitket-force-dialog.h"
#include "bitket-format.h"

#define MAX_HITS 50

typedef struct
{
  BitketEntryWindow *window; /* (owned) */
  char *query;               /* (owned) */
} Search;

static void
free_search (Search *search)
{
  g_object_unref (search->window);
  g_free (search->query);
  g_free (search);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Search, free_search)

static gint64
get_now_us (BitketEntryWindow *self)
{
  return bitket_clock_get_now_us (bitket_entry_model_get_clock (self->model));
}

static void
stop_search (BitketEntryWindow *self)
{
  g_cancellable_cancel (self->searching);
  g_clear_object (&self->searching);
}

static void
found_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Search) search = user_data;
  BitketEntryWindow *self = search->window;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) hits = bitket_door_search_finish (BITKET_DOOR (source), result, &error);

  if (self->is_leaving || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (hits == NULL)
    {
      bitket_entry_window_tell (self, bitket_error_text_find (BITKET_TRIED_SEARCH, error).sentence,
                                BITKET_ENTRY_TOAST_PASSING);
      return;
    }
  g_clear_pointer (&self->hits, g_ptr_array_unref);
  self->hits = g_ptr_array_ref (hits);
  bitket_hit_list_show (self->hit_list, search->query, hits, get_now_us (self));
  gtk_stack_set_visible_child_name (self->left_stack, "hits");
}

void
bitket_entry_window_search (BitketEntryWindow *self, const char *query)
{
  Search *search;

  if (self->door == NULL || self->is_leaving || *query == '\0')
    return;
  stop_search (self);
  self->searching = g_cancellable_new ();
  search = g_new0 (Search, 1);
  search->window = g_object_ref (self);
  search->query = g_strstrip (g_strdup (query));
  bitket_door_search_async (self->door, search->query, MAX_HITS, self->searching, found_cb, search);
}

/* While somebody types. Digits and braces are a reader's: what they are is known at Enter. */
void
bitket_entry_window_search_typed (BitketEntryWindow *self)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->search_entry));

  if (*text == '\0')
    {
      stop_search (self);
      gtk_stack_set_visible_child_name (self->left_stack, "camera");
    }
  else if (g_unichar_isalpha (g_utf8_get_char (text)) && g_utf8_strlen (text, -1) >= 2)
    bitket_entry_window_search (self, text);
}

void
bitket_entry_window_clear_search (BitketEntryWindow *self)
{
  stop_search (self);
  gtk_editable_set_text (GTK_EDITABLE (self->search_entry), "");
  gtk_stack_set_visible_child_name (self->left_stack, "camera");
}

/* Letting in. */

static void
admitted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BitketEntryWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketOutcome) outcome =
      bitket_door_admit_finish (BITKET_DOOR (source), result, &error);

  if (self->is_leaving || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (outcome != NULL)
    bitket_entry_window_clear_search (self);
  else
    bitket_entry_window_tell (self, bitket_error_text_find (BITKET_TRIED_ADMIT, error).sentence,
                              BITKET_ENTRY_TOAST_PASSING);
}

void
bitket_entry_window_admit (BitketEntryWindow *self, const char *ownership, const char *forced)
{
  if (self->door != NULL && !self->is_leaving)
    bitket_door_admit_async (self->door, ownership, forced, self->cancellable, admitted_cb,
                             g_object_ref (self));
}

static void
confirmed_cb (BitketEntryWindow *self, const char *ownership, const char *reason)
{
  bitket_entry_window_admit (self, ownership, reason);
}

static const BitketDoorHit *
find_hit (BitketEntryWindow *self, const char *ownership)
{
  for (guint i = 0; self->hits != NULL && i < self->hits->len; i++)
    {
      const BitketDoorHit *hit = g_ptr_array_index (self->hits, i);

      if (strcmp (hit->ownership, ownership) == 0)
        return hit;
    }
  return NULL;
}

static char *
dup_why_not (BitketEntryWindow *self, const BitketDoorHit *hit)
{
  g_autofree char *moment = bitket_format_moment (hit->utilized_us, get_now_us (self));

  if (hit->state == BITKET_TICKET_STATE_UTILIZED && hit->utilized_us != 0)
    /* Translators: a time */
    return g_strdup_printf (_ ("This ticket is inside already, since %s."), moment);
  if (hit->state == BITKET_TICKET_STATE_PENDING)
    return g_strdup (_ ("This ticket is not paid for yet."));
  if (hit->state == BITKET_TICKET_STATE_REFUNDED)
    return g_strdup (_ ("This ticket was refunded."));
  return g_strdup (_ ("This ticket was resold or transferred to somebody else."));
}

void
bitket_entry_window_ask_force (BitketEntryWindow *self, const char *ownership)
{
  const BitketDoorHit *hit = find_hit (self, ownership);
  g_autofree char *why_not = hit ? dup_why_not (self, hit) : NULL;
  BitketForceDialog *dialog =
      bitket_force_dialog_new (GTK_WINDOW (self), ownership, hit ? hit->name : NULL, why_not);

  g_signal_connect_object (dialog, "confirmed", G_CALLBACK (confirmed_cb), self, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}
