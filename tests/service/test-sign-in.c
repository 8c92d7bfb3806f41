/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

/* Signing in through LiU, Google and Facebook: a real bitketd on both databases against the
 * stand-in of those it asks. */

#include <string.h>

#include "sign-in-fixture.h"

#define DISABLED  "{\"non_field_errors\":[\"User account is disabled.\"]}"
#define NOT_FOUND "{\"detail\":\"Not found.\"}"

/* The original's answer to a code that is refused. */
static void
assert_refused (Answer *answer)
{
  if (answer->status != 400)
    g_test_message ("%u %s", answer->status, answer->text);
  g_assert_cmpuint (answer->status, ==, 400);
  g_assert_cmpstr (answer->text, ==, "");
  g_assert_null (answer_get_header (answer, "Content-Type"));
}

/* Returns: (transfer full): the signed-in person as the service shows it to himself */
static JsonObject *
get_self (Bitketd *bitketd, Answer *answer)
{
  g_autofree char *authorization = NULL;
  g_autoptr (Answer) users = NULL;

  if (answer->status != 200)
    g_test_message ("%u %s", answer->status, answer->text);
  g_assert_cmpuint (answer->status, ==, 200);
  authorization = g_strconcat ("JWT ", answer_get_text (answer, "token"), NULL);
  users = bitketd_ask (bitketd, "GET", "/api/users/", authorization, NULL);
  return json_object_ref (answer_get_element (users, 0));
}

static void
assert_self (Bitketd *bitketd, Answer *answer, const char *email, const char *name)
{
  g_autoptr (JsonObject) self = get_self (bitketd, answer);

  g_assert_cmpstr (json_object_get_string_member (self, "email"), ==, email);
  g_assert_cmpstr (json_object_get_string_member (self, "name"), ==, name);
}

static void
test_ways (Bitketd *bitketd)
{
  g_autoptr (Answer) closed = bitketd_ask (bitketd, "GET", "/api/auth/providers/", NULL, NULL);
  g_autoptr (BitketTestProvider) provider = NULL;
  g_autoptr (Answer) open = NULL;
  g_autofree char *expected = NULL;

  g_assert_cmpstr (closed->text, ==,
                   "[{\"name\":\"password\",\"client_id\":null,\"authorize_url\":null,"
                   "\"scope\":null,\"resource\":null,\"pkce\":null}]");
  provider = sign_in_begin (bitketd, SIGN_IN_ALONE);
  open = bitketd_ask (bitketd, "GET", "/api/auth/providers/", NULL, NULL);
  expected = g_strdup_printf (
      "[{\"name\":\"password\",\"client_id\":null,\"authorize_url\":null,\"scope\":null,"
      "\"resource\":null,\"pkce\":null},"
      "{\"name\":\"liu\",\"client_id\":\"client-of-liu\",\"authorize_url\":"
      "\"%s/adfs/oauth2/authorize\",\"scope\":null,\"resource\":\"urn:bitket\",\"pkce\":\"S256\"},"
      "{\"name\":\"google-oauth2\",\"client_id\":\"client-of-google\",\"authorize_url\":"
      "\"%s/google/auth\",\"scope\":\"openid email profile\",\"resource\":null,\"pkce\":\"S256\"},"
      "{\"name\":\"facebook\",\"client_id\":\"client-of-facebook\",\"authorize_url\":"
      "\"%s/facebook/dialog/oauth\",\"scope\":\"public_profile,email\",\"resource\":null,"
      "\"pkce\":\"S256\"}]",
      provider->url, provider->url, provider->url);
  g_assert_cmpstr (open->text, ==, expected);
  g_assert_null (strstr (open->text, "secret"));
}

/* What the contract says of requests that reach no provider. */
static void
test_bodies (Bitketd *bitketd)
{
  static const BodyCase cases[] = {
    { "{}", 400, "" },
    { "{\"code\":\"x\"}", 400, "" },
    { "{\"provider\":7,\"code\":\"x\"}", 400, "" },
    { "{\"provider\":\"liu\"}", 400, "{\"code\":[\"This field is required.\"]}" },
    { "{\"provider\":\"google-oauth2\"}", 400, "{\"code\":[\"This field is required.\"]}" },
    { "{\"provider\":\"facebook\"}", 400, "{\"code\":[\"This field is required.\"]}" },
    { "{\"provider\":\"liu\",\"code\":null}", 400, "{\"code\":[\"This field may not be null.\"]}" },
    { "{\"provider\":\"liu\",\"code\":\"\"}", 400,
      "{\"code\":[\"This field may not be blank.\"]}" },
    { "{\"provider\":\"liu\",\"code\":{}}", 400, "{\"code\":[\"Not a valid string.\"]}" },
    { "{\"provider\":\"twitter\",\"code\":\"x\"}", 404, NOT_FOUND },
    { "{\"provider\":\"google\",\"code\":\"x\"}", 404, NOT_FOUND },
    { "{\"provider\":\"\",\"code\":\"x\"}", 404, NOT_FOUND },
    { "{\"provider\":\"twitter\"}", 404, NOT_FOUND },
  };
  g_autoptr (Answer) closed =
      bitketd_ask (bitketd, "POST", SIGN_IN, NULL, "{\"provider\":\"liu\",\"code\":\"x\"}");
  g_autoptr (BitketTestProvider) provider = sign_in_begin (bitketd, SIGN_IN_ALONE);
  g_autofree char *large = g_strnfill (40000, 'x');
  g_autofree char *large_body = g_strdup_printf ("{\"provider\":\"liu\",\"code\":\"%s\"}", large);
  g_autoptr (Answer) too_large = bitketd_ask (bitketd, "POST", SIGN_IN, NULL, large_body);

  g_assert_cmpuint (closed->status, ==, 404);
  g_assert_cmpstr (closed->text, ==, NOT_FOUND);
  g_assert_cmpuint (too_large->status, ==, 413);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Answer) answer = bitketd_ask (bitketd, "POST", SIGN_IN, NULL, cases[i].body);

      if (answer->status != cases[i].status || strcmp (answer->text, cases[i].answer) != 0)
        g_test_message ("%s: %u %s", cases[i].body, answer->status, answer->text);
      g_assert_cmpuint (answer->status, ==, cases[i].status);
      g_assert_cmpstr (answer->text, ==, cases[i].answer);
    }
  g_assert_cmpint (bitket_test_provider_count (provider, "tokens"), ==, 0);
}

static void
test_codes (Bitketd *bitketd)
{
  static const char *const names[] = { "liu", "google", "facebook" };
  g_autoptr (BitketTestProvider) provider = sign_in_begin (bitketd, SIGN_IN_ALONE);

  bitket_test_provider_control (provider, LIU_BO);
  bitket_test_provider_control (provider, GOOGLE_ALICE);
  bitket_test_provider_control (provider, "{\"facebook\":{\"id\":\"77\",\"name\":\"Bob\","
                                          "\"email\":\"bob@example.com\"}}");
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *code = bitket_test_provider_get_code (provider, names[i], NULL);
      g_autofree char *other = bitket_test_provider_get_code (provider, names[i], NULL);
      g_autofree char *others =
          bitket_test_provider_get_code (provider, names[(i + 1) % G_N_ELEMENTS (names)], NULL);
      g_autofree char *no_redirect =
          g_strdup_printf ("{\"provider\":\"%s\",\"code\":\"%s\"}",
                           strcmp (names[i], "google") == 0 ? "google-oauth2" : names[i], other);
      g_autoptr (Answer) good = sign_in_send_code (bitketd, names[i], code, NULL);
      g_autoptr (Answer) again = sign_in_send_code (bitketd, names[i], code, NULL);
      g_autoptr (Answer) made_up = sign_in_send_code (bitketd, names[i], "made&up=1", NULL);
      g_autoptr (Answer) elsewhere = bitketd_ask (bitketd, "POST", SIGN_IN, NULL, no_redirect);
      g_autoptr (Answer) of_others = sign_in_send_code (bitketd, names[i], others, NULL);

      g_assert_cmpuint (good->status, ==, 200);
      g_assert_cmpstr (answer_get_header (good, "Cache-Control"), ==,
                       "max-age=0, no-cache, no-store, must-revalidate");
      assert_refused (again);
      assert_refused (made_up);
      assert_refused (elsewhere);
      assert_refused (of_others);
    }
  bitket_test_provider_control (provider, "{\"fault\":\"expired-code\"}");
  {
    g_autoptr (Answer) late = sign_in (bitketd, provider, "liu");

    assert_refused (late);
  }
}

static void
test_liu (Bitketd *bitketd)
{
  g_autoptr (BitketTestProvider) provider = sign_in_begin (bitketd, SIGN_IN_ALONE);
  g_autoptr (Answer) first = NULL;
  g_autoptr (Answer) second = NULL;
  g_autofree char *uid = NULL;
  g_autofree char *liu_id = NULL;
  gint64 seq;

  bitket_test_provider_control (provider, LIU_BO);
  first = sign_in (bitketd, provider, "liu");
  assert_self (bitketd, first, "bober042@student.liu.se", "Bo Berg");
  uid = sign_in_look_up (bitketd, "SELECT uid FROM identities WHERE provider = 'liu'");
  g_assert_cmpstr (uid, ==, BO_PPID);
  liu_id =
      sign_in_look_up (bitketd, "SELECT liu_id FROM users WHERE email = 'bober042@student.liu.se'");
  g_assert_cmpstr (liu_id, ==, "bober042");

  /* What he is called changes, and doors that have his ticket hear of it. */
  sign_in_execute (bitketd,
                   "UPDATE ticket_ownerships SET \"user\" = (SELECT \"user\" FROM identities)"
                   " WHERE id = '" WORLD_OWNERSHIP "'");
  seq = sign_in_count (bitketd, "SELECT seq FROM feed WHERE ownership = '" WORLD_OWNERSHIP "'");
  bitket_test_provider_control (provider, LIU_BO_NEW);
  second = sign_in (bitketd, provider, "liu");
  assert_self (bitketd, second, "bober042@student.liu.se", "Bo Åberg");
  g_assert_cmpint (
      sign_in_count (bitketd, "SELECT seq FROM feed WHERE ownership = '" WORLD_OWNERSHIP "'"), >,
      seq);
  g_assert_cmpint (sign_in_count (bitketd, "SELECT COUNT (*) FROM identities"), ==, 1);
  g_assert_cmpint (sign_in_count (bitketd,
                                  "SELECT COUNT (*) FROM users WHERE last_login IS NOT NULL"
                                  " AND email = 'bober042@student.liu.se'"),
                   ==, 1);
}

/* Tokens that are not to be believed. */
static void
test_tokens (Bitketd *bitketd)
{
  static const char *const faults[] = {
    "wrong-signature", "unknown-kid", "alg-none",       "alg-hs256",    "alg-rs512",
    "expired",         "not-yet",     "wrong-audience", "wrong-issuer", "no-expiry",
  };
  g_autoptr (BitketTestProvider) provider = sign_in_begin (bitketd, SIGN_IN_ALONE);
  gint64 n_users = sign_in_count (bitketd, "SELECT COUNT (*) FROM users");

  bitket_test_provider_control (provider, LIU_BO);
  for (gsize i = 0; i < G_N_ELEMENTS (faults); i++)
    {
      g_autofree char *settings = g_strdup_printf ("{\"fault\":\"%s\"}", faults[i]);
      g_autoptr (Answer) answer = NULL;

      bitket_test_provider_control (provider, settings);
      answer = sign_in (bitketd, provider, "liu");
      if (answer->status != 400)
        g_test_message ("%s: %u", faults[i], answer->status);
      assert_refused (answer);
    }
  g_assert_cmpint (sign_in_count (bitketd, "SELECT COUNT (*) FROM users"), ==, n_users);
  bitket_test_provider_control (provider, "{\"fault\":\"\"}");
  {
    g_autoptr (Answer) good = sign_in (bitketd, provider, "liu");

    g_assert_cmpuint (good->status, ==, 200);
  }
}

/* Keys are fetched once; again for one that nobody knows, and that at most once a minute. */
static void
test_keys (Bitketd *bitketd)
{
  g_autoptr (BitketTestProvider) provider = sign_in_begin (bitketd, SIGN_IN_ALONE);

  bitket_test_provider_control (provider, LIU_BO);
  bitket_test_provider_control (provider, "{\"jwks_fault\":\"500\"}");
  {
    g_autoptr (Answer) down = sign_in (bitketd, provider, "liu");

    g_assert_cmpuint (down->status, ==, 503);
  }
  bitket_test_provider_control (provider, "{\"jwks_fault\":\"garbage\"}");
  {
    g_autoptr (Answer) broken = sign_in (bitketd, provider, "liu");

    g_assert_cmpuint (broken->status, ==, 503);
  }
  bitket_test_provider_control (provider, "{\"jwks_fault\":\"\"}");
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (Answer) good = sign_in (bitketd, provider, "liu");

      g_assert_cmpuint (good->status, ==, 200);
      g_assert_cmpint (bitket_test_provider_count (provider, "jwks"), ==, 3);
    }
  bitket_test_provider_control (provider, "{\"rotate\":true}");
  {
    g_autoptr (Answer) rotated = sign_in (bitketd, provider, "liu");

    g_assert_cmpuint (rotated->status, ==, 200);
    g_assert_cmpint (bitket_test_provider_count (provider, "jwks"), ==, 4);
  }
  bitket_test_provider_control (provider, "{\"rotate\":true}");
  {
    g_autoptr (Answer) too_soon = sign_in (bitketd, provider, "liu");

    assert_refused (too_soon);
    g_assert_cmpint (bitket_test_provider_count (provider, "jwks"), ==, 4);
  }
}

static void
test_certificate (Bitketd *bitketd)
{
  g_autoptr (BitketTestProvider) provider = sign_in_begin (bitketd, SIGN_IN_ALONE);
  g_autofree char *path = g_build_filename (bitketd->dir, "signing.pem", NULL);
  g_autofree char *settings = g_strdup_printf ("{\"certificate\":\"%s\"}", path);
  g_autofree char *more = g_strdup_printf ("[sign-in liu]\ncertificate = %s\n", path);
  g_autofree char *config = bitket_test_provider_make_config (provider, bitketd->dir, more);

  bitket_test_provider_control (provider, LIU_BO);
  bitket_test_provider_control (provider, settings);
  bitketd_configure (bitketd, config);
  {
    g_autoptr (Answer) good = sign_in (bitketd, provider, "liu");

    g_assert_cmpuint (good->status, ==, 200);
  }
  bitket_test_provider_control (provider, "{\"rotate\":true}");
  {
    g_autoptr (Answer) other_key = sign_in (bitketd, provider, "liu");

    assert_refused (other_key);
  }
  g_assert_cmpint (bitket_test_provider_count (provider, "jwks"), ==, 0);
}

/* Whose account it is: by the provider's id, then by an address that the provider vouches for. */
static void
test_matching (Bitketd *bitketd)
{
  static const struct
  {
    const char *settings;
    const char *provider;
    const char *email; /* NULL: refused */
    const char *name;
  } steps[] = {
    /* An address that is not confirmed opens nothing and makes nothing. */
    { "{\"google\":{\"sub\":\"666\",\"email\":\"alice@example.com\",\"email_verified\":false,"
      "\"name\":\"Mallory\"}}",
      "google", NULL, NULL },
    { "{\"google\":{\"sub\":\"666\",\"email\":\"alice@example.com\",\"name\":\"Mallory\"}}",
      "google", NULL, NULL },
    { "{\"google\":{\"sub\":\"666\",\"email\":\"new@example.com\",\"email_verified\":\"false\"}}",
      "google", NULL, NULL },
    { "{\"google\":{\"sub\":\"666\",\"email_verified\":true}}", "google", NULL, NULL },
    { "{\"google\":{\"email\":\"alice@example.com\",\"email_verified\":true}}", "google", NULL,
      NULL },
    { "{\"google\":{\"sub\":\"666\",\"email\":[\"alice@example.com\"],\"email_verified\":true}}",
      "google", NULL, NULL },
    { "{\"facebook\":{\"id\":\"666\",\"name\":\"Mallory\"}}", "facebook", NULL, NULL },
    /* Alice comes through Google, in other letters, and stays Alice. */
    { GOOGLE_ALICE, "google", "alice@example.com", "Alice Andersson" },
    /* From now on it is the id that counts, not the address. */
    { "{\"google\":{\"sub\":\"1001\",\"email\":\"moved@example.com\",\"email_verified\":true}}",
      "google", "alice@example.com", "Alice Andersson" },
    { "{\"google\":{\"sub\":\"1001\",\"email\":\"bob@example.com\",\"email_verified\":false}}",
      "google", "alice@example.com", "Alice Andersson" },
    /* Another person at Google who has her address now does not get her account. */
    { "{\"google\":{\"sub\":\"2002\",\"email\":\"alice@example.com\",\"email_verified\":true}}",
      "google", NULL, NULL },
    /* Through another provider she may come as well. */
    { "{\"facebook\":{\"id\":\"55\",\"email\":\"alice@example.com\",\"name\":\"A\"}}", "facebook",
      "alice@example.com", "Alice Andersson" },
    /* Older answers of Google write a text. */
    { "{\"google\":{\"sub\":\"3003\",\"email\":\"New@Example.com\",\"email_verified\":\"true\","
      "\"name\":\"Nils Ny\"}}",
      "google", "new@example.com", "Nils Ny" },
    { "{\"facebook\":{\"id\":\"56\",\"email\":\"nameless@example.com\"}}", "facebook",
      "nameless@example.com", "nameless" },
    { "{\"facebook\":{\"id\":\"57\",\"email\":\"not an address\",\"name\":\"B\"}}", "facebook",
      NULL, NULL },
  };
  g_autoptr (BitketTestProvider) provider = sign_in_begin (bitketd, SIGN_IN_ALONE);
  gint64 n_users = sign_in_count (bitketd, "SELECT COUNT (*) FROM users");

  for (gsize i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      g_autoptr (Answer) answer = NULL;

      g_test_message ("%s", steps[i].settings);
      bitket_test_provider_control (provider, steps[i].settings);
      answer = sign_in (bitketd, provider, steps[i].provider);
      if (steps[i].email == NULL)
        assert_refused (answer);
      else
        assert_self (bitketd, answer, steps[i].email, steps[i].name);
    }
  g_assert_cmpint (sign_in_count (bitketd, "SELECT COUNT (*) FROM users"), ==, n_users + 2);
  g_assert_cmpint (sign_in_count (bitketd, "SELECT COUNT (*) FROM identities"), ==, 4);
}

static void
test_inactive (Bitketd *bitketd)
{
  g_autoptr (BitketTestProvider) provider = sign_in_begin (bitketd, SIGN_IN_ALONE);
  g_autoptr (Answer) answer = NULL;

  bitket_test_provider_control (provider, "{\"google\":{\"sub\":\"9\",\"email_verified\":true,"
                                          "\"email\":\"gone@example.com\"}}");
  answer = sign_in (bitketd, provider, "google");
  g_assert_cmpuint (answer->status, ==, 400);
  g_assert_cmpstr (answer->text, ==, DISABLED);
}

static void
test_pkce (Bitketd *bitketd)
{
  static const char verifier[] = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
  static const char challenge[] = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
  static const char *const names[] = { "liu", "google", "facebook" };
  g_autoptr (BitketTestProvider) provider = sign_in_begin (bitketd, SIGN_IN_ALONE);

  bitket_test_provider_control (provider, LIU_BO);
  bitket_test_provider_control (provider, GOOGLE_ALICE);
  bitket_test_provider_control (provider, "{\"facebook\":{\"id\":\"77\","
                                          "\"email\":\"bob@example.com\"}}");
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *code = bitket_test_provider_get_code (provider, names[i], challenge);
      g_autofree char *second = bitket_test_provider_get_code (provider, names[i], challenge);
      g_autofree char *third = bitket_test_provider_get_code (provider, names[i], challenge);
      g_autoptr (Answer) good = sign_in_send_code (bitketd, names[i], code, verifier);
      g_autoptr (Answer) none = sign_in_send_code (bitketd, names[i], second, NULL);
      g_autoptr (Answer) wrong = sign_in_send_code (bitketd, names[i], third,
                                                    "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXX");

      g_assert_cmpuint (good->status, ==, 200);
      assert_refused (none);
      assert_refused (wrong);
    }
}

/* A provider that is down says nothing of the code. */
static void
test_outage (Bitketd *bitketd)
{
  static const char *const names[] = { "liu", "google", "facebook" };
  static const char *const faults[] = { "500", "garbage", "no-token" };
  g_autoptr (BitketTestProvider) provider = sign_in_begin (bitketd, SIGN_IN_ALONE);
  Answer *gone;

  bitket_test_provider_control (provider, LIU_BO);
  bitket_test_provider_control (provider, GOOGLE_ALICE);
  bitket_test_provider_control (provider, "{\"facebook\":{\"id\":\"77\"}}");
  for (gsize i = 0; i < G_N_ELEMENTS (names) * G_N_ELEMENTS (faults); i++)
    {
      g_autofree char *settings =
          g_strdup_printf ("{\"fault\":\"%s\"}", faults[i % G_N_ELEMENTS (faults)]);
      g_autoptr (Answer) answer = NULL;

      bitket_test_provider_control (provider, settings);
      answer = sign_in (bitketd, provider, names[i / G_N_ELEMENTS (faults)]);
      g_assert_cmpuint (answer->status, ==, 503);
      g_assert_cmpstr (answer->text, ==,
                       "{\"detail\":\"The server cannot do this now. Try again later.\"}");
    }
  g_clear_pointer (&provider, bitket_test_provider_stop);
  gone = sign_in_send_code (bitketd, "google", "x", NULL);
  g_assert_cmpuint (gone->status, ==, 503);
  answer_free (gone);
}

/* Sixty failures in five minutes, of one address; what ends well does not count. */
static void
test_throttle (Bitketd *bitketd)
{
  g_autoptr (BitketTestProvider) provider = sign_in_begin (bitketd, SIGN_IN_ALONE);
  g_autoptr (Answer) throttled = NULL;
  const char *seconds;

  bitket_test_provider_control (provider, LIU_BO);
  for (guint i = 0; i < 60; i++)
    {
      g_autoptr (Answer) wrong =
          sign_in_send_code (bitketd, i % 2 == 0 ? "liu" : "google", "wrong", NULL);
      g_autoptr (Answer) good = i % 20 == 0 ? sign_in (bitketd, provider, "liu") : NULL;

      assert_refused (wrong);
      g_assert_true (good == NULL || good->status == 200);
    }
  throttled = sign_in (bitketd, provider, "liu");
  g_assert_cmpuint (throttled->status, ==, 429);
  seconds = answer_get_header (throttled, "Retry-After");
  g_assert_nonnull (seconds);
  g_assert_cmpint (g_ascii_strtoll (seconds, NULL, 10), >, 0);
  g_assert_cmpint (g_ascii_strtoll (seconds, NULL, 10), <=, 301);
  g_assert_cmpint (bitket_test_provider_count (provider, "tokens"), ==, 63);
}

typedef struct
{
  guint n_waiting;
  guint n_good;
} Crowd;

static void
crowd_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Crowd *crowd = user_data;
  g_autoptr (GBytes) bytes =
      soup_session_send_and_read_finish (SOUP_SESSION (source), result, NULL);
  SoupMessage *message = soup_session_get_async_result_message (SOUP_SESSION (source), result);

  crowd->n_waiting--;
  if (bytes != NULL && soup_message_get_status (message) == 200)
    crowd->n_good++;
  else
    g_test_message ("%u", soup_message_get_status (message));
}

static void
send_code_async (Bitketd *bitketd, Crowd *crowd, const char *code)
{
  g_autofree char *url = g_strconcat (bitketd->url, SIGN_IN, NULL);
  g_autofree char *body =
      g_strdup_printf ("{\"provider\":\"liu\",\"code\":\"%s\",\"redirect_uri\":\"%s\"}", code,
                       BITKET_TEST_REDIRECT_URI);
  g_autoptr (GBytes) bytes = g_bytes_new (body, strlen (body));
  g_autoptr (SoupMessage) message = soup_message_new ("POST", url);

  soup_message_set_request_body_from_bytes (message, "application/json", bytes);
  soup_session_send_and_read_async (bitketd->session, message, G_PRIORITY_DEFAULT, NULL, crowd_cb,
                                    crowd);
  crowd->n_waiting++;
}

static gboolean
crowd_is_done (gpointer data)
{
  Crowd *crowd = data;

  return crowd->n_waiting == 0;
}

/* First sign-ins at once make one person, also of the union that nobody has heard of. */
static void
test_race (Bitketd *bitketd)
{
  g_autoptr (BitketTestProvider) provider = sign_in_begin (bitketd, SIGN_IN_WITH_DIRECTORY);
  gint64 n_users = sign_in_count (bitketd, "SELECT COUNT (*) FROM users");
  Crowd crowd = { 0 };

  bitket_test_provider_control (provider, LIU_BO);
  bitket_test_provider_control (provider, STUDENT ("\"Consensus\""));
  for (guint i = 0; i < 12; i++)
    {
      g_autofree char *code = bitket_test_provider_get_code (provider, "liu", NULL);

      send_code_async (bitketd, &crowd, code);
    }
  bitket_test_wait_until (crowd_is_done, &crowd, 60);
  g_assert_cmpuint (crowd.n_good, ==, 12);
  g_assert_cmpint (sign_in_count (bitketd, "SELECT COUNT (*) FROM users"), ==, n_users + 1);
  g_assert_cmpint (sign_in_count (bitketd, "SELECT COUNT (*) FROM identities"), ==, 1);
  sign_in_assert_union (bitketd, "Consensus");
}

/* A provider that takes its time holds up those who wait for it, and nobody else. */
static void
test_slow (Bitketd *bitketd)
{
  g_autoptr (BitketTestProvider) provider = sign_in_begin (bitketd, SIGN_IN_ALONE);
  g_autoptr (Answer) events = NULL;
  g_autoptr (Answer) password = NULL;
  Crowd crowd = { 0 };

  bitket_test_provider_control (provider, LIU_BO);
  bitket_test_provider_control (provider, "{\"delay\":\"/adfs/oauth2/token\",\"delay_ms\":4000}");
  for (guint i = 0; i < 6; i++)
    {
      g_autofree char *code = bitket_test_provider_get_code (provider, "liu", NULL);

      send_code_async (bitketd, &crowd, code);
    }
  events = bitketd_ask (bitketd, "GET", "/api/events/", NULL, NULL);
  password = bitketd_ask (bitketd, "POST", SIGN_IN, NULL,
                          "{\"provider\":\"password\",\"email\":\"x@example.com\","
                          "\"password\":\"wrong\"}");
  g_assert_cmpuint (events->status, ==, 200);
  g_assert_cmpuint (password->status, ==, 400);
  g_assert_cmpuint (crowd.n_waiting, ==, 6);
  bitket_test_wait_until (crowd_is_done, &crowd, 60);
  g_assert_cmpuint (crowd.n_good, ==, 6);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  bitketd_test_add ("sign-in/ways", test_ways);
  bitketd_test_add ("sign-in/bodies", test_bodies);
  bitketd_test_add ("sign-in/codes", test_codes);
  bitketd_test_add ("sign-in/liu", test_liu);
  bitketd_test_add ("sign-in/tokens", test_tokens);
  bitketd_test_add ("sign-in/keys", test_keys);
  bitketd_test_add ("sign-in/certificate", test_certificate);
  bitketd_test_add ("sign-in/matching", test_matching);
  bitketd_test_add ("sign-in/inactive", test_inactive);
  bitketd_test_add ("sign-in/pkce", test_pkce);
  bitketd_test_add ("sign-in/outage", test_outage);
  bitketd_test_add ("sign-in/throttle", test_throttle);
  bitketd_test_add ("sign-in/race", test_race);
  bitketd_test_add ("sign-in/slow", test_slow);
  return g_test_run ();
}
