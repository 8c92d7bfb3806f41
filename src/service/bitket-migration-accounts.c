/* SPDX-License-Identifier: MIT */

#include "bitket-service-migrations.h"

/* How a person is known to a provider: "liu" by LiU ID, "google-oauth2" and "facebook" by number.
 */
const char bitket_migration_accounts[] = "CREATE TABLE identities ("
                                         " provider TEXT NOT NULL,"
                                         " uid TEXT NOT NULL,"
                                         " \"user\" TEXT NOT NULL REFERENCES users (id),"
                                         " created BIGINT NOT NULL,"
                                         " PRIMARY KEY (provider, uid));"
                                         "CREATE INDEX identities_user ON identities (\"user\");";
