/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-db.h"
#include "bitket-entry.h"
#include "bitket-key-hash.h"

G_BEGIN_DECLS

/* The feed's rows out of the tables. A page is written as text as its rows come, without an object
 * per row or a statement per row; a test holds the text against bitket_feed_ticket_to_json(). */

#define BITKET_FEED_LIMIT_DEFAULT 1000
#define BITKET_FEED_LIMIT_MAX     5000

/**
 * bitket_feed_append_page:
 * @after: the number of the last change that the reader knows; 0: none
 * @out: the rows are appended, as an array
 * @last: (out): the number of the last change in this page, @after when it is empty
 * @has_more: (out): whether changes follow
 */
gboolean bitket_feed_append_page (BitketDb *db,
                                  const char *event,
                                  gint64 after,
                                  guint limit,
                                  GString *out,
                                  gint64 *last,
                                  gboolean *has_more,
                                  GError **error);
/** bitket_feed_row: Returns: (transfer full) (nullable): the row of one ownership; %NULL without
 * @error when there is none. @event must have its door key. */
JsonNode *bitket_feed_row (BitketDb *db, const char *event, const char *ownership, GError **error);
/** bitket_feed_read_state: what the feed says of a ticket: @row has the columns refunded,
 * superseded, pending and utilized from @column on */
BitketTicketState bitket_feed_read_state (BitketStatement *row, int column);
/** bitket_feed_append_json_text: @text (nullable) as a JSON string, or null */
void bitket_feed_append_json_text (GString *out, const char *text);

G_END_DECLS
