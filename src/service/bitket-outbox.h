/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-db.h"
#include "bitket-id.h"

G_BEGIN_DECLS

/* The outbox of mails: a table that every process on the database shares. What is put into it in
 * the transaction that sells a ticket is sent if that transaction is committed, and only then.
 * Functions over one connection, on the thread that owns it. See docs/mail.md. */

/**
 * bitket_mail_enqueue:
 * @ownership: the ticket ownership whose holder is to get the ticket
 *
 * Does nothing unless bitket_outbox_set_state() said that mails are sent, so that nothing piles
 * up where nobody sends it. One that waits already for @ownership is sent now instead. Needs a
 * WRITE transaction. Returns: %FALSE with the database's error
 */
gboolean bitket_mail_enqueue (BitketDb *db, const char *ownership, gint64 now_us, GError **error);

typedef enum
{
  BITKET_OUTBOX_UNKNOWN,
  BITKET_OUTBOX_OPEN,
  BITKET_OUTBOX_CLOSED, /* no way to send mail is set up */
} BitketOutboxState;

/** bitket_outbox_set_state: said by the service when it starts, from its configuration. Makes a
 * transaction of its own. */
gboolean bitket_outbox_set_state (BitketDb *db, BitketOutboxState state, GError **error);
/** bitket_outbox_get_state: UNKNOWN with @error */
BitketOutboxState bitket_outbox_get_state (BitketDb *db, GError **error);

/* A mail that this process has taken for a while; nobody else sends it meanwhile. */
typedef struct
{
  char id[BITKET_ID_SIZE];
  char claim[BITKET_ID_SIZE];
  char ownership[BITKET_ID_SIZE];
  gint64 n_attempts; /* this one too */
} BitketOutboxItem;

/**
 * bitket_outbox_claim:
 * @lease_us: how long it is ours: longer than sending can take
 * @item: (out)
 * @next_us: (out): when nothing is due: when the next one is; G_MAXINT64: nothing waits
 *
 * Takes the mail that is due the longest. Makes transactions of its own. Returns: %FALSE when
 * nothing is due, or with @error
 */
gboolean bitket_outbox_claim (BitketDb *db,
                              gint64 now_us,
                              gint64 lease_us,
                              BitketOutboxItem *item,
                              gint64 *next_us,
                              GError **error);
/** bitket_outbox_finish: it was handed over: the row goes, unless it was asked for again meanwhile.
 * Makes a transaction of its own. */
gboolean bitket_outbox_finish (BitketDb *db, const BitketOutboxItem *item, GError **error);
/**
 * bitket_outbox_postpone:
 * @next_us: when it is tried again; 0: never
 * @reason: for whoever looks after the service; no address stands in it
 *
 * It could not be handed over. Makes a transaction of its own.
 */
gboolean bitket_outbox_postpone (BitketDb *db,
                                 const BitketOutboxItem *item,
                                 gint64 now_us,
                                 gint64 next_us,
                                 const char *reason,
                                 GError **error);

G_END_DECLS
