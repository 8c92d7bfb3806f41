/* SPDX-License-Identifier: MIT */

#include "bitket-service-migrations.h"

/* How a person is known to a provider: see docs/sign-in.md. Nobody is two people there, so that an
 * address alone never gives a second of them the same account. */
const char bitket_migration_accounts[] = "CREATE TABLE identities ("
                                         " provider TEXT NOT NULL,"
                                         " uid TEXT NOT NULL,"
                                         " \"user\" TEXT NOT NULL REFERENCES users (id),"
                                         " created BIGINT NOT NULL,"
                                         " PRIMARY KEY (provider, uid),"
                                         " UNIQUE (\"user\", provider));";
