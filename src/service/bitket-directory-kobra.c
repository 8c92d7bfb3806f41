/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

/* Kobra's API, version 1: GET /api/v1/students/<LiU ID, card number or norEduPersonLIN>/. */

#include "bitket-directory-private.h"

#include <string.h>

#include "bitket-json-reader.h"
#include "bitket-secret.h"

/* A key is sent as Kobra's long-term token; with a user, as a password. Returns: (transfer full)
 * (nullable) */
static char *
make_authorization (const BitketConfig *config)
{
  g_autoptr (BitketSecretString) pair = NULL;
  g_autoptr (BitketSecretString) text = NULL;

  if (config->kobra_key == NULL)
    return NULL;
  if (config->kobra_user == NULL)
    return g_strconcat ("Authorization: Token ", config->kobra_key, NULL);
  pair = g_strconcat (config->kobra_user, ":", config->kobra_key, NULL);
  text = g_base64_encode ((const guchar *) pair, strlen (pair));
  return g_strconcat ("Authorization: Basic ", text, NULL);
}

BitketHttpResponse *
bitket_kobra_send (const BitketConfig *config,
                   BitketHttp *http,
                   BitketDirectoryKey kind,
                   const char *key,
                   guint timeout_ms,
                   GError **error)
{
  g_autoptr (BitketSecretString) authorization = make_authorization (config);
  const char *const headers[] = { "Accept: application/json", authorization, NULL };
  g_autofree char *escaped = g_uri_escape_string (key, NULL, FALSE);
  g_autofree char *url =
      g_strdup_printf ("%s%sapi/v1/students/%s/?expand=union", config->kobra_url,
                       g_str_has_suffix (config->kobra_url, "/") ? "" : "/", escaped);

  return bitket_http_send (http, &(BitketHttpRequest) { "GET", url, headers, NULL, timeout_ms },
                           NULL, error);
}

gboolean
bitket_kobra_read (guint status,
                   const char *body,
                   gsize len,
                   BitketStudent **student,
                   GError **error)
{
  g_autoptr (JsonNode) node = NULL;
  g_auto (BitketJsonReader) reader = { 0 };
  g_auto (BitketJsonReader) member_of = { 0 };
  g_autoptr (BitketStudent) found = NULL;
  const char *liu_id, *email, *name = NULL;

  g_return_val_if_fail (body != NULL && student != NULL, FALSE);

  if (status == 404)
    {
      *student = NULL;
      return TRUE;
    }
  if (status != 200)
    return bitket_directory_fail (error, "it answered %u", status);
  node = bitket_json_parse (body, (gssize) len, NULL);
  if (node == NULL || !bitket_json_reader_init (&reader, node, NULL, NULL) ||
      !bitket_json_read_string (&reader, "liu_id", &liu_id, NULL) ||
      !bitket_json_read_string_or (&reader, "email", NULL, &email, NULL))
    return bitket_directory_fail (error, "its answer is no student");
  if (bitket_json_reader_has (&reader, "union") &&
      (!bitket_json_read_object (&reader, "union", &member_of, NULL) ||
       !bitket_json_read_string (&member_of, "name", &name, NULL)))
    return bitket_directory_fail (error, "its answer does not name the union");
  found = bitket_student_new (liu_id, email, name);
  if (found == NULL)
    return bitket_directory_fail (error, "its answer has no LiU ID");
  *student = g_steal_pointer (&found);
  return TRUE;
}
