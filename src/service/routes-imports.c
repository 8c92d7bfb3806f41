/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

/* Prepaid visitors: a table becomes tickets. */

#include <string.h>

#include "bitket-access.h"
#include "bitket-audit.h"
#include "bitket-core-error.h"
#include "bitket-csv.h"
#include "bitket-router.h"
#include "bitket-visitors.h"

#define MAX_ROWS 5000

/* A whole import. */
typedef struct
{
  gboolean is_dry_run;
  gboolean skips_bad;
  gboolean is_mailed;
  GPtrArray *types;   /* (owned) (nullable) */
  GPtrArray *rows;    /* (owned) (nullable) (element-type GStrv) the header too */
  GPtrArray *columns; /* (owned) (nullable) */
  const BitketVisitorType *default_type; /* (unowned) (nullable) */
  JsonArray *report;                     /* (owned) */
  guint n_made;
  guint n_exists;
  guint n_bad;
} Import;

static void
clear_import (Import *import)
{
  g_clear_pointer (&import->columns, g_ptr_array_unref);
  g_clear_pointer (&import->rows, g_ptr_array_unref);
  g_clear_pointer (&import->types, g_ptr_array_unref);
  g_clear_pointer (&import->report, json_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Import, clear_import)

/* Returns: %FALSE with @reply set */
static gboolean
read_flag (const BitketRequest *request,
           const char *name,
           gboolean fallback,
           gboolean *value,
           BitketReply **reply)
{
  const char *text = bitket_request_get_query (request, name);

  *value = text == NULL ? fallback : strcmp (text, "true") == 0;
  if (text == NULL || *value || strcmp (text, "false") == 0)
    return TRUE;
  *reply = bitket_reply_new_field_error (name, "This is true or false.");
  return FALSE;
}

/* Returns: '\0' with @reply set */
static char
read_delimiter (const BitketRequest *request, const char *text, BitketReply **reply)
{
  static const struct
  {
    const char *name;
    char delimiter;
  } names[] = { { "comma", ',' }, { "semicolon", ';' }, { "tab", '\t' } };
  const char *name = bitket_request_get_query (request, "delimiter");

  if (name == NULL)
    return bitket_csv_guess_delimiter (text);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (strcmp (names[i].name, name) == 0)
      return names[i].delimiter;
  *reply = bitket_reply_new_field_error ("delimiter", "This is comma, semicolon or tab.");
  return '\0';
}

/* Returns: %FALSE with @reply or @error set: what cannot be read goes out as it is said. */
static gboolean
read_table (Import *import, const BitketRequest *request, BitketReply **reply, GError **error)
{
  gsize len = 0;
  gconstpointer data = request->body != NULL ? g_bytes_get_data (request->body, &len) : NULL;
  g_autofree char *text = bitket_csv_decode (data, len, error);
  char delimiter;

  if (text == NULL)
    return FALSE;
  delimiter = read_delimiter (request, text, reply);
  if (delimiter == '\0')
    return FALSE;
  import->rows = bitket_csv_parse (text, delimiter, MAX_ROWS + 1, error);
  if (import->rows == NULL)
    return FALSE;
  if (import->rows->len > 0)
    return TRUE;
  g_set_error_literal (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_MISSING, "The file is empty.");
  return FALSE;
}

static gboolean
read_default_type (Import *import, const BitketRequest *request, BitketReply **reply)
{
  const char *text = bitket_request_get_query (request, "ticket_type");

  if (text == NULL)
    import->default_type = import->types->len == 1 ? import->types->pdata[0] : NULL;
  else
    import->default_type = bitket_visitor_types_find (import->types, text);
  if (text == NULL || import->default_type != NULL)
    return TRUE;
  *reply = bitket_reply_new_field_error ("ticket_type", "The event has no such ticket type.");
  return FALSE;
}

static gboolean
read_import (Import *import,
             const BitketRequest *request,
             BitketDb *db,
             BitketReply **reply,
             GError **error)
{
  if (!read_flag (request, "dry_run", FALSE, &import->is_dry_run, reply) ||
      !read_flag (request, "skip_bad", FALSE, &import->skips_bad, reply) ||
      !read_flag (request, "mail", TRUE, &import->is_mailed, reply) ||
      !read_table (import, request, reply, error))
    return FALSE;
  import->types = bitket_visitor_types_load (db, request->id, error);
  if (import->types == NULL || !read_default_type (import, request, reply))
    return FALSE;
  import->columns = bitket_visitor_columns_read (
      import->rows->pdata[0], bitket_request_get_query (request, "columns"), import->types, error);
  return import->columns != NULL;
}

static void
set_text (JsonObject *object, const char *name, const char *text)
{
  if (text != NULL)
    json_object_set_string_member (object, name, text);
  else
    json_object_set_null_member (object, name);
}

static const char *
get_result_name (BitketVisitorOutcome outcome)
{
  switch (outcome)
    {
    case BITKET_VISITOR_MADE:
      return "made";
    case BITKET_VISITOR_EXISTS:
      return "exists";
    case BITKET_VISITOR_BAD:
      return "bad";
    case BITKET_VISITOR_UNKNOWN:
      break;
    }
  g_return_val_if_reached ("bad");
}

static void
report_row (Import *import,
            const BitketRequest *request,
            guint index,
            const BitketVisitorResult *result)
{
  JsonObject *object = json_object_new ();
  g_autofree char *type =
      result->type != NULL ? bitket_request_link (request, "ticket-types", result->type->id) : NULL;
  g_autofree char *ownership =
      result->ownership[0] != '\0'
          ? bitket_request_link (request, "ticket-ownerships", result->ownership)
          : NULL;

  import->n_made += result->outcome == BITKET_VISITOR_MADE ? 1 : 0;
  import->n_exists += result->outcome == BITKET_VISITOR_EXISTS ? 1 : 0;
  import->n_bad += result->outcome == BITKET_VISITOR_BAD ? 1 : 0;
  json_object_set_int_member (object, "row", index + 1);
  json_object_set_string_member (object, "result", get_result_name (result->outcome));
  set_text (object, "email", result->email);
  set_text (object, "ticket_type", type);
  set_text (object, "ticket_ownership", ownership);
  set_text (object, "column", result->column);
  set_text (object, "text", result->text);
  json_array_add_object_element (import->report, object);
}

static gboolean
is_blank (char **row)
{
  for (guint i = 0; row[i] != NULL; i++)
    if (row[i][strspn (row[i], " \t")] != '\0')
      return FALSE;
  return TRUE;
}

static gboolean
add_rows (Import *import, BitketRequest *request, BitketDb *db, GError **error)
{
  const BitketVisitorTask task = { import->types, import->columns, import->default_type,
                                   request->now_us, import->is_mailed };

  for (guint i = 1; i < import->rows->len; i++)
    {
      BitketVisitorResult result = { 0 };
      gboolean success;

      if (is_blank (import->rows->pdata[i]))
        continue;
      success = bitket_visitor_add (&task, db, import->rows->pdata[i], &result, error);
      if (success)
        report_row (import, request, i, &result);
      bitket_visitor_result_clear (&result);
      if (!success)
        return FALSE;
    }
  return TRUE;
}

/* Of what was undone nothing is made: such rows could be, and there is no ticket to link to. */
static void
correct_report (Import *import)
{
  for (guint i = 0; i < json_array_get_length (import->report); i++)
    {
      JsonObject *object = json_array_get_object_element (import->report, i);

      if (strcmp (json_object_get_string_member (object, "result"), "made") != 0)
        continue;
      json_object_set_string_member (object, "result", "ready");
      json_object_set_null_member (object, "ticket_ownership");
    }
}

static JsonObject *
describe_columns (const Import *import)
{
  JsonObject *object = json_object_new ();

  for (guint i = 0; i < import->columns->len; i++)
    {
      const BitketVisitorColumn *column = import->columns->pdata[i];

      set_text (object, column->header, bitket_visitor_column_get_name (column));
    }
  return object;
}

static BitketReply *
answer (Import *import, gboolean is_written)
{
  JsonObject *object = json_object_new ();
  gboolean is_refused = !import->is_dry_run && !is_written;

  if (!is_written)
    correct_report (import);
  json_object_set_boolean_member (object, "dry_run", import->is_dry_run);
  json_object_set_int_member (object, is_written ? "made" : "ready", import->n_made);
  json_object_set_int_member (object, "exists", import->n_exists);
  json_object_set_int_member (object, "bad", import->n_bad);
  json_object_set_object_member (object, "columns", describe_columns (import));
  json_object_set_array_member (object, "rows", g_steal_pointer (&import->report));
  return bitket_reply_new_object (is_refused ? 400 : 200, object);
}

static gboolean
note_import (const Import *import, BitketRequest *request, BitketDb *db, GError **error)
{
  JsonObject *object = json_object_new ();
  g_autoptr (JsonNode) after = json_node_init_object (json_node_alloc (), object);

  json_object_unref (object);
  json_object_set_int_member (object, "made", import->n_made);
  return bitket_audit_write_event (request, db, request->id, "import", "event", request->id, after,
                                   error);
}

/* A trial writes as the real one does, up to the point where it is undone: so both say the same. */
static BitketReply *
post_import (BitketRequest *request, BitketDb *db, GError **error)
{
  g_auto (Import) import = { .report = json_array_new () };
  BitketReply *reply = NULL;
  gboolean is_written;

  if (!bitket_access_check_event (request, db, request->id, BITKET_ROLE_ORGANIZER, NULL, error))
    return NULL;
  if (!read_import (&import, request, db, &reply, error))
    return reply;
  if (!bitket_db_execute (db, "SAVEPOINT import", error) || !add_rows (&import, request, db, error))
    return NULL;
  is_written = !import.is_dry_run && (import.n_bad == 0 || import.skips_bad);
  if (!is_written)
    return bitket_db_execute (db, "ROLLBACK TO SAVEPOINT import", error) ? answer (&import, FALSE)
                                                                         : NULL;
  if (!bitket_db_execute (db, "RELEASE SAVEPOINT import", error) ||
      (import.n_made > 0 && !note_import (&import, request, db, error)))
    return NULL;
  bitket_request_notify (request, request->id, NULL);
  return answer (&import, TRUE);
}

const BitketRoute bitket_routes_imports[] = {
  { BITKET_METHOD_POST, "/api/events/{id}/imports/", BITKET_NEEDS_STAFF,
    BITKET_DB_TRANSACTION_WRITE, BITKET_ROUTE_IDEMPOTENT, post_import, "Visitor Import" },
  { 0 },
};
