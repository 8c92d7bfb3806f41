/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-refund-private.h"

#include <string.h>

#include "bitket-audit.h"
#include "bitket-money.h"
#include "bitket-ownerships.h"
#include "bitket-service-error.h"
#include "bitket-store-private.h"

#define ORGANIZATION_ROLES (BITKET_ROLE_CREW | BITKET_ROLE_TREASURER | BITKET_ROLE_ORGANIZER)

/* The charge that is to go back. */
typedef struct
{
  char *kind;         /* (owned) */
  char *stripe_id;    /* (owned) */
  char *organization; /* (owned) (nullable) of its tickets; without tickets it is nobody's */
  char *account;      /* (owned) */
  char *event;        /* (owned) (nullable) */
} Charge;

static void
clear_charge (Charge *charge)
{
  g_free (charge->kind);
  g_free (charge->stripe_id);
  g_free (charge->organization);
  g_free (charge->account);
  g_free (charge->event);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Charge, clear_charge)

static const char charge_sql[] =
    "SELECT t.kind, t.stripe_id, g.id, g.stripe_account_id, e.id FROM transactions t"
    " LEFT JOIN transactions_ticket_ownerships l ON l.\"transaction\" = t.id"
    " LEFT JOIN ticket_ownerships o ON o.id = l.target LEFT JOIN tickets k ON k.id = o.ticket"
    " LEFT JOIN ticket_types y ON y.id = k.ticket_type LEFT JOIN events e ON e.id = y.event"
    " LEFT JOIN organizations g ON g.id = e.organization WHERE t.id = $1 LIMIT 1";

/* Returns: %FALSE with @error: NOT_FOUND also when the caller has nothing to do with it. */
static gboolean
load_charge (BitketRequest *request, BitketDb *db, Charge *charge, GError **error)
{
  g_autoptr (BitketStatement) statement =
      bitket_store_prepare_texts (db, charge_sql, (const char *[]) { request->id, NULL }, error);
  g_autoptr (GError) local_error = NULL;
  BitketRoles roles;

  if (statement == NULL)
    return FALSE;
  if (bitket_statement_step (statement, &local_error))
    {
      charge->kind = g_strdup (bitket_statement_get_text (statement, 0));
      charge->stripe_id = g_strdup (bitket_statement_get_text (statement, 1));
      charge->organization = g_strdup (bitket_statement_get_text (statement, 2));
      charge->account = g_strdup (bitket_statement_get_text (statement, 3));
      charge->event = g_strdup (bitket_statement_get_text (statement, 4));
      roles = bitket_caller_get_roles (&request->caller,
                                       charge->organization != NULL ? charge->organization : "");
      if ((roles & BITKET_ROLE_TREASURER) != 0)
        return TRUE;
      bitket_service_error_set (error, (roles & ORGANIZATION_ROLES) != 0
                                           ? BITKET_SERVICE_ERROR_FORBIDDEN
                                           : BITKET_SERVICE_ERROR_NOT_FOUND);
      return FALSE;
    }
  if (local_error == NULL)
    bitket_service_error_set (error, BITKET_SERVICE_ERROR_NOT_FOUND);
  else
    g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

gboolean
bitket_refund_lock_charge (BitketDb *db, const char *charge, GError **error)
{
  g_autoptr (BitketStatement) statement =
      bitket_store_prepare_texts (db, "UPDATE transactions SET amount = amount WHERE id = $1",
                                  (const char *[]) { charge, NULL }, error);

  return statement != NULL && bitket_statement_run (statement, error);
}

/* Refunds that were imported stand in no order, but share a ticket with the charge. */
static const char left_sql[] =
    "SELECT t.amount"
    " - (SELECT CAST (COALESCE (SUM (r.amount), 0) AS BIGINT) FROM refunds r"
    " WHERE r.charge = t.id AND r.state IN ('pending', 'done'))"
    " + (SELECT CAST (COALESCE (SUM (x.amount), 0) AS BIGINT) FROM transactions x"
    " WHERE x.kind = 'refund'"
    " AND NOT EXISTS (SELECT 1 FROM refunds r WHERE r.\"transaction\" = x.id)"
    " AND x.id IN (SELECT a.\"transaction\" FROM transactions_ticket_ownerships a"
    " JOIN transactions_ticket_ownerships b ON b.target = a.target"
    " WHERE b.\"transaction\" = t.id)) FROM transactions t WHERE t.id = $1";

gboolean
bitket_refund_get_left (BitketDb *db, const char *charge, gint64 *left_ore, GError **error)
{
  g_autoptr (BitketStatement) statement =
      bitket_store_prepare_texts (db, left_sql, (const char *[]) { charge, NULL }, error);

  if (statement == NULL || !bitket_store_step_one (statement, "transaction", charge, error))
    return FALSE;
  *left_ore = bitket_statement_get_int64 (statement, 0);
  return TRUE;
}

/* What becomes of an order, as it is worked out. */
typedef struct
{
  gint64 left_ore;
  gint64 amount_ore;
  gint64 price_ore;     /* of the tickets that are named */
  GPtrArray *targets;   /* (owned) (element-type utf8) */
  GHashTable *unpriced; /* (owned) those of which nobody wrote down what they cost */
  gboolean voids;
  guint n_named; /* that belong to the charge */
} Plan;

static void
clear_plan (Plan *plan)
{
  g_clear_pointer (&plan->targets, g_ptr_array_unref);
  g_clear_pointer (&plan->unpriced, g_hash_table_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Plan, clear_plan)

/* What tickets cost that did not come through the queue, so that nobody wrote it down when they
 * were sold. */
static gboolean
add_prices (BitketRequest *request, BitketDb *db, Plan *plan, GError **error)
{
  static const char *const fields[] = { "id", "price", NULL };
  const BitketOwnershipForm form = { FALSE, FALSE, (char **) fields };
  g_autoptr (JsonArray) array = bitket_ownerships_present (
      request, db,
      "SELECT o.id FROM transactions_ticket_ownerships l"
      " JOIN ticket_ownerships o ON o.id = l.target WHERE l.\"transaction\" = $1",
      (const char *const[]) { request->id, NULL }, &form, NULL, NULL, error);

  if (array == NULL)
    return FALSE;
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonObject *ownership = json_array_get_object_element (array, i);
      gint64 price_ore;

      if (!g_hash_table_contains (plan->unpriced, json_object_get_string_member (ownership, "id")))
        continue;
      if (!bitket_money_parse (json_object_get_string_member (ownership, "price"), &price_ore,
                               error))
        return FALSE;
      plan->price_ore += price_ore;
    }
  return TRUE;
}

static const char tickets_sql[] =
    "SELECT o.id, o.superseded, k.refunded, p.price FROM transactions_ticket_ownerships l"
    " JOIN ticket_ownerships o ON o.id = l.target JOIN tickets k ON k.id = o.ticket"
    " LEFT JOIN purchase_items p ON p.ownership = o.id AND p.state = 'sold'"
    " WHERE l.\"transaction\" = $1 ORDER BY o.id";

/* Looks at one ticket of the charge. Returns: %FALSE with @reply set. */
static gboolean
plan_ticket (const BitketRefundOrder *order, BitketStatement *row, Plan *plan, BitketReply **reply)
{
  const char *id = bitket_statement_get_text (row, 0);
  gboolean is_void = !bitket_statement_is_null (row, 2);
  gboolean is_named = bitket_refund_order_names (order, id);

  if (order->ownerships->len > 0 && !is_named)
    return TRUE;
  plan->n_named += is_named ? 1 : 0;
  if (is_void && is_named && plan->voids)
    return bitket_refund_refuse (reply, 409, "A ticket of these has been given back already.");
  if (is_void && !is_named)
    return TRUE;
  if (plan->voids && !bitket_statement_is_null (row, 1))
    return bitket_refund_refuse (
        reply, 409,
        "A ticket of these belongs to somebody else by now. Give the money back with "
        "\"void_tickets\": false, or refund its last sale.");
  if (is_named || plan->voids)
    g_ptr_array_add (plan->targets, g_strdup (id));
  if (!is_named)
    return TRUE;
  if (bitket_statement_is_null (row, 3))
    g_hash_table_add (plan->unpriced, g_strdup (id));
  else
    plan->price_ore += bitket_statement_get_int64 (row, 3);
  return TRUE;
}

static gboolean
plan_tickets (BitketRequest *request,
              BitketDb *db,
              const BitketRefundOrder *order,
              Plan *plan,
              BitketReply **reply,
              GError **error)
{
  g_autoptr (BitketStatement) row =
      bitket_store_prepare_texts (db, tickets_sql, (const char *[]) { request->id, NULL }, error);
  g_autoptr (GError) local_error = NULL;

  if (row == NULL)
    return FALSE;
  while (bitket_statement_step (row, &local_error))
    if (!plan_ticket (order, row, plan, reply))
      return FALSE;
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  if (plan->n_named != order->ownerships->len)
    return bitket_refund_refuse_field (reply, MEMBER_OWNERSHIPS,
                                       "A ticket of these was not paid with this charge.");
  return g_hash_table_size (plan->unpriced) == 0 || add_prices (request, db, plan, error);
}

static gboolean
choose_voids (const BitketRefundOrder *order, Plan *plan, BitketReply **reply)
{
  gboolean is_all = order->amount_ore == 0 || order->amount_ore == plan->left_ore;
  gboolean is_clear = order->ownerships->len > 0 || is_all;

  if (order->voids == BITKET_VOID_YES && !is_clear)
    return bitket_refund_refuse_field (
        reply, MEMBER_VOIDS, "A part of the charge goes back: say which \"ticket_ownerships\".");
  plan->voids = order->voids != BITKET_VOID_NO && is_clear;
  return TRUE;
}

static gboolean
choose_amount (const BitketRefundOrder *order, Plan *plan, BitketReply **reply)
{
  g_autofree char *left = bitket_money_format (plan->left_ore);
  g_autofree char *text = NULL;

  plan->amount_ore = order->amount_ore;
  if (plan->amount_ore == 0)
    plan->amount_ore = order->ownerships->len > 0 ? plan->price_ore : plan->left_ore;
  if (plan->amount_ore <= 0)
    return bitket_refund_refuse_field (reply, MEMBER_OWNERSHIPS, "These tickets cost nothing.");
  if (plan->amount_ore <= plan->left_ore)
    return TRUE;
  text = g_strdup_printf ("No more than %s is left of this charge.", left);
  return bitket_refund_refuse_field (reply, MEMBER_AMOUNT, text);
}

static gboolean
make_plan (BitketRequest *request,
           BitketDb *db,
           const BitketRefundOrder *order,
           Plan *plan,
           BitketReply **reply,
           GError **error)
{
  plan->targets = g_ptr_array_new_with_free_func (g_free);
  plan->unpriced = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  if (!bitket_refund_lock_charge (db, request->id, error) ||
      !bitket_refund_get_left (db, request->id, &plan->left_ore, error))
    return FALSE;
  if (plan->left_ore <= 0)
    return bitket_refund_refuse (reply, 409, "This charge has been given back already.");
  return choose_voids (order, plan, reply) &&
         plan_tickets (request, db, order, plan, reply, error) &&
         choose_amount (order, plan, reply);
}

static gboolean
insert_target (BitketDb *db, const char *refund, const char *target, GError **error)
{
  g_autoptr (BitketStatement) statement = bitket_store_prepare_texts (
      db, "INSERT INTO refunds_ticket_ownerships (refund, target) VALUES ($1, $2)",
      (const char *[]) { refund, target, NULL }, error);

  return statement != NULL && bitket_statement_run (statement, error);
}

static gboolean
insert_order (const BitketRequest *request,
              BitketDb *db,
              const BitketRefundOrder *order,
              const Charge *charge,
              const Plan *plan,
              const char *id,
              GError **error)
{
  g_autoptr (BitketStatement) statement = bitket_db_prepare (
      db,
      "INSERT INTO refunds (id, charge, account, amount, reason, voids_tickets, state, made_by,"
      " idempotency_key, request_hash, created)"
      " VALUES ($1, $2, $3, $4, $5, $6, 'pending', $7, $8, $9, $10)",
      error);

  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_text (statement, 1, id);
  bitket_statement_bind_text (statement, 2, request->id);
  bitket_statement_bind_text (statement, 3, charge->account != NULL ? charge->account : "");
  bitket_statement_bind_int64 (statement, 4, plan->amount_ore);
  bitket_statement_bind_text (statement, 5, order->reason);
  bitket_statement_bind_int64 (statement, 6, plan->voids);
  bitket_statement_bind_text (statement, 7, request->caller.id);
  bitket_statement_bind_text (statement, 8, request->idempotency_key);
  bitket_statement_bind_text (statement, 9, order->request_hash);
  bitket_statement_bind_int64 (statement, 10, request->now_us);
  if (!bitket_statement_run (statement, error))
    return FALSE;
  for (guint i = 0; i < plan->targets->len; i++)
    if (!insert_target (db, id, plan->targets->pdata[i], error))
      return FALSE;
  return TRUE;
}

static gboolean
write_audit (const BitketRequest *request,
             BitketDb *db,
             const Charge *charge,
             const Plan *plan,
             const char *id,
             GError **error)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  g_autofree char *amount = bitket_money_format (plan->amount_ore);
  JsonObject *after = json_object_new ();
  BitketAuditEntry entry = { .action = "refund", .resource = "transaction" };

  json_object_set_string_member (after, "refund", id);
  json_object_set_string_member (after, "amount", amount);
  json_object_set_boolean_member (after, "void_tickets", plan->voids);
  json_node_take_object (node, after);
  entry.resource_id = request->id;
  entry.organization = charge->organization;
  entry.event = charge->event;
  entry.after = node;
  return bitket_audit_write (request, db, &entry, error);
}

/* The same key as before. Returns: %FALSE with @reply or @error set; @refund is set when there was
 * such an order. */
static gboolean
find_placed (const BitketRequest *request,
             BitketDb *db,
             const BitketRefundOrder *order,
             char refund[BITKET_ID_SIZE],
             BitketReply **reply,
             GError **error)
{
  g_autoptr (BitketStatement) statement = NULL;
  g_autoptr (GError) local_error = NULL;

  if (request->idempotency_key == NULL)
    return TRUE;
  statement = bitket_store_prepare_texts (
      db, "SELECT id, request_hash FROM refunds WHERE made_by = $1 AND idempotency_key = $2",
      (const char *[]) { request->caller.id, request->idempotency_key, NULL }, error);
  if (statement == NULL)
    return FALSE;
  if (bitket_statement_step (statement, &local_error))
    {
      if (strcmp (bitket_statement_get_text (statement, 1), order->request_hash) != 0)
        {
          bitket_service_error_set (error, BITKET_SERVICE_ERROR_KEY_REUSED);
          return FALSE;
        }
      g_strlcpy (refund, bitket_statement_get_text (statement, 0), BITKET_ID_SIZE);
      return TRUE;
    }
  if (local_error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

gboolean
bitket_refund_place (BitketRequest *request,
                     BitketDb *db,
                     const BitketRefundOrder *order,
                     char refund[BITKET_ID_SIZE],
                     BitketReply **reply,
                     GError **error)
{
  g_auto (Charge) charge = { NULL };
  g_auto (Plan) plan = { 0 };
  g_autofree char *id = NULL;

  g_return_val_if_fail (request != NULL && order != NULL && refund != NULL, FALSE);
  g_return_val_if_fail (bitket_db_in_transaction (db), FALSE);

  refund[0] = '\0';
  if (!load_charge (request, db, &charge, error) ||
      !find_placed (request, db, order, refund, reply, error))
    return FALSE;
  if (refund[0] != '\0')
    return TRUE;
  if (strcmp (charge.kind, "charge") != 0)
    return bitket_refund_refuse (reply, 409, "Only a charge can be given back.");
  if (!bitket_till_can_refund (request->shared->till, charge.stripe_id))
    return bitket_refund_refuse (
        reply, 409,
        "This was not paid by card through this service, so it cannot be given back by "
        "card.");
  id = g_uuid_string_random ();
  if (!make_plan (request, db, order, &plan, reply, error) ||
      !insert_order (request, db, order, &charge, &plan, id, error) ||
      !write_audit (request, db, &charge, &plan, id, error))
    return FALSE;
  g_strlcpy (refund, id, BITKET_ID_SIZE);
  return TRUE;
}
