/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-db.h"

G_BEGIN_DECLS

/* The service's tables, for both databases. A released migration is never changed: a new one is
 * added. The columns of a resource's table are those of its schema; a test compares them. */
extern const BitketMigration bitket_service_migrations[];
extern const gsize bitket_service_n_migrations;

/* Their SQL, where it has a file of its own. */
extern const char bitket_migration_purchases[];
extern const char bitket_migration_purchases_sqlite[];
extern const char bitket_migration_purchases_postgresql[];
extern const char bitket_migration_accounts[];
extern const char bitket_migration_writing[];
extern const char bitket_migration_payments[];
extern const char bitket_migration_mail[];
extern const char bitket_migration_search[];

#define BITKET_SERVICE_APPLICATION "bitketd"

G_END_DECLS
