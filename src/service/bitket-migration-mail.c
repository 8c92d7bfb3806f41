/* SPDX-License-Identifier: MIT */

#include "bitket-service-migrations.h"

/* Mails that are to be sent; the text is made when it is sent. kind: "ticket". At most one waits
 * for a ticket ownership; a row goes when its mail is handed over. claim: who is sending it, until
 * next_attempt; "" for nobody. given_up: when it was found out that it cannot be delivered. See
 * docs/mail.md. */
const char bitket_migration_mail[] = "CREATE TABLE mails ("
                                     " id TEXT PRIMARY KEY,"
                                     " kind TEXT NOT NULL,"
                                     " ownership TEXT NOT NULL UNIQUE"
                                     " REFERENCES ticket_ownerships (id),"
                                     " created BIGINT NOT NULL,"
                                     " next_attempt BIGINT NOT NULL,"
                                     " n_attempts BIGINT NOT NULL,"
                                     " claim TEXT NOT NULL,"
                                     " given_up BIGINT,"
                                     " last_error TEXT);"
                                     "CREATE INDEX mails_next_attempt ON mails (next_attempt, id)"
                                     " WHERE given_up IS NULL;"
                                     /* For paging through all of them in their order. */
                                     "CREATE INDEX ticket_ownerships_created"
                                     " ON ticket_ownerships (created, id);";
