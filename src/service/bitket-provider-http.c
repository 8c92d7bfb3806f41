/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

/* What the providers have in common on the wire: forms there, JSON back. */

#include "bitket-provider-private.h"

#include <string.h>

#include "bitket-secret.h"
#include "bitket-service-error.h"

#define TIMEOUT_MS    10000
#define MAX_ERROR_LEN 40

static void
wipe_string (GString *string)
{
  bitket_secret_wipe (string->str, string->len);
  g_string_free (string, TRUE);
}
typedef GString SecretText;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SecretText, wipe_string)

static void
append_field (GString *form, const BitketFormField *field)
{
  if (field->value == NULL)
    return;
  if (form->len > 0)
    g_string_append_c (form, '&');
  g_string_append (form, field->name);
  g_string_append_c (form, '=');
  g_string_append_uri_escaped (form, field->value, NULL, FALSE);
}

/* The code of an OAuth error, such as "invalid_grant", when it looks like one: for the log.
 * Returns: (transfer full) */
static char *
read_error_code (GBytes *body)
{
  gsize len;
  const char *text = g_bytes_get_data (body, &len);
  g_autoptr (JsonNode) node = len == 0 ? NULL : bitket_json_parse (text, (gssize) len, NULL);
  g_auto (BitketJsonReader) reader = { 0 };
  const char *code;

  if (node == NULL || !bitket_json_reader_init (&reader, node, NULL, NULL) ||
      !bitket_json_read_string (&reader, "error", &code, NULL) || strlen (code) > MAX_ERROR_LEN ||
      code[strspn (code, "abcdefghijklmnopqrstuvwxyz_")] != '\0')
    return g_strdup ("no reason given");
  return g_strdup (code);
}

/* Of a status that is no success: 5xx and 429 may pass, anything else is a no. */
static void
set_status_error (const BitketHttpResponse *response, GError **error)
{
  g_autofree char *code = read_error_code (response->body);
  BitketServiceError kind = response->status >= 500 || response->status == 429
                                ? BITKET_SERVICE_ERROR_UNAVAILABLE
                                : BITKET_SERVICE_ERROR_CREDENTIALS;

  g_set_error (error, BITKET_SERVICE_ERROR, (gint) kind, "the provider answered %u: %s",
               response->status, code);
}

static JsonNode *
read_object (const BitketHttpResponse *response, GError **error)
{
  gsize len;
  const char *text = g_bytes_get_data (response->body, &len);
  g_autoptr (JsonNode) node = NULL;

  if (response->status < 200 || response->status > 299)
    {
      set_status_error (response, error);
      return NULL;
    }
  node = len == 0 ? NULL : bitket_json_parse (text, (gssize) len, NULL);
  if (node != NULL && JSON_NODE_HOLDS_OBJECT (node))
    return g_steal_pointer (&node);
  g_set_error_literal (error, BITKET_SERVICE_ERROR, BITKET_SERVICE_ERROR_UNAVAILABLE,
                       "the provider's answer is no JSON object");
  return NULL;
}

static JsonNode *
send_request (BitketProviders *self, const BitketHttpRequest *request, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (BitketHttpResponse) response =
      bitket_http_send (self->http, request, NULL, &local_error);

  if (response != NULL)
    return read_object (response, error);
  g_set_error (error, BITKET_SERVICE_ERROR, BITKET_SERVICE_ERROR_UNAVAILABLE,
               "could not ask the provider: %s", local_error->message);
  return NULL;
}

JsonNode *
bitket_provider_post_form (BitketProviders *self,
                           const char *url,
                           const BitketFormField *fields,
                           GError **error)
{
  static const char *const headers[] = { "Content-Type: application/x-www-form-urlencoded",
                                         "Accept: application/json", NULL };
  g_autoptr (SecretText) form = g_string_new (NULL);
  g_autoptr (GBytes) body = NULL;

  for (; fields->name != NULL; fields++)
    append_field (form, fields);
  body = g_bytes_new_static (form->str, form->len);
  return send_request (self, &(BitketHttpRequest) { "POST", url, headers, body, TIMEOUT_MS },
                       error);
}

JsonNode *
bitket_provider_get (BitketProviders *self, const char *url, const char *token, GError **error)
{
  g_autoptr (BitketSecretString) authorization =
      token == NULL ? NULL : g_strconcat ("Authorization: Bearer ", token, NULL);
  const char *const headers[] = { "Accept: application/json", authorization, NULL };

  return send_request (self, &(BitketHttpRequest) { "GET", url, headers, NULL, TIMEOUT_MS }, error);
}

char *
bitket_provider_request_token (BitketProviders *self,
                               const BitketProviderConfig *config,
                               const BitketProviderCode *code,
                               GError **error)
{
  const BitketFormField fields[] = {
    { "grant_type", "authorization_code" }, { "code", code->code },
    { "client_id", config->client_id },     { "client_secret", config->client_secret },
    { "redirect_uri", code->redirect_uri }, { "code_verifier", code->code_verifier },
    { "resource", config->resource },       { NULL, NULL },
  };
  g_autoptr (JsonNode) node = bitket_provider_post_form (self, config->token_url, fields, error);
  g_auto (BitketJsonReader) reader = { 0 };
  const char *token;

  if (node == NULL)
    return NULL;
  /* What is sent on in a header must not end it. */
  if (bitket_json_reader_init (&reader, node, NULL, NULL) &&
      bitket_json_read_string (&reader, "access_token", &token, NULL) && *token != '\0' &&
      strpbrk (token, " \r\n\t") == NULL)
    return g_strdup (token);
  g_set_error_literal (error, BITKET_SERVICE_ERROR, BITKET_SERVICE_ERROR_UNAVAILABLE,
                       "the provider's answer has no access token");
  return NULL;
}
