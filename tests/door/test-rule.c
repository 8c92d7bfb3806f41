/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

/* D50: ten thousand random tickets, codes and times. The door must say what the core's rule says of
 * the same facts, as the test knows them because it made them up. */

#include <string.h>

#include "bitket-test-support.h"
#include "bitket-time.h"
#include "door-fixture.h"

#define N_TICKETS 500
#define N_SCANS   10000

typedef struct
{
  FixtureTicket ticket;
  gboolean is_known;
  gboolean has_old_code;
  QrKind qr;
  gint64 at_us;
} Draw;

static BitketTicketState
draw_state (void)
{
  static const BitketTicketState states[] = {
    BITKET_TICKET_STATE_VALID,      BITKET_TICKET_STATE_VALID,    BITKET_TICKET_STATE_UTILIZED,
    BITKET_TICKET_STATE_SUPERSEDED, BITKET_TICKET_STATE_REFUNDED, BITKET_TICKET_STATE_PENDING,
  };

  return states[g_test_rand_int_range (0, G_N_ELEMENTS (states))];
}

static Draw
draw_scan (Fixture *fixture)
{
  Draw draw = { .is_known = g_test_rand_int_range (0, 5) > 0 };

  draw.ticket = draw.is_known ? g_array_index (fixture->tickets, FixtureTicket,
                                               g_test_rand_int_range (0, N_TICKETS))
                              : fixture_make (fixture, NULL);
  draw.qr = (QrKind) g_test_rand_int_range (QR_SIGNED, QR_BROKEN + 1);
  draw.has_old_code = g_test_rand_int_range (0, 4) == 0;
  if (draw.has_old_code)
    draw.ticket.code[5] = draw.ticket.code[5] == '0' ? '1' : '0';
  draw.at_us =
      fixture->now_us + g_test_rand_int_range (-7200, 7200) * (gint64) BITKET_TIME_SECOND_US;
  return draw;
}

/* What the rule is to be asked, worked out from how the scan was made. */
static BitketAdmission
decide (Fixture *fixture, const Draw *draw)
{
  static const BitketSignature signatures[] = {
    [QR_SIGNED] = BITKET_SIGNATURE_GOOD,
    [QR_UNSIGNED] = BITKET_SIGNATURE_NONE,
    [QR_OTHER_EVENT] = BITKET_SIGNATURE_OTHER_EVENT,
    [QR_FOREIGN] = BITKET_SIGNATURE_BAD,
    [QR_BROKEN] = BITKET_SIGNATURE_BAD,
  };
  const BitketAdmissionFacts facts = {
    .signature = signatures[draw->qr],
    .knowledge = draw->is_known               ? BITKET_KNOWLEDGE_HERE
                 : draw->qr == QR_OTHER_EVENT ? BITKET_KNOWLEDGE_ELSEWHERE
                                              : BITKET_KNOWLEDGE_NONE,
    .code_matches = !draw->has_old_code,
    .state = draw->ticket.state,
    .at_us = draw->at_us,
    .entry_opens_us = fixture->event->entry_opens_us,
    .ends_us = fixture->event->ends_us,
  };

  return bitket_admission_decide (&facts);
}

static void
check_scan (Fixture *fixture, BitketDoorJudge *judge, guint *n_of_reason)
{
  Draw draw = draw_scan (fixture);
  BitketAdmission wanted = decide (fixture, &draw);
  g_autofree char *qr = fixture_qr (fixture, &draw.ticket, draw.qr);
  g_autoptr (GBytes) bytes = g_bytes_new (qr, strlen (qr));
  const BitketDoorMoment moment = { draw.at_us, 0, TRUE };
  g_autoptr (BitketDoorDecision) decision =
      bitket_door_judge_scan (judge, bytes, BITKET_SCAN_SOURCE_CAMERA, &moment);

  g_assert_cmpstr (bitket_reason_to_string (decision->reason), ==,
                   bitket_reason_to_string (wanted.reason));
  g_assert_cmpint (decision->verdict, ==, wanted.verdict);
  n_of_reason[wanted.reason]++;
}

static void
test_d50_rule (void)
{
  static const BitketReason seen[] = {
    BITKET_REASON_VALID,      BITKET_REASON_SIGNATURE_ONLY, BITKET_REASON_ALREADY_ADMITTED,
    BITKET_REASON_NOT_YET,    BITKET_REASON_OVER,           BITKET_REASON_WRONG_EVENT,
    BITKET_REASON_SUPERSEDED, BITKET_REASON_CODE_REPLACED,  BITKET_REASON_REFUNDED,
    BITKET_REASON_PENDING,    BITKET_REASON_BAD_SIGNATURE,  BITKET_REASON_UNKNOWN_TICKET,
  };
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (BitketDoorStore) store = NULL;
  g_autoptr (BitketDoorJudge) judge = NULL;
  guint n_of_reason[BITKET_REASON_FAULT + 1] = { 0 };

  fixture->event->entry_opens_us = fixture->now_us - 5400 * BITKET_TIME_SECOND_US;
  fixture->event->ends_us = fixture->now_us + 5400 * BITKET_TIME_SECOND_US;
  for (guint i = 0; i < N_TICKETS; i++)
    fixture_add (fixture, draw_state (), "Bo")->type = i % 2;
  fixture_feed (fixture);
  store = bitket_door_store_open (fixture->state_dir, &fixture->seal_key, BITKET_DOOR_STORE_DEFAULT,
                                  NULL);
  judge = bitket_door_judge_new (store, &fixture->door_key, FIXTURE_DOOR);
  for (guint i = 0; i < N_SCANS; i++)
    check_scan (fixture, judge, n_of_reason);
  /* A trial of all reasons, not of one. */
  for (guint i = 0; i < G_N_ELEMENTS (seen); i++)
    g_assert_cmpuint (n_of_reason[seen[i]], >, 10);
}

/* Whatever a camera reads: no crash, no admission. */
static void
test_noise (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  FixtureTicket *ticket = fixture_add (fixture, BITKET_TICKET_STATE_VALID, "Bo");
  g_autofree char *qr = fixture_qr (fixture, ticket, QR_SIGNED);
  g_autoptr (BitketDoorStore) store = NULL;
  g_autoptr (BitketDoorJudge) judge = NULL;
  gsize len = strlen (qr);

  fixture_feed (fixture);
  store = bitket_door_store_open (fixture->state_dir, &fixture->seal_key, BITKET_DOOR_STORE_DEFAULT,
                                  NULL);
  judge = bitket_door_judge_new (store, &fixture->door_key, FIXTURE_DOOR);
  for (guint i = 0; i < 5000; i++)
    {
      g_autofree char *noise = g_memdup2 (qr, len);
      const BitketDoorMoment moment = { fixture->now_us, 0, TRUE };
      g_autoptr (GBytes) bytes = NULL;
      g_autoptr (BitketDoorDecision) decision = NULL;

      for (guint n = g_test_rand_int_range (1, 4); n > 0; n--)
        noise[g_test_rand_int_range (0, len)] = (char) g_test_rand_int_range (0, 256);
      bytes = g_bytes_new (
          noise, g_test_rand_int_range (0, 8) == 0 ? (gsize) g_test_rand_int_range (0, len) : len);
      decision = bitket_door_judge_scan (judge, bytes, BITKET_SCAN_SOURCE_CAMERA, &moment);
      /* A change between members, or of case, is none. */
      if (bitket_reason_admits (decision->reason))
        g_assert_cmpstr (decision->ownership, ==, ticket->ownership);
      else
        g_assert_cmpint (decision->verdict, ==, BITKET_VERDICT_REFUSE);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/door/rule/D50-ten-thousand", test_d50_rule);
  g_test_add_func ("/door/rule/noise", test_noise);
  return g_test_run ();
}
