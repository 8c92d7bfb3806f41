/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-refund.h"

#include <string.h>

#include "bitket-json-reader.h"
#include "bitket-money.h"
#include "bitket-ownerships.h"
#include "bitket-schema.h"
#include "bitket-service-error.h"
#include "bitket-store-private.h"

#define REASON_MAX_CHARS   1000
#define KEY_MAX_LEN        255
#define OWNERSHIPS_MAX     500
#define MEMBER_AMOUNT      "amount"
#define MEMBER_OWNERSHIPS  "ticket_ownerships"
#define MEMBER_REASON      "reason"
#define MEMBER_VOIDS       "void_tickets"
#define ORGANIZATION_ROLES (BITKET_ROLE_CREW | BITKET_ROLE_TREASURER | BITKET_ROLE_ORGANIZER)

void
bitket_refund_order_clear (BitketRefundOrder *order)
{
  g_clear_pointer (&order->ownerships, g_ptr_array_unref);
  g_clear_pointer (&order->reason, g_free);
  g_clear_pointer (&order->request_hash, g_free);
}

static gboolean
refuse_field (BitketReply **reply, const char *field, const char *text)
{
  *reply = bitket_reply_new_field_error (field, text);
  return FALSE;
}

static gboolean
refuse (BitketReply **reply, guint status, const char *text)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "detail", text);
  *reply = bitket_reply_new_object (status, object);
  return FALSE;
}

static gboolean
read_amount (BitketJsonReader *reader, BitketRefundOrder *order, BitketReply **reply)
{
  g_autoptr (GError) error = NULL;

  if (!bitket_json_reader_has (reader, MEMBER_AMOUNT))
    return TRUE;
  if (!bitket_json_read_money (reader, MEMBER_AMOUNT, &order->amount_ore, &error))
    return refuse_field (reply, MEMBER_AMOUNT, "A valid number is required.");
  return order->amount_ore > 0 ||
         refuse_field (reply, MEMBER_AMOUNT, "Ensure this value is greater than or equal to 0.01.");
}

static gboolean
has_ownership (const BitketRefundOrder *order, const char *id)
{
  return g_ptr_array_find_with_equal_func (order->ownerships, id, g_str_equal, NULL);
}

static gboolean
read_ownerships (BitketJsonReader *reader, BitketRefundOrder *order, BitketReply **reply)
{
  JsonArray *array = NULL;

  if (!bitket_json_reader_has (reader, MEMBER_OWNERSHIPS))
    return TRUE;
  if (!bitket_json_read_array (reader, MEMBER_OWNERSHIPS, &array, NULL) ||
      json_array_get_length (array) == 0 || json_array_get_length (array) > OWNERSHIPS_MAX)
    return refuse_field (reply, MEMBER_OWNERSHIPS,
                         "Expected a list of 1 to " G_STRINGIFY (OWNERSHIPS_MAX) " tickets.");
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      const char *text;
      char id[BITKET_ID_SIZE];

      if (!bitket_json_read_string_element (reader, MEMBER_OWNERSHIPS, array, i, &text, NULL) ||
          !bitket_hyperlink_parse (text, bitket_ticket_ownership_schema.collection, id, NULL))
        return refuse_field (reply, MEMBER_OWNERSHIPS, "Invalid hyperlink - No URL match.");
      if (!has_ownership (order, id))
        g_ptr_array_add (order->ownerships, g_strdup (id));
    }
  return TRUE;
}

static gboolean
read_reason (BitketJsonReader *reader, BitketRefundOrder *order, BitketReply **reply)
{
  const char *reason;

  if (!bitket_json_reader_has (reader, MEMBER_REASON))
    return refuse_field (reply, MEMBER_REASON, "This field is required.");
  if (!bitket_json_read_string (reader, MEMBER_REASON, &reason, NULL))
    return refuse_field (reply, MEMBER_REASON, "Not a valid string.");
  order->reason = g_strstrip (g_strdup (reason));
  if (*order->reason == '\0')
    return refuse_field (reply, MEMBER_REASON, "This field may not be blank.");
  return g_utf8_strlen (order->reason, -1) <= REASON_MAX_CHARS ||
         refuse_field (
             reply, MEMBER_REASON,
             "Ensure this field has no more than " G_STRINGIFY (REASON_MAX_CHARS) " characters.");
}

static gboolean
read_voids (BitketJsonReader *reader, BitketRefundOrder *order, BitketReply **reply)
{
  gboolean voids;

  if (!bitket_json_reader_has (reader, MEMBER_VOIDS))
    return TRUE;
  if (!bitket_json_read_boolean (reader, MEMBER_VOIDS, &voids, NULL))
    return refuse_field (reply, MEMBER_VOIDS, "Not a valid boolean.");
  order->voids = voids ? BITKET_VOID_YES : BITKET_VOID_NO;
  return TRUE;
}

static gboolean
check_members (JsonObject *object, BitketReply **reply)
{
  static const char *const known[] = { MEMBER_AMOUNT, MEMBER_OWNERSHIPS, MEMBER_REASON,
                                       MEMBER_VOIDS, NULL };
  g_autoptr (GList) members = json_object_get_members (object);

  for (GList *member = members; member != NULL; member = member->next)
    if (!g_strv_contains (known, member->data))
      return refuse_field (reply, member->data, "Unknown field.");
  return TRUE;
}

/* The same key goes with the same charge and the same body only. */
static char *
hash_request (const BitketRequest *request)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);

  g_checksum_update (checksum, (const guchar *) request->id, (gssize) strlen (request->id));
  if (request->body != NULL)
    g_checksum_update (checksum, g_bytes_get_data (request->body, NULL),
                       (gssize) g_bytes_get_size (request->body));
  return g_strdup (g_checksum_get_string (checksum));
}

gboolean
bitket_refund_read_order (const BitketRequest *request,
                          BitketRefundOrder *order,
                          BitketReply **reply,
                          GError **error)
{
  g_autoptr (JsonNode) node = bitket_request_read_object (request, reply, error);
  g_auto (BitketJsonReader) reader = { NULL, NULL };
  gsize key_len = request->idempotency_key == NULL ? 1 : strlen (request->idempotency_key);

  if (node == NULL || !bitket_json_reader_init (&reader, node, NULL, error))
    return FALSE;
  if (key_len == 0 || key_len > KEY_MAX_LEN)
    return refuse (reply, 400, "An Idempotency-Key has 1 to " G_STRINGIFY (KEY_MAX_LEN) " bytes.");
  order->ownerships = g_ptr_array_new_with_free_func (g_free);
  order->request_hash = hash_request (request);
  return check_members (reader.object, reply) && read_reason (&reader, order, reply) &&
         read_amount (&reader, order, reply) && read_ownerships (&reader, order, reply) &&
         read_voids (&reader, order, reply);
}

/* The charge that is to go back. */
typedef struct
{
  char *kind;         /* (owned) */
  char *stripe_id;    /* (owned) */
  char *organization; /* (owned) (nullable) of its tickets; without tickets it is nobody's */
  char *account;      /* (owned) */
} Charge;

static void
clear_charge (Charge *charge)
{
  g_free (charge->kind);
  g_free (charge->stripe_id);
  g_free (charge->organization);
  g_free (charge->account);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Charge, clear_charge)

static const char charge_sql[] =
    "SELECT t.kind, t.stripe_id, g.id, g.stripe_account_id FROM transactions t"
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
  gboolean is_named = has_ownership (order, id);

  if (order->ownerships->len > 0 && !is_named)
    return TRUE;
  plan->n_named += is_named ? 1 : 0;
  if (is_void && is_named && plan->voids)
    return refuse (reply, 409, "A ticket of these has been given back already.");
  if (is_void && !is_named)
    return TRUE;
  if (plan->voids && !bitket_statement_is_null (row, 1))
    return refuse (reply, 409,
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
    return refuse_field (reply, MEMBER_OWNERSHIPS,
                         "A ticket of these was not paid with this charge.");
  return g_hash_table_size (plan->unpriced) == 0 || add_prices (request, db, plan, error);
}

static gboolean
choose_voids (const BitketRefundOrder *order, Plan *plan, BitketReply **reply)
{
  gboolean is_all = order->amount_ore == 0 || order->amount_ore == plan->left_ore;
  gboolean is_clear = order->ownerships->len > 0 || is_all;

  if (order->voids == BITKET_VOID_YES && !is_clear)
    return refuse_field (reply, MEMBER_VOIDS,
                         "A part of the charge goes back: say which \"ticket_ownerships\".");
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
    return refuse_field (reply, MEMBER_OWNERSHIPS, "These tickets cost nothing.");
  if (plan->amount_ore <= plan->left_ore)
    return TRUE;
  text = g_strdup_printf ("No more than %s is left of this charge.", left);
  return refuse_field (reply, MEMBER_AMOUNT, text);
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
    return refuse (reply, 409, "This charge has been given back already.");
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
        return refuse (reply, 422, "This Idempotency-Key was used for something else.");
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
  g_auto (Charge) charge = { NULL, NULL, NULL, NULL };
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
    return refuse (reply, 409, "Only a charge can be given back.");
  if (!bitket_till_can_refund (request->shared->till, charge.stripe_id))
    return refuse (reply, 409,
                   "This was not paid by card through this service, so it cannot be given back by "
                   "card.");
  id = g_uuid_string_random ();
  if (!make_plan (request, db, order, &plan, reply, error) ||
      !insert_order (request, db, order, &charge, &plan, id, error))
    return FALSE;
  g_strlcpy (refund, id, BITKET_ID_SIZE);
  return TRUE;
}
