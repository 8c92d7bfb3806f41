/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-store"

#include "bitket-records.h"
#include "bitket-store-private.h"

#include <sodium.h>

#define CODE_ATTEMPTS 20

static gboolean
code_is_taken (BitketDb *db, const char *code, gboolean *is_taken, GError **error)
{
  g_autoptr (BitketStatement) statement =
      bitket_store_prepare_texts (db, "SELECT 1 FROM ticket_ownerships WHERE code = $1 LIMIT 1",
                                  (const char *[]) { code, NULL }, error);
  g_autoptr (GError) local_error = NULL;

  if (statement == NULL)
    return FALSE;
  *is_taken = bitket_statement_step (statement, &local_error);
  if (local_error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

/* Six hex digits, as the original has them. They are no key, but somebody may read them out at the
 * door, so those in use are avoided as long as that is easy. */
static gboolean
make_code (BitketDb *db, char code[BITKET_CODE_SIZE], GError **error)
{
  guint8 bytes[BITKET_CODE_LEN / 2];
  gboolean is_taken = TRUE;

  for (int i = 0; is_taken && i < CODE_ATTEMPTS; i++)
    {
      randombytes_buf (bytes, sizeof bytes);
      sodium_bin2hex (code, BITKET_CODE_SIZE, bytes, sizeof bytes);
      if (!code_is_taken (db, code, &is_taken, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
insert_ticket (BitketDb *db, const BitketNewTicket *ticket, char id[BITKET_ID_SIZE], GError **error)
{
  g_autoptr (BitketRecord) record = bitket_record_new (&bitket_ticket_schema);

  if (ticket->id != NULL)
    bitket_record_set_text (record, "id", ticket->id);
  bitket_record_set_text (record, "ticket_type", ticket->ticket_type);
  bitket_record_set_boolean (record, "pending", ticket->is_pending);
  bitket_record_set_int64 (record, "created", ticket->created_us);
  if (ticket->access_code != NULL)
    bitket_record_set_text (record, "access_code", ticket->access_code);
  if (ticket->choices != NULL)
    bitket_record_set_references (record, "variation_choices", ticket->choices);
  if (!bitket_store_insert (db, record, error))
    return FALSE;
  g_strlcpy (id, bitket_record_get_id (record), BITKET_ID_SIZE);
  return TRUE;
}

static gboolean
insert_ownership (BitketDb *db,
                  const BitketNewTicket *new,
                  const char *ticket,
                  char id[BITKET_ID_SIZE],
                  GError **error)
{
  g_autoptr (BitketRecord) record = bitket_record_new (&bitket_ticket_ownership_schema);
  char code[BITKET_CODE_SIZE];

  if (new->code != NULL)
    g_strlcpy (code, new->code, sizeof code);
  else if (!make_code (db, code, error))
    return FALSE;
  if (new->ownership != NULL)
    bitket_record_set_text (record, "id", new->ownership);
  bitket_record_set_text (record, "ticket", ticket);
  bitket_record_set_text (record, "user", new->user);
  bitket_record_set_text (record, "code", code);
  bitket_record_set_int64 (record, "created", new->created_us);
  if (new->modifiers != NULL)
    bitket_record_set_references (record, "modifiers", new->modifiers);
  if (!bitket_store_insert (db, record, error))
    return FALSE;
  g_strlcpy (id, bitket_record_get_id (record), BITKET_ID_SIZE);
  return TRUE;
}

gboolean
bitket_store_make_ticket (BitketDb *db,
                          const BitketNewTicket *ticket,
                          char ownership[BITKET_ID_SIZE],
                          GError **error)
{
  char ticket_id[BITKET_ID_SIZE];

  g_return_val_if_fail (db != NULL && ticket != NULL && ownership != NULL, FALSE);
  g_return_val_if_fail (ticket->ticket_type != NULL && ticket->user != NULL, FALSE);

  return insert_ticket (db, ticket, ticket_id, error) &&
         insert_ownership (db, ticket, ticket_id, ownership, error) &&
         (ticket->event != NULL ? bitket_store_put_change (db, ticket->event, ownership, error)
                                : bitket_store_touch_ticket (db, ticket_id, error));
}

gboolean
bitket_store_add_ticket (BitketDb *db,
                         const BitketNewTicket *ticket,
                         char ownership[BITKET_ID_SIZE],
                         BitketTicketCode *code,
                         GError **error)
{
  char ownership_id[BITKET_ID_SIZE];

  g_return_val_if_fail (ownership != NULL && code != NULL, FALSE);

  if (!bitket_store_make_ticket (db, ticket, ownership_id, error) ||
      !bitket_store_ticket_code (db, ownership_id, code, error))
    return FALSE;
  g_strlcpy (ownership, ownership_id, BITKET_ID_SIZE);
  return TRUE;
}

/* What is asked of an ownership again and again. */
typedef struct
{
  char ticket[BITKET_ID_SIZE];
  char ticket_type[BITKET_ID_SIZE];
  char event[BITKET_ID_SIZE];
  char code[BITKET_CODE_SIZE];
  gint64 created_us;
  gboolean is_superseded;
  gboolean is_refunded;
} OwnershipFacts;

static gboolean
read_facts (BitketDb *db, const char *ownership, OwnershipFacts *facts, GError **error)
{
  g_autoptr (BitketStatement) statement = bitket_store_prepare_texts (
      db,
      "SELECT o.ticket, k.ticket_type, tt.event, o.code, o.created, o.superseded, k.refunded"
      " FROM ticket_ownerships o JOIN tickets k ON k.id = o.ticket"
      " JOIN ticket_types tt ON tt.id = k.ticket_type WHERE o.id = $1",
      (const char *[]) { ownership, NULL }, error);

  if (statement == NULL || !bitket_store_step_one (statement, "ticket ownership", ownership, error))
    return FALSE;
  g_strlcpy (facts->ticket, bitket_statement_get_text (statement, 0), sizeof facts->ticket);
  g_strlcpy (facts->ticket_type, bitket_statement_get_text (statement, 1),
             sizeof facts->ticket_type);
  g_strlcpy (facts->event, bitket_statement_get_text (statement, 2), sizeof facts->event);
  g_strlcpy (facts->code, bitket_statement_get_text (statement, 3), sizeof facts->code);
  facts->created_us = bitket_statement_get_int64 (statement, 4);
  facts->is_superseded = !bitket_statement_is_null (statement, 5);
  facts->is_refunded = !bitket_statement_is_null (statement, 6);
  return TRUE;
}

gboolean
bitket_store_ticket_code (BitketDb *db,
                          const char *ownership,
                          BitketTicketCode *code,
                          GError **error)
{
  OwnershipFacts facts;
  BitketTicketCode signed_code = { .has_signature = FALSE };
  g_autoptr (GPtrArray) keys = NULL;
  const BitketEventKey *newest;

  g_return_val_if_fail (db != NULL && ownership != NULL && code != NULL, FALSE);

  if (!read_facts (db, ownership, &facts, error))
    return FALSE;
  keys = bitket_store_event_keys (db, facts.event, error);
  if (keys == NULL)
    return FALSE;
  newest = g_ptr_array_index (keys, 0);
  g_strlcpy (signed_code.ownership, ownership, sizeof signed_code.ownership);
  g_strlcpy (signed_code.code, facts.code, sizeof signed_code.code);
  bitket_ticket_code_sign (&signed_code, facts.event, facts.ticket_type, newest->sign_key);
  *code = signed_code;
  return TRUE;
}

static gboolean
read_changeable (BitketDb *db, const char *ownership, OwnershipFacts *facts, GError **error)
{
  if (!read_facts (db, ownership, facts, error))
    return FALSE;
  if (facts->is_superseded)
    g_set_error (error, BITKET_STORE_ERROR, BITKET_STORE_ERROR_NOT_CURRENT,
                 "ticket ownership “%s” is not the current one", ownership);
  else if (facts->is_refunded)
    g_set_error (error, BITKET_STORE_ERROR, BITKET_STORE_ERROR_REFUNDED,
                 "ticket ownership “%s” is refunded", ownership);
  return !facts->is_superseded && !facts->is_refunded;
}

/* Runs an UPDATE whose WHERE holds only while nobody else was faster: in PostgreSQL two
 * transactions may have read the same facts. */
static gboolean
run_conditional (BitketStatement *statement, const char *ownership, GError **error)
{
  if (!bitket_statement_run (statement, error))
    return FALSE;
  if (bitket_statement_get_n_changed (statement) == 1)
    return TRUE;
  g_set_error (error, BITKET_STORE_ERROR, BITKET_STORE_ERROR_NOT_CURRENT,
               "somebody else changed ticket ownership “%s” at the same time", ownership);
  return FALSE;
}

gboolean
bitket_store_reissue (BitketDb *db, const char *ownership, GError **error)
{
  OwnershipFacts facts;
  char code[BITKET_CODE_SIZE];
  g_autoptr (BitketStatement) statement = NULL;

  g_return_val_if_fail (db != NULL && ownership != NULL, FALSE);

  if (!read_changeable (db, ownership, &facts, error) || !make_code (db, code, error))
    return FALSE;
  statement = bitket_store_prepare_texts (
      db, "UPDATE ticket_ownerships SET code = $2 WHERE id = $1 AND superseded IS NULL",
      (const char *[]) { ownership, code, NULL }, error);
  return statement != NULL && run_conditional (statement, ownership, error) &&
         bitket_store_touch_ticket (db, facts.ticket, error);
}

static gboolean
supersede (BitketDb *db, const char *ownership, gint64 now_us, GError **error)
{
  g_autoptr (BitketStatement) statement = bitket_store_prepare_texts (
      db, "UPDATE ticket_ownerships SET superseded = $2 WHERE id = $1 AND superseded IS NULL",
      (const char *[]) { ownership, NULL }, error);

  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_int64 (statement, 2, now_us);
  return run_conditional (statement, ownership, error);
}

gboolean
bitket_store_transfer (BitketDb *db,
                       const char *ownership,
                       const char *user,
                       gint64 now_us,
                       char new_ownership[BITKET_ID_SIZE],
                       GError **error)
{
  OwnershipFacts facts;
  char id[BITKET_ID_SIZE];
  g_autoptr (BitketRecord) old = NULL;
  BitketNewTicket new = { .user = user };

  g_return_val_if_fail (db != NULL && ownership != NULL && user != NULL, FALSE);
  g_return_val_if_fail (new_ownership != NULL, FALSE);

  if (!read_changeable (db, ownership, &facts, error))
    return FALSE;
  old = bitket_store_get (db, &bitket_ticket_ownership_schema, ownership, error);
  if (old == NULL)
    return FALSE;
  /* The original takes the ownership with the latest time for the current one, so it must be. */
  new.created_us = MAX (now_us, facts.created_us + 1);
  new.modifiers = bitket_record_get_references (old, "modifiers");
  if (!supersede (db, ownership, now_us, error) ||
      !insert_ownership (db, &new, facts.ticket, id, error) ||
      !bitket_store_touch_ticket (db, facts.ticket, error))
    return FALSE;
  g_strlcpy (new_ownership, id, BITKET_ID_SIZE);
  return TRUE;
}

gboolean
bitket_store_refund (BitketDb *db, const char *ownership, gint64 now_us, GError **error)
{
  OwnershipFacts facts;
  g_autoptr (BitketStatement) statement = NULL;

  g_return_val_if_fail (db != NULL && ownership != NULL, FALSE);

  if (!read_changeable (db, ownership, &facts, error))
    return FALSE;
  statement = bitket_store_prepare_texts (
      db, "UPDATE tickets SET refunded = $2 WHERE id = $1 AND refunded IS NULL",
      (const char *[]) { facts.ticket, NULL }, error);
  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_int64 (statement, 2, now_us);
  return run_conditional (statement, ownership, error) &&
         bitket_store_touch_ticket (db, facts.ticket, error);
}
