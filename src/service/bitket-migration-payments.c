/* SPDX-License-Identifier: MIT */

#include "bitket-service-migrations.h"

const char bitket_migration_payments[] =
    /* Webhooks that were taken: the same event again changes nothing. */
    "CREATE TABLE stripe_events ("
    " id TEXT PRIMARY KEY,"
    " type TEXT NOT NULL,"
    " received BIGINT NOT NULL);"
    "CREATE INDEX stripe_events_received ON stripe_events (received);"
    /* Money on its way back: written before the provider is asked, so that a crash in between is
     * made good by asking again with the same key, which is the id. state: pending, done, failed.
     * account: the provider's, at the time. request_hash: of what was asked for with
     * idempotency_key. */
    "CREATE TABLE refunds ("
    " id TEXT PRIMARY KEY,"
    " charge TEXT NOT NULL REFERENCES transactions (id),"
    " account TEXT NOT NULL,"
    " amount BIGINT NOT NULL,"
    " reason TEXT NOT NULL,"
    " voids_tickets BIGINT NOT NULL,"
    " state TEXT NOT NULL,"
    " stripe_id TEXT,"
    " message TEXT,"
    " made_by TEXT REFERENCES users (id),"
    " idempotency_key TEXT,"
    " request_hash TEXT NOT NULL,"
    " created BIGINT NOT NULL,"
    " \"transaction\" TEXT REFERENCES transactions (id));"
    "CREATE INDEX refunds_charge ON refunds (charge);"
    "CREATE INDEX refunds_transaction ON refunds (\"transaction\");"
    "CREATE UNIQUE INDEX refunds_key ON refunds (made_by, idempotency_key)"
    " WHERE idempotency_key IS NOT NULL;"
    "CREATE INDEX refunds_pending ON refunds (created) WHERE state = 'pending';"
    "CREATE TABLE refunds_ticket_ownerships ("
    " refund TEXT NOT NULL REFERENCES refunds (id),"
    " target TEXT NOT NULL REFERENCES ticket_ownerships (id),"
    " PRIMARY KEY (refund, target));"
    /* What a ticket was sold for, and which charge Stripe speaks of. */
    "CREATE INDEX purchase_items_ownership ON purchase_items (ownership);"
    "CREATE INDEX transactions_stripe_id ON transactions (stripe_id);";
