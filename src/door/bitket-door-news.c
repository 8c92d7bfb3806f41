/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-door"

/* What comes from the service: pages of the feed, and of the stream what is no hint only. */

#include "bitket-door-judge-private.h"

#include <string.h>

static char **
dup_choices (JsonArray *choices)
{
  g_autoptr (GStrvBuilder) builder = NULL;

  if (choices == NULL || json_array_get_length (choices) == 0)
    return NULL;
  builder = g_strv_builder_new ();
  for (guint i = 0; i < json_array_get_length (choices); i++)
    {
      const char *choice = json_array_get_string_element (choices, i);

      if (choice != NULL)
        g_strv_builder_add (builder, choice);
    }
  return g_strv_builder_end (builder);
}

static BitketDoorTicket *
make_ticket (const BitketFeedTicket *news)
{
  BitketDoorTicket *ticket = g_new0 (BitketDoorTicket, 1);

  memcpy (ticket->ownership, news->ownership, sizeof ticket->ownership);
  memcpy (ticket->ticket, news->ticket, sizeof ticket->ticket);
  memcpy (ticket->ticket_type, news->ticket_type, sizeof ticket->ticket_type);
  memcpy (ticket->code_hash, news->code_hash, sizeof ticket->code_hash);
  ticket->state = news->state;
  ticket->utilized_us = news->utilized_us;
  ticket->utilized_by = g_strdup (news->utilized_by_door);
  ticket->name = g_strdup (news->name);
  ticket->email = g_strdup (news->email);
  ticket->liu_id = g_strdup (news->liu_id);
  ticket->nin_hash = g_strdup (news->nin_hash);
  ticket->choices = dup_choices (news->choices);
  return ticket;
}

/* The door knows better who is in; the rest of @ticket is news all the same. */
static gboolean
keep_state (BitketDoorJudge *judge, BitketDoorTicket *ticket, GError **error)
{
  g_autoptr (BitketDoorTicket) known = NULL;
  GError *local_error = NULL;

  known = bitket_door_store_lookup_ticket (judge->store, ticket->ownership, &local_error);
  if (local_error != NULL)
    {
      g_propagate_error (error, local_error);
      return FALSE;
    }
  if (known == NULL)
    return TRUE;
  ticket->state = known->state;
  ticket->utilized_us = known->utilized_us;
  g_free (ticket->utilized_by);
  ticket->utilized_by = g_steal_pointer (&known->utilized_by);
  return TRUE;
}

static gboolean
put_ticket (BitketDoorJudge *judge,
            const BitketFeedTicket *news,
            gboolean is_protected,
            GError **error)
{
  g_autoptr (BitketDoorTicket) ticket = make_ticket (news);

  if (is_protected && !keep_state (judge, ticket, error))
    return FALSE;
  /* A new state is no longer what was said a moment ago; but that somebody was let in is echoed by
   * the feed, and that is the same scan still. */
  bitket_door_judge_forget (judge, ticket->ownership,
                            ticket->state == BITKET_TICKET_STATE_UTILIZED ? BITKET_VERDICT_ADMIT
                                                                          : BITKET_VERDICT_NONE);
  return bitket_door_store_put_ticket (judge->store, ticket, news->card_hashes, error);
}

gboolean
bitket_door_put_news (BitketDoorJudge *judge,
                      const BitketFeedTicket *ticket,
                      gint64 asked_us,
                      GError **error)
{
  GError *local_error = NULL;
  gboolean is_protected =
      bitket_door_store_was_touched (judge->store, ticket->ownership, asked_us) ||
      bitket_door_store_is_moving (judge->store, ticket->ownership, &local_error);

  if (local_error != NULL)
    {
      g_propagate_error (error, local_error);
      return FALSE;
    }
  return put_ticket (judge, ticket, is_protected, error);
}

/* Pages. */

/* @n_put_off: (out): rows that may be newer than what this door did while the page was under way,
 * or older: only a page that is asked for later can tell */
static gboolean
put_page_tickets (BitketDoorJudge *judge,
                  BitketJsonReader *reader,
                  gint64 asked_us,
                  guint *n_tickets,
                  guint *n_put_off,
                  GError **error)
{
  g_autoptr (GHashTable) moving = NULL;
  JsonArray *tickets;

  if (!bitket_json_read_array (reader, "tickets", &tickets, error))
    return FALSE;
  moving = bitket_door_store_list_moving (judge->store, error);
  if (moving == NULL)
    return FALSE;
  *n_tickets = json_array_get_length (tickets);
  for (guint i = 0; i < *n_tickets; i++)
    {
      g_auto (BitketJsonReader) child = { 0 };
      BitketFeedTicket ticket = { 0 };
      gboolean is_moving, was_touched;

      if (!bitket_json_read_element (reader, "tickets", tickets, i, &child, error) ||
          !bitket_feed_ticket_from_reader (&child, &ticket, error))
        return FALSE;
      is_moving = g_hash_table_contains (moving, ticket.ownership);
      was_touched = bitket_door_store_was_touched (judge->store, ticket.ownership, asked_us);
      *n_put_off += was_touched && !is_moving;
      if (!put_ticket (judge, &ticket, is_moving || was_touched, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
put_page_document (BitketDoorJudge *judge,
                   BitketJsonReader *reader,
                   gint64 asked_us,
                   guint *n_tickets,
                   gboolean *has_more,
                   GError **error)
{
  const char *cursor;
  guint n_put_off = 0;

  if (!bitket_json_read_string (reader, "cursor", &cursor, error) ||
      !bitket_json_read_boolean (reader, "has_more", has_more, error))
    return FALSE;
  /* A later page may leave the event out. */
  if (bitket_json_reader_has (reader, "event") &&
      !bitket_door_store_set_event (judge->store, json_object_get_member (reader->object, "event"),
                                    error))
    return FALSE;
  if (!put_page_tickets (judge, reader, asked_us, n_tickets, &n_put_off, error))
    return FALSE;
  /* The same page is asked for once more: of those rows it brings what is true then. What moves
   * needs none of that: the answer to the door's own row brings the ticket. */
  if (n_put_off > 0)
    {
      *n_tickets = 0;
      *has_more = TRUE;
      return TRUE;
    }
  if (*has_more && g_strcmp0 (cursor, bitket_door_store_get_cursor (judge->store)) == 0)
    {
      g_set_error_literal (error, BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_FAILED,
                           "the service's feed stands still: there is more, but not where");
      return FALSE;
    }
  return bitket_door_store_set_cursor (judge->store, cursor, *has_more, error);
}

gboolean
bitket_door_put_page (BitketDoorJudge *judge,
                      GBytes *page,
                      gint64 asked_us,
                      guint *n_tickets,
                      gboolean *has_more,
                      GError **error)
{
  gsize len;
  const char *text = g_bytes_get_data (page, &len);
  g_autoptr (JsonNode) node = bitket_json_parse (text == NULL ? "" : text, (gssize) len, error);
  g_auto (BitketJsonReader) reader = { 0 };

  if (node == NULL || !bitket_json_reader_init (&reader, node, NULL, error) ||
      !bitket_door_store_begin (judge->store, error))
    return FALSE;
  if (put_page_document (judge, &reader, asked_us, n_tickets, has_more, error))
    return bitket_door_store_commit (judge->store, error);
  bitket_door_store_rollback (judge->store);
  return FALSE;
}

/* Messages. */

/* {"type": "conflict", "ownership", "scan", "at", "door", "utilized", "utilized_by_door"} */
BitketOutcome *
bitket_door_read_conflict (BitketDoorJudge *judge, JsonNode *message)
{
  BitketDoorStore *store = judge->store;
  g_auto (BitketJsonReader) reader = { 0 };
  g_autoptr (BitketDoorTicket) ticket = NULL;
  char ownership[BITKET_ID_SIZE], scan[BITKET_ID_SIZE];
  const char *type;
  BitketOutcomeFacts facts = {
    .verdict = BITKET_VERDICT_ATTENTION,
    .reason = BITKET_REASON_ALREADY_ADMITTED,
    .authority = BITKET_AUTHORITY_SERVICE,
    .kind = BITKET_SCAN_KIND_TICKET,
    .ownership = ownership,
    .scan_id = scan,
  };

  if (!bitket_json_reader_init (&reader, message, NULL, NULL) ||
      !bitket_json_read_string (&reader, "type", &type, NULL) || strcmp (type, "conflict") != 0 ||
      !bitket_json_read_id (&reader, "ownership", ownership, NULL) ||
      !bitket_json_read_id (&reader, "scan", scan, NULL) ||
      !bitket_json_read_time_or (&reader, "utilized", 0, &facts.utilized_us, NULL) ||
      !bitket_json_read_time_or (&reader, "at", 0, &facts.at_us, NULL) ||
      !bitket_json_read_string_or (&reader, "utilized_by_door", NULL, &facts.door, NULL))
    return NULL;
  ticket = bitket_door_store_lookup_ticket (store, ownership, NULL);
  if (ticket != NULL)
    {
      facts.name = ticket->name;
      facts.choices = (const char *const *) ticket->choices;
      facts.ticket_type = bitket_door_store_get_type_name (store, ticket->ticket_type);
    }
  return bitket_outcome_new (&facts);
}
