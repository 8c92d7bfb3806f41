/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-admit-private.h"

#include <string.h>

/* An entry that is taken back. */
typedef struct
{
  gboolean is_there;
  gboolean is_annulled;
  char ownership[BITKET_ID_SIZE];
  char ticket[BITKET_ID_SIZE];
  char *door_name; /* (owned) */
  gint64 at_us;
} Target;

static void
clear_target (Target *target)
{
  g_clear_pointer (&target->door_name, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Target, clear_target)

/* Those of a ticket that let somebody in and stand. */
#define STANDING                                                                                   \
  "ticket = $1 AND annulled_by IS NULL"                                                            \
  " AND (result = 'admitted' OR (result = 'already_admitted' AND is_conflict <> 0))"

static gboolean
load_target (const BitketAdmitter *admitter,
             BitketDb *db,
             const char *id,
             Target *target,
             GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (BitketStatement) statement =
      bitket_db_prepare (db,
                         "SELECT ownership, ticket, door_name, at, annulled_by FROM entries"
                         " WHERE id = $1 AND event = $2",
                         error);

  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_text (statement, 1, id);
  bitket_statement_bind_text (statement, 2, admitter->event);
  target->is_there = bitket_statement_step (statement, &local_error);
  if (target->is_there)
    {
      const char *ownership = bitket_statement_get_text (statement, 0);
      const char *ticket = bitket_statement_get_text (statement, 1);

      g_strlcpy (target->ownership, ownership != NULL ? ownership : "", BITKET_ID_SIZE);
      g_strlcpy (target->ticket, ticket != NULL ? ticket : "", BITKET_ID_SIZE);
      target->door_name = g_strdup (bitket_statement_get_text (statement, 2));
      target->at_us = bitket_statement_get_int64 (statement, 3);
      target->is_annulled = !bitket_statement_is_null (statement, 4);
    }
  if (local_error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

static gboolean
mark_annulled (BitketDb *db, const char *id, const char *by, GError **error)
{
  g_autoptr (BitketStatement) statement =
      bitket_db_prepare (db, "UPDATE entries SET annulled_by = $1 WHERE id = $2", error);

  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_text (statement, 1, by);
  bitket_statement_bind_text (statement, 2, id);
  return bitket_statement_run (statement, error);
}

/* With one entry left there is no conflict any more. */
static gboolean
settle_conflict (BitketDb *db, const char *ticket, GError **error)
{
  g_autoptr (BitketStatement) statement =
      bitket_db_prepare (db,
                         "UPDATE entries SET is_conflict = 0 WHERE " STANDING
                         " AND (SELECT COUNT (*) FROM entries WHERE " STANDING ") = 1",
                         error);

  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_text (statement, 1, ticket);
  return bitket_statement_run (statement, error);
}

/* The ticket's entry is the earliest that stands. An entry that was not the ticket's leaves it. */
static gboolean
restore_ticket (const BitketAdmitter *admitter,
                BitketDb *db,
                const Target *target,
                const char *scan,
                GError **error)
{
  g_auto (BitketTicketFacts) facts = { 0 };
  g_autoptr (BitketStatement) statement = NULL;
  g_autoptr (GError) local_error = NULL;
  g_autofree char *door_name = NULL;
  gint64 at_us = 0;

  if (!bitket_ticket_facts_lock (db, target->ownership, &facts, error))
    return FALSE;
  if (facts.utilized_us != target->at_us ||
      g_strcmp0 (facts.utilized_by_door, target->door_name) != 0)
    return settle_conflict (db, target->ticket, error);

  statement = bitket_db_prepare (
      db, "SELECT at, door_name FROM entries WHERE " STANDING " ORDER BY at, id LIMIT 1", error);
  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_text (statement, 1, target->ticket);
  if (bitket_statement_step (statement, &local_error))
    {
      at_us = bitket_statement_get_int64 (statement, 0);
      door_name = g_strdup (bitket_statement_get_text (statement, 1));
    }
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  return bitket_admit_set_utilized (admitter, db, target->ownership, target->ticket, at_us,
                                    door_name, scan, error) &&
         settle_conflict (db, target->ticket, error);
}

static gboolean
write_row (const BitketAdmitter *admitter, BitketDb *db, const BitketEntry *entry, GError **error)
{
  g_auto (BitketTicketFacts) facts = { 0 };
  const BitketAdmitRow row = { "annulled", BITKET_REASON_NONE, FALSE,
                               MIN (entry->at_us, admitter->request->now_us) };

  return bitket_ticket_facts_load (db, entry->ownership, &facts, error) &&
         bitket_admit_write_row (admitter, db, entry, &facts, &row, error);
}

gboolean
bitket_admit_annul (const BitketAdmitter *admitter,
                    BitketDb *db,
                    const BitketEntry *entry,
                    BitketEntryResult *result,
                    GError **error)
{
  g_auto (Target) target = { 0 };
  g_auto (BitketTicketFacts) facts = { 0 };

  if (!load_target (admitter, db, entry->annuls, &target, error))
    return FALSE;
  /* The entry may still be under way. Nothing is written down, so that the same row can be sent
   * again behind it. */
  if (!target.is_there)
    {
      result->kind = BITKET_ENTRY_RESULT_REFUSED;
      result->reason = BITKET_REASON_UNKNOWN_TICKET;
      return TRUE;
    }
  if (!write_row (admitter, db, entry, error))
    return FALSE;
  if (!target.is_annulled &&
      (!mark_annulled (db, entry->annuls, entry->id, error) ||
       (target.ticket[0] != '\0' && !restore_ticket (admitter, db, &target, entry->id, error))))
    return FALSE;
  if (!bitket_ticket_facts_load (db, target.ownership, &facts, error))
    return FALSE;
  result->kind = BITKET_ENTRY_RESULT_ANNULLED;
  result->utilized_us = facts.utilized_us;
  result->utilized_by_door = g_steal_pointer (&facts.utilized_by_door);
  return TRUE;
}

static gboolean
annul_all (BitketDb *db, const char *ticket, const char *by, GError **error)
{
  g_autoptr (BitketStatement) statement = bitket_db_prepare (
      db, "UPDATE entries SET annulled_by = $2 WHERE ticket = $1 AND annulled_by IS NULL", error);

  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_text (statement, 1, ticket);
  bitket_statement_bind_text (statement, 2, by);
  return bitket_statement_run (statement, error);
}

gboolean
bitket_admit_take_back (const BitketAdmitter *admitter,
                        BitketDb *db,
                        const char *ownership,
                        GError **error)
{
  g_auto (BitketTicketFacts) facts = { 0 };
  g_auto (BitketEntry) entry = { 0 };
  g_autofree char *id = g_uuid_string_random ();
  const BitketAdmitRow row = { "annulled", BITKET_REASON_NONE, FALSE, admitter->request->now_us };

  if (!bitket_ticket_facts_lock (db, ownership, &facts, error))
    return FALSE;
  if (!facts.is_known || facts.utilized_us == 0)
    return TRUE;
  g_strlcpy (entry.id, id, sizeof entry.id);
  g_strlcpy (entry.ownership, ownership, sizeof entry.ownership);
  entry.source = BITKET_SCAN_SOURCE_HAND;
  return annul_all (db, facts.ticket, id, error) &&
         bitket_admit_write_row (admitter, db, &entry, &facts, &row, error) &&
         bitket_admit_set_utilized (admitter, db, ownership, facts.ticket, 0, NULL, id, error);
}
