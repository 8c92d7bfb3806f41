/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-hub.h"

#define INCOMING_MAX_LEN 4096

struct _BitketHub
{
  GHashTable *topics; /* (owned) (element-type utf8 Topic) by event */
  guint n_streams;
  BitketHubCountsFunc counts;
  BitketHubChangedFunc changed;
  gpointer user_data;
};

/* An event that somebody listens to. */
typedef struct
{
  BitketHub *hub;       /* (unowned) */
  char *event;          /* (owned) */
  GPtrArray *listeners; /* (owned) (element-type Listener) */
  GSource *pause;       /* (owned) (nullable) until the counts may be told again */
  gboolean is_stale;    /* the counts changed during the pause */
} Topic;

typedef struct
{
  Topic *topic;                    /* (unowned) */
  char *caller;                    /* (owned) */
  SoupWebsocketConnection *stream; /* (owned) */
  BitketConnection *transport;     /* (owned) (nullable) */
  gulong closed_id;
} Listener;

static void
free_listener (Listener *listener)
{
  g_clear_signal_handler (&listener->closed_id, listener->stream);
  if (listener->transport != NULL)
    bitket_connection_leave (listener->transport);
  g_clear_pointer (&listener->transport, bitket_connection_unref);
  g_object_unref (listener->stream);
  g_free (listener->caller);
  g_free (listener);
}

static void
free_topic (Topic *topic)
{
  if (topic->pause != NULL)
    g_source_destroy (topic->pause);
  g_clear_pointer (&topic->pause, g_source_unref);
  g_ptr_array_unref (topic->listeners);
  g_free (topic->event);
  g_free (topic);
}

BitketHub *
bitket_hub_new (BitketHubCountsFunc counts, BitketHubChangedFunc changed, gpointer user_data)
{
  BitketHub *self;

  g_return_val_if_fail (counts != NULL && changed != NULL, NULL);

  self = g_new0 (BitketHub, 1);
  self->topics = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) free_topic);
  self->counts = counts;
  self->changed = changed;
  self->user_data = user_data;
  return self;
}

void
bitket_hub_free (BitketHub *self)
{
  g_hash_table_unref (self->topics);
  g_free (self);
}

/* The topic goes with its last listener. */
static void
remove_listener (Listener *listener)
{
  Topic *topic = listener->topic;
  BitketHub *self = topic->hub;

  self->n_streams--;
  g_ptr_array_remove_fast (topic->listeners, listener);
  if (topic->listeners->len == 0)
    g_hash_table_remove (self->topics, topic->event);
  self->changed (self->user_data);
}

static void
closed_cb (SoupWebsocketConnection *stream, gpointer user_data)
{
  remove_listener (user_data);
}

static Topic *
ensure_topic (BitketHub *self, const char *event)
{
  Topic *topic = g_hash_table_lookup (self->topics, event);

  if (topic != NULL)
    return topic;
  topic = g_new0 (Topic, 1);
  topic->hub = self;
  topic->event = g_strdup (event);
  topic->listeners = g_ptr_array_new_with_free_func ((GDestroyNotify) free_listener);
  g_hash_table_insert (self->topics, topic->event, topic);
  return topic;
}

void
bitket_hub_add (BitketHub *self,
                const char *event,
                const char *caller,
                SoupWebsocketConnection *stream,
                BitketConnection *transport)
{
  Listener *listener;

  g_return_if_fail (self != NULL && event != NULL && caller != NULL);
  g_return_if_fail (SOUP_IS_WEBSOCKET_CONNECTION (stream));

  listener = g_new0 (Listener, 1);
  listener->topic = ensure_topic (self, event);
  listener->caller = g_strdup (caller);
  listener->stream = g_object_ref (stream);
  if (transport != NULL)
    listener->transport = bitket_connection_ref (transport);
  soup_websocket_connection_set_max_incoming_payload_size (stream, INCOMING_MAX_LEN);
  listener->closed_id = g_signal_connect (stream, "closed", G_CALLBACK (closed_cb), listener);
  g_ptr_array_add (listener->topic->listeners, listener);
  self->n_streams++;
  self->changed (self->user_data);
  bitket_hub_counts_changed (self, event);
}

/* Returns: %FALSE when the listener is too slow and was given up. */
static gboolean
send_to (Listener *listener, const char *message)
{
  if (soup_websocket_connection_get_state (listener->stream) != SOUP_WEBSOCKET_STATE_OPEN)
    return TRUE;
  if (listener->transport != NULL &&
      bitket_connection_get_n_unsent (listener->transport) > BITKET_HUB_QUEUE_LEN)
    {
      g_info ("stream of %s does not keep up and is closed", listener->caller);
      bitket_connection_cut (listener->transport);
      return FALSE;
    }
  soup_websocket_connection_send_text (listener->stream, message);
  return TRUE;
}

void
bitket_hub_publish (BitketHub *self, const char *event, const char *message)
{
  Topic *topic;

  g_return_if_fail (self != NULL && event != NULL && message != NULL);

  topic = g_hash_table_lookup (self->topics, event);
  if (topic == NULL)
    return;
  /* Sending may close a stream at once, but only from the main loop is it taken off the list. */
  for (guint i = topic->listeners->len; i-- > 0;)
    send_to (topic->listeners->pdata[i], message);
}

static gboolean
pause_over_cb (gpointer user_data)
{
  Topic *topic = user_data;

  if (!topic->is_stale)
    {
      g_clear_pointer (&topic->pause, g_source_unref);
      return G_SOURCE_REMOVE;
    }
  topic->is_stale = FALSE;
  topic->hub->counts (topic->event, topic->hub->user_data);
  return G_SOURCE_CONTINUE;
}

void
bitket_hub_counts_changed (BitketHub *self, const char *event)
{
  Topic *topic;

  g_return_if_fail (self != NULL && event != NULL);

  topic = g_hash_table_lookup (self->topics, event);
  if (topic == NULL)
    return;
  if (topic->pause != NULL)
    {
      topic->is_stale = TRUE;
      return;
    }
  topic->pause = g_timeout_source_new (BITKET_HUB_COUNTS_MS);
  g_source_set_callback (topic->pause, pause_over_cb, topic, NULL);
  g_source_attach (topic->pause, g_main_context_get_thread_default ());
  self->counts (topic->event, self->user_data);
}

static void
close_listeners (BitketHub *self, const char *caller, gushort code, const char *reason)
{
  GHashTableIter iter;
  gpointer topic;

  g_hash_table_iter_init (&iter, self->topics);
  while (g_hash_table_iter_next (&iter, NULL, &topic))
    {
      GPtrArray *listeners = ((Topic *) topic)->listeners;

      for (guint i = 0; i < listeners->len; i++)
        {
          Listener *listener = listeners->pdata[i];

          if (caller != NULL && g_strcmp0 (listener->caller, caller) != 0)
            continue;
          if (soup_websocket_connection_get_state (listener->stream) == SOUP_WEBSOCKET_STATE_OPEN)
            soup_websocket_connection_close (listener->stream, code, reason);
        }
    }
}

void
bitket_hub_close_caller (BitketHub *self, const char *caller)
{
  g_return_if_fail (self != NULL && caller != NULL);

  close_listeners (self, caller, SOUP_WEBSOCKET_CLOSE_POLICY_VIOLATION, "door_revoked");
}

void
bitket_hub_close_all (BitketHub *self)
{
  g_return_if_fail (self != NULL);

  close_listeners (self, NULL, SOUP_WEBSOCKET_CLOSE_GOING_AWAY, "the service stops");
}

guint
bitket_hub_get_n_streams (BitketHub *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->n_streams;
}
