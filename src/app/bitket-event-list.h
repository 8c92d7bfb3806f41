/* SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>

#include "bitket-event-item.h"
#include "bitket-session.h"

G_BEGIN_DECLS

/* The events of a session's account, sorted, and filtered by a search.
 *
 * Properties: events (GListModel of BitketEventItem, read-only), search (string), state (string,
 * read-only): "loading", "error", "empty", "none-found" or "ready"; error-title, error-sentence
 * (strings, read-only), sign-in-needed (boolean, read-only): what helps against the error. */
#define BITKET_TYPE_EVENT_LIST (bitket_event_list_get_type ())
G_DECLARE_FINAL_TYPE (BitketEventList, bitket_event_list, BITKET, EVENT_LIST, GObject)

BitketEventList *bitket_event_list_new (BitketSession *session);
/** bitket_event_list_reload: asks again; what is shown stays until the answer is there */
void bitket_event_list_reload (BitketEventList *self);
GListModel *bitket_event_list_get_events (BitketEventList *self);
const char *bitket_event_list_get_state (BitketEventList *self);
void bitket_event_list_set_search (BitketEventList *self, const char *search);

G_END_DECLS
