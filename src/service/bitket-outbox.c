/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-store"

#include "bitket-outbox.h"

#include "bitket-store-private.h"

#include <string.h>

#define STATE_SETTING "mail"
#define STATE_OPEN    "open"
#define STATE_CLOSED  "closed"

/* $1: a new id, $2: the ownership, $3: now. Whether mails are sent is asked in the same statement:
 * selling a ticket must stay cheap. */
static const char enqueue_sql[] =
    "INSERT INTO mails (id, kind, ownership, created, next_attempt, n_attempts, claim)"
    " SELECT CAST($1 AS TEXT), 'ticket', CAST($2 AS TEXT), CAST($3 AS BIGINT),"
    " CAST($3 AS BIGINT), 0, '' FROM settings"
    " WHERE name = '" STATE_SETTING "' AND value = '" STATE_OPEN "'"
    " ON CONFLICT (ownership) DO UPDATE SET next_attempt = excluded.next_attempt, n_attempts = 0,"
    " claim = '', given_up = NULL, last_error = NULL";

gboolean
bitket_mail_enqueue (BitketDb *db, const char *ownership, gint64 now_us, GError **error)
{
  g_autofree char *id = g_uuid_string_random ();
  g_autoptr (BitketStatement) statement = NULL;

  g_return_val_if_fail (db != NULL && ownership != NULL, FALSE);

  statement =
      bitket_store_prepare_texts (db, enqueue_sql, (const char *[]) { id, ownership, NULL }, error);
  if (statement != NULL)
    bitket_statement_bind_int64 (statement, 3, now_us);
  if (statement != NULL && bitket_statement_run (statement, error))
    return TRUE;
  g_prefix_error (error,
                  "could not put the mail for ticket ownership “%s” into the outbox: ", ownership);
  return FALSE;
}

gboolean
bitket_outbox_set_state (BitketDb *db, BitketOutboxState state, GError **error)
{
  g_return_val_if_fail (db != NULL && state != BITKET_OUTBOX_UNKNOWN, FALSE);

  return bitket_store_set_setting (db, STATE_SETTING,
                                   state == BITKET_OUTBOX_OPEN ? STATE_OPEN : STATE_CLOSED, error);
}

BitketOutboxState
bitket_outbox_get_state (BitketDb *db, GError **error)
{
  g_autofree char *value = NULL;
  g_autoptr (GError) local_error = NULL;

  g_return_val_if_fail (db != NULL, BITKET_OUTBOX_UNKNOWN);

  value = bitket_store_dup_setting (db, STATE_SETTING, &local_error);
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return BITKET_OUTBOX_UNKNOWN;
    }
  return g_strcmp0 (value, STATE_OPEN) == 0 ? BITKET_OUTBOX_OPEN : BITKET_OUTBOX_CLOSED;
}

/* The one that is due first, whether it is due already or not. Returns: %FALSE with @error, or
 * without when nothing waits. */
static gboolean
find_first (BitketDb *db, BitketOutboxItem *item, gint64 *next_us, GError **error)
{
  g_autoptr (BitketStatement) statement = bitket_db_prepare (
      db,
      "SELECT id, ownership, n_attempts, next_attempt FROM mails WHERE given_up IS NULL"
      " ORDER BY next_attempt, id LIMIT 1",
      error);

  if (statement == NULL || !bitket_statement_step (statement, error))
    return FALSE;
  g_strlcpy (item->id, bitket_statement_get_text (statement, 0), sizeof item->id);
  g_strlcpy (item->ownership, bitket_statement_get_text (statement, 1), sizeof item->ownership);
  item->n_attempts = bitket_statement_get_int64 (statement, 2);
  *next_us = bitket_statement_get_int64 (statement, 3);
  return TRUE;
}

/* Of two that found the same mail one gets it: the other's UPDATE waits for the row and then no
 * longer finds it as it was. */
static gboolean
take (BitketDb *db,
      BitketOutboxItem *item,
      gint64 seen_us,
      gint64 until_us,
      gboolean *is_ours,
      GError **error)
{
  g_autofree char *claim = g_uuid_string_random ();
  g_autoptr (BitketStatement) statement = bitket_store_prepare_texts (
      db,
      "UPDATE mails SET claim = $2, next_attempt = $3, n_attempts = n_attempts + 1"
      " WHERE id = $1 AND next_attempt = $4 AND n_attempts = $5 AND given_up IS NULL",
      (const char *[]) { item->id, claim, NULL }, error);

  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_int64 (statement, 3, until_us);
  bitket_statement_bind_int64 (statement, 4, seen_us);
  bitket_statement_bind_int64 (statement, 5, item->n_attempts);
  if (!bitket_statement_run (statement, error))
    return FALSE;
  *is_ours = bitket_statement_get_n_changed (statement) == 1;
  g_strlcpy (item->claim, claim, sizeof item->claim);
  item->n_attempts++;
  return TRUE;
}

gboolean
bitket_outbox_claim (BitketDb *db,
                     gint64 now_us,
                     gint64 lease_us,
                     BitketOutboxItem *item,
                     gint64 *next_us,
                     GError **error)
{
  g_autoptr (GError) local_error = NULL;
  BitketOutboxItem found;
  gboolean is_ours = FALSE;
  gint64 due_us = G_MAXINT64;

  g_return_val_if_fail (db != NULL && item != NULL && next_us != NULL, FALSE);
  g_return_val_if_fail (lease_us > 0, FALSE);

  while (!is_ours)
    {
      due_us = G_MAXINT64;
      if (!find_first (db, &found, &due_us, &local_error) || due_us > now_us)
        {
          if (local_error != NULL)
            g_propagate_prefixed_error (error, g_steal_pointer (&local_error),
                                        "could not look into the outbox: ");
          else
            *next_us = due_us;
          return FALSE;
        }
      if (!take (db, &found, due_us, now_us + lease_us, &is_ours, error))
        {
          g_prefix_error (error, "could not take mail “%s” from the outbox: ", found.id);
          return FALSE;
        }
    }
  *item = found;
  return TRUE;
}

gboolean
bitket_outbox_finish (BitketDb *db, const BitketOutboxItem *item, GError **error)
{
  g_autoptr (BitketStatement) statement = NULL;

  g_return_val_if_fail (db != NULL && item != NULL, FALSE);

  statement = bitket_store_prepare_texts (db, "DELETE FROM mails WHERE id = $1 AND claim = $2",
                                          (const char *[]) { item->id, item->claim, NULL }, error);
  if (statement != NULL && bitket_statement_run (statement, error))
    return TRUE;
  g_prefix_error (error, "could not take mail “%s” out of the outbox: ", item->id);
  return FALSE;
}

gboolean
bitket_outbox_postpone (BitketDb *db,
                        const BitketOutboxItem *item,
                        gint64 now_us,
                        gint64 next_us,
                        const char *reason,
                        GError **error)
{
  g_autoptr (BitketStatement) statement = NULL;

  g_return_val_if_fail (db != NULL && item != NULL && reason != NULL, FALSE);

  statement = bitket_store_prepare_texts (
      db,
      "UPDATE mails SET claim = '', last_error = $3, next_attempt = $4, given_up = $5"
      " WHERE id = $1 AND claim = $2",
      (const char *[]) { item->id, item->claim, reason, NULL }, error);
  if (statement != NULL)
    {
      bitket_statement_bind_int64 (statement, 4, next_us != 0 ? next_us : now_us);
      if (next_us != 0)
        bitket_statement_bind_null (statement, 5);
      else
        bitket_statement_bind_int64 (statement, 5, now_us);
    }
  if (statement != NULL && bitket_statement_run (statement, error))
    return TRUE;
  g_prefix_error (error, "could not put mail “%s” back into the outbox: ", item->id);
  return FALSE;
}
