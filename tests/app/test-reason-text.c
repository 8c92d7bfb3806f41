/* SPDX-License-Identifier: MIT */
#include "bitket-reason-text.h"
#include "sample-outcomes.h"

/* Each reason: what a volunteer sees and hears. */
static const struct
{
  BitketReason reason;
  const char *icon, *style, *word;
  BitketTone tone;
  const char *sentence, *step; /* step (nullable) */
  const char *brief;
} cases[] = {
  { BITKET_REASON_VALID, "bitket-admit-symbolic", "admit", "Welcome", BITKET_TONE_HIGH, "", NULL,
    "let in" },
  { BITKET_REASON_SAME_SCAN, "bitket-admit-symbolic", "admit", "Welcome", BITKET_TONE_NONE,
    "This code was read a moment ago. It counts once.", "Show the next ticket.",
    "same code again" },
  { BITKET_REASON_SIGNATURE_ONLY, "bitket-attention-symbolic", "attention", "Let In",
    BITKET_TONE_TWO, "Genuine, but new to this door, and the service cannot be asked.",
    "Let the visitor in. It is checked once the door is online.", "let in on its signature" },
  { BITKET_REASON_CHOOSE_TICKET, "bitket-attention-symbolic", "attention", "Choose",
    BITKET_TONE_TWO, "This person has several tickets that may enter.",
    "Ask which one, then let it in from the list.", "several tickets" },
  { BITKET_REASON_ALREADY_ADMITTED, "bitket-refuse-symbolic", "refuse", "Stop", BITKET_TONE_LOW,
    "Already inside since 20:15, Main door.\n1 hour ago.",
    "One ticket, one entry. Compare the name with an ID card.", "used 20:15 at Main door" },
  { BITKET_REASON_NOT_YET, "bitket-refuse-symbolic", "refuse", "Wait", BITKET_TONE_LOW,
    "Entry opens 22:30.", "Ask the visitor to wait. The ticket stays valid.", "not open yet" },
  { BITKET_REASON_OVER, "bitket-refuse-symbolic", "refuse", "Stop", BITKET_TONE_LOW,
    "This event was over 20:00.", "Send questions to the organizer.", "over" },
  { BITKET_REASON_WRONG_EVENT, "bitket-refuse-symbolic", "refuse", "Stop", BITKET_TONE_LOW,
    "This ticket is for “Sof-festivalen 2027”.", "Ask for the ticket to this event.",
    "another event" },
  { BITKET_REASON_SUPERSEDED, "bitket-refuse-symbolic", "refuse", "Stop", BITKET_TONE_LOW,
    "This ticket was resold or transferred to somebody else.",
    "Only the new owner’s code is valid. Search by name if in doubt.", "resold" },
  { BITKET_REASON_CODE_REPLACED, "bitket-refuse-symbolic", "refuse", "Stop", BITKET_TONE_LOW,
    "An old code. This ticket has got a new one since.",
    "Ask for the newest e-mail with the ticket.", "old code" },
  { BITKET_REASON_REFUNDED, "bitket-refuse-symbolic", "refuse", "Stop", BITKET_TONE_LOW,
    "This ticket was refunded.", "Send questions to the organizer.", "refunded" },
  { BITKET_REASON_PENDING, "bitket-refuse-symbolic", "refuse", "Stop", BITKET_TONE_LOW,
    "This ticket is not paid for yet.", "Ask the visitor to finish paying, then scan again.",
    "not paid" },
  { BITKET_REASON_BAD_SIGNATURE, "bitket-refuse-symbolic", "refuse", "Stop", BITKET_TONE_LOW,
    "Not genuine: this code was changed or made up.", "Do not let in. Call the organizer.",
    "not genuine" },
  { BITKET_REASON_UNKNOWN_TICKET, "bitket-refuse-symbolic", "refuse", "Stop", BITKET_TONE_LOW,
    "It looks like a ticket, but nobody knows it.", "Search by name or LiU ID.", "unknown" },
  { BITKET_REASON_CARD_UNKNOWN, "bitket-refuse-symbolic", "refuse", "Stop", BITKET_TONE_LOW,
    "This card belongs to nobody with a ticket here.", "Search by name or LiU ID.",
    "unknown card" },
  { BITKET_REASON_CARD_RANDOM, "bitket-refuse-symbolic", "refuse", "Stop", BITKET_TONE_LOW,
    "Not a LiU card. Phones and passports cannot be recognised.",
    "Ask for the LiU card, or search by name.", "not a LiU card" },
  { BITKET_REASON_NO_TICKET, "bitket-refuse-symbolic", "refuse", "Stop", BITKET_TONE_LOW,
    "This person has no ticket for this event.",
    "Ask for a ticket in another name, or call the organizer.", "no ticket" },
  { BITKET_REASON_UNREADABLE, "bitket-refuse-symbolic", "refuse", "Stop", BITKET_TONE_LOW,
    "This code is not a Bitket ticket.", "Ask for the code in the ticket e-mail.", "not a ticket" },
  { BITKET_REASON_FAULT, "bitket-refuse-symbolic", "refuse", "Get Help", BITKET_TONE_LOW,
    "The door could not save this entry, so nobody is let in.",
    "Stop here and call the organizer: the disk may be full.", "could not be saved" },
};

static void
test_each (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (BitketOutcome) outcome = sample_outcome_new (cases[i].reason);
      g_autofree char *sentence = bitket_reason_text_dup_sentence (outcome, sample_now_us ());
      g_autofree char *brief = bitket_reason_text_dup_short (outcome);

      g_assert_cmpstr (bitket_reason_text_get_icon (outcome), ==, cases[i].icon);
      g_assert_cmpstr (bitket_reason_text_get_style (outcome), ==, cases[i].style);
      g_assert_cmpstr (bitket_reason_text_get_word (outcome), ==, cases[i].word);
      g_assert_cmpint (bitket_reason_text_get_tone (outcome), ==, cases[i].tone);
      g_assert_cmpstr (sentence, ==, cases[i].sentence);
      g_assert_cmpstr (bitket_reason_text_get_step (outcome), ==, cases[i].step);
      g_assert_cmpstr (brief, ==, cases[i].brief);
    }
}

/* A reason that is added to the rule needs a text, too. */
static void
test_none_missing (void)
{
  for (int reason = BITKET_REASON_VALID; reason <= BITKET_REASON_FAULT; reason++)
    {
      guint n_found = 0;

      for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
        n_found += (int) cases[i].reason == reason;
      g_assert_cmpuint (n_found, ==, 1);
    }
}

/* The facts that a reason speaks of may be missing: another door's, of an older service. */
static void
test_without_facts (void)
{
  static const struct
  {
    BitketReason reason;
    const char *sentence;
  } rows[] = {
    { BITKET_REASON_ALREADY_ADMITTED, "Already inside." },
    { BITKET_REASON_NOT_YET, "Entry has not opened yet." },
    { BITKET_REASON_OVER, "This event is over." },
    { BITKET_REASON_WRONG_EVENT, "This ticket is for another event." },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const BitketOutcomeFacts facts = { .verdict = BITKET_VERDICT_REFUSE,
                                         .reason = rows[i].reason };
      g_autoptr (BitketOutcome) outcome = bitket_outcome_new (&facts);
      g_autofree char *sentence = bitket_reason_text_dup_sentence (outcome, sample_now_us ());

      g_assert_cmpstr (sentence, ==, rows[i].sentence);
    }
}

/* Two clocks that differ a little must not make it "-1 minutes ago". */
static void
test_admitted_in_the_future (void)
{
  const BitketOutcomeFacts facts = { .verdict = BITKET_VERDICT_REFUSE,
                                     .reason = BITKET_REASON_ALREADY_ADMITTED,
                                     .utilized_us = sample_local_us (21, 48) };
  g_autoptr (BitketOutcome) outcome = bitket_outcome_new (&facts);
  g_autofree char *sentence = bitket_reason_text_dup_sentence (outcome, sample_now_us ());

  g_assert_cmpstr (sentence, ==, "Already inside since 21:48.\nless than a minute ago.");
}

static void
test_same_scan_keeps_its_verdict (void)
{
  static const struct
  {
    BitketVerdict verdict;
    const char *word, *style;
  } rows[] = {
    { BITKET_VERDICT_ADMIT, "Welcome", "admit" },
    { BITKET_VERDICT_REFUSE, "Stop", "refuse" },
    { BITKET_VERDICT_ATTENTION, "Let In", "attention" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const BitketOutcomeFacts facts = { .verdict = rows[i].verdict,
                                         .reason = BITKET_REASON_SAME_SCAN };
      g_autoptr (BitketOutcome) outcome = bitket_outcome_new (&facts);

      g_assert_cmpstr (bitket_reason_text_get_word (outcome), ==, rows[i].word);
      g_assert_cmpstr (bitket_reason_text_get_style (outcome), ==, rows[i].style);
      g_assert_cmpint (bitket_reason_text_get_tone (outcome), ==, BITKET_TONE_NONE);
    }
}

static void
test_announcement (void)
{
  g_autoptr (BitketOutcome) welcome = sample_outcome_new (BITKET_REASON_VALID);
  g_autoptr (BitketOutcome) unknown = sample_outcome_new (BITKET_REASON_UNKNOWN_TICKET);
  g_autofree char *first = bitket_reason_text_dup_announcement (welcome);
  g_autofree char *second = bitket_reason_text_dup_announcement (unknown);

  g_assert_cmpstr (first, ==, "Welcome – Astrid Lindqvist – Banquet + party – Cider, Vegetarian");
  g_assert_cmpstr (second, ==,
                   "Stop – It looks like a ticket, but nobody knows it. – Search by name or LiU "
                   "ID.");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/app/reason-text/each", test_each);
  g_test_add_func ("/app/reason-text/none-missing", test_none_missing);
  g_test_add_func ("/app/reason-text/without-facts", test_without_facts);
  g_test_add_func ("/app/reason-text/admitted-in-the-future", test_admitted_in_the_future);
  g_test_add_func ("/app/reason-text/same-scan-keeps-its-verdict",
                   test_same_scan_keeps_its_verdict);
  g_test_add_func ("/app/reason-text/announcement", test_announcement);
  return g_test_run ();
}
