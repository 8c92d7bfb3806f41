/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-admit-private.h"

#include <string.h>

#include "bitket-admission.h"
#include "bitket-event-keys.h"
#include "bitket-feed-rows.h"

/* An item in work: what is known, what was decided. */
typedef struct
{
  const BitketAdmitter *admitter;
  BitketDb *db;
  const BitketEntry *entry;
  BitketTicketFacts facts;
  BitketAdmission admission;
  char *event_name; /* (owned) (nullable) of another event that signed it */
  gint64 at_us;     /* never after now: an entry cannot be in the future */
  gboolean is_here;
} Item;

static void
clear_item (Item *item)
{
  bitket_ticket_facts_clear (&item->facts);
  g_clear_pointer (&item->event_name, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Item, clear_item)

/* A door tells what it showed when it could not ask; a crew that lets somebody in against the
 * verdict has decided as well. */
static gboolean
is_told (const BitketEntry *entry)
{
  return entry->verdict != BITKET_VERDICT_NONE || entry->forced != NULL;
}

static gboolean
was_let_in (const BitketEntry *entry)
{
  return bitket_reason_admits (entry->reason) || entry->forced != NULL;
}

/* Fills in the facts and asks the rule. Hours do not count for who is inside already. */
static gboolean
decide (Item *item, GError **error)
{
  const BitketEntry *entry = item->entry;
  BitketTicketFacts *known = &item->facts;
  BitketAdmissionFacts facts = { 0 };

  if (!bitket_ticket_facts_lock (item->db, entry->ownership, known, error) ||
      !bitket_ticket_facts_check_signature (item->db, item->admitter->event, entry, known,
                                            &facts.signature, &item->event_name, error))
    return FALSE;
  item->is_here = known->is_known && strcmp (known->event, item->admitter->event) == 0;
  facts.knowledge = !known->is_known ? BITKET_KNOWLEDGE_NONE
                    : item->is_here  ? BITKET_KNOWLEDGE_HERE
                                     : BITKET_KNOWLEDGE_ELSEWHERE;
  facts.code_matches = entry->code[0] == '\0' || strcmp (entry->code, known->code) == 0;
  facts.state = known->state;
  facts.at_us = item->at_us;
  if (!is_told (entry))
    {
      facts.entry_opens_us = known->entry_opens_us;
      facts.ends_us = known->ends_us;
    }
  item->admission = bitket_admission_decide (&facts);
  /* A door may trust a signature until it hears more; the service is who would have to know. */
  if (item->admission.reason == BITKET_REASON_SIGNATURE_ONLY)
    item->admission = (BitketAdmission) { BITKET_VERDICT_REFUSE, BITKET_REASON_UNKNOWN_TICKET };
  return TRUE;
}

static gboolean
write_row (Item *item,
           const char *result,
           BitketReason reason,
           gboolean is_conflict,
           GError **error)
{
  const BitketAdmitRow row = { result, reason, is_conflict, item->at_us };

  return bitket_admit_write_row (item->admitter, item->db, item->entry, &item->facts, &row, error);
}

static gboolean
admit (Item *item, BitketEntryResult *result, GError **error)
{
  const BitketAdmitter *admitter = item->admitter;

  if (!write_row (item, "admitted", BITKET_REASON_VALID, FALSE, error))
    return FALSE;
  if (!bitket_admit_set_utilized (admitter, item->db, item->entry->ownership, item->facts.ticket,
                                  item->at_us, admitter->door_name, item->entry->id, error))
    return FALSE;
  result->kind = BITKET_ENTRY_RESULT_ADMITTED;
  result->reason = BITKET_REASON_VALID;
  result->utilized_us = item->at_us;
  result->utilized_by_door = g_strdup (admitter->door_name);
  return TRUE;
}

static gboolean
refuse (Item *item, gboolean is_conflict, BitketEntryResult *result, GError **error)
{
  BitketReason reason = item->admission.reason;

  if (!write_row (item, bitket_reason_to_string (reason), reason, is_conflict, error))
    return FALSE;
  if (is_conflict)
    bitket_admit_tell_conflict (item->admitter, item->entry, &item->facts, item->at_us);
  result->kind = BITKET_ENTRY_RESULT_REFUSED;
  result->reason = reason;
  result->utilized_us = item->facts.utilized_us;
  result->utilized_by_door = g_strdup (item->facts.utilized_by_door);
  result->is_conflict = is_conflict && reason == BITKET_REASON_ALREADY_ADMITTED;
  if (reason == BITKET_REASON_WRONG_EVENT)
    result->event_name =
        g_strdup (item->event_name != NULL ? item->event_name : item->facts.event_name);
  return TRUE;
}

/* Somebody told an earlier entry than the one that counted: that one becomes the conflict. */
static gboolean
overtake (Item *item, BitketEntryResult *result, GError **error)
{
  g_autoptr (BitketStatement) statement =
      bitket_db_prepare (item->db,
                         "UPDATE entries SET is_conflict = 1 WHERE event = $1 AND ownership IN"
                         " (SELECT o.id FROM ticket_ownerships o WHERE o.ticket = $2)"
                         " AND result = 'admitted' AND annulled_by IS NULL",
                         error);

  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_text (statement, 1, item->admitter->event);
  bitket_statement_bind_text (statement, 2, item->facts.ticket);
  if (!bitket_statement_run (statement, error))
    return FALSE;
  bitket_admit_tell_conflict (item->admitter, item->entry, &item->facts, item->at_us);
  return admit (item, result, error);
}

/* The visitor is inside: what is left is to say whether that was an entry or one too many. */
static gboolean
settle_told (Item *item, BitketEntryResult *result, GError **error)
{
  BitketReason reason = item->admission.reason;

  if (reason == BITKET_REASON_ALREADY_ADMITTED && item->is_here &&
      item->at_us < item->facts.utilized_us)
    return overtake (item, result, error);
  if (bitket_reason_admits (reason))
    return admit (item, result, error);
  /* A crew that knew what it did; a second time it is a conflict all the same. */
  if (item->entry->forced != NULL && item->is_here && item->facts.utilized_us == 0)
    return admit (item, result, error);
  return refuse (item, TRUE, result, error);
}

static gboolean
log_denial (Item *item, BitketEntryResult *result, GError **error)
{
  result->kind = BITKET_ENTRY_RESULT_LOGGED;
  result->utilized_us = item->facts.utilized_us;
  result->utilized_by_door = g_strdup (item->facts.utilized_by_door);
  return write_row (item, "logged", item->entry->reason, FALSE, error);
}

static gboolean
settle (Item *item, BitketEntryResult *result, GError **error)
{
  if (!is_told (item->entry))
    return bitket_reason_admits (item->admission.reason) ? admit (item, result, error)
                                                         : refuse (item, FALSE, result, error);
  return was_let_in (item->entry) ? settle_told (item, result, error)
                                  : log_denial (item, result, error);
}

/* The door learns what the ticket is now. */
static gboolean
attach_ticket (const BitketAdmitter *admitter,
               BitketDb *db,
               const char *ownership,
               BitketEntryResult *result,
               GError **error)
{
  g_autoptr (GError) local_error = NULL;

  if (*ownership == '\0')
    return TRUE;
  if (!bitket_event_keys_ensure (admitter->request, db, admitter->event, error))
    return FALSE;
  result->ticket = bitket_feed_row (db, admitter->event, ownership, &local_error);
  if (local_error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

static void
read_stored (BitketStatement *row, BitketEntryResult *result)
{
  const char *text = bitket_statement_get_text (row, 1);

  result->reason = bitket_reason_from_string (bitket_statement_get_text (row, 2));
  result->is_conflict = bitket_statement_get_int64 (row, 3) != 0;
  if (strcmp (text, "admitted") == 0)
    result->kind = BITKET_ENTRY_RESULT_ADMITTED;
  else if (strcmp (text, "annulled") == 0)
    result->kind = BITKET_ENTRY_RESULT_ANNULLED;
  else if (strcmp (text, "logged") == 0)
    result->kind = BITKET_ENTRY_RESULT_LOGGED;
  else
    result->kind = BITKET_ENTRY_RESULT_REFUSED;
}

/* Whether @row was a question that got a refusal, and @entry tells that the visitor is in all the
 * same: the answer was lost, and the door decided by itself. */
static gboolean
is_overruled (BitketStatement *row, const BitketEntry *entry)
{
  return is_told (entry) && was_let_in (entry) && entry->annuls[0] == '\0' &&
         bitket_statement_is_null (row, 5) &&
         strcmp (bitket_statement_get_text (row, 4), "none") == 0 &&
         bitket_reason_from_string (bitket_statement_get_text (row, 1)) != BITKET_REASON_NONE;
}

/* The question makes room for what really happened under its id. */
static gboolean
drop_question (BitketDb *db, const char *id, GError **error)
{
  g_autoptr (BitketStatement) statement =
      bitket_db_prepare (db, "DELETE FROM entries WHERE id = $1", error);

  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_text (statement, 1, id);
  return bitket_statement_run (statement, error);
}

/* An id that is not of this event is somebody's mistake: nothing of the other entry is told. */
static gboolean
find_stored (const BitketAdmitter *admitter,
             BitketDb *db,
             const BitketEntry *entry,
             BitketEntryResult *result,
             gboolean *is_stored,
             GError **error)
{
  g_auto (BitketTicketFacts) facts = { 0 };
  g_autoptr (GError) local_error = NULL;
  g_autoptr (BitketStatement) statement = bitket_db_prepare (
      db,
      "SELECT event, result, reason, is_conflict, shown_verdict, forced FROM entries WHERE id = $1",
      error);

  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_text (statement, 1, entry->id);
  *is_stored = bitket_statement_step (statement, &local_error);
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  if (!*is_stored)
    return TRUE;
  if (strcmp (bitket_statement_get_text (statement, 0), admitter->event) != 0)
    {
      result->kind = BITKET_ENTRY_RESULT_REFUSED;
      result->reason = BITKET_REASON_FAULT;
      return TRUE;
    }
  if (is_overruled (statement, entry))
    {
      *is_stored = FALSE;
      g_clear_pointer (&statement, bitket_statement_free);
      return drop_question (db, entry->id, error);
    }
  read_stored (statement, result);
  if (!bitket_ticket_facts_load (db, entry->ownership, &facts, error))
    return FALSE;
  result->utilized_us = facts.utilized_us;
  result->utilized_by_door = g_steal_pointer (&facts.utilized_by_door);
  if (result->reason == BITKET_REASON_WRONG_EVENT)
    result->event_name = g_steal_pointer (&facts.event_name);
  return TRUE;
}

gboolean
bitket_admit_entry (const BitketAdmitter *admitter,
                    BitketDb *db,
                    const BitketEntry *entry,
                    BitketEntryResult *result,
                    GError **error)
{
  g_auto (Item) item = { 0 };
  gboolean is_stored = FALSE;

  g_return_val_if_fail (admitter != NULL && db != NULL && entry != NULL && result != NULL, FALSE);

  g_strlcpy (result->id, entry->id, sizeof result->id);
  if (!find_stored (admitter, db, entry, result, &is_stored, error))
    return FALSE;
  if (is_stored)
    return attach_ticket (admitter, db, entry->ownership, result, error);
  if (entry->annuls[0] != '\0')
    return bitket_admit_annul (admitter, db, entry, result, error) &&
           attach_ticket (admitter, db, entry->ownership, result, error);

  item.admitter = admitter;
  item.db = db;
  item.entry = entry;
  item.at_us = MIN (entry->at_us, admitter->request->now_us);
  return decide (&item, error) && settle (&item, result, error) &&
         attach_ticket (admitter, db, entry->ownership, result, error);
}
