/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

/* What is answered outside of the API: our own page, and a web client's files. */

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bitket-web.h"
#include "bitketd-fixture.h"

#define SECRET "not for the world"

static void
test_languages (void)
{
  static const struct
  {
    const char *header;
    gboolean is_swedish;
  } cases[] = {
    { NULL, FALSE },
    { "", FALSE },
    { "sv", TRUE },
    { "sv-SE,sv;q=0.9,en;q=0.8", TRUE },
    { "en-GB,en;q=0.9,sv;q=0.8", FALSE },
    { "de, SV;q=0.5, en;q=0.4", TRUE },
    { "svx", FALSE },
    { "*", FALSE },
    { "sv;q=0", FALSE },
    { ";;;,,,=q", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpint (bitket_web_prefers_swedish (cases[i].header), ==, cases[i].is_swedish);
}

static void
test_inserts (void)
{
  static const struct
  {
    const char *page;
    const char *result;
  } cases[] = {
    { "", "<script>X</script>" },
    { "<p>", "<script>X</script><p>" },
    { "<!doctype html><p>", "<!doctype html><script>X</script><p>" },
    { "<!DOCTYPE html><HEAD a=b><title>", "<!DOCTYPE html><HEAD a=b><script>X</script><title>" },
    { "<header></header>", "<script>X</script><header></header>" },
    { "<head", "<script>X</script><head" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) page = g_bytes_new_static (cases[i].page, strlen (cases[i].page));
      g_autoptr (GBytes) result = bitket_web_files_insert (page, "X");
      g_autofree char *text =
          g_strndup (g_bytes_get_data (result, NULL), g_bytes_get_size (result));

      g_assert_cmpstr (text, ==, cases[i].result);
    }
}

/* The page's only script is the settings, and the policy lets in that one and no other. */
static void
check_page (Answer *answer)
{
  static const char *const settings[] = {
    "AUTH_FACEBOOK_AUTHORIZATION_URL",
    "AUTH_FACEBOOK_CLIENT_ID",
    "AUTH_GOOGLE_AUTHORIZATION_URL",
    "AUTH_GOOGLE_CLIENT_ID",
    "AUTH_LIU_AUTHORIZATION_URL",
    "AUTH_LIU_CLIENT_ID",
    "OPBEAT_APP_ID",
    "OPBEAT_ORG_ID",
    "STRIPE_PUBLIC_KEY",
    "TYPEKIT_ID",
  };
  const char *policy = answer_get_header (answer, "Content-Security-Policy");
  const char *begin = strstr (answer->text, "<script>window.FRONTEND_ENV=");
  const char *end = begin != NULL ? strstr (begin, ";</script>") : NULL;
  g_autofree char *script = NULL;
  g_autofree char *json = NULL;
  g_autofree char *hash = NULL;
  g_autoptr (JsonNode) node = NULL;

  g_assert_cmpuint (answer->status, ==, 200);
  g_assert_cmpstr (answer_get_header (answer, "Content-Type"), ==, "text/html; charset=utf-8");
  g_assert_nonnull (answer_get_header (answer, "Referrer-Policy"));
  g_assert_nonnull (answer_get_header (answer, "Permissions-Policy"));
  g_assert_nonnull (end);
  script = g_strndup (begin + strlen ("<script>"), (gsize) (end + 1 - begin) - strlen ("<script>"));
  hash = bitket_web_dup_hash (script);
  g_assert_nonnull (policy);
  g_assert_nonnull (strstr (policy, hash));
  g_assert_null (strstr (policy, "unsafe-eval"));
  json = g_strndup (script + strlen ("window.FRONTEND_ENV="),
                    strlen (script) - strlen ("window.FRONTEND_ENV=") - 1);
  node = json_from_string (json, NULL);
  g_assert_nonnull (node);
  g_assert_cmpuint (json_object_get_size (json_node_get_object (node)), ==,
                    G_N_ELEMENTS (settings));
  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++)
    g_assert_true (json_object_has_member (json_node_get_object (node), settings[i]));
}

static void
test_page (Bitketd *bitketd)
{
  static const RequestCase pages[] = {
    { "GET", "/", NULL, 200, NULL },
    { "GET", "/events/something", NULL, 200, NULL },
    { "GET", "/api", NULL, 200, NULL },
    { "GET", "/healthz/", NULL, 200, NULL },
    { "GET", "/%ff?x=%3Cscript%3E", NULL, 200, NULL },
    { "POST", "/", "{}", 200, NULL },
    { "DELETE", "/anything", NULL, 200, NULL },
    { "BREW", "/coffee", NULL, 200, NULL },
  };
  g_autoptr (Answer) english = bitketd_ask (bitketd, "GET", "/", NULL, NULL);
  g_autoptr (Answer) swedish =
      bitketd_ask_with (bitketd, "GET", "/", NULL, NULL, "Accept-Language", "sv-SE");
  g_autoptr (Answer) again = bitketd_ask_with (bitketd, "GET", "/", NULL, NULL, "If-None-Match",
                                               answer_get_header (english, "ETag"));
  g_autoptr (Answer) head = bitketd_ask (bitketd, "HEAD", "/", NULL, NULL);
  g_autoptr (Answer) unknown = bitketd_ask (bitketd, "GET", "/api/nothing", NULL, NULL);
  g_autoptr (Answer) health = bitketd_ask (bitketd, "GET", "/healthz", NULL, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (pages); i++)
    {
      g_autoptr (Answer) answer =
          bitketd_ask (bitketd, pages[i].method, pages[i].path, NULL, pages[i].body);

      g_test_message ("%s %s", pages[i].method, pages[i].path);
      check_page (answer);
    }
  g_assert_nonnull (strstr (english->text, "<html lang=\"en\">"));
  g_assert_nonnull (strstr (swedish->text, "<html lang=\"sv\">"));
  g_assert_nonnull (strstr (answer_get_header (english, "Vary"), "Accept-Language"));
  g_assert_null (strstr (answer_get_header (english, "Content-Security-Policy"), "unsafe"));
  g_assert_null (strstr (english->text, "class=\"sandbox\""));
  g_assert_cmpuint (again->status, ==, 304);
  g_assert_cmpuint (head->status, ==, 200);
  g_assert_cmpstr (head->text, ==, "");
  g_assert_cmpuint (unknown->status, ==, 404);
  g_assert_cmpstr (unknown->text, ==, "{\"detail\":\"Not found.\"}");
  g_assert_cmpstr (health->text, ==, "{\"status\":\"ok\"}");
}

static void
run_sql (Bitketd *bitketd, const char *sql, const char *text)
{
  g_autoptr (BitketDb) db = bitketd_open_db (bitketd);
  g_autoptr (BitketStatement) statement = bitket_db_prepare (db, sql, NULL);

  g_assert_nonnull (statement);
  bitket_statement_bind_text (statement, 1, text);
  g_assert_true (bitket_statement_run (statement, NULL));
}

/* What is published, escaped; what is not, not. */
static void
test_events (Bitketd *bitketd)
{
  g_autoptr (Answer) shown = NULL;
  g_autoptr (Answer) hidden = NULL;
  g_autoptr (Answer) sandbox = NULL;

  run_sql (bitketd,
           "UPDATE events SET name = $1, published = 1, ends = NULL"
           " WHERE id = '" WORLD_EVENT "'",
           "</h2><script>alert(1)</script>&");
  shown = bitketd_ask (bitketd, "GET", "/", NULL, NULL);
  g_assert_nonnull (
      strstr (shown->text, "<h2>&lt;/h2&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;</h2>"));
  g_assert_null (strstr (shown->text, "<script>alert"));
  run_sql (bitketd, "UPDATE events SET name = $1, published = 0", SECRET);
  hidden = bitketd_ask (bitketd, "GET", "/", NULL, NULL);
  g_assert_null (strstr (hidden->text, SECRET));
  g_assert_nonnull (strstr (hidden->text, "Nothing is on sale"));
  bitketd_configure (bitketd, "[payments]\nprovider = sandbox\n");
  sandbox = bitketd_ask (bitketd, "GET", "/", NULL, NULL);
  check_page (sandbox);
  g_assert_nonnull (strstr (sandbox->text, "no real money moves"));
}

/* No file of the client's stands there. */
static const char *const places[] = {
  "/",
  "/some/place/in/it",
  "/.env",
  "/../outside.txt",
  "/%2e%2e/outside.txt",
  "/..%2foutside.txt",
  "/static/..%2f..%2foutside.txt",
  "/static/%2e%2e/%2e%2e/outside.txt",
  "/static//app%20a.js",
  "//etc/passwd",
  "/link.txt",
  "/up/outside.txt",
  "/up/",
  "/fifo.txt",
  "/static",
  "/static/",
  "/index.html%00.txt",
  "/%ff%fe",
};

/* A client's files, and what must never be read though it lies about. Returns: the directory */
static char *
make_root (const char *dir)
{
  g_autofree char *outside = bitket_test_write_file (dir, "outside.txt", SECRET);
  char *root = g_build_filename (dir, "root", NULL);
  g_autofree char *below = g_build_filename (root, "static", NULL);
  g_autofree char *link = g_build_filename (root, "link.txt", NULL);
  g_autofree char *directory = g_build_filename (root, "up", NULL);
  g_autofree char *fifo = g_build_filename (root, "fifo.txt", NULL);
  g_autofree char *index = NULL;
  g_autofree char *dot = NULL;
  g_autofree char *js = NULL;
  g_autofree char *svg = NULL;
  g_autofree char *empty = NULL;

  g_assert_cmpint (g_mkdir_with_parents (below, 0700), ==, 0);
  index = bitket_test_write_file (root, "index.html",
                                  "<!doctype html><html><head><title>Shop</title></head></html>");
  dot = bitket_test_write_file (root, ".env", SECRET);
  js = bitket_test_write_file (below, "app a.js", "let a = 1;");
  svg = bitket_test_write_file (below, "a.svg", "<svg/>");
  empty = bitket_test_write_file (below, "empty.css", "");
  g_assert_cmpint (symlink (outside, link), ==, 0);
  g_assert_cmpint (symlink (dir, directory), ==, 0);
  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  return root;
}

static void
test_paths (void)
{
  g_autofree char *dir = bitket_test_new_dir ();
  g_autofree char *root = make_root (dir);
  const char *content_type = NULL;
  g_autoptr (GBytes) file = bitket_web_files_read (root, "/static/app%20a.js", &content_type);

  g_assert_cmpmem (g_bytes_get_data (file, NULL), g_bytes_get_size (file), "let a = 1;", 10);
  g_assert_cmpstr (content_type, ==, "text/javascript; charset=utf-8");
  for (gsize i = 0; i < G_N_ELEMENTS (places); i++)
    {
      g_test_message ("%s", places[i]);
      g_assert_null (bitket_web_files_read (root, places[i], &content_type));
    }
  g_assert_null (bitket_web_files_read (root, "", &content_type));
  g_assert_null (bitket_web_files_read (root, "static/a.svg", &content_type));
  g_assert_null (bitket_web_files_read ("/nonexistent", "/index.html", &content_type));
  bitket_test_dir_free (g_steal_pointer (&dir));
}

static void
check_file (Bitketd *bitketd, const char *path, const char *content_type, const char *text)
{
  g_autoptr (Answer) answer = bitketd_expect (bitketd, "GET", path, NULL, NULL, 200);
  g_autoptr (Answer) head = bitketd_expect (bitketd, "HEAD", path, NULL, NULL, 200);
  g_autoptr (Answer) again = bitketd_ask_with (bitketd, "GET", path, NULL, NULL, "If-None-Match",
                                               answer_get_header (answer, "ETag"));

  g_assert_cmpstr (answer_get_header (answer, "Content-Type"), ==, content_type);
  g_assert_cmpstr (answer_get_header (answer, "X-Content-Type-Options"), ==, "nosniff");
  g_assert_cmpstr (answer->text, ==, text);
  g_assert_cmpstr (head->text, ==, "");
  g_assert_cmpuint (again->status, ==, 304);
}

static void
test_files (Bitketd *bitketd)
{
  g_autofree char *root = make_root (bitketd->dir);
  g_autofree char *config = g_strdup_printf ("[http]\nweb-root = %s\n", root);
  g_autoptr (Answer) posted = NULL;
  g_autoptr (Answer) api = NULL;

  bitketd_configure (bitketd, config);
  check_file (bitketd, "/static/app%20a.js", "text/javascript; charset=utf-8", "let a = 1;");
  check_file (bitketd, "/static/a.svg?v=1", "image/svg+xml", "<svg/>");
  check_file (bitketd, "/static/empty.css", "text/css; charset=utf-8", "");
  for (gsize i = 0; i < G_N_ELEMENTS (places); i++)
    {
      g_autoptr (Answer) answer = bitketd_ask (bitketd, "GET", places[i], NULL, NULL);

      g_test_message ("%s", places[i]);
      g_assert_null (strstr (answer->text, SECRET));
      /* What leads upwards, libsoup refuses before anybody reads it. */
      if (strstr (places[i], "..") != NULL || strchr (places[i], '%') != NULL)
        if (answer->status == 400)
          continue;
      check_page (answer);
      g_assert_nonnull (strstr (answer->text, "<title>Shop</title>"));
      g_assert_true (g_str_has_prefix (answer->text, "<!doctype html><html><head><script>"));
    }
  posted = bitketd_ask (bitketd, "POST", "/static/a.svg", NULL, "{}");
  check_page (posted);
  api = bitketd_ask (bitketd, "GET", "/api/nothing/", NULL, NULL);
  g_assert_cmpuint (api->status, ==, 404);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/service/web/languages", test_languages);
  g_test_add_func ("/service/web/inserts", test_inserts);
  g_test_add_func ("/service/web/paths", test_paths);
  bitketd_test_add ("service/web/page", test_page);
  bitketd_test_add ("service/web/events", test_events);
  bitketd_test_add ("service/web/files", test_files);
  return g_test_run ();
}
