/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-connections.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>

#define CONNECTION_KEY   "bitket-connection"
#define MIN_SWEEP_MS     100
#define MAX_SWEEP_MS     5000
#define SURPLUS_US       (5 * G_USEC_PER_SEC)
#define MISSED_PINGS     3
#define SWEEPS_PER_LIMIT 4

typedef enum
{
  PHASE_NONE,
  PHASE_WAITING, /* for a request, the rest of its headers, or its end */
  PHASE_READING, /* its body */
  PHASE_WORKING, /* the answer is being made, which takes what it takes */
  PHASE_WRITING,
  PHASE_STREAM,
} Phase;

struct _BitketConnection
{
  BitketConnections *set;       /* (nullable) (unowned) */
  GSocketConnection *transport; /* (owned) */
  Phase phase;
  gint64 since_us;    /* monotonic: of the phase */
  guint64 n_received; /* when the phase began; of a stream, when it was last looked at */
  guint64 n_acked;    /* when the phase began */
  gboolean is_surplus;
};

struct _BitketConnections
{
  GHashTable *members;  /* (owned) (element-type BitketConnection) not references */
  BitketConfig *config; /* (owned) */
  GSource *sweep;       /* (owned) */
  gint n;               /* (atomic) with the reserved ones */
};

typedef struct
{
  guint64 n_received;
  guint64 n_acked;
} Traffic;

/* Counted by the kernel, so that it is the same below TLS and whatever libsoup has read. */
static Traffic
read_traffic (BitketConnection *self)
{
  struct tcp_info info = { 0 };
  socklen_t len = sizeof info;
  Traffic traffic = { 0 };

  if (g_io_stream_is_closed (G_IO_STREAM (self->transport)))
    return traffic;
  if (getsockopt (g_socket_get_fd (g_socket_connection_get_socket (self->transport)), IPPROTO_TCP,
                  TCP_INFO, &info, &len) != 0)
    return traffic;
  traffic.n_received = info.tcpi_bytes_received;
  traffic.n_acked = info.tcpi_bytes_acked;
  return traffic;
}

static void
enter (BitketConnection *self, Phase phase)
{
  Traffic traffic = read_traffic (self);

  self->phase = phase;
  self->since_us = g_get_monotonic_time ();
  self->n_received = traffic.n_received;
  self->n_acked = traffic.n_acked;
}

static gboolean
is_too_slow (BitketConnections *set, gint64 spent_us, guint64 n_bytes)
{
  return spent_us >= set->config->slow_timeout_us &&
         n_bytes < (guint64) (spent_us / G_USEC_PER_SEC) * (guint64) set->config->min_rate;
}

/* Returns: (nullable): why it is to be cut */
static const char *
judge_waiting (BitketConnection *self, gint64 now_us)
{
  BitketConfig *config = self->set->config;
  gint64 limit_us = config->header_timeout_us;

  if (self->is_surplus)
    limit_us = MIN (limit_us, SURPLUS_US);
  return now_us - self->since_us >= limit_us ? "did not send a request in time" : NULL;
}

static const char *
judge (BitketConnection *self, gint64 now_us)
{
  Traffic traffic = read_traffic (self);
  gint64 spent_us = now_us - self->since_us;

  switch (self->phase)
    {
    case PHASE_WAITING:
      return judge_waiting (self, now_us);
    case PHASE_READING:
      return is_too_slow (self->set, spent_us, traffic.n_received - self->n_received)
                 ? "sends its request too slowly"
                 : NULL;
    case PHASE_WRITING:
      return is_too_slow (self->set, spent_us, traffic.n_acked - self->n_acked)
                 ? "takes its answer too slowly"
                 : NULL;
    case PHASE_STREAM:
      if (traffic.n_received != self->n_received)
        {
          self->n_received = traffic.n_received;
          self->since_us = now_us;
          return NULL;
        }
      return spent_us >= MISSED_PINGS * self->set->config->ping_interval_us
                 ? "does not answer the pings of its stream"
                 : NULL;
    case PHASE_NONE:
    case PHASE_WORKING:
      return NULL;
    }
  g_assert_not_reached ();
}

/* What is not taken would stay in the kernel for minutes after the end. */
static void
drop_unsent (BitketConnection *self)
{
  const struct linger none = { .l_onoff = 1, .l_linger = 0 };

  if (self->phase != PHASE_WAITING && !g_io_stream_is_closed (G_IO_STREAM (self->transport)))
    setsockopt (g_socket_get_fd (g_socket_connection_get_socket (self->transport)), SOL_SOCKET,
                SO_LINGER, &none, sizeof none);
}

static gboolean
sweep_cb (gpointer user_data)
{
  BitketConnections *self = user_data;
  gint64 now_us = g_get_monotonic_time ();
  GHashTableIter iter;
  gpointer member;

  g_hash_table_iter_init (&iter, self->members);
  while (g_hash_table_iter_next (&iter, &member, NULL))
    {
      const char *why = judge (member, now_us);

      if (why == NULL)
        continue;
      g_info ("a connection %s and is closed", why);
      drop_unsent (member);
      bitket_connection_cut (member);
    }
  return G_SOURCE_CONTINUE;
}

static guint
choose_sweep_ms (const BitketConfig *config)
{
  gint64 shortest_us =
      MIN (config->header_timeout_us, MIN (config->slow_timeout_us, config->ping_interval_us));

  return (guint) CLAMP (shortest_us / SWEEPS_PER_LIMIT / 1000, MIN_SWEEP_MS, MAX_SWEEP_MS);
}

BitketConnections *
bitket_connections_new (BitketConfig *config)
{
  BitketConnections *self;

  g_return_val_if_fail (config != NULL, NULL);

  self = g_new0 (BitketConnections, 1);
  self->config = bitket_config_ref (config);
  self->members = g_hash_table_new (NULL, NULL);
  self->sweep = g_timeout_source_new (choose_sweep_ms (config));
  g_source_set_callback (self->sweep, sweep_cb, self, NULL);
  g_source_attach (self->sweep, g_main_context_get_thread_default ());
  return self;
}

void
bitket_connections_free (BitketConnections *self)
{
  GHashTableIter iter;
  gpointer member;

  g_hash_table_iter_init (&iter, self->members);
  while (g_hash_table_iter_next (&iter, &member, NULL))
    ((BitketConnection *) member)->set = NULL;
  g_source_destroy (self->sweep);
  g_source_unref (self->sweep);
  g_hash_table_unref (self->members);
  bitket_config_unref (self->config);
  g_free (self);
}

void
bitket_connections_reserve (BitketConnections *self)
{
  g_return_if_fail (self != NULL);

  g_atomic_int_inc (&self->n);
}

void
bitket_connections_unreserve (BitketConnections *self)
{
  g_return_if_fail (self != NULL);

  g_atomic_int_add (&self->n, -1);
}

guint
bitket_connections_get_n (BitketConnections *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return (guint) g_atomic_int_get (&self->n);
}

void
bitket_connection_leave (BitketConnection *self)
{
  BitketConnections *set;

  g_return_if_fail (self != NULL);

  set = g_steal_pointer (&self->set);
  if (set == NULL)
    return;
  g_hash_table_remove (set->members, self);
  bitket_connections_unreserve (set);
}

static void
clear_connection (BitketConnection *self)
{
  bitket_connection_leave (self);
  g_clear_object (&self->transport);
}

BitketConnection *
bitket_connection_ref (BitketConnection *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_atomic_rc_box_acquire (self);
}

void
bitket_connection_unref (BitketConnection *self)
{
  g_return_if_fail (self != NULL);

  g_atomic_rc_box_release_full (self, (GDestroyNotify) clear_connection);
}

BitketConnection *
bitket_connections_open (BitketConnections *self,
                         GSocketConnection *transport,
                         GSocketAddress *remote,
                         BitketConnectionFlags flags)
{
  BitketConnection *connection;

  g_return_val_if_fail (self != NULL && G_IS_SOCKET_CONNECTION (transport), NULL);
  g_return_val_if_fail (G_IS_SOCKET_ADDRESS (remote), NULL);

  connection = g_atomic_rc_box_new0 (BitketConnection);
  connection->transport = g_object_ref (transport);
  connection->set = self;
  connection->is_surplus = (flags & BITKET_CONNECTION_SURPLUS) != 0;
  enter (connection, PHASE_WAITING);
  g_hash_table_add (self->members, connection);
  g_object_set_data_full (G_OBJECT (remote), CONNECTION_KEY, connection,
                          (GDestroyNotify) bitket_connection_unref);
  return connection;
}

void
bitket_connections_adopt (BitketConnections *self, BitketConnection *connection)
{
  g_return_if_fail (self != NULL && connection != NULL && connection->set == NULL);

  connection->set = self;
  enter (connection, PHASE_STREAM);
  g_hash_table_add (self->members, connection);
}

void
bitket_connections_close_idle (BitketConnections *self)
{
  GHashTableIter iter;
  gpointer member;

  g_return_if_fail (self != NULL);

  g_hash_table_iter_init (&iter, self->members);
  while (g_hash_table_iter_next (&iter, &member, NULL))
    if (((BitketConnection *) member)->phase == PHASE_WAITING)
      bitket_connection_cut (member);
}

gboolean
bitket_connections_has_unread (BitketConnections *self)
{
  GHashTableIter iter;
  gpointer member;

  g_return_val_if_fail (self != NULL, FALSE);

  g_hash_table_iter_init (&iter, self->members);
  while (g_hash_table_iter_next (&iter, &member, NULL))
    {
      BitketConnection *connection = member;

      if (connection->phase == PHASE_WAITING &&
          !g_io_stream_is_closed (G_IO_STREAM (connection->transport)) &&
          g_socket_get_available_bytes (g_socket_connection_get_socket (connection->transport)) > 0)
        return TRUE;
    }
  return FALSE;
}

void
bitket_connections_close_all (BitketConnections *self)
{
  GHashTableIter iter;
  gpointer member;

  g_return_if_fail (self != NULL);

  g_hash_table_iter_init (&iter, self->members);
  while (g_hash_table_iter_next (&iter, &member, NULL))
    bitket_connection_cut (member);
}

BitketConnection *
bitket_connection_find (GSocketAddress *remote)
{
  g_return_val_if_fail (G_IS_SOCKET_ADDRESS (remote), NULL);

  return g_object_get_data (G_OBJECT (remote), CONNECTION_KEY);
}

gboolean
bitket_connection_is_surplus (BitketConnection *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->is_surplus;
}

void
bitket_connection_begin (BitketConnection *self)
{
  g_return_if_fail (self != NULL);

  enter (self, PHASE_READING);
}

void
bitket_connection_work (BitketConnection *self)
{
  g_return_if_fail (self != NULL);

  self->phase = PHASE_WORKING;
}

void
bitket_connection_answer (BitketConnection *self)
{
  g_return_if_fail (self != NULL);

  enter (self, PHASE_WRITING);
}

void
bitket_connection_end (BitketConnection *self)
{
  g_return_if_fail (self != NULL);

  enter (self, PHASE_WAITING);
}

/* The stream above belongs to libsoup, which sees the end of input and cleans up. */
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
