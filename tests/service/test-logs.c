/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

/* What bitketd leaves in its log, and the ids of requests. */

#include <string.h>

#include "bitket-request-log.h"
#include "bitketd-fixture.h"

#define CONFIG_INFO "[server]\nlog-level = info\n"
#define MAIL        "alice.secret@example.com"
#define PASSWORD    "hunter2-hunter2"
#define TOKEN       "deadbeefdeadbeefdeadbeefdeadbeefdeadbeef"

typedef struct
{
  Bitketd *bitketd; /* (unowned) */
  const char *text;
} Wait;

static gboolean
is_logged (gpointer data)
{
  Wait *wait = data;

  return strstr (bitket_test_process_get_errors (wait->bitketd->process), wait->text) != NULL;
}

/* The line is written when the answer is out, which the client may have before. */
static const char *
wait_for_log (Bitketd *bitketd, const char *text)
{
  Wait wait = { bitketd, text };

  if (!bitket_test_wait_until (is_logged, &wait, 30))
    g_test_message ("no “%s” in: %s", text, bitket_test_process_get_errors (bitketd->process));
  g_assert_true (is_logged (&wait));
  return bitket_test_process_get_errors (bitketd->process);
}

static void
test_names (void)
{
  static const struct
  {
    const char *name;
    gboolean is_valid;
  } cases[] = {
    { "a", TRUE },
    { "A-z_0.9", TRUE },
    { "0123456789012345678901234567890123456789012345678901234567890123", TRUE },
    { "01234567890123456789012345678901234567890123456789012345678901234", FALSE },
    { "", FALSE },
    { "a b", FALSE },
    { "a\nb", FALSE },
    { "a=b", FALSE },
    { "\"a\"", FALSE },
    { "a@b.se", FALSE },
    { "å", FALSE },
    { "a/b", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *taken = bitket_request_name_take (cases[i].name);

      g_assert_cmpint (bitket_request_name_is_valid (cases[i].name), ==, cases[i].is_valid);
      g_assert_true (bitket_request_name_is_valid (taken));
      g_assert_cmpint (strcmp (taken, cases[i].name) == 0, ==, cases[i].is_valid);
    }
}

static void
test_line (void)
{
  BitketCaller user = { .kind = BITKET_CALLER_USER, .id = WORLD_EVENT };
  BitketRequestOutcome outcome = {
    .name = "r-1",
    .method = BITKET_METHOD_GET,
    .route = "/api/events/{id}/",
    .status = 200,
    .duration_us = 12034,
    .caller = &user,
    .n_bytes = 17,
  };
  g_autofree char *line = bitket_request_log_format (&outcome);
  g_autofree char *unknown = NULL;

  user.email = (char *) MAIL;
  user.name = (char *) "Alice";
  g_assert_cmpstr (line, ==,
                   "request=r-1 method=GET route=/api/events/{id}/ status=200 ms=12.034"
                   " caller=user caller_id=" WORLD_EVENT " bytes=17");
  outcome.caller = NULL;
  outcome.method = BITKET_METHOD_OTHER;
  outcome.duration_us = 7;
  unknown = bitket_request_log_format (&outcome);
  g_assert_cmpstr (unknown, ==,
                   "request=r-1 method=other route=/api/events/{id}/ status=200 ms=0.007"
                   " caller=unknown bytes=17");
}

static void
test_ids (Bitketd *bitketd)
{
  g_autoptr (Answer) made = bitketd_ask (bitketd, "GET", "/api/", NULL, NULL);
  g_autoptr (Answer) other = bitketd_ask (bitketd, "GET", "/api/nothing/", NULL, NULL);
  g_autoptr (Answer) taken =
      bitketd_ask_with (bitketd, "GET", "/api/events/", NULL, NULL, "X-Request-Id", "mine.1_2-3");
  g_autoptr (Answer) refused =
      bitketd_ask_with (bitketd, "GET", "/healthz", NULL, NULL, "X-Request-Id", "not mine; \"x\"");

  g_assert_true (bitket_request_name_is_valid (answer_get_header (made, "X-Request-Id")));
  g_assert_true (bitket_request_name_is_valid (answer_get_header (other, "X-Request-Id")));
  g_assert_cmpstr (answer_get_header (made, "X-Request-Id"), !=,
                   answer_get_header (other, "X-Request-Id"));
  g_assert_cmpstr (answer_get_header (taken, "X-Request-Id"), ==, "mine.1_2-3");
  g_assert_true (bitket_request_name_is_valid (answer_get_header (refused, "X-Request-Id")));
}

/* Every line of a request: the keys in their order, and values that could not hold more than ids,
 * numbers and patterns. Returns: how many there are. */
static guint
check_lines (const char *log)
{
  static const char pattern[] =
      "^<6>request=[A-Za-z0-9._-]{1,64} method=(GET|HEAD|POST|PATCH|DELETE|OPTIONS|other)"
      " route=(other|web|/[a-z{}/-]*) status=[0-9]{1,3} ms=[0-9]+\\.[0-9]{3}"
      " caller=(none|unknown|(user|door) caller_id=[0-9a-f-]{36}) bytes=[0-9]+$";
  g_auto (GStrv) lines = g_strsplit (log, "\n", -1);
  guint n = 0;

  for (guint i = 0; lines[i] != NULL; i++)
    {
      if (!g_str_has_prefix (lines[i], "<6>request="))
        continue;
      if (!g_regex_match_simple (pattern, lines[i], 0, 0))
        g_test_message ("%s", lines[i]);
      g_assert_true (g_regex_match_simple (pattern, lines[i], 0, 0));
      n++;
    }
  return n;
}

static void
test_nothing_personal (Bitketd *bitketd)
{
  static const RequestCase cases[] = {
    { "POST", "/api/auth-token/", "{\"username\":\"" MAIL "\",\"password\":\"" PASSWORD "\"}", 0,
      NULL },
    { "POST", "/api/auth-token/", "{\"username\":\"" MAIL "\",\"password\":", 0, NULL },
    { "GET", "/api/access-codes/" TOKEN "/", NULL, 0, NULL },
    { "GET", "/api/tickets/?email=" MAIL, NULL, 0, NULL },
    { "GET", "/api/search/?q=" MAIL "&token=" TOKEN, NULL, 0, NULL },
    { "GET", "/" MAIL "?password=" PASSWORD, NULL, 0, NULL },
    { "DELETE", "/api/" MAIL "/" WORLD_CODE "/", NULL, 0, NULL },
    { "POST", "/api/doors/pair/", "{\"pairing\":\"" TOKEN "\"}", 0, NULL },
    { "POST", "/api/ticket-ownerships/" WORLD_OWNERSHIP "/utilize/?code=" WORLD_CODE, "{}", 0,
      NULL },
    { "POST", "/api/purchases/",
      "{\"tickets\":[],\"payment\":{\"type\":\"stripe\",\"payload\":\"" TOKEN "\"}}", 0, NULL },
    { "GET", "/api/ticket-ownerships/?code=" WORLD_CODE, NULL, 0, NULL },
    { "BREW", "/api/", NULL, 0, NULL },
  };
  static const char *const callers[] = { NULL, WORLD_STAFF, "Token " TOKEN, "Door " TOKEN,
                                         "JWT " TOKEN "." TOKEN "." TOKEN };
  static const char *const secrets[] = { "alice", PASSWORD, TOKEN, WORLD_CODE, "5e1f1ce",
                                         "@",     "?",      "JWT", "eyJ" };
  g_autofree char *jwt = NULL;
  const char *log;

  bitketd_configure (bitketd, CONFIG_INFO);
  jwt = bitketd_jwt (bitketd, "alice@example.com");
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    for (gsize k = 0; k <= G_N_ELEMENTS (callers); k++)
      {
        const char *caller = k < G_N_ELEMENTS (callers) ? callers[k] : jwt;

        g_autofree char *name = g_strdup_printf ("all-%u", (guint) (i * 10 + k));
        g_autoptr (Answer) answer = bitketd_ask_with (bitketd, cases[i].method, cases[i].path,
                                                      caller, cases[i].body, "X-Request-Id", name);

        g_assert_cmpstr (answer_get_header (answer, "X-Request-Id"), ==, name);
        g_assert_cmpuint (answer->status, <, 500);
        wait_for_log (bitketd, name);
      }
  log = bitket_test_process_get_errors (bitketd->process);
  g_assert_cmpuint (check_lines (log), ==, G_N_ELEMENTS (cases) * (G_N_ELEMENTS (callers) + 1));
  for (gsize i = 0; i < G_N_ELEMENTS (secrets); i++)
    {
      if (strstr (log, secrets[i]) != NULL)
        g_test_message ("“%s” in: %s", secrets[i], log);
      g_assert_null (strstr (log, secrets[i]));
    }
}

static void
test_callers (Bitketd *bitketd)
{
  g_auto (TestDoor) door = { 0 };
  g_autofree char *line = NULL;
  g_autoptr (Answer) staff = NULL;
  g_autoptr (Answer) paired = NULL;
  g_autoptr (Answer) nobody = NULL;
  g_autoptr (Answer) head = NULL;

  bitketd_configure (bitketd, CONFIG_INFO);
  bitketd_pair (bitketd, WORLD_EVENT, "North", &door);
  staff = bitketd_ask_with (bitketd, "GET", "/api/doors/", WORLD_STAFF, NULL, "X-Request-Id", "r1");
  wait_for_log (bitketd, "<6>request=r1 method=GET route=/api/doors/ status=200 ms=");
  g_assert_nonnull (strstr (wait_for_log (bitketd, "request=r1 "), "caller=user caller_id="));
  paired =
      bitketd_ask_with (bitketd, "GET", "/api/", door.authorization, NULL, "X-Request-Id", "r2");
  line = g_strdup_printf (" caller=door caller_id=%s bytes=", door.id);
  wait_for_log (bitketd, "request=r2 ");
  wait_for_log (bitketd, line);
  nobody = bitketd_ask_with (bitketd, "GET", "/api/none/", NULL, NULL, "X-Request-Id", "r3");
  wait_for_log (bitketd, "<6>request=r3 method=GET route=other status=404 ms=");
  head = bitketd_ask_with (bitketd, "HEAD", "/api/", NULL, NULL, "X-Request-Id", "r4");
  g_assert_true (g_regex_match_simple ("request=r4 [^\n]* caller=none bytes=0\n",
                                       wait_for_log (bitketd, "request=r4 "), 0, 0));
}

/* What goes wrong within a request can be found by what the client was told. */
static void
test_warnings (Bitketd *bitketd)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Answer) answer = NULL;
  BitketDb *db = bitketd_open_db (bitketd);
  BitketStatement *statement =
      bitket_db_prepare (db, "ALTER TABLE student_unions RENAME TO unions_gone", &error);

  g_assert_no_error (error);
  bitket_statement_run (statement, &error);
  g_assert_no_error (error);
  bitket_statement_free (statement);
  bitket_db_close (db);
  answer = bitketd_ask_with (bitketd, "GET", "/api/student-unions/", NULL, NULL, "X-Request-Id",
                             "broken-1");
  g_assert_cmpuint (answer->status, ==, 500);
  g_assert_true (g_regex_match_simple ("<4>GET /api/student-unions/: [^\n]* request=broken-1\n",
                                       wait_for_log (bitketd, "request=broken-1"), 0, 0));
  /* Without being asked for, there is no line of each request. */
  g_assert_null (strstr (bitket_test_process_get_errors (bitketd->process), "<6>"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/service/logs/names", test_names);
  g_test_add_func ("/service/logs/line", test_line);
  bitketd_test_add ("service/logs/ids", test_ids);
  bitketd_test_add ("service/logs/nothing-personal", test_nothing_personal);
  bitketd_test_add ("service/logs/callers", test_callers);
  bitketd_test_add ("service/logs/warnings", test_warnings);
  return g_test_run ();
}
