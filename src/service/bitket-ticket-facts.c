/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-ticket-facts.h"

#include <string.h>

#include "bitket-feed-rows.h"

static const char facts_sql[] =
    "SELECT o.ticket, t.ticket_type, tt.event, e.organization, o.code, e.name, t.refunded,"
    " o.superseded, t.pending, t.utilized, t.utilized_by_door, e.entry_opens, e.ends"
    " FROM ticket_ownerships o JOIN tickets t ON t.id = o.ticket"
    " JOIN ticket_types tt ON tt.id = t.ticket_type JOIN events e ON e.id = tt.event"
    " WHERE o.id = $1";

/* Changes nothing, but holds the row until the transaction ends, in both databases. */
static const char lock_sql[] =
    "UPDATE tickets SET pending = pending"
    " WHERE id = (SELECT o.ticket FROM ticket_ownerships o WHERE o.id = $1)";

/* Every key of every event of the organization, with every type that may have been signed. */
static const char keys_sql[] =
    "SELECT e.id, e.name, k.verify_key, tt.id FROM events e"
    " JOIN event_keys k ON k.event = e.id JOIN ticket_types tt ON tt.event = e.id"
    " WHERE e.organization = (SELECT h.organization FROM events h WHERE h.id = $1)";

void
bitket_ticket_facts_clear (BitketTicketFacts *facts)
{
  g_clear_pointer (&facts->event_name, g_free);
  g_clear_pointer (&facts->utilized_by_door, g_free);
}

static void
copy_text (char *to, gsize size, BitketStatement *row, int column)
{
  const char *text = bitket_statement_get_text (row, column);

  g_strlcpy (to, text != NULL ? text : "", size);
}

static void
take_row (BitketStatement *row, BitketTicketFacts *facts)
{
  facts->is_known = TRUE;
  copy_text (facts->ticket, sizeof facts->ticket, row, 0);
  copy_text (facts->ticket_type, sizeof facts->ticket_type, row, 1);
  copy_text (facts->event, sizeof facts->event, row, 2);
  copy_text (facts->organization, sizeof facts->organization, row, 3);
  copy_text (facts->code, sizeof facts->code, row, 4);
  facts->event_name = g_strdup (bitket_statement_get_text (row, 5));
  facts->state = bitket_feed_read_state (row, 6);
  facts->utilized_us = bitket_statement_get_int64 (row, 9);
  facts->utilized_by_door = g_strdup (bitket_statement_get_text (row, 10));
  facts->entry_opens_us = bitket_statement_get_int64 (row, 11);
  facts->ends_us = bitket_statement_get_int64 (row, 12);
}

gboolean
bitket_ticket_facts_load (BitketDb *db,
                          const char *ownership,
                          BitketTicketFacts *facts,
                          GError **error)
{
  g_autoptr (BitketStatement) statement = NULL;
  g_autoptr (GError) local_error = NULL;

  g_return_val_if_fail (db != NULL && ownership != NULL && facts != NULL, FALSE);

  statement = bitket_db_prepare (db, facts_sql, error);
  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_text (statement, 1, ownership);
  if (bitket_statement_step (statement, &local_error))
    take_row (statement, facts);
  if (local_error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

gboolean
bitket_ticket_facts_lock (BitketDb *db,
                          const char *ownership,
                          BitketTicketFacts *facts,
                          GError **error)
{
  g_autoptr (BitketStatement) statement = NULL;

  g_return_val_if_fail (db != NULL && ownership != NULL && facts != NULL, FALSE);

  statement = bitket_db_prepare (db, lock_sql, error);
  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_text (statement, 1, ownership);
  return bitket_statement_run (statement, error) &&
         bitket_ticket_facts_load (db, ownership, facts, error);
}

static gboolean
verify (const BitketTicketCode *code, const char *event, const char *type, BitketStatement *row)
{
  gsize len = 0;
  const guint8 *key = bitket_statement_get_blob (row, 2, &len);

  return key != NULL && len == BITKET_VERIFY_KEY_LEN &&
         bitket_ticket_code_verify (code, event, type, key);
}

/* Goes through the keys until one fits. The type is signed but not written, and a ticket's may have
 * been changed since: as at the door, any of the event's will do. */
static BitketSignature
judge_key (BitketStatement *row,
           const BitketTicketCode *code,
           const char *event,
           const BitketTicketFacts *facts)
{
  const char *key_event = bitket_statement_get_text (row, 0);
  const char *type = bitket_statement_get_text (row, 3);

  if (strcmp (key_event, event) != 0)
    return verify (code, key_event, type, row) ||
                   (facts->is_known && verify (code, event, facts->ticket_type, row))
               ? BITKET_SIGNATURE_OTHER_EVENT
               : BITKET_SIGNATURE_BAD;
  return verify (code, event, type, row) ? BITKET_SIGNATURE_GOOD : BITKET_SIGNATURE_BAD;
}

static gboolean
search_keys (BitketDb *db,
             const char *event,
             const BitketTicketCode *code,
             const BitketTicketFacts *facts,
             BitketSignature *signature,
             char **event_name,
             GError **error)
{
  g_autoptr (BitketStatement) statement = bitket_db_prepare (db, keys_sql, error);
  g_autoptr (GError) local_error = NULL;

  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_text (statement, 1, event);
  *signature = BITKET_SIGNATURE_BAD;
  while (*signature != BITKET_SIGNATURE_GOOD && bitket_statement_step (statement, &local_error))
    {
      BitketSignature found = judge_key (statement, code, event, facts);

      if (found == BITKET_SIGNATURE_OTHER_EVENT && *event_name == NULL)
        *event_name = g_strdup (bitket_statement_get_text (statement, 1));
      if (found != BITKET_SIGNATURE_BAD)
        *signature = found;
    }
  if (local_error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

gboolean
bitket_ticket_facts_check_signature (BitketDb *db,
                                     const char *event,
                                     const BitketEntry *entry,
                                     const BitketTicketFacts *facts,
                                     BitketSignature *signature,
                                     char **event_name,
                                     GError **error)
{
  BitketTicketCode code = { 0 };

  g_return_val_if_fail (db != NULL && event != NULL && entry != NULL, FALSE);
  g_return_val_if_fail (facts != NULL && signature != NULL && event_name != NULL, FALSE);

  *signature = BITKET_SIGNATURE_NONE;
  if (!entry->has_signature)
    return TRUE;
  g_strlcpy (code.ownership, entry->ownership, sizeof code.ownership);
  g_strlcpy (code.code, entry->code, sizeof code.code);
  code.has_signature = TRUE;
  memcpy (code.signature, entry->signature, sizeof code.signature);
  return search_keys (db, event, &code, facts, signature, event_name, error);
}
