/* SPDX-License-Identifier: MIT */
#include "bitket-admission.h"

#define OPENS 1000
#define ENDS  2000

typedef struct
{
  const char *what;
  BitketAdmissionFacts facts;
  BitketReason reason;
} Case;

#define HERE(state_, at)                                                                           \
  {                                                                                                \
    BITKET_SIGNATURE_GOOD, BITKET_KNOWLEDGE_HERE, TRUE, BITKET_TICKET_STATE_##state_, at, OPENS,   \
        ENDS                                                                                       \
  }
#define STRANGER(signature_, knowledge_, at)                                                       \
  {                                                                                                \
    BITKET_SIGNATURE_##signature_, BITKET_KNOWLEDGE_##knowledge_, FALSE, BITKET_TICKET_STATE_NONE, \
        at, OPENS, ENDS                                                                            \
  }

static const Case cases[] = {
  { "valid", HERE (VALID, 1500), BITKET_REASON_VALID },
  { "the first moment", HERE (VALID, OPENS), BITKET_REASON_VALID },
  { "a moment too early", HERE (VALID, OPENS - 1), BITKET_REASON_NOT_YET },
  { "the last moment", HERE (VALID, ENDS - 1), BITKET_REASON_VALID },
  { "a moment too late", HERE (VALID, ENDS), BITKET_REASON_OVER },
  { "used", HERE (UTILIZED, 1500), BITKET_REASON_ALREADY_ADMITTED },
  { "used, and over", HERE (UTILIZED, 3000), BITKET_REASON_ALREADY_ADMITTED },
  { "refunded, and too early", HERE (REFUNDED, 0), BITKET_REASON_REFUNDED },
  { "resold", HERE (SUPERSEDED, 1500), BITKET_REASON_SUPERSEDED },
  { "not paid for", HERE (PENDING, 1500), BITKET_REASON_PENDING },
  { "a state nobody knows", HERE (NONE, 1500), BITKET_REASON_UNKNOWN_TICKET },
  { "no signature, known",
    { BITKET_SIGNATURE_NONE, BITKET_KNOWLEDGE_HERE, TRUE, BITKET_TICKET_STATE_VALID, 5, 0, 0 },
    BITKET_REASON_VALID },
  { "another code",
    { BITKET_SIGNATURE_NONE, BITKET_KNOWLEDGE_HERE, FALSE, BITKET_TICKET_STATE_VALID, 5, 0, 0 },
    BITKET_REASON_CODE_REPLACED },
  { "another code, rightly signed",
    { BITKET_SIGNATURE_GOOD, BITKET_KNOWLEDGE_HERE, FALSE, BITKET_TICKET_STATE_UTILIZED, 5, 0, 0 },
    BITKET_REASON_CODE_REPLACED },
  { "known, forged signature",
    { BITKET_SIGNATURE_BAD, BITKET_KNOWLEDGE_HERE, TRUE, BITKET_TICKET_STATE_VALID, 5, 0, 0 },
    BITKET_REASON_BAD_SIGNATURE },
  { "unknown, unsigned", STRANGER (NONE, NONE, 1500), BITKET_REASON_UNKNOWN_TICKET },
  { "unknown, signed", STRANGER (GOOD, NONE, 1500), BITKET_REASON_SIGNATURE_ONLY },
  { "unknown, signed, too early", STRANGER (GOOD, NONE, 500), BITKET_REASON_NOT_YET },
  { "unknown, signed, over", STRANGER (GOOD, NONE, 2500), BITKET_REASON_OVER },
  { "unknown, forged", STRANGER (BAD, NONE, 1500), BITKET_REASON_BAD_SIGNATURE },
  { "another event's key", STRANGER (OTHER_EVENT, NONE, 1500), BITKET_REASON_WRONG_EVENT },
  { "another event's ticket", STRANGER (NONE, ELSEWHERE, 1500), BITKET_REASON_WRONG_EVENT },
  { "another event's, too early", STRANGER (NONE, ELSEWHERE, 5), BITKET_REASON_WRONG_EVENT },
};

static void
test_decide (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      BitketAdmission admission = bitket_admission_decide (&cases[i].facts);

      g_test_message ("%s", cases[i].what);
      g_assert_cmpstr (bitket_reason_to_string (admission.reason), ==,
                       bitket_reason_to_string (cases[i].reason));
      g_assert_cmpint (admission.verdict, ==, bitket_reason_get_verdict (cases[i].reason));
    }
}

/* Over every combination of facts: nobody enters who is not known or rightly signed, with the
 * present code, unused, paid, not refunded, within the hours. */
static void
test_nobody_slips_in (void)
{
  const gint64 times[] = { 0, OPENS - 1, OPENS, ENDS - 1, ENDS, G_MAXINT64 };
  guint n_admitted = 0;

  for (int signature = BITKET_SIGNATURE_NONE; signature <= BITKET_SIGNATURE_BAD; signature++)
    for (int knowledge = BITKET_KNOWLEDGE_NONE; knowledge <= BITKET_KNOWLEDGE_ELSEWHERE;
         knowledge++)
      for (int state = BITKET_TICKET_STATE_NONE; state <= BITKET_TICKET_STATE_PENDING; state++)
        for (gsize t = 0; t < G_N_ELEMENTS (times) * 2; t++)
          {
            const BitketAdmissionFacts facts = { signature,    knowledge, t % 2 == 0, state,
                                                 times[t / 2], OPENS,     ENDS };
            const gboolean is_in_hours = facts.at_us >= OPENS && facts.at_us < ENDS;
            BitketAdmission admission = bitket_admission_decide (&facts);

            if (!bitket_reason_admits (admission.reason))
              continue;
            n_admitted++;
            g_assert_true (is_in_hours);
            g_assert_cmpint (facts.signature, !=, BITKET_SIGNATURE_BAD);
            g_assert_cmpint (facts.signature, !=, BITKET_SIGNATURE_OTHER_EVENT);
            if (admission.reason == BITKET_REASON_VALID)
              g_assert_true (facts.knowledge == BITKET_KNOWLEDGE_HERE && facts.code_matches &&
                             facts.state == BITKET_TICKET_STATE_VALID);
            else
              g_assert_true (facts.knowledge == BITKET_KNOWLEDGE_NONE &&
                             facts.signature == BITKET_SIGNATURE_GOOD);
          }
  g_assert_cmpuint (n_admitted, >, 0);
}

static void
test_names (void)
{
  for (int reason = BITKET_REASON_NONE; reason <= BITKET_REASON_FAULT; reason++)
    g_assert_cmpint (bitket_reason_from_string (bitket_reason_to_string (reason)), ==, reason);
  for (int verdict = BITKET_VERDICT_NONE; verdict <= BITKET_VERDICT_ATTENTION; verdict++)
    g_assert_cmpint (bitket_verdict_from_string (bitket_verdict_to_string (verdict)), ==, verdict);
  for (int state = BITKET_TICKET_STATE_NONE; state <= BITKET_TICKET_STATE_PENDING; state++)
    g_assert_cmpint (bitket_ticket_state_from_string (bitket_ticket_state_to_string (state)), ==,
                     state);
  for (int a = BITKET_AUTHORITY_NONE; a <= BITKET_AUTHORITY_SIGNATURE; a++)
    g_assert_cmpint (bitket_authority_from_string (bitket_authority_to_string (a)), ==, a);
  g_assert_cmpint (bitket_reason_from_string (NULL), ==, BITKET_REASON_NONE);
  g_assert_cmpint (bitket_reason_from_string ("VALID"), ==, BITKET_REASON_NONE);
  g_assert_cmpint (bitket_ticket_state_from_string ("stolen"), ==, BITKET_TICKET_STATE_NONE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/admission/decide", test_decide);
  g_test_add_func ("/core/admission/nobody-slips-in", test_nobody_slips_in);
  g_test_add_func ("/core/admission/names", test_names);
  return g_test_run ();
}
