/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-admit.h"
#include "bitket-ticket-facts.h"

G_BEGIN_DECLS

/* Writing down, and telling. */

/* How an entry ended. */
typedef struct
{
  const char *result; /* "admitted", "annulled", "logged" or a reason's name */
  BitketReason reason;
  gboolean is_conflict;
  gint64 at_us;
} BitketAdmitRow;

gboolean bitket_admit_write_row (const BitketAdmitter *admitter,
                                 BitketDb *db,
                                 const BitketEntry *entry,
                                 const BitketTicketFacts *facts,
                                 const BitketAdmitRow *row,
                                 GError **error);
/** bitket_admit_set_utilized: @utilized_us 0: not any more. Touches the feed, tells the streams. */
gboolean bitket_admit_set_utilized (const BitketAdmitter *admitter,
                                    BitketDb *db,
                                    const char *ownership,
                                    const char *ticket,
                                    gint64 utilized_us,
                                    const char *door_name,
                                    const char *scan,
                                    GError **error);
/** bitket_admit_tell_conflict: to everybody at the event */
void bitket_admit_tell_conflict (const BitketAdmitter *admitter,
                                 const BitketEntry *entry,
                                 const BitketTicketFacts *facts,
                                 gint64 at_us);
gboolean bitket_admit_annul (const BitketAdmitter *admitter,
                             BitketDb *db,
                             const BitketEntry *entry,
                             BitketEntryResult *result,
                             GError **error);

G_END_DECLS
