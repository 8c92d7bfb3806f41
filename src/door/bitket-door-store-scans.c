/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-door"

#include "bitket-door-store.h"

#include <string.h>
#include <time.h>

#include "bitket-door-store-private.h"

/* Code, whether there was a signature, the signature, why it was forced, at which door the ticket
 * was used before: sealed. */
#define SECRET_TYPE "(sbayss)"

#define SCAN_COLUMNS                                                                               \
  "seq, id, ownership, secret, at_us, is_clock_known, source, is_offline, verdict, reason, "       \
  "authority, sent, answer, is_conflict, annuls, annulled_by, state_before, "                      \
  "utilized_before_us"

void
bitket_door_scan_row_free (BitketDoorScan *scan)
{
  if (scan == NULL)
    return;
  bitket_entry_clear (&scan->entry);
  g_free (scan->utilized_before_by);
  g_free (scan);
}

gboolean
bitket_door_scan_row_admits (const BitketDoorScan *scan)
{
  if (scan->entry.annuls[0] != '\0')
    return FALSE;
  return bitket_reason_admits (scan->entry.reason) ||
         (scan->entry.forced != NULL && scan->entry.verdict == BITKET_VERDICT_ADMIT);
}

/* Whether a ticket's state depends on the row. */
static gboolean
row_moves (const BitketDoorScan *scan)
{
  return scan->entry.annuls[0] != '\0' || bitket_door_scan_row_admits (scan);
}

static GBytes *
seal_secret (BitketDoorStore *store, const BitketDoorScan *scan)
{
  const BitketEntry *entry = &scan->entry;
  g_autoptr (GVariant) secret = g_variant_ref_sink (g_variant_new (
      "(sb@ayss)", entry->code, entry->has_signature,
      g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, entry->signature, BITKET_SIGNATURE_LEN, 1),
      entry->forced == NULL ? "" : entry->forced,
      scan->utilized_before_by == NULL ? "" : scan->utilized_before_by));

  return bitket_seal_close (&store->key, g_variant_get_data (secret), g_variant_get_size (secret));
}

static gboolean
open_secret (BitketDoorStore *store,
             BitketStatement *statement,
             int column,
             BitketDoorScan *scan,
             GError **error)
{
  BitketEntry *entry = &scan->entry;
  const char *code, *forced, *before_by;
  g_autoptr (GBytes) plain = NULL;
  g_autoptr (GVariant) secret = NULL;
  g_autoptr (GVariant) signature = NULL;
  gconstpointer sealed, bytes;
  gsize len;

  sealed = bitket_statement_get_blob (statement, column, &len);
  plain = bitket_seal_open (&store->key, sealed, len, error);
  if (plain == NULL)
    return FALSE;
  secret =
      g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (SECRET_TYPE), plain, FALSE));
  g_variant_get (secret, "(&sb@ay&s&s)", &code, &entry->has_signature, &signature, &forced,
                 &before_by);
  g_strlcpy (entry->code, code, sizeof entry->code);
  bytes = g_variant_get_fixed_array (signature, &len, 1);
  if (len == BITKET_SIGNATURE_LEN)
    memcpy (entry->signature, bytes, len);
  entry->forced = *forced == '\0' ? NULL : g_strdup (forced);
  scan->utilized_before_by = *before_by == '\0' ? NULL : g_strdup (before_by);
  return TRUE;
}

static BitketDoorScan *
read_scan (BitketDoorStore *store, BitketStatement *statement, GError **error)
{
  g_autoptr (BitketDoorScan) scan = g_new0 (BitketDoorScan, 1);
  BitketEntry *entry = &scan->entry;

  scan->seq = bitket_statement_get_int64 (statement, 0);
  g_strlcpy (entry->id, bitket_statement_get_text (statement, 1), sizeof entry->id);
  g_strlcpy (entry->ownership, bitket_statement_get_text (statement, 2), sizeof entry->ownership);
  if (!open_secret (store, statement, 3, scan, error))
    return NULL;
  entry->at_us = bitket_statement_get_int64 (statement, 4);
  scan->is_clock_known = bitket_statement_get_int64 (statement, 5) != 0;
  entry->source = (BitketScanSource) bitket_statement_get_int64 (statement, 6);
  entry->is_offline = bitket_statement_get_int64 (statement, 7) != 0;
  entry->verdict = (BitketVerdict) bitket_statement_get_int64 (statement, 8);
  entry->reason = (BitketReason) bitket_statement_get_int64 (statement, 9);
  scan->authority = (BitketAuthority) bitket_statement_get_int64 (statement, 10);
  scan->sent = (BitketDoorSent) bitket_statement_get_int64 (statement, 11);
  scan->answer = (BitketReason) bitket_statement_get_int64 (statement, 12);
  scan->is_conflict = bitket_statement_get_int64 (statement, 13) != 0;
  g_strlcpy (entry->annuls, bitket_statement_get_text (statement, 14), sizeof entry->annuls);
  g_strlcpy (scan->annulled_by, bitket_statement_get_text (statement, 15),
             sizeof scan->annulled_by);
  scan->state_before = (BitketTicketState) bitket_statement_get_int64 (statement, 16);
  scan->utilized_before_us = bitket_statement_get_int64 (statement, 17);
  return g_steal_pointer (&scan);
}

static void
bind_scan (BitketDoorStore *store, BitketStatement *statement, const BitketDoorScan *scan)
{
  const BitketEntry *entry = &scan->entry;
  g_autoptr (GBytes) secret = seal_secret (store, scan);

  bitket_statement_bind_text (statement, 1, entry->id);
  bitket_statement_bind_text (statement, 2, entry->ownership);
  bitket_statement_bind_blob (statement, 3, g_bytes_get_data (secret, NULL),
                              g_bytes_get_size (secret));
  bitket_statement_bind_int64 (statement, 4, entry->at_us);
  bitket_statement_bind_int64 (statement, 5, scan->is_clock_known);
  bitket_statement_bind_int64 (statement, 6, (gint64) entry->source);
  bitket_statement_bind_int64 (statement, 7, entry->is_offline);
  bitket_statement_bind_int64 (statement, 8, (gint64) entry->verdict);
  bitket_statement_bind_int64 (statement, 9, (gint64) entry->reason);
  bitket_statement_bind_int64 (statement, 10, (gint64) scan->authority);
  bitket_statement_bind_int64 (statement, 11, (gint64) scan->sent);
  bitket_statement_bind_int64 (statement, 12, (gint64) scan->answer);
  bitket_statement_bind_int64 (statement, 13, scan->is_conflict);
  bitket_statement_bind_text (statement, 14, entry->annuls);
  bitket_statement_bind_text (statement, 15, scan->annulled_by);
  bitket_statement_bind_int64 (statement, 16, row_moves (scan));
  bitket_statement_bind_int64 (statement, 17, (gint64) scan->state_before);
  bitket_statement_bind_int64 (statement, 18, scan->utilized_before_us);
}

/* Goes on while the machine sleeps, and is not set by anybody. */
static gint64
get_boot_us (void)
{
  struct timespec now = { 0 };

  clock_gettime (CLOCK_BOOTTIME, &now);
  return now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

/** bitket_door_store_insert_scan: inside a transaction; @scan's seq is not used */
gboolean
bitket_door_store_insert_scan (BitketDoorStore *store, const BitketDoorScan *scan, GError **error)
{
  g_autoptr (BitketStatement) statement = NULL;

  ASSERT_OWNER (store);
  statement = bitket_db_prepare (
      store->db,
      "INSERT INTO scans (id, ownership, secret, at_us, is_clock_known, source, is_offline, "
      "verdict, reason, authority, sent, answer, is_conflict, annuls, annulled_by, moves, "
      "state_before, utilized_before_us, boot, boot_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, "
      "$9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)",
      error);
  if (statement == NULL)
    return FALSE;
  bind_scan (store, statement, scan);
  bitket_statement_bind_text (statement, 19, store->boot);
  bitket_statement_bind_int64 (statement, 20, get_boot_us ());
  if (!bitket_statement_run (statement, error))
    return FALSE;
  if (scan->sent == BITKET_DOOR_SENT_QUEUED)
    store->waiting_delta++;
  return TRUE;
}

/** bitket_door_store_update_scan: inside a transaction; @scan as it was looked up in it */
gboolean
bitket_door_store_update_scan (BitketDoorStore *store, const BitketDoorScan *scan, GError **error)
{
  g_autoptr (BitketStatement) before = NULL;
  g_autoptr (BitketStatement) update = NULL;

  ASSERT_OWNER (store);
  before = bitket_db_prepare (store->db, "SELECT sent FROM scans WHERE id = $1", error);
  if (before == NULL)
    return FALSE;
  bitket_statement_bind_text (before, 1, scan->entry.id);
  if (!bitket_statement_step (before, error))
    return FALSE;
  store->waiting_delta -= bitket_statement_get_int64 (before, 0) == BITKET_DOOR_SENT_QUEUED;
  store->waiting_delta += scan->sent == BITKET_DOOR_SENT_QUEUED;
  update = bitket_db_prepare (
      store->db,
      "UPDATE scans SET ownership = $2, secret = $3, at_us = $4, is_clock_known = $5, "
      "source = $6, is_offline = $7, verdict = $8, reason = $9, authority = $10, sent = $11, "
      "answer = $12, is_conflict = $13, annuls = $14, annulled_by = $15, moves = $16, "
      "state_before = $17, utilized_before_us = $18 WHERE id = $1",
      error);
  if (update == NULL)
    return FALSE;
  bind_scan (store, update, scan);
  return bitket_statement_run (update, error);
}

BitketDoorScan *
bitket_door_store_lookup_scan (BitketDoorStore *store, const char *id, GError **error)
{
  g_autoptr (BitketStatement) statement = NULL;

  ASSERT_OWNER (store);
  statement =
      bitket_db_prepare (store->db, "SELECT " SCAN_COLUMNS " FROM scans WHERE id = $1", error);
  if (statement == NULL)
    return NULL;
  bitket_statement_bind_text (statement, 1, id);
  if (!bitket_statement_step (statement, error))
    return NULL;
  return read_scan (store, statement, error);
}

BitketDoorScan *
bitket_door_store_lookup_last_entry (BitketDoorStore *store, GError **error)
{
  g_autoptr (BitketStatement) statement = NULL;

  ASSERT_OWNER (store);
  statement = bitket_db_prepare (store->db,
                                 "SELECT " SCAN_COLUMNS " FROM scans WHERE moves = 1 AND "
                                 "annuls = '' AND annulled_by = '' ORDER BY seq DESC LIMIT 1",
                                 error);
  if (statement == NULL || !bitket_statement_step (statement, error))
    return NULL;
  return read_scan (store, statement, error);
}

GPtrArray *
bitket_door_store_list_queued (BitketDoorStore *store,
                               gint64 after_seq,
                               guint limit,
                               GError **error)
{
  g_autoptr (GPtrArray) scans =
      g_ptr_array_new_with_free_func ((GDestroyNotify) bitket_door_scan_row_free);
  g_autoptr (BitketStatement) statement = NULL;
  GError *local_error = NULL;

  ASSERT_OWNER (store);
  statement = bitket_db_prepare (store->db,
                                 "SELECT " SCAN_COLUMNS " FROM scans WHERE sent = 1 AND seq > $1 "
                                 "ORDER BY seq LIMIT $2",
                                 error);
  if (statement == NULL)
    return NULL;
  bitket_statement_bind_int64 (statement, 1, after_seq);
  bitket_statement_bind_int64 (statement, 2, limit);
  while (bitket_statement_step (statement, &local_error))
    {
      BitketDoorScan *scan = read_scan (store, statement, &local_error);

      if (scan == NULL)
        break;
      g_ptr_array_add (scans, scan);
    }
  if (local_error == NULL)
    return g_steal_pointer (&scans);
  g_propagate_error (error, local_error);
  return NULL;
}

GHashTable *
bitket_door_store_list_moving (BitketDoorStore *store, GError **error)
{
  g_autoptr (GHashTable) moving = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (BitketStatement) statement = NULL;
  GError *local_error = NULL;

  ASSERT_OWNER (store);
  statement = bitket_db_prepare (store->db,
                                 "SELECT ownership FROM scans WHERE sent = 1 AND moves = 1", error);
  if (statement == NULL)
    return NULL;
  while (bitket_statement_step (statement, &local_error))
    g_hash_table_add (moving, g_strdup (bitket_statement_get_text (statement, 0)));
  if (local_error == NULL)
    return g_steal_pointer (&moving);
  g_propagate_error (error, local_error);
  return NULL;
}

gboolean
bitket_door_store_is_moving (BitketDoorStore *store, const char *ownership, GError **error)
{
  g_autoptr (BitketStatement) statement = NULL;

  ASSERT_OWNER (store);
  statement = bitket_db_prepare (
      store->db, "SELECT 1 FROM scans WHERE sent = 1 AND moves = 1 AND ownership = $1 LIMIT 1",
      error);
  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_text (statement, 1, ownership);
  return bitket_statement_step (statement, error);
}

/* A row's true time. $1: how far the clock is off today, $2: this run of the machine, $3: the true
 * time at which it began. A row of this run is as old as the clock says that nobody sets: the other
 * may have been set since. Within half a minute the clock was right. */
#define TRUE_TIME                                                                                  \
  "CASE WHEN boot <> $2 THEN at_us + $1"                                                           \
  " WHEN abs (at_us - ($3 + boot_us)) > 30000000 THEN $3 + boot_us ELSE at_us END"
#define UNCHECKED "sent = 1 AND is_clock_known = 0"

/**
 * bitket_door_store_shift_clock:
 * @offset_us: how far this machine's clock is off now
 * @true_us: what time it really is
 *
 * Moves what waits and was written before the offset was found out, and the entries' times on their
 * tickets, to true time. In a transaction of its own.
 */
gboolean
bitket_door_store_shift_clock (BitketDoorStore *store,
                               gint64 offset_us,
                               gint64 true_us,
                               GError **error)
{
  static const char *const sql[] = {
    "UPDATE tickets SET utilized_us = (SELECT " TRUE_TIME " FROM scans WHERE " UNCHECKED
    " AND moves = 1 AND scans.ownership = tickets.ownership AND at_us = utilized_us LIMIT 1)"
    " WHERE EXISTS (SELECT 1 FROM scans WHERE " UNCHECKED
    " AND moves = 1 AND scans.ownership = tickets.ownership AND at_us = utilized_us)",
    "UPDATE scans SET at_us = " TRUE_TIME ", is_clock_known = 1 WHERE " UNCHECKED,
  };
  gint64 began_us = true_us - get_boot_us ();

  ASSERT_OWNER (store);
  if (!bitket_door_store_begin (store, error))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (sql); i++)
    {
      g_autoptr (BitketStatement) statement = bitket_db_prepare (store->db, sql[i], error);

      if (statement != NULL)
        {
          bitket_statement_bind_int64 (statement, 1, offset_us);
          bitket_statement_bind_text (statement, 2, store->boot);
          bitket_statement_bind_int64 (statement, 3, began_us);
        }
      if (statement == NULL || !bitket_statement_run (statement, error))
        {
          bitket_door_store_rollback (store);
          return FALSE;
        }
    }
  return bitket_door_store_commit (store, error);
}
