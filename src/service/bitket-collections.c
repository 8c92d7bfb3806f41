/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-collections.h"

#include <string.h>

#include "bitket-json-reader.h"
#include "bitket-present.h"
#include "bitket-store.h"

#define STATE_LEN 16

/* $1: "1" for staff of the platform, $2: the caller's address, $3: his id, $4: the one resource
 * asked for or "", $5: ?event= or "", $6: ?organization=, $7: ?ticket_type=, then the cursor, then
 * the limit. Every statement names each of them, as PostgreSQL wants to know the type of all. */
#define ALL_PARAMETERS "($1 = $1 AND $2 = $2 AND $3 = $3 AND $5 = $5 AND $6 = $6 AND $7 = $7)"
#define ONLY           " AND ($4 = '' OR t.id = $4) "
#define MY_ORGANIZATIONS                                                                           \
  "(SELECT m.organization FROM memberships m WHERE m.email IN ($2, lower ($2)))"
#define ORGANIZED_BY_ME                                                                            \
  "(SELECT m.organization FROM memberships m WHERE m.email IN ($2, lower ($2))"                    \
  " AND m.role = 'organizer')"

typedef gboolean (*Presenter) (BitketRequest *request,
                               BitketDb *db,
                               GPtrArray *records,
                               GError **error);

typedef struct
{
  const BitketSchema *schema;
  const char *tail;
  BitketPageKey keys[BITKET_PAGE_MAX_KEYS + 1];
  const char *organization_sql; /* (nullable): there are no fields for staff */
  Presenter present;            /* (nullable) */
} Collection;

#define BY_NAME                                                                                    \
  {                                                                                                \
    { "name", "" },                                                                                \
    {                                                                                              \
      "id", ""                                                                                     \
    }                                                                                              \
  }
#define BY_INDEX                                                                                   \
  {                                                                                                \
    { "index", "-1" }, { "name", "" },                                                             \
    {                                                                                              \
      "id", ""                                                                                     \
    }                                                                                              \
  }
#define BY_ID                                                                                      \
  {                                                                                                \
    {                                                                                              \
      "id", ""                                                                                     \
    }                                                                                              \
  }
#define NAME_TAIL " AND (t.name, t.id) > ($8, $9) ORDER BY t.name, t.id LIMIT $10"
#define INDEX_TAIL                                                                                 \
  " AND (t.\"index\", t.name, t.id) > ($8, $9, $10) ORDER BY t.\"index\", t.name, t.id LIMIT $11"
#define ID_TAIL " AND t.id > $8 ORDER BY t.id LIMIT $9"
#define OF_TYPE                                                                                    \
  "JOIN ticket_types y ON y.id = t.ticket_type JOIN events e ON e.id = y.event"                    \
  " WHERE " ALL_PARAMETERS ONLY "AND ($5 = '' OR y.event = $5)"                                    \
  " AND ($6 = '' OR e.organization = $6) AND ($7 = '' OR t.ticket_type = $7)"

static const Collection collections[] = {
  { &bitket_event_schema,
    "WHERE " ALL_PARAMETERS ONLY
    "AND (t.published <> 0 OR $1 = '1' OR t.organization IN " MY_ORGANIZATIONS ")" NAME_TAIL,
    BY_NAME, "SELECT id, organization FROM events", NULL },
  { &bitket_organization_schema, "WHERE " ALL_PARAMETERS ONLY NAME_TAIL, BY_NAME,
    "SELECT id, id FROM organizations", bitket_present_organizations },
  { &bitket_ticket_type_schema,
    "JOIN events e ON e.id = t.event WHERE " ALL_PARAMETERS ONLY
    "AND ((t.is_published <> 0 AND e.published <> 0) OR $1 = '1' OR e.organization IN " MY_ORGANIZATIONS
    ") AND ($5 = '' OR t.event = $5)" INDEX_TAIL,
    BY_INDEX, "SELECT t.id, e.organization FROM ticket_types t JOIN events e ON e.id = t.event",
    bitket_present_ticket_types },
  { &bitket_variation_schema, "WHERE " ALL_PARAMETERS ONLY INDEX_TAIL, BY_INDEX, NULL, NULL },
  { &bitket_variation_choice_schema, "WHERE " ALL_PARAMETERS ONLY INDEX_TAIL, BY_INDEX,
    "SELECT c.id, e.organization FROM variation_choices c JOIN variations v ON v.id = c.variation"
    " JOIN ticket_types t ON t.id = v.ticket_type JOIN events e ON e.id = t.event",
    NULL },
  { &bitket_student_union_schema, "WHERE " ALL_PARAMETERS ONLY NAME_TAIL, BY_NAME, NULL, NULL },
  { &bitket_user_schema, "WHERE " ALL_PARAMETERS ONLY "AND t.id = $3" NAME_TAIL, BY_NAME, NULL,
    NULL },
  /* Also those that were sold on: whoever ever owned one. */
  { &bitket_ticket_schema,
    "WHERE " ALL_PARAMETERS ONLY
    "AND t.id IN (SELECT o.ticket FROM ticket_ownerships o WHERE o.\"user\" = $3)"
    " AND (t.created, t.id) > ($8, $9) ORDER BY t.created, t.id LIMIT $10",
    { { "created", "-1" }, { "id", "" } },
    NULL,
    NULL },
  /* Organizers see who is in; everybody sees what he is himself. */
  { &bitket_membership_schema,
    "WHERE " ALL_PARAMETERS ONLY
    "AND ($1 = '1' OR t.email IN ($2, lower ($2)) OR t.organization IN " ORGANIZED_BY_ME
    ") AND ($6 = '' OR t.organization = $6)"
    " AND (t.email, t.id) > ($8, $9) ORDER BY t.email, t.id LIMIT $10",
    { { "email", "" }, { "id", "" } },
    NULL,
    NULL },
  /* Those that came from an import belong to nobody in particular. */
  { &bitket_condition_schema,
    "WHERE " ALL_PARAMETERS ONLY
    "AND ($1 = '1' OR t.organization IS NULL OR t.organization IN " MY_ORGANIZATIONS
    ") AND ($6 = '' OR t.organization = $6)" ID_TAIL,
    BY_ID, NULL, NULL },
  { &bitket_modifier_schema,
    OF_TYPE " AND ($1 = '1' OR e.organization IN " MY_ORGANIZATIONS ")" ID_TAIL, BY_ID, NULL,
    NULL },
  /* Whoever reads a code can buy with it. */
  { &bitket_access_code_schema,
    OF_TYPE " AND ($1 = '1' OR e.organization IN " ORGANIZED_BY_ME
            ") AND (t.label, t.id) > ($8, $9) ORDER BY t.label, t.id LIMIT $10",
    { { "label", "" }, { "id", "" } },
    NULL,
    bitket_present_access_codes },
};

static const Collection *
get_collection (const BitketSchema *schema)
{
  for (gsize i = 0; i < G_N_ELEMENTS (collections); i++)
    if (collections[i].schema == schema)
      return &collections[i];
  g_assert_not_reached ();
}

const BitketSchema *
bitket_collections_find (const char *path)
{
  g_auto (GStrv) parts = NULL;

  g_return_val_if_fail (path != NULL, NULL);

  /* "", "api", collection, … */
  parts = g_strsplit (path, "/", 4);
  g_return_val_if_fail (g_strv_length (parts) == 4, NULL);
  return bitket_schema_find_collection (parts[2]);
}

const BitketPageKey *
bitket_collections_get_keys (const BitketSchema *schema)
{
  return get_collection (schema)->keys;
}

static GPtrArray *
select_records (BitketRequest *request,
                BitketDb *db,
                const Collection *collection,
                const BitketPage *page,
                const char *id,
                const BitketFilter *filter,
                GError **error)
{
  const BitketCaller *caller = &request->caller;
  const char *parameters[8 + BITKET_PAGE_MAX_KEYS + 1] = {
    caller->is_staff ? "1" : "0",
    caller->email != NULL ? caller->email : "",
    caller->id,
    id,
    filter->event,
    filter->organization,
    filter->ticket_type,
  };
  guint n = 7;

  for (guint i = 0; i < page->n_keys; i++)
    parameters[n++] = page->after[i];
  parameters[n++] = page->limit_text;
  return bitket_store_list (db, collection->schema, collection->tail, parameters, error);
}

static JsonArray *
present (BitketRequest *request,
         BitketDb *db,
         const Collection *collection,
         GPtrArray *records,
         GError **error)
{
  if (collection->present != NULL && !collection->present (request, db, records, error))
    return NULL;
  return bitket_present_array (request, db, records, collection->organization_sql, error);
}

JsonArray *
bitket_collections_list (BitketRequest *request,
                         BitketDb *db,
                         const BitketSchema *schema,
                         const BitketPage *page,
                         const BitketFilter *filter,
                         char **next,
                         GError **error)
{
  const Collection *collection = get_collection (schema);
  g_autoptr (GPtrArray) records = select_records (request, db, collection, page, "", filter, error);
  g_autofree char *link = NULL;
  JsonArray *array;

  if (records == NULL)
    return NULL;
  link = bitket_page_cut (page, request, records);
  array = present (request, db, collection, records, error);
  if (array != NULL)
    *next = g_steal_pointer (&link);
  return array;
}

JsonNode *
bitket_collections_get (BitketRequest *request,
                        BitketDb *db,
                        const BitketSchema *schema,
                        const char *id,
                        GError **error)
{
  static const BitketFilter everything = { 0 };
  const Collection *collection = get_collection (schema);
  g_auto (BitketPage) page = { 0 };
  g_autoptr (GPtrArray) records = NULL;
  g_autoptr (JsonArray) array = NULL;

  bitket_page_init_whole (&page, collection->keys);
  records = select_records (request, db, collection, &page, id, &everything, error);
  array = records == NULL ? NULL : present (request, db, collection, records, error);
  if (array == NULL || json_array_get_length (array) == 0)
    return NULL;
  return json_array_dup_element (array, 0);
}

char *
bitket_collections_dup_state (const BitketSchema *schema, JsonNode *resource)
{
  JsonObject *object = json_object_new ();
  g_autoptr (JsonNode) stored = json_node_init_object (json_node_alloc (), object);
  g_autofree char *text = NULL;
  JsonObjectIter iter;
  const char *name;
  JsonNode *member;
  char *state;

  json_object_iter_init (&iter, json_node_get_object (resource));
  while (json_object_iter_next (&iter, &name, &member))
    {
      const BitketField *field = bitket_schema_get_field (schema, name);

      if (field == NULL || field->kind != BITKET_KIND_COMPUTED)
        json_object_set_member (object, name, json_node_ref (member));
    }
  json_object_unref (object);
  text = bitket_json_to_string (stored);
  state = g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
  state[STATE_LEN] = '\0';
  return state;
}
