/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-client"

#include "bitket-session-private.h"

#include "bitket-json-reader.h"
#include "bitket-response-private.h"
#include "bitket-secret.h"

#include <string.h>

#define USER_AGENT "bitket"

enum
{
  PROP_0,
  PROP_BASE_URL,
  PROP_SIGNED_IN,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (BitketSession, bitket_session, G_TYPE_OBJECT)

static gboolean
is_loopback (const char *host)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (host);

  if (address != NULL)
    return g_inet_address_get_is_loopback (address);
  return g_ascii_strcasecmp (host, "localhost") == 0;
}

/* Says what is wrong with an address, %NULL when nothing is. */
static const char *
find_address_fault (GUri *uri)
{
  const char *scheme = g_uri_get_scheme (uri);
  const char *host = g_uri_get_host (uri);
  const char *path = g_uri_get_path (uri);

  if (strcmp (scheme, "https") != 0 && strcmp (scheme, "http") != 0)
    return "only https addresses are servers";
  if (host == NULL || *host == '\0')
    return "it names no host";
  if (strcmp (scheme, "http") == 0 && !is_loopback (host))
    return "http is only for this machine, another needs https";
  if (g_uri_get_userinfo (uri) != NULL)
    return "it holds a user name";
  if ((*path != '\0' && strcmp (path, "/") != 0) || g_uri_get_query (uri) != NULL ||
      g_uri_get_fragment (uri) != NULL)
    return "it says more than scheme, host and port";
  return NULL;
}

static GUri *
parse_base_url (const char *base_url, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (GUri) uri = g_uri_parse (base_url, SOUP_HTTP_URI_FLAGS, &local_error);
  const char *fault = uri ? find_address_fault (uri) : local_error->message;

  if (fault != NULL)
    {
      g_set_error (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_ADDRESS,
                   "cannot use the server address \"%s\": %s", base_url, fault);
      return NULL;
    }
  return g_steal_pointer (&uri);
}

GUri *
bitket_session_resolve (BitketSession *self, const char *path, GError **error)
{
  g_autoptr (GUri) uri = g_uri_parse_relative (self->base, path, SOUP_HTTP_URI_FLAGS, NULL);

  if (uri == NULL || g_strcmp0 (g_uri_get_scheme (uri), g_uri_get_scheme (self->base)) != 0 ||
      g_uri_get_host (uri) == NULL ||
      g_ascii_strcasecmp (g_uri_get_host (uri), g_uri_get_host (self->base)) != 0 ||
      g_uri_get_port (uri) != g_uri_get_port (self->base))
    {
      g_set_error (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_ADDRESS,
                   "cannot follow \"%s\": it is not on \"%s\"", path, self->base_url);
      return NULL;
    }
  return g_steal_pointer (&uri);
}

SoupMessage *
bitket_session_new_message (BitketSession *self, const char *method, GUri *uri)
{
  static const char *const schemes[] = {
    [BITKET_CREDENTIAL_NONE] = NULL,
    [BITKET_CREDENTIAL_JWT] = "JWT",
    [BITKET_CREDENTIAL_TOKEN] = "Token",
    [BITKET_CREDENTIAL_DOOR] = "Door",
  };
  SoupMessage *message = soup_message_new_from_uri (method, uri);
  SoupMessageHeaders *headers = soup_message_get_request_headers (message);

  /* A connection that was kept may have been closed by the other side meanwhile. libsoup 3.2 then
   * crashes now and then in the middle of asking again; one connection a request costs less. */
  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT | SOUP_MESSAGE_DO_NOT_USE_AUTH_CACHE |
                                       SOUP_MESSAGE_NEW_CONNECTION);
  soup_message_headers_replace (headers, "Accept", "application/json");
  if (self->secret != NULL)
    {
      g_autofree char *value = g_strconcat (schemes[self->kind], " ", self->secret, NULL);

      soup_message_headers_replace (headers, "Authorization", value);
      bitket_secret_wipe (value, strlen (value));
    }
  return message;
}

void
bitket_session_note_date (BitketSession *self, SoupMessage *message)
{
  gint64 date_us = bitket_response_read_date (message);

  if (date_us != 0)
    self->clock_offset_us = date_us - g_get_real_time ();
}

/* RFC 7519: the middle part is base64url of a JSON object; "exp" is in seconds. */
static gint64
read_jwt_expiry (const char *token)
{
  g_auto (GStrv) parts = g_strsplit (token, ".", 4);
  g_autoptr (GString) payload = NULL;
  g_autofree guchar *text = NULL;
  gsize len;
  g_autoptr (JsonNode) node = NULL;
  g_auto (BitketJsonReader) reader = { NULL, NULL };
  gint64 seconds;

  if (g_strv_length (parts) != 3)
    return 0;
  payload = g_string_new (parts[1]);
  for (char *c = payload->str; *c != '\0'; c++)
    *c = *c == '-' ? '+' : *c == '_' ? '/' : *c;
  while (payload->len % 4 != 0)
    g_string_append_c (payload, '=');
  text = g_base64_decode (payload->str, &len);
  node = bitket_json_parse ((const char *) text, (gssize) len, NULL);
  if (node == NULL || !bitket_json_reader_init (&reader, node, NULL, NULL) ||
      !bitket_json_read_int (&reader, "exp", 0, G_MAXINT64 / G_USEC_PER_SEC, &seconds, NULL))
    return 0;
  return seconds * G_USEC_PER_SEC;
}

gboolean
bitket_session_needs_refresh (BitketSession *self)
{
  gint64 now_us = g_get_real_time () + self->clock_offset_us;

  return self->kind == BITKET_CREDENTIAL_JWT && self->expires_us != 0 &&
         self->expires_us - now_us < BITKET_SESSION_REFRESH_BEFORE_US;
}

static void
bitket_session_dispose (GObject *object)
{
  BitketSession *self = BITKET_SESSION (object);

  if (self->soup != NULL)
    soup_session_abort (self->soup);
  g_clear_object (&self->soup);
  g_clear_pointer (&self->secret, bitket_secret_free);
  G_OBJECT_CLASS (bitket_session_parent_class)->dispose (object);
}

static void
bitket_session_finalize (GObject *object)
{
  BitketSession *self = BITKET_SESSION (object);

  g_clear_pointer (&self->base, g_uri_unref);
  g_free (self->base_url);
  g_ptr_array_unref (self->waiting);
  G_OBJECT_CLASS (bitket_session_parent_class)->finalize (object);
}

static void
bitket_session_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  BitketSession *self = BITKET_SESSION (object);

  switch (prop_id)
    {
    case PROP_BASE_URL:
      g_value_set_string (value, self->base_url);
      break;
    case PROP_SIGNED_IN:
      g_value_set_boolean (value, bitket_session_is_signed_in (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
bitket_session_class_init (BitketSessionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = bitket_session_dispose;
  object_class->finalize = bitket_session_finalize;
  object_class->get_property = bitket_session_get_property;
  properties[PROP_BASE_URL] =
      g_param_spec_string ("base-url", NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_SIGNED_IN] = g_param_spec_boolean ("signed-in", NULL, NULL, FALSE,
                                                     G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
bitket_session_init (BitketSession *self)
{
  self->waiting = g_ptr_array_new ();
}

BitketSession *
bitket_session_new (const char *base_url, GError **error)
{
  g_autoptr (GUri) base = NULL;
  BitketSession *self;

  g_return_val_if_fail (base_url != NULL, NULL);

  base = parse_base_url (base_url, error);
  if (base == NULL)
    return NULL;
  self = g_object_new (BITKET_TYPE_SESSION, NULL);
  self->base = g_steal_pointer (&base);
  self->base_url = g_uri_to_string (self->base);
  if (g_str_has_suffix (self->base_url, "/"))
    self->base_url[strlen (self->base_url) - 1] = '\0';
  /* libsoup's own timeout is off: the exchange has a better one. */
  self->soup = soup_session_new_with_options ("user-agent", USER_AGENT, "timeout", 0, "max-conns",
                                              16, "max-conns-per-host", 8, NULL);
  if (is_loopback (g_uri_get_host (self->base)))
    soup_session_set_proxy_resolver (self->soup, NULL);
  return self;
}

const char *
bitket_session_get_base_url (BitketSession *self)
{
  g_return_val_if_fail (BITKET_IS_SESSION (self), NULL);

  return self->base_url;
}

void
bitket_session_set_credential (BitketSession *self, BitketCredential kind, const char *secret)
{
  gboolean was_signed_in;

  g_return_if_fail (BITKET_IS_SESSION (self));
  g_return_if_fail ((kind == BITKET_CREDENTIAL_NONE) == (secret == NULL));

  was_signed_in = bitket_session_is_signed_in (self);
  g_clear_pointer (&self->secret, bitket_secret_free);
  self->kind = kind;
  self->secret = g_strdup (secret);
  self->expires_us = kind == BITKET_CREDENTIAL_JWT ? read_jwt_expiry (secret) : 0;
  if (was_signed_in != bitket_session_is_signed_in (self))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SIGNED_IN]);
}

gboolean
bitket_session_is_signed_in (BitketSession *self)
{
  g_return_val_if_fail (BITKET_IS_SESSION (self), FALSE);

  return self->kind != BITKET_CREDENTIAL_NONE;
}

void
bitket_session_sign_out (BitketSession *self)
{
  bitket_session_set_credential (self, BITKET_CREDENTIAL_NONE, NULL);
}
