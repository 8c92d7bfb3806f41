/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

/* What requests carry in their query and headers, and what is answered when something is wrong. */

#include "bitket-openapi-private.h"

#include <libsoup/soup.h>
#include <string.h>

static const struct
{
  const char *name;
  const char *in;
  const char *type;
  const char *description;
} parameters[] = {
  { "limit", "query", "int", "Pages the list: at most so many, 1 to 5000." },
  { "cursor", "query", "text", "Where the page begins, as the Link header or the feed says." },
  { "event", "query", "reference", "Only what is of this event: an id or a link." },
  { "organization", "query", "reference", "Only what is of this organization: an id or a link." },
  { "ticket_type", "query", "reference",
    "Only what is of this ticket type: an id or a link; for imports also a name." },
  { "resource", "query", "text", "Only what was done to this kind of thing: \"event\"." },
  { "user", "query", "reference", "Only what this user did: an id or a link." },
  { "kind", "query", "(charge|refund|fee|payout)", "Only these." },
  { "from", "query", "text", "From this time on." },
  { "to", "query", "text", "Before this time." },
  { "expand", "query", "text", "Resources to show instead of links: ticket, user, or both." },
  { "fields", "query", "text", "The members that are wanted, with commas." },
  { "code", "query", "text", "The ticket's code, or what Stripe gave." },
  { "state", "query", "text", "What was sent along." },
  { "query", "query", "text", "What was scanned or typed." },
  { "group_by", "query", "(ticket_type|day)", "How the figures are grouped." },
  { "dry_run", "query", "bool", "Everything is tried, then undone." },
  { "skip_bad", "query", "bool", "Rows that are wrong are left out." },
  { "columns", "query", "text", "What the columns are, instead of the first row." },
  { "delimiter", "query", "(comma|semicolon|tab)", "Instead of a guess." },
  { "mail", "query", "bool", "Whether they are written to." },
  { "Idempotency-Key", "header", "text",
    "1 to 255 bytes: the same request with the same key is done once." },
  { "If-Match", "header", "text", "The ETag that was seen; 412 when it is another now." },
  { "Prefer", "header", "text", "\"respond-async\": 202 at once, instead of the outcome." },
  { "Stripe-Signature", "header", "text", "As Stripe signs what it tells." },
};

static const struct
{
  guint status;
  const char *type;
} errors[] = {
  { 400, "Problem|FieldErrors" },
  { 401, "Problem" },
  { 402, "Problem" },
  { 403, "Problem" },
  { 404, "Problem" },
  { 405, "Problem" },
  { 409, "Problem" },
  { 412, "Late" },
  { 413, "Problem" },
  { 415, "Problem" },
  { 422, "Problem" },
  { 429, "Problem" },
  { 503, "Problem" },
};

void
bitket_openapi_add_parameters (JsonObject *object)
{
  for (gsize i = 0; i < G_N_ELEMENTS (parameters); i++)
    {
      JsonObject *parameter = json_object_new ();

      json_object_set_string_member (parameter, "name", parameters[i].name);
      json_object_set_string_member (parameter, "in", parameters[i].in);
      json_object_set_string_member (parameter, "description", parameters[i].description);
      json_object_set_object_member (parameter, "schema",
                                     bitket_openapi_make_type (parameters[i].type));
      json_object_set_object_member (object, parameters[i].name, parameter);
    }
}

void
bitket_openapi_set_content (JsonObject *object, const char *type)
{
  const gboolean is_media_type = strchr (type, '/') != NULL;
  JsonObject *content = json_object_new ();
  JsonObject *media = json_object_new ();

  json_object_set_object_member (media, "schema",
                                 bitket_openapi_make_type (is_media_type ? "text" : type));
  json_object_set_object_member (content, is_media_type ? type : "application/json", media);
  json_object_set_object_member (object, "content", content);
}

JsonObject *
bitket_openapi_make_answer (guint status, const char *type)
{
  JsonObject *answer = json_object_new ();

  json_object_set_string_member (answer, "description", soup_status_get_phrase (status));
  if (type != NULL)
    bitket_openapi_set_content (answer, type);
  return answer;
}

void
bitket_openapi_add_errors (JsonObject *responses)
{
  JsonObject *other = bitket_openapi_make_answer (500, "Problem");

  for (gsize i = 0; i < G_N_ELEMENTS (errors); i++)
    {
      g_autofree char *name = g_strdup_printf ("Error%u", errors[i].status);

      json_object_set_object_member (responses, name,
                                     bitket_openapi_make_answer (errors[i].status, errors[i].type));
    }
  json_object_set_string_member (other, "description", "Something else went wrong");
  json_object_set_object_member (responses, "Error", other);
}
