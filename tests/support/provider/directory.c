/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

/* Sesam (StudentService 2.0, as its WSDL has it) and Kobra (API version 1). Both know the same
 * students: "students" in the settings, objects with lin, liu_id, card, email and union. */

#include "stand-in.h"

#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>
#include <string.h>

#define SERVICE_NS "http://service.integration.it.liu.se/StudentService/2.0"
#define SOAP_NS    "http://schemas.xmlsoap.org/soap/envelope/"
#define WSSE_NS    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"

static const struct
{
  const char *prefix;
  const char *ns;
} namespaces[] = {
  { "s", SOAP_NS },
  { "o", WSSE_NS },
  { "a", "http://www.w3.org/2005/08/addressing" },
  { "m", SERVICE_NS },
  { "c", "http://service.integration.it.liu.se/EmployeeService/2.1/Contract" },
  { "i", "http://service.integration.it.liu.se/ViewModels" },
};

/* Returns: (nullable): the student whose @member is @value */
static JsonObject *
find_student (StandIn *self, const char *member, const char *value)
{
  JsonNode *node = json_object_get_member (self->settings, "students");
  JsonArray *students = node == NULL ? NULL : json_node_get_array (node);

  for (guint i = 0; students != NULL && value != NULL && i < json_array_get_length (students); i++)
    {
      JsonObject *student = json_array_get_object_element (students, i);

      if (g_strcmp0 (json_object_get_string_member_with_default (student, member, NULL), value) ==
          0)
        return student;
    }
  return NULL;
}

static char *
evaluate (xmlXPathContext *context, const char *path)
{
  xmlXPathObject *result = xmlXPathEvalExpression ((const xmlChar *) path, context);
  xmlNodeSet *nodes = result == NULL ? NULL : result->nodesetval;
  xmlChar *content = NULL;
  char *text = NULL;

  if (nodes != NULL && nodes->nodeNr == 1)
    content = xmlNodeGetContent (nodes->nodeTab[0]);
  text = g_strdup ((const char *) content);
  xmlFree (content);
  xmlXPathFreeObject (result);
  return text;
}

static gboolean
user_is_good (xmlXPathContext *context)
{
  g_autofree char *user =
      evaluate (context, "/s:Envelope/s:Header/o:Security/o:UsernameToken/o:Username");
  g_autofree char *password =
      evaluate (context, "/s:Envelope/s:Header/o:Security/o:UsernameToken/o:Password");
  g_autofree char *action = evaluate (context, "/s:Envelope/s:Header/a:Action");

  return g_strcmp0 (user, "bitket@ad.example") == 0 &&
         g_strcmp0 (password, "secret <of> Sesam & co") == 0 &&
         g_strcmp0 (action, SERVICE_NS "/IStudentService/GetStudent") == 0;
}

/* An identity is of exactly one kind. */
static JsonObject *
find_asked (StandIn *self, xmlXPathContext *context)
{
#define IDENTITY "/s:Envelope/s:Body/m:GetStudent/m:Request/c:Identity/i:"
  g_autofree char *lin = evaluate (context, IDENTITY "norEduPersonLIN");
  g_autofree char *liu_id = evaluate (context, IDENTITY "LiUId");
  g_autofree char *card = evaluate (context, IDENTITY "MifareNumber");
#undef IDENTITY

  if (lin != NULL)
    return find_student (self, "lin", lin);
  if (liu_id != NULL)
    return find_student (self, "liu_id", liu_id);
  return find_student (self, "card", card);
}

static char *
make_element (const char *name, const char *value)
{
  return value == NULL ? g_strdup_printf ("<b:%s i:nil=\"true\"/>", name)
                       : g_markup_printf_escaped ("<b:%s>%s</b:%s>", name, value, name);
}

static char *
make_member (JsonObject *student, const char *name, const char *member)
{
  return make_element (name, json_object_get_string_member_with_default (student, member, NULL));
}

static char *
make_found (JsonObject *student)
{
  g_autofree char *email = make_member (student, "EmailAddress", "email");
  g_autofree char *liu_id = make_member (student, "LiUId", "liu_id");
  g_autofree char *main_union = make_member (student, "MainUnion", "union");

  return g_strdup_printf (
      "<s:Envelope xmlns:s=\"" SOAP_NS "\"><s:Body><GetStudentResponse xmlns=\"" SERVICE_NS
      "\"><GetStudentResult xmlns:a=\"http://service.integration.it.liu.se/EmployeeService/2.1/"
      "Contract\" xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\"><a:Student xmlns:b=\""
      "http://service.integration.it.liu.se/EmployeeService/2.1/ViewModels\">"
      "<b:DisplayName>Somebody</b:DisplayName>%s%s%s<b:StudentUnion>M</b:StudentUnion>"
      "</a:Student></GetStudentResult></GetStudentResponse></s:Body></s:Envelope>",
      email, liu_id, main_union);
}

static void
say_fault (Said *said, const char *text)
{
  said->status = 500;
  said->type = "text/xml; charset=utf-8";
  said->body = g_strdup_printf ("<s:Envelope xmlns:s=\"" SOAP_NS "\"><s:Body><s:Fault>"
                                "<faultcode>s:Client</faultcode><faultstring xml:lang=\"sv-SE\">"
                                "%s</faultstring></s:Fault></s:Body></s:Envelope>",
                                text);
}

/* Returns: whether one of the faults that are set was said */
static gboolean
say_broken (StandIn *self, const char *setting, Said *said)
{
  said->status = 200;
  said->type = "text/xml; charset=utf-8";
  if (has_fault (self, setting, "500"))
    {
      said->status = 500;
      said->type = "text/html";
      said->body = g_strdup ("<html><body>Server Error</body></html>");
    }
  else if (has_fault (self, setting, "garbage"))
    said->body = g_strdup ("<s:Envelope{]");
  else if (has_fault (self, setting, "dtd"))
    said->body = g_strdup ("<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a SYSTEM "
                           "\"file:///etc/passwd\">]><x>&a;</x>");
  else if (has_fault (self, setting, "fault"))
    say_fault (said, "Something is broken");
  return said->body != NULL;
}

static gboolean
headers_are_good (SoupMessageHeaders *headers)
{
  const char *type = soup_message_headers_get_content_type (headers, NULL);

  return g_strcmp0 (type, "text/xml") == 0 &&
         g_strcmp0 (soup_message_headers_get_one (headers, "SOAPAction"),
                    "\"" SERVICE_NS "/IStudentService/GetStudent\"") == 0;
}

static void
answer_envelope (StandIn *self, xmlDoc *document, Said *said)
{
  xmlXPathContext *context = xmlXPathNewContext (document);
  JsonObject *student;

  for (gsize i = 0; i < G_N_ELEMENTS (namespaces); i++)
    xmlXPathRegisterNs (context, (const xmlChar *) namespaces[i].prefix,
                        (const xmlChar *) namespaces[i].ns);
  student = find_asked (self, context);
  if (!user_is_good (context))
    say_fault (said, "An error occurred when verifying security for the message.");
  else if (student == NULL)
    say_fault (said, "Error in GetStudent\r\nInnerException: Could not find Student in database");
  else
    {
      said->status = 200;
      said->type = "text/xml; charset=utf-8";
      said->body = make_found (student);
    }
  xmlXPathFreeContext (context);
}

void
sesam_answer (StandIn *self, SoupMessageHeaders *headers, GBytes *body, Said *said)
{
  gsize len;
  const char *data = g_bytes_get_data (body, &len);
  xmlDoc *document;

  self->n_sesam++;
  if (say_broken (self, "sesam_fault", said))
    return;
  document = !headers_are_good (headers) || len == 0
                 ? NULL
                 : xmlReadMemory (data, (int) len, NULL, NULL, XML_PARSE_NONET);
  if (document == NULL)
    {
      said->status = 415;
      said->type = "text/plain";
      said->body = g_strdup ("");
      return;
    }
  answer_envelope (self, document, said);
  xmlFreeDoc (document);
}

static JsonObject *
make_kobra_student (JsonObject *student, gboolean is_expanded)
{
  const char *member_of = json_object_get_string_member_with_default (student, "union", NULL);
  JsonObject *object = json_object_new ();
  JsonObject *expanded;

  json_object_set_string_member (object, "liu_id",
                                 json_object_get_string_member (student, "liu_id"));
  json_object_set_string_member (object, "email",
                                 json_object_get_string_member_with_default (student, "email", ""));
  json_object_set_null_member (object, "section");
  if (member_of == NULL)
    json_object_set_null_member (object, "union");
  else if (!is_expanded)
    json_object_set_string_member (object, "union", "http://kobra.example/api/v1/unions/1/");
  else
    {
      expanded = json_object_new ();
      json_object_set_string_member (expanded, "name", member_of);
      json_object_set_object_member (object, "union", expanded);
    }
  return object;
}

static void
say_detail (Said *said, guint status, const char *text)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "detail", text);
  say_json (said, status, object);
}

void
kobra_answer (StandIn *self,
              SoupMessageHeaders *headers,
              const char *id,
              GHashTable *query,
              Said *said)
{
  const char *authorization = soup_message_headers_get_one (headers, "Authorization");
  const char *expand = query == NULL ? NULL : get_form (query, "expand");
  const char *member = strspn (id, "0123456789") == strlen (id) ? "card"
                       : strlen (id) == 36                      ? "lin"
                                                                : "liu_id";
  JsonObject *student = find_student (self, member, id);

  self->n_kobra++;
  if (say_broken (self, "kobra_fault", said))
    return;
  /* "Basic" is a user and a key, for Kobra behind a gateway. */
  if (g_strcmp0 (authorization, "Token key-of-kobra") != 0 &&
      g_strcmp0 (authorization, "Basic Yml0a2V0OmtleS1vZi1rb2JyYQ==") != 0)
    say_detail (said, 401, "Invalid token.");
  else if (student == NULL)
    say_detail (said, 404, "Not found.");
  else
    say_json (said, 200, make_kobra_student (student, g_strcmp0 (expand, "union") == 0));
}
