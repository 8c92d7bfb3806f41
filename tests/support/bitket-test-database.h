/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** bitket_test_sqlite_uri: of a file in @dir that does not exist yet; another one at each call */
char *bitket_test_sqlite_uri (const char *dir);
/**
 * bitket_test_postgresql_uri:
 *
 * Creates an empty database in the private cluster of the test run, which scripts/with-postgresql
 * starts: BITKET_TEST_PGHOST names its socket directory. Without it the test fails; it never skips.
 *
 * Returns: (transfer full): "postgresql:host=… user=… dbname=…"
 */
char *bitket_test_postgresql_uri (void);
/** bitket_test_drop_postgresql: drops what bitket_test_postgresql_uri() made, also while in use */
void bitket_test_drop_postgresql (const char *uri);

G_END_DECLS
