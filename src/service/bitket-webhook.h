/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-db.h"

G_BEGIN_DECLS

/* What Stripe tells by itself. Pure functions for what comes in; one that writes what it means. */

/* Stripe's own tolerance: a signature is good for five minutes, either way. */
#define BITKET_WEBHOOK_TOLERANCE_US (5 * 60 * G_GINT64_CONSTANT (1000000))

/**
 * bitket_webhook_check_signature:
 * @header: (nullable): "t=1700000000,v1=HEX,v1=HEX,v0=…": any v1 may fit, as two secrets hold while
 *   one is changed; other schemes are passed over
 * @secret: "whsec_…"
 *
 * HMAC-SHA-256 over "t.body", compared in constant time; see
 * https://docs.stripe.com/webhooks#verify-manually.
 */
gboolean bitket_webhook_check_signature (const char *header,
                                         GBytes *body,
                                         const char *secret,
                                         gint64 now_us);

typedef enum
{
  BITKET_WEBHOOK_OTHER,
  BITKET_WEBHOOK_PAYMENT_SUCCEEDED,
  BITKET_WEBHOOK_PAYMENT_FAILED,
  BITKET_WEBHOOK_CHARGE_REFUNDED,
  BITKET_WEBHOOK_DEAUTHORIZED,
} BitketWebhookKind;

typedef struct
{
  BitketWebhookKind kind;
  char *id;             /* (owned) "evt_…" */
  char *type;           /* (owned) */
  char *account;        /* (owned) "": the platform's own */
  gint64 created_us;    /* */
  char *object;         /* (owned) (nullable) "pi_…" or "ch_…" */
  char *payment_intent; /* (owned) (nullable) of a charge */
  char *purchase;       /* (owned) (nullable) of a payment: its metadata */
  gint64 refunded_ore;  /* of a charge: all that ever went back */
} BitketWebhookEvent;

/** bitket_webhook_event_parse: Returns: (transfer full) (nullable): %NULL when it is no event */
BitketWebhookEvent *bitket_webhook_event_parse (GBytes *body);
void bitket_webhook_event_free (BitketWebhookEvent *event);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BitketWebhookEvent, bitket_webhook_event_free)

/** bitket_webhook_take: writes what @event means, once, in the open WRITE transaction. What it
 * speaks of may be unknown here: that is no error. */
gboolean
bitket_webhook_take (BitketDb *db, const BitketWebhookEvent *event, gint64 now_us, GError **error);

G_END_DECLS
