/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-entry.h"
#include "bitket-request.h"

G_BEGIN_DECLS

/* Entries: deciding them, writing them down, taking them back. All of it inside an open WRITE
 * transaction; what others should hear of is put on the request's notices. */

/* At which event, and by whom. */
typedef struct
{
  BitketRequest *request; /* (unowned) */
  const char *event;
  const char *door;      /* (nullable) id */
  const char *door_name; /* the door's or the user's */
  const char *user;      /* (nullable) id */
} BitketAdmitter;

/**
 * bitket_admit_entry:
 * One item: asked, told, or annulling an earlier one. The same id again changes nothing and gets
 * the first result again; but a question that was refused, and comes again as somebody let in, is
 * decided anew: the door never heard the answer.
 */
gboolean bitket_admit_entry (const BitketAdmitter *admitter,
                             BitketDb *db,
                             const BitketEntry *entry,
                             BitketEntryResult *result,
                             GError **error);
/** bitket_admit_take_back: every entry of the ticket is annulled: it may enter again */
gboolean bitket_admit_take_back (const BitketAdmitter *admitter,
                                 BitketDb *db,
                                 const char *ownership,
                                 GError **error);

G_END_DECLS
