/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-store"

#include "bitket-store-private.h"

#define EVENT_OF_TICKET                                                                            \
  "SELECT tt.event FROM tickets k JOIN ticket_types tt ON tt.id = k.ticket_type WHERE k.id = $1"
#define TICKET_OF_OWNERSHIP "SELECT ticket FROM ticket_ownerships WHERE id = $1"

/* The counter's row stays locked until the transaction ends, so that whoever sees a number has seen
 * every lower one. */
#define NEXT_NUMBERS                                                                               \
  "INSERT INTO feed_counters (event, seq) VALUES ($1, $2)"                                         \
  " ON CONFLICT (event) DO UPDATE SET seq = feed_counters.seq + excluded.seq RETURNING seq"
#define PUT_CHANGE                                                                                 \
  "INSERT INTO feed (ownership, event, seq) VALUES ($1, $2, $3)"                                   \
  " ON CONFLICT (ownership) DO UPDATE SET event = excluded.event, seq = excluded.seq"

static char *
dup_text_of (BitketDb *db, const char *sql, const char *what, const char *id, GError **error)
{
  g_autoptr (BitketStatement) statement =
      bitket_store_prepare_texts (db, sql, (const char *[]) { id, NULL }, error);

  if (statement == NULL || !bitket_store_step_one (statement, what, id, error))
    return NULL;
  return g_strdup (bitket_statement_get_text (statement, 0));
}

/* Takes @n numbers; *@last is the highest of them. */
static gboolean
take_numbers (BitketDb *db, const char *event, gint64 n, gint64 *last, GError **error)
{
  g_autoptr (BitketStatement) statement = bitket_db_prepare (db, NEXT_NUMBERS, error);

  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_text (statement, 1, event);
  bitket_statement_bind_int64 (statement, 2, n);
  if (!bitket_store_step_one (statement, "feed of event", event, error))
    return FALSE;
  *last = bitket_statement_get_int64 (statement, 0);
  return TRUE;
}

/* Reads the only column of @statement to its end. Returns: (transfer full): a GStrv */
static char **
read_ids (BitketStatement *statement, GError **error)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autoptr (GError) local_error = NULL;

  while (bitket_statement_step (statement, &local_error))
    g_strv_builder_add (builder, bitket_statement_get_text (statement, 0));
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return NULL;
    }
  return g_strv_builder_end (builder);
}

static gboolean
put_changes (BitketDb *db, const char *event, const char *const *ownerships, GError **error)
{
  g_autoptr (BitketStatement) statement = NULL;
  gint64 n = (gint64) g_strv_length ((char **) ownerships);
  gint64 last;

  if (n == 0)
    return TRUE;
  if (!take_numbers (db, event, n, &last, error))
    return FALSE;
  statement = bitket_db_prepare (db, PUT_CHANGE, error);
  if (statement == NULL)
    return FALSE;
  for (gint64 i = 0; i < n; i++)
    {
      bitket_statement_reset (statement);
      bitket_statement_bind_text (statement, 1, ownerships[i]);
      bitket_statement_bind_text (statement, 2, event);
      bitket_statement_bind_int64 (statement, 3, last - n + 1 + i);
      if (!bitket_statement_run (statement, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
touch_ticket (BitketDb *db, const char *ticket, GError **error)
{
  g_autofree char *event = dup_text_of (db, EVENT_OF_TICKET, "ticket", ticket, error);
  g_autoptr (BitketStatement) statement = NULL;
  g_auto (GStrv) ownerships = NULL;

  if (event == NULL)
    return FALSE;
  statement = bitket_store_prepare_texts (
      db, "SELECT id FROM ticket_ownerships WHERE ticket = $1 ORDER BY created, id",
      (const char *[]) { ticket, NULL }, error);
  if (statement == NULL)
    return FALSE;
  ownerships = read_ids (statement, error);
  return ownerships != NULL && put_changes (db, event, (const char *const *) ownerships, error);
}

gboolean
bitket_store_touch_ticket (BitketDb *db, const char *ticket, GError **error)
{
  g_return_val_if_fail (db != NULL && ticket != NULL, FALSE);

  if (touch_ticket (db, ticket, error))
    return TRUE;
  g_prefix_error (error, "could not tell the feed of ticket “%s”: ", ticket);
  return FALSE;
}

gboolean
bitket_store_touch_ownership (BitketDb *db, const char *ownership, GError **error)
{
  g_autofree char *ticket = NULL;

  g_return_val_if_fail (db != NULL && ownership != NULL, FALSE);

  ticket = dup_text_of (db, TICKET_OF_OWNERSHIP, "ticket ownership", ownership, error);
  return ticket != NULL && bitket_store_touch_ticket (db, ticket, error);
}

gboolean
bitket_store_put_change (BitketDb *db, const char *event, const char *ownership, GError **error)
{
  if (put_changes (db, event, (const char *[]) { ownership, NULL }, error))
    return TRUE;
  g_prefix_error (error, "could not tell the feed of ownership “%s”: ", ownership);
  return FALSE;
}

#define EVENTS_WITH_NEW                                                                            \
  "SELECT DISTINCT tt.event FROM ticket_ownerships o JOIN tickets k ON k.id = o.ticket"            \
  " JOIN ticket_types tt ON tt.id = k.ticket_type LEFT JOIN feed f ON f.ownership = o.id"          \
  " WHERE f.ownership IS NULL ORDER BY 1"
#define NEW_OF_EVENT                                                                               \
  "SELECT o.id FROM ticket_ownerships o JOIN tickets k ON k.id = o.ticket"                         \
  " JOIN ticket_types tt ON tt.id = k.ticket_type LEFT JOIN feed f ON f.ownership = o.id"          \
  " WHERE f.ownership IS NULL AND tt.event = $1 ORDER BY o.created, o.id"

gboolean
bitket_store_touch_new (BitketDb *db, GError **error)
{
  g_autoptr (BitketStatement) statement = bitket_db_prepare (db, EVENTS_WITH_NEW, error);
  g_auto (GStrv) events = statement != NULL ? read_ids (statement, error) : NULL;

  if (events == NULL)
    return FALSE;
  for (guint i = 0; events[i] != NULL; i++)
    {
      g_autoptr (BitketStatement) list = bitket_store_prepare_texts (
          db, NEW_OF_EVENT, (const char *[]) { events[i], NULL }, error);
      g_auto (GStrv) ownerships = list != NULL ? read_ids (list, error) : NULL;

      if (ownerships == NULL ||
          !put_changes (db, events[i], (const char *const *) ownerships, error))
        return FALSE;
    }
  return TRUE;
}
