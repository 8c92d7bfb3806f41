/* SPDX-License-Identifier: MIT */
#pragma once

#include <adwaita.h>

#include "bitket-event-list.h"
#include "bitket-overview.h"
#include "bitket-session.h"

G_BEGIN_DECLS

/* The events beside one of them. Properties: session (BitketSession), events (BitketEventList,
 * read-only), overview (BitketOverview, read-only, nullable: of the chosen event).
 * Actions: browse.reload, browse.show-events, browse.search. */
#define BITKET_TYPE_BROWSE_PAGE (bitket_browse_page_get_type ())
G_DECLARE_FINAL_TYPE (BitketBrowsePage, bitket_browse_page, BITKET, BROWSE_PAGE, AdwBin)

/** bitket_browse_page_set_session: (nullable): %NULL forgets everything that was loaded */
void bitket_browse_page_set_session (BitketBrowsePage *self, BitketSession *session);
BitketEventList *bitket_browse_page_get_events (BitketBrowsePage *self);
BitketOverview *bitket_browse_page_get_overview (BitketBrowsePage *self);
/** bitket_browse_page_show_event: (nullable) */
void bitket_browse_page_show_event (BitketBrowsePage *self, BitketEventItem *item);

G_END_DECLS
