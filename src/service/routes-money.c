/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

/* The ledger, and giving money back. */

#include <string.h>

#include "bitket-access.h"
#include "bitket-money.h"
#include "bitket-paging.h"
#include "bitket-refund.h"
#include "bitket-router.h"
#include "bitket-service-error.h"
#include "bitket-store-private.h"
#include "bitket-time.h"

#define MONEY_ROLES (BITKET_ROLE_TREASURER | BITKET_ROLE_ORGANIZER)
#define END_OF_TIME "9223372036854775807"

/* $1: "1" for staff of the platform, $2: the caller's address, $3: the one transaction asked for or
 * "", $4: ?event= or "", $5: ?kind= or "", $6 and $7: ?from= and ?to= in µs, then the cursor and
 * the limit. */
#define TICKETS_OF                                                                                 \
  "(SELECT l.\"transaction\" FROM transactions_ticket_ownerships l"                                \
  " JOIN ticket_ownerships o ON o.id = l.target JOIN tickets k ON k.id = o.ticket"                 \
  " JOIN ticket_types y ON y.id = k.ticket_type "
static const char ledger_tail[] =
    "WHERE ($1 = '1' OR t.id IN " TICKETS_OF "JOIN events e ON e.id = y.event"
    " JOIN memberships m ON m.organization = e.organization"
    " WHERE m.email IN ($2, lower ($2)) AND m.role IN ('treasurer', 'organizer')))"
    " AND ($3 = '' OR t.id = $3) AND ($4 = '' OR t.id IN " TICKETS_OF "WHERE y.event = $4))"
    " AND ($5 = '' OR t.kind = $5) AND t.created >= $6 AND t.created < $7"
    " AND (t.created, t.id) > ($8, $9) ORDER BY t.created, t.id LIMIT $10";

static const BitketPageKey keys[] = { { "created", "-1" }, { "id", "" }, { NULL, NULL } };

typedef struct
{
  char event[BITKET_ID_SIZE];
  const char *kind;
  char from[32];
  char to[32];
} Filter;

/* A time, or a day, which counts from its beginning. Returns: %FALSE with @reply set. */
static gboolean
read_time (const BitketRequest *request,
           const char *name,
           const char *fallback,
           char text[32],
           BitketReply **reply)
{
  const char *value = bitket_request_get_query (request, name);
  g_autofree char *full = NULL;
  gint64 time_us;

  g_strlcpy (text, fallback, 32);
  if (value == NULL || *value == '\0')
    return TRUE;
  full = g_strconcat (value, strlen (value) == strlen ("2017-12-09") ? "T00:00:00Z" : NULL, NULL);
  if (!bitket_time_parse (full, &time_us, NULL))
    {
      *reply = bitket_reply_new_field_error (name, "Expected a time, or a day as 2017-12-09.");
      return FALSE;
    }
  g_snprintf (text, 32, "%" G_GINT64_FORMAT, time_us);
  return TRUE;
}

static gboolean
read_filter (const BitketRequest *request, Filter *filter, BitketReply **reply)
{
  static const char *const kinds[] = { "", "charge", "refund", "fee", "payout", NULL };
  const char *event = bitket_request_get_query (request, "event");
  const char *kind = bitket_request_get_query (request, "kind");
  g_autoptr (GError) error = NULL;

  filter->kind = kind != NULL ? kind : "";
  filter->event[0] = '\0';
  if (!g_strv_contains (kinds, filter->kind))
    *reply = bitket_reply_new_field_error ("kind", "Expected charge, refund, fee or payout.");
  else if (event != NULL && *event != '\0' &&
           !bitket_hyperlink_parse (event, bitket_event_schema.collection, filter->event, &error))
    *reply = bitket_reply_new_field_error ("event", error->message);
  else
    return read_time (request, "from", "0", filter->from, reply) &&
           read_time (request, "to", END_OF_TIME, filter->to, reply);
  return FALSE;
}

/* Whether the caller has to do with money anywhere, or with that of @event. */
static gboolean
check_roles (const BitketRequest *request, BitketDb *db, const char *event, GError **error)
{
  GHashTableIter iter;
  gpointer organization, roles;

  if (*event != '\0')
    return bitket_access_check_event (request, db, event, MONEY_ROLES, NULL, error);
  if (request->caller.is_staff)
    return TRUE;
  g_hash_table_iter_init (&iter, request->caller.roles);
  while (g_hash_table_iter_next (&iter, &organization, &roles))
    if ((GPOINTER_TO_UINT (roles) & MONEY_ROLES) != 0)
      return TRUE;
  bitket_service_error_set (error, BITKET_SERVICE_ERROR_FORBIDDEN);
  return FALSE;
}

/* Returns: (transfer full) (element-type BitketRecord) */
static GPtrArray *
select_ledger (const BitketRequest *request,
               BitketDb *db,
               const Filter *filter,
               const BitketPage *page,
               GError **error)
{
  const char *parameters[] = {
    request->caller.is_staff ? "1" : "0",
    request->caller.email != NULL ? request->caller.email : "",
    request->id,
    filter->event,
    filter->kind,
    filter->from,
    filter->to,
    page->after[0],
    page->after[1],
    page->limit_text,
    NULL,
  };

  return bitket_store_list (db, &bitket_transaction_schema, ledger_tail, parameters, error);
}

static BitketReply *
list_transactions (BitketRequest *request, BitketDb *db, GError **error)
{
  g_auto (BitketPage) page = { 0 };
  g_autoptr (GPtrArray) records = NULL;
  g_autofree char *next = NULL;
  BitketReply *reply = NULL;
  JsonArray *array;
  Filter filter;

  if (!bitket_page_read (&page, request, keys, &reply) || !read_filter (request, &filter, &reply))
    return reply;
  if (!check_roles (request, db, filter.event, error))
    return NULL;
  records = select_ledger (request, db, &filter, &page, error);
  if (records == NULL)
    return NULL;
  next = bitket_page_cut (&page, request, records);
  array = json_array_sized_new (records->len);
  for (guint i = 0; i < records->len; i++)
    json_array_add_element (
        array, bitket_record_to_json (records->pdata[i], request->base, BITKET_VIEW_STAFF));
  reply = bitket_reply_new_array (array);
  if (next != NULL)
    bitket_reply_add_header (reply, "Link", next);
  return reply;
}

static BitketReply *
get_transaction (BitketRequest *request, BitketDb *db, GError **error)
{
  g_auto (BitketPage) page = { 0 };
  g_autoptr (GPtrArray) records = NULL;
  BitketReply *reply = NULL;
  Filter filter = { "", "", "0", END_OF_TIME };

  if (!bitket_page_read (&page, request, keys, &reply))
    return reply;
  if (!check_roles (request, db, "", error) ||
      (records = select_ledger (request, db, &filter, &page, error)) == NULL)
    return NULL;
  if (records->len > 0)
    return bitket_reply_new_json (
        200, bitket_record_to_json (records->pdata[0], request->base, BITKET_VIEW_STAFF));
  bitket_service_error_set (error, BITKET_SERVICE_ERROR_NOT_FOUND);
  return NULL;
}

static void
set_link (const BitketRequest *request,
          JsonObject *object,
          const char *name,
          const char *collection,
          const char *id)
{
  g_autofree char *link = id == NULL ? NULL : bitket_request_link (request, collection, id);

  if (link != NULL)
    json_object_set_string_member (object, name, link);
  else
    json_object_set_null_member (object, name);
}

static JsonArray *
list_targets (const BitketRequest *request, BitketDb *db, const char *refund, GError **error)
{
  g_autoptr (BitketStatement) row = bitket_store_prepare_texts (
      db, "SELECT target FROM refunds_ticket_ownerships WHERE refund = $1 ORDER BY target",
      (const char *[]) { refund, NULL }, error);
  g_autoptr (JsonArray) array = json_array_new ();
  g_autoptr (GError) local_error = NULL;

  if (row == NULL)
    return NULL;
  while (bitket_statement_step (row, &local_error))
    {
      g_autofree char *link = bitket_request_link (
          request, bitket_ticket_ownership_schema.collection, bitket_statement_get_text (row, 0));

      json_array_add_string_element (array, link);
    }
  if (local_error == NULL)
    return g_steal_pointer (&array);
  g_propagate_error (error, g_steal_pointer (&local_error));
  return NULL;
}

static BitketReply *
describe_refund (const BitketRequest *request, BitketStatement *row, JsonArray *targets)
{
  JsonObject *object = json_object_new ();
  const char *state = bitket_statement_get_text (row, 4);
  g_autofree char *amount = bitket_money_format (bitket_statement_get_int64 (row, 1));
  g_autofree char *created = bitket_time_format (bitket_statement_get_int64 (row, 6));

  json_object_set_string_member (object, "id", bitket_statement_get_text (row, 8));
  json_object_set_string_member (object, "state", state);
  set_link (request, object, "charge", bitket_transaction_schema.collection,
            bitket_statement_get_text (row, 0));
  json_object_set_string_member (object, "amount", amount);
  json_object_set_string_member (object, "reason", bitket_statement_get_text (row, 2));
  json_object_set_boolean_member (object, "void_tickets", bitket_statement_get_int64 (row, 3) != 0);
  json_object_set_array_member (object, "ticket_ownerships", json_array_ref (targets));
  json_object_set_string_member (object, "created", created);
  set_link (request, object, "transaction", bitket_transaction_schema.collection,
            bitket_statement_get_text (row, 7));
  return bitket_reply_new_object (strcmp (state, "pending") == 0 ? 202 : 201, object);
}

static BitketReply *
describe_failure (BitketStatement *row)
{
  const char *message = bitket_statement_get_text (row, 5);
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "detail",
                                 message != NULL ? message : "The refund failed.");
  return bitket_reply_new_object (402, object);
}

static BitketReply *
present_refund (const BitketRequest *request, BitketDb *db, const char *refund, GError **error)
{
  g_autoptr (JsonArray) targets = list_targets (request, db, refund, error);
  g_autoptr (BitketStatement) row =
      targets == NULL ? NULL
                      : bitket_store_prepare_texts (
                            db,
                            "SELECT charge, amount, reason, voids_tickets, state, message, created,"
                            " \"transaction\", id FROM refunds WHERE id = $1",
                            (const char *[]) { refund, NULL }, error);

  if (row == NULL || !bitket_store_step_one (row, "refund", refund, error))
    return NULL;
  return strcmp (bitket_statement_get_text (row, 4), "failed") == 0
             ? describe_failure (row)
             : describe_refund (request, row, targets);
}

/* The order, in a transaction of its own. */
static gboolean
place_refund (BitketRequest *request,
              BitketDb *db,
              char refund[BITKET_ID_SIZE],
              BitketReply **reply,
              GError **error)
{
  g_auto (BitketRefundOrder) order = { 0 };

  if (!bitket_refund_read_order (request, &order, reply, error) ||
      !bitket_db_begin (db, BITKET_DB_TRANSACTION_WRITE, error))
    return FALSE;
  if (bitket_refund_place (request, db, &order, refund, reply, error) &&
      bitket_db_commit (db, error))
    return TRUE;
  bitket_db_rollback (db);
  return FALSE;
}

static void
notify_event (BitketRequest *request, BitketDb *db)
{
  g_autoptr (BitketStatement) row = bitket_store_prepare_texts (
      db,
      "SELECT DISTINCT y.event FROM transactions_ticket_ownerships l"
      " JOIN ticket_ownerships o ON o.id = l.target JOIN tickets k ON k.id = o.ticket"
      " JOIN ticket_types y ON y.id = k.ticket_type WHERE l.\"transaction\" = $1",
      (const char *[]) { request->id, NULL }, NULL);

  while (row != NULL && bitket_statement_step (row, NULL))
    bitket_request_notify (request, bitket_statement_get_text (row, 0), NULL);
}

/* Once the order stands, nothing may make the whole request begin again: it would order twice. What
 * goes wrong leaves it pending, and it is carried out later. */
static BitketReply *
post_refund (BitketRequest *request, BitketDb *db, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  BitketReply *reply = NULL;
  char refund[BITKET_ID_SIZE];

  if (!place_refund (request, db, refund, &reply, error))
    return reply;
  if (!bitket_refund_carry_out (request->shared->till, db, refund, request->now_us, &local_error))
    g_warning ("a refund has to wait: %s", local_error->message);
  g_clear_error (&local_error);
  notify_event (request, db);
  reply = present_refund (request, db, refund, &local_error);
  if (reply != NULL)
    return reply;
  g_warning ("a refund could not be read: %s", local_error->message);
  bitket_service_error_set (error, BITKET_SERVICE_ERROR_UNAVAILABLE);
  return NULL;
}

const BitketRoute bitket_routes_money[] = {
  { BITKET_METHOD_GET, "/api/transactions/", BITKET_NEEDS_STAFF, BITKET_DB_TRANSACTION_READ,
    BITKET_ROUTE_DEFAULT, list_transactions, "Transaction List" },
  { BITKET_METHOD_GET, "/api/transactions/{id}/", BITKET_NEEDS_STAFF, BITKET_DB_TRANSACTION_READ,
    BITKET_ROUTE_DEFAULT, get_transaction, "Transaction Instance" },
  { BITKET_METHOD_POST, "/api/transactions/{id}/refund/", BITKET_NEEDS_STAFF,
    BITKET_DB_TRANSACTION_NONE, BITKET_ROUTE_NETWORK, post_refund, "Transaction Refund" },
  { 0 },
};
