/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-connect.h"

#include <string.h>

#include "bitket-json-reader.h"
#include "bitket-signing.h"
#include "bitket-stripe.h"

#define SALT           "stripe_connect"
#define ID_MAX_LEN     64
#define PUBLIC_MAX_LEN 128

char *
bitket_connect_state_dump (const BitketConnectState *state, const char *secret_key, gint64 now_us)
{
  g_autofree char *json = NULL;

  g_return_val_if_fail (state != NULL && secret_key != NULL, NULL);

  json =
      g_strdup_printf ("{\"organization\":\"%s\",\"user\":\"%s\",\"until\":%" G_GINT64_FORMAT "}",
                       state->organization, state->user, now_us + BITKET_CONNECT_LIFE_US);
  return bitket_signing_dump (json, SALT, secret_key, now_us);
}

gboolean
bitket_connect_state_load (const char *token,
                           const char *secret_key,
                           gint64 now_us,
                           BitketConnectState *state)
{
  g_autofree char *json = NULL;
  g_autoptr (JsonNode) node = NULL;
  g_auto (BitketJsonReader) reader = { NULL, NULL };
  gint64 until_us;

  g_return_val_if_fail (token != NULL && secret_key != NULL && state != NULL, FALSE);

  json = bitket_signing_load (token, SALT, secret_key, NULL);
  node = json == NULL ? NULL : bitket_json_parse (json, -1, NULL);
  return node != NULL && bitket_json_reader_init (&reader, node, NULL, NULL) &&
         bitket_json_read_id (&reader, "organization", state->organization, NULL) &&
         bitket_json_read_id (&reader, "user", state->user, NULL) &&
         bitket_json_read_int (&reader, "until", now_us, now_us + BITKET_CONNECT_LIFE_US, &until_us,
                               NULL);
}

gboolean
bitket_connect_is_set_up (const BitketConfig *config)
{
  g_return_val_if_fail (config != NULL, FALSE);

  return config->payments == BITKET_PAYMENTS_STRIPE && config->stripe_key != NULL &&
         config->stripe_client_id != NULL;
}

char *
bitket_connect_make_url (const BitketConfig *config, const char *base, const char *state)
{
  g_autoptr (GString) form = g_string_new (NULL);
  g_autofree char *callback = g_strconcat (base, BITKET_CONNECT_CALLBACK, NULL);

  bitket_stripe_form_add (form, "response_type", "code");
  bitket_stripe_form_add (form, "client_id", config->stripe_client_id);
  bitket_stripe_form_add (form, "scope", "read_write");
  bitket_stripe_form_add (form, "redirect_uri", callback);
  bitket_stripe_form_add (form, "state", state);
  return g_strconcat (config->stripe_connect_url, "/oauth/authorize?", form->str, NULL);
}

void
bitket_connect_account_clear (BitketConnectAccount *account)
{
  g_clear_pointer (&account->id, g_free);
  g_clear_pointer (&account->public_key, g_free);
}

static gboolean
is_name (const char *text, const char *prefix, gsize max_len)
{
  gsize len = strlen (text);

  return g_str_has_prefix (text, prefix) && len > strlen (prefix) && len <= max_len &&
         strspn (text, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_") == len;
}

static gboolean
init_reader (GBytes *body, JsonNode **node, BitketJsonReader *reader)
{
  gsize len = 0;
  const char *text = g_bytes_get_data (body, &len);

  *node = len == 0 ? NULL : bitket_json_parse (text, (gssize) len, NULL);
  return *node != NULL && bitket_json_reader_init (reader, *node, NULL, NULL);
}

gboolean
bitket_connect_read_account (guint status, GBytes *body, BitketConnectAccount *account)
{
  g_autoptr (JsonNode) node = NULL;
  g_auto (BitketJsonReader) reader = { NULL, NULL };
  const char *id, *public_key, *scope;
  gboolean is_live;

  g_return_val_if_fail (body != NULL && account != NULL, FALSE);

  if (status != 200 || !init_reader (body, &node, &reader) ||
      !bitket_json_read_string (&reader, "stripe_user_id", &id, NULL) ||
      !bitket_json_read_string_or (&reader, "stripe_publishable_key", "", &public_key, NULL) ||
      !bitket_json_read_string (&reader, "scope", &scope, NULL) ||
      !bitket_json_read_boolean (&reader, "livemode", &is_live, NULL) ||
      !is_name (id, "acct_", ID_MAX_LEN) ||
      (*public_key != '\0' && !is_name (public_key, "pk_", PUBLIC_MAX_LEN)))
    return FALSE;
  account->id = g_strdup (id);
  account->public_key = g_strdup (public_key);
  account->is_live = is_live;
  account->is_read_only = strcmp (scope, "read_write") != 0;
  return TRUE;
}

/* "invalid_grant" and the like: a word of the protocol's, so that it may stand in an error text. */
static gboolean
read_problem (GBytes *body, char problem[65])
{
  g_autoptr (JsonNode) node = NULL;
  g_auto (BitketJsonReader) reader = { NULL, NULL };
  const char *word;

  if (!init_reader (body, &node, &reader) ||
      !bitket_json_read_string (&reader, "error", &word, NULL) || !is_name (word, "", 64))
    return FALSE;
  g_strlcpy (problem, word, 65);
  return TRUE;
}

static BitketHttpResponse *
post (const BitketConfig *config,
      BitketHttp *http,
      const char *path,
      const GString *form,
      GError **error)
{
  g_autofree char *url = g_strconcat (config->stripe_connect_url, path, NULL);
  g_autoptr (BitketStripeCall) call =
      bitket_stripe_call_new (config, "POST", url, form, NULL, NULL);

  return bitket_http_send (http, &call->request, NULL, error);
}

/* Turns an answer that is none of the good ones into an error. */
static gboolean
fail (const BitketHttpResponse *response, GError **error)
{
  char problem[65] = "";
  gboolean is_refusal = response->status < 500 && read_problem (response->body, problem);

  g_set_error (error, G_IO_ERROR, is_refusal ? G_IO_ERROR_INVALID_ARGUMENT : G_IO_ERROR_FAILED,
               "Stripe answered %u %s", response->status, problem);
  return FALSE;
}

gboolean
bitket_connect_exchange (const BitketConfig *config,
                         BitketHttp *http,
                         const char *code,
                         BitketConnectAccount *account,
                         GError **error)
{
  g_autoptr (GString) form = g_string_new (NULL);
  g_autoptr (BitketHttpResponse) response = NULL;

  g_return_val_if_fail (config != NULL && http != NULL && code != NULL, FALSE);

  bitket_stripe_form_add (form, "grant_type", "authorization_code");
  bitket_stripe_form_add (form, "code", code);
  response = post (config, http, "/oauth/token", form, error);
  if (response == NULL)
    return FALSE;
  return bitket_connect_read_account (response->status, response->body, account) ||
         fail (response, error);
}

gboolean
bitket_connect_deauthorize (const BitketConfig *config,
                            BitketHttp *http,
                            const char *account,
                            GError **error)
{
  g_autoptr (GString) form = g_string_new (NULL);
  g_autoptr (BitketHttpResponse) response = NULL;
  char problem[65] = "";

  g_return_val_if_fail (config != NULL && http != NULL && account != NULL, FALSE);

  bitket_stripe_form_add (form, "client_id", config->stripe_client_id);
  bitket_stripe_form_add (form, "stripe_user_id", account);
  response = post (config, http, "/oauth/deauthorize", form, error);
  if (response == NULL)
    return FALSE;
  /* "invalid_client": the account is not connected (any more). */
  if (response->status == 200 ||
      (response->status == 401 && read_problem (response->body, problem) &&
       strcmp (problem, "invalid_client") == 0))
    return TRUE;
  return fail (response, error);
}
