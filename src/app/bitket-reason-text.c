/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket"

#include "bitket-reason-text.h"

#include <glib/gi18n.h>

#include "bitket-format.h"

typedef struct
{
  BitketReason reason;
  const char *word;     /* (nullable): as the verdict has it */
  const char *sentence; /* without its facts; some reasons have a better one with them */
  const char *step;     /* (nullable) */
  const char *brief;
} ReasonText;

static const ReasonText reason_texts[] = {
  { BITKET_REASON_VALID, N_ ("Welcome"), "", NULL, N_ ("let in") },
  { BITKET_REASON_SAME_SCAN, NULL, N_ ("This code was read a moment ago. It counts once."),
    N_ ("Show the next ticket."), N_ ("same code again") },
  { BITKET_REASON_SIGNATURE_ONLY, N_ ("Let In"),
    N_ ("Genuine, but new to this door, and the service cannot be asked."),
    N_ ("Let the visitor in. It is checked once the door is online."),
    N_ ("let in on its signature") },
  { BITKET_REASON_CHOOSE_TICKET, N_ ("Choose"),
    N_ ("This person has several tickets that may enter."),
    N_ ("Ask which one, then let it in from the list."), N_ ("several tickets") },
  { BITKET_REASON_ALREADY_ADMITTED, N_ ("Stop"), N_ ("Already inside."),
    N_ ("One ticket, one entry. Compare the name with an ID card."), N_ ("used") },
  { BITKET_REASON_NOT_YET, N_ ("Wait"), N_ ("Entry has not opened yet."),
    N_ ("Ask the visitor to wait. The ticket stays valid."), N_ ("not open yet") },
  { BITKET_REASON_OVER, N_ ("Stop"), N_ ("This event is over."),
    N_ ("Send questions to the organizer."), N_ ("over") },
  { BITKET_REASON_WRONG_EVENT, N_ ("Stop"), N_ ("This ticket is for another event."),
    N_ ("Ask for the ticket to this event."), N_ ("another event") },
  { BITKET_REASON_SUPERSEDED, N_ ("Stop"),
    N_ ("This ticket was resold or transferred to somebody else."),
    N_ ("Only the new owner’s code is valid. Search by name if in doubt."), N_ ("resold") },
  { BITKET_REASON_CODE_REPLACED, N_ ("Stop"),
    N_ ("An old code. This ticket has got a new one since."),
    N_ ("Ask for the newest e-mail with the ticket."), N_ ("old code") },
  { BITKET_REASON_REFUNDED, N_ ("Stop"), N_ ("This ticket was refunded."),
    N_ ("Send questions to the organizer."), N_ ("refunded") },
  { BITKET_REASON_PENDING, N_ ("Stop"), N_ ("This ticket is not paid for yet."),
    N_ ("Ask the visitor to finish paying, then scan again."), N_ ("not paid") },
  { BITKET_REASON_BAD_SIGNATURE, N_ ("Stop"), N_ ("Not genuine: this code was changed or made up."),
    N_ ("Do not let in. Call the organizer."), N_ ("not genuine") },
  { BITKET_REASON_UNKNOWN_TICKET, N_ ("Stop"), N_ ("It looks like a ticket, but nobody knows it."),
    N_ ("Search by name or LiU ID."), N_ ("unknown") },
  { BITKET_REASON_CARD_UNKNOWN, N_ ("Stop"), N_ ("This card belongs to nobody with a ticket here."),
    N_ ("Search by name or LiU ID."), N_ ("unknown card") },
  { BITKET_REASON_CARD_RANDOM, N_ ("Stop"),
    N_ ("Not a LiU card. Phones and passports cannot be recognised."),
    N_ ("Ask for the LiU card, or search by name."), N_ ("not a LiU card") },
  { BITKET_REASON_NO_TICKET, N_ ("Stop"), N_ ("This person has no ticket for this event."),
    N_ ("Ask for a ticket in another name, or call the organizer."), N_ ("no ticket") },
  { BITKET_REASON_UNREADABLE, N_ ("Stop"), N_ ("This code is not a Bitket ticket."),
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
  const char *word = find_text (outcome)->word;

  if (word != NULL)
    return translate (word);
  switch (bitket_outcome_get_verdict (outcome))
    {
    case BITKET_VERDICT_ADMIT:
      return _ ("Welcome");
    case BITKET_VERDICT_REFUSE:
      return _ ("Stop");
    case BITKET_VERDICT_ATTENTION:
      return _ ("Let In");
    case BITKET_VERDICT_NONE:
      break;
    }
  return "";
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
  return "bitket-scan-symbolic";
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
  g_autofree char *ago = bitket_format_duration (MAX (now_us - facts->utilized_us, 0));

  if (facts->door != NULL)
    /* Translators: a time, the name of a door, and on a line of its own how long ago */
    return g_strdup_printf (_ ("Already inside since %s, %s.\n%s ago."), moment, facts->door, ago);
  /* Translators: a time and how long ago that is */
  return g_strdup_printf (_ ("Already inside since %s.\n%s ago."), moment, ago);
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

static void
add_part (GPtrArray *parts, const char *part)
{
  if (part != NULL && *part != '\0')
    g_ptr_array_add (parts, (gpointer) part);
}

char *
bitket_reason_text_dup_announcement (BitketOutcome *outcome)
{
  const BitketOutcomeFacts *facts = bitket_outcome_get_facts (outcome);
  g_autofree char *sentence = bitket_reason_text_dup_sentence (outcome, facts->at_us);
  g_autofree char *choices = NULL;
  g_autoptr (GPtrArray) parts = g_ptr_array_new ();

  if (facts->choices != NULL)
    choices = g_strjoinv (", ", (char **) facts->choices);
  add_part (parts, bitket_reason_text_get_word (outcome));
  add_part (parts, sentence);
  add_part (parts, facts->name);
  add_part (parts, facts->ticket_type);
  add_part (parts, choices);
  add_part (parts, bitket_reason_text_get_step (outcome));
  g_ptr_array_add (parts, NULL);
  return g_strjoinv (" – ", (char **) parts->pdata);
}
