/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-store"

#include "bitket-queue-private.h"

#include <stdarg.h>
#include <string.h>

BitketStatement *
bitket_queue_prepare (BitketDb *db, GError **error, const char *sql, const char *types, ...)
{
  BitketStatement *statement = bitket_db_prepare (db, sql, error);
  va_list values;

  if (statement == NULL)
    return NULL;
  va_start (values, types);
  for (int i = 0; types[i] != '\0'; i++)
    if (types[i] == 's')
      bitket_statement_bind_text (statement, i + 1, va_arg (values, const char *));
    else
      bitket_statement_bind_int64 (statement, i + 1, va_arg (values, gint64));
  va_end (values);
  return statement;
}

gboolean
bitket_queue_run (BitketDb *db, GError **error, const char *sql, const char *types, ...)
{
  g_autoptr (BitketStatement) statement = bitket_db_prepare (db, sql, error);
  va_list values;

  if (statement == NULL)
    return FALSE;
  va_start (values, types);
  for (int i = 0; types[i] != '\0'; i++)
    if (types[i] == 's')
      bitket_statement_bind_text (statement, i + 1, va_arg (values, const char *));
    else
      bitket_statement_bind_int64 (statement, i + 1, va_arg (values, gint64));
  va_end (values);
  return bitket_statement_run (statement, error);
}

gboolean
bitket_queue_has_row (BitketStatement *statement, gboolean *has_row, GError **error)
{
  g_autoptr (GError) local_error = NULL;

  if (statement == NULL)
    return FALSE;
  *has_row = bitket_statement_step (statement, &local_error);
  if (local_error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

static void
free_type (TypeState *type)
{
  g_hash_table_unref (type->choices);
  g_strfreev (type->conflicts);
  g_free (type);
}

static gint64
get_limit (BitketStatement *statement, int column)
{
  return bitket_statement_is_null (statement, column)
             ? -1
             : bitket_statement_get_int64 (statement, column);
}

#define TYPE_SQL                                                                                   \
  "SELECT e.published, t.is_published, t.is_generally_available, t.sales_open, t.sales_close,"     \
  " t.max_personal_quantity, t.max_total_quantity, t.event FROM ticket_types t"                    \
  " JOIN events e ON e.id = t.event WHERE t.id = $1"

static gboolean
load_facts (BitketDb *db, TypeState *type, GError **error)
{
  g_autoptr (BitketStatement) statement = bitket_queue_prepare (db, error, TYPE_SQL, "s", type->id);
  gboolean has_row;

  if (!bitket_queue_has_row (statement, &has_row, error))
    return FALSE;
  if (!has_row)
    return TRUE; /* deleted meanwhile: not published */
  type->availability = (BitketAvailabilityFacts) {
    .is_event_published = bitket_statement_get_int64 (statement, 0) != 0,
    .is_published = bitket_statement_get_int64 (statement, 1) != 0,
    .is_generally_available = bitket_statement_get_int64 (statement, 2) != 0,
    .sales_open_us = bitket_statement_get_int64 (statement, 3),
    .sales_close_us = bitket_statement_get_int64 (statement, 4),
    .max_total = -1,
  };
  type->max_personal = get_limit (statement, 5);
  type->max_total = get_limit (statement, 6);
  g_strlcpy (type->event, bitket_statement_get_text (statement, 7), sizeof type->event);
  return TRUE;
}

/* Makes the row, or locks it until the transaction ends, and reads it. */
#define STOCK_SQL                                                                                  \
  "INSERT INTO stock (ticket_type, sold, reserved) VALUES ($1, 0, 0)"                              \
  " ON CONFLICT (ticket_type) DO UPDATE SET reserved = stock.reserved RETURNING sold, reserved"

static gboolean
load_stock (BitketDb *db, TypeState *type, GError **error)
{
  g_autoptr (BitketStatement) statement =
      bitket_queue_prepare (db, error, STOCK_SQL, "s", type->id);
  gboolean has_row = FALSE;

  if (!bitket_queue_has_row (statement, &has_row, error))
    return FALSE;
  g_assert (has_row);
  type->sold = bitket_statement_get_int64 (statement, 0);
  type->reserved = bitket_statement_get_int64 (statement, 1);
  return TRUE;
}

#define CHOICES_SQL                                                                                \
  "SELECT c.id, c.max_total_quantity, s.sold, s.reserved FROM variations v"                        \
  " JOIN variation_choices c ON c.variation = v.id"                                                \
  " LEFT JOIN choice_stock s ON s.choice = c.id WHERE v.ticket_type = $1"

static gboolean
load_choices (BitketDb *db, TypeState *type, GError **error)
{
  g_autoptr (BitketStatement) statement =
      bitket_queue_prepare (db, error, CHOICES_SQL, "s", type->id);
  g_autoptr (GError) local_error = NULL;

  if (statement == NULL)
    return FALSE;
  while (bitket_statement_step (statement, &local_error))
    {
      ChoiceState *choice = g_new0 (ChoiceState, 1);

      choice->max = get_limit (statement, 1);
      choice->sold = bitket_statement_get_int64 (statement, 2);
      choice->reserved = bitket_statement_get_int64 (statement, 3);
      g_hash_table_insert (type->choices, g_strdup (bitket_statement_get_text (statement, 0)),
                           choice);
    }
  if (local_error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

#define CONFLICTS_SQL                                                                              \
  "SELECT target FROM ticket_types_conflicts_with WHERE ticket_type = $1"                          \
  " UNION SELECT ticket_type FROM ticket_types_conflicts_with WHERE target = $2"

static gboolean
load_conflicts (BitketDb *db, TypeState *type, GError **error)
{
  g_autoptr (BitketStatement) statement =
      bitket_queue_prepare (db, error, CONFLICTS_SQL, "ss", type->id, type->id);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autoptr (GError) local_error = NULL;

  if (statement == NULL)
    return FALSE;
  while (bitket_statement_step (statement, &local_error))
    g_strv_builder_add (builder, bitket_statement_get_text (statement, 0));
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  type->conflicts = g_strv_builder_end (builder);
  return TRUE;
}

TypeState *
bitket_turn_get_type (BitketTurn *self, const char *id, GError **error)
{
  TypeState *type = g_hash_table_lookup (self->types, id);

  if (type != NULL)
    return type;
  type = g_new0 (TypeState, 1);
  g_strlcpy (type->id, id, sizeof type->id);
  type->max_personal = type->max_total = -1;
  type->choices = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  /* The lock first: what is read after it is what the one before us left. */
  if (!load_stock (self->db, type, error) || !load_facts (self->db, type, error) ||
      !load_choices (self->db, type, error) || !load_conflicts (self->db, type, error))
    {
      free_type (type);
      return NULL;
    }
  g_hash_table_insert (self->types, type->id, type);
  return type;
}

static void
add_to_choices (TypeState *type, const char *choices, gint64 reserved, gint64 sold)
{
  g_auto (GStrv) ids = g_strsplit (choices, " ", -1);

  for (guint i = 0; ids[i] != NULL; i++)
    {
      ChoiceState *choice = g_hash_table_lookup (type->choices, ids[i]);

      if (choice == NULL)
        continue;
      choice->reserved += reserved;
      choice->delta += reserved;
      choice->sold += sold;
      type->has_news |= sold > 0 && choice->max >= 0 && choice->sold >= choice->max;
    }
}

void
bitket_turn_reserve (TypeState *type, const char *choices, gint64 delta)
{
  type->reserved += delta;
  type->delta += delta;
  add_to_choices (type, choices, delta, 0);
}

void
bitket_turn_note_sold (TypeState *type, const char *choices)
{
  type->sold++;
  add_to_choices (type, choices, 0, 1);
}

/* The limits hold in the database itself, whoever else writes there: nothing is reserved that is
 * not there. */
#define RESERVE_SQL                                                                                \
  "UPDATE stock SET reserved = reserved + $1 WHERE ticket_type = $2 AND ($1 <= 0 OR NOT EXISTS"    \
  " (SELECT 1 FROM ticket_types t WHERE t.id = $2 AND t.max_total_quantity"                        \
  " < stock.sold + stock.reserved + $1))"
#define RESERVE_CHOICE_SQL                                                                         \
  "INSERT INTO choice_stock (choice, sold, reserved) VALUES ($2, 0, $1)"                           \
  " ON CONFLICT (choice) DO UPDATE SET reserved = choice_stock.reserved + $1"                      \
  " WHERE $1 <= 0 OR NOT EXISTS (SELECT 1 FROM variation_choices c WHERE c.id = $2"                \
  " AND c.max_total_quantity < choice_stock.sold + choice_stock.reserved + $1)"

static gboolean
write_delta (BitketDb *db, const char *sql, gint64 delta, const char *id, GError **error)
{
  g_autoptr (BitketStatement) statement = bitket_queue_prepare (db, error, sql, "is", delta, id);

  if (statement == NULL || !bitket_statement_run (statement, error))
    return FALSE;
  if (bitket_statement_get_n_changed (statement) == 1)
    return TRUE;
  g_set_error (error, BITKET_DB_ERROR, BITKET_DB_ERROR_BUSY,
               "somebody else took places of “%s” at the same time", id);
  return FALSE;
}

static gboolean
write_choices (BitketDb *db, TypeState *type, GError **error)
{
  GHashTableIter iter;
  gpointer id, value;

  g_hash_table_iter_init (&iter, type->choices);
  while (g_hash_table_iter_next (&iter, &id, &value))
    {
      ChoiceState *choice = value;

      if (choice->delta != 0 && !write_delta (db, RESERVE_CHOICE_SQL, choice->delta, id, error))
        return FALSE;
      choice->delta = 0;
    }
  return TRUE;
}

gboolean
bitket_turn_write_stock (BitketTurn *self, GError **error)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->types);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      TypeState *type = value;

      if (type->delta != 0 && !write_delta (self->db, RESERVE_SQL, type->delta, type->id, error))
        return FALSE;
      type->delta = 0;
      if (!write_choices (self->db, type, error))
        return FALSE;
    }
  return TRUE;
}

static GHashTable *
new_types (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) free_type);
}

/* The counter's row is the organization's lock. */
#define QUEUE_SQL                                                                                  \
  "INSERT INTO queues (organization, seq) VALUES ($1, 0)"                                          \
  " ON CONFLICT (organization) DO UPDATE SET seq = queues.seq RETURNING seq"

BitketTurn *
bitket_turn_new (BitketDb *db, const char *organization, gint64 now_us, GError **error)
{
  g_autoptr (BitketStatement) statement = NULL;
  gboolean has_row = FALSE;
  BitketTurn *self;

  g_return_val_if_fail (db != NULL && organization != NULL, NULL);
  g_return_val_if_fail (bitket_db_in_transaction (db), NULL);

  statement = bitket_queue_prepare (db, error, QUEUE_SQL, "s", organization);
  if (!bitket_queue_has_row (statement, &has_row, error))
    return NULL;
  g_assert (has_row);
  self = g_new0 (BitketTurn, 1);
  self->db = db;
  g_strlcpy (self->organization, organization, sizeof self->organization);
  self->now_us = now_us;
  self->seq = bitket_statement_get_int64 (statement, 0);
  self->types = new_types ();
  self->touched = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->changes = g_array_new (FALSE, FALSE, sizeof (BitketPurchaseChange));
  return self;
}

void
bitket_turn_free (BitketTurn *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->types);
  g_hash_table_unref (self->touched);
  g_array_unref (self->changes);
  g_free (self);
}
