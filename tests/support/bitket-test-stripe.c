/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

#include "bitket-test-stripe.h"

#include <string.h>

BitketTestStripe *
bitket_test_stripe_start (const char *log)
{
  BitketTestStripe *self = g_new0 (BitketTestStripe, 1);
  const char *program = g_getenv ("STRIPE_STAND_IN");
  const char *argv[] = { program,
                         "--key",
                         BITKET_TEST_STRIPE_KEY,
                         "--account",
                         BITKET_TEST_STRIPE_ACCOUNT,
                         log != NULL ? "--log" : NULL,
                         log,
                         NULL };

  g_assert_nonnull (program);
  self->process = bitket_test_process_spawn (argv, NULL);
  self->url = bitket_test_process_wait_for_line (self->process, "listening on ", 60);
  self->session = soup_session_new ();
  return self;
}

void
bitket_test_stripe_stop (BitketTestStripe *self)
{
  if (self == NULL)
    return;
  g_object_unref (self->session);
  g_assert_cmpint (bitket_test_process_stop (self->process), ==, 0);
  bitket_test_process_free (self->process);
  g_free (self->url);
  g_free (self);
}

static JsonNode *
ask (BitketTestStripe *self, SoupMessage *message, guint *status)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = soup_session_send_and_read (self->session, message, NULL, &error);
  g_autofree char *text = NULL;
  JsonNode *node;

  g_assert_no_error (error);
  *status = soup_message_get_status (message);
  text = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  node = json_from_string (text, NULL);
  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node))
    g_test_message ("%u %s", *status, text);
  g_assert_true (node != NULL && JSON_NODE_HOLDS_OBJECT (node));
  return node;
}

static SoupMessage *
new_message (BitketTestStripe *self,
             const char *method,
             const char *path,
             const char *type,
             const char *body)
{
  g_autofree char *url = g_strconcat (self->url, path, NULL);
  SoupMessage *message = soup_message_new (method, url);

  if (body != NULL)
    {
      g_autoptr (GBytes) bytes = g_bytes_new (body, strlen (body));

      soup_message_set_request_body_from_bytes (message, type, bytes);
    }
  return message;
}

static void
control (BitketTestStripe *self, const char *path, const char *body)
{
  g_autoptr (SoupMessage) message = new_message (self, "POST", path, "application/json", body);
  guint status;
  g_autoptr (JsonNode) answer = ask (self, message, &status);

  g_assert_cmpuint (status, ==, 200);
}

void
bitket_test_stripe_control (BitketTestStripe *self, const char *settings)
{
  control (self, "/_control", settings);
}

void
bitket_test_stripe_refund (BitketTestStripe *self, const char *intent, gint64 amount_ore)
{
  g_autofree char *body = g_strdup_printf (
      "{\"payment_intent\":\"%s\",\"amount\":%" G_GINT64_FORMAT "}", intent, amount_ore);

  control (self, "/_control/refund", body);
}

void
bitket_test_stripe_get_sums (BitketTestStripe *self, BitketTestStripeSums *sums)
{
  g_autoptr (SoupMessage) message = new_message (self, "GET", "/_control/charges", NULL, NULL);
  guint status;
  g_autoptr (JsonNode) answer = ask (self, message, &status);
  JsonObject *object = json_node_get_object (answer);

  g_assert_cmpuint (status, ==, 200);
  sums->n_charges = json_object_get_int_member (object, "n_charges");
  sums->charged_ore = json_object_get_int_member (object, "charged");
  sums->n_declined = json_object_get_int_member (object, "n_declined");
  sums->n_refunds = json_object_get_int_member (object, "n_refunds");
  sums->refunded_ore = json_object_get_int_member (object, "refunded");
  sums->n_double = json_object_get_int_member (object, "n_double");
}

JsonNode *
bitket_test_stripe_ask (BitketTestStripe *self,
                        const char *method,
                        const char *path,
                        const char *form,
                        const char *header,
                        const char *value,
                        guint *status)
{
  g_autoptr (SoupMessage) message =
      new_message (self, method, path, "application/x-www-form-urlencoded", form);
  SoupMessageHeaders *headers = soup_message_get_request_headers (message);

  soup_message_headers_replace (headers, "Authorization", "Bearer " BITKET_TEST_STRIPE_KEY);
  if (header != NULL)
    soup_message_headers_replace (headers, header, value);
  return ask (self, message, status);
}
