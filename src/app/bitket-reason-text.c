/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket"

#include "bitket-reason-text.h"

#include <glib/gi18n.h>

#include "bitket-format.h"

typedef struct
{
  BitketReason reason;
  const char *word;
  const char *sentence; /* without its facts; some reasons have a better one with them */
  const char *step;     /* (nullable) */
  const char *brief;
} ReasonText;

static const ReasonText reason_texts[] = {
  { BITKET_REASON_VALID, N_ ("Welcome"), "", NULL, N_ ("let in") },
  { BITKET_REASON_SAME_SCAN, N_ ("Same Ticket Again"),
    N_ ("This code was read a moment ago. It counts once."), N_ ("Show the next ticket."),
    N_ ("same code again") },
  { BITKET_REASON_SIGNATURE_ONLY, N_ ("Let In, Check Later"),
    N_ ("The ticket is genuine but new to this door, and the service cannot be asked."),
    N_ ("Let the visitor in. It is checked as soon as the door is online."),
    N_ ("let in on its signature") },
  { BITKET_REASON_CHOOSE_TICKET, N_ ("Choose a Ticket"),
    N_ ("This person has several tickets that may enter."),
    N_ ("Ask which one, then choose it in the list."), N_ ("several tickets") },
  { BITKET_REASON_ALREADY_ADMITTED, N_ ("Already Inside"), N_ ("This ticket was let in before."),
    N_ ("One ticket, one entry. Compare the name with an ID card."), N_ ("used") },
  { BITKET_REASON_NOT_YET, N_ ("Not Open Yet"), N_ ("Entry has not opened yet."),
    N_ ("Ask the visitor to wait. The ticket stays valid."), N_ ("not open yet") },
  { BITKET_REASON_OVER, N_ ("Event Is Over"), N_ ("This event is over."),
    N_ ("Send questions to the organizer."), N_ ("over") },
  { BITKET_REASON_WRONG_EVENT, N_ ("Another Event"), N_ ("This ticket is for another event."),
    N_ ("Ask for the ticket to this event."), N_ ("another event") },
  { BITKET_REASON_SUPERSEDED, N_ ("Changed Hands"),
    N_ ("This ticket was resold or transferred. It belongs to somebody else now."),
    N_ ("Only the new owner's code is valid. Search by name if in doubt."), N_ ("resold") },
  { BITKET_REASON_CODE_REPLACED, N_ ("Old Code"),
    N_ ("This ticket got a new code. This is the old one."),
    N_ ("Ask for the newest e-mail with the ticket."), N_ ("old code") },
  { BITKET_REASON_REFUNDED, N_ ("Refunded"), N_ ("This ticket was paid back and is not valid."),
    N_ ("Send questions to the organizer."), N_ ("refunded") },
  { BITKET_REASON_PENDING, N_ ("Not Paid"), N_ ("The payment for this ticket is not finished."),
    N_ ("Ask the visitor to finish it, then scan again."), N_ ("not paid") },
  { BITKET_REASON_BAD_SIGNATURE, N_ ("Not Genuine"), N_ ("This code was changed or made up."),
    N_ ("Do not let in. Call the organizer."), N_ ("not genuine") },
  { BITKET_REASON_UNKNOWN_TICKET, N_ ("Unknown Ticket"),
    N_ ("It looks like a ticket, but nobody knows it."), N_ ("Search by name or LiU ID."),
    N_ ("unknown") },
  { BITKET_REASON_CARD_UNKNOWN, N_ ("Unknown Card"),
    N_ ("This card belongs to nobody with a ticket here."), N_ ("Search by name or LiU ID."),
    N_ ("unknown card") },
  { BITKET_REASON_CARD_RANDOM, N_ ("Not a LiU Card"),
    N_ ("Phones and passports show a new number each time and cannot be recognised."),
    N_ ("Ask for the LiU card, or search by name."), N_ ("not a LiU card") },
  { BITKET_REASON_NO_TICKET, N_ ("No Ticket"), N_ ("This person has no ticket for this event."),
    N_ ("Ask for a ticket in another name, or call the organizer."), N_ ("no ticket") },
  { BITKET_REASON_UNREADABLE, N_ ("Not a Ticket"), N_ ("This code is not a Bitket ticket."),
    N_ ("Ask for the code in the ticket e-mail."), N_ ("not a ticket") },
  { BITKET_REASON_FAULT, N_ ("Get Help"),
    N_ ("The door could not save this entry, so nobody is let in."),
    N_ ("Stop here and call the organizer: the disk may be full."), N_ ("could not be saved") },
};

static const ReasonText *
find_text (BitketOutcome *outcome)
{
  static const ReasonText none = { BITKET_REASON_NONE, "", "", NULL, "" };
  BitketReason reason = bitket_outcome_get_reason (outcome);

  for (guint i = 0; i < G_N_ELEMENTS (reason_texts); i++)
    if (reason_texts[i].reason == reason)
      return &reason_texts[i];
  return &none;
}

static const char *
translate (const char *text)
{
  /* gettext ("") would answer with the catalogue's header. */
  return text != NULL && *text != '\0' ? _ (text) : text;
}

const char *
bitket_reason_text_get_word (BitketOutcome *outcome)
{
  return translate (find_text (outcome)->word);
}

const char *
bitket_reason_text_get_step (BitketOutcome *outcome)
{
  return translate (find_text (outcome)->step);
}

const char *
bitket_reason_text_get_icon (BitketOutcome *outcome)
{
  switch (bitket_outcome_get_verdict (outcome))
    {
    case BITKET_VERDICT_ADMIT:
      return "bitket-admit-symbolic";
    case BITKET_VERDICT_REFUSE:
      return "bitket-refuse-symbolic";
    case BITKET_VERDICT_ATTENTION:
      return "bitket-attention-symbolic";
    case BITKET_VERDICT_NONE:
      break;
    }
  return "bitket-camera-symbolic";
}

const char *
bitket_reason_text_get_style (BitketOutcome *outcome)
{
  switch (bitket_outcome_get_verdict (outcome))
    {
    case BITKET_VERDICT_ADMIT:
      return "admit";
    case BITKET_VERDICT_REFUSE:
      return "refuse";
    case BITKET_VERDICT_ATTENTION:
      return "attention";
    case BITKET_VERDICT_NONE:
      break;
    }
  return "ready";
}

BitketTone
bitket_reason_text_get_tone (BitketOutcome *outcome)
{
  if (bitket_outcome_get_reason (outcome) == BITKET_REASON_SAME_SCAN)
    return BITKET_TONE_NONE;
  switch (bitket_outcome_get_verdict (outcome))
    {
    case BITKET_VERDICT_ADMIT:
      return BITKET_TONE_HIGH;
    case BITKET_VERDICT_REFUSE:
      return BITKET_TONE_LOW;
    case BITKET_VERDICT_ATTENTION:
      return BITKET_TONE_TWO;
    case BITKET_VERDICT_NONE:
      break;
    }
  return BITKET_TONE_NONE;
}

static char *
dup_already_admitted (const BitketOutcomeFacts *facts, gint64 now_us)
{
  g_autofree char *moment = bitket_format_moment (facts->utilized_us, now_us);
  g_autofree char *ago = bitket_format_duration (now_us - facts->utilized_us);

  if (facts->door != NULL)
    /* Translators: a time, the name of a door, how long ago: "20:15, Main door, 12 minutes ago" */
    return g_strdup_printf (_ ("Already inside since %s, %s, %s ago."), moment, facts->door, ago);
  /* Translators: a time and how long ago that is */
  return g_strdup_printf (_ ("Already inside since %s, %s ago."), moment, ago);
}

/* The sentence with its facts; %NULL when there are none, or the reason has no such sentence. */
static char *
dup_facts_sentence (const BitketOutcomeFacts *facts, gint64 now_us)
{
  g_autofree char *moment = NULL;

  if (facts->reason == BITKET_REASON_ALREADY_ADMITTED && facts->utilized_us != 0)
    return dup_already_admitted (facts, now_us);
  if (facts->reason == BITKET_REASON_NOT_YET && facts->entry_opens_us != 0)
    {
      moment = bitket_format_moment (facts->entry_opens_us, now_us);
      /* Translators: a time, with the day when it is not today */
      return g_strdup_printf (_ ("Entry opens %s."), moment);
    }
  if (facts->reason == BITKET_REASON_OVER && facts->ends_us != 0)
    {
      moment = bitket_format_moment (facts->ends_us, now_us);
      /* Translators: a time, with the day when it is not today */
      return g_strdup_printf (_ ("This event was over %s."), moment);
    }
  if (facts->reason == BITKET_REASON_WRONG_EVENT && facts->event_name != NULL)
    /* Translators: the name of an event */
    return g_strdup_printf (_ ("This ticket is for “%s”."), facts->event_name);
  return NULL;
}

char *
bitket_reason_text_dup_sentence (BitketOutcome *outcome, gint64 now_us)
{
  char *sentence = dup_facts_sentence (bitket_outcome_get_facts (outcome), now_us);

  return sentence ? sentence : g_strdup (translate (find_text (outcome)->sentence));
}

char *
bitket_reason_text_dup_short (BitketOutcome *outcome)
{
  const BitketOutcomeFacts *facts = bitket_outcome_get_facts (outcome);

  if (facts->reason == BITKET_REASON_ALREADY_ADMITTED && facts->utilized_us != 0)
    {
      g_autofree char *clock = bitket_format_clock (facts->utilized_us);

      if (facts->door != NULL)
        /* Translators: a time and the name of a door */
        return g_strdup_printf (_ ("used %s at %s"), clock, facts->door);
      /* Translators: a time */
      return g_strdup_printf (_ ("used %s"), clock);
    }
  return g_strdup (translate (find_text (outcome)->brief));
}
