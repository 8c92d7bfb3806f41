/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-store"

#include "bitket-queue-private.h"

#include <string.h>

/* One pass over those who wait for a ticket type. Who came before and cannot be served yet, because
 * the choice it wants is still being paid for by others, keeps its claim on what it wants: those
 * behind get only what is left beside that. */

typedef struct
{
  char *purchase; /* (owned) */
  gint64 position;
  char *choices; /* (owned) */
} Waiter;

static void
free_waiter (Waiter *waiter)
{
  g_free (waiter->purchase);
  g_free (waiter->choices);
  g_free (waiter);
}

#define WAITING_SQL                                                                                \
  "SELECT purchase, position, choices FROM purchase_items"                                         \
  " WHERE ticket_type = $1 AND state = 'waiting' ORDER BY seq, position LIMIT $2"

/* @limit: how many of the first are enough. */
static GPtrArray *
list_waiters (BitketTurn *self, const TypeState *type, gint64 limit, GError **error)
{
  g_autoptr (BitketStatement) statement =
      bitket_queue_prepare (self->db, error, WAITING_SQL, "si", type->id, limit);
  g_autoptr (GPtrArray) waiters = g_ptr_array_new_with_free_func ((GDestroyNotify) free_waiter);
  g_autoptr (GError) local_error = NULL;

  if (statement == NULL)
    return NULL;
  while (bitket_statement_step (statement, &local_error))
    {
      Waiter *waiter = g_new0 (Waiter, 1);

      waiter->purchase = g_strdup (bitket_statement_get_text (statement, 0));
      waiter->position = bitket_statement_get_int64 (statement, 1);
      waiter->choices = g_strdup (bitket_statement_get_text (statement, 2));
      g_ptr_array_add (waiters, waiter);
    }
  if (local_error == NULL)
    return g_steal_pointer (&waiters);
  g_propagate_error (error, g_steal_pointer (&local_error));
  return NULL;
}

typedef enum
{
  PLACE_NONE,
  PLACE_FREE,
  PLACE_TAKEN, /* by somebody who still pays, or waits before */
  PLACE_SOLD,
} Place;

/* @sold_choice (out): the one that is sold out. */
static Place
look_at_choices (TypeState *type, char **choices, const char **sold_choice)
{
  Place place = PLACE_FREE;

  for (guint i = 0; choices[i] != NULL; i++)
    {
      const ChoiceState *choice = g_hash_table_lookup (type->choices, choices[i]);

      if (choice == NULL || choice->max < 0)
        continue;
      if (choice->sold >= choice->max)
        {
          *sold_choice = choices[i];
          return PLACE_SOLD;
        }
      if (choice->sold + choice->reserved + choice->claimed >= choice->max)
        place = PLACE_TAKEN;
    }
  return place;
}

static void
claim_choices (TypeState *type, char **choices)
{
  for (guint i = 0; choices[i] != NULL; i++)
    {
      ChoiceState *choice = g_hash_table_lookup (type->choices, choices[i]);

      if (choice != NULL)
        choice->claimed++;
    }
}

#define ITEM_SQL                                                                                   \
  "UPDATE purchase_items SET state = $1, message = $2, choice = $3"                                \
  " WHERE purchase = $4 AND position = $5"

static gboolean
set_item (BitketTurn *self,
          const Waiter *waiter,
          const char *state,
          BitketRefusal refusal,
          const char *choice,
          GError **error)
{
  bitket_turn_touch (self, waiter->purchase);
  return bitket_queue_run (self->db, error, ITEM_SQL, "ssssi", state,
                           bitket_refusal_to_code (refusal), choice, waiter->purchase,
                           waiter->position);
}

/* @free: what is left of the type for this one and those behind; counted down unless it leaves. */
static gboolean
serve_waiter (BitketTurn *self, TypeState *type, const Waiter *waiter, gint64 *free, GError **error)
{
  g_auto (GStrv) choices = g_strsplit (waiter->choices, " ", -1);
  const char *sold_choice = NULL;
  Place place = look_at_choices (type, choices, &sold_choice);

  if (place == PLACE_SOLD)
    return set_item (self, waiter, "lost", BITKET_REFUSAL_CHOICE_SOLD_OUT, sold_choice, error);
  (*free)--;
  if (place == PLACE_TAKEN)
    {
      claim_choices (type, choices);
      return TRUE;
    }
  bitket_turn_reserve (type, waiter->choices, 1);
  return set_item (self, waiter, "reserved", BITKET_REFUSAL_NONE, NULL, error);
}

static void
forget_claims (TypeState *type)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, type->choices);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    ((ChoiceState *) value)->claimed = 0;
}

/* Everybody who waits for the type has waited in vain. */
static gboolean
refuse_all (BitketTurn *self, TypeState *type, GError **error)
{
  g_autoptr (GPtrArray) waiters = list_waiters (self, type, G_MAXINT32, error);

  if (waiters == NULL)
    return FALSE;
  for (guint i = 0; i < waiters->len; i++)
    if (!set_item (self, waiters->pdata[i], "lost", BITKET_REFUSAL_QUEUE_POSITION, NULL, error))
      return FALSE;
  return TRUE;
}

gboolean
bitket_turn_pass (BitketTurn *self, TypeState *type, GError **error)
{
  g_autoptr (GPtrArray) waiters = NULL;
  gint64 free;

  type->is_dirty = FALSE;
  if (type->max_total >= 0 && type->sold >= type->max_total)
    return refuse_all (self, type, error);
  free = type->max_total < 0 ? G_MAXINT32 : type->max_total - type->sold - type->reserved;
  if (free <= 0)
    return TRUE;
  waiters = list_waiters (self, type, type->has_limited_choices ? G_MAXINT32 : free, error);
  if (waiters == NULL)
    return FALSE;
  for (guint i = 0; i < waiters->len && free > 0; i++)
    if (!serve_waiter (self, type, waiters->pdata[i], &free, error))
      return FALSE;
  forget_claims (type);
  return TRUE;
}
