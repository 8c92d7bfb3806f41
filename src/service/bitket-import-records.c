/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-store"

#include "bitket-import-private.h"

#include "bitket-records.h"
#include "bitket-store-private.h"

#include <string.h>

/* Resources, schema by schema in the order in which references point back, so that each reference
 * can be checked against what is known by then. What a schema refers to of itself comes last. */

static void
late_links_free (gpointer data)
{
  BitketLateLinks *late = data;

  g_free (late->id);
  g_strfreev (late->targets);
  g_free (late);
}

static void
admin_free (gpointer data)
{
  BitketAdmin *admin = data;

  g_free (admin->organization);
  g_free (admin->user);
  g_free (admin);
}

static GHashTable *
new_set (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

static void
importer_init (BitketImporter *self, BitketDb *db, BitketDump *dump, BitketImportReport *report)
{
  self->db = db;
  self->dump = dump;
  self->report = report;
  self->known = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) g_hash_table_unref);
  self->seen = new_set ();
  self->unions = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->paid =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
  self->ledger = new_set ();
  self->late = g_ptr_array_new_with_free_func (late_links_free);
  self->admins = g_ptr_array_new_with_free_func (admin_free);
}

static void
importer_clear (BitketImporter *self)
{
  g_hash_table_unref (self->known);
  g_hash_table_unref (self->seen);
  g_hash_table_unref (self->unions);
  g_hash_table_unref (self->paid);
  g_hash_table_unref (self->ledger);
  g_ptr_array_unref (self->late);
  g_ptr_array_unref (self->admins);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BitketImporter, importer_clear)

/* An array of the original's fields that goes into another table here. %TRUE with *@array %NULL
 * when there is none. */
static gboolean
read_side_array (const BitketDumpRow *row, const char *member, JsonArray **array, GError **error)
{
  JsonNode *node = json_object_get_member (row->fields, member);

  *array = NULL;
  if (node == NULL)
    return TRUE;
  if (!JSON_NODE_HOLDS_ARRAY (node))
    return bitket_import_fail (row, error, "%s: expected an array, found %s", member,
                               bitket_json_kind_name (node));
  *array = json_node_get_array (node);
  return TRUE;
}

/* The pk of a transaction, in an ownership: a number, or a UUID of ours. */
static gboolean
note_payment (BitketImporter *self,
              const BitketDumpRow *row,
              const char *ownership,
              JsonNode *pk,
              GError **error)
{
  g_autofree char *key = NULL;
  GPtrArray *ownerships;

  if (!JSON_NODE_HOLDS_VALUE (pk))
    return bitket_import_fail (row, error, "transactions: expected keys, found %s",
                               bitket_json_kind_name (pk));
  key = bitket_import_dup_pk (pk);
  ownerships = g_hash_table_lookup (self->paid, key);
  if (ownerships == NULL)
    {
      ownerships = g_ptr_array_new_null_terminated (1, g_free, TRUE);
      g_hash_table_insert (self->paid, g_steal_pointer (&key), ownerships);
    }
  g_ptr_array_add (ownerships, g_strdup (ownership));
  return TRUE;
}

static gboolean
note_payments (BitketImporter *self,
               const BitketDumpRow *row,
               const char *ownership,
               GError **error)
{
  JsonArray *array;

  if (!read_side_array (row, "transactions", &array, error))
    return FALSE;
  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    if (!note_payment (self, row, ownership, json_array_get_element (array, i), error))
      return FALSE;
  return TRUE;
}

static gboolean
note_admins (BitketImporter *self,
             const BitketDumpRow *row,
             const char *organization,
             GError **error)
{
  JsonArray *array;

  if (!read_side_array (row, "admins", &array, error))
    return FALSE;
  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    {
      const char *user = bitket_import_peek_string (json_array_get_element (array, i));
      BitketAdmin *admin;

      if (user == NULL)
        return bitket_import_fail (row, error, "admins: expected keys of users");
      admin = g_new0 (BitketAdmin, 1);
      admin->organization = g_strdup (organization);
      admin->user = g_strdup (user);
      g_ptr_array_add (self->admins, admin);
    }
  return TRUE;
}

static gboolean
note_side_fields (BitketImporter *self,
                  const BitketSchema *schema,
                  const BitketDumpRow *row,
                  const char *id,
                  GError **error)
{
  if (schema == &bitket_transaction_schema)
    g_hash_table_add (self->ledger, bitket_import_dup_pk (row->pk));
  if (schema == &bitket_ticket_ownership_schema)
    return note_payments (self, row, id, error);
  return schema != &bitket_organization_schema || note_admins (self, row, id, error);
}

static gboolean
import_row (BitketImporter *self,
            const BitketSchema *schema,
            const BitketDumpRow *row,
            GError **error)
{
  BitketImportCount *count = bitket_import_report_count (self->report->counts, row->model);
  GHashTable *known = g_hash_table_lookup (self->known, schema);
  g_autoptr (BitketRecord) record = NULL;
  GError *local_error = NULL;
  char id[BITKET_ID_SIZE];

  count->n_read++;
  if (!bitket_import_read_id (schema, row, id, error) ||
      !note_side_fields (self, schema, row, id, error))
    return FALSE;
  if (!g_hash_table_add (self->seen, g_strdup (id)))
    return bitket_import_fail (row, error, "pk: there is a row of that key before it");
  if (g_hash_table_contains (known, id))
    {
      count->n_existing++;
      return TRUE;
    }
  record = bitket_import_make_record (self, schema, row, id, error);
  if (record == NULL)
    return FALSE;
  if (!bitket_store_insert (self->db, record, &local_error))
    return bitket_dump_row_fail (row, local_error, error);
  g_hash_table_add (known, g_strdup (id));
  count->n_added++;
  return TRUE;
}

static gboolean
read_known (BitketImporter *self, const BitketSchema *schema, GError **error)
{
  GHashTable *ids = new_set ();

  g_hash_table_insert (self->known, (gpointer) schema, ids);
  return bitket_store_read_ids (self->db, schema, ids, error);
}

static gboolean
import_schema (BitketImporter *self, const BitketSchema *schema, GError **error)
{
  const char *model = bitket_dump_model (schema);

  g_hash_table_remove_all (self->seen);
  for (guint i = 0; i < bitket_dump_get_n_rows (self->dump); i++)
    {
      g_auto (BitketDumpRow) row = { 0 };

      if (strcmp (bitket_dump_get_model (self->dump, i), model) != 0)
        continue;
      if (!bitket_dump_read_row (self->dump, i, &row, error) ||
          !import_row (self, schema, &row, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
read_union_condition (BitketImporter *self, const BitketDumpRow *row, GError **error)
{
  const char *student_union =
      bitket_import_peek_string (json_object_get_member (row->fields, "student_union"));
  char condition[BITKET_ID_SIZE], target[BITKET_ID_SIZE];
  GError *local_error = NULL;

  bitket_import_report_count (self->report->counts, row->model)->n_read++;
  if (!bitket_import_read_id (&bitket_condition_schema, row, condition, error))
    return FALSE;
  if (student_union == NULL)
    return bitket_import_fail (row, error, "student_union: it is missing");
  if (!bitket_id_parse (student_union, -1, target, &local_error))
    return bitket_dump_row_fail (row, local_error, error);
  g_hash_table_insert (self->unions, g_strdup (condition), g_strdup (target));
  return TRUE;
}

static gboolean
read_union_conditions (BitketImporter *self, GError **error)
{
  for (guint i = 0; i < bitket_dump_get_n_rows (self->dump); i++)
    {
      g_auto (BitketDumpRow) row = { 0 };

      if (strcmp (bitket_dump_get_model (self->dump, i), BITKET_DUMP_UNION_CONDITION) != 0)
        continue;
      if (!bitket_dump_read_row (self->dump, i, &row, error) ||
          !read_union_condition (self, &row, error))
        return FALSE;
    }
  return TRUE;
}

/* Sets *@error unless each key of @wanted is in @there. */
static gboolean
check_keys (GHashTable *wanted, GHashTable *there, const char *what, GError **error)
{
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, wanted);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    if (!g_hash_table_contains (there, key))
      {
        g_set_error (error, BITKET_STORE_ERROR, BITKET_STORE_ERROR_INPUT, "%s “%s”", what,
                     (char *) key);
        return FALSE;
      }
  return TRUE;
}

/* Subclass rows without their condition, and payments that are nowhere. */
static gboolean
check_left_over (BitketImporter *self, GError **error)
{
  return check_keys (self->unions, g_hash_table_lookup (self->known, &bitket_condition_schema),
                     BITKET_DUMP_UNION_CONDITION ": there is no bitket.condition", error) &&
         check_keys (self->paid, self->ledger,
                     "bitket.ticketownership: transactions: there is no bitket.transaction", error);
}

static gboolean
write_late_links (BitketImporter *self, GError **error)
{
  for (guint i = 0; i < self->late->len; i++)
    {
      BitketLateLinks *late = self->late->pdata[i];
      g_autoptr (BitketRecord) record = bitket_store_get (self->db, late->schema, late->id, error);

      if (record == NULL)
        return FALSE;
      for (guint j = 0; late->targets[j] != NULL; j++)
        if (!bitket_import_check_target (self, &late->row, late->field, late->targets[j], error))
          return FALSE;
      bitket_record_set_references (record, late->field->name, (const char *const *) late->targets);
      if (!bitket_store_update (self->db, record, error))
        return FALSE;
    }
  return TRUE;
}

/* The original's administrators of an organization are organizers here. */
static gboolean
add_admin (BitketImporter *self, const BitketAdmin *admin, GError **error)
{
  g_autofree char *name = g_strdup_printf ("bitket:admin:%s:%s", admin->organization, admin->user);
  g_autoptr (BitketRecord) user = NULL;
  g_autoptr (BitketRecord) membership = NULL;
  g_autoptr (GError) local_error = NULL;
  GHashTable *known = g_hash_table_lookup (self->known, &bitket_membership_schema);
  char id[BITKET_ID_SIZE];

  bitket_import_derive_id (name, id);
  if (g_hash_table_contains (known, id))
    return TRUE;
  user = bitket_store_get (self->db, &bitket_user_schema, admin->user, &local_error);
  if (user == NULL && local_error == NULL)
    g_set_error (&local_error, BITKET_STORE_ERROR, BITKET_STORE_ERROR_INPUT,
                 "bitket.organization “%s”: admins: there is no user “%s”", admin->organization,
                 admin->user);
  if (user == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  membership = bitket_record_new (&bitket_membership_schema);
  bitket_record_set_text (membership, "id", id);
  bitket_record_set_text (membership, "organization", admin->organization);
  bitket_record_set_text (membership, "email", bitket_record_get_text (user, "email"));
  bitket_record_set_text (membership, "role", "organizer");
  return bitket_store_insert (self->db, membership, error);
}

gboolean
bitket_import_records (BitketDb *db, BitketDump *dump, BitketImportReport *report, GError **error)
{
  g_auto (BitketImporter) self = { NULL };
  guint n;
  const BitketSchema *const *schemas = bitket_schemas_get (&n);

  importer_init (&self, db, dump, report);
  if (!read_union_conditions (&self, error))
    return FALSE;
  for (guint i = 0; i < n; i++)
    if (!read_known (&self, schemas[i], error) || !import_schema (&self, schemas[i], error))
      return FALSE;
  if (!check_left_over (&self, error) || !write_late_links (&self, error))
    return FALSE;
  for (guint i = 0; i < self.admins->len; i++)
    if (!add_admin (&self, self.admins->pdata[i], error))
      return FALSE;
  return TRUE;
}
