/* SPDX-License-Identifier: MIT */
#include <libsoup/soup.h>
#include <string.h>

#include "stand-in-private.h"

char *
webhook_sign (const char *body, const char *secret, gint64 time_s)
{
  g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT ".%s", time_s, body);
  g_autofree char *mac = g_compute_hmac_for_string (G_CHECKSUM_SHA256, (const guchar *) secret,
                                                    strlen (secret), text, -1);

  return g_strdup_printf ("t=%" G_GINT64_FORMAT ",v1=%s", time_s, mac);
}

static void
sent_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes =
      soup_session_send_and_read_finish (SOUP_SESSION (source), result, &error);

  if (bytes == NULL)
    g_printerr ("a webhook was not taken: %s\n", error->message);
}

static char *
make_event (StandIn *self, const char *type, const char *account, JsonObject *object)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  g_autofree char *id = stand_in_new_id (self, "evt");
  JsonObject *event = json_object_new ();
  JsonObject *data = json_object_new ();

  json_object_set_object_member (data, "object", object);
  json_object_set_string_member (event, "id", id);
  json_object_set_string_member (event, "object", "event");
  if (*account != '\0')
    json_object_set_string_member (event, "account", account);
  json_object_set_string_member (event, "api_version", "2024-06-20");
  json_object_set_int_member (event, "created", g_get_real_time () / G_USEC_PER_SEC);
  json_object_set_object_member (event, "data", data);
  json_object_set_boolean_member (event, "livemode", FALSE);
  json_object_set_int_member (event, "pending_webhooks", 1);
  json_object_set_string_member (event, "type", type);
  json_node_take_object (node, event);
  return json_to_string (node, FALSE);
}

void
webhook_send (StandIn *self, const char *type, const char *account, JsonObject *object)
{
  g_autofree char *body = NULL;
  g_autofree char *signature = NULL;
  g_autoptr (SoupMessage) message = NULL;
  g_autoptr (GBytes) bytes = NULL;

  if (self->webhook_url == NULL)
    {
      json_object_unref (object);
      return;
    }
  if (self->session == NULL)
    self->session = soup_session_new ();
  body = make_event (self, type, account, object);
  signature = webhook_sign (body, self->webhook_secret, g_get_real_time () / G_USEC_PER_SEC);
  bytes = g_bytes_new (body, strlen (body));
  message = soup_message_new ("POST", self->webhook_url);
  soup_message_set_request_body_from_bytes (message, "application/json; charset=utf-8", bytes);
  soup_message_headers_replace (soup_message_get_request_headers (message), "Stripe-Signature",
                                signature);
  soup_session_send_and_read_async (self->session, message, G_PRIORITY_DEFAULT, NULL, sent_cb,
                                    NULL);
}
