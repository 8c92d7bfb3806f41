/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-config.h"

G_BEGIN_DECLS

/* Handing mails over to a mail server, one after the other, the connection kept meanwhile. One
 * thread. */
typedef struct _BitketSmtp BitketSmtp;

typedef enum
{
  BITKET_SMTP_UNKNOWN,
  BITKET_SMTP_SENT,
  BITKET_SMTP_REFUSED,     /* this mail, for good as far as the server knows: 5xx */
  BITKET_SMTP_POSTPONED,   /* this mail, for now: 4xx */
  BITKET_SMTP_UNREACHABLE, /* any mail: no server, no TLS, no sign-in */
  BITKET_SMTP_CANCELLED,   /* nothing was handed over */
} BitketSmtpOutcome;

/** bitket_smtp_new: @config has an smtp_url. @is_stopping: (atomic): once set, what has not begun
 * to be handed over is not */
BitketSmtp *bitket_smtp_new (BitketConfig *config, const gint *is_stopping);
void bitket_smtp_free (BitketSmtp *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BitketSmtp, bitket_smtp_free)

/**
 * bitket_smtp_send:
 * @to: the address; one that could say more than an address to the server is REFUSED
 * @message: as bitket_ticket_mail_format() makes it
 * @reason: (out) (transfer full) (nullable): why it was not sent, without any address
 */
BitketSmtpOutcome
bitket_smtp_send (BitketSmtp *self, const char *to, GBytes *message, char **reason);

/** bitket_smtp_is_loopback: whether the host of @url is this machine, as it is written */
gboolean bitket_smtp_is_loopback (const char *url);

G_END_DECLS
