/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-client"

#include "bitket-exchange.h"

#include "bitket-client-error.h"

#define CHUNK_LEN (64 * 1024)

typedef struct
{
  SoupMessage *message;  /* (owned) */
  GCancellable *inner;   /* (owned) cancelled by the caller's cancellable and by the timeout */
  GMainContext *context; /* (owned) where libsoup works */
  gulong outer_handler;  /* on the task's cancellable, 0: none */
  GSource *timeout;      /* (owned) */
  GInputStream *stream;  /* (owned) (nullable) */
  GByteArray *received;  /* (owned) */
  gboolean is_timed_out;
} Exchange;

/* What the handler on the caller's cancellable holds. */
typedef struct
{
  GCancellable *inner;   /* (owned) */
  GMainContext *context; /* (owned) */
} Watch;

static void
exchange_free (Exchange *exchange)
{
  g_source_destroy (exchange->timeout);
  g_source_unref (exchange->timeout);
  g_clear_object (&exchange->stream);
  g_clear_object (&exchange->message);
  g_clear_object (&exchange->inner);
  g_main_context_unref (exchange->context);
  g_byte_array_unref (exchange->received);
  g_free (exchange);
}

static BitketClientError
code_for_error (const GError *error)
{
  if (error->domain == G_TLS_ERROR)
    return BITKET_CLIENT_ERROR_TLS;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    return BITKET_CLIENT_ERROR_TIMEOUT;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA) ||
      g_error_matches (error, SOUP_SESSION_ERROR, SOUP_SESSION_ERROR_PARSING) ||
      g_error_matches (error, SOUP_SESSION_ERROR, SOUP_SESSION_ERROR_ENCODING))
    return BITKET_CLIENT_ERROR_NOT_BITKET;
  return BITKET_CLIENT_ERROR_UNREACHABLE;
}

static gboolean
cancel_cb (gpointer user_data)
{
  g_cancellable_cancel (user_data);
  return G_SOURCE_REMOVE;
}

void
bitket_exchange_cancel_soon (GCancellable *cancellable, GMainContext *context)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_LOW);
  g_source_set_callback (source, cancel_cb, g_object_ref (cancellable), g_object_unref);
  g_source_set_static_name (source, "[bitket] cancel soon");
  g_source_attach (source, context);
}

GError *
bitket_exchange_translate_error (const GError *error, const char *host)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) ||
      error->domain == BITKET_CLIENT_ERROR)
    return g_error_copy (error);
  return g_error_new (BITKET_CLIENT_ERROR, (gint) code_for_error (error),
                      "could not reach \"%s\": %s", host, error->message);
}

/* Ends the task; @error is taken over. */
static void
fail (GTask *task, GError *error)
{
  Exchange *exchange = g_task_get_task_data (task);
  const char *host = g_uri_get_host (soup_message_get_uri (exchange->message));

  if (exchange->is_timed_out)
    g_task_return_new_error (task, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_TIMEOUT,
                             "\"%s\" did not answer in time", host);
  else
    g_task_return_error (task, bitket_exchange_translate_error (error, host));
  g_error_free (error);
}

static void
stop_watching (GTask *task)
{
  Exchange *exchange = g_task_get_task_data (task);

  g_source_destroy (exchange->timeout);
  g_cancellable_disconnect (g_task_get_cancellable (task), exchange->outer_handler);
  exchange->outer_handler = 0;
}

static void read_next (GTask *task);

static void
read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Exchange *exchange = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GBytes) bytes =
      g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, &error);

  if (bytes == NULL)
    {
      stop_watching (task);
      fail (task, error);
      return;
    }
  if (g_bytes_get_size (bytes) == 0)
    {
      stop_watching (task);
      g_task_return_pointer (task,
                             g_byte_array_free_to_bytes (g_steal_pointer (&exchange->received)),
                             (GDestroyNotify) g_bytes_unref);
      exchange->received = g_byte_array_new ();
      return;
    }
  if (exchange->received->len + g_bytes_get_size (bytes) > BITKET_EXCHANGE_MAX_BYTES)
    {
      stop_watching (task);
      g_cancellable_cancel (exchange->inner);
      fail (task, g_error_new (BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_ANSWER,
                               "the answer is larger than %d bytes", BITKET_EXCHANGE_MAX_BYTES));
      return;
    }
  g_byte_array_append (exchange->received, g_bytes_get_data (bytes, NULL),
                       (guint) g_bytes_get_size (bytes));
  read_next (g_steal_pointer (&task));
}

/* Takes over the reference to @task. */
static void
read_next (GTask *task)
{
  Exchange *exchange = g_task_get_task_data (task);

  g_input_stream_read_bytes_async (exchange->stream, CHUNK_LEN, G_PRIORITY_DEFAULT, exchange->inner,
                                   read_cb, task);
}

static void
send_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Exchange *exchange = g_task_get_task_data (task);
  GError *error = NULL;

  exchange->stream = soup_session_send_finish (SOUP_SESSION (source), result, &error);
  if (exchange->stream == NULL)
    {
      stop_watching (task);
      fail (task, error);
      return;
    }
  read_next (g_steal_pointer (&task));
}

static gboolean
timeout_cb (gpointer user_data)
{
  Exchange *exchange = user_data;

  exchange->is_timed_out = TRUE;
  bitket_exchange_cancel_soon (exchange->inner, exchange->context);
  return G_SOURCE_REMOVE;
}

/* Runs wherever the caller cancels, maybe on another thread, and holds what it needs by itself. */
static void
outer_cancelled_cb (GCancellable *outer, gpointer user_data)
{
  Watch *watch = user_data;

  bitket_exchange_cancel_soon (watch->inner, watch->context);
}

static Watch *
watch_new (Exchange *exchange)
{
  Watch *watch = g_new0 (Watch, 1);

  watch->inner = g_object_ref (exchange->inner);
  watch->context = g_main_context_ref (exchange->context);
  return watch;
}

static void
watch_free (gpointer data)
{
  Watch *watch = data;

  g_object_unref (watch->inner);
  g_main_context_unref (watch->context);
  g_free (watch);
}

void
bitket_exchange_async (SoupSession *soup,
                       SoupMessage *message,
                       guint timeout_ms,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (soup, cancellable, callback, user_data);
  Exchange *exchange = g_new0 (Exchange, 1);

  g_task_set_source_tag (task, bitket_exchange_async);
  exchange->message = g_object_ref (message);
  exchange->inner = g_cancellable_new ();
  exchange->context = g_main_context_ref_thread_default ();
  exchange->received = g_byte_array_new ();
  exchange->timeout = g_timeout_source_new (timeout_ms);
  g_source_set_callback (exchange->timeout, timeout_cb, exchange, NULL);
  g_source_set_static_name (exchange->timeout, "[bitket] exchange timeout");
  g_source_attach (exchange->timeout, exchange->context);
  g_task_set_task_data (task, exchange, (GDestroyNotify) exchange_free);
  if (cancellable != NULL)
    exchange->outer_handler = g_cancellable_connect (cancellable, G_CALLBACK (outer_cancelled_cb),
                                                     watch_new (exchange), watch_free);

  soup_session_send_async (soup, message, G_PRIORITY_DEFAULT, exchange->inner, send_cb,
                           g_object_ref (task));
}

GBytes *
bitket_exchange_finish (SoupSession *soup, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, soup), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
