/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-door"

#include "bitket-door-store.h"

#include <string.h>

#include "bitket-door-store-private.h"

/* A person lies sealed as a GVariant: name, mail, LiU ID ("" for none) and the choices. It opens in
 * a fraction of the time of JSON, which the search over 100,000 of them is glad of. */
#define PERSON_TYPE "(sssas)"

/* More touched tickets than this and the old ones are forgotten. */
#define MAX_TOUCHED 4096
#define TOUCHED_US  (10 * G_TIME_SPAN_MINUTE)

void
bitket_door_ticket_free (BitketDoorTicket *ticket)
{
  if (ticket == NULL)
    return;
  g_free (ticket->utilized_by);
  g_free (ticket->name);
  g_free (ticket->email);
  g_free (ticket->liu_id);
  g_strfreev (ticket->choices);
  g_free (ticket->nin_hash);
  g_free (ticket);
}

static GBytes *
seal_person (BitketDoorStore *store, const BitketDoorTicket *ticket)
{
  static const char *const none[] = { NULL };
  g_autoptr (GVariant) person = g_variant_ref_sink (g_variant_new (
      "(sss^as)", ticket->name == NULL ? "" : ticket->name,
      ticket->email == NULL ? "" : ticket->email, ticket->liu_id == NULL ? "" : ticket->liu_id,
      ticket->choices == NULL ? (char **) none : ticket->choices));

  return bitket_seal_close (&store->key, g_variant_get_data (person), g_variant_get_size (person));
}

static char *
dup_unless_empty (const char *text)
{
  return *text == '\0' ? NULL : g_strdup (text);
}

static gboolean
open_person (BitketDoorStore *store,
             BitketStatement *statement,
             int column,
             BitketDoorTicket *ticket,
             GError **error)
{
  const char *name, *email, *liu_id;
  g_autofree const char **choices = NULL;
  g_autoptr (GBytes) plain = NULL;
  g_autoptr (GVariant) person = NULL;
  gconstpointer sealed;
  gsize len;

  if (bitket_statement_is_null (statement, column))
    return TRUE;
  sealed = bitket_statement_get_blob (statement, column, &len);
  plain = bitket_seal_open (&store->key, sealed, len, error);
  if (plain == NULL)
    return FALSE;
  person =
      g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (PERSON_TYPE), plain, FALSE));
  g_variant_get (person, "(&s&s&s^a&s)", &name, &email, &liu_id, &choices);
  ticket->name = dup_unless_empty (name);
  ticket->email = dup_unless_empty (email);
  ticket->liu_id = dup_unless_empty (liu_id);
  if (choices[0] != NULL)
    ticket->choices = g_strdupv ((char **) choices);
  return TRUE;
}

static void
copy_text (char *target, gsize size, const char *text)
{
  g_strlcpy (target, text == NULL ? "" : text, size);
}

BitketDoorTicket *
bitket_door_store_read_ticket (BitketDoorStore *store, BitketStatement *statement, GError **error)
{
  g_autoptr (BitketDoorTicket) ticket = g_new0 (BitketDoorTicket, 1);
  GError *local_error = NULL;

  copy_text (ticket->ownership, sizeof ticket->ownership, bitket_statement_get_text (statement, 0));
  copy_text (ticket->ticket, sizeof ticket->ticket, bitket_statement_get_text (statement, 1));
  copy_text (ticket->ticket_type, sizeof ticket->ticket_type,
             bitket_statement_get_text (statement, 2));
  copy_text (ticket->code_hash, sizeof ticket->code_hash, bitket_statement_get_text (statement, 3));
  ticket->state = (BitketTicketState) bitket_statement_get_int64 (statement, 4);
  ticket->utilized_us = bitket_statement_get_int64 (statement, 5);
  ticket->nin_hash = g_strdup (bitket_statement_get_text (statement, 8));
  ticket->utilized_by = bitket_door_store_unseal_text (store, statement, 6, &local_error);
  if (local_error != NULL)
    {
      g_propagate_error (error, local_error);
      return NULL;
    }
  if (!open_person (store, statement, 7, ticket, error))
    return NULL;
  return g_steal_pointer (&ticket);
}

static BitketStatement *
prepare_lookup (BitketDoorStore *store, const char *ownership, GError **error)
{
  BitketStatement *statement = bitket_db_prepare (
      store->db, "SELECT " TICKET_COLUMNS " FROM tickets WHERE ownership = $1", error);

  if (statement != NULL)
    bitket_statement_bind_text (statement, 1, ownership);
  return statement;
}

BitketDoorTicket *
bitket_door_store_lookup_ticket (BitketDoorStore *store, const char *ownership, GError **error)
{
  g_autoptr (BitketStatement) statement = NULL;

  ASSERT_OWNER (store);
  statement = prepare_lookup (store, ownership, error);
  if (statement == NULL || !bitket_statement_step (statement, error))
    return NULL;
  return bitket_door_store_read_ticket (store, statement, error);
}

/* Reads all of @statement's tickets, in the columns of TICKET_COLUMNS. */
static GPtrArray *
read_tickets (BitketDoorStore *store, BitketStatement *statement, GError **error)
{
  g_autoptr (GPtrArray) tickets =
      g_ptr_array_new_with_free_func ((GDestroyNotify) bitket_door_ticket_free);
  GError *local_error = NULL;

  while (bitket_statement_step (statement, &local_error))
    {
      BitketDoorTicket *ticket = bitket_door_store_read_ticket (store, statement, &local_error);

      if (ticket == NULL)
        break;
      g_ptr_array_add (tickets, ticket);
    }
  if (local_error == NULL)
    return g_steal_pointer (&tickets);
  g_propagate_error (error, local_error);
  return NULL;
}

GPtrArray *
bitket_door_store_lookup_card (BitketDoorStore *store, const char *card_hash, GError **error)
{
  g_autoptr (BitketStatement) statement = NULL;

  ASSERT_OWNER (store);
  statement = bitket_db_prepare (store->db,
                                 "SELECT " TICKET_COLUMNS " FROM tickets WHERE ownership IN "
                                 "(SELECT ownership FROM cards WHERE card_hash = $1) "
                                 "ORDER BY ownership",
                                 error);
  if (statement == NULL)
    return NULL;
  bitket_statement_bind_text (statement, 1, card_hash);
  return read_tickets (store, statement, error);
}

GPtrArray *
bitket_door_store_lookup_code (BitketDoorStore *store,
                               const BitketDoorKey *key,
                               const char *code,
                               GError **error)
{
  g_autoptr (GPtrArray) tickets =
      g_ptr_array_new_with_free_func ((GDestroyNotify) bitket_door_ticket_free);
  g_autoptr (BitketStatement) walk = NULL;
  GError *local_error = NULL;
  char hash[BITKET_KEY_HASH_SIZE];

  ASSERT_OWNER (store);
  walk = bitket_db_prepare (store->db, "SELECT ownership, code_hash FROM tickets", error);
  if (walk == NULL)
    return NULL;
  while (bitket_statement_step (walk, &local_error))
    {
      const char *ownership = bitket_statement_get_text (walk, 0);
      BitketDoorTicket *ticket;

      bitket_key_hash_code (key, ownership, code, hash);
      if (strcmp (hash, bitket_statement_get_text (walk, 1)) != 0)
        continue;
      ticket = bitket_door_store_lookup_ticket (store, ownership, &local_error);
      if (ticket == NULL)
        break;
      g_ptr_array_add (tickets, ticket);
    }
  if (local_error == NULL)
    return g_steal_pointer (&tickets);
  g_propagate_error (error, local_error);
  return NULL;
}

/* Takes what stands there now out of the counts. */
static gboolean
discount_ticket (BitketDoorStore *store, const char *ownership, GError **error)
{
  g_autoptr (BitketStatement) statement = bitket_db_prepare (
      store->db, "SELECT ticket_type, state FROM tickets WHERE ownership = $1", error);
  GError *local_error = NULL;

  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_text (statement, 1, ownership);
  if (bitket_statement_step (statement, &local_error))
    bitket_door_store_count (store, bitket_statement_get_text (statement, 0),
                             (BitketTicketState) bitket_statement_get_int64 (statement, 1), -1);
  if (local_error == NULL)
    return TRUE;
  g_propagate_error (error, local_error);
  return FALSE;
}

static gboolean
put_cards (BitketDoorStore *store, const char *ownership, JsonArray *card_hashes, GError **error)
{
  g_autoptr (BitketStatement) clear =
      bitket_db_prepare (store->db, "DELETE FROM cards WHERE ownership = $1", error);
  g_autoptr (BitketStatement) insert = NULL;

  if (clear == NULL)
    return FALSE;
  bitket_statement_bind_text (clear, 1, ownership);
  if (!bitket_statement_run (clear, error))
    return FALSE;
  if (card_hashes == NULL || json_array_get_length (card_hashes) == 0)
    return TRUE;
  insert = bitket_db_prepare (
      store->db, "INSERT INTO cards (card_hash, ownership) VALUES ($1, $2) ON CONFLICT DO NOTHING",
      error);
  if (insert == NULL)
    return FALSE;
  bitket_statement_bind_text (insert, 2, ownership);
  for (guint i = 0; i < json_array_get_length (card_hashes); i++)
    {
      bitket_statement_reset (insert);
      bitket_statement_bind_text (insert, 1, json_array_get_string_element (card_hashes, i));
      if (!bitket_statement_run (insert, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
write_ticket (BitketDoorStore *store, const BitketDoorTicket *ticket, GError **error)
{
  g_autoptr (GBytes) person = seal_person (store, ticket);
  g_autoptr (BitketStatement) statement = bitket_db_prepare (
      store->db,
      "INSERT INTO tickets (" TICKET_COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) "
      "ON CONFLICT (ownership) DO UPDATE SET ticket = excluded.ticket, "
      "ticket_type = excluded.ticket_type, code_hash = excluded.code_hash, "
      "state = excluded.state, utilized_us = excluded.utilized_us, "
      "utilized_by = excluded.utilized_by, person = excluded.person, "
      "nin_hash = excluded.nin_hash",
      error);

  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_text (statement, 1, ticket->ownership);
  bitket_statement_bind_text (statement, 2, ticket->ticket);
  bitket_statement_bind_text (statement, 3, ticket->ticket_type);
  bitket_statement_bind_text (statement, 4, ticket->code_hash);
  bitket_statement_bind_int64 (statement, 5, (gint64) ticket->state);
  bitket_statement_bind_int64 (statement, 6, ticket->utilized_us);
  bitket_door_store_bind_sealed (store, statement, 7, ticket->utilized_by);
  bitket_statement_bind_blob (statement, 8, g_bytes_get_data (person, NULL),
                              g_bytes_get_size (person));
  bitket_statement_bind_text (statement, 9, ticket->nin_hash);
  return bitket_statement_run (statement, error);
}

/** bitket_door_store_put_ticket: inside a transaction */
gboolean
bitket_door_store_put_ticket (BitketDoorStore *store,
                              const BitketDoorTicket *ticket,
                              JsonArray *card_hashes,
                              GError **error)
{
  ASSERT_OWNER (store);
  if (store->retirement != BITKET_DOOR_RETIRED_NOT)
    return TRUE;
  if (!discount_ticket (store, ticket->ownership, error) || !write_ticket (store, ticket, error) ||
      !put_cards (store, ticket->ownership, card_hashes, error))
    return FALSE;
  bitket_door_store_count (store, ticket->ticket_type, ticket->state, 1);
  bitket_door_store_index_ticket (store, ticket);
  return TRUE;
}

static gboolean
is_stale (gpointer key, gpointer value, gpointer user_data)
{
  return *(gint64 *) value < *(gint64 *) user_data;
}

static void
touch (BitketDoorStore *store, const char *ownership)
{
  gint64 now_us = g_get_monotonic_time ();
  gint64 oldest_us = now_us - TOUCHED_US;

  if (g_hash_table_size (store->touched) >= MAX_TOUCHED)
    g_hash_table_foreach_remove (store->touched, is_stale, &oldest_us);
  g_hash_table_insert (store->touched, g_strdup (ownership), g_memdup2 (&now_us, sizeof now_us));
}

gboolean
bitket_door_store_was_touched (BitketDoorStore *store, const char *ownership, gint64 monotonic_us)
{
  const gint64 *touched_us = g_hash_table_lookup (store->touched, ownership);

  ASSERT_OWNER (store);
  return touched_us != NULL && *touched_us >= monotonic_us;
}

/** bitket_door_store_set_state: inside a transaction; does nothing to a ticket that is not there */
gboolean
bitket_door_store_set_state (BitketDoorStore *store,
                             const char *ownership,
                             BitketTicketState state,
                             gint64 utilized_us,
                             const char *utilized_by,
                             GError **error)
{
  g_autoptr (BitketStatement) statement = NULL;
  GError *local_error = NULL;

  ASSERT_OWNER (store);
  if (!discount_ticket (store, ownership, error))
    return FALSE;
  statement = bitket_db_prepare (store->db,
                                 "UPDATE tickets SET state = $2, utilized_us = $3, "
                                 "utilized_by = $4 WHERE ownership = $1 RETURNING ticket_type",
                                 error);
  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_text (statement, 1, ownership);
  bitket_statement_bind_int64 (statement, 2, (gint64) state);
  bitket_statement_bind_int64 (statement, 3, utilized_us);
  bitket_door_store_bind_sealed (store, statement, 4, utilized_by);
  if (bitket_statement_step (statement, &local_error))
    bitket_door_store_count (store, bitket_statement_get_text (statement, 0), state, 1);
  if (local_error != NULL)
    {
      g_propagate_error (error, local_error);
      return FALSE;
    }
  touch (store, ownership);
  return TRUE;
}
