/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-door"

#include "bitket-door-judge.h"

void
bitket_door_decision_free (BitketDoorDecision *decision)
{
  if (decision == NULL)
    return;
  g_free (decision->type_name);
  g_free (decision->name);
  g_strfreev (decision->choices);
  g_free (decision->door);
  g_free (decision->event_name);
  g_free (decision->detail);
  g_free (decision->utilized_before_by);
  g_free (decision->forced);
  g_free (decision->recall_key);
  g_free (decision);
}

static const char *
null_when_empty (const char *text)
{
  return *text == '\0' ? NULL : text;
}

/** bitket_door_decision_to_outcome: Returns: (transfer full): what the crew is shown */
BitketOutcome *
bitket_door_decision_to_outcome (const BitketDoorDecision *decision, double elapsed_ms)
{
  const BitketOutcomeFacts facts = {
    .verdict = decision->verdict,
    .reason = decision->reason,
    .authority = decision->authority,
    .source = decision->source,
    .kind = decision->kind,
    .scan_id = null_when_empty (decision->scan_id),
    .ownership = null_when_empty (decision->ownership),
    .ticket_type = decision->type_name,
    .name = decision->name,
    .choices = (const char *const *) decision->choices,
    .door = decision->door,
    .utilized_us = decision->utilized_us,
    .event_name = decision->event_name,
    .entry_opens_us = decision->entry_opens_us,
    .ends_us = decision->ends_us,
    .at_us = decision->at_us,
    .elapsed_ms = elapsed_ms,
    .detail = decision->detail,
  };

  return bitket_outcome_new (&facts);
}

void
bitket_door_decision_set_fault (BitketDoorDecision *decision, const GError *error)
{
  decision->verdict = BITKET_VERDICT_REFUSE;
  decision->reason = BITKET_REASON_FAULT;
  decision->authority = BITKET_AUTHORITY_CACHE;
  decision->scan_id[0] = '\0';
  decision->asks = FALSE;
  decision->writes = FALSE;
  decision->utilized_us = 0;
  g_clear_pointer (&decision->door, g_free);
  g_free (decision->detail);
  decision->detail = g_strdup (error->message);
}
