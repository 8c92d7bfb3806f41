/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

/* The collections that anybody may read, and those of which everybody sees his own: a table of
 * them, one handler for lists and one for single resources. */

#include <string.h>

#include "bitket-paging.h"
#include "bitket-present.h"
#include "bitket-router.h"
#include "bitket-service-error.h"
#include "bitket-signing.h"
#include "bitket-store.h"

/* $1: "1" for staff of the platform, $2: the caller's address, $3: his id, $4: the one resource
 * asked for or "", $5: ?event= or "", then the cursor, then the limit. Every statement names each
 * of them, as PostgreSQL wants to know the type of all. */
#define ALL_PARAMETERS "($1 = $1 AND $2 = $2 AND $3 = $3 AND $5 = $5)"
#define ONLY           " AND ($4 = '' OR t.id = $4) "
#define MY_ORGANIZATIONS                                                                           \
  "(SELECT m.organization FROM memberships m WHERE m.email IN ($2, lower ($2)))"

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
#define NAME_TAIL " AND (t.name, t.id) > ($6, $7) ORDER BY t.name, t.id LIMIT $8"
#define INDEX_TAIL                                                                                 \
  " AND (t.\"index\", t.name, t.id) > ($6, $7, $8) ORDER BY t.\"index\", t.name, t.id LIMIT $9"

static const Collection collections[] = {
  { &bitket_event_schema,
    "WHERE " ALL_PARAMETERS ONLY
    "AND (t.published <> 0 OR $1 = '1' OR t.organization IN " MY_ORGANIZATIONS ")" NAME_TAIL,
    BY_NAME, "SELECT id, organization FROM events", NULL },
  { &bitket_organization_schema, "WHERE " ALL_PARAMETERS ONLY NAME_TAIL, BY_NAME,
    "SELECT id, id FROM organizations", NULL },
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
    " AND (t.created, t.id) > ($6, $7) ORDER BY t.created, t.id LIMIT $8",
    { { "created", "-1" }, { "id", "" } },
    NULL,
    NULL },
};

static const Collection *
find_collection (const char *path)
{
  for (gsize i = 0; i < G_N_ELEMENTS (collections); i++)
    {
      const char *name = collections[i].schema->collection;
      gsize len = strlen (name);

      if (strncmp (path + strlen ("/api/"), name, len) == 0 && path[strlen ("/api/") + len] == '/')
        return &collections[i];
    }
  g_assert_not_reached ();
}

static GPtrArray *
select_records (BitketRequest *request,
                BitketDb *db,
                const Collection *collection,
                const BitketPage *page,
                const char *event,
                GError **error)
{
  const BitketCaller *caller = &request->caller;
  const char *parameters[6 + BITKET_PAGE_MAX_KEYS + 1] = {
    caller->is_staff ? "1" : "0",
    caller->email != NULL ? caller->email : "",
    caller->id,
    request->id,
    event,
  };
  guint n = 5;

  for (guint i = 0; i < page->n_keys; i++)
    parameters[n++] = page->after[i];
  parameters[n++] = page->limit_text;
  return bitket_store_list (db, collection->schema, collection->tail, parameters, error);
}

static JsonArray *
select_array (BitketRequest *request,
              BitketDb *db,
              const Collection *collection,
              const BitketPage *page,
              const char *event,
              char **next,
              GError **error)
{
  g_autoptr (GPtrArray) records = select_records (request, db, collection, page, event, error);

  if (records == NULL)
    return NULL;
  *next = bitket_page_cut (page, request, records);
  if (collection->present != NULL && !collection->present (request, db, records, error))
    return NULL;
  return bitket_present_array (request, db, records, collection->organization_sql, error);
}

/* ?event= is an id or a hyperlink. Returns: %FALSE with @reply set. */
static gboolean
read_event_filter (const BitketRequest *request, char event[BITKET_ID_SIZE], BitketReply **reply)
{
  const char *text = bitket_request_get_query (request, "event");
  g_autoptr (GError) error = NULL;

  event[0] = '\0';
  if (text == NULL || *text == '\0')
    return TRUE;
  if (bitket_hyperlink_parse (text, bitket_event_schema.collection, event, &error))
    return TRUE;
  *reply = bitket_reply_new_field_error ("event", error->message);
  return FALSE;
}

static BitketReply *
list_collection (BitketRequest *request, BitketDb *db, GError **error)
{
  const Collection *collection = find_collection (request->path);
  g_auto (BitketPage) page = { 0 };
  g_autofree char *next = NULL;
  char event[BITKET_ID_SIZE];
  JsonArray *array;
  BitketReply *reply = NULL;

  if (!bitket_page_read (&page, request, collection->keys, &reply) ||
      !read_event_filter (request, event, &reply))
    return reply;
  array = select_array (request, db, collection, &page, event, &next, error);
  if (array == NULL)
    return NULL;
  reply = bitket_reply_new_array (array);
  if (next != NULL)
    bitket_reply_add_header (reply, "Link", next);
  return reply;
}

static BitketReply *
get_resource (BitketRequest *request, BitketDb *db, GError **error)
{
  const Collection *collection = find_collection (request->path);
  g_auto (BitketPage) page = { 0 };
  g_autofree char *next = NULL;
  g_autoptr (JsonArray) array = NULL;
  BitketReply *reply = NULL;

  if (!bitket_page_read (&page, request, collection->keys, &reply))
    return reply;
  array = select_array (request, db, collection, &page, "", &next, error);
  if (array == NULL)
    return NULL;
  if (json_array_get_length (array) == 0)
    {
      bitket_service_error_set (error, BITKET_SERVICE_ERROR_NOT_FOUND);
      return NULL;
    }
  return bitket_reply_new_json (200, json_array_dup_element (array, 0));
}

/* The original's list and order; what has no list of its own there is not named. */
static BitketReply *
get_root (BitketRequest *request, BitketDb *db, GError **error)
{
  static const char *const names[] = {
    "events",       "organizations", "tickets",    "ticket-ownerships",
    "ticket-types", "users",         "variations", "variation-choices",
  };
  JsonObject *root = json_object_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *link = g_strdup_printf ("%s/api/%s/", request->base, names[i]);

      json_object_set_string_member (root, names[i], link);
    }
  return bitket_reply_new_object (200, root);
}

/* As often as its quantity may tickets be had through a code; pending ones count. */
static const char access_code_sql[] =
    "SELECT a.ticket_type FROM access_codes a WHERE a.id = $1 AND a.revoked IS NULL"
    " AND (a.expires IS NULL OR a.expires > $2)"
    " AND a.quantity > (SELECT COUNT (*) FROM tickets t WHERE t.access_code = a.id)";

static BitketReply *
get_access_code (BitketRequest *request, BitketDb *db, GError **error)
{
  g_autoptr (BitketStatement) statement = NULL;
  g_autoptr (GError) local_error = NULL;
  g_autofree char *link = NULL;
  JsonObject *object;
  char id[BITKET_ID_SIZE];

  if (!bitket_access_token_load (request->word, request->shared->secret_key, id, NULL))
    {
      bitket_service_error_set (error, BITKET_SERVICE_ERROR_NOT_FOUND);
      return NULL;
    }
  statement = bitket_db_prepare (db, access_code_sql, error);
  if (statement == NULL)
    return NULL;
  bitket_statement_bind_text (statement, 1, id);
  bitket_statement_bind_int64 (statement, 2, request->now_us);
  if (!bitket_statement_step (statement, &local_error))
    {
      if (local_error != NULL)
        g_propagate_error (error, g_steal_pointer (&local_error));
      else
        bitket_service_error_set (error, BITKET_SERVICE_ERROR_NOT_FOUND);
      return NULL;
    }
  link = bitket_request_link (request, "ticket-types", bitket_statement_get_text (statement, 0));
  object = json_object_new ();
  json_object_set_string_member (object, "token", request->word);
  json_object_set_string_member (object, "ticket_type", link);
  return bitket_reply_new_object (200, object);
}

#define READ_ROUTE(pattern, handler, name)                                                         \
  {                                                                                                \
    BITKET_METHOD_GET, pattern, BITKET_NEEDS_ANYONE, BITKET_DB_TRANSACTION_READ,                   \
        BITKET_ROUTE_DEFAULT, handler, name                                                        \
  }
#define COLLECTION(name, label)                                                                    \
  READ_ROUTE ("/api/" name "/", list_collection, label " List"),                                   \
      READ_ROUTE ("/api/" name "/{id}/", get_resource, label " Instance")

const BitketRoute bitket_routes_collections[] = {
  READ_ROUTE ("/api/", get_root, "Api Root"),
  COLLECTION ("events", "Event"),
  COLLECTION ("organizations", "Organization"),
  COLLECTION ("ticket-types", "Ticket Type"),
  COLLECTION ("variations", "Variation"),
  COLLECTION ("variation-choices", "Variation Choice"),
  COLLECTION ("student-unions", "Student Union"),
  COLLECTION ("users", "User"),
  COLLECTION ("tickets", "Ticket"),
  READ_ROUTE ("/api/access-codes/{word}/", get_access_code, "Access Code Instance"),
  { 0 },
};
