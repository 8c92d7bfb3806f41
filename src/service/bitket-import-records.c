/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-store"

#include "bitket-dump-private.h"

#include "bitket-liu-id.h"
#include "bitket-records.h"
#include "bitket-store-private.h"
#include "bitket-time.h"

#include <string.h>

/* Resources, schema by schema in the order in which references point back, so that each reference
 * can be checked against what is known by then. What a schema refers to of itself comes last. */

typedef struct
{
  const BitketSchema *schema;
  const BitketField *field;
  BitketDumpRow row; /* number, line and model only; for the message */
  char *id;          /* (owned) */
  char **targets;    /* (owned) */
} LateLinks;

typedef struct
{
  char *organization; /* (owned) */
  char *user;         /* (owned) */
} Admin;

typedef struct
{
  BitketDb *db;
  BitketDump *dump;
  BitketImportReport *report;
  GHashTable *known;  /* (owned) schema → set of ids that are there */
  GHashTable *seen;   /* (owned) ids of the file's rows of one schema */
  GHashTable *unions; /* (owned) condition → student union, of the original's subclass rows */
  GHashTable *paid;   /* (owned) transaction's pk as text → GPtrArray of ownerships */
  GHashTable *ledger; /* (owned) the pk of every transaction in the file, as text */
  GPtrArray *late;    /* (owned) (element-type LateLinks) */
  GPtrArray *admins;  /* (owned) (element-type Admin) */
} Importer;

static void
late_links_free (gpointer data)
{
  LateLinks *late = data;

  g_free (late->id);
  g_strfreev (late->targets);
  g_free (late);
}

static void
admin_free (gpointer data)
{
  Admin *admin = data;

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
importer_init (Importer *self, BitketDb *db, BitketDump *dump, BitketImportReport *report)
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
importer_clear (Importer *self)
{
  g_hash_table_unref (self->known);
  g_hash_table_unref (self->seen);
  g_hash_table_unref (self->unions);
  g_hash_table_unref (self->paid);
  g_hash_table_unref (self->ledger);
  g_ptr_array_unref (self->late);
  g_ptr_array_unref (self->admins);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Importer, importer_clear)

static gboolean fail_row (const BitketDumpRow *row, GError **error, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

static gboolean
fail_row (const BitketDumpRow *row, GError **error, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error_literal (error, BITKET_STORE_ERROR, BITKET_STORE_ERROR_INPUT, text);
  bitket_dump_row_prefix (row, error);
  return FALSE;
}

static const char *
peek_string (JsonNode *node)
{
  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node) ||
      json_node_get_value_type (node) != G_TYPE_STRING)
    return NULL;
  return json_node_get_string (node);
}

/* An id made of a text, always the same: as a UUID of version 5 is. */
static void
derive_id (const char *text, char id[BITKET_ID_SIZE])
{
  g_autofree char *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA1, text, -1);

  g_snprintf (id, BITKET_ID_SIZE, "%.8s-%.4s-5%.3s-a%.3s-%.12s", hash, hash + 8, hash + 13,
              hash + 17, hash + 20);
}

/* A transaction of the original has a number only. Two installations both have a number 1, so that
 * when and how much go into the id as well. */
static gboolean
read_transaction_id (const BitketDumpRow *row, char id[BITKET_ID_SIZE], GError **error)
{
  const char *created = peek_string (json_object_get_member (row->fields, "created"));
  g_autofree char *name = NULL;
  gint64 created_us = 0;

  if (created == NULL || !bitket_time_parse (created, &created_us, NULL))
    return fail_row (row, error, "created: expected a time");
  name = g_strdup_printf ("bitket:transaction:%" G_GINT64_FORMAT ":%" G_GINT64_FORMAT,
                          json_node_get_int (row->pk), created_us);
  derive_id (name, id);
  return TRUE;
}

static gboolean
read_id (const BitketSchema *schema,
         const BitketDumpRow *row,
         char id[BITKET_ID_SIZE],
         GError **error)
{
  GError *local_error = NULL;
  const char *text = peek_string (row->pk);

  if (schema == &bitket_transaction_schema && row->pk != NULL && JSON_NODE_HOLDS_VALUE (row->pk) &&
      json_node_get_value_type (row->pk) == G_TYPE_INT64)
    return read_transaction_id (row, id, error);
  if (text == NULL)
    return fail_row (row, error, "pk: expected a UUID, found %s",
                     row->pk != NULL ? bitket_json_kind_name (row->pk) : "nothing");
  if (!bitket_id_parse (text, -1, id, &local_error))
    return bitket_dump_row_fail (row, local_error, error);
  return TRUE;
}

static gboolean
field_is_late (const BitketSchema *schema, const BitketField *field)
{
  return field->kind == BITKET_KIND_REFERENCES && strcmp (field->target, schema->name) == 0;
}

static gboolean
check_target (Importer *self,
              const BitketDumpRow *row,
              const BitketField *field,
              const char *id,
              GError **error)
{
  const BitketSchema *target = bitket_schema_find (field->target);

  if (g_hash_table_contains (g_hash_table_lookup (self->known, target), id))
    return TRUE;
  return fail_row (row, error, "%s: there is no %s “%s”", field->name, target->name, id);
}

static gboolean
check_targets (Importer *self, const BitketDumpRow *row, BitketRecord *record, GError **error)
{
  const BitketSchema *schema = bitket_record_get_schema (record);

  for (guint i = 0; i < schema->n_fields; i++)
    {
      const BitketField *field = &schema->fields[i];
      const char *const *targets;

      if (field->kind == BITKET_KIND_REFERENCE && !bitket_record_is_null (record, field->name) &&
          !check_target (self, row, field, bitket_record_get_text (record, field->name), error))
        return FALSE;
      if (field->kind != BITKET_KIND_REFERENCES)
        continue;
      targets = bitket_record_get_references (record, field->name);
      for (guint j = 0; targets[j] != NULL; j++)
        if (!check_target (self, row, field, targets[j], error))
          return FALSE;
    }
  return TRUE;
}

/* Links to rows of the same kind wait until all of them are there. */
static void
put_off_links (Importer *self, const BitketDumpRow *row, BitketRecord *record)
{
  const BitketSchema *schema = bitket_record_get_schema (record);

  for (guint i = 0; i < schema->n_fields; i++)
    {
      const BitketField *field = &schema->fields[i];
      const char *const *targets;
      LateLinks *late;

      if (!field_is_late (schema, field))
        continue;
      targets = bitket_record_get_references (record, field->name);
      if (targets[0] == NULL)
        continue;
      late = g_new0 (LateLinks, 1);
      late->schema = schema;
      late->field = field;
      late->row = *row;
      late->row.model = bitket_dump_model (schema);
      late->row.pk = NULL;
      late->row.document = NULL;
      late->id = g_strdup (bitket_record_get_id (record));
      late->targets = g_strdupv ((char **) targets);
      g_ptr_array_add (self->late, late);
      bitket_record_set_references (record, field->name, (const char *[]) { NULL });
    }
}

static gboolean
kind_is_text (BitketKind kind)
{
  return kind == BITKET_KIND_TEXT || kind == BITKET_KIND_EMAIL || kind == BITKET_KIND_SLUG ||
         kind == BITKET_KIND_NIN;
}

/* The original's rows are older than our limits: empty texts are kept as they are where a person
 * would have to fill them in today, and what is null there is empty here. Returns: %TRUE when
 * @record has the field now */
static gboolean
set_lenient (BitketRecord *record, const BitketField *field, JsonNode *node)
{
  const char *text = peek_string (node);

  if (!kind_is_text (field->kind))
    return FALSE;
  if (field->kind == BITKET_KIND_NIN && text != NULL && text[0] == '\0')
    bitket_record_set_null (record, field->name);
  else if ((text != NULL && text[0] == '\0') ||
           (JSON_NODE_HOLDS_NULL (node) && (field->flags & BITKET_FIELD_NULLABLE) == 0 &&
            (field->flags & BITKET_FIELD_BLANK) != 0))
    bitket_record_set_text (record, field->name, "");
  else
    return FALSE;
  return TRUE;
}

static JsonNode *
find_member (const BitketSchema *schema, const BitketField *field, JsonObject *fields)
{
  JsonNode *node = json_object_get_member (fields, bitket_dump_member (schema, field));

  return node != NULL ? node : json_object_get_member (fields, field->name);
}

static gboolean
read_fields (const BitketSchema *schema,
             const BitketDumpRow *row,
             BitketRecord *record,
             GError **error)
{
  g_autoptr (JsonObject) object = json_object_new ();
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  GError *local_error = NULL;

  for (guint i = 1; i < schema->n_fields; i++)
    {
      const BitketField *field = &schema->fields[i];
      JsonNode *member = find_member (schema, field, row->fields);

      if (member != NULL && field->kind != BITKET_KIND_COMPUTED &&
          !set_lenient (record, field, member))
        json_object_set_member (object, field->name, json_node_ref (member));
    }
  json_node_set_object (node, object);
  if (!bitket_record_read_json (record, node, BITKET_RECORD_READ_PARTIAL, &local_error))
    return bitket_dump_row_fail (row, local_error, error);
  return TRUE;
}

static gboolean
check_complete (const BitketSchema *schema,
                const BitketDumpRow *row,
                BitketRecord *record,
                GError **error)
{
  for (guint i = 0; i < schema->n_fields; i++)
    if (bitket_field_is_column (&schema->fields[i]) &&
        (schema->fields[i].flags & BITKET_FIELD_NULLABLE) == 0 &&
        bitket_record_is_null (record, schema->fields[i].name))
      return fail_row (row, error, "%s: it is missing",
                       bitket_dump_member (schema, &schema->fields[i]));
  return TRUE;
}

/* The original's kind of condition is the subclass that has a row of the same key. */
static void
complete_condition (Importer *self, const BitketDumpRow *row, BitketRecord *record)
{
  const char *student_union = g_hash_table_lookup (self->unions, bitket_record_get_id (record));

  if (!bitket_record_is_null (record, "type"))
    return;
  if (student_union != NULL)
    {
      bitket_record_set_text (record, "type", "student_union_member");
      bitket_record_set_text (record, "student_union", student_union);
      return;
    }
  bitket_record_set_text (record, "type", "any_of");
  bitket_import_report_note (self->report,
                             "row %u: the condition “%s” says nothing, so that nobody meets it",
                             row->number, bitket_record_get_id (record));
}

static void
complete_user (BitketRecord *record)
{
  const char *email = bitket_record_get_text (record, "email");
  char liu_id[BITKET_LIU_ID_SIZE];

  if (email != NULL && bitket_record_is_null (record, "liu_id") &&
      bitket_liu_id_from_email (email, liu_id))
    bitket_record_set_text (record, "liu_id", liu_id);
}

static char *
dup_pk_text (JsonNode *pk)
{
  return peek_string (pk) != NULL ? g_strdup (peek_string (pk)) : bitket_json_to_string (pk);
}

static void
complete_transaction (Importer *self, const BitketDumpRow *row, BitketRecord *record)
{
  g_autofree char *pk = dup_pk_text (row->pk);
  GPtrArray *ownerships = g_hash_table_lookup (self->paid, pk);

  if (peek_string (row->pk) == NULL)
    bitket_record_set_int64 (record, "number", json_node_get_int (row->pk));
  if (ownerships != NULL)
    bitket_record_set_references (record, "ticket_ownerships",
                                  (const char *const *) ownerships->pdata);
}

static BitketRecord *
make_record (Importer *self,
             const BitketSchema *schema,
             const BitketDumpRow *row,
             const char *id,
             GError **error)
{
  g_autoptr (BitketRecord) record = bitket_record_new (schema);

  bitket_record_set_text (record, "id", id);
  if (!read_fields (schema, row, record, error))
    return NULL;
  if (schema == &bitket_condition_schema)
    complete_condition (self, row, record);
  else if (schema == &bitket_user_schema)
    complete_user (record);
  else if (schema == &bitket_transaction_schema)
    complete_transaction (self, row, record);
  if (!check_complete (schema, row, record, error))
    return NULL;
  put_off_links (self, row, record);
  return check_targets (self, row, record, error) ? g_steal_pointer (&record) : NULL;
}

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
    return fail_row (row, error, "%s: expected an array, found %s", member,
                     bitket_json_kind_name (node));
  *array = json_node_get_array (node);
  return TRUE;
}

/* The pk of a transaction, in an ownership: a number, or a UUID of ours. */
static gboolean
note_payment (Importer *self,
              const BitketDumpRow *row,
              const char *ownership,
              JsonNode *pk,
              GError **error)
{
  g_autofree char *key = NULL;
  GPtrArray *ownerships;

  if (!JSON_NODE_HOLDS_VALUE (pk))
    return fail_row (row, error, "transactions: expected keys, found %s",
                     bitket_json_kind_name (pk));
  key = dup_pk_text (pk);
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
note_payments (Importer *self, const BitketDumpRow *row, const char *ownership, GError **error)
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
note_admins (Importer *self, const BitketDumpRow *row, const char *organization, GError **error)
{
  JsonArray *array;

  if (!read_side_array (row, "admins", &array, error))
    return FALSE;
  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    {
      const char *user = peek_string (json_array_get_element (array, i));
      Admin *admin;

      if (user == NULL)
        return fail_row (row, error, "admins: expected keys of users");
      admin = g_new0 (Admin, 1);
      admin->organization = g_strdup (organization);
      admin->user = g_strdup (user);
      g_ptr_array_add (self->admins, admin);
    }
  return TRUE;
}

static gboolean
note_side_fields (Importer *self,
                  const BitketSchema *schema,
                  const BitketDumpRow *row,
                  const char *id,
                  GError **error)
{
  if (schema == &bitket_transaction_schema)
    g_hash_table_add (self->ledger, dup_pk_text (row->pk));
  if (schema == &bitket_ticket_ownership_schema)
    return note_payments (self, row, id, error);
  return schema != &bitket_organization_schema || note_admins (self, row, id, error);
}

static gboolean
import_row (Importer *self, const BitketSchema *schema, const BitketDumpRow *row, GError **error)
{
  BitketImportCount *count = bitket_import_report_count (self->report->counts, row->model);
  GHashTable *known = g_hash_table_lookup (self->known, schema);
  g_autoptr (BitketRecord) record = NULL;
  GError *local_error = NULL;
  char id[BITKET_ID_SIZE];

  count->n_read++;
  if (!read_id (schema, row, id, error) || !note_side_fields (self, schema, row, id, error))
    return FALSE;
  if (!g_hash_table_add (self->seen, g_strdup (id)))
    return fail_row (row, error, "pk: there is a row of that key before it");
  if (g_hash_table_contains (known, id))
    {
      count->n_existing++;
      return TRUE;
    }
  record = make_record (self, schema, row, id, error);
  if (record == NULL)
    return FALSE;
  if (!bitket_store_insert (self->db, record, &local_error))
    return bitket_dump_row_fail (row, local_error, error);
  g_hash_table_add (known, g_strdup (id));
  count->n_added++;
  return TRUE;
}

static gboolean
read_known (Importer *self, const BitketSchema *schema, GError **error)
{
  GHashTable *ids = new_set ();

  g_hash_table_insert (self->known, (gpointer) schema, ids);
  return bitket_store_read_ids (self->db, schema, ids, error);
}

static gboolean
import_schema (Importer *self, const BitketSchema *schema, GError **error)
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
read_union_condition (Importer *self, const BitketDumpRow *row, GError **error)
{
  const char *student_union = peek_string (json_object_get_member (row->fields, "student_union"));
  char condition[BITKET_ID_SIZE], target[BITKET_ID_SIZE];
  GError *local_error = NULL;

  bitket_import_report_count (self->report->counts, row->model)->n_read++;
  if (!read_id (&bitket_condition_schema, row, condition, error))
    return FALSE;
  if (student_union == NULL)
    return fail_row (row, error, "student_union: it is missing");
  if (!bitket_id_parse (student_union, -1, target, &local_error))
    return bitket_dump_row_fail (row, local_error, error);
  g_hash_table_insert (self->unions, g_strdup (condition), g_strdup (target));
  return TRUE;
}

static gboolean
read_union_conditions (Importer *self, GError **error)
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
check_left_over (Importer *self, GError **error)
{
  return check_keys (self->unions, g_hash_table_lookup (self->known, &bitket_condition_schema),
                     BITKET_DUMP_UNION_CONDITION ": there is no bitket.condition", error) &&
         check_keys (self->paid, self->ledger,
                     "bitket.ticketownership: transactions: there is no bitket.transaction", error);
}

static gboolean
write_late_links (Importer *self, GError **error)
{
  for (guint i = 0; i < self->late->len; i++)
    {
      LateLinks *late = self->late->pdata[i];
      g_autoptr (BitketRecord) record = bitket_store_get (self->db, late->schema, late->id, error);

      if (record == NULL)
        return FALSE;
      for (guint j = 0; late->targets[j] != NULL; j++)
        if (!check_target (self, &late->row, late->field, late->targets[j], error))
          return FALSE;
      bitket_record_set_references (record, late->field->name, (const char *const *) late->targets);
      if (!bitket_store_update (self->db, record, error))
        return FALSE;
    }
  return TRUE;
}

/* The original's administrators of an organization are organizers here. */
static gboolean
add_admin (Importer *self, const Admin *admin, GError **error)
{
  g_autofree char *name = g_strdup_printf ("bitket:admin:%s:%s", admin->organization, admin->user);
  g_autoptr (BitketRecord) user = NULL;
  g_autoptr (BitketRecord) membership = NULL;
  g_autoptr (GError) local_error = NULL;
  GHashTable *known = g_hash_table_lookup (self->known, &bitket_membership_schema);
  char id[BITKET_ID_SIZE];

  derive_id (name, id);
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
  g_auto (Importer) self = { NULL };
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
