/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

/* The live stream of an event, against a real bitketd on both databases. */

#include <string.h>

#include "bitket-json-reader.h"
#include "bitketd-fixture.h"

#define STREAM_PATH "/api/events/" WORLD_EVENT "/stream/"

/* One who listens. */
typedef struct
{
  SoupWebsocketConnection *connection; /* (owned) (nullable) */
  GPtrArray *messages;                 /* (owned) (element-type JsonNode) */
  GError *error;                       /* (owned) (nullable) */
  guint status;
  gboolean is_done;
  gboolean is_closed;
} Listener;

static void
listener_clear (Listener *listener)
{
  g_clear_object (&listener->connection);
  g_clear_pointer (&listener->messages, g_ptr_array_unref);
  g_clear_error (&listener->error);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Listener, listener_clear)

static void
message_cb (SoupWebsocketConnection *connection, int type, GBytes *bytes, gpointer user_data)
{
  Listener *listener = user_data;
  g_autoptr (GError) error = NULL;
  gsize len;
  const char *text = g_bytes_get_data (bytes, &len);
  JsonNode *node = bitket_json_parse (text, (gssize) len, &error);

  g_assert_no_error (error);
  g_ptr_array_add (listener->messages, node);
}

static void
closed_cb (SoupWebsocketConnection *connection, gpointer user_data)
{
  Listener *listener = user_data;

  listener->is_closed = TRUE;
}

static void
connected_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Listener *listener = user_data;

  listener->connection =
      soup_session_websocket_connect_finish (SOUP_SESSION (source), result, &listener->error);
  if (listener->connection != NULL)
    {
      g_signal_connect (listener->connection, "message", G_CALLBACK (message_cb), listener);
      g_signal_connect (listener->connection, "closed", G_CALLBACK (closed_cb), listener);
    }
  listener->is_done = TRUE;
}

static void
listener_open (Listener *listener, Bitketd *bitketd, const char *path, const char *authorization)
{
  g_autofree char *url = g_strconcat ("ws", bitketd->url + strlen ("http"), path, NULL);
  g_autoptr (SoupMessage) message = soup_message_new ("GET", url);

  if (authorization != NULL)
    soup_message_headers_replace (soup_message_get_request_headers (message), "Authorization",
                                  authorization);
  listener->messages = g_ptr_array_new_with_free_func ((GDestroyNotify) json_node_unref);
  soup_session_websocket_connect_async (bitketd->session, message, NULL, NULL, G_PRIORITY_DEFAULT,
                                        NULL, connected_cb, listener);
  bitket_test_wait_for_flag (&listener->is_done);
  listener->status = soup_message_get_status (message);
}

typedef struct
{
  Listener *listener;
  const char *type;
  JsonObject *found; /* (unowned) */
} Wait;

static gboolean
has_message (gpointer data)
{
  Wait *wait = data;

  for (guint i = 0; i < wait->listener->messages->len; i++)
    {
      JsonObject *object = json_node_get_object (wait->listener->messages->pdata[i]);

      if (strcmp (json_object_get_string_member (object, "type"), wait->type) == 0)
        wait->found = object;
    }
  return wait->found != NULL;
}

/* Returns: (transfer none): the last message of that type; waits for one. */
static JsonObject *
wait_for (Listener *listener, const char *type)
{
  Wait wait = { listener, type, NULL };

  g_assert_true (bitket_test_wait_until (has_message, &wait, 30));
  return wait.found;
}

static void
forget_messages (Listener *listener)
{
  g_ptr_array_set_size (listener->messages, 0);
}

static void
utilize (Bitketd *bitketd, const char *action)
{
  g_autofree char *path =
      g_strdup_printf ("/api/ticket-ownerships/" WORLD_OWNERSHIP "/%s/", action);
  g_autoptr (Answer) answer = bitketd_ask (bitketd, "POST", path, WORLD_STAFF, "");

  g_assert_cmpuint (answer->status, ==, 200);
}

typedef struct
{
  Listener *listener;
  gint64 inside;
} InsideWait;

static gboolean
has_inside (gpointer data)
{
  InsideWait *wait = data;

  for (guint i = 0; i < wait->listener->messages->len; i++)
    {
      JsonObject *object = json_node_get_object (wait->listener->messages->pdata[i]);

      if (strcmp (json_object_get_string_member (object, "type"), "counts") == 0 &&
          json_object_get_int_member (object, "inside") == wait->inside)
        return TRUE;
    }
  return FALSE;
}

static void
test_messages (Bitketd *bitketd)
{
  g_auto (TestDoor) door = { 0 };
  g_auto (Listener) listener = { 0 };
  g_auto (Listener) staff = { 0 };
  InsideWait inside = { &listener, 2 };
  JsonObject *message;

  bitketd_pair (bitketd, WORLD_EVENT, "North", &door);
  listener_open (&listener, bitketd, STREAM_PATH, door.authorization);
  g_assert_no_error (listener.error);
  listener_open (&staff, bitketd, STREAM_PATH, WORLD_STAFF);
  g_assert_no_error (staff.error);

  /* Who comes in hears how many are inside. */
  message = wait_for (&listener, "counts");
  g_assert_cmpint (json_object_get_int_member (message, "inside"), ==, 1);
  g_assert_cmpint (json_object_get_int_member (message, "total"), ==, 6);
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (message, "by_type")), ==,
                    9);

  utilize (bitketd, "utilize");
  message = wait_for (&listener, "entry");
  g_assert_cmpstr (json_object_get_string_member (message, "ownership"), ==, WORLD_OWNERSHIP);
  g_assert_cmpstr (json_object_get_string_member (message, "door"), ==, "Entrance Service");
  g_assert_true (json_object_has_member (message, "scan"));
  message = wait_for (&listener, "ticket");
  g_assert_cmpstr (json_object_get_string_member (message, "state"), ==, "utilized");
  g_assert_cmpstr (json_object_get_string_member (message, "ticket"), ==, WORLD_TICKET);
  wait_for (&staff, "entry");
  g_assert_true (bitket_test_wait_until (has_inside, &inside, 30));

  forget_messages (&listener);
  utilize (bitketd, "unutilize");
  message = wait_for (&listener, "entry");
  g_assert_true (json_object_get_null_member (message, "utilized"));
  message = wait_for (&listener, "ticket");
  g_assert_cmpstr (json_object_get_string_member (message, "state"), ==, "valid");
}

static void
test_refused (Bitketd *bitketd)
{
  static const struct
  {
    const char *path;
    const char *authorization;
    guint status;
  } cases[] = {
    { STREAM_PATH, NULL, 401 },
    { STREAM_PATH, "Door nonsense", 401 },
    { "/api/events/" WORLD_CONCERT "/stream/", "door", 403 },
    { "/api/events/00000000-0000-4000-8000-000000000000/stream/", WORLD_STAFF, 404 },
  };
  g_auto (TestDoor) door = { 0 };
  g_autoptr (Answer) plain = NULL;

  bitketd_pair (bitketd, WORLD_EVENT, "North", &door);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (Listener) listener = { 0 };
      gboolean is_door = g_strcmp0 (cases[i].authorization, "door") == 0;

      listener_open (&listener, bitketd, cases[i].path,
                     is_door ? door.authorization : cases[i].authorization);
      g_assert_nonnull (listener.error);
      g_assert_cmpuint (listener.status, ==, cases[i].status);
    }
  plain = bitketd_ask (bitketd, "GET", STREAM_PATH, door.authorization, NULL);
  g_assert_cmpuint (plain->status, ==, 400);
}

/* A revoked door stops hearing what it may no longer know. */
static void
test_revoked (Bitketd *bitketd)
{
  g_auto (TestDoor) door = { 0 };
  g_auto (Listener) listener = { 0 };
  g_autofree char *path = NULL;
  g_autoptr (Answer) gone = NULL;

  bitketd_pair (bitketd, WORLD_EVENT, "North", &door);
  listener_open (&listener, bitketd, STREAM_PATH, door.authorization);
  g_assert_no_error (listener.error);
  path = g_strdup_printf ("/api/doors/%s/", door.id);
  gone = bitketd_ask (bitketd, "DELETE", path, WORLD_STAFF, NULL);
  g_assert_cmpuint (gone->status, ==, 204);
  bitket_test_wait_for_flag (&listener.is_closed);
  g_assert_cmpstr (soup_websocket_connection_get_close_data (listener.connection), ==,
                   "door_revoked");
}

/* The end of the service is the end of its streams, and it waits for them to hear of it. */
static void
test_stopped (Bitketd *bitketd)
{
  g_auto (TestDoor) door = { 0 };
  g_auto (Listener) listener = { 0 };

  bitketd_pair (bitketd, WORLD_EVENT, "North", &door);
  listener_open (&listener, bitketd, STREAM_PATH, door.authorization);
  g_assert_no_error (listener.error);
  bitket_test_process_signal (bitketd->process, SIGTERM);
  bitket_test_wait_for_flag (&listener.is_closed);
  g_assert_cmpuint (soup_websocket_connection_get_close_code (listener.connection), ==,
                    SOUP_WEBSOCKET_CLOSE_GOING_AWAY);
  bitketd_stop (bitketd);
}

/* Doors hear that their event is another one now. */
static void
test_written (Bitketd *bitketd)
{
  g_auto (TestDoor) door = { 0 };
  g_auto (Listener) listener = { 0 };
  g_autoptr (Answer) answer = NULL;
  JsonObject *message;

  bitketd_pair (bitketd, WORLD_EVENT, "North", &door);
  listener_open (&listener, bitketd, STREAM_PATH, door.authorization);
  g_assert_no_error (listener.error);
  wait_for (&listener, "counts");
  forget_messages (&listener);
  answer = bitketd_expect (bitketd, "PATCH", "/api/ticket-types/" WORLD_PARTY "/", WORLD_STAFF,
                           "{\"name\":\"Fest\"}", 200);
  message = wait_for (&listener, "event");
  g_assert_cmpstr (json_object_get_string_member (message, "action"), ==, "change");
  g_assert_cmpstr (json_object_get_string_member (message, "resource"), ==, "ticket_type");
  g_assert_cmpstr (json_object_get_string_member (message, "id"), ==, WORLD_PARTY);
  wait_for (&listener, "counts");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  bitketd_test_add ("service/stream/messages", test_messages);
  bitketd_test_add ("service/stream/refused", test_refused);
  bitketd_test_add ("service/stream/revoked", test_revoked);
  bitketd_test_add ("service/stream/stopped", test_stopped);
  bitketd_test_add ("service/stream/written", test_written);
  return g_test_run ();
}
