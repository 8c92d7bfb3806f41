/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-client"

#include "bitket-session-private.h"

#include "bitket-exchange.h"
#include "bitket-json-reader.h"
#include "bitket-response-private.h"
#include "bitket-secret.h"

#include <string.h>

#define SIGN_IN_PATH    "/api/auth-token/"
#define REFRESH_PATH    "/api/auth-token/refresh/"
#define AUTH_TIMEOUT_MS 20000

/* One POST that is answered with {"token": …}. Not one of BitketSession's ordinary requests: it
 * carries no Authorization, and its body is wiped. */
typedef struct
{
  SoupMessage *message; /* (owned) */
} TokenCall;

static void
token_call_free (TokenCall *call)
{
  g_object_unref (call->message);
  g_free (call);
}

/* A buffer that never grows, so that no copy of a secret is left behind by realloc. */
static GString *
new_secret_text (gsize capacity)
{
  return g_string_sized_new (capacity);
}

static void
append_json_string (GString *text, const char *value)
{
  g_string_append_c (text, '"');
  for (const char *c = value; *c != '\0'; c++)
    {
      if (*c == '"' || *c == '\\')
        g_string_append_c (text, '\\');
      if ((guchar) *c < 0x20)
        g_string_append_printf (text, "\\u%04x", (guint) *c);
      else
        g_string_append_c (text, *c);
    }
  g_string_append_c (text, '"');
}

static void
free_secret_text (gpointer data)
{
  GString *text = data;

  bitket_secret_wipe (text->str, text->len);
  g_string_free (text, TRUE);
}

static GBytes *
make_secret_bytes (GString *text)
{
  return g_bytes_new_with_free_func (text->str, text->len, free_secret_text, text);
}

/* Takes the token out of the answer and puts it into the session. */
static gboolean
take_token (BitketSession *self, BitketResponse *response, GError **error)
{
  g_auto (BitketJsonReader) reader = { NULL, NULL };
  g_autoptr (GError) local_error = NULL;
  const char *token;
  JsonNode *json = bitket_response_get_json (response);

  if (json != NULL && bitket_json_reader_init (&reader, json, NULL, &local_error) &&
      bitket_json_read_string (&reader, "token", &token, &local_error))
    {
      bitket_session_set_credential (self, BITKET_CREDENTIAL_JWT, token);
      return TRUE;
    }
  g_set_error (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_ANSWER,
               "the answer to a sign-in holds no token: %s",
               local_error ? local_error->message : "it is empty");
  return FALSE;
}

static void
token_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  BitketSession *self = g_task_get_source_object (task);
  TokenCall *call = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketResponse) response = NULL;
  g_autoptr (GBytes) body = bitket_exchange_finish (SOUP_SESSION (source), result, &error);

  if (body != NULL)
    {
      bitket_session_note_date (self, call->message);
      response = bitket_response_new (call->message, body, BITKET_REQUEST_DEFAULT, &error);
    }
  if (response == NULL || !take_token (self, response, &error))
    g_task_return_error (task, g_steal_pointer (&error));
  else
    g_task_return_boolean (task, TRUE);
}

/* Takes over @body. */
static void
call_for_token (BitketSession *self,
                gpointer source_tag,
                const char *path,
                GString *body,
                GCancellable *cancellable,
                GAsyncReadyCallback callback,
                gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  TokenCall *call = g_new0 (TokenCall, 1);
  g_autoptr (GUri) uri = g_uri_parse_relative (self->base, path, SOUP_HTTP_URI_FLAGS, NULL);
  g_autoptr (GBytes) bytes = make_secret_bytes (body);

  g_task_set_source_tag (task, source_tag);
  call->message = soup_message_new_from_uri (SOUP_METHOD_POST, uri);
  soup_message_add_flags (call->message, SOUP_MESSAGE_NO_REDIRECT);
  soup_message_headers_replace (soup_message_get_request_headers (call->message), "Accept",
                                "application/json");
  soup_message_set_request_body_from_bytes (call->message, "application/json", bytes);
  g_task_set_task_data (task, call, (GDestroyNotify) token_call_free);
  bitket_exchange_async (self->soup, call->message, AUTH_TIMEOUT_MS, cancellable, token_cb, task);
}

void
bitket_session_sign_in_async (BitketSession *self,
                              const char *email,
                              const char *password,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  GString *body;

  g_return_if_fail (BITKET_IS_SESSION (self));
  g_return_if_fail (email != NULL && password != NULL);

  body = new_secret_text (6 * (strlen (email) + strlen (password)) + 64);
  g_string_append (body, "{\"provider\":\"password\",\"email\":");
  append_json_string (body, email);
  g_string_append (body, ",\"password\":");
  append_json_string (body, password);
  g_string_append_c (body, '}');
  call_for_token (self, bitket_session_sign_in_async, SIGN_IN_PATH, body, cancellable, callback,
                  user_data);
}

gboolean
bitket_session_sign_in_finish (BitketSession *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/* Whether the service itself said no, as against not being there. */
static gboolean
is_refusal (const GError *error)
{
  return g_error_matches (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_INVALID) ||
         g_error_matches (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_UNAUTHORIZED) ||
         g_error_matches (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_FORBIDDEN);
}

static void
refreshed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BitketSession *self = BITKET_SESSION (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) waiting = g_steal_pointer (&self->waiting);

  self->waiting = g_ptr_array_new ();
  self->is_refreshing = FALSE;
  if (!g_task_propagate_boolean (G_TASK (result), &error) && is_refusal (error))
    {
      error->code = BITKET_CLIENT_ERROR_UNAUTHORIZED;
      bitket_session_sign_out (self);
    }
  for (guint i = 0; i < waiting->len; i++)
    {
      g_autoptr (GTask) task = g_ptr_array_index (waiting, i);

      if (error != NULL)
        g_task_return_error (task, g_error_copy (error));
      else
        g_task_return_boolean (task, TRUE);
    }
}

/* A caller that gives up leaves the others, and the refresh itself, as they are. */
static gboolean
waiter_cancelled_cb (GCancellable *cancellable, gpointer user_data)
{
  GTask *task = user_data;
  BitketSession *self = g_task_get_source_object (task);

  if (g_ptr_array_remove (self->waiting, task))
    {
      g_task_return_error_if_cancelled (task);
      g_object_unref (task);
    }
  return G_SOURCE_REMOVE;
}

static void
clear_source (gpointer source)
{
  g_source_destroy (source);
  g_source_unref (source);
}

void
bitket_session_refresh_async (BitketSession *self,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  GString *body;

  g_task_set_source_tag (task, bitket_session_refresh_async);
  if (self->kind != BITKET_CREDENTIAL_JWT)
    {
      g_task_return_new_error (task, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_UNAUTHORIZED,
                               "not signed in");
      g_object_unref (task);
      return;
    }
  g_ptr_array_add (self->waiting, task);
  if (cancellable != NULL)
    {
      GSource *source = g_cancellable_source_new (cancellable);

      g_source_set_callback (source, G_SOURCE_FUNC (waiter_cancelled_cb), task, NULL);
      g_source_attach (source, g_task_get_context (task));
      g_task_set_task_data (task, source, clear_source);
    }
  if (self->is_refreshing)
    return;

  self->is_refreshing = TRUE;
  body = new_secret_text (strlen (self->secret) + 64);
  g_string_append (body, "{\"token\":");
  append_json_string (body, self->secret);
  g_string_append_c (body, '}');
  call_for_token (self, refreshed_cb, REFRESH_PATH, body, NULL, refreshed_cb, NULL);
}

gboolean
bitket_session_refresh_finish (BitketSession *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
