/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-server.h"

#include <libsoup/soup.h>
#include <string.h>

#include "bitket-exchange.h"
#include "bitket-front.h"
#include "bitket-listener.h"
#include "bitket-mailer.h"
#include "bitket-pool.h"
#include "bitket-purchase-present.h"
#include "bitket-refund-keeper.h"
#include "bitket-request-log.h"
#include "bitket-runner.h"
#include "bitket-sales.h"
#include "bitket-secret.h"
#include "bitket-service-error.h"
#include "bitket-store.h"
#include "bitket-streams.h"
#include "bitket-time.h"
#include "bitket-web.h"

/* Sign-in: ten failures in five minutes, by address and account. */
#define SIGN_IN_MAX_FAILURES 10
#define SIGN_IN_WINDOW_US    (5 * BITKET_TIME_MINUTE_US)
/* Through a provider: failures of one address, which may be that of a whole campus. */
#define CODE_MAX_FAILURES 60
/* At the end: how long the whole may take. */
#define DEADLINE_MS 20000
#define MIN_FRONTS  2
#define MAX_FRONTS  8
/* Above the most connections, so many more are told that there are too many. */
#define MAX_SURPLUS         256
#define SURPLUS_RETRY_AFTER "5"

struct _BitketServer
{
  GObject parent_instance;

  BitketShared shared;
  BitketPool *pool;         /* (owned) (nullable) */
  BitketSales *sales;       /* (owned) (nullable) */
  BitketStreams *streams;   /* (owned) (nullable) */
  BitketMailer *mailer;     /* (owned) (nullable) */
  GPtrArray *fronts;        /* (owned) (element-type BitketFront) */
  BitketListener *listener; /* (owned) (nullable) */
  GMainContext *context;    /* (owned) the main thread's */
  const char *scheme;       /* static */
  gint is_stopping;         /* (atomic) */
  guint n_drained;          /* fronts that have stopped */
  gboolean is_stopped;
  GSource *deadline;           /* (owned) (nullable) */
  BitketRefundKeeper *refunds; /* (owned) (nullable) */
};

G_DEFINE_FINAL_TYPE (BitketServer, bitket_server, G_TYPE_OBJECT)

enum
{
  SIGNAL_STOPPED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

/* A request in work, of one front's thread. Kept by the message, and by the job while it runs. */
typedef struct
{
  BitketServer *server;         /* (unowned) outlives the fronts */
  BitketFront *front;           /* (unowned) */
  SoupServerMessage *message;   /* (owned) (nullable) while the job runs */
  BitketConnection *connection; /* (owned) (nullable) */
  BitketRequest *request;       /* (owned) (nullable) */
  BitketMatch match;
  gint64 began_us; /* monotonic */
  gboolean is_over;
} Exchange;

static void
clear_exchange (Exchange *exchange)
{
  g_clear_object (&exchange->message);
  g_clear_pointer (&exchange->connection, bitket_connection_unref);
  g_clear_pointer (&exchange->request, bitket_request_free);
  bitket_match_clear (&exchange->match);
}

static void
unref_exchange (Exchange *exchange)
{
  g_rc_box_release_full (exchange, (GDestroyNotify) clear_exchange);
}

static void
post_to_main (BitketServer *self, GSourceFunc func)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, func, g_object_ref (self), g_object_unref);
  g_source_attach (source, self->context);
}

static void
clear_source (GSource **source)
{
  if (*source == NULL)
    return;
  g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

/* Once: when the answer is sent, or the client gone, or the connection made a stream. */
static void
end_exchange (Exchange *exchange, SoupServerMessage *message)
{
  BitketServer *self = exchange->server;
  /* While the job runs the request is the worker's. */
  BitketRequest *request = exchange->message == NULL ? exchange->request : NULL;
  const BitketRequestOutcome outcome = {
    .name = bitket_exchange_get_name (message),
    .method = bitket_method_from_string (soup_server_message_get_method (message)),
    .route = exchange->match.route != NULL ? exchange->match.route->pattern : "other",
    .status = soup_server_message_get_status (message),
    .duration_us = g_get_monotonic_time () - exchange->began_us,
    .caller = request != NULL ? &request->caller : NULL,
    .n_bytes = soup_server_message_get_response_body (message)->length,
  };
  g_autofree char *line = NULL;

  if (exchange->is_over)
    return;
  exchange->is_over = TRUE;
  if (exchange->connection != NULL)
    bitket_connection_end (exchange->connection);
  bitket_metrics_end_request (self->shared.metrics, outcome.route, outcome.status,
                              outcome.duration_us);
  line = bitket_request_log_format (&outcome);
  g_info ("%s", line);
  bitket_front_end (exchange->front);
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
  BitketFront *front = user_data;
  BitketServer *self = bitket_front_get_owner (front);
  Exchange *exchange = g_rc_box_new0 (Exchange);
  BitketConnection *connection;

  exchange->server = self;
  exchange->front = front;
  exchange->began_us = g_get_monotonic_time ();
  connection = bitket_connection_find (soup_server_message_get_remote_address (message));
  if (connection != NULL)
    {
      exchange->connection = bitket_connection_ref (connection);
      bitket_connection_begin (connection);
    }
  bitket_front_begin (front);
  bitket_metrics_begin_request (self->shared.metrics);
  g_object_set_data_full (G_OBJECT (message), EXCHANGE_KEY, exchange,
                          (GDestroyNotify) unref_exchange);
  g_signal_connect (message, "finished", G_CALLBACK (finished_cb), exchange);
  bitket_exchange_begin (message, &self->shared, self->scheme);
}

static void
send_reply (Exchange *exchange, SoupServerMessage *message, BitketReply *reply)
{
  if (exchange->connection != NULL)
    bitket_connection_answer (exchange->connection);
  bitket_exchange_send (message, reply);
  /* As the original does. libsoup 3.2 neither keeps a connection that it did not accept itself, nor
   * notices when the other side closes a kept one. */
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
        bitket_streams_close_caller (self->streams, notice->message);
      else
        bitket_streams_publish (self->streams, notice->event, notice->message);
    }
}

/* The answer to the upgrade is written: what comes now is the stream's. */
static void
upgraded_cb (SoupServerMessage *message, gpointer user_data)
{
  Exchange *exchange = user_data;
  BitketRequest *request = exchange->request;
  GIOStream *io;

  if (soup_server_message_get_status (message) != SOUP_STATUS_SWITCHING_PROTOCOLS)
    return;
  io = soup_server_message_steal_connection (message);
  end_exchange (exchange, message);
  if (exchange->connection != NULL)
    bitket_connection_leave (exchange->connection);
  bitket_streams_add (exchange->server->streams, io, soup_server_message_get_uri (message),
                      request->id, request->caller.id, exchange->connection);
  if ((exchange->match.route->flags & BITKET_ROUTE_PURCHASE) != 0)
    bitket_sales_watch (exchange->server->sales, request->id);
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

static void ran_cb (GObject *source, GAsyncResult *result, gpointer user_data);

static BitketReply *
answer_purchase (BitketRequest *request, BitketDb *db, GError **error)
{
  return request->responds_async
             ? bitket_purchase_reply_accepted (request, db, request->purchase, error)
             : bitket_purchase_reply (request, db, request->purchase, error);
}

static gpointer
run_answer (gpointer data, BitketDb *db, GError **error)
{
  Exchange *exchange = data;

  return bitket_runner_answer (exchange->request, &exchange->match, answer_purchase, db);
}

static void
start_answer (Exchange *exchange)
{
  bitket_pool_run_async (exchange->server->pool, BITKET_LANE_FAST, run_answer, exchange, NULL,
                         (GDestroyNotify) bitket_reply_free, ran_cb, exchange);
}

/* The queue has decided, or taken the order in: the answer is read from the database. */
static void
sold_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Exchange *exchange = user_data;
  g_autoptr (SoupServerMessage) message = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketReply) reply = NULL;
  g_autofree char *purchase = bitket_sales_finish (result, &error);

  if (purchase != NULL)
    {
      g_free (exchange->request->purchase);
      exchange->request->purchase = g_steal_pointer (&purchase);
      start_answer (exchange);
      return;
    }
  message = g_steal_pointer (&exchange->message);
  reply = bitket_reply_new_error (error);
  bitket_runner_finish (exchange->request, reply);
  send_reply (exchange, message, reply);
  soup_server_message_unpause (message);
  unref_exchange (exchange);
}

/* A purchase is answered when the queue has dealt with it. Returns: whether this is one. */
static gboolean
defer_to_queue (Exchange *exchange, const BitketReply *reply)
{
  BitketRequest *request = exchange->request;
  BitketSales *sales = exchange->server->sales;
  BitketSalesUntil until = request->responds_async ? BITKET_SALES_ACCEPTED : BITKET_SALES_FINISHED;

  if (reply->status >= 400 || request->is_deferred ||
      (request->order == NULL && request->purchase == NULL))
    return FALSE;
  request->is_deferred = TRUE;
  if (request->order != NULL)
    bitket_sales_submit_async (sales, g_steal_pointer (&request->order), until, sold_cb, exchange);
  else if (request->responds_async)
    start_answer (exchange);
  else
    bitket_sales_wait_async (sales, request->purchase, sold_cb, exchange);
  return TRUE;
}

static void
ran_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Exchange *exchange = user_data;
  BitketServer *self = exchange->server;
  g_autoptr (SoupServerMessage) message = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketReply) reply = bitket_pool_run_finish (result, &error);

  if (reply == NULL)
    {
      reply = bitket_reply_new_error (error);
      bitket_runner_finish (exchange->request, reply);
    }
  if (defer_to_queue (exchange, reply))
    return;
  message = g_steal_pointer (&exchange->message);
  publish_notices (self, exchange->request);
  if (exchange->request->may_write && reply->status < 400)
    bitket_mailer_wake (self->mailer);
  if (reply->status == 200 && exchange->match.is_allowed &&
      !g_atomic_int_get (&self->is_stopping) &&
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
  const BitketRoute *route = exchange->match.route;
  BitketRouteFlags flags = route->choose != NULL ? route->choose (exchange->request) : route->flags;
  BitketLane lane = (flags & BITKET_ROUTE_SLOW) != 0      ? BITKET_LANE_SLOW
                    : (flags & BITKET_ROUTE_NETWORK) != 0 ? BITKET_LANE_NETWORK
                                                          : BITKET_LANE_FAST;

  exchange->message = g_object_ref (message);
  soup_server_message_pause (message);
  bitket_pool_run_async (self->pool, lane, run_exchange, exchange, NULL,
                         (GDestroyNotify) bitket_reply_free, ran_cb, g_rc_box_acquire (exchange));
}

/* What needs no worker: paths that are none, upgrades that are none, and what is too much. */
static BitketReply *
reply_at_once (Exchange *exchange, SoupServerMessage *message)
{
  g_autoptr (GError) error = NULL;
  BitketRequest *request = exchange->request;

  if (exchange->connection != NULL && bitket_connection_is_surplus (exchange->connection))
    {
      BitketReply *reply;

      bitket_service_error_set (&error, BITKET_SERVICE_ERROR_UNAVAILABLE);
      reply = bitket_reply_new_error (error);
      bitket_reply_add_header (reply, "Retry-After", SURPLUS_RETRY_AFTER);
      return reply;
    }
  if (request->is_preflight)
    return bitket_reply_new_text (200, "text/html; charset=utf-8", g_strdup (""));
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
  BitketServer *self = bitket_front_get_owner (user_data);
  Exchange *exchange = g_object_get_data (G_OBJECT (message), EXCHANGE_KEY);
  g_autoptr (BitketReply) reply = NULL;
  BitketRequest *request;

  if (exchange->connection != NULL)
    bitket_connection_work (exchange->connection);
  exchange->request = request = bitket_exchange_read (message, &self->shared, self->scheme);
  if (bitket_router_find (request->method, request->path, &exchange->match))
    {
      request->route = exchange->match.route;
      memcpy (request->id, exchange->match.id, sizeof request->id);
      request->word = g_strdup (exchange->match.word);
    }
  else if (bitket_web_match (request->path, &exchange->match))
    {
      request->route = exchange->match.route;
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

/* To the front with the fewest connections; what is above the limit is told so by a front, as long
 * as it is not very much. */
static void
accepted_cb (GSocket *socket, gpointer user_data)
{
  BitketServer *self = user_data;
  guint max_connections = (guint) self->shared.config->max_connections;
  guint n_connections = bitket_streams_get_n (self->streams);
  BitketFront *least = NULL;
  BitketConnectionFlags flags = BITKET_CONNECTION_DEFAULT;

  for (guint i = 0; i < self->fronts->len; i++)
    {
      BitketFront *front = self->fronts->pdata[i];
      guint n = bitket_front_get_n_connections (front);

      n_connections += n;
      if (least == NULL || n < bitket_front_get_n_connections (least))
        least = front;
    }
  if (n_connections >= max_connections + MAX_SURPLUS)
    return;
  if (n_connections >= max_connections)
    flags = BITKET_CONNECTION_SURPLUS;
  bitket_front_take (least, socket, flags);
}

/* The order of an end: no request is in work any more (or its time is over), streams are closed,
 * then the workers end, whose last results still find the fronts. */
static void
finish_stop (BitketServer *self)
{
  if (self->is_stopped)
    return;
  self->is_stopped = TRUE;
  clear_source (&self->deadline);
  g_ptr_array_foreach (self->fronts, (GFunc) (void (*) (void)) bitket_front_cut, NULL);
  bitket_streams_cut (self->streams);
  bitket_sales_stop (self->sales);
  bitket_pool_stop (self->pool);
  g_ptr_array_set_size (self->fronts, 0);
  g_clear_pointer (&self->streams, bitket_streams_free);
  g_signal_emit (self, signals[SIGNAL_STOPPED], 0);
}

static gboolean
streams_gone_cb (gpointer user_data)
{
  finish_stop (user_data);
  return G_SOURCE_REMOVE;
}

/* On the streams' thread. */
static void
streams_gone (gpointer owner)
{
  post_to_main (owner, streams_gone_cb);
}

static gboolean
front_drained_cb (gpointer user_data)
{
  BitketServer *self = user_data;

  self->n_drained++;
  if (!self->is_stopped && self->n_drained == self->fronts->len)
    bitket_streams_stop (self->streams, streams_gone, self);
  return G_SOURCE_REMOVE;
}

/* On the front's thread. */
static void
front_drained (gpointer owner)
{
  post_to_main (owner, front_drained_cb);
}

static void
start_fronts (BitketServer *self, GTlsCertificate *certificate)
{
  guint n_fronts = CLAMP (g_get_num_processors (), MIN_FRONTS, MAX_FRONTS);

  for (guint i = 0; i < n_fronts; i++)
    {
      g_autofree char *name = g_strdup_printf ("front-%u", i + 1);
      const BitketFrontOptions options = {
        .name = name,
        .certificate = certificate,
        .config = self->shared.config,
        .early = early_cb,
        .request = request_cb,
        .drained = front_drained,
        .owner = self,
      };

      g_ptr_array_add (self->fronts, bitket_front_new (&options));
    }
}

static void
bitket_server_dispose (GObject *object)
{
  BitketServer *self = BITKET_SERVER (object);

  clear_source (&self->deadline);
  g_clear_pointer (&self->refunds, bitket_refund_keeper_free);
  g_clear_object (&self->listener);
  if (self->sales != NULL)
    bitket_sales_stop (self->sales);
  if (self->pool != NULL)
    bitket_pool_stop (self->pool);
  g_clear_pointer (&self->fronts, g_ptr_array_unref);
  g_clear_pointer (&self->sales, bitket_sales_free);
  g_clear_pointer (&self->streams, bitket_streams_free);
  g_clear_pointer (&self->pool, bitket_pool_free);
  g_clear_pointer (&self->mailer, bitket_mailer_free);
  g_clear_pointer (&self->context, g_main_context_unref);
  g_clear_object (&self->shared.clock);
  g_clear_pointer (&self->shared.secret_key, bitket_secret_free);
  g_clear_pointer (&self->shared.limiter, bitket_limiter_free);
  g_clear_pointer (&self->shared.code_limiter, bitket_limiter_free);
  g_clear_pointer (&self->shared.metrics, bitket_metrics_free);
  g_clear_pointer (&self->shared.till, bitket_till_free);
  g_clear_pointer (&self->shared.directory, bitket_directory_free);
  g_clear_pointer (&self->shared.providers, bitket_providers_free);
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
  self->shared.code_limiter = bitket_limiter_new (CODE_MAX_FAILURES, SIGN_IN_WINDOW_US);
  self->shared.metrics = bitket_metrics_new ();
  self->fronts = g_ptr_array_new_with_free_func ((GDestroyNotify) bitket_front_free);
  self->context = g_main_context_ref_thread_default ();
}

static gpointer
load_secret_key (gpointer data, BitketDb *db, GError **error)
{
  return bitket_store_ensure_secret_key (db, error);
}

/* On the queue's thread. */
static void
purchase_changed (const char *purchase, const char *message, gpointer user_data)
{
  BitketServer *self = user_data;

  bitket_streams_publish (self->streams, purchase, message);
}

static gboolean
open_sales (BitketServer *self, const char *database, GError **error)
{
  const BitketSalesOptions options = {
    .database = database,
    .config = self->shared.config,
    .till = self->shared.till,
    .clock = self->shared.clock,
    .metrics = self->shared.metrics,
    .changed = purchase_changed,
    .user_data = self,
  };

  self->sales = bitket_sales_new (&options, error);
  return self->sales != NULL;
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
  self->shared.providers = bitket_providers_new (self->shared.config, self->shared.http);
  self->shared.directory = bitket_directory_new (self->shared.config, self->shared.http);
  self->pool = bitket_pool_new (options->database, error);
  if (self->pool == NULL)
    return NULL;
  self->shared.pool = self->pool;
  self->shared.secret_key = options->secret_key != NULL
                                ? g_strdup (options->secret_key)
                                : bitket_pool_run (self->pool, load_secret_key, NULL, error);
  if (self->shared.secret_key == NULL)
    return NULL;
  self->mailer =
      bitket_mailer_new (options->database, self->shared.config, self->shared.clock, error);
  if (self->mailer == NULL)
    return NULL;
  self->streams = bitket_streams_new (self->shared.config, self->pool, self->shared.metrics);
  if (!open_sales (self, options->database, error))
    return NULL;
  start_fronts (self, options->certificate);
  self->listener = bitket_listener_new (options->listen, self->scheme, accepted_cb, self, error);
  if (self->listener == NULL)
    return NULL;
  if (self->shared.config->payments != BITKET_PAYMENTS_NONE)
    self->refunds = bitket_refund_keeper_new (self->pool, self->shared.till, self->shared.clock);
  return g_steal_pointer (&self);
}

char *
bitket_server_dup_url (BitketServer *self)
{
  g_return_val_if_fail (BITKET_IS_SERVER (self), NULL);

  return bitket_listener_dup_url (self->listener);
}

static gboolean
deadline_cb (gpointer user_data)
{
  BitketServer *self = user_data;
  guint n_running = 0;

  for (guint i = 0; i < self->fronts->len; i++)
    n_running += bitket_front_get_n_running (self->fronts->pdata[i]);
  g_warning ("%u requests and %u streams were not finished in time and are cut off", n_running,
             bitket_streams_get_n (self->streams));
  finish_stop (self);
  return G_SOURCE_REMOVE;
}

void
bitket_server_stop (BitketServer *self)
{
  g_return_if_fail (BITKET_IS_SERVER (self));

  if (g_atomic_int_get (&self->is_stopping))
    return;
  g_atomic_int_set (&self->is_stopping, TRUE);
  bitket_sales_drain (self->sales);
  g_clear_pointer (&self->refunds, bitket_refund_keeper_free);
  bitket_listener_stop (self->listener);
  for (guint i = 0; i < self->fronts->len; i++)
    bitket_front_stop (self->fronts->pdata[i]);
  self->deadline = g_timeout_source_new (DEADLINE_MS);
  g_source_set_callback (self->deadline, deadline_cb, self, NULL);
  g_source_attach (self->deadline, self->context);
}
