/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-db.h"
#include "bitket-id.h"
#include "bitket-ticket-code.h"

G_BEGIN_DECLS

/* The mail that brings somebody a ticket. */
typedef struct
{
  char *id;                 /* (owned) of the mail: the same mail again has the same Message-ID */
  char *from;               /* (owned) address */
  char *public_url;         /* (owned) (nullable) where the holder sees the ticket */
  char *organization_name;  /* (owned) */
  char *organization_email; /* (owned) */
  char *event_name;         /* (owned) */
  char *venue;              /* (owned) "": not told */
  gint64 starts_us;         /* 0: not told */
  char *ticket_type_name;   /* (owned) */
  char *choices;            /* (owned) "Wine, Meat"; "" without */
  char *holder_name;        /* (owned) */
  char *holder_email;       /* (owned) */
  BitketTicketCode code;
} BitketTicketMail;

void bitket_ticket_mail_clear (BitketTicketMail *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BitketTicketMail, bitket_ticket_mail_clear)

/**
 * bitket_ticket_mail_load:
 * @self: zeroed; what is not of the ticket (id, from, public_url) is left alone
 * @is_wanted: (out): %FALSE when the ticket belongs to somebody else by now, was paid back or is
 * not paid for: then nothing is to be sent, and nothing was loaded
 *
 * WRITE transaction: an event's first ticket makes its key.
 */
gboolean bitket_ticket_mail_load (BitketTicketMail *self,
                                  BitketDb *db,
                                  const char *ownership,
                                  gboolean *is_wanted,
                                  GError **error);
/** bitket_ticket_mail_format: Returns: (transfer full): the message as it goes over the wire, lines
 * end in CR LF. g_mime_init() must have been called. */
GBytes *bitket_ticket_mail_format (const BitketTicketMail *self, gint64 now_us, GError **error);

G_END_DECLS
