/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

/* What is checked, and put right, once something is written. All writers of an organization take
 * turns, so that what is true here is still true when it is committed. */

#include "bitket-money.h"
#include "bitket-present.h"
#include "bitket-pricing.h"
#include "bitket-store.h"
#include "bitket-writable.h"

/* Conflicts go both ways. */
static gboolean
mirror_conflicts (BitketDb *db, const char *id, GError **error)
{
  static const char *const statements[] = {
    "DELETE FROM ticket_types_conflicts_with WHERE target = $1 AND ticket_type NOT IN"
    " (SELECT c.target FROM ticket_types_conflicts_with c WHERE c.ticket_type = $1)",
    "INSERT INTO ticket_types_conflicts_with (ticket_type, target)"
    " SELECT c.target, c.ticket_type FROM ticket_types_conflicts_with c WHERE c.ticket_type = $1"
    " ON CONFLICT (ticket_type, target) DO NOTHING",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (statements); i++)
    {
      g_autoptr (BitketStatement) statement = bitket_db_prepare (db, statements[i], error);

      if (statement == NULL)
        return FALSE;
      bitket_statement_bind_text (statement, 1, id);
      if (!bitket_statement_run (statement, error))
        return FALSE;
    }
  return TRUE;
}

/* Returns: (transfer full) (element-type gint64): the first column of every row; NULL with @error
 */
static GArray *
read_numbers (BitketDb *db, const char *sql, const char *id, GError **error)
{
  g_autoptr (GArray) numbers = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (BitketStatement) statement = bitket_db_prepare (db, sql, error);
  g_autoptr (GError) local_error = NULL;

  if (statement == NULL)
    return NULL;
  bitket_statement_bind_text (statement, 1, id);
  while (bitket_statement_step (statement, &local_error))
    {
      gint64 number = bitket_statement_get_int64 (statement, 0);

      g_array_append_val (numbers, number);
    }
  if (local_error == NULL)
    return g_steal_pointer (&numbers);
  g_propagate_error (error, g_steal_pointer (&local_error));
  return NULL;
}

static gboolean
load_lowest (BitketDb *db, const char *type, gint64 *lowest_ore, GError **error)
{
  g_autoptr (GArray) prices =
      read_numbers (db, "SELECT price FROM ticket_types WHERE id = $1", type, error);
  g_autoptr (GArray) modifiers =
      prices == NULL
          ? NULL
          : read_numbers (db, "SELECT delta FROM modifiers WHERE ticket_type = $1", type, error);
  g_autoptr (GArray) minima =
      modifiers == NULL
          ? NULL
          : read_numbers (db,
                          "SELECT MIN (c.delta) FROM variation_choices c"
                          " JOIN variations v ON v.id = c.variation WHERE v.ticket_type = $1"
                          " GROUP BY v.id",
                          type, error);

  if (minima == NULL)
    return FALSE;
  g_assert (prices->len == 1);
  *lowest_ore = bitket_pricing_lowest (g_array_index (prices, gint64, 0),
                                       (const gint64 *) (gpointer) modifiers->data, modifiers->len,
                                       (const gint64 *) (gpointer) minima->data, minima->len);
  return TRUE;
}

static gboolean
refuse_negative (BitketWrite *write, const char *type, const char *field, GError **error)
{
  gint64 lowest_ore;
  g_autofree char *price = NULL;
  g_autofree char *text = NULL;

  if (!load_lowest (write->db, type, &lowest_ore, error))
    return FALSE;
  if (lowest_ore >= 0)
    return TRUE;
  price = bitket_money_format (lowest_ore);
  text = g_strdup_printf ("With every discount and the cheapest choices, a ticket would cost %s.",
                          price);
  if (field == NULL)
    return bitket_write_conflict (error, text);
  bitket_write_refuse (write, field, text);
  return TRUE;
}

/* A choice knows its variation only. Returns: (transfer full): the ticket type */
static char *
dup_type (BitketWrite *write, BitketRecord *record, GError **error)
{
  g_autoptr (BitketRecord) variation = NULL;
  g_autoptr (GError) local_error = NULL;

  if (write->writable->schema != &bitket_variation_choice_schema)
    return g_strdup (bitket_record_get_text (record, "ticket_type"));
  variation = bitket_store_get (write->db, &bitket_variation_schema,
                                bitket_record_get_text (record, "variation"), &local_error);
  if (variation != NULL)
    return g_strdup (bitket_record_get_text (variation, "ticket_type"));
  g_assert (local_error != NULL);
  g_propagate_error (error, g_steal_pointer (&local_error));
  return NULL;
}

gboolean
bitket_settle_price (BitketWrite *write, GError **error)
{
  BitketRecord *record = write->record != NULL ? write->record : write->before;
  const BitketSchema *schema = write->writable->schema;
  g_autofree char *type = NULL;

  /* A variation without choices costs nothing; a discount that is taken away lowers no price. */
  if (write->record != NULL
          ? schema == &bitket_variation_schema || !bitket_write_has_changed (write, "delta")
          : schema == &bitket_modifier_schema)
    return TRUE;
  type = dup_type (write, record, error);
  if (type == NULL)
    return FALSE;
  return refuse_negative (write, type, write->record != NULL ? "delta" : NULL, error);
}

gboolean
bitket_settle_ticket_type (BitketWrite *write, GError **error)
{
  const char *id;

  if (write->record == NULL)
    return TRUE;
  id = bitket_record_get_id (write->record);
  if (bitket_write_has_changed (write, "conflicts_with") &&
      !mirror_conflicts (write->db, id, error))
    return FALSE;
  return !bitket_write_has_changed (write, "price") || refuse_negative (write, id, "price", error);
}

gboolean
bitket_settle_membership (BitketWrite *write, GError **error)
{
  gboolean is_left = FALSE;

  if (write->before == NULL ||
      g_strcmp0 (bitket_record_get_text (write->before, "role"), "organizer") != 0)
    return TRUE;
  if (!bitket_write_exists (write->db,
                            "SELECT 1 FROM memberships WHERE organization = $1"
                            " AND role = 'organizer' LIMIT 1",
                            write->organization, &is_left, error))
    return FALSE;
  return is_left || bitket_write_conflict (error, "An organization needs at least one organizer.");
}

static const char *
describe_shape (BitketConditionShape shape)
{
  switch (shape)
    {
    case BITKET_CONDITION_SHAPE_CIRCLE:
      return "A condition cannot be part of itself.";
    case BITKET_CONDITION_SHAPE_TOO_LARGE:
      return "The condition is made of too many others.";
    case BITKET_CONDITION_SHAPE_SOUND:
    case BITKET_CONDITION_SHAPE_NONE:
      break;
    }
  return NULL;
}

/* The condition itself, and those that are made of it. */
gboolean
bitket_settle_condition (BitketWrite *write, GError **error)
{
  g_autoptr (GPtrArray) records = NULL;
  g_autofree BitketConditionFacts *facts = NULL;
  const char *text = NULL;

  if (write->record == NULL || !bitket_write_has_changed (write, "conditions"))
    return TRUE;
  records = bitket_store_list (write->db, &bitket_condition_schema,
                               "WHERE t.organization = $1 OR t.organization IS NULL OR $1 = ''"
                               " ORDER BY t.id",
                               (const char *[]) { write->organization, NULL }, error);
  if (records == NULL)
    return FALSE;
  facts = g_new0 (BitketConditionFacts, records->len);
  for (guint i = 0; i < records->len; i++)
    facts[i] = bitket_present_condition_facts (records->pdata[i]);
  for (guint i = 0; text == NULL && i < records->len; i++)
    text = describe_shape (bitket_condition_get_shape (&facts[i], facts, records->len));
  if (text != NULL)
    bitket_write_refuse (write, "conditions", text);
  return TRUE;
}
