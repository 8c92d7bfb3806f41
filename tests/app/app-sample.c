/* SPDX-License-Identifier: MIT */
#include "app-sample.h"

#include "bitket-record.h"
#include "bitket-test-support.h"

BitketSession *
app_sample_start (BitketSampleService *sample)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  BitketSession *session;

  bitket_sample_service_start_async (sample, NULL, (GAsyncReadyCallback) bitket_test_keep_result,
                                     &result);
  bitket_test_wait_for_pointer ((gpointer *) &result);
  session = bitket_sample_service_start_finish (sample, result, &error);
  g_assert_no_error (error);
  return session;
}

JsonNode *
app_sample_request (BitketSession *session, const char *method, const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (BitketResponse) response = NULL;

  bitket_session_request_async (session, method, path, NULL, NULL, BITKET_REQUEST_DEFAULT, 0, NULL,
                                (GAsyncReadyCallback) bitket_test_keep_result, &result);
  bitket_test_wait_for_pointer ((gpointer *) &result);
  response = bitket_session_request_finish (session, result, &error);
  g_assert_no_error (error);
  return json_node_ref (bitket_response_get_json (response));
}

char *
app_sample_find_event (BitketSession *session, const char *prefix)
{
  g_autoptr (JsonNode) node = app_sample_request (session, "GET", "/api/events/");
  JsonArray *events = json_node_get_array (node);

  for (guint i = 0; i < json_array_get_length (events); i++)
    {
      JsonObject *event = json_array_get_object_element (events, i);

      if (g_str_has_prefix (json_object_get_string_member (event, "name"), prefix))
        return g_strdup (json_object_get_string_member (event, "id"));
    }
  g_assert_not_reached ();
}

void
app_sample_utilize_one (BitketSession *session, const char *event)
{
  /* A letter that many addresses have. */
  g_autofree char *search =
      g_strdup_printf ("/api/ticket-ownerships/search/?query=an&event=%s", event);
  g_autoptr (JsonNode) node = app_sample_request (session, "GET", search);
  JsonArray *found = json_node_get_array (node);

  for (guint i = 0; i < json_array_get_length (found); i++)
    {
      JsonObject *ownership = json_array_get_object_element (found, i);

      if (json_object_get_null_member (ownership, "utilized") &&
          json_object_get_boolean_member (ownership, "is_current"))
        {
          g_autofree char *path = g_strdup_printf ("/api/ticket-ownerships/%s/utilize/",
                                                   json_object_get_string_member (ownership, "id"));
          g_autoptr (JsonNode) answer = app_sample_request (session, "POST", path);

          g_assert_nonnull (answer);
          return;
        }
    }
  g_assert_not_reached ();
}

void
app_sample_reload_now_and_then (BitketOverview *overview)
{
  static gint64 last_us;
  gint64 now_us = g_get_monotonic_time ();

  if (now_us - last_us < 4 * G_USEC_PER_SEC ||
      !g_str_equal (bitket_overview_get_state (overview), "ready"))
    return;
  last_us = now_us;
  bitket_overview_reload (overview);
}
