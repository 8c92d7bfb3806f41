/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-http.h"

#include <curl/curl.h>
#include <string.h>

#include "bitket-secret.h"

#define DEFAULT_TIMEOUT_MS 30000
#define CONNECT_TIMEOUT_MS 10000
#define MAX_BODY_LEN       (4 * 1024 * 1024)
#define MAX_CONNECTIONS    128
#define POLL_MS            60000

struct _BitketHttp
{
  CURLM *multi;       /* (owned) */
  char *ca_file;      /* (owned) (nullable) */
  GThread *thread;    /* (owned) */
  GAsyncQueue *queue; /* (owned) (element-type GTask) new exchanges */
  gint is_stopping;   /* (atomic) */
  GPtrArray *running; /* (owned) (element-type GTask) the thread's alone */
};

/* One exchange: the task's data. */
typedef struct
{
  CURL *easy;                 /* (owned) (nullable) the thread's alone */
  char *method;               /* (owned) */
  char *url;                  /* (owned) */
  struct curl_slist *headers; /* (owned) (nullable) */
  GBytes *body;               /* (owned) (nullable) */
  guint timeout_ms;
  GByteArray *received;         /* (owned) */
  GHashTable *received_headers; /* (owned) */
  GCancellable *cancellable;    /* (owned) (nullable) */
  gulong cancelled_id;
} Exchange;

static void
free_exchange (Exchange *exchange)
{
  g_assert (exchange->easy == NULL);
  if (exchange->cancellable != NULL)
    g_signal_handler_disconnect (exchange->cancellable, exchange->cancelled_id);
  g_clear_object (&exchange->cancellable);
  g_free (exchange->method);
  g_free (exchange->url);
  /* Keys and passwords stand there. */
  for (struct curl_slist *header = exchange->headers; header != NULL; header = header->next)
    bitket_secret_wipe (header->data, strlen (header->data));
  curl_slist_free_all (exchange->headers);
  g_clear_pointer (&exchange->body, g_bytes_unref);
  g_byte_array_unref (exchange->received);
  g_hash_table_unref (exchange->received_headers);
  g_free (exchange);
}

void
bitket_http_response_free (BitketHttpResponse *response)
{
  g_return_if_fail (response != NULL);

  g_hash_table_unref (response->headers);
  g_bytes_unref (response->body);
  g_free (response);
}

static size_t
receive_body (char *data, size_t size, size_t n, void *user_data)
{
  Exchange *exchange = user_data;

  if (exchange->received->len + size * n > MAX_BODY_LEN)
    return 0;
  g_byte_array_append (exchange->received, (const guint8 *) data, (guint) (size * n));
  return size * n;
}

static size_t
receive_header (char *data, size_t size, size_t n, void *user_data)
{
  Exchange *exchange = user_data;
  g_autofree char *line = g_strndup (data, size * n);
  char *colon = strchr (line, ':');

  if (colon != NULL)
    g_hash_table_replace (exchange->received_headers, g_ascii_strdown (line, colon - line),
                          g_strdup (g_strstrip (colon + 1)));
  return size * n;
}

static CURL *
make_easy (BitketHttp *self, Exchange *exchange)
{
  CURL *easy = curl_easy_init ();

  curl_easy_setopt (easy, CURLOPT_URL, exchange->url);
  curl_easy_setopt (easy, CURLOPT_CUSTOMREQUEST, exchange->method);
  curl_easy_setopt (easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt (easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt (easy, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt (easy, CURLOPT_SSL_VERIFYHOST, 2L);
  curl_easy_setopt (easy, CURLOPT_CONNECTTIMEOUT_MS, (long) CONNECT_TIMEOUT_MS);
  curl_easy_setopt (easy, CURLOPT_TIMEOUT_MS, (long) exchange->timeout_ms);
  curl_easy_setopt (easy, CURLOPT_WRITEFUNCTION, receive_body);
  curl_easy_setopt (easy, CURLOPT_WRITEDATA, exchange);
  curl_easy_setopt (easy, CURLOPT_HEADERFUNCTION, receive_header);
  curl_easy_setopt (easy, CURLOPT_HEADERDATA, exchange);
  curl_easy_setopt (easy, CURLOPT_HTTPHEADER, exchange->headers);
  if (self->ca_file != NULL)
    curl_easy_setopt (easy, CURLOPT_CAINFO, self->ca_file);
  if (exchange->body != NULL)
    {
      curl_easy_setopt (easy, CURLOPT_POSTFIELDSIZE_LARGE,
                        (curl_off_t) g_bytes_get_size (exchange->body));
      curl_easy_setopt (easy, CURLOPT_POSTFIELDS, g_bytes_get_data (exchange->body, NULL));
    }
  return easy;
}

/* curl's texts name hosts and ports, never headers or bodies. */
static GIOErrorEnum
map_code (CURLcode code)
{
  switch ((int) code)
    {
    case CURLE_OPERATION_TIMEDOUT:
      return G_IO_ERROR_TIMED_OUT;
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST:
      return G_IO_ERROR_CONNECTION_REFUSED;
    case CURLE_ABORTED_BY_CALLBACK:
      return G_IO_ERROR_CANCELLED;
    default:
      return G_IO_ERROR_FAILED;
    }
}

static void
set_error (GError **error, CURLcode code)
{
  g_set_error (error, G_IO_ERROR, (gint) map_code (code), "could not ask another server: %s",
               curl_easy_strerror (code));
}

static BitketHttpResponse *
make_response (Exchange *exchange)
{
  BitketHttpResponse *response = g_new0 (BitketHttpResponse, 1);
  long status = 0;

  curl_easy_getinfo (exchange->easy, CURLINFO_RESPONSE_CODE, &status);
  response->status = (guint) status;
  response->headers = g_hash_table_ref (exchange->received_headers);
  response->body = g_byte_array_free_to_bytes (g_byte_array_ref (exchange->received));
  return response;
}

static void
drop_easy (BitketHttp *self, Exchange *exchange)
{
  curl_multi_remove_handle (self->multi, exchange->easy);
  curl_easy_cleanup (exchange->easy);
  exchange->easy = NULL;
}

/* Takes the task out of those under way and answers it. */
static void
finish_exchange (BitketHttp *self, GTask *running, CURLcode code)
{
  g_autoptr (GTask) task = g_object_ref (running);
  Exchange *exchange = g_task_get_task_data (task);
  g_autoptr (BitketHttpResponse) response = code == CURLE_OK ? make_response (exchange) : NULL;

  drop_easy (self, exchange);
  g_ptr_array_remove_fast (self->running, running);
  if (response != NULL)
    g_task_return_pointer (task, g_steal_pointer (&response),
                           (GDestroyNotify) bitket_http_response_free);
  else
    {
      GError *error = NULL;

      set_error (&error, code);
      g_task_return_error (task, error);
    }
}

static void
begin_exchanges (BitketHttp *self)
{
  GTask *task;

  while ((task = g_async_queue_try_pop (self->queue)) != NULL)
    {
      Exchange *exchange = g_task_get_task_data (task);

      g_ptr_array_add (self->running, task);
      exchange->easy = make_easy (self, exchange);
      curl_easy_setopt (exchange->easy, CURLOPT_PRIVATE, task);
      curl_multi_add_handle (self->multi, exchange->easy);
    }
}

static void
end_exchanges (BitketHttp *self)
{
  CURLMsg *message;
  int n_left;

  while ((message = curl_multi_info_read (self->multi, &n_left)) != NULL)
    {
      GTask *task = NULL;

      if (message->msg != CURLMSG_DONE)
        continue;
      curl_easy_getinfo (message->easy_handle, CURLINFO_PRIVATE, &task);
      finish_exchange (self, task, message->data.result);
    }
}

static void
drop_cancelled (BitketHttp *self, gboolean all)
{
  for (guint i = self->running->len; i > 0; i--)
    {
      GTask *task = self->running->pdata[i - 1];

      if (all || g_cancellable_is_cancelled (g_task_get_cancellable (task)))
        finish_exchange (self, task, CURLE_ABORTED_BY_CALLBACK);
    }
}

static gpointer
run_thread (gpointer data)
{
  BitketHttp *self = data;
  int n_running = 0;

  while (!g_atomic_int_get (&self->is_stopping))
    {
      begin_exchanges (self);
      curl_multi_perform (self->multi, &n_running);
      end_exchanges (self);
      drop_cancelled (self, FALSE);
      if (g_async_queue_length (self->queue) <= 0)
        curl_multi_poll (self->multi, NULL, 0, POLL_MS, NULL);
    }
  begin_exchanges (self);
  drop_cancelled (self, TRUE);
  return NULL;
}

BitketHttp *
bitket_http_new (const char *ca_file)
{
  static gsize is_ready;
  BitketHttp *self = g_new0 (BitketHttp, 1);

  if (g_once_init_enter (&is_ready))
    {
      curl_global_init (CURL_GLOBAL_DEFAULT);
      g_once_init_leave (&is_ready, 1);
    }
  self->multi = curl_multi_init ();
  curl_multi_setopt (self->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long) MAX_CONNECTIONS);
  curl_multi_setopt (self->multi, CURLMOPT_MAXCONNECTS, (long) MAX_CONNECTIONS);
  self->ca_file = g_strdup (ca_file);
  self->queue = g_async_queue_new ();
  self->running = g_ptr_array_new_with_free_func (g_object_unref);
  self->thread = g_thread_new ("http", run_thread, self);
  return self;
}

void
bitket_http_free (BitketHttp *self)
{
  if (self == NULL)
    return;
  g_atomic_int_set (&self->is_stopping, 1);
  curl_multi_wakeup (self->multi);
  g_thread_join (self->thread);
  curl_multi_cleanup (self->multi);
  g_async_queue_unref (self->queue);
  g_ptr_array_unref (self->running);
  g_free (self->ca_file);
  g_free (self);
}

static void
cancelled_cb (GCancellable *cancellable, gpointer user_data)
{
  BitketHttp *self = user_data;

  curl_multi_wakeup (self->multi);
}

static Exchange *
new_exchange (const BitketHttpRequest *request)
{
  Exchange *exchange = g_new0 (Exchange, 1);

  exchange->method = g_strdup (request->method);
  exchange->url = g_strdup (request->url);
  exchange->body = request->body != NULL ? g_bytes_ref (request->body) : NULL;
  exchange->timeout_ms = request->timeout_ms != 0 ? request->timeout_ms : DEFAULT_TIMEOUT_MS;
  exchange->received = g_byte_array_new ();
  exchange->received_headers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  for (guint i = 0; request->headers != NULL && request->headers[i] != NULL; i++)
    exchange->headers = curl_slist_append (exchange->headers, request->headers[i]);
  return exchange;
}

void
bitket_http_send_async (BitketHttp *self,
                        const BitketHttpRequest *request,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Exchange *exchange;

  g_return_if_fail (self != NULL && request != NULL);
  g_return_if_fail (request->method != NULL && request->url != NULL);

  g_task_set_source_tag (task, bitket_http_send_async);
  exchange = new_exchange (request);
  g_task_set_task_data (task, exchange, (GDestroyNotify) free_exchange);
  if (cancellable != NULL)
    {
      exchange->cancellable = g_object_ref (cancellable);
      exchange->cancelled_id =
          g_signal_connect (cancellable, "cancelled", G_CALLBACK (cancelled_cb), self);
    }
  g_async_queue_push (self->queue, g_steal_pointer (&task));
  curl_multi_wakeup (self->multi);
}

BitketHttpResponse *
bitket_http_send_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/* curl asks this once a second and whenever something moves. */
static int
check_cancelled (void *user_data,
                 curl_off_t to_get,
                 curl_off_t got,
                 curl_off_t to_send,
                 curl_off_t sent)
{
  return g_cancellable_is_cancelled (user_data) ? 1 : 0;
}

BitketHttpResponse *
bitket_http_send (BitketHttp *self,
                  const BitketHttpRequest *request,
                  GCancellable *cancellable,
                  GError **error)
{
  BitketHttpResponse *response = NULL;
  Exchange *exchange;
  CURLcode code;

  g_return_val_if_fail (self != NULL && request != NULL, NULL);
  g_return_val_if_fail (request->method != NULL && request->url != NULL, NULL);

  exchange = new_exchange (request);
  exchange->easy = make_easy (self, exchange);
  curl_easy_setopt (exchange->easy, CURLOPT_XFERINFOFUNCTION, check_cancelled);
  curl_easy_setopt (exchange->easy, CURLOPT_XFERINFODATA, cancellable);
  curl_easy_setopt (exchange->easy, CURLOPT_NOPROGRESS, 0L);
  code = curl_easy_perform (exchange->easy);
  if (code == CURLE_OK)
    response = make_response (exchange);
  else
    set_error (error, code);
  curl_easy_cleanup (exchange->easy);
  exchange->easy = NULL;
  free_exchange (exchange);
  return response;
}
