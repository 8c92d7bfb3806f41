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

/* Every name comes from the tables above, none from a file. */
static char *
join_columns (const BitketDumpTable *table, guint n_columns)
{
  GString *names = g_string_new (NULL);

  for (guint i = 0; i < n_columns && table->columns[i].name != NULL; i++)
    g_string_append_printf (names, "%s\"%s\"", i > 0 ? ", " : "", table->columns[i].name);
  return g_string_free (names, FALSE);
}

char *
bitket_dump_table_dup_insert (const BitketDumpTable *table)
{
  g_autofree char *columns = join_columns (table, BITKET_DUMP_MAX_COLUMNS);
  g_autofree char *keys = join_columns (table, table->n_keys);
  g_autoptr (GString) values = g_string_new (NULL);

  for (guint i = 0; table->columns[i].name != NULL; i++)
    g_string_append_printf (values, "%s$%u", i > 0 ? ", " : "", i + 1);
  return g_strconcat ("INSERT INTO \"", table->table, "\" (", columns, ") VALUES (", values->str,
                      ") ON CONFLICT (", keys, ") DO NOTHING", NULL);
}

char *
bitket_dump_table_dup_select (const BitketDumpTable *table)
{
  g_autofree char *columns = join_columns (table, BITKET_DUMP_MAX_COLUMNS);
  g_autofree char *keys = join_columns (table, table->n_keys);

  return g_strconcat ("SELECT ", columns, " FROM \"", table->table, "\" ORDER BY ", keys, NULL);
}
