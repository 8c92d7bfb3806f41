/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-order-reader.h"

#include <string.h>

#include "bitket-json-reader.h"
#include "bitket-money.h"
#include "bitket-nin.h"
#include "bitket-order-catalogue.h"
#include "bitket-signing.h"

#define REQUIRED_TEXT "This field is required."
#define NULL_TEXT     "This field may not be null."
#define NIN_TEXT      "Enter a valid Swedish personal identity number."

/* Fields of the request that are no resource's. */
static const BitketField type_field = { "type",   BITKET_KIND_CHOICE, 0, 0, 0, NULL,
                                        "stripe", BITKET_ROLE_ANYONE };
static const BitketField payload_field = { "payload", BITKET_KIND_TEXT,  0, 0, 500, NULL,
                                           NULL,      BITKET_ROLE_ANYONE };
static const BitketField amount_field = {
  "amount", BITKET_KIND_MONEY, 0, -BITKET_MONEY_MAX_ORE, BITKET_MONEY_MAX_ORE, NULL,
  NULL,     BITKET_ROLE_ANYONE
};
static const BitketField nin_field = {
  "nin", BITKET_KIND_NIN, BITKET_FIELD_NULLABLE | BITKET_FIELD_BLANK, 0, 13, NULL,
  NULL,  BITKET_ROLE_SELF
};
static const BitketField ticket_type_field = { "ticket_type", BITKET_KIND_REFERENCE, 0, 0, 0, NULL,
                                               "ticket_type", BITKET_ROLE_ANYONE };
static const BitketField choices_field = {
  "variation_choices", BITKET_KIND_REFERENCES, 0, 0, 0, NULL, "variation_choice", BITKET_ROLE_ANYONE
};

/* A link that came with the order. */
typedef struct
{
  char id[BITKET_ID_SIZE];
  char ticket_type[BITKET_ID_SIZE];
  gint64 n_left;
} Code;

typedef struct
{
  BitketRequest *request;     /* (unowned) */
  BitketDb *db;               /* (unowned) */
  JsonObject *errors;         /* (owned) */
  BitketReply *reply;         /* (owned) (nullable): the whole answer, whatever else is wrong */
  BitketCatalogue *catalogue; /* (owned) */
  GArray *codes;              /* (owned) Code */
  BitketOrder *order;         /* (owned) */
} Reading;

static void
clear_reading (Reading *reading)
{
  g_clear_pointer (&reading->errors, json_object_unref);
  g_clear_pointer (&reading->reply, bitket_reply_free);
  g_clear_pointer (&reading->catalogue, bitket_catalogue_free);
  g_clear_pointer (&reading->codes, g_array_unref);
  g_clear_pointer (&reading->order, bitket_order_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Reading, clear_reading)

static void
add_error (JsonObject *errors, const char *field, const char *text)
{
  JsonArray *texts = json_array_new ();

  json_array_add_string_element (texts, text);
  json_object_set_array_member (errors, field, texts);
}

static JsonObject *
make_error (const char *field, const char *text)
{
  JsonObject *errors = json_object_new ();

  add_error (errors, field, text);
  return errors;
}

/* {"field": {"non_field_errors": ["text"]}} */
static void
add_object_error (JsonObject *errors, const char *field, const char *text)
{
  json_object_set_object_member (errors, field, make_error ("non_field_errors", text));
}

static char *
format_not_dictionary (JsonNode *node)
{
  return g_strdup_printf ("Invalid data. Expected a dictionary, but got %s.",
                          bitket_value_type_name (node));
}

static char *
format_not_list (JsonNode *node)
{
  return g_strdup_printf ("Expected a list of items but got type \"%s\".",
                          bitket_value_type_name (node));
}

/* Checks a member of @object that must be there. Returns: (nullable): the member, %NULL after an
 * error was added */
static JsonNode *
check_member (JsonObject *object, const BitketField *field, JsonObject *errors)
{
  JsonNode *node = json_object_get_member (object, field->name);
  g_autoptr (GError) error = NULL;

  if (node == NULL)
    add_error (errors, field->name, REQUIRED_TEXT);
  else if (bitket_field_check (field, node, &error))
    return node;
  else
    add_error (errors, field->name, error->message);
  return NULL;
}

/* Whether every hyperlink points at something; only foreign ones are looked up. */
static gboolean
find_choices (Reading *reading,
              const BitketOffer *offer,
              JsonArray *links,
              GPtrArray *ids,
              gboolean *are_there,
              GError **error)
{
  for (guint i = 0; i < json_array_get_length (links); i++)
    {
      char id[BITKET_ID_SIZE];

      if (!bitket_hyperlink_parse (json_array_get_string_element (links, i), "variation-choices",
                                   id, NULL))
        g_assert_not_reached (); /* the field was checked */
      g_ptr_array_add (ids, g_strdup (id));
      if (bitket_offer_find_choice (offer, id) == NULL &&
          !bitket_catalogue_has_choice (reading->catalogue, id, are_there, error))
        return FALSE;
      if (!*are_there)
        return TRUE;
    }
  return TRUE;
}

static void
take_item (Reading *reading, const BitketOffer *offer, GPtrArray *choices)
{
  BitketOrderItem item = { 0 };

  g_strlcpy (item.ticket_type, offer->id, sizeof item.ticket_type);
  g_ptr_array_add (choices, NULL);
  item.choices = g_strjoinv (" ", (char **) choices->pdata);
  item.modifiers = g_strjoinv (" ", offer->modifiers);
  item.price_ore = bitket_offer_get_price (offer, (const char *const *) choices->pdata);
  bitket_order_add_item (reading->order, &item);
}

/* @errors: of this item. Returns: %FALSE with @error. */
static gboolean
read_item (Reading *reading, JsonObject *object, JsonObject *errors, GError **error)
{
  JsonNode *type = check_member (object, &ticket_type_field, errors);
  JsonNode *links = check_member (object, &choices_field, errors);
  g_autoptr (GPtrArray) choices = g_ptr_array_new_with_free_func (g_free);
  const BitketOffer *offer;
  gboolean are_there = TRUE;
  char id[BITKET_ID_SIZE];

  if (type == NULL)
    return TRUE;
  if (!bitket_hyperlink_parse (json_node_get_string (type), "ticket-types", id, NULL))
    g_assert_not_reached (); /* the field was checked */
  if (!bitket_catalogue_find (reading->catalogue, id, &offer, error))
    return FALSE;
  if (offer == NULL)
    add_error (errors, "ticket_type", "Invalid hyperlink - Object does not exist.");
  if (offer == NULL || links == NULL)
    return TRUE;
  if (!find_choices (reading, offer, json_node_get_array (links), choices, &are_there, error))
    return FALSE;
  if (!are_there)
    add_error (errors, "variation_choices", "Invalid hyperlink - Object does not exist.");
  else if (!bitket_offer_check_choices (offer, choices))
    add_error (errors, "non_field_errors", "Invalid variation choices.");
  else
    take_item (reading, offer, choices);
  return TRUE;
}

static gboolean
read_items (Reading *reading, JsonArray *items, GError **error)
{
  JsonArray *all_errors = json_array_new ();
  gboolean are_good = TRUE;

  for (guint i = 0; i < json_array_get_length (items); i++)
    {
      JsonNode *node = json_array_get_element (items, i);
      g_autofree char *text = NULL;
      JsonObject *errors = json_object_new ();

      json_array_add_object_element (all_errors, errors);
      if (JSON_NODE_HOLDS_OBJECT (node))
        {
          if (!read_item (reading, json_node_get_object (node), errors, error))
            {
              json_array_unref (all_errors);
              return FALSE;
            }
        }
      else
        {
          text = format_not_dictionary (node);
          add_error (errors, "non_field_errors", text);
        }
      are_good &= json_object_get_size (errors) == 0;
    }
  if (are_good)
    json_array_unref (all_errors);
  else
    json_object_set_array_member (reading->errors, "tickets", all_errors);
  return TRUE;
}

/* More than anybody buys at once, and few enough for one transaction. */
#define MAX_ITEMS 100

static gboolean
read_tickets (Reading *reading, JsonObject *body, GError **error)
{
  JsonNode *node = json_object_get_member (body, "tickets");
  g_autofree char *text = NULL;

  if (node == NULL)
    {
      add_error (reading->errors, "tickets", REQUIRED_TEXT);
    }
  else if (JSON_NODE_HOLDS_NULL (node))
    {
      add_error (reading->errors, "tickets", NULL_TEXT);
    }
  else if (!JSON_NODE_HOLDS_ARRAY (node))
    {
      text = format_not_list (node);
      add_object_error (reading->errors, "tickets", text);
    }
  else if (json_array_get_length (json_node_get_array (node)) == 0)
    {
      add_object_error (reading->errors, "tickets", "This list may not be empty.");
    }
  else if (json_array_get_length (json_node_get_array (node)) > MAX_ITEMS)
    {
      text = g_strdup_printf ("Ensure this list has no more than %d items.", MAX_ITEMS);
      add_object_error (reading->errors, "tickets", text);
    }
  else
    {
      return read_items (reading, json_node_get_array (node), error);
    }
  return TRUE;
}

static BitketReply *
refuse (const char *detail)
{
  JsonObject *answer = json_object_new ();

  json_object_set_string_member (answer, "detail", detail);
  return bitket_reply_new_object (400, answer);
}

/* What the tickets are together. */
static gboolean
check_together (Reading *reading, GError **error)
{
  const GArray *items = reading->order->items;

  for (guint i = 0; i < items->len; i++)
    {
      const BitketOffer *offer, *other;

      if (!bitket_catalogue_find (reading->catalogue,
                                  g_array_index (items, BitketOrderItem, i).ticket_type, &offer,
                                  error))
        return FALSE;
      if (i == 0)
        g_strlcpy (reading->order->organization, offer->organization, BITKET_ID_SIZE);
      if (strcmp (offer->organization, reading->order->organization) != 0)
        {
          g_clear_pointer (&reading->reply, bitket_reply_free);
          reading->reply = refuse ("Tickets from multiple organizations ordered.");
          return TRUE;
        }
      for (guint j = 0; j < i && reading->reply == NULL; j++)
        {
          if (!bitket_catalogue_find (reading->catalogue,
                                      g_array_index (items, BitketOrderItem, j).ticket_type, &other,
                                      error))
            return FALSE;
          if (bitket_offer_conflicts (offer, other))
            reading->reply = refuse ("Conflicting ticket types selected.");
        }
    }
  return TRUE;
}

#define CODE_SQL                                                                                   \
  "SELECT a.ticket_type, a.quantity - (SELECT COUNT (*) FROM tickets t WHERE t.access_code = a.id" \
  " AND t.refunded IS NULL) FROM access_codes a WHERE a.id = $1 AND a.revoked IS NULL"             \
  " AND (a.expires IS NULL OR a.expires > $2)"

/* @code (out): n_left is 0 when the link leads nowhere (any more). */
static gboolean
load_code (Reading *reading, const char *token, Code *code, GError **error)
{
  g_autoptr (BitketStatement) statement = NULL;
  g_autoptr (GError) local_error = NULL;

  code->n_left = 0;
  if (token == NULL ||
      !bitket_access_token_load (token, reading->request->shared->secret_key, code->id, NULL))
    return TRUE;
  statement = bitket_db_prepare (reading->db, CODE_SQL, error);
  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_text (statement, 1, code->id);
  bitket_statement_bind_int64 (statement, 2, reading->request->now_us);
  if (bitket_statement_step (statement, &local_error))
    {
      g_strlcpy (code->ticket_type, bitket_statement_get_text (statement, 0), BITKET_ID_SIZE);
      code->n_left = bitket_statement_get_int64 (statement, 1);
    }
  if (local_error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

static const char *
peek_string (JsonNode *node)
{
  return JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING
             ? json_node_get_string (node)
             : NULL;
}

static gboolean
read_codes (Reading *reading, JsonArray *tokens, GError **error)
{
  for (guint i = 0; i < json_array_get_length (tokens); i++)
    {
      JsonNode *node = json_array_get_element (tokens, i);
      g_autofree char *text = NULL;
      Code code = { 0 };

      if (!load_code (reading, peek_string (node), &code, error))
        return FALSE;
      if (code.n_left > 0)
        {
          g_array_append_val (reading->codes, code);
          continue;
        }
      text = g_strdup_printf ("Object with token=%s does not exist.",
                              peek_string (node) != NULL ? peek_string (node)
                                                         : bitket_value_type_name (node));
      add_error (reading->errors, "access_codes", text);
      return TRUE;
    }
  return TRUE;
}

static gboolean
read_access_codes (Reading *reading, JsonObject *body, GError **error)
{
  JsonNode *node = json_object_get_member (body, "access_codes");
  g_autofree char *text = NULL;

  if (node == NULL)
    add_error (reading->errors, "access_codes", REQUIRED_TEXT);
  else if (JSON_NODE_HOLDS_NULL (node))
    add_error (reading->errors, "access_codes", NULL_TEXT);
  else if (JSON_NODE_HOLDS_ARRAY (node))
    return read_codes (reading, json_node_get_array (node), error);
  else
    {
      text = format_not_list (node);
      add_error (reading->errors, "access_codes", text);
    }
  return TRUE;
}

/* Returns: (nullable): the object @name of the body, %NULL after an error was added */
static JsonObject *
read_object (Reading *reading, JsonObject *body, const char *name)
{
  JsonNode *node = json_object_get_member (body, name);
  g_autofree char *text = NULL;

  if (node != NULL && JSON_NODE_HOLDS_OBJECT (node))
    return json_node_get_object (node);
  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    {
      add_error (reading->errors, name, node == NULL ? REQUIRED_TEXT : NULL_TEXT);
      return NULL;
    }
  text = format_not_dictionary (node);
  add_object_error (reading->errors, name, text);
  return NULL;
}

static void
read_payment (Reading *reading, JsonObject *body)
{
  JsonObject *payment = read_object (reading, body, "payment");
  JsonObject *errors;
  g_auto (BitketJsonReader) reader = { 0 };
  JsonNode *payload;

  if (payment == NULL)
    return;
  errors = json_object_new ();
  check_member (payment, &type_field, errors);
  payload = check_member (payment, &payload_field, errors);
  if (payload != NULL &&
      strspn (json_node_get_string (payload), " \t\r\n") == strlen (json_node_get_string (payload)))
    add_error (errors, "payload", "This field may not be blank.");
  check_member (payment, &amount_field, errors);
  if (json_object_get_size (errors) > 0)
    {
      json_object_set_object_member (reading->errors, "payment", errors);
      return;
    }
  json_object_unref (errors);
  reading->order->payload = json_node_dup_string (payload);
  if (!bitket_json_reader_init (&reader, json_object_get_member (body, "payment"), NULL, NULL) ||
      !bitket_json_read_money (&reader, "amount", &reading->order->max_amount_ore, NULL))
    g_assert_not_reached (); /* the field was checked */
}

/* Returns: (nullable): what is wrong with it */
static const char *
read_nin (Reading *reading, const char *given)
{
  g_autofree char *text = g_strstrip (g_strdup (given));
  char nin[BITKET_NIN_SIZE];
  BitketNinKind kind;

  if (*text == '\0')
    return NULL;
  if (!bitket_nin_parse (text, reading->request->now_us, nin, &kind, NULL))
    return NIN_TEXT;
  if (kind == BITKET_NIN_KIND_COORDINATION)
    return "Co-ordination numbers are not allowed.";
  if (kind != BITKET_NIN_KIND_PERSONAL)
    return NIN_TEXT;
  reading->order->nin = g_strdup (nin);
  return NULL;
}

/* A missing number is as null: the one that is known stays. */
static void
read_user (Reading *reading, JsonObject *body)
{
  JsonObject *user = read_object (reading, body, "user");
  JsonNode *node = user != NULL ? json_object_get_member (user, "nin") : NULL;
  g_autoptr (GError) error = NULL;
  const char *problem = NULL;

  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return;
  if (!bitket_field_check (&nin_field, node, &error))
    problem = error->message;
  else
    problem = read_nin (reading, json_node_get_string (node));
  if (problem != NULL)
    json_object_set_object_member (reading->errors, "user", make_error ("nin", problem));
}

/* Every ticket takes the last link of its type that has tickets left; when none has, the last one
 * all the same, so that the buyer is told that it is used up. */
static void
assign_codes (Reading *reading)
{
  for (guint i = 0; i < reading->order->items->len; i++)
    {
      BitketOrderItem *item = &g_array_index (reading->order->items, BitketOrderItem, i);
      Code *chosen = NULL;

      for (guint j = reading->codes->len; j > 0; j--)
        {
          Code *code = &g_array_index (reading->codes, Code, j - 1);

          if (strcmp (code->ticket_type, item->ticket_type) != 0)
            continue;
          if (chosen == NULL || (chosen->n_left <= 0 && code->n_left > 0))
            chosen = code;
        }
      if (chosen == NULL)
        continue;
      chosen->n_left--;
      g_strlcpy (item->access_code, chosen->id, sizeof item->access_code);
    }
}

static gboolean
read_body (Reading *reading, JsonObject *body, GError **error)
{
  if (!read_tickets (reading, body, error))
    return FALSE;
  if (json_object_get_size (reading->errors) == 0 && !check_together (reading, error))
    return FALSE;
  if (reading->reply != NULL)
    return TRUE;
  if (!read_access_codes (reading, body, error))
    return FALSE;
  read_payment (reading, body);
  read_user (reading, body);
  if (json_object_get_size (reading->errors) > 0)
    reading->reply = bitket_reply_new_object (400, g_steal_pointer (&reading->errors));
  return TRUE;
}

BitketOrder *
bitket_order_read (BitketRequest *request, BitketDb *db, BitketReply **reply, GError **error)
{
  g_autoptr (JsonNode) body = NULL;
  g_auto (Reading) reading = { .request = request, .db = db };

  g_return_val_if_fail (request != NULL && db != NULL && reply != NULL, NULL);

  body = bitket_request_read_object (request, reply, error);
  if (body == NULL)
    return NULL;
  reading.errors = json_object_new ();
  reading.catalogue = bitket_catalogue_new (request, db);
  reading.codes = g_array_new (FALSE, FALSE, sizeof (Code));
  reading.order = bitket_order_new ();
  g_strlcpy (reading.order->user, request->caller.id, BITKET_ID_SIZE);
  if (!read_body (&reading, json_node_get_object (body), error))
    return NULL;
  if (reading.reply != NULL)
    {
      *reply = g_steal_pointer (&reading.reply);
      return NULL;
    }
  assign_codes (&reading);
  return g_steal_pointer (&reading.order);
}
