/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-client"

#include "bitket-session-private.h"

#include "bitket-backoff.h"
#include "bitket-exchange.h"
#include "bitket-json-reader.h"
#include "bitket-response-private.h"

#include <string.h>

#define MAX_TRIES          4
#define MAX_REDIRECTS      3
#define MAX_RETRY_AFTER_MS 60000
#define MAX_BUSY_MS        (60 * 60 * 1000)

/* One request of a caller: as many exchanges as redirects and retries make of it. */
typedef struct
{
  char *method;   /* (owned) */
  GUri *uri;      /* (owned) */
  GBytes *body;   /* (owned) (nullable) */
  char *if_match; /* (owned) (nullable) */
  BitketRequestFlags flags;
  guint timeout_ms;
  SoupMessage *message; /* (owned) (nullable) of the exchange under way */
  BitketBackoff backoff;
  guint n_tries;
  guint n_redirects;
  GSource *wait; /* (owned) (nullable) until the next try */
} Request;

static void
request_free (Request *request)
{
  if (request->wait != NULL)
    g_source_destroy (request->wait);
  g_clear_pointer (&request->wait, g_source_unref);
  g_clear_object (&request->message);
  g_clear_pointer (&request->uri, g_uri_unref);
  g_clear_pointer (&request->body, g_bytes_unref);
  g_free (request->if_match);
  g_free (request->method);
  g_free (request);
}

static void start_try (GTask *task);

static gboolean
is_worth_retrying (Request *request, const GError *error)
{
  return (request->flags & BITKET_REQUEST_RETRY) != 0 && request->n_tries < MAX_TRIES &&
         (g_error_matches (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_UNREACHABLE) ||
          g_error_matches (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_SERVER) ||
          g_error_matches (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_BUSY));
}

static gboolean
wait_over_cb (gpointer user_data)
{
  GTask *task = user_data;
  Request *request = g_task_get_task_data (task);

  g_clear_pointer (&request->wait, g_source_unref);
  if (g_task_return_error_if_cancelled (task))
    g_object_unref (task);
  else
    start_try (task);
  return G_SOURCE_REMOVE;
}

/* Takes over the reference to @task. A cancellation ends the wait at once. */
static void
wait_for_next_try (GTask *task)
{
  Request *request = g_task_get_task_data (task);
  guint wait_ms = bitket_backoff_fail (&request->backoff);
  guint asked_ms = bitket_response_read_retry_after (request->message);
  GCancellable *cancellable = g_task_get_cancellable (task);

  wait_ms = MAX (wait_ms, MIN (asked_ms, MAX_RETRY_AFTER_MS));
  request->wait = g_timeout_source_new (wait_ms);
  if (cancellable != NULL)
    {
      g_autoptr (GSource) child = g_cancellable_source_new (cancellable);

      g_source_set_dummy_callback (child);
      g_source_add_child_source (request->wait, child);
    }
  g_source_set_callback (request->wait, wait_over_cb, task, NULL);
  g_source_set_static_name (request->wait, "[bitket] wait for the next try");
  g_source_attach (request->wait, g_task_get_context (task));
}

/* Where a redirect leads, when it may be followed: reading, on the same server. */
static GUri *
find_redirect (BitketSession *self, Request *request, GError **error)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (request->message);
  guint status = (guint) soup_message_get_status (request->message);
  const char *location = soup_message_headers_get_one (headers, "Location");
  g_autoptr (GUri) target = NULL;
  g_autoptr (GUri) uri = NULL;

  if (location != NULL)
    target = g_uri_parse_relative (request->uri, location, SOUP_HTTP_URI_FLAGS, NULL);
  if (target != NULL && request->n_redirects < MAX_REDIRECTS &&
      g_str_equal (request->method, SOUP_METHOD_GET))
    {
      g_autofree char *text = g_uri_to_string (target);

      uri = bitket_session_resolve (self, text, NULL);
    }
  if (uri == NULL)
    g_set_error (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_NOT_BITKET,
                 "\"%s\" answered with a redirect (status %u) that cannot be followed",
                 g_uri_get_host (request->uri), status);
  return g_steal_pointer (&uri);
}

static gboolean
is_redirect (SoupMessage *message)
{
  guint status = (guint) soup_message_get_status (message);

  return status >= 300 && status < 400 && status != SOUP_STATUS_NOT_MODIFIED;
}

guint
bitket_session_get_busy_ms (BitketSession *self)
{
  gint64 left_us;

  g_return_val_if_fail (BITKET_IS_SESSION (self), 0);

  left_us = self->busy_until_us - g_get_monotonic_time ();
  return left_us <= 0 ? 0 : (guint) (left_us / 1000 + 1);
}

/* For who tries again by itself, later. */
static void
note_busy (BitketSession *self, SoupMessage *message)
{
  guint asked_ms = MIN (bitket_response_read_retry_after (message), MAX_BUSY_MS);

  self->busy_until_us = g_get_monotonic_time () + asked_ms * (gint64) 1000;
}

static void
exchange_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  BitketSession *self = g_task_get_source_object (task);
  Request *request = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) body = bitket_exchange_finish (SOUP_SESSION (source), result, &error);
  g_autoptr (BitketResponse) response = NULL;

  if (body != NULL && is_redirect (request->message))
    {
      g_autoptr (GUri) uri = find_redirect (self, request, &error);

      if (uri != NULL)
        {
          g_clear_pointer (&request->uri, g_uri_unref);
          request->uri = g_steal_pointer (&uri);
          request->n_redirects++;
          request->n_tries--;
          start_try (g_steal_pointer (&task));
          return;
        }
    }
  else if (body != NULL)
    {
      bitket_session_note_date (self, request->message);
      response = bitket_response_new (request->message, body, request->flags, &error);
    }
  if (g_error_matches (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_BUSY))
    note_busy (self, request->message);
  if (response != NULL)
    g_task_return_pointer (task, g_steal_pointer (&response),
                           (GDestroyNotify) bitket_response_unref);
  else if (is_worth_retrying (request, error))
    wait_for_next_try (g_steal_pointer (&task));
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

/* Takes over the reference to @task. */
static void
send_request (GTask *task)
{
  BitketSession *self = g_task_get_source_object (task);
  Request *request = g_task_get_task_data (task);

  request->n_tries++;
  g_clear_object (&request->message);
  request->message = bitket_session_new_message (self, request->method, request->uri);
  if (request->body != NULL)
    soup_message_set_request_body_from_bytes (request->message, "application/json", request->body);
  if (request->if_match != NULL)
    soup_message_headers_replace (soup_message_get_request_headers (request->message), "If-Match",
                                  request->if_match);
  bitket_exchange_async (self->soup, request->message, request->timeout_ms,
                         g_task_get_cancellable (task), exchange_cb, task);
}

static void
refresh_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;

  /* A refresh that did not get through is no reason to hold the request back: the old token may
   * still be good, and if it is not the service will say so. */
  if (!bitket_session_refresh_finish (BITKET_SESSION (source), result, &error) &&
      (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) ||
       g_error_matches (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_UNAUTHORIZED)))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  send_request (g_steal_pointer (&task));
}

/* Takes over the reference to @task. */
static void
start_try (GTask *task)
{
  BitketSession *self = g_task_get_source_object (task);

  if (bitket_session_needs_refresh (self))
    bitket_session_refresh_async (self, g_task_get_cancellable (task), refresh_cb, task);
  else
    send_request (task);
}

void
bitket_session_request_async (BitketSession *self,
                              const char *method,
                              const char *path,
                              JsonNode *body,
                              const char *if_match,
                              BitketRequestFlags flags,
                              guint timeout_ms,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  Request *request;
  GError *error = NULL;

  g_return_if_fail (BITKET_IS_SESSION (self));
  g_return_if_fail (method != NULL && path != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, bitket_session_request_async);
  request = g_new0 (Request, 1);
  request->method = g_strdup (method);
  request->if_match = g_strdup (if_match);
  request->flags = flags;
  request->timeout_ms = timeout_ms ? timeout_ms : BITKET_SESSION_DEFAULT_TIMEOUT_MS;
  request->backoff = (BitketBackoff) BITKET_BACKOFF_INIT (250, 4000);
  if (body != NULL)
    {
      char *text = bitket_json_to_string (body);

      request->body = g_bytes_new_take (text, strlen (text));
    }
  g_task_set_task_data (task, request, (GDestroyNotify) request_free);

  request->uri = bitket_session_resolve (self, path, &error);
  if (request->uri == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  start_try (g_steal_pointer (&task));
}

BitketResponse *
bitket_session_request_finish (BitketSession *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
