/* SPDX-License-Identifier: MIT */

#include "bitket-service-migrations.h"

/* Mails that are to be sent; the text is made when it is sent. kind: "ticket". A row goes when its
 * mail is handed over. */
const char bitket_migration_mail[] = "CREATE TABLE mails ("
                                     " id TEXT PRIMARY KEY,"
                                     " kind TEXT NOT NULL,"
                                     " ownership TEXT NOT NULL REFERENCES ticket_ownerships (id),"
                                     " created BIGINT NOT NULL,"
                                     " next_attempt BIGINT NOT NULL,"
                                     " n_attempts BIGINT NOT NULL,"
                                     " last_error TEXT);"
                                     "CREATE INDEX mails_next_attempt ON mails (next_attempt);";
