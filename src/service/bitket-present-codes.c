/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

/* What is worked out for staff only: links of access codes, connections of organizations. */

#include "bitket-present.h"
#include "bitket-signing.h"

static void
set_value (BitketRecord *record, const char *field, const GValue *value)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_VALUE);

  json_node_set_value (node, value);
  bitket_record_set_computed (record, field, node);
}

static void
set_text (BitketRecord *record, const char *field, const char *text)
{
  g_auto (GValue) value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_STRING);
  g_value_set_string (&value, text);
  set_value (record, field, &value);
}

gboolean
bitket_present_organizations (BitketRequest *request,
                              BitketDb *db,
                              GPtrArray *records,
                              GError **error)
{
  g_return_val_if_fail (records != NULL, FALSE);

  for (guint i = 0; i < records->len; i++)
    {
      const char *account = bitket_record_get_text (records->pdata[i], "stripe_account_id");
      g_auto (GValue) value = G_VALUE_INIT;

      g_value_init (&value, G_TYPE_BOOLEAN);
      g_value_set_boolean (&value, account != NULL && *account != '\0');
      set_value (records->pdata[i], "stripe_connected", &value);
    }
  return TRUE;
}

/* What is known of a code beside its row. */
typedef struct
{
  char *slug; /* (owned) of the event */
  gint64 n_used;
} CodeFacts;

static void
free_code_facts (gpointer data)
{
  CodeFacts *facts = data;

  g_free (facts->slug);
  g_free (facts);
}

static const char facts_sql[] =
    "SELECT a.id, e.slug, (SELECT COUNT (*) FROM tickets t WHERE t.access_code = a.id)"
    " FROM access_codes a JOIN ticket_types y ON y.id = a.ticket_type"
    " JOIN events e ON e.id = y.event WHERE ($1 = '' OR a.id = $1)";

static GHashTable *
load_code_facts (BitketDb *db, const char *only, GError **error)
{
  g_autoptr (GHashTable) by_id =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, free_code_facts);
  g_autoptr (BitketStatement) statement = bitket_db_prepare (db, facts_sql, error);
  g_autoptr (GError) local_error = NULL;

  if (statement == NULL)
    return NULL;
  bitket_statement_bind_text (statement, 1, only);
  while (bitket_statement_step (statement, &local_error))
    {
      CodeFacts *facts = g_new0 (CodeFacts, 1);

      facts->slug = g_strdup (bitket_statement_get_text (statement, 1));
      facts->n_used = bitket_statement_get_int64 (statement, 2);
      g_hash_table_insert (by_id, g_strdup (bitket_statement_get_text (statement, 0)), facts);
    }
  if (local_error == NULL)
    return g_steal_pointer (&by_id);
  g_propagate_error (error, g_steal_pointer (&local_error));
  return NULL;
}

/* Where people go with it: the event's page in the shop. */
static char *
make_link (const BitketRequest *request, const char *slug, const char *token)
{
  const char *public_url = request->shared->config->public_url;

  return g_strdup_printf ("%s/%s/?access_code=%s", public_url != NULL ? public_url : request->base,
                          slug, token);
}

gboolean
bitket_present_access_codes (BitketRequest *request,
                             BitketDb *db,
                             GPtrArray *records,
                             GError **error)
{
  g_autoptr (GHashTable) by_id = NULL;

  g_return_val_if_fail (request != NULL && db != NULL && records != NULL, FALSE);

  by_id = load_code_facts (db, records->len == 1 ? bitket_record_get_id (records->pdata[0]) : "",
                           error);
  if (by_id == NULL)
    return FALSE;
  for (guint i = 0; i < records->len; i++)
    {
      const char *id = bitket_record_get_id (records->pdata[i]);
      const CodeFacts *facts = g_hash_table_lookup (by_id, id);
      /* The time in a token means nothing: it never ends. */
      g_autofree char *token = bitket_access_token_dump (id, request->shared->secret_key, 0);
      g_autofree char *link = make_link (request, facts->slug, token);
      g_auto (GValue) used = G_VALUE_INIT;

      g_value_init (&used, G_TYPE_INT64);
      g_value_set_int64 (&used, facts->n_used);
      set_text (records->pdata[i], "token", token);
      set_text (records->pdata[i], "link", link);
      set_value (records->pdata[i], "used", &used);
    }
  return TRUE;
}
