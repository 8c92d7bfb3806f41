/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

/* "Like last year": an event once more, with all that can be bought and nothing that was. */

#include <string.h>

#include "bitket-service-error.h"
#include "bitket-store.h"
#include "bitket-writing.h"

typedef struct
{
  BitketRequest *request;     /* (unowned) */
  BitketDb *db;               /* (unowned) */
  const char *organization;   /* (unowned) */
  char event[BITKET_ID_SIZE]; /* the new one */
  gint64 shift_us;            /* how much later everything is */
  GHashTable *ids;            /* (owned) of what was copied, old → new */
  BitketReply *reply;         /* (owned) (nullable) the answer when something was refused */
} Copy;

static void
clear_copy (Copy *copy)
{
  g_clear_pointer (&copy->ids, g_hash_table_unref);
  g_clear_pointer (&copy->reply, bitket_reply_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Copy, clear_copy)

/* Stores @record as something new. Returns: %FALSE with the copy's reply or with @error */
static gboolean
store_new (Copy *copy, BitketRecord *record, GError **error)
{
  g_auto (BitketWrite) write = { 0 };

  write.request = copy->request;
  write.db = copy->db;
  write.writable = bitket_writable_find (bitket_record_get_schema (record));
  write.record = g_object_ref (record);
  g_strlcpy (write.organization, copy->organization, sizeof write.organization);
  g_strlcpy (write.event, copy->event, sizeof write.event);
  return bitket_writing_store_record (&write, &copy->reply, error);
}

/* Gives the record a new id, and remembers whose it takes the place of. */
static void
give_id (Copy *copy, BitketRecord *record)
{
  g_autofree char *id = g_uuid_string_random ();

  g_hash_table_insert (copy->ids, g_strdup (bitket_record_get_id (record)), g_strdup (id));
  bitket_record_set_text (record, "id", id);
}

static void
shift (const Copy *copy, BitketRecord *record, const char *field)
{
  if (!bitket_record_is_null (record, field))
    bitket_record_set_int64 (record, field,
                             bitket_record_get_int64 (record, field) + copy->shift_us);
}

/* What hangs on something that was copied: @tail lists it, @parent is the field that leads there.
 */
static gboolean
copy_children (Copy *copy,
               const BitketSchema *schema,
               const char *tail,
               const char *parent,
               const char *event,
               GError **error)
{
  g_autoptr (GPtrArray) records =
      bitket_store_list (copy->db, schema, tail, (const char *[]) { event, NULL }, error);

  if (records == NULL)
    return FALSE;
  for (guint i = 0; i < records->len; i++)
    {
      BitketRecord *record = records->pdata[i];
      const char *new_parent =
          g_hash_table_lookup (copy->ids, bitket_record_get_text (record, parent));

      give_id (copy, record);
      bitket_record_set_text (record, parent, new_parent);
      if (!store_new (copy, record, error))
        return FALSE;
    }
  return TRUE;
}

/* Returns: (transfer full): the copies of those that were copied too. */
static char **
translate (const Copy *copy, const char *const *ids)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; ids[i] != NULL; i++)
    {
      const char *id = g_hash_table_lookup (copy->ids, ids[i]);

      if (id != NULL)
        g_strv_builder_add (builder, id);
    }
  return g_strv_builder_end (builder);
}

/* Conflicts between types of the event; those with another event's were about that one. */
static gboolean
copy_conflicts (Copy *copy, GPtrArray *types, GPtrArray *conflicts, GError **error)
{
  for (guint i = 0; i < types->len; i++)
    {
      g_auto (GStrv) targets = translate (copy, conflicts->pdata[i]);

      if (targets[0] == NULL)
        continue;
      bitket_record_set_references (types->pdata[i], "conflicts_with",
                                    (const char *const *) targets);
      if (!bitket_store_update (copy->db, types->pdata[i], error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
copy_types (Copy *copy, const char *event, GError **error)
{
  static const char *const none[] = { NULL };
  g_autoptr (GPtrArray) types =
      bitket_store_list (copy->db, &bitket_ticket_type_schema, "WHERE t.event = $1 ORDER BY t.id",
                         (const char *[]) { event, NULL }, error);
  g_autoptr (GPtrArray) conflicts = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);

  if (types == NULL)
    return FALSE;
  for (guint i = 0; i < types->len; i++)
    {
      BitketRecord *type = types->pdata[i];

      g_ptr_array_add (conflicts,
                       g_strdupv ((char **) bitket_record_get_references (type, "conflicts_with")));
      give_id (copy, type);
      bitket_record_set_text (type, "event", copy->event);
      bitket_record_set_references (type, "conflicts_with", none);
      shift (copy, type, "sales_open");
      shift (copy, type, "sales_close");
      if (!store_new (copy, type, error))
        return FALSE;
    }
  return copy_conflicts (copy, types, conflicts, error);
}

/* Returns: (transfer full) (nullable): what is wrong with the body: only these three are taken. */
static JsonObject *
check_body (JsonObject *body)
{
  static const char *const taken[] = { "slug", "name", "starts", NULL };
  g_autoptr (BitketRecord) record = bitket_record_new (&bitket_event_schema);
  g_auto (BitketWrite) write = { 0 };
  g_autoptr (GList) names = json_object_get_members (body);

  write.errors = bitket_record_check_json (
      &bitket_event_schema, body, BITKET_RECORD_READ_WRITABLE | BITKET_RECORD_READ_PARTIAL);
  if (!json_object_has_member (body, "slug"))
    bitket_write_refuse (&write, "slug", "This field is required.");
  for (GList *l = names; l != NULL; l = l->next)
    if (!g_strv_contains (taken, l->data) &&
        (write.errors == NULL || !json_object_has_member (write.errors, l->data)))
      bitket_write_refuse (&write, l->data, "This field cannot be given here.");
  return g_steal_pointer (&write.errors);
}

/* The event itself: nobody sees it yet. */
static gboolean
copy_event (Copy *copy, BitketRecord *event, JsonNode *body, GError **error)
{
  gint64 starts_us = bitket_record_get_int64 (event, "starts");

  give_id (copy, event);
  g_strlcpy (copy->event, bitket_record_get_id (event), sizeof copy->event);
  if (!bitket_record_read_json (event, body,
                                BITKET_RECORD_READ_WRITABLE | BITKET_RECORD_READ_PARTIAL, error))
    return FALSE;
  if (starts_us != 0 && !bitket_record_is_null (event, "starts"))
    copy->shift_us = bitket_record_get_int64 (event, "starts") - starts_us;
  shift (copy, event, "ends");
  shift (copy, event, "entry_opens");
  bitket_record_set_boolean (event, "published", FALSE);
  return store_new (copy, event, error);
}

static gboolean
copy_all (Copy *copy, BitketRecord *event, JsonNode *body, GError **error)
{
  g_autofree char *old = g_strdup (bitket_record_get_id (event));

  return copy_event (copy, event, body, error) && copy_types (copy, old, error) &&
         copy_children (copy, &bitket_variation_schema,
                        "JOIN ticket_types y ON y.id = t.ticket_type WHERE y.event = $1"
                        " ORDER BY t.id",
                        "ticket_type", old, error) &&
         copy_children (copy, &bitket_variation_choice_schema,
                        "JOIN variations v ON v.id = t.variation"
                        " JOIN ticket_types y ON y.id = v.ticket_type WHERE y.event = $1"
                        " ORDER BY t.delta DESC, t.id",
                        "variation", old, error) &&
         copy_children (copy, &bitket_modifier_schema,
                        "JOIN ticket_types y ON y.id = t.ticket_type WHERE y.event = $1"
                        " ORDER BY t.id",
                        "ticket_type", old, error);
}

BitketReply *
bitket_duplicate_event (BitketRequest *request, BitketDb *db, GError **error)
{
  BitketReply *reply = NULL;
  g_auto (BitketWrite) source = { 0 };
  g_autoptr (JsonNode) body = NULL;
  g_autoptr (JsonObject) errors = NULL;
  g_auto (Copy) copy = { .request = request, .db = db };

  if (!bitket_writing_begin (&source, request, db, &bitket_event_schema, &reply, error))
    return reply;
  body = bitket_request_read_object (request, &reply, error);
  if (body == NULL)
    return reply;
  errors = check_body (json_node_get_object (body));
  if (errors != NULL)
    return bitket_reply_new_object (400, g_steal_pointer (&errors));
  copy.organization = source.organization;
  copy.ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  source.record = bitket_store_get (db, &bitket_event_schema, request->id, error);
  if (source.record == NULL || !copy_all (&copy, source.record, body, error))
    return g_steal_pointer (&copy.reply);
  return bitket_writing_answer (&source, 201, error);
}
