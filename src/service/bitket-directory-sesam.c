/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

/* Sesam's StudentService 2.0, operation GetStudent, over SOAP 1.1 with a WS-Security user name. */

#include "bitket-directory-private.h"

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <string.h>

#include "bitket-secret.h"

#define SERVICE_NS   "http://service.integration.it.liu.se/StudentService/2.0"
#define ACTION       SERVICE_NS "/IStudentService/GetStudent"
#define CONTRACT_NS  "http://service.integration.it.liu.se/EmployeeService/2.1/Contract"
#define IDENTITY_NS  "http://service.integration.it.liu.se/ViewModels"
#define SOAP_NS      "http://schemas.xmlsoap.org/soap/envelope/"
#define WSSE         "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
#define NOT_FOUND    "Could not find Student in database"
#define MAX_BODY_LEN (256 * 1024)

static const char envelope[] =
    "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
    "<s:Envelope xmlns:s=\"" SOAP_NS "\"><s:Header"
    " xmlns:a=\"http://www.w3.org/2005/08/addressing\">"
    "<a:Action>" ACTION "</a:Action><a:MessageID>urn:uuid:%s</a:MessageID><a:To>%s</a:To>"
    "<o:Security xmlns:o=\"" WSSE "wssecurity-secext-1.0.xsd\"><o:UsernameToken>"
    "<o:Username>%s</o:Username>"
    "<o:Password Type=\"" WSSE "username-token-profile-1.0#PasswordText\">%s</o:Password>"
    "</o:UsernameToken></o:Security></s:Header>"
    "<s:Body><GetStudent xmlns=\"" SERVICE_NS "\"><Request>"
    "<c:Identity xmlns:c=\"" CONTRACT_NS "\"><i:%s xmlns:i=\"" IDENTITY_NS "\">%s</i:%s>"
    "</c:Identity></Request></GetStudent></s:Body></s:Envelope>";

static const char *
get_element_name (BitketDirectoryKey kind)
{
  switch (kind)
    {
    case BITKET_DIRECTORY_BY_LIN:
      return "norEduPersonLIN";
    case BITKET_DIRECTORY_BY_CARD:
      return "MifareNumber";
    case BITKET_DIRECTORY_BY_LIU_ID:
    case BITKET_DIRECTORY_BY_NONE:
      break;
    }
  return "LiUId";
}

BitketHttpResponse *
bitket_sesam_send (const BitketConfig *config,
                   BitketHttp *http,
                   BitketDirectoryKey kind,
                   const char *key,
                   guint timeout_ms,
                   GError **error)
{
  static const char *const headers[] = { "Content-Type: text/xml; charset=utf-8",
                                         "SOAPAction: \"" ACTION "\"", NULL };
  g_autofree char *message_id = g_uuid_string_random ();
  const char *name = get_element_name (kind);
  g_autoptr (BitketSecretString) text = g_markup_printf_escaped (
      envelope, message_id, config->sesam_url, config->sesam_user != NULL ? config->sesam_user : "",
      config->sesam_password != NULL ? config->sesam_password : "", name, key, name);
  g_autoptr (GBytes) body = g_bytes_new_static (text, strlen (text));

  return bitket_http_send (
      http, &(BitketHttpRequest) { "POST", config->sesam_url, headers, body, timeout_ms }, NULL,
      error);
}

/* Without declarations there are no entities, so nothing that grows or reaches out. Returns:
 * (nullable) */
static xmlDoc *
parse_document (const char *body, gsize len)
{
  xmlDoc *document;

  if (len == 0 || len > MAX_BODY_LEN || !g_utf8_validate_len (body, len, NULL) ||
      g_strstr_len (body, (gssize) len, "<!DOCTYPE") != NULL)
    return NULL;
  document = xmlReadMemory (body, (int) len, NULL, "UTF-8",
                            XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
  if (document == NULL || document->intSubset == NULL)
    return document;
  xmlFreeDoc (document);
  return NULL;
}

/* Returns: (nullable): the first child element of that name; @ns: (nullable): any */
static xmlNode *
find_child (xmlNode *parent, const char *name, const char *ns)
{
  for (xmlNode *child = parent == NULL ? NULL : parent->children; child != NULL;
       child = child->next)
    if (child->type == XML_ELEMENT_NODE && strcmp ((const char *) child->name, name) == 0 &&
        (ns == NULL || (child->ns != NULL && g_strcmp0 ((const char *) child->ns->href, ns) == 0)))
      return child;
  return NULL;
}

/* Returns: (transfer full) (nullable): the text of a child element, without blanks around it */
static char *
dup_child_text (xmlNode *parent, const char *name)
{
  xmlNode *child = find_child (parent, name, NULL);
  xmlChar *content = child == NULL ? NULL : xmlNodeGetContent (child);
  char *text = g_strdup ((const char *) content);

  xmlFree (content);
  return text == NULL ? NULL : g_strstrip (text);
}

static gboolean
read_student (xmlNode *node, BitketStudent **student, GError **error)
{
  g_autofree char *liu_id = dup_child_text (node, "LiUId");
  g_autofree char *email = dup_child_text (node, "EmailAddress");
  g_autofree char *main_union = dup_child_text (node, "MainUnion");
  g_autoptr (BitketStudent) found = bitket_student_new (liu_id, email, main_union);

  if (found == NULL)
    return bitket_directory_fail (error, "its answer has no LiU ID");
  *student = g_steal_pointer (&found);
  return TRUE;
}

static gboolean
read_body (xmlNode *body, BitketStudent **student, GError **error)
{
  xmlNode *fault = find_child (body, "Fault", SOAP_NS);
  g_autofree char *reason = dup_child_text (fault, "faultstring");
  xmlNode *result;

  if (reason != NULL && strstr (reason, NOT_FOUND) != NULL)
    {
      *student = NULL;
      return TRUE;
    }
  if (fault != NULL)
    return bitket_directory_fail (error, "it answered with a fault");
  result =
      find_child (find_child (body, "GetStudentResponse", SERVICE_NS), "GetStudentResult", NULL);
  result = find_child (result, "Student", NULL);
  if (result == NULL)
    return bitket_directory_fail (error, "its answer is no student");
  return read_student (result, student, error);
}

gboolean
bitket_sesam_read (guint status,
                   const char *body,
                   gsize len,
                   BitketStudent **student,
                   GError **error)
{
  xmlDoc *document;
  xmlNode *root;
  gboolean success;

  g_return_val_if_fail (body != NULL && student != NULL, FALSE);

  /* SOAP's faults come with 500. */
  if (status != 200 && status != 500)
    return bitket_directory_fail (error, "it answered %u", status);
  document = parse_document (body, len);
  root = document == NULL ? NULL : xmlDocGetRootElement (document);
  if (root == NULL || strcmp ((const char *) root->name, "Envelope") != 0 || root->ns == NULL ||
      g_strcmp0 ((const char *) root->ns->href, SOAP_NS) != 0)
    success = bitket_directory_fail (error, "its answer (%u) is no SOAP envelope", status);
  else
    success = read_body (find_child (root, "Body", SOAP_NS), student, error);
  if (document != NULL)
    xmlFreeDoc (document);
  return success;
}
