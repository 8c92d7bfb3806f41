/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-clock.h"
#include "bitket-config.h"
#include "bitket-db.h"

G_BEGIN_DECLS

/* Sends what stands in the outbox: a thread of its own with a connection of its own. See
 * docs/mail.md. */
typedef struct _BitketMailer BitketMailer;

/** bitket_mailer_new: opens the database @uri, says in it whether mails are sent, and begins when
 * @config has a mail server. Returns: %NULL with the database's error */
BitketMailer *
bitket_mailer_new (const char *uri, BitketConfig *config, BitketClock *clock, GError **error);
/** bitket_mailer_free: (nullable): finishes what is being handed over, joins the thread */
void bitket_mailer_free (BitketMailer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BitketMailer, bitket_mailer_free)
/** bitket_mailer_wake: something may have been put into the outbox. Any thread; returns at once. */
void bitket_mailer_wake (BitketMailer *self);

G_END_DECLS
