/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

#include "exchange.h"

#include <glib/gstdio.h>
#include <string.h>

#include "bitket-json-reader.h"
#include "bitket-jwt.h"
#include "bitket-signing.h"

#define ACCESS_CODE         "9b2da194-cac6-5f0a-869d-11af71ab6895"
#define USED_ACCESS_CODE    "711e6c1e-0fa8-575f-8257-5c5e31c95ffa"
#define UNKNOWN_ACCESS_CODE "00000000-0000-4000-8000-000000000000"
#define OLD_US              (G_GINT64_CONSTANT (1500000000) * G_USEC_PER_SEC)
#define DAY_S               (24 * 3600)

static const char *const tables[] = { "tickets", "pending", "ownerships", "transactions" };

/* Sums of the database, in the order of tables[]. */
#define ROWS_SQL                                                                                   \
  "SELECT (SELECT COUNT (*) FROM tickets), (SELECT COUNT (*) FROM tickets WHERE pending = 1),"     \
  " (SELECT COUNT (*) FROM ticket_ownerships), (SELECT COUNT (*) FROM transactions)"

typedef struct
{
  gint64 rows[G_N_ELEMENTS (tables)];
  guint n_payments;
} Sums;

static void
add_code (Scene *scene, const char *placeholder, const char *id, const char *secret, gint64 now_us)
{
  g_hash_table_insert (scene->codes, (gpointer) placeholder,
                       bitket_access_token_dump (id, secret, now_us));
}

static void
make_codes (Scene *scene)
{
  gint64 now_us = g_get_real_time ();

  scene->codes = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
  add_code (scene, "{access-code}", ACCESS_CODE, BITKETD_TEST_SECRET, now_us);
  add_code (scene, "{old-code}", ACCESS_CODE, BITKETD_TEST_SECRET, OLD_US);
  add_code (scene, "{forged-code}", ACCESS_CODE, "another key", now_us);
  add_code (scene, "{used-code}", USED_ACCESS_CODE, BITKETD_TEST_SECRET, now_us);
  add_code (scene, "{unknown-code}", UNKNOWN_ACCESS_CODE, BITKETD_TEST_SECRET, now_us);
}

static void
take_cards (Scene *scene)
{
  g_autofree char *key =
      bitket_test_write_file (scene->bitketd->dir, "stripe-key", BITKET_TEST_STRIPE_KEY "\n");
  g_autofree char *config = NULL;

  g_assert_cmpint (g_chmod (key, 0600), ==, 0);
  scene->ledger = g_build_filename (scene->bitketd->dir, "ledger", NULL);
  scene->stripe = bitket_test_stripe_start (scene->ledger);
  config =
      g_strdup_printf ("[payments]\nprovider = stripe\nstripe-key-file = %s\nstripe-api-url = %s\n",
                       key, scene->stripe->url);
  bitketd_configure (scene->bitketd, config);
}

void
scene_init (Scene *scene, Bitketd *bitketd, const char *name)
{
  g_autofree char *config = NULL;

  *scene = (Scene) { .bitketd = bitketd };
  make_codes (scene);
  if (strcmp (name, "purchases") == 0)
    take_cards (scene);
  if (strcmp (name, "sign-in") == 0)
    {
      scene->provider = bitket_test_provider_start ();
      config = bitket_test_provider_make_config (scene->provider, bitketd->dir, NULL);
      bitketd_configure (bitketd, config);
    }
  scene->db = bitketd_open_db (bitketd);
}

void
scene_clear (Scene *scene)
{
  g_clear_pointer (&scene->db, bitket_db_close);
  g_clear_pointer (&scene->codes, g_hash_table_unref);
  g_clear_pointer (&scene->stripe, bitket_test_stripe_stop);
  g_clear_pointer (&scene->provider, bitket_test_provider_stop);
  g_clear_pointer (&scene->ledger, g_free);
}

JsonNode *
exchanges_load (const char *name)
{
  g_autofree char *file = g_strconcat (name, ".json", NULL);
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "contract", "data", file, NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  JsonNode *document;
  gsize len;

  g_file_get_contents (path, &text, &len, &error);
  g_assert_no_error (error);
  document = bitket_json_parse (text, (gssize) len, &error);
  g_assert_no_error (error);
  return document;
}

char *
exchange_make_jwt (const char *what)
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
  token = exchange_make_jwt (auth + 4);
  return g_strdup_printf ("%.4s%s", auth, token);
}

/* @text: (transfer full). Returns: (transfer full) */
static char *
replace (char *text, const char *what, const char *with)
{
  g_auto (GStrv) parts = g_strsplit (text, what, -1);

  g_free (text);
  return g_strjoinv (with, parts);
}

static char *
make_secure_url (Scene *scene)
{
  return g_strconcat ("https", scene->bitketd->url + strlen ("http"), NULL);
}

/* What stands for @name and @argument: {jwt alice}, {code liu}. */
static char *
make_value (Scene *scene, const char *name, const char *argument)
{
  if (strcmp (name, "jwt") == 0)
    return exchange_make_jwt (argument);
  g_assert_cmpstr (name, ==, "code");
  return bitket_test_provider_get_code (scene->provider, argument, NULL);
}

static char *
fill_in (Scene *scene, const char *text)
{
  g_autoptr (GRegex) regex = g_regex_new ("\\{(jwt|code) ([a-z:-]+)\\}", 0, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;
  char *filled = g_strdup (text);
  GHashTableIter iter;
  gpointer name, value;

  g_hash_table_iter_init (&iter, scene->codes);
  while (g_hash_table_iter_next (&iter, &name, &value))
    filled = replace (filled, name, value);
  if (g_regex_match (regex, text, 0, &match))
    {
      g_autofree char *placeholder = g_match_info_fetch (match, 0);
      g_autofree char *what = g_match_info_fetch (match, 1);
      g_autofree char *argument = g_match_info_fetch (match, 2);
      g_autofree char *made = make_value (scene, what, argument);

      filled = replace (filled, placeholder, made);
    }
  return filled;
}

static char *
cover (char *text, const char *pattern, const char *with)
{
  g_autoptr (GRegex) regex = g_regex_new (pattern, 0, 0, NULL);
  char *covered = g_regex_replace_literal (regex, text, -1, 0, with, 0, NULL);

  g_assert_nonnull (covered);
  g_free (text);
  return covered;
}

/* What differs from one time to the next. */
static char *
normalize (Scene *scene, const char *answer, const char *expected)
{
  g_autofree char *secure = make_secure_url (scene);
  char *text = replace (g_strdup (answer), scene->bitketd->url, "BASE");

  text = replace (text, secure, "SECURE");
  text =
      cover (text, "\"qr\":\"data:image/png;base64,iVBORw0KGgo[A-Za-z0-9+/=]+\"", "\"qr\":\"…\"");
  text = cover (text, "\"resell_token\":\"eyJ[A-Za-z0-9_-]+\\.[A-Za-z0-9]+\\.[A-Za-z0-9_-]{27}\"",
                "\"resell_token\":\"…\"");
  if (strstr (expected, "\"NOW\"") != NULL)
    text = cover (text, "\"utilized\":\"20[0-9-]{8}T[0-9:]{8}(\\.[0-9]{6})?Z\"",
                  "\"utilized\":\"NOW\"");
  if (strstr (expected, "TICKET") != NULL)
    text = cover (text, "\"url\":\"BASE/api/tickets/([0-9a-f-]{36})/\",\"id\":\"\\1\"",
                  "\"url\":\"BASE/api/tickets/TICKET/\",\"id\":\"TICKET\"");
  if (strstr (expected, "\"token\":\"…\"") != NULL)
    text = cover (text, "\"token\":\"eyJ[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]{86}\"",
                  "\"token\":\"…\"");
  return text;
}

static const char *
get_text (JsonObject *exchange, const char *name)
{
  return json_object_get_string_member_with_default (exchange, name, NULL);
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

      if (g_strcmp0 (value, get_text (headers, l->data)) != 0)
        g_test_message ("%s: header %s", name, (const char *) l->data);
      g_assert_cmpstr (value, ==, get_text (headers, l->data));
    }
}

static void
run_sql (Scene *scene, JsonObject *exchange, const char *member)
{
  JsonArray *statements;

  if (!json_object_has_member (exchange, member))
    return;
  statements = json_object_get_array_member (exchange, member);
  for (guint i = 0; i < json_array_get_length (statements); i++)
    {
      g_autoptr (GError) error = NULL;

      bitket_db_execute (scene->db, json_array_get_string_element (statements, i), &error);
      g_assert_no_error (error);
    }
}

/* The lines of Stripe's ledger behind the first @n_before. */
static char **
read_ledger (Scene *scene)
{
  g_autofree char *text = NULL;

  if (scene->ledger == NULL || !g_file_get_contents (scene->ledger, &text, NULL, NULL))
    return g_new0 (char *, 1);
  g_strchomp (text);
  return *text == '\0' ? g_new0 (char *, 1) : g_strsplit (text, "\n", -1);
}

static void
sum_up (Scene *scene, Sums *sums)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketStatement) statement = bitket_db_prepare (scene->db, ROWS_SQL, &error);
  g_auto (GStrv) lines = read_ledger (scene);

  g_assert_no_error (error);
  g_assert_true (bitket_statement_step (statement, &error));
  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    sums->rows[i] = bitket_statement_get_int64 (statement, (int) i);
  sums->n_payments = g_strv_length (lines);
}

static void
assert_ownership (Scene *scene, const char *id)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketStatement) statement =
      bitket_db_prepare (scene->db, "SELECT id FROM ticket_ownerships WHERE id = $1", &error);

  g_assert_no_error (error);
  bitket_statement_bind_text (statement, 1, id);
  g_assert_true (bitket_statement_step (statement, &error));
}

/* "charged 2550 for acct_x"; a charge names the ownerships that it is for. */
static char *
describe_payment (Scene *scene, const char *line, gint64 n_ownerships)
{
  g_autoptr (JsonNode) node = json_from_string (line, NULL);
  JsonObject *object = json_node_get_object (node);
  const char *account = get_text (object, "account");
  gboolean is_charge = strcmp (get_text (object, "type"), "charge") == 0;
  g_auto (GStrv) ids = g_strsplit (get_text (object, "ticket_ownerships"), ",", -1);

  if (is_charge)
    {
      g_assert_cmpint (g_strv_length (ids), ==, n_ownerships);
      for (guint i = 0; ids[i] != NULL; i++)
        assert_ownership (scene, ids[i]);
    }
  else
    {
      g_assert_cmpstr (get_text (object, "type"), ==, "decline");
    }
  return g_strdup_printf ("%s %" G_GINT64_FORMAT "%s%s", is_charge ? "charged" : "refused",
                          json_object_get_int_member (object, "amount"),
                          account != NULL && *account != '\0' ? " for " : "",
                          account != NULL ? account : "");
}

static void
check_rows (Scene *scene, JsonObject *exchange, const Sums *before)
{
  JsonObject *rows = json_object_get_object_member (exchange, "rows");
  const char *expected = get_text (exchange, "stripe");
  g_auto (GStrv) lines = read_ledger (scene);
  g_autofree char *payment = NULL;
  Sums after;

  sum_up (scene, &after);
  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    g_assert_cmpint (after.rows[i] - before->rows[i], ==,
                     json_object_get_int_member_with_default (rows, tables[i], 0));
  g_assert_cmpuint (after.n_payments - before->n_payments, <=, 1);
  payment =
      after.n_payments == before->n_payments
          ? g_strdup ("not called")
          : describe_payment (scene, lines[before->n_payments], after.rows[2] - before->rows[2]);
  g_assert_cmpstr (payment, ==, expected);
}

/* What is known of people afterwards: their personal identity number, by e-mail address. */
static void
check_stored (Scene *scene, JsonObject *exchange)
{
  JsonObject *stored;
  g_autoptr (GList) emails = NULL;

  if (!json_object_has_member (exchange, "stored"))
    return;
  stored = json_object_get_object_member (exchange, "stored");
  emails = json_object_get_members (stored);
  for (GList *l = emails; l != NULL; l = l->next)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (BitketStatement) statement =
          bitket_db_prepare (scene->db, "SELECT nin FROM users WHERE email = $1", &error);

      g_assert_no_error (error);
      bitket_statement_bind_text (statement, 1, l->data);
      g_assert_true (bitket_statement_step (statement, &error));
      g_assert_cmpstr (bitket_statement_get_text (statement, 0), ==, get_text (stored, l->data));
    }
}

/* The payload of the token, with its numbers covered: members, order and escapes. */
static void
check_claims (JsonObject *exchange, Answer *answer)
{
  const char *expected = get_text (exchange, "claims");
  g_auto (GStrv) parts = NULL;
  g_autofree char *padded = NULL;
  g_autofree guchar *payload = NULL;
  g_autofree char *text = NULL;
  gsize len;

  if (expected == NULL)
    return;
  parts = g_strsplit (answer_get_text (answer, "token"), ".", -1);
  g_assert_cmpuint (g_strv_length (parts), ==, 3);
  g_strdelimit (parts[1], "-", '+');
  g_strdelimit (parts[1], "_", '/');
  padded = g_strconcat (parts[1], &"==="[(strlen (parts[1]) + 3) % 4], NULL);
  payload = g_base64_decode (padded, &len);
  text = cover (g_strndup ((const char *) payload, len), ":[0-9]{10}([,}])", ":0,");
  text = cover (g_steal_pointer (&text), "\"user_id\":\"[0-9a-f-]{36}\"", "\"user_id\":\"…\"");
  g_assert_cmpstr (text, ==, expected);
}

static Answer *
ask (Scene *scene, JsonObject *exchange)
{
  g_autofree char *path = fill_in (scene, get_text (exchange, "path"));
  g_autofree char *authorization = make_authorization (get_text (exchange, "auth"));
  const char *raw_body = get_text (exchange, "body");
  g_autofree char *body = raw_body == NULL ? NULL : fill_in (scene, raw_body);

  if (body != NULL)
    body = replace (g_steal_pointer (&body), "BASE", scene->bitketd->url);
  return bitketd_ask_with (scene->bitketd, get_text (exchange, "method"), path, authorization, body,
                           get_text (exchange, "header"), get_text (exchange, "value"));
}

void
exchange_run (Scene *scene, JsonObject *exchange)
{
  const char *name = get_text (exchange, "name");
  g_autofree char *expected = fill_in (scene, get_text (exchange, "answer"));
  g_autofree char *text = NULL;
  g_autoptr (Answer) answer = NULL;
  Sums before = { 0 };

  run_sql (scene, exchange, "before");
  if (json_object_has_member (exchange, "provider"))
    bitket_test_provider_control (scene->provider, get_text (exchange, "provider"));
  sum_up (scene, &before);
  answer = ask (scene, exchange);
  text = normalize (scene, answer->text, expected);
  if (strcmp (text, expected) != 0 ||
      answer->status != json_object_get_int_member (exchange, "status"))
    g_test_message ("%s: %u", name, answer->status);
  g_assert_cmpstr (text, ==, expected);
  g_assert_cmpuint (answer->status, ==, json_object_get_int_member (exchange, "status"));
  check_headers (exchange, answer, name);
  check_claims (exchange, answer);
  if (json_object_has_member (exchange, "rows"))
    check_rows (scene, exchange, &before);
  check_stored (scene, exchange);
  run_sql (scene, exchange, "after");
}
