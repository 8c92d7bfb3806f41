/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-runner.h"

#include <string.h>

#include "bitket-auth.h"
#include "bitket-idempotency.h"
#include "bitket-request-log.h"
#include "bitket-service-error.h"
#include "bitket-web.h"

#define MAX_ATTEMPTS 5

/* The only form we answer in is JSON; whoever asks for a page of HTML gets it too, as people look
 * at the API with a browser. */
static gboolean
is_acceptable (const char *accept)
{
  static const char *const types[] = { "*/*", "application/json", "application/*", "text/html" };
  g_auto (GStrv) ranges = NULL;

  if (accept == NULL || *accept == '\0')
    return TRUE;
  ranges = g_strsplit (accept, ",", 64);
  for (guint i = 0; ranges[i] != NULL; i++)
    {
      g_autofree char *type = g_ascii_strdown (ranges[i], (gssize) strcspn (ranges[i], ";"));

      g_strstrip (type);
      for (gsize k = 0; k < G_N_ELEMENTS (types); k++)
        if (strcmp (type, types[k]) == 0)
          return TRUE;
    }
  return FALSE;
}

static JsonArray *
make_array (const char *const *texts)
{
  JsonArray *array = json_array_new ();

  for (guint i = 0; texts[i] != NULL; i++)
    json_array_add_string_element (array, texts[i]);
  return array;
}

static BitketReply *
describe_route (const BitketRoute *route)
{
  static const char *const renders[] = { "application/json", NULL };
  static const char *const parses[] = { "application/json", "application/x-www-form-urlencoded",
                                        "multipart/form-data", NULL };
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "name", route->name != NULL ? route->name : "Api");
  json_object_set_string_member (object, "description", "");
  json_object_set_array_member (object, "renders", make_array (renders));
  json_object_set_array_member (object, "parses", make_array (parses));
  return bitket_reply_new_object (200, object);
}

static BitketReply *
refuse_method (const BitketRequest *request)
{
  g_autoptr (GError) error = NULL;

  g_set_error (&error, BITKET_SERVICE_ERROR, BITKET_SERVICE_ERROR_METHOD,
               "Method \"%s\" not allowed.", request->method_name);
  return bitket_reply_new_error (error);
}

/* What was added to the original's paths is there for staff only: others find its paths as they
 * were. */
static void
choose_route (BitketRequest *request, const BitketMatch *match)
{
  request->route = match->route;
  if ((match->route->flags & BITKET_ROUTE_HIDDEN) != 0 && match->open_route != NULL &&
      !bitket_caller_is_staff_of_any (&request->caller))
    request->route = match->open_route;
}

static BitketReply *
run_handler (BitketRequest *request, BitketDb *db, GError **error)
{
  const BitketRoute *route = request->route;

  if ((route->flags & BITKET_ROUTE_IDEMPOTENT) != 0)
    return bitket_idempotency_run (request, db, route->handler, error);
  return route->handler (request, db, error);
}

/* The order is the original framework's: form, credentials, permission, method. */
static BitketReply *
dispatch (BitketRequest *request, const BitketMatch *match, BitketDb *db, GError **error)
{
  const char *format = bitket_request_get_query (request, "format");

  if ((match->route->flags & BITKET_ROUTE_PLAIN) != 0)
    return match->is_allowed ? match->route->handler (request, db, error) : refuse_method (request);
  if (format != NULL && strcmp (format, "json") != 0)
    {
      bitket_service_error_set (error, BITKET_SERVICE_ERROR_NOT_FOUND);
      return NULL;
    }
  if (format == NULL && !is_acceptable (request->accept))
    {
      bitket_service_error_set (error, BITKET_SERVICE_ERROR_NOT_ACCEPTABLE);
      return NULL;
    }
  if (!bitket_auth_identify (request, db, error))
    return NULL;
  choose_route (request, match);
  if (!bitket_auth_check (request, error))
    return NULL;
  if (request->method == BITKET_METHOD_OPTIONS)
    return describe_route (request->route);
  if (!match->is_allowed || request->route != match->route)
    return refuse_method (request);
  return run_handler (request, db, error);
}

/* @handler: (nullable): that of the route, once who asks is known and may. Returns: %NULL with
 * @error when it failed; the transaction is over in any case. */
static BitketReply *
attempt (BitketRequest *request,
         const BitketMatch *match,
         BitketHandler handler,
         BitketDb *db,
         BitketDbTransaction mode,
         GError **error)
{
  g_autoptr (BitketReply) reply = NULL;

  bitket_request_forget_notices (request);
  request->may_write = mode == BITKET_DB_TRANSACTION_WRITE;
  if (mode != BITKET_DB_TRANSACTION_NONE && !bitket_db_begin (db, mode, error))
    return NULL;
  reply = handler != NULL ? handler (request, db, error) : dispatch (request, match, db, error);
  if (reply == NULL || reply->status >= 400)
    {
      bitket_db_rollback (db);
      bitket_request_forget_notices (request);
      return g_steal_pointer (&reply);
    }
  if (bitket_db_in_transaction (db) && !bitket_db_commit (db, error))
    {
      bitket_db_rollback (db);
      bitket_request_forget_notices (request);
      return NULL;
    }
  return g_steal_pointer (&reply);
}

/* Whether the same request may do better next time. */
static gboolean
prepare_again (const GError *error, BitketDb *db, BitketDbTransaction *mode)
{
  if (g_error_matches (error, BITKET_SERVICE_ERROR, BITKET_SERVICE_ERROR_NEEDS_WRITE))
    {
      *mode = BITKET_DB_TRANSACTION_WRITE;
      return TRUE;
    }
  if (g_error_matches (error, BITKET_DB_ERROR, BITKET_DB_ERROR_BUSY))
    return TRUE;
  /* A server that was started anew: what was in work is undone, so it can be done again. */
  if (g_error_matches (error, BITKET_DB_ERROR, BITKET_DB_ERROR_CONNECTION))
    return bitket_db_ping (db, NULL);
  return FALSE;
}

static BitketReply *
run_named (BitketRequest *request,
           const BitketMatch *match,
           BitketHandler handler,
           BitketDb *db,
           BitketDbTransaction mode)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketReply) reply = NULL;
  g_autofree char *allow = NULL;

  for (guint i = 0; i < MAX_ATTEMPTS && reply == NULL; i++)
    {
      g_clear_error (&error);
      reply = attempt (request, match, handler, db, mode, &error);
      if (reply != NULL || !prepare_again (error, db, &mode))
        break;
      bitket_metrics_count (request->shared->metrics, BITKET_COUNTER_RETRIES);
    }
  if (reply == NULL)
    {
      if (bitket_service_error_get_status (error) >= 500)
        g_warning ("%s %s: %s", request->method_name, match->route->pattern, error->message);
      reply = bitket_reply_new_error (error);
    }
  allow = bitket_methods_format (
      bitket_caller_is_staff_of_any (&request->caller) ? match->methods : match->open_methods);
  if ((match->route->flags & BITKET_ROUTE_PLAIN) == 0)
    bitket_reply_add_header (reply, "Allow", allow);
  bitket_runner_finish (request, reply);
  return g_steal_pointer (&reply);
}

/* What is logged meanwhile carries the request's id. */
static BitketReply *
run (BitketRequest *request,
     const BitketMatch *match,
     BitketHandler handler,
     BitketDb *db,
     BitketDbTransaction mode)
{
  BitketReply *reply;

  bitket_request_log_enter (request->name);
  reply = run_named (request, match, handler, db, mode);
  bitket_request_log_leave ();
  return reply;
}

BitketReply *
bitket_runner_run (BitketRequest *request, const BitketMatch *match, BitketDb *db)
{
  BitketDbTransaction mode = match->route->transaction;

  if (!match->is_allowed && mode == BITKET_DB_TRANSACTION_WRITE)
    mode = BITKET_DB_TRANSACTION_READ;
  return run (request, match, NULL, db, mode);
}

BitketReply *
bitket_runner_answer (BitketRequest *request,
                      const BitketMatch *match,
                      BitketHandler handler,
                      BitketDb *db)
{
  g_return_val_if_fail (handler != NULL, NULL);

  return run (request, match, handler, db, BITKET_DB_TRANSACTION_READ);
}

void
bitket_runner_finish (const BitketRequest *request, BitketReply *reply)
{
  g_autofree char *link_base = NULL;
  g_autofree char *tag = NULL;
  const char *format = bitket_request_get_query (request, "format");
  BitketReplyForm form = { 0 };

  g_return_if_fail (request != NULL && reply != NULL);

  if (bitket_reply_get_header (reply, "Vary") == NULL)
    bitket_reply_add_header (reply, "Vary",
                             request->authenticated_by_header ? "Accept" : "Accept, Cookie");
  bitket_web_protect (reply);
  bitket_reply_add_header (reply, "X-Frame-Options", "SAMEORIGIN");
  bitket_reply_add_header (reply, "X-Content-Type-Options", "nosniff");
  bitket_reply_add_header (reply, "X-XSS-Protection", "1; mode=block");
  /* Nobody may take what is played for what is paid. */
  if (bitket_till_is_sandbox (request->shared->till))
    bitket_reply_add_header (reply, "Bitket-Sandbox", "true");
  if (request->route != NULL && (request->route->flags & BITKET_ROUTE_NO_CACHE) != 0)
    bitket_reply_add_header (reply, "Cache-Control",
                             "max-age=0, no-cache, no-store, must-revalidate");

  form.is_read = (request->method & (BITKET_METHOD_GET | BITKET_METHOD_HEAD)) != 0;
  form.accepts_gzip = request->accepts_gzip;
  form.if_none_match = request->if_none_match;
  if (format != NULL && request->base != NULL)
    {
      link_base = g_strconcat (request->base, "/api/", NULL);
      form.link_base = link_base;
      form.link_suffix = "?format=json";
    }
  bitket_reply_render (reply, &form);
}
