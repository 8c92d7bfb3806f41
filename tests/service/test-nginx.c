/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

/* nginx in front of a real bitketd, with the configuration that is shipped: only paths, ports, the
 * certificate and, where somebody is slow, the time-outs are others. It listens on sockets in a
 * directory, so that it needs no port. */

#include <gio/gunixsocketaddress.h>
#include <string.h>

#include "bitketd-fixture.h"

#define NAME   "tickets.example.org"
#define URL    "https://" NAME
#define LONG_S 60
#define BUYER  "dave@example.com"

/* What stands around it. %s: the directory, six times, and the file. */
#define MAIN_CONFIG                                                                                \
  "daemon off;\n"                                                                                  \
  "master_process off;\n"                                                                          \
  "pid %s/nginx.pid;\n"                                                                            \
  "error_log stderr;\n"                                                                            \
  "events { worker_connections 256; }\n"                                                           \
  "http {\n"                                                                                       \
  "client_body_temp_path %s/body;\n"                                                               \
  "proxy_temp_path %s/proxy;\n"                                                                    \
  "fastcgi_temp_path %s/fastcgi;\n"                                                                \
  "uwsgi_temp_path %s/uwsgi;\n"                                                                    \
  "scgi_temp_path %s/scgi;\n"                                                                      \
  "include %s;\n"                                                                                  \
  "}\n"

typedef struct
{
  Bitketd *bitketd;           /* (unowned) */
  BitketTestProcess *process; /* (owned) (nullable) */
  char *log;                  /* (owned) */
  char *http;                 /* (owned) the socket */
  char *https;                /* (owned) the same with TLS */
  char *certificate;          /* (owned) with its key */
} Nginx;

static void
nginx_clear (Nginx *self)
{
  if (self->process != NULL)
    bitket_test_process_stop (self->process);
  g_clear_pointer (&self->process, bitket_test_process_free);
  g_free (self->log);
  g_free (self->http);
  g_free (self->https);
  g_free (self->certificate);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Nginx, nginx_clear)

/* What is replaced must be there. */
static void
replace (GString *text, const char *old, const char *new)
{
  if (g_string_replace (text, old, new, 0) > 0)
    return;
  g_test_message ("no “%s” in bitket.conf", old);
  g_test_fail ();
}

static char *
make_site (Nginx *self, const Bitketd *second, const char *const *changes)
{
  g_autofree char *file =
      g_test_build_filename (G_TEST_DIST, "..", "data", "nginx", "bitket.conf", NULL);
  g_autofree char *http = g_strdup_printf ("listen unix:%s;", self->http);
  g_autofree char *https = g_strdup_printf ("listen unix:%s ssl;", self->https);
  g_autofree char *first = g_strdup_printf ("server %s ", self->bitketd->url + strlen ("http://"));
  g_autofree char *content = NULL;
  g_autoptr (GString) text = NULL;
  g_autoptr (GError) error = NULL;

  g_file_get_contents (file, &content, NULL, &error);
  g_assert_no_error (error);
  text = g_string_new (content);
  replace (text, "listen 80;", http);
  replace (text, "listen 443 ssl;", https);
  replace (text, "listen [::]:80;", "");
  replace (text, "listen [::]:443 ssl;", "");
  replace (text, "/var/log/nginx/bitket.log", self->log);
  replace (text, "/etc/letsencrypt/live/" NAME "/fullchain.pem", self->certificate);
  replace (text, "/etc/letsencrypt/live/" NAME "/privkey.pem", self->certificate);
  if (second != NULL)
    {
      g_autofree char *both =
          g_strdup_printf ("server %s;\n%s", second->url + strlen ("http://"), first);
      replace (text, "server 127.0.0.1:8000 ", both);
    }
  else
    replace (text, "server 127.0.0.1:8000 ", first);
  for (gsize i = 0; changes != NULL && changes[i] != NULL; i += 2)
    replace (text, changes[i], changes[i + 1]);
  return bitket_test_write_file (self->bitketd->dir, "bitket.conf", text->str);
}

/* Returns: (transfer full) (nullable): %NULL while nobody listens */
static GSocketConnection *
connect_to (const char *path)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);

  return g_socket_client_connect (client, G_SOCKET_CONNECTABLE (address), NULL, NULL);
}

static gboolean
is_listening (gpointer data)
{
  g_autoptr (GSocketConnection) connection = connect_to (((Nginx *) data)->https);

  return connection != NULL;
}

/* @changes: (nullable): old and new texts in turn */
static void
nginx_start (Nginx *self, Bitketd *bitketd, const Bitketd *second, const char *const *changes)
{
  const char *dir = bitketd->dir;
  g_autofree char *site = NULL;
  g_autofree char *text = NULL;
  g_autofree char *config = NULL;
  const char *argv[] = { "nginx", "-e", "stderr", "-c", NULL, NULL };

  self->bitketd = bitketd;
  self->log = g_build_filename (dir, "access.log", NULL);
  self->http = g_build_filename (dir, "http", NULL);
  self->https = g_build_filename (dir, "https", NULL);
  self->certificate = g_test_build_filename (G_TEST_DIST, "service", "data", "nginx.pem", NULL);
  site = make_site (self, second, changes);
  text = g_strdup_printf (MAIN_CONFIG, dir, dir, dir, dir, dir, dir, site);
  config = bitket_test_write_file (dir, "nginx.conf", text);
  argv[4] = config;
  self->process = bitket_test_process_spawn (argv, NULL);
  if (!bitket_test_wait_until (is_listening, self, LONG_S))
    g_test_message ("nginx: %s", bitket_test_process_get_errors (self->process));
  g_assert_true (is_listening (self));
}

/* With curl: what came back, headers and all. @more: (nullable): arguments */
static char *
fetch (Nginx *self, const char *path, const char *const *more)
{
  g_autofree char *url = g_strconcat (URL, path, NULL);
  g_autoptr (GPtrArray) argv = g_ptr_array_new_null_terminated (16, NULL, TRUE);
  const char *const words[] = { "curl",      "--silent",  "--show-error",
                                "--include", "--http1.1", "--unix-socket",
                                self->https, "--cacert",  self->certificate,
                                url };
  char *output = NULL;
  g_autofree char *errors = NULL;
  int status;

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    g_ptr_array_add (argv, (gpointer) words[i]);
  for (gsize i = 0; more != NULL && more[i] != NULL; i++)
    g_ptr_array_add (argv, (gpointer) more[i]);
  status = bitket_test_run ((const char *const *) argv->pdata, NULL, NULL, &output, &errors);
  g_test_message ("%s: %s%.300s", path, errors, output);
  g_assert_cmpint (status, ==, 0);
  return output;
}

#define FETCH(self, path, ...) fetch (self, path, (const char *[]) { __VA_ARGS__, NULL })

static void
assert_answer (const char *answer, guint status, const char *part)
{
  g_autofree char *line = g_strdup_printf ("HTTP/1.1 %u ", status);

  g_assert_nonnull (g_strrstr (answer, line));
  g_assert_nonnull (strstr (answer, part));
}

static void
test_passed_on (Bitketd *bitketd)
{
  g_auto (Nginx) nginx = { 0 };
  g_autofree char *events = NULL;
  g_autofree char *other = NULL;
  g_autofree char *plain = NULL;
  g_autofree char *metrics = NULL;
  g_autofree char *packed = NULL;
  g_autofree char *log = NULL;

  nginx_start (&nginx, bitketd, NULL, NULL);
  events = FETCH (&nginx, "/api/ticket-types/?access_code=Secret.1", "--header", "X-Any: 1");
  assert_answer (events, 200, URL "/api/ticket-types/" WORLD_PARTY "/");
  g_assert_null (strstr (events, "http://"));
  g_assert_nonnull (strstr (events, "Strict-Transport-Security"));
  packed = FETCH (&nginx, "/api/ticket-types/", "--compressed");
  assert_answer (packed, 200, "Content-Encoding: ");
  other = FETCH (&nginx, "/api/events/", "--header", "Host: evil.example");
  assert_answer (other, 421, "");
  metrics = FETCH (&nginx, "/metrics", "--compressed");
  assert_answer (metrics, 404, "");
  plain = FETCH (&nginx, "/", "--unix-socket", nginx.http, "--next", "--silent", "--include",
                 "--unix-socket", nginx.http, "http://" NAME "/api/events/?a=1");
  assert_answer (plain, 308, "Location: " URL "/api/events/?a=1\r\n");

  g_assert_true (g_file_get_contents (nginx.log, &log, NULL, NULL));
  g_assert_nonnull (strstr (log, "\"GET /api/ticket-types/\" 200"));
  g_assert_null (strstr (log, "Secret"));
  g_assert_null (strchr (log, '?'));
}

static void
test_too_large (Bitketd *bitketd)
{
  g_auto (Nginx) nginx = { 0 };
  g_autofree char *most = g_strnfill (1024 * 1024, ' ');
  g_autofree char *more = g_strnfill (1024 * 1024 + 1, ' ');
  g_autofree char *most_file = bitket_test_write_file (bitketd->dir, "most", most);
  g_autofree char *more_file = bitket_test_write_file (bitketd->dir, "more", more);
  g_autofree char *most_data = g_strconcat ("@", most_file, NULL);
  g_autofree char *more_data = g_strconcat ("@", more_file, NULL);
  g_autofree char *taken = NULL;
  g_autofree char *refused = NULL;
  g_autofree char *chunked = NULL;

  nginx_start (&nginx, bitketd, NULL, NULL);
  /* What is read to its end is bitketd's to refuse. */
  taken = FETCH (&nginx, "/api/doors/pair/", "--header", "Content-Type: application/json",
                 "--data-binary", most_data);
  assert_answer (taken, 400, "{\"detail\":");
  refused = FETCH (&nginx, "/api/doors/pair/", "--header", "Content-Type: application/json",
                   "--data-binary", more_data);
  assert_answer (refused, 413, "{\"detail\":\"The request is larger than 1 MiB.\"}");
  chunked = FETCH (&nginx, "/api/doors/pair/", "--header", "Content-Type: application/json",
                   "--header", "Transfer-Encoding: chunked", "--data-binary", more_data);
  assert_answer (chunked, 413, "{\"detail\":\"The request is larger than 1 MiB.\"}");
}

/* Somebody greedy. */
static void
test_too_many (Bitketd *bitketd)
{
  static const char *const changes[] = { "rate=500r/s", "rate=1r/m", "burst=5000 ", "burst=1 ",
                                         NULL };
  g_auto (Nginx) nginx = { 0 };
  g_autofree char *answers = NULL;

  nginx_start (&nginx, bitketd, NULL, changes);
  for (guint i = 0; i < 3; i++)
    {
      g_clear_pointer (&answers, g_free);
      answers = fetch (&nginx, "/api/events/", NULL);
    }
  assert_answer (answers, 429, "{\"detail\":\"Too many requests. Try again in a moment.\"}");
  g_assert_nonnull (strstr (answers, "Retry-After: 1\r\n"));
}

/* A client over TLS that says what it wants, when it wants. */
typedef struct
{
  GIOStream *stream; /* (owned) */
  GString *answer;   /* (owned) */
  const char *part;  /* (nullable): what is waited for */
  gboolean is_closed;
} Raw;

static void
raw_clear (Raw *raw)
{
  g_clear_object (&raw->stream);
  if (raw->answer != NULL)
    g_string_free (raw->answer, TRUE);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Raw, raw_clear)

static void
raw_open (Raw *raw, Nginx *nginx)
{
  g_autoptr (GSocketConnection) transport = connect_to (nginx->https);
  g_autoptr (GSocketConnectable) name = g_network_address_new (NAME, 443);
  g_autoptr (GTlsDatabase) trusted = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_nonnull (transport);
  trusted = g_tls_file_database_new (nginx->certificate, &error);
  g_assert_no_error (error);
  raw->stream = g_tls_client_connection_new (G_IO_STREAM (transport), name, &error);
  g_assert_no_error (error);
  g_tls_connection_set_database (G_TLS_CONNECTION (raw->stream), trusted);
  g_tls_connection_handshake (G_TLS_CONNECTION (raw->stream), NULL, &error);
  g_assert_no_error (error);
  raw->answer = g_string_new (NULL);
}

static void
raw_send (Raw *raw, const char *text)
{
  g_autoptr (GError) error = NULL;

  g_output_stream_write_all (g_io_stream_get_output_stream (raw->stream), text, strlen (text), NULL,
                             NULL, &error);
  g_assert_no_error (error);
}

/* Reads what there is. Whether the part that is waited for has come, or, without one, the end. */
static gboolean
raw_has_come (gpointer data)
{
  Raw *raw = data;
  GPollableInputStream *input =
      G_POLLABLE_INPUT_STREAM (g_io_stream_get_input_stream (raw->stream));
  char buffer[4096];

  while (!raw->is_closed)
    {
      g_autoptr (GError) error = NULL;
      gssize n =
          g_pollable_input_stream_read_nonblocking (input, buffer, sizeof buffer, NULL, &error);

      if (n < 0 && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
        break;
      if (n <= 0)
        raw->is_closed = TRUE;
      else
        for (gssize i = 0; i < n; i++) /* frames have zeros in them */
          g_string_append_c (raw->answer, buffer[i] != '\0' ? buffer[i] : '.');
    }
  if (raw->part == NULL)
    return raw->is_closed;
  return strstr (raw->answer->str, raw->part) != NULL;
}

static void
raw_expect (Raw *raw, const char *part)
{
  raw->part = part;
  if (!bitket_test_wait_until (raw_has_come, raw, LONG_S))
    g_test_message ("waited for %s: %s", part, raw->answer->str);
  g_assert_true (raw_has_come (raw));
}

/* nginx ends it, while bitketd itself would wait longer. */
static void
test_slow (Bitketd *bitketd)
{
  static const char *const changes[] = { "client_header_timeout 15s", "client_header_timeout 1s",
                                         "client_body_timeout 20s", "client_body_timeout 1s",
                                         NULL };
  static const char *const texts[] = {
    "",
    "GET /healthz HTTP/1.1\r\nHost: " NAME "\r\n",
    "POST /api/doors/pair/ HTTP/1.1\r\nHost: " NAME "\r\nContent-Length: 100\r\n\r\n{",
  };
  g_auto (Nginx) nginx = { 0 };
  g_autofree char *alive = NULL;

  nginx_start (&nginx, bitketd, NULL, changes);
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_auto (Raw) raw = { 0 };

      raw_open (&raw, &nginx);
      raw_send (&raw, texts[i]);
      raw_expect (&raw, NULL);
      g_assert_null (strstr (raw.answer->str, "HTTP/1.1 200"));
    }
  alive = fetch (&nginx, "/healthz", NULL);
  assert_answer (alive, 200, "ok");
}

static void
open_stream (Raw *raw, Nginx *nginx, const char *path, const char *authorization)
{
  g_autofree char *head = g_strdup_printf ("GET %s HTTP/1.1\r\nHost: " NAME
                                           "\r\nAuthorization: %s\r\nConnection: Upgrade\r\n"
                                           "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                                           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                                           path, authorization);

  raw_open (raw, nginx);
  raw_send (raw, head);
  raw_expect (raw, "\r\n\r\n");
  g_assert_true (g_str_has_prefix (raw->answer->str, "HTTP/1.1 101 "));
}

static void
test_streams (Bitketd *bitketd)
{
  static const char body[] = "{\"access_codes\":[],\"tickets\":[{\"ticket_type\":\"" URL
                             "/api/ticket-types/c488ca12-0c0c-5c8c-a141-bffbcc61586c/\","
                             "\"variation_choices\":[]}],\"payment\":{\"type\":\"stripe\","
                             "\"payload\":\"tok_visa\",\"amount\":\"0.00\"},"
                             "\"user\":{\"nin\":\"9011290799\"}}";
  g_auto (Nginx) nginx = { 0 };
  g_auto (Raw) event = { 0 };
  g_auto (Raw) purchase = { 0 };
  g_autoptr (Answer) used = NULL;
  g_autofree char *jwt = bitketd_jwt (bitketd, BUYER);
  g_autofree char *who = g_strconcat ("Authorization: ", jwt, NULL);
  g_autofree char *bought = NULL;
  g_autofree char *path = NULL;
  const char *location;

  nginx_start (&nginx, bitketd, NULL, NULL);
  open_stream (&event, &nginx, "/api/events/" WORLD_EVENT "/stream/", WORLD_STAFF);
  raw_expect (&event, "\"counts\"");
  used = bitketd_expect (bitketd, "POST", "/api/ticket-ownerships/" WORLD_OWNERSHIP "/utilize/",
                         WORLD_STAFF, "", 200);
  raw_expect (&event, "\"entry\"");

  bought = FETCH (&nginx, "/api/purchases/", "--header", who, "--header", "Prefer: respond-async",
                  "--header", "Content-Type: application/json", "--data", body);
  assert_answer (bought, 202, "Location: " URL "/api/purchases/");
  location = strstr (bought, "Location: " URL) + strlen ("Location: " URL);
  path = g_strdup_printf ("%.*sstream/", (int) strcspn (location, "\r"), location);
  open_stream (&purchase, &nginx, path, jwt);
  raw_expect (&purchase, "\"done\"");
}

/* Gone and back at the same address. */
static void
test_restart (Bitketd *bitketd)
{
  g_auto (Nginx) nginx = { 0 };
  g_autofree char *address = g_strdup (bitketd->url + strlen ("http://"));
  g_autofree char *before = NULL;
  g_autofree char *gone = NULL;
  g_autofree char *back = NULL;

  nginx_start (&nginx, bitketd, NULL, NULL);
  before = fetch (&nginx, "/api/events/", NULL);
  assert_answer (before, 200, WORLD_EVENT);
  bitketd_stop (bitketd);
  gone = fetch (&nginx, "/api/events/", NULL);
  assert_answer (gone, 502, "{\"detail\":\"The service does not answer. Try again in a moment.\"}");
  g_assert_nonnull (strstr (gone, "Retry-After: 2\r\n"));
  bitketd->listen = address;
  bitketd_start (bitketd);
  bitketd->listen = NULL;
  back = fetch (&nginx, "/api/events/", NULL);
  assert_answer (back, 200, WORLD_EVENT);
}

/* With two, nobody notices that one is being restarted, not even who sends something. */
static void
test_two (Bitketd *bitketd)
{
  g_auto (Nginx) nginx = { 0 };
  Bitketd second = *bitketd;

  second.process = NULL;
  second.session = NULL;
  second.url = NULL;
  bitketd_start (&second);
  nginx_start (&nginx, bitketd, &second, NULL);
  for (guint i = 0; i < 8; i++)
    {
      g_autofree char *got = fetch (&nginx, "/api/events/", NULL);
      g_autofree char *sent = NULL;

      assert_answer (got, 200, WORLD_EVENT);
      sent = FETCH (&nginx, "/api/doors/pair/", "--header", "Content-Type: application/json",
                    "--data", "{\"pairing\":\"nonsense\"}");
      g_assert_null (strstr (sent, " 502 "));
      g_assert_nonnull (strstr (sent, "HTTP/1.1 4"));
      if (i == 3)
        bitketd_stop (bitketd);
    }
  bitketd_stop (&second);
  g_clear_object (&second.session);
  g_free (second.url);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  bitketd_test_add ("service/nginx/passed-on", test_passed_on);
  bitketd_test_add ("service/nginx/too-large", test_too_large);
  bitketd_test_add ("service/nginx/too-many", test_too_many);
  bitketd_test_add ("service/nginx/slow", test_slow);
  bitketd_test_add ("service/nginx/streams", test_streams);
  bitketd_test_add ("service/nginx/restart", test_restart);
  bitketd_test_add ("service/nginx/two", test_two);
  return g_test_run ();
}
