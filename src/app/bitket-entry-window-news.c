/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket"

/* What the crew is told beside the verdicts: sounds, and sentences that pass by. */

#include "bitket-entry-window.h"

#include <glib/gi18n.h>

#include "bitket-client-error.h"
#include "bitket-entry-window-private.h"
#include "bitket-error-text.h"
#include "bitket-format.h"
#include "bitket-reason-text.h"

#define PASSING_S 6

void
bitket_entry_window_tell (BitketEntryWindow *self, const char *text, BitketEntryToast kind)
{
  AdwToast *toast;
  g_autofree char *markup = g_markup_escape_text (text, -1);

  toast = adw_toast_new (markup);
  adw_toast_set_timeout (toast, kind == BITKET_ENTRY_TOAST_STAYING ? 0 : PASSING_S);
  adw_toast_overlay_add_toast (self->toast_overlay, toast);
}

/* Being offline stands in the top bar, and comes and goes by itself. */
static gboolean
is_about_reach (const GError *error)
{
  return g_error_matches (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_UNREACHABLE) ||
         g_error_matches (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_TIMEOUT) ||
         g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* What is tried again and again is told once. */
static void
trouble_cb (BitketEntryWindow *self, const GError *error)
{
  const char *sentence = bitket_error_text_find (BITKET_TRIED_DOOR, error).sentence;

  if (is_about_reach (error) || g_strcmp0 (sentence, self->last_trouble) == 0)
    return;
  g_message ("trouble at the door: %s", error->message);
  g_free (self->last_trouble);
  self->last_trouble = g_strdup (sentence);
  bitket_entry_window_tell (self, sentence, BITKET_ENTRY_TOAST_PASSING);
}

static void
conflict_cb (BitketEntryWindow *self, BitketOutcome *outcome)
{
  const BitketOutcomeFacts *facts = bitket_outcome_get_facts (outcome);
  g_autofree char *clock = bitket_format_clock (facts->utilized_us);
  /* Translators: stands for a name */
  const char *name = facts->name ? facts->name : _ ("A ticket");
  g_autofree char *text =
      facts->door != NULL
          /* Translators: a name, the name of a door, a time */
          ? g_strdup_printf (_ ("%s was let in twice: here, and at %s, %s."), name, facts->door,
                             clock)
          : g_strdup_printf (_ ("%s was let in twice: here, and at another door."), name);

  bitket_entry_window_tell (self, text, BITKET_ENTRY_TOAST_STAYING);
}

static void
announced_cb (BitketEntryWindow *self, BitketOutcome *outcome)
{
  bitket_tones_play (self->tones, bitket_reason_text_get_tone (outcome));
}

/* What else the door tells is the model's. */
void
bitket_entry_window_follow_news (BitketEntryWindow *self)
{
  g_signal_connect_object (self->model, "announced", G_CALLBACK (announced_cb), self,
                           G_CONNECT_SWAPPED);
  if (self->door == NULL)
    return;
  g_signal_connect_object (self->door, "trouble", G_CALLBACK (trouble_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->door, "conflict", G_CALLBACK (conflict_cb), self,
                           G_CONNECT_SWAPPED);
}
