/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-writable.h"

#include "bitket-service-error.h"

#define UNPUBLISH_TYPE "There are tickets of this. Unpublish the ticket type instead."

/* Purchases that wait name choices and modifiers in a text. */
#define IN_PURCHASES(column)                                                                       \
  "SELECT 1 FROM purchase_items WHERE " column " LIKE '%' || CAST ($1 AS TEXT) || '%'"             \
  " AND state IN ('waiting', 'reserved') LIMIT 1"

#define TYPES_OF_EVENT       "(SELECT id FROM ticket_types WHERE event = $1)"
#define VARIATIONS_OF(types) "(SELECT id FROM variations WHERE ticket_type IN " types ")"
#define CHOICES_OF(types)                                                                          \
  "(SELECT id FROM variation_choices WHERE variation IN " VARIATIONS_OF (types) ")"

/* All that a ticket type without tickets takes with it. */
#define CLEAN_UP_TYPES(types)                                                                      \
  "DELETE FROM choice_stock WHERE choice IN " CHOICES_OF (types),                                  \
      "DELETE FROM variation_choices WHERE variation IN " VARIATIONS_OF (types),                   \
      "DELETE FROM variations WHERE ticket_type IN " types,                                        \
      "DELETE FROM modifiers WHERE ticket_type IN " types,                                         \
      "DELETE FROM access_codes WHERE ticket_type IN " types,                                      \
      "DELETE FROM ticket_types_conflicts_with WHERE ticket_type IN " types                        \
      " OR target IN " types,                                                                      \
      "DELETE FROM stock WHERE ticket_type IN " types

static const BitketWritable writables[] = {
  { .schema = &bitket_organization_schema,
    .by = BITKET_WRITABLE_MADE_BY_PLATFORM,
    .scope_sql = "SELECT id, NULL FROM organizations WHERE id = $1",
    .unique = "slug",
    .unique_text = "This field must be unique.",
    .obstacles = { { "SELECT 1 FROM events WHERE organization = $1 LIMIT 1",
                     "This organization has events." },
                   { "SELECT 1 FROM purchases WHERE organization = $1 LIMIT 1",
                     "Somebody bought of this organization." } },
    .clean_up = { "DELETE FROM memberships WHERE organization = $1",
                  "DELETE FROM conditions_conditions WHERE \"condition\" IN"
                  " (SELECT id FROM conditions WHERE organization = $1)",
                  "DELETE FROM conditions WHERE organization = $1",
                  "DELETE FROM queues WHERE organization = $1" } },
  { .schema = &bitket_membership_schema,
    .parent = "organization",
    .scope_sql = "SELECT organization, NULL FROM memberships WHERE id = $1",
    .fixed = { "organization" },
    .unique = "email",
    .unique_text = "This address has that role already.",
    .check = bitket_check_membership,
    .settle = bitket_settle_membership },
  { .schema = &bitket_event_schema,
    .parent = "organization",
    .scope_sql = "SELECT organization, id FROM events WHERE id = $1",
    .fixed = { "organization" },
    .unique = "slug",
    .unique_text = "Another event of the organization has this slug.",
    .check = bitket_check_event,
    .obstacles = { { "SELECT 1 FROM tickets WHERE ticket_type IN " TYPES_OF_EVENT " LIMIT 1",
                     "There are tickets for this event. Unpublish it instead." },
                   { "SELECT 1 FROM purchase_items WHERE ticket_type IN " TYPES_OF_EVENT " LIMIT 1",
                     "Somebody tried to buy a ticket for this event. Unpublish it instead." },
                   { "SELECT 1 FROM doors WHERE event = $1 LIMIT 1",
                     "This event has doors. Unpublish it instead." },
                   { "SELECT 1 FROM entries WHERE event = $1 LIMIT 1",
                     "This event has entries. Unpublish it instead." } },
    .clean_up = { CLEAN_UP_TYPES (TYPES_OF_EVENT), "DELETE FROM ticket_types WHERE event = $1",
                  "DELETE FROM event_keys WHERE event = $1",
                  "DELETE FROM event_door_keys WHERE event = $1",
                  "DELETE FROM feed_counters WHERE event = $1",
                  "DELETE FROM cards WHERE event = $1" } },
  { .schema = &bitket_ticket_type_schema,
    .parent = "event",
    .scope_sql = "SELECT e.organization, e.id FROM ticket_types t JOIN events e ON e.id = t.event"
                 " WHERE t.id = $1",
    .fixed = { "event" },
    .check = bitket_check_ticket_type,
    .settle = bitket_settle_ticket_type,
    .obstacles = { { "SELECT 1 FROM tickets WHERE ticket_type = $1 LIMIT 1",
                     "There are tickets of this type. Unpublish it instead." },
                   { "SELECT 1 FROM purchase_items WHERE ticket_type = $1 LIMIT 1",
                     "Somebody tried to buy a ticket of this type. Unpublish it instead." } },
    .clean_up = { CLEAN_UP_TYPES ("($1)") } },
  { .schema = &bitket_variation_schema,
    .parent = "ticket_type",
    .scope_sql = "SELECT e.organization, e.id FROM variations v"
                 " JOIN ticket_types t ON t.id = v.ticket_type JOIN events e ON e.id = t.event"
                 " WHERE v.id = $1",
    .fixed = { "ticket_type" },
    .check = bitket_check_variation,
    .settle = bitket_settle_price,
    .obstacles = { { "SELECT 1 FROM tickets t JOIN variations v ON v.ticket_type = t.ticket_type"
                     " WHERE v.id = $1 LIMIT 1",
                     UNPUBLISH_TYPE },
                   { "SELECT 1 FROM purchase_items i JOIN variations v"
                     " ON v.ticket_type = i.ticket_type WHERE v.id = $1"
                     " AND i.state IN ('waiting', 'reserved') LIMIT 1",
                     "Somebody is buying this now. Unpublish the ticket type first." } },
    .clean_up = { "DELETE FROM choice_stock WHERE choice IN"
                  " (SELECT id FROM variation_choices WHERE variation = $1)",
                  "DELETE FROM variation_choices WHERE variation = $1" } },
  { .schema = &bitket_variation_choice_schema,
    .parent = "variation",
    .scope_sql = "SELECT e.organization, e.id FROM variation_choices c"
                 " JOIN variations v ON v.id = c.variation"
                 " JOIN ticket_types t ON t.id = v.ticket_type JOIN events e ON e.id = t.event"
                 " WHERE c.id = $1",
    .fixed = { "variation" },
    .check = bitket_check_variation_choice,
    .settle = bitket_settle_price,
    .obstacles = { { "SELECT 1 FROM tickets_variation_choices WHERE target = $1 LIMIT 1",
                     UNPUBLISH_TYPE },
                   { IN_PURCHASES ("choices"),
                     "Somebody is buying this now. Unpublish the ticket type first." } },
    .clean_up = { "DELETE FROM choice_stock WHERE choice = $1" } },
  { .schema = &bitket_student_union_schema,
    .by = BITKET_WRITABLE_BY_PLATFORM,
    .unique = "name",
    .unique_text = "This field must be unique.",
    .obstacles = { { "SELECT 1 FROM users WHERE student_union = $1 LIMIT 1",
                     "This student union has members." },
                   { "SELECT 1 FROM conditions WHERE student_union = $1 LIMIT 1",
                     "Conditions are about this student union." } } },
  { .schema = &bitket_condition_schema,
    .parent = "organization",
    .scope_sql = "SELECT organization, NULL FROM conditions WHERE id = $1",
    .fixed = { "organization" },
    .check = bitket_check_condition,
    .settle = bitket_settle_condition,
    .obstacles = { { "SELECT 1 FROM modifiers WHERE \"condition\" = $1 LIMIT 1",
                     "Modifiers depend on this condition. Make it inactive instead." },
                   { "SELECT 1 FROM conditions_conditions WHERE target = $1 LIMIT 1",
                     "Other conditions are made of this one. Make it inactive instead." } },
    .clean_up = { "DELETE FROM conditions_conditions WHERE \"condition\" = $1" } },
  { .schema = &bitket_modifier_schema,
    .parent = "ticket_type",
    .scope_sql = "SELECT e.organization, e.id FROM modifiers m"
                 " JOIN ticket_types t ON t.id = m.ticket_type JOIN events e ON e.id = t.event"
                 " WHERE m.id = $1",
    .fixed = { "ticket_type" },
    .check = bitket_check_modifier,
    .settle = bitket_settle_price,
    .obstacles = { { "SELECT 1 FROM ticket_ownerships_modifiers WHERE target = $1 LIMIT 1",
                     "Tickets were bought with this modifier."
                     " Make its condition inactive instead." },
                   { IN_PURCHASES ("modifiers"), "Somebody is buying with this modifier now." } } },
  { .schema = &bitket_access_code_schema,
    .parent = "ticket_type",
    .scope_sql = "SELECT e.organization, e.id FROM access_codes a"
                 " JOIN ticket_types t ON t.id = a.ticket_type JOIN events e ON e.id = t.event"
                 " WHERE a.id = $1",
    .fixed = { "ticket_type" },
    .check = bitket_check_access_code },
};

const BitketWritable *
bitket_writable_find (const BitketSchema *schema)
{
  for (gsize i = 0; i < G_N_ELEMENTS (writables); i++)
    if (writables[i].schema == schema)
      return &writables[i];
  return NULL;
}

static void
copy_or_empty (char out[BITKET_ID_SIZE], const char *text)
{
  g_strlcpy (out, text != NULL ? text : "", BITKET_ID_SIZE);
}

gboolean
bitket_writable_load_scope (const BitketWritable *writable,
                            BitketDb *db,
                            const char *id,
                            char organization[BITKET_ID_SIZE],
                            char event[BITKET_ID_SIZE],
                            GError **error)
{
  g_autoptr (BitketStatement) statement = NULL;

  g_return_val_if_fail (writable != NULL && db != NULL && id != NULL, FALSE);

  statement = bitket_db_prepare (db,
                                 writable->scope_sql != NULL
                                     ? writable->scope_sql
                                     : "SELECT NULL, NULL FROM student_unions WHERE id = $1",
                                 error);
  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_text (statement, 1, id);
  if (!bitket_statement_step (statement, error))
    return FALSE;
  copy_or_empty (organization, bitket_statement_get_text (statement, 0));
  copy_or_empty (event, bitket_statement_get_text (statement, 1));
  return TRUE;
}

void
bitket_write_clear (BitketWrite *write)
{
  g_clear_object (&write->record);
  g_clear_object (&write->before);
  g_clear_pointer (&write->changed, g_hash_table_unref);
  g_clear_pointer (&write->errors, json_object_unref);
}

void
bitket_write_refuse (BitketWrite *write, const char *field, const char *text)
{
  JsonArray *texts;

  g_return_if_fail (write != NULL && field != NULL && text != NULL);

  if (write->errors == NULL)
    write->errors = json_object_new ();
  if (!json_object_has_member (write->errors, field))
    json_object_set_array_member (write->errors, field, json_array_new ());
  texts = json_object_get_array_member (write->errors, field);
  json_array_add_string_element (texts, text);
}

gboolean
bitket_write_has_changed (const BitketWrite *write, const char *field)
{
  g_return_val_if_fail (write != NULL && field != NULL, FALSE);

  if (write->before == NULL)
    return TRUE;
  if (write->changed != NULL)
    return g_hash_table_contains (write->changed, field);
  return write->record != NULL && bitket_record_is_changed (write->record, field);
}

gboolean
bitket_write_exists (BitketDb *db,
                     const char *sql,
                     const char *id,
                     gboolean *exists,
                     GError **error)
{
  g_autoptr (BitketStatement) statement = NULL;
  g_autoptr (GError) local_error = NULL;

  g_return_val_if_fail (db != NULL && sql != NULL && id != NULL && exists != NULL, FALSE);

  statement = bitket_db_prepare (db, sql, error);
  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_text (statement, 1, id);
  *exists = bitket_statement_step (statement, &local_error);
  if (local_error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

gboolean
bitket_write_conflict (GError **error, const char *text)
{
  g_set_error_literal (error, BITKET_SERVICE_ERROR, BITKET_SERVICE_ERROR_CONFLICT, text);
  return FALSE;
}
