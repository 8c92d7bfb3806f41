/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-door"

#include "bitket-door-store-private.h"

/* Columns of type BYTEA are sealed, all others may be read by whoever finds the file. The tickets
 * keep SQLite's rowid: their rows are long, and a tree of long rows is deep; the index over their
 * ids is not. */
static const char first_sql[] =
    "CREATE TABLE meta ("
    "  name TEXT NOT NULL PRIMARY KEY,"
    "  text TEXT,"
    "  sealed BYTEA);"
    "CREATE TABLE tickets ("
    "  ownership TEXT NOT NULL PRIMARY KEY,"
    "  ticket TEXT NOT NULL,"
    "  ticket_type TEXT NOT NULL,"
    "  code_hash TEXT NOT NULL,"
    "  state BIGINT NOT NULL,"
    "  utilized_us BIGINT NOT NULL,"
    "  utilized_by BYTEA,"
    "  person BYTEA,"
    "  nin_hash TEXT);"
    "CREATE TABLE cards ("
    "  card_hash TEXT NOT NULL,"
    "  ownership TEXT NOT NULL,"
    "  PRIMARY KEY (card_hash, ownership)) WITHOUT ROWID;"
    "CREATE INDEX cards_ownership ON cards (ownership);"
    "CREATE TABLE counts ("
    "  ticket_type TEXT NOT NULL PRIMARY KEY,"
    "  n_total BIGINT NOT NULL,"
    "  n_inside BIGINT NOT NULL);"
    "CREATE TABLE scans ("
    "  seq INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  id TEXT NOT NULL UNIQUE,"
    "  ownership TEXT NOT NULL,"
    "  secret BYTEA,"
    "  at_us BIGINT NOT NULL,"
    "  is_clock_known BIGINT NOT NULL,"
    "  source BIGINT NOT NULL,"
    "  is_offline BIGINT NOT NULL,"
    "  verdict BIGINT NOT NULL,"
    "  reason BIGINT NOT NULL,"
    "  authority BIGINT NOT NULL,"
    "  moves BIGINT NOT NULL,"
    "  sent BIGINT NOT NULL,"
    "  answer BIGINT NOT NULL,"
    "  is_conflict BIGINT NOT NULL,"
    "  annuls TEXT NOT NULL,"
    "  annulled_by TEXT NOT NULL,"
    "  state_before BIGINT NOT NULL,"
    "  utilized_before_us BIGINT NOT NULL,"
    /* when by a clock that nobody sets, and of which run of the machine that is */
    "  boot TEXT NOT NULL,"
    "  boot_us BIGINT NOT NULL);"
    /* 1 is BITKET_DOOR_SENT_QUEUED */
    "CREATE INDEX scans_queued ON scans (seq) WHERE sent = 1;"
    "CREATE INDEX scans_moving ON scans (ownership) WHERE sent = 1 AND moves = 1;"
    "CREATE INDEX scans_entries ON scans (seq) WHERE moves = 1 AND annuls = '' "
    "  AND annulled_by = '';";

const BitketMigration bitket_door_migrations[] = {
  { 1, "cache and outbox", first_sql, NULL, NULL },
};
const gsize bitket_door_n_migrations = G_N_ELEMENTS (bitket_door_migrations);
