/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-front.h"

#include "bitket-context-thread.h"

/* At the end: how long a connection without a request is left open, for one that is on its way. */
#define LINGER_MS 200

struct _BitketFront
{
  BitketContextThread *thread; /* (owned) */
  BitketFrontOptions options;
  SoupServer *soup;               /* (owned) */
  BitketConnections *connections; /* (owned) */
  gint n_running;                 /* (atomic) written by the front's thread alone */
  gboolean is_stopping;
  gboolean is_drained;
  GSource *linger; /* (owned) (nullable) */
};

/* A socket on its way. */
typedef struct
{
  BitketFront *front; /* (unowned) */
  GSocket *socket;    /* (owned) */
  BitketConnectionFlags flags;
} Delivery;

static void
free_delivery (Delivery *delivery)
{
  g_object_unref (delivery->socket);
  g_free (delivery);
}

static void
start (gpointer data)
{
  BitketFront *self = data;

  self->connections = bitket_connections_new (self->options.config);
  self->soup = soup_server_new (NULL, NULL);
  soup_server_add_early_handler (self->soup, NULL, self->options.early, self, NULL);
  soup_server_add_handler (self->soup, NULL, self->options.request, self, NULL);
}

/* In the thread, where the sources of all connections are. */
static void
finish (gpointer data)
{
  BitketFront *self = data;

  if (self->linger != NULL)
    g_source_destroy (self->linger);
  g_clear_pointer (&self->linger, g_source_unref);
  bitket_connections_close_all (self->connections);
  soup_server_disconnect (self->soup);
  g_clear_object (&self->soup);
}

BitketFront *
bitket_front_new (const BitketFrontOptions *options)
{
  BitketFront *self;

  g_return_val_if_fail (options != NULL && options->early != NULL && options->request != NULL &&
                            options->drained != NULL,
                        NULL);

  self = g_new0 (BitketFront, 1);
  self->options = *options;
  self->options.name = NULL;
  if (self->options.certificate != NULL)
    g_object_ref (self->options.certificate);
  bitket_config_ref (self->options.config);
  self->thread = bitket_context_thread_new (options->name);
  bitket_context_thread_run (self->thread, start, self);
  return self;
}

void
bitket_front_free (BitketFront *self)
{
  if (self == NULL)
    return;
  bitket_context_thread_run (self->thread, finish, self);
  bitket_context_thread_free (self->thread);
  bitket_connections_free (self->connections);
  g_clear_object (&self->options.certificate);
  bitket_config_unref (self->options.config);
  g_free (self);
}

gpointer
bitket_front_get_owner (BitketFront *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->options.owner;
}

static GIOStream *
wrap_stream (BitketFront *self, GSocketConnection *transport, GError **error)
{
  if (self->options.certificate == NULL)
    return g_object_ref (G_IO_STREAM (transport));
  return g_tls_server_connection_new (G_IO_STREAM (transport), self->options.certificate, error);
}

/* Returns: %FALSE when the connection is gone again already, or cannot be served. */
static gboolean
serve_socket (BitketFront *self, const Delivery *delivery)
{
  g_autoptr (GSocketConnection) transport =
      g_socket_connection_factory_create_connection (delivery->socket);
  g_autoptr (GSocketAddress) local = g_socket_get_local_address (delivery->socket, NULL);
  g_autoptr (GSocketAddress) remote = g_socket_get_remote_address (delivery->socket, NULL);
  g_autoptr (GIOStream) stream = NULL;
  g_autoptr (GError) error = NULL;

  if (local == NULL || remote == NULL || self->soup == NULL)
    return FALSE;
  stream = wrap_stream (self, transport, &error);
  if (stream == NULL)
    {
      g_warning ("could not begin TLS on a connection: %s", error->message);
      return FALSE;
    }
  bitket_connections_open (self->connections, transport, remote, delivery->flags);
  if (!soup_server_accept_iostream (self->soup, stream, local, remote, &error))
    g_warning ("could not take a connection: %s", error->message);
  return TRUE;
}

static void
deliver (gpointer data)
{
  Delivery *delivery = data;

  if (!serve_socket (delivery->front, delivery))
    bitket_connections_unreserve (delivery->front->connections);
}

void
bitket_front_take (BitketFront *self, GSocket *socket, BitketConnectionFlags flags)
{
  Delivery *delivery;

  g_return_if_fail (self != NULL && G_IS_SOCKET (socket));

  delivery = g_new0 (Delivery, 1);
  *delivery = (Delivery) { self, g_object_ref (socket), flags };
  bitket_connections_reserve (self->connections);
  bitket_context_thread_post (self->thread, deliver, delivery, (GDestroyNotify) free_delivery);
}

guint
bitket_front_get_n_connections (BitketFront *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return bitket_connections_get_n (self->connections);
}

guint
bitket_front_get_n_running (BitketFront *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return (guint) g_atomic_int_get (&self->n_running);
}

static void
check_drained (BitketFront *self)
{
  if (!self->is_stopping || self->is_drained || self->linger != NULL ||
      bitket_front_get_n_running (self) > 0)
    return;
  self->is_drained = TRUE;
  self->options.drained (self->options.owner);
}

static gboolean
linger_over_cb (gpointer user_data)
{
  BitketFront *self = user_data;

  if (bitket_connections_has_unread (self->connections))
    return G_SOURCE_CONTINUE;
  g_clear_pointer (&self->linger, g_source_unref);
  bitket_connections_close_idle (self->connections);
  check_drained (self);
  return G_SOURCE_REMOVE;
}

static void
begin_stop (gpointer data)
{
  BitketFront *self = data;

  self->is_stopping = TRUE;
  self->linger = g_timeout_source_new (LINGER_MS);
  g_source_set_callback (self->linger, linger_over_cb, self, NULL);
  g_source_attach (self->linger, g_main_context_get_thread_default ());
}

void
bitket_front_stop (BitketFront *self)
{
  g_return_if_fail (self != NULL);

  bitket_context_thread_post (self->thread, begin_stop, self, NULL);
}

static void
cut (gpointer data)
{
  BitketFront *self = data;

  bitket_connections_close_all (self->connections);
}

void
bitket_front_cut (BitketFront *self)
{
  g_return_if_fail (self != NULL);

  bitket_context_thread_post (self->thread, cut, self, NULL);
}

void
bitket_front_begin (BitketFront *self)
{
  g_return_if_fail (self != NULL && bitket_context_thread_is_current (self->thread));

  g_atomic_int_inc (&self->n_running);
}

void
bitket_front_end (BitketFront *self)
{
  g_return_if_fail (self != NULL && bitket_context_thread_is_current (self->thread));

  g_atomic_int_add (&self->n_running, -1);
  check_drained (self);
}
