/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-visitors.h"

#include <string.h>

#include "bitket-core-error.h"
#include "bitket-text.h"

/* What people write above their columns, folded; the first of a kind is the name of it on the wire.
 */
static const struct
{
  BitketVisitorColumnKind kind;
  const char *name;
  const char *words[9];
} kinds[] = {
  { BITKET_VISITOR_COLUMN_EMAIL,
    "email",
    { "e mail", "mail", "e post", "epost", "mejl", "e postadress", "epostadress", NULL } },
  { BITKET_VISITOR_COLUMN_LIU_ID, "liu_id", { "liu id", "liuid", NULL } },
  { BITKET_VISITOR_COLUMN_NAME, "name", { "namn", "full name", "visitor", "besokare", NULL } },
  { BITKET_VISITOR_COLUMN_NIN,
    "nin",
    { "personnummer", "personnr", "pnr", "personal number", "personal identity number", NULL } },
  { BITKET_VISITOR_COLUMN_TICKET_TYPE,
    "ticket_type",
    { "ticket type", "ticket", "type", "biljettyp", "biljett", "typ", NULL } },
};

static void
free_column (BitketVisitorColumn *column)
{
  g_free (column->header);
  g_free (column->folded);
  g_free (column);
}

const char *
bitket_visitor_column_get_name (const BitketVisitorColumn *column)
{
  g_return_val_if_fail (column != NULL, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (kinds[i].kind == column->kind)
      return kinds[i].name;
  return column->kind == BITKET_VISITOR_COLUMN_CHOICE ? column->header : NULL;
}

static gboolean
is_variation (GPtrArray *types, const char *folded)
{
  for (guint i = 0; i < types->len; i++)
    {
      const BitketVisitorType *type = types->pdata[i];

      for (guint k = 0; k < type->variations->len; k++)
        if (strcmp (((BitketVisitorVariation *) type->variations->pdata[k])->folded, folded) == 0)
          return TRUE;
    }
  return FALSE;
}

/* A variation that an organizer called "Type" is what they mean. */
static BitketVisitorColumnKind
guess_kind (const char *text, const char *folded, GPtrArray *types)
{
  if (folded[0] == '\0')
    return BITKET_VISITOR_COLUMN_NONE;
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (strcmp (kinds[i].name, text) == 0)
      return kinds[i].kind;
  if (is_variation (types, folded))
    return BITKET_VISITOR_COLUMN_CHOICE;
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_strv_contains (kinds[i].words, folded))
      return kinds[i].kind;
  return BITKET_VISITOR_COLUMN_NONE;
}

static gboolean
fail (GError **error, const char *what, const char *name)
{
  g_set_error (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_CHOICE, "%s: “%s”.", what, name);
  return FALSE;
}

static gboolean
check_columns (GPtrArray *columns, GError **error)
{
  gboolean tells_who = FALSE;

  for (guint i = 0; i < columns->len; i++)
    {
      const BitketVisitorColumn *column = columns->pdata[i];

      tells_who = tells_who || column->kind == BITKET_VISITOR_COLUMN_EMAIL ||
                  column->kind == BITKET_VISITOR_COLUMN_LIU_ID;
      for (guint k = 0; k < i && column->kind != BITKET_VISITOR_COLUMN_NONE; k++)
        {
          const BitketVisitorColumn *other = columns->pdata[k];

          if (other->kind == column->kind && (column->kind != BITKET_VISITOR_COLUMN_CHOICE ||
                                              strcmp (other->folded, column->folded) == 0))
            return fail (error, "Two columns are the same",
                         bitket_visitor_column_get_name (column));
        }
    }
  return tells_who ? TRUE : fail (error, "No column says who it is", "email, liu_id");
}

GPtrArray *
bitket_visitor_columns_read (const char *const *header,
                             const char *wanted,
                             GPtrArray *types,
                             GError **error)
{
  g_autoptr (GPtrArray) columns = g_ptr_array_new_with_free_func ((GDestroyNotify) free_column);
  g_auto (GStrv) words = wanted != NULL ? g_strsplit (wanted, ",", -1) : NULL;
  guint n_words = words != NULL ? g_strv_length (words) : 0;

  g_return_val_if_fail (header != NULL && types != NULL, NULL);

  for (guint i = 0; header[i] != NULL; i++)
    {
      BitketVisitorColumn *column = g_new0 (BitketVisitorColumn, 1);
      const char *text = words == NULL ? header[i] : i < n_words ? g_strstrip (words[i]) : "-";

      column->header = g_strstrip (g_strdup (header[i]));
      column->folded = bitket_text_fold (text);
      column->kind = guess_kind (text, column->folded, types);
      g_ptr_array_add (columns, column);
      if (words != NULL && column->kind == BITKET_VISITOR_COLUMN_NONE && strcmp (text, "-") != 0)
        {
          fail (error, "This is no column and no variation", text);
          return NULL;
        }
    }
  if (n_words > columns->len)
    {
      fail (error, "The table has fewer columns than that", wanted);
      return NULL;
    }
  return check_columns (columns, error) ? g_steal_pointer (&columns) : NULL;
}
