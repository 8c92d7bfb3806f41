/* SPDX-License-Identifier: MIT */
#include "sample-outcomes.h"

#define ASTRID "6f0c5a2e-8a43-4b8e-9d3c-7c1a54c2f001"

gint64
sample_local_us (int hour, int minute)
{
  g_autoptr (GDateTime) time = g_date_time_new_local (2026, 12, 12, hour, minute, 0);

  return g_date_time_to_unix (time) * G_USEC_PER_SEC;
}

gint64
sample_now_us (void)
{
  return sample_local_us (21, 47);
}

static BitketVerdict
get_verdict (BitketReason reason)
{
  return reason == BITKET_REASON_SAME_SCAN ? BITKET_VERDICT_ADMIT
                                           : bitket_reason_get_verdict (reason);
}

static gboolean
has_holder (BitketReason reason)
{
  switch (reason)
    {
    case BITKET_REASON_VALID:
    case BITKET_REASON_SAME_SCAN:
    case BITKET_REASON_CHOOSE_TICKET:
    case BITKET_REASON_ALREADY_ADMITTED:
    case BITKET_REASON_NOT_YET:
    case BITKET_REASON_OVER:
    case BITKET_REASON_CODE_REPLACED:
    case BITKET_REASON_REFUNDED:
    case BITKET_REASON_PENDING:
    case BITKET_REASON_NO_TICKET:
    case BITKET_REASON_FAULT:
      return TRUE;
    case BITKET_REASON_NONE:
    case BITKET_REASON_SIGNATURE_ONLY:
    case BITKET_REASON_WRONG_EVENT:
    case BITKET_REASON_SUPERSEDED:
    case BITKET_REASON_BAD_SIGNATURE:
    case BITKET_REASON_UNKNOWN_TICKET:
    case BITKET_REASON_CARD_UNKNOWN:
    case BITKET_REASON_CARD_RANDOM:
    case BITKET_REASON_UNREADABLE:
      break;
    }
  return FALSE;
}

BitketOutcome *
sample_outcome_new (BitketReason reason)
{
  static const char *const choices[] = { "Cider", "Vegetarian", NULL };
  gboolean is_held = has_holder (reason);
  gboolean has_type = is_held && reason != BITKET_REASON_NO_TICKET;
  BitketOutcomeFacts facts = {
    .verdict = get_verdict (reason),
    .reason = reason,
    .authority = BITKET_AUTHORITY_CACHE,
    .source = BITKET_SCAN_SOURCE_CAMERA,
    .kind = BITKET_SCAN_KIND_TICKET,
    .scan_id = "3d1e3a52-9f5b-4f0b-8f57-6b8f5f7c1001",
    .ownership = is_held ? ASTRID : NULL,
    .name = is_held ? "Astrid Lindqvist" : NULL,
    .ticket_type = has_type ? "Banquet + party" : NULL,
    .choices = reason == BITKET_REASON_VALID || reason == BITKET_REASON_SAME_SCAN ? choices : NULL,
    .at_us = sample_now_us (),
    .elapsed_ms = 12.5,
  };

  if (reason == BITKET_REASON_ALREADY_ADMITTED)
    {
      facts.utilized_us = sample_local_us (20, 15);
      facts.door = "Main door";
    }
  if (reason == BITKET_REASON_NOT_YET)
    facts.entry_opens_us = sample_local_us (22, 30);
  if (reason == BITKET_REASON_OVER)
    facts.ends_us = sample_local_us (20, 0);
  if (reason == BITKET_REASON_WRONG_EVENT)
    facts.event_name = "Sof-festivalen 2027";
  return bitket_outcome_new (&facts);
}

BitketOutcome *
sample_outcome_new_admitted (const char *name, const char *ownership, gint64 at_us)
{
  const BitketOutcomeFacts facts = {
    .verdict = BITKET_VERDICT_ADMIT,
    .reason = BITKET_REASON_VALID,
    .authority = BITKET_AUTHORITY_SERVICE,
    .source = BITKET_SCAN_SOURCE_CAMERA,
    .kind = BITKET_SCAN_KIND_TICKET,
    .ownership = ownership,
    .name = name,
    .ticket_type = "Party",
    .at_us = at_us,
  };

  return bitket_outcome_new (&facts);
}
