/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-visitors.h"

#include <string.h>

#include "bitket-text.h"

static void
free_choice (BitketVisitorChoice *choice)
{
  g_free (choice->id);
  g_free (choice->name);
  g_free (choice->folded);
  g_free (choice);
}

static void
free_variation (BitketVisitorVariation *variation)
{
  g_free (variation->name);
  g_free (variation->folded);
  g_ptr_array_unref (variation->choices);
  g_free (variation);
}

static void
free_type (BitketVisitorType *type)
{
  g_free (type->id);
  g_free (type->name);
  g_free (type->folded);
  g_ptr_array_unref (type->variations);
  g_free (type);
}

static const char types_sql[] =
    "SELECT t.id, t.name, v.id, v.name, c.id, c.name FROM ticket_types t"
    " LEFT JOIN variations v ON v.ticket_type = t.id"
    " LEFT JOIN variation_choices c ON c.variation = v.id WHERE t.event = $1"
    " ORDER BY t.\"index\", t.id, v.\"index\", v.id, c.\"index\", c.id";

static BitketVisitorType *
add_type (GPtrArray *types, BitketStatement *row)
{
  BitketVisitorType *type = g_new0 (BitketVisitorType, 1);

  type->id = g_strdup (bitket_statement_get_text (row, 0));
  type->name = g_strdup (bitket_statement_get_text (row, 1));
  type->folded = bitket_text_fold (type->name);
  type->variations = g_ptr_array_new_with_free_func ((GDestroyNotify) free_variation);
  g_ptr_array_add (types, type);
  return type;
}

static BitketVisitorVariation *
add_variation (BitketVisitorType *type, BitketStatement *row)
{
  BitketVisitorVariation *variation = g_new0 (BitketVisitorVariation, 1);

  variation->name = g_strdup (bitket_statement_get_text (row, 3));
  variation->folded = bitket_text_fold (variation->name);
  variation->choices = g_ptr_array_new_with_free_func ((GDestroyNotify) free_choice);
  g_ptr_array_add (type->variations, variation);
  return variation;
}

static void
add_choice (BitketVisitorVariation *variation, BitketStatement *row)
{
  BitketVisitorChoice *choice = g_new0 (BitketVisitorChoice, 1);

  choice->id = g_strdup (bitket_statement_get_text (row, 4));
  choice->name = g_strdup (bitket_statement_get_text (row, 5));
  choice->folded = bitket_text_fold (choice->name);
  g_ptr_array_add (variation->choices, choice);
}

GPtrArray *
bitket_visitor_types_load (BitketDb *db, const char *event, GError **error)
{
  g_autoptr (GPtrArray) types = g_ptr_array_new_with_free_func ((GDestroyNotify) free_type);
  g_autoptr (BitketStatement) row = NULL;
  g_autoptr (GError) local_error = NULL;
  g_autofree char *last_variation = NULL;
  BitketVisitorType *type = NULL;
  BitketVisitorVariation *variation = NULL;

  g_return_val_if_fail (db != NULL && event != NULL, NULL);

  row = bitket_db_prepare (db, types_sql, error);
  if (row == NULL)
    return NULL;
  bitket_statement_bind_text (row, 1, event);
  while (bitket_statement_step (row, &local_error))
    {
      if (type == NULL || strcmp (type->id, bitket_statement_get_text (row, 0)) != 0)
        type = add_type (types, row);
      if (bitket_statement_is_null (row, 2))
        continue;
      if (g_strcmp0 (last_variation, bitket_statement_get_text (row, 2)) != 0)
        {
          variation = add_variation (type, row);
          g_free (last_variation);
          last_variation = g_strdup (bitket_statement_get_text (row, 2));
        }
      if (!bitket_statement_is_null (row, 4))
        add_choice (variation, row);
    }
  if (local_error == NULL)
    return g_steal_pointer (&types);
  g_propagate_error (error, g_steal_pointer (&local_error));
  return NULL;
}

/* Whether @text is the name, or the id, or a link to it. */
static gboolean
names (const char *text,
       const char *folded,
       const char *collection,
       const char *id,
       const char *name)
{
  char found[BITKET_ID_SIZE];

  if (bitket_hyperlink_parse (text, collection, found, NULL))
    return strcmp (found, id) == 0;
  return folded[0] != '\0' && strcmp (folded, name) == 0;
}

const BitketVisitorType *
bitket_visitor_types_find (GPtrArray *types, const char *text)
{
  g_autofree char *folded = NULL;

  g_return_val_if_fail (types != NULL && text != NULL, NULL);

  folded = bitket_text_fold (text);
  for (guint i = 0; i < types->len; i++)
    {
      const BitketVisitorType *type = types->pdata[i];

      if (names (text, folded, bitket_ticket_type_schema.collection, type->id, type->folded))
        return type;
    }
  return NULL;
}

const BitketVisitorChoice *
bitket_visitor_variation_find (const BitketVisitorVariation *variation, const char *text)
{
  g_autofree char *folded = NULL;

  g_return_val_if_fail (variation != NULL && text != NULL, NULL);

  folded = bitket_text_fold (text);
  for (guint i = 0; i < variation->choices->len; i++)
    {
      const BitketVisitorChoice *choice = variation->choices->pdata[i];

      if (names (text, folded, bitket_variation_choice_schema.collection, choice->id,
                 choice->folded))
        return choice;
    }
  return NULL;
}
