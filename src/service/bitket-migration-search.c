/* SPDX-License-Identifier: MIT */

#include "bitket-service-migrations.h"

/* What people are searched by, folded (bitket_text_fold(), lower case), which SQL cannot do: kept
 * by the store wherever it writes a user, and filled by it when it finds that the rules for folding
 * are newer than the rows. */
const char bitket_migration_search[] = "CREATE TABLE user_search ("
                                       " \"user\" TEXT PRIMARY KEY REFERENCES users (id),"
                                       " name TEXT NOT NULL,"
                                       " email TEXT NOT NULL);"
                                       "CREATE INDEX users_liu_id ON users (liu_id);";
