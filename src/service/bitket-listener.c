/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-listener.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>

#define BACKLOG          1024
#define SWEEP_INTERVAL_S 15
#define CONNECTION_KEY   "bitket-connection"

struct _BitketConnection
{
  GSocketConnection *transport; /* (owned) */
  guint n_running;
  gint64 idle_since_us; /* monotonic; meaningful while nothing runs */
};

struct _BitketListener
{
  GObject parent_instance;

  GSocket *socket;              /* (owned) (nullable) */
  GSource *accept_source;       /* (owned) (nullable) */
  GSource *sweep_source;        /* (owned) (nullable) */
  GTlsCertificate *certificate; /* (owned) (nullable) */
  GPtrArray *connections;       /* (owned) (element-type BitketConnection) */
  char *url;                    /* (owned) */
  BitketListenerFunc func;
  gpointer user_data;
};

G_DEFINE_FINAL_TYPE (BitketListener, bitket_listener, G_TYPE_OBJECT)

static BitketConnection *
ref_connection (BitketConnection *connection)
{
  return g_rc_box_acquire (connection);
}

static void
clear_connection (BitketConnection *connection)
{
  g_clear_object (&connection->transport);
}

static void
unref_connection (BitketConnection *connection)
{
  g_rc_box_release_full (connection, (GDestroyNotify) clear_connection);
}

BitketConnection *
bitket_connection_find (GSocketAddress *remote)
{
  g_return_val_if_fail (G_IS_SOCKET_ADDRESS (remote), NULL);

  return g_object_get_data (G_OBJECT (remote), CONNECTION_KEY);
}

void
bitket_connection_begin (BitketConnection *self)
{
  g_return_if_fail (self != NULL);

  self->n_running++;
}

void
bitket_connection_end (BitketConnection *self)
{
  g_return_if_fail (self != NULL && self->n_running > 0);

  self->n_running--;
  self->idle_since_us = g_get_monotonic_time ();
}

/* The stream above belongs to SoupServer, which sees the end of input and cleans up. */
void
bitket_connection_cut (BitketConnection *self)
{
  g_return_if_fail (self != NULL);

  if (!g_io_stream_is_closed (G_IO_STREAM (self->transport)))
    g_socket_shutdown (g_socket_connection_get_socket (self->transport), TRUE, TRUE, NULL);
}

gsize
bitket_connection_get_n_unsent (BitketConnection *self)
{
  int n_unsent = 0;

  g_return_val_if_fail (self != NULL, 0);

  if (g_io_stream_is_closed (G_IO_STREAM (self->transport)))
    return 0;
  if (ioctl (g_socket_get_fd (g_socket_connection_get_socket (self->transport)), TIOCOUTQ,
             &n_unsent) != 0)
    return 0;
  return (gsize) n_unsent;
}

static GIOStream *
wrap_stream (BitketListener *self, GSocketConnection *transport, GError **error)
{
  if (self->certificate == NULL)
    return g_object_ref (G_IO_STREAM (transport));
  return g_tls_server_connection_new (G_IO_STREAM (transport), self->certificate, error);
}

static void
take_socket (BitketListener *self, GSocket *socket)
{
  g_autoptr (GSocketConnection) transport = g_socket_connection_factory_create_connection (socket);
  g_autoptr (GSocketAddress) local = g_socket_get_local_address (socket, NULL);
  g_autoptr (GSocketAddress) remote = g_socket_get_remote_address (socket, NULL);
  g_autoptr (GIOStream) stream = NULL;
  g_autoptr (GError) error = NULL;
  BitketConnection *connection;

  /* It may be gone again already. */
  if (local == NULL || remote == NULL)
    return;
  stream = wrap_stream (self, transport, &error);
  if (stream == NULL)
    {
      g_warning ("could not begin TLS on a connection: %s", error->message);
      return;
    }
  /* Answers are written whole; waiting to fill a packet only delays them. */
  g_socket_set_option (socket, IPPROTO_TCP, TCP_NODELAY, 1, NULL);
  connection = g_rc_box_new0 (BitketConnection);
  connection->transport = g_object_ref (transport);
  connection->idle_since_us = g_get_monotonic_time ();
  g_ptr_array_add (self->connections, connection);
  g_object_set_data_full (G_OBJECT (remote), CONNECTION_KEY, ref_connection (connection),
                          (GDestroyNotify) unref_connection);
  self->func (stream, local, remote, self->user_data);
}

static gboolean
accept_cb (GSocket *socket, GIOCondition condition, gpointer user_data)
{
  BitketListener *self = user_data;
  GSocket *client;

  while (self->socket != NULL && (client = g_socket_accept (self->socket, NULL, NULL)) != NULL)
    {
      take_socket (self, client);
      g_object_unref (client);
    }
  return G_SOURCE_CONTINUE;
}

static gboolean
sweep_cb (gpointer user_data)
{
  bitket_listener_close_idle (user_data, BITKET_LISTENER_IDLE_US);
  return G_SOURCE_CONTINUE;
}

static GSocketAddress *
parse_address (const char *text, GError **error)
{
  g_autoptr (GSocketConnectable) connectable = g_network_address_parse (text, 0, error);
  g_autoptr (GSocketAddressEnumerator) addresses = NULL;
  GSocketAddress *address;

  if (connectable == NULL)
    return NULL;
  addresses = g_socket_connectable_enumerate (connectable);
  address = g_socket_address_enumerator_next (addresses, NULL, error);
  if (address == NULL && (error == NULL || *error == NULL))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "no address is known for “%s”", text);
  return address;
}

static char *
format_url (BitketListener *self)
{
  g_autoptr (GSocketAddress) address = g_socket_get_local_address (self->socket, NULL);
  GInetSocketAddress *inet = G_INET_SOCKET_ADDRESS (address);
  GInetAddress *host = g_inet_socket_address_get_address (inet);
  g_autofree char *text = g_inet_address_to_string (host);
  gboolean is_v6 = g_inet_address_get_family (host) == G_SOCKET_FAMILY_IPV6;

  return g_strdup_printf ("%s://%s%s%s:%u", self->certificate == NULL ? "http" : "https",
                          is_v6 ? "[" : "", text, is_v6 ? "]" : "",
                          g_inet_socket_address_get_port (inet));
}

static gboolean
listen_on (BitketListener *self, const char *text, GError **error)
{
  g_autoptr (GSocketAddress) address = parse_address (text, error);

  if (address == NULL)
    return FALSE;
  self->socket = g_socket_new (g_socket_address_get_family (address), G_SOCKET_TYPE_STREAM,
                               G_SOCKET_PROTOCOL_TCP, error);
  if (self->socket == NULL)
    return FALSE;
  g_socket_set_listen_backlog (self->socket, BACKLOG);
  g_socket_set_blocking (self->socket, FALSE);
  if (!g_socket_bind (self->socket, address, TRUE, error) || !g_socket_listen (self->socket, error))
    return FALSE;
  self->url = format_url (self);
  self->accept_source = g_socket_create_source (self->socket, G_IO_IN, NULL);
  g_source_set_callback (self->accept_source, G_SOURCE_FUNC (accept_cb), self, NULL);
  g_source_attach (self->accept_source, g_main_context_get_thread_default ());
  self->sweep_source = g_timeout_source_new_seconds (SWEEP_INTERVAL_S);
  g_source_set_callback (self->sweep_source, sweep_cb, self, NULL);
  g_source_attach (self->sweep_source, g_main_context_get_thread_default ());
  return TRUE;
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
bitket_listener_dispose (GObject *object)
{
  BitketListener *self = BITKET_LISTENER (object);

  clear_source (&self->accept_source);
  clear_source (&self->sweep_source);
  g_clear_object (&self->socket);
  g_clear_object (&self->certificate);
  g_clear_pointer (&self->connections, g_ptr_array_unref);
  G_OBJECT_CLASS (bitket_listener_parent_class)->dispose (object);
}

static void
bitket_listener_finalize (GObject *object)
{
  BitketListener *self = BITKET_LISTENER (object);

  g_free (self->url);
  G_OBJECT_CLASS (bitket_listener_parent_class)->finalize (object);
}

static void
bitket_listener_class_init (BitketListenerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = bitket_listener_dispose;
  object_class->finalize = bitket_listener_finalize;
}

static void
bitket_listener_init (BitketListener *self)
{
  self->connections = g_ptr_array_new_with_free_func ((GDestroyNotify) unref_connection);
}

BitketListener *
bitket_listener_new (const char *address,
                     GTlsCertificate *certificate,
                     BitketListenerFunc func,
                     gpointer user_data,
                     GError **error)
{
  g_autoptr (BitketListener) self = NULL;

  g_return_val_if_fail (address != NULL && func != NULL, NULL);

  self = g_object_new (BITKET_TYPE_LISTENER, NULL);
  self->func = func;
  self->user_data = user_data;
  if (certificate != NULL)
    self->certificate = g_object_ref (certificate);
  if (!listen_on (self, address, error))
    {
      g_prefix_error (error, "could not listen on “%s”: ", address);
      return NULL;
    }
  return g_steal_pointer (&self);
}

char *
bitket_listener_dup_url (BitketListener *self)
{
  g_return_val_if_fail (BITKET_IS_LISTENER (self), NULL);

  return g_strdup (self->url);
}

void
bitket_listener_stop (BitketListener *self)
{
  g_return_if_fail (BITKET_IS_LISTENER (self));

  if (self->socket == NULL)
    return;
  accept_cb (self->socket, G_IO_IN, self);
  clear_source (&self->accept_source);
  clear_source (&self->sweep_source);
  g_socket_close (self->socket, NULL);
  g_clear_object (&self->socket);
}

void
bitket_listener_close_idle (BitketListener *self, gint64 idle_us)
{
  gint64 now_us = g_get_monotonic_time ();

  g_return_if_fail (BITKET_IS_LISTENER (self));

  for (guint i = self->connections->len; i-- > 0;)
    {
      BitketConnection *connection = self->connections->pdata[i];

      if (connection->n_running == 0 && now_us - connection->idle_since_us >= idle_us)
        bitket_connection_cut (connection);
      if (g_io_stream_is_closed (G_IO_STREAM (connection->transport)))
        g_ptr_array_remove_index_fast (self->connections, i);
    }
}

gboolean
bitket_listener_has_unread (BitketListener *self)
{
  g_return_val_if_fail (BITKET_IS_LISTENER (self), FALSE);

  for (guint i = 0; i < self->connections->len; i++)
    {
      BitketConnection *connection = self->connections->pdata[i];

      if (connection->n_running == 0 &&
          !g_io_stream_is_closed (G_IO_STREAM (connection->transport)) &&
          g_socket_get_available_bytes (g_socket_connection_get_socket (connection->transport)) > 0)
        return TRUE;
    }
  return FALSE;
}

void
bitket_listener_close_all (BitketListener *self)
{
  g_return_if_fail (BITKET_IS_LISTENER (self));

  for (guint i = 0; i < self->connections->len; i++)
    bitket_connection_cut (self->connections->pdata[i]);
}

guint
bitket_listener_get_n_connections (BitketListener *self)
{
  guint n = 0;

  g_return_val_if_fail (BITKET_IS_LISTENER (self), 0);

  for (guint i = 0; i < self->connections->len; i++)
    {
      BitketConnection *connection = self->connections->pdata[i];

      n += !g_io_stream_is_closed (G_IO_STREAM (connection->transport));
    }
  return n;
}
