/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-present.h"

#include <string.h>

#include "bitket-money.h"
#include "bitket-pricing.h"
#include "bitket-store.h"
#include "bitket-time.h"

/* Conditions as the rules want them. */
typedef struct
{
  GPtrArray *records; /* (owned) (element-type BitketRecord) */
  GHashTable *by_id;  /* (owned) id → record (unowned) */
  GHashTable *unions; /* (owned) id → name (owned) */
  GArray *facts;      /* (owned) BitketConditionFacts, texts borrowed from the records */
} ConditionBook;

static void
clear_book (ConditionBook *book)
{
  g_clear_pointer (&book->facts, g_array_unref);
  g_clear_pointer (&book->unions, g_hash_table_unref);
  g_clear_pointer (&book->by_id, g_hash_table_unref);
  g_clear_pointer (&book->records, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ConditionBook, clear_book)

BitketConditionFacts
bitket_present_condition_facts (BitketRecord *record)
{
  return (BitketConditionFacts) {
    .id = bitket_record_get_id (record),
    .type = bitket_condition_type_from_string (bitket_record_get_text (record, "type")),
    .is_active = bitket_record_get_boolean (record, "active"),
    .student_union = bitket_record_get_text (record, "student_union"),
    .domain = bitket_record_get_text (record, "domain"),
    .until_us = bitket_record_get_int64 (record, "until"),
    .children = bitket_record_get_references (record, "conditions"),
  };
}

static gboolean
load_book (BitketDb *db, ConditionBook *book, GError **error)
{
  g_autoptr (GPtrArray) unions = NULL;

  book->records = bitket_store_list (db, &bitket_condition_schema, "ORDER BY t.id", NULL, error);
  unions = book->records == NULL
               ? NULL
               : bitket_store_list (db, &bitket_student_union_schema, "ORDER BY t.id", NULL, error);
  if (unions == NULL)
    return FALSE;
  book->by_id = g_hash_table_new (g_str_hash, g_str_equal);
  book->unions = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  book->facts = g_array_new (FALSE, FALSE, sizeof (BitketConditionFacts));
  for (guint i = 0; i < unions->len; i++)
    g_hash_table_insert (book->unions, g_strdup (bitket_record_get_id (unions->pdata[i])),
                         g_strdup (bitket_record_get_text (unions->pdata[i], "name")));
  for (guint i = 0; i < book->records->len; i++)
    {
      BitketConditionFacts facts = bitket_present_condition_facts (book->records->pdata[i]);

      g_array_append_val (book->facts, facts);
      g_hash_table_insert (book->by_id, (gpointer) facts.id, book->records->pdata[i]);
    }
  return TRUE;
}

static gboolean
is_met (const ConditionBook *book, const BitketRequest *request, const char *condition)
{
  const BitketPersonFacts person = {
    .student_union = request->caller.student_union,
    .email = request->caller.email,
    .is_liu_student = request->caller.liu_id != NULL,
  };
  const BitketConditionFacts *all = (const BitketConditionFacts *) (gpointer) book->facts->data;

  for (guint i = 0; i < book->facts->len; i++)
    if (strcmp (all[i].id, condition) == 0)
      return bitket_eligibility_is_met (&all[i], all, book->facts->len, &person, request->now_us);
  return FALSE;
}

#define MAX_TEXT_DEPTH 4

/* What buyers read. The first is the original's text. */
static char *
describe_condition (const ConditionBook *book, const char *id, guint depth)
{
  BitketRecord *record = g_hash_table_lookup (book->by_id, id);
  BitketConditionFacts facts;
  g_autofree char *date = NULL;
  g_autoptr (GPtrArray) parts = NULL;

  if (record == NULL || depth > MAX_TEXT_DEPTH)
    return g_strdup ("?");
  facts = bitket_present_condition_facts (record);
  switch (facts.type)
    {
    case BITKET_CONDITION_STUDENT_UNION_MEMBER:
      return g_strdup_printf ("Student union member: %s",
                              facts.student_union == NULL ? "?"
                                                          : (const char *) g_hash_table_lookup (
                                                                book->unions, facts.student_union));
    case BITKET_CONDITION_LIU_STUDENT:
      return g_strdup ("LiU student");
    case BITKET_CONDITION_EMAIL_DOMAIN:
      return g_strdup_printf ("E-mail address: %s", facts.domain);
    case BITKET_CONDITION_BEFORE:
      date = bitket_time_format (facts.until_us);
      return g_strdup_printf ("Before %.10s", date);
    case BITKET_CONDITION_ANY_OF:
    case BITKET_CONDITION_ALL_OF:
      parts = g_ptr_array_new_with_free_func (g_free);
      for (guint i = 0; facts.children[i] != NULL; i++)
        g_ptr_array_add (parts, describe_condition (book, facts.children[i], depth + 1));
      g_ptr_array_add (parts, NULL);
      return g_strjoinv (facts.type == BITKET_CONDITION_ANY_OF ? " or " : " and ",
                         (char **) parts->pdata);
    case BITKET_CONDITION_NONE:
      break;
    }
  return g_strdup ("?");
}

static GPtrArray *
list_met (BitketRequest *request, BitketDb *db, const ConditionBook *book, GError **error)
{
  g_autoptr (GPtrArray) all =
      bitket_store_list (db, &bitket_modifier_schema, "ORDER BY t.id", NULL, error);
  GPtrArray *met;

  if (all == NULL)
    return NULL;
  met = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < all->len; i++)
    if (is_met (book, request, bitket_record_get_text (all->pdata[i], "condition")))
      g_ptr_array_add (met, g_object_ref (all->pdata[i]));
  return met;
}

GPtrArray *
bitket_present_met_modifiers (BitketRequest *request, BitketDb *db, GError **error)
{
  g_auto (ConditionBook) book = { 0 };

  g_return_val_if_fail (request != NULL && db != NULL, NULL);

  return load_book (db, &book, error) ? list_met (request, db, &book, error) : NULL;
}

/* Returns: (transfer full): ticket type's id → JsonArray of its modifiers; empty for the anonymous,
 * who meet no condition as in the original. */
static GHashTable *
load_modifiers (BitketRequest *request, BitketDb *db, GError **error)
{
  g_autoptr (GHashTable) by_type =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) json_array_unref);
  g_autoptr (GPtrArray) met = NULL;
  g_auto (ConditionBook) book = { 0 };

  if (request->caller.kind != BITKET_CALLER_USER)
    return g_steal_pointer (&by_type);
  if (!load_book (db, &book, error) || (met = list_met (request, db, &book, error)) == NULL)
    return NULL;
  for (guint i = 0; i < met->len; i++)
    {
      const char *type = bitket_record_get_text (met->pdata[i], "ticket_type");
      const char *condition = bitket_record_get_text (met->pdata[i], "condition");
      g_autofree char *text = describe_condition (&book, condition, 0);
      g_autofree char *delta =
          bitket_money_format (bitket_record_get_int64 (met->pdata[i], "delta"));
      JsonArray *modifiers = g_hash_table_lookup (by_type, type);
      JsonObject *modifier = json_object_new ();

      if (modifiers == NULL)
        {
          modifiers = json_array_new ();
          g_hash_table_insert (by_type, g_strdup (type), modifiers);
        }
      json_object_set_string_member (modifier, "condition", text);
      json_object_set_string_member (modifier, "delta", delta);
      json_array_add_object_element (modifiers, modifier);
    }
  return g_steal_pointer (&by_type);
}

typedef struct
{
  gint64 n_sold;
  gint64 n_pending;
  gint64 n_utilized;
} Quantity;

/* What was given back is free again. */
static const char quantity_sql[] =
    "SELECT t.ticket_type, COUNT (CASE WHEN t.pending = 0 THEN 1 END),"
    " COUNT (CASE WHEN t.pending <> 0 THEN 1 END),"
    " COUNT (CASE WHEN t.pending = 0 AND t.utilized IS NOT NULL THEN 1 END)"
    " FROM tickets t WHERE t.refunded IS NULL AND ($1 = '' OR t.ticket_type = $2)"
    " GROUP BY t.ticket_type";

static GHashTable *
load_quantities (BitketDb *db, GPtrArray *records, GError **error)
{
  g_autoptr (GHashTable) by_type = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (BitketStatement) statement = bitket_db_prepare (db, quantity_sql, error);
  g_autoptr (GError) local_error = NULL;
  const char *only = records->len == 1 ? bitket_record_get_id (records->pdata[0]) : "";

  if (statement == NULL)
    return NULL;
  bitket_statement_bind_text (statement, 1, only);
  bitket_statement_bind_text (statement, 2, only);
  while (bitket_statement_step (statement, &local_error))
    {
      Quantity *quantity = g_new0 (Quantity, 1);

      quantity->n_sold = bitket_statement_get_int64 (statement, 1);
      quantity->n_pending = bitket_statement_get_int64 (statement, 2);
      quantity->n_utilized = bitket_statement_get_int64 (statement, 3);
      g_hash_table_insert (by_type, g_strdup (bitket_statement_get_text (statement, 0)), quantity);
    }
  if (local_error == NULL)
    return g_steal_pointer (&by_type);
  g_propagate_error (error, g_steal_pointer (&local_error));
  return NULL;
}

static gint64
get_max_total (BitketRecord *type)
{
  return bitket_record_is_null (type, "max_total_quantity")
             ? -1
             : bitket_record_get_int64 (type, "max_total_quantity");
}

static void
set_object (BitketRecord *record, const char *field, JsonObject *object)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);

  json_node_take_object (node, object);
  bitket_record_set_computed (record, field, node);
}

static void
set_availability (BitketRecord *type, const Quantity *quantity, gint64 now_us)
{
  BitketAvailabilityFacts facts = {
    .is_event_published = TRUE,
    .is_published = TRUE,
    .is_generally_available = bitket_record_get_boolean (type, "is_generally_available"),
    .sales_open_us = bitket_record_get_int64 (type, "sales_open"),
    .sales_close_us = bitket_record_get_int64 (type, "sales_close"),
    .max_total = -1,
  };
  JsonObject *availability = json_object_new ();

  json_object_set_boolean_member (availability, "general",
                                  bitket_pricing_availability (&facts, now_us) ==
                                      BITKET_AVAILABILITY_AVAILABLE);
  facts = (BitketAvailabilityFacts) {
    TRUE, TRUE, TRUE, FALSE, 0, 0, get_max_total (type), quantity->n_sold
  };
  json_object_set_boolean_member (availability, "total_quantity",
                                  bitket_pricing_availability (&facts, now_us) !=
                                      BITKET_AVAILABILITY_SOLD_OUT);
  set_object (type, "availability", availability);
}

static void
set_quantity (BitketRecord *type, const Quantity *quantity)
{
  JsonObject *object = json_object_new ();
  gint64 max_total = get_max_total (type);

  json_object_set_int_member (object, "sold", quantity->n_sold);
  json_object_set_int_member (object, "pending", quantity->n_pending);
  json_object_set_int_member (object, "utilized", quantity->n_utilized);
  if (max_total < 0)
    json_object_set_null_member (object, "remaining");
  else
    json_object_set_int_member (object, "remaining",
                                MAX (0, max_total - quantity->n_sold - quantity->n_pending));
  set_object (type, "quantity", object);
}

gboolean
bitket_present_ticket_types (BitketRequest *request,
                             BitketDb *db,
                             GPtrArray *records,
                             GError **error)
{
  static const Quantity none = { 0 };
  g_autoptr (GHashTable) modifiers = NULL;
  g_autoptr (GHashTable) quantities = NULL;

  g_return_val_if_fail (request != NULL && db != NULL && records != NULL, FALSE);

  modifiers = load_modifiers (request, db, error);
  quantities = modifiers == NULL ? NULL : load_quantities (db, records, error);
  if (quantities == NULL)
    return FALSE;
  for (guint i = 0; i < records->len; i++)
    {
      BitketRecord *type = records->pdata[i];
      const char *id = bitket_record_get_id (type);
      const Quantity *quantity = g_hash_table_lookup (quantities, id);
      JsonArray *met = g_hash_table_lookup (modifiers, id);
      g_autoptr (JsonNode) node = json_node_new (JSON_NODE_ARRAY);

      json_node_take_array (node, met != NULL ? json_array_ref (met) : json_array_new ());
      bitket_record_set_computed (type, "modifiers", node);
      set_availability (type, quantity != NULL ? quantity : &none, request->now_us);
      set_quantity (type, quantity != NULL ? quantity : &none);
    }
  return TRUE;
}

/* Returns: (transfer full): id → organization of every record @sql lists. */
static GHashTable *
load_organizations (BitketDb *db, const char *sql, GError **error)
{
  g_autoptr (GHashTable) by_id = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (BitketStatement) statement = bitket_db_prepare (db, sql, error);
  g_autoptr (GError) local_error = NULL;

  if (statement == NULL)
    return NULL;
  while (bitket_statement_step (statement, &local_error))
    g_hash_table_insert (by_id, g_strdup (bitket_statement_get_text (statement, 0)),
                         g_strdup (bitket_statement_get_text (statement, 1)));
  if (local_error == NULL)
    return g_steal_pointer (&by_id);
  g_propagate_error (error, g_steal_pointer (&local_error));
  return NULL;
}

static BitketView
choose_view (const BitketCaller *caller, GHashTable *organizations, const char *id)
{
  const char *organization;

  if (caller->kind != BITKET_CALLER_USER)
    return BITKET_VIEW_ORIGINAL;
  if (caller->is_staff)
    return BITKET_VIEW_STAFF;
  organization = organizations == NULL ? NULL : g_hash_table_lookup (organizations, id);
  if (organization == NULL || bitket_caller_get_roles (caller, organization) == BITKET_ROLE_NONE)
    return BITKET_VIEW_ORIGINAL;
  return BITKET_VIEW_STAFF;
}

JsonArray *
bitket_present_array (BitketRequest *request,
                      BitketDb *db,
                      GPtrArray *records,
                      const char *organization_sql,
                      GError **error)
{
  g_autoptr (GHashTable) organizations = NULL;
  JsonArray *array;

  g_return_val_if_fail (request != NULL && db != NULL && records != NULL, NULL);

  if (organization_sql != NULL && bitket_caller_is_staff_of_any (&request->caller) &&
      !request->caller.is_staff)
    {
      organizations = load_organizations (db, organization_sql, error);
      if (organizations == NULL)
        return NULL;
    }
  array = json_array_sized_new (records->len);
  for (guint i = 0; i < records->len; i++)
    {
      BitketRecord *record = records->pdata[i];
      BitketView view = organization_sql == NULL ? BITKET_VIEW_ORIGINAL
                                                 : choose_view (&request->caller, organizations,
                                                                bitket_record_get_id (record));

      json_array_add_element (array, bitket_record_to_json (record, request->base, view));
    }
  return array;
}
