/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

/* What is checked before something is written, beyond its schema. */

#include <string.h>

#include "bitket-present.h"
#include "bitket-store.h"
#include "bitket-writable.h"

#define NEW_TYPE "Make a new ticket type for what is different."

/* Refuses @later unless it is after @earlier, where both are said. */
static void
check_order (BitketWrite *write, const char *earlier, const char *later, const char *text)
{
  BitketRecord *record = write->record;

  if (!bitket_record_is_null (record, earlier) && !bitket_record_is_null (record, later) &&
      bitket_record_get_int64 (record, later) <= bitket_record_get_int64 (record, earlier))
    bitket_write_refuse (write, later, text);
}

/* What somebody bought stays what it is: CONFLICT when one of @fields changes while @sql has a row
 * for it. */
static gboolean
check_bought (BitketWrite *write,
              const char *const *fields,
              const char *sql,
              const char *text,
              GError **error)
{
  gboolean is_bought = FALSE;
  gboolean has_changed = FALSE;

  if (write->before == NULL)
    return TRUE;
  for (guint i = 0; fields[i] != NULL; i++)
    has_changed |= bitket_write_has_changed (write, fields[i]);
  if (!has_changed)
    return TRUE;
  if (!bitket_write_exists (write->db, sql, bitket_record_get_id (write->record), &is_bought,
                            error))
    return FALSE;
  return !is_bought || bitket_write_conflict (error, text);
}

gboolean
bitket_check_event (BitketWrite *write, GError **error)
{
  check_order (write, "starts", "ends", "The event must end after it starts.");
  check_order (write, "entry_opens", "ends", "The event must end after its entrance opens.");
  return TRUE;
}

gboolean
bitket_check_ticket_type (BitketWrite *write, GError **error)
{
  static const char *const fields[] = { "price", NULL };
  const char *const *conflicts = bitket_record_get_references (write->record, "conflicts_with");

  check_order (write, "sales_open", "sales_close", "Sales must close after they open.");
  for (guint i = 0; write->before != NULL && conflicts[i] != NULL; i++)
    if (strcmp (conflicts[i], bitket_record_get_id (write->record)) == 0)
      bitket_write_refuse (write, "conflicts_with", "A ticket type cannot conflict with itself.");
  return check_bought (write, fields, "SELECT 1 FROM tickets WHERE ticket_type = $1 LIMIT 1",
                       "Tickets were bought at this price. " NEW_TYPE, error);
}

gboolean
bitket_check_variation (BitketWrite *write, GError **error)
{
  static const char *const fields[] = { "name", NULL };
  gboolean is_sold = FALSE;

  if (write->before != NULL)
    return check_bought (write, fields,
                         "SELECT 1 FROM tickets_variation_choices l"
                         " JOIN variation_choices c ON c.id = l.target WHERE c.variation = $1"
                         " LIMIT 1",
                         "Tickets were bought with this variation. " NEW_TYPE, error);
  if (!bitket_write_exists (write->db, "SELECT 1 FROM tickets WHERE ticket_type = $1 LIMIT 1",
                            bitket_record_get_text (write->record, "ticket_type"), &is_sold, error))
    return FALSE;
  return !is_sold ||
         bitket_write_conflict (error, "Tickets were bought without this variation. " NEW_TYPE);
}

gboolean
bitket_check_variation_choice (BitketWrite *write, GError **error)
{
  static const char *const fields[] = { "name", "delta", NULL };

  return check_bought (write, fields,
                       "SELECT 1 FROM tickets_variation_choices WHERE target = $1 LIMIT 1",
                       "Tickets were bought with this choice. Make a new choice for what is "
                       "different.",
                       error);
}

gboolean
bitket_check_modifier (BitketWrite *write, GError **error)
{
  static const char *const fields[] = { "condition", "delta", NULL };

  return check_bought (write, fields,
                       "SELECT 1 FROM ticket_ownerships_modifiers WHERE target = $1 LIMIT 1",
                       "Tickets were bought with this modifier. Make a new one for what is "
                       "different.",
                       error);
}

gboolean
bitket_check_membership (BitketWrite *write, GError **error)
{
  g_autofree char *lower = g_utf8_strdown (bitket_record_get_text (write->record, "email"), -1);

  bitket_record_set_text (write->record, "email", lower);
  return TRUE;
}

static gboolean
is_set (BitketRecord *record, const char *field)
{
  const char *text;

  if (strcmp (field, "conditions") == 0)
    return bitket_record_get_references (record, field)[0] != NULL;
  if (bitket_record_is_null (record, field))
    return FALSE;
  if (strcmp (field, "domain") != 0)
    return TRUE;
  text = bitket_record_get_text (record, field);
  return *text != '\0';
}

/* Its type's parameter is given, and no other. */
gboolean
bitket_check_condition (BitketWrite *write, GError **error)
{
  static const char *const parameters[] = { "student_union", "domain", "until", "conditions" };
  BitketConditionFacts facts = bitket_present_condition_facts (write->record);
  const char *own = bitket_condition_type_get_parameter (facts.type);

  for (gsize i = 0; i < G_N_ELEMENTS (parameters); i++)
    {
      gboolean is_own = g_strcmp0 (own, parameters[i]) == 0;

      if (is_set (write->record, parameters[i]) == is_own)
        continue;
      bitket_write_refuse (write, parameters[i],
                           is_own ? "This field is required."
                                  : "A condition of this type has no such parameter.");
    }
  return TRUE;
}

gboolean
bitket_check_access_code (BitketWrite *write, GError **error)
{
  g_autoptr (BitketStatement) statement = NULL;
  gint64 n_used;

  if (write->before == NULL || !bitket_write_has_changed (write, "quantity"))
    return TRUE;
  statement =
      bitket_db_prepare (write->db, "SELECT COUNT (*) FROM tickets WHERE access_code = $1", error);
  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_text (statement, 1, bitket_record_get_id (write->record));
  if (!bitket_statement_step (statement, error))
    return FALSE;
  n_used = bitket_statement_get_int64 (statement, 0);
  if (bitket_record_get_int64 (write->record, "quantity") < n_used)
    {
      g_autofree char *text = g_strdup_printf (
          "%" G_GINT64_FORMAT " tickets were bought with this code already.", n_used);

      bitket_write_refuse (write, "quantity", text);
    }
  return TRUE;
}
