/* SPDX-License-Identifier: MIT */
#include <locale.h>
#include <string.h>

#include "bitket-record.h"
#include "client-fixture.h"

#define ROW(n)                                                                                     \
  "{\"url\":\"http://x/api/organizations/00000000-0000-4000-8000-00000000000" n "/\","             \
  "\"id\":\"00000000-0000-4000-8000-00000000000" n "\",\"name\":\"Org " n "\","                    \
  "\"organization_number\":\"\",\"address\":\"\",\"email\":\"a@example.org\",\"new_in_2030\":[]}"

/* Three pages, the next one in the Link header, as the service has it. */
static void
pages_cb (SoupServer *server,
          SoupServerMessage *message,
          const char *path,
          GHashTable *query,
          gpointer user_data)
{
  static const char *const pages[] = { "[" ROW ("1") "," ROW ("2") "]", "[" ROW ("3") "]", "[]" };
  ClientFixture *fixture = user_data;
  const char *cursor = query ? g_hash_table_lookup (query, "cursor") : NULL;
  guint page = cursor ? (guint) g_ascii_strtoull (cursor, NULL, 10) : 0;

  fixture->n_requests++;
  soup_server_message_set_status (message, 200, NULL);
  if (page < 2)
    {
      g_autofree char *link =
          g_strdup_printf ("<%s/api/?x=1>; rel=\"first\", <%s%s?cursor=%u>; rel=\"next\"",
                           fixture->base_url, fixture->base_url, path, page + 1);

      soup_message_headers_replace (soup_server_message_get_response_headers (message), "Link",
                                    link);
    }
  soup_server_message_set_response (message, "application/json", SOUP_MEMORY_STATIC, pages[page],
                                    strlen (pages[page]));
}

static GPtrArray *
list (ClientFixture *fixture, GCancellable *cancellable, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  bitket_session_list_async (fixture->session, "organizations", NULL, cancellable, client_result_cb,
                             &result);
  return bitket_session_list_finish (fixture->session, client_await (&result), error);
}

static void
test_pages (ClientFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) records = NULL;

  soup_server_add_handler (fixture->server, "/api/organizations/", pages_cb, fixture, NULL);
  records = list (fixture, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (fixture->n_requests, ==, 3);
  g_assert_cmpuint (records->len, ==, 3);
  for (guint i = 0; i < records->len; i++)
    {
      g_autofree char *name = g_strdup_printf ("Org %u", i + 1);
      BitketRecord *record = g_ptr_array_index (records, i);

      g_assert_cmpstr (bitket_record_get_text (record, "name"), ==, name);
      g_assert_false (bitket_record_is_changed (record, "name"));
    }
}

static void
test_bad_answers (ClientFixture *fixture, gconstpointer data)
{
  static const char *const bodies[] = {
    "{}",
    "7",
    "null",
    "[7]",
    "[{\"id\":7}]",
    "[" ROW ("1") ",{\"id\":\"00000000-0000-4000-8000-000000000002\",\"name\":false}]",
  };

  for (guint i = 0; i < G_N_ELEMENTS (bodies); i++)
    {
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", bodies[i]);
      fixture->body = bodies[i];
      g_assert_null (list (fixture, NULL, &error));
      g_assert_error (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_ANSWER);
    }
}

static void
test_next_elsewhere (ClientFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fixture->body = "[]";
  fixture->header_name = "Link";
  fixture->header_value = "<https://evil.example.org/api/organizations/>; rel=\"next\"";
  g_assert_null (list (fixture, NULL, &error));
  g_assert_error (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_ADDRESS);
}

static void
test_refused (ClientFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fixture->status = 403;
  fixture->body = "{\"detail\":\"no\"}";
  g_assert_null (list (fixture, NULL, &error));
  g_assert_error (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_FORBIDDEN);
}

static void
test_cancelled (ClientFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  fixture->body = "[]";
  bitket_session_list_async (fixture->session, "organizations", "event=1", cancellable,
                             client_result_cb, &result);
  g_cancellable_cancel (cancellable);
  g_assert_null (bitket_session_list_finish (fixture->session, client_await (&result), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

#define ADD(path, func)                                                                            \
  g_test_add (path, ClientFixture, NULL, client_fixture_set_up, func, client_fixture_tear_down)

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  g_test_init (&argc, &argv, NULL);
  ADD ("/client/list/pages", test_pages);
  ADD ("/client/list/bad-answers", test_bad_answers);
  ADD ("/client/list/next-elsewhere", test_next_elsewhere);
  ADD ("/client/list/refused", test_refused);
  ADD ("/client/list/cancelled", test_cancelled);
  return g_test_run ();
}
