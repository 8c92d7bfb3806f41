/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-feed-event.h"

#include <string.h>

/* The organization's events by id, while the rows that belong to them come in. */
typedef struct
{
  GHashTable *by_id; /* (owned) (element-type utf8 BitketFeedEvent), unowned both */
  GPtrArray *order;  /* (owned) (element-type BitketFeedEvent), owned */
} EventBook;

static void
clear_book (EventBook *book)
{
  g_clear_pointer (&book->by_id, g_hash_table_unref);
  g_clear_pointer (&book->order, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (EventBook, clear_book)

typedef void (*RowFunc) (EventBook *book, BitketStatement *row);

static void
take_event (EventBook *book, BitketStatement *row)
{
  BitketFeedEvent *event = bitket_feed_event_new ();

  g_strlcpy (event->id, bitket_statement_get_text (row, 0), sizeof event->id);
  event->name = g_strdup (bitket_statement_get_text (row, 1));
  event->starts_us = bitket_statement_get_int64 (row, 2);
  event->ends_us = bitket_statement_get_int64 (row, 3);
  event->entry_opens_us = bitket_statement_get_int64 (row, 4);
  g_ptr_array_add (book->order, event);
  g_hash_table_insert (book->by_id, event->id, event);
}

static void
take_key (EventBook *book, BitketStatement *row)
{
  BitketFeedEvent *event = g_hash_table_lookup (book->by_id, bitket_statement_get_text (row, 0));
  gsize len = 0;
  gconstpointer key = bitket_statement_get_blob (row, 1, &len);

  if (event != NULL && key != NULL && len == BITKET_VERIFY_KEY_LEN)
    g_ptr_array_add (event->verify_keys, g_bytes_new (key, len));
}

static void
take_type (EventBook *book, BitketStatement *row)
{
  BitketFeedEvent *event = g_hash_table_lookup (book->by_id, bitket_statement_get_text (row, 0));

  if (event != NULL)
    bitket_feed_event_add_type (event, bitket_statement_get_text (row, 1),
                                bitket_statement_get_text (row, 2));
}

static gboolean
load_rows (BitketDb *db,
           const char *sql,
           const char *organization,
           RowFunc take,
           EventBook *book,
           GError **error)
{
  g_autoptr (BitketStatement) statement = bitket_db_prepare (db, sql, error);
  g_autoptr (GError) local_error = NULL;

  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_text (statement, 1, organization);
  while (bitket_statement_step (statement, &local_error))
    take (book, statement);
  if (local_error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

static gboolean
load_book (BitketDb *db, const char *organization, EventBook *book, GError **error)
{
  book->by_id = g_hash_table_new (g_str_hash, g_str_equal);
  book->order = g_ptr_array_new_with_free_func ((GDestroyNotify) bitket_feed_event_free);
  return load_rows (db,
                    "SELECT id, name, starts, ends, entry_opens FROM events"
                    " WHERE organization = $1 ORDER BY name, id",
                    organization, take_event, book, error) &&
         load_rows (db,
                    "SELECT k.event, k.verify_key FROM event_keys k"
                    " JOIN events e ON e.id = k.event WHERE e.organization = $1"
                    " ORDER BY k.created DESC, k.id",
                    organization, take_key, book, error) &&
         load_rows (db,
                    "SELECT t.event, t.id, t.name FROM ticket_types t"
                    " JOIN events e ON e.id = t.event WHERE e.organization = $1"
                    " ORDER BY t.\"index\", t.name, t.id",
                    organization, take_type, book, error);
}

BitketFeedEvent *
bitket_feed_event_load (BitketDb *db, const char *event, const char *organization, GError **error)
{
  g_auto (EventBook) book = { 0 };
  BitketFeedEvent *own;

  g_return_val_if_fail (db != NULL && event != NULL && organization != NULL, NULL);

  if (!load_book (db, organization, &book, error))
    return NULL;
  own = g_hash_table_lookup (book.by_id, event);
  g_assert (own != NULL);
  g_ptr_array_set_free_func (book.order, NULL);
  g_ptr_array_remove (book.order, own);
  g_ptr_array_set_free_func (book.order, (GDestroyNotify) bitket_feed_event_free);
  own->other_events = g_steal_pointer (&book.order);
  return own;
}
