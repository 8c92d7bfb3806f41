/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-listener.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

#define BACKLOG 1024

struct _BitketListener
{
  GObject parent_instance;

  GSocket *socket;        /* (owned) (nullable) */
  GSource *accept_source; /* (owned) (nullable) */
  const char *scheme;     /* static */
  char *url;              /* (owned) */
  BitketListenerFunc func;
  gpointer user_data;
};

G_DEFINE_FINAL_TYPE (BitketListener, bitket_listener, G_TYPE_OBJECT)

static gboolean
accept_cb (GSocket *socket, GIOCondition condition, gpointer user_data)
{
  BitketListener *self = user_data;
  GSocket *client;

  while (self->socket != NULL && (client = g_socket_accept (self->socket, NULL, NULL)) != NULL)
    {
      /* Answers are written whole; waiting to fill a packet only delays them. */
      g_socket_set_option (client, IPPROTO_TCP, TCP_NODELAY, 1, NULL);
      self->func (client, self->user_data);
      g_object_unref (client);
    }
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

  return g_strdup_printf ("%s://%s%s%s:%u", self->scheme, is_v6 ? "[" : "", text, is_v6 ? "]" : "",
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
  g_clear_object (&self->socket);
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
}

BitketListener *
bitket_listener_new (const char *address,
                     const char *scheme,
                     BitketListenerFunc func,
                     gpointer user_data,
                     GError **error)
{
  g_autoptr (BitketListener) self = NULL;

  g_return_val_if_fail (address != NULL && scheme != NULL && func != NULL, NULL);

  self = g_object_new (BITKET_TYPE_LISTENER, NULL);
  self->func = func;
  self->user_data = user_data;
  self->scheme = g_intern_string (scheme);
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
  g_socket_close (self->socket, NULL);
  g_clear_object (&self->socket);
}
