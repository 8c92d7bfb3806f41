/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-door"

/* The service's answers to entries, asked or told. */

#include "bitket-door-judge-private.h"

#include <string.h>

void
bitket_door_verdicts_free (BitketDoorVerdicts *verdicts)
{
  g_ptr_array_unref (verdicts->conflicts);
  g_free (verdicts);
}

/* The row of the feed that came with a result. It is the service's word as of now, but for rows of
 * this door that it has not seen yet. */
static gboolean
put_result_ticket (BitketDoorJudge *judge, JsonNode *node, GError **error)
{
  g_auto (BitketJsonReader) reader = { 0 };
  BitketFeedTicket ticket = { 0 };

  if (!bitket_json_reader_init (&reader, node, "ticket", error) ||
      !bitket_feed_ticket_from_reader (&reader, &ticket, error))
    return FALSE;
  return bitket_door_put_news (judge, &ticket, G_MAXINT64, error);
}

gboolean
bitket_door_settle_ticket (BitketDoorJudge *judge,
                           const char *ownership,
                           const BitketEntryResult *result,
                           GError **error)
{
  GError *local_error = NULL;
  gboolean is_in = result->kind == BITKET_ENTRY_RESULT_ADMITTED ||
                   result->reason == BITKET_REASON_ALREADY_ADMITTED;

  if (*ownership == '\0' || result->kind == BITKET_ENTRY_RESULT_LOGGED ||
      result->kind == BITKET_ENTRY_RESULT_NONE)
    return TRUE;
  if (result->ticket != NULL && !put_result_ticket (judge, result->ticket, error))
    return FALSE;
  if (result->kind == BITKET_ENTRY_RESULT_ANNULLED || !is_in || result->utilized_us == 0 ||
      bitket_door_store_is_moving (judge->store, ownership, &local_error))
    {
      if (local_error == NULL)
        return TRUE;
      g_propagate_error (error, local_error);
      return FALSE;
    }
  return bitket_door_store_set_state (judge->store, ownership, BITKET_TICKET_STATE_UTILIZED,
                                      result->utilized_us, result->utilized_by_door, error);
}

/* Somebody was let in whom the service would not have: both crews are told, and the door that was
 * second learns it here. */
static BitketOutcome *
make_conflict (BitketDoorJudge *judge, const BitketDoorScan *row, const BitketEntryResult *result)
{
  BitketDoorStore *store = judge->store;
  g_autoptr (BitketDoorTicket) ticket =
      bitket_door_store_lookup_ticket (store, row->entry.ownership, NULL);
  const BitketOutcomeFacts facts = {
    .verdict = BITKET_VERDICT_ATTENTION,
    .reason = result->reason,
    .authority = BITKET_AUTHORITY_SERVICE,
    .source = row->entry.source,
    .kind = BITKET_SCAN_KIND_TICKET,
    .scan_id = row->entry.id,
    .ownership = row->entry.ownership,
    .ticket_type =
        ticket == NULL ? NULL : bitket_door_store_get_type_name (store, ticket->ticket_type),
    .name = ticket == NULL ? NULL : ticket->name,
    .choices = ticket == NULL ? NULL : (const char *const *) ticket->choices,
    .door = result->utilized_by_door,
    .utilized_us = result->utilized_us,
    .at_us = row->entry.at_us,
  };

  return bitket_outcome_new (&facts);
}

/* The service let somebody in whom the crew was told to refuse: it was asked, and its answer got
 * lost. What was shown holds, so the entry is taken back. */
static gboolean
annul_unshown (BitketDoorJudge *judge, BitketDoorScan *row, GError **error)
{
  g_autoptr (BitketDoorScan) annulment = g_new0 (BitketDoorScan, 1);
  g_autofree char *id = g_uuid_string_random ();
  BitketEntry *entry = &annulment->entry;

  g_strlcpy (entry->id, id, sizeof entry->id);
  g_strlcpy (entry->annuls, row->entry.id, sizeof entry->annuls);
  g_strlcpy (entry->ownership, row->entry.ownership, sizeof entry->ownership);
  entry->at_us = row->entry.at_us;
  entry->source = row->entry.source;
  entry->is_offline = TRUE;
  annulment->authority = BITKET_AUTHORITY_CACHE;
  annulment->sent = BITKET_DOOR_SENT_QUEUED;
  annulment->is_clock_known = row->is_clock_known;
  g_strlcpy (row->annulled_by, id, sizeof row->annulled_by);
  return bitket_door_store_insert_scan (judge->store, annulment, error);
}

/* Whether the answer is what the row needed: an entry admitted, an annulment annulled, a denial
 * known. */
static gboolean
is_accepted (const BitketDoorScan *row, const BitketEntryResult *result)
{
  if (row->entry.annuls[0] != '\0')
    return result->kind == BITKET_ENTRY_RESULT_ANNULLED;
  if (bitket_door_scan_row_admits (row))
    return result->kind == BITKET_ENTRY_RESULT_ADMITTED || result->is_conflict;
  return TRUE;
}

/* An annulment that overtook its entry: the service will know the entry once it has it. */
static gboolean
is_early (BitketDoorJudge *judge, const BitketDoorScan *row, const BitketEntryResult *result)
{
  g_autoptr (BitketDoorScan) target = NULL;

  if (row->entry.annuls[0] == '\0' || result->kind != BITKET_ENTRY_RESULT_REFUSED)
    return FALSE;
  target = bitket_door_store_lookup_scan (judge->store, row->entry.annuls, NULL);
  return target != NULL && target->sent == BITKET_DOOR_SENT_QUEUED;
}

static gboolean
put_answer (BitketDoorJudge *judge,
            const BitketEntryResult *result,
            BitketDoorVerdicts *verdicts,
            GError **error)
{
  GError *local_error = NULL;
  g_autoptr (BitketDoorScan) row =
      bitket_door_store_lookup_scan (judge->store, result->id, &local_error);
  gboolean is_unshown;

  if (local_error != NULL)
    {
      g_propagate_error (error, local_error);
      return FALSE;
    }
  /* An answer that came twice, or to a row that nobody sent, changes nothing; nor does one that
   * says that something went wrong over there: the row is sent again. */
  if (row == NULL || row->sent != BITKET_DOOR_SENT_QUEUED ||
      (result->kind == BITKET_ENTRY_RESULT_REFUSED && result->reason == BITKET_REASON_FAULT) ||
      is_early (judge, row, result))
    return TRUE;
  is_unshown = result->kind == BITKET_ENTRY_RESULT_ADMITTED && row->entry.annuls[0] == '\0' &&
               !bitket_door_scan_row_admits (row);
  row->sent = is_accepted (row, result) ? BITKET_DOOR_SENT_ACKNOWLEDGED : BITKET_DOOR_SENT_REFUSED;
  row->answer = result->reason;
  row->is_conflict = result->is_conflict;
  if (is_unshown && !annul_unshown (judge, row, error))
    return FALSE;
  if (!bitket_door_store_update_scan (judge->store, row, error))
    return FALSE;
  if (!is_unshown && !bitket_door_settle_ticket (judge, row->entry.ownership, result, error))
    return FALSE;
  verdicts->n_accepted += row->sent == BITKET_DOOR_SENT_ACKNOWLEDGED;
  verdicts->n_refused += row->sent == BITKET_DOOR_SENT_REFUSED;
  if (result->is_conflict ||
      (row->sent == BITKET_DOOR_SENT_REFUSED && bitket_door_scan_row_admits (row)))
    g_ptr_array_add (verdicts->conflicts, make_conflict (judge, row, result));
  return TRUE;
}

static gboolean
put_all (BitketDoorJudge *judge, JsonArray *answers, BitketDoorVerdicts *verdicts, GError **error)
{
  for (guint i = 0; i < json_array_get_length (answers); i++)
    {
      g_auto (BitketJsonReader) reader = { 0 };
      g_auto (BitketEntryResult) result = { 0 };
      g_autoptr (GError) local_error = NULL;

      if (!bitket_json_reader_init (&reader, json_array_get_element (answers, i), NULL,
                                    &local_error) ||
          !bitket_entry_result_from_reader (&reader, &result, &local_error))
        {
          g_warning ("the service gave a result that cannot be read: %s", local_error->message);
          continue;
        }
      if (!put_answer (judge, &result, verdicts, error))
        return FALSE;
    }
  return TRUE;
}

BitketDoorVerdicts *
bitket_door_put_answers (BitketDoorJudge *judge, JsonNode *answer, GError **error)
{
  g_autoptr (BitketDoorVerdicts) verdicts = g_new0 (BitketDoorVerdicts, 1);

  verdicts->conflicts = g_ptr_array_new_with_free_func (g_object_unref);
  if (!JSON_NODE_HOLDS_ARRAY (answer))
    {
      g_set_error (error, BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_FAILED,
                   "the service answered entries with %s instead of an array",
                   bitket_json_kind_name (answer));
      return NULL;
    }
  if (!bitket_door_store_begin (judge->store, error))
    return NULL;
  if (!put_all (judge, json_node_get_array (answer), verdicts, error))
    {
      bitket_door_store_rollback (judge->store);
      return NULL;
    }
  if (!bitket_door_store_commit (judge->store, error))
    return NULL;
  return g_steal_pointer (&verdicts);
}
