/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

#include "stand-in.h"

#include <glib-unix.h>
#include <stdio.h>
#include <string.h>

#define STUDENTS "/kobra/api/v1/students/"

void
say_json (Said *said, guint status, JsonObject *object)
{
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), object);

  json_object_unref (object);
  said->status = status;
  said->type = "application/json";
  said->body = json_to_string (node, FALSE);
}

void
say_oauth_error (Said *said, guint status, const char *code)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "error", code);
  json_object_set_string_member (object, "error_description", "It is told to nobody.");
  say_json (said, status, object);
}

const char *
get_setting (StandIn *self, const char *name)
{
  const char *value = json_object_get_string_member_with_default (self->settings, name, "");

  return *value == '\0' ? NULL : value;
}

gboolean
has_fault (StandIn *self, const char *setting, const char *fault)
{
  return g_strcmp0 (get_setting (self, setting), fault) == 0;
}

const char *
get_form (GHashTable *form, const char *name)
{
  return g_hash_table_lookup (form, name);
}

static void
say_counts (StandIn *self, Said *said)
{
  JsonObject *object = json_object_new ();

  json_object_set_int_member (object, "tokens", self->n_tokens);
  json_object_set_int_member (object, "jwks", self->n_jwks);
  json_object_set_int_member (object, "sesam", self->n_sesam);
  json_object_set_int_member (object, "kobra", self->n_kobra);
  say_json (said, 200, object);
}

/* Members replace those of the same name; null takes one away. */
static void
control (StandIn *self, GBytes *body, Said *said)
{
  g_autofree char *text = g_strndup (g_bytes_get_data (body, NULL), g_bytes_get_size (body));
  g_autoptr (JsonNode) node = json_from_string (text, NULL);
  JsonObjectIter iter;
  const char *name;
  JsonNode *value;

  g_assert_nonnull (node);
  json_object_iter_init (&iter, json_node_get_object (node));
  while (json_object_iter_next (&iter, &name, &value))
    if (strcmp (name, "rotate") == 0)
      signer_rotate (&self->signer);
    else if (strcmp (name, "certificate") == 0)
      g_assert_true (signer_write_certificate (&self->signer, json_node_get_string (value)));
    else
      json_object_set_member (self->settings, name, json_node_copy (value));
  say_counts (self, said);
}

/* A form, with no field twice. Returns: (nullable) */
static GHashTable *
read_form (SoupServerMessage *message, GBytes *body)
{
  const char *type = soup_message_headers_get_content_type (
      soup_server_message_get_request_headers (message), NULL);
  g_autofree char *text = g_strndup (g_bytes_get_data (body, NULL), g_bytes_get_size (body));
  g_auto (GStrv) pairs = g_strsplit (text, "&", -1);
  GHashTable *form;

  if (g_strcmp0 (type, "application/x-www-form-urlencoded") != 0 ||
      strcmp (soup_server_message_get_method (message), "POST") != 0)
    return NULL;
  form = soup_form_decode (text);
  if (g_hash_table_size (form) == g_strv_length (pairs))
    return form;
  g_hash_table_unref (form);
  return NULL;
}

static void
answer_jwks (StandIn *self, Said *said)
{
  self->n_jwks++;
  if (has_fault (self, "jwks_fault", "500"))
    say_oauth_error (said, 500, "server_error");
  else if (has_fault (self, "jwks_fault", "garbage"))
    say_oauth_error (said, 200, "no_keys");
  else
    say_json (said, 200, signer_dup_jwks (&self->signer));
}

static const struct
{
  const char *path;
  const char *provider;
  void (*ask) (StandIn *self, const char *provider, GHashTable *query, Said *said);
} authorize_paths[] = {
  { "/adfs/oauth2/authorize", "liu", oauth_authorize },
  { "/google/auth", "google", oauth_authorize },
  { "/facebook/dialog/oauth", "facebook", oauth_authorize },
};
static const struct
{
  const char *path;
  const char *provider;
} token_paths[] = {
  { "/adfs/oauth2/token", "liu" },
  { "/google/token", "google" },
  { "/facebook/oauth/access_token", "facebook" },
};
static const struct
{
  const char *path;
  const char *provider;
} profile_paths[] = {
  { "/google/userinfo", "google" },
  { "/facebook/me", "facebook" },
};

static gboolean
answer_token (StandIn *self, SoupServerMessage *message, const char *path, GBytes *body, Said *said)
{
  for (gsize i = 0; i < G_N_ELEMENTS (token_paths); i++)
    {
      g_autoptr (GHashTable) form = NULL;

      if (strcmp (token_paths[i].path, path) != 0)
        continue;
      form = read_form (message, body);
      if (has_fault (self, "fault", "500"))
        say_oauth_error (said, 500, "server_error");
      else if (has_fault (self, "fault", "garbage"))
        *said = (Said) { 200, "text/html", g_strdup ("<html>{</html>"), NULL };
      else
        oauth_token (self, token_paths[i].provider, form, said);
      return TRUE;
    }
  return FALSE;
}

static gboolean
answer_others (StandIn *self,
               SoupServerMessage *message,
               const char *path,
               GHashTable *query,
               GBytes *body,
               Said *said)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  const char *method = soup_server_message_get_method (message);
  g_autofree char *id = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (authorize_paths); i++)
    if (strcmp (authorize_paths[i].path, path) == 0 && query != NULL)
      {
        authorize_paths[i].ask (self, authorize_paths[i].provider, query, said);
        return TRUE;
      }
  for (gsize i = 0; i < G_N_ELEMENTS (profile_paths); i++)
    if (strcmp (profile_paths[i].path, path) == 0)
      {
        oauth_profile (self, profile_paths[i].provider,
                       soup_message_headers_get_one (headers, "Authorization"), query, said);
        return TRUE;
      }
  if (strcmp (path, "/adfs/discovery/keys") == 0)
    answer_jwks (self, said);
  else if (strcmp (path, "/sesam") == 0 && strcmp (method, "POST") == 0)
    sesam_answer (self, headers, body, said);
  else if (g_str_has_prefix (path, STUDENTS) && g_str_has_suffix (path, "/"))
    {
      id = g_strndup (path + strlen (STUDENTS), strlen (path) - strlen (STUDENTS) - 1);
      kobra_answer (self, headers, id, query, said);
    }
  else
    return FALSE;
  return TRUE;
}

static gboolean
go_on_cb (gpointer user_data)
{
  soup_server_message_unpause (user_data);
  return G_SOURCE_REMOVE;
}

/* "delay" names a path's beginning whose answers take "delay_ms". */
static void
delay (StandIn *self, SoupServerMessage *message, const char *path)
{
  const char *slow = get_setting (self, "delay");

  if (slow == NULL || !g_str_has_prefix (path, slow))
    return;
  soup_server_message_pause (message);
  g_timeout_add_full (G_PRIORITY_DEFAULT,
                      (guint) json_object_get_int_member (self->settings, "delay_ms"), go_on_cb,
                      g_object_ref (message), g_object_unref);
}

static void
request_cb (SoupServer *server,
            SoupServerMessage *message,
            const char *path,
            GHashTable *query,
            gpointer user_data)
{
  StandIn *self = user_data;
  g_autoptr (GBytes) body =
      soup_message_body_flatten (soup_server_message_get_request_body (message));
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);
  Said said = { 404, "text/plain", NULL, NULL };

  if (strcmp (path, "/control") != 0)
    {
      if (!answer_token (self, message, path, body, &said))
        answer_others (self, message, path, query, body, &said);
      delay (self, message, path);
    }
  else if (strcmp (soup_server_message_get_method (message), "POST") == 0)
    control (self, body, &said);
  else
    say_counts (self, &said);
  soup_server_message_set_status (message, said.status, NULL);
  if (said.location != NULL)
    soup_message_headers_replace (headers, "Location", said.location);
  if (said.body != NULL)
    soup_server_message_set_response (message, said.type, SOUP_MEMORY_COPY, said.body,
                                      strlen (said.body));
  g_free (said.location);
  g_free (said.body);
}

static gboolean
stop_cb (gpointer user_data)
{
  g_main_loop_quit (user_data);
  return G_SOURCE_CONTINUE;
}

static gboolean
serve (StandIn *self)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (SoupServer) server = soup_server_new (NULL, NULL);
  g_autoptr (GError) error = NULL;
  GSList *uris;

  soup_server_add_handler (server, NULL, request_cb, self, NULL);
  if (!soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error))
    {
      fprintf (stderr, "provider-stand-in: %s\n", error->message);
      return FALSE;
    }
  uris = soup_server_get_uris (server);
  self->url = g_strdup_printf ("http://127.0.0.1:%d", g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  g_unix_signal_add (SIGTERM, stop_cb, loop);
  g_unix_signal_add (SIGINT, stop_cb, loop);
  printf ("listening on %s\n", self->url);
  fflush (stdout);
  g_main_loop_run (loop);
  soup_server_disconnect (server);
  return TRUE;
}

int
main (void)
{
  StandIn self = { 0 };
  gboolean success;

  self.settings = json_object_new ();
  self.codes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, code_free);
  self.tokens =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) json_node_unref);
  signer_init (&self.signer);
  success = serve (&self);
  signer_clear (&self.signer);
  g_hash_table_unref (self.codes);
  g_hash_table_unref (self.tokens);
  json_object_unref (self.settings);
  g_free (self.url);
  return success ? 0 : 1;
}
