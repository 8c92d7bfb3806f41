/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-ticket-choices.h"

#include <string.h>

#include "bitket-money.h"

/* Every choice that the ticket's type has. */
typedef struct
{
  char *id;        /* (owned) */
  char *variation; /* (owned) */
  gint64 delta_ore;
  gboolean is_wanted;
  gboolean is_chosen; /* by the ticket as it is */
} Choice;

static void
free_choice (Choice *choice)
{
  g_free (choice->id);
  g_free (choice->variation);
  g_free (choice);
}

static const char choices_sql[] =
    "SELECT c.id, c.variation, c.delta, k.ticket FROM variations v"
    " JOIN variation_choices c ON c.variation = v.id"
    " LEFT JOIN tickets_variation_choices k ON k.target = c.id AND k.ticket = $1"
    " WHERE v.ticket_type = $2 ORDER BY v.id, c.id";

static GPtrArray *
load_choices (BitketDb *db, const char *ticket, const char *ticket_type, GError **error)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify) free_choice);
  g_autoptr (BitketStatement) statement = bitket_db_prepare (db, choices_sql, error);
  g_autoptr (GError) local_error = NULL;

  if (statement == NULL)
    return NULL;
  bitket_statement_bind_text (statement, 1, ticket);
  bitket_statement_bind_text (statement, 2, ticket_type);
  while (bitket_statement_step (statement, &local_error))
    {
      Choice *choice = g_new0 (Choice, 1);

      choice->id = g_strdup (bitket_statement_get_text (statement, 0));
      choice->variation = g_strdup (bitket_statement_get_text (statement, 1));
      choice->delta_ore = bitket_statement_get_int64 (statement, 2);
      choice->is_chosen = !bitket_statement_is_null (statement, 3);
      g_ptr_array_add (list, choice);
    }
  if (local_error == NULL)
    return g_steal_pointer (&list);
  g_propagate_error (error, g_steal_pointer (&local_error));
  return NULL;
}

static Choice *
find_choice (GPtrArray *list, const char *id)
{
  for (guint i = 0; i < list->len; i++)
    if (strcmp (((Choice *) list->pdata[i])->id, id) == 0)
      return list->pdata[i];
  return NULL;
}

/* Exactly one of each variation: the list is in the order of the variations. */
static gboolean
mark_wanted (GPtrArray *list, const char *const *ids)
{
  guint n_wanted = 0;

  for (guint i = 0; ids[i] != NULL; i++)
    {
      Choice *choice = find_choice (list, ids[i]);

      if (choice == NULL || choice->is_wanted)
        return FALSE;
      choice->is_wanted = TRUE;
    }
  for (guint i = 0; i < list->len; i++)
    {
      const Choice *choice = list->pdata[i];
      const Choice *next = i + 1 < list->len ? list->pdata[i + 1] : NULL;

      n_wanted += choice->is_wanted ? 1 : 0;
      if (next != NULL && strcmp (choice->variation, next->variation) == 0)
        continue;
      if (n_wanted != 1)
        return FALSE;
      n_wanted = 0;
    }
  return TRUE;
}

static gboolean
run_for_choice (BitketDb *db,
                const char *sql,
                const char *ticket,
                const char *choice,
                GError **error)
{
  g_autoptr (BitketStatement) statement = bitket_db_prepare (db, sql, error);

  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_text (statement, 1, ticket);
  bitket_statement_bind_text (statement, 2, choice);
  return bitket_statement_run (statement, error);
}

/* Triggers count what is sold, and hold the count's row until the transaction ends; so what is read
 * after the change is what there will be. */
static BitketChoicesResult
check_limit (BitketDb *db, const char *choice, char **text, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (BitketStatement) statement =
      bitket_db_prepare (db,
                         "SELECT c.name FROM variation_choices c"
                         " JOIN choice_stock s ON s.choice = c.id"
                         " WHERE c.id = $1 AND c.max_total_quantity < s.sold + s.reserved",
                         error);

  if (statement == NULL)
    return BITKET_CHOICES_FAILED;
  bitket_statement_bind_text (statement, 1, choice);
  if (bitket_statement_step (statement, &local_error))
    {
      *text = g_strdup_printf ("There are no places of the choice '%s' left.",
                               bitket_statement_get_text (statement, 0));
      return BITKET_CHOICES_TAKEN;
    }
  if (local_error == NULL)
    return BITKET_CHOICES_CHANGED;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return BITKET_CHOICES_FAILED;
}

static BitketChoicesResult
write_choices (BitketDb *db, const char *ticket, GPtrArray *list, char **text, GError **error)
{
  BitketChoicesResult result = BITKET_CHOICES_SAME;

  for (guint i = 0; i < list->len; i++)
    {
      const Choice *choice = list->pdata[i];

      if (choice->is_wanted == choice->is_chosen)
        continue;
      if (!run_for_choice (
              db,
              choice->is_wanted
                  ? "INSERT INTO tickets_variation_choices (ticket, target) VALUES ($1, $2)"
                  : "DELETE FROM tickets_variation_choices WHERE ticket = $1 AND target = $2",
              ticket, choice->id, error))
        return BITKET_CHOICES_FAILED;
      result =
          choice->is_wanted ? check_limit (db, choice->id, text, error) : BITKET_CHOICES_CHANGED;
      if (result != BITKET_CHOICES_CHANGED)
        return result;
    }
  return result;
}

BitketChoicesResult
bitket_ticket_choices_change (BitketDb *db,
                              const char *ticket,
                              const char *ticket_type,
                              const char *const *choices,
                              char **text,
                              GError **error)
{
  g_autoptr (GPtrArray) list = NULL;
  gint64 difference_ore = 0;

  g_return_val_if_fail (db != NULL && ticket != NULL, BITKET_CHOICES_FAILED);
  g_return_val_if_fail (ticket_type != NULL && choices != NULL, BITKET_CHOICES_FAILED);
  g_return_val_if_fail (text != NULL, BITKET_CHOICES_FAILED);

  list = load_choices (db, ticket, ticket_type, error);
  if (list == NULL)
    return BITKET_CHOICES_FAILED;
  if (!mark_wanted (list, choices))
    {
      *text = g_strdup ("Invalid variation choices.");
      return BITKET_CHOICES_WRONG;
    }
  for (guint i = 0; i < list->len; i++)
    {
      const Choice *choice = list->pdata[i];

      difference_ore += choice->is_wanted ? choice->delta_ore : 0;
      difference_ore -= choice->is_chosen ? choice->delta_ore : 0;
    }
  if (difference_ore != 0)
    {
      g_autofree char *difference = bitket_money_format (difference_ore);

      *text = g_strdup_printf ("The price would change by %s.", difference);
      return BITKET_CHOICES_WRONG;
    }
  return write_choices (db, ticket, list, text, error);
}
