/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

/* What was sold, in figures. */

#include <string.h>

#include "bitket-access.h"
#include "bitket-money.h"
#include "bitket-router.h"
#include "bitket-time.h"

/* A row for each ticket's present ownership, with what it cost: the type's price, the modifiers of
 * the purchase, the choices. Never below zero, as when it was sold. */
#define TICKETS                                                                                    \
  "SELECT k.id, k.ticket_type, k.pending, k.refunded, k.utilized, k.created,"                      \
  " tt.price + COALESCE ((SELECT SUM (d.delta) FROM ticket_ownerships_modifiers l"                 \
  " JOIN modifiers d ON d.id = l.target WHERE l.ticket_ownership = o.id), 0)"                      \
  " + COALESCE ((SELECT SUM (c.delta) FROM tickets_variation_choices l"                            \
  " JOIN variation_choices c ON c.id = l.target WHERE l.ticket = k.id), 0) AS amount"              \
  " FROM tickets k JOIN ticket_types tt ON tt.id = k.ticket_type"                                  \
  " JOIN ticket_ownerships o ON o.ticket = k.id AND o.superseded IS NULL WHERE tt.event = $1"
#define IS_SOLD "x.pending = 0 AND x.refunded IS NULL"
/* Behind a group's key and label, in this order: sold, its sum, pending, refunded, utilized. */
#define FIGURES                                                                                    \
  "COUNT (CASE WHEN " IS_SOLD " THEN 1 END),"                                                      \
  " CAST (COALESCE (SUM (CASE WHEN " IS_SOLD                                                       \
  " AND x.amount > 0 THEN x.amount END), 0) AS BIGINT),"                                           \
  " COUNT (CASE WHEN x.pending <> 0 THEN 1 END), COUNT (x.refunded),"                              \
  " COUNT (CASE WHEN " IS_SOLD " AND x.utilized IS NOT NULL THEN 1 END)"

/* What is left of the types that have a limit; without any limit there is no such number. */
static const char remaining_sql[] =
    "SELECT CAST (SUM (CASE WHEN y.max > y.taken THEN y.max - y.taken ELSE 0 END) AS BIGINT),"
    " COUNT (CASE WHEN y.max IS NULL THEN 1 END) FROM"
    " (SELECT tt.max_total_quantity AS max, (SELECT COUNT (*) FROM tickets k"
    " WHERE k.ticket_type = tt.id AND k.refunded IS NULL) AS taken"
    " FROM ticket_types tt WHERE tt.event = $1 AND tt.is_published <> 0) y";

static const char by_type_sql[] =
    "SELECT g.id, g.name, " FIGURES " FROM ticket_types g LEFT JOIN (" TICKETS ") x"
    " ON x.ticket_type = g.id WHERE g.event = $1 GROUP BY g.id, g.name, g.\"index\""
    " ORDER BY g.\"index\", g.name, g.id";

/* Days are those of UTC; whole days since 1970 are made dates of here, alike in both databases. */
static const char by_day_sql[] =
    "SELECT x.created / 86400000000, NULL, " FIGURES " FROM (" TICKETS ") x"
    " GROUP BY x.created / 86400000000 ORDER BY 1";

static BitketStatement *
prepare (BitketDb *db, const char *sql, const char *event, GError **error)
{
  BitketStatement *statement = bitket_db_prepare (db, sql, error);

  if (statement != NULL)
    bitket_statement_bind_text (statement, 1, event);
  return statement;
}

static void
set_amount (JsonObject *object, const char *name, gint64 amount_ore)
{
  g_autofree char *text = bitket_money_format (amount_ore);

  json_object_set_string_member (object, name, text);
}

/* Of the whole event. */
typedef struct
{
  gint64 n_sold;
  gint64 amount_ore;
  gint64 n_pending;
  gint64 n_refunded;
  gint64 n_utilized;
} Totals;

static void
add_row (Totals *totals, BitketStatement *row)
{
  totals->n_sold += bitket_statement_get_int64 (row, 2);
  totals->amount_ore += bitket_statement_get_int64 (row, 3);
  totals->n_pending += bitket_statement_get_int64 (row, 4);
  totals->n_refunded += bitket_statement_get_int64 (row, 5);
  totals->n_utilized += bitket_statement_get_int64 (row, 6);
}

static gboolean
set_remaining (BitketDb *db, const char *event, JsonObject *sales, GError **error)
{
  g_autoptr (BitketStatement) remaining = prepare (db, remaining_sql, event, error);

  if (remaining == NULL || !bitket_statement_step (remaining, error))
    return FALSE;
  if (bitket_statement_is_null (remaining, 0) || bitket_statement_get_int64 (remaining, 1) > 0)
    json_object_set_null_member (sales, "remaining");
  else
    json_object_set_int_member (sales, "remaining", bitket_statement_get_int64 (remaining, 0));
  return TRUE;
}

static gboolean
set_totals (BitketDb *db,
            const char *event,
            const Totals *totals,
            JsonObject *sales,
            GError **error)
{
  json_object_set_int_member (sales, "sold", totals->n_sold);
  json_object_set_int_member (sales, "pending", totals->n_pending);
  json_object_set_int_member (sales, "refunded", totals->n_refunded);
  json_object_set_int_member (sales, "utilized", totals->n_utilized);
  if (!set_remaining (db, event, sales, error))
    return FALSE;
  set_amount (sales, "revenue", totals->amount_ore);
  return TRUE;
}

static JsonObject *
read_group (BitketStatement *row, gboolean is_day)
{
  JsonObject *group = json_object_new ();

  if (is_day)
    {
      g_autofree char *day =
          bitket_time_format (bitket_statement_get_int64 (row, 0) * BITKET_TIME_DAY_US);

      day[strlen ("2017-12-09")] = '\0';
      json_object_set_string_member (group, "key", day);
      json_object_set_string_member (group, "label", day);
    }
  else
    {
      json_object_set_string_member (group, "key", bitket_statement_get_text (row, 0));
      json_object_set_string_member (group, "label", bitket_statement_get_text (row, 1));
    }
  json_object_set_int_member (group, "count", bitket_statement_get_int64 (row, 2));
  set_amount (group, "amount", bitket_statement_get_int64 (row, 3));
  return group;
}

static JsonArray *
load_groups (BitketDb *db, const char *event, gboolean is_day, Totals *totals, GError **error)
{
  g_autoptr (BitketStatement) statement =
      prepare (db, is_day ? by_day_sql : by_type_sql, event, error);
  g_autoptr (JsonArray) groups = json_array_new ();
  g_autoptr (GError) local_error = NULL;

  if (statement == NULL)
    return NULL;
  while (bitket_statement_step (statement, &local_error))
    {
      add_row (totals, statement);
      /* A day on which nothing was sold is not listed; a type is. */
      if (!is_day || bitket_statement_get_int64 (statement, 2) > 0)
        json_array_add_object_element (groups, read_group (statement, is_day));
    }
  if (local_error == NULL)
    return g_steal_pointer (&groups);
  g_propagate_error (error, g_steal_pointer (&local_error));
  return NULL;
}

static BitketReply *
get_sales (BitketRequest *request, BitketDb *db, GError **error)
{
  const char *group_by = bitket_request_get_query (request, "group_by");
  g_autoptr (JsonObject) sales = json_object_new ();
  gboolean is_day = g_strcmp0 (group_by, "day") == 0;
  g_autoptr (JsonArray) groups = NULL;
  Totals totals = { 0 };

  if (!bitket_access_check_event (request, db, request->id,
                                  BITKET_ROLE_ORGANIZER | BITKET_ROLE_TREASURER, NULL, error))
    return NULL;
  if (group_by != NULL && !is_day && strcmp (group_by, "ticket_type") != 0)
    return bitket_reply_new_field_error ("group_by", "Expected \"day\" or \"ticket_type\".");
  groups = load_groups (db, request->id, is_day, &totals, error);
  if (groups == NULL || !set_totals (db, request->id, &totals, sales, error))
    return NULL;
  json_object_set_array_member (sales, "groups", g_steal_pointer (&groups));
  return bitket_reply_new_object (200, g_steal_pointer (&sales));
}

const BitketRoute bitket_routes_sales[] = {
  { BITKET_METHOD_GET, "/api/events/{id}/sales/", BITKET_NEEDS_STAFF, BITKET_DB_TRANSACTION_READ,
    BITKET_ROUTE_DEFAULT, get_sales, "Event Sales" },
  { 0 },
};
