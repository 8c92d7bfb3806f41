/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-streams.h"

#include "bitket-context-thread.h"
#include "bitket-counts.h"
#include "bitket-hub.h"

struct _BitketStreams
{
  BitketContextThread *thread;    /* (owned) */
  BitketHub *hub;                 /* (owned) the thread's */
  BitketConnections *connections; /* (owned) the thread's */
  BitketConfig *config;           /* (owned) */
  BitketPool *pool;               /* (unowned) */
  BitketMetrics *metrics;         /* (unowned) */
  gint n_streams;                 /* (atomic) written by the thread alone */
  gboolean is_over;               /* the thread's: nothing is counted any more */
  void (*done) (gpointer data);   /* (nullable) the thread's */
  gpointer done_data;
};

/* Something to do on the thread. */
typedef struct
{
  BitketStreams *streams;       /* (unowned) */
  GIOStream *io;                /* (owned) (nullable) */
  GUri *uri;                    /* (owned) (nullable) */
  BitketConnection *connection; /* (owned) (nullable) */
  char *topic;                  /* (owned) (nullable) */
  char *text;                   /* (owned) (nullable) a caller, a message */
} Order;

static Order *
new_order (BitketStreams *self, const char *topic, const char *text)
{
  Order *order = g_new0 (Order, 1);

  order->streams = self;
  order->topic = g_strdup (topic);
  order->text = g_strdup (text);
  return order;
}

static void
free_order (Order *order)
{
  g_clear_object (&order->io);
  g_clear_pointer (&order->uri, g_uri_unref);
  g_clear_pointer (&order->connection, bitket_connection_unref);
  g_free (order->topic);
  g_free (order->text);
  g_free (order);
}

static void
check_done (BitketStreams *self)
{
  void (*done) (gpointer data) = self->done;

  if (done == NULL || bitket_hub_get_n_streams (self->hub) > 0)
    return;
  self->done = NULL;
  done (self->done_data);
}

static void
changed (gpointer user_data)
{
  BitketStreams *self = user_data;
  guint n_streams = bitket_hub_get_n_streams (self->hub);

  g_atomic_int_set (&self->n_streams, (gint) n_streams);
  bitket_metrics_set_n_streams (self->metrics, n_streams);
  check_done (self);
}

static gpointer
run_counts (gpointer data, BitketDb *db, GError **error)
{
  Order *order = data;

  return bitket_counts_message (db, order->topic, error);
}

static void
counted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Order *order = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *message = bitket_pool_run_finish (result, &error);

  if (message == NULL)
    g_info ("could not count the entries of %s: %s", order->topic,
            error != NULL ? error->message : "it is no event");
  else if (!order->streams->is_over)
    bitket_hub_publish (order->streams->hub, order->topic, message);
  free_order (order);
}

static void
count_event (const char *event, gpointer user_data)
{
  BitketStreams *self = user_data;

  Order *order = new_order (self, event, NULL);

  bitket_pool_run_async (self->pool, BITKET_LANE_FAST, run_counts, order, NULL, g_free, counted_cb,
                         order);
}

static void
start (gpointer data)
{
  BitketStreams *self = data;

  self->connections = bitket_connections_new (self->config);
  self->hub = bitket_hub_new (count_event, changed, self);
}

static void
finish (gpointer data)
{
  BitketStreams *self = data;

  self->is_over = TRUE;
  bitket_connections_close_all (self->connections);
  g_clear_pointer (&self->hub, bitket_hub_free);
}

BitketStreams *
bitket_streams_new (BitketConfig *config, BitketPool *pool, BitketMetrics *metrics)
{
  BitketStreams *self;

  g_return_val_if_fail (config != NULL && pool != NULL && metrics != NULL, NULL);

  self = g_new0 (BitketStreams, 1);
  self->config = bitket_config_ref (config);
  self->pool = pool;
  self->metrics = metrics;
  self->thread = bitket_context_thread_new ("streams");
  bitket_context_thread_run (self->thread, start, self);
  return self;
}

void
bitket_streams_free (BitketStreams *self)
{
  if (self == NULL)
    return;
  bitket_context_thread_run (self->thread, finish, self);
  bitket_context_thread_free (self->thread);
  bitket_connections_free (self->connections);
  bitket_config_unref (self->config);
  g_free (self);
}

static void
add (gpointer data)
{
  Order *order = data;
  BitketStreams *self = order->streams;
  g_autoptr (SoupWebsocketConnection) stream = soup_websocket_connection_new (
      order->io, order->uri, SOUP_WEBSOCKET_CONNECTION_SERVER, NULL, NULL, NULL);

  if (order->connection != NULL)
    bitket_connections_adopt (self->connections, order->connection);
  soup_websocket_connection_set_keepalive_interval (
      stream, (guint) (self->config->ping_interval_us / G_USEC_PER_SEC));
  bitket_hub_add (self->hub, order->topic, order->text, stream, order->connection);
  /* It came when the others were sent away. */
  if (self->done != NULL)
    bitket_hub_close_all (self->hub);
}

void
bitket_streams_add (BitketStreams *self,
                    GIOStream *io,
                    GUri *uri,
                    const char *topic,
                    const char *caller,
                    BitketConnection *connection)
{
  Order *order;

  g_return_if_fail (self != NULL && G_IS_IO_STREAM (io) && uri != NULL);
  g_return_if_fail (topic != NULL && caller != NULL);

  order = new_order (self, topic, caller);
  order->io = io;
  order->uri = g_uri_ref (uri);
  if (connection != NULL)
    {
      order->connection = bitket_connection_ref (connection);
      bitket_connections_reserve (self->connections);
    }
  bitket_context_thread_post (self->thread, add, order, (GDestroyNotify) free_order);
}

static void
publish (gpointer data)
{
  Order *order = data;

  if (order->text != NULL)
    bitket_hub_publish (order->streams->hub, order->topic, order->text);
  else
    bitket_hub_counts_changed (order->streams->hub, order->topic);
}

void
bitket_streams_publish (BitketStreams *self, const char *topic, const char *message)
{
  g_return_if_fail (self != NULL && topic != NULL);

  bitket_context_thread_post (self->thread, publish, new_order (self, topic, message),
                              (GDestroyNotify) free_order);
}

static void
close_caller (gpointer data)
{
  Order *order = data;

  bitket_hub_close_caller (order->streams->hub, order->text);
}

void
bitket_streams_close_caller (BitketStreams *self, const char *caller)
{
  g_return_if_fail (self != NULL && caller != NULL);

  bitket_context_thread_post (self->thread, close_caller, new_order (self, NULL, caller),
                              (GDestroyNotify) free_order);
}

typedef struct
{
  BitketStreams *streams; /* (unowned) */
  void (*done) (gpointer data);
  gpointer data;
} Stop;

static void
begin_stop (gpointer data)
{
  Stop *stop = data;

  stop->streams->done = stop->done;
  stop->streams->done_data = stop->data;
  bitket_hub_close_all (stop->streams->hub);
  check_done (stop->streams);
}

void
bitket_streams_stop (BitketStreams *self, void (*done) (gpointer data), gpointer data)
{
  Stop *stop;

  g_return_if_fail (self != NULL && done != NULL);

  stop = g_new0 (Stop, 1);
  *stop = (Stop) { self, done, data };
  bitket_context_thread_post (self->thread, begin_stop, stop, g_free);
}

static void
cut (gpointer data)
{
  BitketStreams *self = data;

  bitket_connections_close_all (self->connections);
}

void
bitket_streams_cut (BitketStreams *self)
{
  g_return_if_fail (self != NULL);

  bitket_context_thread_post (self->thread, cut, self, NULL);
}

guint
bitket_streams_get_n (BitketStreams *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return (guint) g_atomic_int_get (&self->n_streams);
}
