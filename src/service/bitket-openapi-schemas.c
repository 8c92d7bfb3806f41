/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

/* The resources, out of their tables. */

#include "bitket-openapi-private.h"

#include <string.h>

#include "bitket-json-reader.h"
#include "bitket-writable.h"

/* What the tables do not tell: the form of what is worked out, and what may stand in its place. */
static const struct
{
  const BitketSchema *schema;
  const char *field;
  const char *type;
} shown[] = {
  { &bitket_organization_schema, "stripe_connected", "bool" },
  { &bitket_ticket_type_schema, "modifiers", "[Discount]" },
  { &bitket_ticket_type_schema, "availability", "Availability" },
  { &bitket_ticket_type_schema, "quantity", "Quantity" },
  { &bitket_access_code_schema, "token", "text" },
  { &bitket_access_code_schema, "link", "link" },
  { &bitket_access_code_schema, "used", "int" },
  { &bitket_ticket_ownership_schema, "ticket", "link|Ticket" },
  { &bitket_ticket_ownership_schema, "user", "link|Holder" },
  { &bitket_ticket_ownership_schema, "qr", "text?" },
  { &bitket_ticket_ownership_schema, "price", "money" },
  { &bitket_ticket_ownership_schema, "resell_token", "text?" },
  { &bitket_ticket_ownership_schema, "is_current", "bool" },
  { &bitket_ticket_ownership_schema, "utilized", "time?" },
};

/* What a new one may be sent with besides. */
static const struct
{
  const BitketSchema *schema;
  const char *member;
} extras[] = {
  { &bitket_access_code_schema, "count?:int" },
};

typedef enum
{
  FORM_NONE,
  FORM_SHOWN,
  FORM_NEW,
  FORM_CHANGE,
} Form;

char *
bitket_openapi_dup_name (const BitketSchema *schema, const char *suffix)
{
  GString *name = g_string_new (NULL);
  gboolean is_first = TRUE;

  for (const char *p = schema->name; *p != '\0'; p++)
    {
      if (*p != '_')
        g_string_append_c (name, is_first ? g_ascii_toupper (*p) : *p);
      is_first = *p == '_';
    }
  g_string_append (name, suffix);
  return g_string_free (name, FALSE);
}

static const char *
find_shown (const BitketSchema *schema, const char *field)
{
  for (gsize i = 0; i < G_N_ELEMENTS (shown); i++)
    if (shown[i].schema == schema && strcmp (shown[i].field, field) == 0)
      return shown[i].type;
  return NULL;
}

static JsonObject *
make_choice (const BitketField *field)
{
  g_autofree char *type = g_strconcat ("(", field->target, ")", NULL);

  return bitket_openapi_make_type (type);
}

static JsonObject *
make_kind (const BitketField *field, Form form)
{
  switch (field->kind)
    {
    case BITKET_KIND_ID:
      return bitket_openapi_make_type ("id");
    case BITKET_KIND_EMAIL:
      return bitket_openapi_make_type ("email");
    case BITKET_KIND_SLUG:
      return bitket_openapi_make_type ("slug");
    case BITKET_KIND_NIN:
      return bitket_openapi_make_type ("nin");
    case BITKET_KIND_CHOICE:
      return make_choice (field);
    case BITKET_KIND_REFERENCE:
      return bitket_openapi_make_type (form == FORM_SHOWN ? "link" : "reference");
    case BITKET_KIND_REFERENCES:
      return bitket_openapi_make_type (form == FORM_SHOWN ? "[link]" : "[reference]");
    case BITKET_KIND_BOOLEAN:
      return bitket_openapi_make_type ("bool");
    case BITKET_KIND_INTEGER:
      return bitket_openapi_make_type ("int");
    case BITKET_KIND_MONEY:
      return bitket_openapi_make_type (form == FORM_SHOWN ? "money" : "amount");
    case BITKET_KIND_TIME:
      return bitket_openapi_make_type ("time");
    case BITKET_KIND_TEXT:
    case BITKET_KIND_COMPUTED:
    case BITKET_KIND_NONE:
      break;
    }
  return bitket_openapi_make_type ("text");
}

/* What comes in is held to the limits; what is shown may be older than they are. */
static void
add_limits (JsonObject *schema, const BitketField *field)
{
  const gboolean is_number = field->kind == BITKET_KIND_INTEGER;
  const gboolean is_text = field->kind == BITKET_KIND_TEXT || field->kind == BITKET_KIND_EMAIL ||
                           field->kind == BITKET_KIND_SLUG;

  if (is_text && (field->flags & BITKET_FIELD_BLANK) == 0)
    json_object_set_int_member (schema, "minLength", MAX (field->min, 1));
  if (is_text && field->max > 0)
    json_object_set_int_member (schema, "maxLength", field->max);
  if (is_number && (field->min != 0 || field->max != 0))
    {
      json_object_set_int_member (schema, "minimum", field->min);
      json_object_set_int_member (schema, "maximum", field->max);
    }
}

static JsonObject *
make_field (const BitketSchema *schema, const BitketField *field, Form form)
{
  const char *type = form == FORM_SHOWN ? find_shown (schema, field->name) : NULL;
  JsonObject *object = type != NULL ? bitket_openapi_make_type (type) : make_kind (field, form);

  if (form != FORM_SHOWN)
    add_limits (object, field);
  if ((field->flags & BITKET_FIELD_NULLABLE) != 0)
    json_object_set_boolean_member (object, "nullable", TRUE);
  if (form == FORM_SHOWN && (field->flags & BITKET_FIELD_STAFF) != 0 &&
      !json_object_has_member (object, "$ref"))
    json_object_set_string_member (object, "description", "For staff.");
  if (form == FORM_NEW && field->default_json != NULL)
    json_object_set_member (object, "default", bitket_json_parse (field->default_json, -1, NULL));
  return object;
}

static gboolean
is_taken (const BitketSchema *schema, const BitketField *field, Form form)
{
  const BitketWritable *writable = bitket_writable_find (schema);

  if ((field->flags & (BITKET_FIELD_SECRET | BITKET_FIELD_READ_ONLY)) != 0)
    return FALSE;
  for (guint i = 0; form == FORM_CHANGE && i < G_N_ELEMENTS (writable->fixed); i++)
    if (g_strcmp0 (writable->fixed[i], field->name) == 0)
      return FALSE;
  return TRUE;
}

/* Whoever reads ownerships names the members that he wants. */
static gboolean
is_required (const BitketSchema *schema, const BitketField *field, Form form)
{
  if (form == FORM_SHOWN)
    return (field->flags & BITKET_FIELD_ORIGINAL) != 0 && schema != &bitket_ticket_ownership_schema;
  return form == FORM_NEW && (field->flags & BITKET_FIELD_OPTIONAL) == 0;
}

static JsonObject *
make_resource (const BitketSchema *schema, Form form)
{
  JsonObject *properties = json_object_new ();
  JsonArray *required = json_array_new ();
  JsonObject *object;

  if (form == FORM_SHOWN)
    bitket_openapi_add_member (
        properties, schema != &bitket_ticket_ownership_schema ? required : NULL, "url:link");
  for (guint i = 0; i < schema->n_fields; i++)
    {
      const BitketField *field = &schema->fields[i];

      if (form == FORM_SHOWN ? (field->flags & BITKET_FIELD_SECRET) != 0
                             : !is_taken (schema, field, form))
        continue;
      json_object_set_object_member (properties, field->name, make_field (schema, field, form));
      if (is_required (schema, field, form))
        json_array_add_string_element (required, field->name);
    }
  for (gsize i = 0; form == FORM_NEW && i < G_N_ELEMENTS (extras); i++)
    if (extras[i].schema == schema)
      bitket_openapi_add_member (properties, required, extras[i].member);
  object = bitket_openapi_make_object (properties, required);
  if (form != FORM_SHOWN)
    json_object_set_boolean_member (object, "additionalProperties", FALSE);
  return object;
}

void
bitket_openapi_add_resources (JsonObject *schemas)
{
  static const char *const suffixes[] = {
    [FORM_SHOWN] = "", [FORM_NEW] = "New", [FORM_CHANGE] = "Change"
  };
  guint n;
  const BitketSchema *const *all = bitket_schemas_get (&n);

  for (guint i = 0; i < n; i++)
    for (Form form = FORM_SHOWN; form <= FORM_CHANGE; form++)
      {
        g_autofree char *name = bitket_openapi_dup_name (all[i], suffixes[form]);

        if (form == FORM_SHOWN || bitket_writable_find (all[i]) != NULL)
          json_object_set_object_member (schemas, name, make_resource (all[i], form));
      }
}
