/* SPDX-License-Identifier: MIT */

#include "bitket-service-migrations.h"

const char bitket_migration_payments[] =
    /* Webhooks that were taken: the same event again changes nothing. */
    "CREATE TABLE stripe_events ("
    " id TEXT PRIMARY KEY,"
    " type TEXT NOT NULL,"
    " received BIGINT NOT NULL);"
    /* Money on its way back: written before the provider is asked, so that a crash in between is
     * made good by asking again with the same key. state: pending, done, failed. */
    "CREATE TABLE refunds ("
    " id TEXT PRIMARY KEY,"
    " charge TEXT NOT NULL REFERENCES transactions (id),"
    " amount BIGINT NOT NULL,"
    " reason TEXT NOT NULL,"
    " voids_tickets BIGINT NOT NULL,"
    " state TEXT NOT NULL,"
    " stripe_id TEXT,"
    " message TEXT,"
    " made_by TEXT REFERENCES users (id),"
    " created BIGINT NOT NULL,"
    " \"transaction\" TEXT REFERENCES transactions (id));"
    "CREATE INDEX refunds_charge ON refunds (charge);"
    "CREATE INDEX refunds_pending ON refunds (created) WHERE state = 'pending';"
    "CREATE TABLE refunds_ticket_ownerships ("
    " refund TEXT NOT NULL REFERENCES refunds (id),"
    " target TEXT NOT NULL REFERENCES ticket_ownerships (id),"
    " PRIMARY KEY (refund, target));";
