/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-door"

/* What the judge writes: scans, the service's word about them, and what is taken back. */

#include "bitket-door-judge-private.h"

#include <string.h>

/* The service sets no entry later than its own now, and this machine's clock may be so much ahead
 * of it without being called wrong. */
#define SAME_ENTRY_US (60 * G_TIME_SPAN_SECOND)

static void
fill_row (const BitketDoorDecision *decision, BitketDoorScan *row)
{
  BitketEntry *entry = &row->entry;

  g_strlcpy (entry->id, decision->scan_id, sizeof entry->id);
  g_strlcpy (entry->ownership, decision->ownership, sizeof entry->ownership);
  g_strlcpy (entry->code, decision->code.code, sizeof entry->code);
  entry->has_signature = decision->code.has_signature;
  memcpy (entry->signature, decision->code.signature, sizeof entry->signature);
  entry->at_us = decision->at_us;
  entry->source = decision->source;
  /* Whoever reads the row again reads it because nobody answered. */
  entry->is_offline = TRUE;
  entry->verdict = decision->verdict;
  entry->reason = decision->reason;
  entry->forced = g_strdup (decision->forced);
  row->authority = decision->authority;
  row->sent = BITKET_DOOR_SENT_QUEUED;
  row->is_clock_known = decision->is_clock_known;
  row->state_before = decision->state_before;
  row->utilized_before_us = decision->utilized_before_us;
  row->utilized_before_by = g_strdup (decision->utilized_before_by);
}

/* A ticket that only its signature tells of stands in the cache from now on, so that it enters
 * once. */
static gboolean
put_stub (BitketDoorJudge *judge, const BitketDoorDecision *decision, GError **error)
{
  g_autoptr (BitketDoorTicket) stub = NULL;
  GError *local_error = NULL;

  stub = bitket_door_store_lookup_ticket (judge->store, decision->ownership, &local_error);
  if (local_error != NULL)
    {
      g_propagate_error (error, local_error);
      return FALSE;
    }
  /* One is left when the service did not know the ticket the last time. */
  if (stub != NULL)
    return TRUE;
  stub = g_new0 (BitketDoorTicket, 1);
  g_strlcpy (stub->ownership, decision->ownership, sizeof stub->ownership);
  g_strlcpy (stub->ticket_type, decision->ticket_type, sizeof stub->ticket_type);
  if (judge->has_key)
    bitket_key_hash_code (&judge->key, decision->ownership, decision->code.code, stub->code_hash);
  stub->state = BITKET_TICKET_STATE_VALID;
  return bitket_door_store_put_ticket (judge->store, stub, NULL, error);
}

static gboolean
write_decision (BitketDoorJudge *judge, BitketDoorDecision *decision, GError **error)
{
  g_autoptr (BitketDoorScan) row = g_new0 (BitketDoorScan, 1);

  fill_row (decision, row);
  if (!bitket_door_store_insert_scan (judge->store, row, error))
    return FALSE;
  if (!bitket_door_scan_row_admits (row))
    return TRUE;
  if (decision->state_before == BITKET_TICKET_STATE_NONE && !put_stub (judge, decision, error))
    return FALSE;
  return bitket_door_store_set_state (judge->store, decision->ownership,
                                      BITKET_TICKET_STATE_UTILIZED, decision->at_us,
                                      judge->door_name, error);
}

static gboolean
commit_decision (BitketDoorJudge *judge, BitketDoorDecision *decision, GError **error)
{
  if (!bitket_door_store_begin (judge->store, error))
    return FALSE;
  if (write_decision (judge, decision, error))
    return bitket_door_store_commit (judge->store, error);
  bitket_door_store_rollback (judge->store);
  return FALSE;
}

static void
become_fault (BitketDoorJudge *judge, BitketDoorDecision *decision, GError *error)
{
  g_autoptr (GError) converted = bitket_door_error_convert (error);

  g_warning ("a scan could not be written: %s", converted->message);
  g_hash_table_remove (judge->asking, decision->scan_id);
  bitket_door_decision_set_fault (decision, converted);
}

/* What this door did with the ticket and the service has not heard of yet must not be overtaken by
 * a question: its answer would not count that in. */
static gboolean
may_overtake (BitketDoorJudge *judge, const BitketDoorDecision *decision)
{
  g_autoptr (GError) error = NULL;

  return *decision->ownership == '\0' ||
         (!bitket_door_store_is_moving (judge->store, decision->ownership, &error) &&
          error == NULL);
}

void
bitket_door_judge_record (BitketDoorJudge *judge, BitketDoorDecision *decision)
{
  g_autofree char *id = NULL;
  GError *error = NULL;

  if (!decision->writes)
    return;
  decision->asks = decision->asks && may_overtake (judge, decision);
  id = g_uuid_string_random ();
  g_strlcpy (decision->scan_id, id, sizeof decision->scan_id);
  if (!commit_decision (judge, decision, &error))
    {
      become_fault (judge, decision, error);
      return;
    }
  if (decision->asks)
    g_hash_table_add (judge->asking, g_strdup (decision->scan_id));
  else
    bitket_door_judge_remember (judge, decision);
}

void
bitket_door_judge_stand (BitketDoorJudge *judge, BitketDoorDecision *decision)
{
  g_hash_table_remove (judge->asking, decision->scan_id);
  bitket_door_judge_remember (judge, decision);
}

/* The service's word. */

static void
adopt_result (BitketDoorJudge *judge, BitketDoorDecision *decision, const BitketEntryResult *result)
{
  if (result->kind == BITKET_ENTRY_RESULT_ADMITTED)
    bitket_door_judge_set_reason (decision, BITKET_REASON_VALID);
  else if (result->kind == BITKET_ENTRY_RESULT_REFUSED)
    bitket_door_judge_set_reason (decision, result->reason);
  decision->authority = BITKET_AUTHORITY_SERVICE;
  decision->utilized_us = 0;
  g_clear_pointer (&decision->door, g_free);
  bitket_door_judge_describe_verdict (judge, decision);
  if (result->utilized_us != 0)
    decision->utilized_us = result->utilized_us;
  if (result->utilized_by_door != NULL)
    {
      g_free (decision->door);
      decision->door = g_strdup (result->utilized_by_door);
    }
  if (result->event_name != NULL)
    {
      g_free (decision->event_name);
      decision->event_name = g_strdup (result->event_name);
    }
}

/* What the ticket was before this door let it in, when the service tells nothing of it. One that
 * only its signature told of, and that the service does not want, enters nowhere any more: in the
 * state NONE it is refused as unknown until the feed knows better. */
static gboolean
restore_ticket (BitketDoorJudge *judge, const BitketDoorDecision *decision, GError **error)
{
  BitketTicketState state = decision->state_before;
  gboolean is_about_hours =
      decision->reason == BITKET_REASON_NOT_YET || decision->reason == BITKET_REASON_OVER;

  if (state == BITKET_TICKET_STATE_NONE && is_about_hours)
    state = BITKET_TICKET_STATE_VALID;
  return bitket_door_store_set_state (judge->store, decision->ownership, state,
                                      decision->utilized_before_us, decision->utilized_before_by,
                                      error);
}

/* By the service's word it was valid before it was used, whatever the cache said. */
static void
forget_before (BitketDoorScan *row)
{
  row->state_before = BITKET_TICKET_STATE_VALID;
  row->utilized_before_us = 0;
  g_clear_pointer (&row->utilized_before_by, g_free);
}

static gboolean
write_result (BitketDoorJudge *judge,
              BitketDoorDecision *decision,
              const BitketEntryResult *result,
              GError **error)
{
  g_autoptr (BitketDoorScan) row =
      bitket_door_store_lookup_scan (judge->store, decision->scan_id, error);
  gboolean was_in;

  if (row == NULL)
    return *error == NULL;
  was_in = bitket_door_scan_row_admits (row);
  row->entry.verdict = decision->verdict;
  row->entry.reason = decision->reason;
  row->entry.is_offline = FALSE;
  row->authority = decision->authority;
  row->sent = BITKET_DOOR_SENT_ACKNOWLEDGED;
  row->is_conflict = result->is_conflict;
  if (result->kind == BITKET_ENTRY_RESULT_ADMITTED)
    forget_before (row);
  if (!bitket_door_store_update_scan (judge->store, row, error))
    return FALSE;
  if (was_in && !bitket_door_scan_row_admits (row) && !restore_ticket (judge, decision, error))
    return FALSE;
  return bitket_door_settle_ticket (judge, decision->ownership, result, error);
}

/* Name and choices may be news: a ticket that was not in the cache. */
static void
describe_anew (BitketDoorJudge *judge, BitketDoorDecision *decision)
{
  g_autoptr (BitketDoorTicket) ticket =
      bitket_door_store_lookup_ticket (judge->store, decision->ownership, NULL);

  if (ticket == NULL || decision->name != NULL || decision->reason == BITKET_REASON_BAD_SIGNATURE)
    return;
  decision->name = g_steal_pointer (&ticket->name);
  decision->choices = g_steal_pointer (&ticket->choices);
  g_free (decision->type_name);
  decision->type_name =
      g_strdup (bitket_door_store_get_type_name (judge->store, ticket->ticket_type));
}

static gboolean
commit_result (BitketDoorJudge *judge,
               BitketDoorDecision *decision,
               const BitketEntryResult *result,
               GError **error)
{
  if (!bitket_door_store_begin (judge->store, error))
    return FALSE;
  if (write_result (judge, decision, result, error))
    return bitket_door_store_commit (judge->store, error);
  bitket_door_store_rollback (judge->store);
  return FALSE;
}

void
bitket_door_judge_settle (BitketDoorJudge *judge,
                          BitketDoorDecision *decision,
                          const BitketEntryResult *result)
{
  BitketVerdict written = decision->verdict;
  GError *error = NULL;

  adopt_result (judge, decision, result);
  if (!commit_result (judge, decision, result, &error))
    {
      /* Where the service says what the disk says already, nothing is lost: the row is sent again
       * later, and the answer will be the same. */
      if (written != decision->verdict)
        {
          become_fault (judge, decision, error);
          return;
        }
      g_warning ("an answer could not be written: %s", error->message);
      g_clear_error (&error);
    }
  g_hash_table_remove (judge->asking, decision->scan_id);
  describe_anew (judge, decision);
  bitket_door_judge_remember (judge, decision);
}

/* Taking back. */

static BitketDoorScan *
find_entry (BitketDoorJudge *judge, const char *scan_id, GError **error)
{
  g_autoptr (BitketDoorScan) row = NULL;
  GError *local_error = NULL;

  row = scan_id == NULL ? bitket_door_store_lookup_last_entry (judge->store, &local_error)
                        : bitket_door_store_lookup_scan (judge->store, scan_id, &local_error);
  if (local_error != NULL)
    {
      g_propagate_error (error, local_error);
      return NULL;
    }
  if (row == NULL || row->annulled_by[0] != '\0' || !bitket_door_scan_row_admits (row))
    {
      g_set_error_literal (error, BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_NOTHING,
                           "there is no entry of this door to take back");
      return NULL;
    }
  return g_steal_pointer (&row);
}

/* The ticket becomes what it was before @row, if it is @row that it is used by: another door may
 * have been first, or the service may have said something else of it since. */
static gboolean
restore_before (BitketDoorJudge *judge, const BitketDoorScan *row, GError **error)
{
  g_autoptr (BitketDoorTicket) ticket = NULL;
  GError *local_error = NULL;
  BitketTicketState state = row->state_before;

  ticket = bitket_door_store_lookup_ticket (judge->store, row->entry.ownership, &local_error);
  if (local_error != NULL)
    {
      g_propagate_error (error, local_error);
      return FALSE;
    }
  if (ticket == NULL || ticket->state != BITKET_TICKET_STATE_UTILIZED ||
      ABS (ticket->utilized_us - row->entry.at_us) > SAME_ENTRY_US ||
      g_strcmp0 (ticket->utilized_by, judge->door_name) != 0)
    return TRUE;
  if (state == BITKET_TICKET_STATE_NONE && row->sent != BITKET_DOOR_SENT_REFUSED)
    state = BITKET_TICKET_STATE_VALID;
  return bitket_door_store_set_state (judge->store, row->entry.ownership, state,
                                      row->utilized_before_us, row->utilized_before_by, error);
}

static gboolean
write_undo (BitketDoorJudge *judge,
            BitketDoorScan *row,
            const BitketDoorMoment *moment,
            GError **error)
{
  g_autoptr (BitketDoorScan) annulment = g_new0 (BitketDoorScan, 1);
  g_autofree char *id = g_uuid_string_random ();

  g_strlcpy (annulment->entry.id, id, sizeof annulment->entry.id);
  g_strlcpy (annulment->entry.annuls, row->entry.id, sizeof annulment->entry.annuls);
  g_strlcpy (annulment->entry.ownership, row->entry.ownership, sizeof annulment->entry.ownership);
  annulment->entry.at_us = moment->at_us;
  annulment->entry.source = BITKET_SCAN_SOURCE_HAND;
  annulment->entry.is_offline = TRUE;
  annulment->authority = BITKET_AUTHORITY_CACHE;
  annulment->sent = BITKET_DOOR_SENT_QUEUED;
  annulment->is_clock_known = moment->is_clock_known;
  g_strlcpy (row->annulled_by, id, sizeof row->annulled_by);
  return bitket_door_store_insert_scan (judge->store, annulment, error) &&
         bitket_door_store_update_scan (judge->store, row, error) &&
         restore_before (judge, row, error);
}

BitketDoorDecision *
bitket_door_judge_undo (BitketDoorJudge *judge,
                        const char *scan_id,
                        const BitketDoorMoment *moment,
                        GError **error)
{
  g_autoptr (BitketDoorDecision) decision =
      bitket_door_judge_begin (BITKET_SCAN_SOURCE_HAND, moment);
  g_autoptr (BitketDoorTicket) ticket = NULL;
  g_autoptr (BitketDoorScan) row = find_entry (judge, scan_id, error);

  if (row == NULL || !bitket_door_store_begin (judge->store, error))
    return NULL;
  if (!write_undo (judge, row, moment, error))
    {
      bitket_door_store_rollback (judge->store);
      return NULL;
    }
  if (!bitket_door_store_commit (judge->store, error))
    return NULL;
  bitket_door_judge_forget (judge, row->entry.ownership, BITKET_VERDICT_NONE);
  ticket = bitket_door_store_lookup_ticket (judge->store, row->entry.ownership, NULL);
  if (ticket != NULL)
    bitket_door_judge_describe_ticket (judge, decision, ticket);
  g_strlcpy (decision->scan_id, row->entry.id, sizeof decision->scan_id);
  decision->verdict = row->entry.verdict;
  decision->reason = row->entry.reason;
  decision->authority = row->authority;
  decision->kind = BITKET_SCAN_KIND_TICKET;
  decision->at_us = row->entry.at_us;
  return g_steal_pointer (&decision);
}
