/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

/* Who changed what, when, from what to what: for organizers and treasurers. */

#include <string.h>

#include "bitket-json-reader.h"
#include "bitket-paging.h"
#include "bitket-router.h"
#include "bitket-schema.h"
#include "bitket-service-error.h"
#include "bitket-time.h"

/* A trail grows for years: nobody gets all of it at once. */
#define LIMIT_DEFAULT 1000

/* Newest first. */
static const BitketPageKey keys[] = {
  { "at", "9223372036854775807" },
  { "id", "~" },
  { NULL, NULL },
};

/* $1: "1" for staff of the platform, $2: the caller's address, $3 to $7: one row's id, event,
 * organization, resource, user, "" without; $8, $9: from, to; $10, $11: cursor; $12: limit. */
static const char audit_sql[] =
    "SELECT a.id, a.at, a.\"user\", a.door, a.action, a.resource, a.resource_id, a.before, a.after,"
    " u.name, d.name FROM audit a LEFT JOIN users u ON u.id = a.\"user\""
    " LEFT JOIN doors d ON d.id = a.door"
    " WHERE ($1 = '1' OR a.organization IN (SELECT m.organization FROM memberships m"
    " WHERE m.email IN ($2, lower ($2)) AND m.role IN ('organizer', 'treasurer')))"
    " AND ($3 = '' OR a.id = $3) AND ($4 = '' OR a.event = $4)"
    " AND ($5 = '' OR a.organization = $5) AND ($6 = '' OR a.resource = $6)"
    " AND ($7 = '' OR a.\"user\" = $7) AND a.at >= $8 AND a.at < $9"
    " AND (a.at < $10 OR (a.at = $10 AND a.id < $11))"
    " ORDER BY a.at DESC, a.id DESC LIMIT $12";

typedef struct
{
  char event[BITKET_ID_SIZE];
  char organization[BITKET_ID_SIZE];
  char user[BITKET_ID_SIZE];
  const char *resource;
  gint64 from_us;
  gint64 to_us;
} AuditFilter;

/* Returns: %FALSE with @reply set. */
static gboolean
read_time (const BitketRequest *request, const char *name, gint64 *time_us, BitketReply **reply)
{
  const char *text = bitket_request_get_query (request, name);
  g_autoptr (GError) error = NULL;

  if (text == NULL || *text == '\0' || bitket_time_parse (text, time_us, &error))
    return TRUE;
  *reply = bitket_reply_new_field_error (name, "Enter a time as in 2026-11-22T18:00:00Z.");
  return FALSE;
}

static gboolean
read_filter (const BitketRequest *request, AuditFilter *filter, BitketReply **reply)
{
  const char *resource = bitket_request_get_query (request, "resource");

  *filter = (AuditFilter) { .resource = resource != NULL ? resource : "", .to_us = G_MAXINT64 };
  return bitket_request_read_filter (request, &bitket_event_schema, filter->event, reply) &&
         bitket_request_read_filter (request, &bitket_organization_schema, filter->organization,
                                     reply) &&
         bitket_request_read_filter (request, &bitket_user_schema, filter->user, reply) &&
         read_time (request, "from", &filter->from_us, reply) &&
         read_time (request, "to", &filter->to_us, reply);
}

static BitketStatement *
select_rows (const BitketRequest *request,
             BitketDb *db,
             const char *id,
             const AuditFilter *filter,
             const BitketPage *page,
             GError **error)
{
  const BitketCaller *caller = &request->caller;
  BitketStatement *statement = bitket_db_prepare (db, audit_sql, error);

  if (statement == NULL)
    return NULL;
  bitket_statement_bind_text (statement, 1, caller->is_staff ? "1" : "0");
  bitket_statement_bind_text (statement, 2, caller->email);
  bitket_statement_bind_text (statement, 3, id);
  bitket_statement_bind_text (statement, 4, filter->event);
  bitket_statement_bind_text (statement, 5, filter->organization);
  bitket_statement_bind_text (statement, 6, filter->resource);
  bitket_statement_bind_text (statement, 7, filter->user);
  bitket_statement_bind_int64 (statement, 8, filter->from_us);
  bitket_statement_bind_int64 (statement, 9, filter->to_us);
  bitket_statement_bind_int64 (statement, 10, g_ascii_strtoll (page->after[0], NULL, 10));
  bitket_statement_bind_text (statement, 11, page->after[1]);
  bitket_statement_bind_int64 (statement, 12, (gint64) page->limit + 1);
  return statement;
}

static void
set_link_or_null (const BitketRequest *request,
                  JsonObject *object,
                  const char *collection,
                  const char *id)
{
  g_autofree char *link = id == NULL ? NULL : bitket_request_link (request, collection, id);

  bitket_reply_set_text (object, *collection == 'u' ? "user" : "door", link);
}

static gboolean
set_json_or_null (JsonObject *object, const char *name, const char *text, GError **error)
{
  JsonNode *node =
      text == NULL ? json_node_new (JSON_NODE_NULL) : bitket_json_parse (text, -1, error);

  if (node == NULL)
    return FALSE;
  json_object_set_member (object, name, node);
  return TRUE;
}

/* Returns: (transfer full) (nullable): with @error */
static JsonObject *
read_row (const BitketRequest *request, BitketStatement *row, GError **error)
{
  g_autoptr (JsonObject) object = json_object_new ();
  const char *id = bitket_statement_get_text (row, 0);
  g_autofree char *url = bitket_request_link (request, "audit", id);
  g_autofree char *at = bitket_time_format (bitket_statement_get_int64 (row, 1));
  const char *user_name = bitket_statement_get_text (row, 9);

  json_object_set_string_member (object, "url", url);
  json_object_set_string_member (object, "id", id);
  json_object_set_string_member (object, "at", at);
  set_link_or_null (request, object, "users", bitket_statement_get_text (row, 2));
  set_link_or_null (request, object, "doors", bitket_statement_get_text (row, 3));
  bitket_reply_set_text (object, "by",
                         user_name != NULL ? user_name : bitket_statement_get_text (row, 10));
  json_object_set_string_member (object, "action", bitket_statement_get_text (row, 4));
  json_object_set_string_member (object, "resource", bitket_statement_get_text (row, 5));
  json_object_set_string_member (object, "resource_id", bitket_statement_get_text (row, 6));
  if (!set_json_or_null (object, "before", bitket_statement_get_text (row, 7), error) ||
      !set_json_or_null (object, "after", bitket_statement_get_text (row, 8), error))
    return NULL;
  return g_steal_pointer (&object);
}

/* Reads a page; one row more than it holds tells that another follows. */
static gboolean
read_rows (const BitketRequest *request,
           BitketStatement *statement,
           const BitketPage *page,
           JsonArray *rows,
           char **next,
           GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autofree char *last_at = NULL;
  g_autofree char *last_id = NULL;

  while (bitket_statement_step (statement, &local_error))
    {
      JsonObject *row;

      if (json_array_get_length (rows) == page->limit)
        {
          *next =
              bitket_page_link_values (page, request, (const char *const[]) { last_at, last_id });
          return TRUE;
        }
      row = read_row (request, statement, error);
      if (row == NULL)
        return FALSE;
      json_array_add_object_element (rows, row);
      g_free (last_at);
      g_free (last_id);
      last_at = g_strdup_printf ("%" G_GINT64_FORMAT, bitket_statement_get_int64 (statement, 1));
      last_id = g_strdup (bitket_statement_get_text (statement, 0));
    }
  if (local_error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

static BitketReply *
list_audit (BitketRequest *request, BitketDb *db, GError **error)
{
  g_auto (BitketPage) page = { 0 };
  AuditFilter filter;
  BitketReply *reply = NULL;
  g_autoptr (BitketStatement) statement = NULL;
  g_autoptr (JsonArray) rows = json_array_new ();
  g_autofree char *next = NULL;

  if (!bitket_page_read (&page, request, keys, &reply) || !read_filter (request, &filter, &reply))
    return reply;
  if (!page.is_paged)
    page.limit = LIMIT_DEFAULT;
  statement = select_rows (request, db, "", &filter, &page, error);
  if (statement == NULL || !read_rows (request, statement, &page, rows, &next, error))
    return NULL;
  reply = bitket_reply_new_array (g_steal_pointer (&rows));
  if (next != NULL)
    bitket_reply_add_header (reply, "Link", next);
  return reply;
}

static BitketReply *
get_audit (BitketRequest *request, BitketDb *db, GError **error)
{
  const AuditFilter everything = { .resource = "", .to_us = G_MAXINT64 };
  g_auto (BitketPage) page = { 0 };
  g_autoptr (BitketStatement) statement = NULL;
  g_autoptr (GError) local_error = NULL;
  JsonObject *row;

  bitket_page_init_whole (&page, keys);
  statement = select_rows (request, db, request->id, &everything, &page, error);
  if (statement == NULL)
    return NULL;
  if (!bitket_statement_step (statement, &local_error))
    {
      if (local_error != NULL)
        g_propagate_error (error, g_steal_pointer (&local_error));
      else
        bitket_service_error_set (error, BITKET_SERVICE_ERROR_NOT_FOUND);
      return NULL;
    }
  row = read_row (request, statement, error);
  return row == NULL ? NULL : bitket_reply_new_object (200, row);
}

const BitketRoute bitket_routes_audit[] = {
  { BITKET_METHOD_GET, "/api/audit/", BITKET_NEEDS_STAFF, BITKET_DB_TRANSACTION_READ,
    BITKET_ROUTE_DEFAULT, list_audit, "Audit List" },
  { BITKET_METHOD_GET, "/api/audit/{id}/", BITKET_NEEDS_STAFF, BITKET_DB_TRANSACTION_READ,
    BITKET_ROUTE_DEFAULT, get_audit, "Audit Instance" },
  { 0 },
};
