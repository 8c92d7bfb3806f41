/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-door"

#include "bitket-door-judge.h"

#include <string.h>

#include "bitket-door-judge-private.h"

/* More remembered scans than this and the old ones are forgotten. */
#define MAX_RECALLS 256

/* What was said of a code a moment ago. */
typedef struct
{
  BitketOutcome *outcome; /* (owned) */
  gint64 monotonic_us;
} Recall;

static void
free_recall (gpointer data)
{
  Recall *recall = data;

  g_object_unref (recall->outcome);
  g_free (recall);
}

BitketDoorJudge *
bitket_door_judge_new (BitketDoorStore *store, const BitketDoorKey *door_key, const char *door_name)
{
  BitketDoorJudge *judge = g_new0 (BitketDoorJudge, 1);

  judge->store = store;
  judge->has_key = door_key != NULL;
  if (door_key != NULL)
    judge->key = *door_key;
  judge->door_name = g_strdup (door_name);
  judge->recalls = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, free_recall);
  judge->asking = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  judge->choice = g_ptr_array_new_with_free_func (g_free);
  return judge;
}

/** bitket_door_judge_free: (nullable) */
void
bitket_door_judge_free (BitketDoorJudge *judge)
{
  if (judge == NULL)
    return;
  bitket_door_key_clear (&judge->key);
  g_free (judge->door_name);
  g_hash_table_unref (judge->recalls);
  g_hash_table_unref (judge->asking);
  g_ptr_array_unref (judge->choice);
  g_free (judge->choosing);
  g_free (judge);
}

BitketDoorStore *
bitket_door_judge_get_store (BitketDoorJudge *judge)
{
  return judge->store;
}

const BitketDoorKey *
bitket_door_judge_get_key (BitketDoorJudge *judge)
{
  return judge->has_key ? &judge->key : NULL;
}

const char *
bitket_door_judge_get_door_name (BitketDoorJudge *judge)
{
  return judge->door_name;
}

gboolean
bitket_door_judge_is_asking (BitketDoorJudge *judge, const char *id)
{
  return g_hash_table_contains (judge->asking, id);
}

/* The same scan again. */

typedef struct
{
  const char *ownership;
  BitketVerdict kept;
} Forgetting;

static gboolean
is_about (gpointer key, gpointer value, gpointer user_data)
{
  const BitketOutcomeFacts *facts = bitket_outcome_get_facts (((Recall *) value)->outcome);
  const Forgetting *forgetting = user_data;

  return g_strcmp0 (facts->ownership, forgetting->ownership) == 0 &&
         (forgetting->kept == BITKET_VERDICT_NONE || facts->verdict != forgetting->kept);
}

void
bitket_door_judge_forget (BitketDoorJudge *judge, const char *ownership, BitketVerdict kept)
{
  Forgetting forgetting = { ownership, kept };

  g_hash_table_foreach_remove (judge->recalls, is_about, &forgetting);
}

static gboolean
is_old (gpointer key, gpointer value, gpointer user_data)
{
  return *(gint64 *) user_data - ((Recall *) value)->monotonic_us > BITKET_DOOR_SAME_SCAN_US;
}

static void
remember_under (BitketDoorJudge *judge, const BitketDoorDecision *decision, const char *recall_key)
{
  Recall *recall = g_new0 (Recall, 1);

  recall->outcome = bitket_door_decision_to_outcome (decision, 0);
  recall->monotonic_us = decision->monotonic_us;
  g_hash_table_replace (judge->recalls, g_strdup (recall_key), recall);
}

void
bitket_door_judge_remember (BitketDoorJudge *judge, const BitketDoorDecision *decision)
{
  gint64 now_us = decision->monotonic_us;

  if (decision->reason == BITKET_REASON_FAULT || decision->reason == BITKET_REASON_CHOOSE_TICKET)
    return;
  if (g_hash_table_size (judge->recalls) >= MAX_RECALLS)
    g_hash_table_foreach_remove (judge->recalls, is_old, &now_us);
  if (decision->recall_key != NULL)
    remember_under (judge, decision, decision->recall_key);
  else
    bitket_door_judge_remember_pick (judge, decision);
}

/* A code that is forged or replaced stays so, whatever was decided of its ticket. */
static gboolean
is_about_code (BitketReason reason)
{
  return reason == BITKET_REASON_BAD_SIGNATURE || reason == BITKET_REASON_CODE_REPLACED;
}

/* The codes that were refused before the crew decided otherwise, and the card that lies on the
 * reader while a ticket is chosen, are the same scan as the decision. */
void
bitket_door_judge_remember_pick (BitketDoorJudge *judge, const BitketDoorDecision *decision)
{
  GHashTableIter iter;
  gpointer value;

  if (decision->verdict == BITKET_VERDICT_REFUSE)
    return;
  g_hash_table_iter_init (&iter, judge->recalls);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Recall *recall = value;
      const BitketOutcomeFacts *facts = bitket_outcome_get_facts (recall->outcome);

      if (g_strcmp0 (facts->ownership, decision->ownership) != 0 || is_about_code (facts->reason))
        continue;
      g_object_unref (recall->outcome);
      recall->outcome = bitket_door_decision_to_outcome (decision, 0);
      recall->monotonic_us = decision->monotonic_us;
    }
  if (judge->choosing == NULL ||
      !g_ptr_array_find_with_equal_func (judge->choice, decision->ownership, g_str_equal, NULL))
    return;
  remember_under (judge, decision, judge->choosing);
  g_clear_pointer (&judge->choosing, g_free);
}

/* Which ticket of @tickets the card means is asked of the crew. */
static void
note_choice (BitketDoorJudge *judge, const BitketDoorDecision *decision, GPtrArray *tickets)
{
  g_free (judge->choosing);
  judge->choosing = g_strdup (decision->recall_key);
  g_ptr_array_set_size (judge->choice, 0);
  for (guint i = 0; i < tickets->len; i++)
    g_ptr_array_add (judge->choice,
                     g_strdup (((BitketDoorTicket *) g_ptr_array_index (tickets, i))->ownership));
}

/* The verdict before, again, for who holds the same code up for a moment too long. */
static gboolean
recall_same_scan (BitketDoorJudge *judge, BitketDoorDecision *decision)
{
  const Recall *recall = g_hash_table_lookup (judge->recalls, decision->recall_key);
  const BitketOutcomeFacts *facts;

  if (recall == NULL || decision->monotonic_us - recall->monotonic_us >= BITKET_DOOR_SAME_SCAN_US)
    return FALSE;
  facts = bitket_outcome_get_facts (recall->outcome);
  decision->verdict = facts->verdict;
  decision->reason = BITKET_REASON_SAME_SCAN;
  decision->authority = facts->authority;
  g_strlcpy (decision->ownership, facts->ownership == NULL ? "" : facts->ownership,
             sizeof decision->ownership);
  decision->type_name = g_strdup (facts->ticket_type);
  decision->name = g_strdup (facts->name);
  decision->choices = g_strdupv ((char **) facts->choices);
  decision->door = g_strdup (facts->door);
  decision->utilized_us = facts->utilized_us;
  decision->event_name = g_strdup (facts->event_name);
  decision->entry_opens_us = facts->entry_opens_us;
  decision->ends_us = facts->ends_us;
  return TRUE;
}

/* Signatures. */

/* Whether a key of @event fits, for @ticket_type or, when that is %NULL, for one of its types,
 * which is then in @found. */
static gboolean
verify_for_event (const BitketTicketCode *code,
                  const BitketFeedEvent *event,
                  const char *ticket_type,
                  const char **found)
{
  for (guint k = 0; k < event->verify_keys->len; k++)
    {
      const guint8 *key = g_bytes_get_data (g_ptr_array_index (event->verify_keys, k), NULL);

      if (ticket_type != NULL && bitket_ticket_code_verify (code, event->id, ticket_type, key))
        return TRUE;
      for (guint t = 0; ticket_type == NULL && t < event->ticket_types->len; t++)
        {
          const BitketFeedTicketType *type = g_ptr_array_index (event->ticket_types, t);

          if (!bitket_ticket_code_verify (code, event->id, type->id, key))
            continue;
          *found = type->id;
          return TRUE;
        }
    }
  return FALSE;
}

/* What the signature is worth. The type is signed but not written: a known ticket's is tried first,
 * then all of the event's (the type of a ticket may have been changed since). */
static BitketSignature
check_signature (const BitketFeedEvent *event,
                 const BitketDoorTicket *ticket,
                 BitketDoorDecision *decision)
{
  const char *type = NULL;

  if (!decision->code.has_signature)
    return BITKET_SIGNATURE_NONE;
  if (ticket != NULL && verify_for_event (&decision->code, event, ticket->ticket_type, NULL))
    return BITKET_SIGNATURE_GOOD;
  if (verify_for_event (&decision->code, event, NULL, &type))
    {
      g_strlcpy (decision->ticket_type, type, sizeof decision->ticket_type);
      return BITKET_SIGNATURE_GOOD;
    }
  for (guint i = 0; event->other_events != NULL && i < event->other_events->len; i++)
    {
      const BitketFeedEvent *other = g_ptr_array_index (event->other_events, i);

      if (!verify_for_event (&decision->code, other, NULL, &type))
        continue;
      decision->event_name = g_strdup (other->name);
      return BITKET_SIGNATURE_OTHER_EVENT;
    }
  return BITKET_SIGNATURE_BAD;
}

/* Deciding. */

void
bitket_door_judge_set_reason (BitketDoorDecision *decision, BitketReason reason)
{
  decision->reason = reason;
  decision->verdict = bitket_reason_get_verdict (reason);
  decision->authority = BITKET_AUTHORITY_CACHE;
}

/* Asks the rule. */
static BitketAdmission
decide (BitketDoorJudge *judge,
        const BitketDoorTicket *ticket,
        BitketSignature signature,
        gboolean code_matches,
        gint64 at_us)
{
  const BitketFeedEvent *event = bitket_door_store_get_event (judge->store);
  BitketAdmissionFacts facts = {
    .signature = signature,
    .knowledge = BITKET_KNOWLEDGE_NONE,
    .code_matches = code_matches,
    .at_us = at_us,
  };

  if (ticket != NULL)
    {
      facts.knowledge = BITKET_KNOWLEDGE_HERE;
      facts.state = ticket->state;
    }
  else if (signature == BITKET_SIGNATURE_OTHER_EVENT)
    {
      facts.knowledge = BITKET_KNOWLEDGE_ELSEWHERE;
    }
  if (event != NULL)
    {
      facts.entry_opens_us = event->entry_opens_us;
      facts.ends_us = event->ends_us;
    }
  return bitket_admission_decide (&facts);
}

/* Takes over what may be shown of @ticket. Of a forged code nothing is: it need not be the
 * holder's. */
void
bitket_door_judge_describe_ticket (BitketDoorJudge *judge,
                                   BitketDoorDecision *decision,
                                   BitketDoorTicket *ticket)
{
  g_strlcpy (decision->ownership, ticket->ownership, sizeof decision->ownership);
  g_strlcpy (decision->ticket_type, ticket->ticket_type, sizeof decision->ticket_type);
  decision->state_before = ticket->state;
  decision->utilized_before_us = ticket->utilized_us;
  decision->utilized_before_by = g_strdup (ticket->utilized_by);
  decision->type_name =
      g_strdup (bitket_door_store_get_type_name (judge->store, ticket->ticket_type));
  if (decision->reason == BITKET_REASON_BAD_SIGNATURE)
    return;
  decision->name = g_steal_pointer (&ticket->name);
  decision->choices = g_steal_pointer (&ticket->choices);
}

/* Takes over what goes with the verdict. */
void
bitket_door_judge_describe_verdict (BitketDoorJudge *judge, BitketDoorDecision *decision)
{
  const BitketFeedEvent *event = bitket_door_store_get_event (judge->store);

  if (decision->verdict != BITKET_VERDICT_REFUSE && bitket_reason_admits (decision->reason))
    {
      decision->utilized_us = decision->at_us;
      g_free (decision->door);
      decision->door = g_strdup (judge->door_name);
    }
  else if (decision->reason == BITKET_REASON_ALREADY_ADMITTED)
    {
      decision->utilized_us = decision->utilized_before_us;
      g_free (decision->door);
      decision->door = g_strdup (decision->utilized_before_by);
    }
  if (decision->reason == BITKET_REASON_NOT_YET && event != NULL)
    decision->entry_opens_us = event->entry_opens_us;
  if (decision->reason == BITKET_REASON_OVER && event != NULL)
    decision->ends_us = event->ends_us;
}

static gboolean
is_right_code (BitketDoorJudge *judge, const BitketDoorTicket *ticket, const char *code)
{
  char hash[BITKET_KEY_HASH_SIZE];

  if (!judge->has_key)
    return FALSE;
  bitket_key_hash_code (&judge->key, ticket->ownership, code, hash);
  return strcmp (hash, ticket->code_hash) == 0;
}

static void
judge_ticket_code (BitketDoorJudge *judge, BitketDoorDecision *decision, GError **error)
{
  const BitketFeedEvent *event = bitket_door_store_get_event (judge->store);
  g_autoptr (BitketDoorTicket) ticket = NULL;
  BitketSignature signature = BITKET_SIGNATURE_NONE;
  BitketAdmission admission;
  GError *local_error = NULL;

  g_strlcpy (decision->ownership, decision->code.ownership, sizeof decision->ownership);
  decision->asks = TRUE;
  ticket = bitket_door_store_lookup_ticket (judge->store, decision->ownership, &local_error);
  if (local_error != NULL)
    {
      g_propagate_error (error, local_error);
      return;
    }
  /* Before the first sync there are no keys to verify with: nothing can be said of a signature. */
  if (event != NULL)
    signature = check_signature (event, ticket, decision);
  admission = decide (judge, ticket, signature,
                      ticket != NULL && is_right_code (judge, ticket, decision->code.code),
                      decision->at_us);
  bitket_door_judge_set_reason (decision, admission.reason);
  decision->verdict = admission.verdict;
  if (admission.reason == BITKET_REASON_SIGNATURE_ONLY)
    {
      decision->authority = BITKET_AUTHORITY_SIGNATURE;
      decision->type_name =
          g_strdup (bitket_door_store_get_type_name (judge->store, decision->ticket_type));
    }
  if (ticket != NULL)
    bitket_door_judge_describe_ticket (judge, decision, ticket);
}

/* Of several refusals the one that says most to the crew. */
static guint
rank_reason (BitketReason reason)
{
  static const BitketReason order[] = {
    BITKET_REASON_ALREADY_ADMITTED,
    BITKET_REASON_NOT_YET,
    BITKET_REASON_OVER,
    BITKET_REASON_PENDING,
  };
  guint rank = 0;

  while (rank < G_N_ELEMENTS (order) && order[rank] != reason)
    rank++;
  return rank;
}

/* Of a person's tickets, none of which was shown itself: the one that may enter, or why none may.
 */
static void
judge_holder (BitketDoorJudge *judge, BitketDoorDecision *decision, GPtrArray *tickets)
{
  BitketDoorTicket *chosen = NULL;
  BitketReason reason = BITKET_REASON_NO_TICKET;
  guint n_valid = 0;

  for (guint i = 0; i < tickets->len; i++)
    {
      BitketDoorTicket *ticket = g_ptr_array_index (tickets, i);
      BitketAdmission admission =
          decide (judge, ticket, BITKET_SIGNATURE_NONE, TRUE, decision->at_us);

      if (bitket_reason_admits (admission.reason))
        n_valid++;
      if (bitket_reason_admits (reason) || (!bitket_reason_admits (admission.reason) &&
                                            rank_reason (admission.reason) >= rank_reason (reason)))
        continue;
      reason = admission.reason;
      chosen = ticket;
    }
  bitket_door_judge_set_reason (decision, n_valid > 1 ? BITKET_REASON_CHOOSE_TICKET : reason);
  if (chosen == NULL && tickets->len > 0)
    {
      BitketDoorTicket *any = g_ptr_array_index (tickets, 0);

      decision->name = g_strdup (any->name);
      return;
    }
  if (n_valid > 1)
    {
      decision->name = g_strdup (chosen->name);
      note_choice (judge, decision, tickets);
      return;
    }
  bitket_door_judge_describe_ticket (judge, decision, chosen);
  decision->asks = TRUE;
}

static GPtrArray *
lookup_card_number (BitketDoorJudge *judge, const char *number, GError **error)
{
  char hash[BITKET_KEY_HASH_SIZE];

  bitket_key_hash_text (&judge->key, number, hash);
  return bitket_door_store_lookup_card (judge->store, hash, error);
}

/* Readers differ in byte order, so both are tried. Returns: (transfer full): the holder's tickets
 */
static GPtrArray *
lookup_card (BitketDoorJudge *judge, const BitketCard *card, GError **error)
{
  g_autoptr (GPtrArray) tickets = NULL;

  if (!judge->has_key)
    return g_ptr_array_new ();
  tickets = lookup_card_number (judge, card->number, error);
  if (tickets == NULL || tickets->len > 0 || card->reversed[0] == '\0')
    return g_steal_pointer (&tickets);
  return lookup_card_number (judge, card->reversed, error);
}

static void
judge_card (BitketDoorJudge *judge,
            BitketDoorDecision *decision,
            const BitketCard *card,
            GError **error)
{
  g_autoptr (GPtrArray) tickets = lookup_card (judge, card, error);

  if (tickets == NULL)
    return;
  /* Also when a reader typed it. */
  decision->source = BITKET_SCAN_SOURCE_CARD;
  if (tickets->len == 0)
    bitket_door_judge_set_reason (decision, BITKET_REASON_CARD_UNKNOWN);
  else
    judge_holder (judge, decision, tickets);
}

/* The one ticket that a typed code belongs to: what is wrong with it is told as it is. */
static void
judge_named_ticket (BitketDoorJudge *judge, BitketDoorDecision *decision, BitketDoorTicket *ticket)
{
  BitketAdmission admission = decide (judge, ticket, BITKET_SIGNATURE_NONE, TRUE, decision->at_us);

  bitket_door_judge_set_reason (decision, admission.reason);
  bitket_door_judge_describe_ticket (judge, decision, ticket);
  decision->asks = TRUE;
}

/* Six hex digits: a ticket's code, or, when they are all digits, perhaps a card. */
static void
judge_typed_code (BitketDoorJudge *judge,
                  BitketDoorDecision *decision,
                  const BitketScan *scan,
                  GError **error)
{
  g_autoptr (GPtrArray) tickets = NULL;
  g_autoptr (GPtrArray) card_tickets = NULL;

  tickets = judge->has_key ? bitket_door_store_lookup_code (judge->store, &judge->key,
                                                            scan->ticket.code, error)
                           : g_ptr_array_new ();
  if (tickets == NULL)
    return;
  if (tickets->len > 0)
    {
      if (tickets->len == 1)
        judge_named_ticket (judge, decision, g_ptr_array_index (tickets, 0));
      else
        judge_holder (judge, decision, tickets);
      if (decision->asks)
        g_strlcpy (decision->code.code, scan->ticket.code, sizeof decision->code.code);
      return;
    }
  if (scan->card.number[0] != '\0')
    {
      card_tickets = lookup_card (judge, &scan->card, error);
      if (card_tickets == NULL)
        return;
    }
  if (card_tickets == NULL || card_tickets->len == 0)
    {
      bitket_door_judge_set_reason (decision, BITKET_REASON_UNKNOWN_TICKET);
      return;
    }
  decision->kind = BITKET_SCAN_KIND_CARD;
  decision->source = BITKET_SCAN_SOURCE_CARD;
  judge_holder (judge, decision, card_tickets);
}

/* By what the same scan is known again: the code with its signature, so that a forged code is not
 * taken for the right one that was shown a moment ago. Hashed, because the bytes are foreign. */
static char *
make_recall_key (const BitketScan *scan, GBytes *bytes)
{
  g_autofree char *text = NULL;

  if (scan->kind == BITKET_SCAN_KIND_TICKET)
    {
      text = bitket_ticket_code_format (&scan->ticket);
      return g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
    }
  if (scan->kind == BITKET_SCAN_KIND_CARD)
    return g_compute_checksum_for_string (G_CHECKSUM_SHA256, scan->card.number, -1);
  return g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, bytes);
}

BitketDoorDecision *
bitket_door_judge_begin (BitketScanSource source, const BitketDoorMoment *moment)
{
  BitketDoorDecision *decision = g_new0 (BitketDoorDecision, 1);

  decision->source = source;
  decision->at_us = moment->at_us;
  decision->monotonic_us = moment->monotonic_us;
  decision->is_clock_known = moment->is_clock_known;
  decision->authority = BITKET_AUTHORITY_CACHE;
  return decision;
}

static void
judge_kind (BitketDoorJudge *judge,
            BitketDoorDecision *decision,
            const BitketScan *scan,
            GError **error)
{
  switch (scan->kind)
    {
    case BITKET_SCAN_KIND_TICKET:
      decision->code = scan->ticket;
      judge_ticket_code (judge, decision, error);
      break;
    case BITKET_SCAN_KIND_CODE:
      judge_typed_code (judge, decision, scan, error);
      break;
    case BITKET_SCAN_KIND_CARD:
      judge_card (judge, decision, &scan->card, error);
      break;
    case BITKET_SCAN_KIND_NONE:
    case BITKET_SCAN_KIND_TEXT:
    case BITKET_SCAN_KIND_UNREADABLE:
      bitket_door_judge_set_reason (decision, BITKET_REASON_UNREADABLE);
      break;
    }
}

BitketDoorDecision *
bitket_door_judge_scan (BitketDoorJudge *judge,
                        GBytes *bytes,
                        BitketScanSource source,
                        const BitketDoorMoment *moment)
{
  g_autoptr (BitketDoorDecision) decision = bitket_door_judge_begin (source, moment);
  g_autoptr (GError) error = NULL;
  BitketScan scan;
  gsize len;
  const char *text = g_bytes_get_data (bytes, &len);

  bitket_scan_parse (text, len, source, &scan);
  decision->kind = scan.kind;
  if (scan.kind == BITKET_SCAN_KIND_TEXT)
    return g_steal_pointer (&decision);
  decision->recall_key = make_recall_key (&scan, bytes);
  if (recall_same_scan (judge, decision))
    return g_steal_pointer (&decision);
  judge_kind (judge, decision, &scan, &error);
  if (error != NULL)
    {
      bitket_door_decision_set_fault (decision, error);
      return g_steal_pointer (&decision);
    }
  bitket_door_judge_describe_verdict (judge, decision);
  /* Choosing is not decided yet: the ticket that is picked gets the row. */
  decision->writes = decision->reason != BITKET_REASON_CHOOSE_TICKET;
  return g_steal_pointer (&decision);
}

BitketDoorDecision *
bitket_door_judge_pick (BitketDoorJudge *judge,
                        const char *ownership,
                        const char *forced,
                        const BitketDoorMoment *moment,
                        GError **error)
{
  g_autoptr (BitketDoorDecision) decision =
      bitket_door_judge_begin (BITKET_SCAN_SOURCE_HAND, moment);
  g_autoptr (BitketDoorTicket) ticket = NULL;
  GError *local_error = NULL;
  BitketAdmission admission;

  ticket = bitket_door_store_lookup_ticket (judge->store, ownership, &local_error);
  if (ticket == NULL)
    {
      if (local_error == NULL)
        g_set_error (error, BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_NOT_FOUND,
                     "no ticket \"%s\" is known here", ownership);
      else
        g_propagate_error (error, local_error);
      return NULL;
    }
  admission = decide (judge, ticket, BITKET_SIGNATURE_NONE, TRUE, moment->at_us);
  bitket_door_judge_set_reason (decision, admission.reason);
  bitket_door_judge_describe_ticket (judge, decision, ticket);
  decision->kind = BITKET_SCAN_KIND_TICKET;
  decision->writes = TRUE;
  decision->asks = TRUE;
  if (forced != NULL && !bitket_reason_admits (admission.reason))
    {
      /* What somebody answers for is told, not asked. */
      decision->forced = g_strdup (forced);
      decision->verdict = BITKET_VERDICT_ADMIT;
      decision->asks = FALSE;
      decision->utilized_us = decision->at_us;
      decision->door = g_strdup (judge->door_name);
      return g_steal_pointer (&decision);
    }
  bitket_door_judge_describe_verdict (judge, decision);
  return g_steal_pointer (&decision);
}
