/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-purchase-present.h"

#include <string.h>

#include "bitket-json-reader.h"
#include "bitket-money.h"
#include "bitket-purchase.h"
#include "bitket-queue.h"
#include "bitket-service-error.h"

#define UNDECIDED_TEXT                                                                             \
  "The payment is not confirmed yet. Ask for the purchase again before you buy once more."
#define INTERRUPTED_TEXT "The purchase was interrupted. You were not charged."

typedef struct
{
  BitketPurchaseState state;
  gint64 status; /* 0 while it is not over */
  gint64 amount_ore;
  char *detail; /* (owned) (nullable) */
} Head;

static void
clear_head (Head *head)
{
  g_free (head->detail);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Head, clear_head)

#define HEAD_SQL                                                                                   \
  "SELECT state, status, amount, detail FROM purchases WHERE id = $1"                              \
  " AND ($2 = '' OR \"user\" = $2)"

/* @user: "" for anybody. *@is_there (out). */
static gboolean
load_head (BitketDb *db,
           const char *id,
           const char *user,
           Head *head,
           gboolean *is_there,
           GError **error)
{
  g_autoptr (BitketStatement) statement = bitket_db_prepare (db, HEAD_SQL, error);
  g_autoptr (GError) local_error = NULL;

  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_text (statement, 1, id);
  bitket_statement_bind_text (statement, 2, user);
  *is_there = bitket_statement_step (statement, &local_error);
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  if (!*is_there)
    return TRUE;
  head->state = bitket_purchase_state_from_string (bitket_statement_get_text (statement, 0));
  head->status = bitket_statement_get_int64 (statement, 1);
  head->amount_ore = bitket_statement_get_int64 (statement, 2);
  head->detail = g_strdup (bitket_statement_get_text (statement, 3));
  return TRUE;
}

/* How many wait for the same ticket type and came before, of the item with the most of them. */
#define POSITION_SQL                                                                               \
  "SELECT (SELECT COUNT (*) FROM purchase_items b WHERE b.ticket_type = i.ticket_type"             \
  " AND b.state = 'waiting' AND (b.seq, b.position) <= (i.seq, i.position))"                       \
  " FROM purchase_items i WHERE i.purchase = $1 AND i.state = 'waiting' ORDER BY 1 DESC LIMIT 1"

static gboolean
load_position (BitketDb *db, const char *id, gint64 *position, GError **error)
{
  g_autoptr (BitketStatement) statement = bitket_db_prepare (db, POSITION_SQL, error);
  g_autoptr (GError) local_error = NULL;

  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_text (statement, 1, id);
  *position = bitket_statement_step (statement, &local_error)
                  ? bitket_statement_get_int64 (statement, 0)
                  : 0;
  if (local_error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

static JsonObject *
make_ticket (BitketRequest *request, BitketStatement *statement)
{
  g_auto (GStrv) choices = g_strsplit (bitket_statement_get_text (statement, 3), " ", -1);
  const char *id = bitket_statement_get_text (statement, 2);
  g_autofree char *url = bitket_request_link (request, "tickets", id);
  g_autofree char *type =
      bitket_request_link (request, "ticket-types", bitket_statement_get_text (statement, 1));
  JsonObject *ticket = json_object_new ();
  JsonArray *links = json_array_new ();

  for (guint i = 0; choices[i] != NULL; i++)
    {
      g_autofree char *link = bitket_request_link (request, "variation-choices", choices[i]);

      json_array_add_string_element (links, link);
    }
  json_object_set_string_member (ticket, "url", url);
  json_object_set_string_member (ticket, "id", id);
  json_object_set_string_member (ticket, "ticket_type", type);
  json_object_set_array_member (ticket, "variation_choices", links);
  return ticket;
}

static JsonObject *
make_message (BitketRequest *request, BitketStatement *statement)
{
  const char *code = bitket_statement_get_text (statement, 4);
  BitketRefusal refusal = bitket_refusal_from_code (code);
  gboolean is_choice = refusal == BITKET_REFUSAL_CHOICE_SOLD_OUT;
  const char *name = bitket_statement_get_text (statement, is_choice ? 7 : 6);
  g_autofree char *text = bitket_refusal_format (refusal, name != NULL ? name : "");
  g_autofree char *entity =
      bitket_request_link (request, is_choice ? "variation-choices" : "ticket-types",
                           bitket_statement_get_text (statement, is_choice ? 5 : 1));
  JsonObject *message = json_object_new ();

  json_object_set_string_member (message, "code", code);
  json_object_set_string_member (message, "text", text);
  json_object_set_string_member (message, "entity", entity);
  return message;
}

#define ITEMS_SQL                                                                                  \
  "SELECT i.state, i.ticket_type, i.ticket, i.choices, i.message, i.choice, t.name, c.name"        \
  " FROM purchase_items i JOIN ticket_types t ON t.id = i.ticket_type"                             \
  " LEFT JOIN variation_choices c ON c.id = i.choice WHERE i.purchase = $1 ORDER BY i.position"

/* The three members of the original's answer. */
static gboolean
add_outcome (BitketRequest *request,
             BitketDb *db,
             const char *id,
             const Head *head,
             JsonObject *answer,
             GError **error)
{
  g_autoptr (BitketStatement) statement = bitket_db_prepare (db, ITEMS_SQL, error);
  g_autoptr (GError) local_error = NULL;
  JsonArray *tickets = json_array_new ();
  JsonArray *messages = json_array_new ();
  JsonArray *transactions = json_array_new ();

  json_object_set_array_member (answer, "tickets", tickets);
  json_object_set_array_member (answer, "messages", messages);
  json_object_set_array_member (answer, "transactions", transactions);
  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_text (statement, 1, id);
  while (bitket_statement_step (statement, &local_error))
    if (strcmp (bitket_statement_get_text (statement, 0), "sold") == 0)
      json_array_add_object_element (tickets, make_ticket (request, statement));
    else if (!bitket_statement_is_null (statement, 4))
      json_array_add_object_element (messages, make_message (request, statement));
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  if (head->state == BITKET_PURCHASE_DONE && head->amount_ore > 0)
    {
      g_autofree char *amount = bitket_money_format (head->amount_ore);
      JsonObject *transaction = json_object_new ();

      json_object_set_string_member (transaction, "amount", amount);
      json_array_add_object_element (transactions, transaction);
    }
  return TRUE;
}

static BitketReply *
reply_price (const char *price)
{
  g_autofree char *text = g_strdup_printf ("The price is now %s.", price);
  JsonObject *answer = json_object_new ();
  JsonObject *payment = json_object_new ();
  JsonArray *texts = json_array_new ();

  json_array_add_string_element (texts, text);
  json_object_set_array_member (payment, "amount", texts);
  json_object_set_object_member (answer, "payment", payment);
  return bitket_reply_new_object (400, answer);
}

static BitketReply *
reply_detail (guint status, const char *detail)
{
  JsonObject *answer = json_object_new ();

  json_object_set_string_member (answer, "detail", detail != NULL ? detail : INTERRUPTED_TEXT);
  return bitket_reply_new_object (status, answer);
}

static BitketReply *
reply_undecided (BitketRequest *request, const char *id)
{
  g_autofree char *url = bitket_request_link (request, "purchases", id);
  BitketReply *reply = reply_detail (503, UNDECIDED_TEXT);

  bitket_reply_add_header (reply, "Location", url);
  bitket_reply_add_header (reply, "Retry-After", "5");
  return reply;
}

static gboolean
load_own_head (BitketRequest *request, BitketDb *db, const char *id, Head *head, GError **error)
{
  gboolean is_there = FALSE;

  if (!load_head (db, id, request->caller.id, head, &is_there, error))
    return FALSE;
  if (!is_there)
    bitket_service_error_set (error, BITKET_SERVICE_ERROR_NOT_FOUND);
  return is_there;
}

BitketReply *
bitket_purchase_reply (BitketRequest *request, BitketDb *db, const char *id, GError **error)
{
  g_auto (Head) head = { 0 };
  g_autoptr (JsonObject) answer = NULL;

  g_return_val_if_fail (request != NULL && db != NULL && id != NULL, NULL);

  if (!load_own_head (request, db, id, &head, error))
    return NULL;
  if (head.status == 0)
    return reply_undecided (request, id);
  if (head.status == 400)
    return reply_price (head.detail);
  if (head.status != 207)
    return reply_detail ((guint) head.status, head.detail);
  answer = json_object_new ();
  if (!add_outcome (request, db, id, &head, answer, error))
    return NULL;
  return bitket_reply_new_object (207, g_steal_pointer (&answer));
}

BitketReply *
bitket_purchase_reply_accepted (BitketRequest *request,
                                BitketDb *db,
                                const char *id,
                                GError **error)
{
  g_autofree char *url = NULL;
  JsonObject *answer;
  BitketReply *reply;

  g_return_val_if_fail (request != NULL && db != NULL && id != NULL, NULL);

  answer = bitket_purchase_describe (request, db, id, error);
  if (answer == NULL)
    return NULL;
  reply = bitket_reply_new_object (202, answer);
  url = bitket_request_link (request, "purchases", id);
  bitket_reply_add_header (reply, "Location", url);
  bitket_reply_add_header (reply, "Preference-Applied", "respond-async");
  return reply;
}

static void
add_number_or_null (JsonObject *object, const char *name, gint64 number)
{
  if (number > 0)
    json_object_set_int_member (object, name, number);
  else
    json_object_set_null_member (object, name);
}

/* How it stands: "id", "state", "position", "status". */
static void
add_state (JsonObject *object, const char *id, const Head *head, gint64 position)
{
  json_object_set_string_member (object, "id", id);
  json_object_set_string_member (object, "state", bitket_purchase_state_to_string (head->state));
  add_number_or_null (object, "position", position);
  add_number_or_null (object, "status", head->status);
}

JsonObject *
bitket_purchase_describe (BitketRequest *request, BitketDb *db, const char *id, GError **error)
{
  g_auto (Head) head = { 0 };
  g_autoptr (JsonObject) answer = json_object_new ();
  g_autofree char *url = NULL;
  gint64 position = 0;

  g_return_val_if_fail (request != NULL && db != NULL && id != NULL, NULL);

  if (!load_own_head (request, db, id, &head, error) || !load_position (db, id, &position, error))
    return NULL;
  url = bitket_request_link (request, "purchases", id);
  json_object_set_string_member (answer, "url", url);
  add_state (answer, id, &head, position);
  if (!add_outcome (request, db, id, &head, answer, error))
    return NULL;
  if (head.state != BITKET_PURCHASE_FAILED)
    json_object_set_null_member (answer, "detail");
  else if (head.status == 400)
    json_object_set_string_member (answer, "detail",
                                   "The price is higher than the amount that was agreed to.");
  else
    json_object_set_string_member (answer, "detail",
                                   head.detail != NULL ? head.detail : INTERRUPTED_TEXT);
  return g_steal_pointer (&answer);
}

char *
bitket_purchase_state_message (BitketDb *db,
                               const char *id,
                               BitketPurchaseState *state,
                               GError **error)
{
  g_auto (Head) head = { 0 };
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  JsonObject *message;
  gboolean is_there = FALSE;
  gint64 position = 0;

  g_return_val_if_fail (db != NULL && id != NULL, NULL);

  if (!load_head (db, id, "", &head, &is_there, error) || !is_there ||
      !load_position (db, id, &position, error))
    return NULL;
  message = json_object_new ();
  json_object_set_string_member (message, "type", "purchase");
  add_state (message, id, &head, position);
  json_node_take_object (node, message);
  *state = head.state;
  return bitket_json_to_string (node);
}
