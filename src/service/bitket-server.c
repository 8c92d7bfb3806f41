/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-server.h"

#include <libsoup/soup.h>
#include <string.h>

#include "bitket-counts.h"
#include "bitket-exchange.h"
#include "bitket-hub.h"
#include "bitket-pool.h"
#include "bitket-runner.h"
#include "bitket-secret.h"
#include "bitket-service-error.h"
#include "bitket-store.h"
#include "bitket-time.h"

/* Sign-in: ten failures in five minutes, by address and account. */
#define SIGN_IN_MAX_FAILURES 10
#define SIGN_IN_WINDOW_US    (5 * BITKET_TIME_MINUTE_US)
/* At the end: how long a connection without a request is left open, for one that is on its way, and
 * how long the whole may take. */
#define LINGER_MS   200
#define DEADLINE_MS 20000

struct _BitketServer
{
  GObject parent_instance;

  BitketShared shared;
  BitketPool *pool;         /* (owned) (nullable) */
  BitketHub *hub;           /* (owned) */
  SoupServer *soup;         /* (owned) */
  BitketListener *listener; /* (owned) (nullable) */
  const char *scheme;       /* static */
  guint n_running;          /* requests from their headers to the last byte of their answers */
  gboolean is_stopping;
  gboolean is_stopped;
  GSource *linger;   /* (owned) (nullable) */
  GSource *deadline; /* (owned) (nullable) */
};

G_DEFINE_FINAL_TYPE (BitketServer, bitket_server, G_TYPE_OBJECT)

enum
{
  SIGNAL_STOPPED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

/* A request in work. Kept by the message, and by the job while it runs. */
typedef struct
{
  BitketServer *server;         /* (owned) */
  SoupServerMessage *message;   /* (owned) (nullable) while the job runs */
  BitketConnection *connection; /* (nullable) (unowned) lives as long as the message */
  BitketRequest *request;       /* (owned) (nullable) */
  BitketMatch match;
  gint64 began_us; /* monotonic */
  gboolean is_over;
} Exchange;

static void
clear_exchange (Exchange *exchange)
{
  g_clear_object (&exchange->server);
  g_clear_object (&exchange->message);
  g_clear_pointer (&exchange->request, bitket_request_free);
  bitket_match_clear (&exchange->match);
}

static void
unref_exchange (Exchange *exchange)
{
  g_rc_box_release_full (exchange, (GDestroyNotify) clear_exchange);
}

static void
clear_source (GSource **source)
{
  if (*source == NULL)
    return;
  g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static void
finish_stop (BitketServer *self)
{
  if (self->is_stopped)
    return;
  self->is_stopped = TRUE;
  clear_source (&self->linger);
  clear_source (&self->deadline);
  bitket_listener_close_all (self->listener);
  bitket_pool_stop (self->pool);
  g_signal_emit (self, signals[SIGNAL_STOPPED], 0);
}

static void
check_stop (BitketServer *self)
{
  if (self->is_stopping && self->linger == NULL && self->n_running == 0 &&
      bitket_hub_get_n_streams (self->hub) == 0)
    finish_stop (self);
}

/* Once: when the answer is sent, or the client gone, or the connection made a stream. */
static void
end_exchange (Exchange *exchange, SoupServerMessage *message)
{
  BitketServer *self = exchange->server;
  const char *pattern = exchange->match.route != NULL ? exchange->match.route->pattern : "other";

  if (exchange->is_over)
    return;
  exchange->is_over = TRUE;
  self->n_running--;
  if (exchange->connection != NULL)
    bitket_connection_end (exchange->connection);
  bitket_metrics_end_request (self->shared.metrics, pattern,
                              soup_server_message_get_status (message),
                              g_get_monotonic_time () - exchange->began_us);
  g_debug ("%s %s: %u", soup_server_message_get_method (message), pattern,
           soup_server_message_get_status (message));
  check_stop (self);
}

static void
finished_cb (SoupServerMessage *message, gpointer user_data)
{
  end_exchange (user_data, message);
}

#define EXCHANGE_KEY "bitket-exchange"

static void
early_cb (SoupServer *soup,
          SoupServerMessage *message,
          const char *path,
          GHashTable *query,
          gpointer user_data)
{
  BitketServer *self = user_data;
  Exchange *exchange = g_rc_box_new0 (Exchange);

  exchange->server = g_object_ref (self);
  exchange->began_us = g_get_monotonic_time ();
  exchange->connection = bitket_connection_find (soup_server_message_get_remote_address (message));
  if (exchange->connection != NULL)
    bitket_connection_begin (exchange->connection);
  self->n_running++;
  bitket_metrics_begin_request (self->shared.metrics);
  g_object_set_data_full (G_OBJECT (message), EXCHANGE_KEY, exchange,
                          (GDestroyNotify) unref_exchange);
  g_signal_connect (message, "finished", G_CALLBACK (finished_cb), exchange);
  bitket_exchange_limit_body (message);
}

static void
send_reply (Exchange *exchange, SoupServerMessage *message, BitketReply *reply)
{
  bitket_exchange_send (message, reply);
  if (exchange->server->is_stopping)
    soup_message_headers_replace (soup_server_message_get_response_headers (message), "Connection",
                                  "close");
}

static void
publish_notices (BitketServer *self, BitketRequest *request)
{
  for (guint i = 0; i < request->notices->len; i++)
    {
      BitketNotice *notice = request->notices->pdata[i];

      if (notice->closes_caller)
        bitket_hub_close_caller (self->hub, notice->message);
      else if (notice->message != NULL)
        bitket_hub_publish (self->hub, notice->event, notice->message);
      else
        bitket_hub_counts_changed (self->hub, notice->event);
    }
}

/* The answer to the upgrade is written: what comes now is the stream's. */
static void
upgraded_cb (SoupServerMessage *message, gpointer user_data)
{
  Exchange *exchange = user_data;
  g_autoptr (GIOStream) io = NULL;
  g_autoptr (SoupWebsocketConnection) stream = NULL;
  BitketRequest *request = exchange->request;

  if (soup_server_message_get_status (message) != SOUP_STATUS_SWITCHING_PROTOCOLS)
    return;
  io = soup_server_message_steal_connection (message);
  stream = soup_websocket_connection_new (io, soup_server_message_get_uri (message),
                                          SOUP_WEBSOCKET_CONNECTION_SERVER, NULL, NULL, NULL);
  bitket_hub_add (exchange->server->hub, request->id, request->caller.id, stream,
                  exchange->connection);
  end_exchange (exchange, message);
}

static void
begin_stream (Exchange *exchange, SoupServerMessage *message)
{
  if (!soup_websocket_server_process_handshake (message, NULL, NULL, NULL, NULL))
    return;
  g_signal_connect (message, "wrote-informational", G_CALLBACK (upgraded_cb), exchange);
}

static gpointer
run_exchange (gpointer data, BitketDb *db, GError **error)
{
  Exchange *exchange = data;

  return bitket_runner_run (exchange->request, &exchange->match, db);
}

static void
ran_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Exchange *exchange = user_data;
  BitketServer *self = exchange->server;
  g_autoptr (SoupServerMessage) message = g_steal_pointer (&exchange->message);
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketReply) reply = bitket_pool_run_finish (result, &error);

  if (reply == NULL)
    {
      reply = bitket_reply_new_error (error);
      bitket_runner_finish (exchange->request, reply);
    }
  publish_notices (self, exchange->request);
  if (reply->status == 200 && exchange->match.is_allowed && !self->is_stopping &&
      (exchange->match.route->flags & BITKET_ROUTE_WEBSOCKET) != 0 &&
      exchange->request->method == BITKET_METHOD_GET)
    begin_stream (exchange, message);
  else
    send_reply (exchange, message, reply);
  soup_server_message_unpause (message);
  unref_exchange (exchange);
}

static void
start_job (Exchange *exchange, SoupServerMessage *message)
{
  BitketServer *self = exchange->server;
  BitketRouteFlags flags = exchange->match.route->flags;
  BitketLane lane = (flags & BITKET_ROUTE_SLOW) != 0      ? BITKET_LANE_SLOW
                    : (flags & BITKET_ROUTE_NETWORK) != 0 ? BITKET_LANE_NETWORK
                                                          : BITKET_LANE_FAST;

  exchange->message = g_object_ref (message);
  soup_server_message_pause (message);
  bitket_pool_run_async (self->pool, lane, run_exchange, exchange, NULL,
                         (GDestroyNotify) bitket_reply_free, ran_cb, g_rc_box_acquire (exchange));
}

/* What needs no worker: paths that are none, and upgrades that are none. */
static BitketReply *
reply_at_once (Exchange *exchange, SoupServerMessage *message)
{
  g_autoptr (GError) error = NULL;
  BitketRequest *request = exchange->request;

  if (exchange->match.route == NULL)
    {
      bitket_service_error_set (&error, BITKET_SERVICE_ERROR_NOT_FOUND);
      return bitket_reply_new_error (error);
    }
  if ((exchange->match.route->flags & BITKET_ROUTE_WEBSOCKET) != 0 &&
      request->method == BITKET_METHOD_GET &&
      !soup_websocket_server_check_handshake (message, NULL, NULL, NULL, NULL))
    {
      g_set_error_literal (&error, BITKET_SERVICE_ERROR, BITKET_SERVICE_ERROR_INVALID,
                           "This is a WebSocket.");
      return bitket_reply_new_error (error);
    }
  return NULL;
}

static void
request_cb (SoupServer *soup,
            SoupServerMessage *message,
            const char *path,
            GHashTable *query,
            gpointer user_data)
{
  BitketServer *self = user_data;
  Exchange *exchange = g_object_get_data (G_OBJECT (message), EXCHANGE_KEY);
  g_autoptr (BitketReply) reply = NULL;
  BitketRequest *request;

  exchange->request = request = bitket_exchange_read (message, &self->shared, self->scheme);
  if (bitket_router_find (request->method, request->path, &exchange->match))
    {
      request->route = exchange->match.route;
      memcpy (request->id, exchange->match.id, sizeof request->id);
      request->word = g_strdup (exchange->match.word);
    }
  reply = reply_at_once (exchange, message);
  if (reply == NULL)
    {
      start_job (exchange, message);
      return;
    }
  bitket_runner_finish (request, reply);
  send_reply (exchange, message, reply);
}

static void
accepted_cb (GIOStream *stream, GSocketAddress *local, GSocketAddress *remote, gpointer user_data)
{
  BitketServer *self = user_data;
  g_autoptr (GError) error = NULL;

  if (!soup_server_accept_iostream (self->soup, stream, local, remote, &error))
    g_warning ("could not take a connection: %s", error->message);
}

typedef struct
{
  BitketServer *server; /* (owned) */
  char *event;          /* (owned) */
} CountsJob;

static void
free_counts_job (CountsJob *job)
{
  g_object_unref (job->server);
  g_free (job->event);
  g_free (job);
}

static gpointer
run_counts (gpointer data, BitketDb *db, GError **error)
{
  CountsJob *job = data;

  return bitket_counts_message (db, job->event, error);
}

static void
counted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CountsJob *job = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *message = bitket_pool_run_finish (result, &error);

  if (message != NULL)
    bitket_hub_publish (job->server->hub, job->event, message);
  else
    g_info ("could not count the entries of %s: %s", job->event, error->message);
  free_counts_job (job);
}

static void
count_event (const char *event, gpointer user_data)
{
  BitketServer *self = user_data;
  CountsJob *job = g_new0 (CountsJob, 1);

  job->server = g_object_ref (self);
  job->event = g_strdup (event);
  bitket_pool_run_async (self->pool, BITKET_LANE_FAST, run_counts, job, NULL, g_free, counted_cb,
                         job);
}

static void
streams_changed (gpointer user_data)
{
  BitketServer *self = user_data;

  bitket_metrics_set_n_streams (self->shared.metrics, bitket_hub_get_n_streams (self->hub));
  check_stop (self);
}

static void
bitket_server_dispose (GObject *object)
{
  BitketServer *self = BITKET_SERVER (object);

  clear_source (&self->linger);
  clear_source (&self->deadline);
  g_clear_pointer (&self->pool, bitket_pool_free);
  g_clear_object (&self->soup);
  g_clear_pointer (&self->hub, bitket_hub_free);
  g_clear_object (&self->listener);
  g_clear_object (&self->shared.clock);
  g_clear_pointer (&self->shared.secret_key, bitket_secret_free);
  g_clear_pointer (&self->shared.limiter, bitket_limiter_free);
  g_clear_pointer (&self->shared.metrics, bitket_metrics_free);
  g_clear_pointer (&self->shared.till, bitket_till_free);
  g_clear_pointer (&self->shared.http, bitket_http_free);
  g_clear_pointer (&self->shared.config, bitket_config_unref);
  G_OBJECT_CLASS (bitket_server_parent_class)->dispose (object);
}

static void
bitket_server_class_init (BitketServerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = bitket_server_dispose;
  signals[SIGNAL_STOPPED] = g_signal_new ("stopped", BITKET_TYPE_SERVER, G_SIGNAL_RUN_LAST, 0, NULL,
                                          NULL, NULL, G_TYPE_NONE, 0);
}

static void
bitket_server_init (BitketServer *self)
{
  self->shared.limiter = bitket_limiter_new (SIGN_IN_MAX_FAILURES, SIGN_IN_WINDOW_US);
  self->shared.metrics = bitket_metrics_new ();
  self->hub = bitket_hub_new (count_event, streams_changed, self);
  self->soup = soup_server_new (NULL, NULL);
  soup_server_add_early_handler (self->soup, NULL, early_cb, self, NULL);
  soup_server_add_handler (self->soup, NULL, request_cb, self, NULL);
}

static gpointer
load_secret_key (gpointer data, BitketDb *db, GError **error)
{
  return bitket_store_ensure_secret_key (db, error);
}

BitketServer *
bitket_server_new (const BitketServerOptions *options, GError **error)
{
  g_autoptr (BitketServer) self = NULL;

  g_return_val_if_fail (options != NULL && options->database != NULL && options->listen != NULL,
                        NULL);

  self = g_object_new (BITKET_TYPE_SERVER, NULL);
  self->shared.clock = options->clock != NULL ? g_object_ref (options->clock) : bitket_clock_new ();
  self->scheme = options->certificate != NULL ? "https" : "http";
  self->shared.config =
      options->config != NULL ? bitket_config_ref (options->config) : bitket_config_new ();
  self->shared.http = bitket_http_new (self->shared.config->ca_file);
  self->shared.till = bitket_till_new (self->shared.config, self->shared.http);
  self->pool = bitket_pool_new (options->database, error);
  if (self->pool == NULL)
    return NULL;
  self->shared.secret_key = options->secret_key != NULL
                                ? g_strdup (options->secret_key)
                                : bitket_pool_run (self->pool, load_secret_key, NULL, error);
  if (self->shared.secret_key == NULL)
    return NULL;
  self->listener =
      bitket_listener_new (options->listen, options->certificate, accepted_cb, self, error);
  if (self->listener == NULL)
    return NULL;
  return g_steal_pointer (&self);
}

char *
bitket_server_dup_url (BitketServer *self)
{
  g_return_val_if_fail (BITKET_IS_SERVER (self), NULL);

  return bitket_listener_dup_url (self->listener);
}

static gboolean
linger_over_cb (gpointer user_data)
{
  BitketServer *self = user_data;

  if (bitket_listener_has_unread (self->listener))
    return G_SOURCE_CONTINUE;
  clear_source (&self->linger);
  bitket_listener_close_idle (self->listener, 0);
  bitket_hub_close_all (self->hub);
  check_stop (self);
  return G_SOURCE_REMOVE;
}

static gboolean
deadline_cb (gpointer user_data)
{
  BitketServer *self = user_data;

  g_warning ("%u requests and %u streams were not finished in time and are cut off",
             self->n_running, bitket_hub_get_n_streams (self->hub));
  finish_stop (self);
  return G_SOURCE_REMOVE;
}

void
bitket_server_stop (BitketServer *self)
{
  g_return_if_fail (BITKET_IS_SERVER (self));

  if (self->is_stopping)
    return;
  self->is_stopping = TRUE;
  bitket_listener_stop (self->listener);
  self->linger = g_timeout_source_new (LINGER_MS);
  g_source_set_callback (self->linger, linger_over_cb, self, NULL);
  g_source_attach (self->linger, g_main_context_get_thread_default ());
  self->deadline = g_timeout_source_new (DEADLINE_MS);
  g_source_set_callback (self->deadline, deadline_cb, self, NULL);
  g_source_attach (self->deadline, g_main_context_get_thread_default ());
}
