/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

/* What holds for every route, and under pressure: against a real bitketd on both databases. */

#include <string.h>

#include "bitket-exchange.h"
#include "bitketd-fixture.h"

#define UTILIZE "/api/ticket-ownerships/" WORLD_OWNERSHIP "/utilize/"

/* Many requests at once. */
typedef struct
{
  guint n_waiting;
  guint n_written;
  guint n_ok;
  guint n_refused;
  guint n_failed;
} Crowd;

static void
crowd_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Crowd *crowd = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes =
      soup_session_send_and_read_finish (SOUP_SESSION (source), result, &error);
  SoupMessage *message = soup_session_get_async_result_message (SOUP_SESSION (source), result);

  crowd->n_waiting--;
  if (bytes == NULL)
    {
      g_test_message ("%s", error->message);
      crowd->n_failed++;
    }
  else if (soup_message_get_status (message) == 200)
    crowd->n_ok++;
  else if (soup_message_get_status (message) == 400)
    crowd->n_refused++;
  else
    g_test_message ("%u", soup_message_get_status (message));
}

static void
wrote_cb (SoupMessage *message, gpointer user_data)
{
  Crowd *crowd = user_data;

  crowd->n_written++;
}

static void
crowd_ask (Crowd *crowd, Bitketd *bitketd, const char *path, guint n)
{
  g_autofree char *url = g_strconcat (bitketd->url, path, NULL);

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (SoupMessage) message = soup_message_new ("POST", url);

      soup_message_headers_replace (soup_message_get_request_headers (message), "Authorization",
                                    WORLD_STAFF);
      g_signal_connect (message, "wrote-body", G_CALLBACK (wrote_cb), crowd);
      crowd->n_waiting++;
      soup_session_send_and_read_async (bitketd->session, message, G_PRIORITY_DEFAULT, NULL,
                                        crowd_cb, crowd);
    }
}

static gboolean
is_answered (gpointer data)
{
  return ((Crowd *) data)->n_waiting == 0;
}

static gboolean
is_written (gpointer data)
{
  return ((Crowd *) data)->n_written >= 20;
}

/* Two hundred ask for the same ticket at once: one goes in. */
static void
test_crowd (Bitketd *bitketd)
{
  Crowd crowd = { 0 };

  crowd_ask (&crowd, bitketd, UTILIZE, 200);
  g_assert_true (bitket_test_wait_until (is_answered, &crowd, 120));
  g_assert_cmpuint (crowd.n_ok, ==, 1);
  g_assert_cmpuint (crowd.n_refused, ==, 199);
}

static gboolean
is_stopping (gpointer data)
{
  return strstr (bitket_test_process_get_errors (((Bitketd *) data)->process), "stopping") != NULL;
}

/* What was begun before the signal is finished: somebody else holds the ticket meanwhile. */
static void
test_stop (Bitketd *bitketd)
{
  g_autoptr (BitketDb) db = bitketd_open_db (bitketd);
  g_autoptr (GError) error = NULL;
  Crowd crowd = { 0 };

  g_assert_true (bitket_db_begin (db, BITKET_DB_TRANSACTION_WRITE, &error));
  g_assert_true (bitket_db_execute (db, "UPDATE tickets SET pending = pending", &error));
  crowd_ask (&crowd, bitketd, UTILIZE, 20);
  g_assert_true (bitket_test_wait_until (is_written, &crowd, 30));
  bitket_test_process_signal (bitketd->process, SIGTERM);
  g_assert_true (bitket_test_wait_until (is_stopping, bitketd, 30));
  g_assert_true (bitket_db_commit (db, &error));
  g_assert_true (bitket_test_wait_until (is_answered, &crowd, 60));
  g_assert_cmpuint (crowd.n_failed, ==, 0);
  g_assert_cmpuint (crowd.n_ok, ==, 1);
  g_assert_cmpuint (crowd.n_refused, ==, 19);
  bitketd_stop (bitketd);
}

static guint
send_body (Bitketd *bitketd, gsize len, gssize said_len)
{
  g_autofree char *url = g_strconcat (bitketd->url, "/api/auth-token/refresh/", NULL);
  g_autoptr (SoupMessage) message = soup_message_new ("POST", url);
  g_autofree char *text = g_strnfill (len, ' ');
  g_autoptr (GInputStream) stream = g_memory_input_stream_new_from_data (text, (gssize) len, NULL);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;

  soup_message_set_request_body (message, "application/json", stream, said_len);
  bytes = soup_session_send_and_read (bitketd->session, message, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (
      soup_message_headers_get_content_type (soup_message_get_response_headers (message), NULL), ==,
      "application/json");
  return soup_message_get_status (message);
}

static void
test_large_bodies (Bitketd *bitketd)
{
  g_assert_cmpuint (send_body (bitketd, BITKET_BODY_MAX_LEN, BITKET_BODY_MAX_LEN), ==, 400);
  g_assert_cmpuint (send_body (bitketd, BITKET_BODY_MAX_LEN + 1, BITKET_BODY_MAX_LEN + 1), ==, 413);
  /* One that does not say how large it is. */
  g_assert_cmpuint (send_body (bitketd, BITKET_BODY_MAX_LEN / 2, -1), ==, 400);
  g_assert_cmpuint (send_body (bitketd, 3 * BITKET_BODY_MAX_LEN, -1), ==, 413);
  /* And the service is as well as before. */
  g_assert_cmpuint (send_body (bitketd, 10, 10), ==, 400);
}

static void
test_unchanged (Bitketd *bitketd)
{
  static const char *const paths[] = { "/api/events/", "/api/events/" WORLD_EVENT "/",
                                       "/api/ticket-types/" };

  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autoptr (Answer) first = bitketd_ask (bitketd, "GET", paths[i], NULL, NULL);
      const char *tag = answer_get_header (first, "ETag");
      g_autofree char *several = g_strdup_printf ("\"other\", W/%s", tag);
      g_autoptr (Answer) same =
          bitketd_ask_with (bitketd, "GET", paths[i], NULL, NULL, "If-None-Match", several);
      g_autoptr (Answer) other =
          bitketd_ask_with (bitketd, "GET", paths[i], NULL, NULL, "If-None-Match", "\"other\"");
      g_autoptr (Answer) any =
          bitketd_ask_with (bitketd, "GET", paths[i], NULL, NULL, "If-None-Match", "*");

      g_assert_nonnull (tag);
      g_assert_cmpuint (same->status, ==, 304);
      g_assert_cmpstr (same->text, ==, "");
      g_assert_cmpstr (answer_get_header (same, "ETag"), ==, tag);
      g_assert_cmpuint (other->status, ==, 200);
      g_assert_cmpuint (any->status, ==, 304);
    }
}

/* The client library unpacks by itself, so what it was sent is seen from the headers. */
static void
test_compressed (Bitketd *bitketd)
{
  g_autoptr (Answer) large = bitketd_ask (bitketd, "GET", "/api/ticket-types/", NULL, NULL);
  g_autoptr (Answer) small = bitketd_ask (bitketd, "GET", "/api/users/", NULL, NULL);
  g_autoptr (Answer) refused = bitketd_ask_with (bitketd, "GET", "/api/ticket-types/", NULL, NULL,
                                                 "Accept-Encoding", "gzip;q=0, identity");

  g_assert_cmpstr (answer_get_header (large, "Content-Encoding"), ==, "gzip");
  g_assert_cmpstr (answer_get_header (large, "Vary"), ==, "Accept, Cookie, Accept-Encoding");
  g_assert_null (answer_get_header (small, "Content-Encoding"));
  g_assert_null (answer_get_header (refused, "Content-Encoding"));
  g_assert_cmpstr (refused->text, ==, large->text);
}

/* Returns: (transfer full) (nullable): path and query of the next page */
static char *
read_next (Bitketd *bitketd, Answer *page)
{
  const char *link = answer_get_header (page, "Link");
  const char *end;

  if (link == NULL)
    return NULL;
  g_assert_true (g_str_has_suffix (link, ">; rel=\"next\""));
  end = strchr (link, '>');
  g_assert_true (g_str_has_prefix (link + 1, bitketd->url));
  return g_strndup (link + 1 + strlen (bitketd->url),
                    (gsize) (end - link - 1) - strlen (bitketd->url));
}

static void
check_pages (Bitketd *bitketd, const char *path, const char *authorization)
{
  g_autoptr (Answer) whole = bitketd_ask (bitketd, "GET", path, authorization, NULL);
  JsonArray *all = json_node_get_array (whole->json);
  g_autofree char *next = g_strdup_printf ("%s?limit=2&x=%%20y", path);
  guint n_seen = 0;

  g_assert_null (answer_get_header (whole, "Link"));
  while (next != NULL)
    {
      g_autoptr (Answer) page = bitketd_ask (bitketd, "GET", next, authorization, NULL);
      JsonArray *rows = json_node_get_array (page->json);

      g_assert_cmpuint (page->status, ==, 200);
      g_assert_cmpuint (json_array_get_length (rows), <=, 2);
      for (guint i = 0; i < json_array_get_length (rows); i++)
        g_assert_cmpstr (
            json_object_get_string_member (json_array_get_object_element (rows, i), "id"), ==,
            json_object_get_string_member (json_array_get_object_element (all, n_seen + i), "id"));
      n_seen += json_array_get_length (rows);
      g_free (next);
      next = read_next (bitketd, page);
    }
  g_assert_cmpuint (n_seen, ==, json_array_get_length (all));
}

static void
test_pages (Bitketd *bitketd)
{
  static const char *const paths[] = { "/api/events/",     "/api/organizations/",
                                       "/api/variations/", "/api/ticket-types/",
                                       "/api/tickets/",    "/api/variation-choices/" };
  static const char *const bad[] = { "?limit=0",
                                     "?limit=x",
                                     "?limit=5001",
                                     "?limit=2&cursor=x",
                                     "?limit=2&cursor=W10=",
                                     "?limit=2&cursor=WzEsMiwzXQ==" };

  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    check_pages (bitketd, paths[i], NULL);
  check_pages (bitketd, "/api/ticket-ownerships/", WORLD_STAFF);
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autofree char *path = g_strconcat ("/api/ticket-types/", bad[i], NULL);
      g_autoptr (Answer) answer = bitketd_ask (bitketd, "GET", path, NULL, NULL);

      g_assert_cmpuint (answer->status, ==, 400);
    }
}

static void
test_health (Bitketd *bitketd)
{
  g_autoptr (Answer) alive = bitketd_ask (bitketd, "GET", "/healthz", NULL, NULL);
  g_autoptr (Answer) ready = bitketd_ask (bitketd, "GET", "/readyz", NULL, NULL);
  g_autoptr (Answer) metrics = bitketd_ask (bitketd, "GET", "/metrics", NULL, NULL);

  g_assert_cmpstr (alive->text, ==, "{\"status\":\"ok\"}");
  g_assert_cmpstr (ready->text, ==, "{\"status\":\"ok\"}");
  g_assert_nonnull (
      strstr (metrics->text, "bitket_requests_total{route=\"/healthz\",status=\"200\"} 1\n"));
  g_assert_nonnull (strstr (metrics->text, "bitket_requests_running 1\n"));
}

static void
set_password (Bitketd *bitketd, const char *email, const char *password)
{
  g_autoptr (BitketDb) db = bitketd_open_db (bitketd);
  g_autofree char *hash = bitket_password_hash (password);
  g_autoptr (BitketStatement) statement =
      bitket_db_prepare (db, "UPDATE users SET password = $1 WHERE email = $2", NULL);

  g_assert_nonnull (statement);
  bitket_statement_bind_text (statement, 1, hash);
  bitket_statement_bind_text (statement, 2, email);
  g_assert_true (bitket_statement_run (statement, NULL));
}

static Answer *
sign_in (Bitketd *bitketd, const char *email, const char *password)
{
  g_autofree char *body = g_strdup_printf (
      "{\"provider\":\"password\",\"email\":\"%s\",\"password\":\"%s\"}", email, password);

  return bitketd_ask (bitketd, "POST", "/api/auth-token/", NULL, body);
}

static void
test_sign_in (Bitketd *bitketd)
{
  static const char refused[] =
      "{\"non_field_errors\":[\"Unable to log in with provided credentials.\"]}";
  g_autoptr (Answer) right = NULL;
  g_autoptr (Answer) other_case = NULL;
  g_autoptr (Answer) gone = NULL;
  g_autoptr (Answer) missing = NULL;
  g_autoptr (Answer) users = NULL;
  g_autofree char *authorization = NULL;

  set_password (bitketd, "alice@example.com", "a good password");
  set_password (bitketd, "gone@example.com", "a good password");
  right = sign_in (bitketd, "alice@example.com", "a good password");
  g_assert_cmpuint (right->status, ==, 200);
  authorization = g_strconcat ("JWT ", answer_get_text (right, "token"), NULL);
  users = bitketd_ask (bitketd, "GET", "/api/users/", authorization, NULL);
  g_assert_cmpstr (json_object_get_string_member (answer_get_element (users, 0), "name"), ==,
                   "Alice Andersson");
  other_case = sign_in (bitketd, "Alice@Example.com", "a good password");
  g_assert_cmpuint (other_case->status, ==, 200);
  gone = sign_in (bitketd, "gone@example.com", "a good password");
  g_assert_cmpstr (gone->text, ==, refused);
  missing = bitketd_ask (bitketd, "POST", "/api/auth-token/", NULL,
                         "{\"provider\":\"password\",\"email\":\"x\"}");
  g_assert_cmpstr (missing->text, ==, "{\"password\":[\"This field is required.\"]}");

  for (guint i = 0; i < 10; i++)
    {
      g_autoptr (Answer) wrong =
          sign_in (bitketd, i % 2 == 0 ? "ALICE@example.com" : "alice@example.com", "wrong");

      g_assert_cmpstr (wrong->text, ==, refused);
      g_assert_cmpuint (wrong->status, ==, 400);
    }
  {
    g_autoptr (Answer) throttled = sign_in (bitketd, "alice@example.com", "a good password");
    g_autoptr (Answer) somebody = sign_in (bitketd, "bob@example.com", "wrong");
    /* Behind a proxy on this machine it is the visitor's address that counts. */
    g_autoptr (Answer) elsewhere = bitketd_ask_with (
        bitketd, "POST", "/api/auth-token/", NULL,
        "{\"provider\":\"password\",\"email\":\"alice@example.com\",\"password\":\"a good password\"}",
        "X-Forwarded-For", "192.0.2.9, 192.0.2.7");

    g_assert_cmpuint (throttled->status, ==, 429);
    g_assert_cmpint (g_ascii_strtoll (answer_get_header (throttled, "Retry-After"), NULL, 10), >,
                     0);
    g_assert_cmpint (g_ascii_strtoll (answer_get_header (throttled, "Retry-After"), NULL, 10), <=,
                     301);
    g_assert_cmpuint (somebody->status, ==, 400);
    g_assert_cmpuint (elsewhere->status, ==, 200);
  }
}

static void
test_forms (Bitketd *bitketd)
{
  static const struct
  {
    const char *accept;
    guint status;
  } accepts[] = {
    { "*/*", 200 },       { "application/json", 200 },    { "application/*", 200 },
    { "text/html", 200 }, { "text/xml, */*;q=0.1", 200 }, { "text/xml", 406 },
    { "image/png", 406 },
  };
  g_autofree char *url = g_strconcat (bitketd->url, "/api/auth-token/refresh/", NULL);
  g_autoptr (SoupMessage) message = soup_message_new ("POST", url);
  g_autoptr (GBytes) form = g_bytes_new_static ("token=x&a=b", 11);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (Answer) xml = bitketd_ask_with (bitketd, "POST", "/api/auth-token/refresh/", NULL,
                                             "<a/>", "Content-Type", "application/xml");

  for (gsize i = 0; i < G_N_ELEMENTS (accepts); i++)
    {
      g_autoptr (Answer) answer =
          bitketd_ask_with (bitketd, "GET", "/api/", NULL, NULL, "Accept", accepts[i].accept);

      g_assert_cmpuint (answer->status, ==, accepts[i].status);
      if (answer->status == 406)
        g_assert_cmpstr (answer->text, ==,
                         "{\"detail\":\"Could not satisfy the request Accept header.\"}");
    }
  soup_message_set_request_body_from_bytes (message, "application/x-www-form-urlencoded", form);
  bytes = soup_session_send_and_read (bitketd->session, message, NULL, NULL);
  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes),
                   "{\"non_field_errors\":[\"Error decoding signature.\"]}", 50);
  g_assert_cmpuint (xml->status, ==, 415);
  g_assert_cmpstr (xml->text, ==,
                   "{\"detail\":\"Unsupported media type \\\"application/xml\\\" in request.\"}");
}

/* Forms of several parts; a file among them is left out. */
static void
test_multipart (Bitketd *bitketd)
{
  static const struct
  {
    const char *type, *body, *answer;
  } cases[] = {
    { "multipart/form-data; boundary=b",
      "--b\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\nx\r\n--b--\r\n",
      "{\"non_field_errors\":[\"Error decoding signature.\"]}" },
    { "multipart/form-data; boundary=b",
      "--b\r\nContent-Disposition: form-data; name=\"token\"; filename=\"t\"\r\n\r\nx\r\n--b--\r\n",
      "{\"token\":[\"This field is required.\"]}" },
    { "multipart/form-data; boundary=b",
      "--b\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\n\r\n--b--\r\n",
      "{\"token\":[\"This field may not be blank.\"]}" },
    { "multipart/form-data", "--b\r\n\r\nx\r\n--b--\r\n",
      "{\"detail\":\"Multipart form parse error - Invalid boundary in multipart: None\"}" },
    { "multipart/mixed; boundary=b", "--b--\r\n",
      "{\"detail\":\"Unsupported media type \\\"multipart/mixed; boundary=b\\\" in request.\"}" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Answer) answer =
          bitketd_ask_with (bitketd, "POST", "/api/auth-token/refresh/", NULL, cases[i].body,
                            "Content-Type", cases[i].type);

      g_assert_cmpuint (answer->status, ==, i < 4 ? 400 : 415);
      g_assert_cmpstr (answer->text, ==, cases[i].answer);
    }
}

/* What comes over the wire that is no HTTP, or too much of it, ends that connection only. */
static void
test_nasty_bytes (Bitketd *bitketd)
{
  static const char *const texts[] = {
    "\r\n\r\n\r\n",
    "GET",
    "GET / HTTP/9.9\r\n\r\n",
    "GET /api/events/\xff HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET /api/%zz/%00/ HTTP/1.1\r\nHost: x\r\n\r\n",
    "POST /api/doors/pair/ HTTP/1.1\r\nHost: x\r\n"
    "Content-Length: -5\r\n\r\n",
    "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GSocketClient) client = g_socket_client_new ();
      g_autoptr (GSocketConnection) connection = g_socket_client_connect_to_host (
          client, bitketd->url + strlen ("http://"), 80, NULL, NULL);
      g_autoptr (Answer) alive = NULL;

      g_assert_nonnull (connection);
      g_assert_true (
          g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)),
                                     texts[i], strlen (texts[i]), NULL, NULL, NULL));
      alive = bitketd_ask (bitketd, "GET", "/healthz", NULL, NULL);
      g_assert_cmpuint (alive->status, ==, 200);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  bitketd_test_add ("service/server/crowd", test_crowd);
  bitketd_test_add ("service/server/stop", test_stop);
  bitketd_test_add ("service/server/large-bodies", test_large_bodies);
  bitketd_test_add ("service/server/unchanged", test_unchanged);
  bitketd_test_add ("service/server/compressed", test_compressed);
  bitketd_test_add ("service/server/pages", test_pages);
  bitketd_test_add ("service/server/health", test_health);
  bitketd_test_add ("service/server/sign-in", test_sign_in);
  bitketd_test_add ("service/server/forms", test_forms);
  bitketd_test_add ("service/server/multipart", test_multipart);
  bitketd_test_add ("service/server/nasty-bytes", test_nasty_bytes);
  return g_test_run ();
}
