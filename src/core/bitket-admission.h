/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* May this ticket enter? Decided here and nowhere else: the service and the door call the same pure
 * function, the one on its tables, the other on its cache. */

typedef enum
{
  BITKET_VERDICT_NONE,
  BITKET_VERDICT_ADMIT,
  BITKET_VERDICT_REFUSE,
  BITKET_VERDICT_ATTENTION,
} BitketVerdict;

typedef enum
{
  BITKET_REASON_NONE,
  BITKET_REASON_VALID,
  BITKET_REASON_SAME_SCAN,
  BITKET_REASON_SIGNATURE_ONLY,
  BITKET_REASON_CHOOSE_TICKET,
  BITKET_REASON_ALREADY_ADMITTED,
  BITKET_REASON_NOT_YET,
  BITKET_REASON_OVER,
  BITKET_REASON_WRONG_EVENT,
  BITKET_REASON_SUPERSEDED,
  BITKET_REASON_CODE_REPLACED,
  BITKET_REASON_REFUNDED,
  BITKET_REASON_PENDING,
  BITKET_REASON_BAD_SIGNATURE,
  BITKET_REASON_UNKNOWN_TICKET,
  BITKET_REASON_CARD_UNKNOWN,
  BITKET_REASON_CARD_RANDOM,
  BITKET_REASON_NO_TICKET,
  BITKET_REASON_UNREADABLE,
  BITKET_REASON_FAULT,
} BitketReason;

typedef enum
{
  BITKET_AUTHORITY_NONE,
  BITKET_AUTHORITY_SERVICE,
  BITKET_AUTHORITY_CACHE,
  BITKET_AUTHORITY_SIGNATURE,
} BitketAuthority;

typedef enum
{
  BITKET_TICKET_STATE_NONE,
  BITKET_TICKET_STATE_VALID,
  BITKET_TICKET_STATE_UTILIZED,
  BITKET_TICKET_STATE_SUPERSEDED,
  BITKET_TICKET_STATE_REFUNDED,
  BITKET_TICKET_STATE_PENDING,
} BitketTicketState;

typedef enum
{
  BITKET_SIGNATURE_NONE,        /* the code carries none: the original's */
  BITKET_SIGNATURE_GOOD,        /* by a key of this event */
  BITKET_SIGNATURE_OTHER_EVENT, /* by a key of another event that the decider knows */
  BITKET_SIGNATURE_BAD,
} BitketSignature;

typedef enum
{
  BITKET_KNOWLEDGE_NONE,      /* nobody has heard of this ownership */
  BITKET_KNOWLEDGE_HERE,      /* a ticket of this event */
  BITKET_KNOWLEDGE_ELSEWHERE, /* a ticket of another event */
} BitketKnowledge;

/* Everything the rule looks at. */
typedef struct
{
  BitketSignature signature;
  BitketKnowledge knowledge;
  gboolean code_matches;   /* meaningful when HERE; a card's or a hand-picked ticket's counts as
                              matching */
  BitketTicketState state; /* meaningful when HERE */
  gint64 at_us;            /* when the ticket was shown */
  gint64 entry_opens_us;   /* 0: always open */
  gint64 ends_us;          /* 0: never over */
} BitketAdmissionFacts;

typedef struct
{
  BitketVerdict verdict;
  BitketReason reason;
} BitketAdmission;

/** bitket_admission_decide: the rule */
BitketAdmission bitket_admission_decide (const BitketAdmissionFacts *facts);
/** bitket_reason_get_verdict: the verdict that goes with a reason; SAME_SCAN has none of its own:
 * NONE */
BitketVerdict bitket_reason_get_verdict (BitketReason reason);
/** bitket_reason_admits: whether somebody goes in: VALID and SIGNATURE_ONLY */
gboolean bitket_reason_admits (BitketReason reason);

/* The names on the wire: "admit", "already_admitted", "cache", "valid". NONE is "none"; from_string
 * gives NONE for what it does not know. */
const char *bitket_verdict_to_string (BitketVerdict verdict);
BitketVerdict bitket_verdict_from_string (const char *text);
const char *bitket_reason_to_string (BitketReason reason);
BitketReason bitket_reason_from_string (const char *text);
const char *bitket_authority_to_string (BitketAuthority authority);
BitketAuthority bitket_authority_from_string (const char *text);
const char *bitket_ticket_state_to_string (BitketTicketState state);
BitketTicketState bitket_ticket_state_from_string (const char *text);

G_END_DECLS
