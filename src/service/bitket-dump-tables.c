/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-store"

#include "bitket-dump-private.h"

#include <string.h>

#define TEXT    BITKET_DUMP_KIND_TEXT
#define NUMBER  BITKET_DUMP_KIND_NUMBER
#define BOOLEAN BITKET_DUMP_KIND_BOOLEAN
#define TIME    BITKET_DUMP_KIND_TIME
#define BYTES   BITKET_DUMP_KIND_BYTES

static const BitketDumpTable tables[] = {
  { "authtoken.token", "tokens", 1, { { "key", TEXT }, { "user", TEXT }, { "created", TIME } } },
  { "bitketd.setting", "settings", 1, { { "name", TEXT }, { "value", TEXT } } },
  { "bitketd.eventkey",
    "event_keys",
    1,
    { { "id", TEXT },
      { "event", TEXT },
      { "sign_seed", BYTES },
      { "verify_key", BYTES },
      { "created", TIME } } },
  { "bitketd.eventdoorkey", "event_door_keys", 1, { { "event", TEXT }, { "door_key", BYTES } } },
  { "bitketd.door",
    "doors",
    1,
    { { "id", TEXT },
      { "event", TEXT },
      { "name", TEXT },
      { "token_hash", TEXT },
      { "pairing_hash", TEXT },
      { "pairing_expires", TIME },
      { "created", TIME },
      { "created_by", TEXT },
      { "paired", TIME },
      { "last_seen", TIME },
      { "revoked", TIME } } },
  { "bitketd.entry",
    "entries",
    1,
    { { "id", TEXT },
      { "event", TEXT },
      { "ownership", TEXT },
      { "ticket", TEXT },
      { "door", TEXT },
      { "door_name", TEXT },
      { "source", TEXT },
      { "at", TIME },
      { "received", TIME },
      { "is_offline", BOOLEAN },
      { "shown_verdict", TEXT },
      { "shown_reason", TEXT },
      { "forced", TEXT },
      { "result", TEXT },
      { "reason", TEXT },
      { "is_conflict", BOOLEAN },
      { "annuls", TEXT },
      { "annulled_by", TEXT },
      { "made_by", TEXT } } },
  { "bitketd.card", "cards", 2, { { "event", TEXT }, { "card_hash", TEXT }, { "user", TEXT } } },
  { "bitketd.feedcounter", "feed_counters", 1, { { "event", TEXT }, { "seq", NUMBER } } },
  { "bitketd.feed", "feed", 1, { { "ownership", TEXT }, { "event", TEXT }, { "seq", NUMBER } } },
};

const BitketDumpTable *
bitket_dump_tables (guint *n_tables)
{
  *n_tables = G_N_ELEMENTS (tables);
  return tables;
}

const char *
bitket_dump_model (const BitketSchema *schema)
{
  if (schema->model != NULL)
    return schema->model;
  g_assert (strcmp (schema->name, "membership") == 0);
  return "bitketd.membership";
}

const char *
bitket_dump_member (const BitketSchema *schema, const BitketField *field)
{
  if (schema == &bitket_transaction_schema && strcmp (field->name, "stripe_id") == 0)
    return "stripe_charge";
  return field->name;
}
