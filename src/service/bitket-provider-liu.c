/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

/* LiU's ADFS. The access token is itself the answer: a token whose claims say who it is. */

#include "bitket-provider-private.h"

#include <string.h>

#include "bitket-id.h"
#include "bitket-liu-id.h"
#include "bitket-secret.h"
#include "bitket-service-error.h"
#include "bitket-time.h"

#define UUID_LEN 16
/* Keys that were withdrawn are forgotten after a day. A token with an unknown key makes us look
 * again, at most once a minute. */
#define KEYS_MAX_AGE_US (24 * 60 * BITKET_TIME_MINUTE_US)
#define REFETCH_US      BITKET_TIME_MINUTE_US

/* The names under which ADFS gives out a claim, the usual one first. */
static const char *const lin_claims[] = { "http://liu.se/claims/norEduPersonLIN", "norEduPersonLIN",
                                          "nor_edu_person_lin", NULL };
static const char *const email_claims[] = {
  "email", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress", NULL
};
static const char *const account_claims[] = { "sub", "upn", "winaccountname", NULL };

/* Returns: (nullable): the first of the claims that is there and not empty */
static const char *
read_claim (BitketJsonReader *reader, const char *const *names)
{
  const char *value;

  for (; *names != NULL; names++)
    if (bitket_json_read_string (reader, *names, &value, NULL) && *value != '\0')
      return value;
  return NULL;
}

/* "astli042", "astli042@ad.liu.se", "ADLIU\astli042". */
static gboolean
read_account (const char *text, char liu_id[BITKET_LIU_ID_SIZE])
{
  const char *backslash = strrchr (text, '\\');
  const char *begin = backslash == NULL ? text : backslash + 1;
  g_autofree char *account = g_strndup (begin, strcspn (begin, "@"));

  return bitket_liu_id_parse (account, liu_id, NULL);
}

static char *
read_liu_id (BitketJsonReader *reader, const char *email)
{
  char liu_id[BITKET_LIU_ID_SIZE];
  const char *value;

  for (guint i = 0; account_claims[i] != NULL; i++)
    if (bitket_json_read_string (reader, account_claims[i], &value, NULL) &&
        read_account (value, liu_id))
      return g_strdup (liu_id);
  return email != NULL && bitket_liu_id_from_email (email, liu_id) ? g_strdup (liu_id) : NULL;
}

/* ADFS's private personal identifier: a UUID as Windows lays it out in memory (its first three
 * numbers with the least significant byte first), in base64. Written as the original did.
 * Returns: (nullable) */
static char *
read_ppid (BitketJsonReader *reader)
{
  const char *text;
  gsize len = 0;
  g_autofree guint8 *b = NULL;

  if (!bitket_json_read_string (reader, "ppid", &text, NULL))
    return NULL;
  b = g_base64_decode (text, &len);
  if (len != UUID_LEN)
    return NULL;
  return g_strdup_printf ("%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
                          b[3], b[2], b[1], b[0], b[5], b[4], b[7], b[6], b[8], b[9], b[10], b[11],
                          b[12], b[13], b[14], b[15]);
}

static char *
read_name (BitketJsonReader *reader)
{
  static const char *const whole[] = { "unique_name", "name", NULL };
  static const char *const given[] = { "given_name", NULL };
  static const char *const family[] = { "family_name", NULL };
  const char *given_name = read_claim (reader, given);
  const char *family_name = read_claim (reader, family);
  const char *name = read_claim (reader, whole);

  /* Some put the account there. */
  if (name != NULL && strpbrk (name, "\\@") == NULL)
    return g_strdup (name);
  if (given_name != NULL && family_name != NULL)
    return g_strdup_printf ("%s %s", given_name, family_name);
  return g_strdup (given_name != NULL ? given_name : family_name);
}

static char *
read_lin (BitketJsonReader *reader)
{
  const char *text = read_claim (reader, lin_claims);
  char id[BITKET_ID_SIZE];

  return text != NULL && bitket_id_parse (text, -1, id, NULL) ? g_strdup (id) : NULL;
}

BitketProfile *
bitket_provider_read_liu (JsonNode *claims, GError **error)
{
  g_auto (BitketJsonReader) reader = { 0 };
  g_autoptr (BitketProfile) profile = g_new0 (BitketProfile, 1);

  g_return_val_if_fail (claims != NULL, NULL);

  if (!bitket_json_reader_init (&reader, claims, NULL, NULL))
    return bitket_provider_refuse (error, "the token's claims are no object");
  profile->provider = BITKET_PROVIDER_LIU;
  profile->email = g_strdup (read_claim (&reader, email_claims));
  profile->name = read_name (&reader);
  profile->lin = read_lin (&reader);
  profile->liu_id = read_liu_id (&reader, profile->email);
  profile->uid = read_ppid (&reader);
  if (profile->uid == NULL)
    profile->uid = g_strdup (profile->lin != NULL ? profile->lin : profile->liu_id);
  if (profile->uid == NULL)
    return bitket_provider_refuse (error, "the token names nobody");
  return g_steal_pointer (&profile);
}

/* Returns: (transfer full) (nullable): the keys as they are known now */
static BitketKeySet *
ref_keys (BitketProviders *self, gint64 now_us)
{
  BitketKeySet *keys;

  g_mutex_lock (&self->mutex);
  keys = self->keys == NULL || now_us - self->fetched_us > KEYS_MAX_AGE_US
             ? NULL
             : bitket_key_set_ref (self->keys);
  g_mutex_unlock (&self->mutex);
  return keys;
}

static void
keep_keys (BitketProviders *self, BitketKeySet *keys, gint64 now_us)
{
  g_mutex_lock (&self->mutex);
  bitket_key_set_unref (self->keys);
  self->keys = bitket_key_set_ref (keys);
  self->fetched_us = now_us;
  g_mutex_unlock (&self->mutex);
}

static BitketKeySet *
read_certificate (const char *path, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autofree char *pem = NULL;
  gsize len;

  if (g_file_get_contents (path, &pem, &len, &local_error))
    return bitket_key_set_new_from_certificate (pem, len, error);
  g_set_error (error, BITKET_SERVICE_ERROR, BITKET_SERVICE_ERROR_UNAVAILABLE,
               "could not read the signing certificate: %s", local_error->message);
  return NULL;
}

static BitketKeySet *
fetch_keys (BitketProviders *self, GError **error)
{
  const BitketProviderConfig *config = &self->config->liu;
  g_autoptr (JsonNode) node = NULL;
  g_autofree char *json = NULL;

  if (config->certificate != NULL)
    return read_certificate (config->certificate, error);
  node = bitket_provider_get (self, config->jwks_url, NULL, error);
  if (node == NULL)
    {
      /* The provider keeping its keys from us says nothing of the code. */
      if (error != NULL && *error != NULL)
        (*error)->code = BITKET_SERVICE_ERROR_UNAVAILABLE;
      return NULL;
    }
  json = bitket_json_to_string (node);
  return bitket_key_set_new_from_jwks (json, strlen (json), error);
}

/* Whether looking for new keys because of a token that names an unknown one is due; noted at once,
 * so that a flood of such tokens is one request. */
static gboolean
begin_refetch (BitketProviders *self, gint64 now_us)
{
  gboolean is_due;

  g_mutex_lock (&self->mutex);
  is_due = self->refetched_us == 0 || now_us - self->refetched_us >= REFETCH_US ||
           now_us < self->refetched_us;
  if (is_due)
    self->refetched_us = now_us;
  g_mutex_unlock (&self->mutex);
  return is_due;
}

/* The keys that @jws is to be verified with: those at hand, else new ones. One fetches, the others
 * wait for what it gets. */
static BitketKeySet *
find_keys (BitketProviders *self, const BitketJws *jws, gint64 now_us, GError **error)
{
  g_autoptr (GMutexLocker) locker = NULL;
  g_autoptr (BitketKeySet) keys = ref_keys (self, now_us);
  g_autoptr (BitketKeySet) fetched = NULL;
  g_autoptr (GError) local_error = NULL;

  if (keys != NULL && bitket_key_set_knows (keys, jws))
    return g_steal_pointer (&keys);
  locker = g_mutex_locker_new (&self->fetch_mutex);
  g_clear_pointer (&keys, bitket_key_set_unref);
  keys = ref_keys (self, now_us);
  if (keys != NULL && (bitket_key_set_knows (keys, jws) || !begin_refetch (self, now_us)))
    return g_steal_pointer (&keys);
  fetched = fetch_keys (self, &local_error);
  if (fetched == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return NULL;
    }
  keep_keys (self, fetched, now_us);
  return g_steal_pointer (&fetched);
}

BitketProfile *
bitket_provider_exchange_liu (BitketProviders *self,
                              const BitketProviderCode *code,
                              gint64 now_us,
                              GError **error)
{
  const BitketProviderConfig *config = &self->config->liu;
  g_autoptr (BitketSecretString) token = bitket_provider_request_token (self, config, code, error);
  g_auto (BitketJws) jws = { 0 };
  g_autoptr (BitketKeySet) keys = NULL;

  if (token == NULL || !bitket_jws_parse (token, &jws, error))
    return NULL;
  keys = find_keys (self, &jws, now_us, error);
  if (keys == NULL || !bitket_key_set_verify (keys, &jws, error) ||
      !bitket_jws_check_claims (&jws, config->issuer, config->resource, now_us, error))
    return NULL;
  return bitket_provider_read_liu (jws.claims, error);
}
