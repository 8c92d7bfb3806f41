/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-store"

#include "bitket-queue-private.h"

#include <string.h>

/* One pass over those who wait for a ticket type, in order of arrival.
 *
 * Who came before and cannot be served yet, because the choice it wants is still being paid for by
 * others, keeps its claim on what it wants: those behind get only what is left beside that. Who
 * wants more than there is beside what its own purchase has already got is told so at once: it
 * would wait for itself.
 *
 * The pass ends where nobody behind can be served, unless something was sold out for good: then all
 * are looked at, because some of them wait in vain. */

/* How many are read at once beyond those there are places for. */
#define N_AHEAD 20

typedef struct
{
  char *purchase; /* (owned) */
  gint64 seq;
  gint64 position;
  char *choices; /* (owned) */
} Waiter;

typedef struct
{
  gint64 n_free;  /* what is left of the type for those who are still to come */
  gint64 n_left;  /* who go on waiting */
  char *purchase; /* (owned) (nullable): the one that was looked at last */
  gint64 seq;     /* where it stands */
  gint64 position;
} Pass;

static void
free_waiter (Waiter *waiter)
{
  g_free (waiter->purchase);
  g_free (waiter->choices);
  g_free (waiter);
}

#define WAITING_SQL                                                                                \
  "SELECT purchase, seq, position, choices FROM purchase_items"                                    \
  " WHERE ticket_type = $1 AND state = 'waiting' AND (seq, position) > ($2, $3)"                   \
  " ORDER BY seq, position LIMIT $4"

/* Those who stand behind where @pass has come to. */
static GPtrArray *
list_waiters (BitketTurn *self,
              const TypeState *type,
              const Pass *pass,
              gint64 limit,
              GError **error)
{
  g_autoptr (BitketStatement) statement = bitket_queue_prepare (
      self->db, error, WAITING_SQL, "siii", type->id, pass->seq, pass->position, limit);
  g_autoptr (GPtrArray) waiters = g_ptr_array_new_with_free_func ((GDestroyNotify) free_waiter);
  g_autoptr (GError) local_error = NULL;

  if (statement == NULL)
    return NULL;
  while (bitket_statement_step (statement, &local_error))
    {
      Waiter *waiter = g_new0 (Waiter, 1);

      waiter->purchase = g_strdup (bitket_statement_get_text (statement, 0));
      waiter->seq = bitket_statement_get_int64 (statement, 1);
      waiter->position = bitket_statement_get_int64 (statement, 2);
      waiter->choices = g_strdup (bitket_statement_get_text (statement, 3));
      g_ptr_array_add (waiters, waiter);
    }
  if (local_error == NULL)
    return g_steal_pointer (&waiters);
  g_propagate_error (error, g_steal_pointer (&local_error));
  return NULL;
}

static gboolean
has_choice (char **choices, const char *id)
{
  return g_strv_contains ((const char *const *) choices, id);
}

/* A choice of the item that is sold out for good. Returns: (nullable) */
const char *
bitket_turn_find_sold_choice (const TypeState *type, char **choices)
{
  for (guint i = 0; choices[i] != NULL; i++)
    {
      const ChoiceState *choice = g_hash_table_lookup (type->choices, choices[i]);

      if (choice != NULL && choice->max >= 0 && choice->sold >= choice->max)
        return choices[i];
    }
  return NULL;
}

/* Whether one of the choices is taken by somebody who still pays, or who waits before. */
static gboolean
has_taken_choice (const TypeState *type, char **choices)
{
  for (guint i = 0; choices[i] != NULL; i++)
    {
      const ChoiceState *choice = g_hash_table_lookup (type->choices, choices[i]);

      if (choice != NULL && choice->max >= 0 &&
          choice->sold + choice->reserved + choice->claimed >= choice->max)
        return TRUE;
    }
  return FALSE;
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

static gboolean
lose_item (BitketTurn *self,
           const Waiter *waiter,
           BitketRefusal refusal,
           const char *choice,
           GError **error)
{
  return set_item (self, waiter, "lost", refusal, choice, error);
}

#define OWN_SQL                                                                                    \
  "SELECT choices FROM purchase_items"                                                             \
  " WHERE purchase = $1 AND ticket_type = $2 AND state = 'reserved'"

/* @n_own: counts for each of @choices what the purchase itself has; the last is of the type. */
static gboolean
count_own (BitketTurn *self,
           const TypeState *type,
           const Waiter *waiter,
           char **choices,
           gint64 *n_own,
           GError **error)
{
  g_autoptr (BitketStatement) statement =
      bitket_queue_prepare (self->db, error, OWN_SQL, "ss", waiter->purchase, type->id);
  g_autoptr (GError) local_error = NULL;
  guint n_choices = g_strv_length (choices);

  if (statement == NULL)
    return FALSE;
  while (bitket_statement_step (statement, &local_error))
    {
      g_auto (GStrv) own = g_strsplit (bitket_statement_get_text (statement, 0), " ", -1);

      n_own[n_choices]++;
      for (guint i = 0; i < n_choices; i++)
        n_own[i] += has_choice (own, choices[i]) ? 1 : 0;
    }
  if (local_error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

/* Goes on waiting, unless there is nothing beside what the purchase itself has. */
static gboolean
keep_waiter (BitketTurn *self,
             TypeState *type,
             const Waiter *waiter,
             char **choices,
             Pass *pass,
             GError **error)
{
  guint n_choices = g_strv_length (choices);
  g_autofree gint64 *n_own = g_new0 (gint64, n_choices + 1);

  if (!count_own (self, type, waiter, choices, n_own, error))
    return FALSE;
  if (type->max_total >= 0 && type->sold + n_own[n_choices] >= type->max_total)
    return lose_item (self, waiter, BITKET_REFUSAL_SOLD_OUT, NULL, error);
  for (guint i = 0; i < n_choices; i++)
    {
      const ChoiceState *choice = g_hash_table_lookup (type->choices, choices[i]);

      if (choice != NULL && choice->max >= 0 && choice->sold + n_own[i] >= choice->max)
        return lose_item (self, waiter, BITKET_REFUSAL_CHOICE_SOLD_OUT, choices[i], error);
    }
  pass->n_left++;
  pass->n_free--;
  claim_choices (type, choices);
  return TRUE;
}

static gboolean
serve_waiter (BitketTurn *self, TypeState *type, const Waiter *waiter, Pass *pass, GError **error)
{
  g_auto (GStrv) choices = g_strsplit (waiter->choices, " ", -1);
  const char *sold_choice = bitket_turn_find_sold_choice (type, choices);

  if (sold_choice != NULL)
    return lose_item (self, waiter, BITKET_REFUSAL_CHOICE_SOLD_OUT, sold_choice, error);
  if (pass->n_free <= 0 || has_taken_choice (type, choices))
    return keep_waiter (self, type, waiter, choices, pass, error);
  pass->n_free--;
  bitket_turn_reserve (type, waiter->choices, 1);
  return set_item (self, waiter, "reserved", BITKET_REFUSAL_NONE, NULL, error);
}

/* Whether @waiter and all behind it can only go on waiting. A purchase is looked at whole. */
static gboolean
is_over (const TypeState *type, const Pass *pass, const Waiter *waiter)
{
  return pass->n_free <= 0 && pass->n_left > 0 && !type->has_news &&
         g_strcmp0 (pass->purchase, waiter->purchase) != 0;
}

static gboolean
serve_waiters (BitketTurn *self, TypeState *type, Pass *pass, GError **error)
{
  gint64 limit;
  guint n_read;

  do
    {
      g_autoptr (GPtrArray) waiters = NULL;

      limit = MAX (pass->n_free, 0) + N_AHEAD;
      waiters = list_waiters (self, type, pass, limit, error);
      if (waiters == NULL)
        return FALSE;
      n_read = waiters->len;
      for (guint i = 0; i < n_read; i++)
        {
          Waiter *waiter = waiters->pdata[i];

          if (is_over (type, pass, waiter))
            return TRUE;
          if (!serve_waiter (self, type, waiter, pass, error))
            return FALSE;
          g_free (pass->purchase);
          pass->purchase = g_steal_pointer (&waiter->purchase);
          pass->seq = waiter->seq;
          pass->position = waiter->position;
        }
    }
  while (n_read == limit);
  return TRUE;
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

#define REFUSE_SQL                                                                                 \
  "UPDATE purchase_items SET state = 'lost', message = $1"                                         \
  " WHERE ticket_type = $2 AND state = 'waiting' RETURNING purchase"

/* Everybody who waits for the type has waited in vain. */
static gboolean
refuse_all (BitketTurn *self, TypeState *type, GError **error)
{
  g_autoptr (BitketStatement) statement =
      bitket_queue_prepare (self->db, error, REFUSE_SQL, "ss",
                            bitket_refusal_to_code (BITKET_REFUSAL_QUEUE_POSITION), type->id);
  g_autoptr (GError) local_error = NULL;

  if (statement == NULL)
    return FALSE;
  while (bitket_statement_step (statement, &local_error))
    bitket_turn_touch (self, bitket_statement_get_text (statement, 0));
  if (local_error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

gboolean
bitket_turn_pass (BitketTurn *self, TypeState *type, GError **error)
{
  Pass pass = { .n_free = G_MAXINT32, .position = -1 };
  gboolean success;

  type->is_dirty = FALSE;
  if (type->max_total >= 0 && type->sold >= type->max_total)
    return refuse_all (self, type, error);
  if (type->max_total >= 0)
    pass.n_free = type->max_total - type->sold - type->reserved;
  success = serve_waiters (self, type, &pass, error);
  g_free (pass.purchase);
  forget_claims (type);
  type->has_news = FALSE;
  return success;
}
