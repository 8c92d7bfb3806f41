/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-order-catalogue.h"

#include <string.h>

#include "bitket-present.h"
#include "bitket-pricing.h"

struct _BitketCatalogue
{
  BitketRequest *request; /* (unowned) */
  BitketDb *db;           /* (unowned) */
  GHashTable *offers;     /* (owned) id → BitketOffer */
  GPtrArray *met; /* (owned) (nullable) (element-type BitketRecord) modifiers the buyer gets */
};

static void
free_offer (BitketOffer *offer)
{
  g_strfreev (offer->modifiers);
  g_array_unref (offer->deltas_ore);
  g_hash_table_unref (offer->choices);
  g_strfreev (offer->conflicts);
  g_free (offer);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BitketOffer, free_offer)

BitketCatalogue *
bitket_catalogue_new (BitketRequest *request, BitketDb *db)
{
  BitketCatalogue *self = g_new0 (BitketCatalogue, 1);

  self->request = request;
  self->db = db;
  self->offers = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) free_offer);
  return self;
}

void
bitket_catalogue_free (BitketCatalogue *self)
{
  g_hash_table_unref (self->offers);
  g_clear_pointer (&self->met, g_ptr_array_unref);
  g_free (self);
}

static BitketStatement *
prepare_with_id (BitketDb *db, const char *sql, const char *id, GError **error)
{
  BitketStatement *statement = bitket_db_prepare (db, sql, error);

  if (statement != NULL)
    bitket_statement_bind_text (statement, 1, id);
  return statement;
}

/* Whether a statement that was stepped to its end ended well. */
static gboolean
end_rows (GError **local_error, GError **error)
{
  if (*local_error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (local_error));
  return FALSE;
}

#define TYPE_SQL                                                                                   \
  "SELECT e.organization, t.price FROM ticket_types t JOIN events e ON e.id = t.event"             \
  " WHERE t.id = $1 AND t.is_published <> 0 AND e.published <> 0"

static gboolean
load_type (BitketCatalogue *self, BitketOffer *offer, gboolean *is_there, GError **error)
{
  g_autoptr (BitketStatement) statement = prepare_with_id (self->db, TYPE_SQL, offer->id, error);
  g_autoptr (GError) local_error = NULL;

  if (statement == NULL)
    return FALSE;
  *is_there = bitket_statement_step (statement, &local_error);
  if (*is_there)
    {
      g_strlcpy (offer->organization, bitket_statement_get_text (statement, 0), BITKET_ID_SIZE);
      offer->price_ore = bitket_statement_get_int64 (statement, 1);
    }
  return end_rows (&local_error, error);
}

#define CHOICES_SQL                                                                                \
  "SELECT v.id, c.id, c.delta FROM variations v LEFT JOIN variation_choices c"                     \
  " ON c.variation = v.id WHERE v.ticket_type = $1"

static gboolean
load_choices (BitketCatalogue *self, BitketOffer *offer, GError **error)
{
  g_autoptr (BitketStatement) statement = prepare_with_id (self->db, CHOICES_SQL, offer->id, error);
  g_autoptr (GHashTable) variations = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GError) local_error = NULL;

  if (statement == NULL)
    return FALSE;
  while (bitket_statement_step (statement, &local_error))
    {
      BitketOfferChoice *choice;

      g_hash_table_add (variations, g_strdup (bitket_statement_get_text (statement, 0)));
      if (bitket_statement_is_null (statement, 1))
        continue;
      choice = g_new0 (BitketOfferChoice, 1);
      g_strlcpy (choice->variation, bitket_statement_get_text (statement, 0), BITKET_ID_SIZE);
      choice->delta_ore = bitket_statement_get_int64 (statement, 2);
      g_hash_table_insert (offer->choices, g_strdup (bitket_statement_get_text (statement, 1)),
                           choice);
    }
  offer->n_variations = g_hash_table_size (variations);
  return end_rows (&local_error, error);
}

/* Either side of a conflict is enough. */
#define CONFLICTS_SQL                                                                              \
  "SELECT target FROM ticket_types_conflicts_with WHERE ticket_type = $1"                          \
  " UNION SELECT ticket_type FROM ticket_types_conflicts_with WHERE target = $1"

static gboolean
load_conflicts (BitketCatalogue *self, BitketOffer *offer, GError **error)
{
  g_autoptr (BitketStatement) statement =
      prepare_with_id (self->db, CONFLICTS_SQL, offer->id, error);
  g_autoptr (GStrvBuilder) conflicts = g_strv_builder_new ();
  g_autoptr (GError) local_error = NULL;

  if (statement == NULL)
    return FALSE;
  while (bitket_statement_step (statement, &local_error))
    g_strv_builder_add (conflicts, bitket_statement_get_text (statement, 0));
  offer->conflicts = g_strv_builder_end (conflicts);
  return end_rows (&local_error, error);
}

/* Conditions are looked at only where something hangs on them. */
static gboolean
has_modifiers (BitketCatalogue *self, const char *type, gboolean *has_any, GError **error)
{
  g_autoptr (BitketStatement) statement = prepare_with_id (
      self->db, "SELECT 1 FROM modifiers WHERE ticket_type = $1 LIMIT 1", type, error);
  g_autoptr (GError) local_error = NULL;

  if (statement == NULL)
    return FALSE;
  *has_any = bitket_statement_step (statement, &local_error);
  return end_rows (&local_error, error);
}

static gboolean
load_modifiers (BitketCatalogue *self, BitketOffer *offer, GError **error)
{
  g_autoptr (GStrvBuilder) ids = g_strv_builder_new ();
  gboolean has_any = FALSE;

  if (!has_modifiers (self, offer->id, &has_any, error))
    return FALSE;
  if (has_any && self->met == NULL)
    self->met = bitket_present_met_modifiers (self->request, self->db, error);
  if (has_any && self->met == NULL)
    return FALSE;
  for (guint i = 0; has_any && i < self->met->len; i++)
    {
      BitketRecord *modifier = self->met->pdata[i];
      gint64 delta_ore = bitket_record_get_int64 (modifier, "delta");

      if (strcmp (bitket_record_get_text (modifier, "ticket_type"), offer->id) != 0)
        continue;
      g_strv_builder_add (ids, bitket_record_get_id (modifier));
      g_array_append_val (offer->deltas_ore, delta_ore);
    }
  offer->modifiers = g_strv_builder_end (ids);
  return TRUE;
}

gboolean
bitket_catalogue_find (BitketCatalogue *self,
                       const char *ticket_type,
                       const BitketOffer **offer,
                       GError **error)
{
  g_autoptr (BitketOffer) found = NULL;
  gboolean is_there = FALSE;

  g_return_val_if_fail (self != NULL && ticket_type != NULL && offer != NULL, FALSE);

  *offer = g_hash_table_lookup (self->offers, ticket_type);
  if (*offer != NULL)
    return TRUE;
  found = g_new0 (BitketOffer, 1);
  g_strlcpy (found->id, ticket_type, sizeof found->id);
  found->choices = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  found->deltas_ore = g_array_new (FALSE, FALSE, sizeof (gint64));
  if (!load_type (self, found, &is_there, error))
    return FALSE;
  if (!is_there)
    return TRUE;
  if (!load_choices (self, found, error) || !load_conflicts (self, found, error) ||
      !load_modifiers (self, found, error))
    return FALSE;
  *offer = found;
  g_hash_table_insert (self->offers, found->id, found);
  found = NULL;
  return TRUE;
}

gboolean
bitket_catalogue_has_choice (BitketCatalogue *self,
                             const char *choice,
                             gboolean *is_there,
                             GError **error)
{
  g_autoptr (BitketStatement) statement = NULL;
  g_autoptr (GError) local_error = NULL;

  g_return_val_if_fail (self != NULL && choice != NULL && is_there != NULL, FALSE);

  statement =
      prepare_with_id (self->db, "SELECT 1 FROM variation_choices WHERE id = $1", choice, error);
  if (statement == NULL)
    return FALSE;
  *is_there = bitket_statement_step (statement, &local_error);
  return end_rows (&local_error, error);
}

const BitketOfferChoice *
bitket_offer_find_choice (const BitketOffer *offer, const char *choice)
{
  g_return_val_if_fail (offer != NULL && choice != NULL, NULL);

  return g_hash_table_lookup (offer->choices, choice);
}

gboolean
bitket_offer_check_choices (const BitketOffer *offer, GPtrArray *choices)
{
  g_autoptr (GHashTable) chosen = g_hash_table_new (g_str_hash, g_str_equal);

  g_return_val_if_fail (offer != NULL && choices != NULL, FALSE);

  for (guint i = 0; i < choices->len; i++)
    {
      const BitketOfferChoice *choice = bitket_offer_find_choice (offer, choices->pdata[i]);

      if (choice == NULL || !g_hash_table_add (chosen, (gpointer) choice->variation))
        return FALSE;
    }
  return g_hash_table_size (chosen) == offer->n_variations;
}

gint64
bitket_offer_get_price (const BitketOffer *offer, const char *const *choices)
{
  g_autoptr (GArray) deltas_ore = g_array_new (FALSE, FALSE, sizeof (gint64));

  g_return_val_if_fail (offer != NULL && choices != NULL, 0);

  for (guint i = 0; choices[i] != NULL; i++)
    g_array_append_val (deltas_ore, bitket_offer_find_choice (offer, choices[i])->delta_ore);
  return bitket_pricing_total (
      offer->price_ore, (const gint64 *) (gpointer) offer->deltas_ore->data, offer->deltas_ore->len,
      (const gint64 *) (gpointer) deltas_ore->data, deltas_ore->len);
}

gboolean
bitket_offer_conflicts (const BitketOffer *offer, const BitketOffer *other)
{
  g_return_val_if_fail (offer != NULL && other != NULL, FALSE);

  return g_strv_contains ((const char *const *) offer->conflicts, other->id);
}
