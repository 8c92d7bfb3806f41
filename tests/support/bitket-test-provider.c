/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

#include "bitket-test-provider.h"

#include <glib/gstdio.h>
#include <string.h>

#include "bitket-test-dir.h"

#define STATE "a state & more"

BitketTestProvider *
bitket_test_provider_start (void)
{
  BitketTestProvider *self = g_new0 (BitketTestProvider, 1);
  const char *argv[] = { g_getenv ("PROVIDER_STAND_IN"), NULL };

  g_assert_nonnull (argv[0]);
  self->process = bitket_test_process_spawn (argv, NULL);
  self->url = bitket_test_process_wait_for_line (self->process, "listening on ", 60);
  self->session = soup_session_new ();
  return self;
}

void
bitket_test_provider_stop (BitketTestProvider *self)
{
  if (self == NULL)
    return;
  g_object_unref (self->session);
  g_assert_cmpint (bitket_test_process_stop (self->process), ==, 0);
  bitket_test_process_free (self->process);
  g_free (self->url);
  g_free (self);
}

static char *
write_secret (const char *dir, const char *name, const char *secret)
{
  char *path = bitket_test_write_file (dir, name, secret);

  g_assert_cmpint (g_chmod (path, 0600), ==, 0);
  return path;
}

char *
bitket_test_provider_make_config (BitketTestProvider *self, const char *dir, const char *more)
{
  g_autofree char *liu = write_secret (dir, "liu", "secret-of-liu\n");
  g_autofree char *google = write_secret (dir, "google", "secret-of-google\n");
  g_autofree char *facebook = write_secret (dir, "facebook", "secret-of-facebook\n");

  return g_strdup_printf (
      "[sign-in liu]\nclient-id = client-of-liu\nclient-secret-file = %s\nresource = urn:bitket\n"
      "issuer = http://fs.example/adfs/services/trust\nauthorize-url = %s/adfs/oauth2/authorize\n"
      "token-url = %s/adfs/oauth2/token\njwks-url = %s/adfs/discovery/keys\n"
      "[sign-in google]\nclient-id = client-of-google\nclient-secret-file = %s\n"
      "authorize-url = %s/google/auth\ntoken-url = %s/google/token\n"
      "profile-url = %s/google/userinfo\n"
      "[sign-in facebook]\nclient-id = client-of-facebook\nclient-secret-file = %s\n"
      "authorize-url = %s/facebook/dialog/oauth\n"
      "token-url = %s/facebook/oauth/access_token\nprofile-url = %s/facebook/me\n%s",
      liu, self->url, self->url, self->url, google, self->url, self->url, self->url, facebook,
      self->url, self->url, self->url, more != NULL ? more : "");
}

char *
bitket_test_provider_directory_config (BitketTestProvider *self, const char *dir)
{
  g_autofree char *sesam = write_secret (dir, "sesam", "secret <of> Sesam & co\n");
  g_autofree char *kobra = write_secret (dir, "kobra", "key-of-kobra\n");

  return g_strdup_printf ("[directory]\nsesam-url = %s/sesam\nsesam-user = bitket@ad.example\n"
                          "sesam-password-file = %s\nkobra-url = %s/kobra\nkobra-key-file = %s\n",
                          self->url, sesam, self->url, kobra);
}

static JsonObject *
ask_control (BitketTestProvider *self, const char *settings)
{
  g_autofree char *url = g_strconcat (self->url, "/control", NULL);
  g_autoptr (SoupMessage) message = soup_message_new (settings != NULL ? "POST" : "GET", url);
  g_autoptr (GBytes) body = g_bytes_new (settings, settings != NULL ? strlen (settings) : 0);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = NULL;
  g_autofree char *text = NULL;

  if (settings != NULL)
    soup_message_set_request_body_from_bytes (message, "application/json", body);
  bytes = soup_session_send_and_read (self->session, message, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (soup_message_get_status (message), ==, 200);
  text = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  node = json_from_string (text, NULL);
  g_assert_nonnull (node);
  return json_node_dup_object (node);
}

void
bitket_test_provider_control (BitketTestProvider *self, const char *settings)
{
  json_object_unref (ask_control (self, settings));
}

gint64
bitket_test_provider_count (BitketTestProvider *self, const char *what)
{
  g_autoptr (JsonObject) counts = ask_control (self, NULL);

  g_assert_true (json_object_has_member (counts, what));
  return json_object_get_int_member (counts, what);
}

static char *
make_authorize_url (BitketTestProvider *self, const char *provider, const char *challenge)
{
  gboolean is_liu = strcmp (provider, "liu") == 0;
  const char *path = is_liu                             ? "/adfs/oauth2/authorize"
                     : strcmp (provider, "google") == 0 ? "/google/auth"
                                                        : "/facebook/dialog/oauth";
  g_autofree char *client = g_strconcat ("client-of-", provider, NULL);
  g_autofree char *query = soup_form_encode (
      "response_type", "code", "client_id", client, "redirect_uri", BITKET_TEST_REDIRECT_URI,
      "state", STATE, is_liu ? "resource" : "scope", is_liu ? "urn:bitket" : "openid email", NULL);

  return g_strconcat (self->url, path, "?", query,
                      challenge != NULL ? "&code_challenge_method=S256&code_challenge=" : "",
                      challenge, NULL);
}

char *
bitket_test_provider_get_code (BitketTestProvider *self,
                               const char *provider,
                               const char *challenge)
{
  g_autofree char *url = make_authorize_url (self, provider, challenge);
  g_autoptr (SoupMessage) message = soup_message_new ("GET", url);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GUri) location = NULL;
  g_autoptr (GHashTable) query = NULL;

  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT);
  bytes = soup_session_send_and_read (self->session, message, NULL, NULL);
  g_assert_nonnull (bytes);
  g_assert_cmpuint (soup_message_get_status (message), ==, 302);
  location = g_uri_parse (
      soup_message_headers_get_one (soup_message_get_response_headers (message), "Location"),
      SOUP_HTTP_URI_FLAGS, NULL);
  g_assert_nonnull (location);
  query = soup_form_decode (g_uri_get_query (location));
  g_assert_cmpstr (g_hash_table_lookup (query, "state"), ==, STATE);
  return g_strdup (g_hash_table_lookup (query, "code"));
}
