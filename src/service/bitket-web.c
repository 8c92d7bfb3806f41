/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-web.h"

#include <string.h>

#include "bitket-json-reader.h"
#include "bitket-provider.h"

#define HTML "text/html; charset=utf-8"

/* For pages that have neither script nor style. */
#define POLICY_BARE                                                                                \
  "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
/* A web client, which takes cards through Stripe's own script and frames. */
#define POLICY_CLIENT                                                                              \
  "default-src 'self'; script-src 'self' %s https://js.stripe.com; style-src 'self'"               \
  " 'unsafe-inline'; img-src 'self' data: https:; font-src 'self' data:; connect-src 'self'"       \
  " https://api.stripe.com; frame-src https://js.stripe.com https://hooks.stripe.com;"             \
  " object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
/* A picture that could have scripts in it. */
#define POLICY_SVG "default-src 'none'; style-src 'unsafe-inline'; sandbox"

static void
set_provider (JsonObject *settings, const BitketShared *shared, BitketProvider provider)
{
  static const char *const names[] = {
    [BITKET_PROVIDER_LIU] = "LIU",
    [BITKET_PROVIDER_GOOGLE] = "GOOGLE",
    [BITKET_PROVIDER_FACEBOOK] = "FACEBOOK",
  };
  BitketProviderOffer offer = { 0 };
  gboolean is_open = bitket_providers_describe (shared->providers, provider, &offer);
  g_autofree char *url = g_strdup_printf ("AUTH_%s_AUTHORIZATION_URL", names[provider]);
  g_autofree char *id = g_strdup_printf ("AUTH_%s_CLIENT_ID", names[provider]);

  bitket_reply_set_text (settings, url, is_open ? offer.authorize_url : NULL);
  json_object_set_string_member (settings, id, is_open ? offer.client_id : "");
}

/* The names are the original's. Opbeat and Typekit, which it used, are switched off. */
static char *
format_settings (const BitketShared *shared)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  JsonObject *settings = json_object_new ();
  const char *key = shared->config->stripe_public_key;

  json_node_take_object (node, settings);
  set_provider (settings, shared, BITKET_PROVIDER_FACEBOOK);
  set_provider (settings, shared, BITKET_PROVIDER_GOOGLE);
  set_provider (settings, shared, BITKET_PROVIDER_LIU);
  json_object_set_string_member (settings, "OPBEAT_APP_ID", "");
  json_object_set_string_member (settings, "OPBEAT_ORG_ID", "");
  json_object_set_string_member (settings, "STRIPE_PUBLIC_KEY", key != NULL ? key : "");
  json_object_set_string_member (settings, "TYPEKIT_ID", "");
  return bitket_json_to_string (node);
}

char *
bitket_web_dup_settings (const BitketShared *shared)
{
  g_autoptr (GString) text = NULL;
  g_autofree char *json = NULL;

  g_return_val_if_fail (shared != NULL, NULL);

  json = format_settings (shared);
  text = g_string_new (json);
  g_string_replace (text, "<", "\\u003c", 0);
  g_string_replace (text, ">", "\\u003e", 0);
  g_string_replace (text, "&", "\\u0026", 0);
  g_string_replace (text, "\xe2\x80\xa8", "\\u2028", 0);
  g_string_replace (text, "\xe2\x80\xa9", "\\u2029", 0);
  return g_strdup_printf ("window.FRONTEND_ENV=%s;", text->str);
}

char *
bitket_web_dup_hash (const char *text)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree char *base64 = NULL;
  guint8 digest[32];
  gsize len = sizeof digest;

  g_return_val_if_fail (text != NULL, NULL);

  g_checksum_update (checksum, (const guchar *) text, -1);
  g_checksum_get_digest (checksum, digest, &len);
  base64 = g_base64_encode (digest, len);
  return g_strdup_printf ("'sha256-%s'", base64);
}

void
bitket_web_protect (BitketReply *reply)
{
  g_return_if_fail (reply != NULL);

  if (reply->content_type == NULL || !g_str_has_prefix (reply->content_type, "text/html"))
    return;
  if (bitket_reply_get_header (reply, "Content-Security-Policy") == NULL)
    bitket_reply_add_header (reply, "Content-Security-Policy", POLICY_BARE);
  bitket_reply_add_header (reply, "Referrer-Policy", "same-origin");
  bitket_reply_add_header (reply, "Permissions-Policy",
                           "camera=(self), geolocation=(), microphone=(),"
                           " payment=(self \"https://js.stripe.com\"), usb=()");
}

static BitketReply *
make_file_reply (const BitketShared *shared, GBytes *file, const char *content_type)
{
  BitketReply *reply = bitket_reply_new (200);
  g_autofree char *script = NULL;
  g_autofree char *hash = NULL;
  g_autofree char *policy = NULL;

  reply->content_type = content_type;
  reply->body = g_bytes_ref (file);
  bitket_reply_add_header (reply, "Cache-Control", "no-cache");
  bitket_reply_add_header (reply, "Vary", "Accept");
  if (strcmp (content_type, "image/svg+xml") == 0)
    bitket_reply_add_header (reply, "Content-Security-Policy", POLICY_SVG);
  if (strcmp (content_type, HTML) != 0)
    return reply;
  script = bitket_web_dup_settings (shared);
  hash = bitket_web_dup_hash (script);
  policy = g_strdup_printf (POLICY_CLIENT, hash);
  bitket_reply_add_header (reply, "Content-Security-Policy", policy);
  g_bytes_unref (reply->body);
  reply->body = bitket_web_files_insert (file, script);
  return reply;
}

/* What is no file is a place within the client, which finds its way from its index. */
static BitketReply *
get_web (BitketRequest *request, BitketDb *db, GError **error)
{
  const char *root = request->shared->config->web_root;
  const char *content_type = NULL;
  g_autoptr (GBytes) file = NULL;

  if (root == NULL)
    return bitket_web_page_make (request, db, error);
  if ((request->method & (BITKET_METHOD_GET | BITKET_METHOD_HEAD)) != 0)
    file = bitket_web_files_read (root, request->path, &content_type);
  if (file == NULL)
    file = bitket_web_files_read (root, "/index.html", &content_type);
  if (file == NULL)
    return bitket_web_page_make (request, db, error);
  return make_file_reply (request->shared, file, content_type);
}

static const BitketRoute web_route = {
  BITKET_METHOD_GET,
  "web",
  BITKET_NEEDS_ANYONE,
  BITKET_DB_TRANSACTION_NONE,
  BITKET_ROUTE_PLAIN,
  get_web,
  NULL,
  NULL,
};

gboolean
bitket_web_match (const char *path, BitketMatch *match)
{
  g_return_val_if_fail (path != NULL && match != NULL, FALSE);

  if (g_str_has_prefix (path, "/api/"))
    return FALSE;
  match->route = match->open_route = &web_route;
  match->is_allowed = TRUE;
  return TRUE;
}
