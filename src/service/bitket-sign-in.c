/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-sign-in.h"

#include "bitket-accounts.h"
#include "bitket-jwt.h"
#include "bitket-secret.h"
#include "bitket-service-error.h"
#include "bitket-time.h"

#define BLANK_TEXT    "This field may not be blank."
#define DISABLED_TEXT "User account is disabled."

BitketReply *
bitket_sign_in_answer (const BitketRequest *request, const BitketCaller *user, gint64 orig_iat_s)
{
  g_autoptr (BitketSecretString) token = NULL;
  JsonObject *object = json_object_new ();

  token = bitket_jwt_encode (user, request->shared->secret_key, orig_iat_s, request->now_us);
  json_object_set_string_member (object, "token", token);
  return bitket_reply_new_object (200, object);
}

BitketReply *
bitket_sign_in_refuse (const char *text)
{
  return bitket_reply_new_field_error ("non_field_errors", text);
}

BitketReply *
bitket_sign_in_throttle (gint64 wait_us)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *seconds = NULL;
  BitketReply *reply;

  if (wait_us <= 0)
    return NULL;
  seconds = g_strdup_printf ("%" G_GINT64_FORMAT, wait_us / BITKET_TIME_SECOND_US + 1);
  g_set_error (&error, BITKET_SERVICE_ERROR, BITKET_SERVICE_ERROR_THROTTLED,
               "Request was throttled. Expected available in %s seconds.", seconds);
  reply = bitket_reply_new_error (error);
  bitket_reply_add_header (reply, "Retry-After", seconds);
  return reply;
}

const char *
bitket_sign_in_check_text (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  if (node == NULL)
    return BITKET_REQUIRED_TEXT;
  if (JSON_NODE_HOLDS_NULL (node))
    return "This field may not be null.";
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING)
    return "Not a valid string.";
  return *json_node_get_string (node) == '\0' ? BLANK_TEXT : NULL;
}

/* The original's answer to a code that is refused has neither body nor type. */
static BitketReply *
refuse_code (const BitketRequest *request, const char *provider, const GError *reason)
{
  g_message ("sign-in by %s refused: %s", provider, reason->message);
  return bitket_reply_new (400);
}

/* What @reason, a text for the log, becomes on the wire. */
static BitketReply *
tell (const BitketRequest *request, const char *provider, GError *reason, GError **error)
{
  if (g_error_matches (reason, BITKET_SERVICE_ERROR, BITKET_SERVICE_ERROR_CREDENTIALS))
    return refuse_code (request, provider, reason);
  g_warning ("sign-in by %s failed: %s", provider, reason->message);
  bitket_service_error_set (error, BITKET_SERVICE_ERROR_UNAVAILABLE);
  return NULL;
}

/* LiU's people are members of a union when the directory says so. A directory that fails leaves
 * nobody with a discount he may have lost. */
static BitketStudent *
find_student (const BitketRequest *request, const BitketProfile *profile, BitketUnionNews *news)
{
  BitketDirectory *directory = request->shared->directory;
  g_autoptr (GError) error = NULL;
  BitketStudent *student = NULL;
  const char *key = profile->lin != NULL ? profile->lin : profile->liu_id;
  BitketDirectoryKey kind =
      profile->lin != NULL ? BITKET_DIRECTORY_BY_LIN : BITKET_DIRECTORY_BY_LIU_ID;

  if (profile->provider != BITKET_PROVIDER_LIU || !bitket_directory_is_on (directory))
    return NULL;
  news->change = BITKET_UNION_SET;
  if (key != NULL && !bitket_directory_find (directory, kind, key, &student, &error))
    g_warning ("student union unknown at sign-in: %s", error->message);
  news->name = student != NULL ? student->student_union : NULL;
  return student;
}

static BitketReply *
answer_account (BitketRequest *request, BitketDb *db, const char *email, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  BitketCaller user = { 0 };
  gboolean is_active = FALSE;
  BitketReply *reply = NULL;

  if (bitket_auth_load_user (db, email, &user, &is_active, &local_error))
    reply = is_active
                ? bitket_sign_in_answer (request, &user, request->now_us / BITKET_TIME_SECOND_US)
                : bitket_sign_in_refuse (DISABLED_TEXT);
  else
    bitket_service_error_set (error, BITKET_SERVICE_ERROR_UNAVAILABLE);
  bitket_caller_clear (&user);
  return reply;
}

static BitketReply *
exchange_code (BitketRequest *request,
               BitketDb *db,
               BitketProvider provider,
               const BitketProviderCode *code,
               GError **error)
{
  const char *name = bitket_provider_get_name (provider);
  g_autoptr (GError) local_error = NULL;
  g_autoptr (BitketProfile) profile = bitket_providers_exchange (
      request->shared->providers, provider, code, request->now_us, &local_error);
  g_autoptr (BitketStudent) student = NULL;
  g_autofree char *email = NULL;
  BitketUnionNews news = { BITKET_UNION_KEEP, NULL };

  if (profile == NULL)
    return tell (request, name, local_error, error);
  student = find_student (request, profile, &news);
  email = bitket_accounts_find (db, profile, &news, request->now_us, &local_error);
  if (email == NULL)
    return tell (request, name, local_error, error);
  return answer_account (request, db, email, error);
}

static const char *
read_optional (JsonObject *body, const char *name)
{
  return bitket_sign_in_check_text (body, name) == NULL ? json_object_get_string_member (body, name)
                                                        : NULL;
}

/* Every attempt counts while it is under way, so that many at once count too; one that ends well is
 * taken back. */
static BitketReply *
try_code (BitketRequest *request,
          BitketDb *db,
          BitketProvider provider,
          JsonObject *body,
          GError **error)
{
  BitketLimiter *limiter = request->shared->code_limiter;
  g_autofree char *front_page = g_strconcat (request->base, "/", NULL);
  const char *redirect_uri = read_optional (body, "redirect_uri");
  BitketProviderCode code = { json_object_get_string_member (body, "code"),
                              redirect_uri != NULL ? redirect_uri : front_page,
                              read_optional (body, "code_verifier") };
  BitketReply *reply;

  reply = bitket_sign_in_throttle (
      bitket_limiter_get_wait_us (limiter, request->remote, request->now_us));
  if (reply != NULL)
    return reply;
  bitket_limiter_fail (limiter, request->remote, request->now_us);
  reply = exchange_code (request, db, provider, &code, error);
  if (reply == NULL || reply->status == 200)
    bitket_limiter_forgive (limiter, request->remote, request->now_us);
  return reply;
}

BitketReply *
bitket_sign_in_with_code (BitketRequest *request,
                          BitketDb *db,
                          const char *provider_name,
                          JsonObject *body,
                          GError **error)
{
  BitketProvider provider;
  BitketProviderOffer offer;
  const char *problem;

  g_return_val_if_fail (request != NULL && provider_name != NULL && body != NULL, NULL);

  provider = bitket_provider_from_name (provider_name);
  problem = bitket_sign_in_check_text (body, "code");
  if (provider != BITKET_PROVIDER_NONE && problem != NULL)
    return bitket_reply_new_field_error ("code", problem);
  if (provider != BITKET_PROVIDER_NONE &&
      bitket_providers_describe (request->shared->providers, provider, &offer))
    return try_code (request, db, provider, body, error);
  bitket_service_error_set (error, BITKET_SERVICE_ERROR_NOT_FOUND);
  return NULL;
}

static void
set_text (JsonObject *object, const char *name, const char *value)
{
  if (value != NULL)
    json_object_set_string_member (object, name, value);
  else
    json_object_set_null_member (object, name);
}

static JsonObject *
describe_offer (const BitketProviderOffer *offer)
{
  JsonObject *object = json_object_new ();

  set_text (object, "name", offer->name);
  set_text (object, "client_id", offer->client_id);
  set_text (object, "authorize_url", offer->authorize_url);
  set_text (object, "scope", offer->scope);
  set_text (object, "resource", offer->resource);
  set_text (object, "pkce", offer->authorize_url != NULL ? "S256" : NULL);
  return object;
}

JsonArray *
bitket_sign_in_describe (const BitketShared *shared)
{
  static const BitketProviderOffer password = { .name = "password" };
  JsonArray *array = json_array_new ();
  BitketProviderOffer offer;

  g_return_val_if_fail (shared != NULL, NULL);

  json_array_add_object_element (array, describe_offer (&password));
  for (guint i = BITKET_PROVIDER_LIU; i <= BITKET_PROVIDER_FACEBOOK; i++)
    if (bitket_providers_describe (shared->providers, (BitketProvider) i, &offer))
      json_array_add_object_element (array, describe_offer (&offer));
  return array;
}
