/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-core"

#include "bitket-admission.h"

static const char *const verdict_names[] = {
  [BITKET_VERDICT_NONE] = "none",
  [BITKET_VERDICT_ADMIT] = "admit",
  [BITKET_VERDICT_REFUSE] = "refuse",
  [BITKET_VERDICT_ATTENTION] = "attention",
};

static const struct
{
  const char *name;
  BitketVerdict verdict;
} reasons[] = {
  [BITKET_REASON_NONE] = { "none", BITKET_VERDICT_NONE },
  [BITKET_REASON_VALID] = { "valid", BITKET_VERDICT_ADMIT },
  [BITKET_REASON_SAME_SCAN] = { "same_scan", BITKET_VERDICT_NONE },
  [BITKET_REASON_SIGNATURE_ONLY] = { "signature_only", BITKET_VERDICT_ATTENTION },
  [BITKET_REASON_CHOOSE_TICKET] = { "choose_ticket", BITKET_VERDICT_ATTENTION },
  [BITKET_REASON_ALREADY_ADMITTED] = { "already_admitted", BITKET_VERDICT_REFUSE },
  [BITKET_REASON_NOT_YET] = { "not_yet", BITKET_VERDICT_REFUSE },
  [BITKET_REASON_OVER] = { "over", BITKET_VERDICT_REFUSE },
  [BITKET_REASON_WRONG_EVENT] = { "wrong_event", BITKET_VERDICT_REFUSE },
  [BITKET_REASON_SUPERSEDED] = { "superseded", BITKET_VERDICT_REFUSE },
  [BITKET_REASON_CODE_REPLACED] = { "code_replaced", BITKET_VERDICT_REFUSE },
  [BITKET_REASON_REFUNDED] = { "refunded", BITKET_VERDICT_REFUSE },
  [BITKET_REASON_PENDING] = { "pending", BITKET_VERDICT_REFUSE },
  [BITKET_REASON_BAD_SIGNATURE] = { "bad_signature", BITKET_VERDICT_REFUSE },
  [BITKET_REASON_UNKNOWN_TICKET] = { "unknown_ticket", BITKET_VERDICT_REFUSE },
  [BITKET_REASON_CARD_UNKNOWN] = { "card_unknown", BITKET_VERDICT_REFUSE },
  [BITKET_REASON_CARD_RANDOM] = { "card_random", BITKET_VERDICT_REFUSE },
  [BITKET_REASON_NO_TICKET] = { "no_ticket", BITKET_VERDICT_REFUSE },
  [BITKET_REASON_UNREADABLE] = { "unreadable", BITKET_VERDICT_REFUSE },
  [BITKET_REASON_FAULT] = { "fault", BITKET_VERDICT_REFUSE },
};

static const char *const authority_names[] = {
  [BITKET_AUTHORITY_NONE] = "none",
  [BITKET_AUTHORITY_SERVICE] = "service",
  [BITKET_AUTHORITY_CACHE] = "cache",
  [BITKET_AUTHORITY_SIGNATURE] = "signature",
};

static const char *const state_names[] = {
  [BITKET_TICKET_STATE_NONE] = "none",         [BITKET_TICKET_STATE_VALID] = "valid",
  [BITKET_TICKET_STATE_UTILIZED] = "utilized", [BITKET_TICKET_STATE_SUPERSEDED] = "superseded",
  [BITKET_TICKET_STATE_REFUNDED] = "refunded", [BITKET_TICKET_STATE_PENDING] = "pending",
};

/* Is the door open at that moment? NONE when it is. */
static BitketReason
check_hours (const BitketAdmissionFacts *facts)
{
  if (facts->entry_opens_us != 0 && facts->at_us < facts->entry_opens_us)
    return BITKET_REASON_NOT_YET;
  if (facts->ends_us != 0 && facts->at_us >= facts->ends_us)
    return BITKET_REASON_OVER;
  return BITKET_REASON_NONE;
}

/* A ticket of this event whose code is the present one. What is wrong with the ticket itself is
 * told before the hours: coming back later would not help. */
static BitketReason
check_state (const BitketAdmissionFacts *facts)
{
  BitketReason hours;

  switch (facts->state)
    {
    case BITKET_TICKET_STATE_REFUNDED:
      return BITKET_REASON_REFUNDED;
    case BITKET_TICKET_STATE_SUPERSEDED:
      return BITKET_REASON_SUPERSEDED;
    case BITKET_TICKET_STATE_PENDING:
      return BITKET_REASON_PENDING;
    case BITKET_TICKET_STATE_UTILIZED:
      return BITKET_REASON_ALREADY_ADMITTED;
    case BITKET_TICKET_STATE_VALID:
      hours = check_hours (facts);
      return hours != BITKET_REASON_NONE ? hours : BITKET_REASON_VALID;
    case BITKET_TICKET_STATE_NONE:
      break;
    }
  /* A state that this version does not know never admits. */
  return BITKET_REASON_UNKNOWN_TICKET;
}

static BitketReason
decide_reason (const BitketAdmissionFacts *facts)
{
  BitketReason hours;

  if (facts->signature == BITKET_SIGNATURE_BAD)
    return BITKET_REASON_BAD_SIGNATURE;
  if (facts->signature == BITKET_SIGNATURE_OTHER_EVENT ||
      facts->knowledge == BITKET_KNOWLEDGE_ELSEWHERE)
    return BITKET_REASON_WRONG_EVENT;
  if (facts->knowledge == BITKET_KNOWLEDGE_HERE)
    return facts->code_matches ? check_state (facts) : BITKET_REASON_CODE_REPLACED;
  if (facts->signature != BITKET_SIGNATURE_GOOD)
    return BITKET_REASON_UNKNOWN_TICKET;
  hours = check_hours (facts);
  return hours != BITKET_REASON_NONE ? hours : BITKET_REASON_SIGNATURE_ONLY;
}

BitketAdmission
bitket_admission_decide (const BitketAdmissionFacts *facts)
{
  BitketAdmission admission = { BITKET_VERDICT_REFUSE, BITKET_REASON_FAULT };

  g_return_val_if_fail (facts != NULL, admission);

  admission.reason = decide_reason (facts);
  admission.verdict = bitket_reason_get_verdict (admission.reason);
  return admission;
}

BitketVerdict
bitket_reason_get_verdict (BitketReason reason)
{
  g_return_val_if_fail ((gsize) reason < G_N_ELEMENTS (reasons), BITKET_VERDICT_REFUSE);

  return reasons[reason].verdict;
}

gboolean
bitket_reason_admits (BitketReason reason)
{
  return reason == BITKET_REASON_VALID || reason == BITKET_REASON_SIGNATURE_ONLY;
}

const char *
bitket_verdict_to_string (BitketVerdict verdict)
{
  g_return_val_if_fail ((gsize) verdict < G_N_ELEMENTS (verdict_names), "none");

  return verdict_names[verdict];
}

BitketVerdict
bitket_verdict_from_string (const char *text)
{
  for (gsize i = 0; i < G_N_ELEMENTS (verdict_names); i++)
    if (g_strcmp0 (verdict_names[i], text) == 0)
      return (BitketVerdict) i;
  return BITKET_VERDICT_NONE;
}

const char *
bitket_reason_to_string (BitketReason reason)
{
  g_return_val_if_fail ((gsize) reason < G_N_ELEMENTS (reasons), "none");

  return reasons[reason].name;
}

BitketReason
bitket_reason_from_string (const char *text)
{
  for (gsize i = 0; i < G_N_ELEMENTS (reasons); i++)
    if (g_strcmp0 (reasons[i].name, text) == 0)
      return (BitketReason) i;
  return BITKET_REASON_NONE;
}

const char *
bitket_authority_to_string (BitketAuthority authority)
{
  g_return_val_if_fail ((gsize) authority < G_N_ELEMENTS (authority_names), "none");

  return authority_names[authority];
}

BitketAuthority
bitket_authority_from_string (const char *text)
{
  for (gsize i = 0; i < G_N_ELEMENTS (authority_names); i++)
    if (g_strcmp0 (authority_names[i], text) == 0)
      return (BitketAuthority) i;
  return BITKET_AUTHORITY_NONE;
}

const char *
bitket_ticket_state_to_string (BitketTicketState state)
{
  g_return_val_if_fail ((gsize) state < G_N_ELEMENTS (state_names), "none");

  return state_names[state];
}

BitketTicketState
bitket_ticket_state_from_string (const char *text)
{
  for (gsize i = 0; i < G_N_ELEMENTS (state_names); i++)
    if (g_strcmp0 (state_names[i], text) == 0)
      return (BitketTicketState) i;
  return BITKET_TICKET_STATE_NONE;
}
