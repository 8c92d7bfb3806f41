/* SPDX-License-Identifier: MIT */

#include "bitket-service-migrations.h"

const char bitket_migration_writing[] =
    /* Who changed what, when, from what to what. before and after are JSON texts of the changed
     * members; resource "event", "ticket_type" …; event and organization: whose page shows it.
     * What is told of may be gone, so only the user is a reference. */
    "CREATE TABLE audit ("
    " id TEXT PRIMARY KEY,"
    " at BIGINT NOT NULL,"
    " \"user\" TEXT REFERENCES users (id),"
    " door TEXT,"
    " action TEXT NOT NULL,"
    " resource TEXT NOT NULL,"
    " resource_id TEXT NOT NULL,"
    " organization TEXT,"
    " event TEXT,"
    " before TEXT,"
    " after TEXT);"
    "CREATE INDEX audit_event ON audit (event, at);"
    "CREATE INDEX audit_organization ON audit (organization, at);"
    "CREATE INDEX audit_resource ON audit (resource_id, at);"
    /* Answers that were given, for who asks the same again with the same key. */
    "CREATE TABLE idempotency_keys ("
    " caller TEXT NOT NULL,"
    " key TEXT NOT NULL,"
    " request_hash TEXT NOT NULL,"
    " status BIGINT NOT NULL,"
    " headers TEXT NOT NULL,"
    " body TEXT NOT NULL,"
    " created BIGINT NOT NULL,"
    " PRIMARY KEY (caller, key));"
    "CREATE INDEX idempotency_keys_created ON idempotency_keys (created);";
