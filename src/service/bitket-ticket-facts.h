/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-db.h"
#include "bitket-entry.h"

G_BEGIN_DECLS

/* What the tables know of a ticket that somebody shows. */
typedef struct
{
  gboolean is_known;
  char ticket[BITKET_ID_SIZE];
  char ticket_type[BITKET_ID_SIZE];
  char event[BITKET_ID_SIZE];
  char organization[BITKET_ID_SIZE];
  char code[BITKET_CODE_SIZE];
  char *event_name; /* (owned) (nullable) */
  BitketTicketState state;
  gint64 utilized_us;     /* 0: not; also set when the state says something else */
  char *utilized_by_door; /* (owned) (nullable) */
  gint64 entry_opens_us;
  gint64 ends_us;
} BitketTicketFacts;

void bitket_ticket_facts_clear (BitketTicketFacts *facts);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BitketTicketFacts, bitket_ticket_facts_clear)

/** bitket_ticket_facts_load: of an ownership; is_known says whether there is one. */
gboolean bitket_ticket_facts_load (BitketDb *db,
                                   const char *ownership,
                                   BitketTicketFacts *facts,
                                   GError **error);
/** bitket_ticket_facts_lock: the same, once nobody else can change the ticket before this
 * transaction ends */
gboolean bitket_ticket_facts_lock (BitketDb *db,
                                   const char *ownership,
                                   BitketTicketFacts *facts,
                                   GError **error);
/**
 * bitket_ticket_facts_check_signature:
 * @event: where the ticket is shown
 * @event_name: (out) (transfer full) (nullable): the other event's, for OTHER_EVENT
 */
gboolean bitket_ticket_facts_check_signature (BitketDb *db,
                                              const char *event,
                                              const BitketEntry *entry,
                                              const BitketTicketFacts *facts,
                                              BitketSignature *signature,
                                              char **event_name,
                                              GError **error);

G_END_DECLS
