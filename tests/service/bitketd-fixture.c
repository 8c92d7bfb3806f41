/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

#include "bitketd-fixture.h"

#include <glib/gstdio.h>
#include <string.h>

#include "bitket-jwt.h"

typedef enum
{
  DATABASE_SQLITE,
  DATABASE_POSTGRESQL,
} Database;

typedef struct
{
  BitketdTest test;
  Database database;
} Case;

static const char *
find_program (void)
{
  const char *program = g_getenv ("BITKETD");

  g_assert_nonnull (program);
  return program;
}

static void
import_world (Bitketd *self)
{
  g_autofree char *world =
      g_test_build_filename (G_TEST_DIST, "contract", "data", "world.json", NULL);
  g_autofree char *errors = NULL;
  const char *argv[] = { find_program (), "import", "--database", self->uri, world, NULL };
  int status = bitket_test_run (argv, NULL, NULL, NULL, &errors);

  if (status != 0)
    g_test_message ("import: %s", errors);
  g_assert_cmpint (status, ==, 0);
}

void
bitketd_start (Bitketd *self)
{
  const char *argv[] = {
    find_program (),     "serve",           "--database", self->uri, "--listen", "127.0.0.1:0",
    "--secret-key-file", self->secret_file, NULL,         NULL,      NULL,
  };

  g_assert_null (self->process);
  if (self->listen != NULL)
    argv[5] = self->listen;
  if (self->config_file != NULL)
    {
      argv[8] = "--config";
      argv[9] = self->config_file;
    }
  self->process = bitket_test_process_spawn (argv, NULL);
  g_free (self->url);
  self->url = bitket_test_process_wait_for_line (self->process, "listening on ", 60);
  /* Connections of a service that is gone would only fail. */
  g_clear_object (&self->session);
  self->session = soup_session_new_with_options ("max-conns", 300, "max-conns-per-host", 300,
                                                 "timeout", 60, NULL);
}

void
bitketd_stop (Bitketd *self)
{
  int status = bitket_test_process_stop (self->process);

  if (status != 0)
    g_test_message ("bitketd: %s", bitket_test_process_get_errors (self->process));
  g_assert_cmpint (status, ==, 0);
  g_clear_pointer (&self->process, bitket_test_process_free);
}

void
bitketd_configure (Bitketd *self, const char *config)
{
  if (self->process != NULL)
    bitketd_stop (self);
  g_free (self->config_file);
  self->config_file = bitket_test_write_file (self->dir, "bitketd.conf", config);
  g_assert_cmpint (g_chmod (self->config_file, 0600), ==, 0);
  bitketd_start (self);
}

BitketDb *
bitketd_open_db (Bitketd *self)
{
  g_autoptr (GError) error = NULL;
  BitketDb *db = bitket_store_open (self->uri, BITKET_DB_OPEN_DEFAULT, &error);

  g_assert_no_error (error);
  return db;
}

static void
run_case (gconstpointer data)
{
  const Case *test_case = data;
  Bitketd self = { 0 };

  self.dir = bitket_test_new_dir ();
  self.uri = test_case->database == DATABASE_SQLITE ? bitket_test_sqlite_uri (self.dir)
                                                    : bitket_test_postgresql_uri ();
  self.secret_file = bitket_test_write_file (self.dir, "secret", BITKETD_TEST_SECRET "\n");
  g_assert_cmpint (g_chmod (self.secret_file, 0600), ==, 0);
  import_world (&self);
  bitketd_start (&self);
  test_case->test (&self);
  if (self.process != NULL)
    bitketd_stop (&self);
  g_clear_object (&self.session);
  if (test_case->database == DATABASE_POSTGRESQL)
    bitket_test_drop_postgresql (self.uri);
  g_free (self.secret_file);
  g_free (self.config_file);
  g_free (self.url);
  g_free (self.uri);
  bitket_test_dir_free (self.dir);
}

static void
add_case (Database database, const char *path, BitketdTest test)
{
  g_autofree char *full =
      g_strdup_printf ("/%s/%s", database == DATABASE_SQLITE ? "sqlite" : "postgresql", path);
  Case *test_case = g_new0 (Case, 1);

  *test_case = (Case) { test, database };
  g_test_add_data_func_full (full, test_case, run_case, g_free);
}

void
bitketd_test_add (const char *path, BitketdTest test)
{
  add_case (DATABASE_SQLITE, path, test);
  add_case (DATABASE_POSTGRESQL, path, test);
}

void
bitketd_test_add_shared (const char *path, BitketdTest test)
{
  add_case (DATABASE_POSTGRESQL, path, test);
}

void
answer_free (Answer *answer)
{
  g_free (answer->text);
  g_clear_pointer (&answer->json, json_node_unref);
  g_clear_pointer (&answer->headers, soup_message_headers_unref);
  g_free (answer);
}

static SoupMessage *
make_message (Bitketd *self,
              const char *method,
              const char *path,
              const char *authorization,
              const char *body)
{
  g_autofree char *url = g_strconcat (self->url, path, NULL);
  SoupMessage *message = soup_message_new (method, url);
  SoupMessageHeaders *headers;

  g_assert_nonnull (message);
  headers = soup_message_get_request_headers (message);
  if (authorization != NULL)
    soup_message_headers_replace (headers, "Authorization", authorization);
  if (body != NULL)
    {
      g_autoptr (GBytes) bytes = g_bytes_new (body, strlen (body));

      soup_message_set_request_body_from_bytes (message, "application/json", bytes);
    }
  return message;
}

static Answer *
read_answer (SoupMessage *message, GBytes *bytes)
{
  Answer *answer = g_new0 (Answer, 1);
  gsize len;
  const char *data = g_bytes_get_data (bytes, &len);

  answer->status = soup_message_get_status (message);
  answer->text = g_strndup (data != NULL ? data : "", len);
  answer->headers = soup_message_headers_ref (soup_message_get_response_headers (message));
  if (len > 0 && (data[0] == '{' || data[0] == '['))
    answer->json = json_from_string (answer->text, NULL);
  return answer;
}

Answer *
bitketd_ask_with (Bitketd *self,
                  const char *method,
                  const char *path,
                  const char *authorization,
                  const char *body,
                  const char *header,
                  const char *value)
{
  g_autoptr (SoupMessage) message = make_message (self, method, path, authorization, body);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;

  if (header != NULL)
    soup_message_headers_replace (soup_message_get_request_headers (message), header, value);
  bytes = soup_session_send_and_read (self->session, message, NULL, &error);
  g_assert_no_error (error);
  return read_answer (message, bytes);
}

Answer *
bitketd_ask (Bitketd *self,
             const char *method,
             const char *path,
             const char *authorization,
             const char *body)
{
  return bitketd_ask_with (self, method, path, authorization, body, NULL, NULL);
}

typedef struct
{
  GPtrArray *answers; /* (owned) */
  guint n_waiting;
} Round;

typedef struct
{
  Round *round; /* (unowned) */
  guint index;
} Turn;

static void
turn_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Turn *turn = user_data;
  SoupSession *session = SOUP_SESSION (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = soup_session_send_and_read_finish (session, result, &error);

  g_assert_no_error (error);
  turn->round->answers->pdata[turn->index] =
      read_answer (soup_session_get_async_result_message (session, result), bytes);
  turn->round->n_waiting--;
}

static gboolean
is_round_over (gpointer data)
{
  return ((Round *) data)->n_waiting == 0;
}

GPtrArray *
bitketd_ask_at_once (Bitketd *self, const Question *questions, guint n)
{
  Round round = { g_ptr_array_new_with_free_func ((GDestroyNotify) answer_free), n };

  g_ptr_array_set_size (round.answers, (gint) n);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (SoupMessage) message =
          make_message (self, questions[i].method, questions[i].path, questions[i].authorization,
                        questions[i].body);
      Turn *turn = g_new (Turn, 1);

      *turn = (Turn) { &round, i };
      if (questions[i].header != NULL)
        soup_message_headers_replace (soup_message_get_request_headers (message),
                                      questions[i].header, questions[i].value);
      soup_session_send_and_read_async (self->session, message, G_PRIORITY_DEFAULT, NULL, turn_cb,
                                        turn);
    }
  g_assert_true (bitket_test_wait_until (is_round_over, &round, 120));
  return round.answers;
}

guint
answers_count (GPtrArray *answers, guint status)
{
  guint n = 0;

  for (guint i = 0; i < answers->len; i++)
    if (((Answer *) answers->pdata[i])->status == status)
      n++;
  return n;
}

const char *
answer_get_header (Answer *answer, const char *name)
{
  return soup_message_headers_get_list (answer->headers, name);
}

const char *
answer_get_text (Answer *answer, const char *name)
{
  if (answer->json == NULL || !JSON_NODE_HOLDS_OBJECT (answer->json))
    g_test_message ("no object: %u %s", answer->status, answer->text);
  g_assert_nonnull (answer->json);
  return json_object_get_string_member (json_node_get_object (answer->json), name);
}

JsonObject *
answer_get_element (Answer *answer, guint index)
{
  if (answer->json == NULL || !JSON_NODE_HOLDS_ARRAY (answer->json))
    g_test_message ("no array: %u %s", answer->status, answer->text);
  g_assert_nonnull (answer->json);
  g_assert_true (JSON_NODE_HOLDS_ARRAY (answer->json));
  g_assert_cmpuint (json_array_get_length (json_node_get_array (answer->json)), >, index);
  return json_array_get_object_element (json_node_get_array (answer->json), index);
}

char *
bitketd_jwt (Bitketd *self, const char *email)
{
  g_autofree char *token = NULL;
  BitketCaller user = { .kind = BITKET_CALLER_USER };

  user.email = (char *) email;
  user.name = (char *) "";
  token = bitket_jwt_encode (&user, BITKETD_TEST_SECRET, g_get_real_time () / G_USEC_PER_SEC,
                             g_get_real_time ());
  return g_strconcat ("JWT ", token, NULL);
}

char *
bitketd_enlist (Bitketd *self, const char *email, const char *organization, const char *role)
{
  g_autofree char *body = g_strdup_printf (
      "{\"organization\":\"%s\",\"email\":\"%s\",\"role\":\"%s\"}", organization, email, role);
  g_autoptr (Answer) answer = bitketd_ask (self, "POST", "/api/memberships/", WORLD_STAFF, body);

  if (answer->status != 201)
    g_test_message ("%s", answer->text);
  g_assert_cmpuint (answer->status, ==, 201);
  return bitketd_jwt (self, email);
}

void
test_door_clear (TestDoor *door)
{
  g_clear_pointer (&door->id, g_free);
  g_clear_pointer (&door->authorization, g_free);
  g_clear_pointer (&door->key, g_free);
}

void
bitketd_pair (Bitketd *self, const char *event, const char *name, TestDoor *door)
{
  g_autofree char *body = g_strdup_printf ("{\"event\":\"%s\",\"name\":\"%s\"}", event, name);
  g_autoptr (Answer) made = bitketd_ask (self, "POST", "/api/doors/", WORLD_STAFF, body);
  g_autofree char *pairing = NULL;
  g_autoptr (Answer) paired = NULL;

  g_assert_cmpuint (made->status, ==, 201);
  pairing = g_strdup_printf ("{\"pairing\":\"%s\"}", answer_get_text (made, "pairing"));
  paired = bitketd_ask (self, "POST", "/api/doors/pair/", NULL, pairing);
  g_assert_cmpuint (paired->status, ==, 200);
  door->id = g_strdup (answer_get_text (made, "id"));
  door->authorization = g_strconcat ("Door ", answer_get_text (paired, "token"), NULL);
  door->key = g_strdup (answer_get_text (paired, "door_key"));
}

Answer *
bitketd_expect (Bitketd *bitketd,
                const char *method,
                const char *path,
                const char *who,
                const char *body,
                guint status)
{
  Answer *answer = bitketd_ask (bitketd, method, path, who, body);

  if (answer->status != status)
    g_test_message ("%s %s %s: %u %s", method, path, body, answer->status, answer->text);
  g_assert_cmpuint (answer->status, ==, status);
  return answer;
}

char *
bitketd_make (Bitketd *bitketd, const char *collection, const char *who, const char *body)
{
  g_autofree char *path = g_strdup_printf ("/api/%s/", collection);
  g_autoptr (Answer) answer = bitketd_expect (bitketd, "POST", path, who, body, 201);
  const char *url = answer_get_text (answer, "url");

  g_assert_cmpstr (answer_get_header (answer, "Location"), ==, url);
  g_assert_true (g_str_has_prefix (url, bitketd->url));
  return g_strdup (url + strlen (bitketd->url));
}

void
bitketd_run_cases (Bitketd *bitketd, const char *who, const RequestCase *cases, gsize n)
{
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (Answer) answer =
          bitketd_ask (bitketd, cases[i].method, cases[i].path, who, cases[i].body);

      if (answer->status != cases[i].status ||
          (cases[i].answer != NULL && strcmp (answer->text, cases[i].answer) != 0))
        g_test_message ("%" G_GSIZE_FORMAT ": %s %s %s: %u %s", i, cases[i].method, cases[i].path,
                        cases[i].body, answer->status, answer->text);
      g_assert_cmpuint (answer->status, ==, cases[i].status);
      if (cases[i].answer != NULL)
        g_assert_cmpstr (answer->text, ==, cases[i].answer);
    }
}
