/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-door-judge.h"

G_BEGIN_DECLS

struct _BitketDoorJudge
{
  BitketDoorStore *store; /* (unowned) */
  BitketDoorKey key;
  gboolean has_key;
  char *door_name;     /* (owned) */
  GHashTable *recalls; /* (owned) recall key → what was said of a code a moment ago */
  GHashTable *asking;  /* (owned) set of scan ids */
  char *choosing;      /* (owned) (nullable) recall key of the card whose ticket is to be chosen */
  GPtrArray *choice;   /* (owned) (element-type utf8) ownerships among which that is */
};

/* bitket-door-judge.c */
BitketDoorDecision *bitket_door_judge_begin (BitketScanSource source,
                                             const BitketDoorMoment *moment);
void bitket_door_judge_remember (BitketDoorJudge *judge, const BitketDoorDecision *decision);
/* What was just said of a picked ticket is from now on what its code or card is answered with. */
void bitket_door_judge_remember_pick (BitketDoorJudge *judge, const BitketDoorDecision *decision);
void bitket_door_judge_set_reason (BitketDoorDecision *decision, BitketReason reason);
void bitket_door_judge_describe_ticket (BitketDoorJudge *judge,
                                        BitketDoorDecision *decision,
                                        BitketDoorTicket *ticket);
void bitket_door_judge_describe_verdict (BitketDoorJudge *judge, BitketDoorDecision *decision);

G_END_DECLS
