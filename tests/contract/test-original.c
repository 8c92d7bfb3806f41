/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

/* The original's wire contract: every reading route and every error text, asked of a real bitketd
 * and compared byte for byte with data/exchanges.json. There BASE stands for the service's address,
 * NOW for the time of an entry, "…" for what differs each time: pictures and resell tokens. */

#include <string.h>

#include "bitket-json-reader.h"
#include "bitket-jwt.h"
#include "bitket-signing.h"
#include "bitketd-fixture.h"

#define ACCESS_CODE         "9b2da194-cac6-5f0a-869d-11af71ab6895"
#define UNKNOWN_ACCESS_CODE "00000000-0000-4000-8000-000000000000"
#define DAY_S               (24 * 3600)

static JsonArray *
load_exchanges (JsonNode **document)
{
  g_autofree char *path =
      g_test_build_filename (G_TEST_DIST, "contract", "data", "exchanges.json", NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  gsize len;

  g_file_get_contents (path, &text, &len, &error);
  g_assert_no_error (error);
  *document = bitket_json_parse (text, (gssize) len, &error);
  g_assert_no_error (error);
  return json_node_get_array (*document);
}

/* "alice", or with a flaw: "forged:alice". Returns: (transfer full) */
static char *
make_jwt (const char *what)
{
  const char *colon = strchr (what, ':');
  const char *name = colon == NULL ? what : colon + 1;
  g_autofree char *flaw = colon == NULL ? g_strdup ("") : g_strndup (what, (gsize) (colon - what));
  g_autofree char *email = g_strconcat (name, "@example.com", NULL);
  BitketCaller user = { .kind = BITKET_CALLER_USER, .email = email, .name = (char *) "Name" };
  gint64 now_us = g_get_real_time ();
  gint64 orig_iat_s = now_us / G_USEC_PER_SEC;
  const char *secret = BITKETD_TEST_SECRET;
  char *token;

  if (strcmp (flaw, "forged") == 0)
    secret = "another key";
  else if (strcmp (flaw, "expired") == 0)
    now_us -= 2 * 3600 * G_TIME_SPAN_SECOND;
  else if (strcmp (flaw, "old") == 0)
    orig_iat_s -= 8 * DAY_S;
  else if (strcmp (flaw, "no-orig-iat") == 0)
    orig_iat_s = 0;
  token = bitket_jwt_encode (&user, secret, orig_iat_s, now_us);
  if (strcmp (flaw, "none") == 0)
    {
      /* {"alg":"none"}, and no signature at all. */
      const char *payload = strchr (token, '.');
      const char *end = strrchr (token, '.');
      char *unsigned_token =
          g_strdup_printf ("eyJhbGciOiJub25lIn0%.*s.", (int) (end - payload), payload);

      g_free (token);
      return unsigned_token;
    }
  return token;
}

static char *
make_authorization (const char *auth)
{
  static const char *const raw[] = { "garbage", "a.b.c", "a b" };
  g_autofree char *token = NULL;

  if (auth == NULL || g_ascii_strncasecmp (auth, "JWT ", 4) != 0)
    return g_strdup (auth);
  for (gsize i = 0; i < G_N_ELEMENTS (raw); i++)
    if (strcmp (auth + 4, raw[i]) == 0)
      return g_strdup (auth);
  token = make_jwt (auth + 4);
  return g_strdup_printf ("%.4s%s", auth, token);
}

static char *
replace (const char *text, const char *what, const char *with)
{
  g_auto (GStrv) parts = g_strsplit (text, what, -1);

  return g_strjoinv (with, parts);
}

/* {access-code} and {jwt …} */
static char *
fill_in (const char *text, GHashTable *codes)
{
  char *filled = g_strdup (text);
  const char *jwt = strstr (text, "{jwt ");
  GHashTableIter iter;
  gpointer name, value;

  g_hash_table_iter_init (&iter, codes);
  while (g_hash_table_iter_next (&iter, &name, &value))
    {
      char *next = replace (filled, name, value);

      g_free (filled);
      filled = next;
    }
  if (jwt != NULL)
    {
      const char *end = strchr (jwt, '}');
      g_autofree char *what = g_strndup (jwt + 5, (gsize) (end - jwt - 5));
      g_autofree char *placeholder = g_strndup (jwt, (gsize) (end - jwt + 1));
      g_autofree char *token = make_jwt (what);
      char *next = replace (filled, placeholder, token);

      g_free (filled);
      filled = next;
    }
  return filled;
}

static char *
cover (const char *text, const char *pattern, const char *with)
{
  g_autoptr (GRegex) regex = g_regex_new (pattern, 0, 0, NULL);
  char *covered = g_regex_replace_literal (regex, text, -1, 0, with, 0, NULL);

  g_assert_nonnull (covered);
  return covered;
}

/* What differs from one time to the next. */
static char *
normalize (Bitketd *bitketd, const char *text, const char *expected)
{
  g_autofree char *based = replace (text, bitketd->url, "BASE");
  g_autofree char *drawn =
      cover (based, "\"qr\":\"data:image/png;base64,iVBORw0KGgo[A-Za-z0-9+/=]+\"", "\"qr\":\"…\"");
  g_autofree char *signed_text =
      cover (drawn, "\"resell_token\":\"eyJ[A-Za-z0-9_-]+\\.[A-Za-z0-9]+\\.[A-Za-z0-9_-]{27}\"",
             "\"resell_token\":\"…\"");

  if (strstr (expected, "\"NOW\"") == NULL)
    return g_steal_pointer (&signed_text);
  return cover (signed_text, "\"utilized\":\"20[0-9-]{8}T[0-9:]{8}(\\.[0-9]{6})?Z\"",
                "\"utilized\":\"NOW\"");
}

static void
check_headers (JsonObject *exchange, Answer *answer, const char *name)
{
  JsonObject *headers;
  g_autoptr (GList) names = NULL;

  if (!json_object_has_member (exchange, "headers"))
    return;
  headers = json_object_get_object_member (exchange, "headers");
  names = json_object_get_members (headers);
  for (GList *l = names; l != NULL; l = l->next)
    {
      const char *value = answer_get_header (answer, l->data);

      if (g_strcmp0 (value, json_object_get_string_member (headers, l->data)) != 0)
        g_test_message ("%s: header %s", name, (const char *) l->data);
      g_assert_cmpstr (value, ==, json_object_get_string_member (headers, l->data));
    }
}

static void
run_exchange (Bitketd *bitketd, JsonObject *exchange, GHashTable *codes)
{
  const char *name = json_object_get_string_member (exchange, "name");
  const char *method = json_object_get_string_member (exchange, "method");
  g_autofree char *path = fill_in (json_object_get_string_member (exchange, "path"), codes);
  g_autofree char *authorization =
      make_authorization (json_object_get_string_member_with_default (exchange, "auth", NULL));
  const char *raw_body = json_object_get_string_member_with_default (exchange, "body", NULL);
  g_autofree char *body = raw_body == NULL ? NULL : fill_in (raw_body, codes);
  g_autofree char *expected = fill_in (json_object_get_string_member (exchange, "answer"), codes);
  g_autoptr (Answer) answer = bitketd_ask (bitketd, method, path, authorization, body);
  g_autofree char *text = normalize (bitketd, answer->text, expected);

  if (g_strcmp0 (text, expected) != 0)
    g_test_message ("%s: %s %s: %u", name, method, path, answer->status);
  g_assert_cmpstr (text, ==, expected);
  g_assert_cmpuint (answer->status, ==, json_object_get_int_member (exchange, "status"));
  check_headers (exchange, answer, name);
}

static char *
find_used_code (Bitketd *bitketd)
{
  g_autoptr (BitketDb) db = bitketd_open_db (bitketd);
  g_autoptr (BitketStatement) statement =
      bitket_db_prepare (db, "SELECT access_code FROM tickets WHERE access_code IS NOT NULL", NULL);

  g_assert_nonnull (statement);
  g_assert_true (bitket_statement_step (statement, NULL));
  return g_strdup (bitket_statement_get_text (statement, 0));
}

static void
test_exchanges (Bitketd *bitketd)
{
  g_autoptr (JsonNode) document = NULL;
  JsonArray *exchanges = load_exchanges (&document);
  g_autoptr (GHashTable) codes = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
  g_autofree char *used = find_used_code (bitketd);
  gint64 now_us = g_get_real_time ();

  g_hash_table_insert (codes, (gpointer) "{access-code}",
                       bitket_access_token_dump (ACCESS_CODE, BITKETD_TEST_SECRET, now_us));
  g_hash_table_insert (codes, (gpointer) "{used-code}",
                       bitket_access_token_dump (used, BITKETD_TEST_SECRET, now_us));
  g_hash_table_insert (codes, (gpointer) "{unknown-code}",
                       bitket_access_token_dump (UNKNOWN_ACCESS_CODE, BITKETD_TEST_SECRET, now_us));
  g_assert_cmpuint (json_array_get_length (exchanges), >, 100);
  for (guint i = 0; i < json_array_get_length (exchanges); i++)
    run_exchange (bitketd, json_array_get_object_element (exchanges, i), codes);
}

/* A refreshed token keeps orig_iat and is as good as the first. */
static void
test_refresh (Bitketd *bitketd)
{
  g_autofree char *first = make_jwt ("bob");
  g_autofree char *body = g_strdup_printf ("{\"token\":\"%s\"}", first);
  g_autoptr (Answer) refreshed =
      bitketd_ask (bitketd, "POST", "/api/auth-token/refresh/", NULL, body);
  g_autofree char *authorization = NULL;
  g_autoptr (Answer) users = NULL;
  g_auto (BitketJwtClaims) claims = { 0 };
  g_auto (BitketJwtClaims) first_claims = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (refreshed->status, ==, 200);
  bitket_jwt_decode (first, BITKETD_TEST_SECRET, g_get_real_time (), &first_claims, &error);
  g_assert_no_error (error);
  bitket_jwt_decode (answer_get_text (refreshed, "token"), BITKETD_TEST_SECRET, g_get_real_time (),
                     &claims, &error);
  g_assert_no_error (error);
  g_assert_cmpint (claims.orig_iat_s, ==, first_claims.orig_iat_s);
  g_assert_cmpstr (claims.username, ==, "bob@example.com");
  authorization = g_strconcat ("JWT ", answer_get_text (refreshed, "token"), NULL);
  users = bitketd_ask (bitketd, "GET", "/api/users/", authorization, NULL);
  g_assert_cmpstr (json_object_get_string_member (answer_get_element (users, 0), "name"), ==,
                   "Bob Boström");
}

/* Staff of the platform sees every ownership; the order is that of their making. */
static void
test_staff_list (Bitketd *bitketd)
{
  g_autoptr (Answer) answer =
      bitketd_ask (bitketd, "GET", "/api/ticket-ownerships/", WORLD_STAFF, NULL);
  g_autoptr (Answer) events = bitketd_ask (bitketd, "GET", "/api/events/", WORLD_STAFF, NULL);
  g_autoptr (GList) members = NULL;

  g_assert_cmpuint (json_array_get_length (json_node_get_array (answer->json)), ==, 10);
  g_assert_cmpstr (json_object_get_string_member (answer_get_element (answer, 0), "id"), ==,
                   WORLD_OWNERSHIP);
  /* The hidden one too, and what is ours stands after the original's members. */
  g_assert_cmpuint (json_array_get_length (json_node_get_array (events->json)), ==, 3);
  members = json_object_get_members (answer_get_element (events, 1));
  g_assert_cmpuint (g_list_length (members), ==, 11);
  g_assert_cmpstr (g_list_nth_data (members, 0), ==, "url");
  g_assert_cmpstr (g_list_nth_data (members, 5), ==, "organization");
  g_assert_cmpstr (g_list_nth_data (members, 6), ==, "published");
}

/* One resource is spelled the same way everywhere, with the scheme that the visitor used. */
static void
test_forwarded_scheme (Bitketd *bitketd)
{
  g_autoptr (Answer) answer = bitketd_ask_with (bitketd, "GET", "/api/events/" WORLD_EVENT "/",
                                                NULL, NULL, "X-Forwarded-Proto", "https");
  g_autofree char *expected =
      g_strconcat ("https", bitketd->url + strlen ("http"), "/api/events/" WORLD_EVENT "/", NULL);

  g_assert_cmpstr (answer_get_text (answer, "url"), ==, expected);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  bitketd_test_add ("contract/original/exchanges", test_exchanges);
  bitketd_test_add ("contract/original/refresh", test_refresh);
  bitketd_test_add ("contract/original/staff-list", test_staff_list);
  bitketd_test_add ("contract/original/forwarded-scheme", test_forwarded_scheme);
  return g_test_run ();
}
