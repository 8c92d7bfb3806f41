/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-client"

#include "bitket-stream-private.h"

#include "bitket-backoff.h"
#include "bitket-exchange.h"
#include "bitket-json-reader.h"
#include "bitket-session-private.h"

#define PING_INTERVAL_S   15
#define SILENCE_MS        40000
#define FIRST_RETRY_MS    500
#define MAX_RETRY_MS      30000
#define MAX_MESSAGE_BYTES (1024 * 1024)

struct _BitketStream
{
  GObject parent_instance;
  BitketSession *session; /* (owned) */
  char *path;             /* (owned) */
  BitketBackoff backoff;
  guint silence_ms;
  gboolean is_started;
  gboolean is_connected;               /* as it was last notified */
  GCancellable *connecting;            /* (owned) (nullable) the attempt under way */
  SoupWebsocketConnection *connection; /* (owned) (nullable) */
  guint silence_source;                /* 0: none */
  guint retry_source;                  /* 0: none */
};

enum
{
  PROP_0,
  PROP_CONNECTED,
  N_PROPS
};

enum
{
  SIGNAL_MESSAGE,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (BitketStream, bitket_stream, G_TYPE_OBJECT)

static void connect_now (BitketStream *self);

static void
set_connected (BitketStream *self, gboolean is_connected)
{
  if (self->is_connected == is_connected)
    return;
  self->is_connected = is_connected;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CONNECTED]);
}

/* Forgets the attempt and the connection, whichever there is. */
static void
drop_connection (BitketStream *self)
{
  g_clear_handle_id (&self->silence_source, g_source_remove);
  if (self->connecting != NULL)
    bitket_exchange_cancel_soon (self->connecting, NULL);
  g_clear_object (&self->connecting);
  if (self->connection != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->connection, self);
      if (soup_websocket_connection_get_state (self->connection) == SOUP_WEBSOCKET_STATE_OPEN)
        soup_websocket_connection_close (self->connection, SOUP_WEBSOCKET_CLOSE_GOING_AWAY, NULL);
    }
  g_clear_object (&self->connection);
}

static gboolean
retry_cb (gpointer user_data)
{
  BitketStream *self = user_data;

  self->retry_source = 0;
  connect_now (self);
  return G_SOURCE_REMOVE;
}

static void
retry_later (BitketStream *self)
{
  drop_connection (self);
  if (self->is_started && self->retry_source == 0)
    self->retry_source = g_timeout_add (bitket_backoff_fail (&self->backoff), retry_cb, self);
  set_connected (self, FALSE);
}

static gboolean
silence_cb (gpointer user_data)
{
  BitketStream *self = user_data;

  self->silence_source = 0;
  g_debug ("nothing heard for %u ms, connecting anew", self->silence_ms);
  retry_later (self);
  return G_SOURCE_REMOVE;
}

/* Something was heard, or has just begun. */
static void
restart_silence (BitketStream *self)
{
  g_clear_handle_id (&self->silence_source, g_source_remove);
  self->silence_source = g_timeout_add (self->silence_ms, silence_cb, self);
}

static void
pong_cb (SoupWebsocketConnection *connection, GBytes *bytes, gpointer user_data)
{
  restart_silence (user_data);
}

static void
closed_cb (SoupWebsocketConnection *connection, gpointer user_data)
{
  retry_later (user_data);
}

static void
message_cb (SoupWebsocketConnection *connection, gint type, GBytes *bytes, gpointer user_data)
{
  g_autoptr (BitketStream) self = g_object_ref (user_data);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = NULL;

  restart_silence (self);
  if (type == SOUP_WEBSOCKET_DATA_TEXT)
    node = bitket_json_parse (g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes),
                              &error);
  if (node != NULL && JSON_NODE_HOLDS_OBJECT (node))
    g_signal_emit (self, signals[SIGNAL_MESSAGE], 0, node);
  else
    g_debug ("passing over a message that is no JSON object: %s", error ? error->message : "kind");
}

static void
take_connection (BitketStream *self, SoupWebsocketConnection *connection)
{
  g_clear_object (&self->connecting);
  self->connection = connection;
  soup_websocket_connection_set_keepalive_interval (connection, PING_INTERVAL_S);
  soup_websocket_connection_set_max_incoming_payload_size (connection, MAX_MESSAGE_BYTES);
  g_signal_connect_object (connection, "message", G_CALLBACK (message_cb), self, 0);
  g_signal_connect_object (connection, "pong", G_CALLBACK (pong_cb), self, 0);
  g_signal_connect_object (connection, "closed", G_CALLBACK (closed_cb), self, 0);
  bitket_backoff_reset (&self->backoff);
  restart_silence (self);
  set_connected (self, TRUE);
}

/* One attempt to connect. */
typedef struct
{
  BitketStream *stream;     /* (owned) */
  GCancellable *connecting; /* (owned) the stream's, as long as the attempt is the present one */
} Attempt;

static void
attempt_free (Attempt *attempt)
{
  g_object_unref (attempt->stream);
  g_object_unref (attempt->connecting);
  g_free (attempt);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Attempt, attempt_free)

static void
connect_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Attempt) attempt = user_data;
  BitketStream *self = attempt->stream;
  g_autoptr (GError) error = NULL;
  g_autoptr (SoupWebsocketConnection) connection =
      soup_session_websocket_connect_finish (SOUP_SESSION (source), result, &error);

  /* Another attempt, or a stop, came between: this result belongs to nobody. */
  if (self->connecting != attempt->connecting)
    return;
  if (connection != NULL)
    {
      take_connection (self, g_steal_pointer (&connection));
      return;
    }
  g_debug ("could not connect the live stream: %s", error->message);
  retry_later (self);
}

static void
open_socket (BitketStream *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SoupMessage) message = NULL;
  g_autoptr (GUri) uri = bitket_session_resolve (self->session, self->path, &error);
  Attempt *attempt;

  if (uri == NULL)
    {
      g_warning ("cannot follow the live stream: %s", error->message);
      return;
    }
  message = bitket_session_new_message (self->session, SOUP_METHOD_GET, uri);
  attempt = g_new0 (Attempt, 1);
  attempt->stream = g_object_ref (self);
  attempt->connecting = g_object_ref (self->connecting);
  soup_session_websocket_connect_async (self->session->soup, message, NULL, NULL,
                                        G_PRIORITY_DEFAULT, self->connecting, connect_cb, attempt);
}

static void
refresh_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BitketStream) self = user_data;
  g_autoptr (GError) error = NULL;

  bitket_session_refresh_finish (BITKET_SESSION (source), result, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->connecting == NULL)
    return;
  if (error != NULL)
    retry_later (self);
  else
    open_socket (self);
}

static void
connect_now (BitketStream *self)
{
  g_clear_handle_id (&self->retry_source, g_source_remove);
  drop_connection (self);
  self->connecting = g_cancellable_new ();
  restart_silence (self);
  if (bitket_session_needs_refresh (self->session))
    bitket_session_refresh_async (self->session, self->connecting, refresh_cb, g_object_ref (self));
  else
    open_socket (self);
}

static void
network_changed_cb (GNetworkMonitor *monitor, gboolean is_available, gpointer user_data)
{
  if (is_available)
    bitket_stream_retry_now (user_data);
}

static void
bitket_stream_dispose (GObject *object)
{
  BitketStream *self = BITKET_STREAM (object);

  bitket_stream_stop (self);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (bitket_stream_parent_class)->dispose (object);
}

static void
bitket_stream_finalize (GObject *object)
{
  BitketStream *self = BITKET_STREAM (object);

  g_free (self->path);
  G_OBJECT_CLASS (bitket_stream_parent_class)->finalize (object);
}

static void
bitket_stream_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  BitketStream *self = BITKET_STREAM (object);

  switch (prop_id)
    {
    case PROP_CONNECTED:
      g_value_set_boolean (value, self->is_connected);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
bitket_stream_class_init (BitketStreamClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = bitket_stream_dispose;
  object_class->finalize = bitket_stream_finalize;
  object_class->get_property = bitket_stream_get_property;
  properties[PROP_CONNECTED] = g_param_spec_boolean ("connected", NULL, NULL, FALSE,
                                                     G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signals[SIGNAL_MESSAGE] =
      g_signal_new ("message", BITKET_TYPE_STREAM, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                    G_TYPE_NONE, 1, JSON_TYPE_NODE | G_SIGNAL_TYPE_STATIC_SCOPE);
}

static void
bitket_stream_init (BitketStream *self)
{
  bitket_stream_set_timing (self, SILENCE_MS, FIRST_RETRY_MS, MAX_RETRY_MS);
}

BitketStream *
bitket_stream_new (BitketSession *session, const char *path)
{
  BitketStream *self;

  g_return_val_if_fail (BITKET_IS_SESSION (session), NULL);
  g_return_val_if_fail (path != NULL, NULL);

  self = g_object_new (BITKET_TYPE_STREAM, NULL);
  self->session = g_object_ref (session);
  self->path = g_strdup (path);
  return self;
}

void
bitket_stream_set_timing (BitketStream *self, guint silence_ms, guint first_ms, guint max_ms)
{
  self->silence_ms = silence_ms;
  self->backoff = (BitketBackoff) BITKET_BACKOFF_INIT (first_ms, max_ms);
}

void
bitket_stream_start (BitketStream *self)
{
  g_return_if_fail (BITKET_IS_STREAM (self));

  if (self->is_started)
    return;
  self->is_started = TRUE;
  g_signal_connect_object (g_network_monitor_get_default (), "network-changed",
                           G_CALLBACK (network_changed_cb), self, 0);
  connect_now (self);
}

void
bitket_stream_stop (BitketStream *self)
{
  g_return_if_fail (BITKET_IS_STREAM (self));

  if (!self->is_started)
    return;
  self->is_started = FALSE;
  g_signal_handlers_disconnect_by_data (g_network_monitor_get_default (), self);
  g_clear_handle_id (&self->retry_source, g_source_remove);
  drop_connection (self);
  set_connected (self, FALSE);
}

void
bitket_stream_retry_now (BitketStream *self)
{
  g_return_if_fail (BITKET_IS_STREAM (self));

  if (self->retry_source != 0)
    connect_now (self);
}

gboolean
bitket_stream_is_connected (BitketStream *self)
{
  g_return_val_if_fail (BITKET_IS_STREAM (self), FALSE);

  return self->is_connected;
}
