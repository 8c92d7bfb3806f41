/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-openapi-private.h"

#include <string.h>

static const struct
{
  const char *name;
  const char *type;
  const char *format;  /* (nullable) */
  const char *pattern; /* (nullable) */
} simple_types[] = {
  { "id", "string", "uuid", NULL },
  { "link", "string", "uri", NULL },
  { "reference", "string", NULL, NULL }, /* in requests: a link or an id */
  { "text", "string", NULL, NULL },
  { "password", "string", "password", NULL },
  { "email", "string", "email", NULL },
  { "slug", "string", NULL, "^[-a-zA-Z0-9_]+$" },
  { "nin", "string", NULL, "^[0-9]{12}$" },
  { "code", "string", NULL, "^[0-9a-fA-F]{6}$" },
  { "money", "string", NULL, "^-?[0-9]+\\.[0-9]{2}$" },
  { "amount", "string", NULL, "^-?[0-9]+(\\.[0-9]{1,2})?$" }, /* money in requests */
  { "time", "string", "date-time", NULL },
  { "int", "integer", "int64", NULL },
  { "bool", "boolean", NULL, NULL },
  { "object", "object", NULL, NULL },
};

static JsonObject *
make_simple (const char *name)
{
  JsonObject *schema = json_object_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (simple_types); i++)
    {
      if (strcmp (simple_types[i].name, name) != 0)
        continue;
      json_object_set_string_member (schema, "type", simple_types[i].type);
      if (simple_types[i].format != NULL)
        json_object_set_string_member (schema, "format", simple_types[i].format);
      if (simple_types[i].pattern != NULL)
        json_object_set_string_member (schema, "pattern", simple_types[i].pattern);
      return schema;
    }
  g_assert_not_reached ();
}

static JsonObject *
make_words (const char *type, gsize len)
{
  g_autofree char *inside = g_strndup (type + 1, len - 2);
  g_auto (GStrv) words = g_strsplit (inside, "|", -1);
  JsonObject *schema = make_simple ("text");
  JsonArray *array = json_array_new ();

  for (guint i = 0; words[i] != NULL; i++)
    json_array_add_string_element (array, words[i]);
  json_object_set_array_member (schema, "enum", array);
  return schema;
}

static JsonObject *
make_array (const char *type, gsize len)
{
  g_autofree char *inside = g_strndup (type + 1, len - 2);
  JsonObject *schema = json_object_new ();

  json_object_set_string_member (schema, "type", "array");
  json_object_set_object_member (schema, "items", bitket_openapi_make_type (inside));
  return schema;
}

/* Returns: (nullable): the first bar that stands in no brackets */
static const char *
find_bar (const char *type)
{
  guint depth = 0;

  for (const char *p = type; *p != '\0'; p++)
    {
      if (*p == '(' || *p == '[')
        depth++;
      else if (*p == ')' || *p == ']')
        depth--;
      else if (*p == '|' && depth == 0)
        return p;
    }
  return NULL;
}

static JsonObject *
make_alternatives (const char *type, const char *bar)
{
  JsonObject *schema = json_object_new ();
  JsonArray *array = json_array_new ();

  for (; bar != NULL; type = bar + 1, bar = find_bar (type))
    {
      g_autofree char *one = g_strndup (type, (gsize) (bar - type));

      json_array_add_object_element (array, bitket_openapi_make_type (one));
    }
  json_array_add_object_element (array, bitket_openapi_make_type (type));
  json_object_set_array_member (schema, "anyOf", array);
  return schema;
}

/* OpenAPI 3.0 has "nullable" beside "type" only, so what is a reference cannot be null. */
static JsonObject *
make_nullable (const char *type, gsize len)
{
  g_autofree char *inside = g_strndup (type, len - 1);
  JsonObject *schema = bitket_openapi_make_type (inside);

  g_assert (json_object_has_member (schema, "type"));
  json_object_set_boolean_member (schema, "nullable", TRUE);
  if (json_object_has_member (schema, "enum"))
    json_array_add_null_element (json_object_get_array_member (schema, "enum"));
  return schema;
}

JsonObject *
bitket_openapi_make_type (const char *type)
{
  const char *bar = find_bar (type);
  gsize len = strlen (type);

  g_assert (len > 0);
  if (bar != NULL)
    return make_alternatives (type, bar);
  if (type[len - 1] == '?')
    return make_nullable (type, len);
  if (type[0] == '(')
    return make_words (type, len);
  if (type[0] == '[')
    return make_array (type, len);
  if (g_ascii_isupper (type[0]))
    return bitket_openapi_make_reference ("schemas", type);
  return make_simple (type);
}

void
bitket_openapi_add_member (JsonObject *properties, JsonArray *required, const char *member)
{
  const char *colon = strchr (member, ':');
  g_autofree char *name = g_strndup (member, (gsize) (colon - member));
  gsize len = strlen (name);

  if (name[len - 1] == '?')
    name[len - 1] = '\0';
  else if (required != NULL)
    json_array_add_string_element (required, name);
  json_object_set_object_member (properties, name, bitket_openapi_make_type (colon + 1));
}

JsonObject *
bitket_openapi_make_object (JsonObject *properties, JsonArray *required)
{
  JsonObject *schema = json_object_new ();

  json_object_set_string_member (schema, "type", "object");
  /* An empty list is none. */
  if (json_array_get_length (required) > 0)
    json_object_set_array_member (schema, "required", required);
  else
    json_array_unref (required);
  json_object_set_object_member (schema, "properties", properties);
  return schema;
}

#define DOOR "url:link id:id event:link name:text"
#define FEED_EVENT                                                                                 \
  "id:id name:text? starts:time? ends:time? entry_opens:time? verify_keys:[text]"                  \
  " ticket_types:[FeedTicketType]"

static const struct
{
  const char *name;
  const char *members;
} shapes[] = {
  { "Problem", "detail:text code?:text" },
  { "Late", "detail:text current:object" },
  { "Root", "events:link organizations:link tickets:link ticket-ownerships:link ticket-types:link"
            " users:link variations:link variation-choices:link" },
  { "Health", "status:text" },
  { "Link", "url:link" },
  { "Nothing", "" },

  { "Discount", "condition:text delta:money" },
  { "Availability", "general:bool total_quantity:bool" },
  { "Quantity", "sold:int pending:int utilized:int remaining:int?" },
  { "Holder", "url:link id:id name:text nin:nin? email:text" },
  { "AccessCodeToken", "token:text ticket_type:link" },
  { "EventAgain", "slug:slug name?:text starts?:time" },

  { "SignIn", "provider:text email?:email password?:password code?:text redirect_uri?:text"
              " code_verifier?:text" },
  { "SessionToken", "token:text" },
  { "Provider",
    "name:text client_id:text? authorize_url:link? scope:text? resource:text? pkce:text?" },

  { "OrderTicket", "ticket_type:reference variation_choices:[reference]" },
  { "OrderPayment", "type:(stripe) payload:text amount:amount" },
  { "OrderUser", "nin?:text?" },
  { "Order", "tickets:[OrderTicket] access_codes:[text] payment:OrderPayment user:OrderUser" },
  { "BoughtTicket", "url:link id:id ticket_type:link variation_choices:[link]" },
  { "PurchaseMessage", "code:text text:text entity:link" },
  { "Charged", "amount:money" },
  { "PurchaseOutcome", "tickets:[BoughtTicket] messages:[PurchaseMessage] transactions:[Charged]" },
  { "Purchase", "url:link id:id state:text position:int? status:int? tickets:[BoughtTicket]"
                " messages:[PurchaseMessage] transactions:[Charged] detail:text?" },

  { "UtilizeRefused", "detail:text utilized?:time utilized_by_door?:text?" },
  { "Transfer", "email:email name?:text" },
  { "ChoicesChange", "variation_choices:[reference]" },

  { "RefundOrder",
    "amount?:amount? ticket_ownerships?:[reference]? reason?:text? void_tickets?:bool?" },
  { "Refund", "id:id state:text charge:link? amount:money reason:text void_tickets:bool"
              " ticket_ownerships:[link] created:time transaction:link?" },
  { "SalesGroup", "key:text label:text count:int amount:money" },
  { "Sales", "sold:int pending:int refunded:int utilized:int remaining:int? revenue:money"
             " groups:[SalesGroup]" },

  { "ImportRow", "row:int result:(made|exists|bad|ready) email:text? ticket_type:link?"
                 " ticket_ownership:link? column:text? text:text?" },
  { "ImportReport",
    "dry_run:bool made?:int ready?:int exists:int bad:int columns:object rows:[ImportRow]" },

  { "DoorNew", "event:reference name:text" },
  { "DoorPairing", DOOR " pairing:text pairing_qr:text expires:time" },
  { "Door", DOOR " created:time paired:time? last_seen:time? revoked:time?" },
  { "Pairing", "pairing:text" },
  { "PairedDoor", "id:id token:text event:link name:text door_key:text" },

  { "FeedTicketType", "id:id name:text" },
  { "FeedOtherEvent", FEED_EVENT },
  { "FeedEvent", FEED_EVENT " other_events:[FeedOtherEvent]" },
  { "FeedHolder", "name:text? email:text? nin_hash:text? liu_id:text?" },
  { "FeedTicket", "ownership:id ticket:id ticket_type:id code_hash:text"
                  " state:(valid|utilized|superseded|refunded|pending) utilized:time?"
                  " utilized_by_door:text? holder:FeedHolder card_hashes:[text] choices:[text]" },
  { "Feed", "cursor:text has_more:bool event:FeedEvent tickets:[FeedTicket]" },
  { "Entry", "id:id ownership?:id? code?:code? sig?:text? at:time"
             " source:(camera|line|card|hand) offline?:bool? forced?:text? verdict?:text?"
             " reason?:text? annuls?:id?" },
  { "EntryResult", "id:id result:text utilized:time? utilized_by_door:text? event_name?:text"
                   " conflict?:bool ticket?:FeedTicket detail?:text" },
  { "ConflictEntry", "id:id at:time received:time door:text? offline:bool result:text forced:text?"
                     " conflict:bool late:bool" },
  { "Conflict", "ownership:id ticket:id? ticket_type:id? ticket_type_name:text? name:text?"
                " entries:[ConflictEntry]" },

  { "AuditRow", "url:link id:id at:time user:link? door:link? by:text? action:text resource:text"
                " resource_id:text before:object? after:object?" },
};

/* {"field": ["text"]}, and deeper for what is inside others. */
static JsonObject *
make_field_errors (void)
{
  JsonObject *schema = json_object_new ();

  json_object_set_string_member (schema, "type", "object");
  json_object_set_object_member (schema, "additionalProperties",
                                 bitket_openapi_make_type ("FieldErrors|[text|FieldErrors]"));
  return schema;
}

void
bitket_openapi_add_shapes (JsonObject *schemas)
{
  for (gsize i = 0; i < G_N_ELEMENTS (shapes); i++)
    {
      g_auto (GStrv) members = g_strsplit (shapes[i].members, " ", -1);
      JsonObject *properties = json_object_new ();
      JsonArray *required = json_array_new ();

      for (guint j = 0; members[j] != NULL; j++)
        bitket_openapi_add_member (properties, required, members[j]);
      json_object_set_object_member (schemas, shapes[i].name,
                                     bitket_openapi_make_object (properties, required));
    }
  json_object_set_object_member (schemas, "FieldErrors", make_field_errors ());
}
